"""Probing: what is found on real servers, what it leaves behind (nothing), what it costs, and what is kept of it."""

from __future__ import annotations

import json
import pickle
import stat
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors as e
from holdall.account import Account
from holdall.capabilities import NO, UNKNOWN, YES, Capabilities, Evidence, Source
from holdall.models import Versioning
from holdall.storage import Storage
from holdall_s3.probing import cache
from holdall_s3.probing.running import ORDER
from tests.servers import boto3_client, quirky, run_faults, run_quirky
from tests.servers.faults import Fault, FaultProxy, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

SERVERS = ["moto", "swift", "rclone"]
MOST = 75
"""Requests that a probe may take on the server that needs most, tidying up included."""


@pytest.fixture
def engine() -> str:
    """One engine: a probe has its own client whatever the store's engine."""
    return "direct"


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_server")
    return found


def contents(server: S3Server, bucket: str) -> dict[str, bytes]:
    """All objects of a bucket, with their bytes."""
    with closing(boto3_client(server)) as client:
        keys = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket).get("Contents", ())]
        return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def uploads(server: S3Server, bucket: str) -> list[Any]:
    with closing(boto3_client(server)) as client:
        try:
            return list(client.list_multipart_uploads(Bucket=bucket).get("Uploads", ()))
        except client.exceptions.NoSuchUpload:  # rclone's way of saying that there are none
            return []


def test_a_probe_finds_the_truth_and_leaves_nothing(server: S3Server, provider_on: MakeProvider) -> None:
    with run_faults(server.endpoint_url) as proxy:
        provider = provider_on(server, store_family="generic", endpoint_url=proxy.endpoint_url)
        store = Storage(provider, prefix="mine/")
        store.put("k", b"the user's own")
        proxy.clear()
        heard: list[tuple[int, int, str]] = []
        found = store.capabilities.probe(progress=lambda *event: heard.append(event))
        sent = list(proxy.requests)
    bucket = provider.info.bucket or ""
    assert contents(server, bucket) == {"mine/k": b"the user's own"}
    assert uploads(server, bucket) == []
    assert len(sent) <= MOST
    scratch = f"/{bucket}/mine/.holdall-probe-"
    writes = [target for method, target in sent if method in {"PUT", "POST", "DELETE"}]
    assert all(target.startswith((scratch, f"/{bucket}?delete")) for target in writes)
    assert [done for done, _, _ in heard] == list(range(heard[-1][1] + 1))
    assert found == store.capabilities == provider.capabilities
    believed = {
        "put.if_absent": {"moto"},
        "put.if_match": {"moto"},
        "put.content_md5": {"swift", "rclone"},
        "delete.if_match": {"moto", "swift"},
        "copy.server_side": {"moto", "swift"},
        "copy.if_absent": set(),
        "multipart.complete_if_absent": {"moto"},
        "tags.objects": {"moto"},
        "encryption.sse_c": set(),
        "dialect.metadata_case": {"moto", "swift"},
        "delete.batch": {"moto", "swift", "rclone"},
    }
    for feature, names in believed.items():
        assert found.lookup(feature) is (YES if server.name in names else NO), feature
        evidence = found.evidence(feature)
        assert evidence.source is Source.PROBED
        assert evidence.date is not None
        assert evidence.note
    assert bool(found.checksums.algorithms) == (server.name == "swift")
    assert found.keys.not_held == (("dot-segment", "empty-segment", "leading-slash") if server.name == "rclone" else ())
    assert found.presign.get is UNKNOWN  # nothing was asked about it


def test_forms_of_keys_that_a_probe_does_not_look_at_stay_known(
    provider_on: MakeProvider, rclone_server: S3Server
) -> None:
    found = Storage(provider_on(rclone_server)).capabilities.probe()
    assert found.evidence("keys.not_held").source is Source.PROBED
    assert found.keys.not_held == ("dot-segment", "empty-segment", "leading-slash", "trailing-slash")


def test_the_reason_for_a_no_is_an_answer_of_the_server(provider_on: MakeProvider, swift_server: S3Server) -> None:
    found = Storage(provider_on(swift_server)).capabilities.probe()
    assert "4 create-only puts at the same time" in str(found.evidence("put.if_absent").note)
    assert "501 NotImplemented, request id tx" in str(found.evidence("tags.objects").note)


