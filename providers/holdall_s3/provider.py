"""``S3Provider``: one bucket of an S3 store. It hands each call to the engine or to the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from holdall.models import ProviderInfo
from holdall.provider import StorageProvider
from holdall_s3.calls import Calls
from holdall_s3.choice import Engines
from holdall_s3.client import S3Clients
from holdall_s3.control import buckets, multipart, notifications, presign, versions
from holdall_s3.control import encryption as defaults
from holdall_s3.control import tags as tagging
from holdall_s3.diagnose import probes
from holdall_s3.names import check_bucket_name
from holdall_s3.probing import cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_s3 import S3Client

    from holdall import models
    from holdall import options as opt
    from holdall.capabilities import Capabilities
    from holdall.diagnosis import Probe
    from holdall.groups import ProbeProgress
    from holdall.reading import GetResult
    from holdall_s3.config import S3Config


class S3Provider(StorageProvider):
    """An S3 store, and one bucket of it.

    Args:
        config: The store.
        store_name: Its name in the configuration, for messages.
    """

    def __init__(self, config: S3Config, store_name: str | None = None) -> None:
        self._clients = S3Clients(config, store_name)
        self._shares_clients = False
        self._work_on(config.bucket)

    def _work_on(self, bucket: str | None) -> None:
        self._bucket = bucket
        self._calls = Calls(self._clients, bucket)
        self._engines = Engines(self._calls)

    # --- about the store -----------------------------------------------------------------------------------------

    @property
    def info(self) -> ProviderInfo:
        config, knowledge = self._clients.config, self._clients.knowledge
        return ProviderInfo(
            kind=config.kind,
            store=self._clients.store_name,
            bucket=self._bucket,
            endpoint=config.endpoint_url,
            region=config.region,
            family=knowledge.family,
            version=knowledge.version,
            recognised_by=knowledge.recognised_by,
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._clients.knowledge.capabilities

    @property
    def raw_client(self) -> S3Client:
        """boto3's client, for ``storage.unwrap(botocore.client.BaseClient)``."""
        return self._calls.client()

    def diagnose(self) -> Iterator[Probe]:
        """The questions of ``blob doctor`` to this store."""
        return probes(self._calls, self._bucket)

    def probe(self, prefix: str | None, *, fresh: bool, progress: ProbeProgress | None) -> Capabilities:
        from holdall_s3.probing import asking  # noqa: PLC0415 - rarely needed

        return asking.probe(self._calls, prefix, fresh=fresh, progress=progress)

    def forget_probed(self) -> bool:
        self._clients.knowledge.forget_probed()
        return cache.forget(self._clients.config)

    def close(self) -> None:
        """Closes the connections; a provider made by ``bind`` leaves them to the one that it was made by."""
        if not self._shares_clients:
            self._clients.close()

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            "an S3 provider holds connections and perhaps secrets, so it is not pickled; "
            "pickle the Storage of open_storage(...), which is opened anew from the configuration"
        )

    # --- data plane ----------------------------------------------------------------------------------------------

    def head(self, key: str, options: opt.HeadOptions) -> models.ObjectInfo:
        return self._engines.choose().head(key, options)

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        return self._engines.choose().get(key, options)

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return self._engines.choose().put(key, body, options)

    def delete(self, key: str, options: opt.DeleteOptions) -> models.DeleteResult:
        return self._engines.choose().delete(key, options)

    def delete_batch(
        self, refs: Sequence[models.ObjectRef], options: opt.DeleteOptions
    ) -> Sequence[models.DeleteOutcome]:
        return self._engines.choose().delete_batch(refs, options)

    def list_page(self, options: opt.ListOptions) -> models.ListPage:
        return self._engines.choose().list_page(options)

    def copy(self, source: models.CopySource, key: str, options: opt.CopyOptions) -> models.CopyResult:
        return self._engines.choose().copy(source, key, options)

    def upload_part(
        self, key: str, upload_id: str, part_number: int, body: models.Body, options: opt.PartOptions
    ) -> models.PartInfo:
        return self._engines.choose().upload_part(key, upload_id, part_number, body, options)

    def copy_part(
        self,
        key: str,
        upload_id: str,
        part_number: int,
        source: models.CopySource,
        source_range: models.ByteRange | None,
        options: opt.PartOptions,
    ) -> models.PartInfo:
        return self._engines.choose().copy_part(key, upload_id, part_number, source, source_range, options)

    # --- multipart uploads ---------------------------------------------------------------------------------------

    def create_upload(self, key: str, options: opt.CreateUploadOptions) -> models.MultipartUpload:
        return multipart.create_upload(self._calls, key, options)

    def complete_upload(
        self, key: str, upload_id: str, parts: Sequence[models.PartInfo], options: opt.CompleteOptions
    ) -> models.PutResult:
        return multipart.complete_upload(self._calls, key, upload_id, parts, options)

    def abort_upload(self, key: str, upload_id: str) -> None:
        multipart.abort_upload(self._calls, key, upload_id)

    def list_parts(self, key: str, upload_id: str, marker: int, limit: int | None) -> models.PartPage:
        return multipart.list_parts(self._calls, key, upload_id, marker, limit)

    def list_uploads(self, prefix: str, token: str | None, limit: int | None) -> models.UploadPage:
        return multipart.list_uploads(self._calls, prefix, token, limit)

    # --- versions ------------------------------------------------------------------------------------------------

    def get_versioning(self) -> models.Versioning:
        return versions.get_versioning(self._calls)

    def set_versioning(self, state: models.Versioning) -> None:
        versions.set_versioning(self._calls, state)

    def list_versions_page(self, options: opt.ListOptions) -> models.VersionPage:
        return versions.list_versions_page(self._calls, options)

    # --- tags ----------------------------------------------------------------------------------------------------

    def get_tags(self, key: str, version_id: str | None) -> Mapping[str, str]:
        return tagging.get_tags(self._calls, key, version_id)

    def put_tags(self, key: str, tags: Mapping[str, str], version_id: str | None) -> str | None:
        return tagging.put_tags(self._calls, key, tags, version_id)

    def delete_tags(self, key: str, version_id: str | None) -> str | None:
        return tagging.delete_tags(self._calls, key, version_id)

    # --- default encryption --------------------------------------------------------------------------------------

    def get_default_encryption(self) -> models.Encryption | None:
        return defaults.get_default_encryption(self._calls)

    def set_default_encryption(self, encryption: models.Encryption) -> None:
        defaults.set_default_encryption(self._calls, encryption)

    def delete_default_encryption(self) -> None:
        defaults.delete_default_encryption(self._calls)

    # --- presigned URLs ------------------------------------------------------------------------------------------

    def presign(self, key: str, options: opt.PresignOptions) -> models.PresignedUrl:
        return presign.presign(self._calls, key, options)

    def presign_post(self, key: str, options: opt.PresignPostOptions) -> models.PresignedPost:
        return presign.presign_post(self._calls, key, options)

    # --- notifications -------------------------------------------------------------------------------------------

    def get_notifications(self) -> models.NotificationConfig:
        return notifications.get_notifications(self._calls)

    def set_notifications(self, config: models.NotificationConfig) -> None:
        notifications.set_notifications(self._calls, config)

    # --- buckets -------------------------------------------------------------------------------------------------

    def create_bucket(self, name: str, options: opt.CreateBucketOptions) -> models.BucketInfo:
        return buckets.create_bucket(self._calls, name, options)

    def delete_bucket(self, name: str) -> None:
        buckets.delete_bucket(self._calls, name)

    def head_bucket(self, name: str) -> models.BucketInfo:
        return buckets.head_bucket(self._calls, name)

    def list_buckets(self, token: str | None, limit: int | None) -> models.BucketPage:
        return buckets.list_buckets(self._calls, token, limit)

    def bucket_location(self, name: str) -> str | None:
        return buckets.bucket_location(self._calls, name)

    def bind(self, bucket: str) -> Self:
        check_bucket_name(bucket, self._clients.config.name_rules)
        bound = object.__new__(type(self))
        bound._clients = self._clients
        bound._shares_clients = True
        bound._work_on(bucket)
        return bound
