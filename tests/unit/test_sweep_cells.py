"""Sweeps in cells: equal to the exact solver, array for array, at every point."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import negotiation
from negotiation import Model, Move, Parameter, load
from negotiation.analysis.regimes.diagrams import Diagrams
from negotiation.analysis.regimes.domain import Box, Interval
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, ZERO, Polynomial, Ring
from negotiation.analysis.sweeps import Axis, cells, plan_sweep, solve_points
from negotiation.analysis.sweeps.blocks import block_of_points, solve_block
from negotiation.analysis.sweeps.cells import CellSolver
from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.analysis.sweeps.traced import Algebra, Trace, Traced, Untraceable
from negotiation.errors import NegotiationError, UsageError
from tests.oracles.sweep_points import assert_same, check, sweep_of, table, thirds

FLAGSHIP = "divide-and-exempt"
MEMBERS = "divide-and-exempt-members"


# ---- the catalogue -------------------------------------------------------------------

CATALOGUE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (FLAGSHIP, {"approval": "0:1:11", "loss": "0:2:11"}, {}),
    (FLAGSHIP, {"benefit[US]": "0:2:9", "cost": "0:1:9"}, {"select": "coalition-proof"}),
    (FLAGSHIP, {"approval": "0:1:9", "kappa": "-0.5:1.5:9"}, {"select": "preferred:China"}),
    (FLAGSHIP, {"anxiety": "0:1:6", "strike": "0:1:6"}, {"select": "worst:China"}),
    (FLAGSHIP, {"sigma": "0:1:9", "benefit": "0:2:9"}, {"select": "pareto"}),
    (FLAGSHIP, {"weight[US]": "0:3:7", "threshold": "1:3:7"}, {"select": "payoff-dominant"}),
    (FLAGSHIP, {"loss": "0:2:9", "benefit[EU]": "0:2:9"}, {"select": "unique"}),
    (FLAGSHIP, {"loss": "0:2:9", "harm": "0:1:9"}, {"concept": "pure-subgame-perfect"}),
    (FLAGSHIP, {"share": "0.1:0.9:5", "elasticity": "2:8:5"}, {"select": "coalition-proof"}),
    (FLAGSHIP, {"unconditional": "0:1:6", "relief": "0:1:6"}, {"concept": "pure"}),
    (FLAGSHIP, {"loss": "0:2:4"}, {"concept": "nash", "fix": {"exempt": "US only"}}),
    (MEMBERS, {"loss": "0:2:4", "threshold": "1:2:4"}, {}),
    (MEMBERS, {"approval": "0:1:4", "kappa": "0:1:4"}, {"select": "coalition-proof"}),
    (f"{FLAGSHIP}-sequential", {"loss": "0:2:7"}, {}),
    (f"{FLAGSHIP}-types", {"loss": "0:2:4", "likely_low": ["1/4", "1/2"]}, {}),
    (f"{FLAGSHIP}-conditional", {"approval": "0:1:6", "loss": "0:2:6"}, {}),
    (f"{FLAGSHIP}-conditional", {"loss": "0:2:6"}, {"select": "worst:China"}),
    ("chip-seizure", {"damage": "0.2:5:5", "pressure": "0:4:5"}, {}),
    ("chip-seizure", {"conditional": "0:1:2", "likely": "0:1:6"}, {"select": "preferred:China"}),
    ("tiered-licences", {"gain": "0:5:4", "audit_cost": "1/2:4:4"}, {}),
    ("inspection", {"fine": "1/2:4:6", "cost": "1/2:5:6"}, {}),
    ("neutral-criteria", {"hurdle[DE]": "0:1:4", "favour[FR]": "-1:1:4"}, {}),
    ("resolve", {"weight": "0:3:4", "resolved": "1/5:4/5:3"}, {}),
]


def coarse(over: dict[str, Any]) -> dict[str, Any]:
    """Return the axes with at most three points in a range."""
    ranges = {name: text.split(":") for name, text in over.items() if isinstance(text, str)}
    return over | {name: f"{lo}:{hi}:{min(int(n), 3)}" for name, (lo, hi, n) in ranges.items()}


# On coarse grids the flagship in every setting and each other model in its first.
FIRST = {name: number for number, (name, *_) in reversed([*enumerate(CATALOGUE)])}
COARSE = [
    (name, coarse(over), settings)
    for number, (name, over, settings) in enumerate(CATALOGUE)
    if name == FLAGSHIP or FIRST[name] == number
]


@pytest.mark.parametrize(
    ("name", "over", "settings"),
    [*COARSE, *(pytest.param(*case, marks=pytest.mark.slow) for case in CATALOGUE)],
)
def test_models_of_the_catalogue(name: str, over: dict[str, Any], settings: dict[str, Any]) -> None:
    plan = sweep_of(load(name), over, **settings)
    check(plan, cuts=[plan.size // 3])


def test_mixed_and_pure_concepts_need_no_exact_solver() -> None:
    for settings in ({}, {"concept": "pure"}, {"select": "coalition-proof,preferred:China"}):
        plan = sweep_of(load(FLAGSHIP), {"approval": "0:1:30", "loss": "0:2:30"}, **settings)
        solver = CellSolver(plan)
        solver.solve(0, plan.size)
        assert solver.exact_points == 0
        assert solver.cells < plan.size / 8


def test_a_stage_is_solved_once_for_the_cells_that_it_does_not_tell_apart() -> None:
    plan = sweep_of(load(f"{FLAGSHIP}-types"), {"approval": "0:1:9", "loss": "0:2:9"})
    solver = CellSolver(plan)
    solver.solve(0, plan.size)
    (case,) = solver.cases.values()
    stages = len(case.game.exits)
    solved = sum(map(len, case.game.stages.values()))
    assert stages > 10
    assert solved < solver.cells * stages / 3


def test_a_grid_through_the_boundaries() -> None:
    model = load(FLAGSHIP)
    axes = {}
    for name in ("approval", "loss"):
        found = negotiation.regimes(model, {name: (0, 1)})
        points = {Fraction(0), Fraction(1)}
        for breakpoint_ in found.breakpoints:
            point = Fraction(str(breakpoint_.to_dict()["at"]))
            points |= {point, Fraction(math.nextafter(float(point), 2)), point - Fraction(1, 10**9)}
        axes[name] = sorted(p for p in points if 0 <= p <= 1)
    plan = sweep_of(model, {"approval": axes["approval"], "loss": axes["loss"]})
    assert plan.size > 20
    check(plan)


# ---- structure, fixed moves, baselines -----------------------------------------------


def test_structural_axes_each_baseline_fix_and_scenario() -> None:
    model = load(FLAGSHIP)
    base = {"exempt": "uniform control"}
    over = {"discriminate": [0, 1], "loss": "0:2:3"}
    check(sweep_of(model, over, each="exempt", baseline=base), cuts=[3, 17])
    over = {"loss": "0:2:3", "discriminate": [1, 0], "approval": "0:1:2"}
    check(sweep_of(model, over, baseline=base, select="worst:China"), cuts=[7])
    settings: dict[str, Any] = {"values": {"loss": "1/2"}, "scenario": "mining"}
    fix = {"joins[US]": "stay"}
    check(sweep_of(model, {"approval": "0:1:4"}, fix=fix, baseline=base, **settings))


def test_a_member_goes_before_its_family() -> None:
    over = {"approval": "0:1:3", "approval[US]": "0:1:4"}
    check(sweep_of(load(FLAGSHIP), over))
    check(sweep_of(load(FLAGSHIP), {"approval": "0:1:4"}, values={"approval[US]": 1}))


def test_rounded_parameters_are_variables_of_their_own() -> None:
    plan = sweep_of(load(FLAGSHIP), {"elasticity": "2:8:4", "share[US]": "0.5:0.9:3"})
    check(plan, cuts=[4])
    plan = sweep_of(load(FLAGSHIP), {"loss": "0:2:3", "share": "0.1:0.9:5"}, select="pareto")
    check(plan)


def test_unsorted_axes() -> None:
    over = {"loss": [2, 0, "1/3", 1], "approval": ["4/5", 0, 1, "1/7", "1/2"]}
    check(sweep_of(load(FLAGSHIP), over))


def test_samples_with_points_outside_the_domain() -> None:
    model = table(
        "t if vertical == 'up' else u",
        "1 if horizontal == 'left' else t - u",
        {"t": Parameter(value=0), "u": Parameter(value=0)},
        assume=("t + u <= 1",),
    )
    plan = sweep_of(model, {"t": (0, 1), "u": (0, 1)}, sample=64)
    solver = check(plan, cuts=[21])
    assert solver.exact_points == 0


# ---- what is refused, and what is left to the exact solver ---------------------------


def test_a_point_outside_the_domain_is_refused_as_by_the_exact_solver() -> None:
    plan = sweep_of(load(FLAGSHIP), {"weight[US]": [1, 2, 0], "weight[EU]": [1, 0]})
    with pytest.raises(UsageError) as expected:
        list(solve_points(plan))
    for compiled in (False, True):
        with pytest.raises(UsageError) as found:
            CellSolver(plan, compiled=compiled).solve(0, plan.size)
        assert str(found.value) == str(expected.value)


def test_a_formula_without_value_is_refused_as_by_the_exact_solver() -> None:
    model = table("1 / (t - 1) if vertical == 'up' else 0", "0")
    plan = sweep_of(model, {"t": [0, 2, 3]})
    check(plan)
    plan = sweep_of(model, {"t": [0, 1, 3]})
    with pytest.raises(NegotiationError) as expected:
        list(solve_points(plan))
    with pytest.raises(type(expected.value)) as found:
        solve_block(plan, 0, plan.size)
    assert str(found.value) == str(expected.value)


def test_the_exact_solver_is_announced() -> None:
    told: list[str] = []
    done: list[int] = []
    model = load(f"{FLAGSHIP}-types")
    plan = sweep_of(model, {"loss": "0:2:4"}, concept="perfect-bayesian")
    block = solve_block(plan, 0, 3, announce=told.append, progress=done.append)
    assert sum(done) == 3
    assert len(told) == 1
    assert told[0].startswith("4 points need the exact solver one by one: about ")
    assert_same(block, block_of_points(plan, 0, list(solve_points(plan, 0, 3))))


def test_nothing_is_announced_where_cells_answer() -> None:
    told: list[str] = []
    plan = sweep_of(load(FLAGSHIP), {"loss": "0:2:30"})
    solve_block(plan, 0, plan.size, announce=told.append)
    assert told == []


def test_a_cell_that_differs_from_the_exact_solver_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = cells._Case._solved

    def wrong(case: Any, *given: Any) -> Any:
        leaf = honest(case, *given)
        return dataclasses.replace(leaf, mask=leaf.mask + 1)

    monkeypatch.setattr(cells._Case, "_solved", wrong)
    with pytest.raises(NegotiationError, match=r"at approval = .* an exact solve.*(?s:.*)a bug"):
        negotiation.sweep(load("divide-and-exempt"), over={"approval": (0, 1, 3)})


def test_a_stage_that_only_some_cells_can_trace() -> None:
    """A hull of five vertices is cut where t lies between what they give to the first player."""
    answers = ("a", "b", "c", "d", "e")
    worth = " + ".join(
        f"({k} if reply == '{answer}' else 0)"
        for k, answer in zip((0, 3, 1, 5, 4), answers, strict=True)
    )
    model = Model(
        name="hull",
        players=("one", "two"),
        parameters={"t": Parameter(value=0)},
        moves=[
            Move("go", player="one", actions=("in", "out")),
            Move(
                "reply",
                player="two",
                actions=answers,
                observes=("go",),
                when="go == 'in'",
                otherwise="a",
            ),
        ],
        payoffs={"one": f"({worth}) if go == 'in' else t", "two": "0 if go == 'in' else t"},
    )
    for over in ({"t": "-1:6:15"}, {"t": "6:-1:15"}):
        plan = sweep_of(model, over)
        check(plan)
        solver = CellSolver(plan)
        solver.solve(0, plan.size)
        assert 0 < solver.exact_points < plan.size


# ---- blocks --------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, True])
def test_blocks_do_not_depend_on_their_ends_nor_on_what_was_solved_before(compiled: bool) -> None:
    plan = sweep_of(load(FLAGSHIP), {"approval": "0:1:7", "loss": "0:2:9"})
    whole = CellSolver(plan, compiled=compiled).solve(0, plan.size)
    kept = CellSolver(plan, compiled=compiled)
    for start, stop in ((28, 63), (0, 1), (1, 14), (14, 28)):
        part = kept.solve(start, stop)
        alone = CellSolver(plan, compiled=compiled).solve(start, stop)
        assert_same(part, alone)
        rows = slice(whole.offsets[start], whole.offsets[stop])
        assert np.array_equal(part.payoffs, whole.payoffs[rows])
        assert np.array_equal(part.outcomes, whole.outcomes[rows])
        assert np.array_equal(part.counts, whole.counts[start:stop])


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("negotiation.analysis.sweeps.cells.SHARED_FROM", 1)
    plan = sweep_of(load(FLAGSHIP), {"approval": "0:1:21", "loss": "0:2:21"})
    blocks = [CellSolver(plan, compiled=True, threads=k).solve(0, plan.size) for k in (1, 3)]
    assert_same(*blocks)


# ---- arithmetic that does not fit ----------------------------------------------------


def test_long_denominators() -> None:
    third = Fraction(1, 3) + Fraction(1, 3**80)
    t = [Fraction(0), Fraction(1, 10**40), Fraction(1, 7**30), third, Fraction(1, 3), Fraction(2)]
    u = [Fraction(1, 3), third, Fraction(10**30 + 1, 10**30), Fraction(1)]
    model = table(
        "(t * u if horizontal == 'left' else u) if vertical == 'up' else t",
        "t if horizontal == 'left' else u * u - t",
    )
    check(sweep_of(model, {"t": t, "u": u}))


def test_values_beyond_the_range_of_double_words() -> None:
    t = [Fraction(0), Fraction(1, 2**450), Fraction(2**450), Fraction(2**450 + 1), Fraction(1)]
    model = table("t if vertical == 'up' else u", "0 if horizontal == 'left' else t * u - u / 3")
    check(sweep_of(model, {"t": t, "u": [*t, Fraction(1, 3)]}))


def test_curves_that_a_line_crosses_twice_touches_or_misses() -> None:
    """Between two points of one answer on a line another one may lie."""
    curve = "t * t - 2 * t + 1 + u"
    model = table(
        f"0 if vertical == 'up' else {curve}",
        f"{curve} - 1/16 if horizontal == 'left' else t * (t - 1) * (t - 2) * u",
    )
    over = {"u": ["-1/4", "-1/100", 0, "1/16", "1/4"], "t": "0:2:81"}
    solver = check(sweep_of(model, over), compiled=True)
    assert solver.exact_points == 0
    descending = [Fraction(k, 40) for k in range(80, -1, -1)]
    check(sweep_of(model, {"u": [0, "-1/100"], "t": descending}), compiled=True)


def ties(count: int, model: Model, seed: int) -> SweepPlan:
    """Return points (t, u) with a tie, and one unit in the last place on both sides of it."""
    rng = np.random.default_rng(seed)
    t, u = [], []
    for x in rng.uniform(0.5, 2, count):
        for y in (np.nextafter(x, 0), x, np.nextafter(x, 3)):
            t.append(Fraction(float(x)))
            u.append(Fraction(float(y)))
    from negotiation.analysis.sweeps.axes import Column
    from negotiation.analysis.sweeps.samples import Sample

    columns = (Column("t", tuple(t)), Column("u", tuple(u)))
    return SweepPlan(model, columns, sample=Sample("sobol", len(t)))


TIED = (
    "t * t if vertical == 'up' else t * u",
    "t + u if horizontal == 'left' else 2 * t * t / u",
)


def check_ties(plan: SweepPlan) -> None:
    solver = check(plan, compiled=True)
    assert solver.exact_points == 0
    found = CellSolver(plan, compiled=False).solve(0, plan.size)
    assert_same(found, solver.solve(0, plan.size))
    # Below, at and above the tie.
    assert len({*found.counts[0::3]}) == 1
    assert found.counts[1] > max(found.counts[0], found.counts[2])
    assert len({*found.counts[1::3]}) == 1


def test_one_unit_in_the_last_place_beside_a_tie() -> None:
    check_ties(ties(60, table(*TIED), 1))


@pytest.mark.slow
def test_one_unit_in_the_last_place_beside_a_tie_at_ten_thousand_places() -> None:
    check_ties(ties(10_000, table(*TIED), 2))


def test_what_no_double_is_near_to_is_refused() -> None:
    model = table("t * t if vertical == 'up' else u", "0 if horizontal == 'left' else t / 3")
    with pytest.raises(UsageError, match="--over t"):
        sweep_of(model, {"t": [1, Fraction(10) ** 400]})
    plan = sweep_of(model, {"t": [1, -(Fraction(10) ** 200)]})
    with pytest.raises(UsageError, match="beyond the range of doubles"):
        solve_block(plan, 0, plan.size)


# ---- the default concept -------------------------------------------------------------


def three(**more: Any) -> Model:
    return Model(
        name="three",
        players=("a", "b", "c"),
        parameters={"t": Parameter(value=1), "many": Parameter(value=0, integer=True)},
        moves=[
            Move("one", player="a", actions=("x", "y")),
            Move("two", player="b", actions=("x", "y")),
            Move("last", player="c", actions=("x", "y"), when="many == 1", otherwise="x"),
        ],
        payoffs=dict.fromkeys("abc", "t if one == two and two == last else 0"),
        **more,
    )


def test_pure_equilibria_are_the_default_where_more_than_two_move_at_once() -> None:
    plan = plan_sweep(three(), {"t": [0, 1]}, values={"many": 1})
    assert plan.concept == "pure-subgame-perfect"
    assert plan.concept_reason == "3 players move at the same time at the start"
    attributes = negotiation.sweep(three(), {"t": [0, 1]}, values={"many": 1}).attrs
    assert attributes["concept"] == "pure-subgame-perfect"
    assert attributes["concept_reason"] == plan.concept_reason
    check(plan)


def test_the_default_looks_at_all_values_of_whole_numbers() -> None:
    assert plan_sweep(three(), {"t": [0, 1]}).concept is None
    plan = plan_sweep(three(), {"many": [0, 1], "t": [0, 1]})
    assert plan.concept == "pure-subgame-perfect"
    check(plan)


def test_a_concept_that_is_named_goes_first() -> None:
    model = three(concept="subgame-perfect")
    assert plan_sweep(model, {"t": [0, 1]}, values={"many": 1}).concept is None
    named = plan_sweep(three(), {"t": [0, 1]}, values={"many": 1}, concept="subgame-perfect")
    assert (named.concept, named.concept_reason) == ("subgame-perfect", "")
    check(named)
    assert "concept_reason" not in negotiation.sweep(load(FLAGSHIP), {"loss": [1]}).attrs


# ---- traced numbers ------------------------------------------------------------------


def algebra_at(**values: int) -> tuple[Algebra, Trace, dict[str, Traced]]:
    ring = Ring(list(values))
    diagrams = Diagrams(ring, Box([Interval() for _ in values]))
    algebra = Algebra(diagrams)
    point = [Fraction(value) for value in values.values()]

    def sign(polynomial: Polynomial) -> int:
        return polynomial.sign_at(point)

    algebra.trace = Trace(sign, diagrams.bounds.signs)
    return algebra, algebra.trace, {name: algebra.of(ring.variable(name)) for name in values}


def test_comparisons_are_noted_once() -> None:
    _, trace, of = algebra_at(x=1, y=2)
    x, y = of["x"], of["y"]
    assert x < y
    assert not x >= y
    assert x != y
    assert max(x, y) is y
    assert [answer for _, answer in trace.path] == [True]
    assert x * x + 1 == 2
    assert len(trace.path) > 1


def test_equal_functions_are_one_object() -> None:
    algebra, trace, of = algebra_at(x=1, y=2)
    x, y = of["x"], of["y"]
    assert (x + y) * (x - y) is x * x - y * y
    assert (x * x - y * y) / (x + y) is x - y
    assert sum([x, y], Fraction(0)) is y + x
    assert Fraction(1, 2) * x is x / 2
    minus = -x
    assert -minus is +x
    assert abs(x - y) is y - x
    assert 1 - x is algebra.one - x
    # Only that x + y is not zero was asked, and the sign of x - y.
    assert len(trace.path) == 2


def test_dictionaries_compare_and_note_it() -> None:
    _, trace, of = algebra_at(x=1, y=1)
    x, y = of["x"], of["y"]
    found = {(x, y): "first"}
    assert found[y, x] == "first"
    assert trace.path
    assert len({x, y, x + 1}) == 2


def test_what_cannot_be_noted_is_refused() -> None:
    _, _, of = algebra_at(x=1)
    x: Any = of["x"]
    for use in (
        float,
        int,
        round,
        lambda n: n.numerator,
        lambda n: n.denominator,
        lambda n: n**2,
        lambda n: n % 2,
        lambda n: n // 2,
        Fraction,
        lambda n: [0, 1][n],
    ):
        with pytest.raises((Untraceable, TypeError)):
            use(x)
    with pytest.raises(TypeError):
        x + 0.5
    assert x != "x"


def test_signs_that_cannot_occur_are_not_asked() -> None:
    ring = Ring(["x"])
    diagrams = Diagrams(ring, Box([Interval(Fraction(1), Fraction(2))]))
    algebra = Algebra(diagrams)
    algebra.trace = trace = Trace(lambda _: POSITIVE, diagrams.bounds.signs)
    x = algebra.of(ring.variable("x"))
    assert x > 0
    assert x + 1 != 0
    assert not trace.path
    assert {NEGATIVE, ZERO, POSITIVE} == {1, 2, 4}


def test_thirds() -> None:
    model = table("t if vertical == 'up' else u", "u if horizontal == 'left' else t")
    plan = plan_sweep(model, [Axis("t", tuple(thirds(-1, 2))), Axis("u", tuple(thirds(-1, 2)))])
    check(plan, cuts=[11, 50])
