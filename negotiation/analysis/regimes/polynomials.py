r"""Polynomials and rational functions in the parameters, exact.

A :class:`Ring` fixes the variables. A :class:`Ratio` is a quotient of polynomials with rational
coefficients, cancelled, its denominator monic. A :class:`Polynomial` is what conditions speak of: a
primitive integer polynomial, irreducible over the rationals, with positive leading coefficient,
made once a ring. The sign of a ratio is the product of the signs of the irreducible factors of
numerator and denominator.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import flint

from negotiation.model.document import decimal_text

if TYPE_CHECKING:
    from flint import fmpq_mpoly

__all__ = ["NEGATIVE", "POSITIVE", "ZERO", "Polynomial", "Ratio", "Ring", "flipped", "fraction"]

NEGATIVE, ZERO, POSITIVE = 1, 2, 4
"""Signs as bits: a set of signs is a sum of them."""
T = TypeVar("T")


def flipped(signs: int) -> int:
    """Return the signs of the negative of something with these signs."""
    return (signs & ZERO) | (POSITIVE if signs & NEGATIVE else 0) | (signs & POSITIVE and NEGATIVE)


def fraction(value: Any) -> Fraction:
    """Return a number of python-flint as a Fraction."""
    return Fraction(int(value.p), int(value.q)) if hasattr(value, "p") else Fraction(int(value))


class Ring:
    """Polynomials in named variables over the rationals.

    Parameters
    ----------
    names : sequence of str
        The variables, such as ``dependence[EU]``.
    symbols : mapping, optional
        Variable to LaTeX.
    """

    def __init__(self, names: Sequence[str], symbols: Mapping[str, str] | None = None) -> None:
        self.names = tuple(names)
        self.symbols = dict(symbols or {})
        inner = tuple(f"v{k}" for k in range(len(self.names))) or ("none",)
        self.context = flint.fmpq_mpoly_ctx.get(inner, flint.Ordering.deglex)
        self.polynomials: dict[str, Polynomial] = {}
        self.factors: dict[str, tuple[int, tuple[tuple[Polynomial, int], ...]]] = {}
        self.unit = self.context.from_dict({(0,) * len(inner): 1})
        self.one = Ratio(self, self.unit, self.unit)
        self.zero = Ratio(self, self.unit - self.unit, self.unit)
        self.constants: dict[Fraction, Ratio] = {Fraction(0): self.zero, Fraction(1): self.one}

    def constant(self, value: Fraction | int | bool) -> Ratio:
        """Return a constant."""
        number = Fraction(value)
        if number not in self.constants:
            scaled = self.unit * flint.fmpq(number.numerator, number.denominator)
            self.constants[number] = Ratio(self, scaled, self.unit)
        return self.constants[number]

    def variable(self, name: str) -> Ratio:
        """Return a variable."""
        return Ratio(self, self.context.gens()[self.names.index(name)], self.unit)

    def latex(self, name: str) -> str:
        """Return a variable in LaTeX: its symbol, or its name where that cannot be set."""
        return latex_symbol(name, self.symbols.get(name, ""))

    def factored(self, form: fmpq_mpoly) -> tuple[int, tuple[tuple[Polynomial, int], ...]]:
        """Return the sign of the constant factor, and the irreducible factors with exponents."""
        key = str(form)
        found = self.factors.get(key)
        if found is None:
            content, parts = form.factor()
            sign = 1 if content > 0 else -1
            factors = []
            for part, exponent in parts:
                polynomial, turned = self._primitive(part)
                sign *= turned**exponent
                factors.append((polynomial, exponent))
            found = self.factors[key] = sign, tuple(factors)
        return found

    def _primitive(self, form: fmpq_mpoly) -> tuple[Polynomial, int]:
        """Return the polynomial of a form, and the sign of what was divided out."""
        key = str(form)
        known = self.polynomials.get(key)
        if known is not None:
            return known, 1
        coefficients = [fraction(c) for c in form.coeffs()]
        denominators = math.lcm(*(c.denominator for c in coefficients))
        numerators = math.gcd(*(int(c * denominators) for c in coefficients))
        scale = Fraction(denominators, numerators)
        turned = 1 if coefficients[0] > 0 else -1
        scaled = form * flint.fmpq(turned * scale.numerator, scale.denominator)
        key = str(scaled)
        if key not in self.polynomials:
            self.polynomials[key] = Polynomial(self, scaled, len(self.polynomials))
        return self.polynomials[key], turned


class Ratio:
    """A rational function, cancelled, the denominator with leading coefficient one."""

    __slots__ = ("_key", "denominator", "numerator", "ring")

    def __init__(self, ring: Ring, numerator: fmpq_mpoly, denominator: fmpq_mpoly) -> None:
        self.ring = ring
        self.numerator = numerator
        self.denominator = denominator
        self._key: tuple[str, str] | None = None

    @property
    def key(self) -> tuple[str, str]:
        """A text that is the same for equal functions only."""
        if self._key is None:
            self._key = str(self.numerator), str(self.denominator)
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ratio) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"({self.numerator})/({self.denominator})"

    def _made(self, numerator: fmpq_mpoly, denominator: fmpq_mpoly) -> Ratio:
        if denominator.is_constant():
            scale = denominator.leading_coefficient()
            unit = self.ring.unit
            return Ratio(self.ring, numerator if scale == 1 else numerator * (1 / scale), unit)
        common = numerator.gcd(denominator)
        if not common.is_one():
            numerator, denominator = numerator / common, denominator / common
        scale = 1 / denominator.leading_coefficient()
        return Ratio(self.ring, numerator * scale, denominator * scale)

    @property
    def is_polynomial(self) -> bool:
        """Whether the denominator is one."""
        return bool(self.denominator.is_constant())

    @property
    def is_zero(self) -> bool:
        """Whether it is zero everywhere."""
        return bool(self.numerator.is_zero())

    @property
    def constant(self) -> Fraction | None:
        """Its value if that is the same everywhere, else None."""
        if not (self.numerator.is_constant() and self.denominator.is_constant()):
            return None
        if self.numerator.is_zero():
            return Fraction(0)
        return fraction(self.numerator.leading_coefficient())

    def __add__(self, other: Ratio) -> Ratio:
        if self.is_polynomial and other.is_polynomial:
            return Ratio(self.ring, self.numerator + other.numerator, self.denominator)
        a, b = self.denominator, other.denominator
        return self._made(self.numerator * b + other.numerator * a, a * b)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + -other

    def __neg__(self) -> Ratio:
        return Ratio(self.ring, -self.numerator, self.denominator)

    def __mul__(self, other: Ratio) -> Ratio:
        if self.is_polynomial and other.is_polynomial:
            return Ratio(self.ring, self.numerator * other.numerator, self.denominator)
        return self._made(self.numerator * other.numerator, self.denominator * other.denominator)

    def __truediv__(self, other: Ratio) -> Ratio:
        return self._made(self.numerator * other.denominator, self.denominator * other.numerator)

    def __pow__(self, exponent: int) -> Ratio:
        if exponent < 0:
            return self.ring.one / self ** (-exponent)
        return Ratio(self.ring, self.numerator**exponent, self.denominator**exponent)

    def at(self, point: Sequence[Fraction]) -> Fraction:
        """Return the value at a point."""
        below = _value(self.denominator, point)
        return _value(self.numerator, point) / below

    def text(self) -> str:
        """Return the function as a formula."""
        if self.constant is not None:
            return str(self.constant)
        above, below = self._terms(self.numerator), self._terms(self.denominator)
        # The constant of the denominator goes to the numerator.
        if all(not any(powers) for powers, _ in below):
            above = [(powers, c / below[0][1]) for powers, c in above]
            return terms_text(above, self.ring.names)
        top, bottom = terms_text(above, self.ring.names), terms_text(below, self.ring.names)
        top = f"({top})" if len(above) > 1 else top
        return f"{top} / ({bottom})"

    def _terms(self, form: fmpq_mpoly) -> list[tuple[tuple[int, ...], Fraction]]:
        width = len(self.ring.names)
        terms = [
            (tuple(int(p) for p in powers)[:width], fraction(c))
            for powers, c in form.to_dict().items()
        ]
        return sorted(terms, key=lambda term: term[1] < 0)


def _value(form: fmpq_mpoly, point: Sequence[Fraction]) -> Fraction:
    total = Fraction(0)
    for powers, coefficient in form.to_dict().items():
        term = fraction(coefficient)
        for base, power in zip(point, powers, strict=False):
            if power:
                term *= base ** int(power)
        total += term
    return total


class Polynomial:
    """A primitive integer polynomial, irreducible, with positive leading coefficient.

    Attributes
    ----------
    index : int
        Its number in the ring, by order of appearance.
    """

    def __init__(self, ring: Ring, form: fmpq_mpoly, index: int) -> None:
        self.ring = ring
        self.form = form
        self.index = index

    def __repr__(self) -> str:
        return self.text()

    @cached_property
    def terms(self) -> tuple[tuple[tuple[int, ...], int], ...]:
        """(Powers of all variables, coefficient), the leading term first."""
        return tuple(
            (tuple(int(p) for p in powers)[: len(self.ring.names)], int(fraction(c)))
            for powers, c in self.form.to_dict().items()
        )

    @cached_property
    def variables(self) -> tuple[int, ...]:
        """Positions of the variables that occur."""
        return tuple(
            k for k in range(len(self.ring.names)) if any(powers[k] for powers, _ in self.terms)
        )

    @cached_property
    def is_multiaffine(self) -> bool:
        """Whether no variable has a power above one."""
        return all(power <= 1 for powers, _ in self.terms for power in powers)

    def degree(self, position: int) -> int:
        """Return the degree in one variable."""
        return max(powers[position] for powers, _ in self.terms)

    def at(self, point: Sequence[Fraction]) -> Fraction:
        """Return the value at a point, one coordinate a variable of the ring."""
        total = Fraction(0)
        for powers, coefficient in self.terms:
            term = Fraction(coefficient)
            for position in self.variables:
                if powers[position]:
                    term *= point[position] ** powers[position]
            total += term
        return total

    def sign_at(self, point: Sequence[Fraction]) -> int:
        """Return the sign at a point, as a bit."""
        value = self.at(point)
        return POSITIVE if value > 0 else NEGATIVE if value < 0 else ZERO

    def coefficients(self, position: int, point: Sequence[Fraction]) -> list[Fraction]:
        """Return the coefficients in one variable, constant first, the others at a point."""
        found = [Fraction(0)] * (self.degree(position) + 1)
        for powers, coefficient in self.terms:
            term = Fraction(coefficient)
            for other in self.variables:
                if other != position and powers[other]:
                    term *= point[other] ** powers[other]
            found[powers[position]] += term
        return found

    def expand(self, position: int) -> list[list[tuple[tuple[int, ...], int]]]:
        """Return the terms of each coefficient in one variable, constant first."""
        found: list[list[tuple[tuple[int, ...], int]]] = [
            [] for _ in range(self.degree(position) + 1)
        ]
        for powers, coefficient in self.terms:
            rest = (*powers[:position], 0, *powers[position + 1 :])
            found[powers[position]].append((rest, coefficient))
        return found

    def build(self, of: Callable[[int], T], number: Callable[[int], T]) -> T:
        """Return the polynomial in other terms: `of` maps a variable, `number` an integer."""
        total: Any = None
        for powers, coefficient in self.terms:
            term: Any = None
            for position in self.variables:
                for _ in range(powers[position]):
                    factor = of(position)
                    term = factor if term is None else term * factor
            if term is None:
                term = number(coefficient)
            elif coefficient != 1:
                term = number(coefficient) * term
            total = term if total is None else total + term
        result: T = total
        return result

    def text(self) -> str:
        """Return the polynomial as text in the language of formulas."""
        return terms_text(self.terms, self.ring.names)

    def latex(self) -> str:
        """Return the polynomial as LaTeX."""
        return terms_latex(self.terms, self.ring)

    def smt(self) -> str:
        """Return the polynomial in SMT-LIB."""
        parts = []
        for powers, coefficient in self.terms:
            factors = [
                smt_name(self.ring.names[position])
                for position in self.variables
                for _ in range(powers[position])
            ]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            term = factors[0] if len(factors) == 1 else f"(* {' '.join(factors)})"
            parts.append(f"(- {term})" if coefficient < 0 else term)
        return parts[0] if len(parts) == 1 else f"(+ {' '.join(parts)})"


def smt_name(name: str) -> str:
    """Return a parameter's name as a symbol of SMT-LIB."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f"|{name}|"


