"""A state machine that holds any provider against a model: the same calls, the same outcomes.

The model is a provider too, in practice the memory provider. What a store chooses for itself (ETags, version ids,
upload ids, times) is never compared; that the same thing stays the same is::

    class TestAgainstModel(machine(make_provider=..., make_model=...).TestCase):
        settings = hypothesis.settings(max_examples=20, stateful_step_count=30)
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from holdall import options as opt
from holdall.errors import InvalidObjectKey, ObjectNotFound, StorageError
from holdall.models import ByteRange, CopySource, ObjectRef, Versioning
from holdall.testing.calls import copy, delete, head, pages, put, read, versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdall import groups
    from holdall.models import PartInfo
    from holdall.provider import StorageProvider

# Few keys, so that calls meet; each of them is a trap for somebody.
KEYS = st.sampled_from(("a", "a/b", "a-b", "a +%2F", "A", "b/1", "é", "e\u0301", "日/🙂"))
PREFIXES = st.sampled_from(("", "a", "a/", "a/b", "b/", "日", "nothing"))
DELIMITERS = st.sampled_from(("", "/", "b"))
LIMITS = st.sampled_from((None, 1, 2, 3, 100))
BODIES = st.binary(max_size=40)
METADATA = st.dictionaries(st.sampled_from(("origin", "a-b")), st.sampled_from(("x", "1 2", "größe")), max_size=2)
TAGS = st.dictionaries(st.sampled_from(("team", "k=v")), st.sampled_from(("", "blue", "+ @/")), min_size=1)
TYPES = st.sampled_from((None, "text/plain", "application/x-kit"))
RANGES = (
    st.none()
    | st.builds(ByteRange, st.integers(-5, 50))
    | st.tuples(st.integers(0, 30), st.integers(1, 30)).map(lambda pair: ByteRange(pair[0], sum(pair)))
)
CONDITIONS = st.sampled_from((None, None, None, "if_absent", "if_match", "if_match old"))


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a call gave: a value that can be compared, or the class of an error.

    Attributes:
        value: What can be compared of the result.
        error: Name of the error's class.
        raw: The result itself.
    """

    value: Any = None
    error: str | None = None
    raw: Any = dataclasses.field(default=None, compare=False)


def outcome(call: Callable[[], Any], compare: Callable[[Any], Any] = lambda _result: None) -> Outcome:
    """Makes a call.

    Args:
        call: The call.
        compare: What of its result must be the same everywhere.
    """
    try:
        raw = call()
    except ObjectNotFound:  # or VersionNotFound: where a copy's source is missing, not every store tells which
        return Outcome(error=ObjectNotFound.__name__)
    except StorageError as error:
        return Outcome(error=type(error).__name__)
    return Outcome(value=compare(raw), raw=raw)


@dataclasses.dataclass
class Pair:
    """The two sides of something that each store names in its own way: ETags, version ids, upload ids."""

    real: Any
    model: Any


Upload = tuple[str, Pair, dict[int, Pair]]
"""Key, upload ids, parts by number."""


