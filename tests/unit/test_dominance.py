"""Dominance: against scipy, against perturbed games and enumeration, on named games, refusals.

The oracles work on a table of payoffs in floats or on an exact enumeration, and share no code with
the solver: scipy's linear program for mixtures, all pairs of rows for pure dominance, equilibria of
games of trembles for perfection.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from negotiation import Game, load, solve
from negotiation.errors import BudgetError, MethodError, NegotiationError, UsageError
from negotiation.formats.strategic_form import StrategicForm, strategic_form
from negotiation.selection import select_equilibria
from negotiation.solvers.bimatrix import extreme_equilibria
from negotiation.solvers.dominance import (
    Elimination,
    Reduction,
    check_reduction,
    dominating_strategy,
    eliminate,
    is_undominated,
    mixed_strategy,
    rationalisable,
    reduce_game,
)
from tests.oracles.trees import Choice, game_of

Number = Fraction | int
Rows = list[list[int]]


def form_of(*arrays: object) -> StrategicForm:
    return strategic_form(Game.from_arrays(*arrays))


def random_form(rng: random.Random, sizes: Sequence[int], largest: int) -> StrategicForm:
    def nested(left: Sequence[int]) -> object:
        if not left:
            return rng.randint(0, largest)
        return [nested(left[1:]) for _ in range(left[0])]

    return form_of(*(nested(sizes) for _ in sizes))


def rows_of(form: StrategicForm, player: int, kept: Sequence[Sequence[int]]) -> Rows:
    """Return a player's payoffs by action and by profile of the others, among those kept."""
    table = dict(zip(itertools.product(*map(range, form.sizes)), form.payoffs, strict=True))
    others = list(itertools.product(*kept[:player], *kept[player + 1 :]))
    return [
        [int(table[(*rest[:player], own, *rest[player:])][player]) for rest in others]
        for own in kept[player]
    ]


# -- the oracles ----------------------------------------------------------------------------------


def strictly_dominated(rows: Rows, own: Sequence[float], candidates: Sequence[int]) -> bool:
    """Ask scipy: is there a mixture of the candidate rows that is better throughout?"""
    from scipy.optimize import linprog

    if not candidates:
        return False
    count = len(candidates)
    found = linprog(
        [0.0] * count + [-1.0],
        A_ub=[[*(-rows[j][s] for j in candidates), 1] for s in range(len(own))],
        b_ub=[-x for x in own],
        A_eq=[[1] * count + [0]],
        b_eq=[1],
        bounds=[(0, None)] * count + [(None, None)],
    )
    assert found.status == 0
    return bool(-found.fun > 1e-9)


def weakly_dominated(rows: Rows, own: Sequence[float]) -> bool:
    """Ask scipy: is there a mixture that is never worse, and better in sum?"""
    from scipy.optimize import linprog

    found = linprog(
        [-float(sum(row)) for row in rows],
        A_ub=[[-row[s] for row in rows] for s in range(len(own))],
        b_ub=[-x + 1e-12 for x in own],
        A_eq=[[1] * len(rows)],
        b_eq=[1],
    )
    assert found.status == 0
    return bool(-found.fun > sum(own) + 1e-7)


def dominated_by_a_row(rows: Rows, k: int, by: str) -> bool:
    if by == "strict":
        return any(all(a > b for a, b in zip(row, rows[k], strict=True)) for row in rows)
    return any(
        all(a >= b for a, b in zip(row, rows[k], strict=True)) and row != rows[k] for row in rows
    )


def dominated(rows: Rows, k: int, by: str, pure: bool) -> bool:
    if pure:
        return dominated_by_a_row(rows, k, by)
    if by == "weak":
        return weakly_dominated(rows, rows[k])
    return strictly_dominated(rows, rows[k], [j for j in range(len(rows)) if j != k])


def rounds_by_oracle(form: StrategicForm, by: str, pure: bool) -> list[set[tuple[int, int]]]:
    """Return who loses which actions in each round, all players at once."""
    kept = [list(range(size)) for size in form.sizes]
    rounds = []
    while True:
        gone = set()
        for player, own in enumerate(kept):
            rows = rows_of(form, player, kept)
            gone |= {(player, own[k]) for k in range(len(own)) if dominated(rows, k, by, pure)}
        if not gone:
            return rounds
        rounds.append(gone)
        kept = [[k for k in own if (player, k) not in gone] for player, own in enumerate(kept)]


def rounds_of(reduction: Reduction) -> list[set[tuple[int, int]]]:
    return [{(claim.player, claim.action) for claim in claims} for claims in reduction.rounds]


