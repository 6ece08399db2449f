r"""Planar: the cells into which polynomial curves cut a rectangle, traced exactly.

The curves are the zero sets of irreducible polynomials p(x, y). Over an open stretch of x between
neighbouring *critical* values their roots in y are continuous, never meet and never cross the
frame, so they stand in a fixed order (Collins 1975). Critical are the roots of the leading
coefficients, discriminants and pairwise resultants in y, and the places where a curve meets the
upper or lower edge. Roots are isolated exactly at rational x; only what is drawn is rounded.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint
import numpy as np

from negotiation.analysis.regimes.algebraic import Number, real_roots
from negotiation.analysis.regimes.polynomials import Polynomial, Ring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Cell", "Curve", "Frame", "Upright", "columns_of", "connected_cells", "cut_rectangle"]

Labels = tuple[str, ...] | None
LabelAt = Callable[[Fraction, Fraction], Labels]
CLOSE = Fraction(1, 10**9)
"""How near to a critical value a stretch is drawn, as a share of its width."""
NECK = 2e-4
"""Width of a passage between two cells at least, as a share of the height of the picture."""


@dataclass(frozen=True)
class Frame:
    """The rectangle that is drawn."""

    x: tuple[Fraction, Fraction]
    y: tuple[Fraction, Fraction]


@dataclass(frozen=True, eq=False)
class Cell:
    """An open set with the same labels: between `low` and `high` over the points `x`."""

    labels: Labels
    x: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Curve:
    """A piece of the zero set of `polynomial`, with the labels below, on and above it.

    `here` is ``...`` where the piece has no rational point that could be asked.
    """

    polynomial: Polynomial
    x: Floats
    y: Floats
    below: Labels
    here: Any
    above: Labels


@dataclass(frozen=True, eq=False)
class Upright:
    """A piece of a line x = constant, with the labels left of, on and right of it.

    `known` says whether some polynomial is zero there; where not, labels that differ show that a
    polynomial is missing.
    """

    x: float
    low: float
    high: float
    left: Labels
    here: Any
    right: Labels
    known: bool = True


def cut_rectangle(
    polynomials: Sequence[Polynomial], axes: tuple[int, int], frame: Frame, label_at: LabelAt
) -> tuple[list[Cell], list[Curve], list[Upright]]:
    """Return the cells, the pieces of curves between them, and upright lines at critical values.

    A line on an edge of the frame has the same labels on both sides, those inside.

    Parameters
    ----------
    polynomials : sequence of Polynomial
        Irreducible, in the two variables at positions `axes` of their ring.
    axes : (int, int)
        Positions of x and y in the ring.
    frame : Frame
    label_at : callable
        The exact label at rational (x, y).
    """
    arrangement = _Arrangement(polynomials, axes, frame, label_at)
    stretches = [
        arrangement.stretch(left, right) for left, right in itertools.pairwise(arrangement.cuts)
    ]
    cells = [cell for stretch in stretches for cell in stretch.cells]
    curves = [curve for stretch in stretches for curve in (*stretch.curves, *stretch.edges)]
    # On the left and right edge of the frame a stretch is its own neighbour.
    around = [stretches[0], *stretches, stretches[-1]]
    uprights = [
        upright
        for cut, left, right in zip(arrangement.cuts, around, around[1:], strict=False)
        for upright in arrangement.uprights(cut, left, right)
    ]
    return cells, curves, uprights


def columns_of(cell: Cell, xs: Floats) -> NDArray[np.bool_]:
    """Say which points of an axis a cell covers, those at a critical value beside it too."""
    hair = 1e-6 * (xs[-1] - xs[0])
    covered: NDArray[np.bool_] = (xs >= cell.x[0] - hair) & (xs <= cell.x[-1] + hair)
    return covered


def connected_cells(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Return cells by the connected region that they belong to, regions in the order of cells.

    Cells with the same labels hang together across a curve that parts nothing, and across a
    critical value where their ends overlap.
    """
    stretches: dict[float, list[Cell]] = {}
    for cell in cells:
        stretches.setdefault(float(cell.x[0]), []).append(cell)
    ordered = [stretches[start] for start in sorted(stretches)]
    least = NECK * (max(c.high.max() for c in cells) - min(c.low.min() for c in cells))
    group = {id(cell): k for k, cell in enumerate(cells)}

    def join(one: Cell, other: Cell) -> None:
        if one.labels == other.labels and group[id(one)] != group[id(other)]:
            kept, lost = sorted((group[id(one)], group[id(other)]))
            group.update({key: kept for key, own in group.items() if own == lost})

    for stretch in ordered:
        for one, other in itertools.combinations(stretch, 2):
            if np.array_equal(one.high, other.low) or np.array_equal(one.low, other.high):
                join(one, other)
    for left, right in itertools.pairwise(ordered):
        for one, other in itertools.product(left, right):
            top, bottom = min(one.high[-1], other.high[0]), max(one.low[-1], other.low[0])
            if top - bottom > least:
                join(one, other)
    regions: dict[int, list[Cell]] = {}
    for cell in cells:
        regions.setdefault(group[id(cell)], []).append(cell)
    return list(regions.values())


