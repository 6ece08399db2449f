"""Calibration: shared quantities with sources, and named bundles of values.

``[quantities.NAME]`` holds value, range, unit, meaning and source of a quantity that several models
use; a parameter takes them with ``use = "NAME"``. ``[scenarios.NAME]`` is a bundle of values whose
keys are parameters, as in ``--set``, or quantities; ``meaning`` and ``source`` may stand beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.errors import Enough, Fault, FaultList, ModelError, UsageError
from negotiation.formulas import nearest, parse
from negotiation.model.document import Parameter, TomlNumber, Value, as_value, unknown_keys
from negotiation.model.grounding import constant_value

if TYPE_CHECKING:
    from negotiation.model.document import Model

__all__ = [
    "Calibration",
    "Scenario",
    "calibrated",
    "calibration_faults",
    "calibration_of",
    "scenario_values",
    "scenarios_of",
    "self_contained",
]

QUANTITY_KEYS = ("value", "range", "unit", "meaning", "source")


@dataclass(frozen=True)
class Calibration:
    """The content of one calibration file."""

    path: Path
    quantities: Mapping[str, Parameter]
    scenarios: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """A named bundle of values that a model can take; `values` maps parameter cell to value."""

    name: str
    meaning: str | None
    source: str | None
    values: Mapping[str, Value]


def calibration_of(model: Model) -> Calibration | None:
    """Return the calibration beside a model, or None where it names none.

    Raises
    ------
    ModelError
        If the file is missing or invalid.
    """
    if model.calibration is None:
        return None
    from negotiation.model.catalogue import beside

    path = beside(model.origin, model.calibration)
    if path is None:
        raise ModelError(
            [
                Fault(
                    f"the calibration file {model.calibration!r} is not there",
                    place="calibration",
                    remedy="put it beside the model file",
                )
            ],
            source=str(model.origin or model.name),
        )
    return _load(path, path.stat().st_mtime_ns)


@cache
def _load(path: Path, _changed: int) -> Calibration:
    from negotiation.model.reading import read_toml

    faults = FaultList()
    try:
        document = read_toml(path)
        faults.extend(unknown_keys(document, ("quantities", "scenarios", "schema"), ""))
        quantities = dict(_quantities(document.get("quantities", {}), faults))
        scenarios = dict(_tables(document.get("scenarios", {}), "scenarios", faults))
    except Enough:
        pass
    except ModelError as error:
        faults.extend(error.faults)
    if faults:
        raise ModelError(_placed(faults, path.name), source=str(path))
    return Calibration(path, quantities, scenarios)


def _placed(faults: Iterable[Fault], file: str) -> Iterator[Fault]:
    """Yield faults whose places name the file, since the model's own have none."""
    for fault in faults:
        yield Fault(fault.message, place=f"{file}: {fault.place}", remedy=fault.remedy)


def _quantities(table: object, faults: FaultList) -> Iterator[tuple[str, Parameter]]:
    """Yield (name, quantity); its value and range are numbers, not formulas of a model."""
    for name, entry in _tables(table, "quantities", faults):
        place = f"quantities.{name}"
        faults.extend(unknown_keys(entry, QUANTITY_KEYS, place))
        for key, item in (("value", entry.get("value")), ("range", entry.get("range"))):
            for number in item if isinstance(item, list) else [item]:
                if isinstance(number, Mapping) or not _is_number(number):
                    remedy = "write a number; formulas and tables by member stand in the model"
                    faults.append(Fault("is no number", place=f"{place}.{key}", remedy=remedy))
        try:
            yield name, Parameter(**{key: entry[key] for key in QUANTITY_KEYS if key in entry})
        except ModelError as error:
            faults.extend(fault.at(place) for fault in error.faults)


def _is_number(entry: object) -> bool:
    """Say whether an entry spells a number, such as 1/3; what is no text is judged elsewhere."""
    if not isinstance(entry, str) or isinstance(entry, TomlNumber):
        return True
    try:
        return constant_value(parse(entry)) is not None
    except Fault:
        return False


