"""Where a store does not speak the S3 API as Amazon S3 does: what is sent, and read, in another way.

Each adaptation is a small function, switched by a capability, mostly one of the group ``dialect``. Both engines apply
the same ones: those of members before a request is built, those of headers when it has been, those of answers when one
has been read. Which of them a store needs is found out once for each ``Capabilities`` object; where none is needed, a
request passes by empty tables.

``docs/explanation/adaptations.md`` has a row for each, with the stores that need it; a test holds both together.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdall.capabilities import NO, YES
from holdall.errors import InvalidConfiguration
from holdall.models import ChecksumAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

    from holdall.capabilities import Capabilities, Dialect

    Members = dict[str, Any]
    Headers = MutableMapping[str, str]
    OfMembers = Callable[[Members], None]
    OfHeaders = Callable[[Headers, bytes], None]

LISTINGS = ("list_objects", "list_objects_v2", "list_object_versions", "list_multipart_uploads")
CREATING = ("put_object", "copy_object", "complete_multipart_upload")
"""What can be create-only."""
SETTING = ("put_object_tagging", "put_bucket_versioning", "put_bucket_encryption")
"""What sends XML that the API wants a checksum of; boto3 sends a CRC32, whatever its settings."""

_NAME_AND_VALUE = 2
_QUICK = ChecksumAlgorithm.CRC32  # the one that every Python computes at the pace of memory


# --- members: before a request is built ----------------------------------------------------------------------------


def without_encoding_type(members: Members) -> None:
    """Asks for the keys of a listing as they are. Keys that XML can't hold can't be listed then."""
    members.pop("EncodingType", None)


def unquoted_condition(members: Members) -> None:
    """Gives the ETag of a write's condition without its quotes, against RFC 9110."""
    if "IfMatch" in members:
        members["IfMatch"] = members["IfMatch"].strip('"')


def sha256_of_batch(members: Members) -> None:
    """Sends the SHA-256 of a batch delete where a CRC32 will not do."""
    members["ChecksumAlgorithm"] = str(ChecksumAlgorithm.SHA256)


def as_list_v1(members: Members) -> None:
    """Makes ListObjects out of ListObjectsV2: what comes after a key, be it the last one of the page before."""
    start = members.pop("StartAfter", None)
    marker = members.pop("ContinuationToken", start)
    if marker is not None:
        members["Marker"] = marker
    members.pop("FetchOwner", None)  # owners come unasked for


# --- headers: of a request that has been built -----------------------------------------------------------------------


def content_md5(headers: Headers, body: bytes) -> None:
    """Proves XML by ``Content-MD5``, and by nothing else: whoever knows one proof only knows this one."""
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    headers["content-md5"] = base64.b64encode(digest).decode()


def forbid_overwrite(name: str, value: str) -> OfHeaders:
    """Makes a write create-only by a header of the vendor's.

    Args:
        name: The header.
        value: What it has to say.
    """

    def forbid(headers: Headers, _body: bytes) -> None:
        if headers.get("if-none-match") == "*":
            del headers["if-none-match"]
            headers[name] = value

    return forbid


# --- members: of an answer -------------------------------------------------------------------------------------------


def without_versions(answer: Members) -> None:
    """Takes ids of versions for what they are worth: Garage tells one after each write, and has no versions.

    Whoever deletes the version of such an id deletes the object.
    """
    answer.pop("VersionId", None)
    answer.pop("CopySourceVersionId", None)


# --- which ones ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptations:
    """What a store needs.

    Attributes:
        capabilities: What it was made from.
        members: Changes of the members of requests, by the names of boto3's methods.
        headers: Likewise of the headers.
        answers: Changes of the members of all answers.
        list_v1: Objects are listed by ListObjects.
        trailers: A checksum may follow the body, in ``aws-chunked``.
        sign_payloads: Signatures cover bodies over TLS, too.
        proof: The checksum that may be sent with bodies where nobody asked for one: the store refuses wrong ones.
        untold_etag: What the answer to a completion tells is not the ETag of the object.
        encoded_twice: Metadata that came as bare UTF-8 was taken for Latin-1, and comes back encoded so.
    """

    capabilities: Capabilities
    members: Mapping[str, Sequence[OfMembers]]
    headers: Mapping[str, Sequence[OfHeaders]]
    answers: Sequence[OfMembers]
    list_v1: bool
    trailers: bool
    sign_payloads: bool
    proof: ChecksumAlgorithm | None
    untold_etag: bool
    encoded_twice: bool


def adaptations(capabilities: Capabilities) -> Adaptations:
    """What a store needs.

    Where it is not known whether something is understood, the store is spoken to as Amazon S3 is, unless there is a way
    that all stores understand: no trailers, and batch deletes with ``Content-MD5``.

    Args:
        capabilities: The store's.

    Raises:
        InvalidConfiguration: The header for create-only writes is not a name and a value.
    """
    dialect = capabilities.dialect
    proves = _QUICK in capabilities.checksums.algorithms and dialect.default_checksums is not NO
    return Adaptations(
        capabilities=capabilities,
        members=_members(dialect),
        headers=_headers(dialect),
        answers=(without_versions,) if capabilities.versions.get is NO else (),
        list_v1=dialect.list_v2 is NO,
        trailers=dialect.trailers is YES,
        sign_payloads=dialect.unsigned_payload is NO,
        proof=_QUICK if proves else None,
        untold_etag=dialect.complete_etag is NO,
        encoded_twice=dialect.metadata_utf8 is NO,
    )


def _members(dialect: Dialect) -> Mapping[str, Sequence[OfMembers]]:
    changes: dict[str, list[OfMembers]] = defaultdict(list)
    if dialect.encoding_type is NO:
        for method in LISTINGS:
            changes[method].append(without_encoding_type)
    if dialect.quoted_etags is NO:
        for method in (*CREATING, "delete_object"):
            changes[method].append(unquoted_condition)
    if not _wants_md5(dialect) and dialect.batch_crc32 is NO:
        changes["delete_objects"].append(sha256_of_batch)
    return dict(changes)


def _headers(dialect: Dialect) -> Mapping[str, Sequence[OfHeaders]]:
    changes: dict[str, list[OfHeaders]] = defaultdict(list)
    if dialect.default_checksums is NO:
        for method in SETTING:
            changes[method].append(content_md5)
    if _wants_md5(dialect):
        changes["delete_objects"].append(content_md5)
    if dialect.forbid_overwrite:
        if len(dialect.forbid_overwrite) != _NAME_AND_VALUE:
            raise InvalidConfiguration(
                f"capability 'dialect.forbid_overwrite' can't be {list(dialect.forbid_overwrite)}",
                hint='It is the name and the value of a header, e.g. ["x-oss-forbid-overwrite", "true"].',
            )
        name, value = dialect.forbid_overwrite
        for method in CREATING:
            changes[method].append(forbid_overwrite(name.lower(), value))
    return dict(changes)


def _wants_md5(dialect: Dialect) -> bool:
    """Whether batch deletes have a ``Content-MD5``."""
    return dialect.batch_without_md5 is not YES or dialect.default_checksums is NO
