"""Membership: which members are exempted as a parameter varies."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from matplotlib.figure import Figure

from negotiation.plotting.style import COLOURS, FULL_WIDTH, drawable

__all__ = ["Presence", "plot_membership"]

Presence = tuple[str, Sequence[float], Sequence[frozenset[str] | None]]
"""Label of an axis, its points, and the members exempted at each (None if it is not unique)."""


def plot_membership(panels: Sequence[Presence], members: Sequence[str], note: str) -> Figure:
    """Draw one panel an axis, one row a member, filled where the member is exempted.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide.
    """
    figure = Figure(figsize=(FULL_WIDTH, 0.32 * len(members) + 0.95))
    grid = figure.add_gridspec(
        1, len(panels), left=0.06, right=0.985, top=0.86, bottom=0.25, wspace=0.16
    )
    for column, (label, points, chosen) in enumerate(panels):
        axes = figure.add_subplot(grid[0, column])
        edges = [
            points[0],
            *((a + b) / 2 for a, b in itertools.pairwise(points)),
            points[-1],
        ]
        for row, member in enumerate(members):
            height = len(members) - 1 - row
            axes.axhline(height, color="0.85", lw=0.5, zorder=0)
            for k, exempted in enumerate(chosen):
                colour = "0.8" if exempted is None else COLOURS[(row + 3) % len(COLOURS)]
                if exempted is None or member in exempted:
                    axes.fill_between(
                        [edges[k], edges[k + 1]], height - 0.33, height + 0.33, color=colour, lw=0
                    )
        axes.set_xlim(points[0], points[-1])
        axes.set_ylim(-0.6, len(members) - 0.4)
        axes.set_yticks(range(len(members)), [drawable(m) for m in reversed(members)])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(drawable(label))
        axes.set_title("abcdef"[column], loc="left", fontweight="bold")
    figure.text(0.995, 0.985, drawable(note), ha="right", va="top", fontsize=6.5)
    return figure
