"""Sweeps in cells against the exact solver: random models, random rational payoffs, whole grids."""

from __future__ import annotations

import math
import random
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import load
from negotiation.analysis.sweeps import plan_sweep, solve_points
from negotiation.analysis.sweeps.cells import CellSolver
from negotiation.errors import NegotiationError
from negotiation.game import CHANCE, Game
from tests.drawing import examples
from tests.oracles.sweep_points import check, random_model, sweep_of, table, thirds

FLAGSHIP = "divide-and-exempt"
CONCEPTS = ("subgame-perfect", "pure-subgame-perfect", "pure")
RULES = (
    None,
    "coalition-proof",
    "preferred:P",
    "worst:Q",
    "pareto",
    "payoff-dominant",
    "unique",
    "coalition-proof,preferred:P",
)

MANY = 5_000
"""Pure profiles from which a model takes seconds a point and is swept over four points."""


def pure_profiles(game: Game) -> int:
    """Return the number of profiles of the strategic form, nothing reduced."""
    sets = game.information_sets
    return math.prod(len(held.actions) for held in sets if held.player != CHANCE)


def check_random(seed: int, size: int) -> None:
    """Compare a sweep of a random model, or how it fails."""
    rng = random.Random(seed)
    model = random_model(seed)
    concept, select = rng.choice(CONCEPTS), rng.choice(RULES)
    over = {"t": thirds(-1, size), "u": [Fraction(k, 3) for k in (0, 3, 1, 7)[:size]]}
    if rng.random() < 0.5:
        over = dict(reversed(over.items()))
    if pure_profiles(model.at({"t": 0})) > MANY:
        over = {name: values[:2] for name, values in over.items()}
    plan = plan_sweep(model, over, concept=concept, select=select)
    try:
        points = list(solve_points(plan))
    except NegotiationError as error:
        with pytest.raises(type(error), match=re.escape(str(error))):
            CellSolver(plan).solve(0, plan.size)
    else:
        check(plan, points=points)


@pytest.mark.parametrize("seed", range(8))
def test_random_models(seed: int) -> None:
    check_random(seed, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8, 16))
def test_more_random_models(seed: int) -> None:
    check_random(seed, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(100, 190), 237])
def test_many_random_models(seed: int) -> None:
    check_random(seed, 3)


# Formulas of low degree in two variables, with a denominator that has no zero at the points.
NUMBERS = st.integers(-3, 3)
FORMULAS = st.builds(
    "({} + {}*t + {}*u + {}*t*u) / ({} + t*t + u)".format,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.integers(1, 3),
)


@examples(8)
@given(st.lists(FORMULAS, min_size=8, max_size=8))
def test_tables_of_rational_functions(formulas: list[str]) -> None:
    cells = [(v, h) for v in ("up", "down") for h in ("left", "right")]

    def payoff(own: list[str]) -> str:
        return " + ".join(
            f"(({f}) if vertical == '{v}' and horizontal == '{h}' else 0)"
            for f, (v, h) in zip(own, cells, strict=True)
        )

    model = table(payoff(formulas[:4]), payoff(formulas[4:]))
    check(sweep_of(model, {"t": [-1, 0, "1/3", 1, 2, "7/5"], "u": [0, "1/2", 1, 3]}))


PLANES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (FLAGSHIP, {"approval": "0:1:41", "loss": "0:2:21"}, {}),
    (FLAGSHIP, {"benefit": "0:2:31", "cost": "0:1:31"}, {"select": "coalition-proof"}),
    (FLAGSHIP, {"dependence[EU]": "0.1:2:31", "kappa": "-0.5:1.5:31"}, {"select": "worst:China"}),
    (FLAGSHIP, {"anxiety": "0:1:13", "strike": "0:1:13"}, {"each": "exempt"}),
    (FLAGSHIP, {"share": "0.1:0.9:21", "elasticity": "2:8:21"}, {"select": "preferred:China"}),
    (FLAGSHIP, {"sigma": "0:1:16", "relief": "0:1:16"}, {"concept": "pure"}),
    (
        FLAGSHIP,
        {"discriminate": [0, 1], "harm": "0:1:13", "burden": "0:1:13"},
        {"baseline": {"exempt": "uniform control"}},
    ),
    (f"{FLAGSHIP}-members", {"loss": "0:2:9", "approval": "0:1:9"}, {}),
    (f"{FLAGSHIP}-types", {"loss": "0:2:11", "approval": "0:1:11"}, {}),
    (f"{FLAGSHIP}-conditional", {"loss": "0:2:21", "approval": "0:1:21"}, {}),
    (f"{FLAGSHIP}-sequential", {"loss": "0:2:15", "cost": "0:1:15"}, {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "over", "settings"), PLANES)
def test_whole_planes(name: str, over: dict[str, Any], settings: dict[str, Any]) -> None:
    check(sweep_of(load(name), over, **settings))
