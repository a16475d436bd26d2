"""Values and names of the verbs' arguments: what can't be sent is refused before any request, and named."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from holdall import ByteRange, Checksum, ChecksumAlgorithm, CopySource, ObjectRef, SseC, SseKms, errors, fields
from holdall.arguments import COPY_NAMES, GET_NAMES, HEAD_NAMES, PUT_NAMES
from holdall.checksums import checksum
from tests.storage.support import memory_storage

if TYPE_CHECKING:
    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

NAIVE = dt.datetime(2030, 1, 1)  # noqa: DTZ001 - that is the point
CRC32 = ChecksumAlgorithm.CRC32
HEADERS = ("content_type", "content_encoding", "content_language", "content_disposition", "cache_control")


@pytest.fixture
def opened() -> tuple[Storage, RecordingProvider]:
    return memory_storage(
        name=uuid.uuid4().hex,
        capabilities={"encryption.bucket_default": "yes"}
        | dict.fromkeys((f"presign.{each}" for each in ("get", "put", "head", "delete", "post")), "yes"),
    )


def _refused(given: dict[str, Any], error: type[errors.StorageError] = errors.InvalidRequest) -> str:
    with pytest.raises(error) as caught:
        fields.clean(given)
    return str(caught.value)


def _base64_of(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


class TestValues:
    @pytest.mark.parametrize("name", [*HEADERS, *(f"response_{header}" for header in HEADERS)])
    @pytest.mark.parametrize("value", ["a\nb: c", "a\r", "nul\0", "del\x7f", " a", "a ", "ä", "€", "", 5, b"a"])
    def test_a_content_header_that_no_request_can_carry(self, name: str, value: Any) -> None:
        assert name in _refused({name: value})

    @pytest.mark.parametrize("name", HEADERS)
    def test_what_http_carries_is_taken_as_it_is(self, name: str) -> None:
        given = {name: """attachment; filename="a b.csv"; filename*=UTF-8''%C3%A4.csv"""}
        assert fields.clean(given) == given
        assert fields.clean({name: None}) == {name: None}

    def test_content_headers_have_a_limit_in_all(self) -> None:
        given = dict.fromkeys(HEADERS[:4], "x" * 2048)
        assert fields.clean(given) == given
        assert "8193" in _refused({**given, "cache_control": "x"})

    @pytest.mark.parametrize(
        "name",
        [
            "expires",
            "response_expires",
            "if_modified_since",
            "if_unmodified_since",
            "source_if_modified_since",
            "source_if_unmodified_since",
        ],
    )
    @pytest.mark.parametrize("value", [NAIVE, "2030-01-01", 1.0, dt.date(2030, 1, 1)])
    def test_times_have_a_zone(self, name: str, value: Any) -> None:
        assert name in _refused({name: value})
        aware = NAIVE.replace(tzinfo=dt.UTC)
        assert fields.clean({name: aware}) == {name: aware}

    @pytest.mark.parametrize("name", ["if_match", "if_none_match", "source_if_match", "source_if_none_match"])
    def test_an_etag_has_no_quotes(self, name: str) -> None:
        assert fields.clean({name: '"abc-2"'}) == fields.clean({name: "abc-2"}) == {name: "abc-2"}
        assert fields.clean({name: "*"}) == {name: "*"}
        for value in ("", '""', '"', 'W/"a"', 'a"b', "a\nb", 5):
            assert name in _refused({name: value})

    @pytest.mark.parametrize(
        "value", ["x", "", hashlib.md5(usedforsecurity=False).hexdigest(), _base64_of(15), _base64_of(17), "ä", b"", 5]
    )
    def test_md5_is_base64_of_16_bytes(self, value: Any) -> None:
        assert "content_md5" in _refused({"content_md5": value})

    @pytest.mark.parametrize("algorithm", ChecksumAlgorithm)
    def test_a_checksum_has_its_algorithms_length(self, algorithm: ChecksumAlgorithm) -> None:
        good = checksum(algorithm, b"some bytes")
        assert fields.clean({"checksum": good}) == {"checksum": good}
        size = len(base64.b64decode(good.value))
        for value in ("", "?", base64.b64encode(bytes(size - 1)).decode(), base64.b64encode(bytes(size + 1)).decode()):
            assert algorithm in _refused({"checksum": Checksum(algorithm, value)})
        assert "composite" in _refused({"checksum": Checksum(algorithm, good.value, composite=True)})
        assert "checksum" in _refused({"checksum": good.value})

    def test_algorithms_by_name(self) -> None:
        assert fields.clean({"checksum_algorithm": "CRC32"})["checksum_algorithm"] is CRC32
        for value in ("CRC33", 5, ""):
            assert "CRC32C" in _refused({"checksum_algorithm": value})

    @pytest.mark.parametrize("value", [0, -1, 10_001, True, "1", 1.0])
    def test_part_numbers_are_from_1_to_10000(self, value: Any) -> None:
        assert "part_number" in _refused({"part_number": value})
        assert fields.clean({"part_number": 10_000}) == {"part_number": 10_000}

    @pytest.mark.parametrize("name", ["if_absent", "checksums", "replace_metadata", "replace_tags"])
    @pytest.mark.parametrize("value", ["no", 0, None])
    def test_flags_are_no_texts(self, name: str, value: Any) -> None:
        assert name in _refused({name: value})
        assert fields.clean({name: True}) == {name: True}

    def test_customer_keys_have_32_bytes_and_are_never_shown(self) -> None:
        for name in ("customer_key", "source_customer_key", "encryption"):
            assert "hush" not in _refused({name: SseC(b"hush")})
            assert fields.clean({name: SseC(bytes(32))}) == {name: SseC(bytes(32))}
            assert "hush" not in _refused({name: b"hush"})

    def test_encryption_is_one_of_three(self) -> None:
        for value in ("AES256", SseKms(key_id="a\nb"), SseKms(context={"a": 1})):  # type: ignore[dict-item]
            assert "encryption" in _refused({"encryption": value})
        assert fields.clean({"encryption": SseKms(key_id="alias/a", context={"a": "b"})})
        assert fields.clean({"encryption": None}) == {"encryption": None}

    @pytest.mark.parametrize("name", ["version_id", "storage_class"])
    @pytest.mark.parametrize("value", ["", "a\nb", 5])
    def test_names_of_the_store(self, name: str, value: Any) -> None:
        assert name in _refused({name: value})

    @pytest.mark.parametrize("value", ["a", [("a", "b")], None, 5])
    def test_metadata_and_tags_are_mappings(self, value: Any) -> None:
        assert "mapping" in _refused({"metadata": value}, errors.InvalidMetadata)
        assert "mapping" in _refused({"tags": value}, errors.InvalidTags)


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (errors.InvalidRequest, lambda s: s.put("k", b"", content_type="text/plain\n")),
        (errors.InvalidRequest, lambda s: s.copy("k", "l", replace_metadata=True, cache_control="ä")),
        (errors.InvalidRequest, lambda s: s.open("k", "wb", expires=NAIVE)),
        (errors.InvalidRequest, lambda s: s.open("k", "wb", version_id="v")),
        (errors.InvalidRequest, lambda s: s.open("k", version_id="")),
        (errors.InvalidRequest, lambda s: s.open("k", buffer_size=0)),
        (errors.InvalidRequest, lambda s: s.open("k", 5)),
        (errors.InvalidRequest, lambda s: s.head("k", if_modified_since=NAIVE)),
        (errors.InvalidRequest, lambda s: s.head("k", part_number=0)),
        (errors.InvalidRequest, lambda s: s.exists("k", version_id="")),
        (errors.InvalidRequest, lambda s: s.get("k", if_match="")),
        (errors.InvalidRequest, lambda s: s.download_file("k", "f", response_content_type="a\n")),
        (errors.InvalidRequest, lambda s: s.delete("k", if_match="")),
        (errors.InvalidRequest, lambda s: s.delete("k", version_id="")),
        (errors.InvalidRequest, lambda s: s.copy(CopySource("k", version_id=""), "l")),
        (errors.InvalidObjectKey, lambda s: s.copy(CopySource("", bucket="other"), "l")),
        (errors.InvalidObjectKey, lambda s: s.copy(None, "l")),
        (errors.InvalidRequest, lambda s: s.list_pages(page_size=0)),
        (errors.InvalidRequest, lambda s: s.list(page_size=-1)),
        (errors.InvalidRequest, lambda s: s.list(None)),
        (errors.InvalidRequest, lambda s: s.list(start_after="\udcff")),
        (errors.InvalidRequest, lambda s: next(s.versions.list(page_size=0))),
        (errors.InvalidRequest, lambda s: next(s.versions.list(5))),
        (errors.InvalidRequest, lambda s: s.tags.get("k", version_id="")),
        (errors.InvalidTags, lambda s: s.tags.set("k", "a=b")),
        (errors.InvalidTags, lambda s: s.tags.set("k", {"a\0": "b"})),
        (errors.InvalidTags, lambda s: s.put("k", b"", tags={"a": "b\n"})),
        (errors.InvalidTags, lambda s: s.put("k", b"", tags={"a": "\udcff"})),
        (errors.InvalidTags, lambda s: s.put("k", b"", tags="a=b")),
        (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata="a")),
        (errors.InvalidMetadata, lambda s: s.put("k", b"", metadata={"a": "\udcff"})),
        (errors.InvalidRange, lambda s: s.get("k", "abc")),
        (errors.InvalidRange, lambda s: s.get("k", (0.5, 2))),
        (errors.InvalidRange, lambda s: s.get("k", (0,))),
        (errors.InvalidRange, lambda s: s.get("k", (0, 1, 2))),
        (errors.InvalidRange, lambda s: s.get("k", 5)),
        (errors.InvalidRange, lambda s: s.get("k", ByteRange("a", 2))),  # type: ignore[arg-type]
        (errors.InvalidRange, lambda s: s.download_file("k", "f", range="abc")),
        (errors.InvalidRequest, lambda s: s.list(limit="2")),
        (errors.InvalidRequest, lambda s: s.list(limit=-1)),
        (errors.InvalidRequest, lambda s: s.below(3)),
        (errors.InvalidRequest, lambda s: s.below("\udcff")),
        (errors.InvalidRequest, lambda s: next(s.uploads.list(5))),
        (errors.InvalidRequest, lambda s: next(s.uploads.list(older_than=5))),
        (errors.InvalidRequest, lambda s: s.uploads.abort_all(older_than=None)),
        (errors.InvalidRequest, lambda s: s.uploads.abort("k", "")),
        (errors.InvalidRequest, lambda s: s.uploads.abort("k", None)),
        (errors.InvalidRequest, lambda s: next(s.uploads.parts("k", ""))),
        (errors.InvalidRequest, lambda s: s.uploads.resume("k", __file__, "")),
        (errors.InvalidRequest, lambda s: s.uploads.resume("k", 5)),
        (errors.InvalidRequest, lambda s: s.delete_many([ObjectRef("k", "")])),
        (errors.InvalidRequest, lambda s: s.delete_many([ObjectRef("k", 5)])),  # type: ignore[arg-type]
        (errors.InvalidRequest, lambda s: s.delete_many(["j", ObjectRef("k", "")])),
        (errors.InvalidRequest, lambda s: s.delete_many({"k": 1})),
        (errors.InvalidRequest, lambda s: s.delete_many(memoryview(b"k"))),
        (errors.InvalidRequest, lambda s: s.delete_many(None)),
        (errors.InvalidObjectKey, lambda s: s.delete_many([5])),
        (errors.InvalidRequest, lambda s: s.encryption.set("AES256")),
        (errors.InvalidRequest, lambda s: s.encryption.set(None)),
        (errors.InvalidRequest, lambda s: s.encryption.set(SseC(b"k" * 32))),
        (errors.InvalidRequest, lambda s: s.notifications.set({})),
        (errors.InvalidRequest, lambda s: s.open("k", "w", encoding="nope")),
        (errors.InvalidRequest, lambda s: s.open("k", "r", encoding="nope")),
        (errors.InvalidRequest, lambda s: s.open("k", "r", encoding=5)),
        (errors.InvalidRequest, lambda s: s.open("k", "r", errors="nope")),
        (errors.InvalidRequest, lambda s: s.open("k", "w", newline="x")),
        (errors.InvalidObjectKey, lambda s: s.put(5, b"")),
        (errors.InvalidObjectKey, lambda s: s.put(b"k", b"")),
        (errors.InvalidObjectKey, lambda s: s.get(b"k")),
        (errors.InvalidObjectKey, lambda s: s.move(5, "k")),
        (errors.InvalidRequest, lambda s: s.put("k", iter([b"a"]), expected_size="5")),
        (errors.InvalidRequest, lambda s: s.upload_file(__file__, "k", expected_size=-1)),
        (errors.InvalidRequest, lambda s: s.upload_file(5, "k")),
        (errors.InvalidRequest, lambda s: s.upload_file(b"f", "k")),
        (errors.InvalidRequest, lambda s: s.upload_file("", "k")),
        (errors.InvalidRequest, lambda s: s.upload_file("f\0", "k")),
        (errors.InvalidRequest, lambda s: s.download_file("k", 5)),
        (errors.InvalidRequest, lambda s: s.download_file("k", "")),
        (errors.InvalidRequest, lambda s: s.presign("k", "PUT", content_length=-1)),
        (errors.InvalidRequest, lambda s: s.presign("k", "PUT", content_length="5")),
        (errors.InvalidRequest, lambda s: s.presign("k", "GET", content_length=5)),
        (errors.InvalidRequest, lambda s: s.presign("k", "GET", version_id="")),
        (errors.InvalidRequest, lambda s: s.presign_post("k", min_size=-5)),
        (errors.InvalidRequest, lambda s: s.presign_post("k", min_size=5, max_size=4)),
        (errors.InvalidRequest, lambda s: s.presign("k", "FOO")),
        (errors.InvalidRequest, lambda s: s.presign("k", "get")),
        (errors.InvalidRequest, lambda s: s.presign("k", expires_in="1h")),
        (errors.InvalidRequest, lambda s: s.presign("k", expires_in=True)),
        (errors.InvalidRequest, lambda s: s.presign("k", response_content_type="ä")),
        (errors.InvalidRequest, lambda s: s.presign("k", "PUT", content_type="ä")),
    ],
)
def test_every_verb_refuses_before_any_request(
    opened: tuple[Storage, RecordingProvider], error: type[Exception], call: Any
) -> None:
    storage, recorder = opened
    with pytest.raises(error):
        call(storage)
    assert recorder.calls == []


def test_presign_names_the_methods(opened: tuple[Storage, RecordingProvider]) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        opened[0].presign("k", "FOO")  # type: ignore[arg-type]
    assert "GET, HEAD, PUT, DELETE" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("put() has no argument 'metdata'; did you mean 'metadata'?", lambda s: s.put("k", b"", metdata={})),
        ("put() has no argument 'progres'; did you mean 'progress'?", lambda s: s.put("k", b"", progres=print)),
        ("put() has no argument 'zzz'", lambda s: s.put("k", b"", zzz=1)),
        ("head() has no argument 'versionid'; did you mean 'version_id'?", lambda s: s.head("k", versionid="v")),
        ("get() has no argument 'rang'; did you mean 'range'?", lambda s: s.get("k", rang=(0, 1))),
        ("copy() has no argument 'tag'; did you mean 'tags'?", lambda s: s.copy("k", "l", tag={})),
        ("open() has no argument 'encodng'; did you mean 'encoding'?", lambda s: s.open("k", "w", encodng="utf-8")),
        ("open() has no argument 'encodng'; did you mean 'encoding'?", lambda s: s.open("k", "r", encodng="utf-8")),
        ("upload_file() has no argument 'keey'; did you mean 'key'?", lambda s: s.upload_file("f", keey="k")),
        (
            "download_file() has no argument 'if_macht'; did you mean 'if_match'?",
            lambda s: s.download_file("k", "f", if_macht="x"),
        ),
        ("presign() has no argument 'expire_in'; did you mean 'expires_in'?", lambda s: s.presign("k", expire_in=5)),
        ("presign() has no argument 'if_match'", lambda s: s.presign("k", "DELETE", if_match="x")),
        (
            "presign_post() has no argument 'metdata'; did you mean 'metadata'?",
            lambda s: s.presign_post("k", metdata=1),
        ),
    ],
)
def test_an_unknown_argument_is_named_with_the_nearest_one(
    opened: tuple[Storage, RecordingProvider], message: str, call: Any
) -> None:
    storage, recorder = opened
    with pytest.raises(TypeError) as caught:
        call(storage)
    assert str(caught.value) == message
    assert recorder.calls == []


def test_every_argument_has_its_check_and_every_check_an_argument() -> None:
    names = HEAD_NAMES | GET_NAMES | PUT_NAMES | COPY_NAMES
    assert set(fields._CHECKS) == names


def test_quotes_around_an_etag_do_no_harm(opened: tuple[Storage, RecordingProvider]) -> None:
    storage, _ = opened
    etag = storage.put("k", b"1").etag
    storage.put("k", b"2", if_match=f'"{etag}"')
    assert storage.get("k").read() == b"2"
