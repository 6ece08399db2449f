"""Named hard two-player games whose equilibria are known, and the refusals."""

from __future__ import annotations

import subprocess
import sys
import time
from fractions import Fraction
from itertools import product
from math import comb

import pytest

from negotiation.errors import BudgetError, GameError
from negotiation.solvers.bimatrix import BimatrixEquilibria, ConvexComponent, extreme_equilibria
from tests.oracles import bimatrix_brute_force as brute
from tests.promptness import ends_soon

Matrix = list[list[Fraction]]


def exact(rows: list[list[object]]) -> Matrix:
    return [[Fraction(str(entry)) for entry in row] for row in rows]


def strategies(*pairs: tuple[str, str]) -> list[tuple[tuple[Fraction, ...], ...]]:
    """Read pairs such as ("1/2 1/2", "1 0")."""
    return [tuple(tuple(map(Fraction, s.split())) for s in pair) for pair in pairs]


def negative(matrix: Matrix) -> Matrix:
    return [[-entry for entry in row] for row in matrix]


def identity(n: int) -> list[list[int]]:
    return [[int(i == j) for j in range(n)] for i in range(n)]


def payoff(x: tuple[Fraction, ...], matrix: Matrix, y: tuple[Fraction, ...]) -> Fraction:
    return sum((p * q * matrix[i][j] for i, p in enumerate(x) for j, q in enumerate(y)), Fraction())


def pure(*pairs: tuple[int, int], m: int, n: int) -> list[tuple[tuple[Fraction, ...], ...]]:
    unit = [[Fraction(int(i == k)) for i in range(max(m, n))] for k in range(max(m, n))]
    return [(tuple(unit[i][:m]), tuple(unit[j][:n])) for i, j in pairs]


# Games with a known answer


def test_equilibrium_that_floating_point_support_enumeration_loses() -> None:
    solution = extreme_equilibria(
        [[3, -3, 1], [-7, 7, -1], [8, 6, 4]], [[-5, 5, -9], [1, -2, 9], [-6, 8, -8]]
    )
    assert list(solution.equilibria) == strategies(("0 16/27 11/27", "0 5/6 1/6"))
    assert solution.indices == (1,)
    assert solution.regular


# Rows beat columns: 3 beats 5 beats 6 beats 3; each of 1, 2, 4 beats exactly one of these three.
TOURNAMENT = [
    [0, 1, 1, -1, -1, -1],
    [-1, 0, -1, 1, 1, -1],
    [-1, 1, 0, 1, 1, -1],
    [1, -1, -1, 0, -1, 1],
    [1, -1, -1, 1, 0, 1],
    [1, 1, 1, -1, -1, 0],
]


def test_zero_sum_tournament_has_one_equilibrium() -> None:
    B = [[-entry for entry in row] for row in TOURNAMENT]
    assert [list(column) for column in zip(*TOURNAMENT, strict=True)] == B
    solution = extreme_equilibria(TOURNAMENT, B)
    assert list(solution.equilibria) == strategies(("0 0 1/3 0 1/3 1/3",) * 2)
    assert solution.indices == (1,)


@pytest.mark.parametrize("n", range(1, 9))
def test_coordination_has_one_equilibrium_for_each_set_of_actions(n: int) -> None:
    solution = extreme_equilibria(identity(n), identity(n))
    supports = [s for s in product((0, 1), repeat=n) if any(s)]
    uniform = {tuple(Fraction(used, sum(s)) for used in s): sum(s) for s in supports}
    assert len(solution.equilibria) == 2**n - 1
    assert set(solution.equilibria) == {(x, x) for x in uniform}
    assert solution.indices == tuple((-1) ** (uniform[x] + 1) for x, _ in solution.equilibria)
    assert solution.connected_indices == solution.indices
    assert [c.equilibria for c in solution.components] == [(k,) for k in range(2**n - 1)]


# B is the same in the two games of Savani and von Stengel (2006); only the rows of A are permuted.
SAVANI_VON_STENGEL_B = [
    [72, 36, 17, -3, -36, -153],
    [-180, -81, -30, 20, 90, 270],
    [297, 126, 42, -33, -126, -333],
    [-333, -126, -33, 42, 126, 297],
    [270, 90, 20, -30, -81, -180],
    [-153, -36, -3, 17, 36, 72],
]
LONG_PATHS_A = [
    [-180, 72, -333, 297, -153, 270],
    [-30, 17, -33, 42, -3, 20],
    [-81, 36, -126, 126, -36, 90],
    [90, -36, 126, -126, 36, -81],
    [20, -3, 42, -33, 17, -30],
    [270, -153, 297, -333, 72, -180],
]


