"""mkdocs hook: what is done otherwise for which stores, in place of `<!-- adaptations table -->`.

What is sent is written here; which stores need it comes from their profiles. A test holds the rows against the
capabilities, the code and the tests that they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from holdall.capabilities import NO, YES
from holdall_s3.profiles import families, profile

if TYPE_CHECKING:
    from holdall.capabilities import Capabilities

MARK = "<!-- adaptations table -->"


class Row(NamedTuple):
    """One adaptation.

    Attributes:
        feature: The leaf that switches it.
        plain: What is done as Amazon S3 has it.
        adapted: What is done instead.
        code: Where, as ``module:function``.
        test: The test that fails without it.
    """

    feature: str
    plain: str
    adapted: str
    code: str
    test: str


ROWS = (
    Row("dialect.default_checksums", "a CRC32 with every body, where the store is known to refuse wrong ones",
        "none that nobody asked for; what is set by XML has its `Content-MD5`", "holdall_s3.adaptations:adaptations",
        "test_no_checksum_that_nobody_asked_for"),
    Row("dialect.trailers", "over TLS, the checksum of a stream behind it (`aws-chunked`)",
        "the stream is read twice, its checksum goes before it", "holdall_s3.hooks:adapt_payload",
        "test_no_checksum_behind_the_body"),
    Row("dialect.unsigned_payload", "over TLS, bodies are not signed",
        "they are; `connection.sign_payloads` outranks it", "holdall_s3.hooks:adapt_payload",
        "test_a_body_is_signed_where_it_has_to_be"),
    Row("dialect.path_addressing", "the bucket in the path, at stores that are not AWS",
        "the bucket in the host name; `connection.addressing` outranks it", "holdall_s3.settings:S3Settings.to_config",
        "test_the_bucket_is_in_the_host_name_where_it_has_to_be"),
    Row("dialect.batch_without_md5", "batch deletes with a CRC32",
        "with `Content-MD5`, and no other checksum", "holdall_s3.adaptations:content_md5",
        "test_a_batch_delete_has_its_md5_and_no_other_checksum"),
    Row("dialect.batch_crc32", "batch deletes with a CRC32",
        "with a SHA-256", "holdall_s3.adaptations:sha256_of_batch",
        "test_a_batch_delete_has_its_sha256"),
    Row("delete.batch", "many keys in one request",
        "one request for each key, several at a time", "holdall.transfer.deleting:delete_many",
        "test_objects_are_deleted_one_by_one_where_there_are_no_batches"),
    Row("dialect.list_v2", "ListObjectsV2",
        "ListObjects, page by page after its marker, or after the last thing on the page",
        "holdall_s3.adaptations:as_list_v1", "test_objects_are_listed_by_the_old_operation"),
    Row("dialect.encoding_type", "keys of listings URL-encoded",
        "as they are; keys that XML can't hold can't be listed", "holdall_s3.adaptations:without_encoding_type",
        "test_keys_are_asked_for_as_they_are"),
    Row("multipart.equal_parts", "the parts of a stream grow",
        "all parts but the last have one size", "holdall.transfer.plan:stream_part_size", "test_parts_are_equal"),
    Row("multipart.max_parts", "up to 10,000 parts",
        "larger and fewer ones", "holdall.transfer.plan:part_size", "test_parts_are_few"),
    Row("multipart.min_part_size", "parts of 5 MiB and more",
        "larger ones", "holdall.transfer.plan:part_size", "test_parts_are_large"),
    Row("dialect.quoted_etags", "`If-Match` of writes with the ETag in quotes",
        "without quotes", "holdall_s3.adaptations:unquoted_condition", "test_the_etag_of_a_condition_is_bare"),
    Row("dialect.forbid_overwrite", "`If-None-Match: *` for create-only writes",
        "the vendor's own header", "holdall_s3.adaptations:forbid_overwrite",
        "test_a_vendors_header_forbids_to_overwrite"),
    Row("put.if_absent", "a create-only object in one request",
        "where completing an upload keeps the promise (`multipart.complete_if_absent`), an upload of any size: three "
        "requests; likewise `put.if_match`", "holdall.transfer.completing:needs_parts",
        "test_an_object_that_has_to_be_new_is_made_of_parts"),
    Row("copy.if_absent", "a create-only copy in one request",
        "as above, with parts that the store copies; likewise `copy.if_match`",
        "holdall.transfer.completing:needs_parts", "test_a_copy_that_has_to_be_new_is_made_of_parts"),
    Row("copy.server_side", "`storage.copy`: no byte passes this machine",
        "`copy_between`, `blob copy` and fsspec stream it", "holdall.between:copy_between",
        "test_a_copy_is_streamed_where_the_store_makes_none"),
    Row("dialect.complete_etag", "the ETag in the answer to a completion is the object's",
        "HEAD after it; an ETag that can't be proved to be this object's is not told",
        "holdall.transfer.completing:with_etag", "test_the_etag_that_a_completion_does_not_tell_is_looked_up"),
    Row("versions.get", "the version ids that a store tells are told",
        "they are not: there are no versions, and a delete by such an id takes the object",
        "holdall_s3.adaptations:without_versions", "test_ids_of_versions_that_there_are_not_are_not_told"),
    Row("dialect.metadata_case", "names of metadata as they were given",
        "in small letters, whatever comes back (done for all stores)", "holdall_s3.encoding:decode_metadata",
        "test_names_of_metadata_are_small"),
    Row("dialect.metadata_utf8", "metadata beyond ASCII in encoded words (RFC 2047), decoded when read",
        "words that a store has made of bare UTF-8, taken for Latin-1, are put right",
        "holdall_s3.encoding:decode_metadata", "test_metadata_that_a_store_has_encoded_twice"),
)  # fmt: skip

NOT_USED = {
    "dialect.signed_chunks": "no engine sends signed chunks",
    "dialect.virtual_addressing": "without it a bucket stays in the path, where it is at all stores that are not AWS",
}
"""Leaves of the dialect that nothing hangs on, and why."""


def needs(capabilities: Capabilities, feature: str) -> bool:
    """Whether a store is known to need an adaptation."""
    value: Any = capabilities.lookup(feature)
    if feature == "multipart.equal_parts":
        return value is YES
    if feature in {"put.if_absent", "copy.if_absent"}:
        return value is NO and capabilities.supports("multipart.complete_if_absent", safety=True)
    if feature == "multipart.max_parts":
        return value is not None and value < profile("aws").multipart.max_parts
    if feature == "multipart.min_part_size":
        return value is not None and value > profile("aws").multipart.min_part_size
    return bool(value) if isinstance(value, tuple) else value is NO


def adaptations_table() -> str:
    """All adaptations."""
    lines = ["| capability | at Amazon S3 | where needed | stores | shown by |", "| --- | --- | --- | --- | --- |"]
    for row in ROWS:
        who = [f"`{family}`" for family in families() if needs(profile(family), row.feature)]
        stores = ", ".join(who) or "none that we know of"
        lines.append(f"| `{row.feature}` | {row.plain} | {row.adapted} | {stores} | `{row.test}` |")
    return "\n".join(lines)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts the table in its place."""
    return markdown.replace(MARK, adaptations_table()) if MARK in markdown else markdown
