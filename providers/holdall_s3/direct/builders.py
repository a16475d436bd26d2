"""From the members of an operation to what is sent: path, query, headers, XML. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from holdall.errors import InvalidRequest
from holdall_s3.direct.places import METADATA, PARAMETERS
from holdall_s3.direct.signer import canonical_path, canonical_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall_s3.direct.places import Operation

# What has a place of its own: in the host name or the path, in the body.
_ELSEWHERE = frozenset({"Bucket", "Key", "Body", "Delete"})
_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
_ESCAPES = {"\r": "&#xD;", "\n": "&#xA;"}  # parsers of XML turn the one into the other


class Request(NamedTuple):
    """A request, but for its host, its body and its signature.

    Attributes:
        method: HTTP method.
        path: Encoded, as it is sent and signed.
        query: Likewise; empty where there is none.
        headers: Names in lower case.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]


def build(operation: Operation, parameters: Mapping[str, Any], base: str) -> Request:
    """The request of an operation.

    Args:
        operation: Which one.
        parameters: Its members, as boto3 names them (from ``holdall_s3.requests``).
        base: Path of the bucket: ``/bucket``, or empty where the bucket is in the host name.

    Raises:
        InvalidRequest: A header can't be sent.
    """
    headers: dict[str, str] = {}
    query: list[tuple[str, str]] = [*operation.query]
    renamed = operation.renamed
    for member, value in parameters.items():
        if member in _ELSEWHERE:
            continue
        try:
            if member == "Metadata":
                for name, text in value.items():
                    headers[METADATA + name] = _header(METADATA + name, text)
                continue
            name, in_query, convert = renamed[member] if member in renamed else PARAMETERS[member]
            text = value if convert is None else convert(value)
            if in_query:
                query.append((name, text))
            else:
                headers[name] = _header(name, text)
        except InvalidRequest:
            raise
        except (AttributeError, TypeError, ValueError) as error:  # the value itself may be a customer's key
            raise InvalidRequest(f"{member} is not of the type that it has to be") from error
    key = parameters.get("Key")
    path = f"{base}/{canonical_path(key)}" if key is not None else base or "/"
    return Request(operation.method, path, canonical_query(query) if query else "", headers)


def _header(name: str, value: str) -> str:
    if value.isascii() and value.isprintable():
        return value
    raise InvalidRequest(f"{name} can't be sent as a header: it has characters outside of ASCII's printable ones")


def delete_xml(delete: Mapping[str, Any]) -> bytes:
    """The body of DeleteObjects.

    Args:
        delete: The member ``Delete``.
    """
    objects = []
    for entry in delete["Objects"]:
        version = entry.get("VersionId")
        told = "" if version is None else f"<VersionId>{escape(version)}</VersionId>"
        objects.append(f"<Object><Key>{escape(entry['Key'], _ESCAPES)}</Key>{told}</Object>")
    quiet = "true" if delete["Quiet"] else "false"
    return f'<Delete xmlns="{_XMLNS}">{"".join(objects)}<Quiet>{quiet}</Quiet></Delete>'.encode()
