"""Credentials that end, and permission that is not there, while something is under way."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from tests.integration.conftest import Place, nothing_left
from tests.servers import faults

if TYPE_CHECKING:
    from pathlib import Path


def test_credentials_that_expire_on_the_way_are_reported_and_the_repeat_goes_on(
    place: Place, file: Path, data: bytes
) -> None:
    place.proxy.add(faults.refuse(400, "ExpiredToken"), method="PUT", target="partNumber=[34]", times=1000)
    with place.open() as storage:
        with pytest.raises(e.ExpiredToken):
            storage.upload_file(file, "k")
        place.proxy.clear()
        storage.upload_file(file, "k")
    assert place.stored() == data
    assert place.proxy.count("PUT", "partNumber=") < 4  # the parts that were there are not sent again
    nothing_left(place, file.parent, "file")


LAST_MINUTES = timedelta(minutes=10)
"""So long before their end botocore signs nothing with credentials any more (RefreshableCredentials, mandatory
refresh); some minutes before, it looks for newer ones at every request."""
LIFE = 2.0
"""Seconds for which the first ones are good."""


@pytest.fixture
def renewed(place: Place, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile whose program gives other credentials when a file, which is returned, is there.

    They differ in the session's token.
    """
    program, there = home / "credentials", home / "there"

    def keys(token: str, end: datetime) -> str:
        return json.dumps(
            {
                "Version": 1,
                "AccessKeyId": place.server.access_key_id,
                "SecretAccessKey": place.server.secret_access_key,
                "SessionToken": token,
                "Expiration": end.isoformat(),
            }
        )

    now = datetime.now(UTC)
    first, second = (
        keys("first", now + LAST_MINUTES + timedelta(seconds=LIFE)),
        keys("second", now + timedelta(days=1)),
    )
    program.write_text(f"#!/bin/sh\nif test -e '{there}'; then echo '{second}'; else echo '{first}'; fi\n")
    program.chmod(0o700)
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(f"[profile renewed]\ncredential_process = {program}\n")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.delenv(f"HOLDALL_STORES__FAULTY__{name}")
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__PROFILE", "renewed")
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__CONNECTION__READ_TIMEOUT", "30")
    return there


@pytest.mark.parametrize("place", ["swift-direct", "swift-sdk"], indirect=True)
@pytest.mark.parametrize("way", ["up", "down"])
def test_credentials_that_are_renewed_on_the_way(
    way: str, place: Place, file: Path, data: bytes, renewed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request outlives its credentials; from then on the store refuses them, and nobody notices."""
    method, target = ("PUT", "partNumber=1") if way == "up" else ("GET", "/k")
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__TRANSFER__MAX_CONCURRENCY", "1" if way == "up" else "3")
    if way == "down":  # the first answer brings the first piece only
        place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
        file.unlink()

    def expire() -> None:
        time.sleep(LIFE)
        renewed.touch()
        place.proxy.add(faults.refuse(400, "ExpiredToken"), header="(?i)x-amz-security-token: first", times=1000)

    wait = place.proxy.add(faults.calling(faults.Fault(), expire), method=method, target=target)
    fresh = place.proxy.add(faults.Fault(), header="(?i)x-amz-security-token: second", times=1000)
    with place.open() as storage:
        if way == "up":
            storage.upload_file(file, "k")
        else:
            storage.download_file("k", file)
    assert wait.hits == 1
    assert fresh.hits > 0
    assert (place.stored() if way == "up" else file.read_bytes()) == data
    nothing_left(place, file.parent, "file")


@pytest.mark.parametrize("target", [r"\?uploads", "partNumber=2", "uploadId=[^&]+$"], ids=["begin", "part", "complete"])
def test_an_upload_that_is_not_permitted_leaves_nothing(target: str, place: Place, file: Path) -> None:
    place.proxy.add(faults.refuse(403, "AccessDenied"), target=target, method="PUT" if "part" in target else "POST")
    with place.open() as storage, pytest.raises(e.AccessDenied) as caught:
        storage.upload_file(file, "k")
    assert isinstance(caught.value, PermissionError)
    assert place.stored() is None
    nothing_left(place, file.parent, "file")
