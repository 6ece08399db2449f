"""Parameters with digits over a grid: the same decimals as at single points, ties included.

Two oracles: the evaluation of single points, and mpmath at 60 digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from negotiation import Model, Parameter, load
from negotiation.analysis.sweeps import Axis, SweepPlan, solve_points
from negotiation.analysis.sweeps.blocks import block_of_points
from negotiation.analysis.sweeps.cells import CellSolver
from negotiation.analysis.sweeps.enclosures import Ball, Unenclosed, ball_of, constant_ball
from negotiation.analysis.sweeps.rounded import FEW, Rounded
from negotiation.analysis.sweeps.signs import Column
from negotiation.analysis.sweeps.variables import SweptSpace
from negotiation.errors import NegotiationError, UsageError
from negotiation.formulas import parse
from negotiation.model.grounding import ground
from tests.oracles.sweep_points import check, sweep_of, table

Values = Sequence[Fraction]


def of_two(formula: str, digits: int = 2, **more: Parameter) -> Model:
    """Return a model whose parameter d is a rounded formula of x and y."""
    parameters = {
        "x": Parameter(value=1),
        "y": Parameter(value=1),
        **more,
        "d": Parameter(value=formula, digits=digits),
    }
    return table("d if vertical == 'up' else 0", "d - 1", parameters)


def rounded_of(plan: SweepPlan) -> Rounded:
    """Return the rounded parameters of a plan."""
    return Rounded(SweptSpace(plan, {}), CellSolver(plan).column)


def compare(model: Model, xs: Values, ys: Values) -> Rounded:
    """Compare d on a grid with its value at each point alone."""
    plan = sweep_of(model, [Axis("x", tuple(xs)), Axis("y", tuple(ys))])
    rounded = rounded_of(plan)
    column, members, valued = rounded.column_at("d", plan.indices(0, plan.size))
    for number in range(plan.size):
        values, _ = plan.point(number)
        evaluated = alone(model, values)
        assert valued[number] == (evaluated is not None), values
        if evaluated is not None:
            assert column.values[int(members[number])] == evaluated, values
    return rounded


def alone(model: Model, values: dict[str, Fraction]) -> Fraction | None:
    """Return d at one point; None where the formula has no value there."""
    try:
        return model.values(values)["d"]
    except UsageError:
        return None


def steps(low: str, high: str, count: int) -> list[Fraction]:
    first, last = Fraction(low), Fraction(high)
    return [first + k * (last - first) / (count - 1) for k in range(count)]


# ---- rounding to the letter ----------------------------------------------------------

GRID = steps("-0.3", "0.3", 25)
POSITIVE = steps("0.1", "4", 25)
RATIONAL = ["(x + y) / 2", "x * y", "-(x + y) / 2", "x / (y + 2)", "(x - y) ** 3", "(x + 2) ** -2"]


@pytest.mark.parametrize("formula", RATIONAL)
def test_halves_of_rational_formulas_go_to_the_even_decimal(formula: str) -> None:
    rounded = compare(of_two(formula), GRID, steps("-0.25", "0.4", 27))
    assert len(rounded.known) <= FEW


def test_half_of_all_points_are_halves() -> None:
    """Both neighbours are as near, so doubles decide none of these points."""
    hundredths = [Fraction(k, 100) for k in range(-20, 20)]
    rounded = compare(of_two("(x + y) / 2"), hundredths, hundredths)
    assert not rounded.known


@pytest.mark.parametrize(
    "formula",
    [
        "log(x) * y",
        "exp(x) / y",
        "sqrt(x * y)",
        "x ** y",
        "(x + y) ** 0.5",
        "x ** (1/3) - y",
        "x if x < y else y / 3",
        "x if x == y and not x > 2 else log(y)",
        "1 if x < y < 3 or x * y >= 4 else 0",
        "max(x, y / 2, log(x)) - min(x, 1) + abs(x - y)",
        "1 / (x - y + 1)",
        "log(x - y + 4)",
        "log(y) / (x - 2.05)",
        "log(abs(x - 2.05)) * y",
        "sqrt(abs(x - 2.05) - 0.2) + y",
        "0 if x <= y else 1 / (x - y)",
        "exp(40 * x) - exp(40 * y)",
        "exp(100 * (x + y))",
        "2 ** (10 * x) / y",
        "(0.5 * x ** -0.5 + 0.5 * y ** -0.5) ** -2",
    ],
)
@pytest.mark.parametrize("digits", [0, 1, 3])
def test_formulas_of_all_kinds(formula: str, digits: int) -> None:
    compare(
        of_two(formula, digits),
        POSITIVE,
        [*steps("0.2", "4", 20), Fraction(21, 20), Fraction(31, 20)],
    )


def test_roots_that_are_halves() -> None:
    squares = [Fraction(2 * k + 1, 200) ** 2 for k in range(40)]
    compare(of_two("sqrt(x) + y"), squares, [Fraction(0), Fraction(1, 100), Fraction(1, 3)])


@pytest.mark.parametrize("gap", [Fraction(1, 10**12), Fraction(1, 2**54), Fraction(1, 10**40)])
def test_neighbours_of_halves(gap: Fraction) -> None:
    halves = [Fraction(2 * k + 1, 200) for k in range(-15, 15)]
    beside = [half + move for half in halves for move in (-gap, Fraction(0), gap)]
    compare(of_two("x + y"), beside, [Fraction(0), Fraction(1, 50), gap])
    compare(of_two("x * y"), beside, [Fraction(1), Fraction(3), Fraction(1, 7)])


@pytest.mark.parametrize("function", ["log", "exp", "sqrt"])
@pytest.mark.parametrize("gap", ["1e-14", "1e-17", "1e-35"])
def test_neighbours_of_halves_that_no_number_hits(function: str, gap: str) -> None:
    """y f(3) lies that near to a half, on one side or the other; mpmath knows on which."""
    with mpmath.workdps(60):
        value = getattr(mpmath, function)(3)
        halves = [mpmath.mpf(2 * k + 1) / 200 for k in range(1, 40)]
        near = [half + sign * mpmath.mpf(gap) for half in halves for sign in (-1, 1)]
        ys = [Fraction(mpmath.nstr(target / value, 50)) for target in near]
        expected = [Fraction(int(mpmath.nint(target * 100)), 100) for target in near]
    plan = sweep_of(of_two(f"{function}(x) * y"), [Axis("x", (Fraction(3),)), Axis("y", tuple(ys))])
    column, members, valued = rounded_of(plan).column_at("d", plan.indices(0, plan.size))
    assert valued.all()
    assert [column.values[k] for k in members.tolist()] == expected


def test_numbers_beyond_short_integers() -> None:
    large = [Fraction(10**k) + Fraction(1, 3) for k in range(0, 60, 4)]
    compare(of_two("x * y", 20), large, steps("0.1", "1", 8))
    compare(of_two("x / y"), large, steps("0.1", "1", 8))
    compare(of_two("x + y"), large, [Fraction(1, 10**k) for k in range(300, 330, 3)])


def test_numbers_that_grow_too_long_are_refused_as_at_single_points() -> None:
    """The ends of the axes have values, points between them have none."""
    long = [1 + Fraction(k, 10**80) for k in range(1, 13)]
    compare(of_two("x ** 60 * y"), [Fraction(1), *long, Fraction(2)], GRID[:12])
    powers = [Fraction(1), *(Fraction(k * 1000) for k in range(13))]
    compare(of_two("(x / 7) ** y if y < 12000 else 0"), POSITIVE, powers)


def test_parameters_that_read_others() -> None:
    more = {
        "half": Parameter(value="(x + y) / 2", digits=2),
        "twice": Parameter(value="2 * half + x"),
        "fixed": Parameter(value="log(2)", digits=4),
    }
    hundredths = [Fraction(k, 100) for k in range(1, 26)]
    model = of_two("twice / 8 + fixed * half if x < y else log(half)", **more)
    compare(model, hundredths, hundredths)
    plan = sweep_of(model, [Axis("x", tuple(hundredths)), Axis("y", tuple(hundredths))])
    assert set(SweptSpace(plan, {}).rounded) == {"half", "d"}


def test_a_name_without_value_where_it_is_not_read() -> None:
    """A parameter that names one without value has none itself, as at single points."""
    model = of_two("x if x <= y else low + x", low=Parameter(value="log(4 - x - y)", digits=1))
    compare(model, POSITIVE[:20], POSITIVE[:20])


def test_samples_and_blocks() -> None:
    model = of_two("log(x) * y")
    plan = sweep_of(model, {"x": (1, 3), "y": (0, 1)}, sample=300)
    for cut in (0, 100):
        rounded = rounded_of(plan)
        places = plan.indices(cut, plan.size)
        column, members, _ = rounded.column_at("d", places)
        for k in range(0, plan.size - cut, 7):
            assert column.values[int(members[k])] == alone(model, plan.point(cut + k)[0])


# ---- speed that is no accident --------------------------------------------------------


def test_hardly_a_point_of_the_flagship_is_asked_alone() -> None:
    plan = sweep_of(load("divide-and-exempt"), {"share": "0.05:0.95:300", "elasticity": "2:8:300"})
    rounded = rounded_of(plan)
    assert sorted(rounded.space.rounded) == ["dependence[EU]", "dependence[US]"]
    for name in rounded.space.rounded:
        rounded.column_at(name, plan.indices(0, plan.size))
    assert len(rounded.known) < 5


# ---- sweeps --------------------------------------------------------------------------


@pytest.mark.parametrize("formula", ["(x + y) / 2", "log(x + 1) / (y + 1)", "(x - y) ** 2"])
def test_sweeps_equal_the_exact_solver(formula: str) -> None:
    model = table(
        "d if vertical == 'up' else e * (1 if horizontal == 'left' else x)",
        "d * e - x if horizontal == 'left' else (d - e if vertical == 'up' else e / 4)",
        {
            "x": Parameter(value=1),
            "y": Parameter(value=1),
            "d": Parameter(value=formula, digits=1),
            "e": Parameter(value="1 / (2 + x + y)", digits=2),
        },
    )
    for over in ({"x": "0:2:21", "y": "0:2:9"}, {"y": "2:0:6", "x": "0:2:15"}):
        solver = check(sweep_of(model, over), cuts=[40])
        (case,) = solver.cases.values()
        assert not solver.exact_points
        assert any(bends and min(bends) < 0 for bends in case.bends)


@pytest.mark.parametrize("first", ["share", "share[EU]"])
def test_random_points_of_a_large_sweep_equal_the_exact_solver(first: str) -> None:
    """Along both axes two rounded parameters move; stretches of points share their cell."""
    plan = sweep_of(load("divide-and-exempt"), {first: "0.05:0.95:300", "elasticity": "8:2:300"})
    solver = CellSolver(plan, compiled=True)
    found = solver.solve(0, plan.size)
    assert not solver.exact_points
    for number in random.Random(first).sample(range(plan.size), 25):
        exact = block_of_points(plan, number, list(solve_points(plan, number, number + 1)))
        rows = slice(found.offsets[number], found.offsets[number + 1])
        assert found.counts[number] == exact.counts[0]
        assert found.regimes[number] == exact.regimes[0]
        assert np.array_equal(found.payoffs[rows], exact.payoffs)
        assert np.array_equal(found.outcomes[rows], exact.outcomes)


def test_a_sweep_of_points_without_value() -> None:
    """Where y = 3 the formula divides by zero, which in a sample is a point outside."""
    model = of_two("1 / (y - 3) + x")
    plan = sweep_of(model, {"x": (0, 1), "y": [1, 2, 3, 4]}, sample=100)
    check(plan)


# ---- enclosures ----------------------------------------------------------------------

ONE_ARGUMENT: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "log(x)": (mpmath.log, 1e-80, 1e80),
    "exp(x)": (mpmath.exp, -199, 199),
    "sqrt(x)": (mpmath.sqrt, 1e-80, 1e80),
}


def enclosed(formula: str, **cells: Ball) -> Ball:
    model = of_two("x + y")
    with np.errstate(all="ignore"):
        return ball_of(ground(parse(formula), {}, model.scope), cells.__getitem__)


def inside(ball: Ball, exact: Sequence[Any]) -> None:
    """Check that each number is in its ball, and that the balls are narrow."""
    with mpmath.workdps(60):
        for middle, radius, number in zip(ball.middle, ball.radius, exact, strict=True):
            assert abs(mpmath.mpf(float(middle)) - number) <= mpmath.mpf(float(radius))
            assert radius <= 1e-9 * max(1, abs(number))


@pytest.mark.parametrize("formula", list(ONE_ARGUMENT))
def test_functions_lie_in_their_balls(formula: str) -> None:
    function, low, high = ONE_ARGUMENT[formula]
    rng = np.random.default_rng(1)
    if low > 0:
        points = np.exp(rng.uniform(np.log(low), np.log(high), 3000))
        beside = [1 + k * 2.0**-52 for k in range(-40, 41)]
        edges = [2.0**k * 0.5**0.5 for k in range(-3, 4)]
    else:
        points = rng.uniform(low, high, 3000)
        beside = [k * 2.0**-40 for k in range(-40, 41)]
        edges = [float(np.nextafter((k + 0.5) * np.log(2), 0)) for k in range(-200, 200)]
    points = np.concatenate([points, beside, edges])
    with mpmath.workdps(60):
        exact = [function(mpmath.mpf(float(point))) for point in points]
    inside(enclosed(formula, x=Ball(points, np.zeros(len(points)), 60)), exact)


@pytest.mark.parametrize(
    "formula", ["x + y", "x - y", "x * y", "x / y", "x ** 5", "x ** y", "sqrt(x) * log(y)"]
)
def test_all_that_is_in_the_balls_goes_into_the_ball(formula: str) -> None:
    rng = random.Random(formula)
    centres = [(rng.uniform(0.1, 9), rng.uniform(0.1, 9)) for _ in range(300)]
    radii = [(10 ** rng.uniform(-17, -12), 10 ** rng.uniform(-17, -12)) for _ in centres]
    x, y = (
        Ball(np.array([c[k] for c in centres]), np.array([r[k] for r in radii]), 60) for k in (0, 1)
    )
    found = enclosed(formula, x=x, y=y)
    names = {"sqrt": mpmath.sqrt, "log": mpmath.log}
    for signs in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        with mpmath.workdps(60):
            ends = [
                [mpmath.mpf(m) + s * mpmath.mpf(r) for m, r, s in zip(c, e, signs, strict=True)]
                for c, e in zip(centres, radii, strict=True)
            ]
            exact = [eval(formula, names, {"x": a, "y": b}) for a, b in ends]  # noqa: S307
        inside(found, exact)


def test_what_may_fail_is_not_enclosed() -> None:
    zero = Ball(np.array([0.0, 1e-20, 1.0]), np.array([0.0, 1e-19, 0.0]), 60)
    for formula in ("1 / x", "log(x)", "sqrt(x)", "x ** 0.5"):
        assert np.isnan(enclosed(formula, x=zero).middle).tolist() == [True, True, False]
    equal = enclosed("1 if x == 1 else 2", x=zero)
    assert np.isnan(equal.middle).tolist() == [False, False, False]
    equal = enclosed("1 if x == 0 else 2", x=zero)
    assert np.isnan(equal.middle).tolist() == [False, True, False]
    assert np.isnan(enclosed("exp(x)", x=constant_ball(Fraction(400))).middle)
    for formula in ("x ** 7000", "len(x)", "1 if x else 2"):
        with pytest.raises((Unenclosed, NegotiationError)):
            enclosed(formula, x=zero)


# ---- columns -------------------------------------------------------------------------


def test_columns_of_decimals_are_those_of_fractions() -> None:
    rng = random.Random(3)
    sizes = (1, 5, 1000, 10**9, 2**53)
    for whole in (1, 10, 10**4, 10**15):
        numbers = [rng.randint(-size, size) for size in sizes for _ in range(300)]
        numbers += [0, 1, -1, 2**53]
        found = Column.of_decimals(np.array(numbers, np.int64), whole)
        expected = Column.of([Fraction(n, whole) for n in numbers], whole)
        assert np.array_equal(found.integers, expected.integers)
        assert np.array_equal(found.heads, expected.heads)
        assert np.array_equal(found.tails, expected.tails)
        assert list(found.values) == list(expected.values)
        assert found.scale.denominator == expected.scale.denominator
        assert found.scale.largest == expected.scale.largest
        assert abs(found.scale.low - expected.scale.low) <= 1
        assert abs(found.scale.high - expected.scale.high) <= 1
