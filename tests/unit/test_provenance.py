"""What the numbers of a sweep depend on: a dataset can be made again from its own attributes."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import xarray

import negotiation
from negotiation import Model, load, solve, sweep
from negotiation.analysis.sweeps import plan_sweep, read_axis, solve_plan
from negotiation.analysis.sweeps.axes import Axis, Column
from negotiation.analysis.sweeps.blocks import solve_block
from negotiation.analysis.sweeps.chunks import divided
from negotiation.analysis.sweeps.provenance import axes_text, reasons_of
from negotiation.analysis.sweeps.store import identity_of
from negotiation.analysis.sweeps.tally import Tally, tally_of, total
from negotiation.model.reading import model_from_toml

FLAGSHIP = "divide-and-exempt"


def again(model: Model, attributes: Any) -> xarray.Dataset:
    """Sweep again with nothing but the model and the attributes of a dataset."""
    found = json.loads(attributes["settings"])
    drawn = {} if found["sample"] is None else {k: found[k] for k in ("sample", "seed", "design")}
    return sweep(
        model,
        found["axes"],
        each=found["each"],
        baseline=found["baseline"] or None,
        concept=found["concept"],
        select=found["selection"],
        values=found["parameters"],
        fix=found["fixed"],
        **drawn,
    )


@pytest.mark.parametrize(
    ("over", "settings"),
    [
        ({"loss": (0, 2, 4), "approval": ["1/3", "2/7"]}, {"select": "coalition-proof"}),
        ({"loss": ["1/3", 1]}, {"values": {"threshold": 1}, "scenario": "mining"}),
        ({"share[EU]": ["0.5", "0.9"]}, {"each": "exempt", "baseline": {"exempt": "US only"}}),
        ({"loss": [2, 1]}, {"fix": {"exempt": ["US"]}, "concept": "pure-subgame-perfect"}),
        ({"loss": ("1/3", 2), "approval": [0, "1/7", 1]}, {"sample": 8, "seed": 3}),
        (
            {"loss": ("1/7", 2), "approval": [1, 0, "0.5"]},
            {"sample": 5, "seed": 11, "design": "latin-hypercube"},
        ),
    ],
)
def test_a_sweep_is_repeated_from_its_attributes(over: Any, settings: dict[str, Any]) -> None:
    model = load(FLAGSHIP)
    found = sweep(model, over, **settings)
    repeated = again(model, found.attrs)
    xarray.testing.assert_identical(found.drop_attrs(), repeated.drop_attrs())
    assert repeated.attrs["fingerprint"] == found.attrs["fingerprint"] == model.fingerprint
    assert repeated.attrs["axes"] == found.attrs["axes"]
    for name in ("concept", "selection", "method"):
        assert json.loads(found.attrs["settings"])[name] == found.attrs[name]


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("x=0:1:3", "0:1:3"),
        ("x=0,1/2,1", "0:1:3"),
        ("x=1,0.5,0", "1:0:3"),
        ("x=0:1:4", "0:1:4"),
        ("x=1/3:2/7:1001", "1/3:2/7:1001"),
        ("x=0:1:2", "0,1"),
        ("x=5", "5"),
        ("x=0,1,3", "0,1,3"),
        ("x=-1/3, 1e-3,7", "-1/3,0.001,7"),
        ("x=0.1234567890123456789012345678901234567890123,2", None),
    ],
)
def test_axes_are_spelled_exactly(text: str, spelled: str | None) -> None:
    axis = read_axis(text)
    plan = replace(plan_sweep(load(FLAGSHIP), {"loss": [1]}), axes=(axis,))
    found = axes_text(plan)["x"]
    assert spelled is None or found == spelled
    assert read_axis(f"x={found}") == axis


def test_a_list_that_is_almost_even_is_a_list() -> None:
    values = (Fraction(0), Fraction(1, 2) + Fraction(1, 10**30), Fraction(1))
    plan = replace(plan_sweep(load(FLAGSHIP), {"loss": [1]}), axes=(Axis("x", values),))
    assert axes_text(plan)["x"].count(",") == 2
    column = (Column("x", (Fraction(1), Fraction(1), Fraction(1))),)
    assert axes_text(replace(plan, axes=column)) == {"x": "1,1,1"}


def test_the_range_that_is_drawn_from_is_recorded_not_the_points() -> None:
    over = {"loss": "1/3:2", "approval": "0,1/2,1"}
    attributes = sweep(load(FLAGSHIP), over, sample=4, seed=3).attrs
    assert json.loads(attributes["axes"]) == over | {"approval": "0,0.5,1"}
    assert attributes["sample"] == "sobol, 4 points, seed 3"


def test_the_versions_are_those_of_the_programs_that_answers_depend_on() -> None:
    attributes = sweep(load(FLAGSHIP), {"loss": [1]}).attrs
    found = json.loads(attributes["settings"])["versions"]
    assert found["negotiation"] == negotiation.__version__
    assert found["python"] == platform.python_version()
    for library in ("numpy", "scipy", "python-flint", "numba"):
        assert found[library] == importlib.metadata.version(library)
    assert attributes["versions"] == ", ".join(f"{k} {v}" for k, v in found.items())
    solved = solve(load(FLAGSHIP).at()).versions
    assert {name: found[name] for name in solved} == solved


def test_attributes_of_any_length_are_written(tmp_path: Path) -> None:
    """HDF5 has a limit of 64 KiB for some attributes."""
    squares = [Fraction(k * k, 10**9) for k in range(1, 8_000)]
    found = sweep(load(FLAGSHIP), {"loss": squares}, select="worst:China", out=tmp_path / "a.nc")
    assert len(found.attrs["axes"]) > 2**16
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as written:
        assert written.attrs == found.attrs
    assert read_axis(f"loss={json.loads(found.attrs['axes'])['loss']}").values == tuple(squares)


# ---- stores --------------------------------------------------------------------------------------


def test_a_store_has_the_attributes_of_a_dataset_in_memory(tmp_path: Path) -> None:
    for number, settings in enumerate(({}, {"sample": 4, "seed": 2})):
        over: Any = {"loss": (0, 1) if settings else (0, 1, 3)}
        found = sweep(load(FLAGSHIP), over, **settings)
        stored = sweep(load(FLAGSHIP), over, **settings, out=tmp_path / f"{number}.zarr")
        assert stored.attrs == found.attrs


def identity(model: Model, over: Any, **settings: Any) -> Any:
    return identity_of(plan_sweep(model, over, **settings), {}, divided((2,)))


def test_what_is_resumed_is_told_apart_by_all_that_the_attributes_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a store that was gone on with would have attributes of another sweep's points."""
    model = load(FLAGSHIP)
    base = identity(model, {"loss": [0, "0.5", 1]})
    assert identity(model, "loss=0:1:3") == base  # spelled otherwise, recorded alike
    drawn = identity(model, {"loss": [0, 1]}, sample=2)
    assert drawn["axes"] != identity(model, {"loss": [1, 0]}, sample=2)["axes"]
    changed = replace(model, title="Another", faults=())
    assert changed.fingerprint == model.fingerprint
    assert identity(changed, {"loss": [0, "0.5", 1]})["model"] != base["model"]
    monkeypatch.setattr(
        "negotiation.analysis.sweeps.store.versions_text", lambda: "negotiation 0.1.0, python 4"
    )
    newer = identity(model, {"loss": [0, "0.5", 1]})
    assert newer["versions"] != base["versions"]
    assert {k for k in base if base[k] != newer[k]} == {"versions"}


