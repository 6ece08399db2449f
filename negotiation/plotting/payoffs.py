"""Payoffs along a parameter, with a move fixed at each of its actions.

Upper row: each player's payoff under the selection of the dataset, a band where all equilibria
reach. Lower row: the change against a baseline action. Along the axis: the equilibrium regime where
the move is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from negotiation.formats.datasets import regime_labels
from negotiation.plotting.style import COLOURS, FULL_WIDTH, LINES, drawable, label_lines
from negotiation.solution import tie_parts

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["plot_payoff_shifts", "regime_runs"]


def plot_payoff_shifts(
    selected: xarray.Dataset,
    everything: xarray.Dataset,
    strips: Sequence[tuple[str, xarray.Dataset]],
    *,
    axis: str,
    move: str,
) -> Figure:
    """Draw payoffs and their change along `axis`, one column a player.

    Parameters
    ----------
    selected : xarray.Dataset
        Sweep over `axis` with `move` fixed at each action under one selection, with a baseline.
    everything : xarray.Dataset
        The same sweep with all equilibria: the bands.
    strips : sequence of (label, dataset)
        Sweeps over `axis` with the move free: their regimes are marked along the axis.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide.
    """
    players = [str(player) for player in selected["player"].values]
    actions = [str(action) for action in selected[move].values]
    runs = [(name, regime_runs(dataset, axis)) for name, dataset in strips]
    heights = [max(len(tie_parts(label)) for *_, label in found) + 0.6 for _, found in runs]
    figure = Figure(figsize=(FULL_WIDTH, 1.35 * len(players) + 0.085 * sum(heights) + 0.75))
    grid = figure.add_gridspec(
        len(players) + 1,
        2,
        height_ratios=(*(1.35 for _ in players), 0.085 * sum(heights)),
        left=0.085,
        right=0.868,
        top=0.945,
        bottom=0.085,
        wspace=0.72,
        hspace=0.2,
    )
    for row, player in enumerate(players):
        left, right = figure.add_subplot(grid[row, 0]), figure.add_subplot(grid[row, 1])
        _draw_payoffs(left, selected, everything, axis, move, player, actions)
        _draw_changes(right, selected, axis, move, player, actions)
        left.set_ylabel(drawable(f"{player}'s payoff"))
        right.set_ylabel(drawable(f"{player}'s change"))
        for axes in (left, right):
            axes.set_xticklabels([])
        if row == 0:
            titles = ("a  payoff", f"b  change against {_baseline(selected)}")
            for axes, title in zip((left, right), titles, strict=True):
                axes.set_title(drawable(title), loc="left", fontweight="bold")
    x = [float(value) for value in selected[axis].values]
    for column in range(2):
        strip = figure.add_subplot(grid[len(players), column])
        _draw_strips(strip, runs, heights, x)
        strip.set_xlabel(drawable(str(selected[axis].attrs.get("label", axis))))
        if column == 0:
            strip.set_ylabel("regime")
    figure.align_ylabels()
    figure.text(
        0.995,
        0.995,
        drawable(f"lines: {selected.attrs['selection']}; bands: {everything.attrs['selection']}"),
        ha="right",
        va="top",
        fontsize=6.5,
    )
    return figure


def _baseline(dataset: xarray.Dataset) -> str:
    return str(dataset.attrs["baseline"]).partition("=")[2]


def _draw_payoffs(
    axes: Axes,
    selected: xarray.Dataset,
    everything: xarray.Dataset,
    axis: str,
    move: str,
    player: str,
    actions: Sequence[str],
) -> None:
    x = selected[axis].values
    labels = []
    for k, action in enumerate(actions):
        colour = COLOURS[k % len(COLOURS)]
        place = {move: action, "player": player}
        low = everything["payoff_min"].sel(place).values
        high = everything["payoff_max"].sel(place).values
        several = everything["equilibria"].sel({move: action}).values > 1
        axes.fill_between(
            x, low, high, where=several & (high > low), color=colour, alpha=0.13, lw=0, step="mid"
        )
        y = selected["payoff_min"].sel(place).values
        _broken_line(axes, x, y, selected["regime"].sel({move: action}).values, k)
        labels.append((float(y[-1]), action, colour))
    _frame(axes, x)
    label_lines(axes, labels, x=float(x[-1]))


def _draw_changes(
    axes: Axes, selected: xarray.Dataset, axis: str, move: str, player: str, actions: Sequence[str]
) -> None:
    x = selected[axis].values
    labels = []
    for k, action in enumerate(actions):
        y = selected["payoff_change_min"].sel({move: action, "player": player}).values
        _broken_line(axes, x, y, selected["regime"].sel({move: action}).values, k)
        labels.append((float(y[-1]), action, COLOURS[k % len(COLOURS)]))
    _frame(axes, x)
    label_lines(axes, labels, x=float(x[-1]))


def _frame(axes: Axes, x: Any) -> None:
    axes.set_xlim(float(x[0]), float(x[-1]))
    axes.margins(y=0.08)
    axes.autoscale(axis="y")


def _broken_line(axes: Axes, x: Any, y: Any, codes: Any, k: int) -> None:
    """Draw a line that is interrupted where the regime changes, for there payoffs jump."""
    breaks = np.flatnonzero(np.diff(codes)) + 1
    for run in np.split(np.arange(len(x)), breaks):
        axes.plot(
            x[run],
            y[run],
            color=COLOURS[k % len(COLOURS)],
            linestyle=LINES[k % len(LINES)],
            solid_capstyle="butt",
            marker="." if len(run) == 1 else None,
            markersize=2,
        )


def regime_runs(dataset: xarray.Dataset, axis: str) -> list[tuple[float, float, str]]:
    """Return (start, end, label) of the runs of points with the same regime along an axis."""
    x, codes = dataset[axis].values, dataset["regime"].values
    labels = regime_labels(dataset)
    edges = np.concatenate(([x[0]], (x[1:] + x[:-1]) / 2, [x[-1]]))
    runs = []
    for run in np.split(np.arange(len(x)), np.flatnonzero(np.diff(codes)) + 1):
        code = int(codes[run[0]])
        label = labels[code] if code >= 0 else "none"
        runs.append((float(edges[run[0]]), float(edges[run[-1] + 1]), label))
    return runs


def _draw_strips(
    axes: Axes,
    strips: Sequence[tuple[str, list[tuple[float, float, str]]]],
    heights: Sequence[float],
    x: Sequence[float],
) -> None:
    """Mark the equilibrium regime along the axis, one row a selection."""
    span = x[-1] - x[0]
    top = sum(heights)
    for (name, runs), height in zip(strips, heights, strict=True):
        bottom = top - height
        for start, end, label in runs:
            parts = tie_parts(label)
            shade = "0.87" if len(parts) > 1 else "1.0"
            axes.fill_between([start, end], bottom, top, fc=shade, ec="0.4", lw=0.4)
            if end - start > 0.06 * span:
                text = drawable("\n".join(parts))
                middle = ((start + end) / 2, (bottom + top) / 2)
                axes.text(*middle, text, ha="center", va="center", fontsize=4.8, linespacing=1.05)
        axes.text(
            x[-1] + 0.03 * span, (bottom + top) / 2, name, ha="left", va="center", fontsize=6.5
        )
        top = bottom
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(0, sum(heights))
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
