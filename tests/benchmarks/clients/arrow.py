"""PyArrow's S3FileSystem: AWS's SDK for C++."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tests.benchmarks.clients.base import FILES, Client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.task import Place


class PyArrow(Client):
    """PyArrow with its defaults."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        from pyarrow import fs

        self.lib: Any = fs
        trust = {"tls_ca_file_path": place.ca} if place.ca else {}
        self.fs: Any = fs.S3FileSystem(
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            region=place.region,
            endpoint_override=place.netloc,
            scheme="https" if place.secure else "http",
            **trust,
        )
        self.here: Any = fs.LocalFileSystem()

    def download(self, key: str, path: Path) -> None:
        self._copy(self.path(key), str(path), self.fs, self.here)

    def upload(self, path: Path, key: str) -> None:
        self._copy(str(path), self.path(key), self.here, self.fs)

    def get(self, key: str) -> bytes:
        with self.fs.open_input_stream(self.path(key)) as stream:
            data: bytes = stream.read()
        return data

    def put(self, key: str, data: bytes) -> None:
        with self.fs.open_output_stream(self.path(key)) as stream:
            stream.write(data)

    def head(self, key: str) -> int:
        size: int = self.fs.get_file_info(self.path(key)).size
        return size

    def ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        with self.fs.open_input_file(self.path(key)) as file:
            return list(self.pool(FILES).map(lambda each: file.read_at(each[1] - each[0], each[0]), ranges))

    def list(self, prefix: str) -> int:
        found = self.fs.get_file_info(self.lib.FileSelector(self.path(prefix).rstrip("/"), recursive=True))
        return sum(1 for info in found if info.size is not None)

    def download_tree(self, prefix: str, names: Sequence[str], folder: Path) -> None:
        self._copy(self.path(prefix).rstrip("/"), str(folder), self.fs, self.here)

    def upload_tree(self, folder: Path, names: Sequence[str], prefix: str) -> None:
        self._copy(str(folder), self.path(prefix).rstrip("/"), self.here, self.fs)

    def _copy(self, source: str, target: str, origin: Any, goal: Any) -> None:
        self.lib.copy_files(source, target, source_filesystem=origin, destination_filesystem=goal)