# ---- why points are not complete -----------------------------------------------------------------

CROWD = """
name = "crowd"
form = "extensive"
players = ["A", "B", "C"]
[parameters.x]
value = 0
[[moves]]
name = "a"
player = "A"
actions = ["u", "d"]
[[moves]]
name = "b"
player = "B"
actions = ["u", "d"]
[[moves]]
name = "c"
player = "C"
actions = ["u", "d"]
[payoffs]
A = "x if a == b else 0.5"
B = "x if b == c else 0.5"
C = "x if c == a else 0.5"
"""


def test_the_reason_is_that_of_the_exact_solver_and_the_remedy_works() -> None:
    model = model_from_toml(CROWD)
    plan = plan_sweep(model, {"x": [0, 1, 2, 3]}, concept="subgame-perfect")
    dataset, tally = solve_plan(plan)
    solutions = [solve(model.at(plan.point(k)[0]), "subgame-perfect") for k in range(4)]
    assert list(dataset["complete"].values) == [found.complete for found in solutions]
    messages = [found.message for found in solutions if not found.complete]
    reasons = reasons_of(plan, tally)
    assert {r.message: r.points for r in reasons} == Counter(messages)
    assert len(reasons) == 2
    for reason in reasons:
        first = next(k for k, found in enumerate(solutions) if found.message == reason.message)
        assert reason.at == plan.where(first)
        assert reason.remedy == "complete with --concept pure-subgame-perfect"
    pure = sweep(model, {"x": [0, 1, 2, 3]}, concept="pure-subgame-perfect")
    assert pure["complete"].values.all()
    assert "incomplete_reasons" not in pure.attrs
    assert dataset.attrs["incomplete_reasons"] == "\n".join(map(str, reasons))
    listed = json.loads(dataset.attrs["settings"])["incomplete_reasons"]
    assert listed == [vars(reason) for reason in reasons]


