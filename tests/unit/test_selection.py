"""Selection rules on named small games."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import pytest

from negotiation import solve
from negotiation.errors import MethodError, UsageError
from negotiation.game import Game
from negotiation.selection import (
    Rule,
    Stage,
    StageEquilibrium,
    coalition_proof_profiles,
    parse_selection,
    select_at_stage,
    select_equilibria,
    select_outcomes,
)
from tests.oracles.trees import Choice, Draw, Tree, game_of, together

PLAYERS = ("China", "US", "EU")


def table_game(sizes: Sequence[int], payoffs: Sequence[Sequence[int]]) -> Game:
    """Return a one-shot game; payoffs in lexicographic order of the profiles."""
    leaves = [tuple(leaf) for leaf in payoffs]
    return game_of(together(range(len(sizes)), sizes, leaves, "stage"), len(sizes))


def chosen(game: Game, concept: str, select: str) -> list[tuple[int | str, ...]]:
    """Return the profiles kept: action indices, or the word mixed."""
    solution = solve(game, concept, select=select)
    return [
        tuple("mixed" if max(s) < 1 else s.index(Fraction(1)) for s in e.profile.values())
        for e in solution.equilibria
    ]


STAG_HUNT = table_game((2, 2), [(9, 9), (0, 8), (8, 0), (7, 7)])
SEXES = table_game((2, 2), [(2, 1), (0, 0), (0, 0), (1, 2)])
DILEMMA = table_game((2, 2), [(2, 2), (0, 3), (3, 0), (1, 1)])
MATCHING = table_game((2, 2), [(1, 1), (0, 0), (0, 0), (1, 1)])
# Bernheim, Peleg and Whinston (1987), after Aumann: the Pareto-better equilibrium falls to a pair.
AUMANN = table_game(
    (2, 2, 2),
    [
        (0, 0, 10),
        (-2, -2, 0),
        (-5, -5, 0),
        (-5, -5, 0),
        (-5, -5, 0),
        (-5, -5, 0),
        (1, 1, -5),
        (-1, -1, 5),
    ],
)


# -- reading --------------------------------------------------------------------------------------


def test_a_chain_is_read_with_players() -> None:
    assert parse_selection(" coalition-proof , preferred:US", PLAYERS) == (
        Rule("coalition-proof"),
        Rule("preferred", "US"),
    )


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("coalition-prof", "no selection rule is called 'coalition-prof'", "coalition-proof"),
        ("", "no selection rule is called ''", "all"),
        ("all,", "no selection rule is called ''", "all"),
        ("preferred", "preferred needs a player", "preferred:China"),
        ("worst:", "worst needs a player", "worst:China"),
        ("pareto:US", "pareto takes no player", "write pareto"),
        ("preferred:Chna", "no player is called 'Chna'", "China"),
    ],
)
def test_a_wrong_chain_names_the_remedy(text: str, message: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_selection(text, PLAYERS)
    assert caught.value.message == message
    assert remedy in caught.value.remedy


# -- stage rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", ["pure-subgame-perfect", "subgame-perfect"])
def test_stag_hunt_payoff_and_risk_dominance_disagree(concept: str) -> None:
    assert chosen(STAG_HUNT, concept, "payoff-dominant") == [(0, 0)]
    assert chosen(STAG_HUNT, concept, "risk-dominant") == [(1, 1)]
    assert chosen(STAG_HUNT, concept, "coalition-proof") == [(0, 0)]


def test_battle_of_the_sexes_is_decided_by_no_rule() -> None:
    mixed = ("mixed", "mixed")
    assert chosen(SEXES, "pure-subgame-perfect", "payoff-dominant") == []
    assert chosen(SEXES, "pure-subgame-perfect", "risk-dominant") == [(0, 0), (1, 1)]
    assert chosen(SEXES, "pure-subgame-perfect", "coalition-proof") == [(0, 0), (1, 1)]
    assert chosen(SEXES, "subgame-perfect", "coalition-proof") == [(0, 0), (1, 1)]
    assert sorted(map(str, chosen(SEXES, "subgame-perfect", "risk-dominant"))) == sorted(
        map(str, [(0, 0), (1, 1), mixed])
    )


def test_pure_coordination_keeps_what_is_tied() -> None:
    for rule in ("payoff-dominant", "risk-dominant", "coalition-proof"):
        assert chosen(MATCHING, "pure-subgame-perfect", rule) == [(0, 0), (1, 1)]
    assert chosen(MATCHING, "subgame-perfect", "payoff-dominant") == [(0, 0), (1, 1)]


def test_a_dominated_equilibrium_without_alternative_is_coalition_proof() -> None:
    assert chosen(DILEMMA, "subgame-perfect", "coalition-proof") == [(1, 1)]


def test_aumanns_example() -> None:
    assert chosen(AUMANN, "pure-subgame-perfect", "all") == [(0, 0, 0), (1, 1, 1)]
    assert chosen(AUMANN, "pure-subgame-perfect", "coalition-proof") == [(1, 1, 1)]
    assert chosen(AUMANN, "pure-subgame-perfect", "payoff-dominant") == [(0, 0, 0)]


def test_coalition_proofness_in_a_chain_is_judged_against_all_equilibria() -> None:
    """After risk dominance only hare is left; stag still is a deviation that both want."""
    assert chosen(STAG_HUNT, "pure-subgame-perfect", "risk-dominant,coalition-proof") == []
    assert chosen(STAG_HUNT, "pure-subgame-perfect", "coalition-proof,risk-dominant") == [(0, 0)]
    assert chosen(STAG_HUNT, "subgame-perfect", "risk-dominant,coalition-proof") == []


def test_stage_rules_act_from_the_last_stage_back() -> None:
    """The mover expects the selected continuation, not the one that he would like best."""
    hunt: Tree = together((0, 1), (2, 2), [(9, 9), (0, 8), (8, 0), (7, 7)], "hunt")
    game = game_of(Choice(0, (hunt, (8, 0))), 2)
    payoffs = {
        rule: [list(map(int, e.payoffs.values())) for e in solve(game, select=rule).equilibria]
        for rule in ("payoff-dominant", "risk-dominant")
    }
    assert payoffs == {"payoff-dominant": [[9, 9]], "risk-dominant": [[8, 0]]}


@pytest.mark.parametrize("sizes", [(3, 3), (2, 2, 2)])
def test_risk_dominance_is_refused_where_it_is_not_defined(sizes: tuple[int, ...]) -> None:
    leaves = [
        (int(len(set(cell)) == 1),) * len(sizes) for cell in itertools.product(*map(range, sizes))
    ]
    with pytest.raises(MethodError) as caught:
        solve(table_game(sizes, leaves), "pure-subgame-perfect", select="risk-dominant")
    assert "x".join(map(str, sizes)) in caught.value.message
    assert "coalition-proof" in caught.value.remedy
    assert caught.value.exit_code == 4


def test_risk_dominance_of_two_strict_equilibria_in_a_larger_stage() -> None:
    """The stag hunt with a third action each that is no part of any equilibrium."""
    outside = [(0, -1), (-1, 0)]
    hunt = {(0, 0): (9, 9), (0, 1): (0, 8), (1, 0): (8, 0), (1, 1): (7, 7)}
    for m, n in ((2, 3), (3, 2), (3, 3)):
        leaves = [
            hunt.get((i, j), outside[0] if i < 2 else (-1, -1 if j == 2 else 0))
            for i, j in itertools.product(range(m), range(n))
        ]
        game = table_game((m, n), leaves)
        assert chosen(game, "pure-subgame-perfect", "risk-dominant") == [(1, 1)]
        assert chosen(game, "subgame-perfect", "risk-dominant") == [(1, 1)]
        assert chosen(game, "subgame-perfect", "payoff-dominant") == [(0, 0)]


def test_equal_products_in_a_larger_stage_decide_nothing() -> None:
    leaves = [(int(i == j),) * 2 for i, j in itertools.product(range(2), range(3))]
    game = table_game((2, 3), leaves)
    assert chosen(game, "pure-subgame-perfect", "risk-dominant") == [(0, 0), (1, 1)]
    assert len(chosen(game, "subgame-perfect", "risk-dominant")) == 3


def test_risk_dominance_in_a_larger_stage_needs_strict_equilibria() -> None:
    """The third row is the same as the second, so the second equilibrium is not strict."""
    leaves = [(9, 9), (0, 8), (8, 0), (7, 7), (8, 0), (7, 7)]
    game = table_game((3, 2), leaves)
    with pytest.raises(MethodError) as caught:
        solve(game, "pure-subgame-perfect", select="risk-dominant")
    assert "3x2 with 3 equilibria, 3 of them pure and 1 strict" in caught.value.message
    assert "undominated" in caught.value.remedy


def test_risk_dominance_does_not_judge_an_equilibrium_that_is_not_strict() -> None:
    """Of two pure equilibria the second is not strict: the third row gives the same there."""
    leaves = [(9, 9), (0, 8), (8, 0), (7, 7), (8, 9), (7, 7)]
    game = table_game((3, 2), leaves)
    assert chosen(game, "pure-subgame-perfect", "all") == [(0, 0), (1, 1)]
    with pytest.raises(MethodError) as caught:
        solve(game, "pure-subgame-perfect", select="risk-dominant")
    assert "3x2 with 2 equilibria, 2 of them pure and 1 strict" in caught.value.message


def test_undominated_clears_the_way_for_risk_dominance() -> None:
    """(2, 2) is an equilibrium in weakly dominated strategies; the two others are strict."""
    hunt = {(0, 0): (9, 9), (0, 1): (0, 8), (1, 0): (8, 0), (1, 1): (7, 7), (2, 2): (-1, -1)}
    leaves = [
        hunt.get((i, j), (0, -1) if j == 2 else (-1, 0))
        for i, j in itertools.product(range(3), repeat=2)
    ]
    leaves[2] = leaves[5] = (-1, -2)
    leaves[6] = leaves[7] = (-2, -1)
    game = table_game((3, 3), leaves)
    pure = "pure-subgame-perfect"
    assert chosen(game, pure, "all") == [(0, 0), (1, 1), (2, 2)]
    with pytest.raises(MethodError):
        chosen(game, pure, "risk-dominant")
    assert chosen(game, pure, "undominated") == [(0, 0), (1, 1)]
    assert chosen(game, pure, "undominated,risk-dominant") == [(1, 1)]


@pytest.mark.parametrize("concept", ["pure-subgame-perfect", "subgame-perfect"])
def test_undominated_removes_imperfect_equilibria(concept: str) -> None:
    """(1, 1) is an equilibrium in weakly dominated actions; other games lose nothing."""
    game = table_game((2, 2), [(1, 1), (0, 0), (0, 0), (0, 0)])
    assert chosen(game, concept, "all") == [(0, 0), (1, 1)]
    assert chosen(game, concept, "undominated") == [(0, 0)]
    for other in (STAG_HUNT, SEXES, DILEMMA, MATCHING):
        assert chosen(other, concept, "undominated") == chosen(other, concept, "all")


def test_mixed_strategies_are_judged_as_wholes() -> None:
    """Each used action is undominated, the mixture of both is beaten by a third."""
    one, zero, half = Fraction(1), Fraction(0), Fraction(1, 2)
    row = [(4, 0, 4), (0, 4, 4), (3, 3, 4)]
    payoffs = {
        (i, j): (Fraction(row[i][j]), zero) for i, j in itertools.product(range(3), repeat=2)
    }
    stage = Stage((0, 1), (3, 3), payoffs)
    last = (zero, zero, one)
    equilibria = [
        StageEquilibrium((x, last), (Fraction(4), zero))
        for x in ((one, zero, zero), (zero, one, zero), last, (half, half, zero))
    ]
    rules = parse_selection("undominated", PLAYERS)
    assert select_at_stage(rules, stage, equilibria) == equilibria[:3]


def test_undominated_among_three_movers() -> None:
    """Everybody's second action is weakly dominated: all in it is an equilibrium nonetheless."""
    leaves = [(int(cell == (0, 0, 0)),) * 3 for cell in itertools.product(range(2), repeat=3)]
    game = table_game((2, 2, 2), leaves)
    assert (1, 1, 1) in chosen(game, "pure-subgame-perfect", "all")
    assert chosen(game, "pure-subgame-perfect", "undominated") == [(0, 0, 0)]


