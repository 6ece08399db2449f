"""``negotiate sweep``: every point equals an exact solve; nothing is written by halves."""

from __future__ import annotations

import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import xarray

from negotiation import load, solve

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
        ("exempt=0,1", "no parameter is called 'exempt'"),
        ("approval=0:2:3", "outside its domain"),
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
        ("folder.csv", "cannot be written"),
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
    assert "no equilibrium: 2 points" in answer.out
