"""Bodies of any size go through in little memory. ``S3TESTER_BIG=1GiB`` makes them larger."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.compat.running import HEAD, scenario

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import S3Server

SIZE = os.environ.get("S3TESTER_BIG", "96MiB")
ROOM = 64 << 10
"""KiB that the process may grow by."""
STEPS = """
- call: PutObject
  with: {Bucket: "${bucket}", Key: "${key}", Body: {random: SIZE, seed: 7}}
- call: GetObject
  with: {Bucket: "${bucket}", Key: "${key}"}
  expect: {body: {equals: {random: SIZE, seed: 7}}}
  otherwise: corrupt
- http: {path: "/${bucket}/${key}"}
  expect: {body: {equals: {random: SIZE, seed: 7}}}
  otherwise: corrupt
- http: {method: PUT, path: "/${bucket}/${key}-2", sign: unsigned-payload, body: {zeros: SIZE}}
- multipart: {bucket: "${bucket}", key: "${key}-3", parts: [{random: SIZE}, {text: end}]}
"""
PROGRAM = """
import resource, sys
from s3tester.cli import run
code = run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def peak_of(server: S3Server, file: Path) -> int:
    """The most memory that a run took, KiB."""
    environ = {
        **os.environ, "AWS_ACCESS_KEY_ID": server.access_key_id, "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
    }  # fmt: skip
    command = [sys.executable, "-c", PROGRAM, "run", "--endpoint", server.endpoint_url, "--scenarios", str(file)]
    command += ["--format", "json"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr + done.stdout
    assert {each["verdict"] for each in json.loads(done.stdout)["results"]} == {"supported"}
    return int(done.stderr.split()[-1])


@pytest.mark.timeout(700)
def test_a_large_body_takes_little_memory(rclone_server: S3Server, tmp_path: Path) -> None:
    small, big = tmp_path / "small.yaml", tmp_path / "big.yaml"
    small.write_text(HEAD + scenario(STEPS.replace("SIZE", "6MiB")))
    big.write_text(HEAD + scenario(STEPS.replace("SIZE", SIZE), time_limit=600))
    assert peak_of(rclone_server, big) - peak_of(rclone_server, small) < ROOM
