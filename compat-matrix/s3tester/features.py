"""Features that scenarios are about beside the leaves of ``holdall.capabilities``.

The library decides by capabilities; what is here it does not need to know, but who chooses a store does. Ids have the
same dotted form and are never those of a capability.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from holdall.capabilities import FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping

FURTHER: Mapping[str, str] = MappingProxyType(
    {
        "objects.put_get": "Writing, reading, heads and deleting of one object",
        "objects.zero_bytes": "Objects without bytes",
        "objects.overwrite": "The last write wins, at once and whole",
        "objects.delete": "Deleting, also of what is not there",
        "objects.head": "Heads tell what reads tell",
        "objects.etag": "ETags: one for one content, the same everywhere",
        "objects.last_modified": "The time of the last write",
        "objects.refused_write": "Refused writes leave objects as they were",
        "objects.attributes": "GetObjectAttributes",
        "conditions.absent_object": "404 NoSuchKey for a write on the ETag of an object that is not there",
        "conditions.head": "Heads on a condition",
        "conditions.precedence": "ETags count more than dates",
        "content.default_type": "The type of objects that came without one",
        "content.gzip": "Packed objects stay packed",
        "content.response_expires": "The header Expires, chosen by the reader",
        "metadata.empty_value": "Metadata without a value",
        "metadata.one_value": "One value that takes all the bytes of metadata",
        "metadata.unsent": "No metadata that nobody gave",
        "ranges.status": "206 for ranges",
        "ranges.verified": "Ranges that pass boto3's checks of checksums",
        "ranges.malformed": "Ranges that are none",
        "ranges.long_suffix": "More last bytes than there are",
        "ranges.head": "Heads with a range",
        "ranges.accept_ranges": "Heads say that ranges are taken",
        "ranges.part_of_single": "Part numbers of objects written at once",
        "delete.batch_quiet": "Batch deletes that tell errors alone",
        "delete.batch_if_match": "Batch deletes that name ETags",
        "list.prefix": "Listings below a prefix",
        "list.pages": "Listings page by page",
        "list.entries": "What a listing tells of each object",
        "list.v1": "ListObjects, the first version",
        "list.other_delimiter": "Delimiters that are no slash",
        "list.long_delimiter": "Delimiters of several letters",
        "list.max_keys": "The greatest length of pages is told",
        "copy.ignored_metadata": "Metadata of copies that replace none",
        "copy.replaced_headers": "Headers of copies that replace metadata",
        "copy.leading_slash": "Sources of copies named with a slash in front",
        "copy.source_version": "Copies of older versions",
        "keys.space_plus": "Keys with spaces and plus signs",
        "keys.percent": "Keys with percent signs",
        "keys.unicode": "Keys beyond ASCII",
        "keys.not_normalised": "Keys that differ in the spelling of one letter",
        "keys.case": "Keys that differ in capital letters",
        "keys.punctuation": "Keys with signs that URLs treat in their own way",
        "keys.xml": "Keys with signs that XML treats in its own way",
        "keys.backslash": "Keys with backslashes",
        "keys.control_characters": "Keys with line ends and other control characters",
        "keys.double_slash": "Keys with several slashes in a row",
        "keys.dots": "Keys with dots between slashes",
        "keys.leading_slash": "Keys that begin with a slash",
        "keys.trailing_slash": "Keys that end with a slash",
        "keys.trailing_slash_beside_name": "A key beside the same with a slash",
        "keys.prefix_beside_key": "A key beside keys below it",
        "keys.surrounding_spaces": "Keys with spaces before and behind",
        "keys.hidden": "Keys that begin with a dot, a dash or a tilde",
        "keys.in_batch_deletes": "Odd keys in batch deletes",
        "keys.in_copies": "Odd keys as sources of copies",
        "keys.bytes_of_utf8": "Keys are measured in bytes of UTF-8",
        "errors.no_such_key": "404 NoSuchKey for an object that is not there",
        "errors.no_such_bucket": "404 NoSuchBucket for a bucket that is not there",
        "errors.unknown_key": "403 InvalidAccessKeyId for an access key that nobody has",
        "errors.bad_signature": "403 SignatureDoesNotMatch for a wrong secret",
        "errors.payload_hash": "400 XAmzContentSHA256Mismatch for a body that is not the signed one",
        "errors.time_skew": "403 RequestTimeTooSkewed for a wrong clock",
        "errors.access_denied": "403 AccessDenied for who may not",
        "errors.wrong_region": "400 AuthorizationHeaderMalformed for another region",
        "errors.expected_owner": "403 AccessDenied where the owner is not the expected one",
        "errors.bad_bucket_name": "400 InvalidBucketName for names that no bucket may have",
        "errors.malformed_xml": "400 MalformedXML for a body that is none",
        "errors.method_not_allowed": "405 MethodNotAllowed for methods that S3 has not",
        "errors.invalid_digest": "400 InvalidDigest for a Content-MD5 that is none",
        "errors.copy_onto_itself": "400 InvalidRequest for a copy that changes nothing",
        "errors.invalid_range": "416 InvalidRange for ranges without bytes",
        "errors.metadata_too_large": "400 MetadataTooLarge",
        "errors.key_too_long": "400 KeyTooLongError",
        "errors.too_many_keys": "400 MalformedXML for batch deletes of more than a thousand keys",
        "errors.unchecked_batch": "400 for batch deletes that nothing protects against changes on the way",
        "errors.empty_batch": "400 MalformedXML for batch deletes of nothing",
        "errors.no_such_upload": "404 NoSuchUpload for an upload that is not there",
        "errors.invalid_part": "400 InvalidPart for parts that are not there",
        "errors.form": "The form of errors: code, message, request id, key",
        "http.request_id": "Ids of requests",
        "http.date": "The store's time in every answer",
        "http.expect_continue": "Bodies that wait for 100 Continue",
        "http.keep_alive": "Connections that stay open",
        "http.head_length": "The length of an object in heads",
        "http.accept_encoding": "Objects are not packed on the way",
        "http.bucket_slash": "Buckets addressed with a slash behind their names",
        "http.encoded_slash": "Slashes of keys percent-encoded in the path",
        "http.subresources": "Settings of an object are never taken for its bytes",
        "http.unknown_query": "Parameters that no store knows",
        "http.listing_xml": "Listings in the XML of S3",
        "multipart.headers": "Type and metadata of objects uploaded in parts",
        "multipart.part_order": "Parts in any order, with gaps in their numbers",
        "multipart.wrong_order": "400 InvalidPartOrder for parts named in the wrong order",
        "multipart.part_again": "Parts that are sent again",
        "multipart.left_out_part": "Parts that are not named at the end",
        "multipart.unseen": "Uploads are not seen until they are complete",
        "multipart.abort": "Uploads that are given up",
        "multipart.no_parts": "No uploads without parts",
        "multipart.complete_again": "Uploads that are completed twice",
        "multipart.last_wins": "Several uploads of one key",
        "multipart.copy_part_condition": "Copies of parts on a condition",
        "multipart.list_uploads_pages": "Lists of uploads page by page",
        "multipart.zero_bytes": "Uploads without bytes",
    }
)
"""Feature ids with their titles, by group."""


def all_features() -> tuple[str, ...]:
    """Every feature id: those of the capabilities, then the further ones."""
    return (*FEATURES, *FURTHER)
