"""Models of the catalogue, loaded once and solved with every claim of the answer checked."""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from negotiation import Model, Solution, load, solve
from negotiation.solution import Equilibrium


@functools.cache
def model(name: str) -> Model:
    return load(name)


def solved(
    name: str,
    values: Mapping[str, Any],
    concept: str | None = None,
    *,
    select: str = "all",
    fix: Mapping[str, str] | None = None,
) -> Solution:
    """Solve by the model's concept, unless one is named."""
    solution = solve(model(name).at(values, fix=fix), concept, select=select)
    assert solution.complete, solution.message
    assert solution.equilibria, solution.message
    assert all(e.certificate.largest_gain == 0 for e in solution.equilibria)
    return solution


def chance_of(equilibrium: Equilibrium, **moves: str) -> Fraction:
    """Probability of the paths with these values."""
    return sum(
        (
            outcome.probability
            for outcome in equilibrium.outcomes
            if all(outcome.moves.get(move) == value for move, value in moves.items())
        ),
        Fraction(0),
    )


def draw(source: random.Random, low: int, high: int, denominator: int = 1000) -> Fraction:
    """A fraction between `low` and `high`, in steps of one `denominator`, ends left out."""
    return Fraction(source.randint(low * denominator + 1, high * denominator - 1), denominator)
