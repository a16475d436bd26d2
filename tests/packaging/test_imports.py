"""What an import costs and what can be imported at all, seen from a clean interpreter outside the checkout."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Heavy, or an extra, or both: whoever uses none of it must not pay for it.
NOT_LOADED = ("boto3", "botocore", "s3transfer", "fsspec", "click", "rich", "duckdb", "dask", "opentelemetry.sdk")
PROVIDERS = ("holdall_s3", "holdall_local", "holdall_memory")


def run_python(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a new interpreter (isolated mode: no user site, no PYTHON… variables) below a folder."""
    return subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def loaded_by(statement: str, folder: Path) -> set[str]:
    """Return the names of all modules that are there after a statement."""
    done = run_python(f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')", folder)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_the_framework_loads_nothing_heavy_and_no_provider(tmp_path: Path) -> None:
    loaded = loaded_by("import holdall", tmp_path)
    assert "holdall" in loaded
    assert loaded.isdisjoint({*NOT_LOADED, *PROVIDERS})


@pytest.mark.parametrize("name", ["boto3", "fsspec", "click"])
def test_the_check_above_would_see_it(name: str, tmp_path: Path) -> None:
    assert name in loaded_by(f"import holdall, {name}", tmp_path)


@pytest.mark.parametrize("folder", ["storage", "providers"])
def test_the_outer_folders_are_no_packages(folder: str, tmp_path: Path) -> None:
    done = run_python(f"import {folder}", tmp_path)
    assert done.returncode == 1
    assert f"ModuleNotFoundError: No module named '{folder}'" in done.stderr


@pytest.mark.parametrize(
    ("module", "lacks", "extra"),
    [
        ("holdall.testing", "pytest", "testing"),
        ("holdall.testing", "hypothesis", "testing"),
        ("holdall.fsspec", "fsspec", "fsspec"),
    ],
)
def test_a_missing_extra_is_named_with_its_install_line(module: str, lacks: str, extra: str, tmp_path: Path) -> None:
    program = (
        f"import sys\nsys.modules[{lacks!r}] = None\n"
        "from holdall.errors import MissingExtra\n"
        f"try:\n    import {module}\nexcept MissingExtra as error:\n    print(error.hint, '|', error.message)\n"
    )
    done = run_python(program, tmp_path)
    assert done.stdout.startswith(f"pip install 'holdall[{extra}]' | "), done.stderr
    assert lacks in done.stdout.partition("|")[2]
