"""Sweeps in words and JSON: what was written, and which regimes appear where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.formats.datasets import regime_labels

if TYPE_CHECKING:
    import xarray

__all__ = ["sweep_document", "sweep_lines"]


def sweep_document(dataset: xarray.Dataset, out: Path) -> dict[str, Any]:
    """Return a summary of a sweep as JSON values, schema ``negotiation/sweep/1``."""
    import numpy as np

    labels = regime_labels(dataset)
    codes, counts = np.unique(dataset["regime"].values, return_counts=True)
    regimes = {
        labels[code] if code >= 0 else "": int(count)
        for code, count in zip(codes, counts, strict=True)
    }
    return {
        "schema": "negotiation/sweep/1",
        "model": dataset.attrs["model"],
        "fingerprint": dataset.attrs["fingerprint"],
        "concept": dataset.attrs["concept"],
        "selection": dataset.attrs["selection"],
        "out": str(out),
        "dimensions": {str(name): int(size) for name, size in dataset.sizes.items()},
        "variables": [str(name) for name in dataset.data_vars],
        "points": int(dataset["equilibria"].size),
        "regimes": regimes,
        "several": int((dataset["equilibria"].values > 1).sum()),
        "incomplete": int((dataset["complete"].values == 0).sum()),
    }


def sweep_lines(dataset: xarray.Dataset, out: Path) -> Iterator[str]:
    """Yield the summary for a person."""
    document = sweep_document(dataset, out)
    yield f"wrote {out}: {_points(document['points'])}; {', '.join(document['variables'])}"
    for label, count in document["regimes"].items():
        yield f"  {label or 'no equilibrium'}: {_points(count)}"
    if document["several"]:
        yield f"  several outcomes at {_points(document['several'])}"
    if document["incomplete"]:
        yield f"  not complete at {_points(document['incomplete'])}: see the variable complete"
    yield f"concept {document['concept']}, selection {document['selection']}"


def _points(count: int) -> str:
    return f"{count:,} point{'s' if count != 1 else ''}"
