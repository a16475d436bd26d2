"""What probes found, kept from one process to the next: one small file per endpoint in the user's cache folder.

There is no secret in a file: an endpoint, what the server calls itself, features and answers. It counts for 30 days,
for the version of holdall that wrote it, and for the family that the store's settings name; a file that can't be read
is none.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import platformdirs

from holdall.capabilities import Capabilities, Evidence, Source
from holdall.errors import InvalidConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall_s3.config import S3Config

logger = logging.getLogger(__name__)

LIFE = timedelta(days=30)
OF_BUCKET = frozenset({"encryption.sse_c", "checksums.md5_etag"})
"""Features that also depend on the bucket: AWS lets a bucket refuse customers' keys, and the ETags of objects that are
encrypted with keys of KMS by the bucket's default are no MD5s. Others are the endpoint's."""

_FORMAT = 1
Learned = tuple["Mapping[str, Any]", Evidence]


class Kept(NamedTuple):
    """The content of a file.

    Attributes:
        server: What the server called itself, if it did.
        version: Its version, where that was recognised.
        found: Feature values with their evidence.
    """

    server: str | None
    version: str | None
    found: list[Learned]


def path_of(config: S3Config) -> Path:
    """The file of a store's endpoint, which need not be there."""
    name = hashlib.sha256(json.dumps(_where(config)).encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("holdall", appauthor=False) / "probed" / f"{name}.json"


def load(config: S3Config) -> Kept | None:
    """What was found out about a store's endpoint, and about its bucket; ``None`` where nothing of use is kept."""
    path = path_of(config)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        logger.debug("%s can't be read: %s", path, error)
        return None
    try:
        return _read(json.loads(text), config)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidConfiguration) as error:
        logger.debug("%s is of no use: %s", path, error)
        return None


def save(
    config: S3Config,
    bucket: str | None,
    server: str | None,
    server_version: str | None,
    found: Mapping[str, tuple[Any, Evidence]],
) -> None:
    """Keeps what was found. A folder that can't be written to is no failure of the probe: the log says so.

    Args:
        config: The store.
        bucket: The bucket that was looked at; ``None`` for a scratch one.
        server: What the server called itself.
        server_version: Its version, where that was recognised.
        found: By feature.
    """
    document = {
        "format": _FORMAT,
        "holdall": version("holdall"),
        "where": _where(config),
        "family": config.store_family,
        "server": server,
        "version": server_version,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "found": [
            {
                "feature": feature,
                "value": getattr(value, "value", value),
                "date": evidence.date,
                "note": evidence.note,
                "bucket": bucket if feature in OF_BUCKET else None,
            }
            for feature, (value, evidence) in found.items()
            if bucket is not None or feature not in OF_BUCKET
        ],
    }
    path = path_of(config)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}-", suffix=".new")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, indent=1)
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        logger.warning("what the probe found is not kept: %s", error)


def forget(config: S3Config) -> bool:
    """Deletes the file of a store's endpoint; returns whether there was one."""
    try:
        path_of(config).unlink()
    except FileNotFoundError:
        return False
    return True


def _where(config: S3Config) -> list[Any]:
    """What makes an endpoint, with no user and password in it."""
    if config.endpoint_url is None:
        return ["aws", config.region, bool(config.dualstack), bool(config.fips), config.accelerate]
    parts = urlsplit(config.endpoint_url)
    return [urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))]


def _read(document: Any, config: S3Config) -> Kept | None:
    expected = {"format": _FORMAT, "holdall": version("holdall"), "family": config.store_family}
    if any(document[name] != value for name, value in expected.items()) or document["where"] != _where(config):
        return None
    age = datetime.now(UTC) - datetime.fromisoformat(document["date"])
    if not timedelta(0) <= age + timedelta(minutes=5) <= LIFE:
        return None
    groups: dict[Evidence, dict[str, Any]] = {}
    for each in document["found"]:
        if each["bucket"] in {None, config.bucket}:
            evidence = Evidence(Source.PROBED, str(each["date"]), str(each["note"]))
            groups.setdefault(evidence, {})[each["feature"]] = each["value"]
    found: list[Learned] = [(values, evidence) for evidence, values in groups.items()]
    for values, evidence in found:
        Capabilities().replace(values, evidence)  # refuses what no feature can have
    return Kept(document["server"], document["version"], found)
