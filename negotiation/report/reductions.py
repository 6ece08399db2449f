"""Reductions: rounds of elimination in sentences, and as JSON (``negotiation/reduction/1``)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from negotiation.errors import MethodError
from negotiation.game import Game, count_text
from negotiation.report.sentences import number_in_words
from negotiation.solution import parameter_text
from negotiation.solvers.dominance import Elimination, Reduction

__all__ = ["reduction_document", "reduction_lines"]

MAX_DIGITS = 4_000
MAX_SHOWN = 20
MAX_PAGE = 40
MAX_WIDTH = 120


def reduction_document(game: Game, reduction: Reduction) -> dict[str, Any]:
    """Return a reduction of a game's strategic form as JSON values."""
    form = reduction.form
    left = reduction.reduced()
    return {
        "schema": "negotiation/reduction/1",
        "game": game.name,
        "fingerprint": game.fingerprint,
        "parameters": {name: parameter_text(value) for name, value in game.parameters.items()},
        "fixed": dict(game.fixed),
        "players": list(form.players),
        "by": reduction.by,
        "pure": reduction.pure,
        "order": reduction.order_in_words,
        "order_matters": reduction.order_matters,
        "meaning": reduction.meaning,
        "information_sets": dict(zip(form.players, map(list, form.sets), strict=True)),
        "strategies": dict(zip(form.players, map(list, form.strategies), strict=True)),
        "rounds": [[_claim(reduction, claim) for claim in claims] for claims in reduction.rounds],
        "left": dict(zip(left.players, map(list, left.strategies), strict=True)),
        "beliefs": _beliefs(reduction),
        "payoffs": [list(map(str, payoffs)) for payoffs in left.payoffs],
    }


def _claim(reduction: Reduction, claim: Elimination) -> dict[str, Any]:
    labels = reduction.form.strategies[claim.player]
    return {
        "player": reduction.form.players[claim.player],
        "strategy": labels[claim.action],
        "dominated_by": {labels[k]: _text(weight) for k, weight in claim.mixture},
        "least": _text(claim.least),
        "most": _text(claim.most),
    }


def _text(value: Fraction) -> str:
    """Return a number that solving has made; Python reads no integer of more than 4300 digits."""
    if max(abs(value.numerator), value.denominator) >= 10**MAX_DIGITS:
        raise MethodError(
            f"a probability or a payoff difference has more than {MAX_DIGITS:,} digits",
            place="reduce",
            remedy="give payoffs with fewer digits, or use --pure",
        )
    return str(value)


def _beliefs(reduction: Reduction) -> dict[str, list[dict[str, Any]]]:
    """Return for each player and strategy left the belief that justifies it."""
    form = reduction.form
    found = {}
    for player, believed in enumerate(reduction.beliefs):
        others = [k for k in range(len(form.players)) if k != player]
        found[form.players[player]] = [
            {
                "strategy": form.strategies[player][own],
                "belief": [
                    {
                        "strategies": {
                            form.players[k]: form.strategies[k][action]
                            for k, action in zip(others, profile, strict=True)
                        },
                        "probability": _text(weight),
                    }
                    for profile, weight in belief
                ],
            }
            for own, belief in zip(reduction.kept[player], believed, strict=True)
        ]
    return found


def reduction_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a reduction document for a person."""
    for player, sets in document["information_sets"].items():
        if len(sets) > 1:
            yield f"{player}'s strategies list the actions at: {' / '.join(sets)}"
    means = "a pure strategy" if document["pure"] else "a pure or mixed strategy"
    relation = "strictly" if document["by"] == "strict" else "weakly"
    for number, claims in enumerate(document["rounds"], start=1):
        yield f"Round {number}"
        for claim in claims[:MAX_SHOWN]:
            yield f"  {_claim_sentence(claim)}"
        if len(claims) > MAX_SHOWN:
            yield f"  ... and {len(claims) - MAX_SHOWN} more"
    if not document["rounds"]:
        yield f"Nobody has a strategy that is {relation} dominated by {means}."
    before, after = (
        count_text(math.prod(map(len, document[key].values()))) for key in ("strategies", "left")
    )
    yield f"{after} of {before} profiles are left: {document['meaning']}."
    for player, labels in document["left"].items():
        yield f"  {player}: {_listed(labels)}"
    for player, entries in document["beliefs"].items():
        for entry in entries[:MAX_SHOWN]:
            yield f"  {_belief_sentence(player, entry)}"
        if len(entries) > MAX_SHOWN:
            yield f"  ... and {len(entries) - MAX_SHOWN} more of {player}"
    yield from _payoff_lines(document)
    yield f"exact; every dominance{' and belief' if document['beliefs'] else ''} checked"
    if document["order_matters"]:
        yield "note: removing weakly dominated strategies in another order may leave others"
    if document["fixed"]:
        fixed = ", ".join(f"{move} = {action}" for move, action in document["fixed"].items())
        yield f"fixed, so no decision: {fixed}"


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:MAX_SHOWN])
    return f"{shown}, ... and {len(labels) - MAX_SHOWN} more" if len(labels) > MAX_SHOWN else shown


def _claim_sentence(claim: Mapping[str, Any]) -> str:
    by = " + ".join(
        label if weight == "1" else f"{weight} {label}"
        for label, weight in claim["dominated_by"].items()
    )
    least, most = Fraction(claim["least"]), Fraction(claim["most"])
    if least > 0:
        how = f"strictly dominated by {by}, which gives at least {number_in_words(least)} more"
    else:
        how = (
            f"weakly dominated by {by}, which never gives less and up to "
            f"{number_in_words(most)} more"
        )
    return f"{claim['player']} loses {claim['strategy']}: {how}"


def _belief_sentence(player: str, entry: Mapping[str, Any]) -> str:
    believed = " + ".join(
        f"{event['probability']} " * (event["probability"] != "1")
        + (" and ".join(event["strategies"].values()) or "nothing")
        for event in entry["belief"]
    )
    return f"{player}'s {entry['strategy']} is a best reply to the belief {believed}"


def _payoff_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the payoffs of what is left: a table for two players, else profile by profile."""
    players, left = document["players"], list(document["left"].values())
    payoffs = [", ".join(cell) for cell in document["payoffs"]]
    rows: list[list[str]]
    if len(players) == 2:
        width = len(left[1])
        cells = [payoffs[start : start + width] for start in range(0, len(payoffs), width)]
        rows = [["", *left[1]]]
        rows += [[label, *line] for label, line in zip(left[0], cells, strict=True)]
    else:
        rows = [
            [", ".join(profile), cell]
            for profile, cell in zip(itertools.product(*left), payoffs, strict=True)
        ]
    if len(rows) > MAX_PAGE:
        yield "payoffs: too many for a page; --json lists them"
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * len(widths) > MAX_WIDTH:
        yield "payoffs: too wide for a page; --json lists them"
        return
    yield f"payoffs ({', '.join(players)})"
    for row in rows:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(padded)}".rstrip()
