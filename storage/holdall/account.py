"""``Account``: the buckets of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Self, cast

from holdall import checks, fields
from holdall import options as opt
from holdall.errors import BucketNotFound, InvalidResponse
from holdall.probing import StoreCapabilities
from holdall.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from holdall import groups
    from holdall.config import ResolvedStore
    from holdall.models import BucketInfo
    from holdall.provider import StorageProvider


class Account:
    """The buckets of a store. Make it with ``holdall.open_account``."""

    def __init__(self, provider: StorageProvider, store: ResolvedStore) -> None:
        """Around a provider that is ready to use.

        Args:
            provider: The provider, in its layers; it may be bound to no bucket.
            store: The store's settings.
        """
        self.provider = provider
        self._store = store

    @property
    def capabilities(self) -> StoreCapabilities:
        """What the store can do, and how we know; no request. ``probe`` works in a scratch bucket here."""
        return StoreCapabilities.of(self.provider, self.provider.capabilities, None)

    def create(
        self,
        name: str,
        *,
        region: str | None = None,
        object_lock: bool = False,
        backend: opt.BackendOptions | None = None,
    ) -> BucketInfo:
        """Makes a bucket.

        Args:
            name: Its name.
            region: Where; default: the store's region.
            object_lock: Enable object lock.
            backend: The provider's own options.

        Raises:
            InvalidBucketName: The name breaks the rules; nothing was sent.
            BucketAlreadyOwnedByYou, BucketAlreadyExists: The name is taken.
        """
        if object_lock:
            checks.require(self.provider, "buckets.object_lock", safety=True)
        options = opt.CreateBucketOptions(region=region, object_lock=object_lock, backend=backend)
        return self._group("buckets.create").create_bucket(name, options)

    def delete(self, name: str) -> None:
        """Removes an empty bucket.

        Raises:
            BucketNotEmpty: It has objects, versions or delete markers.
            BucketNotFound: It is not there.
        """
        self._group("buckets.delete").delete_bucket(name)

    def head(self, name: str) -> BucketInfo:
        """Whether a bucket is there and may be used.

        Raises:
            BucketNotFound: It is not there.
            AccessDenied: It may be there.
        """
        return self._group("buckets.head").head_bucket(name)

    def exists(self, name: str) -> bool:
        """Whether there is such a bucket. Not being allowed to know raises ``AccessDenied``."""
        try:
            self.head(name)
        except BucketNotFound:
            return False
        return True

    def list(self) -> Iterator[BucketInfo]:
        """Yields the account's buckets."""
        group = self._group("buckets.list")
        token: str | None = None
        while True:
            page = group.list_buckets(token, None)
            yield from page.buckets
            if page.next_token is None:
                return
            if page.next_token == token:
                raise InvalidResponse("the listing of buckets does not get on: the same token came twice")
            token = page.next_token

    def location(self, name: str) -> str | None:
        """The bucket's region, ``None`` where the store has none."""
        return self._group("buckets.location").bucket_location(name)

    def open(self, name: str, *, prefix: str = "") -> Storage:
        """One bucket as a ``Storage``, over the same connections; no request.

        Args:
            name: The bucket.
            prefix: Work below this prefix only; it comes behind the one that the store's settings have.

        Raises:
            InvalidRequest: The prefix is no text that UTF-8 can write.
        """
        settings = self._store.settings
        full = settings.prefix + fields.listing_text("prefix", prefix)
        bound = cast("StorageProvider", cast("groups.Buckets", self.provider).bind(name))
        return Storage(
            bound, name=self._store.name, prefix=full, transfer=settings.transfer, defaults=settings.defaults
        )

    def _group(self, feature: str) -> groups.Buckets:
        checks.require(self.provider, feature)
        return cast("groups.Buckets", self.provider)

    def close(self) -> None:
        """Gives back connections."""
        self.provider.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Account {self._store.name}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "an Account is not pickled: it holds connections, and perhaps secrets; "
            f"call open_account({self._store.name!r}) in the other process, or pickle a Storage of open_storage(...)"
        )
