"""Each verdict, from the answers that lead to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from s3tester.verdicts import Verdict
from tests.compat.fakes import Answer, error, run_fake
from tests.compat.running import fake_target, run_all, run_one, scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3tester.results import ScenarioResult

PUT = '- call: PutObject\n  with: {Bucket: "${bucket}", Key: "${key}", Body: one}\n'
GET = '- call: GetObject\n  with: {Bucket: "${bucket}", Key: "${key}"}\n'
HEAD = '- call: HeadObject\n  with: {Bucket: "${bucket}", Key: "${key}"}\n'
FINE: Answer = (200, {"etag": '"1"', "x-amz-request-id": "REQUEST1"}, b"one")


def is_object(path: str) -> bool:
    return path.count("/") > 1


def always(answer: Answer) -> Callable[..., Answer | None]:
    def script(method: str, path: str, *_: Any) -> Answer | None:
        if not is_object(path):
            return None
        return (*FINE[:2], b"") if method == "PUT" and answer == FINE else answer

    return script


def verdict_of(folder: Path, answer: Answer, steps: str, **fields: Any) -> ScenarioResult:
    with run_fake(always(answer)) as store:
        return run_one(folder, fake_target(store.url), scenario(steps, **fields))


@pytest.mark.parametrize(
    ("answer", "step", "verdict"),
    [
        (FINE, GET, "supported"),
        (FINE, f"{GET}  expect: {{body: {{equals: one}}}}", "supported"),
        (error(501, "NotImplemented"), PUT, "unsupported"),
        (error(400, "NotImplemented"), PUT, "unsupported"),
        (error(405, "Whatever"), PUT, "unsupported"),
        ((501, {}, b"<html>no</html>"), PUT, "unsupported"),
        (error(400, "InvalidArgument"), f"{PUT}  refusals: [InvalidArgument]", "unsupported"),
        (error(400, "InvalidArgument"), f"{PUT}  refusals: [InvalidRequest]", "dirty"),
        (error(400, "InvalidArgument"), PUT, "dirty"),
        (error(500, "InternalError"), f"{PUT}  otherwise: ignored", "dirty"),
        (error(404, "NoSuchKey"), f"{GET}  otherwise: ignored", "ignored"),
        (error(501, "NotImplemented"), f"{GET}  otherwise: ignored", "unsupported"),
        (FINE, f"{PUT}  expect: {{error: [PreconditionFailed, 412]}}", "differs"),
        (FINE, f"{PUT}  expect: {{error: [PreconditionFailed, 412]}}\n  otherwise: ignored", "ignored"),
        (error(412, "PreconditionFailed"), f"{PUT}  expect: {{error: [PreconditionFailed, 412]}}", "supported"),
        (error(412, "PreconditionFailed"), f"{PUT}  expect: {{error: PreconditionFailed}}", "supported"),
        (error(412, "PreconditionFailed"), f"{PUT}  expect: {{error: 412}}", "supported"),
        (error(412, "PreconditionFailed"), f"{PUT}  expect: {{error: true}}", "supported"),
        (error(500, "InternalError"), f"{PUT}  expect: {{error: true}}", "dirty"),
        (error(409, "Conflict"), f"{PUT}  expect: {{error: [PreconditionFailed, 412]}}", "dirty"),
        (error(409, "Conflict"), f"{PUT}  expect: {{error: 412}}\n  otherwise: ignored", "dirty"),
        (error(501, "NotImplemented"), f"{PUT}  expect: {{error: 412}}", "unsupported"),
        (error(409, "B"), f"{PUT}  expect: {{error: {{code: {{one_of: [A, B]}}, status: 409}}}}", "supported"),
        (error(404, "NoSuchKey"), f"{PUT}  expect: {{status: [200, 404]}}", "supported"),
        (error(403, "NoSuchKey"), f"{PUT}  expect: {{status: [200, 404]}}", "dirty"),
        ((404, {}, b""), f"{HEAD}  expect: {{error: [NoSuchKey, 404]}}", "supported"),
        ((403, {}, b""), f"{HEAD}  expect: {{error: [NoSuchKey, 404]}}", "dirty"),
        ((404, {}, b""), f"{GET}  expect: {{error: [NoSuchKey, 404]}}", "dirty"),
        (FINE, f"{GET}  expect: {{body: {{equals: two}}}}", "differs"),
        (FINE, f"{GET}  expect: {{body: {{equals: two}}}}\n  otherwise: corrupt", "corrupt"),
        (FINE, f"{GET}  expect: {{result: {{ETag: '\"2\"'}}}}", "differs"),
        (FINE, f"{GET}  expect: {{headers: {{ETag: {{etag: '1'}}}}}}", "supported"),
        (FINE, f"{GET}  capture: {{version: VersionId}}", "differs"),
        (FINE, f"{GET}  capture: {{version: VersionId}}\n  otherwise: ignored", "ignored"),
    ],
)
def test_an_answer_leads_to_its_verdict(tmp_path: Path, answer: Answer, step: str, verdict: str) -> None:
    result = verdict_of(tmp_path, answer, step)
    assert result.verdict == verdict, result


def test_evidence_says_what_was_expected_and_what_came(tmp_path: Path) -> None:
    result = verdict_of(tmp_path, error(409, "Conflict", "in the way"), f"{PUT}  expect: {{error: [Other, 412]}}")
    (step,) = result.evidence
    assert (step.step, step.status, step.code, step.request_id) == ("test[0] PutObject", 409, "Conflict", "REQUEST1")
    assert (step.expected, step.got) == ("the error 412 Other", "409 Conflict (in the way)")


def test_a_success_that_means_that_a_store_lacks_something_is_not_told_as_a_refusal(tmp_path: Path) -> None:
    result = verdict_of(tmp_path, FINE, f"{GET}  expect: {{body: {{size: 7}}}}\n  otherwise: unsupported")
    assert (result.verdict, result.reason) == ("unsupported", "test[0] GetObject: expected body size: 7, got 3")


def test_an_error_inside_of_a_200_is_an_error_and_the_status_is_told_as_it_was(tmp_path: Path) -> None:
    body = error(200, "InternalError", "later")[2]
    answer = (200, {"content-type": "application/xml"}, body)
    copy = '- call: CopyObject\n  with: {Bucket: "${bucket}", Key: "${key}", CopySource: "${bucket}/x"}'
    result = verdict_of(tmp_path, answer, copy)
    assert result.verdict is Verdict.DIRTY
    assert (result.evidence[0].status, result.evidence[0].code) == (200, "InternalError")


def test_a_200_that_is_no_answer_to_the_operation_differs(tmp_path: Path) -> None:
    asked = '- call: GetObjectAttributes\n  with: {Bucket: "${bucket}", Key: "${key}", ObjectAttributes: [ETag]}'
    result = verdict_of(tmp_path, FINE, asked)
    assert (result.verdict, result.evidence[0].status) == (Verdict.DIFFERS, 200)
    (step,) = result.evidence
    assert (step.expected, step.got) == ("an answer to GetObjectAttributes", "200 with something else")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(error(501, "NotImplemented"), "not-run"), (error(400, "InvalidArgument"), "not-run"), (FINE, "supported")],
)
def test_a_preparation_that_is_refused_says_nothing_of_the_feature(
    tmp_path: Path, answer: Answer, verdict: str
) -> None:
    before = '\n  - {call: PutObject, with: {Bucket: "${bucket}", Key: "${key}", Body: x}}'
    result = verdict_of(tmp_path, answer, "- set: {a: 1}", before_test=before)
    assert result.verdict == verdict
    assert verdict == "supported" or result.reason.startswith("its preparation failed: ")


def test_no_answer_is_an_error(tmp_path: Path) -> None:
    def hang_up(_: str, path: str, *__: Any) -> Answer | None:
        if is_object(path):
            raise ConnectionError
        return None

    with run_fake(hang_up) as store:
        for step in (PUT, '- http: {path: "/${bucket}/${key}"}'):
            result = run_one(tmp_path, fake_target(store.url), scenario(step))
            assert result.verdict is Verdict.ERROR, result


def test_a_body_that_ends_early_is_an_error(tmp_path: Path) -> None:
    for step in (GET, '- http: {path: "/${bucket}/${key}"}'):
        result = verdict_of(tmp_path, (200, {"content-length": "10", "connection": "close"}, b"one"), step)
        assert result.verdict is Verdict.ERROR, result


def test_what_boto3_does_not_take_is_an_error_of_the_tester(tmp_path: Path) -> None:
    step = '- set: {size: [1]}\n- call: PutObject\n  with: {Bucket: "${bucket}", Key: "${size}", Body: one}'
    result = verdict_of(tmp_path, FINE, step)
    assert result.verdict is Verdict.ERROR
    assert "boto3 refuses" in result.reason


def test_repeats_that_come_out_differently_are_flaky(tmp_path: Path) -> None:
    answers = [FINE, error(500, "InternalError"), FINE]

    def in_turn(_: str, path: str, *__: Any) -> Answer | None:
        return answers.pop() if is_object(path) else None

    with run_fake(in_turn) as store:
        result = run_one(tmp_path, fake_target(store.url), scenario(GET), repeat=3)
    assert result.verdict is Verdict.FLAKY
    assert result.reason.startswith("dirty 1 times, supported 2 times; ")


def test_repeats_that_agree_are_not_flaky(tmp_path: Path) -> None:
    with run_fake(always(FINE)) as store:
        assert run_one(tmp_path, fake_target(store.url), scenario(GET), repeat=3).verdict is Verdict.SUPPORTED
        assert sum(is_object(path) for _, path, _, _ in store.requests) == 3


def test_a_scenario_whose_requirement_is_not_met_is_not_run(tmp_path: Path) -> None:
    first = scenario(f"{GET}  expect: {{error: 412}}\n  otherwise: ignored")
    second = scenario(GET, id="objects.put_get/b", requires="[objects.put_get]")
    third = scenario(GET, id="errors.no_such_key", feature="errors.no_such_key", requires="[objects.put_get/b]")
    with run_fake(always(FINE)) as store:
        found = run_all(tmp_path, fake_target(store.url), third, second, first).results
        assert sum(is_object(path) for _, path, _, _ in store.requests) == 1
    assert [(each.verdict, each.reason) for each in found[:2]] == [
        ("not-run", "it requires objects.put_get/b, which is not-run"),
        ("not-run", "it requires objects.put_get, which is ignored"),
    ]


def test_a_scenario_for_a_second_account_is_not_run_without_one(tmp_path: Path) -> None:
    result = verdict_of(tmp_path, FINE, GET, credentials="other")
    assert (result.verdict, result.reason) == (Verdict.NOT_RUN, "there are no credentials 'other' for this store")


def test_limits_that_were_measured_before_a_failure_count(tmp_path: Path) -> None:
    limit = '- set: {n: 3}\n- measure: {feature: multipart.max_parts, value: "${n}"}\n'
    more = "- measure: {feature: multipart.max_parts, value: 4}\n"
    assert verdict_of(tmp_path, FINE, limit + GET + more).measured == {"multipart.max_parts": 4}
    refused = verdict_of(tmp_path, error(400, "A"), limit + GET + more)
    assert (refused.verdict, refused.measured) == (Verdict.DIRTY, {"multipart.max_parts": 3})


def test_a_check_says_what_it_looked_at(tmp_path: Path) -> None:
    result = verdict_of(tmp_path, FINE, '- set: {n: 3}\n- check: {"${n}": {at_least: 4}}\n  otherwise: ignored')
    assert (result.verdict, result.reason) == ("ignored", "test[1] check: expected ${n}: at least 4, got 3")


LISTING = """
- pages: {call: ListObjectsV2, with: {Bucket: "${bucket}", MaxKeys: 2, Prefix: p}, items: "Contents[].Key",
          invariants: [ordered, unique, no_empty_pages, within_max, ends], limit: 3}
