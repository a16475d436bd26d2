"""Each adaptation, on a store that needs it: without it the store says no, or does what nobody wanted.

Where no server at hand has the quirk, moto with the quirk of a vendor stands in (``tests.servers.quirky``).
"""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import trustme
import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from holdall import errors as e
from holdall import options as opt
from holdall.between import copy_between
from holdall.config.store import TransferSettings
from holdall.models import CopySource, ObjectRef, SseS3, Versioning
from holdall.storage import Storage
from holdall.testing.bodies import MIB, Reader, body_of
from holdall_s3.adaptations import adaptations
from holdall_s3.profiles import profile
from tests.servers import quirky, resolve_localhost_names, run_quirky

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server
    from tests.servers.quirky import Quirk, Request

    MakeStore = Callable[..., "Store"]

AS_AMAZON = {
    **dict.fromkeys(("dialect.default_checksums", "dialect.trailers", "dialect.unsigned_payload"), "yes"),
    **dict.fromkeys(("dialect.list_v2", "dialect.encoding_type"), "yes"),
    **dict.fromkeys(("dialect.batch_without_md5", "dialect.batch_crc32"), "yes"),
    **dict.fromkeys(("dialect.quoted_etags", "dialect.metadata_case", "dialect.metadata_utf8"), "yes"),
    **dict.fromkeys(("put.if_absent", "put.if_match", "multipart.complete_if_absent"), "yes"),
}
"""What a client believes that adapts nothing."""


class Store:
    """A store with a quirk.

    Attributes:
        server: How it is reached.
        bucket: A bucket of it.
        requests: What it has been sent.
    """

    def __init__(self, server: S3Server, bucket: str, requests: list[Request], make: MakeProvider) -> None:
        self.server = server
        self.bucket = bucket
        self.requests = requests
        self._make = make

    def provider(self, known: dict[str, Any] | None = None, **settings: Any) -> S3Provider:
        """A provider that knows this of the store, and believes that the rest is as at Amazon S3."""
        return self._make(self.server, bucket=self.bucket, capabilities={**AS_AMAZON, **(known or {})}, **settings)


@pytest.fixture
def store_with(
    moto_server: S3Server, fresh_bucket: Callable[[S3Server], str], provider_on: MakeProvider
) -> Iterator[MakeStore]:
    """Return a function that runs a store with a quirk."""
    with ExitStack() as afterwards:

        def make(quirk: Quirk, tls: ssl.SSLContext | None = None) -> Store:
            running = afterwards.enter_context(run_quirky(moto_server, quirk, tls))
            return Store(running.server, fresh_bucket(moto_server), running.requests, provider_on)

        yield make


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(made)
    return made


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


STREAM = TransferSettings.model_validate({"chunk_size": 5 * MIB, "multipart_threshold": 5 * MIB, "max_concurrency": 1})


def test_amazon_s3_needs_none() -> None:
    needed = adaptations(profile("aws"))
    assert (dict(needed.members), dict(needed.headers), needed.answers) == ({}, {}, ())
    assert not any((needed.list_v1, needed.sign_payloads, needed.untold_etag, needed.encoded_twice))
    assert needed.trailers


def write_in_parts(provider: S3Provider, key: str, *sizes: int) -> None:
    upload = provider.create_upload(key, opt.CREATE_UPLOAD)
    parts = [
        provider.upload_part(key, upload.upload_id, number, bytes(size), opt.PART)
        for number, size in enumerate(sizes, start=1)
    ]
    provider.complete_upload(key, upload.upload_id, parts, opt.COMPLETE)


# --- checksums, chunks, signatures -----------------------------------------------------------------------------------


def test_no_checksum_that_nobody_asked_for(store_with: MakeStore) -> None:
    store = store_with(quirky.NO_CHECKSUMS)
    known = {"checksums.algorithms": ["CRC32"]}
    with pytest.raises(e.InvalidRequest, match="Unsupported header"):
        store.provider(known).put("k", b"data", opt.PUT)
    adapted = store.provider({**known, "dialect.default_checksums": "no"})
    adapted.put("k", b"data", opt.PUT)
    write_in_parts(adapted, "parts", 4)
    adapted.put_tags("k", {"a": "b"}, None)
    adapted.set_versioning(Versioning.ENABLED)
    adapted.set_default_encryption(SseS3())
    (outcome,) = adapted.delete_batch([ObjectRef("k")], opt.DELETE)
    assert outcome.error is None


