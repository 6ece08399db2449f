"""Chunks: a grid of points cut into boxes, each a run of consecutive points.

In C order a box holds consecutive points if it is whole along its last dimensions, a part of one
dimension, and a single place along those before. A sweep is solved, sent and stored chunk by chunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

__all__ = ["LARGEST", "Chunks", "divided"]

SMALLEST, LARGEST = 1_024, 131_072
"""Points of a chunk, by default: enough to make its cost small, few enough to be lost or held."""
USUAL = 32
"""Chunks of a grid of middling size, so that several workers have something to do."""


@dataclass(frozen=True)
class Chunks:
    """A grid cut into chunks.

    Attributes
    ----------
    grid : tuple of int
        Number of places along each dimension.
    shape : tuple of int
        That of a chunk; the last one along a dimension may be smaller.
    """

    grid: tuple[int, ...]
    shape: tuple[int, ...]

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return tuple(-(-n // size) for n, size in zip(self.grid, self.shape, strict=True))

    @cached_property
    def number(self) -> int:
        """Number of chunks."""
        return math.prod(self.counts)

    def place(self, chunk: int) -> tuple[int, ...]:
        """Return the place of a chunk among the chunks along each dimension."""
        found = []
        for count in self.counts[::-1]:
            chunk, k = divmod(chunk, count)
            found.append(k)
        return tuple(found[::-1])

    def region(self, chunk: int) -> tuple[slice, ...]:
        """Return the box of a chunk."""
        boxes = zip(self.place(chunk), self.shape, self.grid, strict=True)
        return tuple(slice(k * size, min((k + 1) * size, n)) for k, size, n in boxes)

    def span(self, chunk: int) -> tuple[int, int]:
        """Return the number of the first point of a chunk, and that after its last."""
        first = last = 0
        for box, n in zip(self.region(chunk), self.grid, strict=True):
            first, last = first * n + box.start, last * n + box.stop - 1
        return first, last + 1


def divided(grid: tuple[int, ...], most: int | None = None) -> Chunks:
    """Return a grid cut into chunks of at most `most` points, of nearly equal size.

    By default the number of points of a chunk depends on that of the grid alone.
    """
    if most is None:
        most = min(max(math.prod(grid) // USUAL, SMALLEST), LARGEST)
    whole = 1
    for k in range(len(grid) - 1, -1, -1):
        if whole * grid[k] > most:
            pieces = -(-grid[k] // max(1, most // whole))
            return Chunks(grid, (*(1,) * k, -(-grid[k] // pieces), *grid[k + 1 :]))
        whole *= grid[k]
    return Chunks(grid, grid)
