"""What ``blob doctor`` can ask an S3 store beyond a listing: credentials, endpoint, clock, identity."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import boto3.session
from botocore.config import Config
from botocore.exceptions import ClientError

from holdall.diagnosis import Probe
from holdall.errors import CredentialsNotFound, DnsResolutionFailed, InvalidTimestamp
from holdall_s3.calls import FAILURES
from holdall_s3.config import Anonymous, NamedProfile
from holdall_s3.credentials import plain_proxies
from holdall_s3.errors import Asked, translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_s3 import S3Client

    from holdall_s3.calls import Calls
    from holdall_s3.config import S3Config

SHOWN = 4
"""Characters of an access key id that are shown at its beginning and at its end."""
MOST_SKEW = 15 * 60
"""Seconds by which S3 lets clocks differ (error code RequestTimeTooSkewed)."""


def probes(calls: Calls, bucket: str | None) -> Iterator[Probe]:
    """Yields the questions, from this machine outwards.

    Args:
        calls: The store.
        bucket: Its bucket, if it has one.
    """
    yield Probe("credentials", lambda: _credentials(calls))
    yield Probe("name", lambda: _resolve(calls))
    yield Probe("endpoint", lambda: _reach(calls, bucket))
    yield Probe("clock", lambda: _clock(calls, bucket))
    if calls.config.aws and calls.config.endpoint_url is None:
        yield Probe("identity", lambda: _identity(calls))


def _credentials(calls: Calls) -> str:
    try:
        client = calls.client()
    except CredentialsNotFound as error:
        error.hint = _looked_at(calls.config)
        raise
    if isinstance(calls.config.credentials, Anonymous):
        return "none; requests are anonymous, as the settings say"
    source, frozen = _signing_with(client)
    return f"key {masked(frozen.access_key or '')} from {source}{', with a session token' if frozen.token else ''}"


def _looked_at(config: S3Config) -> str:
    """Where botocore's chain looks, in its order (boto3's guide, "Credentials")."""
    named = config.credentials.name if isinstance(config.credentials, NamedProfile) else None
    profile = named or os.environ.get("AWS_PROFILE", "default")
    files = ", ".join(
        os.environ.get(variable, usual)
        for variable, usual in (
            ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
            ("AWS_CONFIG_FILE", "~/.aws/config"),
        )
    )
    return (
        f"Looked at: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; profile {profile!r} in {files} (keys, roles, SSO); "
        "the container's and the instance's role. Set one of them, or the keys in the store's settings."
    )


def _signing_with(client: S3Client) -> tuple[str, ReadOnlyCredentials]:
    """Where a client's credentials come from, and what they are; they are renewed here if need be."""
    credentials = client._request_signer._credentials  # type: ignore[attr-defined] # noqa: SLF001 - no public way
    try:
        return credentials.method, credentials.get_frozen_credentials()
    except FAILURES as error:
        raise translate(error, Asked(operation="diagnose")) from error


def masked(access_key_id: str) -> str:
    """Enough of an access key id to tell it from others. It is no secret, and still nobody else's business."""
    if len(access_key_id) < 3 * SHOWN:
        return f"{access_key_id[:2]}…"
    return f"{access_key_id[:SHOWN]}…{access_key_id[-SHOWN:]}"


def _resolve(calls: Calls) -> str:
    """Asks for the address of the endpoint's host, unless a proxy does that."""
    url = urlsplit(calls.client().meta.endpoint_url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    if _proxy_for(calls, url.scheme, host):
        return f"{host} is reached through a proxy"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DnsResolutionFailed(
            f"the host name {host!r} has no address: {error.strerror or error}",
            hint="Check 'endpoint_url' and 'region', and this machine's name service.",
        ) from error
    addresses = dict.fromkeys(str(each[4][0]) for each in found)
    if list(addresses) == [host]:
        return f"{host} is an address; no name has to be resolved"
    return f"{host} is {', '.join(addresses)}"


def _proxy_for(calls: Calls, scheme: str, host: str) -> bool:
    given = calls.config.proxies
    if given is not None:
        return scheme in given
    return scheme in getproxies() and not proxy_bypass(host)


def _reach(calls: Calls, bucket: str | None) -> str:
    """Sends one request. Whatever the store answers, it answers; what it lets these credentials do comes later."""
    answer = _answer(calls, bucket)
    headers = answer.get("HTTPHeaders", {})
    secure = "over TLS" if calls.client().meta.endpoint_url.startswith("https:") else "over plain http"
    named = f"calls itself {headers['server']}" if "server" in headers else "does not tell its software"
    return f"{calls.client().meta.endpoint_url} answers {secure}; it {named}"


def _clock(calls: Calls, bucket: str | None) -> str:
    """Compares this machine's clock with the date of an answer.

    Raises:
        InvalidTimestamp: They differ by more than S3 lets them.
    """
    date = _answer(calls, bucket).get("HTTPHeaders", {}).get("date")
    if date is None:
        return "the store tells no time"
    skew = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    if abs(skew) > MOST_SKEW:
        way = "ahead of" if skew > 0 else "behind"
        raise InvalidTimestamp(f"this machine's clock is {abs(skew):.0f} seconds {way} the store's")
    return f"within {abs(skew) + 1:.0f} s of the store's"  # a Date header has whole seconds


def _answer(calls: Calls, bucket: str | None) -> Mapping[str, Any]:
    """Status and headers of an answer, be it a refusal."""
    client = calls.client()
    try:
        answer: Any = client.head_bucket(Bucket=bucket) if bucket else client.list_buckets(MaxBuckets=1)
    except ClientError as error:
        if error.operation_name not in {"HeadBucket", "ListBuckets"}:  # the source of credentials refused
            raise translate(error, Asked(operation="diagnose", bucket=bucket)) from error
        answer = error.response
    except FAILURES as error:
        raise translate(error, Asked(operation="diagnose", bucket=bucket)) from error
    metadata: Mapping[str, Any] = answer["ResponseMetadata"]
    return metadata


def _identity(calls: Calls) -> str:
    """Who AWS says that these credentials are. Where STS can't be asked, S3 may still work, so that is no failure."""
    if isinstance(calls.config.credentials, Anonymous):
        return "nobody: requests are anonymous"
    client = calls.client()
    _, frozen = _signing_with(client)
    sts = boto3.session.Session().client(
        "sts",
        region_name=client.meta.region_name,
        aws_access_key_id=frozen.access_key,
        aws_secret_access_key=frozen.secret_key,
        aws_session_token=frozen.token,
        verify=calls.config.verify,
        config=Config(
            connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1}, proxies=plain_proxies(calls.config)
        ),
    )
    try:
        return str(sts.get_caller_identity()["Arn"])
    except ClientError as error:
        return f"STS does not tell: {error.response.get('Error', {}).get('Code', 'no code')}"
    except FAILURES as error:
        return f"STS can't be asked: {type(error).__name__}"
    finally:
        sts.close()
