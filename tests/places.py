"""Where tests on S3 servers run: each at a few places by default, and all of them at all places when asked.

A place is a server and an engine. ``HOLDALL_TEST_PLACES=all`` asks (``make test-everywhere``). By default each test of
the provider and of the kit runs on each server that it is for, and with each engine, though not in all pairs: Swift
and rclone go with the engine of most users, moto with the other.
What can't be somewhere stands next to its test, with the reason, which is always something about the server or about
boto3, never about us.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

MAIN = "swift-direct"
"""Where every fault is tested: the strictest server, and the engine of most users."""
OTHERS = ("moto-direct", "rclone-direct", "swift-sdk")
"""Where those are tested in which a server or an engine can make a difference; each costs seconds of the test run."""
ALL = [f"{server}-{engine}" for server in ("moto", "swift", "rclone") for engine in ("direct", "sdk")]
BEGUN_IN_2010 = "moto says of all uploads that they began in 2010, and one whose id nobody knows is found by its time"
UNPROVED = "moto takes wrong checksums, so none is sent, and tells no sizes of parts: only a warning says so"
UNSEEN = "boto3 lets nobody see a head or a document before it is complete; the how-to on time-outs says so"
IS_ALL = os.environ.get("HOLDALL_TEST_PLACES", "") == "all"


def is_left_out(engine: str | None, server: str | None, fixtures: Collection[str]) -> bool:
    """Whether a test on every engine runs with this one on this server only when all places are asked for.

    Args:
        engine: The engine, where the test runs on each.
        server: The server, where the test runs on those that the provider, or the kit, has to pass on.
        fixtures: Names of all fixtures that the test takes.
    """
    if IS_ALL or engine is None:
        return False
    if server is not None:
        return (server, engine) in {("swift", "sdk"), ("moto", "direct"), ("rclone", "sdk")}
    return engine == "sdk" and "swift_server" in fixtures and "moto_server" not in fixtures


def at(*default: str, but: Mapping[str, str] | None = None) -> pytest.MarkDecorator:
    """Where a test runs; without this, it is the main place by default.

    Args:
        default: The places, unless all are asked for.
        but: Reasons why it can't be elsewhere, by a pattern of places (``moto-*``).
    """
    chosen = ALL if IS_ALL else default
    return pytest.mark.parametrize("place", [_param(place, place, but=but) for place in chosen], indirect=True)


def cases(
    name: str, values: Mapping[str, Any], elsewhere: Mapping[str, Iterable[str]], but: Mapping[str, str] | None = None
) -> pytest.MarkDecorator:
    """Runs a test with all values at the main place, and with some at others; with all at all places when asked.

    Args:
        name: The test's argument.
        values: By what they are called.
        elsewhere: Which of them, by the other place.
        but: Reasons why some can't be, by a pattern of place and value (``moto-*-what the value is called``).
    """
    if IS_ALL:
        elsewhere = {place: values for place in ALL if place != MAIN}
    chosen = [(MAIN, label) for label in values]
    chosen += [(place, label) for place, labels in elsewhere.items() for label in labels]
    return pytest.mark.parametrize(
        ("place", name),
        [_param(f"{place}-{label}", place, values[label], but=but) for place, label in chosen],
        indirect=["place"],
    )


def _param(label: str, *values: Any, but: Mapping[str, str] | None) -> Any:
    reasons = [reason for pattern, reason in (but or {}).items() if fnmatchcase(label, pattern)]
    return pytest.param(*values, id=label, marks=[pytest.mark.skip(reason=reason) for reason in reasons])


everywhere = at(MAIN, *OTHERS)
