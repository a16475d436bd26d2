"""Making an object out of parts that may be made in any order: all of them, or none."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar, cast

from holdall.transfer.crew import Crew
from holdall.transfer.interrupts import interrupts_wait
from holdall.transfer.upload import abort_quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from holdall.groups import MultipartUploads
    from holdall.models import PartInfo, PutResult
    from holdall.options import CompleteOptions, CreateUploadOptions
    from holdall.provider import StorageProvider

P = TypeVar("P")


def assemble(
    provider: StorageProvider,
    key: str,
    create: CreateUploadOptions,
    complete: CompleteOptions,
    pieces: Iterable[P],
    make: Callable[[str, int, P], PartInfo],
    *,
    workers: int,
    done: Callable[[P], None],
    confirm: Callable[[], CompleteOptions | None],
) -> PutResult:
    """Begins an upload, makes its parts with several threads, and completes it; a failure or Ctrl-C drops it.

    Args:
        provider: The store; it has multipart uploads.
        key: Full key.
        create: How to begin.
        complete: How to end.
        pieces: What the parts are made of, in order.
        make: Makes one part out of the upload's id, the part's number and the piece; called in several threads.
        workers: Parts at the same time.
        done: Is told each piece whose part is there.
        confirm: Is called when all parts are there; what it raises drops the upload. It may return other options to
            complete with.
    """
    multipart = cast("MultipartUploads", provider)
    upload_id = None
    parts: list[PartInfo] = []
    try:
        with interrupts_wait():
            upload_id = multipart.create_upload(key, create).upload_id
        begun: str = upload_id
        with Crew[tuple[int, Any], "PartInfo"](lambda numbered: make(begun, *numbered), workers) as crew:
            for (_, piece), part in crew.run(enumerate(pieces, start=1)):
                parts.append(part)
                done(piece)
        complete = confirm() or complete
        parts.sort(key=lambda part: part.part_number)
        result = multipart.complete_upload(key, upload_id, parts, complete)
    except BaseException:
        if upload_id is not None:
            abort_quietly(multipart, key, upload_id)
        raise
    size = None if any(part.size is None for part in parts) else sum(part.size or 0 for part in parts)
    return result if result.size is not None else dataclasses.replace(result, size=size)
