"""Assessments by brute force: slow, short, and independent of every solver.

Sender-receiver games are tables here: prior of each type, and payoffs u, v by type, message and
response. Trees are judged by trying trembles one by one.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.game import CHANCE, Game
from tests.oracles.trees import Choice, Draw, Tree

Row = tuple[Fraction, ...]
Table = tuple[tuple[Row, ...], ...]
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Signalling:
    """A sender-receiver game: every type may send every message.

    Attributes
    ----------
    prior : tuple of Fraction
    u, v : nested tuple
        Payoffs of sender and receiver by type, message, response.
    """

    prior: Row
    u: Table
    v: Table

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of types, messages, responses."""
        return len(self.u), len(self.u[0]), len(self.u[0][0])

    def tree(self) -> Tree:
        """Return the game as a tree; player 0 sends, player 1 responds."""
        types, messages, responses = map(range, self.shape)
        return Draw(
            self.prior,
            tuple(
                Choice(
                    0,
                    tuple(
                        Choice(
                            1,
                            tuple((self.u[t][m][a], self.v[t][m][a]) for a in responses),
                            f"message {m}",
                        )
                        for m in messages
                    ),
                )
                for t in types
            ),
        )


def random_signalling(rng: random.Random, shape: tuple[int, int, int], highest: int) -> Signalling:
    """Return a game with integer payoffs from 0 to `highest`."""
    types, messages, responses = shape
    weights = [rng.randrange(1, 4) for _ in range(types)]

    def table() -> Table:
        return tuple(
            tuple(
                tuple(Fraction(rng.randrange(highest + 1)) for _ in range(responses))
                for _ in range(messages)
            )
            for _ in range(types)
        )

    return Signalling(tuple(Fraction(w, sum(weights)) for w in weights), table(), table())


def is_equilibrium(game: Signalling, x: Sequence[Row], y: Sequence[Row]) -> bool:
    """Return whether strategies are those of a perfect Bayesian equilibrium, by definition.

    Parameters
    ----------
    x : sequence of tuple
        Probabilities of the messages, by type.
    y : sequence of tuple
        Probabilities of the responses, by message.
    """
    types, messages, responses = map(range, game.shape)
    for t in types:
        worth = [sum(p * u for p, u in zip(y[m], game.u[t][m], strict=True)) for m in messages]
        if any(x[t][m] and worth[m] < max(worth) for m in messages):
            return False
    for m in messages:
        weights = [game.prior[t] * x[t][m] for t in types]
        used = [a for a in responses if y[m][a]]
        if any(weights):
            if not _are_best(game, m, used, weights):
                return False
        elif not any(_are_best(game, m, used, belief) for belief in _beliefs(game, m)):
            return False
    return True


def _are_best(game: Signalling, m: int, used: Sequence[int], weights: Sequence[Fraction]) -> bool:
    worth = [sum(w * game.v[t][m][a] for t, w in enumerate(weights)) for a in range(game.shape[2])]
    return all(worth[a] == max(worth) for a in used)


def _beliefs(game: Signalling, m: int) -> Iterator[Row]:
    """Yield beliefs among which every set of responses optimal together is optimal.

    Where they are, they are so on a polytope, and its vertices are cut out by equal payoffs of two
    responses and by probabilities of zero.
    """
    types, _, responses = game.shape
    unit = [tuple(ONE if k == t else ZERO for k in range(types)) for t in range(types)]
    lines = [
        *unit,
        *(
            tuple(game.v[t][m][a] - game.v[t][m][b] for t in range(types))
            for a, b in itertools.combinations(range(responses), 2)
        ),
    ]
    for chosen in itertools.combinations(lines, types - 1):
        found = _solved([*chosen, (ONE,) * types], [*[ZERO] * (types - 1), ONE])
        if found is not None and min(found) >= 0:
            yield found


