"""The document: what an author wrote, as frozen records in the spelling of the model language.

A :class:`Model` holds symbols and formulas, never their values at a point: `Parameter`, `Move`,
`Regime`, `Hypothesis` and `Fact` mirror the tables of a model file key by key, so that
Model -> TOML -> Model is the identity. Formulas stay text here; numbers are exact rationals from
the moment they are read. Every record brings its fields into one normal form when it is made and
reports all its faults at once.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, InitVar, dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from numbers import Rational
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.errors import Fault, FaultList, ModelError
from negotiation.formulas import MAX_DIGITS, is_name, nearest, read_number

if TYPE_CHECKING:
    from negotiation.game import Game
    from negotiation.model.scope import Scope

__all__ = [
    "Binder",
    "Fact",
    "Hypothesis",
    "Model",
    "Move",
    "Parameter",
    "Regime",
    "Steps",
    "TomlNumber",
    "Value",
    "decimal_text",
    "exact",
]

SCHEMA = 1
MAX_FAULTS = 100
Value = Fraction | str
"""A rational number, or the text of a formula."""


class TomlNumber(str):
    """The text of a TOML float, kept apart from a quoted string of the same letters."""

    __slots__ = ()


def decimal_text(number: Fraction) -> str | None:
    """Return the finite decimal that equals `number`, or None where there is none."""
    denominator, twos, fives = number.denominator, 0, 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    if denominator != 1:
        return None
    places = max(twos, fives)
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def exact(value: object) -> Fraction:
    """Return a number of a file or of Python as the rational that its text spells.

    Raises
    ------
    Fault
        For a boolean, ``nan``, ``inf``, too many digits, or what is no number.
    """
    if isinstance(value, bool):
        raise Fault(f"expected a number, found {str(value).lower()}", remedy="write 1 or 0")
    if isinstance(value, float | Decimal):
        value = TomlNumber(float.__repr__(value) if isinstance(value, float) else str(value))
    if isinstance(value, TomlNumber):
        text = str(value).strip()
        sign = -1 if text.startswith("-") else 1
        if re.fullmatch(r"[+-]?s?(nan\d*|inf(inity)?)", text.lower()):
            raise Fault(f"{text} is no number of the language", remedy="write a finite number")
        return sign * read_number(text.lstrip("+-"))
    if not isinstance(value, Rational):  # int, Fraction, and integers of numpy and others
        raise Fault(f"expected a number, found {_kind(value)}", remedy="write a number such as 0.5")
    number = Fraction(int(value.numerator), int(value.denominator))
    if max(abs(number.numerator), number.denominator) >= 10**MAX_DIGITS:
        raise Fault("the number is too long", remedy=f"write at most {MAX_DIGITS} digits")
    return number


_KINDS: dict[type, str] = {
    TomlNumber: "a number",
    bool: "true or false",
    int: "a number",
    float: "a number",
    Fraction: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    dict: "a table",
    datetime.date: "a date",
    datetime.datetime: "a date with time",
    datetime.time: "a time",
    type(None): "nothing",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def as_value(value: object) -> Value:
    """Return a rational, or the text of a formula; a rational without decimal form is text."""
    if isinstance(value, str) and not isinstance(value, TomlNumber):
        return str(value)
    number = exact(value)
    text = decimal_text(number)
    return number if text is not None and len(text) <= MAX_DIGITS else str(number)


def _text(value: object) -> str:
    if not isinstance(value, str) or isinstance(value, TomlNumber):
        raise Fault(f"expected text, found {_kind(value)}", remedy="put it in quotes")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Fault("the text holds half a character (a surrogate)", remedy="retype it") from None
    return str(value)


def _name(value: object) -> str:
    text = _text(value)
    if not is_name(text):
        raise Fault(
            f"{text[:60]!r} cannot be a name",
            remedy="a name is made of letters, digits and _, and starts with a letter",
        )
    return text


def _label(value: object) -> str:
    text = _text(value)
    if not text.strip() or not text.isprintable() or len(text) > 200:
        raise Fault("a label must be printable text of 1 to 200 characters", remedy="rename it")
    return text


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Fault(f"expected true or false, found {_kind(value)}", remedy="write true or false")
    return value


def _count(value: object) -> int:
    number = exact(value)
    if number.denominator != 1 or not 0 <= number <= 100:
        raise Fault(f"expected a whole number from 0 to 100, found {number}", remedy="write 4, say")
    return int(number)


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise Fault(f"expected a list, found {_kind(value)}", remedy="put it in [ ]")
    return value


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Fault(f"expected a table, found {_kind(value)}", remedy="write { key = value }")
    return value


def faults_of(error: Fault | ModelError) -> tuple[Fault, ...]:
    """Return the faults that an error stands for."""
    return error.faults if isinstance(error, ModelError) else (error,)


def _converted(
    items: Iterable[tuple[str, object]], convert: Callable[[object], Any]
) -> Iterator[tuple[str, Any]]:
    """Yield (place, converted item); what is wrong with all items is raised at the end."""
    faults: list[Fault] = []
    for place, item in items:
        try:
            yield place, convert(item)
        except (Fault, ModelError) as error:
            faults += [fault.at(place) for fault in faults_of(error)]
    if faults:
        raise ModelError(faults)


def _each(convert: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    """Lift a converter to lists; a fault names the position."""

    def convert_list(value: object) -> tuple[Any, ...]:
        items = ((f"[{position}]", item) for position, item in enumerate(_list(value)))
        return tuple(item for _, item in _converted(items, convert))

    return convert_list


def _by_key(convert: Callable[[object], Any]) -> Callable[[object], dict[str, Any]]:
    """Lift a converter to tables; a fault names the key."""

    def convert_table(value: object) -> dict[str, Any]:
        entries = ((_text(key), item) for key, item in _table(value).items())
        return dict(_converted(entries, convert))

    return convert_table


def _by_member(convert: Callable[[object], Any]) -> Callable[[object], Any]:
    """Lift a converter to a table by member, or by pair: ``"US, EU"`` or a table of tables."""

    def convert_either(value: object) -> Any:
        if not isinstance(value, Mapping):
            return convert(value)
        if not value:
            raise Fault("the table is empty", remedy="give every member an entry, or remove it")
        entries = list(_flat(value))
        cells = dict(_converted(entries, convert))
        if len(cells) < len(entries):
            raise Fault("a pair of members stands twice", remedy="give each pair one value")
        return cells

    return convert_either


def _flat(table: Mapping[object, object], first: str = "") -> Iterator[tuple[str, object]]:
    """Yield (cell, entry) of a table by member; ``US, EU`` for pairs."""
    for key, item in table.items():
        parts = key if isinstance(key, tuple) else str(key).split(",")
        members = [_text(part).strip() for part in parts]
        cell = ", ".join([first, *members] if first else members)
        if isinstance(item, Mapping) and not first:
            yield from _flat(item, cell)
        else:
            yield cell, item


def _interval(value: object) -> tuple[Value, Value]:
    bounds = _each(as_value)(value)
    if len(bounds) != 2:
        raise Fault(f"expected two bounds, found {len(bounds)}", remedy="write [low, high]")
    return bounds[0], bounds[1]


def _optional(convert: Callable[[object], Any], *, empty: bool = True) -> Callable[[object], Any]:
    """Lift a converter to None; without `empty` an empty table is None too."""

    def convert_optional(value: object) -> Any:
        found = None if value is None else convert(value)
        return found if empty or found else None

    return convert_optional


@dataclass(frozen=True)
class Binder:
    """One or two index letters with their sets: ``i in S`` or ``i in S, j in S``."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def indices(self) -> tuple[str, ...]:
        """The index letters."""
        return tuple(index for index, _ in self.pairs)

    @staticmethod
    def read(text: str) -> Binder:
        """Read a binder; a :class:`Fault` says what is wrong."""
        pairs = []
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\S+)\s+in\s+(\S+)\s*", part)
            if match is None or not (is_name(match[1]) and is_name(match[2])):
                raise Fault(f"{text[:60]!r} is no binder", remedy="write i in S, or i in S, j in S")
            pairs.append((match[1], match[2]))
        if len(pairs) > 2:
            raise Fault("a binder has at most two index letters", remedy="write i in S, j in S")
        if len({index for index, _ in pairs}) < len(pairs):
            raise Fault("the index letters of a binder must differ", remedy="write i in S, j in S")
        return Binder(tuple(pairs))