@dataclass(frozen=True, eq=False)
class _Stretch:
    """The picture between two critical values: cells from below, curves between them.

    `edges` are curves along the lower or upper edge of the frame.
    """

    cells: list[Cell]
    curves: list[Curve]
    edges: list[Curve]

    def end(self, x: float) -> list[float]:
        """Return the heights of the curves at the end that is nearer to x."""
        return [
            float(curve.y[0 if abs(curve.x[0] - x) < abs(curve.x[-1] - x) else -1])
            for curve in self.curves
        ]


class _Arrangement:
    def __init__(
        self,
        polynomials: Sequence[Polynomial],
        axes: tuple[int, int],
        frame: Frame,
        label_at: LabelAt,
    ) -> None:
        self.axes, self.frame, self.label_at = axes, frame, label_at
        x, y = axes
        self.curved = [p for p in polynomials if y in p.variables]
        lines = [p for p in polynomials if p.variables == (x,)]
        self.upright = {root for p in lines for root in real_roots(p)}
        low, high = frame.x
        inner = {
            root
            for root in self.upright.union(*map(self._roots, self._projections()))
            if root.compared(low) > 0 and root.compared(high) < 0
        }
        self.cuts = [Number.rational(low), *sorted(inner), Number.rational(high)]

    def _projections(self) -> Iterator[tuple[Ring, Any]]:
        """Yield forms in x whose roots are critical."""
        _, y = self.axes
        for p in self.curved:
            top = p.degree(y)
            yield p.ring, _form(p.ring, p.expand(y)[top])
            if top > 1:
                yield p.ring, p.form.discriminant(y)
            for edge in self.frame.y:
                scaled = flint.fmpq(edge.numerator, edge.denominator)
                yield p.ring, p.form.subs({f"v{y}": scaled})
        for p, other in itertools.combinations(self.curved, 2):
            yield p.ring, p.form.resultant(other.form, y)

    def _roots(self, projection: tuple[Ring, Any]) -> set[Number]:
        ring, form = projection
        if form.is_zero() or form.is_constant():
            return set()
        _, factors = ring.factored(form)
        return {root for factor, _ in factors for root in real_roots(factor)}

    def heights(self, polynomial: Polynomial, x: Fraction) -> list[float]:
        """Return the real roots in y at a rational x, ascending."""
        position, other = self.axes[1], self.axes[0]
        point = [Fraction(0)] * len(polynomial.ring.names)
        point[other] = x
        coefficients = polynomial.coefficients(position, point)
        if len(coefficients) == 2:
            return [float(-coefficients[0] / coefficients[1])]
        scale = math.lcm(*(c.denominator for c in coefficients))
        form: Any = flint.fmpz_poly([int(c * scale) for c in coefficients])
        roots = form.complex_roots()
        return sorted(float(root.real.mid()) for root, _ in roots if root.imag == 0)

    def stretch(self, left: Number, right: Number) -> _Stretch:
        """Return the picture between two neighbouring critical values."""
        points = self._points(left, right)
        xs = np.array([float(x) for x in points])
        middle = points[len(points) // 2]
        low, high = map(float, self.frame.y)
        traced: list[tuple[float, Polynomial, Floats]] = []
        for polynomial in self.curved:
            rows = np.array([self.heights(polynomial, x) for x in points])
            for heights in rows.T:
                at = float(heights[len(points) // 2])
                if low < at < high:
                    traced.append((at, polynomial, np.clip(heights, low, high)))
        traced.sort(key=lambda item: item[0])
        levels = [low, *(at for at, _, _ in traced), high]
        edges = [np.full_like(xs, low), *(ys for _, _, ys in traced), np.full_like(xs, high)]
        cells = [
            Cell(self.label_at(middle, _middle(a, b)), xs, under, over)
            for (a, b), (under, over) in zip(
                itertools.pairwise(levels), itertools.pairwise(edges), strict=True
            )
        ]
        curves = [
            Curve(p, xs, ys, cells[k].labels, self._here(p, middle, at), cells[k + 1].labels)
            for k, (at, p, ys) in enumerate(traced)
        ]
        return _Stretch(cells, curves, [*self._edges(middle, xs, cells)])

    def _edges(self, x: Fraction, xs: Floats, cells: Sequence[Cell]) -> Iterator[Curve]:
        """Yield the curves along the lower and upper edge of the frame."""
        for edge, cell in ((self.frame.y[0], cells[0]), (self.frame.y[1], cells[-1])):
            for polynomial in self.curved:
                point = [Fraction(0)] * len(polynomial.ring.names)
                point[self.axes[1]] = edge
                if polynomial.variables == (self.axes[1],) and polynomial.at(point) == 0:
                    ys = np.full_like(xs, float(edge))
                    here = self.label_at(x, edge)
                    yield Curve(polynomial, xs, ys, cell.labels, here, cell.labels)

    def _points(self, left: Number, right: Number) -> list[Fraction]:
        """Return rational points of a stretch, denser towards its ends if curves are bent."""
        start, end = left.interval[1], right.interval[0]
        width = end - start
        straight = all(sum(powers) <= 1 for p in self.curved for powers, _ in p.terms)
        share = float(width / (self.frame.x[1] - self.frame.x[0]))
        count = 3 if straight else 2 * round(8 + 56 * min(1.0, share)) + 1
        turns = [(1 - math.cos(math.pi * k / (count - 1))) / 2 for k in range(count)]
        shares = [Fraction(round(turn * 2**30), 2**30) for turn in turns]
        return [start + width * min(max(t, CLOSE), 1 - CLOSE) for t in shares]

    def _here(self, polynomial: Polynomial, x: Fraction, y: float) -> Any:
        """Return the label on a curve near (x, y), if a rational point of it is at hand."""
        first, second = self.axes
        point = [Fraction(0)] * len(polynomial.ring.names)
        if polynomial.degree(second) == 1:
            point[first] = x
            constant, slope = polynomial.coefficients(second, point)
            return self.label_at(x, -constant / slope)
        if polynomial.degree(first) == 1:
            point[second] = Fraction(y).limit_denominator(10**6)
            constant, slope = polynomial.coefficients(first, point)
            if slope:
                return self.label_at(-constant / slope, point[second])
        return ...

    def uprights(self, at: Number, left: _Stretch, right: _Stretch) -> Iterator[Upright]:
        """Yield the pieces of the upright line between two stretches."""
        x = float(at)
        low, high = map(float, self.frame.y)
        before, after = left.end(x), right.end(x)
        least = 1e-6 * (high - low)
        marks = [low]
        for height in sorted([*before, *after, high]):
            if height - marks[-1] > least:
                marks.append(height)
        marks[-1] = high
        known = at in self.upright
        for bottom, top in itertools.pairwise(marks):
            y = _middle(bottom, top)
            here = self.label_at(at.fraction, y) if known and at.fraction is not None else ...
            one = left.cells[sum(height < y for height in before)].labels
            other = right.cells[sum(height < y for height in after)].labels
            yield Upright(x, bottom, top, one, here, other, known)


def _middle(low: float, high: float) -> Fraction:
    """Return a simple rational between two numbers."""
    middle = (Fraction(low) + Fraction(high)) / 2
    simple = middle.limit_denominator(max(1000, math.ceil(8 / max(high - low, 1e-300))))
    return simple if low < simple < high else middle


def _form(ring: Ring, terms: Sequence[tuple[tuple[int, ...], int]]) -> Any:
    return ring.context.from_dict(dict(terms))
