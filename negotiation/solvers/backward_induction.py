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

*Continua.* Ties make continua of mixed equilibria, which are carried up by their vertices
(:mod:`negotiation.solvers.continua`). At a decision of one mover they are cut where his choice
changes. At another stage nothing changes if the values to its movers are constant on the continua
after it; if they are not, its equilibria move with them, and the answer says that it is not
complete. If all vertices reach the same exits with the same probabilities, so does every point
between, since the probabilities are affine in each mover's mixture: then it is no continuum of
outcomes.

Everything is exact, so ties are ties. Selten (1965, 1975).
"""

from __future__ import annotations

import itertools
import math
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from negotiation.errors import BudgetError
from negotiation.game import Distribution, Game, Payoffs, count_text
from negotiation.selection import Cell, Rule, Stage, StageEquilibrium, select_at_stage
from negotiation.solvers.continua import Continuum, Decision, maximal
from negotiation.solvers.plans import (
    NOTHING,
    Class,
    Continuations,
    Local,
    Plan,
    Vertex,
    blend,
    following,
)
from negotiation.solvers.stages import (
    Answer,
    Kernel,
    Lottery,
    StageTree,
    all_equilibria,
    pure_equilibria,
    reduced,
    surely_undominated,
)

if TYPE_CHECKING:
    from negotiation.solution import ConditionSet
    from negotiation.solvers.beliefs import Assessment
    from negotiation.solvers.plans import Key

__all__ = ["Induction", "solve_backward"]

MAX_COMBINATIONS = 200_000
MAX_OUTCOMES = 200_000
MAX_VERTICES = 20_000
ONE, ZERO = Fraction(1), Fraction(0)


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
    continua : list of Continuum
        Those of different outcomes at the root; a single equilibrium is in none.
    indices : dict
        Of a two-player table: the plan of an equilibrium to its index, None if it is not regular,
        and that of its connected component.
    assessments : dict
        Value and outcome of an equilibrium to a profile with beliefs, where the concept has them.
    conditions : list
        Continua given by conditions, each with the value and outcome that all its equilibria have,
        None if they have several.
    spanned : list
        Those whose outcomes vertices span, each with the values and outcomes of these.
    spent : bool
        Whether a budget ended the search, and `gaps` say what it left.
    """

    continuations: Continuations
    gaps: list[str]
    endless: bool
    barren: list[str]
    continua: list[Continuum] = field(default_factory=list)
    indices: dict[Plan, tuple[int | None, int]] = field(default_factory=dict)
    assessments: dict[Key, Assessment] = field(default_factory=dict)
    conditions: list[tuple[Key | None, ConditionSet]] = field(default_factory=list)
    spanned: list[tuple[frozenset[Key], ConditionSet]] = field(default_factory=list)
    spent: bool = False


