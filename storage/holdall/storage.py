"""``Storage``: what people hold. One bucket, optionally below a prefix; any provider behind it."""

from __future__ import annotations

import dataclasses
import functools
import io
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack

from holdall import checks, fields, validation
from holdall import options as opt
from holdall.arguments import COPY_NAMES, GET_NAMES, HEAD_NAMES, PUT_NAMES, check_names
from holdall.capabilities import NO
from holdall.config.store import DefaultsSettings, TransferSettings
from holdall.content_type import guess
from holdall.errors import AccessError, InvalidRequest, ObjectAlreadyExists, ObjectNotFound, UnsupportedOperation
from holdall.layers.forwarding import innermost
from holdall.models import CopySource, DownloadResult, ObjectRef
from holdall.probing import StoreCapabilities
from holdall.transfer import copying, deleting, listing, through, writing
from holdall.transfer.bodies import opened
from holdall.transfer.completing import needs_parts
from holdall.transfer.download import Download
from holdall.transfer.pinning import PinnedObject
from holdall.transfer.ranges import get_ranges
from holdall.transfer.reader import ObjectReader
from holdall.transfer.resume import upload_file
from holdall.transfer.targets import file_for
from holdall.transfer.upload import upload
from holdall.transfer.verify import VERIFY
from holdall.transfer.writer import ObjectWriter, TextWriter
from holdall.views import Views

if TYPE_CHECKING:
    import builtins
    import os
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from holdall.arguments import CopyArgs, GetArgs, HeadArgs, PutArgs
    from holdall.capabilities import Capabilities
    from holdall.models import (
        ByteRange,
        CopyResult,
        DeleteResult,
        ListPage,
        ObjectEntry,
        ObjectInfo,
        ProviderInfo,
        PutResult,
    )
    from holdall.provider import StorageProvider
    from holdall.reading import GetResult
    from holdall.transfer.deleting import DeleteSummary
    from holdall.transfer.progress import Progress
    from holdall.transfer.verify import Verify

T = TypeVar("T")
Origin = tuple["Callable[..., Storage]", tuple[Any, ...]]

_GET_CHECKED = opt.GetOptions(checksums=True)
READ_BUFFER = 1024 * 1024
"""Bytes that ``open`` reads ahead: a request costs more than reading a MiB."""


