"""Writing: a :class:`Model` as TOML in the spelling of the model language.

Reading what is written gives an equal model. Rationals with a finite decimal are written as such,
others as the text of a formula. A copy that stands alone has the quantities of the calibration file
inline, and says in comments what its scenarios set.
"""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

import tomli_w

from negotiation.errors import ModelError
from negotiation.model.calibration import scenarios_of, self_contained
from negotiation.model.document import Model, Steps, decimal_text

__all__ = ["model_to_toml", "printable", "standalone_toml"]

ALWAYS = ("schema", "form")


def model_to_toml(model: Model) -> str:
    """Return the model as TOML; keys at their defaults are left out."""
    return tomli_w.dumps(_table(model, skip=("origin",)))


def standalone_toml(model: Model) -> str:
    """Return the model as TOML that needs no calibration file, with comments on what that loses."""
    comments = "".join(f"{line}\n" for line in _calibration_comments(model))
    return f"{comments}{model_to_toml(self_contained(model))}"


def _calibration_comments(model: Model) -> Iterator[str]:
    """Say in comments which values came from the calibration file, and what its scenarios set."""
    if model.calibration is None:
        return
    used = [name for name, parameter in model.parameters.items() if parameter.use is not None]
    if used:
        yield f"# Values taken from {model.calibration}: {', '.join(used)}."
    try:
        scenarios = scenarios_of(model)
    except ModelError:
        yield f"# {model.calibration} could not be read: its scenarios are lost in this copy."
        return
    if scenarios:
        yield f"# The scenarios of {model.calibration} do not stand here. What they set:"
    for scenario in scenarios:
        settings = (f"--set {shlex.quote(f'{k}={_shown(v)}')}" for k, v in scenario.values.items())
        yield printable(f"#   {scenario.name}: {' '.join(settings) or 'nothing set'}")


def _shown(value: Fraction | str) -> str:
    decimal = decimal_text(value) if isinstance(value, Fraction) else None
    return decimal or str(value)


def printable(text: str) -> str:
    """Return a text fit for a comment or a line of a page: a name of a file may hold anything."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _table(record: Any, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        entry.name: _plain(value)
        for entry in fields(record)
        if entry.name not in skip
        and ((value := getattr(record, entry.name)) != _default(entry) or entry.name in ALWAYS)
    }


def _default(entry: Field[Any]) -> object:
    """Return the default of a field; what has none is always written."""
    return entry.default if entry.default_factory is MISSING else entry.default_factory()


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        text = decimal_text(value)
        assert text is not None, "the document keeps other rationals as text"
        return Decimal(text) if "." in text else int(text)
    if isinstance(value, Steps):
        start, end, steps = map(_plain, (value.start, value.end, value.steps))
        return {"from": start, "to": end, "steps": steps}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str | bool | int | datetime.date):
        return value
    return _table(value)
