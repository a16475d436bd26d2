"""Where a store's credentials come from: each source of ``config.py`` turned into what botocore signs with.

Credentials that end are botocore's refreshable ones, so that a long run outlives any session token; and where the store
refuses them before that, see ``renewal``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError
from botocore.utils import FileWebIdentityTokenLoader

from holdall_s3.config import Anonymous, AssumedRole, DefaultChain, NamedProfile, StaticKeys, WebIdentityRole
from holdall_s3.endpoints import refuse_plain_http
from holdall_s3.renewal import RenewableCredentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdall_s3.config import CredentialSource, S3Config

_USUAL_RETRIES = 3  # attempts; STS is not the store, and no layer of ours is around it


class SourceResolver:
    """Stands in for botocore's credential chain in a session (its component ``credential_provider``).

    Args:
        config: The store.
        session: The session that clients for STS are made with.
    """

    def __init__(self, config: S3Config, session: botocore.session.Session) -> None:
        self._config = config
        self._session = session

    def load_credentials(self) -> Credentials | None:
        """Credentials of the store's source; ``None`` where there are none, or none are wanted."""
        source = self._config.credentials
        found = self._load(source)
        if found is None or isinstance(source, StaticKeys):  # the settings have no others
            return found
        return RenewableCredentials(found, lambda: self._load(source))

    def _load(self, source: CredentialSource) -> Credentials | None:
        match source:
            case StaticKeys():
                return Credentials(
                    source.access_key_id.get_secret_value(),
                    source.secret_access_key.get_secret_value(),
                    source.session_token.get_secret_value() if source.session_token else None,
                    method="holdall",
                )
            case DefaultChain():
                return _shared_credentials(None, self._config.region)
            case NamedProfile():
                return _shared_credentials(source.name, self._config.region)
            case AssumedRole():
                return self._assume_role(source)
            case WebIdentityRole():
                return self._web_identity(source)
            case Anonymous():
                return None
            case _:
                assert_never(source)

    def _assume_role(self, role: AssumedRole) -> Credentials | None:
        caller = self._load(role.source)
        if caller is None:
            return None
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=self._sts_clients(role.sts_endpoint_url),
            source_credentials=caller,
            role_arn=role.role_arn,
            extra_args=_session_arguments(role)
            | ({"ExternalId": role.external_id.get_secret_value()} if role.external_id else {}),
        )
        return DeferredRefreshableCredentials(
            method="assume-role", refresh_using=_refresher("assume-role", fetcher.fetch_credentials)
        )

    def _web_identity(self, role: WebIdentityRole) -> Credentials:
        fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
            client_creator=self._sts_clients(role.sts_endpoint_url),
            web_identity_token_loader=FileWebIdentityTokenLoader(str(role.token_file)),
            role_arn=role.role_arn,
            extra_args=_session_arguments(role),
        )
        return DeferredRefreshableCredentials(
            method="assume-role-with-web-identity", refresh_using=_refresher("web-identity", fetcher.fetch_credentials)
        )

    def _sts_clients(self, endpoint_url: str | None) -> Callable[..., Any]:
        """What botocore's fetchers make their STS clients with; the store's TLS, proxies and time-outs apply."""
        config = self._config
        # A store's keys are nobody else's business: without a word about STS they go to the store, not to AWS.
        endpoint_url = endpoint_url or (None if config.aws else config.endpoint_url)
        options = Config(
            connect_timeout=config.connect_timeout,
            read_timeout=config.read_timeout,
            proxies=plain_proxies(config),
            retries={"total_max_attempts": _USUAL_RETRIES, "mode": "standard"},
        )

        def create(service: str, **arguments: Any) -> Any:
            own = arguments.pop("config", None)
            client = self._session.create_client(
                service,
                region_name=config.region or self._session.get_config_variable("region"),
                endpoint_url=endpoint_url,
                verify=config.verify,
                config=options.merge(own) if own is not None else options,
                **arguments,
            )
            if config.aws:
                refuse_plain_http(client)
            return client

        return create


def plain_proxies(config: S3Config) -> dict[str, str] | None:
    """The proxies as botocore takes them; ``None`` leaves them to the environment."""
    if config.proxies is None:
        return None
    return {scheme: url.get_secret_value() for scheme, url in config.proxies.items()}


def signature_version(config: S3Config) -> Any:
    """What to sign with: nothing, Signature Version 4, or ``None`` for what AWS's endpoint rules say.

    The rules ask for other schemes with directory buckets and multi-region access points only.
    """
    if isinstance(config.credentials, Anonymous):
        return UNSIGNED
    return None if config.aws else "s3v4"


def _shared_credentials(profile: str | None, region: str | None) -> Credentials | None:
    """Credentials from botocore's own chain (environment, shared files, SSO, container, instance metadata)."""
    session = botocore.session.Session(profile=profile)
    if region is not None:
        session.set_config_variable("region", region)  # where a role of the profile asks STS
    found: Credentials | None = session.get_credentials()
    return found


def _session_arguments(role: AssumedRole | WebIdentityRole) -> dict[str, Any]:
    return {"RoleSessionName": role.session_name, "DurationSeconds": role.duration_seconds}


def _refresher(provider: str, fetch: Callable[[], Mapping[str, Any]]) -> Callable[[], Mapping[str, Any]]:
    """Says of a failure on the way to credentials that it is about them: it must not look like one of the store's."""

    def refresh() -> Mapping[str, Any]:
        try:
            return fetch()
        except ClientError as error:
            details = error.response.get("Error", {})
            reason = f"{details.get('Code', 'unknown code')}: {details.get('Message', 'no message')}"
            raise CredentialRetrievalError(provider=provider, error_msg=reason) from error
        except (BotoCoreError, OSError) as error:  # STS can't be reached, the token file can't be read
            raise CredentialRetrievalError(provider=provider, error_msg=str(error)) from error

    return refresh
