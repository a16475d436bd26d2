"""The settings of whoever runs the tests do not reach them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.session

from tests.conftest import clean_environment

if TYPE_CHECKING:
    import pytest


def test_foreign_settings_are_hidden_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASOMEBODYELSE0000")
    monkeypatch.setenv("HOLDALL_DEFAULT_STORE", "production")
    before = dict(os.environ)
    with clean_environment(tmp_path):
        assert not [name for name in os.environ if name.startswith(("HOLDALL_", "BLOB_"))]
        assert [name for name in os.environ if name.startswith("AWS_")] == ["AWS_EC2_METADATA_DISABLED"]
        assert Path.home() == tmp_path
    assert dict(os.environ) == before


def test_no_credentials_are_found(home: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []
    assert botocore.session.Session().get_credentials() is None


def test_processes_that_tests_start_are_as_clean(home: Path) -> None:
    program = "import os, pathlib; print(pathlib.Path.home(), os.environ['XDG_CONFIG_HOME'])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.split() == [str(home), str(home / ".config")]
