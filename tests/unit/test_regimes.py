"""Regimes: known boundaries as formulas, hard points, records, and tests that can fail."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import z3

from negotiation import Model, Move, Parameter, Regime, load, solve
from negotiation.analysis.regimes import Regimes, answer, regimes
from negotiation.analysis.regimes import support as support_module
from negotiation.analysis.regimes.conditions import FALSE, TRUE
from negotiation.analysis.regimes.diagrams import Diagrams
from negotiation.analysis.regimes.support import Incentives
from negotiation.errors import MethodError, ModelError, NegotiationError, UsageError

FLAGSHIP = "divide-and-exempt"
HOMOGENEOUS = {
    "approval": 1,
    "dependence": "51/100",
    "benefit": "4/5",
    "cost": "3/10",
    "kappa": "10/17",
    "harm": 0,
}
"""Stake s = 1/2, a licence worth a little more, which costs China 3/10 (k s in the sources)."""


def labels_of(model: Model, point: dict, **options) -> set[str] | None:
    """Return the labels that an exact solve finds; None where there is no game."""
    concept, select = options.pop("concept", None), options.pop("select", None)
    try:
        game = model.at({**options.pop("values", {}), **point}, **options)
    except (UsageError, ModelError):
        return None
    return {e.regime for e in solve(game, concept, select=select).equilibria}


def table(first: str, second: str | None = None, **parameters: Parameter) -> Model:
    """Return a 2x2 game by formulas in a (1, 2) and b (1, 2)."""
    return Model(
        name="table",
        players=["A", "B"],
        concept="nash",
        parameters=parameters or {"x": Parameter(domain="-1 <= x <= 2")},
        moves=[
            Move("a", player="A", actions=["up", "down"]),
            Move("b", player="B", actions=["left", "right"]),
        ],
        payoffs={"A": first, "B": second or first},
        regimes=[
            {"name": "up left", "when": "a == 'up' and b == 'left'"},
            {"name": "down right", "when": "a == 'down' and b == 'right'"},
            {"name": "off", "when": "a == 'up' and b == 'right'"},
            {"name": "other off", "when": "a == 'down' and b == 'left'"},
            {"name": "mixed", "when": "True"},
        ],
    )


COORDINATION = "x if a == 'up' and b == 'left' else 1 if a == 'down' and b == 'right' else 0"


def decision(yes: str, no: str, **parameters: Parameter) -> Model:
    """Return a choice between two payoffs."""
    return Model(
        name="decision",
        players=["A"],
        concept="pure-subgame-perfect",
        parameters=parameters,
        moves=[Move("go", player="A", actions=["yes", "no"])],
        payoffs={"A": f"({yes}) if go == 'yes' else ({no})"},
        regimes=[{"name": "yes", "when": "go == 'yes'"}, {"name": "no", "when": "True"}],
    )


def cuts(found: Regimes) -> list[tuple[Fraction | None, str]]:
    return [(point.at.fraction, point.polynomial) for point in found.breakpoints]


# -- a game with a case at zero -------------------------------------------------------------------


def test_cases_at_zero_of_the_coordination_game_are_exact() -> None:
    found = regimes(table(COORDINATION), {"x": (-1, 2)})
    assert cuts(found) == [(Fraction(0), "x")]
    (point,) = found.breakpoints
    assert point.before == ("down right",)
    assert point.here == ("up left", "down right")
    assert point.after == ("up left", "down right", "mixed")
    assert point.checked
    assert {(b.player, b.move) for b in point.binding} == {("A", "a"), ("B", "b")}
    assert [p.name for p in found.patterns] == [
        "down right",
        "up left | down right",
        "up left | down right | mixed",
    ]
    assert [p.interior for p in found.patterns] == [True, False, True]


@pytest.mark.parametrize(
    ("select", "cut"),
    [("risk-dominant", 1), ("payoff-dominant", 1), ("coalition-proof", 1), ("unique", 0)],
)
def test_selection_moves_the_breakpoint(select: str, cut: int) -> None:
    found = regimes(table(COORDINATION), {"x": (-1, 2)}, select=select)
    assert [point.at.fraction for point in found.breakpoints] == [cut]


def test_mixed_equilibria_between_rational_functions() -> None:
    # A inspects (b is the inspected one); the probability of "up left" is (1 + x) / (2 (3 + x)),
    # so that its comparison with a third of that of "off" is rational in x.
    first = "1 + x if a == 'up' and b == 'left' else 1 if a == 'down' and b == 'right' else -1"
    second = "-1 if a == 'up' and b == 'left' else -2 if a == 'down' and b == 'right' else x"
    model = replace(
        table(first, second),
        regimes=[
            {"name": "often", "when": "prob(a == 'up' and b == 'left') > 1/4"},
            {"name": "seldom", "when": "True"},
        ],
    )
    found = regimes(model, {"x": (-1, 2)})
    assert len(found.breakpoints) >= 1
    points = {point.at.fraction for point in found.breakpoints} - {None}
    for value in points | {Fraction(k, 16) for k in range(-16, 33)}:
        assert set(found.label_at({"x": value}) or ()) == labels_of(model, {"x": value})


# -- the published boundaries ---------------------------------------------------------------------


@pytest.mark.parametrize("threshold", [2, pytest.param(3, marks=pytest.mark.slow), 4])
def test_m1a_simultaneous_discrimination_excludes_at_the_blocking_number(threshold: int) -> None:
    members = load("divide-and-exempt-members")
    values = {**HOMOGENEOUS, "threshold": threshold}
    found = regimes(members, {"loss": (0, 2)}, values=values, select="coalition-proof")
    blocking = 4 - threshold + 1
    assert [point.at.fraction for point in found.breakpoints] == [Fraction(3, 10) * blocking]
    assert found.breakpoints[0].before == ("resisted",)
    assert "resisted" not in (found.breakpoints[0].after or ())


def test_m1a_without_discrimination_everybody_is_paid() -> None:
    members = load("divide-and-exempt-members")
    values = {**HOMOGENEOUS, "discriminate": 0}
    found = regimes(members, {"loss": (0, 2)}, values=values, select="coalition-proof")
    assert [(p.at.fraction, p.before, p.after) for p in found.breakpoints] == [
        (Fraction(12, 10), ("resisted",), ("uniform exemption",))
    ]


@pytest.mark.parametrize(
    ("low", "thresholds"),
    [("5/2", (3, 4)), pytest.param("1/2", (1, 2, 3, 4), marks=pytest.mark.slow)],
)
def test_m1a_the_cost_falls_with_the_threshold_in_the_plane(
    low: str, thresholds: tuple[int, ...]
) -> None:
    members = load("divide-and-exempt-members")
    found = regimes(
        members,
        {"loss": (0, 2), "threshold": (low, 5)},
        values=HOMOGENEOUS,
        select="coalition-proof",
        simplify=True,
    )
    assert found.complete
    lines = {boundary.polynomial.text() for boundary in found.boundaries}
    cost = {1: "5*loss - 6", 2: "10*loss - 9", 3: "5*loss - 3", 4: "10*loss - 3"}
    assert lines == {text for k in thresholds for text in (f"threshold - {k}", cost[k])}


def test_m1b_approval_must_reach_the_stake_over_dependence() -> None:
    model = load(FLAGSHIP)
    values = {"cost": "3/10", "harm": 0, "benefit[EU]": "7/10", "approval[EU]": 0}
    found = regimes(
        model,
        {"approval[US]": (0, 1), "dependence[US]": ("1/10", "3/2"), "benefit[US]": ("2/5", "4/5")},
        values=values,
        select="coalition-proof",
        concept="pure-subgame-perfect",
        simplify=True,
    )
    assert found.complete
    solved = {
        boundary.solved["benefit[US]"][0]
        for boundary in found.boundaries
        if "benefit[US]" in boundary.solved
    }
    # p D = s = V - c: the smallest approval rate that neutralises the US is s / D.
    assert "approval[US]*dependence[US] + 0.3" in solved
    owner = {
        (b.player, b.action)
        for boundary in found.boundaries
        for b in boundary.binding
        if boundary.solved.get("benefit[US]", ("",))[0] == "approval[US]*dependence[US] + 0.3"
    }
    assert ("US", "join") in owner or ("US", "stay") in owner


def test_m1d_regime_map_of_two_importers_as_formulas() -> None:
    # With cost k s = 3/10 and threshold n = 2: divide iff H < k s and L >= k s + H; all iff
    # H >= k s and L >= 2 k s.
    found = regimes(
        load(FLAGSHIP),
        {"loss": (0, 2), "harm": (0, 1)},
        values={k: v for k, v in HOMOGENEOUS.items() if k != "harm"},
        select="coalition-proof",
        concept="pure-subgame-perfect",
    )
    assert found.complete
    boundaries = {b.polynomial.text(): b for b in found.boundaries}
    assert set(boundaries) == {"10*loss - 10*harm - 3", "10*harm - 3", "5*loss - 3"}
    assert boundaries["10*loss - 10*harm - 3"].solved["loss"][0] == "harm + 0.3"
    assert boundaries["5*loss - 3"].solved["loss"][0] == "0.6"
    regions = {p.labels: p for p in found.patterns if p.interior}
    assert set(regions) == {("resisted",), ("uniform exemption",), ("divide",)}
    for x, y in itertools.product(range(21), range(11)):
        loss, harm = Fraction(x, 10), Fraction(y, 10)
        if harm < Fraction(3, 10):
            expected = {"divide"} if loss >= Fraction(3, 10) + harm else set()
            expected |= {"resisted"} if loss <= Fraction(3, 10) + harm else set()
        elif harm > Fraction(3, 10):
            expected = {"uniform exemption"} if loss >= Fraction(6, 10) else set()
            expected |= {"resisted"} if loss <= Fraction(6, 10) else set()
        else:
            continue
        assert set(found.label_at({"loss": loss, "harm": harm}) or ()) == expected
    for pattern in regions.values():
        assert pattern.condition is not None
        assert pattern.condition.holds(pattern.sample)


# -- hard points ----------------------------------------------------------------------------------


def test_an_irrational_breakpoint_keeps_its_polynomial() -> None:
    found = regimes(decision("x**2", "2", x=Parameter(domain="0 <= x <= 3")), {"x": (0, 3)})
    (point,) = found.breakpoints
    assert point.polynomial == "x**2 - 2"
    assert point.at.fraction is None
    spelled = point.at.to_json()
    low, high = map(Fraction, spelled["interval"])
    assert low**2 < 2 < high**2
    assert spelled["polynomial"] == ["-2", "0", "1"]
    assert point.here == ("yes", "no")
    assert spelled["decimal"].startswith("1.41421356")


def test_a_double_root_is_one_point() -> None:
    found = regimes(decision("0", "(x - 1)**2", x=Parameter(domain="0 <= x <= 3")), {"x": (0, 3)})
    (point,) = found.breakpoints
    assert (point.before, point.here, point.after) == (("no",), ("yes", "no"), ("no",))


def test_the_point_where_a_denominator_vanishes_is_undefined() -> None:
    model = decision("1/x", "1", x=Parameter(domain="-2 <= x <= 2"))
    found = regimes(model, {"x": (-2, 2)})
    assert found.label_at({"x": 0}) is None
    assert labels_of(model, {"x": 0}) is None
    assert [point.at.fraction for point in found.breakpoints] == [0, 1]
    assert found.breakpoints[0].here is None
    assert found.label_at({"x": "1/2"}) == ("yes",)
    assert found.label_at({"x": "-1/2"}) == ("no",)


def test_over_a_plane_a_note_says_that_points_without_a_game_are_left_out() -> None:
    x, y = Parameter(domain="-2 <= x <= 2"), Parameter(domain="0 <= y <= 1")
    found = regimes(decision("y/x", "1", x=x, y=y), {"x": (-2, 2), "y": (0, 1)})
    assert found.label_at({"x": 0, "y": "1/2"}) is None
    assert any("no value" in note for note in found.notes)
    defined = regimes(decision("y*x", "1", x=x, y=y), {"x": (-2, 2), "y": (0, 1)})
    assert not defined.notes


def test_a_guarded_division_is_defined_at_zero() -> None:
    model = decision("1/x if x != 0 else 5", "1", x=Parameter(domain="-2 <= x <= 2"))
    found = regimes(model, {"x": (-2, 2)})
    assert found.label_at({"x": 0}) == ("yes",)
    assert [p.at.fraction for p in found.breakpoints] == [0, 1]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("max(x, 1) - min(x, 2)", {Fraction(1), Fraction(2)}),
        ("abs(x) - 1", {Fraction(-1), Fraction(1)}),
        ("(x > 1) + (x >= 2) - 1", {Fraction(1), Fraction(2)}),
        ("x * (1 if x > 0 else -1) - 2", {Fraction(-2), Fraction(2)}),
        ("(x**2 - 3*x + 2) / (x - 1)", {Fraction(1), Fraction(2)}),
        ("max(x, -x, 1) - 1.5", {Fraction(-3, 2), Fraction(3, 2)}),
    ],
)
def test_pieces_of_formulas(formula: str, expected: set[Fraction]) -> None:
    model = decision(formula, "0", x=Parameter(domain="-3 <= x <= 3"))
    found = regimes(model, {"x": (-3, 3)})
    assert {point.at.fraction for point in found.breakpoints} == expected
    for k in range(-36, 37):
        ours = found.label_at({"x": Fraction(k, 12)})
        assert (None if ours is None else set(ours)) == labels_of(model, {"x": Fraction(k, 12)})


def test_open_domains_and_assumptions_are_kept() -> None:
    model = Model(
        name="open",
        players=["A"],
        concept="pure-subgame-perfect",
        assume=["x != 1"],
        parameters={"x": Parameter(domain="0 < x < 2")},
        moves=[Move("go", player="A", actions=["yes", "no"])],
        payoffs={"A": "x if go == 'yes' else 1"},
        regimes=[{"name": "yes", "when": "go == 'yes'"}, {"name": "no", "when": "True"}],
    )
    found = regimes(model, {"x": (None, None)})
    assert (found.axes[0].low, found.axes[0].low_open) == (0, True)
    assert [p.labels for p in found.pieces] == [("no",), None, ("yes",)]
    assert found.label_at({"x": 0}) is None
    assert found.label_at({"x": 1}) is None


def test_unbounded_axes() -> None:
    found = regimes(decision("x", "1", x=Parameter()), {"x": None})
    assert found.pieces[0].low is None
    assert found.label_at({"x": 10**30}) == ("yes",)
    assert [p.at.fraction for p in found.breakpoints] == [1]


# -- digits, whole numbers, structure -------------------------------------------------------------


def test_a_parameter_with_digits_is_the_variable_and_its_source_is_shown() -> None:
    model = load(FLAGSHIP)
    found = regimes(model, {"dependence[EU]": ("1/10", 2)}, select="coalition-proof")
    (point,) = found.breakpoints
    assert point.at.fraction == Fraction(1, 4)
    low, high = point.underlying["share[EU]"]
    # D = -log(1 - share) / 3 = 1/4 at share = 1 - exp(-3/4)
    assert Fraction(5276, 10000) < low <= high < Fraction(5277, 10000)
    through = regimes(model, {"share[EU]": ("0.3", "0.99")}, select="coalition-proof")
    assert through.axes[0].name == "dependence[EU]"
    assert through.axes[0].underlying == "share[EU]"
    assert [p.at.fraction for p in through.breakpoints] == [Fraction(1, 4)]
    with pytest.raises(MethodError, match="no rational function"):
        regimes(model, {"elasticity": (2, 8)})


def test_whole_numbers_are_cases() -> None:
    found = regimes(load(FLAGSHIP), {"discriminate": (0, 1)}, select="coalition-proof")
    assert [(p.low.fraction, p.labels) for p in found.pieces] == [  # type: ignore[union-attr]
        (0, ("uniform exemption",)),
        (1, ("divide",)),
    ]
    both = regimes(
        load(FLAGSHIP), {"discriminate": (0, 1), "loss": (0, 2)}, select="coalition-proof"
    )
    assert {tuple(p.case.items()) for p in both.pieces} == {
        (("discriminate", Fraction(0)),),
        (("discriminate", Fraction(1)),),
    }


@pytest.mark.parametrize(
    ("name", "over", "message"),
    [
        (FLAGSHIP, {"los": (0, 1)}, "no parameter is called"),
        (FLAGSHIP, {"loss": (2, 1)}, "empty"),
        (FLAGSHIP, {"loss": (-2, -1)}, "domain"),
        (FLAGSHIP, {}, "no axis"),
        (FLAGSHIP, {"loss": 3}, "no range"),
        ("divide-and-exempt-sequential", {"benefit[US]": (0, 1)}, "shape of the tree"),
        ("divide-and-exempt-sequential", {"tick": (0, 1)}, "shape of the tree"),
    ],
)
def test_wrong_axes_are_refused(name: str, over: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        regimes(load(name), over)


def test_wrong_words_are_refused() -> None:
    model = load(FLAGSHIP)
    with pytest.raises(UsageError, match="concept"):
        regimes(model, {"loss": (0, 1)}, concept="qre")
    with pytest.raises(UsageError, match="by"):
        regimes(model, {"loss": (0, 1)}, by="player")
    with pytest.raises(UsageError, match="also given"):
        regimes(model, {"loss": (0, 1)}, values={"loss": 1})
    with pytest.raises(MethodError, match="4 simultaneous movers"):
        regimes(load("divide-and-exempt-members"), {"loss": (0, 1)}, concept="subgame-perfect")
    with pytest.raises(UsageError, match="no axis here"):
        regimes(model, {"loss": (0, 1)}).label_at({"cost": 1})


def test_a_fixed_move_is_no_decision() -> None:
    found = regimes(
        load(FLAGSHIP), {"loss": (0, 2)}, fix={"exempt": "US only"}, select="coalition-proof"
    )
    assert found.fixed == {"exempt": "US only"}
    assert [p.labels for p in found.pieces] == [("divide",)]


# -- several axes ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plane() -> Regimes:
    return regimes(load(FLAGSHIP), {"approval[US]": (0, 1), "benefit[US]": (0, 2)})


def test_a_plane_is_complete_and_agrees_with_exact_solves(plane: Regimes) -> None:
    model = load(FLAGSHIP)
    assert plane.complete
    for x, y in itertools.product(range(9), range(9)):
        point = {"approval[US]": Fraction(x, 8), "benefit[US]": Fraction(y, 4)}
        assert set(plane.label_at(point) or ()) == labels_of(model, point)
    for boundary in plane.boundaries:
        for _, _, near in boundary.between:
            point = {name: near[name] for name in ("approval[US]", "benefit[US]")}
            assert set(plane.label_at(point) or ()) == labels_of(model, point)


def test_conditions_hold_exactly_where_their_labels_are(plane: Regimes) -> None:
    for pattern in plane.patterns:
        if pattern.condition is None:
            assert pattern.interior is False
            continue
        for x, y in itertools.product(range(-1, 18), repeat=2):
            point = {"approval[US]": Fraction(x, 16), "benefit[US]": Fraction(y, 8)}
            labels = plane.label_at(point)
            if labels is not None:
                assert pattern.condition.holds(point) == (labels == pattern.labels)


def test_a_section_of_a_plane_is_the_axis(plane: Regimes) -> None:
    pieces = plane.along("benefit[US]", {"approval[US]": "4/5"})
    alone = regimes(load(FLAGSHIP), {"benefit[US]": (0, 2)}, values={"approval[US]": "4/5"})
    assert [(p.low, p.high, p.labels) for p in pieces] == [
        (p.low, p.high, p.labels) for p in alone.pieces
    ]


def test_the_last_question_is_unsatisfiable_for_z3_too(plane: Regimes) -> None:
    solver = z3.SolverFor("QF_NRA")
    solver.from_string(plane.open_question)
    assert solver.check() == z3.unsat
    assert "unsatisfiable" in plane.open_question


def test_a_spent_budget_says_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spent when the conditions are built, however long that takes."""
    whole = answer._Question.answer

    def late(question: answer._Question, *options: bool | None) -> Regimes:
        question.deadline = time.monotonic()
        return whole(question, *options)

    monkeypatch.setattr(answer._Question, "answer", late)
    axes = dict.fromkeys(("loss", "kappa[US]", "kappa[EU]", "harm[US]"), (0, 1))
    found = regimes(load(FLAGSHIP), axes, concept="pure-subgame-perfect", budget=3600)
    assert not found.complete
    assert found.termination == "budget"
    assert found.coverage is not None
    assert 0 <= found.coverage <= 1
    assert "(check-sat)" in found.open_question
    assert found.message


