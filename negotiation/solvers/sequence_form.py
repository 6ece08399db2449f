r"""Sequence form: a two-player tree as sparse matrices of a size linear in the tree.

A *sequence* of a player is a list of his own actions on some path from the root, the empty one
included. With perfect recall all nodes of an information set h follow one sequence, so a nonempty
sequence is a pair (h, a) of a set and an action there. A *realisation plan* x gives every sequence
the probability with which its owner plays all its actions. The plans of player 1 and of player 2
are the solutions of

.. math:: E x = e,\; x \ge 0, \qquad F y = f,\; y \ge 0,

where a row says that the empty sequence has probability 1, or that the sequences that go on at an
information set share the probability of the one that leads there. A terminal node follows one
sequence of each player, so the expected payoffs are :math:`x^\top A y` and :math:`x^\top B y`; an
entry of A sums, over the terminal nodes after two sequences, payoff times the probability that
chance plays for the node. [1]_ [2]_

*Best replies.* Against the plan y the continuation value of the sequences of player 1 is found from
the last sets back: that of (h, a) is :math:`(A y)_{ha}` plus the values of the sets that follow
it, that of h is the largest of its actions. A plan is a best reply if it uses only actions with the
value of their set.

*Behaviour.* A plan with :math:`x_\sigma > 0` for the sequence that leads to h plays
:math:`x_{\sigma a} / x_\sigma` there (Kuhn 1953). About a set that it excludes it says nothing; a
:data:`Completion` does.

A set with a single action is no decision: its action is in no sequence. Nor is one that chance
never lets anybody reach.

References
----------
.. [1] von Stengel, B. (1996), Efficient computation of behavior strategies, Games and Economic
       Behavior 14, 220-246.
.. [2] Koller, D., Megiddo, N., von Stengel, B. (1996), Efficient computation of equilibria for
       extensive two-person games, Games and Economic Behavior 14, 247-259.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import Literal

from negotiation.certify import describe_set
from negotiation.errors import GameError, MethodError, UsageError
from negotiation.game import Distribution, Game, Payoffs

__all__ = ["Completion", "Entries", "RealisationPlan", "SequenceForm", "Sequences", "sequence_form"]

Completion = Literal["first", "uniform", "best-reply"]
"""What is played at a set that the player's own plan excludes: its first action, all actions with
equal probabilities, or the first best reply to the opponent's plan."""
RealisationPlan = tuple[Fraction, ...]
"""The probability of each sequence, the empty one first."""
Entries = Mapping[tuple[int, int], Fraction]
"""The nonzero entries of a matrix, by sequence of player 1 and sequence of player 2."""
NOBODY = -2
_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Sequences:
    """The sequences of one player, by number; 0 is the empty one.

    Attributes
    ----------
    player : int
        Index of the player in the game; -2 where the game has one player only.
    sets : tuple of int
        His information sets with a choice, by number in the game; each after those before it.
    before : tuple of int
        For each of them the sequence that leads there.
    first : tuple of int
        For each of them the sequence that goes on with its first action; the other actions follow.
    sizes : tuple of int
        For each of them the number of actions.
    """

    player: int
    sets: tuple[int, ...]
    before: tuple[int, ...]
    first: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def count(self) -> int:
        """Number of sequences, the empty one included."""
        return 1 + sum(self.sizes)

    def at(self, place: int) -> range:
        """Return the sequences that go on at the set with this place in `sets`."""
        return range(self.first[place], self.first[place] + self.sizes[place])

    @cached_property
    def following(self) -> tuple[tuple[int, ...], ...]:
        """For each sequence the places of the sets that it leads to."""
        found: list[list[int]] = [[] for _ in range(self.count)]
        for place, sequence in enumerate(self.before):
            found[sequence].append(place)
        return tuple(map(tuple, found))

    def constraints(self) -> tuple[list[list[int]], list[int]]:
        """Return the matrix E and the right-hand side e; plans are the x >= 0 with E x = e."""
        rows = [[1, *[0] * (self.count - 1)]]
        for place, sequence in enumerate(self.before):
            row = [0] * self.count
            row[sequence] = -1
            for own in self.at(place):
                row[own] = 1
            rows.append(row)
        return rows, [1, *[0] * len(self.sets)]


