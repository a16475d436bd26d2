"""The scenario format: what a YAML file of ``compat-matrix/scenarios`` may say.

These models are the authority; ``s3tester schema`` prints them as JSON Schema, and ``docs/reference/scenarios.md``
explains them. Loading, with the file and line of every mistake, is in ``loading``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

Severity = Literal["core", "common", "rare"]
Body = Any
"""A body as ``bodies`` reads it: ``{text: …}``, ``{base64: …}``, ``{random: 5MiB, seed: 7}``, ``{zeros: 1MiB}``,
``{file: file:///…}``, or a plain string, which is its UTF-8."""
Text = str | Annotated[dict[str, Any], Field(min_length=1, max_length=1)]
"""Text, or a function that makes it."""
Judged = Literal["unsupported", "dirty", "ignored", "differs", "corrupt"]
"""What an author may name as the verdict of an expectation that does not hold."""


class Model(BaseModel):
    """Strict: keys that nobody knows are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ExpectedError(Model):
    """An error that is due.

    Attributes:
        code: The code, or a matcher. Answers without a body (to HEAD, and 304) have none, and it is not compared.
        status: The status, or a matcher.
    """

    code: Any = None
    status: Any = None


class ExpectedBody(Model):
    """What the body of the answer must be.

    Attributes:
        equals: A body; compared by size and SHA-256.
        sha256: Hexadecimal digits, or a matcher.
        md5: Hexadecimal digits, or a matcher.
        size: Bytes, or a matcher.
        text: The text, or a matcher; of the first 64 KiB.
    """

    equals: Body = None
    sha256: Any = None
    md5: Any = None
    size: Any = None
    text: Any = None


class Expect(Model):
    """What must hold of an answer. Without ``error`` and ``status`` it must be a success.

    Attributes:
        status: A status, a list of those allowed, or a matcher.
        error: A code, a status, ``[code, status]``, ``{code: …, status: …}``, or ``true`` for any refusal (4xx).
        result: Values by path (JMESPath) in the answer.
        headers: Values by header name, in any case.
        body: What the body must be.
    """

    status: Any = None
    error: str | int | bool | tuple[str, int] | ExpectedError | None = None
    result: dict[str, Any] = {}
    headers: dict[str, Any] = {}
    body: ExpectedBody | None = None


class Step(Model):
    """What all steps share.

    Attributes:
        name: What it is called in evidence; default: the operation.
        as_: Name that the answer is saved under.
        capture: Variables to set from the answer, by path.
        expect: What must hold of the answer.
        otherwise: The verdict where it does not, though the store did not fail. Default: ``differs``.
        refusals: Codes that are a clean "not supported" here, besides 501, 405 and their codes.
        credentials: Who asks; default: as the scenario says.
        time_limit: Seconds for this step; default: what is left of the scenario's.
    """

    name: str | None = None
    as_: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")] | None = Field(default=None, alias="as")
    capture: dict[str, str] = {}
    expect: Expect | None = None
    otherwise: Judged | None = None
    refusals: list[str] = []
    credentials: str | None = None
    time_limit: Annotated[float, Field(gt=0)] | None = None


class ClientOptions(Model):
    """How boto3 is set up for a call, where that differs from the run's.

    Attributes:
        checksums: When checksums nobody asked for are sent and verified. Default: ``when_required``.
        addressing: Where the bucket stands.
        sign_payloads: Whether signatures cover bodies; ``None`` is boto3's choice.
        region: Region to sign for.
    """

    checksums: Literal["when_required", "when_supported"] = "when_required"
    addressing: Literal["path", "virtual"] | None = None
    sign_payloads: bool | None = None
    region: str | None = None


class CallStep(Step):
    """``call``: an operation of boto3's S3 model.

    Attributes:
        call: Its name, e.g. ``PutObject``.
        with_: Its parameters.
        client: How boto3 is set up for it.
    """

    call: str
    with_: dict[str, Any] = Field(default={}, alias="with")
    client: ClientOptions = ClientOptions()


Signing = Literal[
    "v4", "query", "none", "broken-signature", "chunked", "chunked-trailer", "unsigned-trailer", "unsigned-payload"
]


class HttpRequest(Model):
    """A request as it goes over the wire.

    Attributes:
        method: The method.
        path: Path with the bucket, not encoded; it is not normalised.
        raw_path: The path as it is sent (but for ``%`` escapes, whose letters become capitals), instead of ``path``.
        url: A whole URL instead of both, e.g. a presigned one; it is sent as it is.
        query: Names and values; ``null`` is a name without one.
        headers: Headers by name; they are signed.
        unsigned_headers: Headers that the signature does not cover.
        body: The body.
        form: Fields of a ``multipart/form-data`` body; a field ``file`` with a body comes last.
        sign: How it is signed: ``v4`` in headers, ``query``, ``none``, ``broken-signature`` (one digit wrong),
            ``chunked`` and ``chunked-trailer`` (``aws-chunked`` with signed chunks), ``unsigned-trailer``
            (``aws-chunked``, unsigned), ``unsigned-payload``.
        payload: What ``x-amz-content-sha256`` says instead of the truth.
        trailer: Headers behind a chunked body.
        chunk_size: Bytes of a chunk; every chunk but the last is as large.
        expires: Seconds that a ``query`` signature is valid.
        skew: Seconds that the clock of the signature is wrong.
        region: Region to sign for.
        host: The ``Host`` header instead of the endpoint's.
    """

    method: str = "GET"
    path: Text | None = None
    raw_path: Text | None = None
    url: Text | None = None
    query: dict[str, Any] | str = {}
    headers: dict[str, Any] | str = {}
    unsigned_headers: dict[str, Any] = {}
    body: Body = None
    form: dict[str, Any] | str | None = None
    sign: Signing = "v4"
    payload: Text | None = None
    trailer: dict[str, Any] = {}
    chunk_size: int | str = "64KiB"
    expires: int | str = 300
    skew: int | str = 0
    region: Text | None = None
    host: Text | None = None


class HttpStep(Step):
    """``http``: a request of our own, with the signature or mistake that it asks for."""

    http: HttpRequest


class Presigned(Model):
    """What is presigned; no request is sent. The answer has ``url``, of a form also ``fields``.

    Attributes:
        operation: An operation of boto3's S3 model.
        with_: Its parameters.
        post: Instead of both, a form: ``bucket``, ``key``, ``fields``, ``conditions``.
        expires: Seconds of life.
    """

    operation: str | None = None
    with_: dict[str, Any] = Field(default={}, alias="with")
    post: dict[str, Any] | None = None
    expires: int | str = 300


class PresignStep(Step):
    """``presign``: makes a URL, or the fields of a form."""

    presign: Presigned
    client: ClientOptions = ClientOptions()


class MultipartExtras(Model):
    """Parameters for the requests of a multipart upload."""

    create: dict[str, Any] = {}
    part: dict[str, Any] = {}
    complete: dict[str, Any] = {}


class Multipart(Model):
    """A multipart upload as one step.

    Attributes:
        bucket: The bucket.
        key: The key.
        parts: Bodies of the parts, numbered from 1.
        numbers: Other part numbers.
        with_: Parameters of its requests.
        at_once: Parts at the same time.
    """

    bucket: str
    key: str
    parts: list[Body] | str
    numbers: list[int] | None = None
    with_: MultipartExtras = Field(default=MultipartExtras(), alias="with")
    at_once: Annotated[int, Field(ge=1, le=64)] = 4


class MultipartStep(Step):
    """``multipart``: create, parts, complete. A failed one is aborted."""

    multipart: Multipart
    client: ClientOptions = ClientOptions()


Invariant = Literal["ordered", "unique", "no_empty_pages", "within_max", "ends"]


class Pages(Model):
    """A listing, page by page with boto3's paginator.

    Attributes:
        call: The operation.
        with_: Its parameters.
        items: Path of what is listed, e.g. ``Contents[].Key``.
        invariants: ``ordered`` (UTF-8 byte order), ``unique``, ``no_empty_pages`` (unless it is the only one),
            ``within_max`` (no page has more items than asked for), ``ends`` (within ``limit`` pages).
        limit: Most pages that are read.
    """

    call: str
    with_: dict[str, Any] = Field(default={}, alias="with")
    items: str
    invariants: list[Invariant] = []
    limit: Annotated[int, Field(ge=1)] = 1000


class PagesStep(Step):
    """``pages``: the answer has ``items``, ``count`` and ``pages``."""

    pages: Pages
    client: ClientOptions = ClientOptions()


class Parallel(Model):
    """Steps at the same time.

    Attributes:
        steps: The steps; each runs ``repeat`` times, with ``${index}`` from 0.
        repeat: How often.
        at_once: Most at the same time.
    """

    steps: Annotated[list[AnyStep], Field(min_length=1)]
    repeat: Annotated[int, Field(ge=1)] = 1
    at_once: Annotated[int, Field(ge=1, le=1000)] = 100


class ParallelStep(Step):
    """``parallel``: the answer has ``succeeded``, ``failed``, ``codes``, ``statuses`` and ``answers``.

    Without ``expect`` every step must meet its own expectations; with it, it alone counts.
    """

    parallel: Parallel


class GroupStep(Step):
    """``group``: steps in order, as one; for ``parallel`` and ``until``. Its answer is the last step's."""

    group: Annotated[list[AnyStep], Field(min_length=1)]


class CheckStep(Step):
    """``check``: values, mostly with variables, and what each must be. Sends nothing."""

    check: dict[str, Any]


class SetStep(Step):
    """``set``: variables. Sends nothing."""

    set: dict[str, Any]


class SleepStep(Step):
    """``sleep``: waits some seconds."""

    sleep: Annotated[float, Field(gt=0, le=600)] | str


class Until(Model):
    """A step that is repeated until its expectations are met.

    Attributes:
        deadline: Seconds after which the last answer counts.
        every: Seconds in between.
        step: The step.
    """

    deadline: Annotated[float, Field(gt=0, le=600)]
    every: Annotated[float, Field(gt=0)] = 0.25
    step: AnyStep


class UntilStep(Step):
    """``until``: for what a store does in its own time."""

    until: Until


class Measured(Model):
    """A number that was found out.

    Attributes:
        feature: Capability that it is the value of, e.g. ``multipart.max_parts``.
        value: The value.
    """

    feature: str
    value: Any


class MeasureStep(Step):
    """``measure``: notes a limit in the result. Sends nothing."""

    measure: Measured


VERBS = (
    "call",
    "http",
    "presign",
    "multipart",
    "pages",
    "parallel",
    "group",
    "check",
    "set",
    "sleep",
    "until",
    "measure",
)


def verb_of(step: Any) -> str | None:
    """The one verb that a step has; ``None`` where there is none, or more than one."""
    if isinstance(step, Step):
        return next(verb for verb in VERBS if hasattr(step, verb))
    found = [verb for verb in VERBS if isinstance(step, dict) and verb in step]
    return found[0] if len(found) == 1 else None


AnyStep = Annotated[
    Annotated[CallStep, Tag("call")]
    | Annotated[HttpStep, Tag("http")]
    | Annotated[PresignStep, Tag("presign")]
    | Annotated[MultipartStep, Tag("multipart")]
    | Annotated[PagesStep, Tag("pages")]
    | Annotated[ParallelStep, Tag("parallel")]
    | Annotated[GroupStep, Tag("group")]
    | Annotated[CheckStep, Tag("check")]
    | Annotated[SetStep, Tag("set")]
    | Annotated[SleepStep, Tag("sleep")]
    | Annotated[UntilStep, Tag("until")]
    | Annotated[MeasureStep, Tag("measure")],
    Discriminator(verb_of),
]


class OwnBucket(Model):
    """How a bucket of a scenario's own is made.

    Attributes:
        object_lock: With object lock.
    """

    object_lock: bool = False


class Scenario(Model):
    """One question to a store.

    Attributes:
        id: Unique; the feature's id, or that with ``/`` and the name of a variant.
        feature: A capability leaf, or one of ``features.FURTHER``.
        title: What is true of a store that has it.
        severity: How many programs need it.
        doc: Address of its documentation.
        tags: Words to filter by.
        requires: Scenarios or features that must have come out ``supported`` before.
        credentials: Who asks, unless a step says otherwise: ``main``, ``other``, ``anonymous``, ``wrong-secret``,
            ``unknown-key``.
        own_bucket: ``${bucket}`` is a bucket that no other scenario uses.
        time_limit: Seconds for all of it.
        alone: It runs when all others are over, with none beside it: for what would keep a store from answering them.
        before_test: What the test needs. Where it fails, nothing is known of the feature.
        test: The test.
        after_test: Run in any case. Scratch buckets are emptied besides.
        differs_means: For the verdict ``differs``: whether a program has the feature nevertheless. Profiles go by it;
            where it is not said, the feature is unknown then.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+(/[a-z0-9_.-]+)?$")]
    feature: str
    title: Annotated[str, Field(min_length=1)]
    severity: Severity = "common"
    doc: str | None = None
    tags: list[str] = []
    requires: list[str] = []
    credentials: str = "main"
    own_bucket: bool | OwnBucket = False
    time_limit: Annotated[float, Field(gt=0)] = 120
    alone: bool = False
    before_test: list[AnyStep] = []
    test: Annotated[list[AnyStep], Field(min_length=1)]
    after_test: list[AnyStep] = []
    differs_means: Literal["yes", "no"] | None = None


class ScenarioFile(Model):
    """One file: a group of scenarios.

    Attributes:
        title: What the group is about.
        scenarios: Its scenarios.
    """

    title: Annotated[str, Field(min_length=1)]
    scenarios: Annotated[list[Scenario], Field(min_length=1)]


for model in (Parallel, GroupStep, Until, ParallelStep, UntilStep, Scenario, ScenarioFile):
    model.model_rebuild()


@dataclass(frozen=True)
class Loaded:
    """A scenario with what its file says of it.

    Attributes:
        scenario: The scenario.
        group: Title of its file.
        file: Name of its file.
        line: Line where it begins.
    """

    scenario: Scenario
    group: str
    file: str
    line: int