def test_the_record_is_json(plane: Regimes) -> None:
    spelled = json.loads(plane.to_json())
    assert spelled["schema"] == "negotiation/regimes/1"
    assert spelled["complete"] is True
    assert spelled["axes"][0]["name"] == "approval[US]"
    assert spelled["boundaries"]
    one = regimes(load(FLAGSHIP), {"loss": (0, 2)}, select="coalition-proof")
    assert json.loads(one.to_json())["breakpoints"][0]["at"] == "6513/25000"
    again = regimes(load(FLAGSHIP), {"loss": (0, 2)}, select="coalition-proof")
    assert one.fingerprint == again.fingerprint != plane.fingerprint


# -- tests of the tests ---------------------------------------------------------------------------


def disagreements(axis: str, **options) -> int:
    """Return at how many points of a grid the labels differ from those of exact solves."""
    model = load(FLAGSHIP)
    found = regimes(model, {axis: (0, 2)}, check=False, **options)
    return sum(
        set(found.label_at({axis: Fraction(k, 16)}) or ())
        != labels_of(model, {axis: Fraction(k, 16)}, **options)
        for k in range(33)
    )


@pytest.mark.parametrize(
    "axis", ["loss", "benefit[US]", pytest.param("kappa[US]", marks=pytest.mark.slow)]
)
def test_without_a_fault_nothing_disagrees(axis: str) -> None:
    for select in ("all", "coalition-proof"):
        assert disagreements(axis, concept="pure-subgame-perfect", select=select) == 0


