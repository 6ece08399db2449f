"""Equilibria of many small games of one shape at once: ``solve_batch``.

Every answer equals the exact solver's, ties included. A double is the rational number it is. Three
routes lead there:

- *Two players, at most four actions each*: signs of determinants, by a floating filter with a
  derived bound, or exactly where the bound does not decide (:mod:`.bimatrix_filter`).
- *2x2x2*: a floating filter (:mod:`.three_player_filter`).
- *Pure equilibria*: comparisons only (:mod:`.pure_filter`).

Games that a kernel leaves open, few batches, other shapes and payoffs that no double holds go to
:func:`negotiation.solvers.bimatrix.extreme_equilibria`, :mod:`.three_players` and
:mod:`.pure_profiles`, which need no compiler. Which route a game took does not show in `counts` and
`profiles`; probabilities as doubles may differ in their last digits between routes, never between
numbers of threads.
"""

from __future__ import annotations

import itertools
import operator
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite, prod
from typing import Any

import numpy as np
import numpy.typing as npt

from negotiation.errors import BudgetError, NegotiationError, UsageError
from negotiation.kernels import minors, pure_profiles, three_players
from negotiation.kernels.minors import MOST_ACTIONS, Candidate
from negotiation.solvers.bimatrix import extreme_equilibria

__all__ = ["CONCEPTS", "FEW_GAMES", "MOST_BYTES", "BatchEquilibria", "solve_batch"]

CONCEPTS = ("nash", "pure")
FEW_GAMES = 500
"""Up to so many games nothing is compiled: the exact solvers take half a second at most."""
ONE_THREAD = 10_000
"""Up to so many games one thread is as quick as several."""
CHUNK = 16_384
MOST_BYTES = 4 * 1024**3
"""What an answer may need, in bytes."""
BYTES_A_GAME = 18
"""Of an answer, beside its equilibria: a count, an offset and two marks."""
EXACT_DOUBLE = 2**53

Payoffs = npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Vector = tuple[Fraction | float, ...]
Profile = tuple[Vector, ...]
Columns = list[npt.NDArray[Any]]
Kernel = Callable[..., tuple[int, int]]


@dataclass(frozen=True, eq=False)
class BatchEquilibria:
    """Equilibria of a batch of games.

    All arrays are read-only. The payoffs are kept by reference, not copied: :meth:`profiles` reads
    them, so do not change them as long as the answer is in use.

    Attributes
    ----------
    concept : str
        What was listed: ``nash``, that is, the extreme equilibria of two players or all equilibria
        of a 2x2x2 game; or ``pure``, the equilibria in pure strategies.
    counts : array (games,) of int64
        How many equilibria each game has.
    offsets : array (games + 1,) of int64
        The equilibria of game k are the rows ``offsets[k]`` to ``offsets[k + 1]`` of
        `probabilities`.
    probabilities : tuple of arrays (rows, actions) of float64
        One array a player. Pure strategies are exact. Mixtures of two players have relative errors
        below 2^-38, where all three players mix absolute errors below 2^-25; both are far from
        typical, which is a few units in the last place.
    complete : array (games,) of bool
        Whether everything that the concept covers was listed. False only for 2x2x2 games with
        infinitely many equilibria: of these, cells with infinitely many are left out (see
        :mod:`negotiation.kernels.three_players`).
    doubtful : array (games,) of bool
        Which games were left to an exact solver in Python.
    """

    concept: str
    counts: Counts
    offsets: Counts
    probabilities: tuple[Doubles, ...]
    complete: npt.NDArray[np.bool_]
    doubtful: npt.NDArray[np.bool_]
    _payoffs: Payoffs = field(repr=False)
    _codes: npt.NDArray[np.uint8] = field(repr=False)

    def __len__(self) -> int:
        return len(self.counts)

    def profiles(self, k: int) -> list[Profile]:
        """Return the equilibria of one game, exactly, in the order of `probabilities`.

        Parameters
        ----------
        k : int
            Number of the game, from 0; negative ones count from the end.

        Returns
        -------
        list of tuple of tuple
            One vector of probabilities a player: Fraction, or the nearest double, or one next to
            it, where the probability is irrational (2x2x2 only).

        Raises
        ------
        UsageError
            If there is no such game.
        NegotiationError
            If the payoffs have been changed since.
        """
        games = len(self)
        if not -games <= k < games:
            raise UsageError(
                f"there is no game {k}", place="profiles", remedy=f"0 to {games - 1} are there"
            )
        k = int(k) % games
        rows = range(int(self.offsets[k]), int(self.offsets[k + 1]))
        if self.concept == "pure":
            return [
                tuple(
                    tuple(Fraction(int(p)) for p in of_player[row])
                    for of_player in self.probabilities
                )
                for row in rows
            ]
        payoffs = _exact(self._payoffs[k])
        if len(self.probabilities) == 3:
            found = _three_exact_points(payoffs, self._codes[rows.start : rows.stop])
        elif self.doubtful[k]:
            found = list(extreme_equilibria(*payoffs).equilibria)
        else:
            m, n = (of_player.shape[1] for of_player in self.probabilities)
            pairs = minors.candidates(m, n), minors.candidates(n, m)
            found = [
                _exact_pair(payoffs, *(pairs[side][self._codes[row, side]] for side in (0, 1)))
                for row in rows
            ]
        if len(found) != len(rows) or () in found:
            raise NegotiationError(
                f"the equilibria of game {k} are no longer those that were found",
                place=f"payoffs[{k}]",
                remedy="do not change the payoffs while the answer is in use, or pass a copy",
            )
        return found


