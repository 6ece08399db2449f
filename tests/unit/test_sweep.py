"""Sweeps: axes read exactly, every point solved exactly, also where there is no answer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import Model, Move, Parameter, Regime, load, solve
from negotiation.analysis.sweeps import Axis, plan_sweep, read_axis, solve_points, sweep
from negotiation.errors import MethodError, NegotiationError, UsageError
from negotiation.formats.datasets import regime_labels

FLAGSHIP = "divide-and-exempt"
rationals = st.fractions(min_value=-100, max_value=100, max_denominator=1000)


def pennies(**more: Any) -> Model:
    """Matching pennies when `stake` is positive; a has an outside option worth `outside`."""
    sides = ["heads", "tails"]
    settings: dict[str, Any] = {
        "name": "pennies",
        "players": ["a", "b"],
        "parameters": {"stake": Parameter(), "outside": Parameter(value=-9, integer=True)},
        "moves": [
            Move("enter", player="a", actions=["in", "out"]),
            Move("first", player="a", actions=sides, when="enter == 'in'", otherwise="heads"),
            Move(
                "second",
                player="b",
                actions=sides,
                observes=["enter"],
                when="enter == 'in'",
                otherwise="heads",
            ),
        ],
        "payoffs": {
            "a": "outside if enter == 'out' else stake if first == second else -stake",
            "b": "0 if enter == 'out' else -stake if first == second else stake",
        },
    }
    return Model(**(settings | more))


# ---- axes ---------------------------------------------------------------------------------------


@given(rationals, rationals, st.integers(2, 60))
def test_a_range_has_both_ends_and_equal_steps(low: Fraction, high: Fraction, n: int) -> None:
    if low == high:
        return
    axis = read_axis(f"x={low}:{high}:{n}")
    assert axis.name == "x"
    assert len(axis.values) == n
    assert (axis.values[0], axis.values[-1]) == (low, high)
    steps = {b - a for a, b in zip(axis.values, axis.values[1:], strict=False)}
    assert steps == {(high - low) / (n - 1)}


@given(st.lists(rationals, min_size=1, max_size=8, unique=True))
def test_a_list_keeps_its_order(values: list[Fraction]) -> None:
    assert read_axis("x = " + ", ".join(map(str, values))) == Axis("x", tuple(values))


def test_numbers_of_an_axis_are_exact() -> None:
    assert read_axis("x[US]=0.1:0.3:3").values == (Fraction(1, 10), Fraction(1, 5), Fraction(3, 10))
    assert read_axis("x=1/3").values == (Fraction(1, 3),)
    assert read_axis("x=2*3,1e-2").values == (6, Fraction(1, 100))
    assert read_axis("x=5:5:1").values == (5,)


@given(st.text(max_size=30))
def test_any_text_is_an_axis_or_refused(text: str) -> None:
    for axis in (text, f"x={text}", f"x={text}:1:3", f"x=0:1:{text}"):
        try:
            found = [*read_axis(axis).values]
        except UsageError as error:
            found = [error.place, error.remedy]
        assert found
        assert all(part != "" for part in found)


@pytest.mark.parametrize(
    "over",
    [
        {"approval": (0, "1/2", 3)},
        {"approval": [0, 0.25, Fraction(1, 2)]},
        {"approval": "0:1/2:3"},
        [Axis("approval", (Fraction(0), Fraction(1, 4), Fraction(1, 2)))],
    ],
)
def test_spellings_of_axes_in_python(over: Any) -> None:
    points = [point.values for point in solve_points(plan_sweep(load(FLAGSHIP), over))]
    assert points == [{"approval": Fraction(k, 4)} for k in range(3)]


def test_axes_that_are_refused() -> None:
    model = load(FLAGSHIP)
    for over, words in [
        ({"approval": []}, "no points"),
        ({"approval": [1, 1]}, "stands twice"),
        ({"approvl": [1]}, "no parameter"),
        ({"approval": [2]}, "domain"),
        ({"approval": [0, 5]}, "domain"),
        ({"discriminate": [0, "1/2"]}, "whole number"),
        ([Axis("loss", (Fraction(1),)), Axis("loss", (Fraction(2),))], "another --over"),
    ]:
        with pytest.raises(UsageError, match=words):
            plan_sweep(model, over)
    with pytest.raises(UsageError, match="also given by --set"):
        plan_sweep(model, {"loss": [1]}, values={"loss": 2})


def test_a_member_goes_before_its_family() -> None:
    """As in --set: the family's axis moves all members but the one that has its own."""
    model = load(FLAGSHIP)
    over = {"approval": ["1/4"], "approval[US]": ["3/4"]}
    (point,) = solve_points(plan_sweep(model, over))
    values = point.solution.parameters
    assert (values["approval[US]"], values["approval[EU]"]) == (Fraction(3, 4), Fraction(1, 4))
    (point,) = solve_points(plan_sweep(model, {"approval": ["1/4"]}, values={"approval[US]": 1}))
    values = point.solution.parameters
    assert (values["approval[US]"], values["approval[EU]"]) == (1, Fraction(1, 4))


