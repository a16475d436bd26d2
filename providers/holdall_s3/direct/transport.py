"""``HttpTransport``: how a request gets to its host and back, and the one that goes through urllib3's pools.

A transport knows nothing of S3. It keeps connections, and it says what went wrong with botocore's exceptions, which
``holdall_s3.errors`` translates whatever engine they come from. It makes one attempt, and follows no redirect.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import botocore.exceptions as b
import urllib3
from botocore.httpsession import get_cert_path, mask_proxy_url
from urllib3 import exceptions as u
from urllib3.connection import HTTPConnection
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.connectionpool import HTTPConnectionPool

    from holdall_s3.bodies import GuardedReader

_SEND_BLOCK = 1024 * 1024  # bytes that are read from a source and sent at a time
_NO_RETRIES = urllib3.Retry(False)
_KEEPALIVE = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


class Origin(NamedTuple):
    """Where requests of one bucket go: what a pool of connections is for."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class HttpAnswer(Protocol):
    """An answer whose body has not been read yet; whoever has it closes it."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names in lower case."""
        ...

    def read(self, size: int | None = None, /) -> bytes:
        """Up to ``size`` bytes, all that is left for ``None``; ``b""`` at the end.

        Raises:
            urllib3.exceptions.HTTPError, OSError: The connection did not hold.
        """
        ...

    def readinto(self, buffer: memoryview, /) -> int:
        """Reads into a buffer and returns the number of bytes, 0 at the end. Raises as ``read``."""
        ...

    def read_all(self) -> bytes:
        """All of the body; the connection is given back."""
        ...

    def close(self, *, reusable: bool = False) -> None:
        """Gives the connection back; unless it is ``reusable``, all of the body being read, it is closed."""
        ...


class HttpTransport(Protocol):
    """Sends requests. Safe to share between threads, not between processes."""

    def send(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | bytearray | memoryview | GuardedReader | None,
    ) -> HttpAnswer:
        """Sends a request, and returns when the head of its answer is there.

        Args:
            origin: Where to.
            method: HTTP method.
            target: Path and query, encoded.
            headers: All headers, with ``host``, and ``content-length`` where there is a body.
            body: The body; a reader is read from where it is.

        Raises:
            botocore.exceptions.BotoCoreError: No answer was had.
            Exception: What the reader raised; the connection is closed.
        """
        ...

    def close(self) -> None:
        """Closes all connections that are not in use."""
        ...


class Proxies(Protocol):
    """Which proxy to take, as botocore's ``ProxyConfiguration`` says."""

    def proxy_url_for(self, url: str) -> str | None:
        """The proxy for a URL."""
        ...

    def proxy_headers_for(self, proxy_url: str) -> Mapping[str, str]:
        """What to tell that proxy."""
        ...


class UrllibAnswer:
    """urllib3's answer, as far as it is needed."""

    __slots__ = ("_raw", "headers", "status")

    def __init__(self, raw: urllib3.BaseHTTPResponse) -> None:
        self._raw: Any = raw
        self.status: int = raw.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in raw.headers.items()}

    def read(self, size: int | None = None, /) -> bytes:
        data: bytes = self._raw.read(size)
        return data

    def readinto(self, buffer: memoryview, /) -> int:
        count: int = self._raw.readinto(buffer)
        return count

    def read_all(self) -> bytes:
        data: bytes = self._raw.read()
        self._raw.release_conn()
        return data

    def close(self, *, reusable: bool = False) -> None:
        if not reusable:
            self._raw.close()
        # Even a body of no bytes has to be read to its end: http.client takes the connection for busy until then.
        self._raw.drain_conn()
        self._raw.release_conn()


class UrllibTransport:
    """The default transport: urllib3's pools.

    Args:
        verify: ``True``, ``False``, or a file or folder of certificates.
        proxies: Which proxy to take.
        connect_timeout: Seconds.
        read_timeout: Seconds without a byte.
        max_connections: Idle connections that are kept per origin.
    """

    def __init__(
        self,
        *,
        verify: bool | str,
        proxies: Proxies,
        connect_timeout: float,
        read_timeout: float,
        max_connections: int,
    ) -> None:
        self._verify = verify
        self._proxies = proxies
        self._options: dict[str, Any] = {
            "timeout": urllib3.Timeout(connect=connect_timeout, read=read_timeout),
            "maxsize": max_connections,
            "blocksize": _SEND_BLOCK,
            "socket_options": _KEEPALIVE,
        }
        self._managers: dict[tuple[str, str | None], urllib3.PoolManager] = {}
        self._pools: dict[Origin, tuple[HTTPConnectionPool, str | None]] = {}

    def send(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | bytearray | memoryview | GuardedReader | None,
    ) -> UrllibAnswer:
        pool, proxy = self._pools.get(origin) or self._pool(origin)
        if proxy is not None and origin.scheme == "http":
            target = f"{origin}{target}"  # a proxy for plain http wants the whole URL
        url = f"{origin}{target.partition('?')[0]}"  # for messages
        try:
            raw = pool.urlopen(
                method,
                target,
                body=cast("Any", body),
                headers=headers,
                retries=_NO_RETRIES,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
        except u.SSLError as error:
            raise b.SSLError(endpoint_url=url, error=error) from error
        except u.NewConnectionError as error:
            raise b.EndpointConnectionError(endpoint_url=url, error=error) from error
        except u.ProxyError as error:
            raise b.ProxyConnectionError(proxy_url=mask_proxy_url(proxy or ""), error=error) from error
        except u.ConnectTimeoutError as error:
            raise b.ConnectTimeoutError(endpoint_url=url, error=error) from error
        except u.ReadTimeoutError as error:
            raise b.ReadTimeoutError(endpoint_url=url, error=error) from error
        except u.ProtocolError as error:
            raise b.ConnectionClosedError(endpoint_url=url, error=error) from error
        except u.HTTPError as error:
            raise b.HTTPClientError(error=error) from error
        return UrllibAnswer(raw)

    def close(self) -> None:
        for manager in self._managers.values():
            manager.clear()
        self._pools.clear()

    def _pool(self, origin: Origin) -> tuple[HTTPConnectionPool, str | None]:
        proxy = self._proxies.proxy_url_for(str(origin))
        manager = self._managers.get((origin.scheme, proxy))
        if manager is None:
            manager = self._managers.setdefault((origin.scheme, proxy), self._manager(origin, proxy))
        pool = manager.connection_from_host(origin.host, origin.port, origin.scheme)
        return self._pools.setdefault(origin, (pool, proxy))

    def _manager(self, origin: Origin, proxy: str | None) -> urllib3.PoolManager:
        options = dict(self._options)
        if origin.scheme == "https":
            try:
                options["ssl_context"] = _tls(self._verify)
            except OSError as error:
                raise b.SSLError(endpoint_url=str(origin), error=error) from error
            options["cert_reqs"] = "CERT_REQUIRED" if self._verify else "CERT_NONE"
        if proxy is None:
            return urllib3.PoolManager(**options)
        return urllib3.ProxyManager(proxy, proxy_headers=self._proxies.proxy_headers_for(proxy), **options)


def _tls(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - one value of two types
    """TLS 1.2 at least. The certificates are read once, not with every connection.

    Raises:
        OSError: They can't be.
    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if verify:
        bundle = str(get_cert_path(cast("Any", verify)))
        place = "capath" if Path(bundle).is_dir() else "cafile"
        context.load_verify_locations(**{place: bundle})
    return context
