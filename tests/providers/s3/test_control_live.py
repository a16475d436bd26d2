"""Versions, tags, parts, buckets, default encryption and notifications, on real servers."""

from __future__ import annotations

import dataclasses
import json
import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from holdall import errors as e
from holdall import options as opt
from holdall.models import (
    ByteRange,
    Checksum,
    ChecksumAlgorithm,
    CopySource,
    NotificationConfig,
    NotificationRule,
    ObjectRef,
    SseC,
    SseKms,
    SseS3,
    Versioning,
)
from holdall.storage import Storage
from holdall_s3 import S3Options
from holdall_s3.control.notifications import from_answer, to_parameters

if TYPE_CHECKING:
    from holdall_s3.provider import S3Provider
    from tests.providers.s3.conftest import MakeProvider
    from tests.providers.s3.wire import Wire
    from tests.servers import S3Server

MIB = 1024 * 1024


def read(provider: S3Provider, key: str, **options: Any) -> bytes:
    with provider.get(key, opt.GetOptions(**options)) as got:
        return got.read()


# --- versions ----------------------------------------------------------------------------------------------------


def test_versions_from_beginning_to_end(provider: S3Provider, s3_server: S3Server) -> None:
    provider.set_versioning(Versioning.ENABLED)
    assert provider.get_versioning() is Versioning.ENABLED
    one = provider.put("k", b"one", opt.PUT).version_id
    two = provider.put("k", b"two", opt.PUT).version_id
    assert one is not None
    assert two is not None
    assert read(provider, "k") == b"two"
    assert read(provider, "k", version_id=one) == b"one"
    info = provider.head("k", opt.HeadOptions(version_id=one))
    assert (info.version_id, info.size) == (one, 3)

    marker = provider.delete("k", opt.DELETE)
    assert marker.delete_marker
    assert marker.version_id is not None
    with pytest.raises(e.ObjectNotFound):
        provider.get("k", opt.GET)
    for reading in (provider.head, provider.get):
        with pytest.raises(e.VersionNotFound):
            reading("k", opt.GetOptions(version_id=marker.version_id))
    versions = list(provider.list_versions_page(opt.LIST).versions)
    if s3_server.name == "moto":  # it puts all delete markers behind all versions, and the oldest first
        versions.sort(key=lambda item: (not item.is_latest, item.version_id != two))
    assert [(item.version_id, item.is_delete_marker, item.is_latest) for item in versions] == [
        (marker.version_id, True, True),
        (two, False, False),
        (one, False, False),
    ]
    assert [item.size for item in versions] == [0, 3, 3]

    copied = provider.copy(CopySource("k", version_id=one), "k", opt.COPY)  # brings the old version back
    assert copied.source_version_id in {one, None}  # not every store says
    assert read(provider, "k") == b"one"
    assert provider.delete("k", opt.DeleteOptions(version_id=one)).version_id == one
    with pytest.raises(e.VersionNotFound):
        provider.get("k", opt.GetOptions(version_id=one))


def test_versioning_is_suspended_and_never_off(provider: S3Provider) -> None:
    provider.set_versioning(Versioning.ENABLED)
    provider.set_versioning(Versioning.SUSPENDED)
    assert provider.get_versioning() is Versioning.SUSPENDED
    with pytest.raises(e.InvalidRequest, match="suspended"):
        provider.set_versioning(Versioning.OFF)


def test_versions_by_pages(provider: S3Provider, s3_server: S3Server) -> None:
    provider.set_versioning(Versioning.ENABLED)
    written = [(key, provider.put(key, b"x", opt.PUT).version_id) for key in ("a b", "ü+/1", "ü+/2") for _ in range(2)]
    found, token = [], None
    while True:
        page = provider.list_versions_page(opt.ListOptions(limit=2, token=token))
        found += [(item.key, item.version_id) for item in page.versions]
        token = page.next_token
        if token is None:
            break
    assert sorted(found) == sorted((key, str(version)) for key, version in written)
    assert [key for key, _ in found] == [key for key, _ in written]
    page = provider.list_versions_page(opt.ListOptions(delimiter="/"))
    assert page.prefixes == ("ü+/",)
    assert {item.key for item in page.versions} == {"a b"}
    assert {item.key for item in provider.list_versions_page(opt.ListOptions(prefix="ü+/2")).versions} == {"ü+/2"}
    if s3_server.name != "moto":  # it begins with the marker, not after it
        page = provider.list_versions_page(opt.ListOptions(start_after="ü+/1"))
        assert {item.key for item in page.versions} == {"ü+/2"}


