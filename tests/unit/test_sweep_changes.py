"""Changes of payoffs against a baseline: certain where both answers are complete, else not stated.

The oracle is a solve of both games at each point, and ``solve_batch`` for what such a solve may
miss: all equilibria of 2x2x2 games.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from negotiation import Model, Move, Parameter, load, solve, solve_batch, sweep
from negotiation.analysis.sweeps import plan_sweep, solve_plan, solve_points
from negotiation.analysis.sweeps.blocks import Block, block_of_points, solve_block
from negotiation.analysis.sweeps.cells import CellSolver
from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.analysis.sweeps.points import SweptPoint
from negotiation.certify import certify
from negotiation.errors import NegotiationError, UsageError
from negotiation.solution import ConditionSet, Solution
from negotiation.solvers.assessment_outcomes import path_outcome

FLAGSHIP = "divide-and-exempt"
PLAYERS = ("A", "B", "C")
SIDES = ("l", "r")
TABLE = [
    [[[4, 4], [6, 5]], [[1, 7], [7, 9]]],
    [[[7, 2], [3, 6]], [[6, 6], [8, 2]]],
    [[[9, 0], [0, 9]], [[9, 2], [1, 3]]],
]
"""Payoffs of three players who move at the same time, player by player; three equilibria."""


def table_formula(player: int) -> str:
    cells = itertools.product(range(2), repeat=3)
    return " + ".join(
        f"({TABLE[player][i][j][k]} if a == '{SIDES[i]}' and b == '{SIDES[j]}' "
        f"and c == '{SIDES[k]}' else 0)"
        for i, j, k in cells
    )


def game_of_three(**more: Any) -> Model:
    """Return a model: after ``play`` A, B and, where n = 1, C move at the same time; or nobody."""
    played = "mode == 'play'"
    return Model(
        name="three",
        players=PLAYERS,
        concept="subgame-perfect",
        parameters={
            "v": Parameter(value=0),
            "n": Parameter(value=1, integer=True, domain="0 <= n <= 1"),
        },
        moves=[
            Move("mode", player="A", actions=("alone", "play")),
            Move("a", player="A", actions=SIDES, observes=("mode",), when=played, otherwise="l"),
            Move("b", player="B", actions=SIDES, observes=("mode",), when=played, otherwise="l"),
            Move(
                "c",
                player="C",
                actions=SIDES,
                observes=("mode",),
                when=f"{played} and n == 1",
                otherwise="l",
            ),
        ],
        payoffs={
            player: f"v if mode == 'alone' else {table_formula(k)}"
            for k, player in enumerate(PLAYERS)
        },
        **more,
    )


def blocks(plan: SweepPlan) -> Block:
    """Return the block of the cells, which must be that of the points, array by array."""
    found = solve_block(plan, 0, plan.size)
    exact = block_of_points(plan, 0, list(solve_points(plan)))
    for name in Block.__dataclass_fields__:
        one, other = getattr(found, name), getattr(exact, name)
        if isinstance(other, np.ndarray):
            assert np.array_equal(one, other, equal_nan=other.dtype.kind == "f"), name
    return found


def check(plan: SweepPlan) -> Block:
    """Compare the changes with solves of both games at each point."""
    found = blocks(plan)
    assert found.changes is not None
    assert found.change_bounds is not None
    for k in range(plan.size):
        values, action = plan.point(k)
        if not found.open[k]:
            assert np.isnan(found.change_bounds[:, k]).all()
            continue
        fix = dict(plan.fix) if plan.each is None else {**plan.fix, plan.each: action}
        at = {**plan.values, **values}
        here = solve(plan.model.at(at, fix=fix), plan.concept, select=plan.select)
        rows = found.changes[found.offsets[k] : found.offsets[k + 1]]
        try:
            game = plan.model.at(at, fix={**plan.fix, **(plan.baseline or {})})
        except UsageError:
            assert np.isnan(rows).all()
            assert np.isnan(found.change_bounds[:, k]).all()
            assert found.complete[k] == here.complete
            continue
        before = solve(game, plan.concept, select=plan.select)
        assert found.complete[k] == (here.complete and before.complete)
        for p, player in enumerate(plan.players):
            gains = [equilibrium.payoffs[player] for equilibrium in here.equilibria]
            base = {equilibrium.payoffs[player] for equilibrium in before.equilibria}
            alone = before.complete and len(base) == 1
            wanted = [float(g - min(base)) if alone else np.nan for g in gains]
            assert np.array_equal(rows[:, p], wanted, equal_nan=True)
            bounds = [np.nan, np.nan]
            if here.complete and before.complete and gains and base:
                bounds = [float(min(gains) - max(base)), float(max(gains) - min(base))]
            assert np.array_equal(found.change_bounds[:, k, p], bounds, equal_nan=True)
    return found


# ---- what is not complete ------------------------------------------------------------------------


def test_a_baseline_that_is_not_complete_has_no_certain_change() -> None:
    """Of its three equilibria the solver lists the pure one; another gives A 6.6, not 4."""
    batch = solve_batch(np.array(TABLE, dtype=float)[None])
    payoffs_of_a = {
        round(float(np.einsum("i,j,k,ijk", *profile, np.array(TABLE[0], dtype=float))), 2)
        for profile in batch.profiles(0)
    }
    assert payoffs_of_a == {4.0, 6.63, 5.23}
    plan = plan_sweep(
        game_of_three(), {"v": (0, 1, 3)}, fix={"mode": "alone"}, baseline={"mode": "play"}
    )
    found = check(plan)
    assert (found.counts == 1).all()
    assert not found.complete.any()
    assert found.changes is not None
    assert np.isnan(found.changes).all()
    dataset, tally = solve_plan(plan)
    assert tally.incomplete == 3
    assert (dataset["complete"].values == 0).all()
    for name in ("payoff_change", "payoff_change_min", "payoff_change_max"):
        assert np.isnan(dataset[name].values).all()


def test_it_is_decided_point_by_point() -> None:
    """Where C does not move the baseline is complete."""
    plan = plan_sweep(
        game_of_three(),
        {"n": [0, 1], "v": (0, 1, 3)},
        fix={"mode": "alone"},
        baseline={"mode": "play"},
    )
    found = check(plan)
    assert found.complete.tolist() == [True] * 3 + [False] * 3
    assert found.change_bounds is not None
    assert np.isnan(found.change_bounds).any(axis=(0, 2)).tolist() == [False] * 3 + [True] * 3


def test_of_a_point_that_is_not_complete_the_bounds_are_unknown() -> None:
    """What each listed equilibrium gains is certain if the baseline is complete."""
    plan = plan_sweep(
        game_of_three(), {"v": (0, 1, 2)}, fix={"mode": "play"}, baseline={"mode": "alone"}
    )
    found = check(plan)
    assert not found.complete.any()
    assert found.changes is not None
    assert found.change_bounds is not None
    assert found.changes[0].tolist() == [4, 7, 9]
    assert np.isnan(found.change_bounds).all()


def test_each_against_a_baseline_of_more_movers() -> None:
    """Each action of `c` leaves two movers; the baseline leaves three."""
    plan = plan_sweep(
        game_of_three(), {"v": [0, 3]}, fix={"mode": "play"}, each="c", baseline={"mode": "play"}
    )
    assert not check(plan).complete.any()
    fixed = replace(plan, baseline={"mode": "alone"})
    assert check(fixed).complete.all()


def test_payoffs_that_only_conditions_describe_are_not_listed() -> None:
    """A continuum of several outcomes may have payoffs beyond those of the equilibria listed."""
    plan = plan_sweep(
        game_of_three(), {"v": [0]}, fix={"mode": "alone"}, baseline={"mode": "alone"}
    )
    (point,) = solve_points(plan)
    assert point.solution is not None
    assert point.baseline is not None

    def unknown(here: Solution, before: Solution) -> list[bool]:
        block = block_of_points(plan, 0, [replace(point, solution=here, baseline=before)])
        assert block.changes is not None
        assert block.change_bounds is not None
        arrays = (block.changes, block.change_bounds)
        return [not block.complete.all(), *(bool(np.isnan(array).all()) for array in arrays)]

    open_ended = replace(point.baseline, conditions=(ConditionSet((), ()),))
    listed = replace(point.baseline, conditions=(ConditionSet((), (), 0),))
    assert unknown(point.solution, point.baseline) == [False, False, False]
    assert unknown(point.solution, listed) == [False, False, False]
    assert unknown(point.solution, open_ended) == [True, True, True]
    assert unknown(open_ended, point.baseline) == [True, False, True]


def test_a_curve_of_equilibria_is_not_listed_whole() -> None:
    """An equilibrium inside pays C less than any that is listed, so the point is not complete."""
    tables = ["01000101", "11101111", "10111101"]
    cells = ["".join(sides) for sides in itertools.product(SIDES, repeat=3)]
    payoffs = {
        player: " + ".join(
            f"({number} if a == '{cell[0]}' and b == '{cell[1]}' and c == '{cell[2]}' else 0)"
            for number, cell in zip(table, cells, strict=True)
        )
        for player, table in zip(PLAYERS, tables, strict=True)
    }
    model = Model(
        name="curve",
        players=PLAYERS,
        concept="nash",
        parameters={"v": Parameter(value=0)},
        moves=[
            Move("mode", player="B", actions=("play", "alone")),
            *(Move(name.lower(), player=name, actions=SIDES) for name in PLAYERS),
        ],
        payoffs={player: f"v + {text}" for player, text in payoffs.items()},
    )
    fix = {"mode": "play"}
    game = model.at(fix=fix)
    half, sure = (Fraction(1, 2),) * 2, (Fraction(1), Fraction(0))
    inside = {0: (Fraction(1),), 1: half, 2: half, 3: sure}
    assert certify(game, inside, "nash").holds
    value = game.expected(path_outcome(game, inside))
    found = sweep(model, {"v": [0, 1]}, fix=fix)
    assert found["payoff_min"].sel(v=0, player="C") > value[PLAYERS.index("C")] == Fraction(3, 4)
    assert not found["complete"].any()
    assert "a continuum is given by conditions" in found.attrs["incomplete_reasons"]


def test_cells_of_an_incomplete_answer_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that states a change where none is certain is a bug, and an error says so."""
    plan = plan_sweep(
        game_of_three(), {"v": (0, 1, 3)}, fix={"mode": "alone"}, baseline={"mode": "play"}
    )

    def certain(plan: SweepPlan, start: int, points: list[SweptPoint]) -> Block:
        block = block_of_points(plan, start, points)
        assert block.changes is not None
        return replace(block, changes=np.zeros_like(block.changes))

    CellSolver(plan).solve(0, 3)
    monkeypatch.setattr("negotiation.analysis.sweeps.cells.block_of_points", certain)
    with pytest.raises(NegotiationError, match="differs from that of an exact solve"):
        CellSolver(plan).solve(0, 3)


