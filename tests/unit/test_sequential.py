"""Sequential and perfect Bayesian equilibria of trees: horse, beliefs, consistency, refinements."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import negotiation
from negotiation.certify import certify_assessment
from negotiation.errors import GameError, MethodError, UsageError
from negotiation.game import Game
from negotiation.report.sentences import solution_lines
from negotiation.selection import select_equilibria
from negotiation.solvers.beliefs import is_consistent
from negotiation.solvers.sequential import AssessmentSearch
from tests.oracles.trees import Choice, Draw, Tree, game_of, together

F = Fraction
SCHEMA = Path(negotiation.__file__).parent / "schemas" / "solution-1.json"


def horse() -> Game:
    """Selten's horse (1975); action 0 is R and action 1 is L, for everybody."""

    def third(right: tuple[int, int, int], left: tuple[int, int, int]) -> Choice:
        return Choice(2, (right, left), "last")

    second = Choice(1, ((1, 1, 1), third((4, 4, 0), (0, 0, 1))))
    return game_of(Choice(0, (second, third((3, 2, 2), (0, 0, 0)))), 3)


def twin_beliefs(first: int, second: int) -> Game:
    """Two players hold beliefs about the same two deviations of a first one.

    Players B and C move if A leaves his first action; they do not see which of two others he took.
    B plays his action 0 only if he holds the first for at most `first` times as likely as the
    second, C only if he holds it for at least `second` times as likely.
    """

    def after(deviation: int) -> Choice:
        leaving = 1 if deviation == 0 else -first
        last = Choice(2, ((0, 0, 0), (0, 0, -1 if deviation == 0 else second)), "C")
        return Choice(1, (last, (0, leaving, 0)), "B")

    return game_of(Choice(0, ((1, 0, 0), after(0), after(1))), 3)


def solve_outcomes(tree: Tree | Game, players: int, concept: str) -> set[tuple[Fraction, ...]]:
    game = tree if isinstance(tree, Game) else game_of(tree, players)
    solution = negotiation.solve(game, concept)
    assert solution.complete, solution.message
    return {tuple(e.payoffs.values()) for e in solution.equilibria}


# -- Selten's horse -------------------------------------------------------------------------------


def test_horse_has_two_nash_components() -> None:
    """{R, R, P3 R <= 1/4} and {L, P2 R >= 1/3, P3 R}, as conditions."""
    solution = negotiation.solve(horse(), "nash")
    assert (solution.method, solution.complete) == ("support-enumeration", True)
    payoffs = [tuple(e.payoffs.values()) for e in solution.equilibria]
    assert payoffs == [(1, 1, 1), (3, 2, 2)]
    described = [
        (c.equilibrium, [list(s.probabilities) for s in c.strategies], c.conditions)
        for c in solution.conditions
    ]
    assert described == [
        (0, [["a0"], ["a0"], ["a0", "a1"]], ("p(last of C: a0) <= 1/4",)),
        (1, [["a1"], ["a0", "a1"], ["a0"]], ("p(move 1: a0) >= 1/3",)),
    ]


@pytest.mark.parametrize("concept", ["sequential", "perfect-bayesian"])
def test_only_the_first_is_sequential(concept: str) -> None:
    solution = negotiation.solve(horse(), concept)
    assert (solution.method, solution.complete) == ("assessments", True)
    (equilibrium,) = solution.equilibria
    assert tuple(equilibrium.payoffs.values()) == (1, 1, 1)
    assert equilibrium.certificate.largest_gain == 0
    belief = next(b for b in equilibrium.beliefs if len(b.histories) == 2)
    assert belief.histories[1][1] <= F(1, 3)  # After L player 3 wants R.
    (conditions,) = solution.conditions
    assert conditions.conditions == ("p(last of C: a0) <= 1/4",)


def test_only_the_first_is_perfect() -> None:
    nash = negotiation.solve(horse(), "nash", select="perfect")
    assert [tuple(e.payoffs.values()) for e in nash.equilibria] == [(1, 1, 1)]
    assert nash.complete
    assert "no sequential equilibrium has it" in nash.message
    assert len(nash.conditions) == 1
    sequential = negotiation.solve(horse(), "sequential", select="perfect")
    assert len(sequential.equilibria) == 1
    assert sequential.complete


# -- consistency ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("belief", "consistent"), [((F(1, 2), F(1, 3)), False), ((F(1, 3), F(1, 3)), True)]
)
def test_two_players_agree_about_a_deviation(
    belief: tuple[Fraction, Fraction], consistent: bool
) -> None:
    game = twin_beliefs(1, 1)
    sets = dict(game.decisions())
    profile = {p: (F(1), *[F(0)] * (len(h.actions) - 1)) for p, h in sets.items()}
    at = {h.move[0]: p for p, h in sets.items()}
    beliefs = {p: (F(1),) * len(h.nodes) for p, h in sets.items()}
    beliefs[at["B"]] = belief[0], 1 - belief[0]
    beliefs[at["C"]] = belief[1], 1 - belief[1]
    assert is_consistent(game, profile, beliefs) is consistent


