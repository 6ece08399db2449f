r"""One stage with symbolic payoffs: its equilibria and what the stage rules keep, as conditions.

*Pure equilibria* are profiles at which no deviation gains. *Mixed equilibria* of two movers are the
extreme ones that the exact solver lists: pairs (x, y) of vertices of the best-reply polyhedra at
which every strategy is either unused or a best reply (Mangasarian 1964). A vertex with support S is
the solution of

.. math:: \sum_{i \in S} x_i B_{ij} = v \ (j \in T), \qquad \sum_{i \in S} x_i = 1

for some set T of as many best replies, where this system has one solution (Cramer's rule: x is a
rational function of the payoffs); it is positive on S and no column is better than those of T. So
everything is a sign condition, ties included.

*Stage rules* compare candidates, each with its own condition: ``payoff-dominant`` asks that every
other candidate is absent or gives no mover more, ``risk-dominant`` compares the products of losses
on a diagonal of a 2x2 stage, ``coalition-proof`` follows :mod:`negotiation.selection` level by
level with conditions instead of sets of profiles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    Condition,
    conjunction,
    disjunction,
    negation,
)
from negotiation.analysis.regimes.diagrams import Diagram, Undefined
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, ZERO, Ratio, Ring
from negotiation.errors import MethodError
from negotiation.selection import Cell
from negotiation.solvers.stages import StageTree

if TYPE_CHECKING:
    from negotiation.analysis.regimes.support import Binding, Support

__all__ = ["StageTable", "stage_outcomes"]

ExitLottery = tuple[tuple[int, Ratio], ...]
Mixture = tuple[tuple[int, Ratio], ...]
"""Strategies with positive probability, each with it."""
MAX_SUPPORT_PAIRS = 1_000
NONNEGATIVE = ZERO | POSITIVE


@dataclass(frozen=True, eq=False)
class StageTable:
    """The strategic form of a stage with symbolic values at its exits.

    Attributes
    ----------
    stage : StageTree
    lotteries : mapping
        Pure profile to the exits it reaches.
    payoffs : mapping
        Pure profile to the values of all players.
    """

    stage: StageTree
    lotteries: Mapping[Cell, ExitLottery]
    payoffs: Mapping[Cell, tuple[Diagram, ...]]


@dataclass(frozen=True, eq=False)
class _Candidate:
    """An equilibrium of a stage with its condition; `profile` is None where somebody mixes."""

    profile: Cell | None
    lottery: ExitLottery
    values: tuple[Diagram, ...]
    condition: Condition

    def under(self, condition: Condition) -> _Candidate:
        return _Candidate(
            self.profile, self.lottery, self.values, conjunction([self.condition, condition])
        )


def stage_outcomes(support: Support, table: StageTable) -> Iterator[tuple[ExitLottery, Condition]]:
    """Yield the lotteries over exits that equilibria of a stage induce, each with its condition.

    Raises
    ------
    MethodError
        For mixed equilibria of three or more movers, and for rules that have no symbolic form.
    """
    analysis = _StageAnalysis(support, table)
    for candidate in analysis.selected():
        yield candidate.lottery, candidate.condition


class _StageAnalysis:
    def __init__(self, support: Support, table: StageTable) -> None:
        self.support = support
        self.table = table
        self.stage = table.stage
        self.movers = table.stage.movers
        self.diagrams = support.diagrams
        self.incentives = support.incentives

    def selected(self) -> list[_Candidate]:
        """Return the candidates that the stage rules keep."""
        several = len(self.movers) > 1
        candidates = list(self._pure() if self.support.pure or not several else self._mixed())
        kept = candidates
        for rule in self.support.rules if several else ():
            if rule.name == "payoff-dominant":
                kept = self._payoff_dominant(kept)
            elif rule.name == "risk-dominant":
                kept = self._risk_dominant(kept)
            elif rule.name == "coalition-proof":
                kept = self._coalition_proof(kept, candidates)
            kept = [candidate for candidate in kept if candidate.condition is not FALSE]
        return kept

    def gain(self, profile: Cell, position: int) -> Diagram:
        """Return the value of a pure profile for the mover at `position`."""
        return self.table.payoffs[profile][self.movers[position]]

    def at_least(self, one: Cell, two: Cell, position: int) -> Condition:
        """Return where a mover has at least as much at one profile as at another."""
        return self.incentives.at_least(
            self.gain(one, position),
            self.gain(two, position),
            lambda: self._binding(one, two, position),
        )

    def _binding(self, one: Cell, two: Cell, position: int) -> Binding:
        if one[position] == two[position]:
            from negotiation.analysis.regimes.support import Binding

            player = self.support.game.players[self.movers[position]]
            return Binding("selection", player=player, action="a profile", instead="another")
        return self.support.binding(self.stage, position, one[position], two[position])

    # -- pure -----------------------------------------------------------------------------------

    def _pure(self) -> Iterator[_Candidate]:
        for profile, lottery in self.table.lotteries.items():
            self.support.check_time()
            condition = conjunction(
                self.at_least(profile, other, position)
                for position in range(len(self.movers))
                for other in self._deviations(profile, position)
            )
            if condition is not FALSE:
                values = self.table.payoffs[profile]
                yield _Candidate(profile, lottery, values, condition)

    def _deviations(self, profile: Cell, position: int) -> Iterator[Cell]:
        for action in range(self.stage.sizes[position]):
            if action != profile[position]:
                yield (*profile[:position], action, *profile[position + 1 :])

    # -- mixed, two movers ----------------------------------------------------------------------

    def _mixed(self) -> Iterator[_Candidate]:
        if len(self.movers) > 2:
            raise MethodError(
                f"mixed equilibria of {len(self.movers)} simultaneous movers have no symbolic form "
                f"({self.stage.describe()})",
                place="concept",
                remedy="ask for pure-subgame-perfect, or pure",
            )
        rows, columns = (self._distinct(position) for position in range(2))
        one, two = self.movers
        cells = [(i, j) for i in rows for j in columns]
        entries = [self.table.payoffs[cell][mover] for cell in cells for mover in (one, two)]
        for condition, values in self.diagrams.pieces(entries):
            self.support.check_time()
            if any(isinstance(value, Undefined) for value in values):
                continue  # The pattern there is that the model is undefined.
            numbers = [self.diagrams.number(value) for value in values]
            width = len(columns)
            first = [numbers[2 * i * width : 2 * (i + 1) * width : 2] for i in range(len(rows))]
            second = [
                numbers[2 * i * width + 1 : 2 * (i + 1) * width : 2] for i in range(len(rows))
            ]
            bimatrix = _Bimatrix(self, rows, columns, first, second)
            for x, y, holds in bimatrix.equilibria():
                candidate = self._candidate(x, y, conjunction([condition, holds]))
                if candidate.condition is not FALSE:
                    yield candidate

    def _candidate(self, x: Mixture, y: Mixture, condition: Condition) -> _Candidate:
        if len(x) == len(y) == 1:
            profile = (x[0][0], y[0][0])
            return _Candidate(
                profile, self.table.lotteries[profile], self.table.payoffs[profile], condition
            )
        weights: dict[int, Ratio] = {}
        cells = [((i, j), p * q) for i, p in x for j, q in y]
        for profile, weight in cells:
            for node, share in self.table.lotteries[profile]:
                part = weight * share
                weights[node] = weights[node] + part if node in weights else part
        values = tuple(
            self.support.expected([(w, self.table.payoffs[profile][k]) for profile, w in cells])
            for k in range(len(self.support.game.players))
        )
        return _Candidate(None, tuple(sorted(weights.items())), values, condition)

    def _distinct(self, position: int) -> list[int]:
        """Return the strategies of a mover, of those with the same consequences the first."""
        seen: dict[Any, int] = {}
        other = 1 - position
        for strategy in range(self.stage.sizes[position]):
            row = []
            for against in range(self.stage.sizes[other]):
                cell = (strategy, against) if position == 0 else (against, strategy)
                row.append(tuple((node, w.key) for node, w in self.table.lotteries[cell]))
            seen.setdefault(tuple(row), strategy)
        return list(seen.values())

    # -- stage rules ------------------------------------------------------------------------------

    def _selection_at_least(self, one: Diagram, two: Diagram, rule: str, mover: int) -> Condition:
        from negotiation.analysis.regimes.support import Binding

        game = self.support.game
        head = game.information_sets[self.stage.sets[mover][0]]
        return self.incentives.at_least(
            one,
            two,
            lambda: Binding(
                "selection", game.players[mover], head.move, head.information, rule, "another"
            ),
        )

    def _payoff_dominant(self, kept: Sequence[_Candidate]) -> list[_Candidate]:
        """Keep what is best for every mover; candidates of the same values are one here."""
        groups: dict[tuple[int, ...], list[_Candidate]] = {}
        for candidate in kept:
            key = tuple(candidate.values[m].serial for m in self.movers)
            groups.setdefault(key, []).append(candidate)
        present = {
            key: (own[0].values, disjunction(c.condition for c in own))
            for key, own in groups.items()
        }
        found = []
        for key, own in groups.items():
            self.support.check_time()
            parts = []
            for other, (values, condition) in present.items():
                if other != key:
                    best = conjunction(
                        self._selection_at_least(own[0].values[m], values[m], "payoff-dominant", m)
                        for m in self.movers
                    )
                    parts.append(disjunction([negation(condition), best]))
            allowed = conjunction(parts)
            found += [candidate.under(allowed) for candidate in own]
        return found

    def _risk_dominant(self, kept: Sequence[_Candidate]) -> list[_Candidate]:
        if len(kept) < 2:
            return list(kept)
        if self.stage.sizes != (2, 2):
            size = "x".join(map(str, self.stage.sizes))
            raise MethodError(
                f"risk-dominant is defined for 2x2 stages; this one is {size}",
                place="select",
                remedy="use payoff-dominant or coalition-proof",
            )
        pure = {c.profile: c for c in kept if c.profile is not None}
        beaten = {}
        for profile, candidate in pure.items():
            opposite = pure.get((1 - profile[0], 1 - profile[1]))
            beaten[profile] = FALSE
            if opposite is not None and opposite.profile is not None:
                loses = negation(
                    self._selection_at_least(
                        self._loss_product(profile),
                        self._loss_product(opposite.profile),
                        "risk-dominant",
                        self.movers[0],
                    )
                )
                beaten[profile] = conjunction([candidate.condition, opposite.condition, loses])
        some = disjunction(beaten.values())
        return [c.under(negation(some if c.profile is None else beaten[c.profile])) for c in kept]

    def _loss_product(self, profile: Cell) -> Diagram:
        diagrams = self.diagrams
        number = diagrams.number
        product = diagrams.leaf(1)
        for position in range(2):
            other = next(self._deviations(profile, position))
            loss = diagrams.apply(
                "-",
                lambda a, b: diagrams.leaf(number(a) - number(b)),
                self.gain(profile, position),
                self.gain(other, position),
            )
            product = diagrams.apply(
                "*", lambda a, b: diagrams.leaf(number(a) * number(b)), product, loss
            )
        return product

    def _coalition_proof(
        self, kept: Sequence[_Candidate], candidates: Sequence[_Candidate]
    ) -> list[_Candidate]:
        """Keep what is coalition-proof; `candidates` are all equilibria of the stage."""
        somebody_mixes = disjunction(c.condition for c in candidates if c.profile is None)
        if somebody_mixes is not FALSE and self.stage.sizes != (2, 2):
            size = "x".join(map(str, self.stage.sizes))
            raise MethodError(
                f"coalition-proof has no symbolic form for mixed equilibria of a {size} stage",
                place="select",
                remedy="ask for pure-subgame-perfect, or use payoff-dominant",
            )
        proof = self._proof()
        found = []
        for candidate in kept:
            parts = []
            if candidate.profile is not None:
                parts.append(conjunction([negation(somebody_mixes), proof[candidate.profile]]))
            if somebody_mixes is not FALSE:
                unbeaten = conjunction(
                    negation(conjunction([other.condition, self._all_gain(candidate, other)]))
                    for other in candidates
                    if other is not candidate
                )
                parts.append(conjunction([somebody_mixes, unbeaten]))
            found.append(candidate.under(disjunction(parts)))
        return found

    def _all_gain(self, one: _Candidate, other: _Candidate) -> Condition:
        """Return where another candidate is strictly better for every mover."""
        return conjunction(
            negation(self._selection_at_least(one.values[m], other.values[m], "coalition-proof", m))
            for m in self.movers
        )

    def _proof(self) -> dict[Cell, Condition]:
        """Return where each profile is coalition-proof in pure strategies."""
        profiles = list(self.table.payoffs)
        proof: dict[tuple[int, ...], dict[Cell, Condition]] = {(): dict.fromkeys(profiles, TRUE)}
        movers = range(len(self.movers))
        for size in range(1, len(self.movers) + 1):
            larger = {}
            for coalition in itertools.combinations(movers, size):
                self.support.check_time()
                smaller = list(itertools.combinations(coalition, size - 1))
                enforcing = {p: conjunction(proof[fewer][p] for fewer in smaller) for p in profiles}
                larger[coalition] = self._unimproved(coalition, enforcing)
            proof = larger
        return proof[tuple(movers)]

    def _unimproved(
        self, coalition: tuple[int, ...], enforcing: Mapping[Cell, Condition]
    ) -> dict[Cell, Condition]:
        """Return where no other enforcing profile is strictly better for each of a coalition."""
        groups: dict[Cell, list[Cell]] = {}
        for profile, condition in enforcing.items():
            if condition is not FALSE:
                fixed = tuple(s for k, s in enumerate(profile) if k not in coalition)
                groups.setdefault(fixed, []).append(profile)
        found = dict.fromkeys(enforcing, FALSE)
        for group in groups.values():
            for profile in group:
                parts = [enforcing[profile]]
                for rival in group:
                    if rival != profile:
                        better = conjunction(
                            negation(self.at_least(profile, rival, k)) for k in coalition
                        )
                        parts.append(negation(conjunction([enforcing[rival], better])))
                found[profile] = conjunction(parts)
        return found


class _Bimatrix:
    """The extreme equilibria of a two-player table of ratios.

    Parameters
    ----------
    rows, columns : list of int
        Names of the strategies of the two movers.
    first, second : list of list of Ratio
        Their payoffs.
    """

    def __init__(
        self,
        analysis: _StageAnalysis,
        rows: Sequence[int],
        columns: Sequence[int],
        first: Sequence[Sequence[Ratio]],
        second: Sequence[Sequence[Ratio]],
    ) -> None:
        self.analysis = analysis
        self.diagrams = analysis.diagrams
        self.rows = rows
        self.columns = columns
        size = math.comb(len(rows) + len(columns), len(rows))
        if size > MAX_SUPPORT_PAIRS:
            raise MethodError(
                f"a stage of {len(rows)}x{len(columns)} strategies has {size:,} pairs of supports "
                f"({analysis.stage.describe()})",
                place="concept",
                remedy="ask for pure strategies, fix a move, or coarsen a grid",
            )
        # A polyhedron's rows are the own strategies that are mixed, columns the replies to them.
        self.of_first = _Polyhedron(self, second, 1)
        self.of_second = _Polyhedron(self, [list(column) for column in zip(*first, strict=True)], 0)

    def equilibria(self) -> Iterator[tuple[Mixture, Mixture, Condition]]:
        """Yield the extreme equilibria: both mixtures and the condition."""
        ys = self.of_second.vertices()
        for x, x_holds in self.of_first.vertices():
            for y, y_holds in ys:
                parts = [x_holds, y_holds]
                for j, _ in y:
                    parts.append(self.of_first.is_best(x, j))
                for i, _ in x:
                    parts.append(self.of_second.is_best(y, i))
                condition = conjunction(parts)
                if condition is FALSE or not self.analysis.support.possible(condition):
                    continue
                yield (
                    tuple((self.rows[i], p) for i, p in x),
                    tuple((self.columns[j], q) for j, q in y),
                    condition,
                )


class _Polyhedron:
    """Mixtures of one mover, and which replies of the other are best against them."""

    def __init__(
        self, bimatrix: _Bimatrix, payoffs: Sequence[Sequence[Ratio]], position: int
    ) -> None:
        self.bimatrix = bimatrix
        self.payoffs = payoffs
        self.position = position
        self.replies = range(len(payoffs[0]))
        self.ring = bimatrix.diagrams.ring
        self._best: dict[Any, Condition] = {}
        self._vertices: list[tuple[Mixture, Condition]] | None = None

    def is_best(self, mixture: Mixture, reply: int) -> Condition:
        """Return where a reply is a best one against a mixture."""
        key = (tuple((i, p.key) for i, p in mixture), reply)
        if key not in self._best:
            own = self._value(mixture, reply)
            parts = []
            for other in self.replies:
                if other != reply:
                    found = self._sign(own - self._value(mixture, other), NONNEGATIVE, reply, other)
                    parts.append(found)
            self._best[key] = conjunction(parts)
        return self._best[key]

    def _value(self, mixture: Mixture, reply: int) -> Ratio:
        total = self.ring.zero
        for i, p in mixture:
            total = total + p * self.payoffs[i][reply]
        return total

    def _sign(self, ratio: Ratio, signs: int, reply: int, other: int) -> Condition:
        analysis = self.bimatrix.analysis
        found = analysis.diagrams.sign_condition(ratio, signs)
        names = (self.bimatrix.rows, self.bimatrix.columns)[self.position]
        return analysis.incentives.owned(
            found,
            lambda: analysis.support.binding(
                analysis.stage, self.position, names[reply], names[other]
            ),
        )

    def _mixes(self, ratio: Ratio, signs: int, tight: Sequence[int]) -> Condition:
        """Return a condition on a mixture that makes the replies of `tight` equally good.

        It is about the payoffs of whose replies these are.
        """
        analysis = self.bimatrix.analysis
        found = analysis.diagrams.sign_condition(ratio, signs)
        if not analysis.incentives.separate:
            return found
        names = (self.bimatrix.rows, self.bimatrix.columns)[self.position]
        one, two = names[tight[0]], names[tight[1]]
        return analysis.incentives.owned(
            found,
            lambda: analysis.support.binding(analysis.stage, self.position, one, two),
        )

    def vertices(self) -> list[tuple[Mixture, Condition]]:
        """Return the vertices: each mixture with the condition that it is one."""
        if self._vertices is None:
            merged: dict[Any, tuple[Mixture, list[Condition]]] = {}
            for size in range(1, min(len(self.payoffs), len(self.replies)) + 1):
                for own in itertools.combinations(range(len(self.payoffs)), size):
                    for tight in itertools.combinations(self.replies, size):
                        self.bimatrix.analysis.support.check_time()
                        found = self._vertex(own, tight)
                        if found is not None:
                            mixture, condition = found
                            key = tuple((i, p.key) for i, p in mixture)
                            merged.setdefault(key, (mixture, []))[1].append(condition)
            self._vertices = [
                (mixture, condition)
                for mixture, conditions in merged.values()
                if (condition := disjunction(conditions)) is not FALSE
            ]
        return self._vertices

    def _vertex(
        self, own: tuple[int, ...], tight: tuple[int, ...]
    ) -> tuple[Mixture, Condition] | None:
        """Return the mixture on `own` that makes the replies of `tight` equally good."""
        if len(own) == 1:
            mixture: Mixture = ((own[0], self.ring.one),)
            return mixture, self.is_best(mixture, tight[0])
        matrix = [[self.payoffs[i][tight[0]] - self.payoffs[i][j] for i in own] for j in tight[1:]]
        matrix.append([self.ring.one] * len(own))
        solved = _solve(matrix, self.ring)
        if solved is None:
            return None
        solution, determinant = solved
        parts = [self._mixes(determinant, NEGATIVE | POSITIVE, tight)]
        for share in solution:
            parts.append(self._mixes(share, POSITIVE, tight))
            if parts[-1] is FALSE:
                return None
        mixture = tuple(zip(own, solution, strict=True))
        # The replies of `tight` are equal by construction; one stands for all.
        outside = [j for j in self.replies if j not in tight]
        value = self._value(mixture, tight[0])
        for j in outside:
            parts.append(self._sign(value - self._value(mixture, j), NONNEGATIVE, tight[0], j))
        condition = conjunction(parts)
        if condition is FALSE or not self.bimatrix.analysis.support.possible(condition):
            return None
        return mixture, condition


def _solve(matrix: list[list[Ratio]], ring: Ring) -> tuple[list[Ratio], Ratio] | None:
    """Solve ``matrix @ x = (0, ..., 0, 1)``; return x and the determinant, None if that is zero."""
    size = len(matrix)
    rows = [[*row, ring.one if k == size - 1 else ring.zero] for k, row in enumerate(matrix)]
    determinant = ring.one
    for k in range(size):
        pivot = next((r for r in range(k, size) if not rows[r][k].is_zero), None)
        if pivot is None:
            return None
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            determinant = -determinant
        determinant = determinant * rows[k][k]
        scale = rows[k][k]
        rows[k] = [entry / scale for entry in rows[k]]
        for r in range(size):
            if r != k and not rows[r][k].is_zero:
                factor = rows[r][k]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows], determinant
