"""``Channel``: requests of our own to one store, from one process. It builds, signs, sends, and reads answers.

Credentials, endpoint rules, certificates and proxies are those of the store's boto3 client: this is the one place that
looks into it for them.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from holdall import checksums
from holdall.models import ChecksumAlgorithm
from holdall_s3.bodies import GuardedReader
from holdall_s3.config import Anonymous
from holdall_s3.direct import parsers
from holdall_s3.direct.builders import build, delete_xml
from holdall_s3.direct.endpoint import Endpoint, resolve
from holdall_s3.direct.payload import prepare
from holdall_s3.direct.places import OPERATIONS
from holdall_s3.direct.routes import Routes
from holdall_s3.direct.signer import AwsSigner, timestamp
from holdall_s3.errors import refusal
from holdall_s3.renewal import credentials_of, renew_after
from holdall_s3.responses import PARTIAL_CONTENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_s3 import S3Client

    from holdall_s3.adaptations import Adaptations
    from holdall_s3.config import S3Config
    from holdall_s3.direct.places import Operation
    from holdall_s3.direct.transport import HttpAnswer, HttpTransport
    from holdall_s3.errors import Asked
    from holdall_s3.knowledge import Knowledge

_MULTIPLE_CHOICES = 300  # from here on a status is no success
_REDIRECTS = frozenset({301, 302, 307, 308})
_BAD_REQUEST = 400
_SAID_NO = 500  # what an error in a body counts as whose status says 200, as botocore has it
# Letters, digits and hyphens only: it becomes part of a host name.
_REGION = re.compile(r"[a-zA-Z0-9-]{1,63}")
_USUAL_CHECKSUM = ChecksumAlgorithm.CRC32  # botocore's, which it names for a multipart upload, too


class Channel:
    """The way of the engine ``direct`` to a store.

    Args:
        client: The store's boto3 client.
        config: The store.
        regions: Region by bucket, as far as redirects told; what is learned here is added. The client's endpoint
            rules look at it, too.
        knowledge: What is known of the store; answers are shown to it.
        transport: How requests travel; ``None`` is ``Routes``.
    """

    def __init__(
        self,
        client: S3Client,
        config: S3Config,
        regions: dict[str, str],
        knowledge: Knowledge,
        transport: HttpTransport | None = None,
    ) -> None:
        self._client = client
        self._knowledge = knowledge
        self._config = config
        self._regions = regions
        self._signer = AwsSigner()
        self._endpoints: dict[str, Endpoint | None] = {}
        self._agent = f"holdall/{version('holdall')}"
        self._credentials = None if isinstance(config.credentials, Anonymous) else credentials_of(client)
        inside: Any = client  # boto3 has no public way to these
        http: Any = inside._endpoint.http_session  # noqa: SLF001
        self.transport: HttpTransport = transport or Routes(
            http._proxy_config,  # noqa: SLF001
            verify=http._verify,  # noqa: SLF001
            connect_timeout=config.connect_timeout,
            read_timeout=config.read_timeout,
            deadline=config.deadline,
            max_connections=config.max_connections,
        )

    def endpoint(self, bucket: str) -> Endpoint | None:
        """Where a bucket is; ``None`` where it can't be reached from here (see ``endpoint.resolve``)."""
        try:
            return self._endpoints[bucket]
        except KeyError:
            return self._endpoints.setdefault(bucket, resolve(self._client, bucket))

    def close(self) -> None:
        """Closes the connections."""
        self.transport.close()

    def call(self, method: str, bucket: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """Sends one request.

        It is sent once more where a bucket turns out to be in another region, and where the store refused credentials
        and there are others now.

        Args:
            method: Name of boto3's method.
            bucket: The bucket; its endpoint is an ordinary one.
            parameters: The operation's members.
            asked: What errors are about.

        Returns:
            The answer's members. ``Body`` is the ``HttpAnswer`` of an object's bytes, ``Document`` the root of what is
            XML, ``Page`` a listing.

        Raises:
            StorageError, botocore.exceptions.BotoCoreError, urllib3.exceptions.HTTPError: Whatever went wrong.
        """
        operation, adapted = OPERATIONS[method], self._knowledge.adaptations
        for change in adapted.members.get(method, ()):
            change(parameters)
        keys = self._keys()
        answer = self._send(method, bucket, parameters, keys, adapted)
        if self._knowledge.curious and answer.status < _MULTIPLE_CHOICES:
            self._knowledge.see(answer.headers)
        moved = renewed = False
        while answer.status >= _MULTIPLE_CHOICES:
            details = _details(answer)
            self._knowledge.see(answer.headers, details)
            if not moved and self._learn_region(operation, bucket, answer, details):
                moved = True
            else:
                refused = refusal(asked, answer.status, answer.headers, details)
                if renewed or not renew_after(refused, self._credentials, keys, asked):
                    raise refused
                renewed = True
            if isinstance(parameters.get("Body"), GuardedReader):
                parameters["Body"].seek(0)
            keys = self._keys()
            answer = self._send(method, bucket, parameters, keys, adapted)
        members = self._object(answer) if method == "get_object" else self._members(operation, answer, asked)
        for change in adapted.answers:
            change(members)
        return members

    def _object(self, answer: HttpAnswer) -> dict[str, Any]:
        try:
            members = parsers.fields(answer.headers)
        except BaseException:
            answer.close()
            raise
        members["Body"] = answer
        if answer.status == PARTIAL_CONTENT:
            members.setdefault("ContentRange", "")  # a piece whose place is not told is no whole object
        return members

    def _members(self, operation: Operation, answer: HttpAnswer, asked: Asked) -> dict[str, Any]:
        body = answer.read_all()
        members = parsers.fields(answer.headers)
        if operation.listing:
            page = parsers.list_page(body, markers=operation.markers)
            if isinstance(page, dict):
                raise refusal(asked, _SAID_NO, answer.headers, page)
            members["Page"] = page
        elif operation.document:
            root: Element = parsers.parse(body)
            details = parsers.error_in(root)
            if details is not None:  # S3 may find out that it can't after it has said 200
                raise refusal(asked, _SAID_NO, answer.headers, details)
            members["Document"] = root
        elif operation.method == "DELETE":  # other successes tell something that a page does not
            parsers.check_no_page(body)
        return members

    # --- sending -------------------------------------------------------------------------------------------------

    def _keys(self) -> ReadOnlyCredentials | None:
        return None if self._credentials is None else self._credentials.get_frozen_credentials()

    def _send(
        self,
        name: str,
        bucket: str,
        parameters: dict[str, Any],
        keys: ReadOnlyCredentials | None,
        adapted: Adaptations,
    ) -> HttpAnswer:
        operation = OPERATIONS[name]
        endpoint = self.endpoint(bucket)
        if endpoint is None:
            raise ValueError(f"{bucket} has no ordinary endpoint")  # the choice of an engine saw to that
        secure = endpoint.origin.scheme == "https"
        signed = self._signs_payloads(adapted, secure=secure)
        body = parameters.get("Body")
        algorithm = self._algorithm(operation, parameters)
        method, path, query, headers = build(operation, parameters, endpoint.base)
        if "Delete" in parameters:
            body = delete_xml(parameters["Delete"])
        for change in adapted.headers.get(name, ()):
            change(headers, body if isinstance(body, bytes) else b"")
        if "Delete" in parameters and "content-md5" not in headers:
            headers |= _proof(parameters, body)
        payload = prepare(
            body,
            algorithm,
            signed=signed,
            trailer=secure and adapted.trailers,
            encoding=headers.get("content-encoding"),
        )
        headers |= payload.headers
        headers["host"] = endpoint.host
        if keys is not None:
            self._signer.sign(
                method,
                path,
                query,
                headers,
                payload.hash,
                keys=keys,
                region=endpoint.region,
                at=timestamp(),
            )
        # What a proxy may change on the way is not signed.
        headers["user-agent"] = self._agent
        headers["accept-encoding"] = "identity"
        if method in {"PUT", "POST"}:
            headers["content-length"] = str(payload.length)
        target = f"{path}?{query}" if query else path
        return self.transport.send(endpoint.origin, method, target, headers, payload.body)

    def _signs_payloads(self, adapted: Adaptations, *, secure: bool) -> bool:
        if self._credentials is None:
            return False
        if self._config.sign_payloads is not None:
            return self._config.sign_payloads
        return not secure or adapted.sign_payloads

    def _algorithm(self, operation: Operation, parameters: dict[str, Any]) -> ChecksumAlgorithm | None:
        """The checksum that is still to be computed: the one asked for, or the one that the store is always sent."""
        if not operation.body:
            return None
        if "ChecksumAlgorithm" not in parameters:
            if self._config.checksums != "when_supported" or "ContentMD5" in parameters:
                return None
            parameters["ChecksumAlgorithm"] = str(_USUAL_CHECKSUM)
        name = parameters["ChecksumAlgorithm"]
        return None if f"Checksum{name}" in parameters else ChecksumAlgorithm[name]

    # --- regions -------------------------------------------------------------------------------------------------

    def _learn_region(self, operation: Operation, bucket: str, answer: HttpAnswer, details: Mapping[str, str]) -> bool:
        """Whether an answer says, and rightly, that the bucket is in another region; then that is remembered."""
        code = details.get("Code")
        elsewhere = (
            answer.status in _REDIRECTS
            or code in {"PermanentRedirect", "IllegalLocationConstraintException"}
            or (code == "AuthorizationHeaderMalformed" and "Region" in details)
            # An answer to HEAD can't say that it is the signature's region.
            or (operation.method == "HEAD" and answer.status == _BAD_REQUEST)
        )
        if not elsewhere:
            return False
        region = answer.headers.get("x-amz-bucket-region") or details.get("Region") or self._ask_region(bucket)
        if region is None or not _REGION.fullmatch(region):
            return False
        before = self._endpoints.pop(bucket, None)
        self._regions[bucket] = region
        return self.endpoint(bucket) not in {before, None}

    def _ask_region(self, bucket: str) -> str | None:
        """The region of a bucket from its own mouth; HEAD tells it with whatever status."""
        try:
            told: Any = self._client.head_bucket(Bucket=bucket)
        except ClientError as error:
            told = error.response
        region: str | None = told["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
        return region


def _proof(parameters: Mapping[str, Any], body: Any) -> dict[str, str]:
    """What a batch delete must not be without: a checksum."""
    algorithm = ChecksumAlgorithm[parameters.get("ChecksumAlgorithm", _USUAL_CHECKSUM)]
    return {
        "x-amz-sdk-checksum-algorithm": str(algorithm),
        f"x-amz-checksum-{algorithm.lower()}": checksums.checksum(algorithm, body).value,
    }


def _details(answer: HttpAnswer) -> dict[str, str]:
    """What an answer that says no has to say; its status stands, even if the connection breaks after it."""
    try:
        body = answer.read_all()
    except (BotoCoreError, HTTPError):
        return {}
    return parsers.error_details(body)
