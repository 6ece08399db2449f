r"""Backward induction over subgames, with continuation values propagated as sets.

Subgames are solved from the last back. The answer of a subgame is kept factored: for each distinct
vector of continuation values that some equilibrium induces, the number of profiles that induce it
and the distinct outcomes (distributions over terminal nodes) on their paths.

*One-shot stages.* Where each mover decides once and every pure profile p has an exit of its own,
pure equilibria need no product over continuations. The exits that mover i can bring about alone,
p among them, form the line :math:`L_i(p)`; two lines through p have only p in common. With
:math:`N_e^i(u)` the number of equilibria at exit e that give i at most u, a continuation at p worth
u is supported iff :math:`N_e^i(u_i) > 0` for all movers i and all e in :math:`L_i(p)`, and then by

.. math:: \prod_i \prod_{e \in L_i(p) \setminus p} N_e^i(u_i) \times
    \prod_{e \notin \bigcup_i L_i(p)} N_e

combinations of what is not played. A decision of one mover is the case of a single line.

*Other stages.* One game is solved for each combination of distinct continuation values at the
exits, also where stage rules select among several movers, and for mixed equilibria.

*What may be missing.* Of a continuum of mixed equilibria the extreme points are kept. If all those
that span a convex set reach the same exits with the same probabilities, so does every point of it,
since the probabilities are linear in each mover's mixture: then no outcome and no value is missing.
Else, and at a tie of a single mover, the answer says that it is not complete.

Everything is exact, so ties are ties. Selten (1965, 1975).
"""

from __future__ import annotations

import itertools
import math
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from negotiation.errors import BudgetError
from negotiation.game import Distribution, Game, Payoffs, count_text
from negotiation.selection import Cell, Rule, Stage, StageEquilibrium, select_at_stage
from negotiation.solvers.stages import (
    Answer,
    Lottery,
    StageTree,
    all_equilibria,
    pure_equilibria,
    reduced,
)

__all__ = ["Class", "Induction", "Plan", "solve_backward"]

MAX_COMBINATIONS = 200_000
MAX_OUTCOMES = 200_000
ONE, ZERO = Fraction(1), Fraction(0)
Local = tuple[tuple[int, tuple[Fraction, ...]], ...]
"""Information sets with the probabilities of their actions."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A representative profile of a subgame, by reference to plans of smaller ones.

    Attributes
    ----------
    local : tuple
        What is played at the information sets of the stage.
    parts : mapping
        Exit, by position, to what is played after it; shared by many plans.
    instead : mapping
        Exit to the plan that replaces that of `parts` in this one.
    """

    local: Local = ()
    parts: Mapping[int, Plan] = field(default_factory=dict)
    instead: Mapping[int, Plan] = field(default_factory=dict)

    def profile(self) -> dict[int, tuple[Fraction, ...]]:
        """Return the probabilities at every information set of the subgame."""
        found: dict[int, tuple[Fraction, ...]] = {}
        stack = [self]
        while stack:
            plan = stack.pop()
            found.update(plan.local)
            stack += (
                {**plan.parts, **plan.instead}.values() if plan.instead else plan.parts.values()
            )
        return found


NOTHING = Plan()
"""What is played after a terminal node."""


