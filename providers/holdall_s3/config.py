"""What all kinds of S3 store come down to: one plain, frozen value that the provider and its clients work from.

The models in ``settings.py`` are what users write and what checks it; nothing below this module looks at them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from holdall_s3.names import BUCKET_RULES, NameRules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """A key pair that the settings hold.

    Attributes:
        access_key_id: Id of the pair.
        secret_access_key: The secret.
        session_token: Token of temporary credentials.
    """

    access_key_id: SecretStr
    secret_access_key: SecretStr
    session_token: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class DefaultChain:
    """botocore's chain: environment, shared files, SSO, web identity, container, instance metadata."""


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A profile of the shared AWS files, with all that a profile can say (keys, roles, SSO, processes).

    Attributes:
        name: Its name there.
    """

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedRole:
    """Temporary credentials from STS, renewed before they end.

    Attributes:
        role_arn: The role.
        session_name: Name of the session in the store's audit log.
        duration_seconds: Life of one set of credentials.
        external_id: What the role's owner asks for.
        source: Who asks for the role.
        sts_endpoint_url: Where STS is; ``None`` is AWS's own of the region, or the store where it is not AWS.
    """

    role_arn: str
    session_name: str
    duration_seconds: int
    external_id: SecretStr | None
    source: StaticKeys | DefaultChain | NamedProfile
    sts_endpoint_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentityRole:
    """Temporary credentials from STS for a token in a file (Kubernetes, CI), read again at each renewal.

    Attributes:
        role_arn: The role.
        token_file: File with the token.
        session_name: As for ``AssumedRole``, and likewise the rest.
    """

    role_arn: str
    token_file: Path
    session_name: str
    duration_seconds: int
    sts_endpoint_url: str | None


@dataclass(frozen=True, slots=True)
class Anonymous:
    """No signature at all; only ever by the user's word."""


CredentialSource = StaticKeys | DefaultChain | NamedProfile | AssumedRole | WebIdentityRole | Anonymous

ChecksumPolicy = Literal["when_required", "when_refused", "when_supported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Config:
    """Everything that a store's provider and clients need to know.

    Attributes:
        kind: Provider kind, e.g. ``minio``.
        aws: The store is AWS itself: its endpoint rules, its environment variables and its shared files apply.
        store_family: Name of the profile of capabilities.
        store_version: The server's version, where the user says it.
        recognised_by: What told the family, for readers; ``None``: nothing did.
        family_by_user: It was the user.
        bucket: The bucket, ``None`` for the account.
        region: Region to sign for; ``None`` (only where ``aws``) leaves it to the shared AWS files.
        endpoint_url: Where requests go; ``None`` (only where ``aws``) leaves it to AWS's endpoint rules.
        public_endpoint_url: What presigned URLs point to; ``None`` is where requests go.
        credentials: Where credentials come from.
        addressing: ``path`` (bucket in the path), ``virtual`` (in the host name), ``auto`` (as AWS's rules say).
        engine: What carries out the data plane; ``auto`` decides by the bucket's endpoint (see ``choice``).
        checksums: When checksums that nobody asked for are sent and checked: where an operation can't do without,
            also where the store is known to refuse wrong ones, always.
        sign_payloads: Whether signatures cover bodies; ``None``: over plain http only.
        verify: ``True``, ``False``, a file of certificates, or ``None``: as the environment says, else ``True``.
        proxies: Proxy URL by scheme; ``None`` is the environment's, empty is none.
        connect_timeout: Seconds.
        read_timeout: Seconds without a byte.
        deadline: Seconds of waiting in which a request must get on; see ``pace``.
        max_connections: Size of the connection pool.
        accelerate: Use AWS's transfer acceleration.
        dualstack: Use IPv6 endpoints; ``None`` is the environment's setting.
        fips: Use FIPS endpoints; ``None`` is the environment's setting.
        request_payer: The requester pays, on every request.
        name_rules: Rules for bucket names.
        capabilities: The user's overrides by feature id.
    """

    kind: str
    aws: bool
    store_family: str
    bucket: str | None
    region: str | None
    endpoint_url: str | None
    public_endpoint_url: str | None
    credentials: CredentialSource
    addressing: Literal["auto", "path", "virtual"]
    engine: Literal["auto", "direct", "sdk"]
    checksums: ChecksumPolicy
    verify: bool | str | None
    proxies: Mapping[Literal["http", "https"], SecretStr] | None
    connect_timeout: float
    read_timeout: float
    deadline: float
    max_connections: int
    accelerate: bool = False
    dualstack: bool | None = False
    fips: bool | None = False
    request_payer: bool = False
    sign_payloads: bool | None = None
    name_rules: NameRules = BUCKET_RULES
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    store_version: str | None = None
    recognised_by: str | None = None
    family_by_user: bool = False