# -- against the oracles --------------------------------------------------------------------------

SIZES = [(2, 2), (3, 2), (3, 3), (4, 3), (2, 2, 2), (3, 2, 2), (1, 3), (3,), (2, 2, 2, 2)]


@pytest.mark.parametrize(
    ("trials", "mixtures"), [(81, 1), pytest.param(180, 5, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("pure", [False, True])
@pytest.mark.parametrize("by", ["strict", "weak"])
def test_rounds_agree_with_the_oracle(by: str, pure: bool, trials: int, mixtures: int) -> None:
    rng = random.Random(f"rounds {by} {pure}")
    mixed = several = 0
    for trial in range(trials):
        form = random_form(rng, SIZES[trial % len(SIZES)], largest=(2, 4, 9)[trial // 9 % 3])
        reduction = eliminate(form, by, pure=pure)
        check_reduction(reduction)
        assert rounds_of(reduction) == rounds_by_oracle(form, by, pure)
        several += len(reduction.rounds) > 1
        mixed += any(len(c.mixture) > 1 for claims in reduction.rounds for c in claims)
    assert several >= trials / 9
    assert mixed == 0 if pure else mixed >= mixtures


def test_strict_dominance_needs_no_order() -> None:
    """Whatever the order, the same actions are left (but not for weak dominance)."""
    rng = random.Random("order")
    differs = 0
    for trial in range(150):
        sizes = SIZES[trial % len(SIZES)]
        form = random_form(rng, sizes, largest=2)
        orders = list(itertools.permutations(range(len(sizes))))[:6]
        together = eliminate(form)
        assert not together.order_matters
        for order in orders:
            in_turn = eliminate(form, order=order)
            assert in_turn.kept == together.kept
            assert all(len({claim.player for claim in claims}) == 1 for claims in in_turn.rounds)
        weak = {eliminate(form, "weak", order=order).kept for order in orders}
        differs += len(weak | {eliminate(form, "weak").kept}) > 1
    assert differs >= 10


def test_nothing_left_is_dominated_by_what_is_left_and_equilibria_survive() -> None:
    """Every equilibrium uses rationalisable actions only."""
    rng = random.Random("survive")
    removed = 0
    for _ in range(150):
        m, n = rng.randint(1, 4), rng.randint(1, 4)
        A, B = ([[rng.randint(0, 4) for _ in range(n)] for _ in range(m)] for _ in range(2))
        reduction = rationalisable(form_of(A, B))
        removed += sum(map(len, reduction.rounds))
        for pair in extreme_equilibria(A, B).equilibria:
            for strategy, kept in zip(pair, reduction.kept, strict=True):
                assert {k for k, p in enumerate(strategy) if p} <= set(kept)
        again = eliminate(reduction.reduced())
        assert again.rounds == ()
    assert removed >= 50


def test_every_action_left_has_a_belief() -> None:
    rng = random.Random("beliefs")
    mixed = 0
    for trial in range(150):
        form = random_form(rng, SIZES[trial % len(SIZES)], largest=(3, 9)[trial % 2])
        found = rationalisable(form)
        check_reduction(found)
        assert [len(believed) for believed in found.beliefs] == [len(own) for own in found.kept]
        mixed += any(len(belief) > 1 for believed in found.beliefs for belief in believed)
    assert mixed >= 5


# -- mixed strategies and perfection -------------------------------------------------------------


def test_weak_dominance_of_mixed_strategies_agrees_with_the_oracle() -> None:
    rng = random.Random("mixed")
    found = {True: 0, False: 0}
    for trial in range(300):
        form = random_form(rng, SIZES[trial % 6], largest=(1, 3)[trial % 2])
        player = rng.randrange(len(form.sizes))
        weights = [rng.randint(0, 2) for _ in range(form.sizes[player])]
        if not sum(weights):
            continue
        strategy = [Fraction(w, sum(weights)) for w in weights]
        rows = rows_of(form, player, [range(size) for size in form.sizes])
        own = [
            sum(float(p) * row[s] for p, row in zip(strategy, rows, strict=True))
            for s in range(len(rows[0]))
        ]
        expected = weakly_dominated(rows, own)
        better = dominating_strategy(form, player, strategy)
        assert (better is not None) == expected
        assert is_undominated(form, player, strategy) == (not expected)
        if better is not None:
            check_domination(rows, strategy, better)
        # Only the actions used matter.
        used = [Fraction(rng.randint(1, 9)) if p else Fraction(0) for p in strategy]
        other = [w / sum(used) for w in used]
        assert is_undominated(form, player, other) == (not expected)
        found[expected] += 1
    assert min(found.values()) >= 40


def check_domination(rows: Rows, worse: Sequence[Fraction], better: Sequence[Fraction]) -> None:
    assert sum(better) == 1
    assert min(better) >= 0
    gains = [
        sum((q - p) * row[s] for p, q, row in zip(worse, better, rows, strict=True))
        for s in range(len(rows[0]))
    ]
    assert min(gains) >= 0
    assert max(gains) > 0


def best_reply_to_full_support(rows: Rows, used: Sequence[int]) -> bool:
    """Ask scipy for a belief to which all `used` are best replies, its least weight largest.

    A strategy is undominated iff it is a best reply to a belief that excludes nothing.
    """
    from scipy.optimize import linprog

    width = len(rows[0])
    better = [[*(row[s] - rows[k][s] for s in range(width)), 0] for row in rows for k in used]
    least = [[*(-int(s == t) for s in range(width)), 1] for t in range(width)]
    found = linprog(
        [0] * width + [-1],
        A_ub=[*better, *least],
        b_ub=[0] * (len(better) + width),
        A_eq=[[1] * width + [0]],
        b_eq=[1],
        bounds=[(0, None)] * width + [(None, None)],
    )
    return bool(found.status == 0 and -found.fun > 1e-9)


def perfect_by_trembles(A: Rows, B: Rows, x: Sequence[Fraction], y: Sequence[Fraction]) -> bool:
    """Selten's definition: each strategy is a best reply to trembles of the other's, however small.

    An equilibrium is perfect iff x is a best reply to a sequence of completely mixed strategies
    that goes to y, and y to one that goes to x (Selten 1975, theorem 7). Trembles towards all
    points of a grid inside the simplex are tried, each with two tiny probabilities.
    """
    columns = [list(column) for column in zip(*B, strict=True)]
    return stays_best(A, x, y) and stays_best(columns, y, x)


def stays_best(rows: Rows, own: Sequence[Fraction], other: Sequence[Fraction]) -> bool:
    used = [k for k, p in enumerate(own) if p]
    steps = 6
    inside = [
        point
        for point in itertools.product(range(1, steps), repeat=len(other))
        if math.gcd(*point) == 1
    ]

    def are_best(point: tuple[int, ...], step: Fraction) -> bool:
        total = sum(point)
        mixed = [
            (1 - step) * q + step * Fraction(w, total) for q, w in zip(other, point, strict=True)
        ]
        worth = [sum(a * q for a, q in zip(row, mixed, strict=True)) for row in rows]
        return all(worth[k] == max(worth) for k in used)

    tiny = (Fraction(1, 10**6), Fraction(1, 10**7))
    return any(all(are_best(point, step) for step in tiny) for point in inside)


def test_undominated_strategies_are_best_replies_to_full_support() -> None:
    rng = random.Random("full support")
    found = {True: 0, False: 0}
    for trial in range(250):
        form = random_form(rng, SIZES[trial % 6], largest=(1, 2, 4)[trial % 3])
        player = rng.randrange(len(form.sizes))
        size = form.sizes[player]
        used = rng.sample(range(size), rng.randint(1, size))
        strategy = [Fraction(int(k in used), len(used)) for k in range(size)]
        rows = rows_of(form, player, [range(n) for n in form.sizes])
        expected = best_reply_to_full_support(rows, used)
        assert is_undominated(form, player, strategy) == expected
        found[expected] += 1
    assert min(found.values()) >= 40


@pytest.mark.parametrize(
    ("m", "n", "count"),
    [
        (2, 2, 150),
        (3, 3, 30),
        pytest.param(2, 2, 400, marks=pytest.mark.slow),
        pytest.param(3, 3, 60, marks=pytest.mark.slow),
    ],
)
def test_undominated_equilibria_are_the_perfect_ones(m: int, n: int, count: int) -> None:
    """Van Damme (1991), theorem 3.2.2, against Selten's definition by trembles."""
    rng = random.Random(f"perfect {m} {n}")
    found = {True: 0, False: 0}
    for _ in range(count):
        A, B = ([[rng.randint(0, 2) for _ in range(n)] for _ in range(m)] for _ in range(2))
        form = form_of(A, B)
        for x, y in extreme_equilibria(A, B).equilibria:
            expected = perfect_by_trembles(A, B, x, y)
            assert (is_undominated(form, 0, x) and is_undominated(form, 1, y)) == expected
            found[expected] += 1
    assert min(found.values()) >= 30


# -- named games ----------------------------------------------------------------------------------


def test_dominated_by_a_mixture_only() -> None:
    """Neither top nor middle dominates bottom; half of each does."""
    form = form_of([[3, 0], [0, 3], [1, 1]], [[0, 0], [0, 0], [0, 0]])
    (claims,) = eliminate(form).rounds
    (claim,) = claims
    half = Fraction(1, 2)
    assert (claim.player, claim.action, claim.mixture) == (0, 2, ((0, half), (1, half)))
    assert (claim.least, claim.most) == (half, half)
    assert eliminate(form, pure=True).rounds == ()
    undecided = form_of([[3, 0], [0, 3], [Fraction(3, 2)] * 2], [[0, 0]] * 3)
    assert eliminate(undecided).rounds == ()
    assert eliminate(undecided, "weak").rounds == ()
    slightly = form_of([[3, 0], [0, 3], ["1.4999999999999999999999"] * 2], [[0, 0]] * 3)
    assert len(eliminate(slightly).rounds) == 1


def test_guessing_two_thirds_of_the_average() -> None:
    """Of two players the one with the smaller number is closer: 0 weakly dominates the rest."""

    def payoff(own: int, other: int) -> int:
        aim = Fraction(own + other, 3)
        return (abs(own - aim) <= abs(other - aim)) + (abs(own - aim) < abs(other - aim))

    A = [[payoff(i, j) for j in range(11)] for i in range(11)]
    B = [[payoff(j, i) for j in range(11)] for i in range(11)]
    reduction = eliminate(form_of(A, B), "weak")
    assert reduction.kept == ((0,), (0,))
    assert all(claim.mixture == ((0, 1),) for claim in reduction.rounds[0])


def test_order_matters_for_weak_dominance() -> None:
    """Who loses an action first makes the other indifferent."""
    form = form_of([[1, 1], [1, 0]], [[1, 1], [1, 0]])
    together = eliminate(form, "weak")
    first, second = (eliminate(form, "weak", order=order) for order in ((0, 1), (1, 0)))
    assert together.kept == ((0,), (0,))
    assert first.kept == ((0,), (0, 1))
    assert second.kept == ((0, 1), (0,))
    assert together.order_matters
    assert (
        together.meaning == "what iterated weak dominance leaves, all players at once in each round"
    )
    assert second.meaning == "what iterated weak dominance leaves, in turn Player 2, Player 1"


def test_correlated_rationalisability_of_three_players() -> None:
    """Osborne and Rubinstein (1994), figure 58.1: M2 is a best reply to correlated beliefs only.

    The belief must give the two equal pairs the same weight, 3/8 at least.
    """
    payoff = {(0, 0): [8, 4, 0, 3], (1, 1): [0, 4, 8, 3]}
    common = [[payoff.get((i, j), [0, 0, 0, 3]) for j in range(2)] for i in range(2)]
    found = rationalisable(form_of(common, common, common))
    assert found.meaning == "the correlated rationalisable actions"
    assert found.kept == ((0, 1), (0, 1), (0, 1, 2, 3))
    belief = dict(found.beliefs[2][1])
    assert belief[0, 0] == belief[1, 1] >= Fraction(3, 8)
    two = rationalisable(form_of([[1, 0], [0, 1]], [[1, 0], [0, 1]]))
    assert two.meaning == "the rationalisable actions"


def test_matching_pennies_with_a_middle_action_needs_a_mixed_belief() -> None:
    form = form_of([[3, 0], [0, 3], [2, 2]], [[0, 1], [1, 0], [0, 0]])
    found = rationalisable(form)
    assert found.rounds == ()
    belief = dict(found.beliefs[0][2])
    assert set(belief) == {(0,), (1,)}
    assert 3 * max(belief.values()) <= 2


def test_the_flagship_by_weak_dominance() -> None:
    """What is left of the flagship: nobody joins a coalition that cannot succeed or was divided."""
    reduction = reduce_game(load("divide-and-exempt").at(), "weak")
    assert [len(claims) for claims in reduction.rounds] == [24, 6]
    left = reduction.reduced()
    assert left.strategies[0] == ("uniform control", "US only")
    assert left.sizes == (2, 2, 2)
    assert len(left.payoffs) == 8
    assert len(left.plans[1]) == 2


# -- changes that must not matter -----------------------------------------------------------------


def test_reductions_do_not_depend_on_scale_shift_or_order() -> None:
    rng = random.Random("changes")
    for trial in range(100):
        sizes = SIZES[trial % len(SIZES)]
        form = random_form(rng, sizes, largest=3)
        units = [rng.choice([Fraction(1, 10**9), Fraction(10**12), Fraction(22, 7)]) for _ in sizes]
        shifts = [Fraction(rng.randint(-99, 99), 7) for _ in sizes]
        orders = [rng.sample(range(size), size) for size in sizes]
        cells = {
            cell: tuple(u * p + s for u, p, s in zip(units, payoffs, shifts, strict=True))
            for cell, payoffs in zip(
                itertools.product(*map(range, sizes)), form.payoffs, strict=True
            )
        }
        changed = replace(
            form,
            strategies=tuple(
                tuple(labels[k] for k in order)
                for labels, order in zip(form.strategies, orders, strict=True)
            ),
            payoffs=[cells[cell] for cell in itertools.product(*orders)],
        )
        for by, pure in itertools.product(("strict", "weak"), (False, True)):
            one, other = eliminate(form, by, pure=pure), eliminate(changed, by, pure=pure)
            assert rounds_of(one) == [
                {(player, orders[player][k]) for player, k in claims} for claims in rounds_of(other)
            ]


def test_players_may_be_swapped() -> None:
    rng = random.Random("swap")
    for _ in range(60):
        m, n = rng.randint(1, 4), rng.randint(1, 4)
        A, B = ([[rng.randint(0, 3) for _ in range(n)] for _ in range(m)] for _ in range(2))
        turned = form_of(*([[M[i][j] for i in range(m)] for j in range(n)] for M in (B, A)))
        for by in ("strict", "weak"):
            assert eliminate(turned, by).kept == eliminate(form_of(A, B), by).kept[::-1]


# -- checking and refusals ------------------------------------------------------------------------


def test_false_claims_are_found() -> None:
    """Each number and name of a true reduction is changed in turn."""
    form = form_of([[3, 0], [0, 3], [1, 1], [4, 4]], [[0, 1], [1, 0], [0, 0], [0, 1]])
    sound = rationalisable(form)
    check_reduction(sound)
    first = sound.rounds[0][0]
    bit = Fraction(1, 10**9)
    changes: list[Callable[[], Reduction]] = [
        lambda: altered(sound, replace(first, least=first.least + bit)),
        lambda: altered(sound, replace(first, most=first.most + bit)),
        lambda: altered(sound, replace(first, mixture=((3, 1 - bit), (0, bit)))),
        lambda: altered(sound, replace(first, mixture=((3, Fraction(1, 2)),))),
        lambda: altered(sound, replace(first, mixture=((3, Fraction(2)), (0, Fraction(-1))))),
        lambda: altered(sound, replace(first, action=3)),
        lambda: replace(sound, kept=((0, 3), (0, 1))),
        lambda: replace(sound, rounds=sound.rounds[1:]),
        lambda: replace(sound, rounds=sound.rounds[:1]),
        lambda: replace(sound, beliefs=(((((1,), bit),),), *sound.beliefs[1:])),
        lambda: replace(sound, beliefs=(sound.beliefs[0], ((((0,), Fraction(1)),),))),
    ]
    for change in changes:
        with pytest.raises(NegotiationError, match="is false"):
            check_reduction(change())


def altered(reduction: Reduction, claim: object) -> Reduction:
    rest = reduction.rounds[0][1:]
    return replace(reduction, rounds=((claim, *rest), *reduction.rounds[1:]))  # type: ignore[arg-type]


def test_claims_that_break_one_rule_are_found() -> None:
    """An equal action does not dominate; nor does one that is gone."""
    equal = form_of([[1, 2], [1, 2], [0, 0]], [[0, 0]] * 3)
    zero, one = Fraction(0), Fraction(1)
    sound = eliminate(equal, "weak")
    assert sound.kept == ((0, 1), (0, 1))
    twin = Elimination(0, 1, ((0, one),), zero, zero)
    with pytest.raises(NegotiationError, match="is false"):
        check_reduction(replace(sound, rounds=(*sound.rounds, (twin,)), kept=((0,), (0, 1))))
    chain = form_of([[2, 2], [1, 1], [0, 0]], [[0, 0]] * 3)
    first = Elimination(0, 1, ((0, one),), one, one)
    late = Elimination(0, 2, ((1, one),), one, one)
    for claims, holds in ((((first, late),), True), (((first,), (late,)), False)):
        reduction = replace(eliminate(chain), rounds=claims, kept=((0,), (0, 1)))
        if holds:
            check_reduction(reduction)
        else:
            with pytest.raises(NegotiationError, match="is false"):
                check_reduction(reduction)


def test_what_dominates_is_not_itself_dominated_in_the_same_way() -> None:
    rng = random.Random("dominating")
    chains = 0
    for trial in range(150):
        form = random_form(rng, SIZES[trial % 6], largest=(2, 6)[trial % 2])
        for by, pure in itertools.product(("strict", "weak"), (False, True)):
            for claims in eliminate(form, by, pure=pure).rounds:
                gone = {(claim.player, claim.action) for claim in claims}
                chains += len(gone) > 1
                for claim in claims:
                    if pure or len(claim.mixture) > 1:
                        assert not {(claim.player, k) for k, _ in claim.mixture} & gone
    assert chains >= 50


def test_a_mixture_is_no_pure_strategy() -> None:
    form = form_of([[3, 0], [0, 3], [1, 1]], [[0, 0]] * 3)
    with pytest.raises(NegotiationError, match="is false"):
        check_reduction(replace(eliminate(form), pure=True))


@pytest.mark.parametrize(
    ("options", "place", "remedy"),
    [
        ({"by": "strct"}, "by", "'strict'"),
        ({"by": ""}, "by", "strict, weak"),
        ({"by": "weak", "justify": True}, "--rationalisable", "leave out --by weak"),
        ({"pure": True, "justify": True}, "--rationalisable", "leave out --pure"),
    ],
)
def test_wrong_calls(options: dict[str, object], place: str, remedy: str) -> None:
    game = Game.from_arrays([[1, 0]], [[1, 0]])
    with pytest.raises(UsageError) as caught:
        reduce_game(game, **options)  # type: ignore[arg-type]
    assert caught.value.place == place
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("order", [(0,), (0, 0), (0, 1, 2), (1, 2)])
def test_wrong_orders(order: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="each of 2 players once"):
        eliminate(form_of([[1, 0]], [[1, 0]]), order=order)


@pytest.mark.parametrize(
    ("player", "strategy"),
    [(2, [1, 0]), (-1, [1, 0]), (0, [1]), (0, [1, 1]), (0, [2, -1]), (0, [0.5, 0.5]), (0, [])],
)
def test_wrong_strategies(player: int, strategy: list[Number]) -> None:
    with pytest.raises(UsageError) as caught:
        is_undominated(form_of([[1, 0], [0, 1]], [[1, 0], [0, 1]]), player, strategy)
    assert caught.value.remedy


def test_budgets_are_kept() -> None:
    form = random_form(random.Random(1), (6, 6), 99)
    for call in (eliminate, rationalisable):
        with pytest.raises(BudgetError, match="before all dominated actions were found"):
            call(form, deadline=time.monotonic() - 1)  # type: ignore[operator]
    with pytest.raises(BudgetError):
        reduce_game(Game.from_arrays([[1, 2]], [[1, 2]]), budget=0.0)
    with pytest.raises(MethodError, match="profiles"):
        reduce_game(load("divide-and-exempt-members").at())


# -- behaviour strategies and equilibria of a solution --------------------------------------------


def test_a_behaviour_strategy_as_a_mixed_one() -> None:
    """The player moves again only after going on; the plan that stops says nothing more."""
    tree = game_of(Choice(0, ((0, 0), Choice(1, (Choice(0, ((1, 1), (2, 2))), (3, 3))))), 2)
    form = strategic_form(tree)
    half, third = Fraction(1, 2), Fraction(1, 3)
    profile = {0: (third, 1 - third), 1: (half, half), 2: (Fraction(1, 4), Fraction(3, 4))}
    mixed = mixed_strategy(form, 0, profile)
    named = dict(zip(form.strategies[0], mixed, strict=True))
    assert named == {"a0 / *": third, "a1 / a0": Fraction(1, 6), "a1 / a1": Fraction(1, 2)}
    assert mixed_strategy(form, 1, profile) == (half, half)


def test_perfection_removes_the_empty_threat() -> None:
    """Entry deterrence: to fight is weakly dominated in the whole game."""
    entry = game_of(Choice(0, ((0, 2), Choice(1, ((-1, -1), (1, 1))))), 2)
    solution = solve(entry, "nash")
    kept = select_equilibria(entry, solution.equilibria, "undominated")
    assert [dict(e.payoffs) for e in kept] == [{"A": 1, "B": 1}]
    assert len(solution.equilibria) > 1
