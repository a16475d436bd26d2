"""Plain boto3 and s3transfer, as their users call them: what everything is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.benchmarks.clients.base import THREADS, Client

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.task import Place


def make_client(place: Place) -> Any:
    """A client with boto3's defaults, and connections for as many threads as there are."""
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=place.url,
        region_name=place.region,
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=THREADS),
    )


class Boto3(Client):
    """boto3 and s3transfer."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.client = make_client(place)

    def download(self, key: str, path: Path) -> None:
        self.client.download_file(self.place.bucket, self.full(key), str(path))

    def upload(self, path: Path, key: str) -> None:
        self.client.upload_file(str(path), self.place.bucket, self.full(key))

    def get(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.place.bucket, Key=self.full(key))["Body"].read()
        return body

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.place.bucket, Key=self.full(key), Body=data)

    def head(self, key: str) -> int:
        size: int = self.client.head_object(Bucket=self.place.bucket, Key=self.full(key))["ContentLength"]
        return size

    def get_range(self, key: str, start: int, stop: int) -> bytes:
        wanted = f"bytes={start}-{stop - 1}"
        answer = self.client.get_object(Bucket=self.place.bucket, Key=self.full(key), Range=wanted)
        body: bytes = answer["Body"].read()
        return body

    def list(self, prefix: str) -> int:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.place.bucket, Prefix=self.full(prefix)
        )
        return sum(1 for page in pages for entry in page.get("Contents", ()) if entry["Size"] >= 0)