def test_rules_on_the_equilibria_of_a_solution() -> None:
    """The whole game as one stage; here a table, so the same as in solving."""
    for game in (STAG_HUNT, SEXES, DILEMMA, MATCHING):
        found = solve(game, "nash")
        for rule in (
            "undominated",
            "payoff-dominant",
            "risk-dominant",
            "coalition-proof",
            "pareto",
        ):
            kept = select_equilibria(game, found.equilibria, rule)
            expected = solve(game, "nash", select=rule).equilibria
            assert [e.payoffs for e in kept] == [e.payoffs for e in expected]
            assert set(map(id, kept)) <= set(map(id, found.equilibria))
    assert select_equilibria(SEXES, (), "undominated,unique") == ()
    with pytest.raises(UsageError, match="no selection rule"):
        select_equilibria(SEXES, (), "best")


def test_risk_dominance_is_not_needed_where_there_is_one_equilibrium() -> None:
    unique = table_game((2, 3), [(1, 1), (1, 0), (1, 0), (0, 1), (0, 0), (0, 0)])
    assert chosen(unique, "pure-subgame-perfect", "risk-dominant") == [(0, 0)]


def test_a_stage_of_one_mover_has_nothing_to_select() -> None:
    half = Fraction(1, 2)
    hidden = Draw((half, half), tuple(Choice(0, ((1, 0), (1, 1)), "blind") for _ in range(2)))
    for tree in (Choice(0, ((1, 0), (1, 1), (1, 2))), hidden):
        game = game_of(tree, 2)
        everything = solve(game, "pure-subgame-perfect").profiles
        for rule in ("payoff-dominant", "risk-dominant", "coalition-proof"):
            assert solve(game, "pure-subgame-perfect", select=rule).profiles == everything
    assert everything == 2


