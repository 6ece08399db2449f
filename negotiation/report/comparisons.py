"""Comparisons in a sentence, as lines, and as JSON (schema ``negotiation/compare/1``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from negotiation.analysis.comparison import Change, Comparison, OutcomePair, Setting
from negotiation.report.sentences import number_in_words, outcome_sentence
from negotiation.solution import Equilibrium, Outcome, Solution

__all__ = [
    "comparison_document",
    "comparison_lines",
    "comparison_sentence",
    "incompleteness",
]

MAX_OUTCOMES = 6
MAX_PATHS = 8


def comparison_sentence(comparison: Comparison) -> str:
    """Return who gains and who loses from a to b."""
    if not comparison.changes:
        side = "a" if not comparison.a.equilibria else "b"
        if (comparison.a if side == "a" else comparison.b).complete:
            return f"No comparison: setting {side} has no equilibrium."
        return f"No comparison: no equilibrium was found at setting {side}."
    parts = [_change_words(player, change) for player, change in comparison.changes.items()]
    found = "" if comparison.covered else ", among the equilibria listed,"
    return f"From a to b{found} {_listed(parts)}."


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


def _side_lines(name: str, setting: Setting, comparison: Comparison) -> Iterator[str]:
    """Yield a side's outcomes; the paths of a lottery are listed unless a pair lists them."""
    solution = comparison.a if name == "a" else comparison.b
    chosen = {**setting.values, **setting.fix}
    if setting.scenario is not None:
        chosen = {"scenario": setting.scenario, **chosen}
    shown = ", ".join(f"{key} = {value}" for key, value in chosen.items()) or "as in the file"
    yield f"{name} ({shown}): {solution.regime or 'no regime'}"
    several = len(solution.equilibria) > 1
    elsewhere = _told_elsewhere(name, comparison)
    for place, equilibrium in enumerate(solution.equilibria[:MAX_OUTCOMES]):
        number = f"{place + 1}. " if several else ""
        payoffs = ", ".join(f"{p} {number_in_words(v)}" for p, v in equilibrium.payoffs.items())
        words = elsewhere.get(place) or _outcome_words(equilibrium, solution)
        yield f"  {number}{words}: {payoffs}"
        if len(equilibrium.outcomes) > 1 and place not in elsewhere:
            yield from _lottery_lines(equilibrium, solution)
    if len(solution.equilibria) > MAX_OUTCOMES:
        more = len(solution.equilibria) - MAX_OUTCOMES
        yield f"  ... and {more} more outcome{'s' if more > 1 else ''}"


def _outcome_words(equilibrium: Equilibrium, solution: Solution) -> str:
    if len(equilibrium.outcomes) == 1:
        return outcome_sentence(equilibrium.outcomes[0], solution.phrases)
    return f"a lottery over {len(equilibrium.outcomes)} paths"


def _told_elsewhere(name: str, comparison: Comparison) -> dict[int, str]:
    """Return the lotteries whose paths are listed elsewhere, by place, and what to say of them."""
    told = {}
    for pair in _shown_pairs(comparison):
        place, solution = (pair.a, comparison.a) if name == "a" else (pair.b, comparison.b)
        paths = len(solution.equilibria[place].outcomes)
        if paths > 1 and pair.changes:
            told[place] = f"a lottery over {paths} paths, see below"
        elif paths > 1 and name == "b":
            several = len(comparison.a.equilibria) > 1
            same = f"as outcome {pair.a + 1} of a" if several else "as in a"
            told[place] = f"the same lottery {same}"
    return told


