"""What is put in tests: bodies of all kinds, readers that fail, keys that break careless code."""

from __future__ import annotations

import hashlib
import io

MIB = 1024 * 1024


def body_of(size: int, seed: str = "") -> bytes:
    """Bytes that look random and are the same in every run.

    Args:
        size: How many.
        seed: Other bytes for another seed.
    """
    return hashlib.shake_128(seed.encode()).digest(size)


class Reader(io.BytesIO):
    """A ``SizedReader``: a file that knows its length."""

    def __len__(self) -> int:
        return len(self.getvalue())


class ReaderBroke(OSError):
    """What ``BreakingReader`` raises."""


class BreakingReader(Reader):
    """A reader whose source breaks in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        half = len(self) // 2
        if self.tell() >= half:
            raise ReaderBroke("the source broke")
        left = half - self.tell()
        return super().read(left if size is None or size < 0 else min(size, left))


class ShortReader(Reader):
    """A reader that promises twice as many bytes as it has."""

    def __len__(self) -> int:
        return 2 * super().__len__()


# Any store can hold these, side by side.
ORDINARY_KEYS = (
    "report.csv", "a/b/c/d.txt", "with space", "a+b=c&d;e,f", "100%", "%41", "a%2Fb", "%", "#fragment?query=1",
    "*?[x]{y}", "quote'\"<>&", "(a)!$@:~", "dünn.txt", "e\u0301", "\u00e9", "日本語/キー", "🙂.png",
    "Case", "case", "x" * 200, "trailing.", "-dash", "_", "\u2028", "a|b^c`d",
)  # fmt: skip

# A store holds each of these as it is, or refuses it by name.
ODD_KEYS = (
    "folder", "folder/", "folder/file", "double//slash", "/leading", "//", "/", "a/", "trailing space ", " ", ".", "..",
    "./a", "a/../b", "../escape", "a/./b", "a/.", "a\\b", "a/b", "line\nbreak", "\r", "tab\t", "\x01control", "\x7f",
    "\x85", "\ufffe", "\U0010ffff", "CON", "nul.txt", "a:b", ".hidden", "~", "seg" * 100 + "/x", "ä" * 512,
    "x/" * 512,
)  # fmt: skip
