r"""Linear programs in exact rationals: the simplex method in integers, with a proof of each answer.

The program is

.. math:: \max\; c x \quad\text{subject to}\quad A x \le b,\; E x = d,\; x \ge 0,

and its dual is to minimise :math:`b y + d z` subject to
:math:`A^\top y + E^\top z \ge c,\; y \ge 0`. Exactly one of three answers holds, and each comes
with the numbers that prove it (:func:`is_proof`), whatever way they were found:

- an :class:`Optimum`: x and (y, z) satisfy their constraints and have the same value;
- :class:`Infeasible`: (y, z) with :math:`A^\top y + E^\top z \ge 0,\; y \ge 0,\; b y + d z < 0`
  (Farkas);
- :class:`Unbounded`: a point, and a ray r with :math:`A r \le 0,\; E r = 0,\; r \ge 0,\; c r > 0`.

*Pivots.* A dictionary writes the basic variables, and the objective, as functions of the nonbasic
ones, in integers (:mod:`negotiation.solvers.dictionaries`). [1]_

*Two phases.* The slack variables of the equations leave the basis first and never come back. If a
basic variable is then negative, an artificial variable is added to all rows and minimised.

*No cycles.* The entering variable is the one with the largest coefficient in the objective. The
leaving one is chosen as if the k-th row had the right-hand side b_k + e^k at the start of the
phase, for an infinitesimal e > 0 (lexicographic rule): then no basis can come twice. [2]_

*All optimal vertices.* The vertices of the perturbed program where the objective is best are the
bases reached by pivots on nonbasic variables with coefficient 0 in the objective. Every optimal
vertex of the given program is the limit of some of them.

References
----------
.. [1] Bareiss, E. H. (1968), Sylvester's identity and multistep integer-preserving Gaussian
       elimination, Mathematics of Computation 22, 565-578.
.. [2] Dantzig, G. B., Orden, A., Wolfe, P. (1955), The generalized simplex method for minimizing a
       linear form under linear inequality restraints, Pacific Journal of Mathematics 5, 183-195.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from negotiation.errors import BudgetError, UsageError
from negotiation.solvers.dictionaries import Dictionary

__all__ = [
    "Infeasible",
    "LinearProgram",
    "Optimum",
    "Unbounded",
    "is_proof",
    "optimal_vertices",
    "solve_linear_program",
]

Number = Fraction | int
Row = Sequence[Number]
Point = tuple[Fraction, ...]

MAX_BASES = 100_000
_ZERO = Fraction(0)


@dataclass(frozen=True)
class LinearProgram:
    """Maximise ``objective`` x subject to inequalities, equations and x >= 0.

    Attributes
    ----------
    objective : sequence of n numbers
        c, one number a variable. All numbers are exact: int or Fraction.
    inequalities : sequence of rows of n numbers
        A.
    bounds : sequence of numbers
        b, one an inequality.
    equations : sequence of rows of n numbers
        E.
    values : sequence of numbers
        d, one an equation.

    Raises
    ------
    UsageError
        If lengths do not fit or an entry is no exact number.
    """

    objective: Row
    inequalities: Sequence[Row] = ()
    bounds: Row = ()
    equations: Sequence[Row] = ()
    values: Row = ()

    def __post_init__(self) -> None:
        """Refuse what is no linear program."""
        n = len(self.objective)
        for name, rows, sides in (
            ("inequalities", self.inequalities, self.bounds),
            ("equations", self.equations, self.values),
        ):
            if len(rows) != len(sides):
                raise UsageError(
                    f"{len(rows)} rows, but {len(sides)} right-hand sides",
                    place=name,
                    remedy="give one for each row",
                )
            for k, row in enumerate(rows, 1):
                if len(row) != n:
                    raise UsageError(
                        f"{len(row)} coefficients for {n} variables",
                        place=f"{name}, row {k}",
                        remedy="give one for each variable",
                    )
                _check_exact([*row, sides[k - 1]], f"{name}, row {k}")
        _check_exact(self.objective, "objective")


def _check_exact(numbers: Row, place: str) -> None:
    for number in numbers:
        if not isinstance(number, int | Fraction):
            raise UsageError(
                f"{number!r} is not an exact number but a {type(number).__name__}",
                place=place,
                remedy="write it as an int or a Fraction",
            )


@dataclass(frozen=True)
class Optimum:
    """The best value, a point that has it, and prices that prove that no other is better.

    Attributes
    ----------
    value : Fraction
    point : tuple of Fraction
        x, a vertex.
    prices, equation_prices : tuple of Fraction
        y and z, a solution of the dual program.
    """

    value: Fraction
    point: Point
    prices: Point
    equation_prices: Point


@dataclass(frozen=True)
class Infeasible:
    """No point satisfies the constraints.

    Attributes
    ----------
    weights, equation_weights : tuple of Fraction
        y and z: the constraints so weighted say that a nonnegative number is negative (Farkas).
    """

    weights: Point
    equation_weights: Point


@dataclass(frozen=True)
class Unbounded:
    """The objective grows for ever from `point` in the direction `ray`."""

    point: Point
    ray: Point


Answer = Optimum | Infeasible | Unbounded


def solve_linear_program(program: LinearProgram, *, deadline: float | None = None) -> Answer:
    """Solve a linear program exactly.

    Parameters
    ----------
    program : LinearProgram
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Returns
    -------
    Optimum, Infeasible or Unbounded
        With its proof; of several optimal points one, which may depend on the order of rows.

    Raises
    ------
    BudgetError
        If the deadline passes.

    Examples
    --------
    >>> solve_linear_program(LinearProgram([1, 1], [[1, 2], [3, 1]], [4, 6])).value
    Fraction(14, 5)
    """
    return _Simplex(program, deadline).solve()


def optimal_vertices(
    program: LinearProgram, *, limit: int = MAX_BASES, deadline: float | None = None
) -> tuple[Point, ...]:
    """Return all vertices of the set of optimal points, sorted; none without an optimum.

    If that set is bounded, it is their convex hull.

    Parameters
    ----------
    limit : int
        Largest number of bases to visit.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    BudgetError
        If the deadline passes, or there are more bases than `limit`.
    """
    simplex = _Simplex(program, deadline)
    if not isinstance(simplex.solve(), Optimum):
        return ()
    return tuple(sorted(simplex.optimal_points(limit)))


def is_proof(program: LinearProgram, answer: Answer) -> bool:
    """Return whether an answer proves itself: exact products and signs only, no pivots."""
    if isinstance(answer, Optimum):
        prices = answer.prices, answer.equation_prices
        return (
            _is_feasible(program, answer.point)
            and _is_above(program, *prices, program.objective)
            and _product(program.objective, answer.point) == answer.value
            and _worth(program, *prices) == answer.value
        )
    if isinstance(answer, Infeasible):
        weights = answer.weights, answer.equation_weights
        nothing = [0] * len(program.objective)
        return _is_above(program, *weights, nothing) and _worth(program, *weights) < 0
    return (
        _is_feasible(program, answer.point)
        and min(answer.ray, default=0) >= 0
        and all(_product(row, answer.ray) <= 0 for row in program.inequalities)
        and all(_product(row, answer.ray) == 0 for row in program.equations)
        and _product(program.objective, answer.ray) > 0
    )


def _product(row: Row, point: Row) -> Fraction:
    return sum((Fraction(a) * x for a, x in zip(row, point, strict=True) if a and x), _ZERO)


def _is_feasible(program: LinearProgram, point: Point) -> bool:
    upper = zip(program.inequalities, program.bounds, strict=True)
    equal = zip(program.equations, program.values, strict=True)
    return (
        min(point, default=0) >= 0
        and all(_product(row, point) <= bound for row, bound in upper)
        and all(_product(row, point) == value for row, value in equal)
    )


def _is_above(program: LinearProgram, prices: Point, equation_prices: Point, floor: Row) -> bool:
    """Return whether A'y + E'z >= floor and y >= 0."""
    weighted = [
        *zip(prices, program.inequalities, strict=True),
        *zip(equation_prices, program.equations, strict=True),
    ]
    return min(prices, default=0) >= 0 and all(
        sum((weight * row[j] for weight, row in weighted if weight), _ZERO) >= least
        for j, least in enumerate(floor)
    )


def _worth(program: LinearProgram, prices: Point, equation_prices: Point) -> Fraction:
    return _product(program.bounds, prices) + _product(program.values, equation_prices)


# Programs as dictionaries: the objective is the last row, in phase 1 the artificial one before it

OBJECTIVE, ARTIFICIAL_OBJECTIVE = -1, -2
"""Labels of rows: what they stand for may have any sign and never leaves."""


def _without_row(found: Dictionary, r: int) -> Dictionary:
    rows, basis = found.rows.copy(), found.basis.copy()
    del rows[r], basis[r]
    return Dictionary(rows, found.denominator, basis, found.cobasis, found.free)


def _with_artificial(found: Dictionary, label: int) -> Dictionary:
    """Return the dictionary with an artificial variable added to every basic one.

    The objective of phase 1 is its negative.
    """
    rows = [[*row[:-1], -found.denominator, row[-1]] for row in found.rows]
    rows[-1][-2] = 0
    rows.insert(-1, [*[0] * len(found.cobasis), found.denominator, 0])
    basis = [*found.basis[:-1], ARTIFICIAL_OBJECTIVE, OBJECTIVE]
    return Dictionary(rows, found.denominator, basis, [*found.cobasis, label], 2)


def _without_artificial(found: Dictionary, label: int) -> Dictionary:
    """Return the dictionary without the artificial variable, which is nonbasic."""
    s = found.cobasis.index(label)
    rows = [row[:s] + row[s + 1 :] for row in found.rows]
    del rows[-2]
    basis = [*found.basis[:-2], OBJECTIVE]
    cobasis = found.cobasis[:s] + found.cobasis[s + 1 :]
    return Dictionary(rows, found.denominator, basis, cobasis, 1)


def _values(found: Dictionary) -> dict[int, Fraction]:
    """Return the basic variables that are not zero."""
    return {
        label: Fraction(row[-1], found.denominator)
        for label, row in zip(found.basis, found.rows, strict=True)
        if row[-1] and label >= 0
    }


class _Simplex:
    """One program being solved.

    Variables have labels: those of the program first, then the slack variables of inequalities,
    then those of equations, last the artificial variable.
    """

    def __init__(self, program: LinearProgram, deadline: float | None) -> None:
        self.deadline = deadline
        self.n = len(program.objective)
        self.upper = len(program.inequalities)
        rows = [
            *zip(program.inequalities, program.bounds, strict=True),
            *zip(program.equations, program.values, strict=True),
        ]
        integers = [_integers([*row, side]) for row, side in rows]
        costs, self.cost_factor = _integers(program.objective)
        self.factors = [factor for _, factor in integers]
        """What the slack variable of each row was multiplied by."""
        self.artificial = self.n + len(rows)
        self.dictionary = Dictionary(
            [*[row for row, _ in integers], [*[-cost for cost in costs], 0]],
            1,
            [*range(self.n, self.artificial), OBJECTIVE],
            list(range(self.n)),
            free=1,
        )
        self.order: list[int] = []
        """The variables that the infinitesimals of this phase belong to."""

    def solve(self) -> Answer:
        """Solve the program; the last dictionary stays."""
        refuted = self._eliminate_equations() or self._make_feasible()
        if refuted is not None:
            return refuted
        self.order = self.dictionary.basis
        s = self._improve(artificial=False)
        found = self.dictionary
        point = self._point(_values(found))
        if s is not None:
            column = {b: Fraction(-row[s]) for b, row in zip(found.basis, found.rows, strict=True)}
            return Unbounded(
                point, self._point({**column, found.cobasis[s]: Fraction(found.denominator)})
            )
        prices, equation_prices = self._weights(found.rows[-1], self.cost_factor)
        value = Fraction(found.rows[-1][-1], found.denominator) / self.cost_factor
        return Optimum(value, point, prices, equation_prices)

    def optimal_points(self, limit: int) -> set[Point]:
        """Return all optimal vertices, from the optimal dictionary that solving left."""
        start = self.dictionary
        seen = {frozenset(start.basis)}
        pending = [start]
        points = set()
        while pending:
            self._check(len(seen), limit)
            dictionary = pending.pop()
            points.add(self._point(_values(dictionary)))
            for s, label in enumerate(dictionary.cobasis):
                if dictionary.rows[-1][s] or not self._may_enter(label):
                    continue
                r = dictionary.leaving_row(s, self.order)
                if r is None:
                    continue
                neighbour = frozenset(dictionary.basis) ^ {label, dictionary.basis[r]}
                if neighbour not in seen:
                    seen.add(neighbour)
                    pending.append(dictionary.pivot(r, s))
        return points

    # -- phases ---------------------------------------------------------------------------------

    def _eliminate_equations(self) -> Infeasible | None:
        """Take the slack variables of the equations out of the basis; drop equations that follow.

        A row without other variables says 0 = 0, or refutes the equations.
        """
        for label in range(self.n + self.upper, self.artificial):
            self._check()
            found = self.dictionary
            r = found.basis.index(label)
            row = found.rows[r]
            columns = [s for s, k in enumerate(found.cobasis) if row[s] and self._may_enter(k)]
            if columns:
                s = min(columns, key=lambda s: abs(row[s]))
                self.dictionary = found.pivot(r, s)
            elif row[-1]:
                sign = -1 if row[-1] > 0 else 1
                own = {label: Fraction(sign * found.denominator)}
                return Infeasible(*self._weights([sign * a for a in row], 1, own))
            else:
                self.dictionary = _without_row(found, r)
        return None

    def _make_feasible(self) -> Infeasible | None:
        """Reach a dictionary without negative basic variables, by an artificial one."""
        sides = [row[-1] for row in self.dictionary.rows[:-1]]
        if min(sides, default=0) >= 0:
            return None
        self.order = self.dictionary.basis
        # The smallest side, of several the last: its infinitesimal is the smallest.
        worst = max(r for r, side in enumerate(sides) if side == min(sides))
        extended = _with_artificial(self.dictionary, self.artificial)
        self.dictionary = extended.pivot(worst, len(extended.cobasis) - 1)
        self._improve(artificial=True)
        found = self.dictionary
        if found.rows[-2][-1]:
            return Infeasible(*self._weights(found.rows[-2], 1))
        # The infinitesimals loosen the constraints, so with them too the artificial variable is
        # zero. But with them no basic variable is: it has left the basis.
        self.dictionary = _without_artificial(found, self.artificial)
        return None

    def _improve(self, *, artificial: bool) -> int | None:
        """Pivot until the objective cannot grow; return the column that lets it grow for ever."""
        while True:
            self._check()
            found = self.dictionary
            costs = found.rows[-2 if artificial else -1]
            best, s = 0, -1
            for column, label in enumerate(found.cobasis):
                if costs[column] < best and self._may_enter(label):
                    best, s = costs[column], column
            if s < 0:
                return None
            r = found.leaving_row(s, self.order)
            if r is None:
                return s
            self.dictionary = found.pivot(r, s)

    # -- small things ---------------------------------------------------------------------------

    @property
    def _fixed(self) -> int:
        """First label of the slack variables that are zero, those of the equations."""
        return self.n + self.upper

    def _may_enter(self, label: int) -> bool:
        return label < self._fixed or label == self.artificial

    def _check(self, bases: int = 0, limit: int = 0) -> None:
        """Raise if a budget is spent."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BudgetError(
                "the time was spent before the linear program was solved",
                place="linear program",
                remedy="allow more time",
            )
        if bases > limit:
            raise BudgetError(
                f"more than {limit:,} optimal bases",
                place="linear program",
                remedy="ask for one optimal point instead of all vertices",
            )

    def _point(self, values: dict[int, Fraction]) -> Point:
        return tuple([values.get(label, _ZERO) for label in range(self.n)])

    def _weights(
        self, costs: Sequence[int], factor: Number, more: dict[int, Fraction] | None = None
    ) -> tuple[Point, Point]:
        """Return the weights of inequalities and equations that a row of coefficients gives."""
        found = self.dictionary
        by_label = dict(zip(found.cobasis, costs, strict=False)) | (more or {})
        weights = [
            by_label.get(self.n + k, 0) * Fraction(scale) / (found.denominator * factor)
            for k, scale in enumerate(self.factors)
        ]
        return tuple(weights[: self.upper]), tuple(weights[self.upper :])


def _integers(row: Iterable[Number]) -> tuple[list[int], Fraction]:
    """Return a row as small integers, and the positive factor it was multiplied by."""
    numbers = list(row)
    multiple = lcm(*[number.denominator for number in numbers])
    integers = [number.numerator * (multiple // number.denominator) for number in numbers]
    divisor = gcd(*integers) or 1
    return [k // divisor for k in integers], Fraction(multiple, divisor)
