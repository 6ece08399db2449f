"""Equilibria of two-player trees in plans, by way of the reduced strategic form.

The strategic form lists pure strategies and knows no sequences. All its extreme equilibria, mapped
to realisation plans, span the same convex sets of equilibria as those of the sequence form; what is
spanned by others is left out by linear programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from negotiation.formats.two_player_table import TwoPlayerTable, two_player_table
from negotiation.game import Game
from negotiation.solvers.bimatrix import extreme_equilibria
from negotiation.solvers.linear_program import Infeasible, LinearProgram, solve_linear_program
from negotiation.solvers.sequence_form import SequenceForm

Plan = tuple[Fraction, ...]
Spanned = tuple[frozenset[Plan], frozenset[Plan], int]
"""Extreme plans of the one and of the other, and the index of the connected component."""


def is_mixture(plan: Plan, others: Iterable[Plan]) -> bool:
    """Return whether a plan is a convex combination of others."""
    columns = list(others)
    if not columns:
        return False
    rows = [[column[k] for column in columns] for k in range(len(plan))]
    program = LinearProgram(
        [0] * len(columns), equations=[[1] * len(columns), *rows], values=[1, *plan]
    )
    return not isinstance(solve_linear_program(program), Infeasible)


def extreme(plans: Iterable[Plan]) -> frozenset[Plan]:
    """Return the plans that are no mixtures of the others."""
    kept = list(plans)
    for plan in tuple(kept):
        others = [other for other in kept if other != plan]
        if is_mixture(plan, others):
            kept = others
    return frozenset(kept)


def pure_plans(form: SequenceForm, side: int, table: TwoPlayerTable) -> list[Plan]:
    """Return the plans of the strategies of a table."""
    own, seat = form.sides[side], table.seats[side]
    assert own.player == seat
    found = []
    for strategy in table.form.plans[seat]:
        choice = dict(zip(table.form.positions[seat], strategy, strict=True))
        plan = [Fraction(1)] + [Fraction(0)] * (own.count - 1)
        for place, position in enumerate(own.sets):
            if plan[own.before[place]]:
                plan[own.first[place] + choice[position]] = Fraction(1)
        found.append(tuple(plan))
    return found


def mixed(weights: Sequence[Fraction], plans: Sequence[Plan]) -> Plan:
    """Return the plan of a mixed strategy."""
    used = [(weight, plan) for weight, plan in zip(weights, plans, strict=True) if weight]
    return tuple(
        sum((weight * plan[k] for weight, plan in used), Fraction(0)) for k in range(len(plans[0]))
    )


def spanned_by_strategies(game: Game, form: SequenceForm) -> set[Spanned]:
    """Return the maximal convex sets of equilibria of the reduced strategic form, in plans."""
    table = two_player_table(game)
    found = extreme_equilibria(table.A, table.B)
    rows, columns = (pure_plans(form, side, table) for side in (0, 1))
    spanned = set()
    for component in found.components:
        pairs = [found.equilibria[k] for k in component.equilibria]
        spanned.add(
            (
                extreme({mixed(x, rows) for x, _ in pairs}),
                extreme({mixed(y, columns) for _, y in pairs}),
                found.connected_indices[component.connected],
            )
        )
    return spanned
