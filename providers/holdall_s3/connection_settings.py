"""The table ``connection`` of an S3 store: addressing, TLS, proxies, time-outs, the endpoint of presigned URLs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from holdall.config.store import Settings
from holdall.errors import InvalidConfiguration
from holdall_s3.endpoints import EndpointUrl
from holdall_s3.paths import UserFile

Seconds = Annotated[float, Field(gt=0, le=3600)]


class AwsConnection(Settings):
    """How connections are made.

    Attributes:
        addressing: Where the bucket's name goes: ``path`` (into the path), ``virtual`` (into the host name), or
            ``auto`` (default): AWS's own rules for ``s3``, ``path`` for all other kinds.
        ca_bundle: File of certificates (PEM) to trust instead of the usual ones.
        proxies: Proxy URL by scheme, e.g. ``{ https = "http://proxy:3128" }``; empty uses none. Default: as the
            environment says (``HTTPS_PROXY``, ``NO_PROXY``).
        connect_timeout: Seconds to make a connection. Default 10.
        read_timeout: Seconds to wait for the next byte. Default 60.
        max_connections: Connections that are kept. Default: twice ``transfer.max_concurrency``, at least 10.
        sign_payloads: Whether signatures cover the bodies of requests. Default: over plain http only; over TLS a
            body is protected already. Some stores want it always, and some can't do it.
        public_endpoint_url: What presigned URLs point to, where users reach the store under another name than
            this program does.
    """

    addressing: Literal["auto", "path", "virtual"] = "auto"
    ca_bundle: UserFile | None = None
    proxies: dict[Literal["http", "https"], SecretStr] | None = None
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 60.0
    max_connections: Annotated[int, Field(ge=1, le=10_000)] | None = None
    sign_payloads: bool | None = None
    public_endpoint_url: EndpointUrl | None = None


class Connection(AwsConnection):
    """As ``AwsConnection``, for stores that people run themselves.

    Attributes:
        tls_verify: Check the server's certificate. Default true; rather name the certificate in ``ca_bundle``.
    """

    tls_verify: bool = True

    @model_validator(mode="after")
    def _verify_or_not(self) -> Connection:
        if self.ca_bundle is not None and not self.tls_verify:
            raise InvalidConfiguration("'ca_bundle' has no effect with 'tls_verify = false'", hint="Remove one.")
        return self
