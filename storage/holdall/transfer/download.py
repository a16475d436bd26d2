"""Receiving one object into a file: whole and checked, or not at all."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from holdall import errors as e
from holdall.errors import Retry, StorageError
from holdall.models import Proof
from holdall.reading import CHUNK
from holdall.transfer import verify
from holdall.transfer.doubts import holds_after_all
from holdall.transfer.partial import Partial
from holdall.transfer.pinning import PinnedObject
from holdall.transfer.progress import Meter
from holdall.transfer.receiving import Receiver, digests_of, fetch, fetch_in_order
from holdall.transfer.targets import check_target, local_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from holdall import options as opt
    from holdall.claims import Claim, Piece
    from holdall.config.store import TransferSettings
    from holdall.provider import StorageProvider
    from holdall.reading import GetResult
    from holdall.transfer.progress import Progress
    from holdall.transfer.verify import Verify

logger = logging.getLogger(__name__)

MIB = 1024 * 1024

PIECE = 16 * MIB
"""Bytes of a piece where ``chunk_size`` is not set: a request's cost vanishes in it, and little is lost with it."""
MARK = 4 * MIB
"""Bytes after which one stream records how far it has come."""
_KEPT = "_holdall_download"
_DIFFERS = "The bytes changed on the way or at rest; try again, then restore the object from elsewhere."
_OWN_DIFFERS = (
    f"{_DIFFERS} If its metadata were taken over from another object, {verify.METADATA_NAME} is that one's: "
    "fetch it with verify 'off', and write it again without that entry."
)


class Kept(NamedTuple):
    """What a download left that failed.

    Attributes:
        target: Where it was to go.
        size: Bytes that are there and need not be fetched again.
    """

    target: Path
    size: int


