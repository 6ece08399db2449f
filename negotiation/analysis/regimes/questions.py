r"""Questions to z3: a point of the domain where a condition holds, or that there is none.

With few variables the whole condition goes to the decision procedure for nonlinear real arithmetic
(Jovanovic and de Moura 2012). With many it is asked lazily: in a linear abstraction every monomial
is a variable of its own, with its sign. Where even that has no solution there is none. Else the
atoms that justify the solution, a few dozen at most, go to the nonlinear procedure; if they
contradict each other the contradiction is kept for all later questions, and the search goes on. A
point is only believed once the condition was evaluated there exactly.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    And,
    Atom,
    Condition,
    Or,
    conjunction,
    disjunction,
    negation,
    reachable,
)
from negotiation.analysis.regimes.domain import Box, Interval, _times
from negotiation.analysis.regimes.polynomials import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    Polynomial,
    Ring,
    smt_name,
)

__all__ = ["Found", "Reals", "Undecided", "smt_script"]

FEW = 3
"""Up to so many variables a condition is asked as a whole."""
PATIENCE = 3.0
"""Seconds for one question to the nonlinear procedure, unless the budget ends before."""
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
MAX_UNDECIDED = 3
"""A question is given up when so many of its cases were not decided."""


Clause = Sequence[Condition]
"""Conditions one of which must hold."""


class Undecided(Exception):  # noqa: N818 - it says what happened
    """z3 gave no answer within its time."""


@dataclass(frozen=True)
class Found:
    """A point where a condition holds.

    Attributes
    ----------
    point : tuple of Fraction or None
        One coordinate a variable; None where some coordinate is irrational.
    sign : callable
        The sign of any polynomial at the point, exact also where it is irrational.
    near : tuple of Fraction
        The point, or a rational one nearby.
    """

    point: tuple[Fraction, ...] | None
    sign: Callable[[Polynomial], int]
    near: tuple[Fraction, ...]


class Reals:
    """Points of a product of intervals that satisfy conditions.

    Parameters
    ----------
    ring : Ring
    intervals : sequence of Interval
        One a variable.
    deadline : float, optional
        A value of :func:`time.monotonic`.
    """

    def __init__(
        self, ring: Ring, intervals: Sequence[Interval], deadline: float | None = None
    ) -> None:
        self.ring = ring
        self.intervals = tuple(intervals)
        self.deadline = deadline
        self.context = z3.Context()
        self.variables = [z3.Real(name, self.context) for name in ring.names]
        self.box = Box(intervals)
        self.exact = _Translation(self, linear=False)
        self.linear = _Translation(self, linear=True)
        self.stubborn = False
        self._solver: Any = None
        self._asked = 0
        self._named: set[int] = set()

    def find(self, condition: Condition, clauses: Sequence[Clause] = ()) -> Found | None:
        """Return a point where the condition and each clause holds; None if there is none.

        Parameters
        ----------
        condition : Condition
        clauses : sequence of Clause
            Each a choice: one of its conditions holds. Conditions that were named stay apart.

        Raises
        ------
        Undecided
        """
        if condition is FALSE:
            return None
        if len(self.variables) <= FEW and not self.stubborn:
            try:
                return self._whole(conjunction([condition, *map(disjunction, clauses)]))
            except Undecided:
                # What is hard as a whole is often easy case by case; later questions are alike.
                self.stubborn = True
        return self._lazy(condition, clauses)

    def clash(self, atoms: Sequence[Condition], background: Condition) -> list[int] | None:
        """Return which of `atoms` contradict the background, by index; None if none do.

        Raises
        ------
        Undecided
        """
        if self.stubborn or len(self.variables) > FEW:
            found = self.find(conjunction([*atoms, background]))
            return None if found is not None else list(range(len(atoms)))
        try:
            return self._core(atoms, background)
        except Undecided:
            self.stubborn = True
            return self.clash(atoms, background)

    def _core(self, atoms: Sequence[Condition], background: Condition) -> list[int] | None:
        solver = self._nonlinear()
        solver.add(self.exact.bounds(range(len(self.variables))))
        solver.add(self.exact.of(background))
        marks = [z3.Bool(f"mark {k}", self.context) for k in range(len(atoms))]
        for mark, condition in zip(marks, atoms, strict=True):
            solver.add(z3.Implies(mark, self.exact.of(condition)))
        answer = solver.check(marks)
        if answer == z3.unknown:
            raise Undecided(solver.reason_unknown())
        if answer == z3.sat:
            return None
        core = {str(mark) for mark in solver.unsat_core()}
        return [k for k, mark in enumerate(marks) if str(mark) in core]

    # -- the whole condition at once ------------------------------------------------------------

    def _nonlinear(self) -> Any:
        patience = PATIENCE
        if self.deadline is not None:
            patience = min(patience, self.deadline - time.monotonic())
        if patience <= 0:
            raise Undecided("the budget is spent")
        solver = z3.SolverFor("QF_NRA", ctx=self.context)
        solver.set("timeout", max(1, int(1000 * patience)))
        return solver

    def _whole(self, condition: Condition) -> Found | None:
        solver = self._nonlinear()
        solver.add(self.exact.bounds(range(len(self.variables))))
        solver.add(self.exact.of(condition))
        answer = solver.check()
        if answer == z3.unknown:
            raise Undecided(solver.reason_unknown())
        if answer == z3.unsat:
            return None
        return self._found(solver.model(), condition, {})

    def _found(self, model: Any, condition: Condition, filling: Mapping[int, Fraction]) -> Found:
        """Return the point of a model, checked; `filling` gives what the model leaves open."""
        values = []
        rational = True
        for k, variable in enumerate(self.variables):
            value = model.eval(variable, model_completion=False)
            if z3.is_rational_value(value):
                values.append(Fraction(value.as_fraction()))
            elif z3.is_algebraic_value(value):
                rational = False
                values.append(Fraction(value.approx(20).as_fraction()))
            else:
                values.append(filling.get(k, self._some(k)))
        near = tuple(values)
        if rational:
            found = Found(near, lambda polynomial: polynomial.sign_at(near), near)
        else:
            given = [
                (variable, z3.Q(value.numerator, value.denominator, self.context))
                for variable, value in zip(self.variables, near, strict=True)
                if model.eval(variable, model_completion=False).eq(variable)
            ]
            found = Found(None, lambda p: self._algebraic_sign(model, p, given), near)
        if not condition.decided(found.sign):
            raise Undecided("the point found does not satisfy the condition")
        return found

    def _some(self, position: int) -> Fraction:
        interval = self.intervals[position]
        for value in (interval.low, interval.high, Fraction(0), Fraction(1)):
            if value is not None and interval.holds(value):
                return value
        low, high = interval.low, interval.high
        if low is not None and high is not None:
            return (low + high) / 2
        return low + 1 if low is not None else (high or Fraction(0)) - 1

    def _algebraic_sign(self, model: Any, polynomial: Polynomial, given: Sequence[Any]) -> int:
        term = z3.substitute(self.exact.polynomial(polynomial), *given)
        value = model.eval(term, model_completion=True)
        for relation, sign in ((value > 0, POSITIVE), (value < 0, NEGATIVE)):
            if z3.is_true(z3.simplify(relation)):
                return sign
        return ZERO

    # -- lazily ---------------------------------------------------------------------------------

    def name(self, condition: Condition) -> None:
        """Give a condition that many questions speak of a truth variable of its own."""
        if condition is TRUE or condition is FALSE or condition.serial in self._named:
            return
        self._named.add(condition.serial)
        solver = self._abstraction()
        opposite = negation(condition)
        holds, fails = self.linear.of(condition), self.linear.of(opposite)
        mark = z3.Bool(f"named {condition.serial}", self.context)
        solver.add(z3.Implies(mark, holds), z3.Implies(z3.Not(mark), fails))
        self.linear.replace(condition, mark)
        self.linear.replace(opposite, z3.Not(mark))

    def _abstraction(self) -> Any:
        if self._solver is None:
            self._solver = z3.SolverFor("QF_LRA", ctx=self.context)
            self._solver.add(self.linear.bounds(range(len(self.variables))))
        return self._solver

    def _lazy(self, condition: Condition, clauses: Sequence[Clause]) -> Found | None:
        solver = self._abstraction()
        asked = z3.Bool(f"question {self._asked}", self.context)
        self._asked += 1
        solver.add(z3.Implies(asked, self.linear.of(condition)))
        for clause in clauses:
            solver.add(z3.Implies(asked, z3.Or([self.linear.of(part) for part in clause])))
        unknown = 0
        while True:
            solver.add(self.linear.sides)
            self.linear.sides.clear()
            if self.deadline is not None:
                left = self.deadline - time.monotonic()
                if left <= 0:
                    raise Undecided("the budget is spent")
                solver.set("timeout", max(1, int(1000 * left)))
            answer = solver.check(asked)
            if answer == z3.unknown:
                raise Undecided(solver.reason_unknown())
            if answer == z3.unsat:
                if unknown:
                    raise Undecided("some cases were not decided")
                return None
            signs, values = self._linear_signs(solver.model())
            wanted = [condition, *_choices(clauses, signs)]
            atoms = tuple(_justification(conjunction(wanted), signs))
            clash, model = self._together(atoms)
            if model is not None:
                return self._found(model, conjunction(wanted), dict(enumerate(values)))
            if clash is None:
                # Not decided: these atoms are set aside, for this question only.
                unknown += 1
                if unknown >= MAX_UNDECIDED:
                    raise Undecided("z3 does not decide some cases within its time")
                solver.add(z3.Or(z3.Not(asked), self._denied(atoms)))
            else:
                solver.add(self._denied(clash))

    def _denied(self, atoms: Iterable[Atom]) -> Any:
        return z3.Or([z3.Not(self.linear.of(atom)) for atom in atoms])

    def _linear_signs(self, model: Any) -> tuple[Callable[[Polynomial], int], list[Fraction]]:
        """Return the signs that polynomials have in a linear model, and the variables' values."""
        monomials: dict[tuple[int, ...], Fraction] = {}
        known: dict[int, int] = {}

        def value(powers: tuple[int, ...]) -> Fraction:
            if powers not in monomials:
                found = model.eval(self.linear.monomial(powers), model_completion=True)
                monomials[powers] = Fraction(found.as_fraction())
            return monomials[powers]

        def sign(polynomial: Polynomial) -> int:
            if polynomial.index not in known:
                total = sum(
                    (c * value(powers) if any(powers) else Fraction(c))
                    for powers, c in polynomial.terms
                )
                known[polynomial.index] = POSITIVE if total > 0 else NEGATIVE if total < 0 else ZERO
            return known[polynomial.index]

        width = len(self.variables)
        units = [tuple(int(j == k) for j in range(width)) for k in range(width)]
        return sign, [value(unit) for unit in units]

    def _together(self, atoms: Sequence[Atom]) -> tuple[tuple[Atom, ...] | None, Any]:
        """Return (contradicting atoms, None) or (None, model); (None, None) if undecided."""
        used = sorted({k for atom in atoms for k in atom.polynomial.variables})
        solver = self._nonlinear()
        solver.add(self.exact.bounds(used))
        marks = [z3.Bool(f"mark {k}", self.context) for k in range(len(atoms))]
        for mark, atom in zip(marks, atoms, strict=True):
            solver.add(z3.Implies(mark, self.exact.of(atom)))
        answer = solver.check(marks)
        if answer == z3.sat:
            return None, solver.model()
        if answer == z3.unknown:
            return None, None
        core = {str(mark) for mark in solver.unsat_core()}
        return tuple(a for a, m in zip(atoms, marks, strict=True) if str(m) in core), None


