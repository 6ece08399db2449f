"""The value of being allowed to discriminate against the coalition's threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from negotiation.plotting.style import COLOURS, FULL_WIDTH, LINES, drawable

__all__ = ["plot_discrimination_value"]

Series = Mapping[int, Sequence[tuple[int, float]]]
"""Number of importers to (threshold, value) pairs."""


def plot_discrimination_value(panels: Mapping[str, Series], note: str) -> Figure:
    """Draw one panel a timing, one line a number of importers.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide.
    """
    figure = Figure(figsize=(FULL_WIDTH, 2.7))
    grid = figure.add_gridspec(
        1, len(panels), left=0.07, right=0.93, top=0.86, bottom=0.16, wspace=0.32
    )
    for column, (title, series) in enumerate(panels.items()):
        axes = figure.add_subplot(grid[0, column])
        labels = []
        for k, (count, points) in enumerate(series.items()):
            colour, dashes = COLOURS[k], LINES[k % len(LINES)]
            xs, ys = [float(t) for t, _ in points], [value for _, value in points]
            axes.plot(xs, ys, marker="o", ms=3, color=colour, linestyle=dashes)
            labels.append((xs[-1], ys[-1], f"n = {count}", COLOURS[k]))
        axes.margins(y=0.1)
        highest = max(count for count in series)
        axes.set_xlim(1.8, highest + 0.2)
        axes.set_xticks(range(2, highest + 1))
        for x, y, text, colour in labels:
            axes.annotate(
                drawable(text),
                (x, y),
                xytext=(5, 0),
                textcoords="offset points",
                fontsize=6.2,
                color=colour,
                va="center",
                annotation_clip=False,
            )
        axes.set_xlabel("coalition threshold $T$")
        if column == 0:
            axes.set_ylabel("gain of China")
        axes.set_title(drawable(f"{'ab'[column]}  {title}"), loc="left", fontweight="bold")
    figure.text(0.995, 0.985, drawable(note), ha="right", va="top", fontsize=6.5)
    return figure
