"""Equilibria with beliefs against brute force, and unchanged by what should not matter."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

import pytest

import negotiation
from negotiation.certify import certify_assessment
from negotiation.game import Distribution, Game
from negotiation.solvers.assessment_outcomes import all_by_signals, all_by_supports
from negotiation.solvers.backward_induction import Induction
from negotiation.solvers.beliefs import is_consistent
from negotiation.solvers.linear_program import Infeasible, LinearProgram, solve_linear_program
from negotiation.solvers.sender_receiver import sender_receiver
from negotiation.solvers.sequential import AssessmentSearch, pure_assessments
from negotiation.solvers.signalling import (
    OutcomePoint,
    SignallingEquilibria,
    assessment,
    signalling_equilibria,
)
from tests.oracles.assessment_brute_force import (
    Row,
    Signalling,
    follows_bayes,
    grid_equilibria,
    is_equilibrium,
    is_intuitive,
    is_limit,
    is_rational,
    needed_trembles,
    passes_d1,
    pure_bayesian_equilibria,
    pure_profiles,
    pure_sequential_equilibria,
    random_signalling,
)
from tests.oracles.seeds import few_and_many
from tests.oracles.trees import (
    Choice,
    RandomTrees,
    Tree,
    few,
    game_of,
    many,
    map_leaves,
    rename_players,
    reverse_actions,
    together,
)

F = Fraction
HALVES = (F(0), F(1, 2), F(1))
SHARES = (F(0), F(1, 3), F(1, 2), F(2, 3), F(1))


# -- sender-receiver games ------------------------------------------------------------------------


def by_message(found: SignallingEquilibria, x: Sequence[Fraction], messages: int) -> list[Row]:
    """Return strategies of the sender by type."""
    return [tuple(x[k : k + messages]) for k in range(0, len(x), messages)]


def replies(found: SignallingEquilibria, point: OutcomePoint) -> Iterator[list[Row]]:
    """Yield the responses at all sets, each vertex off the path in turn, first ones elsewhere."""
    listed = [
        [vertex for part in point.off_path[place] for vertex in part[0]]
        if place in point.off_path
        else [point.y[place]]
        for place in range(len(point.y))
    ]
    first = [options[0] for options in listed]
    yield first
    for place, options in enumerate(listed):
        for option in options[1:]:
            yield [*first[:place], option, *first[place + 1 :]]


def in_hull(point: Sequence[Fraction], vertices: Sequence[Sequence[Fraction]]) -> bool:
    program = LinearProgram(
        [0] * len(vertices),
        equations=[[1] * len(vertices), *map(list, zip(*vertices, strict=True))],
        values=[1, *point],
    )
    return not isinstance(solve_linear_program(program), Infeasible)


def is_covered(found: SignallingEquilibria, x: Sequence[Row], y: Sequence[Row]) -> bool:
    """Return whether the outcome is in a hull of outcomes, or each side in that of the vertices."""
    form = found.form
    flat = [p for row in x for p in row]
    nodes = sorted(form.game.payoffs)

    def listed(outcome: Distribution) -> list[Fraction]:
        return [dict(outcome).get(node, F(0)) for node in nodes]

    for piece in found.pieces:
        points = [found.outcomes[k] for k in piece.outcomes]
        if piece.hull:
            vertices = [listed(form.outcome(p.x, p.y)) for p in points]
            if in_hull(listed(form.outcome(flat, y)), vertices):
                return True
            continue
        sides = [
            (y[m], [p.y[m] for p in points if m not in p.off_path])
            for m in range(len(y))
            if any(row[m] for row in x)
        ]
        if in_hull(flat, [p.x for p in points]) and all(
            vertices and in_hull(side, vertices) for side, vertices in sides
        ):
            return True
    return False


@pytest.mark.parametrize("seeds", few_and_many(20, 60))
@pytest.mark.parametrize(
    ("shape", "shares"), [((2, 2, 2), SHARES), ((3, 2, 2), HALVES), ((2, 2, 3), HALVES)]
)
def test_every_equilibrium_on_a_grid_is_covered(
    shape: tuple[int, int, int], shares: Sequence[Fraction], seeds: Sequence[int]
) -> None:
    """And what lies off its path is in the polytopes listed for its outcome."""
    hits = partly = 0
    for seed in seeds:
        game = random_signalling(random.Random(seed), shape, 2)
        form = sender_receiver(game_of(game.tree(), 2))
        found = signalling_equilibria(form)
        by_outcome = {form.outcome(p.x, p.y): p for p in found.outcomes}
        for x, y in grid_equilibria(game, shares):
            hits += 1
            assert is_covered(found, x, y), (seed, x, y)
            flat = [p for row in x for p in row]
            point = by_outcome.get(form.outcome(flat, y))
            if point is not None:
                for place, parts in point.off_path.items():
                    partly += 1
                    assert any(in_hull(y[place], vertices) for vertices, _ in parts), (seed, x, y)
    assert min(hits, partly) >= len(seeds)


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 2, 2), (2, 3, 3), (3, 3, 2)])
@pytest.mark.parametrize("highest", [2, 1000])
@pytest.mark.parametrize("seeds", few_and_many(5, 15))
def test_every_vertex_is_an_equilibrium(
    shape: tuple[int, int, int], highest: int, seeds: Sequence[int]
) -> None:
    checked = 0
    for seed in seeds:
        game = random_signalling(random.Random(seed), shape, highest)
        tree = game_of(game.tree(), 2)
        found = signalling_equilibria(tree)
        for point in found.outcomes:
            x = by_message(found, point.x, shape[1])
            for y in replies(found, point):
                checked += 1
                assert is_equilibrium(game, x, y), (seed, x, y)
            one = assessment(found.form, point)
            assert certify_assessment(tree, one.profile, one.beliefs).holds
            assert is_consistent(tree, one.profile, one.beliefs)
    assert checked >= 2 * len(seeds)


@pytest.mark.parametrize("seeds", few_and_many(10, 30))
def test_every_pair_off_the_path_is_rational_and_consistent(seeds: Sequence[int]) -> None:
    """All vertices of the responses go with all vertices of the beliefs: theorem of the method."""
    checked = 0
    for seed in seeds:
        game = random_signalling(random.Random(seed), (3, 2, 2), 2)
        tree = game_of(game.tree(), 2)
        found = signalling_equilibria(tree)
        for point in found.outcomes:
            one = assessment(found.form, point)
            for position, parts in one.off_path.items():
                actions = tree.information_sets[position].actions
                for part in parts:
                    for response in part.responses:
                        shares = tuple(response.get(action, F(0)) for action in actions)
                        for belief in part.beliefs:
                            profile = {**one.profile, position: shares}
                            beliefs = {**one.beliefs, position: belief}
                            assert certify_assessment(tree, profile, beliefs).holds
                            assert is_consistent(tree, profile, beliefs)
                            checked += 1
    assert checked > 3 * len(seeds)


def test_inner_points_of_components_are_equilibria() -> None:
    """Mixtures of the outcomes of a hull; off the path some mixture of what is listed will do."""
    rng = random.Random(5)
    checked = 0
    for seed in range(60):
        game = random_signalling(rng, (2, 2, 2), 2)
        found = signalling_equilibria(game_of(game.tree(), 2))
        for piece in found.pieces:
            if len(piece.outcomes) < 2 or not piece.hull:
                continue
            points = [found.outcomes[k] for k in piece.outcomes]
            weights = [rng.randrange(1, 5) for _ in points]
            shares = [F(w, sum(weights)) for w in weights]
            x = by_message(
                found,
                [sum(s * p.x[k] for s, p in zip(shares, points, strict=True)) for k in range(4)],
                2,
            )
            y = list(_mixed_replies(game, points, shares))
            assert any(is_equilibrium(game, x, candidate) for candidate in y), (seed, piece)
            checked += 1
    assert checked > 20


def _mixed_replies(
    game: Signalling, points: Sequence[OutcomePoint], shares: Sequence[Fraction]
) -> Iterator[list[Row]]:
    """Yield responses by message: as the outcomes are mixed on the path, options off it."""
    options = []
    for m in range(2):
        sent = [
            s * sum(game.prior[t] * p.x[2 * t + m] for t in range(2))
            for s, p in zip(shares, points, strict=True)
        ]
        total = sum(sent)
        if total:
            options.append(
                [
                    tuple(
                        sum(w * p.y[m][a] for w, p in zip(sent, points, strict=True)) / total
                        for a in range(2)
                    )
                ]
            )
        else:
            vertices = [v for p in points for part in p.off_path[m] for v in part[0]]
            options.append(
                [
                    tuple((a + b) / 2 for a, b in zip(v, w, strict=True))
                    for v in vertices
                    for w in vertices
                ]
            )
    for first in options[0]:
        for second in options[1]:
            yield [first, second]


# -- two methods, one answer ----------------------------------------------------------------------


def outcomes(found: Induction) -> set[Distribution]:
    return {outcome for one in found.continuations.values() for outcome in one.outcomes}


@pytest.mark.parametrize("seeds", few_and_many(12, 30))
@pytest.mark.parametrize("concept", ["sequential", "perfect-bayesian"])
def test_signals_and_supports_agree(concept: str, seeds: Sequence[int]) -> None:
    """Perfect Bayesian and sequential equilibria of signalling games are the same, found twice."""
    alone = 0
    for seed in seeds:
        highest = 2 if seed % 2 else 10**6
        game = game_of(random_signalling(random.Random(seed), (2, 2, 2), highest).tree(), 2)
        one, other = all_by_signals(game), all_by_supports(game, concept)
        assert not other.gaps
        if one.continua:
            nodes = sorted(game.payoffs)
            vertices = {v.outcome for c in one.continua for v in c.vertices} | outcomes(one)
            for outcome in outcomes(other):
                point = [dict(outcome).get(node, F(0)) for node in nodes]
                assert in_hull(
                    point, [[dict(v).get(node, F(0)) for node in nodes] for v in vertices]
                )
        else:
            alone += 1
            assert outcomes(one) == outcomes(other), seed
            assert all(key is not None for key, _ in other.conditions)
    assert alone > len(seeds) / 2


@pytest.mark.parametrize("seeds", few_and_many(15, 40))
def test_supports_find_the_nash_equilibria_of_two_player_trees(seeds: Sequence[int]) -> None:
    """Against the extreme equilibria of the sequence form, where there is no continuum."""
    alone = 0
    for seed in seeds:
        rng = random.Random(seed)
        drawing = RandomTrees(
            rng, 2, few if seed % 2 else many, ("decide", "draw", "together2", "signal", "hidden")
        )
        game = _small(drawing, 3, 120)
        one = negotiation.solve(game, "nash", method="sequence-form")
        other = all_by_supports(game, "nash")
        if not one.components:
            alone += 1
            payoffs = {tuple(e.payoffs.values()) for e in one.equilibria}
            assert payoffs == set(other.continuations), seed
            assert len(one.equilibria) == len(outcomes(other))
            assert not other.gaps
    assert alone > len(seeds) / 2


def _small(drawing: RandomTrees, depth: int, profiles: int) -> Game:
    """Return a game with at most ten sets, few supports and no draw of probability 0."""
    while True:
        _, game = drawing.game(depth, profiles=profiles)
        supports = 1
        for _, head in game.decisions():
            supports *= 2 ** len(head.actions) - 1
        if supports < 2000 and all(map(all, game.probabilities.values())):
            return game


# -- refinements ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", few_and_many(24, 90))
@pytest.mark.parametrize(
    ("rule", "passes", "shapes"),
    [
        ("intuitive", is_intuitive, [(2, 2, 2), (2, 2, 3), (3, 2, 2)]),
        ("d1", passes_d1, [(2, 2, 2), (3, 2, 2), (3, 3, 2)]),
    ],
)
def test_refinements_by_definition(
    rule: str,
    passes: Callable[[Signalling, Sequence[Row], Sequence[Row]], bool],
    shapes: Sequence[tuple[int, int, int]],
    seeds: Sequence[int],
) -> None:
    """Outcome by outcome; what is listed in the answer is what passes."""
    kept = fallen = 0
    for seed in seeds:
        shape = shapes[seed % len(shapes)]
        game = random_signalling(random.Random(seed), shape, 3 if seed % 2 else 40)
        found = signalling_equilibria(game_of(game.tree(), 2))
        expected = set()
        for point in found.outcomes:
            x, y = by_message(found, point.x, shape[1]), next(replies(found, point))
            if passes(game, x, y):
                expected.add(found.form.outcome(point.x, point.y))
            else:
                fallen += 1
        answer = negotiation.solve(game_of(game.tree(), 2), "sequential", select=rule)
        assert len(answer.equilibria) == len(expected), seed
        payoffs = {tuple(found.form.game.expected(outcome)) for outcome in expected}
        assert {tuple(e.payoffs.values()) for e in answer.equilibria} == payoffs, seed
        kept += len(expected)
        assert answer.message.count("falls") == len(found.outcomes) - len(expected)
    assert kept > 2 * len(seeds)
    assert fallen > len(seeds) / 20


@pytest.mark.parametrize("seeds", few_and_many(10, 40))
def test_d1_implies_the_intuitive_criterion(seeds: Sequence[int]) -> None:
    for seed in seeds:
        game = game_of(random_signalling(random.Random(seed), (3, 2, 3), 6).tree(), 2)
        strong = negotiation.solve(game, "sequential", select="d1")
        weak = negotiation.solve(game, "sequential", select="intuitive")
        assert {tuple(e.payoffs.values()) for e in strong.equilibria} <= {
            tuple(e.payoffs.values()) for e in weak.equilibria
        }


# -- pure profiles against trembles ---------------------------------------------------------------


@pytest.mark.parametrize("seeds", few_and_many(25, 60))
def test_pure_profiles_against_trembles(seeds: Sequence[int]) -> None:
    """All that trembles on a grid find is found; all that is found is a limit of trembles."""
    games = hits = off_path = 0
    for seed in seeds:
        rng = random.Random(seed)
        drawing = RandomTrees(
            rng, 3, few, ("decide", "draw", "together2", "signal", "hidden"), stop=0.35
        )
        game = _small(drawing, 3, 64)
        if max(len(needed_trembles(game, pure)) for pure in pure_profiles(game)) > 2:
            continue
        games += 1
        search = AssessmentSearch(game)
        found = {
            tuple(list(one.profile[p]).index(1) for p, _ in game.decisions()): one
            for one in pure_assessments(search)
        }
        brute = pure_sequential_equilibria(game, (1, 2), (F(1, 4), F(1, 2), F(1), F(2), F(4)))
        assert {tuple(pure.values()) for pure in brute} <= set(found), seed
        assert search.undecided == 0
        for actions, one in found.items():
            pure = dict(zip(dict(game.decisions()), actions, strict=True))
            beliefs: Mapping[int, Row] = {p: tuple(b) for p, b in one.beliefs.items()}
            assert is_rational(game, pure, beliefs), seed
            assert is_limit(game, pure, beliefs), seed
            hits += 1
            off_path += bool(needed_trembles(game, pure))
    assert min(games, hits) > len(seeds) / 2
    assert off_path > len(seeds) / 12


@pytest.mark.parametrize("seeds", few_and_many(50, 120))
def test_pure_perfect_bayesian_profiles_against_a_grid_of_beliefs(seeds: Sequence[int]) -> None:
    """Bayes' rule is tested set by set as it is defined; found are all on a grid and no others."""
    games = hits = off_path = 0
    for seed in seeds:
        rng = random.Random(seed)
        drawing = RandomTrees(
            rng, 3, few, ("decide", "draw", "together2", "signal", "hidden"), stop=0.35
        )
        game = _small(drawing, 3, 64)
        several = [head for _, head in game.decisions() if len(head.nodes) > 1]
        if len(several) > 3 or any(len(head.nodes) > 3 for head in several):
            continue
        games += 1
        sets = dict(game.decisions())
        search = AssessmentSearch(game, "perfect-bayesian")
        found = {}
        for one in pure_assessments(search):
            pure = {p: list(one.profile[p]).index(1) for p in sets}
            found[tuple(pure.values())] = one
            beliefs = {p: tuple(b) for p, b in one.beliefs.items()}
            assert is_rational(game, pure, beliefs), seed
            assert follows_bayes(game, pure, beliefs), seed
            hits += 1
            off_path += bool(needed_trembles(game, pure))
        shares = (F(0), F(1, 3), F(1, 2), F(2, 3), F(1))
        brute = pure_bayesian_equilibria(game, shares)
        assert {tuple(pure.values()) for pure in brute} <= set(found), seed
    assert min(games, hits) > len(seeds) / 2
    assert off_path > len(seeds) / 20


