"""Regimes drawn: strips along one axis, or a map over two, with exact boundaries.

The boundaries are traced from their polynomials (:mod:`negotiation.plotting.planar`), the regions
are the cells between them, and each cell has the exact label of a rational point inside. A region
too small for its label gets an entry in the legend; a pattern that is named nowhere is hatched, so
that it is told apart in grey.
"""

from __future__ import annotations

import itertools
import string
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from scipy import ndimage

from negotiation.analysis.regimes.algebraic import Number
from negotiation.analysis.regimes.polynomials import is_balanced
from negotiation.analysis.regimes.record import labels_text
from negotiation.errors import MethodError, UsageError
from negotiation.plotting.planar import (
    Cell,
    Curve,
    Frame,
    Upright,
    columns_of,
    connected_cells,
    cut_rectangle,
)
from negotiation.plotting.style import HALF_WIDTH, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from negotiation.analysis.regimes.polynomials import Polynomial
    from negotiation.analysis.regimes.record import Axis, Piece, Regimes

__all__ = ["FILLS", "Line", "check_drawable", "plot_regimes"]

Line = tuple[str, Sequence[float], Sequence[float]]
"""Label, x and y of a published boundary; one that starts with _ has no entry in the legend."""
Labels = tuple[str, ...] | None

FILLS = (
    "#F3F3F3",
    "#FCE0B2",
    "#B9D9EE",
    "#E0BBCD",
    "#96C198",
    "#DC9863",
    "#6F9CC5",
    "#A47BA8",
)
"""Fills, each at least five steps of lightness (CIE L*) darker than the one before."""
HATCHES = ("////", "....", "\\\\\\\\", "xxxx", "----", "++++", "oooo", "||||")
HATCHING = "0.45"
PUBLISHED = "#E69F00"
SIZES = (7.0, 6.2, 5.4)
"""Sizes of a label, points; the largest that fits is taken."""
SHORT = 26
"""Letters in a line of a label; where one is longer, all patterns are lettered."""
GRAIN = 2.0
"""Pixels a point of the raster on which labels are placed."""
MAX_SECTIONS = 16
"""Exact sections with which a map is compared, in each direction."""
LEAST = 10
"""Pixels of a region that is to be named."""


def plot_regimes(
    regimes: Regimes, *, published: Sequence[Line] = (), width: float = HALF_WIDTH
) -> Figure:
    """Draw regimes along one axis or over two.

    Parameters
    ----------
    regimes : Regimes
        Along one axis (a strip; one for each value of what takes whole numbers), or over two, both
        bounded (a map).
    published : sequence of (label, x, y)
        Lines from elsewhere, drawn on a map as broad bands under the boundaries.
    width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        If there are more axes than two, or none, or if one of two is unbounded.
    MethodError
        If the boundaries are not all known since a budget was spent.
    """
    check_drawable(regimes.axes)
    if sum(not axis.integer for axis in regimes.axes) == 1:
        return _Strips(regimes, width).figure
    return _Map(regimes, published, width).figure


def check_drawable(axes: Sequence[Axis]) -> None:
    """Refuse axes that make no picture.

    Raises
    ------
    UsageError
    """
    continuous = [axis for axis in axes if not axis.integer]
    if len(axes) > 2 or not continuous:
        raise UsageError(
            f"{len(axes)} parameters vary" if continuous else "only whole numbers vary",
            place="plot",
            remedy="draw one axis or two: --over x=0:1 --over y=0:1",
        )
    if len(continuous) == 2:
        for axis in axes:
            _bounds(axis)


# -- looks -----------------------------------------------------------------------------------------


@dataclass
class _Look:
    """How a pattern is drawn: its fill, what is written inside, what the legend says."""

    fill: str
    inside: str
    legend: str
    hatch: str = ""
    listed: bool = False


