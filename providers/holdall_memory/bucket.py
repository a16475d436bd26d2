"""A bucket: keys in order, and for each key its versions. Callers hold the account's lock."""

from __future__ import annotations

import bisect
import dataclasses
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from holdall.errors import InvalidBucketState, ObjectNotFound, VersionNotFound
from holdall.models import NotificationConfig, Versioning
from holdall_memory.objects import NULL, Content, Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall_memory.multipart import Upload


class Bucket:
    """One bucket.

    Attributes:
        name: Its name.
        created: When it was made.
        versioning: Whether writes keep what was there.
        visible: Keys that have an object, in order. Python orders strings by code point, which is UTF-8 byte order.
        known: Keys that have a version or a delete marker, in order.
        uploads: Unfinished multipart uploads by upload id.
        notifications: Which events go where.
    """

    def __init__(self, name: str, versioning: Versioning) -> None:
        self.name = name
        self.created = datetime.now(UTC)
        self.versioning = versioning
        self.visible: list[str] = []
        self.known: list[str] = []
        self.uploads: dict[str, Upload] = {}
        self.notifications = NotificationConfig()
        self._histories: dict[str, list[Version]] = {}  # oldest first: writes go to the end

    def history(self, key: str) -> Sequence[Version]:
        """All versions and delete markers of a key, oldest first."""
        return self._histories.get(key, ())

    def current(self, key: str) -> tuple[Version, Content] | None:
        """The object that readers see, if there is one."""
        history = self.history(key)
        if not history or history[-1].content is None:
            return None
        return history[-1], history[-1].content

    def etag(self, key: str) -> str | None:
        """ETag of the object that readers see, ``None`` where there is none."""
        current = self.current(key)
        return current[1].etag if current else None

    def find(self, key: str, version_id: str | None) -> tuple[Version, Content]:
        """An object, or one version of it.

        Raises:
            ObjectNotFound: No such object.
            VersionNotFound: No such version, or it is a delete marker.
        """
        if version_id is None:
            current = self.current(key)
            if current is None:
                raise ObjectNotFound("there is no such object", key=key, bucket=self.name)
            return current
        version = self.version(key, version_id)
        if version is None or version.content is None:
            what = "there is no such version" if version is None else "the version is a delete marker"
            raise VersionNotFound(what, key=key, bucket=self.name, version_id=version_id)
        return version, version.content

    def version(self, key: str, version_id: str) -> Version | None:
        """One version or delete marker, ``None`` where it is not there."""
        return next((version for version in self.history(key) if version.id == version_id), None)

    def told_id(self, version: Version) -> str | None:
        """The version id to tell callers: none in a bucket that never kept versions."""
        return None if self.versioning is Versioning.OFF else version.id

    def add(self, key: str, content: Content | None, serial: int) -> Version:
        """Makes a new latest version (without content: a delete marker).

        Unless versioning is enabled it takes the place of the version ``null``.
        """
        enabled = self.versioning is Versioning.ENABLED
        version = Version(
            key=key,
            id=uuid.uuid4().hex if enabled else NULL,
            serial=serial,
            modified=datetime.now(UTC),
            content=content,
        )
        kept = [old for old in self.history(key) if old.id != version.id]
        self._set_history(key, [*kept, version])
        return version

    def remove(self, key: str, version_id: str) -> Version | None:
        """Removes a version or a delete marker for good and returns it, ``None`` where it was not there."""
        version = self.version(key, version_id)
        if version is not None:
            self._set_history(key, [old for old in self.history(key) if old is not version])
        return version

    def set_content(self, version: Version, content: Content) -> None:
        """Changes what is said about a version (its tags), which makes no new version."""
        changed = dataclasses.replace(version, content=content)
        self._set_history(version.key, [changed if old is version else old for old in self.history(version.key)])

    def set_versioning(self, state: Versioning) -> None:
        """Switches versioning on, or suspends it.

        Raises:
            InvalidBucketState: It was on once and shall be off.
        """
        if state is Versioning.OFF and self.versioning is not Versioning.OFF:
            raise InvalidBucketState(
                "versioning can't be switched off again", bucket=self.name, hint="Suspend it: old versions stay."
            )
        self.versioning = state

    def _set_history(self, key: str, history: list[Version]) -> None:
        if history:
            self._histories[key] = history
        else:
            self._histories.pop(key, None)
        _keep_in_order(self.known, key, present=bool(history))
        _keep_in_order(self.visible, key, present=self.current(key) is not None)


def _keep_in_order(keys: list[str], key: str, *, present: bool) -> None:
    """Adds a key to a sorted list or takes it out, if that is not so already."""
    position = bisect.bisect_left(keys, key)
    found = position < len(keys) and keys[position] == key
    if present and not found:
        keys.insert(position, key)
    elif found and not present:
        del keys[position]
