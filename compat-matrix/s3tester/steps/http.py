"""``http``: a request of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urllib3.filepost import encode_multipart_formdata

from s3tester.bodies import BodySource, body, is_body, size_of
from s3tester.scenario import HttpRequest
from s3tester.values import as_text, resolve
from s3tester.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3tester.answers import Answer
    from s3tester.context import Context
    from s3tester.scenario import HttpStep


def http(step: HttpStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Sends it."""
    given = resolve(step.http.model_dump(exclude_unset=True), context.variables)
    written = HttpRequest.model_validate({**given, "body": None, "form": None})
    headers = {name.lower(): as_text(value) for name, value in written.headers.items()}
    payload = None if given.get("body") is None else body(given["body"])
    if (form := given.get("form")) is not None:
        payload, headers["content-type"] = _form(form)
    request = Request(
        written=written,
        query=[(name, "" if value is None else as_text(value)) for name, value in written.query.items()],
        headers=headers,
        body=payload,
        chunk_size=size_of(written.chunk_size),
        trailer={name.lower(): as_text(value) for name, value in written.trailer.items()},
    )
    keys = context.clients.target.keys_of(step.credentials or context.credentials)
    return context.wire.send(request, keys, context.check_time)


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
