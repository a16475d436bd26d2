"""`python -m s3tester.stores`: real S3 servers on loopback, from a shell."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.table import Table

from s3tester.stores import background
from s3tester.stores.definitions import definition, names
from s3tester.stores.installing import CannotInstallError, NotInstalledError, install, version_of
from s3tester.stores.process import ServerDidNotStart
from s3tester.stores.running import running

if TYPE_CHECKING:
    from s3tester.stores.server import S3Server

_STORE = click.Choice(names())
_COULD_NOT_RUN = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Real S3 servers on 127.0.0.1, each with a version of its own, for tests and measurements.

    What has to be built or unpacked goes to the cache folder of holdall (S3TESTER_STORES names another one).
    Exit codes: 0 done, 2 bad input, 3 the store can't be had or does not start.
    """


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def list_stores(*, as_json: bool) -> None:
    """Show all stores: what is pinned, what is here, what each needs."""
    rows = [(definition(name), _installed(name)) for name in names()]
    if as_json:
        facts = [store.model_dump(exclude={"install"}) | {"installed": version} for store, version in rows]
        click.echo(json.dumps(facts, indent=2))
        return
    table = Table("store", "what", "version", "here", "needs")
    for store, version in rows:
        table.add_row(store.name, store.title, store.version, version or "-", store.needs)
    Console().print(table)


@main.command("install")
@click.argument("stores", nargs=-1, required=True, type=_STORE, metavar="NAME...")
def install_stores(stores: tuple[str, ...]) -> None:
    """Install stores that are not here yet; may take minutes, builds use one core at the lowest priority."""
    for name in stores:
        _install(name)


@main.command()
@click.argument("store", type=_STORE, metavar="NAME")
@click.option("--detach", is_flag=True, help="Return when it answers; `down NAME` ends it.")
def up(store: str, *, detach: bool) -> None:
    """Install a store if need be, start it, and print how to reach it.

    It runs until Ctrl-C, SIGTERM, or the end of standard input where that is a pipe. The lines printed set up holdall
    and any other S3 client: eval "$(python -m s3tester.stores up NAME --detach)".
    """
    _install(store)
    if detach:
        try:
            click.echo(background.start(store), nl=False)
        except background.CannotStartError as error:
            _fail(str(error))
        return
    with ExitStack() as opened:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = _start(store, opened)
        click.echo("".join(f"export {name}={shlex.quote(value)}\n" for name, value in server.environment().items()))
        click.echo(f"# {server.name} {server.version}. {server.notes}\n{background.LAST_LINE}")
        sys.stdout.flush()
        if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
            threading.Thread(target=_end_with_input, daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


@main.command()
@click.argument("store", type=_STORE, metavar="NAME")
def down(store: str) -> None:
    """End a store that `up --detach` started; its data is gone then."""
    if not background.stop(store):
        click.echo(f"{store} was not started with --detach, or has ended", err=True)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("store", type=_STORE, metavar="NAME")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
def run(store: str, command: tuple[str, ...]) -> None:
    """Run a command while a store runs, with the store in its environment; exit with the command's exit code."""
    _install(store)
    with ExitStack() as opened:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        server = _start(store, opened)
        ended = subprocess.run(command, env=os.environ | server.environment(), check=False)
    sys.exit(ended.returncode)


def _installed(name: str) -> str | None:
    try:
        return version_of(definition(name))
    except NotInstalledError:
        return None


def _install(name: str) -> None:
    store = definition(name)
    if _installed(name) is not None:
        return
    click.echo(f"installing {store.title} {store.version}", err=True)
    try:
        install(store)
    except CannotInstallError as error:
        _fail(f"{store.title} can't be had here: {error}")


def _start(name: str, opened: ExitStack) -> S3Server:
    try:
        return opened.enter_context(running(name))
    except ServerDidNotStart as error:
        _fail(str(error))


def _end_with_input() -> None:
    """End the program when whoever writes to its standard input has ended."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(_COULD_NOT_RUN)


if __name__ == "__main__":
    main()
