"""Reads scenario files. Every mistake is reported with its file and line, all of them at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from s3tester.checking import Where, check, nearest
from s3tester.errors import BadInput
from s3tester.requirements import across
from s3tester.scenario import VERBS, Loaded, ScenarioFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


_STEP_LISTS = ("before_test", "test", "after_test", "steps", "group")


try:
    from yaml import CSafeLoader as _SafeLoader  # libyaml's, which is many times as quick
except ImportError:  # PyYAML was built without it
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class _Loader(_SafeLoader):
    """YAML without surprises: times, ``on`` and ``no`` stay text, and a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as yaml has it
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if key.tag != "tag:yaml.org,2002:merge" and name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} stands here twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


_NOT_OURS = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value", "tag:yaml.org,2002:bool")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_OURS]
    for first, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
}
# As in YAML 1.2: what S3 calls ON, OFF and No stays text.
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), ["t", "f"])


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
    problems += across(loaded)
    if problems:
        raise BadInput(*problems)
    return loaded


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
            data = None if self._node is None else loader.construct_document(self._node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.problems.append(f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error.context}")
            return
        finally:
            loader.dispose()
        if data is None:
            self.problems.append(f"{path}:1: the file is empty")
            return
        try:
            parsed = ScenarioFile.model_validate(data)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                self._report(_untagged(each["loc"]), _words(each))
            return
        for index, scenario in enumerate(parsed.scenarios):
            where: Where = ("scenarios", index)
            self.scenarios.append(Loaded(scenario, parsed.title, path.name, self._line(where)))
            for place, message in check(scenario):
                self._report((*where, *place), message)

    def _report(self, where: Where, message: str) -> None:
        self.problems.append(f"{self._path}:{self._line(where)}: {message}")

    def _line(self, where: Where) -> int:
        """The line of a place; of one that is not there the line of what it would be in."""
        node, line = self._node, 1
        for name in where:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(name)), None)
                if found is None:
                    return line
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
                node = node.value[name]
                line = node.start_mark.line + 1
        return line


def _untagged(where: Where) -> Where:
    """A place without the verbs that pydantic puts behind every step, which are not in the file."""
    kept: list[str | int] = []
    for index, name in enumerate(where):
        before = where[:index]
        in_list = len(before) > 1 and isinstance(before[-1], int) and before[-2] in _STEP_LISTS
        if not (name in VERBS and (in_list or before[-1:] == ("step",))):
            kept.append(name)
    return tuple(kept)


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
    shared = {"name", "as", "capture", "expect", "otherwise", "refusals", "credentials", "time_limit", "with", "client"}
    unknown = [str(name) for name in given if name not in shared]
    near = nearest(unknown[0], VERBS) if unknown else ""
    named = f"unknown step {unknown[0]!r}" if unknown else "a step without a verb"
    return named + (near or f"; steps are {', '.join(VERBS)}")