@pytest.mark.parametrize("seeds", few_and_many(10, 25))
def test_sequential_ones_are_perfect_bayesian_and_subgame_perfect(seeds: Sequence[int]) -> None:
    """And sequential equilibria exist: every tree has one, though not always a pure one."""
    for seed in seeds:
        rng = random.Random(seed)
        drawing = RandomTrees(rng, 2, few, ("decide", "together2", "signal", "hidden"), stop=0.4)
        game = _small(drawing, 3, 64)
        sequential = all_by_supports(game, "sequential")
        bayesian = all_by_supports(game, "perfect-bayesian")
        assert outcomes(sequential) or sequential.conditions or sequential.gaps
        pure = _pure_outcomes(game, "sequential")
        assert pure <= _pure_outcomes(game, "perfect-bayesian")
        subgame_perfect = negotiation.solve(game, "pure-subgame-perfect")
        paths = {
            frozenset((tuple(o.moves.items()), o.probability) for o in e.outcomes)
            for e in subgame_perfect.equilibria
        }
        for outcome in pure:
            assert frozenset((tuple(game.path(node)), p) for node, p in outcome) in paths
        assert not bayesian.gaps


def _pure_outcomes(game: Game, concept: str) -> set[Distribution]:
    search = AssessmentSearch(game, concept)
    found = set()
    for one in pure_assessments(search):
        weights = [F(0)] * len(game.set_of)
        weights[0] = F(1)
        for node, successors in enumerate(game.children):
            shares = game.probabilities.get(node) or one.profile.get(game.set_of[node], ())
            for child, share in zip(successors, shares, strict=True):
                weights[child] = weights[node] * share
        found.add(tuple((z, weights[z]) for z in sorted(game.payoffs) if weights[z]))
    return found


