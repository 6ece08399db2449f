"""Sources: what a reader of a model would miss, as warnings.

A source is ``assumed``, a key of ``references.bib`` (beside the file, or of the catalogue), the id
of a figure of ``facts/figures.csv``, or a note, which has blanks in it. Anything else looks like a
key and has to be found. Every parameter says what it means, in which unit, and from where its value
comes; every model has a title and a summary. A calibration file that is named is there, else the
scenarios are lost; where its quantities are used, that is a fault of the model already. The
language has concepts that nothing solves yet; a file that names one is valid, but has no answer.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from negotiation.errors import ModelError, NegotiationError, UsageError
from negotiation.facts import bibliography_keys
from negotiation.formulas import nearest
from negotiation.model.calibration import calibrated, calibration_of
from negotiation.model.catalogue import beside, catalogue_root
from negotiation.model.checking import CONCEPTS, CONCEPTS_TO_COME
from negotiation.model.document import Model, Parameter

__all__ = ["SourceWarning", "source_warnings"]

ASSUMED = "assumed"
REFERENCES = "references.bib"
FIGURES = "facts/figures.csv"


@dataclass(frozen=True)
class SourceWarning:
    """Something that a reader would miss: where, what, and what to write."""

    place: str
    message: str
    remedy: str


def source_warnings(model: Model) -> tuple[SourceWarning, ...]:
    """Return what `check` warns of and `check --strict` requires.

    Parameters
    ----------
    model : Model
        A valid model; sources that its parameters take from the calibration file count.
    """
    return (
        *_missing(model),
        *_unsolved(model),
        *_without_calibration(model),
        *_not_found(model),
    )


def _unsolved(model: Model) -> Iterator[SourceWarning]:
    """Yield a warning for each concept that the language has and this version does not solve."""
    asked = {"concept": model.concept}
    asked |= {f"hypotheses.{one.id}.concept": one.concept for one in model.hypotheses}
    for place, concept in asked.items():
        if concept in CONCEPTS_TO_COME:
            message = f"this version does not solve {concept} yet"
            yield SourceWarning(place, message, f"use one of {', '.join(CONCEPTS)}")


def _without_calibration(model: Model) -> Iterator[SourceWarning]:
    """Yield what is wrong with a calibration file that only scenarios would need."""
    try:
        calibration_of(model)
    except ModelError as error:
        for fault in error.faults:
            message = f"{fault.message}, so the model has no scenarios"
            yield SourceWarning(
                fault.place or "calibration",
                message,
                f"{fault.remedy}, or leave out the key calibration",
            )


def _missing(model: Model) -> Iterator[SourceWarning]:
    if not model.title:
        yield SourceWarning("title", "the model has no title", 'add title = "..."')
    if not model.summary:
        yield SourceWarning("summary", "the model has no summary", 'add summary = "..."')
    for name, parameter in calibrated(model).items():
        place = f"parameters.{name}"
        if not parameter.meaning:
            yield SourceWarning(place, f"{name} has no meaning", 'add meaning = "..."')
        if not parameter.unit:
            remedy = 'add unit = "1" for a pure number, or the unit'
            yield SourceWarning(place, f"{name} has no unit", remedy)
        lacking = _members_without_source(model, name, parameter)
        if lacking:
            remedy = 'add source = "assumed", a key of references.bib, a figure, or a note'
            yield SourceWarning(place, f"{lacking} has no source", remedy)


def _members_without_source(model: Model, name: str, parameter: Parameter) -> str:
    """Return the cells of a parameter that lack a source; empty where none does."""
    if not isinstance(parameter.source, Mapping):
        return "" if parameter.source and parameter.source.strip() else name
    given = {member for member, source in parameter.source.items() if source.strip()}
    cells = model.scope.cells(name)
    return ", ".join(cell for cell in cells if cell[len(name) + 1 : -1] not in given)


def _not_found(model: Model) -> Iterator[SourceWarning]:
    """Yield a warning for each source that looks like a key and is not known."""
    keys = {place: source for place, source in _sources(model) if _looks_like_key(source)}
    if not keys:
        return
    figures = _figures(model)
    unknown = {place: source for place, source in keys.items() if source not in figures}
    references = beside(model.origin, REFERENCES)
    if references is None:
        if unknown:
            wanted = ", ".join(sorted(set(unknown.values())))
            message = f"there is no {REFERENCES} to look up {wanted}"
            remedy = f"put {REFERENCES} beside the model file, or write a note with blanks"
            yield SourceWarning("source", message, remedy)
        return
    try:
        known = {*bibliography_keys(references)}
    except NegotiationError as error:
        yield SourceWarning(error.place or REFERENCES, error.message, error.remedy or "repair it")
        return
    for place, source in unknown.items():
        if source not in known:
            message = f"{source!r} is neither in {REFERENCES} nor a figure"
            candidates = figures if re.fullmatch(r"F\d+", source) else known
            yield SourceWarning(place, message, nearest(source, candidates))


def _looks_like_key(source: str) -> bool:
    return source != ASSUMED and bool(source.strip()) and not re.search(r"\s", source.strip())


def _sources(model: Model) -> Iterator[tuple[str, str]]:
    """Yield (place, source) for parameters, hypotheses and facts."""
    for name, parameter in calibrated(model).items():
        if isinstance(parameter.source, Mapping):
            for member, source in parameter.source.items():
                yield f"parameters.{name}.source.{member}", source
        elif parameter.source:
            yield f"parameters.{name}.source", parameter.source
    for position, hypothesis in enumerate(model.hypotheses):
        if hypothesis.source:
            yield f"hypotheses[{position}].source", hypothesis.source
    for position, fact in enumerate(model.facts):
        if fact.source:
            yield f"facts[{position}].source", fact.source


def _figures(model: Model) -> frozenset[str]:
    """Return the ids of the figures beside the model and of the catalogue."""
    try:
        shipped: Path | None = catalogue_root() / FIGURES
    except UsageError:
        shipped = None
    found: set[str] = set()
    for path in {beside(model.origin, FIGURES), shipped} - {None}:
        assert path is not None
        try:
            with path.open(encoding="utf-8", newline="") as file:
                found |= {row.get("id") or "" for row in csv.DictReader(file)}
        except (OSError, ValueError, csv.Error):
            continue  # tables are checked by their own reader, negotiation.facts
    return frozenset(found - {""})
