r"""Codes: which branch each equilibrium of a sweep belongs to, the same at every point.

Two equilibria of neighbouring points are of one branch if they reach the same histories with
positive probability. That can be told at each point alone, so it does not depend on the order in
which points are solved, nor on who solves them: the *key* of an equilibrium is

.. math:: 2^7\, h + r,

where h is the first 56 bits of SHA-256 of its histories (a sorted JSON list of lists of move and
action) and r its rank, from 0, among the equilibria of the point that reach the same histories,
ordered by the players' payoffs, the first player's first. With a thousand different outcomes two
have the same h with probability below 1e-11.

The rank is what a single point can tell. Where several equilibria share their histories and one of
them dies, the others may change rank; :func:`negotiation.analysis.sweeps.branches.track` tells them
apart by continuity along one axis.

In a dataset the keys become codes 0, 1, ...: branches that reach fewer histories first, then in
alphabetical order. They depend on which branches occur, not on where.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from negotiation.analysis.outcome_names import histories_text
from negotiation.analysis.sweeps.codes import NO_CODE, Codes, runs_of
from negotiation.analysis.sweeps.points import solve_points
from negotiation.errors import UsageError
from negotiation.formulas import nearest

if TYPE_CHECKING:
    import xarray

    from negotiation.analysis.sweeps.plan import SweepPlan
    from negotiation.solution import Equilibrium

__all__ = [
    "RANK_BITS",
    "LineEvent",
    "branch_codes",
    "branch_keys",
    "branch_places",
    "histories_code",
    "line_events",
    "outcome_code",
]

RANK_BITS = 7
HASH_BITS = 56


# -- keys: one point at a time ------------------------------------------------------


def outcome_code(equilibrium: Equilibrium) -> int:
    """Return the key of rank 0 of an equilibrium: of the histories that it reaches."""
    return histories_code(outcome.moves for outcome in equilibrium.outcomes)


def histories_code(histories: Iterable[Mapping[str, str]]) -> int:
    """Return the key of rank 0 of histories, each from move to action.

    Examples
    --------
    >>> histories_code([{"a": "up"}, {"a": "down"}]) == histories_code([{"a": "down"}, {"a": "up"}])
    True
    """
    paths = sorted([list(step) for step in moves.items()] for moves in histories)
    text = json.dumps(paths, ensure_ascii=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return int.from_bytes(digest, "big") >> (256 - HASH_BITS) << RANK_BITS


def branch_keys(
    counts: npt.NDArray[np.int64],
    codes: npt.NDArray[np.int64],
    payoffs: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Return the key of each equilibrium of some points.

    Parameters
    ----------
    counts : array of int64, shape (points,)
        Number of equilibria of each point.
    codes : array of int64, shape (sum of counts,)
        What :func:`outcome_code` gives for each.
    payoffs : array of float64, shape (sum of counts, players)
        Nearest doubles; equal ones keep the order of the equilibria.
    """
    if not len(counts) or counts.max() <= 1:
        return codes
    point = np.repeat(np.arange(len(counts)), counts)
    # The last key of lexsort is the first in order; the sort is stable.
    order = np.lexsort((*payoffs.T[::-1], codes, point))
    new = np.ones(len(codes), dtype=bool)
    new[1:] = (np.diff(codes[order]) != 0) | (np.diff(point[order]) != 0)
    starts = np.flatnonzero(new)
    ranks = np.arange(len(codes)) - np.repeat(starts, np.diff([*starts, len(codes)]))
    found = codes.copy()
    found[order] += np.minimum(ranks, 2**RANK_BITS - 1)
    return found


# -- names and codes: all points together ------------------------------------------------------


def branch_places(
    counts: npt.NDArray[np.int64], keys: npt.NDArray[np.int64], start: int = 0
) -> dict[int, int]:
    """Return each key that occurs at some points to the number of the first point where it does.

    Parameters
    ----------
    counts, keys
        As in :func:`branch_keys`.
    start : int
        Number of the first point.
    """
    rows = np.cumsum(counts) - counts
    found: dict[int, int] = {}
    for rank in range(counts.max(initial=0)):  # Of one rank neighbouring points have equal keys.
        points = np.flatnonzero(counts > rank)
        own = keys[rows[points] + rank]
        firsts, _ = runs_of(own)
        present, runs = np.unique(own[firsts], return_index=True)
        for key, place in zip(present, start + points[firsts[runs]], strict=True):
            found[int(key)] = min(int(place), found.get(int(key), int(place)))
    return found


