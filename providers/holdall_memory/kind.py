"""What the memory provider registers: its name and its settings. Light to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ByteSize, Field

from holdall.config.store import StoreSettings
from holdall.registry import ProviderKind

if TYPE_CHECKING:
    from holdall.provider import StorageProvider

BucketName = Annotated[str, Field(pattern=r"^[^/]+$")]


class MemorySettings(StoreSettings):
    """Settings of a store in this process's memory.

    Attributes:
        provider: ``memory``.
        name: Stores of one name share their data. Default: the store's own name, else ``default``.
        bucket: The bucket, made when the store is opened. Default ``memory``; ``None`` spans the account.
        versioning: Buckets that this store makes keep versions from the start. Default: no.
        min_part_size: Smallest part of a multipart upload but the last, in bytes. Default 1; S3 has 5 MiB.
    """

    provider: Literal["memory"] = "memory"
    name: Annotated[str, Field(min_length=1)] | None = None
    bucket: BucketName | None = "memory"
    versioning: bool = False
    min_part_size: Annotated[ByteSize, Field(ge=1)] = ByteSize(1)


def _open(settings: MemorySettings, store: str | None) -> StorageProvider:
    from holdall_memory.provider import open_memory  # noqa: PLC0415  # not needed before a store is opened

    return open_memory(settings, store)


MEMORY = ProviderKind(
    name="memory",
    settings=MemorySettings,
    open=_open,
    description="This process's memory: quick, gone when the process ends",
    scheme="memory",
)
