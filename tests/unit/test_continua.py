"""Continua of equilibria in trees: cut, sliced, mixed and carried up, against definitions."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest

from negotiation import solve
from negotiation.game import Game
from negotiation.solution import Component, Solution
from negotiation.solvers import backward_induction
from negotiation.solvers.backward_induction import solve_backward
from negotiation.solvers.continua import Continuum, Decision, maximal
from negotiation.solvers.plans import Plan, Vertex, blend
from tests.oracles import tree_brute_force as brute
from tests.oracles.spans import describes
from tests.oracles.trees import (
    Choice,
    Draw,
    RandomTrees,
    Tree,
    few,
    game_of,
    map_leaves,
    reverse_actions,
    together,
)

HALF = Fraction(1, 2)


def values(solution: Solution, player: str = "A") -> list[Fraction]:
    return [equilibrium.payoffs[player] for equilibrium in solution.equilibria]


def spanned(solution: Solution, player: str = "A") -> list[tuple[list[Fraction], bool]]:
    """Return for each component the values to a player at what spans it, and whether a hull."""
    found = values(solution, player)
    return [([found[k] for k in c.equilibria], c.hull) for c in solution.components]


def test_a_tie_is_a_continuum_between_its_ends() -> None:
    solution = solve(game_of(Choice(0, ((1, 0), (1, 7), (0, 9))), 2), "subgame-perfect")
    assert solution.complete
    assert solution.profiles is None
    assert values(solution, "B") == [0, 7]
    assert solution.components == (Component((0, 1), 0, True),)


def test_a_choice_cuts_the_continuum_after_it_where_it_becomes_worse() -> None:
    """B's tie is worth -1 to 1 to A, who may have 0: A goes if B's answer is worth 0 at least."""
    game = game_of(Choice(0, ((0, 5), Choice(1, ((-1, 0), (1, 0))))), 2)
    solution = solve(game, "subgame-perfect")
    assert solution.complete
    assert [tuple(e.payoffs.values()) for e in solution.equilibria] == [(0, 5), (1, 0), (0, 0)]
    assert spanned(solution, "B") == [([0, 0], True), ([5, 0], True)]
    assert {c.connected for c in solution.components} == {0}
    cut = solution.equilibria[2]
    assert cut.profile[1] == (HALF, HALF)
    assert [outcome.probability for outcome in cut.outcomes] == [HALF, HALF]


def test_mixtures_of_two_moving_continua_are_no_hull() -> None:
    """A mixes left and right only where both are worth the same, which may be 1 to 2."""
    left = Choice(1, ((0, 0, 1), (2, 0, 2)))
    right = Choice(2, ((1, 3, 0), (3, 4, 0)))
    game = game_of(Choice(0, (left, right)), 3)
    solution = solve(game, "subgame-perfect")
    assert solution.complete
    assert sorted(values(solution)) == [1, 1, 2, 2, 3]
    shapes = sorted((sorted(found), hull) for found, hull in spanned(solution))
    assert shapes == [
        ([1, 1, 2, 2], False),
        ([1, 2], True),
        ([1, 3], True),
    ]
    assert {c.connected for c in solution.components} == {0}


def test_two_movers_with_ties_are_complete_and_carried_up() -> None:
    """B does not care, C does not care: any mixture of both, each on his own."""
    stage = together((1, 2), (2, 2), [(4, 0, 0), (2, 0, 0), (2, 0, 0), (1, 0, 0)], "stage")
    solution = solve(game_of(Choice(0, ((0, 0, 0), stage)), 3), "subgame-perfect")
    assert solution.complete
    assert sorted(values(solution)) == [1, 2, 2, 4]
    assert solution.components == (Component((0, 1, 2, 3), 0, False),)


def test_a_curve_is_owned_up_to() -> None:
    """A goes in where the product of two free probabilities is worth it: a hyperbola."""
    stage = together((1, 2), (2, 2), [(4, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)], "stage")
    solution = solve(game_of(Choice(0, ((1, 0, 0), stage)), 3), "subgame-perfect")
    assert not solution.complete
    assert "cuts a continuum of equilibria in a curve" in solution.message
    assert sorted(values(solution)) == [1, 4]


def test_one_free_mover_of_two_leaves_a_hull_that_is_cut() -> None:
    """The cut is found where the choice before it turns, in exact numbers."""
    stage = together((1, 2), (2, 2), [(3, 0, 1), (0, 0, 0), (-4, 0, 1), (0, 0, 0)], "stage")
    solution = solve(game_of(Choice(0, ((1, 0, 0), stage)), 3), "subgame-perfect")
    assert solution.complete
    assert sorted(values(solution)) == [1, 1, 3]
    assert sorted(sorted(found) for found, _ in spanned(solution)) == [[1, 1], [1, 3]]
    (cut,) = [e for e in solution.equilibria if len(e.outcomes) == 2]
    assert (Fraction(5, 7), Fraction(2, 7)) in cut.profile.values()


def test_chance_adds_continua() -> None:
    tie = Choice(0, ((0, 0), (0, 4)))
    game = game_of(Draw((Fraction(1, 4), Fraction(3, 4)), (tie, tie)), 2)
    solution = solve(game, "subgame-perfect")
    assert solution.complete
    assert sorted(values(solution, "B")) == [0, 1, 3, 4]
    assert [(len(found), hull) for found, hull in spanned(solution)] == [(4, True)]


def test_a_draw_of_probability_zero_adds_none() -> None:
    tie = Choice(0, ((0, 0), (0, 4)))
    game = game_of(Draw((Fraction(0), Fraction(1)), (tie, (1, 1))), 2)
    solution = solve(game, "subgame-perfect")
    assert (solution.complete, solution.components, solution.profiles) == (True, (), None)


def test_a_continuum_that_shifts_earlier_simultaneous_choices_is_owned_up_to() -> None:
    tie = Choice(2, ((0, 1, 0), (2, -1, 0)))
    stage = together((0, 1), (2, 2), [(1, 0, 0), (0, 1, 0), (0, 1, 0), (7, 7, 7)], "stage")
    assert isinstance(stage, Choice)
    swapped = _replace(stage, (7, 7, 7), tie)
    solution = solve(game_of(swapped, 3), "subgame-perfect")
    assert not solution.complete
    assert "shifts the choices before it" in solution.message


def test_a_continuum_after_dominant_choices_shifts_nothing() -> None:
    """Both have a dominant strategy whatever C's tie gives, so they play it and C's tie remains."""
    tie = Choice(2, ((3, 4, 0), (5, 6, 0)))
    leaves = [(1, 1, 0), (0, 2, 0), (2, 0, 0), (7, 7, 7)]
    stage = _replace(together((0, 1), (2, 2), leaves, "stage"), (7, 7, 7), tie)
    solution = solve(game_of(stage, 3), "subgame-perfect")
    assert solution.complete, solution.message
    assert sorted(values(solution)) == [3, 5]
    assert solution.components == (Component((0, 1), 0, True),)


def test_dominance_at_one_end_of_a_continuum_only_is_not_enough() -> None:
    tie = Choice(2, ((3, 4, 0), (-5, 6, 0)))
    leaves = [(1, 1, 0), (0, 2, 0), (2, 0, 0), (7, 7, 7)]
    stage = _replace(together((0, 1), (2, 2), leaves, "stage"), (7, 7, 7), tie)
    solution = solve(game_of(stage, 3), "subgame-perfect")
    assert not solution.complete
    assert "shifts the choices before it" in solution.message


def test_a_continuum_that_is_worth_the_same_to_earlier_movers_is_carried_up() -> None:
    tie = Choice(2, ((2, 2, 0), (2, 2, 0)))
    leaves = [(1, 1, 0), (0, 0, 0), (0, 0, 0), (7, 7, 7)]
    stage = _replace(together((0, 1), (2, 2), leaves, "stage"), (7, 7, 7), tie)
    solution = solve(game_of(stage, 3), "subgame-perfect")
    assert solution.complete
    assert sorted(values(solution)) == [Fraction(2, 3), Fraction(2, 3), 1, 2, 2]
    assert sorted((len(c.equilibria), c.hull) for c in solution.components) == [
        (2, True),
        (2, True),
    ]
    assert sorted(c.connected for c in solution.components) == [0, 1]


def _replace(tree: Tree, leaf: tuple[int, ...], by: Tree) -> Tree:
    if isinstance(tree, tuple):
        return by if tree == leaf else tree
    children = tuple(_replace(child, leaf, by) for child in tree.children)
    if isinstance(tree, Draw):
        return Draw(tree.probabilities, children)
    return Choice(tree.player, children, tree.knows)


@pytest.mark.parametrize("rule", ["preferred:B", "worst:B"])
def test_ranking_outcomes_keeps_the_face_of_a_hull(rule: str) -> None:
    tie = Choice(0, ((0, 0, 0), (0, 4, 1), (0, 4, 2), (0, 0, 3)))
    solution = solve(game_of(tie, 3), "subgame-perfect", select=rule)
    assert solution.complete
    assert values(solution, "B") == [4, 4] if rule == "preferred:B" else [0, 0]
    assert solution.components == (Component((0, 1), 0, True),)


def test_other_rules_that_part_a_continuum_say_so() -> None:
    tie = Choice(0, ((0, 0, 2), (0, 1, 1), (0, 1, 0)))
    solution = solve(game_of(tie, 3), "subgame-perfect", select="pareto")
    assert not solution.complete
    assert "keeps a part of a continuum" in solution.message


def test_undominated_vertices_with_a_dominated_mixture_between_them_are_owned_up_to() -> None:
    """Top and bottom are undominated, half of each is worse than the middle."""
    A = [[4, 0, 2], [3, 3, 2], [0, 4, 2]]
    B = [[0, 0, 1], [0, 0, 1], [0, 0, 1]]
    game = Game.from_arrays(A, B)
    everything = solve(game, "nash")
    assert [c.equilibria for c in everything.components] == [(0, 1, 2)]
    solution = solve(game, "nash", select="undominated")
    assert len(solution.equilibria) == 3
    assert not solution.complete
    assert "keeps a part of a continuum" in solution.message


def test_too_many_continua_are_refused_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backward_induction, "MAX_VERTICES", 3)
    tie = Choice(0, ((0, 0), (0, 4)))
    solution = solve(game_of(Draw((HALF, HALF), (tie, tie)), 2), "subgame-perfect")
    assert not solution.complete
    assert "too many to be listed" in solution.message
    assert len(solution.equilibria) == 4


def test_a_table_says_which_extreme_equilibria_span_which_set() -> None:
    """Two segments that meet: one connected set, and an isolated equilibrium of index -1 or 1."""
    game = Game.from_arrays([[1, 1], [0, 1]], [[1, 1], [0, 1]])
    solution = solve(game, "nash")
    assert solution.complete
    assert solution.components == (
        Component((0, 1), 0, True, 1),
        Component((1, 2), 0, True, 1),
    )
    battle = solve(Game.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]]), "nash")
    assert battle.components == ()
    assert [e.index for e in battle.equilibria] == [1, 1, -1]
    assert [e.to_dict()["index"] for e in battle.equilibria] == [1, 1, -1]


# -- definitions ----------------------------------------------------------------------------------


def check_definitions(seed: int) -> Solution:
    """Every mixture of a hull is an equilibrium, and every equilibrium on a grid is described."""
    rng = random.Random(seed)
    stages = ("decide", "decide", "draw", "together2")
    _, game = RandomTrees(rng, 3, few, stages).game(1 + seed % 3, profiles=60)
    solution = solve(game, "subgame-perfect")
    induction = solve_backward(game, pure=False)
    for continuum in induction.continua:
        if continuum.hull:
            weights = [Fraction(rng.randint(0, 3)) for _ in continuum.vertices]
            weights[rng.randrange(len(weights))] += 1
            total = sum(weights)
            shares = [weight / total for weight in weights]
            inner = blend(game, 0, list(zip(shares, continuum.vertices, strict=True)))
            profile = inner.plan.profile()
            assert brute.lottery(game, 0, profile) == inner.outcome
            assert brute.expected(inner.outcome, game.payoffs, 3) == inner.value
            assert brute.is_equilibrium(game, profile)
    if solution.complete:
        assert describes(game, solution, _on_a_grid(game, rng))
    return solution


def _on_a_grid(game: Game, rng: random.Random) -> set[brute.Outcome]:
    """Return the outcomes of the equilibria among some profiles with thirds."""
    positions = brute.decisions(game, range(len(game.children)))
    options = [
        [
            tuple(Fraction(part, 3) for part in parts)
            for parts in itertools.product(
                range(4), repeat=len(game.information_sets[position].actions)
            )
            if sum(parts) == 3
        ]
        for position in positions
    ]
    drawn = {tuple(rng.choice(option) for option in options) for _ in range(150)}
    profiles = [dict(zip(positions, chosen, strict=True)) for chosen in drawn]
    return {brute.lottery(game, 0, p) for p in profiles if brute.is_equilibrium(game, p)}


def test_hulls_are_equilibria_and_nothing_lies_outside() -> None:
    answers = [check_definitions(seed) for seed in range(80)]
    assert sum(bool(s.components) for s in answers) >= 24
    assert sum(any(not c.hull for c in s.components) for s in answers) >= 2
    assert sum(s.complete for s in answers) >= 73


@pytest.mark.slow
def test_hulls_of_many_trees() -> None:
    for seed in [*range(80, 120), *range(200, 450)]:
        check_definitions(seed)


@pytest.mark.parametrize("scale", [Fraction(1, 10**9), Fraction(10**9)])
def test_scaling_shifting_and_reordering_change_no_component(scale: Fraction) -> None:
    for seed in range(60):
        rng = random.Random(seed)
        tree, game = RandomTrees(rng, 3, few, ("decide", "draw", "together2")).game(2, profiles=60)
        solution = solve(game, "subgame-perfect")
        moved = map_leaves(tree, lambda leaf: tuple(scale * v + 5 for v in leaf))
        other = solve(game_of(moved, 3), "subgame-perfect")
        assert other.components == solution.components
        assert other.message == solution.message
        mirrored = solve(game_of(reverse_actions(tree), 3), "subgame-perfect")
        shapes = sorted((len(c.equilibria), c.hull) for c in solution.components)
        assert sorted((len(c.equilibria), c.hull) for c in mirrored.components) == shapes


def test_a_cut_through_a_square_has_two_ends() -> None:
    """Four vertices of a square of outcomes: diagonals are no edges, so the cut is a segment."""
    tie = Choice(1, ((0, 0), (4, 0)))
    square = Draw((HALF, HALF), (tie, tie))
    solution = solve(game_of(Choice(0, ((1, 5), square)), 2), "subgame-perfect")
    assert solution.complete
    assert sorted(values(solution)) == [1, 1, 1, 2, 2, 4]
    assert sorted((len(c.equilibria), c.hull) for c in solution.components) == [
        (3, True),
        (5, True),
    ]


# -- parts ----------------------------------------------------------------------------------------


def vertex(*value: int, node: int = 0) -> Vertex:
    return Vertex(tuple(map(Fraction, value)), ((node, Fraction(1)),), Plan())


def test_a_hull_in_another_is_kept_once() -> None:
    a, b, c = (vertex(k, node=k) for k in range(3))
    small, large = Continuum((a, b)), Continuum((a, b, c))
    assert maximal([small, large]) == [large] or len(maximal([small, large])) == 1
    assert len(maximal([small, Continuum((a, b, c), hull=False)])) == 2
    assert maximal([Continuum((a, a))]) == []


def test_many_continua_at_one_decision_are_not_multiplied_out() -> None:
    decision = Decision(
        0,
        [[Continuum((vertex(1, node=100 * k + j),)) for j in range(4)] for k in range(8)],
        [lambda weighted: weighted[0][1]] * 8,
        lambda _, found: found,
    )
    assert decision.crowded
    assert decision.continua == []