# ---- where the baseline is not allowed -----------------------------------------------------------


@pytest.mark.parametrize("select", [None, "coalition-proof"])
@pytest.mark.parametrize("each", [None, "exempt"])
def test_changes_are_empty_where_the_baseline_is_not_allowed(
    each: str | None, select: str | None
) -> None:
    over = {"loss": ["1/2", 1], "discriminate": [0, 1]}
    settings: dict[str, Any] = {"baseline": {"exempt": "US only"}, "select": select}
    plan = plan_sweep(load(FLAGSHIP), over, each=each, **settings)
    found = check(plan)
    assert found.complete.all()
    dataset = sweep(load(FLAGSHIP), over, each=each, **settings)
    known = ~np.isnan(dataset["payoff_change_max"]).all("player")
    assert not known.sel(discriminate=0).any()
    allowed = known.sel(discriminate=1)
    assert bool(allowed.all())


def test_a_baseline_that_is_not_allowed_in_a_sample() -> None:
    over = {"discriminate": [0, 1], "loss": ("1/2", 2), "approval": (0, 1)}
    plan = plan_sweep(load(FLAGSHIP), over, sample=16, baseline={"exempt": "EU only"})
    found = check(plan)
    assert found.open.all()
    barred = [plan.point(k)[0]["discriminate"] == 0 for k in range(plan.size)]
    assert found.change_bounds is not None
    assert np.isnan(found.change_bounds).all(axis=(0, 2)).tolist() == barred
    assert any(barred)
    assert not all(barred)


