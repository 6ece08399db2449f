"""Random models through the Python API: their trees against the rules, their answers against
brute force, and fixed moves against the subgame after them.

The rules of the language are followed here a second time, in plain Python: a history is a list of
choices, a mover knows what it observes and whatever it knew or did at its own earlier moves.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import pytest

from negotiation import Model, Move, solve
from negotiation.game import CHANCE, Game, InformationSet
from tests.oracles import tree_brute_force as brute

SEEDS = range(60)
PLAYERS = ("P", "Q", "R")
Path = tuple[tuple[str, str], ...]
Entry = tuple[frozenset[tuple[Path, Fraction]], tuple[Fraction, ...], int | None]
"""Paths with probabilities, payoffs, number of profiles."""


@dataclass
class Drawn:
    """One random move: `when` and `bars` hold another move and the label that it must have."""

    name: str
    player: str
    actions: tuple[str, ...]
    observes: tuple[str, ...]
    known: tuple[str, ...]
    when: tuple[str, str] | None = None
    otherwise: str | None = None
    bars: tuple[str, str, str] | None = None
    shares: tuple[Fraction, ...] = ()


@dataclass
class Drawing:
    """A random model: its moves, and a payoff for every way to fill them."""

    rng: random.Random
    ties: bool
    moves: list[Drawn] = field(default_factory=list)
    payoffs: dict[tuple[str, ...], tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for k in range(self.rng.choice((2, 3, 3, 4))):
            self.moves.append(self._move(k))
        if all(move.player == "chance" for move in self.moves):
            self.moves[-1].player, self.moves[-1].shares = "P", ()
        for cell in itertools.product(*(move.actions for move in self.moves)):
            self.payoffs[cell] = tuple(
                self.rng.randrange(3) if self.ties else self.rng.randrange(10**6) for _ in PLAYERS
            )

    def _move(self, k: int) -> Drawn:
        rng, earlier = self.rng, self.moves
        player = rng.choice((*PLAYERS, "P", "chance"))
        actions = tuple("xyz"[: rng.choice((2, 2, 2, 3))])
        observes = tuple(m.name for m in earlier if rng.random() < 0.6)
        known = set(observes)
        for move in earlier:
            if move.player == player:
                known |= {move.name, *move.known}
        if player == "chance":
            known = {move.name for move in earlier}
        listed = tuple(move.name for move in earlier if move.name in known)
        drawn = Drawn(f"m{k}", player, actions, observes, listed)
        if player == "chance":
            weights = [rng.choice((1, 2, 0)) for _ in actions[1:]]
            total = sum(weights) + 1
            drawn.shares = tuple(Fraction(w, total) for w in (1, *weights))
        if listed and rng.random() < 0.4:
            drawn.when = self._condition(listed)
            drawn.otherwise = rng.choice(actions)
        if listed and player != "chance" and rng.random() < 0.3:
            drawn.bars = (*self._condition(listed), rng.choice(actions))
        return drawn

    def _condition(self, listed: tuple[str, ...]) -> tuple[str, str]:
        move = next(m for m in self.moves if m.name == self.rng.choice(listed[-1:]))
        return move.name, self.rng.choice(move.actions)

    # -- the model ----------------------------------------------------------------------------

    def model(self) -> Model:
        moves = []
        for move in self.moves:
            allowed = None
            if move.bars is not None:
                other, label, action = move.bars
                allowed = f"{move.name} != '{action}' or {other} != '{label}'"
            moves.append(
                Move(
                    move.name,
                    player=move.player,
                    actions=move.actions,
                    observes=move.observes,
                    when=None if move.when is None else f"{move.when[0]} == '{move.when[1]}'",
                    otherwise=move.otherwise,
                    allowed=allowed,
                    probabilities=[*map(str, move.shares[:-1]), "rest"] if move.shares else None,
                )
            )
        return Model(
            name="random",
            players=PLAYERS,
            moves=moves,
            payoffs={player: self._formula(k) for k, player in enumerate(PLAYERS)},
        )

    def _formula(self, player: int) -> str:
        terms = []
        for cell, values in self.payoffs.items():
            if values[player]:
                played = " and ".join(
                    f"{move.name} == '{action}'"
                    for move, action in zip(self.moves, cell, strict=True)
                )
                terms.append(f"({values[player]} if {played} else 0)")
        return " + ".join(terms) or "0"

    # -- the rules, a second time ---------------------------------------------------------------

    def histories(self) -> Iterator[tuple[Path, dict[str, str], Fraction]]:
        """Yield path of choices made, value of every move, and what chance contributes."""
        yield from self._histories((), {}, Fraction(1))

    def _histories(
        self, path: Path, values: dict[str, str], share: Fraction
    ) -> Iterator[tuple[Path, dict[str, str], Fraction]]:
        if len(values) == len(self.moves):
            yield path, values, share
            return
        move = self.moves[len(values)]
        if not self.is_made(move, values):
            assert move.otherwise is not None
            yield from self._histories(path, {**values, move.name: move.otherwise}, share)
            return
        for k, action in enumerate(move.actions):
            if self.is_open(move, action, values):
                weight = share * (move.shares[k] if move.shares else 1)
                step = (*path, (move.name, action))
                yield from self._histories(step, {**values, move.name: action}, weight)

    def is_made(self, move: Drawn, values: Mapping[str, str]) -> bool:
        return move.when is None or values[move.when[0]] == move.when[1]

    def is_open(self, move: Drawn, action: str, values: Mapping[str, str]) -> bool:
        if move.bars is None:
            return True
        other, label, barred = move.bars
        return not (action == barred and values[other] == label)

    def decisions(self) -> dict[tuple[str, ...], set[Path]]:
        """Return mover, move and what the mover knows, to the histories where it so decides."""
        found: dict[tuple[str, ...], set[Path]] = {}
        for path, values, _ in self.histories():
            for k, (name, _) in enumerate(path):
                move = next(m for m in self.moves if m.name == name)
                if move.player != "chance":
                    key = (move.player, name, *(values[other] for other in move.known))
                    found.setdefault(key, set()).add(path[:k])
        return found


@cache
def drawing_of(seed: int) -> tuple[Drawing, Model, Game]:
    """Return a random drawing, its model and its game; two in three have ties."""
    drawing = Drawing(random.Random(seed), ties=bool(seed % 3))
    model = drawing.model()
    return drawing, model, model.at()


# -- the tree -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_tree_follows_the_rules(seed: int) -> None:
    drawing, _, game = drawing_of(seed)
    expected = {
        path: (tuple(map(Fraction, drawing.payoffs[tuple(values.values())])), share)
        for path, values, share in drawing.histories()
    }
    assert {tuple(game.path(node)) for node in game.payoffs} == set(expected)
    for node, payoffs in game.payoffs.items():
        assert (payoffs, chance_of(game, node)) == expected[tuple(game.path(node))]
    partition = {
        frozenset(tuple(game.path(node)) for node in s.nodes)
        for s in game.information_sets
        if s.player != CHANCE
    }
    assert partition == {frozenset(paths) for paths in drawing.decisions().values()}
    assert [n for n, root in enumerate(game.is_subgame_root) if root] == brute.subgame_roots(game)


def chance_of(game: Game, node: int) -> Fraction:
    share = Fraction(1)
    while (before := game.parent[node]) >= 0:
        if before in game.probabilities:
            share *= game.probabilities[before][game.children[before].index(node)]
        node = before
    return share


def test_random_models_are_not_all_alike() -> None:
    seen: Counter[str] = Counter()
    for drawing, _, _ in map(drawing_of, SEEDS):
        made = {len(path) for path, _, _ in drawing.histories()}
        seen["skipped"] += min(made) < len(drawing.moves)
        seen["barred"] += any(move.bars for move in drawing.moves)
        seen["chance"] += any(move.shares for move in drawing.moves)
        seen["unobserved"] += any(len(paths) > 1 for paths in drawing.decisions().values())
    assert min(seen[key] for key in ("skipped", "barred", "chance", "unobserved")) >= 10


# -- the answers ----------------------------------------------------------------------------------


def outcomes(game: Game, concept: str, select: str = "all") -> tuple[Counter[Entry], object]:
    """Return outcomes as paths with probabilities, payoffs and counts; and the whole count."""
    solution = solve(game, concept, select=select)
    found: Counter[Entry] = Counter(
        (
            frozenset((tuple(o.moves.items()), o.probability) for o in e.outcomes),
            tuple(e.payoffs.values()),
            e.profiles,
        )
        for e in solution.equilibria
    )
    return found, (solution.profiles, solution.complete)


@pytest.mark.parametrize("concept", ["pure-subgame-perfect", "pure"])
def test_answers_are_those_of_brute_force(concept: str) -> None:
    solved = 0
    for _, _, game in map(drawing_of, SEEDS):
        if game.strategy_count() > 300:
            continue
        equilibria = brute.pure_equilibria(game, everywhere=concept != "pure")
        expected: Counter[Entry] = Counter(
            (frozenset((tuple(game.path(n)), p) for n, p in outcome), payoffs, count)
            for outcome, (payoffs, count) in brute.outcomes_of(equilibria).items()
        )
        assert outcomes(game, concept) == (expected, (len(equilibria), True))
        solved += bool(equilibria)
    assert solved >= 20


# -- fixed moves ----------------------------------------------------------------------------------


def after(game: Game, root: int) -> Game:
    """Return the subgame at a node as a game of its own."""
    nodes = range(root, game.end[root])
    kept = sorted({game.set_of[node] for node in nodes if game.set_of[node] >= 0})
    sets = tuple(
        InformationSet(s.player, s.move, s.information, s.actions, tuple(n - root for n in s.nodes))
        for s in (game.information_sets[position] for position in kept)
    )
    return Game(
        game.name,
        game.players,
        sets,
        [kept.index(game.set_of[n]) if game.set_of[n] >= 0 else -1 for n in nodes],
        [tuple(child - root for child in game.children[n]) for n in nodes],
        {n - root: shares for n, shares in game.probabilities.items() if n in nodes},
        {n - root: payoffs for n, payoffs in game.payoffs.items() if n in nodes},
    )


@pytest.mark.parametrize("concept", ["pure-subgame-perfect", "subgame-perfect"])
@pytest.mark.parametrize("select", ["all", "coalition-proof"])
def test_a_fixed_first_move_leaves_the_subgame_after_it(concept: str, select: str) -> None:
    compared = 0
    for drawing, model, game in map(drawing_of, SEEDS):
        first = drawing.moves[0]
        for child, action in zip(game.children[0], first.actions, strict=True):
            if not (game.is_subgame_root[child] or child in game.payoffs):
                continue
            fixed = model.at(fix={first.name: action})
            assert dict(fixed.fixed) == {first.name: action}
            expected, counts = outcomes(after(game, child), concept, select)
            step = (first.name, action)
            prefixed: Counter[Entry] = Counter(
                (frozenset(((step, *path), p) for path, p in paths), payoffs, count)
                for paths, payoffs, count in expected.elements()
            )
            assert outcomes(fixed, concept, select) == (prefixed, counts)
            compared += 1
    assert compared >= 50


def test_any_fixed_move_is_no_decision_and_the_rest_is_equilibrium() -> None:
    """A fixed move has one action; what is left is solved as brute force solves it."""
    compared = 0
    for seed in SEEDS:
        drawing, model, _ = drawing_of(seed)
        move = drawing.moves[seed % len(drawing.moves)]
        for action in move.actions:
            if move.bars is not None and move.bars[2] == action:
                continue
            game = model.at(fix={move.name: action})
            played = {path: dict(path).get(move.name, action) for path, _, _ in drawing.histories()}
            assert {tuple(game.path(node)) for node in game.payoffs} == {
                path for path, chosen in played.items() if chosen == action
            }
            if game.strategy_count() > 100:
                continue
            equilibria = brute.pure_equilibria(game)
            expected: Counter[Entry] = Counter(
                (frozenset((tuple(game.path(n)), p) for n, p in outcome), payoffs, count)
                for outcome, (payoffs, count) in brute.outcomes_of(equilibria).items()
            )
            assert outcomes(game, "pure-subgame-perfect")[0] == expected
            compared += 1
    assert compared >= 50
