"""What a store can do, how far, and how we know.

A ``Capabilities`` object is frozen and nested: ``caps.put.if_absent`` is a ``Support``, ``caps.multipart.max_parts`` a
limit. The dotted path of a leaf is the feature's id everywhere: in profiles, in ``storage.supports("put.if_absent")``,
in test scenarios and in the compatibility matrix. Every leaf has an ``Evidence``.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Support(enum.Enum):
    """Whether a store has a feature."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Not known: try, and translate the refusal. For safety features it counts as ``NO``."""


YES, NO, UNKNOWN = Support.YES, Support.NO, Support.UNKNOWN


class Source(enum.Enum):
    """Where knowledge about a leaf comes from, weakest first."""

    DECLARED = "declared"
    """The provider's code says so."""
    PROFILE = "profile"
    """The profile of a recognised store says so."""
    PROBED = "probed"
    """A probe saw the effect."""
    OBSERVED = "observed"
    """A real answer of the store taught it."""
    OVERRIDDEN = "overridden"
    """The user's configuration says so."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a leaf's value is known.

    Attributes:
        source: Kind of knowledge.
        date: ISO date of the observation or of the document, where there is one.
        note: Profile name, server version, request id: whatever lets a reader check it.
    """

    source: Source
    date: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """``put``: ``max_size`` is what one request may carry."""

    if_absent: Support = NO
    if_match: Support = NO
    metadata: Support = NO
    metadata_max_bytes: int | None = None
    content_headers: Support = NO
    expires: Support = NO
    content_md5: Support = NO
    max_size: int | None = None
    website_redirect: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Get:
    """``get`` and ``head``."""

    range: Support = NO
    suffix_range: Support = NO
    part_number: Support = NO
    if_match: Support = NO
    if_none_match: Support = NO
    if_modified_since: Support = NO
    if_unmodified_since: Support = NO
    response_headers: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """``delete`` and batch delete; ``batch_max`` is keys per request.

    ``batch_versions``: a batch may name versions, and does with them what ``delete`` does.
    """

    if_match: Support = NO
    batch: Support = NO
    batch_versions: Support = NO
    batch_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """Listings; ``page_max`` is entries per page."""

    delimiter: Support = NO
    start_after: Support = NO
    ordered: Support = NO
    owner: Support = NO
    page_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Server-side copy; ``max_size`` is what one request may copy."""

    server_side: Support = NO
    across_buckets: Support = NO
    replace_metadata: Support = NO
    if_absent: Support = NO
    if_match: Support = NO
    source_if_match: Support = NO
    source_conditions: Support = NO
    max_size: int | None = None


KEY_FORMS = ("leading-slash", "empty-segment", "dot-segment", "trailing-slash", "backslash")
"""Forms of keys that some stores do not hold as they are.

