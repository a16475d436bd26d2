"""``call``, ``pages``, ``presign``: what boto3 does."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EventStreamError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    PaginationError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from s3tester import operations
from s3tester.answers import Answer, plain, read_body
from s3tester.bodies import BodySource, body, is_body
from s3tester.target import SENT_STATUS
from s3tester.values import resolve, search
from s3tester.verdicts import Ended, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from s3tester.context import Context
    from s3tester.scenario import CallStep, ClientOptions, Pages, PagesStep, PresignStep

_NOT_MODIFIED = 304
_FIRST_REDIRECT = 300
_CHUNK = 1 << 20


def call(step: CallStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Sends one request with boto3."""
    given = resolve(step.with_, context.variables)
    return send(context, step.call, given, step.client)


def send(context: Context, operation: str, given: dict[str, Any], options: ClientOptions) -> Answer:
    """Sends one request with boto3 and reads its answer to the end.

    Args:
        context: Has the clients, and says who asks.
        operation: The operation.
        given: Its parameters, resolved; bodies may be in any form.
        options: How boto3 is set up.

    Raises:
        Ended: There was no answer, or boto3 does not take the parameters.
    """
    client = context.clients.get(context.credentials, options)
    streaming = operations.streaming_member(operation)
    parameters = {name: _parameter(value) for name, value in given.items() if name != streaming}
    opened = body(given[streaming]).open() if streaming in given else None
    try:
        if opened is not None and streaming is not None:
            parameters[streaming] = opened
        with _transport(operation):
            return _answer(operation, getattr(client, xform_name(operation)), parameters, context)
    finally:
        if opened is not None:
            opened.close()


def _parameter(value: Any) -> Any:
    """A parameter beside the body: what is written as a body is its bytes, e.g. the key of SSE-C."""
    return b"".join(body(value).chunks()) if isinstance(value, BodySource) or is_body(value) else value


def _answer(
    operation: str, method: Callable[..., dict[str, Any]], parameters: Mapping[str, Any], context: Context
) -> Answer:
    try:
        response = method(**parameters)
    except ClientError as error:
        return of_error(operation, error)
    except ResponseParserError as error:
        return Answer(
            what=operation, status=200, unmet=(f"an answer to {operation}", f"what boto3 can't read: {error}")
        )
    meta = response.pop("ResponseMetadata", {})
    seen = None
    if (stream := response.get("Body")) is not None and hasattr(stream, "iter_chunks"):
        del response["Body"]
        try:
            seen = read_body(_chunks(stream, context))
        finally:
            stream.close()
    if (events := response.get("Payload")) is not None and not isinstance(events, (str, bytes)):
        try:
            response["Payload"] = list(events)
        except EventStreamError as error:  # the error comes where the first event should be
            error.response["ResponseMetadata"] = meta
            return of_error(operation, error)
        records = (event["Records"]["Payload"] for event in response["Payload"] if "Records" in event)
        seen = read_body(records)
    return Answer(
        what=operation,
        status=meta.get("HTTPStatusCode"),
        result=plain(response),
        headers=_headers(meta),
        body=seen,
    )


def _chunks(stream: Any, context: Context) -> Iterator[bytes]:
    for chunk in stream.iter_chunks(_CHUNK):
        context.check_time()
        yield chunk


def of_error(operation: str, error: ClientError) -> Answer:
    """The answer in an error of boto3's.

    boto3 makes a 500 of a success whose body holds an error, or is not what it should be; what the status really was,
    the clients note (see ``target``). Where a success has no error's code in it, it was the latter.
    """
    response: Any = error.response
    meta, told = response.get("ResponseMetadata", {}), response.get("Error", {})
    status = meta.get(SENT_STATUS, meta.get("HTTPStatusCode"))
    code = told.get("Code")
    if code == str(meta.get("HTTPStatusCode")):  # boto3's stand-in for none
        code = None
    rest = {name: value for name, value in response.items() if name not in {"ResponseMetadata", "Error"}}
    success = status is not None and status < _FIRST_REDIRECT
    return Answer(
        what=operation,
        status=status,
        code=code,
        message=(told.get("Message") or "") if code else "",
        result=plain({**rest, "Error": told}),
        headers=_headers(meta),
        unmet=(f"an answer to {operation}", f"{status} with something else") if success and code is None else None,
        bodiless=operations.operation(operation).http["method"] == "HEAD" or status == _NOT_MODIFIED,
    )


