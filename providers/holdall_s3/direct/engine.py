"""The engine ``direct``: the data plane by requests of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall.errors import StorageError
from holdall_s3.bodies import GuardedReader, source_failure
from holdall_s3.calls import FAILURES
from holdall_s3.direct import parsers
from holdall_s3.direct.body import AnswerBody
from holdall_s3.errors import translate
from holdall_s3.learning import learn_from_refusal
from holdall_s3.objects import ObjectEngine

if TYPE_CHECKING:
    from holdall.models import Body, ChecksumAlgorithm, ListPage
    from holdall.reading import ByteSource
    from holdall_s3.direct.payload import Sendable
    from holdall_s3.errors import Asked


class DirectEngine(ObjectEngine):
    """Carries out the data plane without boto3 on the way."""

    def send(self, method: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        return _READERS.get(method, _as_it_is)(self._exchange(method, parameters, asked))

    def fetch_page(self, method: str, parameters: dict[str, Any], asked: Asked) -> ListPage:
        page: ListPage = self._exchange(method, parameters, asked)["Page"]
        return page

    def _exchange(self, method: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        calls = self._calls
        if method == "get_object" and calls.config.checksums == "when_supported":
            parameters["ChecksumMode"] = "ENABLED"
        try:
            return calls.clients.channel().call(method, calls.bucket, parameters, asked)
        except StorageError as error:
            learn_from_refusal(calls.clients.knowledge, method, parameters, error)
            raise
        except FAILURES as error:
            own = source_failure(parameters.get("Body"), error)
            if own is not None:
                raise own from None
            raise translate(error, asked) from error

    def open_body(self, answer: dict[str, Any], length: int) -> ByteSource:
        return AnswerBody(answer["Body"])

    def to_send(self, body: Body) -> Sendable:
        if isinstance(body, memoryview):
            return body.cast("B") if body.contiguous else body.tobytes()
        return body if isinstance(body, (bytes, bytearray)) else GuardedReader(body)

    def add_checksum(self, parameters: dict[str, Any], algorithm: ChecksumAlgorithm) -> None:
        parameters["ChecksumAlgorithm"] = str(algorithm)  # computed on the way, see payload.py


def _as_it_is(answer: dict[str, Any]) -> dict[str, Any]:
    return answer


def _with_result(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | parsers.result(answer["Document"])


def _with_outcomes(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | parsers.delete_result(answer["Document"])


_READERS = {"copy_object": _with_result, "upload_part_copy": _with_result, "delete_objects": _with_outcomes}
