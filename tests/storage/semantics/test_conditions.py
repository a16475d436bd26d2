"""Conditions: each alone, and which of two decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdall.errors import (
    InvalidRequest,
    NotModified,
    ObjectAlreadyExists,
    ObjectNotFound,
    PreconditionFailed,
    StorageError,
)
from holdall.options import CopyOptions, GetOptions
from holdall.semantics.conditions import check_copy_source, check_match, check_read, check_write

WRITTEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BEFORE, AFTER = WRITTEN - timedelta(seconds=1), WRITTEN + timedelta(seconds=1)

# RFC 9110, section 13.1 for each condition, 13.2.2 for two of them.
READS: list[tuple[dict[str, Any], type[StorageError] | None]] = [
    ({}, None),
    ({"if_match": "e"}, None),
    ({"if_match": "*"}, None),
    ({"if_match": "other"}, PreconditionFailed),
    ({"if_none_match": "other"}, None),
    ({"if_none_match": "e"}, NotModified),
    ({"if_none_match": "*"}, NotModified),
    ({"if_modified_since": BEFORE}, None),
    ({"if_modified_since": WRITTEN}, NotModified),
    ({"if_modified_since": AFTER}, NotModified),
    ({"if_unmodified_since": AFTER}, None),
    ({"if_unmodified_since": WRITTEN}, None),
    ({"if_unmodified_since": BEFORE}, PreconditionFailed),
    # The ETag overrules the date.
    ({"if_match": "e", "if_unmodified_since": BEFORE}, None),
    ({"if_match": "other", "if_unmodified_since": AFTER}, PreconditionFailed),
    ({"if_none_match": "other", "if_modified_since": AFTER}, None),
    ({"if_none_match": "e", "if_modified_since": BEFORE}, NotModified),
    # What must hold is asked before what must not.
    ({"if_match": "other", "if_none_match": "e"}, PreconditionFailed),
    ({"if_unmodified_since": BEFORE, "if_modified_since": AFTER}, PreconditionFailed),
    ({"if_match": "e", "if_none_match": "e"}, NotModified),
]


@pytest.mark.parametrize(("conditions", "error"), READS)
def test_reads(conditions: dict[str, Any], error: type[StorageError] | None) -> None:
    options = GetOptions(**conditions)
    if error is None:
        check_read(options, etag="e", modified=WRITTEN)
    else:
        with pytest.raises(error):
            check_read(options, etag="e", modified=WRITTEN)


@pytest.mark.parametrize(("conditions", "error"), READS)
def test_the_source_of_a_copy_fails_with_one_error(
    conditions: dict[str, Any], error: type[StorageError] | None
) -> None:
    options = CopyOptions(**{f"source_{name}": value for name, value in conditions.items()})
    if error is None:
        check_copy_source(options, key="k", etag="e", modified=WRITTEN)
    else:
        with pytest.raises(PreconditionFailed):
            check_copy_source(options, key="k", etag="e", modified=WRITTEN)


def test_a_source_that_was_not_modified_is_named() -> None:
    with pytest.raises(PreconditionFailed, match="source") as caught:
        check_copy_source(CopyOptions(source_if_none_match="e"), key="k", etag="e", modified=WRITTEN)
    assert caught.value.key == "k"


@pytest.mark.parametrize("name", ["if_modified_since", "if_unmodified_since"])
def test_a_date_without_a_time_zone(name: str) -> None:
    options: dict[str, Any] = {name: datetime(2026, 1, 1)}  # noqa: DTZ001 - that is what is refused
    with pytest.raises(InvalidRequest, match="time zone"):
        check_read(GetOptions(**options), etag="e", modified=WRITTEN)


@pytest.mark.parametrize(
    ("etag", "if_absent", "if_match", "error"),
    [
        (None, False, None, None),
        ("e", False, None, None),
        (None, True, None, None),
        ("e", True, None, ObjectAlreadyExists),
        ("e", False, "e", None),
        ("e", False, "*", None),
        ("e", False, "other", PreconditionFailed),
        (None, False, "e", ObjectNotFound),
        (None, False, "*", ObjectNotFound),
        (None, True, "e", InvalidRequest),
        ("e", True, "e", InvalidRequest),
    ],
)
def test_writes(etag: str | None, if_match: str | None, error: type[StorageError] | None, *, if_absent: bool) -> None:
    if error is None:
        check_write(etag, if_absent=if_absent, if_match=if_match)
    else:
        with pytest.raises(error):
            check_write(etag, if_absent=if_absent, if_match=if_match)


@pytest.mark.parametrize(("etag", "if_match"), [(None, None), ("e", None), ("e", "e"), ("e", "*")])
def test_a_match(etag: str | None, if_match: str | None) -> None:
    check_match(etag, if_match)


@pytest.mark.parametrize(
    ("etag", "if_match", "message"), [(None, "e", "no object"), (None, "*", "no object"), ("e", "other", "another one")]
)
def test_no_match(etag: str | None, if_match: str, message: str) -> None:
    with pytest.raises(PreconditionFailed, match=message):
        check_match(etag, if_match)