@dataclass(frozen=True)
class Steps:
    """A grid of `steps` points from `start` to `end`, both included."""

    start: Any
    end: Any
    steps: Any

    def __post_init__(self) -> None:
        _convert_fields(self, dict.fromkeys(("start", "end", "steps"), as_value))


def _grid(value: object) -> tuple[Value, ...] | Steps:
    if isinstance(value, Steps):
        return value
    if isinstance(value, Mapping):
        known = ("from", "to", "steps")
        for key in value:
            if key not in known:
                raise Fault(f"unknown key {key!r}", remedy=nearest(str(key), known))
        for key in known:
            if key not in value:
                remedy = "write { from = 0, to = 1, steps = 5 }"
                raise Fault(f"the grid has no {key!r}", remedy=remedy)
        table = _by_key(as_value)(value)
        return Steps(table["from"], table["to"], table["steps"])
    entries: tuple[Value, ...] = _each(as_value)(value)
    return entries


def _date(value: object) -> datetime.date:
    if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date):
        raise Fault(f"expected a date, found {_kind(value)}", remedy="write 2025-10-30 unquoted")
    return value


def _observation(value: object) -> Any:
    """Read what a fact says of a move: a label, a number, or a list of members."""
    if isinstance(value, Mapping):
        raise Fault("expected one action, found a table", remedy='write "move[member]" = "label"')
    if isinstance(value, list | tuple):
        return _each(_name)(value)
    if isinstance(value, str) and not isinstance(value, TomlNumber):
        return _label(value)
    return exact(value)


