r"""Continua of equilibria of a subgame, given by finitely many vertices.

Ties make equilibria come in continua. One of a subgame is the image of a product of polytopes of
mixed strategies under a map that is affine in each factor, into the distributions over terminal
nodes; its vertices are the images of the tuples of their vertices. So the expected payoff of any
player takes its smallest and largest value on a continuum at vertices, whatever the map. If only
one factor is more than a point the image is the convex *hull* of the vertices.

*A decision.* A mover who decides once chooses among exits, each with equilibria of what follows.
Let :math:`m_a` be the least value to him of the equilibria after action a and
:math:`M = \max_a m_a`. Playing a with a continuation worth v is supported iff
:math:`v \ge m_b` for all other b, which is :math:`v \ge M`, since :math:`v \ge m_a` always. So a
continuum after a is cut to the part with :math:`v \ge M`; a hull stays one, with new vertices where
the value is M. Mixing over actions T needs continuations worth one value w, :math:`w \ge M`. At a
given w the mixtures of one slice a member of T fill the hull of these slices. Where the slices move
with w over an interval without vertices inside, the mixtures fill a continuum that is no hull, with
the slices at the two ends as vertices.

A cut or a slice of a continuum that is no hull has no such description unless it is a vertex: then
the answer is not complete, and says so.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.solvers.linear_program import Infeasible, LinearProgram, solve_linear_program
from negotiation.solvers.plans import ZERO, Vertex

__all__ = ["Blend", "Continuum", "Decision", "maximal"]

MAX_CONTINUA = 10_000
Blend = Callable[[Sequence[tuple[Fraction, Vertex]]], Vertex]
"""Mixes equilibria of one subgame."""


@dataclass(frozen=True, eq=False)
class Continuum:
    """A connected set of equilibria of a subgame; a single one counts as such a set here.

    Attributes
    ----------
    vertices : tuple of Vertex
        What spans it.
    hull : bool
        Whether every mixture of the vertices' outcomes is an equilibrium outcome of it.
    touching : tuple of Vertex
        Further equilibria in it that are vertices of another continuum.
    """

    vertices: tuple[Vertex, ...]
    hull: bool = True
    touching: tuple[Vertex, ...] = ()

    def span(self, mover: int) -> tuple[Fraction, Fraction]:
        """Return the smallest and the largest value to a player."""
        values = [vertex.value[mover] for vertex in self.vertices]
        return min(values), max(values)

    def slice(self, mover: int, level: Fraction, mix: Blend) -> list[Vertex] | None:
        """Return the vertices of the part whose value to a player is `level`.

        None if it has no such description: the continuum is no hull, and the part is more than one
        of its vertices.
        """
        found = [v for v in self.vertices if v.value[mover] == level]
        if len(found) == len(self.vertices):
            return found
        if not self.hull:
            return found if len(found) == 1 and level in self.span(mover) else None
        below = [v for v in self.vertices if v.value[mover] < level]
        above = [v for v in self.vertices if v.value[mover] > level]
        for low, high in itertools.product(below, above):
            share = (level - low.value[mover]) / (high.value[mover] - low.value[mover])
            found.append(mix([(1 - share, low), (share, high)]))
        return found if len(self.vertices) < 4 else _extreme(found)

    def from_level(self, mover: int, level: Fraction, mix: Blend) -> list[Continuum] | None:
        """Return the part whose value to a player is `level` at least; empty if there is none.

        None if it has no description by vertices.
        """
        low, high = self.span(mover)
        if low >= level or high < level:
            return [self] if low >= level else []
        cut = self.slice(mover, level, mix)
        if cut is None or (high > level and not self.hull):
            return None
        higher = [v for v in self.vertices if v.value[mover] > level]
        kept = tuple(v for v in self.touching if v.value[mover] >= level)
        return [Continuum((*higher, *cut), self.hull, kept)]


def _extreme(vertices: Sequence[Vertex]) -> list[Vertex]:
    """Return the vertices whose outcome is no mixture of the outcomes of the others.

    A segment between two vertices that is no edge of their hull meets a level in such a mixture.
    """
    kept = list(vertices)
    for vertex in vertices:
        others = [other for other in kept if other is not vertex]
        places = sorted({node for v in kept for node, _ in v.outcome})
        columns = [dict(other.outcome) for other in others]
        target = dict(vertex.outcome)
        mixture = LinearProgram(
            [0] * len(others),
            equations=[[1] * len(others), *([c.get(p, ZERO) for c in columns] for p in places)],
            values=[1, *(target.get(p, ZERO) for p in places)],
        )
        if others and not isinstance(solve_linear_program(mixture), Infeasible):
            kept = others
    return kept


class Decision:
    """The continua at a decision of one mover, from those after each action.

    Parameters
    ----------
    mover : int
    after : sequence of sequence of Continuum
        For each action the continua after it, single equilibria that are in none among them.
    blends : sequence of callable
        For each action what mixes equilibria after it.
    upward : callable
        Takes an action and an equilibrium after it to the equilibrium that plays it.

    Attributes
    ----------
    continua : list of Continuum
        More than one vertex each.
    corners : list of (int, Vertex)
        Equilibria found by cutting and slicing, by action.
    curved, crowded : bool
        Whether a part had no description, or there were more than 10,000 mixtures.
    """

    def __init__(
        self,
        mover: int,
        after: Sequence[Sequence[Continuum]],
        blends: Sequence[Blend],
        upward: Callable[[int, Vertex], Vertex],
    ) -> None:
        self.mover = mover
        self.blends = blends
        self.upward = upward
        self.corners: list[tuple[int, Vertex]] = []
        self.curved = self.crowded = False
        floor = max(min(c.span(mover)[0] for c in continua) for continua in after)
        self.supported = [
            [part for continuum in continua for part in self._cut(action, continuum, floor)]
            for action, continua in enumerate(after)
        ]
        self.touched: dict[int, list[Vertex]] = {}
        self._slices: dict[tuple[int, int, Fraction], list[Vertex] | None] = {}
        mixtures = list(self._mixtures())
        self.continua = [*self._single_actions(), *mixtures]

    def _cut(self, action: int, continuum: Continuum, floor: Fraction) -> list[Continuum]:
        parts = continuum.from_level(self.mover, floor, self.blends[action])
        if parts is None:
            self.curved = True
            corners = [v for v in continuum.vertices if v.value[self.mover] >= floor]
            return [Continuum((v,)) for v in corners]
        for part in parts:
            self.corners += [(action, v) for v in part.vertices if v not in continuum.vertices]
        return parts

    def _single_actions(self) -> Iterable[Continuum]:
        """Yield the continua in which one action is played for sure."""
        for action, continua in enumerate(self.supported):
            for part in continua:
                if len(part.vertices) > 1:
                    touching = [*part.touching, *self.touched.get(id(part), ())]
                    yield Continuum(
                        tuple(self.upward(action, v) for v in part.vertices),
                        part.hull,
                        tuple(self.upward(action, v) for v in touching),
                    )

    def _mixtures(self) -> Iterable[Continuum]:
        """Yield the continua in which several actions are played."""
        at: dict[Fraction, list[tuple[int, Continuum]]] = {}
        extended: list[tuple[Fraction, Fraction, int, Continuum]] = []
        for action, parts in enumerate(self.supported):
            for part in parts:
                least, most = part.span(self.mover)
                for vertex in part.vertices:
                    at.setdefault(vertex.value[self.mover], [])
                if least == most:
                    at[least].append((action, part))
                else:
                    extended.append((least, most, action, part))
        levels = sorted(at)
        intervals = itertools.pairwise(levels) if extended else ()
        ends: set[tuple[Fraction, frozenset[int]]] = set()
        for low, high in itertools.chain(intervals, zip(levels, levels, strict=True)):
            chosen: dict[int, list[tuple[int, Continuum]]] = {}
            for action, part in at[low] if low == high else ():
                chosen.setdefault(action, []).append((action, part))
            for least, most, action, part in extended:
                if least <= low and high <= most:
                    chosen.setdefault(action, []).append((action, part))
            several = list(chosen.values())
            if len(several) < 2:
                continue
            if math.prod(map(len, several)) > MAX_CONTINUA:
                self.crowded = True
                continue
            for selection in itertools.product(*several):
                members = frozenset(id(part) for _, part in selection)
                mixed = None
                if low < high or (low, members) not in ends:
                    mixed = self._mixed(selection, low, high)
                if mixed is not None:
                    ends |= {(low, members), (high, members)}
                    yield mixed

    def _mixed(
        self, selection: Sequence[tuple[int, Continuum]], low: Fraction, high: Fraction
    ) -> Continuum | None:
        """Return the mixtures of one continuum an action, worth `low` to `high` to the mover."""
        vertices = []
        for level in dict.fromkeys((low, high)):
            for action, part in selection:
                worth = self._worth(action, part, level)
                if worth is None:
                    self.curved = True
                    return None
                vertices += worth
        return Continuum(tuple(vertices), hull=low == high)

    def _worth(self, action: int, part: Continuum, level: Fraction) -> list[Vertex] | None:
        """Return what plays an action and spans the slice of a part; many mixtures share it."""
        key = action, id(part), level
        if key not in self._slices:
            sliced = part.slice(self.mover, level, self.blends[action])
            new = [vertex for vertex in sliced or () if vertex not in part.vertices]
            if new:
                self.touched.setdefault(id(part), []).extend(new)
                self.corners += [(action, vertex) for vertex in new]
            self._slices[key] = sliced and [self.upward(action, vertex) for vertex in sliced]
        return self._slices[key]


def maximal(continua: Iterable[Continuum]) -> list[Continuum]:
    """Return the continua with different outcomes that lie in no other, each once."""
    by_keys: dict[frozenset[object], Continuum] = {}
    for continuum in continua:
        distinct = {vertex.key: vertex for vertex in reversed(continuum.vertices)}
        if len(distinct) > 1:
            vertices = tuple(reversed(distinct.values()))
            known = by_keys.get(frozenset(distinct))
            if known is None or (continuum.hull and not known.hull):
                by_keys[frozenset(distinct)] = Continuum(
                    vertices, continuum.hull, continuum.touching
                )
    hulls = [keys for keys, continuum in by_keys.items() if continuum.hull]
    return [
        continuum
        for keys, continuum in by_keys.items()
        if not any(keys < larger for larger in hulls)
    ]
