"""The demo, `make demo`: one program on three kinds of store, and their answers side by side.

It starts an S3 server on this machine (moto; `HOLDALL_TEST_S3` names another one of `python -m s3tester.stores list`,
such as `swift`, `minio` or `ceph-rgw`), writes a `holdall.toml` with three stores, and runs `docs/demo_program.py` once
for each, changing nothing but `HOLDALL_DEFAULT_STORE`. All it makes is in a temporary folder, and gone when it ends.
Its exit code is 0 if all stores gave the same answers, 1 if not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))  # the servers are those of the tests, which are not installed

import holdall  # noqa: E402
from holdall.config import load_config  # noqa: E402
from s3tester.stores import S3Server, running  # noqa: E402
from s3tester.stores.definitions import names  # noqa: E402
from s3tester.stores.installing import NotInstalledError  # noqa: E402
from tests.conftest import clean_environment  # noqa: E402

PROGRAM = Path(__file__).with_name("demo_program.py")
STORES = ("demo-s3", "demo-local", "demo-memory")
SETTINGS = """\
[stores.demo-s3]
provider = "s3-compatible"
store_family = "{server.family}"
endpoint_url = "{server.endpoint_url}"
bucket = "flights"
access_key_id = "{server.access_key_id}"

[stores.demo-local]
provider = "local"
root = "flights"

[stores.demo-memory]
provider = "memory"
"""
MISSING = "—"


@dataclass(frozen=True)
class Report:
    """What the program said on one store: answers to questions, and why there is none (`None`) to some."""

    store: str
    answers: dict[str, str | None]
    refusals: dict[str, str]


class Steps:
    """Prints numbered steps."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0

    def next(self, title: str) -> None:
        self._number += 1
        self._console.print(f"\n[bold]{self._number}. {title}[/bold]", highlight=False)


def main() -> int:
    chosen = os.environ.get("HOLDALL_TEST_S3") or "moto"
    if chosen not in names():
        print(f"HOLDALL_TEST_S3 is {chosen!r}; it can be one of {', '.join(names())}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what is open gets closed
    console = Console(width=None if sys.stdout.isatty() else 110)
    steps = Steps(console)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="holdall-demo-")))
        opened.enter_context(clean_environment(folder / "home"))  # neither your settings nor your credentials are used

        steps.next("An S3 server on this machine")
        try:
            server = opened.enter_context(running(chosen))
        except NotInstalledError as error:
            print(error, file=sys.stderr)
            return 2
        console.print(f"   {server.name} {server.version} at {server.endpoint_url}", highlight=False)

        steps.next("Three stores, in a file holdall.toml")
        environment = configure(folder, server)
        console.print("   " + (folder / "holdall.toml").read_text("utf-8").strip().replace("\n", "\n   "), markup=False)

        reports = []
        for store in STORES:
            steps.next(f"HOLDALL_DEFAULT_STORE={store} python docs/{PROGRAM.name}")
            started = time.monotonic()
            reports.append(run(store, folder, environment))
            console.print(f"   took {time.monotonic() - started:.1f} s", highlight=False)

    steps.next("The same answers?")
    console.print(table_of(reports))
    for report in reports:
        for question, reason in report.refusals.items():
            console.print(f"{MISSING} {question}: {reason}", highlight=False, markup=False)
    wrong = differing(reports)
    if wrong:
        console.print(f"\n[bold red]The stores do not agree on: {', '.join(wrong)}[/bold red]")
        return 1
    console.print("\n[bold green]The same answers from every store.[/bold green]")
    return 0


def configure(folder: Path, server: S3Server) -> dict[str, str]:
    """Writes the settings and makes the bucket; returns the environment for the program."""
    settings = folder / "holdall.toml"
    settings.write_text(SETTINGS.format(server=server), "utf-8")
    environment = os.environ | {
        "HOLDALL_CONFIG": str(settings),
        "HOLDALL_STORES__DEMO_S3__SECRET_ACCESS_KEY": server.secret_access_key,  # secrets need not be in files
    }
    with holdall.open_account("demo-s3", config=load_config(environ=environment)) as account:
        account.create("flights")
    return environment


def run(store: str, folder: Path, environment: dict[str, str]) -> Report:
    """Runs the program on one store.

    Raises:
        SystemExit: The program failed; it has said why.
    """
    answers = folder / f"{store}.json"
    sys.stdout.flush()  # the program writes to the same place
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(PROGRAM), str(answers)],
        env=environment | {"HOLDALL_DEFAULT_STORE": store},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if ended.returncode:
        sys.exit(f"The program failed on {store}, with exit code {ended.returncode}.")
    return Report(store, **json.loads(answers.read_text("utf-8")))


def differing(reports: list[Report]) -> list[str]:
    """Questions with different answers, or with none from any store. A store may say that it can't answer."""
    return [question for question in questions(reports) if len(answers_to(question, reports) - {None}) != 1]


def questions(reports: list[Report]) -> list[str]:
    """All questions, in the order in which they were asked."""
    return list(dict.fromkeys(question for report in reports for question in report.answers))


def answers_to(question: str, reports: list[Report]) -> set[str | None]:
    return {report.answers.get(question, "not asked") for report in reports}


def table_of(reports: list[Report]) -> Table:
    table = Table(show_lines=True)
    table.add_column("")
    for report in reports:
        table.add_column(report.store)
    for question in questions(reports):
        table.add_row(question, *(report.answers.get(question) or MISSING for report in reports))
    return table


if __name__ == "__main__":
    sys.exit(main())
