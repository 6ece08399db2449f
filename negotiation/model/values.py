"""Values: from the document and a few settings to one exact rational for every parameter.

A value comes, in this order of precedence, from the caller, the scenario, the model file (or the
quantity it uses). Derived parameters are formulas of others; setting one overrides its formula.
Where ``digits`` stands the formula may hold exp, log, sqrt: it is enclosed in balls of growing
precision until its rounding is certain, and from then on the value *is* that decimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any

from negotiation.errors import Fault, ModelError, NegotiationError, UsageError
from negotiation.formulas import (
    Binary,
    Call,
    Comparison,
    Conditional,
    Expression,
    Fold,
    Junction,
    Number,
    Reference,
    Unary,
    parse,
    walk,
)
from negotiation.model.calibration import calibrated, scenario_values
from negotiation.model.document import Model, Parameter, Value, as_value, exact
from negotiation.model.grounding import Constant, arithmetic, compare, ground, substitute
from negotiation.model.scope import Scope, cell_name

if TYPE_CHECKING:
    from flint import arb

__all__ = ["default_faults", "parameter_values", "read_value"]

PRECISIONS = (64, 128, 256, 1024, 4096)


def read_value(value: object, place: str) -> Fraction:
    """Return the rational that a number, or the text of a constant formula, spells.

    Raises
    ------
    UsageError
        If it is no number.
    """
    try:
        if not isinstance(value, str):
            return exact(value)
        formula = parse(value)
        if all(isinstance(part, Number | Unary | Binary) for part in walk(formula)):
            node = substitute(ground(formula, {}, _NO_NAMES), {})
            if isinstance(node, Constant) and isinstance(node.value, Fraction):
                return node.value
        raise Fault(f"{value[:60]!r} is no number", remedy="write a number such as 0.5 or 1/3")
    except ZeroDivisionError:
        raise UsageError("division by zero", place=place, remedy="write a number") from None
    except Fault as fault:
        raise UsageError(fault.message, place=place, remedy=fault.remedy) from None


_NO_NAMES = Scope({}, (), {}, {}, {}, {})


def default_faults(model: Model, scope: Scope) -> list[Fault]:
    """Return what is wrong with a model's own values: domains, assumptions, arithmetic."""
    evaluation = _Evaluation(model, scope, {})
    try:
        evaluation.evaluate()
        return list(evaluation.violations())
    except Fault as fault:
        return [fault]


def parameter_values(
    model: Model, settings: Mapping[str, object], scenario: str | None
) -> dict[str, Fraction | None]:
    """Return cell -> value for all parameters in the file's order; None stays symbolic.

    Raises
    ------
    UsageError
        For unknown parameters, and where the settings lead outside the domain.
    """
    scope = model.scope
    given: dict[str, object] = {}
    # A setting of one member goes before a setting of the family, in whatever order they come.
    for source in (scenario_values(model, scenario) if scenario else {}), settings:
        for name, value in sorted(source.items(), key=lambda item: "[" in item[0]):
            try:
                cells = scope.resolve_cell(name, "parameter")
            except Fault as fault:
                raise UsageError(fault.message, place="--set", remedy=fault.remedy) from None
            number = read_value(value, f"--set {name}")
            given.update(dict.fromkeys(cells, number))
    evaluation = _Evaluation(model, scope, given)
    try:
        values = evaluation.evaluate()
        faults = list(evaluation.violations())
    except Fault as fault:
        faults = [fault]
    if faults and given:
        first = faults[0]
        raise UsageError(first.message, place=first.place, remedy=first.remedy)
    if faults:
        raise ModelError(faults, source=str(model.origin or model.name))
    return values


