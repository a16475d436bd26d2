"""What a location leads to: which store, which bucket, which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdall.errors import InvalidConfiguration, InvalidLocation, UnknownProvider, UnknownStore
from holdall.locations import parse_location

if TYPE_CHECKING:
    from holdall.config import Target
    from tests.storage.config.conftest import Sources

STORES = """
[stores.aws]
provider = "s3"
prefix = "below/"

[stores.lake]
provider = "cloud"
bucket = "analytics"
prefix = "raw/"
region = "eu"

[stores.disk]
provider = "folder"
root = "/data"
"""


def parts(target: Target) -> tuple[str, str | None, str, str, str | None]:
    settings = target.store.settings
    return target.store.name, settings.bucket, settings.prefix, target.key, target.version_id


class TestStores:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("blob://lake/a/b", ("lake", "analytics", "raw/", "a/b", None)),
            ("blob://lake/a?versionId=7", ("lake", "analytics", "raw/", "a", "7")),
            ("blob://lake//a", ("lake", "analytics", "raw/", "/a", None)),
            ("blob://lake", ("lake", "analytics", "raw/", "", None)),
            ("blob://aws/bucket/a//b/", ("aws", "bucket", "below/", "a//b/", None)),
            ("blob://aws/bucket", ("aws", "bucket", "below/", "", None)),
            ("blob://aws/bucket//a", ("aws", "bucket", "below/", "/a", None)),
            ("blob://aws/", ("aws", None, "below/", "", None)),
            ("blob://aws", ("aws", None, "below/", "", None)),
            ("blob://disk/a/b", ("disk", None, "", "a/b", None)),
            ("blob://s3/bucket/key", ("s3", "bucket", "", "key", None)),
        ],
    )
    def test_bucket_and_key(self, sources: Sources, url: str, expected: tuple[str | None, ...]) -> None:
        sources.project(STORES)
        config = sources.load()
        assert parts(config.locate(url)) == expected
        assert parts(config.locate(parse_location(url))) == expected

    def test_what_a_url_means_does_not_depend_on_blob_bucket(self, sources: Sources) -> None:
        sources.project(STORES)
        config = sources.load({"BLOB_BUCKET": "general"})
        assert config.resolve("aws").settings.bucket == "general"
        assert parts(config.locate("blob://aws/bucket/key")) == ("aws", "bucket", "below/", "key", None)
        assert parts(config.locate("blob://aws/"))[1] is None

    def test_a_bucket_as_an_argument(self, sources: Sources) -> None:
        sources.project(STORES)
        target = sources.load().locate("blob://aws/a/b", overrides={"bucket": "given"})
        assert parts(target) == ("aws", "given", "below/", "a/b", None)

    def test_an_empty_bucket(self, sources: Sources) -> None:
        sources.project(STORES)
        with pytest.raises(InvalidLocation, match=r"first segment is empty.*blob://aws/<bucket>/<key>"):
            sources.load().locate("blob://aws//key")

    def test_unknown_store(self, sources: Sources) -> None:
        sources.project(STORES)
        with pytest.raises(UnknownStore, match="Did you mean 'lake'"):
            sources.load().locate("blob://lak/key")

    def test_not_a_url(self, sources: Sources) -> None:
        with pytest.raises(InvalidLocation, match="plain path"):
            sources.load().locate("lake/key")


class TestS3:
    def through(self, sources: Sources, text: str, **environ: str) -> str:
        sources.project(text)
        return sources.load(environ).locate("s3://bucket/key").store.name

    def test_bucket_and_key_are_the_urls(self, sources: Sources) -> None:
        sources.project(STORES)
        config = sources.load()
        for store in ("lake", "aws"):
            target = config.locate("s3://other/a?versionId=1", store=store)
            assert parts(target) == (store, "other", "", "a", "1")
        target = config.locate("s3://other/a", store="lake", overrides={"prefix": "p/", "region": "us"})
        assert parts(target) == ("lake", "other", "p/", "a", None)
        assert target.store.settings.model_dump()["region"] == "us"

    def test_without_stores_the_credentials_that_boto_finds(self, sources: Sources) -> None:
        target = sources.load({"AWS_REGION": "eu"}).locate("s3://bucket/key")
        assert parts(target) == ("s3", "bucket", "", "key", None)
        assert target.store.settings.model_dump()["region"] == "eu"

    def test_the_only_one(self, sources: Sources) -> None:
        disk = '[stores.disk]\nprovider = "folder"\nroot = "/x"\n'
        assert self.through(sources, disk) == "s3"
        assert self.through(sources, disk + '[stores.lake]\nprovider = "cloud"\n') == "lake"
        assert self.through(sources, 'default_store = "disk"\n' + disk + '[stores.a]\nprovider = "cloud"\n') == "a"

    def test_the_default_one(self, sources: Sources) -> None:
        assert self.through(sources, STORES, HOLDALL_DEFAULT_STORE="lake") == "lake"
        assert self.through(sources, STORES, HOLDALL_DEFAULT_STORE="aws") == "aws"
        assert self.through(sources, STORES, HOLDALL_DEFAULT_STORE="s3") == "s3"
        assert self.through(sources, STORES + '[stores.default]\nprovider = "cloud"\n') == "default"

    def test_a_store_whose_provider_is_in_a_variable(self, sources: Sources) -> None:
        text = '[stores.a]\nprovider = "folder"\n[stores.b]\nbucket = "x"\n'
        assert self.through(sources, text, HOLDALL_STORES__B__PROVIDER="cloud") == "b"

    @pytest.mark.parametrize("default", ["", 'default_store = "disk"'])
    def test_several(self, sources: Sources, default: str) -> None:
        sources.project(default + STORES)
        with pytest.raises(InvalidConfiguration, match="several S3 stores, aws, lake"):
            sources.load().locate("s3://bucket/key")

    def test_a_store_that_is_none(self, sources: Sources) -> None:
        sources.project(STORES)
        with pytest.raises(InvalidLocation, match=r"'disk' is of provider 'folder'.*blob://disk/<key>"):
            sources.load().locate("s3://bucket/key", store="disk")
        with pytest.raises(UnknownStore):
            sources.load().locate("s3://bucket/key", store="dsk")

    def test_two_buckets(self, sources: Sources) -> None:
        config = sources.load()
        assert config.locate("s3://a/key", overrides={"bucket": "a"}).store.settings.bucket == "a"
        with pytest.raises(InvalidLocation, match="different buckets"):
            config.locate("s3://a/key", overrides={"bucket": "b"})


class TestHere:
    def test_files(self, sources: Sources) -> None:
        sources.project(STORES)
        target = sources.load({"BLOB_CHUNK_SIZE": "5"}).locate("file:///etc/hosts", store="lake")
        assert parts(target) == ("file:///", None, "", "etc/hosts", None)
        settings = target.store.settings.model_dump()
        assert (str(settings["root"]), settings["plain"], settings["transfer"]["chunk_size"]) == ("/", True, 5)

    def test_memory(self, sources: Sources) -> None:
        target = sources.load().locate("memory://scratch/a/b", overrides={"prefix": "p/"})
        assert parts(target) == ("memory://scratch/", "memory", "p/", "a/b", None)
        assert target.store.settings.model_dump()["name"] == "scratch"
        assert sources.load().locate(target.store.name).store == sources.load().locate("memory://scratch/x").store

    def test_arguments_are_checked(self, sources: Sources) -> None:
        with pytest.raises(InvalidConfiguration, match=r"'plian' is not a setting.*Did you mean 'plain'"):
            sources.load().locate("file:///x", overrides={"plian": 1})

    def test_nothing_installed_opens_it(self, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
        from holdall import registry

        monkeypatch.setattr(registry, "_entries", tuple)
        with pytest.raises(UnknownProvider, match="opens file:// locations"):
            sources.load().locate("file:///x")

    def test_a_scheme_whose_plugin_may_be_the_broken_one(self) -> None:
        from holdall import registry

        with pytest.raises(UnknownProvider, match=r"opens ftp://.*'broken' can't be loaded: No module named"):
            registry.for_scheme("ftp")


@pytest.mark.usefixtures("real_kinds")
class TestInstalledKinds:
    """The bundled kinds keep what the configuration relies on."""

    def test_defaults(self, sources: Sources) -> None:
        assert sources.load().resolve().kind.name == "local"
        assert sources.load({"BLOB_BUCKET": "bucket"}).resolve().kind.name == "s3"

    def test_locations(self, sources: Sources) -> None:
        config = sources.load()
        assert config.locate("file:///etc/hosts").store.kind.name == "local"
        assert config.locate("memory://x/key").store.kind.name == "memory"
        assert config.locate("s3://bucket/key").store.kind.name == "s3"

    def test_every_s3_kind_takes_s3_urls(self, sources: Sources) -> None:
        for kind in ("minio", "ceph-rgw", "s3-compatible"):
            sources.project(
                f'[stores.own]\nprovider = "{kind}"\nendpoint_url = "http://127.0.0.1:9000"\n'
                'access_key_id = "a"\nsecret_access_key = "b"\n'
            )
            assert sources.load().locate("s3://bucket/key").store.kind.name == kind

    def test_general_variables(self, sources: Sources) -> None:
        sources.project('[stores.aws]\nprovider = "s3"\n')
        environ = {
            "BLOB_BUCKET": "bucket",
            "BLOB_STORAGE_CLASS": "STANDARD_IA",
            "BLOB_MULTIPART_THRESHOLD": "104857600",
            "BLOB_CHUNK_SIZE": "104857600",
            "BLOB_MAX_CONCURRENCY": "7",
            "AWS_REGION": "eu-central-1",
        }
        settings = sources.load(environ).resolve().settings
        assert settings.bucket == "bucket"
        assert settings.defaults.storage_class == "STANDARD_IA"
        assert settings.transfer.model_dump(include={"multipart_threshold", "chunk_size", "max_concurrency"}) == {
            "multipart_threshold": 104857600,
            "chunk_size": 104857600,
            "max_concurrency": 7,
        }
        assert settings.model_dump()["region"] == "eu-central-1"
