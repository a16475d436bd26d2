"""The command on S3 servers: moto for what only AWS has, Swift for signatures that are really checked."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import S3Server
    from tests.storage.cli.conftest import Done


def configure(folder: Path, server: S3Server, **extra: str) -> None:
    settings = {
        "provider": "s3-compatible",
        "endpoint_url": server.endpoint_url,
        "region": server.region,
        "access_key_id": server.access_key_id,
        "secret_access_key": server.secret_access_key,
    } | extra
    lines = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    (folder / "holdall.toml").write_text(
        f'default_store = "cloud"\n[stores.cloud]\n{lines}\n[stores.lake]\nprovider = "local"\nroot = "data/lake"\n'
    )


@pytest.fixture
def bucket(folder: Path, s3_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> str:
    configure(folder, s3_server)
    return fresh_bucket(s3_server)


def test_the_way_of_an_object(bucket: str, blob: Callable[..., Done], folder: Path) -> None:
    (folder / "f.csv").write_bytes(b"a,b\n")
    put = blob("put", "f.csv", f"s3://{bucket}/in/", "--metadata", "version=1").json
    assert (put["bucket"], put["key"], put["size"]) == (bucket, "in/f.csv", 4)
    head = blob("head", f"blob://cloud/{bucket}/in/f.csv").json
    assert (head["etag"], head["metadata"], head["content_type"]) == (put["etag"], {"version": "1"}, "text/csv")
    assert head["tags"] == {}
    assert blob("get", f"s3://{bucket}/in/f.csv", "-", "--range", "0-0").stdout == b"a"
    copy = blob("copy", f"s3://{bucket}/in/f.csv", f"blob://cloud/{bucket}/copy.csv", "--metadata", "more=2").json
    assert copy["server_side"] is True
    assert blob("head", f"s3://{bucket}/copy.csv").json["metadata"] == {"version": "1", "more": "2"}
    away = blob("copy", f"s3://{bucket}/copy.csv", "blob://lake/").json
    assert away["server_side"] is False
    assert blob("get", "blob://lake/copy.csv", "-").stdout == b"a,b\n"
    listing = blob("list", f"s3://{bucket}").json
    assert (listing["prefixes"], [each["key"] for each in listing["objects"]]) == (["in/"], ["copy.csv"])
    assert blob("delete", f"s3://{bucket}/in/", "-r", "-f").json["deleted_count"] == 1
    assert blob("list", f"s3://{bucket}", "-r", "--format", "keys").text == "copy.csv\n"


def test_a_bucket_by_option_or_variable_makes_keys_plain(
    bucket: str, blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    blob("put", "-", "k", "--bucket", bucket, stdin=b"x")
    monkeypatch.setenv("BLOB_BUCKET", bucket)
    assert blob("get", "k", "-").stdout == b"x"
    assert [each["key"] for each in blob("list").json["objects"]] == ["k"]
    assert "name different buckets" in blob("get", "s3://another-bucket/k", "-", "--bucket", bucket, code=2).stderr


def test_buckets_of_the_account(bucket: str, blob: Callable[..., Done]) -> None:
    listing = blob("list", "blob://cloud").json
    assert bucket in [each["name"] for each in listing["buckets"]]
    assert listing["total_count"] == len(listing["buckets"])
    assert bucket in blob("list", "blob://cloud/", "--format", "keys").text.splitlines()
    assert len(blob("list", "--limit", "1").json["buckets"]) == 1
    assert "name one of them" in blob("list", "-r", code=2).stderr
    assert "names no bucket" in blob("put", "-", "blob://cloud/", stdin=b"", code=2).stderr


def test_what_is_not_there_is_1(bucket: str, blob: Callable[..., Done]) -> None:
    assert "Error: " in blob("get", f"s3://{bucket}/none", "-", code=1).stderr
    done = blob("list", f"s3://{bucket}-none/", code=1)
    assert f"  - bucket: {bucket}-none\n" in done.stderr
    assert "error: BucketNotFound" in done.stderr
    (command,) = re.findall(r"^Solution: .* To make it: python (.*)$", done.stderr, re.MULTILINE)
    subprocess.run([sys.executable, *shlex.split(command)], check=True, timeout=60)
    assert blob("list", f"s3://{bucket}-none/").json["total_count"] == 0


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_can_be_none_is_2_before_any_request(blob: Callable[..., Done]) -> None:
    assert "InvalidBucketName" in blob("list", "s3://not*a*bucket/", code=2).stderr


def test_if_not_exists(bucket: str, blob: Callable[..., Done], s3_server: S3Server, folder: Path) -> None:
    blob("put", "-", f"s3://{bucket}/k", stdin=b"first")
    arguments = ("put", "-", f"s3://{bucket}/k", "--if-not-exists")
    assert blob(*arguments, stdin=b"second").json["skipped"] is True
    assert blob("get", f"s3://{bucket}/k", "-").stdout == b"first"
    # The look whether the key is there shows what store this is.
    other = ("put", "-", f"s3://{bucket}/other", "--if-not-exists")
    done = blob(*other, stdin=b"x", code=2 if s3_server.name == "swift" else 0)
    assert ("has no if_absent" in done.stderr) is (s3_server.name == "swift")
    # Where nothing is promised about the store, a write that data depends on is refused.
    configure(folder, s3_server, store_family="generic")
    third = ("put", "-", f"s3://{bucket}/third", "--if-not-exists")
    assert 'capabilities."put.if_absent"' in blob(*third, stdin=b"x", code=2).stderr


def test_if_not_exists_is_refused_where_it_is_no_lock(
    swift_server: S3Server, fresh_bucket: Callable[[S3Server], str], blob: Callable[..., Done], folder: Path
) -> None:
    configure(folder, swift_server, store_family="swift")
    location = f"s3://{fresh_bucket(swift_server)}/k"
    assert "has no if_absent" in blob("put", "-", location, "--if-not-exists", stdin=b"x", code=2).stderr
    blob("get", location, "-", code=1)


def test_doctor_finds_nothing_wrong(bucket: str, blob: Callable[..., Done], s3_server: S3Server) -> None:
    done = blob("doctor", f"blob://cloud/{bucket}", "--write", "--format", "json")
    assert all(check["ok"] for check in done.json)
    checks = {check["check"]: check["detail"] for check in done.json}
    assert list(checks) == [
        "configuration", "store", "provider", "credentials", "name", "endpoint", "clock", "listing", "writing",
    ]  # fmt: skip
    assert s3_server.secret_access_key not in done.text
    assert s3_server.access_key_id not in done.text
    assert s3_server.endpoint_url in checks["endpoint"]
    assert blob("list", f"s3://{bucket}", "-r").json["total_count"] == 0
    text = blob("doctor").text
    assert text.count("✓") == 8
    assert "the account has buckets" in text


@pytest.fixture
def swift_bucket(swift_server: S3Server, fresh_bucket: Callable[[S3Server], str]) -> str:
    return fresh_bucket(swift_server)


def test_a_wrong_key_is_3_and_says_which(
    swift_bucket: str, swift_server: S3Server, blob: Callable[..., Done], folder: Path
) -> None:
    configure(folder, swift_server, secret_access_key="wrong")
    for arguments in (["list", f"s3://{swift_bucket}/"], ["put", "holdall.toml", f"s3://{swift_bucket}/k"]):
        done = blob(*arguments, code=3)
        assert "  - error: SignatureDoesNotMatch\n" in done.stderr
        assert "secret" in done.stderr.partition("Solution: ")[2].partition("\n")[0]
        assert "wrong" not in done.stderr
        assert done.stdout == b""
    doctor = blob("doctor", "cloud", "--bucket", swift_bucket, "--format", "json", code=3)
    checks = {check["check"]: check for check in doctor.json}
    assert (checks["endpoint"]["ok"], checks["listing"]["ok"]) == (True, False)
    assert checks["listing"]["error"] == "SignatureDoesNotMatch"


def test_a_store_that_does_not_answer_is_3(folder: Path, blob: Callable[..., Done], swift_server: S3Server) -> None:
    configure(folder, swift_server, endpoint_url="http://127.0.0.1:9")
    done = blob("list", "s3://some-bucket/", code=3)
    assert "error: ConnectionFailed" in done.stderr
    doctor = blob("doctor", "cloud", "--format", "json", code=3)
    checks = {check["check"]: check["ok"] for check in doctor.json}
    assert (checks["name"], checks["endpoint"], checks["clock"], checks["listing"]) == (True, False, None, None)


def test_a_host_without_an_address_is_found_by_doctor(
    folder: Path, blob: Callable[..., Done], swift_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):  # with one, the proxy asks for the address
        monkeypatch.delenv(name, raising=False)
    configure(folder, swift_server, endpoint_url="http://no-such-host.invalid:9000")
    done = blob("doctor", "cloud", code=3)
    assert "✗ name: the host name 'no-such-host.invalid' has no address" in done.text
    assert "- endpoint: not tried" in done.text


def test_aws_without_credentials_says_where_they_were_looked_for(
    folder: Path, blob: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "holdall.toml").write_text(
        '[stores.aws]\nprovider = "s3"\nregion = "eu-central-1"\nbucket = "some-bucket"\n'
    )
    monkeypatch.setenv("AWS_PROFILE", "default")
    (folder / "config").write_text("[default]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    done = blob("doctor", "aws", code=3)
    assert "✗ credentials: no source of credentials has any" in done.text
    assert f"profile 'default' in ~/.aws/credentials, {folder / 'config'}" in done.stderr
    assert blob("list", "s3://some-bucket/", code=3).stderr.startswith("Error: no source of credentials has any")
