"""All equilibria of two-player games: this project beside pygambit, nashpy and quantecon.

Square games with integer payoffs drawn uniformly from 0 to 999, where ties are rare, and from 0 to
2, where there is hardly a game without. Contenders of this project:

``negotiation``
    From a :class:`~negotiation.game.Game` all extreme equilibria, the components they span, their
    indices, and a certificate of every one, checked.
``negotiation.solve``
    The whole :class:`~negotiation.solution.Solution` of ``solve(game, "nash")``: the same, and
    labelled strategies, payoffs, the margin of every deviation and the fingerprint of the game.

*Right or wrong.* The reference is this project's set, each member of which has been certified.
A game counts as *lost* by a contender if one of these equilibria is missing in its answer, or if
it gave none; as *invented* if its answer has a profile in which somebody gains by deviating. For
contenders in rationals sets are compared as they are. For those in doubles a profile counts as
found within 1e-6, and as invented from a gain of 1e-6 of the range of payoffs. For this project a
game is lost if pygambit's answer has an equilibrium that ours lacks.
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import negotiation
from benchmarks.keeping import RESULTS, keep, say
from benchmarks.peers import machine, missing, versions
from benchmarks.tables import markdown
from benchmarks.timing import Contender, Measured, side_by_side
from negotiation import Game
from negotiation.certify import Certifier
from negotiation.errors import NegotiationError
from negotiation.solvers.bimatrix import extreme_equilibria

__all__ = ["NAME", "TITLE", "main", "markdown", "measure"]

NAME = "two_player"
TITLE = "All equilibria of two-player games"
OURS = "negotiation"
WHOLE = "negotiation.solve"
GAMBIT = "pygambit enummixed, rational"
ENTRIES = (999, 2)
SIZES = (2, 3, 4, 5, 6, 7, 8, 10, 12)
SEED = 20261101
CLOSE = 1e-6

Matrix = list[list[int]]
Problem = tuple[Matrix, Matrix]
Strategy = tuple[Any, ...]
Pair = tuple[Strategy, Strategy]


def random_problem(source: random.Random, size: int, highest: int) -> Problem:
    """Return the payoffs of both players, integers from 0 to `highest`."""
    A, B = ([[source.randint(0, highest) for _ in range(size)] for _ in range(size)] for _ in "AB")
    return A, B


# Contenders


def certified(game: Game) -> list[Pair]:
    """Return all extreme equilibria of a table, each proved by a certificate that was checked."""
    rows, columns = (len(head.actions) for head in game.information_sets)
    cells = [game.payoffs[node] for node in sorted(game.payoffs)]
    lines = [cells[start : start + columns] for start in range(0, rows * columns, columns)]
    found = extreme_equilibria(
        [[cell[0] for cell in line] for line in lines],
        [[cell[1] for cell in line] for line in lines],
    )
    certifier = Certifier(game)
    for x, y in found.equilibria:
        certificate = certifier.judge({0: x, 1: y}).certificate("nash")
        if not certificate.holds:
            raise NegotiationError(
                f"a gain of {certificate.largest_gain}", place=game.name, remedy="report it"
            )
    return list(found.equilibria)


def _of_solution(solution: Any) -> list[Pair]:
    return [(e.profile[0], e.profile[1]) for e in solution.equilibria if solution.complete]


def _ours(name: str, solve: Callable[[Game], Any], read: Callable[[Any], Any]) -> Contender:
    return Contender(name, "negotiation", lambda p: Game.from_arrays(*p), solve, read, 12, True)


def _pygambit() -> list[Contender]:
    import pygambit

    def contender(name: str, rational: bool) -> Contender:
        def number(p: Any) -> Any:
            return Fraction(str(p)) if rational else float(p)

        def read(result: Any) -> list[Pair]:
            pairs = []
            for profile in result.equilibria:
                x, y = ([number(p) for _, p in mixed] for _, mixed in profile.mixed_strategies())
                pairs.append((tuple(x), tuple(y)))
            return pairs

        return Contender(
            name,
            "pygambit",
            lambda p: pygambit.Game.from_arrays(*p),
            lambda game: pygambit.nash.enummixed_solve(game, rational=rational),
            read,
            8,
            rational,
        )

    return [contender(GAMBIT, True), contender("pygambit enummixed, double", False)]


def _nashpy() -> list[Contender]:
    import nashpy
    import numpy as np

    def contender(name: str, method: str) -> Contender:
        return Contender(
            name,
            "nashpy",
            lambda p: nashpy.Game(*map(np.array, p)),
            lambda game: list(getattr(game, method)()),
            _floats,
            6,
            False,
        )

    return [
        contender("nashpy support enumeration", "support_enumeration"),
        contender("nashpy vertex enumeration", "vertex_enumeration"),
    ]


def _quantecon() -> list[Contender]:
    import numpy as np
    from quantecon import game_theory

    def build(problem: Problem) -> Any:
        A, B = (np.array(matrix, dtype=float) for matrix in problem)
        players = [game_theory.Player(A), game_theory.Player(B.T.copy())]
        return game_theory.NormalFormGame(players)

    def contender(name: str, method: str) -> Contender:
        solve = getattr(game_theory, method)
        return Contender(name, "quantecon", build, solve, _floats, 8, False)

    return [
        contender("quantecon support enumeration", "support_enumeration"),
        contender("quantecon vertex enumeration", "vertex_enumeration"),
    ]


def _floats(profiles: Sequence[Any]) -> list[Pair]:
    return [
        (tuple(float(p) for p in profile[0]), tuple(float(p) for p in profile[1]))
        for profile in profiles
    ]


PEERS: Mapping[str, Callable[[], list[Contender]]] = {
    "pygambit": _pygambit,
    "nashpy": _nashpy,
    "quantecon": _quantecon,
}


# Right or wrong


def gain(problem: Problem, pair: Pair) -> Any:
    """Return the largest gain of either player from deviating."""
    A, B = problem
    x, y = pair
    rows = [sum(p * a for p, a in zip(y, line, strict=True)) for line in A]
    columns = [sum(p * line[j] for p, line in zip(x, B, strict=True)) for j in range(len(y))]
    value = sum(p * v for p, v in zip(x, rows, strict=True))
    other = sum(p * v for p, v in zip(y, columns, strict=True))
    return max(max(rows) - value, max(columns) - other)


def _near(first: Pair, second: Pair) -> bool:
    pairs = zip((*first[0], *first[1]), (*second[0], *second[1]), strict=True)
    return all(abs(p - q) <= CLOSE for p, q in pairs)  # Not so for a probability that is no number.


def loses(reference: Sequence[Pair], answer: Sequence[Pair] | None, exact: bool) -> bool:
    """Return whether an equilibrium is missing in an answer."""
    if answer is None:
        return True
    if exact:
        return not set(reference) <= set(answer)
    return not all(any(_near(pair, known) for known in answer) for pair in reference)


def invents(problem: Problem, answer: Sequence[Pair] | None, exact: bool) -> bool:
    """Return whether an answer has a profile that is no equilibrium."""
    entries = [entry for matrix in problem for line in matrix for entry in line]
    allowed = 0 if exact else CLOSE * max(1, max(entries) - min(entries))
    for x, y in answer or ():
        if not (min(*x, *y) >= -CLOSE and abs(sum(x) - 1) <= CLOSE and abs(sum(y) - 1) <= CLOSE):
            return True
        if gain(problem, (x, y)) > allowed:
            return True
    return False


def _wrong(
    name: str, exact: bool, problems: Sequence[Problem], measured: Mapping[str, Measured]
) -> tuple[int | None, int]:
    """Return in how many games a contender lost and invented equilibria.

    The first is None if there was nothing to compare with.
    """
    against = GAMBIT if name in (OURS, WHOLE) else OURS
    known = measured[against].answers if against in measured else {}
    answers = measured[name].answers
    compared = [
        loses(reference, answer, exact)
        for number, answer in answers.items()
        if (reference := known.get(number)) is not None
    ]
    invented = [invents(problems[number], answer, exact) for number, answer in answers.items()]
    return sum(compared) if compared else None, sum(invented)


# Measuring


def measure(
    *,
    sizes: Sequence[int] = SIZES,
    games: int = 30,
    seconds: float = 45,
    peers: Sequence[str] = tuple(PEERS),
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure all contenders that are installed, and return the results as JSON values.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of actions of each player.
    games : int
        How many random games a size and range of entries.
    seconds : float
        What a contender may spend on one size and range of entries.
    peers : sequence of str
        Packages to compare with; those not installed are named in the results.
    say : callable
        Told of progress.
    """
    absent = missing(peers)
    present = [package for package in peers if package not in absent]
    say(f"versions: {versions(present)}; not installed: {', '.join(absent) or 'none'}")
    contenders = [
        _ours(OURS, certified, list),
        _ours(WHOLE, lambda game: negotiation.solve(game, "nash"), _of_solution),
    ]
    for package in present:
        contenders += PEERS[package]()
    rows = []
    for highest in ENTRIES:
        for size in sizes:
            say(f"entries 0..{highest}, {size} x {size}")
            rows += _rows(contenders, size, highest, games, seconds)
    return {
        "machine": machine(),
        "versions": versions(present),
        "missing": absent,
        "settings": {"seed": SEED, "games": games, "seconds": seconds},
        "wrong": sum((row["lost"] or 0) + row["invented"] for row in rows if _own(row)),
        "rows": rows,
        "targets": targets(rows),
    }


