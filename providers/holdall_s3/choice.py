"""Which engine carries out the data plane of a bucket."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from holdall.errors import InvalidConfiguration
from holdall_s3.calls import FAILURES
from holdall_s3.direct.engine import DirectEngine
from holdall_s3.errors import Asked, translate
from holdall_s3.sdk import SdkEngine

if TYPE_CHECKING:
    from holdall_s3.calls import Calls
    from holdall_s3.engine import DataPlane


class Engines:
    """The engines of one bucket, and the choice between them, made with every call since a mock may come and go.

    Args:
        calls: The store and its bucket.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._sdk = SdkEngine(calls)
        self._direct = DirectEngine(calls)
        self._wish = calls.config.engine
        self._ordinary: bool | None = None if self._wish != "sdk" else False

    def choose(self) -> DataPlane:
        """The engine to take now.

        Raises:
            InvalidConfiguration: The settings want ``direct``, and it can't reach the bucket.
            StorageError: There is no bucket, or no client to be had.
        """
        if self._ordinary is None:
            self._ordinary = self._is_ordinary()
        if not self._ordinary or (self._wish == "auto" and motos_mock_is_active()):
            return self._sdk
        return self._direct

    def _is_ordinary(self) -> bool:
        bucket = self._calls.bucket
        try:
            ordinary = self._calls.clients.channel().endpoint(bucket) is not None
        except FAILURES as error:
            raise translate(error, Asked(operation="open", bucket=bucket)) from error
        if not ordinary and self._wish == "direct":
            raise InvalidConfiguration(
                f"bucket {bucket} is not at an ordinary endpoint, and engine 'direct' reaches no others",
                bucket=bucket,
                hint="Leave 'engine' out, or set it to 'auto' or 'sdk'.",
            )
        return ordinary


def motos_mock_is_active() -> bool:
    """Whether moto's ``mock_aws`` stands between boto3 and the network: tests of users must never reach past it."""
    models: Any = sys.modules.get("moto.core.models")
    if models is None:
        return False
    # In moto's server and proxy modes there is no stub in the process, and the mock counts itself.
    stubber, mock = getattr(models, "botocore_stubber", None), getattr(models, "MockAWS", None)
    return bool(getattr(stubber, "enabled", False)) or bool(getattr(mock, "_mocks_active", False))
