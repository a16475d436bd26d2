"""Multipart uploads. Callers hold the account's lock."""

from __future__ import annotations

import bisect
import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from holdall import checksums
from holdall.errors import (
    ChecksumMismatch,
    InvalidPart,
    InvalidPartOrder,
    InvalidRequest,
    PartTooSmall,
    TooManyParts,
    UploadNotFound,
)
from holdall.models import (
    ChecksumAlgorithm,
    MultipartUpload,
    PartInfo,
    PartPage,
    UploadInfo,
    UploadPage,
)
from holdall_memory.features import MAX_PARTS
from holdall_memory.incoming import md5
from holdall_memory.objects import STANDARD, Content, Headers, headers_of
from holdall_memory.paging import page_size, read_token, write_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdall.models import Checksum
    from holdall.options import CompleteOptions, CreateUploadOptions
    from holdall_memory.bucket import Bucket


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its bytes, and what callers are told of it."""

    body: bytes
    info: PartInfo


@dataclass(slots=True, kw_only=True)
class Upload:
    """An unfinished upload: everything of the object to be but its bytes, and the parts so far by number."""

    key: str
    id: str
    serial: int
    initiated: datetime
    headers: Headers
    storage_class: str
    tags: Mapping[str, str]
    checksum_algorithm: ChecksumAlgorithm | None
    checksum_composite: bool
    parts: dict[int, Part] = field(default_factory=dict)

    def told(self) -> MultipartUpload:
        """What ``create_upload`` returns."""
        return MultipartUpload(
            key=self.key,
            upload_id=self.id,
            checksum_algorithm=self.checksum_algorithm,
            checksum_composite=self.checksum_composite,
        )


def begin(bucket: Bucket, key: str, serial: int, options: CreateUploadOptions) -> Upload:
    """Begins an upload.

    Raises:
        InvalidRequest: A kind of checksum that the algorithm has not got. As in S3, CRC64NVME is always that of the
            whole object, SHA-1 and SHA-256 are always composite, CRC32 and CRC32C may be either.
    """
    upload = Upload(
        key=key,
        id=uuid.uuid4().hex,
        serial=serial,
        initiated=datetime.now(UTC),
        headers=headers_of(options),
        storage_class=options.storage_class or STANDARD,
        tags=dict(options.tags),
        checksum_algorithm=options.checksum_algorithm,
        checksum_composite=_is_composite(options.checksum_algorithm, wanted=options.checksum_composite),
    )
    bucket.uploads[upload.id] = upload
    return upload


def _is_composite(algorithm: ChecksumAlgorithm | None, *, wanted: bool | None) -> bool:
    if algorithm is None:
        if wanted is not None:
            raise InvalidRequest("checksum_composite needs a checksum_algorithm")
        return False
    usual = checksums.composite_by_default(algorithm)
    either = algorithm in {ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C}
    if wanted is not None and wanted != usual and not either:
        kind = "composite" if wanted else "full-object"
        raise InvalidRequest(f"a multipart object has no {kind} {algorithm} checksum")
    return usual if wanted is None else wanted


def find(bucket: Bucket, key: str, upload_id: str) -> Upload:
    """An unfinished upload.

    Raises:
        UploadNotFound: It is not there, or it is one of another key.
    """
    upload = bucket.uploads.get(upload_id)
    if upload is None or upload.key != key:
        raise UploadNotFound("there is no such upload", key=key, bucket=bucket.name)
    return upload


def check_part_number(number: int) -> None:
    """Checks a part number.

    Raises:
        InvalidRequest: Below 1.
        TooManyParts: Above 10,000.
    """
    if number < 1:
        raise InvalidRequest(f"part number {number}: parts are counted from 1")
    if number > MAX_PARTS:
        raise TooManyParts(f"part number {number}: an upload has at most {MAX_PARTS} parts")


def store_part(upload: Upload, number: int, body: bytes, known: tuple[Checksum, ...]) -> PartInfo:
    """Keeps a part in place of an earlier one of the same number.

    Args:
        upload: The upload.
        number: Part number.
        body: The bytes.
        known: Checksum that was verified or computed on the way in.

    Raises:
        InvalidRequest: A checksum of another algorithm than the upload's.
    """
    algorithm = upload.checksum_algorithm
    if algorithm is not None:
        if any(value.algorithm is not algorithm for value in known):
            raise InvalidRequest(f"the upload was begun with {algorithm}; its parts can't have another checksum")
        known = known or (checksums.checksum(algorithm, body),)
    info = PartInfo(
        part_number=number,
        etag=md5(body).hex(),
        size=len(body),
        checksums=known,
        last_modified=datetime.now(UTC),
    )
    upload.parts[number] = Part(body, info)
    return info


def assemble(upload: Upload, named: Sequence[PartInfo], options: CompleteOptions, min_part_size: int) -> Content:
    """The object that the parts make; changes nothing.

    Args:
        upload: The upload.
        named: The parts to use.
        options: Size and checksum to compare with.
        min_part_size: Bytes that each part but the last must have.

    Raises:
        InvalidPartOrder, InvalidPart, PartTooSmall: The parts do not make an object.
        InvalidRequest: The size is another one.
        ChecksumMismatch: The checksum is another one.
    """
    parts = _named_parts(upload, named)
    for part in parts[:-1]:
        if len(part.body) < min_part_size:
            raise PartTooSmall(
                f"part {part.info.part_number} has {len(part.body)} bytes; all but the last need {min_part_size}"
            )
    body = b"".join(part.body for part in parts)
    if options.size is not None and options.size != len(body):
        raise InvalidRequest(f"the parts make {len(body)} bytes, announced were {options.size}")
    # S3's form, and no MD5 of the object: that of the parts' MD5s, and how many parts there were.
    etag = f"{md5(b''.join(bytes.fromhex(part.info.etag) for part in parts)).hex()}-{len(parts)}"
    return Content(
        body=body,
        etag=etag,
        headers=upload.headers,
        storage_class=upload.storage_class,
        tags=upload.tags,
        checksums=_object_checksums(upload, parts, body, options.checksum),
        part_sizes=tuple(len(part.body) for part in parts),
    )


def _named_parts(upload: Upload, named: Sequence[PartInfo]) -> list[Part]:
    if not named:
        raise InvalidPart("an upload is completed with one part at least")
    numbers = [info.part_number for info in named]
    if any(first >= second for first, second in itertools.pairwise(numbers)):
        raise InvalidPartOrder("the parts are not in ascending order of their numbers")
    parts = []
    for info in named:
        part = upload.parts.get(info.part_number)
        if part is None:
            raise InvalidPart(f"part {info.part_number} was never uploaded")
        if part.info.etag != info.etag or _contradict(part.info.checksums, info.checksums):
            raise InvalidPart(f"part {info.part_number} was replaced by another one")
        parts.append(part)
    return parts


def _contradict(kept: tuple[Checksum, ...], given: tuple[Checksum, ...]) -> bool:
    algorithms = {value.algorithm for value in kept}
    return any(value.algorithm in algorithms and value not in kept for value in given)


def _object_checksums(
    upload: Upload, parts: Sequence[Part], body: bytes, given: Checksum | None
) -> tuple[Checksum, ...]:
    algorithm = upload.checksum_algorithm
    if algorithm is None and given is not None:
        raise InvalidRequest("the upload was begun without a checksum algorithm, so the object can't have a checksum")
    if algorithm is None:
        return ()
    if upload.checksum_composite:
        found = checksums.composite(algorithm, (part.info.checksums[0] for part in parts))
    else:
        found = checksums.checksum(algorithm, body)
    if given is not None and (given.algorithm, given.composite) != (algorithm, upload.checksum_composite):
        kind = "composite" if upload.checksum_composite else "full-object"
        raise InvalidRequest(f"the upload was begun for a {kind} {algorithm} checksum")
    if given is not None and given.value != found.value:
        raise ChecksumMismatch(f"{algorithm}: the parts make {found.value}, announced was {given.value}")
    return (found,)


def list_parts(upload: Upload, marker: int, limit: int | None) -> PartPage:
    """One page of the parts after a number."""
    size = page_size(limit)
    numbers = sorted(upload.parts)
    start = bisect.bisect_right(numbers, marker)
    page = numbers[start : start + size]
    return PartPage(
        parts=tuple(upload.parts[number].info for number in page),
        next_marker=page[-1] if start + size < len(numbers) else None,
        storage_class=upload.storage_class,
        checksum_algorithm=upload.checksum_algorithm,
    )


def list_uploads(bucket: Bucket, prefix: str, token: str | None, limit: int | None) -> UploadPage:
    """One page of the unfinished uploads, by key and then by age, the oldest first."""
    size = page_size(limit)
    uploads = sorted(
        (upload for upload in bucket.uploads.values() if upload.key.startswith(prefix)), key=lambda u: (u.key, u.serial)
    )
    if token is not None:
        key, serial = read_token(token, str, int)
        uploads = [upload for upload in uploads if (upload.key, upload.serial) > (str(key), int(serial))]
    page = uploads[:size]
    return UploadPage(
        uploads=tuple(
            UploadInfo(
                key=upload.key, upload_id=upload.id, initiated=upload.initiated, storage_class=upload.storage_class
            )
            for upload in page
        ),
        next_token=write_token(page[-1].key, page[-1].serial) if len(uploads) > size else None,
    )
