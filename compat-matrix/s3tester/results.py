"""The result file: one store, one run. See ``docs/reference/scenarios.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from s3tester.errors import BadInput
from s3tester.scenario import Severity
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path


class Model(BaseModel):
    """Strict, and the same text for the same content."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreInfo(Model):
    """The store.

    Attributes:
        name: Short name; that of the file.
        title: For people.
        family: Name of the S3 provider's profile for such stores.
        version: Of the server, where it is known.
        how: How to start it.
    """

    name: str
    title: str | None = None
    family: str | None = None
    version: str | None = None
    how: str | None = None


class RunInfo(Model):
    """The run.

    Attributes:
        date: When it began, UTC.
        seconds: How long it took.
        parallel: Scenarios at the same time.
        tester: Version of s3tester.
        python: Version.
        boto3: Version.
        botocore: Version.
        server_header: What the store says that it is.
    """

    date: str
    seconds: float
    parallel: int
    tester: str
    python: str
    boto3: str
    botocore: str
    server_header: str | None = None


class StepEvidence(Model):
    """One answer.

    Attributes:
        step: Which step, and its operation.
        status: HTTP status.
        code: Error code.
        request_id: The store's id.
        headers: Headers that tell something.
        expected: What was expected and is not so.
        got: What is there instead.
    """

    step: str
    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    headers: dict[str, str] = {}
    expected: str | None = None
    got: str | None = None


class ScenarioResult(Model):
    """What came out of one scenario."""

    scenario: str
    feature: str
    title: str
    severity: Severity
    verdict: Verdict
    reason: str
    seconds: float
    measured: dict[str, Any] = {}
    evidence: list[StepEvidence] = []


class Results(Model):
    """A result file."""

    format: Literal[1] = 1
    store: StoreInfo
    run: RunInfo | None = None
    results: list[ScenarioResult] = []
    not_run: str | None = None

    def text(self) -> str:
        """The file's content."""
        return f"{self.model_dump_json(indent=2, exclude_defaults=False, exclude_none=True)}\n"


def read(path: Path) -> Results:
    """Reads a result file.

    Args:
        path: The file.

    Raises:
        BadInput: It can't be read, or is no result file.
    """
    try:
        return Results.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInput(f"{path}: it is no result file: {where}: {first['msg']}") from error
