"""Walking a tree of folders in the order of its keys, reading as little of it as can be.

Python orders strings by code point, which is UTF-8 byte order. A folder sorts by its name with the ``/`` that all keys
below it have: ``a-b`` < ``a/b`` < ``a0``.
"""

from __future__ import annotations

import heapq
import os
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, Literal

from holdall.errors import InvalidObjectKey
from holdall_local.folders import link_in_the_way
from holdall_local.names import ASIDE, STATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from holdall_local.names import Names

WINDOW: Final = 50_000
"""Most names of one folder that are held in memory; a larger folder is read several times."""

Kind = Literal["key", "folder"]
Classify = "Callable[[os.DirEntry[str]], tuple[str, Kind] | None]"


@dataclass(frozen=True, slots=True)
class Start:
    """Where a listing begins: after a key, at a key, or after all keys that begin with a prefix.

    Attributes:
        name: The key or the prefix; empty for the very beginning.
        is_prefix: It is a prefix.
        inclusive: The key itself is listed too.
    """

    name: str = ""
    is_prefix: bool = False
    inclusive: bool = False

    def hides(self, key: str) -> bool:
        """Whether a key lies before the beginning."""
        if key == self.name:
            return not self.inclusive
        return key < self.name or (self.is_prefix and key.startswith(self.name))

    def hides_below(self, prefix: str) -> bool:
        """Whether all keys that begin with a prefix lie before the beginning."""
        if self.name.startswith(prefix):
            return self.is_prefix and self.name == prefix
        return self.hides(prefix)


@dataclass(frozen=True, slots=True)
class Item:
    """What a walk finds: a key with the path of its file, or a rolled-up prefix (then the path is ``None``)."""

    name: str
    path: str | None


