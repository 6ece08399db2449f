"""Figure: China's exports of rare-earth compounds to Japan, the EU and the US, 2001 to 2024.

The table of li-li-2026 with two cells repaired; both are marked with what was printed.
Run: python figures/exports.py --out out
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

from negotiation.facts import trade, trade_corrections
from negotiation.formats.datasets import whole_file
from negotiation.plotting.style import journal_style, save
from negotiation.plotting.trade import PARTNERS, plot_exports


def draw(out: Path, progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """Write the figure and its data."""
    del progress
    corrected, corrections = trade(), trade_corrections()
    with journal_style():
        written = save(plot_exports(corrected, corrections), out / "exports")
    table = out / "exports.csv"
    with (
        whole_file(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        names = [name for name, _ in PARTNERS]
        kinds = ("value", "share")
        writer.writerow(["year", *(f"{name}_{kind}" for name in names for kind in kinds)])
        for row in corrected:
            cells = [float(getattr(row, kind)(name)) for name in names for kind in kinds]
            writer.writerow([row.year, *cells])
    return [*written, table]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
