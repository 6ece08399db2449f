r"""Records: what an analysis of regimes answers, frozen, and as JSON values.

The JSON (schema ``negotiation/regimes/1``) spells rationals as strings such as ``"16/27"`` and
irrational algebraic numbers by polynomial, interval and decimal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.analysis.outcome_names import NamedOutcome
from negotiation.analysis.regimes.algebraic import Number
from negotiation.analysis.regimes.conditions import Condition
from negotiation.analysis.regimes.patterns import Labels
from negotiation.analysis.regimes.polynomials import Polynomial
from negotiation.analysis.regimes.support import Binding
from negotiation.analysis.regimes.turning import Turning
from negotiation.model.values import read_value
from negotiation.solution import parameter_text, tie_text

__all__ = [
    "Axis",
    "Boundary",
    "Breakpoint",
    "Pattern",
    "Piece",
    "Regimes",
    "labels_text",
]

SCHEMA = "negotiation/regimes/1"
NOTHING = "no equilibrium"
UNDEFINED = "undefined"


def labels_text(labels: Labels | None) -> str:
    """Return labels for people: ``divide | resisted``."""
    if labels is None:
        return UNDEFINED
    return tie_text(label or "unnamed" for label in labels) or NOTHING


def _listed(labels: Labels | None) -> list[str] | None:
    return None if labels is None else list(labels)


def _point(point: Mapping[str, Fraction]) -> dict[str, str]:
    return {name: parameter_text(value) for name, value in point.items()}


@dataclass(frozen=True)
class Axis:
    """A free parameter with the bounds asked for; None is unbounded."""

    name: str
    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False
    integer: bool = False
    symbol: str = ""
    meaning: str = ""
    unit: str = ""
    underlying: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the axis as JSON values."""
        return {
            "name": self.name,
            "low": None if self.low is None else str(self.low),
            "high": None if self.high is None else str(self.high),
            "low_open": self.low_open,
            "high_open": self.high_open,
            "integer": self.integer,
            "symbol": self.symbol,
            "meaning": self.meaning,
            "unit": self.unit,
            "underlying": self.underlying,
        }


@dataclass(frozen=True)
class Pattern:
    """A set of labels with the condition under which exactly these are supported.

    Attributes
    ----------
    labels : tuple of str
    condition : Condition or None
        Simplified under the domain; None where that was not done.
    text, latex : str
        The condition for people; on one axis its intervals. Empty where it was not simplified.
    interior : bool or None
        Whether it holds on an open set; None where that is undecided.
    sample : mapping
        A point of it, or near it where `exact` is False.
    case : mapping
        Values of the enumerated parameters.
    ties : tuple of tuple of str
        For a pattern without interior: patterns with interior that meet there.
    message : str
        What is not known of this pattern.
    factored : Condition or None
        Over several axes, the condition as recursion found it: exact, its parts shared, not
        simplified. The SMT-LIB text defines for each label when it is supported.
    """

    labels: Labels
    condition: Condition | None
    text: str
    latex: str
    interior: bool | None
    sample: Mapping[str, Fraction]
    exact: bool = True
    case: Mapping[str, Fraction] = field(default_factory=dict)
    ties: tuple[Labels, ...] = ()
    message: str = ""
    factored: Condition | None = None

    @property
    def name(self) -> str:
        """The labels joined with `` | ``."""
        return labels_text(self.labels)

    def to_dict(self) -> dict[str, Any]:
        """Return the pattern as JSON values."""
        return {
            "labels": list(self.labels),
            "condition": self.text,
            "latex": self.latex,
            "simplified": self.condition is not None or bool(self.text),
            "interior": self.interior,
            "sample": _point(self.sample),
            "exact_sample": self.exact,
            "case": _point(self.case),
            "ties": [list(labels) for labels in self.ties],
            "message": self.message,
        }


