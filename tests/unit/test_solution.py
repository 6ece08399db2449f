"""Solutions: what they promise, their JSON, budgets and wrong calls."""

from __future__ import annotations

import dataclasses
import itertools
import json
from fractions import Fraction
from types import SimpleNamespace

import pytest

import negotiation.solvers as solvers
from negotiation import Model, Move, Parameter, Regime, solve
from negotiation.certify import Certifier
from negotiation.errors import BudgetError, MethodError, NegotiationError, UsageError
from negotiation.game import Game, count_text
from negotiation.report.sentences import number_in_words
from negotiation.selection import Stage, StageEquilibrium
from negotiation.solution import integer_text, parameter_text
from negotiation.solvers import CONCEPTS, backward_induction, stages
from tests.oracles.trees import Choice, Draw, Tree, game_of, together

ENTRY = game_of(Choice(0, (Choice(1, ((-1, -1), (1, 1))), (0, 2))), 2)
TIES = game_of(Choice(0, tuple(Choice(1, ((0, 0), (0, 0))) for _ in range(2))), 2)
PENNIES = game_of(together((0, 1), (2, 2), [(1, -1), (-1, 1), (-1, 1), (1, -1)], "coin"), 2)


def licence(**keys: object) -> Model:
    return Model(
        name="licence",
        players=["China", "EU"],
        parameters={"price": Parameter(value="1/3"), "gain": Parameter(value=1.5)},
        moves=[
            Move("grant", player="China", actions=["yes", "no"]),
            Move("reply", player="EU", actions=["pay", "leave"], observes=["grant"]),
        ],
        payoffs={
            "China": "price if grant == 'yes' and reply == 'pay' else 0",
            "EU": "gain - price if grant == 'yes' and reply == 'pay' else 0",
        },
        regimes=[Regime("deal", "grant == 'yes' and reply == 'pay'")],
        **keys,  # type: ignore[arg-type]
    )


# -- the record ------------------------------------------------------------------------------


def test_the_json_has_the_published_keys_and_spells_rationals_as_text() -> None:
    solution = solve(licence().at(), "pure-subgame-perfect")
    document = json.loads(solution.to_json())
    assert list(document) == [
        "schema",
        "game",
        "fingerprint",
        "parameters",
        "fixed",
        "players",
        "concept",
        "method",
        "selection",
        "exact",
        "complete",
        "termination",
        "profiles",
        "seconds",
        "equilibria",
        "components",
        "message",
        "versions",
    ]
    assert document["schema"] == "negotiation/solution/1"
    assert document["fingerprint"].startswith("sha256:")
    assert document["parameters"] == {"price": "1/3", "gain": "1.5"}
    assert document["profiles"] == "2"
    assert document["termination"] == "exhausted"
    assert document["exact"] is document["complete"] is True
    (equilibrium,) = document["equilibria"]
    assert equilibrium == {
        "outcomes": [{"moves": {"grant": "yes", "reply": "pay"}, "probability": "1"}],
        "payoffs": {"China": "1/3", "EU": "7/6"},
        "regime": "deal",
        "strategies": {
            "China": [{"move": "grant", "information": {}, "probabilities": {"yes": "1"}}],
            "EU": [
                {"move": "reply", "information": {"grant": "yes"}, "probabilities": {"pay": "1"}},
                {"move": "reply", "information": {"grant": "no"}, "probabilities": {"pay": "1"}},
            ],
        },
        "beliefs": [],
        "certificate": {"largest_gain": "0"},
    }


def test_the_json_says_what_was_fixed() -> None:
    document = solve(licence().at(fix={"grant": "yes"})).to_dict()
    assert document["fixed"] == {"grant": "yes"}
    assert document["equilibria"][0]["certificate"]["fixed"] == {"grant": "yes"}


def test_defaults_come_from_the_model_and_the_call_goes_before_them() -> None:
    game = licence(concept="pure", select="preferred:China").at()
    solution = solve(game)
    assert (solution.concept, solution.selection) == ("pure", "preferred:China")
    solution = solve(game, "pure-subgame-perfect", select="all")
    assert (solution.concept, solution.selection) == ("pure-subgame-perfect", "all")


