"""Sender-receiver games: recognised in a tree, and put into numbers.

Chance draws what the sender knows, his *type*: an information set of his. He sends a message; at
the set that it leads to a receiver responds, knowing that set only. Then chance may move again.
Everything that chance draws is put into coefficients: the payoffs of a type from a message are
linear in the probabilities of the responses, and what a response is worth to the receiver is
linear in the probabilities of the messages.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from negotiation.errors import MethodError
from negotiation.game import CHANCE, Distribution, Game
from negotiation.solvers.beliefs import check_draws, check_recall

__all__ = ["MAX_CELLS", "SenderReceiver", "Signal", "sender_receiver"]

ZERO, ONE = Fraction(0), Fraction(1)
MAX_CELLS = 4096
"""Most pairs of supports (signals, responses) at one set."""
Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class Signal:
    """A message of a type.

    Attributes
    ----------
    type : int
        By number; a type without a choice has one signal.
    act : (int, int) or None
        Information set and action of the sender; None for a type without a choice.
    place : int
        The response set that it leads to, by number.
    nodes : tuple of (int, Fraction)
        The histories there, each with the probability that chance plays for it.
    ends : tuple of (int, Fraction)
        Terminal nodes reached without response.
    worth : tuple of Fraction
        u, by response; times the probability of the type.
    value : tuple of Fraction
        v, by response.
    """

    type: int
    act: tuple[int, int] | None
    place: int
    nodes: tuple[tuple[int, Fraction], ...]
    ends: tuple[tuple[int, Fraction], ...]
    worth: Vector
    value: Vector


@dataclass(frozen=True, eq=False)
class SenderReceiver:
    """A sender-receiver game.

    Attributes
    ----------
    game : Game
    types : tuple of int
        Information set of each type, -1 for one without a choice.
    places : tuple of int
        Information set of each response set; -1 where a message ends the game.
    responses : tuple of int
        Number of responses at each.
    signals : tuple of Signal
    certain : tuple of (int, Fraction)
        Terminal nodes that chance reaches alone.
    after : mapping
        Node of a response set and response to the terminal nodes that follow.
    """

    game: Game
    types: tuple[int, ...]
    places: tuple[int, ...]
    responses: tuple[int, ...]
    signals: tuple[Signal, ...]
    certain: tuple[tuple[int, Fraction], ...]
    after: Mapping[tuple[int, int], tuple[tuple[int, Fraction], ...]]

    @cached_property
    def at(self) -> tuple[tuple[int, ...], ...]:
        """The signals that lead to each response set, by number."""
        return tuple(
            tuple(k for k, signal in enumerate(self.signals) if signal.place == place)
            for place in range(len(self.places))
        )

    @cached_property
    def of(self) -> tuple[tuple[int, ...], ...]:
        """The signals of each type, by number."""
        return tuple(
            tuple(k for k, signal in enumerate(self.signals) if signal.type == t)
            for t in range(len(self.types))
        )

    def outcome(self, x: Sequence[Fraction], y: Sequence[Sequence[Fraction]]) -> Distribution:
        """Return the terminal nodes reached, with probabilities."""
        weights = dict(self.certain)
        for share, signal in zip(x, self.signals, strict=True):
            for node, p in signal.ends if share else ():
                weights[node] = weights.get(node, ZERO) + share * p
            for (node, p), (a, q) in itertools.product(signal.nodes, enumerate(y[signal.place])):
                for end, drawn in self.after[node, a] if share and q else ():
                    weights[end] = weights.get(end, ZERO) + share * p * q * drawn
        return tuple(sorted(weights.items()))


# -- recognition ----------------------------------------------------------------------------------


class _Refused(Exception):  # noqa: N818 - it becomes a MethodError
    """Why a game is no sender-receiver game."""


def sender_receiver(game: Game) -> SenderReceiver:
    """Return a game as a sender-receiver game.

    Raises
    ------
    MethodError
        If it is none, or is too large; the message says why.
    GameError
        If a player forgets (imperfect recall).
    """
    check_draws(game)
    try:
        found = _Recogniser(game).found()
    except _Refused as error:
        raise MethodError(
            f"this is no sender-receiver game: {error}",
            place=game.name,
            remedy="use the method for other trees",
        ) from None
    check_recall(game)
    for signals, responses in zip(found.at, found.responses, strict=True):
        if (1 << len(signals)) * (1 << responses) > MAX_CELLS:
            raise MethodError(
                f"{len(signals)} signals and {responses} responses at one set are too many "
                f"supports (limit {MAX_CELLS:,}, such as 6 and 6)",
                place=game.name,
                remedy="merge types or responses, or fix moves",
            )
    return found


class _Recogniser:
    """Reads types, signals and responses off a tree."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.ahead: dict[int, int] = {}
        self.places: dict[int, int] = {}
        self.after: dict[tuple[int, int], tuple[tuple[int, Fraction], ...]] = {}

    def found(self) -> SenderReceiver:
        """Return the game in numbers."""
        game = self.game
        starts, certain = self._next(0)
        if not starts:
            raise _Refused("nobody has a choice")
        followers = {
            game.set_of[after]
            for start, _ in starts
            for child in game.children[start]
            for after, _ in self._next(child)[0]
        }
        types: list[int] = []
        drafts: list[tuple[int, tuple[int, int] | None, list[tuple[int, Fraction]]]] = []
        members: dict[int, list[tuple[int, Fraction]]] = {}
        for node, weight in starts:
            if game.set_of[node] in followers:
                drafts.append((len(types), None, [(node, weight)]))
                types.append(-1)
            else:
                members.setdefault(game.set_of[node], []).append((node, weight))
        for position, nodes in members.items():
            for action in range(len(game.information_sets[position].actions)):
                begun = [(game.children[node][action], weight) for node, weight in nodes]
                drafts.append((len(types), (position, action), begun))
            types.append(position)
        signals = [self._signal(types, *draft) for draft in drafts]
        places = sorted(self.places, key=self.places.__getitem__)
        return SenderReceiver(
            game,
            tuple(types),
            tuple(place if place >= 0 else -1 for place in places),
            tuple(
                len(game.information_sets[place].actions) if place >= 0 else 1 for place in places
            ),
            tuple(signals),
            tuple(certain),
            self.after,
        )

    def _next(self, node: int) -> tuple[list[tuple[int, Fraction]], list[tuple[int, Fraction]]]:
        """Return the choices and the ends that chance leads to, with probabilities."""
        game = self.game
        choices, ends = [], []
        pending = [(node, ONE)]
        while pending:
            node, weight = pending.pop()
            if node in game.payoffs:
                ends.append((node, weight))
            elif game.mover(node) != CHANCE and self._matters(game.set_of[node]):
                choices.append((node, weight))
            else:
                shares = game.probabilities.get(node, (ONE,))
                steps = list(zip(game.children[node], shares, strict=True))
                pending += [(child, weight * share) for child, share in reversed(steps)]
        return choices, ends

    def _matters(self, position: int) -> bool:
        """Say whether a set has a choice, or a belief: a single response is one too."""
        head = self.game.information_sets[position]
        return len(head.actions) > 1 or len(head.nodes) > 1

    def _signal(
        self,
        types: Sequence[int],
        kind: int,
        act: tuple[int, int] | None,
        begun: Sequence[tuple[int, Fraction]],
    ) -> Signal:
        game = self.game
        nodes, ends = [], []
        for start, weight in begun:
            choices, terminal = self._next(start)
            nodes += [(node, weight * p) for node, p in choices]
            ends += [(node, weight * p) for node, p in terminal]
        answers = {game.set_of[node] for node, _ in nodes}
        if len(answers) > 1:
            raise _Refused("chance moves between a message and the responses to it")
        position = answers.pop() if answers else -2 - len(self.places)
        place = self.places.setdefault(position, len(self.places))
        if not nodes:
            sender = game.information_sets[types[kind]].player if act else 0
            fixed = sum((p * game.payoffs[node][sender] for node, p in ends), ZERO)
            return Signal(kind, act, place, (), tuple(ends), (fixed,), (ZERO,))
        head = game.information_sets[position]
        sender = game.information_sets[types[kind]].player if act else head.player
        fixed = sum((p * game.payoffs[node][sender] for node, p in ends), ZERO)
        worth, value = [], []
        for a in range(len(head.actions)):
            worth.append(fixed + self._mean(nodes, a, sender))
            value.append(self._mean(nodes, a, head.player))
        return Signal(kind, act, place, tuple(nodes), tuple(ends), tuple(worth), tuple(value))

    def _mean(self, nodes: Sequence[tuple[int, Fraction]], action: int, player: int) -> Fraction:
        """Return what a response brings a player, times the probability of the nodes."""
        total = ZERO
        for node, weight in nodes:
            if (node, action) not in self.after:
                choices, ends = self._next(self.game.children[node][action])
                if choices:
                    raise _Refused("somebody moves after the response")
                self.after[node, action] = tuple(ends)
            for end, p in self.after[node, action]:
                total += weight * p * self.game.payoffs[end][player]
        return total
