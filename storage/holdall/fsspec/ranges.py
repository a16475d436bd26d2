"""Many byte ranges of many objects: near ones in one request, several requests at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Read = Callable[[str, int | None, int | None], bytes]
    Range = tuple[str, int, int | None]

MAX_GAP = 64 * 1024
"""Bytes between two ranges that are cheaper to read and throw away than another request (about 1 ms at 64 MB/s)."""
MAX_BLOCK = 16 * 1024 * 1024
"""Most bytes that are read at once for several ranges."""


def read_ranges(
    read: Read,
    paths: Sequence[str],
    starts: Sequence[int | None],
    ends: Sequence[int | None],
    *,
    max_gap: int | None,
    max_block: int | None,
    threads: int,
) -> list[bytes | Exception]:
    """Reads ranges.

    Args:
        read: Reads one range of one path.
        paths: The path of each range.
        starts: First byte of each; negative counts from the end, ``None`` is 0.
        ends: One past the last byte; negative counts from the end, ``None`` is the end.
        max_gap: Ranges of one path with at most so many bytes between them are read as one. Default 64 KiB.
        max_block: But never more bytes than these at once. Default 16 MiB.
        threads: Requests at the same time.

    Returns:
        For each range its bytes, or the exception that reading them raised.
    """
    wanted = [(path, start or 0, end) for path, start, end in zip(paths, starts, ends, strict=True)]
    # Ranges counted from the end can't be compared with others before the size is known.
    plain = sorted({each for each in wanted if each[1] >= 0 and each[2] is not None and each[2] > each[1]})
    block_of = _join(plain, MAX_GAP if max_gap is None else max_gap, MAX_BLOCK if max_block is None else max_block)
    requests = list(dict.fromkeys(block_of.get(each, each) for each in wanted))

    def attempt(request: Range) -> bytes | Exception:
        try:
            return read(*request)
        except Exception as error:  # noqa: BLE001 - it is handed over, range by range
            return error

    if len(requests) > 1:
        with ThreadPoolExecutor(min(threads, len(requests)), thread_name_prefix="holdall-ranges") as pool:
            answers = dict(zip(requests, pool.map(attempt, requests), strict=True))
    else:
        answers = {request: attempt(request) for request in requests}

    def cut(each: Range) -> bytes | Exception:
        block = block_of.get(each, each)
        answer = answers[block]
        if isinstance(answer, Exception) or block == each:
            return answer
        return answer[each[1] - block[1] : (each[2] or 0) - block[1]]

    return [cut(each) for each in wanted]


def _join(ranges: list[Range], max_gap: int, max_block: int) -> dict[Range, Range]:
    """Joins ranges that are sorted and closed; returns for each the block that it lies in."""
    groups: list[tuple[Range, list[Range]]] = []
    for path, start, stop in ranges:
        end = stop or 0
        if groups:
            (last_path, last_start, last_end), members = groups[-1]
            joined = max(end, last_end or 0)
            if path == last_path and start - (last_end or 0) <= max_gap and joined - last_start <= max_block:
                groups[-1] = ((path, last_start, joined), members)
                members.append((path, start, stop))
                continue
        groups.append(((path, start, stop), [(path, start, stop)]))
    return {each: block for block, members in groups for each in members}