def test_the_reason_of_an_incomplete_baseline() -> None:
    more = '[[moves]]\nname = "m"\nplayer = "A"\nactions = ["two", "three"]\n[[moves]]\nname = "a"'
    text = CROWD.replace('[[moves]]\nname = "a"', more)
    for name in "abc":
        text = text.replace(f'name = "{name}"\n', f'name = "{name}"\nobserves = ["m"]\n')
    text = text.replace(
        'observes = ["m"]\nplayer = "A"',
        'observes = ["m"]\nwhen = "m == \'three\'"\notherwise = "u"\nplayer = "A"',
    )
    model = model_from_toml(text)
    plan = plan_sweep(
        model,
        {"x": [1, 2]},
        concept="subgame-perfect",
        fix={"m": "two"},
        baseline={"m": "three"},
    )
    dataset, tally = solve_plan(plan)
    assert solve(model.at({"x": 1}, fix={"m": "two"}), "subgame-perfect").complete
    assert not dataset["complete"].values.any()
    (reason,) = reasons_of(plan, tally)
    assert reason.points == 2
    assert reason.message.startswith("of the baseline: mixed equilibria of 3")
    assert reason.remedy == "complete with --concept pure-subgame-perfect"


def test_reasons_are_few_and_do_not_depend_on_how_points_are_cut() -> None:
    plan = plan_sweep(model_from_toml(CROWD), {"x": (0, 3, 25)}, concept="subgame-perfect")
    whole = tally_of(solve_block(plan, 0, 25))
    parts = [tally_of(solve_block(plan, start, start + 5)) for start in range(0, 25, 5)]
    assert total(parts[::-1]).incomplete_kinds == whole.incomplete_kinds != {}
    assert sum(points for points, _ in whole.incomplete_kinds.values()) == whole.incomplete
    restored = [Tally.from_dict(json.loads(json.dumps(part.to_dict()))) for part in parts]
    assert restored == parts
    kinds = {(k, 1): (k + 1, 24 - k) for k in range(9)}
    many = replace(whole, incomplete=45, incomplete_kinds=kinds)
    reasons = reasons_of(plan, many)
    assert sum(reason.points for reason in reasons) == 9 + 8 + 7 + 6 + 5
