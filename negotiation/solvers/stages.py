"""Stages: the part of a subgame before proper subgames begin, and its equilibria.

Cut a subgame at the roots of its proper subgames: what is left is a *stage*, whose ends are
terminal nodes or such roots (its *exits*). With continuation values put at the exits it is a game
among its movers. A mover's pure strategy names one action at each of his information sets in the
stage. Pure equilibria are found by checking every profile, mixed ones of two movers by vertex
enumeration in exact rationals (:mod:`negotiation.solvers.bimatrix`), after strictly dominated
strategies of three or more movers are removed, which loses no equilibrium.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.errors import MethodError
from negotiation.game import CHANCE, Game, Payoffs, count_text
from negotiation.selection import Cell, Stage, StageEquilibrium
from negotiation.solvers.bimatrix import BimatrixEquilibria, extreme_equilibria

__all__ = [
    "Answer",
    "Kernel",
    "Lottery",
    "StageTree",
    "all_equilibria",
    "pure_equilibria",
    "reduced",
    "surely_undominated",
]

MAX_PROFILES = 250_000
ONE, ZERO = Fraction(1), Fraction(0)
Lottery = tuple[tuple[int, Fraction], ...]
"""Exits reached, ascending, each with its probability."""
Kernel = Callable[..., BimatrixEquilibria]
"""All equilibria of two movers: payoffs of the one, payoffs of the other, ``deadline``."""


@dataclass(frozen=True)
class Answer:
    """Equilibria of a stage and what is known of them.

    Attributes
    ----------
    equilibria : list of StageEquilibrium
        Of a continuum its extreme points.
    complete : bool
        False where mixed equilibria may be missing.
    continua : list of tuple of int
        Equilibria, by index, that span a convex set of equilibria; two at least in each.
    indices : list of (int or None, int)
        Of two movers with a choice, for each equilibrium its index, None if it is not regular, and
        that of its connected component (Shapley 1974).
    """

    equilibria: list[StageEquilibrium]
    complete: bool = True
    continua: Sequence[tuple[int, ...]] = ()
    indices: Sequence[tuple[int | None, int]] = ()


class StageTree:
    """The stage at the root of a subgame.

    Attributes
    ----------
    exits : list of int
        Nodes where the stage ends, ascending.
    movers : tuple of int
        Players who decide in the stage, ascending.
    sets : dict
        Mover to the information sets at which he decides in the stage.
    inner : int
        Number of nodes where somebody moves.
    draws : bool
        Whether chance moves in the stage.
    """

    def __init__(self, game: Game, root: int, ends: Sequence[bool]) -> None:
        self.game = game
        self.root = root
        self.exits: list[int] = []
        self.inner = 0
        self.draws = False
        sets: dict[int, dict[int, None]] = {}
        stack = [root]
        while stack:
            node = stack.pop()
            position = game.set_of[node]
            if position < 0 or (node != root and ends[node]):
                self.exits.append(node)
                continue
            self.inner += 1
            stack += reversed(game.children[node])
            mover = game.information_sets[position].player
            if mover == CHANCE:
                self.draws = True
            else:
                sets.setdefault(mover, {})[position] = None
        self.movers = tuple(sorted(sets))
        self.sets = {mover: list(sets[mover]) for mover in self.movers}
        self._strategies: dict[int, list[Cell]] = {}

    @property
    def is_single_draw(self) -> bool:
        """Whether chance draws once and the stage ends."""
        return self.inner == 1 and self.draws

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of pure strategies of each mover."""
        sets = self.game.information_sets
        return tuple(
            math.prod(len(sets[position].actions) for position in self.sets[mover])
            for mover in self.movers
        )

    @property
    def is_one_shot(self) -> bool:
        """Whether each mover decides once and every pure profile has an exit of its own."""
        return (
            not self.draws
            and all(len(positions) == 1 for positions in self.sets.values())
            and len(self.exits) == math.prod(self.sizes)
        )

    def describe(self) -> str:
        """Return where the stage starts, in words."""
        return self.game.where(self.root)

    def check_size(self) -> None:
        """Refuse a stage whose profiles are too many to be listed.

        Raises
        ------
        MethodError
        """
        if math.prod(self.sizes) > MAX_PROFILES:
            shape = " x ".join(map(count_text, self.sizes))
            raise MethodError(
                f"the stage {self.describe()} has {shape} pure strategy profiles, more than "
                f"{MAX_PROFILES:,}",
                place=self.game.name,
                remedy="fix a move, coarsen a grid, or reduce what is observed",
            )

    def strategies(self, mover: int) -> list[Cell]:
        """Return the pure strategies of a mover: one action index for each information set."""
        if mover not in self._strategies:
            sets = self.game.information_sets
            ranges = [range(len(sets[position].actions)) for position in self.sets[mover]]
            self._strategies[mover] = list(itertools.product(*ranges))
        return self._strategies[mover]

    def lotteries(self, check_time: Callable[[], None]) -> dict[Cell, Lottery]:
        """Return for each pure profile the exits it reaches, with their probabilities."""
        lists = [self.strategies(mover) for mover in self.movers]
        ends = frozenset(self.exits)
        found = {}
        for profile in itertools.product(*map(range, self.sizes)):
            check_time()
            choice: dict[int, int] = {}
            for mover, strategies, index in zip(self.movers, lists, profile, strict=True):
                choice.update(zip(self.sets[mover], strategies[index], strict=True))
            found[profile] = self._lottery(choice, ends)
        return found

    def _lottery(self, choice: Mapping[int, int], ends: frozenset[int]) -> Lottery:
        game = self.game
        reached: dict[int, Fraction] = {}
        stack = [(self.root, ONE)]
        while stack:
            node, weight = stack.pop()
            if node in ends:
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

    def pure_behaviour(self, mover: int, place: int) -> list[tuple[int, tuple[Fraction, ...]]]:
        """Return the behaviour strategy of a pure strategy, given by its place in the list."""
        strategy = self.strategies(mover)[place]
        sets = self.game.information_sets
        return [
            (position, _unit_vector(len(sets[position].actions), action))
            for position, action in zip(self.sets[mover], strategy, strict=True)
        ]

    def _reaches(self, mover: int, strategy: Cell, position: int) -> bool:
        """Say whether a player's own pure strategy allows one of his information sets."""
        choice = dict(zip(self.sets[mover], strategy, strict=True))
        return all(choice[own] == action for own, action in self._own_before(mover, position))

    def _own_before(self, mover: int, position: int) -> list[tuple[int, int]]:
        """Return the (set, action) pairs of a mover in the stage before one of his sets.

        They are the same at all its nodes, by perfect recall.
        """
        game, found = self.game, []
        node = game.information_sets[position].nodes[0]
        while node != self.root:
            before = game.parent[node]
            if game.set_of[before] in self.sets[mover]:
                found.append((game.set_of[before], game.children[before].index(node)))
            node = before
        return found

    def has_idle_sets(self) -> bool:
        """Whether a mover can exclude, by his own choice, one of his later information sets."""
        sets = self.game.information_sets
        return any(
            len(sets[own].actions) > 1
            for mover in self.movers
            for position in self.sets[mover]
            if len(sets[position].actions) > 1
            for own, _ in self._own_before(mover, position)
        )


