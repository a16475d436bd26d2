"""What is wrong is said: which store, which setting, where it was set, what is allowed; and no secret with it."""

from __future__ import annotations

import pickle
import pprint
import traceback
from typing import TYPE_CHECKING

import pytest

from holdall.config import Explained, explain, load_config
from holdall.errors import (
    InvalidBucketName,
    InvalidConfiguration,
    MissingCredentials,
    StorageError,
    UnknownProvider,
    UnknownStore,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.config.conftest import Sources

LAKE = '[stores.lake]\nprovider = "cloud"\n'


def test_a_current_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(InvalidConfiguration, match="the current folder is not there any more"):
        load_config(environ={})


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("text", "where", "what"),
        [
            ('default_store = "a\n', "line 1, column 19", "Illegal character"),
            ("[stores.lake]\nprovider cloud\n", "line 2, column 10", "Expected '='"),
            ("a = 1\n[stores.lake\n\n", "line 2, column 13", "Expected ']'"),
            ('[stores.lake]\nprovider = """x', "line 2, column 16", "Unterminated string"),
            ("a = 1\na = 2\n", "line 2, column 6", "Cannot overwrite"),
        ],
    )
    def test_file_line_and_column(self, sources: Sources, text: str, where: str, what: str) -> None:
        for name, table in (("holdall.toml", ""), ("pyproject.toml", "# [tool.holdall]")):
            path = sources.project(text + table, name)
            error = sources.error()
            assert isinstance(error, InvalidConfiguration)
            assert str(path) in error.message
            if not table:
                assert where in error.message
                assert what in error.message
            path.unlink()

    def test_not_utf8(self, sources: Sources) -> None:
        path = sources.project("")
        path.write_bytes(b'a = 1\nb = "\xc3\xa4\xff"\n')
        assert sources.error().message == f"{path}, line 2, column 7: not UTF-8"

    def test_the_users_file(self, sources: Sources) -> None:
        path = sources.user("[stores")
        assert str(path) in sources.error().message

    def test_a_folder_of_that_name(self, sources: Sources) -> None:
        with pytest.raises(InvalidConfiguration, match="can't be read: Is a directory"):
            sources.load({"HOLDALL_CONFIG": str(sources.folder)})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('defalt_store = "a"', "'defalt_store' is not a setting (set by {}: defalt_store)", "Did you mean 'default_"),
        ("[store.lake]\na = 1", "'store' is not a setting (set by {}: store.lake.a)", "Did you mean 'stores'?"),
        ("xyz = 1", "'xyz' is not a setting (set by {}: xyz)", "'default_store' and 'stores' only"),
        ("default_store = 1", "'default_store' must be the name of a store (set by {}: default_store)", None),
        ("stores = 1", "'stores' must be a table (set by {}: stores)", "[stores.<name>]"),
        ('[stores]\nlake = "s3"', "'stores.lake' must be a table (set by {}: stores.lake)", "[stores.<name>]"),
        ('[stores."a/b"]\nx = 1', "'a/b' can't be the name of a store (set by {}: stores.a/b.x)", "letters, digits"),
    ],
)
def test_the_top_of_a_file(sources: Sources, text: str, message: str, hint: str | None) -> None:
    path = sources.project(text)
    with pytest.raises(InvalidConfiguration) as caught:
        sources.load()
    assert caught.value.message == message.format(path)
    assert (hint or "") in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("HOLDALL_DEFALT_STORE", "x", "'defalt_store' is not a setting (set by HOLDALL_DEFALT_STORE)"),
        ("HOLDALL_STORES", "lake", "the variable HOLDALL_STORES is not a JSON object"),
        ("HOLDALL_STORES", '{"lake": 1}', "the variable HOLDALL_STORES: a store's settings are a JSON object"),
        ("HOLDALL_STORES__LAKE", "[1]", "the variable HOLDALL_STORES__LAKE is not a JSON object"),
        ("HOLDALL_STORES__", "x", "the variable HOLDALL_STORES__ has an empty part in its name"),
        ("HOLDALL_STORES__LAKE__", "x", "the variable HOLDALL_STORES__LAKE__ has an empty part in its name"),
        ("HOLDALL_STORES__A/B__REGION", "x", "HOLDALL_STORES__A/B__REGION: 'a/b' can't be the name of a store"),
        ("HOLDALL_STORES__LAKE__TRANSFER", "x{", "the variable HOLDALL_STORES__LAKE__TRANSFER is not JSON"),
    ],
)
def test_variables(sources: Sources, variable: str, value: str, message: str) -> None:
    sources.project(LAKE)
    assert sources.error({variable: value}).message == message


