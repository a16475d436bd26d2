"""Capability checks: whether a store has what a call asks for, decided before any request leaves."""

from __future__ import annotations

import difflib
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from holdall.capabilities import Source, Support
from holdall.errors import UnsupportedOperation
from holdall.models import SseC, SseKms, SseS3, StorageClass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdall.options import WriteOptions
    from holdall.provider import StorageProvider


class Needs(dict[str, tuple[str, bool]]):
    """Option field -> (feature, is it a safety feature?).

    A safety feature must be YES: where it is only UNKNOWN, the store might accept the request and ignore it, and data
    would be lost or lie about unencrypted.

    Attributes:
        values_of: The values of all these fields of an options object; in C, since every request comes by.
    """

    def __init__(self, needs: Mapping[str, tuple[str, bool]]) -> None:
        super().__init__(needs)
        self.values_of: Callable[[Any], tuple[Any, ...]] = attrgetter(*needs)


HEADERS = ("content_type", "content_encoding", "content_language", "content_disposition", "cache_control")
WRITE = Needs(
    {
        **dict.fromkeys(HEADERS, ("put.content_headers", False)),
        "expires": ("put.expires", False),
        "metadata": ("put.metadata", False),
        "storage_class": ("tiers.storage_class", False),
    }
)
PUT = Needs(
    {
        **WRITE,
        "tags": ("tags.on_put", False),
        "if_absent": ("put.if_absent", True),
        "if_match": ("put.if_match", True),
        "content_md5": ("put.content_md5", True),
    }
)
CREATE_UPLOAD = Needs({**WRITE, "tags": ("tags.on_multipart", False)})
COMPLETE = Needs(
    {
        "if_absent": ("multipart.complete_if_absent", True),
        "if_match": ("multipart.complete_if_match", True),
    }
)
COPY = Needs(
    {
        **WRITE,
        "tags": ("tags.on_copy", False),
        "replace_metadata": ("copy.replace_metadata", False),
        "replace_tags": ("tags.on_copy", False),
        "if_absent": ("copy.if_absent", True),
        "if_match": ("copy.if_match", True),
        "source_if_match": ("copy.source_if_match", True),
        "source_if_none_match": ("copy.source_conditions", True),
        "source_if_modified_since": ("copy.source_conditions", True),
        "source_if_unmodified_since": ("copy.source_conditions", True),
        "source_customer_key": ("encryption.sse_c", True),
    }
)
COPY_IN_PARTS = Needs({name: need for name, need in COPY.items() if name not in COMPLETE})  # completion sees to those
HEAD = Needs(
    {
        "version_id": ("versions.get", False),
        "range": ("get.range", False),
        "part_number": ("get.part_number", False),
        "if_match": ("get.if_match", False),
        "if_none_match": ("get.if_none_match", False),
        "if_modified_since": ("get.if_modified_since", False),
        "if_unmodified_since": ("get.if_unmodified_since", False),
        "customer_key": ("encryption.sse_c", True),
    }
)
GET = Needs(
    {
        **HEAD,
        **dict.fromkeys(
            (
                "response_content_type",
                "response_content_encoding",
                "response_content_language",
                "response_content_disposition",
                "response_cache_control",
                "response_expires",
            ),
            ("get.response_headers", False),
        ),
    }
)
DELETE = Needs(
    {
        "version_id": ("versions.delete", False),
        "if_match": ("delete.if_match", True),
    }
)
LIST = Needs(
    {
        "delimiter": ("list.delimiter", False),
        "start_after": ("list.start_after", False),
        "owner": ("list.owner", False),
    }
)

HINTS: Mapping[str, str] = {
    "tags.on_put": "Put the object first, then set its tags with storage.tags.set(key, tags).",
    "tags.on_multipart": "Write the object without tags (copy it with replace_tags=True), then set them with"
    " storage.tags.set(key, tags). Or send it in one request: raise multipart_threshold above its size.",
    "tags.on_copy": "Copy the object first, then set its tags with storage.tags.set(key, tags).",
    "delete.batch": "Delete one by one: storage.delete_many does so by itself.",
    "copy.if_absent": "Copy with storage.get and storage.put(..., if_absent=True), if the store has that.",
    **dict.fromkeys(
        ("copy.server_side", "copy.across_buckets", "multipart.copy_part"),
        "Stream it through this machine: holdall.copy_between(storage, source, storage, key).",
    ),
    "encryption.sse_s3": "Encrypt before you put, or use a store that encrypts.",
    "encryption.sse_kms": "Encrypt before you put, or use a store with a key service.",
    "encryption.sse_c": "Encrypt before you put, or use a store that takes customer keys.",
    "presign.get": "Hand the bytes out yourself (storage.get), or use a store that signs links.",
    "tags.objects": "Keep them in the object's metadata, or use a store with tags.",
    "versions.list": "Write under new keys instead, or use a store with versions.",
}
"""What to do where a feature is missing."""
CALLED: Mapping[str, str] = {
    "tags.on_put": "tags that come with an object",
    "tags.on_multipart": "tags that come with an object in parts",
    "tags.on_copy": "tags that come with a copy",
}
"""What is missing where a store has tags, and only does not take them in the request that writes the object."""


EMULATED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "put.if_absent",
            "put.if_match",
            "copy.if_absent",
            "copy.if_match",
            "delete.if_match",
            "multipart.complete_if_absent",
            "multipart.complete_if_match",
        ),
        "racy: somebody else may write between the look and the write",
    ),
    **dict.fromkeys(("copy.server_side", "copy.across_buckets"), "costly: all bytes pass this machine"),
}
"""What ``on_unsupported = "emulate"`` makes up for, and at what price. No encryption, no locks, no checksums."""


