"""The exact linear program: against scipy and brute force, its proofs, and hard examples."""

from __future__ import annotations

import itertools
import random
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from flint import fmpq, fmpq_mat

from negotiation.errors import BudgetError, UsageError
from negotiation.solvers.linear_program import (
    Infeasible,
    LinearProgram,
    Optimum,
    Unbounded,
    is_proof,
    optimal_vertices,
    solve_linear_program,
)

Number = Fraction | int


def random_program(rng: random.Random, largest: int = 3, equations: int = 2) -> LinearProgram:
    """Return a small program; small entries make ties, redundant rows and degenerate vertices."""
    n = rng.randint(1, 5)

    def row(length: int) -> list[int]:
        return [rng.randint(-largest, largest) for _ in range(length)]

    upper, equal = rng.randint(0, 5), rng.randint(0, equations)
    return LinearProgram(
        row(n),
        [row(n) for _ in range(upper)],
        row(upper),
        [row(n) for _ in range(equal)],
        row(equal),
    )


def optimum(program: LinearProgram) -> Optimum:
    answer = solve_linear_program(program)
    assert isinstance(answer, Optimum)
    assert is_proof(program, answer)
    return answer


# -- against other programs -----------------------------------------------------------------------


def kind_by_scipy(program: LinearProgram) -> tuple[type, float]:
    """Return what scipy finds.

    HiGHS sometimes says infeasible of an unbounded program, so whether there is a feasible point is
    asked by a program of its own, with the objective 0.
    """
    from scipy.optimize import linprog

    constraints = [
        list(part) or None
        for part in (program.inequalities, program.bounds, program.equations, program.values)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        feasible = linprog([0] * len(program.objective), *constraints).status == 0
        found = linprog([-c for c in program.objective], *constraints)
    if not feasible:
        return Infeasible, 0.0
    return (Optimum, -found.fun) if found.status == 0 else (Unbounded, 0.0)


@pytest.mark.parametrize("trials", [240, pytest.param(600, marks=pytest.mark.slow)])
def test_random_programs_agree_with_scipy(trials: int) -> None:
    rng = random.Random("scipy")
    kinds: Counter[type] = Counter()
    for trial in range(trials):
        program = random_program(rng, largest=(1, 3, 20)[trial % 3])
        answer = solve_linear_program(program)
        kind, value = kind_by_scipy(program)
        assert type(answer) is kind, program
        if isinstance(answer, Optimum):
            assert float(answer.value) == pytest.approx(value, abs=1e-9)
        kinds[kind] += 1
    assert min(kinds[kind] for kind in (Optimum, Infeasible, Unbounded)) >= trials / 10


def solved(rows: Sequence[Sequence[Number]], sides: Sequence[Number]) -> list[Fraction] | None:
    """Solve a square linear system exactly; None if it is singular."""

    def exact(entry: Number) -> fmpq:
        return fmpq(entry.numerator, entry.denominator)

    try:
        solution = fmpq_mat([[exact(entry) for entry in row] for row in rows]).solve(
            fmpq_mat([[exact(side)] for side in sides])
        )
    except ZeroDivisionError:
        return None
    return [Fraction(int(value.p), int(value.q)) for value in solution.entries()]


def all_vertices(program: LinearProgram) -> set[tuple[Fraction, ...]]:
    """Return the vertices of the feasible set: every n tight constraints, by linear algebra."""
    n = len(program.objective)
    upper = list(zip(program.inequalities, program.bounds, strict=True))
    equal = list(zip(program.equations, program.values, strict=True))
    units = [([int(i == j) for i in range(n)], 0) for j in range(n)]
    found = set()
    for tight in itertools.combinations([*upper, *equal, *units], n):
        point = solved([row for row, _ in tight], [side for _, side in tight])
        if point is None or min(point) < 0:
            continue
        sums = [(sum(map(lambda a, x: a * x, row, point)), side) for row, side in upper]
        exact = [(sum(map(lambda a, x: a * x, row, point)), side) for row, side in equal]
        if all(total <= side for total, side in sums) and all(a == b for a, b in exact):
            found.add(tuple(point))
    return found


def test_all_optimal_vertices_agree_with_brute_force() -> None:
    rng = random.Random("vertices")
    sizes: Counter[int] = Counter()
    for trial in range(900):
        program = random_program(rng, largest=1 + trial % 3, equations=1)
        if trial % 5 == 0:
            program = replace(program, objective=[0] * len(program.objective))
        if trial % 3 == 0:  # Many rows through few points.
            program = replace(program, bounds=[abs(bound) for bound in program.bounds])
        answer = solve_linear_program(program)
        vertices = optimal_vertices(program)
        if not isinstance(answer, Optimum):
            assert vertices == ()
            continue
        every = all_vertices(program)
        worth = {v: sum(map(lambda c, x: c * x, program.objective, v), Fraction(0)) for v in every}
        assert max(worth.values()) == answer.value
        assert set(vertices) == {v for v, value in worth.items() if value == answer.value}
        assert list(vertices) == sorted(set(vertices))
        assert answer.point in vertices
        sizes[len(vertices)] += 1
    assert sum(count for size, count in sizes.items() if size > 1) >= 60


# -- proofs ---------------------------------------------------------------------------------------


def test_every_answer_proves_itself() -> None:
    rng = random.Random("proofs")
    for trial in range(3000):
        program = random_program(rng, largest=1 + trial % 4, equations=3)
        answer = solve_linear_program(program)
        assert is_proof(program, answer), program
        if isinstance(answer, Optimum):
            check_complementary_slackness(program, answer)


def test_degenerate_programs_with_many_ties_prove_themselves() -> None:
    """Right-hand sides -1 and 0 only: the first phase starts with ties and meets many."""
    rng = random.Random("ties")
    feasible = 0
    for _ in range(3000):
        n, m = rng.randint(2, 4), rng.randint(3, 7)
        rows = [[rng.randint(-1, 1) for _ in range(n)] for _ in range(m)]
        bounds = [rng.choice([-1, -1, 0]) for _ in range(m)]
        program = LinearProgram([rng.randint(-2, 2) for _ in range(n)], rows, bounds)
        answer = solve_linear_program(program, deadline=time.monotonic() + 60)
        assert is_proof(program, answer)
        feasible += not isinstance(answer, Infeasible)
    assert 300 <= feasible <= 2700


def check_complementary_slackness(program: LinearProgram, answer: Optimum) -> None:
    """A price other than 0 belongs to a tight row, a variable other than 0 to a tight column."""
    rows = list(program.inequalities)
    for row, bound, price in zip(rows, program.bounds, answer.prices, strict=True):
        assert not price or sum(map(lambda a, x: a * x, row, answer.point)) == bound
    weighted = [
        *zip(answer.prices, rows, strict=True),
        *zip(answer.equation_prices, program.equations, strict=True),
    ]
    for j, (cost, x) in enumerate(zip(program.objective, answer.point, strict=True)):
        assert not x or sum((y * row[j] for y, row in weighted), Fraction(0)) == cost


def test_altered_answers_prove_nothing() -> None:
    """Each number of a proof is moved by 1e-9; only what the constraints leave free may change."""
    bit = Fraction(1, 10**9)
    bounded = LinearProgram([3, 2], [[1, 1], [1, 0]], [4, 3], [[1, -1]], [1])
    best = optimum(bounded)
    assert (best.value, best.point) == (Fraction(21, 2), (Fraction(5, 2), Fraction(3, 2)))
    for field in ("point", "prices", "equation_prices"):
        numbers = getattr(best, field)
        for k in range(len(numbers)):
            for step in (bit, -bit):
                moved = (*numbers[:k], numbers[k] + step, *numbers[k + 1 :])
                assert not is_proof(bounded, replace(best, **{field: moved})), (field, k)
    assert not is_proof(bounded, replace(best, value=best.value + bit))

    impossible = LinearProgram([1], [[1]], [1], [[2]], [3])
    refuted = solve_linear_program(impossible)
    assert isinstance(refuted, Infeasible)
    assert is_proof(impossible, refuted)
    assert not is_proof(impossible, Infeasible((Fraction(0),), (Fraction(0),)))
    assert not is_proof(impossible, Infeasible((-refuted.weights[0],), refuted.equation_weights))
    assert not is_proof(replace(impossible, values=[2]), refuted)

    endless = LinearProgram([1, 0], [[1, -1]], [2])
    growing = solve_linear_program(endless)
    assert isinstance(growing, Unbounded)
    assert is_proof(endless, growing)
    assert not is_proof(endless, Unbounded((Fraction(9), Fraction(0)), growing.ray))
    assert not is_proof(endless, Unbounded(growing.point, (Fraction(1), Fraction(0))))
    assert not is_proof(endless, Unbounded(growing.point, (Fraction(0), Fraction(1))))
    assert not is_proof(endless, Unbounded(growing.point, (Fraction(0), Fraction(0))))


# -- known examples -------------------------------------------------------------------------------


def test_beales_example_does_not_cycle() -> None:
    """Beale (1955), Naval Research Logistics Quarterly 2, 269-275: the first rule cycles here."""
    program = LinearProgram(
        [Fraction(3, 4), -150, Fraction(1, 50), -6],
        [
            [Fraction(1, 4), -60, -Fraction(1, 25), 9],
            [Fraction(1, 2), -90, -Fraction(1, 50), 3],
            [0, 0, 1, 0],
        ],
        [0, 0, 1],
    )
    best = optimum(program)
    assert (best.value, best.point) == (Fraction(1, 20), (Fraction(1, 25), 0, 1, 0))


def test_an_example_that_cycles_under_the_largest_coefficient() -> None:
    """Chvatal (1983), Linear Programming, p. 31."""
    half = Fraction(1, 2)
    program = LinearProgram(
        [10, -57, -9, -24],
        [[half, -11 * half, -5 * half, 9], [half, -3 * half, -half, 1], [1, 0, 0, 0]],
        [0, 0, 1],
    )
    best = optimum(program)
    assert (best.value, best.point) == (1, (1, 0, 1, 0))


def test_an_example_that_cycles_where_ties_take_the_first_row() -> None:
    """Solow (1984), Linear Programming: with the largest coefficient it comes back after 6 pivots.

    So it does here, in 12 of these 48 orders, without the lexicographic rule.
    """
    objective, rows = [2, 2, -8, -2], [[-7, -3, 7, 2], [2, 1, -3, -1]]
    for columns in itertools.permutations(range(4)):
        for order in itertools.permutations(rows):
            cone = [[row[j] for j in columns] for row in order]
            program = LinearProgram([objective[j] for j in columns], [*cone, [1] * 4], [0, 0, 1])
            answer = solve_linear_program(program, deadline=time.monotonic() + 60)
            assert isinstance(answer, Optimum)
            assert is_proof(program, answer)


@pytest.mark.parametrize("n", range(1, 7))
def test_klee_minty_cubes(n: int) -> None:
    """Klee and Minty (1972): the largest coefficient visits all 2^n vertices."""
    rows = [[2 ** (i - j + 1) if j < i else int(i == j) for j in range(n)] for i in range(n)]
    program = LinearProgram(
        [2 ** (n - 1 - j) for j in range(n)], rows, [5 ** (i + 1) for i in range(n)]
    )
    assert optimum(program).value == 5**n


def test_phase_one_that_ends_degenerate() -> None:
    """There is one feasible point, and all constraints are tight there."""
    program = LinearProgram([1, 1], [[1, 1], [-1, -1], [1, -1], [-1, 1]], [2, -2, 0, 0])
    assert optimum(program).point == (1, 1)


def test_equations_that_follow_from_others_and_that_contradict() -> None:
    rows = [[1, 2, 3], [2, 4, 6], [0, 1, 1], [1, 3, 4]]
    assert optimum(LinearProgram([1, 0, 0], (), (), rows, [6, 12, 2, 8])).value == 2
    program = LinearProgram([1, 0, 0], (), (), rows, [6, 12, 2, 9])
    refuted = solve_linear_program(program)
    assert isinstance(refuted, Infeasible)
    assert is_proof(program, refuted)


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        (LinearProgram([]), Optimum),
        (LinearProgram([], [[]], [0]), Optimum),
        (LinearProgram([], [[]], [-1]), Infeasible),
        (LinearProgram([], (), (), [[]], [1]), Infeasible),
        (LinearProgram([-1, 0]), Optimum),
        (LinearProgram([0, 1]), Unbounded),
        (LinearProgram([0], [[0]], [-1]), Infeasible),
        (LinearProgram([1], [[-1]], [-3]), Unbounded),
        (LinearProgram([-1], [[-1]], [-3]), Optimum),
    ],
)
def test_small_programs(program: LinearProgram, kind: type) -> None:
    answer = solve_linear_program(program)
    assert type(answer) is kind
    assert is_proof(program, answer)


