"""Writes the documentation's page: `python -m tests.benchmarks.page [results.json ...]`.

The first file is what the page is about; runs against other servers, or with other amounts, follow as further sections.
Without files it takes those that the page was made from last, which are kept beside this module.
"""

from __future__ import annotations

import sys
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from tests.benchmarks import plot, report, targets
from tests.benchmarks.clients import BASELINE, CLIENTS
from tests.benchmarks.jobs import JOBS
from tests.benchmarks.results import Results, Row, load, rows, save

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
KEPT = HERE / "results"
DOCS = HERE.parents[1] / "docs"
PAGE, PLOTS = "benchmarks.md", "benchmarks"

OURS, OURS_SDK, FLOOR = "holdall", "holdall-sdk", "floor"
CRC64, UNSIGNED = "holdall-crc64", "holdall-unsigned"
ALL_OURS = {OURS, OURS_SDK, CRC64, UNSIGNED}
BUSY = 0.25
"""Load per core from which on the page says that the machine was not quiet."""
NEAR = 0.05
"""Shares of CPU that are nearer than this are no difference."""

SERVERS = {
    "null": "a server that does next to nothing (`tests/benchmarks/null_store`)",
    "rclone": "`rclone serve s3`, a real server that checks signatures and keeps what it gets",
    "own": "a store on the network",
}

NOTES = {
    "rclone": "It answers ranges with the status 200 instead of 206: obstore refuses such answers, smart_open takes "
    "them for the whole object."
}


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, all but the first column to the right."""
    text = [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
    return "\n".join([*text, *(f"| {' | '.join(line)} |" for line in lines)])


def row_of(results: Results, job: str, protocol: str, client: str) -> Row | None:
    """One client in one job."""
    return next((row for row in rows(results.of(job, protocol)) if row.client == client), None)


# --- targets ------------------------------------------------------------------------------------------------------


def verdict(value: float, must: float, aim: float) -> str:
    """Where a value stands."""
    if value <= aim:
        return "aim reached"
    return "holds" if value <= must else "**missed**"


def target_table(results: Results) -> str:
    """CPU against plain boto3: what must be, what is aimed at, what is, and the floor."""
    lines = []
    for (job, protocol), (must, aim) in targets.CPU.items():
        four = (OURS, CRC64, UNSIGNED, FLOOR)
        ours, crc64, unsigned, floor = (row_of(results, job, protocol, name) for name in four)
        if ours is None or ours.ratio is None:
            continue
        best = min(row.ratio for row in (ours, crc64) if row and row.ratio is not None)
        shown = [report.times(row.ratio) if row else "" for row in (ours, crc64, unsigned, floor)]
        lines.append([f"{JOBS[job].title}, {protocol}", f"{must:.2f}", f"{aim:.2f}", *shown, verdict(best, must, aim)])
    heads = ["CPU, plain boto3 = 1", "must", "aim", "holdall", "with CRC64NVME", "and not signed", "floor", ""]
    return table(heads, lines)


def other_targets(results: Results) -> str:
    """Memory, import, and the engine `sdk`."""
    lines = []
    for (job, protocol), (must, aim) in targets.MEMORY.items():
        if row := row_of(results, job, protocol, OURS):
            grown = row.memory / report.MIB
            what = f"memory, {JOBS[job].title}, {protocol}"
            lines.append([what, f"{must} MiB", f"{aim} MiB", f"{grown:.0f} MiB", verdict(grown, must, aim)])
    if row := row_of(results, "import", "http", OURS):
        spent, (must, aim) = row.cpu * 1000, targets.IMPORT_MS
        lines.append(["`import holdall`", f"{must} ms", f"{aim} ms", f"{spent:.0f} ms", verdict(spent, must, aim)])
    ratios = {
        report.caption(results, job, protocol): row.ratio
        for job, protocol in results.pairs()
        if JOBS[job].work and (row := row_of(results, job, protocol, OURS_SDK)) and row.ratio is not None
    }
    for what, ratio in ratios.items():
        lines.append(
            [f'engine "sdk", {what}', f"{targets.SDK:.2f}", "", f"{ratio:.2f}", verdict(ratio, targets.SDK, 0)]
        )
    return table(["", "must", "aim", "is", ""], lines)


# --- jobs ---------------------------------------------------------------------------------------------------------


def name(client: str) -> str:
    """A client's name, ours in bold."""
    return f"**{CLIENTS[client].title}**" if client == OURS else CLIENTS[client].title


def job_table(results: Results, job: str, protocol: str) -> str:
    """All clients in one job."""
    lines = [[name(row.client), *report.cells(row, job)] for row in rows(results.of(job, protocol))]
    return table(["", *report.columns(job)], lines) if lines else ""


def job_plot(results: Results, job: str, protocol: str) -> str:
    """The CPU of all clients in one job, as SVG."""
    drawn = []
    for row in rows(results.of(job, protocol)):
        kind = "ours" if row.client in ALL_OURS else "floor" if row.client == FLOOR else ""
        ratio = f" ({report.times(row.ratio)})" if row.ratio is not None else ""
        drawn.append(plot.Bar(CLIENTS[row.client].title, row.cpu, f"{report.amount(row, job)}{ratio}", kind))
    return plot.bars(f"{report.caption(results, job, protocol)}: {report.unit(job)} (plain boto3 = 1)", drawn)


