"""One version of an object, for as many requests as it takes: what is read piece by piece is never of two objects."""

from __future__ import annotations

import dataclasses
import logging
from functools import cached_property
from typing import TYPE_CHECKING

from holdall import options as opt
from holdall.errors import (
    AccessDenied,
    InvalidResponse,
    MultipartError,
    ObjectError,
    ObjectNotFound,
    PreconditionFailed,
    RangeNotSatisfiable,
    RequestError,
    ResponseError,
    SourceChanged,
)
from holdall.models import ByteRange
from holdall.transfer.verify import check_stream

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities
    from holdall.models import ObjectInfo
    from holdall.provider import StorageProvider
    from holdall.reading import GetResult
    from holdall.transfer.verify import Verify

logger = logging.getLogger(__name__)


def pinned(info: ObjectInfo, options: opt.GetOptions, capabilities: Capabilities) -> opt.GetOptions:
    """Options that get exactly this version of an object, or nothing.

    Args:
        info: The object as the first answer told it.
        options: What was asked for at first; its conditions have done their work.
        capabilities: The store's.
    """
    by_etag = bool(info.etag) and capabilities.supports("get.if_match")
    # "null" names whatever was written last while versioning is off or suspended: it pins nothing.
    version = options.version_id or (None if by_etag or info.version_id == "null" else info.version_id)
    return opt.GetOptions(
        version_id=version,
        if_match=info.etag if by_etag else None,
        customer_key=options.customer_key,
        backend=options.backend,
    )


class PinnedObject:
    """Gets ranges of one version of an object, from any thread.

    Args:
        provider: The store.
        key: Full key.
        options: What was asked for at first.
        info: The object as the first answer told it.
    """

    def __init__(self, provider: StorageProvider, key: str, options: opt.GetOptions, info: ObjectInfo) -> None:
        self.info = info
        self._provider = provider
        self._key = key
        self._asked = options

    @cached_property
    def _options(self) -> opt.GetOptions:
        return pinned(self.info, self._asked, self._provider.capabilities)  # most small objects need no second request

    @property
    def can_tell_versions(self) -> bool:
        """Whether another version would be noticed, and ranges can be had at all."""
        info = self.info
        ranges = self._provider.capabilities.supports("get.range") and info.accept_ranges is not False
        return ranges and bool(info.etag or info.version_id or info.last_modified)

    def get(self, start: int, stop: int) -> GetResult:
        """Bytes ``start`` to ``stop`` (exclusive).

        Raises:
            SourceChanged: The object is another one by now.
            InvalidResponse: The store sent other bytes than it was asked for.
        """
        return self._exactly(start, stop, dataclasses.replace(self._options, range=ByteRange(start, stop)))

    def get_whole(self, *, checksums: bool) -> GetResult:
        """All its bytes, asked for without a range: only then do stores tell, and check, the whole's checksum.

        Args:
            checksums: Ask for the checksum (where the store keeps any).

        Raises:
            SourceChanged, InvalidResponse: As ``get``.
        """
        return self._exactly(0, self.info.size, dataclasses.replace(self._options, checksums=checksums))

    def _exactly(self, start: int, stop: int, options: opt.GetOptions) -> GetResult:
        try:
            result = self._get(options)
        except RangeNotSatisfiable as error:  # it was long enough a moment ago
            raise self._changed() from error
        if (result.start, result.length) != (start, stop - start):
            result.close()
            raise InvalidResponse(
                f"asked for bytes {start} to {stop}, the store sent {result.start} to {result.start + result.length}",
                hint='The store does not honour ranges; say so: capabilities."get.range" = "no".',
            )
        return result

    def prove(self, result: GetResult, mode: Verify, *, parts: bool = True) -> None:
        """Sets what a stream of the object is compared with; see ``check_stream``."""
        check_stream(result, self._provider.capabilities, self.part_size, mode, parts=parts)

    def part_size(self, number: int) -> int | None:
        """Bytes of one part of an object of several parts; ``None`` where the store can't tell, or will not.

        It is asked for the part's bytes, which are left unread: ``head`` does not tell their number. The size serves a
        proof that a transfer can do without, so no refusal is an error here; one of the network is, as anywhere.

        Raises:
            SourceChanged: The object is another one by now.
        """
        if not self._provider.capabilities.supports("get.part_number"):
            return None
        try:
            with self._get(dataclasses.replace(self._options, part_number=number)) as result:
                # The whole in answer to a part: the store knows no parts. Some say so, others just send it.
                return None if result.length == self.info.size else result.length
        except (AccessDenied, MultipartError, ObjectError, RequestError, ResponseError) as error:
            logger.info("the size of part %d of %s is not known: %s", number, self.info.key, error)
            return None

    def _get(self, options: opt.GetOptions) -> GetResult:
        try:
            result = self._provider.get(self._key, options)
        except (PreconditionFailed, ObjectNotFound) as error:  # it was there a moment ago
            raise self._changed() from error
        # Stores without if_match are found out by what they tell; with it this costs nothing.
        if _identity(result.info) != _identity(self.info):
            result.close()
            raise self._changed()
        return result

    def _changed(self) -> SourceChanged:
        return SourceChanged(
            "the object was replaced or deleted while it was being read",
            key=self.info.key,
            hint="Read it again, once nobody writes it.",
        )


def _identity(info: ObjectInfo) -> tuple[object, ...]:
    return info.size, info.etag, info.last_modified, info.version_id
