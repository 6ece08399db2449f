r"""Linear systems whose coefficients are functions of the parameters: where they have a solution.

A :class:`Row` says that the sign of :math:`\sum_k c_k z_k + c` is one of a set of signs: 0, at
least 0, or above 0. The unknowns z are eliminated one by one. An equation whose coefficient of z is
not zero is solved for it; where only inequalities are left, each lower bound of z must not exceed
any upper bound (Fourier 1826, Motzkin 1936). Which row is which bound depends on the sign of its
coefficient. Where that differs within the domain, both signs and zero are followed, each with the
condition that it is so. What is left at the end are rows without unknowns: sign conditions. So the
result is a Boolean combination of polynomial sign conditions, exact at every point, ties included.

Two things keep it small. Unknowns that no row connects are eliminated apart. And of the rows that
arise when k unknowns were eliminated, those made of more than k + 1 rows follow from others.
[1]_ That holds with strict rows too: one of those from which a strict row follows is strict.

References
----------
.. [1] Kohler, D. A. (1967), Projections of convex polyhedral sets, Report ORC 67-29, University of
       California, Berkeley.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    Condition,
    atom,
    conjunction,
    disjunction,
)
from negotiation.analysis.regimes.diagrams import SIGN_BITS, Diagrams
from negotiation.analysis.regimes.domain import _plus, _times
from negotiation.analysis.regimes.polynomials import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    Polynomial,
    Ratio,
    fraction,
)

__all__ = ["ABOVE", "AT_LEAST", "EQUAL", "Elimination", "Row", "solved"]

EQUAL, AT_LEAST, ABOVE = ZERO, ZERO | POSITIVE, POSITIVE
Context = Mapping[Polynomial, int]
"""Signs that were assumed."""
Sources = frozenset[int]
Owned = Callable[[Polynomial, Sources, Context], Polynomial]
"""From a polynomial, whose rows ask for its sign and what was assumed to what stands for it."""


@dataclass(frozen=True)
class Row:
    """A condition on unknowns.

    Attributes
    ----------
    coefficients : tuple of (int, Ratio)
        Unknown, by number, and its coefficient, ascending; zeros are left out.
    constant : Ratio
    signs : int
        ``EQUAL``, ``AT_LEAST`` or ``ABOVE``.
    sources : frozenset of int
        Numbers of what the row comes from; they are handed to `note`.
    made_of : frozenset of int
        The inequalities that it is a combination of.
    """

    coefficients: tuple[tuple[int, Ratio], ...]
    constant: Ratio
    signs: int
    sources: frozenset[int] = frozenset()
    made_of: frozenset[int] = frozenset()

    @classmethod
    def of(cls, coefficients: Mapping[int, Ratio], constant: Ratio, signs: int, source: int) -> Row:
        """Return a row; zeros are left out, and so is a negative source."""
        kept = tuple((k, c) for k, c in sorted(coefficients.items()) if not c.is_zero)
        return cls(kept, constant, signs, frozenset({source} if source >= 0 else ()))

    def coefficient(self, unknown: int) -> Ratio | None:
        """Return the coefficient of an unknown; None where it does not occur."""
        return next((c for k, c in self.coefficients if k == unknown), None)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells rows apart, but for the signs allowed."""
        return (tuple((k, c.key) for k, c in self.coefficients), self.constant.key)


