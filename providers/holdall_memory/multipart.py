"""Multipart uploads. Callers hold the account's lock."""

from __future__ import annotations

import bisect
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from holdall.errors import PartTooSmall, UploadNotFound
from holdall.models import MultipartUpload, PartInfo, PartPage, UploadInfo, UploadPage
from holdall.semantics.headers import Headers
from holdall.semantics.multipart import check_size, composite_of, is_composite, named_parts, object_digests
from holdall.semantics.paging import page_size, read_token, write_token
from holdall_memory.incoming import md5, verified
from holdall_memory.objects import STANDARD, Content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdall.models import Checksum, ChecksumAlgorithm
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
        InvalidRequest: A kind of checksum that the algorithm has not got.
    """
    upload = Upload(
        key=key,
        id=uuid.uuid4().hex,
        serial=serial,
        initiated=datetime.now(UTC),
        headers=Headers.of(options),
        storage_class=options.storage_class or STANDARD,
        tags=dict(options.tags),
        checksum_algorithm=options.checksum_algorithm,
        checksum_composite=is_composite(options),
    )
    bucket.uploads[upload.id] = upload
    return upload


def find(bucket: Bucket, key: str, upload_id: str) -> Upload:
    """An unfinished upload.

    Raises:
        UploadNotFound: It is not there, or it is one of another key.
    """
    upload = bucket.uploads.get(upload_id)
    if upload is None or upload.key != key:
        raise UploadNotFound("there is no such upload", key=key, bucket=bucket.name)
    return upload


def store_part(upload: Upload, number: int, body: bytes, known: tuple[Checksum, ...]) -> PartInfo:
    """Keeps a part in place of an earlier one of the same number.

    Args:
        upload: The upload.
        number: Part number.
        body: The bytes.
        known: Its checksum, where the upload has an algorithm.
    """
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
    parts = named_parts(named, upload.parts.get)
    algorithm = upload.checksum_algorithm
    digests = object_digests(options.checksum, algorithm, composite=upload.checksum_composite)
    for part in parts[:-1]:
        if len(part.body) < min_part_size:
            raise PartTooSmall(
                f"part {part.info.part_number} has {len(part.body)} bytes; all but the last need {min_part_size}"
            )
    body = b"".join(part.body for part in parts)
    check_size(len(body), options.size)
    kept = verified(body, digests)
    if algorithm is not None and upload.checksum_composite:
        kept = (composite_of(algorithm, (part.info for part in parts), options.checksum),)
    # S3's form, and no MD5 of the object: that of the parts' MD5s, and how many parts there were.
    etag = f"{md5(b''.join(bytes.fromhex(part.info.etag) for part in parts)).hex()}-{len(parts)}"
    return Content(
        body=body,
        etag=etag,
        headers=upload.headers,
        storage_class=upload.storage_class,
        tags=upload.tags,
        checksums=kept,
        part_sizes=tuple(len(part.body) for part in parts),
    )


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
