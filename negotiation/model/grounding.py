"""Grounding: formulas without binders, and their exact evaluation.

Three steps lead from a formula to numbers, each usable alone:

`ground`
    replaces index letters by members, unrolls ``sum(... for i in S)`` and resolves every name into
    a :class:`~negotiation.formulas.Reference`;
`substitute`
    replaces parameters by values and folds constants, leaving what depends on play;
`closure`
    turns what is left into a Python function of the moves played, exact throughout.

A formula over symbols (no values) stops after the first step, which is what the analysis of regimes
works on. Conditionals are lazy at every step: a branch that is not taken is never evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import Fault
from negotiation.formulas import (
    Aggregate,
    Binary,
    Call,
    Cell,
    Comparison,
    Conditional,
    Expression,
    Fold,
    Items,
    Junction,
    Name,
    Number,
    Reference,
    Text,
    Truth,
    Unary,
    parse,
    walk,
)
from negotiation.model.scope import Scope, subset_of_label

__all__ = [
    "Action",
    "Constant",
    "Reading",
    "closure",
    "constant_value",
    "ground",
    "grounded",
    "substitute",
]

MAX_TERMS = 100_000
MAX_BITS = 12_000
MAX_POWER = 10_000
NO_NAMES = Scope({}, (), {}, {}, {}, {})


@dataclass(frozen=True)
class Constant(Expression):
    """A value that is known: number, truth, label, member, or set of members."""

    value: Any


@dataclass(frozen=True, eq=False)
class Action:
    """An action of a move: the label that people see and the value that formulas read."""

    label: str
    value: Any

    def __repr__(self) -> str:
        return self.label


# -- ground ---------------------------------------------------------------------------------------


def ground(
    node: Expression, binding: Mapping[str, str], scope: Scope, *, own: str | None = None
) -> Expression:
    """Return `node` with index letters replaced, aggregates unrolled and names resolved.

    Parameters
    ----------
    node : Expression
        A checked formula.
    binding : mapping
        Index letter to member.
    own : str, optional
        The cell that the bare name of its family stands for, in a domain or in ``allowed``.
    """
    return _Grounding(scope, own).ground(node, dict(binding))


def grounded(
    text: str, binding: Mapping[str, str], scope: Scope, *, own: str | None = None
) -> Expression:
    """Return the ground form of a formula's text; each is made once a scope."""
    key = (text, *binding.items(), own)
    found = scope.ground_forms.get(key)
    if found is None:
        found = scope.ground_forms[key] = ground(parse(text), binding, scope, own=own)
    return found


def constant_value(node: Expression) -> Fraction | None:
    """Return the value of a formula without names, or None where it has names or no value."""
    if not all(isinstance(part, Number | Unary | Binary) for part in walk(node)):
        return None
    try:
        folded = substitute(ground(node, {}, NO_NAMES), {})
    except Fault:
        return None
    value = folded.value if isinstance(folded, Constant) else None
    return value if isinstance(value, Fraction) else None


