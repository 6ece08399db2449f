"""``negotiate sweep``: every point equals an exact solve; nothing is written by halves."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import xarray
from zarr.storage import LocalStore

from negotiation import load, solve, sweep
from negotiation.analysis.sweeps.branch_codes import line_events
from negotiation.analysis.sweeps.branches import track
from negotiation.cli import progress
from tests.promptness import without_progress

FLAGSHIP = "divide-and-exempt"
Negotiate = Callable[..., Any]


def rows(name: str) -> list[dict[str, str]]:
    with Path(name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def solved(fix: dict[str, str] | None = None, select: str | None = None, **values: Any) -> Any:
    return solve(load(FLAGSHIP).at(values, fix=fix), select=select)


def test_csv_of_one_axis_equals_exact_solves(negotiate: Negotiate) -> None:
    answer = negotiate("sweep", FLAGSHIP, "--over", "approval=0:1:5", "--out", "a.csv")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("wrote a.csv: 5 points; payoff, ")
    found = rows("a.csv")
    expected = []
    regimes = [regime.name for regime in load(FLAGSHIP).regimes]
    for k in range(5):
        solution = solved(approval=Fraction(k, 4))
        for number, equilibrium in enumerate(solution.equilibria):
            expected.append(
                {
                    "approval": str(k / 4),
                    "equilibria": str(len(solution.equilibria)),
                    "complete": str(int(solution.complete)),
                    "regime": " | ".join(r for r in regimes if r in solution.regimes),
                    "equilibrium": str(number),
                    **{f"payoff[{p}]": str(float(v)) for p, v in equilibrium.payoffs.items()},
                }
            )
    assert found == expected


def test_netcdf_of_two_axes_reread(negotiate: Negotiate) -> None:
    options = ("--over", "approval=0.25,0.75", "--over", "dependence[EU]=1/3:4/3:3")
    select = ("--select", "coalition-proof", "--json")
    answer = negotiate("sweep", FLAGSHIP, *options, *select, "--out", "a.nc")
    assert (answer.code, answer.err) == (0, "")
    with xarray.open_dataset("a.nc", engine="h5netcdf") as dataset:
        dataset.load()
    assert dict(dataset["equilibria"].sizes) == {"approval": 2, "dependence[EU]": 3}
    assert list(dataset["player"].values) == ["China", "US", "EU"]
    assert dataset["dependence[EU]"].attrs["units"] == "log output"
    assert dataset.attrs["selection"] == "coalition-proof"
    labels = dataset["regime"].attrs["labels"].split("\n")
    assert list(dataset["regime"].attrs["flag_values"]) == list(range(len(labels)))
    for a in (Fraction(1, 4), Fraction(3, 4)):
        for d in (Fraction(1, 3), Fraction(5, 6), Fraction(4, 3)):
            at = {"approval": float(a), "dependence[EU]": float(d)}
            solution = solve(
                load(FLAGSHIP).at({"approval": a, "dependence[EU]": d}), select="coalition-proof"
            )
            cell = dataset.sel(at)
            count = len(solution.equilibria)
            assert int(cell["equilibria"]) == count
            assert bool(cell["complete"]) == solution.complete
            assert labels[int(cell["regime"])] == solution.regime
            for player in solution.players:
                payoffs = [float(e.payoffs[player]) for e in solution.equilibria]
                here = cell.sel(player=player)
                assert list(here["payoff"].values[:count]) == payoffs
                assert float(here["payoff_min"]) == min(payoffs)
                assert float(here["payoff_max"]) == max(payoffs)
    document = answer.document
    assert document["points"] == 6
    assert document["dimensions"] == dict(dataset.sizes)
    assert document["variables"] == list(dataset.data_vars)
    assert sum(document["regimes"].values()) == 6
    assert document["fingerprint"] == dataset.attrs["fingerprint"]


def test_each_and_baseline(negotiate: Negotiate) -> None:
    """The change is the exact difference to the baseline, rounded once."""
    negotiate(
        "sweep", FLAGSHIP, "--over", "approval=1/3,2/3", "--each", "exempt",
        "--baseline", "exempt=uniform control", "--select", "coalition-proof", "--out", "a.csv",
    )  # fmt: skip
    found = rows("a.csv")
    actions = ["uniform control", "US only", "EU only", "uniform exemption"]
    assert [row["exempt"] for row in found] == actions * 2
    for row in found:
        approval = {repr(1 / 3): Fraction(1, 3), repr(2 / 3): Fraction(2, 3)}[row["approval"]]
        at = {"approval": approval, "select": "coalition-proof"}
        (equilibrium,) = solved({"exempt": row["exempt"]}, **at).equilibria
        (base,) = solved({"exempt": actions[0]}, **at).equilibria
        for player, value in equilibrium.payoffs.items():
            assert float(row[f"payoff[{player}]"]) == float(value)
            change = float(value - base.payoffs[player])
            assert float(row[f"payoff_change[{player}]"]) == change


def test_a_model_from_standard_input_with_a_symbolic_parameter(negotiate: Negotiate) -> None:
    negotiate("new", "mine")
    text = Path("mine.toml").read_text().replace("value = 2\n", "")
    answer = negotiate("sweep", "-", "--over", "gain=1,2", "--out", "a.csv", given=text)
    assert answer.code == 0
    assert [row["payoff[importer]"] for row in rows("a.csv")] == ["0.25", "1.25"]
    each = ("--each", "policy", "--baseline", "policy=press")
    again = negotiate("sweep", "-", "--over", "gain=1,2", *each, "--out", "b.csv", given=text)
    assert again.code == 0
    assert [row["policy"] for row in rows("b.csv")] == ["moderate", "press"] * 2
    missing = negotiate("sweep", "-", "--over", "worth=1,2", "--out", "c.csv", given=text)
    assert missing.code == 2
    assert "gain has no value" in missing.err
    assert not Path("c.csv").exists()


def test_one_point_is_one_point(negotiate: Negotiate) -> None:
    answer = negotiate("sweep", FLAGSHIP, "--over", "loss=2", "--out", "a.csv")
    assert answer.out.startswith("wrote a.csv: 1 point; ")
    assert "  several outcomes at 1 point\n" in answer.out


@pytest.mark.parametrize(
    ("over", "found"),
    [
        ("approval", "is no axis"),
        ("approval=", "is no axis"),
        ("=0:1:2", "is no axis"),
        ("approval=0:1", "is no range"),
        ("approval=0:1:2:3", "is no range"),
        ("approval=0:1:0", "is no number of points"),
        ("approval=0:1:-3", "is no number of points"),
        ("approval=0:1:2.5", "is no number of points"),
        ("approval=0:1:99999999", "is no number of points"),
        ("approval=0:1:1", "one point, but two ends"),
        ("approval=1:1:3", "a point stands twice"),
        ("approval=0,0.0", "a point stands twice"),
        ("approval=0,,1", "empty"),
        ("approval=a:1:3", "'a' is no number"),
        ("approval=nan,1", "no number"),
        ("approval=0:1e999999999:3", "more than 1000 digits"),
        ("aproval=0:1:3", "did you mean 'approval'"),
        ("approval[UK]=0:1:3", "there is no 'approval[UK]'"),
        ("exempt=0,1", "actions of a move with --each exempt"),
        ("exempt=US only", "exempt is a move, not a parameter"),
        ("joins=join,stay", "--each joins[US]"),
        ("joins[EU]=0:1:3", "--each joins[EU]"),
        ("approval=0:2:3", "outside its domain"),
        ("approval=0:2:3", "the model states approval from 0 to 1"),
        ("share=0.1:1:3", "share[US] = 1 is outside its domain 0 <= share < 1"),
        ("share=0:2:5", "share[US] = 2 is outside its domain 0 <= share < 1"),
        ("share=0:0.5:3", "at share = 0: dependence[US] = 0 is outside its domain dependence > 0"),
        ("discriminate=0:1:3", "1/2 is no whole number"),
        ("sigma=0,2", "assum"),
    ],
)
def test_bad_axes_are_refused_before_work(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch, over: str, found: str
) -> None:
    monkeypatch.setattr("negotiation.analysis.sweeps.points.solve", None)
    answer = negotiate("sweep", FLAGSHIP, "--over", over, "--out", "a.csv")
    assert answer.code == 2
    assert answer.out == ""
    assert found in answer.err
    assert "remedy:" in answer.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--over", "loss=1,2", "--over", "loss=3,4"], "also given by another --over"),
        (["--over", "loss=1,2", "--set", "loss=3"], "also given by --set"),
        (["--over", "loss=1:2:2000", "--over", "cost=0:1:2000"], "4,000,000 points"),
        (["--over", "loss=1,2", "--each", "joins"], "write joins[US]"),
        (["--over", "loss=1,2", "--each", "joinz"], "did you mean 'joins'"),
        (["--over", "loss=1,2", "--each", "loss"], "no move is called 'loss'"),
        (["--over", "loss=1,2", "--each", "exempt", "--fix", "exempt=US only"], "fixed already"),
        (["--over", "loss=1,2", "--baseline", "exempt"], "no assignment"),
        (["--over", "loss=1,2", "--baseline", "exempt=all"], "has no action 'all'"),
        (["--over", "loss=1,2", "--baseline", "exmpt=US only"], "did you mean 'exempt'"),
        (["--over", "loss=1,2", "--select", "best"], "no selection rule"),
        (["--over", "loss=1,2", "--concept", "best"], "no concept"),
        (["--over", "loss=1,2", "--scenario", "moon"], "no scenario"),
        ([], "--over"),
    ],
)
def test_bad_options(negotiate: Negotiate, options: list[str], found: str) -> None:
    answer = negotiate("sweep", FLAGSHIP, *options, "--out", "a.csv")
    assert answer.code == 2
    assert found in answer.err
    assert list(Path().iterdir()) == []


def test_a_concept_without_solver(negotiate: Negotiate) -> None:
    options = ("--over", "loss=1,2", "--concept", "correlated", "--out", "a.csv")
    assert negotiate("sweep", FLAGSHIP, *options).code == 4


@pytest.mark.parametrize(
    ("out", "found"),
    [
        ("a.xlsx", "'.xlsx' is no known kind of file"),
        ("a", "no suffix"),
        (".", "no suffix"),
        ("nowhere/a.csv", "nowhere: the folder is not there"),
        ("folder.csv", "folder.csv: there is a folder of that name"),
    ],
)
def test_bad_destinations_are_refused_before_work(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch, out: str, found: str
) -> None:
    Path("folder.csv").mkdir()
    monkeypatch.setattr("negotiation.analysis.sweeps.points.solve", None)
    answer = negotiate("sweep", FLAGSHIP, "--over", "loss=1,2", "--out", out)
    assert answer.code == 2
    assert found in answer.err
    assert [path.name for path in Path().iterdir()] == ["folder.csv"]


def test_an_action_that_is_not_open_leaves_an_empty_point(negotiate: Negotiate) -> None:
    """Without the right to discriminate China has two actions."""
    options = ("--over", "discriminate=0,1", "--each", "exempt", "--select", "coalition-proof")
    answer = negotiate("sweep", FLAGSHIP, *options, "--out", "a.csv")
    assert answer.code == 0
    counts = {(r["discriminate"], r["exempt"]): r["equilibria"] for r in rows("a.csv")}
    assert counts == {
        ("0.0", "uniform control"): "1",
        ("0.0", "US only"): "0",
        ("0.0", "EU only"): "0",
        ("0.0", "uniform exemption"): "1",
        ("1.0", "uniform control"): "1",
        ("1.0", "US only"): "1",
        ("1.0", "EU only"): "1",
        ("1.0", "uniform exemption"): "1",
    }
    marked = {(r["discriminate"], r["exempt"]): r["inside"] for r in rows("a.csv")}
    assert marked == counts
    assert "no such game (inside = 0): 2 points" in answer.out
    assert "no equilibrium" not in answer.out
    document = negotiate("sweep", FLAGSHIP, *options, "--out", "a.nc", "--json").document
    assert document["no_game"] == 2
    assert "" not in document["regimes"]


def test_games_without_an_equilibrium_are_counted_apart(negotiate: Negotiate) -> None:
    options = ("--over", "discriminate=0,1", "--each", "exempt", "--select", "unique")
    answer = negotiate("sweep", FLAGSHIP, *options, "--out", "a.zarr")
    assert "no such game (inside = 0): 2 points" in answer.out
    assert "no equilibrium: 2 points" in answer.out
    summary = negotiate("sweep", FLAGSHIP, *options, "--out", "b.zarr", "--json").document
    assert (summary["no_game"], summary["regimes"][""]) == (2, 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--each", "exempt", "--each", "joins[US]"), "--each: given twice"),
        (("--baseline", "exempt=US only", "--baseline", "exempt=EU only"), "--baseline: exempt is"),
        (("--set", "weight=1", "--set", "weight=2"), "--set: weight is given twice"),
        (("--fix", "joins=stay", "--fix", "joins=join"), "--fix: joins is given twice"),
        (("--jobs", "1", "--jobs", "2"), "--jobs: given twice"),
        (("--out", "b.csv"), "--out: given twice"),
    ],
)
def test_options_that_are_given_twice(
    negotiate: Negotiate, options: tuple[str, ...], words: str
) -> None:
    answer = negotiate("sweep", FLAGSHIP, "--over", "loss=1,2", "--out", "a.csv", *options)
    assert (answer.code, answer.out) == (2, "")
    assert f"negotiate: {words}" in answer.err
    assert list(Path().iterdir()) == []


def test_a_full_disk_is_said_with_the_file(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("negotiation.formats.datasets.os.fsync", full)
    for name in ("a.csv", "a.nc"):
        answer = negotiate("sweep", FLAGSHIP, "--over", "loss=1,2", "--out", name)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err == (
            f"negotiate: {name}: cannot be written (No space left on device)\n"
            "  remedy: free some space, or write to another disk\n"
        )
    assert list(Path().iterdir()) == []


# ---- answers that are not complete --------------------------------------------------------------

CROWD = """
name = "crowd"
form = "extensive"
players = ["A", "B", "C"]
[parameters.x]
value = 0
[[moves]]
name = "a"
player = "A"
actions = ["u", "d"]
[[moves]]
name = "b"
player = "B"
actions = ["u", "d"]
[[moves]]
name = "c"
player = "C"
actions = ["u", "d", "e"]
when = "x > 1/2"
otherwise = "u"
[payoffs]
A = "(1 if a == b else 0) + (1/3 if c == b else 0)"
B = "2*(1 if b == c else 0) - (1/2 if a == b else 0)"
C = "(1 if c != b else 0) + (1/5 if a == c else 0)"
"""


@pytest.mark.parametrize("name", ["a.csv", "a.nc", "a.zarr"])
def test_a_sweep_that_is_not_complete_ends_with_4_and_is_written(
    negotiate: Negotiate, name: str
) -> None:
    """Nobody lists the mixed equilibria of three players; the dataset says where."""
    Path("crowd.toml").write_text(CROWD, encoding="utf-8")
    call = ("sweep", "crowd.toml", "--concept", "subgame-perfect", "--out", name)
    answer = negotiate(*call, "--over", "x=0,1,2")
    assert answer.code == 4
    reason = "2 points, first at x = 1: mixed equilibria of 3 simultaneous movers are not computed"
    remedy = "complete with --concept pure-subgame-perfect"
    assert "  not complete at 2 points: see the variable complete\n" in answer.out
    (line,) = [line for line in answer.out.splitlines() if line.startswith(f"    {reason}")]
    assert line.endswith(f"; {remedy}")
    assert Path(name).exists()
    told = negotiate(*call, "--over", "x=0,1,2", "--json")
    assert told.code == 4
    assert told.document["incomplete"] == 2
    assert "not complete at 2 points" in told.err
    assert f"negotiate: {reason}" in told.err
    (found,) = told.document["incomplete_reasons"]
    assert (found["points"], found["at"], found["remedy"]) == (2, "x = 1", remedy)
    if name == "a.csv":
        assert {(r["x"], r["complete"]) for r in rows(name)} == {
            ("0.0", "1"), ("1.0", "0"), ("2.0", "0"),
        }  # fmt: skip
    whole = negotiate(*call, "--over", "x=0,1/4")
    assert whole.code == 0
    pure = negotiate(*call[:2], "--concept", "pure-subgame-perfect", *call[4:], "--over", "x=0,1,2")
    assert pure.code == 0


# ---- what the numbers depend on -----------------------------------------------------------------


def test_the_document_says_what_the_numbers_depend_on(negotiate: Negotiate) -> None:
    """What the file says and what the JSON says have one source."""
    options = (
        "--over", "approval=0:1:3", "--over", "loss=1/3,2", "--each", "exempt",
        "--baseline", "exempt=uniform control", "--set", "threshold=1", "--scenario", "mining",
        "--fix", "joins[EU]=join", "--select", "coalition-proof",
    )  # fmt: skip
    document = negotiate("sweep", FLAGSHIP, *options, "--out", "a.nc", "--json").document
    assert document["fingerprint"] == load(FLAGSHIP).fingerprint
    assert document["baseline"] == {"exempt": "uniform control"}
    assert document["each"] == "exempt"
    assert document["axes"] == {"approval": "0:1:3", "loss": "1/3,2"}
    assert document["fixed"] == {"joins[EU]": "join"}
    assert document["parameters"]["threshold"] == "1"
    assert "loss" not in document["parameters"]
    assert document["versions"].keys() >= {"negotiation", "python", "numpy", "python-flint"}
    assert document["sample"] is document["seed"] is document["design"] is None
    with xarray.open_dataset("a.nc", engine="h5netcdf") as dataset:
        settings = json.loads(dataset.attrs["settings"])
    assert settings.items() <= document.items()
    text = negotiate("sweep", FLAGSHIP, *options, "--out", "a.csv").out
    assert ", fixed joins[EU]=join, baseline exempt=uniform control, scenario mining\n" in text
    assert "  what it means and depends on: a.csv-metadata.json\n" in text
    beside = json.loads(Path("a.csv-metadata.json").read_text())
    assert json.loads(beside["urn:negotiation:settings"]) == settings


def test_the_document_of_a_sample_and_the_reason_of_its_concept(negotiate: Negotiate) -> None:
    options = ("--over", "approval=1/3:1", "--over", "loss=1,2", "--sample", "8", "--seed", "3")
    document = negotiate("sweep", FLAGSHIP, *options, "--out", "a.zarr", "--json").document
    assert (document["sample"], document["seed"], document["design"]) == (8, 3, "sobol")
    assert document["axes"] == {"approval": "1/3:1", "loss": "1,2"}
    assert (document["events"], document["concept_reason"]) == (None, "")
    text = negotiate("sweep", FLAGSHIP, *options, "--out", "a.nc").out
    assert text.endswith(", sample sobol, 8 points, seed 3\n")
    Path("crowd.toml").write_text(CROWD)
    crowd = negotiate("sweep", "crowd.toml", "--over", "x=1,2", "--out", "a.nc", "--json").document
    assert crowd["concept"] == "pure-subgame-perfect"
    assert crowd["concept_reason"] == "3 players move at the same time at the start, where x = 1"
    assert crowd["incomplete_reasons"] == []


# ---- events as data -----------------------------------------------------------------------------


def words_of(events: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return where what begins or ends, as the summary has it."""
    words = {"birth": "begins", "death": "ends"}
    return {(e["where"], f"  {e['outcome']} {words[e['kind']]}") for e in events}


