"""Listings by key ranges: several pages are asked for at the same time, and come in the order of the keys.

The keys are one range at first. Whenever a thread has nothing to do, the range that has gone on for longest is cut
somewhere ahead of where its listing is, and the page that begins at the cut is asked for. If there are keys, a new
range begins with them; if not, the range is known to end at the cut. So the ranges follow how the keys are spread, and
the pages that looked for a cut are pages of the listing.

Ranges that are ahead of the caller wait: some entries in memory, the rest in a temporary file without a name.
"""

from __future__ import annotations

import dataclasses
import pickle
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from holdall.errors import InvalidResponse
from holdall.models import ListPage, ObjectEntry
from holdall.transfer.crew import Crew
from holdall.transfer.cuts import cuts
from holdall.transfer.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.options import ListOptions
    from holdall.provider import StorageProvider
    from holdall.transfer.bodies import FileSlice

    Entries = tuple[ObjectEntry, ...]

KEEP = 20_000
"""Entries that wait in memory at most, some 10 MB; others wait in a file."""
AHEAD = 1_000_000
"""Entries that wait at most, some 150 MB of file: then only the range that the caller reads goes on."""
ALPHABET = 1000
"""Different characters that are remembered at most, to cut ranges at."""
SAMPLES = 20
"""Keys of each page whose characters are looked at."""


@dataclass(frozen=True, slots=True)
class _InFile:
    """A page that waits in the file: its place and length there, in bytes."""

    offset: int
    length: int


@dataclass(slots=True, eq=False)
class _Range:
    """Keys after ``after``, up to and with ``upto``.

    Attributes:
        after: Where the listing begins.
        upto: Where it ends; ``None`` is the end of all. Cuts move it.
        position: Last key that came.
        token: Of the next page.
        ended: All its keys have come.
        busy: A page is under way.
        pages: Pages that came.
        barren: Position at which no cut was to be found.
        waiting: Entries that the caller has not had yet, by page.
    """

    after: str
    upto: str | None
    position: str
    token: str | None = None
    ended: bool = False
    busy: bool = False
    pages: int = 0
    barren: str | None = None
    waiting: deque[Entries | _InFile] = field(default_factory=deque)

    def holds(self, cut: str) -> bool:
        """Whether a cut is ahead in it."""
        return not self.ended and self.position < cut and (self.upto is None or cut < self.upto)


@dataclass(frozen=True, slots=True)
class _Job:
    """A page to be asked for: the next one of a range, or the first one behind a cut."""

    options: ListOptions
    range: _Range | None = None
    cut: str = ""


def list_ranges(provider: StorageProvider, options: ListOptions, workers: int) -> Iterator[ListPage]:
    """Yields all pages of a listing; see the module.

    Args:
        provider: The store; its listings are in order, and it knows ``start_after``.
        options: The first page's options, without a delimiter.
        workers: Requests at the same time.

    Raises:
        InvalidResponse: The store's pages are not in order, or do not get on. What came before is right.
    """
    with Crew[_Job, ListPage](lambda job: provider.list_page(job.options), workers) as crew, Spool(0) as file:
        listing = _Listing(crew, options, workers, file)
        yield from listing.pages()


