"""Checksums that a store keeps, on their way down; checksums behind bodies, on their way up. With both engines."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from holdall import options as opt
from holdall.checksums import checksum
from holdall.config import ResilienceSettings
from holdall.config.store import TransferSettings
from holdall.layers import stack
from holdall.models import ChecksumAlgorithm, Proof
from holdall.storage import Storage
from holdall.testing.bodies import Reader
from holdall_s3.bodies import CHUNK
from holdall_s3.direct import channel, payload
from tests.servers import faults, run_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server
    from tests.servers.faults import FaultProxy

PART = 5 * 1024 * 1024


@pytest.fixture
def keeping(
    moto_server: S3Server, fresh_bucket: Callable[[S3Server], str], provider_on: MakeProvider
) -> Iterator[tuple[Storage, FaultProxy, Any]]:
    """A store that keeps checksums, the proxy before it, and boto3's client of it."""
    transfer: Any = {"multipart_threshold": 2 * PART, "chunk_size": PART, "max_concurrency": 3}
    with run_faults(moto_server.endpoint_url) as proxy:
        server = replace(moto_server, endpoint_url=proxy.endpoint_url)
        provider = provider_on(server, bucket=fresh_bucket(moto_server), checksums="when_supported")
        store = stack.build(provider, ResilienceSettings(max_attempts=1))
        yield Storage(store, transfer=TransferSettings.model_validate(transfer)), proxy, provider.raw_client


def written(client: Any, bucket: str, data: bytes, algorithm: ChecksumAlgorithm, kind: str) -> None:
    """Writes an object with boto3; the store computes the checksum of what was sent in parts."""
    name = f"Checksum{algorithm}"
    if kind == "one request":
        client.put_object(
            Bucket=bucket, Key="k", Body=data, ChecksumAlgorithm=algorithm, **{name: checksum(algorithm, data).value}
        )
        return
    named = {"Bucket": bucket, "Key": "k"}
    upload = client.create_multipart_upload(**named, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    named["UploadId"] = upload["UploadId"]
    parts = []
    for number, start in enumerate(range(0, len(data), PART), 1):
        body = data[start : start + PART]
        told = {name: checksum(algorithm, body).value}
        part = client.upload_part(**named, PartNumber=number, Body=body, **told)
        parts.append({"PartNumber": number, "ETag": part["ETag"], **told})
    client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})


# Of what was sent in parts moto computes the checksum itself, and without AWS's CRT it takes a CRC32 for any other CRC.
KINDS = [(algorithm, "one request") for algorithm in ChecksumAlgorithm]
KINDS += [(algorithm, "COMPOSITE") for algorithm in ChecksumAlgorithm if algorithm in {"CRC32", "SHA1", "SHA256"}]
KINDS += [(ChecksumAlgorithm.CRC32, "FULL_OBJECT")]


@pytest.mark.parametrize(("algorithm", "kind"), KINDS)
def test_a_kept_checksum_proves_a_download(
    algorithm: ChecksumAlgorithm, kind: str, keeping: tuple[Storage, FaultProxy, Any], tmp_path: Path
) -> None:
    storage, proxy, client = keeping
    data = os.urandom(2 * PART + 7)
    written(client, storage.provider.info.bucket or "", data, algorithm, kind)
    done = storage.download_file("k", tmp_path / "file", verify="strict")
    assert done.verified_by is (Proof.COMPOSITE if kind == "COMPOSITE" else Proof.CHECKSUM)
    assert [kept.algorithm for kept in done.checksums] == [algorithm]
    assert (tmp_path / "file").read_bytes() == data
    (tmp_path / "file").unlink()
    proxy.add(faults.flip_answer(777), method="GET", times=1000)
    # moto tells no sizes of parts: where those that are usual do not fit, nobody knows which of the two is wrong.
    with pytest.raises(e.Unverifiable if kind == "COMPOSITE" else e.ChecksumMismatch):
        storage.download_file("k", tmp_path / "file", verify="strict")
    assert list(tmp_path.iterdir()) == []


direct = pytest.mark.parametrize("engine", ["direct"])  # boto3 sends checksums behind bodies over TLS only


@pytest.fixture
def trailing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checksums behind bodies over plain http, too; otherwise only AWS gets them, and over TLS."""

    def forced(*given: Any, **options: Any) -> Any:
        return payload.prepare(*given, **{**options, "signed": False, "trailer": True})

    monkeypatch.setattr(channel, "prepare", forced)


@direct
@pytest.mark.usefixtures("trailing")
@pytest.mark.parametrize("algorithm", list(ChecksumAlgorithm))
@pytest.mark.parametrize("size", [0, 10, CHUNK, 2 * CHUNK + 3])
def test_a_checksum_behind_a_body_arrives(
    size: int, algorithm: ChecksumAlgorithm, s3_server: S3Server, provider_on: MakeProvider
) -> None:
    provider = provider_on(s3_server, capabilities={"checksums": {"algorithms": list(ChecksumAlgorithm)}})
    data = os.urandom(size)
    options = opt.PutOptions(checksum_algorithm=algorithm, content_encoding="gzip")
    provider.put("k", Reader(data), options)
    with provider.get("k", opt.GET) as got:
        assert got.read() == data
        assert got.info.content_encoding == "gzip"


@direct
@pytest.mark.usefixtures("trailing")
def test_a_body_that_does_not_fit_the_checksum_behind_it_is_refused(
    swift_server: S3Server, fresh_bucket: Callable[[S3Server], str], provider_on: MakeProvider
) -> None:
    """Swift compares; moto takes any."""
    data = os.urandom(CHUNK + 5)
    with run_faults(swift_server.endpoint_url) as proxy:
        server = replace(swift_server, endpoint_url=proxy.endpoint_url)
        provider = provider_on(server, bucket=fresh_bucket(swift_server))
        for algorithm in ChecksumAlgorithm:
            rule = proxy.add(faults.flip_request(5000), method="PUT", header="x-amz-trailer")
            with pytest.raises(e.ChecksumMismatch):
                provider.put("k", Reader(data), opt.PutOptions(checksum_algorithm=algorithm))
            assert rule.hits == 1
            with pytest.raises(e.ObjectNotFound):
                provider.head("k", opt.HEAD)
