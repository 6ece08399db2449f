"""Pictures of regimes: every label stands in its region, every line where labels change."""

from __future__ import annotations

import functools
import itertools
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from negotiation import load, regimes
from negotiation.analysis.regimes import Regimes, labels_text
from negotiation.analysis.regimes.algebraic import Number
from negotiation.analysis.regimes.polynomials import Polynomial, Ring
from negotiation.analysis.regimes.space import meaning_of
from negotiation.errors import MethodError, UsageError
from negotiation.model.reading import model_from_toml
from negotiation.plotting.planar import (
    Cell,
    Curve,
    Frame,
    Upright,
    connected_cells,
    cut_rectangle,
)
from negotiation.plotting.regimes import FILLS, _spread, number_text, plot_regimes
from negotiation.plotting.regions import draw_regions
from negotiation.plotting.style import journal_style, write_figure

FLAGSHIP = "divide-and-exempt"
PROOF: dict[str, Any] = {"concept": "pure-subgame-perfect", "select": "coalition-proof"}
Point = tuple[Fraction, Fraction]

CHOICE = """
name = "choice"
form = "extensive"
players = ["A"]
[parameters]
x = {{ value = 0, meaning = "a quantity", symbol = 'x' }}
y = {{ value = 0 }}
n = {{ value = 1, domain = "1 <= n <= 3", integer = true }}
[[moves]]
name = "pick"
player = "A"
actions = ["in", "out"]
[payoffs]
A = "({payoff}) if pick == 'in' else 0"
[[regimes]]
name = "{inside}"
when = "pick == 'in'"
[[regimes]]
name = "out"
when = "True"
"""


def choice(payoff: str, inside: str = "in") -> Any:
    """Return a model whose one player takes a payoff if it is positive."""
    return model_from_toml(CHOICE.format(payoff=payoff, inside=inside))


def drawn(found: Regimes, **options: Any) -> Figure:
    with journal_style():
        figure = plot_regimes(found, **options)
        figure.draw_without_rendering()
    return figure


# -- the arrangement of curves ---------------------------------------------------------------------


def polynomials(*texts: tuple[tuple[tuple[int, int], int], ...]) -> list[Polynomial]:
    ring = Ring(["x", "y"])
    found = []
    for terms in texts:
        form = ring.context.from_dict(dict(terms))
        found += [factor for factor, _ in ring.factored(form)[1]]
    return found


CIRCLE = (((2, 0), 1), ((0, 2), 1), ((0, 0), -1))
PARABOLA = (((1, 0), 1), ((0, 2), -1))
HYPERBOLA = (((1, 1), 4), ((0, 0), -1))
UPRIGHT = (((1, 0), 3), ((0, 0), -1))
CUBIC = (((0, 3), 1), ((1, 0), -1), ((0, 1), -1))
LEVEL = (((0, 1), 2), ((0, 0), -1))
FRAME = Frame((Fraction(-1, 2), Fraction(3, 2)), (Fraction(-1), Fraction(3, 2)))


def cut(*curves: Any) -> tuple[list[Polynomial], list[Cell], list[Curve], list[Upright]]:
    found = polynomials(*curves)

    def label_at(x: Fraction, y: Fraction) -> tuple[str, ...]:
        return tuple(f"{k}{p.sign_at((x, y))}" for k, p in enumerate(found))

    return found, *cut_rectangle(found, (0, 1), FRAME, label_at)


ARRANGEMENTS = [
    (CIRCLE,),
    (CIRCLE, PARABOLA, UPRIGHT, HYPERBOLA),
    (CUBIC, CIRCLE, LEVEL),
    (UPRIGHT,),
    (),
    ((((2, 0), 1), ((0, 2), 1)),),  # one point
    ((((2, 0), 1), ((0, 2), 1), ((0, 0), 1)),),  # nothing
    ((((0, 2), 1), ((3, 0), -1), ((2, 0), -1)),),  # a double point
    ((((2, 0), 9), ((0, 0), -2)), PARABOLA),  # irrational upright lines
]


