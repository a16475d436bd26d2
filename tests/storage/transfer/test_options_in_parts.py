"""Objects in parts: every option reaches the request that it belongs to, or is refused before anything is sent."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest

from holdall import errors
from holdall import options as opt
from holdall.checksums import checksum
from holdall.models import ChecksumAlgorithm, EncryptionInfo, SseC
from holdall.semantics.encryption import customer_key_md5
from tests.storage.support import SMALL_PARTS, memory_storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.storage import Storage
    from holdall.testing.fakes import RecordingProvider

DATA = bytes(range(50))
DAY = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
PAST, FUTURE = dt.datetime(1999, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
KEY = SseC(bytes(32))
CRC = checksum(ChecksumAlgorithm.CRC32, DATA)
ENCRYPTED = {"encryption.sse_c": "yes"}


@dataclass(frozen=True, slots=True)
class Own(opt.BackendOptions):
    """Options of a provider that takes one with each operation, and ``odd`` with none."""

    operations: frozenset[str] = frozenset()
    odd: bool = False

    def for_operation(self, operation: str, verb: Literal["put", "copy"]) -> Own | None:
        if self.odd:
            raise errors.OptionNotSupported(f"{verb} has no use for 'odd'")
        return Own(frozenset({operation}))


def large_storage(monkeypatch: pytest.MonkeyPatch, copy_limit: int = 10) -> tuple[Storage, RecordingProvider]:
    """A storage that cuts small, on a store that takes every option; with a source."""
    storage, recorder = memory_storage(
        name=uuid.uuid4().hex, transfer=SMALL_PARTS, capabilities={"copy.max_size": copy_limit, **ENCRYPTED}
    )
    storage.put("a", DATA, content_type="text/x", metadata={"m": "1"}, tags={"t": "1"})
    around, inner = recorder.around, recorder.inner
    taken = {"backend", "encryption", "customer_key", "source_customer_key"}  # memory itself has none of these

    def record(operation: str, _: Any, /, *args: Any) -> Any:
        def take(*given: Any) -> Any:
            *others, options = given
            asked = getattr(options, "customer_key", None)
            if dataclasses.is_dataclass(options) and not isinstance(options, type):
                without = {field.name: None for field in dataclasses.fields(options) if field.name in taken}
                options = dataclasses.replace(options, **without)
            result = getattr(inner, operation)(*others, options)
            if asked is not None and operation == "complete_upload":
                result = dataclasses.replace(
                    result, encryption=EncryptionInfo(algorithm="AES256", customer_key_md5=customer_key_md5(asked.key))
                )
            return result

        return around(operation, take, *args)

    monkeypatch.setattr(recorder, "around", record)
    recorder.calls.clear()
    return storage, recorder


def check_sent(recorder: RecordingProvider, expected: dict[str, dict[str, Any]]) -> None:
    """Each operation was given each of the values, with every one of its requests."""
    for operation, values in expected.items():
        given = [call.args[-1] for call in recorder.calls if call.operation == operation]
        assert given, operation
        for options in given:
            assert {name: getattr(options, name) for name in values} == values, operation


def write(storage: Storage, **options: Any) -> None:
    with storage.open("b", "wb", **options) as file:
        file.write(DATA)


WAYS: dict[str, Callable[..., object]] = {
    "put": lambda storage, **options: storage.put("b", DATA, **options),
    "stream": lambda storage, **options: storage.put("b", iter([DATA]), **options),
    "open": write,
}
OF_UPLOADS: dict[str, Any] = {
    "content_type": "text/y",
    "content_encoding": "gzip",
    "content_language": "de",
    "content_disposition": "inline",
    "cache_control": "no-store",
    "expires": DAY,
    "metadata": {"n": "2"},
    "tags": {"u": "2"},
}
PUT: dict[str, tuple[Any, dict[str, dict[str, Any]]]] = {
    **{name: (value, {"create_upload": {name: value}}) for name, value in OF_UPLOADS.items()},
    "storage_class": ("STANDARD_IA", {"create_upload": {"storage_class": "STANDARD_IA"}}),
    "encryption": (
        KEY,
        {
            "create_upload": {"encryption": KEY},
            "upload_part": {"customer_key": KEY},
            "complete_upload": {"customer_key": KEY},
        },
    ),
    "checksum_algorithm": (
        "SHA256",
        {"create_upload": {"checksum_algorithm": "SHA256"}, "upload_part": {"checksum_algorithm": "SHA256"}},
    ),
    "backend": (
        Own(),
        {name: {"backend": Own(frozenset({name}))} for name in ("create_upload", "upload_part", "complete_upload")},
    ),
    "if_absent": (True, {"complete_upload": {"if_absent": True}}),
    "if_match": ("*", {"complete_upload": {"if_match": "*"}}),
    "checksum": (
        CRC,
        {
            "create_upload": {"checksum_algorithm": "CRC32", "checksum_composite": False},
            "complete_upload": {"checksum": CRC},
        },
    ),
}
PUT_REFUSED: dict[str, tuple[Any, type[Exception]]] = {"content_md5": ("A" * 22 + "==", errors.InvalidRequest)}


def test_each_field_of_a_put_is_here() -> None:
    assert PUT.keys() | PUT_REFUSED.keys() == {field.name for field in dataclasses.fields(opt.PutOptions)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PUT)
def test_options_of_a_put_reach_their_requests(monkeypatch: pytest.MonkeyPatch, way: str, name: str) -> None:
    storage, recorder = large_storage(monkeypatch)
    if name == "if_match":
        storage.put("b", b"old")
        recorder.calls.clear()
    value, expected = PUT[name]
    WAYS[way](storage, **{name: value})
    check_sent(recorder, expected)
    assert storage.get("b").read() == DATA


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("given", "error"),
    [
        *(({name: value}, error) for name, (value, error) in PUT_REFUSED.items()),
        ({"checksum": checksum(ChecksumAlgorithm.SHA256, DATA)}, errors.InvalidRequest),
        ({"if_absent": True, "if_match": "e"}, errors.InvalidRequest),
        ({"backend": Own(odd=True)}, errors.OptionNotSupported),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_what_a_put_in_parts_has_no_use_for_is_refused(
    monkeypatch: pytest.MonkeyPatch, way: str, given: dict[str, Any], error: type[Exception]
) -> None:
    storage, recorder = large_storage(monkeypatch)
    with pytest.raises(error):
        WAYS[way](storage, **given)
    assert recorder.operations == []


REPLACED = {"replace_metadata": True, "replace_tags": True}
COPY: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {
    **{name: ({name: value, **REPLACED}, {"create_upload": {name: value}}) for name, value in OF_UPLOADS.items()},
    "storage_class": ({"storage_class": "GLACIER"}, {"create_upload": {"storage_class": "GLACIER"}}),
    "encryption": (
        {"encryption": KEY},
        {
            "create_upload": {"encryption": KEY},
            "copy_part": {"customer_key": KEY},
            "complete_upload": {"customer_key": KEY},
        },
    ),
    "checksum_algorithm": ({"checksum_algorithm": "SHA1"}, {"create_upload": {"checksum_algorithm": "SHA1"}}),
    "backend": (
        {"backend": Own()},
        {
            name: {"backend": Own(frozenset({name}))}
            for name in ("head", "create_upload", "copy_part", "complete_upload")
        },
    ),
    "replace_metadata": (
        {"replace_metadata": True},
        {"create_upload": {"content_type": None, "metadata": {}, "tags": {"t": "1"}}},
    ),
    "replace_tags": (
        {"replace_tags": True},
        {"create_upload": {"content_type": "text/x", "metadata": {"m": "1"}, "tags": {}}},
    ),
    "if_absent": ({"if_absent": True}, {"complete_upload": {"if_absent": True}}),
    "if_match": ({"if_match": "*"}, {"complete_upload": {"if_match": "*"}}),
    "source_customer_key": (
        {"source_customer_key": KEY},
        {"head": {"customer_key": KEY}, "copy_part": {"source_customer_key": KEY}},
    ),
}
CONDITIONS: dict[str, Any] = {
    "source_if_match": "another",
    "source_if_none_match": "*",
    "source_if_modified_since": FUTURE,
    "source_if_unmodified_since": PAST,
}


def test_each_field_of_a_copy_is_here() -> None:
    assert COPY.keys() | CONDITIONS.keys() == {field.name for field in dataclasses.fields(opt.CopyOptions)}


@pytest.mark.parametrize("verb", ["copy", "move"])
@pytest.mark.parametrize("name", COPY)
def test_options_of_a_copy_reach_their_requests(monkeypatch: pytest.MonkeyPatch, name: str, verb: str) -> None:
    storage, recorder = large_storage(monkeypatch)
    if name == "if_match":
        storage.put("b", b"old")
        recorder.calls.clear()
    given, expected = COPY[name]
    getattr(storage, verb)("a", "b", **given)
    if name == "backend" and verb == "move":
        expected = expected | {"delete": {"backend": Own(frozenset({"delete"}))}}
    check_sent(recorder, expected)
    assert storage.get("b").read() == DATA
    assert storage.exists("a") is (verb == "copy")


@pytest.mark.parametrize("limit", [10, 100])
@pytest.mark.parametrize("verb", ["copy", "move"])
@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions_on_a_source_hold(monkeypatch: pytest.MonkeyPatch, name: str, verb: str, limit: int) -> None:
    storage, recorder = large_storage(monkeypatch, limit)
    with pytest.raises(errors.PreconditionFailed) as caught:
        getattr(storage, verb)("a", "b", **{name: CONDITIONS[name]})
    told = caught.value
    assert (told.operation, told.store, told.bucket) == ("copy", storage.info.store, storage.info.bucket)
    assert set(recorder.operations) <= {"head", "copy"}
    assert [entry.key for entry in storage.list()] == ["a"]


@pytest.mark.parametrize("limit", [10, 100])
@pytest.mark.parametrize("verb", ["copy", "move"])
@pytest.mark.parametrize(
    ("given", "error"),
    [
        *(({name: value}, errors.InvalidRequest) for name, value in OF_UPLOADS.items()),
        ({"if_absent": True, "if_match": "e"}, errors.InvalidRequest),
        ({"backend": Own(odd=True)}, errors.OptionNotSupported),
        ({"encryption": "none"}, errors.InvalidRequest),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_what_a_copy_has_no_use_for_is_refused_at_any_size(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], error: type[Exception], verb: str, limit: int
) -> None:
    storage, recorder = large_storage(monkeypatch, limit)
    with pytest.raises(error):
        getattr(storage, verb)("a", "b", **given)
    assert recorder.operations == []
