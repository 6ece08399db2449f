r"""Backward induction on traced numbers: the exact solver itself, run once for a cell of points.

:class:`_TracedSolver` is :class:`negotiation.solvers.backward_induction._Solver` on a game whose
payoffs and probabilities are traced (:mod:`negotiation.analysis.sweeps.traced`), so ties, continua,
gaps, order and the rules are decided by the same code as at a single point. Two things differ.

*Two movers.* The vertex enumeration pivots in integers. What it returns depends on the signs of the
determinants of :mod:`negotiation.kernels.minors` alone: which pairs are extreme equilibria, their
order, and the sets they span. So these signs are asked for, the enumeration runs at the witness,
and each mixture is written as the rational function that Cramer's rule gives: of a pair (I, J) that
is a vertex by these signs, I being the support, and whose mixture is the one found. Where several
pairs give one vertex the signs say so, hence they give the same one on the whole cell.

*Numbers of profiles* are not needed, and counting them compares what nothing else does. So in pure
strategies a one-shot stage only asks whether each exit that a mover can reach alone has a
continuation worth no more to him. Outcomes, not values, are told apart there: an outcome has one
value, so what equal values would merge stays the same set of outcomes, and a set is what is
returned, sorted.

*Stages are remembered.* What a stage gives depends on the functions at its exits and on the signs
that it asks for. So it is solved with a trace of its own, and kept with the answers; where the same
functions meet and the answers are the same, the stage need not be solved again, and its questions
are noted in the order in which they were asked.

The certificates of :func:`negotiation.solve` are no part of a sweep.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from negotiation.analysis.regimes.diagrams import Undefined
from negotiation.analysis.regimes.tree import SymbolicTree
from negotiation.analysis.sweeps.branch_codes import histories_code
from negotiation.analysis.sweeps.traced import Algebra, Facts, Trace, Traced, Untraceable
from negotiation.game import Game
from negotiation.kernels.minors import MOST_ACTIONS, candidates
from negotiation.selection import Cell, Rule
from negotiation.solvers import _components, _outcomes
from negotiation.solvers.backward_induction import Induction, _Solver
from negotiation.solvers.bimatrix import BimatrixEquilibria, extreme_equilibria
from negotiation.solvers.continua import Continuum
from negotiation.solvers.kept_continua import Selected, apply_outcome_rules
from negotiation.solvers.plans import NOTHING, Class, Continuations, Plan
from negotiation.solvers.stages import Lottery, StageTree

__all__ = ["TRACED_RULES", "Answer", "TracedGame"]

TRACED_RULES = (
    "all",
    "payoff-dominant",
    "risk-dominant",
    "coalition-proof",
    "preferred",
    "worst",
    "pareto",
    "unique",
)
"""Selection rules that compare numbers only."""
SHARED = ("parent", "end", "is_subgame_root")


@dataclass(frozen=True)
class _Remembered:
    """What a stage gave where some facts hold; `gaps` and `endless` are what it added."""

    facts: Facts
    found: Continuations
    continua: list[Continuum] | None
    gaps: Mapping[str, Sequence[str]]
    endless: bool


@dataclass(frozen=True)
class Answer:
    """What the exact solver returns on a cell.

    Attributes
    ----------
    payoffs : tuple of tuple of Traced
        For each equilibrium, in order, one function a player.
    labels : tuple of str
        The regime of each.
    codes : tuple of int
        The key of the histories that each reaches, of rank 0
        (:mod:`negotiation.analysis.sweeps.branch_codes`).
    complete : bool
    """

    payoffs: tuple[tuple[Traced, ...], ...]
    labels: tuple[str, ...]
    codes: tuple[int, ...]
    complete: bool


class TracedGame:
    """A game whose numbers are functions of the swept parameters.

    Parameters
    ----------
    tree : SymbolicTree
    algebra : Algebra
    concept : str
        One that is solved by backward induction, or in one stage where `whole`.
    rules : sequence of Rule
    """

    def __init__(
        self,
        tree: SymbolicTree,
        algebra: Algebra,
        *,
        pure: bool,
        whole: bool,
        rules: Sequence[Rule],
    ) -> None:
        self.tree = tree
        self.algebra = algebra
        self.pure = pure
        self.whole = whole
        self.rules = rules
        self._codes: dict[tuple[int, ...], int] = {}
        self.exits: dict[int, tuple[int, ...]] = {}
        """The exits of the stage that begins at a node."""
        self.stages: dict[Any, list[_Remembered]] = {}
        """By the stage and the functions at its exits."""

    def solve(self, trace: Trace, witness: Sequence[Fraction]) -> Answer | None:
        """Return the answer on the cell of a witness; None where there is no game.

        Raises
        ------
        Untraceable, NegotiationError
            Where this point is to be left to the exact solver.
        """
        if not trace.holds(self.tree.domain) or not trace.holds(self.tree.defined):
            return None
        self.algebra.trace = trace
        try:
            game = self._game(trace)
            solver = _TracedSolver(self, game, witness)
            induction = solver.solve()
            if induction.continua and any(rule.name == "pareto" for rule in self.rules):
                raise Untraceable("pareto on continua is decided by linear programs in numbers")
            found = Selected(_outcomes(induction), list(induction.continua), [])
            selected = apply_outcome_rules(self.rules, found, game.players)
            induction.gaps += selected.gaps
            _components(induction, selected)
            kept = selected.outcomes
            labels = tuple(self._label(trace, one.outcome) for one in kept)
            codes = tuple(self._code(one.outcome) for one in kept)
        finally:
            self.algebra.trace = None
        payoffs = tuple(cast(tuple[Traced, ...], one.value) for one in kept)
        return Answer(payoffs, labels, codes, not induction.gaps)

    def _game(self, trace: Trace) -> Game:
        """Return the game with the pieces of its payoffs that hold at the witness."""
        number = self.tree.diagrams.number

        def read(diagrams: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(self.algebra.of(number(trace.value(diagram))) for diagram in diagrams)

        shape = self.tree.game
        game = replace(
            shape,
            payoffs={node: read(found) for node, found in self.tree.payoffs.items()},
            probabilities={node: read(found) for node, found in self.tree.probabilities.items()},
        )
        for name in SHARED:
            game.__dict__[name] = getattr(shape, name)
        return game

    def _label(self, trace: Trace, outcome: Sequence[tuple[int, Any]]) -> str:
        label = trace.value(self.tree.label(tuple((node, p.ratio) for node, p in outcome)))
        if isinstance(label, Undefined):
            raise Untraceable
        return str(label)

    def _code(self, outcome: Sequence[tuple[int, Any]]) -> int:
        nodes = tuple(node for node, _ in outcome)
        if nodes not in self._codes:
            path = self.tree.game.path
            self._codes[nodes] = histories_code(dict(path(node)) for node in nodes)
        return self._codes[nodes]


class _TracedStage(StageTree):
    """A stage whose lotteries are traced throughout, for they are keys."""

    algebra: Algebra

    def lotteries(self, check_time: Callable[[], None]) -> dict[Cell, Lottery]:
        """Return for each pure profile the exits it reaches, with their probabilities."""
        of = self.algebra.wrapped
        return {
            profile: cast(Lottery, tuple((node, of(weight)) for node, weight in lottery))
            for profile, lottery in super().lotteries(check_time).items()
        }


class _TracedSolver(_Solver):
    def __init__(self, traced: TracedGame, game: Game, witness: Sequence[Fraction]) -> None:
        kernel = _Kernel(traced.algebra, witness)
        super().__init__(game, traced.pure, traced.rules, traced.whole, None, kernel)
        self.traced = traced
        self.algebra = traced.algebra
        self.chances = tuple(_serials(shares) for shares in game.probabilities.values())

    def solve(self) -> Induction:
        """Solve every subgame, the last first."""
        for root in range(len(self.ends) - 1, -1, -1):
            if root == 0 or self.ends[root]:
                found = self._remembered(root)
                for node in self.traced.exits[root]:
                    self.solved.pop(node, None)
                    self.continua.pop(node, None)
                self.solved[root] = found
        gaps = list(self.gaps)
        return Induction(self.solved[0], gaps, self.endless, [], self.continua.get(0, []))

    def _remembered(self, root: int) -> Continuations:
        """Return the equilibria of a subgame, solved before or now."""
        trace = cast(Trace, self.algebra.trace)
        known = self.traced.stages.setdefault(self._key(root), [])
        same = next((one for one in known if trace.agrees(one.facts)), None)
        if same is None:
            same = self._solved_apart(root, trace)
            known.append(same)
        trace.note(same.facts)
        for reason, places in same.gaps.items():
            self.gaps.setdefault(reason, []).extend(places)
        self.endless = self.endless or same.endless
        if same.continua is not None:
            self.continua[root] = same.continua
        return same.found

    def _key(self, root: int) -> tuple[Any, ...]:
        """Return the stage and the functions that it reads.

        What a subgame gave is one object, kept with what is remembered of it.
        """
        if root not in self.traced.exits:
            self.traced.exits[root] = tuple(_TracedStage(self.game, root, self.ends).exits)
        exits: list[Any] = []
        for node in self.traced.exits[root]:
            if node in self.solved:
                exits.append((id(self.solved[node]), id(self.continua.get(node))))
            else:
                exits.append(_serials(self.game.payoffs[node]))
        return (root, self.chances, *exits)

    def _solved_apart(self, root: int, trace: Trace) -> _Remembered:
        """Solve a stage with a trace of its own."""
        stage = _TracedStage(self.game, root, self.ends)
        stage.algebra = self.algebra
        gaps, endless = self.gaps, self.endless
        self.gaps, self.endless = {}, False
        apart = self.algebra.trace = trace.apart()
        try:
            found = self.continuations(stage)
            return _Remembered(
                apart.facts(), found, self.continua.get(root), self.gaps, self.endless
            )
        except Exception:
            # What was asked before lies on the way to this end, too.
            trace.note(apart.facts())
            raise
        finally:
            self.gaps, self.endless = gaps, endless
            self.algebra.trace = trace

    def continuations(self, stage: StageTree) -> Continuations:
        """Return the equilibria of the subgame that a stage begins."""
        if self.pure and not self.rules and stage.is_one_shot:
            options = [self.of(node) for node in stage.exits]
            return self.one_shot(stage, options) if all(options) else {}
        return super().continuations(stage)

    def of(self, node: int) -> Continuations:
        """Return the continuations of an exit; a terminal node has one, surely."""
        if node in self.solved:
            return self.solved[node]
        ended = Class()
        ended.add(((node, cast(Fraction, self.algebra.one)),), 1, NOTHING)
        return {self.game.payoffs[node]: ended}

    def one_shot(self, stage: StageTree, options: list[Continuations]) -> Continuations:
        """Solve a one-shot stage; in pure strategies without the numbers of profiles."""
        if not self.pure:
            return super().one_shot(stage, options)
        number = {node: k for k, node in enumerate(stage.exits)}
        lotteries = stage.lotteries(self.check_time)
        exits = {profile: number[end] for profile, ((end, _),) in lotteries.items()}
        floors = [
            {mover: _distinct(value[mover] for value in option) for mover in stage.movers}
            for option in options
        ]
        known: dict[tuple[int, int, int], bool] = {}

        def at_most(k: int, mover: int, value: Any) -> bool:
            key = (k, mover, value.serial)
            if key not in known:
                known[key] = any(other <= value for other in floors[k][mover])
            return known[key]

        result: dict[Any, Class] = {}
        for profile, k in exits.items():
            for value, found in options[k].items():
                if all(
                    at_most(exits[other], mover, value[mover])
                    for position, mover in enumerate(stage.movers)
                    for other in _deviations(profile, position, stage.sizes[position])
                ):
                    into = result.setdefault(_Formulas(cast(tuple[Traced, ...], value)), Class())
                    for outcome in found.outcomes:
                        into.add(outcome, 1, _PLAYED)
        return cast(Continuations, result)


_PLAYED = Plan((), {}, {0: NOTHING})
"""Stands for what is played where only the outcome counts."""


class _Formulas(tuple[Traced, ...]):
    """Payoffs as a key by their functions: nothing is compared."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(tuple(number.serial for number in self))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Formulas) and len(self) == len(other) and all(map(_is, self, other))
        )

    def __ne__(self, other: object) -> bool:
        return not self == other