``/a``; ``a//b``; ``a/./b`` and ``a/../b``; ``a/``; ``a\\b``.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Which keys the store holds; ``max_bytes`` in UTF-8, ``max_segment_bytes`` between two slashes.

    ``not_held``: those of ``KEY_FORMS`` that the store takes for other keys, or never takes. ``a`` and ``a//b`` were
    two objects to whoever wrote them, and one to such a store: the second would replace the first.
    """

    max_bytes: int | None = None
    max_segment_bytes: int | None = None
    not_held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """Multipart uploads; sizes in bytes. ``equal_parts``: all parts but the last must be of one size.

    ``list_uploads``: the unfinished ones of all keys with a prefix; ``list_uploads_of_key``: those of one exact key.
    """

    uploads: Support = NO
    copy_part: Support = NO
    list_parts: Support = NO
    list_uploads: Support = NO
    list_uploads_of_key: Support = NO
    complete_if_absent: Support = NO
    complete_if_match: Support = NO
    equal_parts: Support = NO
    min_part_size: int | None = None
    max_part_size: int | None = None
    max_parts: int | None = None
    max_object_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Object versions."""

    list: Support = NO
    get: Support = NO
    delete: Support = NO
    enable: Support = NO
    suspend: Support = NO
    newest_first: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Object tags; ``on_put``/``on_copy``: set in the same request."""

    objects: Support = NO
    versions: Support = NO
    on_put: Support = NO
    on_copy: Support = NO
    on_multipart: Support = NO
    max_tags: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksums:
    """``algorithms``: refused by the store when wrong; ``stored``: kept with the object and told again.

    ``md5_etag``: the ETag of an object written in one request is its MD5, that of a multipart object the MD5 of its
    parts' MD5s, unless they are encrypted with other keys than the store's own.
    """

    algorithms: tuple[str, ...] = ()
    stored: Support = NO
    composite: Support = NO
    full_object: Support = NO
    md5_etag: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionCaps:
    """Encryption at rest."""

    sse_s3: Support = NO
    sse_kms: Support = NO
    sse_kms_dual: Support = NO
    sse_c: Support = NO
    bucket_default: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Storage classes; ``classes`` is empty where not known."""

    storage_class: Support = NO
    classes: tuple[str, ...] = ()
    restore: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Presign:
    """Presigned URLs; ``max_seconds`` of life."""

    get: Support = NO
    put: Support = NO
    head: Support = NO
    delete: Support = NO
    post: Support = NO
    max_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """Event notifications of a bucket."""

    rules: Support = NO
    event_bus: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Buckets of the account."""

    create: Support = NO
    delete: Support = NO
    head: Support = NO
    list: Support = NO
    location: Support = NO
    object_lock: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may do what, who pays."""

    acl: Support = NO
    request_payer: Support = NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a store speaks the S3 API. Of other kinds of store this says nothing.

    ``YES`` is always Amazon S3's way; each ``NO`` switches one adaptation of the S3 provider.

    Attributes:
        path_addressing: The bucket may stand in the path.
        virtual_addressing: The bucket may stand in the host name.
        unsigned_payload: Bodies need not be signed over TLS.
        default_checksums: Writes may carry an ``x-amz-checksum-*`` header that nobody asked for.
        trailers: ``aws-chunked`` bodies with a checksum behind them are read as such.
        signed_chunks: ``aws-chunked`` bodies whose chunks are signed are read as such.
        list_v2: Listings by ListObjectsV2.
        encoding_type: Listings with ``encoding-type=url``, so that keys which XML can't hold are told.
        batch_without_md5: Batch deletes need no ``Content-MD5``.
        batch_crc32: Batch deletes are taken with the CRC32 that boto3 sends.
        quoted_etags: Conditions of writes are understood with the ETag in quotes.
        complete_etag: The answer to CompleteMultipartUpload tells the ETag.
        metadata_case: Names of metadata come back in small letters.
        metadata_utf8: Values of metadata beyond ASCII come back as they were sent.
        forbid_overwrite: Name and value of the vendor's own header for create-only writes; empty: there is none.
    """

    path_addressing: Support = NO
    virtual_addressing: Support = NO
    unsigned_payload: Support = NO
    default_checksums: Support = NO
    trailers: Support = NO
    signed_chunks: Support = NO
    list_v2: Support = NO
    encoding_type: Support = NO
    batch_without_md5: Support = NO
    batch_crc32: Support = NO
    quoted_etags: Support = NO
    complete_etag: Support = NO
    metadata_case: Support = NO
    metadata_utf8: Support = NO
    forbid_overwrite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The effective capabilities of a store. The defaults promise nothing: a provider states what it has."""

    put: Put = Put()
    get: Get = Get()
    delete: Delete = Delete()
    list: List = List()
    copy: Copy = Copy()
    keys: Keys = Keys()
    multipart: Multipart = Multipart()
    versions: Versions = Versions()
    tags: Tags = Tags()
    checksums: Checksums = Checksums()
    encryption: EncryptionCaps = EncryptionCaps()
    tiers: Tiers = Tiers()
    presign: Presign = Presign()
    notifications: Notifications = Notifications()
    buckets: Buckets = Buckets()
    access: Access = Access()
    dialect: Dialect = Dialect()
    _evidence: Mapping[str, Evidence] = field(default_factory=dict, repr=False, compare=False)

    def lookup(self, feature: str) -> Any:
        """The value of a leaf.

        Args:
            feature: Dotted path, e.g. ``"put.if_absent"``.

        Raises:
            InvalidConfiguration: There is no such feature; the message names the nearest one.
        """
        read = _READ.get(feature)
        if read is None:
            raise _unknown(feature)
        return read(self)

    def supports(self, feature: str, *, safety: bool = False) -> bool:
        """Whether a feature may be used.

        Args:
            feature: Dotted path of a ``Support`` leaf.
            safety: For features that data depends on: then ``UNKNOWN`` is a no.
        """
        value = self.lookup(feature)
        if not isinstance(value, Support):
            return bool(value)
        return value is YES or (value is UNKNOWN and not safety)

    def evidence(self, feature: str) -> Evidence:
        """How a leaf's value is known."""
        check_feature(feature)
        return self._evidence.get(feature) or Evidence(Source.DECLARED)

    def replace(self, values: Mapping[str, Any], evidence: Evidence) -> Capabilities:
        """A copy with some leaves changed.

        Args:
            values: Leaf values by dotted path: a ``Support``, ``"yes"``/``"no"``/``"unknown"``, a bool, or a limit.
            evidence: How the new values are known.

        Raises:
            InvalidConfiguration: An unknown feature, or a value of the wrong kind.
        """
        groups: dict[str, dict[str, Any]] = {}
        for feature, value in values.items():
            check_feature(feature)
            group, leaf = feature.split(".")
            groups.setdefault(group, {})[leaf] = _coerce(feature, value)
        changed: dict[str, Any] = {
            name: dataclasses.replace(getattr(self, name), **leaves) for name, leaves in groups.items()
        }
        known = {**self._evidence, **dict.fromkeys(values, evidence)}
        return dataclasses.replace(self, **changed, _evidence=known)

    def leaves(self) -> Iterator[tuple[str, Any]]:
        """Yields every feature with its value, in the order of the classes above."""
        for feature in FEATURES:
            yield feature, self.lookup(feature)