@pytest.mark.parametrize("settings", [{"checksums": "when_supported"}, {}])
def test_no_checksum_behind_the_body(
    store_with: MakeStore, context: ssl.SSLContext, bundle: str, settings: dict[str, Any], engine: str
) -> None:
    if engine == "sdk" and not settings:
        pytest.skip("boto3 sends checksums behind bodies only where it computes them")
    store = store_with(quirky.NO_CHUNKS, context)
    settings = {**settings, "connection": {"ca_bundle": bundle}}
    known = {"checksums.algorithms": ["CRC32"]}
    with pytest.raises(e.InvalidRequest, match="aws-chunked"):
        store.provider(known, **settings).put("k", Reader(b"data"), opt.PUT)
    store.provider({**known, "dialect.trailers": "no"}, **settings).put("k", Reader(b"data"), opt.PUT)
    assert "x-amz-checksum-crc32" in store.requests[-1].headers  # it goes before the body


def test_a_body_is_signed_where_it_has_to_be(store_with: MakeStore, context: ssl.SSLContext, bundle: str) -> None:
    store = store_with(quirky.SIGNED_ONLY, context)
    settings: dict[str, Any] = {"connection": {"ca_bundle": bundle}, "checksums": "when_supported"}
    known = {"dialect.trailers": "no"}
    with pytest.raises(e.SignatureDoesNotMatch):
        store.provider(known, **settings).put("k", b"data", opt.PUT)
    known |= {"dialect.unsigned_payload": "no"}
    store.provider(known, **settings).put("k", b"data", opt.PUT)
    store.provider({**known, "dialect.trailers": "yes"}, **settings).put("k", Reader(b"data"), opt.PUT)
    settings["connection"]["sign_payloads"] = False  # what the user says outranks what is known
    with pytest.raises(e.SignatureDoesNotMatch):
        store.provider(known, **settings).put("k", b"data", opt.PUT)


def test_a_body_whose_signing_the_user_wants_has_no_checksum_behind_it(
    store_with: MakeStore, context: ssl.SSLContext, bundle: str
) -> None:
    store = store_with(quirky.NO_CHUNKS, context)
    connection = {"ca_bundle": bundle, "sign_payloads": True}
    store.provider(connection=connection, checksums="when_supported").put("k", Reader(b"data"), opt.PUT)
    assert len(store.requests[-1].headers["x-amz-content-sha256"]) == 64


def test_the_region_is_signed_for_that_the_store_wants(store_with: MakeStore) -> None:
    store = store_with(quirky.signed_for("eu-frankfurt-1"))
    with pytest.raises(e.SignatureDoesNotMatch):
        store.provider().put("k", b"data", opt.PUT)
    store.provider(region="eu-frankfurt-1").put("k", b"data", opt.PUT)


# --- addressing ------------------------------------------------------------------------------------------------------


def test_the_bucket_is_in_the_host_name_where_it_has_to_be(store_with: MakeStore) -> None:
    store = store_with(quirky.VIRTUAL_ONLY)
    with pytest.raises(e.AccessDenied, match="virtual hosted"):
        store.provider().put("k", b"data", opt.PUT)
    named = store.server.virtual_host_endpoint_url
    with resolve_localhost_names():
        there = store.provider(connection={"addressing": "virtual"}, endpoint_url=named)
        there.put("k", b"data", opt.PUT)
        assert there.get("k", opt.GET).read() == b"data"


# --- batch deletes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quirk", [quirky.BATCH_WITH_MD5, quirky.NO_CHECKSUMS], ids=["md5", "nothing else"])
def test_a_batch_delete_has_its_md5_and_no_other_checksum(store_with: MakeStore, quirk: Quirk) -> None:
    store = store_with(quirk)
    with pytest.raises(e.InvalidRequest):
        store.provider().delete_batch([ObjectRef("a")], opt.DELETE)
    (outcome,) = store.provider({"dialect.batch_without_md5": "no"}).delete_batch([ObjectRef("a")], opt.DELETE)
    assert outcome.error is None
    assert not [name for name in store.requests[-1].headers if "checksum" in name]


