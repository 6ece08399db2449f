r"""Cells: one run of the exact solver for all points of a sweep that it treats alike.

The points of a plan that share the values of its structural axes and the action of `each` are a
*case*: one tree of histories, whose payoffs and probabilities are functions of the variables
(:mod:`negotiation.analysis.sweeps.variables`). At a witness the solver runs on these functions
(:mod:`negotiation.analysis.sweeps.tracing`). The signs of polynomials that it asked for, the domain
of the model first, bound a *cell*: at each of its points the solver would do the same, step by
step. So it returns as many equilibria there, in the same order, with the same labels, the same gaps
and the values of the same functions; this holds on tie cells, where a polynomial is zero, as on
any other. Nothing else about games is used, so neither continua of equilibria nor the cuts of
continua need a theory of their own. Questions are only as fine as the comparisons made, not all
signs of all polynomials: fewer cells, and no case where witness and formula could fail to match.

The points of a block go down the tree of all questions asked so far by signs that are exact
(:mod:`negotiation.analysis.sweeps.signs`); who comes to an open end is the next witness. Payoffs
are the nearest doubles of the functions' values.

*Left to the exact solver, point by point:* concepts and rules that are not solved by backward
induction or as one table, stages of two movers with more than four strategies, hulls of four and
more vertices that a decision cuts, and points where the model demands something that does not hold
or a formula has no value, for there the error is what is wanted.

*What it costs.* A run on functions takes one to three times as long as one at a point, and it is
done once a cell. A model with many stages, each split by ties of its own, has thousands of cells on
a plane; sweeps of fewer points than cells gain nothing.

*Checked.* The answers of the first 8 cells of a case and of every fiftieth from there are
compared with :func:`negotiation.solve` at their witnesses. A cell that differs is a bug, and an
error says so: what is wrong at one witness cannot be trusted elsewhere.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from negotiation.analysis.regimes.diagrams import Diagrams
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, ZERO, Polynomial
from negotiation.analysis.regimes.tree import SymbolicTree
from negotiation.analysis.sweeps.blocks import Block, block_of_points
from negotiation.analysis.sweeps.branch_codes import RANK_BITS, branch_keys
from negotiation.analysis.sweeps.plan import UNNAMED, SweepPlan
from negotiation.analysis.sweeps.points import (
    SweptPoint,
    baseline_game,
    game_at,
    solve_points,
)
from negotiation.analysis.sweeps.question_tree import QuestionTree
from negotiation.analysis.sweeps.rounded import Rounded
from negotiation.analysis.sweeps.signs import IN_DOUBLES, IN_INTEGERS, Column, FormTable, Scale
from negotiation.analysis.sweeps.traced import Algebra, Trace, Traced, Untraceable
from negotiation.analysis.sweeps.tracing import TRACED_RULES, Answer, TracedGame
from negotiation.analysis.sweeps.variables import SweptSpace
from negotiation.errors import NegotiationError
from negotiation.kernels.form_layout import MOST_MOVING, Forms, Plan, Points, Tree
from negotiation.selection import parse_selection
from negotiation.solution import parameter_text
from negotiation.solvers.methods import METHODS, choose

__all__ = ["Announce", "CellSolver", "Progress"]

Result = TypeVar("Result")
Announce = Callable[[str], None]
Progress = Callable[[int], None]
Numbers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
TRACED_METHODS = (
    "backward-induction",
    "pure-enumeration",
    "vertex-enumeration",
    "iterated-dominance",
)
COMPILED_FROM = 20_000
"""Sweeps of so many points are worth the compiler."""
SHARED_FROM = 50_000
"""So many points are worth several threads."""
CHECKED, CHECKED_EVERY = 8, 50
SOLVED, CLOSED, EXACT = 0, 1, 2
UNEQUAL = NEGATIVE | POSITIVE
MOST_SIDES = 60
"""Questions whether something is zero that a path may have, one bit each."""
LONGEST_RUN = 4096
TRIES = 200
TIMED = 5
"""Points by which the time for all is estimated."""
CHUNK = 256
EXACT_DOUBLE = 2**53


@dataclass(frozen=True)
class _Leaf:
    """What is known of a cell.

    Attributes
    ----------
    kind : int
        ``SOLVED``, ``CLOSED`` (no game there), or ``EXACT`` (left to the exact solver).
    codes : tuple of int
        The histories that each equilibrium reaches.
    payoffs, changes : tuple of (Traced or None)
        Row by row, one a player; None stands for NaN.
    bounds : tuple of (Traced or None)
        Smallest change of each player, then the largest.
    """

    kind: int
    count: int = 0
    mask: int = 0
    complete: bool = True
    codes: tuple[int, ...] = ()
    payoffs: tuple[Traced | None, ...] = ()
    changes: tuple[Traced | None, ...] = ()
    bounds: tuple[Traced | None, ...] = ()


class CellSolver:
    """Solves blocks of a plan, and keeps what it learned from one to the next.

    Parameters
    ----------
    plan : SweepPlan
    announce : callable, optional
        Is told before many points are solved one by one.
    compiled : bool, optional
        Whether to use compiled kernels; by default for plans of 20,000 points and more. The
        answers are the same.
    threads : int, optional
        How many may work side by side in the kernels; by default one a processor.

    Attributes
    ----------
    cells : int
        Number of cells found so far.
    exact_points : int
        Number of points that were left to the exact solver so far.
    """

    def __init__(
        self,
        plan: SweepPlan,
        *,
        announce: Announce | None = None,
        compiled: bool | None = None,
        threads: int | None = None,
    ) -> None:
        self.plan = plan
        self.announce = announce
        self.threads = _processors() if threads is None else threads
        self.compiled = plan.size >= COMPILED_FROM if compiled is None else compiled
        self.cases: dict[tuple[int, ...], _Case] = {}
        self.structural: tuple[int, ...] | None = None
        self.columns: dict[int, Column] = {}
        self.exact_points = 0
        self._announced = False

    @property
    def cells(self) -> int:
        """Number of cells found so far."""
        return sum(len(case.leaves) for case in self.cases.values())

    def column(self, axis: int) -> Column:
        """Return the values of an axis."""
        if axis not in self.columns:
            self.columns[axis] = Column.of(self.plan.axes[axis].values)
        return self.columns[axis]

    def side_by_side(self, work: Callable[[slice], Result], size: int, points: int) -> list[Result]:
        """Return what some work on parts of a sequence gives, in order."""
        if self.threads == 1 or points < SHARED_FROM:
            return [work(slice(0, size))]
        # The compiler, if it is needed, works in this thread: a thread cannot be interrupted.
        first = work(slice(0, 1))
        # More parts than threads, for points differ in what they take.
        ends = np.linspace(1, size, 4 * self.threads + 1).astype(int).tolist()
        with ThreadPoolExecutor(self.threads) as pool:
            parts = pool.map(work, itertools.starmap(slice, itertools.pairwise(ends)))
            return [first, *parts]

    def solve(self, start: int, stop: int, progress: Progress | None = None) -> Block:
        """Return the answers at the points ``start..stop-1``.

        Raises
        ------
        UsageError, MethodError
            As the exact solver does at the first point where it does.
        """
        parts = list(self._parts(start, stop))
        left = [part.exact() for part in parts]
        numbers = np.sort(np.concatenate([np.empty(0, np.int64), *left]))
        if progress is not None and len(numbers) < stop - start:
            progress(stop - start - len(numbers))
        exact = self._exact(numbers, stop - start, progress)
        return self._assembled(start, stop, parts, exact)

    # -- cases ----------------------------------------------------------------------------------

    def _parts(self, start: int, stop: int) -> Iterator[_Part]:
        """Yield the points of each case with their leaves."""
        numbers = np.arange(start, stop, dtype=np.int64)
        places = self.plan.indices(start, stop)
        if self.structural is None:
            self.structural = self._structural_axes()
        if self.structural is _NONE:
            yield _Part(None, numbers, np.zeros((0, 3), np.int64))
            return
        if not self.structural and len(self.plan.actions) == 1:
            yield self._part((0,), numbers, places)
            return
        actions = numbers % len(self.plan.actions)
        keys = np.stack([*(places[k] for k in self.structural), actions])
        distinct, members = np.unique(keys, axis=1, return_inverse=True)
        members = members.reshape(-1)
        for k in range(distinct.shape[1]):
            own = np.flatnonzero(members == k)
            key = tuple(int(place) for place in distinct[:, k])
            yield self._part(key, numbers[own], places[:, own])

    def _part(self, key: tuple[int, ...], numbers: Numbers, places: Numbers) -> _Part:
        """Return points of one case with their leaves."""
        case = self._case(key, numbers)
        if case is None:
            return _Part(None, numbers, np.zeros((0, 3), np.int64))
        return _Part(case, numbers, case.classify(numbers, places))

    def _structural_axes(self) -> tuple[int, ...]:
        """Return the axes that decide the shape of the tree; a mark where nothing is known."""
        try:
            return SweptSpace(self.plan, {}).structural_axes
        except NegotiationError:
            return _NONE

    def _case(self, key: tuple[int, ...], numbers: Numbers) -> _Case | None:
        """Return a case; None if at none of its points tried there is a game to be read off."""
        if key not in self.cases:
            for number in numbers[:TRIES].tolist():
                try:
                    values, action = self.plan.point(number)
                    closed = game_at(self.plan, values, action) is None
                    barred = baseline_game(self.plan, values) is None
                except NegotiationError:
                    continue
                self.cases[key] = _Case(self, key, closed, barred)
                break
        return self.cases.get(key)

    # -- point by point -------------------------------------------------------------------------

    def _exact(
        self, numbers: Numbers, size: int, progress: Progress | None
    ) -> list[tuple[Numbers, Block]]:
        """Solve some points one by one."""
        found = []
        started = time.monotonic()
        points: list[SweptPoint] = []
        for done, point in enumerate(self._points(numbers), 1):
            points.append(point)
            if done == min(TIMED, len(numbers)):
                self._announce(len(numbers), size, (time.monotonic() - started) / done)
            if len(points) == CHUNK or done == len(numbers):
                own = numbers[done - len(points) : done]
                found.append((own, block_of_points(self.plan, int(own[0]), points)))
                points = []
            if progress is not None:
                progress(1)
        self.exact_points += len(numbers)
        return found

    def _points(self, numbers: Numbers) -> Iterator[SweptPoint]:
        """Yield the solutions at some points; neighbours share the baseline."""
        if not len(numbers):
            return
        breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
        for run in np.split(numbers, breaks):
            yield from solve_points(self.plan, int(run[0]), int(run[-1]) + 1)

    def _announce(self, count: int, size: int, seconds: float) -> None:
        """Say once how many points are solved one by one, and how long it takes."""
        if self.announce is None or self._announced:
            return
        everything = count == size
        if everything:
            count = self.plan.size
        if count * seconds >= 2 or everything:
            self._announced = everything
            self.announce(
                f"{count:,} points need the exact solver one by one: about "
                f"{_duration(count * seconds)}"
            )

    # -- arrays ---------------------------------------------------------------------------------

    def _assembled(
        self,
        start: int,
        stop: int,
        parts: Sequence[_Part],
        exact: Sequence[tuple[Numbers, Block]],
    ) -> Block:
        """Return the block of what all parts found."""
        n, players = stop - start, len(self.plan.players)
        opened, complete = np.ones(n, np.bool_), np.ones(n, np.bool_)
        counts, regimes = np.zeros(n, np.int64), np.zeros(n, np.int64)
        for part in parts:
            if part.case is None:
                continue
            places, leaves = part.numbers - start, part.case.table()
            opened[places] = part.spread(leaves.kinds == SOLVED)
            complete[places] = part.spread(leaves.complete)
            counts[places] = part.spread(leaves.counts)
            regimes[places] = part.spread(leaves.masks)
        for own, block in exact:
            places = own - start
            opened[places], complete[places] = block.open, block.complete
            counts[places], regimes[places] = block.counts, block.regimes
        offsets = np.concatenate(([0], np.cumsum(counts)))
        compared = self.plan.baseline is not None
        payoffs = np.empty((int(offsets[-1]), players))
        outcomes = np.empty(len(payoffs), np.int64)
        changes = np.empty_like(payoffs) if compared else None
        bounds = np.full((n, 2 * players), np.nan) if compared else None
        for part in parts:
            if part.case is not None:
                places = part.numbers - start
                rows = offsets[places]
                part.fill("payoffs", rows * players, payoffs)
                part.name_branches(rows, payoffs, outcomes)
                if changes is not None and bounds is not None:
                    part.fill("changes", rows * players, changes)
                    part.fill("bounds", places * 2 * players, bounds)
        for own, block in exact:
            rows = _rows(offsets[own - start], block.counts)
            assert block.outcomes is not None
            payoffs[rows], outcomes[rows] = block.payoffs, block.outcomes
            if changes is not None and bounds is not None:
                assert block.changes is not None
                assert block.change_bounds is not None
                changes[rows] = block.changes
                bounds[own - start] = np.concatenate(list(block.change_bounds), axis=1)
        shaped = (
            None
            if bounds is None
            else np.ascontiguousarray(bounds.reshape(n, 2, players).transpose(1, 0, 2))
        )
        return Block(
            start, stop, opened, complete, counts, regimes, payoffs, changes, shaped, outcomes
        )


_NONE = (-1,)
"""Stands for structural axes where no symbolic form of the model is known."""


def _rows(offsets: Numbers, counts: Numbers) -> Numbers:
    """Return the rows of points, one behind the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    rows: Numbers = np.arange(total) + np.repeat(offsets - (ends - counts), counts)
    return rows


