"""Games: one exact mathematical object, a finite game in extensive form.

A tree of histories with chance moves, information sets and rational payoffs; it knows nothing of
text, files or solvers. Nodes are numbered in depth-first preorder, so the histories after node x
are x, ..., end[x] - 1. A node is the root of a subgame if every information set that has a node in
its subtree lies wholly in it (Selten 1975). A move that was fixed is no decision and stands as a
draw of chance with one action.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

__all__ = ["CHANCE", "Distribution", "Game", "InformationSet", "Payoffs", "count_text"]

CHANCE = -1
Payoffs = tuple[Fraction, ...]
Distribution = tuple[tuple[int, Fraction], ...]
"""Terminal nodes reached, each with its probability."""


@dataclass(frozen=True)
class InformationSet:
    """Histories that a mover cannot tell apart.

    Attributes
    ----------
    player : int
        Index of the mover, -1 for chance.
    move : str
        Name of the move.
    information : tuple of (str, str)
        What the mover knows: earlier moves and their actions.
    actions : tuple of str
        Labels, the same at every history of the set.
    nodes : tuple of int
        The histories, in order.
    """

    player: int
    move: str
    information: tuple[tuple[str, str], ...]
    actions: tuple[str, ...]
    nodes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Game:
    """A finite game in extensive form with perfect recall.

    Attributes
    ----------
    name : str
        Name of the model or file.
    players : tuple of str
        In the order of every output.
    information_sets : tuple of InformationSet
        Chance nodes too, each its own set.
    set_of : list of int
        Information set of each node, -1 at a terminal one.
    children : list of tuple of int
        Successors of each node, one for each action.
    probabilities : dict
        Chance node to the probabilities of its actions.
    payoffs : dict
        Terminal node to payoffs, one a player.
    parameters, fixed : mapping
        The values and the fixed moves that the game was built with.
    concept, select : str
        Defaults of the model.
    phrases : mapping
        (move, action) to a sentence for people.
    classify : callable, optional
        Names the regime of a distribution over terminal nodes.
    """

    name: str
    players: tuple[str, ...]
    information_sets: tuple[InformationSet, ...]
    set_of: Sequence[int]
    children: Sequence[tuple[int, ...]]
    probabilities: Mapping[int, tuple[Fraction, ...]]
    payoffs: Mapping[int, Payoffs]
    parameters: Mapping[str, Fraction] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    concept: str = "subgame-perfect"
    select: str = "all"
    phrases: Mapping[tuple[str, str], str] = field(default_factory=dict)
    classify: Callable[[Game, Distribution], str] | None = None

    @classmethod
    def from_arrays(
        cls,
        *arrays: Any,
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
        name: str = "game",
    ) -> Game:
        """Return a game in strategic form, from one array of payoffs a player.

        It is the tree in which the players move one after another and nobody observes anything;
        each has one information set, whose move has his name. Its concept is ``nash``.

        Parameters
        ----------
        *arrays : array_like
            Nested lists or arrays of numpy, all of shape (actions of player 1, ..., of player n).
            Entries are exact: int, Fraction, text such as ``"1/3"``; a float is the decimal that
            Python prints for it.
        players : sequence of str, optional
            Names; by default Player 1, Player 2, ...
        actions : sequence of sequence of str, optional
            Labels of each player's actions; by default 1, 2, ...
        name : str
            Name of the game.

        Raises
        ------
        UsageError
            If shapes differ, an entry is no exact number, names do not fit, or there are more than
            a million profiles.

        Examples
        --------
        >>> Game.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]], players=["Row", "Column"]).moves()
        ['Row', 'Column']
        """
        from negotiation.formats.tables import game_from_arrays

        return game_from_arrays(arrays, players, actions, name)

    @cached_property
    def parent(self) -> list[int]:
        """Predecessor of each node, -1 at the root."""
        parent = [-1] * len(self.set_of)
        for node, successors in enumerate(self.children):
            for child in successors:
                parent[child] = node
        return parent

    @cached_property
    def end(self) -> list[int]:
        """One past the last node of each subtree."""
        end = [node + 1 for node in range(len(self.set_of))]
        for node in range(len(end) - 1, 0, -1):
            before = self.parent[node]
            end[before] = max(end[before], end[node])
        return end

    @cached_property
    def is_subgame_root(self) -> list[bool]:
        """Whether a proper subgame (or the game itself) starts at each node."""
        lowest = [min(s.nodes) for s in self.information_sets]
        highest = [max(s.nodes) for s in self.information_sets]
        count = len(self.set_of)
        low, high = list(range(count)), list(range(count))
        for node in range(count - 1, -1, -1):
            if self.set_of[node] >= 0:
                low[node] = min(low[node], lowest[self.set_of[node]])
                high[node] = max(high[node], highest[self.set_of[node]])
            if node:
                before = self.parent[node]
                low[before] = min(low[before], low[node])
                high[before] = max(high[before], high[node])
        return [
            self.set_of[node] >= 0 and low[node] >= node and high[node] < self.end[node]
            for node in range(count)
        ]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of players, tree, information sets, labels and payoffs."""
        digest = hashlib.sha256(repr(self.players).encode())
        for information_set in self.information_sets:
            content = (
                information_set.player,
                information_set.move,
                information_set.information,
                information_set.actions,
                information_set.nodes,
            )
            digest.update(repr(content).encode())
        for node, successors in enumerate(self.children):
            drawn = [str(p) for p in self.probabilities.get(node, ())]
            gained = [str(payoff) for payoff in self.payoffs.get(node, ())]
            digest.update(repr((successors, drawn, gained)).encode())
        return f"sha256:{digest.hexdigest()}"

    @property
    def histories(self) -> int:
        """Number of complete histories."""
        return len(self.payoffs)

    def mover(self, node: int) -> int | None:
        """Return the player who moves at a node, -1 for chance, None at a terminal node."""
        position = self.set_of[node]
        return None if position < 0 else self.information_sets[position].player

    def path(self, node: int) -> list[tuple[str, str]]:
        """Return the (move, action) pairs that lead to a node."""
        steps = []
        while (before := self.parent[node]) >= 0:
            information_set = self.information_sets[self.set_of[before]]
            action = self.children[before].index(node)
            steps.append((information_set.move, information_set.actions[action]))
            node = before
        return steps[::-1]

    def decisions(self) -> Iterator[tuple[int, InformationSet]]:
        """Yield (index, information set) of all decisions of players."""
        for index, information_set in enumerate(self.information_sets):
            if information_set.player != CHANCE:
                yield index, information_set

    def where(self, node: int) -> str:
        """Return a node in words: the history that leads to it."""
        steps = ", ".join(f"{move} = {action}" for move, action in self.path(node))
        return f"after {steps}" if steps else "at the start"

    def expected(self, distribution: Distribution) -> Payoffs:
        """Return the expected payoffs of a distribution over terminal nodes."""
        return tuple(
            sum((p * self.payoffs[node][k] for node, p in distribution), Fraction(0))
            for k in range(len(self.players))
        )

    def regime(self, distribution: Distribution) -> str:
        """Return the label of an equilibrium path; empty where the game names no regimes."""
        return self.classify(self, distribution) if self.classify is not None else ""

    def strategy_count(self) -> int:
        """Return the number of profiles of pure strategies."""
        product = 1
        for _, information_set in self.decisions():
            product *= len(information_set.actions)
        return product

    def moves(self) -> list[str]:
        """Return the names of the moves in the order of play."""
        return list(dict.fromkeys(s.move for s in self.information_sets))


def count_text(count: int) -> str:
    """Return a count for people: digits in groups, of a very long one the order of magnitude.

    Python refuses to print an integer of more than 4300 digits, and counts grow beyond that.
    """
    if count < 10**60:
        return f"{count:,}"
    return f"about 10^{round(math.log10(count))}"
