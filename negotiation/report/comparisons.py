"""Comparisons in a sentence, as lines, and as JSON (schema ``negotiation/compare/1``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from negotiation.analysis.comparison import Change, Comparison, Setting
from negotiation.report.sentences import number_in_words, outcome_sentence
from negotiation.solution import Equilibrium, Solution

__all__ = ["comparison_document", "comparison_lines", "comparison_sentence"]


def comparison_sentence(comparison: Comparison) -> str:
    """Return who gains and who loses from a to b."""
    if not comparison.changes:
        side = "a" if not comparison.a.equilibria else "b"
        return f"No comparison: setting {side} has no equilibrium."
    parts = [_change_words(player, change) for player, change in comparison.changes.items()]
    return f"From a to b {_listed(parts)}."


def _change_words(player: str, change: Change) -> str:
    if change.verdict == "unaffected":
        return f"{player} is unaffected"
    if change.verdict == "undetermined":
        low, high = number_in_words(change.smallest), number_in_words(change.largest)
        return f"{player} changes by between {low} and {high}, depending on the equilibrium"
    least, most = sorted((abs(change.smallest), abs(change.largest)))
    amount = number_in_words(least)
    if least != most:
        amount = f"between {amount} and {number_in_words(most)}"
    return f"{player} {change.verdict} {amount}"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _side_lines(name: str, setting: Setting, solution: Solution) -> Iterator[str]:
    chosen = {**setting.values, **setting.fix}
    shown = ", ".join(f"{key} = {value}" for key, value in chosen.items()) or "as in the file"
    yield f"{name} ({shown}): {solution.regime or 'no regime'}"
    for equilibrium in solution.equilibria[:6]:
        payoffs = ", ".join(f"{p} {number_in_words(v)}" for p, v in equilibrium.payoffs.items())
        yield f"  {_outcome_words(equilibrium, solution)}: {payoffs}"
    if len(solution.equilibria) > 6:
        yield f"  ... and {len(solution.equilibria) - 6} more outcomes"


def _outcome_words(equilibrium: Equilibrium, solution: Solution) -> str:
    if len(equilibrium.outcomes) == 1:
        return outcome_sentence(equilibrium.outcomes[0], solution.phrases)
    return f"a lottery over {len(equilibrium.outcomes)} paths"


def comparison_lines(comparison: Comparison, a: Setting, b: Setting) -> Iterator[str]:
    """Yield a comparison for a person, the sentence first."""
    yield comparison_sentence(comparison)
    yield from _side_lines("a", a, comparison.a)
    yield from _side_lines("b", b, comparison.b)
    yield f"concept {comparison.a.concept}, selection {comparison.a.selection}"
    for name, solution in (("a", comparison.a), ("b", comparison.b)):
        if solution.message:
            yield f"note on {name}: {solution.message}"


def comparison_document(comparison: Comparison, a: Setting, b: Setting) -> dict[str, Any]:
    """Return a comparison as JSON values."""
    return {
        "schema": "negotiation/compare/1",
        "model": comparison.a.game,
        "concept": comparison.a.concept,
        "selection": comparison.a.selection,
        "sentence": comparison_sentence(comparison),
        "a": _side_document(a, comparison.a),
        "b": _side_document(b, comparison.b),
        "change": {
            player: {
                "min": str(change.smallest),
                "max": str(change.largest),
                "verdict": change.verdict,
            }
            for player, change in comparison.changes.items()
        },
    }


def _side_document(setting: Setting, solution: Solution) -> dict[str, Any]:
    return {
        "settings": {name: str(value) for name, value in setting.values.items()},
        "fixed": dict(solution.fixed),
        "fingerprint": solution.fingerprint,
        "complete": solution.complete,
        "regime": solution.regime,
        "equilibria": [
            {
                "outcomes": [
                    {"moves": dict(outcome.moves), "probability": str(outcome.probability)}
                    for outcome in equilibrium.outcomes
                ],
                "payoffs": {player: str(value) for player, value in equilibrium.payoffs.items()},
                "regime": equilibrium.regime,
            }
            for equilibrium in solution.equilibria
        ],
        "message": solution.message,
    }
