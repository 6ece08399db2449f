"""Comparison: one model at two settings, side by side.

An equilibrium set is a set, so is a change: from a set with payoffs in [a1, a2] to one in [b1, b2]
a player's change lies in [b1 - a2, b2 - a1]. He gains if that interval is above zero, loses if it
is below, is unaffected if it is zero alone; else the answer depends on which equilibria are played.
That holds of the equilibria found: where a side is not complete, others may change it.

An outcome is a distribution p over paths of play. Outcomes of the two sides are *paired* where they
have the same support and no other outcome of either side has it; what is then left is paired if it
is one on each side. Of a pair the change is b(z) - a(z) for every path z that either plays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from negotiation.model.document import Model
from negotiation.nouns import expect_model
from negotiation.solution import Equilibrium, Solution
from negotiation.solvers import solve

__all__ = ["Change", "Comparison", "OutcomePair", "PathChange", "Setting", "compare"]

PathKey = frozenset[tuple[str, str]]
"""A path of play by its (move, action) pairs, which determine it."""
Paths = Mapping[PathKey, tuple[Mapping[str, str], Fraction]]
"""Paths of play, each with its moves in the order of play and its probability."""


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
class PathChange:
    """A path of play and its probability on either side, 0 where it is not played."""

    moves: Mapping[str, str]
    before: Fraction
    after: Fraction


@dataclass(frozen=True)
class OutcomePair:
    """An outcome of each side, path by path.

    Attributes
    ----------
    a, b : int
        Their places among the equilibria of the two solutions.
    changes : tuple of PathChange
        The paths whose probability differs, the largest difference first.
    unchanged : int
        How many paths keep their probability.
    """

    a: int
    b: int
    changes: tuple[PathChange, ...]
    unchanged: int


@dataclass(frozen=True)
class Comparison:
    """Two solutions and each player's change; no change where a side has no equilibrium."""

    a: Solution
    b: Solution
    changes: Mapping[str, Change]

    @property
    def complete(self) -> bool:
        """Whether no outcome is missing on either side."""
        return self.a.complete and self.b.complete

    @property
    def covered(self) -> bool:
        """Whether the changes bound those of all equilibria, not of those listed only."""
        return self.a.bounds_payoffs and self.b.bounds_payoffs

    @cached_property
    def pairs(self) -> tuple[OutcomePair, ...]:
        """The outcomes that correspond to each other, in the order of side a."""
        before, after = (
            [_paths(equilibrium) for equilibrium in solution.equilibria]
            for solution in (self.a, self.b)
        )
        places: defaultdict[frozenset[PathKey], tuple[list[int], list[int]]]
        places = defaultdict(lambda: ([], []))
        for side, outcomes in enumerate((before, after)):
            for place, paths in enumerate(outcomes):
                places[frozenset(paths)][side].append(place)
        found = {i[0]: j[0] for i, j in places.values() if len(i) == len(j) == 1}
        left = [i for i in range(len(before)) if i not in found]
        other = [j for j in range(len(after)) if j not in found.values()]
        if len(left) == len(other) == 1:
            found[left[0]] = other[0]
        return tuple(_pair(i, j, before[i], after[j]) for i, j in sorted(found.items()))


def _paths(equilibrium: Equilibrium) -> Paths:
    return {
        frozenset(outcome.moves.items()): (outcome.moves, outcome.probability)
        for outcome in equilibrium.outcomes
    }


def _pair(i: int, j: int, before: Paths, after: Paths) -> OutcomePair:
    """Return outcome i of the one side and j of the other, path by path."""
    never = Fraction(0)
    changes = [
        PathChange(
            moves,
            before[path][1] if path in before else never,
            after[path][1] if path in after else never,
        )
        for path, (moves, _) in {**before, **after}.items()
    ]
    differing = [change for change in changes if change.before != change.after]
    differing.sort(key=lambda change: -abs(change.after - change.before))
    return OutcomePair(i, j, tuple(differing), len(changes) - len(differing))


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
    expect_model(model)
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