def pure_equilibria(stage: Stage) -> list[StageEquilibrium]:
    """Return all equilibria in pure strategies, any number of movers."""
    best: list[dict[Cell, Fraction]] = [{} for _ in stage.movers]
    for profile, payoffs in stage.payoffs.items():
        for k, mover in enumerate(stage.movers):
            others = profile[:k] + profile[k + 1 :]
            known = best[k].get(others)
            if known is None or payoffs[mover] > known:
                best[k][others] = payoffs[mover]
    # A stage can have thousands of equilibria in thousands of strategies: they share their vectors.
    pure_strategy = functools.cache(_unit_vector)
    return [
        StageEquilibrium.of_profile(
            profile, tuple(map(pure_strategy, stage.sizes, profile)), payoffs
        )
        for profile, payoffs in stage.payoffs.items()
        if all(
            payoffs[mover] == best[k][profile[:k] + profile[k + 1 :]]
            for k, mover in enumerate(stage.movers)
        )
    ]


def _unit_vector(size: int, place: int) -> tuple[Fraction, ...]:
    return (ZERO,) * place + (ONE,) + (ZERO,) * (size - place - 1)


def all_equilibria(
    stage: Stage, deadline: float | None = None, kernel: Kernel | None = None
) -> Answer:
    """Return all equilibria that can be had, mixed ones included.

    Complete if after removing strictly dominated strategies at most two movers have a choice left;
    else the pure equilibria only. The kernel for two movers is
    :func:`~negotiation.solvers.bimatrix.extreme_equilibria` unless another is given.
    """
    kept: Sequence[Sequence[int]] = [range(size) for size in stage.sizes]
    if len(kept) > 2:
        kept = stage.undominated
    choosing = [k for k, strategies in enumerate(kept) if len(strategies) > 1]
    if len(choosing) == 2:
        return _two_movers(stage, kept, choosing[0], choosing[1], deadline, kernel)
    equilibria = pure_equilibria(stage)
    everything = tuple(range(len(equilibria)))
    return Answer(
        equilibria,
        complete=len(choosing) < 2,
        continua=[everything] if len(choosing) == 1 and len(equilibria) > 1 else [],
    )


