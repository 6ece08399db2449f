r"""Backward induction over subgames, with continuation values propagated as sets.

Subgames are solved from the last back. The answer of a subgame is kept factored: for each distinct
vector of continuation values that some equilibrium induces, the number of profiles that induce it
and the distinct outcomes (distributions over terminal nodes) on their paths.

At a stage of one mover no product over continuations is needed. With :math:`V_b` the continuation
values of action b and :math:`N_b(u)` the number of its profiles that give the mover at most u, the
action a with a continuation worth u to him is supported iff

.. math:: u \ge \min V_b \quad \forall b \ne a,

and then by :math:`\prod_{b \ne a} N_b(u)` combinations of what is not played. At other stages one
game is solved for each combination of distinct continuation values at the exits. Everything is
exact, so ties are ties. Selten (1965, 1975).
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from negotiation.errors import BudgetError
from negotiation.game import Distribution, Game, Payoffs
from negotiation.selection import Rule, Stage, StageEquilibrium, select_at_stage
from negotiation.solvers.stages import Answer, StageTree, all_equilibria, pure_equilibria

__all__ = ["Class", "Induction", "Plan", "solve_backward"]

MAX_COMBINATIONS = 200_000
MAX_OUTCOMES = 200_000
ONE, ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True)
class Plan:
    """A representative profile of a subgame, by reference to plans of smaller ones."""

    local: tuple[tuple[int, tuple[Fraction, ...]], ...] = ()
    parts: tuple[Plan, ...] = ()

    def profile(self) -> dict[int, tuple[Fraction, ...]]:
        """Return the probabilities at every information set of the subgame."""
        found: dict[int, tuple[Fraction, ...]] = {}
        stack = [self]
        while stack:
            plan = stack.pop()
            found.update(plan.local)
            stack += plan.parts
        return found


@dataclass
class Class:
    """The equilibria of a subgame that induce one vector of values.

    Attributes
    ----------
    profiles : int
        Their number.
    outcomes : dict
        Distribution over terminal nodes to (number of profiles, representative plan).
    """

    profiles: int = 0
    outcomes: dict[Distribution, tuple[int, Plan]] = field(default_factory=dict)

    def add(self, outcome: Distribution, profiles: int, plan: Plan) -> None:
        """Count `profiles` more with this outcome; the first plan represents them."""
        known = self.outcomes.get(outcome)
        self.outcomes[outcome] = (profiles, plan) if known is None else (known[0] + profiles, known[1])
        self.profiles += profiles

    @property
    def plan(self) -> Plan:
        """A representative plan."""
        return next(iter(self.outcomes.values()))[1]


Continuations = dict[Payoffs, Class]


@dataclass
class Induction:
    """What backward induction found.

    Attributes
    ----------
    continuations : dict
        Values at the root to the equilibria that induce them.
    gaps : list of str
        Where equilibria may be missing, in words; empty if none.
    endless : bool
        Whether the profiles form a continuum somewhere.
    barren : list of str
        Subgames without equilibrium (under the selection), in words.
    """

    continuations: Continuations
    gaps: list[str]
    endless: bool
    barren: list[str]


def solve_backward(
    game: Game,
    *,
    pure: bool,
    rules: Sequence[Rule] = (),
    whole: bool = False,
    deadline: float | None = None,
) -> Induction:
    """Solve all subgames of a game.

    Parameters
    ----------
    pure : bool
        Pure strategies only; else all equilibria of stages of up to two movers.
    rules : sequence of Rule
        Stage rules among them act at each stage.
    whole : bool
        Take the game as one stage: Nash equilibria instead of subgame-perfect ones.
    deadline : float, optional
        A value of :func:`time.monotonic`.

    Raises
    ------
    BudgetError
        If time or the number of combinations runs out.
    MethodError
        If a stage has too many profiles.
    """
    return _Solver(game, pure, rules, whole, deadline).solve()


class _Solver:
    def __init__(
        self, game: Game, pure: bool, rules: Sequence[Rule], whole: bool, deadline: float | None
    ) -> None:
        self.game = game
        self.pure = pure
        self.rules = [rule for rule in rules if rule.at_stage]
        self.ends = [False] * len(game.set_of) if whole else game.is_subgame_root
        self.deadline = deadline
        self.solved: dict[int, Continuations] = {}
        self.gaps: dict[str, list[str]] = {}
        self.barren: list[str] = []
        self.endless = False

    def solve(self) -> Induction:
        """Solve every subgame, the last first."""
        for root in range(len(self.ends) - 1, -1, -1):
            if root == 0 or self.ends[root]:
                self.check_time()
                stage = StageTree(self.game, root, self.ends)
                self.solved[root] = self.continuations(stage)
                for node in stage.exits:
                    self.solved.pop(node, None)
                if not self.solved[root] and not self.barren:
                    self.barren.append(stage.describe())
        gaps = [
            f"{reason} ({places[0]}{f' and {len(places) - 1} more places' if places[1:] else ''})"
            for reason, places in self.gaps.items()
        ]
        return Induction(self.solved[0], gaps, self.endless, self.barren)

    def check_time(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BudgetError(
                "the budget of time is spent",
                place=self.game.name,
                remedy="give a larger --budget, fix a move, or ask for pure-subgame-perfect",
            )

    def gap(self, reason: str, stage: StageTree) -> None:
        self.gaps.setdefault(reason, []).append(stage.describe())

    def of(self, node: int) -> Continuations:
        """Return the continuations of an exit; a terminal node has one."""
        if node in self.solved:
            return self.solved[node]
        ended = Class()
        ended.add(((node, ONE),), 1, Plan())
        return {self.game.payoffs[node]: ended}

    def continuations(self, stage: StageTree) -> Continuations:
        if any(not self.of(node) for node in stage.exits):
            return {}
        if stage.is_single_decision:
            return self.decision(stage)
        if stage.is_single_draw:
            return self.draw(stage)
        return self.simultaneous(stage)

    # -- one mover ----------------------------------------------------------------------------

    def decision(self, stage: StageTree) -> Continuations:
        game, mover = self.game, stage.movers[0]
        position = game.set_of[stage.root]
        children = game.children[stage.root]
        options = [self.of(child) for child in children]
        ladders = [_Ladder(option, mover) for option in options]
        floor = max(ladder.least for ladder in ladders)
        worst = [min(option, key=lambda value: value[mover]) for option in options]
        idle = [option[value].plan for option, value in zip(options, worst, strict=True)]
        result: Continuations = {}
        for k, option in enumerate(options):
            local = tuple(ONE if j == k else ZERO for j in range(len(children)))
            others = tuple(plan for j, plan in enumerate(idle) if j != k)
            for value, found in option.items():
                gain = value[mover]
                # `floor` holds the own least value too, which no own value falls short of.
                if gain < floor:
                    continue
                combinations = math.prod(
                    other.count(gain) for j, other in enumerate(ladders) if j != k
                )
                tied = any(other.has(gain) for j, other in enumerate(ladders) if j != k)
                if tied and not self.pure:
                    self.endless = True
                    self.gap("a tie at a decision makes a continuum of mixed equilibria", stage)
                into = result.setdefault(value, Class())
                for outcome, (profiles, plan) in found.outcomes.items():
                    chosen = Plan(((position, local),), (plan, *others))
                    into.add(outcome, profiles * combinations, chosen)
        return result

    # -- chance -------------------------------------------------------------------------------

    def draw(self, stage: StageTree) -> Continuations:
        """Combine the continuations of all draws; equal partial sums are merged on the way."""
        game = self.game
        zero: Payoffs = (ZERO,) * len(game.players)
        start = Class()
        start.add((), 1, Plan())
        partial: Continuations = {zero: start}
        children = game.children[stage.root]
        for child, share in zip(children, game.probabilities[stage.root], strict=True):
            partial = self._convolve(partial, self.of(child), share)
        return partial

    def _convolve(self, partial: Continuations, option: Continuations, share: Fraction) -> Continuations:
        merged: Continuations = {}
        for (value, found), (other, continuation) in itertools.product(
            partial.items(), option.items()
        ):
            self.check_time()
            if len(found.outcomes) * len(continuation.outcomes) > MAX_OUTCOMES:
                self.refuse("outcomes at a draw of chance")
            total = tuple(v + share * w for v, w in zip(value, other, strict=True))
            into = merged.setdefault(total, Class())
            for before, (count, plan) in found.outcomes.items():
                if not share:
                    product = count * continuation.profiles
                    into.add(before, product, Plan((), (plan, continuation.plan)))
                    continue
                for after, (more, next_plan) in continuation.outcomes.items():
                    joined = before + tuple((node, share * p) for node, p in after)
                    into.add(joined, count * more, Plan((), (plan, next_plan)))
        return merged

    # -- several information sets ---------------------------------------------------------------

    def simultaneous(self, stage: StageTree) -> Continuations:
        lotteries = stage.lotteries()
        options = [list(self.of(node).items()) for node in stage.exits]
        combinations = math.prod(len(option) for option in options)
        if combinations > MAX_COMBINATIONS:
            self.refuse(f"combinations of continuation values {stage.describe()}", combinations)
        idle = not self.pure and stage.has_idle_sets()
        self.endless |= idle
        result: Continuations = {}
        for chosen in itertools.product(*options):
            self.check_time()
            values = {node: value for node, (value, _) in zip(stage.exits, chosen, strict=True)}
            table = self.table(stage, lotteries, values)
            for equilibrium in self.stage_equilibria(stage, table, lotteries, idle):
                self.carry_up(stage, equilibrium, dict(zip(stage.exits, chosen, strict=True)), result)
        return result

    def table(
        self,
        stage: StageTree,
        lotteries: dict[tuple[int, ...], tuple[tuple[int, Fraction], ...]],
        values: dict[int, Payoffs],
    ) -> Stage:
        """Return the strategic form of a stage with continuation values at its exits."""
        count = len(self.game.players)
        payoffs = {}
        for profile, lottery in lotteries.items():
            if len(lottery) == 1:
                payoffs[profile] = values[lottery[0][0]]
            else:
                payoffs[profile] = tuple(
                    sum((weight * values[node][k] for node, weight in lottery), ZERO)
                    for k in range(count)
                )
        sizes = tuple(len(stage.strategies(mover)) for mover in stage.movers)
        return Stage(stage.movers, sizes, payoffs)

    def stage_equilibria(
        self,
        stage: StageTree,
        table: Stage,
        lotteries: dict[tuple[int, ...], tuple[tuple[int, Fraction], ...]],
        idle: bool,
    ) -> Iterable[StageEquilibrium]:
        if not stage.movers:
            return [StageEquilibrium((), table.payoffs[()])]
        if self.pure:
            return select_at_stage(self.rules, table, pure_equilibria(table))
        answer = self.reduced_answer(table, lotteries) if idle else all_equilibria(table, self.deadline)
        if not answer.complete:
            self.gap(
                f"mixed equilibria of {len(stage.movers)} simultaneous movers are not computed",
                stage,
            )
        if answer.continuum:
            self.endless = True
            self.gap("ties make a continuum of equilibria, given by its extreme points", stage)
        return select_at_stage(self.rules, table, answer.equilibria)

    def reduced_answer(
        self, table: Stage, lotteries: dict[tuple[int, ...], tuple[tuple[int, Fraction], ...]]
    ) -> Answer:
        """Solve the reduced strategic form: strategies with the same consequences are one."""
        kept: list[list[int]] = []
        for k, size in enumerate(table.sizes):
            seen: dict[object, int] = {}
            for strategy in range(size):
                rest = (range(n) if j != k else (strategy,) for j, n in enumerate(table.sizes))
                row = tuple(lotteries[profile] for profile in itertools.product(*rest))
                seen.setdefault(row, strategy)
            kept.append(sorted(seen.values()))
        sizes = tuple(len(strategies) for strategies in kept)
        payoffs = {
            small: table.payoffs[tuple(kept[k][index] for k, index in enumerate(small))]
            for small in itertools.product(*(range(size) for size in sizes))
        }
        answer = all_equilibria(Stage(table.movers, sizes, payoffs), self.deadline)
        widened = []
        for equilibrium in answer.equilibria:
            mixtures = []
            for k, mixture in enumerate(equilibrium.strategies):
                weights = dict(zip(kept[k], mixture, strict=True))
                mixtures.append(tuple(weights.get(j, ZERO) for j in range(table.sizes[k])))
            widened.append(StageEquilibrium(tuple(mixtures), equilibrium.payoffs))
        return Answer(widened, answer.complete, answer.continuum)

    def carry_up(
        self,
        stage: StageTree,
        equilibrium: StageEquilibrium,
        chosen: dict[int, tuple[Payoffs, Class]],
        result: Continuations,
    ) -> None:
        """Add a stage equilibrium with the continuations it was found with."""
        local = tuple(
            entry
            for mover, mixture in zip(stage.movers, equilibrium.strategies, strict=True)
            for entry in stage.behaviour(mover, mixture)
        )
        reached = self._reached(stage, dict(local))
        idle = [found for node, (_, found) in chosen.items() if node not in reached]
        unplayed = math.prod(found.profiles for found in idle)
        parts = tuple(found.plan for found in idle)
        on_path = [(weight, chosen[node][1]) for node, weight in reached.items()]
        if math.prod(len(found.outcomes) for _, found in on_path) > MAX_OUTCOMES:
            self.refuse(f"outcomes {stage.describe()}")
        into = result.setdefault(equilibrium.payoffs, Class())
        for outcomes in itertools.product(*(found.outcomes.items() for _, found in on_path)):
            joined: list[tuple[int, Fraction]] = []
            count, plans = unplayed, list(parts)
            for (weight, _), (outcome, (profiles, plan)) in zip(on_path, outcomes, strict=True):
                joined += [(node, weight * p) for node, p in outcome]
                count *= profiles
                plans.append(plan)
            into.add(tuple(sorted(joined)), count, Plan(local, tuple(plans)))

    def _reached(
        self, stage: StageTree, local: dict[int, tuple[Fraction, ...]]
    ) -> dict[int, Fraction]:
        """Return the exits that behaviour strategies reach, with probabilities."""
        game, weights = self.game, {stage.root: ONE}
        for node in stage.inner:
            weight = weights.pop(node, ZERO)
            if not weight:
                continue
            shares = game.probabilities.get(node) or local[game.set_of[node]]
            for child, share in zip(game.children[node], shares, strict=True):
                if share:
                    weights[child] = weight * share
        return dict(sorted(weights.items()))

    def refuse(self, what: str, count: int | None = None) -> None:
        shown = f"{count:,} " if count is not None else "too many "
        raise BudgetError(
            f"{shown}{what}",
            place=self.game.name,
            remedy="fix a move, use a selection rule that acts at stages, or "
            "ask for pure-subgame-perfect",
        )


class _Ladder:
    """How many profiles of an action give the mover at most a certain value."""

    def __init__(self, option: Continuations, mover: int) -> None:
        counts: dict[Fraction, int] = {}
        for value, found in option.items():
            counts[value[mover]] = counts.get(value[mover], 0) + found.profiles
        self.counts = counts
        self.least = min(counts)

    def count(self, bound: Fraction) -> int:
        return sum(number for value, number in self.counts.items() if value <= bound)

    def has(self, value: Fraction) -> bool:
        return value in self.counts