class _Translation:
    """Conditions as expressions of z3, exact or with a variable for every monomial."""

    def __init__(self, reals: Reals, *, linear: bool) -> None:
        self.reals = reals
        self.linear = linear
        self.sides: list[Any] = []
        self._numbers: dict[Fraction | int, Any] = {}
        self._monomials: dict[tuple[int, ...], Any] = {}
        self._polynomials: dict[int, Any] = {}
        self._conditions: dict[int, tuple[Condition, Any]] = {}

    def bounds(self, positions: Iterable[int]) -> list[Any]:
        """Return the intervals of some variables."""
        found = []
        for k in positions:
            interval, variable = self.reals.intervals[k], self.reals.variables[k]
            if interval.low is not None:
                low = self._number(interval.low)
                found.append(variable > low if interval.low_open else variable >= low)
            if interval.high is not None:
                high = self._number(interval.high)
                found.append(variable < high if interval.high_open else variable <= high)
        return found

    def _number(self, value: Fraction | int) -> Any:
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = z3.RealVal(str(value), self.reals.context)
        return found

    def monomial(self, powers: tuple[int, ...]) -> Any:
        """Return a product of variables, or the variable that stands for it."""
        if powers not in self._monomials:
            positions = [k for k, power in enumerate(powers) for _ in range(power)]
            if not self.linear or len(positions) == 1:
                product = self.reals.variables[positions[0]]
                for k in positions[1:]:
                    product = product * self.reals.variables[k]
                self._monomials[powers] = product
            else:
                self._monomials[powers] = self._stand_in(powers, positions)
        return self._monomials[powers]

    def _stand_in(self, powers: tuple[int, ...], positions: Sequence[int]) -> Any:
        variable = z3.Real(f"product {powers}", self.reals.context)
        signs = POSITIVE
        for k in dict.fromkeys(positions):
            own = self.reals.intervals[k].signs()
            if powers[k] % 2 == 0:
                own = (own & ZERO) | (POSITIVE if own & (NEGATIVE | POSITIVE) else 0)
            signs = _times(signs, own)
        if not signs & NEGATIVE:
            self.sides.append(variable >= 0 if signs & ZERO else variable > 0)
        if not signs & POSITIVE:
            self.sides.append(variable <= 0 if signs & ZERO else variable < 0)
        return variable

    def polynomial(self, polynomial: Polynomial) -> Any:
        """Return a polynomial."""
        if polynomial.index not in self._polynomials:
            terms = []
            for powers, coefficient in polynomial.terms:
                number = self._number(coefficient)
                terms.append(number * self.monomial(powers) if any(powers) else number)
            self._polynomials[polynomial.index] = z3.Sum(terms) if terms[1:] else terms[0]
        return self._polynomials[polynomial.index]

    def of(self, condition: Condition) -> Any:
        """Return a condition."""
        known = self._conditions
        if condition.serial not in known:
            for node in reachable([condition], known):
                known[node.serial] = node, self._made(node)
        return known[condition.serial][1]

    def replace(self, condition: Condition, expression: Any) -> None:
        """Let an expression stand for a condition from now on."""
        self._conditions[condition.serial] = condition, expression

    def _made(self, node: Condition) -> Any:
        if node is TRUE or node is FALSE:
            return z3.BoolVal(node is TRUE, self.reals.context)
        if isinstance(node, Atom):
            term, zero = self.polynomial(node.polynomial), self._number(0)
            return COMPARISONS[node.relation](term, zero)
        parts = [self._conditions[part.serial][1] for part in node.parts]
        return z3.And(parts) if isinstance(node, And) else z3.Or(parts)