def _two_movers(
    stage: Stage,
    kept: Sequence[Sequence[int]],
    first: int,
    second: int,
    deadline: float | None,
    kernel: Kernel | None,
) -> Answer:
    """Return all extreme equilibria where two movers have a choice left."""

    def at(i: int, j: int) -> Payoffs:
        profile = [strategies[0] for strategies in kept]
        profile[first], profile[second] = i, j
        return stage.payoffs[tuple(profile)]

    cells = [[at(i, j) for j in kept[second]] for i in kept[first]]
    one, two = stage.movers[first], stage.movers[second]
    found = (kernel or extreme_equilibria)(
        [[cell[one] for cell in row] for row in cells],
        [[cell[two] for cell in row] for row in cells],
        deadline=deadline,
    )
    equilibria = []
    for x, y in found.equilibria:
        weighted = [
            (p * q, cells[i][j]) for i, p in enumerate(x) if p for j, q in enumerate(y) if q
        ]
        payoffs = tuple(
            sum((weight * cell[k] for weight, cell in weighted), ZERO)
            for k in range(len(cells[0][0]))
        )
        played = {first: x, second: y}
        mixtures = tuple(
            _spread(played.get(k, (ONE,)), kept[k], size) for k, size in enumerate(stage.sizes)
        )
        equilibria.append(StageEquilibrium(mixtures, payoffs))
    continua = [c.equilibria for c in found.components if len(c.equilibria) > 1]
    connected = {k: c.connected for c in found.components for k in c.equilibria}
    indices = [(own, found.connected_indices[connected[k]]) for k, own in enumerate(found.indices)]
    return Answer(equilibria, continua=continua, indices=indices)


def surely_undominated(low: Stage, high: Stage) -> list[list[int]]:
    """Return the strategies left when payoffs are known to lie between those of two tables.

    A strategy goes if another one is worth more at its lowest than it is at its highest, against
    everything that is left of the others; iterated.
    """
    kept = [list(range(size)) for size in low.sizes]
    while True:
        before = [list(strategies) for strategies in kept]
        for k, mover in enumerate(low.movers):
            others = list(itertools.product(*kept[:k], (0,), *kept[k + 1 :]))
            kept[k] = [
                own
                for own in kept[k]
                if not any(
                    all(
                        low.payoffs[(*cell[:k], other, *cell[k + 1 :])][mover]
                        > high.payoffs[(*cell[:k], own, *cell[k + 1 :])][mover]
                        for cell in others
                    )
                    for other in kept[k]
                )
            ]
        if kept == before:
            return kept


def _spread(
    mixture: Sequence[Fraction], strategies: Sequence[int], size: int
) -> tuple[Fraction, ...]:
    """Return a mixture over some strategies as one over all."""
    weights = dict(zip(strategies, mixture, strict=True))
    return tuple(weights.get(j, ZERO) for j in range(size))


def reduced(
    table: Stage,
    lotteries: Mapping[Cell, Lottery],
    deadline: float | None = None,
    kernel: Kernel | None = None,
) -> Answer:
    """Solve the reduced strategic form: a mover's strategies with the same consequences are one."""
    kept: list[list[int]] = []
    for k, size in enumerate(table.sizes):
        seen: dict[object, int] = {}
        for strategy in range(size):
            rest = (range(n) if j != k else (strategy,) for j, n in enumerate(table.sizes))
            table.check_time()
            row = tuple(lotteries[profile] for profile in itertools.product(*rest))
            seen.setdefault(row, strategy)
        kept.append(list(seen.values()))
    sizes = tuple(len(strategies) for strategies in kept)
    payoffs = {
        cell: table.payoffs[tuple(kept[k][index] for k, index in enumerate(cell))]
        for cell in itertools.product(*map(range, sizes))
    }
    small_table = Stage(table.movers, sizes, payoffs, table.check_time)
    answer = all_equilibria(small_table, deadline, kernel)
    widened = [
        StageEquilibrium(
            tuple(
                _spread(mixture, strategies, size)
                for mixture, strategies, size in zip(e.strategies, kept, table.sizes, strict=True)
            ),
            e.payoffs,
        )
        for e in answer.equilibria
    ]
    return Answer(widened, answer.complete, answer.continua, answer.indices)
