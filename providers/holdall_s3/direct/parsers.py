"""From what arrives to what ``holdall_s3.responses`` reads: headers, listings, errors, results. Pure functions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers.expat import ExpatError, ParserCreate

from holdall.errors import InvalidResponse, Retry, UnexpectedContent, XmlParseError
from holdall.models import ListPage, ObjectEntry
from holdall_s3 import responses
from holdall_s3.direct.places import FIELDS, METADATA
from holdall_s3.encoding import decode_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdall.errors import StorageError


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
        parser.feed(body.lstrip())  # some stores begin with an empty line, which XML forbids
        root: Element = parser.close()
    except ParseError as error:
        raise _unreadable(body) from error
    return root


def _unreadable(body: bytes) -> StorageError:
    try:
        check_no_page(body)
    except UnexpectedContent as error:
        return error
    return XmlParseError("the answer is not the XML it should be", retry=Retry.SAFE)


def check_no_page(body: bytes) -> None:
    """Makes sure that an answer is not the page of somebody on the way, e.g. a proxy that wants a log-in.

    Raises:
        UnexpectedContent: It is a page of HTML.
    """
    if b"<html" in body[:1024].lower():
        raise UnexpectedContent(
            "the answer is an HTML page, not S3's XML",
            hint="Is the endpoint that of the S3 API, and no console or proxy?",
        )


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


# --- listings ----------------------------------------------------------------------------------------------------


class _Listing:
    """Reads a page of a listing with expat's events.

    A tree of it would be 7,000 elements, which cost less to make than to be looked at by the garbage collector.
    """

    def __init__(self) -> None:
        self.root = ""
        self.top: dict[str, str] = {}
        self.entries: list[dict[str, str]] = []
        self.algorithms: dict[int, list[str]] = {}
        self.prefixes: list[str] = []

    def read(self, body: bytes) -> None:
        """Reads all of it."""
        parser = ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = _LONGEST_TEXT  # one event per text, but for longer ones
        current, text = self.top, ""
        entries, top = self.entries, self.top

        def start(name: str, _attributes: dict[str, str]) -> None:
            nonlocal current, text
            text = ""
            if name in _GROUPS:
                current = {}
            elif not self.root:
                self.root = name

        def data(piece: str) -> None:
            nonlocal text
            text = text + piece if text else piece

        def end(name: str) -> None:
            nonlocal current
            if name not in _ENDS:
                current[name] = text
            elif name == "Contents":
                entries.append(current)
                current = top
            elif name == "CommonPrefixes":
                self.prefixes.append(current["Prefix"])
                current = top
            else:
                self.algorithms.setdefault(len(entries), []).append(text)

        parser.StartElementHandler = start
        parser.CharacterDataHandler = data
        parser.EndElementHandler = end
        parser.Parse(body.lstrip(), True)  # as in ``parse``


_LONGEST_TEXT = 64 * 1024  # characters; no key is as long
_GROUPS = frozenset({"Contents", "CommonPrefixes"})
_ENDS = _GROUPS | {"ChecksumAlgorithm"}  # an object may have several


def list_page(body: bytes, *, markers: bool = False) -> ListPage | dict[str, str]:
    """One page of ListObjectsV2, or of ListObjects; or what the error says that came in its place.

    Args:
        body: The answer.
        markers: It is one of ListObjects, whose next page begins after a marker.

    Raises:
        InvalidResponse: There is more, and no token to get it with; or it is no listing, or an entry can't be read.
        UnexpectedContent, XmlParseError: As ``parse``.
    """
    listing = _Listing()
    try:
        listing.read(body)
    except ExpatError as error:
        raise _unreadable(body) from error
    except KeyError as error:
        raise InvalidResponse(_BAD_ENTRY) from error
    if listing.root == "Error":
        return listing.top
    if listing.root != "ListBucketResult":  # nothing else may pass for an empty listing
        raise InvalidResponse(f"the store answered {listing.root!r} where a listing was asked for")
    decode = decode_key if listing.top.get("EncodingType") == "url" else str
    more = listing.top.get("IsTruncated", "").strip().lower()
    if more not in {"true", "false", ""}:  # what is not understood may not pass for the end
        raise InvalidResponse(f"the store answered {more!r} where it has to say whether the listing goes on")
    try:
        sums = listing.algorithms
        entries = [
            _entry(values, decode, tuple(sums[index]) if index in sums else ())
            for index, values in enumerate(listing.entries)
        ]
    except (KeyError, ValueError) as error:
        raise InvalidResponse(_BAD_ENTRY) from error
    prefixes = [decode(prefix) for prefix in listing.prefixes]
    token = responses.next_page(listing.top, decode, entries, prefixes, markers=markers) if more == "true" else None
    return ListPage(tuple(entries), tuple(prefixes), token)


_BAD_ENTRY = "an entry of the listing can't be read"


def _entry(values: dict[str, str], decode: Callable[[str], str], algorithms: tuple[str, ...]) -> ObjectEntry:
    restore = values.get("IsRestoreInProgress")
    return ObjectEntry(
        decode(values["Key"]),
        int(values["Size"]),
        values.get("ETag", "").strip('"') or None,
        _date(values.get("LastModified")),
        values.get("StorageClass") or "STANDARD",
        responses.owner(values) if "ID" in values or "DisplayName" in values else None,
        algorithms,
        None
        if restore is None
        else responses.restore_status(
            {"IsRestoreInProgress": restore == "true", "RestoreExpiryDate": _date(values.get("RestoreExpiryDate"))}
        ),
    )


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    found = datetime.fromisoformat(value)
    return found if found.tzinfo is UTC else responses.utc(found)