def _serials(numbers: Sequence[Any]) -> tuple[int, ...]:
    return tuple(number.serial for number in numbers)


def _is(one: object, other: object) -> bool:
    return one is other


def _distinct(numbers: Any) -> list[Traced]:
    return list({number.serial: number for number in numbers}.values())


def _deviations(profile: Cell, position: int, size: int) -> list[Cell]:
    return [
        (*profile[:position], action, *profile[position + 1 :])
        for action in range(size)
        if action != profile[position]
    ]


class _Kernel:
    """All equilibria of two movers with traced payoffs."""

    def __init__(self, algebra: Algebra, witness: Sequence[Fraction]) -> None:
        self.algebra = algebra
        self.witness = witness
        self.values: dict[int, Fraction] = {}

    def __call__(
        self, first: Any, second: Any, *, deadline: float | None = None
    ) -> BimatrixEquilibria:
        """Return what :func:`extreme_equilibria` returns, mixtures as functions."""
        assert deadline is None
        m, n = len(first), len(first[0])
        if max(m, n) > MOST_ACTIONS:
            raise Untraceable
        rows = _Mixtures(self.algebra, second)
        columns = _Mixtures(self.algebra, [list(line) for line in zip(*first, strict=True)])
        found = extreme_equilibria(self.at(first), self.at(second))
        return replace(
            found,
            equilibria=tuple(
                (rows.of(x, self.value), columns.of(y, self.value)) for x, y in found.equilibria
            ),
        )

    def value(self, number: Any) -> Fraction:
        """Return the value of a number at the witness."""
        known = self.values.get(number.serial)
        if known is None:
            known = self.values[number.serial] = number.at(self.witness)
        return known

    def at(self, table: Sequence[Sequence[Any]]) -> list[list[Fraction]]:
        """Return a table of payoffs at the witness."""
        return [[self.value(number) for number in line] for line in table]


