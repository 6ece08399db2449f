"""Pages: a model as text, and a starter file for a new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from negotiation.errors import ModelError
from negotiation.game import Game
from negotiation.model.calibration import Scenario, calibrated, scenarios_of
from negotiation.model.document import Model, Move, Parameter, Steps, Value
from negotiation.model.writing import printable
from negotiation.solution import parameter_text

__all__ = ["STARTER", "model_document", "model_lines"]


def model_lines(model: Model) -> Iterator[str]:
    """Yield a model as a page of text."""
    yield f"{model.name}: {model.title or '(no title)'}"
    for text in (model.summary, model.timing, model.notes):
        if text:
            yield ""
            yield text.strip()
    yield ""
    yield f"form {model.form}; players {', '.join(model.scope.players)}"
    defaults = _defaults(model)
    yield f"by default: concept {defaults['concept']}, selection {defaults['select']}"
    for name, members in model.scope.sets.items():
        yield f"set {name} = {', '.join(members)}"
    yield ""
    yield "moves"
    for move in model.moves:
        yield f"  {_move_line(move)}"
    yield ""
    yield "parameters"
    values = model.values()
    for name, parameter in calibrated(model).items():
        yield from _parameter_lines(model, name, parameter, values)
    yield from _scenario_lines(model)
    yield ""
    yield "payoffs"
    for key, formula in model.payoffs.items():
        yield f"  {key}: {formula}"
    for key, formula in model.define.items():
        yield f"  where {key} = {formula}"
    if model.regimes:
        yield ""
        yield "regimes (the first that holds on the path)"
        for regime in model.regimes:
            condition = "otherwise" if regime.when.strip() == "True" else regime.when
            yield f"  {regime.name}: {regime.meaning or condition}"
    if model.hypotheses:
        yield ""
        yield "hypotheses"
        for hypothesis in model.hypotheses:
            yield f"  {hypothesis.id}: {hypothesis.claim}"


def _defaults(model: Model) -> dict[str, str]:
    """Return the concept and the selection that answers have unless others are asked for."""
    return {"concept": model.concept or Game.concept, "select": model.select or Game.select}


def _scenarios(model: Model) -> tuple[Scenario, ...] | None:
    """Return the scenarios that a model can take; None where its calibration file is unreadable."""
    try:
        return scenarios_of(model)
    except ModelError:
        return None


def _scenario_lines(model: Model) -> Iterator[str]:
    scenarios = _scenarios(model)
    if scenarios is None:
        yield ""
        yield f"no scenarios: {model.calibration} cannot be read, see negotiate check"
    if scenarios:
        yield ""
        yield "scenarios (--scenario NAME)"
    for scenario in scenarios or ():
        values = ", ".join(f"{cell} = {_setting(v)}" for cell, v in scenario.values.items())
        meaning = f"{' '.join(scenario.meaning.split())}; " if scenario.meaning else ""
        yield printable(f"  {scenario.name}: {meaning}{values or 'nothing set'}")


def _setting(value: Value) -> str:
    return parameter_text(value) if isinstance(value, Fraction) else value


def _move_line(move: Move) -> str:
    actions = _actions_text(move)
    binder = move.over or move.turns
    members = " and ".join(part.partition(" in ")[2].strip() for part in (binder or "").split(","))
    mover = move.player or f"each of {members}"
    times = f" for each of {members}" if binder and move.player else ""
    order = ", at the same time" if move.over else ", one after another" if move.turns else ""
    seen = f", observing {', '.join(move.observes)}" if move.observes else ""
    return f"{move.name}: {mover} chooses{times} {actions}{order}{seen}"


def _actions_text(move: Move) -> str:
    if move.actions is not None:
        return " | ".join(move.actions)
    if move.subsets is not None:
        return f"a subset of {move.subsets}"
    if isinstance(move.grid, Steps):
        return f"{move.grid.steps} points from {move.grid.start} to {move.grid.end}"
    return " | ".join(str(entry) for entry in move.grid or ())


def _parameter_lines(
    model: Model, name: str, parameter: Parameter, values: Mapping[str, Fraction | None]
) -> Iterator[str]:
    cells = model.scope.cells(name)
    shown = ", ".join(
        f"{cell[len(name) :].strip('[]') or '='} {_value_text(values[cell])}" for cell in cells
    ).replace("= ", "= ")
    unit = f" [{parameter.unit}]" if parameter.unit else ""
    yield f"  {name}{unit} {shown}: {parameter.meaning or ''}"
    details = []
    if parameter.domain:
        details.append(f"domain {parameter.domain}")
    if isinstance(parameter.value, str):
        details.append(f"= {parameter.value}")
    details.append(f"source {_source_text(parameter.source)}")
    yield f"      {'; '.join(details)}"


def _value_text(value: Fraction | None) -> str:
    return "symbolic" if value is None else parameter_text(value)


def _source_text(source: Any) -> str:
    if isinstance(source, Mapping):
        return ", ".join(f"{member}: {text}" for member, text in source.items())
    return str(source or "none given")


def model_document(model: Model) -> dict[str, Any]:
    """Return a model as JSON values, schema ``negotiation/model/1``."""
    values = model.values()
    scenarios = _scenarios(model)
    parameters = []
    for name, parameter in calibrated(model).items():
        for cell in model.scope.cells(name):
            value = values[cell]
            member = cell[len(name) :].strip("[]")
            source = parameter.source
            if isinstance(source, Mapping):
                source = source.get(member)
            parameters.append(
                {
                    "name": cell,
                    "value": None if value is None else parameter_text(value),
                    "meaning": parameter.meaning,
                    "unit": parameter.unit,
                    "domain": parameter.domain,
                    "range": _range(parameter.range, member),
                    "symbol": parameter.symbol,
                    "source": source,
                }
            )
    return {
        "schema": "negotiation/model/1",
        "name": model.name,
        "title": model.title,
        "summary": model.summary,
        "timing": model.timing,
        "notes": model.notes,
        "form": model.form,
        "concept": model.concept,
        "select": model.select,
        "defaults": _defaults(model),
        "players": list(model.scope.players),
        "sets": {name: list(members) for name, members in model.scope.sets.items()},
        "parameters": parameters,
        "scenarios": None
        if scenarios is None
        else [
            {
                "name": scenario.name,
                "meaning": scenario.meaning,
                "source": scenario.source,
                "values": {cell: _setting(value) for cell, value in scenario.values.items()},
            }
            for scenario in scenarios
        ],
        "assume": list(model.assume),
        "moves": [
            {
                "name": move.name,
                "player": move.player,
                "over": move.over,
                "turns": move.turns,
                "actions": _actions_text(move),
                "observes": list(move.observes),
                "meaning": move.meaning,
            }
            for move in model.moves
        ],
        "define": dict(model.define),
        "payoffs": dict(model.payoffs),
        "regimes": [{"name": r.name, "when": r.when, "meaning": r.meaning} for r in model.regimes],
        "hypotheses": [
            {"id": h.id, "claim": h.claim, "holds": h.holds, "opposes": h.opposes}
            for h in model.hypotheses
        ],
        "facts": [
            {"id": f.id, "date": f.date.isoformat() if f.date else None, "source": f.source}
            for f in model.facts
        ],
    }


def _range(interval: Any, member: str) -> list[str] | None:
    if isinstance(interval, Mapping):
        interval = interval.get(member)
    return None if interval is None else [str(bound) for bound in interval]


STARTER = """\
# A model is a document: read it aloud. Try: negotiate solve {file}
schema = 1
name = "{name}"
title = "One licence"
summary = "An importer moderates its policy or presses; an exporter then grants a licence or not."
form = "extensive"
players = ["exporter", "importer"]       # the order of every output
concept = "subgame-perfect"              # a default; --concept overrides it
select = "all"                           # keep every equilibrium; --select overrides it

