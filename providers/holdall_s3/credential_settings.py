"""The table ``credentials`` of an S3 store: where credentials come from, one model per source.

``type`` says which; it may be left out where the other names make it plain (``credentials = { profile = "dev" }``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from holdall.config.store import Settings
from holdall.errors import InvalidConfiguration
from holdall_s3.config import Anonymous, AssumedRole, DefaultChain, NamedProfile, StaticKeys, WebIdentityRole
from holdall_s3.endpoints import EndpointUrl
from holdall_s3.paths import UserPath

# Bounds of STS's AssumeRole: 900 s to 12 h; the session name's characters from the same page of its API reference.
Duration = Annotated[int, Field(ge=900, le=43_200)]
SessionName = Annotated[str, Field(min_length=2, max_length=64, pattern=r"^[\w+=,.@-]+$")]
RoleArn = Annotated[str, Field(min_length=20, max_length=2048, pattern=r"^arn:")]


class DefaultCredentials(Settings):
    """botocore's chain: ``AWS_ACCESS_KEY_ID`` …, shared files, SSO, web identity, container, instance metadata.

    Outside of AWS the last step costs about a second before it gives up; ``AWS_EC2_METADATA_DISABLED=true`` skips it.
    """

    type: Literal["default"] = "default"

    def to_source(self) -> DefaultChain:
        """As the provider takes it."""
        return DefaultChain()


class ProfileCredentials(Settings):
    """A profile of the shared AWS files, with all that it may say: keys, a role, SSO, a process.

    Attributes:
        profile: Its name.
    """

    type: Literal["profile"] = "profile"
    profile: Annotated[str, Field(min_length=1)]

    def to_source(self) -> NamedProfile:
        """As the provider takes it."""
        return NamedProfile(self.profile)


class StaticCredentials(Settings):
    """A key pair, the same as the flat settings of these names."""

    type: Literal["static"] = "static"
    access_key_id: SecretStr
    secret_access_key: SecretStr
    session_token: SecretStr | None = None

    def to_source(self) -> StaticKeys:
        """As the provider takes it."""
        return StaticKeys(self.access_key_id, self.secret_access_key, self.session_token)


class AssumeRoleCredentials(Settings):
    """A role, asked for by the store's key pair or profile, or by the default chain where it names neither.

    Attributes:
        role_arn: The role.
        session_name: Name of the session in audit logs. Default ``holdall``.
        duration_seconds: Life of one set of credentials, 900 to 43,200; it is renewed before its end. Default 3600.
        external_id: What the role's owner asks for.
        sts_endpoint_url: Where STS is. Default: for ``s3`` AWS's of the store's region, for all other kinds the store's
            own ``endpoint_url``, where MinIO and Ceph serve it.
    """

    type: Literal["assume-role"] = "assume-role"
    role_arn: RoleArn
    session_name: SessionName = "holdall"
    duration_seconds: Duration = 3600
    external_id: SecretStr | None = None
    sts_endpoint_url: EndpointUrl | None = None

    def to_source(self, source: StaticKeys | DefaultChain | NamedProfile) -> AssumedRole:
        """As the provider takes it, given who asks for the role."""
        return AssumedRole(
            role_arn=self.role_arn,
            session_name=self.session_name,
            duration_seconds=self.duration_seconds,
            external_id=self.external_id,
            source=source,
            sts_endpoint_url=self.sts_endpoint_url,
        )


class WebIdentityCredentials(Settings):
    """A role for whoever holds a token in a file (Kubernetes service accounts, CI systems).

    Attributes:
        role_arn: The role.
        token_file: File with the token; read again at each renewal.
        session_name: As for ``assume-role``, and likewise the rest.
    """

    type: Literal["web-identity"] = "web-identity"
    role_arn: RoleArn
    token_file: UserPath
    session_name: SessionName = "holdall"
    duration_seconds: Duration = 3600
    sts_endpoint_url: EndpointUrl | None = None

    def to_source(self) -> WebIdentityRole:
        """As the provider takes it."""
        return WebIdentityRole(
            role_arn=self.role_arn,
            token_file=self.token_file,
            session_name=self.session_name,
            duration_seconds=self.duration_seconds,
            sts_endpoint_url=self.sts_endpoint_url,
        )


class AnonymousCredentials(Settings):
    """Unsigned requests, for public buckets."""

    type: Literal["anonymous"] = "anonymous"

    def to_source(self) -> Anonymous:
        """As the provider takes it."""
        return Anonymous()


CredentialSettings = Annotated[
    DefaultCredentials
    | ProfileCredentials
    | StaticCredentials
    | AssumeRoleCredentials
    | WebIdentityCredentials
    | AnonymousCredentials,
    Field(discriminator="type"),
]

# What only one type has, the more telling first: a web identity has a role_arn, too.
_TELLING = {
    "token_file": "web-identity",
    "role_arn": "assume-role",
    "profile": "profile",
    "access_key_id": "static",
    "secret_access_key": "static",
}


def guess_type(table: Any) -> Any:
    """Fills in ``type`` where the other names of a ``credentials`` table make it plain.

    Raises:
        InvalidConfiguration: They do not.
    """
    if not isinstance(table, dict) or "type" in table:
        return table
    for name, kind in _TELLING.items():
        if name in table:
            return {"type": kind, **table}
    raise InvalidConfiguration(
        "the table does not say which source of credentials it means",
        hint="Set its 'type' to default, profile, static, assume-role, web-identity or anonymous.",
    )
