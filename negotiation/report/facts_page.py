"""The facts as text and JSON (schema ``negotiation/facts/1``), each row with its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from negotiation import facts
from negotiation.errors import UsageError
from negotiation.formulas import nearest

__all__ = ["TOPICS", "facts_document", "facts_lines"]

TOPICS = ("trade", "events", "conflicts", "figures", "claims", "glossary")


def _chosen(topic: str | None) -> tuple[str, ...]:
    if topic is None:
        return TOPICS
    if topic not in TOPICS:
        raise UsageError(
            f"no table of facts is called {topic[:60]!r}",
            place="show --facts",
            remedy=nearest(topic, TOPICS),
        )
    return (topic,)


def facts_lines(topic: str | None) -> Iterator[str]:
    """Yield one table of facts, or all of them, for a person.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    for name in _chosen(topic):
        if topic is None:
            yield f"## {name}"
        yield from _LINES[name]()
        if topic is None:
            yield ""


def _trade() -> Iterator[str]:
    corrected = {(c.year, c.column): c for c in facts.trade_corrections()}
    yield "year  Japan MUSD / %   EU MUSD / %     US MUSD / %    (HS 284690; * corrected)"
    for row in facts.trade():
        cells = []
        for partner in ("japan", "eu", "us"):
            star = (
                "*"
                if any(
                    (row.year, f"{partner}_{k}") in corrected for k in ("value_musd", "share_pct")
                )
                else " "
            )
            value = getattr(row, f"{partner}_value_musd")
            share = getattr(row, f"{partner}_share_pct")
            cells.append(f"{float(value):6.0f} / {float(share):5.2f}{star}")
        yield f"{row.year}  {'  '.join(cells)}"
    for correction in corrected.values():
        yield (
            f"* {correction.year} {correction.column}: printed {float(correction.printed):g}, "
            f"used {float(correction.corrected):g}. {correction.reason} [{correction.source}]"
        )


def _events() -> Iterator[str]:
    for event in facts.events():
        yield (
            f"{event.id}  {event.date or 'undated':<10}  {', '.join(event.actors)}: "
            f"{event.description} [{', '.join(event.sources)}]"
        )
        for flag in event.flags:
            yield f"      caution: {flag}"


def _conflicts() -> Iterator[str]:
    for conflict in facts.conflicts():
        yield f"{conflict.id}  {conflict.topic}"
        for source, version in conflict.versions.items():
            yield f"      {source}: {version}"
        yield f"      treatment: {conflict.treatment}"


def _figures() -> Iterator[str]:
    for figure in facts.figures():
        sign = "" if figure.operator == "=" else f"{figure.operator} "
        yield (
            f"{figure.id}  {figure.quantity} {sign}{figure.value} {figure.unit} "
            f"({figure.entity}, {figure.date or 'no date'}) [{figure.source}; {figure.reliability}]"
        )


def _claims() -> Iterator[str]:
    for claim in facts.claims():
        yield f"{claim.id}  {claim.claim} [{', '.join(claim.sources)}; {claim.type}]"
        yield f"      sceptic: {claim.sceptic}"


def _glossary() -> Iterator[str]:
    for term in facts.glossary():
        yield f"{term.chinese}  {term.english}"


_LINES: dict[str, Callable[[], Iterator[str]]] = {
    "trade": _trade,
    "events": _events,
    "conflicts": _conflicts,
    "figures": _figures,
    "claims": _claims,
    "glossary": _glossary,
}


def facts_document(topic: str | None) -> dict[str, Any]:
    """Return one table of facts, or all of them, as JSON values.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    tables: dict[str, Callable[[], Any]] = {
        "trade": facts.trade,
        "events": facts.events,
        "conflicts": facts.conflicts,
        "figures": facts.figures,
        "claims": facts.claims,
        "glossary": facts.glossary,
    }
    document: dict[str, Any] = {"schema": "negotiation/facts/1"}
    for name in _chosen(topic):
        document[name] = [_plain(row) for row in tables[name]()]
    if "trade" in document:
        document["trade_as_printed"] = [_plain(r) for r in facts.trade(corrected=False)]
        document["trade_corrections"] = [_plain(c) for c in facts.trade_corrections()]
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