def _justification(condition: Condition, sign: Callable[[Polynomial], int]) -> list[Atom]:
    """Return atoms that hold and together make a condition hold."""
    known: dict[int, bool] = {}
    atoms: dict[Atom, None] = {}
    done: set[int] = set()
    stack = [condition]
    while stack:
        node = stack.pop()
        if node.serial in done:
            continue
        done.add(node.serial)
        if isinstance(node, Atom):
            atoms[node] = None
        elif isinstance(node, And):
            stack += node.parts[::-1]
        elif isinstance(node, Or):
            true = [part for part in node.parts if part.decided(sign, known)]
            if not any(part.serial in done for part in true):
                stack.append(min(true, key=_size))
    return list(atoms)


def _choices(clauses: Sequence[Clause], sign: Callable[[Polynomial], int]) -> list[Condition]:
    """Return conditions that hold, one of each clause, few in all."""
    known: dict[int, bool] = {}
    chosen: dict[int, Condition] = {}
    for clause in sorted(clauses, key=len):
        true = [part for part in clause if part.decided(sign, known)]
        if not any(part.serial in chosen for part in true):
            chosen[true[0].serial] = true[0]
    return list(chosen.values())


def _size(condition: Condition) -> tuple[int, int]:
    return (0 if isinstance(condition, Atom) else 1 + len(condition.parts), condition.serial)


