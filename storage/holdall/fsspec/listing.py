"""Looking: entries, listings, patterns, times."""

from __future__ import annotations

import errno
import hashlib
from glob import has_magic
from typing import TYPE_CHECKING, Any, cast

from holdall.config import load_config
from holdall.errors import (
    ObjectNotFound,
)
from holdall.fsspec.base import StoreFileSystem
from holdall.fsspec.places import Place, directory_entry, file_entry, info_entry

if TYPE_CHECKING:
    from datetime import datetime

    from holdall.fsspec.places import Entry
    from holdall.storage import Storage


class Listing(StoreFileSystem):
    """What can be found out about objects and directories."""

    def info(self, path: str, *, version_id: str | None = None, **read: Any) -> Entry:
        """One entry: the object, else the directory.

        Args:
            path: The path.
            version_id: A version of the object.
            **read: See ``holdall.arguments.HeadArgs``.

        Raises:
            FileNotFoundError: Neither is there.
            PermissionError: The store does not tell.
        """
        place = self._place(path, version_id)
        if not (version_id or read) and (kept := self._kept(place.name)) is not None:
            return kept
        if place.storage is None:
            return directory_entry(place.name)
        if not place.key:
            if place.store and place.store.spans_account and place.bucket:
                place.store.account.head(place.bucket)
            return directory_entry(place.name)
        if place.version_id:
            read["version_id"] = place.version_id
        try:
            return info_entry(place.base, place.storage.head(place.key, **read))
        except ObjectNotFound:
            if place.version_id or not _has_any(place.storage, place.folder):
                raise
            return directory_entry(place.name)

    def _kept(self, name: str) -> Entry | None:
        """An entry out of a kept listing of its directory; where it is not in there, the store has to be asked."""
        for entry in self.dircache[parent] if (parent := self._parent(name)) in self.dircache else ():
            if entry["name"] == name:
                return dict(entry)
        return None

    def exists(self, path: str, **kwargs: Any) -> bool:
        """Whether there is an object or a directory. Not being allowed to know raises; it is never a no."""
        try:
            self.info(path, **kwargs)
        except FileNotFoundError:
            return False
        return True

    def isdir(self, path: str) -> bool:
        """Whether it is a directory, and not an object."""
        return self._type(path) == "directory"

    def isfile(self, path: str) -> bool:
        """Whether it is an object."""
        return self._type(path) == "file"

    def _type(self, path: str) -> str | None:
        try:
            return str(self.info(path)["type"])
        except FileNotFoundError:
            return None

    def ls(self, path: str, detail: bool = True, *, refresh: bool = False, **kwargs: Any) -> list[Any]:
        """One level of a directory, sorted by name; an object by itself. Above the buckets: these; above all: stores.

        Args:
            path: The directory.
            detail: Entries; else names.
            refresh: Ask the store even where the listing is kept.
            **kwargs: See ``Storage.list_pages``.

        Raises:
            FileNotFoundError: Nothing is there.
        """
        place = self._place(path)
        if refresh or kwargs or place.name not in self.dircache:
            entries = sorted(self._ls(place, **kwargs), key=lambda entry: str(entry["name"]))
            if not kwargs:
                self.dircache[place.name] = entries
        else:
            entries = self.dircache[place.name]
        return [dict(entry) for entry in entries] if detail else [entry["name"] for entry in entries]

    def _ls(self, place: Place, **listing: Any) -> list[Entry]:
        if place.storage is None:
            return [directory_entry(name) for name in self._above_buckets(place)]
        entries, seen = self._level(place, "", **listing)
        if not seen and place.key:
            return [info_entry(place.base, place.storage.head(place.key))]
        return entries

    def _above_buckets(self, place: Place) -> list[str]:
        """Paths of the buckets of a store, or of the stores."""
        if place.store is not None:
            prefix = f"{place.name}/" if place.name else ""
            return [prefix + bucket.name for bucket in place.store.account.list()]
        return [self.store] if self.store else list(load_config().store_names())

    def _level(self, place: Place, prefix: str, **listing: Any) -> tuple[list[Entry], bool]:
        """One level of a directory, and whether there is anything at all in it, be it only its marker."""
        storage, seen = place.in_bucket(), False
        entries: dict[str, Entry] = {}
        for page in storage.list_pages(place.folder + prefix, delimiter="/", **listing):
            seen = seen or bool(page.entries or page.prefixes)
            for found in page.entries:
                if not found.key.endswith("/"):
                    entries[found.key] = file_entry(place.base, found)
            for common in page.prefixes:
                entries[common] = directory_entry(place.base + common.removesuffix("/"))
        return list(entries.values()), seen

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        detail: bool = False,
        *,
        prefix: str = "",
        **kwargs: Any,
    ) -> Any:
        """All objects below a path, sorted by name: one listing, whatever the depth.

        Args:
            path: The directory, or one object.
            maxdepth: Levels to go down; default: all.
            withdirs: Directories, too.
            detail: A dict from names to entries; else a list of names.
            prefix: Only names that begin so, inside the directory; the store looks for it.
            **kwargs: See ``Storage.list_pages``; ``parallel=8`` is quicker where there are many thousands.
        """
        if maxdepth is not None and maxdepth < 1:
            raise ValueError("maxdepth must be at least 1")
        place = self._place(path)
        if place.storage is None:
            found = self._find_in_buckets(place, maxdepth, withdirs, prefix)
        else:
            found = self._find(place, maxdepth, withdirs, prefix, **kwargs)
            if not found and not prefix and self.isfile(place.name):
                found = {place.name: self.info(place.name)}
        found = dict(sorted(found.items()))
        return found if detail else list(found)

    def _find_in_buckets(self, place: Place, maxdepth: int | None, withdirs: bool, prefix: str) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for name in self._above_buckets(place):
            if not name.removeprefix(f"{place.name}/").startswith(prefix):
                continue
            if maxdepth != 1:
                found |= self.find(name, maxdepth and maxdepth - 1, withdirs, detail=True)
            if withdirs:
                found[name] = directory_entry(name)
        return found

    def _find(
        self,
        place: Place,
        maxdepth: int | None,
        withdirs: bool,
        prefix: str,
        **listing: Any,
    ) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        if maxdepth == 1:  # what lies deeper need not be listed
            entries, seen = self._level(place, prefix, **listing)
            found = {entry["name"]: entry for entry in entries if withdirs or entry["type"] == "file"}
        else:
            seen, root = False, place.base + place.folder
            for page in place.in_bucket().list_pages(place.folder + prefix, **listing):
                for each in page.entries:
                    seen = True
                    *folders, name = each.key.removeprefix(place.folder).split("/")
                    if withdirs:
                        for depth in range(1, len(folders[:maxdepth]) + 1):
                            folder = root + "/".join(folders[:depth])
                            if folder not in found and folders[depth - 1]:
                                found[folder] = directory_entry(folder)
                    if name and (maxdepth is None or len(folders) < maxdepth):
                        found[place.base + each.key] = file_entry(place.base, each)
        if withdirs and seen and not prefix:
            found[place.name] = directory_entry(place.name)
        return found

    def glob(self, path: str, maxdepth: int | None = None, **kwargs: Any) -> Any:
        """Names that match a pattern; the store lists only what begins as the pattern does before its first wildcard.

        Args:
            path: The pattern; see fsspec.
            maxdepth: Levels that ``**`` goes down.
            **kwargs: As for ``find``.
        """
        pattern = self._strip_protocol(path)
        if has_magic(pattern):
            literal = pattern[: min(pattern.find(wild) for wild in "*?[" if wild in pattern)]
            kwargs["prefix"] = literal.rpartition("/")[2]
        return super().glob(path, maxdepth=maxdepth, **kwargs)

    def du(
        self,
        path: str,
        total: bool = True,
        maxdepth: int | None = None,
        withdirs: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Bytes below a path, from one listing.

        Args:
            path: The directory, or one object.
            total: The sum; else a dict from names to sizes.
            maxdepth: Levels to go down.
            withdirs: Name directories, too.
            **kwargs: As for ``find``.
        """
        found = self.find(path, maxdepth=maxdepth, withdirs=withdirs, detail=True, **kwargs)
        sizes = {name: entry["size"] for name, entry in found.items()}
        return sum(sizes.values()) if total else sizes

    def created(self, path: str) -> datetime:
        """When the object was written (UTC). An object never changes: another write makes another one.

        Raises:
            IsADirectoryError: Directories have no time.
        """
        return self.modified(path)

    def modified(self, path: str) -> datetime:
        """When the object was written (UTC).

        Raises:
            IsADirectoryError: Directories have no time.
        """
        entry = self.info(path)
        if entry["type"] == "directory":
            raise IsADirectoryError(errno.EISDIR, "directories have no time", path)
        return cast("datetime", entry["last_modified"])

    def ukey(self, path: str) -> str:
        """Changes when the object does: from its ETag, else its time, and its size."""
        entry = self.info(path)
        parts = (entry["name"], entry["size"], entry.get("etag") or entry.get("mtime"))
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def checksum(self, path: str) -> int:
        """As ``ukey``, as a number."""
        return int(self.ukey(path), 16)

    def sign(self, path: str, expiration: int = 100, **kwargs: Any) -> str:
        """A URL that lets anyone read the object for a while, or do what ``method=`` says. The URL is a secret.

        Args:
            path: The object.
            expiration: Its life in seconds.
            **kwargs: See ``Storage.presign``.

        Raises:
            UnsupportedOperation: The store has no such URLs.
        """
        storage, key = self._place(path).object()
        return storage.presign(key, expires_in=expiration, **kwargs).url


def _has_any(storage: Storage, prefix: str) -> bool:
    return next(storage.list(prefix, limit=1, page_size=1), None) is not None