def solve_batch(
    payoffs: npt.ArrayLike,
    *,
    threads: int | None = None,
    concept: str = "nash",
    compiled: bool | None = None,
) -> BatchEquilibria:
    """Find the equilibria of many small games of one shape.

    Parameters
    ----------
    payoffs : array (games, players, *actions)
        ``payoffs[k, i, a, b, ...]`` is what player i gets in game k if player 0 takes action a,
        player 1 action b and so on. Doubles (or shorter floats), integers, or an array of objects
        that are int or Fraction. A double stands for the rational number it is. Nested lists may
        mix these: no number in them is rounded.
    threads : int, optional
        How many threads may work side by side; by default as many as there are processors for more
        than 10,000 games, else one. The answer does not depend on it.
    concept : {"nash", "pure"}
        ``nash``: for two players all extreme equilibria, in the order of
        :func:`negotiation.solvers.bimatrix.extreme_equilibria`; for 2x2x2 all equilibria; for other
        games of three and more players the pure equilibria, and the answer says ``pure``. ``pure``:
        the pure equilibria, any number of players.
    compiled : bool, optional
        Whether to use compiled kernels; by default for more than 500 games. They are compiled on
        first use, some ten seconds, and kept on disk.

    Returns
    -------
    BatchEquilibria

    Raises
    ------
    UsageError
        If the shape, the type or a payoff is not as described or masked, or the call is wrong
        otherwise.
    BudgetError
        If the answer would need more than 4 GiB, or memory runs out.

    Notes
    -----
    Memory: the payoffs (and a copy as doubles, if they are not), 18 bytes a game, and for each
    equilibrium twice 8 bytes an action and 2 bytes. For two players with more than four actions,
    integers above 2^53, objects, and payoffs of extremely different sizes that are nearly tied,
    games are solved one by one, exactly, which is a thousand times slower.
    """
    try:
        return _solved(_checked(payoffs), threads, concept, compiled)
    except MemoryError as error:
        raise BudgetError(
            "memory ran out",
            place="solve_batch",
            remedy="solve the games in several smaller batches",
        ) from error


