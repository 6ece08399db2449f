r"""Polyhedra of plans and best-reply values: first dictionaries, walks along edges, extreme plans.

What an opponent with payoffs B gets from a best reply to the plan x is a convex function v of x,
the largest of finitely many linear ones. In the sequence form
(:mod:`negotiation.solvers.sequence_form`) its epigraph is the projection of a polyhedron of the
size of the tree,

.. math:: P = \{(x, q) : E x = e,\; x \ge 0,\; s = F^\top q - B^\top x \ge 0\},

in which q_h is at least what the opponent gets from his set h on, and of that of the whole tree.

*A first dictionary.* At each set of the owner of x one sequence is *basic*: its probability is what
the others leave of that of the sequence that leads there. At each set of the opponent one sequence
t is *tight*: its slack stands for the free variable q_h,

.. math::
    x_{hb} = x_\sigma - \sum_{a \ne b} x_{ha}, \qquad
    q_h = V_t + s_t,\quad s_{t'} = q_h - V_{t'},\quad
    V_t = (B^\top x)_t + \sum_{h' \text{ after } t} q_{h'}.

Substituting from the first set on in the one and from the last one back in the other gives all
basic variables without a pivot, and with the denominator 1 if B is in integers.

*Extreme plans.* The vertices of the epigraph are the plans that the sequences they do not use and
the best replies to them determine. Each is the x of a vertex of P. The converse is false: where an
opponent who has excluded a set h changes his best action at h, P has a vertex and v no kink.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

from negotiation.errors import BudgetError
from negotiation.solvers.dictionaries import Dictionary
from negotiation.solvers.sequence_form import RealisationPlan, SequenceForm, Sequences

__all__ = [
    "Polyhedron",
    "Vector",
    "Vertices",
    "as_row",
    "difference",
    "gains",
    "is_extreme",
    "plan_functions",
    "plan_of",
    "slack_functions",
    "walk",
    "within",
]

Vector = list[int]
"""An affine function of the nonbasic variables: their coefficients, then the constant."""


# Affine functions


def plan_functions(
    own: Sequences, basic: Sequence[int], column: Mapping[int, int], root: Vector
) -> list[Vector]:
    """Return the probability of each sequence of a player.

    Parameters
    ----------
    own : Sequences
    basic : sequence of int
        For each set the sequence whose probability is basic.
    column : mapping
        Each other nonempty sequence to its column.
    root : Vector
        The probability of the empty sequence.
    """
    plan: list[Vector] = [root for _ in range(own.count)]
    for sequence, place in column.items():
        plan[sequence] = [0] * len(root)
        plan[sequence][place] = 1
    for place, before in enumerate(own.before):
        rest = plan[before]
        for sequence in own.at(place):
            if sequence != basic[place]:
                rest = difference(rest, plan[sequence])
        plan[basic[place]] = rest
    return plan


def gains(
    payoffs: Sequence[tuple[int, int, int]], plan: Sequence[Vector], count: int
) -> list[Vector]:
    """Return what each of `count` sequences of the opponent gains him against a plan.

    Parameters
    ----------
    payoffs : sequence of (int, int, int)
        Sequence of the player, sequence of the opponent, payoff of the opponent.
    """
    values = [[0] * len(plan[0]) for _ in range(count)]
    for own, other, payoff in payoffs:
        into = values[other]
        for column, a in enumerate(plan[own]):
            if a:
                into[column] += payoff * a
    return values


def slack_functions(
    other: Sequences, values: list[Vector], tight: Sequence[int], column: Mapping[int, int]
) -> Iterator[tuple[int, Vector]]:
    """Yield the sequences of the opponent that are not tight, each with its slack.

    Parameters
    ----------
    other : Sequences
    values : list of Vector
        What each sequence gains; the values of the sets that follow are added in place.
    tight : sequence of int
        For each set the sequence whose slack is nonbasic.
    column : mapping
        Those sequences to their columns.
    """
    for place in reversed(range(len(other.sets))):
        most = values[tight[place]].copy()
        most[column[tight[place]]] += 1
        for sequence in other.at(place):
            if sequence != tight[place]:
                yield sequence, difference(most, values[sequence])
        into = values[other.before[place]]
        for k, a in enumerate(most):
            into[k] += a


def difference(function: Vector, other: Vector) -> Vector:
    """Return one function less another."""
    return [a - b for a, b in zip(function, other, strict=True)]


def as_row(function: Vector) -> list[int]:
    """Return a function as a row of a dictionary, which lists what is taken off its constant."""
    return [*[-a for a in function[:-1]], function[-1]]


# The polyhedron of one player


class Polyhedron:
    """The polyhedron of the plans of one side, and a first feasible dictionary of it.

    The label of a sequence is its number less one, with those of side 1 after those of side 0. In
    the polyhedron of their owner it is the label of the probability of the sequence, in the other
    one that of its slack. The q are free: they stay basic and have no row.
    """

    def __init__(self, form: SequenceForm, side: int) -> None:
        self.own, self.other = form.sides[side], form.sides[1 - side]
        self.labels = sum(form.sizes)
        self.own_label = form.sizes[0] - 1 if side else -1
        """Added to the number of a sequence of the owner."""
        self.other_label = -1 if side else form.sizes[0] - 1
        self.payoffs = [
            (pair[side], pair[1 - side], payoff)
            for pair, payoff in form.integer_payoffs[1 - side].items()
        ]

    def dictionary(self, *, with_value: bool = False) -> Dictionary:
        """Return the dictionary at the plan of all first actions and the best reply to it.

        The rows of the owner's deeper sets come first, so their infinitesimals are the larger ones:
        the perturbed equations then let some probability begin at every set.

        Parameters
        ----------
        with_value : bool
            Add a last row, free, for the q of the whole tree.
        """
        own, other = self.own, self.other
        tight = self._best_at_first_plan()
        free = [sequence for place in range(len(own.sets)) for sequence in own.at(place)[1:]]
        cobasis = [s + self.own_label for s in free] + [t + self.other_label for t in tight]
        root = [0] * len(cobasis) + [1]
        plan = plan_functions(own, own.first, {s: k for k, s in enumerate(free)}, root)
        basis = [sequence + self.own_label for sequence in reversed(own.first)]
        rows = [as_row(plan[sequence]) for sequence in reversed(own.first)]
        values = gains(self.payoffs, plan, other.count)
        columns = {t: k for k, t in enumerate(tight, len(free))}
        for sequence, slack in slack_functions(other, values, tight, columns):
            basis.append(sequence + self.other_label)
            rows.append(as_row(slack))
        if with_value:
            basis.append(self.labels)
            rows.append(as_row(values[0]))
        return Dictionary(rows, 1, basis, cobasis, free=int(with_value))

    def point(
        self, basis: Sequence[int], values: Sequence[int], denominator: int
    ) -> tuple[int, ...]:
        """Return the plan of a basis, up to a positive factor, in lowest terms."""
        point = [denominator] + [0] * (self.own.count - 1)
        for label, value in zip(basis, values, strict=True):
            if value and 0 < (sequence := label - self.own_label) < len(point):
                point[sequence] = value
        divisor = gcd(*point)
        return tuple(point if divisor == 1 else [value // divisor for value in point])

    def _best_at_first_plan(self) -> list[int]:
        """Return for each set of the opponent a best action if the owner plays first actions."""
        chosen = [True] + [False] * (self.own.count - 1)
        for place, sequence in enumerate(self.own.before):
            chosen[self.own.first[place]] = chosen[sequence]
        values = [0] * self.other.count
        for own, other, payoff in self.payoffs:
            if chosen[own]:
                values[other] += payoff
        best = [0] * len(self.other.sets)
        for place in reversed(range(len(self.other.sets))):
            best[place] = max(self.other.at(place), key=values.__getitem__)
            values[self.other.before[place]] += values[best[place]]
        return best


def plan_of(point: Sequence[int]) -> RealisationPlan:
    """Return the plan that a point is proportional to."""
    return tuple([Fraction(value, point[0]) for value in point])


# Vertices


@dataclass(slots=True)
class Vertices:
    """The vertices of a polyhedron, or of a face of it, by their plans.

    Attributes
    ----------
    points : list of tuple of int
        The plans, each once, up to a common positive factor, in lowest terms.
    masks : dict of int to int
        The labels of a vertex, as a bit mask, to the number of its point; several with one point
        differ in q.
    bases : dict from int to (int, list of int)
        The labels of the nonbasic variables of a basis, as a bit mask, to the number of its point
        and its basic variables, row by row.
    """

    points: list[tuple[int, ...]] = field(default_factory=list)
    masks: dict[int, int] = field(default_factory=dict)
    bases: dict[int, tuple[int, list[int]]] = field(default_factory=dict)


def walk(
    polyhedron: Polyhedron,
    first: Dictionary,
    order: Sequence[int],
    limit: int,
    deadline: float | None,
    *,
    fixed: int = 0,
) -> Vertices:
    """Visit all vertices along edges, each edge from one end only.

    `explored` remembers for every basis met the nonbasic variables whose edge is known; a basis
    whose edges are all known needs no dictionary.

    Parameters
    ----------
    polyhedron : Polyhedron
    first : Dictionary
        Where to begin. If its last row is free only the face on which that variable is constant is
        visited; it must be smallest there.
    order : sequence of int
        The labels that infinitesimals belong to, see :meth:`Dictionary.leaving_row`.
    limit : int
        Largest number of bases.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.
    fixed : int
        Labels of variables, as a bit mask, that stay zero: visit the face where they are. They are
        nonbasic in `first`, or zero on the whole face.

    Raises
    ------
    BudgetError
        If the deadline passes, or there are more bases than `limit`.
    """
    found = Vertices()
    numbers: dict[tuple[int, ...], int] = {}
    explored = {_mask(first.cobasis): 0}
    pending = [(_mask(first.cobasis), first, -1, -1)]
    while pending:
        within(len(explored), limit, deadline)
        key, dictionary, r, s = pending.pop()
        known = explored[key] | fixed & key
        if known == key and r >= 0:
            basis, values, denominator = dictionary.values_after(r, s)
        else:
            if r >= 0:
                dictionary = dictionary.pivot(r, s)
            basis, denominator = dictionary.basis, dictionary.denominator
            values = [row[-1] for row in dictionary.rows]
        point = polyhedron.point(basis, values, denominator)
        number = numbers.setdefault(point, len(numbers))
        zero = [label for label, value in zip(basis, values, strict=True) if not value]
        found.masks[key | _mask(zero)] = number
        found.bases[key] = number, basis
        for s, r in _edges(dictionary, known, order) if known != key else ():
            bit = 1 << dictionary.basis[r]
            neighbour = key ^ (1 << dictionary.cobasis[s]) ^ bit
            if neighbour in explored:
                explored[neighbour] |= bit
            else:
                explored[neighbour] = bit
                pending.append((neighbour, dictionary, r, s))
    found.points = list(numbers)
    return found


def _edges(dictionary: Dictionary, known: int, order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield column and row of the pivots along edges that are not known; a ray has none."""
    for s, label in enumerate(dictionary.cobasis):
        if not known >> label & 1 and not (dictionary.free and dictionary.rows[-1][s]):
            r = dictionary.leaving_row(s, order)
            if r is not None:
                yield s, r


