"""``Comparing``: the bytes of an object, piece by piece in whatever order, against what its store says of the whole."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from holdall.claims import Claim, InOrder, Piece, can_combine, new

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.checksums import Hasher
    from holdall.models import Body

CHUNK = 1024 * 1024
"""Bytes hashed at a time."""
LOOK = 0.1
"""Seconds after which a thread that waits for its turn looks whether the transfer was given up."""


class Comparing:
    """Hashes pieces that several threads have, and tells what follows from all of them.

    Pieces of a CRC are hashed as they come. Any other hash must see the bytes in order: then each thread waits until
    those before its piece were hashed, so they must be begun in order.

    Args:
        claim: What the store says.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        free = can_combine(claim.algorithm) and not claim.by_parts
        self._digests: dict[Piece, bytes] = {}
        self._ordered = None if free else InOrder(claim)
        self._hashed = 0  # bytes, where it goes in order
        self._turn = threading.Condition()

    def add(self, piece: Piece, body: Body, check: Callable[[], None]) -> None:
        """Hashes a piece.

        Args:
            piece: Where it lies.
            body: Its bytes; at its start before and after.
            check: Raises where the transfer was given up.
        """
        if self._ordered is None:
            hasher = new(self.claim.algorithm)
            _feed(hasher, body, check)
            self._digests[piece] = hasher.digest()
            return
        with self._turn:
            while self._hashed != piece.start:
                check()
                self._turn.wait(LOOK)
        _feed(self._ordered, body, check)
        with self._turn:
            self._hashed = piece.stop
            self._turn.notify_all()

    def found(self) -> str:
        """The value of the bytes, once all pieces were added."""
        return self.claim.found(self._digests) if self._ordered is None else self._ordered.found()


def _feed(hasher: Hasher | InOrder, body: Body, check: Callable[[], None]) -> None:
    if isinstance(body, (bytes, bytearray, memoryview)):
        view = memoryview(body)
        for start in range(0, len(view), CHUNK):
            check()
            hasher.update(view[start : start + CHUNK])
        return
    while data := body.read(CHUNK):
        hasher.update(data)
    body.seek(0)