def _solved(
    games: Payoffs, threads: int | None, concept: str, compiled: bool | None
) -> BatchEquilibria:
    """Solve games that are as they should be."""
    if concept not in CONCEPTS:
        raise UsageError(
            f"there is no concept {concept!r} for batches",
            place="concept",
            remedy=f"one of {', '.join(CONCEPTS)}",
        )
    workers = _workers(threads, len(games))
    sizes = games.shape[2:]
    compilable = compiled if compiled is not None else len(games) > FEW_GAMES
    if concept == "nash" and len(sizes) == 2:
        return _two_players(games, workers, compilable and max(sizes) <= MOST_ACTIONS)
    if concept == "nash" and sizes == (2, 2, 2):
        return _three_players(games, workers, compilable)
    return _pure(games, workers, compilable)


# Checks


def _checked(payoffs: npt.ArrayLike) -> Payoffs:
    """Return the payoffs as an array; refuse what is no batch of games."""
    leaves = list(_leaves(payoffs))
    _refuse_masked(payoffs, leaves)
    try:
        games = _of_lists(payoffs, leaves) if _is_list(payoffs) else np.asarray(payoffs)
    except ValueError as error:
        raise UsageError(
            "the games differ in shape, or a table has lines of different lengths",
            place="payoffs",
            remedy="solve games of different shapes in batches of their own",
        ) from error
    if games.ndim < 3 or games.ndim != games.shape[1] + 2 or 0 in games.shape[1:]:
        raise UsageError(
            f"the shape {games.shape} is not (games, players, *actions)",
            place="payoffs",
            remedy="two players with 2 and 3 actions need the shape (games, 2, 2, 3)",
        )
    _within_budget(BYTES_A_GAME * len(games))
    if games.dtype.kind == "O":
        _check_objects(games)
    elif games.dtype.kind not in "iuf" or games.dtype.itemsize > 8:
        raise UsageError(
            f"payoffs of type {games.dtype}",
            place="payoffs",
            remedy="use float64, an integer type, or objects that are int or Fraction",
        )
    elif games.dtype.kind == "f" and not np.isfinite(games).all():
        where = np.argwhere(~np.isfinite(games))[0]
        raise UsageError(
            f"{games[tuple(where)]} is not a finite number",
            place=f"payoffs[{', '.join(map(str, where))}]",
            remedy="leave games without payoffs out of the batch",
        )
    return games


def _of_lists(payoffs: Any, leaves: Sequence[Any]) -> Payoffs:
    """Return nested lists as an array that holds each number exactly.

    numpy makes doubles of integers beside floats, and of signed beside unsigned long integers.
    """
    games = np.asarray(payoffs)
    doubles = games.dtype.kind == "f" and games.dtype.itemsize <= 8
    if not (doubles or games.dtype.kind == "O") or all(map(_is_float, leaves)):
        return games
    entries = [
        entry.item() if isinstance(entry, np.generic) else entry
        for entry in np.array(payoffs, dtype=object).ravel().tolist()
    ]
    if doubles and all(not isinstance(entry, int) or float(entry) == entry for entry in entries):
        return games
    exact = np.empty(len(entries), object)
    exact[:] = [
        Fraction(entry) if isinstance(entry, float) and isfinite(entry) else entry
        for entry in entries
    ]
    return exact.reshape(games.shape)


def _leaves(payoffs: Any) -> Iterator[Any]:
    """Yield what nested lists are made of: of each kind of numbers one, and all else."""
    level = [payoffs]
    while level:
        kinds = dict(zip(map(type, level), level, strict=True))
        if all(map(_is_list, kinds.values())):  # one by one takes longer
            level = list(itertools.chain.from_iterable(level))
            continue
        numbers = {kind for kind in kinds if issubclass(kind, int | float | Fraction | np.number)}
        yield from (kinds[kind] for kind in numbers)
        if numbers == kinds.keys():  # the last level, which is long
            return
        yield from (item for item in level if type(item) not in numbers and not _is_list(item))
        level = list(itertools.chain.from_iterable(filter(_is_list, level)))


