"""The jobs: what is done, and how it is checked that it was done."""

from __future__ import annotations

import ssl
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import content

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.clients.base import Client
    from tests.benchmarks.task import Task

SMALL = 16 * 1024
"""Bytes of a small object, and of a range."""

FAR = 1_073_741
"""Bytes from one range to the next where they are far apart: no client reads a gap of over 1 MiB to save a request."""

NEAR = 2 * SMALL

WARM = 20


class WrongResultError(Exception):
    """The client did not do what it was asked for."""


@dataclass(frozen=True)
class Work:
    """A job for one client: `warm` and `check` are outside of what is measured; `check` gets what `run` returned."""

    warm: Callable[[], Any]
    run: Callable[[], Any]
    check: Callable[[Any], None]


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        title: For readers.
        work: Makes the work; `None` for what the worker does without a connected client.
        per_call: CPU is told per call, in ms; else for the whole, in seconds.
        tls: It is also measured over https.
    """

    title: str
    work: Callable[[Client, Task], Work] | None
    per_call: bool = False
    tls: bool = False


def expect(condition: object, what: str) -> None:
    """Holds the result against what it should be.

    Raises:
        WrongResultError: It is something else.
    """
    if not condition:
        raise WrongResultError(what)


def size_on_server(task: Task, key: str) -> int:
    """The size of an object, asked without any client; for the null store, which lets anybody in."""
    url = f"{task.place.url}/{task.place.bucket}/{task.place.prefix}{key}"
    trust = ssl.create_default_context(cafile=task.place.ca) if task.place.ca else None
    request = urllib.request.Request(url, method="HEAD")
    with urllib.request.urlopen(request, context=trust) as answer:
        return int(answer.headers["Content-Length"])


def check_sent(task: Task, sizes: dict[str, int]) -> None:
    """Holds what has arrived against what was sent, where the server can be asked."""
    for key, size in sizes.items() if task.stand_in else ():
        found = size_on_server(task, key)
        expect(found == size, f"{key} has {found} bytes on the server, not {size}")


# --- one large object ---------------------------------------------------------------------------------------------


def download(client: Client, task: Task) -> Work:
    """A large object to a file."""
    path = task.folder / "object"

    def check(_: None) -> None:
        expect(path.stat().st_size == task.size, "the file has another size")
        wanted = content.crc32_of_object(Path(task.pattern), task.size)
        expect(content.crc32_of_file(path) == wanted, "the file has other bytes")

    return Work(
        lambda: client.download(content.key(task.small, SMALL), task.folder / "warm"),
        lambda: client.download(content.key(1, task.size), path),
        check,
    )


def upload(client: Client, task: Task) -> Work:
    """A large file to an object."""
    little = task.folder / "little"
    little.write_bytes(b"x" * SMALL)
    return Work(
        lambda: client.upload(little, "up/warm"),
        lambda: client.upload(Path(task.source), "up/object"),
        lambda _: check_sent(task, {"up/object": task.size}),
    )


# --- small objects ------------------------------------------------------------------------------------------------


def keys(task: Task) -> list[str]:
    """Keys of small objects, as many as there are operations."""
    return [content.key(task.small, SMALL, number % task.small) for number in range(task.operations)]


def get(client: Client, task: Task) -> Work:
    """Small objects, one at a time."""
    wanted = keys(task)

    def warm() -> None:
        data = [client.get(key) for key in wanted[:WARM]]
        expect(data[0] == content.piece(Path(task.pattern), 0, SMALL), "other bytes")

    return Work(
        warm,
        lambda: sum(len(client.get(key)) for key in wanted),
        lambda total: expect(total == SMALL * task.operations, "bytes are missing"),
    )


def get_many(client: Client, task: Task) -> Work:
    """Small objects, 32 at a time. A key stands in a batch once: some clients return a dictionary."""
    wanted = keys(task)
    batches = [wanted[at : at + task.small] for at in range(0, len(wanted), task.small)]
    return Work(
        lambda: client.get_many(wanted[: 10 * WARM]),
        lambda: sum(client.get_many(batch) for batch in batches),
        lambda total: expect(total == SMALL * task.operations, "bytes are missing"),
    )


def put(client: Client, task: Task) -> Work:
    """Small objects written, one at a time."""
    data = content.piece(Path(task.pattern), 0, SMALL)
    names = [f"up/small/{content.name(number)}" for number in range(task.operations)]

    def run() -> None:
        for key in names:
            client.put(key, data)

    def warm() -> None:
        for key in names[:WARM]:
            client.put(f"{key}.warm", data)

    return Work(warm, run, lambda _: check_sent(task, {names[0]: SMALL, names[-1]: SMALL}))


def put_many(client: Client, task: Task) -> Work:
    """Small objects written, 32 at a time."""
    data = content.piece(Path(task.pattern), 0, SMALL)
    names = [f"up/many/{content.name(number)}" for number in range(task.operations)]
    return Work(
        lambda: client.put_many([f"{key}.warm" for key in names[: 10 * WARM]], data),
        lambda: client.put_many(names, data),
        lambda _: check_sent(task, {names[0]: SMALL, names[-1]: SMALL}),
    )


def head(client: Client, task: Task) -> Work:
    """The size of an object, one at a time."""
    wanted = keys(task)
    return Work(
        lambda: [client.head(key) for key in wanted[:WARM]],
        lambda: sum(client.head(key) for key in wanted),
        lambda total: expect(total == SMALL * task.operations, "sizes are wrong"),
    )


# --- many keys, ranges, files -------------------------------------------------------------------------------------


def listing(client: Client, task: Task) -> Work:
    """All keys below a prefix, with sizes."""
    return Work(
        lambda: client.list("3x5/") if task.stand_in else client.head(content.key(task.small, SMALL)),
        lambda: client.list(task.listed),
        lambda count: expect(count == task.operations, f"{count} keys instead of {task.operations}"),
    )


def ranges(client: Client, task: Task, step: int) -> Work:
    """Ranges of one large object."""
    key = content.key(1, task.size)
    wanted = [(at * step, at * step + SMALL) for at in range(task.operations)]

    def check(found: list[bytes]) -> None:
        expect(len(found) == len(wanted), "ranges are missing")
        for (start, stop), data in zip(wanted, found, strict=True):
            expect(bytes(data) == content.piece(Path(task.pattern), start, stop), f"other bytes at {start}")

    return Work(lambda: client.ranges(key, wanted[:WARM]), lambda: client.ranges(key, wanted), check)


def ranges_far(client: Client, task: Task) -> Work:
    """Ranges too far apart to be joined."""
    return ranges(client, task, FAR)


def ranges_near(client: Client, task: Task) -> Work:
    """Ranges with gaps as long as themselves."""
    return ranges(client, task, NEAR)


def names_of(task: Task) -> list[str]:
    """Names of the files of a tree."""
    return [content.name(number) for number in range(task.operations)]


def download_tree(client: Client, task: Task) -> Work:
    """Many small objects to files."""
    target = task.folder / "tree"
    target.mkdir()
    names, wanted = names_of(task), content.piece(Path(task.pattern), 0, SMALL)

    def check(_: None) -> None:
        expect(sorted(path.name for path in target.iterdir()) == names, "files are missing")
        expect(all((target / name).read_bytes() == wanted for name in names), "files have other bytes")

    return Work(
        lambda: client.download(content.key(task.small, SMALL), task.folder / "warm"),
        lambda: client.download_tree(content.folder(task.small, SMALL), names, target),
        check,
    )


def upload_tree(client: Client, task: Task) -> Work:
    """Many small files to objects."""
    names, source = names_of(task), Path(task.source)
    return Work(
        lambda: client.upload(source / names[0], "up/warm"),
        lambda: client.upload_tree(source, names, "up/tree/"),
        lambda _: check_sent(task, dict.fromkeys((f"up/tree/{names[0]}", f"up/tree/{names[-1]}"), SMALL)),
    )


JOBS = {
    "download": Job("a large object to a file", download, tls=True),
    "upload": Job("a large file to an object", upload, tls=True),
    "get": Job("GET of 16 KiB, one at a time", get, per_call=True),
    "put": Job("PUT of 16 KiB, one at a time", put, per_call=True),
    "get32": Job("GET of 16 KiB, 32 at a time", get_many, per_call=True),
    "put32": Job("PUT of 16 KiB, 32 at a time", put_many, per_call=True),
    "head": Job("HEAD, one at a time", head, per_call=True),
    "list": Job("listing of keys", listing),
    "list-million": Job("listing of keys, long", listing),
    "ranges-far": Job("ranges of 16 KiB, over 1 MiB apart", ranges_far),
    "ranges-near": Job("ranges of 16 KiB, 16 KiB apart", ranges_near),
    "tree-down": Job("small objects to files", download_tree),
    "tree-up": Job("small files to objects", upload_tree),
    "import": Job("import of the library", None),
    "first": Job("import, connect, and the first HEAD", None),
    "help": Job("the command's help", None),
}
