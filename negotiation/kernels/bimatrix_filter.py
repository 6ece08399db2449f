r"""All extreme equilibria of many two-player games with at most four actions a player.

Only the signs of the determinants G of :mod:`negotiation.kernels.minors` matter. They are computed
in doubles and compared with a bound; where the bound does not decide, exactly.

*Bound.* Let u = 2^-53, M the matrix of one player, and for each row r let s_r be the largest
absolute value of its computed differences fl(M_rj - M_rk). A difference has a relative error of at
most u, and its sign is right. In what follows each factor (1 + d), |d| <= u, stands for one
rounding.

- G of two rows a, b is the difference of two products of two differences: four roundings reach each
  product, whose computed value is at most s_a s_b (1 + u). The error is at most
  2 ((1 + u)^4 - 1) / (1 - u)^2 s_a s_b < 9 u s_a s_b.
- G of three rows is a sum of three terms, a difference times a G of two rows. The error of the
  latter contributes at most 9 u, and the value itself, at most 2 s_b s_c / (1 - u)^2, with the
  rounding of the difference, the product and two additions at most 2 ((1 + u)^4 - 1) (1 + 9 u).
  Three terms: less than 3 (9 + 9) u = 54 u times s_a s_b s_c.

The filter asks for |G| > 16 u s_a s_b and |G| > 64 u s_a s_b s_c. The slack covers the rounding of
these bounds themselves (three products at most) and underflow: all s_r that are not zero lie in
[2^-100, 2^100], so a bound is at least 2^-347, while the products that underflow err by 2^-1074
each, times at most 2^100. A row with s_r = 0 is constant, and every G with it is zero. Signs that
stay open are found with the exact sums of :mod:`negotiation.kernels.exact_sums`, from the payoffs
themselves. A player's payoffs that are out of range are multiplied by a power of two, if that is
exact. A game still out of range is left to the exact solver; the kernel says so.

*Integers.* If all payoffs of a game are integers of at most 2^14, no operation rounds: differences
are at most 2^15, G of two rows at most 2^31, of three at most 3 * 2^46. Then the bounds are below
1/2, less than any G that is not zero, so what the bound leaves open is zero.

*Probabilities* are the y_t over their sum. A y_t that is a G of two or three rows is taken from the
exact sum unless |G| exceeds 2^40 times its bound. So each has a relative error below 2^-40, and a
probability, two such errors and four roundings later, below 2^-38; where k <= 2 it is below 2^-50.

Games are taken in blocks. Every step is a loop over the games of a block, which the compiler turns
into vector instructions, inside a loop over the plan of the shape.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from negotiation.kernels.compiling import compiled
from negotiation.kernels.exact_sums import (
    LARGEST,
    LONGEST,
    SMALLEST,
    add_product,
    add_triple,
    rounded,
)
from negotiation.kernels.minors import ALWAYS, Plan

__all__ = ["MOST_EQUILIBRIA", "UNDECIDED", "solve_games"]

UNDECIDED = -1
"""In place of a count: the game is left to the exact solver."""
MOST_VERTICES = 20
"""Of a 4-dimensional polytope with 8 facets (McMullen's upper bound theorem)."""
MOST_EQUILIBRIA = MOST_VERTICES**2

BLOCK = 64
TWO_ROWS = 16 * 2.0**-53
THREE_ROWS = 64 * 2.0**-53
ACCURATE = 2.0**40
WIDEST = 2.0**100
NARROWEST = 2.0**-100
SMALL_INTEGERS = 2.0**14
NONE, ONE = np.uint64(0), np.uint64(1)
FIXED = np.uint64(1 << ALWAYS)
LOW_SIX = 63
SEQUENCE, TOP_SIX = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
POSITIONS = np.array(
    sorted(range(64), key=lambda k: (int(SEQUENCE) << k & 0xFFFFFFFFFFFFFFFF) >> 58), np.int64
)
"""Where a one is, by the six digits that it moves to the top of the sequence."""

Doubles = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Sets = npt.NDArray[np.uint64]


# Payoffs


@compiled
def _load(
    payoffs: Doubles,
    start: int,
    size: int,
    entries: Doubles,
    whole: Sets,
    undecided: Numbers,
) -> None:
    """Turn the payoffs of a block, ``entries[place, game]``; scale very large and small ones.

    ``whole[game]`` has all bits set if the payoffs are small integers.
    """
    half = entries.shape[0] // 2
    for b in range(size):
        undecided[b] = 0
        whole[b] = ~NONE
    for place in range(2 * half):
        for b in range(size):
            value = payoffs[start + b, place]
            entries[place, b] = value
            whole[b] &= ~NONE if value == np.floor(value) else NONE
            whole[b] &= ~NONE if abs(value) <= SMALL_INTEGERS else NONE
    for player in range(2):
        largest = np.zeros(BLOCK)
        for place in range(player * half, (player + 1) * half):
            for b in range(size):
                value = abs(entries[place, b])
                largest[b] = value if value > largest[b] else largest[b]
        for b in range(size):
            if largest[b] > WIDEST or (largest[b] < NARROWEST and largest[b] != 0.0):
                _rescale(entries, b, player * half, (player + 1) * half, largest[b], undecided)


@compiled
def _rescale(
    entries: Doubles, b: int, start: int, stop: int, largest: float, undecided: Numbers
) -> None:
    """Multiply a player's payoffs by a power of two; give the game up if that is not exact."""
    exponent = math.frexp(largest)[1]
    for place in range(start, stop):
        scaled = math.ldexp(entries[place, b], -exponent)
        if math.ldexp(scaled, exponent) != entries[place, b]:
            undecided[b] = 1
        entries[place, b] = scaled


# Signs


@compiled
def _signs(
    entries: Doubles,
    size: int,
    plan: Plan,
    values: Doubles,
    spreads: Doubles,
    positive: Sets,
    negative: Sets,
    rough: Sets,
    whole: Sets,
    undecided: Numbers,
    room: Doubles,
) -> None:
    """Compute all G of a block, ``values[sign, game]``, and the sets of their signs.

    ``rough`` receives the sets of those whose relative error may exceed 2^-40.
    """
    first, second, third = plan.first, plan.second, plan.third
    unsure = np.zeros(BLOCK, np.uint64)
    spreads[:] = 0.0
    for b in range(size):
        positive[b] = FIXED
        negative[b] = rough[b] = NONE
    bit = ONE
    for k in range(first.shape[0]):
        minuend, subtrahend = entries[first[k, 0]], entries[first[k, 1]]
        spread, value = spreads[first[k, 2]], values[k]
        for b in range(size):
            v = minuend[b] - subtrahend[b]
            value[b] = v
            positive[b] |= bit if v > 0.0 else NONE
            negative[b] |= bit if v < 0.0 else NONE
            spread[b] = abs(v) if abs(v) > spread[b] else spread[b]
        bit <<= ONE
    for row in range(plan.rows):
        spread = spreads[row]
        for b in range(size):
            if spread[b] > WIDEST or (spread[b] < NARROWEST and spread[b] != 0.0):
                undecided[b] = 1
    number = first.shape[0]
    for k in range(second.shape[0]):
        f, g = values[second[k, 0]], values[second[k, 1]]
        h, i = values[second[k, 2]], values[second[k, 3]]
        s, t = spreads[second[k, 4]], spreads[second[k, 5]]
        value = values[number]
        for b in range(size):
            v = f[b] * g[b] - h[b] * i[b]
            bound = TWO_ROWS * (s[b] * t[b])
            value[b] = v
            positive[b] |= bit if v > bound else NONE
            negative[b] |= bit if v < -bound else NONE
            unsure[b] |= bit if abs(v) <= bound else NONE
            rough[b] |= bit if abs(v) <= ACCURATE * bound else NONE
        bit <<= ONE
        number += 1
    for k in range(third.shape[0]):
        f, g = values[third[k, 0]], values[third[k, 1]]
        h, i = values[third[k, 2]], values[third[k, 3]]
        p, q = values[third[k, 4]], values[third[k, 5]]
        s, t, r = spreads[third[k, 6]], spreads[third[k, 7]], spreads[third[k, 8]]
        value = values[number]
        for b in range(size):
            v = f[b] * g[b] - h[b] * i[b] + p[b] * q[b]
            bound = THREE_ROWS * (s[b] * t[b] * r[b])
            value[b] = v
            positive[b] |= bit if v > bound else NONE
            negative[b] |= bit if v < -bound else NONE
            unsure[b] |= bit if abs(v) <= bound else NONE
            rough[b] |= bit if abs(v) <= ACCURATE * bound else NONE
        bit <<= ONE
        number += 1
    for b in range(size):
        unsure[b] &= ~whole[b]
        rough[b] &= ~whole[b]
        if unsure[b] != NONE and not undecided[b]:
            _decide(entries, b, plan, unsure[b], values, positive, negative, undecided, room)


@compiled
def _decide(
    entries: Doubles,
    b: int,
    plan: Plan,
    unsure: np.uint64,
    values: Doubles,
    positive: Sets,
    negative: Sets,
    undecided: Numbers,
    room: Doubles,
) -> None:
    """Find the signs of a game that the bound left open."""
    for number in range(plan.first.shape[0], plan.signs):
        bit = ONE << np.uint64(number)
        if unsure & bit == NONE:
            continue
        if not _in_exact_range(entries, b):
            undecided[b] = 1
            return
        value = _exact(entries, b, plan, number, room)
        values[number, b] = value
        if value > 0.0:
            positive[b] |= bit
        elif value < 0.0:
            negative[b] |= bit


@compiled
def _in_exact_range(entries: Doubles, b: int) -> bool:
    """Say whether products of three payoffs of a game can be formed without rounding."""
    for place in range(entries.shape[0]):
        size = abs(entries[place, b])
        if size != 0.0 and not SMALLEST <= size <= LARGEST:
            return False
    return True


@compiled
def _exact(entries: Doubles, b: int, plan: Plan, number: int, room: Doubles) -> float:
    """Return a G of two or three rows, rounded to double, with the right sign."""
    k = number - plan.first.shape[0]
    length = 0
    if k < plan.second.shape[0]:
        at = plan.second_places
        for i in range(3):
            for j in range(3):
                if i != j:
                    left = entries[at[k, 0, i], b]
                    if (i + 1) % 3 != j:
                        left = -left
                    length = add_product(room, length, left, entries[at[k, 1, j], b])
        return rounded(room, length)
    k -= plan.second.shape[0]
    at = plan.third_places
    for i in range(4):
        for j in range(4):
            for h in range(4):
                if i != j and i != h and j != h:
                    last = 6 - i - j - h
                    odd = (i > j) ^ (i > h) ^ (j > h) ^ (i > last) ^ (j > last) ^ (h > last)
                    left, middle = entries[at[k, 0, i], b], entries[at[k, 1, j], b]
                    if odd:
                        left = -left
                    length = add_triple(room, length, left, middle, entries[at[k, 2, h], b])
    return rounded(room, length)


# Vertices and equilibria


@compiled
def _find_vertices(
    masks: Sets, order: Numbers, size: int, positive: Sets, negative: Sets, vertices: Sets
) -> None:
    """Find the pairs (I, J) that are vertices, all y positive or all negative, no reply better.

    ``vertices[word, game]`` are sets of numbers k; k stands for candidate ``order[k]``.
    """
    vertices[:] = NONE
    for k in range(order.shape[0]):
        up, down = masks[order[k], 0], masks[order[k], 1]
        not_down, not_up = masks[order[k], 2], masks[order[k], 3]
        word = vertices[k >> 6]
        bit = ONE << np.uint64(k & LOW_SIX)
        for b in range(size):
            p, n = positive[b], negative[b]
            wrong = (up & ~p) | (down & ~n) | (not_down & n) | (not_up & p)
            turned = (up & ~n) | (down & ~p) | (not_down & p) | (not_up & n)
            word[b] |= (bit if wrong == NONE else NONE) | (bit if turned == NONE else NONE)


@compiled
def _list_vertices(
    sets: Numbers, slack: Numbers, order: Numbers, low: int, high: int, nonzero: int, found: Numbers
) -> int:
    """List the vertices of a game once each: number of a pair (I, J), I, and the tight replies."""
    count = 0
    for k in range(order.shape[0]):
        word = high if k > LOW_SIX else low
        if not word >> np.uint64(k & LOW_SIX) & ONE:
            continue
        candidate = order[k]
        used, tight = sets[candidate, 0], sets[candidate, 1]
        for entry in range(slack.shape[1]):
            sign = slack[candidate, entry, 0]
            if sign < 0:
                break
            if not nonzero >> np.uint64(sign) & ONE:
                tight |= 1 << slack[candidate, entry, 1]
        known = False
        for earlier in range(count):
            known |= found[earlier, 1] == used and found[earlier, 2] == tight
        if not known:
            found[count, 0] = candidate
            found[count, 1] = used
            found[count, 2] = tight
            count += 1
    return count


@compiled
def _size(members: int) -> int:
    """Return the number of members of a set of at most four."""
    return (members & 1) + (members >> 1 & 1) + (members >> 2 & 1) + (members >> 3 & 1)


@compiled
def _match(
    ranks: Numbers, xs: Numbers, x_count: int, ys: Numbers, y_count: int, pairs: Numbers
) -> int:
    """List the completely labelled pairs of vertices, in the order of the exact solver.

    ``pairs[e]`` is a key by which they are sorted and the numbers of the two candidates.
    """
    count = 0
    for i in range(x_count):
        for j in range(y_count):
            if xs[i, 1] & ~ys[j, 2] or ys[j, 1] & ~xs[i, 2]:
                continue
            key = _size(xs[i, 1]) + _size(ys[j, 1])
            for members in (xs[i, 1], xs[i, 2], ys[j, 1], ys[j, 2]):
                key = key << 4 | ranks[members]
            place = count
            while place > 0 and pairs[place - 1, 0] > key:
                for column in range(3):
                    pairs[place, column] = pairs[place - 1, column]
                place -= 1
            pairs[place, 0] = key
            pairs[place, 1] = xs[i, 0]
            pairs[place, 2] = ys[j, 0]
            count += 1
    return count


# Probabilities


@compiled
def _fill(
    numerators: Numbers, candidate: int, values: Doubles, b: int, probabilities: Doubles, row: int
) -> None:
    """Write the mixture of a vertex (I, J) into a row."""
    total = 0.0
    for action in range(probabilities.shape[1]):
        weight = abs(values[numerators[candidate, action], b])
        probabilities[row, action] = weight
        total += weight
    for action in range(probabilities.shape[1]):
        probabilities[row, action] /= total


@compiled
def _make_accurate(
    entries: Doubles, b: int, plan: Plan, rough: np.uint64, values: Doubles, room: Doubles
) -> None:
    """Replace some values by the rounded exact ones."""
    for number in range(plan.signs):
        if rough >> np.uint64(number) & ONE and _in_exact_range(entries, b):
            values[number, b] = _exact(entries, b, plan, number, room)


@compiled
def _lowest(members: np.uint64) -> int:
    """Return the lowest member of a set that is not empty (de Bruijn's sequence)."""
    return int(POSITIONS[(members & (~members + ONE)) * SEQUENCE >> TOP_SIX])


# All of it


@compiled
def _room_for_values(plan: Plan) -> Doubles:
    """Return room for the G of a block, the constants 0 and 1 in the last two lines."""
    values = np.zeros((plan.signs + 2, BLOCK))
    values[plan.signs + 1] = 1.0
    return values


@compiled
def solve_games(
    payoffs: Doubles,
    x_plan: Plan,
    y_plan: Plan,
    x_order: Numbers,
    y_order: Numbers,
    start: int,
    stop: int,
    counts: Numbers,
    codes: npt.NDArray[np.uint8],
    x_probabilities: Doubles,
    y_probabilities: Doubles,
) -> tuple[int, int]:
    """Find the extreme equilibria of some games.

    Parameters
    ----------
    payoffs : array (games, 2 * rows * columns)
        Finite.
    x_plan, y_plan : Plan
        Of the player of the rows, and of the columns.
    x_order, y_order : array (candidates,)
        The candidates of the two, in an order in which the k-th of both are (I, J) and (J, I).
    start, stop : int
        Which games.
    counts : array (games,)
        Receives the number of equilibria, or :data:`UNDECIDED`.
    codes : array (room, 2)
        Receives the numbers of the two candidates of each equilibrium, game by game; from the
        first row on, whatever `start` is.
    x_probabilities, y_probabilities : array (room, rows), array (room, columns)
        Receive the mixtures.

    Returns
    -------
    (int, int)
        The first game that was not solved for want of room, else `stop`; rows written.
    """
    entries = np.empty((payoffs.shape[1], BLOCK))
    x_values, y_values = _room_for_values(x_plan), _room_for_values(y_plan)
    x_spreads, y_spreads = np.empty((x_plan.rows, BLOCK)), np.empty((y_plan.rows, BLOCK))
    x_signs, y_signs = np.empty((2, BLOCK), np.uint64), np.empty((2, BLOCK), np.uint64)
    x_vertices, y_vertices = np.empty((2, BLOCK), np.uint64), np.empty((2, BLOCK), np.uint64)
    x_rough, y_rough = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64)
    x_sets, x_numerators = x_plan.sets, x_plan.numerators
    y_sets, y_numerators = y_plan.sets, y_plan.numerators
    x_divided, y_divided = x_plan.divided, y_plan.divided
    x_slack, y_slack, ranks = x_plan.slack, y_plan.slack, x_plan.ranks
    whole = np.empty(BLOCK, np.uint64)
    undecided = np.empty(BLOCK, np.int64)
    room = np.empty(LONGEST)
    xs, ys = np.empty((MOST_VERTICES, 3), np.int64), np.empty((MOST_VERTICES, 3), np.int64)
    pairs = np.empty((MOST_EQUILIBRIA, 3), np.int64)
    x_all = FIXED | ((ONE << np.uint64(x_plan.signs)) - ONE)
    y_all = FIXED | ((ONE << np.uint64(y_plan.signs)) - ONE)
    rows = 0
    for block in range(start, stop, BLOCK):
        size = min(BLOCK, stop - block)
        _load(payoffs, block, size, entries, whole, undecided)
        _signs(
            entries,
            size,
            x_plan,
            x_values,
            x_spreads,
            x_signs[0],
            x_signs[1],
            x_rough,
            whole,
            undecided,
            room,
        )
        _signs(
            entries,
            size,
            y_plan,
            y_values,
            y_spreads,
            y_signs[0],
            y_signs[1],
            y_rough,
            whole,
            undecided,
            room,
        )
        _find_vertices(x_plan.masks, x_order, size, x_signs[0], x_signs[1], x_vertices)
        _find_vertices(y_plan.masks, y_order, size, y_signs[0], y_signs[1], y_vertices)
        for b in range(size):
            if undecided[b]:
                counts[block + b] = UNDECIDED
                continue
            count = 0
            x_nonzero, y_nonzero = x_signs[0, b] | x_signs[1, b], y_signs[0, b] | y_signs[1, b]
            if x_nonzero == x_all and y_nonzero == y_all:
                for word in range(2):
                    both = x_vertices[word, b] & y_vertices[word, b]
                    while both != NONE:
                        k = (word << 6) + _lowest(both)
                        pairs[count, 1] = x_order[k]
                        pairs[count, 2] = y_order[k]
                        count += 1
                        both &= both - ONE
            else:
                x_count = _list_vertices(
                    x_sets, x_slack, x_order, x_vertices[0, b], x_vertices[1, b], x_nonzero, xs
                )
                y_count = _list_vertices(
                    y_sets, y_slack, y_order, y_vertices[0, b], y_vertices[1, b], y_nonzero, ys
                )
                count = _match(ranks, xs, x_count, ys, y_count, pairs)
            if rows + count > codes.shape[0]:
                return block + b, rows
            for k in range(count):
                x, y = pairs[k, 1], pairs[k, 2]
                codes[rows, 0] = x
                codes[rows, 1] = y
                rough = x_rough[b] & x_divided[x]
                if rough != NONE:
                    _make_accurate(entries, b, x_plan, rough, x_values, room)
                rough = y_rough[b] & y_divided[y]
                if rough != NONE:
                    _make_accurate(entries, b, y_plan, rough, y_values, room)
                _fill(x_numerators, x, x_values, b, x_probabilities, rows)
                _fill(y_numerators, y, y_values, b, y_probabilities, rows)
                rows += 1
            counts[block + b] = count
    return stop, rows
