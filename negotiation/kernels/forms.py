r"""Polynomials and their quotients at very many points: signs and nearest doubles, exactly.

A point has for each variable x either an integer a with x = a / d, d being common to all points, or
the double-word number (x_h, x_l) nearest to x, or both. A *form* is a polynomial in one of two
guises; which one serves is decided beforehand by :mod:`negotiation.analysis.sweeps.signs`.

*Integers.* The polynomial times :math:`\prod_k d_k^{n_k}`, n_k being its degrees, has integer
coefficients in the integers a. Where the sum of the absolute values of its terms cannot exceed
2^63 - 1, no term, partial product or partial sum does, and 64 bits hold the value exactly.

*Double words* [1]_. A double-word number is an unevaluated sum of two doubles, the second at most
half a unit in the last place of the first. With u = 2^-53, a number is within u^2 of its nearest
double word, a sum of two is within 3.1 u^2 of the exact one and a product within 7.1 u^2,
relatively, if nothing over- or underflows. A term is a coefficient and k factors, so its computed
value is within (8.1 k + 1.1) u^2 of the exact one; t - 1 additions each err by 3.1 u^2 of a partial
sum, which is at most S, the sum of the absolute values of the terms. In all the error is below
(9 k + 4 t + 4) u^2 S. The caller gives w = (9 k + 4 t + 8) 2^-106, and the bound used is w times
the sum of the heads of the computed terms, which differs from S by much less than the slack. Forms
whose terms or partial products may leave [2^-400, 2^400] are left to Python; then over- and
underflow play no part.

*Quotients.* Where numerator and denominator are integers of at most 2^53, one division of doubles
rounds the exact quotient. Else the quotient q of two double words, known with relative errors e and
f, is computed as a double word; division errs by 15.1 u^2 [1]_. If q (1 - g) and q (1 + g) with
g = 2 (e + f) + 2^-100 round to the same double, so does the exact quotient between them. Otherwise
the entry is left to the caller, marked by infinity.

References
----------
.. [1] Joldes, M., Muller, J.-M., Popescu, V. (2017), Tight and rigorous error bounds for basic
       building blocks of double-word arithmetic, ACM Transactions on Mathematical Software 44(2),
       15:1-15:27: AccurateDWPlusDW, DWTimesDW1 and DWDivDW2.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from negotiation.kernels.compiling import compiled
from negotiation.kernels.form_layout import MOST_MOVING, Forms, Plan, Points, Tree

__all__ = ["fill", "repeat", "settle"]

Numbers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

IN_INTEGERS, IN_DOUBLES = 0, 1
EXACT_DOUBLE = 2**53
SPLITTER = 134217729.0  # 2^27 + 1
LONGEST_INTEGER = 4.0e18
DIVISION = 2.0**-100
EQUAL, UNEQUAL = 2, 5
"""Zero, and its opposite, as sets of signs."""
STRETCH = 256
DEPTH = 80
MOST_BENT = 20
"""More than the degree of any form of which it is shown that it keeps its sign."""
MOST_POWERS = 64
"""More than the degree of any form that is evaluated in short integers."""


@compiled
def _product(a: float, a_low: float, b: float, b_low: float) -> tuple[float, float]:
    """Return the product of two double words."""
    high = a * b
    spread = SPLITTER * a
    a_top = spread - (spread - a)
    a_rest = a - a_top
    spread = SPLITTER * b
    b_top = spread - (spread - b)
    b_rest = b - b_top
    low = a_rest * b_rest - (((high - a_top * b_top) - a_rest * b_top) - a_top * b_rest)
    low = low + (a * b_low + a_low * b)
    total = high + low
    return total, low - (total - high)


@compiled
def _sum(a: float, a_low: float, b: float, b_low: float) -> tuple[float, float]:
    """Return the sum of two double words."""
    s = a + b
    v = s - a
    e = (a - (s - v)) + (b - v)
    t = a_low + b_low
    v = t - a_low
    f = (a_low - (t - v)) + (b_low - v)
    c = e + t
    h = s + c
    c = c - (h - s)
    w = f + c
    total = h + w
    return total, w - (total - h)


@compiled
def _integer(forms: Forms, form: int, points: Points, p: int) -> int:
    """Return the value of a form in integers."""
    total = 0
    for term in range(forms.starts[form], forms.starts[form + 1]):
        value = forms.integers[term]
        for k in range(forms.factor_starts[term], forms.factor_starts[term + 1]):
            value *= points.integers[p, forms.factors[k]]
        total += value
    return total


@compiled
def _double_word(forms: Forms, form: int, points: Points, p: int) -> tuple[float, float, float]:
    """Return the value of a form as a double word, and a bound of its error."""
    high, low, size = 0.0, 0.0, 0.0
    for term in range(forms.starts[form], forms.starts[form + 1]):
        value, rest = forms.heads[term], forms.tails[term]
        for k in range(forms.factor_starts[term], forms.factor_starts[term + 1]):
            variable = forms.factors[k]
            value, rest = _product(
                value, rest, points.heads[p, variable], points.tails[p, variable]
            )
        high, low = _sum(high, low, value, rest)
        size += abs(value)
    return high, low, size * forms.widths[form]


@compiled
def _double_word_sign(forms: Forms, form: int, points: Points, p: int) -> int:
    """Return the sign of a form in double words as a bit, 0 if the bound leaves it open."""
    high, _, bound = _double_word(forms, form, points, p)
    if high > bound:
        return 4
    if high < -bound:
        return 1
    return 2 if bound == 0.0 else 0


@compiled
def _descend(
    tree: Tree, forms: Forms, points: Points, p: int, places: Numbers, sides: Numbers
) -> int:
    """Let a point go down the tree; return its leaf, -1 if it does not get there.

    Integers are evaluated on the spot: to hand over the arrays takes longer than that.
    """
    nodes, modes, starts, integers = tree.nodes, forms.modes, forms.starts, forms.integers
    factor_starts, factors, own = forms.factor_starts, forms.factors, points.integers[p]
    node, side = places[p], sides[p]
    while nodes[node, 0] >= 0:
        form, asked = nodes[node, 0], nodes[node, 1]
        sign = 0
        if modes[form] == IN_INTEGERS:
            total = 0
            for term in range(starts[form], starts[form + 1]):
                value = integers[term]
                for k in range(factor_starts[term], factor_starts[term + 1]):
                    value *= own[factors[k]]
                total += value
            sign = 1 if total < 0 else 4 if total > 0 else 2
        elif modes[form] == IN_DOUBLES:
            sign = _double_word_sign(forms, form, points, p)
        if sign == 0:
            break
        inside = (asked & sign) != 0
        if (asked == UNEQUAL and inside) or (asked == EQUAL and not inside):
            side = 2 * side + (1 if sign == 4 else 0)
        node = nodes[node, 2] if inside else nodes[node, 3]
    places[p] = node
    sides[p] = side
    return int(tree.leaves[node])


@compiled
def _keeps_sign(forms: Forms, form: int, points: Points, i: int, j: int, found: Doubles) -> bool:
    """Say whether a form surely has one sign, not zero, from one point of a run to another.

    It has if |p(m)| exceeds the sum of |p_k| r^k, p_k being its Taylor coefficients at the middle m
    and r half of the way. All is computed in doubles from numbers whose absolute values add up to S
    at most, in less than 200 roundings a number, those of the coordinates among them: the errors
    are less than 2^-45 S.
    """
    last = points.last
    integral = forms.modes[form] == IN_INTEGERS
    if integral:
        left, right = float(points.integers[i, last]), float(points.integers[j, last])
    else:
        left, right = points.heads[i, last], points.heads[j, last]
    largest = max(abs(left), abs(right))
    found[:MOST_BENT] = 0.0
    degree, size = 0, 0.0
    for term in range(forms.starts[form], forms.starts[form + 1]):
        value = float(forms.integers[term]) if integral else forms.heads[term]
        power, whole = 0, abs(value)
        for k in range(forms.factor_starts[term], forms.factor_starts[term + 1]):
            variable = forms.factors[k]
            if variable == last:
                power += 1
                whole *= largest
            else:
                factor = (
                    float(points.integers[i, variable]) if integral else points.heads[i, variable]
                )
                value *= factor
                whole *= abs(factor)
        if power >= MOST_BENT:
            return False
        found[power] += value
        size += whole
        degree = max(degree, power)
    middle = 0.5 * (left + right)
    half = max(abs(right - middle), abs(middle - left))
    for start in range(degree):
        for k in range(degree - 1, start - 1, -1):
            found[k] += middle * found[k + 1]
    spread = 0.0
    for k in range(degree, 0, -1):
        spread = (spread + abs(found[k])) * half
    # The coefficients at m, times powers of r, are sums of terms up to 2^degree times as large.
    return bool(abs(found[0]) > spread + 2.0 ** (degree - 45) * size)


@compiled
def _keeps_sign_in_box(
    forms: Forms, form: int, points: Points, i: int, j: int, moving: Numbers
) -> bool:
    """Say whether a form surely has one sign, not zero, where all variables lie between two points.

    It is affine in each variable that differs, so its extremes are at the corners. There the
    integers are no larger than at the points.
    """
    if forms.modes[form] != IN_INTEGERS:
        return False
    own, other = points.integers[i], points.integers[j]
    first, last = forms.starts[form], forms.starts[form + 1]
    count = 0
    for k in range(forms.factor_starts[first], forms.factor_starts[last]):
        variable = forms.factors[k]
        if own[variable] != other[variable] and variable not in moving[:count]:
            moving[count] = variable
            count += 1
    found = 0
    for corner in range(1 << count):
        total = 0
        for term in range(first, last):
            value = forms.integers[term]
            for k in range(forms.factor_starts[term], forms.factor_starts[term + 1]):
                variable = forms.factors[k]
                factor = own[variable]
                for place in range(count):
                    if moving[place] == variable and (corner >> place) & 1:
                        factor = other[variable]
                value *= factor
            total += value
        sign = 1 if total > 0 else -1 if total < 0 else 0
        if sign == 0 or found == -sign:
            return False
        found = sign
    return True


@compiled
def _is_known(
    tree: Tree,
    forms: Forms,
    points: Points,
    leaf: int,
    i: int,
    j: int,
    room: tuple[Doubles, Numbers],
) -> bool:
    """Say whether all points between two of a leaf, on the same sides, are surely of it."""
    if tree.steady[leaf] == 0:
        return False
    for k in range(tree.bends[leaf], tree.bends[leaf + 1]):
        form = tree.bent[k]
        if form < 0:
            if not _keeps_sign_in_box(forms, ~form, points, i, j, room[1]):
                return False
        elif not _keeps_sign(forms, form, points, i, j, room[0]):
            return False
    return True


@compiled
def settle(
    tree: Tree,
    forms: Forms,
    points: Points,
    firsts: Numbers,
    lasts: Numbers,
    places: Numbers,
    sides: Numbers,
    segments: Numbers,
    stopped: Numbers,
) -> tuple[int, int]:
    """Find the leaves of runs of points, by halving them.

    Along a run one variable moves, in one direction. If a polynomial is affine in it, a question
    that both ends of a stretch answer alike is answered so by all points between, for there the
    values lie between those at the ends. That the sign is not zero does not follow so; both ends
    must then lie on one side of zero. Of other polynomials it is shown that they keep their sign.
    Rounded parameters that move along never turn back, so the same holds for a polynomial that is
    affine in one of them and reads nothing else that moves. One that is affine in each of several
    is looked at in all corners of the box that two points span. So a stretch whose ends are of one
    leaf is of that leaf; others are halved.

    Parameters
    ----------
    tree, forms, points
    firsts, lasts : array (runs,)
        The first and the last point of each run.
    places, sides : array (points,)
        Where each point is, and on which side of zero it was found where that is asked; changed.
    segments : array (room, 3)
        Receives first point, last point and leaf of segments, -1 where an end does not get to one;
        room for as many as points.
    stopped : array (room,)
        Receives such ends; room for twice as many as points.

    Returns
    -------
    (int, int)
        The numbers of segments and of ends.
    """
    stack = np.empty((DEPTH, 2), np.int64)
    room = np.empty(MOST_BENT), np.empty(MOST_MOVING, np.int64)
    count = ends = 0
    for run in range(firsts.shape[0]):
        stack[0, 0], stack[0, 1] = firsts[run], lasts[run]
        height = 1
        while height > 0:
            height -= 1
            i, j = stack[height, 0], stack[height, 1]
            left = _descend(tree, forms, points, i, places, sides)
            right = left
            if j != i:
                right = _descend(tree, forms, points, j, places, sides)
            if left < 0 or right < 0:
                if left < 0:
                    stopped[ends] = i
                    ends += 1
                if right < 0 and j != i:
                    stopped[ends] = j
                    ends += 1
                left = -1
            elif i != j and (
                left != right
                or sides[i] != sides[j]
                or not _is_known(tree, forms, points, left, i, j, room)
            ):
                middle = (i + j) // 2
                stack[height, 0], stack[height, 1] = middle + 1, j
                stack[height + 1, 0], stack[height + 1, 1] = i, middle
                height += 2
                continue
            segments[count, 0], segments[count, 1], segments[count, 2] = i, j, left
            count += 1
    return count, ends


@compiled
def _quotient(forms: Forms, number: int, points: Points, p: int) -> float:
    """Return the double nearest to a quotient; infinity if that is left open."""
    above, below = 2 * number, 2 * number + 1
    if forms.modes[above] == IN_INTEGERS and forms.modes[below] == IN_INTEGERS:
        n, d = _integer(forms, above, points, p), _integer(forms, below, points, p)
        if n == 0:
            return 0.0
        if -EXACT_DOUBLE <= n <= EXACT_DOUBLE and -EXACT_DOUBLE <= d <= EXACT_DOUBLE:
            return n / d
        high, below_high = float(n), float(d)
        if abs(high) >= LONGEST_INTEGER or abs(below_high) >= LONGEST_INTEGER:
            return np.inf
        low, below_low = float(n - int(high)), float(d - int(below_high))
        return _rounded(high, low, 0.0, below_high, below_low, 0.0)
    if forms.modes[above] != IN_DOUBLES or forms.modes[below] != IN_DOUBLES:
        return np.inf
    high, low, error = _double_word(forms, above, points, p)
    if error == 0.0:
        return 0.0
    below_high, below_low, below_error = _double_word(forms, below, points, p)
    return _rounded(high, low, error, below_high, below_low, below_error)


@compiled
def _rounded(a: float, a_low: float, error: float, b: float, b_low: float, slip: float) -> float:
    """Return the double nearest to a quotient of numbers near double words, or infinity."""
    if error > 2.0**-60 * abs(a) or slip > 2.0**-60 * abs(b):
        return np.inf
    high = a / b
    if not 2.0**-400 < abs(high) < 2.0**400:
        return np.inf
    back, back_low = _product(b, b_low, high, 0.0)
    low = ((a - back) + (a_low - back_low)) / b
    total = high + low
    low = low - (total - high)
    spread = abs(total) * (2.0 * (error / abs(a) + slip / abs(b)) + DIVISION)
    least, most = total + (low - spread), total + (low + spread)
    return least if least == most else np.inf


@compiled
def _coefficients(forms: Forms, form: int, own: Numbers, last: int, found: Doubles) -> int:
    """Write the coefficients of a short form in the variable that moves; return its degree."""
    starts, integers = forms.starts, forms.integers
    factor_starts, factors = forms.factor_starts, forms.factors
    degree = 0
    found[0] = found[1] = 0.0
    for term in range(starts[form], starts[form + 1]):
        value = integers[term]
        power = 0
        for k in range(factor_starts[term], factor_starts[term + 1]):
            if factors[k] == last:
                power += 1
            else:
                value *= own[factors[k]]
        while degree < power:
            degree += 1
            found[degree] = 0.0
        found[power] += float(value)
    return degree


@compiled
def _along(
    up: Doubles, above: int, down: Doubles, below: int, moving: Doubles, size: int, row: Doubles
) -> None:
    """Write the values of a short quotient at consecutive points of a run.

    All numbers are integers of at most 2^53, so nothing is rounded but the quotients.
    """
    if above <= 1 and below == 0:
        for i in range(size):
            row[i] = (up[1] * moving[i] + up[0]) / down[0] + 0.0
    else:
        for i in range(size):
            a = moving[i]
            n, d = up[above], down[below]
            for k in range(above - 1, -1, -1):
                n = n * a + up[k]
            for k in range(below - 1, -1, -1):
                d = d * a + down[k]
            row[i] = n / d + 0.0  # The sum is 0.0 where the quotient is -0.0.


@compiled
def fill(
    plan: Plan,
    forms: Forms,
    points: Points,
    segments: Numbers,
    offsets: Numbers,
    found: Doubles,
) -> int:
    """Write the values that points have, one behind the other; return how many are left open.

    Parameters
    ----------
    plan : Plan
        Which values the points of each kind have.
    forms : Forms
        Of quotient q, number 2 q is the numerator and 2 q + 1 the denominator.
    points : Points
    segments : array (segments, 3)
        First point, last point and kind; no segment goes beyond a run.
    offsets : array (points,)
        Where the values of each point begin.
    found : array
        Receives the values; infinity where the nearest double is left open.
    """
    count = 0
    values = np.empty((plan.widest, STRETCH))
    up, down = np.empty(MOST_POWERS), np.empty(MOST_POWERS)
    entries, short = plan.entries, forms.short
    for s in range(segments.shape[0]):
        kind = segments[s, 2]
        first, last = plan.quotient_starts[kind], plan.quotient_starts[kind + 1]
        begin, end = plan.entry_starts[kind], plan.entry_starts[kind + 1]
        for p in range(segments[s, 0], segments[s, 1] + 1, STRETCH):
            size = min(STRETCH, segments[s, 1] + 1 - p)
            own, moving = points.integers[p], points.moving[p : p + size]
            for k in range(first, last):
                quotient = plan.quotients[k]
                row = values[k - first]
                if quotient < 0:
                    row[:size] = plan.constants[k]
                elif short[2 * quotient] == 1 and short[2 * quotient + 1] == 1:
                    above = _coefficients(forms, 2 * quotient, own, points.last, up)
                    below = _coefficients(forms, 2 * quotient + 1, own, points.last, down)
                    _along(up, above, down, below, moving, size, row)
                else:
                    for i in range(size):
                        row[i] = _quotient(forms, quotient, points, p + i)
                        count += 1 if row[i] == np.inf else 0
            for i in range(size):
                place = offsets[p + i]
                for entry in range(begin, end):
                    found[place] = values[entries[entry], i]
                    place += 1
    return count


@compiled
def repeat(
    starts: Numbers,
    counts: Numbers,
    codes: Numbers,
    segments: Numbers,
    offsets: Numbers,
    found: Numbers,
) -> None:
    """Write the codes of the kind of each point, one behind the other.

    Parameters
    ----------
    starts, counts : array (kinds,)
        Where the codes of each kind begin, and how many there are.
    codes : array
    segments, offsets
        As for :func:`fill`.
    found : array
        Receives them.
    """
    for s in range(segments.shape[0]):
        first, count = starts[segments[s, 2]], counts[segments[s, 2]]
        for p in range(segments[s, 0], segments[s, 1] + 1):
            for k in range(count):
                found[offsets[p] + k] = codes[first + k]
