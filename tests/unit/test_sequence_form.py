"""The sequence form of known games: its matrices, its plans, and what the methods make of them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from fractions import Fraction

import pytest

from negotiation import solve
from negotiation.errors import BudgetError, GameError, MethodError, UsageError
from negotiation.formats.gambit_efg import read_efg
from negotiation.game import Game
from negotiation.solution import Equilibrium
from negotiation.solvers import complementary_search, plan_outcomes
from negotiation.solvers.complementary_search import search_tree_equilibria
from negotiation.solvers.lemke import lemke_equilibrium, uniform_plan
from negotiation.solvers.methods import choose
from negotiation.solvers.sequence_form import sequence_form
from negotiation.solvers.tree_equilibria import extreme_tree_equilibria
from negotiation.solvers.zero_sum_trees import (
    constant_sum_factor,
    optimal_plans,
    solve_zero_sum_tree,
)
from tests.oracles.trees import Choice, Draw, Tree, game_of, together

THIRD, HALF = Fraction(1, 3), Fraction(1, 2)
CARDS = ("jack", "queen", "king")


def kuhn_poker() -> Game:
    """Return the game of Kuhn (1950): three cards, an ante of 1, a bet of 1."""

    def showdown(one: int, two: int, stake: int) -> Tree:
        return (stake, -stake) if one > two else (-stake, stake)

    def deal(one: int, two: int) -> Tree:
        answer = Choice(0, ((-1, 1), showdown(one, two, 2)), f"{CARDS[one]}, bet against")
        passed = Choice(1, (showdown(one, two, 1), answer), f"{CARDS[two]}, passed to")
        bet = Choice(1, ((1, -1), showdown(one, two, 2)), f"{CARDS[two]}, bet against")
        return Choice(0, (passed, bet), CARDS[one])

    deals = [(one, two) for one in range(3) for two in range(3) if one != two]
    return game_of(Draw((Fraction(1, 6),) * 6, tuple(deal(*cards) for cards in deals)), 2)


STRIPPED_DOWN_POKER = """
EFG 2 R "Stripped-down poker (Reiley, Urbancic and Walker 2008)" { "One" "Two" }
c "" 1 "deal" { "King" 1/2 "Queen" 1/2 } 0
p "" 1 1 "King" { "bet" "fold" } 0
p "" 2 1 "bet" { "call" "fold" } 0
t "" 1 "" { 2 -2 }
t "" 2 "" { 1 -1 }
t "" 3 "" { -1 1 }
p "" 1 2 "Queen" { "bet" "fold" } 0
p "" 2 1 "bet" { "call" "fold" } 0
t "" 4 "" { -2 2 }
t "" 2 "" { 1 -1 }
t "" 3 "" { -1 1 }
"""


def beer_quiche() -> Game:
    """Return the game of Cho and Kreps (1987): strong .9, breakfast 1, no fight 2."""

    def reply(strong: bool, beer: bool) -> Tree:
        taste = int(strong == beer)
        return Choice(1, ((taste, int(not strong)), (taste + 2, int(strong))), f"beer: {beer}")

    senders = [Choice(0, (reply(s, True), reply(s, False)), f"strong: {s}") for s in (True, False)]
    return game_of(Draw((Fraction(9, 10), Fraction(1, 10)), tuple(senders)), 2)


def entry() -> Game:
    """Return the entry game: stay out (0, 2), or enter and be fought (-1, -1) or let in (1, 1)."""
    return game_of(Choice(0, ((0, 2), Choice(1, ((-1, -1), (1, 1))))), 2)


def forgetful() -> Game:
    """Return a game in which A does not know what he did himself."""
    later = [Choice(0, ((k, 0), (1, 1)), "what did I do") for k in range(2)]
    return game_of(Choice(0, (later[0], Choice(1, (later[1], (0, 0))))), 2)


def large() -> Game:
    """Return a tree of 14 sequences a player: chance draws one of seven games, known to both."""
    parts = [
        together((0, 1), (2, 2), [(2, 1), (0, 0), (0, 0), (1, 2)], f"part {k}") for k in range(7)
    ]
    return game_of(Draw((Fraction(1, 7),) * 7, tuple(parts)), 2)


def played(equilibrium: Equilibrium, player: str) -> dict[str, dict[str, Fraction]]:
    """Return a player's moves, or information sets, with the probabilities of their actions."""
    return {
        strategy.information.get("information set", strategy.move): dict(strategy.probabilities)
        for strategy in equilibrium.strategies[player]
    }


