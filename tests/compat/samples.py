"""Results made by hand for the tests of reports: shapes that reports must cope with, not what any store does."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from holdall.capabilities import FEATURES
from s3tester.results import Results, RunInfo, ScenarioResult, StepEvidence, StoreInfo
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)> `|` [x](y) \u2028 \x1b[31m \x00"
"""What a server may answer to break out of a page, a table or a terminal."""

RUN = RunInfo(
    date="2026-11-29T22:00:00Z",
    seconds=41.2,
    parallel=16,
    tester="0.1.0",
    python="3.11.7",
    boto3="1.44.5",
    botocore="1.44.5",
)


def result(scenario: str, verdict: str = "supported", **fields: object) -> ScenarioResult:
    """One result; the feature is what stands before the slash."""
    feature = scenario.partition("/")[0]
    plain = {"feature": feature, "title": f"Title of {feature}", "severity": "core", "verdict": verdict}
    return ScenarioResult.model_validate({"scenario": scenario, **plain, **fields})


def run(name: str, *results: ScenarioResult, run_about: RunInfo | None = RUN, **about: object) -> Results:
    """The results of one store."""
    store = StoreInfo.model_validate({"name": name, "title": name.title(), "version": "1.0", **about})
    return Results(store=store, run=run_about, results=results)


def not_run(name: str, reason: str) -> Results:
    """A store that could not be had."""
    return Results(store=StoreInfo(name=name, title=name.title()), not_run=reason)


def few() -> list[Results]:
    """Two stores that differ, one of which answers with hostile texts, and one that was not run."""
    evidence = StepEvidence(
        step="test[1] PutObject",
        status=412,
        code="PreconditionFailed",
        request_id="tx0001",
        headers={"x-amz-request-id": "tx0001", "server": HOSTILE},
        expected="error PreconditionFailed",
        got=HOSTILE,
    )
    return [
        run(
            "alpha",
            result("put.if_absent", evidence=[evidence]),
            result("put.if_absent/race", evidence=[evidence]),
            result("put.metadata"),
            result("multipart.max_parts", measured={"multipart.max_parts": 1000}),
            result("bucket.cors", severity="rare"),
        ),
        run(
            "beta",
            result("put.if_absent", evidence=[evidence]),
            result("put.if_absent/race", "ignored", reason="both writers won", evidence=[evidence]),
            result("put.metadata", "differs", reason=HOSTILE, severity="common"),
            result("multipart.max_parts", "unsupported", reason="501 NotImplemented"),
            title=f"Beta {HOSTILE}",
        ),
        not_run("gamma", "its package can't be had"),
    ]


def many(stores: int = 10, seed: int = 4) -> list[Results]:
    """As many results as a large matrix has: 180 scenarios, of each store other verdicts."""
    chance = random.Random(seed)  # noqa: S311 - only to look like something
    others = ["bucket.cors", "bucket.policy", "bucket.website", "errors.no_such_key", "errors.access_denied"]
    features = [*FEATURES, *others]
    scenarios = [*features, *(f"{feature}/variant" for feature in features)][:180]
    titles = {name: f"What is expected of {name.replace('.', ', ')} holds" for name in features}
    found = []
    for place in range(stores):
        weights = dict.fromkeys(Verdict, 1) | {Verdict.SUPPORTED: 60 - 4 * place, Verdict.UNSUPPORTED: 10 + place}
        found.append(
            run(f"store-{place}", *(_any(chance, name, titles, weights) for name in scenarios), version="2.3.4")
        )
    return found


def _any(
    chance: random.Random, scenario: str, titles: Mapping[str, str], weights: Mapping[Verdict, int]
) -> ScenarioResult:
    verdict = chance.choices(list(weights), list(weights.values()))[0]
    evidence = [
        StepEvidence(
            step=f"test[{step}] PutObject",
            status=200,
            request_id=f"{chance.getrandbits(64):016X}",
            headers={"x-amz-request-id": "1", "etag": '"9e107d9d372bb6826bd81d3542a419d6"'},
            expected="status 200",
        )
        for step in range(2)
    ]
    return result(
        scenario,
        verdict,
        title=titles[scenario.partition("/")[0]],
        severity=chance.choice(["core", "common", "rare"]),
        reason="" if verdict is Verdict.SUPPORTED else f"the store answered otherwise: {verdict}",
        evidence=evidence,
    )
