"""Equilibria in realisation plans as outcomes: what the methods for two-player trees hand on.

Several pairs of plans may have one outcome, since sets that the opponent excludes are not seen in
it; it is listed once. The outcome is linear in each plan, so a maximal convex set of equilibria
X x Y becomes a continuum whose vertices are the outcomes of the extreme pairs. It is a hull if only
one of the two factors moves the outcome.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from negotiation.errors import BudgetError
from negotiation.game import Distribution, Game
from negotiation.solvers.backward_induction import Induction
from negotiation.solvers.complementary_search import FoundEquilibria, search_tree_equilibria
from negotiation.solvers.continua import Continuum, maximal
from negotiation.solvers.lemke import lemke_equilibrium
from negotiation.solvers.plans import Class, Continuations, Key, Plan, Vertex
from negotiation.solvers.sequence_form import RealisationPlan, SequenceForm, sequence_form
from negotiation.solvers.tree_equilibria import TreeEquilibria, extreme_tree_equilibria
from negotiation.solvers.zero_sum_trees import solve_zero_sum_tree, zero_sum_tree_equilibria

__all__ = ["all_by_sequences", "one_by_lemke", "optimal_by_linear_program"]

MANY_SEQUENCES = 12
Pair = tuple[RealisationPlan, RealisationPlan]


def all_by_sequences(game: Game, deadline: float | None = None) -> Induction:
    """Return all Nash equilibria of a two-player tree; what is found, if it is too large for that.

    Up to 12 sequences a player all vertices are walked, else supports are searched.

    Raises
    ------
    GameError, MethodError
        See :func:`~negotiation.solvers.sequence_form.sequence_form`.
    BudgetError
        If the deadline passes.
    """
    form = sequence_form(game)
    if max(form.sizes) <= MANY_SEQUENCES:
        return _induction(extreme_tree_equilibria(form, deadline=deadline))
    found = search_tree_equilibria(form, deadline=_part_of(deadline))
    if not found.products:
        return _one(form, lemke_equilibrium(form, deadline=deadline), _too_large(found))
    return _induction_of_products(found)


def _part_of(deadline: float | None) -> float | None:
    """Return a deadline that leaves a fifth of the time for what comes after."""
    if deadline is None:
        return None
    now = time.monotonic()
    return now + 0.8 * (deadline - now)


def _too_large(found: FoundEquilibria) -> str:
    one, two = found.form.sizes
    return (
        f"the tree has {one} and {two} sequences, and all equilibria are sure to be found up to "
        f"{MANY_SEQUENCES} a player; here {', '.join(found.gaps)}"
    )


def one_by_lemke(game: Game, deadline: float | None = None) -> Induction:
    """Return one Nash equilibrium of a two-player tree.

    Parameters and errors are those of :func:`all_by_sequences`.
    """
    form = sequence_form(game)
    found = lemke_equilibrium(form, deadline=deadline)
    return _one(form, found, "one equilibrium, by Lemke's path; there may be others")


def optimal_by_linear_program(game: Game, deadline: float | None = None) -> Induction:
    """Return all equilibria of a constant-sum tree; one, with the reason, if they are too many.

    Parameters and errors are those of :func:`all_by_sequences`; MethodError also if the game is not
    constant-sum.
    """
    form = sequence_form(game)
    try:
        found = zero_sum_tree_equilibria(form, deadline=_part_of(deadline))
    except BudgetError as error:
        reason = f"one pair of optimal plans of many ({error.message})"
        return _one(form, solve_zero_sum_tree(form, deadline=deadline).plans, reason)
    return _induction(found)


def _one(form: SequenceForm, pair: Pair, reason: str) -> Induction:
    """Return one equilibrium, with the reason why there may be others."""
    vertex = _vertex(form, pair)
    found = Class()
    found.add(vertex.outcome, 1, vertex.plan)
    return Induction({vertex.value: found}, [reason], _leaves_open(form, pair), [])


def _induction(found: TreeEquilibria) -> Induction:
    """Return equilibria and the convex sets they span in the form that all methods share."""
    form, pairs = found.form, found.equilibria
    vertices = [_vertex(form, pair) for pair in pairs]
    continuations: Continuations = {}
    for vertex in vertices:
        continuations.setdefault(vertex.value, Class()).add(vertex.outcome, 1, vertex.plan)
    continua = [
        Continuum(
            tuple(vertices[k] for k in component.equilibria),
            _is_hull([(pairs[k], vertices[k].outcome) for k in component.equilibria]),
        )
        for component in found.components
        if len(component.equilibria) > 1
    ]
    endless = bool(continua) or any(_leaves_open(form, pair) for pair in pairs)
    indices = _outcome_indices(found, vertices)
    return Induction(continuations, [], endless, [], maximal(continua), indices)


def _induction_of_products(found: FoundEquilibria) -> Induction:
    """Return sets of equilibria in the form that all methods share; profiles are not counted."""
    continuations: Continuations = {}
    continua = []
    for product in found.products:
        pairs = [(x, y) for x in product[0] for y in product[1]]
        vertices = [_vertex(found.form, pair) for pair in pairs]
        for vertex in vertices:
            continuations.setdefault(vertex.value, Class()).add(vertex.outcome, 1, vertex.plan)
        outcomes = [vertex.outcome for vertex in vertices]
        hull = _is_hull(list(zip(pairs, outcomes, strict=True)))
        continua.append(Continuum(tuple(vertices), hull))
    gaps = [_too_large(found)] if found.gaps else []
    return Induction(continuations, gaps, True, [], maximal(continua), spent=bool(gaps))


def _vertex(form: SequenceForm, pair: Pair) -> Vertex:
    profile = form.profile(pair)
    return Vertex(form.value(*pair), form.outcome(*pair), Plan(tuple(profile.items())))


def _is_hull(spanning: Sequence[tuple[Pair, Distribution]]) -> bool:
    """Say whether only one player's plan, whichever the other's, makes a difference."""
    for side in (0, 1):
        outcomes: dict[RealisationPlan, set[Distribution]] = {}
        for pair, outcome in spanning:
            outcomes.setdefault(pair[side], set()).add(outcome)
        if all(len(reached) == 1 for reached in outcomes.values()):
            return True
    return False


def _leaves_open(form: SequenceForm, pair: Pair) -> bool:
    """Say whether a plan excludes a set of its owner, or chance does: anything may be played."""
    decided = sum(len(side.sets) for side in form.sides)
    choices = sum(len(head.actions) > 1 for _, head in form.game.decisions())
    return decided < choices or any(
        not plan[before]
        for side, plan in zip(form.sides, pair, strict=True)
        for before in side.before
    )


def _outcome_indices(
    found: TreeEquilibria, vertices: Sequence[Vertex]
) -> dict[Plan, tuple[int | None, int]]:
    """Return for each plan its index, if it is regular, and that of the connected component.

    Components of plans that have an outcome in common are one of outcomes.
    """
    connected = {k: c.connected for c in found.components for k in c.equilibria}
    merged = list(range(len(found.connected_indices)))
    first: dict[Key, int] = {}
    for place, vertex in enumerate(vertices):
        new, old = merged[connected[place]], merged[first.setdefault(vertex.key, connected[place])]
        merged = [old if number == new else number for number in merged]
    totals = [0] * len(merged)
    for number, index in zip(merged, found.connected_indices, strict=True):
        totals[number] += index
    indices: dict[Plan, tuple[int | None, int]] = {}
    for place, vertex in enumerate(vertices):
        total = totals[merged[connected[place]]]
        indices[vertex.plan] = (total if found.regular[place] else None, total)
    return indices
