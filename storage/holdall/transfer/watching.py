"""Whether a source stays what it is while it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdall.errors import SourceChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall.models import PutResult
    from holdall.transfer.bodies import FileSlice


def at_rest(_written: PutResult | None = None) -> None:
    """What finds out that bytes in memory, or in a file of our own, have changed: nobody changes them."""


def watch(body: FileSlice) -> Callable[[PutResult | None], None]:
    """What finds out that a file was changed while it was read: its pieces may not go together then.

    It takes what was written, if something was, and raises ``SourceChanged``.
    """
    before = body.state()

    def check(written: PutResult | None = None) -> None:
        if body.state() == before:
            return
        if written is None:
            raise SourceChanged(
                "the file was changed while it was being sent",
                hint="Let whoever writes the file finish, or send a copy of it; then transfer it again.",
            )
        version = f", version {written.version_id}" if written.version_id else ""
        raise SourceChanged(
            "the file was changed while it was being sent, and the object that was made of it is there "
            f"(ETag {written.etag}{version}): old and new bytes may be mixed in it",
            key=written.key,
            version_id=written.version_id,
            hint="Delete that object, or replace it: let whoever writes the file finish, or copy it, and send that.",
        )

    return check
