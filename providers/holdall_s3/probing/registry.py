"""Which probe is for which feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdall_s3.probing.trial import Trial, Value

Run = Callable[[Trial], Value]


@dataclass(frozen=True, slots=True)
class Probe:
    """How one feature is found out.

    Attributes:
        feature: Its id.
        run: Tries it and looks for the effect. Returns ``None`` where nothing can be said.
        owned: It changes the bucket: only in a scratch bucket.
    """

    feature: str
    run: Run
    owned: bool = False


PROBES: dict[str, Probe] = {}
"""All probes, in the order in which they are run; filled when the modules beside this one are imported."""


def probe(feature: str, *, owned: bool = False) -> Callable[[Run], Run]:
    """Registers a function as the probe of a feature."""

    def register(run: Run) -> Run:
        PROBES[feature] = Probe(feature, run, owned)
        return run

    return register
