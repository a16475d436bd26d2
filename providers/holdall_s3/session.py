"""Makes the boto3 client of a store: a private session, and settings that leave nothing to chance."""

from __future__ import annotations

import functools
import os
from importlib.metadata import version
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3.session
import botocore.session
from botocore.config import Config
from botocore.configprovider import ConstantProvider
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader, create_loader

from holdall.errors import CredentialsNotFound, InvalidConfiguration, MissingRegion, StorageError
from holdall_s3 import debug_logs, hooks
from holdall_s3.config import Anonymous, NamedProfile
from holdall_s3.credentials import SourceResolver, plain_proxies, signature_version
from holdall_s3.endpoints import refuse_plain_http
from holdall_s3.errors import from_library_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.credentials import Credentials
    from mypy_boto3_s3 import S3Client

    from holdall_s3.config import S3Config
    from holdall_s3.knowledge import Knowledge

_REGION = "holdall_region"  # in the context of a botocore request
_NOT_PLAIN = ("s3v4-", "v4a-", "v4-s3express-")  # S3's own variant, and what only AWS's endpoint rules ask for


def make_client(
    config: S3Config,
    store_name: str | None,
    knowledge: Knowledge,
    *,
    endpoint_url: str | None = None,
    regions: Mapping[str, str] = MappingProxyType({}),
    credentials: Credentials | None = None,
) -> S3Client:
    """Makes a client; no request goes to the store (sources of credentials may be asked).

    The client makes one attempt per call, as retries are the framework's. The one exception is botocore's own: a
    bucket that turns out to be in another region is asked again there, once, and its region is remembered.

    Args:
        config: The store.
        store_name: Its name in the configuration, for messages.
        knowledge: What is known of it.
        endpoint_url: Another endpoint than the store's own.
        regions: Region by bucket, as far as it is learned from redirects; looked at with every request.
        credentials: Those of another client of the store, to be renewed with them; ``None`` asks the store's source.

    Raises:
        MissingRegion: AWS, and neither the settings nor the environment nor the shared files name a region.
        CredentialsNotFound, InvalidCredentials, CredentialsRefreshFailed: There are no usable credentials.
        InvalidEndpoint: The environment leads to plain http, for AWS.
        InvalidConfiguration: Anything else that botocore does not take.
    """
    try:
        return _make_client(config, knowledge, endpoint_url or config.endpoint_url, regions, credentials)
    except StorageError as error:
        error.add_context(store=store_name, provider=config.kind)
        raise
    except (BotoCoreError, ValueError) as error:
        raise from_library_error(error, InvalidConfiguration).add_context(
            store=store_name, provider=config.kind
        ) from error


def _make_client(
    config: S3Config,
    knowledge: Knowledge,
    endpoint_url: str | None,
    regions: Mapping[str, str],
    credentials: Credentials | None,
) -> S3Client:
    debug_logs.install()
    session = _shared_session(config) if config.aws else _isolated_session()
    region = config.region or session.get_config_variable("region")
    if not region:
        raise MissingRegion("no region is known for this store")
    session.register_component(
        "credential_provider",
        SourceResolver(config, session)
        if credentials is None
        else SimpleNamespace(load_credentials=lambda: credentials),
    )
    if not isinstance(config.credentials, Anonymous) and session.get_credentials() is None:
        raise CredentialsNotFound("no source of credentials has any")
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=hooks.quick_timestamp)
    made = _boto3_session(session)
    options = _client_config(config, _constant_agent(session))
    client = made.client("s3", region_name=region, endpoint_url=endpoint_url, verify=config.verify, config=options)
    if config.aws:
        refuse_plain_http(client)
    client.meta.events.register_last("before-endpoint-resolution.s3", _note_region)
    client.meta.events.register_first("choose-signer.s3", _presign_with_version_4)
    hooks.install(client, regions, knowledge)
    return client


def _client_config(config: S3Config, agent: str | None) -> Config:
    checksums = "when_supported" if config.checksums == "when_supported" else "when_required"
    options: dict[str, Any] = {
        "user_agent": agent,
        "user_agent_extra": f"holdall/{version('holdall')}",
        "connect_timeout": config.connect_timeout,
        "read_timeout": config.read_timeout,
        "max_pool_connections": config.max_connections,
        "tcp_keepalive": True,
        "proxies": plain_proxies(config),
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "request_checksum_calculation": checksums,
        "response_checksum_validation": checksums,
        "use_dualstack_endpoint": config.dualstack,
        "use_fips_endpoint": config.fips,
        "signature_version": signature_version(config),
        "s3": {
            "addressing_style": config.addressing,
            "use_accelerate_endpoint": config.accelerate,
            "us_east_1_regional_endpoint": "regional",
            **({} if config.sign_payloads is None else {"payload_signing_enabled": config.sign_payloads}),
        },
    }
    # botocore takes an explicit None for a value in some places, and for "not given" in others.
    return Config(**{name: value for name, value in options.items() if value is not None})


def _constant_agent(session: botocore.session.Session) -> str | None:
    """How clients introduce themselves, written once: botocore writes it anew with each request, a tenth of its CPU.

    What is lost is its list of the SDK's features in use. An application's own id (``AWS_SDK_UA_APP_ID``) goes only
    with botocore's way, so then it stays (``None``).
    """
    if session.get_config_variable("user_agent_appid") is not None:
        return None
    agent = session.user_agent()
    session.user_agent_extra = ""  # it is in there already
    return agent


def _boto3_session(session: botocore.session.Session) -> boto3.session.Session:
    """boto3's session around botocore's, with the service models that this process has read already.

    Reading them is most of what a client costs: 105 ms of CPU with them, 16 ms without.
    """
    loader = _models(session.get_config_variable("data_path"))
    session.register_component("data_loader", loader)
    made = boto3.session.Session(botocore_session=session)
    # boto3 has added its own folder once more. Without a lock, which a fork could leave held: whatever thread comes in
    # between has added the same.
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)
    return made


@functools.cache
def _models(data_path: str | None) -> Loader:
    """What reads botocore's data files, and keeps them; ``data_path`` are further folders (``AWS_DATA_PATH``)."""
    return create_loader(data_path)


def _shared_session(config: S3Config) -> botocore.session.Session:
    """A session that reads boto's variables and the shared files, for AWS."""
    profile = config.credentials.name if isinstance(config.credentials, NamedProfile) else None
    return botocore.session.Session(profile=profile)


def _isolated_session() -> botocore.session.Session:
    """A session that no shared file and no profile of AWS's can change, for stores that are not AWS."""
    session = botocore.session.Session()
    values = session.get_component("config_store")
    for name, value in {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}.items():
        values.set_config_provider(name, ConstantProvider(value))
    return session


def _note_region(builtins: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Notes the region that a request goes to, after botocore has put in what it learned of the bucket."""
    context[_REGION] = builtins.get("AWS::Region")


def _presign_with_version_4(signature_version: Any, context: dict[str, Any], **_: Any) -> Any:
    """Presigns as botocore does not by itself: with Signature Version 4, for the region that the URL leads to.

    botocore's default is Version 2, and after a redirect it signs for the old region what goes to the new one's host.
    """
    if not isinstance(signature_version, str) or not signature_version.endswith(("-query", "-presign-post")):
        return None
    signing = context.setdefault("signing", {})
    if not signing.get("region"):
        signing["region"] = context.get(_REGION)
    # The endpoint rules say "v4"; S3's variant of it leaves the path as it is.
    return signature_version if signature_version.startswith(_NOT_PLAIN) else f"s3{signature_version}"
