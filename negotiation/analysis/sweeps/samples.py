r"""Samples: points drawn from a box of parameters, exact and the same everywhere.

Let d parameters have ranges :math:`[a_j, b_j]`. A design gives numbers :math:`u_{ij}` strictly
between 0 and 1, all rational, and the value of parameter j at point i is

.. math:: a_j + (b_j - a_j)\, u_{ij},

for a whole-number parameter :math:`\lceil a_j \rceil + \lfloor m_j u_{ij} \rfloor`, where
:math:`m_j` whole numbers lie in the range, and for a list of m values the one at place
:math:`\lfloor m u_{ij} \rfloor`. As u is never 0 or 1, no end of a range is ever drawn, so a range
may begin or end where a domain is open; whole numbers and listed values are drawn with their ends.

*Sobol'* (Sobol' 1967; direction numbers of Joe and Kuo 2008, as scipy has them). Let
:math:`k_{ij} < 2^{30}` be the integers of the sequence, from its first point on, and :math:`s_j`
those that the seed gives. With :math:`\oplus` the exclusive or of binary digits,

.. math:: u_{ij} = (2 (k_{ij} \oplus s_j) + 1) / 2^{31}.

The shift of digits keeps every elementary interval as full as it was, and makes each point uniform
(L'Ecuyer and Lemieux 2002). Of the first 2**m points each of 2**m equal parts of a range has one. A
longer sample begins with the shorter ones of the same seed.

*Latin hypercube* (McKay, Beckman and Conover 1979) of n points: each of n equal parts of each range
has one point, :math:`u_{ij} = (\pi_j(i) + (2 r_{ij} + 1) / 2^{21}) / n`, where :math:`\pi_j` is a
permutation and :math:`r_{ij} < 2^{20}`.

Everything random comes from SHA-256 of the text ``negotiation/sample/1 design seed j`` (and
``i`` where it differs from point to point), parameters and points counted from 0: s is its first 30
bits; r is its last 20, and the permutation sorts the points by the other 236. So a design does not
depend on the platform or on the generators of numpy and scipy, which may change.

A sample with a joint restriction such as ``sigma + tau <= 1`` cannot be narrowed to a smaller box.
Points outside are neither redrawn nor refused: a design with holes filled at random is no design
any more, and a point would depend on the model. They stay, marked by the variable ``inside``, and
have no equilibrium. Those inside are spread evenly over the domain, and their share estimates its
volume. A range that leaves the domain of its own parameter is refused: that a narrower range mends.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.analysis.sweeps.axes import Axis, Column, Range
from negotiation.errors import UsageError
from negotiation.formulas import nearest

__all__ = ["DESIGNS", "MAX_SAMPLE", "Sample", "draw", "unit_points"]

DESIGNS = ("sobol", "latin-hypercube")
SOBOL_BITS = 30
JITTER_BITS = 20
MAX_SAMPLE = 1_000_000
MAX_DIMENSIONS = 21_201
"""Of the direction numbers of Joe and Kuo."""


@dataclass(frozen=True)
class Sample:
    """How points are drawn.

    Attributes
    ----------
    design : str
        ``sobol`` or ``latin-hypercube``.
    size : int
        Number of points.
    seed : int
        Any whole number from 0 on.
    """

    design: str
    size: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.design not in DESIGNS:
            raise UsageError(
                f"there is no design {self.design!r}",
                place="--design",
                remedy=nearest(self.design, DESIGNS),
            )
        if not _is_whole(self.size) or not 1 <= self.size <= MAX_SAMPLE:
            raise UsageError(
                f"{str(self.size)[:40]} is no number of points from 1 to {MAX_SAMPLE:,}",
                place="--sample",
                remedy="write --sample 4096",
            )
        if not _is_whole(self.seed) or self.seed < 0:
            raise UsageError(
                f"{str(self.seed)[:40]} is no seed",
                place="--seed",
                remedy="write a whole number from 0 on",
            )

    @property
    def text(self) -> str:
        """What a reader needs to draw it again."""
        return f"{self.design}, {self.size} points, seed {self.seed}"

    @property
    def advice(self) -> str:
        """What is less than best about the number of points; empty if nothing is."""
        below = 1 << (self.size.bit_length() - 1)
        if self.design != "sobol" or self.size == below:
            return ""
        return (
            f"Sobol' points are balanced where their number is a power of two: "
            f"{below} or {2 * below} points would be, {self.size} are not"
        )


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def draw(
    axes: Sequence[Range | Axis], sample: Sample, *, whole: Sequence[bool]
) -> tuple[Column, ...]:
    """Return for each parameter its values at the points of a sample.

    Parameters
    ----------
    axes : sequence of Range or Axis
        A range to draw from, or a list.
    sample : Sample
    whole : sequence of bool
        Whether only whole numbers count.

    Raises
    ------
    UsageError
        Where a range holds no whole number though one is wanted.

    Examples
    --------
    >>> from negotiation.analysis.sweeps.axes import Range
    >>> (found,) = draw([Range("x", Fraction(0), Fraction(1))], Sample("sobol", 4), whole=[False])
    >>> sorted(int(4 * value) for value in found.values)
    [0, 1, 2, 3]
    """
    if len(axes) > MAX_DIMENSIONS:
        raise UsageError(
            f"{len(axes):,} parameters are more than {MAX_DIMENSIONS:,}",
            place="--over",
            remedy="draw fewer",
        )
    columns = unit_points(len(axes), sample)
    return tuple(
        Column(axis.name, tuple(_values(axis, column, only_whole)), axis)
        for axis, column, only_whole in zip(axes, columns, whole, strict=True)
    )


def _values(axis: Range | Axis, column: Sequence[Fraction], whole: bool) -> Iterator[Fraction]:
    if isinstance(axis, Axis):
        for share in column:
            yield axis.values[math.floor(len(axis.values) * share)]
    elif whole:
        first, last = math.ceil(axis.low), math.floor(axis.high)
        if first > last:
            raise UsageError(
                f"no whole number lies between {axis.low} and {axis.high}",
                place=f"--over {axis.name}",
                remedy="widen the range",
            )
        for share in column:
            yield Fraction(first + math.floor((last - first + 1) * share))
    else:
        for share in column:
            yield axis.low + (axis.high - axis.low) * share


def unit_points(dimensions: int, sample: Sample) -> list[list[Fraction]]:
    """Return the numbers u strictly between 0 and 1, for each parameter a list of them."""
    make = _sobol if sample.design == "sobol" else _latin_hypercube
    return make(dimensions, sample)


def _sobol(dimensions: int, sample: Sample) -> list[list[Fraction]]:
    from scipy.stats import qmc

    # A power of two is drawn and cut, for scipy warns of any other number.
    engine = qmc.Sobol(dimensions, scramble=False, bits=SOBOL_BITS)
    points = engine.random_base2((sample.size - 1).bit_length())[: sample.size]
    columns = []
    for j in range(dimensions):
        shift = _random_bits(sample, j) >> (256 - SOBOL_BITS)
        # A double holds k / 2**30 exactly.
        numbers = [int(share) ^ shift for share in points[:, j] * 2.0**SOBOL_BITS]
        columns.append([Fraction(2 * k + 1, 2 ** (SOBOL_BITS + 1)) for k in numbers])
    return columns


def _latin_hypercube(dimensions: int, sample: Sample) -> list[list[Fraction]]:
    columns = []
    for j in range(dimensions):
        bits = [_random_bits(sample, j, i) for i in range(sample.size)]
        order = sorted(range(sample.size), key=lambda i: (bits[i] >> JITTER_BITS, i))
        column = [Fraction(0)] * sample.size
        for stratum, i in enumerate(order):
            inside = 2 * (bits[i] % 2**JITTER_BITS) + 1
            above = stratum * 2 ** (JITTER_BITS + 1) + inside
            column[i] = Fraction(above, sample.size * 2 ** (JITTER_BITS + 1))
        columns.append(column)
    return columns


def _random_bits(sample: Sample, *places: int) -> int:
    """Return 256 bits that the design, the seed and a place determine."""
    text = " ".join(map(str, ("negotiation/sample/1", sample.design, sample.seed, *places)))
    return int.from_bytes(hashlib.sha256(text.encode("ascii")).digest(), "big")
