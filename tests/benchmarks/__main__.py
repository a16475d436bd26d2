"""The command line: `python -m tests.benchmarks`."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import environments, noticing, report, results, servers
from tests.benchmarks.clients import CLIENTS
from tests.benchmarks.jobs import JOBS, SMALL
from tests.benchmarks.run import LISTED_SIZE, Amounts, Session, keys_from_environment, plan, scratch_folder, tell
from tests.benchmarks.task import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MIB = 2**20
FULL = Amounts(size=1024 * MIB, small=10_000, requests=2000, rounds=5)
QUICK = Amounts(size=256 * MIB, small=1000, requests=500, rounds=3)
ONLY_FULL = {"list-million"}
ONLY_STAND_IN = {"floor", "import", "help"}
"""The floor can't sign; the two jobs have nothing to do with a server."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="CPU, time and memory of holdall and other S3 clients. Each measurement is a fresh process.",
        epilog=f"Jobs: {', '.join(JOBS)}. Clients: {', '.join(CLIENTS)}.",
    )
    parser.add_argument("--jobs", type=_names(JOBS), metavar="A,B", help="only these")
    parser.add_argument("--clients", type=_names(CLIENTS), metavar="A,B", help="only these")
    parser.add_argument("--rounds", type=int, help=f"default {FULL.rounds}; {QUICK.rounds} with --quick")
    parser.add_argument("--size", type=int, metavar="MIB", help="of the large object; default 1024; 256 with --quick")
    parser.add_argument("--small", type=int, metavar="N", help="small objects; default 10,000; 1,000 with --quick")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--full", action="store_true", help=f"also {', '.join(ONLY_FULL)}")
    parser.add_argument("--server", choices=("null", "rclone"), default="null", help="what to talk to")
    parser.add_argument(
        "--checksum", choices=("crc32", "crc64nvme", "none"), default="crc32", help="what the null store keeps"
    )
    parser.add_argument("--endpoint", metavar="URL", help="a store of yours; keys from AWS_ACCESS_KEY_ID and so on")
    parser.add_argument("--bucket", help="its bucket, which must be there")
    parser.add_argument("--prefix", default="holdall-benchmark/", help="all keys are below it; cleared at the end")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument(
        "--family", default="", help="of your store, as holdall's setting store_family; default: unknown"
    )
    parser.add_argument("--scratch", metavar="FOLDER", help="for files; default: memory, where there is room")
    parser.add_argument("--renew", action="store_true", help="bring the clients up to date first")
    parser.add_argument("--out", type=Path, help="also write the measurements to this file (JSON)")
    given = parser.parse_args(arguments)
    if bool(given.endpoint) != bool(given.bucket):
        parser.error("--endpoint and --bucket go together")
    if not given.prefix.endswith("/"):
        parser.error("--prefix must end with a slash")
    return given


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Reads a list of names, and refuses unknown ones."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"no such name: {', '.join(unknown)}; there are {', '.join(known)}")
        return names

    return read


def amounts(given: argparse.Namespace) -> Amounts:
    """How much is to be done."""
    base = QUICK if given.quick else FULL
    return Amounts(
        size=given.size * MIB if given.size else base.size,
        small=given.small or base.small,
        requests=base.requests,
        rounds=given.rounds or base.rounds,
    )


@contextlib.contextmanager
def session(given: argparse.Namespace, scratch: Path, missing: dict[str, str]) -> Iterator[Session]:
    """Starts the server, or takes the user's store, with the objects that the jobs read in it."""
    much, pattern = amounts(given), scratch / "pattern"
    with contextlib.ExitStack() as stack:
        if given.endpoint:
            place = Place(given.endpoint, given.bucket, given.prefix, given.region, given.family)
            keys = keys_from_environment()
        elif given.server == "rclone":
            place, keys = stack.enter_context(servers.rclone())
        else:
            sizes = (much.size, SMALL, LISTED_SIZE)
            checksums = servers.checksum_headers(given.checksum, pattern, sizes)
            places = stack.enter_context(servers.null_store(scratch, pattern, checksums))
            yield Session(places, servers.ANY_KEYS, stand_in=True, amounts=much, scratch=scratch, missing=missing)
            return
        protocol = "https" if place.secure else "http"
        real = Session({protocol: place}, keys, stand_in=False, amounts=much, scratch=scratch, missing=missing)
        for step in ("seed",) if given.endpoint else ("create", "seed"):
            _step(real, step, protocol)
        try:
            yield real
        finally:
            if given.endpoint:
                _step(real, "sweep", protocol)


def _step(real: Session, step: str, protocol: str) -> None:
    tell(f"{step}: the objects of the benchmark")
    answer = real.work("boto3", step, protocol)
    if answer:
        raise SystemExit(f"{step}: {answer['failed']}")


def main(arguments: list[str] | None = None) -> None:
    """Measures, prints tables, and writes the file."""
    given = parse(arguments)
    stand_in = given.server == "null" and not given.endpoint
    left_out = (set() if given.full else ONLY_FULL) | (set() if stand_in else ONLY_STAND_IN)
    jobs = given.jobs or [job for job in JOBS if job not in left_out]
    clients = [name for name in given.clients or CLIENTS if stand_in or name not in ONLY_STAND_IN]
    used = dict.fromkeys(["plain", *(CLIENTS[name].environment for name in clients)])
    missing = dict(environments.prepare(used, renew=given.renew))
    found = results.Results(
        server="own" if given.endpoint else given.server,
        date=results.today(),
        machine=results.machine(),
        load=results.load_now(),
        checksum=given.checksum if stand_in else "",
        amounts=amounts(given),
        versions=environments.versions(clients),
        notices={},
        series=[],
    )
    with scratch_folder(given.scratch, amounts(given)) as scratch, session(given, scratch, missing) as running:
        if stand_in and not given.jobs:
            found.notices.update(noticing.who_notices(running, [name for name in clients if name not in ONLY_STAND_IN]))
        for job, protocol in plan(jobs, running.places):
            found.series.extend(running.take_turns(job, protocol, clients))
            if given.out:  # after each job: hours of work are not lost by Ctrl-C
                results.save(found, given.out)
    sys.stdout.write("\n\n".join(report.table(found, job, protocol) for job, protocol in found.pairs()) + "\n")


if __name__ == "__main__":
    main()