# Every number has a name, a meaning, a unit, a domain and a source ("assumed" if there is none).
[parameters.gain]
symbol = 'g'
meaning = "importer's gain from a licence"
unit = "USD bn per year"
domain = "gain > 0"
range = [0.5, 4]
value = 2
source = "assumed"

[parameters.price]
symbol = 'm'
meaning = "importer's cost of moderating its policy"
unit = "USD bn per year"
domain = "price >= 0"
value = 0.75
source = "assumed"

[parameters.worth]
symbol = 'r'
meaning = "worth of moderation to the exporter"
unit = "USD bn per year"
domain = "worth >= 0"
value = 1
source = "assumed"

[parameters.burden]
symbol = 'k'
meaning = "exporter's cost of granting the licence"
unit = "USD bn per year"
domain = "burden >= 0"
value = 0.5
source = "assumed"

# Moves stand in the order of play. A mover sees what it observes, and what it knew before. Answers
# begin with the phrases of the actions played.
[[moves]]
name = "policy"
player = "importer"
actions = ["moderate", "press"]
phrases = {{ moderate = "the {{player}} moderates", press = "the {{player}} presses" }}

[[moves]]
name = "licence"
player = "exporter"
actions = ["grant", "refuse"]
observes = ["policy"]
phrases = {{ grant = "the {{player}} grants a licence", refuse = "the {{player}} refuses" }}

# Names used below; they may read parameters and moves.
[define]
granted = "licence == 'grant'"
moderate = "policy == 'moderate'"
reward = "worth if moderate else 0"      # moderation makes a licence worth granting

# One formula a player.
[payoffs]
exporter = "(worth if moderate else 0) + (reward if granted else 0) - (burden if granted else 0)"
importer = "(gain if granted else 0) - (price if moderate else 0)"

# The kind of equilibrium path: the first condition that holds.
[[regimes]]
name = "exchange"
when = "granted and moderate"
[[regimes]]
name = "control"
when = "True"
"""