@dataclass
class _Looks:
    """The looks of all patterns of a picture, in order of appearance."""

    text: Callable[[Labels], str] = labels_text
    found: dict[Labels, _Look] = field(default_factory=dict)

    def add(self, present: Sequence[Labels]) -> None:
        """Give each pattern a fill; letter them all if a label is too long to stand inside."""
        ordered = list(dict.fromkeys(present))
        names = {labels: self.text(labels) for labels in ordered}
        lettered = any(
            len(self.text((label,))) > SHORT for labels in ordered for label in labels or ()
        )
        letters = itertools.chain(string.ascii_uppercase, map(str, itertools.count(27)))
        rank = 0
        for labels in ordered:
            name = names[labels]
            if labels is None:
                self.found[labels] = _Look("#FFFFFF", name, name, "//")
                continue
            look = _Look(FILLS[rank % len(FILLS)], name.replace(" | ", "\n"), name)
            if rank >= len(FILLS):
                look.hatch = HATCHES[(rank // len(FILLS) - 1) % len(HATCHES)]
            if lettered:
                look.inside = next(letters)
                look.legend, look.listed = f"{look.inside}  {name}", True
            self.found[labels] = look
            rank += 1

    def missed(self, labels: Labels, *, everywhere: bool) -> None:
        """Note that regions of a pattern have no label; hatch it if none of them has."""
        look = self.found[labels]
        look.listed = True
        if everywhere and not look.hatch:
            used = {other.hatch for other in self.found.values()}
            look.hatch = next((h for h in HATCHES if h not in used), HATCHES[0])

    def entries(self) -> list[Patch]:
        """Return the entries of the legend."""
        return [
            Patch(
                facecolor=look.fill,
                edgecolor=HATCHING,
                hatch=look.hatch,
                linewidth=0.4,
                label=drawable("\n".join(textwrap.wrap(look.legend, 62))),
            )
            for look in self.found.values()
            if look.listed
        ]


# -- a map -----------------------------------------------------------------------------------------


class _Map:
    """The picture over two axes."""

    def __init__(self, regimes: Regimes, published: Sequence[Line], width: float) -> None:
        self.frame = Frame(*(_bounds(axis) for axis in regimes.axes))
        names = [axis.name for axis in regimes.axes]
        self.cells, self.curves, self.uprights = cut_rectangle(
            _polynomials(regimes),
            (0, 1),
            self.frame,
            lambda x, y: regimes.label_at(dict(zip(names, (x, y), strict=True))),
        )
        _check_sections(regimes, self.cells, self.frame)
        _check_uprights(regimes, self.uprights, self.frame)
        self.looks = _Looks(regimes.text)
        self.looks.add([cell.labels for cell in sorted(self.cells, key=_area, reverse=True)])
        self.figure = Figure(figsize=(width, width * 0.82))
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0.15, 0.15, 0.81, 0.81))
        self.axes.set_xlim(*map(float, self.frame.x))
        self.axes.set_ylim(*map(float, self.frame.y))
        wide, high = (72 * width * share for share in (0.84, 0.66))
        self.axes.set_xlabel(axis_label(self.figure, regimes.axes[0], wide))
        self.axes.set_ylabel(axis_label(self.figure, regimes.axes[1], high))
        _set_margins(self.figure, self.axes)
        self._name_regions()
        self._fill()
        extra = [*self._draw_published(published), *self._draw_boundaries(bool(published))]
        _add_legend(self.figure, self.axes, [*self.looks.entries(), *extra])

    def _name_regions(self) -> None:
        regions = connected_cells(self.cells)
        raster = self._raster(regions)
        for labels in self.looks.found:
            masks = [raster == k for k, cells in enumerate(regions) if cells[0].labels == labels]
            named = [self._name_region(mask, labels) for mask in masks if int(mask.sum()) >= LEAST]
            if not named or not all(named):
                self.looks.missed(labels, everywhere=not any(named))

    def _name_region(self, mask: NDArray[np.bool_], labels: Labels) -> bool:
        """Write a label where it fits, as far from the border of its region as can be."""
        look = self.looks.found[labels]
        rows, columns = mask.shape
        depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
        for size, words in itertools.product(
            SIZES, dict.fromkeys((look.inside, look.inside.replace("\n", " | ")))
        ):
            width, height = _extent(self.figure, words, size)
            box = (round(GRAIN * height) + 4, round(GRAIN * width) + 6)
            if box[0] > rows or box[1] > columns:
                continue
            fits = ndimage.minimum_filter(mask, size=box, mode="constant", cval=False)
            if fits.any():
                row, column = _most_inside(fits, depth)
                place = (column + 0.5) / columns, (row + 0.5) / rows
                _write(self.axes, place, words, size, look, transform=self.axes.transAxes)
                return True
        return False

    def _raster(self, regions: Sequence[Sequence[Cell]]) -> NDArray[np.intp]:
        """Return which region each pixel of the axes shows, rows from below; -1 for none."""
        box = self.axes.get_window_extent()
        scale = 72 / self.figure.dpi * GRAIN
        columns, rows = round(box.width * scale), round(box.height * scale)
        (left, right), (low, high) = (map(float, ends) for ends in (self.frame.x, self.frame.y))
        xs = left + (right - left) * (np.arange(columns) + 0.5) / columns
        ys = low + (high - low) * (np.arange(rows) + 0.5) / rows
        raster = np.full((rows, columns), -1, dtype=np.intp)
        for k, cell in ((k, cell) for k, cells in enumerate(regions) for cell in cells):
            inside = np.flatnonzero(columns_of(cell, xs))
            bottom = np.interp(xs[inside], cell.x, cell.low)
            top = np.interp(xs[inside], cell.x, cell.high)
            mask = (ys[:, None] >= bottom) & (ys[:, None] < top)
            raster[:, inside] = np.where(mask, k, raster[:, inside])
        return raster

    def _fill(self) -> None:
        for cell in self.cells:
            look = self.looks.found[cell.labels]
            outline = (cell.x, cell.low, cell.high)
            # An edge of the same colour, so that no gap shows between neighbouring cells.
            self.axes.fill_between(
                *outline, facecolor=look.fill, edgecolor=look.fill, linewidth=0.5, zorder=1
            )
            if look.hatch:
                self.axes.fill_between(
                    *outline,
                    facecolor="none",
                    edgecolor=HATCHING,
                    hatch=look.hatch,
                    linewidth=0,
                    zorder=2,
                )

    def _draw_published(self, published: Sequence[Line]) -> Iterator[Line2D]:
        """Draw lines from elsewhere; yield their entries in the legend."""
        for label, xs, ys in published:
            self.axes.plot(xs, ys, color=PUBLISHED, lw=3.6, zorder=3, solid_capstyle="butt")
            if not label.startswith("_"):
                yield Line2D([], [], color=PUBLISHED, lw=3.6, label=drawable(label))

    def _draw_boundaries(self, named: bool) -> Iterator[Line2D]:
        """Draw what parts two regions, and lines with labels of their own; yield their entries."""
        lonely: dict[Labels, list[tuple[Any, Any]]] = {}
        pieces: list[Curve | Upright] = [*self.curves, *self.uprights]
        for xs, ys, one, here, other in map(_piece, pieces):
            if one != other:
                self.axes.plot(xs, ys, lw=0.9, color="black", solid_capstyle="round", zorder=4)
            elif here is not ... and here != one:
                lonely.setdefault(here, []).append((xs, ys))
        if named:
            yield Line2D([], [], lw=0.9, color="black", label="boundary derived from the model")
        for k, (labels, lines) in enumerate(lonely.items()):
            dashes = (0, (4 - k % 3, 1.5 + k % 3))
            for xs, ys in lines:
                self.axes.plot(
                    xs, ys, lw=0.9, linestyle=dashes, color="black", zorder=4, clip_on=False
                )
            text = drawable(f"only on the line: {self.looks.text(labels)}")
            yield Line2D([], [], lw=0.9, linestyle=dashes, color="black", label=text)


