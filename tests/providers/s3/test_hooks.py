"""Times in answers are read as botocore reads them, only quicker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from holdall_s3 import hooks
from tests.providers.s3.test_client import clients_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers import S3Server

moments = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants these without a zone


@given(moment=moments, digits=st.sampled_from([0, 3, 6]))
def test_the_usual_form_means_the_same_as_to_botocore(moment: datetime, digits: int) -> None:
    fraction = f".{moment.microsecond:06}"[: digits + 1] if digits else ""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    found = hooks.quick_timestamp(text)
    assert found == parse_timestamp(text)
    assert found.utcoffset() == timedelta(0)


@given(moment=moments)
def test_dates_of_headers_mean_the_same_as_to_botocore(moment: datetime) -> None:
    text = format_datetime(moment, usegmt=True)
    found = hooks.quick_timestamp(text)
    assert found == parse_timestamp(text)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        "Saturday, 21-Nov-26 05:00:00 GMT",
        "2026-11-21T05:00:00+02:00",
        "2026-11-21T05:00:00",
        "2026-11-21",
        "20261121T050000Z",
        "2026-11-21T05:00:00.1234567Z",
        "1795237200",
        1795237200,
        1795237200.5,
    ],
)
def test_other_forms_are_left_to_botocore(value: Any) -> None:
    assert hooks.quick_timestamp(value) == parse_timestamp(value)


@pytest.mark.parametrize(
    "value", ["", "2026-13-01T00:00:00Z", "2026-11-21T25:00:00Z", "soon", "Tue, 31 Feb 2026 05:00:00 GMT"]
)
def test_what_is_no_time(value: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        hooks.quick_timestamp(value)


def test_listings_read_times_so(swift_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> None:
    bucket = fresh_bucket(swift_server)
    with clients_for(swift_server) as clients:
        client = clients.client()
        before = datetime.now(UTC) - timedelta(seconds=2)
        client.put_object(Bucket=bucket, Key="k", Body=b"")
        (entry,) = client.list_objects_v2(Bucket=bucket)["Contents"]
    assert before <= entry["LastModified"] <= datetime.now(UTC) + timedelta(seconds=2)
    assert entry["LastModified"].tzinfo is UTC  # botocore's general parser has zones of its own


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["<!-- no listing -->", "<?app?>\n"])
@pytest.mark.parametrize(("behind", "root"), [("<Root/>", "Root"), ("<!DOCTYPE html><html/>", "")])
def test_whatever_stands_before_the_root_is_passed_over_quickly(piece: str, behind: str, root: str) -> None:
    """Each could be read as one with the next: 40 of them in a billion ways."""
    answer, parsed = Mock(content=(piece * 40 + behind).encode()), dict[str, Any]()
    hooks.note_root(answer, parsed)
    assert parsed[hooks.ROOT] == root