def test_events_at_exact_places_are_those_of_the_tracked_branches(negotiate: Negotiate) -> None:
    over = ("--over", "approval=0:1:11", "--select", "coalition-proof")
    events = negotiate("sweep", FLAGSHIP, *over, "--out", "a.nc", "--json").document["events"]
    found = track(load(FLAGSHIP), {"approval": (0, 1, 11)}, select="coalition-proof")
    assert len(events) == len(found.events) > 0
    with xarray.open_dataset("a.nc", engine="h5netcdf") as dataset:
        labels = dataset["branch"].attrs["labels"].split("\n")
    for entry, event in zip(events, found.events, strict=True):
        branch = found.branches[event.branch]
        assert (entry["kind"], entry["where"]) == (event.kind, event.where)
        assert (entry["at"], entry["between"]) == (event.to_dict()["at"], None)
        assert (entry["outcome"], entry["regimes"]) == (branch.short_name, list(branch.regimes))
        assert entry["branch"] == (branch.name if branch.name in labels else None)
    assert {"50/163", "2500/4013"} == {entry["at"] for entry in events}
    assert any(entry["branch"] is None for entry in events)
    assert any(entry["branch"] is not None for entry in events)


def test_events_between_points_are_those_of_the_dataset(negotiate: Negotiate) -> None:
    call = ("sweep", FLAGSHIP, "--over", "share[EU]=0.5:0.9:9", "--out", "a.nc")
    events = negotiate(*call, "--json").document["events"]
    text = negotiate(*call).out
    with xarray.open_dataset("a.nc", engine="h5netcdf") as dataset:
        wanted = line_events(dataset.load(), "share[EU]")
    assert [(e["kind"], e["branch"]) for e in events] == [(e.kind, e.branch) for e in wanted]
    assert [tuple(map(float, map(Fraction, e["between"]))) for e in events] == [
        event.between for event in wanted
    ]
    assert events
    for where, line in words_of(events):
        assert f"share[EU] {where}\n" in text
        assert f"{line}\n" in text
    assert all(e["at"] is e["regimes"] is None and e["where"].startswith("between") for e in events)