@pytest.mark.parametrize("curves", ARRANGEMENTS)
def test_random_points_lie_in_the_cell_with_their_signs(curves: Any) -> None:
    found, cells, _, _ = cut(*curves)
    draw = random.Random(5)
    checked = 0
    for _ in range(300):
        x = FRAME.x[0] + (FRAME.x[1] - FRAME.x[0]) * Fraction(draw.randrange(1, 9973), 9973)
        y = FRAME.y[0] + (FRAME.y[1] - FRAME.y[0]) * Fraction(draw.randrange(1, 9967), 9967)
        for cell in cells:
            if cell.x[0] < float(x) < cell.x[-1]:
                low, high = (float(np.interp(float(x), cell.x, e)) for e in (cell.low, cell.high))
                if low + 2e-3 < float(y) < high - 2e-3:
                    signs = tuple(f"{k}{p.sign_at((x, y))}" for k, p in enumerate(found))
                    assert cell.labels == signs
                    checked += 1
    assert checked > 250


@pytest.mark.parametrize("curves", ARRANGEMENTS)
def test_cells_fill_the_frame(curves: Any) -> None:
    _, cells, _, _ = cut(*curves)
    area = sum(float(np.trapezoid(cell.high - cell.low, cell.x)) for cell in cells)
    assert area == pytest.approx(2 * 2.5, rel=1e-6)


@pytest.mark.parametrize("curves", ARRANGEMENTS)
def test_traced_points_are_zeros(curves: Any) -> None:
    _, _, traced, _ = cut(*curves)
    for curve in traced:
        for x, y in zip(curve.x, curve.y, strict=True):
            near = [
                curve.polynomial.at((Fraction(float(x)), Fraction(float(y)) + step))
                for step in (Fraction(-1, 10**6), Fraction(0), Fraction(1, 10**6))
            ]
            turns = min(near) <= 0 <= max(near)
            assert turns or abs(near[1]) < 1e-9, (curve.polynomial, x, y)


def test_upright_lines_are_drawn_from_one_curve_to_the_next() -> None:
    _, _, _, uprights = cut(UPRIGHT, CIRCLE)
    assert all(u.left == u.right for u in uprights if not u.known and u.high - u.low > 0.01)
    uprights = [u for u in uprights if u.known]
    assert {round(u.x, 12) for u in uprights} == {round(1 / 3, 12)}
    ends = sorted({round(end, 6) for u in uprights for end in (u.low, u.high)})
    root = round(float(np.sqrt(8)) / 3, 6)
    assert ends == [-1, -root, root, 1.5]
    assert all(u.left != u.right for u in uprights)
    assert all(u.here not in (u.left, u.right) for u in uprights)


def test_an_edge_of_the_frame_with_labels_of_its_own_is_found() -> None:
    """Along x = -1/2 and along y = 3/2, where two polynomials are zero."""
    edges = polynomials((((1, 0), 2), ((0, 0), 1)), (((0, 1), 2), ((0, 0), -3)))

    def label_at(x: Fraction, y: Fraction) -> tuple[str, ...]:
        return ("left",) if x == FRAME.x[0] else ("top",) if y == FRAME.y[1] else ("inside",)

    _, curves, uprights = cut_rectangle(edges, (0, 1), FRAME, label_at)
    assert [(float(c.y[0]), c.below, c.here) for c in curves] == [(1.5, ("inside",), ("top",))]
    found = [(u.x, u.low, u.high, u.left, u.here, u.right) for u in uprights if u.known]
    assert found == [(-0.5, -1, 1.5, ("inside",), ("left",), ("inside",))]


def test_a_line_with_labels_of_its_own_is_found() -> None:
    def label_at(x: Fraction, y: Fraction) -> tuple[str, ...]:
        return ("on",) if y == Fraction(1, 2) else ("off",)

    _, curves, _ = cut_rectangle(polynomials(LEVEL), (0, 1), FRAME, label_at)
    assert [(c.below, c.here, c.above) for c in curves] == [(("off",), ("on",), ("off",))]


# -- maps ------------------------------------------------------------------------------------------

MAPS: dict[str, Any] = {
    "flagship": lambda: regimes(load(FLAGSHIP), {"harm[EU]": (0, 1), "loss": (0, "6/5")}, **PROOF),
    "hyperbola": lambda: regimes(
        load(FLAGSHIP), {"approval": (0, 1), "dependence[EU]": ("1/10", 2)}, **PROOF
    ),
    "ellipse": lambda: regimes(
        choice("1 - x**2 - 2*y**2", "inside the ellipse"), {"x": (-2, 2), "y": (-1, 1)}
    ),
    "thin": lambda: regimes(
        choice("(x - 0.5)*(0.51 - x)", "in a very thin stripe"), {"x": (0, 1), "y": (0, 1)}
    ),
}


