"""Events of a year in the order of time, one row an event."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Collection, Sequence

from matplotlib.figure import Figure

from negotiation.facts import Event
from negotiation.plotting.style import COLOURS, FULL_WIDTH, drawable

__all__ = ["KINDS", "event_span", "plot_timeline"]

KINDS = (
    (
        "control or retaliation",
        frozenset({"control", "retaliate", "seize", "tariff"}),
        COLOURS[1],
        "s",
    ),
    ("relief", frozenset({"exempt", "suspend", "license", "open-channel"}), COLOURS[3], "o"),
    ("talks", frozenset({"negotiate", "agree"}), COLOURS[6], "^"),
)


def event_span(event: Event) -> tuple[datetime.date, datetime.date]:
    """Return first and last day on which an event may have happened, by its precision."""
    parts = [int(part) for part in event.date.split("-")]
    if event.precision == "day":
        day = datetime.date(*parts)
        return day, day
    if event.precision == "month":
        last = calendar.monthrange(parts[0], parts[1])[1]
        return datetime.date(parts[0], parts[1], 1), datetime.date(parts[0], parts[1], last)
    return datetime.date(parts[0], 1, 1), datetime.date(parts[0], 12, 31)


def _day(date: datetime.date) -> float:
    return float(date.toordinal())


def _kind(event: Event) -> tuple[str, str]:
    """Return colour and marker; relief goes before control where an act is both."""
    for _, actions, colour, marker in (KINDS[1], KINDS[0], KINDS[2]):
        if actions & set(event.actions):
            return colour, marker
    return "0.4", "D"


def plot_timeline(events: Sequence[Event], disputed: Collection[str]) -> Figure:
    """Draw events over time; those on which documents disagree are hollow.

    Parameters
    ----------
    events : sequence of Event
        With a date of day or month precision; a month is drawn as a bar.
    disputed : collection of str
        Ids of events on which documents disagree.

    Returns
    -------
    matplotlib.figure.Figure
        7.2 inches wide.
    """
    ordered = sorted(events, key=event_span)
    spans = [tuple(map(_day, event_span(event))) for event in ordered]
    figure = Figure(figsize=(FULL_WIDTH, 0.165 * len(ordered) + 0.75))
    axes = figure.add_axes(
        (0.035, 0.36 / figure.get_figheight(), 0.945, 1 - 0.72 / figure.get_figheight())
    )
    first, last = spans[0][0], spans[-1][1]
    for row, event in enumerate(ordered):
        start, end = spans[row]
        colour, marker = _kind(event)
        face = "white" if event.id in disputed else colour
        at = (start + end) / 2
        if start != end:
            axes.plot([start, end], [-row, -row], color=colour, lw=2.5, alpha=0.35, zorder=1)
        axes.plot(
            [at],
            [-row],
            marker=marker,
            ms=4.5,
            mec=colour,
            mfc=face,
            mew=1.1,
            ls="",
        )
        late = at > (first + last) / 2
        edge = start if late else end
        axes.annotate(
            drawable(f"{', '.join(event.actors)}: {event.instrument} ({_date_words(event)})"),
            xy=(edge, -row),
            xytext=(-6 if late else 6, 0),
            textcoords="offset points",
            ha="right" if late else "left",
            va="center",
            fontsize=6.2,
        )
    for label, _, colour, marker in KINDS:
        axes.plot([], [], marker=marker, ms=4.5, mec=colour, mfc=colour, ls="", label=label)
    axes.plot([], [], marker="o", ms=4.5, mec="0.3", mfc="white", ls="", label="documents disagree")
    axes.set_ylim(-len(ordered) + 0.3, 0.8)
    axes.set_xlim(first - 6, last + 6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    months = [
        datetime.date(year, month, 1)
        for year in sorted({int(event.date[:4]) for event in ordered})
        for month in range(1, 13)
    ]
    ticks = [(_day(month), f"{month:%b %Y}") for month in months if first <= _day(month) <= last]
    axes.set_xticks([x for x, _ in ticks], [label for _, label in ticks])
    axes.grid(axis="x", lw=0.3, color="0.85")
    axes.set_axisbelow(True)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=4,
        frameon=False,
        fontsize=6.5,
        handletextpad=0.2,
        borderpad=0,
    )
    return figure


def _date_words(event: Event) -> str:
    start, _ = event_span(event)
    return f"{start.day} {start:%b}" if event.precision == "day" else f"{start:%b}"
