"""Checks: the faults and warnings of a model file, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from negotiation.errors import Fault, ModelError, NegotiationError
from negotiation.model.document import Model
from negotiation.model.sources import SourceWarning, source_warnings

__all__ = ["CheckReport", "check_document", "check_lines", "examine"]


@dataclass(frozen=True)
class CheckReport:
    """What is wrong with a model file, and what is missing from it."""

    faults: tuple[Fault, ...]
    warnings: tuple[SourceWarning, ...]
    histories: int | None

    def passes(self, strict: bool) -> bool:
        """Whether the file is valid; with `strict`, whether nothing is missing either."""
        return not self.faults and not (strict and self.warnings)


def examine(model: Model | None, error: ModelError | None = None) -> CheckReport:
    """Check sources and build the tree at the model's own values."""
    if model is None:
        return CheckReport(error.faults if error is not None else (), (), None)
    histories = None
    faults: tuple[Fault, ...] = ()
    if all(value is not None for value in model.values().values()):
        try:
            histories = model.at().histories
        except ModelError as failed:
            faults = failed.faults
        except NegotiationError as failed:
            faults = (Fault(failed.message, place=failed.place, remedy=failed.remedy),)
    return CheckReport(faults, tuple(source_warnings(model)), histories)


def check_lines(file: str, report: CheckReport, strict: bool) -> Iterator[str]:
    """Yield the report for a person."""
    for fault in report.faults:
        yield f"fault: {fault}"
    for warning in report.warnings:
        word = "fault" if strict else "warning"
        remedy = f"\n  remedy: {warning.remedy}" if warning.remedy else ""
        yield f"{word}: {warning.place}: {warning.message}{remedy}"
    if report.passes(strict):
        size = f", {report.histories:,} histories" if report.histories is not None else ""
        count = len(report.warnings)
        noted = f", {count} warning{'s' if count != 1 else ''}" if count else ""
        yield f"{file}: valid{size}{noted}"
    else:
        count = len(report.faults) + (len(report.warnings) if strict else 0)
        yield f"{file}: {count} fault{'s' if count != 1 else ''}"


def check_document(file: str, report: CheckReport, strict: bool) -> dict[str, Any]:
    """Return the report as JSON values, schema ``negotiation/check/1``."""
    return {
        "schema": "negotiation/check/1",
        "file": file,
        "valid": report.passes(strict),
        "strict": strict,
        "histories": report.histories,
        "faults": [
            {
                "place": fault.place,
                "message": fault.message,
                "remedy": fault.remedy,
                "text": fault.text,
                "column": fault.column,
            }
            for fault in report.faults
        ],
        "warnings": [
            {"place": w.place, "message": w.message, "remedy": w.remedy} for w in report.warnings
        ],
    }