def branch_codes(plan: SweepPlan, places: Mapping[int, int]) -> Codes:
    """Return the codes of a sweep in which some keys occur.

    Parameters
    ----------
    plan : SweepPlan
    places : mapping
        Each key that occurs to the number of a point where it does; that point is solved again, if
        no other has named the key yet. The answer does not depend on which point it is.

    Raises
    ------
    ValueError
        If a key does not occur at its point: it was made for another plan.
    """
    known: dict[int, tuple[int, str]] = {}
    for key, place in sorted(places.items(), key=lambda item: item[1]):
        base = _without_rank(key)
        if base not in known:
            (point,) = solve_points(plan, place, place + 1)
            for equilibrium in point.solution.equilibria if point.solution else ():
                histories = [outcome.moves for outcome in equilibrium.outcomes]
                known[histories_code(histories)] = len(histories), histories_text(histories)
        if base not in known:
            raise ValueError(f"no equilibrium of point {place} has the key {key}")
    keys = sorted(places, key=lambda key: (*known[_without_rank(key)], key))
    labels = []
    for key in keys:
        text, rank = known[_without_rank(key)][1], key % 2**RANK_BITS
        labels.append(f"{text} ({rank + 1})" if rank else text)
    return Codes(tuple(keys), tuple(labels), NO_CODE)


def _without_rank(key: int) -> int:
    return key >> RANK_BITS << RANK_BITS


# -- reading a dataset ------------------------------------------------------


@dataclass(frozen=True)
class LineEvent:
    """A branch that is there at one of two neighbouring points of an axis and not at the other.

    Attributes
    ----------
    kind : str
        ``birth`` or ``death``, along the axis as it is listed. Whether the branch merges with
        another at that place the points cannot tell; `track` can.
    branch : str
    between : (float, float)
        The two points.
    at : mapping
        Where on the other axes.
    """

    kind: str
    branch: str
    between: tuple[float, float]
    at: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON values."""
        return {
            "kind": self.kind,
            "branch": self.branch,
            "between": list(self.between),
            "at": dict(self.at),
        }


def line_events(
    dataset: xarray.Dataset, axis: str, at: Mapping[str, Any] | None = None
) -> list[LineEvent]:
    """Return births and deaths of branches along an axis of a dataset of a sweep.

    Parameters
    ----------
    dataset : xarray.Dataset
        With the variable ``branch``.
    axis : str
    at : mapping, optional
        Values of other axes, the nearest point is taken, and the action of a swept move; all
        lines by default.

    Raises
    ------
    UsageError
        If the dataset has no branches or no such axis.
    """
    if "branch" not in dataset:
        raise UsageError("the dataset has no branches", place="dataset", remedy="sweep again")
    codes = dataset["branch"]
    axes = [str(name) for name in codes.dims if name != "equilibrium"]
    for name in (axis, *(at or {})):
        if name not in axes:
            raise UsageError(f"{name} is no axis", place="axis", remedy=nearest(name, axes))
    for name, value in (at or {}).items():
        exact = isinstance(value, str) or dataset[name].dtype.kind not in "fiu"
        chosen = codes.sel({name: value}, method=None if exact else "nearest")
        codes = chosen.expand_dims({name: [chosen[name].item()]})
    others = [name for name in axes if name != axis]
    codes = codes.transpose(*others, axis, "equilibrium")
    names = str(dataset["branch"].attrs["labels"]).split("\n")
    x = codes[axis].values
    found = []
    for place in np.ndindex(codes.shape[:-2]):
        where = {n: codes[n].values[k].item() for n, k in zip(others, place, strict=True)}
        line = [set(row[row != NO_CODE].tolist()) for row in codes.values[place]]
        for k, (before, after) in enumerate(itertools.pairwise(line)):
            between = (float(x[k]), float(x[k + 1]))
            for kind, changed in (("death", before - after), ("birth", after - before)):
                found += [LineEvent(kind, names[c], between, where) for c in sorted(changed)]
    return found
