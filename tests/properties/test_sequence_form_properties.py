"""The sequence form on random two-player trees, against strategic forms and brute force.

Every tree is drawn from a seeded generator, so a failure names a seed that repeats it.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest

from negotiation import solve
from negotiation.certify import certify
from negotiation.formats.two_player_table import two_player_table
from negotiation.game import Game
from negotiation.solvers import plan_outcomes
from negotiation.solvers.complementary_search import search_tree_equilibria
from negotiation.solvers.lemke import lemke_equilibrium
from negotiation.solvers.sequence_form import SequenceForm, sequence_form
from negotiation.solvers.tree_equilibria import TreeEquilibria, extreme_tree_equilibria
from negotiation.solvers.tree_equilibria import spanned as spanned_by
from negotiation.solvers.zero_sum import solve_zero_sum
from negotiation.solvers.zero_sum_trees import solve_zero_sum_tree, zero_sum_tree_equilibria
from tests.oracles import tree_brute_force as brute
from tests.oracles.plans import Spanned, is_mixture, spanned_by_strategies
from tests.oracles.spans import describes
from tests.oracles.trees import (
    Choice,
    Draw,
    Leaf,
    RandomTrees,
    Tree,
    few,
    game_of,
    many,
    map_leaves,
    rename_players,
    reverse_actions,
    together,
)

STAGES = ("decide", "draw", "together2", "signal", "hidden")
LONG_STAGES = ("decide", "together2", "signal")
FEW_SEEDS = range(40)


def random_tree(seed: int, *, profiles: int = 400, depth: int = 3) -> tuple[Tree, Game]:
    """Return a tree of two players; payoffs without ties if the seed is even."""
    payoff = few if seed % 2 else many
    trees = RandomTrees(random.Random(seed), 2, payoff, STAGES, stop=0.5)
    return trees.game(depth, profiles=profiles)


def private_types(seed: int, own: int, other: int, leaf: Callable[[random.Random], Leaf]) -> Tree:
    """Return a game in which each player knows his type only; the first mover is not observed."""
    rng = random.Random(seed)
    weights = [rng.randint(1, 3) for _ in range(own * other)]
    return Draw(
        tuple(Fraction(weight, sum(weights)) for weight in weights),
        tuple(
            together((0,), (2,), [_reply(rng, leaf, j), _reply(rng, leaf, j)], f"type {i}")
            for i in range(own)
            for j in range(other)
        ),
    )


def _reply(rng: random.Random, leaf: Callable[[random.Random], Leaf], own: int) -> Tree:
    return Choice(1, (leaf(rng), leaf(rng)), f"type {own}")


def spanned(found: TreeEquilibria) -> set[Spanned]:
    """Return the maximal convex sets of equilibria."""
    return {
        (
            frozenset(found.equilibria[k][0] for k in component.equilibria),
            frozenset(found.equilibria[k][1] for k in component.equilibria),
            found.connected_indices[component.connected],
        )
        for component in found.components
    }


# -- all equilibria -------------------------------------------------------------------------------

LARGE_TABLES = (328, 359)
"""Seeds of trees whose strategic forms take a hundred times as long as those of most."""


@pytest.mark.parametrize(
    "seeds",
    [
        *(sorted({*range(k, k + 50)} - {*LARGE_TABLES}) for k in range(0, 400, 50)),
        pytest.param(LARGE_TABLES, marks=pytest.mark.slow),
    ],
    ids=lambda seeds: str(seeds[0]),
)
def test_the_sets_are_those_of_the_strategic_form(seeds: Sequence[int]) -> None:
    for seed in seeds:
        _, game = random_tree(seed)
        form = sequence_form(game)
        found = extreme_tree_equilibria(form)
        assert spanned(found) == spanned_by_strategies(game, form), seed
        assert sum(found.connected_indices) == 1


@pytest.mark.parametrize("payoff", [few, many])
@pytest.mark.parametrize("seed", range(12))
def test_so_they_are_with_private_types(seed: int, payoff: Callable[[random.Random], int]) -> None:
    game = game_of(private_types(seed, 3, 3, lambda rng: (payoff(rng), payoff(rng))), 2)
    form = sequence_form(game)
    assert spanned(extreme_tree_equilibria(form)) == spanned_by_strategies(game, form)


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_no_profile_by_brute_force_gains_or_is_missing(start: int) -> None:
    for seed in range(start, start + 30):
        _, game = random_tree(seed, profiles=150)
        solution = solve(game, "nash", method="sequence-form")
        assert solution.complete
        assert solution.equilibria
        for equilibrium in solution.equilibria:
            assert brute.is_equilibrium(game, equilibrium.profile, everywhere=False), seed
        pure = brute.outcomes_of(brute.pure_equilibria(game, everywhere=False))
        assert describes(game, solution, pure), seed


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_solutions_agree_with_vertex_enumeration(seed: int) -> None:
    """The outcomes of extreme plans are among those of extreme mixed strategies, and span them."""
    _, game = random_tree(1000 + seed)
    by_plans = solve(game, "nash", method="sequence-form")
    by_strategies = solve(game, "nash", method="vertex-enumeration")
    few_outcomes, more_outcomes = (
        {brute.lottery(game, 0, e.profile) for e in solution.equilibria}
        for solution in (by_plans, by_strategies)
    )
    assert few_outcomes <= more_outcomes
    assert describes(game, by_plans, more_outcomes)


# -- searching supports ---------------------------------------------------------------------------


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_the_search_finds_what_the_walk_finds(start: int) -> None:
    for seed in range(start, start + 50):
        _, game = random_tree(seed)
        form = sequence_form(game)
        found = search_tree_equilibria(form, outcomes_only=False)
        assert not found.gaps
        pairs = dict.fromkeys(
            pair for product in found.products for pair in itertools.product(*product)
        )
        walked = extreme_tree_equilibria(form)
        searched = spanned_by(form, list(pairs))
        assert searched.equilibria == walked.equilibria, seed
        assert searched.components == walked.components


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_the_search_finds_the_same_outcomes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, game = random_tree(2000 + seed)
    walked = solve(game, "nash", method="sequence-form")
    monkeypatch.setattr(plan_outcomes, "MANY_SEQUENCES", -1)
    searched = solve(game, "nash", method="sequence-form")
    assert searched.complete
    for one, other in ((walked, searched), (searched, walked)):
        assert describes(game, one, [brute.lottery(game, 0, e.profile) for e in other.equilibria])


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 12))]
)
def test_no_pure_equilibrium_of_a_larger_tree_is_missing(seed: int) -> None:
    """Trees of 13 to 20 sequences of one player; their pure equilibria by another method."""
    payoff = few if seed % 2 else many
    trees = RandomTrees(random.Random(seed), 2, payoff, STAGES, stop=0.4)
    while True:
        _, game = trees.game(4, profiles=12_000)
        if 12 < max(sequence_form(game).sizes) <= 20:
            break
    solution = solve(game, "nash", method="sequence-form")
    assert solution.complete
    pure = solve(game, "pure")
    reached = [brute.lottery(game, 0, e.profile) for e in pure.equilibria]
    assert describes(game, solution, reached)


# -- one equilibrium ------------------------------------------------------------------------------


@pytest.mark.parametrize("start", range(0, 150, 30))
def test_lemkes_path_ends_at_an_equilibrium_in_one_of_the_sets(start: int) -> None:
    for seed in range(start, start + 30):
        _, game = random_tree(seed)
        form = sequence_form(game)
        x, y = lemke_equilibrium(form)
        assert certify(game, form.profile((x, y)), "nash").largest_gain == 0, seed
        sets = spanned(extreme_tree_equilibria(form))
        assert any(is_mixture(x, xs) and is_mixture(y, ys) for xs, ys, _ in sets), seed


@pytest.mark.parametrize("seed", range(20))
def test_lemkes_path_ends_from_any_prior_in_trees_of_any_size(seed: int) -> None:
    rng = random.Random(seed)
    trees = RandomTrees(rng, 2, few if seed % 2 else many, LONG_STAGES, stop=0.3)
    _, game = trees.game(4, profiles=10**30)
    form = sequence_form(game)
    prior = tuple(form.plan(side, _some_behaviour(rng, form, side)) for side in (0, 1))
    found = lemke_equilibrium(form, prior=(prior[0], prior[1]))
    assert certify(game, form.profile(found), "nash").largest_gain == 0


def _some_behaviour(
    rng: random.Random, form: SequenceForm, side: int
) -> dict[int, tuple[Fraction, ...]]:
    found = {}
    for position, size in zip(form.sides[side].sets, form.sides[side].sizes, strict=True):
        weights = [rng.randint(0, 3) for _ in range(size)]
        weights[rng.randrange(size)] += 1
        found[position] = tuple(Fraction(weight, sum(weights)) for weight in weights)
    return found


# -- constant sums --------------------------------------------------------------------------------


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_constant_sum_trees_by_linear_program(start: int) -> None:
    """Player 2's payoff is 5 - 2/3 of player 1's: by plans, by strategies, by vertices."""
    for seed in range(start, start + 30):
        tree, _ = random_tree(seed)
        game = game_of(map_leaves(tree, lambda leaf: (leaf[0], 5 - Fraction(2, 3) * leaf[0])), 2)
        form = sequence_form(game)
        best = solve_zero_sum_tree(form)
        assert certify(game, form.profile(best.plans), "nash").largest_gain == 0
        assert best.value == solve_zero_sum(two_player_table(game).A).value
        by_program, by_vertices = zero_sum_tree_equilibria(form), extreme_tree_equilibria(form)
        assert by_program.equilibria == by_vertices.equilibria, seed
        assert by_program.components == by_vertices.components
        assert by_program.regular == by_vertices.regular


# -- sequences ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_plans_and_behaviour_say_the_same(seed: int) -> None:
    """Expected payoffs by sequences are those by the tree, and so are best replies."""
    rng = random.Random(seed)
    _, game = random_tree(seed)
    form = sequence_form(game)
    local = [_some_behaviour(rng, form, side) for side in (0, 1)]
    x, y = (form.plan(side, local[side]) for side in (0, 1))
    behaviour = {**form.profile((x, y), "first"), **local[0], **local[1]}
    outcome = brute.lottery(game, 0, behaviour)
    assert form.outcome(x, y) == outcome
    payoffs = brute.expected(outcome, game.payoffs, 2)
    for side, own, against in ((0, x, y), (1, y, x)):
        rows, right = form.sides[side].constraints()
        assert [sum(a * p for a, p in zip(row, own, strict=True)) for row in rows] == right
        replies = form.replies(side, against)
        player = form.sides[side].player
        value = sum(p * worth for p, worth in zip(own, replies, strict=True))
        assert value == (payoffs[player] if player >= 0 else 0)
        if player >= 0:
            gain = brute.largest_gain(game, behaviour, player, everywhere=False)
            assert form.continuation_values(side, against)[0] == value + gain
        for completion in ("first", "uniform", "best-reply"):
            again = form.behaviour(side, own, completion, against)
            assert form.plan(side, again) == own


# -- invariance -----------------------------------------------------------------------------------


def marked(tree: Tree) -> Tree:
    """Return the tree with a third player, who never moves; his payoff is the number of the leaf.

    So outcomes can be told apart whatever becomes of the tree.
    """
    numbers = iter(range(10**6))
    return map_leaves(tree, lambda leaf: (*leaf, next(numbers)))


def outcomes(tree: Tree, method: str = "sequence-form") -> set[frozenset[tuple[int, Fraction]]]:
    """Return the outcomes of all extreme equilibria, as marks of leaves with probabilities."""
    game = game_of(tree, 3)
    found = set()
    solution = solve(game, "nash", method=method)
    assert solution.complete
    for equilibrium in solution.equilibria:
        reached = brute.lottery(game, 0, equilibrium.profile)
        found.add(frozenset((int(game.payoffs[node][2]), p) for node, p in reached))
    return found


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_units_names_and_orders_do_not_matter(seed: int) -> None:
    tree = marked(random_tree(seed)[0])
    expected = outcomes(tree)
    for factor in (Fraction(1, 10**9), Fraction(10**9, 7)):
        scaled = map_leaves(
            tree, lambda leaf, f=factor: (leaf[0] * f - 3, leaf[1] / f + 7, leaf[2])
        )
        assert outcomes(scaled) == expected
    assert outcomes(reverse_actions(tree)) == expected
    assert outcomes(rename_players(tree, (1, 0, 2))) == expected


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_who_is_written_first_of_two_who_move_at_once_does_not_matter(seed: int) -> None:
    """Thompson's interchange of moves, at the root and after a draw that only one observes."""
    rng = random.Random(seed)
    trees = RandomTrees(rng, 2, few if seed % 2 else many, ("decide", "hidden"), stop=0.6)
    ends = [trees.tree(2) for _ in range(4)]
    leaves = iter(range(10**6))
    ends = [map_leaves(end, lambda leaf: (*leaf, next(leaves))) for end in ends]
    first = together((0, 1), (2, 2), ends, "at once")
    second = together((1, 0), (2, 2), [ends[k] for k in (0, 2, 1, 3)], "at once")
    assert outcomes(first) == outcomes(second)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_one_decision_or_two_in_a_row_do_not_matter(seed: int) -> None:
    """Coalescing of moves: three actions at once, or one against the other two, then these."""
    rng = random.Random(seed)
    payoff = few if seed % 2 else many
    leaves = iter(range(10**6))
    shares = (Fraction(1, 4), Fraction(3, 4))
    cells = [
        [[(payoff(rng), payoff(rng), next(leaves)) for _ in range(2)] for _ in range(3)]
        for _ in range(4)
    ]
    at_once, in_turn = [], []
    for number, rows in enumerate(cells):
        own, other = divmod(number, 2)
        replies = [Choice(1, tuple(row), f"type {other}") for row in rows]
        at_once.append(Choice(0, tuple(replies), f"type {own}"))
        later = Choice(0, (replies[1], replies[2]), f"type {own}, later")
        in_turn.append(Choice(0, (replies[0], later), f"type {own}"))
    both = tuple(a * b for a in shares for b in shares)
    assert outcomes(Draw(both, tuple(at_once))) == outcomes(Draw(both, tuple(in_turn)))
