"""Profiles from runs: what was measured is what the library believes, and never more."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from holdall.capabilities import FEATURES, Capabilities, Evidence, Source, Support
from holdall_s3 import profiles
from holdall_s3.settings import S3CompatibleSettings
from s3tester.errors import BadInput
from s3tester.profile import as_profile, as_settings, leaves
from s3tester.verdicts import Verdict
from tests.compat.samples import HOSTILE, many, not_run, result, run

if TYPE_CHECKING:
    from pathlib import Path


ENDPOINT: dict[str, Any] = {"endpoint_url": "http://127.0.0.1:9", "access_key_id": "id", "secret_access_key": "secret"}


def value_of(*results: Any) -> Any:
    (leaf,) = leaves(run("one", *results)).values()
    return leaf.value


@pytest.mark.parametrize(
    ("verdict", "support"),
    [
        ("supported", Support.YES),
        ("unsupported", Support.NO),
        ("dirty", Support.NO),
        ("ignored", Support.NO),
        ("corrupt", Support.NO),
        ("differs", Support.UNKNOWN),
        ("flaky", Support.UNKNOWN),
        ("error", Support.UNKNOWN),
    ],
)
def test_a_verdict_is_a_value(verdict: str, support: Support) -> None:
    assert value_of(result("put.metadata", verdict)) is support


def test_what_was_not_run_is_not_named() -> None:
    assert leaves(run("one", result("put.metadata", "not-run"))) == {}
    assert value_of(result("put.metadata", "not-run"), result("put.metadata/utf8")) is Support.YES


def test_every_verdict_has_a_value_or_says_nothing() -> None:
    for verdict in set(Verdict) - {Verdict.NOT_RUN}:
        assert isinstance(value_of(result("put.metadata", verdict)), Support)


@pytest.mark.parametrize(
    ("verdicts", "support"),
    [
        (["supported", "supported"], Support.YES),
        (["supported", "ignored"], Support.NO),
        (["supported", "error"], Support.UNKNOWN),
        (["error", "unsupported"], Support.NO),
        (["differs", "supported"], Support.UNKNOWN),
    ],
)
def test_a_leaf_takes_the_worst_of_its_scenarios(verdicts: list[str], support: Support) -> None:
    assert value_of(*(result(f"put.metadata/{n}", verdict) for n, verdict in enumerate(verdicts))) is support


@pytest.mark.parametrize("means", ["yes", "no"])
def test_what_differs_is_as_its_scenario_says(means: str) -> None:
    leaf = leaves(run("one", result("put.metadata", "differs", differs_means=means, reason="in capitals")))
    assert leaf["put.metadata"].value is Support(means)
    assert leaf["put.metadata"].note == "differs: in capitals"


def test_a_note_tells_the_verdict_and_the_reasons() -> None:
    one = run(
        "one",
        result("put.if_absent"),
        result("put.if_absent/race", "ignored", reason="both writers won"),
        result("put.if_absent/again", "unsupported", reason="501 NotImplemented"),
    )
    assert leaves(one)["put.if_absent"].note == "ignored: both writers won"
    assert leaves(run("one", result("put.if_absent")))["put.if_absent"].note == ""


def test_limits_are_those_measured_the_smallest_of_several() -> None:
    measured = [{"multipart.max_parts": 10_000}, {"multipart.max_parts": 1000}]
    one = run("one", *(result(f"multipart.max_parts/{n}", measured=each) for n, each in enumerate(measured)))
    assert leaves(one)["multipart.max_parts"].value == 1000
    assert leaves(run("one", result("multipart.max_parts"))) == {}


def test_names_are_all_that_were_measured() -> None:
    one = run(
        "one",
        result("checksums.algorithms/sha256", measured={"checksums.algorithms": ["SHA256"]}),
        result("checksums.algorithms/crc32", measured={"checksums.algorithms": ["CRC32"]}),
        result("checksums.algorithms/sha1", "ignored"),
    )
    assert leaves(one)["checksums.algorithms"].value == ["CRC32", "SHA256"]
    none = run("one", result("checksums.algorithms/sha1", "ignored", reason="a wrong one is taken"))
    assert leaves(none)["checksums.algorithms"].value == []


def test_what_a_store_lacks_is_what_no_check_took_back() -> None:
    one = run(
        "one",
        result("keys.dots", measured={"keys.not_held": []}),
        result("keys.leading_slash", "corrupt", measured={"keys.not_held": ["leading-slash"]}),
        result("keys.double_slash", "unsupported", measured={"keys.not_held": ["empty-segment"]}),
    )
    assert leaves(one)["keys.not_held"].value == ["empty-segment", "leading-slash"]
    none = run("one", result("keys.dots", measured={"keys.not_held": []}))
    assert leaves(none)["keys.not_held"].value == []


def test_features_that_are_no_capabilities_are_left_out() -> None:
    assert leaves(run("one", result("bucket.cors"))) == {}


def test_a_store_that_was_not_run_gives_no_profile() -> None:
    with pytest.raises(BadInput, match="was not run: no package"):
        as_profile(not_run("one", "no package"))


def test_a_profile_is_toml_with_title_versions_source_and_date_whatever_a_server_answered() -> None:
    one = run("one", result("put.metadata", "ignored", reason=HOSTILE), title='A "store" \\ of ours \x7f')
    document = tomllib.loads(as_profile(one))
    assert document["profile"]["date"] == "2026-11-29"
    assert document["profile"]["versions"] == "1.0"
    assert document["profile"]["source"].startswith('s3tester 0.1.0 on A "store" \\ of ours')
    assert document["capabilities"]["put"]["metadata"]["value"] == "no"
    assert "document.title='taken'" in document["capabilities"]["put"]["metadata"]["note"]


def test_a_profile_is_read_like_those_that_come_with_the_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = run(
        "one",
        result("put.if_absent", "ignored", reason="both writers won"),
        result("put.metadata"),
        result("delete.batch_max", measured={"delete.batch_max": 250}),
        result("checksums.algorithms", measured={"checksums.algorithms": ["SHA256"]}),
    )
    (tmp_path / "profiles").mkdir()
    for path in (files("holdall_s3") / "profiles").iterdir():
        (tmp_path / "profiles" / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "profiles" / "measured-here.toml").write_text(as_profile(one), "utf-8")
    monkeypatch.setattr(profiles, "files", lambda _: tmp_path)
    monkeypatch.setattr(profiles, "families", lambda: ("generic", "measured-here"))
    capabilities = profiles.profile("measured-here")
    assert capabilities.put.if_absent is Support.NO
    assert capabilities.put.metadata is Support.YES
    assert capabilities.put.if_match is Support.UNKNOWN
    assert capabilities.delete.batch_max == 250
    assert capabilities.checksums.algorithms == ("SHA256",)
    assert capabilities.evidence("put.if_absent") == Evidence(
        Source.PROFILE, "2026-11-29", "profile measured-here: ignored: both writers won"
    )
    assert capabilities.evidence("put.metadata").note == "profile measured-here: s3tester 0.1.0 on One 1.0"


def test_overrides_for_a_store_are_taken_by_its_settings() -> None:
    one = many(stores=1)[0]
    limit = result("delete.batch_max", measured={"delete.batch_max": 1000})
    kept = [each for each in one.results if not each.scenario.startswith("delete.batch_max")]
    settings = tomllib.loads(as_settings(run("one", *kept, limit), "my lake"))["stores"]["my lake"]
    overrides = S3CompatibleSettings(**ENDPOINT, **settings).to_config().capabilities
    assert overrides["delete.batch_max"] == 1000
    effective = Capabilities().replace(overrides, Evidence(Source.OVERRIDDEN))
    for feature, leaf in leaves(one).items():
        assert feature in FEATURES
        if isinstance(leaf.value, Support):
            assert effective.lookup(feature) is leaf.value
