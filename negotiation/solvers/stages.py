"""Stages: the part of a subgame before proper subgames begin, and its equilibria.

Cut a subgame at the roots of its proper subgames: what is left is a *stage*, whose ends are
terminal nodes or such roots (its *exits*). With continuation values put at the exits it is a game
among its movers. A mover's pure strategy names one action at each of his information sets in the
stage. Pure equilibria are found by checking every profile, mixed ones of two movers by vertex
enumeration in exact rationals (:mod:`negotiation.solvers.bimatrix`), after strictly dominated
strategies are removed, which loses no equilibrium.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.errors import MethodError
from negotiation.game import CHANCE, Game, Payoffs
from negotiation.selection import Stage, StageEquilibrium
from negotiation.solvers.bimatrix import extreme_equilibria

__all__ = ["Answer", "StageTree", "all_equilibria", "pure_equilibria"]

MAX_PROFILES = 250_000
ONE, ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True)
class Answer:
    """Equilibria of a stage and what is known of them.

    Attributes
    ----------
    equilibria : list of StageEquilibrium
    complete : bool
        False where mixed equilibria may be missing.
    continuum : bool
        True where ties join equilibria to a continuum; its extreme points are listed.
    """

    equilibria: list[StageEquilibrium]
    complete: bool = True
    continuum: bool = False


class StageTree:
    """The stage at the root of a subgame.

    Attributes
    ----------
    exits : list of int
        Nodes where the stage ends.
    sets : dict
        Mover to the information sets at which he decides in the stage.
    """

    def __init__(self, game: Game, root: int, ends: Sequence[bool]) -> None:
        self.game = game
        self.root = root
        self.exits: list[int] = []
        self.sets: dict[int, list[int]] = {}
        inner: list[int] = []
        stack = [root]
        while stack:
            node = stack.pop()
            position = game.set_of[node]
            if position < 0 or (node != root and ends[node]):
                self.exits.append(node)
                continue
            inner.append(node)
            stack += reversed(game.children[node])
            mover = game.information_sets[position].player
            if mover != CHANCE and position not in self.sets.setdefault(mover, []):
                self.sets[mover].append(position)
        self.exits.sort()
        self.inner = sorted(inner)
        self.movers = tuple(sorted(self.sets))
        for positions in self.sets.values():
            positions.sort(key=lambda position: game.information_sets[position].nodes[0])

    @property
    def is_single_decision(self) -> bool:
        """Whether one mover decides once and the stage ends."""
        return len(self.inner) == 1 and len(self.movers) == 1

    @property
    def is_single_draw(self) -> bool:
        """Whether chance draws once and the stage ends."""
        return len(self.inner) == 1 and not self.movers

    def describe(self) -> str:
        """Return where the stage starts, in words."""
        return self.game.where(self.root)

    def strategies(self, mover: int) -> list[tuple[int, ...]]:
        """Return the pure strategies of a mover: one action index for each information set."""
        ranges = [
            range(len(self.game.information_sets[position].actions))
            for position in self.sets[mover]
        ]
        return list(itertools.product(*ranges))

    def lotteries(self) -> dict[tuple[int, ...], tuple[tuple[int, Fraction], ...]]:
        """Return for each pure profile the exits it reaches, with their probabilities.

        Raises
        ------
        MethodError
            If there are too many profiles.
        """
        sizes = [
            math.prod(
                len(self.game.information_sets[position].actions) for position in self.sets[mover]
            )
            for mover in self.movers
        ]
        if math.prod(sizes) > MAX_PROFILES:
            shape = " x ".join(f"{size:,}" for size in sizes)
            raise MethodError(
                f"the stage {self.describe()} has {shape} pure strategy profiles, more than "
                f"{MAX_PROFILES:,}",
                place=self.game.name,
                remedy="fix a move, coarsen a grid, or reduce what is observed",
            )
        lists = [self.strategies(mover) for mover in self.movers]
        found = {}
        for profile in itertools.product(*(range(len(strategies)) for strategies in lists)):
            choice: dict[int, int] = {}
            for mover, strategies, index in zip(self.movers, lists, profile, strict=True):
                choice.update(zip(self.sets[mover], strategies[index], strict=True))
            found[profile] = self._lottery(choice)
        return found

    def _lottery(self, choice: Mapping[int, int]) -> tuple[tuple[int, Fraction], ...]:
        game, exits = self.game, set(self.exits)
        reached: dict[int, Fraction] = {}
        stack = [(self.root, ONE)]
        while stack:
            node, weight = stack.pop()
            if node in exits:
                reached[node] = weight
            elif node in game.probabilities:
                for child, share in zip(game.children[node], game.probabilities[node], strict=True):
                    if share:
                        stack.append((child, weight * share))
            else:
                stack.append((game.children[node][choice[game.set_of[node]]], weight))
        return tuple(sorted(reached.items()))

    def behaviour(
        self, mover: int, mixture: Sequence[Fraction]
    ) -> list[tuple[int, tuple[Fraction, ...]]]:
        """Return the behaviour strategy that a mixture of pure strategies induces (Kuhn 1953).

        At an information set that the mover's own choices exclude, the first strategy of the
        mixture decides.
        """
        played = [
            (weight, strategy)
            for weight, strategy in zip(mixture, self.strategies(mover), strict=True)
            if weight
        ]
        local = []
        for k, position in enumerate(self.sets[mover]):
            consistent = [item for item in played if self._reaches(mover, item[1], position)]
            consistent = consistent or played[:1]
            total = sum((weight for weight, _ in consistent), ZERO)
            actions = len(self.game.information_sets[position].actions)
            shares = [ZERO] * actions
            for weight, strategy in consistent:
                shares[strategy[k]] += weight / total
            local.append((position, tuple(shares)))
        return local

    def _reaches(self, mover: int, strategy: tuple[int, ...], position: int) -> bool:
        """Say whether a player's own pure strategy allows one of his information sets."""
        game = self.game
        choice = dict(zip(self.sets[mover], strategy, strict=True))
        node = game.information_sets[position].nodes[0]
        while node != self.root:
            before = game.parent[node]
            own = game.set_of[before]
            if own in choice and game.children[before][choice[own]] != node:
                return False
            node = before
        return True

    def has_idle_sets(self) -> bool:
        """Whether a mover can exclude, by his own choice, one of his later information sets."""
        return any(
            not self._reaches(mover, strategy, position)
            for mover in self.movers
            if len(self.sets[mover]) > 1
            for strategy in self.strategies(mover)
            for position in self.sets[mover]
        )


