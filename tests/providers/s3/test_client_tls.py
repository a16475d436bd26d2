"""TLS: verified, by the usual authorities or the store's own, and 1.2 at least."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from holdall.errors import Retry, TlsError
from holdall.options import HEAD
from holdall_s3 import kinds
from holdall_s3.settings import S3CompatibleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from holdall.provider import StorageProvider


class TlsServer:
    """Answers every request with an empty object, and counts them."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.requests = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                # Here and not in the listening socket: a failed handshake must not end the server.
                self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_HEAD(self) -> None:
                outer.requests += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.send_header("ETag", '"0"')
                self.send_header("Last-Modified", "Fri, 20 Nov 2026 00:00:00 GMT")
                self.end_headers()

            def finish(self) -> None:
                super().finish()
                self.request.close()

            def log_message(self, *_: Any) -> None:
                """Say nothing on standard error."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Failed handshakes are what the tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[TlsServer]:
    server = TlsServer(context)
    thread = threading.Thread(target=server.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.server.shutdown()
        server.server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context_for(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[TlsServer]:
    with serving(context_for(authority, "127.0.0.1")) as running:
        yield running


@contextmanager
def provider_at(server: TlsServer, engine: str = "auto", **connection: Any) -> Iterator[StorageProvider]:
    values = {
        "engine": engine,
        "bucket": "bucket",
        "endpoint_url": f"https://127.0.0.1:{server.port}",
        "access_key_id": "id",
        "secret_access_key": "secret",
        "connection": connection,
    }
    with closing(kinds.S3_COMPATIBLE.open(S3CompatibleSettings.model_validate(values), "lake")) as provider:
        yield provider


def assert_refused(server: TlsServer, provider: StorageProvider) -> TlsError:
    with pytest.raises(TlsError) as caught:
        provider.head("k", HEAD)
    assert server.requests == 0
    assert caught.value.retry is Retry.NEVER
    return caught.value


def test_a_certificate_that_nobody_vouches_for_is_refused(server: TlsServer, engine: str) -> None:
    with provider_at(server, engine) as provider:
        assert "ca_bundle" in str(assert_refused(server, provider))


def test_the_stores_own_authority_is_trusted(server: TlsServer, bundle: str, engine: str) -> None:
    with provider_at(server, engine, ca_bundle=bundle) as provider:
        assert provider.head("k", HEAD).size == 0
    assert server.requests == 1


def test_so_is_the_environments(server: TlsServer, bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with provider_at(server) as provider:
        assert provider.head("k", HEAD).size == 0


def test_another_authority_is_not(server: TlsServer, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with provider_at(server, ca_bundle=str(other)) as provider:
        assert_refused(server, provider)


def test_a_certificate_for_another_name_is_refused(authority: trustme.CA, bundle: str) -> None:
    with (
        serving(context_for(authority, "s3.example.com")) as server,
        provider_at(server, ca_bundle=bundle) as provider,
    ):
        assert_refused(server, provider)


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_verification_can_be_switched_off(server: TlsServer) -> None:
    with provider_at(server, tls_verify=False) as provider:
        assert provider.head("k", HEAD).size == 0


@contextmanager
def old_context(context: ssl.SSLContext) -> Iterator[ssl.SSLContext]:
    """Allow a context what every client forbids today: TLS 1.1, with the signatures that go with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        yield context


def test_tls_before_1_2_is_refused(authority: trustme.CA, bundle: str, engine: str) -> None:
    with old_context(context_for(authority, "127.0.0.1")) as old, serving(old) as server:
        witness = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        witness.load_verify_locations(bundle)
        with (
            old_context(witness),
            socket.create_connection(("127.0.0.1", server.port), 5) as plain,
            witness.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
        ):
            assert wrapped.version() == "TLSv1.1", "the server does speak it"
        with provider_at(server, engine, ca_bundle=bundle) as provider:
            assert_refused(server, provider)