@dataclass(frozen=True)
class Piece:
    """A stretch of one axis with the same labels; None as a bound is unbounded."""

    low: Number | None
    high: Number | None
    low_closed: bool
    high_closed: bool
    labels: Labels | None
    sample: Number
    case: Mapping[str, Fraction] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the piece as a condition on the parameter `name`."""
        if self.low is not None and self.low == self.high:
            return f"{name} == {self.low.decimal}"
        parts = []
        if self.low is not None:
            parts.append(f"{self.low.decimal} {'<=' if self.low_closed else '<'} ")
        parts.append(name)
        if self.high is not None:
            parts.append(f" {'<=' if self.high_closed else '<'} {self.high.decimal}")
        return "".join(parts) if len(parts) > 1 else "True"

    def to_dict(self) -> dict[str, Any]:
        """Return the piece as JSON values."""
        return {
            "low": None if self.low is None else self.low.to_json(),
            "high": None if self.high is None else self.high.to_json(),
            "low_closed": self.low_closed,
            "high_closed": self.high_closed,
            "labels": _listed(self.labels),
            "sample": self.sample.to_json(),
            "case": _point(self.case),
        }


@dataclass(frozen=True)
class Breakpoint:
    """A point of one axis where the labels change.

    Attributes
    ----------
    at : Number
    polynomials : tuple of Polynomial
        Whose signs change the labels; `at` is a root of each.
    before, here, after : labels, None where undefined or outside the domain
    binding : tuple of Binding
        Whose incentives these are, each comparison once.
    underlying : mapping
        The parameter from which a parameter with digits comes, to rational bounds of its value.
    checked : bool
        Whether exact solves agree at the point (where it is rational) and on both sides, each where
        labels are defined there.
    decisive : bool
        Whether each of `binding` alone changes the labels. Else some do so jointly only, or they
        are all that may.
    """

    at: Number
    polynomials: tuple[Polynomial, ...]
    before: Labels | None
    here: Labels | None
    after: Labels | None
    binding: tuple[Binding, ...] = ()
    underlying: Mapping[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    case: Mapping[str, Fraction] = field(default_factory=dict)
    checked: bool = False
    decisive: bool = False

    @property
    def polynomial(self) -> str:
        """The polynomial of which `at` is a root, as text."""
        return self.polynomials[0].text() if self.polynomials else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the breakpoint as JSON values."""
        return {
            "at": self.at.to_json(),
            "polynomials": [p.text() for p in self.polynomials],
            "before": _listed(self.before),
            "here": _listed(self.here),
            "after": _listed(self.after),
            "binding": [binding.to_dict() for binding in self.binding],
            "underlying": {
                name: [str(low), str(high)] for name, (low, high) in self.underlying.items()
            },
            "case": _point(self.case),
            "checked": self.checked,
            "decisive": self.decisive,
        }