# -- matrices and plans ---------------------------------------------------------------------------


def test_sequences_and_matrices_of_the_entry_game() -> None:
    form = sequence_form(entry())
    assert form.sizes == (2, 2)
    assert form.sides[0].constraints() == ([[1, 0, 0], [-1, 1, 1]], [1, 0])
    A, B = form.payoffs
    assert A == {(2, 1): -1, (2, 2): 1}
    assert B == {(1, 0): 2, (2, 1): -1, (2, 2): 1}


def test_kuhn_poker_has_twelve_sequences_a_player_beside_the_empty_one() -> None:
    form = sequence_form(kuhn_poker())
    assert form.sizes == (12, 12)
    assert sum(map(len, form.ends.values())) == 30
    assert sum(form.chance[pair] for pair in form.chance if pair[0] in (1, 2)) > 0


def test_a_set_that_the_plan_excludes_is_completed_as_asked() -> None:
    game = game_of(Choice(0, ((0, 0), Choice(1, ((1, 0), Choice(0, ((2, 0), (3, 0))))))), 2)
    form = sequence_form(game)
    stay = (Fraction(1), Fraction(1), Fraction(0), Fraction(0), Fraction(0))
    reply = (Fraction(1), Fraction(0), Fraction(1))
    later = form.sides[0].sets[1]
    assert form.behaviour(0, stay)[later] == (1, 0)
    assert form.behaviour(0, stay, "uniform")[later] == (HALF, HALF)
    assert form.behaviour(0, stay, "best-reply", reply)[later] == (0, 1)
    with pytest.raises(UsageError, match="needs the opponent's plan"):
        form.behaviour(0, stay, "best-reply")
    with pytest.raises(UsageError, match="no completion is called 'last'"):
        form.behaviour(0, stay, "last")  # type: ignore[arg-type]


def test_what_chance_never_brings_about_is_no_decision() -> None:
    unseen = Choice(0, ((9, 0), (0, 0)))
    game = game_of(Draw((Fraction(0), Fraction(1)), (unseen, Choice(1, ((0, 1), (0, 0))))), 2)
    form = sequence_form(game)
    assert form.sizes == (0, 2)
    (x, y) = extreme_tree_equilibria(form).equilibria[0]
    assert form.profile((x, y)) == {1: (1, 0), 2: (1, 0)}


def test_one_player_by_himself() -> None:
    game = game_of(Choice(0, ((1,), Choice(0, ((2,), (2,))))), 1)
    found = extreme_tree_equilibria(game)
    assert [x for x, _ in found.equilibria] == [(1, 0, 1, 1, 0), (1, 0, 1, 0, 1)]
    assert len(found.components) == 1
    assert solve(game, "nash", method="sequence-form").complete


def test_who_forgets_is_refused_with_the_information_set() -> None:
    with pytest.raises(GameError, match=r"imperfect recall: A came to .* what did I do of A"):
        sequence_form(forgetful())
    with pytest.raises(MethodError, match="lemke: imperfect recall: A came to"):
        choose(forgetful(), "nash", "lemke")


def test_who_does_not_know_whether_he_moved_is_refused() -> None:
    again = Choice(0, ((0, 0), (4, 0)), "the crossing")
    with pytest.raises(GameError, match="imperfect recall"):
        sequence_form(game_of(Choice(0, (again, (1, 0)), "the crossing"), 2))


def test_three_who_choose_are_refused() -> None:
    with pytest.raises(MethodError, match=r"3 players have a choice \(A, B, C\)"):
        sequence_form(game_of(together((0, 1, 2), (2, 2, 2), [(0, 0, 0)] * 8, "all"), 3))


def test_a_third_who_has_no_choice_is_paid_all_the_same() -> None:
    game = game_of(Choice(2, (Choice(0, ((1, 0, 5), Choice(1, ((2, 1, 7), (2, 0, 0))))),)), 3)
    (equilibrium,) = solve(game, "nash", method="sequence-form").equilibria
    assert list(equilibrium.payoffs.values()) == [2, 1, 7]


# -- constant sums --------------------------------------------------------------------------------


