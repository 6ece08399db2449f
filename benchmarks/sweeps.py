"""Sweeps from model files, each in a process of its own, imports and all.

Nobody else sweeps such models, so each sweep stands beside the time that was asked of it, and its
rate beside that of :func:`negotiation.solve_batch` on random games of the shape of the model's
largest stage. A sweep is *wrong* if at one of some points drawn at random the exact solver has
another answer, array for array. Run by ``python -m benchmarks sweeps``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.keeping import RESULTS, keep, say
from benchmarks.peers import machine, versions
from benchmarks.tables import page_head, target_lines

__all__ = ["NAME", "TITLE", "main", "markdown", "measure"]

NAME = "sweeps"
TITLE = "Sweeps from model files"
SEED = 20261121
FLAGSHIP = "divide-and-exempt"
MEMBERS = "divide-and-exempt-members"
GAMES = 1_000_000
RATE_SHARE = 1 / 3
RUN = "import sys; from benchmarks.sweeps import run_sweep; run_sweep(sys.argv[1])"
CHOSEN = (
    "payoffs",
    "counts",
    "regimes",
    "complete",
    "outcomes",
)


@dataclass(frozen=True)
class Sweep:
    """One sweep.

    Attributes
    ----------
    model : str
    over : dict
        Axis to its range.
    seconds : float
        What was asked of it.
    first : bool
        Whether nothing was compiled before.
    rate : bool
        Whether its rate is compared; it is solved in blocks of a million points then.
    concept, select : str or None
    """

    model: str
    over: dict[str, str]
    seconds: float | None
    first: bool = False
    rate: bool = False
    concept: str | None = None
    select: str | None = None

    @property
    def what(self) -> str:
        """The sweep in words."""
        axes = " x ".join(f"{name} {points.split(':')[-1]}" for name, points in self.over.items())
        parts = [self.model, axes, self.concept or "", self.select or ""]
        parts.append("first run after installation" if self.first else "")
        return ", ".join(part for part in parts if part)


SWEEPS = (
    Sweep(FLAGSHIP, {"approval": "0:1:1000", "loss": "0:2:1000"}, 4),
    Sweep(FLAGSHIP, {"approval": "0:1:1000", "loss": "0:2:1000"}, 20, first=True),
    Sweep(FLAGSHIP, {"benefit": "0:2:1000", "cost": "0:1:1000"}, 4),
    Sweep(FLAGSHIP, {"dependence[EU]": "0.1:2:1000", "kappa": "-0.5:1.5:1000"}, 4),
    Sweep(
        FLAGSHIP,
        {"loss": "0:2:1000", "approval": "0:1:1000"},
        4,
        select="coalition-proof,preferred:China",
    ),
    Sweep(MEMBERS, {"approval": "0:1:300", "loss": "0:2:300"}, 10, concept="pure-subgame-perfect"),
    Sweep(MEMBERS, {"loss": "0:2:300", "cost": "0:1:300"}, 10, concept="pure-subgame-perfect"),
    Sweep(FLAGSHIP, {"approval": "0:1:4000", "loss": "0:2:5000"}, None, rate=True),
)


def run_sweep(text: str) -> None:
    """Solve a sweep in this process and print what it took, as JSON."""
    from negotiation import load
    from negotiation.analysis.sweeps import plan_sweep
    from negotiation.analysis.sweeps.cells import CellSolver

    given = json.loads(text)
    sweep, points = Sweep(**given["sweep"]), given["points"]
    plan = plan_sweep(load(sweep.model), sweep.over, concept=sweep.concept, select=sweep.select)
    solver = CellSolver(plan)
    started, used = time.perf_counter(), time.process_time()
    size = 1_000_000
    for start in range(0, plan.size, size):
        block = solver.solve(start, min(start + size, plan.size))
    clock, used = time.perf_counter() - started, time.process_time() - used
    whole = time.process_time()
    found = {
        "points": plan.size,
        "cells": solver.cells,
        "one_by_one": solver.exact_points,
        "solving_seconds": clock,
        "solving_cpu_seconds": used,
        "cpu_seconds": whole,
        "equilibria": int(block.counts.sum()),
        "wrong": _wrong(plan, solver, points),
        "ended": time.time(),
    }
    print(json.dumps(found))


def _wrong(plan: Any, solver: Any, points: int) -> int:
    """Return at how many of some random points the exact solver has another answer."""
    import numpy as np

    from negotiation.analysis.sweeps import solve_points
    from negotiation.analysis.sweeps.blocks import block_of_points

    wrong = 0
    for number in np.random.default_rng(SEED).integers(plan.size, size=points).tolist():
        exact = block_of_points(plan, number, list(solve_points(plan, number, number + 1)))
        block = solver.solve(number, number + 1)
        same = all(np.array_equal(getattr(block, a), getattr(exact, a)) for a in CHOSEN)
        wrong += not same
    return wrong


def _measured(sweep: Sweep, points: int) -> dict[str, Any]:
    """Run a sweep in a process of its own and return its row."""
    text = json.dumps({"sweep": asdict(sweep), "points": 0})
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ)
        if sweep.first:
            environment["NUMBA_CACHE_DIR"] = folder
        started = time.perf_counter()
        found = _run(text, environment)
        seconds = time.perf_counter() - started
    checked = _run(json.dumps({"sweep": asdict(sweep), "points": points}), dict(os.environ))
    row = {"sweep": sweep.what, "seconds": seconds, **found, "wrong": checked["wrong"]}
    row["checked"] = points
    del row["ended"]
    return {k: _rounded(v) if isinstance(v, float) else v for k, v in row.items()}


def _run(text: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what a process prints about a sweep."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, text],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


def _batch_rate() -> float:
    """Return the 2x2 games that solve_batch solves in a second of processor time."""
    import numpy as np

    from negotiation import solve_batch

    games = np.random.default_rng(SEED).standard_normal((GAMES, 2, 2, 2))
    solve_batch(games[:20_000])
    times = []
    for _ in range(5):
        started = time.process_time()
        solve_batch(games)
        times.append(time.process_time() - started)
    return GAMES / sorted(times)[2]


def measure(
    *,
    sweeps: Sequence[Sweep] = SWEEPS,
    points: int = 40,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Run all sweeps, and return the results as JSON values.

    Parameters
    ----------
    sweeps : sequence of Sweep
    points : int
        How many points of each are compared with the exact solver.
    say : callable
        Told of progress.
    """
    rows, targets = [], []
    for sweep in sweeps:
        say(sweep.what)
        row = _measured(sweep, points)
        rows.append(row)
        if sweep.seconds is not None:
            # Alone on the machine the clock would show at most the processor time, which counts
            # both threads; what others do there makes it show more.
            reached = min(row["seconds"], row["cpu_seconds"])
            what = f"seconds at most, {sweep.what}"
            met = reached <= sweep.seconds
            targets.append({"what": what, "needed": sweep.seconds, "reached": reached, "met": met})
        if sweep.rate:
            batch = _batch_rate()
            share = _rounded(row["points"] / row["solving_cpu_seconds"] / batch)
            row["games_a_second"] = _rounded(batch)
            what = f"of the rate of solve_batch on 2x2 games, {sweep.what}"
            met = share >= RATE_SHARE
            targets.append({"what": what, "needed": "1/3", "reached": share, "met": met})
    wrong = sum(row["wrong"] for row in rows)
    targets.append({"what": "wrong", "needed": 0, "reached": wrong, "met": wrong == 0})
    return {
        "machine": machine(),
        "versions": versions(["numba", "numpy"]),
        "missing": [],
        "settings": {"games": GAMES, "seed": SEED, "seconds": None, "points": points},
        "wrong": wrong,
        "rows": rows,
        "targets": targets,
    }