def test_a_batch_delete_has_its_sha256(store_with: MakeStore) -> None:
    store = store_with(quirky.BATCH_WITHOUT_CRC32)
    with pytest.raises(e.InvalidRequest):
        store.provider().delete_batch([ObjectRef("a")], opt.DELETE)
    (outcome,) = store.provider({"dialect.batch_crc32": "no"}).delete_batch([ObjectRef("a")], opt.DELETE)
    assert outcome.error is None
    assert "x-amz-checksum-sha256" in store.requests[-1].headers


def test_objects_are_deleted_one_by_one_where_there_are_no_batches(store_with: MakeStore) -> None:
    store = store_with(quirky.NO_BATCH)
    with pytest.raises(e.UnsupportedOperation):
        Storage(store.provider({"delete.batch": "yes"})).delete_many(["a", "b"])
    summary = Storage(store.provider({"delete.batch": "no"})).delete_many(["a", "b"])
    assert (summary.deleted, summary.failed) == (2, [])


# --- listings --------------------------------------------------------------------------------------------------------

KEYS = ["a+b", "b/1", "b/2", "c%41", "d/x/1", "d/y", "e", "f/1"]


@pytest.mark.parametrize("quirk", [quirky.LIST_V1_ONLY, quirky.LIST_V1_WITHOUT_MARKER], ids=["marker", "no marker"])
def test_objects_are_listed_by_the_old_operation(store_with: MakeStore, quirk: Quirk) -> None:
    store = store_with(quirk)
    without, adapted = Storage(store.provider()), Storage(store.provider({"dialect.list_v2": "no"}))
    for key in KEYS:
        without.put(key, b"x")
    with pytest.raises(e.InvalidResponse, match="not where"):
        list(without.list(page_size=3))
    assert [entry.key for entry in adapted.list(page_size=3)] == KEYS
    assert [entry.key for entry in adapted.list(start_after="c%41", page_size=2)] == KEYS[4:]


@pytest.mark.parametrize("server", ["swift_server", "rclone_server"])
def test_the_old_operation_rolls_up(server: str, provider_on: MakeProvider, request: pytest.FixtureRequest) -> None:
    running: S3Server = request.getfixturevalue(server)
    adapted = Storage(provider_on(running, capabilities={"dialect.list_v2": "no"}))
    for key in KEYS:
        adapted.put(key, b"x")
    assert [entry.key for entry in adapted.list(page_size=3)] == KEYS
    pages = list(adapted.list_pages(delimiter="/", page_size=2))
    assert [entry.key for page in pages for entry in page.entries] == ["a+b", "c%41", "e"]
    assert [prefix for page in pages for prefix in page.prefixes] == ["b/", "d/", "f/"]


def test_keys_are_asked_for_as_they_are(store_with: MakeStore) -> None:
    store = store_with(quirky.UNTRUE_ENCODING)
    without = Storage(store.provider())
    for key in KEYS:
        without.put(key, b"x")
    assert "cA" in [entry.key for entry in without.list()]  # there is no such key
    for list_v2 in ("yes", "no"):
        adapted = Storage(store.provider({"dialect.encoding_type": "no", "dialect.list_v2": list_v2}))
        assert [entry.key for entry in adapted.list()] == KEYS


def test_versions_and_uploads_are_asked_for_as_they_are(store_with: MakeStore) -> None:
    store = store_with(quirky.UNTRUE_ENCODING)
    adapted = store.provider({"dialect.encoding_type": "no"})
    adapted.list_versions_page(opt.LIST)
    adapted.list_uploads("", None, None)
    assert not [request for request in store.requests if "encoding-type" in request.query]


def test_a_listing_of_other_keys_than_those_of_the_prefix_is_none(store_with: MakeStore) -> None:
    """Whoever empties a folder deletes what is listed."""
    provider = store_with(quirky.NO_PREFIX).provider()
    store = Storage(provider)
    store.put("mine", b"x")
    upload = provider.create_upload("mine-too", opt.CreateUploadOptions())
    for list_all in (store.list, store.versions.list, store.uploads.list):
        with pytest.raises(e.RequestIgnored, match=r"begin with 'folder/' and listed 'mine"):
            list(list_all("folder/"))
    assert [entry.key for entry in store.list()] == ["mine"]
    store.uploads.abort("mine-too", upload.upload_id)


