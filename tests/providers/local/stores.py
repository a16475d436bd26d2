"""Making stores for the tests, also in processes that they start."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING, Any

from holdall import options as opt
from holdall_local.kind import LOCAL, LocalSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from holdall.models import ListPage
    from holdall_local.plain import PlainProvider
    from holdall_local.provider import LocalProvider

SPAWN = multiprocessing.get_context("spawn")
"""New interpreters: nothing is shared with the test but the folder."""


def local(root: Path, **settings: Any) -> LocalProvider:
    """A store in a folder; not durable, since `fsync` takes most of the time and shows nothing here."""
    return LOCAL.open(LocalSettings(root=root, **{"durable": False, **settings}), "test")  # type: ignore[return-value]


def plain(root: Path, **settings: Any) -> PlainProvider:
    """A plain folder."""
    return LOCAL.open(LocalSettings(root=root, plain=True, **{"durable": False, **settings}), "test")  # type: ignore[return-value]


def keys(provider: LocalProvider | PlainProvider, **options: Any) -> list[str]:
    """All keys of a listing."""
    return [entry.key for page in pages(provider, **options) for entry in page.entries]


def pages(provider: LocalProvider | PlainProvider, **options: Any) -> list[ListPage]:
    """All pages of a listing."""
    found = [provider.list_page(opt.ListOptions(**options))]
    while found[-1].next_token is not None:
        found.append(provider.list_page(opt.ListOptions(**{**options, "token": found[-1].next_token})))
    return found


def read(provider: LocalProvider | PlainProvider, key: str, **options: Any) -> bytes:
    """An object's bytes."""
    return provider.get(key, opt.GetOptions(**options)).read()


def files(root: Path) -> set[str]:
    """All files below a folder but those of the state folder."""
    return {
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
        if ".holdall" not in os.path.relpath(folder, root).split(os.sep)
    }


def temporary_files(root: Path) -> list[str]:
    """What is being written, or was left behind."""
    return os.listdir(root / ".holdall" / "tmp")


def run_all(target: Callable[..., None], arguments: list[tuple[Any, ...]]) -> None:
    """Runs a function in several new processes at once; all must end well."""
    processes = [SPAWN.Process(target=target, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)