def smt_script(
    ring: Ring,
    intervals: Sequence[Interval],
    condition: Condition,
    comment: str = "",
    named: Mapping[str, Condition] | None = None,
) -> str:
    """Return a question as an SMT-LIB script: shared parts are defined once.

    The script asks whether some point of the intervals satisfies the condition. It defines the
    conditions in `named` too, by their names, whether or not the question reads them.
    """
    names = dict(named or {})
    lines = [f"; {line}" for line in comment.splitlines()]
    lines.append("(set-logic QF_NRA)")
    lines += [f"(declare-const {smt_name(name)} Real)" for name in ring.names]
    for name, interval in zip(ring.names, intervals, strict=True):
        for bound, is_open, sign in (
            (interval.low, interval.low_open, ">"),
            (interval.high, interval.high_open, "<"),
        ):
            if bound is not None:
                relation = sign if is_open else f"{sign}="
                lines.append(f"(assert ({relation} {smt_name(name)} {_smt_number(bound)}))")
    uses: dict[int, int] = {}
    nodes = reachable([condition, *names.values()])
    for node in nodes:
        for part in node.parts:
            uses[part.serial] = uses.get(part.serial, 0) + 1
    texts: dict[int, str] = {}
    for node in nodes:
        if not node.parts:
            texts[node.serial] = node.smt()
            continue
        word = "and" if isinstance(node, And) else "or"
        text = f"({word} {' '.join(texts[part.serial] for part in node.parts)})"
        if uses.get(node.serial, 0) > 1:
            lines.append(f"(define-fun c{node.serial} () Bool {text})")
            text = f"c{node.serial}"
        texts[node.serial] = text
    lines += [
        f"(define-fun {smt_name(name)} () Bool {texts[part.serial]})"
        for name, part in names.items()
    ]
    lines += [f"(assert {texts[condition.serial]})", "(check-sat)", ""]
    return "\n".join(lines)


def _smt_number(value: Fraction) -> str:
    size = abs(value)
    text = str(size) if size.denominator == 1 else f"(/ {size.numerator} {size.denominator})"
    return f"(- {text})" if value < 0 else text
