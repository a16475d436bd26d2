"""What a run found out about one store, as a file.

A result file is JSON, one per store and run. It is written in one order and holds no secrets and no paths of a machine,
so that it can be published and compared. Recorded runs stand in ``compat-matrix/results/<store>.json``.
"""

from __future__ import annotations

import enum
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1


class Verdict(enum.StrEnum):
    """What a scenario showed; the order is that of reports, best first."""

    SUPPORTED = "supported"
    """Every expectation was met."""
    DIFFERS = "differs"
    """It works, in another shape than on Amazon S3."""
    UNSUPPORTED = "unsupported"
    """Refused cleanly."""
    DIRTY = "dirty"
    """Refused with a wrong status or code, or 5xx where a clean answer was due."""
    IGNORED = "ignored"
    """Answered with success, without the effect."""
    CORRUPT = "corrupt"
    """Bytes were lost or changed."""
    FLAKY = "flaky"
    """Another verdict at each repetition."""
    ERROR = "error"
    """The transport, a time limit or the tester itself failed: nothing was learned."""
    NOT_RUN = "not-run"
    """Not tried; the reason says why."""


Severity = Literal["core", "common", "rare"]


def _text(value: Any) -> Any:
    """Text as UTF-8 can hold it: what servers send need not be."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreAbout(_Model):
    """Which store it was.

    Attributes:
        name: Short name, that of the result file.
        title: For readers.
        family: Family of stores, as in the S3 provider's profiles, where it is known.
        version: Of the server, where it is known.
        how: How to have such a store, e.g. a command.
    """

    name: Annotated[Text, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: Text
    family: Text | None = None
    version: Text | None = None
    how: Text | None = None


class RunAbout(_Model):
    """When and with what it was measured.

    Attributes:
        date: Begin of the run, UTC.
        seconds: How long it took.
        parallel: Scenarios at the same time.
        tester: Version of s3tester; the others are those of Python and the libraries.
        server_header: The ``Server`` header of the store's answers, where it sends one.
    """

    date: AwareDatetime
    seconds: float
    parallel: int
    tester: Text
    python: Text
    boto3: Text
    botocore: Text
    server_header: Text | None = None


class Evidence(_Model):
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
    headers: Mapping[Text, Text] = {}
    expected: Text | None = None
    got: Text | None = None


class Result(_Model):
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
    feature: Text
    title: Text
    severity: Severity
    verdict: Verdict
    reason: Text = ""
    seconds: float = 0
    differs_means: Literal["yes", "no"] | None = None
    measured: Mapping[Text, int | Sequence[Text]] = {}
    evidence: Sequence[Evidence] = ()


class StoreResults(_Model):
    """A result file.

    Attributes:
        format: Version of the format.
        store: Which store.
        run: When and with what; absent where the store was not run.
        not_run: Why the store could not be had; then there are no results.
        results: One for each scenario, ordered by scenario.
    """

    format: Literal[1] = FORMAT
    store: StoreAbout
    run: RunAbout | None = None
    not_run: Text | None = None
    results: Sequence[Result] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> StoreResults:
        if self.not_run is None and self.run is None:
            raise ValueError("either 'run' or 'not_run' must be there")
        if self.not_run is not None and self.results:
            raise ValueError("a store that was not run has no results")
        twice = [scenario for scenario, times in Counter(each.scenario for each in self.results).items() if times > 1]
        if twice:
            raise ValueError(f"more than one result of {', '.join(sorted(twice))}")
        return self

    def counts(self) -> dict[Verdict, int]:
        """How many results there are of each verdict that occurs, best first."""
        found = Counter(each.verdict for each in self.results)
        return {verdict: found[verdict] for verdict in Verdict if found[verdict]}


def to_json(results: StoreResults) -> str:
    """A result file's text, the same for the same results; what is not there is left out."""
    ordered = results.model_copy(update={"results": sorted(results.results, key=lambda each: each.scenario)})
    return json.dumps(ordered.model_dump(mode="json", exclude_none=True), indent=1) + "\n"


def from_json(text: str, name: str) -> StoreResults:
    """Reads a result file.

    Args:
        text: Its text.
        name: What to call it in messages.

    Raises:
        InvalidConfiguration: It is none; the message names the place in it.
    """
    try:
        return StoreResults.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidConfiguration(
            f"{name} is no result file of s3tester: {f'{place}: ' if place else ''}{first['msg']}",
            hint="Result files are written by 's3tester run --format json --output FILE'.",
        ) from None


def read(path: Path) -> StoreResults:
    """Reads a result file.

    Raises:
        InvalidConfiguration: It is not there, or none.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfiguration(
            f"can't read {path}: {error.strerror if isinstance(error, OSError) else 'it is no text'}",
            hint="Result files are written by 's3tester run --format json --output FILE'.",
        ) from None
    return from_json(text, str(path))
