"""The scenarios that come with s3tester: complete, and none spoils what another uses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from holdall.capabilities import FEATURES, KEY_FORMS
from s3tester.choosing import LARGE, choose
from s3tester.features import FURTHER
from s3tester.loading import load
from s3tester.places import folder
from s3tester.scenario import CallStep, CheckStep, GroupStep, Loaded, MeasureStep, ParallelStep, Step, UntilStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOT_ASKED = {
    "put.max_size",  # 5 GiB
    "copy.max_size",  # likewise
    "multipart.max_part_size",  # likewise
    "multipart.max_object_size",  # terabytes
    "dialect.forbid_overwrite",  # a header of one vendor's own
}


@pytest.fixture(scope="module")
def scenarios() -> list[Loaded]:
    return load([folder("scenarios")])


def test_every_capability_is_asked_for(scenarios: list[Loaded]) -> None:
    asked = {each.scenario.feature for each in scenarios}
    assert set(FEATURES) - asked - _measured(scenarios) == NOT_ASKED


def test_every_form_of_keys_is_asked_for(scenarios: list[Loaded]) -> None:
    lists = [
        step.measure.value
        for each in scenarios
        for step in _flat(each.scenario.test)
        if isinstance(step, MeasureStep) and step.measure.feature == "keys.not_held"
    ]
    assert sorted(form for names in lists for form in names) == sorted(KEY_FORMS)
    assert lists[1::2] == [[]] * len(KEY_FORMS)  # taken back where the check has shown that the store holds it


def test_sixty_operations_are_used(scenarios: list[Loaded]) -> None:
    used = {call.call for each in scenarios for call in _calls(each)}
    assert len(used) >= 60


def test_every_further_feature_is_asked_for(scenarios: list[Loaded]) -> None:
    assert set(FURTHER) - {each.scenario.feature for each in scenarios} == set()


def test_what_takes_minutes_runs_where_it_is_named_alone(scenarios: list[Loaded]) -> None:
    large = {each.scenario.id for each in scenarios if LARGE in each.scenario.tags}
    assert large
    for terms in ([], ["rare"], ["*"]):
        assert not large & {each.scenario.id for each in choose(scenarios, terms)}
    assert large == {each.scenario.id for each in choose(scenarios, [LARGE], with_required=False)}


def test_no_two_scenarios_have_one_title(scenarios: list[Loaded]) -> None:
    titles = Counter(each.scenario.title for each in scenarios)
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_scenario_expects_more_than_a_success(scenarios: list[Loaded]) -> None:
    idle = [
        each.scenario.id
        for each in scenarios
        if not any(step.expect or isinstance(step, CheckStep) for step in _flat(each.scenario.test))
    ]
    assert idle == []


def test_what_changes_a_whole_bucket_has_a_bucket_of_its_own(scenarios: list[Loaded]) -> None:
    spoiling = [
        f"{each.scenario.id}: {call.call}"
        for each in scenarios
        for call in _calls(each)
        if _changes_a_bucket(call.call) and not each.scenario.own_bucket and not _is_named_apart(call.with_)
    ]
    assert spoiling == []


def _measured(scenarios: list[Loaded]) -> set[str]:
    steps = [step for each in scenarios for step in _flat(each.scenario.test)]
    return {step.measure.feature for step in steps if isinstance(step, MeasureStep)}


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        match step:
            case GroupStep(group=inner):
                yield from _flat(inner)
            case ParallelStep(parallel=parallel):
                yield from _flat(parallel.steps)
            case UntilStep(until=until):
                yield from _flat([until.step])
            case _:
                pass


def _calls(each: Loaded) -> Iterator[CallStep]:
    scenario = each.scenario
    for step in _flat([*scenario.before_test, *scenario.test, *scenario.after_test]):
        if isinstance(step, CallStep):
            yield step


def _changes_a_bucket(operation: str) -> bool:
    return operation.startswith(("PutBucket", "DeleteBucket")) or operation in {
        "PutPublicAccessBlock",
        "DeletePublicAccessBlock",
        "PutObjectLockConfiguration",
    }


def _is_named_apart(given: dict[str, Any]) -> bool:
    return str(given.get("Bucket", "")).startswith("${run}-")


def test_queries_run_last_of_all(scenarios: list[Loaded]) -> None:
    """Ceph's gateway does not recover from one."""
    assert [each.scenario.id for each in choose(scenarios, ()) if each.scenario.alone][-1] == "select.csv"