@pytest.mark.parametrize(("first", "second", "found"), [(2, 1, True), (1, 2, False)])
def test_rationality_under_one_belief(first: int, second: int, found: bool) -> None:
    """B wants a ratio of at most `first`, C of at least `second`; both hold the same one."""
    game = twin_beliefs(first, second)
    sets = dict(game.decisions())
    profile = {p: (F(1), *[F(0)] * (len(h.actions) - 1)) for p, h in sets.items()}
    assert (AssessmentSearch(game).assessment(profile) is not None) is found


@pytest.mark.parametrize(("first", "second", "found"), [(2, 1, True), (3, 1, True), (1, 1, False)])
def test_products_of_trembles(first: int, second: int, found: bool) -> None:
    """One set sees the products of two deviations with a third, and a fourth: linked by monomials.

    B stays iff b <= first * c. If he leaves, C moves, and also after x. C plays his first action
    iff x >= c * d and b * d >= second * c * d + x. Both hold for some trembles iff
    first >= second + 1.
    """

    def at_c(*values: int) -> Choice:
        return Choice(2, tuple((0, 0, value) for value in values), "C")

    def at_b(gain: int, *values: int) -> Choice:
        leaving = Choice(2, tuple((0, gain, value) for value in values), "C")
        return Choice(1, ((0, 0, 0), leaving), "B")

    tree = Choice(0, ((1, 0, 0), at_b(1, 0, 0, -1), at_b(-first, 0, 1, second), at_c(0, -1, 1)))
    game = game_of(tree, 3)
    profile = {p: (F(1), *[F(0)] * (len(h.actions) - 1)) for p, h in game.decisions()}
    search = AssessmentSearch(game)
    one = search.assessment(profile)
    assert (one is not None) is found
    assert search.undecided == 0
    if one is not None:
        assert is_consistent(game, profile, one.beliefs)
        assert certify_assessment(game, profile, one.beliefs).holds


def test_bayes_applies_off_the_path_too() -> None:
    """After A's surprising move nobody saw the draw, so beliefs about it stay those of chance."""

    def after(draw: int) -> Choice:
        replies = Choice(1, ((0, 2 * (draw == 0)), (3, draw == 1)), "B")
        return Choice(0, ((1, 0), replies), "A")

    tree = Draw((F(1, 2), F(1, 2)), (after(0), after(1)))
    for concept in ("sequential", "perfect-bayesian"):
        assert solve_outcomes(tree, 2, concept) == {(F(1), F(0))}
    # Nash equilibrium would let B believe anything, but even so A stays.
    assert (F(1), F(0)) in solve_outcomes(tree, 2, "nash")


# -- mixed equilibria -----------------------------------------------------------------------------


def test_matching_pennies_behind_an_outside_option() -> None:
    """The subgame has one equilibrium, mixed; A enters iff it is worth more than staying out."""

    def game(out: int) -> Tree:
        inner = tuple(
            Choice(1, tuple((4, 0) if a == b else (0, 4) for b in range(2)), "B") for a in range(2)
        )
        return Choice(0, ((out, 1), Choice(0, inner)))

    for concept in ("sequential", "perfect-bayesian"):
        assert solve_outcomes(game(1), 2, concept) == {(F(2), F(2))}
        assert solve_outcomes(game(3), 2, concept) == {(F(3), F(1))}


def test_three_players_mix() -> None:
    """A wants to do as B, B as C, and C not as A: each must toss a coin."""

    def row(a: int, b: int) -> Choice:
        return Choice(2, tuple((a == b, b == c, a != c) for c in range(2)), "third")

    tree = Choice(
        0, tuple(Choice(1, tuple(row(a, b) for b in range(2)), "second") for a in range(2))
    )
    solution = negotiation.solve(game_of(tree, 3), "nash", method="support-enumeration")
    assert solution.complete
    (equilibrium,) = solution.equilibria
    assert tuple(equilibrium.payoffs.values()) == (F(1, 2), F(1, 2), F(1, 2))
    assert equilibrium.certificate.largest_gain == 0


