"""Datasets on disk: what is written is read back, and nothing is left by halves."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pytest
import xarray

from negotiation import Model, load, solve, sweep
from negotiation.analysis.sweeps.codes import Codes, flag_meanings
from negotiation.errors import UsageError
from negotiation.formats.datasets import (
    check_destination,
    dataset_rows,
    netcdf_image,
    regime_labels,
    whole_file,
    write_dataset,
)
from negotiation.solution import tie_parts, tie_text


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


XSD = {"double": float, "integer": int, "string": str}


@pytest.mark.parametrize("name", ["a.csv", "two words é.csv", "x:y%20[1].csv"])
def test_a_table_is_described_beside_it(dataset: xarray.Dataset, tmp_path: Path, name: str) -> None:
    """W3C, Metadata Vocabulary for Tabular Data, sections 5.2, 5.6 and 6.6.1."""
    table, description = write_dataset(dataset, tmp_path / name)
    assert description == tmp_path / f"{name}-metadata.json"
    found = json.loads(description.read_text(encoding="utf-8"))
    assert found["@context"] == "http://www.w3.org/ns/csvw"
    assert urljoin((tmp_path / "other").as_uri(), found["url"]) == table.as_uri()
    with table.open(newline="", encoding="utf-8") as stream:
        header, *lines = csv.reader(stream)
    columns = found["tableSchema"]["columns"]
    assert [column["titles"] for column in columns] == header
    names = [column["name"] for column in columns]
    assert len(set(names)) == len(names)
    variable = re.compile(r"(\w|%[0-9A-F]{2})(\.?(\w|%[0-9A-F]{2}))*", re.ASCII)  # RFC 6570
    assert all(variable.fullmatch(word) and not word.startswith("_") for word in names)
    for line in lines:
        for cell, column in zip(line, columns, strict=True):
            if cell:  # the empty text is null
                XSD[column["datatype"]](cell)
    core = {"@context", "url", "tableSchema", "dc:title"}
    own = {key.removeprefix("urn:negotiation:"): found[key] for key in found.keys() - core}
    assert own == dataset.attrs
    assert own["baseline"] == "exempt=uniform control"
    of = {column["titles"]: column for column in columns}
    assert of["dependence[EU]"]["schema:unitText"] == "log output"
    assert of["payoff[US]"]["dc:description"] == "expected payoff, of US"
    assert of["payoff_change[US]"]["dc:description"] == (
        "payoff minus that under exempt = uniform control, of US"
    )
    assert all(column["dc:description"] for column in columns)


def test_plain_readers_see_the_table_alone(dataset: xarray.Dataset, tmp_path: Path) -> None:
    """The bytes of the table are the rows and nothing else, whatever stands beside it."""
    table, _ = write_dataset(dataset, tmp_path / "a.csv")
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(dataset_rows(dataset))
    assert table.read_bytes() == stream.getvalue().encode()
    skipped = np.genfromtxt(table, delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert len(skipped) == table.read_text().count("\n") - 1


def test_the_columns_of_a_sample_and_of_closed_points_are_described(tmp_path: Path) -> None:
    model = load("divide-and-exempt")
    sampled = sweep(model, {"loss": (0, 1)}, sample=4)
    closed = sweep(model, {"discriminate": [0, 1]}, each="exempt")
    for number, one in enumerate((sampled, closed)):
        table, description = write_dataset(one, tmp_path / f"{number}.csv")
        columns = json.loads(description.read_text())["tableSchema"]["columns"]
        kinds = {column["titles"]: column["datatype"] for column in columns}
        assert kinds["inside"] == "integer"
        with table.open(newline="") as stream:
            assert next(csv.reader(stream)) == list(kinds)
    assert kinds["exempt"] == "string"
    first = json.loads((tmp_path / "0.csv-metadata.json").read_text())
    assert [column["datatype"] for column in first["tableSchema"]["columns"]][:2] == [
        "integer",
        "double",
    ]
    assert first["urn:negotiation:sample"] == "sobol, 4 points, seed 0"


def test_an_old_description_is_replaced_and_a_folder_is_not(
    dataset: xarray.Dataset, tmp_path: Path
) -> None:
    description = tmp_path / "a.csv-metadata.json"
    description.write_text("old")
    write_dataset(dataset, tmp_path / "a.csv")
    assert json.loads(description.read_text())["url"] == "a.csv"
    (tmp_path / "b.csv-metadata.json").mkdir()
    with pytest.raises(UsageError, match="where the description of the table goes"):
        check_destination(tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()


def test_flag_meanings_are_different_words() -> None:
    """CF conventions, section 3.5: a list of words, one a value."""
    labels = ["uni form", "uni_form", "uni_form_2", "both", "a | b", "a_|_b", "uni  form"]
    words = flag_meanings(labels)
    assert words == [
        "uni_form_3", "uni_form", "uni_form_2", "both", "a_|_b_2", "a_|_b", "uni__form"
    ]  # fmt: skip
    attributes = Codes(tuple(range(len(labels))), tuple(labels), -1).attributes
    assert attributes["flag_meanings"].split() == words
    assert attributes["labels"].split("\n") == labels
    many = [text.replace("x", " ") for text in ("axa", "a_a", "axa_2", "a_a_2", "axa_2_2")]
    assert len(set(flag_meanings(many))) == len(many)


def test_a_regime_whose_name_looks_like_a_tie_is_told_from_one() -> None:
    regimes = ["a", "b", "a | b", '"a', '"a | b"']
    model = Model(
        name="ties",
        form="extensive",
        players=["A"],
        parameters={"p": {"value": 1}},
        moves=[{"name": "x", "player": "A", "actions": ["1", "2", "3", "4", "5"]}],
        payoffs={"A": "p if x in ('1', '2') else (2 if x == '3' else (p - 1 if x == '4' else 0))"},
        regimes=[{"name": name, "when": f"x == '{k + 1}'"} for k, name in enumerate(regimes)],
    )
    found = sweep(model, {"p": [1, 2, 3]})
    labels = regime_labels(found)
    assert labels[:5] == ["a", "b", '"a | b"', '"""a"', '"""a | b"""']
    shown = [labels[code] for code in found["regime"].values]
    assert shown == ['"a | b"', 'a | b | "a | b"', "a | b"]
    assert len(set(labels)) == len(labels)
    for p, label in zip((1, 2, 3), shown, strict=True):
        assert solve(model.at({"p": p})).regime == label
        assert tie_parts(label) == [tie_text([one]) for one in solve(model.at({"p": p})).regimes]


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
    written = write_dataset(dataset, path)
    assert path.stat().st_size > 500
    assert {entry.name for entry in tmp_path.iterdir()} == {entry.name for entry in written}
    beside = ["a.csv-metadata.json"] if name == "a.csv" else []
    assert [entry.name for entry in written] == [name, *beside]


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