class TestStores:
    def test_unknown_store(self, sources: Sources) -> None:
        sources.project(LAKE)
        error = sources.error(name="lkae")
        assert isinstance(error, UnknownStore)
        assert (error.message, error.hint) == ("there is no store 'lkae'", "Did you mean 'lake'?")
        assert sources.error(name="zzz").hint == "There are: lake, default, s3."

    def test_unknown_provider(self, sources: Sources) -> None:
        sources.project('[stores.lake]\nprovider = "clod"\n')
        error = sources.error()
        assert isinstance(error, UnknownProvider)
        assert error.hint == "Did you mean 'cloud'?"

    def test_no_provider(self, sources: Sources) -> None:
        sources.project('[stores.lake]\nbucket = "x"\n[stores.pond]\nprovider = 1\n')
        error = sources.error()
        assert error.message == "store 'lake' does not say which provider it is of"
        assert error.hint == "Set its provider to one of broken, cloud, folder, memory, s3."
        assert "'provider' must be the name of one (set by" in sources.error(name="pond").message

    def test_a_broken_plugin_is_an_error_only_for_those_who_use_it(self, sources: Sources) -> None:
        sources.project(LAKE + '[stores.bad]\nprovider = "broken"\n')
        assert sources.load().resolve("lake").name == "lake"
        assert sources.load().locate("s3://b/k").store.name == "lake"
        assert "can't be loaded" in sources.error(name="bad").message

    @pytest.mark.parametrize(
        ("settings", "message", "hint"),
        [
            (
                'regoin = "x"',
                "'regoin' is not a setting of provider 'cloud' (set by {}.regoin)",
                "Did you mean 'region'?",
            ),
            ("zzz = 1", "'zzz' is not a setting of provider 'cloud' (set by {}.zzz)", "Its settings are: bucket, cap"),
            (
                "transfer.chunksize = 1",
                "'transfer.chunksize' is not a setting of provider 'cloud' (set by {}.transfer.chunksize)",
                "Did you mean 'transfer.chunk_size'?",
            ),
            ('transfer.chunk_size = "8XiB"', "'transfer.chunk_size' must be a size (set by", "8MiB"),
            (
                "transfer.max_concurrency = 0",
                "'transfer.max_concurrency': input should be greater than or equal to 1",
                "",
            ),
            ("verify = [1]", "'verify': input should be a valid boolean (set by {}.verify)", ""),
            ('transfer = "fast"', "'transfer': input should be a valid dictionary", ""),
            ('connection.hosts = ["a", 1]', "'connection.hosts.1': input should be a valid string (set by {}", ""),
            ('endpoint_url = "ftp://u:pw@h"', "'endpoint_url': ftp://**********@h is not an http URL (set by {}", ""),
            (
                'credentials.type = "x"',
                "'credentials.type' must be one of 'static', 'profile' (set by {}.credentials.",
                "",
            ),
            (
                'credentials = { type = "profile", profil = "x" }',
                "'credentials.profil' is not a setting of provider 'cloud' (set by {}.credentials.profil)",
                "Did you mean 'credentials.profile'?",
            ),
            ('credentials = { type = "profile" }', "'credentials.profile' is missing", "'cloud' needs it"),
            ("capabilities.put.if_absnt = 1", "'capabilities': ", "put.if_absent"),
            ('bucket = "Big"', "'bucket': bucket names are in small letters (set by {}.bucket)", ""),
        ],
    )
    def test_settings(self, sources: Sources, settings: str, message: str, hint: str) -> None:
        path = sources.project(LAKE + settings + "\n")
        error = sources.error()
        assert type(error) is InvalidConfiguration
        assert message.format(f"{path}: stores.lake") in error.message
        assert hint in (error.hint or "")
        assert (error.store, error.provider) == ("lake", "cloud")

    def test_by_variable(self, sources: Sources) -> None:
        sources.project(LAKE)
        error = sources.error({"HOLDALL_STORES__LAKE__REGOIN": "x", "HOLDALL_STORES__LAKE__BUCKET__NAME": "y"})
        assert "'regoin' is not a setting of provider 'cloud' (set by HOLDALL_STORES__LAKE__REGOIN)" in error.message
        assert "'bucket': input should be a valid string (set by HOLDALL_STORES__LAKE__BUCKET__NAME)" in error.message
        assert error.hint == "Did you mean 'region'?"

    def test_by_argument(self, sources: Sources) -> None:
        sources.project(LAKE)
        error = sources.error(transfer={"chunk_sise": 1})
        assert "'transfer.chunk_sise' is not a setting" in error.message
        assert "(set by call argument transfer.chunk_sise)" in error.message
        assert error.hint == "Did you mean 'transfer.chunk_size'?"

    def test_arguments_with_names_that_are_none(self, sources: Sources) -> None:
        sources.project(LAKE)
        with pytest.raises(InvalidConfiguration, match="is of type int"):
            sources.load().resolve("lake", {"connection": {"proxies": {1: "x"}}})

    def test_a_rule_of_the_kind_keeps_its_class(self, sources: Sources) -> None:
        sources.project(LAKE + 'region = "nowhere"\n')
        error = sources.error()
        assert type(error) is MissingCredentials
        assert (error.message, error.hint) == ("nowhere needs credentials", "Set 'credentials'.")

    def test_a_bad_bucket_name_of_the_caller_is_an_error_of_the_request(self, sources: Sources) -> None:
        sources.project(LAKE)
        assert type(sources.error(bucket="Big")) is InvalidBucketName
        with pytest.raises(InvalidBucketName, match=r"small letters \(set by the location\)"):
            sources.load().locate("s3://Big/key")


