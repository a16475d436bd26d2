"""``BlobFileSystem``: stores as a file system of fsspec, for everything that opens URLs through it.

Paths are ``<store>/<key>``, and ``<store>/<bucket>/<key>`` where the store spans its account; with the protocol in
front they are the URLs of ``holdall.locations``. Names that come back are paths, too.

Directories are what object stores have: a directory is there as long as a key begins with its name and ``/``. So
``mkdir`` and ``makedirs`` inside a bucket do nothing. An empty object ``dir/``, which some tools make, says that the
directory is there and is no file of its own in any listing; it goes when the directory is removed. Other objects whose
keys end in ``/`` can't be reached through fsspec, which strips the slash from every path; use ``Storage`` for them.
"""

from __future__ import annotations

import errno
import os
from glob import has_magic
from typing import TYPE_CHECKING, Any

from fsspec.utils import stringify_path

from holdall.arguments import PUT_NAMES
from holdall.between import copy_between
from holdall.errors import (
    BucketAlreadyOwnedByYou,
    InvalidRequest,
    ObjectNotFound,
    UnsupportedOperation,
)
from holdall.fsspec.content import Content
from holdall.models import CopySource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from holdall.storage import Storage


class BlobFileSystem(Content):
    """Stores as a file system.

    ``fsspec.open("blob://lake/report.csv")`` finds it by its entry point; ``fsspec.filesystem("blob", store="lake")``
    makes one. Errors are those of ``Storage``, which are also the builtin ones (``FileNotFoundError`` and its kin).
    Pickles, ``to_json`` and dask's tokens hold the store's name and the settings that are not secret; where they are
    opened, the configuration there has to supply the rest.
    """

    def cp_file(self, path1: str, path2: str, **write: Any) -> None:
        """Copies an object: by the store itself where it can, else streaming. Metadata and tags come along.

        Args:
            path1: The source, in any store.
            path2: The object to be, in any store. Copying a directory by itself makes nothing.
            **write: See, in ``holdall.arguments``, ``CopyArgs`` (inside a store) and ``PutArgs`` (between two).

        Raises:
            InvalidRequest: Source and target are the same.
            FileNotFoundError: No source.
        """
        source, target = self._place(path1), self._place(path2)
        if source.name == target.name:
            raise InvalidRequest(f"{source.name!r} can't be copied onto itself")
        if not source.key:
            return
        from_storage, from_key = source.object()
        to_storage, to_key = target.writable()
        try:
            if source.store is target.store and _copies_itself(from_storage, to_storage):
                bucket = from_storage.info.bucket if from_storage is not to_storage else None
                origin = from_storage.full_key(from_key) if bucket else from_key
                try:
                    to_storage.copy(CopySource(origin, bucket, source.version_id), to_key, **write)
                except UnsupportedOperation:  # e.g. an object that is too large for it
                    if not PUT_NAMES.issuperset(write):
                        raise
                    copy_between(from_storage, from_key, to_storage, to_key, version_id=source.version_id, **write)
            else:
                copy_between(from_storage, from_key, to_storage, to_key, version_id=source.version_id, **write)
        except ObjectNotFound:
            if self.isdir(source.name):
                return
            raise
        self.invalidate_cache(path2)

    def mv(self, path1: Any, path2: Any, recursive: bool = False, maxdepth: int | None = None, **kwargs: Any) -> None:
        """Copies, and when all copies are there deletes the sources.

        Args:
            path1: Path, pattern, or list of paths.
            path2: Path or list of paths.
            recursive: Directories with all that is in them.
            maxdepth: Levels to go down.
            **kwargs: As for ``cp_file``.

        Raises:
            InvalidRequest: A directory shall go into itself: its copies would be deleted with it.
        """
        sources = self._strip_protocol(path1 if isinstance(path1, list) else [path1])
        targets = self._strip_protocol(path2 if isinstance(path2, list) else [path2])
        if sources == targets:
            return
        for source in sources:
            for target in targets:
                if recursive and f"{target}/".startswith(f"{source}/"):
                    raise InvalidRequest(f"{source!r} can't be moved into itself")
        self.copy(path1, path2, recursive=recursive, maxdepth=maxdepth, on_error="raise", **kwargs)
        self.rm(path1, recursive=recursive, maxdepth=maxdepth)

    def rm_file(self, path: str) -> None:
        """Deletes an object. Deleting what is not there succeeds."""
        storage, key = self._place(path).writable()
        storage.delete(key)
        self.invalidate_cache(path)

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Deletes objects, many in one request where the store can.

        Args:
            path: Path, pattern, or list of these. In a list, what is not there is passed over.
            recursive: Directories with all that is in them. A bucket is emptied, not removed (``rmdir`` removes it).
            maxdepth: Levels to go down.

        Raises:
            FileNotFoundError: Nothing is there.
            IsADirectoryError: A directory, and not ``recursive``.
        """
        if recursive and maxdepth is None:
            for root in self.expand_path(path):
                self._delete_tree(root)
            return
        single = isinstance(path, (str, os.PathLike)) and not recursive and not has_magic(stringify_path(path))
        if single and self.info(path)["type"] == "directory":
            raise IsADirectoryError(errno.EISDIR, "a directory is removed with recursive=True", str(path))
        keys: dict[int, tuple[Storage, list[str]]] = {}
        for each in self.expand_path(path, recursive=recursive, maxdepth=maxdepth):
            place = self._place(each)
            if place.key:
                storage, key = place.writable()
                keys.setdefault(id(storage), (storage, []))[1].append(key)
            self.invalidate_cache(each)
        for storage, doomed in keys.values():
            _delete(storage, doomed)

    def _delete_tree(self, root: str) -> None:
        place = self._place(root)
        storage, found = place.in_bucket(), 0

        def doomed() -> Iterator[str]:
            nonlocal found
            if place.key and place.storage and place.storage.exists(place.key):
                found += 1
                yield place.key
            for entry in storage.list(place.folder):
                found += 1
                yield entry.key

        _delete(storage, doomed())
        self.invalidate_cache()
        if not found and place.key:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), root)

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        """Makes a bucket, where the path ends at one in a store that spans its account. Below, there is nothing to do.

        Args:
            path: The directory.
            create_parents: fsspec's; a bucket has none. No bucket is ever made for what is inside it.
            **kwargs: See ``Account.create``.

        Raises:
            FileExistsError: There is such a bucket.
            InvalidBucketName: The name breaks the rules.
        """
        place = self._place(path)
        if place.store and place.bucket and not place.key:
            place.store.account.create(place.bucket, **kwargs)
            self.invalidate_cache(path)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """As ``mkdir``; with ``exist_ok`` a bucket of yours may be there."""
        place = self._place(path)
        if exist_ok and place.store and place.bucket and (place.key or place.store.account.exists(place.bucket)):
            return
        try:
            self.mkdir(path)
        except BucketAlreadyOwnedByYou:
            if not exist_ok:
                raise

    def rmdir(self, path: str) -> None:
        """Removes an empty bucket, or the marker of an empty directory.

        Raises:
            OSError: ``ENOTEMPTY``: there is something in the directory.
            BucketNotEmpty: There is something in the bucket.
        """
        place = self._place(path)
        if place.store and place.bucket and not place.key:
            place.store.account.delete(place.bucket)
        else:
            storage = place.in_bucket()
            inside = [entry.key for entry in storage.list(place.folder, limit=2, page_size=2)]
            if any(key != place.folder for key in inside):
                raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)
            if inside:
                storage.delete(place.folder)
        self.invalidate_cache(path)

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forgets kept listings: those of a path and of all directories above it, or all."""
        super().invalidate_cache(path)
        if path is None:
            self.dircache.clear()
            return
        name = self._strip_protocol(path)
        while True:
            self.dircache._cache.pop(name, None)  # noqa: SLF001 - DirCache has no pop
            if not name:
                return
            name = self._parent(name)


def _copies_itself(source: Storage, target: Storage) -> bool:
    return target.supports("copy.server_side") and (source is target or target.supports("copy.across_buckets"))


def _delete(storage: Storage, keys: Iterable[str]) -> None:
    summary = storage.delete_many(keys)
    errors = [outcome.error for outcome in summary.failed if outcome.error is not None]
    if errors:
        if len(errors) > 1:
            errors[0].add_note(f"{len(errors) - 1} more objects could not be deleted")
        raise errors[0]