def test_a_long_list_of_events_is_whole_in_json(negotiate: Negotiate) -> None:
    Path("many.toml").write_text(MANY)
    call = ("sweep", "many.toml", "--over", "g=0:2:3", "--out", "a.nc")
    *shown, cut, last = negotiate(*call).out.splitlines()
    assert cut.startswith("... and ")
    assert last == (
        "all of them: events of --json, or track of negotiation.analysis.sweeps.branches"
    )
    events = negotiate(*call, "--json").document["events"]
    hidden = int(cut.split()[2].replace(",", ""))
    heads = {event["where"] for event in events}
    begun = sum(line.startswith("g ") for line in shown)
    shown_events = sum(line.endswith((" begins", " ends")) for line in shown)
    assert len(events) + len(heads) == hidden + begun + shown_events
    several = ("sweep", "many.toml", "--over", "g=0:2:3", "--over", "h=0,1", "--out", "a.nc")
    assert negotiate(*several, "--json").document["events"] is None


MANY = """
name = "many"
form = "extensive"
players = ["C", "D"]
[parameters.g]
value = 1
[parameters.h]
value = 1
[[moves]]
name = "x"
player = "C"
grid = { from = 0, to = 7, steps = 8 }
[[moves]]
name = "y"
player = "D"
grid = { from = 0, to = 7, steps = 8 }
[payoffs]
C = "(g - 1) * x"
D = "0 * h"
"""


