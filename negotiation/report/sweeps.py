"""Sweeps in words and JSON: what was written, and which regimes appear where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray

    from negotiation.analysis.sweeps.plan import SweepPlan
    from negotiation.analysis.sweeps.tally import Tally

__all__ = ["sweep_document", "sweep_lines"]

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
    return {
        "schema": "negotiation/sweep/1",
        "model": dataset.attrs["model"],
        "fingerprint": dataset.attrs["fingerprint"],
        "concept": dataset.attrs["concept"],
        "selection": dataset.attrs["selection"],
        "out": str(out),
        "dimensions": {str(name): int(size) for name, size in dataset.sizes.items()},
        "variables": [
            str(name)
            for name in dataset.data_vars
            if out.suffix != ".csv" or name in COLUMNS_OF_CSV
        ],
        "points": tally.points,
        "regimes": {
            label: tally.regimes[mask] for mask, label in label_of.items() if mask in tally.regimes
        },
        "several": tally.several,
        "incomplete": tally.incomplete,
    }


def sweep_lines(plan: SweepPlan, dataset: xarray.Dataset, tally: Tally, out: Path) -> Iterator[str]:
    """Yield the summary for a person."""
    document = sweep_document(plan, dataset, tally, out)
    yield f"wrote {out}: {_points(document['points'])}; {', '.join(document['variables'])}"
    nothing = "no equilibrium"
    if plan.sample is not None:
        nothing += ", or outside the domain (inside = 0)"
    for label, count in document["regimes"].items():
        yield f"  {label or nothing}: {_points(count)}"
    if document["several"]:
        yield f"  several outcomes at {_points(document['several'])}"
    if document["incomplete"]:
        yield f"  not complete at {_points(document['incomplete'])}: see the variable complete"
    yield f"concept {document['concept']}, selection {document['selection']}"


def _points(count: int) -> str:
    return f"{count:,} point{'s' if count != 1 else ''}"
