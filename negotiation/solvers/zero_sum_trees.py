r"""Constant-sum trees by one exact linear program of the size of the tree.

In the sequence form (:mod:`negotiation.solvers.sequence_form`) the plan that leaves the opponent
least is the solution of

.. math:: \min\; q_\emptyset \quad\text{subject to}\quad
    E x = e,\; x \ge 0,\; F^\top q \ge B^\top x,

q_h what the opponent gets from set h on (Romanovskii 1962, Koller, Megiddo and von Stengel 1996).
[1]_ [2]_ The plan of all first actions and the best reply to it are a vertex of the polyhedron
(:mod:`negotiation.solvers.plan_polyhedra`), so the simplex method begins there without a first
phase. At the optimum the coefficients of the slacks in the objective are the probabilities of an
optimal plan of the opponent: they obey his equations because q is free.

A tree is *constant-sum* if :math:`x^\top (A + \lambda B) y` is the same for all plans, for some
:math:`\lambda > 0`. Write the probability of the first action at each set as what the others leave;
then no other coefficient of the two payoffs than that of the constant may be left in the sum.

*All optimal plans* of a player form a polytope, and the equilibria are the pairs of optimal plans
(von Neumann 1928): one convex set. The polytope is the lowest face of the epigraph of what he
leaves, so its vertices are the extreme plans on the optimal face of the program.

References
----------
.. [1] Romanovskii, I. V. (1962), Reduction of a game with complete memory to a matrix game, Soviet
       Mathematics 3, 678-681.
.. [2] Koller, D., Megiddo, N., von Stengel, B. (1996), Efficient computation of equilibria for
       extensive two-person games, Games and Economic Behavior 14, 247-259.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from negotiation.certify import describe_set
from negotiation.errors import BudgetError, MethodError, NegotiationError
from negotiation.game import Game
from negotiation.solvers.dictionaries import Dictionary
from negotiation.solvers.nash_subsets import ConvexComponent
from negotiation.solvers.plan_polyhedra import Polyhedron, is_extreme, plan_of, walk, within
from negotiation.solvers.sequence_form import (
    RealisationPlan,
    SequenceForm,
    Sequences,
    sequence_form,
)
from negotiation.solvers.tree_equilibria import TreeEquilibria, is_regular, support_order

__all__ = [
    "OptimalPlans",
    "TreeValue",
    "constant_sum_factor",
    "optimal_plans",
    "solve_zero_sum_tree",
    "zero_sum_tree_equilibria",
]

MAX_BASES = 20_000
MAX_EQUILIBRIA = 5_000
_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class TreeValue:
    """The value of a constant-sum tree and one optimal plan of each player, which prove it.

    Attributes
    ----------
    form : SequenceForm
    value : Fraction
        To the player of side 0, in his units.
    plans : (tuple of Fraction, tuple of Fraction)
        Optimal realisation plans of the two sides.
    """

    form: SequenceForm
    value: Fraction
    plans: tuple[RealisationPlan, RealisationPlan]


@dataclass(frozen=True)
class OptimalPlans:
    """The value of a constant-sum tree and all optimal plans, by their extreme ones.

    Attributes
    ----------
    form : SequenceForm
    value : Fraction
        To the player of side 0.
    plans : (tuple of plans, tuple of plans)
        All optimal plans of a side are the convex combinations of these. Sorted.
    """

    form: SequenceForm
    value: Fraction
    plans: tuple[tuple[RealisationPlan, ...], tuple[RealisationPlan, ...]]


def constant_sum_factor(form: SequenceForm) -> Fraction:
    """Return the positive factor of player 2's payoffs at which the sum is constant.

    Raises
    ------
    MethodError
        If there is none; the message names actions that show it.
    """
    gained, lost = (_changes(form, side) for side in (0, 1))
    factor: Fraction | None = None
    for pair in sorted({*gained, *lost}):
        gain, loss = gained.get(pair, _ZERO), -lost.get(pair, _ZERO)
        if factor is None and gain * loss > 0:
            factor = gain / loss
        if gain != (factor or _ZERO) * loss or not gain:
            actions = " and ".join(
                _action_in_words(form, side, sequence)
                for side, sequence in enumerate(pair)
                if sequence
            )
            raise MethodError(
                "the game is not constant-sum: the payoffs of the two players do not move against "
                f"each other in one proportion with the probability of {actions}",
                place=form.game.name,
                remedy="solve it as a general game of two players",
            )
    return factor or _ONE


def _changes(form: SequenceForm, side: int) -> dict[tuple[int, int], Fraction]:
    """Return how a player's payoff varies with the probabilities that plans may choose freely.

    These are those of all sequences but the first at each set; 0 stands for the constant 1. The
    payoff if all first actions are played is left out.
    """
    plans = [_in_free_sequences(one) for one in form.sides]
    found: dict[tuple[int, int], Fraction] = {}
    for (one, two), payoff in form.payoffs[side].items():
        for i, a in plans[0][one].items():
            for j, b in plans[1][two].items():
                found[i, j] = found.get((i, j), _ZERO) + payoff * a * b
    found.pop((0, 0), None)
    return {pair: change for pair, change in found.items() if change}


def _in_free_sequences(own: Sequences) -> list[dict[int, int]]:
    """Return the probability of each sequence as a sum of those of the free ones."""
    plan = [{sequence: 1} for sequence in range(own.count)]
    for place, before in enumerate(own.before):
        rest = plan[before].copy()
        for sequence in own.at(place)[1:]:
            rest[sequence] = -1
        plan[own.first[place]] = rest
    return plan


def _action_in_words(form: SequenceForm, side: int, sequence: int) -> str:
    own = form.sides[side]
    place = max(k for k, first in enumerate(own.first) if first <= sequence)
    head = form.game.information_sets[own.sets[place]]
    action = head.actions[sequence - own.first[place]]
    return f"{action} at {describe_set(head.move, head.information)}"


def solve_zero_sum_tree(game: Game | SequenceForm, *, deadline: float | None = None) -> TreeValue:
    """Return the value of a constant-sum tree and one optimal plan of each player.

    Parameters
    ----------
    game : Game or SequenceForm
        With perfect recall; at most two players have a choice.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    GameError
        If a player forgets (imperfect recall).
    MethodError
        If more than two players have a choice, or the game is not constant-sum.
    BudgetError
        If the deadline passes.
    """
    form = game if isinstance(game, SequenceForm) else sequence_form(game)
    constant_sum_factor(form)
    polyhedron = Polyhedron(form, 0)
    best = _least(polyhedron.dictionary(with_value=True), deadline)
    x = _own_plan(polyhedron, best)
    y = _opposing_plan(polyhedron, best)
    value = sum((p * x[i] * y[j] for (i, j), p in form.payoffs[0].items()), _ZERO)
    return TreeValue(form, value, (x, y))


def _least(first: Dictionary, deadline: float | None) -> Dictionary:
    """Pivot until the variable of the last row, which is free, cannot fall."""
    dictionary, order = first, first.basis
    while True:
        within(0, 0, deadline)
        costs = dictionary.rows[-1]
        s = max(range(len(dictionary.cobasis)), key=costs.__getitem__, default=-1)
        if s < 0 or costs[s] <= 0:
            return dictionary
        r = dictionary.leaving_row(s, order)
        if r is None:  # Plans are bounded, and so are the values of best replies to them.
            raise NegotiationError(
                "the linear program of a constant-sum tree has no optimum",
                place="sequence form",
                remedy="this is a fault of the solver; please report the game",
            )
        dictionary = dictionary.pivot(r, s)


def _own_plan(polyhedron: Polyhedron, best: Dictionary) -> RealisationPlan:
    """Return the owner's plan at a dictionary."""
    values = [row[-1] for row in best.rows]
    return plan_of(polyhedron.point(best.basis, values, best.denominator))


