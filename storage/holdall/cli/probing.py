"""What ``blob features`` asks of a store itself: ``--probe`` and ``--forget``."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from holdall.cli.output import console_for_people, is_terminal
from holdall.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdall.cli.session import Session
    from holdall.config import ResolvedStore
    from holdall.groups import ProbeProgress
    from holdall.probing import StoreCapabilities
    from holdall.provider import StorageProvider


def capabilities_of(store: ResolvedStore, provider: StorageProvider, *, scratch_bucket: bool) -> StoreCapabilities:
    """The capabilities of a store, to be probed below its prefix or in a scratch bucket.

    Raises:
        InvalidRequest: The store names no bucket to probe in.
    """
    from holdall.probing import StoreCapabilities  # noqa: PLC0415 - pydantic takes its time

    if store.settings.spans_account and not scratch_bucket:
        raise InvalidRequest(
            f"store {store.name!r} names no bucket to probe in",
            store=store.name,
            hint="Give --bucket or a bucket's location, or --scratch-bucket to probe in one that is made for it.",
        )
    prefix = None if scratch_bucket else store.settings.prefix
    return StoreCapabilities.of(provider, provider.capabilities, prefix)


@contextmanager
def telling(session: Session) -> Iterator[ProbeProgress | None]:
    """Shows how far a probe is, on a terminal."""
    if session.quiet or not is_terminal(sys.stderr):
        yield None
        return
    with console_for_people().status("probing") as status:
        yield lambda done, total, feature: status.update(f"probing {done} of {total}: {feature}")
