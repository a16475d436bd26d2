"""Conditions of reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest, NotModified, ObjectAlreadyExists, ObjectNotFound, PreconditionFailed

if TYPE_CHECKING:
    from datetime import datetime

    from holdall.options import CopyOptions, HeadOptions
    from holdall_local.attributes import Record


def check_read(record: Record, options: HeadOptions) -> None:
    """Checks the conditions of ``head`` and ``get``.

    Raises:
        PreconditionFailed: ``if_match`` or ``if_unmodified_since`` does not hold.
        NotModified: ``if_none_match`` or ``if_modified_since`` does not hold.
    """
    _check(
        record,
        if_match=options.if_match,
        if_none_match=options.if_none_match,
        if_modified_since=options.if_modified_since,
        if_unmodified_since=options.if_unmodified_since,
    )


def check_copy_source(record: Record, options: CopyOptions) -> None:
    """Checks the conditions on a copy's source.

    Raises:
        PreconditionFailed: One does not hold.
    """
    try:
        _check(
            record,
            if_match=options.source_if_match,
            if_none_match=options.source_if_none_match,
            if_modified_since=options.source_if_modified_since,
            if_unmodified_since=options.source_if_unmodified_since,
        )
    except NotModified as error:  # S3 answers 412 for a copy here too
        raise PreconditionFailed(f"source: {error.message}", key=record.key) from error


def check_write(current: Record | None, *, if_absent: bool, if_match: str | None) -> None:
    """Checks the conditions of a write against the object that is there.

    Args:
        current: What is there.
        if_absent: Create only.
        if_match: Replace only the object with this ETag (``*``: any).

    Raises:
        InvalidRequest: Both conditions: they can never hold.
        ObjectAlreadyExists: Create only, and there is one.
        ObjectNotFound: ``if_match``, and there is none.
        PreconditionFailed: ``if_match``, and it is another one.
    """
    if if_absent and if_match is not None:
        raise InvalidRequest("if_absent and if_match exclude each other")
    if if_absent and current is not None:
        raise ObjectAlreadyExists("there is an object of that key already")
    if if_match is None:
        return
    if current is None:
        raise ObjectNotFound("there is no object to replace")
    check_match(current, if_match)


def check_match(current: Record | None, if_match: str | None) -> None:
    """Checks ``if_match`` alone.

    Raises:
        PreconditionFailed: The ETag is another one, or there is no object.
    """
    if if_match is None:
        return
    if current is None:
        raise PreconditionFailed("if_match: there is no object")
    if if_match not in {"*", current.etag}:
        raise PreconditionFailed("if_match: the object is another one")


def _check(
    record: Record,
    *,
    if_match: str | None,
    if_none_match: str | None,
    if_modified_since: datetime | None,
    if_unmodified_since: datetime | None,
) -> None:
    """The precedence of RFC 9110, section 13.2.2: a condition on the ETag overrules that on the date."""
    for limit in (if_modified_since, if_unmodified_since):
        if limit is not None and limit.tzinfo is None:
            raise InvalidRequest("a condition's date has no time zone", hint="Use datetime(..., tzinfo=UTC).")
    if if_match is not None:
        check_match(record, if_match)
    elif if_unmodified_since is not None and record.modified > if_unmodified_since:
        raise PreconditionFailed("if_unmodified_since: the object was modified after that")
    if if_none_match is not None:
        if if_none_match in {"*", record.etag}:
            raise NotModified("if_none_match: the object is still that one")
    elif if_modified_since is not None and record.modified <= if_modified_since:
        raise NotModified("if_modified_since: the object was not modified after that")