class _Mixtures:
    """The vertices of a best-reply polytope, by the signs of determinants.

    Parameters
    ----------
    payoffs : sequence of sequence of Traced
        ``payoffs[i][j]`` is what the replier gets by reply j against own action i.
    """

    def __init__(self, algebra: Algebra, payoffs: Sequence[Sequence[Traced]]) -> None:
        self.algebra = algebra
        self.payoffs = payoffs
        self.own, self.replies = len(payoffs), len(payoffs[0])
        self.determinants: dict[tuple[tuple[int, ...], tuple[int, ...]], Any] = {}
        self.signs: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        for size in range(min(self.own, self.replies - 1) + 1):
            for rows in itertools.combinations(range(self.own), size):
                for columns in itertools.combinations(range(self.replies), size + 1):
                    self._add(rows, columns)
        self.vertices = [
            (used, tight)
            for used, tight in candidates(self.own, self.replies)
            if self._is_vertex(used, tight)
        ]

    def _add(self, rows: tuple[int, ...], columns: tuple[int, ...]) -> None:
        """Find a determinant and ask for its sign."""
        total: Any = self.algebra.one if not rows else self.algebra.zero
        for t in range(1, len(columns) if rows else 0):
            left = columns[:t] + columns[t + 1 :]
            difference = self.payoffs[rows[0]][columns[0]] - self.payoffs[rows[0]][columns[t]]
            term = difference * self.determinants[rows[1:], left]
            total = total + term if t % 2 else total - term
        self.determinants[rows, columns] = total
        self.signs[rows, columns] = 1 if total > 0 else -1 if total < 0 else 0

    def _weight_signs(self, used: tuple[int, ...], tight: tuple[int, ...]) -> set[int]:
        return {(-1) ** t * self.signs[used[:t] + used[t + 1 :], tight] for t in range(len(used))}

    def _is_vertex(self, used: tuple[int, ...], tight: tuple[int, ...]) -> bool:
        """Say whether the y_t of a pair (I, J) have one sign and no other reply is better."""
        if (own := self._weight_signs(used, tight)) not in ({1}, {-1}):
            return False
        (sign,) = own
        for reply in range(self.replies):
            if reply not in tight:
                columns = tuple(sorted((*tight, reply)))
                place = columns.index(reply)
                if sign * (-1) ** place * self.signs[used, columns] > 0:
                    return False
        return True

    def of(self, mixture: Sequence[Fraction], value: Callable[[Any], Fraction]) -> tuple[Any, ...]:
        """Return the mixture that has these values at the witness, as functions."""
        support = tuple(k for k, share in enumerate(mixture) if share)
        if len(support) == 1:
            return tuple(mixture)
        for used, tight in self.vertices:
            if used == support:
                weights = [
                    self.determinants[used[:t] + used[t + 1 :], tight] * (-1) ** t
                    for t in range(len(used))
                ]
                total = sum(weights[1:], weights[0])
                shares = [weight / total for weight in weights]
                if all(value(s) == mixture[k] for s, k in zip(shares, support, strict=True)):
                    found: list[Any] = [Fraction(0)] * len(mixture)
                    for k, share in zip(support, shares, strict=True):
                        found[k] = share
                    return tuple(found)
        raise Untraceable
