"""Measures the stores that can be started here, for the results that are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tester.choosing import choose
from s3tester.loading import load
from s3tester.places import folder
from s3tester.results import Results, StoreInfo
from s3tester.runner import PARALLEL, Run, run
from s3tester.stores import running
from s3tester.stores.definitions import definition
from s3tester.stores.installing import NotInstalledError
from s3tester.stores.process import ServerDidNotStart
from s3tester.target import from_endpoint
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3tester.results import ScenarioResult
    from s3tester.scenario import Loaded

_TOO_BUSY = 503


def measure(name: str, terms: Sequence[str] = (), *, parallel: int = PARALLEL) -> Results:
    """Starts a store, runs scenarios against it, and stops it.

    Where nothing was learned of a feature (a time limit or a 503 on a busy machine, a server that broke down), it is
    asked once more, at the store started anew, with no other scenario at the same time.

    Args:
        name: One of ``stores.definitions.names()``.
        terms: Which scenarios, as ``choosing.choose`` takes them. Default: all.
        parallel: Scenarios at the same time.

    Returns:
        The results; where the store could not be had, none and the reason.

    Raises:
        CouldNotRun: It was started, and makes no bucket.
    """
    about = definition(name)
    store = StoreInfo(
        name=name,
        title=about.title,
        family=about.family,
        version=about.version,
        how=f"python -m s3tester.stores up {name}",
    )
    scenarios = load([folder("scenarios")])
    try:
        store, made = _run(store, choose(scenarios, terms), parallel)
        found = {each.scenario: each for each in made.results}
        if unclear := _unclear(made.results):
            again = _run(store, choose(scenarios, unclear), parallel=1)[1]
            found |= {each.scenario: each for each in again.results if each.scenario in unclear}
    except (NotInstalledError, ServerDidNotStart) as error:
        return Results(store=store, not_run=str(error))
    return Results(store=store, run=made.info, results=list(found.values()))


def _unclear(results: Sequence[ScenarioResult]) -> list[str]:
    """Scenarios of which nothing was learned, and what waited for them. 503 is a store with too much to do."""
    failed = {
        each.scenario
        for each in results
        if each.verdict is Verdict.ERROR
        or (each.verdict is not Verdict.SUPPORTED and any(answer.status == _TOO_BUSY for answer in each.evidence))
    }
    waited = [each.scenario for each in results if each.verdict is Verdict.NOT_RUN]
    return sorted({*failed, *waited}) if failed else []


def _run(store: StoreInfo, scenarios: Sequence[Loaded], parallel: int) -> tuple[StoreInfo, Run]:
    with running(store.name) as server:
        target = from_endpoint(server.endpoint_url, name=store.name, environ=server.environment())
        made = run(scenarios, target, parallel=parallel)
        if made.interrupted:
            raise KeyboardInterrupt
        return store.model_copy(update={"version": server.version or store.version}), made