def test_a_batch_deletes_versions_and_tells_of_markers(provider: S3Provider, s3_server: S3Server) -> None:
    provider.set_versioning(Versioning.ENABLED)
    one = provider.put("a", b"x", opt.PUT).version_id
    provider.put("b", b"x", opt.PUT)
    gone, hidden = provider.delete_batch([ObjectRef("a", one), ObjectRef("b")], opt.DELETE)
    assert (gone.key, gone.version_id, gone.error) == ("a", one, None)
    assert (hidden.key, hidden.error) == ("b", None)
    if s3_server.name == "moto":  # Swift does not tell
        assert hidden.delete_marker
        assert hidden.delete_marker_version_id is not None
    with pytest.raises(e.VersionNotFound):
        provider.head("a", opt.HeadOptions(version_id=one))


def test_the_newest_version_makes_way_for_the_one_before(provider: S3Provider) -> None:
    """In a batch it does not on Swift, so versions are deleted one by one there."""
    provider.set_versioning(Versioning.ENABLED)
    refs = [
        ObjectRef(key, [provider.put(key, body, opt.PUT).version_id for body in (b"old", b"new")][-1])
        for key in ("a", "b")
    ]
    provider.put("c", b"x", opt.PUT)
    summary = Storage(provider).delete_many([*refs, "c"])
    assert (summary.deleted, summary.failed) == (3, [])
    for ref in refs:
        with provider.get(ref.key, opt.GET) as got:
            assert got.read() == b"old"
        with pytest.raises(e.VersionNotFound):
            provider.head(ref.key, opt.HeadOptions(version_id=ref.version_id))
    with pytest.raises(e.ObjectNotFound):
        provider.head("c", opt.HEAD)


def test_a_batch_that_hides_instead_of_removing_is_found_out(aws: S3Provider, wire: Wire) -> None:
    entry = "<Deleted><Key>k</Key>{}</Deleted>"
    wire.answer(200, {}, f"<DeleteResult>{entry.format('')}</DeleteResult>")
    (outcome,) = aws.delete_batch([ObjectRef("k", "v1")], opt.DELETE)  # removed, and its id not repeated (Swift)
    assert outcome.error is None
    wire.answer(200, {}, f"<DeleteResult>{entry.format('<DeleteMarker>true</DeleteMarker>')}</DeleteResult>")
    (outcome,) = aws.delete_batch([ObjectRef("k", "v1")], opt.DELETE)
    assert isinstance(outcome.error, e.InvalidResponse)


# --- tags --------------------------------------------------------------------------------------------------------


def test_tags(moto: S3Provider) -> None:
    moto.set_versioning(Versioning.ENABLED)
    one = moto.put("k", b"x", opt.PutOptions(tags={"a b+c": "d+e=f/@", "ü": ""})).version_id
    assert moto.get_tags("k", None) == {"a b+c": "d+e=f/@", "ü": ""}
    assert moto.head("k", opt.HEAD).tag_count == 2
    moto.put("k", b"y", opt.PUT)
    assert moto.get_tags("k", None) == {}
    assert moto.get_tags("k", one) == {"a b+c": "d+e=f/@", "ü": ""}
    moto.put_tags("k", {"n": "1"}, one)
    assert moto.get_tags("k", one) == {"n": "1"}
    moto.put_tags("k", {}, one)
    assert moto.get_tags("k", one) == {}
    moto.put_tags("k", {"n": "1"}, None)
    moto.delete_tags("k", None)
    assert moto.get_tags("k", None) == {}
    with pytest.raises(e.ObjectNotFound):
        moto.get_tags("gone", None)


def test_tags_come_with_a_copy_or_are_replaced(moto: S3Provider) -> None:
    moto.put("from", b"x", opt.PutOptions(tags={"a": "1"}))
    moto.copy(CopySource("from"), "kept", opt.COPY)
    moto.copy(CopySource("from"), "new", opt.CopyOptions(replace_tags=True, tags={"b": "2"}))
    assert (moto.get_tags("kept", None), moto.get_tags("new", None)) == ({"a": "1"}, {"b": "2"})