def _rows(
    contenders: Sequence[Contender], size: int, highest: int, games: int, seconds: float
) -> list[dict[str, Any]]:
    """Measure one size and range of entries."""
    source = random.Random(f"{SEED} {size} {highest}")
    problems = [random_problem(source, size, highest) for _ in range(games)]
    others = [random_problem(source, size, highest) for _ in range(100)]
    able = [contender for contender in contenders if size <= contender.largest]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Peers warn of degenerate games.
        measured = side_by_side(able, problems, warm_up=others, seconds=seconds)
    found = []
    for contender in able:
        times = measured[contender.name]
        solving, both = times.medians()
        lost, invented = _wrong(contender.name, contender.exact, problems, measured)
        found.append(
            {
                "entries": f"0..{highest}",
                "size": size,
                "contender": contender.name,
                "games": len(times.solving),
                "solve_ms": _rounded(solving * 1000),
                "build_and_solve_ms": _rounded(both * 1000),
                "lost": lost,
                "invented": invented,
            }
        )
    return found


def _own(row: Mapping[str, Any]) -> bool:
    return row["contender"] in (OURS, WHOLE)


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")


# What is to be reached

TIMES_GAMBIT = {2: 4, 3: 4, 4: 15, 5: 15, 6: 15, 7: 15, 8: 15}
MILLISECONDS = {8: 60, 10: 600, 12: 8000}