class Tree:
    """A folder whose files (or, in the versions' tree, marked folders) stand for keys.

    Attributes:
        root: The folder.
        names: How segments are written.
    """

    def __init__(
        self,
        root: str,
        names: Names,
        classify: Callable[[os.DirEntry[str]], tuple[str, Kind] | None],
        base: Callable[[Sequence[str]], str],
    ) -> None:
        """Describes a tree.

        Args:
            root: The folder.
            names: How segments are written.
            classify: Tells what an entry is: its segment, and whether it stands for a key; ``None``: nothing of ours.
            base: The path of the folder that a prefix names, from the file names on the way to it; it follows links
                there or refuses them.
        """
        self.root = root
        self.names = names
        self._classify = classify
        self._base = base

    def walk(self, prefix: str, delimiter: str, start: Start) -> Iterator[Item]:
        """Yields keys and rolled-up prefixes, in order.

        Args:
            prefix: Only keys that begin so.
            delimiter: Roll up what follows it; empty: nothing.
            start: Where to begin.

        Raises:
            AccessDenied: A link is on the way to the folder that the prefix names, and is not followed. Saying that
                nothing is there would be wrong.
        """
        above, _, _ = prefix.rpartition("/")
        path = self.root
        if "/" in prefix:
            try:
                names = [self.names.encode(segment) for segment in above.split("/")]
            except InvalidObjectKey:  # nothing can begin so
                return
            path = self._base(names)
            above += "/"
        rolled_up = ""
        for item, is_folder in self._visit(path, above, prefix, delimiter, start):
            cut = item.name.find(delimiter, len(prefix)) if delimiter else -1
            if cut < 0:
                yield item
                continue
            shown = item.name[: cut + len(delimiter)]
            if shown != rolled_up and (not is_folder or self._holds_a_key(item, start)):
                rolled_up = shown
                yield Item(shown, None)

    def _visit(self, path: str, above: str, prefix: str, delimiter: str, start: Start) -> Iterator[tuple[Item, bool]]:
        """Yields keys; folders only where all that is in them is rolled up.

        With a stack of its own: keys may have more slashes than Python's calls may be deep.
        """
        stack = [(path, above, self._children(path, above, prefix, start))]
        while stack:
            path, above, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                continue
            segment, kind, name = child
            item = Item(above + segment, os.path.join(path, name))
            if kind == "key":
                yield item, False
            elif delimiter and item.name.find(delimiter, len(prefix)) >= 0:
                yield item, True
            else:
                inner = os.path.join(path, name)
                stack.append((inner, item.name, self._children(inner, item.name, prefix, start)))

    def _children(self, path: str, above: str, prefix: str, start: Start) -> Iterator[tuple[str, Kind, str]]:
        """Yields a folder's entries, in order: segment (of a folder: with its slash), kind, file name."""
        last = None
        while True:
            window, more = self._window(path, above, prefix, start, last)
            previous = None
            for child in window:
                if child[:2] != previous:  # an object that moved aside, and a file that came into its old place
                    yield child
                previous = child[:2]
            if not more:
                return
            last = window[-1][0]

    def _window(
        self, path: str, above: str, prefix: str, start: Start, last: str | None
    ) -> tuple[list[tuple[str, Kind, str]], bool]:
        """The next entries of a folder after ``last``, and whether there are more."""
        try:
            entries = os.scandir(path)
        except (FileNotFoundError, NotADirectoryError):
            return [], False
        with entries:
            wanted = (child for child in self._wanted(entries, above, prefix, start) if last is None or child[0] > last)
            first = list(islice(wanted, WINDOW + 1))
            if len(first) <= WINDOW:
                return sorted(first), False
            # An object that moved aside and the file in its old place have one segment: both or none of them.
            smallest = heapq.nsmallest(WINDOW + 1, chain(first, wanted))
            edge = smallest.pop()[0]
            while smallest[-1][0] == edge:
                smallest.pop()
            return smallest, True

    def _wanted(
        self, entries: Iterator[os.DirEntry[str]], above: str, prefix: str, start: Start
    ) -> Iterator[tuple[str, Kind, str]]:
        for entry in entries:
            found = self._classify(entry)
            if found is None:
                continue
            segment, kind = found
            if kind == "key":
                key = above + segment
                if key.startswith(prefix) and not start.hides(key):
                    yield segment, kind, entry.name
            else:
                below = f"{above}{segment}/"
                if (below.startswith(prefix) or prefix.startswith(below)) and not start.hides_below(below):
                    yield f"{segment}/", kind, entry.name

    def _holds_a_key(self, folder: Item, start: Start) -> bool:
        """Whether there is a key below a folder that the listing shows; stops at the first."""
        path = folder.path or ""
        if start.name.startswith(folder.name):
            return any(True for _ in self._visit(path, folder.name, "", "", start))
        folders = [path]
        while folders:
            try:
                entries = os.scandir(folders.pop())
            except (FileNotFoundError, NotADirectoryError):
                continue
            with entries:
                for entry in entries:
                    found = self._classify(entry)
                    if found is not None and found[1] == "key":
                        return True
                    if found is not None:
                        folders.append(entry.path)
        return False


def contents(root: str, names: Names, base: Callable[[Sequence[str]], str] | None = None) -> Tree:
    """The tree of the current objects' contents; links and files that are not named as keys are left out.

    Args:
        root: The folder.
        names: How segments are written.
        base: As ``Tree`` takes it; default: links are refused.
    """

    def classify(entry: os.DirEntry[str]) -> tuple[str, Kind] | None:
        name = entry.name
        if name == STATE:
            return None
        if entry.is_dir(follow_symlinks=False):
            segment = names.decode(name)
            return None if segment is None else (segment, "folder")
        if not entry.is_file(follow_symlinks=False):
            return None
        segment = names.decode(name)
        if segment is None and name.endswith(ASIDE):
            segment = names.decode(name.removesuffix(ASIDE))
        return None if segment is None else (segment, "key")

    return Tree(root, names, classify, base or partial(_without_links, root))


def histories(root: str, names: Names) -> Tree:
    """The tree of the old versions: a folder that is marked at its end holds the versions of one key."""

    def classify(entry: os.DirEntry[str]) -> tuple[str, Kind] | None:
        if not entry.is_dir(follow_symlinks=False):
            return None
        segment = names.decode(entry.name)
        if segment is not None:
            return segment, "folder"
        segment = names.decode(entry.name.removesuffix(ASIDE))
        return None if segment is None else (segment, "key")

    return Tree(root, names, classify, partial(_without_links, root))


def _without_links(root: str, names: Sequence[str]) -> str:
    """The path of a folder below a root.

    Raises:
        AccessDenied: A link is on the way.
    """
    path = root
    for name in names:
        path = os.path.join(path, name)
        if os.path.islink(path):
            raise link_in_the_way(name)
    return path
