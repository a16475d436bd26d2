"""The journal: which uploads in parts are unfinished, so that a later process of this machine goes on or tidies up.

One small file per upload, in the user's state folder (``holdall/uploads``; on Linux below ``XDG_STATE_HOME``). Which
parts have arrived is not written down: the store knows (ListParts). There is no secret in it: no credentials, no
customer's key, and of the write's options no more than a digest.

The entry of a file's upload is named after what is sent where, so the same upload finds it again and goes on. Others
(streams, copies) nobody can go on with: there may be several of one key, and ``orphans`` drops those whose process is
gone. An entry is locked while its upload runs, and a process that dies lets go of the lock.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
import time
import uuid
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
_Place = tuple[str, str | None, str | None, str]
"""Kind, endpoint, bucket and full key: where an object is, whatever its store is called in the configuration."""


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
        source: The file; ``None`` where nobody can go on: a stream, or a copy.
        part_size: Bytes of every part but the last; of a file.
        options: Digest of the options that the upload was begun with; of a file.
        if_absent: Condition at completion.
        if_match: Likewise.
        created: When it was begun, in seconds since 1970.
        machine: Whose process sends it: machines may share the folder, and not all file systems share the locks.
        run: Tells it from other uploads of the same key; empty for files, of which there is one at a time.
        arrived: Bytes that had arrived when it was last gone on with.
        fruitless: How often in a row it was gone on with and no more had arrived than the time before.
    """

    store: str | None
    kind: str
    endpoint: str | None
    bucket: str | None
    key: str
    upload_id: str | None
    source: Source | None = None
    part_size: int = 0
    options: str = ""
    if_absent: bool = False
    if_match: str | None = None
    created: float = 0.0
    machine: str = ""
    run: str = ""
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
        """An upload of a file that is about to be begun."""
        return dataclasses.replace(
            cls._of(info, key),
            part_size=part_size,
            source=source,
            options=fingerprint(create),
            if_absent=complete.if_absent,
            if_match=complete.if_match,
        )

    @classmethod
    def once(cls, info: ProviderInfo, key: str) -> Self:
        """An upload that is about to be begun, and that nobody can go on with."""
        return dataclasses.replace(cls._of(info, key), run=uuid.uuid4().hex[:16])

    @classmethod
    def _of(cls, info: ProviderInfo, key: str) -> Self:
        return cls(
            store=info.store,
            kind=info.kind,
            endpoint=info.endpoint,
            bucket=info.bucket,
            key=key,
            upload_id=None,
            created=time.time(),
            machine=platform.node(),
        )

    @property
    def name(self) -> str:
        """What its file is called."""
        path = self.source.path if self.source else None
        return _name((self.kind, self.endpoint, self.bucket, self.key), path, self.run)

    @property
    def title(self) -> str:
        """What is sent, for people: the file, or else the key."""
        return self.source.path if self.source else self.key


def fingerprint(options: CreateUploadOptions) -> str:
    """A digest of what an upload is begun with; a customer's key is no part of it, since it may be kept nowhere."""
    values = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    for name in ("metadata", "tags"):
        values[name] = sorted(values[name].items())
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()  # keys have no place in a repr


def _name(place: _Place, path: str | None, run: str = "") -> str:
    name = hashlib.sha256(json.dumps([*place, path]).encode()).hexdigest()[:32]
    return f"{name}-{run}" if run else name


def _place(info: ProviderInfo, key: str) -> _Place:
    return info.kind, info.endpoint, info.bucket, key


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
def hold(info: ProviderInfo, key: str, path: str | None = None, run: str = "") -> Iterator[Slot]:
    """Takes the journal's place for one upload; nobody else has it for the length of the block.

    Args:
        info: The store.
        key: Full key.
        path: Absolute path of the file.
        run: That of the entry, where there is no file.

    Raises:
        UploadInUse: Somebody has it.
        OSError: There can't be a journal.
    """
    place = folder() / f"{_name(_place(info, key), path, run)}.json"
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = place.with_suffix(".lock")
    descriptor, process = _lock(lock, key), os.getpid()
    try:
        yield Slot(place)
    finally:
        if os.getpid() == process:  # a forked process has the lock, too, and must not end it
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


def abandoned(info: ProviderInfo, key: str) -> Iterator[Slot]:
    """Yields the places of a key's uploads that nobody can go on with, and whose process, one of this machine, is gone.

    The caller has each for himself until he asks for the next. Where nothing can be locked (Windows) nobody knows who
    is gone.

    Raises:
        OSError: The journal can't be used.
    """
    found: list[Path] = []
    if fcntl is not None:
        found = sorted(folder().glob(f"{_name(_place(info, key), None)}-*.json"))
    for path in found:
        try:
            with hold(info, key, run=path.stem.partition("-")[2]) as slot:
                if slot.entry is not None and slot.entry.machine == platform.node():
                    yield slot
        except UploadInUse:
            continue


def known_ids(info: ProviderInfo, key: str) -> set[str]:
    """The ids of all uploads of a key that are written down."""
    return {entry.upload_id for entry in _entries_of(info, key) if entry.upload_id is not None}


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
    for entry in _entries_of(info, key):
        if entry.upload_id == upload_id:
            with suppress(OSError):
                (folder() / f"{entry.name}.json").unlink()


def _entries_of(info: ProviderInfo, key: str) -> Iterator[Entry]:
    wanted = _place(info, key)
    return (entry for entry in entries() if (entry.kind, entry.endpoint, entry.bucket, entry.key) == wanted)


def _read(path: Path) -> Entry | None:
    """What a file says; ``None`` where it is not there, or is not one of ours."""
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        if values.pop("version") != _VERSION:
            return None
        source = values.pop("source")
        return Entry(**values, source=None if source is None else Source(**source))
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
