"""Small trees for tests: written out by hand, or drawn at random; independent of model files.

A tree is nested: a tuple of numbers is a leaf, a :class:`Draw` a move of chance, a :class:`Choice`
a decision. Decisions of one player with the same `knows` form one information set.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Union

from negotiation.game import CHANCE, Game, InformationSet

Leaf = tuple[int | Fraction, ...]
Tree = Union[Leaf, "Draw", "Choice"]
PLAYERS = ("A", "B", "C", "D", "E")


@dataclass(frozen=True)
class Draw:
    """A move of chance."""

    probabilities: tuple[Fraction, ...]
    children: tuple[Tree, ...]


@dataclass(frozen=True)
class Choice:
    """A decision of a player; without `knows` it is its own information set."""

    player: int
    children: tuple[Tree, ...]
    knows: str | None = None


def game_of(tree: Tree, players: int) -> Game:
    """Return a tree as a Game, nodes in preorder."""
    set_of: list[int] = []
    children: list[tuple[int, ...]] = []
    chance: dict[int, tuple[Fraction, ...]] = {}
    payoffs: dict[int, tuple[Fraction, ...]] = {}
    heads: list[tuple[int, str, int]] = []
    members: list[list[int]] = []
    sets: dict[object, int] = {}

    def add(part: Tree) -> int:
        node = len(set_of)
        set_of.append(-1)
        children.append(())
        if isinstance(part, tuple):
            payoffs[node] = tuple(Fraction(value) for value in part)
            return node
        player = CHANCE if isinstance(part, Draw) else part.player
        knows = part.knows if isinstance(part, Choice) else None
        key = (player, knows) if knows is not None else node
        if key not in sets:
            sets[key] = len(heads)
            name = f"move {node}" if knows is None else f"{knows} of {PLAYERS[player]}"
            heads.append((player, name, len(part.children)))
            members.append([])
        set_of[node] = sets[key]
        members[sets[key]].append(node)
        if isinstance(part, Draw):
            chance[node] = part.probabilities
        children[node] = tuple([add(child) for child in part.children])
        return node

    add(tree)
    information_sets = tuple(
        InformationSet(player, name, (), tuple(f"a{k}" for k in range(size)), tuple(nodes))
        for (player, name, size), nodes in zip(heads, members, strict=True)
    )
    return Game("tree", PLAYERS[:players], information_sets, set_of, children, chance, payoffs)


def map_leaves(tree: Tree, change: Callable[[Leaf], Leaf]) -> Tree:
    """Return the tree with its payoffs changed."""
    if isinstance(tree, tuple):
        return change(tree)
    children = tuple(map_leaves(child, change) for child in tree.children)
    if isinstance(tree, Draw):
        return Draw(tree.probabilities, children)
    return Choice(tree.player, children, tree.knows)


def rename_players(tree: Tree, order: Sequence[int]) -> Tree:
    """Return the tree with player k called ``order[k]``."""
    if isinstance(tree, tuple):
        renamed = [Fraction(0)] * len(tree)
        for k, value in enumerate(tree):
            renamed[order[k]] = Fraction(value)
        return tuple(renamed)
    children = tuple(rename_players(child, order) for child in tree.children)
    if isinstance(tree, Draw):
        return Draw(tree.probabilities, children)
    return Choice(order[tree.player], children, tree.knows)


def reverse_actions(tree: Tree) -> Tree:
    """Return the tree with the actions of every move in the opposite order."""
    if isinstance(tree, tuple):
        return tree
    children = tuple(reverse_actions(child) for child in reversed(tree.children))
    if isinstance(tree, Draw):
        return Draw(tree.probabilities[::-1], children)
    return Choice(tree.player, children, tree.knows)


def together(movers: Sequence[int], sizes: Sequence[int], ends: Sequence[Tree], name: str) -> Tree:
    """Return a stage at which `movers` decide at the same time; `ends` in lexicographic order."""
    if not movers:
        (end,) = ends
        return end
    width = len(ends) // sizes[0]
    parts = [ends[k * width : (k + 1) * width] for k in range(sizes[0])]
    children = tuple(together(movers[1:], sizes[1:], part, name) for part in parts)
    return Choice(movers[0], children, name)


@dataclass
class RandomTrees:
    """Draws random trees; the same seed gives the same trees.

    Attributes
    ----------
    payoff : callable
        Draws one payoff.
    stages : sequence of str
        What may be drawn: decide, draw, together2, together3, signal, hidden.
    stop : float
        Probability that play ends after a stage.
    shared : int
        Up to so much is added to everybody's payoff at a leaf, so that interests hang together.
    """

    rng: random.Random
    players: int
    payoff: Callable[[random.Random], int]
    stages: Sequence[str]
    stop: float = 0.5
    shared: int = 0
    names: int = 0

    def tree(self, depth: int) -> Tree:
        """Return a tree of at most `depth` stages one after another."""
        return getattr(self, f"_{self.rng.choice(self.stages)}")(depth)  # type: ignore[no-any-return]

    def game(self, depth: int, *, profiles: int = 3000) -> tuple[Tree, Game]:
        """Return a tree and its game, with at most so many pure profiles."""
        while True:
            tree = self.tree(depth)
            game = game_of(tree, self.players)
            if game.strategy_count() <= profiles:
                return tree, game

    def _next(self, depth: int) -> Tree:
        if depth <= 1 or self.rng.random() < self.stop:
            shared = self.rng.randrange(self.shared + 1)
            return tuple(shared + self.payoff(self.rng) for _ in range(self.players))
        return self.tree(depth - 1)

    def _name(self) -> str:
        self.names += 1
        return f"set {self.names}"

    def _decide(self, depth: int) -> Tree:
        size = self.rng.choice((2, 2, 3))
        mover = self.rng.randrange(self.players)
        return Choice(mover, tuple(self._next(depth) for _ in range(size)))

    def _draw(self, depth: int) -> Tree:
        return Draw(self._shares(), (self._next(depth), self._next(depth)))

    def _shares(self) -> tuple[Fraction, Fraction]:
        share = self.rng.choice((Fraction(1, 2), Fraction(1, 3), Fraction(3, 5), Fraction(1)))
        return share, 1 - share

    def _together2(self, depth: int) -> Tree:
        return self._together(depth, (self.rng.choice((2, 2, 3)), 2))

    def _together3(self, depth: int) -> Tree:
        return self._together(depth, (2, 2, 2))

    def _together(self, depth: int, sizes: Sequence[int]) -> Tree:
        movers = self.rng.sample(range(self.players), len(sizes))
        count = 1
        for size in sizes:
            count *= size
        return together(movers, sizes, [self._next(depth) for _ in range(count)], self._name())

    def _hidden(self, depth: int) -> Tree:
        """Chance draws, then somebody decides who does not see the draw."""
        mover, name = self.rng.randrange(self.players), self._name()
        parts = tuple(Choice(mover, (self._next(depth), self._next(depth)), name) for _ in range(2))
        return Draw(self._shares(), parts)

    def _signal(self, depth: int) -> Tree:
        """Chance draws a type, the sender sees it, the receiver sees the message only."""
        sender, receiver = self.rng.sample(range(self.players), 2)
        names = [self._name(), self._name()]
        parts = tuple(
            Choice(
                sender,
                tuple(
                    Choice(receiver, (self._next(depth), self._next(depth)), name) for name in names
                ),
            )
            for _ in range(2)
        )
        return Draw(self._shares(), parts)


def few(rng: random.Random) -> int:
    """Return a payoff that makes ties abound."""
    return rng.randrange(3)


def many(rng: random.Random) -> int:
    """Return a payoff that makes ties all but impossible."""
    return rng.randrange(-(10**9), 10**9)
