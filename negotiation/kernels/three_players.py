r"""All equilibria of a game of three players with two actions each, exactly.

Let p, q, r be the probabilities of the first action of players 1, 2, 3. The *advantage* of the
first action over the second is bilinear in the others' probabilities: f_1(q, r), f_2(p, r) and
f_3(p, q). A profile is an equilibrium if for each player the advantage is zero, or positive and he
plays the first action for sure, or negative and he plays the second. So the cube falls into 27
*cells*, in each of which every player plays one action for sure or mixes properly; the equilibria
of a cell are the solutions of an equation for each player who mixes and an inequality for each who
does not.

*All three mix.* f_1 = q U_1(r) + (1 - q) W_1(r) with linear U_1, W_1, so 0 < q < 1 exactly if U_1
and W_1 have opposite signs, and then q : 1 - q = W_1 : -U_1; or if both vanish, and then q is free.
The same holds for p and f_2. Put into f_3 this leaves, at any r where neither is free,

.. math:: W_2 W_1 D_{00} - W_2 U_1 D_{01} - U_2 W_1 D_{10} + U_2 U_1 D_{11} = 0,

D_ab being player 3's advantage at the actions a, b of the others: a quadratic in r. Signs of linear
forms at its roots x + y sqrt(d) are found by squaring, so nothing is rounded; the roots themselves
are enclosed between rationals.

*Infinitely many.* Games with ties may have curves of equilibria. A cell with infinitely many is
reported as such and none of them is listed. A bilinear function has a zero inside a rectangle
exactly if its values at the corners have both signs or all vanish, and then infinitely many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import isqrt, lcm

__all__ = ["FIRST", "MIXED", "SECOND", "Cell", "Point", "advantages", "all_equilibria", "in_cell"]

FIRST, SECOND, MIXED = 0, 1, 2
"""What a player does in a cell: the first action for sure, the second, or both."""

Cell = tuple[int, int, int]
Point = tuple[Fraction | float, ...]
Payoffs = Sequence[Sequence[Sequence[Sequence[Fraction | int]]]]
Corners = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]
"""A bilinear function by its values, ``[a][b]`` where the two others play actions a and b."""
Linear = tuple[Fraction, Fraction]
"""A linear function of a probability by its values at one and at zero."""

ZERO, ONE = Fraction(0), Fraction(1)
CELLS: tuple[Cell, ...] = tuple(
    sorted(
        ((a, b, c) for a, b, c in product(range(3), repeat=3)),
        key=lambda cell: (cell.count(MIXED), cell),
    )
)


def advantages(payoffs: Payoffs) -> tuple[Corners, ...]:
    """Return each player's advantage of the first action; ``payoffs[player][a][b][c]``."""
    u1, u2, u3 = payoffs
    pair = range(2)
    one = [[Fraction(u1[0][b][c] - u1[1][b][c]) for c in pair] for b in pair]
    two = [[Fraction(u2[a][0][c] - u2[a][1][c]) for c in pair] for a in pair]
    three = [[Fraction(u3[a][b][0] - u3[a][b][1]) for b in pair] for a in pair]
    (a, b), (c, d) = one
    (e, f), (g, h) = two
    (i, j), (k, m) = three
    return ((a, b), (c, d)), ((e, f), (g, h)), ((i, j), (k, m))


def all_equilibria(game: tuple[Corners, ...]) -> tuple[list[tuple[Cell, Point]], bool]:
    """Find all equilibria.

    Parameters
    ----------
    game : tuple of three
        The advantages of the players.

    Returns
    -------
    list of (cell, point)
        The probabilities of the first actions, by the number of players who mix, then by cell, then
        by the last player's probability; rational ones as Fraction, others as the nearest double or
        one next to it.
    bool
        Whether these are all; False if there are infinitely many.
    """
    found: list[tuple[Cell, Point]] = []
    complete = True
    for cell in CELLS:
        points = in_cell(game, cell)
        if points is None:
            complete = False
        else:
            found += [(cell, point) for point in points]
    return found, complete


def in_cell(game: tuple[Corners, ...], cell: Cell) -> list[Point] | None:
    """Return the equilibria of a cell, or None if there are infinitely many."""
    mixing = [player for player in range(3) if cell[player] == MIXED]
    if len(mixing) == 0:
        return _pure(game, cell)
    if len(mixing) == 1:
        return _one_mixes(game, cell, mixing[0])
    if len(mixing) == 2:
        return _two_mix(game, cell, mixing[0], mixing[1])
    return _three_mix(game)


# Bilinear and linear functions


def _others(player: int) -> tuple[int, int]:
    first, second = (other for other in range(3) if other != player)
    return first, second


def _along(corners: Corners, axis: int, action: int) -> Linear:
    """Return the function of the other probability when one player's action is given."""
    return corners[action] if axis == 0 else (corners[0][action], corners[1][action])


def _at(linear: Linear, p: Fraction) -> Fraction:
    return p * linear[0] + (1 - p) * linear[1]


