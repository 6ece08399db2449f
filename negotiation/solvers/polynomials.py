r"""Systems of multilinear polynomials in positive unknowns, and how they are decided.

Linear systems are linear programs, decided in rationals. All others are put to z3, whose procedure
for nonlinear real arithmetic is exact; a solution with irrational numbers is reported as such.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program

__all__ = ["Answer", "Polynomial", "System", "z3_system", "z3_term"]

Z3_MILLISECONDS = 10_000
ZERO, ONE = Fraction(0), Fraction(1)
Monomial = frozenset[int]


class Polynomial:
    """A multilinear polynomial: set of unknowns to coefficient, zeros left out."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, Fraction]) -> None:
        self.terms = {m: a for m, a in terms.items() if a}

    @classmethod
    def constant(cls, value: Fraction) -> Polynomial:
        """Return a number as a polynomial."""
        return cls({frozenset(): value})

    @classmethod
    def unknown(cls, number: int) -> Polynomial:
        """Return an unknown as a polynomial."""
        return cls({frozenset({number}): ONE})

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Polynomial) -> Polynomial:
        terms = dict(self.terms)
        for m, a in other.terms.items():
            terms[m] = terms.get(m, ZERO) + a
        return Polynomial(terms)

    def __mul__(self, other: Polynomial) -> Polynomial:
        terms: dict[Monomial, Fraction] = {}
        for (m, a), (n, b) in itertools.product(self.terms.items(), other.terms.items()):
            terms[m | n] = terms.get(m | n, ZERO) + a * b
        return Polynomial(terms)

    def scaled(self, factor: Fraction | int) -> Polynomial:
        """Return the polynomial times a number."""
        return Polynomial({m: a * factor for m, a in self.terms.items()})

    @property
    def degree(self) -> int:
        """The largest number of unknowns in a term."""
        return max(map(len, self.terms), default=0)

    @property
    def unknowns(self) -> frozenset[int]:
        """The unknowns that occur."""
        return frozenset().union(*self.terms)

    def without(self, number: int, instead: Polynomial) -> Polynomial:
        """Return the polynomial with an unknown replaced."""
        kept = Polynomial({m: a for m, a in self.terms.items() if number not in m})
        taken = Polynomial({m - {number}: a for m, a in self.terms.items() if number in m})
        return kept + taken * instead


@dataclass(frozen=True)
class Answer:
    """A point of a system, None where it is irrational, and whether it is the only one.

    `unique` speaks of the unknowns that were watched; `decided` is false if z3 gave up.
    """

    point: list[Fraction] | None
    unique: bool
    decided: bool = True