def _is_list(item: Any) -> bool:
    return isinstance(item, list | tuple)


def _is_float(leaf: Any) -> bool:
    """Say whether a number is a float, or an array has floats."""
    return isinstance(leaf, float) or getattr(getattr(leaf, "dtype", None), "kind", "") == "f"


def _refuse_masked(payoffs: Any, leaves: Sequence[Any]) -> None:
    """Refuse payoffs that are not there: below a mask stands any number."""
    for leaf in leaves:
        if isinstance(leaf, np.ma.MaskedArray) and np.ma.is_masked(leaf):
            where = np.argwhere(np.ma.getmaskarray(leaf))[0] if leaf is payoffs else ()
            raise UsageError(
                "a payoff is masked",
                place=f"payoffs[{', '.join(map(str, where))}]" if len(where) else "payoffs",
                remedy="leave games without payoffs out of the batch",
            )


def _check_objects(games: Payoffs) -> None:
    for where, payoff in np.ndenumerate(games):
        if not isinstance(payoff, int | Fraction):
            raise UsageError(
                f"{payoff!r} is not an exact number but a {type(payoff).__name__}",
                place=f"payoffs[{', '.join(map(str, where))}]",
                remedy="use int or Fraction, or an array of float64",
            )


def _workers(threads: int | None, games: int) -> int:
    if threads is None:
        return 1 if games <= ONE_THREAD else _processors()
    try:
        wanted = operator.index(threads)
    except TypeError:
        wanted = 0
    if wanted < 1:
        raise UsageError(f"{threads!r} threads", place="threads", remedy="give a number from 1 on")
    return wanted


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _exact(payoffs: Payoffs) -> Any:
    """Return the payoffs of a game as nested lists of int and Fraction."""

    def exact(item: Any) -> Any:
        if isinstance(item, list):
            return [exact(inner) for inner in item]
        return Fraction(item) if isinstance(item, float) else item

    return exact(payoffs.tolist())


def _doubles(games: Payoffs) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """Return the payoffs as doubles, one game a line, and which games no doubles can hold."""
    count = len(games)
    lines = games.reshape(count, prod(games.shape[1:]))
    inexact = np.zeros(count, np.bool_)
    if games.dtype.kind in "iu" and games.dtype.itemsize == 8:
        inexact |= np.any((lines > EXACT_DOUBLE) | (lines < -EXACT_DOUBLE), axis=1)
    elif games.dtype.kind == "O":
        return np.zeros((count, 0)), np.ones(count, np.bool_)
    return np.ascontiguousarray(lines, np.float64), inexact


# Running a kernel


@dataclass
class _Rows:
    """What a kernel found: the columns of its answer, and how many rows each game has."""

    counts: Counts
    columns: Columns


def _run(
    kernel: Callable[[Doubles, int, Counts, Columns], tuple[int, int]],
    doubles: Doubles,
    empty: Callable[[int], Columns],
    most: int,
    workers: int,
) -> _Rows:
    """Run a kernel over chunks of the games, side by side; put what they found together.

    Parameters
    ----------
    kernel : callable
        Takes games, the first to be solved, their counts and columns to fill from the first row
        on; returns the first game not solved for want of rows, and the rows filled.
    doubles : array (games, payoffs of a game)
    empty : callable
        Makes columns with a number of rows.
    most : int
        More equilibria than any of the games can have.
    workers : int
    """
    counts = np.zeros(len(doubles), np.int64)
    width = sum(column.nbytes for column in empty(1))
    rooms = threading.local()
    used = 0

    def solve(start: int) -> list[Columns]:
        nonlocal used
        stop = min(start + CHUNK, len(doubles))
        lines, own = doubles[start:stop], counts[start:stop]
        if not lines.flags.writeable:
            lines = lines.copy()  # Else the kernel would be compiled anew for read-only arrays.
        if not hasattr(rooms, "columns"):
            rooms.columns = empty(most + 3 * min(CHUNK, len(doubles)))
        found = []
        first = 0
        while first < len(lines):
            first, rows = kernel(lines, first, own, rooms.columns)
            found.append([column[:rows].copy() for column in rooms.columns])
            used += rows * width
            _within_budget(used)
        return found

    starts = range(0, len(doubles), CHUNK)
    if workers == 1:
        parts = [part for start in starts for part in solve(start)]
    else:
        with ThreadPoolExecutor(workers) as pool:
            parts = [part for found in pool.map(solve, starts) for part in found]
    parts.append(empty(0))
    return _Rows(counts, [np.concatenate(column) for column in zip(*parts, strict=True)])