Terms = Sequence[tuple[tuple[int, ...], Fraction | int]]
"""Monomials by the powers of all variables, each with its coefficient."""


def terms_text(terms: Terms, names: Sequence[str]) -> str:
    """Return a sum of monomials as text."""
    return _signed(
        [
            (
                coefficient,
                "*".join(
                    name if power == 1 else f"{name}**{power}"
                    for name, power in zip(names, powers, strict=True)
                    if power
                ),
            )
            for powers, coefficient in terms
        ],
        "*",
    )


def terms_latex(terms: Terms, ring: Ring) -> str:
    """Return a sum of monomials as LaTeX."""
    symbols = [ring.latex(name) for name in ring.names]
    return _signed(
        [
            (
                coefficient,
                " ".join(
                    symbol if power == 1 else f"{{{symbol}}}^{{{power}}}"
                    for symbol, power in zip(symbols, powers, strict=True)
                    if power
                ),
            )
            for powers, coefficient in terms
        ],
        " ",
    )


def _signed(parts: Sequence[tuple[Fraction | int, str]], times: str) -> str:
    text = ""
    for coefficient, monomial in parts:
        exact = Fraction(coefficient)
        size = "" if abs(exact) == 1 and monomial else _number(abs(exact), times)
        body = f"{size}{times}{monomial}" if size and monomial else size + monomial
        if not text:
            text = f"-{body}" if coefficient < 0 else body
        else:
            text += f" - {body}" if coefficient < 0 else f" + {body}"
    return text or "0"


def _number(exact: Fraction, times: str) -> str:
    """Return a positive number as a short decimal, else as a fraction."""
    decimal = decimal_text(exact)
    if decimal is not None and len(decimal) <= 12:
        return decimal
    if exact.denominator == 1 or times == "*":
        return str(exact)
    return rf"\tfrac{{{exact.numerator}}}{{{exact.denominator}}}"


def is_balanced(latex: str) -> bool:
    """Say whether the braces of a formula match, and no dollar or comment sign would end it."""
    depth = 0
    for letter in re.sub(r"\\.", "", latex):
        depth += (letter == "{") - (letter == "}")
        if depth < 0 or letter in "$%":
            return False
    return depth == 0 and not re.search(r"(?<!\\)(\\\\)*\\$", latex)


def latex_symbol(name: str, symbol: str) -> str:
    """Return a parameter in LaTeX: its symbol, or its name where that cannot be set."""
    if symbol and is_balanced(symbol):
        return symbol
    family, _, rest = name.partition("[")
    letters, members = (part.replace("_", r"\_") for part in (family, rest.rstrip("]")))
    italic = rf"\mathit{{{letters}}}"
    return rf"{italic}_{{\mathrm{{{members}}}}}" if rest else italic