@functools.cache
def mapped(name: str) -> Regimes:
    found: Regimes = MAPS[name]()
    return found


@pytest.fixture(scope="module", params=MAPS)
def picture(request: Any) -> tuple[Regimes, Figure]:
    found = mapped(request.param)
    assert found.complete
    return found, drawn(found)


def point_of(found: Regimes, x: float, y: float) -> dict[str, Fraction]:
    first, second = (axis.name for axis in found.axes)
    return {first: Fraction(x), second: Fraction(y)}


def test_every_label_stands_inside_its_region(picture: tuple[Regimes, Figure]) -> None:
    """The four corners of its box have the pattern that it names."""
    found, figure = picture
    (axes,) = figure.axes
    assert axes.texts
    for text in axes.texts:
        box = text.get_window_extent().transformed(axes.transData.inverted())
        name = text.get_text().replace("\n", " | ")
        for x, y in itertools.product((box.x0, box.x1), (box.y0, box.y1)):
            assert labels_text(found.label_at(point_of(found, x, y))) == name


REGIONS: dict[str, tuple[str, dict[str, int]]] = {
    "quadrants meet at a point": ("x*y", {"in": 2, "out": 2}),
    "a ring around an ellipse": ("1/2 - x**2 - 2*y**2", {"in": 1, "out": 1}),
    "two stripes": ("(x - 1/4)*(x + 1/4)", {"in": 2, "out": 1}),
    "a stripe with a waist": ("y**2 - x**2 - 1/100", {"in": 2, "out": 1}),
    "a cusp": ("x**3 - y**2", {"in": 1, "out": 1}),
}
"""Payoff of "in", and into how many connected regions it cuts the square from -1 to 1."""


def written(figure: Figure) -> dict[str, int]:
    texts = [text.get_text() for text in figure.axes[0].texts]
    return {text: texts.count(text) for text in texts}


@pytest.mark.parametrize("name", REGIONS)
def test_a_connected_region_has_its_label_once(name: str) -> None:
    payoff, counts = REGIONS[name]
    found = regimes(choice(payoff), {"x": (-1, 1), "y": (-1, 1)})
    assert written(drawn(found)) == counts
    with journal_style():
        panel = Figure(figsize=(3, 3))
        draw_regions(panel.add_subplot(), found, {})
    assert written(panel) == counts


@pytest.mark.parametrize("name", REGIONS)
def test_names_in_a_panel_stand_inside_their_region(name: str) -> None:
    found = regimes(choice(REGIONS[name][0]), {"x": (-1, 1), "y": (-1, 1)})
    with journal_style():
        panel = Figure(figsize=(3, 3))
        draw_regions(panel.add_subplot(), found, {"in": "inside"})
    for text in panel.axes[0].texts:
        at = found.label_at(point_of(found, *text.get_position()))
        assert {"inside": "in"}.get(text.get_text(), text.get_text()) == labels_text(at)


def test_a_region_that_a_boundary_elsewhere_cuts_has_its_label_once() -> None:
    """The line strong = 1/2 parts what is above, not what is below."""
    found = regimes(load("beer-quiche"), {"strong": None, "peace": (0, 4)}, by="kind")
    assert written(drawn(found)) == {"semi-separating": 1, "pooling": 1, "separating": 1}


def test_cells_hang_together_across_lines_that_part_nothing() -> None:
    found = [[cell.labels for cell in region] for region in connected_cells(split_cells())]
    assert found == [[("a",)] * 3, [("b",)], [("a",)]]


def split_cells() -> list[Cell]:
    """Return a stretch of a, a, b and behind it one with a below and a above, apart from it."""
    xs, later = np.array([0.0, 1.0]), np.array([1.0, 2.0])
    flat = [np.full(2, height) for height in (0.0, 0.2, 0.4, 1.0)]
    return [
        Cell(("a",), xs, flat[0], flat[1]),
        Cell(("a",), xs, flat[1], flat[2]),
        Cell(("b",), xs, flat[2], flat[3]),
        Cell(("a",), later, flat[0], flat[2]),
        Cell(("a",), np.array([3.0, 4.0]), flat[2], flat[3]),
    ]


