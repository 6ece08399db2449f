"""Continua of small trees by conditions: what is said of them, and that all of it is right."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

import negotiation
from negotiation.game import Game
from negotiation.solution import Solution
from negotiation.solvers import assessment_outcomes, belief_weights
from negotiation.solvers.belief_weights import without_weights
from negotiation.solvers.support_domains import Domain, Relation, Space
from tests.oracles.condition_sets import PrintedSet
from tests.oracles.trees import Choice, Draw, Tree, game_of, together
from tests.properties.test_condition_sets import games, is_equilibrium

F = Fraction
SCHEMA = Path(negotiation.__file__).parent / "schemas" / "solution-1.json"
PENNIES = ((0, 1, -1), (0, -1, 1), (0, -1, 1), (0, 1, -1))
Leaf = tuple[int, ...]


def entry(*inside: Leaf) -> Game:
    """A stays out for nothing or enters; then B and C move at the same time."""
    return game_of(Choice(0, ((0, 0, 0), together((1, 2), (2, 2), inside, "pair"))), 3)


def typed(inside: Callable[[int], tuple[Leaf, ...]]) -> Game:
    """The same with a draw before that A alone sees."""

    def after(draw: int) -> Tree:
        return Choice(0, ((0, 0, 0), together((1, 2), (2, 2), inside(draw), "pair")))

    return game_of(Draw((F(1, 2), F(1, 2)), (after(0), after(1))), 3)


def by_supports(game: Game, concept: str) -> Solution:
    method = "support-enumeration" if concept == "nash" else "assessments"
    solution = negotiation.solve(game, concept, method=method)
    jsonschema.validate(solution.to_dict(), json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert solution.complete, solution.message
    rng = random.Random(1)
    for printed in solution.conditions:
        for profile in PrintedSet(game, printed).points(rng, 6):
            assert is_equilibrium(game, concept, profile), (printed, profile)
    return solution


HALVES = ("p(pair of B: a0) = 1/2", "p(pair of C: a0) = 1/2")


@pytest.mark.parametrize("concept", ["sequential", "perfect-bayesian"])
def test_pennies_are_tossed_off_the_path_too(concept: str) -> None:
    """Whether A enters or not; staying out leaves no freedom, and is one profile."""
    solution = by_supports(entry(*PENNIES), concept)
    (one,) = solution.conditions
    assert (one.equilibrium, one.component, sorted(one.conditions)) == (None, 0, sorted(HALVES))
    (component,) = solution.components
    assert (component.equilibria, component.hull) == ((0, 1), True)


def test_pennies_that_nobody_sees_are_free_in_nash_equilibria() -> None:
    solution = by_supports(entry(*PENNIES), "nash")
    conditions = {one.equilibrium: one for one in solution.conditions}
    assert conditions[0].conditions == ()
    assert sorted(conditions[None].conditions) == sorted(HALVES)
    assert conditions[None].component == 0
    assert solution.components[0].equilibria == (0, 1)


def test_pennies_after_a_draw_are_one_set() -> None:
    """Nine choices of supports of A, of which the largest holds all others."""
    solution = by_supports(typed(lambda _: PENNIES), "sequential")
    (one,) = solution.conditions
    assert [len(s.probabilities) for s in one.strategies] == [2, 2, 2, 2]
    assert sorted(one.conditions) == sorted(HALVES)
    (component,) = solution.components
    assert (component.equilibria, component.hull) == ((0, 1, 2, 3), True)


@pytest.mark.parametrize("concept", ["nash", "sequential"])
def test_components_are_those_of_backward_induction(concept: str) -> None:
    """A enters if B is soft with probability 1/3 or more, and mixes at 1/3."""
    game = entry((-1, 0, 0), (-1, 0, -1), (2, 0, 0), (2, 0, -1))
    theirs = negotiation.solve(game, "subgame-perfect")
    ours = by_supports(game, concept)

    def hulls(solution: Solution) -> set[frozenset[tuple[Fraction, ...]]]:
        assert all(one.hull for one in solution.components)
        paths = [(*entry.payoffs.values(), F(len(entry.outcomes))) for entry in solution.equilibria]
        return {frozenset(paths[k] for k in one.equilibria) for one in solution.components}

    assert hulls(ours) == hulls(theirs)
    assert len(hulls(ours)) == 2
    worst = negotiation.solve(game, concept, select="worst:A", method=ours.method)
    assert worst.complete, worst.message
    assert {e.payoffs["A"] for e in worst.equilibria} == {F(0)}


def test_curved_sets_are_among_the_conditions_alone() -> None:
    """A enters iff B and C, for whom it is all the same, do not both fight too often."""
    game = entry((2, 0, 0), (-1, 0, 0), (2, 0, 0), (2, 0, 0))
    solution = by_supports(game, "sequential")
    alone = [c for c in solution.conditions if c.equilibrium is None and c.component is None]
    assert len(alone) == 2  # A enters, or mixes; if he stays out there is one outcome.
    assert not any(" > 0" in text for one in alone for text in one.conditions)
    assert {frozenset(one.equilibria) for one in solution.components} >= {
        frozenset({0, k}) for k in (4, 5)
    }


def test_a_limit_that_is_no_equilibrium_is_excluded() -> None:
    """C gains 3 b by his first action after one type and 1 - 3 b after the other, b for B's first.

    Let the types enter with probabilities p and q. C mixes iff 3 b p + (1 - 3 b) q = 0, which says
    nothing of b if p = q = 0; but no belief at all makes him mix if 0 < b < 1/3.
    """
    game = typed(
        lambda draw: tuple(
            (0, 0, (c == 0) * ((3 * (b == 0)), (-2 if b == 0 else 1))[draw])
            for b in range(2)
            for c in range(2)
        )
    )
    solution = by_supports(game, "sequential")
    texts = [text for one in solution.conditions for text in one.conditions]
    assert any(" > 0" in text for text in texts)
    assert not any("weight" in text or "tremble" in text for text in texts)
    moves = {head.move: position for position, head in game.decisions()}
    half = (F(1, 2), F(1, 2))
    out = dict.fromkeys(moves.values(), (F(1), F(0))) | {moves["pair of C"]: half}
    sets = [PrintedSet(game, one) for one in solution.conditions]
    for share in (F(0), F(1, 4), F(1, 3), F(1, 2), F(1)):
        profile = out | {moves["pair of B"]: (share, 1 - share)}
        mixes = share == 0 or share >= F(1, 3)
        assert is_equilibrium(game, "sequential", profile) is mixes
        assert any(one.holds(profile) for one in sets) is mixes


@pytest.mark.parametrize("concept", ["nash", "sequential"])
def test_no_set_is_part_of_another(concept: str) -> None:
    """Checked on points of each: some point is in no other set."""
    game = typed(lambda draw: tuple((0, draw * b, c) for b in range(2) for c in range(2)))
    solution = by_supports(game, concept)
    sets = [PrintedSet(game, one) for one in solution.conditions]
    for k, one in enumerate(sets):
        points = list(one.points(random.Random(k), 20))
        for j, other in enumerate(sets):
            assert j == k or not all(map(other.holds, points)), (k, j)


def test_sets_are_right_when_time_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is compared: curved sets have all their strict inequalities."""
    game = entry((2, 0, 0), (-1, 0, 0), (2, 0, 0), (2, 0, 0))
    monkeypatch.setattr(assessment_outcomes, "time", _Late())
    solution = negotiation.solve(game, "sequential", method="assessments", budget=600)
    for printed in solution.conditions:
        for profile in PrintedSet(game, printed).points(random.Random(1), 4):
            assert is_equilibrium(game, "sequential", profile)
    assert any(" > 0" in text for one in solution.conditions for text in one.conditions)


