"""Writes whose answer was lost: never told wrongly, found out where it can be, and else reported as not known."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING, Any

import pytest

from holdall import checksums, errors
from holdall import options as opt
from holdall.errors import (
    BadGateway,
    BucketNotFound,
    ConnectionFailed,
    InternalError,
    ObjectAlreadyExists,
    OperationTimeout,
    PreconditionFailed,
    Retry,
    ServiceUnavailable,
    SlowDown,
    StorageError,
    UploadNotFound,
)
from holdall.layers import lookup
from holdall.models import Checksum, ChecksumAlgorithm, CopyResult, CopySource, ObjectInfo, PartInfo
from holdall.testing.fakes import Fault
from tests.storage.layers.retrying import rig

if TYPE_CHECKING:
    from tests.storage.layers.retrying import Rig

LOST = [ConnectionFailed, OperationTimeout, InternalError, BadGateway, ServiceUnavailable]


def lost(operation: str, error: StorageError | None = None, call: int = 1) -> Fault:
    """The store does it, and its answer does not come."""
    return Fault(operation, error or ConnectionFailed("the connection broke"), call=call, after=True)


def check_not_known(error: StorageError, what: str) -> None:
    assert error.retry is Retry.NEVER
    assert f"may or may not have been {what}" in (error.hint or "")


# --- what may have been done -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionFailed("x"), True),
        (ConnectionFailed("x", sent=False), False),
        (errors.DnsResolutionFailed("x"), False),
        (OperationTimeout("x"), True),
        (OperationTimeout("x", http_status=408), False),
        (OperationTimeout("x", http_status=400), False),
        (InternalError("x", http_status=500), True),
        (InternalError("x", http_status=200), True),
        (BadGateway("x", http_status=504), True),
        (ServiceUnavailable("x", http_status=503), True),
        (SlowDown("x", http_status=503), False),
        (errors.CircuitOpen("x"), False),
        (errors.XmlParseError("x"), True),
        (errors.ChecksumMismatch("x"), False),
        (PreconditionFailed("x", http_status=412), False),
        (errors.AccessDenied("x"), False),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'http_status', value)}",
)
def test_which_failures_leave_the_matter_open(error: StorageError, expected: object) -> None:
    assert lookup.may_be_done(error) is expected


# --- put ---------------------------------------------------------------------------------------------------------


class Source(io.BytesIO):
    """A sized body."""

    def __len__(self) -> int:
        return len(self.getvalue())


@pytest.mark.parametrize("body", [b"data", memoryview(b"data"), Source(b"data")])
@pytest.mark.parametrize("kind", LOST)
def test_a_create_is_never_told_that_its_own_object_was_there_before(kind: type[StorageError], body: Any) -> None:
    made = rig(lost("put", kind("lost")))
    if isinstance(body, Source):
        body.seek(0)
    with pytest.raises(kind) as caught:
        made.store.put("k", body, opt.PutOptions(if_absent=True))
    check_not_known(caught.value, "written")
    assert "with the same bytes is there" in (caught.value.hint or "")
    assert made.count("put") == 2


def test_a_create_whose_request_was_lost_is_done_by_the_repeat() -> None:
    made = rig(Fault("put", ConnectionFailed("lost")))
    assert made.store.put("k", b"data", opt.PutOptions(if_absent=True)).size == 4
    assert made.inner.get("k", opt.GET).read() == b"data"


def test_a_create_is_told_of_another_s_object() -> None:
    made = rig(Fault("put", ConnectionFailed("lost")))
    made.inner.put("k", b"other", opt.PUT)
    with pytest.raises(ObjectAlreadyExists) as caught:
        made.store.put("k", b"mine", opt.PutOptions(if_absent=True))
    assert caught.value.attempts == 2


@pytest.mark.parametrize("body", [b"same size", Source(b"same size")])
def test_bytes_are_compared_and_not_only_their_number(body: Any) -> None:
    made = rig(Fault("put", ConnectionFailed("lost")))
    made.inner.put("k", b"SAME SIZE", opt.PutOptions(checksum_algorithm=ChecksumAlgorithm.SHA256))
    with pytest.raises(ObjectAlreadyExists):
        made.store.put("k", body, opt.PutOptions(if_absent=True))


def test_two_that_count_to_the_same_number_do_not_both_count() -> None:
    """Ours never reached the store, another's of the same bytes did: ours must not be told that it was written."""
    made = rig(Fault("put", ConnectionFailed("lost")))
    five = made.inner.put("count", b"5", opt.PUT)
    made.inner.put("count", b"6", opt.PutOptions(if_match=five.etag))
    with pytest.raises(ConnectionFailed) as caught:
        made.store.put("count", b"6", opt.PutOptions(if_match=five.etag))
    check_not_known(caught.value, "written")


