"""Mistakes in scenario files are told with file and line, all of them at once, before anything is sent."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import pytest

from s3tester.errors import BadInput
from s3tester.loading import load
from s3tester.places import folder
from tests.compat.running import HEAD, loaded, scenario

if TYPE_CHECKING:
    from pathlib import Path


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "mine.yaml"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load([file])
    return [each.removeprefix(f"{tmp_path}/") for each in caught.value.problems]


GOOD = """\
title: Tests
scenarios:
  - id: objects.put_get
    feature: objects.put_get
    title: A test
    test:
      - call: HeadBucket
        with: {Bucket: "${bucket}"}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("call: HeadBucket", "cal: HeadBucket", "7: unknown step 'cal'; did you mean 'call'?"),
        ("call: HeadBucket", "xyz: HeadBucket", "7: unknown step 'xyz'; steps are call, http"),
        ("- call: HeadBucket", "- call: HeadBucket\n        sleep: 1", "7: a step has one verb, and this has"),
        ("- call: HeadBucket", "- nothing\n      - call: HeadBucket", "7: a step is a mapping with one of call, http"),
        ("call: HeadBucket", "call: HeadBuckets", "7: boto3 has no S3 operation 'HeadBuckets'; did you mean"),
        ("{Bucket:", "{Buket:", "8: HeadBucket has no parameter 'Buket'; did you mean 'Bucket'?"),
        ('{Bucket: "${bucket}"}', "{}", "7: HeadBucket needs 'Bucket'"),
        ('"${bucket}"', '"${buket}"', "8: nothing sets the variable 'buket'; did you mean 'bucket'?"),
        ('"${bucket}"', "{$upercase: a}", "8: there is no function '$upercase'; did you mean '$upper'?"),
        ('"${bucket}"', "{$upper: a, x: y}", "8: the function '$upper' stands alone in its mapping"),
        ("with:", "wiht: 1\n        with:", "8: there is no 'wiht' here"),
        ("    title: A test", "    titel: A test", "5: there is no 'titel' here"),
        ("    title: A test\n", "", "3: 'title' is missing"),
        ("feature: objects.put_get", "feature: put.if_absnt", "4: there is no feature 'put.if_absnt'; did you mean"),
        ("id: objects.put_get", "id: objects.put", "3: the id must be 'objects.put_get', or begin with"),
        ("id: objects.put_get", "id: Objects put", "3: 'id': string should match pattern"),
        ("    title: A test", "    title: A test\n    title: B", "6: 'title' stands here twice"),
        ("    title: A test", "    title: [", "7: "),  # what follows are PyYAML's words, or libyaml's
        ("    title: A test", "    title: A test\n    severity: high", "6: 'severity': input should be 'core'"),
        ("    title: A test", "    title: A test\n    requires: [put.if_match]", "3: objects.put_get requires"),
        ("    title: A test", "    title: A test\n    credentials: root", "6: there are no credentials 'root'; there"),
        ("- call: HeadBucket", "- credentials: anonymus\n        call: HeadBucket", "7: there are no credentials"),
        ("- call:", "- expect: {eror: 404}\n        call:", "7: there is no 'eror' here"),
        ("- call:", "- expect: {result: {'A[': 1}}\n        call:", "7: 'A[' is no path"),
        ("- call:", "- otherwise: supported\n        call:", "7: 'otherwise': input should be 'unsupported'"),
        ("- call: HeadBucket", "- http: {method: PUT}\n      - call: HeadBucket", "7: a request has one of 'path'"),
        ("- call:", "- http: {path: /, body: {zeros: 5MX}}\n      - call:", "7: '5MX' is no size"),
        ("- call:", "- http: {path: /, sign: v5}\n      - call:", "7: 'sign': input should be 'v4'"),
        ("- call:", "- measure: {feature: a.b, value: 1}\n      - call:", "7: there is no feature 'a.b'"),
        ("- call:", "- presign: {expires: 1}\n      - call:", "7: what is presigned is one of"),
        ("- call:", "- until: {deadline: 1, step: {cal: x}}\n      - call:", "7: unknown step 'cal'"),
        ("- call:", "- pages: {call: HeadBucket, with: {Bucket: b}, items: A}\n      - call:", "7: boto3 has no pagi"),
        (
            "with: {B",
            "with:\n          X:\n            - Y\n          Bucket: b\n      - call: HeadBucket\n        with: {B",
            "9: HeadBucket has no parameter 'X'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, right: str, wrong: str, problem: str) -> None:
    assert right in GOOD
    found = problems(tmp_path, GOOD.replace(right, wrong, 1))
    assert [each for each in found if each.startswith(f"mine.yaml:{problem}")], found


def test_nested_parameters_are_checked_too(tmp_path: Path) -> None:
    steps = """
      - call: PutBucketLifecycleConfiguration
        with:
          Bucket: "${bucket}"
          LifecycleConfiguration:
            Rules:
              - ID: one
                Status: Enabled
                Expirations: {Days: 1}
    """
    (found,) = problems(tmp_path, HEAD + scenario(steps))
    place = "PutBucketLifecycleConfiguration.LifecycleConfiguration.Rules.0"
    assert found.endswith(f"{place} has no parameter 'Expirations'; did you mean 'Expiration'?")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("{Bucket:", "{Buket:").replace("id: objects.put_get", "id: objects.get")
    assert [re.match(r"mine\.yaml:(\d+): ", each)[1] for each in problems(tmp_path, text)] == ["3", "8"]  # type: ignore[index] # they match


def test_an_id_that_stands_twice_is_told_with_both_places(tmp_path: Path) -> None:
    again = GOOD.partition("scenarios:\n")[2]
    (found,) = problems(tmp_path, GOOD + again)
    assert found == "mine.yaml:9: the id 'objects.put_get' is taken by mine.yaml:3"


def test_requirements_that_go_in_a_circle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"in a circle: objects\.put_get/a → objects\.put_get/b → objects\.put_get/a"):
        loaded(
            tmp_path,
            scenario("- sleep: 1", id="objects.put_get/a", requires="[objects.put_get/b]"),
            scenario("- sleep: 1", id="objects.put_get/b", requires="[objects.put_get/a]"),
        )


