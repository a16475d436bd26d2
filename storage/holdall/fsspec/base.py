"""Which store a path leads to, and what of a file system may be known elsewhere."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from fsspec.spec import AbstractFileSystem
from fsspec.utils import tokenize

from holdall import fields
from holdall.config import load_config
from holdall.errors import (
    AccessError,
    ConfigurationError,
    InvalidConfiguration,
    InvalidLocation,
    InvalidRequest,
)
from holdall.fsspec.places import Place
from holdall.fsspec.stores import open_store
from holdall.locations import parse_location
from holdall.pickling import check_secrets, missing_secrets, without_secrets

if TYPE_CHECKING:
    from collections.abc import Collection

    from holdall.config import ResolvedStore
    from holdall.fsspec.stores import OpenStore


class StoreFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec has no annotations
    """Configuration, identity and paths of a file system; see ``BlobFileSystem``."""

    protocol: ClassVar[str] = "blob"
    cachable = False  # see stores.py

    def __init__(
        self,
        store: str | None = None,
        *,
        use_listings_cache: bool = False,
        listings_expiry_time: float | None = None,
        max_paths: int | None = None,
        secrets_left_out: Collection[str] = (),
        asynchronous: bool = False,
        loop: Any = None,
        _deferred: bool = False,
        **overrides: Any,
    ) -> None:
        """Reads the configuration; makes no request.

        Args:
            store: The store that the settings are for; a URL names it. Paths may lead to other stores, too: these are
                taken as they are configured.
            use_listings_cache: Keep what ``ls`` found, for this instance. Off by default: a listing that is kept grows
                old, and then sizes are wrong and files are missing.
            listings_expiry_time: Seconds after which a kept listing is forgotten; default: never.
            max_paths: Most directories that are kept; default: no limit.
            secrets_left_out: Names of settings that a pickled or serialised instance had and could not bring along.
            asynchronous: fsspec's; this file system is not (``AsyncFileSystemWrapper`` makes it so).
            loop: As ``asynchronous``.
            _deferred: Look at the configuration when the file system is used, not now (``_unpickle`` says why).
            **overrides: Settings of the store that shall be different, e.g. ``endpoint_url=…``.

        Raises:
            InvalidConfiguration: A setting is unknown (the hint has the nearest) or wrong, or secrets are missing here.
            UnknownStore: There is no such store.
            AccessError: ``anon=True`` from a caller whose first attempt was refused: that refusal.
        """
        _refuse_to_go_anonymous(overrides)
        super().__init__(
            use_listings_cache=use_listings_cache, listings_expiry_time=listings_expiry_time, max_paths=max_paths
        )
        self.store = store
        self._secrets_left_out = tuple(secrets_left_out)
        self._opened: dict[tuple[int, str | None], OpenStore] = {}
        self._own: ResolvedStore | None = None
        self._unresolved: dict[str, Any] | None = None
        public, secret = overrides, tuple(secrets_left_out)
        if _deferred:
            self._unresolved = overrides
        elif (own := self._resolve_checked(overrides)) is not None:
            self._own = own
            public, secret = without_secrets(overrides, own.settings)
        others = {
            "use_listings_cache": use_listings_cache or None,
            "listings_expiry_time": listings_expiry_time,
            "max_paths": max_paths,
            "secrets_left_out": sorted({*secret, *secrets_left_out}) or None,
            "store": store,
        }
        self._public = public | {name: value for name, value in others.items() if value is not None}

    def _resolve_checked(self, overrides: dict[str, Any]) -> ResolvedStore | None:
        """The own store's settings; secrets that were left behind have to be among them."""
        target = self.store or self.protocol
        try:
            own = self._resolve_own(overrides)
        except ConfigurationError as error:
            if not self._secrets_left_out:
                raise
            raise missing_secrets(self._secrets_left_out, target) from error
        if own:
            check_secrets(own.settings, self._secrets_left_out, target)
        return own

    def _resolve_own(self, overrides: dict[str, Any]) -> ResolvedStore | None:
        if self.store is not None:
            return self._resolve(self.store, overrides)
        if overrides:
            raise InvalidConfiguration(
                f"settings are given ({', '.join(overrides)}) and no store to take them",
                hint='Name it: store="…", or a URL blob://<store>/….',
            )
        return None

    def _resolve(self, name: str, overrides: dict[str, Any] | None = None) -> ResolvedStore:
        location = parse_location(f"{self.protocol}://{name}/")
        return load_config().locate(location, overrides=overrides or {}).store

    # --- identity: fsspec sets these three from the constructor's arguments, which may hold secrets ------------------

    @property
    def storage_options(self) -> dict[str, Any]:
        """Arguments that make this again, without secrets."""
        return dict(self._public)

    @storage_options.setter
    def storage_options(self, arguments: dict[str, Any]) -> None:
        """Not kept: see above."""

    @property
    def storage_args(self) -> tuple[Any, ...]:
        """None: all arguments are in ``storage_options``."""
        return ()

    @storage_args.setter
    def storage_args(self, arguments: tuple[Any, ...]) -> None:
        """Not kept: see above."""

    @cached_property
    def _fs_token(self) -> str:
        # Equal in every process and thread, so that dask knows the same work when it sees it again.
        return str(tokenize(type(self).__name__, sorted(self._public.items(), key=lambda item: item[0])))

    @property
    def fsid(self) -> str:
        """The store, across sessions."""
        return f"{self.protocol}_{self._fs_token}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (type(self), self.storage_options)

    # --- paths -------------------------------------------------------------------------------------------------------

    @classmethod
    def _get_kwargs_from_urls(cls, path: str) -> dict[str, Any]:
        name = cls._strip_protocol(path).partition("/")[0]
        return {"store": name} if name else {}

    def _open_store(self, name: str | None) -> OpenStore:
        known = (os.getpid(), name)
        if known not in self._opened:
            if self._unresolved is not None:
                self._own, self._unresolved = self._resolve_checked(self._unresolved), None
            own = self._own if name == self.store else None
            self._opened[known] = open_store(own or self._resolve(cast("str", name)))
        return self._opened[known]

    def _place(self, path: str, version_id: str | None = None) -> Place:
        """What a path stands for.

        Raises:
            UnknownStore, InvalidConfiguration: Its store can't be used.
            InvalidLocation: It names no store, or no bucket before its key.
        """
        name = self._strip_protocol(path)
        if not name:
            return Place("")
        location = parse_location(f"{self.protocol}://{name}")
        store = self._open_store(location.store)
        base, bucket, key = f"{location.store}/", None, location.path
        if store.spans_account:
            bucket, slash, key = key.partition("/")
            if not bucket:
                if slash:
                    raise InvalidLocation(f"the store {location.store!r} names no bucket, and neither does the path")
                return Place(name, store)
            base += f"{bucket}/"
        version_id = self._one_version(location.version_id, version_id)
        return Place(name, store, bucket, store.storage(bucket), base, key, version_id)

    @staticmethod
    def _one_version(in_path: str | None, argument: str | None) -> str | None:
        fields.clean({"version_id": argument})  # an empty one must not pass for none
        if in_path is not None and argument is not None and in_path != argument:
            raise InvalidRequest("the path and version_id name different versions")
        return argument if in_path is None else in_path


def _refuse_to_go_anonymous(overrides: dict[str, Any]) -> None:
    """Gives pandas its own error back.

    pandas answers a ``PermissionError`` with a second attempt, with ``anon=True`` (``pandas/io/common.py``, where
    botocore is installed). Access without credentials is only ever what the user asked for; and a refusal of the option
    would hide why access was refused.

    Raises:
        AccessError: That of the first attempt, while it is being handled.
    """
    refusal = sys.exception()
    if overrides.get("anon") is True and isinstance(refusal, AccessError):
        note = "A second attempt was made with anon=True, as pandas does; holdall goes anonymous only where told so."
        if note not in getattr(refusal, "__notes__", ()):
            refusal.add_note(note)
        raise refusal


def _unpickle(kind: type[StoreFileSystem], options: dict[str, Any]) -> StoreFileSystem:
    """Makes a pickled file system again; looks at the configuration only when it is used.

    An error here would not be that of a task, but end the worker that receives it (dask's do), and the next one.
    """
    return kind(**options, _deferred=True)