class Elimination:
    """Decides where systems have solutions.

    Parameters
    ----------
    diagrams : Diagrams
        What is known of signs in the domain.
    note : callable
        Told of each condition that is found, with the sources it comes from.
    step : callable
        Called before each step; it may raise to stop.
    owned : callable, optional
        Gives rows of some sources a polynomial of their own; :mod:`.turning` asks whose sign
        matters.
    """

    def __init__(
        self,
        diagrams: Diagrams,
        note: Callable[[Condition, frozenset[int]], None],
        step: Callable[[], None],
        owned: Owned | None = None,
    ) -> None:
        self.owned = owned
        self.diagrams = diagrams
        self.ring = diagrams.ring
        self.note = note
        self.step = step
        self._known: dict[object, Condition] = {}
        self._factors: dict[tuple[str, str], tuple[int, list[tuple[Polynomial, bool, bool]]]] = {}

    def feasible(self, rows: Sequence[Row]) -> Condition:
        """Return where some values of the unknowns satisfy all rows."""
        return self._apart(list(rows), {}, 0)

    # -- signs --------------------------------------------------------------------------------

    def _factored(
        self, ratio: Ratio, sources: Sources, context: Context
    ) -> tuple[int, list[tuple[Polynomial, bool, bool]]]:
        found = self._factors.get(ratio.key)
        if found is None:
            found = self._factors[ratio.key] = self.diagrams._factors(ratio)
        if self.owned is None:
            return found
        sign, factors = found
        return sign, [(self.owned(p, sources, context), odd, zero) for p, odd, zero in factors]

    def _possible(self, polynomial: Polynomial, context: Context) -> int:
        known = context.get(polynomial)
        return self.diagrams.bounds.signs(polynomial) if known is None else known

    def _signs(self, ratio: Ratio, sources: Sources, context: Context) -> int:
        """Return the signs that a ratio may have in a row of some sources."""
        sign, factors = self._factored(ratio, sources, context)
        total = ZERO if sign == 0 else POSITIVE if sign > 0 else NEGATIVE
        for polynomial, odd, may_vanish in factors:
            own = self._possible(polynomial, context)
            if not may_vanish:
                own &= NEGATIVE | POSITIVE
            if not odd:
                own = (own & ZERO) | (POSITIVE if own & (NEGATIVE | POSITIVE) else 0)
            total = _times(total, own)
        return total

    def _open(self, ratio: Ratio, sources: Sources, context: Context) -> Polynomial:
        """Return a factor on whose sign that of a ratio depends."""
        for polynomial, odd, may_vanish in self._factored(ratio, sources, context)[1]:
            own = self._possible(polynomial, context)
            if not may_vanish:
                own &= NEGATIVE | POSITIVE
            if not odd and own & (NEGATIVE | POSITIVE):
                own = (own & ZERO) | POSITIVE
            if own & (own - 1):
                return polynomial
        raise AssertionError("the sign is known")

    def _condition(self, row: Row, context: Context) -> Condition:
        """Return where a row without unknowns holds, given what was assumed."""
        sign, factors = self._factored(row.constant, row.sources, context)
        rest = []
        for polynomial, odd, may_vanish in factors:
            own = self._possible(polynomial, context)
            if own & (own - 1):
                rest.append((polynomial, odd, may_vanish))
            elif own == ZERO:
                sign = 0
            elif own == NEGATIVE and odd:
                sign = -sign
        return self.diagrams.condition(self.diagrams._product((sign, rest), row.signs))

    # -- the recursion --------------------------------------------------------------------------

    def _apart(self, rows: list[Row], context: Context, eliminated: int) -> Condition:
        """Return where a system has a solution, unknowns that nothing connects apart."""
        parts: list[Condition] = []
        kept: dict[object, list[Row]] = {}
        for row in rows:
            row = self._reduced(row, context)
            if not row.coefficients:
                condition = self._condition(row, context)
                if condition is FALSE:
                    return FALSE
                self.note(condition, row.sources)
                parts.append(condition)
                continue
            same = kept.setdefault(row.key, [])
            if any(not other.signs & row.signs for other in same):
                return FALSE
            # Of equal rows the stronger stays, unless the weaker is made of fewer.
            if not any(_implies(other, row) for other in same):
                same[:] = [*(other for other in same if not _implies(row, other)), row]
        for block in _blocks([row for same in kept.values() for row in same]):
            found = self._block(block, context, eliminated)
            if found is FALSE:
                return FALSE
            parts.append(found)
        return conjunction(parts)

    def _block(self, rows: list[Row], context: Context, eliminated: int) -> Condition:
        if context or eliminated:
            return self._eliminated(rows, context, eliminated)
        numbers: dict[int, int] = {}
        for row in rows:
            for k, _ in row.coefficients:
                numbers.setdefault(k, len(numbers))
        key = tuple(
            (
                tuple((numbers[k], c.key) for k, c in row.coefficients),
                row.constant.key,
                row.signs,
                row.sources,
            )
            for row in rows
        )
        if key not in self._known:
            self._known[key] = self._eliminated(rows, context, 0)
        return self._known[key]

    def _reduced(self, row: Row, context: Context) -> Row:
        """Return a row without what is zero, divided by what its entries have in common."""
        zero = self.ring.zero

        def vanishes(entry: Ratio) -> bool:
            return self._signs(entry, row.sources, context) == ZERO

        kept = tuple((k, c) for k, c in row.coefficients if not vanishes(c))
        constant = row.constant
        if not constant.is_zero and vanishes(constant):
            constant = zero
        entries = [c for _, c in kept]
        if not constant.is_zero:
            entries.append(constant)
        scale = self._common(entries, row.sources, context) if kept else None
        if scale is None:
            return replace(row, coefficients=kept, constant=constant)
        return replace(
            row,
            coefficients=tuple((k, c / scale) for k, c in kept),
            constant=constant / scale,
        )

    def _common(self, entries: Sequence[Ratio], sources: Sources, context: Context) -> Ratio | None:
        """Return a positive common factor of entries; None where there is none but one."""
        if all(entry.constant is not None for entry in entries):
            size = abs(entries[0].constant or Fraction(1))
            return None if size == 1 else self.ring.constant(size)
        if not all(entry.is_polynomial for entry in entries):
            return None
        common = entries[0].numerator
        for entry in entries[1:]:
            common = common.gcd(entry.numerator)
            if common.is_constant():
                break
        factor = self.ring.one
        if not common.is_constant():
            factor = Ratio(self.ring, common, self.ring.unit)
            sign = self._signs(factor, sources, context)
            if sign not in (POSITIVE, NEGATIVE):
                factor = self.ring.one
            elif sign == NEGATIVE:
                factor = -factor
        lead = (entries[0] / factor).numerator.leading_coefficient()
        return factor * self.ring.constant(abs(fraction(lead)))

    def _eliminated(self, rows: list[Row], context: Context, eliminated: int) -> Condition:
        """Return where connected rows have a solution."""
        self.step()
        if self._is_hopeless(rows, context):
            return FALSE
        equation = self._equation(rows, context)
        if equation is not None:
            row, unknown, sign = equation
            if sign & (sign - 1):
                return self._split(row, unknown, rows, context, eliminated)
            return self._apart(_substituted(row, unknown, sign, rows), context, 0)
        if not eliminated:
            rows = [replace(row, made_of=frozenset({k})) for k, row in enumerate(rows)]
        unknown = self._next_unknown(rows, context)
        for row in rows:
            coefficient = row.coefficient(unknown)
            if coefficient is not None:
                sign = self._signs(coefficient, row.sources, context)
                if sign & (sign - 1):
                    return self._split(row, unknown, rows, context, eliminated)
        return self._apart(
            self._without(unknown, rows, context, eliminated + 1), context, eliminated + 1
        )

    def _split(
        self, row: Row, unknown: int, rows: list[Row], context: Context, eliminated: int
    ) -> Condition:
        """Follow each sign of a polynomial that decides the sign of a coefficient."""
        coefficient = row.coefficient(unknown)
        assert coefficient is not None
        polynomial = self._open(coefficient, row.sources, context)
        possible = self._possible(polynomial, context)
        by_result: dict[int, tuple[Condition, int]] = {}
        for bit in SIGN_BITS:
            if bit & possible:
                found = self._apart(rows, {**context, polynomial: bit}, eliminated)
                _, signs = by_result.get(found.serial, (found, 0))
                by_result[found.serial] = found, signs | bit
        parts = []
        for found, signs in by_result.values():
            here = TRUE if signs == possible else atom(polynomial, signs)
            if found is not FALSE:
                self.note(here, row.sources)
            parts.append(conjunction([here, found]))
        return disjunction(parts)

    def _is_hopeless(self, rows: Sequence[Row], context: Context) -> bool:
        """Say whether the signs of the unknowns and coefficients contradict a row."""
        lowest: dict[int, int] = {}
        for row in rows:
            if len(row.coefficients) == 1 and row.constant.is_zero and row.signs != EQUAL:
                ((unknown, c),) = row.coefficients
                if self._signs(c, row.sources, context) == POSITIVE:
                    lowest[unknown] = min(row.signs, lowest.get(unknown, row.signs))
        for row in rows:
            if not all(unknown in lowest for unknown, _ in row.coefficients):
                continue
            total = self._signs(row.constant, row.sources, context)
            for unknown, c in row.coefficients:
                term = _times(self._signs(c, row.sources, context), lowest[unknown])
                total = _plus(total, term)
            if not total & row.signs:
                return True
        return False

    def _equation(self, rows: Sequence[Row], context: Context) -> tuple[Row, int, int] | None:
        """Return an equation, an unknown to solve it for, and the signs of its coefficient."""
        best: tuple[tuple[bool, int, int], tuple[Row, int, int]] | None = None
        for row in rows:
            if row.signs != EQUAL:
                continue
            for unknown, c in row.coefficients:
                sign = self._signs(c, row.sources, context)
                factors = self._factored(c, row.sources, context)[1]
                rank = (bool(sign & (sign - 1)), len(row.coefficients), len(factors))
                if best is None or rank < best[0]:
                    best = rank, (row, unknown, sign)
        return None if best is None else best[1]

    def _next_unknown(self, rows: Sequence[Row], context: Context) -> int:
        """Return the unknown whose elimination asks for few signs and makes few rows."""
        costs: dict[int, list[int]] = {}
        for row in rows:
            for unknown, c in row.coefficients:
                cost = costs.setdefault(unknown, [0, 0, 0])
                sign = self._signs(c, row.sources, context)
                cost[(0 if sign & (sign - 1) else 1 if sign == POSITIVE else 2)] += 1

        def rank(unknown: int) -> tuple[int, int, int]:
            unclear, lower, upper = costs[unknown]
            return unclear, lower * upper - lower - upper, unknown

        return min(costs, key=rank)

    def _without(
        self, unknown: int, rows: Sequence[Row], context: Context, eliminated: int
    ) -> list[Row]:
        """Return inequalities without an unknown whose coefficients have known signs."""
        lower, upper, found = [], [], []
        for row in rows:
            c = row.coefficient(unknown)
            if c is None:
                found.append(row)
            elif self._signs(c, row.sources, context) == POSITIVE:
                lower.append((row, c))
            else:
                upper.append((row, -c))
        for low, a in lower:
            for high, b in upper:
                made_of = low.made_of | high.made_of
                if len(made_of) <= eliminated + 1:
                    found.append(_combined(low, b, high, a, unknown, made_of))
        return found