def _solved(rows: Sequence[Row], right: Sequence[Fraction]) -> Row | None:
    """Return the one solution of square linear equations, None if there is not exactly one."""
    size = len(rows)
    table = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for column in range(size):
        pivot = next((r for r in range(column, size) if table[r][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        table[column] = [entry / table[column][column] for entry in table[column]]
        for r in range(size):
            if r != column and table[r][column]:
                factor = table[r][column]
                table[r] = [a - factor * b for a, b in zip(table[r], table[column], strict=True)]
    return tuple(row[-1] for row in table)


def best_responses(game: Signalling, m: int, types: Sequence[int]) -> set[int]:
    """Return the responses to a message that are best against some belief on some types."""
    part = Signalling(
        tuple(game.prior[t] for t in types),
        tuple(game.u[t] for t in types),
        tuple(game.v[t] for t in types),
    )
    return {
        a
        for belief in _beliefs(part, m)
        for a in range(game.shape[2])
        if _are_best(part, m, [a], belief)
    }


def sender_gets(game: Signalling, x: Sequence[Row], y: Sequence[Row]) -> list[Fraction]:
    """Return what each type gets from a message that it sends."""
    found = []
    for t, row in enumerate(x):
        m = next(m for m, p in enumerate(row) if p)
        found.append(sum((p * u for p, u in zip(y[m], game.u[t][m], strict=True)), ZERO))
    return found


def is_intuitive(game: Signalling, x: Sequence[Row], y: Sequence[Row]) -> bool:
    """Return whether an equilibrium passes the intuitive criterion, by definition."""
    gets = sender_gets(game, x, y)
    types, messages, _ = game.shape
    for m in range(messages):
        if any(row[m] for row in x):
            continue
        possible = best_responses(game, m, range(types))
        left = [t for t in range(types) if max(game.u[t][m][a] for a in possible) >= gets[t]]
        if left:
            credible = best_responses(game, m, left)
            if any(min(game.u[t][m][a] for a in credible) > gets[t] for t in range(types)):
                return False
    return True


def passes_d1(game: Signalling, x: Sequence[Row], y: Sequence[Row]) -> bool:
    """Return whether an equilibrium of a game with two responses passes D1, by definition.

    A response is a number, the probability of the first. The best responses are two points or an
    interval, and who gains changes only where somebody is indifferent; so finitely many points,
    those and one between any two of them, decide about inclusions.
    """
    gets = sender_gets(game, x, y)
    types, messages, _ = game.shape
    for m in range(messages):
        if any(row[m] for row in x):
            continue
        points = _responses_to_try(game, m, gets)
        gains = [[_worth(game, t, m, q) - gets[t] for q in points] for t in range(types)]
        left = [
            t
            for t in range(types)
            if not any(
                other != t
                and any(gain > 0 for gain in gains[other])
                and all(g < 0 or h > 0 for g, h in zip(gains[t], gains[other], strict=True))
                for other in range(types)
            )
        ]
        part = Signalling(
            tuple(game.prior[t] for t in left),
            tuple(game.u[t] for t in left),
            tuple(game.v[t] for t in left),
        )
        if not any(
            max(_worth(game, t, m, q) - gets[t] for t in range(types)) <= 0
            for q in _responses_to_try(part, m, [gets[t] for t in left], game, gets)
        ):
            return False
    return True


def _worth(game: Signalling, t: int, m: int, q: Fraction) -> Fraction:
    return q * game.u[t][m][0] + (1 - q) * game.u[t][m][1]


def _responses_to_try(
    part: Signalling,
    m: int,
    gets: Sequence[Fraction],
    whole: Signalling | None = None,
    all_gets: Sequence[Fraction] = (),
) -> list[Fraction]:
    """Return points of the best responses to beliefs on the types of `part`."""
    best = best_responses(part, m, range(part.shape[0]))
    tied = any(_are_best(part, m, [0, 1], belief) for belief in _beliefs(part, m))
    points = {ONE if a == 0 else ZERO for a in best}
    if tied:
        levels = {ZERO, ONE}
        game, values = (part, gets) if whole is None else (whole, all_gets)
        for t in range(game.shape[0]):
            first, second = game.u[t][m]
            if first != second:
                level = (values[t] - second) / (first - second)
                if 0 < level < 1:
                    levels.add(level)
        ordered = sorted(levels)
        points |= levels | {(a + b) / 2 for a, b in itertools.pairwise(ordered)}
    return sorted(points)


def lotteries(size: int, shares: Sequence[Fraction]) -> list[Row]:
    """Return all distributions over `size` things whose probabilities are among `shares`."""
    return [row for row in itertools.product(shares, repeat=size) if sum(row) == 1]


def grid_equilibria(
    game: Signalling, shares: Sequence[Fraction]
) -> Iterator[tuple[tuple[Row, ...], tuple[Row, ...]]]:
    """Yield all equilibria whose probabilities are among `shares`."""
    types, messages, responses = game.shape
    for x in itertools.product(lotteries(messages, shares), repeat=types):
        for y in itertools.product(lotteries(responses, shares), repeat=messages):
            if is_equilibrium(game, x, y):
                yield x, y


# -- trembles -------------------------------------------------------------------------------------

Pure = dict[int, int]
Act = tuple[int, int]


def pure_profiles(game: Game) -> Iterator[Pure]:
    """Yield all pure profiles: information set to action."""
    sets = dict(game.decisions())
    for actions in itertools.product(*(range(len(head.actions)) for head in sets.values())):
        yield dict(zip(sets, actions, strict=True))


def limit_beliefs(
    game: Game, pure: Pure, trembles: Mapping[Act, tuple[int, Fraction]]
) -> dict[int, Row]:
    """Return the limit of the beliefs if each action tremble has an order and a size."""
    order = [0] * len(game.set_of)
    size = [ONE] * len(game.set_of)
    for node, successors in enumerate(game.children):
        position = game.set_of[node]
        for action, child in enumerate(successors):
            order[child], size[child] = order[node], size[node]
            if game.mover(node) == CHANCE:
                size[child] *= game.probabilities[node][action]
            elif pure[position] != action:
                more, factor = trembles[position, action]
                order[child] += more
                size[child] *= factor
    found = {}
    for position, head in game.decisions():
        least = min(order[x] for x in head.nodes)
        weights = [size[x] if order[x] == least else ZERO for x in head.nodes]
        found[position] = tuple(weight / sum(weights) for weight in weights)
    return found


def is_rational(game: Game, pure: Pure, beliefs: Mapping[int, Row]) -> bool:
    """Return whether no change of one action at any set gains, given the beliefs."""
    return all(is_best(game, pure, position, beliefs[position]) for position, _ in game.decisions())


def is_best(game: Game, pure: Pure, position: int, belief: Row) -> bool:
    """Return whether no other action at one set gains, given the belief there."""
    head = game.information_sets[position]

    def value(node: int) -> Fraction:
        if node in game.payoffs:
            return game.payoffs[node][head.player]
        children = game.children[node]
        if game.mover(node) == CHANCE:
            shares = game.probabilities[node]
            return sum((p * value(child) for p, child in zip(shares, children, strict=True)), ZERO)
        return value(children[pure[game.set_of[node]]])

    worth = [
        sum(p * value(game.children[x][a]) for p, x in zip(belief, head.nodes, strict=True))
        for a in range(len(head.actions))
    ]
    return worth[pure[position]] == max(worth)


def needed_trembles(game: Game, pure: Pure) -> list[Act]:
    """Return the actions not played on the way to sets with several histories off the path."""
    needed: dict[Act, None] = {}
    for _, head in game.decisions():
        paths = []
        for node in head.nodes:
            acts = []
            while (before := game.parent[node]) >= 0:
                act = game.set_of[before], game.children[before].index(node)
                if game.mover(before) != CHANCE and pure[act[0]] != act[1]:
                    acts.append(act)
                node = before
            paths.append(acts)
        if len(paths) > 1 and all(paths):
            needed.update(dict.fromkeys(act for acts in paths for act in acts))
    return list(needed)


def all_trembles(
    acts: Sequence[Act], orders: Sequence[int], sizes: Sequence[Fraction]
) -> Iterator[dict[Act, tuple[int, Fraction]]]:
    """Yield trembles of some actions on a grid; all others tremble at order 1 and size 1."""

    class Trembles(dict[Act, tuple[int, Fraction]]):
        def __missing__(self, act: Act) -> tuple[int, Fraction]:
            return 1, ONE

    for chosen in itertools.product(itertools.product(orders, sizes), repeat=len(acts)):
        yield Trembles(zip(acts, chosen, strict=True))


def pure_sequential_equilibria(
    game: Game, orders: Sequence[int], sizes: Sequence[Fraction]
) -> Iterator[Pure]:
    """Yield the pure profiles that trembles on a grid show to be sequential equilibria."""
    for pure in pure_profiles(game):
        acts = needed_trembles(game, pure)
        if any(
            is_rational(game, pure, limit_beliefs(game, pure, trembles))
            for trembles in all_trembles(acts, orders, sizes)
        ):
            yield pure


def is_limit(game: Game, pure: Pure, beliefs: Mapping[int, Row]) -> bool:
    """Return whether beliefs are the limit of those of some trembles.

    Sizes are taken from the beliefs themselves: ratios within the sets, by what chance draws.
    """
    drawn = [ONE] * len(game.set_of)
    for node, successors in enumerate(game.children):
        for action, child in enumerate(successors):
            share = game.probabilities[node][action] if game.mover(node) == CHANCE else ONE
            drawn[child] = drawn[node] * share
    sizes = {ONE}
    for position, head in game.decisions():
        pairs = zip(head.nodes, beliefs[position], strict=True)
        held = [p / drawn[x] for x, p in pairs if p]
        sizes |= {a / b for a, b in itertools.permutations(held, 2)}
    acts = needed_trembles(game, pure)
    return any(
        all(tuple(beliefs[p]) == belief for p, belief in limit_beliefs(game, pure, t).items())
        for t in all_trembles(acts, (1, 2, 3), sorted(sizes))
    )


# -- Bayes' rule wherever it applies --------------------------------------------------------------


def follows_bayes(game: Game, pure: Pure, beliefs: Mapping[int, Row]) -> bool:
    """Return whether beliefs follow Bayes' rule from every set, and subgame, that applies.

    A set or the root of a subgame applies to a later set if all histories of the later one follow
    on its own; if they all begin with one action there, that action counts as played.
    """
    starts: list[tuple[int, ...]] = [head.nodes for _, head in game.decisions()]
    starts += [(x,) for x in range(len(game.set_of)) if game.is_subgame_root[x] or x == 0]
    for position, head in game.decisions():
        for start in starts:
            steps = [_way(game, start, x) for x in head.nodes]
            if start == head.nodes or None in steps:
                continue
            ways = [way for way in steps if way is not None]
            first = {way[1][0] for way in ways}
            decided = game.mover(start[0]) != CHANCE
            free = len(first) == 1 and decided
            held = beliefs[game.set_of[start[0]]] if decided else (ONE,)
            weights = []
            for origin, actions in ways:
                weight = held[start.index(origin)]
                node = origin
                for number, action in enumerate(actions):
                    if game.mover(node) == CHANCE:
                        weight *= game.probabilities[node][action]
                    elif pure[game.set_of[node]] != action and not (free and number == 0):
                        weight = ZERO
                    node = game.children[node][action]
                weights.append(weight)
            total = sum(weights)
            if total and tuple(w / total for w in weights) != tuple(beliefs[position]):
                return False
    return True


def _way(game: Game, start: Sequence[int], node: int) -> tuple[int, list[int]] | None:
    """Return the node of `start` that another follows on, and the actions that lead there."""
    actions: list[int] = []
    while node not in start or not actions:
        before = game.parent[node]
        if before < 0:
            return None
        actions.insert(0, game.children[before].index(node))
        node = before
    return node, actions


def pure_bayesian_equilibria(game: Game, shares: Sequence[Fraction]) -> Iterator[Pure]:
    """Yield the pure profiles that beliefs on a grid make perfect Bayesian equilibria."""
    grids = {p: lotteries(len(head.nodes), shares) for p, head in game.decisions()}
    for pure in pure_profiles(game):
        rational = [[b for b in grid if is_best(game, pure, p, b)] for p, grid in grids.items()]
        if any(
            follows_bayes(game, pure, dict(zip(grids, chosen, strict=True)))
            for chosen in itertools.product(*rational)
        ):
            yield pure