def test_kuhn_poker_is_worth_minus_one_eighteenth() -> None:
    best = optimal_plans(kuhn_poker())
    assert best.value == Fraction(-1, 18) == solve_zero_sum_tree(kuhn_poker()).value
    form = best.form
    names = {
        p: form.game.information_sets[p].move.removesuffix(" of A") for p in form.sides[0].sets
    }
    bets = []
    for plan in best.plans[0]:
        strategy = {names[p]: shares[1] for p, shares in form.behaviour(0, plan).items()}
        bets.append(strategy)
    # Kuhn: the jack is bet with a probability a from 0 to 1/3, the king with 3a, the queen never;
    # with the queen a bet is called with a + 1/3.
    assert sorted(bet["jack"] for bet in bets) == [0, THIRD]
    for bet in bets:
        assert bet["king"] == 3 * bet["jack"]
        assert bet["queen"] == 0
        assert bet["queen, bet against"] == bet["jack"] + THIRD
    (reply,) = best.plans[1]
    names = {
        p: form.game.information_sets[p].move.removesuffix(" of B") for p in form.sides[1].sets
    }
    answers = {names[p]: shares[1] for p, shares in form.behaviour(1, reply).items()}
    assert answers == {
        "jack, passed to": THIRD,
        "jack, bet against": 0,
        "queen, passed to": 0,
        "queen, bet against": THIRD,
        "king, passed to": 1,
        "king, bet against": 1,
    }


@pytest.mark.parametrize("method", [None, "linear-program", "sequence-form"])
def test_kuhn_poker_has_one_segment_of_equilibria(method: str | None) -> None:
    solution = solve(kuhn_poker(), "nash", method=method)
    assert solution.method == (method or "linear-program")
    assert solution.complete
    assert [e.payoffs["A"] for e in solution.equilibria] == [Fraction(-1, 18)] * 2
    (component,) = solution.components
    assert (component.equilibria, component.hull, component.index) == ((0, 1), True, 1)


@pytest.mark.parametrize("method", [None, "linear-program", "sequence-form", "lemke"])
def test_stripped_down_poker(method: str | None) -> None:
    solution = solve(read_efg(STRIPPED_DOWN_POKER), "nash", method=method)
    (equilibrium,) = solution.equilibria
    assert equilibrium.payoffs == {"One": THIRD, "Two": -THIRD}
    assert played(equilibrium, "One") == {
        "King": {"bet": 1},
        "Queen": {"bet": THIRD, "fold": 2 * THIRD},
    }
    assert played(equilibrium, "Two") == {"bet": {"call": 2 * THIRD, "fold": THIRD}}
    assert solution.complete is (method != "lemke")


def test_a_sum_that_only_chance_moves_is_constant() -> None:
    """The stakes of two deals differ, but nobody can choose the deal."""
    parts = [
        together((0, 1), (2, 2), [(k + 1, k - 1), (k, k), (k, k), (k + 1, k - 1)], f"part {k}")
        for k in (0, 5)
    ]
    game = game_of(Draw((HALF, HALF), tuple(parts)), 2)
    assert constant_sum_factor(sequence_form(game)) == 1
    assert solve_zero_sum_tree(game).value == 3
    assert solve(game, "nash", method="linear-program").complete


def test_other_sums_are_refused_with_the_actions() -> None:
    with pytest.raises(
        MethodError, match=r"linear-program: the game is not constant-sum: .* of a1"
    ):
        choose(beer_quiche(), "nash", "linear-program")
    with pytest.raises(MethodError, match="not constant-sum"):
        solve_zero_sum_tree(entry())


# -- all equilibria -------------------------------------------------------------------------------


def test_beer_quiche_has_two_pooling_outcomes() -> None:
    solution = solve(beer_quiche(), "nash")
    assert (solution.method, solution.complete) == ("sequence-form", True)
    payoffs = sorted(e.payoffs["A"] for e in solution.equilibria)
    assert payoffs == [Fraction(21, 10), Fraction(29, 10)]
    assert solution.components == ()
    assert solution.profiles is None
    found = extreme_tree_equilibria(beer_quiche())
    assert sorted(found.connected_indices) == [0, 1]
    # The reply to the breakfast that nobody takes is free over an interval: two vertices each.
    assert len(found.equilibria) == 4


def test_the_threat_of_the_entry_game_is_a_segment_with_one_outcome() -> None:
    found = extreme_tree_equilibria(entry())
    assert found.equilibria == (
        ((1, 1, 0), (1, 1, 0)),
        ((1, 0, 1), (1, 0, 1)),
        ((1, 1, 0), (1, HALF, HALF)),
    )
    assert sorted(len(c.equilibria) for c in found.components) == [1, 2]