class _Grounding:
    def __init__(self, scope: Scope, own: str | None) -> None:
        self.scope = scope
        self.own = own
        self.own_family = own.split("[")[0] if own else None
        self.terms = 0

    def ground(self, node: Expression, binding: dict[str, str]) -> Expression:
        match node:
            case Number() | Truth() | Text():
                return Constant(node.value, column=node.column)
            case Name():
                return self._name(node, binding)
            case Cell():
                return self._cell(node, binding)
            case Unary():
                operand = self.ground(node.operand, binding)
                return Unary(node.operator, operand, column=node.column)
            case Binary():
                left, right = self.ground(node.left, binding), self.ground(node.right, binding)
                return Binary(node.operator, left, right, column=node.column)
            case Comparison():
                return self._comparison(node, binding)
            case Junction():
                operands = tuple(self.ground(operand, binding) for operand in node.operands)
                return Junction(node.operator, operands, column=node.column)
            case Conditional():
                parts = (node.condition, node.then, node.otherwise)
                condition, then, otherwise = (self.ground(part, binding) for part in parts)
                return Conditional(condition, then, otherwise, column=node.column)
            case Aggregate():
                terms = tuple(self._terms(node, node.binders, None, binding))
                return Fold(node.function, terms, column=node.column)
            case Call():
                arguments = tuple(self.ground(argument, binding) for argument in node.arguments)
                return Call(node.function, arguments, column=node.column)
            case Items():
                items = tuple(self.ground(item, binding) for item in node.items)
                return Items(items, column=node.column)
        raise TypeError(f"cannot ground {type(node).__name__}")

    def _name(self, node: Name, binding: dict[str, str]) -> Expression:
        name = node.name
        if name in binding:
            return Constant(binding[name], column=node.column)
        if name == self.own_family and self.own is not None:
            kind = self.scope.families[name].kind
            return Reference(kind, self.own, column=node.column)
        kind_of = self.scope.kind(name)
        if kind_of == "set":
            return Constant(frozenset(self.scope.sets[name]), column=node.column)
        if kind_of in ("member", "player"):
            return Constant(name, column=node.column)
        if name == "regime":
            return Reference("regime", name, column=node.column)
        return Reference(kind_of or "unknown", name, column=node.column)

    def _cell(self, node: Cell, binding: dict[str, str]) -> Expression:
        members = [binding.get(index, index) for index in node.indices]
        if node.family == "payoff":
            return Reference("payoff", members[0], column=node.column)
        kind = self.scope.families[node.family].kind
        return Reference(kind, f"{node.family}[{', '.join(members)}]", column=node.column)

    def _comparison(self, node: Comparison, binding: dict[str, str]) -> Expression:
        parts = [node.first, *(right for _, right in node.rest)]
        if len(parts) > 2 and any(map(_quotes, parts)):
            links = (
                Comparison(left, (link,), column=node.column)
                for left, link in zip(parts, node.rest, strict=False)
            )
            return Junction("and", tuple(self.ground(link, binding) for link in links))
        operands = [self.ground(part, binding) for part in parts]
        # A quoted text compared with a move means the action of that label.
        if _quotes(parts[1]) and _is_move(operands[0]):
            operands = list(self._by_label(operands[0], operands[1]))
        elif _quotes(parts[0]) and _is_move(operands[1]):
            operands = list(reversed(self._by_label(operands[1], operands[0])))
        operators = (operator for operator, _ in node.rest)
        rest = tuple(zip(operators, operands[1:], strict=True))
        return Comparison(operands[0], rest, column=node.column)

    def _by_label(self, move: Expression, text: Expression) -> tuple[Expression, Expression]:
        """Return both sides of a comparison by label, as the game spells labels."""
        assert isinstance(move, Reference)
        if isinstance(text, Items):
            items = tuple(self._label_of(move, item) for item in text.items)
            return Call("label", (move,), column=move.column), Items(items, column=text.column)
        return Call("label", (move,), column=move.column), self._label_of(move, text)

    def _label_of(self, move: Reference, text: Expression) -> Expression:
        """Return the label of a set as the game spells it: ``{US}`` may have been renamed."""
        definition = self.scope.move_of(move.name)
        if definition.subsets is None or not isinstance(text, Constant):
            return text
        members = self.scope.sets[definition.subsets]
        chosen = subset_of_label(str(text.value), members, definition) or frozenset()
        return Constant(self.scope.label_of_subset(definition, chosen), column=text.column)

    def _terms(
        self,
        node: Aggregate,
        binders: tuple[tuple[str, Expression, tuple[Expression, ...]], ...],
        guard: Expression | None,
        binding: dict[str, str],
    ) -> Iterator[tuple[Expression | None, Expression]]:
        if not binders:
            self.terms += 1
            if self.terms > MAX_TERMS:
                raise Fault(
                    f"the formula unrolls to more than {MAX_TERMS} terms",
                    column=node.column,
                    remedy="use smaller sets",
                )
            yield guard, self.ground(node.body, binding)
            return
        (index, members, conditions), *rest = binders
        ranged = self.ground(members, binding)
        for member in self._universe(ranged):
            inner = {**binding, index: member}
            guards = [] if guard is None else [guard]
            if not isinstance(ranged, Constant):
                guards.append(Comparison(Constant(member), (("in", ranged),)))
            guards += [self.ground(condition, inner) for condition in conditions]
            joined = guards[0] if len(guards) == 1 else Junction("and", tuple(guards))
            yield from self._terms(node, tuple(rest), joined if guards else None, inner)

    def _universe(self, ranged: Expression) -> tuple[str, ...]:
        """Return all members that a set may hold, in the file's order."""
        held = self._may_hold(ranged)
        listed = dict.fromkeys(member for members in self.scope.sets.values() for member in members)
        return tuple(member for member in listed if member in held)

    def _may_hold(self, ranged: Expression) -> frozenset[str]:
        match ranged:
            case Constant():
                return frozenset(ranged.value)
            case Conditional():
                return self._may_hold(ranged.then) | self._may_hold(ranged.otherwise)
            case Reference(kind="move"):
                return frozenset(self.scope.sets[self.scope.move_of(ranged.name).subsets or ""])
            case Reference(kind="define"):
                text, binding = self.scope.definition_of(ranged.name)
                return self._may_hold(self.ground(parse(text), binding))
        raise TypeError(f"no set: {type(ranged).__name__}")


