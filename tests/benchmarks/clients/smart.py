"""smart_open: objects as files, over boto3."""

from __future__ import annotations

import shutil
from typing import IO, TYPE_CHECKING, Any

from tests.benchmarks.clients.base import Client
from tests.benchmarks.clients.boto import make_client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.task import Place

BLOCK = 1024 * 1024


class SmartOpen(Client):
    """smart_open with one client for all calls."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        import smart_open

        self.lib: Any = smart_open
        self.parameters = {"client": make_client(place)}

    def download(self, key: str, path: Path) -> None:
        with self._open(key, "rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK)

    def upload(self, path: Path, key: str) -> None:
        with path.open("rb") as source, self._open(key, "wb") as target:
            shutil.copyfileobj(source, target, BLOCK)

    def get(self, key: str) -> bytes:
        with self._open(key, "rb") as file:
            return file.read()

    def put(self, key: str, data: bytes) -> None:
        with self._open(key, "wb") as file:
            file.write(data)

    def ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        found = []
        with self._open(key, "rb") as file:
            for start, stop in ranges:
                file.seek(start)
                found.append(file.read(stop - start))
        return found

    def _open(self, key: str, mode: str) -> IO[bytes]:
        opened: IO[bytes] = self.lib.open(f"s3://{self.path(key)}", mode, transport_params=self.parameters)
        return opened