def _combined(one: Row, a: Ratio, two: Row, b: Ratio, unknown: int, made_of: frozenset[int]) -> Row:
    """Return ``a * one + b * two``, in which an unknown cancels."""
    totals: dict[int, Ratio] = {}
    for row, scale in ((one, a), (two, b)):
        for k, c in row.coefficients:
            if k != unknown:
                term = scale * c
                totals[k] = totals[k] + term if k in totals else term
    kept = tuple((k, c) for k, c in sorted(totals.items()) if not c.is_zero)
    signs = ABOVE if ABOVE in (one.signs, two.signs) else AT_LEAST
    constant = a * one.constant + b * two.constant
    return Row(kept, constant, signs, one.sources | two.sources, made_of)


def _substituted(equation: Row, unknown: int, sign: int, rows: Sequence[Row]) -> list[Row]:
    """Return the other rows with an equation, solved for an unknown, put into them."""
    pivot = equation.coefficient(unknown)
    assert pivot is not None
    size = pivot if sign == POSITIVE else -pivot
    found = []
    for row in rows:
        c = row.coefficient(unknown)
        if row is equation:
            continue
        if c is None:
            found.append(row)
            continue
        # size * row - (c size / pivot) * equation; size / pivot is 1 or -1.
        other = -c if sign == POSITIVE else c
        combined = _combined(row, size, equation, other, unknown, frozenset())
        found.append(replace(combined, signs=row.signs))
    return found