def test_an_axis_of_one_member_names_the_member() -> None:
    model = load("divide-and-exempt-members")
    over = {"cost[FR]": (0, 1), "harm[FR]": (0, 1)}
    found = regimes(model, over, concept="pure-subgame-perfect", select="coalition-proof")
    axes = drawn(found).axes[0]
    assert axes.get_xlabel().replace("\n", " ").startswith("FR's cost of joining the coalition")
    assert "mathrm{FR}" in axes.get_xlabel()
    # A parameter of all members keeps the index.
    all_of = regimes(load(FLAGSHIP), {"cost": (0, 1)}, **PROOF)
    assert all_of.axes[0].meaning.startswith("i's cost")


@pytest.mark.parametrize(
    ("meaning", "binding", "text"),
    [
        ("i's cost, i.e. what i pays", {"i": "France"}, "France's cost, i.e. what France pays"),
        ("weight of i on j", {"i": "j", "j": "i"}, "weight of j on i"),
        ("in $K_{i}$ and $K_i$, i", {"i": "US"}, "in $K_{i}$ and $K_i$, US"),
        ("a share of a", {"a": "US"}, "a share of a"),
        ("plain", {}, "plain"),
    ],
)
def test_meanings_of_one_member(meaning: str, binding: dict[str, str], text: str) -> None:
    assert meaning_of(meaning, binding) == text


def test_outcomes_are_named_shortly_in_the_legend() -> None:
    found = regimes(load("beer-quiche"), {"strong": None, "peace": (0, 4)}, by="outcome")
    figure = drawn(found)
    (legend,) = figure.legends
    texts = [text.get_text().replace("\n", " ") for text in legend.get_texts()]
    assert any("type = strong or weak, breakfast = beer, reply = leave" in text for text in texts)
    assert set(written(figure)) == {"A", "B", "C"}


def test_every_boundary_parts_two_patterns(picture: tuple[Regimes, Figure]) -> None:
    """Across each drawn line, close to the middle of each of its pieces, the labels differ."""
    found, figure = picture
    (axes,) = figure.axes
    lines = [line for line in axes.get_lines() if to_hex(line.get_color()) == "#000000"]
    assert lines
    for line in lines:
        xs, ys = (np.asarray(values, dtype=float) for values in line.get_data())
        for k in range(len(xs) - 1):
            x, y = (xs[k] + xs[k + 1]) / 2, (ys[k] + ys[k + 1]) / 2
            across = np.array([-(ys[k + 1] - ys[k]), xs[k + 1] - xs[k]])
            length = float(np.hypot(*across))
            if length < 0.02:
                continue
            step = across / length * 0.004
            sides = {
                found.label_at(point_of(found, x + turn * step[0], y + turn * step[1]))
                for turn in (-1, 1)
            }
            assert len(sides) == 2, (x, y)


def test_every_change_of_pattern_is_drawn(picture: tuple[Regimes, Figure]) -> None:
    """Exact sections through the picture change only at a drawn line."""
    found, figure = picture
    (axes,) = figure.axes
    first, second = found.axes
    assert first.low is not None
    assert first.high is not None
    assert second.low is not None
    assert second.high is not None
    for k in range(1, 8):
        x = first.low + (first.high - first.low) * Fraction(k * 13 % 101, 101)
        pieces = found.along(second.name, {first.name: x})
        changes = {
            float(p.low) for p in pieces if p.low is not None and second.low < p.low.interval[0]
        }
        for height in changes - {float(second.high)}:
            gaps = []
            for line in axes.get_lines():
                xs, ys = (np.asarray(values, dtype=float) for values in line.get_data())
                if len(xs) > 2 and xs[0] <= float(x) <= xs[-1]:
                    gaps.append(abs(float(np.interp(float(x), xs, ys)) - height))
            assert min(gaps) < 2e-3


def test_every_pattern_with_interior_is_named_or_in_the_legend(
    picture: tuple[Regimes, Figure],
) -> None:
    found, figure = picture
    (axes,) = figure.axes
    inside = {text.get_text().replace("\n", " | ") for text in axes.texts}
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    listed = {text.replace("\n", " ") for text in legends}
    for pattern in found.patterns:
        if pattern.interior:
            assert pattern.name in inside | listed


def test_a_region_too_small_for_its_label_is_hatched_and_in_the_legend() -> None:
    figure = drawn(mapped("thin"))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["in a very thin stripe"]
    hatched = {area.get_hatch() for area in figure.axes[0].collections} - {None}
    assert len(hatched) == 1
    (patch,) = legend.get_patches()
    assert {patch.get_hatch()} == hatched


