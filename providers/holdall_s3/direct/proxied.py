"""``ProxyTransport``: requests through a proxy, which is left to urllib3: its pools, its CONNECT, its errors."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, cast

import botocore.exceptions as b
import urllib3
from botocore.httpsession import mask_proxy_url
from urllib3 import exceptions as u
from urllib3.connection import HTTPConnection

from holdall_s3.direct import tls
from holdall_s3.pace import PacedStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall_s3.direct.transport import Origin, Sent

_SEND_BLOCK = 1024 * 1024  # bytes that are read from a source and sent at a time
_READ_BLOCK = 64 * 1024  # bytes that are asked for at a time where nobody knows how many will come
_NO_RETRIES = urllib3.Retry(False)
_KEEPALIVE = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


class UrllibAnswer:
    """urllib3's answer, as far as it is needed."""

    __slots__ = ("_raw", "_stream", "headers", "status")

    def __init__(self, raw: urllib3.BaseHTTPResponse, deadline: float) -> None:
        self._raw: Any = raw
        self._stream = PacedStream(raw, deadline)
        self.status: int = raw.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in raw.headers.items()}

    def read(self, size: int | None = None, /) -> bytes:
        return self._read_rest() if size is None else self._stream.read(size)

    def readinto(self, buffer: memoryview, /) -> int:
        return self._stream.readinto(buffer)

    def read_all(self) -> bytes:
        try:
            return self._read_rest()
        finally:
            self.close()

    def _read_rest(self) -> bytes:
        return b"".join(iter(lambda: self._stream.read(_READ_BLOCK), b""))

    def close(self) -> None:
        if self._raw.length_remaining != 0:
            self._raw.close()
        # Even a body of no bytes has to be read to its end: http.client takes the connection for busy until then.
        self._raw.drain_conn()
        self._raw.release_conn()


class ProxyTransport:
    """Sends requests through one proxy.

    Args:
        proxy: Its URL.
        proxy_headers: What to tell it.
        verify: ``True``, ``False``, or a file or folder of certificates.
        connect_timeout: Seconds.
        read_timeout: Seconds without a byte.
        deadline: Seconds of waiting in which a body must get on; see ``Pace``. Heads are out of reach here.
        max_connections: Idle connections that are kept per origin.
    """

    def __init__(
        self,
        proxy: str,
        proxy_headers: Mapping[str, str],
        *,
        verify: bool | str,
        connect_timeout: float,
        read_timeout: float,
        deadline: float,
        max_connections: int,
    ) -> None:
        self._proxy = proxy
        self._deadline = deadline
        try:
            context = tls.context(verify)
        except OSError as error:
            raise b.SSLError(endpoint_url=mask_proxy_url(proxy), error=error) from error
        self._manager = urllib3.ProxyManager(
            proxy,
            proxy_headers=proxy_headers,
            timeout=urllib3.Timeout(connect=connect_timeout, read=read_timeout),
            maxsize=max_connections,
            blocksize=_SEND_BLOCK,
            socket_options=_KEEPALIVE,
            ssl_context=context,
            cert_reqs="CERT_REQUIRED" if verify else "CERT_NONE",
        )

    def send(self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: Sent) -> UrllibAnswer:
        if origin.scheme == "http":
            target = f"{origin}{target}"  # a proxy for plain http wants the whole URL
        url = f"{origin}{target.partition('?')[0]}"  # for messages
        try:
            raw = self._manager.connection_from_host(origin.host, origin.port, origin.scheme).urlopen(
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
            raise b.ProxyConnectionError(proxy_url=mask_proxy_url(self._proxy), error=error) from error
        except u.ConnectTimeoutError as error:
            raise b.ConnectTimeoutError(endpoint_url=url, error=error) from error
        except u.ReadTimeoutError as error:
            raise b.ReadTimeoutError(endpoint_url=url, error=error) from error
        except u.ProtocolError as error:
            raise b.ConnectionClosedError(endpoint_url=url, error=error) from error
        except u.HTTPError as error:
            raise b.HTTPClientError(error=error) from error
        return UrllibAnswer(raw, self._deadline)

    def close(self) -> None:
        self._manager.clear()
