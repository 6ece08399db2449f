"""Branches of equilibria along an axis: one player's payoff above, where each is there below.

Branches have numbers, for several may give a player the same payoff. The numbers stand where lines
end, and name the rows below. Lines differ in colour, dashes and width, so that they can be told
apart in grey and where one lies on another. In the rows a circle marks where a branch begins, a
cross where it ends, and a vertical leads from a square to the branch that it merges with, splits
from or goes over into.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from negotiation.analysis.sweeps.branches import Branch, Branches, Event, Span
from negotiation.plotting.style import COLOURS, FULL_WIDTH, LINES, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_branches"]

MARKS = {"birth": "o", "death": "x", "merge": "s", "split": "s", "continuation": "s"}
THICK, THIN, ROW_WIDTH = 3.2, 1.0, 1.6
PAYOFFS, ROW, MARGIN = 2.2, 0.215, 0.45
"""Heights in inches: of the payoffs, of a row, of what stands between and below."""
SIZE = 6.0
WIDEST = 125
"""Letters in the name of a row."""
LEFT, RIGHT = 0.085, 0.935
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8}
KEY = "\N{WHITE CIRCLE} begins   \N{MULTIPLICATION SIGN} ends   \N{WHITE SQUARE} meets another"
GAP = 0.05
"""Share of the axis that the numbers above two verticals keep apart."""


def plot_branches(
    found: Branches, player: str | None = None, *, label: str | None = None
) -> Figure:
    """Draw the payoff of a player on each branch, and where the branches are there.

    Parameters
    ----------
    found : Branches
        From :func:`negotiation.analysis.sweeps.branches.track`; with a hundred points the lines
        are smooth.
    player : str, optional
        The first by default.
    label : str, optional
        Of the axis; by default its name.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide.

    Raises
    ------
    ValueError
        If there is no such player.
    """
    player = found.players[0] if player is None else player
    if player not in found.players:
        raise ValueError(f"{player} is no player of {found.model}: {', '.join(found.players)}")
    rows = ROW * (len(found.branches) + 0.3)
    height = 0.3 + PAYOFFS + 0.1 + rows + MARGIN
    figure = Figure(figsize=(FULL_WIDTH, height))
    bottom = MARGIN / height
    strip = figure.add_axes((LEFT, bottom, RIGHT - LEFT, rows / height))
    above = bottom + (rows + 0.1) / height
    axes = figure.add_axes((LEFT, above, RIGHT - LEFT, PAYOFFS / height), sharex=strip)
    axes.set_xlim(float(found.points[0]), float(found.points[-1]))
    _draw_payoffs(axes, found, player)
    _draw_rows(strip, found)
    _mark_places((axes, strip), found)
    axes.set_ylabel(drawable(f"{player}'s payoff"))
    axes.tick_params(labelbottom=False)
    strip.set_xlabel(drawable(label or found.axis))
    figure.text(RIGHT, 0.04 / height, KEY, ha="right", va="bottom", fontsize=SIZE)
    return figure


# -- payoffs ------------------------------------------------------------------------------------


def _draw_payoffs(axes: Axes, found: Branches, player: str) -> None:
    last = max(1, len(found.branches) - 1)
    ends: dict[tuple[float, float], list[str]] = {}
    for k, branch in enumerate(found.branches):
        for span in branch.spans:
            x, y = _line(found, branch, span, player)
            width = THICK + (THIN - THICK) * k / last
            axes.plot(x, y, **_look(k, span, width), zorder=2 + k / 100)
            ends.setdefault((round(x[-1], 12), round(y[-1], 12)), []).append(str(k + 1))
    axes.margins(y=0.1)
    axes.autoscale(axis="y")
    edge = float(found.points[-1])
    for (end, height), numbers in ends.items():
        at_edge = end >= edge
        axes.annotate(
            ", ".join(numbers),
            (end, height),
            xytext=(4, 0) if at_edge else (3, 3),
            textcoords="offset points",
            ha="left",
            va="center" if at_edge else "bottom",
            fontsize=SIZE,
            annotation_clip=False,
            bbox=PAPER,
            zorder=4,
        )


def _look(position: int, span: Span, width: float) -> dict[str, Any]:
    look = {"color": COLOURS[position % len(COLOURS)]}
    if span.low == span.high:
        return look | {"marker": ".", "markersize": 4.5}
    return look | {
        "linestyle": LINES[position % len(LINES)],
        "linewidth": width,
        "dash_capstyle": "butt",
        "solid_capstyle": "butt",
    }


def _line(
    found: Branches, branch: Branch, span: Span, player: str
) -> tuple[list[float], list[float]]:
    """Return the ends of a span and the points between them."""
    low, high = float(span.low), float(span.high)
    x, y = [low], [span.low_payoffs[player]]
    for point, value in zip(found.points, branch.payoffs[player], strict=True):
        if value is not None and low < point < high:
            x.append(float(point))
            y.append(float(value))
    return [*x, high], [*y, span.high_payoffs[player]]


# -- rows ---------------------------------------------------------------------------------------


def _draw_rows(strip: Axes, found: Branches) -> None:
    """Draw a row a branch: its name above its spans, what happens to it at their ends."""
    left, right = strip.get_xlim()
    strip.set_ylim(len(found.branches) + 0.15, -0.15)
    strip.set_yticks([])
    strip.spines["left"].set_visible(False)
    for k, branch in enumerate(found.branches):
        y = _row(k)
        strip.text(
            left,
            y - 0.2,
            drawable(_named(branch)),
            va="bottom",
            ha="left",
            fontsize=SIZE,
            bbox=PAPER,
            zorder=4,
        )
        strip.text(
            left - 0.012 * (right - left), y, str(k + 1), va="center", ha="right", fontsize=SIZE
        )
        for span in branch.spans:
            ends = (float(span.low), float(span.high))
            strip.plot(ends, (y, y), **_look(k, span, ROW_WIDTH), clip_on=False)
    for event in found.events:
        x, y = _end(event), _row(event.branch)
        if event.other is not None:
            strip.plot((x, x), (y, _row(event.other)), color="0.35", linewidth=0.5, zorder=3)
        strip.plot(
            x,
            y,
            MARKS[event.kind],
            color="black",
            markerfacecolor="white",
            markeredgewidth=0.7,
            markersize=3.6,
            zorder=5,
            clip_on=False,
        )


def _row(number: int) -> float:
    return number + 0.75


def _named(branch: Branch) -> str:
    regimes = " | ".join(regime for regime in branch.regimes if regime)
    text = f"{branch.short_name}  [{regimes}]" if regimes else branch.short_name
    return textwrap.shorten(text, WIDEST, placeholder=" ...")


def _end(event: Event) -> float:
    """Return where on the axis the branch of an event begins or ends, as far as it is known."""
    if event.at is not None:
        return float(event.at)
    assert event.between is not None
    return float(event.between[1 if event.kind == "birth" else 0])


def _mark_places(both: Sequence[Axes], found: Branches) -> None:
    """Draw a vertical where something happens, with the number above it."""
    places: Mapping[float, str] = dict(map(_where, found.events))
    low, high = both[0].get_xlim()
    free = [low - high, low - high]
    for x, text in sorted(places.items()):
        for axes in both:
            axes.axvline(x, color="0.6", linewidth=0.5, linestyle=":", zorder=0)
        width = GAP * (high - low) * max(1.0, len(text) / 7)
        level = next((k for k, end in enumerate(free) if x - end > width), None)
        if level is not None:
            free[level] = x
            both[0].annotate(
                drawable(text),
                (x, 1.0),
                xytext=(0, 2 + 7 * level),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=SIZE,
                color="0.3",
            )


def _where(event: Event) -> tuple[float, str]:
    """Return the place of an event, or the middle of the points around it, and its text."""
    if event.at is not None:
        return float(event.at), f"{float(event.at):.4g}"
    assert event.between is not None
    low, high = map(float, event.between)
    return (low + high) / 2, f"{low:.4g} to {high:.4g}"