# -- invariance -----------------------------------------------------------------------------------


def payoff_vectors(tree: Tree, players: int, concept: str) -> tuple[set[tuple[Fraction, ...]], int]:
    """Return the payoffs of the outcomes listed, and the number of components."""
    solution = negotiation.solve(game_of(tree, players), concept)
    return {tuple(e.payoffs.values()) for e in solution.equilibria}, len(solution.components)


def small_trees() -> Iterator[tuple[Tree, int]]:
    for seed in range(8):
        yield random_signalling(random.Random(seed), (2, 2, 2), 2 if seed % 2 else 50).tree(), 2
    for seed in range(6):
        drawing = RandomTrees(
            random.Random(seed), 3, few, ("decide", "together2", "hidden"), stop=0.6
        )
        while True:
            tree = drawing.tree(2)
            game = game_of(tree, 3)
            if 1 < game.strategy_count() <= 16 and all(map(all, game.probabilities.values())):
                break
        yield tree, 3


@pytest.mark.parametrize("factor", [F(1, 10**9), F(10**9)])
def test_scale_and_shift(factor: Fraction) -> None:
    for tree, players in small_trees():
        plain, components = payoff_vectors(tree, players, "sequential")
        moved = map_leaves(tree, lambda leaf: tuple(factor * F(x) + 7 for x in leaf))
        expected = {tuple(factor * x + 7 for x in vector) for vector in plain}
        assert payoff_vectors(moved, players, "sequential") == (expected, components)