def test_a_mover_whose_actions_change_nothing_does_not_protect_an_equilibrium() -> None:
    """The third mover never gains, but has no choice either: the other two decide."""
    leaves = [(*pair, 5) for pair in [(9, 9), (0, 8), (8, 0), (7, 7)] for _ in range(2)]
    solution = solve(table_game((2, 2, 2), leaves), "subgame-perfect", select="coalition-proof")
    kept = {tuple(s.index(1) for s in e.profile.values()) for e in solution.equilibria}
    assert not solution.complete  # Three have a choice, though only two that matters.
    pure = solve(table_game((2, 2, 2), leaves), "pure-subgame-perfect", select="coalition-proof")
    assert kept == {tuple(s.index(1) for s in e.profile.values()) for e in pure.equilibria}


def test_mixed_equilibria_with_an_idle_third_mover_are_compared_among_those_who_choose() -> None:
    one, half = Fraction(1), Fraction(1, 2)
    payoffs = {
        (*cell, k): (Fraction(a), Fraction(b), Fraction(0))
        for cell, (a, b) in zip(
            itertools.product(range(2), repeat=2), [(2, 2), (0, 0), (0, 0), (1, 1)], strict=True
        )
        for k in range(2)
    }
    stage = Stage((0, 1, 2), (2, 2, 2), payoffs)
    assert stage.choosing == (0, 1)
    zero = Fraction(0)
    good = StageEquilibrium(((one, zero), (one, zero), (one, zero)), payoffs[0, 0, 0])
    bad = StageEquilibrium(((zero, one), (zero, one), (one, zero)), payoffs[1, 1, 0])
    third = Fraction(1, 3)
    mixed = StageEquilibrium(
        ((third, 1 - third), (third, 1 - third), (half, half)),
        (Fraction(2, 3), Fraction(2, 3), zero),
    )
    rules = parse_selection("coalition-proof", PLAYERS)
    assert select_at_stage(rules, stage, [good, bad, mixed]) == [good]


