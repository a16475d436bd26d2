"""Runs: on real servers, with clean-up whatever happens."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from s3tester.errors import BadInput, CouldNotRun
from s3tester.results import Results, StoreInfo
from s3tester.runlog import RunLog
from s3tester.target import from_endpoint
from tests.compat.fakes import ENVIRON, Answer, error, run_fake
from tests.compat.running import HEAD, fake_target, run_all, run_one, scenario, target_of
from tests.servers import boto3_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import S3Server

PUT = '- call: PutObject\n  with: {Bucket: "${bucket}", Key: "${key}", Body: one}\n'
RACE = """
- parallel:
    repeat: 100
    at_once: 100
    steps:
      - call: PutObject
        with: {Bucket: "${bucket}", Key: "${key}-${index}", Body: {random: 1KiB, seed: "${index}"}}
        expect: {result: {ETag: {etag: {$md5: {random: 1KiB, seed: "${index}"}}}}}
- pages: {call: ListObjectsV2, with: {Bucket: "${bucket}", Prefix: "${key}-", MaxKeys: 30}, items: "Contents[].Key",
          invariants: [ordered, unique, no_empty_pages, within_max, ends]}
  expect: {result: {count: 100, pages: 4}}
"""


@pytest.fixture
def buckets(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    """moto, of which a test must leave no bucket of the tool's."""
    server: S3Server = request.getfixturevalue("moto_server")
    yield server
    client = boto3_client(server)
    assert [each["Name"] for each in client.list_buckets()["Buckets"] if each["Name"].startswith("s3tester-")] == []
    client.close()


