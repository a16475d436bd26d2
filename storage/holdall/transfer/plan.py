"""How an object is cut into parts. Pure functions of size, the store's limits and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdall.errors import ObjectTooLarge, TooManyParts

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities

MIB = 1024 * 1024
GIB = 1024 * MIB

PART_SIZE = 16 * MIB
"""Where nothing forces another size: large enough that a request's cost vanishes, small enough to send again."""
STREAM_PART_SIZE = 8 * MIB
"""Of the first parts of a stream: several wait in memory while they are sent."""
DOUBLINGS = 20
"""A stream of unknown length doubles its part size so often, in even steps, if it ever fills all parts: with S3's
limits every 500 parts, so that a part is about a 500th of what has been sent. 8 MiB at first make room for 28 TiB."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A store's limits for multipart uploads. The defaults are S3's (user guide, "Multipart upload limits").

    Attributes:
        min_part: Fewest bytes of a part that is not the last.
        max_part: Most bytes of a part.
        max_parts: Most parts of an upload.
        max_object: Most bytes of an object.
        equal_parts: All parts but the last must be of one size.
    """

    min_part: int = 5 * MIB
    max_part: int = 5 * GIB
    max_parts: int = 10_000
    max_object: int | None = None
    equal_parts: bool = False

    @classmethod
    def of(cls, capabilities: Capabilities) -> Limits:
        """The limits that a store's capabilities tell, S3's where they tell none."""
        multipart = capabilities.multipart
        return cls(
            min_part=5 * MIB if multipart.min_part_size is None else max(1, multipart.min_part_size),
            max_part=multipart.max_part_size or 5 * GIB,
            max_parts=multipart.max_parts or 10_000,
            max_object=multipart.max_object_size,
            # Not knowing costs nothing here: equal parts are always accepted.
            equal_parts=capabilities.supports("multipart.equal_parts"),
        )


def part_size(size: int, limits: Limits, chunk_size: int | None = None) -> int:
    """Bytes per part for an object of known size.

    Args:
        size: Bytes of the object.
        limits: The store's limits.
        chunk_size: The user's wish; it is raised where the parts would become too many, and kept within the limits.

    Raises:
        ObjectTooLarge: No number of parts can hold it.
    """
    most = limits.max_part * limits.max_parts
    if limits.max_object is not None:
        most = min(most, limits.max_object)
    if size > most:
        raise ObjectTooLarge(f"{size} bytes; this store holds objects of {most} bytes at most")
    wanted = max(chunk_size or PART_SIZE, limits.min_part)
    needed = -(-size // limits.max_parts)
    if needed > wanted:
        wanted = -(-needed // MIB) * MIB  # whole MiB keep part boundaries readable
    return min(wanted, limits.max_part)


def stream_part_size(part_number: int, limits: Limits, chunk_size: int | None = None) -> int:
    """Bytes of one part of a stream whose length nobody knows; parts grow so that their number never ends the stream.

    A store that wants equal parts gets them, and ``TooManyParts`` where they run out: tell the expected size then.

    Args:
        part_number: From 1.
        limits: The store's limits.
        chunk_size: Size of the first parts.
    """
    first = min(max(chunk_size or STREAM_PART_SIZE, limits.min_part), limits.max_part)
    if limits.equal_parts:
        return first
    grow_every = max(1, limits.max_parts // DOUBLINGS)
    return int(min(first << ((part_number - 1) // grow_every), limits.max_part))


def check_stream(part_number: int, size: int, limits: Limits) -> None:
    """Refuses a part of a stream that the store can't take any more, before it is sent.

    Args:
        part_number: From 1.
        size: Bytes up to the end of this part.
        limits: The store's limits.

    Raises:
        TooManyParts: The parts have run out.
        ObjectTooLarge: The object would be larger than the store holds.
    """
    if part_number > limits.max_parts:
        raise TooManyParts(
            f"the stream did not end within {limits.max_parts} parts",
            hint="Tell the expected size, or use a larger chunk size.",
        )
    if limits.max_object is not None and size > limits.max_object:
        raise ObjectTooLarge(f"the stream is longer than {limits.max_object} bytes, the most that this store holds")