@pytest.mark.parametrize(
    "over",
    ["approval=1,", "approval=,1", "approval=0::4", "approval=0:1:4,5", "approval=0:1:"],
)
def test_a_mistyped_axis_is_told_what_an_axis_is(negotiate: Negotiate, over: str) -> None:
    answer = negotiate("sweep", FLAGSHIP, "--over", over, "--out", "a.csv")
    assert answer.code == 2
    assert f"--over {over}: is no axis: " in answer.err
    assert "remedy: write name=lo:hi:n or name=a,b,c" in answer.err


def test_blanks_in_names_of_axes_and_moves(negotiate: Negotiate) -> None:
    found = []
    for axis, each in (("dependence [EU]", "joins [US]"), ("dependence[EU]", "joins[US]")):
        answer = negotiate(
            "sweep", FLAGSHIP, "--over", f"{axis}=1,1.2", "--each", each, "--out", "a.csv"
        )
        assert (answer.code, answer.err) == (0, "")
        found.append(rows("a.csv"))
    assert found[0] == found[1]
    answer = negotiate("regimes", FLAGSHIP, "--over", "dependence [EU]=0.2:1")
    assert answer.code == 0
    assert answer.out.startswith("Along dependence[EU] from 0.2 to 1: ")


def test_the_summary_says_what_was_fixed(negotiate: Negotiate) -> None:
    options = ("--over", "loss=1,2", "--fix", "exempt={US}", "--scenario", "mining")
    answer = negotiate("sweep", FLAGSHIP, *options, "--out", "a.nc")
    assert ", fixed exempt=US only, scenario mining\n" in answer.out
    document = negotiate("sweep", FLAGSHIP, *options, "--out", "a.nc", "--json").document
    assert (document["fixed"], document["scenario"]) == ({"exempt": "US only"}, "mining")
    with xarray.open_dataset("a.nc", engine="h5netcdf") as dataset:
        assert dataset.attrs["fixed"] == "exempt=US only"
        assert dataset.attrs["scenario"] == "mining"


