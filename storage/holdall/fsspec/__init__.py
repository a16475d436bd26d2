"""holdall for fsspec: ``blob://<store>/<key>`` wherever a library takes URLs or file systems.

``blob://`` is registered by entry point, and needs no import. ``register("s3")`` makes ``s3://`` URLs of this process
go through holdall, too.
"""

from __future__ import annotations

from holdall.errors import InvalidConfiguration, MissingExtra

try:
    import fsspec
except ImportError as error:
    raise MissingExtra("fsspec is not installed", hint="pip install 'holdall[fsspec]'") from error

from holdall.fsspec.filesystem import BlobFileSystem
from holdall.fsspec.schemes import MemoryFileSystem, S3FileSystem

__all__ = ["BlobFileSystem", "MemoryFileSystem", "S3FileSystem", "register"]

SCHEMES = {"s3": S3FileSystem, "memory": MemoryFileSystem}


def register(scheme: str) -> None:
    """Takes over a URL scheme of fsspec in this process; never done unasked.

    ``s3://bucket/key`` then goes through the S3 store that ``holdall.open_storage("s3://…")`` takes (the storage option
    ``store`` names another), and ``memory://name/key`` through the memory store of that name. File systems that exist
    already stay what they are. ``file://`` is left to fsspec: half of it relies on that being its own.

    Args:
        scheme: ``s3`` or ``memory``.

    Raises:
        InvalidConfiguration: Another scheme.
    """
    if scheme not in SCHEMES:
        raise InvalidConfiguration(
            f"{scheme}:// can't be taken over", hint=f"holdall takes over {' and '.join(SCHEMES)}; else use blob://."
        )
    fsspec.register_implementation(scheme, SCHEMES[scheme], clobber=True)