class ProviderMachine(RuleBasedStateMachine):
    """Calls a provider and a model with the same arguments. Made by ``machine``.

    Attributes:
        make_provider: Makes the provider under test, on an empty bucket.
        make_model: Makes the model, likewise.
        calls_aborted_uploads: Also call uploads that were aborted.
    """

    calls_aborted_uploads: ClassVar[bool] = True
    make_provider: ClassVar[Callable[[], StorageProvider]]
    make_model: ClassVar[Callable[[], StorageProvider]]

    def __init__(self) -> None:
        super().__init__()
        self.real = type(self).make_provider()
        self.model = type(self).make_model()
        self.etags: dict[str, list[Pair]] = {}
        self.version_ids: dict[str, list[Pair]] = {}
        self.uploads: list[Upload] = []
        self.versioned = False

    def teardown(self) -> None:
        self.real.close()
        self.model.close()

    # --- both sides -----------------------------------------------------------------------------------------------

    def both(
        self, call: Callable[[StorageProvider], Any], compare: Callable[[Any], Any] = lambda _result: None
    ) -> Pair | None:
        """Makes a call on both sides and compares; returns the raw results where there are some.

        A key that the store refuses by name is not put into the model either.
        """
        real = outcome(lambda: call(self.real), compare)
        if real.error == InvalidObjectKey.__name__:
            return None
        model = outcome(lambda: call(self.model), compare)
        assert real == model
        return Pair(real.raw, model.raw) if real.error is None else None

    def has(self, *features: str) -> bool:
        """Whether the provider under test has all these features for certain."""
        return all(self.real.capabilities.supports(feature, safety=True) for feature in features)

    def side(self, pair: Pair, provider: StorageProvider) -> Any:
        """The side of a pair that belongs to a provider."""
        return pair.real if provider is self.real else pair.model

    def written(self, key: str, result: Pair | None) -> None:
        """Notes the ETag and the version id of a write."""
        if result is None:
            return
        known = self.etags.setdefault(key, [])
        if result.real.etag is not None and result.model.etag is not None:
            known.append(Pair(result.real.etag, result.model.etag))
        if self.versioned and result.real.version_id is not None:  # not every store tells it of every kind of write
            self.version_ids.setdefault(key, []).append(Pair(result.real.version_id, result.model.version_id))

    def described(self, given: dict[str, Any], conditional: str | None, key: str, owner: str) -> list[dict[str, Any]]:
        """Options of a write for the provider and for the model, without what the store has not got."""
        options = dict(given)
        if not self.has("put.metadata"):
            options.pop("metadata", None)
        if not self.has("put.content_headers"):
            options.pop("content_type", None)
        sides = [dict(options), dict(options)]
        if conditional == "if_absent" and self.has(f"{owner}if_absent"):
            for side in sides:
                side["if_absent"] = True
        elif conditional and conditional.startswith("if_match") and self.has(f"{owner}if_match"):
            pair = self.some_etag(key, old=conditional != "if_match")
            if pair is not None:
                sides[0]["if_match"], sides[1]["if_match"] = pair.real, pair.model
        return sides

    def some_etag(self, key: str, *, old: bool) -> Pair | None:
        """The first or the last ETag that was seen of a key.

        None where both stores do not agree on which writes have the same ETag: one may make it of the bytes, the other
        a new one for each write.
        """
        known = self.etags.get(key)
        if not known:
            return None
        pair = known[0 if old else -1]
        agreed = all((other.real == pair.real) == (other.model == pair.model) for other in known)
        return pair if agreed else None

    def some_key(self, data: st.DataObject) -> str:
        """A key, mostly one that was written: where nothing is, little can go wrong."""
        return data.draw(st.one_of(st.sampled_from(sorted(self.etags)), st.sampled_from(sorted(self.etags)), KEYS))

    # --- objects --------------------------------------------------------------------------------------------------

    @initialize(metadata=METADATA)
    def put_some(self, metadata: dict[str, str]) -> None:
        """Begins with a few objects."""
        for key in ("a", "a/b", "b/1", "é"):
            self.put(key, key.encode(), metadata, "text/plain", None)

    @rule(key=KEYS, body=BODIES, metadata=METADATA, content_type=TYPES, conditional=CONDITIONS)
    def put(
        self, key: str, body: bytes, metadata: dict[str, str], content_type: str | None, conditional: str | None
    ) -> None:
        """Writes an object, sometimes under a condition."""
        real, model = self.described({"metadata": metadata, "content_type": content_type}, conditional, key, "put.")
        result = self.both(lambda side: put(side, key, body, **(real if side is self.real else model)))
        self.written(key, result)

    @rule(data=st.data())
    def head(self, data: st.DataObject) -> None:
        """Asks about an object."""
        key = self.some_key(data)
        result = self.both(lambda side: head(side, key), lambda info: (info.key, info.size, *self.kept(info)))
        if result is not None and self.etags.get(key):
            known = {(pair.real, pair.model) for pair in self.etags[key]}
            assert (result.real.etag, result.model.etag) in known

    def kept(self, info: Any) -> tuple[Any, ...]:
        """What was given with an object and must come back."""
        metadata = dict(info.metadata) if self.has("put.metadata") else {}
        # A store may have a type of its own for objects that were given none.
        content_type = info.content_type if self.has("put.content_headers") else None
        return metadata, content_type if content_type in {"text/plain", "application/x-kit"} else None

    @rule(data=st.data(), wanted=RANGES)
    def get(self, data: st.DataObject, wanted: ByteRange | None) -> None:
        """Reads an object or a range of it."""
        key = self.some_key(data)
        if wanted is not None and not self.has("get.range", "get.suffix_range"):
            wanted = None
        self.both(lambda side: read(side, key, range=wanted), lambda body: body)

    @rule(data=st.data(), old=st.booleans(), matching=st.booleans())
    def get_under_a_condition(self, data: st.DataObject, *, old: bool, matching: bool) -> None:
        """Reads an object if its ETag is, or is not, one that was seen."""
        key = self.some_key(data)
        name = "if_match" if matching else "if_none_match"
        pair = self.some_etag(key, old=old)
        if pair is None or not self.has(f"get.{name}"):
            return
        self.both(lambda side: read(side, key, **{name: self.side(pair, side)}), lambda body: body)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        """Deletes an object, or hides it."""
        if self.hidden(key):
            return
        result = self.both(lambda side: delete(side, key), lambda deleted: deleted.delete_marker)
        if result is not None and result.real.delete_marker:
            self.version_ids.setdefault(key, []).append(Pair(result.real.version_id, result.model.version_id))

    def hidden(self, key: str) -> bool:
        """Whether versions are kept and there is nothing to hide: some stores make a delete marker then, some none."""
        return self.versioned and outcome(lambda: head(self.model, key)).error is not None

    @precondition(lambda self: self.has("delete.batch"))
    @rule(keys=st.lists(KEYS, min_size=1, max_size=2, unique=True))
    def delete_batch(self, keys: list[str]) -> None:
        """Deletes several objects in one request; not every store tells the delete markers that it makes."""
        refs = [ObjectRef(key) for key in keys if not self.hidden(key)]
        if not refs:
            return
        result = self.both(
            lambda side: cast("groups.BatchDelete", side).delete_batch(refs, opt.DELETE),
            lambda outcomes: [(done.key, done.error) for done in outcomes],
        )
        for real, model in zip(result.real, result.model, strict=True) if result else ():
            if real.delete_marker:
                pair = Pair(real.delete_marker_version_id, model.delete_marker_version_id)
                self.version_ids.setdefault(real.key, []).append(pair)

    @precondition(lambda self: self.has("copy.server_side"))
    @rule(data=st.data(), key=KEYS, conditional=CONDITIONS)
    def copy(self, data: st.DataObject, key: str, conditional: str | None) -> None:
        """Copies an object; metadata comes along."""
        source = self.some_key(data)
        if source == key:  # a copy onto itself that changes nothing is refused by S3
            return
        real, model = self.described({}, conditional, key, "copy.")
        result = self.both(lambda side: copy(side, source, key, **(real if side is self.real else model)))
        self.written(key, result)

    @rule(prefix=PREFIXES, delimiter=DELIMITERS, limit=LIMITS)
    def list_keys(self, prefix: str, delimiter: str, limit: int | None) -> None:
        """Lists, page by page."""
        if not self.has("list.delimiter"):
            delimiter = ""
        ordered = self.has("list.ordered")

        def collect(side: StorageProvider) -> tuple[list[Any], list[str]]:
            entries: list[Any] = []
            prefixes: list[str] = []
            for page in pages(side, prefix=prefix, delimiter=delimiter, limit=limit):
                entries += [(entry.key, entry.size) for entry in page.entries]
                prefixes += page.prefixes
            return entries, prefixes

        def comparable(found: tuple[list[Any], list[str]]) -> object:
            return found if ordered else (sorted(found[0]), sorted(found[1]))

        self.both(collect, comparable)

    # --- tags -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.has("tags.objects"))
    @rule(data=st.data(), tags=TAGS)
    def set_tags(self, data: st.DataObject, tags: dict[str, str]) -> None:
        """Replaces tags."""
        key = self.some_key(data)
        if self.both(lambda side: cast("groups.Tags", side).put_tags(key, tags, None)) is not None:
            self.both(lambda side: dict(cast("groups.Tags", side).get_tags(key, None)), lambda found: found)

    @precondition(lambda self: self.has("tags.objects"))
    @rule(data=st.data())
    def get_tags(self, data: st.DataObject) -> None:
        """Reads tags."""
        key = self.some_key(data)
        self.both(lambda side: dict(cast("groups.Tags", side).get_tags(key, None)), lambda tags: tags)

    # --- versions -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.has("versions.enable", "versions.list") and not self.versioned)
    @rule()
    def enable_versioning(self) -> None:
        """Switches versioning on; what was written before has the version id ``null``."""
        self.both(lambda side: cast("groups.Versions", side).set_versioning(Versioning.ENABLED))
        self.versioned = True

    @precondition(lambda self: self.versioned and bool(self.version_ids) and self.has("versions.get"))
    @rule(data=st.data())
    def get_version(self, data: st.DataObject) -> None:
        """Reads one version, which may be a delete marker or gone."""
        key, pair = self.some_version(data)
        self.both(lambda side: read(side, key, version_id=self.side(pair, side)), lambda body: body)

    @precondition(lambda self: self.versioned and bool(self.version_ids) and self.has("versions.delete"))
    @rule(data=st.data())
    def delete_version(self, data: st.DataObject) -> None:
        """Removes one version for good; removing a delete marker brings the object back."""
        key, pair = self.some_version(data)
        self.both(lambda side: delete(side, key, version_id=self.side(pair, side)))

    def some_version(self, data: st.DataObject) -> tuple[str, Pair]:
        """A version that was written."""
        key = data.draw(st.sampled_from(sorted(self.version_ids)))
        known = self.version_ids[key]
        return key, known[data.draw(st.integers(0, len(known) - 1))]

    @precondition(lambda self: self.versioned)
    @rule(prefix=PREFIXES, limit=LIMITS)
    def list_versions(self, prefix: str, limit: int | None) -> None:
        """Lists versions and delete markers, page by page."""

        def shown(found: list[Any]) -> list[Any]:
            return [(item.key, item.is_latest, item.is_delete_marker, item.size) for item in found]

        ordered = self.has("versions.newest_first")
        self.both(
            lambda side: versions(side, prefix=prefix, limit=limit),
            lambda found: shown(found) if ordered else sorted(shown(found)),
        )

    # --- multipart uploads ----------------------------------------------------------------------------------------

    @precondition(lambda self: self.has("multipart.uploads"))
    @rule(key=KEYS, metadata=METADATA, body=BODIES)
    def begin_upload(self, key: str, metadata: dict[str, str], body: bytes) -> None:
        """Begins a multipart upload and sends its first part."""
        options = opt.CreateUploadOptions(metadata=metadata if self.has("put.metadata") else {})
        result = self.both(lambda side: cast("groups.MultipartUploads", side).create_upload(key, options))
        if result is not None:
            upload: Upload = (key, Pair(result.real.upload_id, result.model.upload_id), {})
            self.uploads.append(upload)
            self.send(upload, 1, body)

    @precondition(lambda self: bool(self.uploads))
    @rule(data=st.data(), number=st.integers(1, 3), body=BODIES)
    def send_part(self, data: st.DataObject, number: int, body: bytes) -> None:
        """Sends a part, or replaces it."""
        self.send(data.draw(st.sampled_from(self.uploads)), number, body)

    def send(self, upload: Upload, number: int, body: bytes) -> None:
        """Sends a part on both sides."""
        key, ids, parts = upload
        result = self.both(
            lambda side: cast("groups.MultipartUploads", side).upload_part(
                key, self.side(ids, side), number, body, opt.PART
            ),
            lambda part: (part.part_number, part.size),
        )
        if result is not None:
            parts[number] = result

    @precondition(lambda self: any(parts for _, _, parts in self.uploads))
    @rule(data=st.data(), conditional=CONDITIONS)
    def complete_upload(self, data: st.DataObject, conditional: str | None) -> None:
        """Completes an upload with one part, or, where small parts are allowed, with all."""
        upload = data.draw(st.sampled_from([upload for upload in self.uploads if upload[2]]))
        key, ids, parts = upload
        numbers = sorted(parts)
        if (self.real.capabilities.multipart.min_part_size or 1) > 1:
            numbers = numbers[:1]
        elif any(not parts[number].real.size for number in numbers[:-1]):
            return  # an empty part before the last: stores differ, and nobody sends one
        real, model = self.described({}, conditional, key, "multipart.complete_")

        def complete(side: StorageProvider) -> Any:
            chosen: list[PartInfo] = [self.side(parts[number], side) for number in numbers]
            options = opt.CompleteOptions(**(real if side is self.real else model))
            return cast("groups.MultipartUploads", side).complete_upload(key, self.side(ids, side), chosen, options)

        result = self.both(complete)
        self.written(key, result)
        if result is not None:  # to complete it again is no error on every store
            self.uploads.remove(upload)

    @precondition(lambda self: bool(self.uploads))
    @rule(data=st.data())
    def abort_upload(self, data: st.DataObject) -> None:
        """Drops an upload."""
        upload = data.draw(st.sampled_from(self.uploads))
        key, ids, _ = upload
        self.both(lambda side: cast("groups.MultipartUploads", side).abort_upload(key, self.side(ids, side)))
        if not self.calls_aborted_uploads:
            self.uploads.remove(upload)

    @precondition(lambda self: self.has("copy.server_side", "versions.get") and bool(self.version_ids))
    @rule(data=st.data(), destination=KEYS)
    def copy_version(self, data: st.DataObject, destination: str) -> None:
        """Copies an old version."""
        key, pair = self.some_version(data)
        if key == destination:
            return

        def copy_it(side: StorageProvider) -> Any:
            return side.copy(CopySource(key, version_id=self.side(pair, side)), destination, opt.COPY)

        self.written(destination, self.both(copy_it))


def machine(
    make_provider: Callable[[], StorageProvider],
    make_model: Callable[[], StorageProvider],
    *,
    calls_aborted_uploads: bool = True,
) -> type[ProviderMachine]:
    """A state machine for one provider.

    Args:
        make_provider: Makes the provider under test, on an empty bucket; called for every example.
        make_model: Makes the model, e.g. a memory provider, likewise on an empty bucket.
        calls_aborted_uploads: Also call uploads that were aborted, which must be refused. Default: yes.

    Returns:
        The class; its ``TestCase`` is what pytest runs.
    """
    members = {
        "make_provider": staticmethod(make_provider),
        "make_model": staticmethod(make_model),
        "calls_aborted_uploads": calls_aborted_uploads,
    }
    return type("HeldAgainstModel", (ProviderMachine,), members)
