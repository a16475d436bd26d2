"""The kit finds what is wrong: for each rule a provider that breaks it, and the test that has to notice."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import threading
import time
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from holdall import models
from holdall import options as opt
from holdall.errors import BucketNotFound, InternalError, ObjectNotFound, UnsupportedOperation
from holdall.layers.forwarding import ForwardingProvider
from holdall.models import CopySource, ListPage
from holdall.testing import AllSuites, Fault, FaultyProvider, WithoutFeature
from holdall.testing.base import needs
from holdall.testing.bodies import ShortReader
from holdall.testing.calls import read
from holdall.testing.statemachine import machine
from tests.conformance.harnesses import MemoryHarness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdall.provider import StorageProvider
    from holdall.reading import GetResult

SECRET = "wJalrXUtnFEMI/K7MDENG"


class IgnoresIfAbsent(ForwardingProvider):
    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return super().put(key, body, dataclasses.replace(options, if_absent=False))


class IgnoresIfMatch(ForwardingProvider):
    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        time.sleep(0.001)  # long enough for another thread to read what is about to be replaced
        return super().put(key, body, dataclasses.replace(options, if_match=None))


class ChecksThenWrites(ForwardingProvider):
    """Create-only in two steps, as if nobody else were there."""

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        if options.if_absent:
            try:
                self.inner.head(key, opt.HEAD)
            except ObjectNotFound:
                time.sleep(0.005)
                options = dataclasses.replace(options, if_absent=False)
        return super().put(key, body, options)


class DropsMetadata(ForwardingProvider):
    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return super().put(key, body, dataclasses.replace(options, metadata={}))


class CopiesBytesOnly(ForwardingProvider):
    def copy(self, source: CopySource, key: str, options: opt.CopyOptions) -> models.CopyResult:
        return super().copy(source, key, dataclasses.replace(options, replace_metadata=True, replace_tags=True))


class AcceptsAnyChecksum(ForwardingProvider):
    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return super().put(key, body, dataclasses.replace(options, checksum=None, content_md5=None))


class AcceptsForeignOptions(ForwardingProvider):
    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return super().put(key, body, dataclasses.replace(options, backend=None))


class NormalisesKeys(ForwardingProvider):
    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return super().put(key.replace("//", "/"), body, options)


class IgnoresRanges(ForwardingProvider):
    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        return super().get(key, dataclasses.replace(options, range=None))


class DeletesWithComplaints(ForwardingProvider):
    def delete(self, key: str, options: opt.DeleteOptions) -> models.DeleteResult:
        self.inner.head(key, opt.HEAD)
        return super().delete(key, options)


class ListsBackwards(ForwardingProvider):
    def list_page(self, options: opt.ListOptions) -> ListPage:
        page = super().list_page(options)
        return dataclasses.replace(page, entries=page.entries[::-1])


class LosesTheEndOfPages(ForwardingProvider):
    def list_page(self, options: opt.ListOptions) -> ListPage:
        page = super().list_page(options)
        return dataclasses.replace(page, entries=page.entries[:-1]) if len(page.entries) > 1 else page


class NeverEndsListings(ForwardingProvider):
    def list_page(self, options: opt.ListOptions) -> ListPage:
        first = super().list_page(dataclasses.replace(options, token=None))
        return dataclasses.replace(first, next_token="again")


class PadsShortBodies(ForwardingProvider):
    """Takes what came for the whole."""

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        return super().put(key, body.getvalue() if isinstance(body, ShortReader) else body, options)


class KeepsTheBuffer(ForwardingProvider):
    """Writes later what the caller has in his buffer by then."""

    def __init__(self, inner: StorageProvider) -> None:
        super().__init__(inner)
        self._waiting: list[Any] = []

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        self._waiting.append((key, body, options))
        return super().put(key, body, options)

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        for waiting in self._waiting:
            super().put(*waiting)
        return super().get(key, options)


class WritesInTwoSteps(ForwardingProvider):
    """The bytes first, what belongs to them a moment later."""

    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        if options.metadata:
            super().put(key, body, dataclasses.replace(options, metadata={}))
            time.sleep(0.01)  # long enough for a reader to come by, on a busy machine too
        return super().put(key, body, options)


class ShowsPartsEarly(ForwardingProvider):
    def upload_part(
        self, key: str, upload_id: str, part_number: int, body: models.Body, options: opt.PartOptions
    ) -> models.PartInfo:
        self.inner.put(key, body, opt.PUT)
        return super().upload_part(key, upload_id, part_number, body, options)


class SortsParts(ForwardingProvider):
    def complete_upload(
        self, key: str, upload_id: str, parts: Sequence[models.PartInfo], options: opt.CompleteOptions
    ) -> models.PutResult:
        ascending = sorted(parts, key=lambda part: part.part_number)
        return super().complete_upload(key, upload_id, ascending, options)


class AbortsNothing(ForwardingProvider):
    def abort_upload(self, key: str, upload_id: str) -> None:
        return


class MergesTags(ForwardingProvider):
    def put_tags(self, key: str, tags: Mapping[str, str], version_id: str | None) -> str | None:
        return super().put_tags(key, {**self.get_tags(key, version_id), **tags}, version_id)


class ForgetsVersions(ForwardingProvider):
    def put(self, key: str, body: models.Body, options: opt.PutOptions) -> models.PutResult:
        for version in self.list_versions_page(opt.ListOptions(prefix=key)).versions:
            self.inner.delete(key, opt.DeleteOptions(version_id=version.version_id))
        return super().put(key, body, options)


class ShufflesBatchOutcomes(ForwardingProvider):
    def delete_batch(
        self, refs: Sequence[models.ObjectRef], options: opt.DeleteOptions
    ) -> Sequence[models.DeleteOutcome]:
        return super().delete_batch(refs, options)[::-1]


class DropsRules(ForwardingProvider):
    def set_notifications(self, config: models.NotificationConfig) -> None:
        super().set_notifications(dataclasses.replace(config, rules=config.rules[:1]))


class TakesMissingBucketsForEmpty(ForwardingProvider):
    def list_page(self, options: opt.ListOptions) -> ListPage:
        try:
            return super().list_page(options)
        except BucketNotFound:
            return ListPage(())


class PicklesItsSecret(ForwardingProvider):
    def __init__(self, inner: StorageProvider) -> None:
        super().__init__(inner)
        self.password = SECRET


class LockedByFork(ForwardingProvider):
    """Holds a lock during every call, which a child inherits in whatever state it is."""

    def __init__(self, inner: StorageProvider) -> None:
        super().__init__(inner)
        self._lock = threading.Lock()

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        with self._lock:
            time.sleep(0.001)
            return super().get(key, options)


class SecretiveHarness(MemoryHarness):
    def secrets(self) -> Sequence[str]:
        return (SECRET,)


BREACHES: list[tuple[type[ForwardingProvider], str, dict[str, Any]]] = [
    (IgnoresIfAbsent, "test_create_only", {}),
    (IgnoresIfMatch, "test_replace_if_match", {}),
    (IgnoresIfMatch, "test_no_update_is_lost", {}),
    (ChecksThenWrites, "test_exactly_one_create_wins", {}),
    (DropsMetadata, "test_metadata_comes_back_as_it_was_given", {}),
    (CopiesBytesOnly, "test_metadata_and_content_headers_come_along", {}),
    (CopiesBytesOnly, "test_tags_come_along", {}),
    (AcceptsAnyChecksum, "test_a_wrong_checksum_is_refused", {"algorithm": models.ChecksumAlgorithm.CRC32C}),
    (AcceptsAnyChecksum, "test_a_wrong_md5_is_refused", {}),
    (AcceptsForeignOptions, "test_options_of_another_provider_are_refused_unsent", {}),
    (NormalisesKeys, "test_odd_keys_are_held_as_they_are_or_refused_by_name", {}),
    (IgnoresRanges, "test_ranges", {"wanted": (3, 7)}),
    (IgnoresRanges, "test_a_range_past_the_end_is_an_error", {}),
    (DeletesWithComplaints, "test_deleting_what_is_not_there_succeeds", {}),
    (ListsBackwards, "test_everything_in_pages_of_every_size", {}),
    (LosesTheEndOfPages, "test_everything_in_pages_of_every_size", {}),
    (NeverEndsListings, "test_what_was_deleted_is_gone", {}),
    (PadsShortBodies, "test_a_reader_that_ends_early_leaves_nothing", {}),
    (KeepsTheBuffer, "test_a_buffer_may_be_used_again_after_put", {}),
    (WritesInTwoSteps, "test_readers_see_one_write_and_never_a_mixture", {}),
    (ShowsPartsEarly, "test_parts_become_one_object", {}),
    (SortsParts, "test_parts_must_ascend", {}),
    (AbortsNothing, "test_an_upload_that_was_aborted_is_gone", {}),
    (MergesTags, "test_tags_are_replaced_as_a_whole", {}),
    (ForgetsVersions, "test_every_version_can_be_read", {}),
    (ShufflesBatchOutcomes, "test_all_are_deleted_and_each_has_an_outcome", {}),
    (DropsRules, "test_rules_are_kept", {}),
    (TakesMissingBucketsForEmpty, "test_a_bucket_that_is_not_there_is_told_from_an_object", {}),
    (PicklesItsSecret, "test_a_pickle_works_and_carries_no_secret", {}),
]


def run(name: str, wrapper: Callable[[StorageProvider], StorageProvider], **arguments: Any) -> None:
    """Runs one test of the kit as pytest would, over memory inside a wrapper."""
    harness = SecretiveHarness()
    fixtures: dict[str, Callable[[], Any]] = {
        "provider": lambda: wrapper(harness.make_provider()),
        "missing_bucket": lambda: wrapper(harness.missing_bucket_provider()),
        "harness": lambda: harness,
    }
    test = getattr(AllSuites(), name)
    wanted = inspect.signature(test).parameters
    test(**{fixture: make() for fixture, make in fixtures.items() if fixture in wanted}, **arguments)


@pytest.mark.parametrize(("wrapper", "name", "arguments"), BREACHES)
def test_a_breach_is_noticed(wrapper: type[ForwardingProvider], name: str, arguments: dict[str, Any]) -> None:
    run(name, lambda inner: inner, **arguments)  # passes without the breach
    with pytest.raises((AssertionError, pytest.fail.Exception, ObjectNotFound)):
        run(name, wrapper, **arguments)


def test_a_lock_that_a_fork_inherits_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdall.testing.suites.processes.CHILD_SECONDS", 0.2)
    with pytest.raises(AssertionError, match="did not finish"):
        run("test_a_fork_while_other_threads_are_at_work", LockedByFork)


@pytest.mark.parametrize(
    "wrapper",
    [IgnoresRanges, LosesTheEndOfPages, CopiesBytesOnly, MergesTags, AbortsNothing, IgnoresIfAbsent],
)
def test_the_state_machine_notices_it_too(wrapper: type[ForwardingProvider]) -> None:
    held = machine(lambda: wrapper(MemoryHarness().make_provider()), MemoryHarness().make_provider)
    phases = [Phase.generate]  # nobody needs the smallest example of a breach that was made on purpose
    often = settings(
        max_examples=500, stateful_step_count=40, deadline=None, database=None, phases=phases, derandomize=True
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(held, settings=often)


# --- the decorator `needs` ------------------------------------------------------------------------------------------


class Sample(AllSuites):
    @needs("put.if_absent")
    def test_fine(self, provider: StorageProvider, harness: MemoryHarness) -> None:
        raise NotImplementedError

    @needs("put.if_absent")
    def test_says_no(self, provider: StorageProvider, harness: MemoryHarness) -> None:
        raise UnsupportedOperation("the store said 501")

    @needs("put.if_absent")
    def test_wrong(self, provider: StorageProvider, harness: MemoryHarness) -> None:
        pytest.fail("ignored in silence")


def sample(name: str, value: str) -> None:
    harness = MemoryHarness()
    provider = WithoutFeature(harness.make_provider(), "put.if_absent", value)
    getattr(Sample(), name)(provider=provider, harness=harness)


def test_what_a_store_has_must_behave() -> None:
    with pytest.raises(NotImplementedError):
        sample("test_fine", "yes")
    with pytest.raises(UnsupportedOperation):
        sample("test_says_no", "yes")


def test_what_a_store_has_not_is_not_tried() -> None:
    for name in ("test_fine", "test_says_no", "test_wrong"):
        sample(name, "no")


def test_where_nobody_knows_a_clean_refusal_will_do_and_silence_will_not() -> None:
    sample("test_says_no", "unknown")
    with pytest.raises(pytest.fail.Exception):
        sample("test_wrong", "unknown")


# --- fakes ----------------------------------------------------------------------------------------------------------


def test_faults_come_at_their_call_before_or_after_the_work() -> None:
    inner = MemoryHarness().make_provider()
    error = InternalError("on demand")
    provider = FaultyProvider(inner, Fault("put", error, call=2), Fault("put", error, call=3, after=True))
    provider.put("a", b"1", opt.PUT)
    for key in ("b", "c"):
        with pytest.raises(InternalError):
            provider.put(key, b"2", opt.PUT)
    provider.put("d", b"3", opt.PUT)
    assert [entry.key for entry in inner.list_page(opt.LIST).entries] == ["a", "c", "d"]


@pytest.mark.parametrize("error", [None, ConnectionResetError("cut")])
def test_bodies_can_be_cut(error: Exception | None) -> None:
    from holdall.errors import IncompleteBody

    inner = MemoryHarness().make_provider()
    inner.put("key", b"0123456789", opt.PUT)
    provider = FaultyProvider(inner, Fault("get", error, cut_at=4))
    result = provider.get("key", opt.GET)
    assert result.read(4) == b"0123"
    with pytest.raises(type(error) if error else IncompleteBody):
        result.read()
    assert read(provider, "key") == b"0123456789"  # only the first call fails


def test_the_clock_moves_by_hand() -> None:
    from holdall.testing import FakeClock

    clock = FakeClock()
    before = clock()
    clock.sleep(2.5)
    assert (clock() - before, clock.slept) == (2.5, [2.5])
    with pytest.raises(ValueError, match="negative"):
        clock.sleep(-1)


def test_recorded_calls_survive_with_their_arguments() -> None:
    from holdall.testing import RecordingProvider

    provider = RecordingProvider(MemoryHarness().make_provider())
    provider.put("key", b"data", opt.PUT)
    read(provider, "key")
    assert provider.operations == ["put", "get"]
    assert provider.calls[0].args == ("key", b"data", opt.PUT)
    assert pickle.loads(pickle.dumps(cast("Any", provider).calls)) == provider.calls
