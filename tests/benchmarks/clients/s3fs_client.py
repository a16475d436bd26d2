"""s3fs; many calls at once are its own, asynchronous inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.benchmarks.clients.base import THREADS, Client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.task import Place


class S3fs(Client):
    """s3fs with its defaults, but without a cache of listings."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        import s3fs

        self.fs: Any = s3fs.S3FileSystem(
            endpoint_url=place.url,
            client_kwargs={"region_name": place.region},
            config_kwargs={"s3": {"addressing_style": "path"}, "max_pool_connections": THREADS},
            use_listings_cache=False,
            skip_instance_cache=True,
        )

    def download(self, key: str, path: Path) -> None:
        self.fs.get_file(self.path(key), str(path))

    def upload(self, path: Path, key: str) -> None:
        self.fs.put_file(str(path), self.path(key))

    def get(self, key: str) -> bytes:
        data: bytes = self.fs.cat_file(self.path(key))
        return data

    def put(self, key: str, data: bytes) -> None:
        self.fs.pipe_file(self.path(key), data)

    def head(self, key: str) -> int:
        size: int = self.fs.info(self.path(key))["size"]
        return size

    def ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        path = self.path(key)
        data: list[bytes] = self.fs.cat_ranges([path] * len(ranges), [a for a, _ in ranges], [b for _, b in ranges])
        return data

    def list(self, prefix: str) -> int:
        return sum(1 for entry in self.fs.find(self.path(prefix), detail=True).values() if entry["size"] >= 0)

    def get_many(self, keys: Sequence[str]) -> int:
        found = self.fs.cat([self.path(key) for key in keys], batch_size=THREADS)
        return sum(len(data) for data in found.values())

    def put_many(self, keys: Sequence[str], data: bytes) -> None:
        self.fs.pipe({self.path(key): data for key in keys}, batch_size=THREADS)

    def download_tree(self, prefix: str, names: Sequence[str], folder: Path) -> None:
        self.fs.get(self.path(prefix), f"{folder}/", recursive=True)

    def upload_tree(self, folder: Path, names: Sequence[str], prefix: str) -> None:
        self.fs.put(f"{folder}/", self.path(prefix), recursive=True)