def _most_inside(fits: NDArray[np.bool_], depth: NDArray[np.float64]) -> tuple[int, int]:
    """Return the pixel farthest from the border; of those as far, one in their middle."""
    far = np.argwhere(fits & (depth >= depth[fits].max() - 1))
    row, column = far[np.argmin(((far - far.mean(axis=0)) ** 2).sum(axis=1))]
    return int(row), int(column)


def _piece(piece: Curve | Upright) -> tuple[Any, Any, Labels, Any, Labels]:
    """Return x, y, the labels on one side, on the line and on the other side."""
    if isinstance(piece, Curve):
        return piece.x, piece.y, piece.below, piece.here, piece.above
    return (piece.x, piece.x), (piece.low, piece.high), piece.left, piece.here, piece.right


def _area(cell: Cell) -> float:
    return float(np.trapezoid(cell.high - cell.low, cell.x))


def _bounds(axis: Axis) -> tuple[Fraction, Fraction]:
    """Return the ends of an axis.

    Raises
    ------
    UsageError
        If it has none.
    """
    if axis.low is None or axis.high is None or axis.low == axis.high:
        raise UsageError(
            f"the range of {axis.name} "
            + ("is a point" if axis.low is not None and axis.high is not None else "has no end"),
            place="plot",
            remedy=f"give two ends: --over {axis.name}=0:1",
        )
    return axis.low, axis.high


