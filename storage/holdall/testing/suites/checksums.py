"""Checksums: a store that says that it checks them refuses what differs."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

from holdall import options as opt
from holdall.capabilities import Support
from holdall.checksums import checksum
from holdall.errors import ChecksumMismatch
from holdall.models import ChecksumAlgorithm
from holdall.testing.base import Suite, needs
from holdall.testing.bodies import body_of
from holdall.testing.calls import head, keys, put, read
from holdall.testing.refusals import check_checksum_refused
from holdall.testing.suites.multipart import begin, complete, multipart

if TYPE_CHECKING:
    from holdall.provider import StorageProvider
    from holdall.testing.harness import Harness

BODY = body_of(5000)
ALGORITHMS = tuple(ChecksumAlgorithm)


def md5(data: bytes) -> str:
    """Base64 MD5, as the Content-MD5 header has it."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


class ChecksumSuite(Suite):
    """What arrives must be what was meant, or nothing becomes visible."""

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_a_wrong_checksum_is_refused(
        self, provider: StorageProvider, harness: Harness, algorithm: ChecksumAlgorithm
    ) -> None:
        if algorithm not in provider.capabilities.checksums.algorithms:
            check_checksum_refused(provider, algorithm, harness)
            return
        put(provider, "there", b"before")
        for key in ("new", "there"):
            with pytest.raises(ChecksumMismatch):
                put(provider, key, BODY, checksum=checksum(algorithm, b"something else"))
        assert keys(provider) == ["there"]
        assert read(provider, "there") == b"before"
        put(provider, "new", BODY, checksum=checksum(algorithm, BODY))
        assert read(provider, "new") == BODY

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_a_wrong_checksum_of_a_part_is_refused(
        self, provider: StorageProvider, harness: Harness, algorithm: ChecksumAlgorithm
    ) -> None:
        capabilities = provider.capabilities
        if algorithm not in capabilities.checksums.algorithms or not capabilities.supports("multipart.uploads"):
            check_checksum_refused(provider, algorithm, harness)
            return
        upload_id = begin(provider, "key", checksum_algorithm=algorithm)
        wrong = opt.PartOptions(checksum=checksum(algorithm, b"something else"), checksum_algorithm=algorithm)
        with pytest.raises(ChecksumMismatch):
            multipart(provider).upload_part("key", upload_id, 1, BODY, wrong)
        right = opt.PartOptions(checksum=checksum(algorithm, BODY), checksum_algorithm=algorithm)
        part = multipart(provider).upload_part("key", upload_id, 1, BODY, right)
        complete(provider, "key", upload_id, [part])
        assert read(provider, "key") == BODY

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_checksums_are_kept_where_the_store_says_so(
        self, provider: StorageProvider, harness: Harness, algorithm: ChecksumAlgorithm
    ) -> None:
        checksums = provider.capabilities.checksums
        if algorithm not in checksums.algorithms:
            check_checksum_refused(provider, algorithm, harness)
            return
        expected = checksum(algorithm, BODY)
        put(provider, "given", BODY, checksum=expected)
        put(provider, "computed", BODY, checksum_algorithm=algorithm)
        for key in ("given", "computed"):
            found = head(provider, key, checksums=True).checksums
            if checksums.stored is Support.YES:
                assert expected in found
            else:  # nothing was promised; but what is told must be true
                assert [value for value in found if value.algorithm is algorithm] in ([], [expected])

    @needs("put.content_md5")
    def test_a_wrong_md5_is_refused(self, provider: StorageProvider, harness: Harness) -> None:
        put(provider, "there", b"before")
        for key in ("new", "there"):
            with pytest.raises(ChecksumMismatch):
                put(provider, key, BODY, content_md5=md5(b"something else"))
        assert keys(provider) == ["there"]
        assert read(provider, "there") == b"before"
        put(provider, "new", BODY, content_md5=md5(BODY))
        assert read(provider, "new") == BODY
