"""``ForwardingProvider``: what every layer inherits, so that none can forget a method."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar, cast

from holdall.provider import StorageProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdall import groups, models
    from holdall import options as opt
    from holdall.capabilities import Capabilities
    from holdall.reading import GetResult

P = ParamSpec("P")
R = TypeVar("R")


class ForwardingProvider(StorageProvider):
    """Passes every call of every group on to another provider, through one method.

    A layer overrides ``around`` and nothing else. It may narrow ``capabilities``, never widen them.
    """

    def __init__(self, inner: StorageProvider) -> None:
        """Wraps a provider.

        Args:
            inner: The provider to pass calls on to.
        """
        self.inner = inner
        self._telling = _telling(inner)

    def around(self, operation: str, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Makes one call of the inner provider; what a layer adds, it adds here.

        Args:
            operation: Name of the method, e.g. ``"put"``.
            call: The inner provider's method.
            *args: Its arguments; the key comes first where there is one.
            **kwargs: None at present.
        """
        return call(*args, **kwargs)

    # --- the core ------------------------------------------------------------------------------------------------

    @property
    def info(self) -> models.ProviderInfo:
        return self._telling.info

    @property
    def capabilities(self) -> Capabilities:
        return self._telling.capabilities

    @property
    def emulates(self) -> frozenset[str]:
        return self.inner.emulates

    def head(self, key: str, options: opt.HeadOptions) -> models.ObjectInfo:
        return self.around("head", self.inner.head, key, options)

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        return self.around("get", self.inner.get, key, options)

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return self.around("put", self.inner.put, key, body, options)

    def delete(self, key: str, options: opt.DeleteOptions) -> models.DeleteResult:
        return self.around("delete", self.inner.delete, key, options)

    def list_page(self, options: opt.ListOptions) -> models.ListPage:
        return self.around("list_page", self.inner.list_page, options)

    def copy(self, source: models.CopySource, key: str, options: opt.CopyOptions) -> models.CopyResult:
        return self.around("copy", self.inner.copy, source, key, options)

    def close(self) -> None:
        self.inner.close()

    # --- multipart uploads ---------------------------------------------------------------------------------------

    def create_upload(self, key: str, options: opt.CreateUploadOptions) -> models.MultipartUpload:
        return self.around("create_upload", cast("groups.MultipartUploads", self.inner).create_upload, key, options)

    def upload_part(
        self, key: str, upload_id: str, part_number: int, body: models.Body, options: opt.PartOptions
    ) -> models.PartInfo:
        call = cast("groups.MultipartUploads", self.inner).upload_part
        return self.around("upload_part", call, key, upload_id, part_number, body, options)

    def copy_part(
        self,
        key: str,
        upload_id: str,
        part_number: int,
        source: models.CopySource,
        source_range: models.ByteRange | None,
        options: opt.PartOptions,
    ) -> models.PartInfo:
        call = cast("groups.MultipartUploads", self.inner).copy_part
        return self.around("copy_part", call, key, upload_id, part_number, source, source_range, options)

    def complete_upload(
        self, key: str, upload_id: str, parts: Sequence[models.PartInfo], options: opt.CompleteOptions
    ) -> models.PutResult:
        call = cast("groups.MultipartUploads", self.inner).complete_upload
        return self.around("complete_upload", call, key, upload_id, parts, options)

    def abort_upload(self, key: str, upload_id: str) -> None:
        return self.around("abort_upload", cast("groups.MultipartUploads", self.inner).abort_upload, key, upload_id)

    def list_parts(self, key: str, upload_id: str, marker: int, limit: int | None) -> models.PartPage:
        call = cast("groups.MultipartUploads", self.inner).list_parts
        return self.around("list_parts", call, key, upload_id, marker, limit)

    def list_uploads(self, prefix: str, token: str | None, limit: int | None) -> models.UploadPage:
        return self.around(
            "list_uploads", cast("groups.MultipartUploads", self.inner).list_uploads, prefix, token, limit
        )

    # --- batch delete, versions, tags ----------------------------------------------------------------------------

    def delete_batch(
        self, refs: Sequence[models.ObjectRef], options: opt.DeleteOptions
    ) -> Sequence[models.DeleteOutcome]:
        return self.around("delete_batch", cast("groups.BatchDelete", self.inner).delete_batch, refs, options)

    def get_versioning(self) -> models.Versioning:
        return self.around("get_versioning", cast("groups.Versions", self.inner).get_versioning)

    def set_versioning(self, state: models.Versioning) -> None:
        return self.around("set_versioning", cast("groups.Versions", self.inner).set_versioning, state)

    def list_versions_page(self, options: opt.ListOptions) -> models.VersionPage:
        return self.around("list_versions_page", cast("groups.Versions", self.inner).list_versions_page, options)

    def get_tags(self, key: str, version_id: str | None) -> Mapping[str, str]:
        return self.around("get_tags", cast("groups.Tags", self.inner).get_tags, key, version_id)

    def put_tags(self, key: str, tags: Mapping[str, str], version_id: str | None) -> str | None:
        return self.around("put_tags", cast("groups.Tags", self.inner).put_tags, key, tags, version_id)

    def delete_tags(self, key: str, version_id: str | None) -> str | None:
        return self.around("delete_tags", cast("groups.Tags", self.inner).delete_tags, key, version_id)

    # --- encryption, presign, notifications ----------------------------------------------------------------------

    def get_default_encryption(self) -> models.Encryption | None:
        return self.around("get_default_encryption", cast("groups.BucketEncryption", self.inner).get_default_encryption)

    def set_default_encryption(self, encryption: models.Encryption) -> None:
        call = cast("groups.BucketEncryption", self.inner).set_default_encryption
        return self.around("set_default_encryption", call, encryption)

    def delete_default_encryption(self) -> None:
        call = cast("groups.BucketEncryption", self.inner).delete_default_encryption
        return self.around("delete_default_encryption", call)

    def presign(self, key: str, options: opt.PresignOptions) -> models.PresignedUrl:
        return self.around("presign", cast("groups.Presign", self.inner).presign, key, options)

    def presign_post(self, key: str, options: opt.PresignPostOptions) -> models.PresignedPost:
        return self.around("presign_post", cast("groups.Presign", self.inner).presign_post, key, options)

    def get_notifications(self) -> models.NotificationConfig:
        return self.around("get_notifications", cast("groups.Notifications", self.inner).get_notifications)

    def set_notifications(self, config: models.NotificationConfig) -> None:
        return self.around("set_notifications", cast("groups.Notifications", self.inner).set_notifications, config)

    # --- buckets -------------------------------------------------------------------------------------------------

    def create_bucket(self, name: str, options: opt.CreateBucketOptions) -> models.BucketInfo:
        return self.around("create_bucket", cast("groups.Buckets", self.inner).create_bucket, name, options)

    def delete_bucket(self, name: str) -> None:
        return self.around("delete_bucket", cast("groups.Buckets", self.inner).delete_bucket, name)

    def head_bucket(self, name: str) -> models.BucketInfo:
        return self.around("head_bucket", cast("groups.Buckets", self.inner).head_bucket, name)

    def list_buckets(self, token: str | None, limit: int | None) -> models.BucketPage:
        return self.around("list_buckets", cast("groups.Buckets", self.inner).list_buckets, token, limit)

    def bucket_location(self, name: str) -> str | None:
        return self.around("bucket_location", cast("groups.Buckets", self.inner).bucket_location, name)

    def bind(self, bucket: str) -> Self:
        """The same layer, with the state it shares (limits, breaker), around another bucket's provider."""
        clone = copy.copy(self)
        clone.inner = cast("StorageProvider", cast("groups.Buckets", self.inner).bind(bucket))
        clone._telling = _telling(clone.inner)  # noqa: SLF001 - of the same class
        return clone


def _telling(provider: StorageProvider) -> StorageProvider:
    """The nearest provider with an ``info`` or ``capabilities`` of its own; every call asks for them several times."""
    plain = ForwardingProvider.info, ForwardingProvider.capabilities
    while isinstance(provider, ForwardingProvider) and (type(provider).info, type(provider).capabilities) == plain:
        provider = provider.inner
    return provider


def innermost(provider: StorageProvider) -> StorageProvider:
    """The provider below all layers."""
    while isinstance(provider, ForwardingProvider):
        provider = provider.inner
    return provider
