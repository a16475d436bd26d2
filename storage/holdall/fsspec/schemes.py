"""File systems for URLs of other schemes, for ``register``: the same, but for what their paths begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from holdall.config import load_config
from holdall.errors import InvalidConfiguration
from holdall.fsspec.filesystem import BlobFileSystem
from holdall.fsspec.places import Place
from holdall.locations import parse_location

if TYPE_CHECKING:
    from holdall.config import ResolvedStore


class MemoryFileSystem(BlobFileSystem):
    """``memory://<name>/<key>``: stores in this process's memory, there without configuration."""

    protocol: ClassVar[str] = "memory"


class S3FileSystem(BlobFileSystem):
    """``s3://<bucket>/<key>`` through one S3 store: that of ``store=``, else the one that all ``s3://`` URLs take."""

    protocol: ClassVar[str] = "s3"

    @classmethod
    def _get_kwargs_from_urls(cls, path: str) -> dict[str, Any]:  # noqa: ARG003 - a URL names no store here
        return {}

    def _resolve_own(self, overrides: dict[str, Any]) -> ResolvedStore:
        if "bucket" in overrides:
            raise InvalidConfiguration("s3:// paths name their bucket; it is no setting here")
        config = load_config()
        name = config.s3_store(self.store)
        # As for all s3:// URLs: the bucket is the path's, and the store's prefix does not apply.
        return config.resolve(name, {"prefix": ""} | overrides | {"bucket": None})

    def _place(self, path: str, version_id: str | None = None) -> Place:
        name = self._strip_protocol(path)
        store = self._open_store(self.store)
        if not name:
            return Place("", store)
        location = parse_location(f"s3://{name}")
        bucket = location.bucket
        version_id = self._one_version(location.version_id, version_id)
        return Place(name, store, bucket, store.storage(bucket), f"{bucket}/", location.path, version_id)