def _within_budget(needed: int) -> None:
    """Refuse an answer that is too large."""
    if needed > MOST_BYTES:
        raise BudgetError(
            f"the answer needs more than {MOST_BYTES // 1024**3} GiB",
            place="solve_batch",
            remedy="solve the games in several smaller batches",
        )


def _completed(
    rows: _Rows, open_games: npt.NDArray[np.bool_], solve: Callable[[int], Columns]
) -> _Rows:
    """Return the rows with those of the games left open put in their places.

    ``solve(k)`` returns the columns of one game, exactly.
    """
    if not open_games.any():
        return rows
    numbers = np.flatnonzero(open_games)
    solved: list[Columns] = []
    needed = sum(column.nbytes for column in rows.columns)
    for k in numbers:
        solved.append(solve(int(k)))
        needed += sum(column.nbytes for column in solved[-1])
        _within_budget(needed)
    counts = np.where(open_games, 0, rows.counts)
    counts[numbers] = [len(columns[0]) for columns in solved]
    belongs = np.repeat(open_games, counts)
    merged = []
    for place, column in enumerate(rows.columns):
        whole = np.empty((len(belongs), *column.shape[1:]), column.dtype)
        whole[~belongs] = column
        whole[belongs] = np.concatenate([columns[place] for columns in solved])
        merged.append(whole)
    return _Rows(counts, merged)


def _answer(
    concept: str,
    payoffs: Payoffs,
    rows: _Rows,
    probabilities: Sequence[Doubles],
    codes: npt.NDArray[np.uint8],
    doubtful: npt.NDArray[np.bool_],
    complete: npt.NDArray[np.bool_] | None = None,
) -> BatchEquilibria:
    """Return the answer, its arrays protected."""
    offsets = np.zeros(len(payoffs) + 1, np.int64)
    np.cumsum(rows.counts, out=offsets[1:])
    if complete is None:
        complete = np.ones(len(payoffs), np.bool_)
    for array in (rows.counts, offsets, complete, doubtful, codes, *probabilities):
        array.flags.writeable = False
    return BatchEquilibria(
        concept, rows.counts, offsets, tuple(probabilities), complete, doubtful, payoffs, codes
    )


# Two players


def _two_players(payoffs: Payoffs, workers: int, compilable: bool) -> BatchEquilibria:
    """Find all extreme equilibria of two-player games."""
    m, n = payoffs.shape[2:]

    def empty(rows: int) -> Columns:
        return [np.empty((rows, 2), np.uint8), np.empty((rows, m)), np.empty((rows, n))]

    if compilable:
        doubles, open_games = _doubles(payoffs)
    if not compilable or open_games.all():
        open_games = np.ones(len(payoffs), np.bool_)
        rows = _Rows(np.zeros(len(payoffs), np.int64), empty(0))
    else:
        from negotiation.kernels import bimatrix_filter

        plans = minors.plan(m, n, False), minors.plan(n, m, True), *minors.partners(m, n)

        def kernel(lines: Doubles, first: int, counts: Counts, columns: Columns) -> tuple[int, int]:
            return bimatrix_filter.solve_games(lines, *plans, first, len(lines), counts, *columns)

        rows = _run(kernel, doubles, empty, bimatrix_filter.MOST_EQUILIBRIA, workers)
        rows = _without(rows, open_games)
        open_games |= rows.counts == bimatrix_filter.UNDECIDED

    def solve(k: int) -> Columns:
        found = extreme_equilibria(*_exact(payoffs[k])).equilibria
        xs, ys = ([[float(p) for p in pair[side]] for pair in found] for side in (0, 1))
        return [np.zeros((len(found), 2), np.uint8), np.array(xs), np.array(ys)]

    rows = _completed(rows, open_games, solve)
    codes, xs, ys = rows.columns
    return _answer("nash", payoffs, rows, (xs, ys), codes, open_games)


