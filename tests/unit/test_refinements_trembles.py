"""Trembling-hand perfection of sender-receiver games, compared with the definition and z3."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction

import pytest
import z3

import negotiation
from negotiation.solvers.assessment_outcomes import all_by_signals
from negotiation.solvers.refinements_trembles import SignalTrembles
from negotiation.solvers.sender_receiver import sender_receiver
from negotiation.solvers.sequential import AssessmentSearch
from negotiation.solvers.signalling import signalling_equilibria
from negotiation.solvers.trembling_hand import PerfectSearch
from tests.oracles.assessment_brute_force import Row, Signalling, random_signalling
from tests.oracles.trees import Choice, Draw, game_of
from tests.unit.test_signalling import beer_quiche

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
    proved = 0
    for seed in range(4):
        game = game_of(random_signalling(random.Random(seed), (2, 2, 2), 9).tree(), 2)
        search = PerfectSearch(AssessmentSearch(game, "sequential", None))
        form = sender_receiver(game)
        for point in signalling_equilibria(form).outcomes:
            if search.is_perfect(form.outcome(point.x, point.y)):
                proved += 1
                assert not SignalTrembles(form).reason(point.x, point.y)
    assert proved > 1


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
