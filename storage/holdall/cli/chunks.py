"""``--chunk-size``: the same option, and the same words where it is wrong, wherever an object's bytes are moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from holdall.cli import param_types
from holdall.cli.text import human_size
from holdall.errors import InvalidRequest
from holdall.transfer.plan import Limits

if TYPE_CHECKING:
    from holdall.storage import Storage

_WRITE = "Write bytes or a unit, e.g. --chunk-size 16MiB; or leave it out: a fitting size is chosen then."


def _read(ctx: click.Context, param: click.Parameter, text: str | None) -> int | None:
    """The bytes of the option.

    Raises:
        InvalidRequest: It is no size, or none that a part can have.
    """
    if text is None:
        return None
    try:
        size = int(param_types.SIZE.convert(text, param, ctx))
    except click.BadParameter as error:
        raise InvalidRequest(f"--chunk-size {text!r} is not a size", hint=_WRITE) from error
    if size < 1:
        raise InvalidRequest("--chunk-size is 0 bytes; a part has 1 at least", hint=_WRITE)
    return size


chunk_size_option = click.option(
    "--chunk-size",
    metavar="SIZE",
    callback=_read,
    help="Bytes per part of a large object; several are moved at a time [BLOB_CHUNK_SIZE].",
)


def check_chunk_size(storage: Storage, chunk_size: int | None) -> None:
    """Refuses parts that are larger than the store takes; a transfer would make smaller ones.

    Args:
        storage: Is written to.
        chunk_size: What the option says.

    Raises:
        InvalidRequest: They are.
    """
    if chunk_size is None or not storage.supports("multipart.uploads"):
        return
    most = Limits.of(storage.capabilities).max_part
    if chunk_size > most:
        raise InvalidRequest(
            f"--chunk-size {human_size(chunk_size)} is more than this store takes in one part",
            hint=f"Choose {most:,} bytes ({human_size(most)}) at most.",
        )