@dataclass(frozen=True, slots=True)
class Download:
    """One download.

    Attributes:
        provider: The store.
        key: Full key of the object.
        options: What was asked for.
        result: The answer of ``get``: all the bytes that are wanted. A small object needs no other request, and this
            one tells the size, the ETag and the checksum of the whole, which stores do not tell with a range.
        settings: Size of the pieces, how many at a time, what becomes of a download that fails.
        verify: ``auto`` uses what there is, ``strict`` raises where there is nothing, ``off`` looks at nothing.
        progress: Is told how far it is.
    """

    provider: StorageProvider
    key: str
    options: opt.GetOptions
    result: GetResult
    settings: TransferSettings
    verify: Verify
    progress: Progress | None = None

    def to(self, target: str | os.PathLike[str]) -> Proof | None:
        """Writes the bytes to a file.

        They go to a temporary file beside the target, are compared with what the store says about them, flushed to the
        disk, and renamed: the target is the old file or the whole new one, never a part. Large objects come in pieces,
        several at a time, all pinned to one version, or with ``max_concurrency`` 1 in one stream; what a failure that
        passes or an interrupt leaves, the next download of the same object to the same target goes on with.

        Args:
            target: Path of the file to be. A symbolic link stays: the file that it points to is written.

        Returns:
            What proved the bytes; ``None`` where nothing did.

        Raises:
            InvalidRequest: The target is no file and can't become one (see ``check_target``). Nothing was read.
            ChecksumMismatch, IncompleteBody, StreamInterrupted: The bytes are not the object's. No file is left.
            SourceChanged: The object was replaced meanwhile. No file is left.
            Unverifiable: ``strict``, and nothing can prove the bytes.
            TransferError: The file could not be written (disk full, no permission).
        """
        with ExitStack() as owned:
            owned.callback(self.result.close)
            path = check_target(Path(target))
            try:
                with Partial(path, self._identity()) as partial:
                    try:
                        proof = self._receive(partial, owned)
                        partial.publish(path)
                    except BaseException as error:
                        if self._keeps(error) and (arrived := partial.keep()):
                            _tell_kept(error, path, arrived)
                        raise
                    return proof
            except OSError as error:
                if isinstance(error, StorageError):
                    raise
                raise local_error(error, path, self.key, self.provider.info.store) from error

    # --- how it is fetched ---------------------------------------------------------------------------------------

    @property
    def _step(self) -> int:
        return self.settings.chunk_size or PIECE

    def _in_pieces(self) -> bool:
        """Whether several requests are worth it: from two pieces on, since most of the time then passes in bodies."""
        return (
            self.result.length >= 2 * self._step
            and self.settings.max_concurrency > 1
            and self._source().can_tell_versions
        )

    def _is_recorded(self) -> bool:
        """Whether it is worth it, and another run could tell whether the object is still the same."""
        return self._in_pieces() or (self.result.length >= 2 * MARK and self._source().can_tell_versions)

    def _sizes(self, pieces: list[Piece]) -> list[int]:
        """Bytes of what is recorded when it is there: of each piece, or of each stretch of one stream."""
        if self._in_pieces():
            return [piece.stop - piece.start for piece in pieces]
        size = self.result.length if self._is_recorded() else 0
        return [min(MARK, size - start) for start in range(0, size, MARK)]

    def _source(self) -> PinnedObject:
        return PinnedObject(self.provider, self.key, self.options, self.result.info)

    def _identity(self) -> str:
        """Names what is fetched, so that another run finds what this one left, to go on with or to clear away."""
        info = self.provider.info
        start = self.result.start
        what = (info.endpoint, info.bucket, self.key, self.options.version_id, start, self.options.part_number)
        return hashlib.sha256(repr(what).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def _receive(self, partial: Partial, owned: ExitStack) -> Proof | None:
        result = self.result
        claims = self._claims()
        claim = next(claims, None)
        if claim is None and self.verify == "strict":
            raise e.Unverifiable(
                "the store tells nothing that could prove these bytes",
                key=result.info.key,
                hint=verify.hint_for(result) or "Use verify 'auto', and compare them by other means.",
            )
        if claim is not None:
            result.compare_with(None)  # it is done here, and once
        in_pieces = self._in_pieces()
        pieces, hashed = verify.cut(claim, result.length, self._step if in_pieces else None)
        algorithm = claim.algorithm if claim and hashed else None
        sizes = self._sizes(pieces)
        kept = self._begin(partial, sizes)
        there = sum(sizes[number] for number in kept)
        with Meter(self.progress, result.info.key, result.length, done=there) as meter:
            receiver, source = Receiver(partial.fd, algorithm, meter), self._source()
            owned.pop_all()  # whoever fetches closes the first answer
            if in_pieces:
                digests = fetch(receiver, source, result, pieces, kept, partial, self.settings.max_concurrency)
            else:
                digests = fetch_in_order(receiver, source, result, pieces, there, partial, sizes)
        return self._proof(partial, claim, claims, digests if hashed else {})

    def _begin(self, partial: Partial, sizes: list[int]) -> set[int]:
        """Prepares the file; returns what of it another run left, by number."""
        if not sizes:
            partial.begin_unrecorded()
            return set()
        kept = partial.begin(self._description(sizes), sizes, in_order=not self._in_pieces())
        _allocate(partial.fd, self.result.length)
        if kept:
            message = "going on with the download of %s: %d of %d bytes have arrived"
            there = sum(sizes[number] for number in kept)
            logger.info(message, self.result.info.key, there, self.result.length)
        return kept

    def _description(self, sizes: list[int]) -> Mapping[str, Any]:
        """All that must be the same for another run to go on with what is there; without an ETag it can't be known."""
        info = self.result.info
        return {
            "etag": info.etag,
            "version": info.version_id,
            "modified": info.last_modified and info.last_modified.isoformat(),
            "size": info.size,
            "start": self.result.start,
            "pieces": hashlib.sha256(repr(sizes).encode()).hexdigest(),
        }

    # --- what proves it ------------------------------------------------------------------------------------------

    def _claims(self) -> Iterator[Claim]:
        """What can prove the bytes, strongest first."""
        result = self.result
        if self.verify == "off":
            result.compare_with(None)
            return
        if result.length == result.info.size:
            yield from verify.claims(result.info, self.provider.capabilities, self._source().part_size)
        elif result.compared_with is not None:  # a part, of which the store told the checksum
            yield result.compared_with

    def _proof(
        self, partial: Partial, claim: Claim | None, others: Iterator[Claim], digests: Mapping[Piece, bytes]
    ) -> Proof | None:
        """The first claim that holds.

        Raises:
            ChecksumMismatch: One that must hold does not; or one does not that may be of something else (an ETag that
                is no MD5, parts of sizes that nobody tells), and other bytes came when they were fetched again.
            Unverifiable: ``strict``, and none that must hold was there.
        """
        first, failed, doubted = claim, "", None
        while claim is not None:
            found = digests or digests_of(partial, claim.units(), claim.algorithm, self.settings.max_concurrency)
            if claim.holds(found):
                return claim.proof
            exact = claim if claim.exact else verify.exactly(claim, self._source().part_size)
            if exact is not None and exact.sizes != claim.sizes:
                found = digests_of(partial, exact.units(), exact.algorithm, self.settings.max_concurrency)
                if exact.holds(found):
                    return exact.proof
            if exact is not None and exact.trusted:
                raise e.ChecksumMismatch(
                    f"the {claim.proof} ({claim.algorithm}) of the object is {claim.value}, and not that of the bytes "
                    "that arrived",
                    key=self.result.info.key,
                    hint=_OWN_DIFFERS if claim.proof is Proof.METADATA else _DIFFERS,
                )
            if exact is not None or doubted is None:  # of no known sizes: the parts may have other ones than the usual
                doubted = exact or claim, found
            failed = f"the {claim.proof} ({claim.algorithm}) {claim.value}"
            claim, digests = next(others, None), {}
        if doubted is not None and self._holds_after_all(partial, *doubted):
            return doubted[0].proof
        if self.verify == "strict":
            raise e.Unverifiable(
                f"{failed}, which the store tells, does not agree with these bytes, and nothing says surely that they "
                "are wrong",
                key=self.result.info.key,
            )
        if self.verify == "auto" and doubted is None:
            level = logging.DEBUG if first is None else logging.WARNING
            logger.log(level, "nothing that the store tells proves the bytes of %s", self.result.info.key)
        return None

    def _holds_after_all(self, partial: Partial, claim: Claim, found: Mapping[Piece, bytes]) -> bool:
        step = self._step if self._in_pieces() else None
        workers = self.settings.max_concurrency
        return holds_after_all(self.provider, self._source(), claim, found, partial, step, workers)

    # --- what becomes of a failure -------------------------------------------------------------------------------

    def _keeps(self, error: BaseException) -> bool:
        """Whether what is there is left for another run."""
        if isinstance(error, (e.ChecksumMismatch, e.SourceChanged, e.Unverifiable, e.InvalidResponse)):
            return False  # the bytes are wrong, or not the object's any more
        if self.settings.on_failure == "auto" and isinstance(error, Exception):
            again = isinstance(error, StorageError) and error.retry is not Retry.NEVER
            return again or isinstance(error, (e.CredentialsError, e.ExpiredToken))
        return self.settings.on_failure != "abort"


def _allocate(fd: int, size: int) -> None:
    """Takes the space now: a full disk shows at once, and blocks that are there are written more quickly.

    Raises:
        OSError: There is not enough.
    """
    try:
        if hasattr(os, "posix_fallocate"):  # not on macOS
            os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}:
            raise
        os.ftruncate(fd, size)  # a file system that can't promise space


