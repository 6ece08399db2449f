"""Calibration: shared quantities with sources, and named bundles of values.

``[quantities.NAME]`` holds value, range, unit, meaning and source of a quantity that several models
use; a parameter takes them with ``use = "NAME"``. ``[scenarios.NAME]`` is a bundle of values whose
keys are parameters, as in ``--set``, or quantities; ``meaning`` and ``source`` may stand beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.errors import Fault, ModelError, UsageError
from negotiation.formulas import nearest
from negotiation.model.document import Parameter, as_value

if TYPE_CHECKING:
    from negotiation.model.document import Model

__all__ = ["Calibration", "calibration_faults", "calibration_of", "calibrated", "scenario_values"]

QUANTITY_KEYS = ("value", "range", "unit", "meaning", "source", "symbol", "domain")


@dataclass(frozen=True)
class Calibration:
    """The content of one calibration file."""

    path: Path
    quantities: Mapping[str, Parameter]
    scenarios: Mapping[str, Mapping[str, Any]]


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
def _load(path: Path, changed: int) -> Calibration:
    del changed
    from negotiation.model.reading import read_toml

    document = read_toml(path)
    faults: list[Fault] = []
    for key in document:
        if key not in ("quantities", "scenarios", "schema"):
            remedy = nearest(key, ["quantities", "scenarios"])
            faults.append(Fault(f"unknown key {key!r}", place=key, remedy=remedy))
    quantities = {}
    for name, table in _tables(document.get("quantities", {}), "quantities", faults):
        place = f"quantities.{name}"
        for key in table:
            if key not in QUANTITY_KEYS:
                remedy = nearest(key, QUANTITY_KEYS)
                faults.append(Fault(f"unknown key {key!r}", place=place, remedy=remedy))
        try:
            quantities[name] = Parameter(**{k: table[k] for k in QUANTITY_KEYS if k in table})
        except ModelError as error:
            faults += [fault.at(place) for fault in error.faults]
    scenarios = {}
    for name, table in _tables(document.get("scenarios", {}), "scenarios", faults):
        scenarios[name] = dict(table)
    if faults:
        raise ModelError(faults, source=str(path))
    return Calibration(path, quantities, scenarios)


def _tables(
    table: object, place: str, faults: list[Fault]
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
    """
    calibration = calibration_of(model) if any(p.use for p in model.parameters.values()) else None
    completed = {}
    for name, parameter in model.parameters.items():
        if parameter.use is None or calibration is None:
            completed[name] = parameter
        elif isinstance(parameter.use, Mapping):
            completed[name] = _from_members(parameter, calibration.quantities)
        else:
            completed[name] = _from_quantity(parameter, calibration.quantities[parameter.use])
    return completed


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
    first = next(iter(used.values()))
    taken |= {"unit": first.unit, "meaning": first.meaning}
    kept = {
        key: getattr(parameter, key) if getattr(parameter, key) is not None else value
        for key, value in taken.items()
        if value
    }
    return _copy(parameter, kept)


def _copy(parameter: Parameter, changes: Mapping[str, Any]) -> Parameter:
    return Parameter(**{**vars(parameter), "use": None, **changes})


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


def scenario_values(model: Model, scenario: str) -> dict[str, Any]:
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
    values: dict[str, Any] = {}
    for key, value in calibration.scenarios[scenario].items():
        if key in ("meaning", "source") and key not in model.parameters:
            continue
        for cell, entry in _scenario_cells(model, calibration, scenario, key, value):
            values[cell] = as_value(entry)
    return values


def _scenario_cells(
    model: Model, calibration: Calibration, scenario: str, key: str, value: Any
) -> Iterator[tuple[str, Any]]:
    """Yield (cell, value): a key is a parameter, one of its members, or a quantity in use."""
    users = [
        (name, member)
        for name, parameter in model.parameters.items()
        for member, quantity in (
            parameter.use.items()
            if isinstance(parameter.use, Mapping)
            else [("", parameter.use)]
        )
        if quantity == key
    ]
    if key.split("[")[0].strip() not in model.parameters and users:
        for name, member in users:
            yield (f"{name}[{member}]" if member else name), value
        return
    try:
        cells = model.scope.resolve_cell(key, "parameter")
    except Fault as fault:
        raise UsageError(
            f"scenario {scenario!r} of {calibration.path.name}: {fault.message}",
            place="--scenario",
            remedy=fault.remedy,
        ) from None
    if isinstance(value, Mapping):
        for member, entry in value.items():
            yield f"{key}[{member}]", entry
        return
    for cell in cells:
        yield cell, value