def _headers(meta: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in meta.get("HTTPHeaders", {}).items()}


class _transport:  # noqa: N801 - reads as a phrase: with _transport(...)
    """Turns what is no answer of the store into a verdict."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, FlexibleChecksumError):
            raise Ended(Verdict.CORRUPT, f"{self._what}: boto3 says that the checksum does not fit the body") from error
        if isinstance(error, (HTTPClientError, IncompleteReadError, HTTPError, OSError)):
            raise Ended(Verdict.ERROR, f"{self._what}: {type(error).__name__}: {error}") from error
        if isinstance(error, BotoCoreError):
            raise Ended(Verdict.ERROR, f"{self._what}: boto3 refuses: {error}") from error


def pages(step: PagesStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Lists to the end, and looks at the order of it all."""
    wanted = step.pages
    client = context.clients.get(context.credentials, step.client)
    given = resolve(wanted.with_, context.variables)
    found: list[list[Any]] = []
    last: dict[str, Any] = {}
    with _transport(wanted.call):
        try:
            for page in client.get_paginator(xform_name(wanted.call)).paginate(**given):
                context.check_time()
                last = page.pop("ResponseMetadata", {})
                found.append(search(wanted.items, plain(page)) or [])
                if len(found) >= wanted.limit:
                    break
        except ClientError as error:
            return of_error(wanted.call, error)
        except PaginationError as error:
            return Answer(what=wanted.call, status=200, unmet=("a listing that gets on", str(error)))
    items = [item for page in found for item in page]
    return Answer(
        what=f"{wanted.call} in {len(found)} pages",
        status=last.get("HTTPStatusCode"),
        headers=_headers(last),
        result={"items": items, "count": len(items), "pages": len(found)},
        unmet=_broken(wanted, given, found, items),
    )


def _broken(wanted: Pages, given: dict[str, Any], found: list[list[Any]], items: list[Any]) -> tuple[str, str] | None:
    """The first invariant that does not hold: what was expected, and what is there instead."""
    most = next((given[name] for name in given if name.startswith("Max")), None)
    out_of_order = next((f"{b!r} behind {a!r}" for a, b in pairwise(items) if str(a).encode() > str(b).encode()), None)
    twice = next((f"{item!r} twice" for item, times in Counter(map(str, items)).items() if times > 1), None)
    lengths = [len(page) for page in found]
    problems: dict[str, tuple[str, str] | None] = {
        "ordered": ("items in UTF-8 byte order", out_of_order) if out_of_order else None,
        "unique": ("every item once", twice) if twice else None,
        "no_empty_pages": None if all(found) or len(found) == 1 else ("no empty pages", f"pages of {lengths}"),
        "within_max": None
        if most is None or max(lengths, default=0) <= int(most)
        else (f"at most {most} items in a page", str(max(lengths))),
        "ends": None if len(found) < wanted.limit else (f"an end within {wanted.limit} pages", "more of them"),
    }
    return next((problems[each] for each in wanted.invariants if problems[each] is not None), None)


def presign(step: PresignStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Makes a URL or the fields of a form; nothing is sent."""
    wanted = step.presign
    client = context.clients.get(context.credentials, step.client)
    expires = int(resolve(wanted.expires, context.variables))
    with _transport("presign"):
        if wanted.post is not None:
            form = resolve(wanted.post, context.variables)
            made = client.generate_presigned_post(
                form["bucket"],
                form["key"],
                Fields=form.get("fields"),
                Conditions=form.get("conditions"),
                ExpiresIn=expires,
            )
            return Answer(what="presign a form", result={"url": made["url"], "fields": made["fields"]})
        given = {name: _parameter(value) for name, value in resolve(wanted.with_, context.variables).items()}
        url = client.generate_presigned_url(xform_name(wanted.operation or ""), Params=given, ExpiresIn=expires)
    return Answer(what=f"presign {wanted.operation}", result={"url": url})
