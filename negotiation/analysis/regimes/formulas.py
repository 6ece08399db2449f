r"""Formulas over symbols: from a ground expression and a play to a diagram.

The free parameters stay variables, all others have values. Conditionals, comparisons, ``max``,
``min``, ``abs`` and chance branch on signs; a condition counts as 1 or 0. A branch that is not
taken is not read, so a division by zero there does no harm, as in the exact evaluation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from negotiation.analysis.regimes.diagrams import RELATIONS, Diagram, Diagrams, Undefined
from negotiation.errors import Fault, MethodError
from negotiation.formulas import (
    Binary,
    Call,
    Comparison,
    Conditional,
    Expression,
    Fold,
    Items,
    Junction,
    Reference,
    Unary,
    walk,
)
from negotiation.model.grounding import MAX_POWER, Constant

__all__ = ["SymbolicFormulas"]


Play = Mapping[str, Any]
"""Move instance to the action taken: an object with `label` and `value`, None where skipped."""


class SymbolicFormulas:
    """Evaluates ground expressions on plays.

    Parameters
    ----------
    diagrams : Diagrams
    parameter : callable
        From a parameter cell to its diagram.
    definition : callable
        From the cell of a definition to its ground expression.
    """

    def __init__(
        self,
        diagrams: Diagrams,
        parameter: Callable[[str], Diagram],
        definition: Callable[[str], Expression],
    ) -> None:
        self.diagrams = diagrams
        self.parameter = parameter
        self.definition = definition
        self.path: Callable[[Call, Play], Diagram] | None = None
        self._reads: dict[int, tuple[str, ...] | None] = {}
        self._values: dict[Any, Diagram] = {}
        self._kept: list[Expression] = []

    def evaluate(self, node: Expression, play: Play, place: str) -> Diagram:
        """Return the value of an expression on a play.

        Raises
        ------
        MethodError
            For a power that is no constant whole number, and what is no rational function.
        """
        moves = self._moves_read(node)
        if moves is None:
            return self._evaluate(node, play, place)
        key = (id(node), *(id(play.get(move)) for move in moves))
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._evaluate(node, play, place)
        return found

    def _moves_read(self, node: Expression) -> tuple[str, ...] | None:
        """Return the moves that an expression reads; None where it reads the whole path."""
        key = id(node)
        if key not in self._reads:
            self._kept.append(node)  # an id is good only as long as its object lives
            found: dict[str, None] = {}
            whole = False
            for part in walk(node):
                if isinstance(part, Call) and part.function in ("prob", "mean"):
                    whole = True
                if isinstance(part, Reference) and part.kind == "move":
                    found[part.name] = None
                elif isinstance(part, Reference) and part.kind == "define":
                    inner = self._moves_read(self.definition(part.name))
                    found.update(dict.fromkeys(inner or ()))
            self._reads[key] = None if whole else tuple(found)
        return self._reads[key]

    def _evaluate(self, node: Expression, play: Play, place: str) -> Diagram:
        inner = functools.partial(self.evaluate, play=play, place=place)
        match node:
            case Constant():
                return self.diagrams.leaf(node.value)
            case Reference():
                return self._reference(node, play, place)
            case Unary():
                return self._unary(node, inner(node.operand))
            case Binary():
                return self._binary(node, inner(node.left), inner(node.right), place)
            case Comparison():
                return self._comparison(node, inner)
            case Junction():
                return self._junction(node.operator == "and", node.operands, inner)
            case Conditional():
                condition = inner(node.condition)
                if condition.is_leaf and not isinstance(condition.value, Undefined):
                    return inner(node.then if condition.value else node.otherwise)
                return self.diagrams.choose(condition, inner(node.then), inner(node.otherwise))
            case Fold():
                return self._fold(node, inner, place)
            case Call():
                return self._call(node, play, inner, place)
        raise MethodError(
            f"{type(node).__name__} has no symbolic form",
            place=place,
            remedy="give its parameters values",
        )

    def _reference(self, node: Reference, play: Play, place: str) -> Diagram:
        if node.kind == "move":
            action = play.get(node.name)
            if action is None:
                return self.diagrams.leaf(Undefined(f"{place} reads {node.name}, which is skipped"))
            value = action.value
            return value if isinstance(value, Diagram) else self.diagrams.leaf(value)
        if node.kind == "define":
            return self.evaluate(self.definition(node.name), play, place)
        return self.parameter(node.name)

    def _unary(self, node: Unary, operand: Diagram) -> Diagram:
        diagrams = self.diagrams
        if node.operator == "not":
            return diagrams.apply("not", lambda a: diagrams.leaf(not a), operand)
        if node.operator == "-":
            return diagrams.apply("-1", lambda a: diagrams.leaf(-diagrams.number(a)), operand)
        return diagrams.apply("+1", lambda a: diagrams.leaf(diagrams.number(a)), operand)

    def _binary(self, node: Binary, left: Diagram, right: Diagram, place: str) -> Diagram:
        diagrams = self.diagrams
        number = diagrams.number
        match node.operator:
            case "+":
                return self.add(left, right)
            case "-":
                return diagrams.apply(
                    "-", lambda a, b: diagrams.leaf(number(a) - number(b)), left, right
                )
            case "*":
                return diagrams.apply(
                    "*", lambda a, b: diagrams.leaf(number(a) * number(b)), left, right
                )
            case "/":
                return diagrams.divide(left, right, place)
        return diagrams.apply(
            ("**", place), lambda a, b: self._power(number(a), number(b), place), left, right
        )

    def add(self, left: Diagram, right: Diagram) -> Diagram:
        """Return a sum."""
        diagrams = self.diagrams
        number = diagrams.number
        return diagrams.apply("+", lambda a, b: diagrams.leaf(number(a) + number(b)), left, right)

    def _power(self, base: Any, exponent: Any, place: str) -> Diagram:
        size = exponent.constant
        if size is None or size.denominator != 1 or abs(size) > 50:
            what = "no constant" if size is None else str(size)
            raise MethodError(
                f"the exponent is {what}: conditions are polynomials",
                place=place,
                remedy=f"give the parameters of the exponent values; a whole number up to "
                f"{min(50, MAX_POWER)} is allowed",
            )
        if size < 0:
            one = self.diagrams.leaf(1)
            return self.diagrams.divide(one, self.diagrams.leaf(base ** int(-size)), place)
        return self.diagrams.leaf(base ** int(size))

    # -- truths -------------------------------------------------------------------------------

    def _comparison(self, node: Comparison, inner: Callable[[Expression], Diagram]) -> Diagram:
        result = self.diagrams.true
        left = inner(node.first)
        for operator, right_node in node.rest:
            right = self._items(right_node, inner)
            truth = self._compare(operator, left, right)
            result = self.diagrams.choose(result, truth, self.diagrams.false)
            if not isinstance(right, tuple):
                left = right
        return result

    def _items(
        self, node: Expression, inner: Callable[[Expression], Diagram]
    ) -> Diagram | tuple[Diagram, ...]:
        return tuple(map(inner, node.items)) if isinstance(node, Items) else inner(node)

    def _compare(
        self, operator: str, left: Diagram, right: Diagram | tuple[Diagram, ...]
    ) -> Diagram:
        diagrams = self.diagrams
        if operator in ("in", "not in"):
            if isinstance(right, tuple):
                found = diagrams.false
                for item in right[::-1]:
                    equal = self._compare("==", left, item)
                    found = diagrams.choose(equal, diagrams.true, found)
            else:
                found = diagrams.apply("in", lambda a, b: diagrams.leaf(a in b), left, right)
            if operator == "in":
                return found
            return diagrams.apply("not", lambda a: diagrams.leaf(not a), found)
        assert isinstance(right, Diagram)
        return diagrams.apply(
            ("compare", operator), lambda a, b: self._truth(operator, a, b), left, right
        )

    def _truth(self, operator: str, a: Any, b: Any) -> Diagram:
        diagrams = self.diagrams
        if isinstance(a, str | frozenset) or isinstance(b, str | frozenset):
            return diagrams.leaf((a == b) is (operator == "=="))
        difference = diagrams.number(a) - diagrams.number(b)
        return diagrams.sign_diagram(difference, RELATIONS[operator])

    def _junction(
        self, every: bool, operands: Sequence[Expression], inner: Callable[[Expression], Diagram]
    ) -> Diagram:
        """Return ``and`` or ``or``: what stands behind the deciding operand is not read."""
        diagrams = self.diagrams
        first = inner(operands[0])
        if len(operands) == 1:
            return first
        if first.is_leaf and not isinstance(first.value, Undefined):
            if bool(first.value) is not every:
                return first
            return self._junction(every, operands[1:], inner)
        rest = self._junction(every, operands[1:], inner)
        if every:
            return diagrams.choose(first, rest, diagrams.false)
        return diagrams.choose(first, diagrams.true, rest)

    # -- aggregates ---------------------------------------------------------------------------

    def _fold(self, node: Fold, inner: Callable[[Expression], Diagram], place: str) -> Diagram:
        diagrams = self.diagrams
        if node.function in ("any", "all"):
            return self._search(node, inner)
        number = diagrams.number
        total: Diagram = diagrams.leaf(0)
        absent = diagrams.leaf(None)
        if node.function in ("min", "max"):
            total = absent
        for guard, body in node.terms:
            present = diagrams.true if guard is None else inner(guard)
            if present is diagrams.false:
                continue
            if node.function == "sum":
                term = diagrams.choose(present, inner(body), diagrams.leaf(0))
                total = self.add(total, term)
            elif node.function == "len":
                total = self.add(total, self._counted(present))
            else:
                term = diagrams.choose(present, inner(body), absent)
                total = self._extreme(node.function, total, term)
        if node.function in ("min", "max"):
            nothing = diagrams.leaf(Undefined(f"{node.function} of nothing in {place}"))
            total = diagrams.apply(
                ("some", place), lambda a: nothing if a is None else diagrams.leaf(number(a)), total
            )
        return total

    def _counted(self, present: Diagram) -> Diagram:
        return self.diagrams.choose(present, self.diagrams.leaf(1), self.diagrams.leaf(0))

    def _search(self, node: Fold, inner: Callable[[Expression], Diagram]) -> Diagram:
        """Return ``any`` or ``all`` of terms; those behind the deciding one are not read."""
        diagrams = self.diagrams
        wanted = node.function == "any"
        found = diagrams.leaf(not wanted)
        for guard, body in node.terms[::-1]:
            present = diagrams.true if guard is None else inner(guard)
            if present is diagrams.false:
                continue
            truth = inner(body)
            decided = (
                diagrams.choose(truth, diagrams.true, found)
                if wanted
                else diagrams.choose(truth, found, diagrams.false)
            )
            found = diagrams.choose(present, decided, found)
        return found

    def _extreme(self, function: str, left: Diagram, right: Diagram) -> Diagram:
        diagrams = self.diagrams

        def larger(a: Any, b: Any) -> Diagram:
            if a is None or b is None:
                return diagrams.leaf(b if a is None else a)
            one, two = diagrams.number(a), diagrams.number(b)
            is_first = diagrams.sign_diagram(one - two, RELATIONS[">="])
            first, second = diagrams.leaf(one), diagrams.leaf(two)
            if function == "min":
                first, second = second, first
            return diagrams.choose(is_first, first, second)

        return diagrams.apply(("extreme", function), larger, left, right)

    def _call(
        self, node: Call, play: Play, inner: Callable[[Expression], Diagram], place: str
    ) -> Diagram:
        diagrams = self.diagrams
        function = node.function
        if function == "label":
            reference = node.arguments[0]
            assert isinstance(reference, Reference)
            action = play.get(reference.name)
            if action is None:
                return diagrams.leaf(Undefined(f"{place} reads {reference.name}, which is skipped"))
            return diagrams.leaf(str(action.label))
        if function in ("prob", "mean"):
            if self.path is None:
                raise Fault(f"{function} stands only in regimes", place=place)
            return self.path(node, play)
        arguments = [inner(argument) for argument in node.arguments]
        if function == "len":
            return diagrams.apply("size", lambda a: diagrams.leaf(len(a)), arguments[0])
        if function == "abs":
            minus = diagrams.apply("-1", lambda a: diagrams.leaf(-diagrams.number(a)), arguments[0])
            return self._extreme("max", arguments[0], minus)
        if function in ("min", "max"):
            return functools.reduce(lambda a, b: self._extreme(function, a, b), arguments)
        raise MethodError(
            f"{function} is no rational function",
            place=place,
            remedy="let it stand in the value of a parameter with digits, which is then a variable",
        )
