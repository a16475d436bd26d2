"""One object's bytes on their way into a file: in one stream, or in pieces by several threads."""

from __future__ import annotations

import bisect
import itertools
import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from holdall import claims
from holdall.claims import Piece
from holdall.errors import SourceChanged
from holdall.transfer.crew import Crew, aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from holdall.checksums import Hasher
    from holdall.claims import Algorithm
    from holdall.reading import GetResult
    from holdall.transfer.partial import Partial
    from holdall.transfer.pinning import PinnedObject
    from holdall.transfer.progress import Meter

BLOCK = 1024 * 1024
"""Bytes of the one buffer that each thread reuses: fresh memory costs more than the copying (page faults)."""


class Receiver:
    """Writes what arrives to its place in a file, and hashes it while it is in the processor's cache.

    Args:
        fd: The file.
        algorithm: What each piece is hashed with, if at all.
        meter: Is told how far it is.
    """

    def __init__(self, fd: int, algorithm: Algorithm | None, meter: Meter) -> None:
        self._fd = fd
        self._algorithm = algorithm
        self._meter = meter
        self._own = threading.local()

    def take(
        self,
        result: GetResult,
        piece: Piece,
        check: Callable[[], None],
        *,
        there: int = 0,
        reached: Callable[[int], None] = lambda _: None,
    ) -> bytes:
        """Receives one piece.

        Args:
            result: Stands at the first byte of the piece that is not there.
            piece: What to receive.
            check: Raises where the transfer was given up.
            there: Bytes of the piece that an earlier run left in the file.
            reached: Is told the position in the file up to which it was written, block by block.

        Returns:
            The piece's digest; nothing where there is nothing to hash with.

        Raises:
            OSError: The file can't be written.
            StorageError: The bytes did not come.
        """
        view = self._buffer(piece.stop - piece.start)
        hasher = claims.new(self._algorithm) if self._algorithm else None
        position = piece.start + there
        if hasher is not None:
            hash_file(hasher, self._fd, Piece(piece.start, position), check)
        while position < piece.stop:
            check()
            block = view[: min(len(view), piece.stop - position)]
            count = result.readinto(block)
            data = block[:count]
            if hasher is not None:
                hasher.update(data)
            write_at(self._fd, data, position)
            position += count
            self._meter.advance(count)
            reached(position)
        return b"" if hasher is None else hasher.digest()

    def again(self, piece: Piece, check: Callable[[], None]) -> bytes:
        """The digest of a piece that is in the file already. Raises as ``digest_of``."""
        return digest_of(self._fd, piece, self._algorithm, check) if self._algorithm else b""

    def _buffer(self, size: int) -> memoryview:
        """This thread's own, made once."""
        view: memoryview | None = getattr(self._own, "view", None)
        if view is None:
            view = self._own.view = memoryview(bytearray(min(size, BLOCK)))
        return view


def fetch(
    receiver: Receiver,
    source: PinnedObject,
    first: GetResult,
    pieces: Sequence[Piece],
    kept: set[int],
    partial: Partial,
    workers: int,
) -> Mapping[Piece, bytes]:
    """Receives all pieces, several at a time.

    Args:
        receiver: Writes them to the file.
        source: The object.
        first: The answer to the first request, for all the bytes: the first piece is taken from it. It is closed by
            the thread that has it: closing what another thread waits in would wait as well, and hold up Ctrl-C.
        pieces: All pieces.
        kept: Numbers of those that an earlier run left; they are read from the file for their digests.
        partial: The file; records what is there, and stays open as long as a thread may write to it.
        workers: Threads.

    Returns:
        The digest of each piece.
    """

    def work(number: int) -> bytes:
        piece = pieces[number]
        if number in kept:
            return receiver.again(piece, crew.check)
        if number == 0:
            taken.set()
            with first:
                digest = receiver.take(first, piece, crew.check)
        else:
            with source.get(first.start + piece.start, first.start + piece.stop) as result:
                digest = receiver.take(result, piece, crew.check)
        partial.done(number)
        return digest

    taken = threading.Event()
    partial.borrow()
    crew: Crew[int, bytes] = Crew(work, workers, when_idle=partial.give_back)
    try:
        with crew:
            return {pieces[number]: digest for number, digest in crew.run(range(len(pieces)))}
    finally:
        if not taken.is_set():
            first.close()


def fetch_in_order(
    receiver: Receiver,
    source: PinnedObject,
    first: GetResult,
    pieces: Sequence[Piece],
    there: int,
    partial: Partial,
    sizes: Sequence[int],
) -> Mapping[Piece, bytes]:
    """Receives all pieces in one stream, and records how far it has come.

    Args:
        receiver: Writes them to the file.
        source: The object.
        first: The answer to the first request, for all the bytes. It is closed here.
        pieces: All pieces.
        there: Bytes at the beginning that an earlier run left.
        partial: The file; records what is there, and stays open as long as a thread may write to it.
        sizes: Bytes of the stretches that are recorded, in order; none where nothing is.

    Returns:
        The digest of each piece.
    """
    ends = list(itertools.accumulate(sizes))
    number = bisect.bisect_right(ends, there)  # of the stretch that is under way

    def reached(position: int) -> None:
        nonlocal number
        while number < len(ends) and ends[number] <= position:
            partial.done(number)
            number += 1

    def work(check: Callable[[], None]) -> Mapping[Piece, bytes]:
        with ExitStack() as answers:
            result = answers.enter_context(first)
            if there:
                first.close()  # a stream can't be moved on
                if there < first.length:
                    result = answers.enter_context(source.get(first.start + there, first.start + first.length))
            digests = {}
            for piece in pieces:
                left = min(max(there - piece.start, 0), piece.stop - piece.start)
                digests[piece] = receiver.take(result, piece, check, there=left, reached=reached)
            return digests

    partial.borrow()
    return aside(work, when_idle=partial.give_back)


def digests_of(partial: Partial, pieces: Iterable[Piece], algorithm: Algorithm, workers: int) -> Mapping[Piece, bytes]:
    """The digests of pieces of the file, several at a time."""
    partial.borrow()
    crew: Crew[Piece, bytes] = Crew(
        lambda piece: digest_of(partial.fd, piece, algorithm, crew.check), workers, when_idle=partial.give_back
    )
    with crew:
        return dict(crew.run(pieces))


def write_at(fd: int, data: memoryview, position: int) -> None:
    """Writes all of a block to its place."""
    while data:
        count = os.pwrite(fd, data, position)
        data = data[count:]
        position += count


def digest_of(fd: int, piece: Piece, algorithm: Algorithm, check: Callable[[], None]) -> bytes:
    """The digest of bytes that are in a file.

    Raises:
        SourceChanged: The file is shorter: somebody else has cut it.
    """
    hasher = claims.new(algorithm)
    hash_file(hasher, fd, piece, check)
    return hasher.digest()


def hash_file(hasher: Hasher, fd: int, piece: Piece, check: Callable[[], None]) -> None:
    """Hashes bytes that are in a file.

    Raises:
        SourceChanged: The file is shorter: somebody else has cut it.
    """
    position = piece.start
    buffer = memoryview(bytearray(min(BLOCK, piece.stop - piece.start)))
    while position < piece.stop:
        check()
        count = os.preadv(fd, [buffer[: min(len(buffer), piece.stop - position)]], position)
        if count == 0:
            raise SourceChanged("the temporary file of the download was cut by somebody else", hint="Try again.")
        hasher.update(buffer[:count])
        position += count
