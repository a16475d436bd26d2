"""The content type of an object, guessed from its key."""

from __future__ import annotations

import functools
import mimetypes

# The operating system's tables are left out: the same key shall get the same type on every machine.
_TYPES = mimetypes.MimeTypes(filenames=())
for _extension, _type in {
    ".avro": "application/vnd.apache.avro",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}.items():
    _TYPES.add_type(_type, _extension)

# A compressed file is stored as it is. Content-Encoding would make browsers, and some stores, unpack it on the way.
_COMPRESSED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "compress": "application/x-compress",
    "br": "application/octet-stream",
}


@functools.lru_cache(maxsize=256)
def _by_extension(name: str) -> str | None:
    kind, encoding = _TYPES.guess_type(name)
    return _COMPRESSED.get(encoding) if encoding else kind


def guess(key: str) -> str | None:
    """The MIME type that the key's ending suggests, ``None`` where it suggests none."""
    name = key.rpartition("/")[2]
    stem, dot, last = name.rpartition(".")
    if not dot:
        return None
    # Only the endings matter, so that the cache holds endings and not all keys ever seen.
    inner = stem.rpartition(".")[2] if "." in stem else ""
    return _by_extension(f"x.{inner}.{last}" if inner else f"x.{last}")
