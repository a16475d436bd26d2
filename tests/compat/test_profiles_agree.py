"""What the library believes of a store is what was measured at it: profiles against the recorded results.

The dangerous direction: a profile says yes, and the store does not do it. The other one only costs a feature.
"""

from __future__ import annotations

import pytest

from holdall.capabilities import Support
from holdall_s3.profiles import profile
from s3tester.places import folder
from s3tester.profile import leaves
from s3tester.results import read

RESULTS = sorted(folder("results").glob("*.json"))

NO_DOCUMENT = "refuses with 412 as it should, and with no document that has a code"
INVALID_DIGEST = "refuses a wrong one as it should, and calls it InvalidDigest"
ECHOED = "a test double encrypts nothing; programs under test can see no difference, and the profile says so"
KNOWN = {
    ("garage", "checksums.full_object"): INVALID_DIGEST,
    ("garage", "get.if_match"): NO_DOCUMENT,
    ("garage", "get.if_unmodified_since"): NO_DOCUMENT,
    ("garage", "multipart.copy_part"): "refuses a source below 3,072 bytes, which is what the scenario copies",
    ("localstack", "encryption.sse_s3"): ECHOED,
    ("localstack", "encryption.sse_kms"): ECHOED,
    ("moto", "encryption.sse_s3"): ECHOED,
    ("moto", "encryption.sse_kms"): ECHOED,
    ("moto", "encryption.sse_kms_dual"): ECHOED,
    ("moto", "checksums.full_object"): "moto keeps what the client claims and verifies nothing; 'algorithms' is empty",
    ("moto", "notifications.event_bus"): "a rule is taken, and events come, but the configuration does not show it",
    ("moto", "versions.suspend"): "a version from before the suspension is not found any more",
    ("seaweedfs", "encryption.sse_kms"): "refuses a key that nobody has, and answers 500",
    ("rclone", "checksums.md5_etag"): "true of objects written in one request, which is what the profile is about",
    ("localstack", "list.ordered"): "ordered, but an entry of the last page is lost",
    (
        "versity",
        "get.if_unmodified_since",
    ): "the object's own date is refused, since it is compared with more than seconds",
}
"""Where profile and results differ, with the reason."""


def overrated(path: str) -> set[tuple[str, str]]:
    """Features of which a store's profile says more than was measured."""
    results = read(folder("results") / path)
    if results.run is None or results.store.family is None:
        return set()
    believed = profile(results.store.family, results.store.version)
    return {
        (results.store.name, feature)
        for feature, leaf in leaves(results).items()
        if leaf.value is Support.NO and believed.lookup(feature) is Support.YES
    }


@pytest.mark.parametrize("path", [path.name for path in RESULTS])
def test_no_profile_says_more_than_was_measured(path: str) -> None:
    known = {each for each in KNOWN if each[0] == path.removesuffix(".json")}
    assert overrated(path) == known


@pytest.mark.parametrize("path", [path.name for path in RESULTS])
def test_every_form_of_keys_that_a_store_does_not_hold_is_in_its_profile(path: str) -> None:
    results = read(folder("results") / path)
    if results.run is None or results.store.family is None:
        return
    believed = profile(results.store.family, results.store.version).keys.not_held
    assert sorted(believed) == leaves(results)["keys.not_held"].value
