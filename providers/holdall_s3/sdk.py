"""The engine ``sdk``: the data plane through boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdall_s3 import requests, responses
from holdall_s3.bodies import AnswerBody, checksum_of, to_send
from holdall_s3.objects import ObjectEngine

if TYPE_CHECKING:
    from holdall.models import Body, ChecksumAlgorithm, ListPage
    from holdall.reading import ByteSource
    from holdall_s3.bodies import GuardedReader
    from holdall_s3.errors import Asked


class SdkEngine(ObjectEngine):
    """Carries out the data plane with boto3's client."""

    def send(self, method: str, parameters: dict[str, Any], asked: Asked) -> dict[str, Any]:
        return self._calls.call(method, parameters, asked)

    def fetch_page(self, method: str, parameters: dict[str, Any], asked: Asked) -> ListPage:
        return responses.list_page(self.send(method, parameters, asked), markers=method == "list_objects")

    def open_body(self, answer: dict[str, Any], length: int) -> ByteSource:
        return AnswerBody(answer["Body"], length, self._calls.config.deadline)

    def to_send(self, body: Body) -> bytes | bytearray | GuardedReader:
        return to_send(body)

    def add_checksum(self, parameters: dict[str, Any], algorithm: ChecksumAlgorithm) -> None:
        parameters |= requests.body_checksum(checksum_of(parameters["Body"], algorithm))
