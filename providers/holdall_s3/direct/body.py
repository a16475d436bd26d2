"""An object's bytes as they arrive, compared with the object's checksum where there is one to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from holdall import checksums
from holdall.errors import ChecksumMismatch, StreamInterrupted
from holdall_s3.errors import from_library_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdall.models import Checksum
    from holdall_s3.direct.transport import HttpAnswer


class AnswerBody:
    """A ``ByteSource`` for ``GetResult``.

    Args:
        answer: The answer.
        length: Bytes that will come.
        expected: Checksum of these bytes.
    """

    __slots__ = ("_answer", "_closed", "_expected", "_hasher", "_left")

    def __init__(self, answer: HttpAnswer, length: int, expected: Checksum | None = None) -> None:
        self._answer = answer
        self._left = length
        self._expected = expected
        self._hasher = None if expected is None else checksums.new(expected.algorithm)
        self._closed = False

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; ``b""`` at the end.

        Raises:
            IncompleteBody, StreamInterrupted, OperationTimeout: The connection did not hold.
            ChecksumMismatch: The bytes differ from the object's checksum; the last of them are not handed out.
        """
        try:
            data = self._answer.read(self._left if size < 0 else size)
        except HTTPError as error:
            raise from_library_error(error) from error
        except OSError as error:
            raise StreamInterrupted(f"the connection broke: {type(error).__name__}") from error
        self._left -= len(data)
        if self._hasher is not None:
            self._hasher.update(data)
            if self._left == 0 and data:
                self._compare()
        return data

    def _compare(self) -> None:
        expected, hasher = self._expected, self._hasher
        if expected is None or hasher is None:
            return
        found = checksums.encode(hasher.digest())
        if found != expected.value:
            raise ChecksumMismatch(
                f"the bytes that arrived have the {expected.algorithm} {found}, the object has {expected.value}"
            )

    def close(self) -> None:
        """Gives the connection back: as it is after the last byte, else closed, for the pool to open it again."""
        if not self._closed:
            self._closed = True
            self._answer.close(reusable=self._left == 0)


def comparable(found: Iterable[Checksum], *, at_any_cost: bool) -> Checksum | None:
    """The checksum to compare an object's bytes with: of the whole, and the quickest to compute.

    Args:
        found: What the store tells.
        at_any_cost: The caller asked for it; else it is not done where it would take longer than the transfer.
    """
    whole = [checksum for checksum in found if not checksum.composite]
    quick = [checksum for checksum in whole if checksums.is_quick(checksum.algorithm)]
    return next(iter(quick or (whole if at_any_cost else ())), None)