@pytest.mark.parametrize(("limit", "least"), [(400, 2), (3, 1)])
def test_of_a_tree_beyond_the_limit_something_is_found(
    monkeypatch: pytest.MonkeyPatch, limit: int, least: int
) -> None:
    """Some cuts find some equilibria; with next to none Lemke's path finds one."""
    limited = functools.partial(search_tree_equilibria, limit=limit)
    monkeypatch.setattr(plan_outcomes, "search_tree_equilibria", limited)
    solution = solve(large(), "nash", method="sequence-form")
    assert not solution.complete
    assert len(solution.equilibria) >= least
    assert "14 and 14 sequences" in solution.message
    assert "12 a player" in solution.message
    assert f"given up after {limit} cuts" in solution.message
    assert all(e.certificate.largest_gain == 0 for e in solution.equilibria)


def test_a_set_with_too_many_vertices_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complementary_search, "MAX_BASES", 1)
    found = search_tree_equilibria(entry(), outcomes_only=False)
    assert found.gaps == ("of a set of equilibria a part is listed: more than 1 bases",)


def test_too_many_optimal_plans_are_answered_by_one_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = functools.partial(plan_outcomes.zero_sum_tree_equilibria, limit=1)
    monkeypatch.setattr(plan_outcomes, "zero_sum_tree_equilibria", limited)
    solution = solve(kuhn_poker(), "nash", method="linear-program")
    assert (solution.complete, len(solution.equilibria)) == (False, 1)
    assert "one pair of optimal plans of many (more than 1 bases)" in solution.message
    assert solution.equilibria[0].payoffs["A"] == Fraction(-1, 18)


# -- one equilibrium ------------------------------------------------------------------------------


def test_lemke_says_that_there_may_be_others() -> None:
    solution = solve(beer_quiche(), "nash", method="lemke")
    assert (solution.complete, len(solution.equilibria)) == (False, 1)
    assert "there may be others" in solution.message


def test_different_priors_lead_to_different_equilibria() -> None:
    ends: list[Tree] = [(2, 1), (0, 0), (0, 0), (1, 2)]
    form = sequence_form(game_of(together((0, 1), (2, 2), ends, "meet"), 2))
    for action in (1, 2):
        plan = tuple(Fraction(int(k in (0, action))) for k in range(3))
        assert lemke_equilibrium(form, prior=(plan, plan)) == (plan, plan)


def test_a_prior_that_is_no_plan_is_refused() -> None:
    form = sequence_form(entry())
    good = uniform_plan(form, 1)
    for bad in (
        (Fraction(1), HALF, Fraction(1)),
        (Fraction(1),),
        (Fraction(1), Fraction(2), -good[0]),
    ):
        with pytest.raises(UsageError, match="no plan"):
            lemke_equilibrium(form, prior=(bad, good))


@pytest.mark.parametrize("find", [lemke_equilibrium, extreme_tree_equilibria, solve_zero_sum_tree])
def test_a_deadline_is_kept(find: Callable[..., object]) -> None:
    with pytest.raises(BudgetError, match="time was spent"):
        find(kuhn_poker(), deadline=time.monotonic() - 1)


@pytest.mark.parametrize("method", ["lemke", "sequence-form", "linear-program"])
def test_a_budget_that_is_spent_is_said(method: str) -> None:
    solution = solve(kuhn_poker(), "nash", method=method, budget=0)
    assert (solution.termination, solution.complete) == ("budget", False)


# -- choice of the method -------------------------------------------------------------------------


def test_trees_go_to_the_sequence_form_and_tables_to_vertex_enumeration() -> None:
    assert choose(beer_quiche(), "nash").name == "sequence-form"
    assert choose(kuhn_poker(), "nash").name == "linear-program"
    assert choose(Game.from_arrays([[1, 0], [0, 1]], [[1, 0], [0, 1]]), "nash").name == (
        "vertex-enumeration"
    )


def test_a_rule_for_stages_needs_a_table() -> None:
    solution = solve(beer_quiche(), "nash", select="coalition-proof")
    assert solution.method == "vertex-enumeration"
    with pytest.raises(MethodError, match="no strategies for the rule coalition-proof"):
        solve(beer_quiche(), "nash", select="coalition-proof", method="sequence-form")


def test_a_rule_for_outcomes_is_applied() -> None:
    solution = solve(beer_quiche(), "nash", select="preferred:A")
    assert [e.payoffs["A"] for e in solution.equilibria] == [Fraction(29, 10)]
