r"""Strategic form: a tree as a table of pure strategies.

A *reduced* strategy of a player names an action at each of his information sets that his own
earlier actions do not exclude; strategies that differ elsewhere lead to the same outcomes whatever
the others do (Kuhn 1953). With perfect recall his information sets form a forest: a set follows the
last (set, action) of his own on the way to it. A terminal node z is reached by the profiles in a
product :math:`\prod_i S_i(z)`, :math:`S_i(z)` the strategies of i that agree with that last choice;
to each of them z adds the probability that chance plays for z times the payoffs there.

A player of a table has one information set, so his strategies are its actions, under their labels.
A player without any has one strategy, "no move".
"""

from __future__ import annotations

import itertools
import math
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.errors import Fault, MethodError
from negotiation.formats.annotations import set_label
from negotiation.formats.spelling import check_digits, distinct_labels
from negotiation.formats.tables import MAX_NUMBERS, size_fault
from negotiation.game import CHANCE, Game, Payoffs, count_text

__all__ = ["StrategicForm", "action_everywhere", "strategic_form"]

MAX_SUMS = 5_000_000
MAX_ENTRIES = 5_000_000
Choice = tuple[int, int]
"""Information set and action; (-1, player) where a player has not moved."""


@dataclass(frozen=True)
class StrategicForm:
    """A game as a table.

    Attributes
    ----------
    players : tuple of str
    strategies : tuple of tuple of str
        Labels of each player's strategies: the actions at his information sets, joined by
        `` / ``, with ``*`` where an earlier action of his own excludes the set.
    sets : tuple of tuple of str
        Each player's information sets in words, in the order of those actions.
    payoffs : sequence of tuple of Fraction
        By profile, the last player's strategy changing fastest.
    positions : tuple of tuple of int
        Each player's information sets by number, in the order of those actions.
    plans : sequence of sequence of tuple of int
        Each player's strategies as actions by number, one at each of these sets, -1 for ``*``.
    """

    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    sets: tuple[tuple[str, ...], ...]
    payoffs: Sequence[Payoffs]
    positions: tuple[tuple[int, ...], ...]
    plans: Sequence[Sequence[tuple[int, ...]]]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of strategies of each player."""
        return tuple(map(len, self.strategies))

    def legend(self) -> Iterator[str]:
        """Yield for each player with several information sets what his strategies list."""
        for player, sets in zip(self.players, self.sets, strict=True):
            if len(sets) > 1:
                yield f"{player}'s strategies list the actions at: {' / '.join(sets)}"


def strategic_form(game: Game, *, instead: str = "") -> StrategicForm:
    """Return the reduced strategic form of a game.

    Parameters
    ----------
    game : Game
    instead : str
        What the user can do instead of asking for a table; stands in the remedy before the advice
        to fix moves.

    Raises
    ------
    MethodError
        If it has more than a million profiles, or takes too long to write down.
    """
    try:
        return _strategic_form(game)
    except MethodError as error:
        advice = ", or ".join(filter(None, [instead, _what_to_fix(game)]))
        raise MethodError(error.message, place=game.name, remedy=advice) from None


def _what_to_fix(game: Game) -> str:
    """Return the advice to fix moves, with the first decision as an example."""
    for _, head in game.decisions():
        if len(head.actions) > 1:
            assignment = f"{head.move}={action_everywhere(game, head.move)}"
            return f"fix moves with --fix, such as --fix {shlex.quote(assignment)}"
    return "give numbers with fewer digits"


def action_everywhere(game: Game, move: str) -> str:
    """Return an action that is open wherever a move is played, else three dots."""
    offered = [h.actions for h in game.information_sets if h.move == move and h.player != CHANCE]
    shared = [a for a in offered[0] if all(a in actions for actions in offered)]
    return shared[0] if shared else "..."


def _strategic_form(game: Game) -> StrategicForm:
    forest = _Forest(game)
    plans = [forest.plans(player) for player in range(len(game.players))]
    sizes = [len(listed) for listed in plans]
    if fault := size_fault(sizes):
        raise MethodError(fault)
    described = [
        [game.information_sets[position] for position in forest.sets[player]]
        for player in range(len(game.players))
    ]
    strategies = []
    for heads, listed in zip(described, plans, strict=True):
        labels = [
            " / ".join(
                "*" if action < 0 else head.actions[action]
                for head, action in zip(heads, plan, strict=True)
            )
            for plan in listed
        ]
        strategies.append(distinct_labels(labels) if heads else ("no move",))
    return StrategicForm(
        game.players,
        tuple(strategies),
        tuple(tuple(map(set_label, heads)) for heads in described),
        _payoffs(game, forest, plans),
        tuple(map(tuple, forest.sets)),
        plans,
    )


class _Forest:
    """The information sets of each player, and which follow which of his actions.

    Attributes
    ----------
    sets : list of list of int
        Each player's information sets, a set after those it follows.
    following : dict
        Choice to the information sets of the same player that come next.
    leaves : list of (int, Fraction, tuple of Choice)
        Terminal node, the probability that chance plays for it, each player's last choice.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self.sets: list[list[int]] = [[] for _ in game.players]
        self.following: dict[Choice, list[int]] = {}
        self.leaves: list[tuple[int, Fraction, tuple[Choice, ...]]] = []
        start = tuple((-1, player) for player in range(len(game.players)))
        seen: set[int] = set()
        pending = [(0, Fraction(1), start)]
        while pending:
            node, weight, last = pending.pop()
            position = game.set_of[node]
            if position < 0:
                self.leaves.append((node, weight, last))
                continue
            player = game.information_sets[position].player
            if player != CHANCE and position not in seen:
                seen.add(position)
                self.sets[player].append(position)
                self.following.setdefault(last[player], []).append(position)
            for action, child in reversed(list(enumerate(game.children[node]))):
                if player == CHANCE:
                    share = game.probabilities[node][action]
                    pending.append((child, _times(weight, share), last))
                else:
                    chosen = (*last[:player], (position, action), *last[player + 1 :])
                    pending.append((child, weight, chosen))

    def plans(self, player: int) -> list[tuple[int, ...]]:
        """Return a player's reduced strategies: an action at each of his sets, -1 if excluded.

        Raises
        ------
        MethodError
            If there are too many.
        """
        order = {position: place for place, position in enumerate(self.sets[player])}
        self._check_count(player, len(order))
        # From the last set back: what is played from a set on, as (place, action) pairs.
        known: dict[int, list[tuple[Choice, ...]]] = {}
        for position in reversed(self.sets[player]):
            known[position] = [
                ((order[position], action), *later)
                for action in range(len(self.game.information_sets[position].actions))
                for later in self._joined(known, (position, action))
            ]
        found = []
        for pairs in self._joined(known, (-1, player)):
            plan = [-1] * len(order)
            for place, action in pairs:
                plan[place] = action
            found.append(tuple(plan))
        return found

    def _joined(
        self, known: dict[int, list[tuple[Choice, ...]]], choice: Choice
    ) -> Iterator[tuple[Choice, ...]]:
        """Yield every way to go on after a choice, at all sets that follow it."""
        parts = [known[position] for position in self.following.get(choice, ())]
        for combination in itertools.product(*parts):
            yield tuple(itertools.chain.from_iterable(combination))

    def _check_count(self, player: int, sets: int) -> None:
        counts: dict[int, int] = {}
        longest = 0
        for position in reversed(self.sets[player]):
            count = 0
            for action in range(len(self.game.information_sets[position].actions)):
                later = self.following.get((position, action), ())
                count += math.prod(counts[follower] for follower in later)
            counts[position] = count
            longest = max(longest, count.bit_length())
            if longest > 64:
                break
        else:
            roots = self.following.get((-1, player), ())
            count = math.prod(counts[position] for position in roots)
            # Strategies are built from the last set back, so those of every set count.
            if max(sum(counts.values()), count) * max(sets, 1) <= MAX_ENTRIES:
                return
        raise MethodError(
            f"{self.game.players[player]} has {count_text(count)} or more reduced strategies at "
            f"{sets:,} information sets, too many to list"
        )


