"""Variables and functions: what a scenario's values are when a step runs.

``${name}`` is a variable; what follows a ``.`` or ``[`` is a JMESPath into it (``${put.ETag}``,
``${seen.headers."x-amz-id-2"}``). A string that is one ``${…}`` and no more is the value itself, of whatever type; in
longer strings values become text. ``$${`` is ``${``. A mapping whose only key begins with ``$`` is a function.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jmespath
from jmespath.exceptions import JMESPathError

from s3tester.bodies import BodySource, body, digest, is_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BUILT_IN = (
    "bucket",
    "other_bucket",
    "key",
    "run",
    "index",
    "endpoint",
    "region",
    "domain",
    "kms_key",
    "event_destination",
)
_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_NAME = re.compile(r"^[A-Za-z_]\w*")


class Unset(Exception):
    """A variable that has no value, since an answer did not have what it was to be set from.

    Args:
        reference: What stands in ``${…}``.
    """

    def __init__(self, reference: str) -> None:
        super().__init__(f"${{{reference}}} has no value")


def names_in(value: Any) -> Iterator[str]:
    """Names of all variables in a value."""
    if isinstance(value, str):
        for found in _REFERENCE.finditer(value):
            if found[0] != "$${":
                name = _NAME.match(found[1])
                yield name[0] if name else found[1]
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from names_in(name)
            yield from names_in(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from names_in(each)


def resolve(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value with its variables and functions replaced.

    Args:
        value: As it stands in the scenario.
        variables: What is set.

    Raises:
        Unset: A variable has no value.
        ValueError: A function can't take what it is given.
    """
    if isinstance(value, str):
        return _text(value, variables)
    if isinstance(value, list):
        return [resolve(each, variables) for each in value]
    if isinstance(value, dict):
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in FUNCTIONS:
                return FUNCTIONS[name](resolve(argument, variables))
        return {resolve(name, variables): resolve(each, variables) for name, each in value.items()}
    return value


def _text(value: str, variables: Mapping[str, Any]) -> Any:
    whole = _REFERENCE.fullmatch(value)
    if whole is not None and whole[0] != "$${":
        return lookup(whole[1], variables)

    def replace(found: re.Match[str]) -> str:
        return "${" if found[0] == "$${" else as_text(lookup(found[1], variables))

    return _REFERENCE.sub(replace, value)


def lookup(reference: str, variables: Mapping[str, Any]) -> Any:
    """The value of a variable, or of a path into one.

    Raises:
        Unset: There is none.
    """
    found = search(reference, variables)
    if found is None:
        raise Unset(reference)
    return found


def search(path: str, where: Mapping[str, Any]) -> Any:
    """What a JMESPath leads to; ``None`` is nothing."""
    if path in where:  # names with dots or dashes, and bodies, which JMESPath does not know
        return where[path]
    return jmespath.search(path, where)


def path_problem(path: str) -> str | None:
    """What is wrong with a JMESPath; ``None``: nothing."""
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        return str(error).splitlines()[0]
    return None


def as_text(value: Any) -> str:
    """A value inside of a longer string."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _hex(algorithm: str) -> Callable[[Any], str]:
    return lambda given: digest(body(given), algorithm).hex()


def _b64(algorithm: str) -> Callable[[Any], str]:
    return lambda given: base64.b64encode(digest(body(given), algorithm)).decode()


def _multipart_etag(given: Any) -> str:
    """The ETag of a multipart object: MD5 of the parts' MD5s, a dash, the number of parts; without quotes."""
    joined = b"".join(digest(body(part), "md5") for part in given)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(given)}"


def _concat(given: Any) -> BodySource:
    """Bodies one after the other; for small ones."""
    return body(b"".join(b"".join(body(part).chunks()) for part in given))


def _now(given: Any) -> str:
    """The time, shifted by some seconds: ``iso``, ``http`` or ``compact``."""
    given = given or {}
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=float(given.get("plus", 0)))
    forms = {"iso": "%Y-%m-%dT%H:%M:%SZ", "http": "%a, %d %b %Y %H:%M:%S GMT", "compact": "%Y%m%dT%H%M%SZ"}
    return at.strftime(forms[given.get("form", "iso")])


def _replace(given: Any) -> str:
    text, old, new = given
    return str(text).replace(str(old), str(new))


def _merge(given: Any) -> dict[str, Any]:
    return {name: value for each in given for name, value in each.items()}


def _size(given: Any) -> int:
    if isinstance(given, BodySource) or is_body(given):
        return body(given).size
    return len(given.encode()) if isinstance(given, str) else len(given)


def _repeat(given: Any) -> str:
    text, times = given
    return str(text) * int(times)


def _cut(given: Any) -> str:
    """The beginning of a text, in bytes of its UTF-8."""
    text, size = given
    return str(text).encode()[: int(size)].decode()


def _numbered(given: Any) -> list[Any]:
    """A value so many times; ``{n}`` in its texts is the number, from 0."""
    count, value = given
    return [_with_number(value, str(number)) for number in range(int(count))]


def _with_number(value: Any, number: str) -> Any:
    if isinstance(value, str):
        return value.replace("{n}", number)
    if isinstance(value, dict):
        return {name: _with_number(each, number) for name, each in value.items()}
    return [_with_number(each, number) for each in value] if isinstance(value, list) else value


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "$md5": _hex("md5"),
    "$md5_base64": _b64("md5"),
    "$sha256": _hex("sha256"),
    "$sha256_base64": _b64("sha256"),
    "$sha1_base64": _b64("sha1"),
    "$crc32": _b64("crc32"),
    "$crc32c": _b64("crc32c"),
    "$crc64nvme": _b64("crc64nvme"),
    "$multipart_etag": _multipart_etag,
    "$concat": _concat,
    "$size": _size,
    "$base64": lambda given: base64.b64encode(b"".join(body(given).chunks())).decode(),
    "$merge": _merge,
    "$now": _now,
    "$replace": _replace,
    "$repeat": _repeat,
    "$cut": _cut,
    "$numbered": _numbered,
    "$sum": sum,
    "$text": as_text,
    "$lower": lambda given: str(given).lower(),
    "$upper": lambda given: str(given).upper(),
    "$unquoted": lambda given: str(given).removeprefix("W/").strip('"'),
    "$url": lambda given: quote(str(given), safe="-_.~"),
    "$json": lambda given: json.dumps(given, separators=(",", ":")),
}
"""Functions by name; each takes the one value behind it, already resolved."""
