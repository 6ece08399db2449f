r"""All equilibria of many generic 2x2x2 games, by the cells of :mod:`.three_players`, in doubles.

A game is *undecided*, and left to the exact solver, if an advantage is zero or out of range or a
decision is closer than its bound. With u = 2^-53:

- Advantages are single differences: their signs are right, their relative errors at most u.
- Everything else whose sign is needed is a sum of at most eight products of three advantages. Three
  errors of differences, two of products and seven of sums reach a product at most, so the error is
  at most ((1 + u)^12 - 1) times the sum of their sizes, less than 13 u times its computed value:
  16 u is asked for.
- The quadratic is taken in t = r / (1 - r), A t^2 + B t + C. At a given t its value adds four
  roundings: 32 u is asked for. A root is proved by opposite signs on either side, at a distance
  that the slope suggests, 2^-44 to 2^-27 of it. A C < 0 allows one positive root, two disjoint sign
  changes allow no third. That there is none is proved where A C > 0 by B having the sign of A, or
  by B^2 - 4 A C < 0, its bound being made of those of A, B and C.
- At both ends of that enclosure the linear forms a t + b that give p and q are trusted if larger
  than 2^-24 (|a| t + |b|): four roundings make an error below 2^-50 of the latter. Between the ends
  neither changes sign, as it moves by less than 2^-25 (|a| t + |b|), and p is monotone in t. The
  game is undecided unless p and q change by less than 2^-26 there.

So a probability where all mix has an error below 2^-25 (where the
slope is not almost zero, near 2^-44); other mixtures are ratios of two
differences, with a relative error below 2^-50. All advantages are within 2^100 and 2^-100, after
multiplying all of a player's by a power of two, so neither overflow nor underflow counts.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from negotiation.kernels.compiling import compiled

__all__ = ["MOST_EQUILIBRIA", "UNDECIDED", "solve_games"]

UNDECIDED = -1
MOST_EQUILIBRIA = 32
"""More than there can be: 8 pure profiles, 6 cells of two who mix, 2 where all do."""

BOUND = 16 * 2.0**-53
VALUE_BOUND = 32 * 2.0**-53
NARROW, WIDE = 2.0**-44, 2.0**-27
TRUSTED = 2.0**-24
CHANGE = 2.0**-26
WIDEST, NARROWEST = 2.0**100, 2.0**-100

ALL_MIX = 26
"""The cell where all mix, as a number in base 3."""

Doubles = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]


@compiled
def _advantages(payoffs: Doubles, game: int, D: Doubles) -> bool:
    """Compute ``D[player, a, b]``; say whether all are in range."""
    for a in range(2):
        for b in range(2):
            D[0, a, b] = payoffs[game, 2 * a + b] - payoffs[game, 4 + 2 * a + b]
            D[1, a, b] = payoffs[game, 8 + 4 * a + b] - payoffs[game, 8 + 4 * a + 2 + b]
            D[2, a, b] = payoffs[game, 16 + 4 * a + 2 * b] - payoffs[game, 16 + 4 * a + 2 * b + 1]
    good = True
    for player in range(3):
        largest = 0.0
        smallest = np.inf
        for a in range(2):
            for b in range(2):
                size = abs(D[player, a, b])
                largest = max(largest, size)
                smallest = min(smallest, size)
        if not (smallest > 0.0 and largest < np.inf):
            return False
        if largest > WIDEST or smallest < NARROWEST:
            exponent = math.frexp(largest)[1]
            for a in range(2):
                for b in range(2):
                    D[player, a, b] = math.ldexp(D[player, a, b], -exponent)
                    good &= abs(D[player, a, b]) >= NARROWEST
    return good


@compiled
def _pure(D: Doubles, codes: Codes, points: Doubles, rows: int) -> int:
    """Add the pure equilibria; return the new number of rows."""
    for a in range(2):
        for b in range(2):
            for c in range(2):
                content = (D[0, b, c] > 0.0) == (a == 0)
                content &= (D[1, a, c] > 0.0) == (b == 0)
                content &= (D[2, a, b] > 0.0) == (c == 0)
                if content:
                    codes[rows] = 9 * a + 3 * b + c
                    points[rows, 0], points[rows, 1], points[rows, 2] = 1.0 - a, 1.0 - b, 1.0 - c
                    rows += 1
    return rows


@compiled
def _two_mix(D: Doubles, codes: Codes, points: Doubles, rows: int) -> int:
    """Add the equilibria in which two mix; return the new number of rows, or -1 if unsure."""
    for k in range(3):
        i, j = (1 if k == 0 else 0), (1 if k == 2 else 2)
        for action in range(2):
            # The advantage of i when j plays either action, and of j when i does.
            i_0 = D[i, action, 0] if k < j else D[i, 0, action]
            i_1 = D[i, action, 1] if k < j else D[i, 1, action]
            j_0 = D[j, action, 0] if k < i else D[j, 0, action]
            j_1 = D[j, action, 1] if k < i else D[j, 1, action]
            if (i_0 > 0.0) == (i_1 > 0.0) or (j_0 > 0.0) == (j_1 > 0.0):
                continue
            i_0, i_1, j_0, j_1 = abs(i_0), abs(i_1), abs(j_0), abs(j_1)
            value = j_1 * i_1 * D[k, 0, 0] + j_1 * i_0 * D[k, 0, 1]
            value += j_0 * i_1 * D[k, 1, 0] + j_0 * i_0 * D[k, 1, 1]
            size = j_1 * i_1 * abs(D[k, 0, 0]) + j_1 * i_0 * abs(D[k, 0, 1])
            size += j_0 * i_1 * abs(D[k, 1, 0]) + j_0 * i_0 * abs(D[k, 1, 1])
            if abs(value) <= BOUND * size:
                return -1
            if (value > 0.0) == (action == 0):
                points[rows, i] = j_1 / (j_0 + j_1)
                points[rows, j] = i_1 / (i_0 + i_1)
                points[rows, k] = 1.0 - action
                codes[rows] = ALL_MIX - (2 - action) * (9 if k == 0 else 3 if k == 1 else 1)
                rows += 1
    return rows


@compiled
def _quadratic(D: Doubles, value: Doubles, size: Doubles) -> None:
    """Compute the coefficients of t^2, t and 1, and the sums of the sizes of their terms."""
    value[:] = 0.0
    size[:] = 0.0
    for a in range(2):
        for b in range(2):
            # The weight of player 1's action a is W_2 or -U_2, of player 2's action b W_1 or -U_1.
            left_t, left_1 = D[1, 1 - a, 0], D[1, 1 - a, 1]
            right_t, right_1 = D[0, 1 - b, 0], D[0, 1 - b, 1]
            factor = D[2, a, b] if a == b else -D[2, a, b]
            terms = (left_t * right_t, left_t * right_1, left_1 * right_t, left_1 * right_1)
            for k in range(4):
                power = (k + 1) // 2
                value[power] += terms[k] * factor
                size[power] += abs(terms[k] * factor)


@compiled
def _roots(value: Doubles, size: Doubles, roots: Doubles) -> int:
    """Enclose the positive roots, each by (low, root, high); return their number, -1 if unsure."""
    A, B, C = value
    if abs(A) <= BOUND * size[0] or abs(C) <= BOUND * size[2]:
        return -1
    discriminant = B * B - 4.0 * A * C
    expected = 1
    if (A > 0.0) == (C > 0.0):
        if abs(B) > BOUND * size[1] and (B > 0.0) == (A > 0.0):
            return 0
        a, b, c = BOUND * size[0], BOUND * size[1], BOUND * size[2]
        error = b * (2.0 * abs(B) + b) + 4.0 * (abs(A) * c + abs(C) * a + a * c)
        error += BOUND * (B * B + 4.0 * abs(A * C))
        if discriminant < -error:
            return 0
        if not discriminant > error:
            return -1
        expected = 2
    middle = -0.5 * (B + math.copysign(math.sqrt(discriminant), B))
    count = 0
    for root in (middle / A, C / middle):
        if root > 0.0:
            trust = VALUE_BOUND * (size[0] * root * root + size[1] * root + size[2])
            slope = abs(root * (2.0 * A * root + B))
            width = max(NARROW, 4.0 * trust / slope) if slope > 0.0 else 1.0
            if not width < WIDE:
                return -1
            low, high = root * (1.0 - width), root * (1.0 + width)
            below, above = (A * low + B) * low + C, (A * high + B) * high + C
            trust *= 1.0 + 4.0 * width
            if not (abs(below) > trust and abs(above) > trust) or (below > 0.0) == (above > 0.0):
                return -1
            roots[count, 0], roots[count, 1], roots[count, 2] = low, root, high
            count += 1
    if count != expected:
        return -1
    if count == 2:
        if roots[0, 1] > roots[1, 1]:
            for k in range(3):
                roots[0, k], roots[1, k] = roots[1, k], roots[0, k]
        if not roots[0, 2] < roots[1, 0]:
            return -1
    return count


@compiled
def _share(D: Doubles, player: int, root: Doubles, share: Doubles) -> int:
    """Compute the probability that makes player 1 or 2 indifferent, of the other of the two.

    Return 1 if there is one, 0 if there is none, -1 if unsure.
    """
    for step in range(3):
        t = root[step]
        U = D[player, 0, 0] * t + D[player, 0, 1]
        W = D[player, 1, 0] * t + D[player, 1, 1]
        if abs(U) <= TRUSTED * (abs(D[player, 0, 0]) * t + abs(D[player, 0, 1])):
            return -1
        if abs(W) <= TRUSTED * (abs(D[player, 1, 0]) * t + abs(D[player, 1, 1])):
            return -1
        if (U > 0.0) == (W > 0.0):
            return 0
        share[step] = abs(W) / (abs(U) + abs(W))
    if not abs(share[2] - share[0]) < CHANGE:
        return -1
    return 1


@compiled
def _three_mix(D: Doubles, codes: Codes, points: Doubles, rows: int, room: Doubles) -> int:
    """Add the equilibria in which all mix; return the new number of rows, or -1 if unsure."""
    value, size, share, roots = room[0], room[1], room[2], room[3:]
    _quadratic(D, value, size)
    count = _roots(value, size, roots)
    if count < 0:
        return -1
    for k in range(count):
        there = _share(D, 0, roots[k], share)
        q = share[1]
        also = _share(D, 1, roots[k], share)
        if there == 0 or also == 0:
            continue
        if there < 0 or also < 0:
            return -1
        points[rows, 0], points[rows, 1] = share[1], q
        points[rows, 2] = roots[k, 1] / (1.0 + roots[k, 1])
        codes[rows] = ALL_MIX
        rows += 1
    return rows


@compiled
def solve_games(
    payoffs: Doubles,
    start: int,
    stop: int,
    counts: npt.NDArray[np.int64],
    codes: Codes,
    points: Doubles,
) -> tuple[int, int]:
    """Find all equilibria of some games.

    Parameters
    ----------
    payoffs : array (games, 24)
        Finite.
    start, stop : int
        Which games.
    counts : array (games,)
        Receives the number of equilibria, or :data:`UNDECIDED`.
    codes : array (room,)
        Receives the cell of each equilibrium, base 3, game by game, from the first row on.
    points : array (room, 3)
        Receives the probabilities of the first actions.

    Returns
    -------
    (int, int)
        The first game that was not solved for want of room, else `stop`; rows written.
    """
    D = np.empty((3, 2, 2))
    room = np.empty((5, 3))
    rows = 0
    for game in range(start, stop):
        if rows + MOST_EQUILIBRIA > codes.size:
            return game, rows
        last = -1
        if _advantages(payoffs, game, D):
            last = _two_mix(D, codes, points, _pure(D, codes, points, rows))
            if last >= 0:
                last = _three_mix(D, codes, points, last, room)
        if last < 0:
            counts[game] = UNDECIDED
        else:
            counts[game] = last - rows
            rows = last
    return stop, rows