def _quotes(node: Expression) -> bool:
    """Say whether a part of a comparison is a quoted text, or a tuple of them."""
    if isinstance(node, Items):
        return any(isinstance(item, Text) for item in node.items)
    return isinstance(node, Text)


def _is_move(node: Expression) -> bool:
    return isinstance(node, Reference) and node.kind == "move"


# -- exact arithmetic -----------------------------------------------------------------------------


class _NotPlayed(Exception):  # noqa: N818 - a signal to the caller, which words the fault
    """A skipped move without `otherwise` was read."""

    def __init__(self, name: str) -> None:
        self.name = name


def check_bits(value: Fraction) -> Fraction:
    """Return `value`, or refuse it where it is too long to be an answer."""
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise Fault("a number grows beyond 3,600 digits", remedy="use smaller powers or values")
    return value


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """Return an exact integer power; refuse others, and those that would not fit in memory."""
    if exponent.denominator != 1:
        raise Fault(
            "a power that is no whole number is not rational",
            remedy="put it in the value of a parameter with digits",
        )
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) > MAX_POWER or size * abs(exponent) > MAX_BITS:
        raise Fault("the power is too large", remedy="use a smaller exponent")
    return Fraction(base ** int(exponent))


def arithmetic(operator: str, left: Fraction, right: Fraction) -> Fraction:
    """Return ``left operator right``; division by zero raises ZeroDivisionError."""
    match operator:
        case "+":
            return check_bits(left + right)
        case "-":
            return check_bits(left - right)
        case "*":
            return check_bits(left * right)
        case "/":
            return check_bits(Fraction(left) / right)
        case _:
            return power(Fraction(left), Fraction(right))


def compare(operator: str, left: Any, right: Any) -> bool:
    """Return the truth of one comparison of values."""
    match operator:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
        case "in":
            return left in right
        case _:
            return left not in right


def fold_values(function: str, values: list[Any]) -> Any:
    """Return sum, min, max, any, all or len of the values that are there."""
    if function == "sum":
        total = Fraction(0)
        for value in values:
            total = check_bits(total + value)
        return total
    if function == "len":
        return Fraction(len(values))
    if function in ("any", "all"):
        return any(values) if function == "any" else all(values)
    if not values:
        raise Fault(f"{function} of nothing", remedy="make sure that at least one term remains")
    return min(values) if function == "min" else max(values)


# -- substitute -----------------------------------------------------------------------------------


def substitute(node: Expression, values: Mapping[str, Any]) -> Expression:
    """Replace parameters by their values and fold what is constant.

    Parameters
    ----------
    node : Expression
        A ground formula.
    values : mapping
        Parameter cell to value; a cell without value stays a reference.

    Notes
    -----
    What fails (a division by zero, a power that is too large or not rational) is left standing: it
    is a fault only where it is evaluated.
    """
    match node:
        case Reference():
            value = values.get(node.name) if node.kind == "parameter" else None
            return node if value is None else Constant(value, column=node.column)
        case Unary():
            operand = substitute(node.operand, values)
            if isinstance(operand, Constant):
                return Constant(_unary(node.operator, operand.value), column=node.column)
            return Unary(node.operator, operand, column=node.column)
        case Binary():
            left, right = substitute(node.left, values), substitute(node.right, values)
            if isinstance(left, Constant) and isinstance(right, Constant):
                try:
                    value = Fraction(arithmetic(node.operator, left.value, right.value))
                    return Constant(value, column=node.column)
                except (ZeroDivisionError, Fault):
                    pass
            return Binary(node.operator, left, right, column=node.column)
        case Conditional():
            condition = substitute(node.condition, values)
            if isinstance(condition, Constant):
                return substitute(node.then if condition.value else node.otherwise, values)
            then, otherwise = substitute(node.then, values), substitute(node.otherwise, values)
            return Conditional(condition, then, otherwise, column=node.column)
        case Comparison():
            return _substitute_comparison(node, values)
        case Junction():
            return _substitute_junction(node, values)
        case Fold():
            return _substitute_fold(node, values)
        case Call():
            return _substitute_call(node, values)
        case Items():
            items = tuple(substitute(item, values) for item in node.items)
            return Items(items, column=node.column)
    return node