class Storage(Views):
    """One bucket of one store. Make it with ``holdall.open_storage``.

    Every call is checked before anything is sent: keys, metadata, tags, ranges, and whether the store has what is asked
    for (``UnsupportedOperation`` where not). The groups of features have views: ``storage.versions``, ``.tags``,
    ``.uploads``, ``.encryption``, ``.notifications``, ``.presign``. Safe to use from several threads. Not for
    subclassing.

    Attributes:
        provider: The provider, inside its layers.
        name: The store's name in the configuration, if it has one.
        prefix: All keys are below it; they are given and returned without it.
    """

    def __init__(
        self,
        provider: StorageProvider,
        *,
        name: str | None = None,
        prefix: str = "",
        transfer: TransferSettings | None = None,
        defaults: DefaultsSettings | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Around a provider that is ready to use; ``open_storage`` does this from the configuration.

        Args:
            provider: The provider, usually inside ``holdall.layers.stack.build``.
            name: The store's name.
            prefix: Work below this prefix only.
            transfer: How bytes are moved.
            defaults: What new objects get.
            origin: A function and its arguments, none of them secret, that make this again elsewhere (pickling).
        """
        self.provider = provider
        self.name = name
        self.prefix = prefix
        self.transfer = transfer or TransferSettings()
        self.defaults = defaults or DefaultsSettings()
        self._origin = origin
        self._known: tuple[Capabilities, StoreCapabilities] | None = None

    # --- about the store -----------------------------------------------------------------------------------------

    @property
    def info(self) -> ProviderInfo:
        """Kind, bucket, endpoint, region; no request."""
        return self.provider.info

    @property
    def capabilities(self) -> StoreCapabilities:
        """What the store can do, and how we know; no request. ``storage.capabilities.probe()`` finds out more."""
        plain = self.provider.capabilities
        if self._known is None or self._known[0] is not plain:
            self._known = plain, StoreCapabilities.of(self.provider, plain, self.prefix)
        return self._known[1]

    def supports(self, feature: str, *, safety: bool = False) -> bool:
        """Whether a feature may be used, e.g. ``storage.supports("put.if_absent", safety=True)``.

        Args:
            feature: Dotted path in ``Capabilities``.
            safety: Data depends on it: "not known" is a no.
        """
        return self.capabilities.supports(feature, safety=safety)

    def unwrap(self, kind: type[T]) -> T:
        """The bare provider, or its raw client. Not portable, and needed for nothing that holdall itself does.

        Args:
            kind: The type that is wanted, e.g. ``botocore.client.BaseClient``.

        Raises:
            UnsupportedOperation: There is nothing of that type inside.
        """
        provider = innermost(self.provider)
        for candidate in (provider, getattr(provider, "raw_client", None)):
            if isinstance(candidate, kind):
                return candidate
        raise UnsupportedOperation(f"there is no {kind.__name__} inside {type(provider).__name__}")

    def below(self, prefix: str) -> Storage:
        """The same store, working below a further prefix.

        Raises:
            InvalidRequest: No text that UTF-8 can write.
        """
        full = self.prefix + fields.listing_text("prefix", prefix)
        origin = (_again_below, (self._origin, prefix)) if self._origin else None
        return Storage(
            self.provider, name=self.name, prefix=full, transfer=self.transfer, defaults=self.defaults, origin=origin
        )

    # --- reading -------------------------------------------------------------------------------------------------

    def head(self, key: str, **read: Unpack[HeadArgs]) -> ObjectInfo:
        """Everything about an object but its bytes.

        Args:
            key: The object.
            **read: See ``holdall.arguments.HeadArgs``.

        Raises:
            ObjectNotFound: No such object.
            NotModified, PreconditionFailed: A condition did not hold.
        """
        options = opt.HEAD
        if read:
            check_names(Storage.head, read, HEAD_NAMES)
            options = opt.HeadOptions(**fields.clean(read))
            checks.check_options(self.provider, options, checks.HEAD)
        return self._own(self.provider.head(self.full_key(key), options))

    def get(
        self,
        key: str,
        range: ByteRange | tuple[int, int | None] | None = None,  # noqa: A002 - the field's own word
        *,
        verify: Verify | None = None,
        **read: Unpack[GetArgs],
    ) -> GetResult:
        """An object's bytes as a stream: ``storage.get("a.txt").read()``, or iterate, or use it in a ``with``.

        Args:
            key: The object.
            range: Only these bytes: ``(start, stop)``, half-open; ``(-n, None)`` is the end.
            verify: Overrides ``transfer.verify``. What the bytes are compared with once the last has come: ``auto``,
                with what the store tells of the whole, a checksum or an ETag that surely is an MD5; ``strict`` raises
                before the first byte where it tells nothing; ``off`` with nothing.
            **read: See ``holdall.arguments.GetArgs``.

        Raises:
            ObjectNotFound: No such object.
            Unverifiable: ``strict``, and the store tells nothing that proves these bytes.
            RangeNotSatisfiable: The range begins past the end.
            ObjectArchived: It must be restored first.
            NotModified, PreconditionFailed: A condition did not hold.
        """
        mode = self.transfer.verify if verify is None else fields.choice("verify", verify, VERIFY)
        asks = mode != "off" and range is None and self.capabilities.checksums.stored is not NO
        options = _GET_CHECKED if asks else opt.GET
        if read or range is not None:
            if asks:
                read.setdefault("checksums", True)
            check_names(Storage.get, read, GET_NAMES)
            options = self._get_options(range, read)
        result = self._get(key, options)
        if result.compared_with is None or mode != "auto":
            self._prove(key, options, result, mode)
        return result

    def _prove(self, key: str, options: opt.GetOptions, result: GetResult, mode: Verify) -> None:
        """Sets what a stream is compared with; closes it where that fails."""
        try:
            PinnedObject(self.provider, self.full_key(key), options, result.info).prove(result, mode)
        except BaseException:
            result.close()
            raise

    def get_ranges(
        self, key: str, ranges: Iterable[ByteRange | tuple[int, int | None]], **read: Unpack[GetArgs]
    ) -> builtins.list[bytes]:
        """Several ranges of one object: near ones in one request, several requests at a time, all of one version.

        Args:
            key: The object.
            ranges: As for ``get``, in any order; they may overlap, and ``(n, n)`` holds no byte.
            **read: See ``holdall.arguments.GetArgs``.

        Returns:
            The bytes of each range, in the order given.

        Raises:
            ObjectNotFound: No such object.
            InvalidRange: Something else than ranges; nothing was sent.
            RangeNotSatisfiable: A range begins past the end.
            SourceChanged: The object was replaced meanwhile.
        """
        check_names(Storage.get_ranges, read, GET_NAMES)
        options = self._get_options(None, read)
        wanted = [validation.clean_range(each, empty=True) for each in ranges]
        if any(each.start < 0 for each in wanted):
            checks.require(self.provider, "get.suffix_range", what="range from the end")
        return get_ranges(self.provider, self.full_key(key), wanted, options, self.transfer.max_concurrency)

    def exists(self, key: str, *, version_id: str | None = None) -> bool:
        """Whether there is such an object. Not being allowed to know raises ``AccessDenied``; it is never a no."""
        try:
            self.head(key) if version_id is None else self.head(key, version_id=version_id)
        except ObjectNotFound:
            return False
        return True

    def list(
        self,
        prefix: str = "",
        *,
        start_after: str = "",
        limit: int | None = None,
        page_size: int | None = None,
        parallel: int = 1,
    ) -> Iterator[ObjectEntry]:
        """Yields all objects whose keys begin with ``prefix``, in UTF-8 byte order, in constant memory.

        Args:
            prefix: Beginning of the keys; nothing is a folder here (see ``list_pages`` for folders).
            start_after: Only keys after this one.
            limit: Stop after so many; with 0 nothing is asked for.
            page_size: Objects per request.
            parallel: Requests at the same time, each for another range of keys: quicker for many thousands of objects,
                and some more requests. The order stays; what comes too early waits, in a temporary file where it is
                much. A store whose listings have no order (``list.ordered``), or that can't begin after a key, is asked
                for one page after the other.

        Raises:
            InvalidRequest: The limit is negative or no number, or ``parallel`` below 1.
        """
        if limit is not None:
            fields.at_least("limit", limit, 0)
        pages = self.list_pages(prefix, start_after=start_after, page_size=page_size, parallel=parallel)
        return listing.entries(pages, limit)

    def list_pages(
        self,
        prefix: str = "",
        *,
        delimiter: str = "",
        start_after: str = "",
        page_size: int | None = None,
        owner: bool = False,
        parallel: int = 1,
        backend: opt.BackendOptions | None = None,
    ) -> Iterator[ListPage]:
        """Yields a listing page by page, with common prefixes where a delimiter is given.

        ``list_pages("logs/", delimiter="/")`` shows one level, as a folder would.

        Args:
            prefix: Beginning of the keys.
            delimiter: Roll up keys behind it.
            start_after: Only keys after this one.
            page_size: Entries per request.
            owner: Also tell the owners.
            parallel: As for ``list``. With a delimiter the pages are asked for one after the other.
            backend: The provider's own options.

        Raises:
            InvalidRequest: A page size or ``parallel`` below 1, or no text.
        """
        for name, text in (("prefix", prefix), ("delimiter", delimiter), ("start_after", start_after)):
            fields.listing_text(name, text)
        if page_size is not None:
            fields.positive("page_size", page_size)
        fields.positive("parallel", parallel)
        options = opt.ListOptions(
            prefix=self.prefix + prefix,
            delimiter=delimiter,
            start_after=self.prefix + start_after if start_after else "",
            limit=page_size,
            owner=owner,
            backend=backend,
        )
        checks.check_options(self.provider, options, checks.LIST)
        return listing.pages(self.provider, options, self.prefix, parallel)

    # --- writing -------------------------------------------------------------------------------------------------

    def put(
        self,
        key: str,
        data: Any,
        *,
        progress: Progress | None = None,
        expected_size: int | None = None,
        **write: Unpack[PutArgs],
    ) -> PutResult:
        """Writes an object: as a whole or not at all, in one request or, where it is large, in parts.

        Args:
            key: The object.
            data: Bytes, a file opened in binary mode (read from its position, never closed), or an iterable of bytes.
            progress: Is told how far it is.
            expected_size: About how many bytes a stream will have; sizes its parts.
            **write: See ``holdall.arguments.PutArgs``.

        Raises:
            ObjectAlreadyExists: ``if_absent``, and there is one.
            PreconditionFailed: ``if_match``, and it is another one.
            UnsupportedOperation: The store has not got what was asked for; nothing was sent.
        """
        check_names(Storage.put, write, PUT_NAMES)
        if expected_size is not None:
            fields.at_least("expected_size", expected_size, 0)
        options = self.put_options(key, write)
        return self._own(
            upload(self.provider, self.full_key(key), data, options, self.transfer, progress, expected_size)
        )

    def upload_file(
        self,
        path: str | os.PathLike[str],
        key: str | None = None,
        *,
        progress: Progress | None = None,
        expected_size: int | None = None,
        **write: Unpack[PutArgs],
    ) -> PutResult:
        """Writes a file as an object.

        A large file is sent in parts. If that is interrupted, or fails for a reason that passes, the parts that have
        arrived are kept, and the same call goes on from there, in another process too (``transfer.on_failure``).

        Args:
            path: The file.
            key: The object; default: the file's name.
            progress: Is told how far it is.
            expected_size: About how many bytes a pipe will have; sizes its parts.
            **write: See ``holdall.arguments.PutArgs``.

        Raises:
            SourceNotFound: There is no such file (also a ``FileNotFoundError``). Nothing was sent.
            InvalidRequest: The path is no file that can be read. Nothing was sent.
            SourceChanged: The file was changed meanwhile. Of a small one, sent in one request, an object is there that
                may have old and new bytes: the message says so.
            UploadInUse: The file is being sent to this key by somebody else.
        """
        check_names(Storage.upload_file, write, PUT_NAMES)
        if expected_size is not None:
            fields.at_least("expected_size", expected_size, 0)
        source = fields.path("path", path)
        name = source.name if key is None else key
        with opened(source) as file:
            options = self.put_options(name, write)
            return self._own(
                upload_file(
                    self.provider, self.full_key(name), source, file, options, self.transfer, progress, expected_size
                )
            )

    def open(
        self,
        key: str,
        mode: Literal["rb", "r", "rt", "wb", "w", "wt", "xb", "x", "xt"] = "rb",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        buffer_size: int = READ_BUFFER,
        version_id: str | None = None,
        customer_key: Any = None,
        **write: Unpack[PutArgs],
    ) -> IO[Any]:
        """An object as a file. What is written appears at ``close``; an exception in the ``with`` publishes nothing.

        Args:
            key: The object.
            mode: ``r`` reads (seekable, pinned to one version), ``w`` writes, ``x`` creates only; ``b``: bytes.
            encoding: Of text; default UTF-8.
            errors: How text decoding handles errors.
            newline: How text handles line ends; default as ``open`` of Python.
            buffer_size: Bytes to read ahead.
            version_id: Version to read.
            customer_key: Key of an SSE-C object to read.
            **write: When writing, see ``holdall.arguments.PutArgs``; ``backend`` also when reading.

        Raises:
            InvalidRequest: No such mode, encoding or other argument. Nothing was sent.
            ObjectNotFound: Reading, and there is none.
            SourceChanged: Reading, and the object was replaced or deleted since it was opened.
            ChecksumMismatch: Reading from beginning to end, and the bytes are not the object's.
            ObjectAlreadyExists: Mode ``x``, and there is one: now, or at ``close``, which decides.
        """
        check_names(Storage.open, write, PUT_NAMES)
        kind, text = _parse_mode(mode, encoding or errors or newline)
        fields.positive("buffer_size", buffer_size)
        encoding = encoding or "utf-8"
        fields.text_arguments(encoding, errors, newline)
        if kind == "r":
            backend = write.pop("backend", None)
            if write:
                raise InvalidRequest(f"{', '.join(write)}: for writing only; the mode is {mode!r}")
            read = fields.clean({"version_id": version_id, "customer_key": customer_key, "backend": backend})
            options = opt.GetOptions(**read)
            checks.check_options(self.provider, options, checks.GET)
            full = self.full_key(key)
            info = self._own(self.provider.head(full, opt.HeadOptions(**read)))
            asks = self.transfer.verify != "off" and self.supports("checksums.stored")
            source = PinnedObject(self.provider, full, options, info)
            reader = ObjectReader(source, self.transfer.verify, checksums=asks)
            buffered = io.BufferedReader(reader, buffer_size)
            return io.TextIOWrapper(buffered, encoding, errors, newline) if text else buffered
        if version_id is not None or customer_key is not None:
            raise InvalidRequest(
                f"version_id and customer_key are for reading; the mode is {mode!r}",
                hint="A new object is encrypted with encryption=SseC(...).",
            )
        if kind == "x":
            write["if_absent"] = True
            self._refuse_if_there(key)
        writer = ObjectWriter(self.provider, self.full_key(key), self.put_options(key, write), self.transfer)
        if text:
            return TextWriter(writer, encoding=encoding, errors=errors, newline=newline)
        return writer  # type: ignore[return-value] # a RawIOBase is an IO[bytes] in all but name

    def download_file(
        self,
        key: str,
        path: str | os.PathLike[str],
        *,
        range: ByteRange | tuple[int, int | None] | None = None,  # noqa: A002 - the field's own word
        progress: Progress | None = None,
        verify: Verify | None = None,
        **read: Unpack[GetArgs],
    ) -> DownloadResult:
        """Writes an object to a file: whole and checked, or not at all.

        A large object comes in pieces, several at a time (``transfer.chunk_size``, ``transfer.max_concurrency``). What
        a failure that passes or an interrupt leaves of it, the next call for the same object and path goes on with.

        Args:
            key: The object.
            path: The file to be; an existing one is replaced at the end. A folder takes the object's last name, a
                symbolic link stays and the file behind it is written.
            range: Only these bytes.
            progress: Is told how far it is.
            verify: Overrides ``transfer.verify``: ``auto`` compares the bytes with what the store tells about them,
                ``strict`` raises where it tells nothing, ``off`` does not look.
            **read: See ``holdall.arguments.GetArgs``.

        Returns:
            What is known about the object, and (``verified_by``) what the bytes were compared with.

        Raises:
            InvalidRequest: There can't be such a file, or it is a device, a named pipe or a socket. Nothing was sent.
            SourceChanged: The object was replaced meanwhile.
            ChecksumMismatch: The bytes that came are not the object's.
            Unverifiable: ``strict``, and the store tells nothing that could prove the bytes.
            TransferError: The bytes did not come, or the file could not be written.
        """
        check_names(Storage.download_file, read, GET_NAMES)
        mode = self.transfer.verify if verify is None else fields.choice("verify", verify, VERIFY)
        self.full_key(key)  # a bad key is no fault of the path
        target = file_for(fields.path("path", path), key)
        if mode != "off" and self.supports("checksums.stored"):
            read.setdefault("checksums", True)
        options = self._get_options(range, read)
        result = self._get(key, options)
        download = Download(self.provider, self.full_key(key), options, result, self.transfer, mode, progress)
        return DownloadResult.of(result.info, download.to(target))

    # --- changing ------------------------------------------------------------------------------------------------

    def delete(
        self,
        key: str,
        *,
        version_id: str | None = None,
        if_match: str | None = None,
        backend: opt.BackendOptions | None = None,
    ) -> DeleteResult:
        """Removes an object; in a versioned bucket, hides it. Deleting what is not there succeeds.

        Args:
            key: The object.
            version_id: Remove this version for good.
            if_match: Only if the ETag is this one.
            backend: The provider's own options.
        """
        options = opt.DELETE
        if version_id is not None or if_match is not None or backend is not None:
            options = opt.DeleteOptions(
                **fields.clean({"version_id": version_id, "if_match": if_match, "backend": backend})
            )
            checks.check_options(self.provider, options, checks.DELETE)
        return self.provider.delete(self.full_key(key), options)

    def delete_many(
        self, keys: Iterable[str | ObjectRef], *, backend: opt.BackendOptions | None = None
    ) -> DeleteSummary:
        """Removes many objects, in batches where the store has them, else one by one; several requests at a time.

        Args:
            keys: Keys, or ``ObjectRef`` for single versions; may be a generator of any length.
            backend: The provider's own options.

        Returns:
            How many are gone, and what failed, in the order of the keys; one failure does not stop the others. Keys
            that the store was too busy for have been tried again.

        Raises:
            InvalidRequest: One key and no list of them, whose characters would be taken for keys; a mapping, which may
                be of keys to anything; or a version id that is none. Nothing of its batch was sent.
        """
        if isinstance(keys, (str, bytes, bytearray, memoryview, ObjectRef)):
            raise InvalidRequest(
                "delete_many takes a list of keys, and this is a single one",
                hint="Give a list of keys: delete_many([key]), or use delete(key).",
            )
        if isinstance(keys, Mapping) or not isinstance(keys, Iterable):
            raise InvalidRequest(
                f"delete_many takes a list of keys, not {type(keys).__name__}",
                hint="Say which are meant, e.g. delete_many(list(mapping)).",
            )
        return deleting.delete_many(
            self.provider, keys, self.full_key, self.prefix, backend, self.transfer.max_concurrency
        )

    def copy(
        self, source: str | CopySource, key: str, *, progress: Progress | None = None, **write: Unpack[CopyArgs]
    ) -> CopyResult:
        """Copies an object inside the store: metadata, tags, content headers and storage class come along at any size.

        No byte passes this machine. Above what the store copies in one request, parts are copied at the same time.

        Args:
            source: Key of the source, or a ``CopySource`` for another bucket or a version.
            key: The object to be.
            progress: Is told how far it is, by the part.
            **write: What shall be different; see ``holdall.arguments.CopyArgs``.

        Raises:
            ObjectNotFound: No source.
            SourceChanged: The source was replaced while its parts were copied. Nothing was written.
            UnsupportedOperation: The store can't copy by itself; ``holdall.copy_between`` streams it.
        """
        check_names(Storage.copy, write, COPY_NAMES)
        origin = source if isinstance(source, CopySource) else CopySource(source)
        fields.clean({"version_id": origin.version_id})
        if origin.bucket is None:  # another bucket's keys are not below our prefix
            origin = dataclasses.replace(origin, key=self.full_key(origin.key))
        else:
            self._check_key(origin.key)
        options, keep_class = self._copy_options(write)
        full = self.full_key(key)
        if through.is_needed(self.provider, origin):
            return self._own(through.copy(self.provider, origin, full, options, self.transfer, progress)[0])
        return self._own(
            copying.copy(self.provider, origin, full, options, self.transfer, progress, keep_class=keep_class)
        )

    def move(self, source: str, key: str, *, progress: Progress | None = None, **write: Unpack[CopyArgs]) -> CopyResult:
        """Copies an object and then deletes the source; if the copy fails, the source stays.

        Args:
            source: Key of the source.
            key: The object to be; moving onto itself changes nothing and is refused.
            progress: Is told how far it is, by the part.
            **write: See ``holdall.arguments.CopyArgs``.

        Raises:
            SourceChanged: The source was replaced meanwhile: the new one is not deleted. The copy may be there.
        """
        check_names(Storage.move, write, COPY_NAMES)
        if source == key:
            raise InvalidRequest(f"{key!r} can't be moved onto itself")
        origin = CopySource(self.full_key(source))
        options, keep_class = self._copy_options(write)
        full = self.full_key(key)
        if through.is_needed(self.provider, origin):
            return self._own(through.move(self.provider, origin, full, options, self.transfer, progress))
        return self._own(
            copying.move(self.provider, origin, full, options, self.transfer, progress, keep_class=keep_class)
        )

    def _copy_options(self, write: Mapping[str, Any]) -> tuple[opt.CopyOptions, bool]:
        """Options of a copy, and whether it keeps its source's class: that outranks the one of new objects."""
        given = writing.fields_of(self.capabilities, self.defaults, write)
        keep_class = write.get("storage_class", opt.UNSET) is opt.UNSET
        if keep_class:
            given.pop("storage_class", None)
        return opt.CopyOptions(**given) if given else opt.COPY, keep_class

    # --- inside --------------------------------------------------------------------------------------------------

    def full_key(self, key: str) -> str:
        """The key with the prefix before it, after checking it.

        Raises:
            InvalidObjectKey: Empty, too long, not encodable, or of a form that the store can't hold.
        """
        if self.prefix:
            validation.check_key(key)
            key = self.prefix + key
        self._check_key(key)
        return key

    def _check_key(self, key: str) -> None:
        keys = self.provider.capabilities.keys
        validation.check_key(key, keys.max_bytes, keys.not_held)

    def _refuse_if_there(self, key: str) -> None:
        """Tells early what the condition of the write would tell when all has been written; that one decides.

        Raises:
            ObjectAlreadyExists: There is an object of that key.
        """
        if not needs_parts(self.provider, opt.PutOptions(if_absent=True)):
            checks.require(self.provider, "put.if_absent", safety=True, what="if_absent")
        with suppress(AccessError):  # who may write need not be allowed to look
            if self.exists(key):
                raise ObjectAlreadyExists("there is an object of that key already", key=key, store=self.info.store)

    def _own(self, result: T) -> T:
        """A result with the key as users know it."""
        if not self.prefix:
            return result
        return dataclasses.replace(result, key=result.key.removeprefix(self.prefix))  # type: ignore[type-var,attr-defined]

    def _get_options(self, wanted: ByteRange | tuple[int, int | None] | None, read: GetArgs) -> opt.GetOptions:
        clean = None if wanted is None else validation.clean_range(wanted)
        options = opt.GetOptions(range=clean, **fields.clean(read))
        checks.check_options(self.provider, options, checks.GET)
        if options.range is not None and options.range.start < 0:
            checks.require(self.provider, "get.suffix_range", what="range from the end")
        return options

    def _get(self, key: str, options: opt.GetOptions) -> GetResult:
        result = self.provider.get(self.full_key(key), options)
        if self.prefix:
            result.info = self._own(result.info)
        return result

    def put_options(self, key: str, write: Any) -> opt.PutOptions:
        """Arguments of ``put``, checked and completed by the store's defaults and the type that the key suggests.

        Args:
            key: The object.
            write: See ``holdall.arguments.PutArgs``.

        Raises:
            InvalidObjectKey: It is none.
            InvalidRequest: Values that an argument can't have, or that contradict each other.
        """
        validation.check_key(key)
        given = writing.fields_of(self.capabilities, self.defaults, write)
        if "content_type" not in write and self.supports("put.content_headers"):
            kind = guess(key)
            if kind is not None:
                if not given:
                    return _of_type(kind)
                given["content_type"] = kind
        return opt.PutOptions(**given) if given else opt.PUT

    def close(self) -> None:
        """Gives back connections. May be called twice; using the storage afterwards is an error."""
        self.provider.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = self.info.bucket or self.info.endpoint or ""
        return f"<Storage {self.name or self.info.kind} {where}/{self.prefix}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._origin is None:
            raise TypeError("only a Storage that open_storage made can be pickled: configuration makes it again")
        return self._origin


@functools.lru_cache(maxsize=64)
def _of_type(content_type: str) -> opt.PutOptions:
    """The options of most writes, made once: they are frozen."""
    return opt.PutOptions(content_type=content_type)


def _again_below(origin: Origin, prefix: str) -> Storage:
    make, arguments = origin
    return make(*arguments).below(prefix)


def _parse_mode(mode: str, text_arguments: Any) -> tuple[str, bool]:
    kind, rest = str(mode)[:1], str(mode)[1:]
    if kind not in {"r", "w", "x"} or rest not in {"", "b", "t"}:
        raise InvalidRequest(
            f"mode {mode!r} is not one of rb, r, wb, w, xb, x",
            hint="Objects can't be appended to or changed in place; write them anew.",
        )
    if rest == "b" and text_arguments:
        raise InvalidRequest("encoding, errors and newline are for text; the mode is binary")
    return kind, rest != "b"