def require(provider: StorageProvider, feature: str, *, safety: bool = False, what: str | None = None) -> None:
    """Refuses what a store has not got.

    Args:
        provider: The store's provider.
        feature: The feature that is needed.
        safety: Data depends on it: not knowing is not enough.
        what: How the caller calls it, for the message; default: the feature's id.

    Raises:
        UnsupportedOperation: Says who lacks what, how we know, and what to do instead.
    """
    capabilities = provider.capabilities
    if capabilities.supports(feature, safety=safety) or feature in provider.emulates:
        return
    info = provider.info
    who = f"store {info.store!r} ({info.kind})" if info.store else f"the {info.kind} store"
    subject = what or feature
    if capabilities.lookup(feature) is Support.UNKNOWN:
        raise UnsupportedOperation(
            f"it is not known whether {who} honours {subject}, and data depends on it",
            store=info.store,
            provider=info.kind,
            hint=f'Find out with storage.capabilities.probe() or "blob features --probe"; or, if you know that it '
            f'does, set capabilities."{feature}" = "yes" for the store.{_emulation(feature)}',
        )
    hint = (HINTS.get(feature, "") + _emulation(feature)).strip() or None
    if feature in CALLED and not capabilities.supports("tags.objects"):
        hint = HINTS["tags.objects"]
    if feature == "multipart.list_uploads" and capabilities.supports("multipart.list_uploads_of_key"):
        hint = "It lists those of one key: storage.uploads.list(key, exact=True), or 'blob uploads --exact'."
    evidence = capabilities.evidence(feature)
    source = evidence.source.value + (f" {evidence.date}" if evidence.date else "")
    if evidence.source in {Source.PROBED, Source.OBSERVED} and evidence.note:
        source += f": {evidence.note}"
    raise UnsupportedOperation(f"{who} has no {subject} ({source})", store=info.store, provider=info.kind, hint=hint)


def _emulation(feature: str) -> str:
    """What to add to a hint where the feature can be made up for."""
    if feature not in EMULATED:
        return ""
    return f' on_unsupported = "emulate" for the store makes up for it, and is {EMULATED[feature]}.'


def check_options(provider: StorageProvider, options: Any, table: Needs) -> None:
    """Refuses options whose feature the store has not got.

    Args:
        provider: The store's provider.
        options: Any options object.
        table: Which field needs which feature.
    """
    values = table.values_of(options)
    if not any(values):  # None, False, "" and {} mean: not asked for
        return
    for value, (field, (feature, safety)) in zip(values, table.items(), strict=True):
        if value:
            has_tags = feature in CALLED and provider.capabilities.supports("tags.objects")
            require(provider, feature, safety=safety, what=CALLED[feature] if has_tags else field)


def check_write(provider: StorageProvider, options: WriteOptions, table: Needs) -> None:
    """As ``check_options``, and the options whose feature depends on their value: class, encryption, checksum."""
    check_options(provider, options, table)
    if options.storage_class is not None:
        _check_class(provider, options.storage_class)
    if options.encryption is not None:
        require(provider, encryption_feature(options.encryption), safety=True)
    checksum = getattr(options, "checksum", None)
    algorithm = options.checksum_algorithm or (checksum and checksum.algorithm)
    if algorithm is not None:
        _check_algorithm(provider, str(algorithm))


def encryption_feature(encryption: SseS3 | SseKms | SseC) -> str:
    """The feature that a kind of encryption needs."""
    if isinstance(encryption, SseS3):
        return "encryption.sse_s3"
    if isinstance(encryption, SseC):
        return "encryption.sse_c"
    return "encryption.sse_kms_dual" if encryption.dual_layer else "encryption.sse_kms"


def _check_class(provider: StorageProvider, storage_class: str) -> None:
    """Refuses a class that the store has not got, or that no store is known to have.

    Where a store is known to have classes and their names are not known, as with Ceph, whose operators name them, any
    name is sent.
    """
    tiers, info = provider.capabilities.tiers, provider.info
    known = tiers.classes or tuple(each.value for each in StorageClass)
    if storage_class in known or (not tiers.classes and tiers.storage_class is Support.YES):
        return
    near = difflib.get_close_matches(storage_class.upper(), known, n=1)
    if tiers.classes:
        raise UnsupportedOperation(
            f"store {info.store or info.kind!r} has no storage class {storage_class!r}",
            store=info.store,
            provider=info.kind,
            hint=f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}.",
        )
    raise UnsupportedOperation(
        f"{storage_class!r} is no storage class of S3, and which others store {info.store or info.kind!r} has is not"
        " known",
        store=info.store,
        provider=info.kind,
        hint=(f"Did you mean {near[0]!r}? " if near else "")
        + 'If the store has the class, list all of its classes: capabilities."tiers.classes" = [...].',
    )


def _check_algorithm(provider: StorageProvider, algorithm: str) -> None:
    known = provider.capabilities.checksums.algorithms
    if algorithm not in known:
        info = provider.info
        raise UnsupportedOperation(
            f"store {info.store or info.kind!r} does not check {algorithm} checksums",
            store=info.store,
            provider=info.kind,
            hint=f"It checks {', '.join(known)}."
            if known
            else "Leave the checksum out: it checks none that are sent with a request.",
        )
