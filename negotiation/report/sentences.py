"""Sentences: a Solution in words, for people.

First what happens ("China exempts the US only; the US stays, the EU stays"), then payoffs, then who
is indifferent and which deviation is closest to binding. A model may give a phrase for each action;
otherwise the move and the action are named.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from negotiation.game import count_text
from negotiation.model.document import decimal_text
from negotiation.solution import Belief, Equilibrium, Outcome, Solution, Strategy

__all__ = ["number_in_words", "outcome_sentence", "solution_lines"]


def number_in_words(value: Fraction) -> str:
    """Return a number as a short decimal where it is finite, else as fraction and decimal."""
    decimal = decimal_text(value)
    if decimal is not None and len(decimal) <= 10:
        return decimal
    shown = str(value)
    try:
        rounded = f"{float(value):.6g}"
    except OverflowError:
        rounded = f"{Decimal(value.numerator) / Decimal(value.denominator):.6g}"
    return f"{shown} (about {rounded})" if len(shown) <= 24 else f"about {rounded}"


def _phrase(move: str, action: str, phrases: Mapping[tuple[str, str], str]) -> str:
    return phrases.get((move, action)) or f"{move} = {action}"


def outcome_sentence(outcome: Outcome, phrases: Mapping[tuple[str, str], str]) -> str:
    """Return one path of play in words: families apart by semicolons, members by commas."""
    groups = itertools.groupby(outcome.moves.items(), key=lambda item: item[0].split("[")[0])
    return "; ".join(
        ", ".join(_phrase(move, action, phrases) for move, action in members)
        for _, members in groups
    )


def _equilibrium_lines(equilibrium: Equilibrium, solution: Solution) -> Iterator[str]:
    sentences = [
        (outcome.probability, outcome_sentence(outcome, solution.phrases))
        for outcome in equilibrium.outcomes
    ]
    if len(sentences) == 1:
        yield sentences[0][1]
    else:
        yield f"a lottery over {len(sentences)} paths"
        for probability, sentence in sorted(sentences, key=lambda item: -item[0])[:8]:
            yield f"    {probability}: {sentence}"
        if len(sentences) > 8:
            yield f"    ... and {len(sentences) - 8} more"
    if equilibrium.regime:
        yield f"  regime: {equilibrium.regime}"
    payoffs = ", ".join(
        f"{player} {number_in_words(value)}" for player, value in equilibrium.payoffs.items()
    )
    yield f"  payoffs: {payoffs}"
    yield from _margin_lines(equilibrium, solution)
    yield from _belief_lines(equilibrium)
    if equilibrium.profiles is not None and equilibrium.profiles > 1:
        yield f"  profiles with this outcome: {count_text(equilibrium.profiles)}"


def _belief_lines(equilibrium: Equilibrium) -> Iterator[str]:
    """Say what movers believe who cannot tell several histories apart."""
    for belief in equilibrium.beliefs:
        if len(belief.histories) < 2:
            continue
        known = ", ".join(f"{move} = {action}" for move, action in belief.information.items())
        held = ", ".join(
            f"{_history(hidden)} {number_in_words(probability)}"
            for hidden, probability in belief.histories
        )
        yield f"  belief at {belief.move}{f' (knowing {known})' if known else ''}: {held}"
        yield from _off_path_lines(belief)


def _history(hidden: Mapping[str, str]) -> str:
    return ", ".join(f"{move} = {action}" for move, action in hidden.items()) or "no move hidden"


def _off_path_lines(belief: Belief) -> Iterator[str]:
    """Say which strategies and beliefs at a set off the path support the outcome."""
    for part in belief.off_path:
        played = _hull(
            [
                " + ".join(action if p == 1 else f"{p} {action}" for action, p in vertex.items())
                for vertex in part.responses
            ]
        )
        believed = _hull([f"({', '.join(map(str, vertex))})" for vertex in part.beliefs])
        yield f"    off the path: {played} if the belief is {believed}"


def _hull(vertices: Sequence[str]) -> str:
    if len(vertices) == 1:
        return vertices[0]
    return f"{', '.join(vertices[:-1])}, {vertices[-1]} or a mixture of them"


def _condition_lines(solution: Solution) -> Iterator[str]:
    """Say which continua are given by conditions."""
    for one in solution.conditions:
        where = "several outcomes"
        if one.equilibrium is not None:
            where = f"equilibrium {one.equilibrium + 1}"
        elif one.component is not None:
            ends = solution.components[one.component].equilibria
            where = f"within the span of {', '.join(str(k + 1) for k in ends)}"
        played = "; ".join(
            f"{strategy.move}{_known(strategy)}: {' or '.join(strategy.probabilities)}"
            for strategy in one.strategies
        )
        conditions = ", ".join(one.conditions) or "any probabilities"
        yield f"continuum, {where}: {played}; {conditions}"


def _known(strategy: Strategy) -> str:
    known = ", ".join(f"{move} = {action}" for move, action in strategy.information.items())
    return f" (knowing {known})" if known else ""


def _margin_lines(equilibrium: Equilibrium, solution: Solution) -> Iterator[str]:
    """Say who is indifferent on the path, and which deviation is closest to binding."""
    tied = [margin for margin in equilibrium.margins if margin.loss == 0]
    strict = [margin for margin in equilibrium.margins if margin.loss > 0]
    if tied:
        named = [f"{m.player} ({_phrase(m.move, m.action, solution.phrases)})" for m in tied[:4]]
        more = f" and {len(tied) - 4} more" if len(tied) > 4 else ""
        yield f"  indifferent: {', '.join(named)}{more}"
    elif equilibrium.margins:
        yield "  indifferent: nobody on the path"
    if strict:
        nearest = strict[0]
        yield (
            f"  closest to binding: {nearest.player} would lose {number_in_words(nearest.loss)} "
            f"if {_phrase(nearest.move, nearest.action, solution.phrases)}"
        )


def _component_lines(solution: Solution) -> Iterator[str]:
    """Say which equilibria span continua."""
    several = len({component.connected for component in solution.components}) > 1
    for component in solution.components:
        numbers = ", ".join(str(k + 1) for k in component.equilibria)
        what = "every mixture of them" if component.hull else "each player mixing on his own"
        part = f"; connected set {component.connected + 1}" if several else ""
        index = "" if component.index is None else f"; index {component.index}"
        yield f"continuum spanned by {numbers}: {what}{part}{index}"


def solution_lines(solution: Solution) -> Iterator[str]:
    """Yield the lines of a Solution, the sentence first."""
    equilibria = solution.equilibria
    if not equilibria:
        yield "No equilibrium" + ("." if solution.complete else " found.")
    elif len(equilibria) > 1:
        named = [regime for regime in solution.regimes if regime]
        found = (
            f", in the regime{'s' if len(named) > 1 else ''} {' | '.join(named)}" if named else ""
        )
        yield f"{len(equilibria)} equilibrium outcomes{found}:"
    for number, equilibrium in enumerate(equilibria, start=1):
        lead = f"{number}. " if len(equilibria) > 1 else ""
        lines = list(_equilibrium_lines(equilibrium, solution))
        yield lead + lines[0]
        yield from lines[1:]
    yield from _component_lines(solution)
    yield from _condition_lines(solution)
    yield f"concept {solution.concept}, selection {solution.selection}, {solution.method}"
    guarantee = "complete: no outcome is missing" if solution.complete else "not complete"
    counted, certified = "", ""
    if equilibria:
        certified = "; every entry certified (largest gain from deviating 0)"
        if solution.profiles is not None:
            plural = "" if solution.profiles == 1 else "s"
            counted = f"; {count_text(solution.profiles)} profile{plural}"
    yield f"exact; {guarantee}{counted}{certified}"
    if solution.fixed:
        fixed = ", ".join(f"{move} = {action}" for move, action in solution.fixed.items())
        yield f"fixed, so no decision: {fixed}"
    if solution.message:
        yield f"note: {solution.message}"
