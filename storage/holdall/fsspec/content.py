"""The bytes of objects: read, written, fetched to files and sent from them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fsspec.callbacks import DEFAULT_CALLBACK
from fsspec.compression import compr
from fsspec.core import get_compression
from fsspec.utils import isfilelike

from holdall.errors import (
    InvalidRequest,
    ObjectAlreadyExists,
    ObjectNotFound,
    RangeNotSatisfiable,
    SourceChanged,
)
from holdall.fsspec import ranges
from holdall.fsspec.files import BlobReader, BlobWriter, CompressedWriter
from holdall.fsspec.listing import Listing
from holdall.fsspec.places import info_entry
from holdall.transfer.writer import TextWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.transfer.progress import Progress, ProgressEvent


class Content(Listing):
    """Reading and writing."""

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, *, version_id: str | None = None, **read: Any
    ) -> bytes:
        """An object's bytes, or a slice of them as Python slices: past the end there is nothing.

        Args:
            path: The object.
            start: First byte; negative counts from the end.
            end: One past the last byte; negative counts from the end.
            version_id: A version of it.
            **read: See ``holdall.arguments.GetArgs``.
        """
        return self._slice(path, start, end, read | ({} if version_id is None else {"version_id": version_id}))[0]

    def _slice(
        self, path: str, start: int | None, end: int | None, read: Mapping[str, Any], etag: str | None = None
    ) -> tuple[bytes, str | None]:
        """A slice of an object, of just the version with an ETag if one is given, and its ETag.

        Raises:
            PreconditionFailed, SourceChanged: It is another version by now; the latter where the store has no
                conditions, and what it tells with the answer has to do.
        """
        read = dict(read)
        place = self._place(path, read.pop("version_id", None))
        storage, key = place.object()
        if place.version_id:
            read["version_id"] = place.version_id
        start, pins = start or 0, storage.supports("get.if_match")
        wanted: tuple[int, int | None] | None = (start, end) if start or end is not None else None
        suffix = start < 0 and end is None and storage.supports("get.suffix_range")
        if not suffix and (start < 0 or (end is not None and end <= start)):
            info = storage.head(key, **{name: read[name] for name in ("version_id", "customer_key") if name in read})
            start, end, _ = slice(start, end).indices(info.size)
            if start >= end:
                return b"", info.etag
            wanted = (start, end)
            etag = etag or info.etag
        if etag and pins:
            read.setdefault("if_match", etag)
        try:
            with storage.get(key, wanted, **read) as result:
                if etag and result.info.etag != etag:
                    raise SourceChanged(
                        "the object was replaced while slices of it were being read",
                        key=key,
                        hint="Read them again, once nobody writes it.",
                    )
                return result.read(), result.info.etag
        except RangeNotSatisfiable:
            return b"", None

    def cat_ranges(
        self,
        paths: list[str],
        starts: Any,
        ends: Any,
        max_gap: int | None = None,
        on_error: str = "return",
        *,
        max_block: int | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        """Slices of objects: near ones are read together, several at a time.

        Args:
            paths: The object of each slice.
            starts: First byte of each, or of all.
            ends: One past the last byte of each, or of all.
            max_gap: Slices with at most so many bytes between them are read as one. Default 1 MiB.
            on_error: ``return`` puts exceptions into the result, ``raise`` raises the first.
            max_block: Most bytes that are read as one. Default 16 MiB.
            **kwargs: As for ``cat_file``.
        """
        if not isinstance(paths, list):
            raise TypeError("paths must be a list")
        starts = starts if isinstance(starts, list) else [starts] * len(paths)
        ends = ends if isinstance(ends, list) else [ends] * len(paths)
        if not len(paths) == len(starts) == len(ends):
            raise ValueError("paths, starts and ends differ in length")
        if not paths:
            return []
        results = self._read_many(paths, starts, ends, max_gap=max_gap, max_block=max_block, **kwargs)
        for result in results:
            if isinstance(result, Exception) and on_error != "return":
                raise result
        return results

    def _read_many(
        self,
        paths: list[str],
        starts: list[int | None],
        ends: list[int | None],
        *,
        max_gap: int | None = None,
        max_block: int | None = None,
        **read: Any,
    ) -> list[bytes | Exception]:
        return ranges.read_ranges(
            lambda path, start, end, etag: self._slice(path, start, end, read, etag),
            paths,
            starts,
            ends,
            max_gap=max_gap,
            max_block=max_block,
            threads=self._place(paths[0]).in_bucket().transfer.max_concurrency,
        )

    def cat(self, path: Any, recursive: bool = False, on_error: str = "raise", **kwargs: Any) -> Any:
        """The bytes of one object, or a dict from names to bytes of several, which are read at the same time.

        Args:
            path: Path, pattern, or list of these.
            recursive: The paths are directories: all objects in them.
            on_error: ``raise``, ``omit``, or ``return`` (the exception instead of the bytes).
            **kwargs: As for ``cat_file``.
        """
        names = self.expand_path(path)
        if recursive:
            names = [name for root in names for name in self.find(root)]
        elif isinstance(path, (str, os.PathLike)) and names == [self._strip_protocol(path)]:
            return self.cat_file(names[0], **kwargs)
        if not names:
            return {}
        nothing: list[int | None] = [None] * len(names)
        found = dict(zip(names, self._read_many(names, nothing, nothing, **kwargs), strict=True))
        failed = {name: answer for name, answer in found.items() if isinstance(answer, Exception)}
        if failed and on_error == "raise":
            raise next(iter(failed.values()))
        return found if on_error == "return" else {name: found[name] for name in found if name not in failed}

    def get_file(
        self, rpath: str, lpath: Any = None, callback: Any = DEFAULT_CALLBACK, outfile: Any = None, **read: Any
    ) -> None:
        """Writes an object to a file: whole and checked, or not at all. A directory becomes an empty folder.

        Args:
            rpath: The object.
            lpath: The file to be, in a folder that is made if need be; or an open file.
            callback: Is told how far it is.
            outfile: An open file, instead of ``lpath``; it stays open.
            **read: See ``holdall.arguments.GetArgs``.

        Raises:
            FileNotFoundError: There is no such object.
            InvalidRequest: The key's ``..`` would lead out of the folder.
        """
        place = self._place(rpath)
        outfile = lpath if outfile is None and isfilelike(lpath) else outfile
        if outfile is None and _climbs(rpath) and _climbs(lpath):
            # `get` makes targets of the names that it finds; not every version of fsspec looks where they lead.
            raise InvalidRequest(
                f"{place.name!r} would be written outside of the folder that it belongs in",
                hint="Name a target without '..' for it.",
            )
        try:
            storage, key = place.object()
            if place.version_id:
                read["version_id"] = place.version_id
            if outfile is not None:
                with storage.get(key, **read) as result:
                    callback.set_size(result.length)
                    for chunk in result:
                        outfile.write(chunk)
                        callback.relative_update(len(chunk))
                return
            target = Path(lpath)
            target.parent.mkdir(parents=True, exist_ok=True)
            storage.download_file(key, target, progress=_progress_of(callback), **read)
        except (ObjectNotFound, IsADirectoryError):
            if outfile is not None or not self.isdir(place.name):
                raise
            Path(lpath).mkdir(parents=True, exist_ok=True)

    def pipe_file(self, path: str, value: Any, mode: str = "overwrite", **write: Any) -> None:
        """Writes an object: whole or not at all.

        Args:
            path: The object.
            value: Its bytes.
            mode: ``overwrite``, or ``create``: only if there is none, decided by the store.
            **write: See ``holdall.arguments.PutArgs``.

        Raises:
            FileExistsError: ``create``, and there is one.
            UnsupportedOperation: ``create``, and the store can't decide that.
        """
        if self._intrans:
            with self.open(path, _writing(mode), **write) as file:
                file.write(value)
            return
        storage, key = self._place(path).writable()
        storage.put(key, value, **_create(mode), **write)
        self.invalidate_cache(path)

    def put_file(
        self, lpath: Any, rpath: str, callback: Any = DEFAULT_CALLBACK, mode: str = "overwrite", **write: Any
    ) -> None:
        """Writes a file as an object; a folder is a directory, which needs no making.

        Args:
            lpath: The file.
            rpath: The object.
            callback: Is told how far it is.
            mode: As for ``pipe_file``.
            **write: See ``holdall.arguments.PutArgs``.
        """
        if Path(lpath).is_dir():
            return
        with Path(lpath).open("rb") as source:
            if self._intrans:
                with self.open(rpath, _writing(mode), **write) as target:
                    shutil.copyfileobj(source, target)
                return
            storage, key = self._place(rpath).writable()
            storage.put(key, source, progress=_progress_of(callback), **_create(mode), **write)
        self.invalidate_cache(rpath)

    def touch(self, path: str, truncate: bool = True, **write: Any) -> None:
        """Makes an empty object.

        Args:
            path: The object.
            truncate: Also where there is one, which is then empty.
            **write: See ``holdall.arguments.PutArgs``.

        Raises:
            NotImplementedError: There is one and shall stay: its time can't be set.
        """
        if not truncate:
            if self.exists(path):
                raise NotImplementedError("the time of an object can't be set; write it anew")
            storage, _ = self._place(path).writable()
            if storage.supports("put.if_absent", safety=True):
                write["if_absent"] = True  # whoever makes it meanwhile keeps what he wrote
        self.pipe_file(path, b"", **write)

    def open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        cache_options: dict[str, Any] | None = None,
        compression: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """An object as a file; see ``BlobReader`` and ``BlobWriter``.

        Args:
            path: The object.
            mode: ``r`` reads, ``w`` writes, ``x`` creates only; text unless there is a ``b``.
            block_size: Bytes to read ahead; default 1 MiB.
            cache_options: Of the reading cache.
            compression: Name of a compression, or ``infer``.
            **kwargs: ``encoding``, ``errors``, ``newline``; reading ``cache_type``, ``version_id``;
                writing see ``holdall.arguments.PutArgs``.

        Raises:
            FileNotFoundError: Reading, and there is none.
            FileExistsError: Mode ``x``, and there is one.
            InvalidRequest: Another mode: objects can't be appended to.
        """
        if mode[:1] == "r" and "+" not in mode:
            return super().open(
                path,
                mode,
                block_size=block_size,
                cache_options=cache_options,
                compression=compression,
                **kwargs,
            )
        text = {name: kwargs.pop(name) for name in ("encoding", "errors", "newline") if name in kwargs}
        autocommit = kwargs.pop("autocommit", not self._intrans)
        writer = self._open(path, mode.replace("t", ""), block_size=block_size, autocommit=autocommit, **kwargs)
        if not autocommit:
            self.transaction.files.append(writer)
        file: Any = writer
        compression = get_compression(self._strip_protocol(path), compression)
        if compression is not None:
            file = CompressedWriter(writer, compr[compression])
        if "b" in mode:
            return file
        return TextWriter(file, **{"encoding": "utf-8", **text})

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,
        cache_options: dict[str, Any] | None = None,
        *,
        cache_type: str | None = None,
        default_cache: str = "readahead",  # what dask says instead of cache_type where it counts rows
        size: int | None = None,
        version_id: str | None = None,
        customer_key: Any = None,
        **write: Any,
    ) -> Any:
        place = self._place(path, version_id)
        if mode in {"r", "rb"}:
            storage, key = place.object()
            source = cast(
                "Any", storage.open(key, "rb", version_id=place.version_id, customer_key=customer_key, **write)
            )
            name = place.base + place.key + (f"?versionId={place.version_id}" if place.version_id else "")
            return BlobReader(
                self,
                name,
                source,
                info_entry(place.base, source.raw.info),
                block_size=block_size,
                cache_type=cache_type or default_cache,
                cache_options=cache_options,
            )
        storage, key = place.writable()
        mode = mode if mode.endswith("b") else f"{mode}b"
        writer: Any = storage.open(key, cast("Any", mode), **write)
        if mode == "xb" and storage.exists(key):
            # The store decides when the object is published. Who asks now wants to know now.
            writer.abort()
            raise ObjectAlreadyExists("there is an object of this key", key=key, store=storage.name, operation="open")
        return BlobWriter(self, place.name, mode, writer, autocommit=autocommit)


def _climbs(path: Any) -> bool:
    return ".." in os.fspath(path).replace("\\", "/").split("/")


def _create(mode: str) -> dict[str, Any]:
    return {"if_absent": True} if _writing(mode) == "xb" else {}


def _writing(mode: str) -> str:
    try:
        return {"overwrite": "wb", "create": "xb"}[mode]
    except KeyError:
        raise InvalidRequest(f"mode {mode!r} is not one of overwrite, create") from None


def _progress_of(callback: Any) -> Progress | None:
    """Progress events as fsspec's callbacks take them."""
    if callback is DEFAULT_CALLBACK:
        return None

    def tell(event: ProgressEvent) -> None:
        if event.kind == "started":
            callback.set_size(event.total)
        elif event.kind != "failed":
            callback.absolute_update(event.transferred)

    return tell
