"""Exit codes, held against every class in `holdall.errors`, written down here once more and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdall import errors
from holdall.cli.exits import exit_code
from holdall.cli.failures import handle, solution_for
from holdall.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.storage.cli.conftest import Done

FAMILIES: dict[type[errors.StorageError], int] = {
    errors.ObjectError: 1,
    errors.BucketError: 1,
    errors.ConfigurationError: 2,
    errors.RequestError: 2,
    errors.CredentialsError: 3,
    errors.SigningError: 3,
    errors.MultipartError: 3,
    errors.AccessError: 3,
    errors.NetworkError: 3,
    errors.ServerError: 3,
    errors.ResponseError: 3,
    errors.TransferError: 3,
}
NOT_THERE = errors.UploadNotFound
"""Named by the user and not there, as an object or a bucket that is not; the others of its family are the store's."""
CLASSES = [getattr(errors, name) for name in errors.__all__ if name not in {"Retry", "StorageError"}]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_the_code_of_its_family(kind: type[errors.StorageError]) -> None:
    (family,) = [each for each in FAMILIES if issubclass(kind, each)]
    assert exit_code(kind("x")) == (1 if kind is NOT_THERE else FAMILIES[family])


def test_hints_about_ranges_are_in_the_words_of_the_command_line(blob: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"short")
    blob("put", "f", "blob://lake/k")
    done = blob("get", "blob://lake/k", "t", "--range", "100-200", code=1)
    assert "Solution: 'blob head' tells the object's size; '--range -N' gets its last N bytes.\n" in done.stderr
    assert "None" not in done.stderr


def test_a_subcommand_that_is_almost_one_is_named(blob: Callable[..., Done]) -> None:
    done = blob("lst", code=2)
    assert done.stderr.startswith("Error: No such command 'lst'. Did you mean 'list'?\n")
    assert "mean" not in blob("zzz", code=2).stderr


def test_what_moves_one_object_says_so_where_many_are_asked_for(blob: Callable[..., Done]) -> None:
    done = blob("put", ".", "blob://lake/", "--recursive", code=2)
    assert "chunk-size" not in done.stderr
    assert "for file in" in done.stderr
    assert "a loop over 'blob list'" in blob("get", "blob://lake/", "--recursive", code=2).stderr


def test_a_plugins_own_error_counts_as_the_stores() -> None:
    class Odd(errors.StorageError):
        pass

    assert exit_code(Odd("x")) == 3


@pytest.mark.parametrize(
    "kind", [kind for kind in CLASSES if kind is not errors.RangeNotSatisfiable], ids=lambda kind: kind.__name__
)
def test_every_error_is_written_in_the_documented_form(
    kind: type[errors.StorageError], capsys: pytest.CaptureFixture[str]
) -> None:
    error = kind("it went\nwrong", key="a\x1b[31mb", bucket="lake", http_status=418, hint="do better")
    code = handle(error, Session())
    assert code == exit_code(error)
    assert capsys.readouterr().err.splitlines() == [
        "Error: it went\\nwrong: a\\x1b[31mb",
        "",
        "Solution: do better",
        "",
        "Details:",
        f"  - error: {kind.__name__}",
        "  - bucket: lake",
        "  - key: a\\x1b[31mb",
        "  - http_status: 418",
    ]


@pytest.mark.parametrize(
    "kind",
    [
        errors.ObjectNotFound,
        errors.ObjectAlreadyExists,
        errors.PreconditionFailed,
        errors.BucketNotFound,
        errors.AccessDenied,
        errors.SignatureDoesNotMatch,
        errors.ConnectionFailed,
        errors.InternalError,
        errors.ChecksumMismatch,
        errors.CredentialsNotFound,
    ],
)
def test_what_happens_often_has_a_solution_in_the_words_of_the_command(kind: type[errors.StorageError]) -> None:
    solution = solution_for(kind("x"))
    assert solution
    assert "if_absent" not in solution


def test_a_hint_of_the_error_itself_counts_more() -> None:
    assert solution_for(errors.ObjectNotFound("x", hint="look under the bed")) == "look under the bed"


@pytest.mark.parametrize("verbose", [False, True])
def test_a_mistake_of_ours_is_a_short_message_and_70(verbose: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001
    def fails() -> None:
        raise ZeroDivisionError("password: hunter2")

    with pytest.raises(ZeroDivisionError) as raised:
        fails()
    assert handle(raised.value, Session(verbose=verbose)) == 70
    err = capsys.readouterr().err
    assert "Error: something unexpected happened (ZeroDivisionError)" in err
    assert ("Traceback" in err) is verbose
    assert ("hunter2" in err) is verbose


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert handle(KeyboardInterrupt(), Session()) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_what_the_file_system_refuses_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert handle(PermissionError(13, "Permission denied", "x.csv"), Session()) == 1
    assert capsys.readouterr().err == "Error: x.csv: Permission denied\n"


def test_a_message_that_ends_with_a_full_stop_goes_on_without(capsys: pytest.CaptureFixture[str]) -> None:
    handle(errors.AccessDenied("Access Denied.", bucket="lake"), Session())
    assert capsys.readouterr().err.startswith("Error: Access Denied: lake\n")
