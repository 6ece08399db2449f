"""Backward induction, selection and certificates on random trees, against brute force.

Every tree is drawn from a seeded generator, so a failure names a seed that repeats it.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest

from negotiation import solve
from negotiation.certify import certify, margins
from negotiation.game import Game
from negotiation.solution import Equilibrium, Solution
from tests.oracles import tree_brute_force as brute
from tests.oracles.spans import describes
from tests.oracles.trees import (
    Choice,
    Draw,
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

EVERYTHING = ("decide", "draw", "together2", "hidden", "signal", "together3")
TWO_MOVERS = ("decide", "draw", "together2")
SIMULTANEOUS = ("decide", "draw", "together2", "together2", "together3")
FEW_SEEDS = range(60)
MANY_SEEDS = range(60, 1000)
Summary = tuple[tuple[tuple[str, Fraction], ...], int | None, tuple[Fraction, ...]]
"""Payoffs by player, number of profiles, probabilities of the paths."""
Found = dict[brute.Outcome, tuple[brute.Payoffs, int | None]]


def draw(
    seed: int,
    stages: Sequence[str],
    *,
    ties: bool,
    profiles: int = 400,
    depth: int | None = None,
    shared: int = 0,
) -> tuple[Tree, Game]:
    """Return a random tree and its game."""
    rng = random.Random(seed)
    payoff = few if ties else many
    trees = RandomTrees(rng, rng.choice((3, 4)), payoff, stages, shared=shared)
    return trees.game(depth or rng.choice((1, 2, 3)), profiles=profiles)


def found(game: Game, solution: Solution) -> Found:
    """Return what a Solution says, each entry checked against its own representative profile."""
    result: Found = {}
    for equilibrium in solution.equilibria:
        outcome = brute.lottery(game, 0, equilibrium.profile)
        payoffs = tuple(equilibrium.payoffs.values())
        assert payoffs == brute.expected(outcome, game.payoffs, len(game.players))
        shown = {(tuple(o.moves.items()), o.probability) for o in equilibrium.outcomes}
        assert shown == {(tuple(game.path(node)), probability) for node, probability in outcome}
        assert outcome not in result
        result[outcome] = payoffs, equilibrium.profiles
    return result


def summary(solution: Solution) -> Counter[Summary]:
    """Return what does not depend on how nodes are numbered."""
    return Counter(
        (
            tuple(sorted(equilibrium.payoffs.items())),
            equilibrium.profiles,
            tuple(sorted(outcome.probability for outcome in equilibrium.outcomes)),
        )
        for equilibrium in solution.equilibria
    )


# -- pure equilibria ------------------------------------------------------------------------------


def check_pure(seed: int, concept: str) -> None:
    _, game = draw(seed, EVERYTHING, ties=bool(seed % 3), profiles=600)
    expected = brute.pure_equilibria(game, everywhere=concept != "pure")
    solution = solve(game, concept)
    assert found(game, solution) == brute.outcomes_of(expected)
    assert solution.profiles == len(expected)
    assert solution.complete
    assert solution.termination == "exhausted"
    assert all(equilibrium.certificate.largest_gain == 0 for equilibrium in solution.equilibria)


@pytest.mark.parametrize("concept", ["pure-subgame-perfect", "pure"])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_pure_profiles_and_outcomes_are_those_of_brute_force(seed: int, concept: str) -> None:
    check_pure(seed, concept)


@pytest.mark.slow
@pytest.mark.parametrize("concept", ["pure-subgame-perfect", "pure"])
@pytest.mark.parametrize("seed", MANY_SEEDS)
def test_many_pure_profiles(seed: int, concept: str) -> None:
    check_pure(seed, concept)


def test_random_trees_are_not_all_alike() -> None:
    """The generator reaches ties, emptiness, many profiles, chance and unobserved moves."""
    seen: Counter[str] = Counter()
    for seed in FEW_SEEDS:
        _, game = draw(seed, EVERYTHING, ties=bool(seed % 3), profiles=600)
        solution = solve(game, "pure-subgame-perfect")
        seen["empty"] += not solution.equilibria
        seen["many"] += len(solution.equilibria) > 2
        seen["off path"] += solution.profiles is not None and solution.profiles > 3 * len(
            solution.equilibria
        )
        seen["chance"] += bool(game.probabilities)
        seen["unobserved"] += any(len(s.nodes) > 1 for s in game.information_sets)
        seen["three movers"] += any(len(s.nodes) > 3 for s in game.information_sets)
    assert min(seen[key] for key in ("empty", "many", "off path", "three movers")) >= 2
    assert min(seen["chance"], seen["unobserved"]) >= 15


# -- mixed equilibria -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_without_ties_all_mixed_equilibria_of_two_movers_are_found(seed: int) -> None:
    _, game = draw(seed, TWO_MOVERS, ties=False)
    expected = brute.mixed_equilibria(game)
    solution = solve(game, "subgame-perfect")
    counted = Counter(equilibrium.outcome for equilibrium in expected)
    payoffs = {equilibrium.outcome: equilibrium.payoffs for equilibrium in expected}
    assert solution.complete, solution.message
    assert solution.profiles == len(expected)
    assert found(game, solution) == {
        outcome: (payoffs[outcome], count) for outcome, count in counted.items()
    }


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_two_by_two_stages_have_the_equilibria_of_the_closed_form(seed: int) -> None:
    rng = random.Random(seed)
    leaves = list(zip(*(rng.sample(range(-50, 50), 4) for _ in range(2)), strict=True))
    solution = solve(game_of(together((0, 1), (2, 2), leaves, "stage"), 2), "subgame-perfect")
    A, B = (
        [[Fraction(leaves[2 * i + j][k]) for j in range(2)] for i in range(2)] for k in range(2)
    )
    profiles = {tuple(e.profile[k] for k in (0, 1)) for e in solution.equilibria}
    assert profiles == brute.two_by_two(A, B)
    assert solution.complete


def check_mixed_with_ties(seed: int) -> bool:
    """Check the answer on one tree with ties; return whether it claims to be complete."""
    _, game = draw(seed, EVERYTHING, ties=True, profiles=40, depth=1 + seed % 2)
    solution = solve(game, "subgame-perfect")
    answer = found(game, solution)
    pure = brute.outcomes_of(brute.pure_equilibria(game))
    for equilibrium in solution.equilibria:
        assert brute.is_equilibrium(game, equilibrium.profile)
    for outcome, (payoffs, _) in pure.items():
        assert outcome in answer
        assert answer[outcome][0] == payoffs
    assert solution.complete == (not solution.message) or not solution.equilibria
    if solution.complete:
        grid = [b for b in coarse_profiles(game) if brute.is_equilibrium(game, b)]
        assert describes(game, solution, {brute.lottery(game, 0, b) for b in grid})
        if solution.profiles is not None:
            assert len(grid) <= solution.profiles
    return solution.complete


def coarse_profiles(game: Game) -> list[brute.Behaviour]:
    """Return all profiles that put 0, 1/2 or 1 on every action, if they are few."""
    half, zero, one = Fraction(1, 2), Fraction(0), Fraction(1)
    positions = brute.decisions(game, range(len(game.children)))
    options = []
    for position in positions:
        size = len(game.information_sets[position].actions)
        pure = [tuple(one if k == a else zero for k in range(size)) for a in range(size)]
        mixed = [
            tuple(half if k in pair else zero for k in range(size))
            for pair in itertools.combinations(range(size), 2)
        ]
        options.append([*pure, *mixed])
    if len(positions) > 6:
        return []
    return [dict(zip(positions, chosen, strict=True)) for chosen in itertools.product(*options)]


def test_with_ties_every_entry_is_an_equilibrium_and_nothing_is_hidden_silently() -> None:
    complete = [check_mixed_with_ties(seed) for seed in range(60)]
    assert 20 <= sum(complete) <= 55


@pytest.mark.slow
def test_many_with_ties() -> None:
    for seed in range(60, 1200):
        check_mixed_with_ties(seed)


def check_nash(seed: int) -> tuple[bool, bool]:
    """Check the Nash equilibria of a whole tree; return whether complete, and whether mixed."""
    rng = random.Random(seed)
    stages = ("decide", "draw", "together2", "hidden", "signal")
    _, game = RandomTrees(rng, 2, few if seed % 2 else many, stages).game(3, profiles=60)
    solution = solve(game, "nash")
    answer = found(game, solution)
    for equilibrium in solution.equilibria:
        assert brute.is_equilibrium(game, equilibrium.profile, everywhere=False)
    for outcome, (payoffs, _) in brute.outcomes_of(
        brute.pure_equilibria(game, everywhere=False)
    ).items():
        assert answer[outcome][0] == payoffs
    assert solution.complete == (not solution.message)
    grid = [b for b in coarse_profiles(game) if brute.is_equilibrium(game, b, everywhere=False)]
    if solution.complete:
        assert describes(game, solution, {brute.lottery(game, 0, b) for b in grid})
    if solution.profiles is not None:
        assert len(grid) <= solution.profiles
    return solution.complete, any(
        max(s) < 1 for e in solution.equilibria for s in e.profile.values()
    )


def test_nash_equilibria_of_whole_trees() -> None:
    """Movers decide more than once in the one stage, and may exclude what they decide later."""
    answers = [check_nash(seed) for seed in range(50)]
    assert all(complete for complete, _ in answers)
    assert sum(mixed for _, mixed in answers) >= 4


@pytest.mark.slow
def test_nash_equilibria_of_many_whole_trees() -> None:
    answers = [check_nash(seed) for seed in range(50, 800)]
    assert all(complete for complete, _ in answers)


@pytest.mark.parametrize("seed", range(20))
def test_a_third_mover_with_a_dominant_action_hides_nothing(seed: int) -> None:
    """Two movers have a choice left: their 2x2 game decides; three with a choice: incomplete."""
    rng = random.Random(seed)
    inner = zip(*(rng.sample(range(-50, 50), 8) for _ in range(2)), strict=True)
    leaves = [(a, b, 100 * (1 - k % 2)) for k, (a, b) in enumerate(inner)]
    game = game_of(together((0, 1, 2), (2, 2, 2), leaves, "stage"), 3)
    kept = leaves[::2]
    A, B = ([[Fraction(kept[2 * i + j][k]) for j in range(2)] for i in range(2)] for k in range(2))
    solution = solve(game, "subgame-perfect")
    assert solution.complete
    one = (Fraction(1), Fraction(0))
    assert {tuple(e.profile[k] for k in range(3)) for e in solution.equilibria} == {
        (x, y, one) for x, y in brute.two_by_two(A, B)
    }
    proof = solve(game, "subgame-perfect", select="coalition-proof")
    payoffs = [tuple(e.payoffs.values()) for e in solution.equilibria]
    undominated = [p for p in payoffs if not any(q[0] > p[0] and q[1] > p[1] for q in payoffs)]
    assert sorted(tuple(e.payoffs.values()) for e in proof.equilibria) == sorted(undominated)


# -- selection ------------------------------------------------------------------------------------

RULES: dict[str, brute.Rule] = {
    "coalition-proof": brute.coalition_proof,
    "payoff-dominant": brute.payoff_dominant,
    "risk-dominant": brute.risk_dominant,
}
CHAINS = [
    ("coalition-proof",),
    ("payoff-dominant",),
    ("coalition-proof", "payoff-dominant"),
    ("payoff-dominant", "coalition-proof"),
]


def check_selection(seed: int, chain: tuple[str, ...], stages: Sequence[str]) -> int:
    """Check one chain of stage rules on one tree; return how many profiles it removes."""
    _, game = draw(seed, stages, ties=bool(seed % 4), profiles=300, shared=3)
    everything = brute.pure_equilibria(game)
    expected = brute.selected(game, everything, [RULES[name] for name in chain])
    solution = solve(game, "pure-subgame-perfect", select=",".join(chain))
    assert found(game, solution) == brute.outcomes_of(expected)
    assert solution.profiles == len(expected)
    return len(everything) - len(expected)


@pytest.mark.parametrize("chain", CHAINS, ids=",".join)
def test_stage_rules_keep_what_their_definitions_keep(chain: tuple[str, ...]) -> None:
    removed = [check_selection(seed, chain, SIMULTANEOUS) for seed in range(60)]
    assert sum(map(bool, removed)) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("chain", CHAINS, ids=",".join)
def test_stage_rules_on_many_trees(chain: tuple[str, ...]) -> None:
    for seed in range(60, 350):
        check_selection(seed, chain, SIMULTANEOUS if seed % 2 else EVERYTHING)


class SquareStages(RandomTrees):
    """Simultaneous stages are 2x2, as risk dominance needs it."""

    def _together2(self, depth: int) -> Tree:
        return self._together(depth, (2, 2))


@pytest.mark.parametrize("chain", [("risk-dominant",), ("risk-dominant", "coalition-proof")])
def test_risk_dominance_keeps_what_its_definition_keeps(chain: tuple[str, ...]) -> None:
    removed = 0
    for seed in range(60):
        rng = random.Random(seed)
        trees = SquareStages(rng, 3, few if seed % 2 else many, ("draw", "together2", "together2"))
        _, game = trees.game(2, profiles=300)
        everything = brute.pure_equilibria(game)
        expected = brute.selected(game, everything, [RULES[name] for name in chain])
        solution = solve(game, "pure-subgame-perfect", select=",".join(chain))
        assert found(game, solution) == brute.outcomes_of(expected)
        removed += len(expected) < len(everything)
    assert removed >= 5


@pytest.mark.parametrize("movers", [3, 4])
def test_coalition_proofness_among_several_movers(movers: int) -> None:
    """Games in which many coalitions matter: payoffs from few values, made to hang together."""
    differs = 0
    for seed in range(25 if movers == 3 else 6):
        rng = random.Random(seed)
        leaves = [
            tuple(rng.choice((0, 1, 1, 2, 3)) + sum(cell) for _ in range(movers))
            for cell in itertools.product(range(2), repeat=movers)
        ]
        game = game_of(together(range(movers), (2,) * movers, leaves, "stage"), movers)
        table = {
            cell: tuple(map(Fraction, leaf))
            for cell, leaf in zip(itertools.product(range(2), repeat=movers), leaves, strict=True)
        }
        nash = brute.nash_cells(table, range(movers))
        expected = brute.coalition_proof(table, range(movers), nash)
        solution = solve(game, "pure-subgame-perfect", select="coalition-proof")
        chosen = {tuple(e.profile[k].index(1) for k in range(movers)) for e in solution.equilibria}
        assert chosen == set(expected)
        differs += len(expected) < len(nash)
    assert differs >= 2


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_outcome_rules_keep_what_their_definitions_keep(seed: int) -> None:
    _, game = draw(seed, EVERYTHING, ties=True, profiles=300)
    everything = brute.outcomes_of(brute.pure_equilibria(game))
    payoffs = [p for p, _ in everything.values()]
    for k, player in enumerate(game.players):
        for rule, best in (("preferred", max), ("worst", min)):
            solution = solve(game, "pure-subgame-perfect", select=f"{rule}:{player}")
            wanted = best(p[k] for p in payoffs) if payoffs else None
            assert found(game, solution) == {
                o: entry for o, entry in everything.items() if entry[0][k] == wanted
            }
    efficient = {
        outcome: entry
        for outcome, entry in everything.items()
        if not any(q != entry[0] and all(map(Fraction.__ge__, q, entry[0])) for q in payoffs)
    }
    assert found(game, solve(game, "pure-subgame-perfect", select="pareto")) == efficient
    unique = everything if len(everything) == 1 else {}
    assert found(game, solve(game, "pure-subgame-perfect", select="unique")) == unique


# -- invariance -----------------------------------------------------------------------------------


def answers(game: Game) -> list[Solution]:
    """Return the answers under several concepts and selections."""
    return [
        solve(game, concept, select=select)
        for concept in ("pure-subgame-perfect", "subgame-perfect")
        for select in ("all", "coalition-proof", "payoff-dominant")
    ]


@pytest.mark.parametrize("seed", range(40))
def test_scaling_and_shifting_payoffs_changes_nothing(seed: int) -> None:
    tree, game = draw(seed, EVERYTHING, ties=bool(seed % 3), profiles=200)
    scales = [Fraction(1, 10**9), Fraction(10**9), Fraction(3, 7), Fraction(1)]
    shifts = [Fraction(-5), Fraction(10**6), Fraction(1, 3), Fraction(0)]
    moved = game_of(
        map_leaves(
            tree,
            lambda leaf: tuple(v * scales[k] + shifts[k] for k, v in enumerate(leaf)),
        ),
        len(game.players),
    )
    for before, after in zip(answers(game), answers(moved), strict=True):
        assert after.profiles == before.profiles
        assert after.complete == before.complete
        assert after.message == before.message
        for one, other in zip(before.equilibria, after.equilibria, strict=True):
            assert other.profile == one.profile
            assert other.outcomes == one.outcomes
            expected = [v * scales[k] + shifts[k] for k, v in enumerate(one.payoffs.values())]
            assert list(other.payoffs.values()) == expected
            assert losses(other, scales) == losses(one, [Fraction(1)] * 4)


def losses(equilibrium: Equilibrium, scales: Sequence[Fraction]) -> Counter[object]:
    """Return the margins, each in the unit of its player."""
    names = list(equilibrium.payoffs)
    return Counter(
        (m.player, m.move, m.action, m.loss / scales[names.index(m.player)])
        for m in equilibrium.margins
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_order_of_players_and_actions_changes_nothing(seed: int) -> None:
    tree, game = draw(seed, EVERYTHING, ties=bool(seed % 3), profiles=200)
    players = len(game.players)
    order = random.Random(seed).sample(range(players), players)
    renamed = game_of(rename_players(tree, order), players)
    names = {game.players[order[k]]: game.players[k] for k in range(players)}
    turned = game_of(reverse_actions(tree), players)
    for before, other, reversed_ in zip(
        answers(game), answers(renamed), answers(turned), strict=True
    ):
        assert other.profiles == reversed_.profiles == before.profiles
        assert other.complete == reversed_.complete == before.complete
        if before.complete:  # Of a continuum the extreme points may be told apart otherwise.
            assert summary(reversed_) == summary(before)
            back: Counter[Summary] = Counter(
                (tuple(sorted((names[name], v) for name, v in payoffs)), count, shares)
                for payoffs, count, shares in summary(other).elements()
            )
            assert back == summary(before)


@pytest.mark.parametrize("seed", range(40))
def test_the_order_of_simultaneous_movers_changes_nothing(seed: int) -> None:
    rng = random.Random(seed)
    payoff = few if seed % 3 else many
    movers, sizes = (0, 1, 2), (2, rng.choice((2, 3)), 2)
    cells = list(itertools.product(*map(range, sizes)))
    ends: dict[tuple[int, ...], Tree] = {
        cell: tuple(payoff(rng) for _ in range(3)) for cell in cells
    }
    for cell in rng.sample(cells, 2):
        ends[cell] = Choice(
            rng.randrange(3), tuple(tuple(payoff(rng) for _ in range(3)) for _ in range(2))
        )
    listed = []
    for order in itertools.permutations(range(3)):
        places = [order.index(k) for k in range(3)]
        turned = [
            ends[tuple(cell[place] for place in places)]
            for cell in itertools.product(*(range(sizes[k]) for k in order))
        ]
        tree = together([movers[k] for k in order], [sizes[k] for k in order], turned, "stage")
        listed.append(answers(game_of(Draw((Fraction(1),), (tree,)), 3)))
    for first, *others in zip(*listed, strict=True):
        for other in others:
            assert (other.profiles, other.complete) == (first.profiles, first.complete)
            assert summary(other) == summary(first)


# -- certificates ---------------------------------------------------------------------------------


def random_behaviour(rng: random.Random, game: Game) -> brute.Behaviour:
    """Return random strategies, many of them pure or with zeros."""
    behaviour = {}
    for position in brute.decisions(game, range(len(game.children))):
        size = len(game.information_sets[position].actions)
        weights = [rng.choice((0, 0, 1, 2)) for _ in range(size)]
        if not any(weights):
            weights[rng.randrange(size)] = 1
        behaviour[position] = tuple(Fraction(w, sum(weights)) for w in weights)
    return behaviour


@pytest.mark.parametrize("concept", ["subgame-perfect", "nash"])
def test_gains_are_those_of_brute_force_and_the_deviation_shown_earns_them(concept: str) -> None:
    positive = 0
    for seed in range(80):
        rng = random.Random(seed)
        _, game = draw(seed, EVERYTHING, ties=bool(seed % 2), profiles=200)
        behaviour = random_behaviour(rng, game)
        certificate = certify(game, behaviour, concept)
        for k, player in enumerate(game.players):
            everywhere = concept == "subgame-perfect"
            gain = brute.largest_gain(game, behaviour, k, everywhere=everywhere)
            assert certificate.gains[player] == gain
            assert bool(certificate.deviations[player]) == (gain > 0)
            if gain:
                positive += 1
                assert (
                    gain_of_deviation(
                        game,
                        behaviour,
                        k,
                        certificate.places[player],
                        certificate.deviations[player],
                    )
                    == gain
                )
        assert certificate.largest_gain == max(certificate.gains.values())
        assert certificate.holds == (certificate.largest_gain == 0)
    assert positive >= 50


def gain_of_deviation(
    game: Game,
    behaviour: brute.Behaviour,
    player: int,
    place: str,
    deviation: Sequence[tuple[str, str]],
) -> Fraction:
    """Return what a deviation earns in the subgame that starts at `place`."""
    (root,) = [node for node in range(len(game.children)) if game.where(node) == place]
    named = {s.move: position for position, s in enumerate(game.information_sets)}
    changed = dict(behaviour)
    for move, action in deviation:
        head = game.information_sets[named[move]]
        assert head.player == player
        changed[named[move]] = tuple(Fraction(int(a == action)) for a in head.actions)
    before, after = (
        brute.expected(brute.lottery(game, root, b), game.payoffs, len(game.players))[player]
        for b in (behaviour, changed)
    )
    return after - before


def test_an_error_of_a_billionth_is_seen() -> None:
    """Where some other action is strictly worse in the subgame, playing it a little shows."""
    shifted = 0
    for seed in range(60):
        _, game = draw(seed, EVERYTHING, ties=bool(seed % 2), profiles=100)
        for equilibrium in solve(game, "subgame-perfect").equilibria[:3]:
            for position, strategy in equilibrium.profile.items():
                for action in range(len(strategy)):
                    changed = nudged(strategy, action)
                    if changed is None:
                        continue
                    behaviour = {**equilibrium.profile, position: changed}
                    expected = [
                        brute.largest_gain(game, behaviour, k) for k in range(len(game.players))
                    ]
                    certificate = certify(game, behaviour)
                    assert list(certificate.gains.values()) == expected
                    shifted += certificate.largest_gain > 0
                    assert certificate.largest_gain < 3 * max(
                        abs(v) + 1 for leaf in game.payoffs.values() for v in leaf
                    ) / Fraction(10**8)
    assert shifted >= 60


def nudged(strategy: Sequence[Fraction], action: int) -> tuple[Fraction, ...] | None:
    """Return the strategy with a billionth moved to `action`, from the one played most."""
    tiny, most = Fraction(1, 10**9), max(range(len(strategy)), key=lambda a: strategy[a])
    if most == action:
        return None
    moved = list(strategy)
    moved[action] += tiny
    moved[most] -= tiny
    return tuple(moved)


def test_margins_are_the_cost_of_single_deviations() -> None:
    for seed in range(60):
        _, game = draw(seed, EVERYTHING, ties=bool(seed % 2), profiles=200)
        behaviour = random_behaviour(random.Random(seed), game)
        players = len(game.players)
        expected: Counter[object] = Counter()
        value = brute.expected(brute.lottery(game, 0, behaviour), game.payoffs, players)
        for position, strategy in behaviour.items():
            head = game.information_sets[position]
            reach = probability_of(game, behaviour, head.nodes)
            for action, share in enumerate(strategy):
                if reach and share != 1:
                    pure = brute.certain(game, {position: action})
                    other = brute.lottery(game, 0, {**behaviour, **pure})
                    worth = brute.expected(other, game.payoffs, players)[head.player]
                    loss = (value[head.player] - worth) / reach
                    name = game.players[head.player]
                    expected[name, head.move, head.actions[action], loss] += 1
        listed = margins(game, behaviour)
        assert Counter((m.player, m.move, m.action, m.loss) for m in listed) == expected
        assert [m.loss for m in listed] == sorted(m.loss for m in listed)


def probability_of(game: Game, behaviour: brute.Behaviour, nodes: Sequence[int]) -> Fraction:
    """Return the probability that play passes one of some nodes, none of which follows another."""
    return sum(
        (p for _, p in brute.lottery(game, 0, behaviour, nodes) if _ in nodes), Fraction(0)
    ) or (Fraction(int(0 in nodes)))
