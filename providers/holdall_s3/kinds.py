"""The kinds of S3 store that holdall knows: AWS itself, MinIO, Ceph's gateway, and any other that speaks S3.

All four are one provider with different settings. boto3 is imported when a store is opened, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import MissingExtra
from holdall.registry import ProviderKind
from holdall_s3.settings import AwsSettings, CephRgwSettings, MinioSettings, S3CompatibleSettings

if TYPE_CHECKING:
    from holdall.provider import StorageProvider
    from holdall_s3.settings import S3Settings


def open_store(settings: S3Settings, store_name: str | None) -> StorageProvider:
    """Makes the provider of a store; no request is sent.

    Args:
        settings: The store's settings.
        store_name: Its name in the configuration, for messages.

    Raises:
        MissingExtra: boto3 is not installed.
    """
    try:
        import boto3  # noqa: F401, PLC0415 - heavy, and an extra
    except ImportError as error:
        raise MissingExtra("S3 stores need boto3, which is not installed", hint="pip install 'holdall[s3]'") from error
    from holdall_s3.provider import S3Provider  # noqa: PLC0415 - imports boto3

    return S3Provider(settings.to_config(), store_name)


S3 = ProviderKind(name="s3", settings=AwsSettings, open=open_store, description="Amazon S3", scheme="s3")
MINIO = ProviderKind(name="minio", settings=MinioSettings, open=open_store, description="MinIO", scheme="s3")
CEPH_RGW = ProviderKind(
    name="ceph-rgw",
    settings=CephRgwSettings,
    open=open_store,
    description="Ceph object gateway (RADOS Gateway)",
    scheme="s3",
)
S3_COMPATIBLE = ProviderKind(
    name="s3-compatible",
    settings=S3CompatibleSettings,
    open=open_store,
    description="Any other store with an S3 API",
    scheme="s3",
)
