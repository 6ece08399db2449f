"""Whole questions that no peer takes: regimes of the models, beliefs in signalling games.

There is nobody to compare with, so each question stands beside the time that was asked of it. A
question is *wrong* if its answer is not complete. Run by ``python -m benchmarks questions``.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.keeping import RESULTS, keep, say
from benchmarks.peers import machine, versions
from benchmarks.sequence_form import beer_quiche
from benchmarks.tables import page_head, target_lines
from negotiation import load, regimes, solve
from negotiation.errors import MethodError, UsageError
from negotiation.formats.gambit_efg import read_efg
from negotiation.model.catalogue import catalogue

__all__ = ["NAME", "TITLE", "main", "markdown", "measure"]

NAME = "questions"
TITLE = "Whole questions"
SEED = 20261121
FLAGSHIP = "divide-and-exempt"
MEMBERS = "divide-and-exempt-members"
PURE = "pure-subgame-perfect"
Question = Callable[[], bool]
"""Asks, and says whether the answer is complete."""


def free_cells(name: str, concept: str | None = None) -> list[str]:
    """Return the parameters of a model that may be an axis over their whole domain."""
    return [cell for cell in load(name).at().parameters if _is_axis(name, cell, concept)]


def _is_axis(name: str, cell: str, concept: str | None) -> bool:
    try:
        regimes(load(name), {cell: None}, concept=concept, check=False)
    except (UsageError, MethodError):  # It decides the shape of the tree, or has no polynomial.
        return False
    return True


def sender_receiver(source: random.Random, size: int) -> str:
    """Return a random game of so many types, messages and replies as an ``.efg`` text."""
    shares = " ".join(f'"t{k}" 1/{size}' for k in range(size))
    lines = [f'EFG 2 R "signals" {{ "Sender" "Receiver" }}\nc "" 1 "type" {{ {shares} }} 0']
    labels = " ".join(f'"{k}"' for k in range(size))
    number = 0
    for kind in range(1, size + 1):
        lines.append(f'p "" 1 {kind} "{kind}" {{ {labels} }} 0')
        for message in range(1, size + 1):
            lines.append(f'p "" 2 {message} "{message}" {{ {labels} }} 0')
            for _ in range(size):
                number += 1
                payoffs = f"{source.randint(0, 999)} {source.randint(0, 999)}"
                lines.append(f't "" {number} "" {{ {payoffs} }}')
    return "\n".join(lines)


def questions(games: int) -> Iterator[tuple[str, dict[str, float], list[Question]]]:
    """Yield what is asked, the seconds asked for by statistic, and the questions."""
    source = random.Random(SEED)

    def over(name: str, cells: Sequence[str] | None, concept: str | None = None) -> Question:
        ranges = None if cells is None else dict.fromkeys(cells)
        return lambda: regimes(load(name), ranges, concept=concept).complete

    def beliefs(text: str) -> Question:
        return lambda: solve(read_efg(text), "perfect-bayesian").complete

    yield "flagship, whole domain, pure", {"largest": 10}, [over(FLAGSHIP, None, PURE)]
    cells = free_cells(MEMBERS, PURE)
    planes = [over(MEMBERS, source.sample(cells, 2), PURE) for _ in range(games)]
    yield "members model, random planes, pure", {"median": 15, "largest": 60}, planes
    for name in catalogue():
        if cells := free_cells(name):  # None has a symbolic form under some concepts.
            yield f"{name}, every axis", {"largest": 5}, [over(name, [c]) for c in cells]
    yield "beer or quiche, perfect Bayesian", {"largest": 0.1}, [beliefs(beer_quiche())]
    random_games = [beliefs(sender_receiver(source, 3)) for _ in range(games)]
    yield "sender and receiver, 3x3x3, random", {"median": 2}, random_games


def measure(*, games: int = 12, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Ask all questions, and return the results as JSON values.

    Parameters
    ----------
    games : int
        How many random planes and games are asked about.
    say : callable
        Told of progress.
    """
    rows, targets = [], []
    for what, limits, asked in questions(games):
        say(what)
        seconds, wrong = _ask(asked)
        times = {"median": statistics.median(seconds), "largest": max(seconds)}
        reached = {statistic: float(f"{value:.3g}") for statistic, value in times.items()}
        rows.append({"question": what, "asked": len(asked), "wrong": wrong, **reached})
        targets += [
            {
                "what": f"seconds at most, {what}, {statistic} of {len(asked)}",
                "needed": needed,
                "reached": reached[statistic],
                "met": reached[statistic] <= needed,
            }
            for statistic, needed in limits.items()
        ]
    return {
        "machine": machine(),
        "versions": versions([]),
        "missing": [],
        "settings": {"games": games, "seed": SEED, "seconds": None},
        "wrong": sum(row["wrong"] for row in rows),
        "rows": rows,
        "targets": targets,
    }


def _ask(asked: Sequence[Question]) -> tuple[list[float], int]:
    """Return the processor time of each question, and how many answers are not complete."""
    seconds, wrong = [], 0
    for question in asked:
        started = time.process_time()
        wrong += not question()
        seconds.append(time.process_time() - started)
    return seconds, wrong


def markdown(results: Mapping[str, Any]) -> str:
    """Return the page that is made of the results."""
    lines = page_head(results, "Processor time of whole answers, the model read each time.")
    return "\n".join([*lines, *target_lines(results), ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, keep the results as data and as a page, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions")
    parser.add_argument("--games", type=int, default=12, help="random planes and games")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given = parser.parse_args(arguments)
    return keep(NAME, TITLE, measure(games=given.games, say=say), markdown, given.out)
