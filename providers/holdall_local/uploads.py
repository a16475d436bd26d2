"""Multipart uploads: ``.holdall/uploads/<upload id>/``.

``upload.json`` says what the object is to be. A part is there when its ``<number>.json`` is, which names the file with
its bytes; so a part is replaced in one step, and any process can go on with an upload.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from holdall.errors import UploadNotFound
from holdall.models import (
    Checksum,
    ChecksumAlgorithm,
    MultipartUpload,
    PartInfo,
    PartPage,
    UploadInfo,
    UploadPage,
)
from holdall.semantics.headers import Headers
from holdall.semantics.multipart import (
    check_part_number,
    check_size,
    composite_of,
    is_composite,
    named_parts,
    object_digests,
    part_digests,
)
from holdall.semantics.paging import page_size, read_token, write_token
from holdall_local.attributes import STANDARD, Attributes, moment
from holdall_local.content import copy_bytes, seal
from holdall_local.disk import opened, read_file, remove
from holdall_local.state import digest, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from holdall.options import CompleteOptions, CreateUploadOptions, PartOptions
    from holdall.semantics.integrity import Digests
    from holdall_local.attributes import Record
    from holdall_local.objects import Objects
    from holdall_local.state import State

_UPLOAD_ID: Final = re.compile(r"[0-9a-f]{32}")
_PART: Final = re.compile(r"(\d{5})\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An unfinished upload: everything of the object to be but its bytes.

    Attributes:
        key: The object's key.
        id: Upload id.
        path: Its folder.
        initiated_ns: When it was begun, in nanoseconds since 1970.
        attributes: What the object will have beside its bytes.
        algorithm: The checksum agreed on.
        composite: Whether the object's checksum will be composite.
    """

    key: str
    id: str
    path: str
    initiated_ns: int
    attributes: Attributes
    algorithm: ChecksumAlgorithm | None
    composite: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part: what callers are told of it, its size in bytes, and the path of its bytes."""

    info: PartInfo
    size: int
    path: str


class Uploads:
    """The unfinished uploads of one bucket."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._state: State = objects.state

    def create(self, key: str, options: CreateUploadOptions) -> MultipartUpload:
        """Begins an upload.

        Raises:
            InvalidRequest: A kind of checksum that the algorithm has not got.
        """
        composite = is_composite(options)
        upload_id = secrets.token_hex(16)
        attributes = Attributes(
            headers=Headers.of(options), tags=dict(options.tags), storage_class=options.storage_class or STANDARD
        )
        values = {
            "key": key,
            "initiated_ns": time.time_ns(),
            "attributes": attributes.as_json(),
            "algorithm": options.checksum_algorithm,
            "composite": composite,
        }
        # Made where it can't be seen, then moved: there is no upload without its description.
        hidden = self._state.temporary_path()
        os.mkdir(hidden)
        try:
            self._state.disk.create(os.path.join(hidden, "upload.json"), json.dumps(values).encode())
            os.rename(hidden, self._state.sub("uploads", upload_id))
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
        self._state.disk.sync_folder(self._state.sub("uploads"))
        return MultipartUpload(
            key=key,
            upload_id=upload_id,
            checksum_algorithm=options.checksum_algorithm,
            checksum_composite=composite,
        )

    def find(self, key: str, upload_id: str) -> Upload:
        """An unfinished upload.

        Raises:
            UploadNotFound: It is not there, or it is one of another key.
        """
        # An upload id comes from outside; only what looks like one of ours becomes part of a path.
        upload = self._read(upload_id) if _UPLOAD_ID.fullmatch(upload_id) else None
        if upload is None or upload.key != key:
            raise UploadNotFound("there is no such upload", key=key)
        return upload

    def _read(self, upload_id: str) -> Upload | None:
        path = self._state.sub("uploads", upload_id)
        try:
            written = read_file(os.path.join(path, "upload.json"))
        except NotADirectoryError:  # nothing of ours
            return None
        if written is None:
            return None
        values: dict[str, Any] = json.loads(written)
        return Upload(
            key=values["key"],
            id=upload_id,
            path=path,
            initiated_ns=values["initiated_ns"],
            attributes=Attributes.from_json(values["attributes"]),
            algorithm=ChecksumAlgorithm(values["algorithm"]) if values["algorithm"] else None,
            composite=values["composite"],
        )

    def add_part(
        self, upload: Upload, number: int, options: PartOptions, write: Callable[[int, Digests], None]
    ) -> PartInfo:
        """Keeps a part in place of an earlier one of the same number.

        Args:
            upload: The upload.
            number: Part number.
            options: Checksums.
            write: Writes the bytes to an open file.

        Raises:
            InvalidRequest, TooManyParts: A bad number, or a checksum of another algorithm than the upload's.
            ChecksumMismatch: The bytes differ from the checksum given.
            UploadNotFound: It was completed or aborted meanwhile.
        """
        check_part_number(number)
        digests = part_digests(options, upload.algorithm)
        etag = secrets.token_hex(16)
        with self._state.temporary() as content:
            write(content.fd, digests)
            kept = digests.verified()
            seal(content.fd, self._state.disk)
            status = os.fstat(content.fd)
            info = PartInfo(
                part_number=number,
                etag=etag,
                size=status.st_size,
                checksums=kept,
                last_modified=moment(status.st_mtime_ns),
            )
            self._keep_part(upload, info, content.path, status.st_mtime_ns)
        return info

    def _keep_part(self, upload: Upload, info: PartInfo, content: str, modified_ns: int) -> None:
        values = {
            "etag": info.etag,
            "size": info.size,
            "modified_ns": modified_ns,
            "checksums": [[known.algorithm, known.value] for known in info.checksums],
        }
        with self._locked(upload):
            earlier = self._part(upload, info.part_number)
            os.rename(content, os.path.join(upload.path, f"{info.etag}.data"))
            place = os.path.join(upload.path, f"{info.part_number:05d}.json")
            self._state.disk.replace(place, json.dumps(values).encode(), self._state.temporary_path())
            if earlier is not None:
                remove(earlier.path)

    def _part(self, upload: Upload, number: int) -> Part | None:
        written = read_file(os.path.join(upload.path, f"{number:05d}.json"))
        if written is None:
            return None
        values: dict[str, Any] = json.loads(written)
        info = PartInfo(
            part_number=number,
            etag=values["etag"],
            size=values["size"],
            checksums=tuple(Checksum(ChecksumAlgorithm(known), value) for known, value in values["checksums"]),
            last_modified=moment(values["modified_ns"]),
        )
        return Part(info, values["size"], os.path.join(upload.path, f"{info.etag}.data"))

    def complete(self, upload: Upload, named: Sequence[PartInfo], options: CompleteOptions) -> Record:
        """Makes the object of the parts, atomically; the upload is gone afterwards.

        Raises:
            InvalidPartOrder, InvalidPart: The parts do not make an object.
            InvalidRequest: The size is another one, or a checksum that was not agreed on.
            ChecksumMismatch: The checksum is another one.
            UploadNotFound: It was completed or aborted meanwhile.
            ObjectAlreadyExists, PreconditionFailed: A condition did not hold; the upload stays as it was.
        """
        with self._locked(upload), self._state.temporary(digest(upload.key)) as content:
            parts = named_parts(named, lambda number: self._part(upload, number))
            check_size(sum(part.size for part in parts), options.size)
            digests = object_digests(options.checksum, upload.algorithm, composite=upload.composite)
            for part in parts:
                with opened(part.path, os.O_RDONLY | os.O_CLOEXEC) as source:
                    copy_bytes(source, 0, part.size, content.fd, digests)
            kept = digests.verified()
            if upload.composite and upload.algorithm is not None:
                kept = (composite_of(upload.algorithm, (part.info for part in parts), options.checksum),)
            attributes = Attributes(
                headers=upload.attributes.headers,
                tags=upload.attributes.tags,
                storage_class=upload.attributes.storage_class,
                checksums=kept,
                part_sizes=tuple(part.size for part in parts),
            )
            seal(content.fd, self._state.disk)
            # The upload's lock is not one of those that objects share, so taking both can't lock up.
            record = self._objects.commit(
                upload.key, content, attributes, if_absent=options.if_absent, if_match=options.if_match
            )
            self._remove(upload)
        return record

    def abort(self, key: str, upload_id: str) -> None:
        """Drops an upload and its parts; that it is not there is fine."""
        with suppress(UploadNotFound):
            upload = self.find(key, upload_id)
            with self._locked(upload):
                self._remove(upload)

    def _remove(self, upload: Upload) -> None:
        """Out of sight in one step, then in pieces."""
        hidden = self._state.temporary_path()
        os.rename(upload.path, hidden)
        shutil.rmtree(hidden, ignore_errors=True)

    @contextmanager
    def _locked(self, upload: Upload) -> Iterator[None]:
        """One lock per upload: its description, which is gone when the upload is."""
        try:
            with opened(os.path.join(upload.path, "upload.json"), os.O_RDWR | os.O_CLOEXEC) as fd, locked(fd):
                if not os.path.exists(upload.path):  # gone while we waited
                    raise UploadNotFound("the upload was completed or aborted", key=upload.key)
                yield
        except FileNotFoundError as error:
            if os.path.exists(upload.path):
                raise
            raise UploadNotFound("the upload was completed or aborted", key=upload.key) from error

    def list_parts(self, upload: Upload, marker: int, limit: int | None) -> PartPage:
        """One page of the parts after a number."""
        size = page_size(limit)
        names = (_PART.fullmatch(name) for name in os.listdir(upload.path))
        numbers = sorted(number for name in names if name and (number := int(name[1])) > marker)
        parts = (self._part(upload, number) for number in numbers[:size])
        return PartPage(
            parts=tuple(part.info for part in parts if part is not None),
            next_marker=numbers[size - 1] if len(numbers) > size else None,
            storage_class=upload.attributes.storage_class,
            checksum_algorithm=upload.algorithm,
        )

    def list(self, prefix: str, token: str | None, limit: int | None) -> UploadPage:
        """One page of the unfinished uploads, by key and then by age, the oldest first."""
        size = page_size(limit)
        try:
            found = [self._read(upload_id) for upload_id in os.listdir(self._state.sub("uploads"))]
        except FileNotFoundError:  # nothing was ever written here
            found = []
        uploads = sorted(
            (upload for upload in found if upload is not None and upload.key.startswith(prefix)), key=_order
        )
        if token is not None:
            place = tuple(read_token(token, str, int, str))
            uploads = [upload for upload in uploads if _order(upload) > place]
        page = uploads[:size]
        return UploadPage(
            uploads=tuple(
                UploadInfo(
                    key=upload.key,
                    upload_id=upload.id,
                    initiated=moment(upload.initiated_ns),
                    storage_class=upload.attributes.storage_class,
                )
                for upload in page
            ),
            next_token=write_token(*_order(page[-1])) if len(uploads) > size else None,
        )


def _order(upload: Upload) -> tuple[str, int, str]:
    return upload.key, upload.initiated_ns, upload.id
