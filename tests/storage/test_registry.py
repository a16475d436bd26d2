"""The registry: kinds by entry point, loaded one at a time."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from holdall import registry
from holdall.capabilities import Capabilities, Evidence, Source
from holdall.config.store import StoreSettings
from holdall.errors import ContractViolation, InvalidConfiguration, MissingExtra, UnknownProvider
from holdall.groups import GROUPS
from holdall.layers.forwarding import ForwardingProvider
from holdall.provider import StorageProvider
from holdall.registry import ProviderKind

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = Evidence(Source.DECLARED)


def make_kind(name: str) -> ProviderKind:
    return ProviderKind(name=name, settings=StoreSettings, open=lambda _settings, _store: cast("Any", None))


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """What is installed, as a list to add to; the module ``plugin_for_test`` has two kinds."""
    module = ModuleType("plugin_for_test")
    vars(module).update(GOOD=make_kind("good"), GLACIAL=make_kind("glacial"), NOT_A_KIND=object())
    monkeypatch.setitem(sys.modules, module.__name__, module)
    found: list[EntryPoint] = [
        EntryPoint("good", "plugin_for_test:GOOD", registry.ENTRY_POINTS),
        EntryPoint("glacial", "plugin_for_test:GLACIAL", registry.ENTRY_POINTS),
    ]
    monkeypatch.setattr(registry, "_entries", lambda: tuple(found))
    return found


def test_ours_register_like_anybodys() -> None:
    assert {"s3", "minio", "ceph-rgw", "s3-compatible", "local", "memory"} <= set(registry.kinds())


def test_what_is_installed_meanwhile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "newcomer" not in registry.kinds()
    described = tmp_path / "newcomer-1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Name: newcomer\nVersion: 1\n")
    (described / "entry_points.txt").write_text(f"[{registry.ENTRY_POINTS}]\nnewcomer = newcomer:KIND\n")
    assert "newcomer" in registry.kinds()


def test_kinds_are_named_without_loading_any(plugins: list[EntryPoint]) -> None:
    plugins.append(EntryPoint("broken", "no_such_module_at_all:KIND", registry.ENTRY_POINTS))
    assert registry.kinds() == ("broken", "glacial", "good")


def test_a_broken_plugin_is_an_error_only_for_who_uses_it(plugins: list[EntryPoint]) -> None:
    plugins.append(EntryPoint("broken", "no_such_module_at_all:KIND", registry.ENTRY_POINTS))
    assert registry.load("good").name == "good"
    with pytest.raises(InvalidConfiguration, match=r"'broken' can't be loaded.*no_such_module_at_all") as caught:
        registry.load("broken")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.usefixtures("plugins")
def test_an_unknown_kind_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownProvider, match="glacail") as caught:
        registry.load("glacail")
    assert caught.value.hint == "Did you mean 'glacial'?"
    with pytest.raises(UnknownProvider) as caught:
        registry.load("zzz")
    assert caught.value.hint == "Installed are: glacial, good."


def test_two_owners_of_a_name_are_an_error_that_names_both(plugins: list[EntryPoint]) -> None:
    plugins.append(EntryPoint("good", "another_plugin:GOOD", registry.ENTRY_POINTS))
    with pytest.raises(InvalidConfiguration, match="another_plugin:GOOD and by plugin_for_test:GOOD"):
        registry.load("good")


def test_the_same_plugin_on_the_path_twice_is_no_conflict(plugins: list[EntryPoint]) -> None:
    plugins.append(plugins[0])  # an editable install beside a wheel
    assert registry.load("good").name == "good"


@pytest.mark.parametrize("value", ["plugin_for_test:NOT_A_KIND", "plugin_for_test:GLACIAL"])
def test_an_entry_point_must_lead_to_a_kind_of_its_name(plugins: list[EntryPoint], value: str) -> None:
    plugins[:] = [EntryPoint("odd", value, registry.ENTRY_POINTS)]
    with pytest.raises(InvalidConfiguration, match="is not the provider kind 'odd'"):
        registry.load("odd")


def test_an_attribute_that_is_not_there_is_reported(plugins: list[EntryPoint]) -> None:
    plugins[:] = [EntryPoint("odd", "plugin_for_test:MISSING", registry.ENTRY_POINTS)]
    with pytest.raises(InvalidConfiguration, match="MISSING"):
        registry.load("odd")


def test_a_missing_extra_keeps_its_install_line(plugins: list[EntryPoint], monkeypatch: pytest.MonkeyPatch) -> None:
    plugins[:] = [EntryPoint("odd", "plugin_for_test:GOOD", registry.ENTRY_POINTS)]

    def load(_entry: EntryPoint) -> None:
        raise MissingExtra("boto3 is not installed", hint="pip install 'holdall[s3]'")

    monkeypatch.setattr(EntryPoint, "load", load)
    with pytest.raises(MissingExtra) as caught:
        registry.load("odd")
    assert caught.value.hint == "pip install 'holdall[s3]'"


def bare_class(name: str, members: dict[str, object]) -> type:
    """A class with the abstract methods of the contract and nothing else but ``members``."""
    core = dict.fromkeys(StorageProvider.__abstractmethods__, lambda *_args: None)
    return type(name, (StorageProvider,), {**core, **members})


def public_names(group: type) -> set[str]:
    return {name for name in vars(group) if not name.startswith("_")}


@pytest.mark.parametrize(("group", "features"), GROUPS.items())
def test_a_promise_without_its_methods_is_refused(group: type, features: tuple[str, ...]) -> None:
    for feature in features:
        for value in ("yes", "unknown"):
            promised = Capabilities().replace({feature: value}, DECLARED)
            provider = bare_class("Boaster", {"capabilities": promised})()
            with pytest.raises(ContractViolation, match=rf"Boaster promises {feature}.*{group.__name__}"):
                registry.check_contract(provider)


@pytest.mark.parametrize(("group", "features"), GROUPS.items())
def test_a_promise_with_its_methods_is_kept(group: type, features: tuple[str, ...]) -> None:
    methods = {name: method for name, method in vars(ForwardingProvider).items() if name in public_names(group)}
    promised = Capabilities().replace(dict.fromkeys(features, "yes"), DECLARED)
    registry.check_contract(bare_class("Honest", {"capabilities": promised, **methods})())


def test_methods_without_a_promise_are_fine() -> None:
    methods = {name: value for name, value in vars(ForwardingProvider).items() if not name.startswith("_")}
    modest = bare_class("Modest", {**methods, "capabilities": Capabilities()})
    registry.check_contract(modest())