def _opposing_plan(polyhedron: Polyhedron, best: Dictionary) -> RealisationPlan:
    """Return the opponent's plan that the coefficients of slacks in the objective make."""
    costs = dict(zip(best.cobasis, best.rows[-1], strict=False))
    labels = range(1 + polyhedron.other_label, polyhedron.other.count + polyhedron.other_label)
    prices = [Fraction(-costs.get(label, 0), best.denominator) for label in labels]
    return (_ONE, *prices)


def optimal_plans(
    game: Game | SequenceForm, *, limit: int = MAX_BASES, deadline: float | None = None
) -> OptimalPlans:
    """Return the value of a constant-sum tree and all optimal plans, by their extreme ones.

    Parameters and errors are those of :func:`solve_zero_sum_tree`. Many ties can make many
    vertices: BudgetError is raised if there are more than `limit` bases to visit.
    """
    form = game if isinstance(game, SequenceForm) else sequence_form(game)
    value = solve_zero_sum_tree(form, deadline=deadline).value
    one, two = (_optimal(form, side, limit, deadline) for side in (0, 1))
    return OptimalPlans(form, value, (one, two))


def _optimal(
    form: SequenceForm, side: int, limit: int, deadline: float | None
) -> tuple[RealisationPlan, ...]:
    """Return the extreme optimal plans of a side."""
    polyhedron = Polyhedron(form, side)
    first = polyhedron.dictionary(with_value=True)
    best = _least(first, deadline)
    face = walk(polyhedron, best, first.basis, limit, deadline)
    plans = sorted(map(plan_of, face.points))
    return tuple([plan for plan in plans if is_extreme(form, side, plan)])


def zero_sum_tree_equilibria(
    game: Game | SequenceForm, *, limit: int = MAX_BASES, deadline: float | None = None
) -> TreeEquilibria:
    """Return all equilibria of a constant-sum tree, as ``extreme_tree_equilibria`` does.

    Parameters and errors are those of :func:`optimal_plans`; BudgetError also if there are too many
    extreme equilibria to list.
    """
    best = optimal_plans(game, limit=limit, deadline=deadline)
    xs, ys = best.plans
    if len(xs) * len(ys) > MAX_EQUILIBRIA:
        raise BudgetError(
            f"{len(xs) * len(ys):,} extreme equilibria, more than {MAX_EQUILIBRIA:,}",
            place="sequence form",
            remedy="ask for the optimal plans of each player instead",
        )
    pairs = sorted(product(xs, ys), key=lambda pair: support_order(*pair))
    return TreeEquilibria(
        best.form,
        tuple(pairs),
        (ConvexComponent(tuple(range(len(pairs))), 0),),
        (1,),
        tuple([is_regular(best.form, x, y) for x, y in pairs]),
    )
