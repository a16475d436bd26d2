"""``http``: a request of our own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from urllib3.filepost import encode_multipart_formdata

from holdall_s3.direct.signer import canonical_path
from s3tester.bodies import BodySource, body, is_body, size_of
from s3tester.values import as_text, resolve
from s3tester.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3tester.answers import Answer
    from s3tester.context import Context
    from s3tester.scenario import HttpStep


_ESCAPE = re.compile("%[0-9a-fA-F]{2}")  # urllib3 sends these in capitals, and they are signed as they are sent
_TEXTS = ("path", "raw_path", "url", "payload", "region", "host")


def http(step: HttpStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Sends it."""
    given = {**step.http.model_dump(), **resolve(step.http.model_dump(exclude_unset=True), context.variables)}
    text = {name: None if given[name] is None else as_text(given[name]) for name in _TEXTS}
    headers = _headers(given["headers"])
    payload = None if given["body"] is None else body(given["body"])
    if given["form"] is not None:
        payload, headers["content-type"] = _form(given["form"])
    request = Request(
        method=step.http.method,
        path=_ESCAPE.sub(lambda found: found[0].upper(), text["raw_path"] or canonical_path(text["path"] or "/")),
        url=text["url"],
        query=_texts(given["query"]),
        headers=headers,
        unsigned_headers=_headers(given["unsigned_headers"]),
        body=payload,
        sign=step.http.sign,
        payload=text["payload"],
        trailer=_headers(given["trailer"]),
        chunk_size=size_of(given["chunk_size"]),
        expires=int(given["expires"]),
        skew=int(given["skew"]),
        region=text["region"],
        host=text["host"],
    )
    keys = context.clients.target.keys_of(context.credentials)
    return context.wire.send(request, keys, context.check_time)


def _texts(given: dict[str, Any]) -> dict[str, str]:
    """Values as text; of ``null`` it is empty."""
    return {name: "" if value is None else as_text(value) for name, value in given.items()}


def _headers(given: dict[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in _texts(given).items()}


def _form(fields: dict[str, Any]) -> tuple[BodySource, str]:
    """A form as browsers send it; S3 wants the file last."""
    parts: dict[str, Any] = {}
    for name in sorted(fields, key=lambda name: name == "file"):
        value = fields[name]
        if is_body(value) or isinstance(value, BodySource):
            parts[name] = ("file", b"".join(body(value).chunks()), "application/octet-stream")
        else:
            parts[name] = as_text(value)
    encoded, content_type = encode_multipart_formdata(parts)
    return body(encoded), content_type
