r"""Sums of products of doubles without rounding.

An *expansion* is a list of doubles, none zero, of increasing magnitude, whose binary digits do not
overlap; its value is their exact sum, and its sign is that of the last. Adding a double to an
expansion by repeated error-free addition gives an expansion again [1]_. A product of two doubles is
the sum of two doubles, found by splitting the factors in halves [2]_.

All this is exact as long as nothing overflows or underflows. :data:`LARGEST` and :data:`SMALLEST`
bound the factors: with three of them, each in [2^-150, 2^150] or zero, every product lies below
2^450, and the last digit of a product of three is at least 2^(3(-150-52)) = 2^-606; both are far
from the ends of the range, 2^1024 and 2^-1074, also for the products of halves that occur on the
way.

References
----------
.. [1] Shewchuk, J. R. (1997), Adaptive precision floating-point arithmetic and fast robust
       geometric predicates, Discrete & Computational Geometry 18, 305-363, theorem 10.
.. [2] Dekker, T. J. (1971), A floating-point technique for extending the available precision,
       Numerische Mathematik 18, 224-242.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from negotiation.kernels.compiling import compiled

__all__ = ["LARGEST", "LONGEST", "SMALLEST", "add", "add_product", "add_triple", "rounded"]

LARGEST = 2.0**150
SMALLEST = 2.0**-150
LONGEST = 128
"""Room for an expansion: a 4x4 determinant has 24 products of 4 doubles each."""

_SPLITTER = 134217729.0  # 2^27 + 1

Doubles = npt.NDArray[np.float64]


@compiled
def add(expansion: Doubles, length: int, term: float) -> int:
    """Add a double to an expansion of some length, in place; return the new length."""
    kept = 0
    for k in range(length):
        part = expansion[k]
        total = term + part
        virtual = total - term
        error = (term - (total - virtual)) + (part - virtual)
        term = total
        if error != 0.0:
            expansion[kept] = error
            kept += 1
    if term != 0.0:
        expansion[kept] = term
        kept += 1
    return kept


@compiled
def _low_part(a: float, b: float, product: float) -> float:
    """Return what the rounded product of two doubles lacks."""
    spread = _SPLITTER * a
    a_high = spread - (spread - a)
    a_low = a - a_high
    spread = _SPLITTER * b
    b_high = spread - (spread - b)
    b_low = b - b_high
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


@compiled
def add_product(expansion: Doubles, length: int, a: float, b: float) -> int:
    """Add a product of two doubles to an expansion; return the new length."""
    if a == 0.0 or b == 0.0:
        return length
    product = a * b
    low = _low_part(a, b, product)
    if low != 0.0:
        length = add(expansion, length, low)
    return add(expansion, length, product)


@compiled
def add_triple(expansion: Doubles, length: int, a: float, b: float, c: float) -> int:
    """Add a product of three doubles to an expansion; return the new length."""
    if a == 0.0 or b == 0.0:
        return length
    product = a * b
    low = _low_part(a, b, product)
    if low != 0.0:
        length = add_product(expansion, length, low, c)
    return add_product(expansion, length, product, c)


@compiled
def rounded(expansion: Doubles, length: int) -> float:
    """Return the value of an expansion with a relative error below 2^-51.

    The parts are added from the smallest to the largest. They do not overlap, so those below the
    last sum to less than its last digit, and the rounding errors of the partial sums to less still.
    """
    total = 0.0
    for k in range(length):
        total += expansion[k]
    return total