# --- parts -----------------------------------------------------------------------------------------------------------


def pieces_of(data: bytes) -> Iterator[bytes]:
    return (data[start : start + MIB] for start in range(0, len(data), MIB))


def test_parts_are_equal(store_with: MakeStore) -> None:
    store = store_with(quirky.equal_parts())
    data = body_of(26 * MIB)
    known = {"multipart.max_parts": 20, "multipart.max_part_size": 11 * MIB}  # so that a stream's parts grow early
    growing = Storage(store.provider({**known, "multipart.equal_parts": "no"}), transfer=STREAM)
    with pytest.raises(e.InvalidPart, match="same length"):
        growing.put("k", pieces_of(data))
    equal = Storage(store.provider({**known, "multipart.equal_parts": "yes"}), transfer=STREAM)
    equal.put("k", pieces_of(data))
    assert equal.get("k").read() == data


def test_parts_are_few(store_with: MakeStore) -> None:
    store = store_with(quirky.most_parts(3))
    data = body_of(18 * MIB)
    many = Storage(store.provider({"multipart.max_parts": 10_000}), transfer=STREAM)
    with pytest.raises(e.InvalidRequest, match="Part number"):
        many.put("k", data)
    few = Storage(store.provider({"multipart.max_parts": 3}), transfer=STREAM)
    few.put("k", data)
    assert few.get("k").read() == data


def test_parts_are_large(store_with: MakeStore) -> None:
    store = store_with(quirky.least_part(6 * MIB))
    data = body_of(13 * MIB)
    small = Storage(store.provider({"multipart.min_part_size": 5 * MIB}), transfer=STREAM)
    with pytest.raises(e.PartTooSmall):
        small.put("k", data)
    large = Storage(store.provider({"multipart.min_part_size": 6 * MIB}), transfer=STREAM)
    large.put("k", data)
    assert large.get("k").read() == data


# --- conditions ------------------------------------------------------------------------------------------------------


def test_a_vendors_header_forbids_to_overwrite(store_with: MakeStore) -> None:
    store = store_with(quirky.FORBID_OVERWRITE)
    create = opt.PutOptions(if_absent=True)
    without = store.provider()
    without.put("k", b"first", create)
    without.put("k", b"second", create)  # the condition is ignored
    adapted = store.provider({"dialect.forbid_overwrite": ["x-oss-forbid-overwrite", "true"]})
    with pytest.raises(e.ObjectAlreadyExists):
        adapted.put("k", b"third", create)
    assert adapted.get("k", opt.GET).read() == b"second"
    adapted.put("k", b"fourth", opt.PUT)
    upload = adapted.create_upload("k", opt.CREATE_UPLOAD)
    part = adapted.upload_part("k", upload.upload_id, 1, b"fifth", opt.PART)
    with pytest.raises(e.ObjectAlreadyExists):
        adapted.complete_upload("k", upload.upload_id, [part], opt.CompleteOptions(if_absent=True))
    assert adapted.get("k", opt.GET).read() == b"fourth"


def test_a_vendors_header_has_a_name_and_a_value(moto_server: S3Server, provider_on: MakeProvider) -> None:
    with pytest.raises(e.InvalidConfiguration, match="forbid_overwrite") as caught:
        provider_on(moto_server, bucket="bucket", capabilities={"dialect.forbid_overwrite": ["x-oss-forbid-overwrite"]})
    assert "name and the value" in str(caught.value.hint)


