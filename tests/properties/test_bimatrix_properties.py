"""The complete two-player solver against brute force, and under changes that must not matter."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation.solvers.bimatrix import BimatrixEquilibria, extreme_equilibria
from tests.drawing import examples
from tests.oracles import bimatrix_brute_force as brute

Matrix = Sequence[Sequence[Fraction | int]]
Game = tuple[Matrix, Matrix]
Strategy = tuple[Fraction, ...]

RANGES = [(0, 1), (0, 2), (0, 3), (-9, 9), (0, 999)]
SHAPES = [(m, n) for m in range(1, 5) for n in range(1, 5)]


def random_game(source: random.Random, m: int, n: int, low: int, high: int) -> Game:
    A, B = ([[source.randint(low, high) for _ in range(n)] for _ in range(m)] for _ in range(2))
    return A, B


def spans(solution: BimatrixEquilibria) -> list[frozenset[brute.Pair]]:
    """Return the components as sets of equilibria."""
    return [
        frozenset(solution.equilibria[k] for k in component.equilibria)
        for component in solution.components
    ]


def connected_sets(solution: BimatrixEquilibria) -> list[frozenset[brute.Pair]]:
    """Return the connected components, by number, as sets of extreme equilibria."""
    sets: list[set[brute.Pair]] = [set() for _ in solution.connected_indices]
    for component, span in zip(solution.components, spans(solution), strict=True):
        sets[component.connected] |= span
    return [frozenset(one) for one in sets]


def agrees_with_brute_force(A: Matrix, B: Matrix) -> None:
    """Compare everything the solver says with what brute force finds."""
    solution = extreme_equilibria(A, B)
    expected = brute.extreme_equilibria(A, B)
    assert set(solution.equilibria) == expected
    assert len(solution.equilibria) == len(expected)
    subsets = brute.maximal_nash_subsets(expected)
    assert set(spans(solution)) == subsets
    assert len(solution.components) == len(subsets)
    assert set(connected_sets(solution)) == brute.connected_components(subsets)
    for (x, y), index in zip(solution.equilibria, solution.indices, strict=True):
        assert index == (brute.index(x, y, A, B) if brute.is_regular(x, y, A, B) else None)
    assert solution.regular == (None not in solution.indices)
    assert sum(solution.connected_indices) == 1
    if solution.regular:
        assert sum(index or 0 for index in solution.indices) == 1
        assert len(solution.equilibria) % 2 == 1
    if brute.is_nondegenerate(A, B):
        assert solution.regular


# Against brute force


@pytest.mark.parametrize("count", [8, pytest.param(25, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_random_games_agree_with_brute_force(low: int, high: int, count: int) -> None:
    """Some games of each of the 16 shapes up to 4x4, four times as many of 2x2 and 3x3."""
    source = random.Random(f"brute {low} {high}")
    for m, n in [*SHAPES * count, *[(2, 2), (3, 3)] * 3 * count]:
        agrees_with_brute_force(*random_game(source, m, n, low, high))


def test_all_2x2_games_with_entries_0_and_1() -> None:
    for bits in range(2**8):
        a, b, c, d, e, f, g, h = (bits >> k & 1 for k in range(8))
        agrees_with_brute_force([[a, b], [c, d]], [[e, f], [g, h]])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_many_random_games_agree_with_brute_force(low: int, high: int, seed: int) -> None:
    source = random.Random(f"many {low} {high} {seed}")
    for m, n in [*SHAPES * 60, *[(2, 6), (6, 2), (3, 5), (5, 3), (4, 5), (5, 4), (5, 5)] * 10]:
        agrees_with_brute_force(*random_game(source, m, n, low, high))


@pytest.mark.parametrize("kind", ["zero-sum", "symmetric", "common interest", "repeated lines"])
def test_structured_games_agree_with_brute_force(kind: str) -> None:
    source = random.Random(kind)
    for _ in range(40):
        m = source.randint(1, 4)
        n = m if kind == "symmetric" else source.randint(1, 4)
        A, B = random_game(source, m, n, 0, 3)
        if kind == "zero-sum":
            B = [[-a for a in line] for line in A]
        elif kind == "symmetric":
            B = brute.transpose(A)
        elif kind == "common interest":
            B = A
        else:
            rows, columns = source.choices(range(m), k=m), source.choices(range(n), k=n)
            A, B = ([[M[i][j] for j in columns] for i in rows] for M in (A, B))
        agrees_with_brute_force(A, B)


# What must not matter


@st.composite
def games(draw: st.DrawFn, largest: int = 4) -> Game:
    m, n = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    low, high = draw(st.sampled_from(RANGES))
    entry = st.integers(low, high)
    table = st.lists(st.lists(entry, min_size=n, max_size=n), min_size=m, max_size=m)
    return draw(table), draw(table)


factors = st.one_of(
    st.sampled_from([Fraction(1, 10**9), Fraction(10**12), Fraction(2**89 - 1, 2**61 - 1)]),
    st.fractions(min_value=Fraction(1, 10**6), max_value=10**6),
)
shifts = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6)


@examples(120)
@given(games(), factors, factors, st.data())
def test_scaling_and_shifting_payoffs_change_nothing(
    game: Game, a: Fraction, b: Fraction, data: st.DataObject
) -> None:
    """Each matrix is scaled; each column of A and each row of B gets a constant of its own."""
    A, B = game
    by_column = [data.draw(shifts) for _ in A[0]]
    by_row = [data.draw(shifts) for _ in B]
    changed_A = [[a * p + shift for p, shift in zip(row, by_column, strict=True)] for row in A]
    changed_B = [[b * p + shift for p in row] for row, shift in zip(B, by_row, strict=True)]
    assert extreme_equilibria(changed_A, changed_B) == extreme_equilibria(A, B)


def assert_same_after(
    change: Callable[[brute.Pair], brute.Pair],
    before: BimatrixEquilibria,
    after: BimatrixEquilibria,
) -> None:
    """Compare two answers up to order, the first one's equilibria put through `change`.

    The numbers of the connected components differ, their members and indices do not. The indices
    come from a perturbation that depends on the order of actions, so they test themselves here.
    """
    moved = [change(pair) for pair in before.equilibria]
    assert len(after.equilibria) == len(moved)
    assert dict(zip(after.equilibria, after.indices, strict=True)) == dict(
        zip(moved, before.indices, strict=True)
    )
    assert set(spans(after)) == {frozenset(map(change, span)) for span in spans(before)}
    assert dict(zip(connected_sets(after), after.connected_indices, strict=True)) == {
        frozenset(map(change, members)): index
        for members, index in zip(connected_sets(before), before.connected_indices, strict=True)
    }


@examples(200)
@given(games(largest=5))
def test_swapping_players(game: Game) -> None:
    A, B = game
    assert_same_after(
        lambda pair: (pair[1], pair[0]),
        extreme_equilibria(A, B),
        extreme_equilibria(brute.transpose(B), brute.transpose(A)),
    )


@examples(200)
@given(games(largest=5), st.randoms(use_true_random=False))
def test_permuting_actions(game: Game, source: random.Random) -> None:
    A, B = game
    rows, columns = list(range(len(A))), list(range(len(A[0])))
    source.shuffle(rows)
    source.shuffle(columns)

    def permuted(pair: brute.Pair) -> brute.Pair:
        return tuple(pair[0][i] for i in rows), tuple(pair[1][j] for j in columns)

    A_permuted, B_permuted = ([[M[i][j] for j in columns] for i in rows] for M in (A, B))
    assert_same_after(
        permuted, extreme_equilibria(A, B), extreme_equilibria(A_permuted, B_permuted)
    )


@given(games())
def test_a_strictly_dominated_action_changes_nothing(game: Game) -> None:
    """The new last row is worse than a mixture of the rows, for no single one of them need be."""
    A, B = game
    worse = [Fraction(sum(column), len(A)) - 1 for column in zip(*A, strict=True)]
    before = extreme_equilibria(A, B)
    after = extreme_equilibria([*A, worse], [*B, [0] * len(A[0])])
    assert after.equilibria == tuple(((*x, Fraction(0)), y) for x, y in before.equilibria)
    assert after.components == before.components
    assert after.indices == before.indices
    assert after.connected_indices == before.connected_indices


# What is found is an equilibrium


def mixture(source: random.Random, strategies: Sequence[Strategy]) -> Strategy:
    """Return a random convex combination."""
    weights = [source.randint(0, 5) for _ in strategies]
    weights[source.randrange(len(weights))] += 1
    return tuple(
        sum((w * p for w, p in zip(weights, ps, strict=True)), Fraction(0)) / sum(weights)
        for ps in zip(*strategies, strict=True)
    )


def all_is_equilibrium(A: Matrix, B: Matrix, source: random.Random) -> None:
    """Check every pair, that components are products, and mixtures within them."""
    solution = extreme_equilibria(A, B)
    assert all(brute.is_equilibrium(x, y, A, B) for x, y in solution.equilibria)
    assert {k for c in solution.components for k in c.equilibria} == set(
        range(len(solution.equilibria))
    )
    for span in spans(solution):
        xs, ys = (sorted({pair[player] for pair in span}) for player in (0, 1))
        assert span == {(x, y) for x in xs for y in ys}
        for _ in range(3):
            assert brute.is_equilibrium(mixture(source, xs), mixture(source, ys), A, B)


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_components_consist_of_equilibria(low: int, high: int) -> None:
    source = random.Random(f"mixtures {low} {high}")
    for m, n in [(3, 3), (4, 4), (2, 7), (6, 3), (5, 5)] * 8:
        all_is_equilibrium(*random_game(source, m, n, low, high), source)


@pytest.mark.slow
@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize(("m", "n"), [(8, 8), (6, 9), (10, 10), (2, 40), (30, 3)])
def test_components_of_large_games_consist_of_equilibria(
    m: int, n: int, low: int, high: int
) -> None:
    source = random.Random(f"large {m} {n} {low} {high}")
    for _ in range(4):
        A, B = random_game(source, m, n, low, high)
        all_is_equilibrium(A, B, source)
        assert_same_after(
            lambda pair: (pair[1], pair[0]),
            extreme_equilibria(A, B),
            extreme_equilibria(brute.transpose(B), brute.transpose(A)),
        )