def _without(rows: _Rows, dropped: npt.NDArray[np.bool_]) -> _Rows:
    """Forget what a kernel found for games whose payoffs no doubles hold."""
    if not dropped.any():
        return rows
    kept = ~np.repeat(dropped, np.maximum(rows.counts, 0))
    return _Rows(np.where(dropped, 0, rows.counts), [column[kept] for column in rows.columns])


def _exact_pair(payoffs: Any, x: Candidate, y: Candidate) -> Profile:
    """Return the extreme equilibrium of two vertices, or nothing if it is none."""
    A, B = payoffs
    turned = [list(line) for line in zip(*A, strict=True)]
    first, second = _exact_mixture(B, x), _exact_mixture(turned, y)
    if _is_best(first, B, y.used) and _is_best(second, turned, x.used):
        return first, second
    return ()


def _exact_mixture(conceded: Sequence[Sequence[Any]], vertex: Candidate) -> tuple[Fraction, ...]:
    """Return the mixture of the used actions that makes the other player's replies tie.

    The k - 1 ties and the sum of 1 are solved by elimination; nothing if there is no such mixture.
    """
    used, (reply, *others) = vertex
    lines = [[Fraction(conceded[i][j] - conceded[i][reply]) for i in used] for j in others]
    system = [*([*line, Fraction(0)] for line in lines), [Fraction(1)] * (len(used) + 1)]
    for column in range(len(used)):
        pivot = next((r for r in range(column, len(used)) if system[r][column]), None)
        if pivot is None:
            return ()
        system[column], system[pivot] = system[pivot], system[column]
        head = system[column]
        for r in range(len(used)):
            if r != column and system[r][column]:
                factor = system[r][column] / head[column]
                system[r] = [a - factor * b for a, b in zip(system[r], head, strict=True)]
    shares = {i: system[r][-1] / system[r][r] for r, i in enumerate(used)}
    if min(shares.values()) <= 0:
        return ()
    return tuple(shares.get(i, Fraction(0)) for i in range(len(conceded)))


def _is_best(
    mixture: Sequence[Fraction], conceded: Sequence[Sequence[Any]], played: Sequence[int]
) -> bool:
    """Say whether some replies are best replies to a mixture."""
    if not mixture:
        return False
    values = [
        sum((p * line[j] for p, line in zip(mixture, conceded, strict=True)), Fraction(0))
        for j in range(len(conceded[0]))
    ]
    return all(values[j] == max(values) for j in played)


# Three players with two actions each


