"""Who notices when the bytes that arrive are not those that the store vouches for.

Comparing costs CPU, and who doesn't is quicker by that: figures of downloads are to be read with this beside them.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tests.benchmarks import servers
from tests.benchmarks.jobs import SMALL
from tests.benchmarks.run import Session, tell

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE = 64 * 1024 * 1024
"""Bytes of the large object: more than any client takes in one piece."""
FILES = 20
WRONG = "x-amz-checksum-crc32: AAAAAA=="
JOBS = {"small": ("tree-down", SMALL), "large": ("download", SIZE)}
"""What is tried: the job, and the size of the objects that come with a wrong checksum."""


def who_notices(running: Session, clients: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Downloads objects whose checksum is wrong.

    Args:
        running: A session on the null store.
        clients: Whom to try.

    Returns:
        By client: whether it refused a small object, and a large one. Clients that can't be had are left out.
    """
    found: dict[str, dict[str, bool]] = {}
    amounts = dataclasses.replace(running.amounts, size=SIZE, small=FILES)
    for what, (job, size) in JOBS.items():
        with servers.null_store(running.scratch, running.pattern, [f"{size}={WRONG}"]) as places:
            wrong = dataclasses.replace(running, places=places, amounts=amounts)
            for client in clients:
                answer = wrong.work(client, job, "http")
                if "cpu" in answer or "failed" in answer:
                    found.setdefault(client, {})[what] = "checksum" in str(answer.get("failed", "")).lower()
                tell(f"wrong checksum, {what} object: {client}: {answer.get('failed', 'not noticed')}")
    return found
