"""What a store is reached with: made when first needed, one per process, safe to share between threads.

A client that a parent process made before a fork is never used by the child: the two would write into the same
sockets. The child makes its own.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdall.errors import InvalidRequest
from holdall_s3 import hooks
from holdall_s3.direct.channel import Channel
from holdall_s3.knowledge import Knowledge
from holdall_s3.probing import cache
from holdall_s3.renewal import credentials_of
from holdall_s3.session import make_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from holdall_s3.config import S3Config


@dataclass(slots=True)
class _ProcessState:
    """What one process has made. The lock is part of it: one held by another thread at a fork stays held for ever."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    client: S3Client | None = None
    presign_client: S3Client | None = None
    channel: Channel | None = None


class S3Clients:
    """The boto3 clients of one store, and the channel of the engine ``direct``.

    Args:
        config: The store.
        store_name: Its name in the configuration, for messages.

    Attributes:
        knowledge: What is known of the store.
    """

    def __init__(self, config: S3Config, store_name: str | None = None) -> None:
        self.config = config
        self.knowledge = Knowledge(config, store_name)
        kept = cache.load(config)
        if kept is not None:
            self.knowledge.learn_all(kept.found, of_version=kept.version)
        self.store_name = store_name
        # The parent's entry stays in a child: closing its sockets there would disturb the parent's TLS sessions.
        self._regions: dict[str, str] = {}  # by bucket
        self._states: dict[int, _ProcessState] = {}
        self._closed = False

    def client(self) -> S3Client:
        """The client that requests are sent with.

        Raises:
            ConfigurationError: The settings and the environment lead to no usable client.
            CredentialsError: There are no credentials, or they can't be read.
            InvalidRequest: The store was closed.
        """
        state = self._state()
        if state.client is None:
            with state.lock:
                if state.client is None:
                    made = make_client(self.config, self.store_name, self.knowledge, regions=self._regions)
                    hooks.watch(made, self.knowledge)
                    state.client = made
        return state.client

    def channel(self) -> Channel:
        """The way of the engine ``direct`` to the store.

        Raises:
            ConfigurationError, CredentialsError, InvalidRequest: As ``client``.
        """
        state = self._state()
        if state.channel is None:
            client = self.client()
            with state.lock:
                if state.channel is None:
                    state.channel = Channel(client, self.config, self._regions, self.knowledge)
        return state.channel

    def presign_client(self) -> S3Client:
        """The client that computes presigned URLs: another one only where URLs need another endpoint.

        Raises:
            ConfigurationError, CredentialsError, InvalidRequest: As ``client``.
        """
        if self.config.public_endpoint_url is None:
            return self.client()
        state = self._state()
        if state.presign_client is None:
            credentials = credentials_of(self.client())
            with state.lock:
                if state.presign_client is None:
                    state.presign_client = make_client(
                        self.config,
                        self.store_name,
                        self.knowledge,
                        endpoint_url=self.config.public_endpoint_url,
                        regions=self._regions,
                        credentials=credentials,
                    )
        return state.presign_client

    def close(self) -> None:
        """Closes this process's connections. May be called twice."""
        self._closed = True
        state = self._states.pop(os.getpid(), None)
        if state is None:
            return
        with state.lock:
            for client in (state.client, state.presign_client, state.channel):
                if client is not None:
                    client.close()

    def _state(self) -> _ProcessState:
        if self._closed:
            raise InvalidRequest("the store was closed", store=self.store_name, hint="Open it again.")
        # setdefault is atomic, so threads of a new process agree on one state without a lock to inherit.
        return self._states.setdefault(os.getpid(), _ProcessState())