def test_many_points_of_a_barred_baseline_share_cells() -> None:
    """Such points are no reason to solve one by one."""
    over = {"discriminate": [0, 1], "approval": (0, 1, 41)}
    plan = plan_sweep(load(FLAGSHIP), over, baseline={"exempt": "US only"})
    solver = CellSolver(plan)
    solver.solve(0, plan.size)
    assert solver.exact_points == 0
    check(plan)


def test_a_baseline_that_is_allowed_nowhere_is_refused() -> None:
    model, base = load(FLAGSHIP), {"exempt": "US only"}
    for over in ({"discriminate": [0]}, {"loss": (0, 1, 3)}):
        values = {} if "discriminate" in over else {"discriminate": 0}
        with pytest.raises(UsageError, match="allowed at no point") as caught:
            plan_sweep(model, over, values=values, baseline=base)
        assert caught.value.place == "--baseline"
        assert "uniform control" in caught.value.remedy
        with pytest.raises(UsageError, match="allowed at no point"):
            plan_sweep(model, over, values=values, baseline=base, each="exempt")
    with pytest.raises(UsageError, match="allowed at no point"):
        plan_sweep(model, {"discriminate": [0], "loss": (0, 1)}, sample=8, baseline=base)
    assert plan_sweep(model, {"discriminate": [0, 1]}, baseline=base).size == 2


def test_what_is_wrong_with_a_baseline_everywhere_is_told() -> None:
    for base, message in (({"exempt": "US nly"}, "did you mean 'US only'"), ({"x": 1}, "exempt")):
        with pytest.raises(UsageError) as caught:
            sweep(load(FLAGSHIP), {"discriminate": [0, 1]}, baseline=base)
        assert caught.value.place == "--baseline"
        assert message in str(caught.value)


def test_a_fixed_move_that_the_baseline_closes() -> None:
    """`then` is fixed at an action that is allowed after one action of `first` only."""
    model = Model(
        name="order",
        players=("A", "B"),
        parameters={"x": Parameter(value=0)},
        moves=[
            Move("first", player="A", actions=("u", "d")),
            Move(
                "then",
                player="B",
                actions=("u", "d"),
                observes=("first",),
                allowed="then == 'u' or first == 'd' or x > 1",
            ),
        ],
        payoffs={"A": "x if first == then else 1", "B": "2 if first == then else x"},
    )
    plan = plan_sweep(
        model, {"x": [0, 1, 2]}, fix={"first": "d", "then": "d"}, baseline={"first": "u"}
    )
    found = check(plan)
    assert found.changes is not None
    assert np.isnan(found.changes).all(axis=1).tolist() == [True, True, False]
    assert found.changes[2].tolist() == [float(Fraction(2) - 1), 0.0]
