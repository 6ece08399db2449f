"""Batches of small games: ``solve_batch`` beside pygambit and quantecon, game for game.

For each kind of games one batch as an array. ``solve_batch`` gets all of it, with one thread and
with two, and returns counts and the probabilities of every equilibrium. A peer gets the games of
the batch one by one, as many as fit into the time of a turn; building its game object from the
array is part of its work, reading its answer is not; for us there is nothing to build. Contenders
take turns, several times;
a rate is the median over the turns, by the clock on the wall (threads would not show in processor
time).

*Right or wrong.* Some games of each batch are solved anew by the exact solvers, and the answer of
``solve_batch`` must be the same rational numbers in the same order. A peer's answer is counted as
different if it has not as many equilibria, duplicates within 1e-6 counted once.

Run by ``python -m benchmarks.batch``; the results go to ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.keeping import RESULTS, keep, say
from benchmarks.peers import machine, missing, versions
from benchmarks.tables import page_head, target_lines
from negotiation import BatchEquilibria, solve_batch
from negotiation.kernels import three_players
from negotiation.solvers.bimatrix import extreme_equilibria

__all__ = ["NAME", "TITLE", "measure"]

NAME = "batch"
TITLE = "Batches of small games"
SEED = 20261102
CLOSE = 1e-6
OURS = "negotiation, {} thread{}"
SUPPORT, DOUBLE, POLY, PURE = (
    "quantecon support enumeration",
    "pygambit enummixed, double",
    "pygambit enumpoly",
    "quantecon pure_nash_brute",
)

Batch = npt.NDArray[Any]
Profiles = list[tuple[float, ...]]


@dataclass(frozen=True)
class Kind:
    """A kind of games, and how many times a peer's rate is to be reached."""

    name: str
    shape: tuple[int, ...]
    entries: str
    concept: str = "nash"
    needed: Mapping[str, float] = field(default_factory=dict)

    def batch(self, games: int) -> Batch:
        """Return a batch, always the same."""
        source = np.random.default_rng([SEED, *self.shape])
        if self.entries == "continuum":
            return source.random((games, *self.shape))
        return source.integers(0, 3, (games, *self.shape))


KINDS = (
    *(Kind(f"{k}x{k}", (2, k, k), "continuum", needed={SUPPORT: 100}) for k in (2, 3, 4)),
    *(Kind(f"{k}x{k}", (2, k, k), "0..2", needed={DOUBLE: 150, SUPPORT: 15}) for k in (2, 3, 4)),
    Kind("2x2x2", (3, 2, 2, 2), "continuum", needed={POLY: 1000}),
    Kind("3x3x3, pure", (3, 3, 3, 3), "continuum", "pure", needed={PURE: 300}),
)
COMPILED_SECONDS = 30


# Peers


@dataclass(frozen=True)
class Peer:
    """A way to solve one game: from an array to the peer's own answer, and how to read that."""

    solve: Callable[[Batch], Any]
    read: Callable[[Any], Profiles]


def _quantecon() -> dict[str, Peer]:
    from quantecon import game_theory
    from quantecon.game_theory import NormalFormGame, Player

    def support(game: Batch) -> Any:
        players = [Player(game[0]), Player(np.ascontiguousarray(game[1].T))]
        return game_theory.support_enumeration(NormalFormGame(players))

    def pure(game: Batch) -> Any:
        second, third = game[1].transpose(1, 2, 0), game[2].transpose(2, 0, 1)
        tables = [game[0], np.ascontiguousarray(second), np.ascontiguousarray(third)]
        return game_theory.pure_nash_brute(NormalFormGame([Player(table) for table in tables]))

    def flat(answer: Any) -> Profiles:
        return [tuple(float(p) for vector in profile for p in vector) for profile in answer]

    def cells(answer: Any) -> Profiles:
        return [tuple(map(float, cell)) for cell in answer]

    return {SUPPORT: Peer(support, flat), PURE: Peer(pure, cells)}


def _pygambit() -> dict[str, Peer]:
    import pygambit

    def double(game: Batch) -> Any:
        return pygambit.nash.enummixed_solve(pygambit.Game.from_arrays(*game), rational=False)

    def poly(game: Batch) -> Any:
        return pygambit.nash.enumpoly_solve(pygambit.Game.from_arrays(*game))

    def read(answer: Any) -> Profiles:
        return [
            tuple(float(p) for _, mixed in e.mixed_strategies() for _, p in mixed)
            for e in answer.equilibria
        ]

    return {DOUBLE: Peer(double, read), POLY: Peer(poly, read)}