def test_published_lines_are_bands_under_the_boundaries() -> None:
    line = ("published", [0.0, 0.5], [0.16, 0.66])
    figure = drawn(mapped("flagship"), published=[line, ("_", [0.0, 1.0], [1.0, 1.0])])
    (axes,) = figure.axes
    bands = [found for found in axes.get_lines() if found.get_linewidth() > 3]
    assert [list(band.get_ydata()) for band in bands] == [[0.16, 0.66], [1.0, 1.0]]
    others = [found for found in axes.get_lines() if found not in bands]
    assert max(b.get_zorder() for b in bands) < min(o.get_zorder() for o in others)
    listed = [text.get_text() for text in figure.legends[0].get_texts()]
    assert listed == ["published", "boundary derived from the model"]


def test_long_labels_are_lettered() -> None:
    found = regimes(load(FLAGSHIP), {"approval": (0, 1), "loss": (0, 1)}, by="outcome", **PROOF)
    figure = drawn(found)
    letters = {text.get_text() for text in figure.axes[0].texts}
    assert letters
    assert all(len(letter) == 1 for letter in letters)
    listed = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {text.split()[0] for text in listed} >= letters


def test_width_and_name_of_axes() -> None:
    found = mapped("flagship")
    figure = drawn(found, width=7.2)
    assert figure.get_size_inches()[0] == 7.2
    (axes,) = figure.axes
    assert axes.get_xlabel().endswith(r"$H_{\mathrm{EU}}$")
    assert axes.get_ylabel() == "China's loss if the coalition succeeds, $L$"
    figure = drawn(mapped("ellipse"))
    assert figure.axes[0].get_xlabel() == "a quantity, $x$"
    assert figure.axes[0].get_ylabel() == "y"


def test_nothing_is_cut_off_at_the_edges_of_the_figure(picture: tuple[Regimes, Figure]) -> None:
    _, figure = picture
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert -0.01 <= box.x0 < box.x1 <= width + 0.01
    assert -0.01 <= box.y0 < box.y1 <= height + 0.01


# -- strips ----------------------------------------------------------------------------------------


def tick_texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_fontsize() == 7]


def test_a_strip_shows_exact_breakpoints() -> None:
    found = regimes(load(FLAGSHIP), {"approval": (0, 1)}, **PROOF)
    figure = drawn(found)
    (axes,) = figure.axes
    assert [f"{b.at!r}" for b in found.breakpoints] == ["50/163", "2500/4013"]
    shown = {text.get_text() for text in axes.texts}
    assert {"0", "50/163", "0.623", "1"} <= shown
    assert {"resisted", "divide"} <= shown
    drawn_at = sorted(
        float(path.vertices[0, 0]) for lines in axes.collections for path in lines.get_paths()
    )
    assert drawn_at == pytest.approx([50 / 163, 2500 / 4013])
    (legend,) = figure.legends
    (entry,) = [t.get_text() for t in legend.get_texts() if t.get_text().startswith("only at")]
    assert entry == "only at 50/163: resisted | uniform exemption | divide"


def test_stretches_have_the_fill_of_their_pattern() -> None:
    found = regimes(choice("x**2 - 2"), {"x": (-3, 3)})
    figure = drawn(found)
    (axes,) = figure.axes
    patches = sorted(
        (patch.get_x(), patch.get_width(), to_hex(patch.get_facecolor()).upper())
        for patch in axes.patches
    )
    root = float(np.sqrt(2))
    assert [p[0] for p in patches] == pytest.approx([-3, -root, root])
    assert [p[1] for p in patches] == pytest.approx([3 - root, 2 * root, 3 - root])
    assert [p[2] for p in patches] == [FILLS[0], FILLS[1], FILLS[0]]
    assert {"\N{MINUS SIGN}1.414", "1.414"} <= {text.get_text() for text in axes.texts}


def test_an_unbounded_axis_is_shown_around_its_breakpoints() -> None:
    found = regimes(choice("x - 5"), {"x": None})
    figure = drawn(found)
    low, high = figure.axes[0].get_xlim()
    assert low < 5 < high
    ticks = [text.get_text() for text in figure.axes[0].texts if text.get_text() == "5"]
    assert ticks == ["5"]


def test_whole_numbers_make_a_strip_each() -> None:
    found = regimes(choice("x - n"), {"x": (0, 4), "n": None})
    figure = drawn(found)
    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["n = 1", "n = 2", "n = 3"]
    assert len(axes.patches) == 6
    tops = sorted({patch.get_y() for patch in axes.patches})
    for k, top in enumerate(tops, start=1):
        cuts = {patch.get_x() for patch in axes.patches if patch.get_y() == top}
        assert cuts == {0, k}


