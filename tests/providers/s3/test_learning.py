"""What stores' own answers teach: from real refusals, once, and never too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from holdall import errors as e
from holdall.capabilities import FEATURES, NO, UNKNOWN, YES, Source
from holdall.models import StorageClass
from holdall.storage import Storage
from holdall_s3 import learning
from holdall_s3.learning import refused_feature
from tests.servers import run_faults
from tests.servers.faults import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.groups import Tags
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server


def unknown_store(provider_on: MakeProvider, server: S3Server, **settings: Any) -> Storage:
    """A store that nothing is known of."""
    return Storage(provider_on(server, store_family="generic", **settings))


def test_swifts_refusal_of_tags_is_asked_for_once(provider_on: MakeProvider, swift_server: S3Server) -> None:
    with run_faults(swift_server.endpoint_url) as proxy:
        store = unknown_store(provider_on, swift_server, endpoint_url=proxy.endpoint_url)
        store.put("k", b"one")
        assert store.capabilities.tags.objects is UNKNOWN
        with pytest.raises(e.UnsupportedOperation) as first:
            cast("Tags", store.provider).put_tags("k", {"a": "b"}, None)
        assert first.value.code == "NotImplemented"
        asked = proxy.count("PUT", "tagging")
        with pytest.raises(e.UnsupportedOperation) as second:
            store.tags.set("k", {"a": "b"})
        assert proxy.count("PUT", "tagging") == asked == 1
    evidence = store.capabilities.evidence("tags.objects")
    assert evidence.source is Source.OBSERVED
    assert evidence.date is not None
    assert first.value.request_id is not None
    for text in (evidence.date, "501 NotImplemented to put_object_tagging", first.value.request_id):
        assert text in str(second.value)


def test_swifts_refusal_of_tags_with_a_put_says_nothing_of_put(
    provider_on: MakeProvider, swift_server: S3Server
) -> None:
    store = unknown_store(provider_on, swift_server)
    for _ in range(2):
        with pytest.raises(e.UnsupportedOperation):
            store.put("k", b"one", tags={"a": "b"})
    assert store.capabilities.tags.on_put is NO
    store.put("k", b"one")
    assert store.get("k").read() == b"one"


def test_of_two_things_that_were_asked_for_neither_is_blamed(provider_on: MakeProvider, swift_server: S3Server) -> None:
    store = unknown_store(provider_on, swift_server)
    with pytest.raises(e.UnsupportedOperation):
        store.put("k", b"one", tags={"a": "b"}, storage_class=StorageClass.STANDARD)
    assert store.capabilities.tags.on_put is UNKNOWN
    assert store.capabilities.tiers.storage_class is UNKNOWN


def test_rclones_refusal_of_versions_is_learned(provider_on: MakeProvider, rclone_server: S3Server) -> None:
    store = unknown_store(provider_on, rclone_server)
    with pytest.raises(e.UnsupportedOperation):
        store.versions.enable()
    assert store.capabilities.versions.enable is NO


def test_swifts_answer_for_a_configuration_that_it_does_not_know_is_learned(
    provider_on: MakeProvider, swift_server: S3Server
) -> None:
    store = unknown_store(provider_on, swift_server)
    with pytest.raises(e.UnsupportedOperation):
        store.notifications.get()
    assert store.capabilities.notifications.rules is NO


def test_tags_that_are_read_back_show_that_there_are_tags(provider_on: MakeProvider, moto_server: S3Server) -> None:
    store = unknown_store(provider_on, moto_server)
    store.put("k", b"one")
    assert store.tags.get("k") == {}
    assert store.capabilities.tags.objects is UNKNOWN  # an empty answer shows nothing
    cast("Tags", store.provider).put_tags("k", {"a": "b"}, None)
    assert store.tags.get("k") == {"a": "b"}
    assert store.capabilities.tags.objects is YES
    assert store.capabilities.evidence("tags.objects").source is Source.OBSERVED


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "HEAD"])
def test_a_refusal_that_passes_takes_no_core_operation_away(
    method: str, provider_on: MakeProvider, moto_server: S3Server
) -> None:
    with run_faults(moto_server.endpoint_url) as proxy:
        store = unknown_store(provider_on, moto_server, endpoint_url=proxy.endpoint_url)
        before = store.capabilities
        proxy.add(refuse(501, "NotImplemented"), times=10)
        calls: dict[str, Callable[[], object]] = {
            "PUT": lambda: store.put("k", b"one"),
            "GET": lambda: store.get("k"),
            "DELETE": lambda: store.delete("k"),
            "HEAD": lambda: store.head("k"),
        }
        with pytest.raises(e.UnsupportedOperation):
            calls[method]()
        with pytest.raises(e.UnsupportedOperation):
            list(store.list())
        assert store.capabilities is before
        proxy.clear()
        store.put("k", b"one")
        assert [entry.key for entry in store.list()] == ["k"]


def test_the_users_word_stands_against_an_answer(provider_on: MakeProvider, swift_server: S3Server) -> None:
    store = unknown_store(provider_on, swift_server, capabilities={"tags.objects": "yes"})
    store.put("k", b"one")
    with pytest.raises(e.UnsupportedOperation):
        store.tags.set("k", {"a": "b"})
    assert store.capabilities.tags.objects is YES


CORE = {"put_object", "get_object", "head_object", "delete_object", "list_objects_v2", "copy_object",
        "create_multipart_upload", "upload_part", "complete_multipart_upload", "abort_multipart_upload"}  # fmt: skip


@pytest.mark.parametrize("method", sorted(CORE))
@pytest.mark.parametrize("code", sorted(learning.CONFIGURATION))
def test_a_bare_core_operation_teaches_nothing(method: str, code: str) -> None:
    assert method not in learning.METHODS
    assert refused_feature(method, {"Bucket": "b", "Key": "k"}, code) is None


@pytest.mark.parametrize(
    ("method", "parameters", "code", "feature"),
    [
        ("put_object", {"IfNoneMatch": "*"}, "NotImplemented", "put.if_absent"),
        ("put_object", {"IfMatch": '"e"'}, "NotImplemented", "put.if_match"),
        ("put_object", {"IfMatch": '"e"'}, "MethodNotAllowed", None),
        ("put_object", {"IfMatch": '"e"'}, "InvalidArgument", None),
        ("put_object", {"IfMatch": '"e"'}, None, None),
        ("put_object", {"ServerSideEncryption": "AES256"}, "NotImplemented", "encryption.sse_s3"),
        ("put_object", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k"}, "NotImplemented", "encryption.sse_kms"),
        ("put_object", {"ServerSideEncryption": "AES256", "Tagging": "a=b"}, "NotImplemented", None),
        ("put_object", {"ServerSideEncryption": "something"}, "NotImplemented", None),
        ("copy_object", {"CopySourceSSECustomerAlgorithm": "AES256"}, "NotImplemented", None),
        ("copy_object", {"IfNoneMatch": "*"}, "NotImplemented", "copy.if_absent"),
        ("upload_part_copy", {}, "NotImplemented", "multipart.copy_part"),
        ("upload_part_copy", {"SSECustomerAlgorithm": "AES256"}, "NotImplemented", None),
        ("get_object_tagging", {}, "MethodNotAllowed", None),  # AWS's answer for a delete marker
        ("get_bucket_encryption", {}, "MalformedXML", "encryption.bucket_default"),
        ("put_bucket_encryption", {}, "MalformedXML", None),  # it may be the user's XML
        ("get_bucket_notification_configuration", {}, "BucketAlreadyExists", "notifications.rules"),
    ],
)
def test_what_a_refusal_teaches(method: str, parameters: dict[str, Any], code: str | None, feature: str | None) -> None:
    assert refused_feature(method, {"Bucket": "b", **parameters}, code) == feature


def test_the_tables_name_features_that_there_are() -> None:
    features = {feature for feature, _ in learning.METHODS.values()} | {
        feature for feature, _ in learning.SEEN.values()
    }
    for members in learning.PARAMETERS.values():
        features |= set(members.values()) - {""}
    assert features <= set(FEATURES)
    safety = {"put.if_absent", "put.if_match", "encryption.sse_c", "encryption.sse_s3", "delete.if_match"}
    assert not safety & {feature for feature, _ in learning.SEEN.values()}


def test_what_a_store_takes_for_its_object_is_not_sent_to_it(
    provider_on: MakeProvider, rclone_server: S3Server
) -> None:
    """rclone keeps the XML of tags as the object, and deletes the object where its tags were to be removed."""
    store = unknown_store(provider_on, rclone_server)
    store.put("k", b"one")
    calls: list[Callable[[], None]] = [lambda: store.tags.set("k", {"a": "b"}), lambda: store.tags.delete("k")]
    for call in calls:
        with pytest.raises(e.UnsupportedOperation, match="not known"):
            call()
    assert store.get("k").read() == b"one"
    cast("Tags", store.provider).put_tags("k", {"a": "b"}, None)
    assert store.get("k").read().startswith(b"<Tagging")
    cast("Tags", store.provider).delete_tags("k", None)
    assert not store.exists("k")