@pytest.mark.parametrize("name", ["player", "equilibrium", "equilibria", "payoff_min", "complete"])
def test_an_axis_with_the_name_of_a_variable_is_refused(name: str) -> None:
    model = pennies(parameters={name: Parameter(value=1)}, payoffs={"a": name, "b": "0"})
    with pytest.raises(UsageError, match="variable of that name"):
        sweep(model, {name: [1, 2]})


# ---- points -------------------------------------------------------------------------------------


def test_points_are_solved_with_all_settings() -> None:
    model = load(FLAGSHIP)
    options: dict[str, Any] = {"concept": "pure-subgame-perfect", "select": "preferred:China"}
    settings = {"values": {"loss": 2}, "scenario": "mining"}
    points = list(
        solve_points(
            plan_sweep(
                model,
                {"approval": ["1/3", "2/3"], "dependence[EU]": [1, "0.7"]},
                fix={"joins[US]": "stay"},
                **settings,
                **options,
            )
        )
    )
    swept = [list(map(str, point.values.values())) for point in points]
    assert swept == [["1/3", "1"], ["1/3", "7/10"], ["2/3", "1"], ["2/3", "7/10"]]
    for point in points:
        game = model.at({"loss": 2, **point.values}, fix={"joins[US]": "stay"}, scenario="mining")
        expected = solve(game, options["concept"], select=options["select"])
        assert point.solution.equilibria == expected.equilibria
        assert point.solution.fingerprint == game.fingerprint
        assert point.action is None
        assert point.baseline is None


def test_each_fixes_every_action_and_baseline_is_kept_apart() -> None:
    model = load(FLAGSHIP)
    points = list(
        solve_points(
            plan_sweep(model, {"loss": [1, 2]}, each="joins[EU]", baseline={"exempt": "US only"})
        )
    )
    assert [(point.values["loss"], point.action) for point in points] == [
        (1, "join"), (1, "stay"), (2, "join"), (2, "stay"),
    ]  # fmt: skip
    for point in points:
        assert point.solution.fixed == {"joins[EU]": point.action}
        assert point.baseline is not None
        assert point.baseline.fixed == {"exempt": "US only"}