def test_von_stengels_game_with_75_equilibria() -> None:
    """Von Stengel (1999), Discrete and Computational Geometry 21, 557-568; small payoffs."""
    A = [LONG_PATHS_A[i] for i in (2, 0, 4, 1, 5, 3)]
    solution = extreme_equilibria(A, SAVANI_VON_STENGEL_B)
    assert len(solution.equilibria) == len(set(solution.equilibria)) == 75
    assert solution.regular
    assert solution.indices.count(1) == 38
    assert solution.indices.count(-1) == 37
    assert set(solution.equilibria) == brute.extreme_equilibria(A, SAVANI_VON_STENGEL_B)


def test_game_with_long_lemke_howson_paths_has_one_equilibrium() -> None:
    """Savani and von Stengel (2006), Econometrica 74, 397-429."""
    solution = extreme_equilibria(LONG_PATHS_A, SAVANI_VON_STENGEL_B)
    assert len(solution.equilibria) == 1
    assert min(solution.equilibria[0][0] + solution.equilibria[0][1]) > 0
    assert solution.indices == (1,)


@pytest.mark.parametrize("unit", ["1", "1e-9", "1e9", "1/3", "1e-300"])
def test_battle_of_the_sexes_with_payoffs_of_billions(unit: str) -> None:
    factor = Fraction(unit)
    A = [[3_000_000_000 * factor, Fraction(0)], [Fraction(0), 2_000_000_000 * factor]]
    B = [[2_000_000_000 * factor, Fraction(0)], [Fraction(0), 3_000_000_000 * factor]]
    solution = extreme_equilibria(A, B)
    assert list(solution.equilibria) == strategies(
        ("1 0", "1 0"), ("0 1", "0 1"), ("3/5 2/5", "2/5 3/5")
    )
    assert solution.indices == (1, 1, -1)
    assert solution.components == tuple(ConvexComponent((k,), k) for k in range(3))


def test_battle_of_the_sexes_with_close_payoffs_of_billions() -> None:
    A, B = (
        [[3 * 10**9, 2 * 10**9], [2 * 10**9, 2 * 10**9 + 1]],
        [
            [2 * 10**9 + 1, 2 * 10**9],
            [2 * 10**9, 3 * 10**9],
        ],
    )
    k = 10**9
    assert list(extreme_equilibria(A, B).equilibria) == strategies(
        ("1 0", "1 0"), ("0 1", "0 1"), (f"{k}/{k + 1} 1/{k + 1}", f"1/{k + 1} {k}/{k + 1}")
    )


def test_game_on_which_a_polynomial_solver_does_not_return() -> None:
    solution = extreme_equilibria([[1, 3], [1, 3]], [[1, 3], [3, 0]])
    assert list(solution.equilibria) == strategies(
        ("1 0", "0 1"), ("0 1", "1 0"), ("3/5 2/5", "1 0"), ("3/5 2/5", "0 1")
    )
    assert solution.components == (
        ConvexComponent((0, 3), 0),
        ConvexComponent((1, 2), 0),
        ConvexComponent((2, 3), 0),
    )
    assert solution.connected_indices == (1,)
    assert solution.indices == (None,) * 4
    assert not solution.regular


