"""The provider that "Write a provider" builds: made into a wheel, installed, found, and held to the conformance kit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "docs" / "how-to" / "sample-provider"
KIT_SECONDS = 600
# SQLite waits for the disk at each write; these files need not survive anything.
MEMORY = next((folder for folder in ["/dev/shm"] if os.access(folder, os.W_OK)), None)  # noqa: S108 - a folder made in it
# What the kit must notice, by the one line in which it hides: the line, what it becomes, and tests that must then fail.
DEFECTS = {
    "create-only overwrites": (
        "provider.py",
        "if_absent=options.if_absent",
        "if_absent=False",
        "test_create_only",
    ),
    "an option is dropped in silence": (
        "rows.py",
        "if field.name not in known and",
        "if False and",
        "test_options_of_another_provider_are_refused_unsent",
    ),
    "the last key of a page is lost": (
        "listing.py",
        "items = list(islice(walk, limit))",
        "items = list(islice(walk, limit)); next(walk, None)",
        "test_everything_in_pages_of_every_size",
    ),
}


def run(*command: str, folder: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"PYTHONPATH": str(site)} if site else {})}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, _clean_session: None) -> Path:
    """A folder with the installed sample; offline, since the build's own needs are in the environment."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = ("-m", "pip", "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps")
    built = run(*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", "dist", "./source", folder=folder)
    assert built.returncode == 0, built.stderr
    [wheel] = (folder / "dist").glob("*.whl")
    installed = run(*pip, "install", *offline, "--target", "site", str(wheel), folder=folder)
    assert installed.returncode == 0, installed.stderr
    return folder / "site"


def run_kit(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the sample's own tests; nothing of its source is in reach, only what was installed."""
    shutil.copytree(SOURCE / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    plugins = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
    with tempfile.TemporaryDirectory(dir=MEMORY) as files:
        options = ("-q", "-W", "error", *plugins, f"--basetemp={files}/kit", *arguments)
        return run("-m", "pytest", *options, "tests", folder=folder, site=site)


def test_it_is_found_by_its_entry_point(site: Path, tmp_path: Path) -> None:
    (tmp_path / "holdall.toml").write_text('[stores.notes]\nprovider = "sqlite"\npath = "notes.db"\n')
    program = (
        "import holdall\n"
        "with holdall.open_storage('blob://notes/a/') as notes:\n"
        "    notes.put('key', b'data', metadata={'from': 'sqlite'})\n"
        "print([entry.key for entry in holdall.open_storage('notes').list()])\n"
    )
    done = run("-c", program, folder=tmp_path, site=site)
    assert (done.stdout, done.stderr) == ("['a/key']\n", "")
    assert (tmp_path / "notes.db").is_file()
    stores = run("-m", "holdall", "stores", "--format", "text", folder=tmp_path, site=site)
    assert "notes\tsqlite\t" in stores.stdout


def test_its_settings_are_checked_like_those_of_any_kind(site: Path, tmp_path: Path) -> None:
    (tmp_path / "holdall.toml").write_text('[stores.notes]\nprovider = "sqlite"\npaht = "notes.db"\n')
    done = run("-m", "holdall", "list", "blob://notes/", folder=tmp_path, site=site)
    assert done.returncode == 2
    assert "Did you mean 'path'?" in done.stderr


@pytest.mark.timeout(KIT_SECONDS)
def test_the_conformance_kit_is_green(site: Path, tmp_path: Path) -> None:
    done = run_kit(site, tmp_path)
    assert done.returncode == 0, done.stdout[-5000:]
    passed = int(done.stdout.splitlines()[-1].split(" passed")[0].rpartition(" ")[2])
    assert passed > 300  # the kit was really run


@pytest.mark.timeout(KIT_SECONDS)
def test_the_kit_notices_every_defect(site: Path, tmp_path: Path) -> None:
    """All at once, in one run: none of them has a part in the failure of another's test."""
    copy = tmp_path / "site"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for file, line, broken, _ in DEFECTS.values():
        target = copy / "holdall_sqlite" / file
        text = target.read_text()
        assert text.count(line) == 1
        target.write_text(text.replace(line, broken))
    tests = [test for *_, test in DEFECTS.values()]
    done = run_kit(copy, tmp_path, "-rf", "-k", " or ".join(tests))
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    for test in tests:
        assert re.search(rf"^FAILED \S+::{test}\b", done.stdout, re.MULTILINE), done.stdout
