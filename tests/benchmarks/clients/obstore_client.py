"""obstore: Rust's object_store for Python."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tests.benchmarks.clients.base import Client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.task import Place


class Obstore(Client):
    """obstore with its defaults."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        import obstore
        from obstore.store import S3Store

        self.obstore: Any = obstore
        self.store: Any = S3Store(
            place.bucket,
            endpoint=place.url,
            region=place.region,
            access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
            secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            virtual_hosted_style_request=False,
            # It takes no authority of our own; what a check costs once per connection is not seen in these figures.
            client_options={"allow_http": True, "allow_invalid_certificates": place.ca is not None},
        )

    def download(self, key: str, path: Path) -> None:
        with path.open("wb") as file:
            file.writelines(self.obstore.get(self.store, self.full(key)).stream())

    def upload(self, path: Path, key: str) -> None:
        with path.open("rb") as file:
            self.obstore.put(self.store, self.full(key), file)

    def get(self, key: str) -> bytes:
        return bytes(self.obstore.get(self.store, self.full(key)).bytes())

    def put(self, key: str, data: bytes) -> None:
        self.obstore.put(self.store, self.full(key), data)

    def head(self, key: str) -> int:
        size: int = self.obstore.head(self.store, self.full(key))["size"]
        return size

    def ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        starts, ends = [start for start, _ in ranges], [stop for _, stop in ranges]
        return [bytes(data) for data in self.obstore.get_ranges(self.store, self.full(key), starts=starts, ends=ends)]

    def list(self, prefix: str) -> int:
        chunks = self.obstore.list(self.store, self.full(prefix), chunk_size=1000)
        return sum(1 for chunk in chunks for entry in chunk if entry["size"] >= 0)