def test_a_write_that_was_done_and_replaced_since_is_not_told_that_it_was_refused() -> None:
    """Ours was written and another one came after it: "refused" would have ours written once more."""
    made = rig(lost("put"))
    five = made.inner.put("count", b"5", opt.PUT)
    sleep = made.store.policy.sleep

    def meanwhile(seconds: float) -> None:
        made.inner.put("count", b"10", opt.PUT)
        sleep(seconds)

    made.store.policy.sleep = meanwhile
    with pytest.raises(ConnectionFailed) as caught:
        made.store.put("count", b"9", opt.PutOptions(if_match=five.etag))
    check_not_known(caught.value, "written")


def test_a_create_that_was_not_even_sent_is_refused_by_another_s_object() -> None:
    made = rig(Fault("put", ConnectionFailed("refused", sent=False)), Fault("put", SlowDown("busy"), call=2))
    made.inner.put("k", b"data", opt.PUT)
    with pytest.raises(ObjectAlreadyExists):
        made.store.put("k", b"data", opt.PutOptions(if_absent=True))
    assert made.count("head") == 0  # nothing to look up


def test_a_create_that_is_given_up_is_not_called_safe_to_repeat() -> None:
    made = rig(*[lost("put", call=call) for call in range(1, 9)], max_attempts=1)
    with pytest.raises(ConnectionFailed) as caught:
        made.store.put("k", b"data", opt.PutOptions(if_absent=True))
    check_not_known(caught.value, "written")
    assert made.count("put") == 1


def test_a_plain_put_is_simply_repeated() -> None:
    made = rig(lost("put"), *[Fault("put", ConnectionFailed("x"), call=call) for call in (2, 3)])
    with pytest.raises(ConnectionFailed) as caught:
        made.store.put("k", b"data", opt.PUT)
    assert caught.value.retry is Retry.EXHAUSTED
    assert "may or may not" not in (caught.value.hint or "")


def test_a_store_that_does_not_let_us_look_leaves_it_open() -> None:
    made = rig(lost("put"), Fault("head", errors.AccessDenied("no")))
    with pytest.raises(ConnectionFailed) as caught:
        made.store.put("k", b"data", opt.PutOptions(if_absent=True))
    check_not_known(caught.value, "written")


# --- copy and delete ---------------------------------------------------------------------------------------------


def test_a_copy_with_a_condition() -> None:
    made = rig(lost("copy"))
    made.inner.put("k", b"data", opt.PUT)
    with pytest.raises(ConnectionFailed) as caught:
        made.store.copy(CopySource("k"), "l", opt.CopyOptions(if_absent=True))
    check_not_known(caught.value, "copied")