def test_progress_counts_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    sweep(
        load(FLAGSHIP),
        {"discriminate": [0, 1]},
        each="exempt",
        select="coalition-proof",
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (8, 8)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_a_symbolic_parameter_can_be_swept() -> None:
    dataset = sweep(pennies(), {"stake": [1, 2]})
    assert list(dataset["payoff_min"].sel(player="a").values) == [0, 0]
    with pytest.raises(UsageError, match="stake has no value"):
        sweep(pennies(), {"outside": [1]})


def test_no_point_is_lost_where_there_is_no_equilibrium() -> None:
    """Pennies have no equilibrium in pure strategies; staying out gives one."""
    dataset = sweep(pennies(), {"outside": [-9, 9]}, values={"stake": 1}, concept="pure")
    assert list(dataset["equilibria"].values) == [0, 1]
    assert list(dataset["regime"].values) == [-1, 0]
    assert list(dataset["complete"].values) == [1, 1]
    assert np.isnan(dataset["payoff"].values[0]).all()
    assert np.isnan(dataset["payoff_min"].values[0]).all()
    assert list(dataset["payoff"].sel(player="a").values[1]) == [9]


def test_a_model_without_regimes_has_one_label() -> None:
    dataset = sweep(pennies(), {"stake": [1, 2]})
    assert regime_labels(dataset) == ["unnamed"]
    assert list(dataset["regime"].values) == [0, 0]


def test_labels_keep_their_letters() -> None:
    regimes = [Regime("no_deal", "enter == 'out'"), Regime("a  deal", "True")]
    dataset = sweep(pennies(regimes=regimes), {"outside": [-9, 9]}, values={"stake": 1})
    assert regime_labels(dataset)[:2] == ["no_deal", "a  deal"]
    codes = dataset["regime"].values
    assert [regime_labels(dataset)[code] for code in codes] == ["a  deal", "no_deal"]
    assert len(str(dataset["regime"].attrs["flag_meanings"]).split()) == len(
        dataset["regime"].attrs["flag_values"]
    )


def test_actions_of_a_grid() -> None:
    model = pennies(
        moves=[Move("offer", player="a", grid=[0, "stake", "1/2"])],
        payoffs={"a": "offer", "b": "-offer"},
    )
    dataset = sweep(model, {"stake": [3, 4]}, each="offer")
    assert list(dataset["offer"].values) == ["0", "stake", "1/2"]
    assert dataset["payoff_min"].sel(player="a").values.tolist() == [[0, 3, 0.5], [0, 4, 0.5]]
    steps = pennies(
        moves=[Move("offer", player="a", grid={"from": 0, "to": "stake", "steps": 3})],
        payoffs={"a": "offer", "b": "-offer"},
    )
    with pytest.raises(UsageError, match="stake decides which actions offer has"):
        sweep(steps, {"stake": [3, 4]}, each="offer")


def test_a_move_that_is_not_made_everywhere() -> None:
    """Where the second move is skipped, each action leaves the same game."""
    model = pennies(
        moves=[
            Move("open", player="a", actions=["yes", "no"]),
            Move(
                "reply",
                player="b",
                actions=["take", "leave"],
                observes=["open"],
                when="stake > 1",
                otherwise="leave",
            ),
        ],
        payoffs={"a": "1 if open == 'yes' else 0", "b": "stake if reply == 'take' else 0"},
    )
    dataset = sweep(model, {"stake": [1, 2]}, each="reply")
    assert dataset["equilibria"].values.tolist() == [[1, 1], [1, 1]]
    assert dataset["payoff_max"].sel(player="b").values.tolist() == [[0, 0], [2, 0]]
    assert "inside" not in dataset


def test_errors_of_settings_are_not_taken_for_actions_that_are_not_open() -> None:
    model = load(FLAGSHIP)
    for options, words in [
        ({"values": {"loss": -1}}, "domain"),
        ({"values": {"los": 1}}, "no parameter"),
        ({"scenario": "moon"}, "scenario"),
        ({"fix": {"joins[US]": "maybe"}}, "no action"),
        ({"fix": {"exempt": "US only"}}, "fixed already"),
        ({"select": "best"}, "rule"),
    ]:
        with pytest.raises(NegotiationError, match=words):
            sweep(model, {"approval": [0, 1]}, each="exempt", **options)
    with pytest.raises(MethodError):
        sweep(model, {"approval": [0, 1]}, each="exempt", concept="correlated")


# ---- the dataset --------------------------------------------------------------------------------


def test_the_dataset_is_labelled() -> None:
    model = load(FLAGSHIP)
    dataset = sweep(
        model,
        {"approval": ["1/3", 1], "threshold": [1, 2]},
        each="exempt",
        baseline={"exempt": "uniform control"},
        select="coalition-proof",
    )
    assert dataset["payoff"].dims == ("approval", "threshold", "exempt", "equilibrium", "player")
    assert dataset["payoff_min"].dims == ("approval", "threshold", "exempt", "player")
    assert dataset["regime"].dims == ("approval", "threshold", "exempt")
    assert list(dataset["approval"].values) == [1 / 3, 1.0]
    assert dataset["threshold"].attrs == {
        "long_name": "weight that the coalition needs to succeed",
        "units": "votes",
    }
    for variable in dataset.data_vars.values():
        assert variable.attrs["long_name"]
        assert variable.attrs["units"]
    attributes = dataset.attrs
    assert attributes["model"] == FLAGSHIP
    assert attributes["concept"] == "subgame-perfect"
    assert attributes["selection"] == "coalition-proof"
    assert attributes["baseline"] == "exempt=uniform control"
    assert attributes["fingerprint"].startswith("sha256:")
    assert attributes["versions"].startswith("negotiation ")
    assert "loss=1" in attributes["parameters"]
    assert "approval" not in attributes["parameters"]
    names = ["resisted", "uniform control", "uniform exemption", "divide"]
    assert regime_labels(dataset)[:4] == names


def test_changes_are_differences_of_sets() -> None:
    """Where the baseline has several payoffs only the bounds of the change are numbers."""
    model, base = load(FLAGSHIP), {"exempt": "uniform control"}
    dataset = sweep(model, {"loss": [1]}, baseline=base)
    found = solve(model.at()).equilibria
    before = solve(model.at(fix=base)).equilibria
    assert len({e.payoffs["China"] for e in before}) > 1
    for player in ("China", "US", "EU"):
        new = [e.payoffs[player] for e in found]
        old = [e.payoffs[player] for e in before]
        cell = dataset.isel(loss=0).sel(player=player)
        assert float(cell["payoff_change_min"]) == float(min(new) - max(old))
        assert float(cell["payoff_change_max"]) == float(max(new) - min(old))
        changes = cell["payoff_change"].values
        if len(set(old)) > 1:
            assert np.isnan(changes).all()
        else:
            assert list(changes[: len(new)]) == [float(value - old[0]) for value in new]


def test_differences_are_taken_before_rounding() -> None:
    """1e20 + 1/3 less 1e20 is a third, though both are the same double."""
    model = pennies(
        moves=[Move("pick", player="a", actions=["low", "high"])],
        payoffs={"a": "stake + (1 / 3 if pick == 'high' else 0)", "b": "0"},
    )
    dataset = sweep(model, {"stake": ["1e20"]}, each="pick", baseline={"pick": "low"})
    high = dataset.isel(stake=0).sel(pick="high", player="a")
    assert float(high["payoff_min"]) == 1e20
    assert float(high["payoff_change_min"]) == float(high["payoff_change_max"]) == 1 / 3
    assert list(high["payoff_change"].values) == [1 / 3]
