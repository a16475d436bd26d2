"""Page sizes and tokens."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall.errors import InvalidRequest
from holdall.semantics.paging import page_size, read_token, write_token


@pytest.mark.parametrize(("limit", "size"), [(None, 1000), (1, 1), (999, 999), (1000, 1000), (5000, 1000)])
def test_page_sizes(limit: int | None, size: int) -> None:
    assert page_size(limit) == size


@pytest.mark.parametrize("limit", [0, -1])
def test_no_page_is_empty(limit: int) -> None:
    with pytest.raises(InvalidRequest, match=f"{limit} items"):
        page_size(limit)


@given(name=st.text(), number=st.integers(), flag=st.booleans())
def test_tokens_bring_back_the_place(name: str, number: int, *, flag: bool) -> None:
    token = write_token(name, number, flag)
    assert read_token(token, str, int, bool) == [name, number, flag]
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")  # fit for a URL


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no token",
        "ünlesbar",
        "AAA",
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"{").decode(),
        base64.urlsafe_b64encode(b'"name"').decode(),
        write_token("name"),
        write_token("name", "1"),
        write_token(1, "name"),
        write_token("name", True),
        write_token("name", 1, 2),
    ],
)
def test_what_is_no_token_of_this_listing(token: str) -> None:
    with pytest.raises(InvalidRequest, match="not a token of this listing") as caught:
        read_token(token, str, int)
    assert caught.value.hint == "Give next_token of the page before."
