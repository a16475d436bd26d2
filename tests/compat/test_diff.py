"""What counts as a difference between two runs, and what never does."""

from __future__ import annotations

import pytest

from s3tester.diff import Kind, compare
from s3tester.verdicts import Verdict
from tests.compat.samples import RUN, few, result, run


def kinds(before: str, after: str) -> list[Kind]:
    old, new = run("one", result("put.metadata", before)), run("one", result("put.metadata", after))
    return [change.kind for change in compare(old, new)]


@pytest.mark.parametrize("verdict", Verdict)
def test_the_same_verdict_is_no_change(verdict: str) -> None:
    assert kinds(verdict, verdict) == []


@pytest.mark.parametrize("after", sorted(set(Verdict) - {Verdict.SUPPORTED}))
def test_whatever_was_supported_and_is_no_longer_is_a_new_failure(after: str) -> None:
    assert kinds("supported", after) == [Kind.FAILURE]
    assert kinds(after, "supported") == [Kind.FIXED]


def test_another_way_of_not_working_is_a_change() -> None:
    assert kinds("unsupported", "ignored") == [Kind.VERDICT]
    assert kinds("dirty", "unsupported") == [Kind.VERDICT]


def test_scenarios_that_come_and_go_are_changes() -> None:
    old = run("one", result("put.metadata"), result("get.range"))
    new = run("one", result("put.metadata"), result("get.part_number", "unsupported"))
    assert [(change.kind, change.scenario) for change in compare(old, new)] == [
        (Kind.NEW, "get.part_number"),
        (Kind.VANISHED, "get.range"),
    ]
    assert [change.kind for change in compare(old, new, partial=True)] == [Kind.NEW]


def test_a_measured_value_that_is_another_one_is_a_change() -> None:
    old = run("one", result("multipart.max_parts", measured={"multipart.max_parts": 10_000}))
    new = run("one", result("multipart.max_parts", measured={"multipart.max_parts": 1000}))
    (change,) = compare(old, new)
    assert (change.kind, change.before, change.after) == (Kind.MEASURED, "10000", "1000")
    assert change.reason == "multipart.max_parts"
    assert [each.after for each in compare(old, run("one", result("multipart.max_parts")))] == ["not measured"]


def test_names_that_were_measured_count_too() -> None:
    old = run("one", result("checksums.algorithms", measured={"checksums.algorithms": ["CRC32", "SHA256"]}))
    new = run("one", result("checksums.algorithms", measured={"checksums.algorithms": ["CRC32"]}))
    assert [(each.before, each.after) for each in compare(old, new)] == [("CRC32, SHA256", "CRC32")]


def test_times_requests_texts_and_versions_never_count() -> None:
    old, *_ = few()
    changed = [
        each.model_copy(
            update={
                "seconds": 9.0,
                "reason": "another text",
                "title": "another title",
                "severity": "rare",
                "evidence": (),
            }
        )
        for each in old.results
    ]
    about = RUN.model_copy(update={"date": "2027-01-01T00:00:00Z", "seconds": 1.0, "botocore": "2"})
    assert compare(old, run("alpha", *changed, run_about=about, version="2")) == []


def test_what_matters_most_comes_first() -> None:
    old = run("one", *(result(f"put.metadata/{name}", name) for name in ("supported", "dirty", "ignored")))
    new = run(
        "one",
        result("put.metadata/supported", "corrupt"),
        result("put.metadata/dirty", "supported"),
        result("put.metadata/ignored", "unsupported"),
        result("put.metadata/new"),
    )
    assert [change.kind for change in compare(old, new)] == [Kind.FAILURE, Kind.VERDICT, Kind.FIXED, Kind.NEW]