def test_an_object_that_has_to_be_new_is_made_of_parts(store_with: MakeStore, tmp_path: Path) -> None:
    store = store_with(quirky.CONDITION_AT_COMPLETION)
    without = Storage(store.provider())
    for data in (b"first", b"second"):
        without.put("k", data, if_absent=True)  # the condition is ignored
    unproved = Storage(store.provider({"put.if_absent": "no", "multipart.complete_if_absent": "unknown"}))
    with pytest.raises(e.UnsupportedOperation, match="if_absent"):
        unproved.put("k", b"third", if_absent=True)
    adapted = Storage(store.provider({"put.if_absent": "no"}))
    file = tmp_path / "file"
    file.write_bytes(b"of a file")
    ways: list[tuple[bytes, Callable[[str], Any]]] = [
        (b"whole", lambda key: adapted.put(key, b"whole", if_absent=True, metadata={"a": "b"})),
        (b"", lambda key: adapted.put(key, b"", if_absent=True)),
        (b"in pieces", lambda key: adapted.put(key, iter([b"in ", b"pieces"]), if_absent=True)),
        (b"", lambda key: adapted.put(key, iter([]), if_absent=True)),
        (b"of a file", lambda key: adapted.upload_file(file, key, if_absent=True)),
        (b"written", lambda key: _written(adapted, key, b"written")),
        (b"", lambda key: _written(adapted, key, b"")),
    ]
    for number, (data, write) in enumerate(ways):
        with pytest.raises(e.ObjectAlreadyExists):
            write("k")
        write(str(number))
        assert adapted.get(str(number)).read() == data
    assert adapted.get("k").read() == b"second"
    assert adapted.head("0").metadata == {"a": "b"}
    assert not list(adapted.uploads.list())


def _written(storage: Storage, key: str, data: bytes) -> None:
    with storage.open(key, "xb") as file:
        file.write(data)


@pytest.mark.parametrize("data", [b"data", b""])
def test_a_copy_that_has_to_be_new_is_made_of_parts(moto: S3Provider, data: bytes) -> None:
    storage = Storage(moto)
    assert storage.supports("copy.if_absent", safety=True) is False  # moto ignores the condition
    storage.put("a", data, metadata={"name": "value"}, content_type="text/plain")
    storage.copy("a", "b", if_absent=True)
    found = storage.get("b")
    assert (found.read(), found.info.metadata, found.info.content_type) == (data, {"name": "value"}, "text/plain")
    storage.put("taken", b"other")
    with pytest.raises(e.ObjectAlreadyExists):
        storage.copy("a", "taken", if_absent=True)
    assert storage.get("taken").read() == b"other"


def test_an_upload_of_copies_announces_no_checksum(store_with: MakeStore) -> None:
    storage = Storage(store_with(quirky.copies_without_checksum()).provider({"checksums.algorithms": ["CRC32"]}))
    storage.put("a", b"data")
    storage.copy("a", "b", if_absent=True)
    assert storage.get("b").read() == b"data"


def test_a_copy_is_streamed_where_the_store_makes_none(rclone_server: S3Server, provider_on: MakeProvider) -> None:
    without = Storage(provider_on(rclone_server, capabilities={"copy.server_side": "yes"}))
    without.put("a", b"data", content_type="text/csv", metadata={"name": "value"})
    without.copy("a", "b")
    assert "mtime" in without.head("b").metadata  # which the source has not
    adapted = Storage(provider_on(rclone_server, bucket=without.info.bucket))
    with pytest.raises(e.UnsupportedOperation, match="copy_between"):
        adapted.copy("a", "b")
    copy_between(adapted, "a", adapted, "b")
    found = adapted.head("b")
    assert (found.content_type, found.metadata) == ("text/csv", {"name": "value"})


def test_the_etag_that_a_completion_does_not_tell_is_looked_up(store_with: MakeStore) -> None:
    store = store_with(quirky.NO_ETAG_AT_COMPLETION)
    storage = Storage(store.provider(), transfer=STREAM)
    written = storage.put("k", body_of(6 * MIB))
    assert written.etag is not None
    assert written.etag == storage.head("k").etag


def test_an_etag_that_is_not_the_objects_is_not_told(rclone_server: S3Server, provider_on: MakeProvider) -> None:
    without = Storage(provider_on(rclone_server, capabilities={"dialect.complete_etag": "yes"}), transfer=STREAM)
    assert without.put("k", body_of(6 * MIB)).etag != without.head("k").etag
    adapted = Storage(provider_on(rclone_server), transfer=STREAM)
    assert adapted.put("k", body_of(6 * MIB)).etag is None