def markdown(results: Mapping[str, Any]) -> str:
    """Return the page that is made of the results."""
    lines = page_head(
        results,
        "Whole processes, Python's start and all imports included. The clock on the wall also "
        "counts what others do on the machine; processor time counts both threads. The targets "
        "are compared with the smaller of the two.",
        "The rate is points a second of processor time, of a sweep long enough that finding its "
        "cells is a small part, beside that of solve_batch on "
        f"{results['settings']['games']:,} random games.",
    )
    lines += [
        "",
        f"At {results['settings']['points']} random points of each sweep the answers are compared "
        "with the exact solver's, bit for bit.",
        "",
        "| sweep | points | cells | one by one | seconds | of the processor | points a second | "
        "wrong |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in results["rows"]:
        rate = row["points"] / row["solving_cpu_seconds"]
        cells = [row["sweep"], f"{row['points']:,}", row["cells"], row["one_by_one"]]
        cells += [row["seconds"], row["cpu_seconds"], f"{_rounded(rate):,.0f}", row["wrong"]]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, *target_lines(results), ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, keep the results as data and as a page, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps")
    parser.add_argument("--points", type=int, default=40, help="points compared, of each sweep")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given = parser.parse_args(arguments)
    return keep(NAME, TITLE, measure(points=given.points, say=say), markdown, given.out)
