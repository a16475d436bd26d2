"""What users may write for a store of each S3 kind, and what must fit together in it.

Four models, each with only what makes sense there: ``AwsSettings`` (``provider = "s3"``), ``MinioSettings``,
``CephRgwSettings`` and ``S3CompatibleSettings``. ``to_config`` turns any of them into the one ``S3Config`` that the
provider works from.

Secrets are ``SecretStr``: reprs, error messages and ``model_dump(mode="json")`` hide them. A pickle of a settings
object does carry them, as pydantic pickles field values; that is why a provider pickles its store's name instead.

What the environment may decide, and where:

* ``s3``: where the store's own settings say nothing, boto's variables and shared files count (``AWS_REGION``,
  ``AWS_DEFAULT_REGION``, ``AWS_PROFILE``, ``AWS_ACCESS_KEY_ID`` …, ``AWS_ENDPOINT_URL_S3`` if it is https). The region
  variables are in ``environment``; the others mean more than one setting, so botocore itself reads them.
* the other kinds: nothing of AWS's environment or files, except for credentials where ``credentials.type`` is
  ``default`` or a profile is named. A stray ``AWS_ENDPOINT_URL`` or ``~/.aws/config`` can't redirect them.
* everywhere: proxies (``HTTPS_PROXY``, ``NO_PROXY``) and certificates (``AWS_CA_BUNDLE``, ``REQUESTS_CA_BUNDLE``),
  unless ``connection`` says otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from holdall.config.store import Settings, StoreSettings
from holdall.errors import InvalidConfiguration, MissingCredentials
from holdall_s3.config import DefaultChain, NamedProfile, S3Config, StaticKeys
from holdall_s3.connection_settings import AwsConnection, Connection
from holdall_s3.credential_settings import (
    AnonymousCredentials,
    AssumeRoleCredentials,
    CredentialSettings,
    guess_type,
)
from holdall_s3.endpoints import EndpointUrl, host_is_address, is_plain_http
from holdall_s3.names import AWS_RULES, BUCKET_RULES, LEGACY_RULES, NameRules, check_bucket_name
from holdall_s3.profiles import check_family, families, recognition
from holdall_s3.recognition import Recognised, by_bucket, by_host

if TYPE_CHECKING:
    from holdall_s3.config import ChecksumPolicy, CredentialSource

Region = Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")]

Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:+-]*[0-9][A-Za-z0-9._:+-]*$")]
"""A server's version: anything with a number in it."""

DEFAULT_REGION = "us-east-1"
"""What stores without regions of their own expect in a signature: MinIO, Swift and most others."""


_SETTINGS = "endpoint_url, region and the table 'connection', each a setting of its own,"

FAMILIAR_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "key": "access_key_id",
        "aws_access_key_id": "access_key_id",
        "access_key": "access_key_id",
        "username": "access_key_id",
        "secret": "secret_access_key",
        "aws_secret_access_key": "secret_access_key",
        "secret_key": "secret_access_key",
        "password": "secret_access_key",
        "token": "session_token",
        "aws_session_token": "session_token",
        "profile_name": "profile",
        "aws_profile": "profile",
        "anon": 'credentials.type = "anonymous"',
        "anonymous": 'credentials.type = "anonymous"',
        "role_arn": 'credentials.role_arn, with credentials.type = "assume-role",',
        "endpoint": "endpoint_url",
        "endpoint_override": "endpoint_url",
        "aws_endpoint": "endpoint_url",
        "aws_endpoint_url": "endpoint_url",
        "use_ssl": "the http:// or https:// of endpoint_url",
        "region_name": "region",
        "aws_region": "region",
        "bucket_name": "bucket",
        "verify": "connection.tls_verify, or connection.ca_bundle,",
        "addressing_style": "connection.addressing",
        "requester_pays": "request_payer",
        "storage_class": "defaults.storage_class",
        "default_block_size": "transfer.chunk_size",
        "client_kwargs": _SETTINGS,
        "config_kwargs": _SETTINGS,
    }
)
"""Names of s3fs, boto3, PyArrow and object_store for what is a setting here."""


