"""From what arrives to what ``holdall_s3.responses`` reads: headers, listings, errors, results. Pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from holdall.errors import InvalidResponse, Retry, UnexpectedContent, XmlParseError
from holdall.models import ListPage, ObjectEntry
from holdall_s3 import responses
from holdall_s3.direct.places import FIELDS, METADATA
from holdall_s3.encoding import decode_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def fields(headers: Mapping[str, str]) -> dict[str, Any]:
    """The members of an answer that are in its headers.

    Args:
        headers: Names in lower case.

    Raises:
        InvalidResponse: A value is not what it has to be.
    """
    answer: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    for name, value in headers.items():
        place = FIELDS.get(name)
        if place is not None:
            member, convert = place
            try:
                answer[member] = value if convert is None else convert(value)
            except ValueError as error:
                raise InvalidResponse(f"the store answered {name}: {value!r}, which can't be read") from error
        elif name.startswith(METADATA):
            metadata[name[len(METADATA) :]] = value
    if metadata:
        answer["Metadata"] = metadata
    return answer


# --- XML ---------------------------------------------------------------------------------------------------------


def parse(body: bytes) -> Element:
    """The root of an XML document.

    Raises:
        UnexpectedContent: It is a page of HTML.
        XmlParseError: It is no XML.
    """
    parser = XMLParser()  # noqa: S314 - expat refuses entities that grow (since 2.4), and loads nothing from outside
    try:
        parser.feed(body)
        root: Element = parser.close()
    except ParseError as error:
        if b"<html" in body[:1024].lower():
            raise UnexpectedContent(
                "the answer is an HTML page, not S3's XML",
                hint="Is the endpoint that of the S3 API, and no console or proxy?",
            ) from error
        raise XmlParseError("the answer is not the XML it should be", retry=Retry.SAFE) from error
    return root


def name_of(element: Element) -> str:
    """An element's name without its namespace; some stores name one, some do not."""
    return element.tag.rpartition("}")[2]


def texts(element: Element) -> dict[str, str]:
    """The texts of an element's children by name."""
    return {name_of(child): child.text or "" for child in element}


def error_details(body: bytes) -> dict[str, str]:
    """What an answer that says no has to say: empty where that is no XML of S3's."""
    if not body:
        return {}
    try:
        root = parse(body)
    except (XmlParseError, UnexpectedContent):
        return {}
    return error_in(root) or {}


def error_in(root: Element) -> dict[str, str] | None:
    """The error that a document is, or ``None``."""
    name = name_of(root)
    if name == "ErrorResponse":
        inner = next((child for child in root if name_of(child) == "Error"), None)
        return None if inner is None else {**texts(root), **texts(inner)}
    return texts(root) if name == "Error" else None


def result(root: Element) -> dict[str, Any]:
    """The result of a copy, of an object or of a part."""
    found: dict[str, Any] = texts(root)
    if "LastModified" in found:
        found["LastModified"] = _date(found["LastModified"])
    return {"CopyPartResult" if name_of(root) == "CopyPartResult" else "CopyObjectResult": found}


def delete_result(root: Element) -> dict[str, Any]:
    """What became of the keys of a batch."""
    found: dict[str, list[dict[str, Any]]] = {"Deleted": [], "Errors": []}
    for child in root:
        entry: dict[str, Any] = texts(child)
        if "DeleteMarker" in entry:
            entry["DeleteMarker"] = entry["DeleteMarker"] == "true"
        name = name_of(child)
        if name == "Deleted":
            found["Deleted"].append(entry)
        elif name == "Error":
            found["Errors"].append(entry)
    return found


def list_page(root: Element) -> ListPage:
    """One page of ListObjectsV2.

    Raises:
        InvalidResponse: There is more, and no token to get it with; or an entry can't be read.
    """
    namespace = root.tag.rpartition("}")[0]
    namespace = f"{namespace}}}" if namespace else ""
    decode = decode_key if root.findtext(f"{namespace}EncodingType") == "url" else str
    token = None
    if root.findtext(f"{namespace}IsTruncated") == "true":
        token = root.findtext(f"{namespace}NextContinuationToken")
        if not token:
            raise InvalidResponse("the store says that the listing goes on, and not where")
    prefixes = tuple(
        decode(prefix.text or "")
        for common in root.iterfind(f"{namespace}CommonPrefixes")
        for prefix in common.iterfind(f"{namespace}Prefix")
    )
    reader = _EntryReader(namespace)
    try:
        entries = tuple([reader.entry(contents, decode) for contents in root.iterfind(f"{namespace}Contents")])
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidResponse("an entry of the listing can't be read") from error
    return ListPage(entries, prefixes, token)


class _EntryReader:
    """Reads the entries of a listing. The names are put together with the namespace once per page."""

    __slots__ = ("_algorithm", "_etag", "_key", "_modified", "_rare", "_size", "_storage_class")

    def __init__(self, namespace: str) -> None:
        self._key, self._size, self._etag = f"{namespace}Key", f"{namespace}Size", f"{namespace}ETag"
        self._modified, self._storage_class = f"{namespace}LastModified", f"{namespace}StorageClass"
        self._algorithm = f"{namespace}ChecksumAlgorithm"
        self._rare = frozenset({f"{namespace}Owner", f"{namespace}RestoreStatus"})

    def entry(self, contents: Element, decode: Callable[[str], str]) -> ObjectEntry:
        values = {child.tag: child.text for child in contents}
        etag = values.get(self._etag)
        algorithm = values.get(self._algorithm)
        plain = ObjectEntry(
            decode(values[self._key] or ""),
            int(values[self._size] or ""),
            (etag.strip('"') or None) if etag else None,
            _date(values.get(self._modified)),
            values.get(self._storage_class) or "STANDARD",
            None,
            (algorithm,) if algorithm else (),
        )
        # An element that is there twice (an object may have two checksums) has but one place in the table.
        if len(values) == len(contents) and self._rare.isdisjoint(values):
            return plain
        return _with_more(plain, contents)


def _with_more(plain: ObjectEntry, contents: Element) -> ObjectEntry:
    """An entry with what few listings have: owner, several checksums, state of a restore."""
    algorithms: list[str] = []
    owner: dict[str, str] | None = None
    restore: dict[str, Any] = {}
    for child in contents:
        match name_of(child):
            case "ChecksumAlgorithm":
                algorithms.append(child.text or "")
            case "Owner":
                owner = texts(child)
            case "RestoreStatus":
                told = texts(child)
                restore["IsRestoreInProgress"] = told.get("IsRestoreInProgress") == "true"
                restore["RestoreExpiryDate"] = _date(told.get("RestoreExpiryDate"))
    return replace(
        plain,
        owner=responses.owner(owner),
        checksum_algorithms=tuple(algorithms),
        archive=responses.restore_status(restore or None),
    )


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    found = datetime.fromisoformat(value)
    return found if found.tzinfo is UTC else responses.utc(found)