@dataclass
class System:
    """Polynomials that must not be negative, and some that must vanish, in unknowns above zero.

    Attributes
    ----------
    unknowns : int
        Their number.
    weak : set of int
        Unknowns that may be zero.
    names : dict
        Names of the unknowns that are no probabilities of a profile.
    """

    unknowns: int = 0
    inequalities: list[Polynomial] = field(default_factory=list)
    equations: list[Polynomial] = field(default_factory=list)
    weak: set[int] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)

    def fresh(self, name: str | None = None) -> int:
        """Return a new unknown."""
        if name is not None:
            self.names[self.unknowns] = name
        self.unknowns += 1
        return self.unknowns - 1

    def is_impossible(self) -> bool:
        """Return whether signs alone refute the system; inequalities they prove are dropped."""
        signs = [self._signs(p) for p in self.inequalities]
        self.inequalities = [
            p for p, (_, below, _) in zip(self.inequalities, signs, strict=True) if below
        ]
        if any(below and certain and not above for above, below, certain in signs):
            return True
        equal = [self._signs(p) for p in self.equations]
        return any(certain and above != below for above, below, certain in equal)

    def _signs(self, polynomial: Polynomial) -> tuple[bool, bool, bool]:
        """Return whether some term is positive, is negative, is certain not to be zero."""
        numbers = polynomial.terms.values()
        certain = any(not monomial & self.weak for monomial in polynomial.terms)
        return any(a > 0 for a in numbers), any(a < 0 for a in numbers), certain

    @property
    def linear(self) -> bool:
        """Whether every polynomial is linear."""
        return all(p.degree <= 1 for p in (*self.inequalities, *self.equations))

    def program(self, objective: Sequence[Fraction | int], margin: bool) -> LinearProgram:
        """Return a linear system as a program; with `margin` a last unknown is below all others."""
        size = self.unknowns + margin
        rows, bounds = [], []
        for p in self.inequalities:
            rows.append([-a for a in self._row(p, size)])
            bounds.append(p.terms.get(frozenset(), ZERO))
        if margin:
            for k in range(self.unknowns):
                if k not in self.weak:
                    rows.append([*[-ONE if j == k else ZERO for j in range(self.unknowns)], ONE])
                    bounds.append(ZERO)
            rows.append([*[ZERO] * self.unknowns, ONE])
            bounds.append(ONE)
        equations = [self._row(p, size) for p in self.equations]
        values = [-p.terms.get(frozenset(), ZERO) for p in self.equations]
        return LinearProgram(objective, rows, bounds, equations, values)

    def _row(self, polynomial: Polynomial, size: int) -> list[Fraction]:
        return [polynomial.terms.get(frozenset({k}), ZERO) for k in range(size)]

    def copy(self) -> System:
        """Return a system that can be changed by itself."""
        return System(
            self.unknowns,
            [*self.inequalities],
            [*self.equations],
            set(self.weak),
            dict(self.names),
        )

    def solution(self, watched: Sequence[int]) -> Answer | None:
        """Return a point of the system; None if there is none."""
        if self.is_impossible():
            return None
        if not self.linear:
            return _by_z3(self, watched)
        objective = [*[0] * self.unknowns, 1]
        answer = solve_linear_program(self.program(objective, margin=True))
        if not isinstance(answer, Optimum) or answer.value <= 0:
            return None
        point = list(answer.point[:-1])
        unique = True
        for k, sign in itertools.product(watched, (1, -1)):
            goal = [sign if j == k else 0 for j in range(self.unknowns)]
            best = solve_linear_program(self.program(goal, margin=False))
            unique &= isinstance(best, Optimum) and best.value == sign * point[k]
        return Answer(point, unique)


def _by_z3(system: System, watched: Sequence[int]) -> Answer | None:
    import z3

    solver, unknowns = z3_system(system)
    answer = solver.check()
    if answer == z3.unsat:
        return None
    if answer != z3.sat:
        return Answer(None, unique=False, decided=False)
    model = solver.model()
    values = [model.eval(unknown, model_completion=True) for unknown in unknowns]
    unique = True
    if watched:
        solver.add(z3.Or([unknowns[k] != values[k] for k in watched]))
        unique = solver.check() == z3.unsat
    if not all(map(z3.is_rational_value, values)):
        return Answer(None, unique)
    return Answer(
        [Fraction(v.numerator_as_long(), v.denominator_as_long()) for v in values], unique
    )


def z3_system(system: System) -> tuple[Any, list[Any]]:
    """Return a solver that holds a system, and its unknowns."""
    import z3

    unknowns = [z3.Real(f"u{k}") for k in range(system.unknowns)]
    solver = z3.SolverFor("QF_NRA")
    solver.set("timeout", Z3_MILLISECONDS)
    for k, unknown in enumerate(unknowns):
        solver.add(unknown >= 0 if k in system.weak else unknown > 0)
    solver.add(*[z3_term(p, unknowns) >= 0 for p in system.inequalities])
    solver.add(*[z3_term(p, unknowns) == 0 for p in system.equations])
    return solver, unknowns


def z3_term(polynomial: Polynomial, unknowns: Sequence[Any]) -> Any:
    """Return a polynomial in the terms of z3."""
    import z3

    return z3.Sum(
        [z3.RealVal(0)]
        + [
            z3.Product([z3.Q(a.numerator, a.denominator), *[unknowns[k] for k in m]])
            for m, a in polynomial.terms.items()
        ]
    )
