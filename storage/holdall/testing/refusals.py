"""The negative direction: what a store has not got is refused by ``Storage``, before any call reaches the provider.

``REFUSALS`` has one call for every feature that somebody can ask for. ``FALLBACKS`` has those that the framework does
in another way where the store can't. ``NOTHING_TO_REFUSE`` names what only describes a store.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

import pytest

from holdall.account import Account
from holdall.capabilities import FEATURES
from holdall.checksums import checksum
from holdall.config.store import TransferSettings
from holdall.errors import UnsupportedOperation
from holdall.models import (
    ByteRange,
    ChecksumAlgorithm,
    CopySource,
    NotificationConfig,
    ObjectRef,
    SseC,
    SseKms,
    SseS3,
)
from holdall.storage import Storage
from holdall.testing.fakes import RecordingProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdall.config import ResolvedStore
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

MOMENT: Final = datetime(2026, 1, 2, tzinfo=UTC)
DATA: Final = b"some data"


def _account(storage: Storage) -> Account:
    return Account(storage.provider, cast("ResolvedStore", None))  # the settings matter only to open a bucket


def _in_parts(storage: Storage) -> Storage:
    """The same store, where even small objects are sent in parts."""
    return Storage(storage.provider, transfer=TransferSettings(multipart_threshold=1, chunk_size=5))  # type: ignore[arg-type]


REFUSALS: Final[Mapping[str, Callable[[Storage], object]]] = {
    "put.if_absent": lambda s: s.put("k", DATA, if_absent=True),
    "put.if_match": lambda s: s.put("k", DATA, if_match="e"),
    "put.metadata": lambda s: s.put("k", DATA, metadata={"a": "1"}),
    "put.content_headers": lambda s: s.put("k", DATA, cache_control="no-store"),
    "put.expires": lambda s: s.put("k", DATA, expires=MOMENT),
    "put.content_md5": lambda s: s.put("k", DATA, content_md5="1B2M2Y8AsgTpgAmY7PhCfg=="),
    "get.range": lambda s: s.get("k", range=(0, 1)),
    "get.suffix_range": lambda s: s.get("k", range=ByteRange(-1)),
    "get.part_number": lambda s: s.get("k", part_number=1),
    "get.if_match": lambda s: s.get("k", if_match="e"),
    "get.if_none_match": lambda s: s.head("k", if_none_match="e"),
    "get.if_modified_since": lambda s: s.head("k", if_modified_since=MOMENT),
    "get.if_unmodified_since": lambda s: s.get("k", if_unmodified_since=MOMENT),
    "get.response_headers": lambda s: s.get("k", response_content_type="text/csv"),
    "delete.if_match": lambda s: s.delete("k", if_match="e"),
    "list.delimiter": lambda s: next(iter(s.list_pages(delimiter="/"))),
    "list.start_after": lambda s: next(iter(s.list(start_after="a"))),
    "list.owner": lambda s: next(iter(s.list_pages(owner=True))),
    "copy.server_side": lambda s: s.copy("k", "l"),
    "copy.across_buckets": lambda s: s.copy(CopySource("k", bucket="another-bucket"), "l"),
    "copy.replace_metadata": lambda s: s.copy("k", "l", replace_metadata=True, metadata={"a": "1"}),
    "copy.if_absent": lambda s: s.copy("k", "l", if_absent=True),
    "copy.if_match": lambda s: s.copy("k", "l", if_match="e"),
    "copy.source_if_match": lambda s: s.copy("k", "l", source_if_match="e"),
    "copy.source_conditions": lambda s: s.copy("k", "l", source_if_none_match="e"),
    "multipart.uploads": lambda s: s.uploads.abort("k", "u"),
    "multipart.list_parts": lambda s: next(iter(s.uploads.parts("k", "u"))),
    "multipart.list_uploads": lambda s: next(iter(s.uploads.list())),
    "multipart.list_uploads_of_key": lambda s: next(iter(s.uploads.list("k", exact=True))),
    "multipart.complete_if_absent": lambda s: _in_parts(s).put("k", DATA, if_absent=True),
    "multipart.complete_if_match": lambda s: _in_parts(s).put("k", DATA, if_match="e"),
    "versions.list": lambda s: next(iter(s.versions.list())),
    "versions.get": lambda s: s.get("k", version_id="v"),
    "versions.delete": lambda s: s.delete("k", version_id="v"),
    "versions.enable": lambda s: s.versions.enable(),
    "versions.suspend": lambda s: s.versions.suspend(),
    "tags.objects": lambda s: s.tags.get("k"),
    "tags.versions": lambda s: s.tags.get("k", version_id="v"),
    "tags.on_put": lambda s: s.put("k", DATA, tags={"a": "1"}),
    "tags.on_copy": lambda s: s.copy("k", "l", replace_tags=True, tags={"a": "1"}),
    "tags.on_multipart": lambda s: _in_parts(s).put("k", DATA, tags={"a": "1"}),
    "encryption.sse_s3": lambda s: s.put("k", DATA, encryption=SseS3()),
    "encryption.sse_kms": lambda s: s.put("k", DATA, encryption=SseKms("key")),
    "encryption.sse_kms_dual": lambda s: s.put("k", DATA, encryption=SseKms("key", dual_layer=True)),
    "encryption.sse_c": lambda s: s.get("k", customer_key=SseC(b"k" * 32)),
    "encryption.bucket_default": lambda s: s.encryption.get(),
    "tiers.storage_class": lambda s: s.put("k", DATA, storage_class="STANDARD_IA"),
    "presign.get": lambda s: s.presign("k", "GET"),
    "presign.put": lambda s: s.presign("k", "PUT"),
    "presign.head": lambda s: s.presign("k", "HEAD"),
    "presign.delete": lambda s: s.presign("k", "DELETE"),
    "presign.post": lambda s: s.presign_post("k"),
    "notifications.rules": lambda s: s.notifications.get(),
    "notifications.event_bus": lambda s: s.notifications.set(NotificationConfig(event_bus=True)),
    "buckets.create": lambda s: _account(s).create("another-bucket"),
    "buckets.delete": lambda s: _account(s).delete("another-bucket"),
    "buckets.head": lambda s: _account(s).head("another-bucket"),
    "buckets.list": lambda s: next(iter(_account(s).list())),
    "buckets.location": lambda s: _account(s).location("another-bucket"),
    "buckets.object_lock": lambda s: _account(s).create("another-bucket", object_lock=True),
}
"""A call that asks for each feature."""

SAFETY: Final = (
    "put.if_absent", "put.if_match", "put.content_md5", "delete.if_match", "copy.if_absent", "copy.if_match",
    "copy.source_if_match", "copy.source_conditions", "multipart.complete_if_absent", "multipart.complete_if_match",
    "encryption.sse_s3", "encryption.sse_kms", "encryption.sse_kms_dual", "encryption.sse_c", "buckets.object_lock",
)  # fmt: skip
"""Features that data depends on: not knowing whether the store has them counts as not having them."""


def _delete_one_by_one(storage: Storage) -> None:
    storage.put("kit/a", DATA)
    summary = storage.delete_many(["kit/a", ObjectRef("kit/missing")])
    assert (summary.deleted, summary.failed) == (2, [])
    assert not storage.exists("kit/a")


FALLBACKS: Final[Mapping[str, tuple[str, Callable[[Storage], object]]]] = {
    "delete.batch": ("delete_batch", _delete_one_by_one),
}
"""Features that the framework replaces: the method that must then not be called, and what must work all the same."""

NOTHING_TO_REFUSE: Final = {
    **{
        feature: "says how requests are made"
        for feature, kind in FEATURES.items()
        if feature.startswith("dialect.") and kind == "Support"
    },
    "put.website_redirect": "asked for by a provider's own options, which that provider checks",
    "delete.batch_versions": "a way to delete many versions, used by the framework",
    "list.ordered": "describes listings",
    "multipart.copy_part": "a way to copy large objects, used by the framework",
    "multipart.equal_parts": "describes what a transfer has to keep to",
    "versions.newest_first": "describes listings",
    "checksums.stored": "describes what head tells",
    "checksums.composite": "describes what head tells",
    "checksums.full_object": "describes what head tells",
    "checksums.md5_etag": "describes what head tells",
    "tiers.restore": "nothing in the framework restores yet",
    "access.acl": "asked for by a provider's own options, which that provider checks",
    "access.request_payer": "asked for by a provider's own options, which that provider checks",
}
"""Features that no call of the framework asks for, and why."""


def check_refused(provider: StorageProvider, feature: str, harness: Harness | None = None) -> None:
    """Shows that a feature which the store has not got is refused, and nothing is sent.

    Args:
        provider: A provider whose capabilities say that it has not got the feature.
        feature: The feature.
        harness: Counts requests, where it can.
    """
    recording = RecordingProvider(provider)
    storage = Storage(recording)
    if feature in FALLBACKS:
        method, work = FALLBACKS[feature]
        work(storage)
        assert method not in recording.operations
        return
    if feature in NOTHING_TO_REFUSE:
        pytest.skip(f"{feature}: {NOTHING_TO_REFUSE[feature]}")
    _check(storage, recording, lambda: REFUSALS[feature](storage), harness)


def check_checksum_refused(provider: StorageProvider, algorithm: ChecksumAlgorithm, harness: Harness) -> None:
    """Shows that a checksum which the store would not check is refused, and nothing is sent."""
    recording = RecordingProvider(provider)
    storage = Storage(recording)
    if algorithm in provider.capabilities.checksums.algorithms:
        check_refused(provider, "multipart.uploads", harness)
        return
    _check(storage, recording, lambda: storage.put("k", DATA, checksum=checksum(algorithm, DATA)), harness)


def _check(storage: Storage, recording: RecordingProvider, ask: Callable[[], object], harness: Harness | None) -> None:
    before = harness.count_requests() if harness else None
    with pytest.raises(UnsupportedOperation) as caught:
        ask()
    assert recording.operations == []
    assert (harness.count_requests() if harness else None) == before
    assert (storage.info.store or storage.info.kind) in str(caught.value)
