"""The state folder ``.holdall``: everything of a bucket that is not its objects' content.

======================  ============================================================================================
``format.json``         Format version and how names are written; made once.
``versioning``          ``enabled`` or ``suspended``; missing while the bucket never kept versions.
``attributes/``         What is known about the current objects beside their bytes.
``versions/``           Old versions and delete markers.
``uploads/``            Unfinished multipart uploads.
``locks/``              Lock files. They stay: removing one that another process waits for would split the lock.
``tmp/``                What is being written. It becomes visible by a rename, or never.
======================  ============================================================================================

It is made by the first write, so that merely reading a folder changes nothing in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from holdall.errors import BucketNotFound, InvalidConfiguration
from holdall.models import Versioning
from holdall_local.disk import NEW_FILE, Disk, opened, read_file, remove
from holdall_local.names import STATE, EncodedNames

if TYPE_CHECKING:
    from collections.abc import Iterator

NamesMode = Literal["auto", "exact", "portable"]

FORMAT: Final = 1
LEFTOVER_AGE: Final = 24 * 3600
"""Seconds after which a temporary file is taken for one of a process that died."""

_FOLDERS = ("attributes", "locks", "tmp", "uploads", "versions")


@dataclass(frozen=True, slots=True)
class Temporary:
    """A file that is being written; it is removed unless it was renamed away.

    Attributes:
        path: Where it is.
        fd: Open for reading and writing.
    """

    path: str
    fd: int


class State:
    """The state folder of one bucket.

    Attributes:
        root: The bucket's folder.
        path: The state folder in it.
        disk: How files are written.
    """

    def __init__(self, root: str, disk: Disk, *, names: NamesMode, versioning: bool) -> None:
        """Touches nothing yet.

        Args:
            root: The bucket's folder.
            disk: How files are written.
            names: What the settings say about names.
            versioning: Keep versions from the start, when this is a new bucket.
        """
        self.root = root
        self.path = os.path.join(root, STATE)
        self.disk = disk
        self._wanted: NamesMode = names
        self._versioning = versioning
        self._names: EncodedNames | None = None
        self._swept = False

    def sub(self, *names: str) -> str:
        """A path inside the state folder."""
        return os.path.join(self.path, *names)

    # --- format --------------------------------------------------------------------------------------------------

    @property
    def names(self) -> EncodedNames:
        """How keys are written as names; as long as nothing was ever written here, what the settings say."""
        if self._names is None:
            written = read_file(self.sub("format.json"))
            if written is None:
                return EncodedNames(portable=self._wanted == "portable")
            self._names = self._read_format(written)
        return self._names

    def ensure(self) -> None:
        """Makes the state folder if it is missing. Several processes may do so at once.

        Raises:
            BucketNotFound: The bucket's own folder is not there.
            InvalidConfiguration: The folder was written by a newer holdall, or with other names than the settings say.
        """
        if not os.path.exists(self.sub("format.json")):
            self._make()
        if not self._swept:
            self._swept = True
            self._sweep()

    def _make(self) -> None:
        try:
            with suppress(FileExistsError):
                os.mkdir(self.path)
        except FileNotFoundError as error:
            raise BucketNotFound(f"there is no folder {self.root}") from error
        if os.path.islink(self.path) or not os.path.isdir(self.path):
            raise InvalidConfiguration(f"{self.path} is in the way; it must be a folder of the store's own")
        for name in _FOLDERS:
            with suppress(FileExistsError):
                os.mkdir(self.sub(name))
        if self._versioning:
            self._write_first("versioning", Versioning.ENABLED.value.encode())
        portable = self._wanted == "portable" or (self._wanted == "auto" and self._host_confuses_names())
        content = {"format": FORMAT, "names": "portable" if portable else "exact"}
        self._write_first("format.json", json.dumps(content).encode())  # last: it says that all the rest is there
        self.disk.sync_folder(self.root)
        self._names = None

    def _write_first(self, name: str, data: bytes) -> None:
        """Writes a file unless another process was first; nobody sees it half written."""
        with self.temporary() as temporary:
            os.write(temporary.fd, data)
            self.disk.sync(temporary.fd)
            with suppress(FileExistsError):
                os.link(temporary.path, self.sub(name))
        self.disk.sync_folder(self.path)

    def _read_format(self, written: bytes) -> EncodedNames:
        try:
            content: dict[str, Any] = json.loads(written)
            version, mode = content["format"], content["names"]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidConfiguration(f"{self.sub('format.json')} is damaged") from error
        if version != FORMAT or mode not in {"exact", "portable"}:
            raise InvalidConfiguration(
                f"{self.root} has format {version!r} with {mode!r} names; this holdall knows format {FORMAT}",
                hint="Install a newer holdall.",
            )
        if self._wanted not in {"auto", mode}:
            raise InvalidConfiguration(
                f"{self.root} was begun with names = {mode!r} and the settings say {self._wanted!r}",
                hint="Say names = 'auto', or copy the objects into a new folder.",
            )
        return EncodedNames(portable=mode == "portable")

    def _host_confuses_names(self) -> bool:
        """Whether the file system folds case or rewrites accented letters, found out by trying."""
        name = f"probe-{secrets.token_hex(8)}-aé"
        with opened(self.sub("tmp", name), NEW_FILE, 0o666):
            pass
        try:
            return os.path.exists(self.sub("tmp", name.upper())) or name not in os.listdir(self.sub("tmp"))
        finally:
            remove(self.sub("tmp", name))

    # --- versioning ----------------------------------------------------------------------------------------------

    @property
    def versioning(self) -> Versioning:
        """State of the bucket's versioning; read every time, because other processes may switch it."""
        written = read_file(self.sub("versioning"))
        if written is not None:
            return Versioning(written.decode())
        if self._versioning and not os.path.exists(self.sub("format.json")):
            return Versioning.ENABLED  # that is what the first write will make it
        return Versioning.OFF

    @versioning.setter
    def versioning(self, state: Versioning) -> None:
        self.disk.replace(self.sub("versioning"), state.value.encode(), self.temporary_path())

    # --- temporary files -----------------------------------------------------------------------------------------

    def temporary_path(self, owner: str = "") -> str:
        """A path for something that is being written.

        Args:
            owner: Digest of the key whose content it will be (see ``_sweep``).
        """
        return self.sub("tmp", f"{owner}-{secrets.token_hex(8)}")

    @contextmanager
    def temporary(self, owner: str = "") -> Iterator[Temporary]:
        """A new file for something that is being written; gone afterwards unless it was renamed."""
        path = self.temporary_path(owner)
        try:
            with opened(path, NEW_FILE, 0o666) as fd:
                yield Temporary(path, fd)
        finally:
            remove(path)

    def _sweep(self) -> None:
        """Removes what processes that died have left behind.

        A content file that never got its place takes the attributes with it that were written for it.
        """
        oldest = time.time() - LEFTOVER_AGE
        with suppress(OSError):  # of use, and no condition for anything
            for entry in list(os.scandir(self.sub("tmp"))):
                status = entry.stat(follow_symlinks=False)
                if status.st_ctime > oldest:
                    continue
                owner = entry.name.partition("-")[0]
                if owner:
                    remove(self.attributes_path(owner, status.st_mtime_ns, status.st_size))
                if entry.is_dir(follow_symlinks=False):  # an upload on its way out
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    remove(entry.path)

    def attributes_path(self, digest: str, modified_ns: int, size: int) -> str:
        """Where the attributes of a content file are.

        The name says which content they belong to: they count for the file with this time of modification and this
        size, and for no other. So renaming the content into its place is the one step that changes an object.

        Args:
            digest: ``digest`` of the key.
            modified_ns: The content file's time of modification in nanoseconds since 1970.
            size: Its size in bytes.
        """
        return self.sub("attributes", digest[:2], f"{digest[2:]}-{modified_ns:x}-{size:x}.json")

    # --- locks ---------------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self, digest: str) -> Iterator[None]:
        """Keeps other threads and processes from changing an object. Never taken twice at the same time.

        The operating system gives the lock back when its holder dies. Keys share 256 locks. ``flock`` belongs to the
        open file, so it works between threads too.

        Args:
            digest: ``digest`` of the key, or anything hexadecimal that stands for what shall be locked.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with opened(self.sub("locks", digest[:2]), flags, 0o666) as fd, locked(fd):
            yield


@contextmanager
def locked(fd: int) -> Iterator[None]:
    """Holds the exclusive lock of an open file or folder; waits for it.

    Args:
        fd: The file, opened by the caller for this purpose alone.
    """
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        # A child that was forked meanwhile has the file open too, and would keep the lock after our close.
        fcntl.flock(fd, fcntl.LOCK_UN)


def digest(key: str) -> str:
    """A fixed-length name for a key of any length and any characters: 128 bits of BLAKE2b, in hex."""
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