"""


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([["a", "b"], ["c"]], None),
        ([[]], None),
        ([["b", "a"]], "expected items in UTF-8 byte order, got 'a' behind 'b'"),
        ([["a", "b"], ["b"]], "expected every item once, got 'b' twice"),
        ([["a"], [], ["b"]], "expected no empty pages, got pages of [1, 0, 1]"),
        ([["a", "b", "c"]], "expected at most 2 items in a page, got 3"),
        ([["a"], ["b"], ["c"], ["d"]], "expected an end within 3 pages, got more of them"),
    ],
)
def test_listings_keep_their_promises(tmp_path: Path, pages: list[list[str]], reason: str | None) -> None:
    left = [*pages]

    def page(_: str, path: str, *__: Any) -> Answer | None:
        if "prefix=p" not in path:
            return None
        keys = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in left.pop(0))
        token = f"<NextContinuationToken>{len(left)}</NextContinuationToken>"
        more = f"<IsTruncated>true</IsTruncated>{token}" if left else ""
        return 200, {}, f"<ListBucketResult>{more}{keys}</ListBucketResult>".encode()

    with run_fake(page) as store:
        result = run_one(tmp_path, fake_target(store.url), scenario(LISTING))
    assert result.verdict == ("differs" if reason else "supported"), result
    assert reason is None or result.reason.endswith(reason)


def test_credentials_of_a_step_count_for_the_steps_inside_of_it(tmp_path: Path) -> None:
    steps = "- {credentials: anonymous, group: [{call: ListBuckets}, {http: {path: /x-here}}]}\n- call: ListBuckets"
    with run_fake(lambda *_: None) as store:
        assert run_one(tmp_path, fake_target(store.url), scenario(steps)).verdict == "supported"
        asked = ["authorization" in headers for _, path, headers, _ in store.requests if path in {"/", "/x-here"}]
    assert asked == [False, False, True, True]  # the last one is the runner's