class _Late:
    """A clock that jumps by an hour at the third look."""

    looks = 0

    def monotonic(self) -> float:
        import time

        self.looks += 1
        return time.monotonic() + 3600 * (self.looks > 2)


# -- weights --------------------------------------------------------------------------------------


def with_weights(count: int) -> Domain:
    """Two sets of two actions that mix, and some weights."""
    game = game_of(Choice(0, (Choice(1, ((0, 0), (0, 0))), (0, 0))), 2)
    decisions = dict(game.decisions())
    return Domain(Space(decisions), dict.fromkeys(decisions, (0, 1)), weights=count)


def test_a_common_weight_is_divided_out() -> None:
    domain = with_weights(2)
    p, *_ = domain.ring.gens()
    total = domain.weight(0) + domain.weight(1)
    ((one,),) = without_weights(domain, [Relation(total * (2 * p - 1), "=")]) or [[]]
    assert (str(one.form), one.sign) == (str(2 * p - 1), "=")


def test_bounds_of_a_weight_are_joined() -> None:
    """2 w <= (1 - p) v and w >= q v, for some positive w and v."""
    domain = with_weights(2)
    shares = [domain.ring.gens()[k] for own in domain.blocks.values() for k in own]
    p, q = shares
    v, w = domain.weight(0), domain.weight(1)
    relations = [Relation((1 - p) * v - 2 * w, ">="), Relation(w - q * v, ">=")]
    ((one,),) = without_weights(domain, relations) or [[]]
    assert (str(one.form), one.sign) == (str(1 - p - 2 * q), ">=")


def test_a_coefficient_of_open_sign_makes_cases() -> None:
    """(2 p - 1) w >= v has a solution iff p > 1/2."""
    domain = with_weights(2)
    p, *_ = domain.ring.gens()
    relation = Relation((2 * p - 1) * domain.weight(1) - domain.weight(0), ">=")
    cases = without_weights(domain, [relation])
    assert cases is not None
    assert {(str(one.form), one.sign) for case in cases for one in case} == {(str(2 * p - 1), ">")}


def test_too_many_cases_leave_named_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights are named; the outcomes and the sets that need none are as before."""
    game = games(10)
    before = negotiation.solve(game, "sequential", method="assessments")
    monkeypatch.setattr(belief_weights, "MAX_CASES", 0)
    after = negotiation.solve(game, "sequential", method="assessments")
    texts = [[text for one in s.conditions for text in one.conditions] for s in (before, after)]
    assert not any("weight(" in text for text in texts[0])
    assert any("weight(move 0 = a1)" in text for text in texts[1])
    assert [e.outcomes for e in after.equilibria] == [e.outcomes for e in before.equilibria]
    for printed in after.conditions:
        if not any("weight(" in text for text in printed.conditions):
            for profile in PrintedSet(game, printed).points(random.Random(1), 4):
                assert is_equilibrium(game, "sequential", profile)