def _unary(operator: str, value: Any) -> Any:
    if operator == "not":
        return not value
    return Fraction(-value if operator == "-" else value)


def _substitute_comparison(node: Comparison, values: Mapping[str, Any]) -> Expression:
    first = substitute(node.first, values)
    rest = tuple((operator, substitute(right, values)) for operator, right in node.rest)
    if isinstance(first, Constant) and all(_known(right) for _, right in rest):
        left, truth = first.value, True
        for operator, right in rest:
            value = _value_of(right)
            truth = truth and compare(operator, left, value)
            left = value
        return Constant(truth, column=node.column)
    return Comparison(first, rest, column=node.column)


def _known(node: Expression) -> bool:
    if isinstance(node, Items):
        return all(isinstance(item, Constant) for item in node.items)
    return isinstance(node, Constant)


def _value_of(node: Expression) -> Any:
    if isinstance(node, Items):
        return tuple(item.value for item in node.items if isinstance(item, Constant))
    assert isinstance(node, Constant)
    return node.value


def _substitute_junction(node: Junction, values: Mapping[str, Any]) -> Expression:
    absorbing = node.operator == "or"
    operands = []
    for operand in node.operands:
        reduced = substitute(operand, values)
        if not isinstance(reduced, Constant):
            operands.append(reduced)
        elif bool(reduced.value) is absorbing:
            # What stands before may not be read (a skipped move), so it is kept and goes first.
            operands.append(Constant(absorbing))
            break
    if not operands:
        return Constant(not absorbing, column=node.column)
    if len(operands) == 1:
        return operands[0]
    return Junction(node.operator, tuple(operands), column=node.column)


def _substitute_fold(node: Fold, values: Mapping[str, Any]) -> Expression:
    terms: list[tuple[Expression | None, Expression]] = []
    for guard, body in node.terms:
        reduced = None if guard is None else substitute(guard, values)
        if isinstance(reduced, Constant):
            if not reduced.value:
                continue
            reduced = None
        terms.append((reduced, substitute(body, values)))
    if all(guard is None and isinstance(body, Constant) for guard, body in terms):
        found = [body.value for _, body in terms if isinstance(body, Constant)]
        if found or node.function not in ("min", "max"):
            return Constant(fold_values(node.function, found), column=node.column)
    return Fold(node.function, tuple(terms), column=node.column)


def _substitute_call(node: Call, values: Mapping[str, Any]) -> Expression:
    arguments = tuple(substitute(argument, values) for argument in node.arguments)
    if node.function in ("abs", "min", "max", "len") and all(map(_known, arguments)):
        found = [_value_of(argument) for argument in arguments]
        if node.function == "len":
            return Constant(Fraction(len(found[0])), column=node.column)
        if node.function == "abs":
            return Constant(Fraction(abs(found[0])), column=node.column)
        return Constant(fold_values(node.function, found), column=node.column)
    return Call(node.function, arguments, column=node.column)


# -- closure --------------------------------------------------------------------------------------

Play = list[Any]
"""What formulas read: the actions of the move instances, then the values of definitions."""
Function = Callable[[Play], Any]
UNKNOWN = object()


@dataclass(frozen=True)
class Reading:
    """Where a play keeps the action of each move and the value of each definition."""

    moves: Mapping[str, int]
    definitions: Mapping[str, int]
    bodies: list[Function]
    constants: Mapping[str, Any]


