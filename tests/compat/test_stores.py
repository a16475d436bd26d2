"""Stores are described, installed, started, reached and ended by one command."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.exceptions import ClientError

import holdall
from holdall.config import load_config
from s3tester.stores import background, installing, running
from s3tester.stores.definitions import Definition, definition, names
from s3tester.stores.events import run_receiver
from s3tester.stores.installing import FOLDER_VARIABLE, CannotInstallError, NotInstalledError, version_of
from s3tester.stores.process import ServerDidNotStart, run_program, run_until_answers
from s3tester.stores.running import RUNNERS
from s3tester.stores.server import Keys, S3Server
from s3tester.target import from_endpoint
from tests.servers import CHOSEN, boto3_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "s3tester.stores"]
SERVER = S3Server(
    name="ceph-rgw",
    endpoint_url="http://127.0.0.1:1",
    access_key_id="AKIAMAIN",
    secret_access_key="main's secret",
    region="us-east-1",
    notes="",
    family="ceph-rgw",
    other=Keys("AKIAOTHER", "other's secret"),
    kms_key_id="a-key",
    event_destination="arn:aws:sqs:::a-queue",
)


def stores(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def port_of(lines: str) -> int:
    """The port in what `up` printed."""
    [line] = [line for line in lines.splitlines() if line.startswith("export AWS_ENDPOINT_URL=")]
    port = urlsplit(line.partition("=")[2]).port
    assert port
    return port


# --- every store ------------------------------------------------------------------------------------------------------


def test_every_store_has_a_starter_and_every_starter_a_description() -> None:
    assert set(names()) == set(RUNNERS)


def test_what_cannot_be_had_is_told_and_nothing_is_started(tmp_path: Path) -> None:
    cargo = tmp_path / "cargo"
    cargo.write_text("#!/bin/sh\necho 'libsodium not found' >&2\nexit 101\n")
    cargo.chmod(0o700)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    ended = stores("up", "garage", PATH=path, **{FOLDER_VARIABLE: str(tmp_path / "stores")})
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "Garage, one node can't be had here: cargo failed with 101: libsodium not found" in ended.stderr


@pytest.mark.parametrize("name", names())
def test_descriptions_are_complete(name: str) -> None:
    store = definition(name)
    assert all((store.title, store.family, store.version, store.needs, store.notes))


def test_a_store_that_nobody_knows() -> None:
    with pytest.raises(KeyError):
        definition("../pyproject")
    ended = stores("up", "s3rver")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "'s3rver' is not one of" in ended.stderr


@pytest.mark.parametrize("name", CHOSEN)
def test_the_version_is_the_one_that_is_written_down(name: str) -> None:
    try:
        found = version_of(definition(name))
    except NotInstalledError as error:
        pytest.skip(str(error))
    if definition(name).install.method != "python":  # moto and rclone are wherever the environment's resolver is
        assert found == definition(name).version


@pytest.mark.parametrize("name", CHOSEN)
def test_a_running_store_is_reached_as_it_says(
    name: str, server_named: Callable[[str], S3Server], fresh_bucket: Callable[[S3Server], str]
) -> None:
    server = server_named(name)
    assert server.name == name
    assert server.version
    assert urlsplit(server.endpoint_url).hostname == "127.0.0.1"
    bucket = fresh_bucket(server)
    config = load_config(environ=server.environment())
    with holdall.open_storage(name, config=config, bucket=bucket) as store:
        store.put("folder/key", b"data")
        assert store.get("folder/key").read() == b"data"


@pytest.mark.parametrize("name", CHOSEN)
def test_the_second_user_may_not_read_what_the_first_one_owns(
    name: str, server_named: Callable[[str], S3Server], fresh_bucket: Callable[[S3Server], str]
) -> None:
    server = server_named(name)
    if server.other is None:
        pytest.skip(f"{name} has one user")
    bucket = fresh_bucket(server)
    with closing(boto3_client(server)) as client:
        client.put_object(Bucket=bucket, Key="key", Body=b"data")
    # Known, and not allowed: an unknown key and a wrong secret have codes of their own.
    # Garage keeps the names of buckets from those who may not use them.
    refusal = "NoSuchBucket" if name == "garage" else "AccessDenied"
    with closing(boto3_client(_as_other(server))) as client, pytest.raises(ClientError, match=refusal):
        client.get_object(Bucket=bucket, Key="key")


def _as_other(server: S3Server) -> S3Server:
    assert server.other is not None
    return S3Server(
        name=server.name,
        endpoint_url=server.endpoint_url,
        access_key_id=server.other.access_key_id,
        secret_access_key=server.other.secret_access_key,
        region=server.region,
        notes="",
    )


# --- the environment --------------------------------------------------------------------------------------------------


def test_the_environment_names_the_store_and_no_other_way_to_it() -> None:
    resolved: Any = load_config(environ=SERVER.environment()).resolve("ceph-rgw").settings
    assert (resolved.provider, resolved.endpoint_url) == ("ceph-rgw", "http://127.0.0.1:1")
    assert SERVER.environment()["S3TESTER_OTHER_ACCESS_KEY_ID"] == "AKIAOTHER"
    told = from_endpoint(SERVER.endpoint_url, environ=SERVER.environment())
    assert (told.kms_key, told.event_destination) == ("a-key", "arn:aws:sqs:::a-queue")


def test_secrets_are_in_no_repr() -> None:
    assert "secret'" not in repr(SERVER).replace("secret_access_key", "")
    assert "AKIAOTHER" in repr(SERVER)


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_list_says_what_is_here() -> None:
    facts = {entry["name"]: entry for entry in json.loads(stores("list", "--json").stdout)}
    assert set(facts) == set(names())
    assert facts["swift"]["installed"] == "2.38.3"
    assert "OpenStack Swift, s3api" in stores("list", COLUMNS="200").stdout


def test_a_command_runs_while_the_store_does_and_its_exit_code_is_kept() -> None:
    program = "import os, urllib.request as r; print(r.urlopen(os.environ['AWS_ENDPOINT_URL']).status); exit(7)"
    ended = stores("run", "moto", "--", sys.executable, "-c", program)
    assert (ended.returncode, ended.stdout) == (7, "200\n")


@pytest.fixture
def stores_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of one's own for what runs in the background."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    yield tmp_path
    background.stop("rclone")


@pytest.mark.usefixtures("stores_folder")
def test_in_the_background_until_it_is_told_to_end() -> None:
    started = stores("up", "rclone", "--detach")
    assert (started.returncode, started.stderr) == (0, "")
    port = port_of(started.stdout)
    assert listens(port)
    again = stores("up", "rclone", "--detach")
    assert again.returncode == 3
    assert "runs already" in again.stderr
    assert stores("down", "rclone").returncode == 0
    assert not listens(port)
    assert "has ended" in stores("down", "rclone").stderr


def test_a_note_of_a_process_that_is_somebody_elses_by_now_ends_nobody(stores_folder: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        note = stores_folder / "running" / "rclone.json"
        note.parent.mkdir()
        note.write_text(json.dumps({"pid": bystander.pid, "began": "1"}))
        assert not background.stop("rclone")
        assert bystander.poll() is None
        bystander.kill()


def test_the_store_ends_with_the_pipe_that_it_was_started_from() -> None:
    with subprocess.Popen([*COMMAND, "up", "rclone"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout is not None
        assert up.stdin is not None
        try:
            lines = "".join(iter(up.stdout.readline, f"{background.LAST_LINE}\n"))
            up.stdin.close()
            assert up.wait(30) == 0
        finally:
            up.kill()
    assert not listens(port_of(lines))


def test_a_server_does_not_outlive_a_parent_that_was_killed() -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv on this machine")
    with subprocess.Popen([*COMMAND, "up", "rclone"], stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout is not None
        port = port_of("".join(iter(up.stdout.readline, f"{background.LAST_LINE}\n")))
        up.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while listens(port):
        assert time.monotonic() < deadline, "rclone still listens"
        time.sleep(0.05)


# --- what can go wrong ------------------------------------------------------------------------------------------------


def _go_store(package: str) -> Definition:
    return definition("minio").model_copy(
        update={"name": f"test-{uuid.uuid4().hex}", "install": definition("minio").install.model_copy(
            update={"package": package})}
    )  # fmt: skip


def test_a_store_that_is_not_installed_says_how_it_gets_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(NotInstalledError, match="stores install minio"), running("minio"):
        pytest.fail("it is not there")


def test_what_cannot_be_built_is_told_with_the_tools_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "stores"))
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    go.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(CannotInstallError, match="go failed with 1: no such module"):
        installing.install(_go_store("example.invalid/nothing"))


def test_what_a_module_replaces_is_replaced_where_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`go install` refuses such modules, so they are built as part of one of ours."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "stores"))
    seen = tmp_path / "seen"
    go = tmp_path / "go"
    go.write_text(f'#!/bin/sh\necho "$@" >>{seen}\ncat go.mod >>{seen}\n[ "$1" != build ] || install -D "$0" "$3"\n')
    go.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    store = definition("seaweedfs")
    installing.install(store)
    assert installing.program_of(store).parent.parent == tmp_path / "stores"
    asked = seen.read_text()
    assert asked.startswith(f"get github.com/seaweedfs/seaweedfs/weed@{store.version}\n")
    assert "replace github.com/tyler-smith/go-bip39 => github.com/cosmos/go-bip39 v1.0.0" in asked


def test_a_crate_is_built_with_the_features_it_needs_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "stores"))
    seen = tmp_path / "seen"
    cargo = tmp_path / "cargo"
    cargo.write_text(
        f'#!/bin/sh\necho "$@" >{seen}\nwhile [ "$1" != --root ]; do shift; done\ninstall -D "$0" "$2/bin/garage"\n'
    )
    cargo.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    store = definition("garage")
    installing.install(store)
    assert installing.program_of(store).is_file()
    asked = seen.read_text()
    assert asked.startswith(f"install garage@{store.version} --locked ")
    assert "--no-default-features --features lmdb,system-libs " in asked


def test_without_the_tool_there_is_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(installing, "_TOOL_FOLDERS", ())
    with pytest.raises(CannotInstallError, match="go is not on this machine"):
        installing.install(_go_store("example.invalid/nothing"))


def test_a_server_that_ends_at_once_is_reported_with_what_it_said() -> None:
    program = "print('the licence is missing'); raise SystemExit(5)"
    with (
        pytest.raises(ServerDidNotStart, match=r"ended with 5(.|\n)*the licence is missing"),
        run_until_answers(lambda _port: [sys.executable, "-c", program]),
    ):
        pytest.fail("it has ended")


def test_a_port_that_somebody_else_took_is_given_up_for_another_one() -> None:
    ports: list[int] = []

    def command(port: int) -> list[str]:
        ports.append(port)
        if len(ports) == 1:
            return [sys.executable, "-c", "print('bind: address already in use'); raise SystemExit(1)"]
        return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]

    with run_until_answers(command) as endpoint:
        assert urlsplit(endpoint).port == ports[1]


def test_a_program_that_will_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s3tester.stores.process.STOP_TIMEOUT", 0.5)
    program = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    with run_program([sys.executable, "-c", program], ready="up") as started:
        started.wait_for_match()
    assert started.process.returncode == -signal.SIGKILL


def test_events_are_received_once_each() -> None:
    with run_receiver() as receiver, urllib3.PoolManager() as pool:
        assert pool.request("HEAD", receiver.url).status == 200
        for key in ("a", "b"):
            pool.request("POST", receiver.url, json={"EventName": "s3:ObjectCreated:Put", "Records": [{"key": key}]})
        assert receiver.take() == [{"key": "a"}, {"key": "b"}]
        assert receiver.take() == []
