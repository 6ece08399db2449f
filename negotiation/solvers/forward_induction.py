r"""Forward induction: the equilibria of what iterated weak dominance leaves.

All players at once remove, round by round, strategies of the reduced strategic form that are weakly
dominated (Kohlberg and Mertens 1986 [1]_; two players with a choice). An outcome stands if
strategies that are left have it and are in equilibrium among those left. What each player must play
is linear in his mixed strategy, and so is what the other must not gain from: one linear program for
each.

*Continua.* Consider the mixtures of some vertices, all of them with positive weight.
What each player must play, and what the other must not gain from, is linear in the weights and his
strategy together. So the weights with which a mixture stands form a polytope. All of the continuum
stands if every vertex meets what is asked of the mixtures of all, and nothing if for no choice of
vertices some weights do. This is not decided if what a player must play is not known at vertices
which do not reach his set, and differs among the others.

References
----------
.. [1] Kohlberg, E., Mertens, J.-F. (1986), On the strategic stability of equilibria, Econometrica
       54, 1003-1037.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

from negotiation.errors import MethodError
from negotiation.formats.strategic_form import StrategicForm, strategic_form
from negotiation.game import CHANCE, Game
from negotiation.solvers.beliefs import reach
from negotiation.solvers.dominance import Reduction, eliminate, mixed_strategy
from negotiation.solvers.kept_continua import Candidate, CandidateSet, Part
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program

__all__ = ["ForwardInduction"]

ZERO, ONE = Fraction(0), Fraction(1)
Played = dict[int, list[Fraction]]
"""Terminal node to the probability with which a player plays for it, by member of a continuum."""
MAX_MEMBERS = 10
"""Most vertices of a continuum of which all faces are looked at."""


class ForwardInduction:
    """Judges outcomes by iterated weak dominance in the reduced strategic form.

    Parameters
    ----------
    game : Game
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    MethodError
        If more than two players have a choice.
    BudgetError
        If the deadline passes.
    """

    def __init__(self, game: Game, deadline: float | None) -> None:
        self.game = game
        self.form: StrategicForm = strategic_form(game)
        choosing = [k for k, size in enumerate(self.form.sizes) if size > 1]
        if len(choosing) > 2:
            raise MethodError(
                f"forward-induction is for two players with a choice, and {len(choosing)} have one",
                place="select",
                remedy="fix moves with --fix, or use reduce --by weak",
            )
        self.choosing = choosing
        self.reduction: Reduction = eliminate(self.form, "weak", deadline=deadline)
        self.reduced = self.reduction.reduced()
        self.drawn = _drawn(game)
        self.reached: dict[Candidate, Sequence[Fraction]] = {}

    def __call__(self, candidate: Candidate) -> str:
        """Say why an outcome falls; empty text if it stands."""
        for player in self.choosing:
            played = {player: self._played([candidate], player) or {}}
            if not self._exists([candidate], [0], played, deterring=False):
                return self._eliminated(candidate, player)
        for player in self.choosing:
            played = {player: self._played([candidate], player) or {}}
            if not self._exists([candidate], [0], played, deterring=True):
                return (
                    f"for what iterated weak dominance leaves to {self.game.players[player]} does "
                    "not hold back the other"
                )
        return ""

    def inside(self, continuum: CandidateSet, stand: Sequence[bool]) -> Part:
        """Return what is kept of a continuum: all of it, if no strategy is dominated."""
        if not any(self.reduction.rounds):
            return Part.WHOLE
        members = continuum.members
        played = self._all_played(members)
        if played is None or len(members) > MAX_MEMBERS:
            return Part.of_vertices(stand)
        if all(stand) and all(self._exists(members, [k], played) for k in range(len(members))):
            return Part.WHOLE
        if any(stand):
            return Part.SOME
        for face in self._faces(members):
            played = self._all_played(face)
            if played is None:
                return Part.OPEN
            if self._exists(face, range(len(face)), played):
                return Part.SOME
        return Part.NOTHING

    def _faces(self, members: Sequence[Candidate]) -> list[list[Candidate]]:
        """Return the largest faces in which the players lead to the same nodes."""
        led = [
            frozenset(
                (player, node)
                for player, node in itertools.product(self.choosing, self.drawn)
                if all(self._weight(one, node, player, others=True))
            )
            for one in members
        ]
        unions = {
            frozenset().union(*chosen)
            for size in range(1, len(set(led)) + 1)
            for chosen in itertools.combinations(set(led), size)
        }
        return [
            [one for one, own in zip(members, led, strict=True) if own <= union] for union in unions
        ]

    def _all_played(self, members: Sequence[Candidate]) -> dict[int, Played] | None:
        tables = {player: self._played(members, player) for player in self.choosing}
        found = {player: table for player, table in tables.items() if table is not None}
        return found if len(found) == len(tables) else None

    def _played(self, members: Sequence[Candidate], player: int) -> Played | None:
        """Return the probability with which a player plays for each node the others may lead to.

        It is linear in a mixture of all the members, and given by member; None if it is not known
        for some of them, and the others differ.
        """
        found: Played = {}
        for node, drawn in self.drawn.items():
            if not drawn or not self._leads(members, player, node):
                continue
            weights = [self._weight(one, node, player) for one in members]
            known = [own for own, certain in weights if certain]
            if len(known) < len(members) and len(set(known)) != 1:
                return None
            found[node] = known if len(known) == len(members) else known[:1] * len(members)
        return found

    def _leads(self, members: Sequence[Candidate], player: int, node: int) -> bool:
        """Return whether the others play for a node; what they do off the path counts last."""
        weights = [self._weight(one, node, player, others=True) for one in members]
        certain = [weight for weight, known in weights if known]
        return any(certain or [weight for weight, _ in weights])

    def _exists(
        self,
        members: Sequence[Candidate],
        mixed: Sequence[int],
        played: Mapping[int, Played],
        *,
        deterring: bool = True,
    ) -> bool:
        """Return whether mixed strategies of what is left have some mixture, and deter the others.

        Unknowns are the weights of the members that are mixed, and the strategies of the players.
        """
        ends = [len(mixed)]
        for player in played:
            ends.append(ends[-1] + len(self.reduced.plans[player]))
        equations = [_placed(ends[-1], {0: [ONE] * len(mixed)})]
        rows: list[list[Fraction]] = []
        for start, (player, table) in zip(ends, played.items(), strict=False):
            everything = [ONE] * len(self.reduced.plans[player])
            equations.append(_placed(ends[-1], {0: [-ONE] * len(mixed), start: everything}))
            for node, shares in table.items():
                own = [-shares[k] for k in mixed]
                leading = self._leading(player, node)
                equations.append(_placed(ends[-1], {0: own, start: leading}))
            for rival in self.choosing if deterring else ():
                if rival != player:
                    values = [-members[k].value[rival] for k in mixed]
                    for plan in range(len(self.reduced.plans[rival])):
                        payoffs = self._payoffs(player, rival, plan)
                        rows.append(_placed(ends[-1], {0: values, start: payoffs}))
        sums = [ONE, *[ZERO] * (len(equations) - 1)]
        program = LinearProgram([0] * ends[-1], rows, [0] * len(rows), equations, sums)
        return isinstance(solve_linear_program(program), Optimum)

    def _leading(self, player: int, node: int) -> list[Fraction]:
        """Return which strategies of a player that are left lead to a node."""
        positions = self.reduced.positions[player]
        return [
            ONE
            if _agrees(self.game, player, dict(zip(positions, plan, strict=True)), node)
            else ZERO
            for plan in self.reduced.plans[player]
        ]

    def _payoffs(self, player: int, rival: int, strategy: int) -> list[Fraction]:
        """Return what a strategy brings a rival against each strategy of a player."""
        sizes = self.reduced.sizes
        found = []
        for own in range(sizes[player]):
            place = 0
            for k, size in enumerate(sizes):
                place = place * size + (own if k == player else strategy if k == rival else 0)
            found.append(self.reduced.payoffs[place][rival])
        return found

    def _weight(
        self, candidate: Candidate, node: int, player: int, *, others: bool = False
    ) -> tuple[Fraction, bool]:
        """Return the probability with which a player, or all others, play for a node.

        The second says whether it follows from the outcome: it does not if it hangs on what is
        played at a set off the path.
        """
        if candidate not in self.reached:
            self.reached[candidate] = reach(self.game, candidate.profile)
        game, weights = self.game, self.reached[candidate]
        share, certain = ONE, True
        for before, after in _path(game, node):
            if game.mover(before) != CHANCE and (game.mover(before) != player) == others:
                position = game.set_of[before]
                certain &= any(weights[other] for other in game.information_sets[position].nodes)
                share *= candidate.profile[position][game.children[before].index(after)]
                if not share:
                    break
        return share, certain

    def _eliminated(self, candidate: Candidate, player: int) -> str:
        """Say which strategy of a player goes, when, and by what."""
        used = mixed_strategy(self.form, player, candidate.profile)
        name = self.game.players[player]
        for number, claims in enumerate(self.reduction.rounds, 1):
            for claim in claims:
                if claim.player == player and used[claim.action]:
                    labels = self.form.strategies[player]
                    better = " or ".join(labels[k] for k, _ in claim.mixture)
                    return (
                        f"for in round {number} of weak dominance {labels[claim.action]} of {name} "
                        f"goes, dominated by {better}"
                    )
        return f"for weak dominance leaves {name} nothing that leads to it"


def _placed(size: int, entries: Mapping[int, Sequence[Fraction]]) -> list[Fraction]:
    """Return a row of zeros with some entries put in, by where they start."""
    row = [ZERO] * size
    for start, own in entries.items():
        row[start : start + len(own)] = own
    return row


def _drawn(game: Game) -> dict[int, Fraction]:
    """Return for each terminal node the probability that chance plays for it."""
    weights = [ONE] * len(game.set_of)
    for node, successors in enumerate(game.children):
        shares = game.probabilities.get(node, (ONE,) * len(successors))
        for child, share in zip(successors, shares, strict=True):
            weights[child] = weights[node] * share
    return {node: weights[node] for node in game.payoffs}


def _path(game: Game, node: int) -> list[tuple[int, int]]:
    """Return the steps to a node from the root, as nodes before and after."""
    steps = []
    while (before := game.parent[node]) >= 0:
        steps.append((before, node))
        node = before
    return steps[::-1]


def _agrees(game: Game, player: int, plan: Mapping[int, int], node: int) -> bool:
    """Return whether a plan of a player leads to a node, as far as it is his choice."""
    for before, after in _path(game, node):
        if game.mover(before) == player:
            action = game.children[before].index(after)
            if plan.get(game.set_of[before], action) != action:
                return False
    return True