def _features() -> dict[str, str]:
    found = {}
    for group in dataclasses.fields(Capabilities):
        if group.name.startswith("_"):
            continue
        for leaf in dataclasses.fields(cast("Put", group.default)):
            found[f"{group.name}.{leaf.name}"] = str(leaf.type)
    return found


FEATURES: Mapping[str, str] = MappingProxyType(_features())
"""Every feature id, with the type of its leaf: ``Support``, ``int | None`` or ``tuple[str, ...]``."""


_READ: Mapping[str, Callable[[Capabilities], Any]] = {feature: attrgetter(feature) for feature in FEATURES}


def check_feature(feature: str) -> None:
    """Raises ``InvalidConfiguration`` with the nearest name where a feature id is unknown."""
    if feature not in FEATURES:
        raise _unknown(feature)


def _unknown(feature: str) -> InvalidConfiguration:
    near = difflib.get_close_matches(feature, FEATURES, n=1)
    group = feature.partition(".")[0]
    same = [each for each in FEATURES if each.startswith(f"{group}.")]
    groups = dict.fromkeys(each.partition(".")[0] for each in FEATURES)
    return InvalidConfiguration(
        f"there is no feature {feature!r}",
        hint=f"Did you mean {near[0]!r}?"
        if near
        else f"Of {group!r} there are {', '.join(same)}."
        if same
        else f"Features are in the groups {', '.join(groups)}; the reference of Capabilities has them all.",
    )


_NAMES: Mapping[str, tuple[str, ...]] = {"keys.not_held": KEY_FORMS}
"""Which names a list of names may have, where a wrong one would protect from nothing."""


def _coerce(feature: str, value: Any) -> Any:
    kind = FEATURES[feature]
    if kind == "Support":
        if isinstance(value, Support):
            return value
        if isinstance(value, bool):
            return YES if value else NO
        if value in {"yes", "no", "unknown"}:
            return Support(value)
    elif kind == "int | None":
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
    elif isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        names = _NAMES.get(feature)
        if names is None or set(value) <= set(names):
            return tuple(value)
    expected = {"Support": "yes, no or unknown", "int | None": "a whole number"}.get(kind, "a list of names")
    if feature in _NAMES:
        expected = f"a list of names out of {', '.join(_NAMES[feature])}"
    raise InvalidConfiguration(f"capability {feature!r} can't be {value!r}; it takes {expected}")
