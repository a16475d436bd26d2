"""``Target``: the store that is measured, the credential sets, and the clients for it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import boto3.session
import botocore
import botocore.session
from botocore.config import Config
from botocore.configprovider import ConstantProvider

from holdall.config.load import load_config
from holdall.errors import StorageError
from holdall_s3.config import StaticKeys
from holdall_s3.credentials import plain_proxies
from holdall_s3.knowledge import Knowledge
from holdall_s3.renewal import credentials_of
from holdall_s3.session import make_client
from holdall_s3.settings import S3CompatibleSettings, S3Settings
from s3tester.errors import BadInput
from s3tester.verdicts import Ended, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from holdall_s3.config import S3Config
    from s3tester.scenario import ClientOptions

CREDENTIAL_SETS = ("main", "other", "anonymous", "wrong-secret", "unknown-key")
"""Who may ask: the store's own keys, those of a second account, nobody, the store's key id with another secret, and a
key id that nobody has."""
CONNECT_SECONDS = 5
READ_SECONDS = 30
"""The time limit of a step: seconds without a byte."""
AWS_KMS_KEY = "alias/aws/s3"
"""The key that every account of AWS has for its objects."""
NO_QUEUE = "arn:aws:sqs:us-east-1:000000000000:s3tester"
"""A queue that is hardly there; stores that look at it refuse it."""
SENT_STATUS = "SentStatus"
"""Where in boto3's ``ResponseMetadata`` the status is that the store sent: boto3 makes a 500 of some."""
_POOL = 256
_MAKING = threading.Lock()  # sessions are not safe between threads, clients are


