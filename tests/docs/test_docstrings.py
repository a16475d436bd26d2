"""Docstrings: everything that the reference shows has one, everything public is in the reference, and examples run."""

from __future__ import annotations

import doctest
import functools
import importlib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import griffe
import pytest

import holdall

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "storage", ROOT / "providers")
MODULES = {
    ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__"): path
    for source in SOURCES
    for path in source.rglob("*.py")
}
WITH_EXAMPLES = sorted(name for name, path in MODULES.items() if ">>> " in path.read_text("utf-8"))
REFERENCE = {
    name
    for page in (ROOT / "docs" / "reference").glob("*.md")
    for name in re.findall(r"^::: (\S+)", page.read_text(), re.MULTILINE)
}


@functools.cache
def read(name: str) -> griffe.Object:
    """A module, class or function of ours, read and not imported."""
    found = loader().modules_collection[name]
    assert isinstance(found, griffe.Object)
    return found


@functools.cache
def loader() -> griffe.GriffeLoader:
    """All packages; reading them takes a second, which is not to be spent while tests are collected."""
    packages = griffe.GriffeLoader(search_paths=[str(source) for source in SOURCES])
    for package in sorted({name.partition(".")[0] for name in MODULES}):
        packages.load(package)
    packages.resolve_aliases()
    return packages


def public_members(item: griffe.Object) -> Iterator[griffe.Object]:
    """What people may use of a module or class, at any depth."""
    for name, member in item.members.items():
        if member.is_alias or name.startswith("_") or not isinstance(member, (griffe.Class, griffe.Function)):
            continue
        yield member
        if isinstance(member, griffe.Class):
            yield from public_members(member)


@functools.cache
def methods_of_protocols() -> frozenset[str]:
    """The methods that protocols of ours document for all who implement them."""
    classes = (each for name in MODULES for each in public_members(read(name)))
    return frozenset(
        method
        for each in classes
        if isinstance(each, griffe.Class) and any(str(base).startswith("Protocol") for base in each.bases)
        for method, member in each.members.items()
        if member.docstring is not None
    )


def documented(item: griffe.Object, by_protocols: Collection[str]) -> bool:
    """Whether it has a docstring; a method may have that of the class it overrides or the protocol it implements."""
    if item.docstring is not None:
        return True
    if not isinstance(item.parent, griffe.Class):
        return False
    if item.name in by_protocols:
        return True
    owner = item.parent
    found = getattr(importlib.import_module(owner.module.path), owner.name, None)
    return found is not None and bool(inspect.getdoc(getattr(found, item.name)))


def undocumented(item: griffe.Object) -> list[str]:
    by_protocols = methods_of_protocols()
    return [each.path for each in (item, *public_members(item)) if not documented(each, by_protocols)]


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_what_the_reference_shows_is_documented(name: str) -> None:
    assert undocumented(read(name)) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_modules_classes_and_functions_are_documented(name: str) -> None:
    missing = undocumented(read(name))
    if name.startswith("holdall.testing.suites"):
        # A test's name is what it says.
        missing = [path for path in missing if not path.rpartition(".")[2].startswith("test_")]
    assert missing == []


def test_a_missing_docstring_is_noticed() -> None:
    text = '"""Module."""\ndef bare(): ...\ndef fine():\n    """Fine."""\ndef _hidden(): ...\nclass Bare: ...\n'
    with griffe.temporary_visited_module(text) as module:
        assert [path.partition(".")[2] for path in undocumented(module)] == ["bare", "Bare"]


@pytest.mark.parametrize("name", sorted(set(holdall.__all__) - {"__version__", "UNSET"}))
def test_everything_that_holdall_exports_is_in_the_reference(name: str) -> None:
    exported = getattr(holdall, name)
    home = getattr(exported, "__module__", exported.__name__)
    own = f"{home}.{name}" if hasattr(exported, "__module__") else home
    shown = {each for each in REFERENCE if own == each or own.startswith(f"{each}.") or each.startswith(f"{own}.")}
    assert shown


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_do_what_they_say(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.attempted
    assert found.failed == 0