MARKER = "mArKeR-a9f3"
EVERY_SETTING = f"""
secret_access_key = "{MARKER}"
talkative = "{MARKER}"
endpoint_url = "http://user:{MARKER}@host"
connection.proxies = {{ http = "{MARKER}" }}
credentials = {{ type = "static", access_key_id = "{MARKER}", secret_access_key = "{MARKER}" }}
"""


class TestSecrets:
    @pytest.mark.parametrize(
        "more",
        [
            f'regoin = "{MARKER}"',
            f'credentials_ = {{ a = "{MARKER}" }}',
            f'transfer.chunk_size = "{MARKER}"',
            f'transfer.max_concurrency = "{MARKER}"',
            f'verify = "{MARKER}"',
            f'connection = "{MARKER}"',
            f'capabilities.put.if_absent = "{MARKER}"\nbad = 1',
            f'provider_ = ["{MARKER}"]',
        ],
    )
    @pytest.mark.parametrize("by", ["file", "variable", "argument"])
    def test_no_error_repeats_input(self, sources: Sources, more: str, by: str) -> None:
        import tomllib

        own = tomllib.loads(more)
        base = EVERY_SETTING.replace("connection.proxies", "#") if "connection =" in more else EVERY_SETTING
        sources.project(LAKE + base + (more + "\n" if by == "file" else ""))
        environ = {}
        if by == "variable":
            import json

            environ = {
                f"HOLDALL_STORES__LAKE__{name}": value if isinstance(value, str) else json.dumps(value)
                for name, value in own.items()
            }
        error = sources.error(environ, **(own if by == "argument" else {}))
        self.assert_clean(error)

    @pytest.mark.parametrize(
        "text",
        [
            f'secret_access_key = "wrong-{MARKER}"',
            f'credentials = {{ type = "static", access_key_id = "{MARKER}", secret_access_ky = "{MARKER}" }}',
            f'credentials = {{ type = "{MARKER}" }}',
            f'secret_access_key = "{MARKER}',  # broken TOML
            f'"secret"access_key = "{MARKER}"',
            f'endpoint_url = "ftp://user:{MARKER}@host"',
        ],
    )
    def test_nor_when_a_secret_is_the_problem(self, sources: Sources, text: str) -> None:
        sources.project(LAKE + text + "\n")
        self.assert_clean(sources.error())

    @pytest.mark.parametrize(
        "name", ["HOLDALL_STORES", "HOLDALL_STORES__LAKE", "HOLDALL_STORES__LAKE__CONNECTION__HOSTS"]
    )
    def test_nor_when_a_variable_is_no_json(self, sources: Sources, name: str) -> None:
        sources.project(LAKE)
        self.assert_clean(sources.error({name: f'{{"a": "{MARKER}'}))

    def assert_clean(self, error: StorageError) -> None:
        """Nothing of the error, and nothing that hangs on it, has the marker."""
        shown = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error)) + str(error.details())
        assert MARKER not in shown
        assert MARKER.encode() not in pickle.dumps(error)
        assert error.__cause__ is None
        assert error.__context__ is None

    def test_nor_do_reprs_and_explanations(self, sources: Sources) -> None:
        sources.project(LAKE + EVERY_SETTING)
        sources.user(f'[stores.bad]\nprovider = "cloud"\nregoin = "{MARKER}"\nsecret_access_key = "{MARKER}"\n')
        environ = {
            "HOLDALL_STORES__ODD__PROVIDER": "not-there",
            "HOLDALL_STORES__ODD__ACCESS_KEY_ID": MARKER,
            "HOLDALL_STORES__LAKE__CONNECTION__PROXIES__HTTPS": MARKER,
        }
        config = sources.load(environ)
        store = config.resolve("lake")
        shown = repr(config) + repr(vars(config)["_variables"]) + repr(store) + repr(store.table) + str(store.settings)
        shown += repr(config.locate("blob://lake/b/k")) + pprint.pformat(explain(config))
        assert "region" in shown
        assert MARKER not in shown

    def test_a_configuration_is_not_pickled(self, sources: Sources) -> None:
        with pytest.raises(TypeError, match="holds secrets"):
            pickle.dumps(sources.load())