@dataclass(frozen=True)
class Keys:
    """Credentials at one moment.

    Attributes:
        access_key: The access key id.
        secret_key: The secret.
        token: Token of temporary credentials.
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Target:
    """Where requests go, and as whom.

    Attributes:
        name: What results call the store.
        endpoint_url: ``None`` is AWS, by boto3's rules.
        region: Region to sign for.
        addressing: Where the bucket stands.
        keys: Keys by credential set; ``None`` is unsigned.
        verify: As boto3's ``verify``.
        proxies: Proxy URL by scheme; ``None`` is the environment's.
        sign_payloads: Whether signatures cover bodies; ``None`` is boto3's choice.
        kms_key: A key for SSE-KMS.
        event_destination: ARN of a queue or topic that rules of notifications may name.
    """

    name: str
    endpoint_url: str | None
    region: str
    addressing: Literal["auto", "path", "virtual"]
    keys: Mapping[str, Keys | None] = field(repr=False)
    verify: bool | str | None = None
    proxies: Mapping[str, str] | None = field(default=None, repr=False)
    sign_payloads: bool | None = None
    kms_key: str = AWS_KMS_KEY
    event_destination: str = NO_QUEUE

    @property
    def domain(self) -> str:
        """What follows the bucket in the host name, for virtual addressing; on loopback ``s3.localhost``."""
        place = urlsplit(self.endpoint_url or f"https://s3.{self.region}.amazonaws.com")
        host = place.hostname or ""
        named = "s3.localhost" if host in {"127.0.0.1", "::1", "localhost"} else host
        return named if place.port is None else f"{named}:{place.port}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        found = [each for keys in self.keys.values() if keys for each in (keys.secret_key, keys.token, keys.access_key)]
        return tuple(dict.fromkeys(each for each in found if each))

    def keys_of(self, credentials: str) -> Keys | None:
        """The keys of a credential set; ``None`` is nobody's.

        Raises:
            Ended: There is none of that name for this store.
        """
        if credentials not in self.keys:
            raise Ended(Verdict.NOT_RUN, f"there are no credentials {credentials!r} for this store")
        return self.keys[credentials]


def from_store(name: str | None, *, config_file: Path | None = None) -> Target:
    """A store of holdall's configuration.

    Args:
        name: The store; ``None`` is the default store.
        config_file: The file of settings; ``None`` looks for it as holdall does.

    Raises:
        BadInput: There is no such store, it is not S3, or its settings or credentials are wrong.
    """
    environ = dict(os.environ)
    if config_file is not None:
        if not config_file.is_file():
            raise BadInput(f"{config_file}: there is no such file")
        environ["HOLDALL_CONFIG"] = str(config_file.absolute())
    try:
        resolved = load_config(environ=environ).resolve(name)
        if not isinstance(resolved.settings, S3Settings):
            raise BadInput(
                f"the store {resolved.name!r} is of kind {resolved.kind.name!r}, and s3tester speaks S3 only"
            )
        return _target(resolved.name, resolved.settings.to_config(), environ)
    except StorageError as error:
        raise BadInput(error.message or type(error).__name__, hint=error.hint) from error


def from_endpoint(endpoint_url: str, *, name: str | None = None, environ: Mapping[str, str] | None = None) -> Target:
    """A store that only its address names; keys come from the environment, as boto3 has them.

    ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_REGION``.

    Args:
        endpoint_url: The address, for path addressing.
        name: What results call it; default: its host.
        environ: Environment variables; default: those of the process.

    Raises:
        BadInput: The address is none, or the keys are missing.
    """
    environ = os.environ if environ is None else environ
    if not (environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY")):
        raise BadInput(
            "there are no keys for --endpoint",
            hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_REGION, if it is not us-east-1).",
        )
    given: dict[str, Any] = {
        "endpoint_url": endpoint_url,
        "access_key_id": environ["AWS_ACCESS_KEY_ID"],
        "secret_access_key": environ["AWS_SECRET_ACCESS_KEY"],
        "session_token": environ.get("AWS_SESSION_TOKEN") or None,
    }
    if region := environ.get("AWS_REGION"):
        given["region"] = region
    try:
        settings = S3CompatibleSettings.model_validate({**given, "provider": "s3-compatible"})
        return _target(name or urlsplit(endpoint_url).hostname or "store", settings.to_config(), environ)
    except StorageError as error:
        raise BadInput(error.message or type(error).__name__, hint=error.hint) from error
    except ValueError as error:  # pydantic's own; its text may hold what was given, so it is not shown
        problem = "the address of --endpoint holds a user or a password, or is none"
        raise BadInput(problem, hint="Write http://host:port; keys come from the environment.") from error


def _target(name: str, config: S3Config, environ: Mapping[str, str]) -> Target:
    region, endpoint, main = _place_and_keys(name, config)
    return Target(
        name=name,
        endpoint_url=endpoint,
        region=region,
        addressing=config.addressing,
        keys=_credential_sets(main, environ),
        verify=config.verify,
        proxies=plain_proxies(config),
        sign_payloads=config.sign_payloads,
        kms_key=environ.get("S3TESTER_KMS_KEY_ID") or AWS_KMS_KEY,
        event_destination=environ.get("S3TESTER_EVENT_DESTINATION") or NO_QUEUE,
    )


def _place_and_keys(name: str, config: S3Config) -> tuple[str, str | None, Keys | None]:
    """Region, endpoint (``None`` is AWS's own) and keys; holdall's client finds those that settings do not have."""
    own = config.credentials
    if isinstance(own, StaticKeys) and config.region is not None and config.endpoint_url is not None:
        token = own.session_token.get_secret_value() if own.session_token else None
        keys = Keys(own.access_key_id.get_secret_value(), own.secret_access_key.get_secret_value(), token)
        return config.region, config.endpoint_url, keys
    client = make_client(config, name, Knowledge(config, name))
    try:
        found = credentials_of(client)
        frozen = None if found is None else found.get_frozen_credentials()
        main = None if frozen is None else Keys(frozen.access_key or "", frozen.secret_key or "", frozen.token)
        return client.meta.region_name, config.endpoint_url, main
    finally:
        client.close()


def _credential_sets(main: Keys | None, environ: Mapping[str, str]) -> dict[str, Keys | None]:
    sets: dict[str, Keys | None] = {"main": main, "anonymous": None}
    if main is not None:
        secret = main.secret_key
        wrong = secret[:-1] + ("x" if secret[-1:] != "x" else "y")
        sets["wrong-secret"] = Keys(main.access_key, wrong, main.token)
        sets["unknown-key"] = Keys("AKIANOBODYHASTHISKEY", "and-nobody-has-this-secret")
    key_id, secret = environ.get("S3TESTER_OTHER_ACCESS_KEY_ID"), environ.get("S3TESTER_OTHER_SECRET_ACCESS_KEY", "")
    if key_id and secret:
        token = environ.get("S3TESTER_OTHER_SESSION_TOKEN") or None
        sets["other"] = Keys(key_id, secret, token)
    return sets


class Clients:
    """boto3 clients of a target: one per credential set and options, made when first needed, safe between threads.

    Args:
        target: The store.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._made: dict[tuple[str, ClientOptions], Any] = {}

    def get(self, credentials: str, options: ClientOptions) -> Any:
        """A client.

        Raises:
            Ended: There are no such credentials for this store.
        """
        keys = self.target.keys_of(credentials)
        with _MAKING:
            made = self._made.get((credentials, options))
            if made is None:
                made = self._made[credentials, options] = self._make(keys, options)
            return made

    def close(self) -> None:
        """Closes all connections."""
        with _MAKING:
            for client in self._made.values():
                client.close()
            self._made.clear()

    def _make(self, keys: Keys | None, options: ClientOptions) -> Any:
        target = self.target
        sign = options.sign_payloads if options.sign_payloads is not None else target.sign_payloads
        s3: dict[str, Any] = {"addressing_style": options.addressing or target.addressing}
        if sign is not None:
            s3["payload_signing_enabled"] = sign
        more: dict[str, Any] = {"s3": s3, **({} if target.proxies is None else {"proxies": dict(target.proxies)})}
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=_POOL,
            retries={"total_max_attempts": 1},
            request_checksum_calculation=options.checksums,
            response_checksum_validation=options.checksums,
            signature_version=botocore.UNSIGNED if keys is None else "s3v4",
            user_agent="s3tester",
            **more,
        )
        own: dict[str, Any] = {}
        if keys is not None:
            own["aws_access_key_id"] = keys.access_key
            own["aws_secret_access_key"] = keys.secret_key
            own["aws_session_token"] = keys.token
        client = _session().client(
            "s3",
            endpoint_url=target.endpoint_url,
            region_name=options.region or target.region,
            verify=target.verify,
            config=config,
            **own,
        )
        client.meta.events.register("after-call.s3", _note_sent_status)
        return client


def _note_sent_status(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    status = getattr(http_response.raw, "status", None)
    if status is not None:
        parsed.setdefault("ResponseMetadata", {})[SENT_STATUS] = status


@cache
def _session() -> boto3.session.Session:
    """A session that no shared file and no profile of AWS's can change; it holds no keys, so that one does for all."""
    session = botocore.session.Session()
    values = session.get_component("config_store")
    for name, value in {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}.items():
        values.set_config_provider(name, ConstantProvider(value))
    return boto3.session.Session(botocore_session=session)
