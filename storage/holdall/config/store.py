"""The settings that every kind of store has. Each provider kind derives a model of its own from ``StoreSettings``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, field_validator, model_validator

from holdall.capabilities import check_feature
from holdall.config.retry_table import check_category

MIB = 1024 * 1024
PROGRESS = 256 * 1024
"""Bytes that make a body that gets on: with each of these, attempts and time count anew. With less, a large object
would take thousands of requests of which each brings a little, and no limit would ever end it."""

MASK = "**********"  # what pydantic shows for a SecretStr
_USER_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")


def mask_url(text: str) -> str:
    """A text without the user and password of URLs in it."""
    return _USER_IN_URL.sub(f"{MASK}@", text)


class Settings(BaseModel):
    """Base of every settings table: frozen, unknown names refused, input (which may be secret) kept out of errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, mask_url(value) if isinstance(value, str) else value


class TransferSettings(Settings):
    """How bytes are moved.

    Attributes:
        multipart_threshold: Objects of at least so many bytes are sent in parts. Default 100 MiB.
        chunk_size: Bytes per part; ``None`` chooses by the object's size. S3 takes 5 MiB to 5 GiB. Objects of twice
            this size and more are downloaded in pieces of it, several at a time; ``None`` is then 16 MiB.
        max_concurrency: Requests at the same time within one transfer. Default 10.
        on_failure: What becomes of an upload in parts that failed. ``abort`` drops it, ``keep`` leaves its parts at the
            store, where they cost money until the upload is gone on with or aborted. ``auto`` keeps an upload of a file
            that was interrupted, or that failed for a reason that passes (network, time-out, overload, credentials
            that expired), to be resumed; everything else it drops. Likewise for what a download of more than
            8 MiB leaves beside its target. Default ``auto``.
        own_checksum: ``auto`` adds the checksum of all bytes to the metadata of new objects, as ``holdall-checksum``,
            unless the store surely keeps checksums; files are read twice for it, long streams get none. Default
            ``off``.
        verify: How downloads are proved: ``auto`` by what the store tells, where it tells something;
            ``strict`` refuses to write a file that nothing proves; ``off`` does not look. Default ``auto``.
    """

    multipart_threshold: Annotated[ByteSize, Field(ge=1)] = ByteSize(100 * MIB)
    chunk_size: Annotated[ByteSize, Field(ge=1)] | None = None
    max_concurrency: Annotated[int, Field(ge=1, le=1000)] = 10
    on_failure: Literal["auto", "abort", "keep"] = "auto"
    own_checksum: Literal["auto", "off"] = "off"
    verify: Literal["auto", "strict", "off"] = "auto"


