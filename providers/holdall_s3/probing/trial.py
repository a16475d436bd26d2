"""``Trial``: the scratch objects that probes work on, and the requests that they send.

Probes use plain boto3: what counts is what the store does, whatever this library makes of it. They share objects and
answers, so that all of them together take some seventy requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, FlexibleChecksumError
from botocore.parsers import ResponseParserError

from holdall.checksums import checksum
from holdall.errors import InvalidBucketState, InvalidResponse
from holdall.models import ChecksumAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = bool | tuple[str, ...] | None
"""What a probe finds: a support, a list of names, or nothing that could be said."""
Answer = Mapping[str, Any]

BODY = b"0123456789" * 320  # above 3,072 bytes: Garage copies no parts out of less
METADATA = {"some-name": "value"}
HEADERS = {
    "ContentType": "text/csv",
    "CacheControl": "max-age=60",
    "ContentDisposition": "inline",
    "ContentLanguage": "de",
}
EXPIRES = "Fri, 01 Jan 2038 00:00:00 GMT"
WRONG_ETAG = '"00000000000000000000000000000000"'
FAILED = ("PreconditionFailed", "412")
UNMODIFIED = ("NotModified", "304")
ABSENT = ("NoSuchKey", "404")
MOST = 90
"""Requests of all probes together at most, cleaning not counted."""
RACERS = 4
"""Writers that set out together."""

# The names of the scratch objects: their listing shows whether a store lists in the order of UTF-8. By UTF-16 the last
# two change places, by a locale the first two.
CREATED, BASE, REPLACED, DELETED, TAGGED = "B", "a", "é", "｡", "😀"
NAMES = (CREATED, BASE, REPLACED, DELETED, TAGGED)

_UNCLEAR = frozenset({401, 403, 408, 429, 500, 502, 503, 504})
_WRITES = frozenset({"put_object", "copy_object", "complete_multipart_upload", "put_object_tagging"})


class Inconclusive(Exception):
    """An answer that says nothing of the feature: no permission, too busy, broken."""


class Trial:
    """Scratch objects below one prefix of a bucket, and what the store answered about them.

    Args:
        client: boto3's client, with one attempt per request.
        bucket: The bucket.
        prefix: Every key begins with it, and no key of anybody else's does.
        owned: The bucket is a scratch one, too: its configuration may be changed.

    Attributes:
        requests: How many were sent.
        said: The last answer in a few words: status, code, request id.
        found: What probes found so far, by feature id.
        uploads: Multipart uploads that were begun and not ended: key and id.
        part_etags: ETag of an upload's one part, by the upload's id.
        completed: Names of what was made by uploads and copies.
        keys: All that something was written to.
        versioned: The bucket keeps versions, or did so once.
        cleaning: The probes are over; what is sent now tidies up, and is not limited.
    """

    def __init__(self, client: Any, bucket: str, prefix: str, *, owned: bool = False) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._etags: dict[str, str] = {}
        self._shared: dict[str, tuple[Answer, str]] = {}
        self.bucket = bucket
        self.prefix = prefix
        self.owned = owned
        self.requests = 0
        self.said = ""
        self.found: dict[str, Value] = {}
        self.uploads: set[tuple[str, str]] = set()
        self.part_etags: dict[str, str] = {}
        self.completed: set[str] = set()
        self.keys: set[str] = set()
        self.versioned = False
        self.cleaning = False

    def key(self, name: str) -> str:
        """A scratch key."""
        return self.prefix + name

    # --- requests ------------------------------------------------------------------------------------------------

    def send(self, method: str, **parameters: Any) -> Any:
        """Sends one request.

        Raises:
            ClientError: The store says no, and that is an answer.
            Inconclusive: The store says no for a reason that has nothing to do with the request, or talks nonsense.
            BotoCoreError: It did not answer.
        """
        with self._lock:
            if self.requests >= MOST and not self.cleaning:
                raise Inconclusive(f"{MOST} requests were sent")
            self.requests += 1
            if method in _WRITES:
                self.keys.add(parameters["Key"])
        try:
            answer = getattr(self._client, method)(Bucket=self.bucket, **parameters)
            if "Body" in answer:
                answer["Body"] = answer["Body"].read()
        except ClientError as error:
            self.said = _in_words(error.response)
            if error.response["ResponseMetadata"].get("HTTPStatusCode") in _UNCLEAR:
                raise Inconclusive(self.said) from error
            raise
        except (FlexibleChecksumError, ResponseParserError) as error:
            self.said = type(error).__name__
            raise Inconclusive(self.said) from error
        self.said = _in_words(answer)
        return answer

    def on(self, method: str, name: str, **parameters: Any) -> Any:
        """As ``send``, on a scratch object."""
        return self.send(method, Key=self.key(name), **parameters)

    def works(self, method: str, name: str, **parameters: Any) -> bool:
        """Whether a request on a scratch object succeeds."""
        try:
            self.on(method, name, **parameters)
        except ClientError:
            return False
        return True

    def refuses(self, codes: tuple[str, ...], method: str, name: str, **parameters: Any) -> bool:
        """Whether a request on a scratch object is refused with one of these codes; no other answer will do."""
        try:
            self.on(method, name, **parameters)
        except ClientError as error:
            return error.response["Error"]["Code"] in codes
        return False

    def race(self, *calls: Callable[[], Any]) -> int:
        """How many of several calls that set out together succeed."""
        start = threading.Barrier(len(calls))

        def run(call: Callable[[], Any]) -> bool:
            start.wait(60)
            try:
                call()
            except (ClientError, Inconclusive):
                return False
            return True

        with ThreadPoolExecutor(len(calls)) as crew:
            return sum(crew.map(run, calls))

    def first_look(self) -> None:
        """Makes sure that what is written can be deleted again, and that something can be written at all.

        Raises:
            InvalidBucketState: The bucket locks new objects for a while.
            ClientError: The store does not let us write.
            InvalidResponse: Whoever answers is no S3 store.
        """
        try:
            self.versioned = "Status" in self.send("get_bucket_versioning")
            if self.versioned and self._locks():
                raise InvalidBucketState(
                    "the bucket locks new objects for a while by default, or may do so: scratch objects would stay",
                    bucket=self.bucket,
                    hint="Probe in another bucket, or in a scratch one: blob features STORE --probe --scratch-bucket.",
                )
        except ClientError:  # no versions, so no locks
            pass
        except Inconclusive as error:  # not allowed to know: versions may be left behind
            cause = error.__cause__
            raise cause if isinstance(cause, ClientError) else error from None
        try:
            self.base  # noqa: B018 - whoever may not write can't probe
        except Inconclusive as error:
            cause = error.__cause__
            raise cause if isinstance(cause, ClientError) else error from None

    def _locks(self) -> bool:
        """Whether new objects are locked by default, as far as the store says."""
        try:
            lock = self.send("get_object_lock_configuration")
        except ClientError:  # there is none
            return False
        except Inconclusive:
            return True
        return "Rule" in (lock.get("ObjectLockConfiguration") or {})

    @contextmanager
    def watching(self, event: str, handler: Callable[..., None]) -> Iterator[None]:
        """Lets a handler of botocore's events see the answers in the block."""
        events = self._client.meta.events
        events.register_first(event, handler)
        try:
            yield
        finally:
            events.unregister(event, handler)

    # --- what probes share ---------------------------------------------------------------------------------------

    def made(self, name: str) -> str:
        """The ETag of a scratch object, which is written if it is not there yet."""
        if name not in self._etags:
            self._etags[name] = self.on("put_object", name, Body=BODY)["ETag"]
        return self._etags[name]

    def forget(self, name: str) -> None:
        """Takes a scratch object for one that is not there."""
        self._etags.pop(name, None)

    def shared(self, name: str, ask: Callable[[], Answer]) -> Answer:
        """An answer that several probes look at: asked for once, and the last one that was said each time."""
        if name not in self._shared:
            answer = ask()
            self._shared[name] = answer, self.said
        answer, self.said = self._shared[name]
        return answer

    @property
    def base(self) -> Answer:
        """The answer to the put of ``BASE``, with metadata, headers, and a checksum if the store takes one."""
        return self.shared("base", self._write_base)

    def _write_base(self) -> Answer:
        crc = checksum(ChecksumAlgorithm.CRC32, BODY).value
        write = {"Body": BODY, "Metadata": METADATA, "Expires": EXPIRES, **HEADERS}
        try:
            answer: Answer = self.on("put_object", BASE, ChecksumCRC32=crc, **write)
        except ClientError:
            answer = self.on("put_object", BASE, **write)
            self.found["dialect.default_checksums"] = False
        if "ETag" not in answer:
            raise InvalidResponse(
                "the store answered a write without the object's ETag",
                bucket=self.bucket,
                hint="That is no S3 store: look at the endpoint and at proxies on the way.",
            )
        self._etags[BASE] = answer["ETag"]
        return answer

    @property
    def base_head(self) -> Answer:
        """What HEAD tells of it, checksums included."""
        return self.shared("head", lambda: self.base and self.on("head_object", BASE, ChecksumMode="ENABLED"))

    @property
    def listing(self) -> Answer:
        """The listing of all scratch objects, by ListObjectsV2, with their owners."""
        return self.shared("listing", self._list)

    def _list(self) -> Answer:
        for name in NAMES:
            self.made(name)
        answer: Answer = self.send("list_objects_v2", Prefix=self.prefix, FetchOwner=True)
        return answer

    @property
    def source(self) -> dict[str, str]:
        """The object ``BASE`` as the source of a copy."""
        self.base  # noqa: B018 - it has to be there
        return {"Bucket": self.bucket, "Key": self.key(BASE)}

    def begin_upload(self, name: str) -> str:
        """Begins a multipart upload; returns its id."""
        upload_id: str = self.on("create_multipart_upload", name)["UploadId"]
        self.uploads.add((self.key(name), upload_id))
        return upload_id

    def complete(self, name: str, upload_id: str, etag: str, **conditions: Any) -> Answer:
        """Completes an upload of one part."""
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        answer: Answer = self.on(
            "complete_multipart_upload", name, UploadId=upload_id, MultipartUpload=parts, **conditions
        )
        self.uploads.discard((self.key(name), upload_id))
        self.completed.add(name)
        self.found["dialect.complete_etag"] = bool(answer.get("ETag"))
        return answer


def _in_words(answer: Mapping[str, Any]) -> str:
    metadata = answer.get("ResponseMetadata", {})
    headers = metadata.get("HTTPHeaders", {})
    status, code = str(metadata.get("HTTPStatusCode", "")), answer.get("Error", {}).get("Code", "")
    request_id = metadata.get("RequestId") or headers.get("x-amz-request-id") or headers.get("x-trans-id")
    words = status if code in {"", status} else f"{status} {code}"
    return f"{words}, request id {request_id}" if request_id else words