def test_a_dropped_incentive_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Incentives.at_least

    def careless(self, left, right, binding):
        found = plain(self, left, right, binding)
        return TRUE if found not in (TRUE, FALSE) and binding().player == "US" else found

    monkeypatch.setattr(Incentives, "at_least", careless)
    assert disagreements("benefit[US]", concept="pure-subgame-perfect") > 0


def test_a_dropped_case_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Diagrams.branch

    def careless(self, polynomial, negative, zero, positive):
        return plain(self, polynomial, negative, positive, positive)

    monkeypatch.setattr(Diagrams, "branch", careless)
    with pytest.raises(NegotiationError, match="exact solve"):
        regimes(load(FLAGSHIP), {"loss": (0, 2)}, select="coalition-proof")


def test_a_dropped_outcome_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = support_module._Floors._groups

    def careless(self, node, mover):
        return plain(self, node, mover)[:1]

    monkeypatch.setattr(support_module._Floors, "_groups", careless)
    axes = ("loss", "benefit[US]", "harm[US]", "cost[US]", "kappa[US]")
    assert sum(disagreements(axis, concept="pure-subgame-perfect") for axis in axes) > 0


def test_every_boundary_of_a_plane_is_needed(plane: Regimes) -> None:
    """Without one of its inequalities a condition is wrong somewhere on a grid."""
    from negotiation.analysis.regimes.conditions import And, Or, conjunction, disjunction

    grid = [
        {"approval[US]": Fraction(x, 48), "benefit[US]": Fraction(y, 24)}
        for x, y in itertools.product(range(49), range(49))
    ]
    for pattern in plane.patterns:
        if pattern.condition is None:
            continue
        cubes = (
            pattern.condition.parts if isinstance(pattern.condition, Or) else (pattern.condition,)
        )
        for cube in cubes:
            atoms = cube.parts if isinstance(cube, And) else (cube,)
            for atom in atoms:
                fewer = conjunction(a for a in atoms if a is not atom)
                changed = disjunction([fewer, *(c for c in cubes if c is not cube)])
                assert any(
                    changed.holds(point) != pattern.condition.holds(point)
                    for point in grid
                    if plane.label_at(point) is not None
                )


