"""``Partial``: the file that a download writes until all is there, and the record from which another run goes on.

Both are hidden files beside the target. The record is lines of JSON: first what is being fetched, then which of its
pieces are there. A line that was written after the data was flushed to the disk holds for ever; any other holds until
the machine is started again, since only that can lose what the system has been given.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import os
import secrets
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_flush = getattr(os, "fdatasync", os.fsync)  # macOS has the latter only
FLUSH_EVERY = 5.0
"""Seconds between two flushes to the disk: what a power cut costs at most, besides the pieces that are under way."""
_NAME_BYTES = 180
"""Of the target's name in ours; file systems take 255 bytes in all."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_VERSION = 1


class Partial:
    """The temporary file of one download. Use it in a ``with`` block, at whose end it is gone unless it was kept.

    Attributes:
        fd: Descriptor of the file, open for reading and writing until the block ends.
        resumable: It has a name that another run finds; else somebody else is at work under that name.
    """

    def __init__(self, target: Path, identity: str) -> None:
        """Opens or makes the file.

        Args:
            target: The file to be.
            identity: Names what is being fetched, in hexadecimal digits; the same in another run.

        Raises:
            OSError: It can't be made.
        """
        self.path = name_beside(target, identity)
        # Who may not read the target must not read what it will be. A new file is what the umask makes of it.
        mode = 0o600 if os.path.lexists(target) else 0o666
        self.resumable = self._take(mode)
        if not self.resumable:
            self.path = name_beside(target, secrets.token_hex(6))
            self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        self._log = self.path.with_name(f"{self.path.name}.done")
        self._leave = False
        self._process = os.getpid()
        self._users = 1
        self._sizes: Sequence[int] = ()
        self._arrived = 0  # bytes that another run could go on with
        self._flushing = threading.Lock()
        self._counting = threading.Lock()
        self._flushed_at = time.monotonic()
        self._unflushed: list[int] = []
        self._log_fd: int | None = None

    def _take(self, mode: int) -> bool:
        """Opens the file that has a name for good, alone; ``False`` where another run has it, or it is not ours."""
        while True:
            try:
                self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
            except OSError:
                return False
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found = os.fstat(self.fd)
                with suppress(FileNotFoundError):
                    if os.path.samestat(found, os.lstat(self.path)):
                        if _is_ours(found):
                            os.fchmod(self.fd, found.st_mode & mode)
                            return True
                        break
                # Whoever had it has renamed or removed it meanwhile.
                os.close(self.fd)
            except OSError:  # locked by another run, or the file system has no locks
                break
        os.close(self.fd)
        return False

    # --- the record ----------------------------------------------------------------------------------------------

    def begin(self, what: Mapping[str, Any], sizes: Sequence[int], *, in_order: bool = False) -> set[int]:
        """Goes on with what an earlier run left, if it fetched the very same; else begins a new record.

        Args:
            what: Everything that must be the same for going on: JSON values.
            sizes: Bytes of each piece. The file has those of all of them from the first on: one of any other size is
                not the one that the record is of; that was removed, or somebody has cut it.
            in_order: They are fetched one after the other. What is there behind a gap is of no use then: a run that
                fetched several at a time may have left it, and after a power cut it may be all that is recorded.

        Returns:
            The numbers of the pieces that are there.
        """
        if not self.resumable:
            return set()
        self._sizes = sizes
        head = {"holdall": _VERSION, **what}
        done = self._read(head) if os.fstat(self.fd).st_size == sum(sizes) else None
        mode = stat.S_IMODE(os.fstat(self.fd).st_mode)  # whoever may not read the file learns nothing of it, either
        self._log_fd = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with suppress(PermissionError):  # somebody else's, in a folder for everybody
            os.fchmod(self._log_fd, mode)
        if done is None:
            os.ftruncate(self._log_fd, 0)
            os.ftruncate(self.fd, 0)
            self._append(head)
            return set()
        if in_order:
            done = set(itertools.takewhile(done.__contains__, range(len(sizes))))
        self._arrived = sum(sizes[number] for number in done)
        self._unflushed = sorted(done)  # the next flush is theirs, too: their lines may hold for this boot only
        return done

    def begin_unrecorded(self) -> None:
        """Begins an empty file of which nothing is recorded: it is small, or could not be gone on with.

        The record goes first: after a kill at any moment it is not one of bytes that are there no more.
        """
        self._log.unlink(missing_ok=True)
        os.ftruncate(self.fd, 0)

    def _read(self, head: Mapping[str, Any]) -> set[int] | None:
        """The pieces that the record names; ``None`` where there is none, or it is of something else."""
        try:
            fd = os.open(self._log, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            if not _is_ours(os.fstat(fd)):
                return None
            lines = [line for line in file if line.endswith(b"\n")]  # a kill in mid-write leaves half a line
        try:
            first, *others = [json.loads(line) for line in lines] or [None]
            if first != json.loads(json.dumps(head)):
                return None
            boot = _boot_id()
            return {number for line in others if line["boot"] in {None, boot} for number in line["done"]}
        except (ValueError, KeyError, TypeError):
            return None

    def done(self, number: int) -> None:
        """Records that all bytes of a piece were written. From any thread."""
        if self._log_fd is None:
            return
        boot = _boot_id()
        if boot is not None:
            self._append({"done": [number], "boot": boot})
        with self._counting:
            self._unflushed.append(number)
            self._arrived += self._sizes[number]
        if time.monotonic() - self._flushed_at >= FLUSH_EVERY and self._flushing.acquire(blocking=False):
            try:  # one thread waits for the disk, the others go on
                with self._counting:
                    written, self._unflushed = self._unflushed, []
                _flush(self.fd)
                self._append({"done": written, "boot": None})
                self._flushed_at = time.monotonic()
            finally:
                self._flushing.release()

    def _append(self, line: Mapping[str, Any]) -> None:
        os.write(cast("int", self._log_fd), json.dumps(line).encode() + b"\n")

    # --- its end -------------------------------------------------------------------------------------------------

    def keep(self) -> int:
        """Leaves the file for another run; says how many bytes that can go on with."""
        self._leave = self._arrived > 0
        return self._arrived

    def publish(self, target: Path) -> None:
        """Gives the file its name, and makes the name survive a power cut.

        Raises:
            OSError: It can't be done.
        """
        os.fsync(self.fd)
        with suppress(FileNotFoundError):  # an existing target keeps its permissions
            os.fchmod(self.fd, target.stat().st_mode & 0o7777)
        # From here on the names may be another run's, so the record goes first.
        self._log.unlink(missing_ok=True)
        if not os.path.samestat(os.fstat(self.fd), os.lstat(self.path)):
            self._leave = True  # the file there is not ours
            raise OSError(errno.ESTALE, "the temporary file of the download was replaced by somebody else")
        self.path.replace(target)
        self._leave = True
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._leave and os.getpid() == self._process:  # one that was forked from it ends nothing of its parent's
            self._log.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)
        self.give_back()

    def borrow(self) -> None:
        """The file stays open until this user gives it back, too: closed, its number might be another file's."""
        with self._counting:
            self._users += 1

    def give_back(self) -> None:
        """One user less. With the last the file is closed, and the lock gone."""
        with self._counting:
            self._users -= 1
            if self._users:
                return
        for fd in (self._log_fd, self.fd):
            if fd is not None:
                os.close(fd)


def _is_ours(status: os.stat_result) -> bool:
    """Nobody else may have put it there: in a folder for everybody, its bytes could be anybody's."""
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_nlink <= 1


def _boot_id() -> str | None:
    """Changes whenever the machine is started; ``None`` where the system tells none."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return None


def name_beside(target: Path, identity: str) -> Path:
    """The hidden name, beside a target, of what is fetched for it. The leading dot hides it from "ls" and globs."""
    name = os.fsencode(target.name)[:_NAME_BYTES].decode("utf-8", "ignore")
    return target.with_name(f".{name}.{identity}.part")
