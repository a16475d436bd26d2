"""Credentials that end, and permission that is not there, while something is under way."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

import holdall
from holdall import errors as e
from tests.integration.conftest import Place, nothing_left
from tests.places import at
from tests.servers import faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


FROM_THE_START = 4
"""Requests for all the bytes of the object."""


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


@at("swift-direct", "swift-sdk")
def test_credentials_that_expire_while_a_file_comes_leave_what_is_gone_on_with(
    place: Place, tmp_path: Path, data: bytes
) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    target = tmp_path / "file"
    target.write_bytes(b"old")
    refused = faults.refuse(400, "ExpiredToken")
    late = faults.calling(refused, lambda: time.sleep(1))  # meanwhile the other pieces come
    rule = place.proxy.add(late, method="GET", skip=3)
    place.proxy.add(refused, method="GET", skip=3, times=1000)
    with place.open() as storage:
        with pytest.raises(e.ExpiredToken):
            storage.download_file("k", target)
        assert rule.hits
        assert target.read_bytes() == b"old"
        (part,) = tmp_path.glob(".file.*.part")
        assert part.stat().st_mode & 0o077 == 0
        place.proxy.clear()
        storage.download_file("k", target)
    assert target.read_bytes() == data
    assert place.proxy.count("GET") < FROM_THE_START
    nothing_left(place, tmp_path, "file")


LAST_MINUTES = timedelta(minutes=10)
"""So long before their end botocore signs nothing with credentials any more (RefreshableCredentials, mandatory
refresh); some minutes before, it looks for newer ones at every request."""
LIFE = 2.0
"""Seconds for which the first ones are good."""


@pytest.fixture
def renewed(request: pytest.FixtureRequest, place: Place, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile whose program gives other credentials when a file, which is returned, is there.

    They differ in the session's token. By what the program says, the first ones end after ``LIFE``, or, with the
    parameter ``refused``, not today.
    """
    end = timedelta(days=1) if getattr(request, "param", "") == "refused" else LAST_MINUTES + timedelta(seconds=LIFE)
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
        keys("first", now + end),
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


@at("swift-direct", "swift-sdk")
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


REVOKED = [
    pytest.param("PUT", "partNumber=2", id="part"),
    pytest.param("POST", "uploadId=[^&]+$", id="complete"),
    pytest.param("GET", "/k", id="piece"),
]


@at("swift-direct", "swift-sdk")
@pytest.mark.parametrize("renewed", ["refused"], indirect=True)
@pytest.mark.parametrize(("method", "target"), REVOKED)
def test_credentials_that_are_refused_before_their_end(
    method: str, target: str, place: Place, file: Path, data: bytes, renewed: Path
) -> None:
    """All that comes after the first such request is refused; the source has others, and nobody notices."""
    if method == "GET":
        place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
        file.unlink()

    def revoke() -> None:
        renewed.touch()
        place.proxy.add(faults.refuse(400, "ExpiredToken"), header="(?i)x-amz-security-token: first", times=1000)

    revoked = place.proxy.add(faults.calling(faults.refuse(400, "ExpiredToken"), revoke), method=method, target=target)
    with place.open(resilience={"max_attempts": 1}) as storage:
        if method == "GET":
            storage.download_file("k", file)
        else:
            storage.upload_file(file, "k")
    assert revoked.hits == 1
    assert (file.read_bytes() if method == "GET" else place.stored()) == data
    nothing_left(place, file.parent, "file")


@at("swift-direct", "swift-sdk")
@pytest.mark.parametrize("renewed", ["refused"], indirect=True)
def test_credentials_that_are_refused_when_there_are_no_others(place: Place, renewed: Path) -> None:
    assert not renewed.exists()
    rule = place.proxy.add(faults.refuse(400, "ExpiredToken"), times=1000)
    with place.open() as storage, pytest.raises(e.ExpiredToken, match="source was asked again, and has no others"):
        storage.put("k", b"data")
    assert rule.hits == 1  # the same would be refused again


@at("swift-direct", "swift-sdk")
@pytest.mark.parametrize("renewed", ["refused"], indirect=True)
def test_a_source_that_fails_when_it_is_asked_again(place: Place, renewed: Path) -> None:
    def fail() -> None:
        (renewed.parent / "credentials").write_text("#!/bin/sh\necho 'the vault is closed' >&2\nexit 1\n")

    rule = place.proxy.add(faults.calling(faults.refuse(400, "ExpiredToken"), fail), times=1000)
    with place.open() as storage, pytest.raises(e.ExpiredToken, match=r"could not be had.*the vault is closed"):
        storage.put("k", b"data")
    assert rule.hits == 1


@at("swift-direct", "swift-sdk", but={"moto-*": "moto checks no signature"})
def test_keys_that_are_rotated_in_their_file(place: Place, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No fault here: Swift itself refuses the old secret. Not even HEAD, whose refusal has no reason, notices."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.delenv(f"HOLDALL_STORES__FAULTY__{name}")
    monkeypatch.setenv("HOLDALL_STORES__FAULTY__PROFILE", "rotated")
    (home / ".aws").mkdir()

    def rotate(secret: str) -> None:
        (home / ".aws" / "credentials").write_text(
            f"[rotated]\naws_access_key_id = {place.server.access_key_id}\naws_secret_access_key = {secret}\n"
        )

    calls: list[Callable[[holdall.Storage], object]] = [
        lambda storage: storage.put("k", io.BytesIO(b"data")),
        lambda storage: storage.head("k"),
        lambda storage: storage.get("k").read(),
        lambda storage: list(storage.list()),
    ]
    if place.server.name != "rclone":  # it lists no uploads
        calls.append(lambda storage: list(storage.uploads.list()))
    for call in calls:
        rotate("old")
        with place.open() as storage:
            with pytest.raises(e.AccessError):
                storage.exists("other")
            rotate(place.server.secret_access_key)
            with monkeypatch.context() as patch:
                patch.setattr("holdall_s3.renewal._PAUSE", 0.0)
                call(storage)
    assert place.stored() == b"data"


@pytest.mark.parametrize("target", [r"\?uploads", "partNumber=2", "uploadId=[^&]+$"], ids=["begin", "part", "complete"])
def test_an_upload_that_is_not_permitted_leaves_nothing(target: str, place: Place, file: Path) -> None:
    place.proxy.add(faults.refuse(403, "AccessDenied"), target=target, method="PUT" if "part" in target else "POST")
    with place.open() as storage, pytest.raises(e.AccessDenied) as caught:
        storage.upload_file(file, "k")
    assert isinstance(caught.value, PermissionError)
    assert place.stored() is None
    nothing_left(place, file.parent, "file")


@pytest.mark.parametrize("skip", [0, 2], ids=["first request", "piece"])
@at("swift-direct", "swift-sdk")
def test_a_download_that_is_not_permitted_leaves_nothing(skip: int, place: Place, tmp_path: Path, data: bytes) -> None:
    place.witness.put_object(Bucket=place.bucket, Key="k", Body=data)
    target = tmp_path / "file"
    target.write_bytes(b"old")
    refused = place.proxy.add(faults.refuse(403, "AccessDenied"), method="GET", skip=skip, times=1000)
    with place.open() as storage, pytest.raises(e.AccessDenied):
        storage.download_file("k", target)
    assert refused.hits
    assert target.read_bytes() == b"old"
    nothing_left(place, tmp_path, "file")
