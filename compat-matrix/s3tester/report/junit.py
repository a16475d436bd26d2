"""Results as JUnit's XML, which CI systems show: a suite for each store, a test case for each scenario.

A clean refusal is "skipped", as nothing is broken; what a program would not notice, or what breaks it, is a failure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only written here

from s3tester.report.matrix import group_of
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.results import Results, ScenarioResult, StepEvidence

SKIPPED = frozenset({Verdict.UNSUPPORTED, Verdict.NOT_RUN})
ERRORS = frozenset({Verdict.ERROR})
FAILURES = frozenset(Verdict) - SKIPPED - ERRORS - {Verdict.SUPPORTED}

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even escaped."""


def as_junit(runs: Sequence[Results]) -> str:
    """Results as JUnit's XML."""
    root = ET.Element("testsuites", name="s3tester")
    for run in runs:
        _suite(root, run)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, run: Results) -> None:
    verdicts = [result.verdict for result in run.results]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=run.store.name,
        tests=str(len(verdicts)),
        failures=str(sum(verdict in FAILURES for verdict in verdicts)),
        errors=str(sum(verdict in ERRORS for verdict in verdicts)),
        skipped=str(sum(verdict in SKIPPED for verdict in verdicts)),
    )
    if run.run is not None:
        suite.set("timestamp", run.run.date)
        suite.set("time", f"{run.run.seconds:.3f}")
    properties = ET.SubElement(suite, "properties")
    for name, value in (("title", run.store.label), ("version", run.store.version), ("not-run", run.not_run)):
        if value is not None:
            ET.SubElement(properties, "property", name=name, value=_clean(value))
    for result in sorted(run.results, key=lambda each: each.scenario):
        _case(suite, result)


def _case(suite: ET.Element, result: ScenarioResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"{suite.get('name')}.{_clean(group_of(result.feature))}",
        name=_clean(result.scenario),
        time=f"{result.seconds:.3f}",
    )
    if result.verdict is Verdict.SUPPORTED:
        return
    kind = "skipped" if result.verdict in SKIPPED else "error" if result.verdict in ERRORS else "failure"
    told = ET.SubElement(case, kind, message=_clean(f"{result.verdict}: {result.reason}".removesuffix(": ")))
    if kind != "skipped":
        told.set("type", str(result.verdict))
        told.text = _clean("\n".join(_line(evidence) for evidence in result.evidence))


def _line(evidence: StepEvidence) -> str:
    status = " ".join(str(each) for each in (evidence.status, evidence.code) if each is not None)
    told = [
        ("", status),
        ("expected ", evidence.expected),
        ("got ", evidence.got),
        ("request ", evidence.request_id),
    ]
    return f"{evidence.step}: {'; '.join(f'{what}{value}' for what, value in told if value)}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
