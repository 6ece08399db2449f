"""Datasets on disk: what is written is read back, and nothing is left by halves."""

from __future__ import annotations

import csv
import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

from negotiation import load, sweep
from negotiation.errors import UsageError
from negotiation.formats.datasets import (
    check_destination,
    dataset_rows,
    netcdf_image,
    regime_labels,
    whole_file,
    write_dataset,
)


@pytest.fixture(scope="module")
def dataset() -> xarray.Dataset:
    """Several equilibria, a member axis, a move at each action, a baseline."""
    return sweep(
        load("divide-and-exempt"),
        {"dependence[EU]": ["1/3", 1], "discriminate": [0, 1]},
        each="exempt",
        baseline={"exempt": "uniform control"},
    )


def test_netcdf_round_trip(dataset: xarray.Dataset, tmp_path: Path) -> None:
    write_dataset(dataset, tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as found:
        found.load()
    xarray.testing.assert_equal(found, dataset)
    assert found.attrs == dataset.attrs
    assert regime_labels(found) == regime_labels(dataset)
    for name, variable in dataset.variables.items():
        for key, value in variable.attrs.items():
            assert np.array_equal(found[name].attrs[key], value), (name, key)


def test_csv_holds_every_double(dataset: xarray.Dataset, tmp_path: Path) -> None:
    write_dataset(dataset, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    labels = regime_labels(dataset)
    expected = int(dataset["equilibria"].values.clip(min=1).sum())
    assert len(rows) == expected
    for row in rows:
        at = {
            "dependence[EU]": float(row["dependence[EU]"]),
            "discriminate": float(row["discriminate"]),
            "exempt": row["exempt"],
        }
        point = dataset.sel(at)
        assert int(row["equilibria"]) == int(point["equilibria"])
        assert int(row["complete"]) == int(point["complete"])
        if not int(point["equilibria"]):
            assert row["regime"] == row["equilibrium"] == row["payoff[China]"] == ""
            continue
        assert row["regime"] == labels[int(point["regime"])]
        for player in ("China", "US", "EU"):
            cell = point.sel(player=player, equilibrium=int(row["equilibrium"]))
            assert float(row[f"payoff[{player}]"]) == float(cell["payoff"])
            change = float(cell["payoff_change"])
            text = row[f"payoff_change[{player}]"]
            assert text == "" if np.isnan(change) else float(text) == change
    assert any(row["equilibria"] == "0" for row in rows)
    assert any(int(row["equilibria"]) > 1 for row in rows)


def test_csv_without_baseline_has_no_changes() -> None:
    found = sweep(load("divide-and-exempt"), {"loss": [1]})
    header = next(dataset_rows(found))
    players = ["payoff[China]", "payoff[US]", "payoff[EU]"]
    assert header == ["loss", "equilibria", "complete", "regime", "equilibrium", *players]


@pytest.mark.parametrize("name", ["a.nc", "a.csv"])
def test_a_file_is_replaced_as_a_whole(
    dataset: xarray.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    path.write_text("precious")

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("negotiation.formats.datasets.netcdf_image", fail)
        patch.setattr("negotiation.formats.datasets.dataset_rows", fail)
        with pytest.raises(UsageError, match="No space") as caught:
            write_dataset(dataset, path)
    assert caught.value.place == str(path)
    assert "free some space" in caught.value.remedy
    assert path.read_text() == "precious"
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    write_dataset(dataset, path)
    assert path.stat().st_size > 500
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.nc", "a.csv"])
@pytest.mark.parametrize("room", [0, 700, 1_500])
def test_no_room_for_the_file_is_an_error_not_a_crash(
    dataset: xarray.Dataset, tmp_path: Path, name: str, room: int
) -> None:
    """HDF5 kills the process if it meets a full disk itself; so this is done in another one."""
    resource = pytest.importorskip("resource")
    write_dataset(dataset, tmp_path / "source.nc")
    script = (
        "import sys, xarray\n"
        "from pathlib import Path\n"
        "from negotiation.errors import UsageError\n"
        "from negotiation.formats.datasets import write_dataset\n"
        "found = xarray.load_dataset(sys.argv[1], engine='h5netcdf')\n"
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    write_dataset(found, Path(sys.argv[2]))\n"
        "except UsageError as error:\n"
        "    print(error)\n"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    path = tmp_path / "out" / name
    path.parent.mkdir()
    path.write_text("precious")
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, tmp_path / "source.nc", path],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    assert done.stdout == (
        f"{path}: cannot be written ({os.strerror(errno.EFBIG)})\n"
        "  remedy: free some space, or write to another disk\n"
    )
    assert path.read_text() == "precious"
    assert [entry.name for entry in path.parent.iterdir()] == [name]


def test_equal_datasets_have_equal_bytes(dataset: xarray.Dataset, tmp_path: Path) -> None:
    write_dataset(dataset, tmp_path / "a.nc")
    assert (tmp_path / "a.nc").read_bytes() == bytes(netcdf_image(dataset.copy(deep=True)))


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def write_by_halves() -> None:
        with whole_file(tmp_path / "a.csv") as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_by_halves()
    assert list(tmp_path.iterdir()) == []


def test_the_file_has_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with whole_file(tmp_path / "a.csv") as temporary:
        temporary.write_text("whole")
    rights = (tmp_path / "usual").stat().st_mode
    assert (tmp_path / "a.csv").stat().st_mode == rights
    mask = os.umask(0)
    os.umask(mask)
    assert mask != 0 or rights & 0o666 == 0o666


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.txt", "'.txt' is no known kind"),
        ("a", "no suffix"),
        (".csv", "no suffix"),
        ("none/a.csv", "folder is not there"),
        ("folder.nc", "there is a folder of that name"),
        ("folder.csv", "there is a folder of that name"),
        ("file/a.nc", "folder is not there"),
    ],
)
def test_destinations_that_are_refused(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=words):
        check_destination(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_without_rights_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        check_destination(tmp_path / "a.csv")