POLE = """
name = "pole"
form = "extensive"
players = ["A"]
[parameters.p]
value = 1
[[moves]]
name = "a"
player = "A"
actions = ["in", "out"]
[payoffs]
A = "1 / p if a == 'in' else 0"
"""


def test_a_refusal_names_the_point_and_the_file(negotiate: Negotiate) -> None:
    Path("pole.toml").write_text(POLE)
    for more in ((), ("--jobs", "2")):
        answer = negotiate("sweep", "pole.toml", "--over", "p=-1:1:3", *more, "--out", "a.csv")
        assert answer.code == 3
        assert f"1 fault in {Path('pole.toml').absolute()}:" in answer.err
        assert "payoffs.A: at p = 0: division by zero after a = in" in answer.err


# ---- beyond memory, and with more than one process ----------------------------------------------


def content(path: Path) -> dict[str, bytes]:
    files = (file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def test_zarr_and_netcdf_are_the_same(negotiate: Negotiate) -> None:
    options = ("--over", "approval=0:1:3", "--over", "loss=1/2,2", "--each", "exempt", "--json")
    found = {}
    for name in ("a.nc", "a.zarr", "b.zarr"):
        jobs = ("--jobs", "2") if name == "b.zarr" else ()
        answer = negotiate("sweep", FLAGSHIP, *options, *jobs, "--out", name)
        assert (answer.code, answer.err) == (0, "")
        found[name] = answer.document
        assert found[name].pop("out") == name
        found[name]["variables"].sort()
    assert found["a.nc"] == found["a.zarr"] == found["b.zarr"]
    with xarray.open_dataset("a.nc", engine="h5netcdf") as dataset:
        dataset.load()
    xarray.testing.assert_equal(xarray.open_zarr("a.zarr").load(), dataset)
    assert content(Path("a.zarr")) == content(Path("b.zarr"))
    assert {path.name for path in Path().iterdir()} == set(found)


def test_a_choice_of_variables(negotiate: Negotiate) -> None:
    """The summary tells of regimes all the same: it is counted, not read."""
    over = ("--over", "approval=0:1:6")
    whole = negotiate("sweep", FLAGSHIP, *over, "--out", "a.nc", "--json").document
    for name in ("b.nc", "b.zarr"):
        keep = ("--variables", "equilibria, payoff_min")
        answer = negotiate("sweep", FLAGSHIP, *over, *keep, "--out", name, "--json")
        assert answer.document == whole | {
            "out": name,
            "variables": answer.document["variables"],
            "events": None,  # they are those of the variable branch
        }
        assert sorted(answer.document["variables"]) == ["equilibria", "payoff_min"]


def test_a_sample_in_all_forms(negotiate: Negotiate) -> None:
    options = ("--over", "approval=0:1", "--over", "loss=1:2", "--sample", "16", "--seed", "3")
    for name in ("a.nc", "a.zarr", "a.csv"):
        answer = negotiate("sweep", FLAGSHIP, *options, "--out", name)
        assert (answer.code, answer.err) == (0, "")
        assert "16 points" in answer.out
    assert len({row["point"] for row in rows("a.csv")}) == 16
    with xarray.open_dataset("a.nc", engine="h5netcdf") as dataset:
        dataset.load()
    xarray.testing.assert_equal(xarray.open_zarr("a.zarr").load(), dataset)
    wanted = sweep(load(FLAGSHIP), {"approval": (0, 1), "loss": (1, 2)}, sample=16, seed=3)
    xarray.testing.assert_equal(dataset, wanted)
    uneven = negotiate("sweep", FLAGSHIP, "--over", "loss=1:2", "--sample", "5", "--out", "b.csv")
    assert uneven.code == 0
    assert "power of two" in uneven.err


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--out", "a.zarr", "--variables", "payof"], "did you mean 'payoff'"),
        (["--out", "a.zarr", "--variables", ""], "no variable ''"),
        (["--out", "a.nc", "--variables", "payoff_change"], "no variable 'payoff_change'"),
        (["--out", "a.csv", "--variables", "payoff"], "columns of a table are fixed"),
        (["--out", "a.nc", "--restart"], "only a sweep to .zarr"),
        (["--out", "a.zarr", "--jobs", "0"], "no number of processes"),
        (["--out", "a.zarr", "--jobs", "two"], "--jobs"),
        (["--out", "a.zarr", "--jobs", "2", "--scheduler", "tcp://x:1"], "leave out --jobs"),
        (["--out", "a.zarr", "--scheduler", "nonsense"], "no Dask scheduler answers"),
        (["--out", "a.zarr", "--seed", "1"], "add --sample"),
        (["--out", "taken.zarr"], "something else of that name"),
        (["--out", "nowhere/a.zarr"], "the folder is not there"),
        (["--out", "a.zarr", "--select", "best"], "no selection rule"),
        (["--out", "a.zarr", "--concept", "best"], "no concept"),
    ],
)
def test_bad_options_of_large_sweeps(negotiate: Negotiate, options: list[str], found: str) -> None:
    Path("taken.zarr").mkdir()
    answer = negotiate("sweep", FLAGSHIP, "--over", "loss=1,2", *options)
    assert answer.code == 2
    assert found in answer.err
    assert [path.name for path in Path().iterdir()] == ["taken.zarr"]


