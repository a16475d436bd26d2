"""Measures the stores that can be started here, for the results that are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tester.choosing import choose
from s3tester.loading import load
from s3tester.places import folder
from s3tester.results import Results, StoreInfo
from s3tester.runner import PARALLEL, run
from s3tester.stores import running
from s3tester.stores.definitions import definition
from s3tester.stores.installing import NotInstalledError
from s3tester.stores.process import ServerDidNotStart
from s3tester.target import from_endpoint
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


def measure(name: str, terms: Sequence[str] = (), *, parallel: int = PARALLEL) -> Results:
    """Starts a store, runs scenarios against it, and stops it.

    Where nothing was learned of a feature (a time limit on a busy machine), it is asked once more, with no other
    scenario at the same time.

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
        with running(name) as server:
            store = store.model_copy(update={"version": server.version or about.version})
            target = from_endpoint(server.endpoint_url, name=name, environ=server.environment())
            made = run(choose(scenarios, terms), target, parallel=parallel)
            found = {each.scenario: each for each in made.results}
            if unclear := [each.scenario for each in made.results if each.verdict is Verdict.ERROR]:
                again = run(choose(scenarios, unclear), target, parallel=1)
                found |= {each.scenario: each for each in again.results if each.scenario in unclear}
    except (NotInstalledError, ServerDidNotStart) as error:
        return Results(store=store, not_run=str(error))
    return Results(store=store, run=made.info, results=list(found.values()))
