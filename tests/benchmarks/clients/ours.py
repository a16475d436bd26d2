"""holdall, through what users hold: a `Storage` from `open_storage`, with all its layers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.benchmarks.clients.base import THREADS, Client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.task import Place


class Direct(Client):
    """holdall on its own engine. Checksums are sent and asked for as at AWS, since boto3 does so everywhere."""

    engine = "direct"
    sign_payloads = ""  # as the protocol wants it

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        import holdall

        settings = {
            "PROVIDER": "s3-compatible",
            "ENDPOINT_URL": place.url,
            "BUCKET": place.bucket,
            "REGION": place.region,
            "PREFIX": place.prefix,
            "ENGINE": self.engine,
            "CHECKSUMS": "when_supported",
            "CONNECTION__MAX_CONNECTIONS": str(THREADS),
            "STORE_FAMILY": place.family,
            "CONNECTION__SIGN_PAYLOADS": self.sign_payloads,
            "ACCESS_KEY_ID": os.environ["AWS_ACCESS_KEY_ID"],
            "SECRET_ACCESS_KEY": os.environ["AWS_SECRET_ACCESS_KEY"],
        }
        if place.ca:
            settings["CONNECTION__CA_BUNDLE"] = place.ca
        os.environ.update({f"HOLDALL_STORES__BENCH__{name}": value for name, value in settings.items() if value})
        self.storage = holdall.open_storage("bench")

    def download(self, key: str, path: Path) -> None:
        self.storage.download_file(key, path)

    def upload(self, path: Path, key: str) -> None:
        self.storage.upload_file(path, key)

    def get(self, key: str) -> bytes:
        return self.storage.get(key).read()

    def put(self, key: str, data: bytes) -> None:
        self.storage.put(key, data)

    def head(self, key: str) -> int:
        return self.storage.head(key).size

    def ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> Sequence[bytes]:
        return self.storage.get_ranges(key, ranges)

    def list(self, prefix: str) -> int:
        return sum(1 for entry in self.storage.list(prefix) if entry.size >= 0)


class Crc64(Direct):
    """Large files are sent with CRC64NVME instead of boto3's CRC32."""

    def upload(self, path: Path, key: str) -> None:
        self.storage.upload_file(path, key, checksum_algorithm="CRC64NVME")


class Unsigned(Crc64):
    """The signature does not cover the bytes, also over http: the checksum alone protects them, as it does over TLS."""

    sign_payloads = "false"


class Sdk(Direct):
    """holdall over boto3."""

    engine = "sdk"
