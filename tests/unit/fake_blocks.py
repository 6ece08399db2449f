"""Blocks that cost nothing, for tests of what is done with blocks; also read by other processes."""

from __future__ import annotations

import functools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from negotiation import Model, load
from negotiation.analysis.sweeps.blocks import Block, block_of_points
from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.analysis.sweeps.points import solve_points
from negotiation.errors import UsageError


def fake_block(plan: SweepPlan, start: int, stop: int, progress: Any = None) -> Block:
    """Up to six equilibria a point, none at some, each number a function of its place alone."""
    n, number = stop - start, np.arange(start, stop)
    counts = (number * number % 11 % 7 * (number % 5 > 0)).astype(np.int64)
    point = np.repeat(number, counts)
    rank = np.arange(len(point)) - np.repeat(np.cumsum(counts) - counts, counts)
    payoffs = np.sin(point[:, None] + 10.0 * rank[:, None] + np.arange(len(plan.players)))
    masks = np.where(counts > 0, 1 + number * 7 % (2 ** len(plan.labels) - 1), 0)
    compared = plan.baseline is not None
    if progress is not None:
        progress(n)
    return Block(
        start,
        stop,
        counts > 0,
        number % 13 != 3,
        counts,
        masks.astype(np.int64),
        payoffs,
        np.where(point[:, None] % 3 == 0, np.nan, payoffs / 2) if compared else None,
        np.cos(np.arange(2)[:, None, None] + number[:, None] + np.arange(len(plan.players)))
        if compared
        else None,
    )


def fake(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    return functools.partial(fake_block, plan)


def slow_fake(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    """A block takes some hundredths of a second, more or less by its place."""

    def solve(start: int, stop: int, progress: Any = None) -> Block:
        time.sleep(0.01 + start * 7919 % 5 / 100)
        return fake_block(plan, start, stop, progress)

    return solve


def cheap_fake(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    """As few operations as may be, for millions of points."""

    def solve(start: int, stop: int, progress: Any = None) -> Block:
        n = stop - start
        counts = np.ones(n, dtype=np.int64)
        payoffs = np.repeat(np.linspace(start, stop, n)[:, None], len(plan.players), axis=1)
        if progress is not None:
            progress(n)
        return Block(start, stop, counts > 0, counts > 0, counts, counts, payoffs)

    return solve


def pointwise(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    """The exact solver, point by point."""

    def solve(start: int, stop: int, progress: Any = None) -> Block:
        block = block_of_points(plan, start, list(solve_points(plan, start, stop)))
        if progress is not None:
            progress(stop - start)
        return block

    return solve


def dying_once(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    """The worker that first comes to the middle of the plan is killed; once only."""

    def solve(start: int, stop: int, progress: Any = None) -> Block:
        time.sleep(0.02)
        if start <= plan.size // 2 < stop:
            try:
                Path(os.environ["FAKE_DEATH"]).touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return fake_block(plan, start, stop, progress)

    return solve


def dying(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    """No worker survives."""

    def solve(start: int, stop: int, progress: Any = None) -> Block:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    return solve


def failing(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    """The middle of the plan is refused."""

    def solve(start: int, stop: int, progress: Any = None) -> Block:
        if start <= plan.size // 2 < stop:
            raise UsageError("outside its domain", place="--over", remedy="stay inside")
        return fake_block(plan, start, stop, progress)

    return solve


def telling(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
    """Announces something before each block."""

    def solve(start: int, stop: int, progress: Any = None) -> Block:
        announce(f"{stop - start} points one by one")
        return fake_block(plan, start, stop, progress)

    return solve


class Preparations:
    """Counts how often plans are prepared."""

    count = 0

    @staticmethod
    def prepare(plan: SweepPlan, announce: Any, threads: Any = None) -> Callable[..., Block]:
        Preparations.count += 1
        return fake(plan, announce)


MINE = """
name = "mine"
form = "extensive"
players = ["seller", "buyers"]
calibration = "calibration.toml"
[sets]
buyers = ["east", "west"]
[parameters]
worth = { over = "i in buyers", use = { east = "worth_east", west = "worth_west" } }
price = { use = "price" }
tax = { value = "price / 4" }
[[moves]]
name = "offer"
player = "seller"
actions = ["sell", "keep"]
[[moves]]
name = "takes"
over = "i in buyers"
actions = ["yes", "no"]
observes = ["offer"]
when = "offer == 'sell'"
otherwise = "no"
[payoffs]
seller = "sum(price - tax for i in buyers if takes[i] == 'yes')"
"i in buyers" = "worth[i] - price if takes[i] == 'yes' else 0"
"""
CALIBRATION = """
[quantities.worth_east]
value = 2
[quantities.worth_west]
value = 1.5
[quantities.price]
value = 1
[scenarios.crisis]
price = 3
"worth[east]" = 4
[scenarios.boom]
worth = 5
tax = 2
"""


def calibrated_model(folder: Path) -> Model:
    """A model whose values stand in another file, with scenarios."""
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(MINE)
    (folder / "calibration.toml").write_text(CALIBRATION)
    return load(folder / "mine.toml")
