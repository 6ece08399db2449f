"""Values: from the document and a few settings to one exact rational for every parameter.

A value comes, in this order of precedence, from the caller, the scenario, the model file (or the
quantity it uses). Derived parameters are formulas of others; setting one overrides its formula.
Where ``digits`` stands the formula may hold exp, log, sqrt: it is enclosed in balls of growing
precision until its rounding is certain, and from then on the value *is* that decimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from negotiation.errors import Fault, ModelError, UsageError
from negotiation.formulas import Reference, parse, walk
from negotiation.model.calibration import calibrated, scenario_values
from negotiation.model.decimals import rounded, shown
from negotiation.model.document import Model, Parameter, Value, as_value, exact
from negotiation.model.grounding import Constant, constant_value, grounded, substitute
from negotiation.model.scope import Scope, cell_name

__all__ = ["default_faults", "parameter_values", "read_value"]


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
        number = constant_value(parse(value))
        if number is None:
            message = f"{value[:60]!r} is no number"
            raise Fault(message, remedy="write a number such as 0.5 or 1/3")
        return number
    except Fault as fault:
        raise UsageError(fault.message, place=place, remedy=fault.remedy) from None


def default_faults(model: Model, scope: Scope) -> list[Fault]:
    """Return what is wrong with a model's own values: domains, assumptions, arithmetic."""
    evaluation = _Evaluation(model, scope, {})
    evaluation.evaluate()
    return [*evaluation.faults, *evaluation.violations()]


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
    given: dict[str, Fraction] = {}
    # A setting of one member goes before a setting of the family, in whatever order they come.
    for source in ({} if scenario is None else scenario_values(model, scenario)), settings:
        for name, value in sorted(source.items(), key=lambda item: "[" in item[0]):
            try:
                cells = scope.resolve_cell(name, "parameter")
            except Fault as fault:
                raise UsageError(fault.message, place="--set", remedy=fault.remedy) from None
            number = read_value(value, f"--set {name}")
            given.update(dict.fromkeys(cells, number))
    evaluation = _Evaluation(model, scope, given)
    values = evaluation.evaluate()
    faults = [*evaluation.faults, *evaluation.violations()]
    if faults and given:
        first = faults[0]
        raise UsageError(first.message, place=first.place, remedy=first.remedy)
    if faults:
        raise ModelError(faults, source=str(model.origin or model.name))
    return values


class _Evaluation:
    """Evaluates all parameter cells once, each after those it depends on.

    A cell whose formula fails has no value; `faults` says why.
    """

    def __init__(self, model: Model, scope: Scope, given: Mapping[str, Fraction]) -> None:
        self.model = model
        self.scope = scope
        self.parameters = calibrated(model)
        self.values: dict[str, Fraction | None] = dict(given)
        self.faults: list[Fault] = []
        self.bindings = {
            cell_name(name, binding.values()): (name, binding)
            for name in model.parameters
            for binding in scope.bindings(scope.families[name].binder)
        }

    def evaluate(self) -> dict[str, Fraction | None]:
        """Return the values of all cells."""
        return {cell: self._value(cell) for cell in self.bindings}

    def _value(self, cell: str) -> Fraction | None:
        if cell not in self.values:
            name, binding = self.bindings[cell]
            formula = _formula_of(self.parameters[name], binding)
            try:
                self.values[cell] = self._evaluate(self.parameters[name], formula, binding)
            except (Fault, ZeroDivisionError) as error:
                self.values[cell] = None
                self.faults.append(_failure(error, cell, formula, f"parameters.{name}.value"))
        return self.values[cell]

    def _evaluate(
        self, parameter: Parameter, formula: Value | None, binding: Mapping[str, str]
    ) -> Fraction | None:
        if formula is None:
            return None
        if isinstance(formula, Fraction):
            return rounded(Constant(formula), parameter.digits)
        node = grounded(formula, binding, self.scope)
        for part in walk(node):
            if isinstance(part, Reference) and self._value(part.name) is None:
                return None
        return rounded(substitute(node, self.values), parameter.digits)

    def violations(self) -> Iterator[Fault]:
        """Yield a fault for each domain, integer or joint restriction that does not hold."""
        for cell, (name, binding) in self.bindings.items():
            value, parameter = self.values[cell], self.parameters[name]
            if value is None:
                continue
            place = f"parameters.{name}.value"
            if parameter.integer and value.denominator != 1:
                message = f"{cell} = {shown(value)} is no whole number"
                yield Fault(message, place=place, remedy="give it a whole number")
            if parameter.domain is not None:
                message = f"{cell} = {shown(value)} is outside its domain {parameter.domain}"
                outside = Fault(message, place=place, remedy="give it a value inside the domain")
                yield from self._violation(parameter.domain, binding, cell, outside)
        for position, text in enumerate(self.model.assume):
            place = f"assume[{position}]"
            message = f"the values violate the assumption {text}"
            violated = Fault(message, place=place, remedy="give values that satisfy it")
            yield from self._violation(text, {}, None, violated)

    def _violation(
        self, text: str, binding: Mapping[str, str], own: str | None, violated: Fault
    ) -> Iterator[Fault]:
        """Yield a fault where a condition fails; what has no value yet cannot fail."""
        try:
            node = substitute(grounded(text, binding, self.scope, own=own), self.values)
            if any(isinstance(part, Reference) for part in walk(node)):
                return
            if not rounded(node, None):
                yield violated
        except ZeroDivisionError:
            yield violated
        except Fault as fault:
            yield fault.within(violated.place, text, 0)


def _failure(
    error: Fault | ZeroDivisionError, cell: str, formula: Value | None, place: str
) -> Fault:
    """Return what went wrong in the formula of a cell."""
    text = formula if isinstance(formula, str) else ""
    if isinstance(error, Fault):
        located = error.within(place, text, 0)
        return Fault(
            f"{cell}: {located.message}",
            place=located.place,
            text=located.text,
            column=located.column,
            remedy=located.remedy,
        )
    return Fault(
        f"{cell} divides by zero at the given values",
        place=place,
        text=text,
        column=0,
        remedy="change the values, or guard it with a if c else b",
    )


def _formula_of(parameter: Parameter, binding: Mapping[str, str]) -> Value | None:
    value = parameter.value
    if isinstance(value, Mapping):
        found = value.get(", ".join(binding.values()), value.get("default", parameter.default))
        return None if found is None else as_value(found)
    return parameter.default if value is None else as_value(value)
