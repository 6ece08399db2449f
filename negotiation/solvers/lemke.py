r"""One equilibrium of a two-player tree of any size: Lemke's path from a prior.

Let s and t be plans of the players, the *prior*, and think of z as the weight that both give it: a
player replies best to (1 - z) times what the other plays plus z times the prior. With plans x and y
of total weight 1 - z and the notation of :mod:`negotiation.solvers.sequence_form`,

.. math::
    E x + e z = e,\; r = E^\top p - A (y + z t) \ge 0,\; x \ge 0,\; x^\top r = 0, \\
    F y + f z = f,\; s = F^\top q - B^\top (x + z s) \ge 0,\; y \ge 0,\; y^\top s = 0.

At z = 1 the best replies to the prior solve this, and at z = 0 its solutions are the equilibria.
Complementary pivoting leads from the first along a path of solutions: when a variable leaves the
basis, its partner in the products enters. No ray ends the path, and with lexicographic ties no
basis comes twice, so it ends where z leaves the basis (von Stengel, van den Elzen and Talman 2002).
[1]_

Dictionaries are pivoted in integers, so the equilibrium is exact.

References
----------
.. [1] von Stengel, B., van den Elzen, A., Talman, D. (2002), Computing normal form perfect
       equilibria for extensive two-person games, Econometrica 70, 693-715.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from negotiation.errors import BudgetError, NegotiationError, UsageError
from negotiation.game import Game
from negotiation.solvers.dictionaries import Dictionary
from negotiation.solvers.plan_polyhedra import as_row, gains, plan_functions, slack_functions
from negotiation.solvers.sequence_form import RealisationPlan, SequenceForm, sequence_form

__all__ = ["lemke_equilibrium", "uniform_plan"]

Plans = tuple[RealisationPlan, RealisationPlan]


def uniform_plan(form: SequenceForm, side: int) -> RealisationPlan:
    """Return the plan that plays all actions with equal probabilities at every set."""
    own = form.sides[side]
    plan = [Fraction(1)] * own.count
    for place, before in enumerate(own.before):
        for sequence in own.at(place):
            plan[sequence] = plan[before] / own.sizes[place]
    return tuple(plan)


def lemke_equilibrium(
    game: Game | SequenceForm, *, prior: Plans | None = None, deadline: float | None = None
) -> Plans:
    """Return one Nash equilibrium of a two-player tree, as realisation plans.

    Parameters
    ----------
    game : Game or SequenceForm
        With perfect recall; at most two players have a choice.
    prior : (tuple of Fraction, tuple of Fraction), optional
        Plans of the two sides at which the path begins; by default all actions are equally likely
        at every set. Different priors may lead to different equilibria.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    GameError
        If a player forgets (imperfect recall).
    MethodError
        If more than two players have a choice.
    UsageError
        If the prior is no pair of plans.
    BudgetError
        If the deadline passes.
    """
    form = game if isinstance(game, SequenceForm) else sequence_form(game)
    if prior is None:
        prior = uniform_plan(form, 0), uniform_plan(form, 1)
    for side in (0, 1):
        _check_plan(form, side, prior[side])
    return _Path(form, prior).end(deadline)


def _check_plan(form: SequenceForm, side: int, plan: Sequence[Fraction]) -> None:
    rows, right = form.sides[side].constraints()
    fits = len(plan) == form.sides[side].count and min(plan) >= 0
    if not fits or any(
        sum(a * p for a, p in zip(row, plan, strict=True) if a) != value
        for row, value in zip(rows, right, strict=True)
    ):
        raise UsageError(
            "the probabilities of its sequences are no plan",
            place=f"prior, side {side}",
            remedy="make it of behaviour strategies, with SequenceForm.plan",
        )


class _Path:
    """Lemke's path: a dictionary, and which variable enters next.

    Variable k is the probability of a sequence, k + `pairs` the slack of its inequality. The last
    two are z and u = 1 - z, the total weight of the plans; u enters first.
    """

    def __init__(self, form: SequenceForm, prior: Plans) -> None:
        self.form = form
        self.pairs = sum(form.sizes)
        self.z, self.u = 2 * self.pairs, 2 * self.pairs + 1
        self.offsets = (-1, form.sizes[0] - 1)
        replies = [_pure_reply(form, side, prior[1 - side]) for side in (0, 1)]
        cobasis = []
        for side in (0, 1):
            own, tight = form.sides[side], set(replies[side])
            for sequence in range(1, own.count):
                label = sequence + self.offsets[side]
                cobasis.append(label + self.pairs if sequence in tight else label)
        cobasis.append(self.u)
        self.column = {label: k for k, label in enumerate(cobasis)}
        rows, basis = [[*[0] * self.pairs, 1, 1]], [self.z]
        for side in (0, 1):
            self._add_side(side, prior, replies, rows, basis)
        self.order = basis
        self.dictionary = Dictionary(rows, 1, basis, cobasis)

    def _add_side(
        self,
        side: int,
        prior: Plans,
        replies: Sequence[Sequence[int]],
        rows: list[list[int]],
        basis: list[int],
    ) -> None:
        """Add the rows of one side's plan and of the other's slacks against it."""
        own, other = self.form.sides[side], self.form.sides[1 - side]
        offset, across = self.offsets[side], self.offsets[1 - side] + self.pairs
        free = set(range(1, own.count)).difference(replies[side])
        columns = {sequence: self.column[sequence + offset] for sequence in free}
        root = [*[0] * self.pairs, 1, 0]
        plan = plan_functions(own, replies[side], columns, root)
        for sequence in reversed(replies[side]):
            basis.append(sequence + offset)
            rows.append(as_row(plan[sequence]))
        multiple = lcm(*[p.denominator for p in prior[side]])
        payoffs = [
            (pair[side], pair[1 - side], payoff * multiple)
            for pair, payoff in self.form.integer_payoffs[1 - side].items()
        ]
        values = gains(payoffs, plan, other.count)
        for sequence, reply, payoff in payoffs:
            from_prior = int(prior[side][sequence] * payoff)
            values[reply][-1] += from_prior
            values[reply][-2] -= from_prior
        tight = {sequence: self.column[sequence + across] for sequence in replies[1 - side]}
        for sequence, slack in slack_functions(other, values, replies[1 - side], tight):
            basis.append(sequence + across)
            rows.append(as_row(slack))

    def end(self, deadline: float | None) -> Plans:
        """Follow the path to its end and return the plans there."""
        entering = self.u
        while entering != self.z:
            if deadline is not None and time.monotonic() > deadline:
                raise BudgetError(
                    "the time was spent on the way to an equilibrium",
                    place="Lemke's path",
                    remedy="allow more time",
                )
            entering = self._partner(self._pivot(entering))
        return self._plans()

    def _pivot(self, entering: int) -> int:
        """Let a variable enter the basis and return the one that leaves."""
        dictionary = self.dictionary
        s = dictionary.cobasis.index(entering)
        r = dictionary.leaving_row(s, self.order)
        if r is None:
            raise NegotiationError(
                "Lemke's path ended in a ray",
                place=self.form.game.name,
                remedy="this is a fault of the solver; please report the game",
            )
        rows, end = dictionary.rows, dictionary.basis.index(self.z)
        if rows[end][s] > 0 and rows[end][-1] * rows[r][s] == rows[r][-1] * rows[end][s]:
            r = end  # Of several that reach zero z may leave, and all is done.
        leaving = dictionary.basis[r]
        self.dictionary = dictionary.pivot(r, s)
        return leaving

    def _partner(self, label: int) -> int:
        """Return the variable that enters after one has left."""
        if label == self.z:
            return label
        return label - self.pairs if label >= self.pairs else label + self.pairs

    def _plans(self) -> Plans:
        found = self.dictionary
        values = dict(zip(found.basis, [row[-1] for row in found.rows], strict=True))
        one, two = (
            (
                Fraction(1),
                *(
                    Fraction(values.get(sequence + offset, 0), found.denominator)
                    for sequence in range(1, side.count)
                ),
            )
            for side, offset in zip(self.form.sides, self.offsets, strict=True)
        )
        return one, two


def _pure_reply(form: SequenceForm, side: int, against: Sequence[Fraction]) -> list[int]:
    """Return for each set of a player the first best sequence against a plan."""
    own, values = form.sides[side], form.continuation_values(side, against)
    return [max(own.at(place), key=values.__getitem__) for place in range(len(own.sets))]