def test_every_effective_setting_is_explained(sources: Sources) -> None:
    path = sources.project(
        f'default_store = "lake"\n{LAKE}secret_access_key = "abc"\nendpoint_url = "http://u:p@host"\n'
        'capabilities.put.if_absent = "no"\n'
    )
    rows = {
        row.path: row
        for row in explain(sources.load({"HOLDALL_STORES__LAKE__TRANSFER__CHUNK_SIZE": "1KiB", "AWS_REGION": "r"}))
    }
    lake = f"{path}: stores.lake"
    for row in (
        Explained("default_store", "lake", f"{path}: default_store"),
        Explained("stores.lake.provider", "cloud", f"{lake}.provider"),
        Explained("stores.lake.secret_access_key", "**********", f"{lake}.secret_access_key", secret=True),
        Explained("stores.lake.endpoint_url", "http://**********@host", f"{lake}.endpoint_url"),
        Explained("stores.lake.capabilities.put.if_absent", "no", f"{lake}.capabilities.put.if_absent"),
        Explained("stores.lake.transfer.chunk_size", 1024, "HOLDALL_STORES__LAKE__TRANSFER__CHUNK_SIZE"),
        Explained("stores.lake.transfer.max_concurrency", 10, "default"),
        Explained("stores.lake.region", "r", "AWS_REGION"),
        Explained("stores.lake.bucket", None, "default"),
        Explained("stores.s3.provider", "s3", "built in"),
    ):
        assert rows[row.path] == row


def test_a_store_that_is_not_valid_is_explained_as_written(sources: Sources) -> None:
    path = sources.project(LAKE + 'region = "r"\nbad = "x"\n[stores.odd]\nprovider = "gone"\nbucket = "b"\nkey = "x"\n')
    rows = [row for row in explain(sources.load()) if not row.path.startswith("stores.s3")]
    lake, odd = f"{path}: stores.lake", f"{path}: stores.odd"
    assert rows[:7] == [
        Explained("default_store", None, "default"),
        Explained("stores.lake.provider", "cloud", f"{lake}.provider"),
        Explained("stores.lake.region", "r", f"{lake}.region"),
        Explained("stores.lake.bad", "**********", f"{lake}.bad", secret=True),
        Explained("stores.odd.provider", "gone", f"{odd}.provider"),
        Explained("stores.odd.bucket", "b", f"{odd}.bucket"),
        Explained("stores.odd.key", "**********", f"{odd}.key", secret=True),
    ]