@dataclass(frozen=True, eq=False)
class SequenceForm:
    """A two-player game with perfect recall by sequences.

    Attributes
    ----------
    game : Game
    sides : (Sequences, Sequences)
        The sequences of the two players who have a choice.
    ends : mapping
        Pair of sequences to the terminal nodes after them, each with the probability that chance
        plays for it; those of probability 0 are left out.
    """

    game: Game
    sides: tuple[Sequences, Sequences]
    ends: Mapping[tuple[int, int], tuple[tuple[int, Fraction], ...]]

    @property
    def sizes(self) -> tuple[int, int]:
        """Number of sequences of each player, the empty one left out."""
        return self.sides[0].count - 1, self.sides[1].count - 1

    @cached_property
    def payoffs(self) -> tuple[Entries, Entries]:
        """The matrices A and B."""
        one, two = (self._matrix(side.player) for side in self.sides)
        return one, two

    def _matrix(self, player: int) -> Entries:
        if player == NOBODY:
            return {}
        worth = self.game.payoffs
        sums = {
            pair: sum(
                (p * worth[node][player] for node, p in reached if worth[node][player]), _ZERO
            )
            for pair, reached in self.ends.items()
        }
        return {pair: value for pair, value in sums.items() if value}

    @cached_property
    def integer_payoffs(
        self,
    ) -> tuple[Mapping[tuple[int, int], int], Mapping[tuple[int, int], int]]:
        """A and B, each scaled by a positive factor to small integers."""
        one, two = map(_integers, self.payoffs)
        return one, two

    @cached_property
    def chance(self) -> Entries:
        """The probability that chance plays for the terminal nodes after two sequences."""
        return {pair: sum((p for _, p in reached), _ZERO) for pair, reached in self.ends.items()}

    # -- plans ----------------------------------------------------------------------------------

    def plan(self, side: int, profile: Mapping[int, Sequence[Fraction]]) -> RealisationPlan:
        """Return the realisation plan of behaviour strategies.

        Parameters
        ----------
        side : int
            0 or 1, place of the player in `sides`.
        profile : mapping
            Information set (index) to the probabilities of its actions.
        """
        own = self.sides[side]
        found = [_ONE] * own.count
        for place, position in enumerate(own.sets):
            reached = found[own.before[place]]
            for sequence, share in zip(own.at(place), profile[position], strict=True):
                found[sequence] = reached * share
        return tuple(found)

    def behaviour(
        self,
        side: int,
        plan: Sequence[Fraction],
        completion: Completion = "first",
        against: Sequence[Fraction] = (),
    ) -> dict[int, tuple[Fraction, ...]]:
        """Return behaviour strategies with a realisation plan, at all sets of the player.

        Parameters
        ----------
        side : int
        plan : sequence of Fraction
        completion : str
            What is played at a set that the plan excludes; see :data:`Completion`.
        against : sequence of Fraction
            The opponent's plan; needed for ``best-reply``.

        Raises
        ------
        UsageError
            If the completion is unknown, or the opponent's plan is missing.
        """
        if completion not in ("first", "uniform", "best-reply"):
            raise UsageError(
                f"no completion is called {completion!r}",
                place="completion",
                remedy="use first, uniform or best-reply",
            )
        own = self.sides[side]
        values: list[Fraction] = []
        if completion == "best-reply":
            if not against:
                raise UsageError(
                    "a best reply needs the opponent's plan",
                    place="against",
                    remedy="give it, or use another completion",
                )
            values = self.continuation_values(side, against)
        found = {}
        for place, position in enumerate(own.sets):
            reached = plan[own.before[place]]
            sequences = own.at(place)
            if reached:
                found[position] = tuple([plan[sequence] / reached for sequence in sequences])
            elif completion == "uniform":
                found[position] = (Fraction(1, len(sequences)),) * len(sequences)
            else:
                best = max(sequences, key=values.__getitem__) if values else sequences[0]
                found[position] = tuple([_ONE if k == best else _ZERO for k in sequences])
        return found

    def profile(
        self,
        plans: tuple[Sequence[Fraction], Sequence[Fraction]],
        completion: Completion = "best-reply",
    ) -> dict[int, tuple[Fraction, ...]]:
        """Return a profile of the whole game with these plans.

        At sets that are no decisions of the form it plays the first action.
        """
        found = {
            position: (_ONE, *[_ZERO] * (len(head.actions) - 1))
            for position, head in self.game.decisions()
        }
        for side in (0, 1):
            found |= self.behaviour(side, plans[side], completion, plans[1 - side])
        return found

    # -- values ---------------------------------------------------------------------------------

    def replies(self, side: int, against: Sequence[Fraction]) -> list[Fraction]:
        """Return A y, or for side 1 the product of B transposed and x."""
        found = [_ZERO] * self.sides[side].count
        for pair, payoff in self.payoffs[side].items():
            if against[pair[1 - side]]:
                found[pair[side]] += payoff * against[pair[1 - side]]
        return found

    def continuation_values(self, side: int, against: Sequence[Fraction]) -> list[Fraction]:
        """Return for each sequence what it is worth if its owner replies best from then on.

        The value of the empty sequence is that of a best reply.
        """
        own = self.sides[side]
        values = self.replies(side, against)
        for place in reversed(range(len(own.sets))):
            values[own.before[place]] += max([values[sequence] for sequence in own.at(place)])
        return values

    def best_actions(self, side: int, against: Sequence[Fraction]) -> list[bool]:
        """Return for each sequence whether its last action is best at its set, played best after.

        Plans that use no other sequences are the best replies.
        """
        own = self.sides[side]
        values = self.continuation_values(side, against)
        best = [True] * own.count
        for place in range(len(own.sets)):
            most = max([values[sequence] for sequence in own.at(place)])
            for sequence in own.at(place):
                best[sequence] = values[sequence] == most
        return best

    def outcome(self, x: Sequence[Fraction], y: Sequence[Fraction]) -> Distribution:
        """Return the terminal nodes that two plans reach, with their probabilities."""
        found = []
        for (own, other), reached in self.ends.items():
            if x[own] and y[other]:
                weight = x[own] * y[other]
                found += [(node, p if weight == 1 else weight * p) for node, p in reached]
        return tuple(sorted(found))

    def value(self, x: Sequence[Fraction], y: Sequence[Fraction]) -> Payoffs:
        """Return the expected payoffs of all players of the game."""
        return self.game.expected(self.outcome(x, y))


