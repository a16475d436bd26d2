"""Names below `.localhost`, for tests of virtual-host addressing."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def resolve_localhost_names() -> Iterator[None]:
    """Resolve `localhost` and every name below it (`bucket.s3.localhost`) to 127.0.0.1.

    RFC 6761 says that they do, and glibc without systemd-resolved does not do it. Only this process is affected, and
    only what goes through `socket.getaddrinfo`, as urllib3 does.
    """
    resolve = socket.getaddrinfo

    def getaddrinfo(host: bytes | str | None, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii") if isinstance(host, bytes) else host
        if name is not None and f".{name.rstrip('.').lower()}".endswith(".localhost"):
            host = "127.0.0.1"
        return resolve(host, *args, **kwargs)

    with mock.patch.object(socket, "getaddrinfo", getaddrinfo):
        yield
