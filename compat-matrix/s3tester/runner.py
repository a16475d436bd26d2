"""Runs scenarios: several at a time, each after what it requires, and cleans up whatever happens."""

from __future__ import annotations

import hashlib
import platform
import queue
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from s3tester.buckets import Buckets, NoBucket
from s3tester.context import Context
from s3tester.errors import CouldNotRun
from s3tester.redaction import Redactor
from s3tester.requirements import Requirements
from s3tester.results import RunInfo, ScenarioResult, StepEvidence
from s3tester.runlog import RunLog, now
from s3tester.scenario import OwnBucket
from s3tester.steps import perform
from s3tester.target import Clients
from s3tester.values import names_in
from s3tester.verdicts import Ended, Verdict
from s3tester.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s3tester.scenario import Loaded, Scenario, Step
    from s3tester.target import Target

PARALLEL = 16
"""Scenarios at the same time, where nobody says."""
GRACE = 5.0
"""Seconds beyond its time limit after which a scenario that hangs is left to itself."""
_INTERRUPTED = "the run was interrupted"


@dataclass
class Run:
    """What a run made.

    Attributes:
        info: The run.
        results: One result per scenario, in the order of their files.
        left: Buckets that could not be removed, and why.
        interrupted: It was ended by Ctrl-C.
    """

    info: RunInfo
    results: list[ScenarioResult]
    left: list[str] = field(default_factory=list)
    interrupted: bool = False


def run(
    scenarios: Sequence[Loaded],
    target: Target,
    *,
    parallel: int = PARALLEL,
    repeat: int = 1,
    log: RunLog | None = None,
    on_result: Callable[[ScenarioResult], None] = lambda _: None,
) -> Run:
    """Runs scenarios against a store.

    Ctrl-C ends it: what runs is stopped at its next step, its ``after_test`` and the removal of buckets still happen,
    and what had not begun is ``not-run``. A second Ctrl-C, which goes up, leaves buckets behind.

    Args:
        scenarios: What to run; with what they require (see ``choosing``).
        target: The store.
        parallel: Scenarios at the same time.
        repeat: How often each runs; where it comes out differently it is ``flaky``.
        log: Where every step is told.
        on_result: Called with each result as it comes, in any thread.

    Raises:
        CouldNotRun: The store can't be reached, makes no bucket, or is none.
    """
    return _Runner(scenarios, target, parallel, repeat, log or RunLog(None), on_result).run()


