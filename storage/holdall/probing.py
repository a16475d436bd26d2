"""``StoreCapabilities``: the capabilities of an open store, which can be asked to find out more."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from holdall.capabilities import Capabilities
from holdall.errors import UnsupportedOperation
from holdall.groups import Probing
from holdall.layers.forwarding import innermost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall.capabilities import Evidence
    from holdall.groups import ProbeProgress
    from holdall.provider import StorageProvider


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoreCapabilities(Capabilities):
    """The capabilities of an open store. They are ``Capabilities`` in all, and equal to those; ``probe`` comes on top.

    Frozen, as all capabilities are: what a probe finds stands in what it returns, and in ``storage.capabilities``.
    """

    _plain: Capabilities = field(repr=False)
    _provider: StorageProvider = field(repr=False)
    _prefix: str | None = field(repr=False)

    @classmethod
    def of(cls, provider: StorageProvider, plain: Capabilities, prefix: str | None) -> StoreCapabilities:
        """The capabilities of a store.

        Args:
            provider: The store, in its layers.
            plain: What its provider says.
            prefix: Where scratch objects may be; ``None``: in a scratch bucket only.
        """
        own = {each.name: getattr(plain, each.name) for each in fields(Capabilities)}
        return cls(**own, _plain=plain, _provider=provider, _prefix=prefix)

    def probe(self, *, fresh: bool = False, progress: ProbeProgress | None = None) -> StoreCapabilities:
        """Finds out what the store does, by trying it on scratch objects, and uses it from now on.

        Some seventy requests: wrong checksums must be refused, of several writers who create one object at once one may
        win, what is encrypted with a customer's key must be unreadable without it, tags are read back, and so on. The
        scratch objects are below the store's prefix, in ``.holdall-probe-<random>/``, or of an account in a scratch
        bucket of that name; they are deleted, whatever happens. Nothing of yours is written to.

        What was found is kept in the user's cache folder for 30 days, by endpoint, and is used when a store there is
        opened. It outranks the profile, and is outranked by the store's own later answers and by your settings.

        Args:
            fresh: Ask the store again, although something is kept. Without this, what is kept is taken, unless the
                server calls itself otherwise by now.
            progress: Is told how many probes are done, how many there are, and the feature of the next one.

        Raises:
            UnsupportedOperation: This kind of store says what it can; there is nothing to find out.
            AccessDenied: Nothing may be written there.
            InvalidBucketState: The bucket locks new objects, so that scratch objects would stay; or some are left over.
        """
        found = self._probing().probe(self._prefix, fresh=fresh, progress=progress)
        return StoreCapabilities.of(self._provider, found, self._prefix)

    def forget(self) -> bool:
        """Forgets what probes found, here and in the cache folder; no request.

        Returns:
            Whether something was kept there.

        Raises:
            UnsupportedOperation: This kind of store is never probed.
        """
        return self._probing().forget_probed()

    def replace(self, values: Mapping[str, Any], evidence: Evidence) -> Capabilities:
        """See ``Capabilities.replace``; the copy is of no store."""
        return self._plain.replace(values, evidence)

    def _probing(self) -> Probing:
        bare = innermost(self._provider)
        if not isinstance(bare, Probing):
            info = self._provider.info
            raise UnsupportedOperation(
                f"a store of kind {info.kind!r} is not probed: what it can do is known",
                store=info.store,
                provider=info.kind,
                hint="storage.capabilities has it all.",
            )
        return bare

    def __eq__(self, other: object) -> bool:
        return self._plain == (other._plain if isinstance(other, StoreCapabilities) else other)

    def __hash__(self) -> int:
        return hash(self._plain)

    def __reduce__(self) -> tuple[Any, ...]:
        return _plainly, (self._plain,)  # elsewhere there is no store to ask


def _plainly(capabilities: Capabilities) -> Capabilities:
    return capabilities
