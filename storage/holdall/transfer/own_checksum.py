"""An object's own checksum in its metadata, for stores that keep none: ``holdall-checksum: <algorithm>:<base64>``.

It is the checksum of all bytes, and downloads compare it (``verify``). Metadata go with the beginning of an upload, so
the bytes must be there to be read before: a file is read twice, and a long stream, which is sent in parts while it
comes, gets none.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from holdall import cancelling, checksums, validation
from holdall.errors import InvalidMetadata
from holdall.models import ChecksumAlgorithm
from holdall.transfer.verify import METADATA_NAME, own_checksum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.config.store import TransferSettings
    from holdall.models import Body
    from holdall.options import PutOptions
    from holdall.provider import StorageProvider

CHUNK = 1024 * 1024
ALGORITHM = ChecksumAlgorithm.CRC64NVME
"""What is written; what somebody else has written may be any."""


def with_own_checksum(
    provider: StorageProvider, body: Body, options: PutOptions, settings: TransferSettings
) -> PutOptions:
    """The options with the body's checksum among the metadata, where the settings ask for it.

    A store that surely keeps checksums needs none. One that was given with the metadata is compared with the bytes:
    taken over from another object it would make this one look damaged to every download.

    Args:
        provider: The store.
        body: All bytes, at their start.
        options: What to write.
        settings: ``own_checksum``.

    Raises:
        InvalidMetadata: There is no room for it, or the one that was given is not that of the bytes.
    """
    if METADATA_NAME in options.metadata:
        _check_given(options.metadata, body)
        return options
    capabilities = provider.capabilities
    # A store of which it is not known whether it keeps any may keep none: one too many costs less than one too few.
    kept = capabilities.supports("checksums.stored", safety=True)
    if settings.own_checksum != "auto" or kept or not capabilities.supports("put.metadata"):
        return options
    own = {METADATA_NAME: f"{ALGORITHM}:{_value(ALGORITHM, body)}"}
    metadata = validation.clean_metadata({**options.metadata, **own}, capabilities.put.metadata_max_bytes)
    return dataclasses.replace(options, metadata=metadata)


def _check_given(metadata: Mapping[str, str], body: Body) -> None:
    """Compares what downloads will compare."""
    given = own_checksum(metadata)
    if given is None:
        return
    algorithm, value = given
    if (found := _value(algorithm, body)) != value:
        raise InvalidMetadata(
            f"the metadata say {METADATA_NAME}={algorithm}:{value}, but the {algorithm} of the bytes is {found}",
            hint=f"Leave {METADATA_NAME} out of the metadata: it is the checksum of the object that they come from.",
        )


def _value(algorithm: ChecksumAlgorithm, body: Body) -> str:
    hasher = checksums.new(algorithm)
    if isinstance(body, (bytes, bytearray, memoryview)):
        hasher.update(body)
    else:
        while data := body.read(CHUNK):
            cancelling.check()
            hasher.update(data)
        body.seek(0)
    return checksums.encode(hasher.digest())
