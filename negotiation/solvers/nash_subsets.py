"""Maximal Nash subsets: how the extreme equilibria of two players hang together.

An extreme equilibrium is a pair (x, y) of vertices. The set of all equilibria is the union of the
products conv X' x conv Y' over the maximal bicliques X' x Y' of the graph of these pairs, and two
such products meet only in common vertices. So its connected components are those of the graph.
(Avis, Rosenberg, Savani and von Stengel 2010, Economic Theory 42, section 2.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from negotiation.errors import BudgetError

__all__ = [
    "ConvexComponent",
    "check_time",
    "connected_pairs",
    "maximal_nash_subsets",
    "members",
]


@dataclass(frozen=True)
class ConvexComponent:
    """A maximal Nash subset: a convex set of equilibria contained in no larger one.

    It is the product of a set of strategies of player 1 and a set of strategies of player 2; any
    strategy of the one set is in equilibrium with any strategy of the other.

    Attributes
    ----------
    equilibria : tuple of int
        The extreme equilibria spanning it, ascending indices into ``equilibria`` of the
        :class:`BimatrixEquilibria`.
    connected : int
        Number of the connected component of the set of all equilibria that it belongs to, from 0.
    """

    equilibria: tuple[int, ...]
    connected: int


def connected_pairs(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Return the number of the connected component of each pair, in the order of appearance.

    Pairs that share a member are neighbours.
    """
    by_member: dict[tuple[int, int], list[int]] = {}
    for number, pair in enumerate(pairs):
        for member in enumerate(pair):
            by_member.setdefault(member, []).append(number)
    component = [-1] * len(pairs)
    count = 0
    for first in range(len(pairs)):
        if component[first] >= 0:
            continue
        component[first] = count
        reached = [first]
        while reached:
            for member in enumerate(pairs[reached.pop()]):
                for number in by_member.pop(member, ()):
                    if component[number] < 0:
                        component[number] = count
                        reached.append(number)
        count += 1
    return component


def maximal_nash_subsets(
    pairs: Sequence[tuple[int, int]], connected: Sequence[int], deadline: float | None
) -> tuple[ConvexComponent, ...]:
    """Group the extreme equilibria by the maximal bicliques of their graph.

    The sets Y' of the maximal bicliques are the nonempty intersections of the sets of vertices that
    match a single x; the X' that belongs to one is the set of all x that match all of it.
    """
    number = {pair: k for k, pair in enumerate(pairs)}
    groups: dict[int, dict[int, int]] = {}
    for (x, y), component in zip(pairs, connected, strict=True):
        matching = groups.setdefault(component, {})
        matching[x] = matching.get(x, 0) | 1 << y
    subsets = []
    for component, matching in groups.items():
        for closed in _intersections(list(matching.values()), deadline):
            check_time(deadline)
            spanning = [x for x, ys in matching.items() if not closed & ~ys]
            spanned = sorted([number[x, y] for y in members(closed) for x in spanning])
            subsets.append(ConvexComponent(tuple(spanned), component))
    return tuple(sorted(subsets, key=lambda subset: (subset.connected, subset.equilibria)))


def _intersections(sets: Sequence[int], deadline: float | None) -> set[int]:
    """Return all nonempty intersections of the sets, each a bit mask."""
    closed: set[int] = set()
    for one in sets:
        check_time(deadline)
        closed |= {one & other for other in closed}
        closed.add(one)
    closed.discard(0)
    return closed


def members(mask: int) -> Iterator[int]:
    """Yield the members of a set given as a bit mask, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def check_time(deadline: float | None) -> None:
    """Raise if the deadline has passed."""
    if deadline is not None and time.monotonic() > deadline:
        raise BudgetError(
            "the time was spent before all equilibria were found",
            place="two-player game",
            remedy="allow more time, or remove actions that are never best replies",
        )
