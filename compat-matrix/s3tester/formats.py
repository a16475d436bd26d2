"""How results are written: JSON (the result file), YAML, a table, JUnit's XML."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import yaml

from s3tester.tables import write_table
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from s3tester.results import Results, ScenarioResult

_SKIPPED = {Verdict.NOT_RUN, Verdict.UNSUPPORTED}


def as_json(results: Results) -> str:
    """The result file."""
    return results.text()


def as_yaml(results: Results) -> str:
    """The same as YAML."""
    data = results.model_dump(mode="json", exclude_none=True)
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120))


def as_junit(results: Results) -> str:
    """For CI systems: a test case per scenario.

    ``error`` is an error, ``unsupported`` and ``not-run`` are skipped, all other verdicts but ``supported`` failures.
    """
    suites: dict[str, list[ScenarioResult]] = {}
    for each in results.results:
        suites.setdefault(each.feature.partition(".")[0], []).append(each)
    root = ET.Element("testsuites", name=f"s3tester {results.store.name}")
    for name, found in suites.items():
        counted = Counter(each.verdict for each in found)
        skipped = sum(counted[verdict] for verdict in _SKIPPED)
        failed = len(found) - skipped - counted[Verdict.SUPPORTED] - counted[Verdict.ERROR]
        suite = ET.SubElement(
            root, "testsuite", name=name, tests=str(len(found)), failures=str(failed), skipped=str(skipped),
            errors=str(counted[Verdict.ERROR]), time=f"{sum(each.seconds for each in found):.2f}",
        )  # fmt: skip
        for each in found:
            case = ET.SubElement(
                suite, "testcase", classname=f"{results.store.name}.{name}", name=each.scenario, time=f"{each.seconds}"
            )
            if each.verdict is Verdict.SUPPORTED:
                continue
            kind = "error" if each.verdict is Verdict.ERROR else "skipped" if each.verdict in _SKIPPED else "failure"
            told = ET.SubElement(case, kind, message=_clean(each.reason))
            if kind != "skipped":
                told.set("type", str(each.verdict))
            else:
                told.set("message", _clean(f"{each.verdict}: {each.reason}"))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _clean(text: str) -> str:
    """Text without what XML can't hold."""
    return "".join(each if each.isprintable() else "?" for each in text)


def as_table(results: Results, stream: TextIO | None = None) -> str:
    """A table for people, with a line of counts."""
    made = io.StringIO()
    target = stream or made
    rows = [
        (each.scenario, str(each.verdict), "" if each.verdict is Verdict.SUPPORTED else each.reason)
        for each in results.results
    ]
    write_table(("scenario", "verdict", "reason"), rows, target)
    counted = Counter(str(each.verdict) for each in results.results)
    total = ", ".join(f"{counted[verdict]} {verdict}" for verdict in map(str, Verdict) if counted[verdict])
    target.write(f"{results.store.name}: {total}\n")
    return made.getvalue()


FORMATS: dict[str, Callable[[Results], str]] = {
    "json": as_json,
    "yaml": as_yaml,
    "table": as_table,
    "junit": as_junit,
}
"""What ``run --format`` takes."""