def _implies(one: Row, other: Row) -> bool:
    """Say whether a row may stand for an equal one, in the count of what rows are made of too."""
    return one.signs & other.signs == one.signs and one.made_of <= other.made_of


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    """Return rows in groups that share no unknowns."""
    group = {k: k for row in rows for k, _ in row.coefficients}

    def head(k: int) -> int:
        while group[k] != k:
            k = group[k]
        return k

    for row in rows:
        first = head(row.coefficients[0][0])
        for k, _ in row.coefficients[1:]:
            group[head(k)] = first
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(head(row.coefficients[0][0]), []).append(row)
    return list(found.values())


def solved(rows: Sequence[Row], unknowns: Sequence[int]) -> tuple[dict[int, Ratio], Ratio] | None:
    """Solve the equations among rows for all unknowns.

    Returns
    -------
    (dict, Ratio) or None
        The values, and a determinant: they are right where it is not zero. None where the
        equations do not determine all unknowns.
    """
    equations = [row for row in rows if row.signs == EQUAL]
    values: dict[int, Row] = {}
    ring = rows[0].constant.ring if rows else None
    if ring is None:
        return None
    determinant = ring.one
    for unknown in unknowns:
        pivot = next((row for row in equations if row.coefficient(unknown) is not None), None)
        if pivot is None:
            return None
        c = pivot.coefficient(unknown)
        assert c is not None
        determinant = determinant * c
        pivot = _scaled(pivot, ring.one / c)
        equations = [_minus(row, pivot, unknown) for row in equations]
        equations = [row for row in equations if row.coefficients]
        values = {k: _minus(row, pivot, unknown) for k, row in values.items()}
        values[unknown] = pivot
    return {k: -row.constant for k, row in values.items()}, determinant


def _scaled(row: Row, scale: Ratio) -> Row:
    return replace(
        row,
        coefficients=tuple((k, c * scale) for k, c in row.coefficients),
        constant=row.constant * scale,
    )


def _minus(row: Row, pivot: Row, unknown: int) -> Row:
    """Return a row from which a pivot row, scaled, is subtracted, so that an unknown cancels."""
    c = row.coefficient(unknown)
    if c is None or row is pivot:
        return row
    one = c.ring.one
    return replace(
        _combined(row, one, pivot, -c, unknown, frozenset()),
        signs=row.signs,
    )
