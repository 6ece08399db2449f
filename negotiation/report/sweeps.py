"""Sweeps in words and JSON: what was written, and which regimes appear where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.formats.table_metadata import metadata_path

if TYPE_CHECKING:
    import xarray

    from negotiation.analysis.sweeps.plan import SweepPlan
    from negotiation.analysis.sweeps.tally import Tally

__all__ = ["incompleteness", "sweep_document", "sweep_lines", "whole_list_hint"]

CUT_OFF = "... and "
"""Begins the line that stands for events not shown."""

COLUMNS_OF_CSV = ("payoff", "payoff_change", "equilibria", "complete", "regime", "inside")
"""A table has one row an equilibrium: bounds and branches have no place there."""


def sweep_document(
    plan: SweepPlan, dataset: xarray.Dataset, tally: Tally, out: Path
) -> dict[str, Any]:
    """Return a summary of a sweep as JSON values, schema ``negotiation/sweep/1``.

    Parameters
    ----------
    plan : SweepPlan
    dataset : xarray.Dataset
        Its names, sizes and attributes are read, not its values.
    tally : Tally
        Of all its points.
    out : Path
    """
    from negotiation.analysis.sweeps.dataset import regime_codes

    codes = regime_codes(plan, tally.regimes)
    label_of = {0: ""} | dict(zip(codes.keys, codes.labels, strict=True))
    no_game = tally.points - tally.open
    points_of = dict(tally.regimes)
    points_of[0] = points_of.get(0, 0) - no_game  # Where there is no game there is no equilibrium.
    settings = json.loads(dataset.attrs["settings"])
    return {
        "schema": "negotiation/sweep/1",
        "model": dataset.attrs["model"],
        "fingerprint": dataset.attrs["fingerprint"],
        **settings,
        "out": str(out),
        "dimensions": {str(name): int(size) for name, size in dataset.sizes.items()},
        "variables": [
            str(name)
            for name in dataset.data_vars
            if out.suffix != ".csv" or name in COLUMNS_OF_CSV
        ],
        "points": tally.points,
        "regimes": {
            label: points_of[mask] for mask, label in label_of.items() if points_of.get(mask)
        },
        "no_game": no_game,
        "several": tally.several,
        "incomplete": tally.incomplete,
    }


def sweep_lines(plan: SweepPlan, dataset: xarray.Dataset, tally: Tally, out: Path) -> Iterator[str]:
    """Yield the summary for a person."""
    document = sweep_document(plan, dataset, tally, out)
    yield f"wrote {out}: {_points(document['points'])}; {', '.join(document['variables'])}"
    if out.suffix == ".csv":
        yield f"  what it means and depends on: {metadata_path(out)}"
    if document["no_game"]:
        marked = " (inside = 0)" if "inside" in document["variables"] else ""
        yield f"  {_no_game(plan)}{marked}: {_points(document['no_game'])}"
    for label, count in document["regimes"].items():
        yield f"  {label or 'no equilibrium'}: {_points(count)}"
    if document["several"]:
        yield f"  several outcomes at {_points(document['several'])}"
    if tally.incomplete:
        for depth, line in enumerate(incompleteness(dataset, tally)):
            yield f"{'    ' if depth else '  '}{line}"
    settings = f"concept {document['concept']}, selection {document['selection']}"
    for name in ("fixed", "baseline", "scenario", "sample"):
        if dataset.attrs.get(name):
            settings += f", {name} {dataset.attrs[name]}"
    yield settings


def incompleteness(dataset: xarray.Dataset, tally: Tally) -> Iterator[str]:
    """Yield at how many points an outcome may be missing, then a line for each reason."""
    yield f"not complete at {_points(tally.incomplete)}: see the variable complete"
    yield from dataset.attrs["incomplete_reasons"].splitlines()


def whole_list_hint(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines of events; where they are cut off, a last one says where all of them are."""
    last = ""
    for last in lines:
        yield last
    if last.startswith(CUT_OFF):
        yield "all of them: events of --json, or track of negotiation.analysis.sweeps.branches"


def _no_game(plan: SweepPlan) -> str:
    """Return what it means that there is no game at a point."""
    closed = "no such game" if plan.each is not None else ""
    outside = "outside the domain" if plan.sample is not None else ""
    return " or ".join(filter(None, (closed, outside)))


def _points(count: int) -> str:
    return f"{count:,} point{'s' if count != 1 else ''}"
