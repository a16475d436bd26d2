"""The contract that a backend implements.

Few primitives, each **one request** to the backend: no convenience, no retries, no guessing. Everything that takes
several requests lives in the framework and is written once.

What the framework guarantees to every method here and in ``groups.py``:

* Keys are valid: not empty, encodable in UTF-8, at most 1,024 bytes unless the capabilities say otherwise, and of none
  of the forms that the capabilities name as ``keys.not_held``. They are opaque: ``//``, ``*``, a trailing ``/`` mean
  nothing and must not be normalised.
* Options are never ``None``; metadata names are in lower case; ETags have no quotes around them.
* A feature whose capability is ``NO`` is never asked for.
* Bodies are bytes-like, or a ``SizedReader`` at its start.

What the provider owes:

* Every failure is a ``StorageError`` leaf, raised ``from`` its cause. Nothing secret in it.
* ``put`` and completed uploads are atomic: a reader sees the old object or the new one. A failed or abandoned write
  leaves nothing visible.
* An option that it does not know raises ``OptionNotSupported``; what the store says that it ignored raises
  ``RequestIgnored``. How an object is encrypted stands in the result of ``put``, ``copy``, ``create_upload`` and
  ``complete_upload`` as the store's answer told it: where that confirms nothing, the framework looks.
* It sends nothing that was not asked for.
* Methods may be called from several threads at once. After a fork, a child works with connections of its own.
* Pickling carries no secret.

A key that the store can't hold raises ``InvalidObjectKey``, naming the reason, before anything is sent.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities
    from holdall.models import (
        Body,
        CopyResult,
        CopySource,
        DeleteResult,
        ListPage,
        ObjectInfo,
        ProviderInfo,
        PutResult,
    )
    from holdall.options import CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, PutOptions
    from holdall.reading import GetResult


class StorageProvider(abc.ABC):
    """One bucket of one backend.

    Optional features are methods of the protocols in ``groups.py``; a provider implements those it has, and says so in
    its capabilities, which are the authority.
    """

    @property
    @abc.abstractmethod
    def info(self) -> ProviderInfo:
        """Who this is; no request, nothing secret."""

    @property
    @abc.abstractmethod
    def capabilities(self) -> Capabilities:
        """What the store can do, as far as is known now; no request."""

    @property
    def emulates(self) -> frozenset[str]:
        """Features that the store has not got and that a layer makes up for; a provider of its own has none."""
        return frozenset()

    @abc.abstractmethod
    def head(self, key: str, options: HeadOptions) -> ObjectInfo:
        """Everything about an object but its bytes.

        Raises:
            ObjectNotFound: No such object (``VersionNotFound``: no such version, or it is a delete marker).
            NotModified, PreconditionFailed: A condition did not hold.
            AccessDenied: Not allowed; never reported as "not found".
        """

    @abc.abstractmethod
    def get(self, key: str, options: GetOptions) -> GetResult:
        """An object's bytes, or a range of them, as a stream that is pinned to one version of the object.

        Raises:
            RangeNotSatisfiable: The range begins past the end (every range of an empty object does).
            ObjectArchived: It must be restored first.
            ObjectNotFound, NotModified, PreconditionFailed, AccessDenied: As ``head``.
        """

    @abc.abstractmethod
    def put(self, key: str, body: Body, options: PutOptions) -> PutResult:
        """Writes an object as a whole; the last writer wins unless a condition says otherwise.

        Raises:
            ObjectAlreadyExists: ``if_absent``, and there is one.
            PreconditionFailed: ``if_match``, and it is another one (``ObjectNotFound`` where there is none).
            ConditionalRequestConflict: Another conditional write was under way.
            ChecksumMismatch: The bytes that arrived differ from the checksum given.
            EntityTooLarge: More than one request may carry.
        """

    @abc.abstractmethod
    def delete(self, key: str, options: DeleteOptions) -> DeleteResult:
        """Removes an object (in a versioned bucket: hides it behind a delete marker), or one version for good.

        Deleting what is not there succeeds.

        Raises:
            PreconditionFailed: ``if_match``, and it is another one.
        """

    @abc.abstractmethod
    def list_page(self, options: ListOptions) -> ListPage:
        """One page of a listing, in UTF-8 byte order of the keys (``list.ordered`` says where not).

        Keys and prefixes are ordered together; a page holds at most ``limit`` of both.

        Raises:
            BucketNotFound: No such bucket.
        """

    @abc.abstractmethod
    def copy(self, source: CopySource, key: str, options: CopyOptions) -> CopyResult:
        """Copies an object inside the store.

        Metadata, tags, content headers and storage class come along unless the options say otherwise.
        The framework asks for this only up to ``copy.max_size``.

        Raises:
            ObjectNotFound: No source.
            PreconditionFailed, ObjectAlreadyExists: A condition on source or destination did not hold.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Gives back connections and the like. May be called twice; using the provider afterwards is an error."""