def _convert_fields(record: object, converters: Mapping[str, Callable[[object], Any]]) -> None:
    """Bring the fields of a frozen record into normal form; report all faults at once."""
    faults: list[Fault] = []
    for key, convert in converters.items():
        try:
            object.__setattr__(record, key, convert(getattr(record, key)))
        except (Fault, ModelError) as error:
            faults += [fault.at(key) for fault in faults_of(error)]
    if faults:
        raise ModelError(faults, source=f"the {type(record).__name__}")


@dataclass(frozen=True)
class Parameter:
    """A named quantity of the model, with domain, unit, value and source.

    Parameters
    ----------
    value : number, str or mapping, optional
        A number, a formula in other parameters, or a table by member (``"US, EU"`` for pairs).
        Without `value` and `use` the parameter stays symbolic.
    over : str, optional
        Binder, ``"i in importers"``: one value a member.
    domain : str
        What must hold, in the parameter's own name.
    range : pair, or mapping of pairs, optional
        What is plausible.
    digits : int, optional
        Decimals to which the value is rounded; required where exp, log or sqrt stand.
    use : str, optional
        Name of a quantity of the calibration file: gives value, range, unit and source.
    """

    value: Any = None
    over: str | None = None
    symbol: str | None = None
    meaning: str | None = None
    unit: str | None = None
    domain: str | None = None
    range: Any = None
    default: Any = None
    source: Any = None
    digits: int | None = None
    integer: bool = False
    use: Any = None

    def __post_init__(self) -> None:
        text = _optional(_text)
        converters: dict[str, Callable[[object], Any]] = {
            "value": _optional(_by_member(as_value)),
            "over": text,
            "symbol": text,
            "meaning": text,
            "unit": text,
            "domain": text,
            "range": _optional(_by_member(_interval)),
            "default": _optional(as_value),
            "source": _optional(_by_member(_text)),
            "digits": _optional(_count),
            "integer": _flag,
            "use": _optional(_by_member(_text)),
        }
        _convert_fields(self, converters)


