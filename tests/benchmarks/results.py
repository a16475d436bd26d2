"""The file with what was measured: written by a run, read by the page."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import platform
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import figures
from tests.benchmarks.clients import BASELINE, CLIENTS
from tests.benchmarks.run import Amounts, Series
from tests.benchmarks.task import Measured

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Results:
    """A run.

    Attributes:
        server: What the clients talked to: `null`, `rclone` or `own`.
        date: Of the run.
        machine: What it ran on, for readers.
        load: How many programs were at work before it began, on average over a minute, per core.
        checksum: What the null store tells of whole objects: `crc32`, `crc64nvme` or `none`; empty for other servers.
        amounts: How much was done.
        versions: Of the clients, by client.
        notices: Who refuses objects with a wrong checksum; see `noticing.who_notices`. Empty where it was not tried.
        series: All measurements.
    """

    server: str
    date: str
    machine: dict[str, str]
    load: float
    checksum: str
    amounts: Amounts
    versions: dict[str, str]
    notices: dict[str, dict[str, bool]]
    series: list[Series]

    def of(self, job: str, protocol: str) -> list[Series]:
        """The measurements of one job, in the order of `CLIENTS`."""
        found = [each for each in self.series if (each.job, each.protocol) == (job, protocol)]
        return sorted(found, key=lambda each: list(CLIENTS).index(each.client))

    def pairs(self) -> list[tuple[str, str]]:
        """Jobs and protocols that there is something about, in the order in which they were measured."""
        return list(dict.fromkeys((each.job, each.protocol) for each in self.series))


@dataclass(frozen=True)
class Row:
    """One client in one job, as medians.

    Attributes:
        client: Its name in `CLIENTS`.
        cpu: Seconds of CPU, all in all.
        spread: Of the CPU; see `figures.spread`.
        ratio: CPU against plain boto3, if that was measured, too.
        wall: Seconds on the clock.
        wall_ratio: The same against plain boto3.
        memory: Bytes.
        operations: In one measurement.
        rounds: How many there were.
    """

    client: str
    cpu: float
    spread: float
    ratio: float | None
    wall: float
    wall_ratio: float | None
    memory: float
    operations: int
    rounds: int


def rows(series: list[Series]) -> list[Row]:
    """The clients of a job, the least CPU first; those that were not measured are left out."""
    baseline = next((each for each in series if each.client == BASELINE), None)

    def by_round(each: Series | None, value: Callable[[Measured], float]) -> dict[int, float]:
        return {number: value(measured) for number, measured in each.measured.items()} if each else {}

    found = []
    for each in series:
        if not each.measured:
            continue
        cpu, wall = by_round(each, lambda one: one.cpu), by_round(each, lambda one: one.wall)
        found.append(
            Row(
                client=each.client,
                cpu=figures.median(list(cpu.values())),
                spread=figures.spread(list(cpu.values())),
                ratio=figures.ratio(cpu, by_round(baseline, lambda one: one.cpu)),
                wall=figures.median(list(wall.values())),
                wall_ratio=figures.ratio(wall, by_round(baseline, lambda one: one.wall)),
                memory=figures.median([one.memory for one in each.measured.values()]),
                operations=next(iter(each.measured.values())).operations,
                rounds=len(each.measured),
            )
        )
    return sorted(found, key=lambda row: row.cpu)


def machine() -> dict[str, str]:
    """What is measured on; no names of machines or folders."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "memory": f"{memory / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        "OpenSSL": ssl.OPENSSL_VERSION.split()[1],
    }


def load_now() -> float:
    """Programs at work in the last minute, per core."""
    return round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def today() -> str:
    """The date, in UTC."""
    return dt.datetime.now(dt.UTC).date().isoformat()


def save(results: Results, path: Path) -> None:
    """Writes the file."""
    head = dataclasses.asdict(results)
    series = head.pop("series")
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    lines.append('"series": [\n' + ",\n".join(json.dumps(each) for each in series) + "\n]")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def load(path: Path) -> Results:
    """Reads a file that `save` wrote."""
    fields: dict[str, Any] = json.loads(path.read_text())
    series = [
        Series(**one | {"measured": {int(number): Measured(**each) for number, each in one["measured"].items()}})
        for one in fields["series"]
    ]
    return Results(**fields | {"amounts": Amounts(**fields["amounts"]), "series": series})