def solve_backward(
    game: Game,
    *,
    pure: bool,
    rules: Sequence[Rule] = (),
    whole: bool = False,
    deadline: float | None = None,
    kernel: Kernel | None = None,
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
    kernel : callable, optional
        Solves two movers; by default
        :func:`~negotiation.solvers.bimatrix.extreme_equilibria`.

    Raises
    ------
    BudgetError
        If time or the number of combinations runs out.
    MethodError
        If a stage has too many profiles.
    """
    return _Solver(game, pure, rules, whole, deadline, kernel).solve()


class _Solver:
    def __init__(
        self,
        game: Game,
        pure: bool,
        rules: Sequence[Rule],
        whole: bool,
        deadline: float | None,
        kernel: Kernel | None,
    ) -> None:
        self.game = game
        self.pure = pure
        self.rules = [rule for rule in rules if rule.at_stage]
        self.ends = [False] * len(game.set_of) if whole else game.is_subgame_root
        self.deadline = deadline
        self.kernel = kernel
        self.solved: dict[int, Continuations] = {}
        self.continua: dict[int, list[Continuum]] = {}
        self.indices: dict[Plan, tuple[int | None, int]] = {}
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
                    self.continua.pop(node, None)
                self.solved[root] = found
                if not found and not self.barren:
                    self.barren.append(stage.describe())
        gaps = [
            f"{reason} ({places[0]}{_and_more(len(places) - 1)})"
            for reason, places in self.gaps.items()
        ]
        continua = self.continua.get(0, [])
        return Induction(self.solved[0], gaps, self.endless, self.barren, continua, self.indices)

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

    def pieces(self, node: int) -> list[Continuum]:
        """Return the continua after an exit, and each equilibrium that is in none by itself."""
        continua = self.continua.get(node, [])
        inside = {
            v.key for continuum in continua for v in (*continuum.vertices, *continuum.touching)
        }
        alone = (
            Vertex(value, outcome, plan)
            for value, found in self.of(node).items()
            for outcome, (_, plan) in found.outcomes.items()
        )
        return [*continua, *(Continuum((v,)) for v in alone if v.key not in inside)]

    def keep(self, stage: StageTree, continua: Iterable[Continuum]) -> None:
        """Keep the continua of the subgame that a stage begins."""
        kept = maximal(continua)
        if kept:
            self.endless = True
            self.continua[stage.root] = kept

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
        if stage.root == 0 and stage.is_one_shot and self.solved.keys().isdisjoint(stage.exits):
            return self.table(stage)
        return self.combined(stage, options)

    # -- chance -------------------------------------------------------------------------------

    def draw(self, stage: StageTree, options: list[Continuations]) -> Continuations:
        """Combine the continuations of all draws; equal partial sums are merged on the way."""
        start = Class()
        start.add((), 1, NOTHING)
        sums: Continuations = {(ZERO,) * len(self.game.players): start}
        shares = dict(
            zip(self.game.children[stage.root], self.game.probabilities[stage.root], strict=True)
        )
        for node, option in zip(stage.exits, options, strict=True):
            sums = self._convolve(sums, option, shares[node])
        if any(node in self.continua for node in stage.exits):
            self.draw_continua(stage, shares)
        return sums

    def draw_continua(self, stage: StageTree, shares: Mapping[int, Fraction]) -> None:
        """Combine the continua after all draws: one factor a draw, so hulls stay hulls."""
        drawn = [node for node in stage.exits if shares[node]]
        plans = [
            (node, next(iter(self.of(node).values())).plan)
            for node in stage.exits
            if not shares[node]
        ]
        found = []
        for pieces in self.products(stage, [self.pieces(node) for node in drawn]):
            vertices = []
            for corner in itertools.product(*(piece.vertices for piece in pieces)):
                weighted = [(shares[n], v) for n, v in zip(drawn, corner, strict=True)]
                parts = following([*plans, *zip(drawn, (v.plan for v in corner), strict=True)])
                vertices.append(self.joined(weighted, Plan((), parts)))
            found.append(Continuum(tuple(vertices), all(piece.hull for piece in pieces)))
        self.keep(stage, found)

    def products(
        self, stage: StageTree, pieces: Sequence[Sequence[Continuum]]
    ) -> Iterable[tuple[Continuum, ...]]:
        """Yield the choices of one piece an exit that are a continuum; refuse too many."""
        corners = math.prod(sum(len(piece.vertices) for piece in options) for options in pieces)
        if corners > MAX_VERTICES:
            self.gap("ties make continua of equilibria, too many to be listed", stage)
            return
        for choice in itertools.product(*pieces):
            if any(len(piece.vertices) > 1 for piece in choice):
                yield choice

    def joined(self, weighted: Iterable[tuple[Fraction, Vertex]], plan: Plan) -> Vertex:
        """Return the outcome of reaching several exits, each with its probability."""
        value = [ZERO] * len(self.game.players)
        joined: list[tuple[int, Fraction]] = []
        for weight, vertex in weighted:
            value = [v + weight * w for v, w in zip(value, vertex.value, strict=True)]
            joined += [(node, weight * p) for node, p in vertex.outcome]
        return Vertex(tuple(value), tuple(joined), plan)

    def _convolve(
        self, sums: Continuations, option: Continuations, share: Fraction
    ) -> Continuations:
        merged: Continuations = {}
        for (value, found), (other, continuation) in itertools.product(
            sums.items(), option.items()
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
        idle = following(
            (k, lines[0][()].ladders[k].lowest if alone else next(iter(option.values())).plan)
            for k, option in enumerate(options)
        )
        result: Continuations = {}
        tied = False
        for profile, k in exits.items():
            self.check_time()
            crossing = [line[_others(profile, i)] for i, line in enumerate(lines)]
            unplayed, instead = 1, {}
            if not alone:
                touched = {e: line.ladders[e].lowest for line in crossing for e in line.ladders}
                unplayed = everything // math.prod(totals[e] for e in touched)
                instead = following(touched.items())
            local: Local = ()
            for value, found in options[k].items():
                combinations = unplayed
                for line in crossing:
                    combinations *= line.combinations(value[line.mover], k)
                if not combinations:
                    continue
                local = local or self._pure_local(stage, profile)
                tied = tied or crossing[0].is_tied(value[crossing[0].mover])
                into = result.setdefault(value, Class())
                for outcome, (profiles, plan) in found.outcomes.items():
                    others = instead if plan is NOTHING else {**instead, k: plan}
                    into.add(outcome, profiles * combinations, Plan(local, idle, others))
        if not self.pure and (tied or any(node in self.continua for node in stage.exits)):
            self.decide(stage, {k: profile for profile, k in exits.items()}, idle, result)
        return result

    def decide(
        self,
        stage: StageTree,
        actions: Mapping[int, Cell],
        idle: Mapping[int, Plan],
        result: Continuations,
    ) -> None:
        """Add the continua at a decision of one mover, and the outcomes at their corners."""

        def upward(k: int, vertex: Vertex) -> Vertex:
            chosen = following([(k, vertex.plan)])
            local = self._pure_local(stage, actions[k])
            return Vertex(vertex.value, vertex.outcome, Plan(local, idle, chosen))

        self.endless = True
        decision = Decision(
            stage.movers[0],
            [self.pieces(node) for node in stage.exits],
            [partial(blend, self.game, node) for node in stage.exits],
            upward,
        )
        for k, vertex in decision.corners:
            chosen = upward(k, vertex)
            result.setdefault(chosen.value, Class()).add(chosen.outcome, 1, chosen.plan)
        if decision.curved:
            self.gap("the choice cuts a continuum of equilibria in a curve", stage)
        if decision.crowded:
            self.gap("ties make continua of equilibria, too many to be listed", stage)
        self.keep(stage, decision.continua)

    def _pure_local(self, stage: StageTree, profile: Cell) -> Local:
        """Return what a pure profile plays at the only information set of each mover."""
        sets = self.game.information_sets
        positions = [stage.sets[mover][0] for mover in stage.movers]
        return tuple(
            (position, _unit(len(sets[position].actions), action))
            for position, action in zip(positions, profile, strict=True)
        )

    # -- one table, and nothing after it ---------------------------------------------------------

    def table(self, stage: StageTree) -> Continuations:
        """Solve a game that is one table: each equilibrium is an outcome of its own."""
        stage.check_size()
        lotteries = stage.lotteries(self.check_time)
        answer, kept = self.stage_equilibria(stage, lotteries, self.game.payoffs)
        positions = [stage.sets[mover][0] for mover in stage.movers]
        vertices: dict[int, Vertex] = {}
        result: Continuations = {}
        for equilibrium in kept:
            plan = Plan(tuple(zip(positions, equilibrium.strategies, strict=True)))
            vertex = Vertex(equilibrium.payoffs, reached(equilibrium, lotteries), plan)
            vertices[id(equilibrium)] = vertex
            result.setdefault(vertex.value, Class()).add(vertex.outcome, 1, plan)
        for equilibrium, index in zip(answer.equilibria, answer.indices, strict=False):
            if id(equilibrium) in vertices:
                self.indices[vertices[id(equilibrium)].plan] = index
        continua = [
            Continuum(tuple(vertices[id(e)] for e in spanning), _mixers(spanning) < 2)
            for spanning in self.surviving(stage, answer, kept)
            if len(spanning) > 1
        ]
        if continua:
            self.continua[stage.root] = continua
        return result

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
        families: list[Continuum] = []
        for chosen in itertools.product(*(option.items() for option in options)):
            self.check_time()
            values = {node: value for node, (value, _) in zip(stage.exits, chosen, strict=True)}
            found = {node: one for node, (_, one) in zip(stage.exits, chosen, strict=True)}
            answer, kept = self.stage_equilibria(stage, lotteries, values)
            idle = following((node, one.plan) for node, one in found.items())
            everything = math.prod(one.profiles for one in found.values())
            for equilibrium in kept:
                lottery = reached(equilibrium, lotteries)
                on_path = [(weight, found[node]) for node, weight in lottery]
                unplayed = everything // math.prod(one.profiles for _, one in on_path)
                into = result.setdefault(equilibrium.payoffs, Class())
                local = self.local(stage, equilibrium)
                for outcome, count, after in self.carried(lottery, on_path):
                    into.add(outcome, unplayed * count, Plan(local, idle, after))
            if answer.continua:
                singles = [
                    [
                        Continuum((Vertex(values[node], outcome, plan),))
                        for outcome, (_, plan) in one.outcomes.items()
                    ]
                    for node, one in found.items()
                ]
                families += self.families(stage, answer, kept, lotteries, singles)
        if not self.pure and any(node in self.continua for node in stage.exits):
            families += self.nested(stage, lotteries)
        self.keep(stage, families)
        return result

    def families(
        self,
        stage: StageTree,
        answer: Answer,
        kept: Sequence[StageEquilibrium],
        lotteries: Mapping[Cell, Lottery],
        pieces: Sequence[Sequence[Continuum]],
    ) -> Iterable[Continuum]:
        """Yield the continua that those of a stage make, with one piece after each exit."""
        for spanning in self.surviving(stage, answer, kept):
            yield from self.family(stage, spanning, lotteries, pieces)

    def surviving(
        self, stage: StageTree, answer: Answer, kept: Sequence[StageEquilibrium]
    ) -> Iterable[Sequence[StageEquilibrium]]:
        """Yield what spans each continuum that the stage rules keep, and each isolated one."""
        surviving = {id(equilibrium) for equilibrium in kept}
        inside = {index for indices in answer.continua for index in indices}
        isolated = [(k,) for k in range(len(answer.equilibria)) if k not in inside]
        for indices in (*answer.continua, *isolated):
            members = [answer.equilibria[k] for k in indices]
            spanning = [equilibrium for equilibrium in members if id(equilibrium) in surviving]
            if 1 < len(spanning) < len(indices):
                self.gap("the selection keeps a part of a continuum of equilibria", stage)
                self.endless = True
            elif spanning:
                self.endless = self.endless or len(indices) > 1
                yield spanning

    def family(
        self,
        stage: StageTree,
        spanning: Sequence[StageEquilibrium],
        lotteries: Mapping[Cell, Lottery],
        pieces: Sequence[Sequence[Continuum]],
    ) -> Iterable[Continuum]:
        """Yield the continua of one set of stage equilibria with all pieces it may reach."""
        played = [
            (reached(equilibrium, lotteries), self.local(stage, equilibrium))
            for equilibrium in spanning
        ]
        if len({lottery for lottery, _ in played}) == 1:
            played = played[:1]
        mixers = _mixers(spanning)
        visited = {node for lottery, _ in played for node, _ in lottery}
        options = [
            option if node in visited else [Continuum(option[0].vertices[:1])]
            for node, option in zip(stage.exits, pieces, strict=True)
        ]
        count = len(played) * math.prod(sum(len(c.vertices) for c in option) for option in options)
        if count > MAX_VERTICES:
            self.gap("ties make continua of equilibria, too many to be listed", stage)
            return
        for choice in itertools.product(*options):
            factors = [piece for piece in choice if len(piece.vertices) > 1]
            if len(played) == 1 and not factors:
                continue
            vertices = []
            for corner in itertools.product(*(piece.vertices for piece in choice)):
                at = dict(zip(stage.exits, corner, strict=True))
                parts = following((node, vertex.plan) for node, vertex in at.items())
                for lottery, local in played:
                    weighted = [(weight, at[node]) for node, weight in lottery]
                    vertices.append(self.joined(weighted, Plan(local, parts)))
            hull = (
                all(piece.hull for piece in factors)
                if len(played) == 1
                else (mixers == 1 and not factors)
            )
            yield Continuum(tuple(vertices), hull)

    def nested(self, stage: StageTree, lotteries: Mapping[Cell, Lottery]) -> Iterable[Continuum]:
        """Yield the continua that continua after the exits make."""
        pieces = [self.pieces(node) for node in stage.exits]
        if not self.is_settled(stage, lotteries, pieces):
            self.gap("a continuum of equilibria shifts the choices before it", stage)
            return
        for choice in self.products(stage, pieces):
            self.check_time()
            values = {
                node: piece.vertices[0].value
                for node, piece in zip(stage.exits, choice, strict=True)
            }
            answer, kept = self.stage_equilibria(stage, lotteries, values)
            chosen = [[piece] for piece in choice]
            yield from self.families(stage, answer, kept, lotteries, chosen)

    def is_settled(
        self,
        stage: StageTree,
        lotteries: Mapping[Cell, Lottery],
        pieces: Sequence[Sequence[Continuum]],
    ) -> bool:
        """Say whether a stage has the same equilibria wherever on the continua after it.

        It has if each continuum is worth the same to the movers throughout. It also has if strict
        dominance, iterated as far as it holds whatever the continuation, leaves a choice only to
        movers for whom that is so at the exits still reached. Stage rules may look elsewhere.
        """
        lows, highs, steady = {}, {}, {}
        for node, options in zip(stage.exits, pieces, strict=True):
            values = list(zip(*(v.value for piece in options for v in piece.vertices), strict=True))
            lows[node], highs[node] = tuple(map(min, values)), tuple(map(max, values))
            steady[node] = {
                mover
                for mover in stage.movers
                if all(len({v.value[mover] for v in piece.vertices}) == 1 for piece in options)
            }
        kept: Sequence[Sequence[int]] = [range(size) for size in stage.sizes]
        if not self.rules:
            low, high = (self.table_of(stage, lotteries, values) for values in (lows, highs))
            kept = surely_undominated(low, high)
        choosing = {m for m, left in zip(stage.movers, kept, strict=True) if len(left) > 1}
        reached_exits = {node for cell in itertools.product(*kept) for node, _ in lotteries[cell]}
        return all(choosing <= steady[node] for node in reached_exits)

    def table_of(
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
        self, stage: StageTree, lotteries: Mapping[Cell, Lottery], values: Mapping[int, Payoffs]
    ) -> tuple[Answer, Sequence[StageEquilibrium]]:
        """Return the equilibria of a stage and those that the stage rules keep."""
        table = self.table_of(stage, lotteries, values)
        if self.pure:
            answer = Answer(pure_equilibria(table))
        elif stage.has_idle_sets():
            self.endless = True
            answer = reduced(table, lotteries, self.deadline, self.kernel)
        else:
            answer = all_equilibria(table, self.deadline, self.kernel)
        if not answer.complete:
            self.gap(
                f"mixed equilibria of {len(stage.movers)} simultaneous movers are not computed",
                stage,
            )
        kept = select_at_stage(self.rules, table, answer.equilibria)
        return self.without_dominated_continua(stage, table, answer, kept), kept

    def without_dominated_continua(
        self, stage: StageTree, table: Stage, answer: Answer, kept: Sequence[StageEquilibrium]
    ) -> Answer:
        """Drop the continua that ``undominated`` keeps the vertices of, but not what lies between.

        Whether a strategy is dominated depends on the actions it uses only, and the centre uses
        those of all vertices.
        """
        rules = [rule for rule in self.rules if rule.name == "undominated"]
        if not rules:
            return answer
        whole = []
        for indices in answer.continua:
            spanning = [answer.equilibria[k] for k in indices]
            centre = StageEquilibrium(_centre(spanning), spanning[0].payoffs)
            if all(e in kept for e in spanning) and not select_at_stage(rules, table, [centre]):
                self.gap("the selection keeps a part of a continuum of equilibria", stage)
                self.endless = True
            else:
                whole.append(indices)
        return replace(answer, continua=whole)

    def local(self, stage: StageTree, equilibrium: StageEquilibrium) -> Local:
        """Return what an equilibrium of a stage plays at the information sets of the stage."""
        if equilibrium.pure is not None:
            return tuple(
                entry
                for mover, place in zip(stage.movers, equilibrium.pure, strict=True)
                for entry in stage.pure_behaviour(mover, place)
            )
        return tuple(
            entry
            for mover, mixture in zip(stage.movers, equilibrium.strategies, strict=True)
            for entry in stage.behaviour(mover, mixture)
        )

    def carried(
        self, lottery: Lottery, on_path: Sequence[tuple[Fraction, Class]]
    ) -> Iterable[tuple[Distribution, int, dict[int, Plan]]]:
        """Yield the outcomes of reaching exits, how many profiles have each, and plans for it."""
        self.limit_outcomes(*(found for _, found in on_path))
        for outcomes in itertools.product(*(found.outcomes.items() for _, found in on_path)):
            joined: list[tuple[int, Fraction]] = []
            count, plans = 1, {}
            for (node, weight), (outcome, (profiles, plan)) in zip(lottery, outcomes, strict=True):
                joined += [(end, weight * p) for end, p in outcome]
                count *= profiles
                plans[node] = plan
            yield tuple(joined), count, following(plans.items())

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


def _mixers(equilibria: Sequence[StageEquilibrium]) -> int:
    """Return how many movers have different strategies in some equilibria."""
    by_mover = zip(*(equilibrium.strategies for equilibrium in equilibria), strict=True)
    return sum(any(other != own[0] for other in own) for own in by_mover)


def _centre(equilibria: Sequence[StageEquilibrium]) -> tuple[tuple[Fraction, ...], ...]:
    """Return for each mover the mean of his strategies."""
    return tuple(
        tuple(sum(shares, ZERO) / len(equilibria) for shares in zip(*strategies, strict=True))
        for strategies in zip(*(e.strategies for e in equilibria), strict=True)
    )


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


def _and_more(places: int) -> str:
    """Return how many places are not named."""
    return f" and {places} more place{'s' if places > 1 else ''}" if places else ""
