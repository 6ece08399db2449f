"""Continua by conditions: all that they hold are equilibria, and no equilibrium is missing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import pytest

import negotiation
from negotiation.certify import certify, certify_assessment
from negotiation.game import Distribution, Game
from negotiation.solution import Solution
from negotiation.solvers.assessment_outcomes import all_by_supports, path_outcome
from negotiation.solvers.beliefs import is_consistent
from negotiation.solvers.linear_program import Infeasible, LinearProgram, solve_linear_program
from negotiation.solvers.mixed_assessments import MixedSearch
from negotiation.solvers.sequential import AssessmentSearch
from tests.oracles.condition_sets import PrintedSet, Profile, random_profile
from tests.oracles.seeds import few_and_many
from tests.oracles.trees import Choice, Draw, RandomTrees, Tree, few, game_of, together

F = Fraction
SHARES = (F(0), F(0), F(1, 3), F(1, 2), F(1, 2), F(2, 3), F(1))
METHODS = {
    "nash": "support-enumeration",
    "sequential": "assessments",
    "perfect-bayesian": "assessments",
}


def is_equilibrium(game: Game, concept: str, profile: Profile) -> bool:
    """Return whether a profile is in equilibrium; beliefs that say so are certified."""
    if concept == "nash":
        return certify(game, profile, "nash").holds
    found = AssessmentSearch(game, concept).assessment(profile)
    if found is None:
        return False
    assert certify_assessment(game, profile, found.beliefs).holds
    assert concept != "sequential" or is_consistent(game, profile, found.beliefs)
    return True


def entrants(rng: random.Random) -> Tree:
    """A type enters or stays out; two others then move who see neither the type nor each other."""
    staying = (0, rng.randrange(2), rng.randrange(2))
    highest = rng.choice((1, 2))  # With 1 it is all the same to the first.

    def after() -> Tree:
        leaves = [(rng.randrange(highest), *rng.choices((-1, 0, 1), k=2)) for _ in range(4)]
        return Choice(0, (staying, together((1, 2), (2, 2), leaves, "inside")))

    return Draw((F(1, 2), F(1, 2)), (after(), after()))


def unseen(rng: random.Random) -> Tree:
    """One may leave in two ways that neither of two others tells apart, one after the other."""

    highest = rng.choice((1, 3))

    def leaf() -> Tree:
        return rng.randrange(highest), rng.randrange(3), rng.randrange(3)

    def last() -> Tree:
        return Choice(2, (leaf(), leaf()), "last")

    def middle() -> Tree:
        return Choice(1, (last(), rng.choice((last(), leaf()))), "middle")

    return Choice(0, (leaf(), middle(), rng.choice((middle(), last()))))


def games(seed: int) -> Game:
    """Return a small game of three players where ties abound."""
    rng = random.Random(seed)
    while True:
        kind = seed % 3
        if kind == 0:
            game = game_of(entrants(rng), 3)
        elif kind == 1:
            game = game_of(unseen(rng), 3)
        else:
            stages = ("decide", "together2", "signal", "hidden", "draw")
            _, game = RandomTrees(rng, 3, few, stages).game(3, profiles=40)
        if all(map(all, game.probabilities.values())):
            return game


def solved(seed: int, concept: str) -> tuple[Game, Solution]:
    game = games(seed)
    return game, negotiation.solve(game, concept, method=METHODS[concept])


@pytest.mark.parametrize("concept", list(METHODS))
@pytest.mark.parametrize("seeds", few_and_many(3, 60))
def test_all_points_of_a_set_are_equilibria(concept: str, seeds: Sequence[int]) -> None:
    """Points inside and on the faces of what is printed, taken from the text alone."""
    checked = 0
    for seed in seeds:
        game, solution = solved(seed, concept)
        for number, printed in enumerate(solution.conditions):
            for profile in PrintedSet(game, printed).points(random.Random(seed), 4):
                checked += 1
                assert is_equilibrium(game, concept, profile), (seed, number, profile)
    assert checked > 4 * len(seeds)


@pytest.mark.parametrize("concept", list(METHODS))
@pytest.mark.parametrize("seeds", few_and_many(3, 60))
def test_every_equilibrium_is_in_a_set_or_isolated(concept: str, seeds: Sequence[int]) -> None:
    """Random profiles, and points of the sets with one information set changed."""
    inside = alone = 0
    for seed in seeds:
        game, solution = solved(seed, concept)
        if not solution.complete:
            continue
        sets = [PrintedSet(game, printed) for printed in solution.conditions]
        isolated = list(_isolated(game, concept))
        for profile in _tried(random.Random(seed), game, sets):
            if not is_equilibrium(game, concept, profile):
                continue
            if any(one.holds(profile) for one in sets):
                inside += 1
            else:
                alone += 1
                pure = all(max(row) == 1 for row in profile.values())
                assert profile in isolated or (pure and concept != "nash"), (seed, profile)
    assert inside > len(seeds)
    assert alone > 0 or len(seeds) < 18  # few are alone


def _isolated(game: Game, concept: str) -> Iterator[Profile]:
    """Yield the profiles that the search gives as the only ones with their supports."""
    for found in MixedSearch(AssessmentSearch(game, concept)).outcomes():
        if found.assessment is not None and not found.sets:
            yield dict(found.assessment.profile)


def _tried(rng: random.Random, game: Game, sets: Sequence[PrintedSet]) -> Iterator[Profile]:
    for _ in range(40):
        yield random_profile(rng, game, SHARES)
    for one in sets:
        for profile in one.points(rng, 3):
            other = random_profile(rng, game, SHARES)
            position = rng.choice(list(profile))
            yield {**profile, position: other[position]}


@pytest.mark.parametrize("concept", list(METHODS))
@pytest.mark.parametrize("seeds", few_and_many(3, 60))
def test_every_mixture_of_a_hull_is_an_outcome(concept: str, seeds: Sequence[int]) -> None:
    """What is played on its path is read off it, and extended to a point of a set that is printed.

    Points of a set that is spanned have outcomes in the hull of what spans it.
    """
    mixed = inside = 0
    for seed in seeds:
        game, rng = games(seed), random.Random(seed)
        found = all_by_supports(game, concept)
        sets = [PrintedSet(game, one) for _, one in [*found.conditions, *found.spanned]]
        for continuum in found.continua:
            outcomes = [vertex.outcome for vertex in continuum.vertices]
            if continuum.hull:
                target = _mixture(rng, outcomes)
                rows = _played(game, target)
                extended = filter(None, (one.point_with(rows) for one in sets))
                profile = next(extended, None)
                assert profile is not None, (seed, target)
                assert dict(path_outcome(game, profile)) == target
                assert is_equilibrium(game, concept, profile), (seed, profile)
                mixed += 1
        for keys, one in found.spanned:
            for profile in PrintedSet(game, one).points(rng, 3):
                assert _in_hull(path_outcome(game, profile), [key[1] for key in keys]), seed
                inside += 1
    assert mixed > len(seeds) / 3
    assert inside > len(seeds)


def _mixture(rng: random.Random, outcomes: Sequence[Distribution]) -> dict[int, Fraction]:
    weights = [rng.randrange(1, 6) for _ in outcomes]
    mixed: dict[int, Fraction] = {}
    for weight, outcome in zip(weights, outcomes, strict=True):
        for node, p in outcome:
            mixed[node] = mixed.get(node, F(0)) + p * F(weight, sum(weights))
    return mixed


def _played(game: Game, outcome: Mapping[int, Fraction]) -> Profile:
    """Return what is played at the sets that are reached."""
    weights = [F(0)] * len(game.set_of)
    for node, p in outcome.items():
        while node >= 0:
            weights[node] += p
            node = game.parent[node]
    rows = {}
    for position, head in game.decisions():
        for x in head.nodes:
            if weights[x]:
                rows[position] = tuple(weights[y] / weights[x] for y in game.children[x])
    return rows


def _in_hull(point: Distribution, vertices: Sequence[Distribution]) -> bool:
    nodes = sorted({node for one in (point, *vertices) for node, _ in one})
    program = LinearProgram(
        [0] * len(vertices),
        equations=[
            [1] * len(vertices),
            *([dict(vertex).get(node, F(0)) for vertex in vertices] for node in nodes),
        ],
        values=[1, *(dict(point).get(node, F(0)) for node in nodes)],
    )
    return not isinstance(solve_linear_program(program), Infeasible)
