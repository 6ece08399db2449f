"""Samples: designs that are evenly spread, exact, the same everywhere, and honest about holes."""

from __future__ import annotations

import math
import pickle
import warnings
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from negotiation import Model, Move, Parameter, load, solve
from negotiation.analysis.sweeps import Axis, Range, plan_sweep, read_range, sweep
from negotiation.analysis.sweeps.blocks import Block, solve_block
from negotiation.analysis.sweeps.samples import Sample, draw, unit_points
from negotiation.errors import UsageError
from negotiation.formats.datasets import write_dataset

FLAGSHIP = "divide-and-exempt"


def ranges(*bounds: tuple[int, int]) -> list[Range | Axis]:
    return [Range(f"x{k}", Fraction(a), Fraction(b)) for k, (a, b) in enumerate(bounds)]


def market(**more: Any) -> Model:
    """One player takes the better of two shares, whose sum is at most one."""
    settings: dict[str, Any] = {
        "name": "market",
        "players": ["firm"],
        "parameters": {
            "one": Parameter(domain="one > 0", value="1/4"),
            "two": Parameter(domain="0 <= two < 1", value="1/4"),
            "lots": Parameter(domain="1 <= lots <= 6", integer=True, value=1),
        },
        "assume": ["one + two <= 1", "lots <= 5"],
        "moves": [Move("choice", player="firm", actions=["first", "second"])],
        "payoffs": {"firm": "lots * one if choice == 'first' else lots * two"},
    }
    return Model(**(settings | more))


# ---- designs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("m", range(7))
@pytest.mark.parametrize("seed", [0, 1, 2**70])
def test_first_powers_of_two_of_sobol_fill_every_part_once(m: int, seed: int) -> None:
    size = 2**m
    for column in unit_points(6, Sample("sobol", size, seed)):
        assert sorted(math.floor(u * size) for u in column) == list(range(size))


@pytest.mark.parametrize("seed", [0, 7])
def test_first_two_dimensions_of_sobol_are_a_net_of_strength_zero(seed: int) -> None:
    """In the plane every box of 2**-a by 2**-b, a + b = m, has one of the first 2**m points."""
    m = 6
    first, second = unit_points(2, Sample("sobol", 2**m, seed))
    for a in range(m + 1):
        boxes = Counter(
            (math.floor(u * 2**a), math.floor(v * 2 ** (m - a)))
            for u, v in zip(first, second, strict=True)
        )
        assert set(boxes.values()) == {1}
        assert len(boxes) == 2**m


@pytest.mark.parametrize("size", [1, 2, 7, 100])
@pytest.mark.parametrize("seed", [0, 3])
def test_every_stratum_of_a_latin_hypercube_is_hit_once(size: int, seed: int) -> None:
    for column in unit_points(5, Sample("latin-hypercube", size, seed)):
        assert sorted(math.floor(u * size) for u in column) == list(range(size))


@pytest.mark.parametrize("design", ["sobol", "latin-hypercube"])
def test_shares_are_inside_with_bounded_denominators(design: str) -> None:
    size = 100
    bound = 2**31 if design == "sobol" else size * 2**21
    for column in unit_points(3, Sample(design, size)):
        assert all(0 < u < 1 for u in column)
        assert all(bound % u.denominator == 0 for u in column)


def test_a_longer_sobol_sample_begins_with_the_shorter() -> None:
    long, short = (unit_points(3, Sample("sobol", n, 4)) for n in (50, 20))
    assert [column[:20] for column in long] == short


def test_sobol_is_the_sequence_of_joe_and_kuo_with_shifted_digits() -> None:
    """Columns differ from the plain sequence by one exclusive or each, which the seed gives."""
    plain = qmc.Sobol(4, scramble=False).random_base2(5)
    for seed in (0, 1):
        for column, numbers in zip(unit_points(4, Sample("sobol", 32, seed)), plain.T, strict=True):
            ours = [int(u * 2**30) for u in column]
            assert len({k ^ int(x * 2**30) for k, x in zip(ours, numbers, strict=True)}) == 1