def test_a_variable_is_known_after_the_step_that_sets_it_and_not_before(tmp_path: Path) -> None:
    after = '- set: {a: 1}\n- check: {"${a}": 1}'
    assert loaded(tmp_path, scenario(after))
    before = '- check: {"${a}": 1}\n- set: {a: 1}'
    with pytest.raises(BadInput, match="nothing sets the variable 'a'"):
        loaded(tmp_path, scenario(before))


def test_variables_set_in_parallel_stay_there(tmp_path: Path) -> None:
    steps = '- parallel: {steps: [{set: {a: 1}}]}\n- check: {"${a}": 1}'
    with pytest.raises(BadInput, match="nothing sets the variable 'a'"):
        loaded(tmp_path, scenario(steps))


def test_times_and_on_stay_text_and_true_is_true(tmp_path: Path) -> None:
    (only,) = loaded(tmp_path, scenario("- set: {day: 2030-01-02, at: 2030-01-02T03:04:05Z, no: ON, b: true}"))
    values = {"day": "2030-01-02", "at": "2030-01-02T03:04:05Z", "no": "ON", "b": True}
    assert only.scenario.test[0].model_dump()["set"] == values


@pytest.mark.parametrize(("content", "problem"), [(b"", "the file is empty"), (b"\xff", "it is not UTF-8")])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(BadInput, match=problem):
        load([tmp_path])


def test_a_place_without_scenarios_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there are no scenario files"):
        load([tmp_path])
    with pytest.raises(BadInput, match="there is no such file or folder"):
        load([tmp_path / "absent"])


def test_our_own_scenarios_are_valid() -> None:
    assert load([folder("scenarios")])
