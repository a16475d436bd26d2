"""What all tests share: a clean environment, and real S3 servers that start when first asked for."""

from __future__ import annotations

import functools
import os
import signal
import uuid
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from s3tester.stores.installing import FOLDER_VARIABLE, stores_folder
from tests.places import is_left_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import S3Server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out pairs of server and engine that the default run need not have; see ``places``."""
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        arguments = getattr(getattr(item, "callspec", None), "params", {})
        engine, server = arguments.get("engine"), arguments.get("s3_server") or arguments.get("backend")
        (left_out if is_left_out(engine, server, getattr(item, "fixturenames", ())) else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


# Whatever starts like this would make a test depend on who runs it.
FOREIGN_SETTINGS = ("AWS_", "BOTO", "BLOB_", "HOLDALL_", "FSSPEC_", "DASK_")
XDG_FOLDERS = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_RUNTIME_DIR": ".run",
}


# Servers that were installed are found below the user's own cache folder, which the tests do not see otherwise.
STORES_FOLDER = stores_folder()


def coverage_lock() -> Any:
    """The lock that coverage takes when a thread comes upon a new file; ``None`` where nothing is measured."""
    try:
        from coverage import Coverage
    except ImportError:
        return None
    collector: Any = getattr(Coverage.current(), "_collector", None)
    return getattr(collector, "data_lock", None)


def _before_fork() -> None:
    _held.append(coverage_lock())
    if _held[-1] is not None:
        _held[-1].acquire()


def _after_fork() -> None:
    lock = _held.pop()
    if lock is not None:
        lock.release()


_held: list[Any] = []
# Coverage has no handler of its own: a child that is forked while another thread holds its lock hangs at its first
# call. Registered before any of ours is imported, this is the last before the fork and the first after it.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


@contextmanager
def clean_environment(home: Path) -> Iterator[None]:
    """Hide the user's settings, credentials and home folder from this process and those it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN_SETTINGS):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        for name, folder in XDG_FOLDERS.items():
            patch.setenv(name, str(home / folder))
        patch.setenv(FOLDER_VARIABLE, str(STORES_FOLDER))
        # Without credentials botocore asks the metadata service of EC2, and waits for it outside of EC2.
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        # The servers are on loopback; a proxy that the machine needs for the network stays usable for the rest.
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost", ".localhost"])))
        yield


@pytest.fixture(scope="session", autouse=True)
def _clean_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep fixtures of the session (servers, clusters) clear of the user's settings."""
    # "nohup", and shells that start jobs in the background, ignore these, and all child processes would do so, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with clean_environment(tmp_path_factory.mktemp("session-home")):
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, _clean_session: None) -> Iterator[Path]:
    """Give each test an environment without settings and an empty home folder, and return that folder."""
    folder = tmp_path_factory.mktemp("home")
    with clean_environment(folder):
        yield folder


@pytest.fixture(scope="session")
def server_named(_clean_session: None) -> Iterator[Callable[[str], S3Server]]:
    """Return a function that starts a server when it is first asked for; a test whose server is not here is skipped."""
    from s3tester.stores import running
    from s3tester.stores.installing import NotInstalledError

    with ExitStack() as opened:

        @functools.cache
        def started(name: str) -> S3Server:
            try:
                return opened.enter_context(running(name))
            except NotInstalledError as error:
                pytest.skip(str(error))

        yield started


@pytest.fixture(scope="session")
def moto_server(server_named: Callable[[str], S3Server]) -> S3Server:
    """moto's server; its notes say what it can't prove."""
    return server_named("moto")


@pytest.fixture(scope="session")
def swift_server(server_named: Callable[[str], S3Server]) -> S3Server:
    """OpenStack Swift with s3api: strict, and not AWS."""
    return server_named("swift")


@pytest.fixture(scope="session")
def rclone_server(server_named: Callable[[str], S3Server]) -> S3Server:
    """`rclone serve s3`: answers 200 to much that it does not do."""
    return server_named("rclone")


@pytest.fixture(scope="session", params=["moto", "swift"])
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    """Each server that a test of the S3 provider has to pass on."""
    server: S3Server = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture
def fresh_bucket() -> Iterator[Callable[[S3Server], str]]:
    """Return a function that makes an empty bucket of a new name on a server, for this test only.

    The bucket and all that is in it by then, versions and unfinished uploads too, are deleted after the test.
    """
    from tests.servers import boto3_client
    from tests.servers.boto import delete_bucket_and_contents

    with ExitStack() as afterwards:

        def make(server: S3Server) -> str:
            client = afterwards.enter_context(closing(boto3_client(server)))
            bucket = f"test-{uuid.uuid4().hex}"
            client.create_bucket(Bucket=bucket)
            afterwards.callback(delete_bucket_and_contents, client, bucket)
            return bucket

        yield make
