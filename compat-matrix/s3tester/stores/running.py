"""Every store by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tester.stores.ceph_rgw import run_ceph_rgw
from s3tester.stores.garage import run_garage
from s3tester.stores.localstack import run_localstack
from s3tester.stores.minio import run_minio
from s3tester.stores.moto import run_moto
from s3tester.stores.rclone import run_rclone
from s3tester.stores.seaweedfs import run_seaweedfs
from s3tester.stores.swift import run_swift
from s3tester.stores.versity import run_versity

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from s3tester.stores.server import S3Server

RUNNERS: dict[str, Callable[[], AbstractContextManager[S3Server]]] = {
    "ceph-rgw": run_ceph_rgw,
    "garage": run_garage,
    "localstack": run_localstack,
    "minio": run_minio,
    "moto": run_moto,
    "rclone": run_rclone,
    "seaweedfs": run_seaweedfs,
    "swift": run_swift,
    "versity": run_versity,
}


def running(name: str) -> AbstractContextManager[S3Server]:
    """Run a store for the length of a `with` block; its data is gone afterwards.

    Args:
        name: One of the names that `python -m s3tester.stores list` shows.

    Raises:
        KeyError: There is no such store.
        s3tester.stores.installing.NotInstalledError: On entering: its program is not on this machine.
        s3tester.stores.process.ServerDidNotStart: On entering: it is, and does not start.
    """
    return RUNNERS[name]()