@dataclass(frozen=True)
class Boundary:
    """A polynomial whose zeros bound regions of several axes.

    Attributes
    ----------
    polynomial : Polynomial
    solved : mapping
        Variable to (text, LaTeX) of the boundary solved for it, where the degree allows.
    between : tuple of (labels, labels, point)
        Labels where the polynomial is positive, where it is negative, and a point on the boundary.
    binding : tuple of Binding
        Whose incentives turn at some piece of it, each comparison once.
    turning : tuple of Turning
        The same for each of `between`.
    ties : tuple of labels
        Those of `between` that hold on boundaries only: another boundary runs through the point.
    """

    polynomial: Polynomial
    solved: Mapping[str, tuple[str, str]]
    between: tuple[tuple[Labels | None, Labels | None, Mapping[str, Fraction]], ...]
    binding: tuple[Binding, ...] = ()
    case: Mapping[str, Fraction] = field(default_factory=dict)
    turning: tuple[Turning, ...] = ()
    ties: tuple[Labels, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the boundary as JSON values."""
        turning = self.turning or (Turning(self.binding, decisive=False),) * len(self.between)
        return {
            "polynomial": self.polynomial.text(),
            "latex": self.polynomial.latex(),
            "solved": {
                name: {"text": text, "latex": latex} for name, (text, latex) in self.solved.items()
            },
            "between": [
                {
                    "positive": _listed(plus),
                    "negative": _listed(minus),
                    "near": _point(point),
                    "binding": [binding.to_dict() for binding in own.binding],
                    "decisive": own.decisive,
                    "tie": plus in self.ties or minus in self.ties,
                }
                for (plus, minus, point), own in zip(self.between, turning, strict=True)
            ],
            "binding": [binding.to_dict() for binding in self.binding],
            "case": _point(self.case),
        }


@dataclass(frozen=True)
class Regimes:
    """Where in parameter space each pattern of labels is supported.

    Attributes
    ----------
    model, fingerprint : str
        Name of the model; SHA-256 of its text and of what was held fixed.
    concept, selection, by : str
        What was asked.
    axes : tuple of Axis
    parameters : mapping
        Cells that were held fixed, with their values.
    fixed : mapping
        Moves that were fixed.
    patterns : tuple of Pattern
    pieces, breakpoints : tuple
        One axis only.
    boundaries : tuple of Boundary
        Several axes only.
    complete : bool
        Whether no pattern is missing; `message` says why not.
    termination : str
        ``exhausted`` or ``budget``.
    coverage : float or None
        Share of a Sobol' sample of the domain that has a known pattern; None where complete.
    outcomes : tuple of NamedOutcome
        By outcome only: the histories of each label, and its short name.
    open_question : str
        SMT-LIB: a point of the domain that has no known pattern. Unsatisfiable where complete;
        empty on one axis, where nothing is open by construction.
    """

    model: str
    fingerprint: str
    concept: str
    selection: str
    by: str
    axes: tuple[Axis, ...]
    parameters: Mapping[str, Fraction | None]
    fixed: Mapping[str, str]
    patterns: tuple[Pattern, ...]
    pieces: tuple[Piece, ...] = ()
    breakpoints: tuple[Breakpoint, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    complete: bool = True
    termination: str = "exhausted"
    coverage: float | None = None
    open_question: str = ""
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    notes: tuple[str, ...] = ()
    outcomes: tuple[NamedOutcome, ...] = ()
    _ask: Callable[[Mapping[str, Fraction]], Labels | None] | None = field(
        default=None, repr=False, compare=False
    )
    _cut: Callable[[str, Mapping[str, Fraction]], tuple[Piece, ...]] | None = field(
        default=None, repr=False, compare=False
    )

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Label to its short name, where it has one."""
        return {outcome.label: outcome.name for outcome in self.outcomes}

    def text(self, labels: Labels | None) -> str:
        """Return labels for people, outcomes by their short names."""
        known = self.names
        return labels_text(labels and tuple(known.get(label, label) for label in labels))

    def label_at(self, point: Mapping[str, object]) -> Labels | None:
        """Return the labels at a rational point, exactly.

        Parameters
        ----------
        point : mapping
            Each axis to a number, or text as in ``--set``.

        Returns
        -------
        tuple of str, or None
            None where the point is outside the domain asked, or the model is not defined there.

        Raises
        ------
        UsageError
            If an axis is missing or unknown.
        """
        if self._ask is None:
            raise TypeError("a record read from JSON cannot be asked again")
        return self._ask({name: read_value(value, name) for name, value in point.items()})

    def along(self, axis: str, point: Mapping[str, object]) -> tuple[Piece, ...]:
        """Return the labels along one axis, the others at the values of `point`; exact."""
        if self._cut is None:
            raise TypeError("a record read from JSON cannot be asked again")
        return self._cut(axis, {name: read_value(value, name) for name, value in point.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values, schema ``negotiation/regimes/1``."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "fingerprint": self.fingerprint,
            "concept": self.concept,
            "selection": self.selection,
            "by": self.by,
            "axes": [axis.to_dict() for axis in self.axes],
            "parameters": {
                name: None if value is None else parameter_text(value)
                for name, value in self.parameters.items()
            },
            "fixed": dict(self.fixed),
            "patterns": [pattern.to_dict() for pattern in self.patterns],
            "pieces": [piece.to_dict() for piece in self.pieces],
            "breakpoints": [point.to_dict() for point in self.breakpoints],
            "boundaries": [boundary.to_dict() for boundary in self.boundaries],
            "complete": self.complete,
            "termination": self.termination,
            "coverage": self.coverage,
            "open_question": self.open_question,
            "seconds": round(self.seconds, 6),
            "versions": dict(self.versions),
            "message": self.message,
            "notes": list(self.notes),
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
        }

    def to_json(self) -> str:
        """Return the answer as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)