class _Runner:
    """One run."""

    def __init__(
        self,
        scenarios: Sequence[Loaded],
        target: Target,
        parallel: int,
        repeat: int,
        log: RunLog,
        on_result: Callable[[ScenarioResult], None],
    ) -> None:
        self._scenarios = [each.scenario for each in scenarios]
        self._target, self._parallel, self._repeat = target, parallel, repeat
        self._log, self._on_result = log, on_result
        self._name = f"s3tester-{uuid.uuid4().hex[:8]}"
        self._clients, self._wire = Clients(target), Wire(target)
        self._buckets = Buckets(self._clients, self._name)
        self._redactor = Redactor(target.secrets, target.endpoint_url, {self._name: "s3tester"})
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._results: dict[str, ScenarioResult] = {}
        self._left: list[str] = []
        requirements = Requirements(self._scenarios)
        self._needs = {each.id: requirements.of(each.id) for each in self._scenarios}

    def run(self) -> Run:
        began, date = time.monotonic(), now()
        interrupted = False
        try:
            try:
                self._buckets.shared("bucket")
            except NoBucket as error:
                hint = "Look whether the store runs, and whether these credentials may make buckets."
                raise CouldNotRun(self._redactor.secretless(str(error)), hint) from error
            if self._buckets.answers_anything():
                problem = "whatever is asked is answered with success, also for an object that nobody wrote"
                raise CouldNotRun(problem, "That is no S3 store: look at the endpoint and at proxies on the way.")
            self._log.write("run", scenarios=len(self._scenarios), parallel=self._parallel, store=self._target.name)
            try:
                self._all()
            except KeyboardInterrupt:
                interrupted = True
                self._stop.set()
                self._wait(partial(self._more_than, len(self._scenarios) - 1), 0.7)
        finally:
            self._stop.set()
            self._left += [self._redactor.text(each) for each in self._buckets.remove_all()]
            self._wire.close()
            self._clients.close()
        info = RunInfo(
            date=date,
            seconds=round(time.monotonic() - began, 2),
            parallel=self._parallel,
            tester=version("holdall"),
            python=platform.python_version(),
            boto3=version("boto3"),
            botocore=version("botocore"),
            server_header=self._buckets.server,
        )
        results = [
            self._results.get(each.id) or _result(each, Verdict.NOT_RUN, _INTERRUPTED) for each in self._scenarios
        ]
        self._log.write("end", seconds=info.seconds, verdicts=dict(Counter(each.verdict for each in results)))
        return Run(info, results, self._left, interrupted)

    def _all(self) -> None:
        """Hands out scenarios whose requirements are done to threads, until all have a result."""
        ready: queue.SimpleQueue[Scenario | None] = queue.SimpleQueue()
        waiting = list(self._scenarios)
        limits: dict[str, float] = {}

        def work() -> None:
            while (scenario := ready.get()) is not None and not self._stop.is_set():
                limits[scenario.id] = time.monotonic() + scenario.time_limit * self._repeat + GRACE
                self._settle(self._scenario(scenario))

        def more() -> None:
            threading.Thread(target=work, daemon=True).start()

        for _ in range(min(self._parallel, len(waiting))):
            more()
        while len(self._results) < len(self._scenarios):
            known = len(self._results)
            for each in self._next(waiting):
                waiting.remove(each)
                ready.put(each)
            self._wait(partial(self._more_than, known), 0.2)
            for scenario in self._late(limits):
                self._settle(_result(scenario, Verdict.ERROR, "it did not end within its time limit"))
                more()  # the thread that hangs does not come back
        for _ in range(self._parallel):
            ready.put(None)

    def _next(self, waiting: list[Scenario]) -> list[Scenario]:
        """Which of those that wait may run now: such as run alone come last, one by one."""
        able = [each for each in waiting if all(need in self._results for need in self._needs[each.id])]
        beside = [each for each in able if not each.alone]
        nothing_runs = len(self._results) + len(waiting) == len(self._scenarios)
        return beside or (able[:1] if nothing_runs else [])

    def _more_than(self, count: int) -> bool:
        return len(self._results) > count

    def _late(self, limits: dict[str, float]) -> list[Scenario]:
        """Scenarios that should be over and are not."""
        at = time.monotonic()
        return [each for each in self._scenarios if limits.get(each.id, at) < at and each.id not in self._results]

    def _wait(self, until: Callable[[], bool], seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(until, seconds)

    def _settle(self, result: ScenarioResult) -> None:
        """Takes a result, unless there is one: that of a scenario that hung and came back is too late."""
        with self._changed:
            if result.scenario in self._results:
                return
            self._results[result.scenario] = result
            self._changed.notify_all()
        self._log.write(
            "scenario", scenario=result.scenario, verdict=result.verdict, reason=result.reason, seconds=result.seconds
        )
        self._on_result(result)

    def _scenario(self, scenario: Scenario) -> ScenarioResult:
        """Runs a scenario as often as asked for, and makes one result of it."""
        lacking = [each for each in self._needs[scenario.id] if self._results[each].verdict is not Verdict.SUPPORTED]
        if lacking:
            first = self._results[lacking[0]]
            return _result(scenario, Verdict.NOT_RUN, f"it requires {first.scenario}, which is {first.verdict}")
        found = [self._once(scenario, number) for number in range(self._repeat)]
        counted = Counter(each.verdict for each in found)
        if len(counted) == 1:
            return found[0]
        times = ", ".join(f"{verdict} {count} times" for verdict, count in sorted(counted.items()))
        odd = next(each for each in found if each.verdict is not Verdict.SUPPORTED)
        return odd.model_copy(update={"verdict": Verdict.FLAKY, "reason": f"{times}; {odd.reason}"})

    def _once(self, scenario: Scenario, number: int) -> ScenarioResult:
        began = time.monotonic()
        context = Context(
            clients=self._clients,
            wire=self._wire,
            credentials=scenario.credentials,
            variables=self._variables(scenario, number),
            deadline=began + scenario.time_limit,
            stop=self._stop,
        )
        own: str | None = None
        try:
            self._target.keys_of(scenario.credentials)
            own = self._give_buckets(scenario, context)
            verdict, reason = _judge(scenario, context)
        except Ended as ended:
            verdict, reason = ended.verdict, ended.reason
        except NoBucket as error:
            verdict, reason = Verdict.NOT_RUN, str(error)
        except Exception as error:  # noqa: BLE001 - a mistake of the tester's own must not end the run
            verdict, reason = Verdict.ERROR, f"s3tester failed: {type(error).__name__}: {error}"
        _after(scenario, context)
        if own is not None and (problem := self._buckets.remove(own)):
            self._log.write("left", problem=self._redactor.text(problem))
        evidence = [self._shown(each) for each in context.evidence]
        for each in evidence:
            self._log.write("step", scenario=scenario.id, **each.model_dump(exclude_none=True))
        seconds = round(time.monotonic() - began, 2)
        return _result(scenario, verdict, self._redactor.text(reason), seconds, context.measured, evidence)

    def _variables(self, scenario: Scenario, number: int) -> dict[str, Any]:
        unique = hashlib.sha256(f"{scenario.id} {number}".encode()).hexdigest()[:6]
        return {
            "run": self._name,
            "key": f"{unique}-{scenario.id.replace('/', '-')}",
            "endpoint": self._target.endpoint_url or f"https://s3.{self._target.region}.amazonaws.com",
            "region": self._target.region,
            "domain": self._target.domain,
            "kms_key": self._target.kms_key,
            "event_destination": self._target.event_destination,
        }

    def _give_buckets(self, scenario: Scenario, context: Context) -> str | None:
        """Sets the variables of buckets; returns the one that is the scenario's own."""
        own = None
        if scenario.own_bucket:
            lock = isinstance(scenario.own_bucket, OwnBucket) and scenario.own_bucket.object_lock
            own = context.variables["bucket"] = self._buckets.own(object_lock=lock)
        else:
            context.variables["bucket"] = self._buckets.shared("bucket")
        if "other_bucket" in names_in(scenario.model_dump()):
            context.variables["other_bucket"] = self._buckets.shared("other_bucket")
        return own

    def _shown(self, evidence: StepEvidence) -> StepEvidence:
        clean = self._redactor.text
        return evidence.model_copy(
            update={
                "headers": self._redactor.headers(evidence.headers),
                "expected": evidence.expected and clean(evidence.expected),
                "got": evidence.got and clean(evidence.got),
            }
        )


def _judge(scenario: Scenario, context: Context) -> tuple[Verdict, str]:
    """Runs preparation and test."""
    try:
        _steps(scenario.before_test, context, "before_test")
    except Ended as ended:
        unknown = ended.verdict if ended.verdict in {Verdict.ERROR, Verdict.NOT_RUN} else Verdict.NOT_RUN
        return unknown, f"its preparation failed: {ended.reason}"
    try:
        _steps(scenario.test, context, "test")
    except Ended as ended:
        return ended.verdict, ended.reason
    return Verdict.SUPPORTED, "as expected"


def _steps(steps: Sequence[Step], context: Context, group: str) -> None:
    for index, step in enumerate(steps):
        perform(step, context, f"{group}[{index}]")


def _after(scenario: Scenario, context: Context) -> None:
    """Runs ``after_test``, all of it, whatever happened: also after an interruption, and after the time limit."""
    context.stop = threading.Event()
    context.deadline = time.monotonic() + GRACE
    for index, step in enumerate(scenario.after_test):
        before = len(context.evidence)
        with suppress(Exception):  # what was not made need not be undone
            perform(step, context, f"after_test[{index}]")
        del context.evidence[before:]


def _result(
    scenario: Scenario,
    verdict: Verdict,
    reason: str,
    seconds: float = 0.0,
    measured: dict[str, Any] | None = None,
    evidence: Sequence[StepEvidence] = (),
) -> ScenarioResult:
    return ScenarioResult(
        scenario=scenario.id,
        feature=scenario.feature,
        title=scenario.title,
        severity=scenario.severity,
        verdict=verdict,
        reason=reason,
        seconds=seconds,
        measured=measured or {},
        evidence=list(evidence),
        differs_means=scenario.differs_means,
    )
