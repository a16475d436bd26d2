"""Adaptations on servers that need them and do not always run: `HOLDALL_TEST_S3=ceph-rgw,minio,…`.

Each test shows on the server what happens without the adaptation. `test_adaptations` has the servers that always run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdall import errors as e
from holdall import options as opt
from holdall.config.store import TransferSettings
from holdall.storage import Storage
from holdall.testing.bodies import MIB, body_of
from tests.servers import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

CONDITION_AT_COMPLETION = {"minio", "versity", "localstack"}
CEPH = {"ceph-rgw"}
GARAGE = {"garage"}
STREAM = TransferSettings.model_validate({"chunk_size": 5 * MIB, "multipart_threshold": 5 * MIB, "max_concurrency": 1})


def on(names: set[str]) -> pytest.MarkDecorator:
    """Runs a test on those of the servers that were chosen."""
    return pytest.mark.parametrize("name", [name for name in CHOSEN if name in names])


@on(CONDITION_AT_COMPLETION)
def test_a_copy_that_has_to_be_new_is_made_of_parts(
    name: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    server = server_named(name)
    without = Storage(provider_on(server, capabilities={"copy.if_absent": "yes"}))
    without.put("a", b"data", metadata={"name": "value"}, content_type="text/plain")
    without.put("taken", b"other")
    without.copy("a", "taken", if_absent=True)
    assert without.get("taken").read() == b"data"  # the condition counted for nothing
    adapted = Storage(provider_on(server, bucket=without.info.bucket))
    adapted.put("taken", b"other")
    with pytest.raises(e.ObjectAlreadyExists):
        adapted.copy("a", "taken", if_absent=True)
    assert adapted.get("taken").read() == b"other"
    adapted.copy("a", "b", if_absent=True)
    found = adapted.get("b")
    assert (found.read(), found.info.metadata, found.info.content_type) == (b"data", {"name": "value"}, "text/plain")


@on(CEPH)
def test_the_etag_of_a_condition_is_bare(
    name: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    server = server_named(name)
    without = provider_on(server, capabilities={"dialect.quoted_etags": "yes"})
    etag = without.put("k", b"first", opt.PUT).etag
    with pytest.raises(e.PreconditionFailed):
        without.put("k", b"second", opt.PutOptions(if_match=etag))
    adapted = provider_on(server, bucket=without.info.bucket)
    adapted.put("k", b"second", opt.PutOptions(if_match=etag))
    with pytest.raises(e.PreconditionFailed):
        adapted.put("k", b"third", opt.PutOptions(if_match=etag))


@on(CEPH)
def test_the_etag_that_a_completion_does_not_tell_is_looked_up(
    name: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    provider = provider_on(server_named(name))
    upload = provider.create_upload("k", opt.CreateUploadOptions())
    part = provider.upload_part("k", upload.upload_id, 1, b"data", opt.PartOptions())
    assert not provider.complete_upload("k", upload.upload_id, [part], opt.CompleteOptions()).etag
    storage = Storage(provider, transfer=STREAM)
    written = storage.put("k", body_of(6 * MIB))
    assert written.etag is not None
    assert written.etag == storage.head("k").etag


@on(GARAGE)
def test_ids_of_versions_that_there_are_not_are_not_told(
    name: str, server_named: Callable[[str], S3Server], provider_on: MakeProvider
) -> None:
    server = server_named(name)
    without = provider_on(server, capabilities={"versions.get": "unknown", "versions.delete": "unknown"})
    first = without.put("k", b"first", opt.PUT).version_id
    second = without.put("k", b"second", opt.PUT).version_id
    assert first is not None
    assert second not in {None, first}
    without.delete("k", opt.DeleteOptions(version_id=first))
    with pytest.raises(e.ObjectNotFound):  # the object itself went, and with it what was written later
        without.head("k", opt.HEAD)
    adapted = Storage(provider_on(server, bucket=without.info.bucket), transfer=STREAM)
    assert adapted.put("k", b"data").version_id is None
    assert adapted.put("parts", body_of(6 * MIB)).version_id is None
    assert adapted.copy("k", "copy").version_id is None
    assert adapted.head("k").version_id is None
    assert adapted.get("k").info.version_id is None
    assert adapted.delete("k").version_id is None
