r"""Conditions: Boolean formulas of polynomial sign conditions, immutable and shared.

An :class:`Atom` says that the sign of an irreducible polynomial is one of a set of signs, so the
negation of an atom is an atom, and conditions are in negation normal form: atoms, ``And``, ``Or``.
Equal conditions are one object. Atoms of the same polynomial that stand side by side are merged.
"""

from __future__ import annotations

import itertools
import math
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from negotiation.analysis.regimes.polynomials import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    Polynomial,
    Terms,
    terms_latex,
    terms_text,
)

__all__ = [
    "FALSE",
    "TRUE",
    "And",
    "Atom",
    "Condition",
    "Or",
    "atom",
    "conjunction",
    "disjunction",
    "negation",
    "strict",
]

ANY_SIGN = NEGATIVE | ZERO | POSITIVE
_SERIAL = itertools.count()
_KNOWN: weakref.WeakValueDictionary[Any, Condition] = weakref.WeakValueDictionary()
Signs = Callable[[Polynomial], int]


class Condition:
    """A condition on the parameters; subclasses are Atom, And, Or and the two constants."""

    __slots__ = ("__weakref__", "_negation", "serial")

    def __init__(self) -> None:
        self.serial = next(_SERIAL)
        self._negation: Condition | None = None

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions that this one joins."""
        return ()

    def holds(self, point: Mapping[str, Fraction | int]) -> bool:
        """Say whether the condition holds at a rational point; exact.

        Parameters
        ----------
        point : mapping
            Parameter to value, all that occur.
        """
        signs: dict[int, int] = {}

        def sign(polynomial: Polynomial) -> int:
            if polynomial.index not in signs:
                coordinates = [
                    Fraction(point[name]) if k in polynomial.variables else Fraction(0)
                    for k, name in enumerate(polynomial.ring.names)
                ]
                signs[polynomial.index] = polynomial.sign_at(coordinates)
            return signs[polynomial.index]

        return self.decided(sign)

    def decided(self, sign: Signs, known: dict[int, bool] | None = None) -> bool:
        """Say whether the condition holds where polynomials have the signs that `sign` gives."""
        return _decide(self, sign, {} if known is None else known)

    def atoms(self) -> Iterator[Atom]:
        """Yield each atom once, in the order of appearance."""
        for node in reachable([self]):
            if isinstance(node, Atom):
                yield node

    def polynomials(self) -> list[Polynomial]:
        """Return the polynomials that occur, each once."""
        return list(dict.fromkeys(found.polynomial for found in self.atoms()))

    def text(self) -> str:
        """Return the condition as a formula in the language of models."""
        return _written(self, {Atom: Atom.text_of, And: " and ", Or: " or "}, "True", "False")

    def latex(self) -> str:
        """Return the condition as LaTeX for mathematics mode."""
        return _written(
            self, {Atom: Atom.latex_of, And: r" \land ", Or: r" \lor "}, r"\top", r"\bot"
        )

    def smt(self) -> str:
        """Return the condition in SMT-LIB."""
        if self is TRUE or self is FALSE:
            return "true" if self is TRUE else "false"
        if isinstance(self, Atom):
            return self.smt_of()
        word = "and" if isinstance(self, And) else "or"
        return f"({word} {' '.join(part.smt() for part in self.parts)})"

    def __repr__(self) -> str:
        text = self.text()
        return text if len(text) < 400 else f"{text[:400]}..."


class _Constant(Condition):
    __slots__ = ()


TRUE: Condition = _Constant()
FALSE: Condition = _Constant()


class Atom(Condition):
    """The sign of `polynomial` is in `signs`, a sum of sign bits."""

    __slots__ = ("polynomial", "signs")

    def __init__(self, polynomial: Polynomial, signs: int) -> None:
        super().__init__()
        self.polynomial = polynomial
        self.signs = signs

    @property
    def relation(self) -> str:
        """One of ``< == > <= >= !=``."""
        return _RELATIONS[self.signs]

    def sides(self) -> tuple[list[Any], str, list[Any]]:
        """Return terms left, relation, terms right, so that few signs are negative.

        What the coefficients other than the constant have in common is divided out.
        """
        terms = scaled(self.polynomial.terms)
        constant = [(p, c) for p, c in terms if not any(p)]
        moving = [(p, c) for p, c in terms if any(p)]
        left = [(p, c) for p, c in moving if c > 0]
        right = [(p, -c) for p, c in [*moving, *constant] if c < 0]
        left += [(p, c) for p, c in constant if c > 0]
        if left and all(not any(p) for p, _ in left) and right:
            return right, _TURNED[self.relation], left
        return left, self.relation, right

    def text_of(self) -> str:
        """Return the atom as text: ``x + 1 >= y``."""
        left, relation, right = self.sides()
        names = self.polynomial.ring.names
        return f"{terms_text(left, names)} {relation} {terms_text(right, names)}"

    def latex_of(self) -> str:
        """Return the atom as LaTeX."""
        left, relation, right = self.sides()
        ring = self.polynomial.ring
        return f"{terms_latex(left, ring)} {_LATEX[relation]} {terms_latex(right, ring)}"

    def smt_of(self) -> str:
        """Return the atom in SMT-LIB."""
        relation = {"==": "=", "!=": "distinct"}.get(self.relation, self.relation)
        return f"({relation} {self.polynomial.smt()} 0)"


def scaled(terms: Terms) -> list[tuple[tuple[int, ...], Fraction]]:
    """Return terms divided by what the coefficients of all but the constant have in common."""
    moving = [int(c) for powers, c in terms if any(powers)]
    common = math.gcd(*moving) if moving else 1
    return [(powers, Fraction(c) / common) for powers, c in terms]


_RELATIONS = {
    NEGATIVE: "<",
    ZERO: "==",
    POSITIVE: ">",
    NEGATIVE | ZERO: "<=",
    ZERO | POSITIVE: ">=",
    NEGATIVE | POSITIVE: "!=",
}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_LATEX = {"<": "<", ">": ">", "<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}


class _Junction(Condition):
    __slots__ = ("_parts",)

    def __init__(self, parts: tuple[Condition, ...]) -> None:
        super().__init__()
        self._parts = parts

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self._parts


class And(_Junction):
    """All parts hold."""

    __slots__ = ()


class Or(_Junction):
    """Some part holds."""

    __slots__ = ()


def atom(polynomial: Polynomial, signs: int) -> Condition:
    """Return the condition that the sign of a polynomial is in `signs`."""
    if signs in (0, ANY_SIGN):
        return TRUE if signs else FALSE
    key = (id(polynomial), signs)
    found = _KNOWN.get(key)
    if found is None or not isinstance(found, Atom) or found.polynomial is not polynomial:
        found = _KNOWN[key] = Atom(polynomial, signs)
    return found


def conjunction(parts: Iterable[Condition]) -> Condition:
    """Return the condition that all parts hold."""
    return _joined(And, parts, TRUE, FALSE)


def disjunction(parts: Iterable[Condition]) -> Condition:
    """Return the condition that some part holds."""
    return _joined(Or, parts, FALSE, TRUE)


def _joined(
    kind: type[And] | type[Or], parts: Iterable[Condition], neutral: Condition, absorbing: Condition
) -> Condition:
    signs: dict[Polynomial, int] = {}
    others: dict[int, Condition] = {}
    stack = list(parts)[::-1]
    while stack:
        part = stack.pop()
        if part is neutral:
            continue
        if part is absorbing:
            return absorbing
        if isinstance(part, kind):
            stack += part.parts[::-1]
        elif isinstance(part, Atom):
            before = signs.get(part.polynomial)
            if before is None:
                signs[part.polynomial] = part.signs
            else:
                merged = before & part.signs if kind is And else before | part.signs
                if merged in (0, ANY_SIGN):
                    return absorbing
                signs[part.polynomial] = merged
        else:
            others[part.serial] = part
    found = [atom(polynomial, allowed) for polynomial, allowed in signs.items()]
    found += others.values()
    if not found:
        return neutral
    if len(found) == 1:
        return found[0]
    ordered = tuple(sorted(found, key=lambda part: part.serial))
    key = (kind, *(part.serial for part in ordered))
    known = _KNOWN.get(key)
    if known is None:
        known = _KNOWN[key] = kind(ordered)
    return known


def negation(condition: Condition) -> Condition:
    """Return the condition that holds where `condition` does not."""
    if condition is TRUE or condition is FALSE:
        return FALSE if condition is TRUE else TRUE
    if condition._negation is None:
        if isinstance(condition, Atom):
            turned = atom(condition.polynomial, ANY_SIGN & ~condition.signs)
        elif isinstance(condition, And):
            turned = disjunction(map(negation, condition.parts))
        else:
            turned = conjunction(map(negation, condition.parts))
        condition._negation = turned
    return condition._negation


def strict(condition: Condition, known: dict[int, Condition] | None = None) -> Condition:
    """Return the condition without its boundary: no atom may hold by being zero.

    Where it holds, the condition holds in a neighbourhood. Conversely an open set on which the
    condition holds has a point where no polynomial is zero, and there this holds too.
    """
    memo = {} if known is None else known
    if condition.serial not in memo:
        if isinstance(condition, Atom):
            result = atom(condition.polynomial, condition.signs & ~ZERO)
        elif isinstance(condition, And):
            result = conjunction(strict(part, memo) for part in condition.parts)
        elif isinstance(condition, Or):
            result = disjunction(strict(part, memo) for part in condition.parts)
        else:
            result = condition
        memo[condition.serial] = result
    return memo[condition.serial]


def reachable(roots: Sequence[Condition], known: Container[int] = ()) -> list[Condition]:
    """Return all conditions that occur in `roots`, parts before wholes.

    Those whose serial is `known` are left out, and what occurs only in them.
    """
    found: dict[int, Condition] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.serial not in found and node.serial not in known:
            found[node.serial] = node
            stack += node.parts
    return [found[serial] for serial in sorted(found)]


def _decide(condition: Condition, sign: Signs, known: dict[int, bool]) -> bool:
    if condition is TRUE or condition is FALSE:
        return condition is TRUE
    found = known.get(condition.serial)
    if found is None:
        if isinstance(condition, Atom):
            found = bool(sign(condition.polynomial) & condition.signs)
        else:
            settled = isinstance(condition, Or)  # One part with this truth decides the whole.
            found = not settled
            for part in condition.parts:
                if _decide(part, sign, known) is settled:
                    found = settled
                    break
        known[condition.serial] = found
    return found


def _written(condition: Condition, style: Mapping[Any, Any], yes: str, no: str) -> str:
    if condition is TRUE or condition is FALSE:
        return yes if condition is TRUE else no
    if isinstance(condition, Atom):
        return str(style[Atom](condition))
    parts = []
    for part in condition.parts:
        text = _written(part, style, yes, no)
        parts.append(f"({text})" if part.parts else text)
    return str(style[type(condition)]).join(parts)
