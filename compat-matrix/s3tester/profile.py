"""A profile of capabilities from a run: what was measured becomes what the library believes.

The format is that of the S3 provider's ``profiles/*.toml``. A leaf that several scenarios are about takes the worst of
what they showed. What was not measured is not named, and so is unknown.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from holdall.capabilities import FEATURES, Support
from s3tester.errors import BadInput
from s3tester.report.matrix import worst
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from s3tester.results import Results, ScenarioResult

_SUPPORT: Mapping[Verdict, Support] = {
    Verdict.SUPPORTED: Support.YES,
    Verdict.UNSUPPORTED: Support.NO,
    Verdict.DIRTY: Support.NO,
    Verdict.IGNORED: Support.NO,
    Verdict.CORRUPT: Support.NO,
    Verdict.DIFFERS: Support.UNKNOWN,
    Verdict.FLAKY: Support.UNKNOWN,
    Verdict.ERROR: Support.UNKNOWN,
}
"""What a verdict says of a capability. ``differs`` only where the scenario does not say what it means."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
"""A key that needs no quotes in TOML."""
_CAREFUL = (Support.NO, Support.UNKNOWN, Support.YES)


@dataclass(frozen=True)
class Leaf:
    """The value of a capability, and a note for readers; empty where the value says it all."""

    value: Any
    note: str = ""


def leaves(run: Results) -> dict[str, Leaf]:
    """The capabilities that a run is evidence of, in the order of ``holdall.capabilities``.

    Args:
        run: Results of a store.
    """
    by_feature = {
        feature: [each for each in run.results if each.feature == feature and each.verdict is not Verdict.NOT_RUN]
        for feature in FEATURES
    }
    found = {}
    for feature, kind in FEATURES.items():
        if kind == "Support":
            if by_feature[feature]:
                found[feature] = _support(by_feature[feature])
            continue
        measured = [each.measured[feature] for each in run.results if feature in each.measured]
        if measured:
            found[feature] = Leaf(_limit(measured))
        elif kind.startswith("tuple") and by_feature[feature]:
            refused = _support(by_feature[feature])
            if refused.value is Support.NO:
                found[feature] = Leaf([], refused.note)
    return found


def as_profile(run: Results) -> str:
    """The text of a profile.

    Args:
        run: Results of a store.

    Raises:
        BadInput: The store was not run.
    """
    if run.run is None:
        raise BadInput(
            f"{run.store.label} was not run: {run.not_run}", hint="Take the results of a run that took place."
        )
    version = run.store.version
    head = {
        "title": run.store.label,
        "versions": version or "unknown",
        "source": f"s3tester {run.run.tester} on {run.store.label}{f' {version}' if version else ''}",
        "date": run.run.date[:10],
        "like": "generic",  # limits that were not measured are those of the S3 API
    }
    sections = ["\n".join(["[profile]", *(f"{name} = {_toml(value)}" for name, value in head.items())])]
    for group, features in groupby(leaves(run).items(), key=lambda item: item[0].partition(".")[0]):
        lines = [f"{feature.partition('.')[2]} = {_entry(leaf)}" for feature, leaf in features]
        sections.append("\n".join([f"[capabilities.{group}]", *lines]))
    return "\n\n".join(sections) + "\n"


def as_settings(run: Results, store: str) -> str:
    """The same as overrides in the settings of a store.

    Args:
        run: Results of a store.
        store: Name of the store in ``holdall.toml``.
    """
    lines = [
        f"{_toml(feature)} = {_toml(leaf.value)}{f'  # {_one_line(leaf.note)}' if leaf.note else ''}"
        for feature, leaf in leaves(run).items()
    ]
    name = store if _BARE.fullmatch(store) else _toml(store)
    return "\n".join([f"[stores.{name}.capabilities]", *lines]) + "\n"


def _support(results: Sequence[ScenarioResult]) -> Leaf:
    told = [(_meaning(result), result) for result in results]
    value = min((meaning for meaning, _ in told), key=_CAREFUL.index)
    if value is Support.YES:
        return Leaf(value, _note(result for _, result in told if result.verdict is not Verdict.SUPPORTED))
    return Leaf(value, _note(result for meaning, result in told if meaning is value))


def _meaning(result: ScenarioResult) -> Support:
    if result.verdict is Verdict.DIFFERS and result.differs_means is not None:
        return Support(result.differs_means)
    return _SUPPORT[result.verdict]


def _note(results: Iterable[ScenarioResult]) -> str:
    by_verdict: dict[Verdict, list[str]] = {}
    for result in sorted(results, key=lambda each: each.scenario):
        by_verdict.setdefault(result.verdict, []).append(result.reason)
    if not by_verdict:
        return ""
    verdict = worst(by_verdict)
    reasons = "; ".join(dict.fromkeys(reason for reason in by_verdict[verdict] if reason))
    return f"{verdict}: {reasons}" if reasons else str(verdict)


def _limit(values: Sequence[int | Sequence[str]]) -> int | list[str]:
    numbers = [value for value in values if isinstance(value, int)]
    if numbers:
        return min(numbers)
    return sorted({name for value in values if not isinstance(value, int) for name in value})


def _entry(leaf: Leaf) -> str:
    value = _toml(leaf.value)
    return f"{{ value = {value}, note = {_toml(_one_line(leaf.note))} }}" if leaf.note else value


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


def _toml(value: Any) -> str:
    """A TOML value. JSON's strings are TOML's, once nothing unprintable is in them."""
    if isinstance(value, Support):
        value = str(value.value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, int):
        return f"{value:_}"
    return json.dumps(_one_line(value), ensure_ascii=False)
