"""Capabilities: ids, tri-state, evidence, overrides."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from holdall.capabilities import FEATURES, Capabilities, Evidence, Source, Support, check_feature
from holdall.errors import InvalidConfiguration
from holdall.groups import GROUPS

PROBED = Evidence(Source.PROBED, "2026-11-20", "server 1.2")
SUPPORTS = [feature for feature, kind in FEATURES.items() if kind == "Support"]


def test_ids_are_dotted_paths_to_the_leaves() -> None:
    assert {"put.if_absent", "multipart.min_part_size", "delete.batch_max", "encryption.sse_c"} <= set(FEATURES)
    capabilities = Capabilities()
    for feature, kind in FEATURES.items():
        group, leaf = feature.split(".")
        assert getattr(getattr(capabilities, group), leaf) == capabilities.lookup(feature)
        assert kind in {"Support", "int | None", "tuple[str, ...]"}


@pytest.mark.parametrize("feature", SUPPORTS)
def test_nothing_is_promised_unless_a_provider_says_so(feature: str) -> None:
    assert Capabilities().lookup(feature) is Support.NO
    assert Capabilities().supports(feature) is False


def test_every_group_is_tied_to_features_that_exist() -> None:
    for group, features in GROUPS.items():
        assert features, group
        assert set(features) <= set(SUPPORTS)


@pytest.mark.parametrize(
    ("value", "safety", "expected"),
    [
        (Support.YES, False, True),
        (Support.YES, True, True),
        (Support.UNKNOWN, False, True),
        (Support.UNKNOWN, True, False),
        (Support.NO, False, False),
        (Support.NO, True, False),
    ],
)
def test_unknown_may_be_tried_but_not_relied_upon(value: Support, *, safety: bool, expected: bool) -> None:
    capabilities = Capabilities().replace({"put.if_absent": value}, PROBED)
    assert capabilities.supports("put.if_absent", safety=safety) is expected


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("put.if_absnt", "put.if_absent"), ("multipart.min_part_sise", "multipart.min_part_size")],
)
def test_an_unknown_feature_is_refused_with_the_nearest_name(wrong: str, nearest: str) -> None:
    for call in (
        check_feature,
        Capabilities().lookup,
        Capabilities().supports,
        Capabilities().evidence,
        lambda feature: Capabilities().replace({feature: "yes"}, PROBED),
    ):
        with pytest.raises(InvalidConfiguration, match=wrong) as caught:
            call(wrong)
        assert caught.value.hint == f"Did you mean {nearest!r}?"


def test_a_feature_like_no_other_gets_a_hint_too() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        check_feature("zzz")
    assert str(caught.value.hint).startswith("Features are in the groups put, get, ")
    with pytest.raises(InvalidConfiguration) as caught:
        check_feature("tiers.xyzzy-quux")
    assert caught.value.hint == "Of 'tiers' there are tiers.storage_class, tiers.classes, tiers.restore."


def test_replacing_leaves_the_rest_and_notes_the_evidence() -> None:
    before = Capabilities().replace({"put.if_match": "unknown", "delete.batch_max": 1000}, PROBED)
    overridden = Evidence(Source.OVERRIDDEN)
    after = before.replace({"put.if_absent": True, "checksums.algorithms": ["CRC32"]}, overridden)
    assert after.put.if_absent is Support.YES
    assert after.put.if_match is Support.UNKNOWN
    assert after.delete.batch_max == 1000
    assert after.checksums.algorithms == ("CRC32",)
    assert before.put.if_absent is Support.NO
    assert after.evidence("put.if_absent") == overridden
    assert after.evidence("put.if_match") == PROBED
    assert after.evidence("put.metadata") == Evidence(Source.DECLARED)


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("put.if_absent", "maybe"),
        ("put.if_absent", 1.5),
        ("delete.batch_max", "many"),
        ("delete.batch_max", True),
        ("delete.batch_max", -1),
        ("checksums.algorithms", "CRC32"),
        ("checksums.algorithms", [1]),
        ("keys.not_held", ["leading_slash"]),
    ],
)
def test_values_of_the_wrong_kind_are_refused(feature: str, value: object) -> None:
    with pytest.raises(InvalidConfiguration, match=feature):
        Capabilities().replace({feature: value}, PROBED)


def test_leaves_are_all_features_in_their_order() -> None:
    assert [feature for feature, _ in Capabilities().leaves()] == list(FEATURES)


def test_capabilities_are_frozen_and_survive_pickling() -> None:
    capabilities = Capabilities().replace({"put.if_absent": "yes"}, PROBED)
    again = pickle.loads(pickle.dumps(capabilities))
    assert again == capabilities
    assert again.evidence("put.if_absent") == PROBED
    with pytest.raises(dataclasses.FrozenInstanceError):
        capabilities.put = Capabilities().put  # type: ignore[misc]
