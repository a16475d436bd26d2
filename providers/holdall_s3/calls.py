"""One call of boto3, with its errors translated: the way that everything of this provider takes to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from holdall.errors import InvalidRequest, InvalidResponse, Retry
from holdall_s3.bodies import GuardedReader, source_failure
from holdall_s3.errors import translate
from holdall_s3.hooks import DOCUMENTS, ROOT
from holdall_s3.learning import learn_from_refusal, learn_from_success
from holdall_s3.renewal import credentials_of, renew_after

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from holdall.capabilities import Capabilities
    from holdall.models import ChecksumAlgorithm
    from holdall_s3.adaptations import Adaptations
    from holdall_s3.client import S3Clients
    from holdall_s3.config import S3Config
    from holdall_s3.errors import Asked

FAILURES = (ClientError, BotoCoreError, ResponseParserError, ParseError, HTTPError)
"""What a client raises; the last three come out of botocore as they are."""


class Calls:
    """A store's clients, and the bucket that they are to work on.

    Args:
        clients: The clients.
        bucket: The bucket; ``None`` where only the account is reached.
    """

    def __init__(self, clients: S3Clients, bucket: str | None) -> None:
        self.clients = clients
        self._bucket = bucket

    @property
    def config(self) -> S3Config:
        """The store's settings."""
        return self.clients.config

    @property
    def capabilities(self) -> Capabilities:
        """What the store can do, as far as it is known now."""
        return self.clients.knowledge.capabilities

    @property
    def adaptations(self) -> Adaptations:
        """What the store needs otherwise than Amazon S3, as far as it is known now."""
        return self.clients.knowledge.adaptations

    @property
    def proof(self) -> ChecksumAlgorithm | None:
        """The checksum that is sent where nobody asked for one, for the store to find out what the way did to a body.

        With ``when_supported`` the engines see to it: boto3 sends its own.
        """
        return self.adaptations.proof if self.config.checksums == "when_refused" else None

    @property
    def bucket(self) -> str:
        """The bucket.

        Raises:
            InvalidRequest: There is none: the store spans its account.
        """
        if self._bucket is None:
            raise InvalidRequest(
                "this store names no bucket, so there is nothing to find a key in",
                hint="Set 'bucket' for the store, or name the bucket in the location: blob://store/bucket/key.",
            )
        return self._bucket

    @property
    def names_bucket(self) -> bool:
        """Whether there is a bucket to work on."""
        return self._bucket is not None

    @property
    def payer(self) -> bool:
        """Whether the requester pays, unless a call says otherwise."""
        return self.config.request_payer

    def unproven(self, feature: str) -> str | None:
        """The feature, where nobody knows whether the store has it; see ``Asked``."""
        return None if self.capabilities.supports(feature, safety=True) else feature

    def client(self) -> S3Client:
        """The client that requests are sent with."""
        return self.clients.client()

    def call(self, method: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """Sends one request; a second one only where the store refused credentials and there are others now.

        Args:
            method: Name of the client's method, e.g. ``put_object``.
            parameters: Its parameters.
            asked: What errors are about.

        Raises:
            StorageError: Whatever went wrong. ``InvalidResponse`` where a success is no answer to what was asked: a
                login page of a proxy's must not pass for an empty listing.
            Exception: What the source of a body raised, as it was.
        """
        for change in self.adaptations.members.get(method, ()):
            change(parameters)
        answer = self._send(method, parameters, asked)
        for change in self.adaptations.answers:
            change(answer)
        if method in DOCUMENTS:
            if answer[ROOT] not in DOCUMENTS[method]:
                told = repr(answer[ROOT]) if answer[ROOT] else "nothing"
                raise InvalidResponse(
                    f"the store answered {told} to {method}",
                    hint="Something on the way may have answered in the store's place: look at endpoint and proxies.",
                    retry=Retry.SAFE,
                )
            learn_from_success(self.clients.knowledge, method, answer)
        return answer

    def _send(self, method: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        client, body = self.client(), parameters.get("Body")
        credentials = credentials_of(client)
        renewed = False
        while True:
            keys = None
            try:
                keys = None if credentials is None else credentials.get_frozen_credentials()
                answer: dict[str, Any] = getattr(client, method)(**parameters)
            except FAILURES as error:
                own = source_failure(body, error)
                if own is not None:
                    raise own from None
                refused = translate(error, asked)
                if renewed or not renew_after(refused, credentials, keys, asked):
                    learn_from_refusal(self.clients.knowledge, method, parameters, refused)
                    raise refused from error
                renewed = True
                if isinstance(body, GuardedReader):
                    body.seek(0)
            else:
                return answer
