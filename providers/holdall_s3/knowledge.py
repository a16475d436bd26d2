"""What is known of one store, from all sources, and what follows from it: the capabilities in effect.

Sources, weakest first: the profile of the store's family, what a probe saw, what the store's own answers taught, and
the user's overrides. A weaker source never hides a stronger one, in whatever order they are heard.

The family is what the settings or the endpoint's host say. Where neither says anything, the first answers are looked at
as they pass; no request is sent for it. What is recognised so changes what is asked of the store, and never
credentials or where requests go.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from holdall.capabilities import Evidence, Source
from holdall_s3.adaptations import Adaptations, adaptations
from holdall_s3.profiles import about, profile, recognition
from holdall_s3.recognition import by_answer, read_version, shows_in_answers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdall_s3.config import S3Config
    from holdall_s3.recognition import Recognised

_ORDER = (Source.PROBED, Source.OBSERVED, Source.OVERRIDDEN)
# Answers that are looked at; a store that shows no mark in so many has none there.
_SUCCESSES = 8
_ERRORS = 32
log = logging.getLogger("holdall.store")


class Knowledge:
    """The capabilities of a store, as far as they are known now.

    Args:
        config: The store.
        store_name: Its name in the configuration, for messages.

    Attributes:
        capabilities: The capabilities in effect. Frozen: what is learned later stands in another object here.
        family: Name of the profile that they come from.
        version: The server's version; ``None``: not known.
        recognised_by: What told the family; ``None``: nothing did, it is ``generic``.
        curious: The store's answers are still to be looked at; see ``see``.

    Raises:
        InvalidConfiguration: There is no such family, or an override is of the wrong kind.
    """

    def __init__(self, config: S3Config, store_name: str | None = None) -> None:
        self._lock = threading.Lock()
        self._store = store_name or config.endpoint_url
        self._said_by_user = config.family_by_user
        self._successes = self._errors = 0
        self._unsure = True
        self._probed_version: str | None = None
        self.family = config.store_family
        self.version = config.store_version
        self.recognised_by = config.recognised_by
        self.curious = True
        self._learned: dict[Source, list[tuple[Mapping[str, Any], Evidence]]] = {source: [] for source in _ORDER}
        self.capabilities = profile(self.family, self.version)
        self.learn(config.capabilities, Evidence(Source.OVERRIDDEN, note="the store's settings"))
        self._adaptations = adaptations(self.capabilities)

    @property
    def adaptations(self) -> Adaptations:
        """What the store has to be told, and read, in another way than Amazon S3."""
        made, capabilities = self._adaptations, self.capabilities
        if made.capabilities is not capabilities:
            made = self._adaptations = adaptations(capabilities)
        return made

    def learn(self, values: Mapping[str, Any], evidence: Evidence) -> None:
        """Takes over what was found out.

        Args:
            values: Leaf values by feature id.
            evidence: How they are known; the source decides what they may outrank.
        """
        self.learn_all([(values, evidence)])

    def learn_all(self, found: Sequence[tuple[Mapping[str, Any], Evidence]], *, of_version: str | None = None) -> None:
        """As ``learn``, of several at once.

        Args:
            found: Values and evidence.
            of_version: The server's version that they are about, where it is known: once another one is recognised,
                what was probed counts no more.
        """
        with self._lock:
            self._probed_version = of_version or self._probed_version
            for values, evidence in found:
                if values:
                    self._learned[evidence.source].append((values, evidence))
            self._resolve()

    def forget_probed(self) -> None:
        """Drops what probes found."""
        with self._lock:
            self._learned[Source.PROBED].clear()
            self._resolve()

    def see(self, headers: Mapping[str, str], error: Mapping[str, str] | None = None) -> None:
        """Looks at an answer for marks of a family. Worth a call for successes while ``curious``, and for errors.

        Args:
            headers: The answer's, names in lower case.
            error: Elements of its error document by name; ``None``: it is no error.
        """
        if not self._unsure:
            return
        if error is None:
            self._successes += 1
            self.curious = self._successes < _SUCCESSES
        else:
            self._errors += 1
            self._unsure = self._errors < _ERRORS
        found = by_answer(headers, error or {})
        if found is not None:
            self.recognise(found)
        elif self.recognised_by is not None and self.version is None:
            version = read_version(recognition(self.family), headers)
            if version is not None:
                self._take(self.family, version, self.recognised_by)

    def recognise(self, found: Recognised) -> None:
        """Takes over what an answer shows. The word of the user, and of the host, is not overruled by it.

        Args:
            found: What the store looks like.
        """
        if found.family == self.family or self.recognised_by is None:
            by = self.recognised_by or found.by
            self._take(found.family, self.version or found.version, by)
            return
        self.curious = self._unsure = False
        # What runs another's software shows no marks of its own, or that one's.
        expected = shows_in_answers(recognition(self.family)) and not recognition(found.family).double
        if self._said_by_user and expected:
            log.warning(
                "store %s is set up as %s and answers like %s (%s); it is taken for what it is set up as",
                self._store,
                about(self.family)["title"],
                about(found.family)["title"],
                found.by,
            )

    def _take(self, family: str, version: str | None, by: str) -> None:
        with self._lock:
            changed = (family, version) != (self.family, self.version)
            self.family, self.version, self.recognised_by = family, version, by
            self.curious = self._unsure = False
            if self._probed_version is not None and version not in {None, self._probed_version}:
                self._learned[Source.PROBED].clear()
                changed = True
            if changed:
                self._resolve()

    def _resolve(self) -> None:
        capabilities = profile(self.family, self.version)
        for source in _ORDER:
            for known, how in self._learned[source]:
                capabilities = capabilities.replace(known, how)
        self.capabilities = capabilities