def _halved(
    about: tuple[Tree, Forms, Points],
    runs: tuple[Numbers, Numbers],
    state: tuple[Numbers, Numbers],
    part: slice,
) -> tuple[Numbers, Numbers]:
    """Return the segments of some runs, and the points at which the tree ends or a bound fails."""
    from negotiation.kernels.forms import settle

    firsts, lasts = runs[0][part], runs[1][part]
    room = int((lasts - firsts + 1).sum())
    segments, stopped = np.empty((room, 3), np.int64), np.empty(2 * room, np.int64)
    tree, forms, points = about
    places, sides = state
    count, ends = settle(tree, forms, points, firsts, lasts, places, sides, segments, stopped)
    return segments[:count].copy(), stopped[:ends].copy()


def _is_steady(column: Column, places: Numbers, firsts: Numbers) -> bool:
    """Say whether the values of a variable go one way along all runs."""
    steps = np.array(list(map(operator.lt, column.values[:-1], column.values[1:])), np.bool_)
    if not (steps.all() or not steps.any()):
        return False
    inside = np.ones(max(0, len(places) - 1), np.bool_)
    inside[firsts[1:] - 1] = False
    moves = np.diff(places)[inside]
    return bool((moves > 0).all())


def _goes_one_way(values: Numbers, firsts: Numbers) -> bool:
    """Say whether values never fall along any run, or never rise."""
    steps = np.sign(np.diff(values))
    steps[firsts[1:] - 1] = 0
    return bool((steps >= 0).all() or (steps <= 0).all())


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@dataclass
class _Part:
    """Points of one case and their leaves; no case where all go to the exact solver.

    Attributes
    ----------
    case : _Case or None
    numbers : array (points,)
    segments : array (segments, 3)
        First point, last point and leaf.
    """

    case: _Case | None
    numbers: Numbers
    segments: Numbers
    points: Any = field(default=None)

    def __post_init__(self) -> None:
        if self.case is not None:
            self.points = self.case.points

    @cached_property
    def lengths(self) -> Numbers:
        """Numbers of points of the segments."""
        return self.segments[:, 1] - self.segments[:, 0] + 1

    def spread(self, of_leaves: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return for each point what its leaf has."""
        return np.repeat(of_leaves[self.segments[:, 2]], self.lengths)

    def exact(self) -> Numbers:
        """Return the numbers of the points that are left to the exact solver."""
        if self.case is None:
            return self.numbers
        left = self.case.table().kinds[self.segments[:, 2]] == EXACT
        return self.numbers[_rows(self.segments[left, 0], self.lengths[left])]

    @cached_property
    def solved(self) -> Numbers:
        """The segments that have equilibria to be written."""
        assert self.case is not None
        own: Numbers = self.segments[self.case.table().kinds[self.segments[:, 2]] == SOLVED]
        return own

    def fill(self, what: str, offsets: Numbers, found: Doubles) -> None:
        """Write payoffs, changes or bounds of the points to their places."""
        assert self.case is not None
        if len(self.solved):
            self.case.fill(what, self.points, self.solved, offsets, found.reshape(-1))

    def name_branches(self, offsets: Numbers, payoffs: Doubles, found: Numbers) -> None:
        """Write the key of the branch of each equilibrium."""
        assert self.case is not None
        if not len(self.solved):
            return
        table = self.case.table()
        if self.case.solver.compiled:
            from negotiation.kernels.forms import repeat

            repeat(table.code_starts, table.counts, table.codes, self.solved, offsets, found)
        else:
            counts = self.spread(table.counts)
            codes = table.codes[_rows(self.spread(table.code_starts), counts)]
            found[_rows(offsets, counts)] = codes
        shared = np.flatnonzero(self.spread(table.shared))
        if len(shared):
            counts = self.spread(table.counts)[shared]
            rows = _rows(offsets[shared], counts)
            found[rows] = branch_keys(counts, found[rows], payoffs[rows])


@dataclass(frozen=True)
class _Table:
    """The leaves of a case as arrays.

    Attributes
    ----------
    kinds, counts, masks, complete : array (leaves,)
    codes : array
        The histories that the equilibria of all leaves reach, one leaf behind the other.
    code_starts : array (leaves,)
    shared : array (leaves,)
        Whether several equilibria reach the same histories.
    """

    kinds: Numbers
    counts: Numbers
    masks: Numbers
    complete: npt.NDArray[np.bool_]
    codes: Numbers
    code_starts: Numbers
    shared: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Coordinates:
    """Points of a case: numbers in the plan, and the values of the variables.

    Attributes
    ----------
    numbers : array (points,)
    integers : array (points, variables)
    columns : sequence of (Column, array (points,))
        For each variable some values, and which of them each point has.
    valued : array (points,)
        Whether all variables have a value.
    last : int
        The variable that moves fastest, -1 if there is no such thing.
    following : frozenset of int
        Rounded parameters that move with it.
    """

    numbers: Numbers
    integers: Numbers
    columns: Sequence[tuple[Column, Numbers]]
    valued: npt.NDArray[np.bool_]
    last: int
    following: frozenset[int]

    def exact(self, p: int) -> list[Fraction]:
        """Return the values of the variables at a point."""
        return [column.values[int(places[p])] for column, places in self.columns]

    def for_kernels(self, forms: FormTable) -> Any:
        """Return the points for the kernels; double words only where some form needs them."""
        none = np.zeros((1, 1))
        words = self._double_words if IN_DOUBLES in forms.modes else (none, none)
        return Points(self.integers, *words, self.last, self._moving)

    @cached_property
    def _moving(self) -> Doubles:
        return self.integers[:, max(0, self.last)].astype(np.float64)

    @cached_property
    def runs(self) -> tuple[Numbers, Numbers]:
        """The first and the last point of each run, none longer than 4,096.

        Along a run all variables that move go one way; where they do not, each point is a run.
        """
        n = len(self.numbers)
        if self.last < 0:
            return np.arange(n), np.arange(n)
        new = np.ones(n, np.bool_)
        new[1:] = ~(self.valued[1:] & self.valued[:-1])
        for k, (_, places) in enumerate(self.columns):
            if k != self.last and k not in self.following:
                new[1:] |= places[1:] != places[:-1]
        firsts = np.flatnonzero(new)
        lasts = np.append(firsts[1:], n) - 1
        own = self.columns[self.last][1]
        if not (
            _is_steady(self.columns[self.last][0], own, firsts)
            and all(
                self.columns[k][0].scale.denominator and _goes_one_way(self.integers[:, k], firsts)
                for k in self.following
            )
        ):
            return np.arange(n), np.arange(n)
        parts = (lasts - firsts) // LONGEST_RUN + 1
        begin = np.repeat(firsts, parts) + LONGEST_RUN * _rows(np.zeros(len(parts), int), parts)
        return begin, np.minimum(begin + LONGEST_RUN - 1, np.repeat(lasts, parts))

    @cached_property
    def _double_words(self) -> tuple[Doubles, Doubles]:
        heads, tails = np.zeros(self.integers.shape), np.zeros(self.integers.shape)
        for k, (column, places) in enumerate(self.columns):
            heads[:, k], tails[:, k] = column.heads[places], column.tails[places]
        return heads, tails


class _Case:
    """Points that share the values of the structural axes and the action of `each`.

    Parameters
    ----------
    solver : CellSolver
    key : tuple of int
        Places on the structural axes, and the number of the action.
    closed : bool
        Whether the action is not allowed.
    barred : bool
        Whether there is no baseline, as none is asked for or as it is not allowed.
    """

    def __init__(
        self, solver: CellSolver, key: tuple[int, ...], closed: bool, barred: bool
    ) -> None:
        self.solver = solver
        self.plan = plan = solver.plan
        *places, action = key
        assert solver.structural is not None
        structure = {
            axis: plan.axes[axis].values[place]
            for axis, place in zip(solver.structural, places, strict=True)
        }
        self.closed = closed
        self.tree = QuestionTree()
        self.leaves: list[_Leaf] = []
        self.bends: list[tuple[int, ...] | None] = []
        self.turning: dict[int, tuple[int, ...] | None] = {}
        self.bits = {label: 1 << k for k, label in enumerate(plan.labels)}
        self.points: _Coordinates | None = None
        self._table: _Table | None = None
        self._left: int | None = None
        try:
            self.space = SweptSpace(plan, structure)
            self.diagrams = Diagrams(self.space.ring, self.space.bounds())
            self.algebra = Algebra(self.diagrams)
            fix = dict(plan.fix)
            if plan.each is not None and not closed:
                fix[plan.each] = plan.actions[action]
            self.game = self._traced(fix)
            self.before = None if barred else self._traced({**plan.fix, **(plan.baseline or {})})
            self.rounded = Rounded(self.space, self.solver.column)
        except (NegotiationError, Untraceable):
            self.traceable = False
        else:
            self.traceable = True
            self.last, self.following = self._moves_last()
            self.polynomials: dict[int, Polynomial] = {}
            self.forms = FormTable(())
            self.quotients = FormTable(())
            self.quotient_of: dict[int, int] = {}
            self.entries: dict[str, _Entries] = {}

    def _traced(self, fix: dict[str, Any]) -> TracedGame:
        """Return the game with traced numbers.

        Raises
        ------
        Untraceable
            Where another method answers, or a rule does more than compare numbers.
        """
        tree = SymbolicTree(self.space, self.diagrams, {}, fix)
        concept = self.plan.concept or tree.game.concept
        rules = parse_selection(self.plan.select or tree.game.select, tree.game.players)
        if any(rule.name not in TRACED_RULES for rule in rules):
            raise Untraceable
        if choose(tree.game, concept, None, rules).name not in TRACED_METHODS:
            raise Untraceable
        if concept == "nash" and any(
            method.name == "linear-program" and method.suits(tree.game) for method in METHODS
        ):
            raise Untraceable
        return TracedGame(
            tree,
            self.algebra,
            pure=concept in ("pure", "pure-subgame-perfect"),
            whole=concept in ("pure", "nash"),
            rules=rules,
        )

    def _moves_last(self) -> tuple[int, frozenset[int]]:
        """Return the variable that moves fastest, and the rounded ones that move with it."""
        names = [variable.name for variable in self.space.variables]
        if self.plan.sample is not None or not self.space.axis_of:
            return -1, frozenset()
        name, axis = max(self.space.axis_of.items(), key=lambda item: item[1])
        moved = {names.index(n) for n, axes in self.space.rounded.items() if axis in axes}
        return names.index(name), frozenset(moved)

    # -- coordinates ----------------------------------------------------------------------------

    def _coordinates(self, numbers: Numbers, places: Numbers) -> _Coordinates:
        """Return the values of the variables at points."""
        variables = self.space.variables
        columns: list[tuple[Column, Numbers]] = []
        valued = np.ones(len(numbers), np.bool_)
        for variable in variables:
            if variable.name in self.space.axis_of:
                axis = self.space.axis_of[variable.name]
                columns.append((self.solver.column(axis), places[axis]))
            else:
                columns.append(self._rounded_column(variable.name, places, valued))
        shape = (len(numbers), max(1, len(variables)))
        integers = np.zeros(shape, np.int64)
        for k, (column, own) in enumerate(columns):
            integers[:, k] = column.integers[own]
        self._rescale([column.scale for column, _ in columns])
        return _Coordinates(numbers, integers, columns, valued, self.last, self.following)

    def _rounded_column(
        self, name: str, places: Numbers, valued: npt.NDArray[np.bool_]
    ) -> tuple[Column, Numbers]:
        """Return the values of a parameter with digits; note the points where it has none."""
        column, members, own = self.rounded.column_at(name, places)
        valued &= own
        return column, members

    def _rescale(self, scales: list[Scale]) -> None:
        """Lay out the polynomials anew where the values grow larger than before."""
        known = self.forms.scales
        if len(known) == len(scales):
            wider = [
                Scale(
                    new.denominator if new.denominator == old.denominator else 0,
                    old.largest if new.largest <= old.largest else _power_above(new.largest),
                    min(old.low, new.low),
                    max(old.high, new.high),
                )
                for old, new in zip(known, scales, strict=True)
            ]
            if wider == list(known):
                return
            scales = wider
        self.forms, self.quotients = (FormTable(scales, self.following) for _ in range(2))
        self.quotient_of, self.entries = {}, {}

    # -- cells ------------------------------------------------------------------------------------

    def classify(self, numbers: Numbers, places: Numbers) -> Numbers:
        """Return segments of points of one leaf, exploring what is new.

        Returns
        -------
        array (segments, 3)
            First point, last point and leaf, in order.
        """
        if not self.traceable:
            return np.array([[0, len(numbers) - 1, self._exact_leaf()]], np.int64)
        self.points = points = self._coordinates(numbers, places)
        find = self._settled if self.solver.compiled else self._descended
        segments = find(points)
        if not points.valued.all():
            without = np.flatnonzero(~points.valued)
            alone = np.stack([without, without, np.full(len(without), self._exact_leaf())], axis=1)
            segments = np.concatenate([segments, alone])
        return segments[np.argsort(segments[:, 0], kind="stable")]

    def _descended(self, points: _Coordinates) -> Numbers:
        """Return segments of one point each, without the compiler."""

        def sign(form: int, p: int) -> int:
            return self.polynomials[form].sign_at(points.exact(p))

        at = np.zeros(len(points.numbers), np.int64)
        chosen = everything = np.flatnonzero(points.valued)
        while len(chosen):
            self._register()
            self.tree.descend(self.forms, points.integers, chosen, at, sign)
            chosen = chosen[self.tree.leaf_numbers()[at[chosen]] < 0]
            self._explore_all(points, chosen, at)
        leaves = self.tree.leaf_numbers()[at[everything]]
        return np.stack([everything, everything, leaves], axis=1)

    def _settled(self, points: _Coordinates) -> Numbers:
        """Return segments found by the kernel."""
        n = len(points.numbers)
        places, sides = np.zeros(n, np.int64), np.zeros(n, np.int64)
        firsts, lasts = (ends[points.valued[points.runs[0]]] for ends in points.runs)
        done = []
        while len(firsts):
            self._register()
            coordinates, forms = points.for_kernels(self.forms), self.forms.arrays()
            tree = Tree(
                np.array(self.tree.nodes, np.int64),
                self.tree.leaf_numbers(),
                *self._bends(),
            )

            halve = functools.partial(
                _halved, (tree, forms, coordinates), (firsts, lasts), (places, sides)
            )
            found = self.solver.side_by_side(halve, len(firsts), int((lasts - firsts).sum()))
            segments = np.concatenate([part for part, _ in found])
            stopped = np.concatenate([part for _, part in found])
            self._resume(points, stopped, places, sides)
            left = segments[:, 2] < 0
            done.append(segments[~left])
            firsts, lasts = segments[left, 0], segments[left, 1]
        return np.concatenate([np.empty((0, 3), np.int64), *done])

    def _bends(self) -> tuple[Numbers, Numbers, Numbers]:
        """Return what is not affine on the way to each leaf, for the kernel."""
        found = [() if bends is None else bends for bends in self.bends]
        return (
            np.cumsum([0, *map(len, found)]),
            np.array([form for forms in found for form in forms], np.int64),
            np.array([int(bends is not None) for bends in self.bends], np.int64),
        )

    def _resume(
        self, points: _Coordinates, stopped: Numbers, places: Numbers, sides: Numbers
    ) -> None:
        """Help points on: answer what a bound left open, explore what nobody has."""
        inner = np.array([node[0] >= 0 for node in self.tree.nodes], np.bool_)[places[stopped]]
        for p in np.unique(stopped[inner]).tolist():
            form, signs, inside, outside = self.tree.nodes[places[p]]
            found = self.polynomials[form].sign_at(points.exact(p))
            if (signs == UNEQUAL and found & signs) or (signs == ZERO and not found & signs):
                sides[p] = 2 * sides[p] + (found == POSITIVE)
            places[p] = inside if found & signs else outside
        self._explore_all(points, np.sort(stopped[~inner]), places)

    def _explore_all(self, points: _Coordinates, chosen: Numbers, at: Numbers) -> None:
        """Explore each open end that some points came to, from the first of them."""
        first = np.full(len(self.tree.nodes), -1, np.int64)
        first[at[chosen[::-1]]] = chosen[::-1]  # Of equal places the last one counts.
        for p in np.sort(first[first >= 0]).tolist():
            self._explore(points, p)

    def _exact_leaf(self) -> int:
        """Return the number of a leaf whose points all go to the exact solver."""
        if self._left is None:
            self._left = len(self.leaves)
            self.leaves.append(_Leaf(EXACT))
            self.bends.append(None)
            self._table = None
        return self._left

    def _register(self) -> None:
        """Lay out the polynomials that are new."""
        ring = self.diagrams.ring
        if len(ring.polynomials) > len(self.polynomials):
            self.polynomials = {p.index: p for p in ring.polynomials.values()}
        for number in range(len(self.forms), len(self.polynomials)):
            terms = self.polynomials[number].terms
            self.forms.add(tuple((powers, Fraction(c)) for powers, c in terms))

    def _explore(self, points: _Coordinates, p: int) -> None:
        """Run the solver at a witness and keep what it found."""
        witness = points.exact(p)
        integers = points.integers[p].tolist()
        signs: dict[int, int] = {}

        def sign(polynomial: Polynomial) -> int:
            number = polynomial.index
            if number not in signs:
                if number >= len(self.forms):
                    self._register()
                if self.forms.modes[number] == IN_INTEGERS:
                    value = self.forms.at(number, integers)
                    signs[number] = POSITIVE if value > 0 else NEGATIVE if value < 0 else ZERO
                else:
                    signs[number] = polynomial.sign_at(witness)
            return signs[number]

        trace = Trace(sign, self.diagrams.bounds.signs)
        number = int(points.numbers[p])
        try:
            leaf = self._solved(trace, witness, number)
        except (NegotiationError, Untraceable, ZeroDivisionError):
            leaf = _Leaf(EXACT)
        k = len(self.leaves)
        checked = leaf.kind == SOLVED and (k < CHECKED or k % CHECKED_EVERY == 0)
        if checked and not self._is_confirmed(leaf, witness, number):
            leaf = _Leaf(EXACT)
        self.tree.grow(trace.path, k)
        self.leaves.append(leaf)
        self.bends.append(self._bent(trace))
        self._table = None

    def _bent(self, trace: Trace) -> tuple[int, ...] | None:
        """Return what is asked on a path and may turn back along a run; None if too much may."""
        if self.last < 0:
            return None
        self._register()
        bends: dict[int, None] = {}
        sides = 0
        for (number, signs), answer in trace.path:
            if number not in self.turning:
                self.turning[number] = self._turning(number)
            if (turning := self.turning[number]) is None:
                return None
            bends |= dict.fromkeys(turning)
            sides += (signs, answer) in ((UNEQUAL, True), (ZERO, False))
        return tuple(bends) if sides <= MOST_SIDES else None

    def _turning(self, number: int) -> tuple[int, ...] | None:
        """Return how to find out whether a polynomial p keeps its sign between points of a run.

        Nothing is to be done if it is affine in the only variable of it that moves. One of a higher
        degree in the variable that moves fastest is noted as p; one that reads several variables
        that move and is affine in each as ~p. None where it cannot be told.
        """
        polynomial = self.polynomials[number]
        degrees = {k: polynomial.degree(k) for k in (self.last, *self.following)}
        moving = [k for k, degree in degrees.items() if degree]
        if moving == [self.last]:
            return (number,) if degrees[self.last] > 1 else ()
        if len(moving) > MOST_MOVING or any(degrees[k] > 1 for k in moving):
            return None
        return (~number,) if len(moving) > 1 else ()

    def _solved(self, trace: Trace, witness: Sequence[Fraction], number: int) -> _Leaf:
        """Return what the solver finds at a witness."""
        if self.plan.sample is not None and not trace.holds(self.game.tree.domain):
            return _Leaf(EXACT if self.plan.inside(number) else CLOSED)
        before = None
        if self.before is not None:
            before = self.before.solve(trace, witness)
            if before is None:
                return _Leaf(EXACT)
        if self.closed:
            tree = self.game.tree
            holds = trace.holds(tree.domain) and trace.holds(tree.defined)
            return _Leaf(CLOSED if holds else EXACT)
        answer = self.game.solve(trace, witness)
        if answer is None:
            return _Leaf(EXACT)
        mask = 0
        for label in answer.labels:
            mask |= self.bits[label or UNNAMED]
        changes, bounds = self._compared(trace, answer, before)
        return _Leaf(
            SOLVED,
            len(answer.payoffs),
            mask,
            answer.complete and (before is None or before.complete),
            answer.codes,
            tuple(number for row in answer.payoffs for number in row),
            changes,
            bounds,
        )

    def _compared(
        self, trace: Trace, answer: Answer, before: Answer | None
    ) -> tuple[tuple[Traced | None, ...], tuple[Traced | None, ...]]:
        """Return the changes of all rows, and their bounds; None for those that are not known."""
        if self.plan.baseline is None:
            return (), ()
        players = range(len(self.plan.players))
        rows: list[list[Traced | None]] = [[None for _ in players] for _ in answer.payoffs]
        bounds: list[Traced | None] = [None for _ in (*players, *players)]
        self.algebra.trace = trace
        try:
            base_rows = before.payoffs if before is not None and before.complete else ()
            for k in players if answer.payoffs and base_rows else ():
                gains = [row[k] for row in answer.payoffs]
                base = [row[k] for row in base_rows]
                if answer.complete:
                    bounds[k] = _least(gains) - _most(base)
                    bounds[len(players) + k] = _most(gains) - _least(base)
                if all(other == base[0] for other in base):
                    for row, gain in zip(rows, gains, strict=True):
                        row[k] = gain - base[0]
        finally:
            self.algebra.trace = None
        return tuple(change for row in rows for change in row), tuple(bounds)

    def _is_confirmed(self, leaf: _Leaf, witness: Sequence[Fraction], number: int) -> bool:
        """Say whether the exact solver has an answer at the witness; if so, it must be this one.

        Raises
        ------
        NegotiationError
            If it is another: a bug.
        """
        try:
            (point,) = solve_points(self.plan, number, number + 1)
        except NegotiationError:
            return False
        if point.solution is None or point.solution.termination == "budget":
            return False
        expected = block_of_points(self.plan, number, [point])
        assert expected.outcomes is not None
        payoffs = [
            equilibrium.payoffs[player]
            for equilibrium in point.solution.equilibria
            for player in self.plan.players
        ]
        if (
            [value.at(witness) for value in leaf.payoffs if value is not None] == payoffs
            and leaf.count == expected.counts[0]
            and leaf.mask == expected.regimes[0]
            and leaf.complete == expected.complete[0]
            and [code >> RANK_BITS for code in leaf.codes]
            == [int(key) >> RANK_BITS for key in expected.outcomes]
            and _same(leaf.changes, witness, expected.changes)
            and _same(leaf.bounds, witness, expected.change_bounds)
        ):
            return True
        where = ", ".join(f"{name} = {parameter_text(v)}" for name, v in point.values.items())
        raise NegotiationError(
            f"at {where} the answer of a cell, {leaf.count} equilibria, differs from that of an "
            f"exact solve, {expected.counts[0]}",
            place=self.plan.model.name,
            remedy="please report this model: it is a bug",
        )

    # -- values -----------------------------------------------------------------------------------

    def table(self) -> _Table:
        """Return the leaves as arrays."""
        if self._table is None:
            self._table = _Table(
                np.array([leaf.kind for leaf in self.leaves], np.int64),
                np.array([leaf.count for leaf in self.leaves], np.int64),
                np.array([leaf.mask for leaf in self.leaves], np.int64),
                np.array([leaf.complete for leaf in self.leaves], np.bool_),
                np.array([code for leaf in self.leaves for code in leaf.codes], np.int64),
                np.cumsum([0, *(leaf.count for leaf in self.leaves[:-1])]),
                np.array([len(set(leaf.codes)) < leaf.count for leaf in self.leaves], np.bool_),
            )
        return self._table

    def _quotient(self, value: Traced) -> int:
        """Return the number of a function among the quotients."""
        if value.serial not in self.quotient_of:
            self.quotient_of[value.serial] = len(self.quotients) // 2
            self.quotients.add_quotient(*value.parts)
        return self.quotient_of[value.serial]

    def _plan(self, what: str) -> Plan:
        """Return which values the points of each leaf have."""
        found = self.entries.setdefault(what, _Entries())
        for leaf in self.leaves[len(found.entry_starts) - 1 :]:
            found.add(getattr(leaf, what), self._quotient)
        return found.plan()

    def fill(
        self, what: str, points: _Coordinates, segments: Numbers, offsets: Numbers, found: Doubles
    ) -> None:
        """Write the nearest doubles of payoffs, changes or bounds of segments."""
        plan = self._plan(what)
        if self.solver.compiled:
            from negotiation.kernels.forms import fill

            coordinates = points.for_kernels(self.quotients)
            forms = self.quotients.arrays()

            def written(part: slice) -> int:
                return int(fill(plan, forms, coordinates, segments[part], offsets, found))

            lengths = segments[:, 1] - segments[:, 0] + 1
            if not sum(self.solver.side_by_side(written, len(segments), int(lengths.sum()))):
                return
        else:
            self._fill(plan, points, segments, offsets, found)
        values = {k: self.algebra.numbers[serial] for serial, k in self.quotient_of.items()}
        for p, leaf in self._open(plan, segments, offsets, found):
            first = plan.entry_starts[leaf]
            for place, entry in enumerate(plan.entries[first : plan.entry_starts[leaf + 1]]):
                if found[offsets[p] + place] == np.inf:
                    number = int(plan.quotients[plan.quotient_starts[leaf] + entry])
                    exact = values[number].at(points.exact(p))
                    found[offsets[p] + place] = float(exact)

    @staticmethod
    def _open(
        plan: Plan, segments: Numbers, offsets: Numbers, found: Doubles
    ) -> Iterator[tuple[int, int]]:
        """Yield the points that have values still open, and their leaves."""
        lengths = segments[:, 1] - segments[:, 0] + 1
        points, leaves = _rows(segments[:, 0], lengths), np.repeat(segments[:, 2], lengths)
        widths = plan.entry_starts[leaves + 1] - plan.entry_starts[leaves]
        owner = np.repeat(np.arange(len(points)), widths)
        for k in np.unique(owner[found[_rows(offsets[points], widths)] == np.inf]).tolist():
            yield int(points[k]), int(leaves[k])

    def _fill(
        self, plan: Plan, points: _Coordinates, segments: Numbers, offsets: Numbers, found: Doubles
    ) -> None:
        """Write values without the compiler: quotients of short integers; others stay open."""
        lengths = segments[:, 1] - segments[:, 0] + 1
        chosen, leaves = _rows(segments[:, 0], lengths), np.repeat(segments[:, 2], lengths)
        for leaf in np.unique(leaves).tolist():
            own = chosen[leaves == leaf]
            integers = points.integers[own]
            first, last = plan.quotient_starts[leaf], plan.quotient_starts[leaf + 1]
            values = [
                np.full(len(own), constant) if number < 0 else self._nearest(number, integers)
                for number, constant in zip(
                    plan.quotients[first:last].tolist(), plan.constants[first:last], strict=True
                )
            ]
            first, last = plan.entry_starts[leaf], plan.entry_starts[leaf + 1]
            for place, entry in enumerate(plan.entries[first:last].tolist()):
                found[offsets[own] + place] = values[entry]

    def _nearest(self, number: int, integers: Numbers) -> Doubles:
        """Return the nearest doubles of a quotient; infinity where integers are too long."""
        found = np.full(len(integers), np.inf)
        if self.quotients.modes[2 * number] != IN_INTEGERS:
            return found
        above = self.quotients.in_integers(2 * number, integers)
        below = self.quotients.in_integers(2 * number + 1, integers)
        short = (abs(above) <= EXACT_DOUBLE) & (abs(below) <= EXACT_DOUBLE)
        found[short] = np.where(above[short] == 0, 0.0, above[short] / below[short])
        return found


@dataclass
class _Entries:
    """The values of the leaves, laid out for the kernels."""

    quotient_starts: list[int] = field(default_factory=lambda: [0])
    quotients: list[int] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    entry_starts: list[int] = field(default_factory=lambda: [0])
    entries: list[int] = field(default_factory=list)
    widest: int = 1
    _plan: Plan | None = None

    def add(self, values: Sequence[Traced | None], number: Callable[[Traced], int]) -> None:
        """Add the values of a leaf; `number` gives functions their numbers."""
        places: dict[int, int] = {}
        for value in values:
            serial = -1 if value is None else value.serial
            if serial not in places:
                places[serial] = len(places)
                constant = Fraction(0) if value is None else value.ratio.constant
                if value is None or constant is not None:
                    self.quotients.append(-1)
                    self.constants.append(math.nan if value is None else float(constant or 0))
                else:
                    self.quotients.append(number(value))
                    self.constants.append(0.0)
            self.entries.append(places[serial])
        self.widest = max(self.widest, len(places))
        self.quotient_starts.append(len(self.quotients))
        self.entry_starts.append(len(self.entries))
        self._plan = None

    def plan(self) -> Plan:
        """Return the arrays."""
        if self._plan is None:
            starts, quotients, entry_starts, entries = (
                np.array(found, np.int64)
                for found in (self.quotient_starts, self.quotients, self.entry_starts, self.entries)
            )
            self._plan = Plan(
                starts, quotients, np.array(self.constants), entry_starts, entries, self.widest
            )
        return self._plan


def _power_above(number: int) -> int:
    """Return a power of two above a number, so that not every block lays out anew."""
    return int(1 << number.bit_length())


def _same(
    values: Sequence[Traced | None], witness: Sequence[Fraction], expected: Doubles | None
) -> bool:
    """Say whether values at a witness are the expected ones, those not known among them."""
    found = [math.nan if value is None else float(value.at(witness)) for value in values]
    return np.array_equal(found, [] if expected is None else expected.ravel(), equal_nan=True)


def _least(numbers: Sequence[Traced]) -> Traced:
    return min(_once(numbers))


def _most(numbers: Sequence[Traced]) -> Traced:
    return max(_once(numbers))


def _once(numbers: Sequence[Traced]) -> list[Traced]:
    return list({number.serial: number for number in numbers}.values())
