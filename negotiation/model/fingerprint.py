"""Fingerprints of models: equal where two documents say the same game, different otherwise.

The fingerprint of a game (:attr:`negotiation.game.Game.fingerprint`) is of one tree at one point of
parameter space; that of a model is of the whole function from parameters to games. It is SHA-256
of a canonical text of what the model says:

- name, form and language version; players, sets, moves, payoffs, definitions, assumptions;
- parameters with domain, range, unit and value, be that a number or a formula. What is taken from
  the calibration file counts as if it stood in the model;
- regimes with their conditions, and the default concept and selection.

Formulas count as they are read, so blanks, brackets without effect and the kind of quotes do not;
nor does the order of keys, of assumptions or of tables by member. The order of players, moves,
actions, members of a set and regimes does: it is that of every output. Left out is what explains
(title, summary, timing, notes, meanings, symbols, sources, phrases) and what is said about the game
(hypotheses, facts), as are the scenarios of the calibration file, which are settings.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from negotiation.formulas import Expression, parse
from negotiation.model.calibration import calibrated
from negotiation.model.grounding import constant_value

if TYPE_CHECKING:
    from negotiation.model.document import Model, Move, Parameter

__all__ = ["model_fingerprint"]

CANON = "negotiation/model-fingerprint/1"
"""Stands in the text: another canonical form gives other fingerprints."""
EXPLANATIONS = frozenset({"meaning", "symbol", "source", "phrases"})


def model_fingerprint(model: Model) -> str:
    """Return the fingerprint of a model, ``sha256:`` and 64 hexadecimal digits.

    Raises
    ------
    ModelError
        If the model uses quantities and the calibration file is missing or invalid.

    Examples
    --------
    >>> from negotiation import load
    >>> model = load("divide-and-exempt")
    >>> model_fingerprint(model) == model_fingerprint(model.from_toml(model.to_toml()))
    True
    """
    content = {
        "canon": CANON,
        "name": model.name,
        "form": model.form,
        "schema": model.schema,
        "concept": model.concept,
        "select": model.select,
        "players": list(model.players),
        "sets": {name: list(members) for name, members in model.sets.items()},
        "parameters": {name: _parameter(one) for name, one in calibrated(model).items()},
        "moves": [_move(move) for move in model.moves],
        "define": _formulas(model.define),
        "payoffs": _formulas(model.payoffs),
        "assume": sorted(_canonical(_formula(text)) for text in model.assume),
        "regimes": [[regime.name, _formula(regime.when)] for regime in model.regimes],
    }
    return f"sha256:{hashlib.sha256(_canonical(content).encode('ascii')).hexdigest()}"


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "over": _spaced(parameter.over),
        "domain": None if parameter.domain is None else _formula(parameter.domain),
        "unit": parameter.unit,
        "digits": parameter.digits,
        "integer": parameter.integer,
        **{name: _value(getattr(parameter, name)) for name in ("value", "range", "default")},
    }


def _move(move: Move) -> dict[str, Any]:
    """Return a move; the label of a grid's action may be the text of a formula, so that counts."""
    found = {
        entry.name: _plain(getattr(move, entry.name))
        for entry in fields(move)
        if entry.name not in EXPLANATIONS
    }
    conditions = {
        name: _formula(text)
        for name in ("when", "allowed")
        if (text := getattr(move, name)) is not None
    }
    names = {name: _spaced(getattr(move, name)) for name in ("player", "over", "turns", "subsets")}
    return {
        **found,
        **conditions,
        **names,
        "observes": [_spaced(name) for name in move.observes],
        "probabilities": _value(move.probabilities),
    }


def _value(value: Any) -> Any:
    """Return a number or formula, a table or list of them, or None.

    A text that spells a number is the number.
    """
    if isinstance(value, Mapping):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if not isinstance(value, str):
        return None if value is None else str(value)
    node = parse(value)
    number = constant_value(node)
    return _expression(node) if number is None else str(number)


def _formulas(table: Mapping[str, str]) -> dict[str, Any]:
    return {str(_spaced(key)): _formula(text) for key, text in table.items()}


def _formula(text: str) -> Any:
    return _expression(parse(text))


def _expression(node: Any) -> Any:
    """Return a formula as nested lists, without the columns where its parts stand."""
    if isinstance(node, Expression):
        parts = [getattr(node, entry.name) for entry in fields(node) if entry.name != "column"]
        return [type(node).__name__, *map(_expression, parts)]
    if isinstance(node, list | tuple):
        return [_expression(part) for part in node]
    return str(node) if isinstance(node, Fraction) else node


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    # Texts and numbers are told apart, for the label of an action may look like a number.
    return ["number", str(value)] if isinstance(value, Fraction) else value


def _spaced(text: str | None) -> str | None:
    """Return names and binders with blanks where the language needs them, and no others."""
    if text is None:
        return None
    return re.sub(r"\s*([\[\],])\s*", r"\1", " ".join(text.split()))