def test_irrational_equilibria_are_said() -> None:
    """Each volunteers unless both others do: where all mix each does so with probability 2**-0.5.

    Else one plays for sure: he does not and the others do, or he does and they toss coins.
    """

    def row(a: int, b: int) -> Choice:
        leaves = []
        for c in range(2):
            played = (a, b, c)
            others = [[q for k, q in enumerate(played) if k != me] for me in range(3)]
            leaves.append(
                tuple(
                    0 if own else (1 if any(rest) else -1)
                    for own, rest in zip(played, others, strict=True)
                )
            )
        return Choice(2, tuple(leaves), "third")

    tree = Choice(
        0, tuple(Choice(1, tuple(row(a, b) for b in range(2)), "second") for a in range(2))
    )
    solution = negotiation.solve(game_of(tree, 3), "nash", method="support-enumeration")
    assert sorted(tuple(e.payoffs.values()) for e in solution.equilibria) == [
        (0, 0, F(1, 2)),
        (0, F(1, 2), 0),
        (0, 1, 1),
        (F(1, 2), 0, 0),
        (1, 0, 1),
        (1, 1, 0),
    ]
    assert not solution.complete
    assert "irrational" in solution.message
    (conditions,) = solution.conditions
    assert conditions.equilibrium is None
    assert sorted(conditions.conditions) == [
        "p(move 0: a0) p(second of B: a0) = 1/2",
        "p(move 0: a0) p(third of C: a0) = 1/2",
        "p(second of B: a0) p(third of C: a0) = 1/2",
    ]


def test_entry_that_is_worth_nothing_or_something() -> None:
    """A may mix between two ends that are worth the same: a hull of outcomes."""
    solution = negotiation.solve(game_of(Choice(0, ((1, 0), (1, 2), (0, 5))), 2), "sequential")
    assert solution.complete
    assert len(solution.equilibria) == 2
    (component,) = solution.components
    assert component.hull
    assert component.equilibria == (0, 1)


# -- refinements ----------------------------------------------------------------------------------


def test_a_dominated_equilibrium_is_sequential_and_not_perfect() -> None:
    """At the same time each of two may ask for nothing; nobody can gain by asking alone."""
    tree = together((0, 1), (2, 2), [(1, 1), (0, 0), (0, 0), (0, 0)], "stage")
    everything = negotiation.solve(game_of(tree, 2), "sequential")
    assert {tuple(e.payoffs.values()) for e in everything.equilibria} == {(1, 1), (0, 0)}
    kept = negotiation.solve(game_of(tree, 2), "sequential", select="perfect")
    assert [tuple(e.payoffs.values()) for e in kept.equilibria] == [(1, 1)]
    assert kept.complete
    assert "weakly dominated" in kept.message


def test_forward_induction_with_an_outside_option() -> None:
    """Battle of the sexes after an option worth 2: who enters means 3 (van Damme 1989)."""
    battle = together((0, 1), (2, 2), [(3, 1), (0, 0), (0, 0), (1, 3)], "stage")
    game = game_of(Choice(0, ((2, 2), battle)), 2)
    everything = negotiation.solve(game, "sequential")
    assert {tuple(e.payoffs.values()) for e in everything.equilibria} == {(2, 2), (3, 1)}
    kept = negotiation.solve(game, "sequential", select="forward-induction")
    assert [tuple(e.payoffs.values()) for e in kept.equilibria] == [(3, 1)]
    assert "in round" in kept.message


def test_forward_induction_is_for_two() -> None:
    with pytest.raises(MethodError, match="3 have one"):
        negotiation.solve(horse(), "sequential", select="forward-induction")


def test_refinements_of_equilibria_found_before() -> None:
    battle = together((0, 1), (2, 2), [(3, 1), (0, 0), (0, 0), (1, 3)], "stage")
    game = game_of(Choice(0, ((2, 2), battle)), 2)
    found = negotiation.solve(game, "nash").equilibria
    kept = select_equilibria(game, found, "forward-induction")
    assert len(found) > 1
    assert [tuple(e.payoffs.values()) for e in kept] == [(3, 1)]
    found = negotiation.solve(horse(), "nash").equilibria
    kept = select_equilibria(horse(), found, "perfect")
    assert [tuple(e.payoffs.values()) for e in kept] == [(1, 1, 1)]


def test_rules_go_on_after_refinements() -> None:
    battle = together((0, 1), (2, 2), [(3, 1), (0, 0), (0, 0), (1, 3)], "stage")
    game = game_of(Choice(0, ((2, 2), battle)), 2)
    kept = negotiation.solve(game, "nash", select="forward-induction,preferred:B")
    assert [tuple(e.payoffs.values()) for e in kept.equilibria] == [(3, 1)]


# -- refusals and records -------------------------------------------------------------------------


def chain(length: int, actions: int) -> Tree:
    """Players stop or go on; whoever goes on first, the last mover does not see who did."""

    def rest(k: int) -> Tree:
        if k == length:
            return Choice(1, ((1, 2), (2, 1)), "end")
        stops = tuple((k, a) for a in range(actions - 1))
        return Choice(0, (*stops, rest(k + 1)), f"step {k}")

    return Choice(0, (rest(0), Choice(1, ((0, 1), (3, 0)), "end"), (0, 0)))


