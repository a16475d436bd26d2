"""Where settings come from, which source wins, and what is remembered of it."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from holdall.config import load_config
from holdall.errors import InvalidConfiguration, UnknownStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.config.conftest import Sources

# Strongest first.
STRENGTH = ["call", "variable", "project", "user", "general", "default"]


def set_everywhere(sources: Sources, names: tuple[str, ...], setting: str, general: str) -> tuple[Any, dict[str, str]]:
    """Set a store's setting in the sources named, to a number that says which one it was."""
    numbers = {name: 11 + STRENGTH.index(name) for name in names}
    table, _, key = setting.rpartition(".")
    text = '[stores.lake]\nprovider = "cloud"\n' + (f"[stores.lake.{table}]\n" if table else "")
    sources.project(text + (f"{key} = {numbers['project']}\n" if "project" in names else ""))
    if "user" in names:
        sources.user(text + f"{key} = {numbers['user']}\n")
    environ = {}
    if "variable" in names:
        environ[f"HOLDALL_STORES__LAKE__{setting.replace('.', '__').upper()}"] = str(numbers["variable"])
    if "general" in names:
        environ[general] = str(numbers["general"])
    overrides: Any = numbers.get("call")
    for part in reversed(setting.split(".")):
        overrides = {part: overrides}
    return overrides if "call" in names else {}, environ


@pytest.mark.parametrize(("strong", "weak"), list(itertools.combinations(STRENGTH, 2)))
def test_precedence(sources: Sources, strong: str, weak: str) -> None:
    overrides, environ = set_everywhere(
        sources, (strong, weak), "transfer.max_concurrency", general="BLOB_MAX_CONCURRENCY"
    )
    store = sources.load(environ).resolve("lake", overrides)
    assert store.settings.transfer.max_concurrency == 11 + STRENGTH.index(strong)
    source = store.table["transfer", "max_concurrency"].source.text
    assert (
        source
        == {
            "call": "call argument transfer.max_concurrency",
            "variable": "HOLDALL_STORES__LAKE__TRANSFER__MAX_CONCURRENCY",
            "project": f"{sources.folder / 'holdall.toml'}: stores.lake.transfer.max_concurrency",
            "user": f"{sources.user_file}: stores.lake.transfer.max_concurrency",
            "general": "BLOB_MAX_CONCURRENCY",
        }[strong]
    )


def test_nobody_says_anything(sources: Sources) -> None:
    sources.project('[stores.lake]\nprovider = "cloud"\n')
    store = sources.load().resolve("lake")
    assert store.settings.transfer.max_concurrency == 10
    assert ("transfer", "max_concurrency") not in store.table


def test_tables_are_merged_key_by_key(sources: Sources) -> None:
    sources.user('[stores.lake]\nprovider = "cloud"\nregion = "user"\n[stores.lake.transfer]\nchunk_size = "5MiB"\n')
    sources.project("[stores.lake.transfer]\nmultipart_threshold = 7\nmax_concurrency = 1\n")
    environ = {"HOLDALL_STORES__LAKE__TRANSFER__MAX_CONCURRENCY": "3", "BLOB_CHUNK_SIZE": "9", "AWS_REGION": "general"}
    settings = sources.load(environ).resolve("lake", {"transfer": {"multipart_threshold": 8}}).settings
    assert settings.model_dump(
        include={"region": True, "transfer": {"multipart_threshold", "chunk_size", "max_concurrency"}}
    ) == {
        "region": "user",
        "transfer": {"multipart_threshold": 8, "chunk_size": 5 * 1024 * 1024, "max_concurrency": 3},
    }


def test_a_table_takes_the_place_of_a_value_and_the_reverse(sources: Sources) -> None:
    sources.user('[stores.lake]\nprovider = "cloud"\ntransfer = "fast"\nregion = { name = "x" }\n')
    sources.project('[stores.lake]\nregion = "y"\n[stores.lake.transfer]\nchunk_size = 5\n[stores.lake.connection]\n')
    settings = sources.load().resolve("lake", {"connection": {}}).settings
    assert (settings.transfer.chunk_size, settings.model_dump()["region"]) == (5, "y")


def test_an_empty_table_takes_nothing_away(sources: Sources) -> None:
    sources.user('[stores.lake]\nprovider = "cloud"\ntransfer.chunk_size = 5\n')
    sources.project("[stores.lake.transfer]\n")
    assert sources.load().resolve("lake", {"transfer": {}}).settings.transfer.chunk_size == 5