def _mask(labels: Iterable[int]) -> int:
    """Return a set of labels as a bit mask."""
    mask = 0
    for label in labels:
        mask |= 1 << label
    return mask


def within(count: int, limit: int, deadline: float | None) -> None:
    """Raise if the budget of bases or of time is spent."""
    if count > limit:
        raise BudgetError(
            f"more than {limit:,} bases",
            place="sequence form",
            remedy="fix a move, coarsen a grid, or ask for one equilibrium with --method lemke",
        )
    if deadline is not None and time.monotonic() > deadline:
        raise BudgetError(
            "the time was spent before all equilibria were found",
            place="sequence form",
            remedy="allow more time, or ask for one equilibrium with --method lemke",
        )


# Extreme plans


def is_extreme(form: SequenceForm, side: int, plan: RealisationPlan) -> bool:
    """Return whether no other plan nearby uses the same sequences and has the same best replies.

    Those are the vertices of the epigraph of v. Directions d in which a plan can move have
    d = 0 where it is 0, obey the equations of plans, and leave all best actions at the sets that
    best replies reach equally good.
    """
    own = form.sides[side]
    used = [k for k in range(1, own.count) if plan[k]]
    column = {sequence: k for k, sequence in enumerate(used)}
    equations: list[Vector] = []
    for place, before in enumerate(own.before):
        if plan[before]:
            row = [0] * len(used)
            for sequence in own.at(place):
                if plan[sequence]:
                    row[column[sequence]] = 1
            if before:
                row[column[before]] = -1
            equations.append(row)
    equations += _ties(form, side, plan, column)
    return not used or _rank(equations) == len(used)


