"""Runs scenarios that a test has as text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from s3tester.choosing import choose
from s3tester.loading import load
from s3tester.runner import Run, run
from s3tester.target import Target, from_endpoint
from tests.compat.fakes import ENVIRON

if TYPE_CHECKING:
    from pathlib import Path

    from s3tester.results import ScenarioResult
    from s3tester.scenario import Loaded
    from tests.servers import S3Server

HEAD = "title: Tests\nscenarios:\n"


def scenario(steps: str, **fields: Any) -> str:
    """A scenario as YAML.

    Args:
        steps: The steps of ``test``.
        **fields: Its other fields; ``id`` and ``feature`` are ``objects.put_get`` unless they are given.
    """
    known = {"id": "objects.put_get", "feature": "objects.put_get", "title": "A test", **fields}
    lines = [f"{name}: {value}" for name, value in known.items()]
    lines += ["test:", textwrap.indent(textwrap.dedent(steps).strip(), "  ")]
    return f"  - {textwrap.indent(chr(10).join(lines), '    ').lstrip()}\n"


def loaded(folder: Path, *scenarios: str) -> list[Loaded]:
    """Scenarios as ``load`` reads them."""
    file = folder / "scenarios.yaml"
    file.write_text(HEAD + "".join(scenarios), encoding="utf-8")
    return load([file])


def target_of(server: S3Server) -> Target:
    """A server of ``tests.servers`` as a target."""
    environ = {
        "AWS_ACCESS_KEY_ID": server.access_key_id,
        "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
        "AWS_REGION": server.region,
    }
    return from_endpoint(server.endpoint_url, name=server.name, environ=environ)


def fake_target(url: str) -> Target:
    """A fake as a target."""
    return from_endpoint(url, name="fake", environ=ENVIRON)


def run_all(folder: Path, target: Target, *scenarios: str, **options: Any) -> Run:
    """Runs scenarios."""
    return run(choose(loaded(folder, *scenarios), []), target, **options)


def run_one(folder: Path, target: Target, text: str, **options: Any) -> ScenarioResult:
    """Runs one scenario."""
    return run_all(folder, target, text, **options).results[0]