def test_the_fingerprint_tells_games_apart_and_forgets_how_they_were_made() -> None:
    assert solve(licence().at()).fingerprint == solve(licence().at({"price": "1/3"})).fingerprint
    assert solve(licence().at()).fingerprint != solve(licence().at({"price": "1/4"})).fingerprint


def test_regimes_at_a_tie_are_joined() -> None:
    solution = solve(licence().at({"price": 0}), "pure-subgame-perfect")
    assert solution.regimes == ("deal", "unnamed")
    assert solution.regime == "deal | unnamed"


def test_profiles_of_entries_sum_to_the_whole() -> None:
    solution = solve(TIES, "pure-subgame-perfect")
    assert [e.profiles for e in solution.equilibria] == [2, 2, 2, 2]
    assert solution.profiles == 8


def test_a_continuum_has_no_number_of_profiles() -> None:
    solution = solve(TIES, "subgame-perfect")
    assert solution.profiles is None
    assert [e.profiles for e in solution.equilibria] == [None] * 4
    assert solution.complete
    assert [component.hull for component in solution.components] == [True]
    assert solution.to_dict()["profiles"] is None


def test_a_continuum_that_changes_no_outcome_is_complete() -> None:
    """A, who knows the draw, never asks B, who does not: whatever B would answer is the same."""
    game = game_of(
        Draw(
            (Fraction(1, 2), Fraction(1, 2)),
            tuple(
                Choice(0, (Choice(1, ((2, kind), (2, 1 - kind)), "B"), (3, 0))) for kind in range(2)
            ),
        ),
        2,
    )
    solution = solve(game, "subgame-perfect")
    assert solution.complete
    assert solution.profiles is None
    assert solution.message == ""
    assert [list(map(int, e.payoffs.values())) for e in solution.equilibria] == [[3, 0]]


def test_a_tie_in_a_subgame_off_the_path_leaves_one_outcome() -> None:
    game = game_of(Choice(0, ((1, 1), Choice(1, ((0, 0), (0, 0))))), 2)
    solution = solve(game, "subgame-perfect")
    assert solution.complete
    assert (len(solution.equilibria), solution.components, solution.profiles) == (1, (), None)


def test_mixtures_become_behaviour() -> None:
    """Rock, paper, scissors, where A first says rock or not and then paper or scissors."""

    def against(own: int) -> Tree:
        gains = [0, 1, -1]
        return Choice(1, tuple((g, -g) for g in (gains[(own - k) % 3] for k in range(3))), "B")

    game = game_of(Choice(0, (against(0), Choice(0, (against(1), against(2))))), 2)
    (equilibrium,) = solve(game, "subgame-perfect").equilibria
    third, half = Fraction(1, 3), Fraction(1, 2)
    assert set(equilibrium.profile.values()) == {
        (third, 1 - third),
        (half, half),
        (third, third, third),
    }
    assert equilibrium.payoffs == {"A": 0, "B": 0}


def test_strategies_with_the_same_consequences_are_solved_as_one() -> None:
    """A goes left or right and, had it gone left, would choose again: 4 strategies, 3 of a kind."""
    again = Choice(0, ((0, 0), (0, 0)), "again")
    tree = Choice(0, (Choice(1, (again, (2, 1)), "B"), Choice(1, ((3, 1), (3, 0)), "B")))
    game = game_of(tree, 2)
    stage = stages.StageTree(game, 0, [False] * len(game.set_of))
    lotteries = stage.lotteries(lambda: None)
    payoffs = {cell: game.payoffs[node] for cell, ((node, _),) in lotteries.items()}
    answer = stages.reduced(Stage(stage.movers, stage.sizes, payoffs), lotteries)
    assert stage.sizes == (4, 2)
    assert stage.has_idle_sets()
    assert len(answer.equilibria) == 1
    solution = solve(game, "nash")
    assert solution.complete
    assert solution.profiles is None  # What A would do where it does not go is free.


def test_no_pure_equilibrium_is_an_answer() -> None:
    solution = solve(PENNIES, "pure-subgame-perfect")
    assert (solution.equilibria, solution.profiles, solution.complete) == ((), 0, True)
    assert solution.message == "the subgame at the start has no equilibrium"
    (mixed,) = solve(PENNIES, "subgame-perfect").equilibria
    half = Fraction(1, 2)
    assert dict(mixed.profile) == {0: (half, half), 1: (half, half)}
    assert len(mixed.outcomes) == 4


