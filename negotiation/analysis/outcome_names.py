"""Outcome names: outcomes in few words, what their histories share said once.

The *label* of an outcome is the text of all its histories, in alphabetical order: exact and long.
Datasets and JSON documents have it. Its *name* is what people read, of regimes and of branches
alike. It tells the histories as a tree: steps that all have in common come first, then what
differs, with the probability of each part where that is short. Parts after which play goes on alike
are told together: ``type = strong (3/5) or weak (2/5), breakfast = beer``. A name depends on its
outcome and the probabilities alone; one that is too long is cut, and ends in letters made from the
whole label.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.analysis.regimes.polynomials import Ratio

__all__ = ["NamedOutcome", "Outcome", "histories_text", "named_outcomes"]

MAX_NAME = 240
"""Letters of a name."""
MAX_SHARE = 20
"""Letters of a probability in a name."""
DIGITS = 6
"""Letters that tell names apart which are alike."""

History = tuple[tuple[str, str], ...]


def histories_text(histories: Iterable[Mapping[str, str]]) -> str:
    """Return the label of an outcome.

    Parameters
    ----------
    histories : iterable of mapping
        Each from move to action.

    Examples
    --------
    >>> histories_text([{"offer": "low", "reply": "yes"}, {"offer": "low", "reply": "no"}])
    'offer = low, reply = no or offer = low, reply = yes'
    """
    texts = [", ".join(f"{move} = {action}" for move, action in m.items()) for m in histories]
    return " or ".join(sorted(texts))


@dataclass(frozen=True)
class Outcome:
    """The histories that an outcome reaches.

    Attributes
    ----------
    histories : tuple of tuple of (move, action)
    shares : tuple of Ratio, or None
        Their probabilities; None where several outcomes with these histories differ in them.
    """

    histories: tuple[History, ...]
    shares: tuple[Ratio, ...] | None = None

    def merged(self, other: Outcome) -> Outcome:
        """Return what this outcome and another one with the same histories have in common."""
        return self if self.shares == other.shares else Outcome(self.histories)


@dataclass(frozen=True)
class NamedOutcome:
    """An outcome that is a label: its histories, their probabilities as text, and a short name."""

    label: str
    name: str
    histories: tuple[History, ...]
    probabilities: tuple[str, ...] | None

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        shares = self.probabilities or (None,) * len(self.histories)
        return {
            "label": self.label,
            "name": self.name,
            "histories": [
                {"moves": dict(history), "probability": share}
                for history, share in zip(self.histories, shares, strict=True)
            ],
        }


def named_outcomes(outcomes: Mapping[str, Outcome]) -> tuple[NamedOutcome, ...]:
    """Return outcomes with names, no two alike.

    Parameters
    ----------
    outcomes : mapping
        Label to outcome.
    """
    names = {label: _name(label, outcome) for label, outcome in outcomes.items()}
    found = []
    for label, outcome in outcomes.items():
        alike = [other for other, name in names.items() if name == names[label]]
        name = names[label] if len(alike) == 1 else f"{names[label]} [{_letters(label)}]"
        texts = None if outcome.shares is None else tuple(s.text() for s in outcome.shares)
        found.append(NamedOutcome(label, name, outcome.histories, texts))
    return tuple(found)


def _name(label: str, outcome: Outcome) -> str:
    shares: Sequence[Ratio | None] = outcome.shares or [None] * len(outcome.histories)
    name = _told(list(zip(outcome.histories, shares, strict=True)))
    if len(name) <= MAX_NAME:
        return name
    whole = name[:MAX_NAME].rpartition(", ")[0] or name[:MAX_NAME]
    return f"{whole}, ... [{_letters(label)}]"


def _letters(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()[:DIGITS]


def _told(plays: Sequence[tuple[History, Ratio | None]]) -> str:
    """Return plays that begin at one node in words."""
    groups: dict[tuple[str, str], list[tuple[History, Ratio | None]]] = {}
    for history, share in plays:
        if history:
            groups.setdefault(history[0], []).append((history[1:], share))
    if not groups:
        return ""
    rests = {step: _told(own) for step, own in groups.items()}
    shares = _shares({step: [share for _, share in own] for step, own in groups.items()})
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for step, rest in rests.items():
        alike.setdefault((step[0], rest), []).append(step)
    told = [
        (f"{move} = {' or '.join(action + shares[move, action] for _, action in steps)}", rest)
        for (move, rest), steps in alike.items()
    ]
    if len(told) == 1:
        return ", ".join(part for part in told[0] if part)
    return "; ".join(f"{head}: {_nested(rest)}" if rest else head for head, rest in told)


def _nested(rest: str) -> str:
    return f"({rest})" if "; " in rest else rest


def _shares(parts: Mapping[tuple[str, str], Sequence[Ratio | None]]) -> dict[tuple[str, str], str]:
    """Return the probability of each step where several are possible, all or none."""
    texts = dict.fromkeys(parts, "")
    totals: dict[tuple[str, str], Ratio] = {}
    for step, own in parts.items():
        for share in own:
            if share is None:
                return texts
            totals[step] = totals[step] + share if step in totals else share
    if len(totals) < 2:
        return texts
    first, *others = totals.values()
    for other in others:
        first = first + other
    found = {step: (total / first).text() for step, total in totals.items()}
    short = all(len(text) <= MAX_SHARE for text in found.values())
    return {step: f" ({text})" for step, text in found.items()} if short else texts
