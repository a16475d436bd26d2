"""Byte ranges of many objects: near ones in one request, several requests at a time, each object in one version."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from holdall.models import ByteRange
from holdall.transfer.crew import Crew
from holdall.transfer.ranges import MAX_BLOCK, MAX_GAP, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Read = Callable[[str, int | None, int | None, str | None], tuple[bytes, str | None]]
    Answers = dict["Wanted", bytes | Exception]


class Wanted(NamedTuple):
    """A slice of an object."""

    path: str
    start: int
    end: int | None


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
        read: Reads one range of one path, of the version with an ETag if one is given; returns the bytes, and the ETag
            where the store tells one.
        paths: The path of each range.
        starts: First byte of each; negative counts from the end, ``None`` is 0.
        ends: One past the last byte; negative counts from the end, ``None`` is the end.
        max_gap: Ranges of one path with at most so many bytes between them are read as one. Default 1 MiB.
        max_block: But never more bytes than these at once. Default 16 MiB.
        threads: Requests at the same time.

    Returns:
        For each range its bytes, or the exception that reading them raised.
    """
    wanted = [Wanted(path, start or 0, end) for path, start, end in zip(paths, starts, ends, strict=True)]
    gap, block = MAX_GAP if max_gap is None else max_gap, MAX_BLOCK if max_block is None else max_block
    block_of: dict[Wanted, Wanted] = {}
    of_path: dict[str, list[Wanted]] = {}
    for each in wanted:
        of_path.setdefault(each.path, []).append(each)
    for path, members in of_path.items():
        block_of.update(_joined(path, members, gap, block))
    requests = list(dict.fromkeys(block_of.get(each, each) for each in wanted))
    # The first request for each object tells its version; the others are for just that.
    etags: dict[str, str | None] = {}

    def attempt(request: Wanted) -> bytes | Exception:
        try:
            body, etag = read(*request, etags.get(request.path))
        except Exception as error:  # noqa: BLE001 - it is handed over, range by range
            etags.setdefault(request.path, None)  # nobody waits for all of them to fail one after the other
            return error
        if body or etag is not None:  # of a range behind the end nothing is told
            etags.setdefault(request.path, etag)
        return body

    answers: Answers = {}
    while first := _first_of_each(each for each in requests if each not in answers and each.path not in etags):
        answers |= _all(attempt, first, threads)
    answers |= _all(attempt, [each for each in requests if each not in answers], threads)

    def cut(each: Wanted) -> bytes | Exception:
        block = block_of.get(each, each)
        answer = answers[block]
        if isinstance(answer, Exception) or block == each:
            return answer
        return answer[each.start - block.start : (each.end or 0) - block.start]

    return [cut(each) for each in wanted]


def _first_of_each(requests: Iterable[Wanted]) -> list[Wanted]:
    first: dict[str, Wanted] = {}
    for each in requests:
        first.setdefault(each.path, each)
    return list(first.values())


def _all(attempt: Callable[[Wanted], bytes | Exception], requests: list[Wanted], threads: int) -> Answers:
    if len(requests) == 1:
        return {requests[0]: attempt(requests[0])}
    with Crew(attempt, threads) as crew:
        return dict(crew.run(requests))


def _joined(path: str, wanted: Iterable[Wanted], max_gap: int, max_block: int) -> dict[Wanted, Wanted]:
    """For each range that is neither empty nor counted from the end the one that it is read with."""
    plain = (
        ByteRange(each.start, each.end)
        for each in wanted
        if each.start >= 0 and each.end is not None and each.end > each.start
    )
    return {
        Wanted(path, each.start, each.stop): Wanted(path, block.start, block.stop)
        for each, block in join(plain, max_gap, max_block).items()
    }
