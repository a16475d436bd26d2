"""What the local provider registers: its name and its settings. Light to import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from holdall.config.store import StoreSettings
from holdall.registry import ProviderKind

if TYPE_CHECKING:
    from holdall.provider import StorageProvider

BucketName = Annotated[str, Field(pattern=r"^[^/\x00.][^/\x00]*$", max_length=255)]


class LocalSettings(StoreSettings):
    """Settings of a store in a folder.

    Attributes:
        provider: ``local``.
        root: The folder; ``~`` is the home folder. Required.
        bucket: A folder inside the root, made by the first write. Default ``None``: the root itself is the one
            bucket, and there are no others.
        create: The first write makes the root (and the bucket) where it is missing; until then it reads as
            an empty one. Default: yes.
        durable: Every write is on the disk when it returns (``fsync``). Default: yes. Without it a loss of power may
            undo or damage the last writes; a process that dies can't.
        plain: A folder as it is: no metadata, tags, versions or uploads, and no ``.holdall`` folder. Default: no.
        names: ``exact``: keys are file names as they are, as far as possible. ``portable``: upper-case and non-ASCII
            letters are encoded, so that nothing is mixed up where the file system confuses them. Default ``auto``:
            found out when the folder is first written to.
        versioning: A new bucket keeps versions from the start. Default: no.
    """

    provider: Literal["local"] = "local"
    root: Path
    bucket: BucketName | None = None
    create: bool = True
    durable: bool = True
    plain: bool = False
    names: Literal["auto", "exact", "portable"] = "auto"
    versioning: bool = False

    @field_validator("root", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if value == "":  # a path of no name is the current folder: an unset variable would name it
            raise ValueError("it is empty; is a variable empty that should have it? '.' is the current folder")
        return value

    @field_validator("root")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        # Another process may have another working folder. Links are left as they are; they may change.
        return Path(os.path.abspath(value.expanduser()))  # Path.absolute keeps '..'

    @model_validator(mode="after")
    def _plain_alone(self) -> Self:
        if self.plain and (self.versioning or self.bucket is not None or self.names == "portable"):
            raise ValueError(
                "a plain folder has no versions, no buckets and no encoded names; leave these settings out"
            )
        return self

    @property
    def spans_account(self) -> bool:
        """Never: without a bucket the root itself is the bucket."""
        return False

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.root / self.bucket if self.bucket else self.root)


def _open(settings: LocalSettings, store: str | None) -> StorageProvider:
    from holdall_local.opening import open_local  # noqa: PLC0415  # not needed before a store is opened

    return open_local(settings, store)


LOCAL = ProviderKind(
    name="local",
    settings=LocalSettings,
    open=_open,
    description="A folder of this machine: atomic and durable, with metadata, versions and uploads in parts",
    scheme="file",
)