def _polynomials(regimes: Regimes) -> list[Polynomial]:
    """Return the polynomials that bound regions, each once.

    Raises
    ------
    MethodError
        If they are not all known.
    """
    if not regimes.complete or any(p.interior and p.condition is None for p in regimes.patterns):
        raise MethodError(
            "not all boundaries are known, so there is no picture",
            place="plot",
            remedy="give a larger budget, or a smaller range",
        )
    return list(dict.fromkeys(boundary.polynomial for boundary in regimes.boundaries))


def _check_sections(regimes: Regimes, cells: Sequence[Cell], frame: Frame) -> None:
    """Compare the cells with exact sections: upwards in the widest stretches, and across.

    Raises
    ------
    MethodError
        If the labels change where no known boundary runs.
    """
    first, second = (axis.name for axis in regimes.axes)
    middles = {float(cell.x[0]): cell.x for cell in cells}
    widest = sorted(middles.values(), key=lambda xs: float(xs[0] - xs[-1]))[:MAX_SECTIONS]
    low, high = frame.y
    shares = [Fraction(2 * k + 1, 2 * MAX_SECTIONS) for k in range(MAX_SECTIONS)]
    sections = [(first, Fraction(float(xs[len(xs) // 2])), second) for xs in widest]
    sections += [(second, low + (high - low) * share, first) for share in shares]
    for held, value, moved in sections:
        for piece in regimes.along(moved, {held: value}):
            if _is_point(piece) or piece.low is None or piece.high is None:
                continue
            middle = (float(piece.low) + float(piece.high)) / 2
            x, y = (float(value), middle) if held == first else (middle, float(value))
            if piece.labels not in _labels_near(cells, x, y):
                raise _missing(regimes.axes, x, y)


def _check_uprights(regimes: Regimes, uprights: Sequence[Upright], frame: Frame) -> None:
    """Refuse labels that change across an upright line where no polynomial is zero.

    Raises
    ------
    MethodError
    """
    # Where a curve has an upright tangent it is a little open beside the critical value.
    least = float(frame.y[1] - frame.y[0]) / 100
    for upright in uprights:
        changes = not upright.known and upright.left != upright.right
        if changes and upright.high - upright.low > least:
            raise _missing(regimes.axes, upright.x, (upright.low + upright.high) / 2)


def _missing(axes: Sequence[Axis], x: float, y: float) -> MethodError:
    return MethodError(
        f"not all boundaries are known near {axes[0].name} = {x:.6g}, {axes[1].name} = {y:.6g}",
        place="plot",
        remedy="give a larger budget, or a smaller range",
    )


def _labels_near(cells: Sequence[Cell], x: float, y: float) -> set[Labels]:
    """Return the labels of the cells at a point of the frame; several on a border."""
    return {
        cell.labels
        for cell in cells
        if cell.x[0] <= x <= cell.x[-1]
        and np.interp(x, cell.x, cell.low) <= y <= np.interp(x, cell.x, cell.high)
    } or {cell.labels for cell in cells}


# -- strips ----------------------------------------------------------------------------------------


class _Strips:
    """Labelled stretches of one axis, one strip a case, and the exact points between them."""

    HEIGHT = 0.34
    """Of a strip, inches."""
    GAP = 0.3
    """Between strips, in heights of one."""

    def __init__(self, regimes: Regimes, width: float) -> None:
        (self.axis,) = (axis for axis in regimes.axes if not axis.integer)
        self.breakpoints = regimes.breakpoints
        self.low, self.high = _window(self.axis, [float(b.at) for b in regimes.breakpoints])
        cases = list(dict.fromkeys(tuple(piece.case.items()) for piece in regimes.pieces))
        self.tops = {case: k * (1 + self.GAP) for k, case in enumerate(cases)}
        self.figure = Figure(figsize=(width, 1.0))
        FigureCanvasAgg(self.figure)
        height = (len(cases) * (1 + self.GAP) - self.GAP) * self.HEIGHT
        left = 0.2 if any(cases) else 0.04
        self.axes = self.figure.add_axes((left, 0.5, 0.96 - left, height))
        self._prepare_axes(len(cases))
        self.looks = _Looks(regimes.text)
        stretches = [piece for piece in regimes.pieces if not _is_point(piece)]
        self.looks.add([piece.labels for piece in stretches])
        missed = [piece.labels for piece in stretches if not self._name_stretch(piece)]
        for labels in missed:
            count = sum(piece.labels == labels for piece in stretches)
            self.looks.missed(labels, everywhere=missed.count(labels) == count)
        for piece in stretches:
            self._fill_stretch(piece)
        entries = [*self.looks.entries(), *self._draw_points()]
        self._draw_ticks()
        self.axes.set_xlabel(axis_label(self.figure, self.axis, 66 * width))
        self.axes.xaxis.set_label_coords(0.5, -0.24 / height)
        _set_margins(self.figure, self.axes)
        _add_legend(self.figure, self.axes, entries)

    def _prepare_axes(self, rows: int) -> None:
        self.axes.set_xlim(self.low, self.high)
        self.axes.set_ylim(rows * (1 + self.GAP) - self.GAP, 0)
        self.axes.spines[["left", "bottom"]].set_visible(False)
        self.axes.set_xticks([])
        self.axes.set_yticks(
            [top + 0.5 for top in self.tops.values()],
            [drawable(", ".join(f"{n} = {v}" for n, v in case)) for case in self.tops],
        )
        self.axes.tick_params(axis="y", length=0)

    def _top(self, case: Mapping[str, Fraction]) -> float:
        return self.tops[tuple(case.items())]

    def _ends(self, piece: Piece) -> tuple[float, float]:
        left = self.low if piece.low is None else max(self.low, float(piece.low))
        right = self.high if piece.high is None else min(self.high, float(piece.high))
        return left, right

    def _scale(self) -> float:
        """Return points a unit of the axis."""
        width = self.axes.get_window_extent().width * 72 / self.figure.dpi
        return float(width) / (self.high - self.low)

    def _name_stretch(self, piece: Piece) -> bool:
        left, right = self._ends(piece)
        look = self.looks.found[piece.labels]
        for size in SIZES:
            width, height = _extent(self.figure, look.inside, size)
            if width + 5 <= (right - left) * self._scale() and height <= 72 * self.HEIGHT - 3:
                place = (left + right) / 2, self._top(piece.case) + 0.5
                _write(self.axes, place, look.inside, size, look)
                return True
        return False

    def _fill_stretch(self, piece: Piece) -> None:
        left, right = self._ends(piece)
        look = self.looks.found[piece.labels]
        self.axes.add_patch(
            Rectangle(
                (left, self._top(piece.case)),
                right - left,
                1,
                facecolor=look.fill,
                edgecolor=HATCHING if look.hatch else look.fill,
                linewidth=0 if look.hatch else 0.4,
                hatch=look.hatch or None,
            )
        )

    def _draw_points(self) -> Iterator[Line2D]:
        """Mark points whose labels are not those of a side, nor of both sides together."""
        marks = itertools.cycle("osD^v")
        for breakpoint in self.breakpoints:
            before, here, after = breakpoint.before, breakpoint.here, breakpoint.after
            both = set(before or ()) | set(after or ())
            if here in (before, after) or (here is not None and set(here) == both):
                continue
            style: dict[str, Any] = {"marker": next(marks), "ms": 3.2, "color": "black", "lw": 0}
            height = self._top(breakpoint.case) + 0.5
            self.axes.plot([float(breakpoint.at)], [height], clip_on=False, zorder=7, **style)
            text = f"only at {number_text(breakpoint.at)}: {self.looks.text(here)}"
            yield Line2D([], [], label=drawable(text), **style)

    def _draw_ticks(self) -> None:
        """Draw the breakpoints, and write them and the ends below, moved apart by leaders."""
        inner = [b for b in self.breakpoints if self.low < float(b.at) < self.high]
        for b in inner:
            top = self._top(b.case)
            self.axes.vlines(
                float(b.at), top - 0.06, top + 1.06, color="black", lw=0.9, clip_on=False, zorder=5
            )
        ticks = {float(b.at): number_text(b.at) for b in inner}
        for end in (self.axis.low, self.axis.high):
            if end is not None:
                ticks.setdefault(float(end), number_text(Number.rational(end)))
        places = sorted(ticks)
        widths = [_extent(self.figure, ticks[x], 7)[0] + 5 for x in places]
        spread = _spread([(x - self.low) * self._scale() for x in places], widths)
        bottom = self.axes.get_ylim()[0]
        leader = {"arrowstyle": "-", "lw": 0.4, "shrinkA": 0, "shrinkB": 0, "relpos": (0.5, 1)}
        for x, place in zip(places, spread, strict=True):
            self.axes.annotate(
                ticks[x],
                xy=(x, bottom + 0.08),
                xytext=(self.low + place / self._scale(), bottom + 0.38),
                fontsize=7,
                ha="center",
                va="center",
                annotation_clip=False,
                arrowprops=leader,
            )


def _spread(centres: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Return centres, ascending, moved as little as need be for boxes not to overlap."""
    groups: list[list[int]] = []
    placed = list(centres)
    for k in range(len(centres)):
        groups.append([k])
        while len(groups) > 1:
            before, after = groups[-2][-1], groups[-1][0]
            if placed[after] - placed[before] >= (widths[before] + widths[after]) / 2 - 1e-9:
                break
            merged = groups.pop(-2) + groups.pop()
            groups.append(merged)
            offsets = [0.0]
            for one, two in itertools.pairwise(merged):
                offsets.append(offsets[-1] + (widths[one] + widths[two]) / 2)
            pairs = zip(merged, offsets, strict=True)
            start = sum(centres[j] - offset for j, offset in pairs) / len(merged)
            for j, offset in zip(merged, offsets, strict=True):
                placed[j] = start + offset
    return placed


def _is_point(piece: Piece) -> bool:
    return piece.low is not None and piece.low == piece.high


def _window(axis: Axis, breakpoints: Sequence[float]) -> tuple[float, float]:
    """Return what is shown of an axis: all of it, or the breakpoints with a margin."""
    known = [float(end) for end in (axis.low, axis.high) if end is not None]
    marks = [*breakpoints, *known] or [0.0]
    margin = 0.25 * (max(marks) - min(marks)) or max(1.0, abs(marks[0]))
    if axis.low is not None and axis.low == axis.high:
        _bounds(axis)
    low = float(axis.low) if axis.low is not None else min(marks) - margin
    high = float(axis.high) if axis.high is not None else max(marks) + margin
    return low, high


# -- texts -----------------------------------------------------------------------------------------


def number_text(number: Number) -> str:
    """Return a number as a label: exact where that is short, else four digits."""
    text = f"{float(number):.4g}"
    if number.fraction is not None:
        if len(number.decimal) <= 7:
            text = number.decimal
        elif len(str(number.fraction)) <= 7:
            text = str(number.fraction)
    return text.replace("-", "\N{MINUS SIGN}")


def axis_label(figure: Figure, axis: Axis, width: float) -> str:
    """Return what an axis is called, in lines no wider than `width` points."""
    words = (axis.meaning or axis.name).split() or [axis.name]
    if axis.symbol and is_balanced(axis.symbol):
        words[-1] += f", ${axis.symbol}$"
    words = [drawable(word) for word in words]
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if _extent(figure, longer, 8)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def _write(
    axes: Axes, place: tuple[float, float], words: str, size: float, look: _Look, **more: Any
) -> None:
    """Write a label on its fill, so that no hatching runs through it."""
    axes.text(
        *place,
        drawable(words),
        fontsize=size,
        ha="center",
        va="center",
        linespacing=1.1,
        zorder=6,
        bbox={"facecolor": look.fill, "edgecolor": "none", "pad": 0.8},
        **more,
    )


def _extent(figure: Figure, text: str, size: float) -> tuple[float, float]:
    """Return width and height of a text, points."""
    artist = figure.text(0, 0, drawable(text), fontsize=size, linespacing=1.1)
    box = artist.get_window_extent()
    artist.remove()
    return box.width * 72 / figure.dpi, box.height * 72 / figure.dpi


def _set_margins(figure: Figure, axes: Axes) -> None:
    """Leave left of and below the axes what their labels need; the axes keep their height."""
    width, height = figure.get_size_inches()
    plot = axes.get_position().height * height
    tight, inner = axes.get_tightbbox(), axes.get_window_extent()
    assert tight is not None
    left = (inner.x0 - tight.x0) / figure.dpi + 0.03
    bottom = (inner.y0 - tight.y0) / figure.dpi + 0.03
    total = bottom + plot + 0.06
    figure.set_size_inches(width, total)
    axes.set_position((left / width, bottom / total, 1 - (left + 0.1) / width, plot / total))


def _add_legend(figure: Figure, axes: Axes, entries: Sequence[Any]) -> None:
    """Put a legend above the axes and make the figure higher by what it needs."""
    if not entries:
        return
    legend = figure.legend(
        handles=list(entries),
        loc="upper left",
        bbox_to_anchor=(0.01, 1.0),
        frameon=False,
        fontsize=6.2,
        borderpad=0.4,
        borderaxespad=0.0,
        handlelength=2.2,
        labelspacing=0.4,
        handleheight=1.1,
    )
    width, height = figure.get_size_inches()
    box = axes.get_position()
    total = height + legend.get_window_extent().height / figure.dpi
    figure.set_size_inches(width, total)
    share = height / total
    axes.set_position((box.x0, box.y0 * share, box.width, box.height * share))