def test_one_race_that_went_well_does_not_refute_one_that_did_not(
    provider_on: MakeProvider, moto_server: S3Server
) -> None:
    provider = provider_on(moto_server, store_family="swift")  # whose profile has seen several winners
    found = Storage(provider).capabilities.probe()
    assert found.put.if_absent is NO
    assert found.evidence("put.if_absent").source is Source.PROFILE
    assert found.tags.objects is YES  # elsewhere the probe is right


def test_a_scratch_bucket_is_made_and_removed(server: S3Server, provider_on: MakeProvider) -> None:
    provider = provider_on(server, store_family="generic")
    with closing(boto3_client(server)) as client:
        before = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
        found = Account(provider, None).capabilities.probe()  # type: ignore[arg-type] # opens no bucket
        assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == before
    assert found.versions.enable is (NO if server.name == "rclone" else YES)
    assert found.delete.batch_versions is (YES if server.name == "moto" else NO)
    assert contents(server, provider.info.bucket or "") == {}


def test_of_a_bucket_with_versions_none_is_left(provider_on: MakeProvider, moto_server: S3Server) -> None:
    provider = provider_on(moto_server)
    store = Storage(provider)
    store.versions.enable()
    store.put("k", b"one")
    store.capabilities.probe()
    assert [(each.key, each.is_latest) for each in store.versions.list()] == [("k", True)]


def test_a_bucket_that_locks_new_objects_is_not_probed(moto_server: S3Server, provider_on: MakeProvider) -> None:
    bucket = "locked-by-default"
    with closing(boto3_client(moto_server)) as client:
        client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        client.put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},  # type: ignore[typeddict-item]
        )
        with pytest.raises(e.InvalidBucketState, match="locks new objects"):
            Storage(provider_on(moto_server, bucket=bucket)).capabilities.probe()
        assert contents(moto_server, bucket) == {}
        client.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("request_number", [3, 30])
@pytest.mark.parametrize("ending", ["reset", "interrupt"])
def test_whatever_stops_a_probe_nothing_is_left(
    ending: str, request_number: int, provider_on: MakeProvider, moto_server: S3Server
) -> None:
    with run_faults(moto_server.endpoint_url) as proxy:
        provider = provider_on(moto_server, store_family="generic", endpoint_url=proxy.endpoint_url)
        before = provider.capabilities

        def stop(done: int, _total: int, _feature: str) -> None:
            if ending == "interrupt" and done == request_number:
                raise KeyboardInterrupt

        if ending == "reset":
            proxy.add(Fault(forward=False, request_bytes=0), skip=request_number)
        wanted = KeyboardInterrupt if ending == "interrupt" else e.StorageError
        with pytest.raises(wanted):
            Storage(provider).capabilities.probe(progress=stop)
        assert provider.capabilities is before
        bucket = provider.info.bucket or ""
        assert contents(moto_server, bucket) == {}
        assert uploads(moto_server, bucket) == []


def test_a_scratch_bucket_goes_with_the_probe_that_is_stopped(provider_on: MakeProvider, moto_server: S3Server) -> None:
    provider = provider_on(moto_server)

    def stop(_done: int, _total: int, feature: str) -> None:
        if feature == "delete.batch_versions":
            raise KeyboardInterrupt

    with closing(boto3_client(moto_server)) as client:
        before = client.list_buckets()["Buckets"]
        with pytest.raises(KeyboardInterrupt):
            Account(provider, None).capabilities.probe(progress=stop)  # type: ignore[arg-type] # opens no bucket
        assert client.list_buckets()["Buckets"] == before


def test_answers_that_pass_are_no_no(provider_on: MakeProvider, moto_server: S3Server) -> None:
    with run_faults(moto_server.endpoint_url) as proxy:
        provider = provider_on(moto_server, store_family="generic", endpoint_url=proxy.endpoint_url)
        proxy.add(refuse(503, "SlowDown"), method="PUT", target="tagging", times=10)
        proxy.add(refuse(403, "AccessDenied"), method="GET", target="uploads", times=10)
        found = Storage(provider).capabilities.probe()
    assert found.tags.objects is UNKNOWN
    assert found.multipart.list_uploads is UNKNOWN
    assert found.put.if_match is YES


