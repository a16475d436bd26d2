"""Tables: pandas, PyArrow, Polars and DuckDB through ``blob://`` URLs and through the file system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import FileSelector, FileType, FSSpecHandler, PyFileSystem

from holdall import errors

if TYPE_CHECKING:
    from holdall.fsspec import BlobFileSystem
    from tests.ecosystem.conftest import Counter

FRAME = pd.DataFrame({"number": [1, 2, 3], "group": ["a", "b", "a"], "when": pd.to_datetime(["2026-01-01"] * 3)})
ROWS = 200_000


@pytest.fixture
def big(fs: BlobFileSystem, store: str) -> str:
    """A Parquet file of several columns and row groups, of about 10 MB; return its path."""
    wide = {f"column{number}": [(row * 2654435761 + number) % 2**32 for row in range(ROWS)] for number in range(8)}
    path = f"{store}/big.parquet"
    with fs.open(path, "wb") as file:
        pq.write_table(pa.table(wide), file, row_group_size=ROWS // 4, compression="none", use_dictionary=False)
    assert fs.size(path) > 10_000_000
    return path


class TestPandas:
    @pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "json", "json.gz"])
    @pytest.mark.parametrize("options", [None, {"transfer": {"max_concurrency": 2}}])
    def test_round_trips(self, store: str, ending: str, options: dict[str, Any] | None) -> None:
        url = f"blob://{store}/folder/table.{ending}"
        kind = ending.split(".", maxsplit=1)[0]
        frame = FRAME if kind == "parquet" else FRAME.drop(columns="when")
        write = getattr(frame, f"to_{kind}")
        write(url, storage_options=options, index=False) if kind == "csv" else write(url, storage_options=options)
        again = getattr(pd, f"read_{kind}")(url, storage_options=options)
        pd.testing.assert_frame_equal(again, frame)

    def test_a_folder_of_parquet(self, store: str) -> None:
        FRAME.to_parquet(f"blob://{store}/events", partition_cols=["group"])
        again = pd.read_parquet(f"blob://{store}/events", filters=[("group", "==", "a")])
        assert sorted(again["number"]) == [1, 3]

    def test_what_fails_midway_publishes_nothing(self, fs: BlobFileSystem, store: str) -> None:
        class Unprintable:
            def __str__(self) -> str:
                raise ArithmeticError

        broken = pd.DataFrame({"a": ["x" * 1000] * 100 + [Unprintable()]}, dtype=object)
        for ending in ("csv", "csv.gz"):
            with pytest.raises(ArithmeticError):
                broken.to_csv(f"blob://{store}/table.{ending}", chunksize=10)
        assert fs.find(store) == []

    def test_a_mistyped_option_is_refused(self, store: str) -> None:
        with pytest.raises(errors.InvalidConfiguration) as caught:
            pd.read_csv(f"blob://{store}/x.csv", storage_options={"prefx": "a"})
        assert "'prefix'" in str(caught.value.hint)

    def test_what_is_not_there(self, store: str) -> None:
        with pytest.raises(FileNotFoundError):
            pd.read_csv(f"blob://{store}/nothing.csv")


class TestPyArrow:
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_datasets(self, fs: BlobFileSystem, store: str, wrapped: bool) -> None:  # noqa: FBT001 - a parameter of the test
        filesystem: Any = PyFileSystem(FSSpecHandler(fs)) if wrapped else fs
        where = f"{store}/events"
        ds.write_dataset(
            pa.Table.from_pandas(FRAME),
            where,
            filesystem=filesystem,
            format="parquet",
            partitioning=ds.partitioning(pa.schema([("group", pa.string())]), flavor="hive"),
        )
        assert fs.find(where) == [f"{where}/group=a/part-0.parquet", f"{where}/group=b/part-0.parquet"]
        dataset = ds.dataset(where, filesystem=filesystem, partitioning="hive")
        assert dataset.to_table(filter=ds.field("group") == "a")["number"].to_pylist() == [1, 3]
        assert pq.read_table(where, filesystem=filesystem).num_rows == 3

    def test_as_its_file_system(self, fs: BlobFileSystem, store: str) -> None:
        arrow = PyFileSystem(FSSpecHandler(fs))
        with arrow.open_output_stream(f"{store}/d/x") as stream:
            stream.write(b"12345")
        with arrow.open_input_file(f"{store}/d/x") as file:
            assert (file.size(), file.read_at(2, 1)) == (5, b"23")
        file_info, folder, nothing = arrow.get_file_info([f"{store}/d/x", f"{store}/d", f"{store}/nothing"])
        assert (file_info.type, file_info.size, file_info.mtime) == (FileType.File, 5, fs.modified(f"{store}/d/x"))
        assert (folder.type, nothing.type) == (FileType.Directory, FileType.NotFound)
        assert [info.path for info in arrow.get_file_info(FileSelector(f"{store}/d"))] == [f"{store}/d/x"]
        arrow.copy_file(f"{store}/d/x", f"{store}/d/y")
        arrow.move(f"{store}/d/x", f"{store}/d/z")
        arrow.delete_file(f"{store}/d/y")
        assert fs.find(store) == [f"{store}/d/z"]
        arrow.delete_dir(f"{store}/d")
        assert fs.find(store) == []

    def test_a_column_is_read_without_the_others(self, fs: BlobFileSystem, big: str, fetched: Counter) -> None:
        table = pq.read_table(big, filesystem=fs, columns=["column3"])
        assert table["column3"][5].as_py() == (5 * 2654435761 + 3) % 2**32
        assert fetched.count < fs.size(big) / 2
        fetched.count = 0
        table = ds.dataset(big, filesystem=fs).to_table(columns=["column3"])
        assert table.num_rows == ROWS
        assert fetched.count < fs.size(big) / 2
        fetched.count = 0
        assert pq.read_metadata(big, filesystem=fs).num_rows == ROWS
        assert 0 < fetched.count < 200_000


class TestPolars:
    """Polars opens the URLs that it knows itself, and takes files and Arrow datasets for all others."""

    def test_files(self, store: str) -> None:
        frame = pl.DataFrame({"number": [1, 2, 3], "group": ["a", "b", "a"]})
        for kind in ("parquet", "csv", "ipc", "ndjson"):
            with fsspec.open(f"blob://{store}/table.{kind}", "wb") as file:
                getattr(frame, f"write_{kind}")(file)
            with fsspec.open(f"blob://{store}/table.{kind}", "rb") as file:
                assert getattr(pl, f"read_{kind}")(file).equals(frame)

    def test_lazily_over_a_dataset(self, fs: BlobFileSystem, big: str, fetched: Counter) -> None:
        lazy = pl.scan_pyarrow_dataset(ds.dataset(big, filesystem=fs))
        assert lazy.select(pl.col("column0").min()).collect().item() == 0
        assert fetched.count < fs.size(big) / 2


class TestDuckDb:
    @pytest.fixture
    def connection(self, fs: BlobFileSystem) -> Any:
        connection = duckdb.connect()
        connection.register_filesystem(fs)
        yield connection
        connection.close()

    def test_reads_and_writes(self, connection: Any, fs: BlobFileSystem, store: str) -> None:
        for year in (2025, 2026):
            connection.sql(
                f"copy (select {year} as year, range as i from range(10)) to 'blob://{store}/t/{year}.parquet'"  # noqa: S608
            )
        connection.sql(f"copy (select 1 as i) to 'blob://{store}/t/one.csv'")
        assert len(fs.find(f"{store}/t")) == 3
        rows = connection.sql(f"select year, sum(i) from 'blob://{store}/t/*.parquet' group by year order by year")  # noqa: S608
        assert rows.fetchall() == [(2025, 45), (2026, 45)]
        assert connection.sql(f"select i from 'blob://{store}/t/one.csv'").fetchall() == [(1,)]  # noqa: S608

    def test_fetches_only_what_it_needs(self, connection: Any, fs: BlobFileSystem, big: str, fetched: Counter) -> None:
        assert connection.sql(f"select min(column3) from 'blob://{big}'").fetchall()  # noqa: S608
        assert fetched.count < fs.size(big) / 2
        fetched.count = 0
        assert connection.sql(f"select count(*) from 'blob://{big}'").fetchall() == [(ROWS,)]  # noqa: S608
        assert fetched.count < 2_200_000  # the end of the file, twice with what is read ahead
