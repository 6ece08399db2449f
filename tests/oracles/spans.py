"""Is an outcome among those that a Solution describes? By linear programs in floating point.

An outcome is described if it is listed, or is a mixture of the outcomes that span a component that
is a hull. A component that is no hull is not tested for more than what every outcome in it has: its
paths are among those of the vertices, and no player gets less or more than at some vertex.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog

from negotiation.game import Game
from negotiation.solution import Solution
from tests.oracles import tree_brute_force as brute


def describes(game: Game, solution: Solution, outcomes: Iterable[brute.Outcome]) -> bool:
    """Return whether every outcome is listed or in the span of a component."""
    listed = [brute.lottery(game, 0, e.profile) for e in solution.equilibria]
    return all(
        outcome in listed
        or any(
            _spans(game, [listed[k] for k in component.equilibria], component.hull, outcome)
            for component in solution.components
        )
        for outcome in outcomes
    )


def _spans(
    game: Game, vertices: Sequence[brute.Outcome], hull: bool, outcome: brute.Outcome
) -> bool:
    if hull:
        return in_hull([dict(vertex) for vertex in vertices], dict(outcome))
    paths = {node for vertex in vertices for node, _ in vertex}
    players = len(game.players)
    payoffs = [brute.expected(vertex, game.payoffs, players) for vertex in vertices]
    own = brute.expected(outcome, game.payoffs, players)
    return {node for node, _ in outcome} <= paths and all(
        min(values) <= value <= max(values)
        for value, values in zip(own, zip(*payoffs, strict=True), strict=True)
    )


def in_hull(vertices: Sequence[Mapping[int, Fraction]], point: Mapping[int, Fraction]) -> bool:
    """Return whether a point is a convex combination of vertices, up to rounding."""
    places = sorted({place for vertex in (*vertices, point) for place in vertex})
    rows = [[float(vertex.get(place, 0)) for vertex in vertices] for place in places]
    right = [float(point.get(place, 0)) for place in places]
    result = linprog(
        np.zeros(len(vertices)),
        A_eq=np.array([*rows, [1.0] * len(vertices)]),
        b_eq=np.array([*right, 1.0]),
    )
    return bool(result.status == 0)