def _ties(
    form: SequenceForm, side: int, plan: RealisationPlan, column: Mapping[int, int]
) -> list[Vector]:
    """Return the equations that keep the best replies to a plan as good as each other.

    ``changes[t]`` is how the value of the opponent's sequence t moves with the plan.
    """
    other = form.sides[1 - side]
    best = form.best_actions(1 - side, plan)
    reached = [True] * other.count
    for place, before in enumerate(other.before):
        for sequence in other.at(place):
            reached[sequence] = reached[before] and best[sequence]
    changes = [[0] * len(column) for _ in range(other.count)]
    for pair, payoff in form.integer_payoffs[1 - side].items():
        if pair[side] in column:
            changes[pair[1 - side]][column[pair[side]]] += payoff
    equations = []
    for place in reversed(range(len(other.sets))):
        tied = [sequence for sequence in other.at(place) if reached[sequence]]
        for sequence in tied[1:]:
            equations.append(difference(changes[sequence], changes[tied[0]]))
        if tied:
            before = other.before[place]
            pairs = zip(changes[before], changes[tied[0]], strict=True)
            changes[before] = [a + b for a, b in pairs]
    return equations


def _rank(rows: Sequence[Vector]) -> int:
    """Return the rank of a matrix of integers."""
    from flint import fmpz_mat

    return int(fmpz_mat(list(rows)).rank()) if rows else 0
