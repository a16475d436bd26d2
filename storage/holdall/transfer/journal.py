"""The journal: which uploads of files are unfinished, so that any process of this machine can go on with them.

One small file per upload, in the user's state folder (``holdall/uploads``; on Linux below ``XDG_STATE_HOME``). Which
parts have arrived is not written down: the store knows (ListParts). There is no secret in it: no credentials, no
customer's key, and of the write's options no more than a digest.

A file is named after what is sent where, so the same upload finds it again; it is locked while the upload runs.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import platformdirs

from holdall.errors import UploadInUse

try:
    import fcntl
except ImportError:  # Windows: nothing is locked there
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall.models import ProviderInfo
    from holdall.options import CompleteOptions, CreateUploadOptions

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file as it was when its upload began. A file in which any of this differs is another one.

    Attributes:
        path: Absolute path, symbolic links resolved.
        size: Bytes.
        mtime_ns: Time of its last change, in nanoseconds since 1970; anybody can set it to whatever he likes.
        ctime_ns: Time of the last change of the file or of what the system says of it; only the system sets it.
        inode: Its number in the file system.
        device: The file system.
    """

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, path: str | os.PathLike[str], fileno: int) -> Self:
        """A file that is open.

        Args:
            path: Its path.
            fileno: Its descriptor.
        """
        status = os.fstat(fileno)
        return cls(
            path=os.path.realpath(path),
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            ctime_ns=status.st_ctime_ns,
            inode=status.st_ino,
            device=status.st_dev,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An upload that was begun.

    Attributes:
        store: Name of the store in the configuration; for people.
        kind: Provider kind.
        endpoint: Where requests go, without credentials.
        bucket: The bucket.
        key: Full key.
        upload_id: The store's id; ``None`` until the store has told it.
        part_size: Bytes of every part but the last.
        source: The file.
        options: Digest of the options that the upload was begun with.
        if_absent: Condition at completion.
        if_match: Likewise.
        created: When it was begun, in seconds since 1970.
        arrived: Bytes that had arrived when it was last gone on with.
        fruitless: How often in a row it was gone on with and no more had arrived than the time before.
    """

    store: str | None
    kind: str
    endpoint: str | None
    bucket: str | None
    key: str
    upload_id: str | None
    part_size: int
    source: Source
    options: str
    if_absent: bool = False
    if_match: str | None = None
    created: float = 0.0
    arrived: int = 0
    fruitless: int = 0

    @classmethod
    def begin(
        cls,
        info: ProviderInfo,
        key: str,
        source: Source,
        part_size: int,
        create: CreateUploadOptions,
        complete: CompleteOptions,
    ) -> Self:
        """An upload that is about to be begun."""
        return cls(
            store=info.store,
            kind=info.kind,
            endpoint=info.endpoint,
            bucket=info.bucket,
            key=key,
            upload_id=None,
            part_size=part_size,
            source=source,
            options=fingerprint(create),
            if_absent=complete.if_absent,
            if_match=complete.if_match,
            created=time.time(),
        )

    @property
    def name(self) -> str:
        """What its file is called."""
        return _name(self.kind, self.endpoint, self.bucket, self.key, self.source.path)


def fingerprint(options: CreateUploadOptions) -> str:
    """A digest of what an upload is begun with; a customer's key is no part of it, since it may be kept nowhere."""
    values = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    for name in ("metadata", "tags"):
        values[name] = sorted(values[name].items())
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()  # keys have no place in a repr


def _name(kind: str, endpoint: str | None, bucket: str | None, key: str, path: str) -> str:
    told = json.dumps([kind, endpoint, bucket, key, path]).encode()
    return hashlib.sha256(told).hexdigest()[:32]


def folder() -> Path:
    """Where the journal is."""
    return platformdirs.user_state_path("holdall", appauthor=False) / "uploads"


class Slot:
    """The journal's place for one upload, which this process holds.

    Attributes:
        entry: What is written there.
    """

    def __init__(self, path: Path) -> None:
        """Made by ``hold``."""
        self._path = path
        self.entry = _read(path)

    def write(self, entry: Entry) -> None:
        """Writes an upload down, in one step and durably.

        Raises:
            OSError: It can't be written.
        """
        new = self._path.with_suffix(".new")
        text = json.dumps({"version": _VERSION, **dataclasses.asdict(entry)}, indent=1)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        _sync_folder(self._path.parent)
        self.entry = entry

    def forget(self) -> None:
        """The upload is no more."""
        self.entry = None
        self._path.unlink(missing_ok=True)


@contextmanager
def hold(info: ProviderInfo, key: str, path: str) -> Iterator[Slot]:
    """Takes the journal's place for one upload; nobody else has it for the length of the block.

    Args:
        info: The store.
        key: Full key.
        path: Absolute path of the file.

    Raises:
        UploadInUse: Somebody has it.
        OSError: There can't be a journal.
    """
    place = folder() / f"{_name(info.kind, info.endpoint, info.bucket, key, path)}.json"
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = place.with_suffix(".lock")
    descriptor = _lock(lock, key)
    try:
        yield Slot(place)
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _lock(path: Path, key: str) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except BlockingIOError as error:
            os.close(descriptor)
            raise UploadInUse(
                "this file is being sent to this key just now, by another process or thread",
                key=key,
                hint="Wait until it is done; should it fail, repeat this.",
            ) from error
        except FileNotFoundError:
            pass
        os.close(descriptor)  # whoever had the lock has removed the file meanwhile


def entries() -> list[Entry]:
    """All uploads that are written down, the oldest first."""
    found = (_read(path) for path in sorted(folder().glob("*.json")))
    return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.created)


def forget_upload(info: ProviderInfo, key: str, upload_id: str) -> None:
    """Removes an upload that was aborted, if it is written down.

    Args:
        info: The store.
        key: Full key.
        upload_id: The upload.
    """
    wanted = (info.kind, info.endpoint, info.bucket, key, upload_id)
    for entry in entries():
        if (entry.kind, entry.endpoint, entry.bucket, entry.key, entry.upload_id) == wanted:
            with suppress(OSError):
                (folder() / f"{entry.name}.json").unlink()


def _read(path: Path) -> Entry | None:
    """What a file says; ``None`` where it is not there, or is not one of ours."""
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        if values.pop("version") != _VERSION:
            return None
        return Entry(**{**values, "source": Source(**values["source"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _sync_folder(path: Path) -> None:
    """Makes the new name in a folder durable, where folders can be synced (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
