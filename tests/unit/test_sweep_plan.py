"""Plans of sweeps: the concept that is chosen, names, provenance, and what refusals say."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import negotiation
from negotiation import Model, Move, Parameter, load, sweep
from negotiation.analysis.sweeps import plan, plan_sweep, read_axis, solve_points
from negotiation.analysis.sweeps.axes import Axis, Range, read_range, spelled
from negotiation.analysis.sweeps.blocks import Block, block_of_points, solve_block
from negotiation.analysis.sweeps.branches import track
from negotiation.analysis.sweeps.variables import structural_axes
from negotiation.errors import MethodError, ModelError, NegotiationError, UsageError
from negotiation.game import Game
from negotiation.model.catalogue import catalogue
from negotiation.solvers.stages import StageTree

FLAGSHIP = "divide-and-exempt"
SIDES = ("u", "d")
PURE = "pure-subgame-perfect"


def check(swept: plan.SweepPlan) -> Block:
    """Compare the cells with the exact solver, array by array."""
    found = solve_block(swept, 0, swept.size)
    exact = block_of_points(swept, 0, list(solve_points(swept)))
    for name in Block.__dataclass_fields__:
        one, other = getattr(found, name), getattr(exact, name)
        if isinstance(other, np.ndarray):
            assert np.array_equal(one, other, equal_nan=other.dtype.kind == "f"), name
    return found


def most_movers(game: Game) -> int:
    """Return the most players with a choice in a stage of a game, by looking at all of them."""
    found = 0
    for root, begins in enumerate(game.is_subgame_root):
        if begins or root == 0:
            sizes = StageTree(game, root, game.is_subgame_root).sizes
            found = max(found, sum(size > 1 for size in sizes))
    return found


# ---- the default concept -------------------------------------------------------------------------


def crowd(when: str = "x > 1/2 and n + m > 1", **more: Any) -> Model:
    """Return three who move at the same time; the third one only under a condition."""
    parameters = {"x": Parameter(value=0)}
    for name in ("n", "m"):
        parameters[name] = Parameter(value=1, integer=True, domain=f"0 <= {name} <= 1")
    settings: dict[str, Any] = {
        "name": "crowd",
        "players": ("A", "B", "C"),
        "parameters": parameters,
        "moves": [
            Move("a", player="A", actions=SIDES),
            Move("b", player="B", actions=SIDES),
            Move("c", player="C", actions=(*SIDES, "e"), when=when, otherwise="u"),
        ],
        "payoffs": {
            "A": "(1 if a == b else 0) + (1/3 if c == b else 0)",
            "B": "(2 if b == c else 0) - (1/2 if a == b else 0)",
            "C": "(1 if c != b else 0) + (1/5 if a == c else 0)",
        },
    }
    return Model(**(settings | more))


def test_the_concept_does_not_depend_on_the_order_of_values() -> None:
    for values in itertools.permutations(["0", "1/3", "1"]):
        found = plan_sweep(crowd(), {"x": list(values)})
        assert found.concept == PURE
        assert found.concept_reason == "3 players move at the same time at the start, where x = 1"
    assert plan_sweep(crowd(), {"x": ["0", "1/3"]}).concept is None


def test_combinations_of_structural_values_are_looked_at() -> None:
    """Only where all three axes have their second value do three move."""
    for names in itertools.permutations("xnm"):
        over = {name: [0, 1] for name in names}
        found = plan_sweep(crowd(), over)
        assert found.concept == PURE
        assert "n = 1" in found.concept_reason
        assert "m = 1" in found.concept_reason
    assert plan_sweep(crowd(), over, values={}, fix={"c": "u"}).concept is None
    check(found)


def test_structural_values_of_a_sample() -> None:
    found = plan_sweep(crowd(), {"x": (0, 1), "n": (0, 1), "m": (0, 1)}, sample=64)
    assert found.concept == PURE
    assert plan_sweep(crowd(), {"x": (0, "1/2"), "n": (0, 1)}, sample=64).concept is None


def test_points_outside_a_joint_restriction_of_a_sample_do_not_count() -> None:
    """Three would move where n = m = 1 only; where x < 0 there is no such point in the domain."""
    model = crowd("n + m > 1", assume=["n + m <= 1 or x >= 0"])
    over = {"n": (0, 1), "m": (0, 1)}
    assert plan_sweep(model, over, values={"x": -1}, sample=32).concept is None
    assert plan_sweep(model, over, values={"x": 0}, sample=32).concept == PURE


def test_each_and_baseline_decide_which_games_there_are() -> None:
    """A move that is fixed is no decision: two are left, but for a baseline that fixes none."""
    always = crowd("x < 2")
    assert plan_sweep(always, {"x": [0, 1]}).concept == PURE
    assert plan_sweep(always, {"x": [0, 1]}, each="c").concept is None
    assert plan_sweep(always, {"x": [0, 1]}, each="c", baseline={"a": "u"}).concept is None
    baseline = plan_sweep(always, {"x": [0]}, each="c", baseline={})
    assert baseline.concept == PURE
    assert baseline.concept_reason.startswith("3 players")


def test_too_many_shapes_are_bounded_by_what_the_moves_observe() -> None:
    many: dict[str, Any] = {"x": (0, "1/3", 3 * plan.MAX_SHAPES)}
    found = plan_sweep(crowd(), many)
    assert found.concept == PURE
    assert found.concept_reason == "3 players may move at the same time, which x decide"
    backwards = [Axis("x", read_axis(f"x=0:1/3:{3 * plan.MAX_SHAPES}").values[::-1])]
    assert plan_sweep(crowd(), backwards).concept == PURE
    a, _, c = crowd().moves
    one_by_one = [
        a,
        Move("b", player="B", actions=SIDES, observes=["a"]),
        Move("c", player="C", actions=SIDES, when=c.when, otherwise="u", observes=["a", "b"]),
    ]
    assert plan_sweep(crowd(moves=one_by_one), many).concept is None


@pytest.mark.parametrize("name", catalogue())
def test_the_bound_is_never_too_small(name: str) -> None:
    model = load(name)
    try:
        game = model.at()
    except NegotiationError:
        pytest.skip("a parameter has no value")
    assert most_movers(game) <= plan._most_movers(model, {})
    for move in game.moves()[:3]:
        label = next(head.actions[0] for head in game.information_sets if head.move == move)
        fix = {move: label}
        try:
            fixed = model.at(fix=fix)
        except NegotiationError:
            continue
        assert most_movers(fixed) <= plan._most_movers(model, fix)


# ---- axes that decide the shape of the tree ------------------------------------------------------


def reply(**more: Any) -> Model:
    """Return a model in which the second move is made where a value is large."""
    settings: dict[str, Any] = {
        "name": "reply",
        "players": ("a", "b"),
        "parameters": {"s": Parameter(value=1)},
        "moves": [
            Move("offer", player="a", grid=[0, "s"]),
            Move(
                "answer",
                player="b",
                actions=SIDES,
                observes=["offer"],
                when="offer > 1",
                otherwise="u",
            ),
        ],
        "payoffs": {
            "a": "offer if answer == 'u' else -offer",
            "b": "offer if answer == 'd' else 0",
        },
    }
    return Model(**(settings | more))


def test_a_condition_that_reads_a_value_of_a_grid() -> None:
    for more in ({}, {"define": {"much": "offer > 1"}}):
        model = reply(**more)
        if more:
            offer, answer = model.moves
            changed = Move("answer", player="b", actions=SIDES, observes=["offer"], when="much",
                           otherwise=answer.otherwise)  # fmt: skip
            model = reply(moves=[offer, changed], **more)
        swept = plan_sweep(model, {"s": ["1/2", 1, 2, 3]})
        assert structural_axes(swept) == (0,)
        assert check(swept).payoffs[:, 0].tolist() == [0.5, 1, 0, 0]


def test_a_move_fixed_at_a_number_that_an_axis_moves() -> None:
    assert check(plan_sweep(reply(), {"s": [1]}, fix={"offer": 1})).payoffs.tolist() == [[1, 0]]
    swept = plan_sweep(reply(), {"s": [1, 2]}, fix={"offer": 1})
    with pytest.raises(UsageError, match="at s = 2: offer has no action 1"):
        solve_block(swept, 0, 2)
    named = plan_sweep(reply(), {"s": [1, 2]}, fix={"offer": "s"})
    assert check(named).payoffs[:, 0].tolist() == [1, -2]


@pytest.mark.parametrize(
    ("grid", "otherwise", "structural"),
    [([0, "s"], 0, ()), (["s", 0], 0, (0,)), ([0, "s"], 1, (0,)), ([0, "s"], "s", ())],
)
def test_a_skipped_move_may_count_as_an_entry_that_an_axis_moves(
    grid: Any, otherwise: Any, structural: tuple[int, ...]
) -> None:
    """Where s is that number, those who see it cannot tell the skipped move from the offer s."""
    moves = [
        Move("open", player="a", actions=SIDES),
        Move("offer", player="a", grid=grid, when="open == 'u'", otherwise=otherwise),
        Move("answer", player="b", actions=SIDES, observes=["offer"]),
    ]
    payoffs = {
        "a": "3 if answer == 'u' else 1 if open == 'd' else offer",
        "b": "(1 if answer == open else 0) + (offer if answer == 'd' else 0)",
    }
    swept = plan_sweep(reply(moves=moves, payoffs=payoffs), {"s": ["1/2", 0, 1, 2]})
    assert structural_axes(swept) == structural
    check(swept)


def test_an_axis_that_takes_the_place_of_a_formula() -> None:
    """A condition reads d, a formula of x; swept itself it decides the shape."""
    model = Model(
        name="derived",
        players=("a", "b"),
        parameters={"x": Parameter(value=1), "d": Parameter(value="2*x")},
        moves=[
            Move("one", player="a", actions=SIDES),
            Move("two", player="b", actions=SIDES, when="d > 1", otherwise="u"),
        ],
        payoffs={"a": "1 if one == two else 0", "b": "3 if one != two else 0"},
    )
    for name in ("d", "x"):
        swept = plan_sweep(model, {name: [0, 1, 2, 3]})
        assert structural_axes(swept) == (0,)
        assert check(swept).payoffs[-1].tolist() == [0.5, 1.5]
    assert structural_axes(plan_sweep(model, {"x": [0, 1], "d": [0, 1]})) == (1,)


@pytest.fixture
def calibrated(tmp_path: Path) -> Model:
    (tmp_path / "calibration.toml").write_text("[scenarios.high]\nd = 5\n")
    (tmp_path / "m.toml").write_text(
        'name = "m"\nform = "extensive"\nplayers = ["a"]\ncalibration = "calibration.toml"\n'
        '[parameters]\nx = { value = 1 }\nd = { value = "2*x" }\n'
        '[[moves]]\nname = "one"\nplayer = "a"\nactions = ["u", "d"]\n'
        "[payoffs]\na = \"d if one == 'u' else x\"\n"
    )
    return load(str(tmp_path / "m.toml"))


def test_a_scenario_sets_a_derived_parameter(calibrated: Model) -> None:
    """Its formula counts no more: d stays 5 where x moves."""
    over = {"x": [1, 4, 7]}
    swept = plan_sweep(calibrated, over, scenario="high")
    assert check(swept).payoffs[:, 0].tolist() == [5, 5, 7]
    attributes = sweep(calibrated, over, scenario="high").attrs
    assert (attributes["scenario"], attributes["parameters"]) == ("high", "d=5")
    both = sweep(calibrated, over, scenario="high", values={"d": 6}).attrs
    assert both["parameters"] == "d=6"
    assert sweep(calibrated, over).attrs["parameters"] == ""
    swept = plan_sweep(calibrated, {"d": [2, 3]}, scenario="high")
    assert check(swept).payoffs[:, 0].tolist() == [2, 3]


# ---- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("dependence [EU]", "dependence[EU]"),
        (" dependence[ EU ] ", "dependence[EU]"),
        ("tie[US,EU]", "tie[US, EU]"),
        (" loss ", "loss"),
        ("x[]", "x[]"),
        ("x[US", "x[US"),
        ("x[US]y", "x[US]y"),
        ("", ""),
    ],
)
def test_the_spelling_of_a_name(name: str, found: str) -> None:
    assert spelled(name) == found
    assert Axis(name, (Fraction(1),)).name == found
    assert Range(name, Fraction(0), Fraction(1)).name == found


@pytest.mark.parametrize("name", ["dependence [EU]", "dependence[ EU ]", " dependence[EU]"])
def test_blanks_in_the_name_of_an_axis(name: str) -> None:
    model = load(FLAGSHIP)
    wanted = sweep(model, {"dependence[EU]": (1, "7/5", 2)})
    for over in ({name: (1, "7/5", 2)}, [f"{name}=1:7/5:2"], [read_axis(f"{name}=1:7/5:2")]):
        found = sweep(model, over)
        assert found.identical(wanted)
        assert "dependence[EU]" in found.dims
        assert "dependence[EU]=" not in found.attrs["parameters"]
    drawn = sweep(model, {name: (1, 2)}, sample=2)
    assert drawn.identical(sweep(model, {"dependence[EU]": (1, 2)}, sample=2))
    assert [p.name for p in plan_sweep(model, [read_range(f"{name}=1:2")], sample=2).axes] == [
        "dependence[EU]"
    ]


def test_blanks_in_the_names_of_moves() -> None:
    model = load(FLAGSHIP)
    over = {"loss": [1]}
    spaced = sweep(model, over, each=" joins [EU] ", fix={"joins [US]": "stay"})
    assert spaced.identical(sweep(model, over, each="joins[EU]", fix={"joins[US]": "stay"}))
    assert spaced.attrs["fixed"] == "joins[US]=stay"


def test_blanks_in_an_axis_of_branches_and_regimes() -> None:
    model = load(FLAGSHIP)
    found = track(model, "dependence [EU] = 1:7/5:3", select="coalition-proof")
    assert found.axis == "dependence[EU]"
    spaced = negotiation.regimes(model, {"dependence [EU]": ("1/5", 1)})
    plain = negotiation.regimes(model, {"dependence[EU]": ("1/5", 1)})
    assert [axis.name for axis in spaced.axes] == ["dependence[EU]"]
    assert spaced.axes == plain.axes


# ---- provenance ----------------------------------------------------------------------------------


def held(attributes: Any) -> set[str]:
    return {text.partition("=")[0] for text in attributes["parameters"].split(", ") if text}


def test_parameters_that_depend_on_an_axis_are_not_listed() -> None:
    """What is listed has the same value at every point, and what is not has not."""
    model = load(FLAGSHIP)
    for over in ({"elasticity": [2, 4]}, {"share[US]": ["0.6", "0.8"]}, {"loss": [1, 2]}):
        swept = plan_sweep(model, over)
        values = [model.values(swept.point(k)[0]) for k in range(2)]
        constant = {cell for cell in values[0] if values[0][cell] == values[1][cell]}
        assert held(sweep(model, over).attrs) == constant
    given = sweep(model, {"elasticity": [2, 4]}, values={"dependence[US]": 1}).attrs
    assert "dependence[US]" in held(given)
    assert "dependence[EU]" not in held(given)


def test_fixed_moves_and_the_scenario_are_recorded() -> None:
    model = load(FLAGSHIP)
    plain = sweep(model, {"loss": [1]}).attrs
    assert plain["fixed"] == ""
    assert "scenario" not in plain
    fixed = sweep(model, {"loss": [1]}, fix={"exempt": ["US"]}, each="joins[US]", scenario="mining")
    assert fixed.attrs["fixed"] == "exempt=US only"
    assert fixed.attrs["scenario"] == "mining"


# ---- refusals name the point ---------------------------------------------------------------------


def pole(**more: Any) -> Model:
    """Return a model whose first payoff divides by p - q."""
    settings: dict[str, Any] = {
        "name": "pole",
        "players": ("A",),
        "parameters": {
            "p": Parameter(value="1/2"),
            "q": Parameter(value="1/3", domain="0 <= q <= 1"),
            "n": Parameter(value=2, integer=True),
        },
        "moves": [
            Move("a", player="A", actions=("in", "out")),
            Move("b", player="A", grid=[0, 1, 2], allowed="b <= n", observes=["a"]),
        ],
        "payoffs": {"A": "1/(p - q) + b if a == 'in' else 0"},
    }
    return Model(**(settings | more))


def refused(model: Model, over: Any, **settings: Any) -> NegotiationError:
    with pytest.raises(NegotiationError) as caught:
        sweep(model, over, **settings)
    return caught.value


def test_a_pole_names_the_point() -> None:
    error = refused(pole(), {"p": [0, "1/3", 1], "n": [1, 2]})
    assert isinstance(error, ModelError)
    assert error.faults[0].message.startswith("at p = 1/3, n = 1: division by zero after a = in")
    assert error.faults[0].place == "payoffs.A"
    assert error.faults[0].text
    drawn = refused(pole(), {"p": [0, "1/3"]}, sample=8)
    assert "of the sample (p = 1/3): division by zero" in str(drawn)
    acted = refused(pole(), {"p": [0, "1/3"]}, each="b")
    assert "at p = 1/3, b = 0: division by zero" in str(acted)


def test_what_all_points_have_is_told_without_a_point() -> None:
    equal = pole(parameters={**pole().parameters, "p": Parameter(value="1/2")})
    for over in ({"n": [1, 2]}, {"n": [1]}):
        error = refused(equal, over, values={"p": "1/3"})
        assert "division by zero after a = in" in str(error)
        assert "at n =" not in str(error)
    for settings, kind in (({"select": "best"}, UsageError), ({"concept": "qre"}, MethodError)):
        error = refused(pole(), {"p": [0, 1]}, **settings)
        assert isinstance(error, kind)
        assert "at p =" not in str(error)


def test_the_file_is_named_whoever_solves(tmp_path: Path) -> None:
    path = tmp_path / "pole.toml"
    path.write_text(pole().to_toml())
    told = {str(refused(load(str(path)), {"p": [0, "1/3"]}, jobs=jobs)) for jobs in (1, 2)}
    assert len(told) == 1
    assert f"1 fault in {path}:" in told.pop()


def test_a_joint_restriction_names_the_point() -> None:
    assumed = pole(assume=["p + q <= 1"], parameters={**pole().parameters, "p": Parameter(value=0)})
    error = refused(assumed, {"p": [0, "1/2"], "q": ["1/4", "3/4"]})
    assert error.message == "at p = 0.5, q = 0.75: the values violate the assumption p + q <= 1"
    reading = {
        "p": Parameter(value="1/2"),
        "q": Parameter(value="1/4", domain="0 <= q <= 1 - p"),
        "n": Parameter(value=1, integer=True),
    }
    model = pole(parameters=reading, payoffs={"A": "p + q + b"})
    error = refused(model, {"p": [0, 1], "q": [0, "1/2"]})
    assert error.message.startswith("at p = 1, q = 0.5: q = 0.5 is outside its domain")
    assert isinstance(error, UsageError)


def test_a_fixed_action_that_is_not_allowed_at_a_point() -> None:
    error = refused(pole(), {"n": [2, 1, 0]}, fix={"a": "out", "b": 1})
    assert error.message == "at n = 0: b = '1' is not allowed after a = out"
    assert error.place == "--fix"


def test_a_rule_that_does_not_fit_at_a_point() -> None:
    """Risk dominance is for two players; a third one moves where x is large."""
    model = crowd(payoffs=dict.fromkeys("ABC", "1 if a == b and b == c else 0"))
    error = refused(model, {"x": [0, 1]}, select="risk-dominant")
    assert error.message.startswith("at x = 1: risk-dominant is defined for 2x2 stages")


def test_a_payoff_beyond_doubles_names_the_point() -> None:
    model = pole(payoffs={"A": "p ** 3 if a == 'in' else b"})
    error = refused(model, {"n": [1, 2], "p": [0, 1, Fraction(10) ** 150, 2]})
    assert error.message == "at n = 1, p = 1.00000E+150: a payoff is beyond the range of doubles"
    exact = refused(model, {"p": [0, 1, Fraction(10) ** 150, 2]}, concept="perfect-bayesian")
    assert exact.message == "at p = 1.00000E+150: a payoff is beyond the range of doubles"


def test_settings_keep_their_own_place_and_remedy() -> None:
    model = load(FLAGSHIP)
    for over, more in (({"share": ["0.2", "0.3"]}, {}), ({"loss": (0, 1)}, {"sample": 4})):
        error = refused(model, over, scenario="nosuch", **more)
        assert "at " not in error.message
        assert "nosuch" in error.message
        assert "--over" not in error.place
        error = refused(model, over, values={"approval": 7}, **more)
        assert error.message.startswith("approval[US] = 7 is outside its domain")
        assert error.place == "parameters.approval.value"


def test_a_point_between_the_ends_outside_the_domain() -> None:
    """The ends are looked at before any solving, what lies between when it is solved."""
    parameters = {
        "p": Parameter(value=3, domain="p != 0 and p != 1"),
        "q": Parameter(value=0),
        "n": Parameter(value="p ** 2", domain="n != 4", integer=True),
    }
    model = pole(parameters=parameters)
    for over in ({"p": [-1, 0, 3]}, {"q": [0, 1], "p": [-1, 0, 3]}):
        for more in ({}, {"each": "b"}, {"jobs": 2}, {"baseline": {"a": "out"}}):
            error = refused(model, over, **more)
            assert error.message == "p = 0 is outside its domain p != 0 and p != 1"
            assert error.place == "--over p"
            assert error.remedy == "choose points in the domain"
    error = refused(model, {"q": [0, 1], "p": [-1, 2, 3]})  # n = p ** 2 is what leaves its domain
    assert error.message == "at q = 0, p = 2: n = 4 is outside its domain n != 4"
    assert error.place == "--over q, p"
    assert error.remedy.startswith("choose other points of q, p")
    error = refused(model, {"q": [0, 1]}, values={"p": 1})
    assert error.place == "parameters.p.value"


def test_the_axis_at_fault_is_named() -> None:
    model = load(FLAGSHIP)
    for over in (
        {"share": [0, "1/2"], "approval": [0, 1]},
        {"approval": [0, 1], "share": [0, "1/2"]},
        {"approval": [0, 1], "share": ["1/2", 0]},
        {"share": [0]},
    ):
        error = refused(model, over)
        assert error.place == "--over share"
        assert "share = 0: dependence[US] = 0 is outside its domain" in error.message.replace(
            ", approval = 0", ""
        )
        assert error.remedy.startswith("choose other points of share")


# ---- each action of a grid that formulas give ----------------------------------------------------


def stepped(**more: Any) -> Model:
    """Return an offer on a grid whose points formulas decide; a whole number gives its size."""
    settings: dict[str, Any] = {
        "name": "stepped",
        "players": ("A", "B"),
        "parameters": {
            "n": Parameter(value=3, integer=True, domain="n >= 2"),
            "size": Parameter(value="n + 1", integer=True),
            "top": Parameter(value=2),
            "t": Parameter(value="1/3"),
            "z": Parameter(value=1, domain="z != 2"),
        },
        "moves": [
            Move("x", player="A", grid={"from": 0, "to": "top", "steps": "size"}),
            Move("y", player="B", actions=("yes", "no"), observes=("x",)),
        ],
        "payoffs": {
            "A": "z - x if y == 'yes' else t",
            "B": "x - t if y == 'yes' else 0",
        },
    }
    return Model(**(settings | more))


@pytest.mark.parametrize(
    ("over", "settings"),
    [
        ({"t": (0, 1, 4)}, {}),
        ({"t": (0, 1, 4), "z": [1, 3]}, {"values": {"n": 4}}),
        ({"t": (0, 1), "z": (0, 3)}, {"sample": 8, "values": {"top": "1/2"}}),
        ({"t": [0, 1], "n": [4]}, {}),  # an axis of one value moves nothing
        # An axis that a formula would read counts no more where that has another value.
        ({"n": [2, 5], "t": (0, 1, 2)}, {"values": {"size": 3}}),
    ],
)
def test_each_action_of_a_grid_by_steps(over: Any, settings: dict[str, Any]) -> None:
    swept = plan_sweep(stepped(), over, each="x", concept="subgame-perfect", **settings)
    values, _ = swept.point(0)
    (head, *_) = swept.model.at({**swept.values, **values}).information_sets
    assert swept.actions == head.actions
    found = check(swept)
    for k in range(swept.size):
        values, action = swept.point(k)
        game = swept.model.at({**swept.values, **values}, fix={"x": action})
        expected = negotiation.solve(game, "subgame-perfect")
        rows = [[float(e.payoffs[p]) for p in swept.players] for e in expected.equilibria]
        assert found.payoffs[found.offsets[k] : found.offsets[k + 1]].tolist() == rows


def test_each_of_a_sample_that_begins_outside_the_domain() -> None:
    model, over = stepped(assume=["t + z <= 3/2"]), {"t": (0, 1), "z": (0, 3)}
    swept = plan_sweep(model, over, each="x", sample=8, seed=3, concept="subgame-perfect")
    assert swept.actions == ("0", "2/3", "4/3", "2")
    assert not swept.inside(0)
    assert check(swept).open.any()


@pytest.mark.parametrize(
    ("over", "named"),
    [
        ({"n": [2, 3], "t": [0, 1]}, "n decides"),
        ({"t": [0, 1], "top": [1, 2], "size": [2, 3]}, "top, size decide"),
        ({"n": [2, 3], "size": [2, 3]}, "size decides"),
        ({"top": (1, 2), "t": (0, 1)}, "top decides"),
    ],
)
def test_each_is_refused_where_an_axis_moves_the_actions(over: Any, named: str) -> None:
    sample = {"sample": 4} if isinstance(over.get("t"), tuple) else {}
    error = refused(stepped(), over, each="x", **sample)
    assert error.message.startswith(f"{named} which actions x has")
    assert error.place == "--each x"
    assert "--set" in error.remedy


def test_the_grid_of_a_scenario(tmp_path: Path) -> None:
    """A scenario decides the points of the grid as a value does."""
    (tmp_path / "calibration.toml").write_text("[scenarios.fine]\nn = 4\n")
    text = stepped().to_toml()
    path = tmp_path / "stepped.toml"
    path.write_text(text.replace("players =", 'calibration = "calibration.toml"\nplayers =', 1))
    model = load(str(path))
    for settings, size in (({}, 4), ({"scenario": "fine"}, 5), ({"values": {"n": 5}}, 6)):
        swept = plan_sweep(model, {"t": [0]}, each="x", **settings)
        assert len(swept.actions) == size
    refusal = refused(model, {"n": [2, 3]}, each="x", scenario="fine")
    assert refusal.message.startswith("n decides")


def test_a_grid_that_has_no_points_or_too_many() -> None:
    for size, message in ((1, "no whole number of 2 or more"), (10**9, "more than 1,000,000")):
        error = refused(stepped(), {"t": [0, 1]}, each="x", values={"size": size})
        assert isinstance(error, ModelError)
        assert message in str(error)


# ---- calls from Python ---------------------------------------------------------------------------


def test_a_range_needs_a_number_of_points() -> None:
    model = load(FLAGSHIP)
    error = refused(model, {"approval": (0, 1)})
    assert "range without a number of points" in error.message
    assert "[0, 1] for these two" in error.remedy
    assert plan_sweep(model, {"approval": [0, 1]}).size == 2
    assert plan_sweep(model, {"approval": (0, 1)}, sample=4).size == 4


def test_texts_are_axes() -> None:
    model = load(FLAGSHIP)
    wanted = plan_sweep(model, {"approval": (0, 1, 3)})
    assert plan_sweep(model, "approval=0:1:3") == wanted
    assert plan_sweep(model, ["approval=0:1:3"]) == wanted
    assert plan_sweep(model, ["approval=0:1:3", "loss=1,2"]).shape == (3, 2)
    drawn = plan_sweep(model, "approval=0:1", sample=4)
    assert drawn == plan_sweep(model, {"approval": (0, 1)}, sample=4)


@pytest.mark.parametrize(
    ("over", "settings", "place"),
    [
        ({"approval": 1}, {}, "--over approval"),
        ({"approval": None}, {}, "--over approval"),
        ({"approval": 1}, {"sample": 4}, "--over approval"),
        ({1: [1]}, {}, "--over"),
        ([1], {}, "--over"),
        (None, {}, "--over"),
        (7, {"sample": 4}, "--over"),
        ("approval", {}, "--over approval"),
        ({"loss": [1]}, {"baseline": "exempt=US only"}, "baseline"),
        ({"loss": [1]}, {"fix": "exempt=US only"}, "fix"),
        ({"loss": [1]}, {"values": ["cost=1"]}, "values"),
        ({"loss": [1]}, {"select": ["pareto"]}, "select"),
        ({"loss": [1]}, {"concept": ["nash"]}, "concept"),
        ({"loss": [1]}, {"scenario": 1}, "scenario"),
        ({"loss": [1]}, {"each": ["exempt"]}, "each"),
        ({"loss": [1]}, {"variables": "regime"}, "--variables"),
        ({"loss": [1]}, {"seed": 3}, "--seed, --design"),
        ({"loss": [1]}, {"design": "latin-hypercube"}, "--seed, --design"),
    ],
)
def test_arguments_of_another_kind(over: Any, settings: dict[str, Any], place: str) -> None:
    error = refused(load(FLAGSHIP), over, **settings)
    assert isinstance(error, UsageError)
    assert error.place == place
    assert error.remedy


@pytest.mark.parametrize("text", ["x=1,", "x=,1", "x=1,,2", "x=0::4", "x=:1:4", "x=0:3:4,5", "x=:"])
def test_axes_that_are_mistyped_are_told_what_an_axis_is(text: str) -> None:
    for read, form in ((read_axis, "write name=lo:hi:n or"), (read_range, "write name=lo:hi or")):
        with pytest.raises(UsageError, match="is no axis") as caught:
            read(text)
        assert caught.value.remedy.startswith(form)