@pytest.mark.parametrize("versioning", [Versioning.OFF, Versioning.ENABLED])
def test_of_a_store_that_heeds_no_prefix_only_the_scratch_objects_are_deleted(
    versioning: Versioning, provider_on: MakeProvider, moto_server: S3Server
) -> None:
    with run_quirky(moto_server, quirky.NO_PREFIX) as running:
        provider = provider_on(moto_server, store_family="generic", endpoint_url=running.server.endpoint_url)
        if versioning is Versioning.ENABLED:
            provider.set_versioning(versioning)
        store = Storage(provider)
        store.put("the-users", b"own")
        store.capabilities.probe()
    assert contents(moto_server, provider.info.bucket or "") == {"the-users": b"own"}


def test_what_is_no_s3_store_is_not_probed(provider_on: MakeProvider, moto_server: S3Server) -> None:
    page = b"<html>Welcome</html>"
    welcome = Fault(answer=b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(page), page), forward=False)
    with run_faults(moto_server.endpoint_url) as proxy:
        provider = provider_on(moto_server, store_family="generic", endpoint_url=proxy.endpoint_url)
        proxy.add(welcome, times=100)
        with pytest.raises(e.InvalidResponse, match="without the object's ETag"):
            Storage(provider).capabilities.probe()


def test_who_may_not_write_is_told_so(provider_on: MakeProvider, moto_server: S3Server) -> None:
    with run_faults(moto_server.endpoint_url) as proxy:
        provider = provider_on(moto_server, endpoint_url=proxy.endpoint_url)
        proxy.add(refuse(403, "AccessDenied"), method="PUT", times=100)
        with pytest.raises(e.AccessDenied, match="writes scratch objects"):
            Storage(provider).capabilities.probe()


def test_stores_that_say_what_they_can_are_not_probed() -> None:
    import holdall

    with holdall.open_storage("memory://probed") as store:
        with pytest.raises(e.UnsupportedOperation, match="not probed"):
            store.capabilities.probe()
        assert isinstance(store.capabilities, Capabilities)
        assert store.capabilities == store.provider.capabilities
        assert type(pickle.loads(pickle.dumps(store.capabilities))) is Capabilities
        assert type(store.capabilities.replace({}, store.capabilities.evidence("put.if_absent"))) is Capabilities
        assert "provider" not in repr(store.capabilities)


# --- what is kept ------------------------------------------------------------------------------------------------


KEPT = ("put.if_absent", "tags.objects", "checksums.md5_etag")
NOTE = "412 PreconditionFailed, request id 1"


def _server_name(provider: S3Provider) -> str:
    told = provider.raw_client.head_bucket(Bucket=provider.info.bucket or "")
    return str(told["ResponseMetadata"]["HTTPHeaders"]["server"])


@pytest.fixture
def probed(moto_server: S3Server, provider_on: MakeProvider) -> Iterator[tuple[FaultProxy, Callable[..., S3Provider]]]:
    """A proxy before moto, and a function that opens stores there, of which something is kept."""
    with run_faults(moto_server.endpoint_url) as proxy:

        def open_it(**settings: Any) -> S3Provider:
            return provider_on(
                moto_server, **{"store_family": "generic", "endpoint_url": proxy.endpoint_url, **settings}
            )

        provider = open_it()
        found = {feature: (YES, Evidence(Source.PROBED, "2026-11-29", NOTE)) for feature in KEPT}
        cache.save(provider._clients.config, provider.info.bucket, _server_name(provider), None, found)
        yield proxy, open_it


def kept_file(home: Path) -> Path:
    (found,) = (home / ".cache" / "holdall" / "probed").iterdir()
    return found


def test_what_was_found_is_there_when_the_store_is_opened_again(
    probed: tuple[FaultProxy, Callable[..., S3Provider]], home: Path
) -> None:
    proxy, open_it = probed
    proxy.clear()
    again = open_it().capabilities
    assert proxy.requests == []
    assert again.put.if_absent is YES
    assert again.evidence("put.if_absent").source is Source.PROBED
    assert again.evidence("put.if_absent").note == NOTE
    assert again.checksums.md5_etag is UNKNOWN  # it is another bucket's
    assert stat.S_IMODE(kept_file(home).stat().st_mode) == 0o600


