"""Zero-sum games: against the complete two-player solver, published values, and refusals."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from fractions import Fraction
from math import comb

import pytest

from negotiation import Game, load
from negotiation.errors import BudgetError, GameError, MethodError
from negotiation.solvers.bimatrix import extreme_equilibria
from negotiation.solvers.zero_sum import (
    OptimalStrategies,
    constant_sum_scale,
    optimal_strategies,
    solve_zero_sum,
    solve_zero_sum_game,
    zero_sum_equilibria,
)

Number = Fraction | int
Matrix = list[list[Number]]
Strategy = tuple[Fraction, ...]


def drawn(rng: random.Random, m: int, n: int, largest: int) -> Matrix:
    return [[rng.randint(-largest, largest) for _ in range(n)] for _ in range(m)]


def times(factor: Number, A: Matrix, shift: Number = 0) -> Matrix:
    return [[factor * payoff + shift for payoff in line] for line in A]


def conceded(x: Strategy, A: Matrix) -> list[Fraction]:
    """Return what player 1 gets with x against each column."""
    columns = zip(*A, strict=True)
    return [sum((p * a for p, a in zip(x, column, strict=True)), Fraction(0)) for column in columns]


def proves(A: Matrix, value: Fraction, x: Strategy, y: Strategy) -> None:
    """Check that x guarantees the value and y holds player 1 to it; von Neumann (1928)."""
    assert sum(x) == sum(y) == 1
    assert min(*x, *y) >= 0
    assert min(conceded(x, A)) == value
    transposed = [list(column) for column in zip(*A, strict=True)]
    assert max(conceded(y, transposed)) == value


# -- against the complete solver ------------------------------------------------------------------


@pytest.mark.parametrize("largest", [1, 2, 9, 999])
def test_all_equilibria_are_those_of_the_complete_solver(largest: int) -> None:
    """The same record: equilibria and their order, components, indices."""
    rng = random.Random(f"bimatrix {largest}")
    several = 0
    for _ in range(250):
        A = drawn(rng, rng.randint(1, 5), rng.randint(1, 5), largest)
        B = times(-rng.randint(1, 5), A, rng.randint(-9, 9))
        expected = extreme_equilibria(A, B)
        assert zero_sum_equilibria(A, B) == expected
        several += len(expected.equilibria) > 1
    assert several >= {1: 100, 2: 60, 9: 10, 999: 0}[largest]


def test_one_solution_is_among_all() -> None:
    rng = random.Random("one")
    for _ in range(300):
        A = drawn(rng, rng.randint(1, 6), rng.randint(1, 6), rng.choice([1, 2, 50]))
        one, every = solve_zero_sum(A), optimal_strategies(A)
        assert one.value == every.value
        proves(A, one.value, one.rows, one.columns)
        assert one.columns in every.columns  # A vertex; the prices may lie between vertices.
        for x in every.rows:
            for y in every.columns:
                proves(A, every.value, x, y)


# -- published values -----------------------------------------------------------------------------

TOURNAMENT: Matrix = [
    [0, 1, 1, -1, -1, -1],
    [-1, 0, -1, 1, 1, -1],
    [-1, 1, 0, 1, 1, -1],
    [1, -1, -1, 0, -1, 1],
    [1, -1, -1, 1, 0, 1],
    [1, 1, 1, -1, -1, 0],
]


def test_tournament() -> None:
    third = Fraction(1, 3)
    only = (Fraction(0), Fraction(0), third, Fraction(0), third, third)
    assert optimal_strategies(TOURNAMENT) == OptimalStrategies(Fraction(0), (only,), (only,))
    found = zero_sum_equilibria(TOURNAMENT, times(-1, TOURNAMENT))
    assert found.equilibria == ((only, only),)
    assert found.indices == (1,)


def inspection(periods: int, inspections: int) -> Fraction:
    """Solve Dresher's inspection game by recursion over its periods.

    The violator acts once, or never; the inspector is the row player and has some inspections for
    the periods left. A violation that is not inspected is worth -1 to him, one that is caught +1.
    """
    if inspections == 0:
        return Fraction(-1) if periods else Fraction(0)
    if inspections >= periods:
        return Fraction(0)
    return solve_zero_sum(
        [
            [inspection(periods - 1, inspections - 1), 1],
            [inspection(periods - 1, inspections), -1],
        ]
    ).value


def test_dreshers_inspection_games() -> None:
    """Dresher (1962): v(n, m) = -C(n-1, m) / sum over i <= m of C(n, i)."""
    for n in range(1, 9):
        for m in range(1, n + 1):
            expected = -Fraction(comb(n - 1, m), sum(comb(n, i) for i in range(m + 1)))
            assert inspection(n, m) == expected
    assert inspection(2, 1) == Fraction(-1, 3)
    assert inspection(3, 1) == Fraction(-1, 2)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_matching_and_guessing(n: int) -> None:
    """Who guesses one of n numbers right wins 1: value 1/n, both uniform."""
    A: Matrix = [[int(i == j) for j in range(n)] for i in range(n)]
    uniform = (Fraction(1, n),) * n
    assert optimal_strategies(A) == OptimalStrategies(Fraction(1, n), (uniform,), (uniform,))


def test_a_game_without_stakes_has_all_strategies() -> None:
    units = sorted(tuple(Fraction(int(i == j)) for i in range(4)) for j in range(4))
    every = optimal_strategies([[Fraction(7, 3)] * 4] * 4)
    assert (every.value, list(every.rows), list(every.columns)) == (Fraction(7, 3), units, units)


def test_62_actions_each() -> None:
    rng = random.Random("62")
    A = [[rng.randint(0, 999) for _ in range(62)] for _ in range(62)]
    found = solve_zero_sum(A)
    proves(A, found.value, found.rows, found.columns)


# -- changes that must not matter -----------------------------------------------------------------


def test_answers_do_not_depend_on_scale_order_or_side() -> None:
    rng = random.Random("changes")
    for _ in range(120):
        m, n = rng.randint(1, 5), rng.randint(1, 5)
        A = drawn(rng, m, n, rng.choice([1, 3, 99]))
        every = optimal_strategies(A)
        for factor in (Fraction(1, 10**9), Fraction(10**12), Fraction(10**40 + 1, 3)):
            other = optimal_strategies(times(factor, A, Fraction(-5, 7)))
            assert other == OptimalStrategies(
                factor * every.value - Fraction(5, 7), every.rows, every.columns
            )
        rows, columns = rng.sample(range(m), m), rng.sample(range(n), n)
        shuffled = optimal_strategies([[A[i][j] for j in columns] for i in rows])
        assert shuffled.value == every.value
        assert set(shuffled.rows) == {tuple(x[i] for i in rows) for x in every.rows}
        assert set(shuffled.columns) == {tuple(y[j] for j in columns) for y in every.columns}
        turned = optimal_strategies([[-A[i][j] for i in range(m)] for j in range(n)])
        assert turned == OptimalStrategies(-every.value, every.columns, every.rows)


# -- games ----------------------------------------------------------------------------------------


def game(A: Sequence[Sequence[Number]], B: Sequence[Sequence[Number]]) -> Game:
    return Game.from_arrays(A, B, players=["Row", "Column"], name="duel")


def test_games_of_constant_sum_in_any_unit() -> None:
    A: Matrix = [[3, -1], [-2, 4]]
    for factor, total in ((Fraction(-1), 0), (Fraction(-1, 10**9), 5), (Fraction(-7, 2), -3)):
        found = solve_zero_sum_game(game(A, times(factor, A, total)))
        assert found == optimal_strategies(A)
        assert constant_sum_scale(A, times(factor, A, total)) == -1 / factor


def test_a_tree_is_solved_in_strategic_form() -> None:
    """Matching pennies played one after another and seen: the second player always wins."""
    from tests.oracles.trees import Choice, game_of

    tree = game_of(
        Choice(0, (Choice(1, ((1, -1), (-1, 1))), Choice(1, ((-1, 1), (1, -1))))), players=2
    )
    found = solve_zero_sum_game(tree)
    assert found.value == -1
    assert len(found.rows) == 2
    assert len(found.columns) == 1


@pytest.mark.parametrize(
    ("A", "B", "place"),
    [
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]], "Row plays 1, Column plays 2"),
        ([[1, 2], [3, 4]], [[0, -1], [-2, -4]], "Row plays 2, Column plays 2"),
        ([[1, 1], [1, 2]], [[0, 0], [0, 0]], "Row plays 2, Column plays 2"),
        ([[0, 0], [0, 0]], [[0, 0], [1, 0]], "Row plays 2, Column plays 1"),
        ([[0, 1], [0, 0]], [[0, -1], [1, 0]], "Row plays 2, Column plays 1"),
        ([[2, 1], [3, 2]], [[2, 3], [1, "2.000000001"]], "Row plays 2, Column plays 2"),
    ],
)
def test_other_games_are_refused_with_the_cell(A: Matrix, B: Matrix, place: str) -> None:
    with pytest.raises(MethodError) as caught:
        solve_zero_sum_game(game(A, B))
    assert caught.value.place == f"duel: {place}"
    assert "not constant-sum" in caught.value.message
    assert "general game" in caught.value.remedy
    assert caught.value.exit_code == 4
    exact = [[Fraction(b) for b in line] for line in B]
    with pytest.raises(MethodError) as again:
        zero_sum_equilibria(A, exact)
    digits = [word.strip(",") for word in place.split() if word.strip(",").isdigit()]
    assert again.value.place == f"row {digits[0]}, column {digits[1]}"


def test_three_players_are_refused() -> None:
    with pytest.raises(MethodError, match="has two players, this one has 3"):
        solve_zero_sum_game(load("divide-and-exempt").at())


@pytest.mark.parametrize(
    ("A", "place"),
    [([], "A"), ([[]], "A"), ([[1, 2], [3]], "A, row 2"), ([[1, 0.5]], "A, row 1, column 2")],
)
def test_what_is_no_table_is_refused(A: Matrix, place: str) -> None:
    for call in (solve_zero_sum, optimal_strategies):
        with pytest.raises(GameError) as caught:
            call(A)
        assert caught.value.place == place
        assert caught.value.remedy


def test_tables_of_different_shapes_are_refused() -> None:
    with pytest.raises(GameError, match="A has 1x2 payoffs, B has 2x1"):
        constant_sum_scale([[1, 2]], [[1], [2]])


def test_budgets_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    A = drawn(random.Random(0), 9, 9, 99)
    for call in (solve_zero_sum, optimal_strategies):
        with pytest.raises(BudgetError):
            call(A, deadline=time.monotonic() - 1)
    tied: Matrix = [[0] * 3] * 3
    assert len(zero_sum_equilibria(tied, tied).equilibria) == 9
    monkeypatch.setattr("negotiation.solvers.zero_sum.MAX_EQUILIBRIA", 8)
    with pytest.raises(BudgetError, match="9 extreme equilibria, more than 8"):
        zero_sum_equilibria(tied, tied)