def _tell_kept(error: BaseException, path: Path, arrived: int) -> None:
    """Says so: to programs by ``kept_by``, to people in the hint, or as a note where there is none (an interrupt)."""
    error.__dict__[_KEPT] = Kept(path, arrived)
    text = (
        f"What has arrived as a whole, {arrived} bytes, was kept: the same download to {str(path)!r} goes on with it."
    )
    if isinstance(error, StorageError):
        error.hint = f"{error.hint} {text}" if error.hint else text
    else:
        error.add_note(text)


def kept_by(error: BaseException) -> Kept | None:
    """What a download left that can be gone on with, if anything.

    Args:
        error: What a download raised.
    """
    kept: Kept | None = error.__dict__.get(_KEPT)
    return kept


def receive(result: GetResult, write: Callable[[bytes], object], progress: Progress | None = None) -> None:
    """Takes an object's body to its end, and checks it.

    Args:
        result: The answer of ``get``, read from where it stands.
        write: Takes the chunks; it has had all of them when a wrong checksum is found.
        progress: Is told how far it is.

    Raises:
        ChecksumMismatch, IncompleteBody, StreamInterrupted: The bytes are not the object's.
    """
    with Meter(progress, result.info.key, result.length) as meter:
        while chunk := result.read(CHUNK):
            write(chunk)
            meter.advance(len(chunk))
