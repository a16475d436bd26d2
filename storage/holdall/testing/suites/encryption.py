"""Encryption at rest, by its effects.

SSE-C has one that can be seen: without the key the object can't be read. Encryption with keys of the store has none to
a reader who may read; there, the store's own report on the stored object (a ``head``, not the echo of the ``put``) is
all there is, and a plain object must not be reported likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from holdall import options as opt
from holdall.errors import StorageError
from holdall.models import ByteRange, SseC, SseS3
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import body_of
from holdall.testing.calls import copy, head, put, read
from holdall.testing.suites.multipart import begin, complete, multipart

if TYPE_CHECKING:
    from holdall import groups
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

KEY, OTHER = SseC(body_of(32, "key")), SseC(body_of(32, "other key"))


def check_only_readable_with(provider: StorageProvider, key: str, customer_key: SseC, body: bytes) -> None:
    """The object can be read with its key, and neither without any nor with another."""
    for wrong in (None, SseC(body_of(32, "a third key"))):
        with pytest.raises(StorageError):
            read(provider, key, customer_key=wrong)
        with pytest.raises(StorageError):
            head(provider, key, customer_key=wrong)
    assert read(provider, key, customer_key=customer_key) == body
    assert head(provider, key, customer_key=customer_key).size == len(body)


class EncryptionSuite(Suite):
    """What is said to be encrypted is."""

    @needs("encryption.sse_c")
    def test_sse_c_can_not_be_read_without_the_key(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(5000)
        put(provider, "key", body, encryption=KEY)
        check_only_readable_with(provider, "key", KEY, body)

    @needs("encryption.sse_c", "get.range")
    def test_sse_c_in_ranges(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(5000)
        put(provider, "key", body, encryption=KEY)
        assert read(provider, "key", customer_key=KEY, range=ByteRange(1001, 1234)) == body[1001:1234]

    @needs("encryption.sse_c", "multipart.uploads")
    def test_sse_c_in_parts(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(5000)
        upload_id = begin(provider, "key", encryption=KEY)
        part = multipart(provider).upload_part("key", upload_id, 1, body, opt.PartOptions(customer_key=KEY))
        complete(provider, "key", upload_id, [part], customer_key=KEY)
        check_only_readable_with(provider, "key", KEY, body)

    @needs("encryption.sse_c", "copy.server_side")
    def test_a_copy_can_have_another_key(self, provider: StorageProvider, harness: Harness) -> None:
        body = body_of(5000)
        put(provider, "key", body, encryption=KEY)
        copy(provider, "key", "copy", source_customer_key=KEY, encryption=OTHER)
        check_only_readable_with(provider, "copy", OTHER, body)

    @needs("encryption.sse_c")
    def test_a_customers_key_is_in_no_error(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data", encryption=KEY)
        with pytest.raises(StorageError) as caught:
            read(provider, "key", customer_key=OTHER)
        told = f"{caught.value!r} {caught.value} {vars(caught.value)}"
        assert repr(OTHER.key)[2:-1] not in told
        assert OTHER.key.hex() not in told

    @needs("encryption.sse_s3")
    def test_sse_s3_is_reported_of_the_object(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "key", b"data", encryption=SseS3())
        info = head(provider, "key")
        assert info.encryption is not None
        assert info.encryption.algorithm == "AES256"
        assert read(provider, "key") == b"data"

    @needs("encryption.sse_s3", "multipart.uploads")
    def test_sse_s3_in_parts(self, provider: StorageProvider, harness: Harness) -> None:
        upload = multipart(provider).create_upload("key", opt.CreateUploadOptions(encryption=SseS3()))
        assert upload.encryption is None or upload.encryption.algorithm == "AES256"
        part = multipart(provider).upload_part("key", upload.upload_id, 1, b"data", opt.PART)
        complete(provider, "key", upload.upload_id, [part])
        info = head(provider, "key")
        assert info.encryption is not None
        assert info.encryption.algorithm == "AES256"
        assert read(provider, "key") == b"data"

    @needs("encryption.bucket_default")
    def test_the_buckets_default_applies_to_new_objects(self, provider: StorageProvider, harness: Harness) -> None:
        group = cast("groups.BucketEncryption", provider)
        group.set_default_encryption(SseS3())
        assert group.get_default_encryption() == SseS3()
        put(provider, "key", b"data")
        info = head(provider, "key")
        assert info.encryption is not None
        assert info.encryption.algorithm == "AES256"
        group.delete_default_encryption()
        # S3 encrypts all new objects with keys of its own since 2023, and says so of a bucket without a setting.
        assert group.get_default_encryption() in {None, SseS3()}
