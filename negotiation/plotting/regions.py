"""Regions: a map of regimes over two parameters inside a panel of a larger figure.

Cells and boundaries are traced exactly (:mod:`negotiation.plotting.planar`). A region is named
where it is deepest, in lines that the caller breaks. For a map that stands alone, with a legend and
lines that carry labels of their own, take :func:`negotiation.plotting.regimes.plot_regimes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from negotiation.errors import MethodError
from negotiation.plotting.planar import (
    Cell,
    Curve,
    Frame,
    columns_of,
    connected_cells,
    cut_rectangle,
)
from negotiation.plotting.regimes import FILLS, check_drawable
from negotiation.plotting.style import drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negotiation.analysis.regimes.record import Regimes

__all__ = ["draw_regions"]

GRAIN = 200
"""Points of the raster on which names are placed, in each direction."""
ROOM = 16.0
"""Depth, in these points, from which a further region of the same name has room for it."""


def draw_regions(axes: Axes, regimes: Regimes, names: Mapping[str, str]) -> None:
    """Fill and name the regions of `regimes`, each connected one once, and draw what parts them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    regimes : Regimes
        Over two bounded axes, complete.
    names : mapping
        Label of a region, as ``Regimes.text`` writes it, to what is written inside; their order
        gives the fills. A region that is not named here has its label.

    Raises
    ------
    UsageError
        If there are not two bounded axes.
    MethodError
        If not all boundaries are known.
    """
    check_drawable(regimes.axes)
    if not regimes.complete:
        raise MethodError(
            "not all boundaries are known", place=regimes.model, remedy="give a larger budget"
        )
    frame = _frame(regimes)
    axes.set_xlim(*map(float, frame.x))
    axes.set_ylim(*map(float, frame.y))
    cells, pieces = _traced(regimes, frame)
    labels = dict.fromkeys([*names, *(regimes.text(cell.labels) for cell in cells)])
    fills = {label: FILLS[k % len(FILLS)] for k, label in enumerate(labels)}
    for cell in cells:
        fill = fills[regimes.text(cell.labels)]
        axes.fill_between(cell.x, cell.low, cell.high, fc=fill, ec=fill, lw=0.4, zorder=1)
    for xs, ys in pieces:
        axes.plot(xs, ys, lw=0.8, color="black", solid_capstyle="round", zorder=3)
    named: dict[str, list[tuple[float, float, float]]] = {}
    for region in connected_cells(cells):
        place = _deepest(region, axes)
        if place is not None:
            named.setdefault(regimes.text(region[0].labels), []).append(place)
    for label, places in named.items():
        _write_names(axes, names.get(label, label.replace(" | ", "\n")), places)


def _write_names(axes: Axes, name: str, places: list[tuple[float, float, float]]) -> None:
    """Write a name once in each region that it names, in small ones only if no other has it."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.5, "linespacing": 1.1}
    places.sort(reverse=True)
    for depth, x, y in places:
        if depth == places[0][0] or depth >= ROOM:
            axes.text(x, y, drawable(name), zorder=5, **style)


def _frame(regimes: Regimes) -> Frame:
    ends: list[tuple[Fraction, Fraction]] = []
    for axis in regimes.axes:
        assert axis.low is not None
        assert axis.high is not None
        ends.append((axis.low, axis.high))
    return Frame(*ends)


def _traced(
    regimes: Regimes, frame: Frame
) -> tuple[list[Cell], list[tuple[Sequence[float], Sequence[float]]]]:
    """Return the cells, and the lines between different ones."""
    first, second = (axis.name for axis in regimes.axes)
    polynomials = list(dict.fromkeys(boundary.polynomial for boundary in regimes.boundaries))
    cells, curves, uprights = cut_rectangle(
        polynomials,
        (0, 1),
        frame,
        lambda x, y: regimes.label_at({first: x, second: y}),
    )
    lines: list[tuple[Sequence[float], Sequence[float]]] = [
        _points(curve) for curve in curves if curve.below != curve.above
    ]
    lines += [((u.x, u.x), (u.low, u.high)) for u in uprights if u.left != u.right]
    return cells, lines


def _points(curve: Curve) -> tuple[Sequence[float], Sequence[float]]:
    return curve.x.tolist(), curve.y.tolist()


def _deepest(cells: Sequence[Cell], axes: Axes) -> tuple[float, float, float] | None:
    """Return how deep a region is, and the point that is farthest from its border in the panel."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    xs = left + (right - left) * (np.arange(GRAIN) + 0.5) / GRAIN
    ys = low + (high - low) * (np.arange(GRAIN) + 0.5) / GRAIN
    mask = np.zeros((GRAIN, GRAIN), dtype=bool)
    for cell in cells:
        inside = columns_of(cell, xs)
        bottom, top = np.interp(xs, cell.x, cell.low), np.interp(xs, cell.x, cell.high)
        mask |= (ys[:, None] >= bottom) & (ys[:, None] < top) & inside
    if not mask.any():
        return None
    # Names are broad and low: depth across counts for less than depth upwards.
    depth = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=(1.0, 0.6))[1:-1, 1:-1]
    far = np.argwhere(depth >= depth.max() - 0.5)
    # The middle of the deepest points may lie outside where the region is bent.
    row, column = far[np.argmin(((far - far.mean(axis=0)) ** 2).sum(axis=1))]
    return float(depth.max()), float(xs[column]), float(ys[row])
