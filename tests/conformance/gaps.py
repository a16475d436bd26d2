"""Where a test server breaks a rule that its profile can't take back: the kit's tests that must fail there, and why.

Each entry is expected to fail (strictly, unless it is a race): the day a server or our provider gets better, the run
says so and the entry goes. Nothing in here excuses the provider; that it works is shown by the other servers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """A test that can't pass on a server.

    Attributes:
        reason: What the server does instead.
        race: It fails only sometimes.
        only: Part of the test's id, where it fails for some parameters only.
    """

    reason: str
    race: bool = False
    only: str = ""


_SIGNATURES = Gap("moto verifies no signature, no expiry and no policy")
_BOTH = Gap("Swift wants both conditions to hold")
_RACES = Gap("moto answers 500 when requests for one key meet", race=True)
_KEYS = Gap("rclone keeps objects as files: 'a' beside 'a/b' is 500 or lost, '//' and '..' are refused without a word")
_PARTS = Gap("rclone completes an upload only with all parts that were sent, numbered without gaps, and takes any size")

GAPS: dict[str, dict[str, Gap]] = {
    "TestMoto": {
        "test_a_put_of_another_type_is_refused": _SIGNATURES,
        "test_an_expired_url_is_refused": _SIGNATURES,
        "test_a_url_is_good_for_its_key_and_signature_only": _SIGNATURES,
        "test_a_post_that_is_too_large_is_refused": _SIGNATURES,
        "test_a_post_for_a_prefix": _SIGNATURES,
        "test_it_is_told_that_a_delete_marker_was_removed": Gap("moto does not tell"),
        "test_while_suspended_only_the_null_version_is_replaced": Gap("moto drops the old versions when suspended"),
        "test_if_match_overrules_if_unmodified_since": Gap("moto wants both conditions to hold"),
        "test_if_none_match_overrules_if_modified_since": Gap("moto wants both conditions to hold"),
        "test_an_upload_that_was_aborted_is_gone": Gap("moto answers 500 to a part of an unknown upload"),
        "test_parts_must_ascend": Gap("moto sorts the parts"),
        "test_unfinished_uploads_in_pages": Gap("moto ignores the limit of a page"),
        "test_odd_keys_are_held_as_they_are_or_refused_by_name": Gap("moto answers 404 to a key with a line break"),
        "test_a_name_is_taken_once": Gap("moto answers 200 to the second making of a bucket, as us-east-1 once did"),
        "test_the_event_bus_can_be_switched": Gap("moto forgets the event bus"),
        "test_readers_see_one_write_and_never_a_mixture": _RACES,
        "test_deleting_and_writing_leaves_all_or_nothing": _RACES,
        "test_threads_share_a_provider": _RACES,
        "test_exactly_one_create_wins": Gap("moto looks and then writes", race=True),
        "test_no_update_is_lost": Gap("moto looks and then writes", race=True),
        "test_a_fork_while_other_threads_are_at_work": _RACES,
    },
    "TestSwift": {
        "test_if_match_overrules_if_unmodified_since": _BOTH,
        "test_if_none_match_overrules_if_modified_since": _BOTH,
        "test_what_was_there_before_becomes_the_version_null": Gap("Swift gives it a version id of its own"),
        "test_it_is_told_that_a_delete_marker_was_removed": Gap("Swift does not tell"),
        "test_it_is_told_that_a_batch_made_delete_markers": Gap("Swift does not tell"),
        "test_unfinished_uploads_in_pages": Gap("Swift's pages of one upload do not end", only="-1"),
    },
    "TestUnrecognised": {
        "test_if_match_overrules_if_unmodified_since": _BOTH,
        "test_if_none_match_overrules_if_modified_since": _BOTH,
        "test_there_must_be_an_object": Gap("Swift answers no tags, for objects that are not there too"),
    },
    "TestRclone": {
        "test_odd_keys_are_held_as_they_are_or_refused_by_name": _KEYS,
        "test_an_object_beside_a_folder_of_its_name": _KEYS,
        "test_everything_in_pages_of_every_size": _KEYS,
        "test_prefixes": _KEYS,
        "test_delimiters": _KEYS,
        "test_any_string_can_be_the_delimiter": _KEYS,
        "test_start_after": _KEYS,
        "test_a_key_that_ends_in_the_delimiter_is_its_own_prefix": _KEYS,
        "test_parts_may_come_in_any_order_and_again": _PARTS,
        "test_parts_that_are_not_named_are_dropped": _PARTS,
        "test_numbers_may_have_gaps": _PARTS,
        "test_parts_are_listed": _PARTS,
        "test_parts_must_be_those_that_were_sent": _PARTS,
        "test_parts_must_ascend": _PARTS,
        "test_small_parts_are_refused_where_they_are_not_allowed": _PARTS,
        "test_ranges_from_the_end": Gap("rclone answers 416 to more last bytes than there are", only="5000"),
        "test_readers_see_one_write_and_never_a_mixture": Gap("rclone writes in place", race=True),
        "test_deleting_and_writing_leaves_all_or_nothing": Gap("rclone writes in place", race=True),
        "test_a_stream_stays_with_the_object_that_it_was_opened_on": Gap("rclone writes in place", race=True),
    },
}

GAPS["TestMotoBare"] = GAPS["TestMoto"]


def gap(cls: str, test: str, node: str) -> Gap | None:
    """The gap that a test falls into.

    Args:
        cls: Name of the test class.
        test: Name of the test function.
        node: The test's id, with its parameters.
    """
    found = GAPS.get(cls, {}).get(test)
    return found if found is not None and found.only in node else None
