r"""The determinants whose signs decide a two-player game with at most four actions a player.

One player mixes over *own* actions, the rows of a matrix M; the other player's *replies* are its
columns, M[i, j] being the replier's payoff. For k rows R and k + 1 columns K let

.. math:: G(R, K) = \det \begin{pmatrix} M_{R,K} \\ 1 \cdots 1 \end{pmatrix},

rows and columns in ascending order, the row of ones last; G of no row is 1.

*Mixtures.* Let I be k own actions and J be k replies. If a mixture x of exactly the actions I that
makes the player indifferent among J is unique, Cramer's rule gives, with I_t the t-th member of I,

.. math:: x_{I_t} \propto y_t = (-1)^t\, G(I \setminus I_t, J),

and for a reply j outside J, which is to be at place s of J + j,

.. math:: (\text{payoff of } j - \text{payoff of } J) \sum_t y_t = (-1)^s\, G(I, J + j).

Both follow from expanding, along its first column, the determinant of the rows I and the row of
ones in the columns (j, J): it vanishes for j in J. So the pair (I, J) is a *vertex* of the
best-reply polytope exactly when all y_t have one sign, none zero, and no reply outside J is better:
a condition on signs of G alone. Every vertex has such a pair (its tight replies contain a
nonsingular choice of as many as it uses actions); in a degenerate game it may have several. Its
*tight* replies are J and those j with G(I, J + j) = 0.

*Equilibria.* Vertices (I, J) of the one player with tight replies T, and (J', I') of the other with
tight replies T', are an extreme equilibrium exactly when I lies in T' and J' in T (all labels are
there, see :mod:`negotiation.solvers.bimatrix`). In a game where no G vanishes T = J, so both are
given by one pair (I, J).

*Expansion.* Along its first row r, with K = (K_0, ..., K_k) and because G without r vanishes when
a row of equal entries is put in its place,

.. math::

   G(R, K) = \sum_{t \ge 1} (-1)^{t+1} (M_{r K_0} - M_{r K_t})\,
             G(R \setminus r, K \setminus K_t),

so that all G together need one subtraction each for k = 1, two products for k = 2 and three for
k = 3: 52 values for a 4x4 matrix. A common factor of a row of M changes no sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_ACTIONS", "Candidate", "Plan", "candidates", "partners", "plan"]

MOST_ACTIONS = 4
ALWAYS = 63
"""Bit that stands for the G of no row, which is positive."""

Numbers = npt.NDArray[np.int64]
Key = tuple[tuple[int, ...], tuple[int, ...]]


class Plan(NamedTuple):
    """What a kernel needs to know of one player's matrix; all arrays, for the compiler.

    A *place* is an index into the payoffs of a game, laid out flat: player, row, column. A *sign*
    is the number of a G, in the order k = 1, 2, 3.

    Attributes
    ----------
    first : array (n, 3)
        For each G of one row: the places of minuend and subtrahend, and the row.
    second : array (n, 6)
        For each G of two rows: the G whose products ``a b - c d`` make it, and its rows.
    third : array (n, 9)
        For each G of three rows: the G with ``a b - c d + e f``, and its rows.
    second_places : array (n, 2, 3)
        The places of its entries.
    third_places : array (n, 3, 4)
    rows, signs : int
        Own actions, and how many G there are.
    masks : array (candidates, 4) of uint64
        For each pair (I, J), sets of signs: those that must be positive, negative, not negative,
        not positive, if the y are to be positive.
    sets : array (candidates, 2)
        I and J as bit masks.
    slack : array (candidates, 4, 2)
        For each reply outside J its sign and its number; -1 where there are no more.
    numerators : array (candidates, own)
        For each own action the sign whose size is its weight in the mixture. Two more stand for
        constants: `signs` for 0, of an action not used, and `signs` + 1 for 1, of the only one.
    divided : array (candidates,) of uint64
        The set of the signs among these, constants left out.
    ranks : array (16,)
        Rank of each set of actions, as a bit mask, when sets are ordered as ascending sequences.
    """

    first: Numbers
    second: Numbers
    third: Numbers
    second_places: Numbers
    third_places: Numbers
    rows: int
    signs: int
    masks: npt.NDArray[np.uint64]
    sets: Numbers
    slack: Numbers
    numerators: Numbers
    divided: npt.NDArray[np.uint64]
    ranks: Numbers


class Candidate(NamedTuple):
    """A pair (I, J) of as many own actions as replies."""

    used: tuple[int, ...]
    tight: tuple[int, ...]


@lru_cache(maxsize=64)
def candidates(own: int, replies: int) -> tuple[Candidate, ...]:
    """Return all pairs (I, J), small ones first, each size in lexicographic order."""
    return tuple(
        Candidate(used, tight)
        for size in range(1, min(own, replies) + 1)
        for used in combinations(range(own), size)
        for tight in combinations(range(replies), size)
    )


def partners(own: int, replies: int) -> tuple[Numbers, Numbers]:
    """Return the pairs (I, J) of one player, by number, and the pairs (J, I) of the other."""
    pairs = candidates(own, replies)
    numbers = {(c.used, c.tight): k for k, c in enumerate(candidates(replies, own))}
    turned = [numbers[c.tight, c.used] for c in pairs]
    return np.arange(len(pairs), dtype=np.int64), np.array(turned, np.int64)


@lru_cache(maxsize=64)
def plan(own: int, replies: int, transposed: bool) -> Plan:
    """Return the plan of one player of a shape.

    Parameters
    ----------
    own, replies : int
        Numbers of actions of the player who mixes and of the one who replies.
    transposed : bool
        False if the player who mixes is the first, so that M is the second player's payoffs; True
        if he is the second, and M the first player's payoffs, turned.
    """
    keys = list(_keys(own, replies))
    number = {key: k for k, key in enumerate(keys)}

    def place(row: int, column: int) -> int:
        return column * own + row if transposed else own * replies + row * replies + column

    first = [
        (place(rows[0], columns[0]), place(rows[0], columns[1]), rows[0])
        for rows, columns in keys
        if len(rows) == 1
    ]
    second, third, second_places, third_places = [], [], [], []
    for rows, columns in keys:
        if len(rows) == 1:
            continue
        factors = []
        for dropped in columns[1:]:
            left = tuple(column for column in columns if column != dropped)
            factors += [number[rows[:1], (columns[0], dropped)], number[rows[1:], left]]
        places = [[place(row, column) for column in columns] for row in rows]
        if len(rows) == 2:
            second.append((*factors, *rows))
            second_places.append(places)
        else:
            third.append((*factors, *rows))
            third_places.append(places)
    return Plan(
        _table(first, 3),
        _table(second, 6),
        _table(third, 9),
        np.array(second_places, np.int64).reshape(-1, 2, 3),
        np.array(third_places, np.int64).reshape(-1, 3, 4),
        own,
        len(keys),
        *_conditions(own, replies, number),
        np.array(_ranks(MOST_ACTIONS), np.int64),
    )


def _keys(own: int, replies: int) -> Iterator[Key]:
    """Yield the (R, K) of all G but that of no row; one of four rows decides nothing."""
    for size in range(1, min(own, replies - 1) + 1):
        for rows in combinations(range(own), size):
            for columns in combinations(range(replies), size + 1):
                yield rows, columns


def _table(lines: Sequence[tuple[int, ...]], width: int) -> Numbers:
    return np.array(lines, np.int64).reshape(-1, width)


def _conditions(
    own: int, replies: int, number: dict[Key, int]
) -> tuple[npt.NDArray[np.uint64], Numbers, Numbers, Numbers, npt.NDArray[np.uint64]]:
    """Return masks, sets, slack, numerators and divided of a :class:`Plan`."""
    pairs = candidates(own, replies)
    masks = np.zeros((len(pairs), 4), np.uint64)
    sets = np.zeros((len(pairs), 2), np.int64)
    slack = np.full((len(pairs), MOST_ACTIONS, 2), -1, np.int64)
    numerators = np.full((len(pairs), own), len(number), np.int64)
    divided = np.zeros(len(pairs), np.uint64)
    for k, (used, tight) in enumerate(pairs):
        sets[k] = _mask(used), _mask(tight)
        conditions = [0, 0, 0, 0]
        for t, action in enumerate(used):
            others = tuple(other for other in used if other != action)
            sign = number[others, tight] if others else ALWAYS
            conditions[t % 2] |= 1 << sign
            numerators[k, action] = sign if others else len(number) + 1
            divided[k] |= np.uint64(1 << sign) if others else np.uint64(0)
        outside = [reply for reply in range(replies) if reply not in tight]
        for entry, reply in enumerate(outside):
            columns = tuple(sorted((*tight, reply)))
            sign = number[used, columns]
            conditions[3 - columns.index(reply) % 2] |= 1 << sign
            slack[k, entry] = sign, reply
        masks[k] = conditions
    return masks, sets, slack, numerators, divided


def _mask(members: tuple[int, ...]) -> int:
    return sum(1 << member for member in members)


def _ranks(size: int) -> list[int]:
    """Return the rank of every set among all sets as ascending sequences, by bit mask."""
    sets = [tuple(k for k in range(size) if mask >> k & 1) for mask in range(1 << size)]
    ordered = sorted(sets)
    return [ordered.index(members) for members in sets]
