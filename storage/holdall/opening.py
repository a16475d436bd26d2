"""From a name or a URL to a ``Storage`` or an ``Account``, through the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from holdall import registry
from holdall.account import Account
from holdall.checks import require as require_feature
from holdall.config import load_config
from holdall.errors import ConfigurationError, InvalidConfiguration, InvalidLocation, StorageError
from holdall.layers import stack
from holdall.layers.forwarding import innermost
from holdall.locations import check_slashes
from holdall.pickling import Unopened, check_secrets, missing_secrets, without_secrets
from holdall.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from holdall.config import Config, ResolvedStore
    from holdall.provider import StorageProvider
    from holdall.storage import Origin


def open_storage(
    target: str | None = None, *, require: Iterable[str] = (), config: Config | None = None, **overrides: Any
) -> Storage:
    """Opens a store.

    ``open_storage("lake")``, ``open_storage("blob://aws/my-bucket/logs/")``, ``open_storage("s3://my-bucket")``,
    ``open_storage()`` for the default store. No request is made.

    Args:
        target: Name of a configured store, or a URL; what the URL names below the bucket becomes the prefix.
        require: Features that the program needs, e.g. ``{"put.if_absent"}``: fails here rather than later.
        config: A configuration that was loaded already; default: load it.
        **overrides: Settings of the store that shall be different, e.g. ``bucket="other"``.

    Raises:
        UnknownStore, UnknownProvider, InvalidConfiguration: The settings do not lead to a store.
        InvalidLocation: The URL can't be understood, or names no bucket where the store spans an account.
        UnsupportedOperation: A required feature is missing.
    """
    store, prefix = _resolve(target, config or load_config(), overrides)
    if store.settings.spans_account:
        raise InvalidLocation(
            f"store {store.name!r} names no bucket",
            store=store.name,
            hint=f"Use blob://{store.name}/<bucket>, give bucket=…, or set 'bucket' for the store.",
        )
    storage = storage_of(store, prefix=prefix, origin=_origin(target or store.name, store, overrides))
    for feature in require:  # of the store itself: what a program needs, nothing racy makes up for
        require_feature(innermost(storage.provider), feature, safety=True)
    return storage


def _resolve(target: str | None, config: Config, overrides: Mapping[str, Any]) -> tuple[ResolvedStore, str]:
    """The store that a name or URL means, and the prefix below it."""
    _check_target(target)
    if target is not None and "://" in target:
        located = config.locate(target, overrides=overrides)
        return located.store, located.store.settings.prefix + located.key
    store = config.resolve(target, overrides)
    return store, store.settings.prefix


def _check_target(target: object) -> None:
    if target is None:
        return
    if not isinstance(target, str):
        raise InvalidLocation(
            f"a store is named by a string, not by {type(target).__name__}",
            hint="Give a configured store's name, or a URL such as blob://<store>/<prefix> or file:///<path>.",
        )
    check_slashes(target)


def open_account(name: str | None = None, *, config: Config | None = None, **overrides: Any) -> Account:
    """Opens a store's account: its buckets. No request is made.

    Args:
        name: Name of a configured store; default: the default store.
        config: A configuration that was loaded already.
        **overrides: Settings of the store that shall be different.

    Raises:
        UnknownStore, UnknownProvider, InvalidConfiguration: The settings do not lead to a store.
        InvalidLocation: The name is none.
    """
    _check_target(name)
    store = (config or load_config()).resolve(name, overrides)
    return Account(layered(store), store=store)


def storage_of(store: ResolvedStore, *, prefix: str | None = None, origin: Origin | None = None) -> Storage:
    """A ``Storage`` over resolved settings; the one place where provider, layers and settings come together."""
    settings = store.settings
    return Storage(
        layered(store),
        name=store.name,
        prefix=settings.prefix if prefix is None else prefix,
        transfer=settings.transfer,
        defaults=settings.defaults,
        origin=origin,
    )


def layered(store: ResolvedStore) -> StorageProvider:
    """The provider of a store in the layers that its settings ask for."""
    settings = store.settings
    return stack.build(make_provider(store), settings.resilience, emulate=settings.on_unsupported == "emulate")


def make_provider(store: ResolvedStore) -> StorageProvider:
    """The bare provider of a store, checked against its own promises and its settings against its limits."""
    provider = store.kind.open(store.settings, store.name)
    registry.check_contract(provider)
    chunk, least = store.settings.transfer.chunk_size, provider.capabilities.multipart.min_part_size
    if chunk is not None and least is not None and chunk < least:
        raise InvalidConfiguration(
            f"transfer.chunk_size is {chunk} bytes; the store's parts have {least} bytes at least",
            store=store.name,
            hint="Choose a larger size, or leave it out: a fitting one is chosen then.",
        )
    return provider


def _origin(target: str, store: ResolvedStore, overrides: Mapping[str, Any]) -> Origin:
    public, secret = without_secrets(overrides, store.settings)
    return reopen, (target, public, secret)


def reopen(target: str, overrides: Mapping[str, Any], secret: tuple[str, ...]) -> Storage:
    """Makes a pickled ``Storage`` again. Secrets were not pickled: this process's configuration must have them.

    Nothing is raised here: an error while a Dask worker unpickles a task ends the worker, and the job with it. A store
    that can't be opened comes back as one whose every use raises why.
    """
    try:
        config = load_config()
        try:
            settings = _resolve(target, config, overrides)[0].settings
        except ConfigurationError as error:
            if not secret:
                raise
            raise missing_secrets(secret, target) from error
        check_secrets(settings, secret, target)
        return open_storage(target, config=config, **overrides)
    except StorageError as error:
        return Storage(
            cast("StorageProvider", Unopened(error)), name=target, origin=(reopen, (target, overrides, secret))
        )
