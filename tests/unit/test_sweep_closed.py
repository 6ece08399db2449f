"""Sweeps over the actions of a move: points where the action leaves no game say so.

The oracle is the question of ``solve --fix`` at each point alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray

from negotiation import Model, load, solve, sweep
from negotiation.analysis.sweeps import SweepPlan, plan_sweep, solve_plan
from negotiation.analysis.sweeps.dataset import variables_of
from negotiation.errors import UsageError
from negotiation.model.document import Move, Parameter
from negotiation.report.sweeps import sweep_document, sweep_lines

FLAGSHIP = "divide-and-exempt"
UNIFORM = {"exempt": "uniform control"}
OVER = {"discriminate": [0, 1], "loss": ["1/2", 1]}


def is_open(plan: SweepPlan, number: int) -> bool:
    """Say whether ``--fix`` answers at a point."""
    values, action = plan.point(number)
    assert plan.each is not None
    try:
        plan.model.at({**plan.values, **values}, fix={**plan.fix, plan.each: action})
    except UsageError as error:
        if error.place != "--fix" and plan.sample is None:
            raise
        return False
    return True


def check(plan: SweepPlan, dataset: xarray.Dataset) -> None:
    """Compare each point of a dataset with ``solve --fix``."""
    assert plan.each is not None
    wanted = np.array([is_open(plan, k) for k in range(plan.size)]).reshape(plan.shape)
    assert dataset["inside"].dims == plan.dimensions
    assert (dataset["inside"].values == wanted).all()
    for k in range(plan.size):
        place = np.unravel_index(k, plan.shape)
        cell = dataset.isel(dict(zip(plan.dimensions, place, strict=True)))
        if not wanted[place]:
            assert (int(cell["equilibria"]), int(cell["regime"])) == (0, -1)
            assert np.isnan(cell["payoff"].values).all()
            continue
        values, action = plan.point(k)
        game = plan.model.at({**plan.values, **values}, fix={plan.each: action})
        found = solve(game, plan.concept, select=plan.select)
        assert int(cell["equilibria"]) == len(found.equilibria)
        assert bool(cell["complete"]) == found.complete
        rows = [[float(e.payoffs[p]) for p in plan.players] for e in found.equilibria]
        assert cell["payoff"].values[: len(rows)].tolist() == rows


@pytest.mark.parametrize("select", ["coalition-proof", "unique"])
def test_an_action_that_is_not_allowed_is_no_game(select: str) -> None:
    """`unique` leaves games without an equilibrium: these are inside."""
    plan = plan_sweep(load(FLAGSHIP), OVER, each="exempt", select=select)
    dataset, tally = solve_plan(plan)
    check(plan, dataset)
    without = (dataset["inside"] == 1) & (dataset["equilibria"] == 0)
    assert bool(without.any()) == (select == "unique")
    document = sweep_document(plan, dataset, tally, Path("a.nc"))
    assert document["no_game"] == 4
    assert document["regimes"].get("", 0) == int(without.sum())
    assert sum(document["regimes"].values()) + document["no_game"] == document["points"]
    lines = list(sweep_lines(plan, dataset, tally, Path("a.nc")))
    assert "  no such game (inside = 0): 4 points" in lines
    empty = f"  no equilibrium: {int(without.sum())} points"
    assert (empty in lines) == (select == "unique")


def test_a_sample_tells_the_domain_from_games_action_by_action() -> None:
    over = {"discriminate": [0, 1], "loss": (1, 2)}
    plan = plan_sweep(load(FLAGSHIP), over, each="exempt", select="coalition-proof", sample=4)
    dataset, tally = solve_plan(plan)
    check(plan, dataset)
    assert set(dataset["inside"].values.ravel().tolist()) == {0, 1}
    lines = list(sweep_lines(plan, dataset, tally, Path("a.nc")))
    closed = int((dataset["inside"] == 0).sum())
    assert f"  no such game or outside the domain (inside = 0): {closed} points" in lines


def test_changes_against_a_baseline_are_empty_where_there_is_no_game() -> None:
    found = sweep(load(FLAGSHIP), OVER, each="exempt", baseline=UNIFORM, select="coalition-proof")
    empty = found["inside"].values == 0
    assert empty.sum() == 4
    for name in ("payoff_change_min", "payoff_change_max"):
        assert (np.isnan(found[name].values).any(axis=-1) == empty).all()
    assert (np.isnan(found["payoff_change"].values).all(axis=(-1, -2)) == empty).all()


def test_where_every_point_has_a_game_nothing_is_marked() -> None:
    over = {"loss": ["1/2", 1]}
    found = sweep(load(FLAGSHIP), over, each="exempt", select="coalition-proof")
    assert "inside" not in found
    asked = sweep(load(FLAGSHIP), over, each="exempt", variables=["inside", "equilibria"])
    assert (asked["inside"].values == 1).all()
    assert "inside" not in variables_of(plan_sweep(load(FLAGSHIP), over))


@pytest.mark.parametrize(
    ("over", "options", "marked"),
    [
        (OVER, {}, True),
        (OVER, {"variables": ["equilibria", "inside"]}, True),
        (OVER, {"variables": ["equilibria"]}, False),
        ({"discriminate": [0, 1], "loss": (1, 2)}, {"sample": 6}, True),
        ({"loss": [1, 2]}, {}, False),
        ({"loss": [1, 2]}, {"variables": ["inside"]}, True),
    ],
)
def test_a_store_marks_the_same_points(
    over: dict[str, Any],
    options: dict[str, Any],
    marked: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("negotiation.analysis.sweeps.chunks.SMALLEST", 5)
    asked = {"each": "exempt", "select": "coalition-proof", **options}
    wanted = sweep(load(FLAGSHIP), over, **asked)
    found = sweep(load(FLAGSHIP), over, **asked, out=tmp_path / "a.zarr")
    assert set(found.data_vars) == set(wanted.data_vars)
    xarray.testing.assert_equal(found.load(), wanted)
    assert ("inside" in found) == marked


LICENCES = """
name = "licences"
form = "extensive"
players = ["A", "S"]
[sets]
S = ["one", "EU", "US"]
[parameters.n]
domain = "0 <= n <= 3"
integer = true
value = 2
[parameters.x]
domain = "0 <= x <= 2"
value = 1
[[moves]]
name = "ex"
player = "A"
subsets = "S"
allowed = "len(ex) <= n"
[[moves]]
name = "j"
over = "i in S"
actions = ["yes", "no"]
observes = ["ex"]
when = "n > 0 or i in ex"
otherwise = "no"
[payoffs]
A = "sum(x if j[i] == 'yes' else 0 for i in S if i in ex) - len(ex)/2"
"i in S" = "(x if i in ex else -1) if j[i] == 'yes' else 0"
[[regimes]]
name = "nobody"
when = "len(ex) == 0"
"""
"""With n = 0 the set is empty and nobody joins: `j` is not made."""


@pytest.mark.parametrize("baseline", [None, {"j[EU]": "no"}])
@pytest.mark.parametrize("pointwise", [False, True])
def test_where_the_move_is_skipped_the_answer_is_that_of_fix(
    baseline: dict[str, object] | None, pointwise: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    concept = "pure-subgame-perfect"
    model, over = Model.from_toml(LICENCES), {"n": (0, 1, 2), "x": ["1/4", 1]}
    plan = plan_sweep(model, over, each="j[EU]", baseline=baseline, concept=concept)
    if pointwise:
        monkeypatch.setattr("negotiation.analysis.sweeps.cells.TRACED_METHODS", ())
    dataset, tally = solve_plan(plan, variables=None)
    assert tally.open == tally.points
    assert "inside" not in dataset
    check(plan, dataset.assign(inside=(plan.dimensions, np.ones(plan.shape))))
    assert (dataset["equilibria"].values[0] == 1).all()
    labels = str(dataset["regime"].attrs["labels"]).split("\n")
    assert {labels[code] for code in dataset["regime"].values[0].ravel()} == {"nobody"}
    assert (dataset["branch"].values[0, ..., 0] >= 0).all()
    if baseline is not None:
        assert (dataset["payoff_change_max"].values[0] == 0).all()
        assert (dataset["payoff_change_max"].sel({"j[EU]": "no"}).values >= 0).all()


def test_the_subsets_that_are_not_allowed_are_no_games() -> None:
    plan = plan_sweep(Model.from_toml(LICENCES), {"n": (0, 2, 3)}, each="ex", concept="pure")
    dataset, tally = solve_plan(plan)
    check(plan, dataset)
    assert (dataset["inside"].sum("ex").values == [1, 4, 7]).all()
    assert tally.points - tally.open == 12


def test_a_sample_where_the_move_is_skipped() -> None:
    over = {"n": (0, 1), "x": (0, 1)}
    plan = plan_sweep(
        Model.from_toml(LICENCES), over, each="j[EU]", sample=8, concept="pure-subgame-perfect"
    )
    dataset, _ = solve_plan(plan)
    check(plan, dataset)
    assert (dataset["inside"].values == 1).all()
    assert set(dataset["n"].values) == {0, 1}


def narrow() -> Model:
    """The second move has one action that is open after `up`, another after `down`."""
    return Model(
        name="narrow",
        players=["a", "b"],
        parameters={"stake": Parameter(domain="stake > 0", value=1)},
        moves=[
            Move("first", player="a", actions=["up", "down"]),
            Move(
                "second",
                player="b",
                actions=["left", "right"],
                observes=["first"],
                allowed="(first == 'up') == (second == 'left')",
            ),
        ],
        payoffs={"a": "stake", "b": "-stake"},
    )


def test_a_sweep_without_any_game_is_refused() -> None:
    with pytest.raises(UsageError, match="none of its actions is allowed throughout"):
        sweep(narrow(), {"stake": [1, 2]}, each="second")
    assert sweep(narrow(), {"stake": [1, 2]}, each="first")["equilibria"].shape == (2, 2)
