"""Kinds for tests of the configuration: what a plugin could register, with every sort of setting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, SecretStr, field_serializer, field_validator, model_validator

from holdall.config.store import Settings, StoreSettings
from holdall.errors import InvalidBucketName, MissingCredentials
from holdall.registry import ProviderKind

if TYPE_CHECKING:
    from holdall.provider import StorageProvider


class Keys(Settings):
    """One member of a union of tables."""

    type: Literal["static"]
    access_key_id: SecretStr
    secret_access_key: SecretStr


class Profile(Settings):
    """Another member; its tag is also the name of its field."""

    type: Literal["profile"]
    profile: str


class Connection(Settings):
    """A table with a path, a list and secrets in a dict."""

    ca_bundle: Path | None = None
    hosts: list[str] = Field(default_factory=list)
    proxies: dict[str, SecretStr] = Field(default_factory=dict)


class CloudSettings(StoreSettings):
    """A kind with accounts, secrets and general variables."""

    environment: ClassVar[Mapping[str, str]] = MappingProxyType(
        {**StoreSettings.environment, "BLOB_BUCKET": "bucket", "AWS_REGION": "region", "AWS_DEFAULT_REGION": "region"}
    )

    provider: str
    region: str | None = None
    endpoint_url: str | None = None
    secret_access_key: SecretStr | None = None
    credentials: Annotated[Keys | Profile, Field(discriminator="type")] | None = None
    connection: Connection = Connection()
    verify: bool = True
    talkative: SecretStr | None = None

    @field_serializer("talkative", when_used="json-unless-none")
    def _in_the_open(self, value: SecretStr) -> str:
        return value.get_secret_value()

    @field_validator("bucket")
    @classmethod
    def _small(cls, value: str | None) -> str | None:
        if value and value != value.lower():
            raise InvalidBucketName("bucket names are in small letters")
        return value

    @field_validator("endpoint_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value and not value.startswith("http"):
            raise ValueError(f"{value} is not an http URL")
        return value

    @field_validator("secret_access_key")
    @classmethod
    def _careless(cls, value: SecretStr | None) -> SecretStr | None:
        if value and value.get_secret_value().startswith("wrong"):
            raise ValueError(f"the key {value.get_secret_value()} is wrong")
        return value

    @model_validator(mode="after")
    def _needs_credentials(self) -> CloudSettings:
        if self.region == "nowhere" and self.credentials is None:
            raise MissingCredentials("nowhere needs credentials", hint="Set 'credentials'.")
        return self


class FolderSettings(StoreSettings):
    """A kind without accounts, with the settings that ``file://`` URLs need."""

    provider: str
    root: Path
    plain: bool = False

    @property
    def spans_account(self) -> bool:
        """A folder is one bucket."""
        return False


class MemorySettings(StoreSettings):
    """A kind with the setting that ``memory://`` URLs need."""

    provider: str
    bucket: str | None = "memory"
    name: str | None = None


def not_opened(_settings: StoreSettings, name: str | None) -> StorageProvider:
    """The configuration opens nothing."""
    raise AssertionError(f"{name} was opened")


S3 = ProviderKind("s3", CloudSettings, not_opened, scheme="s3")
CLOUD = ProviderKind("cloud", CloudSettings, not_opened, scheme="s3")
FOLDER = ProviderKind("folder", FolderSettings, not_opened, scheme="file")
MEMORY = ProviderKind("memory", MemorySettings, not_opened, scheme="memory")
