"""What the clients talk to: the null store, or `rclone serve s3`."""

from __future__ import annotations

import base64
import contextlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from holdall import checksums
from holdall.models import ChecksumAlgorithm
from tests.benchmarks import content
from tests.benchmarks.task import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCES = Path(__file__).parent / "null_store"
ANY_KEYS = ("AKIANULLSTORETAKESANY", "any secret")


class NoServerError(Exception):
    """It can't be started here; the message says why."""


def compile_null_store(program: Path) -> bool:
    """Compiles the null store.

    Args:
        program: The file to be.

    Returns:
        Whether it can do TLS: OpenSSL's headers are there.

    Raises:
        NoServerError: No C compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoServerError("no C compiler (cc)")
    command = [compiler, "-O2", "-o", str(program), *map(str, sorted(SOURCES.glob("*.c")))]
    tls = subprocess.run([*command, "-DTLS", "-lssl", "-lcrypto"], capture_output=True, check=False)
    if tls.returncode:
        subprocess.run(command, check=True)
    return tls.returncode == 0


def checksum_headers(algorithm: str, pattern: Path, sizes: Sequence[int]) -> list[str]:
    """Arguments of the null store: the checksum of whole objects, which S3 tells and boto3 asks for.

    Args:
        algorithm: `crc32`, `crc64nvme`, or `none`.
        pattern: The pattern's file.
        sizes: Of the objects.
    """
    if algorithm == "none":
        return []
    if algorithm == "crc32":
        crcs = [content.crc32_of_object(pattern, size).to_bytes(4) for size in sizes]
    else:
        crcs = [_crc64nvme(pattern, size) for size in sizes]
    values = zip(sizes, crcs, strict=True)
    return [f"{size}=x-amz-checksum-{algorithm}: {base64.b64encode(crc).decode()}" for size, crc in values]


def _crc64nvme(pattern: Path, size: int) -> bytes:
    hasher = checksums.new(ChecksumAlgorithm.CRC64NVME)
    for block in content.blocks(pattern, size):
        hasher.update(block)
    return hasher.digest()


def write_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """A certificate for 127.0.0.1: files with the authority's, with the server's chain, and with its key."""
    import trustme

    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    ca, chain, key = folder / "ca.pem", folder / "chain.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(ca)
    server.private_key_pem.write_to_path(key)
    for part in server.cert_chain_pems:
        part.write_to_path(chain, append=True)
    return ca, chain, key


@contextmanager
def run_program(command: list[str]) -> Iterator[int]:
    """Runs a server that prints its port and ends with its standard input; yields the port."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            if not line:
                raise NoServerError(f"{Path(command[0]).name} did not start")
            yield int(line)
        finally:
            server.stdin.close()
            server.wait(10)


@contextmanager
def null_store(folder: Path, pattern: Path, checksums: Sequence[str]) -> Iterator[dict[str, Place]]:
    """Runs the null store over http and, where it can be had, https.

    Args:
        folder: For a folder of its own, with the program and the certificate.
        pattern: The pattern's file.
        checksums: From `checksum_headers`.

    Yields:
        Where it is, by protocol.
    """
    with tempfile.TemporaryDirectory(dir=folder) as own, contextlib.ExitStack() as stack:
        program = Path(own, "null_store")
        try:
            tls = compile_null_store(program)
            command = [str(program), str(pattern)]
        except NoServerError as error:
            sys.stderr.write(f"{error}: a server in Python stands in, which is slow. Figures are not comparable.\n")
            tls = True
            command = [sys.executable, "-m", "tests.benchmarks.null_server", str(pattern)]
        port = stack.enter_context(run_program([*command, *checksums]))
        places = {"http": Place(f"http://127.0.0.1:{port}", "bucket", family="aws")}
        if tls:
            ca, chain, key = write_certificate(Path(own))
            port = stack.enter_context(run_program([*command, str(chain), str(key), *checksums]))
            places["https"] = Place(f"https://127.0.0.1:{port}", "bucket", family="aws", ca=str(ca))
        yield places


@contextmanager
def rclone() -> Iterator[tuple[Place, tuple[str, str]]]:
    """Runs `rclone serve s3` over an empty folder; yields where it is, and its keys."""
    from s3tester.stores import running

    with running("rclone") as server:
        yield Place(server.endpoint_url, "benchmark", family="rclone"), (server.access_key_id, server.secret_access_key)