def _three_players(payoffs: Payoffs, workers: int, compilable: bool) -> BatchEquilibria:
    """Find all equilibria of 2x2x2 games."""

    def empty(rows: int) -> Columns:
        return [np.empty(rows, np.uint8), np.empty((rows, 3))]

    if compilable:
        doubles, open_games = _doubles(payoffs)
    if not compilable or open_games.all():
        open_games = np.ones(len(payoffs), np.bool_)
        rows = _Rows(np.zeros(len(payoffs), np.int64), empty(0))
    else:
        from negotiation.kernels import three_player_filter

        def kernel(lines: Doubles, first: int, counts: Counts, columns: Columns) -> tuple[int, int]:
            return three_player_filter.solve_games(lines, first, len(lines), counts, *columns)

        rows = _run(kernel, doubles, empty, three_player_filter.MOST_EQUILIBRIA, workers)
        rows = _without(rows, open_games)
        open_games |= rows.counts == three_player_filter.UNDECIDED
    complete = np.ones(len(payoffs), np.bool_)

    def solve(k: int) -> Columns:
        game = three_players.advantages(_exact(payoffs[k]))
        found, complete[k] = three_players.all_equilibria(game)
        codes = [9 * cell[0] + 3 * cell[1] + cell[2] for cell, _ in found]
        points = [[float(p) for p in point] for _, point in found]
        return [np.array(codes, np.uint8), np.array(points).reshape(-1, 3)]

    rows = _completed(rows, open_games, solve)
    codes, points = rows.columns
    probabilities = [np.stack([p, 1.0 - p], axis=1) for p in points.T]
    return _answer("nash", payoffs, rows, probabilities, codes, open_games, complete)


def _three_exact_points(payoffs: Any, codes: npt.NDArray[np.uint8]) -> list[Profile]:
    """Return the equilibria in some cells, ascending; nothing for one that is not there."""
    game = three_players.advantages(payoffs)
    points: list[three_players.Point] = []
    for code in dict.fromkeys(codes.tolist()):
        cell = code // 9, code // 3 % 3, code % 3
        points += three_players.in_cell(game, cell) or []
    return [tuple((p, 1 - p) for p in point) for point in points]


# Pure equilibria


def _pure(payoffs: Payoffs, workers: int, compilable: bool) -> BatchEquilibria:
    """Find the pure equilibria of games with any number of players."""
    games, sizes = len(payoffs), payoffs.shape[2:]
    if compilable and payoffs.dtype.kind != "O":
        doubles, inexact = _doubles(payoffs)
        compilable = not inexact.any()
    if compilable and payoffs.dtype.kind != "O":
        from negotiation.kernels import pure_filter

        lines = pure_profiles.lines(sizes)
        shape = len(sizes), prod(sizes)

        def kernel(flat: Doubles, first: int, counts: Counts, columns: Columns) -> tuple[int, int]:
            tables = flat.reshape(len(flat), *shape)
            return pure_filter.mark_equilibria(tables, lines, first, len(flat), counts, *columns)

        rows = _run(kernel, doubles, lambda n: [np.empty(n, np.int64)], prod(sizes), workers)
    else:
        rows = _pure_without_compiler(payoffs)
    (profiles,) = rows.columns
    _within_budget(profiles.size * 8 * sum(sizes))
    probabilities = []
    for player, size in enumerate(sizes):
        actions = profiles // prod(sizes[player + 1 :]) % size
        probabilities.append((actions[:, None] == np.arange(size)).astype(np.float64))
    none = np.zeros(games, np.bool_)
    return _answer("pure", payoffs, rows, probabilities, np.empty(0, np.uint8), none)


def _pure_without_compiler(payoffs: Payoffs) -> _Rows:
    """Find the pure equilibria by comparing whole arrays, a few thousand games at a time."""
    size = prod(payoffs.shape[2:])
    step = max(1, 2**20 // size)
    counts, found = [], []
    for start in range(0, len(payoffs), step):
        part = payoffs[start : start + step]
        stable = np.empty((len(part), *payoffs.shape[2:]), np.bool_)
        pure_profiles.mark_equilibria(part, stable)
        game, profile = np.nonzero(stable.reshape(len(part), size))
        counts.append(np.bincount(game, minlength=len(part)))
        found.append(profile)
        _within_budget(sum(column.nbytes for column in found))
    none = np.zeros(0, np.int64)
    return _Rows(np.concatenate([none, *counts]), [np.concatenate([none, *found])])