def test_chicken() -> None:
    solution = extreme_equilibria([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    assert list(solution.equilibria) == strategies(
        ("1 0", "0 1"), ("0 1", "1 0"), ("2/3 1/3", "2/3 1/3")
    )


def test_matching_pennies_and_rock_paper_scissors() -> None:
    A = exact([[1, -1], [-1, 1]])
    assert list(extreme_equilibria(A, negative(A)).equilibria) == strategies(("1/2 1/2",) * 2)
    A = exact([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    assert list(extreme_equilibria(A, negative(A)).equilibria) == strategies(("1/3 1/3 1/3",) * 2)


@pytest.mark.parametrize(("g", "f", "c", "loss", "b"), [(1, 4, 1, 3, 2), (5, 2, 2, 7, 1)])
def test_inspection_game(g: int, f: int, c: int, loss: int, b: int) -> None:
    """The inspector chooses the row (inspect, not); the other violates (column 1) or complies."""
    inspector = [[b - c, -c], [-loss, 0]]
    inspected = [[-f, 0], [g, 0]]
    ((inspect, _), (violate, _)) = extreme_equilibria(inspector, inspected).equilibria[0]
    assert inspect == Fraction(g, g + f)
    assert violate == Fraction(c, loss + b)


def dresher(periods: int, inspections: int) -> Fraction:
    """Value of Dresher's inspection game, stage by stage."""
    if inspections == 0 or periods == 0:
        return Fraction(-1 if periods else 0)
    A = [
        [Fraction(1), dresher(periods - 1, inspections - 1)],
        [Fraction(-1), dresher(periods - 1, inspections)],
    ]
    values = {payoff(x, A, y) for x, y in extreme_equilibria(A, negative(A)).equilibria}
    assert len(values) == 1
    return values.pop()


@pytest.mark.parametrize(("n", "m"), [(2, 1), (3, 1), (3, 2), (5, 2), (6, 4), (7, 3), (4, 4)])
def test_dreshers_inspection_game(n: int, m: int) -> None:
    assert dresher(n, m) == Fraction(-comb(n - 1, m), sum(comb(n, i) for i in range(m + 1)))
    assert dresher(2, 1) == Fraction(-1, 3)
    assert dresher(3, 1) == Fraction(-1, 2)


def test_stripped_down_poker() -> None:
    """Reiley et al. (2008). Rows: bet with both, King, Queen, none; columns: call, fold."""
    A = exact([["0", "1"], ["1/2", "0"], ["-3/2", "0"], ["-1", "-1"]])
    solution = extreme_equilibria(A, negative(A))
    assert list(solution.equilibria) == strategies(("1/3 2/3 0 0", "2/3 1/3"))
    x, y = solution.equilibria[0]
    assert payoff(x, A, y) == Fraction(1, 3)


def test_beer_and_quiche_has_two_pooling_outcomes() -> None:
    """Cho and Kreps (1987), as the table of the sender's and the receiver's plans."""
    plans = list(product("BQ", repeat=2))  # of the strong and weak sender
    replies = list(product((True, False), repeat=2))  # fight after beer, after quiche
    A = [[Fraction(0)] * 4 for _ in plans]
    B = [[Fraction(0)] * 4 for _ in plans]
    for (i, plan), (j, fights) in product(enumerate(plans), enumerate(replies)):
        for strong, probability in ((True, Fraction(9, 10)), (False, Fraction(1, 10))):
            breakfast = plan[not strong]
            fight = fights[breakfast == "Q"]
            A[i][j] += probability * ((breakfast == ("B" if strong else "Q")) + 2 * (not fight))
            B[i][j] += probability * (fight != strong)
    solution = extreme_equilibria(A, B)
    assert {payoff(x, A, y) for x, y in solution.equilibria} == {Fraction(29, 10), Fraction(21, 10)}
    assert len(solution.connected_indices) == 2
    assert sum(solution.connected_indices) == 1


# Degenerate shapes


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 4), (4, 1), (2, 3), (5, 5)])
def test_constant_payoffs_make_everything_an_equilibrium(m: int, n: int) -> None:
    table = [[7] * n for _ in range(m)]
    solution = extreme_equilibria(table, table)
    cells = list(product(range(m), range(n)))
    assert list(solution.equilibria) == [
        pair for cell in sorted(cells) for pair in pure(cell, m=m, n=n)
    ]
    assert solution.components == (ConvexComponent(tuple(range(m * n)), 0),)
    assert solution.connected_indices == (1,)
    assert solution.regular == (m == n == 1)


def test_one_player_chooses_alone() -> None:
    solution = extreme_equilibria([[0, 0, 0, 0]], [[1, 5, 2, 5]])
    assert list(solution.equilibria) == pure((0, 1), (0, 3), m=1, n=4)
    assert solution.components == (ConvexComponent((0, 1), 0),)
    solution = extreme_equilibria([[1], [5], [2]], [[0], [0], [0]])
    assert list(solution.equilibria) == pure((1, 0), m=3, n=1)
    assert solution.indices == (1,)


def test_identical_rows() -> None:
    solution = extreme_equilibria([[1, 0], [1, 0], [0, 1]], [[1, 0], [1, 0], [0, 1]])
    assert brute.extreme_equilibria([[1, 0], [1, 0], [0, 1]], [[1, 0], [1, 0], [0, 1]]) == set(
        solution.equilibria
    )
    assert sorted(solution.connected_indices) == [-1, 1, 1]


def test_a_component_of_index_zero() -> None:
    """Entry deterrence: (in, yield) is strict; out is kept by any fight of at least 1/2."""
    solution = extreme_equilibria([[-1, 1], [0, 0]], [[-1, 1], [2, 2]])
    assert list(solution.equilibria) == strategies(
        ("1 0", "0 1"), ("0 1", "1 0"), ("0 1", "1/2 1/2")
    )
    assert solution.indices == (1, None, None)
    assert solution.components == (ConvexComponent((0,), 0), ConvexComponent((1, 2), 1))
    assert solution.connected_indices == (1, 0)


def test_an_action_dominated_by_a_mixture_only() -> None:
    A = [[6, 0], [0, 6], [2, 2]]
    B = [[0, 1], [1, 0], [5, 0]]
    assert list(extreme_equilibria(A, B).equilibria) == strategies(("1/2 1/2 0", "1/2 1/2"))
    turned = extreme_equilibria(brute.transpose(B), brute.transpose(A))
    assert list(turned.equilibria) == strategies(("1/2 1/2", "1/2 1/2 0"))


def test_weakly_dominated_actions_stay() -> None:
    solution = extreme_equilibria([[1, 0], [0, 0]], [[1, 0], [0, 0]])
    assert list(solution.equilibria) == pure((0, 0), (1, 1), m=2, n=2)
    assert solution.indices == (1, None)
    assert solution.connected_indices == (1, 0)


def test_iterated_dominance_reaches_large_games() -> None:
    """Cournot duopoly, P = 61 - Q, quantities 0 to 61: only those next to 61/3 survive."""
    size = 62
    A = [[i * (61 - i - j) for j in range(size)] for i in range(size)]
    solution = extreme_equilibria(A, brute.transpose(A))
    used = {i for x, _ in solution.equilibria for i, p in enumerate(x) if p}
    assert used <= {19, 20, 21, 22}
    assert all(brute.is_equilibrium(x, y, A, brute.transpose(A)) for x, y in solution.equilibria)


def test_long_denominators() -> None:
    p, q = 2**521 - 1, 2**607 - 1  # Mersenne primes
    A = [[Fraction(1, p), Fraction(0)], [Fraction(0), Fraction(1, q)]]
    solution = extreme_equilibria(A, A)
    mixed = (Fraction(p, p + q), Fraction(q, p + q))
    assert solution.equilibria[2] == (mixed, mixed)


def test_answer_is_hashable_and_repeatable() -> None:
    games = [([[1, 3], [1, 3]], [[1, 3], [3, 0]])] * 2
    first, second = (extreme_equilibria(A, B) for A, B in games)
    assert isinstance(first, BimatrixEquilibria)
    assert first == second
    assert hash(first) == hash(second)


# Refusals


@pytest.mark.parametrize(
    ("A", "B", "place", "words"),
    [
        ([], [], "A", "player 1 has no action"),
        ([[]], [[]], "A", "player 2 has no action"),
        ([[1, 2], [3]], [[1, 2], [3, 4]], "A, row 2", "1 payoffs"),
        ([[1, 2]], [[1, 2], [3, 4]], "B", "2 rows"),
        ([[1, 2]], [[1, 2, 3]], "B, row 1", "3 payoffs"),
        ([[1, 2]], [[1, 0.5]], "B, row 1, column 2", "float"),
        ([["1"]], [[1]], "A, row 1, column 1", "str"),
        ([[None]], [[1]], "A, row 1, column 1", "NoneType"),
    ],
)
def test_malformed_games_are_refused(A: object, B: object, place: str, words: str) -> None:
    with pytest.raises(GameError) as caught:
        extreme_equilibria(A, B)  # type: ignore[arg-type]
    assert caught.value.place == place
    assert words in caught.value.message
    assert caught.value.remedy


def test_deadline_is_honoured() -> None:
    size = 30
    A = [[(i * 37 + j * 101 + i * j * 13) % 97 for j in range(size)] for i in range(size)]
    B = [[(i * 53 + j * 29 + i * j * 17) % 89 for j in range(size)] for i in range(size)]
    with ends_soon(), pytest.raises(BudgetError) as caught:
        extreme_equilibria(A, B, deadline=time.monotonic() + 0.2)
    assert caught.value.remedy
    with pytest.raises(BudgetError):
        extreme_equilibria(identity(3), identity(3), deadline=time.monotonic() - 1)


def test_deadline_in_time_changes_nothing() -> None:
    game = identity(3), identity(3)
    assert extreme_equilibria(*game, deadline=time.monotonic() + 600) == extreme_equilibria(*game)


def test_import_loads_no_array_library() -> None:
    code = "import sys, negotiation.solvers.bimatrix; print('numpy' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
