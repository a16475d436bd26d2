"""``Context``: what the steps of one scenario share while they run."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s3tester.verdicts import Ended, Verdict

if TYPE_CHECKING:
    import threading

    from s3tester.results import StepEvidence
    from s3tester.scenario import Step
    from s3tester.target import Clients
    from s3tester.wire import Wire


@dataclass
class Context:
    """What steps need.

    Attributes:
        clients: boto3 clients by credential set.
        wire: Sends requests of our own.
        credentials: Who asks.
        variables: What is set.
        deadline: Time of ``time.monotonic`` at which the scenario must be over.
        stop: Set when the run is to end.
        measured: Limits that were found out.
        evidence: What was asked and answered, in order.
    """

    clients: Clients
    wire: Wire
    credentials: str
    variables: dict[str, Any]
    deadline: float
    stop: threading.Event
    measured: dict[str, Any] = field(default_factory=dict)
    evidence: list[StepEvidence] = field(default_factory=list)

    def apart(self, **variables: Any) -> Context:
        """A context whose variables and evidence stay its own, for steps that run beside others.

        Args:
            **variables: Further variables.
        """
        return dataclasses.replace(self, variables={**self.variables, **variables}, evidence=[])

    def of_step(self, step: Step) -> Context:
        """The context for a step, with its time limit and credentials; variables, limits and evidence are shared.

        Args:
            step: The step.
        """
        left = step.time_limit if step.time_limit is not None else math.inf
        deadline = min(self.deadline, time.monotonic() + left)
        return dataclasses.replace(self, deadline=deadline, credentials=step.credentials or self.credentials)

    def check_time(self) -> None:
        """Ends the scenario where its time is up, or the run is to end.

        Raises:
            Ended: So it is.
        """
        if self.stop.is_set():
            raise Ended(Verdict.NOT_RUN, "the run was interrupted")
        if time.monotonic() > self.deadline:
            raise Ended(Verdict.ERROR, "its time limit is over")

    def wait(self, seconds: float) -> None:
        """Waits, at most until the scenario's time is up.

        Args:
            seconds: How long.

        Raises:
            Ended: The time is up, or the run is to end.
        """
        self.stop.wait(max(0.0, min(seconds, self.deadline - time.monotonic())))
        self.check_time()