def test_a_store_without_tags_says_so(swift: S3Provider) -> None:
    swift.put("k", b"x", opt.PUT)
    with pytest.raises(e.UnsupportedOperation):
        swift.put_tags("k", {"a": "b"}, None)
    assert read(swift, "k") == b"x"


# --- parts -------------------------------------------------------------------------------------------------------


def test_an_object_in_parts(provider: S3Provider) -> None:
    upload = provider.create_upload("ü/k", opt.CreateUploadOptions(content_type="a/b", metadata={"m": "☃"}))
    pages = [b"a" * 5 * MIB, b"b" * 5 * MIB, b"c"]
    parts = [provider.upload_part("ü/k", upload.upload_id, n, page, opt.PART) for n, page in enumerate(pages, 1)]
    assert [(part.part_number, part.size) for part in parts] == [(1, 5 * MIB), (2, 5 * MIB), (3, 1)]
    with pytest.raises(e.ObjectNotFound):
        provider.head("ü/k", opt.HEAD)

    (begun,) = provider.list_uploads("ü/", None, None).uploads
    assert (begun.key, begun.upload_id) == ("ü/k", upload.upload_id)
    assert provider.list_uploads("other", None, None).uploads == ()
    first = provider.list_parts("ü/k", upload.upload_id, 0, 2)
    assert first.next_marker is not None
    rest = provider.list_parts("ü/k", upload.upload_id, first.next_marker, 2)
    assert rest.next_marker is None
    listed = [*first.parts, *rest.parts]
    assert [(part.part_number, part.etag, part.size) for part in listed] == [
        (part.part_number, part.etag, part.size) for part in parts
    ]

    result = provider.complete_upload("ü/k", upload.upload_id, listed, opt.COMPLETE)
    assert result.size == 10 * MIB + 1
    info = provider.head("ü/k", opt.HEAD)
    assert (info.size, info.etag, info.content_type, info.metadata) == (result.size, result.etag, "a/b", {"m": "☃"})
    assert read(provider, "ü/k", range=ByteRange(5 * MIB - 1, 5 * MIB + 1)) == b"ab"
    assert provider.list_uploads("", None, None).uploads == ()


def test_a_part_of_an_object_in_parts(swift: S3Provider) -> None:
    provider = swift  # moto answers the whole object
    upload = provider.create_upload("k", opt.CREATE_UPLOAD)
    pages = [b"a" * 5 * MIB, b"bc"]
    parts = [provider.upload_part("k", upload.upload_id, n, page, opt.PART) for n, page in enumerate(pages, 1)]
    provider.complete_upload("k", upload.upload_id, parts, opt.COMPLETE)
    with provider.get("k", opt.GetOptions(part_number=2)) as got:
        assert (got.start, got.length, got.info.size, got.info.parts_count) == (5 * MIB, 2, 5 * MIB + 2, 2)
        assert got.read() == b"bc"
    info = provider.head("k", opt.HeadOptions(part_number=1))
    assert (info.size, info.parts_count) == (5 * MIB + 2, 2)


def test_parts_by_copy(provider: S3Provider) -> None:
    etag = provider.put("from ü", b"0123456789", opt.PUT).etag
    upload = provider.create_upload("k", opt.CREATE_UPLOAD)
    options = opt.PartOptions(source_if_match=etag)
    piece = provider.copy_part("k", upload.upload_id, 1, CopySource("from ü"), ByteRange(2, 5), options)
    assert piece.size == 3
    provider.complete_upload("k", upload.upload_id, [piece], opt.COMPLETE)
    assert read(provider, "k") == b"234"
    with pytest.raises(e.InvalidRange, match="both ends"):
        provider.copy_part("k", upload.upload_id, 1, CopySource("from ü"), ByteRange(-2), opt.PART)
    upload = provider.create_upload("k", opt.CREATE_UPLOAD)
    with pytest.raises(e.ObjectNotFound) as caught:
        provider.copy_part("k", upload.upload_id, 1, CopySource("gone"), ByteRange(0, 1), opt.PART)
    assert not isinstance(caught.value, e.UploadNotFound)
    provider.abort_upload("k", upload.upload_id)


