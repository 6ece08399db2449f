"""Relief and pressure: payoffs along the share relieved, the share that keeps pressure, regimes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from negotiation.plotting.regions import draw_regions
from negotiation.plotting.style import COLOURS, FULL_WIDTH, LINES, drawable, label_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negotiation.analysis.regimes.record import Regimes

__all__ = ["Points", "plot_relief"]

Points = Sequence[tuple[float, float]]
"""(x, y) pairs in the order of x."""


def plot_relief(
    payoffs: Mapping[str, tuple[Points, Points]],
    conditional: Points,
    bounds: Mapping[str, tuple[Points, Points]],
    chosen: tuple[str, Points],
    regimes: Regimes,
    names: Mapping[str, str],
    note: str,
) -> Figure:
    """Draw three panels.

    Parameters
    ----------
    payoffs : mapping
        Player to two pieces, share relieved and payoff: with pressure, and without.
    conditional : points
        China's payoff where relief depends on pressing.
    bounds : mapping
        Label to the derived points of the largest share with pressure, and its closed form.
    chosen : (str, points)
        Label, and the share that China grants along the same axis.
    regimes : Regimes
        Over two axes, named by `names`.
    note : str
        Concept and selection.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide.
    """
    figure = Figure(figsize=(FULL_WIDTH, 2.75))
    grid = figure.add_gridspec(
        1, 3, left=0.065, right=0.99, top=0.83, bottom=0.16, wspace=0.68, width_ratios=(1, 1, 1.1)
    )
    first, second, third = (figure.add_subplot(grid[0, k]) for k in range(3))
    _draw_payoffs(first, payoffs, conditional)
    _draw_bounds(second, bounds, chosen)
    draw_regions(third, regimes, names)
    for axes, axis in ((third.xaxis, regimes.axes[0]), (third.yaxis, regimes.axes[1])):
        axes.set_label_text(drawable(f"{axis.name} ${axis.symbol}$, {axis.unit}"))
    titles = (
        (first, "a  too much relief"),
        (second, "b  how much is too much"),
        (third, "c  what reverses a seizure"),
    )
    for panel, title in titles:
        panel.set_title(title, loc="left", fontweight="bold", pad=9)
    figure.text(0.995, 0.985, drawable(note), ha="right", va="top", fontsize=6.5)
    return figure


def _draw_payoffs(
    axes: Axes, payoffs: Mapping[str, tuple[Points, Points]], conditional: Points
) -> None:
    turn = max(pressed[-1][0] for pressed, _ in payoffs.values())
    axes.axvspan(turn, 1, color="0.9", lw=0, zorder=0)
    labels = []
    for k, (name, pieces) in enumerate(payoffs.items()):
        for points in pieces:
            xs, ys = zip(*points, strict=True)
            axes.plot(xs, ys, color=COLOURS[k], linestyle=LINES[k], solid_capstyle="butt")
        # The tie: either may happen there.
        ends = [pieces[0][-1], pieces[1][0]]
        axes.plot(*zip(*ends, strict=True), ls="", marker="o", ms=2.4, color=COLOURS[k])
        labels.append((pieces[-1][-1][1], name, COLOURS[k]))
    axes.plot(*zip(*conditional, strict=True), color="0.45", lw=0.9, zorder=1)
    axes.annotate(
        "China, if relief\nis tied to pressing",
        conditional[len(conditional) // 3],
        xytext=(0.03, 0.77),
        textcoords="axes fraction",
        fontsize=6.2,
        color="0.3",
        arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "0.5"},
    )
    axes.set_xlim(0, 1)
    axes.margins(y=0.07)
    label_lines(axes, labels, x=1.0)
    axes.set_xlabel("share of German users relieved")
    axes.set_ylabel("payoff, USD bn per year")
    top: dict[str, Any] = {
        "transform": axes.get_xaxis_transform(),
        "ha": "center",
        "va": "bottom",
        "fontsize": 5.6,
    }
    axes.text(turn / 2, 1.01, "Berlin presses, seizure ends", **top)
    axes.text((1 + turn) / 2, 1.01, "silent,\nheld", linespacing=0.95, **top)


def _draw_bounds(
    axes: Axes, bounds: Mapping[str, tuple[Points, Points]], chosen: tuple[str, Points]
) -> None:
    labels = []
    for k, (name, (derived, closed)) in enumerate(bounds.items()):
        xs, ys = zip(*closed, strict=True)
        axes.plot(xs, ys, color=COLOURS[k], linestyle=LINES[k], lw=0.9)
        marks: dict[str, Any] = {"ms": 2.2, "color": COLOURS[k], "clip_on": False, "zorder": 4}
        axes.plot(*zip(*derived, strict=True), ls="", marker="osD"[k % 3], **marks)
        labels.append((ys[-1], name, COLOURS[k]))
    label, granted = chosen
    axes.plot(*zip(*granted, strict=True), color="0.55", lw=1.6, zorder=1)
    axes.annotate(
        drawable(label),
        granted[-3],
        xytext=(0.98, 0.05),
        textcoords="axes fraction",
        fontsize=6.2,
        color="0.35",
        ha="right",
        arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "0.5"},
    )
    axes.set_xlim(0, max(x for derived, closed in bounds.values() for x, _ in closed))
    axes.set_ylim(0, 1)
    label_lines(axes, labels, x=axes.get_xlim()[1])
    axes.set_xlabel("damage to Germany $d$, USD bn per year")
    axes.set_ylabel("largest share with pressure")