def quicker(results: Results) -> str:
    """Who takes less CPU than holdall, job by job, as a list."""
    lines = []
    for job, protocol in results.pairs():
        there = [row for name in (OURS, CRC64) if (row := row_of(results, job, protocol, name))]
        if not there:
            continue
        ours = min(there, key=lambda row: row.cpu)
        better = [
            f"{CLIENTS[row.client].title} ({row.cpu / ours.cpu:.2f})"
            for row in rows(results.of(job, protocol))
            if row.client not in {*ALL_OURS, FLOOR} and row.cpu < ours.cpu * (1 - NEAR)
        ]
        if better:
            lines.append(f"- {report.caption(results, job, protocol)}: {', '.join(better)}.")
    return "\n".join(lines) or "- In no job."


def noticing_table(results: Results) -> str:
    """Who refuses objects with a wrong checksum."""
    if not results.notices:
        return "Not tried in this run."
    words = {True: "refused", False: "taken"}
    lines = [
        [CLIENTS[client].title, *(words[found[size]] if size in found else "" for size in ("small", "large"))]
        for client, found in results.notices.items()
    ]
    return table(["an object with a wrong checksum", "small", "large"], lines)


def gaps(results: Results) -> str:
    """What was not measured, by reason."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in results.series:
        if each.reason:
            job = each.job if each.protocol == "http" else f"{each.job} over {each.protocol}"
            found.setdefault(each.reason, {}).setdefault(CLIENTS[each.client].title, []).append(job)
    lines = []
    for reason, clients in found.items():
        named = "; ".join(f"{client} ({', '.join(jobs)})" for client, jobs in clients.items())
        lines.append(f"- {reason.rstrip('.')}: {named}.")
    return "\n".join(lines) or "- Nothing."


def circumstances(results: Results) -> str:
    """When, on what, how much, with which versions."""
    much = results.amounts
    versions = {
        CLIENTS[client].title: version
        for client, version in results.versions.items()
        if client == OURS or client not in ALL_OURS
    }
    done = f"{much.rounds} rounds; large objects of {much.size / report.MIB:,.0f} MiB, {much.small:,} small ones"
    if results.checksum not in {"", "none"}:
        done += f"; whole objects come with their {results.checksum.upper()}"
    text = [
        f"- Measured on {results.date} against {SERVERS[results.server]}: {done}.",
        "- " + "; ".join(f"{what}: {value}" for what, value in results.machine.items()) + ".",
        "- Versions: " + ", ".join(f"{client} {version}" for client, version in versions.items()) + ".",
    ]
    if results.load >= BUSY:
        text.append(
            f"\n!!! warning\n    The machine was busy when this was measured (load {results.load:.2f} per core): the "
            "ratios within a row may be off, and times and rates are worth nothing. A quiet run shall replace it."
        )
    return "\n".join(text)


# --- the page -----------------------------------------------------------------------------------------------------


def section(results: Results, job: str, protocol: str) -> str:
    """A job with its chart."""
    caption = report.caption(results, job, protocol)
    picture = f"![{caption}]({PLOTS}/{job}-{protocol}.svg)"
    return f"### {caption}\n\n{picture}\n\n{job_table(results, job, protocol)}"


def further(results: Results) -> str:
    """A run against another server, or with other amounts: tables only."""
    parts = [
        f"## Further: {SERVERS[results.server].split(',')[0]}",
        circumstances(results),
        NOTES.get(results.server, ""),
    ]
    for job, protocol in results.pairs():
        parts.append(f"### {report.caption(results, job, protocol)}, {results.server}")
        parts.append(job_table(results, job, protocol))
    parts.append("Not measured:\n\n" + gaps(results))
    return "\n\n".join(part for part in parts if part)


def render(files: Sequence[Results]) -> dict[str, str]:
    """The page and its charts, by file name below `docs/`."""
    first, *others = files
    text = Template((HERE / "page.md.in").read_text()).substitute(
        circumstances=circumstances(first),
        targets=target_table(first),
        others=other_targets(first),
        quicker=quicker(first),
        jobs="\n\n".join(section(first, job, protocol) for job, protocol in first.pairs()),
        gaps=gaps(first),
        notices=noticing_table(first),
        further="\n\n".join(further(each) for each in others),
        baseline=CLIENTS[BASELINE].title,
    )
    made = {PAGE: text.rstrip() + "\n"}
    for job, protocol in first.pairs():
        made[f"{PLOTS}/{job}-{protocol}.svg"] = job_plot(first, job, protocol)
    return made


def kept() -> list[Path]:
    """The files that the page was made from last."""
    return sorted(KEPT.glob("*.json"))


def main(arguments: list[str]) -> None:
    """Keeps the results, and writes the page and the charts."""
    if arguments:
        found = [load(Path(file)) for file in arguments]
        KEPT.mkdir(exist_ok=True)
        for path in kept():
            path.unlink()
        for number, results in enumerate(found, start=1):
            save(results, KEPT / f"{number}-{results.server}.json")
    for path in (DOCS / PLOTS).glob("*.svg"):
        path.unlink()
    (DOCS / PLOTS).mkdir(exist_ok=True)
    for file, text in render([load(path) for path in kept()]).items():
        (DOCS / file).write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