def _integers(entries: Entries) -> dict[tuple[int, int], int]:
    multiple = lcm(*[value.denominator for value in entries.values()])
    whole = {p: v.numerator * (multiple // v.denominator) for p, v in entries.items()}
    divisor = gcd(*whole.values()) or 1
    return {pair: value // divisor for pair, value in whole.items()}


def sequence_form(game: Game) -> SequenceForm:
    """Return the sequence form of a game in which at most two players have a choice.

    Raises
    ------
    MethodError
        If more players have a choice.
    GameError
        If a player forgets what he did (imperfect recall); the message names the information set.
    """
    seats = _seats(game)
    builders = [_Builder(game, player) for player in seats]
    ends: dict[tuple[int, int], list[tuple[int, Fraction]]] = {}
    pending: list[tuple[int, int, int, Fraction]] = [(0, 0, 0, _ONE)]
    while pending:
        node, one, two, weight = pending.pop()
        position = game.set_of[node]
        if position < 0:
            ends.setdefault((one, two), []).append((node, weight))
            continue
        player, children = game.information_sets[position].player, game.children[node]
        if node in game.probabilities:
            shares = game.probabilities[node]
            steps = [
                (child, one, two, weight if share == 1 else weight * share)
                for child, share in zip(children, shares, strict=True)
                if share
            ]
        elif len(children) == 1:
            steps = [(children[0], one, two, weight)]
        elif player == seats[0]:
            first = builders[0].enter(position, one)
            steps = [(child, first + a, two, weight) for a, child in enumerate(children)]
        else:
            first = builders[1].enter(position, two)
            steps = [(child, one, first + a, weight) for a, child in enumerate(children)]
        pending += reversed(steps)
    return SequenceForm(
        game,
        (builders[0].sequences(), builders[1].sequences()),
        {pair: tuple(reached) for pair, reached in ends.items()},
    )


def _seats(game: Game) -> tuple[int, int]:
    """Return the two players; those who have a choice, then others, in the order of the game."""
    choosing = {head.player for _, head in game.decisions() if len(head.actions) > 1}
    if len(choosing) > 2:
        raise MethodError(
            f"{len(choosing)} players have a choice "
            f"({', '.join(game.players[k] for k in sorted(choosing))}), and it is for two",
            place=game.name,
            remedy="fix the moves of all but two players",
        )
    others = [k for k in range(len(game.players)) if k not in choosing]
    one, two = sorted([*choosing, *others, NOBODY][:2], key=lambda k: (k == NOBODY, k))
    return one, two


class _Builder:
    """Numbers the sequences of one player as his information sets are met."""

    def __init__(self, game: Game, player: int) -> None:
        self.game = game
        self.player = player
        self.places: dict[int, int] = {}
        self.before: list[int] = []
        self.first: list[int] = []
        self.count = 1

    def enter(self, position: int, sequence: int) -> int:
        """Return the sequence of the first action at a set that a sequence leads to."""
        head = self.game.information_sets[position]
        if position not in self.places:
            self.places[position] = len(self.places)
            self.before.append(sequence)
            self.first.append(self.count)
            self.count += len(head.actions)
        place = self.places[position]
        if self.before[place] != sequence:
            raise GameError(
                f"imperfect recall: {self.game.players[self.player]} came to the information set "
                f"{describe_set(head.move, head.information)} by different actions of his own",
                place=self.game.name,
                remedy="split the set, so that the player knows what he did before",
            )
        return self.first[place]

    def sequences(self) -> Sequences:
        sizes = tuple(len(self.game.information_sets[p].actions) for p in self.places)
        return Sequences(
            self.player, tuple(self.places), tuple(self.before), tuple(self.first), sizes
        )