POLE = """
name = "pole"
form = "extensive"
players = ["A", "B"]
[parameters]
x = { value = 0.2, domain = "0 <= x <= 1" }
[[moves]]
name = "a"
player = "A"
actions = ["in", "out"]
[[moves]]
name = "b"
player = "B"
actions = ["in", "out"]
[payoffs]
A = "(1/(x - 0.25) - 3 if b == 'in' else 0.2 - x**2) if a == 'in' else 0"
B = "0.2*x - 0.1 if b == 'in' and a == 'in' else 0.1*x if b == 'in' else 0"
[[regimes]]
name = "in"
when = "a == 'in'"
[[regimes]]
name = "out"
when = "True"
"""


def test_a_pole_in_a_simultaneous_stage_is_undefined_not_an_error() -> None:
    from negotiation.model.reading import model_from_toml

    found = regimes(model_from_toml(POLE), {"x": (0, 1)}, concept="subgame-perfect")
    assert found.label_at({"x": Fraction(1, 4)}) is None
    assert [point.here for point in found.breakpoints].count(None) == 1


@pytest.mark.parametrize("rule", ["undominated", "intuitive", "d1", "perfect", "forward-induction"])
def test_rules_without_symbolic_form_are_refused(rule: str) -> None:
    with pytest.raises(MethodError, match=f"selection rule {rule} has no symbolic form"):
        regimes(load("divide-and-exempt"), {"loss": (0, 2)}, select=rule)