def test_the_etag_of_a_condition_is_bare(store_with: MakeStore) -> None:
    store = store_with(quirky.BARE_ETAGS)
    without = store.provider()
    etag = without.put("k", b"first", opt.PUT).etag
    with pytest.raises(e.PreconditionFailed):
        without.put("k", b"second", opt.PutOptions(if_match=etag))
    adapted = store.provider({"dialect.quoted_etags": "no"})
    adapted.put("k", b"second", opt.PutOptions(if_match=etag))
    with pytest.raises(e.PreconditionFailed):
        adapted.put("k", b"third", opt.PutOptions(if_match=etag))
    assert adapted.head("k", opt.HeadOptions(if_match=adapted.head("k", opt.HEAD).etag)).size == len(b"second")


def test_ids_of_versions_that_there_are_not_are_not_told(moto_server: S3Server, provider_on: MakeProvider) -> None:
    without = provider_on(moto_server)
    without.set_versioning(Versioning.ENABLED)  # so that it tells ids
    adapted = provider_on(moto_server, capabilities={"versions.get": "no"}, bucket=without.info.bucket)

    def told(provider: S3Provider) -> list[str | None]:
        upload = provider.create_upload("parts", opt.CREATE_UPLOAD)
        part = provider.upload_part("parts", upload.upload_id, 1, b"data", opt.PART)
        copied = provider.copy(CopySource("k"), "copy", opt.COPY)
        with provider.get("k", opt.GET) as read:
            assert read.read() == b"data"
        return [
            provider.put("k", b"data", opt.PUT).version_id,
            provider.complete_upload("parts", upload.upload_id, [part], opt.COMPLETE).version_id,
            copied.version_id,
            copied.source_version_id,
            read.info.version_id,
            provider.head("k", opt.HEAD).version_id,
            provider.delete("k", opt.DELETE).version_id,
        ]

    without.put("k", b"data", opt.PUT)
    assert None not in told(without)
    without.put("k", b"data", opt.PUT)
    assert set(told(adapted)) == {None}


# --- metadata --------------------------------------------------------------------------------------------------------


def test_names_of_metadata_are_small(rclone: S3Provider) -> None:
    rclone.put("k", b"", opt.PutOptions(metadata={"a-b": "c"}))
    told = rclone.raw_client.head_object(Bucket=rclone.info.bucket or "", Key="k")["Metadata"]
    assert told == {"A-B": "c"}
    assert rclone.head("k", opt.HEAD).metadata == {"a-b": "c"}


def test_metadata_that_a_store_has_encoded_twice(swift_server: S3Server, provider_on: MakeProvider) -> None:
    value = "naïve 日本"
    without = provider_on(swift_server, capabilities={"dialect.metadata_utf8": "yes"})
    adapted = provider_on(swift_server, capabilities={"dialect.metadata_utf8": "no"}, bucket=without.info.bucket)
    _put_bare_utf8(swift_server, without.info.bucket or "", "k", value)
    assert without.head("k", opt.HEAD).metadata["name"] == value.encode().decode("latin-1")
    assert adapted.head("k", opt.HEAD).metadata["name"] == value
    for own in (value, value.encode().decode("latin-1"), "=?UTF-8?B?w6Q=?=", "plain =?"):
        adapted.put("own", b"", opt.PutOptions(metadata={"name": own}))
        assert adapted.head("own", opt.HEAD).metadata["name"] == own


def test_metadata_in_words_that_a_store_has_made(store_with: MakeStore) -> None:
    adapted = store_with(quirky.OWN_WORDS).provider()
    for value in ("naïve", "plain", "=?UTF-8?B?w6Q=?=", "a =?x"):
        adapted.put("k", b"", opt.PutOptions(metadata={"name": value}))
        assert adapted.head("k", opt.HEAD).metadata["name"] == value


def _put_bare_utf8(server: S3Server, bucket: str, key: str, value: str) -> None:
    """Writes an object with metadata as no SDK sends it: in UTF-8, not encoded."""
    url = f"{server.endpoint_url}/{bucket}/{key}"
    request = AWSRequest("PUT", url, {"x-amz-meta-name": value}, b"")
    S3SigV4Auth(Credentials(server.access_key_id, server.secret_access_key), "s3", server.region).add_auth(request)
    headers = {**dict(request.headers.items()), "x-amz-meta-name": value.encode().decode("latin-1")}
    told = urllib3.request("PUT", url, headers=headers, body=b"")
    assert told.status == 200, told.data