def test_designs_are_spread_more_evenly_than_chance() -> None:
    """Centred discrepancy, against the best of twenty random samples of as many points."""
    chance = np.random.default_rng(0)
    random = min(qmc.discrepancy(chance.random((128, 2))) for _ in range(20))
    for design in ("sobol", "latin-hypercube"):
        columns = unit_points(2, Sample(design, 128, 5))
        assert qmc.discrepancy(np.array(columns, dtype=float).T) < random


def test_columns_are_not_correlated() -> None:
    for design in ("sobol", "latin-hypercube"):
        table = np.corrcoef(np.array(unit_points(5, Sample(design, 1024, 2)), dtype=float))
        assert np.abs(table - np.eye(5)).max() < 0.1


def test_seeds_and_parameters_differ_and_the_same_seed_does_not() -> None:
    for design in ("sobol", "latin-hypercube"):
        found = [unit_points(2, Sample(design, 16, seed)) for seed in range(20)]
        columns = [tuple(column) for both in found for column in both]
        assert len(set(columns)) == 40
        assert unit_points(2, Sample(design, 16, 3)) == found[3]


PINNED_SOBOL = [Fraction(1466452789, 2**31), Fraction(392710965, 2**31)]
PINNED_LATIN = [Fraction(2620585, 2**22), Fraction(1350073, 2**22)]


def test_designs_do_not_change_from_release_to_release() -> None:
    """Written down once: who repeats a study finds the same points."""
    (sobol,) = unit_points(1, Sample("sobol", 2, 0))
    (latin,) = unit_points(1, Sample("latin-hypercube", 2, 0))
    assert sobol == PINNED_SOBOL
    assert latin == PINNED_LATIN


def test_no_number_of_points_gives_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for size in (1, 3, 100):
            unit_points(2, Sample("sobol", size))
    assert "64 or 128" in Sample("sobol", 100).advice
    assert Sample("sobol", 128).advice == Sample("latin-hypercube", 100).advice == ""


# ---- values --------------------------------------------------------------------------------------


def test_values_lie_in_their_ranges_and_move_with_the_shares() -> None:
    sample = Sample("sobol", 64, 1)
    for column, shares, low, high in zip(
        draw(ranges((0, 1), (-3, 5)), sample, whole=[False, False]),
        unit_points(2, sample),
        (0, -3),
        (1, 5),
        strict=True,
    ):
        assert all(
            value == low + (high - low) * u for value, u in zip(column.values, shares, strict=True)
        )


def test_whole_numbers_are_drawn_equally_often_ends_included() -> None:
    (column,) = draw(
        [Range("n", Fraction(-1, 2), Fraction(7, 2))], Sample("sobol", 64), whole=[True]
    )
    assert Counter(column.values) == {Fraction(k): 16 for k in range(4)}


def test_listed_values_are_drawn_equally_often() -> None:
    listed = Axis("x", (Fraction(1, 3), Fraction(9), Fraction(2), Fraction(-1)))
    for design in ("sobol", "latin-hypercube"):
        (column,) = draw([listed], Sample(design, 32), whole=[False])
        assert Counter(column.values) == dict.fromkeys(listed.values, 8)


def test_an_open_end_of_a_domain_is_never_drawn() -> None:
    plan = plan_sweep(load(FLAGSHIP), {"threshold": (0, 2), "dependence[EU]": "0:1"}, sample=256)
    assert all(value > 0 for axis in plan.axes for value in axis.values)


# ---- plans ---------------------------------------------------------------------------------------


def test_the_plan_of_a_sample() -> None:
    plan = plan_sweep(load(FLAGSHIP), {"approval": (0, 1), "loss": (0, 2)}, sample=10, seed=3)
    assert (plan.shape, plan.dimensions, plan.size) == ((10,), ("point",), 10)
    assert plan.indices(4, 7).tolist() == [[4, 5, 6], [4, 5, 6]]
    for number in range(10):
        values, action = plan.point(number)
        assert action is None
        assert values == {axis.name: axis.values[number] for axis in plan.axes}
    assert list(plan.coordinates) == ["point", "approval", "loss"]
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert plan.sample is not None
    assert plan.sample.text == "sobol, 10 points, seed 3"


