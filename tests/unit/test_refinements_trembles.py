"""Trembling-hand perfection of sender-receiver games, compared with the definition and z3."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from math import prod

import pytest
import z3

import negotiation
from negotiation.formats.strategic_form import strategic_form
from negotiation.solvers.assessment_outcomes import all_by_signals, path_outcome
from negotiation.solvers.dominance import dominating_strategy, mixed_strategy
from negotiation.solvers.refinements_trembles import SignalTrembles
from negotiation.solvers.sender_receiver import sender_receiver
from negotiation.solvers.sequential import AssessmentSearch
from negotiation.solvers.signalling import assessment, signalling_equilibria
from negotiation.solvers.trembling_hand import PerfectSearch, _are_independent
from tests.oracles.assessment_brute_force import Row, Signalling, random_signalling
from tests.oracles.trees import Choice, Draw, game_of, together
from tests.unit.test_signalling import beer_quiche

F = Fraction
SHAPES = [(2, 2, 2), (2, 3, 2), (3, 2, 2), (2, 2, 3), (2, 3, 3), (3, 3, 2)]


def number(q: Fraction) -> z3.RatNumRef:
    return z3.RatVal(q.numerator, q.denominator)


def is_perfect(game: Signalling, x: Sequence[Row], y: Sequence[Row]) -> bool:
    """Return whether an outcome is perfect: trembles, and replies off the path, by one formula.

    A mixture of an equilibrium with a tremble against which it is best is another one, so one
    tremble of each side is enough.
    """
    types, messages, responses = map(range, game.shape)
    replies = [
        list(map(number, y[m]))
        if any(row[m] for row in x)
        else [z3.Real(f"reply {m} {a}") for a in responses]
        for m in messages
    ]
    sent = [[z3.Real(f"sent {t} {m}") for m in messages] for t in types]
    given = [[z3.Real(f"given {m} {a}") for a in responses] for m in messages]
    solver = z3.Solver()
    for row in (*replies, *sent, *given):
        solver.add(z3.Sum(row) == 1, *(share >= 0 for share in row))
    for row in (*sent, *given):
        solver.add(*(share > 0 for share in row))
    for t, m, other in itertools.product(types, messages, messages):
        for shares in (replies, given) if x[t][m] else ():
            worth = [
                z3.Sum([p * number(u) for p, u in zip(shares[k], game.u[t][k], strict=True)])
                for k in (m, other)
            ]
            solver.add(worth[0] >= worth[1])
    for m, a, other in itertools.product(messages, responses, responses):
        gain = z3.Sum(
            [
                sent[t][m] * number(game.prior[t] * (game.v[t][m][a] - game.v[t][m][other]))
                for t in types
            ]
        )
        solver.add(z3.Or(replies[m][a] == 0, gain >= 0))
    return bool(solver.check() == z3.sat)


def compared(seed: int, shapes: Sequence[tuple[int, int, int]], most: int = 8) -> list[bool]:
    """Return which extreme outcomes of a random game are perfect, by both ways."""
    draws = random.Random(f"trembles {seed}")
    shape = draws.choice(shapes)
    table = random_signalling(draws, shape, draws.choice((1, 2, 9)))
    form = sender_receiver(game_of(table.tree(), 2))
    trembles = SignalTrembles(form)
    found = []
    for point in signalling_equilibria(form).outcomes[:most]:
        x = [point.x[k : k + shape[1]] for k in range(0, len(point.x), shape[1])]
        found.append(not trembles.reason(point.x, point.y))
        assert found[-1] == is_perfect(table, x, point.y)
    return found


def test_outcomes_are_perfect_by_definition() -> None:
    found = [one for seed in range(6) for one in compared(seed, SHAPES[:4], 3)]
    assert min(found.count(True), found.count(False)) > 3


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_outcomes_of_many_games_are_perfect_by_definition(part: int) -> None:
    found = [one for seed in range(part, 500, 10) for one in compared(seed, SHAPES)]
    assert min(found.count(True), found.count(False)) > 30


def test_what_trembles_prove_by_series_is_perfect() -> None:
    """Trembles of a pure profile, agent by agent, in powers of a small number."""
    found = [one for seed in range(14) for one in proved_by_series(seed)]
    assert min(found.count(True), found.count(False)) > 3


def proved_by_series(seed: int) -> list[bool]:
    """Return of which outcomes of a game it is found that they are perfect, pure ones and mixed."""
    draws = random.Random(f"series {seed}")
    game = game_of(random_signalling(draws, (2, 2, 2), draws.choice((1, 2, 9))).tree(), 2)
    search = PerfectSearch(AssessmentSearch(game, "sequential", None))
    form = sender_receiver(game)
    found = []
    for point in signalling_equilibria(form).outcomes[:6]:
        profile = assessment(form, point).profile
        found.append(search.is_perfect(form.outcome(point.x, point.y), profile))
        assert not (found[-1] and SignalTrembles(form).reason(point.x, point.y))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_what_trembles_prove_in_many_games_is_perfect(part: int) -> None:
    found = [one for seed in range(part, 200, 4) for one in proved_by_series(seed)]
    assert min(found.count(True), found.count(False)) > 30


@pytest.mark.parametrize("part", range(4))
def test_in_tables_series_are_found_where_nothing_is_dominated(part: int) -> None:
    """Of two players an equilibrium is perfect iff no strategy is weakly dominated."""
    seen = set()
    for seed in range(part, 24, 4):
        draws = random.Random(f"tables {seed}")
        sizes, highest = draws.choice([(2, 2), (2, 3), (3, 3)]), draws.choice((1, 2, 9))
        ends = [(draws.randint(0, highest), draws.randint(0, highest)) for _ in range(prod(sizes))]
        game = game_of(together((0, 1), sizes, ends, "stage"), 2)
        search = PerfectSearch(AssessmentSearch(game, "sequential", None))
        for one in negotiation.solve(game, "nash").equilibria[:5]:
            profile = {position: tuple(shares) for position, shares in one.profile.items()}
            stands = not any(
                dominating_strategy(
                    strategic_form(game),
                    player,
                    mixed_strategy(strategic_form(game), player, profile),
                )
                for player in (0, 1)
            )
            assert search.is_perfect(path_outcome(game, profile), profile) == stands
            mixed = any(0 < share < 1 for shares in profile.values() for share in shares)
            seen.add((mixed, stands))
    assert len(seen) > 2


@pytest.mark.parametrize("dominated", [0, 1])
def test_who_plays_what_is_dominated_with_something_else_is_not_indifferent(dominated: int) -> None:
    """Both are as good as long as no mistake is made; one is worse after any mistake."""
    ends = [(1, 1), (int(dominated == 1), 0), (1, 1), (int(dominated == 0), 0)]
    game = game_of(together((0, 1), (2, 2), ends, "stage"), 2)
    profile = {0: (F(1, 2), F(1, 2)), 1: (F(1), F(0))}
    search = PerfectSearch(AssessmentSearch(game, "sequential", None))
    assert not search.is_perfect(path_outcome(game, profile), profile)
    pure = {0: (F(dominated), F(1 - dominated)), 1: (F(1), F(0))}
    assert search.is_perfect(path_outcome(game, pure), pure)


@pytest.mark.parametrize(("weights", "stands"), [((0, 0, 1, 1), True), ((1, 2, 0, 0), False)])
def test_two_who_mix_must_both_be_kept_indifferent(
    weights: tuple[int, int, int, int], stands: bool
) -> None:
    """Four mistakes: B is asked to name the first or the second, C by `weights` some of them.

    Both must mix, or a mistake pays. B needs the first two to be equally likely; that the first is
    twice as likely, as C then needs, is impossible. In the limit neither may be likely at all, so
    that the outcome is sequential all the same.
    """
    named = [0, 1, 0, 1]
    asked = []
    for k, weight in enumerate(weights):
        ends = [
            (
                3 * (named[k] == (b if k < 2 else c)),
                k < 2 and named[k] == b,
                weight * (c == named[k]),
            )
            for b, c in itertools.product((0, 1), repeat=2)
        ]
        asked.append(together((1, 2), (2, 2), [tuple(map(int, end)) for end in ends], "asked"))
    game = game_of(Choice(0, ((2, 0, 0), *asked)), 3)
    half = (F(1, 2), F(1, 2))
    profile = {0: (F(1), F(0), F(0), F(0), F(0)), 1: half, 2: half}
    search = AssessmentSearch(game, "sequential", None)
    assert search.assessment(profile) is not None
    assert PerfectSearch(search).is_perfect(((1, F(1)),), profile) == stands


@pytest.mark.parametrize(("outside", "stands"), [(2, True), (1, False)])
def test_a_continuum_off_the_path_is_perfect_by_a_point_inside_it(
    outside: int, stands: bool
) -> None:
    """Either reply alone makes one mistake pay 3, an even mixture makes both pay 3/2.

    Both replies are best only if one mistake is exactly as likely as the other.
    """
    asked = [Choice(1, ((3, 1), (0, 0)), "asked"), Choice(1, ((0, 0), (3, 1)), "asked")]
    game = game_of(Choice(0, ((outside, 0), *asked)), 2)
    search = PerfectSearch(AssessmentSearch(game, "sequential", None))
    for reply in [(F(1, 2), F(1, 2)), (F(1), F(0))]:
        profile = {0: (F(1), F(0), F(0)), 1: reply}
        assert search.is_perfect(((1, F(1)),), profile) == stands


def test_a_continuum_off_the_path_is_decided_in_a_tree() -> None:
    """Trembles in ratio 1:3 keep the first player indifferent between 4/9 and 43/51."""
    early = Choice(0, (Choice(0, ((13, 80), Choice(1, ((18, 4), (44, 87))))), (23, 36)), "asked")
    late = Choice(1, (Choice(0, ((43, 74), (50, 83)), "asked"), Choice(1, ((23, 79), (74, 69)))))
    game = game_of(Choice(1, (early, Choice(1, (late, (88, 62))))), 2)
    solution = negotiation.solve(game, "sequential", select="perfect")
    assert (solution.complete, solution.message) == (True, "")
    assert [e.payoffs["B"] for e in solution.equilibria] == [87, 83, 79]
    assert len(solution.conditions) == 1


def test_a_mixed_equilibrium_of_a_subgame_is_decided() -> None:
    """Three equilibria of a coordination game, and a strict choice before it."""
    stage = together((0, 1), (2, 2), [(4, 1), (0, 0), (0, 0), (1, 4)], "stage")
    later = Choice(1, (stage, (0, -1)))
    game = game_of(Choice(0, (Choice(0, (later, (-1, 0))), (-2, 5))), 2)
    solution = negotiation.solve(game, "sequential", select="perfect")
    assert (solution.complete, solution.message) == (True, "")
    assert {e.payoffs["A"] for e in solution.equilibria} == {4, 1, F(4, 5)}


@pytest.mark.parametrize(
    ("rows", "independent"),
    [([[1, 2], [2, 4]], False), ([[1, 2], [2, 5]], True), ([[0, 0]], False), ([], True)],
)
def test_linear_independence(rows: list[list[int]], independent: bool) -> None:
    assert _are_independent([[F(entry) for entry in row] for row in rows]) == independent


def test_payoffs_of_an_agent_are_those_of_all_profiles() -> None:
    """What is dominated does not hang on profiles that are left out, or counted twice."""
    for seed in range(6):
        game = game_of(random_signalling(random.Random(seed), (2, 2, 2), 3).tree(), 2)
        search = PerfectSearch(AssessmentSearch(game, "sequential", None))
        sets = dict(game.decisions())
        for position, head in sets.items():
            others = [p for p in sets if p != position]
            differences = set()
            for chosen in itertools.product(*(range(len(sets[p].actions)) for p in others)):
                worth = []
                for action in range(len(head.actions)):
                    played = {**dict(zip(others, chosen, strict=True)), position: action}
                    shares = {
                        p: tuple(F(a == k) for a in range(len(sets[p].actions)))
                        for p, k in played.items()
                    }
                    worth.append(game.expected(path_outcome(game, shares))[head.player])
                differences.add(tuple(u - worth[0] for u in worth))
            columns = list(zip(*search.agent_payoffs(position), strict=True))
            assert len(set(columns)) == len(columns)
            assert {tuple(u - column[0] for u in column) for column in columns} == differences


def test_mixed_outcomes_are_decided_each_by_itself() -> None:
    """The only equilibrium mixes; no other outcome is needed to see that it is perfect."""
    form = sender_receiver(beer_quiche(Fraction(3, 10)))
    (point,) = signalling_equilibria(form).outcomes
    assert SignalTrembles(form).reason(point.x, point.y) == ""


def test_a_reply_off_the_path_must_be_best_against_mistakes_too() -> None:
    """Only a reply that is never better, and as good against the first type alone, deters."""
    sent = [
        Choice(0, (Choice(1, ((2, 0), (2, 0)), "first"), Choice(1, ((0, 1), (3, 1 + t)), "second")))
        for t in range(2)
    ]
    game = game_of(Draw((Fraction(1, 2),) * 2, tuple(sent)), 2)
    everything = negotiation.solve(game, "sequential")
    assert any(e.payoffs["A"] == 2 for e in everything.equilibria)
    kept = negotiation.solve(game, "sequential", select="perfect")
    assert [e.payoffs["A"] for e in kept.equilibria] == [3]
    assert "for whatever small mistakes the types make, some reply is not best" in kept.message
    assert kept.complete


@pytest.mark.parametrize("shape", SHAPES[:3])
def test_perfect_outcomes_exist_and_are_decided(shape: tuple[int, int, int]) -> None:
    """Every game has a perfect equilibrium (Selten 1975); vertices are always decided."""
    for seed in range(2):
        game = game_of(random_signalling(random.Random(seed), shape, 9).tree(), 2)
        solution = negotiation.solve(game, "sequential", select="perfect")
        assert solution.equilibria or not solution.complete
        assert "which is kept" not in solution.message or all_by_signals(game).continua