def closure(node: Expression, reading: Reading) -> Function:
    """Return a function of a play (one action a move instance) that evaluates `node` exactly."""
    match node:
        case Constant():
            value = node.value
            return lambda _play: value
        case Reference():
            return _reference_closure(node, reading)
        case Unary():
            operand = closure(node.operand, reading)
            if node.operator == "not":
                return lambda play: not operand(play)
            return (lambda play: -operand(play)) if node.operator == "-" else operand
        case Binary():
            return _binary_closure(node, reading)
        case Conditional():
            condition = closure(node.condition, reading)
            then, otherwise = closure(node.then, reading), closure(node.otherwise, reading)
            return lambda play: then(play) if condition(play) else otherwise(play)
        case Comparison():
            return _comparison_closure(node, reading)
        case Junction():
            operands = [closure(operand, reading) for operand in node.operands]
            if node.operator == "and":
                return lambda play: all(operand(play) for operand in operands)
            return lambda play: any(operand(play) for operand in operands)
        case Fold():
            return _fold_closure(node, reading)
        case Call():
            return _call_closure(node, reading)
        case Items():
            items = [closure(item, reading) for item in node.items]
            return lambda play: tuple(item(play) for item in items)
    raise TypeError(f"cannot evaluate {type(node).__name__}")


def _reference_closure(node: Reference, reading: Reading) -> Function:
    name = node.name
    if node.kind == "move":
        slot = reading.moves[name]

        def read_move(play: Play) -> Any:
            action = play[slot]
            if action is None:
                raise _NotPlayed(name)
            return action.value

        return read_move
    if node.kind == "define":
        slot = reading.definitions[name]
        bodies, position = reading.bodies, slot - len(reading.moves)

        def read_definition(play: Play) -> Any:
            value = play[slot]
            if value is UNKNOWN:
                value = play[slot] = bodies[position](play)
            return value

        return read_definition
    if name in reading.constants:
        constant = reading.constants[name]
        return lambda _play: constant
    raise Fault(f"{name} has no value", remedy=f"give it one, such as --set {name}=1")


def _binary_closure(node: Binary, reading: Reading) -> Function:
    left, right, operator = closure(node.left, reading), closure(node.right, reading), node.operator
    if operator == "+":
        return lambda play: check_bits(left(play) + right(play))
    if operator == "-":
        return lambda play: check_bits(left(play) - right(play))

    def compute(play: Play) -> Fraction:
        try:
            return arithmetic(operator, left(play), right(play))
        except Fault as fault:
            raise fault.within(column=node.column) from None

    return compute


def _comparison_closure(node: Comparison, reading: Reading) -> Function:
    first = closure(node.first, reading)
    rest = [(operator, closure(right, reading)) for operator, right in node.rest]
    if len(rest) == 1:
        operator, right = rest[0]
        if operator == "==":
            return lambda play: first(play) == right(play)
        return lambda play: compare(operator, first(play), right(play))

    def chain(play: Play) -> bool:
        left = first(play)
        for operator, right in rest:
            value = right(play)
            if not compare(operator, left, value):
                return False
            left = value
        return True

    return chain


def _fold_closure(node: Fold, reading: Reading) -> Function:
    function = node.function
    terms = [
        (None if guard is None else closure(guard, reading), closure(body, reading))
        for guard, body in node.terms
    ]
    if function in ("any", "all"):
        wanted = function == "any"

        def search(play: Play) -> bool:
            found = (body(play) for guard, body in terms if guard is None or guard(play))
            return any(found) if wanted else all(found)

        return search

    def collect(play: Play) -> Any:
        found = [body(play) for guard, body in terms if guard is None or guard(play)]
        return fold_values(function, found)

    return collect


def _call_closure(node: Call, reading: Reading) -> Function:
    function = node.function
    if function == "label":
        reference = node.arguments[0]
        assert isinstance(reference, Reference)
        slot, name = reading.moves[reference.name], reference.name

        def read_label(play: Play) -> str:
            action = play[slot]
            if action is None:
                raise _NotPlayed(name)
            return str(action.label)

        return read_label
    arguments = [closure(argument, reading) for argument in node.arguments]
    if function == "len":
        return lambda play: Fraction(len(arguments[0](play)))
    if function == "abs":
        return lambda play: abs(arguments[0](play))
    if function in ("min", "max"):
        return lambda play: fold_values(function, [argument(play) for argument in arguments])
    raise TypeError(f"{function} is not evaluated on a play")
