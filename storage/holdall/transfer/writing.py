"""The arguments of a write, made into the fields of its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall import fields as values
from holdall import options as opt
from holdall import validation
from holdall.errors import InvalidRequest
from holdall.models import SseKms, SseS3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.capabilities import Capabilities
    from holdall.config.store import DefaultsSettings, EncryptionDefault
    from holdall.models import Encryption


def fields_of(capabilities: Capabilities, defaults: DefaultsSettings, write: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a write as fields of its options: checked, and with the store's defaults filled in.

    Args:
        capabilities: Have the limits.
        defaults: What new objects of the store get.
        write: What the caller gave.

    Returns:
        Only what is asked for; empty where that is nothing.

    Raises:
        InvalidRequest, InvalidMetadata, InvalidTags: A value can't be sent, or two contradict each other.
    """
    if not write and defaults.storage_class is None and defaults.encryption is None:
        return {}
    fields = values.clean(write)
    if fields.get("if_absent") and fields.get("if_match"):
        raise InvalidRequest("if_absent and if_match contradict each other")
    if metadata := fields.get("metadata"):
        fields["metadata"] = validation.clean_metadata(metadata, capabilities.put.metadata_max_bytes)
    if tags := fields.get("tags"):
        validation.check_tags(tags, capabilities.tags.max_tags)
        fields["tags"] = dict(tags)
    if fields.get("storage_class", opt.UNSET) is opt.UNSET:
        fields.pop("storage_class", None)
        if defaults.storage_class is not None:
            fields["storage_class"] = defaults.storage_class
    if fields.get("encryption", opt.UNSET) is opt.UNSET:
        fields.pop("encryption", None)
        if defaults.encryption is not None:
            fields["encryption"] = default_encryption(defaults.encryption)
    return fields


def default_encryption(setting: EncryptionDefault) -> Encryption:
    """A store's default encryption as what requests take."""
    if setting.mode == "sse-s3":
        return SseS3()
    return SseKms(
        key_id=setting.key_id,
        context=setting.context,
        bucket_key=setting.bucket_key,
        dual_layer=setting.mode == "sse-kms-dual",
    )
