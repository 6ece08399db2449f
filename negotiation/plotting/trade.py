"""China's exports by destination over the years, with the corrected cells marked."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from negotiation.facts import Correction, TradeYear
from negotiation.plotting.style import COLOURS, FULL_WIDTH, LINES, drawable, label_lines

__all__ = ["plot_exports"]

PARTNERS = (("japan", "Japan"), ("eu", "EU"), ("us", "US"))


def plot_exports(corrected: Sequence[TradeYear], corrections: Sequence[Correction]) -> Figure:
    """Draw value and share of China's exports to three destinations.

    Parameters
    ----------
    corrected : sequence of TradeYear
        The table with the wrong cells repaired.
    corrections : sequence of Correction
        The cells that differ; each is marked with its printed value.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide: values in million USD, shares in per cent.
    """
    figure = Figure(figsize=(FULL_WIDTH, 2.6))
    grid = figure.add_gridspec(1, 2, left=0.075, right=0.935, top=0.9, bottom=0.15, wspace=0.36)
    panels = (("value", "a  value, million USD"), ("share", "b  share of China's exports, %"))
    for column, (kind, title) in enumerate(panels):
        axes = figure.add_subplot(grid[0, column])
        _draw(axes, kind, corrected, corrections)
        axes.set_title(title, loc="left", fontweight="bold")
        axes.set_xlabel("year")
    return figure


def _draw(
    axes: Axes,
    kind: str,
    corrected: Sequence[TradeYear],
    corrections: Sequence[Correction],
) -> None:
    years = [row.year for row in corrected]
    labels = []
    for k, (partner, name) in enumerate(PARTNERS):
        series = [float(getattr(row, kind)(partner)) for row in corrected]
        axes.plot(years, series, color=COLOURS[k], linestyle=LINES[k])
        labels.append((series[-1], name, COLOURS[k]))
    axes.set_xlim(years[0], years[-1])
    for correction in corrections:
        partner, _, column_kind = str(correction.column).partition("_")
        if column_kind.startswith(kind):
            _mark(axes, correction, [name for name, _ in PARTNERS].index(partner))
    axes.set_ylim(0, None)
    label_lines(axes, labels, x=float(years[-1]))
    axes.set_xticks([year for year in years if year % 5 == 0])


def _mark(axes: Axes, correction: Correction, k: int) -> None:
    year, new, old = correction.year, float(correction.corrected), float(correction.printed)
    axes.plot([year], [new], marker="o", ms=4.5, mfc="white", mec=COLOURS[k], mew=1.2, zorder=5)
    axes.plot([year], [old], marker="x", ms=4.5, color=COLOURS[k], mew=1.2, zorder=5)
    axes.annotate(
        drawable(f"{year}: printed {old:g}, used {new:g}"),
        xy=(year, old),
        xytext=(0.44, 0.93),
        textcoords="axes fraction",
        fontsize=6.2,
        va="center",
        arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "0.4", "shrinkB": 3},
    )
