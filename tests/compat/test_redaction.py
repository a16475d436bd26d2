"""What results and logs never show."""

from __future__ import annotations

import pytest

from s3tester.redaction import Redactor


@pytest.mark.parametrize("text", ["key=rosebud-rosebud;", "xrosebud-rosebudx", "rosebud-rosebud"])
def test_a_secret_is_hidden_wherever_it_stands(text: str) -> None:
    assert "rosebud" not in Redactor(["rosebud-rosebud"]).text(text)


def test_a_secret_is_hidden_as_it_stands_in_an_address() -> None:
    assert "tester%2Ftesting" not in Redactor(["tester/testing"]).text("?id=tester%2Ftesting")


@pytest.mark.parametrize("text", ["<Key>test</Key>", "key test", '"test"', "id=test&x", "test:"])
def test_a_short_secret_is_hidden_as_a_word(text: str) -> None:
    assert "test" not in Redactor(["test"]).text(text)


@pytest.mark.parametrize("text", ["test[0] PutObject", "s3tester-1", "the latest", "my-test-bucket"])
def test_a_short_secret_does_not_spoil_other_words(text: str) -> None:
    assert Redactor(["test"]).text(text) == text
