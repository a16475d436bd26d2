"""An upload that was begun twice leaves nothing, and nobody else's upload is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall import options as opt
from holdall.errors import AccessDenied, ConnectionFailed
from holdall.testing.fakes import Fault
from tests.storage.layers.retrying import rig

if TYPE_CHECKING:
    from tests.storage.layers.retrying import Rig


def twice(*more: Fault) -> Rig:
    """A store that begins an upload and loses the answer, once."""
    return rig(Fault("create_upload", ConnectionFailed("gone"), after=True), *more)


def open_uploads(made: Rig) -> list[tuple[str, str]]:
    inner: Any = made.inner
    return [(upload.key, upload.upload_id) for upload in inner.list_uploads("", None, None).uploads]


def test_the_stray_one_is_dropped_when_the_other_is_completed() -> None:
    made = twice()
    own = made.store.create_upload("k", opt.CREATE_UPLOAD).upload_id
    assert len(open_uploads(made)) == 2
    part = made.store.upload_part("k", own, 1, b"data", opt.PART)
    made.store.complete_upload("k", own, [part], opt.COMPLETE)
    assert open_uploads(made) == []
    assert made.inner.get("k", opt.GET).read() == b"data"


def test_the_stray_one_is_dropped_when_the_other_is_aborted() -> None:
    made = twice()
    own = made.store.create_upload("k", opt.CREATE_UPLOAD).upload_id
    made.store.abort_upload("k", own)
    assert open_uploads(made) == []


def test_uploads_with_parts_and_of_other_keys_are_somebody_elses() -> None:
    made = twice()
    inner: Any = made.inner
    busy = inner.create_upload("k", opt.CREATE_UPLOAD).upload_id
    other = inner.create_upload("k2", opt.CREATE_UPLOAD).upload_id
    own = made.store.create_upload("k", opt.CREATE_UPLOAD).upload_id
    inner.upload_part("k", busy, 1, b"theirs", opt.PART)
    made.store.abort_upload("k", own)
    assert sorted(open_uploads(made)) == [("k", busy), ("k2", other)]


def test_one_that_was_begun_later_is_left_alone() -> None:
    made = twice()
    inner: Any = made.inner
    own = made.store.create_upload("k", opt.CREATE_UPLOAD).upload_id
    later = inner.create_upload("k", opt.CREATE_UPLOAD).upload_id
    made.store.abort_upload("k", own)
    assert open_uploads(made) == [("k", later)]


def test_without_a_doubt_nothing_is_looked_for() -> None:
    made = rig(Fault("create_upload", ConnectionFailed("gone", sent=False)))
    own = made.store.create_upload("k", opt.CREATE_UPLOAD).upload_id
    made.store.abort_upload("k", own)
    assert made.count("list_uploads") == made.count("list_parts") == 0


def test_who_may_not_look_gets_the_upload_all_the_same() -> None:
    made = twice(Fault("list_uploads", AccessDenied("no")))
    own = made.store.create_upload("k", opt.CREATE_UPLOAD).upload_id
    made.store.abort_upload("k", own)
    assert len(open_uploads(made)) == 1