def test_nothing_is_rounded() -> None:
    """Two bounds that differ in the fortieth digit."""
    tiny = Fraction(1, 10**40)
    assert optimum(LinearProgram([1], [[1], [1]], [1, 1 - tiny])).value == 1 - tiny
    program = LinearProgram([1], [[1], [-1]], [1 - tiny, -1])
    assert isinstance(solve_linear_program(program), Infeasible)


# -- changes that must not matter -----------------------------------------------------------------


def test_answers_do_not_depend_on_scale_or_order() -> None:
    rng = random.Random("scale")
    for _ in range(300):
        program = random_program(rng)
        answer = solve_linear_program(program)
        n = len(program.objective)
        unit = rng.choice([Fraction(1, 10**9), Fraction(10**12), Fraction(10**40 + 1, 7)])
        columns = rng.sample(range(n), n)
        widths = [rng.choice([Fraction(1), Fraction(1, 3), Fraction(10**9)]) for _ in range(n)]

        def changed(
            rows: Sequence[Sequence[Number]],
            sides: Sequence[Number],
            columns: Sequence[int] = columns,
            widths: Sequence[Fraction] = widths,
        ) -> tuple[list[list[Number]], list[Number]]:
            order = rng.sample(range(len(rows)), len(rows))
            scales = [Fraction(rng.randint(1, 9), rng.randint(1, 9)) for _ in order]
            return (
                [
                    [s * rows[i][j] * widths[j] for j in columns]
                    for i, s in zip(order, scales, strict=True)
                ],
                [s * sides[i] for i, s in zip(order, scales, strict=True)],
            )

        other = LinearProgram(
            [unit * program.objective[j] * widths[j] for j in columns],
            *changed(program.inequalities, program.bounds),
            *changed(program.equations, program.values),
        )
        turned = solve_linear_program(other)
        assert type(turned) is type(answer)
        assert is_proof(other, turned)
        if isinstance(answer, Optimum) and isinstance(turned, Optimum):
            assert turned.value == unit * answer.value
            back = {
                tuple(point[columns.index(j)] * widths[j] for j in range(n))
                for point in optimal_vertices(other)
            }
            assert back == set(optimal_vertices(program))


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "place", "message"),
    [
        (([1], [[1, 2]], [1]), "inequalities, row 1", "2 coefficients for 1 variables"),
        (([1], [[1]], []), "inequalities", "1 rows, but 0 right-hand sides"),
        (([1], (), (), [[1], [2]], [1]), "equations", "2 rows, but 1 right-hand sides"),
        (([1], (), (), [[1], [2, 3]], [1, 1]), "equations, row 2", "2 coefficients"),
        (([0.5], (), ()), "objective", "0.5 is not an exact number but a float"),
        (([1], [[1.0]], [1]), "inequalities, row 1", "float"),
        (([1], [[1]], ["1"]), "inequalities, row 1", "str"),
    ],
)
def test_what_is_no_program_is_refused(arguments: tuple, place: str, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(UsageError) as caught:
        LinearProgram(*arguments)
    assert caught.value.place == place
    assert message in caught.value.message
    assert caught.value.remedy


def test_budgets_are_kept() -> None:
    program = LinearProgram([1] * 8, [[int(i == j) for j in range(8)] for i in range(8)], [1] * 8)
    with pytest.raises(BudgetError, match="time was spent"):
        solve_linear_program(program, deadline=time.monotonic() - 1)
    cube = replace(program, objective=[0] * 8)
    assert len(optimal_vertices(cube)) == 256
    with pytest.raises(BudgetError, match="more than 100 optimal bases"):
        optimal_vertices(cube, limit=100)