def pure_equilibria(stage: Stage) -> list[StageEquilibrium]:
    """Return all equilibria in pure strategies, any number of movers."""
    best: list[dict[tuple[int, ...], Fraction]] = [{} for _ in stage.movers]
    for profile, payoffs in stage.payoffs.items():
        for k, mover in enumerate(stage.movers):
            others = profile[:k] + profile[k + 1 :]
            known = best[k].get(others)
            if known is None or payoffs[mover] > known:
                best[k][others] = payoffs[mover]
    return [
        StageEquilibrium(
            tuple(
                tuple(ONE if j == profile[k] else ZERO for j in range(size))
                for k, size in enumerate(stage.sizes)
            ),
            payoffs,
        )
        for profile, payoffs in stage.payoffs.items()
        if all(
            payoffs[mover] == best[k][profile[:k] + profile[k + 1 :]]
            for k, mover in enumerate(stage.movers)
        )
    ]


def all_equilibria(stage: Stage, deadline: float | None = None) -> Answer:
    """Return all equilibria that can be had, mixed ones included.

    Complete if after removing strictly dominated strategies at most two movers have a choice left;
    else the pure equilibria only.
    """
    kept = undominated(stage)
    choosing = [k for k, strategies in enumerate(kept) if len(strategies) > 1]
    if len(choosing) > 2:
        return Answer(pure_equilibria(stage), complete=False)
    if not choosing:
        return Answer(pure_equilibria(stage))
    first, second = (choosing * 2)[:2] if len(choosing) == 1 else choosing
    if len(choosing) == 1:
        equilibria = pure_equilibria(stage)
        return Answer(equilibria, continuum=len(equilibria) > 1)
    return _two_movers(stage, kept, first, second, deadline)


def _two_movers(
    stage: Stage, kept: list[list[int]], first: int, second: int, deadline: float | None
) -> Answer:
    """Return all extreme equilibria where two movers have a choice left."""

    def at(i: int, j: int) -> Payoffs:
        profile = [strategies[0] for strategies in kept]
        profile[first], profile[second] = i, j
        return stage.payoffs[tuple(profile)]

    cells = [[at(i, j) for j in kept[second]] for i in kept[first]]
    one, two = stage.movers[first], stage.movers[second]
    found = extreme_equilibria(
        [[cell[one] for cell in row] for row in cells],
        [[cell[two] for cell in row] for row in cells],
        deadline=deadline,
    )
    equilibria = []
    for x, y in found.equilibria:
        payoffs = tuple(
            sum(
                (
                    p * q * cells[i][j][k]
                    for i, p in enumerate(x)
                    if p
                    for j, q in enumerate(y)
                    if q
                ),
                ZERO,
            )
            for k in range(len(cells[0][0]))
        )
        mixtures: list[tuple[Fraction, ...]] = []
        for k, size in enumerate(stage.sizes):
            weights = dict(zip(kept[k], x if k == first else y, strict=True)) if k in (
                first,
                second,
            ) else {kept[k][0]: ONE}
            mixtures.append(tuple(weights.get(j, ZERO) for j in range(size)))
        equilibria.append(StageEquilibrium(tuple(mixtures), payoffs))
    continuum = any(len(component.equilibria) > 1 for component in found.components)
    return Answer(equilibria, continuum=continuum)


def undominated(stage: Stage) -> list[list[int]]:
    """Return the strategies that survive iterated strict dominance by pure strategies."""
    kept = [list(range(size)) for size in stage.sizes]
    changed = True
    while changed:
        changed = False
        for k, mover in enumerate(stage.movers):
            if len(kept[k]) == 1:
                continue
            rest = [
                list(profile)
                for profile in itertools.product(
                    *(strategies if j != k else [0] for j, strategies in enumerate(kept))
                )
            ]

            def row(strategy: int, k: int = k, mover: int = mover) -> list[Fraction]:
                found = []
                for profile in rest:  # noqa: B023
                    profile[k] = strategy
                    found.append(stage.payoffs[tuple(profile)][mover])
                return found

            rows = {strategy: row(strategy) for strategy in kept[k]}
            survivors = [
                strategy
                for strategy in kept[k]
                if not any(
                    all(a > b for a, b in zip(rows[other], rows[strategy], strict=True))
                    for other in kept[k]
                )
            ]
            if len(survivors) < len(kept[k]):
                kept[k] = survivors
                changed = True
    return kept