def test_relabelling() -> None:
    for tree, players in small_trees():
        plain = payoff_vectors(tree, players, "sequential")
        assert payoff_vectors(reverse_actions(tree), players, "sequential") == plain
        order = list(range(players))[::-1]
        renamed, components = payoff_vectors(rename_players(tree, order), players, "sequential")
        assert {tuple(vector[order[k]] for k in range(players)) for vector in renamed} == plain[0]
        assert components == plain[1]


@pytest.mark.parametrize("concept", ["sequential", "perfect-bayesian", "nash"])
def test_interchange_of_moves(concept: str) -> None:
    """Who is written first of two who move at the same time does not matter."""
    for seed in range(12):
        rng = random.Random(seed)
        ends = [[(rng.randrange(4), rng.randrange(4)) for _ in range(2)] for _ in range(2)]
        out = (rng.randrange(4), 1)
        first = together((0, 1), (2, 2), [end for row in ends for end in row], "stage")
        turned = [ends[a][b] for b in range(2) for a in range(2)]
        second = together((1, 0), (2, 2), turned, "stage")
        one = payoff_vectors(Choice(0, (out, first)), 2, concept)
        assert payoff_vectors(Choice(0, (out, second)), 2, concept) == one


def test_coalescing() -> None:
    """Two moves of one player in a row may be written as one: Nash outcomes stay.

    Sequential ones may grow, since the proper subgame is gone (Kohlberg and Mertens 1986).
    """
    for seed in range(25):
        rng = random.Random(seed)
        ends = [(rng.randrange(4), rng.randrange(4)) for _ in range(4)]
        apart, merged = _apart_and_merged((rng.randrange(4), 1), ends)
        assert payoff_vectors(apart, 2, "nash")[0] == payoff_vectors(merged, 2, "nash")[0]
        one = payoff_vectors(apart, 2, "sequential")
        other = payoff_vectors(merged, 2, "sequential")
        if not one[1] and not other[1]:
            assert one[0] <= other[0]


def test_coalescing_may_add_sequential_outcomes() -> None:
    """In the subgame A's second action is dominated; merged, B may believe in it."""
    apart, merged = _apart_and_merged((2, 1), [(3, 1), (1, 0), (0, 0), (0, 1)])
    assert payoff_vectors(apart, 2, "sequential")[0] == {(3, 1)}
    assert payoff_vectors(merged, 2, "sequential")[0] == {(3, 1), (2, 1)}


def _apart_and_merged(out: tuple[int, int], ends: Sequence[tuple[int, int]]) -> tuple[Tree, Tree]:
    """Return an outside option and a 2x2 stage, as two moves of A and as one."""
    apart = Choice(0, (out, together((0, 1), (2, 2), ends, "stage")))
    after = [Choice(1, (ends[2 * a], ends[2 * a + 1]), "stage") for a in range(2)]
    return apart, Choice(0, (out, *after))