def test_what_is_kept_is_not_asked_for_again_unless_afresh_or_of_another_server(
    probed: tuple[FaultProxy, Callable[..., S3Provider]], home: Path, moto_server: S3Server
) -> None:
    proxy, open_it = probed
    store = Storage(open_it())
    proxy.clear()
    store.capabilities.probe()
    assert len(proxy.requests) == 1  # whether it is the same server
    file = kept_file(home)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"server": "Other/1.0"}))
    store.capabilities.probe()
    assert len(proxy.requests) > 40
    text = file.read_text()
    assert '"server": "Other/1.0"' not in text
    assert moto_server.secret_access_key not in text
    assert moto_server.access_key_id not in text
    proxy.clear()
    store.capabilities.probe()
    assert len(proxy.requests) == 1
    store.capabilities.probe(fresh=True)
    assert len(proxy.requests) > 40


def test_the_users_word_outranks_what_is_kept(probed: tuple[FaultProxy, Callable[..., S3Provider]]) -> None:
    _, open_it = probed
    assert open_it(capabilities={"put.if_absent": "no"}).capabilities.put.if_absent is NO


def test_what_is_kept_can_be_forgotten(probed: tuple[FaultProxy, Callable[..., S3Provider]]) -> None:
    _, open_it = probed
    store = Storage(open_it())
    assert store.capabilities.forget()
    assert store.capabilities.put.if_absent is UNKNOWN
    assert not store.capabilities.forget()
    assert open_it().capabilities.put.if_absent is UNKNOWN


@pytest.mark.parametrize(
    "change",
    [
        {"date": "2020-01-01T00:00:00+00:00"},
        {"date": "2999-01-01T00:00:00+00:00"},
        {"date": "yesterday"},
        {"holdall": "0.0.0"},
        {"format": 99},
        {"family": "minio"},
        {"where": ["http://other.example"]},
        {"found": [{"feature": "put.if_absent", "value": "perhaps", "date": "", "note": "", "bucket": None}]},
        {"found": [{"feature": "no.such", "value": "yes", "date": "", "note": "", "bucket": None}]},
        {"found": 1},
    ],
)
def test_a_file_that_is_old_or_damaged_is_none(
    change: dict[str, Any], probed: tuple[FaultProxy, Callable[..., S3Provider]], home: Path
) -> None:
    _, open_it = probed
    file = kept_file(home)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert open_it().capabilities.put.if_absent is UNKNOWN


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\udcff"])
def test_a_file_that_is_no_document_is_none(
    text: str, probed: tuple[FaultProxy, Callable[..., S3Provider]], home: Path
) -> None:
    _, open_it = probed
    kept_file(home).write_bytes(text.encode(errors="surrogateescape"))
    assert open_it().capabilities.put.if_absent is UNKNOWN


def test_a_folder_that_can_t_be_written_to_keeps_nothing_and_is_no_failure(
    provider_on: MakeProvider, moto_server: S3Server, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / ".cache").write_text("a file, and no folder")
    found = Storage(provider_on(moto_server, store_family="generic")).capabilities.probe()
    assert found.put.if_absent is YES
    assert "not kept" in caplog.text


def test_endpoints_are_told_apart_and_users_and_passwords_in_them_are_not_kept(
    provider_on: MakeProvider, moto_server: S3Server
) -> None:
    one = provider_on(moto_server)._clients.config
    import dataclasses

    other = dataclasses.replace(one, endpoint_url="http://127.0.0.1:1")
    user = dataclasses.replace(other, endpoint_url="http://user:password@127.0.0.1:1")
    assert cache.path_of(one) != cache.path_of(other)
    assert cache.path_of(other) == cache.path_of(user)
    aws = dataclasses.replace(one, endpoint_url=None, region="eu-central-1")
    assert cache.path_of(aws) != cache.path_of(dataclasses.replace(aws, region="us-east-1"))


def test_every_probe_is_run_and_named_after_a_feature() -> None:
    from holdall.capabilities import FEATURES
    from holdall_s3.probing.registry import PROBES

    assert {each.feature for each in ORDER} == set(PROBES) <= set(FEATURES)
