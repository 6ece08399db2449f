"""Small games that single out faults which no other test notices."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

import pytest

from negotiation import certify, solve
from negotiation.game import Game
from negotiation.solution import Solution
from negotiation.solvers.linear_program import Infeasible, LinearProgram, Optimum, is_proof
from tests.oracles import tree_brute_force as brute
from tests.oracles.trees import Choice, Draw, RandomTrees, few, game_of, many, together


def payoffs(solution: Solution) -> list[list[Fraction]]:
    return [list(equilibrium.payoffs.values()) for equilibrium in solution.equilibria]


def test_profiles_after_a_draw_of_probability_zero_are_counted() -> None:
    """What is never drawn is planned all the same: a tie there makes two profiles."""
    tie = Choice(0, ((0, 4), (0, 4)))
    game = game_of(Draw((Fraction(0), Fraction(1)), (tie, Choice(1, ((1, 1), (1, 0))))), 2)
    solution = solve(game, "pure-subgame-perfect")
    assert (solution.complete, solution.profiles) == (True, 2)
    assert payoffs(solution) == [[1, 1]]


def test_a_continuum_off_the_path_leaves_no_number_of_profiles() -> None:
    """Entry deterrence: out is kept by any fight of at least 1/2, all with one outcome."""
    game = game_of(Choice(0, (Choice(1, ((-1, -1), (1, 1))), (0, 2))), 2)
    solution = solve(game, "nash", method="vertex-enumeration")
    assert (solution.complete, solution.components) == (True, ())
    assert payoffs(solution) == [[1, 1], [0, 2]]
    assert solution.profiles is None


def test_plans_that_differ_where_they_exclude_a_set_leave_a_hull_a_hull() -> None:
    """B stays out and then A does not care; what B would do inside is no second mixture."""
    inside = Choice(1, ((1, 0), (0, 0)))
    game = game_of(Choice(1, (Choice(0, ((1, 5), (1, 6))), inside)), 2)
    solution = solve(game, "nash", method="vertex-enumeration")
    assert solution.complete
    assert [(c.equilibria, c.hull) for c in solution.components] == [((0, 1), True)]


def test_whole_trees_in_strategic_form() -> None:
    """Movers decide more than once in the one stage, and may exclude what they decide later."""
    mixed = 0
    for seed in range(40):
        source = random.Random(seed)
        stages = ("decide", "draw", "together2", "hidden", "signal")
        trees = RandomTrees(source, 2, few if seed % 2 else many, stages)
        _, game = trees.game(3, profiles=60)
        solution = solve(game, "nash", method="vertex-enumeration")
        assert solution.complete
        listed = {brute.lottery(game, 0, e.profile): e for e in solution.equilibria}
        assert len(listed) == len(solution.equilibria)
        for outcome, e in listed.items():
            assert {o.probability for o in e.outcomes} == {p for _, p in outcome}
            assert tuple(e.payoffs.values()) == brute.expected(outcome, game.payoffs, 2)
            for k in range(2):
                assert brute.largest_gain(game, e.profile, k, everywhere=False) == 0
            mixed += len(outcome) > 1
        pure = brute.pure_equilibria(game, everywhere=False)
        assert set(brute.outcomes_of(pure)) <= set(listed)
    assert mixed >= 20


def test_a_mixture_that_touches_a_segment_inside_is_connected_with_it() -> None:
    """After left B and C coordinate, worth 1, 2 or more to A; after right B's tie is worth 0 to 3.

    A may mix where both are worth the same, 1 or 2. The mixtures at 2 meet the segment of those who
    go right, worth 1 to 3, at none of its ends.
    """
    left = together((1, 2), (2, 2), [(1, 1, 1), (10, 0, 0), (10, 0, 0), (2, 1, 1)], "stage")
    right = Choice(1, ((0, 0, 0), (3, 0, 0)))
    solution = solve(game_of(Choice(0, (left, right)), 3), "subgame-perfect")
    assert solution.complete
    spans = [sorted(payoffs(solution)[k][0] for k in c.equilibria) for c in solution.components]
    assert sorted(spans) == [[1, 1], [1, 3], [2, 2]]
    assert {c.connected for c in solution.components} == {0}


def test_negative_prices_prove_nothing() -> None:
    """x <= 1 twice minus x <= 2 says x <= 0, which is no consequence; nor is 0 <= -1 one."""
    zero, one, two = Fraction(0), Fraction(1), Fraction(2)
    program = LinearProgram([1], [[1], [1]], [1, 2])
    assert is_proof(program, Optimum(one, (one,), (one, zero), ()))
    assert not is_proof(program, Optimum(zero, (zero,), (two, -one), ()))
    assert not is_proof(program, Infeasible((one, -one), ()))


def test_a_gain_of_less_than_a_billionth_is_one() -> None:
    """Matching pennies: a mixture that is off by e gains the other player 2 e."""
    e, half = Fraction(1, 10**12), Fraction(1, 2)
    game = game_of(together((0, 1), (2, 2), [(1, -1), (-1, 1), (-1, 1), (1, -1)], "stage"), 2)
    assert certify(game, {0: (half, half), 1: (half, half)}).holds
    certificate = certify(game, {0: (half + e, half - e), 1: (half, half)})
    assert certificate.largest_gain == 2 * e
    assert not certificate.holds


@pytest.mark.parametrize("sizes", [(2, 3), (4, 2), (2, 2, 3), (3, 1, 2), (2, 2, 2, 2)])
def test_every_deviation_in_a_table_counts(sizes: tuple[int, ...]) -> None:
    """Gains are those of brute force; each action is the best deviation some time."""
    source = random.Random(f"deviations {sizes}")
    best = set()
    for _ in range(60):
        arrays = [table(source, sizes) for _ in sizes]
        game = Game.from_arrays(*arrays)
        profile = {}
        for position, head in enumerate(game.information_sets):
            weights = [source.choice((0, 1, 2)) for _ in head.actions]
            weights[source.randrange(len(weights))] += 1
            profile[position] = tuple(Fraction(w, sum(weights)) for w in weights)
        certificate = certify(game, profile, "nash")
        for k, player in enumerate(game.players):
            assert certificate.gains[player] == brute.largest_gain(game, profile, k)
            best |= {(player, action) for _, action in certificate.deviations[player]}
    assert len(best) == sum(size for size in sizes if size > 1)


def table(source: random.Random, sizes: Sequence[int]) -> object:
    """Return payoffs, nested as deep as there are players."""
    if not sizes:
        return source.randint(-9, 9)
    return [table(source, sizes[1:]) for _ in range(sizes[0])]


def test_a_rule_may_look_where_dominated_strategies_lead() -> None:
    """B goes left for sure. Whether A's up or down is dominated hangs on C's tie after right."""
    tie = Choice(2, ((0, 0, 0), (2, 0, 0)))
    stage = together((0, 1), (2, 2), [(3, 1, 0), tie, (3, 1, 0), (1, 0, 0)], "stage")
    game = game_of(stage, 3)
    assert solve(game, "subgame-perfect").complete
    selected = solve(game, "subgame-perfect", select="undominated")
    assert not selected.complete
    assert "shifts the choices before it" in selected.message
