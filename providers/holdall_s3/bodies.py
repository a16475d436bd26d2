"""Bytes on their way: what is sent, guarded against sources that change; what is read, with errors translated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError
from urllib3.exceptions import HTTPError

from holdall import checksums
from holdall.errors import SourceChanged, StorageError, StreamInterrupted
from holdall.models import Checksum
from holdall.transfer.progress import unwatched
from holdall_s3.errors import from_library_error
from holdall_s3.pace import PacedStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.response import StreamingBody

    from holdall.models import Body, ChecksumAlgorithm, SizedReader

CHUNK = 1024 * 1024


class GuardedReader:
    """A body that is read from the user's source, and never sends more or less than was announced.

    boto3 turns whatever goes wrong while it sends into a connection error. What the source itself raised is kept in
    ``failure``, so that callers get it as it was.
    """

    def __init__(self, source: SizedReader) -> None:
        self._source = source
        self._size = len(source)
        self._position = 0
        self.failure: Exception | None = None

    def __len__(self) -> int:
        return self._size

    def read(self, size: int | None = -1, /) -> bytes:
        """As files do, up to the announced size."""
        left = self._size - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted <= 0:
            return b""
        try:
            data = self._source.read(wanted)
            if not data:
                raise SourceChanged(  # noqa: TRY301 - kept with the source's own failures
                    f"the source ended after {self._position} of {self._size} bytes",
                    hint="Was it shortened while it was being sent? Send it again.",
                )
        except Exception as error:
            self.failure = error
            raise
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As files do; botocore goes to the end to measure, and back."""
        try:
            self._source.seek(offset, whence)
            self._position = self._source.tell()
        except Exception as error:
            self.failure = error
            raise
        return self._position

    def tell(self) -> int:
        """The current position."""
        return self._position

    def blocks_to_hash(self) -> Iterator[bytes]:
        """All of it in blocks, for what must be known before it is sent; then it is at its start again.

        That is no progress: nobody who counts the bytes that are moved is told of it.
        """
        watched, self._source = self._source, unwatched(self._source)
        try:
            while data := self.read(CHUNK):
                yield data
        finally:
            self._source = watched
        self.seek(0)


def to_send(body: Body) -> bytes | bytearray | GuardedReader:
    """A body as boto3 takes it."""
    if isinstance(body, (bytes, bytearray)):
        return body
    if isinstance(body, memoryview):
        return body.tobytes()
    return GuardedReader(body)


def checksum_of(body: bytes | bytearray | GuardedReader, algorithm: ChecksumAlgorithm) -> Checksum:
    """The checksum of a body, which is rewound afterwards.

    It is computed here and sent as a header: boto3 would send it behind the body, which many stores do not read.
    """
    hasher = checksums.new(algorithm)
    if isinstance(body, GuardedReader):
        for data in body.blocks_to_hash():
            hasher.update(data)
    else:
        hasher.update(body)
    return Checksum(algorithm, checksums.encode(hasher.digest()))


class AnswerBody:
    """An object's bytes as they arrive: a ``ByteSource`` for ``GetResult``.

    Args:
        body: boto3's stream. What is below it is read, since ``GetResult`` compares checksums, and goes on doing so
            when a connection breaks and another one takes over.
        length: Bytes that will come.
        deadline: Seconds of waiting in which it must get on; see ``Pace``.
    """

    def __init__(self, body: StreamingBody, length: int, deadline: float) -> None:
        # boto3 has no public way to give a connection back early.
        self._raw: Any = body._raw_stream  # type: ignore[attr-defined]  # noqa: SLF001
        self._stream = PacedStream(self._raw, deadline)
        self._left = length
        self._closed = False

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; ``b""`` at the end.

        Raises:
            IncompleteBody, StreamInterrupted, OperationTimeout: The connection did not hold.
        """
        try:
            data = self._stream.read(self._left if size < 0 else size)
        except _BROKEN as error:
            raise _translated(error) from error
        self._left -= len(data)
        return data

    def readinto(self, buffer: memoryview, /) -> int:
        """Reads into a buffer; 0 at the end. Raises as ``read``."""
        try:
            count = self._stream.readinto(buffer)
        except _BROKEN as error:
            raise _translated(error) from error
        self._left -= count
        return count

    def close(self) -> None:
        """Gives the connection back: as it is after the last byte, else closed, for the pool to open it again."""
        if self._closed:
            return
        self._closed = True
        if self._left or not hasattr(self._raw, "drain_conn"):  # what moto's mock hands out has no connection
            self._raw.close()
        else:
            # Even a body of no bytes has to be read to its end: http.client takes the connection for busy until then.
            self._raw.drain_conn()
        if hasattr(self._raw, "release_conn"):
            self._raw.release_conn()


_BROKEN = (BotoCoreError, HTTPError, OSError)


def _translated(error: Exception) -> StorageError:
    if isinstance(error, (BotoCoreError, HTTPError)):
        return from_library_error(error)
    return StreamInterrupted(f"the connection broke: {type(error).__name__}")


def source_failure(body: object, error: Exception) -> Exception | None:
    """What the user's source raised, where that is why a request failed."""
    failure = body.failure if isinstance(body, GuardedReader) else None
    if failure is None or isinstance(error, StorageError):
        return None
    return failure
