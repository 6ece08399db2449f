"""Writing: a :class:`Model` as TOML in the spelling of the model language.

Reading what is written gives an equal model. Rationals with a finite decimal are written as such,
others as the text of a formula.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

import tomli_w

from negotiation.model.document import Model, Steps, decimal_text

__all__ = ["model_to_toml"]

ALWAYS = ("schema", "form")


def model_to_toml(model: Model) -> str:
    """Return the model as TOML; keys at their defaults are left out."""
    return tomli_w.dumps(_table(model, skip=("origin",)))


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
