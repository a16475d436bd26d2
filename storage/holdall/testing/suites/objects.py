"""Objects: put, get, head, delete; bodies, keys, ranges, headers, streams."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from holdall import options as opt
from holdall.errors import (
    BucketNotFound,
    InvalidObjectKey,
    ObjectNotFound,
    OptionNotSupported,
    RangeNotSatisfiable,
    StorageError,
)
from holdall.layers.forwarding import innermost
from holdall.models import ByteRange, CopySource
from holdall.registry import check_contract
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import (
    MIB,
    ODD_KEYS,
    ORDINARY_KEYS,
    BreakingReader,
    Reader,
    ReaderBroke,
    ShortReader,
    body_of,
)
from holdall.testing.calls import delete, head, in_utf8_order, keys, pages, put, read

if TYPE_CHECKING:
    from holdall.models import Body
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

EXPIRES = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
CONTENT_HEADERS = {
    "content_type": "text/plain; charset=utf-8",
    "content_encoding": "gzip",
    "content_language": "de",
    "content_disposition": 'attachment; filename="report.csv"',
    "cache_control": "max-age=3600",
}


@dataclasses.dataclass(frozen=True)
class ForeignOptions(opt.BackendOptions):
    """Options that no provider under test can know."""

    flavour: str = "vanilla"


class ObjectSuite(Suite):
    """One object at a time."""

    # --- about the provider ---------------------------------------------------------------------------------------

    def test_it_has_the_methods_that_it_promises(self, provider: StorageProvider) -> None:
        check_contract(innermost(provider))

    def test_info_and_capabilities_cost_no_request(self, provider: StorageProvider, harness: Harness) -> None:
        before = harness.count_requests()
        assert provider.info.kind
        assert provider.info.bucket
        assert provider.capabilities is not None
        assert harness.count_requests() == before

    def test_nothing_that_it_tells_of_itself_is_secret(self, provider: StorageProvider, harness: Harness) -> None:
        told = f"{provider!r} {provider} {provider.info} {provider.capabilities} {vars(innermost(provider))}"
        for secret in harness.secrets():
            assert secret not in told

    def test_it_may_be_closed_twice(self, provider: StorageProvider) -> None:
        put(provider, "key", b"data")
        provider.close()
        provider.close()

    # --- round trips ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("size", [0, 1, 1000, MIB + 7])
    def test_what_is_put_is_got(self, provider: StorageProvider, size: int) -> None:
        body = body_of(size)
        written = put(provider, "folder/key", body)
        assert written.key == "folder/key"
        assert written.size in {None, size}
        with provider.get("folder/key", opt.GET) as result:
            assert (result.start, result.length) == (0, size)
            assert (result.info.key, result.info.size) == ("folder/key", size)
            assert result.read() == body
        info = head(provider, "folder/key")
        [entry] = next(pages(provider)).entries
        assert (info.key, info.size) == (entry.key, entry.size) == ("folder/key", size)
        assert written.etag == info.etag == entry.etag == result.info.etag

    def test_etags_have_no_quotes_and_change_with_the_bytes(self, provider: StorageProvider) -> None:
        first = put(provider, "key", b"one").etag
        second = put(provider, "key", b"two").etag
        if first is not None:
            assert first != second
            assert '"' not in first

    def test_times_are_utc(self, provider: StorageProvider) -> None:
        put(provider, "key", b"data")
        [entry] = next(pages(provider)).entries
        for moment in (head(provider, "key").last_modified, entry.last_modified):
            assert moment is not None
            assert moment.utcoffset() == timedelta(0)
            assert abs(datetime.now(UTC) - moment) < timedelta(hours=1)

    @pytest.mark.parametrize("kind", ["bytearray", "memoryview", "slice", "reader", "large reader"])
    def test_bodies_of_every_kind(self, provider: StorageProvider, harness: Harness, kind: str) -> None:
        data = body_of(MIB + 1 if harness.slow else 6 * MIB + 1) if kind == "large reader" else body_of(3000)
        body: Body
        match kind:
            case "bytearray":
                body = bytearray(data)
            case "memoryview":
                body = memoryview(data)
            case "slice":
                body = memoryview(b"<<" + data + b">>")[2:-2]
            case _:
                body = Reader(data)
        put(provider, "key", body)
        assert read(provider, "key") == data

    def test_an_empty_reader_makes_an_empty_object(self, provider: StorageProvider) -> None:
        put(provider, "key", Reader(b""))
        assert head(provider, "key").size == 0
        assert read(provider, "key") == b""

    def test_a_buffer_may_be_used_again_after_put(self, provider: StorageProvider) -> None:
        buffer = bytearray(b"first")
        put(provider, "key", buffer)
        buffer[:] = b"later"
        assert read(provider, "key") == b"first"

    def test_the_last_writer_wins(self, provider: StorageProvider) -> None:
        put(provider, "key", body_of(2000))
        put(provider, "key", b"short")
        assert read(provider, "key") == b"short"
        assert head(provider, "key").size == 5
        assert keys(provider) == ["key"]

    # --- what is not there ----------------------------------------------------------------------------------------

    def test_what_is_not_there_is_not_found(self, provider: StorageProvider) -> None:
        put(provider, "key/below", b"data")
        for missing in ("key", "key/", "other"):
            with pytest.raises(ObjectNotFound):
                read(provider, missing)
            with pytest.raises(FileNotFoundError):  # which ObjectNotFound is
                head(provider, missing)

    def test_what_was_deleted_is_gone(self, provider: StorageProvider) -> None:
        put(provider, "key", b"data")
        put(provider, "kept", b"data")
        result = delete(provider, "key")
        assert not result.delete_marker
        with pytest.raises(ObjectNotFound):
            head(provider, "key")
        assert keys(provider) == ["kept"]

    def test_deleting_what_is_not_there_succeeds(self, provider: StorageProvider) -> None:
        delete(provider, "never/there")
        put(provider, "key", b"data")
        delete(provider, "key")
        delete(provider, "key")
        assert keys(provider) == []

    def test_a_bucket_that_is_not_there_is_told_from_an_object(self, missing_bucket: StorageProvider) -> None:
        with pytest.raises(BucketNotFound):
            put(missing_bucket, "key", b"data")
        with pytest.raises(BucketNotFound):
            next(pages(missing_bucket))
        with pytest.raises((BucketNotFound, ObjectNotFound)):
            read(missing_bucket, "key")
        with pytest.raises((BucketNotFound, ObjectNotFound)):  # HEAD over HTTP has no body that could tell which
            head(missing_bucket, "key")

    # --- keys -----------------------------------------------------------------------------------------------------

    def test_ordinary_keys_are_held_as_they_are(self, provider: StorageProvider) -> None:
        for key in ORDINARY_KEYS:
            put(provider, key, key.encode())
        assert keys(provider) == in_utf8_order(list(ORDINARY_KEYS))
        for key in ORDINARY_KEYS:
            assert read(provider, key) == key.encode()
            assert head(provider, key).key == key
        for key in ORDINARY_KEYS:
            delete(provider, key)
        assert keys(provider) == []

    def test_odd_keys_are_held_as_they_are_or_refused_by_name(self, provider: StorageProvider) -> None:
        held, problems = [], {}
        for key in ODD_KEYS:
            try:
                put(provider, key, key.encode())
                held.append(key)
            except InvalidObjectKey as error:
                if not error.message:
                    problems[key] = "refused without a reason"
            except StorageError as error:
                problems[key] = f"{type(error).__name__}, not InvalidObjectKey: {error}"
        assert not problems
        for key in held:  # after all have been put: no two of them may be one
            try:
                found = read(provider, key)
            except StorageError as error:
                problems[key] = f"was put and can't be read: {type(error).__name__}"
                continue
            if found != key.encode():
                problems[key] = f"holds the bytes of {found.decode()!r}"
        assert not problems
        listed = keys(provider)
        assert sorted(listed) == sorted(held)
        for key in held:
            delete(provider, key)
        assert keys(provider) == []

    @pytest.mark.parametrize("first", ["a", "a/b"])
    def test_an_object_beside_a_folder_of_its_name(self, provider: StorageProvider, first: str) -> None:
        second = "a" if first == "a/b" else "a/b"
        put(provider, first, b"first")
        try:
            put(provider, second, b"second")
        except InvalidObjectKey:  # a store that can't hold both says so, and keeps what it has
            assert keys(provider) == [first]
            assert read(provider, first) == b"first"
            return
        assert (read(provider, first), read(provider, second)) == (b"first", b"second")
        assert keys(provider) == ["a", "a/b"]
        delete(provider, first)
        assert read(provider, second) == b"second"
        assert keys(provider) == [second]

    # --- ranges ---------------------------------------------------------------------------------------------------

    @needs("get.range")
    @pytest.mark.parametrize("wanted", [(0, 1), (0, 10), (3, 7), (99, 100), (10, None), (0, None), (90, 5000)])
    def test_ranges(self, provider: StorageProvider, harness: Harness, wanted: tuple[int, int | None]) -> None:
        body = body_of(100)
        put(provider, "key", body)
        with provider.get("key", opt.GetOptions(range=ByteRange(*wanted))) as result:
            assert result.read() == body[slice(*wanted)]
        assert (result.start, result.length) == (wanted[0], len(body[slice(*wanted)]))
        assert result.info.size == 100

    @needs("get.suffix_range")
    @pytest.mark.parametrize("count", [1, 30, 100, 5000])
    def test_ranges_from_the_end(self, provider: StorageProvider, harness: Harness, count: int) -> None:
        body = body_of(100)
        put(provider, "key", body)
        with provider.get("key", opt.GetOptions(range=ByteRange(-count))) as result:
            assert result.read() == body[-count:]
        assert (result.start, result.info.size) == (max(0, 100 - count), 100)

    @needs("get.range")
    def test_a_range_past_the_end_is_an_error(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", body_of(100))
        put(provider, "empty", b"")
        for key, start in (("key", 100), ("key", 5000), ("empty", 0)):
            with pytest.raises(RangeNotSatisfiable):
                read(provider, key, range=ByteRange(start, start + 10))
            with pytest.raises(RangeNotSatisfiable):
                read(provider, key, range=ByteRange(start))

    @needs("get.suffix_range")
    def test_an_empty_object_has_no_last_bytes(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "empty", b"")
        with pytest.raises(RangeNotSatisfiable):
            read(provider, "empty", range=ByteRange(-10))

    # --- what is kept with an object ------------------------------------------------------------------------------

    @needs("put.metadata")
    def test_metadata_comes_back_as_it_was_given(self, provider: StorageProvider, harness: Harness) -> None:
        given = {"origin": "sensor 7", "a-b": "x=1; y=2", "number9": "0"}
        put(provider, "key", b"data", metadata=given)
        assert head(provider, "key").metadata == given
        with provider.get("key", opt.GET) as result:
            assert result.info.metadata == given

    @needs("put.metadata")
    def test_metadata_beyond_ascii(self, provider: StorageProvider, harness: Harness) -> None:
        given = {"place": "Zürich", "word": "日本語", "face": "🙂", "plain": "=?not?encoded"}
        put(provider, "key", b"data", metadata=given)
        assert head(provider, "key").metadata == given

    @needs("put.metadata")
    def test_metadata_is_replaced_with_the_object(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"one", metadata={"old": "1"})
        put(provider, "key", b"two", metadata={"new": "2"})
        assert head(provider, "key").metadata == {"new": "2"}
        put(provider, "key", b"three")
        assert head(provider, "key").metadata == {}

    @needs("put.content_headers")
    def test_content_headers_are_kept(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data", **CONTENT_HEADERS)
        info = head(provider, "key")
        assert {name: getattr(info, name) for name in CONTENT_HEADERS} == CONTENT_HEADERS
        assert read(provider, "key") == b"data"  # content encoding is a word about the bytes; nobody undoes it

    @needs("put.expires")
    def test_the_expires_header_is_kept(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data", expires=EXPIRES)
        assert head(provider, "key").expires == EXPIRES

    @needs("get.response_headers")
    def test_the_answers_headers_can_be_chosen(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data", content_type="text/plain")
        wanted = opt.GetOptions(
            response_content_type="text/csv",
            response_content_disposition='attachment; filename="x.csv"',
            response_cache_control="no-store",
            response_content_language="fr",
            response_content_encoding="identity",
            response_expires=EXPIRES,
        )
        with provider.get("key", wanted) as result:
            assert result.read() == b"data"
        info = result.info
        assert (info.content_type, info.cache_control, info.content_language) == ("text/csv", "no-store", "fr")
        assert (info.content_disposition, info.content_encoding) == ('attachment; filename="x.csv"', "identity")
        assert info.expires == EXPIRES
        assert head(provider, "key").content_type == "text/plain"

    @needs("tiers.storage_class")
    def test_the_storage_class_is_kept(self, provider: StorageProvider, harness: Harness) -> None:
        wanted = second_class(provider)
        put(provider, "key", b"data", storage_class=wanted)
        [entry] = next(pages(provider)).entries
        assert (head(provider, "key").storage_class, entry.storage_class) == (wanted, wanted)

    # --- streams --------------------------------------------------------------------------------------------------

    def test_streams_that_are_closed_early_harm_nothing(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(MIB)
        put(provider, "key", body)
        for _ in range(5 if harness.slow else 20):  # more than a pool of connections has
            with provider.get("key", opt.GET) as result:
                assert result.read(10) == body[:10]
        assert read(provider, "key") == body

    def test_many_streams_may_be_open_at_once(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(300_000)
        put(provider, "key", body)
        results = [provider.get("key", opt.GET) for _ in range(12)]
        put(provider, "other", b"data")
        for result in reversed(results):
            with result:
                assert result.read() == body

    def test_a_closed_stream_is_not_an_empty_one(self, provider: StorageProvider) -> None:
        put(provider, "key", b"data")
        result = provider.get("key", opt.GET)
        result.close()
        result.close()
        with pytest.raises(ValueError, match="closed"):
            result.read()

    def test_a_stream_stays_with_the_object_that_it_was_opened_on(
        self, provider: StorageProvider, harness: Harness
    ) -> None:
        size = (2 if harness.slow else 6) * MIB
        old, new = body_of(size, "old"), body_of(size, "new")
        put(provider, "key", old)
        with provider.get("key", opt.GET) as result:
            start = result.read(1000)
            put(provider, "key", new)
            try:
                whole = start + result.read()
            except StorageError:
                pass  # "it changed" is an answer; a mixture is none
            else:
                assert whole == old
        assert read(provider, "key") == new

    # --- failures -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("size", [2000, 3 * MIB])
    def test_a_reader_that_breaks_leaves_nothing(self, provider: StorageProvider, size: int) -> None:
        put(provider, "there", b"before")
        for key in ("new", "there"):
            with pytest.raises((ReaderBroke, StorageError)):
                put(provider, key, BreakingReader(body_of(size)))
        assert keys(provider) == ["there"]
        assert read(provider, "there") == b"before"

    def test_a_reader_that_ends_early_leaves_nothing(self, provider: StorageProvider) -> None:
        put(provider, "there", b"before")
        for key in ("new", "there"):
            with pytest.raises(StorageError):
                put(provider, key, ShortReader(body_of(2000)))
        assert keys(provider) == ["there"]
        assert read(provider, "there") == b"before"

    def test_options_of_another_provider_are_refused_unsent(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data")
        foreign: dict[str, Any] = {"backend": ForeignOptions()}
        before = harness.count_requests()
        with pytest.raises(OptionNotSupported):
            provider.put("new", b"data", opt.PutOptions(**foreign))
        with pytest.raises(OptionNotSupported):
            provider.get("key", opt.GetOptions(**foreign))
        with pytest.raises(OptionNotSupported):
            provider.head("key", opt.HeadOptions(**foreign))
        with pytest.raises(OptionNotSupported):
            provider.delete("key", opt.DeleteOptions(**foreign))
        with pytest.raises(OptionNotSupported):
            provider.list_page(opt.ListOptions(**foreign))
        if provider.capabilities.supports("copy.server_side"):
            with pytest.raises(OptionNotSupported):
                provider.copy(CopySource("key"), "new", opt.CopyOptions(**foreign))
        assert harness.count_requests() == before
        assert keys(provider) == ["key"]


def second_class(provider: StorageProvider) -> str:
    """A storage class of the store that is not the usual one and can be read at once."""
    known = provider.capabilities.tiers.classes
    for name in ("STANDARD_IA", "REDUCED_REDUNDANCY", "ONEZONE_IA"):
        if name in known or not known:
            return name
    return known[-1]
