"""Where the requests for a bucket go, and for which region they are signed: botocore's rules, asked once per bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from holdall_s3.direct.transport import Origin
from holdall_s3.names import LEGACY_RULES, check_bucket_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PORTS = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """Where a bucket is.

    Attributes:
        origin: What connections are made to.
        host: The ``host`` header.
        base: Path of the bucket, encoded: empty where the bucket is in the host name.
        region: Region to sign for.
    """

    origin: Origin
    host: str
    base: str
    region: str


def resolve(client: S3Client, bucket: str) -> Endpoint | None:
    """The endpoint of a bucket.

    Args:
        client: boto3's client, with its settings of endpoint, region, addressing, acceleration, dual stack and FIPS.
        bucket: The bucket; any region that it is known to be in was put into the client's rules.

    Returns:
        ``None`` where the rules ask for more than Signature Version 4 for S3 at an ordinary endpoint: directory
        buckets, access points of several regions, Outposts, Object Lambda.

    Raises:
        InvalidBucketName: The bucket can't be one.
        botocore.exceptions.BotoCoreError: The rules refuse the bucket or the settings.
    """
    if bucket.startswith("arn:"):
        return None
    check_bucket_name(bucket, LEGACY_RULES)
    operation = client.meta.service_model.operation_model("HeadObject")
    # boto3 has no public way to ask where a request would go without making it.
    rules: Any = client._ruleset_resolver  # type: ignore[attr-defined]  # noqa: SLF001
    found = rules.construct_endpoint(operation, {"Bucket": bucket, "Key": "k"}, {})
    schemes = found.properties.get("authSchemes") or [{}]
    if found.headers or schemes[0].get("name") != "sigv4" or schemes[0].get("signingName", "s3") != "s3":
        return None
    url = urlsplit(found.url)
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    shown = f"[{host}]" if ":" in host else host
    return Endpoint(
        Origin(url.scheme, shown, port),
        shown if port == _PORTS[url.scheme] else f"{shown}:{port}",
        quote(url.path.rstrip("/"), safe="/~%"),
        schemes[0].get("signingRegion") or client.meta.region_name,
    )
