"""Client CPU of small requests: each engine against plain boto3, on a server that does nothing.

    python tests/benchmarks/small_objects.py [--rounds 5] [--requests 2000]

Each figure is the median over rounds of fresh processes, the clients taking turns. CPU is user and system time of the
client, without imports, making the client and a warm-up. The server is compiled with `cc` for the run.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SIZE = 16 * 1024  # bytes of an object, as the server has it
JOBS = ("get", "put", "head", "list", "get32", "put32")
THREADS = 32  # of the jobs that end in 32
CLIENTS = ("boto3", "sdk", "direct")
PAGES = 20  # a page costs as much as a hundred small requests


def jobs_of_boto3(endpoint: str) -> dict[str, Callable[[], Any]]:
    """The jobs through plain boto3, as its users write them."""
    import boto3
    from botocore.config import Config

    client: Any = boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=THREADS),
    )
    data = b"x" * SIZE

    def get() -> bytes:
        body: bytes = client.get_object(Bucket="bucket", Key="key")["Body"].read()
        return body

    return {
        "get": get,
        "put": lambda: client.put_object(Bucket="bucket", Key="key", Body=data),
        "head": lambda: client.head_object(Bucket="bucket", Key="key"),
        "list": lambda: client.list_objects_v2(Bucket="bucket")["Contents"],
    }


def jobs_of_holdall(endpoint: str, engine: str) -> dict[str, Callable[[], Any]]:
    """The jobs through the provider, on one of its engines."""
    from holdall import options as opt
    from holdall_s3.provider import S3Provider
    from holdall_s3.settings import S3CompatibleSettings

    settings = S3CompatibleSettings.model_validate(
        {
            "endpoint_url": endpoint,
            "bucket": "bucket",
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "secret_access_key": "secret",
            "engine": engine,
            "connection": {"max_connections": THREADS},
        }
    )
    provider = S3Provider(settings.to_config())
    data = b"x" * SIZE
    return {
        "get": lambda: provider.get("key", opt.GET).read(),
        "put": lambda: provider.put("key", data, opt.PUT),
        "head": lambda: provider.head("key", opt.HEAD),
        "list": lambda: provider.list_page(opt.LIST).entries,
    }


def cpu() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(client: str, job: str, endpoint: str, requests: int) -> float:
    """CPU of one request, in milliseconds."""
    jobs = jobs_of_boto3(endpoint) if client == "boto3" else jobs_of_holdall(endpoint, client)
    call = jobs[job.removesuffix("32")]
    count = PAGES if job == "list" else requests
    for _ in range(max(3, count // 20)):
        call()
    before = cpu()
    if job.endswith("32"):
        several_times_at_once(call, count)
    else:
        several_times(call, count)
    return (cpu() - before) / count * 1000


def several_times(call: Callable[[], Any], count: int) -> None:
    """Calls, one after the other."""
    for _ in range(count):
        call()


def several_times_at_once(call: Callable[[], Any], count: int) -> None:
    """Calls, from `THREADS` threads; as many calls in all."""
    threads = [threading.Thread(target=several_times, args=(call, count // THREADS)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def null_server() -> Iterator[str]:
    """Compile and run the server; yields its URL."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "null_server")
        subprocess.run(["cc", "-O2", "-o", str(program), str(HERE / "null_server.c")], check=True)
        with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            try:
                yield f"http://127.0.0.1:{int(server.stdout.readline())}"
            finally:
                server.stdin.close()  # ends it
                server.wait(10)


def in_a_fresh_process(client: str, job: str, endpoint: str, requests: int) -> float:
    """One measurement."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", client, job, endpoint, "--requests", str(requests)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--json", action="store_true", help="print the medians as JSON")
    parser.add_argument("--one", nargs=3, metavar=("CLIENT", "JOB", "ENDPOINT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        client, job, endpoint = given.one
        sys.stdout.write(f"{measure(client, job, endpoint, given.requests)}\n")
        return
    found: dict[str, dict[str, list[float]]] = {job: {client: [] for client in CLIENTS} for job in JOBS}
    with null_server() as endpoint:
        for _ in range(given.rounds):
            for job in JOBS:
                for client in CLIENTS:
                    found[job][client].append(in_a_fresh_process(client, job, endpoint, given.requests))
    medians = {job: {name: statistics.median(times) for name, times in by.items()} for job, by in found.items()}
    if given.json:
        sys.stdout.write(json.dumps(medians, indent=2) + "\n")
        return
    sys.stdout.write(f"{'CPU ms':8}" + "".join(f"{client:>10}" for client in CLIENTS) + "   sdk/boto3  direct/boto3\n")
    for job, by in medians.items():
        ratios = f"{by['sdk'] / by['boto3']:12.2f}{by['direct'] / by['boto3']:14.2f}"
        sys.stdout.write(f"{job:8}" + "".join(f"{by[client]:10.3f}" for client in CLIENTS) + ratios + "\n")


if __name__ == "__main__":
    main()
