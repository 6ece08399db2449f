"""Timing side by side: every contender gets every problem, in turns of a few problems.

What is measured is processor time: no contender waits for anything, and on a shared machine the
time on the wall is also that of others. The speed still drifts within minutes, so a ratio means
something only if both times were taken close to each other. So a few problems are given to one
contender after another, then the next few, and the order of the contenders turns. A turn begins
with a problem of the warm-up, not timed: what others left in the processor's caches is no part of
the work. Each problem is built anew for each contender, so nobody profits from what another left
behind. What exists before the first problem is put out of the collector's sight: without that,
every allocation would pay for the size of the libraries that the peers bring.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

__all__ = ["Contender", "Measured", "side_by_side"]

TURN = 6


@dataclass(frozen=True)
class Contender:
    """A way to solve a problem.

    Attributes
    ----------
    name : str
    package : str
        What it needs to be installed.
    build : callable
        Takes a problem as plain lists, returns what `solve` takes.
    solve : callable
        Returns the answer in the contender's own form.
    read : callable
        Turns the answer into a form that can be compared; not timed.
    largest : int
        Largest size it is tried on.
    exact : bool
        Whether its answer is in rationals.
    """

    name: str
    package: str
    build: Callable[[Any], Any]
    solve: Callable[[Any], Any]
    read: Callable[[Any], Any]
    largest: int
    exact: bool


@dataclass
class Measured:
    """Times of one contender, and its answers by the number of the problem.

    Attributes
    ----------
    building, solving : list of float
        Seconds for each problem.
    answers : dict
        Number of the problem to the answer, as `read` gives it; None where it raised an error.
    """

    building: list[float] = field(default_factory=list)
    solving: list[float] = field(default_factory=list)
    answers: dict[int, Any] = field(default_factory=dict)

    @property
    def spent(self) -> float:
        """Seconds in all."""
        return sum(self.building) + sum(self.solving)

    def medians(self) -> tuple[float, float]:
        """Return the medians, in seconds, without and with building."""
        both = [b + s for b, s in zip(self.building, self.solving, strict=True)]
        return median(self.solving), median(both)


def side_by_side(
    contenders: Sequence[Contender],
    problems: Sequence[Any],
    *,
    warm_up: Sequence[Any] = (),
    seconds: float = 45,
) -> dict[str, Measured]:
    """Time every contender on every problem.

    Parameters
    ----------
    contenders : sequence of Contender
    problems : sequence
        In the form that `Contender.build` takes.
    warm_up : sequence
        Other problems, not timed: they are solved first, for as long as a tenth of `seconds`, and
        one of them before each turn.
    seconds : float
        A contender that has spent so long, all problems together, gets no more of them.
    """
    for contender in contenders:
        started = time.perf_counter()
        for problem in warm_up:
            if time.perf_counter() - started > seconds / 10:
                break
            _attempt(contender, contender.build(problem))
    measured = {contender.name: Measured() for contender in contenders}
    gc.collect()
    gc.freeze()
    try:
        for start in range(0, len(problems), TURN):
            first = start // TURN % len(contenders)
            for contender in (*contenders[first:], *contenders[:first]):
                _turn(contender, problems, start, warm_up, seconds, measured[contender.name])
    finally:
        gc.unfreeze()
    return measured


def _turn(
    contender: Contender,
    problems: Sequence[Any],
    start: int,
    warm_up: Sequence[Any],
    seconds: float,
    into: Measured,
) -> None:
    """Give a contender the next few problems."""
    if warm_up and into.spent < seconds:
        _attempt(contender, contender.build(warm_up[start % len(warm_up)]))
    for number in range(start, min(start + TURN, len(problems))):
        if into.spent < seconds:
            _time(contender, problems[number], number, into)


def _time(contender: Contender, problem: Any, number: int, into: Measured) -> None:
    """Build and solve one problem."""
    started = time.process_time()
    built = contender.build(problem)
    ready = time.process_time()
    answer = _attempt(contender, built)
    ended = time.process_time()
    into.building.append(ready - started)
    into.solving.append(ended - ready)
    into.answers[number] = None if answer is None else contender.read(answer)


def _attempt(contender: Contender, built: Any) -> Any:
    """Return the answer; None where a peer fails, which is a result too."""
    try:
        return contender.solve(built)
    except Exception:
        if contender.package == "negotiation":
            raise
        return None
