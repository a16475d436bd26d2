"""Where a test server breaks a rule that its profile can't take back: the kit's tests that must fail there, and why.

Each entry is expected to fail (strictly, unless it is a race): the day a server or our provider gets better, the run
says so and the entry goes. Nothing in here excuses the provider; that it works is shown by the other servers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Gap:
    """A test that can't pass on a server.

    Attributes:
        reason: What the server does instead.
        race: It fails only sometimes.
        hangs: The server does not answer: it is not tried.
        only: Parts of the test's id, where it fails for some parameters only.
    """

    reason: str
    race: bool = False
    hangs: bool = False
    only: tuple[str, ...] = ("",)


_SIGNATURES = Gap("moto verifies no signature, no expiry and no policy")
_BOTH = Gap("Swift wants both conditions to hold")
_RACES = Gap("moto answers 500 when requests for one key meet", race=True)
_KEYS = Gap("rclone keeps objects as files: 'a' beside 'a/b' is 500 or lost, and so is a segment above 255 bytes")
_PARTS = Gap("rclone completes an upload only with all parts that were sent, numbered without gaps, and takes any size")
_SUBSET = Gap("RGW 16 completes an upload only with all parts that were sent")
_UPLOAD_KEYS = Gap("RGW 16 escapes the keys of unfinished uploads when asked to, and does not say that it did")
_KEYS_MINIO = Gap("MinIO shows 'a/b' in no listing beside 'a'")
_SSE_C_TLS = Gap("MinIO takes keys of the customer over TLS only")
_VERSITY_PAGES = Gap("Versity's gateway begins pages elsewhere than the page before ended")
_DESTROYED = Gap(
    "LocalStack destroys the object that a refused write would have replaced; reading it hangs", hangs=True
)
_LOCALSTACK_PAGES = Gap("LocalStack lists versions in an order of its own")
_LOCALSTACK_PLUS = Gap("LocalStack leaves the plus in the escaped keys of unfinished uploads")
_LOCALSTACK_LISTS = Gap("LocalStack's pages lose entries, or never end", hangs=True)

GAPS: dict[str, dict[str, Gap]] = {
    "moto": {
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
    "swift": {
        "test_if_match_overrules_if_unmodified_since": _BOTH,
        "test_if_none_match_overrules_if_modified_since": _BOTH,
        "test_what_was_there_before_becomes_the_version_null": Gap("Swift gives it a version id of its own"),
        "test_it_is_told_that_a_delete_marker_was_removed": Gap("Swift does not tell"),
        "test_it_is_told_that_a_batch_made_delete_markers": Gap("Swift does not tell"),
        "test_unfinished_uploads_in_pages": Gap("Swift's pages of one upload do not end", only=("-1",)),
    },
    "TestUnrecognised": {
        "test_if_match_overrules_if_unmodified_since": _BOTH,
        "test_if_none_match_overrules_if_modified_since": _BOTH,
        # Once a refusal of Swift's has taught that there are no tags, they are refused, and the test is about that.
        "test_there_must_be_an_object": Gap("Swift answers no tags, for objects that are not there too", race=True),
    },
    "rclone": {
        "test_odd_keys_are_held_as_they_are_or_refused_by_name": _KEYS,
        "test_an_object_beside_a_folder_of_its_name": _KEYS,
        "test_everything_in_pages_of_every_size": _KEYS,
        "test_prefixes": _KEYS,
        "test_delimiters": _KEYS,
        "test_any_string_can_be_the_delimiter": _KEYS,
        "test_start_after": _KEYS,
        "test_parts_may_come_in_any_order_and_again": _PARTS,
        "test_parts_that_are_not_named_are_dropped": _PARTS,
        "test_numbers_may_have_gaps": _PARTS,
        "test_parts_are_listed": _PARTS,
        "test_parts_must_be_those_that_were_sent": _PARTS,
        "test_parts_must_ascend": _PARTS,
        "test_small_parts_are_refused_where_they_are_not_allowed": _PARTS,
        "test_ranges_from_the_end": Gap("rclone answers 416 to more last bytes than there are", only=("5000",)),
        "test_readers_see_one_write_and_never_a_mixture": Gap("rclone writes in place", race=True),
        "test_deleting_and_writing_leaves_all_or_nothing": Gap("rclone writes in place", race=True),
        "test_a_stream_stays_with_the_object_that_it_was_opened_on": Gap("rclone writes in place", race=True),
    },
    "ceph-rgw": {
        "test_a_name_is_taken_once": Gap("RGW answers 200 to the owner's second making of a bucket"),
        "test_a_copy_can_have_another_key": Gap("RGW 16 answers 501 to copies with keys of the customer"),
        "test_an_old_version_can_be_copied": Gap("RGW 16 does not tell the version that a copy made"),
        "test_parts_that_are_not_named_are_dropped": _SUBSET,
        "test_parts_are_listed": _SUBSET,
        "test_an_upload_that_was_aborted_is_gone": Gap("RGW 16 answers 500 to the completion of an unknown upload"),
        "test_parts_must_ascend": Gap("RGW 16 sorts the parts"),
        "test_parts_can_be_copied": Gap("RGW 16 decodes the source of a part twice: a key with % is not found"),
        "test_rules_are_replaced_as_a_whole_and_removed": Gap("RGW 16 adds to the rules that are there"),
        "test_a_rule_without_a_name_gets_one": Gap("RGW 16 takes no rule without a name"),
        "test_events_arrive": Gap("RGW 16 writes sequencers with the low bytes first", race=True),
        "test_unfinished_uploads_are_listed": _UPLOAD_KEYS,
        "test_unfinished_uploads_in_pages": _UPLOAD_KEYS,
    },
    "minio": {
        "test_a_rule_without_a_name_gets_one": Gap("MinIO makes no name up"),
        "test_events_arrive": Gap("MinIO does not tell which rule sent an event"),
        "test_sse_c_can_not_be_read_without_the_key": _SSE_C_TLS,
        "test_sse_c_in_ranges": _SSE_C_TLS,
        "test_sse_c_in_parts": _SSE_C_TLS,
        "test_a_copy_can_have_another_key": _SSE_C_TLS,
        "test_a_customers_key_is_in_no_error": _SSE_C_TLS,
        "test_tags_come_back_as_they_were_given": Gap("MinIO takes fewer characters in tags than AWS"),
        "test_tags_with_the_object": Gap("MinIO takes fewer characters in tags than AWS"),
        "test_everything_in_pages_of_every_size": _KEYS_MINIO,
        "test_prefixes": _KEYS_MINIO,
        "test_delimiters": _KEYS_MINIO,
        "test_any_string_can_be_the_delimiter": _KEYS_MINIO,
        "test_start_after": _KEYS_MINIO,
        "test_odd_keys_are_held_as_they_are_or_refused_by_name": _KEYS_MINIO,
        "test_an_object_beside_a_folder_of_its_name": _KEYS_MINIO,
        "test_if_none_match_overrules_if_modified_since": Gap("MinIO wants both conditions to hold"),
    },
    "versity": {
        "test_versions_are_listed_newest_first": _VERSITY_PAGES,
        "test_versions_in_pages": replace(_VERSITY_PAGES, only=("-1]", "-2]")),
        "test_unfinished_uploads_in_pages": _VERSITY_PAGES,
        "test_parts_must_be_those_that_were_sent": Gap("Versity's gateway says that the part is too small"),
        "test_other_conditions_on_the_source": Gap("Versity's gateway answers 304 to a copy"),
        "test_read_if_modified_since": Gap("Versity's gateway compares with more than whole seconds"),
        "test_the_storage_class_is_kept": Gap("Versity's gateway has no storage classes, and says STANDARD"),
        "test_odd_keys_are_held_as_they_are_or_refused_by_name": Gap(
            "Versity's gateway lists keys that XML can't hold with another sign in them"
        ),
    },
    "garage": {
        "test_an_empty_object_has_no_last_bytes": Gap("Garage answers 206 with a range that ends before it begins"),
        "test_parts_can_be_copied": Gap("Garage copies no parts out of objects below 3,072 bytes"),
    },
    "seaweedfs": {
        "test_any_string_can_be_the_delimiter": Gap("SeaweedFS sorts only the prefixes that a slash makes"),
        "test_parts_must_be_those_that_were_sent": Gap("SeaweedFS says that the part is too small"),
        "test_sse_c_in_parts": Gap("SeaweedFS does not tell that it encrypts what an upload will be"),
        "test_what_is_not_there_is_not_found": Gap(
            "SeaweedFS has an empty object 'key/' wherever there is 'key/below'"
        ),
    },
    "localstack": {
        "test_a_name_is_taken_once": Gap(
            "LocalStack answers 200 to the second making of a bucket, as us-east-1 once did"
        ),
        "test_a_wrong_checksum_is_refused": _DESTROYED,
        "test_a_wrong_md5_is_refused": _DESTROYED,
        "test_events_arrive": Gap("LocalStack gives all events the same sequencer"),
        "test_the_url_is_no_part_of_a_repr": Gap("LocalStack's only secret is the word 'test', which is everywhere"),
        "test_nothing_that_it_tells_of_itself_is_secret": Gap("LocalStack's only secret is the word 'test'"),
        "test_versions_are_listed_newest_first": _LOCALSTACK_PAGES,
        "test_unfinished_uploads_are_listed": _LOCALSTACK_PLUS,
        "test_unfinished_uploads_in_pages": _LOCALSTACK_PLUS,
        "test_parts_must_be_those_that_were_sent": Gap("LocalStack says that the part is too small"),
        "test_deleting_and_writing_leaves_all_or_nothing": Gap("LocalStack stops to answer in a race", hangs=True),
        "test_everything_in_pages_of_every_size": _LOCALSTACK_LISTS,
        "test_prefixes": _LOCALSTACK_LISTS,
        "test_delimiters": _LOCALSTACK_LISTS,
        "test_any_string_can_be_the_delimiter": _LOCALSTACK_LISTS,
        "test_start_after": _LOCALSTACK_LISTS,
        "test_if_match_overrules_if_unmodified_since": Gap("LocalStack wants both conditions to hold"),
        "test_if_none_match_overrules_if_modified_since": Gap("LocalStack wants both conditions to hold"),
        "test_odd_keys_are_held_as_they_are_or_refused_by_name": _LOCALSTACK_LISTS,
    },
}


def gap(where: str, test: str, node: str) -> Gap | None:
    """The gap that a test falls into.

    Args:
        where: Name of the server, or of the test class that goes without the choice of one.
        test: Name of the test function.
        node: The test's id, with its parameters.
    """
    found = GAPS.get(where, {}).get(test)
    return found if found is not None and any(part in node for part in found.only) else None