def _restricted(corners: Corners, axis: int, p: Fraction) -> Linear:
    """Return the function of the other probability when one player's probability is given."""
    one, zero = _along(corners, axis, 0), _along(corners, axis, 1)
    return p * one[0] + (1 - p) * zero[0], p * one[1] + (1 - p) * zero[1]


def _root(linear: Linear) -> Fraction | None:
    """Return the only zero strictly between 0 and 1."""
    if linear[0] * linear[1] < 0:
        return linear[1] / (linear[1] - linear[0])
    return None


def _has_zero(values: Sequence[Fraction]) -> bool:
    """Say whether a function has a zero inside, given its values at the corners."""
    return min(values) < 0 < max(values) or not any(values)


def _wants(action: int, advantage: Fraction) -> bool:
    """Say whether a player is content with an action."""
    return advantage >= 0 if action == FIRST else advantage <= 0


# Cells in which somebody does not mix


def _pure(game: tuple[Corners, ...], cell: Cell) -> list[Point]:
    for player in range(3):
        first, second = _others(player)
        if not _wants(cell[player], game[player][cell[first]][cell[second]]):
            return []
    return [tuple(ONE if action == FIRST else ZERO for action in cell)]


def _with(cell: Cell, probabilities: dict[int, Fraction]) -> Point:
    """Return the point of a cell with the probabilities of those who mix."""
    pure = {FIRST: ONE, SECOND: ZERO}
    return tuple(
        probabilities[player] if player in probabilities else pure[cell[player]]
        for player in range(3)
    )


def _one_mixes(game: tuple[Corners, ...], cell: Cell, mixing: int) -> list[Point] | None:
    first, second = _others(mixing)
    if game[mixing][cell[first]][cell[second]]:
        return []
    low, high = ZERO, ONE
    for player, other in ((first, second), (second, first)):
        axis = _others(player).index(other)
        one, zero = _along(game[player], axis, cell[other])
        if cell[player] == SECOND:
            one, zero = -one, -zero
        if one < 0 and zero < 0:
            return []
        if one < 0 or zero < 0:  # One end is excluded, or both but for a single point.
            bound = zero / (zero - one)
            low, high = (low, min(high, bound)) if one < 0 else (max(low, bound), high)
    if low == high and 0 < low < 1:
        return [_with(cell, {mixing: low})]
    return [] if low >= high else None


def _two_mix(game: tuple[Corners, ...], cell: Cell, i: int, j: int) -> list[Point] | None:
    k = 3 - i - j
    of_j = _along(game[i], _others(i).index(k), cell[k])  # i is indifferent at this zero.
    of_i = _along(game[j], _others(j).index(k), cell[k])
    sign = 1 if cell[k] == FIRST else -1
    if any(of_i) and any(of_j):
        p_i, p_j = _root(of_i), _root(of_j)
        if p_i is None or p_j is None:
            return []
        content = sign * _at(_restricted(game[k], 0, p_i), p_j) >= 0
        return [_with(cell, {i: p_i, j: p_j})] if content else []
    values: Iterable[Fraction]
    if not any(of_i) and not any(of_j):
        values = (*game[k][0], *game[k][1])
    else:
        axis, linear = (1, of_j) if any(of_j) else (0, of_i)
        fixed = _root(linear)
        if fixed is None:
            return []
        values = _restricted(game[k], axis, fixed)
    signed = [sign * value for value in values]
    return None if max(signed) > 0 or not any(signed) else []


# The cell in which all mix


def _three_mix(game: tuple[Corners, ...]) -> list[Point] | None:
    f1, f2, f3 = game
    for free, left, right in (
        (f1, (f2, 0), (f3, 0)),
        (f2, (f1, 0), (f3, 1)),
        (f3, (f1, 1), (f2, 1)),
    ):
        if not any((*free[0], *free[1])):
            return None if _share(left, right) else []
    U1, W1, U2, W2 = f1[0], f1[1], f2[0], f2[1]
    found: list[Point] = []
    for r in {_root(linear) for linear in (U1, W1, U2, W2)} - {None}:
        assert r is not None
        points = _where_one_is_free(game, r)
        if points is None:
            return None
        found += points
    quadratic = _eliminated(game)
    if not any(quadratic):
        breaks = sorted({ZERO, ONE, *(r for f in (U1, W1, U2, W2) if (r := _root(f)) is not None)})
        for low, high in pairwise(breaks):
            r = (low + high) / 2
            if _at(U1, r) * _at(W1, r) < 0 and _at(U2, r) * _at(W2, r) < 0:
                return None
        return sorted(found, key=lambda point: point[2])
    for root in _roots(quadratic):
        if root.is_inside() and root.sign(U1) * root.sign(W1) < 0 > root.sign(U2) * root.sign(W2):
            p, q = root.share(W2, U2), root.share(W1, U1)
            found.append((p, q, root.share((ONE, ZERO), (ZERO, -ONE))))
    return sorted(found, key=lambda point: point[2])


