"""Maps: the equilibrium regime over two parameters, labels inside the regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from scipy.ndimage import distance_transform_edt

from negotiation.formats.datasets import regime_labels
from negotiation.plotting.style import HALF_WIDTH, drawable

if TYPE_CHECKING:
    import xarray

__all__ = ["Boundary", "plot_regime_map"]

Boundary = tuple[str, Sequence[float], Sequence[float]]
"""Label, x and y of a line."""

SHADES = ("#F2F2F2", "#9ECAE1", "#FDD49E", "#C7E9C0", "#DADAEB", "#FCBBA1")


def plot_regime_map(
    dataset: xarray.Dataset, *, x: str, y: str, boundaries: Sequence[Boundary] = ()
) -> Figure:
    """Draw the regime of a sweep over two axes.

    Parameters
    ----------
    dataset : xarray.Dataset
        Sweep over `x` and `y`; each point is drawn as a cell around it.
    boundaries : sequence of (label, x, y)
        Lines from a closed form, drawn over the map.

    Returns
    -------
    matplotlib.figure.Figure
        3.5 inches wide.
    """
    codes = dataset["regime"].transpose(y, x).values
    labels = regime_labels(dataset)
    present = sorted({int(code) for code in codes.ravel()})
    ranks = np.searchsorted(present, codes)
    figure = Figure(figsize=(HALF_WIDTH, 2.9))
    axes = figure.add_axes((0.15, 0.15, 0.81, 0.75))
    axes.pcolormesh(
        _edges(dataset[x].values),
        _edges(dataset[y].values),
        ranks,
        cmap=ListedColormap(SHADES[: len(present)]),
        vmin=-0.5,
        vmax=len(present) - 0.5,
        rasterized=True,
    )
    for label, xs, ys in boundaries:
        axes.plot(xs, ys, color="black", lw=1.0, label=drawable(label))
    for rank, code in enumerate(present):
        label = labels[code] if code >= 0 else "no equilibrium"
        row, column = _inside(ranks == rank)
        axes.text(
            float(dataset[x].values[column]),
            float(dataset[y].values[row]),
            drawable(label.replace(" | ", "\n")),
            ha="center",
            va="center",
            fontsize=7,
        )
    axes.set_xlim(float(dataset[x].values[0]), float(dataset[x].values[-1]))
    axes.set_ylim(float(dataset[y].values[0]), float(dataset[y].values[-1]))
    axes.set_xlabel(drawable(str(dataset[x].attrs.get("label", x))))
    axes.set_ylabel(drawable(str(dataset[y].attrs.get("label", y))))
    if boundaries:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False, fontsize=6.5, borderpad=0.1
        )
    return figure


def _edges(points: Any) -> Any:
    """Return the borders of the cells around the points of an axis."""
    middle = (points[1:] + points[:-1]) / 2
    return np.concatenate(([points[0]], middle, [points[-1]]))


def _inside(mask: Any) -> tuple[int, int]:
    """Return the cell of a region that is farthest from its border."""
    padded = np.pad(mask, 1)
    depth = distance_transform_edt(padded)[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(depth)), mask.shape)
    return int(row), int(column)