def test_the_plan_of_a_sample_with_a_swept_move() -> None:
    plan = plan_sweep(load(FLAGSHIP), {"approval": (0, 1)}, each="exempt", sample=3)
    actions = len(plan.actions)
    assert plan.shape == (3, actions)
    assert plan.dimensions == ("point", "exempt")
    assert plan.indices(0, plan.size).tolist() == [[k // actions for k in range(3 * actions)]]
    assert [plan.point(k)[1] for k in range(actions)] == list(plan.actions)


def test_spellings_of_a_sample() -> None:
    model = load(FLAGSHIP)
    plans = [
        plan_sweep(model, over, sample=8)
        for over in (
            {"loss": (0, "1/2")},
            {"loss": "0:0.5"},
            [Range("loss", Fraction(0), Fraction(1, 2))],
            [read_range("loss = 0 : 1/2")],
        )
    ]
    assert all(plan == plans[0] for plan in plans)


@pytest.mark.parametrize(
    ("over", "settings", "words"),
    [
        ({"loss": (0, 1, 5)}, {}, "grid beside a sample"),
        ({"loss": "0:1:5"}, {}, "grid beside a sample"),
        ({"loss": "0:1:5:6"}, {}, "no range"),
        ({"loss": "0:x"}, {}, "no number"),
        ({"loss": (1, 0)}, {}, "not below"),
        ({"losss": (0, 1)}, {}, "no parameter"),
        ({}, {}, "no parameter is drawn"),
        ({"loss": (0, 1)}, {"sample": 0}, "number of points"),
        ({"loss": (0, 1)}, {"sample": 2.0}, "number of points"),
        ({"loss": (0, 1)}, {"seed": -1}, "no seed"),
        ({"loss": (0, 1)}, {"design": "sobl"}, "no design"),
        ({"loss": (0, 1)}, {"values": {"loss": 1}}, "also given by --set"),
        ({"loss": (-1, 1)}, {}, "range -1 to 1 leaves the domain of loss, loss >= 0"),
        ({"sigma": (0, 2)}, {}, "leaves the domain of sigma, sigma <= 1"),
        ({"share[EU]": (0, 2)}, {}, r"domain of share\[EU\], 0 <= share < 1"),
        ({"approval": [0, 2]}, {}, r"list leaves the domain of approval\[US\].*: 2"),
    ],
)
def test_samples_that_are_refused(over: Any, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        plan_sweep(load(FLAGSHIP), over, **({"sample": 64} | settings))
    assert caught.value.remedy


def test_a_range_outside_the_domain_names_the_range_of_the_model() -> None:
    for name, usual in (("approval", "0 to 1"), ("share[US]", "0.5 to 0.9")):
        with pytest.raises(UsageError) as caught:
            plan_sweep(load(FLAGSHIP), {name: (-1, 3)}, sample=16)
        assert caught.value.place == f"--over {name}"
        stated = f"the model states {name} from {usual}"
        assert caught.value.remedy == f"narrow the range to the domain; {stated}"


def test_a_range_without_a_sample_has_no_points() -> None:
    with pytest.raises(UsageError, match="without points") as caught:
        plan_sweep(load(FLAGSHIP), [read_range("loss=0:1")])
    assert "--sample" in caught.value.remedy
    with pytest.raises(UsageError, match="no range") as caught:
        plan_sweep(load(FLAGSHIP), {"loss": "0:1"})
    assert "--sample" in caught.value.remedy


def test_a_sample_wholly_outside_is_refused() -> None:
    with pytest.raises(UsageError, match="no point of the sample"):
        plan_sweep(market(), {"one": ("1/2", 1), "two": ("1/2", "9/10")}, sample=32)


# ---- datasets ------------------------------------------------------------------------------------


def test_points_outside_a_joint_restriction_stay_and_are_marked() -> None:
    dataset = sweep(market(), {"one": (0, 1), "two": (0, 1), "lots": (1, 5)}, sample=128, seed=2)
    inside = dataset["one"].values + dataset["two"].values <= 1
    assert (dataset["inside"].values == inside).all()
    assert 0.4 < inside.mean() < 0.6
    assert (dataset["equilibria"].values == inside).all()
    assert (dataset["regime"].values[~inside] == -1).all()
    better = np.maximum(dataset["one"].values, dataset["two"].values) * dataset["lots"].values
    assert dataset["payoff_max"].sel(player="firm").values[inside] == pytest.approx(better[inside])
    assert np.isnan(dataset["payoff_max"].sel(player="firm").values[~inside]).all()


def test_inside_and_closed_are_two_things() -> None:
    """High offers are allowed where `one` is large; elsewhere a point has a low one."""
    allowed = "offer == 'low' or one > 1/2"
    moves = [
        Move("offer", player="firm", actions=["low", "high"], allowed=allowed),
        Move("choice", player="firm", actions=["first", "second"]),
    ]
    over = {"one": (0, 1), "two": (0, 1)}
    dataset = sweep(market(moves=moves), over, each="offer", sample=64)
    one, two = dataset["one"].values, dataset["two"].values
    inside = one + two <= 1
    assert (dataset["inside"].any("offer").values == inside).all()
    open_to_high = inside & (one > 1 / 2)
    assert 0 < open_to_high.sum() < inside.sum()
    for offer, wanted in (("low", inside), ("high", open_to_high)):
        cells = dataset.sel(offer=offer)
        assert (cells["inside"].values == wanted).all()
        assert (cells["equilibria"].values == wanted).all()


@pytest.mark.parametrize("size", [8, pytest.param(16, marks=pytest.mark.slow)])
def test_a_sample_of_the_flagship_is_solved_exactly_where_it_says(size: int) -> None:
    model = load(FLAGSHIP)
    over = {"approval": (0, 1), "weight": (0, 3), "discriminate": (0, 1)}
    dataset = sweep(model, over, sample=size, seed=1, each="exempt", select="coalition-proof")
    assert dataset["equilibria"].dims == ("point", "exempt")
    assert dataset["approval"].dims == ("point",)
    assert dataset.attrs["sample"] == f"sobol, {size} points, seed 1"
    assert (dataset["inside"].any("exempt").values == 1).all()
    assert (dataset["inside"].sel(exempt="uniform control").values == 1).all()
    plan = plan_sweep(model, over, sample=size, seed=1)
    for k in (0, 7):
        values, _ = plan.point(k)
        game = model.at(values, fix={"exempt": "uniform control"})
        (equilibrium,) = solve(game, select="coalition-proof").equilibria
        row = dataset["payoff_max"].sel(exempt="uniform control").isel(point=k)
        assert [float(equilibrium.payoffs[p]) for p in plan.players] == row.values.tolist()
        assert float(dataset["approval"][k]) == float(values["approval"])


def test_blocks_of_a_sample_join_to_the_whole() -> None:
    plan = plan_sweep(market(), {"one": (0, 1), "two": (0, 1)}, sample=24, seed=5)
    whole = solve_block(plan, 0, 24)
    parts = [solve_block(plan, a, b) for a, b in ((0, 1), (1, 9), (9, 24))]
    for name in Block.__dataclass_fields__:
        one = getattr(whole, name)
        if isinstance(one, np.ndarray):
            together = np.concatenate([getattr(part, name) for part in parts])
            assert np.array_equal(one, together, equal_nan=one.dtype.kind == "f")


def test_files_of_a_sample(tmp_path: Any) -> None:
    import xarray

    dataset = sweep(market(), {"one": (0, 1), "two": (0, 1)}, sample=8)
    write_dataset(dataset, tmp_path / "sample.nc")
    with xarray.open_dataset(tmp_path / "sample.nc") as again:
        assert again["one"].dims == ("point",)
        assert np.array_equal(again["one"].values, dataset["one"].values)
    write_dataset(dataset, tmp_path / "sample.csv")
    header, *rows = (tmp_path / "sample.csv").read_text(encoding="utf-8").splitlines()
    assert {"point", "one", "two", "inside"} <= set(header.split(","))
    assert len(rows) >= 8
