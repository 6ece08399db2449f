"""Dictionaries: systems of linear equations solved for some variables, pivoted in integers.

A dictionary writes basic variables as functions of nonbasic ones. All its entries are integers over
one common denominator, the determinant of its basis up to sign, so each division is exact (Edmonds,
Bareiss 1968). Where several basic variables reach zero at once, ties are broken as if e^k, for an
infinitesimal e > 0, had been added to the k-th basic variable of the first dictionary
(lexicographic rule, Dantzig, Orden and Wolfe 1955): then no two bases have the same values, and a
walk along edges never runs in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Dictionary"]


@dataclass(slots=True)
class Dictionary:
    """The basic variables as functions of the nonbasic ones, over one common denominator.

    The basic variable of row r is
    ``(rows[r][-1] - sum(rows[r][s] * nonbasic variable s)) / denominator``.

    Attributes
    ----------
    rows : list of list of int
        A row for each basic variable, a column for each nonbasic one and one for the values.
    denominator : int
        Positive.
    basis, cobasis : list of int
        The labels of the basic variables, row by row, and of the nonbasic ones.
    free : int
        The basic variables of so many last rows may have any sign and never leave.
    """

    rows: list[list[int]]
    denominator: int
    basis: list[int]
    cobasis: list[int]
    free: int = 0

    def pivot(self, r: int, s: int) -> Dictionary:
        """Exchange the basic variable of row r and the nonbasic variable of column s.

        The entry at r and s must not be zero; this dictionary stays as it is.
        """
        leaving = pivot_row = self.rows[r]
        sign = 1
        if pivot_row[s] < 0:
            sign, pivot_row = -1, [-a for a in pivot_row]
        pivot, denominator = pivot_row[s], self.denominator
        rows = []
        for row in self.rows:
            factor = row[s]
            if row is leaving:
                row = pivot_row.copy()
                row[s] = sign * denominator
            elif factor:
                if denominator == 1:
                    row = [pivot * a - factor * b for a, b in zip(row, pivot_row, strict=True)]
                else:
                    row = [
                        (pivot * a - factor * b) // denominator
                        for a, b in zip(row, pivot_row, strict=True)
                    ]
                row[s] = -sign * factor
            elif pivot != denominator:
                row = [pivot * a // denominator for a in row]
            rows.append(row)
        basis, cobasis = self.basis.copy(), self.cobasis.copy()
        basis[r], cobasis[s] = cobasis[s], basis[r]
        return Dictionary(rows, pivot, basis, cobasis, self.free)

    def values_after(self, r: int, s: int) -> tuple[list[int], list[int], int]:
        """Return basis, values and denominator after a pivot on a positive entry, not made."""
        pivot_row = self.rows[r]
        pivot, top, denominator = pivot_row[s], pivot_row[-1], self.denominator
        values = [(pivot * row[-1] - row[s] * top) // denominator for row in self.rows]
        values[r] = top
        basis = self.basis.copy()
        basis[r] = self.cobasis[s]
        return basis, values, pivot

    def leaving_row(self, s: int, order: Sequence[int]) -> int | None:
        """Return the row whose variable reaches zero first as that of column s grows, if any does.

        Parameters
        ----------
        s : int
            The column of the entering variable.
        order : sequence of int
            The labels that are basic in the first dictionary; ties are broken as if e^k had been
            added to the k-th of them.
        """
        tied = self._smallest_ratio(range(len(self.rows) - self.free), -1, s)
        for label in order if len(tied) > 1 else ():
            if label in self.cobasis:
                tied = self._smallest_ratio(tied, self.cobasis.index(label), s)
            else:  # The coefficient of its infinitesimal is positive in its own row, else 0.
                tied = [r for r in tied if self.basis[r] != label]
            if len(tied) == 1:
                break
        return tied[0] if tied else None

    def _smallest_ratio(self, candidates: Sequence[int], top: int, bottom: int) -> list[int]:
        """Return the candidates where column `top` over column `bottom` is smallest.

        Only rows with a positive entry in column `bottom` count.
        """
        rows = self.rows
        tied: list[int] = []
        numerator, denominator = 1, 0  # Larger than any ratio.
        for r in candidates:
            row = rows[r]
            if (divisor := row[bottom]) > 0:
                difference = row[top] * denominator - numerator * divisor
                if difference < 0:
                    tied = [r]
                    numerator, denominator = row[top], divisor
                elif not difference:
                    tied.append(r)
        return tied
