r"""Cells of a polytope: one point of each part on which a verdict cannot change.

Let conditions on a point p be built by "and", "or" and "not" from linear inequalities
:math:`c_i p \le b_i`. Whether p meets them depends on the signs of the :math:`c_i p - b_i` alone.
So of a polytope, given by its vertices, it is enough to judge one point for each row of signs that
occurs. Parts are cut at one plane after the other and stand for themselves by their closures: if
some points of a convex part are below a plane, the closure of these is spanned by the vertices
that are not above it and by where the segments to those above cross it. The mean of the vertices
then has the signs of the part. On a plane closures may meet parts that were cut off before; these
are listed twice.

*Planes of a sum.* Let W be points in :math:`R^m`. Each facet of conv W plus some of the rays
:math:`\pm e_i` lies in a plane whose normal is 0 outside a set I of places, and which passes
through |I| points of W, seen at I, that no smaller flat contains.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.sender_receiver import SenderReceiver

__all__ = ["Plane", "cells", "extreme_points", "payoff_planes", "plane_through"]

ZERO, ONE = Fraction(0), Fraction(1)
Point = tuple[Fraction, ...]
Plane = tuple[Point, Fraction]
"""Coefficients c and bound b of the points with c p = b."""


def cells(points: Collection[Point], planes: Collection[Plane]) -> Iterator[Point]:
    """Yield a point of each part of a polytope on which no plane is crossed, touched or left.

    Parameters
    ----------
    points : collection of tuple of Fraction
        Points that span the polytope, at least one.
    planes : collection of Plane
    """
    ordered = list(planes)
    pending = [(extreme_points(list(points)), 0)]
    while pending:
        vertices, first = pending.pop()
        for k in range(first, len(ordered)):
            parts = _cut(vertices, ordered[k])
            if len(parts) > 1:
                pending += [(extreme_points(part), k + 1) for part in parts]
                break
        else:
            yield tuple(sum(column, ZERO) / len(vertices) for column in zip(*vertices, strict=True))


def _cut(vertices: Sequence[Point], plane: Plane) -> list[list[Point]]:
    """Return what spans the parts on a plane, above and below it."""
    coefficients, bound = plane
    sides = [
        (sum((c * p for c, p in zip(coefficients, vertex, strict=True)), -bound), vertex)
        for vertex in vertices
    ]
    low = [one for one in sides if one[0] < 0]
    high = [one for one in sides if one[0] > 0]
    on = [vertex for side, vertex in sides if not side]
    for (below, v), (above, w) in itertools.product(low, high):
        share = above / (above - below)
        on.append(tuple(share * p + (1 - share) * q for p, q in zip(v, w, strict=True)))
    return [
        part
        for part in (
            on,
            [*on, *(vertex for _, vertex in low)] if low else [],
            [*on, *(vertex for _, vertex in high)] if high else [],
        )
        if part
    ]


def extreme_points(points: Sequence[Point]) -> list[Point]:
    """Return the points, each once, that are no mixtures of others."""
    kept = list(dict.fromkeys(points))
    for point in list(kept) if len(kept) > 2 else ():
        others = [other for other in kept if other != point]
        rows = [[ONE] * len(others), *zip(*others, strict=True)]
        program = LinearProgram([0] * len(others), equations=rows, values=[ONE, *point])
        if isinstance(solve_linear_program(program), Optimum):
            kept = others
    return kept


def payoff_planes(form: SenderReceiver, place: int, at_once: int) -> Iterator[Plane]:
    """Yield the planes of what the types get at which a verdict at a set may change.

    Parameters
    ----------
    form : SenderReceiver
    place : int
        A response set, by number.
    at_once : int
        Of how many types payoffs are compared with responses at once. With two of them the one
        may gain and the other lose; more are only held back together.
    """
    signals = [form.signals[k] for k in form.at[place]]
    for size in range(1, min(len(signals), at_once) + 1):
        for chosen in itertools.combinations(signals, size):
            points = list(zip(*(signal.worth for signal in chosen), strict=True))
            for through in itertools.combinations(points, size):
                plane = plane_through(through)
                if plane and all(plane[0]) and (size < 3 or min(plane[0]) > 0):
                    wide = [ZERO] * len(form.types)
                    for signal, coefficient in zip(chosen, plane[0], strict=True):
                        wide[signal.type] += coefficient
                    yield tuple(wide), plane[1]


def plane_through(points: Sequence[Point]) -> Plane | None:
    """Return the plane through m points of :math:`R^m`; None if they do not determine it."""
    rows = [[*point, ONE] for point in points]
    minors = [
        (-1) ** k * _determinant([[*row[:k], *row[k + 1 :]] for row in rows])
        for k in range(len(rows) + 1)
    ]
    scale = next((c for c in minors[:-1] if c), None)
    if scale is None:
        return None
    return tuple(c / scale for c in minors[:-1]), -minors[-1] / scale


def _determinant(rows: Sequence[Sequence[Fraction]]) -> Fraction:
    if not rows:
        return ONE
    first, *rest = rows
    return sum(
        (
            (-1) ** k * entry * _determinant([[*row[:k], *row[k + 1 :]] for row in rest])
            for k, entry in enumerate(first)
            if entry
        ),
        ZERO,
    )