def test_the_text_of_the_last_question_defines_each_label() -> None:
    """Two cases of a whole number, each a script of its own; z3 reads both and finds nothing."""
    axes = {"discriminate": None, "loss": (0, 2), "harm[EU]": (0, 1)}
    found = regimes(load("divide-and-exempt"), axes, concept="pure-subgame-perfect")
    scripts = found.open_question.split("(reset)\n")
    assert len(scripts) == 2
    for script in scripts:
        assert "(define-fun |supported: uniform control| () Bool" in script
        solver = z3.Solver()
        solver.from_string(script)
        assert solver.check() == z3.unsat
    for pattern in found.patterns:
        assert pattern.factored is not None
        point = {k: v for k, v in pattern.sample.items() if k != "discriminate"}
        assert pattern.factored.holds(point) or not pattern.exact


def test_conditions_of_many_axes_are_simplified_when_asked() -> None:
    cells = {"loss": (0, 2), "kappa[US]": (0, 1), "kappa[EU]": (0, 1), "harm[US]": (0, 1)}
    model = load("divide-and-exempt")
    quick = regimes(model, cells, concept="pure-subgame-perfect")
    assert quick.complete
    assert not quick.boundaries
    assert all(pattern.condition is None for pattern in quick.patterns)
    full = regimes(model, cells, concept="pure-subgame-perfect", simplify=True)
    assert full.complete
    assert full.boundaries
    assert [pattern.labels for pattern in full.patterns] == [p.labels for p in quick.patterns]
    for pattern in full.patterns:
        if pattern.interior:
            assert pattern.condition is not None
            assert pattern.condition.holds(pattern.sample)


