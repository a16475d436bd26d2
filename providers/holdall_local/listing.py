"""Pages of a listing: of objects, and of versions.

A walk that a page leaves unfinished is kept for a few seconds, so that listing a large folder page by page does not
read it anew for every page. It is only a short cut: a token says all that is needed to begin anew, and a write through
the same provider throws the kept walks away.
"""

from __future__ import annotations

import heapq
import time
from itertools import chain
from typing import TYPE_CHECKING, Final

from holdall.errors import BucketNotFound, OptionNotSupported
from holdall.models import ListPage, ObjectVersion, VersionPage
from holdall.semantics.paging import page_size, read_token, write_token
from holdall_local.disk import is_folder
from holdall_local.walking import Item, Start, Tree, contents, histories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdall.models import ObjectEntry
    from holdall.options import ListOptions
    from holdall_local.attributes import Record
    from holdall_local.objects import Objects

KEPT_WALKS: Final = 4
KEPT_SECONDS: Final = 5.0


class KeptWalks:
    """Unfinished walks by what is needed to go on with them.

    Used by several threads at once, and without a lock, which a fork could leave locked for ever in the child: each
    step on the dictionary is one step for all threads, and a walk that gets lost is begun anew.
    """

    def __init__(self) -> None:
        self._walks: dict[tuple[str, ...], tuple[float, Iterator[Item]]] = {}
        self.writes = 0

    def forget(self) -> None:
        """Throws all away: something was written."""
        self.writes += 1
        self._walks.clear()

    def keep(self, place: tuple[str, ...], walk: Iterator[Item], writes: int) -> None:
        """Keeps a walk, unless something was written since it was begun or taken.

        Args:
            place: Where it stands.
            walk: The walk.
            writes: ``writes`` at the time it was begun or taken.
        """
        if writes != self.writes:
            return
        if len(self._walks) >= KEPT_WALKS:
            self._walks.clear()
        self._walks[place] = (time.monotonic() + KEPT_SECONDS, walk)

    def take(self, place: tuple[str, ...]) -> Iterator[Item] | None:
        """Takes a walk out, ``None`` where it is not there or too old."""
        until, walk = self._walks.pop(place, (0.0, None))
        return walk if until > time.monotonic() else None


def list_objects(
    tree: Tree, options: ListOptions, look: Callable[[str, str], Record | None], kept: KeptWalks
) -> ListPage:
    """One page of a tree's keys.

    Args:
        tree: The tree.
        options: What to list.
        look: Finds the object of a key, given its file's path; ``None`` where it is gone.
        kept: Walks of earlier pages.

    Raises:
        BucketNotFound: The tree's root is not there.
    """
    check(tree.root, options)
    size = page_size(options.limit)
    start = Start(options.start_after)
    if options.token is not None:
        name, is_prefix = read_token(options.token, str, bool)
        start = Start(str(name), bool(is_prefix))
    query = (options.prefix, options.delimiter)
    writes = kept.writes
    walk = kept.take((*query, options.token)) if options.token is not None else None
    walk = walk or tree.walk(options.prefix, options.delimiter, start)
    entries: list[ObjectEntry] = []
    prefixes: list[str] = []
    for item in walk:
        if item.path is None:
            prefixes.append(item.name)
        elif (found := look(item.name, item.path)) is not None:
            entries.append(found.as_entry())
        else:
            continue
        if len(entries) + len(prefixes) == size and (following := next(walk, None)) is not None:
            token = write_token(item.name, item.path is None)
            kept.keep((*query, token), chain((following,), walk), writes)
            return ListPage(tuple(entries), tuple(prefixes), token)
    return ListPage(tuple(entries), tuple(prefixes))


def list_versions(objects: Objects, options: ListOptions) -> VersionPage:
    """One page of versions and delete markers, by key, the newest first.

    Raises:
        BucketNotFound: The bucket is not there.
    """
    root, names = objects.state.root, objects.state.names
    check(root, options)
    size = page_size(options.limit)
    key, serial = "", 0
    start = Start(options.start_after)
    if options.token is not None:
        place = read_token(options.token, str, int)
        key, serial = str(place[0]), int(place[1])
        start = Start(key, is_prefix=True) if not serial else Start(key, inclusive=True)
    walks = (
        tree.walk(options.prefix, options.delimiter, start)
        for tree in (contents(root, names), histories(objects.history.top, names))
    )
    versions: list[ObjectVersion] = []
    prefixes: list[str] = []
    token = None
    previous = None
    for item in heapq.merge(*walks, key=lambda item: item.name):
        if item.name == previous:  # found in both trees
            continue
        previous = item.name
        if item.path is None:
            if len(versions) + len(prefixes) == size:
                return VersionPage(tuple(versions), tuple(prefixes), token)
            prefixes.append(item.name)
            token = write_token(item.name, 0)
            continue
        for number, version in _of_key(objects, item.name):
            if item.name == key and serial and number >= serial:
                continue  # on an earlier page
            if len(versions) + len(prefixes) == size:
                return VersionPage(tuple(versions), tuple(prefixes), token)
            versions.append(version)
            token = write_token(item.name, number)
    return VersionPage(tuple(versions), tuple(prefixes))


def _of_key(objects: Objects, key: str) -> Iterator[tuple[int, ObjectVersion]]:
    """Yields a key's versions, the newest first, each with a number that falls from one to the next."""
    current, entries = objects.versions(key)
    if current is not None:
        serial = current.attributes.serial
        newest = entries[0].serial if entries else 0
        # What was not written as a version has no serial number; it is newer than all that have.
        yield newest + 1 if serial is None else serial, current.as_version(is_latest=True)
    for place, entry in enumerate(entries):
        version = objects.history.load(entry)
        if version is not None:
            yield entry.serial, version.as_version(is_latest=current is None and place == 0)


def check(root: str, options: ListOptions) -> None:
    """Refuses what no listing here can do, and to list what is not there.

    Raises:
        OptionNotSupported: As ``check_options``.
        BucketNotFound: The bucket's folder is not there.
    """
    check_options(options)
    if not is_folder(root):
        raise BucketNotFound(f"there is no folder {root}")


def check_options(options: ListOptions) -> None:
    """Refuses what no listing here can do.

    Raises:
        OptionNotSupported: Owners or another provider's options are asked for.
    """
    if options.owner or options.backend is not None:
        raise OptionNotSupported("a folder's listing has no owners and no further options", hint="Leave them out.")