def test_a_settings_object_counts_with_what_was_set(sources: Sources) -> None:
    from holdall.config import TransferSettings

    sources.project('[stores.lake]\nprovider = "cloud"\n[stores.lake.transfer]\nchunk_size = 5\nmax_concurrency = 2\n')
    transfer = sources.load().resolve("lake", {"transfer": TransferSettings(max_concurrency=4)}).settings.transfer
    assert (transfer.chunk_size, transfer.max_concurrency) == (5, 4)


def test_none_as_an_argument_takes_a_setting_away(sources: Sources) -> None:
    sources.project('[stores.lake]\nprovider = "cloud"\nbucket = "mine"\n')
    assert sources.load().resolve("lake", {"bucket": None}).settings.spans_account


class TestFiles:
    def test_the_nearest_upward(self, sources: Sources) -> None:
        below = sources.folder / "a" / "b"
        below.mkdir(parents=True)
        sources.project('default_store = "top"\n')
        assert load_config(start=below, environ={}).files == (sources.folder / "holdall.toml",)
        nearer = below.parent / "holdall.toml"
        nearer.write_text('default_store = "near"\n')
        assert load_config(start=below, environ={}).default_store == "near"

    def test_pyproject(self, sources: Sources) -> None:
        path = sources.project('[tool.holdall.stores.lake]\nprovider = "cloud"\nregion = "here"\n', "pyproject.toml")
        store = sources.load().resolve("lake")
        assert store.table["region",].source.text == f"{path}: tool.holdall.stores.lake.region"

    def test_a_pyproject_of_others_is_passed_by(self, sources: Sources) -> None:
        sources.project('default_store = "top"\n')
        below = sources.folder / "below"
        below.mkdir()
        for text in ('[project]\nname = "x"\n', "no TOML at all", '[project]\ndependencies = ["holdall"]\n'):
            (below / "pyproject.toml").write_text(text)
            assert load_config(start=below, environ={}).default_store == "top"

    def test_in_one_folder_holdall_toml_counts_and_it_is_said(self, sources: Sources) -> None:
        from holdall.config import notes

        own = sources.project('default_store = "own"\n')
        assert notes(sources.load()) == []
        other = sources.project('[tool.holdall]\ndefault_store = "other"\n', "pyproject.toml")
        config = sources.load()
        assert (config.default_store, config.files) == ("own", (own,))
        assert notes(config) == [f"[tool.holdall] in {other} is not read, because there is {own}"]

    def test_a_variable_names_the_project_file(self, sources: Sources) -> None:
        sources.project('default_store = "near"\n')
        sources.project('default_store = "named"\n', "other.toml")
        assert sources.load({"HOLDALL_CONFIG": "other.toml"}).default_store == "named"
        assert sources.load({"HOLDALL_CONFIG": str(sources.folder / "other.toml")}).default_store == "named"
        assert sources.load({"HOLDALL_CONFIG": ""}).default_store == "near"

    def test_the_file_that_a_variable_names_must_be_there(self, sources: Sources) -> None:
        with pytest.raises(InvalidConfiguration, match=r"gone\.toml can't be read: No such file.*HOLDALL_CONFIG"):
            sources.load({"HOLDALL_CONFIG": "gone.toml"})
        sources.project("[tool.other]\n", "pyproject.toml")
        with pytest.raises(InvalidConfiguration, match=r"has no table \[tool\.holdall\]"):
            sources.load({"HOLDALL_CONFIG": "pyproject.toml"})

    def test_the_users_file_is_read_once_from_inside_its_folder(self, sources: Sources) -> None:
        path = sources.user('default_store = "x"\n')
        assert load_config(start=path.parent, environ={}).files == (path,)

    def test_the_current_folder_and_environment_by_default(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources.project('[stores.lake]\nprovider = "cloud"\n[stores.pond]\nprovider = "cloud"\n')
        monkeypatch.chdir(sources.folder)
        monkeypatch.setenv("HOLDALL_DEFAULT_STORE", "pond")
        assert load_config().default_store == "pond"

    def test_a_variable_set_to_nothing_is_not_set(self, sources: Sources) -> None:
        sources.project('default_store = "lake"\n')
        assert sources.load({"HOLDALL_DEFAULT_STORE": ""}).default_store == "lake"

    def test_relative_paths_start_from_their_file(self, sources: Sources) -> None:
        path = sources.project(
            '[stores.disk]\nprovider = "folder"\nroot = "data"\n[stores.home]\nprovider = "folder"\nroot = "~/x"\n'
            '[stores.lake]\nprovider = "cloud"\nregion = "data"\nconnection.ca_bundle = "../ca.pem"\n'
        )
        config = load_config(start=sources.folder, environ={})
        assert config.resolve("disk").settings.model_dump()["root"] == path.parent / "data"
        assert str(config.resolve("home").settings.model_dump()["root"]) == "~/x"
        assert str(config.resolve("disk", {"root": "data"}).settings.model_dump()["root"]) == "data"
        lake = config.resolve("lake").settings.model_dump()
        assert (lake["region"], lake["connection"]["ca_bundle"]) == ("data", path.parent / "../ca.pem")


class TestVariables:
    LAKE = '[stores.lake-dev]\nprovider = "cloud"\n'

    @pytest.mark.parametrize(
        "variable",
        [
            "HOLDALL_STORES__LAKE_DEV__REGION",
            "HOLDALL_STORES__LAKE-DEV__REGION",
            "HOLDALL_STORES__lake_dev__region",
            "holdall_stores__Lake_Dev__Region",
        ],
    )
    @pytest.mark.parametrize("name", ["lake-dev", "lake_dev", "Lake_Dev"])
    def test_store_names_in_any_spelling(self, sources: Sources, variable: str, name: str) -> None:
        sources.project(f'[stores.{name}]\nprovider = "cloud"\n')
        config = sources.load({variable: "here"})
        assert config.configured == (name,)
        assert config.resolve(name).settings.model_dump()["region"] == "here"

    def test_a_store_of_the_environment_alone(self, sources: Sources) -> None:
        environ = {"HOLDALL_STORES__LAKE_DEV__PROVIDER": "cloud", "HOLDALL_STORES__LAKE_DEV__BUCKET": "b"}
        config = sources.load(environ)
        assert (config.configured, config.default_store) == (("lake-dev",), "lake-dev")
        assert config.resolve("lake-dev").settings.bucket == "b"

    def test_two_stores_that_variables_can_not_tell_apart(self, sources: Sources) -> None:
        sources.project('[stores.a-b]\nprovider = "cloud"\n[stores.a_b]\nprovider = "cloud"\n')
        assert sources.load().resolve("a_b").name == "a_b"
        for variable, value in (("HOLDALL_STORES__A_B__REGION", "x"), ("HOLDALL_STORES__A_B", '{"region": "x"}')):
            with pytest.raises(InvalidConfiguration, match="can't tell the stores 'a-b' and 'a_b' apart"):
                sources.load({variable: value}).resolve("a-b")

    @pytest.mark.parametrize("secret", ["123456", "1e5", "true", "null", '{"a": 1}', "[x", ""])
    def test_a_secret_stays_as_it_is(self, sources: Sources, secret: str) -> None:
        sources.project(self.LAKE)
        settings: Any = sources.load({"HOLDALL_STORES__LAKE_DEV__SECRET_ACCESS_KEY": secret}).resolve().settings
        assert settings.secret_access_key.get_secret_value() == secret

    def test_values_are_read_as_their_settings_are(self, sources: Sources) -> None:
        sources.project(self.LAKE)
        prefix = "HOLDALL_STORES__LAKE_DEV__"
        environ = {
            prefix + "VERIFY": "false",
            prefix + "TRANSFER": '{"chunk_size": "8MiB", "max_concurrency": 2}',
            prefix + "TRANSFER__MAX_CONCURRENCY": "3",
            prefix + "CONNECTION__HOSTS": '["a", "b"]',
            prefix + "CONNECTION__PROXIES__HTTPS": "http://proxy",
            prefix + "CREDENTIALS__TYPE": "profile",
            prefix + "CREDENTIALS__PROFILE": "dev",
            prefix + "CAPABILITIES__PUT__IF_ABSENT": "no",
            prefix + "CAPABILITIES__LIST__PAGE_MAX": "100",
        }
        settings: Any = sources.load(environ).resolve().settings
        assert settings.verify is False
        assert (settings.transfer.chunk_size, settings.transfer.max_concurrency) == (8 * 1024 * 1024, 3)
        assert settings.connection.hosts == ["a", "b"]
        assert settings.connection.proxies["https"].get_secret_value() == "http://proxy"
        assert settings.credentials.profile == "dev"
        assert settings.capabilities == {"put.if_absent": "no", "list.page_max": 100}

    def test_whole_stores_as_json(self, sources: Sources) -> None:
        environ = {
            "HOLDALL_STORES": json.dumps({"lake": {"provider": "cloud", "region": "a", "bucket": "b"}}),
            "HOLDALL_STORES__LAKE": json.dumps({"region": "c", "prefix": "d/"}),
            "HOLDALL_STORES__LAKE__PREFIX": "e/",
        }
        for order in itertools.permutations(environ):
            store = sources.load({name: environ[name] for name in order}).resolve("lake")
            got = {key[0]: (setting.value, setting.source.text) for key, setting in store.table.items()}
            assert got == {
                "provider": ("cloud", "HOLDALL_STORES"),
                "bucket": ("b", "HOLDALL_STORES"),
                "region": ("c", "HOLDALL_STORES__LAKE"),
                "prefix": ("e/", "HOLDALL_STORES__LAKE__PREFIX"),
            }

    def test_general_variables_in_their_order(self, sources: Sources) -> None:
        sources.project(self.LAKE)
        both = {"AWS_DEFAULT_REGION": "second", "AWS_REGION": "first"}
        for environ, expected in ((both, "first"), ({**both, "AWS_REGION": ""}, "second")):
            assert sources.load(environ).resolve().settings.model_dump()["region"] == expected

    def test_general_variables_for_kinds_that_listen(self, sources: Sources) -> None:
        sources.project('[stores.disk]\nprovider = "folder"\nroot = "/x"\n')
        settings = sources.load({"BLOB_BUCKET": "general", "BLOB_CHUNK_SIZE": "7"}).resolve("disk").settings
        assert (settings.bucket, settings.transfer.chunk_size) == (None, 7)


class TestDefaultStore:
    def test_without_any_configuration_a_local_folder(self, sources: Sources, home: Path) -> None:
        config = sources.load()
        assert (config.configured, config.default_store) == ((), "default")
        store = config.resolve()
        assert store.kind.scheme == "file"
        assert store.settings.model_dump()["root"] == home / ".local" / "share" / "holdall" / "default"
        assert not (home / ".local").exists()

    def test_a_bucket_in_the_environment(self, sources: Sources) -> None:
        config = sources.load({"BLOB_BUCKET": "mine"})
        store = config.resolve()
        assert (store.name, store.kind.name, store.settings.bucket) == ("s3", "s3", "mine")
        assert config.resolve("default").kind.scheme == "file"

    def test_a_bucket_in_the_environment_beside_a_configured_store(self, sources: Sources) -> None:
        sources.project('[stores.disk]\nprovider = "folder"\nroot = "/x"\n')
        assert sources.load({"BLOB_BUCKET": "mine"}).default_store == "disk"

    def test_the_only_store_or_the_one_called_default(self, sources: Sources) -> None:
        sources.project('[stores.lake]\nprovider = "cloud"\n')
        assert sources.load().default_store == "lake"
        two = '[stores.lake]\nprovider = "cloud"\n[stores.pond]\nprovider = "cloud"\n'
        sources.project(two)
        with pytest.raises(InvalidConfiguration, match=r"Set default_store .* to one of lake, pond"):
            sources.load().resolve()
        sources.project(two + '[stores.default]\nprovider = "cloud"\n')
        assert sources.load().resolve().kind.name == "cloud"
        assert sources.load({"HOLDALL_DEFAULT_STORE": "pond"}).resolve().name == "pond"

    def test_a_default_that_is_not_there(self, sources: Sources) -> None:
        path = sources.project('default_store = "lke"\n[stores.lake]\nprovider = "cloud"\n')
        with pytest.raises(UnknownStore, match=rf"'lke' \(set by {path}: default_store\).*Did you mean 'lake'"):
            sources.load().resolve()

    def test_names(self, sources: Sources) -> None:
        sources.project('[stores.lake]\nprovider = "cloud"\n[stores.s3]\nprovider = "folder"\nroot = "/x"\n')
        assert sources.load().store_names() == ("lake", "s3", "default")
        assert sources.load().resolve("s3").kind.name == "folder"
        assert sources.load({"HOLDALL_DEFAULT_STORE": "lake"}).store_names() == ("lake", "s3")


def test_pydantic_settings_is_only_loaded_for_stores_with_variables(tmp_path: Path) -> None:
    (tmp_path / "holdall.toml").write_text('[stores.m]\nprovider = "memory"\n')
    program = (
        "import sys; from holdall.config import load_config; from pathlib import Path\n"
        f"assert load_config(start=Path({str(tmp_path)!r})).resolve().name == 'm'\n"
        "print([m for m in ('pydantic_settings', 'boto3', 'fsspec', 'click', 'holdall_s3') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
