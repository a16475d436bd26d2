"""What is known of one store, from all sources, and what follows from it: the capabilities in effect.

Sources, weakest first: the profile of the store's family, what a probe saw, what the store's own answers taught, and
the user's overrides. A weaker source never hides a stronger one, in whatever order they are heard.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from holdall.capabilities import Evidence, Source
from holdall_s3.profiles import profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdall_s3.config import S3Config

_ORDER = (Source.PROBED, Source.OBSERVED, Source.OVERRIDDEN)


class Knowledge:
    """The capabilities of a store, as far as they are known now.

    Args:
        config: The store.

    Attributes:
        capabilities: The capabilities in effect. Frozen: what is learned later stands in another object here.

    Raises:
        InvalidConfiguration: There is no such family, or an override is of the wrong kind.
    """

    def __init__(self, config: S3Config) -> None:
        self._lock = threading.Lock()
        self._family = config.store_family
        self._learned: dict[Source, list[tuple[Mapping[str, Any], Evidence]]] = {source: [] for source in _ORDER}
        self.capabilities = profile(self._family)
        self.learn(config.capabilities, Evidence(Source.OVERRIDDEN, note="the store's settings"))

    def learn(self, values: Mapping[str, Any], evidence: Evidence) -> None:
        """Takes over what was found out.

        Args:
            values: Leaf values by feature id.
            evidence: How they are known; the source decides what they may outrank.
        """
        self.learn_all([(values, evidence)])

    def learn_all(self, found: Sequence[tuple[Mapping[str, Any], Evidence]]) -> None:
        """As ``learn``, of several at once."""
        with self._lock:
            for values, evidence in found:
                if values:
                    self._learned[evidence.source].append((values, evidence))
            capabilities = profile(self._family)
            for source in _ORDER:
                for known, how in self._learned[source]:
                    capabilities = capabilities.replace(known, how)
            self.capabilities = capabilities

    def forget_probed(self) -> None:
        """Drops what probes found."""
        with self._lock:
            self._learned[Source.PROBED].clear()
        self.learn_all(())