def test_a_copy_onto_itself_with_a_condition_on_the_source() -> None:
    made = rig(lost("copy"))
    etag = made.inner.put("k", b"data", opt.PUT).etag
    original = made.inner.copy

    def copy(source: CopySource, key: str, options: opt.CopyOptions) -> CopyResult:
        done = original(source, key, options)  # then as in stores where every write has an ETag of its own
        made.inner.put("k", b"changed", opt.PUT)
        return done

    made.inner.copy = copy  # type: ignore[method-assign]
    with pytest.raises(ConnectionFailed) as caught:
        made.store.copy(CopySource("k"), "k", opt.CopyOptions(source_if_match=etag))
    check_not_known(caught.value, "copied")


def test_conditions_on_another_source_are_judged_as_they_are() -> None:
    made = rig(Fault("copy", ConnectionFailed("lost")))
    made.inner.put("k", b"data", opt.PUT)
    with pytest.raises(PreconditionFailed):
        made.store.copy(CopySource("k"), "l", opt.CopyOptions(source_if_match="another"))


def test_a_delete_with_a_condition() -> None:
    made = rig(lost("delete"))
    etag = made.inner.put("k", b"data", opt.PUT).etag
    with pytest.raises(ConnectionFailed) as caught:
        made.store.delete("k", opt.DeleteOptions(if_match=etag))
    check_not_known(caught.value, "deleted")


def test_a_bucket_that_is_gone_was_deleted() -> None:
    made = rig(lost("delete_bucket"))
    made.inner.create_bucket("other", opt.CREATE_BUCKET)  # type: ignore[attr-defined]
    made.store.delete_bucket("other")
    with pytest.raises(BucketNotFound):  # nothing was lost here
        made.store.delete_bucket("other")


# --- the completion of an upload ---------------------------------------------------------------------------------


def begun(made: Rig, *parts: bytes, algorithm: ChecksumAlgorithm | None = None) -> tuple[str, list[PartInfo]]:
    upload = made.store.create_upload("k", opt.CreateUploadOptions(checksum_algorithm=algorithm))
    return upload.upload_id, [
        made.store.upload_part("k", upload.upload_id, number, data, opt.PART) for number, data in enumerate(parts, 1)
    ]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("options", [opt.COMPLETE, opt.CompleteOptions(if_absent=True)], ids=["plain", "if_absent"])
def test_an_upload_that_was_completed_is_found(kind: type[StorageError], options: opt.CompleteOptions) -> None:
    made = rig(lost("complete_upload", kind("lost")))
    upload_id, parts = begun(made, b"one", b"two")
    done = made.store.complete_upload("k", upload_id, parts, options)
    assert (done.key, done.size, done.etag) == ("k", 6, made.inner.head("k", opt.HEAD).etag)
    assert made.count("complete_upload") == 2
    assert made.store.list_uploads("", None, None).uploads == ()


def test_an_upload_that_was_completed_is_found_although_no_repeat_was_answered() -> None:
    made = rig(lost("complete_upload"), *[Fault("complete_upload", ConnectionFailed("x"), call=n) for n in (2, 3)])
    upload_id, parts = begun(made, b"one", b"two")
    assert made.store.complete_upload("k", upload_id, parts, opt.COMPLETE).size == 6


def test_an_upload_that_was_not_completed_is_completed_by_the_repeat() -> None:
    made = rig(Fault("complete_upload", ConnectionFailed("lost")))
    upload_id, parts = begun(made, b"one")
    assert made.store.complete_upload("k", upload_id, parts, opt.COMPLETE).size == 3


def test_an_upload_that_is_still_there_may_be_completed_once_more() -> None:
    made = rig(*[Fault("complete_upload", ConnectionFailed("x"), call=n) for n in (1, 2, 3)])
    upload_id, parts = begun(made, b"one")
    with pytest.raises(ConnectionFailed) as caught:
        made.store.complete_upload("k", upload_id, parts, opt.COMPLETE)
    assert caught.value.retry is Retry.EXHAUSTED
    assert made.store.complete_upload("k", upload_id, parts, opt.COMPLETE).size == 3


