"""One run of the command: its global options, the configuration, what it says on standard error, what it writes."""

from __future__ import annotations

import logging
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from holdall.cli.output import Output, tell
from holdall.cli.text import escape, human_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from holdall.config import Config, Target

T = TypeVar("T")
_COUNTED = "%d of %d bytes"
"""How transfers log how far they are."""


@dataclass
class Session:
    """The global options, and what commands get from them.

    Attributes:
        store: Store of plain keys and of ``s3://`` locations.
        bucket: Bucket that replaces the store's own; see ``places`` for what ``BLOB_BUCKET`` does.
        region: Region that replaces the store's own.
        profile: Profile that replaces the store's own.
        form: How results are written: ``json``, ``text``, ``table`` or ``keys``.
        verbose: Say what is done.
        quiet: Say nothing, write no results.
        dry_run: Change nothing.
        chunk_size: Bytes per part that replace the store's own setting.
        named: The arguments that name places in stores, as they were typed, and what each leads to.
        resume: What ``blob resume`` is told to go on with this upload, should it be kept: file and location.
        streamed: Bytes of an object that went to standard output before all of them were there and checked.
        above_bar: Writes a line above the progress bar, while there is one.
    """

    store: str | None = None
    bucket: str | None = None
    region: str | None = None
    profile: str | None = None
    form: str = ""
    verbose: bool = False
    quiet: bool = False
    dry_run: bool = False
    chunk_size: int | None = None
    named: list[tuple[str, Target]] = field(default_factory=list)
    resume: tuple[str, str] | None = None
    streamed: int = 0
    above_bar: Callable[[str], None] | None = None

    @cached_property
    def config(self) -> Config:
        """The configuration, read when first needed."""
        from holdall.config import load_config  # noqa: PLC0415 - pydantic takes its time

        return load_config()

    @cached_property
    def output(self) -> Output:
        """Standard output."""
        return Output(quiet=self.quiet)

    @property
    def overrides(self) -> dict[str, Any]:
        """Settings of the store that the options replace."""
        given = {"bucket": self.bucket, "region": self.region, "profile": self.profile}
        overrides: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if self.chunk_size is not None:
            overrides["transfer"] = {"chunk_size": self.chunk_size}
        return overrides

    def command(self, *words: str) -> str:
        """A command line for people to run, with the options about stores that this run was given."""
        given = {"store": self.store, "bucket": self.bucket, "region": self.region, "profile": self.profile}
        options = [word for name, value in given.items() if value is not None for word in (f"--{name}", value)]
        return shlex.join(["blob", *words, *options])

    def say(self, message: str) -> None:
        """A message for people."""
        if self.quiet:
            return
        if self.above_bar is not None:
            self.above_bar(escape(message))
        else:
            tell(escape(message))

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Says what transfers tell in the block: that one goes on, or why it begins anew."""
        handler = _Said(self)
        logger = logging.getLogger("holdall.transfer")
        before = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.setLevel(before)
            logger.removeHandler(handler)

    def explain(self, message: str) -> None:
        """A message for people who asked for them."""
        if self.verbose:
            self.say(message)

    def tell_emulated(self, emulated: Iterable[str]) -> None:
        """Says what the store has not got and was made up for, with the result's own words."""
        for each in emulated:
            self.say(f"emulated, since the store has not got it: {each}")

    def record(self, record: dict[str, Any]) -> None:
        """Writes the command's one result."""
        self.output.record(record, self.form)


class _Said(logging.Handler):
    """Log records as messages for people."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def emit(self, record: logging.LogRecord) -> None:
        self._session.say(_in_words(record))


def _in_words(record: logging.LogRecord) -> str:
    """The message, with sizes as the progress bar tells them."""
    if isinstance(record.args, tuple) and _COUNTED in str(record.msg):
        sizes = [human_size(each) if isinstance(each, int) else each for each in record.args]
        return str(record.msg).replace(_COUNTED, "%s of %s") % tuple(sizes)
    return record.getMessage()


def pass_session(function: Callable[..., T]) -> Callable[..., T]:
    """Gives a command the session as its first argument."""
    return click.make_pass_decorator(Session, ensure=True)(function)
