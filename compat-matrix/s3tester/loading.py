"""Reads scenario files. Every mistake is reported with its file and line, all of them at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from s3tester import operations
from s3tester.bodies import body, is_body
from s3tester.errors import BadInput
from s3tester.features import all_features
from s3tester.scenario import (
    VERBS,
    CallStep,
    GroupStep,
    HttpStep,
    MeasureStep,
    MultipartStep,
    PagesStep,
    ParallelStep,
    PresignStep,
    Scenario,
    ScenarioFile,
    SetStep,
    Step,
    UntilStep,
)
from s3tester.target import CREDENTIAL_SETS
from s3tester.values import BUILT_IN, FUNCTIONS, names_in, path_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Where = tuple[str | int, ...]
"""A place in a file: names and indexes from the top."""
_STEPS = ("before_test", "test", "after_test")


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


class _Loader(yaml.SafeLoader):
    """YAML without surprises: times stay text, and a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as yaml has it
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)  # type: ignore[no-untyped-call] # of yaml's stubs
            if key.tag != "tag:yaml.org,2002:merge" and name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} stands here twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":value"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(paths: Iterable[Path]) -> list[Loaded]:
    """Reads scenario files.

    Args:
        paths: Files, or folders whose ``*.yaml`` are read, sorted by name.

    Raises:
        BadInput: Something in them is wrong; ``problems`` has all of it.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path}: there is no such file or folder")
        files += sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise BadInput("there are no scenario files (*.yaml)", hint="Name files or folders with --scenarios.")
    problems: list[str] = []
    loaded: list[Loaded] = []
    for file in files:
        read = _File(file)
        loaded += read.scenarios
        problems += read.problems
    problems += _across(loaded)
    if problems:
        raise BadInput(*problems)
    return loaded


def _across(loaded: Sequence[Loaded]) -> Iterator[str]:
    """What is wrong between scenarios: ids that stand twice, requirements that nothing meets or that go round."""
    by_id: dict[str, Loaded] = {}
    for each in loaded:
        if (first := by_id.setdefault(each.scenario.id, each)) is not each:
            yield f"{each.file}:{each.line}: the id {each.scenario.id!r} is taken by {first.file}:{first.line}"
    known = {*by_id, *(each.scenario.feature for each in loaded)}
    for each in loaded:
        for needed in each.scenario.requires:
            if needed not in known:
                near = _nearest(needed, known)
                yield f"{each.file}:{each.line}: {each.scenario.id} requires {needed!r}, which no scenario is{near}"
    features: dict[str, list[str]] = {}
    for each in loaded:
        features.setdefault(each.scenario.feature, []).append(each.scenario.id)
    settled: set[str] = set()

    def round_trip(name: str, way: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in way:
            return (*way[way.index(name) :], name)
        if name in settled or name not in by_id:
            return None
        for needed in required_ids(by_id[name].scenario, by_id, features):
            if found := round_trip(needed, (*way, name)):
                return found
        settled.add(name)
        return None

    for each in loaded:
        if found := round_trip(each.scenario.id, ()):
            yield f"{each.file}:{each.line}: requirements go round in a circle: {' → '.join(found)}"
            return


def required_ids(scenario: Scenario, ids: Iterable[str], features: dict[str, list[str]]) -> list[str]:
    """The scenarios that must have come out ``supported`` before one.

    Args:
        scenario: The one.
        ids: All ids: a requirement that is one means that scenario.
        features: Ids of scenarios by feature: any other requirement means all of a feature's.
    """
    found = [each for needed in scenario.requires for each in ([needed] if needed in ids else features.get(needed, []))]
    return [each for each in dict.fromkeys(found) if each != scenario.id]


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


class _File:
    """One file, read and checked."""

    def __init__(self, path: Path) -> None:
        self.problems: list[str] = []
        self.scenarios: list[Loaded] = []
        self._path = path
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{path}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}")
            return
        loader = _Loader(text)
        try:
            self._node = loader.get_single_node()
            data = None if self._node is None else loader.construct_document(self._node)  # type: ignore[no-untyped-call] # of yaml's stubs
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.problems.append(f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error.context}")
            return
        finally:
            loader.dispose()  # type: ignore[no-untyped-call] # of yaml's stubs
        if data is None:
            self.problems.append(f"{path}:1: the file is empty")
            return
        try:
            parsed = ScenarioFile.model_validate(data)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                self._report(each["loc"], _words(each))
            return
        for index, scenario in enumerate(parsed.scenarios):
            where: Where = ("scenarios", index)
            self.scenarios.append(Loaded(scenario, parsed.title, path.name, self._line(where)))
            self._check(scenario, where)

    def _report(self, where: Where, message: str) -> None:
        self.problems.append(f"{self._path}:{self._line(where)}: {message}")

    def _line(self, where: Where) -> int:
        """The line of a place; of one that is not there the line of what it would be in."""
        node, line = self._node, 1
        for name in where:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(name)), None)
                if found is None:
                    continue  # a tag of pydantic's, which is not in the file
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
                node = node.value[name]
                line = node.start_mark.line + 1
        return line

    def _check(self, scenario: Scenario, where: Where) -> None:
        """What the models can't know: features, operations and their parameters, variables, paths, bodies."""
        if scenario.feature not in all_features():
            near = _nearest(scenario.feature, all_features())
            self._report((*where, "feature"), f"there is no feature {scenario.feature!r}{near}")
        if scenario.id != scenario.feature and not scenario.id.startswith(f"{scenario.feature}/"):
            self._report(
                (*where, "id"), f"the id must be {scenario.feature!r}, or begin with {scenario.feature + '/'!r}"
            )
        self._credentials(scenario.credentials, (*where, "credentials"))
        known = {*BUILT_IN}
        for group in _STEPS:
            for index, step in enumerate(getattr(scenario, group)):
                self._step(step, (*where, group, index), known)

    def _credentials(self, name: str | None, where: Where) -> None:
        if name is not None and name not in CREDENTIAL_SETS:
            near = _nearest(name, CREDENTIAL_SETS) or f"; there are {', '.join(CREDENTIAL_SETS)}"
            self._report(where, f"there are no credentials {name!r}{near}")

    def _step(self, step: Step, where: Where, known: set[str]) -> None:
        self._credentials(step.credentials, (*where, "credentials"))
        match step:
            case CallStep():
                self._operation(step.call, step.with_, (*where, "call"), (*where, "with"))
            case PagesStep(pages=pages):
                self._operation(pages.call, pages.with_, (*where, "pages", "call"), (*where, "pages", "with"))
                self._path_of(pages.items, (*where, "pages", "items"))
            case PresignStep(presign=presigned):
                self._presigned(step, (*where, "presign"))
                if presigned.operation is not None:
                    place = (*where, "presign")
                    self._operation(presigned.operation, presigned.with_, (*place, "operation"), (*place, "with"))
            case HttpStep(http=request):
                if sum(each is not None for each in (request.path, request.raw_path, request.url)) != 1:
                    self._report((*where, "http"), "a request has one of 'path', 'raw_path' and 'url'")
            case MultipartStep(multipart=upload):
                for name, extras in upload.with_:
                    operation = {"create": "CreateMultipartUpload", "part": "UploadPart"}.get(
                        name, "CompleteMultipartUpload"
                    )
                    for place, problem in operations.parameter_problems(operation, extras):
                        if place:
                            self._report((*where, "multipart", "with", name, *place), problem)
            case MeasureStep(measure=measured):
                if measured.feature not in all_features():
                    near = _nearest(measured.feature, all_features())
                    self._report((*where, "measure", "feature"), f"there is no feature {measured.feature!r}{near}")
            case _:
                pass
        self._steps_inside(step, where, known)
        self._values(_own_values(step), where, known)
        self._paths(step, where)
        if isinstance(step, SetStep):
            known.update(step.set)
        known.update(step.capture)
        if step.as_:
            known.add(step.as_)

    def _steps_inside(self, step: Step, where: Where, known: set[str]) -> None:
        match step:
            case ParallelStep(parallel=parallel):
                for index, each in enumerate(parallel.steps):
                    self._step(each, (*where, "parallel", "steps", index), set(known))
            case GroupStep(group=group):
                for index, each in enumerate(group):
                    self._step(each, (*where, "group", index), known)
            case UntilStep(until=until):
                self._step(until.step, (*where, "until", "step"), known)
            case _:
                pass

    def _presigned(self, step: PresignStep, where: Where) -> None:
        if (step.presign.operation is None) is (step.presign.post is None):
            self._report(where, "what is presigned is one of 'operation' and 'post'")
        if step.presign.post is not None:
            for name in {"bucket", "key"} - set(step.presign.post):
                self._report((*where, "post"), f"a form needs {name!r}")
            for name in set(step.presign.post) - {"bucket", "key", "fields", "conditions"}:
                self._report((*where, "post", name), f"a form has no {name!r}")

    def _operation(self, name: str, given: dict[str, Any], where: Where, parameters: Where) -> None:
        try:
            found = list(operations.parameter_problems(name, given))
        except KeyError as error:
            self._report(where, error.args[0])
            return
        for place, problem in found:
            self._report((*parameters, *place) if place else where, problem)

    def _path_of(self, path: str, where: Where) -> None:
        if problem := path_problem(path):
            self._report(where, f"{path!r} is no path: {problem}")

    def _paths(self, step: Step, where: Where) -> None:
        for name, path in step.capture.items():
            self._path_of(path, (*where, "capture", name))
        if step.expect is not None:
            for path in step.expect.result:
                self._path_of(path, (*where, "expect", "result", path))

    def _values(self, value: Any, where: Where, known: set[str]) -> None:
        """Variables that nothing sets, functions that do not exist, bodies that can't be."""
        if isinstance(value, dict):
            for name, each in value.items():
                if isinstance(name, str) and name.startswith("$") and not name.startswith("${"):
                    if name not in FUNCTIONS:
                        near = _nearest(name, FUNCTIONS) or f"; there are {', '.join(FUNCTIONS)}"
                        self._report((*where, name), f"there is no function {name!r}{near}")
                    elif len(value) > 1:
                        self._report((*where, name), f"the function {name!r} stands alone in its mapping")
                self._values(name, (*where, name), known)
                self._values(each, (*where, name), known)
            self._body(value, where)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                self._values(each, (*where, index), known)
        elif isinstance(value, str):
            for name in names_in(value):
                if name not in known:
                    self._report(where, f"nothing sets the variable {name!r}{_nearest(name, known)}")

    def _body(self, value: dict[str, Any], where: Where) -> None:
        if not is_body(value) or any(True for _ in names_in(value)):
            return
        try:
            if "file" not in value:
                body(value)
        except ValueError as error:
            self._report(where, str(error))