def test_uploads_that_are_given_up(provider: S3Provider, s3_server: S3Server) -> None:
    upload = provider.create_upload("k", opt.CREATE_UPLOAD)
    part = provider.upload_part("k", upload.upload_id, 1, b"x", opt.PART)
    provider.abort_upload("k", upload.upload_id)
    provider.abort_upload("k", upload.upload_id)
    with pytest.raises(e.UploadNotFound):
        provider.list_parts("k", upload.upload_id, 0, None)
    if s3_server.name != "moto":  # it answers 500
        with pytest.raises(e.UploadNotFound):
            provider.upload_part("k", upload.upload_id, 2, b"x", opt.PART)
        with pytest.raises(e.UploadNotFound):
            provider.complete_upload("k", upload.upload_id, [part], opt.COMPLETE)
    assert provider.list_uploads("", None, None).uploads == ()


def test_parts_that_make_no_object(swift: S3Provider) -> None:
    upload = swift.create_upload("k", opt.CREATE_UPLOAD)
    parts = [swift.upload_part("k", upload.upload_id, number, b"small", opt.PART) for number in (1, 2)]
    with pytest.raises(e.PartTooSmall):
        swift.complete_upload("k", upload.upload_id, parts, opt.COMPLETE)
    with pytest.raises(e.InvalidPartOrder):
        swift.complete_upload("k", upload.upload_id, parts[::-1], opt.COMPLETE)
    wrong = dataclasses.replace(parts[0], etag="0" * 32)
    with pytest.raises(e.InvalidPart):
        swift.complete_upload("k", upload.upload_id, [wrong], opt.COMPLETE)
    with pytest.raises(e.ChecksumMismatch):
        swift.upload_part("k", upload.upload_id, 3, b"x", opt.PartOptions(content_md5="XUFAKrxLKna5cZ2REBfFkg=="))
    with pytest.raises(e.ObjectNotFound):
        swift.head("k", opt.HEAD)
    swift.abort_upload("k", upload.upload_id)


def test_an_upload_that_creates_only(provider: S3Provider) -> None:
    provider.put("k", b"first", opt.PUT)
    upload = provider.create_upload("k", opt.CREATE_UPLOAD)
    part = provider.upload_part("k", upload.upload_id, 1, b"second", opt.PART)
    with pytest.raises(e.ObjectAlreadyExists):
        provider.complete_upload("k", upload.upload_id, [part], opt.CompleteOptions(if_absent=True))
    assert read(provider, "k") == b"first"
    provider.abort_upload("k", upload.upload_id)


def test_uploads_by_pages(wire: Wire, aws: S3Provider) -> None:
    # moto pages the parts of uploads, not the uploads themselves: only the shape can be shown.
    entry = "<Upload><Key>k+1</Key><UploadId>u1</UploadId><StorageClass>GLACIER</StorageClass></Upload>"
    wire.answer(
        200,
        {},
        "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
        f"<NextKeyMarker>k+1</NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>{entry}"
        "</ListMultipartUploadsResult>",
    )
    page = aws.list_uploads("k", None, 1)
    assert [(item.key, item.upload_id, item.storage_class) for item in page.uploads] == [("k 1", "u1", "GLACIER")]
    aws.list_uploads("k", page.next_token, 1)
    query = wire.last.query
    assert (query["key-marker"], query["upload-id-marker"], query["max-uploads"]) == ("k 1", "u1", "1")


def test_checksums_of_parts_and_of_the_whole(moto: S3Provider) -> None:
    crc = ChecksumAlgorithm.CRC32
    upload = moto.create_upload("k", opt.CreateUploadOptions(checksum_algorithm=crc, checksum_composite=False))
    part = moto.upload_part("k", upload.upload_id, 1, b"hello", opt.PartOptions(checksum_algorithm=crc))
    assert part.checksums == (Checksum(crc, "NhCmhg=="),)
    whole = opt.CompleteOptions(checksum=Checksum(crc, "NhCmhg=="), size=5)
    moto.complete_upload("k", upload.upload_id, [part], whole)
    (found,) = moto.head("k", opt.HeadOptions(checksums=True)).checksums
    assert (found.value, found.composite) == ("NhCmhg==", False)


def test_encryption_of_an_upload_is_confirmed(moto: S3Provider) -> None:
    upload = moto.create_upload("k", opt.CreateUploadOptions(encryption=SseKms("my-key")))
    assert upload.encryption is not None
    assert (upload.encryption.algorithm, upload.encryption.key_id) == ("aws:kms", "my-key")
    moto.abort_upload("k", upload.upload_id)