@pytest.mark.parametrize("name", ["moto_server", "rclone_server"])
def test_a_hundred_operations_at_once(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(name)
    result = run_one(tmp_path, target_of(server), scenario(RACE))
    assert result.verdict == "supported", result


def test_of_many_create_only_writes_one_succeeds(buckets: S3Server, tmp_path: Path) -> None:
    steps = """
    - parallel:
        repeat: 20
        steps:
          - call: PutObject
            with: {Bucket: "${bucket}", Key: "${key}", Body: "${index}", IfNoneMatch: "*"}
      expect: {result: {succeeded: 1, failed: 19, codes: {PreconditionFailed: 19}, statuses: {200: 1, 412: 19}}}
      capture: {winner: "answers[?ok] | [0].index"}
    - call: GetObject
      with: {Bucket: "${bucket}", Key: "${key}"}
      expect: {body: {text: "${winner}"}}
    """
    result = run_one(tmp_path, target_of(buckets), scenario(steps))
    assert result.verdict == "supported", result


def test_without_an_expectation_all_of_parallel_must_hold(tmp_path: Path) -> None:
    def second_fails(method: str, path: str, *_: Any) -> Answer | None:
        return error(400, "Bad") if method == "PUT" and path.count("/") > 1 and path.endswith("-1") else None

    steps = '- parallel: {repeat: 2, steps: [{call: PutObject, with: {Bucket: "${bucket}", Key: "${key}-${index}"}}]}'
    with run_fake(second_fails) as store:
        result = run_one(tmp_path, fake_target(store.url), scenario(steps))
    assert (result.verdict, result.reason) == ("dirty", "parallel[1] PutObject: expected success, got 400 Bad")


def test_until_waits_for_what_takes_its_time(tmp_path: Path) -> None:
    answers = [error(404, "NoSuchKey")] * 3

    def later(method: str, path: str, *_: Any) -> Answer | None:
        if method != "GET" or path.count("/") < 2:
            return None
        return answers.pop() if answers else (200, {}, b"one")

    steps = """
    - until:
        deadline: 20
        every: 0.01
        step: {call: GetObject, with: {Bucket: "${bucket}", Key: "${key}"}, as: seen}
    - check: {"${seen.body.text}": one}
    """
    with run_fake(later) as store:
        assert run_one(tmp_path, fake_target(store.url), scenario(steps)).verdict == "supported"


def test_until_may_wait_for_an_error(tmp_path: Path) -> None:
    answers = [error(404, "NoSuchKey"), (200, {}, b"one")]

    def then_gone(method: str, path: str, *_: Any) -> Answer | None:
        return answers.pop() if method == "GET" and path.count("/") > 1 else None

    steps = """
    - until:
        deadline: 20
        every: 0.01
        step: {call: GetObject, with: {Bucket: "${bucket}", Key: "${key}"}, expect: {error: [NoSuchKey, 404]}}
    """
    with run_fake(then_gone) as store:
        assert run_one(tmp_path, fake_target(store.url), scenario(steps)).verdict == "supported"


def test_what_runs_alone_runs_last_and_with_none_beside_it(tmp_path: Path) -> None:
    lock, running = threading.Lock(), [0]
    most: dict[str, int] = {}
    order: list[str] = []

    def watch(method: str, path: str, *_: Any) -> Answer | None:
        if method != "PUT" or path.count("/") < 2:
            return None
        with lock:
            running[0] += 1
            name = "alone" if "errors.form" in path else "beside"
            order.append(name)
            most[name] = max(most.get(name, 0), running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return 200, {"etag": '"e"'}, b""

    beside = [scenario(PUT, id=f"objects.put_get/{n}") for n in range(4)]
    alone = [scenario(PUT, id=f"errors.form/{n}", feature="errors.form", alone="true") for n in range(3)]
    with run_fake(watch) as store:
        run_all(tmp_path, fake_target(store.url), *alone, *beside)
    assert order == ["beside"] * 4 + ["alone"] * 3
    assert most["alone"] == 1


def test_until_gives_up_with_the_last_answer(tmp_path: Path) -> None:
    def never(method: str, path: str, *_: Any) -> Answer | None:
        return error(404, "NoSuchKey") if method == "GET" and path.count("/") > 1 else None

    steps = """
    - until:
        deadline: 0.1
        every: 0.05
        step: {call: GetObject, with: {Bucket: "${bucket}", Key: "${key}"}, otherwise: ignored}
    """
    with run_fake(never) as store:
        result = run_one(tmp_path, fake_target(store.url), scenario(steps))
    assert (result.verdict, len(result.evidence)) == ("ignored", 1)


LEFTOVERS = """
- call: PutBucketVersioning
  with: {Bucket: "${bucket}", VersioningConfiguration: {Status: Enabled}}
- call: PutObject
  with: {Bucket: "${bucket}", Key: "${key}", Body: one}
- call: PutObject
  with: {Bucket: "${bucket}", Key: "${key}", Body: two}
- call: DeleteObject
  with: {Bucket: "${bucket}", Key: "${key}"}
- call: CreateMultipartUpload
  with: {Bucket: "${bucket}", Key: "${key}"}
- call: CreateBucket
  with: {Bucket: "${run}-of-mine"}
- call: PutObject
  with: {Bucket: "${run}-of-mine", Key: a, Body: one}
"""
HELD = """
- call: PutObject
  with: {Bucket: "${bucket}", Key: "${key}-held", Body: one, ChecksumAlgorithm: SHA256, ObjectLockLegalHoldStatus: ON}
- call: PutObject
  with:
    Bucket: "${bucket}"
    Key: "${key}"
    Body: one
    ChecksumAlgorithm: SHA256
    ObjectLockMode: GOVERNANCE
    ObjectLockRetainUntilDate: {$now: {plus: 3600}}
"""


def test_versions_markers_uploads_and_further_buckets_are_removed(buckets: S3Server, tmp_path: Path) -> None:
    result = run_one(tmp_path, target_of(buckets), scenario(LEFTOVERS, own_bucket="true"))
    assert result.verdict == "supported", result


def test_held_objects_are_removed(buckets: S3Server, tmp_path: Path) -> None:
    result = run_one(tmp_path, target_of(buckets), scenario(HELD, own_bucket="{object_lock: true}"))
    assert result.verdict == "supported", result


def test_buckets_are_removed_after_a_failure(buckets: S3Server, tmp_path: Path) -> None:
    steps = PUT + "  expect: {error: 412}"
    assert run_one(tmp_path, target_of(buckets), scenario(steps, own_bucket="true")).verdict == "differs"


def test_what_could_not_be_removed_is_told(tmp_path: Path) -> None:
    def keep(method: str, path: str, *_: Any) -> Answer | None:
        return error(409, "BucketNotEmpty", "so there") if method == "DELETE" and path.count("/") == 1 else None

    with run_fake(keep) as store:
        made = run_all(tmp_path, fake_target(store.url), scenario("- set: {a: 1}"))
    assert made.left == ["the bucket s3tester-1 is left: BucketNotEmpty so there"]


@pytest.mark.parametrize("body", ["one", "{text: two}"])
def test_after_test_runs_whatever_happened_and_all_of_it(body: str, tmp_path: Path) -> None:
    after = (
        "\n  - {call: DeleteObject, with: {Bucket: '${bucket}', Key: '${made.absent}'}}"
        "\n  - {call: DeleteObject, with: {Bucket: '${bucket}', Key: gone}}"
    )
    steps = f"{PUT}  as: made\n- check: {{one: {body}}}"
    with run_fake(lambda *_: None) as store:
        run_one(tmp_path, fake_target(store.url), scenario(steps, after_test=after))
        assert [path for method, path, _, _ in store.requests if method == "DELETE" and "gone" in path]


def test_a_store_that_makes_no_bucket_can_not_be_measured(tmp_path: Path) -> None:
    with run_fake(lambda *_: error(403, "AccessDenied")) as store, pytest.raises(CouldNotRun, match="403 AccessDenied"):
        run_all(tmp_path, fake_target(store.url), scenario(PUT))


def test_what_answers_anything_with_success_is_not_measured(tmp_path: Path) -> None:
    page: Answer = (200, {}, b"<html>Welcome</html>")
    with run_fake(lambda *_: page, is_store=False) as store, pytest.raises(CouldNotRun, match="that nobody wrote"):
        run_all(tmp_path, fake_target(store.url), scenario(PUT))


def test_a_store_that_is_not_there_can_not_be_measured(tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as store:
        url = store.url
    with pytest.raises(CouldNotRun, match=f"Could not connect.*{url}"):
        run_all(tmp_path, fake_target(url), scenario(PUT))


def test_a_bucket_with_lock_that_can_not_be_made_is_not_run(tmp_path: Path) -> None:
    def no_lock(_: str, __: str, headers: dict[str, str], ___: bytes) -> Answer | None:
        return error(501, "NotImplemented") if "x-amz-bucket-object-lock-enabled" in headers else None

    with run_fake(no_lock) as store:
        result = run_one(tmp_path, fake_target(store.url), scenario(PUT, own_bucket="{object_lock: true}"))
    assert (result.verdict, result.reason) == ("not-run", "the store made no bucket: 501 NotImplemented")


def test_a_scenario_that_hangs_is_left_and_the_others_come_to_their_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s3tester.runner.GRACE", 0.2)
    let_go = threading.Event()

    def hang(method: str, path: str, *_: Any) -> Answer | None:
        if path.count("/") > 1 and method == "PUT" and path.endswith("hang"):
            let_go.wait(20)
        return None

    stuck = scenario(PUT.replace("${key}", "hang"), time_limit=0.1)
    other = scenario(PUT, id="objects.put_get/b")
    with run_fake(hang) as store:
        try:
            made = run_all(tmp_path, fake_target(store.url), stuck, other, parallel=1)
        finally:
            let_go.set()
    assert [(each.verdict, each.reason) for each in made.results] == [
        ("error", "it did not end within its time limit"),
        ("supported", "as expected"),
    ]


def test_a_step_has_a_time_limit_of_its_own(tmp_path: Path) -> None:
    steps = "- {sleep: 20, time_limit: 0.1}"
    with run_fake(lambda *_: None) as store:
        result = run_one(tmp_path, fake_target(store.url), scenario(steps))
    assert (result.verdict, result.reason) == ("error", "its time limit is over")


def test_every_scenario_has_a_key_that_is_no_prefix_of_another(tmp_path: Path) -> None:
    names = ["objects.put_get", "objects.put_get/a", "objects.put_get/ab"]
    with run_fake(lambda *_: None) as store:
        run_all(tmp_path, fake_target(store.url), *(scenario(PUT, id=name) for name in names))
        keys = [
            path.partition("/")[2].partition("/")[2]
            for method, path, _, _ in store.requests
            if method == "PUT" and path.count("/") > 1
        ]
    assert len(keys) == 3
    assert not [(a, b) for a in keys for b in keys if a != b and b.startswith(a)]


PRESIGN = """
- presign: {operation: GetObject, with: {Bucket: "${bucket}", Key: "${key}"}}
  capture: {url: url}
- check: {"${url}": 1}
"""


def test_results_and_the_log_hold_no_secret(tmp_path: Path) -> None:
    """Whatever a store sends back: it may repeat what it was sent."""

    def parrot(_: str, path: str, headers: dict[str, str], __: bytes) -> Answer | None:
        if path.count("/") < 2:
            return None
        said = f"{headers.get('authorization')} {path} {ENVIRON['AWS_SECRET_ACCESS_KEY']} {tmp_path}"
        return 400, {"x-amz-meta-a": said, "location": said}, error(400, "Bad", said.replace("&", "&amp;"))[2]

    steps = (
        f"{PUT}  expect: {{result: {{A: 1}}}}",
        '- http: {path: "/${bucket}/${key}", sign: query}',
        PRESIGN,
    )
    found = ""
    for step in steps:
        with run_fake(parrot) as store, (tmp_path / "log").open("w") as log:
            made = run_all(tmp_path, fake_target(store.url), scenario(step), log=RunLog(log))
        found += Results(store=StoreInfo(name="fake"), run=made.info, results=made.results).text()
        found += (tmp_path / "log").read_text()
        assert made.results[0].verdict in {"dirty", "differs"}
    for secret in (*ENVIRON.values(), "fake%2Fsecret%2Bof%3Dthe%2Btest"):
        assert secret not in found
    assert "[hidden]" in found
    assert re.search(r"[0-9a-f]{64}", found) is None
    assert "127.0.0.1" not in found


def test_every_step_is_logged(tmp_path: Path) -> None:
    with run_fake(lambda *_: None) as store, (tmp_path / "log").open("w") as log:
        run_all(tmp_path, fake_target(store.url), scenario(PUT), log=RunLog(log))
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [each["event"] for each in events] == ["run", "step", "scenario", "end"]
    assert (events[1]["step"], events[1]["status"], events[2]["verdict"]) == ("test[0] PutObject", 200, "supported")


def test_keys_come_from_the_environment_and_are_shown_nowhere() -> None:
    target = from_endpoint("http://127.0.0.1:1", environ=ENVIRON)
    assert target.keys_of("main") is not None
    for secret in ENVIRON.values():
        assert secret not in repr(target)
    with pytest.raises(BadInput, match="there are no keys"):
        from_endpoint("http://127.0.0.1:1", environ={})
    with pytest.raises(BadInput, match="holds a user or a password") as caught:
        from_endpoint("http://someone:secret@127.0.0.1:1", environ=ENVIRON)
    assert "secret" not in str(caught.value)


SLOW = '- {call: PutObject, with: {Bucket: "${bucket}", Key: "${key}", Body: one}}\n- sleep: 60'


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_end_a_run_and_leave_nothing(number: int, buckets: S3Server, tmp_path: Path) -> None:
    after = '\n  - {call: CreateBucket, with: {Bucket: "made-after-test"}}'
    file = tmp_path / "slow.yaml"
    text = scenario(SLOW, own_bucket="true", after_test=after) + scenario(SLOW, id="objects.put_get/b")
    file.write_text(HEAD + text, encoding="utf-8")
    log = tmp_path / "log"
    environ = {
        **os.environ, "AWS_ACCESS_KEY_ID": buckets.access_key_id, "AWS_SECRET_ACCESS_KEY": buckets.secret_access_key,
    }  # fmt: skip
    command = [sys.executable, "-m", "s3tester", "run", "--endpoint", buckets.endpoint_url, "--scenarios", str(file)]
    command += ["--format", "json", "--log", str(log)]
    client = boto3_client(buckets)
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while len([each for each in client.list_buckets()["Buckets"] if "s3tester-" in each["Name"]]) < 2:
            assert time.monotonic() < deadline, running.poll()
            time.sleep(0.05)
        time.sleep(0.5)
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    ours = ("s3tester-", "made-after-test")  # other tests have buckets there, too
    names = [each["Name"] for each in client.list_buckets()["Buckets"] if each["Name"].startswith(ours)]
    client.delete_bucket(Bucket="made-after-test")
    client.close()
    assert running.returncode == 130, err
    assert [each["verdict"] for each in json.loads(out)["results"]] == ["not-run", "not-run"]
    assert names == ["made-after-test"]


def test_nobody_watches_the_progress_and_the_results_come(buckets: S3Server, tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(HEAD + scenario(PUT), encoding="utf-8")
    environ = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": buckets.access_key_id,
        "AWS_SECRET_ACCESS_KEY": buckets.secret_access_key,
        "FORCE_COLOR": "1",  # so that the bar is drawn from its beginning on
    }
    command = [sys.executable, "-m", "s3tester", "run", "--endpoint", buckets.endpoint_url, "--scenarios", str(file)]
    read, write = os.pipe()
    os.close(read)
    command += ["--format", "json", "--progress"]
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=write, check=False, timeout=60)
    os.close(write)
    assert [each["verdict"] for each in json.loads(done.stdout)["results"]] == ["supported"]