def _tables(
    table: object, place: str, faults: FaultList
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(table, Mapping):
        faults.append(Fault("is no table", place=place, remedy=f"write [{place}.NAME]"))
        return
    for name, entry in table.items():
        if isinstance(entry, Mapping):
            yield name, entry
        else:
            where = f"{place}.{name}"
            faults.append(Fault("is no table", place=where, remedy=f"write [{where}]"))


def calibrated(model: Model) -> dict[str, Parameter]:
    """Return the parameters, those with `use` completed from the calibration file.

    What the model file says itself (meaning, unit, range, source) goes before the quantity.

    Raises
    ------
    ModelError
        If the calibration file is missing, invalid, or lacks a quantity.
    """
    calibration = calibration_of(model) if any(p.use for p in model.parameters.values()) else None
    if calibration is None:
        return dict(model.parameters)
    try:
        return {
            name: _completed(parameter, calibration.quantities)
            for name, parameter in model.parameters.items()
        }
    except KeyError:  # the file changed after the model was checked
        raise ModelError(calibration_faults(model), source=str(calibration.path)) from None


def self_contained(model: Model) -> Model:
    """Return a model with the same parameters that names no calibration file.

    What the model takes from the file by `use` stands in it; the scenarios of the file do not.

    Raises
    ------
    ModelError
        If the model uses quantities and the calibration file is missing, invalid, or lacks one.
    """
    return replace(model, parameters=calibrated(model), calibration=None, faults=())


def _completed(parameter: Parameter, quantities: Mapping[str, Parameter]) -> Parameter:
    if parameter.use is None:
        return parameter
    if isinstance(parameter.use, Mapping):
        return _from_members(parameter, quantities)
    return _from_quantity(parameter, quantities[parameter.use])


def _from_quantity(parameter: Parameter, quantity: Parameter) -> Parameter:
    kept = {
        key: getattr(parameter, key) if getattr(parameter, key) is not None else value
        for key in QUANTITY_KEYS
        if (value := getattr(quantity, key)) is not None
    }
    return _copy(parameter, kept)


def _from_members(parameter: Parameter, quantities: Mapping[str, Parameter]) -> Parameter:
    used = {member: quantities[name] for member, name in parameter.use.items()}
    taken: dict[str, Any] = {
        key: {m: getattr(q, key) for m, q in used.items() if getattr(q, key) is not None}
        for key in ("value", "range", "source")
    }
    first = next(iter(used.values()), Parameter())
    taken |= {"unit": first.unit, "meaning": first.meaning}
    kept = {
        key: getattr(parameter, key) if getattr(parameter, key) is not None else value
        for key, value in taken.items()
        if value
    }
    return _copy(parameter, kept)


def _copy(parameter: Parameter, changes: Mapping[str, Any]) -> Parameter:
    return replace(parameter, use=None, **changes)


def calibration_faults(model: Model) -> list[Fault]:
    """Return what is wrong with the use of the calibration file."""
    uses = {name: p.use for name, p in model.parameters.items() if p.use is not None}
    if not uses:
        return []
    if model.calibration is None:
        return [
            Fault(
                "use needs a calibration file",
                place=f"parameters.{name}.use",
                remedy='add calibration = "calibration.toml" at the top',
            )
            for name in uses
        ]
    try:
        calibration = calibration_of(model)
    except ModelError as error:
        return list(error.faults)
    assert calibration is not None
    faults = []
    for name, use in uses.items():
        for quantity in use.values() if isinstance(use, Mapping) else [use]:
            if quantity not in calibration.quantities:
                faults.append(
                    Fault(
                        f"no quantity is called {quantity!r} in {calibration.path.name}",
                        place=f"parameters.{name}.use",
                        remedy=nearest(quantity, calibration.quantities),
                    )
                )
    return faults


def scenario_values(model: Model, scenario: str) -> dict[str, Value]:
    """Return the values of a scenario by parameter cell.

    Raises
    ------
    UsageError
        If there is no such scenario, or it speaks of what the model does not have.
    """
    calibration = calibration_of(model)
    if calibration is None:
        raise UsageError(
            f"{model.name} names no calibration file, so it has no scenarios",
            place="--scenario",
            remedy='add calibration = "calibration.toml" to the model',
        )
    if scenario not in calibration.scenarios:
        raise UsageError(
            f"no scenario is called {scenario!r}",
            place="--scenario",
            remedy=nearest(scenario, calibration.scenarios),
        )
    values: dict[str, Value] = {}
    for key, value in calibration.scenarios[scenario].items():
        if key in ("meaning", "source") and key not in model.parameters:
            continue
        try:
            for cell, entry in _scenario_cells(model, key, value):
                values[cell] = as_value(entry)
        except Fault as fault:
            raise UsageError(
                f"scenario {scenario!r} of {calibration.path.name}, {key}: {fault.message}",
                place="--scenario",
                remedy=fault.remedy,
            ) from None
    return values


def scenarios_of(model: Model) -> tuple[Scenario, ...]:
    """Return the scenarios of the calibration file that speak only of what the model has.

    Raises
    ------
    ModelError
        If the calibration file is missing or invalid.
    """
    calibration = calibration_of(model)
    if calibration is None:
        return ()
    found = []
    for name, entry in calibration.scenarios.items():
        try:
            values = scenario_values(model, name)
        except UsageError:
            continue  # the file serves other models too
        notes = {
            key: None if key in model.parameters or entry.get(key) is None else str(entry[key])
            for key in ("meaning", "source")
        }
        found.append(Scenario(name, notes["meaning"], notes["source"], values))
    return tuple(found)


def _scenario_cells(model: Model, key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (cell, value): a key is a parameter, one of its members, or a quantity in use."""
    if key.split("[")[0].strip() not in model.parameters:
        cells = [cell for cell, quantity in _uses(model) if quantity == key]
        if cells:
            yield from ((cell, value) for cell in cells)
            return
    cells = model.scope.resolve_cell(key, "parameter")
    if isinstance(value, Mapping):
        yield from ((f"{key}[{member}]", entry) for member, entry in value.items())
    else:
        yield from ((cell, value) for cell in cells)


def _uses(model: Model) -> Iterator[tuple[str, str]]:
    """Yield (parameter or its cell, quantity that it uses)."""
    for name, parameter in model.parameters.items():
        if isinstance(parameter.use, Mapping):
            yield from ((f"{name}[{member}]", used) for member, used in parameter.use.items())
        elif parameter.use is not None:
            yield name, parameter.use
