"""Screening: how often both sides mix along parameters, and which licence keeps diverters out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from negotiation.plotting.regions import draw_regions
from negotiation.plotting.style import COLOURS, FULL_WIDTH, LINES, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negotiation.analysis.regimes.record import Regimes

__all__ = ["Mixture", "plot_screening"]

Mixture = tuple[str, Sequence[float], Mapping[str, Sequence[float]]]
"""Label of an axis, its points, and label of a line to its probabilities (NaN: not unique)."""
CLOSED = "#0072B2"


def plot_screening(
    mixtures: Sequence[Mixture],
    regimes: Regimes,
    names: Mapping[str, str],
    closed: Sequence[tuple[Sequence[float], Sequence[float]]],
    note: str,
) -> Figure:
    """Draw one panel a mixture, and the map of licences.

    Parameters
    ----------
    mixtures : sequence of Mixture
    regimes : Regimes
        Over two axes, named by `names`.
    closed : sequence of (x, y)
        Lines of the closed form, where terms are no grid.
    note : str
        Concept and selection.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide.
    """
    figure = Figure(figsize=(FULL_WIDTH, 2.75))
    count = len(mixtures)
    grid = figure.add_gridspec(
        1,
        count + 1,
        left=0.068,
        right=0.985,
        top=0.83,
        bottom=0.16,
        wspace=0.3,
        width_ratios=(*([1] * count), 1.6),
    )
    for column, mixture in enumerate(mixtures):
        axes = figure.add_subplot(grid[0, column])
        _draw_mixture(axes, mixture, first=column == 0)
        axes.set_title(
            f"{'abc'[column]}  inspection, by {mixture[0].split()[0]}",
            loc="left",
            fontweight="bold",
        )
    axes = figure.add_subplot(grid[0, count])
    draw_regions(axes, regimes, names)
    for xs, ys in closed:
        axes.plot(xs, ys, color=CLOSED, lw=1.6, ls=LINES[1], zorder=4)
    across, up = regimes.axes
    axes.set_xlabel(drawable(f"cost of an audit ${across.symbol}$, {across.unit}"))
    axes.set_ylabel(drawable(f"gain from diverting ${up.symbol}$"), labelpad=2)
    axes.set_title(f"{'abc'[count]}  cheapest licence", loc="left", fontweight="bold")
    figure.text(0.995, 0.985, drawable(note), ha="right", va="top", fontsize=6.5)
    return figure


def _draw_mixture(axes: Axes, mixture: Mixture, *, first: bool) -> None:
    label, points, lines = mixture
    for k, (name, probabilities) in enumerate(lines.items()):
        style: dict[str, Any] = {
            "color": COLOURS[k],
            "linestyle": LINES[k],
            "solid_capstyle": "butt",
        }
        axes.plot(points, probabilities, label=name, **style)
    axes.set_xlim(points[0], points[-1])
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel(drawable(label))
    if first:
        axes.set_ylabel("probability")
        axes.legend(frameon=False, fontsize=6.5, loc="upper right", handlelength=2.6)
    else:
        axes.tick_params(axis="y", labelleft=False)