class _Evaluation:
    """Evaluates all parameter cells once, each after those it depends on."""

    def __init__(self, model: Model, scope: Scope, given: Mapping[str, object]) -> None:
        self.model = model
        self.scope = scope
        self.given = given
        self.parameters = calibrated(model)
        self.values: dict[str, Fraction | None] = {}
        self.bindings = {
            cell_name(name, binding.values()): (name, binding)
            for name in model.parameters
            for binding in scope.bindings(scope.families[name].binder)
        }

    def evaluate(self) -> dict[str, Fraction | None]:
        """Return the values of all cells."""
        for cell in self.bindings:
            self._value(cell)
        return {cell: self.values[cell] for cell in self.bindings}

    def _value(self, cell: str) -> Fraction | None:
        if cell not in self.values:
            given = self.given.get(cell)
            if given is not None:
                assert isinstance(given, Fraction)
                self.values[cell] = given
            else:
                name, binding = self.bindings[cell]
                parameter = self.parameters[name]
                formula = _formula_of(parameter, binding)
                self.values[cell] = self._evaluate(cell, parameter, formula, binding)
        return self.values[cell]

    def _evaluate(
        self, cell: str, parameter: Parameter, formula: Value | None, binding: Mapping[str, str]
    ) -> Fraction | None:
        if formula is None:
            return None
        place = f"parameters.{self.bindings[cell][0]}.value"
        if isinstance(formula, Fraction):
            return _rounded(Constant(formula), parameter.digits, place)
        try:
            node = ground(parse(formula), binding, self.scope)
            for part in walk(node):
                if isinstance(part, Reference) and self._value(part.name) is None:
                    return None
            reduced = substitute(node, self.values)
            return _rounded(reduced, parameter.digits, place)
        except ZeroDivisionError:
            raise Fault(
                f"{cell} divides by zero at the given values",
                place=place,
                text=formula,
                column=0,
                remedy="change the values, or guard it with a if c else b",
            ) from None
        except Fault as fault:
            raise (fault if fault.place else fault.at(place)) from None

    def violations(self) -> Iterator[Fault]:
        """Yield a fault for each domain, integer or joint restriction that does not hold."""
        for cell, (name, binding) in self.bindings.items():
            value, parameter = self.values[cell], self.parameters[name]
            if value is None:
                continue
            if parameter.integer and value.denominator != 1:
                yield Fault(
                    f"{cell} = {value} is no whole number",
                    place=f"parameters.{name}",
                    remedy="give it a whole number",
                )
            if parameter.domain is not None and not self._holds(parameter.domain, binding, cell):
                yield Fault(
                    f"{cell} = {_shown(value)} is outside its domain {parameter.domain}",
                    place=f"parameters.{name}.value",
                    remedy="give it a value inside the domain",
                )
        for position, text in enumerate(self.model.assume):
            if not self._holds(text, {}, None):
                yield Fault(
                    f"the values violate the assumption {text}",
                    place=f"assume[{position}]",
                    remedy="give values that satisfy it",
                )

    def _holds(self, text: str, binding: Mapping[str, str], own: str | None) -> bool:
        try:
            node = substitute(ground(parse(text), binding, self.scope, own=own), self.values)
        except ZeroDivisionError:
            return False
        if isinstance(node, Constant):
            return bool(node.value)
        symbolic = any(isinstance(part, Reference) for part in walk(node))
        return symbolic  # what has no value yet cannot violate; a division by zero does


def _shown(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{float(value):.6g}"


def _formula_of(parameter: Parameter, binding: Mapping[str, str]) -> Value | None:
    value = parameter.value
    if isinstance(value, Mapping):
        found = value.get(", ".join(binding.values()), value.get("default", parameter.default))
        return None if found is None else as_value(found)
    return parameter.default if value is None else as_value(value)


# -- certified decimals ---------------------------------------------------------------------------


class _Undecided(Exception):
    """The ball is too wide to decide; try again with more precision."""


def _rounded(node: Expression, digits: int | None, place: str) -> Fraction:
    """Return the exact value, or with `digits` the correctly rounded decimal."""
    if digits is None:
        if isinstance(node, Constant) and isinstance(node.value, Fraction | bool):
            return Fraction(node.value)
        return Fraction(_exact_only(node))
    import flint

    precision = flint.ctx.prec
    try:
        for bits in PRECISIONS:
            flint.ctx.prec = bits
            try:
                return _round(_enclose(node), digits)
            except _Undecided:
                continue
    finally:
        flint.ctx.prec = precision
    raise Fault(
        f"the rounding to {digits} digits cannot be decided with {PRECISIONS[-1]} bits",
        place=place,
        remedy="the value may lie exactly halfway: use one digit more",
    )


def _exact_only(node: Expression) -> Fraction:
    value = _enclose(node)
    if isinstance(value, Fraction | bool):
        return Fraction(value)
    raise Fault("is not rational", remedy="add digits = 4 to the parameter")


def _round(value: Any, digits: int) -> Fraction:
    scale = 10**digits
    if isinstance(value, Fraction | bool):
        return Fraction(round(Fraction(value) * scale), scale)
    nearest = (value * scale + _ball(Fraction(1, 2))).floor().unique_fmpz()
    if nearest is None:
        raise _Undecided
    return Fraction(int(nearest), scale)


def _ball(value: Any) -> arb:
    import flint

    if isinstance(value, Fraction | bool):
        fraction = Fraction(value)
        return flint.arb(flint.fmpq(fraction.numerator, fraction.denominator))
    return value


def _enclose(node: Expression) -> Any:
    """Return an exact Fraction (or truth) where possible, else a ball that holds the value."""
    match node:
        case Constant():
            return node.value
        case Unary():
            operand = _enclose(node.operand)
            if node.operator == "not":
                return not operand
            return -operand if node.operator == "-" else operand
        case Binary():
            return _enclose_binary(node.operator, _enclose(node.left), _enclose(node.right))
        case Conditional():
            return _enclose(node.then if _enclose(node.condition) else node.otherwise)
        case Comparison():
            return _enclose_comparison(node)
        case Junction():
            found = (bool(_enclose(operand)) for operand in node.operands)
            return all(found) if node.operator == "and" else any(found)
        case Fold():
            return _enclose_fold(node)
        case Call():
            return _enclose_call(node.function, [_enclose(part) for part in node.arguments])
    raise Fault("cannot be evaluated", remedy="only numbers and parameters may stand here")


def _enclose_binary(operator: str, left: Any, right: Any) -> Any:
    if isinstance(left, Fraction | bool) and isinstance(right, Fraction | bool):
        if operator != "**" or Fraction(right).denominator == 1:
            return arithmetic(operator, Fraction(left), Fraction(right))
    a, b = _ball(left), _ball(right)
    result = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: a / b,
        "**": lambda: a**b,
    }[operator]()
    if not result.is_finite():
        raise _Undecided
    return result