# --- buckets -----------------------------------------------------------------------------------------------------


def test_a_bucket_from_beginning_to_end(provider: S3Provider, unique: str) -> None:
    with pytest.raises(e.BucketNotFound):
        provider.head_bucket(unique)
    assert provider.create_bucket(unique, opt.CREATE_BUCKET).name == unique
    try:
        assert provider.head_bucket(unique).name == unique
        assert provider.bucket_location(unique) is None  # these servers have no regions
        bound = provider.bind(unique)
        bound.put("k", b"x", opt.PUT)
        with pytest.raises(e.BucketNotEmpty):
            provider.delete_bucket(unique)
        bound.delete("k", opt.DELETE)
    finally:
        provider.delete_bucket(unique)
    with pytest.raises(e.BucketNotFound):
        provider.delete_bucket(unique)
    with pytest.raises(e.BucketNotFound):
        provider.bucket_location(unique)
    with pytest.raises(e.BucketNotFound):
        provider.bind(unique).put("k", b"x", opt.PUT)


def test_a_bucket_that_is_there_already(swift: S3Provider) -> None:
    assert swift.info.bucket is not None
    with pytest.raises(e.BucketAlreadyOwnedByYou):
        swift.create_bucket(swift.info.bucket, opt.CREATE_BUCKET)


def test_buckets_by_pages(provider: S3Provider, provider_on: MakeProvider, s3_server: S3Server) -> None:
    mine = {provider.info.bucket, provider_on(s3_server).info.bucket, provider_on(s3_server).info.bucket}
    whole = provider.list_buckets(None, None)
    assert whole.next_token is None
    names = [bucket.name for bucket in whole.buckets]
    assert mine <= set(names)
    found, token = [], None
    while True:
        page = provider.list_buckets(token, 2)
        assert 0 < len(page.buckets) <= 2
        found += [bucket.name for bucket in page.buckets]
        token = page.next_token
        if token is None:
            break
    assert found == sorted(names)
    with pytest.raises(e.InvalidRequest):
        provider.list_buckets(None, 0)


@pytest.mark.parametrize("name", ["ab", "UPPER", "dots..dots", "192.168.0.1", "-x-", "a" * 64, "xn--bucket"])
def test_names_that_no_bucket_can_have(name: str, aws: S3Provider, wire: Wire) -> None:
    with pytest.raises(e.InvalidBucketName):
        aws.create_bucket(name, opt.CREATE_BUCKET)
    assert wire.sent == []


def test_names_are_looked_at_before_any_request(aws: S3Provider, wire: Wire) -> None:
    for call in (
        lambda: aws.bind("my_bucket"),
        lambda: aws.head_bucket("my_bucket"),
        lambda: aws.copy(CopySource("k", bucket="my_bucket"), "l", opt.CopyOptions()),
        lambda: aws.copy_part("k", "u", 1, CopySource("k", bucket="my_bucket"), None, opt.PartOptions()),
    ):
        with pytest.raises(e.InvalidBucketName):
            call()
    assert wire.sent == []
    wire.answer(body="<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")
    aws.copy(CopySource("k", bucket="arn:aws:s3:eu-west-1:123456789012:accesspoint/reports"), "l", opt.CopyOptions())
    assert len(wire.sent) == 1


def test_a_bucket_with_options(moto: S3Provider, unique: str) -> None:
    options = opt.CreateBucketOptions(
        region="eu-west-1", object_lock=True, backend=S3Options(object_ownership="BucketOwnerPreferred", acl="private")
    )
    moto.create_bucket(unique, options)
    client: Any = moto.raw_client
    assert moto.bucket_location(unique) == "eu-west-1"
    assert moto.bind(unique).get_versioning() is Versioning.ENABLED  # object lock needs it
    rules = client.get_bucket_ownership_controls(Bucket=unique)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    moto.delete_bucket(unique)


# --- default encryption ------------------------------------------------------------------------------------------


def test_default_encryption(moto: S3Provider) -> None:
    for asked in (SseS3(), SseKms("my-key", bucket_key=True), SseKms(dual_layer=True)):
        moto.set_default_encryption(asked)
        told = moto.get_default_encryption()
        if isinstance(asked, SseKms):  # what is not said is off
            assert told == dataclasses.replace(asked, bucket_key=bool(asked.bucket_key))
        else:
            assert told == asked
    moto.delete_default_encryption()
    assert moto.get_default_encryption() in {None, SseS3()}