def test_a_subgame_off_the_path_without_equilibrium_leaves_none() -> None:
    coin = together((0, 1), (2, 2), [(1, -1), (-1, 1), (-1, 1), (1, -1)], "coin")
    game = game_of(Choice(0, ((5, 5), coin)), 2)
    assert solve(game, "pure-subgame-perfect").equilibria == ()
    assert "after move 0 = a1" in solve(game, "pure-subgame-perfect").message
    assert len(solve(game, "pure").equilibria) == 1
    assert len(solve(game, "subgame-perfect").equilibria) == 1


def test_three_movers_with_a_choice_are_incomplete_and_say_so() -> None:
    leaves = [(int(len(set(cell)) == 1),) * 3 for cell in itertools.product(range(2), repeat=3)]
    solution = solve(game_of(together((0, 1, 2), (2, 2, 2), leaves, "s"), 3), "subgame-perfect")
    assert not solution.complete
    assert solution.profiles is None
    assert "mixed equilibria of 3 simultaneous movers are not computed" in solution.message


# -- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [0, 1, 3999, 4000, 4001, 8000, 12000])
@pytest.mark.parametrize("extra", [-1, 0, 5])
def test_integers_of_any_length_are_written_in_full(digits: int, extra: int) -> None:
    number = max(0, 10**digits + extra)
    text = integer_text(number)
    value = 0
    for start in range(0, len(text), 1000):
        part = text[start : start + 1000]
        value = value * 10 ** len(part) + int(part)
    assert value == number
    assert text == "0" or not text.startswith("0")


def test_profiles_of_more_digits_than_python_prints() -> None:
    """A tie in each of 500 subgames makes 2^500 profiles; 2^15000 are written in full too."""
    ties = [Choice(1, ((1, 0), (1, 0))) for _ in range(500)]
    solution = solve(game_of(Choice(0, ((5, 5), *ties)), 2), "pure-subgame-perfect")
    assert solution.profiles == 2**500
    longer = dataclasses.replace(solution, profiles=2**15000)
    assert len(json.loads(longer.to_json())["profiles"]) == 4516


def test_counts_for_people() -> None:
    assert count_text(1234567) == "1,234,567"
    assert count_text(10**5000) == "about 10^5000"


def test_parameters_are_shown_as_one_would_set_them() -> None:
    assert [parameter_text(Fraction(v)) for v in ("1/4", "1/3", "2")] == ["0.25", "1/3", "2"]