@dataclass(frozen=True)
class Move:
    """A decision (or a draw of chance): who moves, what he may do, what he observes.

    Parameters
    ----------
    name : str
        Name of the move, or of the family where `over` or `turns` stands.
    player : str, optional
        The mover; with `over` or `turns` the default is the member itself. ``"chance"`` draws.
    actions, grid, subsets, interval
        Exactly one: labels; numbers; a set whose subsets are the actions; continuous.
    observes : sequence of str
        Earlier moves (a family's members, or one of them) that the mover sees.
    when, allowed : str, optional
        Conditions on what the mover knows: is the move made at all; is this action open.
    otherwise : optional
        Value of the move where it is skipped.
    phrases : mapping, optional
        For each action a sentence for people, such as ``"{player} joins"``.
    """

    name: str
    player: str | None = None
    over: str | None = None
    turns: str | None = None
    actions: Any = None
    grid: Any = None
    subsets: str | None = None
    interval: Any = None
    labels: Any = None
    observes: Any = ()
    when: str | None = None
    allowed: str | None = None
    otherwise: Any = None
    probabilities: Any = None
    meaning: str | None = None
    phrases: Any = None

    def __post_init__(self) -> None:
        text = _optional(_text)
        converters: dict[str, Callable[[object], Any]] = {
            "name": _name,
            "player": text,
            "over": text,
            "turns": text,
            "actions": _optional(_each(_label)),
            "grid": _optional(_grid),
            "subsets": text,
            "interval": _optional(_interval),
            "labels": _optional(_by_key(_each(_name)), empty=False),
            "observes": _each(_text),
            "when": text,
            "allowed": text,
            "otherwise": _optional(_observation),
            "probabilities": _optional(_each(as_value)),
            "meaning": text,
            "phrases": _optional(_by_key(_text), empty=False),
        }
        _convert_fields(self, converters)


@dataclass(frozen=True)
class Regime:
    """A named kind of equilibrium path; the first whose condition holds is the label."""

    name: str
    when: str
    meaning: str | None = None

    def __post_init__(self) -> None:
        _convert_fields(self, {"name": _label, "when": _text, "meaning": _optional(_text)})


@dataclass(frozen=True)
class Hypothesis:
    """A claim that the model can prove or refute; `opposes` names its counter-claim."""

    id: str
    claim: str
    holds: str
    given: str | None = None
    concept: str | None = None
    select: str | None = None
    opposes: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        text = _optional(_text)
        optional = ("given", "concept", "select", "opposes", "source")
        _convert_fields(
            self,
            {"id": _label, "claim": _text, "holds": _text, **dict.fromkeys(optional, text)},
        )


@dataclass(frozen=True)
class Fact:
    """Something observed: on which date, by which source, which moves were seen."""

    id: str
    observed: Any
    date: datetime.date | None = None
    source: str | None = None
    meaning: str | None = None

    def __post_init__(self) -> None:
        text = _optional(_text)
        _convert_fields(
            self,
            {
                "id": _label,
                "observed": _by_key(_observation),
                "date": _optional(_date),
                "source": text,
                "meaning": text,
            },
        )


def unknown_keys(table: Mapping[str, object], known: Sequence[str], place: str) -> list[Fault]:
    """Return a fault for each key that is not known, with the nearest known one."""
    faults = []
    for key in [str(key) for key in table if key not in known][:MAX_FAULTS]:
        remedy = nearest(key, known)
        if key in ("include", "import", "extends", "for", "function", "functions"):
            remedy = "a model stands in one file; let a Python script emit its TOML"
        inside = f"{place}.{key}" if place else key
        faults.append(Fault(f"unknown key {key[:60]!r}", place=inside, remedy=remedy))
    return faults


def _salvage(kind: type, item: object, place: str) -> tuple[Any, list[Fault]]:
    """Return a record without its faulty keys (None where that leaves none), and the faults.

    What can be kept is kept, so that the rest of the file is checked in the same round.
    """
    if isinstance(item, kind):
        return item, []
    if not isinstance(item, Mapping):
        remedy = f"write [[{place.partition('[')[0]}]]"
        if kind is Parameter:
            remedy = f"write {place.partition('.')[2]} = {{ value = ... }}"
        return None, [Fault(f"expected a table, found {_kind(item)}", place=place, remedy=remedy)]
    known = [f.name for f in fields(kind)]
    required = [f.name for f in fields(kind) if f.default is MISSING]
    faults = unknown_keys(item, known, place)
    faults += [
        Fault(f"{key!r} is missing", place=place, remedy=f"add {key}")
        for key in required
        if key not in item
    ]
    kept = {key: item[key] for key in known if key in item}
    try:
        return (kind(**kept) if all(key in item for key in required) else None), faults
    except ModelError as error:
        faults += [fault.at(place) for fault in error.faults]
        broken = {re.split(r"[.\[]", fault.place)[0] for fault in error.faults}
        if broken & set(required):
            return None, faults
        return kind(**{key: value for key, value in kept.items() if key not in broken}), faults


