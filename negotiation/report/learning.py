"""Paths of learning as text, JSON (schema ``negotiation/learning/1``) and CSV."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from negotiation.errors import UsageError
from negotiation.formats.datasets import whole_file
from negotiation.solution import parameter_text
from negotiation.solvers.learning import LearningPath

__all__ = ["check_path_file", "learning_document", "learning_lines", "write_path"]

MAX_SHOWN = 8


def learning_document(path: LearningPath) -> dict[str, Any]:
    """Return a path as JSON values: where it ends and what it was on average."""
    return {
        "schema": "negotiation/learning/1",
        "game": path.game,
        "fingerprint": path.fingerprint,
        "parameters": {name: parameter_text(value) for name, value in path.parameters.items()},
        "fixed": dict(path.fixed),
        "players": list(path.players),
        "dynamics": path.dynamics,
        "approximate": path.approximate,
        "rounds": path.rounds,
        "seed": path.seed,
        "time": float(path.times[-1]),
        "end": path.end,
        "frequencies": {player: dict(often) for player, often in path.frequencies.items()},
        "average_payoffs": {player: float(got.mean()) for player, got in path.payoffs.items()},
        "distance": path.distance,
        "tolerance": path.tolerance,
        "ends_at_equilibrium": path.ends_at_equilibrium,
        "message": path.message,
        "versions": dict(path.versions),
    }


def learning_lines(path: LearningPath) -> Iterator[str]:
    """Yield a path for a person."""
    seed = "" if path.seed is None else f", seed {path.seed}"
    yield f"{path.dynamics}, {path.rounds:,} rounds{seed}: approximate, no equilibrium answer"
    for player, strategies in path.end.items():
        yield f"  {player} ends at {_mixture(strategies)}"
        yield f"    over the path {_mixture(path.frequencies[player])}"
        yield f"    average payoff {path.payoffs[player].mean():.6g}"
    if path.distance is None:
        yield f"note: {path.message}"
        return
    verdict = "within" if path.ends_at_equilibrium else "not within"
    yield (
        f"the end is {path.distance:.3g} from the nearest equilibrium, {verdict} "
        f"{path.tolerance:g}; negotiate solve gives the equilibria"
    )
    if path.fixed:
        fixed = ", ".join(f"{move} = {action}" for move, action in path.fixed.items())
        yield f"fixed, so no decision: {fixed}"


def _mixture(shares: Mapping[str, float]) -> str:
    """Return the strategies that weigh most, with three digits."""
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    shown = [f"{label} {share:.3f}" for label, share in ranked[:MAX_SHOWN] if share >= 0.0005]
    rest = sum(share for _, share in ranked[len(shown) :])
    return ", ".join([*shown, f"others {rest:.3f}"] if rest >= 0.0005 else shown)


def check_path_file(out: Path) -> None:
    """Refuse, before any work is done, a file that cannot be written.

    Raises
    ------
    UsageError
        If the suffix is not .csv or the folder is not there.
    """
    if out.suffix.lower() != ".csv":
        raise UsageError("a path is written as CSV", place=f"--out {out}", remedy="name it .csv")
    if not out.parent.is_dir():
        raise UsageError("the folder is not there", place=str(out.parent), remedy="make it first")
    if out.is_dir() or not os.access(out.parent, os.W_OK):
        raise UsageError("cannot be written", place=str(out), remedy="choose another file")


def write_path(path: LearningPath, out: Path) -> None:
    """Write a path as CSV, one row a round, whole or not at all."""
    with whole_file(out) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(_rows(path))


def _rows(path: LearningPath) -> Iterator[list[str]]:
    played = path.dynamics.endswith("play")
    columns = {"round" if played else "time": path.times}
    for player, strategies in path.trajectories.items():
        columns |= {f"{player}: {label}": shares for label, shares in strategies.items()}
    columns |= {f"payoff[{player}]": got for player, got in path.payoffs.items()}
    yield list(columns)
    for numbers in zip(*columns.values(), strict=True):
        yield [f"{number:.17g}" for number in map(float, numbers)]