def test_boxes_are_moved_apart_in_order() -> None:
    draw = random.Random(3)
    for _ in range(200):
        count = draw.randrange(1, 8)
        centres = sorted(draw.uniform(0, 60) for _ in range(count))
        widths = [draw.uniform(4, 20) for _ in range(count)]
        placed = _spread(centres, widths)
        for k in range(count - 1):
            assert placed[k + 1] - placed[k] >= (widths[k] + widths[k + 1]) / 2 - 1e-6
        free = all(
            b - a >= (v + w) / 2
            for a, b, v, w in zip(centres, centres[1:], widths, widths[1:], strict=False)
        )
        assert not free or placed == centres


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(-1, 4), "\N{MINUS SIGN}0.25"),
        (Fraction(50, 163), "50/163"),
        (Fraction(2500, 4013), "0.623"),
        (Fraction(3), "3"),
    ],
)
def test_numbers_are_exact_where_short(value: Fraction, text: str) -> None:
    assert number_text(Number.rational(value)) == text


# -- style -----------------------------------------------------------------------------------------


def lightness(colour: str) -> float:
    """Return CIE L* of a colour."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16)


def as_seen(colour: str, kind: str) -> Any:
    """Return CIE Lab of a colour to the colour-blind (Machado, Oliveira and Fernandes 2009)."""
    matrices = {
        "normal": np.eye(3),
        "deuteranopia": [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        "protanopia": [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        "tritanopia": [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    }
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(matrices[kind]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.asarray(to_xyz) @ seen / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_fills_differ_in_grey_and_are_light_enough_for_black_letters() -> None:
    levels = [lightness(fill) for fill in FILLS]
    assert all(a - b >= 5 for a, b in itertools.pairwise(levels))
    assert min(levels) > 55


@pytest.mark.parametrize("kind", ["normal", "deuteranopia", "protanopia", "tritanopia"])
def test_fills_differ_to_the_colour_blind(kind: str) -> None:
    seen = [as_seen(fill, kind) for fill in FILLS]
    for one, other in itertools.combinations(seen, 2):
        assert float(np.linalg.norm(one - other)) > 9


def test_files_have_truetype_fonts_no_dates_and_the_same_bytes(tmp_path: Path) -> None:
    for suffix in ("pdf", "png"):
        for name in ("first", "second"):
            with journal_style():
                figure = plot_regimes(mapped("thin"))
                write_figure(figure, tmp_path / f"{name}.{suffix}")
        first, second = ((tmp_path / f"{n}.{suffix}").read_bytes() for n in ("first", "second"))
        assert first == second
        for mark in (b"/Type3", b"CreationDate", b"Producer", b"Software"):
            assert mark not in first


def test_a_picture_can_be_made_in_any_style() -> None:
    figure = plot_regimes(mapped("ellipse"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["inside the ellipse"] + [
        "out"
    ] * (len(figure.axes[0].texts) - 1)


# -- refusals --------------------------------------------------------------------------------------


def test_what_makes_no_picture_is_refused() -> None:
    with pytest.raises(UsageError, match="3 parameters vary"):
        plot_regimes(regimes(choice("x + y - n"), {"x": (0, 1), "y": (0, 1), "n": (1, 1)}))
    with pytest.raises(UsageError, match="only whole numbers vary"):
        plot_regimes(regimes(choice("2 - n"), {"n": None}))
    with pytest.raises(UsageError, match="the range of y has no end"):
        plot_regimes(regimes(choice("x - y"), {"x": (0, 1), "y": None}))
    with pytest.raises(UsageError, match="the range of x is a point"):
        plot_regimes(regimes(choice("x"), {"x": (1, 1)}))


def test_unknown_boundaries_make_no_picture() -> None:
    from dataclasses import replace

    found = mapped("ellipse")
    with pytest.raises(MethodError, match="not all boundaries are known"):
        plot_regimes(replace(found, complete=False))
    with pytest.raises(MethodError, match="not all boundaries are known"):
        plot_regimes(replace(found, boundaries=()))
    found = mapped("flagship")
    for k in range(len(found.boundaries)):
        fewer = found.boundaries[:k] + found.boundaries[k + 1 :]
        with pytest.raises(MethodError, match="not all boundaries are known"):
            plot_regimes(replace(found, boundaries=fewer))
