"""Probing a store: where the scratch objects go, what is learned from them, and what is kept."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from holdall.capabilities import NO, YES, Evidence, Source
from holdall.errors import AccessDenied, InternalError, StorageError
from holdall.options import CREATE_BUCKET
from holdall_s3.calls import FAILURES
from holdall_s3.control import buckets
from holdall_s3.errors import Asked, translate
from holdall_s3.probing import cache
from holdall_s3.probing.running import run
from holdall_s3.probing.trial import Inconclusive, Trial

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities
    from holdall.groups import ProbeProgress
    from holdall_s3.calls import Calls
    from holdall_s3.probing.running import Found, Outcome

SCRATCH = "holdall-probe-"
"""Beginning of a scratch bucket's name, and with a dot of a scratch prefix."""

_RACED = frozenset({"put.if_absent", "copy.if_absent", "multipart.complete_if_absent"})


def probe(calls: Calls, prefix: str | None, *, fresh: bool, progress: ProbeProgress | None) -> Capabilities:
    """Finds out what a store does, or takes what was found out before; see ``groups.Probing``."""
    knowledge, config = calls.clients.knowledge, calls.config
    bucket = None if prefix is None else calls.bucket
    try:
        server = _server(calls)
        kept = None if fresh else cache.load(config)
        if kept is not None and kept.server == server:
            knowledge.learn_all(kept.found, of_version=kept.version)
            return knowledge.capabilities
        outcome = _in_scratch_bucket(calls, progress) if prefix is None else _in_prefix(calls, prefix, progress)
    except Inconclusive as error:
        raise InternalError(f"the store answered {error}, and nothing can be said of it") from error
    except FAILURES as error:
        raised = translate(error, Asked(operation="probe", bucket=bucket))
        if isinstance(raised, AccessDenied):
            raised.hint = (
                "A probe reads the bucket's versioning, writes scratch objects and deletes them; its credentials must "
                "be allowed to."
            )
        raise raised from error
    learned = _learned(knowledge.capabilities, outcome.found)
    knowledge.learn_all([({feature: value}, evidence) for feature, (value, evidence) in learned.items()])
    cache.save(config, bucket, server, knowledge.version, learned)
    if outcome.left is not None:
        raise outcome.left
    return knowledge.capabilities


def _in_prefix(calls: Calls, prefix: str, progress: ProbeProgress | None) -> Outcome:
    return run(Trial(calls.client(), calls.bucket, f"{prefix}.{SCRATCH}{secrets.token_hex(8)}/"), progress)


def _in_scratch_bucket(calls: Calls, progress: ProbeProgress | None) -> Outcome:
    name = SCRATCH + secrets.token_hex(8)
    buckets.create_bucket(calls, name, CREATE_BUCKET)
    try:
        outcome = run(Trial(calls.client(), name, "scratch/", owned=True), progress)
    except BaseException as error:
        try:
            buckets.delete_bucket(calls, name)
        except StorageError:  # what stopped the probe matters more
            error.add_note(f"the scratch bucket {name} could not be deleted")
        raise
    if outcome.left is None:
        buckets.delete_bucket(calls, name)
    return outcome


def _server(calls: Calls) -> str | None:
    """What the server calls itself, always by the same request: a look at the bucket, or at the account.

    moto has another name in some of its answers, and so may whatever stands before a server.
    """
    client: Any = calls.client()
    try:
        answer = client.head_bucket(Bucket=calls.bucket) if calls.names_bucket else client.list_buckets()
    except ClientError as error:
        answer = error.response
    found: str | None = answer["ResponseMetadata"]["HTTPHeaders"].get("server")
    return found


def _learned(known: Capabilities, found: dict[str, Found]) -> dict[str, tuple[Any, Evidence]]:
    """What follows from the findings: of those that say anything, all but a weaker word against a stronger one.

    That of some writers one won shows no lock; that once several did, as a profile may know, shows that there is none.
    """
    date = datetime.now(UTC).date().isoformat()
    learned: dict[str, tuple[Any, Evidence]] = {}
    for feature, (value, note) in found.items():
        if value is None:
            continue
        refuted = feature in _RACED and known.lookup(feature) is NO
        if refuted and value is True and known.evidence(feature).source is Source.PROFILE:
            continue
        plain: Any = value if isinstance(value, tuple) else YES if value else NO
        if feature == "keys.not_held":  # not every form was looked at
            plain = tuple(sorted({*known.keys.not_held, *plain}))
        learned[feature] = plain, Evidence(Source.PROBED, date, note)
    return learned
