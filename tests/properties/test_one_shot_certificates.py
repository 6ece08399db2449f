"""One-shot games are certified by a formula of their own; it must say what the walk of a tree says.

A draw of chance with a single action is put before the same game: nothing changes, but it is no
longer certified as a one-shot game.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest

from negotiation.certify import Certifier, certify
from negotiation.game import CHANCE, Game, InformationSet

Strategy = tuple[Fraction, ...]


def after_a_draw(game: Game) -> Game:
    """Return the game behind a draw of chance that has one action."""
    sets = (
        *(
            InformationSet(
                s.player, s.move, s.information, s.actions, tuple(n + 1 for n in s.nodes)
            )
            for s in game.information_sets
        ),
        InformationSet(CHANCE, "draw", (), ("only",), (0,)),
    )
    return Game(
        game.name,
        game.players,
        sets,
        [len(sets) - 1, *game.set_of],
        [(1,), *(tuple(n + 1 for n in children) for children in game.children)],
        {0: (Fraction(1),)},
        {node + 1: payoffs for node, payoffs in game.payoffs.items()},
    )


def draw_game(source: random.Random, sizes: list[int]) -> Game:
    """Return a table with rational payoffs, ties among them, whose players move in any order."""
    order = list(range(len(sizes)))
    source.shuffle(order)
    nested: list[object] = []
    for _ in sizes:
        entries: list[object] = [
            Fraction(source.randint(-4, 4), source.choice([1, 1, 2, 3, 7]))
            for _ in itertools.product(*map(range, sizes))
        ]
        for size in reversed(sizes[1:]):
            entries = [entries[at : at + size] for at in range(0, len(entries), size)]
        nested.append(entries)
    game = Game.from_arrays(*nested)
    seats = [InformationSet(order[s.player], *_rest(s)) for s in game.information_sets]
    return Game(
        "table",
        game.players,
        tuple(seats),
        game.set_of,
        game.children,
        {},
        game.payoffs,
    )


def _rest(s: InformationSet) -> tuple[str, tuple[()], tuple[str, ...], tuple[int, ...]]:
    return s.move, (), s.actions, s.nodes


def draw_strategy(source: random.Random, size: int) -> Strategy:
    weights = [source.choice([0, 0, 1, 1, 2, 5]) for _ in range(size)]
    if not any(weights):
        weights[source.randrange(size)] = 1
    return tuple(Fraction(weight, sum(weights)) for weight in weights)


@pytest.mark.parametrize("seed", range(150))
def test_the_formula_agrees_with_the_walk(seed: int) -> None:
    source = random.Random(seed)
    sizes = [source.randint(2, 4), *(source.randint(1, 4) for _ in range(source.randint(1, 2)))]
    game = draw_game(source, sizes)
    formula, walk = Certifier(game), Certifier(after_a_draw(game))
    assert formula.one_shot is not None
    assert walk.one_shot is None
    for _ in range(4):
        profile = {k: draw_strategy(source, size) for k, size in enumerate(sizes)}
        judged, walked = formula.judge(profile), walk.judge(profile)
        for concept in ("nash", "subgame-perfect"):
            ours, theirs = judged.certificate(concept), walked.certificate(concept)
            assert ours.gains == theirs.gains
            assert ours.deviations == theirs.deviations
            assert set(ours.places.values()) == {"at the start"}
            assert ours.holds == (ours.largest_gain == 0) == theirs.holds
        assert judged.margins() == walked.margins()


def test_what_is_observed_is_no_one_shot_game() -> None:
    """The second player sees the first one's action: two information sets."""
    sets = (
        InformationSet(0, "first", (), ("a", "b"), (0,)),
        InformationSet(1, "second", (("first", "a"),), ("l", "r"), (1,)),
        InformationSet(1, "second", (("first", "b"),), ("l", "r"), (4,)),
    )
    payoffs = {n: (Fraction(n), Fraction(-n)) for n in (2, 3, 5, 6)}
    children = [(1, 4), (2, 3), (), (), (5, 6), (), ()]
    game = Game("seen", ("A", "B"), sets, [0, 1, -1, -1, 2, -1, -1], children, {}, payoffs)
    assert Certifier(game).one_shot is None


def test_a_player_who_ends_the_game_is_no_one_shot_game() -> None:
    """B moves only after b, so not every profile has an end of its own."""
    sets = (
        InformationSet(0, "first", (), ("a", "b"), (0,)),
        InformationSet(1, "second", (), ("l", "r"), (2,)),
    )
    payoffs = {n: (Fraction(n), Fraction(n)) for n in (1, 3, 4)}
    game = Game(
        "out", ("A", "B"), sets, [0, -1, 1, -1, -1], [(1, 2), (), (3, 4), (), ()], {}, payoffs
    )
    assert Certifier(game).one_shot is None
    certificate = certify(game, {0: (Fraction(1), Fraction(0)), 1: (Fraction(1), Fraction(0))})
    assert certificate.gains == {"A": 2, "B": 1}


def test_a_first_mover_without_a_choice_is_no_one_shot_game() -> None:
    """The second player's move is then a subgame, and is named as the place."""
    game = Game.from_arrays([[1, 2]], [[0, 5]])
    certifier = Certifier(game)
    assert certifier.one_shot is None
    certificate = certifier.judge({0: (Fraction(1),), 1: (Fraction(1), Fraction(0))}).certificate()
    assert certificate.gains == {"Player 1": 0, "Player 2": 5}


def test_a_strategy_of_integers_or_a_list_is_judged_too() -> None:
    certifier = Certifier(Game.from_arrays([[1, 0], [0, 1]], [[1, 0], [0, 1]]))
    mine = [1, 0]
    profile = {0: mine, 1: (1, 0)}
    assert certifier.judge(profile).certificate("nash").holds  # type: ignore[arg-type]
    mine.reverse()
    assert not certifier.judge(profile).certificate("nash").holds  # type: ignore[arg-type]