def _lottery_lines(equilibrium: Equilibrium, solution: Solution) -> Iterator[str]:
    """Yield the likeliest paths of a lottery."""
    ordered = sorted(equilibrium.outcomes, key=lambda outcome: -outcome.probability)
    for outcome in ordered[:MAX_PATHS]:
        words = outcome_sentence(outcome, solution.phrases)
        yield f"     with probability {number_in_words(outcome.probability)}: {words}"
    if hidden := ordered[MAX_PATHS:]:
        rest = number_in_words(sum((o.probability for o in hidden), Fraction(0)))
        yield f"     ... and {_counted(len(hidden), 'more path')}, with probability {rest} together"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _shown_pairs(comparison: Comparison) -> list[OutcomePair]:
    """Return the pairs among the outcomes that are listed, if one of the two is a lottery."""
    return [
        pair
        for pair in comparison.pairs
        if max(pair.a, pair.b) < MAX_OUTCOMES
        and max(
            len(comparison.a.equilibria[pair.a].outcomes),
            len(comparison.b.equilibria[pair.b].outcomes),
        )
        > 1
    ]


def _pair_lines(pair: OutcomePair, comparison: Comparison) -> Iterator[str]:
    """Yield the paths whose probability changes."""
    numbered = len(comparison.a.equilibria) > 1 or len(comparison.b.equilibria) > 1
    one, other = f"outcome {pair.a + 1} of a", f"outcome {pair.b + 1} of b"
    yield f"probabilities from {one if numbered else 'a'} to {other if numbered else 'b'}"
    phrases = {**comparison.a.phrases, **comparison.b.phrases}
    for change in pair.changes[:MAX_PATHS]:
        before, after = number_in_words(change.before), number_in_words(change.after)
        words = outcome_sentence(Outcome(change.moves, change.after), phrases)
        yield f"  from {before} to {after}: {words}"
    if hidden := pair.changes[MAX_PATHS:]:
        most = number_in_words(abs(hidden[0].after - hidden[0].before))
        yield f"  ... and {_counted(len(hidden), 'more path')}, by at most {most} each"
    if pair.unchanged:
        keeps = "keeps its" if pair.unchanged == 1 else "keep their"
        yield f"  {_counted(pair.unchanged, 'path')} {keeps} probability"


def comparison_lines(comparison: Comparison, a: Setting, b: Setting) -> Iterator[str]:
    """Yield a comparison for a person, the sentence first."""
    yield comparison_sentence(comparison)
    yield from _side_lines("a", a, comparison)
    yield from _side_lines("b", b, comparison)
    for pair in _shown_pairs(comparison):
        if pair.changes:
            yield from _pair_lines(pair, comparison)
    yield f"concept {comparison.a.concept}, selection {comparison.a.selection}"
    yield f"exact; {incompleteness(comparison) or 'complete: no outcome is missing'}"
    if comparison.complete and not comparison.covered:
        yield "note: a continuum is given by conditions; its payoffs may change by more"
    for name, solution in (("a", comparison.a), ("b", comparison.b)):
        if solution.message:
            yield f"note on {name}: {solution.message}"


def incompleteness(comparison: Comparison) -> str:
    """Return which sides are not complete; empty text if both are."""
    sides = (("a", comparison.a), ("b", comparison.b))
    lacking = [name for name, solution in sides if not solution.complete]
    if not lacking:
        return ""
    where = "on both sides" if len(lacking) == 2 else f"on side {lacking[0]}"
    return f"not complete {where}: outcomes may be missing or undecided"


def comparison_document(comparison: Comparison, a: Setting, b: Setting) -> dict[str, Any]:
    """Return a comparison as JSON values."""
    return {
        "schema": "negotiation/compare/1",
        "model": comparison.a.game,
        "concept": comparison.a.concept,
        "selection": comparison.a.selection,
        "sentence": comparison_sentence(comparison),
        "complete": comparison.complete,
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
        "pairs": [
            {
                "a": pair.a,
                "b": pair.b,
                "changes": [
                    {
                        "moves": dict(change.moves),
                        "a": str(change.before),
                        "b": str(change.after),
                    }
                    for change in pair.changes
                ],
                "unchanged": pair.unchanged,
            }
            for pair in comparison.pairs
        ],
    }


def _side_document(setting: Setting, solution: Solution) -> dict[str, Any]:
    return {
        "settings": {name: str(value) for name, value in setting.values.items()},
        "scenario": setting.scenario,
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
