"""minio-py."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from tests.benchmarks.clients.base import THREADS, Client

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.task import Place


class MinioPy(Client):
    """minio-py with its defaults, and connections for as many threads as there are."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        import urllib3
        from minio import Minio

        self.client: Any = Minio(
            endpoint=place.netloc,
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            region=place.region,
            secure=place.secure,
            http_client=urllib3.PoolManager(maxsize=THREADS, ca_certs=place.ca),
        )

    def download(self, key: str, path: Path) -> None:
        self.client.fget_object(bucket_name=self.place.bucket, object_name=self.full(key), file_path=str(path))

    def upload(self, path: Path, key: str) -> None:
        self.client.fput_object(bucket_name=self.place.bucket, object_name=self.full(key), file_path=str(path))

    def get(self, key: str) -> bytes:
        return self._read(key)

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(
            bucket_name=self.place.bucket, object_name=self.full(key), data=io.BytesIO(data), length=len(data)
        )

    def head(self, key: str) -> int:
        size: int = self.client.stat_object(bucket_name=self.place.bucket, object_name=self.full(key)).size
        return size

    def get_range(self, key: str, start: int, stop: int) -> bytes:
        return self._read(key, offset=start, length=stop - start)

    def list(self, prefix: str) -> int:
        found = self.client.list_objects(bucket_name=self.place.bucket, prefix=self.full(prefix), recursive=True)
        return sum(1 for entry in found if entry.size >= 0)

    def _read(self, key: str, **which: int) -> bytes:
        answer = self.client.get_object(bucket_name=self.place.bucket, object_name=self.full(key), **which)
        try:
            data: bytes = answer.read()
        finally:
            answer.close()
            answer.release_conn()
        return data