# -- wrong calls -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "place", "remedy"),
    [
        ({"concept": "subgame-perfct"}, "concept", "subgame-perfect"),
        ({"select": "coalition-prof"}, "select", "coalition-proof"),
        ({"method": "backwards-induction"}, "method", "backward-induction"),
        ({"select": "preferred:Chna"}, "select", "A"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(
    keys: dict[str, str], place: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as caught:
        solve(ENTRY, **keys)  # type: ignore[arg-type]
    assert caught.value.place == place
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("concept", ["correlated", "coarse-correlated", "qre"])
def test_a_concept_without_solver_is_refused_with_what_works(concept: str) -> None:
    with pytest.raises(MethodError) as caught:
        solve(ENTRY, concept)
    assert "subgame-perfect" in caught.value.remedy
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("concept", ["nonsense", "qree", "corelated", "", " nash", "x" * 500])
def test_an_unknown_concept_is_refused_with_those_that_are_solved(concept: str) -> None:
    if not concept:
        assert solve(ENTRY, concept).concept == ENTRY.concept  # nothing asked: the default
        return
    with pytest.raises(UsageError) as caught:
        solve(ENTRY, concept)
    remedy = caught.value.remedy
    assert not any(lacking in remedy for lacking in ("qre", "correlated"))
    assert any(known in remedy for known in CONCEPTS)
    assert len(caught.value.message) < 120


def test_a_stage_with_too_many_profiles_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "MAX_PROFILES", 3)
    with pytest.raises(MethodError) as caught:
        solve(PENNIES, "pure-subgame-perfect")
    assert "2 x 2 pure strategy profiles" in caught.value.message
    assert "fix a move" in caught.value.remedy
    solve(ENTRY, "pure-subgame-perfect")  # One mover needs no list of profiles.


def test_a_wrong_solver_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certification does not trust the solver: a profile that is no equilibrium is an error."""

    def wrong(stage: Stage) -> list[StageEquilibrium]:
        one, zero = Fraction(1), Fraction(0)
        return [StageEquilibrium(((one, zero), (one, zero)), stage.payoffs[0, 0])]

    monkeypatch.setattr(backward_induction, "pure_equilibria", wrong)
    with pytest.raises(NegotiationError, match="no equilibrium"):
        solve(PENNIES, "pure-subgame-perfect")


# -- budgets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", ["pure", "nash", "subgame-perfect", "pure-subgame-perfect"])
def test_a_spent_budget_says_so_and_claims_nothing(concept: str) -> None:
    solution = solve(PENNIES, concept, budget=-1)
    assert solution.termination == "budget"
    assert not solution.complete
    assert solution.profiles is None
    assert solution.equilibria == ()
    assert "budget" in solution.message


def test_what_was_certified_before_the_budget_ended_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock stands still until two entries are certified."""
    certified = 0
    original = Certifier.judge

    def judge(certifier: object, profile: object) -> object:
        nonlocal certified
        certified += 1
        return original(certifier, profile)  # type: ignore[arg-type]

    clock = SimpleNamespace(monotonic=lambda: 1000.0 * (certified >= 2))
    monkeypatch.setattr(Certifier, "judge", judge)
    monkeypatch.setattr(solvers, "time", clock)
    monkeypatch.setattr(backward_induction, "time", clock)
    solution = solve(TIES, "pure-subgame-perfect", budget=10)
    assert len(solution.equilibria) == 2
    assert all(e.certificate.holds for e in solution.equilibria)
    assert (solution.termination, solution.complete) == ("budget", False)
    assert solution.profiles is None


def hidden_continuations(exits: int) -> Game:
    """Return a simultaneous stage with two equal continuations of different worth at each exit."""
    ends: list[Tree] = [Choice(0, ((k, 0, 0), (k, 1, 0))) for k in range(exits)]
    return game_of(together((0, 1, 2), (2, 2, exits // 4), ends, "stage"), 3)


def test_pure_equilibria_are_given_where_the_mixed_ones_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(*_: object, **__: object) -> None:
        raise BudgetError("the time was spent", place="game", remedy="allow more time")

    battle = Game.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    monkeypatch.setattr(stages, "extreme_equilibria", slow)
    solution = solve(battle, "nash", budget=60)
    assert (solution.termination, solution.complete, solution.profiles) == ("budget", False, None)
    assert [tuple(e.payoffs.values()) for e in solution.equilibria] == [(3, 2), (2, 3)]
    assert solution.message.endswith("allow more time; the pure equilibria are given")
    assert solve(battle, "nash", select="payoff-dominant").equilibria == ()


def test_combinations_beyond_the_limit_end_in_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backward_induction, "MAX_COMBINATIONS", 100)
    solution = solve(hidden_continuations(8), "pure-subgame-perfect", select="coalition-proof")
    assert solution.termination == "budget"
    assert solution.message.startswith("256 combinations of continuation values at the start")
    assert solve(hidden_continuations(8), "pure-subgame-perfect").termination == "exhausted"


def test_pure_equilibria_of_one_shot_stages_need_no_product() -> None:
    """2^40 combinations of continuations, answered by counting."""
    solution = solve(hidden_continuations(40), "pure-subgame-perfect")
    assert solution.complete
    assert solution.profiles is not None
    assert solution.profiles > 2**30


def test_outcomes_beyond_the_limit_end_in_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backward_induction, "MAX_OUTCOMES", 3)
    half = Fraction(1, 2)
    tie = Choice(0, ((1, 1), (1, 1)))
    solution = solve(game_of(Draw((half, half), (tie, tie)), 2), "pure-subgame-perfect")
    assert solution.termination == "budget"
    assert solution.message.startswith("4 outcomes")


def test_errors_of_budgets_are_method_errors() -> None:
    assert issubclass(BudgetError, MethodError)
    assert BudgetError("spent").exit_code == 4


def test_a_number_beyond_doubles_is_shown() -> None:
    assert number_in_words(Fraction(10) ** 800 / 3) == "about 3.33333e+799"
    assert number_in_words(Fraction(1, 3)) == "1/3 (about 0.333333)"