def targets(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was to be reached and what was."""
    times = {(r["entries"], r["size"], r["contender"]): r for r in rows}
    found = []
    for (entries, size, name), row in times.items():
        if name != OURS:
            continue
        gambit = times.get((entries, size, GAMBIT))
        for key, how in (("solve_ms", ""), ("build_and_solve_ms", ", building included")):
            if gambit is not None and size in TIMES_GAMBIT:
                ratio = _rounded(gambit[key] / row[key])
                needed = TIMES_GAMBIT[size]
                what = f"times as quick as {GAMBIT}, {entries}, {size} x {size}{how}"
                found.append({"what": what, "needed": needed, "reached": ratio})
                found[-1]["met"] = ratio >= needed
        if size in MILLISECONDS:
            what = f"milliseconds at most, {entries}, {size} x {size}"
            found.append({"what": what, "needed": MILLISECONDS[size], "reached": row["solve_ms"]})
            found[-1]["met"] = row["solve_ms"] <= MILLISECONDS[size]
    for what in ("lost", "invented"):
        count = sum(row[what] or 0 for row in rows if _own(row))
        found.append({"what": f"games {what}", "needed": 0, "reached": count, "met": count == 0})
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, keep the results as data and as a page, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_player")
    parser.add_argument("--games", type=int, default=30, help="games a size")
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="such as 2,3,4")
    parser.add_argument("--seconds", type=float, default=45, help="for one program and size")
    parser.add_argument("--peers", type=lambda text: text.split(",") if text else [])
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given = parser.parse_args(arguments)
    chosen = {} if given.peers is None else {"peers": given.peers}
    measured = measure(
        sizes=given.sizes, games=given.games, seconds=given.seconds, say=say, **chosen
    )
    return keep(NAME, TITLE, measured, markdown, given.out)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