PEERS: Mapping[str, Callable[[], dict[str, Peer]]] = {
    "pygambit": _pygambit,
    "quantecon": _quantecon,
}


# Measuring


@dataclass
class Rate:
    """Games a second, turn by turn; games seen, and how many were answered differently."""

    rates: list[float] = field(default_factory=list)
    games: int = 0
    different: int = 0


def measure_kind(
    kind: Kind,
    peers: Mapping[str, Peer],
    games: int,
    turns: int,
    seconds: float,
    say: Callable[[str], None],
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of one kind of games, and in how many our answer is wrong."""
    say(f"{kind.name}, {kind.entries}")
    batch = kind.batch(games)
    found = solve_batch(batch, concept=kind.concept)
    wrong = wrong_answers(kind, batch[: min(300, games)], found)
    able = {name: peers[name] for name in kind.needed if name in peers}
    measured = {name: Rate() for name in able}
    ours = {threads: Rate() for threads in (1, 2)}
    for name in able:
        able[name].solve(batch[0])  # quantecon compiles on the first call.
    for _ in range(turns):
        for threads, rate in ours.items():
            started = time.perf_counter()
            solve_batch(batch, threads=threads, concept=kind.concept)
            rate.rates.append(games / (time.perf_counter() - started))
            rate.games = games
        for name, peer in able.items():
            _turn(peer, batch, found, seconds / turns, measured[name])
    rows = [
        _row(kind, OURS.format(threads, "s" if threads > 1 else ""), rate)
        for threads, rate in ours.items()
    ]
    return rows + [_row(kind, name, rate) for name, rate in measured.items()], wrong


def _turn(
    peer: Peer,
    batch: Batch,
    found: BatchEquilibria,
    seconds: float,
    rate: Rate,
) -> None:
    """Give a peer the next games for some seconds; compare the numbers of equilibria after."""
    answers: list[Any] = []
    first = rate.games
    started = time.perf_counter()
    while time.perf_counter() - started < seconds and first + len(answers) < len(batch):
        answers.append(peer.solve(batch[first + len(answers)]))
    spent = time.perf_counter() - started
    if not answers:
        return
    rate.rates.append(len(answers) / spent)
    rate.games += len(answers)
    for number, answer in enumerate(answers, first):
        rate.different += int(len(_distinct(peer.read(answer))) != found.counts[number])


def _distinct(profiles: Profiles) -> Profiles:
    kept: Profiles = []
    for profile in profiles:
        if not any(
            all(abs(p - q) <= CLOSE for p, q in zip(profile, known, strict=True)) for known in kept
        ):
            kept.append(profile)
    return kept


def _row(kind: Kind, contender: str, rate: Rate) -> dict[str, Any]:
    return {
        "games": kind.name,
        "entries": kind.entries,
        "contender": contender,
        "games_a_second": _rounded(median(rate.rates)),
        "lowest": _rounded(min(rate.rates)),
        "highest": _rounded(max(rate.rates)),
        "number": rate.games,
        "different": rate.different,
    }


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")


def _exact(item: Any) -> Any:
    return [_exact(inner) for inner in item] if isinstance(item, list) else Fraction(item)


def wrong_answers(kind: Kind, batch: Batch, found: BatchEquilibria) -> int:
    """Return in how many games the answer is not the exact one."""
    wrong = 0
    for k, game in enumerate(batch):
        if kind.concept == "pure":
            expected: list[Any] = list(_stable(game))
            ours: list[Any] = [tuple(v.index(1) for v in p) for p in found.profiles(k)]
        elif len(game) == 2:
            expected = list(extreme_equilibria(*_exact(game.tolist())).equilibria)
            ours = found.profiles(k)
        else:
            exact = three_players.advantages(_exact(game.tolist()))
            expected = [point for _, point in three_players.all_equilibria(exact)[0]]
            ours = [tuple(vector[0] for vector in profile) for profile in found.profiles(k)]
        wrong += int(ours != expected or found.counts[k] != len(expected))
    return wrong


def _stable(game: Batch) -> Iterator[tuple[int, ...]]:
    """Yield the pure equilibria by their definition."""
    for cell in np.ndindex(*game.shape[1:]):
        if all(
            game[(i, *cell)] >= game[(i, *cell[:i], action, *cell[i + 1 :])]
            for i in range(len(game))
            for action in range(game.shape[i + 1])
        ):
            yield cell


FIRST_USE = """
import sys, time
started = time.perf_counter()
import numpy as np
from negotiation import solve_batch
for shape in ((2, 3, 3), (3, 2, 2, 2), (3, 3, 3, 3)):
    solve_batch(np.random.default_rng(0).random((501, *shape)))
print(time.perf_counter() - started)
"""


def first_use() -> tuple[float, float]:
    """Return the seconds until all kernels have run: compiled first, then found on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        spent = [
            float(
                subprocess.run(
                    [sys.executable, "-c", FIRST_USE],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for _ in range(2)
        ]
    return spent[0], spent[1]


def measure(
    *,
    games: int = 100_000,
    turns: int = 7,
    seconds: float = 7,
    peers: Sequence[str] = tuple(PEERS),
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure all contenders that are installed, and return the results as JSON values.

    Parameters
    ----------
    games : int
        Games a batch.
    turns : int
        How often every contender has its turn.
    seconds : float
        What a peer gets for one kind of games, all turns together.
    peers : sequence of str
        Packages to compare with; those not installed are named in the results.
    say : callable
        Told of progress.
    """
    absent = missing(peers)
    present = [package for package in peers if package not in absent]
    say(f"versions: {versions(present)}; not installed: {', '.join(absent) or 'none'}")
    cold, warm = first_use()
    contenders: dict[str, Peer] = {}
    for package in present:
        contenders |= PEERS[package]()
    rows, wrong = [], 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Peers warn of degenerate games.
        for kind in KINDS:
            of_kind, mistakes = measure_kind(kind, contenders, games, turns, seconds, say)
            rows += of_kind
            wrong += mistakes
    return {
        "machine": machine(),
        "versions": versions([*present, "numba", "numpy"]),
        "missing": absent,
        "settings": {"seed": SEED, "games": games, "turns": turns, "seconds": seconds},
        "compiling_seconds": _rounded(cold),
        "first_use_seconds": _rounded(warm),
        "wrong": wrong,
        "rows": rows,
        "targets": targets(rows, cold, wrong),
    }


def targets(rows: Sequence[Mapping[str, Any]], cold: float, wrong: int) -> list[dict[str, Any]]:
    """Return what was to be reached and what was, with two threads."""
    rates = {(r["games"], r["entries"], r["contender"]): r["games_a_second"] for r in rows}
    found = []
    for kind in KINDS:
        ours = rates[kind.name, kind.entries, OURS.format(2, "s")]
        for peer, needed in kind.needed.items():
            rate = rates.get((kind.name, kind.entries, peer))
            if rate is not None:
                ratio = _rounded(ours / rate)
                what = f"times as quick as {peer}, {kind.name}, {kind.entries}"
                found.append({"what": what, "needed": needed, "reached": ratio})
                found[-1]["met"] = ratio >= needed
    seconds = _rounded(cold)
    what = "seconds at most until all kernels are compiled and have run"
    found.append({"what": what, "needed": COMPILED_SECONDS, "reached": seconds, "met": cold <= 30})
    found.append(
        {"what": "games answered wrongly", "needed": 0, "reached": wrong, "met": wrong == 0}
    )
    return found


def markdown(results: Mapping[str, Any]) -> str:
    """Return the page that is made of the results."""
    settings = results["settings"]
    lines = page_head(
        results,
        f"Batches of {settings['games']:,} games; medians of {settings['turns']} turns, by the "
        "clock on the wall, on a machine that others use too.",
        f"First use: {results['compiling_seconds']} s where nothing was compiled before, "
        f"{results['first_use_seconds']} s after that, libraries included.",
    )
    lines += [
        "",
        "The last column counts games with another number of equilibria than ours; ours is the "
        "exact one in all games that were checked.",
        "",
        "| games | entries | program | games a second | lowest to highest | tried | different |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for row in results["rows"]:
        different = f"{row['different']:,}" if row["contender"] in PEER_NAMES else ""
        cells = [row["games"], row["entries"], row["contender"], f"{row['games_a_second']:,.0f}"]
        cells += [f"{row['lowest']:,.0f} to {row['highest']:,.0f}", f"{row['number']:,}", different]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, *target_lines(results), ""])


PEER_NAMES = (SUPPORT, DOUBLE, POLY, PURE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, keep the results as data and as a page, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch")
    parser.add_argument("--games", type=int, default=100_000, help="games a batch")
    parser.add_argument("--turns", type=int, default=7, help="turns of every program")
    parser.add_argument("--seconds", type=float, default=7, help="for one peer and kind of games")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given = parser.parse_args(arguments)
    measured = measure(games=given.games, turns=given.turns, seconds=given.seconds, say=say)
    return keep(NAME, TITLE, measured, markdown, given.out)


if __name__ == "__main__":
    sys.exit(main())
