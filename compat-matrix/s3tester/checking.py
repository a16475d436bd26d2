"""What the models of scenarios can't know: features, operations and their parameters, variables, paths, bodies."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from s3tester import operations
from s3tester.bodies import body, is_body, size_of
from s3tester.features import all_features
from s3tester.scenario import (
    CallStep,
    GroupStep,
    HttpStep,
    MeasureStep,
    MultipartStep,
    PagesStep,
    ParallelStep,
    PresignStep,
    Scenario,
    SetStep,
    Step,
    UntilStep,
)
from s3tester.target import CREDENTIAL_SETS
from s3tester.values import BUILT_IN, FUNCTIONS, names_in, path_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Where = tuple[str | int, ...]
"""A place in a file: names and indexes from the top."""
Problem = tuple[Where, str]
_UPLOAD = {"create": "CreateMultipartUpload", "part": "UploadPart", "complete": "CompleteMultipartUpload"}
_FORM = {"bucket", "key", "fields", "conditions"}


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: what was meant, if something is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def check(scenario: Scenario) -> Iterator[Problem]:
    """What is wrong in a scenario that has the right form.

    Args:
        scenario: The scenario.

    Yields:
        Where in it, and what.
    """
    if scenario.feature not in all_features():
        yield ("feature",), _no_feature(scenario.feature)
    if scenario.id != scenario.feature and not scenario.id.startswith(f"{scenario.feature}/"):
        yield ("id",), f"the id must be {scenario.feature!r}, or begin with {scenario.feature + '/'!r}"
    yield from _credentials(scenario.credentials, ("credentials",))
    known = {*BUILT_IN}
    for group in ("before_test", "test", "after_test"):
        for index, step in enumerate(getattr(scenario, group)):
            yield from _step(step, (group, index), known)


def _no_feature(name: str) -> str:
    return f"there is no feature {name!r}{nearest(name, all_features())}"


def _credentials(name: str | None, where: Where) -> Iterator[Problem]:
    if name is not None and name not in CREDENTIAL_SETS:
        near = nearest(name, CREDENTIAL_SETS) or f"; there are {', '.join(CREDENTIAL_SETS)}"
        yield where, f"there are no credentials {name!r}{near}"


def _step(step: Step, where: Where, known: set[str]) -> Iterator[Problem]:
    """One step; the variables that it sets are added to those that are known."""
    yield from _credentials(step.credentials, (*where, "credentials"))
    if (by_verb := _BY_VERB.get(type(step))) is not None:
        for place, problem in by_verb(step):
            yield (*where, *place), problem
    for place, each in _inside(step):
        yield from _step(each, (*where, *place), set(known) if isinstance(step, ParallelStep) else known)
    yield from _values(_own_values(step), where, known)
    for name, path in step.capture.items():
        yield from _path(path, (*where, "capture", name))
    for path in step.expect.result if step.expect is not None else ():
        yield from _path(path, (*where, "expect", "result", path))
    known.update(step.capture, step.set if isinstance(step, SetStep) else (), [step.as_] if step.as_ else ())


def _inside(step: Step) -> Iterator[tuple[Where, Step]]:
    match step:
        case ParallelStep(parallel=parallel):
            yield from ((("parallel", "steps", index), each) for index, each in enumerate(parallel.steps))
        case GroupStep(group=group):
            yield from ((("group", index), each) for index, each in enumerate(group))
        case UntilStep(until=until):
            yield ("until", "step"), until.step
        case _:
            pass


def _own_values(step: Step) -> dict[str, Any]:
    """A step as it stands in its file, without what stands in steps inside of it."""
    return step.model_dump(
        by_alias=True, exclude_unset=True, exclude={"parallel": {"steps"}, "group": True, "until": True}
    )


def _call(step: CallStep) -> Iterator[Problem]:
    return _operation(step.call, step.with_, ("call",), ("with",))


def _pages(step: PagesStep) -> Iterator[Problem]:
    yield from _operation(step.pages.call, step.pages.with_, ("pages", "call"), ("pages", "with"))
    yield from _path(step.pages.items, ("pages", "items"))
    if step.pages.call in operations.operation_names() and not operations.is_paged(step.pages.call):
        yield ("pages", "call"), f"boto3 has no paginator for {step.pages.call}"


def _presign(step: PresignStep) -> Iterator[Problem]:
    wanted = step.presign
    if (wanted.operation is None) is (wanted.post is None):
        yield ("presign",), "what is presigned is one of 'operation' and 'post'"
    if wanted.operation is not None:
        place = ("presign",)
        yield from _operation(wanted.operation, wanted.with_, (*place, "operation"), (*place, "with"))
    if wanted.post is not None:
        for name in sorted({"bucket", "key"} - set(wanted.post)):
            yield ("presign", "post"), f"a form needs {name!r}"
        for name in sorted(set(wanted.post) - _FORM):
            yield ("presign", "post", name), f"a form has no {name!r}{nearest(name, _FORM)}"


def _http(step: HttpStep) -> Iterator[Problem]:
    request = step.http
    if sum(each is not None for each in (request.path, request.raw_path, request.url)) != 1:
        yield ("http",), "a request has one of 'path', 'raw_path' and 'url'"
    if isinstance(request.chunk_size, str) and not any(True for _ in names_in(request.chunk_size)):
        try:
            size_of(request.chunk_size)
        except ValueError as error:
            yield ("http", "chunk_size"), str(error)


def _multipart(step: MultipartStep) -> Iterator[Problem]:
    for name, extras in step.multipart.with_:
        for place, problem in operations.parameter_problems(_UPLOAD[name], extras):
            if place:  # what is required the step gives by itself
                yield ("multipart", "with", name, *place), problem


def _measure(step: MeasureStep) -> Iterator[Problem]:
    if step.measure.feature not in all_features():
        yield ("measure", "feature"), _no_feature(step.measure.feature)


_BY_VERB: dict[type[Step], Callable[[Any], Iterator[Problem]]] = {
    CallStep: _call,
    PagesStep: _pages,
    PresignStep: _presign,
    HttpStep: _http,
    MultipartStep: _multipart,
    MeasureStep: _measure,
}


def _operation(name: str, given: dict[str, Any], where: Where, parameters: Where) -> Iterator[Problem]:
    try:
        found = list(operations.parameter_problems(name, given))
    except KeyError as error:
        yield where, error.args[0]
        return
    for place, problem in found:
        yield (*parameters, *place) if place else where, problem


def _path(path: str, where: Where) -> Iterator[Problem]:
    if problem := path_problem(path):
        yield where, f"{path!r} is no path: {problem}"


def _values(value: Any, where: Where, known: set[str]) -> Iterator[Problem]:
    """Variables that nothing sets, functions that do not exist, bodies that can't be."""
    if isinstance(value, dict):
        yield from _function(value, where)
        yield from _body(value, where)
        for name, each in value.items():
            yield from _values(name, (*where, name), known)
            yield from _values(each, (*where, name), known)
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from _values(each, (*where, index), known)
    elif isinstance(value, str):
        for name in names_in(value):
            if name not in known:
                yield where, f"nothing sets the variable {name!r}{nearest(name, known)}"


def _function(value: dict[Any, Any], where: Where) -> Iterator[Problem]:
    for name in value:
        if not isinstance(name, str) or not name.startswith("$") or name.startswith(("${", "$${")):
            continue
        if name not in FUNCTIONS:
            near = nearest(name, FUNCTIONS) or f"; there are {', '.join(FUNCTIONS)}"
            yield (*where, name), f"there is no function {name!r}{near}"
        elif len(value) > 1:
            yield (*where, name), f"the function {name!r} stands alone in its mapping"


def _body(value: dict[Any, Any], where: Where) -> Iterator[Problem]:
    if not is_body(value) or any(True for _ in names_in(value)) or "file" in value:
        return  # a file may be made later
    try:
        body(value)
    except ValueError as error:
        yield where, str(error)
