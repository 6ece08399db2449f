"""Tallies: what a summary says of a sweep, counted block by block and added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from negotiation.analysis.sweeps.blocks import Block
from negotiation.analysis.sweeps.branch_codes import branch_places
from negotiation.analysis.sweeps.codes import runs_of

__all__ = ["Tally", "tally_of", "total"]


@dataclass(frozen=True)
class Tally:
    """Counts over the points of some blocks.

    Attributes
    ----------
    points : int
    open : int
        Points that have a game.
    several, incomplete : int
        Points with more than one equilibrium; with a solution that may lack some.
    widest : int
        Most equilibria of one point.
    regimes : mapping
        Set of labels, one bit each, to the number of points that have it.
    branches : mapping or None
        Key of each branch to the first point that has it; None where blocks have no keys.
    incomplete_kinds : mapping
        Of the incomplete points: (set of labels, number of equilibria) to the number of points
        that have both, and the first of them.
    """

    points: int = 0
    open: int = 0
    several: int = 0
    incomplete: int = 0
    widest: int = 0
    regimes: Mapping[int, int] = field(default_factory=dict)
    branches: Mapping[int, int] | None = field(default_factory=dict)
    incomplete_kinds: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            **vars(self),
            "regimes": list(map(list, self.regimes.items())),
            "branches": None if self.branches is None else list(map(list, self.branches.items())),
            "incomplete_kinds": [[*kind, *found] for kind, found in self.incomplete_kinds.items()],
        }

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> Tally:
        """Return the tally of :meth:`to_dict`."""
        branches = document["branches"]
        known = {
            "regimes": {int(mask): int(count) for mask, count in document["regimes"]},
            "branches": None if branches is None else {int(k): int(place) for k, place in branches},
            "incomplete_kinds": {
                (int(mask), int(count)): (int(points), int(first))
                for mask, count, points, first in document["incomplete_kinds"]
            },
        }
        return Tally(**{**document, **known})


def tally_of(block: Block) -> Tally:
    """Return the counts over the points of a block."""
    firsts, lengths = runs_of(block.regimes)
    masks, places = np.unique(block.regimes[firsts], return_inverse=True)
    counts = np.zeros(len(masks), np.int64)
    np.add.at(counts, places, lengths)
    return Tally(
        points=block.stop - block.start,
        open=int(block.open.sum()),
        several=int((block.counts > 1).sum()),
        incomplete=int((~block.complete).sum()),
        widest=int(block.counts.max(initial=0)),
        regimes={int(mask): int(count) for mask, count in zip(masks, counts, strict=True)},
        branches=(
            None
            if block.outcomes is None
            else branch_places(block.counts, block.outcomes, block.start)
        ),
        incomplete_kinds=_incomplete_kinds(block),
    )


def _incomplete_kinds(block: Block) -> dict[tuple[int, int], tuple[int, int]]:
    places = np.flatnonzero(~block.complete)
    if not len(places):
        return {}
    kinds, firsts, points = np.unique(
        np.stack([block.regimes[places], block.counts[places]]),
        axis=1,
        return_index=True,
        return_counts=True,
    )
    return {
        (int(mask), int(count)): (int(size), block.start + int(places[first]))
        for (mask, count), size, first in zip(kinds.T, points, firsts, strict=True)
    }


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies; it does not depend on their order."""
    points = opened = several = incomplete = widest = 0
    regimes: dict[int, int] = {}
    branches: dict[int, int] | None = {}
    kinds: dict[tuple[int, int], tuple[int, int]] = {}
    for tally in tallies:
        points, opened = points + tally.points, opened + tally.open
        several, incomplete = several + tally.several, incomplete + tally.incomplete
        widest = max(widest, tally.widest)
        for mask, count in tally.regimes.items():
            regimes[mask] = regimes.get(mask, 0) + count
        for kind, (size, first) in tally.incomplete_kinds.items():
            before, earliest = kinds.get(kind, (0, first))
            kinds[kind] = before + size, min(earliest, first)
        if branches is None or tally.branches is None:
            branches = None
        else:
            for key, place in tally.branches.items():
                branches[key] = min(place, branches.get(key, place))
    ordered = None if branches is None else dict(sorted(branches.items()))
    return Tally(
        points,
        opened,
        several,
        incomplete,
        widest,
        dict(sorted(regimes.items())),
        ordered,
        dict(sorted(kinds.items())),
    )
