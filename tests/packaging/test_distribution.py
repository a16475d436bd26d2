"""What is in the wheel and the source distribution, and what the wheel alone can do."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from configparser import ConfigParser
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
EXTRAS = {
    "s3": {"boto3"},
    "fsspec": {"fsspec"},
    "cli": {"click", "rich"},
    "testing": {"pytest", "hypothesis"},
    "s3tester": {"boto3", "click", "rich", "jmespath", "pyyaml"},
    "all": {"boto3", "fsspec", "click", "rich", "pytest", "hypothesis", "jmespath", "pyyaml"},
}
SOURCES = {
    "holdall": ROOT / "storage",
    "holdall_s3": ROOT / "providers",
    "holdall_local": ROOT / "providers",
    "holdall_memory": ROOT / "providers",
    "s3tester": ROOT / "compat-matrix",
}
DATA = ("scenarios", "stores", "results")
"""Folders beside s3tester that a wheel has inside of it."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both distributions, the wheel from the unpacked source distribution, without the network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata(wheel: Path, name: str) -> str:
    """Return one file of the wheel's dist-info folder."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (entry for entry in archive.namelist() if entry.endswith(f".dist-info/{name}"))
        return archive.read(path).decode()


def test_one_wheel_for_every_python(wheel: Path) -> None:
    assert wheel.name == f"holdall-{VERSION}-py3-none-any.whl"


def test_the_wheel_has_the_packages_and_nothing_else(wheel_names: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel_names} == {*SOURCES, f"holdall-{VERSION}.dist-info"}


@pytest.mark.parametrize("package", SOURCES)
def test_the_wheel_has_every_file_of_a_package(package: str, wheel_names: set[str]) -> None:
    source = SOURCES[package]
    expected = {
        path.relative_to(source).as_posix()
        for path in (source / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    if package == "s3tester":
        expected |= {
            f"{package}/data/{path.relative_to(source).as_posix()}"
            for folder in DATA
            for path in (source / folder).rglob("*")
            if path.is_file()
        }
    assert {name for name in wheel_names if name.startswith(f"{package}/")} == expected
    assert f"{package}/py.typed" in expected


def test_the_wheel_carries_the_licence(wheel: Path) -> None:
    assert "Apache License" in metadata(wheel, "licenses/LICENSE")
    assert Parser().parsestr(metadata(wheel, "METADATA"))["License-Expression"] == "Apache-2.0"


def test_heavy_packages_are_extras(wheel: Path) -> None:
    fields = Parser().parsestr(metadata(wheel, "METADATA"))
    assert fields["Requires-Python"] == ">=3.11"
    required = [Requirement(text) for text in fields.get_all("Requires-Dist", [])]
    core = {requirement.name for requirement in required if requirement.marker is None}
    assert core == {"anycrc", "platformdirs", "pydantic", "pydantic-settings", "tenacity"}
    assert {extra: names_of_extra(required, extra) for extra in EXTRAS} == EXTRAS


def names_of_extra(required: list[Requirement], extra: str) -> set[str]:
    """Return the names of the distributions that an extra adds to the core."""
    return {
        requirement.name
        for requirement in required
        if requirement.marker is not None and requirement.marker.evaluate({"extra": extra})
    }


def test_entry_points(wheel: Path) -> None:
    parser = ConfigParser()
    parser.read_string(metadata(wheel, "entry_points.txt"))
    assert set(parser["holdall.providers"]) == {"s3", "minio", "ceph-rgw", "s3-compatible", "local", "memory"}
    assert dict(parser["fsspec.specs"]) == {"blob": "holdall.fsspec:BlobFileSystem"}
    assert dict(parser["universal_pathlib.implementations"]) == {"blob": "holdall.fsspec.upath:BlobPath"}
    assert dict(parser["console_scripts"]) == {"blob": "holdall.cli:main", "s3tester": "s3tester.cli:main"}


def test_the_source_distribution_has_what_a_packager_needs(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", "tests/conftest.py"} <= names
    assert {"storage/holdall/__init__.py", "providers/holdall_s3/__init__.py"} <= names


def test_the_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # From the zip itself, ahead of the editable install: whatever answers comes out of the wheel.
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import holdall, holdall_s3, holdall_local, holdall_memory, s3tester\n"
        "for module in (holdall, holdall_s3, holdall_local, holdall_memory, s3tester):\n"
        "    assert module.__file__.startswith(sys.argv[1]), module.__file__\n"
        "print('all from the wheel')"
    )
    command = [sys.executable, "-I", "-c", program, str(wheel)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "all from the wheel\n", done.stderr


def test_the_oldest_versions_tested_are_the_oldest_allowed(wheel: Path) -> None:
    fields = Parser().parsestr(metadata(wheel, "METADATA"))
    allowed = {
        requirement.name: min(Version(part.version) for part in requirement.specifier if part.operator == ">=")
        for requirement in map(Requirement, fields.get_all("Requires-Dist", []))
    }
    lines = (ROOT / "tests" / "constraints-oldest.txt").read_text().splitlines()
    tested = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert {name: Version(text) for name, text in tested.items()} == allowed
