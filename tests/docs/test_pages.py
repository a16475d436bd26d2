"""Every example of README.md and of the documentation is run, page by page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tests.docs import run_page
from tests.docs.stand_ins import run_aws, run_minio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = [block for page in PAGES for block in run_page.parse(page)]
WITH_EXAMPLES = [page for page in PAGES if any(block.page == page and block.language != "text" for block in BLOCKS)]
PAGE_SECONDS = 300

NOT_RUN = {
    "it installs from the network": ("pip install ", "python -m venv ", "source "),
    "it sets up everything and runs the tests": ("make ", "git clone ", "cd "),
    "it needs servers that are not everywhere": (
        "python -m s3tester.stores ",
        'eval "$(python -m s3tester.stores ',
        "blob list blob://minio/",
        "HOLDALL_TEST_S3=",
    ),
}
"""The reasons for not running a block that are good ones, and what the lines of such a block may begin with."""


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory, _clean_session: None) -> Iterator[Mapping[str, str]]:
    with run_minio() as minio, run_aws(tmp_path_factory.mktemp("aws")) as aws:
        yield {**minio, **aws}


def run_in(folder: Path, page: Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-P", str(ROOT / "tests" / "docs" / "run_page.py"), str(page)],
        cwd=folder,
        env={**os.environ, **(environment or {}), "PATH": path},
        capture_output=True,
        text=True,
        timeout=PAGE_SECONDS,
        check=False,
    )


@pytest.mark.timeout(PAGE_SECONDS)
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_do_what_it_says(page: Path, stand_ins: Mapping[str, str], tmp_path: Path) -> None:
    done = run_in(tmp_path, page, stand_ins)
    assert done.returncode == 0, done.stderr


def test_all_blocks_are_of_a_language_that_is_run() -> None:
    assert [block for block in BLOCKS if block.language not in run_page.LANGUAGES and not is_quotation(block)] == []


def is_quotation(block: run_page.Block) -> bool:
    return block.language in run_page.QUOTED and bool(block.includes)


def test_only_installation_is_not_run() -> None:
    for block in BLOCKS:
        if block.not_run is not None:
            lines = [line.removeprefix("$ ") for line in block.text.splitlines() if line.strip()]
            assert all(line.startswith(NOT_RUN[block.not_run]) for line in lines), block


def test_what_is_written_to_a_file_is_used() -> None:
    for block in BLOCKS:
        if block.language == "python" and block.file_name:
            later = [other for other in BLOCKS if other.page == block.page and other.line > block.line]
            assert any(other.language == "console" and block.file_name in other.text for other in later), block


def test_what_is_quoted_is_there() -> None:
    quoted = [(block, name) for block in BLOCKS for name in block.includes]
    assert quoted
    assert [(block, name) for block, name in quoted if not (ROOT / name).is_file()] == []


# --- the runner itself ------------------------------------------------------------------------------------------------

FINE = """
```python
number = 6
```

```pycon
>>> number * 7
42
```

```toml
# holdall.toml
[stores.here]
provider = "memory"
```

```python
# script.py
import os
print("the answer is", os.environ["ANSWER"])
```

```console
$ export ANSWER=42
$ python \\
    script.py; ls holdall.toml
the answer is ...
holdall.toml
```

<!-- not run: it installs from the network -->

```console
$ false
```
"""


def write(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text)
    return page


def test_a_page_that_is_right_passes(tmp_path: Path) -> None:
    done = run_in(tmp_path, write(tmp_path, FINE))
    assert done.returncode == 0, done.stderr


def test_a_page_that_is_wrong_fails(tmp_path: Path) -> None:
    done = run_in(tmp_path, write(tmp_path, FINE.replace("42\n```", "43\n```")))
    assert done.returncode != 0
    assert "page.md, line " in done.stderr


@pytest.fixture
def _as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes back what a page does to the process that runs it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    with patch.dict(os.environ, {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}):
        yield


@pytest.mark.usefixtures("_as_it_was")
def test_a_page_that_is_right_passes_in_this_process(tmp_path: Path) -> None:
    run_page.run(write(tmp_path, FINE))


@pytest.mark.usefixtures("_as_it_was")
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("number = 6", "assert False"),
        ("number * 7", "nothing"),
        ("the answer is ...\nholdall", "the question is ...\nholdall"),
        ("the answer is ...\nholdall", "holdall"),
        ("ANSWER=42", "QUESTION=42"),
        ("; ls holdall.toml", "; false"),
        ("# holdall.toml\n", ""),
        ("[stores.here]", "[stores.here"),
        ("<!-- not run: it installs from the network -->", ""),
    ],
)
def test_whatever_is_wrong_with_a_page_it_fails(tmp_path: Path, right: str, wrong: str) -> None:
    assert FINE.count(right) == 1
    with pytest.raises(run_page.ExampleFailed, match=r"^page\.md, line "):
        run_page.run(write(tmp_path, FINE.replace(right, wrong)))
