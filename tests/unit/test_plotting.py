"""Figure 1 and the style of all figures: same bytes, TrueType, and every number from the sweep."""

from __future__ import annotations

import csv
import importlib
import itertools
import os
import subprocess
import sys
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import xarray
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

import negotiation
from negotiation import load, solve
from negotiation.analysis.sweeps import sweep
from negotiation.model.catalogue import catalogue
from negotiation.model.reading import model_from_toml
from negotiation.plotting.payoffs import plot_payoff_shifts, regime_runs
from negotiation.plotting.style import COLOURS, drawable, journal_style, label_lines, save

FLAGSHIP = "divide-and-exempt"
POINTS = 5
ACTIONS = ("uniform control", "US only", "EU only", "uniform exemption")
ROOT = Path(negotiation.__file__).parents[1]


def draw(out: Path, **options: Any) -> list[Path]:
    script = importlib.import_module("payoff_shifts")
    paths: list[Path] = script.draw(out, points=POINTS, **options)
    return paths


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Figure 1 with few points, by suffix."""
    return {path.suffix: path for path in draw(tmp_path_factory.mktemp("figure"))}


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(drawn: dict[str, Path], tmp_path: Path) -> None:
    again = draw(tmp_path)
    assert {path.suffix for path in again} == {".pdf", ".png", ".csv", ".json"}
    for path in again:
        assert path.read_bytes() == drawn[path.suffix].read_bytes(), path.name


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(drawn: dict[str, Path], tmp_path: Path) -> None:
    """Whatever the order of sets, the zone and the day."""
    line = f"import payoff_shifts as p, pathlib; p.draw(pathlib.Path('.'), points={POINTS})"
    path = f"{ROOT}{os.pathsep}{ROOT / 'figures'}"
    more = {"PYTHONHASHSEED": "7", "PYTHONPATH": path, "TZ": "Asia/Tokyo"}
    more["SOURCE_DATE_EPOCH"] = "1"
    command = [sys.executable, "-c", line]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **more}, check=True, timeout=900)
    for found in drawn.values():
        assert (tmp_path / found.name).read_bytes() == found.read_bytes(), found.name


def test_fonts_are_truetype_and_nothing_is_dated(drawn: dict[str, Path], tmp_path: Path) -> None:
    content = drawn[".pdf"].read_bytes()
    for mark in (b"/Type3", b"CreationDate", b"ModDate", b"Producer"):
        assert mark not in content, mark
    assert b"/FontFile2" in content
    # The same marks are found in what matplotlib writes when left alone.
    figure = Figure()
    figure.text(0.5, 0.5, "text")
    figure.savefig(tmp_path / "plain.pdf")
    plain = (tmp_path / "plain.pdf").read_bytes()
    for mark in (b"/Type3", b"CreationDate", b"Producer"):
        assert mark in plain, mark


def test_the_picture_is_7_2_inches_wide_at_300_dpi(drawn: dict[str, Path]) -> None:
    content = drawn[".png"].read_bytes()
    assert int.from_bytes(content[16:20], "big") == 2160
    resolution = content.index(b"pHYs") + 4  # dots per metre, across and down
    dots = [int.from_bytes(content[resolution + k : resolution + k + 4], "big") for k in (0, 4)]
    assert dots == [round(300 / 0.0254)] * 2


def test_a_value_of_the_file_changes_the_bytes(drawn: dict[str, Path], tmp_path: Path) -> None:
    """The figure holds no result of its own."""
    path = catalogue()[FLAGSHIP]
    text = path.read_text(encoding="utf-8")
    head, found, tail = text.partition("[parameters.loss]")
    assert found
    assert "\nvalue = 1\n" in tail.split("[parameters.")[0]
    changed = head + found + tail.replace("\nvalue = 1\n", "\nvalue = 1.1\n", 1)
    for file in draw(tmp_path, model=model_from_toml(changed, origin=path)):
        assert file.read_bytes() != drawn[file.suffix].read_bytes(), file.suffix


def test_the_data_are_the_solved_payoffs(drawn: dict[str, Path]) -> None:
    model = load(FLAGSHIP)
    with drawn[".csv"].open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["approval"], row["exempt"]) for row in rows} == {
        (str(k / (POINTS - 1)), action) for k in range(POINTS) for action in ACTIONS
    }
    for row in rows:
        values = {"approval": Fraction(row["approval"])}
        found, base = (
            solve(model.at(values, fix={"exempt": action}), select="coalition-proof").equilibria
            for action in (row["exempt"], ACTIONS[0])
        )
        equilibrium = found[int(row["equilibrium"])]
        assert row["regime"] == " | ".join(dict.fromkeys(e.regime for e in found))
        assert int(row["equilibria"]) == len(found)
        for player, value in equilibrium.payoffs.items():
            assert float(row[f"payoff[{player}]"]) == float(value)
            (before,) = {e.payoffs[player] for e in base}
            assert float(row[f"payoff_change[{player}]"]) == float(value - before)


@pytest.fixture(scope="module")
def sweeps() -> dict[str, xarray.Dataset]:
    model, over = load(FLAGSHIP), {"approval": (0, 1, POINTS)}
    proof = {"select": "coalition-proof"}
    return {
        "selected": sweep(model, over, each="exempt", baseline={"exempt": ACTIONS[0]}, **proof),
        "everything": sweep(model, over, each="exempt"),
        "free": sweep(model, over, **proof),
    }


@pytest.fixture(scope="module")
def figure(sweeps: dict[str, xarray.Dataset]) -> Figure:
    strips = [("coalition-proof", sweeps["free"])]
    with journal_style():
        return plot_payoff_shifts(
            sweeps["selected"], sweeps["everything"], strips, axis="approval", move="exempt"
        )


def drawn_points(axes: Any, colour: str) -> dict[float, float]:
    """Return x -> y of the lines of a colour, put together from their pieces."""
    points: dict[float, float] = {}
    for line in axes.get_lines():
        if to_hex(line.get_color()) == colour.lower():
            points.update(
                zip(map(float, line.get_xdata()), map(float, line.get_ydata()), strict=True)
            )
    return points


@pytest.mark.parametrize("variable", ["payoff_min", "payoff_change_min"])
def test_lines_are_the_values_of_the_dataset(
    sweeps: dict[str, xarray.Dataset], figure: Figure, variable: str
) -> None:
    selected = sweeps["selected"]
    word = {"payoff_min": "payoff", "payoff_change_min": "change"}[variable]
    for player in ("China", "US", "EU"):
        (axes,) = (a for a in figure.axes if a.get_ylabel() == f"{player}'s {word}")
        for k, action in enumerate(ACTIONS):
            expected = selected[variable].sel(player=player, exempt=action)
            points = drawn_points(axes, COLOURS[k])
            assert list(points) == list(selected["approval"].values)
            assert list(points.values()) == list(expected.values), (player, action)


def test_bands_reach_over_all_equilibria(sweeps: dict[str, xarray.Dataset], figure: Figure) -> None:
    """A band stands where an action leaves several payoffs, and only there."""
    everything = sweeps["everything"]
    for player in ("China", "US", "EU"):
        (axes,) = (a for a in figure.axes if a.get_ylabel() == f"{player}'s payoff")
        for k, action in enumerate(ACTIONS):
            cell = everything.sel(player=player, exempt=action)
            low, high = cell["payoff_min"].values, cell["payoff_max"].values
            several = (everything["equilibria"].sel(exempt=action).values > 1) & (high > low)
            bands = [
                path
                for area in axes.collections
                if np.allclose(area.get_facecolor()[0][:3], to_rgb(COLOURS[k]))
                for path in area.get_paths()
            ]
            heights = np.concatenate([b.vertices[:, 1] for b in bands]) if bands else np.array([])
            assert bool(len(heights)) == bool(several.any())
            if several.any():
                assert heights.min() == low[several].min()
                assert heights.max() == high[several].max()


def test_the_selection_is_named_in_the_figure(figure: Figure) -> None:
    texts = [text.get_text() for text in figure.texts]
    assert any("coalition-proof" in text and "all" in text for text in texts)
    assert figure.get_size_inches()[0] == pytest.approx(7.2)


def test_lines_are_labelled_directly(figure: Figure) -> None:
    for axes in figure.axes:
        if axes.get_ylabel().endswith(("payoff", "change")):
            assert sorted(text.get_text() for text in axes.texts) == sorted(ACTIONS)
            assert axes.get_legend() is None


def test_colours_differ_in_lightness() -> None:
    """Neighbours among the first four stay apart when printed in grey."""
    grey = [float(np.dot(to_rgb(colour), (0.2126, 0.7152, 0.0722))) for colour in COLOURS[:4]]
    for one, other in itertools.pairwise(grey):
        assert abs(one - other) > 0.05


def regimes(labels: list[str], codes: list[int], x: list[float]) -> xarray.Dataset:
    regime = ("x", codes, {"labels": "\n".join(labels), "flag_meanings": "not read"})
    return xarray.Dataset({"regime": regime}, {"x": x})


def test_runs_of_regimes() -> None:
    dataset = regimes(["no_deal", "a | b"], [0, 0, 1, -1], [0.0, 1.0, 2.0, 4.0])
    assert regime_runs(dataset, "x") == [
        (0.0, 1.5, "no_deal"),
        (1.5, 3.0, "a | b"),
        (3.0, 4.0, "none"),
    ]
    assert regime_runs(regimes(["one"], [0], [0.5]), "x") == [(0.5, 0.5, "one")]


# ---- labels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["plain", "$p_{US}$", r"5 \$ a tonne", "a\nb", "größer ≥ π", ""])
def test_labels_that_can_be_drawn_stay_as_they_are(text: str) -> None:
    with journal_style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert drawable(text) == text


@pytest.mark.parametrize(
    ("text", "shown", "remedy"),
    [
        ("5 $ a tonne", r"5 \$ a tonne", "dollar sign"),
        ("$a$ and $", r"\$a\$ and \$", "dollar sign"),
        ("$a\nb$", "\\$a\nb\\$", "formula"),
        (r"$\nothing{x}$", r"\$\nothing{x}\$", "formula"),
        ("$x_{$", r"\$x_{\$", "formula"),
        ("a \U00013000", "a [U+13000]", "install"),
        ("\ue123\ue124", "[U+E123][U+E124]", "install"),
    ],
)
def test_other_labels_are_replaced_with_a_warning(
    text: str, shown: str, remedy: str, tmp_path: Path
) -> None:
    with journal_style():
        with pytest.warns(UserWarning, match=remedy):
            found = drawable(text)
        assert found == shown
        figure = Figure(figsize=(2, 1))
        figure.text(0.5, 0.5, found)
        save(figure, tmp_path / "label")  # a warning of a missing letter would be an error here


def test_a_broken_label_does_not_stop_the_figure(
    sweeps: dict[str, xarray.Dataset], tmp_path: Path
) -> None:
    selected = sweeps["selected"].copy()
    selected["approval"].attrs["label"] = "price in $"
    strips = [("coalition-proof", sweeps["free"])]
    with journal_style():
        with pytest.warns(UserWarning, match="dollar sign"):
            figure = plot_payoff_shifts(
                selected, sweeps["everything"], strips, axis="approval", move="exempt"
            )
        figure.savefig(tmp_path / "figure.pdf")
    assert (tmp_path / "figure.pdf").stat().st_size > 1000


def test_labels_of_lines_do_not_overlap() -> None:
    figure = Figure(figsize=(4, 3))
    axes = figure.add_subplot()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    labels = [(0.5, "a", "k"), (0.5, "b", "k"), (0.501, "c", "k"), (1.0, "d", "k"), (0.0, "e", "k")]
    labels += [(0.999, "f", "k"), (float("nan"), "gone", "k")]
    with journal_style():
        label_lines(axes, labels, x=1.0, size=6.2)
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert sorted(heights) == ["a", "b", "c", "d", "e", "f"]
    gap = 6.2 / (axes.bbox.height / figure.dpi * 72)
    ordered = sorted(heights.values())
    assert min(b - a for a, b in itertools.pairwise(ordered)) >= gap
    assert 0 <= ordered[0] <= ordered[-1] <= 1
    assert heights["e"] < heights["a"] < heights["b"] < heights["c"] < heights["f"] < heights["d"]


def test_the_style_is_left_behind() -> None:
    before = dict(matplotlib.rcParams)
    with journal_style():
        assert matplotlib.rcParams["pdf.fonttype"] == 42
    assert dict(matplotlib.rcParams) == before
