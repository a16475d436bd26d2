"""Results as JSON, YAML, JUnit's XML, Markdown and tables: for programs and for readers, whatever a server answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import yaml
from markdown_it import MarkdownIt

from s3tester.errors import BadInput
from s3tester.report import FORMATS, render
from s3tester.report.matrix import WORST_FIRST, matrix
from s3tester.results import read
from s3tester.verdicts import Verdict
from s3tester.words import MEANINGS, STYLES, SYMBOLS
from tests.compat.samples import HOSTILE, few, many, not_run, result, run

if TYPE_CHECKING:
    from pathlib import Path


# --- result files -----------------------------------------------------------------------------------------------------


def test_a_result_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    for each in few():
        path = tmp_path / f"{each.store.name}.json"
        path.write_text(each.text(), "utf-8")
        assert read(path).text() == each.text()


def test_a_result_file_is_the_same_in_whatever_order_its_results_came() -> None:
    results = [result("put.metadata"), result("get.range"), result("put.if_absent")]
    assert run("one", *results).text() == run("one", *reversed(results)).text()


def test_what_is_no_text_does_not_stop_a_result_file(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(run("one", result("put.metadata", reason="a lone \ud800 surrogate")).text(), "utf-8")
    assert read(path).results[0].reason == "a lone ? surrogate"


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('"supported"', '"suported"', r"results\.0\.verdict: Input should be 'supported'"),
        ('"format": 1', '"format": 2', "format: Input should be 1"),
        ('"scenario": "put.metadata"', '"scenario": "put.if_absent"', r"more than one result of put\.if_absent"),
        ('"results": [', '"not_run": "gone", "results": [', "a store that was not run has no results"),
        ('"severity"', '"severty"', r"results\.0\.severity: Field required"),
        ("{", "", "Invalid JSON"),
    ],
)
def test_what_is_no_result_file_is_refused_with_the_place(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    path = tmp_path / "one.json"
    text = run("one", result("put.if_absent"), result("put.metadata")).text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(BadInput, match=message):
        read(path)


def test_a_result_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path / "none.json")


# --- side by side -----------------------------------------------------------------------------------------------------


def test_every_verdict_has_its_look_and_its_rank() -> None:
    for each in (SYMBOLS, STYLES, MEANINGS, WORST_FIRST):
        assert set(each) == set(Verdict)
    assert len(set(SYMBOLS.values())) == len(Verdict)


def test_a_feature_of_several_scenarios_is_as_good_as_its_worst() -> None:
    laid = matrix(few())
    cell = laid.rows[0].cells["beta"]
    assert laid.rows[0].feature == "put.if_absent"
    assert [each.verdict for each in cell.results] == [Verdict.SUPPORTED, Verdict.IGNORED]
    assert cell.verdict is Verdict.IGNORED


def test_what_was_not_run_says_nothing_where_something_else_was() -> None:
    one = run("one", result("put.metadata", "not-run"), result("put.metadata/utf8"), result("get.range", "not-run"))
    laid = matrix([one])
    assert {row.feature: row.cells["one"].verdict for row in laid.rows} == {
        "put.metadata": Verdict.SUPPORTED,
        "get.range": Verdict.NOT_RUN,
    }


def test_groups_stand_in_the_order_of_the_capabilities_and_others_behind_them() -> None:
    one = run("one", *map(result, ("bucket.cors", "versions.list", "get.range", "put.if_match", "put.if_absent")))
    assert [group for group, _ in matrix([one]).groups()] == ["put", "get", "versions", "bucket"]
    assert [row.feature for row in matrix([one]).rows][:2] == ["put.if_absent", "put.if_match"]


def test_features_are_counted_by_store() -> None:
    assert matrix(few()).counts("beta") == {Verdict.DIFFERS: 1, Verdict.UNSUPPORTED: 1, Verdict.IGNORED: 1}


# --- formats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_gives_the_same_text_for_the_same_results(name: str) -> None:
    assert render(name, few()) == render(name, few())


def test_json_and_yaml_are_one_result_file_or_a_list_of_them() -> None:
    one, *_ = few()
    assert render("json", [one]) == one.text()
    assert yaml.safe_load(render("yaml", [one])) == json.loads(one.text())
    assert [each["store"]["name"] for each in json.loads(render("json", few()))] == ["alpha", "beta", "gamma"]
    assert yaml.safe_load(render("yaml", few())) == json.loads(render("json", few()))


def test_junit_tells_clean_refusals_from_failures() -> None:
    cases = ["supported", "unsupported", "not-run", "error", "dirty", "ignored", "differs", "corrupt", "flaky"]
    one = run("one", *(result(f"put.metadata/{verdict}", verdict, reason="so it is") for verdict in cases))
    suite = ET.fromstring(render("junit", [one])).find("testsuite")  # noqa: S314 - made a line before
    assert suite is not None
    told = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    kinds = {"supported": [], "unsupported": ["skipped"], "not-run": ["skipped"], "error": ["error"]}
    assert told == {f"put.metadata/{verdict}": kinds.get(verdict, ["failure"]) for verdict in cases}
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["9", "5", "1", "2"]


def test_junit_is_xml_whatever_a_server_answered() -> None:
    root = ET.fromstring(render("junit", few()))  # noqa: S314 - made a line before
    failures = [failure.text or "" for failure in root.iter("failure")]
    assert any("document.title='taken'" in text for text in failures)
    assert root.find(".//property[@name='not-run']") is not None


def test_markdown_shows_hostile_text_as_text() -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(render("markdown", few()))
    assert "&lt;/script&gt;&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="y"' not in html
    # Every row has as many cells as its head: no "|" of a server's made another.
    for table in html.split("<table>")[1:]:
        cells = {row.count("</td>") + row.count("</th>") for row in table.split("<tr>")[1:]}
        assert len(cells) == 1


def test_markdown_has_stores_features_and_who_was_not_run() -> None:
    text = render("markdown", few())
    assert "| Alpha 1.0 | 2026-11-29 | 4 | 4 |" in text
    assert "| Gamma | its package can't be had |" in text
    assert "| `put.if_absent` | ✓ | ! |" in text


def test_a_table_of_one_store_has_reasons_and_values() -> None:
    text = render(
        "table", [run("one", result("multipart.max_parts", measured={"multipart.max_parts": 10000}), version=None)]
    )
    assert "multipart.max_parts = 10,000" in text
    text = render("table", [run("one", result("put.metadata", "ignored", reason="[bold]not markup[/bold]"))])
    assert "[bold]not markup[/bold]" in text


def test_a_terminal_obeys_no_text_of_a_server() -> None:
    text = render("table", [few()[1]])
    assert "\x1b[31m" not in text
    assert "[31m" in text
    assert HOSTILE not in text


def test_tables_stand_side_by_side_and_say_who_was_not_run() -> None:
    text = render("table", [*many(stores=3), not_run("last", "no package")])
    assert "store-2" in text
    assert "not run: no package" in text