def _payoffs(
    game: Game, forest: _Forest, plans: Sequence[Sequence[tuple[int, ...]]]
) -> list[Payoffs]:
    """Return the expected payoffs of every profile."""
    allowed = _allowed(forest, plans)
    work = sum(math.prod(len(allowed[c]) for c in last) for _, _, last in forest.leaves)
    if work > MAX_SUMS or work * len(game.players) > 2 * MAX_NUMBERS:
        raise MethodError(f"the table is a sum of {count_text(work)} terms, too many to add up")
    strides = [math.prod(map(len, plans[player + 1 :])) for player in range(len(plans))]
    zero = (Fraction(0),) * len(plans)
    table: list[Payoffs] = [zero] * math.prod(map(len, plans))
    for node, weight, last in forest.leaves:
        if not weight:
            continue
        gained = tuple(_times(payoff, weight) for payoff in game.payoffs[node])
        places = [0]
        for choice, stride in zip(last, strides, strict=True):
            places = [at + plan * stride for at in places for plan in allowed[choice]]
        for place in places:
            before = table[place]
            table[place] = (
                gained
                if before is zero
                else tuple(_plus(a, b) for a, b in zip(before, gained, strict=True))
            )
    return table


def _times(weight: Fraction, share: Fraction) -> Fraction:
    return weight if share == 1 else _short(weight * share)


def _plus(first: Fraction, second: Fraction) -> Fraction:
    return _short(first + second)


def _short(value: Fraction) -> Fraction:
    """Refuse a number too long to be written, before it grows further."""
    try:
        return check_digits(value)
    except Fault as fault:
        raise MethodError(fault.message) from None


def _allowed(
    forest: _Forest, plans: Sequence[Sequence[tuple[int, ...]]]
) -> dict[Choice, Sequence[int]]:
    """Return for each choice the strategies, by number, that make it."""
    allowed: dict[Choice, Sequence[int]] = {}
    for player, listed in enumerate(plans):
        making: dict[Choice, list[int]] = {}
        for number, plan in enumerate(listed):
            for position, action in zip(forest.sets[player], plan, strict=True):
                if action >= 0:
                    making.setdefault((position, action), []).append(number)
        allowed |= making
        allowed[-1, player] = range(len(listed))
    return allowed
