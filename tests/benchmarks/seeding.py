"""Puts the objects that the jobs read into a real store, and takes everything out again. Through plain boto3."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import content
from tests.benchmarks.clients.base import THREADS
from tests.benchmarks.clients.boto import make_client
from tests.benchmarks.jobs import SMALL

if TYPE_CHECKING:
    from tests.benchmarks.task import Task


def create(task: Task) -> None:
    """Makes the bucket; for a server of our own."""
    make_client(task.place).create_bucket(Bucket=task.place.bucket)


def seed(task: Task) -> None:
    """Writes one large object and the small ones.

    Raises:
        RuntimeError: There is something below the prefix already.
    """
    client: Any = make_client(task.place)
    found = client.list_objects_v2(Bucket=task.place.bucket, Prefix=task.place.prefix, MaxKeys=1)
    if found.get("Contents"):
        raise RuntimeError(f"there is something below {task.place.prefix!r} already: give another --prefix")
    large = task.folder / "large"
    content.write_object(Path(task.pattern), task.size, large)
    client.upload_file(str(large), task.place.bucket, task.place.prefix + content.key(1, task.size))
    large.unlink()
    data = content.piece(Path(task.pattern), 0, SMALL)

    def put(number: int) -> None:
        key = task.place.prefix + content.key(task.small, SMALL, number)
        client.put_object(Bucket=task.place.bucket, Key=key, Body=data)

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(put, range(task.small)):
            pass


def sweep(task: Task) -> None:
    """Deletes everything below the prefix."""
    client: Any = make_client(task.place)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=task.place.bucket, Prefix=task.place.prefix):
        if entries := [{"Key": entry["Key"]} for entry in page.get("Contents", ())]:
            client.delete_objects(Bucket=task.place.bucket, Delete={"Objects": entries, "Quiet": True})


STEPS = {"create": create, "seed": seed, "sweep": sweep}
"""By the names that stand in a task's `job`."""
