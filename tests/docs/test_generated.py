"""The parts of the reference that are made from the code."""

from __future__ import annotations

import importlib.util
import inspect
import pydoc
from pathlib import Path
from typing import Any

import pytest

from holdall import errors, registry
from holdall.capabilities import FEATURES, Support
from holdall.cli.app import COMMANDS
from holdall_s3 import adaptations, profiles

TESTS_OF_ADAPTATIONS = Path(__file__).parents[1] / "providers" / "s3" / "test_adaptations.py"
HOOKS = Path(__file__).parents[2] / "docs" / "hooks"


def hook(name: str) -> Any:
    """A hook, loaded as mkdocs does it: from its file."""
    spec = importlib.util.spec_from_file_location(f"docs_hooks_{name}", HOOKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_support_table_says_what_the_stores_say() -> None:
    support = hook("support_table")
    stores = support.columns()
    assert set(stores) == set(registry.kinds())  # a new kind gets its column
    words = {Support.YES: "yes", Support.NO: "no", Support.UNKNOWN: "?"}
    lines = [line for line in support.support_table().splitlines() if line.startswith("| `")]
    assert [cells(line)[0].strip("`") for line in lines] == list(FEATURES)
    for line in lines:
        feature, *told = cells(line)
        for store, word in zip(stores.values(), told, strict=True):
            value = store.lookup(feature.strip("`"))
            if isinstance(value, Support):
                assert word == words[value]


def test_every_adaptation_has_its_row_its_code_and_its_test() -> None:
    table = hook("adaptations_table")
    switches = [row.feature for row in table.ROWS]
    assert set(switches) <= set(FEATURES)
    dialect = {feature for feature in FEATURES if feature.startswith("dialect.")}
    assert dialect == {each for each in switches if each in dialect} | set(table.NOT_USED)
    tests = TESTS_OF_ADAPTATIONS.read_text("utf-8")
    told = {row.code for row in table.ROWS}
    for row in table.ROWS:
        module, _, name = row.code.partition(":")
        assert pydoc.locate(f"{module}.{name}") is not None, row.code
        assert f"def {row.test}(" in tests, row.test
    for name, made in vars(adaptations).items():  # and none without a row
        if inspect.isfunction(made) and made.__module__ == adaptations.__name__ and not name.startswith("_"):
            assert f"{adaptations.__name__}:{name}" in told, name


def test_the_table_of_adaptations_names_the_stores_that_need_them() -> None:
    rows = {
        cells(line)[0].strip("`"): cells(line) for line in hook("adaptations_table").adaptations_table().splitlines()
    }
    assert "`ceph-rgw`" in rows["dialect.quoted_etags"][3]
    assert "`aws`" not in str(rows)
    assert "`r2`" in rows["multipart.equal_parts"][3]


def test_the_table_of_families_has_them_all() -> None:
    support = hook("support_table")
    lines = support.families().splitlines()
    table = [cells(line) for line in lines if line.startswith("| `") and "store_family" not in line]
    rows = {row[0].strip("`"): row for row in table}
    assert tuple(rows) == profiles.families()
    assert rows["swift"][2:5] == ["no", "no", "yes"]
    assert rows["scaleway"][7] == "1,000"
    assert sum(line.startswith("- **") for line in lines) == len(rows)
    page = support.on_page_markdown("<!-- families -->\n\n<!-- support table -->")
    assert "<!--" not in page
    assert "Hosts: `s3.{region}.scw.cloud`." in page


def test_the_settings_reference_has_every_setting_of_every_kind() -> None:
    reference = hook("settings_reference").settings_reference()
    common, *sections = reference.split('## `provider = "')
    for section in sections:
        name = section.partition('"')[0]
        if name not in registry.kinds():
            continue
        for setting in registry.load(name).settings.model_fields:
            assert f"| `{setting}` |" in section + common, (name, setting)
    assert len(sections) == len(registry.kinds())


def test_every_setting_is_described() -> None:
    rows = [line for line in hook("settings_reference").settings_reference().splitlines() if line.startswith("| `")]
    # What the tables of credentials hold is said above each of them.
    bare = [cells(row)[0] for row in rows if not cells(row)[-1] and not cells(row)[0].startswith("`credentials.")]
    assert bare == []


def test_the_cli_reference_has_every_command_and_option() -> None:
    reference = hook("cli_reference").cli_reference()
    for command in COMMANDS:
        assert f"\n## blob {command}\n" in reference
    assert "<code>--if-not-exists</code>" in reference
    assert "&#124;" in reference  # choices, which would otherwise end a table's cell


def test_the_tree_of_errors_is_all_of_it() -> None:
    tree = hook("error_tree").error_tree()
    names = [name for name in errors.__all__ if inspect.isclass(getattr(errors, name)) and name != "Retry"]
    assert [name for name in names if name not in tree] == []


def test_every_decision_is_listed() -> None:
    decisions = hook("adr_list")
    listed = decisions.decisions()
    for path in (HOOKS.parent / "adr").glob("[0-9]*.md"):
        assert f"({path.name})" in listed
    config = type("Config", (), {"nav": [{"Start": "index.md"}, {"Decisions": ["adr/index.md"]}]})()
    assert len(decisions.on_config(config).nav[1]["Decisions"]) == 1 + len(decisions.records())


def test_the_compatibility_page_has_every_store_and_feature_that_is_recorded() -> None:
    compatibility = hook("compatibility")
    page = compatibility.filled((HOOKS.parent / "compatibility.md").read_text("utf-8"))
    assert "<!-- compatibility:" not in page
    for run in compatibility.recorded():
        assert run.store.label in page.replace("&#95;", "_")
        for result in run.results:
            assert f"`{result.feature}`" in page


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.org/css">',
        '<link href="https://fonts.example.org" rel="preconnect">',
        '<img alt="badge" src="https://badges.example.org/x.svg">',
        '<style>@import url("https://fonts.example.org/x.css");</style>',
    ],
)
def test_what_is_fetched_from_elsewhere_is_noticed(tag: str) -> None:
    assert hook("self_contained").fetched_from_elsewhere(f"<html>{tag}</html>")


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="../assets/x.js"></script>',
        '<link rel="stylesheet" href="assets/x.css">',
        '<a href="https://example.org">a link to follow</a>',
        '<link rel="canonical" href="https://docs.example.org/">',
    ],
)
def test_what_is_not_fetched_is_fine(tag: str) -> None:
    assert hook("self_contained").fetched_from_elsewhere(tag) == []
