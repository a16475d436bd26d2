"""The settings of retries: what is taken, what is refused, and what messages say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from holdall import errors
from holdall.config import ResilienceSettings, explain_store, load_config
from holdall.config.retry_table import RETRIES, category_of
from holdall.errors import InvalidConfiguration, StorageError

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
[stores.lake]
provider = "memory"

[stores.lake.resilience]
deadline = 60
overrides = { slow_down = { max_attempts = 8, base_delay = 2.0 }, bad_gateway = "never" }
"""


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "holdall.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)


def resilience(**overrides: Any) -> ResilienceSettings:
    return load_config().resolve("lake", overrides).settings.resilience


@pytest.mark.usefixtures("lake")
def test_a_file_says_how_a_category_is_tried_again() -> None:
    told = resilience()
    assert told.deadline == 60
    assert (told.overrides["slow_down"].max_attempts, told.overrides["slow_down"].base_delay) == (8, 2.0)
    assert (told.overrides["bad_gateway"].max_attempts, told.overrides["bad_gateway"].base_delay) == (1, None)


@pytest.mark.usefixtures("lake")
def test_the_environment_changes_one_number_of_a_category(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDALL_STORES__LAKE__RESILIENCE__OVERRIDES__SLOW_DOWN__MAX_ATTEMPTS", "9")
    monkeypatch.setenv("HOLDALL_STORES__LAKE__RESILIENCE__OVERRIDES__INTERNAL_ERROR", "never")
    told = resilience().overrides
    assert (told["slow_down"].max_attempts, told["slow_down"].base_delay) == (9, 2.0)
    assert told["internal_error"].max_attempts == 1


@pytest.mark.usefixtures("lake")
def test_every_number_is_shown_with_its_source() -> None:
    rows = {row.path: row for row in explain_store(load_config().resolve("lake"))}
    eight = rows["resilience.overrides.slow_down.max_attempts"]
    assert (eight.value, eight.source.endswith("slow_down.max_attempts"), eight.secret) == (8, True, False)
    never = rows["resilience.overrides.bad_gateway.max_attempts"]
    assert (never.value, never.source.endswith("overrides.bad_gateway")) == (1, True)
    assert (rows["resilience.max_delay"].value, rows["resilience.max_delay"].source) == (20.0, "default")


def test_what_is_not_valid_is_shown_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from holdall.config import explain

    (tmp_path / "holdall.toml").write_text(FILE.replace("deadline = 60", "deadline = 0"))
    monkeypatch.chdir(tmp_path)
    rows = {row.path: row.value for row in explain(load_config())}
    assert rows["stores.lake.resilience.overrides.slow_down.max_attempts"] == 8
    assert rows["stores.lake.resilience.overrides.bad_gateway"] == "never"


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"overrides": {"slow_dwn": "never"}}, ["'slow_dwn'", "Did you mean 'slow_down'?"]),
        ({"overrides": {"xyz": "never"}}, ["'xyz'", "internal_error"]),
        (
            {"overrides": {"slow_down": {"max_atempts": 1}}},
            ["resilience.overrides.slow_down.max_atempts", "attempts'?"],
        ),
        ({"overrides": {"slow_down": "sometimes"}}, ["resilience.overrides.slow_down"]),
        ({"overrides": {"slow_down": {"max_attempts": 0}}}, ["slow_down.max_attempts", "greater than or equal to 1"]),
        ({"overrides": {"slow_down": {"base_delay": -1}}}, ["slow_down.base_delay"]),
        ({"deadlin": 3}, ["Did you mean 'resilience.deadline'?"]),
        ({"deadline": 0}, ["resilience.deadline", "greater than 0"]),
        ({"max_delay": -1}, ["resilience.max_delay"]),
        ({"retry_budget": -1}, ["resilience.retry_budget"]),
        ({"max_attempts": 0}, ["resilience.max_attempts"]),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], says: list[str]) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        resilience(resilience=given)
    for text in says:
        assert text in str(caught.value)


def test_an_error_belongs_to_the_nearest_category_above_it() -> None:
    assert category_of(errors.SlowDown) == "slow_down"
    assert category_of(errors.OperationTimeout) == "operation_timeout"
    assert category_of(errors.XmlParseError) == "storage_error"

    class Busier(errors.SlowDown):
        """A plugin's own."""

    assert category_of(Busier) == "slow_down"


def test_every_category_is_an_error_of_the_tree() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StorageError)]
    assert {category_of(kind) for kind in kinds} == set(RETRIES)