def _enclose_comparison(node: Comparison) -> bool:
    left = _enclose(node.first)
    for operator, right_node in node.rest:
        right = _enclose(right_node)
        if isinstance(left, Fraction | bool) and isinstance(right, Fraction | bool):
            holds = compare(operator, left, right)
        else:
            holds = _compare_balls(operator, _ball(left), _ball(right))
        if not holds:
            return False
        left = right
    return True


def _compare_balls(operator: str, a: arb, b: arb) -> bool:
    if a < b:
        return operator in ("<", "<=", "!=")
    if a > b:
        return operator in (">", ">=", "!=")
    raise _Undecided


def _enclose_fold(node: Fold) -> Any:
    found = [
        _enclose(body) for guard, body in node.terms if guard is None or _enclose(guard)
    ]
    if node.function == "sum":
        total: Any = Fraction(0)
        for value in found:
            total = _enclose_binary("+", total, value)
        return total
    if node.function in ("min", "max"):
        return _enclose_call(node.function, found)
    if node.function == "len":
        return Fraction(len(found))
    return any(found) if node.function == "any" else all(found)


def _enclose_call(function: str, values: list[Any]) -> Any:
    if function in ("min", "max"):
        if not values:
            raise Fault(f"{function} of nothing", remedy="make sure that one term remains")
        best = values[0]
        for value in values[1:]:
            smaller = (
                compare("<", value, best)
                if isinstance(value, Fraction) and isinstance(best, Fraction)
                else _compare_balls("<", _ball(value), _ball(best))
            )
            best = value if smaller == (function == "min") else best
        return best
    value = values[0]
    if function == "abs":
        return abs(value)
    if isinstance(value, Fraction | bool):
        known = _exact_transcendental(function, Fraction(value))
        if known is not None:
            return known
    ball = _ball(value)
    result = {"exp": ball.exp, "log": ball.log, "sqrt": ball.sqrt}[function]()
    if not result.is_finite():
        raise _Undecided
    return result


def _exact_transcendental(function: str, value: Fraction) -> Fraction | None:
    """Return the value where it is rational; refuse arguments outside the function's domain."""
    if function == "log" and value <= 0 or function == "sqrt" and value < 0:
        raise Fault(
            f"{function}({_shown(value)}) is not a real number",
            remedy="restrict the domain of what stands in it",
        )
    if function == "exp":
        if abs(value) > 10_000:
            raise Fault(f"exp({_shown(value)}) is too large", remedy="choose another unit")
        return Fraction(1) if value == 0 else None
    if function == "log":
        return Fraction(0) if value == 1 else None
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    squares = top * top == value.numerator and bottom * bottom == value.denominator
    return Fraction(top, bottom) if squares else None


def first_fault(error: NegotiationError) -> NegotiationError:
    """Return the first of several faults, for a message of one line."""
    return error.faults[0] if isinstance(error, ModelError) and error.faults else error