class RetryRule(Settings):
    """How one category of errors is tried again; the text ``never`` stands for one attempt.

    Attributes:
        max_attempts: Requests in all, the first one counted. Default: as the table of categories says.
        base_delay: Seconds that the first wait is at most; doubled with every further one. Default: likewise.
    """

    max_attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    base_delay: Annotated[float, Field(ge=0, le=3600)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _never(cls, value: Any) -> Any:
        return {"max_attempts": 1} if value == "never" else value


class ResilienceSettings(Settings):
    """What is done about failures that pass.

    Attributes:
        max_attempts: Requests per operation at most, whatever failed; 1 switches retries off. Default: by category.
        deadline: Seconds for an operation: so long after its first request no further attempt begins, and no attempt
            is waited for any longer. While a body is moved it counts anew with every 256 KiB: it never ends a transfer
            that gets on, and always one that drips. Default 300.
        max_delay: Seconds between two attempts at most, unless the store itself asks for more. Default 20.
        retry_budget: Retries that failures may cost together; what succeeds gives them back, a retry its own, any
            other request a fifth of one. When it is used up, failures are reported at once. Default 100.
        overrides: By category, e.g. ``{slow_down = {max_attempts = 8, base_delay = 2.0}, bad_gateway = "never"}``.
    """

    max_attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    deadline: Annotated[float, Field(gt=0)] = 300.0
    max_delay: Annotated[float, Field(ge=0, le=3600)] = 20.0
    retry_budget: Annotated[int, Field(ge=0, le=100_000)] = 100
    overrides: dict[str, RetryRule] = {}

    @field_validator("overrides", mode="before")
    @classmethod
    def _known_categories(cls, value: Any) -> Any:
        for category in value if isinstance(value, Mapping) else ():
            check_category(category)
        return value


class EncryptionDefault(Settings):
    """Encryption at rest for new objects of a store.

    Attributes:
        mode: ``sse-s3`` (keys of the store), ``sse-kms`` or ``sse-kms-dual`` (keys of the key service). A customer's
            own key (SSE-C) is given per call, never in a file.
        key_id: KMS key.
        context: KMS encryption context.
        bucket_key: Use a bucket key.
    """

    mode: Literal["sse-s3", "sse-kms", "sse-kms-dual"]
    key_id: str | None = None
    context: dict[str, str] = {}
    bucket_key: bool | None = None


class DefaultsSettings(Settings):
    """What new objects get unless the call says otherwise.

    Attributes:
        storage_class: e.g. ``STANDARD_IA``.
        encryption: Encryption at rest.
    """

    storage_class: str | None = None
    encryption: EncryptionDefault | None = None


class StoreSettings(Settings):
    """What every store has. A provider kind's model adds its own fields.

    Attributes:
        provider: The kind; a kind's model narrows it to a ``Literal``.
        bucket: The bucket; ``None`` spans the account where the kind has accounts.
        prefix: Work below this prefix only; keys are given and returned without it.
        transfer: How bytes are moved.
        resilience: What is done about failures that pass.
        defaults: What new objects get.
        capabilities: Overrides by feature id, e.g. ``{"put.if_absent": "no"}``: the user knows better.
        on_unsupported: What becomes of a call that asks for what the store has not got: ``error`` refuses it,
            ``emulate`` makes up for some features by several requests, which is racy or costly; the ``emulated`` of the
            result says so. Default ``error``.

    Class attributes:
        environment: Variables without a store's name in them, and the setting (dotted path) that each stands for in a
            store of this kind whose own settings say nothing. They are weaker than all files and stronger than the
            model's defaults; of two variables for one setting the first counts. A kind adds its own:
            ``{**StoreSettings.environment, "BLOB_BUCKET": "bucket"}``.
        familiar_names: What other libraries call a setting, and what it is here: ``{"key": "access_key_id"}``. Such a
            name is refused as every unknown one; the error says what to write instead.
    """

    environment: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "BLOB_MULTIPART_THRESHOLD": "transfer.multipart_threshold",
            "BLOB_CHUNK_SIZE": "transfer.chunk_size",
            "BLOB_MAX_CONCURRENCY": "transfer.max_concurrency",
        }
    )

    familiar_names: ClassVar[Mapping[str, str]] = MappingProxyType({})

    provider: str
    bucket: str | None = None
    prefix: str = ""
    transfer: TransferSettings = TransferSettings()
    resilience: ResilienceSettings = ResilienceSettings()
    defaults: DefaultsSettings = DefaultsSettings()
    capabilities: dict[str, Any] = {}
    on_unsupported: Literal["error", "emulate"] = "error"

    @field_validator("capabilities")
    @classmethod
    def _known_features(cls, value: dict[str, Any]) -> dict[str, Any]:
        flat = _flatten(value)
        for feature in flat:
            check_feature(feature)
        return flat

    @property
    def spans_account(self) -> bool:
        """Whether the first segment of a location names the bucket."""
        return self.bucket is None

    @property
    def where(self) -> str:
        """Where the store is, in a few words for people, with nothing secret in them; kinds say it in their own."""
        return self.bucket or "-"


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """TOML lets users write ``capabilities.put.if_absent = "no"`` as nested tables; feature ids are dotted."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            flat |= _flatten(value, f"{path}.")
        else:
            flat[path] = value
    return flat
