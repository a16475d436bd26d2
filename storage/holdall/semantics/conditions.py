"""Conditions of reads and writes: by ETag and by date.

Order and meaning are those of RFC 9110, section 13; where S3 differs, S3 is followed, and the docstring says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest, NotModified, ObjectAlreadyExists, ObjectNotFound, PreconditionFailed

if TYPE_CHECKING:
    from datetime import datetime

    from holdall.options import CopyOptions, HeadOptions


def check_read(options: HeadOptions, *, etag: str, modified: datetime) -> None:
    """Checks the conditions of ``head`` and ``get``.

    Args:
        options: The conditions.
        etag: The object's ETag.
        modified: When the object was written, with a time zone.

    Raises:
        InvalidRequest: A condition's date has no time zone.
        PreconditionFailed: ``if_match`` or ``if_unmodified_since`` does not hold.
        NotModified: ``if_none_match`` or ``if_modified_since`` does not hold.
    """
    _check(
        etag,
        modified,
        if_match=options.if_match,
        if_none_match=options.if_none_match,
        if_modified_since=options.if_modified_since,
        if_unmodified_since=options.if_unmodified_since,
    )


def check_copy_source(options: CopyOptions, *, key: str, etag: str, modified: datetime) -> None:
    """Checks the conditions on a copy's source. S3 answers 412 for each of them, also where a read gets 304.

    Args:
        options: The conditions.
        key: The source's key, for the error.
        etag: The source's ETag.
        modified: When the source was written, with a time zone.

    Raises:
        InvalidRequest: A condition's date has no time zone.
        PreconditionFailed: One does not hold.
    """
    try:
        _check(
            etag,
            modified,
            if_match=options.source_if_match,
            if_none_match=options.source_if_none_match,
            if_modified_since=options.source_if_modified_since,
            if_unmodified_since=options.source_if_unmodified_since,
        )
    except NotModified as error:
        raise PreconditionFailed(f"source: {error.message}", key=key) from error


def check_write(etag: str | None, *, if_absent: bool, if_match: str | None) -> None:
    """Checks the conditions of a write against the object that is there.

    Args:
        etag: Its ETag; ``None`` where there is no object.
        if_absent: Create only.
        if_match: Replace only the object with this ETag (``*``: any).

    Raises:
        InvalidRequest: Both conditions: they can never hold.
        ObjectAlreadyExists: Create only, and there is one.
        ObjectNotFound: ``if_match``, and there is none (S3 answers 404 here, not 412).
        PreconditionFailed: ``if_match``, and it is another one.
    """
    if if_absent and if_match is not None:
        raise InvalidRequest("if_absent and if_match exclude each other")
    if if_absent and etag is not None:
        raise ObjectAlreadyExists("there is an object of that key already")
    if if_match is not None and etag is None:
        raise ObjectNotFound("there is no object to replace")
    check_match(etag, if_match)


def check_match(etag: str | None, if_match: str | None) -> None:
    """Checks ``if_match`` alone: of a read, of a delete, of a part's source.

    Args:
        etag: The object's ETag; ``None`` where there is no object.
        if_match: The ETag that it must have (``*``: any); ``None`` is no condition.

    Raises:
        PreconditionFailed: The ETag is another one, or there is no object.
    """
    if if_match is None:
        return
    if etag is None:
        raise PreconditionFailed("if_match: there is no object")
    if if_match not in {"*", etag}:
        raise PreconditionFailed("if_match: the object is another one")


def _check(
    etag: str,
    modified: datetime,
    *,
    if_match: str | None,
    if_none_match: str | None,
    if_modified_since: datetime | None,
    if_unmodified_since: datetime | None,
) -> None:
    """The precedence of RFC 9110, section 13.2.2: a condition on the ETag overrules that on the date."""
    for moment in (if_modified_since, if_unmodified_since):
        if moment is not None and moment.tzinfo is None:
            raise InvalidRequest("a condition's date has no time zone", hint="Use datetime(..., tzinfo=UTC).")
    if if_match is not None:
        check_match(etag, if_match)
    elif if_unmodified_since is not None and modified > if_unmodified_since:
        raise PreconditionFailed("if_unmodified_since: the object was modified after that")
    if if_none_match is not None:
        if if_none_match in {"*", etag}:
            raise NotModified("if_none_match: the object is still that one")
    elif if_modified_since is not None and modified <= if_modified_since:
        raise NotModified("if_modified_since: the object was not modified after that")