class _Listing:
    """The ranges, in order. All of this runs in the caller's thread; only requests are made elsewhere."""

    def __init__(self, crew: Crew[_Job, ListPage], options: ListOptions, workers: int, file: Spool) -> None:
        self._crew = crew
        self._options = options
        self._workers = workers
        self._file = file
        self._ranges = deque([_Range(options.start_after, None, options.start_after)])
        self._flying = 0
        self._probing: set[str] = set()
        self._alphabet: list[str] = []
        self._kept = 0  # entries that wait in memory
        self._waiting = 0  # entries that wait

    def pages(self) -> Iterator[ListPage]:
        """Yields the pages. While the caller looks at one, those that were asked for come in."""
        while True:
            self._give_work()
            front = self._ranges[0]
            if front.waiting:
                yield ListPage(self._take_down(front))
            elif front.ended:
                self._ranges.popleft()
                if not self._ranges:
                    return
                continue
            while (done := self._crew.take(wait=not front.waiting and not front.ended)) is not None:
                self._flying -= 1
                self._arrived(*done)

    # --- what is asked for ---------------------------------------------------------------------------------------

    def _give_work(self) -> None:
        for each in self._ranges:
            if self._flying == self._workers or (self._waiting >= AHEAD and each is not self._ranges[0]):
                return
            if not each.ended and not each.busy:
                each.busy = True
                options = dataclasses.replace(self._options, start_after=each.after, token=each.token)
                self._give(_Job(options, each))
        while self._flying < self._workers and (longest := self._longest()) is not None:
            found = cuts(
                longest.position, longest.upto, self._options.prefix, self._alphabet, self._workers - self._flying
            )
            if not found:
                longest.barren = longest.position
            for cut in found:
                self._probing.add(cut)
                self._give(_Job(dataclasses.replace(self._options, start_after=cut), cut=cut))

    def _give(self, job: _Job) -> None:
        self._flying += 1
        self._crew.give(job)

    def _longest(self) -> _Range | None:
        """The range to cut: most pages have come of it, so that most can be expected to come."""
        fit = [
            each
            for each in self._ranges
            if each.pages
            and not each.ended
            and each.barren != each.position
            and not any(map(each.holds, self._probing))
        ]
        return max(fit, key=lambda each: each.pages, default=None)

    # --- what comes ----------------------------------------------------------------------------------------------

    def _arrived(self, job: _Job, page: ListPage) -> None:
        self._learn(page.entries)
        if job.range is not None:
            job.range.busy = False
            if page.next_token is not None and page.next_token == job.options.token:
                raise InvalidResponse("the listing does not get on: the same token came twice")
            self._add(job.range, page)
            return
        self._probing.remove(job.cut)
        for at, each in enumerate(self._ranges):
            if each.holds(job.cut):  # else its listing has passed the cut meanwhile
                self._cut(at, each, job.cut, page)
                return

    def _cut(self, at: int, one: _Range, cut: str, page: ListPage) -> None:
        behind = _Range(cut, one.upto, cut)
        self._add(behind, page)
        if behind.pages:
            self._ranges.insert(at + 1, behind)
            one.pages = behind.pages = 1  # which of the two is longer is not known any more
        elif not behind.ended:
            return  # a page without any entry, and more to come: that tells nothing
        one.upto = cut

    def _add(self, one: _Range, page: ListPage) -> None:
        entries = page.entries
        last = one.position
        for entry in entries:
            if entry.key <= last:
                raise InvalidResponse(
                    f"the store's listing is not in order: {entry.key!r} comes after {last!r}",
                    hint='List without parallel=, or set capabilities."list.ordered" = "no" for the store.',
                )
            last = entry.key
        one.token = page.next_token
        one.ended = page.next_token is None
        if one.upto is not None and last >= one.upto:
            one.ended = True
            entries = entries[: bisect_right(entries, one.upto, key=lambda entry: entry.key)]
        if entries:
            one.position = entries[-1].key
            one.pages += 1
            self._put_up(one, entries)

    def _learn(self, entries: Entries) -> None:
        start = len(self._options.prefix)
        if len(self._alphabet) < ALPHABET:
            seen = (entry.key[start:] for entry in entries[:: max(1, len(entries) // SAMPLES)])
            self._alphabet = sorted({*self._alphabet, *"".join(seen)})[:ALPHABET]

    # --- what waits ----------------------------------------------------------------------------------------------

    def _put_up(self, one: _Range, entries: Entries) -> None:
        self._waiting += len(entries)
        if one is self._ranges[0] or self._kept + len(entries) <= KEEP:
            self._kept += len(entries)
            one.waiting.append(entries)
            return
        # Tuples of fields, since pickle takes five times as long for the entries themselves.
        data = pickle.dumps([tuple(getattr(entry, name) for name in _FIELDS) for entry in entries])
        one.waiting.append(_InFile(len(self._file), len(data)))
        self._file.write(data)

    def _take_down(self, one: _Range) -> Entries:
        waiting = one.waiting.popleft()
        if not isinstance(waiting, _InFile):
            entries = waiting
            self._kept -= len(entries)
        else:
            data = cast("FileSlice", self._file.body()).slice(waiting.offset, waiting.length).read()
            entries = tuple(ObjectEntry(*fields) for fields in pickle.loads(data))  # noqa: S301 - nobody else's file
        self._waiting -= len(entries)
        return entries


_FIELDS = tuple(each.name for each in dataclasses.fields(ObjectEntry))
