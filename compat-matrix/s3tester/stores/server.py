"""What one needs to know of a running server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from s3tester.stores.installing import version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3tester.stores.definitions import Definition

OWN_KINDS = ("minio", "ceph-rgw")
"""Families that holdall has a kind of store of their own for; any other is reached as ``s3-compatible``."""


@dataclass(frozen=True)
class Keys:
    """What one user signs with.

    Attributes:
        access_key_id: The user's key id.
        secret_access_key: The user's secret; not part of the repr.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True)
class S3Server:
    """A server that answers requests now.

    Attributes:
        name: Which one, as `python -m s3tester.stores list` names it.
        endpoint_url: Where it listens, for path addressing: `http://127.0.0.1:<port>`.
        access_key_id: The key of a user who may do everything.
        secret_access_key: That user's secret; not part of the repr.
        region: The region to sign for.
        notes: What is unlike AWS in a way that tests have to know.
        family: The profile of `holdall_s3` that is meant for it.
        version: What the program itself, or the package that it came in, says.
        other: A second user, who may not touch what the first one owns; `None` where the server has but one.
        kms_key_id: A key for SSE-KMS; `None` where the server has none.
        storage_class: A storage class beside STANDARD; `None` where the server has none.
        event_destination: What notification rules may name; `None` where the server has nothing of the kind.
        received_events: Returns the records that came to that destination since the last call; `None` where they can't
            be seen from here.
    """

    name: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    notes: str
    family: str = "generic"
    version: str = ""
    other: Keys | None = None
    kms_key_id: str | None = None
    storage_class: str | None = None
    event_destination: str | None = None
    received_events: Callable[[], list[dict[str, Any]]] | None = field(default=None, repr=False, compare=False)

    @property
    def virtual_host_endpoint_url(self) -> str:
        """Where it listens for virtual-host addressing: `http://s3.localhost:<port>`.

        The names below `.localhost` resolve only inside `tests.servers.resolve_localhost_names`.
        """
        return f"http://s3.localhost:{urlsplit(self.endpoint_url).port}"

    def environment(self) -> dict[str, str]:
        """Environment variables that make it a store of holdall by its name, and the default of any other S3 client.

        The second user's keys, the key for SSE-KMS and the destination of events are there as `s3tester run` looks for
        them.
        """
        store = {
            "ENDPOINT_URL": self.endpoint_url,
            "REGION": self.region,
            "ACCESS_KEY_ID": self.access_key_id,
            "SECRET_ACCESS_KEY": self.secret_access_key,
        }
        if self.family in OWN_KINDS:
            store = {"PROVIDER": self.family} | store
        else:
            store = {"PROVIDER": "s3-compatible", "STORE_FAMILY": self.family} | store
        prefix = f"HOLDALL_STORES__{self.name.upper().replace('-', '_')}__"
        variables = {prefix + setting: value for setting, value in store.items()}
        if self.other is not None:
            variables["S3TESTER_OTHER_ACCESS_KEY_ID"] = self.other.access_key_id
            variables["S3TESTER_OTHER_SECRET_ACCESS_KEY"] = self.other.secret_access_key
        if self.kms_key_id is not None:
            variables["S3TESTER_KMS_KEY_ID"] = self.kms_key_id
        if self.event_destination is not None:
            variables["S3TESTER_EVENT_DESTINATION"] = self.event_destination
        return variables | {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
        }


def server_of(store: Definition, endpoint_url: str, keys: Keys, *, region: str = "us-east-1", **more: Any) -> S3Server:
    """What one needs to know of a store that runs; name, notes, family and version are as defined and as installed.

    Args:
        store: The store.
        endpoint_url: Where it listens.
        keys: Those of a user who may do everything.
        region: The region to sign for.
        **more: What else `S3Server` has.
    """
    return S3Server(
        name=store.name,
        endpoint_url=endpoint_url,
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        region=region,
        notes=" ".join(store.notes),
        family=store.family,
        version=version_of(store),
        **more,
    )