# -- what decides the shape of the tree ------------------------------------------------------------


def test_a_condition_on_the_value_of_a_grid_makes_its_formula_structural() -> None:
    """The entry s passes the condition from s > 1 on, which no formula of payoffs shows."""
    model = Model(
        name="offers",
        players=("a", "b"),
        parameters={"s": Parameter(value=0, domain="0 <= s <= 3")},
        moves=[
            Move("offer", player="a", grid=[0, "s"]),
            Move(
                "answer",
                player="b",
                actions=["yes", "no"],
                when="offer > 1",
                otherwise="no",
                observes=["offer"],
            ),
        ],
        payoffs={"a": "offer if answer == 'yes' else -offer", "b": "offer"},
        regimes=[Regime("paid", when="answer == 'yes'"), Regime("nothing", when="answer == 'no'")],
    )
    with pytest.raises(UsageError, match="s decides the shape of the tree") as caught:
        regimes(model, {"s": (0, 3)})
    assert caught.value.place == "--over s"


def test_a_derived_parameter_that_a_scenario_sets_is_no_formula(tmp_path: Path) -> None:
    (tmp_path / "calibration.toml").write_text("[scenarios.high]\nd = 5\n")
    (tmp_path / "m.toml").write_text(
        'name = "m"\nform = "extensive"\nplayers = ["a"]\ncalibration = "calibration.toml"\n'
        '[parameters]\nx = { value = 1, domain = "0 <= x <= 10" }\nd = { value = "2*x - 3" }\n'
        '[[moves]]\nname = "one"\nplayer = "a"\nactions = ["u", "d"]\n'
        "[payoffs]\na = \"d if one == 'u' else x\"\n"
    )
    model = load(str(tmp_path / "m.toml"))
    assert cuts(regimes(model, {"x": (0, 10)}, by="outcome"))[0][0] == 3
    assert cuts(regimes(model, {"x": (0, 10)}, by="outcome", scenario="high"))[0][0] == 5


def test_a_move_fixed_by_a_number_that_an_axis_moves_is_refused() -> None:
    model = Model(
        name="offers",
        players=("a", "b"),
        parameters={"s": Parameter(value=2, domain="0 <= s <= 3")},
        moves=[
            Move("offer", player="a", grid=[0, "s"]),
            Move("answer", player="b", actions=["yes", "no"], observes=["offer"]),
        ],
        payoffs={"a": "offer", "b": "offer - 1 if answer == 'yes' else 0"},
    )
    with pytest.raises(UsageError, match="whether offer can be 2 depends on s") as caught:
        regimes(model, {"s": (0, 3)}, by="outcome", fix={"offer": 2})
    assert caught.value.place == "--fix offer"
    assert caught.value.remedy.endswith("0, s")
    found = regimes(model, {"s": (0, 3)}, by="outcome", fix={"offer": "s"})
    assert [cut for cut, _ in cuts(found)] == [1]