def test_nobody_choosing_keeps_everything() -> None:
    zero, half = Fraction(0), Fraction(1, 2)
    payoffs = dict.fromkeys(itertools.product(range(2), repeat=2), (zero, zero))
    stage = Stage((0, 1), (2, 2), payoffs)
    mixed = StageEquilibrium(((half, half), (half, half)), (zero, zero))
    assert stage.choosing == ()
    assert select_at_stage(parse_selection("coalition-proof", PLAYERS), stage, [mixed]) == [mixed]


def test_coalition_proof_profiles_of_the_dilemma() -> None:
    payoffs = {
        cell: tuple(map(Fraction, leaf))
        for cell, leaf in zip(
            itertools.product(range(2), repeat=2), [(2, 2), (0, 3), (3, 0), (1, 1)], strict=True
        )
    }
    assert coalition_proof_profiles(Stage((0, 1), (2, 2), payoffs)) == {(1, 1)}


# -- outcome rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chain", "kept"),
    [
        ("all", "abcd"),
        ("preferred:China", "ab"),
        ("worst:China", "d"),
        ("preferred:China,preferred:US", "a"),
        ("preferred:China,worst:US", "b"),
        ("pareto", "ac"),
        ("preferred:China,unique", ""),
        ("worst:China,unique", "d"),
        ("unique", ""),
    ],
)
def test_outcome_rules(chain: str, kept: str) -> None:
    payoffs = {
        "a": (3, 1, 0),
        "b": (3, 0, 0),
        "c": (1, 2, 0),
        "d": (0, 0, 0),
    }
    values = {name: tuple(map(Fraction, row)) for name, row in payoffs.items()}
    rules = parse_selection(chain, PLAYERS)
    assert "".join(select_outcomes(rules, list(payoffs), values.__getitem__, PLAYERS)) == kept


def test_equal_payoffs_do_not_dominate_each_other() -> None:
    rules = parse_selection("pareto", PLAYERS)
    assert select_outcomes(rules, [1, 2], lambda _: (Fraction(1),) * 3, PLAYERS) == [1, 2]


def test_an_empty_selection_is_reported() -> None:
    solution = solve(SEXES, "pure-subgame-perfect", select="payoff-dominant")
    assert solution.equilibria == ()
    assert solution.profiles == 0
    assert "no equilibrium that survives payoff-dominant" in solution.message
    unique = solve(SEXES, "pure-subgame-perfect", select="unique")
    assert unique.message == "no outcome survives unique"