def test_a_default_that_can_be_none_is_refused(aws: S3Provider, wire: Wire) -> None:
    for encryption in (SseC(bytes(32)), SseKms(context={"a": "b"})):
        with pytest.raises(e.InvalidRequest):
            aws.set_default_encryption(encryption)
    assert wire.sent == []


def test_a_default_that_was_not_set_is_found_out(aws: S3Provider, wire: Wire) -> None:
    wire.answer(200, {}, "<ListBucketResult/>")  # what some servers answer to a subresource that they do not know
    with pytest.raises(e.RequestIgnored):
        aws.set_default_encryption(SseS3())
    wire.refuse(404, "ServerSideEncryptionConfigurationNotFoundError")
    assert aws.get_default_encryption() is None


# --- notifications -----------------------------------------------------------------------------------------------

RULES = (
    NotificationRule(
        events=("ObjectCreated:*",),
        destination="arn:aws:sqs:us-east-1:123456789012:q",
        prefix="in/",
        suffix=".csv",
        id="one",
    ),
    NotificationRule(
        events=("ObjectRemoved:Delete", "ObjectTagging:*"),
        destination="arn:aws:sns:us-east-1:123456789012:t",
        kind="topic",
        id="two",
    ),
    NotificationRule(
        events=("ObjectRestore:Completed",),
        destination="arn:aws:lambda:us-east-1:123456789012:function:f",
        kind="function",
        id="three",
    ),
)


def test_notification_rules_come_back_as_they_were_given() -> None:
    config = NotificationConfig(rules=RULES, event_bus=True)
    sent = to_parameters(config)
    assert sent["EventBridgeConfiguration"] == {}
    assert sent["QueueConfigurations"][0]["Events"] == ["s3:ObjectCreated:*"]
    assert from_answer(sent) == config
    assert to_parameters(NotificationConfig()) == {}
    assert from_answer({}) == NotificationConfig()


def test_notification_filters_are_read_in_either_case() -> None:
    filters = [{"Name": "Prefix", "Value": "in/"}, {"Name": "SUFFIX", "Value": ".csv"}]
    entry = {"QueueArn": "q", "Events": ["s3:ObjectCreated:Put"], "Filter": {"Key": {"FilterRules": filters}}}
    (rule,) = from_answer({"QueueConfigurations": [entry]}).rules
    assert (rule.prefix, rule.suffix, rule.events) == ("in/", ".csv", ("ObjectCreated:Put",))


@pytest.mark.parametrize("change", [{"kind": "pigeon"}, {"events": ()}])
def test_a_rule_that_leads_nowhere_is_refused(change: dict[str, Any], aws: S3Provider, wire: Wire) -> None:
    rule = dataclasses.replace(RULES[0], **change)
    with pytest.raises(e.InvalidRequest):
        aws.set_notifications(NotificationConfig(rules=(rule,)))
    assert wire.sent == []


def test_events_arrive_in_a_queue(moto: S3Provider, moto_server: S3Server) -> None:
    name = f"q-{uuid.uuid4().hex}"
    session = boto3.session.Session("id", "secret", region_name="us-east-1")
    with closing(session.client("sqs", endpoint_url=moto_server.endpoint_url)) as sqs:
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        rule = dataclasses.replace(RULES[0], destination=arn)
        moto.set_notifications(NotificationConfig(rules=(rule,)))
        assert moto.get_notifications() == NotificationConfig(rules=(rule,))
        moto.put("in/a.csv", b"x", opt.PUT)
        moto.put("out/a.csv", b"x", opt.PUT)
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        events = [record for message in messages for record in json.loads(message["Body"]).get("Records", [])]
        created = [event for event in events if event["eventName"] == "ObjectCreated:Put"]
        assert {event["s3"]["object"]["key"] for event in created} == {"in%2Fa.csv"}
        sqs.delete_queue(QueueUrl=url)
    moto.set_notifications(NotificationConfig())
    assert moto.get_notifications() == NotificationConfig()


def test_a_store_without_notifications_says_so(swift: S3Provider) -> None:
    with pytest.raises(e.UnsupportedOperation):
        swift.set_notifications(NotificationConfig(rules=RULES[:1]))
