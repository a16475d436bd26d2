"""Arrays and paths: Zarr 3, xarray, universal_pathlib."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
import zarr
from upath import UPath
from zarr.errors import ContainsArrayError
from zarr.storage import FsspecStore

from holdall import errors

if TYPE_CHECKING:
    from holdall.fsspec import BlobFileSystem


class TestZarr:
    def test_through_a_url(self, fs: BlobFileSystem, store: str) -> None:
        url = f"blob://{store}/cube.zarr"
        group = zarr.open_group(url, mode="w")
        array = group.create_array("deep/a", shape=(10, 10), chunks=(5, 5), dtype="i4")
        array[:] = np.arange(100).reshape(10, 10)
        assert f"{store}/cube.zarr/deep/a/c/1/1" in fs.find(store)
        again: Any = zarr.open_group(url, mode="r")
        assert list(again["deep"].array_keys()) == ["a"]
        assert again["deep/a"][2:4, 7].tolist() == [27, 37]
        again = zarr.open_group(url, mode="r", storage_options={"transfer": {"max_concurrency": 2}})
        assert again["deep/a"][0, 1] == 1

    def test_through_a_store(self, fs: BlobFileSystem, store: str) -> None:
        kept = FsspecStore.from_url(f"blob://{store}/array.zarr")
        array = zarr.create_array(kept, shape=(6,), shards=(6,), chunks=(2,), dtype="f8")
        array[:] = np.arange(6)
        array[3] = -1
        again: Any = zarr.open_array(kept, mode="r")
        assert again[2:5].tolist() == [2, -1, 4]  # a range of a shard
        with pytest.raises(ContainsArrayError):
            zarr.create_array(kept, shape=(1,), dtype="f8")
        zarr.create_array(kept, shape=(1,), dtype="f8", overwrite=True)
        assert fs.find(f"{store}/array.zarr") == [f"{store}/array.zarr/zarr.json"]


class TestXarray:
    def test_round_trip(self, store: str) -> None:
        dataset = xr.Dataset(
            {"t": (("x", "y"), np.arange(12.0).reshape(3, 4))}, coords={"x": [10, 20, 30]}, attrs={"made": "here"}
        )
        url = f"blob://{store}/weather.zarr"
        dataset.to_zarr(url, consolidated=False)
        more = dataset.assign_coords(x=[40, 50, 60])
        more.to_zarr(url, consolidated=False, append_dim="x")
        with xr.open_zarr(url, consolidated=False) as again:
            assert again.sizes == {"x": 6, "y": 4}
            assert float(again["t"].sel(x=50).sum()) == 22.0
            assert again.attrs == {"made": "here"}


class TestUniversalPathlib:
    def test_is_a_path(self, fs: BlobFileSystem, store: str) -> None:
        root = UPath(f"blob://{store}/top")
        path = root / "deep" / "x.txt"
        path.write_text("grüße")
        assert (path.name, path.suffix, path.stem) == ("x.txt", ".txt", "x")
        assert str(path.parent) == f"blob://{store}/top/deep"
        assert path.read_text() == "grüße"
        assert path.stat().st_size == 7
        assert path.stat().st_mtime == fs.modified(f"{store}/top/deep/x.txt").timestamp()
        assert (path.is_file(), path.is_dir(), path.parent.is_dir(), root.exists()) == (True, False, True, True)
        assert list(root.rglob("*.txt")) == list(root.glob("*/x.txt")) == [path]
        assert list(root.iterdir()) == [root / "deep"]
        assert pickle.loads(pickle.dumps(path)) == path

    def test_changes(self, store: str) -> None:
        root = UPath(f"blob://{store}/top")
        (root / "new").mkdir(parents=True)
        (root / "a").touch()
        (root / "a").touch(exist_ok=True)
        with pytest.raises(FileExistsError):
            (root / "a").touch(exist_ok=False)
        (root / "a").write_bytes(b"1")
        moved = (root / "a").rename(root / "b")
        assert moved.read_bytes() == b"1"
        assert not (root / "a").exists()
        moved.unlink()
        assert not root.exists()
        with pytest.raises(FileNotFoundError):
            moved.unlink()

    def test_options_are_settings(self, memory: str) -> None:
        UPath(f"blob://{memory}/x", prefix="below/").write_bytes(b"1")
        assert UPath(f"blob://{memory}/below/x").read_bytes() == b"1"
        with pytest.raises(errors.InvalidConfiguration):
            UPath(f"blob://{memory}/x", prefx="below/").exists()