def _own_values(step: Step) -> dict[str, Any]:
    """A step as it stands in its file, without what stands in steps inside of it."""
    written = step.model_dump(by_alias=True, exclude_unset=True)
    match step:
        case ParallelStep():
            written["parallel"] = {"repeat": step.parallel.repeat}
        case GroupStep():
            del written["group"]
        case UntilStep():
            del written["until"]
        case _:
            pass
    return written


def _words(error: Any) -> str:
    """A pydantic error in the words of the format."""
    where, kind = error["loc"], error["type"]
    last = where[-1] if where else ""
    if kind == "union_tag_not_found":
        given = error["input"]
        found = [verb for verb in VERBS if isinstance(given, dict) and verb in given]
        if found:
            return f"a step has one verb, and this has {' and '.join(map(repr, found))}"
        return _unknown_step(given)
    if kind == "extra_forbidden":
        return f"there is no {str(last)!r} here"
    if kind == "missing":
        return f"{str(last)!r} is missing"
    return f"{str(last)!r}: {error['msg'][0].lower()}{error['msg'][1:]}" if where else str(error["msg"])


def _unknown_step(given: Any) -> str:
    if not isinstance(given, dict):
        return f"a step is a mapping with one of {', '.join(VERBS)}"
    shared = {"name", "as", "capture", "expect", "otherwise", "refusals", "credentials", "with", "client"}
    unknown = [str(name) for name in given if name not in shared]
    near = _nearest(unknown[0], VERBS) if unknown else ""
    named = f"unknown step {unknown[0]!r}" if unknown else "a step without a verb"
    return named + (near or f"; steps are {', '.join(VERBS)}")
