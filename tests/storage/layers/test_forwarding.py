"""Every layer passes every method of the contract on, exactly once and unchanged."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import pytest

from holdall.capabilities import Capabilities
from holdall.groups import GROUPS
from holdall.layers import stack
from holdall.layers.context import ErrorContext
from holdall.layers.forwarding import ForwardingProvider, innermost
from holdall.models import ProviderInfo
from holdall.provider import StorageProvider
from holdall.testing.fakes import FaultyProvider, RecordingProvider

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

NOT_A_REQUEST = {"close", "bind"}  # they manage the object itself: nothing for a layer to retry or measure
INFO = ProviderInfo(kind="probe", store="lake", bucket="b")
CAPABILITIES = Capabilities()


def methods_of_the_contract() -> dict[str, tuple[str, ...]]:
    """Name of every method, with the names of its arguments."""
    found: dict[str, tuple[str, ...]] = {}
    for owner in (StorageProvider, *GROUPS):
        for name, method in vars(owner).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                assert name not in found, f"{name} is in two groups"
                found[name] = tuple(inspect.signature(method).parameters)[1:]
    return found


METHODS = methods_of_the_contract()
REQUESTS = {name: names for name, names in METHODS.items() if name not in NOT_A_REQUEST}


def all_layers() -> set[type[ForwardingProvider]]:
    """Every subclass of ``ForwardingProvider`` of ours, whether it is in the stack or not."""
    found: set[type[ForwardingProvider]] = set()
    waiting = [ForwardingProvider]
    while waiting:
        layer = waiting.pop()
        if layer.__module__.startswith("holdall."):
            found.add(layer)
        waiting += layer.__subclasses__()
    return found


LAYERS = sorted(all_layers(), key=lambda layer: layer.__name__)


class Probe:
    """Answers every method of the contract with an object of its own, and notes what it was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.answers: dict[str, object] = {}
        self.info = INFO
        self.capabilities = CAPABILITIES

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name not in METHODS:
            raise AttributeError(name)

        def method(*args: Any, **kwargs: Any) -> object:
            self.calls.append((name, args, kwargs))
            return self.answers.setdefault(name, object())

        return method


def test_there_is_something_to_check() -> None:
    assert {"head", "upload_part", "delete_batch", "put_tags", "presign_post", "bind"} <= set(METHODS)
    assert {ForwardingProvider, ErrorContext, RecordingProvider, FaultyProvider} <= set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_method_is_forwarded_once_with_the_same_arguments(layer: type[ForwardingProvider]) -> None:
    for name, names in REQUESTS.items():
        probe = Probe()
        wrapped = layer(probe)  # type: ignore[arg-type]  # has all methods, and no class that says so
        arguments = tuple(f"<{argument}>" for argument in names)
        answer = getattr(wrapped, name)(*arguments)
        assert probe.calls == [(name, arguments, {})]
        assert answer is probe.answers[name]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_request_passes_through_around_under_its_own_name(
    layer: type[ForwardingProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, tuple[Any, ...]]] = []

    def around(_layer: ForwardingProvider, operation: str, call: Callable[P, R], /, *args: Any, **kwargs: Any) -> R:
        assert not kwargs
        seen.append((operation, args))
        return call(*args, **kwargs)

    monkeypatch.setattr(layer, "around", around)
    for name, names in REQUESTS.items():
        seen.clear()
        getattr(layer(Probe()), name)(*names)  # type: ignore[arg-type]
        assert seen == [(name, names)]


@pytest.mark.parametrize("layer", LAYERS)
def test_no_method_is_inherited_from_the_contract_by_accident(layer: type[ForwardingProvider]) -> None:
    for name in {*METHODS, "info", "capabilities"}:
        owner = next(base for base in layer.__mro__ if name in vars(base))
        assert owner is not StorageProvider
        assert issubclass(owner, ForwardingProvider)


@pytest.mark.parametrize("layer", LAYERS)
def test_signatures_are_those_of_the_contract(layer: type[ForwardingProvider]) -> None:
    for name, names in METHODS.items():
        assert tuple(inspect.signature(getattr(layer, name)).parameters)[1:] == names, name


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_changes_around_and_capabilities_only(layer: type[ForwardingProvider]) -> None:
    if layer is ForwardingProvider:
        assert set(METHODS) <= set(vars(layer))
    else:
        overridden = set(vars(layer)) & {*METHODS, "info"}
        assert overridden <= {"close", "bind"}  # where a layer has something of its own to give back or to share


@pytest.mark.parametrize("layer", LAYERS)
def test_info_capabilities_and_close_are_those_inside(layer: type[ForwardingProvider]) -> None:
    probe = Probe()
    wrapped = layer(probe)  # type: ignore[arg-type]
    assert wrapped.info is INFO
    assert wrapped.capabilities == CAPABILITIES  # which promise nothing: a layer may narrow them, never widen them
    wrapped.close()
    assert probe.calls == [("close", (), {})]


@pytest.mark.parametrize("layer", LAYERS)
def test_bind_keeps_the_layer_around_the_other_bucket(layer: type[ForwardingProvider]) -> None:
    probe = Probe()
    probe.answers["bind"] = other = Probe()
    wrapped = layer(probe)  # type: ignore[arg-type]
    bound = wrapped.bind("other")
    assert probe.calls == [("bind", ("other",), {})]
    assert type(bound) is layer
    assert (id(bound.inner), id(wrapped.inner)) == (id(other), id(probe))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_a_provider_of_every_group(layer: type[ForwardingProvider]) -> None:
    wrapped = layer(Probe())  # type: ignore[arg-type]
    assert isinstance(wrapped, StorageProvider)
    for group in GROUPS:
        assert isinstance(wrapped, group)


def test_innermost_is_the_provider_below_all_layers() -> None:
    probe = Probe()
    built = stack.build(probe)  # type: ignore[arg-type]
    assert id(innermost(RecordingProvider(built))) == id(probe)
