"""The steps of ``blob doctor``: from the settings files to a byte in the store, each timed."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from holdall.cli import failures, places
from holdall.diagnosis import Diagnosable, Probe
from holdall.errors import InvalidRequest, InvalidResponse, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from holdall.cli.session import Session
    from holdall.config import Config, ResolvedStore
    from holdall.provider import StorageProvider
    from holdall.storage import Storage

T = TypeVar("T")
SCRATCH = ".blob-doctor-"
"""Beginning of the scratch object's key."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one step.

    Attributes:
        name: The step.
        ok: Whether it went well; ``None`` where it was not tried, because one before it did not.
        detail: For people.
        seconds: How long it took.
        error: What went wrong.
    """

    name: str
    ok: bool | None
    detail: str = ""
    seconds: float = 0.0
    error: StorageError | None = None


def findings(session: Session, name: str | None, *, write: bool) -> Iterator[Finding]:
    """Yields what becomes of each step, as it becomes clear. After the first that fails the others are not tried.

    Args:
        session: Has the configuration and the options about stores.
        name: The store, or a location; ``None`` is the default store.
        write: Also write, read and delete a scratch object.
    """
    from holdall.opening import make_provider  # noqa: PLC0415 - pydantic takes its time

    rest = ["store", "provider", "listing", *(["writing"] if write else [])]
    finding, config = _step("configuration", lambda: session.config, _files)
    yield finding
    if config is None:
        yield from map(_untried, rest)
        return
    finding, store = _step("store", lambda: places.store_of(session, name), _settings)
    yield finding
    if store is None:
        yield from map(_untried, rest[1:])
        return
    finding, provider = _step("provider", lambda: make_provider(store), _package)
    yield finding
    if provider is None:
        yield from map(_untried, rest[2:])
        return
    probes = [*_own_questions(provider), Probe("listing", lambda: _list(store, provider))]
    if write:
        probes.append(Probe("writing", lambda: _write(store, provider)))
    try:
        yield from _until_one_fails(probes)
    finally:
        provider.close()


def _step(name: str, act: Callable[[], T], say: Callable[[T], str]) -> tuple[Finding, T] | tuple[Finding, None]:
    begun = time.perf_counter()
    try:
        value = act()
    except StorageError as error:
        return Finding(name, False, failures.headline(error), time.perf_counter() - begun, error), None
    return Finding(name, True, say(value), time.perf_counter() - begun), value


def _untried(name: str) -> Finding:
    return Finding(name, None, "not tried")


def _until_one_fails(probes: Iterable[Probe]) -> Iterator[Finding]:
    broken = False
    for probe in probes:
        finding = _untried(probe.name) if broken else _step(probe.name, probe.run, str)[0]
        broken = broken or not finding.ok
        yield finding


def _files(config: Config) -> str:
    from holdall.config import notes  # noqa: PLC0415 - pydantic takes its time

    files = ", ".join(str(path) for path in config.files)
    return "; ".join([f"read {files}" if files else "no settings file; only stores that need none", *notes(config)])


def _settings(store: ResolvedStore) -> str:
    return f"{store.name} is of provider {store.kind.name} at {store.settings.where}; its settings are valid"


def _package(provider: StorageProvider) -> str:
    return f"{type(provider).__module__.partition('.')[0]} is installed and ready"


def _own_questions(provider: StorageProvider) -> Iterable[Probe]:
    return provider.diagnose() if isinstance(provider, Diagnosable) else ()


def _list(store: ResolvedStore, provider: StorageProvider) -> str:
    """Asks for one object, or for one bucket where the store names none."""
    from holdall.account import Account  # noqa: PLC0415 - pydantic takes its time
    from holdall.layers import stack  # noqa: PLC0415

    if store.settings.spans_account:
        bucket = next(Account(stack.build(provider, store.settings.resilience), store).list(), None)
        return "the account has buckets" if bucket else "the account has no bucket"
    page = next(_storage(store, provider).list_pages(page_size=1))
    return "there are objects" if page.entries else "there are no objects"


def _write(store: ResolvedStore, provider: StorageProvider) -> str:
    """Writes, reads and deletes an object."""
    if store.settings.spans_account:
        raise InvalidRequest(
            "the store names no bucket to write to", hint="Give --bucket, or name a bucket's location."
        )
    storage, key, data = _storage(store, provider), f"{SCRATCH}{secrets.token_hex(8)}", secrets.token_bytes(64)
    storage.put(key, data)
    try:
        if storage.get(key).read() != data:
            raise InvalidResponse("what was read is not what was written")
    finally:
        storage.delete(key)
    return "an object was written, read and deleted"


def _storage(store: ResolvedStore, provider: StorageProvider) -> Storage:
    from holdall.layers import stack  # noqa: PLC0415 - pydantic takes its time
    from holdall.storage import Storage  # noqa: PLC0415

    return Storage(stack.build(provider, store.settings.resilience), name=store.name, prefix=store.settings.prefix)
