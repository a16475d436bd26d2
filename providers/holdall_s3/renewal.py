"""Credentials that the store refuses although they have not ended: their source is asked once more.

botocore renews by the clock alone. A session that was revoked, a clock that is wrong, keys that were rotated in a file
are told by the store only, by refusing a request.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from holdall.errors import AccessDenied, ExpiredToken, InvalidAccessKeyId, InvalidRequest, SignatureDoesNotMatch
from holdall_s3.errors import Asked, translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_s3 import S3Client

    from holdall.errors import StorageError

_PAUSE = 10.0
"""Seconds in which a source is not asked again: all requests that are under way may be refused at the same time, and
what was refused just after it was renewed is not wrong because of its age."""
_REFUSALS = (ExpiredToken, InvalidAccessKeyId, SignatureDoesNotMatch)
_HEADS = frozenset({"head", "head_bucket"})

log = logging.getLogger("holdall.credentials")


class RenewableCredentials(Credentials):
    """Credentials of a source that may have others later.

    Args:
        found: What the source has now; botocore's refreshable ones go on renewing themselves.
        load: Asks the source from the beginning: files are read, processes run and services asked again.
    """

    def __init__(self, found: Credentials, load: Callable[[], Credentials | None]) -> None:
        self._found = found
        self._load = load
        self._lock = threading.Lock()
        self._asked: float | None = None

    def __getattr__(self, name: str) -> Any:
        """``access_key``, when they end, and whatever else is looked at."""
        if name == "_found":  # a copy in the making
            raise AttributeError(name)
        return getattr(self._found, name)

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """What to sign the next request with."""
        return self._found.get_frozen_credentials()

    def renew(self, refused: ReadOnlyCredentials) -> bool:
        """Asks the source again, unless that was just done or there are others already.

        Args:
            refused: What the refused request was signed with.

        Returns:
            Whether there are others now.

        Raises:
            Exception: What the source raised.
        """
        with self._lock:  # all threads want the same
            if self._differ(self._found, refused):
                return True
            now = time.monotonic()
            if self._asked is not None and now - self._asked < _PAUSE:
                return False
            self._asked = now
            found = self._load()
            if found is None or not self._differ(found, refused):
                return False
            self._found = found
            return True

    @staticmethod
    def _differ(found: Credentials, refused: ReadOnlyCredentials) -> bool:
        keys = found.get_frozen_credentials()
        return (keys.access_key, keys.secret_key, keys.token) != (
            refused.access_key,
            refused.secret_key,
            refused.token,
        )


def credentials_of(client: S3Client) -> Credentials | None:
    """What a client signs with; ``None`` where it does not sign. boto3 has no public way to it."""
    inside: Any = client
    found: Credentials | None = inside._request_signer._credentials  # noqa: SLF001
    return found


def renew_after(
    refused: StorageError, credentials: Credentials | None, keys: ReadOnlyCredentials | None, asked: Asked
) -> bool:
    """Whether a request that was refused is to be sent again, with other credentials.

    Args:
        refused: The refusal. Where it is about credentials and there are no others, its hint says so.
        credentials: The store's.
        keys: What the request was signed with.
        asked: What it asked for.
    """
    if not isinstance(credentials, RenewableCredentials) or keys is None or not _is_about_keys(refused, asked):
        return False
    try:
        renewed = credentials.renew(keys)
    except (BotoCoreError, ClientError, OSError, ValueError, RuntimeError) as error:
        failed = translate(error, Asked(operation=asked.operation))
        refused.hint = " ".join(
            part for part in ("New credentials could not be had:", failed.message, failed.hint) if part
        )
        return False
    if renewed:
        log.info("the store refused the credentials (%s); their source has others now", type(refused).__name__)
    elif isinstance(refused, ExpiredToken):
        refused.hint = f"Their source was asked again, and has no others. {refused.hint or ''}".rstrip()
    return renewed


def _is_about_keys(refused: StorageError, asked: Asked) -> bool:
    """Whether a refusal may be one of the credentials. Answers to HEAD have no reason: 400 and 403 may be anything."""
    if asked.operation in _HEADS and refused.code is None:
        return isinstance(refused, (InvalidRequest, AccessDenied))
    return isinstance(refused, _REFUSALS)
