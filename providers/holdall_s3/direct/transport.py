"""``HttpTransport``: how a request gets to its host and back. The seam; see ``routes`` for what stands behind it.

A transport knows nothing of S3. It keeps connections, and it says what went wrong with botocore's exceptions, which
``holdall_s3.errors`` translates whatever engine they come from. It makes one attempt, and follows no redirect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from botocore.exceptions import HTTPClientError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Sent: TypeAlias = "bytes | bytearray | memoryview | Readable | None"
    """What can be sent as a body."""


class BadAnswer(HTTPClientError):
    """What arrived is no answer in HTTP/1.1, or one that two readers could understand in two ways."""

    fmt = "The answer is not HTTP as it should be: {error}"


class Origin(NamedTuple):
    """Where requests of one bucket go: what a pool of connections is for.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address; an address of IPv6 in brackets.
        port: The port.
    """

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class Readable(Protocol):
    """A body that is read while it is sent."""

    def read(self, size: int, /) -> bytes:
        """As files do."""
        ...


class HttpAnswer(Protocol):
    """An answer whose body has not been read yet; whoever has it closes it."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names in lower case, each once."""
        ...

    def read(self, size: int | None = None, /) -> bytes:
        """Up to ``size`` bytes, all that is left for ``None``; ``b""`` at the end.

        Raises:
            botocore.exceptions.BotoCoreError, urllib3.exceptions.HTTPError: The connection did not hold.
        """
        ...

    def readinto(self, buffer: memoryview, /) -> int:
        """Reads into a buffer and returns the number of bytes, 0 at the end. Raises as ``read``."""
        ...

    def read_all(self) -> bytes:
        """All of the body; the connection is given back. Raises as ``read``."""
        ...

    def close(self) -> None:
        """Gives the connection back where the body was read to its end, else closes it. May be called twice."""
        ...


class HttpTransport(Protocol):
    """Sends requests. Safe to share between threads, not between processes."""

    def send(self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: Sent) -> HttpAnswer:
        """Sends a request, and returns when the head of its answer is there.

        Args:
            origin: Where to.
            method: HTTP method.
            target: Path and query, encoded.
            headers: All headers, with ``host``, and ``content-length`` where there is a body.
            body: The body; what has ``read`` is read from where it is, and its length is its ``content-length``.

        Raises:
            botocore.exceptions.BotoCoreError: No answer was had.
            Exception: What the reader raised; the connection is closed.
        """
        ...

    def close(self) -> None:
        """Closes the connections, those in use when they are given back."""
        ...
