"""``Config``: which stores there are, and what a name or a location leads to."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import platformdirs

from holdall import registry
from holdall.config.checking import check_store
from holdall.config.environment import Variable, decode
from holdall.config.settings_tree import Setting, Source, Table, below, flatten, overlay
from holdall.errors import ConfigurationError, InvalidConfiguration, InvalidLocation, UnknownStore
from holdall.locations import Location, parse_location

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from holdall.config.settings_tree import Key
    from holdall.config.store import StoreSettings
    from holdall.registry import ProviderKind

BUILT_IN = Source("built in")
DEFAULT_FOLDER = "default"
DEFAULT_S3 = "s3"


@dataclass(frozen=True, slots=True)
class ResolvedStore:
    """A store whose settings are complete and valid; nothing is open yet.

    Attributes:
        name: Its name in the configuration; for stores that only a URL names, the URL's beginning (``file:///``).
        kind: Its provider kind; ``kind.open(settings, name)`` makes the provider.
        settings: Its settings, an instance of ``kind.settings``.
        table: Every setting that was set, with its source.
    """

    name: str
    kind: ProviderKind
    settings: StoreSettings
    table: Table = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Target:
    """What a location leads to.

    Attributes:
        store: The store. Its settings have the bucket; a bucket of ``None`` is the account as a whole.
        key: Key below the store's prefix; empty for the bucket (or account, or folder) itself.
        version_id: Object version, or ``None``.
    """

    store: ResolvedStore
    key: str
    version_id: str | None = None


class Config:
    """Everything that files and environment say about stores, as ``load_config`` read it. It never changes.

    It holds secrets: its repr shows none, and it can't be pickled. Another process loads its own.

    Attributes:
        files: The files that were read, the weakest first.
    """

    def __init__(
        self,
        *,
        table: Table,
        variables: Mapping[str, list[Variable]],
        environ: Mapping[str, str],
        files: tuple[Path, ...],
    ) -> None:
        self._table = table
        self._variables = variables
        self._environ = environ
        self.files = files

    def __repr__(self) -> str:
        return f"Config(stores={list(self.store_names())}, files={[str(path) for path in self.files]})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Config holds secrets and is not pickled; call load_config() in the other process")

    @property
    def configured(self) -> tuple[str, ...]:
        """The stores that files and environment name, in that order."""
        names = [key[1] for key in self._table if key[0] == "stores" and len(key) > 1]
        return tuple(dict.fromkeys([*names, *self._variables]))

    def store_names(self) -> tuple[str, ...]:
        """All stores: those configured, then those that are there without.

        The latter are ``default``, a local folder, where no default store is set, and ``s3``, AWS by the credentials
        that boto finds; unless configured stores have their names.
        """
        implicit = (DEFAULT_S3,) if self._named_default() else (DEFAULT_FOLDER, DEFAULT_S3)
        return tuple(dict.fromkeys([*self.configured, *implicit]))

    @property
    def default_store(self) -> str:
        """The store that is used where none is named.

        It is ``default_store``; else the store called ``default``; else the only one that is configured. With none
        configured it is the bucket that ``BLOB_BUCKET`` names, else a local folder.

        Raises:
            InvalidConfiguration: Several stores are configured and none is the default.
        """
        if named := self._named_default():
            return str(named.value)
        configured = self.configured
        if DEFAULT_FOLDER in configured:
            return DEFAULT_FOLDER
        if len(configured) > 1:
            raise InvalidConfiguration(
                "several stores are configured, and none is the default one",
                hint=f"Set default_store (or HOLDALL_DEFAULT_STORE) to one of {', '.join(configured)}.",
            )
        if configured:
            return configured[0]
        return DEFAULT_S3 if self._environ.get("BLOB_BUCKET") else DEFAULT_FOLDER

    def resolve(self, name: str | None = None, overrides: Mapping[str, Any] | None = None) -> ResolvedStore:
        """The complete, valid settings of a store.

        Args:
            name: The store. Default: the default store.
            overrides: Settings of this call, stronger than all others; tables are nested mappings and are merged key
                by key: ``{"bucket": "x", "transfer": {"chunk_size": "8MiB"}}``.

        Raises:
            UnknownStore: No store of that name; the hint has the nearest.
            UnknownProvider, MissingExtra: Its kind is not installed, or lacks a package.
            ConfigurationError: A setting is wrong, unknown or missing; mostly ``InvalidConfiguration``.
        """
        if name is None:
            name = self.default_store
        return self._resolve(name, _arguments(overrides))

    def locate(
        self,
        location: str | Location,
        *,
        store: str | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Target:
        """What a URL leads to.

        * ``blob://store/…``: where the store's settings name no bucket and its kind has buckets, the first segment is
          the bucket. ``BLOB_BUCKET`` does not count as naming one: what a URL means does not depend on it.
        * ``s3://bucket/key``: ``store``, which must be an S3 store; else the default store, if it is one; else the only
          S3 store that is configured; else AWS by the credentials that boto finds. The bucket is the URL's, and the
          store's prefix does not apply.
        * ``file:///path``: the machine's files as they are.
        * ``memory://name/key``: the in-memory store of that name.

        Args:
            location: A URL, or one taken apart.
            store: Store for ``s3://`` URLs; the others say themselves where they lead.
            overrides: As for ``resolve``.

        Raises:
            InvalidLocation: Not a URL that holdall knows, or one that names no bucket before the key.
            InvalidConfiguration: It can't be told which S3 store is meant.
            UnknownStore, ConfigurationError: As ``resolve``.
            RequestError: The bucket's name is not one (``InvalidBucketName``).
        """
        if isinstance(location, str):
            location = parse_location(location)
        arguments = _arguments(overrides)
        match location.scheme:
            case "blob":
                return self._locate_in_store(location, arguments)
            case "s3":
                given = arguments.get(("bucket",))
                if given is not None and given.value != location.bucket:
                    raise InvalidLocation("the location and the argument 'bucket' name different buckets")
                arguments = overlay(_table({"prefix": ""}, BUILT_IN), arguments, _part({"bucket": location.bucket}))
                return Target(self._resolve(self.s3_store(store), arguments), location.path, location.version_id)
            case "file":
                found = self._ad_hoc("file:///", "file", {"root": "/", "plain": True}, arguments)
                return Target(found, location.path)
            case "memory":
                found = self._ad_hoc(f"memory://{location.store}/", "memory", {"name": location.store}, arguments)
                return Target(found, location.path, location.version_id)

    def top_level(self) -> Table:
        """What files and environment say outside of the stores: ``default_store``, if it is set."""
        return {key: setting for key, setting in self._table.items() if key[0] != "stores"}

    def as_written(self, name: str) -> Table:
        """What files and environment say about a store, nothing checked and variables not yet decoded."""
        variables = ({each.path: Setting(each.text, Source(each.name))} for each in self._variables.get(name, []))
        return overlay(below(self._table, ("stores", name)), *variables)

    def _named_default(self) -> Setting | None:
        return self._table.get(("default_store",))

    def _resolve(self, name: str, arguments: Table, *, without: Key | None = None) -> ResolvedStore:
        kind, table = self._tables(name, arguments, without)
        return ResolvedStore(name, kind, check_store(name, kind, table), table)

    def _tables(self, name: str, arguments: Table, without: Key | None) -> tuple[ProviderKind, Table]:
        """A store's kind, and all that is set for it: arguments over variables over files over general variables."""
        if name in self.configured:
            own, variables = below(self._table, ("stores", name)), self._variables.get(name, [])
            kind = registry.load(_provider(name, overlay(self.as_written(name), arguments)))
        else:
            kind, own = self._implicit(name)
            variables = []
        decoded = decode(variables, kind.settings) if variables else ()
        table = overlay(self._general(kind, without), own, *decoded, arguments)
        table.setdefault(("provider",), Setting(kind.name, BUILT_IN))
        return kind, table

    def _implicit(self, name: str) -> tuple[ProviderKind, Table]:
        if name not in self.store_names():
            near = difflib.get_close_matches(name, self.store_names(), n=1)
            default = self._named_default()
            where = f" (set by {default.source})" if default and default.value == name else ""
            raise UnknownStore(
                f"there is no store {name!r}{where}",
                hint=f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(self.store_names())}.",
            )
        if name == DEFAULT_S3:
            return registry.for_scheme("s3"), {}
        root = platformdirs.user_data_path("holdall", appauthor=False) / DEFAULT_FOLDER
        return registry.for_scheme("file"), {("root",): Setting(str(root), BUILT_IN)}

    def _general(self, kind: ProviderKind, without: Key | None) -> Table:
        """What variables without a store's name say (``BLOB_CHUNK_SIZE``), as far as the kind listens to them."""
        table: Table = {}
        for variable, setting in getattr(kind.settings, "environment", {}).items():
            key = tuple(setting.split("."))
            if key != without and key not in table and (text := self._environ.get(variable)):
                table[key] = Setting(text, Source(variable))
        return table

    def _locate_in_store(self, location: Location, arguments: Table) -> Target:
        name = location.store or ""
        store = self._resolve(name, arguments, without=("bucket",))
        if not store.settings.spans_account:
            return Target(store, location.path, location.version_id)
        bucket, slash, key = location.path.partition("/")
        if bucket:
            store = self._resolve(name, overlay(arguments, _part({"bucket": bucket})))
        elif slash:
            raise InvalidLocation(
                f"the store {name!r} names no bucket, so the location has to, and its first segment is empty",
                hint=f"Write blob://{name}/<bucket>/<key>.",
            )
        return Target(store, key, location.version_id)

    def s3_store(self, name: str | None) -> str:
        """The store that ``s3://`` URLs go through.

        Args:
            name: A store, if the caller names one; then it must be an S3 store.

        Raises:
            InvalidLocation: It is none.
            InvalidConfiguration: None is named, and it can't be told which one is meant.
        """
        if name is not None:
            kind, _ = self._tables(name, {}, None)
            if kind.scheme != "s3":
                raise InvalidLocation(
                    f"store {name!r} is of provider {kind.name!r}, and s3:// URLs need an S3 store",
                    hint=f"Write blob://{name}/<key>.",
                )
            return name
        default = self._named_default()
        preferred = str(default.value) if default else DEFAULT_FOLDER
        if self._speaks_s3(preferred):
            return preferred
        stores = [each for each in self.configured if self._speaks_s3(each)]
        if len(stores) > 1:
            raise InvalidConfiguration(
                f"there are several S3 stores, {', '.join(stores)}, and s3:// URLs do not say which of them",
                hint="Name the store (--store, store=…), make one the default_store, or write blob://<store>/….",
            )
        return stores[0] if stores else DEFAULT_S3

    def _speaks_s3(self, name: str) -> bool:
        if name not in self.configured:
            return name == DEFAULT_S3
        try:
            return registry.load(_provider(name, self.as_written(name))).scheme == "s3"
        except ConfigurationError:
            return False  # a store that can't be used is an error for those who use it

    def _ad_hoc(self, name: str, scheme: str, settings: dict[str, Any], arguments: Table) -> ResolvedStore:
        """A store that a URL names and no configuration does."""
        kind = registry.for_scheme(scheme)
        table = overlay(self._general(kind, None), _part({"provider": kind.name, **settings}), arguments)
        return ResolvedStore(name, kind, check_store(name, kind, table), table)


def _provider(name: str, table: Table) -> str:
    setting = table.get(("provider",))
    if setting is None:
        raise InvalidConfiguration(
            f"store {name!r} does not say which provider it is of",
            hint=f"Set its provider to one of {', '.join(registry.kinds())}.",
        )
    if not isinstance(setting.value, str):
        raise InvalidConfiguration(f"'provider' must be the name of one (set by {setting.source})", store=name)
    return setting.value


def _arguments(overrides: Mapping[str, Any] | None) -> Table:
    return flatten(overrides or {}, lambda key: Source(f"call argument {'.'.join(key)}", by_caller=True))


def _part(values: dict[str, Any]) -> Table:
    """Settings that the location decides."""
    return _table(values, Source("the location", by_caller=True))


def _table(values: dict[str, Any], source: Source) -> Table:
    return flatten(values, lambda _: source)
