"""What a run found out about one store, as a file.

A result file is JSON, one per store and run. It is written in one order and holds no secrets and no paths of a machine,
so that it can be published and compared. Recorded runs stand in ``compat-matrix/results/<store>.json``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from s3tester.errors import BadInput
from s3tester.scenario import Severity
from s3tester.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

_HINT = "Result files are written by 's3tester run --format json --output FILE'."


def _text(value: Any) -> Any:
    """Text as UTF-8 can hold it: what servers send need not be."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreInfo(_Model):
    """Which store it was.

    Attributes:
        name: Short name, that of the result file.
        title: For readers; ``label`` is it, or else the name.
        family: Family of stores, as in the S3 provider's profiles, where it is known.
        version: Of the server, where it is known.
        how: How to have such a store, e.g. a command.
    """

    name: Annotated[Text, Field(pattern=r"^[^/\\\x00-\x1f]+$")]
    title: Text | None = None
    family: Text | None = None
    version: Text | None = None
    how: Text | None = None

    @property
    def label(self) -> str:
        """What to call the store."""
        return self.title or self.name


class RunInfo(_Model):
    """When and with what it was measured.

    Attributes:
        date: When it began, as ``2026-11-29T22:00:00Z``.
        seconds: How long it took.
        parallel: Scenarios at the same time.
        tester: Version of s3tester; the others are those of Python and the libraries.
        server_header: The ``Server`` header of the store's answers, where it sends one.
    """

    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    seconds: float
    parallel: int
    tester: Text
    python: Text
    boto3: Text
    botocore: Text
    server_header: Text | None = None


class StepEvidence(_Model):
    """One answer that a verdict rests on.

    Attributes:
        step: Which step, e.g. ``test[1] PutObject``.
        status: HTTP status.
        code: Code in the error's body.
        request_id: The store's id of the request.
        headers: The headers of the answer that matter.
        expected: What the scenario expects.
        got: What came instead, or as well.
    """

    step: Text
    status: int | None = None
    code: Text | None = None
    request_id: Text | None = None
    headers: dict[Text, Text] = {}
    expected: Text | None = None
    got: Text | None = None


class ScenarioResult(_Model):
    """What one scenario showed.

    Attributes:
        scenario: Id of the scenario.
        feature: Id of the feature that it is about: of a capability, or of the list in ``features``.
        title: Of the scenario.
        severity: How much it matters to programs.
        verdict: What it showed.
        reason: One line about it.
        seconds: How long it took.
        differs_means: For ``differs``: whether a program has the feature nevertheless. ``None``: not said.
        measured: Values that were found, by feature id: a limit or a list of names.
        evidence: The answers behind it.
    """

    scenario: Text
    feature: Annotated[Text, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")]
    title: Text
    severity: Severity
    verdict: Verdict
    reason: Text = ""
    seconds: float = 0
    differs_means: Literal["yes", "no"] | None = None
    measured: dict[Text, int | Sequence[Text]] = {}
    evidence: Sequence[StepEvidence] = ()


class Results(_Model):
    """A result file.

    Attributes:
        format: Version of the format.
        store: Which store.
        run: When and with what; absent where the store was not run.
        not_run: Why the store could not be had; then there are no results.
        results: One for each scenario, ordered by scenario.
    """

    format: Literal[1] = 1
    store: StoreInfo
    run: RunInfo | None = None
    not_run: Text | None = None
    results: Sequence[ScenarioResult] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Results:
        if self.not_run is None and self.run is None:
            raise ValueError("either 'run' or 'not_run' must be there")
        if self.not_run is not None and self.results:
            raise ValueError("a store that was not run has no results")
        twice = [scenario for scenario, times in Counter(each.scenario for each in self.results).items() if times > 1]
        if twice:
            raise ValueError(f"more than one result of {', '.join(sorted(twice))}")
        return self

    def text(self) -> str:
        """The file's content, the same for the same results; what is not there is left out."""
        ordered = self.model_copy(update={"results": sorted(self.results, key=lambda each: each.scenario)})
        return json.dumps(ordered.model_dump(mode="json", exclude_none=True), indent=1) + "\n"


def read(path: Path) -> Results:
    """Reads a result file.

    Args:
        path: The file.

    Raises:
        BadInput: It can't be read, or is no result file; the message names the place in it.
    """
    try:
        return Results.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}", hint=_HINT) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "".join(f"{part}: " for part in [".".join(map(str, first["loc"]))] if part)
        raise BadInput(f"{path}: it is no result file: {place}{first['msg']}", hint=_HINT) from error