def _share(left: tuple[Corners, int], right: tuple[Corners, int]) -> bool:
    """Say whether two functions have zeros inside that agree in a probability they share.

    Each comes with the axis of that probability. Between the zeros of the four linear functions
    nothing changes.
    """
    lines = [_along(f, 1 - axis, action) for f, axis in (left, right) for action in (0, 1)]
    breaks = sorted({ZERO, ONE, *(p for line in lines if (p := _root(line)) is not None)})
    middles = [(low + high) / 2 for low, high in pairwise(breaks)]
    return any(
        all(_has_zero(_restricted(f, axis, p)) for f, axis in (left, right))
        for p in (*breaks[1:-1], *middles)
    )


def _where_one_is_free(game: tuple[Corners, ...], r: Fraction) -> list[Point] | None:
    """Return the equilibria at an r where player 1 or 2 is indifferent whatever the other does."""
    f1, f2, f3 = game
    of_q, of_p = _restricted(f1, 1, r), _restricted(f2, 1, r)
    if any(of_q) and any(of_p):
        return []
    if not any(of_q) and not any(of_p):
        return None if _has_zero((*f3[0], *f3[1])) else []
    fixed = _root(of_q if any(of_q) else of_p)
    if fixed is None:
        return []
    rest = _restricted(f3, 1 if any(of_q) else 0, fixed)
    if not any(rest):
        return None
    other = _root(rest)
    if other is None:
        return []
    return [(other, fixed, r) if any(of_q) else (fixed, other, r)]


def _eliminated(game: tuple[Corners, ...]) -> tuple[Fraction, Fraction, Fraction]:
    """Return the coefficients of r^2, r and 1 of the quadratic."""
    f1, f2, f3 = game
    U1, W1, U2, W2 = (_polynomial(f) for f in (f1[0], f1[1], f2[0], f2[1]))
    square = linear = constant = ZERO
    for sign, left, right, value in (
        (1, W2, W1, f3[0][0]),
        (-1, W2, U1, f3[0][1]),
        (-1, U2, W1, f3[1][0]),
        (1, U2, U1, f3[1][1]),
    ):
        factor = sign * value
        square += factor * left[0] * right[0]
        linear += factor * (left[0] * right[1] + left[1] * right[0])
        constant += factor * left[1] * right[1]
    return square, linear, constant


def _polynomial(linear: Linear) -> Linear:
    """Return slope and constant."""
    return linear[0] - linear[1], linear[1]


class _Root:
    """The number (x + y sqrt(d)) / z with integers x, z > 0, d >= 0 and y in {-1, 0, 1}."""

    def __init__(self, x: int, y: int, d: int, z: int) -> None:
        self.x, self.y, self.d, self.z = x, y, d, z

    def sign(self, linear: Linear) -> int:
        """Return the sign of a linear function."""
        slope, constant = _polynomial(linear)
        rational, radical = slope * self.x + constant * self.z, slope * self.y
        if rational * radical >= 0:
            total = rational + radical * (1 if self.d else 0)
        else:
            total = rational * abs(rational) + radical * abs(radical) * self.d
        return (total > 0) - (total < 0)

    def is_inside(self) -> bool:
        """Say whether the root is strictly between 0 and 1."""
        return self.sign((ONE, ZERO)) > 0 > self.sign((ZERO, -ONE))

    def share(self, one: Linear, other: Linear) -> Fraction | float:
        """Return one / (one - other), two functions of opposite signs here."""
        bits = 128
        while True:
            low, high = self._enclosed(bits)
            ends = [(_at(one, r), _at(other, r)) for r in (low, high)]
            if all(a * b < 0 for a, b in ends):
                first, second = (a / (a - b) for a, b in ends)
                if first == second:
                    return first
                if abs(first - second) <= min(first, second) / 2**60:
                    return float((first + second) / 2)
            bits *= 2

    def _enclosed(self, bits: int) -> tuple[Fraction, Fraction]:
        """Return rationals on either side, or twice the number itself."""
        if not self.y:
            return Fraction(self.x, self.z), Fraction(self.x, self.z)
        floor = isqrt(self.d << 2 * bits)
        ends = [Fraction(self.y * (floor + step), 1 << bits) for step in (0, 1)]
        first, second = ((self.x + end) / self.z for end in ends)
        return (first, second) if first < second else (second, first)


def _roots(quadratic: tuple[Fraction, Fraction, Fraction]) -> list[_Root]:
    """Return the distinct real roots."""
    multiple = lcm(*(c.denominator for c in quadratic))
    a, b, c = (int(coefficient * multiple) for coefficient in quadratic)
    if not a:
        if not b:
            return []
        return [_Root(-c, 0, 0, b) if b > 0 else _Root(c, 0, 0, -b)]
    if a < 0:
        a, b, c = -a, -b, -c
    d = b * b - 4 * a * c
    if d < 0:
        return []
    root = isqrt(d)
    if root * root == d:
        return [_Root(-b + y * root, 0, 0, 2 * a) for y in ((-1, 1) if d else (0,))]
    return [_Root(-b, y, d, 2 * a) for y in (-1, 1)]