def test_too_many_sets_are_refused() -> None:
    with pytest.raises(MethodError, match=r"11 information sets with a choice \(limit 10\)"):
        negotiation.solve(game_of(chain(9, 2), 2), "sequential")


def test_many_supports_leave_the_pure_ones() -> None:
    solution = negotiation.solve(game_of(chain(6, 3), 2), "sequential")
    assert solution.method == "assessments"
    assert solution.equilibria
    assert not solution.complete
    assert "choices of supports (limit 20,000)" in solution.message


def test_too_many_histories_are_refused() -> None:
    """Thirteen actions of A, of which B sees only whether the first was played."""
    after = [Choice(1, ((1, k), (2, k % 3)), "B") for k in range(13)]
    with pytest.raises(MethodError, match=r"13 histories at B of B \(limit 12\)"):
        AssessmentSearch(game_of(Choice(0, ((0, 0), *after)), 2))


def test_observed_moves_are_solved_by_subgames() -> None:
    """Where play cannot pass by a set, beliefs are Bayes' and subgame perfection is enough."""
    tree: Tree = (0, 0)
    for k in range(12):
        stage = together((0, 1), (2, 2), [(k, 1), (0, 0), (0, 0), tree], f"stage {k}")
        tree = Choice(k % 2, ((k, 1), stage))
    game = game_of(tree, 2)
    for concept in ("sequential", "perfect-bayesian"):
        found = negotiation.solve(game, concept, select="payoff-dominant")
        plain = negotiation.solve(game, "subgame-perfect", select="payoff-dominant")
        assert found.method == "subgame-beliefs"
        assert [e.payoffs for e in found.equilibria] == [e.payoffs for e in plain.equilibria]
        for one in found.equilibria:
            beliefs = {
                p: [q for _, q in b.histories]
                for (p, _), b in zip(game.decisions(), one.beliefs, strict=True)
            }
            assert certify_assessment(game, one.profile, beliefs).holds
            assert is_consistent(game, one.profile, beliefs)


def test_imperfect_recall_is_refused() -> None:
    tree = Choice(0, (Choice(0, ((0,), (1,)), "again"), Choice(0, ((1,), (0,)), "again")))
    game = game_of(tree, 1)
    with pytest.raises(GameError, match="imperfect recall: A came to"):
        AssessmentSearch(game)
    for concept in ("sequential", "perfect-bayesian"):
        with pytest.raises(MethodError, match="imperfect recall"):
            negotiation.solve(game, concept)


def test_a_spent_budget_is_said() -> None:
    solution = negotiation.solve(horse(), "sequential", budget=0.0)
    assert (solution.termination, solution.complete) == ("budget", False)


def test_certificates_find_gains_and_false_beliefs() -> None:
    game = horse()
    profile = {p: (F(1), F(0)) for p, _ in game.decisions()}
    beliefs = {p: (F(1),) * len(h.nodes) for p, h in game.decisions()}
    last = next(p for p, h in game.decisions() if len(h.nodes) == 2)
    beliefs[last] = F(1, 2), F(1, 2)
    certificate = certify_assessment(game, profile, beliefs)
    assert dict(certificate.gains) == {"A": F(2), "B": F(3), "C": F(0)}
    assert certificate.places["B"] == "at move 1"
    profile[last] = F(0), F(1)
    profile[0] = F(0), F(1)
    with pytest.raises(UsageError, match="does not follow from the profile by Bayes' rule"):
        certify_assessment(game, profile, beliefs)
    with pytest.raises(UsageError, match="the profile says nothing here"):
        certify_assessment(game, profile, {})


def test_own_later_moves_count_in_certificates() -> None:
    """A gain that needs two deviations at once is found."""
    tree = Choice(0, ((1, 0), Choice(1, (Choice(0, ((0, 0), (3, 0))), (0, 0)))))
    game = game_of(tree, 2)
    profile = {p: (F(1), F(0)) for p, _ in game.decisions()}
    beliefs = {p: (F(1),) for p, _ in game.decisions()}
    assert certify_assessment(game, profile, beliefs).gains["A"] == 3


@pytest.mark.parametrize("concept", ["nash", "sequential"])
def test_json_follows_the_schema(concept: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = negotiation.solve(horse(), concept).to_dict()
    jsonschema.validate(document, schema)
    assert document["conditions"]


def test_beliefs_and_conditions_in_words() -> None:
    lines = "\n".join(solution_lines(negotiation.solve(horse(), "sequential")))
    assert "belief at last of C: move 0 = a0, move 1 = a1 2/3 (about 0.666667)" in lines
    assert "continuum, equilibrium 1: " in lines
    assert "p(last of C: a0) <= 1/4" in lines
