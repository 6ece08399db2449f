"""Facts: the tables behind the models, each row with its source.

The folder ``facts`` of the catalogue holds what five documents state about the bargaining over
rare-earth exports: China's exports by partner as printed and as corrected, dated events and the
places where the documents disagree, figures, claims, and the Chinese terms. Its neighbour
``references.bib`` has one entry for every source key. This module reads them into frozen records.
A record's fields are the columns of its table, and their types say what a cell may hold: a file
that does not fit is refused with its name, the line or entry, and the column.

Numbers are exact. A printed number is a rounded one: with value ``v`` (whole million USD) and share
``s`` (two decimals, per cent) of the same total ``T`` in a year, the total lies between
``100 (v - 1/2) / (s + 1/200)`` and ``100 (v + 1/2) / (s - 1/200)``. Two cells of the printed trade
table fail this test against their neighbours; :func:`trade_corrections` says which, and why.
"""

from __future__ import annotations

import calendar
import csv
import datetime
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, Literal, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from negotiation.errors import Fault, UsageError

__all__ = [
    "Claim",
    "Conflict",
    "Correction",
    "Dispute",
    "Event",
    "ExternalCheck",
    "Figure",
    "Partner",
    "Period",
    "Term",
    "TradeYear",
    "bibliography_keys",
    "claims",
    "conflicts",
    "disputes",
    "events",
    "figures",
    "glossary",
    "periods",
    "trade",
    "trade_corrections",
]

_LARGEST_FILE = 4 * 2**20  # bytes; the largest of these files is below 2 % of it

Partner = Literal["japan", "eu", "us"]


# ---- Records: a field without a default must be filled -------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TradeYear:
    """China's exports of HS 284690 in one year, to the three partners that the source prints.

    Values are in million USD, rounded to whole numbers in the source; shares are per cent of
    China's exports under the code, rounded to two decimals.
    """

    year: int
    japan_value_musd: Fraction
    japan_share_pct: Fraction
    eu_value_musd: Fraction
    eu_share_pct: Fraction
    us_value_musd: Fraction
    us_share_pct: Fraction

    def __post_init__(self) -> None:
        for partner in get_args(Partner):
            if self.value(partner) < 1:
                raise Fault(
                    "exports below one million USD",
                    place=f"column {partner}_value_musd",
                    remedy="give million USD",
                )
            if not 0 < self.share(partner) < 100:
                raise Fault(
                    "a share that is not between 0 and 100",
                    place=f"column {partner}_share_pct",
                    remedy="give per cent",
                )

    def value(self, partner: Partner) -> Fraction:
        """Return the exports to `partner` in million USD."""
        value: Fraction = getattr(self, f"{partner}_value_musd")
        return value

    def share(self, partner: Partner) -> Fraction:
        """Return the share of `partner` in China's exports, in per cent."""
        share: Fraction = getattr(self, f"{partner}_share_pct")
        return share

    def total(self, partner: Partner) -> tuple[Fraction, Fraction]:
        """Return the bounds of China's exports to the world that the cells of `partner` imply.

        Million USD; the printed numbers are taken as rounded.
        """
        value, share = self.value(partner), self.share(partner)
        return (
            100 * (value - Fraction(1, 2)) / (share + Fraction(1, 200)),
            100 * (value + Fraction(1, 2)) / (share - Fraction(1, 200)),
        )

    @property
    def rest_share_pct(self) -> Fraction:
        """Per cent of China's exports that went to all other partners together."""
        return 100 - sum((self.share(partner) for partner in get_args(Partner)), Fraction(0))


