"""Sweeps solved twice: in cells, and point by point with the exact solver."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation import Model, Move, Parameter
from negotiation.analysis.sweeps import SweepPlan, SweptPoint, plan_sweep, solve_points
from negotiation.analysis.sweeps.blocks import Block, block_of_points
from negotiation.analysis.sweeps.cells import CellSolver
from tests.properties.test_random_models import PLAYERS, Drawing

ARRAYS = (
    "open",
    "complete",
    "counts",
    "regimes",
    "payoffs",
    "changes",
    "change_bounds",
    "outcomes",
)


def assert_same(found: Block, expected: Block) -> None:
    """Compare two blocks array for array, doubles bit for bit."""
    assert (found.start, found.stop) == (expected.start, expected.stop)
    for name in ARRAYS:
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        if one is None:
            continue
        assert (one.dtype, one.shape) == (other.dtype, other.shape), name
        if one.dtype == np.float64:
            same = (one.view(np.int64) == other.view(np.int64)) | (np.isnan(one) & np.isnan(other))
        else:
            same = one == other
        assert same.all(), (name, np.argwhere(~same)[:3], one[~same][:3], other[~same][:3])


def check(
    plan: SweepPlan,
    *,
    points: Sequence[SweptPoint] | None = None,
    cuts: Sequence[int] = (),
    compiled: bool | None = None,
) -> CellSolver:
    """Solve a plan in cells and point by point, compare, and return the cell solver.

    Parameters
    ----------
    points : sequence of SweptPoint, optional
        The exact solver's answers, if they are known.
    cuts : sequence of int
        Where blocks end within the plan.
    compiled : bool, optional
        Ask for one way only.
    """
    points = list(solve_points(plan)) if points is None else points
    expected = block_of_points(plan, 0, points)
    for way in (False, True) if compiled is None else (compiled,):
        solver = CellSolver(plan, compiled=way)
        assert_same(solver.solve(0, plan.size), expected)
    ends = [0, *cuts, plan.size]
    for start, stop in itertools.pairwise(ends):
        part = block_of_points(plan, start, points[start:stop])
        assert_same(solver.solve(start, stop), part)
    return solver


def sweep_of(model: Model, over: Any, **settings: Any) -> SweepPlan:
    """Return a plan."""
    return plan_sweep(model, over, **settings)


def table(
    first: str, second: str, parameters: Mapping[str, Any] | None = None, **more: Any
) -> Model:
    """Return a game of two players who move at the same time, up or down and left or right."""
    return Model(
        name="table",
        players=("row", "column"),
        parameters=parameters or {"t": Parameter(), "u": Parameter(value=0)},
        moves=[
            Move("vertical", player="row", actions=("up", "down")),
            Move("horizontal", player="column", actions=("left", "right")),
        ],
        payoffs={"row": first, "column": second},
        **more,
    )


class Parametrised(Drawing):
    """A random model whose payoffs are affine in two parameters, with few different numbers."""

    def model(self) -> Model:
        moves = []
        for move in self.moves:
            allowed = None
            if move.bars is not None:
                other, label, action = move.bars
                allowed = f"{move.name} != '{action}' or {other} != '{label}'"
            shares: list[str] | None = None
            if move.shares:
                shares = [*map(str, move.shares[:-1]), "rest"]
                if len(shares) == 2 and self.rng.random() < 0.5:
                    shares = ["(1 + t) / 4", "rest"]
            moves.append(
                Move(
                    move.name,
                    player=move.player,
                    actions=move.actions,
                    observes=move.observes,
                    when=None if move.when is None else f"{move.when[0]} == '{move.when[1]}'",
                    otherwise=move.otherwise,
                    allowed=allowed,
                    probabilities=shares,
                )
            )
        return Model(
            name="random",
            players=PLAYERS,
            parameters={
                "t": Parameter(value=0, domain="-1 <= t <= 3"),
                "u": Parameter(value=1),
            },
            moves=moves,
            payoffs={player: self._formula(k) for k, player in enumerate(PLAYERS)},
        )

    def _formula(self, player: int) -> str:
        rng, terms = self.rng, []
        pieces = ("0", "1", "t", "u", "t*u", "2 - t", "u - t", "abs(t - u)", "max(t, 1)", "t / 2")
        for cell in self.payoffs:
            played = " and ".join(
                f"{move.name} == '{action}'" for move, action in zip(self.moves, cell, strict=True)
            )
            terms.append(f"({rng.choice(pieces)} if {played} else 0)")
        return " + ".join(terms)


def random_model(seed: int) -> Model:
    """Return a random model with parameters t and u."""
    return Parametrised(random.Random(seed), ties=True).model()


def thirds(low: int, high: int) -> list[Fraction]:
    """Return the whole numbers and thirds from `low` to `high`."""
    return [Fraction(k, 3) for k in range(3 * low, 3 * high + 1)]
