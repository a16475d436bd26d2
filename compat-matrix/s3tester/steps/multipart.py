"""``multipart``: a whole multipart upload as one step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from s3tester.answers import Answer
from s3tester.bodies import body
from s3tester.concurrently import concurrently
from s3tester.steps.call import send
from s3tester.values import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3tester.context import Context
    from s3tester.scenario import MultipartStep


def multipart(step: MultipartStep, context: Context, _: Callable[..., Answer]) -> Answer:
    """Creates, sends the parts, completes. The answer is that of the first request that failed, else the last one's.

    Of a success it has ``UploadId`` and ``Parts`` besides.
    """
    wanted, variables = step.multipart, context.variables
    place = {"Bucket": resolve(wanted.bucket, variables), "Key": resolve(wanted.key, variables)}
    extras = {name: resolve(given, variables) for name, given in wanted.with_}
    ask = partial(send, context, options=step.client)

    created = ask("CreateMultipartUpload", {**place, **extras["create"]})
    if not created.ok:
        return created
    upload = {**place, "UploadId": created.result.get("UploadId")}
    completed = False
    try:
        parts = [body(each) for each in resolve(wanted.parts, variables)]
        numbers = wanted.numbers or range(1, len(parts) + 1)
        jobs = [
            partial(ask, "UploadPart", {**upload, "PartNumber": number, "Body": each, **extras["part"]})
            for number, each in zip(numbers, parts, strict=True)
        ]
        answers = concurrently(jobs, wanted.at_once)
        if failed := next((each for each in answers if not each.ok), None):
            return failed
        told = [_part(number, each) for number, each in zip(numbers, answers, strict=True)]
        given = {**upload, "MultipartUpload": {"Parts": told}, **extras["complete"]}
        answer = ask("CompleteMultipartUpload", given)
        completed = answer.ok
        if not completed:
            return answer
        return Answer(
            what="CompleteMultipartUpload",
            status=answer.status,
            headers=answer.headers,
            result={**answer.result, "UploadId": upload["UploadId"], "Parts": told},
        )
    finally:
        if not completed:
            ask("AbortMultipartUpload", upload)


def _part(number: int, answer: Answer) -> dict[str, Any]:
    """What completing tells of a part: its ETag, and its checksums where there are any."""
    told = {name: value for name, value in answer.result.items() if name.startswith("Checksum")}
    return {"PartNumber": number, "ETag": answer.result.get("ETag", ""), **told}
