"""Figure: controls, relief and talks of 2025 in the order of time.

Events of the facts table with at least the precision of a month; those on which the documents
disagree are hollow. Run: python figures/timeline_2025.py --out out
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

from negotiation.facts import conflicts, events
from negotiation.formats.datasets import whole_file
from negotiation.plotting.style import journal_style, save
from negotiation.plotting.timeline import KINDS, event_span, plot_timeline

SHOWN = frozenset().union(*(actions for _, actions, _, _ in KINDS))


def draw(out: Path, progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """Write the figure and its data."""
    del progress
    chosen = [
        event
        for event in events()
        if event.date.startswith("2025")
        and event.precision in ("day", "month")
        and event.instrument
        and SHOWN & set(event.actions)
    ]
    disputed = {identifier for conflict in conflicts() for identifier in conflict.events}
    with journal_style():
        written = save(plot_timeline(chosen, disputed), out / "timeline_2025")
    table = out / "timeline_2025.csv"
    with (
        whole_file(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(
            ["id", "first_day", "last_day", "actors", "instrument", "disputed", "sources"]
        )
        for event in sorted(chosen, key=event_span):
            listed = (" ".join(event.actors), event.instrument, event.id in disputed)
            writer.writerow([event.id, *event_span(event), *listed, " ".join(event.sources)])
    return [*written, table]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
