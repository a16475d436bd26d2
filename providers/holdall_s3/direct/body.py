"""An object's bytes as they arrive, with errors translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from holdall.errors import StreamInterrupted
from holdall_s3.errors import from_library_error

if TYPE_CHECKING:
    from holdall_s3.direct.transport import HttpAnswer


class AnswerBody:
    """A ``ByteSource`` for ``GetResult``.

    Args:
        answer: The answer.
        length: Bytes that will come.
    """

    __slots__ = ("_answer", "_closed", "_left")

    def __init__(self, answer: HttpAnswer, length: int) -> None:
        self._answer = answer
        self._left = length
        self._closed = False

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; ``b""`` at the end.

        Raises:
            IncompleteBody, StreamInterrupted, OperationTimeout: The connection did not hold.
        """
        try:
            data = self._answer.read(self._left if size < 0 else size)
        except HTTPError as error:
            raise from_library_error(error) from error
        except OSError as error:
            raise StreamInterrupted(f"the connection broke: {type(error).__name__}") from error
        self._left -= len(data)
        return data

    def readinto(self, buffer: memoryview, /) -> int:
        """Reads into a buffer; 0 at the end. Raises as ``read``."""
        try:
            count = self._answer.readinto(buffer)
        except HTTPError as error:
            raise from_library_error(error) from error
        except OSError as error:
            raise StreamInterrupted(f"the connection broke: {type(error).__name__}") from error
        self._left -= count
        return count

    def close(self) -> None:
        """Gives the connection back: as it is after the last byte, else closed, for the pool to open it again."""
        if not self._closed:
            self._closed = True
            self._answer.close(reusable=self._left == 0)
