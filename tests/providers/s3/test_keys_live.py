"""Keys that look alike to some stores, on every server that was chosen: two objects, or a refusal by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdall.capabilities import KEY_FORMS
from holdall.errors import InvalidObjectKey, StorageError
from holdall.storage import Storage
from tests.servers import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

ALIKE = {
    "leading-slash": [("/a", "a"), ("/a/b", "a/b")],
    "empty-segment": [("a//b", "a/b"), ("a///b", "a/b")],
    "dot-segment": [("a/./b", "a/b"), ("a/../b", "b"), ("./c", "c")],
    "trailing-slash": [("a/", "a"), ("a/b/", "a/b")],
    "backslash": [("a\\b", "a/b")],
}
"""By form: an odd key, and the one that it may be taken for."""


@pytest.mark.parametrize("form", KEY_FORMS)
@pytest.mark.parametrize("name", CHOSEN)
def test_no_key_is_taken_for_another(
    name: str, form: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    storage = Storage(provider_on(server_named(name)))
    for odd, plain in ALIKE[form]:
        storage.put(plain, b"plain")
        try:
            storage.put(odd, b"odd")
        except InvalidObjectKey:
            pass
        else:
            assert storage.get(odd).read() == b"odd"
            storage.delete(odd)
        assert storage.get(plain).read() == b"plain"
        storage.delete(plain)


@pytest.mark.parametrize("form", KEY_FORMS)
@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_refused_would_be_lost_or_refused_without_a_word(
    name: str, form: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    server = server_named(name)
    profile = provider_on(server)
    without = Storage(provider_on(server, bucket=profile.info.bucket, capabilities={"keys.not_held": []}))
    if form not in profile.capabilities.keys.not_held:
        return
    odd, plain = ALIKE[form][0]
    without.put(plain, b"plain")
    try:
        without.put(odd, b"odd")
    except StorageError:
        return
    assert without.get(plain).read() == b"odd"
