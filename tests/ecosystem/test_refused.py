"""Access that is refused: what pandas makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fsspec
import pandas as pd
import pytest

from holdall.errors import AccessError, InvalidConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers import S3Server


@pytest.fixture
def refused(swift_server: S3Server, fresh_bucket: Callable[[S3Server], str], configure: Callable[..., str]) -> str:
    """Name of a store whose secret is wrong."""
    return configure(
        "s3-compatible",
        endpoint_url=swift_server.endpoint_url,
        access_key_id=swift_server.access_key_id,
        secret_access_key="wrong",
        bucket=fresh_bucket(swift_server),
    )


@pytest.mark.parametrize("options", [None, {"region": "us-east-1"}])
def test_pandas_ends_with_the_stores_refusal(refused: str, options: dict[str, str] | None) -> None:
    # pandas tries again with anon=True, and what comes of that is what the user sees.
    with pytest.raises(AccessError) as caught:
        pd.read_csv(f"blob://{refused}/data.csv", storage_options=options)
    assert caught.value.http_status == 403
    assert caught.value.key == "data.csv"
    assert any("anon=True, as pandas does" in note for note in caught.value.__notes__)


def test_who_asks_for_it_himself_is_told_what_it_is_called(refused: str) -> None:
    with pytest.raises(InvalidConfiguration, match=r"'anon' is credentials\.type = .anonymous. here"):
        fsspec.filesystem("blob", store=refused, anon=True)