def test_a_full_disk_is_said_and_gone_on_with(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("negotiation.analysis.sweeps.chunks.SMALLEST", 60)
    call = ("sweep", FLAGSHIP, "--over", "approval=0:1:240")
    negotiate(*call, "--out", "whole.zarr")
    write, left = LocalStore.set, [70]

    async def limited(own: Any, key: str, value: Any, *rest: Any, **more: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), key)
        await write(own, key, value, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "set", limited)
        answer = negotiate(*call, "--out", "a.zarr")
    assert (answer.code, answer.out) == (2, "")
    assert "No space left on device" in answer.err
    assert "remedy: free some space, then give the same command" in answer.err
    assert "of 240 points are kept in a.zarr.part" in answer.err
    other = negotiate(*call, "--select", "pareto", "--out", "a.zarr")
    assert other.code == 2
    assert "select differs: None there, pareto here" in other.err
    assert "--restart" in other.err
    again = negotiate(*call, "--out", "a.zarr")
    assert again.code == 0
    assert again.err.startswith("negotiate: going on after ")
    assert content(Path("a.zarr")) == content(Path("whole.zarr"))


@pytest.mark.parametrize("jobs", [pytest.param("1", marks=pytest.mark.slow), "2"])
def test_interrupted_and_gone_on_with(surroundings: dict[str, str], jobs: str) -> None:
    """Ctrl-C on a terminal reaches the workers too, also one that is still loading its code."""
    axes = ("--over", "approval=0:1:20000", "--over", "loss=0.5:2:2000")
    over = (*axes, "--select", "coalition-proof")
    call = [sys.executable, "-m", "negotiation", "sweep", FLAGSHIP, *over, "--jobs", jobs]
    running = subprocess.Popen(
        [*call, "--out", "a.zarr"],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A shell has commands in the background ignore Ctrl-C, and so their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    journal = Path("a.zarr.part/journal")
    deadline = time.monotonic() + 600
    while not (journal.exists() and journal.stat().st_size > 0):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    out, complaints = running.communicate(timeout=600)
    assert running.returncode == 130
    assert out == b""
    assert without_progress(complaints) == (
        "negotiate: interrupted; the same command goes on from what is in a.zarr.part\n"
    )
    assert [path.name for path in Path().iterdir()] == ["a.zarr.part"]


# ---- progress -----------------------------------------------------------------------------------


def test_the_pace_counts_from_the_first_report() -> None:
    now = [100.0]
    pace = progress.Pace(lambda: now[0])
    assert pace.words(5000, 10_000) == ""
    now[0] += 2
    assert pace.words(5100, 10_000) == "50 points/s, 1 min 38 s left"
    now[0] += 98
    assert pace.words(10_000, 10_000) == "50 points/s, 0 s left"
    slow = progress.Pace(lambda: now[0])
    slow.words(0, 10**6)
    now[0] += 100
    assert slow.words(150, 10**6) == "1.5 points/s, 7 d 17 h left"
    assert slow.words(150, 10_000) == "1.5 points/s, 1 h 49 min left"


def test_a_log_gets_a_line_now_and_then(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ("sweep", FLAGSHIP, "--over", "approval=0:1:210")
    monkeypatch.setattr("negotiation.analysis.sweeps.chunks.SMALLEST", 50)
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    lines = negotiate(*call, "--out", "a.zarr").err.splitlines()
    assert len(lines) >= 3
    assert lines[-1].startswith("negotiate: 210 of 210 points, ")
    assert lines[-1].endswith(" points/s, 0 s left")


def test_a_terminal_gets_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.progress_bar("solving") as report:
        report(10, 100)
        time.sleep(0.01)
        report(20, 100)
    assert "20/100" in capsys.readouterr().err