TradeColumn = Literal[
    "japan_value_musd",
    "japan_share_pct",
    "eu_value_musd",
    "eu_share_pct",
    "us_value_musd",
    "us_share_pct",
]


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One wrong cell of the printed trade table.

    `alternatives` are values of the cell in `alternative_column` that repair the year as well, with
    every other cell as printed.
    """

    year: int
    column: TradeColumn
    printed: Fraction
    corrected: Fraction
    alternative_column: TradeColumn
    alternatives: tuple[Fraction, ...]
    reason: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number that a document states, or that follows from such numbers.

    `value` is the text of the number; `number` is the same exactly. `original_token` is the wording
    of the document where that matters.
    """

    id: str
    quantity: str
    operator: Literal["=", "~", "<", "<=", ">", ">="]
    value: str
    unit: str
    date: str = ""
    entity: str
    context: str
    original_token: str = ""
    source: str
    primary_sources: tuple[str, ...] = ()
    kind: Literal["stated", "derived", "qualitative", "rhetorical", "metadata"]
    reliability: str
    caution: str = ""

    def __post_init__(self) -> None:
        if self.value != "several":
            _number(self.value, "column value")

    @property
    def number(self) -> Fraction | None:
        """The value exactly, or None where the document says "several"."""
        return None if self.value == "several" else Fraction(self.value)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A Chinese term in simplified script, its traditional form where printed, and its English.

    `sources` are the documents whose facts use the term; general vocabulary has none.
    """

    chinese: str
    traditional: str = ""
    english: str
    note: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExternalCheck:
    """What a public page outside the documents says about an event. Not a document fact."""

    date: str = ""
    note: str
    url: str

    def __post_init__(self) -> None:
        if self.date:
            _span(self.date, "key date")


@dataclass(frozen=True, kw_only=True)
class Event:
    """A dated event; every field but `external_check` comes from the documents.

    `date` is a day, a month or a year, as `precision` says, and empty where the documents leave it
    open; `basis` tells how it is known.
    """

    id: str
    date: str = ""
    date_end: str = ""
    precision: Literal["day", "month", "year", "none"]
    basis: str
    actors: tuple[str, ...]
    targets: tuple[str, ...]
    actions: tuple[str, ...]
    instrument: str = ""
    announcements: tuple[str, ...] = ()
    scope: str = ""
    effective_from: str = ""
    duration: str = ""
    status: str = ""
    description: str
    sources: tuple[str, ...]
    where: str
    primary_sources: tuple[str, ...] = ()
    evidence: str
    confidence: Literal["low", "medium", "high"]
    flags: tuple[str, ...] = ()
    linked_to: tuple[str, ...] = ()
    external_check: ExternalCheck | None = None

    def __post_init__(self) -> None:
        length = {"day": 10, "month": 7, "year": 4, "none": 0}[self.precision]
        for key in ("date", "date_end", "effective_from"):
            if getattr(self, key):
                _span(getattr(self, key), f"key {key}")
        if len(self.date) != length or (self.date_end and len(self.date_end) != length):
            raise Fault(
                f"the date {self.date!r} has not the precision {self.precision!r}",
                place="key date",
                remedy="write 2025-10-09, 2025-10, 2025 or no date, as the precision says",
            )
        if self.date_end and self.date_end < self.date:
            raise Fault("the end lies before the date", place="key date_end", remedy="swap the two")

    @property
    def earliest(self) -> datetime.date | None:
        """First day on which the event can have happened or begun."""
        return _span(self.date)[0] if self.date else None

    @property
    def latest(self) -> datetime.date | None:
        """Last day on which the event can have happened or ended."""
        return _span(self.date_end or self.date)[1] if self.date else None


@dataclass(frozen=True, kw_only=True)
class Period:
    """A stretch of years in the history as one source divides it; without `last` it is open."""

    id: str
    first: int
    last: int | None = None
    label: str
    opened_by: str = ""
    source: str


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A question on which the documents disagree: each one's version, and how to treat it."""

    id: str
    topic: str
    versions: Mapping[str, str]
    treatment: str
    events: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the documents, the comparative static that would test it, and the objection."""

    id: str
    theme: str
    claim: str
    sources: tuple[str, ...]
    type: str
    static: str
    sceptic: str


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """Two sets of claims that contradict each other."""

    topic: str
    claims: tuple[str, ...]
    against: tuple[str, ...]
    note: str


# ---- The tables ----------------------------------------------------------------------------------


def trade(corrected: bool = True, root: Path | None = None) -> tuple[TradeYear, ...]:
    """Return China's exports of HS 284690 to Japan, the EU and the US, 2001 to 2024.

    Parameters
    ----------
    corrected : bool
        Whether the two wrong cells are repaired; otherwise the table is as printed.
    root : Path, optional
        Root of the catalogue; by default that of the package.

    Returns
    -------
    tuple of TradeYear
        One entry a year, in the order of the file.

    Raises
    ------
    Fault
        The file is malformed; the place names file, line and column.
    UsageError
        The file cannot be read.
    """
    name = "trade_2001_2024_corrected.csv" if corrected else "trade_2001_2024.csv"
    return _csv(_folder(root) / name, TradeYear, unique="year")


def trade_corrections(root: Path | None = None) -> tuple[Correction, ...]:
    """Return the wrong cells of the printed trade table; `root` and errors as in `trade`."""
    return _csv(_folder(root) / "trade_corrections.csv", Correction)


def figures(root: Path | None = None) -> tuple[Figure, ...]:
    """Return the figures of the documents; `root` and errors as in `trade`."""
    return _csv(_folder(root) / "figures.csv", Figure, unique="id")


def glossary(root: Path | None = None) -> tuple[Term, ...]:
    """Return the Chinese terms with their English; `root` and errors as in `trade`."""
    return _csv(_folder(root) / "glossary.csv", Term, unique="chinese")


def events(root: Path | None = None) -> tuple[Event, ...]:
    """Return the dated events in the order of the file; `root` and errors as in `trade`."""
    return _toml(_folder(root) / "events.toml", "events", Event)


def periods(root: Path | None = None) -> tuple[Period, ...]:
    """Return the periods of the history; `root` and errors as in `trade`."""
    return _toml(_folder(root) / "events.toml", "periods", Period)


def conflicts(root: Path | None = None) -> tuple[Conflict, ...]:
    """Return the places where the documents disagree; `root` and errors as in `trade`."""
    return _toml(_folder(root) / "events.toml", "conflicts", Conflict)


def claims(root: Path | None = None) -> tuple[Claim, ...]:
    """Return the claims of the documents; `root` and errors as in `trade`."""
    return _toml(_folder(root) / "claims.toml", "claims", Claim)


def disputes(root: Path | None = None) -> tuple[Dispute, ...]:
    """Return the claims that contradict each other; `root` and errors as in `trade`."""
    return _toml(_folder(root) / "claims.toml", "disputes", Dispute)


# ---- The bibliography ----------------------------------------------------------------------------


def bibliography_keys(path: Path) -> tuple[str, ...]:
    """Return the entry keys of a BibTeX file, in its order.

    The scanner is strict where BibTeX is silent: text between entries has to start with ``%``, a
    key or a field may not be repeated, and every brace and quotation mark has to close. Entries
    ``@string``, ``@preamble`` and ``@comment`` have no key and are skipped.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.

    Returns
    -------
    tuple of str
        The keys as written. Two keys that differ only in case count as the same, as in BibTeX.

    Raises
    ------
    Fault
        An entry is malformed or repeated; the place is the file and the line.
    UsageError
        The file is not there.
    """
    scanner = _BibliographyScanner(path, _read(path))
    positions: dict[str, int] = {}
    keys = []
    for key, position in scanner.entries():
        if key.casefold() in positions:
            earlier = scanner.line(positions[key.casefold()])
            scanner.position = position
            scanner.fail(f"the key {key!r} stands in line {earlier} already", "rename one of them")
        positions[key.casefold()] = position
        keys.append(key)
    return tuple(keys)


class _BibliographyScanner:
    """Walk through the text of a BibTeX file, from left to right and never back."""

    _BLANK = re.compile(r"(?:\s+|%[^\n]*)*")
    _SPACE = re.compile(r"\s*")
    _TYPE = re.compile(r"@[ \t]*([A-Za-z]+)\s*")
    _KEY = re.compile(r"[^\s,{}\"#%'()=~\\]+")
    _FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_:.+/-]*")
    _BARE = re.compile(r"[0-9]+|[A-Za-z][A-Za-z0-9_:.+/-]*")
    _BRACE = re.compile(r"[{}]")
    _BRACE_OR_QUOTE = re.compile(r"[{}\"]")

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self.position = 0

    def entries(self) -> Iterator[tuple[str, int]]:
        """Yield the key and the position of each entry."""
        while True:
            self.take(self._BLANK)
            if self.position == len(self.text):
                return
            start = self.position
            kind = self.take(self._TYPE)
            if not kind:
                self.fail(
                    "this is neither an entry nor a comment",
                    "start a comment with %, or close the entry before it",
                )
            name = kind[1:].strip().lower()
            if self.text[self.position : self.position + 1] != "{":
                self.fail(f"@{name} is not followed by a brace", f"write @{name}{{key, ...}}")
            if name in ("comment", "preamble", "string"):
                self.braced()
                continue
            opening = self.position
            self.position += 1
            yield self.entry(opening), start

    def entry(self, opening: int) -> str:
        """Read key and fields up to the closing brace; return the key."""
        self.take(self._SPACE)
        key = self.take(self._KEY)
        if not key:
            self.fail("the entry has no key", "write @article{segal-2003, ...}")
        seen: set[str] = set()
        while not self.found("}"):
            if not self.found(","):
                if self.ended():
                    self.unclosed(opening)
                self.fail(
                    f"a comma or a closing brace is missing in the entry {key!r}",
                    "put a comma after the key and after each field",
                )
            self.take(self._SPACE)
            if self.ended():
                self.unclosed(opening)
            if self.text[self.position] != "}":
                self.field(key, seen)
        return key

    def field(self, key: str, seen: set[str]) -> None:
        """Read one ``name = value``."""
        name = self.take(self._FIELD).lower()
        if not name:
            self.fail(f"a field name is missing in the entry {key!r}", "write year = {2003}")
        if name in seen:
            self.fail(f"the field {name!r} of {key!r} is repeated", "keep one of the two")
        seen.add(name)
        if not self.found("="):
            self.fail(f"the field {name!r} of {key!r} has no value", f"write {name} = {{...}}")
        while True:
            self.value(key, name)
            if not self.found("#"):
                return

    def value(self, key: str, name: str) -> None:
        """Read one piece of a value: in braces, in quotation marks, a number or a macro."""
        self.take(self._SPACE)
        following = self.text[self.position : self.position + 1]
        if following == "{":
            self.braced()
        elif following == '"':
            self.quoted()
        elif not self.take(self._BARE):
            self.fail(f"the field {name!r} of {key!r} has no value", "put the value in braces")

    def braced(self) -> None:
        """Skip from an opening brace past the one that closes it."""
        opening, depth = self.position, 0
        for brace in self._BRACE.finditer(self.text, opening):
            depth += 1 if brace.group() == "{" else -1
            if depth == 0:
                self.position = brace.end()
                return
        self.unclosed(opening)

    def quoted(self) -> None:
        """Skip a value in quotation marks; a mark inside braces does not close it."""
        opening, depth = self.position, 0
        for mark in self._BRACE_OR_QUOTE.finditer(self.text, opening + 1):
            if mark.group() == '"' and depth == 0:
                self.position = mark.end()
                return
            depth += {"{": 1, "}": -1, '"': 0}[mark.group()]
            if depth < 0:
                break
        self.position = opening
        self.fail("the quotation mark opened here is never closed", 'close it with "')

    def take(self, pattern: re.Pattern[str]) -> str:
        """Read what matches here, possibly nothing."""
        match = pattern.match(self.text, self.position)
        if match is None:
            return ""
        self.position = match.end()
        return match.group()

    def found(self, mark: str) -> bool:
        """Skip space; read `mark` if it follows and say whether it did."""
        self.take(self._SPACE)
        if not self.text.startswith(mark, self.position):
            return False
        self.position += len(mark)
        return True

    def ended(self) -> bool:
        return self.position == len(self.text)

    def line(self, position: int) -> int:
        return self.text.count("\n", 0, position) + 1

    def unclosed(self, opening: int) -> NoReturn:
        self.position = opening
        self.fail("the brace opened here is never closed", "close it with }")

    def fail(self, message: str, remedy: str) -> NoReturn:
        place = f"{self.path.name}: line {self.line(self.position)}"
        raise Fault(message, place=place, remedy=remedy)


# ---- From a file to records ----------------------------------------------------------------------

_TABLES = {"events.toml": ("periods", "conflicts", "events"), "claims.toml": ("disputes", "claims")}
_LOOSE = {"claims.toml": ("notation",)}  # tables without records

_Record = TypeVar("_Record")


def _csv(path: Path, record: type[_Record], unique: str = "") -> tuple[_Record, ...]:
    """Read a CSV file whose columns are the fields of `record`, in their order."""
    columns = [field.name for field in fields(record)]  # type: ignore[arg-type]
    records: list[_Record] = []
    lines: dict[object, int] = {}
    reader = csv.reader(io.StringIO(_read(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        if header != columns:
            raise Fault(
                f"the columns are {', '.join(header) or 'missing'}",
                place=f"{path.name}: line 1",
                remedy=f"they have to be {', '.join(columns)}",
            )
        for cells in reader:
            place = f"{path.name}: line {reader.line_num}"
            if len(cells) != len(columns):
                raise Fault(
                    f"{len(cells)} cells instead of {len(columns)}",
                    place=place,
                    remedy='put a text with commas in quotation marks, such as "a, b"',
                )
            filled = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
            read = _record(record, filled, place, "column")
            if unique:
                _once(getattr(read, unique), reader.line_num, lines, f"{place}: column {unique}")
            records.append(read)
    except csv.Error as error:
        raise Fault(
            str(error), place=f"{path.name}: line {reader.line_num}", remedy="mend the CSV"
        ) from None
    return tuple(records)


def _toml(path: Path, table: str, record: type[_Record]) -> tuple[_Record, ...]:
    """Read the array `table` of a TOML file, whose keys are the fields of `record`."""
    try:
        document = tomllib.loads(_read(path))
    except (ValueError, RecursionError) as error:  # also integers too long, tables too deep
        raise Fault(str(error), place=path.name, remedy="mend the TOML") from None
    known = (*_TABLES[path.name], *_LOOSE.get(path.name, ()))
    for name in document:
        if name not in known:
            raise Fault(
                "unknown table", place=f"{path.name}: {name}", remedy=f"one of {', '.join(known)}"
            )
    array = document.get(table, [])
    if not isinstance(array, list) or not all(isinstance(items, dict) for items in array):
        raise Fault("no array", place=f"{path.name}: {table}", remedy=f"write [[{table}]]")
    records: list[_Record] = []
    numbers: dict[object, int] = {}
    for number, items in enumerate(array, start=1):
        place = f"{path.name}: {table} {number}"
        if "id" in items:
            place += f" ({str(items['id'])[:20]})"
            _once(str(items["id"]), number, numbers, f"{place}: key id")
        records.append(_record(record, items, place, "key"))
    return tuple(records)


def _record(
    record: type[_Record], items: Mapping[str, Any], place: str, label: Literal["column", "key"]
) -> _Record:
    """Build a record from the items of one row; `label` is what the file calls them."""
    kinds = get_type_hints(record)
    for name in items:
        if name not in kinds:
            raise Fault(f"unknown {label}", place=f"{place}: {label} {name}", remedy="rename it")
    values = {}
    for field in fields(record):  # type: ignore[arg-type]
        where = f"{place}: {label} {field.name}"
        if field.name in items:
            values[field.name] = _value(kinds[field.name], items[field.name], where, label)
        elif field.default is MISSING:
            raise Fault("nothing is given", place=where, remedy=f"fill this {label}")
    try:
        return record(**values)
    except Fault as fault:  # from a check of the record as a whole
        where = f"{place}: {fault.place}"
        raise Fault(fault.message, place=where, remedy=fault.remedy) from None


def _value(kind: Any, item: Any, place: str, label: Literal["column", "key"]) -> Any:
    """Convert one item to the type of its field; a cell of a CSV file is always text."""
    if get_origin(kind) is UnionType:  # X | None: the item is there, so it is an X
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        if item not in get_args(kind):
            known = ", ".join(get_args(kind))
            raise Fault(f"{_short(item)} is unknown here", place=place, remedy=f"one of {known}")
        return item
    if get_origin(kind) is tuple:
        parts = item.split(";") if isinstance(item, str) and label == "column" else item
        if not isinstance(parts, list) or not parts:
            raise Fault(f"{_short(item)} is no list", place=place, remedy='write ["a", "b"]')
        return tuple(_value(get_args(kind)[0], part, place, label) for part in parts)
    if get_origin(kind) is Mapping:
        if not isinstance(item, dict) or not item:
            raise Fault(f"{_short(item)} is no table", place=place, remedy='write key = "text"')
        return MappingProxyType({key: _text(text, f"{place}.{key}") for key, text in item.items()})
    if is_dataclass(kind):
        if not isinstance(item, dict):
            raise Fault(f"{_short(item)} is no table", place=place, remedy='write key = "text"')
        return _record(kind, item, place, "key")  # type: ignore[arg-type]
    if kind is int:
        return _whole(item, place)
    return _number(item, place) if kind is Fraction else _text(item, place)


def _text(item: object, place: str) -> str:
    if not isinstance(item, str) or not item or item != item.strip():
        raise Fault(
            f"{_short(item)} is no text",
            place=place,
            remedy="write a text, without space before or after it",
        )
    return item


def _number(item: object, place: str) -> Fraction:
    if not isinstance(item, str) or not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", item):
        raise Fault(f"{_short(item)} is no number", place=place, remedy="write a decimal like 46.3")
    return Fraction(item)


def _whole(item: object, place: str) -> int:
    if isinstance(item, str) and re.fullmatch(r"[0-9]{1,15}", item):
        return int(item)
    if not isinstance(item, int) or isinstance(item, bool):
        raise Fault(f"{_short(item)} is no whole number", place=place, remedy="write digits only")
    return item


def _span(text: str, place: str = "") -> tuple[datetime.date, datetime.date]:
    """Return the first and the last day of a year, a month or a day."""
    try:
        if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
            raise ValueError
        year, *rest = (int(part) for part in text.split("-"))
        months = rest[:1] or [1, 12]
        days = rest[1:] or [1, calendar.monthrange(year, months[-1])[1]]
        first, last = (datetime.date(year, months[i], days[i]) for i in (0, -1))
    except ValueError:
        raise Fault(
            f"{_short(text)} is no date", place=place, remedy="write 2025, 2025-10 or 2025-10-09"
        ) from None
    return first, last


def _once(name: object, number: int, numbers: dict[object, int], place: str) -> None:
    """Note where `name` stands, and refuse it the second time."""
    if name in numbers:
        raise Fault(
            f"{_short(name)} is also number {numbers[name]}", place=place, remedy="keep one of them"
        )
    numbers[name] = number


def _short(item: object) -> str:
    text = repr(item)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _read(path: Path) -> str:
    """Return the text of a file in UTF-8, every line end as a line feed."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise Fault("the file is too large", place=path.name, remedy="at most 4 MiB")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", place=str(path), remedy="check the path"
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Fault(
            "the text is not in UTF-8", place=f"{path.name}: line {line}", remedy="save it as UTF-8"
        ) from None
    return text.replace("\r\n", "\n")


def _folder(root: Path | None) -> Path:
    """Return the folder of the tables below `root`, by default that of the catalogue."""
    if root is None:
        from negotiation.model.catalogue import catalogue_root

        root = catalogue_root()
    return root / "facts"
