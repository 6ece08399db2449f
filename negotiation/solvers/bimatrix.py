r"""All equilibria of a two-player game: extreme equilibria and the convex components they span.

Player 1 chooses a row by the mixed strategy x, player 2 a column by y; A and B are their payoffs.
Shifting a column of A or a row of B, and scaling either matrix by a positive factor, changes no
equilibrium. So let A and B be nonnegative, A without a zero column and B without a zero row. The
*best-reply polytopes* are

.. math:: P = \{x \ge 0 : B^\top x \le 1\}, \qquad Q = \{y \ge 0 : A y \le 1\}.

A point carries the *label* of every inequality it makes tight: an action of its owner that it does
not use, or an action of the opponent that is a best reply to it. Scaled to sum 1, a pair of points
other than (0, 0) is an equilibrium exactly when the two carry all labels between them: every action
is unused or a best reply. It is an *extreme* equilibrium if both points are vertices. There are
finitely many of these, and they describe all equilibria. The sets conv X' x conv Y' of equilibria,
with X' and Y' sets of vertices, that are contained in no larger one are the maximal Nash subsets,
one for each maximal biclique of the bipartite graph whose edges are the extreme equilibria. Their
union is the set of all equilibria; those that intersect share a vertex pair, so the connected
components of the set are those of the graph. [1]_ [2]_ [3]_

*Vertices.* Both polytopes are walked along their edges by integer pivoting: all entries of a
dictionary are integers over one common denominator, the determinant of its basis, and each
division is exact (Edmonds, Bareiss). Where more inequalities are tight than the dimension, the
right-hand sides are perturbed symbolically, 1 + e^k in row k for an infinitesimal e > 0
(lexicographic pivoting). The perturbed polytope is simple, so its graph is connected and every edge
is one pivot; every vertex of the unperturbed one is the limit of some of its vertices. The set of
labels identifies a vertex, so each vertex is kept once, as a bit mask.

*Dominated actions.* Pure strict dominance is iterated first. An action that is no label of any
vertex of the polytope walked first is never a best reply, which is strict dominance by a mixed
strategy; it leaves the second polytope. Weakly dominated actions stay: they can be played.

*Indices.* With supports I and J of size k the index of a regular equilibrium is
(-1)^(k+1) sign(det A_IJ det B_IJ) [4]_. The perturbed polytopes belong to a nondegenerate game near
the given one, whose equilibria are the pairs of complementary bases. Summing their indices gives
the index of each connected component, and the total is +1 in every game. The solver checks it.

References
----------
.. [1] Mangasarian, O. L. (1964), Equilibrium points of bimatrix games, J. SIAM 12, 778-780.
.. [2] Winkels, H.-M. (1979), An algorithm to determine all equilibrium points of a bimatrix game,
       in: Moeschlin and Pallaschke (eds), Game Theory and Related Topics, 137-148.
.. [3] Avis, D., Rosenberg, G., Savani, R., von Stengel, B. (2010), Enumeration of Nash equilibria
       for two-player games, Economic Theory 42, 9-37.
.. [4] Shapley, L. S. (1974), A note on the Lemke-Howson algorithm, Mathematical Programming Study
       1, 175-189.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from math import gcd, lcm
from operator import gt, or_
from typing import cast

from negotiation.errors import GameError, NegotiationError
from negotiation.solvers.dictionaries import Dictionary
from negotiation.solvers.nash_subsets import (
    ConvexComponent,
    check_time,
    connected_pairs,
    maximal_nash_subsets,
    members,
)

__all__ = ["BimatrixEquilibria", "ConvexComponent", "extreme_equilibria"]

Strategy = tuple[Fraction, ...]
Payoffs = Sequence[Sequence[Fraction | int]]
Table = tuple[tuple[int, ...], ...]

_ZERO, _ONE = Fraction(0), Fraction(1)
_EXACT = frozenset({int, Fraction})


@dataclass(frozen=True)
class BimatrixEquilibria:
    """All equilibria of a two-player game.

    Attributes
    ----------
    equilibria : tuple of (tuple of Fraction, tuple of Fraction)
        The extreme equilibria, each once, as the mixed strategies of player 1 (rows) and player 2
        (columns). Sorted by the number of actions used by both together, pure ones first; then by
        the strategy of player 1; then by that of player 2. Strategies are ordered by their support,
        then by the opponent's best replies to them, both as ascending sequences of actions.
    components : tuple of ConvexComponent
        The maximal Nash subsets, sorted by connected component, then by equilibria. Every
        equilibrium is in at least one; an isolated one is a component of its own.
    indices : tuple of (int or None)
        For each extreme equilibrium its index, +1 or -1, if it is regular, else None. An extreme
        equilibrium is regular if no action is both unused and a best reply; then it is isolated.
    connected_indices : tuple of int
        The index of each connected component of the set of equilibria, by its number. They sum to
        +1 in every game. Every game with payoffs close enough has an equilibrium near a component
        whose index is not 0.
    """

    equilibria: tuple[tuple[Strategy, Strategy], ...]
    components: tuple[ConvexComponent, ...]
    indices: tuple[int | None, ...]
    connected_indices: tuple[int, ...]

    @property
    def regular(self) -> bool:
        """Whether all extreme equilibria are regular, as they are in every nondegenerate game.

        Then there are no other equilibria, their number is odd, and ``indices`` sum to +1.
        """
        return None not in self.indices


def extreme_equilibria(
    A: Payoffs, B: Payoffs, *, deadline: float | None = None
) -> BimatrixEquilibria:
    """Find all extreme equilibria of a two-player game and the convex components they span.

    Parameters
    ----------
    A, B : sequence of m sequences of n Fraction or int
        Payoffs of player 1, who chooses the row, and of player 2, who chooses the column. Exact
        numbers only, in any unit: the answer does not depend on positive scaling.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Returns
    -------
    BimatrixEquilibria
        Complete for every game, degenerate ones included, in exact rationals.

    Raises
    ------
    GameError
        If A and B are empty, ragged or of different shapes, or a payoff is not an exact number.
    BudgetError
        If the deadline passes.

    Notes
    -----
    Vertex enumeration as in Avis, Rosenberg, Savani and von Stengel (2010), Economic Theory 42;
    see the module's text. The time grows exponentially with the smaller number of actions, and
    with the number of maximal Nash subsets.
    """
    m, n = _shape(A, B)
    table, weights = _scaled(A, B)
    solution = _two_by_two(table) if m == n == 2 else _solve(table, m, deadline)
    xs = [_strategy(point, weights[:m]) for point in solution.x_points]
    ys = [_strategy(point, weights[m:]) for point in solution.y_points]
    return BimatrixEquilibria(
        tuple([(xs[x], ys[y]) for x, y in solution.pairs]),
        solution.components,
        solution.indices,
        solution.connected_indices,
    )


# Payoffs as integers


def _shape(A: Payoffs, B: Payoffs) -> tuple[int, int]:
    """Return the numbers of rows and columns; refuse what is not a pair of equal exact tables."""
    for player, absent in ((1, not len(A)), (2, len(A) and not len(A[0]))):
        if absent:
            raise GameError(
                f"player {player} has no action",
                place="A",
                remedy="give each player at least one action",
            )
    m, n = len(A), len(A[0])
    for name, payoffs in (("A", A), ("B", B)):
        if len(payoffs) != m:
            raise GameError(
                f"{len(payoffs)} rows, but A has {m}",
                place=name,
                remedy="give A and B one row for each action of player 1",
            )
        for i, line in enumerate(payoffs, 1):
            if len(line) != n:
                raise GameError(
                    f"{len(line)} payoffs, but row 1 of A has {n}",
                    place=f"{name}, row {i}",
                    remedy="give every row one payoff for each action of player 2",
                )
            if _EXACT.issuperset(map(type, line)):
                continue
            for j, payoff in enumerate(line, 1):
                if not isinstance(payoff, int | Fraction):
                    raise GameError(
                        f"{payoff!r} is not an exact number but a {type(payoff).__name__}",
                        place=f"{name}, row {i}, column {j}",
                        remedy="write it as an int or a Fraction",
                    )
    return m, n


def _scaled(A: Payoffs, B: Payoffs) -> tuple[Table, list[int]]:
    """Shift and scale the payoffs to small nonnegative integers, action by action.

    Returns
    -------
    table : tuple of m + n tuples of m + n int
        ``table[a][b]`` is the payoff of action b against action a, up to a factor and a shift that
        depend on a only; 0 where both belong to one player. Player 1's actions come first. An
        action's number here is its label.
    weights : list of m + n int
        What a coordinate of a point of a best-reply polytope of the table is to be multiplied by
        to be proportional to a probability. Scaling the payoffs against one action by f replaces
        its coordinate z by z / f in the polytope.
    """
    m, n = len(A), len(A[0])
    table: list[tuple[int, ...]] = []
    weights: list[int] = []
    columns_of_A = list(zip(*A, strict=True))
    for lines, before, after in ((B, (0,) * m, ()), (columns_of_A, (), (0,) * n)):
        scales = []
        for line in lines:
            denominators = [payoff.denominator for payoff in line]
            multiple = lcm(*denominators)
            integers = [payoff.numerator for payoff in line]
            if multiple > 1:
                integers = [
                    numerator * (multiple // denominator)
                    for numerator, denominator in zip(integers, denominators, strict=True)
                ]
            smallest = min(integers)
            reduced = [payoff - smallest for payoff in integers]
            divisor = gcd(*reduced)
            if divisor > 1:
                reduced = [payoff // divisor for payoff in reduced]
            elif not divisor:  # All payoffs are equal: shift them to 1.
                multiple = divisor = 1
                reduced = [1] * len(integers)
            table.append((*before, *reduced, *after))
            scales.append((multiple, divisor))
        common = lcm(*[divisor for _, divisor in scales])
        weights += [multiple * (common // divisor) for multiple, divisor in scales]
    return tuple(table), weights


def _strategy(point: Sequence[int], weights: Sequence[int]) -> Strategy:
    """Return the mixed strategy that a point of a best-reply polytope is proportional to."""
    scaled = [coordinate * weight for coordinate, weight in zip(point, weights, strict=True)]
    total = sum(scaled)
    return tuple([_ZERO if not k else _ONE if k == total else Fraction(k, total) for k in scaled])


# The scaled game


@dataclass(slots=True)
class _Solution:
    """Extreme equilibria of a scaled table: vertices, pairs of them, and what they span.

    The points are what the strategies are proportional to before weighting; the rest is as in
    :class:`BimatrixEquilibria`, with each equilibrium a pair of numbers of points.
    """

    x_points: tuple[tuple[int, ...], ...]
    y_points: tuple[tuple[int, ...], ...]
    pairs: tuple[tuple[int, int], ...]
    components: tuple[ConvexComponent, ...]
    indices: tuple[int | None, ...]
    connected_indices: tuple[int, ...]


@lru_cache(maxsize=81)
def _two_by_two(table: Table) -> _Solution:
    """Solve a 2x2 game; against any action two payoffs scale to (0, 1), (1, 0) or (1, 1)."""
    return _solve(table, 2, None)


def _solve(table: Table, m: int, deadline: float | None) -> _Solution:
    """Enumerate the vertices of both polytopes, match them and group the matches."""
    rows, columns = _undominated(table, list(range(m)), list(range(m, len(table))))
    if len(rows) <= len(columns):
        P = _walk(table, rows, columns, deadline)
        columns = P.best_replies
        Q = _walk(table, columns, rows, deadline)
    else:
        Q = _walk(table, columns, rows, deadline)
        rows = Q.best_replies
        P = _walk(table, rows, columns, deadline)
    matches = _completely_labelled(P, Q, rows, columns, deadline)
    x_rank = _ranked({x for x, _ in matches}, rows, columns)
    y_rank = _ranked({y for _, y in matches}, columns, rows)
    own = _mask(rows), _mask(columns)
    matches.sort(  # Most labels of unused actions first, that is, fewest actions used.
        key=lambda pair: (
            -(pair[0] & own[0]).bit_count() - (pair[1] & own[1]).bit_count(),
            x_rank[pair[0]],
            y_rank[pair[1]],
        )
    )
    pairs = tuple([(x_rank[x], y_rank[y]) for x, y in matches])
    connected = connected_pairs(pairs)
    indices, connected_indices = _indices(P, Q, rows, columns, matches, connected)
    return _Solution(
        tuple([P.point(mask, range(m)) for mask in x_rank]),
        tuple([Q.point(mask, range(m, len(table))) for mask in y_rank]),
        pairs,
        maximal_nash_subsets(pairs, connected, deadline),
        indices,
        connected_indices,
    )


def _undominated(table: Table, rows: list[int], columns: list[int]) -> tuple[list[int], list[int]]:
    """Iterate the removal of actions strictly dominated by a pure strategy."""
    while True:
        sizes = len(rows), len(columns)
        rows = _undominated_against(table, rows, columns)
        columns = _undominated_against(table, columns, rows)
        if sizes == (len(rows), len(columns)):
            return rows, columns


def _undominated_against(table: Table, actions: list[int], opposing: list[int]) -> list[int]:
    """Return the actions to which no other one is better against every opposing action."""
    payoffs = [[table[b][a] for b in opposing] for a in actions]
    kept = []
    for action, own in zip(actions, payoffs, strict=True):
        for other in payoffs:
            if other[0] > own[0] and all(map(gt, other, own)):
                break
        else:
            kept.append(action)
    return kept


def _mask(labels: Iterable[int]) -> int:
    """Return the set of labels as a bit mask."""
    return sum([1 << label for label in labels])


# Vertices of a best-reply polytope


@dataclass(slots=True)
class _Vertices:
    """The vertices of a best-reply polytope and the bases of its perturbation.

    Attributes
    ----------
    vertices : dict from int to (list of int, list of int)
        The labels of a vertex, as a bit mask; the labels of the basic variables in one of its
        bases, and their values up to a common positive factor.
    bases : dict from int to (int, list of int)
        The labels of the nonbasic variables of a basis, as a bit mask, which are the labels of a
        vertex of the perturbed polytope; the labels of the vertex of the unperturbed polytope next
        to it, and the basic variables, row by row.
    inequalities : list of int
        The labels of the inequalities other than nonnegativity, ascending.
    best_replies : list of int
        Those of `inequalities` that are tight at some vertex.
    """

    vertices: dict[int, tuple[list[int], list[int]]]
    bases: dict[int, tuple[int, list[int]]]
    inequalities: list[int]
    best_replies: list[int]

    def point(self, mask: int, own: Iterable[int]) -> tuple[int, ...]:
        """Return the coordinates, up to a common positive factor, of a vertex."""
        values = dict(zip(*self.vertices[mask], strict=True))
        return tuple([values.get(label, 0) for label in own])

    def orientation(self, basis: list[int]) -> int:
        """Return the sign of the determinant of the payoffs in the rows and columns of a basis.

        The determinant of the basis, its columns ordered as in `basis`, is the denominator of the
        dictionary and so positive. Putting every basic slack variable into the row of its own
        inequality, and the other variables in ascending order into the rows left, leaves the
        determinant of the payoffs, up to the sign of this permutation.
        """
        slack = set(basis).intersection(self.inequalities)
        others = iter(sorted(set(basis) - slack))
        places = {(k if k in slack else next(others)): r for r, k in enumerate(self.inequalities)}
        permutation = [places[label] for label in basis]
        sign = 1
        for start in range(len(permutation)):
            while permutation[start] != start:  # Each swap puts one more entry into its place.
                end = permutation[start]
                permutation[start], permutation[end] = permutation[end], end
                sign = -sign
        return sign


def _walk(
    table: Table, variables: list[int], inequalities: list[int], deadline: float | None
) -> _Vertices:
    """Visit all vertices of the best-reply polytope of the owner of `variables`.

    A pivot is made only for a basis not met before. `explored` remembers, for every basis met, the
    nonbasic variables whose edge is known, so each edge is looked at from one of its ends only; a
    basis whose edges are all known needs no dictionary.
    The polytope is bounded: some inequality ends every edge.
    """
    start = _mask(variables)
    rows = [[*[table[v][k] for v in variables], 1] for k in inequalities]
    origin = Dictionary(rows, 1, inequalities, variables)
    vertices: dict[int, tuple[list[int], list[int]]] = {}
    bases: dict[int, tuple[int, list[int]]] = {}
    explored = {start: 0}
    pending = [(start, origin, -1, -1)]
    while pending:
        if deadline is not None:
            check_time(deadline)
        key, dictionary, r, s = pending.pop()
        known = explored[key]
        if known == key:
            basis, values, _ = dictionary.values_after(r, s)
        else:
            if r >= 0:
                dictionary = dictionary.pivot(r, s)
            basis, values = dictionary.basis, [row[-1] for row in dictionary.rows]
        tight = key
        if 0 in values:
            for k, value in zip(basis, values, strict=True):
                if not value:
                    tight |= 1 << k
        bases[key] = tight, basis
        vertices.setdefault(tight, (basis, values))
        if known == key:
            continue
        for s, label in enumerate(dictionary.cobasis):
            if known >> label & 1:
                continue
            r = cast(int, dictionary.leaving_row(s, inequalities))
            leaving = 1 << basis[r]
            neighbour = key ^ (1 << label) ^ leaving
            if neighbour in explored:
                explored[neighbour] |= leaving
            else:
                explored[neighbour] = leaving
                pending.append((neighbour, dictionary, r, s))
    labels = reduce(or_, vertices)
    return _Vertices(vertices, bases, inequalities, [k for k in inequalities if labels >> k & 1])


# Equilibria, components and indices


def _completely_labelled(
    P: _Vertices, Q: _Vertices, rows: list[int], columns: list[int], deadline: float | None
) -> list[tuple[int, int]]:
    """Return the pairs of vertices, as masks, that carry all labels, without the pair of origins.

    ``carriers[k]`` is the set of all vertices of Q with label k, as a bit mask.
    """
    y_masks = list(Q.vertices)
    carriers = {
        label: _mask([number for number, mask in enumerate(y_masks) if mask >> label & 1])
        for label in (*rows, *columns)
    }
    origin = _mask(rows)
    pairs = []
    for x_mask in P.vertices:
        if x_mask == origin:
            continue
        check_time(deadline)
        matching = (1 << len(y_masks)) - 1
        for label, carrying in carriers.items():
            if not x_mask >> label & 1:
                matching &= carrying
                if not matching:
                    break
        pairs += [(x_mask, y_masks[number]) for number in members(matching)]
    return pairs


def _ranked(masks: Iterable[int], own: list[int], opposing: list[int]) -> dict[int, int]:
    """Number vertices by their supports, then by the best replies to them."""
    used, replies = _mask(own), _mask(opposing)

    def supports(mask: int) -> tuple[str, str]:
        return _ascending(used & ~mask), _ascending(replies & mask)

    return {mask: number for number, mask in enumerate(sorted(masks, key=supports))}


def _ascending(mask: int) -> str:
    """Return a text by which sets are ordered as their members listed in ascending order are.

    One character for each label up to the largest member, a blank for a member: it comes before
    the zero of what is none, and a text before those that it begins.
    """
    return f"{mask:b}"[::-1].replace("1", " ")


def _indices(
    P: _Vertices,
    Q: _Vertices,
    rows: list[int],
    columns: list[int],
    matches: Sequence[tuple[int, int]],
    connected: Sequence[int],
) -> tuple[tuple[int | None, ...], tuple[int, ...]]:
    """Return the indices of the regular equilibria and of the connected components.

    Each pair of complementary bases but that of the origins is an equilibrium of the perturbed
    game, next to an extreme equilibrium of the given one. They coincide if no label is doubled.
    """
    number = {pair: k for k, pair in enumerate(matches)}
    indices: list[int | None] = [None] * len(matches)
    totals = [0] * (1 + max(connected, default=-1))
    origin = _mask(rows)
    everything = origin | _mask(columns)
    for key, (x, x_basis) in P.bases.items():
        if key == origin or everything ^ key not in Q.bases:
            continue
        y, y_basis = Q.bases[everything ^ key]
        size = (origin & ~key).bit_count()
        index = P.orientation(x_basis) * Q.orientation(y_basis) * (1 if size % 2 else -1)
        equilibrium = number[x, y]
        totals[connected[equilibrium]] += index
        if not x & y:
            indices[equilibrium] = index
    if sum(totals) != 1:
        raise NegotiationError(
            f"the indices of the equilibria sum to {sum(totals)} instead of 1",
            place="two-player game",
            remedy="this is a fault of the solver; please report the game",
        )
    return tuple(indices), tuple(totals)
