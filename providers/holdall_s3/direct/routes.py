"""``Routes``: the transport of the engine. Each origin is reached straight, or through the proxy meant for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from holdall_s3.direct.proxied import ProxyTransport
from holdall_s3.direct.sockets import SocketTransport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdall_s3.direct.transport import HttpAnswer, HttpTransport, Origin, Sent


class Proxies(Protocol):
    """Which proxy to take, as botocore's ``ProxyConfiguration`` says."""

    def proxy_url_for(self, url: str) -> str | None:
        """The proxy for a URL."""
        ...

    def proxy_headers_for(self, proxy_url: str) -> Mapping[str, str]:
        """What to tell that proxy."""
        ...


class Routes:
    """Sends each request by the transport of its origin; which one that is, is found out once.

    Args:
        proxies: Which proxy to take.
        options: As for ``SocketTransport`` and ``ProxyTransport``.
    """

    def __init__(self, proxies: Proxies, **options: Any) -> None:
        self._proxies = proxies
        self._options = options
        self._straight = SocketTransport(**options)
        self._by_proxy: dict[str, ProxyTransport] = {}
        self._by_origin: dict[Origin, HttpTransport] = {}

    def send(self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: Sent) -> HttpAnswer:
        transport = self._by_origin.get(origin) or self._choose(origin)
        return transport.send(origin, method, target, headers, body)

    def close(self) -> None:
        self._straight.close()
        for transport in self._by_proxy.values():
            transport.close()

    def _choose(self, origin: Origin) -> HttpTransport:
        proxy = self._proxies.proxy_url_for(str(origin))
        if proxy is None:
            return self._by_origin.setdefault(origin, self._straight)
        transport = self._by_proxy.get(proxy)
        if transport is None:
            made = ProxyTransport(proxy, self._proxies.proxy_headers_for(proxy), **self._options)
            transport = self._by_proxy.setdefault(proxy, made)
        return self._by_origin.setdefault(origin, transport)
