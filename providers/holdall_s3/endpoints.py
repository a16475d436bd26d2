"""Endpoint URLs: which ones can be used at all."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from holdall.errors import InvalidEndpoint

if TYPE_CHECKING:
    from botocore.client import BaseClient


def check_endpoint(url: str) -> str:
    """The URL of an S3 endpoint, checked.

    Args:
        url: ``http://`` or ``https://``, a host, optionally a port and a path.

    Returns:
        The URL without a trailing slash.

    Raises:
        InvalidEndpoint: It is no such URL. A user name or password in it is never part of the message.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidEndpoint("the endpoint URL is malformed", hint=_EXAMPLE) from error
    if parts.scheme not in {"http", "https"}:
        raise InvalidEndpoint("an endpoint URL begins with https:// (or http://)", hint=_EXAMPLE)
    if parts.username is not None or parts.password is not None:
        raise InvalidEndpoint(
            "an endpoint URL has no user name or password in it",
            hint="Give them as access_key_id and secret_access_key.",
        )
    if not parts.hostname or any(character.isspace() for character in url) or port == 0:
        raise InvalidEndpoint(f"{url!r} names no host and port that can be reached", hint=_EXAMPLE)
    if parts.query or parts.fragment:
        raise InvalidEndpoint("an endpoint URL ends with its path; it takes no '?' or '#'", hint=_EXAMPLE)
    return url.rstrip("/")


def is_plain_http(url: str) -> bool:
    """Whether a checked endpoint URL goes without TLS."""
    return urlsplit(url).scheme == "http"


def refuse_plain_http(client: BaseClient) -> None:
    """Closes and refuses a client for AWS that the environment or the shared files lead to plain http.

    Raises:
        InvalidEndpoint: They do.
    """
    if is_plain_http(client.meta.endpoint_url):
        client.close()
        raise InvalidEndpoint(
            "the AWS environment or files (endpoint_url, AWS_ENDPOINT_URL) lead to plain http, and AWS is reached "
            "over https only",
            hint='For a store of another make take provider "s3-compatible" with this endpoint_url.',
        )


def host_is_address(url: str) -> bool:
    """Whether a checked endpoint URL names its host by an IP address, so that nothing can stand in front of it."""
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return True


EndpointUrl = Annotated[str, AfterValidator(check_endpoint)]
"""A setting that is an endpoint URL."""

_EXAMPLE = "Write it like https://s3.example.com or http://127.0.0.1:9000."
