"""How polynomials, points and what is wanted of them are laid out for the kernels (no compiler)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_MOVING", "Forms", "Plan", "Points", "Tree"]

MOST_MOVING = 6
"""Most variables of a form that may move along a run if its sign is to be known between points."""

Numbers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


class Forms(NamedTuple):
    """Polynomials, numbered, laid out flat.

    Attributes
    ----------
    modes : array (forms,)
        0: in integers, 1: in double words, 2: neither.
    starts : array (forms + 1,)
        Where the terms of each begin.
    integers : array (terms,)
        Coefficients in integers.
    heads, tails : array (terms,) of float64
        Coefficients as double words.
    factor_starts : array (terms + 1,)
        Where the factors of each term begin.
    factors : array (factors,)
        Variables, one for each power.
    widths : array (forms,) of float64
        The w of the error bound.
    short : array (forms,)
        1 if the sum of the absolute values of its terms in integers is at most 2^53 and, along a
        run, it reads nothing that moves but the variable that moves fastest.
    """

    modes: Numbers
    starts: Numbers
    integers: Numbers
    heads: Doubles
    tails: Doubles
    factor_starts: Numbers
    factors: Numbers
    widths: Doubles
    short: Numbers


class Plan(NamedTuple):
    """Which values the points of each kind have.

    Attributes
    ----------
    quotient_starts, quotients : array
        The different quotients of each kind, by number; -1 where the value is constant.
    constants : array (quotients,) of float64
        The constants.
    entry_starts, entries : array
        The values in order: places among the quotients of the kind.
    widest : int
        The most quotients of a kind.
    """

    quotient_starts: Numbers
    quotients: Numbers
    constants: Doubles
    entry_starts: Numbers
    entries: Numbers
    widest: int


class Points(NamedTuple):
    """Points, one a line: integers, and double words.

    Attributes
    ----------
    integers : array (points, variables)
    heads, tails : array (points, variables), or (1, 1) where no form needs them
    last : int
        The variable that moves along a run of points, -1 for none.
    moving : array (points,) of float64
        Its integers.
    """

    integers: Numbers
    heads: Doubles
    tails: Doubles
    last: int
    moving: Doubles


class Tree(NamedTuple):
    """A tree of questions.

    Attributes
    ----------
    nodes : array (nodes, 4)
        Form, set of signs (1 negative, 2 zero, 4 positive), the node where the sign is in the set,
        the node where it is not. A form of -1 is an open end, or a leaf.
    leaves : array (nodes,)
        Number of the leaf, -1 where there is none.
    bends : array (leaves + 1,)
        Where the forms asked on the way to each leaf that may turn back along a run begin in
        `bent`.
    bent : array
        A form p of a higher degree in the variable that moves; ~p of one that reads several
        variables that move and is affine in each.
    steady : array (leaves,)
        0 where nothing is known of what lies between two points of a leaf.
    """

    nodes: Numbers
    leaves: Numbers
    bends: Numbers
    bent: Numbers
    steady: Numbers
