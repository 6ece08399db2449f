"""Comparison: one model at two settings, side by side.

An equilibrium set is a set, so is a change: from a set with payoffs in [a1, a2] to one in [b1, b2]
a player's change lies in [b1 - a2, b2 - a1]. He gains if that interval is above zero, loses if it
is below, is unaffected if it is zero alone; else the answer depends on which equilibria are played.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from negotiation.model.document import Model
from negotiation.solution import Solution
from negotiation.solvers import solve

__all__ = ["Change", "Comparison", "Setting", "compare"]


@dataclass(frozen=True)
class Setting:
    """Values of parameters and fixed moves of one side."""

    values: Mapping[str, object]
    fix: Mapping[str, object]
    scenario: str | None = None


@dataclass(frozen=True)
class Change:
    """A player's smallest and largest change of payoff from one side to the other."""

    smallest: Fraction
    largest: Fraction

    @property
    def verdict(self) -> str:
        """One of gains, loses, unaffected, undetermined."""
        if self.smallest == self.largest == 0:
            return "unaffected"
        if self.smallest > 0:
            return "gains"
        return "loses" if self.largest < 0 else "undetermined"


@dataclass(frozen=True)
class Comparison:
    """Two solutions and each player's change; no change where a side has no equilibrium."""

    a: Solution
    b: Solution
    changes: Mapping[str, Change]


def compare(
    model: Model,
    a: Setting,
    b: Setting,
    *,
    concept: str | None = None,
    select: str | None = None,
) -> Comparison:
    """Solve a model at two settings and return what changes from `a` to `b`.

    Raises
    ------
    UsageError
        If a setting names what the model does not have.
    """
    solutions = [
        solve(model.at(side.values, fix=side.fix, scenario=side.scenario), concept, select=select)
        for side in (a, b)
    ]
    changes = {}
    for player in solutions[0].players:
        before, after = (
            [equilibrium.payoffs[player] for equilibrium in solution.equilibria]
            for solution in solutions
        )
        if before and after:
            changes[player] = Change(min(after) - max(before), max(after) - min(before))
    return Comparison(solutions[0], solutions[1], changes)
