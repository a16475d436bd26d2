"""An object's bytes as they arrive, with errors translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError
from urllib3.exceptions import HTTPError

from holdall_s3.errors import from_library_error

if TYPE_CHECKING:
    from holdall_s3.direct.transport import HttpAnswer


class AnswerBody:
    """A ``ByteSource`` for ``GetResult``.

    Args:
        answer: The answer.
    """

    __slots__ = ("_answer", "close")

    def __init__(self, answer: HttpAnswer) -> None:
        self._answer = answer
        self.close = answer.close

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; ``b""`` at the end.

        Raises:
            IncompleteBody, StreamInterrupted, OperationTimeout: The connection did not hold.
        """
        try:
            return self._answer.read(None if size < 0 else size)
        except (BotoCoreError, HTTPError) as error:
            raise from_library_error(error) from error

    def readinto(self, buffer: memoryview, /) -> int:
        """Reads into a buffer; 0 at the end. Raises as ``read``."""
        try:
            return self._answer.readinto(buffer)
        except (BotoCoreError, HTTPError) as error:
            raise from_library_error(error) from error