def test_an_equal_object_of_before_is_not_taken_for_the_upload_while_nobody_can_say_where_that_is() -> None:
    made = rig(
        *[Fault("complete_upload", ConnectionFailed("x"), call=n) for n in (2, 3, 4)],
        Fault("list_parts", ConnectionFailed("x")),
    )
    upload_id, parts = begun(made, b"one")
    made.store.complete_upload("k", upload_id, parts, opt.COMPLETE)
    again, parts = begun(made, b"one")
    with pytest.raises(ConnectionFailed) as caught:
        made.store.complete_upload("k", again, parts, opt.COMPLETE)
    check_not_known(caught.value, "completed")


def test_an_upload_whose_object_is_another_by_now_is_not_known() -> None:
    made = rig(lost("complete_upload"))
    upload_id, parts = begun(made, b"one")
    sleep = made.store.policy.sleep

    def meanwhile(seconds: float) -> None:
        made.inner.put("k", b"two", opt.PUT)
        sleep(seconds)

    made.store.policy.sleep = meanwhile
    with pytest.raises(ConnectionFailed) as caught:
        made.store.complete_upload("k", upload_id, parts, opt.COMPLETE)
    check_not_known(caught.value, "completed")


def test_a_create_by_upload_is_told_of_another_s_object() -> None:
    made = rig(Fault("complete_upload", ConnectionFailed("lost")))
    upload_id, parts = begun(made, b"one")
    made.inner.put("k", b"other", opt.PUT)
    with pytest.raises(ObjectAlreadyExists):
        made.store.complete_upload("k", upload_id, parts, opt.CompleteOptions(if_absent=True))


def test_no_upload_at_the_first_attempt_is_no_upload() -> None:
    made = rig(Fault("complete_upload", SlowDown("busy")))
    with pytest.raises(UploadNotFound):
        made.store.complete_upload("k", "none", [PartInfo(part_number=1, etag="e", size=1)], opt.COMPLETE)


# --- what proves that an object is made of parts -----------------------------------------------------------------

MD5S = [
    PartInfo(part_number=1, etag="900150983cd24fb0d6963f7d28e17f72", size=3),  # of b"abc"
    PartInfo(part_number=2, etag="4ed9407630eb1000c0f6b63842defa7d", size=3),  # of b"def"
]
WHOLE = Checksum(ChecksumAlgorithm.CRC32, "xyz=")


def part_with(part: PartInfo, data: bytes) -> PartInfo:
    return dataclasses.replace(part, etag="opaque", checksums=(checksums.checksum(ChecksumAlgorithm.SHA256, data),))


COMPOSITE = [part_with(MD5S[0], b"abc"), part_with(MD5S[1], b"def")]


def made_of(etag: str | None, parts: list[PartInfo], size: int = 6, found: Checksum | None = None) -> bool:
    info = ObjectInfo(key="k", size=size, etag=etag, checksums=() if found is None else (found,))
    return lookup.is_made_of(info, parts, WHOLE)


def test_by_the_etag_by_the_parts_checksums_or_by_that_of_the_whole() -> None:
    import hashlib

    right = hashlib.md5(bytes.fromhex(MD5S[0].etag + MD5S[1].etag), usedforsecurity=False).hexdigest() + "-2"
    assert made_of(right, MD5S)
    assert not made_of(right, MD5S, size=7)
    assert not made_of(right.replace("-2", "-3"), MD5S)
    assert not made_of(None, MD5S)
    assert not made_of("opaque-2", COMPOSITE)
    together = checksums.composite(ChecksumAlgorithm.SHA256, [part.checksums[0] for part in COMPOSITE])
    assert made_of("opaque-2", COMPOSITE, found=together)
    swapped = checksums.composite(ChecksumAlgorithm.SHA256, [part.checksums[0] for part in COMPOSITE[::-1]])
    assert not made_of("opaque-2", COMPOSITE, found=swapped)
    assert made_of("opaque", COMPOSITE, found=WHOLE)