def _after(plans: Iterable[tuple[int, Plan]]) -> dict[int, Plan]:
    """Return exits with the plans after them, without those where nothing is played."""
    return {k: plan for k, plan in plans if plan is not NOTHING}


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
        count, first = self.outcomes.get(outcome, (0, plan))
        self.outcomes[outcome] = count + profiles, first
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
                found = self.continuations(stage)
                for node in stage.exits:
                    self.solved.pop(node, None)
                self.solved[root] = found
                if not found and not self.barren:
                    self.barren.append(stage.describe())
        gaps = [
            f"{reason} ({places[0]}{f' and {len(places) - 1} more places' if places[1:] else ''})"
            for reason, places in self.gaps.items()
        ]
        return Induction(self.solved[0], gaps, self.endless, self.barren)

    def check_time(self) -> None:
        """Stop where the budget is spent."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.refuse("the budget of time is spent", "give a larger --budget")

    def gap(self, reason: str, stage: StageTree) -> None:
        """Note that equilibria of a stage may be missing."""
        places = self.gaps.setdefault(reason, [])
        place = stage.describe()
        if place not in places[-1:]:
            places.append(place)

    def of(self, node: int) -> Continuations:
        """Return the continuations of an exit; a terminal node has one."""
        if node in self.solved:
            return self.solved[node]
        ended = Class()
        ended.add(((node, ONE),), 1, NOTHING)
        return {self.game.payoffs[node]: ended}

    def continuations(self, stage: StageTree) -> Continuations:
        """Return the equilibria of the subgame that a stage begins."""
        options = [self.of(node) for node in stage.exits]
        if not all(options):
            return {}
        if stage.is_single_draw:
            return self.draw(stage, options)
        alone = len(stage.movers) == 1
        several = self.pure and not self.rules and any(len(option) > 1 for option in options)
        if stage.is_one_shot and (alone or several):
            return self.one_shot(stage, options)
        return self.combined(stage, options)

    # -- chance -------------------------------------------------------------------------------

    def draw(self, stage: StageTree, options: list[Continuations]) -> Continuations:
        """Combine the continuations of all draws; equal partial sums are merged on the way."""
        start = Class()
        start.add((), 1, NOTHING)
        partial: Continuations = {(ZERO,) * len(self.game.players): start}
        shares = dict(
            zip(self.game.children[stage.root], self.game.probabilities[stage.root], strict=True)
        )
        for node, option in zip(stage.exits, options, strict=True):
            partial = self._convolve(partial, option, shares[node])
        return partial

    def _convolve(
        self, partial: Continuations, option: Continuations, share: Fraction
    ) -> Continuations:
        merged: Continuations = {}
        for (value, found), (other, continuation) in itertools.product(
            partial.items(), option.items()
        ):
            self.check_time()
            total = tuple(v + share * w for v, w in zip(value, other, strict=True))
            into = merged.setdefault(total, Class())
            if not share:
                for before, (count, plan) in found.outcomes.items():
                    product = count * continuation.profiles
                    into.add(before, product, _both(plan, continuation.plan))
                continue
            self.limit_outcomes(found, continuation)
            for before, (count, plan) in found.outcomes.items():
                for after, (more, next_plan) in continuation.outcomes.items():
                    joined = before + tuple((node, share * p) for node, p in after)
                    into.add(joined, count * more, _both(plan, next_plan))
        return merged

    # -- every profile its own exit -------------------------------------------------------------

    def one_shot(self, stage: StageTree, options: list[Continuations]) -> Continuations:
        """Solve a one-shot stage in pure strategies, without a product over continuations."""
        number = {node: k for k, node in enumerate(stage.exits)}
        lotteries = stage.lotteries(self.check_time)
        exits = {profile: number[end] for profile, ((end, _),) in lotteries.items()}
        lines = _lines(stage.movers, exits, options)
        alone = len(lines) == 1
        totals = [sum(found.profiles for found in option.values()) for option in options]
        everything = math.prod(totals)
        idle = _after(
            (k, lines[0][()].ladders[k].lowest if alone else next(iter(option.values())).plan)
            for k, option in enumerate(options)
        )
        result: Continuations = {}
        for profile, k in exits.items():
            self.check_time()
            crossing = [line[_others(profile, i)] for i, line in enumerate(lines)]
            unplayed, instead = 1, {}
            if not alone:
                touched = {e: line.ladders[e].lowest for line in crossing for e in line.ladders}
                unplayed = everything // math.prod(totals[e] for e in touched)
                instead = _after(touched.items())
            local: Local = ()
            for value, found in options[k].items():
                combinations = unplayed
                for line in crossing:
                    combinations *= line.combinations(value[line.mover], k)
                if not combinations:
                    continue
                local = local or self._pure_local(stage, profile)
                if not self.pure and crossing[0].is_tied(value[crossing[0].mover]):
                    self.endless = True
                    self.gap("a tie at a decision makes a continuum of mixed equilibria", stage)
                into = result.setdefault(value, Class())
                for outcome, (profiles, plan) in found.outcomes.items():
                    after = instead if plan is NOTHING else {**instead, k: plan}
                    chosen = Plan(local, idle, after)
                    into.add(outcome, profiles * combinations, chosen)
        return result

    def _pure_local(self, stage: StageTree, profile: Cell) -> Local:
        """Return what a pure profile plays at the only information set of each mover."""
        sets = self.game.information_sets
        positions = [stage.sets[mover][0] for mover in stage.movers]
        return tuple(
            (position, _unit(len(sets[position].actions), action))
            for position, action in zip(positions, profile, strict=True)
        )

    # -- combinations of continuation values ----------------------------------------------------

    def combined(self, stage: StageTree, options: list[Continuations]) -> Continuations:
        """Solve one game for each combination of distinct continuation values at the exits."""
        stage.check_size()
        combinations = math.prod(map(len, options))
        if combinations > MAX_COMBINATIONS:
            shown = count_text(combinations)
            self.refuse(f"{shown} combinations of continuation values {stage.describe()}")
        lotteries = stage.lotteries(self.check_time)
        result: Continuations = {}
        for chosen in itertools.product(*(option.items() for option in options)):
            self.check_time()
            values = {node: value for node, (value, _) in zip(stage.exits, chosen, strict=True)}
            table = self.table(stage, lotteries, values)
            found = {node: one for node, (_, one) in zip(stage.exits, chosen, strict=True)}
            for equilibrium in self.stage_equilibria(stage, table, lotteries):
                self.carry_up(stage, equilibrium, lotteries, found, result)
        return result

    def table(
        self, stage: StageTree, lotteries: Mapping[Cell, Lottery], values: Mapping[int, Payoffs]
    ) -> Stage:
        """Return the strategic form of a stage with continuation values at its exits."""
        payoffs = {}
        for profile, lottery in lotteries.items():
            if len(lottery) == 1:
                payoffs[profile] = values[lottery[0][0]]
            else:
                payoffs[profile] = tuple(
                    sum((weight * values[node][k] for node, weight in lottery), ZERO)
                    for k in range(len(self.game.players))
                )
        return Stage(stage.movers, stage.sizes, payoffs, self.check_time)

    def stage_equilibria(
        self, stage: StageTree, table: Stage, lotteries: Mapping[Cell, Lottery]
    ) -> Iterable[StageEquilibrium]:
        """Return the equilibria that the stage rules keep; note what may be missing."""
        if self.pure:
            return select_at_stage(self.rules, table, pure_equilibria(table))
        if stage.has_idle_sets():
            self.endless = True
            answer = reduced(table, lotteries, self.deadline)
        else:
            answer = all_equilibria(table, self.deadline)
        if not answer.complete:
            self.gap(
                f"mixed equilibria of {len(stage.movers)} simultaneous movers are not computed",
                stage,
            )
        kept = select_at_stage(self.rules, table, answer.equilibria)
        self.note_continua(stage, answer, kept, lotteries)
        return kept

    def note_continua(
        self,
        stage: StageTree,
        answer: Answer,
        kept: Sequence[StageEquilibrium],
        lotteries: Mapping[Cell, Lottery],
    ) -> None:
        """Note the continua that the stage rules leave, and whether they hide outcomes."""
        surviving = {id(equilibrium) for equilibrium in kept}
        for indices in answer.continua:
            spanning = [answer.equilibria[index] for index in indices]
            if surviving.isdisjoint(map(id, spanning)):
                continue
            self.endless = True
            if len({reached(equilibrium, lotteries) for equilibrium in spanning}) > 1:
                self.gap("ties make a continuum of equilibria, given by its extreme points", stage)

    def carry_up(
        self,
        stage: StageTree,
        equilibrium: StageEquilibrium,
        lotteries: Mapping[Cell, Lottery],
        continuation: Mapping[int, Class],
        result: Continuations,
    ) -> None:
        """Add a stage equilibrium with the continuations it was found with."""
        local = tuple(
            entry
            for mover, mixture in zip(stage.movers, equilibrium.strategies, strict=True)
            for entry in stage.behaviour(mover, mixture)
        )
        lottery = reached(equilibrium, lotteries)
        on_path = [continuation[node] for node, _ in lottery]
        self.limit_outcomes(*on_path)
        played = {node for node, _ in lottery}
        idle = [found for node, found in continuation.items() if node not in played]
        unplayed = math.prod(found.profiles for found in idle)
        parts = [found.plan for found in idle]
        into = result.setdefault(equilibrium.payoffs, Class())
        for outcomes in itertools.product(*(found.outcomes.items() for found in on_path)):
            joined: list[tuple[int, Fraction]] = []
            count, plans = unplayed, parts.copy()
            for (_, weight), (outcome, (profiles, plan)) in zip(lottery, outcomes, strict=True):
                joined += [(node, weight * p) for node, p in outcome]
                count *= profiles
                plans.append(plan)
            into.add(tuple(joined), count, Plan(local, _after(enumerate(plans))))

    # -- limits ---------------------------------------------------------------------------------

    def limit_outcomes(self, *classes: Class) -> None:
        """Refuse to combine too many outcomes."""
        count = math.prod(len(found.outcomes) for found in classes)
        if count > MAX_OUTCOMES:
            self.refuse(f"{count_text(count)} outcomes")

    def refuse(self, what: str, *ways: str) -> None:
        """Stop, and say what would work."""
        if not self.pure:
            easier = "ask for pure strategies"
        else:
            easier = (
                "select whole outcomes instead of at stages" if self.rules else "coarsen a grid"
            )
        raise BudgetError(
            what, place=self.game.name, remedy=", or ".join([*ways, "fix a move", easier])
        )


def reached(equilibrium: StageEquilibrium, lotteries: Mapping[Cell, Lottery]) -> Lottery:
    """Return the exits that a stage equilibrium reaches, with their probabilities."""
    if equilibrium.pure is not None:
        return lotteries[equilibrium.pure]
    found: dict[int, Fraction] = {}
    supports = [[k for k, p in enumerate(mixture) if p] for mixture in equilibrium.strategies]
    for profile in itertools.product(*supports):
        weight = math.prod(
            (mixture[k] for mixture, k in zip(equilibrium.strategies, profile, strict=True)),
            start=ONE,
        )
        for node, probability in lotteries[profile]:
            found[node] = found.get(node, ZERO) + weight * probability
    return tuple(sorted(found.items()))


def _both(plan: Plan, other: Plan) -> Plan:
    """Return two plans as one."""
    if plan is NOTHING or other is NOTHING:
        return plan if other is NOTHING else other
    return Plan((), {0: plan, 1: other})


def _unit(size: int, action: int) -> tuple[Fraction, ...]:
    return (ZERO,) * action + (ONE,) + (ZERO,) * (size - action - 1)


def _others(profile: Cell, position: int) -> Cell:
    return profile[:position] + profile[position + 1 :]


def _lines(
    movers: Sequence[int], exits: Mapping[Cell, int], options: Sequence[Continuations]
) -> list[dict[Cell, _Line]]:
    """Return for each mover of a one-shot stage his lines, by what the others play."""
    lines: list[dict[Cell, _Line]] = [{} for _ in movers]
    for profile, k in exits.items():
        for i, mover in enumerate(movers):
            line = lines[i].setdefault(_others(profile, i), _Line(mover))
            line.ladders[k] = _Ladder(options[k], mover)
    return lines


class _Line:
    """The exits that one mover can bring about alone, the others' actions given."""

    def __init__(self, mover: int) -> None:
        self.mover = mover
        self.ladders: dict[int, _Ladder] = {}
        self.products: dict[Fraction, int] = {}

    def combinations(self, bound: Fraction, own: int) -> int:
        """Return the number of continuations at the other exits that give at most `bound`.

        The exit `own` has a continuation worth `bound`.
        """
        if bound not in self.products:
            counts = (ladder.count(bound) for ladder in self.ladders.values())
            self.products[bound] = math.prod(counts)
        return self.products[bound] // self.ladders[own].count(bound)

    def is_tied(self, value: Fraction) -> bool:
        """Say whether two exits have a continuation worth `value`."""
        return sum(ladder.has(value) for ladder in self.ladders.values()) > 1


class _Ladder:
    """How many equilibria at an exit give the mover at most a certain value."""

    def __init__(self, option: Continuations, mover: int) -> None:
        steps = sorted(option.items(), key=lambda item: item[0][mover])
        self.values = [value[mover] for value, _ in steps]
        self.counts = [0, *itertools.accumulate(found.profiles for _, found in steps)]
        self.lowest = steps[0][1].plan

    def count(self, bound: Fraction) -> int:
        return self.counts[bisect_right(self.values, bound)]

    def has(self, value: Fraction) -> bool:
        return value in self.values
