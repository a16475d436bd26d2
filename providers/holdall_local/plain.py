"""Plain folders, as ``file:///path`` names them: files and nothing else.

A write is still one step and durable, create-only is safe between processes, and nothing leaves the root. What needs
a place of its own beside the content is not there: metadata, tags, versions, uploads in parts, replacing on condition.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Self

from holdall.errors import (
    AccessDenied,
    InvalidObjectKey,
    ObjectAlreadyExists,
    ObjectNotFound,
    UnsupportedOperation,
)
from holdall.models import CopyResult, DeleteResult, ListPage, ProviderInfo, PutResult
from holdall.provider import StorageProvider
from holdall.reading import GetResult
from holdall.semantics.conditions import check_copy_source, check_read
from holdall.semantics.integrity import digests_of
from holdall.semantics.ranges import selected
from holdall_local.attributes import Attributes, Record
from holdall_local.buckets import bucket_name
from holdall_local.content import FileSource, copy_bytes, seal, write_body
from holdall_local.disk import NEW_FILE, Disk, opened, remove
from holdall_local.features import capabilities, refuse_unknown
from holdall_local.folders import Folders, file_type, not_a_file
from holdall_local.listing import KeptWalks, list_objects
from holdall_local.names import TEMPORARY, PlainNames, split
from holdall_local.oserrors import translated
from holdall_local.walking import contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from holdall import models
    from holdall import options as opt
    from holdall.capabilities import Capabilities
    from holdall.semantics.integrity import Digests
    from holdall_local.kind import LocalSettings

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

# What a plain folder has no place for, by option.
_NO_PLACE = (
    "content_type", "content_encoding", "content_language", "content_disposition", "cache_control", "expires",
    "metadata", "tags", "storage_class", "if_match", "replace_metadata", "replace_tags", "version_id", "part_number",
    "response_content_type", "response_content_encoding", "response_content_language",
    "response_content_disposition", "response_cache_control", "response_expires",
)  # fmt: skip


class PlainProvider(StorageProvider):
    """A folder as it is."""

    def __init__(self, settings: LocalSettings, store: str | None) -> None:
        """Touches nothing on the disk.

        Args:
            settings: The store's settings.
            store: The store's name, for messages.
        """
        self.settings = settings
        self.root = str(settings.root)
        self._info = ProviderInfo(kind="local", store=store, bucket=bucket_name(settings), endpoint=self.root)
        self._capabilities = capabilities(settings)
        self._disk = Disk(durable=settings.durable)
        self._names = PlainNames()
        self._kept = KeptWalks()

    def __reduce__(self) -> tuple[type[Self], tuple[LocalSettings, str | None]]:
        return type(self), (self.settings, self._info.store)

    @property
    def info(self) -> ProviderInfo:
        return self._info

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def close(self) -> None:
        self._kept.forget()

    # --- reading -------------------------------------------------------------------------------------------------

    def head(self, key: str, options: opt.HeadOptions) -> models.ObjectInfo:
        _refuse(options, "if_match")
        with translated(), self._opened(key) as (_, record):
            check_read(options, etag=record.etag, modified=record.modified)
            selected(options, record.size)
            return record.as_info(version_id=None, checksums=False, part=False)

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        _refuse(options, "if_match")
        with translated(), self._opened(key) as (fd, record):
            check_read(options, etag=record.etag, modified=record.modified)
            start, stop = selected(options, record.size)
            info = record.as_info(version_id=None, checksums=False, part=False)
            return GetResult(info, FileSource(os.dup(fd), start), start=start, length=stop - start)

    @contextmanager
    def _opened(self, key: str) -> Iterator[tuple[int, Record]]:
        """An object's file; links are followed as long as they stay inside the root."""
        try:
            names = self._resolved(split(key, self._names))
        except InvalidObjectKey as error:  # what can't be there isn't
            raise ObjectNotFound(f"there is no such file: {error.message}", key=key) from error
        with self._existing(names[:-1]) as folder, ExitStack() as stack:
            if folder is None or not names:
                raise ObjectNotFound("there is no such file", key=key)
            try:
                fd = stack.enter_context(opened(names[-1], _READ, folder=folder))
            except FileNotFoundError as error:
                raise ObjectNotFound("there is no such file", key=key) from error
            status = os.fstat(fd)
            if stat.S_ISDIR(status.st_mode):
                raise ObjectNotFound("there is a folder of that name, and no file", key=key)
            if not stat.S_ISREG(status.st_mode):
                raise not_a_file(names[-1])
            yield fd, _record(key, names[-1], status)

    def _resolved(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names on the way to a file or folder after following links.

        Raises:
            AccessDenied: That is outside of the root.
        """
        root = os.path.realpath(self.root)
        path = os.path.realpath(os.path.join(root, *names))
        if os.path.commonpath([root, path]) != root:
            raise AccessDenied(
                "a symbolic link on the way leads out of the store's folder",
                hint="Name the place where the link leads, in a store or URL of its own.",
            )
        inside = os.path.relpath(path, root)
        return () if inside == "." else tuple(inside.split(os.sep))

    def _folders(self) -> Folders:
        return Folders(os.path.realpath(self.root), self._disk)

    @contextmanager
    def _existing(self, names: tuple[str, ...]) -> Iterator[int | None]:
        """A folder, open; ``None`` where it is not there. A root that the first write will make is an empty folder.

        Raises:
            BucketNotFound: The root is not there and is not to be made.
        """
        if self._is_to_be_made():
            yield None
            return
        with self._folders().opened(names) as folder:
            yield folder

    def _is_to_be_made(self) -> bool:
        if not self.settings.create:
            return False
        try:
            os.lstat(self.root)
        except FileNotFoundError:
            return True
        return False

    def list_page(self, options: opt.ListOptions) -> ListPage:
        with translated():
            if self._is_to_be_made():
                return ListPage(())
            return list_objects(contents(self.root, self._names, self._base), options, _look, self._kept)

    def _base(self, names: Sequence[str]) -> str:
        """The folder that a listing begins in. As for keys, links on the way to it are followed; those in it are not.

        Raises:
            AccessDenied: It is outside of the root.
        """
        return os.path.join(os.path.realpath(self.root), *self._resolved(tuple(names)))

    # --- writing -------------------------------------------------------------------------------------------------

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> PutResult:
        _refuse(options)
        digests = digests_of(options.checksum, options.checksum_algorithm, options.content_md5)
        record = self._write(key, lambda fd: write_body(fd, body, digests), digests, if_absent=options.if_absent)
        return PutResult(key=key, etag=record.etag, size=record.size, checksums=record.attributes.checksums)

    def _write(self, key: str, fill: Callable[[int], object], digests: Digests, *, if_absent: bool) -> Record:
        """Writes a hidden file beside the final one, then gives it its name."""
        *above, name = split(key, self._names)
        with translated(), self._new_file(tuple(above)) as (folder, temporary, fd):
            fill(fd)
            checksums = digests.verified()
            seal(fd, self._disk)
            status = os.fstat(fd)
            self._publish(folder, temporary, name, if_absent=if_absent)
            self._disk.sync(folder)
        self._kept.forget()
        return _record(key, name, status, Attributes(checksums=checksums))

    @contextmanager
    def _new_file(self, above: tuple[str, ...]) -> Iterator[tuple[int, str, int]]:
        """A hidden file in a folder that is made where it is missing: folder, name, file.

        It is removed afterwards unless it was renamed. While it is there, nobody finds the folder empty.
        """
        if self.settings.create:
            os.makedirs(self.root, exist_ok=True)
        names = self._resolved(above)
        folders = self._folders()
        temporary = f"{TEMPORARY}{secrets.token_hex(8)}.tmp"
        while True:
            folders.make(names, lambda fd, index: _check_folder(fd, names[index]))
            with folders.opened(names) as folder:
                if folder is None:
                    continue
                try:
                    fd = os.open(temporary, NEW_FILE, 0o666, dir_fd=folder)
                except FileNotFoundError:  # the folder was empty, and somebody removed it
                    continue
                try:
                    yield folder, temporary, fd
                finally:
                    os.close(fd)
                    remove(temporary, folder)
                return

    def _publish(self, folder: int, temporary: str, name: str, *, if_absent: bool) -> None:
        kind = file_type(folder, name)
        if kind is not None and stat.S_ISDIR(kind):
            raise InvalidObjectKey(
                "there is a folder of that name, and a plain folder can't hold both",
                hint="Choose another key, or set up a store (provider = 'local', without 'plain'), which can.",
            )
        if not if_absent:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            return
        try:
            # Fails if there is one, whoever made it: a rename would not.
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError as error:
            raise ObjectAlreadyExists("there is a file of that name already") from error

    def copy(self, source: models.CopySource, key: str, options: opt.CopyOptions) -> CopyResult:
        _refuse(options)
        if source.bucket not in {None, self._info.bucket} or source.version_id is not None:
            raise UnsupportedOperation("a plain folder has no other buckets and no versions")
        digests = digests_of(None, options.checksum_algorithm)
        with translated(), self._opened(source.key) as (fd, found):
            check_copy_source(options, key=found.key, etag=found.etag, modified=found.modified)
            record = self._write(
                key,
                lambda target: copy_bytes(fd, 0, found.size, target, digests),
                digests,
                if_absent=options.if_absent,
            )
        return CopyResult(
            key=key, etag=record.etag, last_modified=record.modified, checksums=record.attributes.checksums
        )

    def delete(self, key: str, options: opt.DeleteOptions) -> DeleteResult:
        _refuse(options)
        *above, name = split(key, self._names)
        with translated():
            names = self._resolved(tuple(above))
            with self._existing(names) as folder:
                kind = file_type(folder, name) if folder is not None else None
                if folder is None or kind is None or stat.S_ISDIR(kind):
                    return DeleteResult()
                remove(name, folder)
                self._disk.sync(folder)
            self._folders().remove_empty(names)
        self._kept.forget()
        return DeleteResult()


def _refuse(options: object, *allowed: str) -> None:
    """Refuses options that a plain folder has no place for, before anything is touched.

    Raises:
        UnsupportedOperation: One is asked for.
        OptionNotSupported: Another provider's options.
    """
    refuse_unknown(options)
    for name in _NO_PLACE:
        if name not in allowed and getattr(options, name, None):
            raise UnsupportedOperation(
                f"a plain folder has no place for {name}",
                hint="Leave it out, or set up a store (provider = 'local', without 'plain'), which keeps it.",
            )


def _record(key: str, name: str, status: os.stat_result, attributes: Attributes | None = None) -> Record:
    return Record(
        key=key,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        inode=status.st_ino,
        name=name,
        attributes=attributes or Attributes(),
    )


def _look(key: str, path: str) -> Record | None:
    try:
        return _record(key, path, os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _check_folder(fd: int, name: str) -> None:
    """Refuses a file where a folder must be; that another process made the folder in this moment is fine."""
    kind = file_type(fd, name)
    if kind is not None and not stat.S_ISDIR(kind):
        raise InvalidObjectKey(
            f"there is a file {name!r} where a folder must be, and a plain folder can't hold both",
            hint="Choose another key, or set up a store (provider = 'local', without 'plain'), which can.",
        )
