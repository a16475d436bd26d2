"""Checksums of what comes in: verified and computed while the bytes pass by."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from holdall import checksums
from holdall.errors import ChecksumMismatch, InvalidRequest
from holdall.models import Checksum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall.checksums import Hasher
    from holdall.models import ChecksumAlgorithm


class Digests:
    """The checksums of one body.

    Attributes:
        needed: Whether there is anything to compute; if not, the bytes need not pass through here.
    """

    def __init__(
        self,
        *,
        checksum: Checksum | None = None,
        algorithms: Sequence[ChecksumAlgorithm] = (),
        content_md5: str | None = None,
    ) -> None:
        """Checks what was announced, before any byte is taken.

        Args:
            checksum: What the caller computed.
            algorithms: Which checksums to compute.
            content_md5: Base64 MD5 that the caller computed.

        Raises:
            InvalidRequest: A value that can't be one, or checksums that do not go together.
        """
        self._announced: list[tuple[str, bytes, Hasher]] = []
        self._kept: list[tuple[ChecksumAlgorithm, Hasher]] = [(known, checksums.new(known)) for known in algorithms]
        if content_md5 is not None:
            # Asked for by the caller; nothing here relies on it for security.
            self._announce("content_md5", content_md5, hashlib.md5(usedforsecurity=False))
        if checksum is not None:
            if checksum.composite:
                raise InvalidRequest("a composite checksum belongs to a multipart upload")
            for known in algorithms:
                if known is not checksum.algorithm:
                    raise InvalidRequest(f"a {checksum.algorithm} checksum was given where {known} is expected")
            if not algorithms:
                self._kept.append((checksum.algorithm, checksums.new(checksum.algorithm)))
            self._announce(checksum.algorithm.value, checksum.value, self._kept[0][1])
        # One hasher may be announced and kept: it must see the bytes once.
        every = [hasher for _, _, hasher in self._announced] + [hasher for _, hasher in self._kept]
        self._hashers = list({id(hasher): hasher for hasher in every}.values())
        self.needed = bool(self._hashers)

    def _announce(self, name: str, value: str, hasher: Hasher) -> None:
        try:
            digest = base64.b64decode(value, validate=True)
        except ValueError as error:  # not base64 (binascii.Error), or not even ASCII
            raise InvalidRequest(f"{name}: {value!r} is not base64") from error
        size = len(hasher.digest())
        if len(digest) != size:
            raise InvalidRequest(f"{name}: {value!r} has {len(digest)} bytes where {size} are needed")
        self._announced.append((name, digest, hasher))

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Takes the next bytes."""
        for hasher in self._hashers:
            hasher.update(data)

    def verified(self) -> tuple[Checksum, ...]:
        """The checksums to keep, after the last byte. The MD5 is not kept.

        Raises:
            ChecksumMismatch: The bytes are others than announced.
        """
        for name, digest, hasher in self._announced:
            if hasher.digest() != digest:
                found = checksums.encode(hasher.digest())
                raise ChecksumMismatch(
                    f"{name}: the bytes that arrived have {found}, announced was {checksums.encode(digest)}"
                )
        return tuple(Checksum(algorithm, checksums.encode(hasher.digest())) for algorithm, hasher in self._kept)


def digests_of(
    checksum: Checksum | None, algorithm: ChecksumAlgorithm | None, content_md5: str | None = None
) -> Digests:
    """What a write asks for.

    Args:
        checksum: What the caller computed; it is verified and kept.
        algorithm: Which one to compute where the caller gives none.
        content_md5: Base64 MD5 that the caller computed; it is verified.

    Raises:
        InvalidRequest: As ``Digests``.
    """
    return Digests(checksum=checksum, algorithms=() if algorithm is None else (algorithm,), content_md5=content_md5)