def _model_name(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", text):
        raise Fault(
            f"{text[:60]!r} cannot be the name of a model",
            remedy="lower-case letters, digits and hyphens, such as divide-and-exempt",
        )
    return text


def _calibration_name(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.toml", text):
        raise Fault(
            f"{text[:60]!r} is no bare name of a TOML file",
            remedy="name a file beside the model, such as calibration.toml, without a path",
        )
    return text


@dataclass(frozen=True)
class Model:
    """A parameterised game as its author wrote it.

    The keyword arguments are the keys of a model file; records may be given as such or as
    mappings. Everything is checked when the Model is made: names, kinds, binders, what each mover
    knows, domains as far as they are known.

    Raises
    ------
    ModelError
        With all faults, each with key path, column and remedy.

    Examples
    --------
    >>> from negotiation import Model, Move, Parameter, solve
    >>> model = Model(
    ...     name="one-licence",
    ...     players=["China", "EU"],
    ...     parameters={"gain": Parameter(value="3/2"), "price": Parameter(value=1)},
    ...     moves=[
    ...         Move("licence", player="China", actions=["grant", "refuse"]),
    ...         Move("reply", player="EU", actions=["pay", "leave"], observes=["licence"]),
    ...     ],
    ...     payoffs={
    ...         "China": "price if licence == 'grant' and reply == 'pay' else 0",
    ...         "EU": "gain - price if licence == 'grant' and reply == 'pay' else 0",
    ...     },
    ... )
    >>> solve(model.at()).equilibria[0].payoffs["EU"]
    Fraction(1, 2)
    """

    name: str
    players: Any
    moves: Any
    payoffs: Any
    form: str = "extensive"
    schema: int = SCHEMA
    title: str | None = None
    summary: str | None = None
    timing: str | None = None
    notes: str | None = None
    concept: str | None = None
    select: str | None = None
    assume: Any = ()
    calibration: str | None = None
    sets: Any = field(default_factory=dict)
    parameters: Any = field(default_factory=dict)
    define: Any = field(default_factory=dict)
    regimes: Any = ()
    hypotheses: Any = ()
    facts: Any = ()
    origin: Path | None = field(default=None, compare=False, repr=False)
    faults: InitVar[tuple[Fault, ...]] = ()

    def __post_init__(self, faults: tuple[Fault, ...]) -> None:
        from negotiation.model.checking import check_model, check_syntax

        found = [*faults, *self._normalise()]
        broken = frozenset(part for fault in found for part in _parts_of(fault.place))
        if None in self.moves or broken & {"players", "sets", "define", "form"}:
            found += check_syntax(self)  # more would only echo what is missing
        else:
            found += check_model(self, broken)
        if found:
            raise ModelError(found, source=str(self.origin or f"model {self.name!r}"))

    def _normalise(self) -> list[Fault]:
        text = _optional(_text)
        converters: dict[str, Callable[[object], Any]] = {
            "name": _model_name,
            "players": _each(_name),
            "form": _text,
            "schema": _count,
            **dict.fromkeys(("title", "summary", "timing", "notes", "concept", "select"), text),
            "assume": _each(_text),
            "calibration": _optional(_calibration_name),
            "sets": _by_key(_each(_name)),
            "define": _by_key(_text),
            "payoffs": _by_key(_text),
        }
        replacements = {"name": "unnamed", "players": (), "sets": {}, "define": {}, "payoffs": {}}
        defaults = {f.name: f.default for f in fields(self)} | replacements
        faults: list[Fault] = []
        for key, convert in converters.items():
            try:
                object.__setattr__(self, key, convert(getattr(self, key)))
            except (Fault, ModelError) as error:
                faults += [fault.at(key) for fault in faults_of(error)]
                kept = defaults[key]
                if key == "payoffs" and isinstance(self.payoffs, Mapping):
                    kept = {k: text for k, text in self.payoffs.items() if isinstance(text, str)}
                object.__setattr__(self, key, kept)
        for key, kind in _LISTS.items():
            faults += self._normalise_records(key, kind)
        return faults + self._normalise_parameters()

    def _normalise_records(self, key: str, kind: type) -> list[Fault]:
        """Bring a list of records into normal form; a move beyond repair stays as None."""
        try:
            items = _list(getattr(self, key))
        except Fault as fault:
            object.__setattr__(self, key, (None,) if key == "moves" else ())
            return [fault.at(key)]
        salvaged = [_salvage(kind, item, f"{key}[{k}]") for k, item in enumerate(items)]
        records = tuple(record for record, _ in salvaged)
        kept = records if key == "moves" else tuple(r for r in records if r is not None)
        object.__setattr__(self, key, kept)
        return [fault for _, faults in salvaged for fault in faults]

    def _normalise_parameters(self) -> list[Fault]:
        try:
            table = _table(self.parameters)
        except Fault as fault:
            object.__setattr__(self, "parameters", {})
            return [fault.at("parameters")]
        faults: list[Fault] = []
        parameters = {}
        for key, item in table.items():
            name = str(key)
            record, found = _salvage(Parameter, item, f"parameters.{name}")
            parameters[name] = record or Parameter()
            faults += found
        object.__setattr__(self, "parameters", parameters)
        return faults

    @cached_property
    def scope(self) -> Scope:
        """What the names of this model mean."""
        from negotiation.model.scope import build_scope

        return build_scope(self, FaultList())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the model says, see :mod:`negotiation.model.fingerprint`."""
        from negotiation.model.fingerprint import model_fingerprint

        return model_fingerprint(self)

    def at(
        self,
        values: Mapping[str, object] | None = None,
        *,
        fix: Mapping[str, object] | None = None,
        scenario: str | None = None,
    ) -> Game:
        """Return the exact game at given parameter values.

        Parameters
        ----------
        values : mapping, optional
            Parameter to number, spelled as ``--set`` does: ``{"threshold": 2,
            "dependence[EU]": "1.3"}``; a bare family name sets every member, and setting a derived
            parameter overrides its formula. Texts and floats are read as the decimals they spell.
        fix : mapping, optional
            Move to action: the move is no decision, everything after it is equilibrium.
        scenario : str, optional
            A named bundle of values of the calibration file; `values` go before it.

        Raises
        ------
        UsageError
            For unknown names and values outside the domain.
        ModelError
            Where the model cannot be built at its own values.
        """
        from negotiation.forms import build_game

        return build_game(self, values or {}, fix or {}, scenario)

    def values(
        self, values: Mapping[str, object] | None = None, *, scenario: str | None = None
    ) -> dict[str, Fraction | None]:
        """Return the value of every parameter cell; None where it stays symbolic."""
        from negotiation.model.values import parameter_values

        return parameter_values(self, values or {}, scenario)

    def to_toml(self) -> str:
        """Return the model as TOML; reading it gives an equal model."""
        from negotiation.model.writing import model_to_toml

        return model_to_toml(self)

    @staticmethod
    def from_toml(text: str, *, origin: Path | None = None) -> Model:
        """Read a model from TOML text; `origin` is the file beside which to look for others."""
        from negotiation.model.reading import model_from_toml

        return model_from_toml(text, origin=origin)


def _parts_of(place: str) -> tuple[str, str]:
    """Return the table and the record that a key path leads into: ``moves`` and ``moves[2]``."""
    record = re.match(r"parameters\.[^.]*|\w+\[\d+\]|\w+", place)
    return re.split(r"[.\[]", place)[0], record[0] if record else place


_LISTS = {"moves": Move, "regimes": Regime, "hypotheses": Hypothesis, "facts": Fact}
