r"""All Nash equilibria of a two-player tree: extreme equilibria in plans and what they span.

In the sequence form (:mod:`negotiation.solvers.sequence_form`) a pair (x, y) of realisation plans
is an equilibrium iff each is a best reply to the other. Let P be the polyhedron of the plans of
player 1 with the values of best replies to them, and Q that of player 2
(:mod:`negotiation.solvers.plan_polyhedra`). A point of P has a *label* for each sequence of
player 1 that x does not use and for each sequence of player 2 whose inequality is tight, a point of
Q the other way round. If the two carry all labels between them, (x, y) is an equilibrium by
complementary slackness, and every equilibrium comes from such a pair. [1]_ [2]_

*Extreme equilibria* are pairs of extreme plans in equilibrium: best-reply values are the largest of
finitely many linear functions, as for tables, and from here on all is as for tables
(:mod:`negotiation.solvers.bimatrix`). The extreme equilibria are the edges of a bipartite graph;
its maximal bicliques X' x Y' give the maximal sets conv X' x conv Y' of equilibria; their union is
the set of all, whose connected components are those of the graph. Strategies that differ only at
sets that they exclude themselves are one plan.

*A check.* The vertices of P and Q are walked with lexicographic ties. The pairs of complementary
bases are the equilibria of a nondegenerate game near the given one. The sign of the permutation of
labels that two such bases make is their index, up to one sign for all, so these signs sum to +1 or
-1 in every game; those of the pairs near a connected component sum to its index. [3]_

References
----------
.. [1] Koller, D., Megiddo, N., von Stengel, B. (1996), Efficient computation of equilibria for
       extensive two-person games, Games and Economic Behavior 14, 247-259.
.. [2] Audet, C., Belhaiza, S., Hansen, P. (2009), A new sequence form approach for the enumeration
       and refinement of all extreme Nash equilibria for extensive form games, International Game
       Theory Review 11, 437-451.
.. [3] Shapley, L. S. (1974), A note on the Lemke-Howson algorithm, Mathematical Programming Study
       1, 175-189.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from negotiation.errors import NegotiationError
from negotiation.game import Game
from negotiation.solvers.nash_subsets import (
    ConvexComponent,
    connected_pairs,
    maximal_nash_subsets,
)
from negotiation.solvers.plan_polyhedra import (
    Polyhedron,
    Vertices,
    is_extreme,
    plan_of,
    walk,
    within,
)
from negotiation.solvers.sequence_form import RealisationPlan, SequenceForm, sequence_form

__all__ = [
    "MAX_BASES",
    "TreeEquilibria",
    "extreme_tree_equilibria",
    "is_regular",
    "spanned",
    "support_order",
]

MAX_BASES = 30_000
Pair = tuple[RealisationPlan, RealisationPlan]
T = TypeVar("T")


@dataclass(frozen=True)
class TreeEquilibria:
    """All equilibria of a two-player tree, in realisation plans.

    Attributes
    ----------
    form : SequenceForm
    equilibria : tuple of (tuple of Fraction, tuple of Fraction)
        The extreme equilibria, each once, as plans of the two sides of the form. Sorted by the
        number of sequences that both use together, then by those that the first uses, then the
        second.
    components : tuple of ConvexComponent
        The maximal convex sets of equilibria, by the places of the extreme ones that span them.
    connected_indices : tuple of int
        The index of each connected component, by its number; they sum to +1. Empty if they are not
        known.
    regular : tuple of bool
        For each extreme equilibrium whether exactly the best actions are used, at all sets; then it
        is isolated and its index is that of its component.
    """

    form: SequenceForm
    equilibria: tuple[tuple[RealisationPlan, RealisationPlan], ...]
    components: tuple[ConvexComponent, ...]
    connected_indices: tuple[int, ...]
    regular: tuple[bool, ...]


def extreme_tree_equilibria(
    game: Game | SequenceForm, *, limit: int = MAX_BASES, deadline: float | None = None
) -> TreeEquilibria:
    """Find all extreme equilibria of a two-player tree and the convex components they span.

    Parameters
    ----------
    game : Game or SequenceForm
        With perfect recall; at most two players have a choice.
    limit : int
        Largest number of bases of each polyhedron to visit.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    GameError
        If a player forgets (imperfect recall).
    MethodError
        If more than two players have a choice.
    BudgetError
        If the deadline passes, or there are more bases than `limit`; then nothing is returned.

    Notes
    -----
    The number of bases grows exponentially with the number of sequences. At 12 a player it is
    27,456 at most (upper bound theorem, McMullen 1970: a simple polyhedron with 24 facets).
    """
    form = game if isinstance(game, SequenceForm) else sequence_form(game)
    P, Q = (_vertices(form, side, limit, deadline) for side in (0, 1))
    everything = (1 << sum(form.sizes)) - 1
    matches = _completely_labelled(P, Q, everything, deadline)
    component = dict(zip(matches, connected_pairs(matches), strict=True))
    totals = _indices(P, Q, everything, component)
    xs, ys = (
        _extreme_plans(form, side, vertices, {pair[side] for pair in matches})
        for side, vertices in ((0, P), (1, Q))
    )
    kept = {(xs[x], ys[y]): component[x, y] for x, y in matches if x in xs and y in ys}
    return spanned(form, list(kept), kept, totals, deadline=deadline)


def spanned(
    form: SequenceForm,
    equilibria: Sequence[Pair],
    component: Mapping[Pair, int] | None = None,
    indices: Sequence[int] = (),
    *,
    deadline: float | None = None,
) -> TreeEquilibria:
    """Return extreme equilibria in order, with the convex sets that they span.

    Parameters
    ----------
    form : SequenceForm
    equilibria : sequence of (tuple of Fraction, tuple of Fraction)
        All extreme ones, each once, in any order.
    component : mapping, optional
        The number of the connected component of each.
    indices : sequence of int
        The index of each connected component, if known.
    """
    found = sorted(equilibria, key=lambda pair: support_order(*pair))
    by_x, by_y = _numbered(x for x, _ in found), _numbered(y for _, y in found)
    pairs = [(by_x[x], by_y[y]) for x, y in found]
    connected = connected_pairs(pairs)
    totals = [0] * (1 + max(connected, default=-1))
    if component is not None:
        for pair, number in zip(found, connected, strict=True):
            totals[number] = indices[component[pair]]
    return TreeEquilibria(
        form,
        tuple(found),
        maximal_nash_subsets(pairs, connected, deadline),
        tuple(totals) if component is not None else (),
        tuple([is_regular(form, x, y) for x, y in found]),
    )


def _numbered(items: Iterable[T]) -> dict[T, int]:
    """Number items by their first appearance."""
    return {item: k for k, item in enumerate(dict.fromkeys(items))}


def support_order(
    x: RealisationPlan, y: RealisationPlan
) -> tuple[int, list[int], list[int], RealisationPlan, RealisationPlan]:
    """Return what equilibria are sorted by: how many sequences are used, which, and how often."""
    used = [[k for k, value in enumerate(plan) if value] for plan in (x, y)]
    return len(used[0]) + len(used[1]), used[0], used[1], x, y


def _vertices(form: SequenceForm, side: int, limit: int, deadline: float | None) -> Vertices:
    polyhedron = Polyhedron(form, side)
    first = polyhedron.dictionary()
    return walk(polyhedron, first, first.basis, limit, deadline)


def _completely_labelled(
    P: Vertices, Q: Vertices, everything: int, deadline: float | None
) -> list[tuple[int, int]]:
    """Return the pairs of points, by number, some vertices of which carry all labels.

    ``carriers[k]`` is the set of all vertices of Q with label k, as a bit mask.
    """
    carriers = [0] * everything.bit_length()
    numbers = list(Q.masks.values())
    for place, mask in enumerate(Q.masks):
        for label in _members(mask):
            carriers[label] |= 1 << place
    pairs: dict[tuple[int, int], None] = {}
    for mask, x in P.masks.items():
        within(0, 0, deadline)
        matching = (1 << len(numbers)) - 1
        for label in _members(everything & ~mask):
            matching &= carriers[label]
            if not matching:
                break
        pairs.update(dict.fromkeys((x, numbers[place]) for place in _members(matching)))
    return list(pairs)


def _members(mask: int) -> Iterator[int]:
    """Yield the members of a set given as a bit mask, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _indices(
    P: Vertices, Q: Vertices, everything: int, component: Mapping[tuple[int, int], int]
) -> list[int]:
    """Return the index of each connected component."""
    totals = [0] * (1 + max(component.values(), default=-1))
    for key, (x, basis) in P.bases.items():
        if everything ^ key in Q.bases:
            y, other = Q.bases[everything ^ key]
            totals[component[x, y]] += _sign([*basis, *other])
    if abs(sum(totals)) != 1:
        raise NegotiationError(
            f"the indices of the equilibria sum to {sum(totals)} instead of 1 or -1",
            place="sequence form",
            remedy="this is a fault of the solver; please report the game",
        )
    return [sum(totals) * total for total in totals]


def _sign(permutation: list[int]) -> int:
    sign = 1
    for start in range(len(permutation)):
        while permutation[start] != start:  # Each swap puts one more entry into its place.
            end = permutation[start]
            permutation[start], permutation[end] = permutation[end], end
            sign = -sign
    return sign


def _extreme_plans(
    form: SequenceForm, side: int, vertices: Vertices, numbers: Iterable[int]
) -> dict[int, RealisationPlan]:
    """Return the extreme plans among some points, by their numbers."""
    plans = {number: plan_of(vertices.points[number]) for number in numbers}
    return {number: plan for number, plan in plans.items() if is_extreme(form, side, plan)}


def is_regular(form: SequenceForm, x: RealisationPlan, y: RealisationPlan) -> bool:
    """Return whether exactly the best actions are used by both."""
    for side, plan, against in ((0, x, y), (1, y, x)):
        best = form.best_actions(side, against)
        if any(bool(p) != good for p, good in zip(plan, best, strict=True)):
            return False
    return True
