"""``S3Options`` of large objects: each goes to the requests that take it, and what none takes is refused."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.config.store import TransferSettings
from holdall.layers import stack
from holdall.storage import Storage
from holdall.testing.fakes import RecordingProvider
from holdall_s3 import S3Options
from holdall_s3.options import ACCEPTED, backend_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

MIB = 1024 * 1024
DATA = b"x" * (5 * MIB + 1)
OWNER = "123456789012"  # moto's account
VALUES: dict[str, Any] = {field.name: "x" for field in dataclasses.fields(S3Options)} | {
    "request_payer": True,
    "bypass_governance_retention": True,
    "restore_status": True,
}
REQUESTS = {
    "put": ("create_upload", "upload_part", "complete_upload"),
    "copy": ("head", "create_upload", "copy_part", "complete_upload", "delete"),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("verb", ["put", "copy"])
def test_each_option_reaches_what_takes_it_or_is_refused(verb: Any, name: str) -> None:
    options = S3Options(**{name: VALUES[name]})
    reached = []
    for operation in REQUESTS[verb]:
        if name not in ACCEPTED[verb]:
            with pytest.raises(errors.OptionNotSupported, match=f"{verb} has no use for the S3 option '{name}'"):
                options.for_operation(operation, verb)
            continue
        part = options.for_operation(operation, verb)
        assert part in {None, options}
        reached += list(backend_parameters(operation, part))
    expected = backend_parameters(verb, options) if name in ACCEPTED[verb] else {}
    assert set(reached) == expected.keys()


def test_an_explicit_no_to_paying_goes_along() -> None:
    options = S3Options(request_payer=False, acl="private")
    assert options.for_operation("upload_part", "put") == S3Options(request_payer=False)
    assert S3Options(acl="private").for_operation("upload_part", "put") is None


def test_the_code_of_an_mfa_device_is_shown_nowhere() -> None:
    options = S3Options(mfa="arn:aws:iam::1:mfa/ada 123456", acl="private")
    assert "123456" not in f"{options!r} {options}"
    assert "private" in repr(options)


def test_the_source_in_another_bucket_has_an_owner_of_its_own() -> None:
    options = S3Options(request_payer=True, acl="private", expected_bucket_owner="1", expected_source_bucket_owner="2")
    assert options.for_source_bucket() == S3Options(request_payer=True, expected_bucket_owner="2")
    assert S3Options(expected_bucket_owner="1").for_source_bucket() is None
    with pytest.raises(errors.OptionNotSupported, match="mfa"):
        S3Options(mfa="serial 123456").for_source_bucket()


def cutting_small(provider: S3Provider) -> tuple[Storage, RecordingProvider]:
    recorder = RecordingProvider(provider)
    transfer = TransferSettings.model_validate({"multipart_threshold": 5 * MIB, "chunk_size": 5 * MIB})
    return Storage(stack.build(recorder), transfer=transfer), recorder


@pytest.fixture
def cut_small(moto_server: S3Server, provider_on: MakeProvider) -> tuple[Storage, RecordingProvider, S3Provider]:
    """A storage that cuts at S3's smallest part size, what reached its provider, and the provider."""
    provider = provider_on(moto_server, capabilities={"copy.max_size": 5 * MIB})
    return *cutting_small(provider), provider


def write(storage: Storage, **options: Any) -> None:
    with storage.open("b", "wb", **options) as file:
        file.write(DATA)


WAYS: dict[str, Callable[..., object]] = {
    "put": lambda storage, **options: storage.put("b", DATA, **options),
    "stream": lambda storage, **options: storage.put("b", iter([DATA]), **options),
    "open": write,
    "copy": lambda storage, **options: storage.copy("a", "b", **options),
    "move": lambda storage, **options: storage.move("a", "b", **options),
}
SENT = {
    **dict.fromkeys(("put", "stream", "open"), REQUESTS["put"]),
    "copy": REQUESTS["copy"][:-1],
    "move": REQUESTS["copy"],
}


@pytest.mark.parametrize("way", WAYS)
def test_large_objects_with_options(cut_small: tuple[Storage, RecordingProvider, S3Provider], way: str) -> None:
    storage, recorder, provider = cut_small
    storage.put("a", DATA)
    recorder.calls.clear()
    options = S3Options(acl="public-read", website_redirect="/x", request_payer=True, expected_bucket_owner=OWNER)
    WAYS[way](storage, backend=options)
    sent = list(recorder.calls)
    assert storage.get("b").read() == DATA
    assert storage.exists("a") is (way != "move")
    head = provider.raw_client.head_object(Bucket=str(provider.info.bucket), Key="b")
    assert head["WebsiteRedirectLocation"] == "/x"
    grants = provider.raw_client.get_object_acl(Bucket=str(provider.info.bucket), Key="b")["Grants"]
    assert {grant["Permission"] for grant in grants} == {"FULL_CONTROL", "READ"}
    assert {call.operation for call in sent} >= set(SENT[way])
    for call in sent:
        if call.operation in SENT[way]:
            given = call.args[-1].backend
            assert (given.request_payer, given.expected_bucket_owner) == (True, OWNER), call.operation
            assert given.acl == ("public-read" if call.operation == "create_upload" else None)


@pytest.mark.parametrize("way", WAYS)
def test_options_without_a_use_are_refused_before_anything_is_sent(
    cut_small: tuple[Storage, RecordingProvider, S3Provider], way: str
) -> None:
    storage, recorder, _ = cut_small
    with pytest.raises(errors.OptionNotSupported, match="mfa"):
        WAYS[way](storage, backend=S3Options(mfa="serial 123456"))
    assert recorder.operations == []


def test_reading_a_file_with_options(cut_small: tuple[Storage, RecordingProvider, S3Provider]) -> None:
    storage, recorder, _ = cut_small
    storage.put("a", b"abc")
    recorder.calls.clear()
    options = S3Options(request_payer=True, expected_bucket_owner=OWNER)
    with storage.open("a", backend=options) as file:
        assert file.read() == b"abc"
    assert [(call.operation, call.args[1].backend) for call in recorder.calls] == [("head", options), ("get", options)]
    assert [call.args[1].checksums for call in recorder.calls] == [False, storage.supports("checksums.stored")]


@pytest.mark.parametrize("size", [1, len(DATA)])
@pytest.mark.parametrize("verb", ["copy", "move"])
def test_conditions_on_the_source_hold_at_any_size(
    swift_server: S3Server, provider_on: MakeProvider, verb: str, size: int
) -> None:
    storage, _ = cutting_small(provider_on(swift_server, capabilities={"copy.max_size": 5 * MIB}))
    storage.put("a", DATA[:size])
    with pytest.raises(errors.PreconditionFailed):
        getattr(storage, verb)("a", "b", source_if_match="0" * 32)
    assert [entry.key for entry in storage.list()] == ["a"]
    with pytest.raises(errors.InvalidRequest, match="keeps those of the source"):
        getattr(storage, verb)("a", "b", content_type="text/x")
    assert list(storage.uploads.list()) == []
