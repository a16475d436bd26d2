"""What users may write for a store of each S3 kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

import holdall
from holdall import registry
from holdall.errors import InvalidConfiguration
from holdall_s3.config import AssumedRole, DefaultChain, NamedProfile, StaticKeys, WebIdentityRole
from holdall_s3.names import AWS_RULES, BUCKET_RULES, LEGACY_RULES
from holdall_s3.settings import AwsSettings, CephRgwSettings, MinioSettings, S3CompatibleSettings, S3Settings

if TYPE_CHECKING:
    from pathlib import Path

KINDS: dict[str, type[S3Settings]] = {
    "s3": AwsSettings,
    "minio": MinioSettings,
    "ceph-rgw": CephRgwSettings,
    "s3-compatible": S3CompatibleSettings,
}
OTHERS = ["minio", "ceph-rgw", "s3-compatible"]
KEYS = {"access_key_id": "the-id", "secret_access_key": "the-secret"}
ROLE = "arn:aws:iam::123456789012:role/reader"


def make(kind: str, **values: Any) -> S3Settings:
    """Validate settings of a kind, with an endpoint and keys where the kind insists and the test does not care."""
    if kind != "s3":
        values = {"endpoint_url": "http://127.0.0.1:9000"} | values
        if not values.keys() & {"access_key_id", "secret_access_key", "session_token", "profile", "credentials"}:
            values = KEYS | values
    return KINDS[kind].model_validate({"provider": kind, **values})


def problem(kind: str, **values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        make(kind, **values)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_are_registered(kind: str) -> None:
    assert registry.load(kind).settings is KINDS[kind]


# --- each kind offers what makes sense there ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_settings_are_refused(kind: str) -> None:
    assert "extra_forbidden" in problem(kind, buckett="lake")
    assert "extra_forbidden" in problem(kind, connection={"adressing": "path"})
    assert "extra_forbidden" in problem(kind, credentials={"profile": "dev", "region": "here"})


@pytest.mark.parametrize(
    ("setting", "value", "kinds"),
    [
        ("accelerate", True, {"s3"}),
        ("dualstack", True, {"s3"}),
        ("fips", True, {"s3"}),
        ("request_payer", True, {"s3", "ceph-rgw", "s3-compatible"}),
        ("store_family", "swift", {"s3-compatible"}),
        ("connection", {"tls_verify": False}, {"minio", "ceph-rgw", "s3-compatible"}),
    ],
)
def test_settings_that_only_some_kinds_have(setting: str, value: Any, kinds: set[str]) -> None:
    for kind in KINDS:
        if kind in kinds:
            make(kind, **{setting: value})
        else:
            assert "extra_forbidden" in problem(kind, **{setting: value})


@pytest.mark.parametrize("kind", OTHERS)
def test_stores_that_are_not_aws_need_an_endpoint(kind: str) -> None:
    with pytest.raises(ValidationError, match=r"endpoint_url\n  Field required"):
        KINDS[kind].model_validate({"provider": kind, **KEYS})


def test_the_provider_must_be_the_kinds_own() -> None:
    with pytest.raises(ValidationError, match="provider"):
        AwsSettings.model_validate({"provider": "minio"})


# --- endpoints ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("127.0.0.1:9000", "begins with https://"),
        ("ftp://host", "begins with https://"),
        ("http://", "names no host"),
        ("http://host:notaport", "malformed"),
        ("http://host:0", "names no host and port"),
        ("http://ho st", "names no host"),
        ("http://[::1", "malformed"),
        ("http://host/?x=1", "takes no '\\?'"),
        ("http://host/#top", "takes no '\\?'"),
    ],
)
def test_endpoints_that_can_not_be_used(url: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make("minio", endpoint_url=url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000", "https://s3.example.com", "https://host/gateway", "http://[::1]:80"]
)
def test_endpoints_that_can_be_used(url: str) -> None:
    assert make("minio", endpoint_url=url + "/").to_config().endpoint_url == url


def test_a_password_in_an_endpoint_is_refused_and_not_repeated() -> None:
    text = problem("minio", endpoint_url="http://admin:hunter2@host:9000")
    assert "no user name or password" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "values",
    [
        {"endpoint_url": "http://s3.eu-central-1.amazonaws.com"},
        {"connection": {"public_endpoint_url": "http://public.example.com"}},
        {"credentials": {"role_arn": ROLE, "sts_endpoint_url": "http://sts.example.com"}},
    ],
)
def test_plain_http_is_never_for_aws(values: dict[str, Any]) -> None:
    assert "plain http" in problem("s3", **values)


def test_private_endpoints_of_aws() -> None:
    url = "https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com"
    assert make("s3", endpoint_url=url).to_config().endpoint_url == url


@pytest.mark.parametrize("name", ["accelerate", "dualstack", "fips"])
def test_an_endpoint_contradicts_what_chooses_endpoints(name: str) -> None:
    assert "contradict" in problem("s3", endpoint_url="https://private.example.com", **{name: True})


# --- credentials -------------------------------------------------------------------------------------------------


def keys_of(source: object) -> tuple[str, str, str | None]:
    assert isinstance(source, StaticKeys)
    token = source.session_token
    return (
        source.access_key_id.get_secret_value(),
        source.secret_access_key.get_secret_value(),
        token.get_secret_value() if token else None,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_keys_flat_or_in_the_table(kind: str) -> None:
    token = KEYS | {"session_token": "the-token"}
    assert keys_of(make(kind, **KEYS).to_config().credentials) == ("the-id", "the-secret", None)
    assert keys_of(make(kind, **token).to_config().credentials) == ("the-id", "the-secret", "the-token")
    assert keys_of(make(kind, credentials=token).to_config().credentials) == ("the-id", "the-secret", "the-token")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "values",
    [{"profile": "dev"}, {"credentials": {"profile": "dev"}}, {"credentials": {"type": "profile", "profile": "dev"}}],
)
def test_a_profile(kind: str, values: dict[str, Any]) -> None:
    assert make(kind, **values).to_config().credentials == NamedProfile("dev")


def test_without_a_word_aws_takes_the_default_chain() -> None:
    assert make("s3").to_config().credentials == DefaultChain()


@pytest.mark.parametrize("kind", OTHERS)
def test_without_a_word_other_stores_take_nothing_and_never_go_anonymous(kind: str) -> None:
    with pytest.raises(ValidationError, match="names no credentials"):
        KINDS[kind].model_validate({"provider": kind, "endpoint_url": "http://127.0.0.1:9000"})
    assert make(kind, credentials={"type": "default"}).to_config().credentials == DefaultChain()


def test_a_role_is_asked_for_by_whoever_the_flat_settings_name() -> None:
    role = {"role_arn": ROLE, "external_id": "the-external-id", "duration_seconds": 900}
    by_chain = make("s3", credentials=role).to_config().credentials
    by_keys = make("s3", credentials=role, **KEYS).to_config().credentials
    by_profile = make("s3", credentials=role, profile="dev").to_config().credentials
    for source in (by_chain, by_keys, by_profile):
        assert isinstance(source, AssumedRole)
        assert (source.role_arn, source.duration_seconds, source.session_name) == (ROLE, 900, "holdall")
        assert source.external_id is not None
        assert source.external_id.get_secret_value() == "the-external-id"
    assert isinstance(by_chain, AssumedRole)
    assert by_chain.source == DefaultChain()
    assert isinstance(by_keys, AssumedRole)
    assert keys_of(by_keys.source) == ("the-id", "the-secret", None)
    assert isinstance(by_profile, AssumedRole)
    assert by_profile.source == NamedProfile("dev")


def test_a_web_identity_is_told_from_a_role_by_its_token_file(tmp_path: Path) -> None:
    source = make("s3", credentials={"role_arn": ROLE, "token_file": str(tmp_path / "t")}).to_config().credentials
    assert isinstance(source, WebIdentityRole)
    assert source.token_file == tmp_path / "t"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"access_key_id": "x"}, "'access_key_id' without 'secret_access_key'"),
        ({"secret_access_key": "x"}, "'secret_access_key' without 'access_key_id'"),
        ({"session_token": "x"}, "'session_token' without"),
        ({"session_token": "x", "access_key_id": "x"}, "without 'secret_access_key'"),
        ({**KEYS, "profile": "dev"}, "'profile' and 'access_key_id' contradict"),
        ({**KEYS, "credentials": {"type": "anonymous"}}, "'access_key_id' and credentials of type 'anonymous'"),
        ({**KEYS, "credentials": {"type": "default"}}, "contradict"),
        ({"profile": "dev", "credentials": {"profile": "other"}}, "'profile' and credentials of type 'profile'"),
        ({"profile": "dev", "credentials": {"role_arn": ROLE, "token_file": "/t"}}, "contradict"),
        ({"credentials": {}}, "does not say which source"),
        ({"credentials": {"profil": "dev"}}, "does not say which source"),
        ({"credentials": {"type": "anon"}}, "anonymous"),
        ({"credentials": {"role_arn": ROLE, "duration_seconds": 60}}, "greater than or equal to 900"),
        ({"credentials": {"role_arn": "reader"}}, "role_arn"),
        ({"credentials": {"role_arn": ROLE, "session_name": "with space"}}, "session_name"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_credentials_that_do_not_fit_together(kind: str, values: dict[str, Any], message: str) -> None:
    assert message in problem(kind, **values)


# --- addressing, acceleration, who pays --------------------------------------------------------------------------


def test_auto_addressing_is_the_path_for_all_but_aws() -> None:
    assert make("s3").to_config().addressing == "auto"
    for kind in OTHERS:
        assert make(kind).to_config().addressing == "path"
        virtual = make(kind, endpoint_url="https://s3.example.com", connection={"addressing": "virtual"})
        assert virtual.to_config().addressing == "virtual"


def test_virtual_addressing_where_it_can_not_work() -> None:
    virtual = {"connection": {"addressing": "virtual"}}
    named = {"endpoint_url": "https://s3.example.com"}
    assert "IP address" in problem("minio", **virtual)
    assert "has dots" in problem("minio", bucket="my.bucket", **named, **virtual)
    assert "has dots" in problem("s3", bucket="my.bucket", **virtual)
    make("minio", bucket="my.bucket", endpoint_url="http://s3.example.com", **virtual)
    make("minio", bucket="my.bucket", **named, connection={"addressing": "virtual", "tls_verify": False})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bucket": "my.bucket"}, "dots"),
        ({"connection": {"addressing": "path"}}, "host name"),
        ({"fips": True}, "no accelerated FIPS"),
    ],
)
def test_acceleration_where_it_can_not_work(values: dict[str, Any], message: str) -> None:
    assert message in problem("s3", accelerate=True, **values)
    assert make("s3", accelerate=True, bucket="my-bucket").to_config().accelerate


@pytest.mark.parametrize("kind", ["s3", "ceph-rgw", "s3-compatible"])
def test_nobody_can_not_pay(kind: str) -> None:
    assert "needs a requester" in problem(kind, request_payer=True, credentials={"type": "anonymous"})
    assert make(kind, request_payer=True).to_config().request_payer


# --- the rest ----------------------------------------------------------------------------------------------------


def test_checksums_nobody_asked_for_are_aws_own_habit() -> None:
    assert make("s3").to_config().checksums == "when_supported"
    assert make("s3", checksums="when_required").to_config().checksums == "when_required"
    for kind in OTHERS:
        assert make(kind).to_config().checksums == "when_refused"
        assert make(kind, checksums="when_supported").to_config().checksums == "when_supported"


def test_the_engine() -> None:
    assert [make("s3", engine=name).to_config().engine for name in ("direct", "sdk")] == ["direct", "sdk"]
    assert make("s3").to_config().engine == "auto"
    assert "auto" in problem("s3", engine="directly")


def test_regions() -> None:
    assert make("s3").to_config().region is None
    assert make("minio").to_config().region == "us-east-1"
    assert make("minio", region="auto").to_config().region == "auto"
    assert "region" in problem("s3", region="not a region")


def test_the_pool_follows_the_concurrency() -> None:
    assert make("s3").to_config().max_connections == 20
    assert make("s3", transfer={"max_concurrency": 2}).to_config().max_connections == 10
    assert make("s3", transfer={"max_concurrency": 64}).to_config().max_connections == 128
    assert make("s3", connection={"max_connections": 5}).to_config().max_connections == 5


def test_what_is_trusted(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    assert "ca_bundle" in problem("minio", connection={"ca_bundle": str(bundle)})
    assert "ca_bundle" in problem("minio", connection={"ca_bundle": 5})
    bundle.touch()
    assert make("minio").to_config().verify is None
    assert make("minio", connection={"ca_bundle": str(bundle)}).to_config().verify == str(bundle)
    assert make("minio", connection={"tls_verify": False}).to_config().verify is False
    assert "no effect" in problem("minio", connection={"ca_bundle": str(bundle), "tls_verify": False})


def test_files_in_the_home_folder(home: Path) -> None:
    (home / "ca.pem").touch()
    config = make("minio", connection={"ca_bundle": "~/ca.pem"}, credentials={"role_arn": ROLE, "token_file": "~/t"})
    assert config.to_config().verify == str(home / "ca.pem")
    source = config.to_config().credentials
    assert isinstance(source, WebIdentityRole)
    assert source.token_file == home / "t"


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout"])
@pytest.mark.parametrize("seconds", [0, -1, 86400])
def test_time_outs_have_bounds(name: str, seconds: int) -> None:
    assert name in problem("s3", connection={name: seconds})


def test_bucket_names_are_checked_by_the_rules_of_the_kind() -> None:
    for kind in KINDS:
        assert "'_' is not allowed" in problem(kind, bucket="my_bucket")
        assert "'/' is not allowed" in problem(kind, bucket="my/bucket")
    alias = "point-a1b2c3-s3alias"
    assert make("s3", bucket=alias).to_config().name_rules is AWS_RULES
    for kind in OTHERS:
        assert "for aliases of access points" in problem(kind, bucket=alias)
        assert make(kind, bucket="my-bucket").to_config().name_rules is BUCKET_RULES


@pytest.mark.parametrize("kind", ["ceph-rgw", "s3-compatible"])
def test_older_bucket_names_are_taken_where_the_settings_say_so(kind: str) -> None:
    assert "legacy_bucket_names" in problem(kind, bucket="My_Bucket")
    assert make(kind, bucket="My_Bucket", legacy_bucket_names=True).to_config().name_rules is LEGACY_RULES
    assert "'/' is not allowed" in problem(kind, bucket="my/bucket", legacy_bucket_names=True)


@pytest.mark.parametrize("kind", ["s3", "minio"])
def test_no_other_kind_has_older_bucket_names(kind: str) -> None:
    assert "extra_forbidden" in problem(kind, legacy_bucket_names=True)


SECRETS = {
    "access_key_id": "MARKER-id",
    "secret_access_key": "MARKER-secret",
    "session_token": "MARKER-token",
    "connection": {"proxies": {"https": "http://user:MARKER-proxy@proxy:3128"}},
    "credentials": {"role_arn": ROLE, "external_id": "MARKER-external"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_are_in_no_repr_and_no_dump(kind: str) -> None:
    settings = make(kind, **SECRETS)
    shown = [repr(settings), str(settings), repr(settings.to_config()), json.dumps(settings.model_dump(mode="json"))]
    assert not [text for text in shown if "MARKER" in text]
    assert "MARKER-secret" in settings.secret_access_key.get_secret_value()  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("broken", [{"buckett": "x"}, {"engine": "directly"}, {"profile": "dev"}, {"region": 5}])
def test_secrets_are_in_no_error(kind: str, broken: dict[str, Any]) -> None:
    assert "MARKER" not in problem(kind, **SECRETS, **broken)


class TestFamiliarNames:
    @pytest.mark.parametrize("kind", ["s3", "minio", "ceph-rgw", "s3-compatible"])
    def test_names_of_other_libraries_are_refused_with_ours(self, kind: str) -> None:
        from holdall import open_storage
        from holdall_s3.settings import FAMILIAR_NAMES

        given: dict[str, Any] = {"endpoint_url": "https://store.example"} if kind != "s3" else {}
        for name, ours in FAMILIAR_NAMES.items():
            with pytest.raises(InvalidConfiguration) as caught:
                open_storage("s3", provider=kind, bucket="data", **given | {name: "x"})
            assert caught.value.message.startswith(f"{name!r} is not a setting of provider"), name
            assert caught.value.hint == f"What other libraries call {name!r} is {ours} here."

    def test_tables_of_other_libraries_too(self) -> None:
        from holdall import open_storage

        with pytest.raises(InvalidConfiguration, match="What other libraries call 'client_kwargs' is endpoint_url"):
            open_storage("s3", bucket="data", client_kwargs={"endpoint_url": "http://127.0.0.1:9000"})

    def test_each_of_them_is_a_setting_and_none_is_one_itself(self) -> None:
        from holdall_s3.settings import FAMILIAR_NAMES, S3CompatibleSettings

        fields = set(S3CompatibleSettings.model_fields)
        assert fields.isdisjoint(FAMILIAR_NAMES)
        for name, ours in FAMILIAR_NAMES.items():
            assert any(field in ours for field in fields), name


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key", "session_token"])
def test_an_empty_secret_is_refused_and_not_sent(name: str) -> None:
    given: dict[str, Any] = {
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "secret_access_key": "s",
        "session_token": "t",
        name: "",
    }
    with pytest.raises(InvalidConfiguration, match=f"'{name}' is empty"):
        holdall.open_storage("s3://bucket", region="eu-central-1", **given)