Secret = Annotated[SecretStr, Field(min_length=1)]
"""An empty one comes from a variable that is not set where it was meant to be."""


class S3Settings(StoreSettings):
    """What all S3 kinds share.

    Attributes:
        region: Region to sign for.
        endpoint_url: Where requests go.
        access_key_id: Id of a key pair.
        secret_access_key: Its secret.
        session_token: Token of temporary credentials, with both of the above.
        profile: A profile of the shared AWS files (``~/.aws/config``), used for credentials.
        credentials: Any other source of credentials; see ``credential_settings``.
        connection: How connections are made.
        engine: What reads, writes, deletes, copies and lists objects: ``direct`` (requests of our own), ``sdk``
            (boto3), or ``auto`` (default): ``direct`` at ordinary endpoints, else (directory buckets, access points),
            and wherever moto's mock is active, ``sdk``.
            It is about how requests travel: large objects are transferred, resumed and verified alike with both.
        checksums: When checksums that nobody asked for are sent and checked: ``when_supported``, ``when_required``
            or ``auto`` (default): ``when_supported`` for AWS; for all other stores, many of which refuse or ignore
            them, a CRC32 is sent with the bytes of objects and parts where the store is known to refuse wrong ones.
            With ``when_required`` nothing but a signed body (see ``connection.sign_payloads``) shows such a store that
            bytes were changed on the way.
    """

    environment: ClassVar[Mapping[str, str]] = MappingProxyType(
        {**StoreSettings.environment, "BLOB_BUCKET": "bucket", "BLOB_STORAGE_CLASS": "defaults.storage_class"}
    )
    familiar_names: ClassVar[Mapping[str, str]] = FAMILIAR_NAMES
    aws: ClassVar[bool] = False
    family: ClassVar[str]
    name_rules: ClassVar[NameRules] = BUCKET_RULES

    region: Region | None = None
    endpoint_url: EndpointUrl | None = None
    access_key_id: Secret | None = None
    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    profile: Annotated[str, Field(min_length=1)] | None = None
    credentials: CredentialSettings | None = None
    connection: AwsConnection = Connection()
    engine: Literal["auto", "sdk", "direct"] = "auto"
    checksums: Literal["auto", "when_required", "when_supported"] = "auto"

    @field_validator("bucket")
    @classmethod
    def _bucket_name(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            check_bucket_name(value, cls._rules(info.data.get("legacy_bucket_names", False)))
        return value

    @field_validator("credentials", mode="before")
    @classmethod
    def _credential_type(cls, value: Any) -> Any:
        return guess_type(value)

    @model_validator(mode="after")
    def _one_source_of_credentials(self) -> S3Settings:
        self._credential_source()
        return self

    @model_validator(mode="after")
    def _virtual_addressing_can_work(self) -> S3Settings:
        if self._addressing != "virtual":
            return self
        if self.endpoint_url is not None and host_is_address(self.endpoint_url):
            raise InvalidConfiguration(
                "virtual addressing puts the bucket in front of a host name, and 'endpoint_url' is an IP address",
                hint='Set connection.addressing to "path", or use a host name.',
            )
        plain = self.endpoint_url is not None and is_plain_http(self.endpoint_url)
        if self.bucket and "." in self.bucket and not plain and getattr(self.connection, "tls_verify", True):
            raise InvalidConfiguration(
                f"bucket {self.bucket!r} has dots, and TLS certificates do not cover such names in virtual addressing",
                hint='Set connection.addressing to "path".',
            )
        return self

    @classmethod
    def _rules(cls, legacy: bool) -> NameRules:  # noqa: FBT001 - the setting
        return LEGACY_RULES if legacy else cls.name_rules

    @property
    def where(self) -> str:
        """Bucket and endpoint, or bucket and region."""
        place = self.endpoint_url or f"AWS, {self.region or 'region of the shared AWS files'}"
        return f"bucket {self.bucket} at {place}" if self.bucket else place

    def _recognised(self) -> Recognised | None:
        """What the settings alone tell of the store's make; ``None``: nothing."""
        return Recognised(self.family, getattr(self, "store_version", None), f"provider {self.provider}")

    @property
    def _addressing(self) -> Literal["auto", "path", "virtual"]:
        """Where buckets' names go, as far as it is not left to AWS's rules."""
        chosen = self.connection.addressing
        return "path" if chosen == "auto" and not self.aws else chosen

    def to_config(self) -> S3Config:
        """The settings as the provider takes them."""
        connection, deadline = self.connection, self.resilience.deadline
        recognised = self._recognised()
        checksums: ChecksumPolicy = "when_supported" if self.aws else "when_refused"
        if self.checksums != "auto":
            checksums = self.checksums
        verify: bool | str | None = None
        if connection.ca_bundle is not None:
            verify = str(connection.ca_bundle)
        elif isinstance(connection, Connection) and not connection.tls_verify:
            verify = False
        return S3Config(
            kind=self.provider,
            aws=self.aws,
            store_family=self.family if recognised is None else recognised.family,
            store_version=None if recognised is None else recognised.version,
            recognised_by=None if recognised is None else recognised.by,
            family_by_user=recognised is not None,
            bucket=self.bucket,
            region=self.region,
            endpoint_url=self.endpoint_url,
            public_endpoint_url=connection.public_endpoint_url,
            credentials=self._credential_source(),
            addressing=self._addressing,
            engine=self.engine,
            checksums=checksums,
            verify=verify,
            proxies=connection.proxies,
            connect_timeout=min(connection.connect_timeout, deadline),
            read_timeout=min(connection.read_timeout, deadline),
            deadline=deadline,
            sign_payloads=connection.sign_payloads,
            max_connections=connection.max_connections or max(10, 2 * self.transfer.max_concurrency),
            name_rules=self._rules(getattr(self, "legacy_bucket_names", False)),
            capabilities=self.capabilities,
        )

    def _credential_source(self) -> CredentialSource:
        """The one source that the settings name, or an error that says what contradicts what."""
        flat = self._flat_source()
        table = self.credentials
        if table is None:
            return flat or self._without_credentials()
        if isinstance(table, AssumeRoleCredentials):
            return table.to_source(flat or DefaultChain())
        if flat is not None:
            own = "'profile'" if isinstance(flat, NamedProfile) else "'access_key_id'"
            raise InvalidConfiguration(
                f"{own} and credentials of type {table.type!r} contradict each other", hint="Remove one of them."
            )
        return table.to_source()

    def _flat_source(self) -> StaticKeys | NamedProfile | None:
        key_id, secret, token = self.access_key_id, self.secret_access_key, self.session_token
        if (key_id is None) != (secret is None):
            there, missing = "access_key_id", "secret_access_key"
            if key_id is None:
                there, missing = missing, there
            raise InvalidConfiguration(f"{there!r} without {missing!r}", hint="A key pair takes both.")
        if key_id is None or secret is None:
            if token is not None:
                raise InvalidConfiguration(
                    "'session_token' without 'access_key_id' and 'secret_access_key'",
                    hint="Temporary credentials are three values; give all of them.",
                )
            return NamedProfile(self.profile) if self.profile else None
        if self.profile:
            raise InvalidConfiguration(
                "'profile' and 'access_key_id' contradict each other", hint="Remove one of them."
            )
        return StaticKeys(key_id, secret, token)

    def _without_credentials(self) -> CredentialSource:
        raise MissingCredentials(
            "the store names no credentials",
            hint='Set access_key_id and secret_access_key, or profile; or credentials.type to "default" for those '
            'of the AWS environment, to "anonymous" for none.',
        )


class AwsSettings(S3Settings):
    """A store in AWS: ``provider = "s3"``.

    Attributes:
        region: Default: as ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or the shared AWS files say.
        endpoint_url: A private endpoint (VPC); always https. ``None`` (default) follows AWS's rules for the region.
        accelerate: Use transfer acceleration.
        dualstack: Use endpoints with IPv6. Default: as ``AWS_USE_DUALSTACK_ENDPOINT`` says.
        fips: Use FIPS endpoints. Default: as ``AWS_USE_FIPS_ENDPOINT`` says.
        request_payer: The requester pays, on every request.
    """

    environment: ClassVar[Mapping[str, str]] = MappingProxyType(
        {**S3Settings.environment, "AWS_REGION": "region", "AWS_DEFAULT_REGION": "region"}
    )
    aws: ClassVar[bool] = True
    family: ClassVar[str] = "aws"
    name_rules: ClassVar[NameRules] = AWS_RULES

    provider: Literal["s3"] = "s3"
    connection: AwsConnection = AwsConnection()
    accelerate: bool = False
    dualstack: bool | None = None
    fips: bool | None = None
    request_payer: bool = False

    @model_validator(mode="after")
    def _endpoints_fit(self) -> AwsSettings:
        for url, name in (
            (self.endpoint_url, "endpoint_url"),
            (self.connection.public_endpoint_url, "connection.public_endpoint_url"),
            (getattr(self.credentials, "sts_endpoint_url", None), "credentials.sts_endpoint_url"),
        ):
            if url is not None and is_plain_http(url):
                raise InvalidConfiguration(
                    f"{name!r} is plain http, and AWS is reached over https only",
                    hint='For a store of another make take provider "minio", "ceph-rgw" or "s3-compatible".',
                )
        if self.endpoint_url is not None:
            for name in ("accelerate", "dualstack", "fips"):
                if getattr(self, name):
                    raise InvalidConfiguration(
                        f"'endpoint_url' and {name!r} contradict each other", hint="Remove one of them."
                    )
        return self

    @model_validator(mode="after")
    def _acceleration_can_work(self) -> AwsSettings:
        # Amazon S3 user guide, "Requirements for using Transfer Acceleration".
        if not self.accelerate:
            return self
        if self.connection.addressing == "path":
            raise InvalidConfiguration(
                "'accelerate' needs the bucket in the host name, and connection.addressing is \"path\"",
                hint="Remove one of them.",
            )
        if self.bucket and "." in self.bucket:
            raise InvalidConfiguration(
                f"'accelerate' does not work for buckets with dots in their names ({self.bucket!r})",
                hint="Remove 'accelerate'.",
            )
        if self.fips:
            raise InvalidConfiguration("there are no accelerated FIPS endpoints", hint="Remove one of the two.")
        return self

    @model_validator(mode="after")
    def _somebody_pays(self) -> AwsSettings:
        _refuse_anonymous_payer(self.credentials, request_payer=self.request_payer)
        return self

    def to_config(self) -> S3Config:
        """As every kind, and with what only AWS has."""
        return dataclasses.replace(
            super().to_config(),
            accelerate=self.accelerate,
            dualstack=self.dualstack,
            fips=self.fips,
            request_payer=self.request_payer,
        )

    def _recognised(self) -> Recognised | None:
        return (by_bucket(self.bucket) if self.bucket else None) or super()._recognised()

    def _without_credentials(self) -> CredentialSource:
        return DefaultChain()


class MinioSettings(S3Settings):
    """A MinIO server: ``provider = "minio"``.

    Attributes:
        endpoint_url: Where it is, e.g. ``http://127.0.0.1:9000``; plain http because it is written so.
        region: Default ``us-east-1``, as MinIO's own.
        store_version: The server's version, e.g. ``RELEASE.2025-09-07T16-13-09Z``; default: as its answers tell.
    """

    family: ClassVar[str] = "minio"

    provider: Literal["minio"] = "minio"
    endpoint_url: EndpointUrl
    region: Region = DEFAULT_REGION
    connection: Connection = Connection()
    store_version: Version | None = None


class LegacyBuckets(Settings):
    """Kinds of store that may have buckets with names from before AWS's present rules.

    It has to be the last base: the setting is then the first field, known when the bucket's name is looked at.

    Attributes:
        legacy_bucket_names: Buckets may have names from before S3's present rules: up to 255 characters, with upper
            case and underscores. Default no.
    """

    legacy_bucket_names: bool = False


class CephRgwSettings(S3Settings, LegacyBuckets):
    """Ceph's object gateway: ``provider = "ceph-rgw"``.

    Attributes:
        endpoint_url: Where it is.
        region: Default ``us-east-1``; the gateway takes any word.
        request_payer: The requester pays, on every request.
        store_version: The gateway's version, e.g. ``18.2``; default: as its answers tell.
    """

    family: ClassVar[str] = "ceph-rgw"

    provider: Literal["ceph-rgw"] = "ceph-rgw"
    endpoint_url: EndpointUrl
    region: Region = DEFAULT_REGION
    connection: Connection = Connection()
    request_payer: bool = False
    store_version: Version | None = None

    @model_validator(mode="after")
    def _somebody_pays(self) -> CephRgwSettings:
        _refuse_anonymous_payer(self.credentials, request_payer=self.request_payer)
        return self

    def to_config(self) -> S3Config:
        """As every kind, and with who pays."""
        return dataclasses.replace(super().to_config(), request_payer=self.request_payer)


class S3CompatibleSettings(S3Settings, LegacyBuckets):
    """Any other store that speaks S3: ``provider = "s3-compatible"``. Little is known, so little is taken for granted.

    Attributes:
        endpoint_url: Where it is.
        region: Default: what the host of a known service names, or the word that it wants (``auto``); else
            ``us-east-1``, which most stores without regions take.
        request_payer: The requester pays, on every request.
        store_family: Profile of capabilities to go by, e.g. ``swift``. Default: as the host tells, else as the store's
            answers tell.
        store_version: The server's version, for profiles that know several; default: as its answers tell.
    """

    family: ClassVar[str] = "generic"

    provider: Literal["s3-compatible"] = "s3-compatible"
    endpoint_url: EndpointUrl
    connection: Connection = Connection()
    request_payer: bool = False
    store_family: str | None = None
    store_version: Version | None = None

    @field_validator("store_family")
    @classmethod
    def _known_family(cls, value: str | None) -> str | None:
        if value is not None:
            check_family(value)
        return value

    @model_validator(mode="after")
    def _somebody_pays(self) -> S3CompatibleSettings:
        _refuse_anonymous_payer(self.credentials, request_payer=self.request_payer)
        return self

    @model_validator(mode="after")
    def _version_of_something(self) -> S3CompatibleSettings:
        if self.store_version is not None and self._recognised() is None:
            raise InvalidConfiguration(
                "'store_version' says nothing without the store's family, and the host does not tell it",
                hint=f"Set 'store_family', too: {', '.join(families())}.",
            )
        return self

    @property
    def _addressing(self) -> Literal["auto", "path", "virtual"]:
        recognised = self._recognised()
        if self.connection.addressing != "auto" or recognised is None or host_is_address(self.endpoint_url):
            return super()._addressing
        return recognition(recognised.family).addressing

    def _recognised(self) -> Recognised | None:
        host = by_host(self.endpoint_url)
        if self.store_family is None:
            return None if host is None else host._replace(version=self.store_version)
        region = host.region if host is not None and host.family == self.store_family else None
        return Recognised(self.store_family, self.store_version, "the setting store_family", region)

    def to_config(self) -> S3Config:
        """As every kind, with who pays, and with the region that the store's make wants."""
        recognised = self._recognised()
        region = self.region
        if region is None and recognised is not None:
            region = recognised.region or recognition(recognised.family).region
        return dataclasses.replace(
            super().to_config(),
            request_payer=self.request_payer,
            region=region or DEFAULT_REGION,
            family_by_user=self.store_family is not None,
        )


def _refuse_anonymous_payer(credentials: object, *, request_payer: bool) -> None:
    # Amazon S3 user guide, "Using Requester Pays buckets": anonymous access to them is not allowed.
    if request_payer and isinstance(credentials, AnonymousCredentials):
        raise InvalidConfiguration(
            "'request_payer' needs a requester, and the credentials are anonymous", hint="Remove one of the two."
        )
