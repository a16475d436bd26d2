"""The error tree: what its drawing says, what every error can do."""

from __future__ import annotations

import concurrent.futures
import errno
import inspect
import multiprocessing
import pickle
import re
from typing import Any

import pytest

from holdall import errors
from holdall.errors import Retry, StorageError

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, StorageError)]
FAMILIES = {
    "ConfigurationError", "CredentialsError", "SigningError", "RequestError", "BucketError", "ObjectError",
    "MultipartError", "AccessError", "NetworkError", "ServerError", "ResponseError", "TransferError",
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "operation": "put",
    "store": "lake",
    "provider": "s3",
    "bucket": "analytics",
    "key": "a/b",
    "version_id": "v1",
    "code": "NoSuchKey",
    "http_status": 404,
    "request_id": "4442587FB7D0A2F9",
    "extended_request_id": "vlR7PnpV2Ce81l0PRw6jlU",
    "attempts": 3,
    "elapsed": 0.25,
    "retry_after": 1.5,
}


def drawn_tree() -> dict[str, tuple[str, str | None]]:
    """The tree in the module's docstring: name to (parent, builtin in brackets)."""
    assert errors.__doc__
    drawn: dict[str, tuple[str, str | None]] = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        found = re.match(r"    ((?:│   |    )*)(?:├── |└── )(\w+)(?: \[(\w+)\])?", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            drawn[found[2]] = (path[depth - 1] if depth else "StorageError", found[3])
    return drawn


def test_the_drawn_tree_is_the_tree() -> None:
    drawn = drawn_tree()
    assert set(drawn) == {cls.__name__ for cls in CLASSES} - {"StorageError"}
    for name, (parent, _) in drawn.items():
        assert getattr(errors, name).__bases__[0].__name__ == parent, name


def test_the_drawn_builtins_are_the_builtins() -> None:
    for name, (_, builtin) in drawn_tree().items():
        others = [base.__name__ for base in getattr(errors, name).__bases__[1:]]
        if builtin:
            assert others == [builtin], name
        else:
            assert set(others) <= {"OSError"}, name  # BucketNotEmpty: there is no builtin of its own for ENOTEMPTY


def test_there_are_twelve_families_and_everything_belongs_to_one() -> None:
    assert {cls.__name__ for cls in StorageError.__subclasses__()} == FAMILIES
    for cls in CLASSES:
        if cls is not StorageError:
            assert sum(issubclass(cls, getattr(errors, family)) for family in FAMILIES) == 1, cls


def test_all_names_are_exported() -> None:
    assert set(errors.__all__) == {cls.__name__ for cls in CLASSES} | {"Retry"}


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_survives_pickling_with_all_it_knows(cls: type[StorageError]) -> None:
    error = cls("what happened", retry=Retry.EXHAUSTED, sent=False, hint="do this", **FIELDS)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert again.details() == FIELDS
    assert (again.message, again.retry, again.hint) == ("what happened", Retry.EXHAUSTED, "do this")
    assert again.sent is False
    assert str(again) == str(error)
    assert getattr(again, "errno", None) == getattr(error, "errno", None)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_can_be_made_as_helpers_of_pickling_make_it(cls: type[StorageError]) -> None:
    bare = cls.__new__(cls)  # tblib does this in Dask's workers
    assert type(bare) is cls


def raise_error(name: str) -> None:
    raise getattr(errors, name)("from another process", **FIELDS) from KeyError("cause")


def test_errors_come_back_whole_from_a_process_pool() -> None:
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        futures = {cls: pool.submit(raise_error, cls.__name__) for cls in CLASSES}
        for cls, future in futures.items():
            error = future.exception(60)
            assert type(error) is cls
            assert error.details() == FIELDS
            assert error.message == "from another process"


@pytest.mark.parametrize("cls", CLASSES)
def test_defaults_are_quiet(cls: type[StorageError]) -> None:
    error = cls("what happened")
    assert error.details() == {}
    assert error.retry is cls.default_retry
    assert error.sent is cls.default_sent
    assert error.hint == cls.default_hint
    assert str(error).startswith("what happened")


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if issubclass(cls, OSError)])
def test_os_errors_have_their_number(cls: type[StorageError]) -> None:
    expected = {
        FileNotFoundError: errno.ENOENT,
        FileExistsError: errno.EEXIST,
        PermissionError: errno.EACCES,
        TimeoutError: errno.ETIMEDOUT,
    }
    number = next((number for builtin, number in expected.items() if issubclass(cls, builtin)), None)
    if cls.__name__ == "BucketNotEmpty":
        number = errno.ENOTEMPTY
    assert cls("what happened").errno == number


def test_context_is_filled_in_where_nothing_is_known_yet() -> None:
    error = errors.ObjectNotFound("no such object", key="mine")
    assert error.add_context(key="other", bucket="b", store=None) is error
    assert error.details() == {"key": "mine", "bucket": "b"}


def test_the_text_says_what_where_and_what_to_do() -> None:
    error = errors.AccessDenied("not allowed", hint="ask for s3:GetObject", **FIELDS)
    assert str(error) == (
        "not allowed [put, store lake, bucket analytics, key 'a/b', version v1, NoSuchKey 404, "
        "request 4442587FB7D0A2F9, 3 attempts] Hint: ask for s3:GetObject"
    )


def test_an_empty_key_is_told_too() -> None:
    assert "key ''" in str(errors.InvalidObjectKey("the key is empty", key=""))


def test_only_faults_that_pass_are_retried() -> None:
    safe = {cls.__name__ for cls in CLASSES if cls.default_retry is Retry.SAFE}
    assert safe == {
        "NetworkError", "ConnectionFailed", "DnsResolutionFailed", "OperationTimeout",
        "ServerError", "InternalError", "BadGateway", "ServiceUnavailable", "SlowDown",
        "StreamInterrupted", "IncompleteBody", "ChecksumMismatch",
    }  # fmt: skip


def test_a_long_key_is_shortened_in_the_text_and_whole_in_the_field() -> None:
    key = "logs/" + "x" * 1000 + "/last.csv"
    error = errors.ObjectNotFound(f"there is no object {key!r}", key=key)
    assert error.key == key
    assert error.message == f"there is no object {key!r}"
    text = str(error)
    assert key not in text
    assert text.count("x…x") == 2  # in the message and in the context
    assert text.count("'logs/xxx") == text.count("xxx/last.csv'") == 2
    assert len(text) < 350


def test_a_key_of_ordinary_length_is_shown_whole() -> None:
    key = "x" * errors.SHOWN_KEY
    assert str(errors.ObjectNotFound("gone", key=key)) == f"gone [key {key!r}]"
