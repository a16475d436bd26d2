"""Dask: threads, processes, and a cluster of processes. The workers find the store by its name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import dask
import dask.bag as db
import dask.dataframe as dd
import fsspec
import pandas as pd
import pytest
from dask.base import tokenize
from distributed import Client, LocalCluster

from holdall import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stores import Configure

# dask's own, at work on the newest pandas.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

FRAME = pd.DataFrame({"number": range(100), "group": ["a", "b"] * 50})


@pytest.fixture(params=["local", "s3"])
def shared(
    request: pytest.FixtureRequest, configure: Configure, tmp_path: Path, s3_settings: dict[str, str], s3_bucket: str
) -> str:
    """A store that other processes see, too."""
    if request.param == "local":
        return configure("local", root=tmp_path / "store")
    return configure("minio", bucket=s3_bucket, prefix=f"{tmp_path.name}/", **s3_settings)


def work(store: str) -> None:
    """What people do: write tables, and look at them again."""
    frame = dd.from_pandas(FRAME, npartitions=4)
    frame.to_parquet(f"blob://{store}/parquet", partition_on=["group"])
    frame.to_csv(f"blob://{store}/csv/*.csv", index=False)
    read = dd.read_parquet(f"blob://{store}/parquet", filters=[("group", "==", "a")])
    assert read["number"].sum().compute() == sum(range(0, 100, 2))
    assert dd.read_csv(f"blob://{store}/csv/*.csv").groupby("group")["number"].sum().compute().to_dict() == {
        "a": sum(range(0, 100, 2)),
        "b": sum(range(1, 100, 2)),
    }
    assert db.read_text(f"blob://{store}/csv/*.csv", files_per_partition=2).count().compute() == 104


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_schedulers(shared: str, scheduler: str) -> None:
    with dask.config.set(scheduler=scheduler, num_workers=2):
        work(shared)


def test_threads_share_a_store_in_memory(memory: str) -> None:
    with dask.config.set(scheduler="threads", num_workers=4):
        work(memory)


def test_the_same_work_is_known_again(memory: str) -> None:
    one, other, different = (fsspec.filesystem("blob", store=memory, prefix=prefix) for prefix in ("a/", "a/", "b/"))
    assert tokenize(one) == tokenize(other) != tokenize(different)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: LocalCluster, shared: str) -> Iterator[Client]:  # noqa: ARG001 - configured before the workers are
    """A client of a cluster whose workers have this test's configuration."""
    with Client(cluster) as client:
        settings = {name: value for name, value in os.environ.items() if name.startswith("HOLDALL_")}
        client.run(_configure, settings)
        yield client


@pytest.mark.usefixtures("client")
def test_a_cluster(shared: str) -> None:
    work(shared)


def test_file_systems_and_files_travel_to_workers(client: Client, shared: str) -> None:
    fs = fsspec.filesystem("blob", store=shared)
    fs.pipe(f"{shared}/x", b"12345")
    assert client.submit(fs.cat, f"{shared}/x").result() == b"12345"
    open_file = fsspec.open(f"blob://{shared}/x")
    assert client.submit(_read, open_file).result() == b"12345"
    writing = [client.submit(fs.pipe_file, f"{shared}/new", b"%d" % n, mode="create", pure=False) for n in range(4)]
    assert sorted(type(future.exception()).__name__ for future in writing) == [
        "NoneType",
        *["ObjectAlreadyExists"] * 3,
    ]


def test_a_worker_without_the_configuration_says_so_and_lives(cluster: LocalCluster, memory: str) -> None:
    fs = fsspec.filesystem("blob", store=memory)
    with Client(cluster) as client:
        with pytest.raises(errors.UnknownStore, match=memory):
            client.submit(fs.cat, f"{memory}/x").result(timeout=60)
        assert client.submit(abs, -1).result(timeout=60) == 1


def _configure(settings: dict[str, str]) -> None:
    os.environ.update(settings)


def _read(open_file: Any) -> bytes:
    with open_file as file:
        return bytes(file.read())
