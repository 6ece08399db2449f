r"""Support: for each subgame and outcome the condition under which an equilibrium supports it.

Subgames are taken from the last back, as in :mod:`negotiation.solvers.backward_induction`. Write
:math:`\varphi(x, o)` for the condition that outcome o is supported in the subgame at node x; it is
true at a terminal node.

*One-shot stages in pure strategies* (a decision of one player among them). Outcome o at the exit
p of a profile is supported iff no mover gains by any exit e that he can bring about alone:

.. math:: \varphi(x, o) = \varphi(p, o) \wedge \bigwedge_i \bigwedge_{e \in L_i(p) \setminus p}
    \bigvee_{o'} \bigl(\varphi(e, o') \wedge u_i(o) \ge u_i(o')\bigr).

*Chance* supports every combination of outcomes after its draws.

*Other stages*, mixed equilibria of two movers, and stage rules: one table for each combination of
outcomes at the exits, see :mod:`negotiation.analysis.regimes.stage`.

Every polynomial that decides remembers whose incentive it is (:class:`Binding`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    Condition,
    conjunction,
    disjunction,
    negation,
)
from negotiation.analysis.regimes.diagrams import Diagram, Diagrams
from negotiation.analysis.regimes.polynomials import Polynomial, Ratio
from negotiation.analysis.regimes.stage import StageTable, stage_outcomes
from negotiation.analysis.regimes.tree import Lottery, SymbolicTree
from negotiation.errors import BudgetError
from negotiation.game import CHANCE, Game
from negotiation.selection import Cell, Rule
from negotiation.solvers.stages import StageTree

__all__ = ["Binding", "Option", "Support"]

MAX_COMBINATIONS = 5_000
MAX_OPTIONS = 50_000
MAX_BINDINGS = 8


@dataclass(frozen=True)
class Binding:
    """Why a polynomial matters.

    Attributes
    ----------
    kind : str
        ``incentive``, ``mixing``, ``selection``, ``piece`` or ``domain``.
    player, move, information
        Who decides where, knowing what; empty for a piece or the domain.
    action, instead : str
        Between which two actions (or outcomes, for a selection).
    """

    kind: str
    player: str = ""
    move: str = ""
    information: tuple[tuple[str, str], ...] = ()
    action: str = ""
    instead: str = ""

    def __str__(self) -> str:
        if self.kind == "piece":
            return "a case of the formulas changes"
        if self.kind == "domain":
            return "the domain ends"
        known = ", ".join(f"{move} = {label}" for move, label in self.information)
        after = f" after {known}" if known else ""
        if self.kind == "selection":
            return f"selection{after}: {self.action} or {self.instead}"
        if self.kind == "mixing":
            return f"{self.player} mixes at {self.move}{after}"
        return f"{self.player} at {self.move}{after}: {self.action} or {self.instead}"

    @property
    def comparison(self) -> Hashable:
        """What is the same for one comparison, whichever of its two actions comes first."""
        pair = frozenset((self.action, self.instead))
        return self.kind, self.player, self.move, self.information, pair

    def to_dict(self) -> dict[str, Any]:
        """Return the binding as JSON values."""
        return {
            "kind": self.kind,
            "player": self.player,
            "move": self.move,
            "information": dict(self.information),
            "action": self.action,
            "instead": self.instead,
            "text": str(self),
        }


@dataclass(frozen=True, eq=False)
class Option:
    """An outcome of a subgame with the condition that supports it and what each player expects."""

    outcome: Lottery
    values: tuple[Diagram, ...]
    condition: Condition


@dataclass
class Incentives:
    """Compares payoffs and remembers who compares them.

    Attributes
    ----------
    bindings : dict
        Polynomial to the comparisons that it decides, `limit` at most.
    separate : bool
        Whether comparisons of the same payoffs by different actions are kept apart.
    """

    diagrams: Diagrams
    limit: int | None = MAX_BINDINGS
    bindings: dict[Polynomial, list[Binding]] = field(default_factory=dict)
    _known: dict[tuple[int, int], Condition] = field(default_factory=dict)
    _pieces: dict[int, frozenset[Polynomial]] = field(default_factory=dict)

    separate: ClassVar[bool] = False

    def at_least(self, left: Diagram, right: Diagram, binding: Callable[[], Binding]) -> Condition:
        """Return ``left >= right``; `binding` says whose comparison it is."""
        if left is right:
            return TRUE
        key = (left.serial, right.serial)
        found = self._known.get(key)
        if found is None:
            truth = self.diagrams.compare(">=", left, right)
            found = self._known[key] = self.diagrams.condition(truth)
        return self.owned(found, binding, self.pieces(left) | self.pieces(right))

    def owned(
        self,
        condition: Condition,
        binding: Callable[[], Binding],
        pieces: frozenset[Polynomial] = frozenset(),
    ) -> Condition:
        """Return a condition that is somebody's comparison; remember whose."""
        self.note(condition, binding, pieces)
        return condition

    def pieces(self, diagram: Diagram) -> frozenset[Polynomial]:
        """Return the polynomials whose signs choose the piece of a diagram."""
        found = self._pieces.get(diagram.serial)
        if found is None:
            found = frozenset() if diagram.polynomial is None else frozenset({diagram.polynomial})
            for branch in diagram.branches:
                found |= self.pieces(branch)
            self._pieces[diagram.serial] = found
        return found

    def note(
        self,
        condition: Condition,
        binding: Callable[[], Binding],
        pieces: frozenset[Polynomial] = frozenset(),
    ) -> None:
        """Remember for the polynomials of a condition, but for `pieces`, why they matter."""
        if condition is TRUE or condition is FALSE:
            return
        made: Binding | None = None
        for polynomial in condition.polynomials():
            if polynomial in pieces:
                continue
            known = self.bindings.setdefault(polynomial, [])
            if self.limit is None or len(known) < self.limit:
                made = made or binding()
                if made not in known:
                    known.append(made)


class Support:
    """Finds the supported outcomes of every subgame.

    Parameters
    ----------
    tree : SymbolicTree
    pure : bool
        Pure strategies only.
    whole : bool
        Take the tree as one stage: Nash equilibria.
    rules : sequence of Rule
        Stage rules among them act at each stage.
    check_time : callable
        Raises when the budget is spent.
    feasible : callable, optional
        Says whether a condition may hold somewhere; what cannot is dropped early.
    incentives : Incentives, optional
        Compares the payoffs.
    """

    def __init__(
        self,
        tree: SymbolicTree,
        *,
        pure: bool,
        whole: bool,
        rules: Sequence[Rule],
        check_time: Callable[[], None],
        feasible: Callable[[Condition], bool] | None = None,
        incentives: Incentives | None = None,
    ) -> None:
        self.feasible = feasible
        self.tree = tree
        self.game: Game = tree.game
        self.diagrams = tree.diagrams
        self.pure = pure
        self.rules = [rule for rule in rules if rule.at_stage]
        self.ends = [False] * len(self.game.set_of) if whole else self.game.is_subgame_root
        self.check_time = check_time
        self.incentives = incentives or Incentives(tree.diagrams)
        self.options: dict[int, list[Option]] = {}
        self.notes: list[str] = []
        self._sums: dict[Any, Diagram] = {}

    def at_root(self) -> list[Option]:
        """Return the outcomes of the game with their conditions."""
        for root in range(len(self.ends) - 1, -1, -1):
            if root == 0 or self.ends[root]:
                self.check_time()
                stage = StageTree(self.game, root, self.ends)
                self.options[root] = self._merged(self._of_stage(stage))
                for node in stage.exits:
                    self.options.pop(node, None)
        return self.options[0]

    def of(self, node: int) -> list[Option]:
        """Return the options of an exit; a terminal node has one."""
        if node in self.options:
            return self.options[node]
        one = self.diagrams.ring.one
        return [Option(((node, one),), self.tree.payoffs[node], TRUE)]

    def possible(self, condition: Condition) -> bool:
        """Say whether a condition may hold somewhere in the domain; False is a proof."""
        return self.feasible is None or self.feasible(condition)

    def _merged(self, options: Iterable[Option]) -> list[Option]:
        """Return options with each outcome once; those that never occur are dropped."""
        found: dict[Any, list[Option]] = {}
        for option in options:
            if option.condition is not FALSE:
                key = tuple((node, weight.key) for node, weight in option.outcome)
                found.setdefault(key, []).append(option)
        return [
            Option(same[0].outcome, same[0].values, disjunction(o.condition for o in same))
            for same in found.values()
        ]

    def _of_stage(self, stage: StageTree) -> Iterator[Option]:
        if stage.is_single_draw:
            return self._draw(stage)
        alone = len(stage.movers) == 1
        if stage.is_one_shot and (alone or (self.pure and not self.rules)):
            return self._one_shot(stage)
        return self._tables(stage)

    # -- values -------------------------------------------------------------------------------

    def _scaled(self, weight: Ratio, value: Diagram) -> Diagram:
        diagrams = self.diagrams
        return diagrams.apply(
            ("scaled", weight.key), lambda a: diagrams.leaf(weight * diagrams.number(a)), value
        )

    def expected(self, lottery: Sequence[tuple[Ratio, Diagram]]) -> Diagram:
        """Return an expected value."""
        key = tuple((weight.key, value.serial) for weight, value in lottery)
        if key not in self._sums:
            total = self.diagrams.leaf(0)
            for weight, value in lottery:
                total = self.tree.formulas.add(total, self._scaled(weight, value))
            self._sums[key] = total
        return self._sums[key]

    def joined(self, lottery: Sequence[tuple[Ratio, Option]], condition: Condition) -> Option:
        """Return the option that a lottery over options is."""
        if len(lottery) == 1 and lottery[0][0] == self.diagrams.ring.one:
            only = lottery[0][1]
            return Option(only.outcome, only.values, conjunction([only.condition, condition]))
        weights: dict[int, Ratio] = {}
        for share, option in lottery:
            for node, weight in option.outcome:
                part = share * weight
                weights[node] = weights[node] + part if node in weights else part
        outcome = tuple(sorted((n, w) for n, w in weights.items() if not w.is_zero))
        values = tuple(
            self.expected([(share, option.values[k]) for share, option in lottery])
            for k in range(len(self.game.players))
        )
        conditions = [condition, *(option.condition for _, option in lottery)]
        return Option(outcome, values, conjunction(conditions))

    # -- chance -------------------------------------------------------------------------------

    def shares(self, node: int) -> list[Ratio]:
        """Return the probabilities of chance at a node; see :meth:`SymbolicTree.shares`."""
        return self.tree.shares(node)

    def _draw(self, stage: StageTree) -> Iterator[Option]:
        children = self.game.children[stage.root]
        shares = self.shares(stage.root)
        options = [self.of(child) for child in children]
        count = math.prod(map(len, options))
        if count > MAX_OPTIONS:
            self.refuse(f"{count:,} combinations of outcomes {stage.describe()}")
        for chosen in itertools.product(*options):
            self.check_time()
            lottery = [
                (share, option)
                for share, option in zip(shares, chosen, strict=True)
                if not share.is_zero
            ]
            others = [option.condition for option in chosen]
            yield self.joined(lottery, conjunction(others))

    # -- every profile its own exit -------------------------------------------------------------

    def profiles(self, stage: StageTree) -> dict[Cell, tuple[tuple[int, Ratio], ...]]:
        """Return for each pure profile the exits it reaches, with their probabilities."""
        lists = [stage.strategies(mover) for mover in stage.movers]
        ends = frozenset(stage.exits)
        found = {}
        for profile in itertools.product(*map(range, stage.sizes)):
            self.check_time()
            choice: dict[int, int] = {}
            for mover, strategies, index in zip(stage.movers, lists, profile, strict=True):
                choice.update(zip(stage.sets[mover], strategies[index], strict=True))
            found[profile] = self._lottery(stage, choice, ends)
        return found

    def _lottery(
        self, stage: StageTree, choice: Mapping[int, int], ends: frozenset[int]
    ) -> tuple[tuple[int, Ratio], ...]:
        game = self.game
        reached: dict[int, Ratio] = {}
        stack = [(stage.root, self.diagrams.ring.one)]
        while stack:
            node, weight = stack.pop()
            if node in ends:
                reached[node] = weight
            elif game.mover(node) == CHANCE:
                for child, share in zip(game.children[node], self.shares(node), strict=True):
                    if not share.is_zero:
                        stack.append((child, weight * share))
            else:
                stack.append((game.children[node][choice[game.set_of[node]]], weight))
        return tuple(sorted(reached.items()))

    def _one_shot(self, stage: StageTree) -> Iterator[Option]:
        exits = {profile: lottery[0][0] for profile, lottery in self.profiles(stage).items()}
        floors = _Floors(self, stage)
        for profile, node in exits.items():
            for option in self.of(node):
                self.check_time()
                parts = [option.condition]
                for position in range(len(stage.movers)):
                    for action in range(stage.sizes[position]):
                        if action != profile[position]:
                            other = (*profile[:position], action, *profile[position + 1 :])
                            parts.append(
                                floors.at_most(
                                    exits[other], option, position, profile[position], action
                                )
                            )
                            if parts[-1] is FALSE:
                                break
                condition = conjunction(parts)
                if condition is not FALSE:
                    yield Option(option.outcome, option.values, condition)

    def binding(self, stage: StageTree, position: int, own: int, other: int) -> Binding:
        """Return whose incentive it is to play strategy `own` and not `other` at a stage."""
        mover = stage.movers[position]
        strategies = stage.strategies(mover)
        differing = [
            (place, a, b)
            for place, a, b in zip(
                stage.sets[mover], strategies[own], strategies[other], strict=True
            )
            if a != b
        ]
        place, a, b = differing[0]
        head = self.game.information_sets[place]
        return Binding(
            "incentive",
            self.game.players[mover],
            head.move,
            head.information,
            head.actions[a],
            head.actions[b],
        )

    # -- tables ---------------------------------------------------------------------------------

    def _tables(self, stage: StageTree) -> Iterator[Option]:
        """Solve one table for each combination of outcomes at the exits."""
        stage.check_size()
        options = [self.of(node) for node in stage.exits]
        combinations = math.prod(map(len, options))
        if combinations > MAX_COMBINATIONS:
            self.refuse(
                f"{combinations:,} combinations of outcomes at the exits of the stage "
                f"{stage.describe()}"
            )
        lotteries = self.profiles(stage)
        for chosen in itertools.product(*options):
            at = dict(zip(stage.exits, chosen, strict=True))
            together = conjunction(option.condition for option in chosen)
            if together is FALSE:
                continue
            table = StageTable(
                stage,
                lotteries,
                {
                    profile: tuple(
                        self.expected([(weight, at[node].values[k]) for node, weight in lottery])
                        for k in range(len(self.game.players))
                    )
                    for profile, lottery in lotteries.items()
                },
            )
            for lottery, condition in stage_outcomes(self, table):
                reached = [(weight, at[node]) for node, weight in lottery]
                yield self.joined(reached, conjunction([together, condition]))

    def refuse(self, what: str) -> None:
        """Stop, and say what would work."""
        raise BudgetError(
            what,
            place=self.game.name,
            remedy="fix a move, coarsen a grid, ask for pure strategies, or select whole outcomes "
            "instead of at stages",
        )


class _Floors:
    """Whether an exit has a supported outcome that gives a mover at most some value."""

    def __init__(self, support: Support, stage: StageTree) -> None:
        self.support = support
        self.stage = stage
        self.known: dict[tuple[int, int, int, int], Condition] = {}
        self.grouped: dict[tuple[int, int], list[tuple[Diagram, Condition]]] = {}

    def at_most(self, node: int, option: Option, position: int, own: int, other: int) -> Condition:
        """Return where some outcome at `node` gives the mover no more than `option` does."""
        mover = self.stage.movers[position]
        value = option.values[mover]
        incentives = self.support.incentives
        key = (node, position, value.serial, own if incentives.separate else -1)
        if key not in self.known:
            parts = []
            for rival, condition in self._groups(node, mover):
                enough = incentives.at_least(
                    value, rival, lambda: self.support.binding(self.stage, position, own, other)
                )
                parts.append(conjunction([condition, enough]))
                if parts[-1] is TRUE:
                    break
            self.known[key] = disjunction(parts)
        return self.known[key]

    def _groups(self, node: int, mover: int) -> list[tuple[Diagram, Condition]]:
        """Return the distinct values of a mover at an exit, each with its condition."""
        key = (node, mover)
        if key not in self.grouped:
            found: dict[int, tuple[Diagram, list[Condition]]] = {}
            for option in self.support.of(node):
                value = option.values[mover]
                found.setdefault(value.serial, (value, []))[1].append(option.condition)
            self.grouped[key] = [
                (value, disjunction(conditions)) for value, conditions in found.values()
            ]
        return self.grouped[key]


def select_options(
    rules: Sequence[Rule],
    options: list[Option],
    incentives: Incentives,
    players: Sequence[str],
) -> list[Option]:
    """Apply the outcome rules of a chain: each narrows the condition of every outcome."""
    for rule in rules:
        if rule.name in ("preferred", "worst"):
            player = players.index(rule.player or "")
            options = [_ranked(option, options, incentives, player, rule) for option in options]
        elif rule.name == "pareto":
            options = [_undominated(option, options, incentives, players) for option in options]
        elif rule.name == "unique":
            options = [_only(option, options, incentives.diagrams) for option in options]
        options = [option for option in options if option.condition is not FALSE]
    return options


def _ranked(
    option: Option, options: Sequence[Option], incentives: Incentives, player: int, rule: Rule
) -> Option:
    parts = [option.condition]
    binding = Binding("selection", action=f"{rule.name}:{rule.player}", instead="another outcome")
    for other in options:
        if other is not option:
            pair = option.values[player], other.values[player]
            best = incentives.at_least(
                *(pair if rule.name == "preferred" else pair[::-1]), lambda: binding
            )
            parts.append(disjunction([negation(other.condition), best]))
    return Option(option.outcome, option.values, conjunction(parts))


def _undominated(
    option: Option, options: Sequence[Option], incentives: Incentives, players: Sequence[str]
) -> Option:
    parts = [option.condition]
    binding = Binding("selection", action="pareto", instead="another outcome")
    for other in options:
        if other is option:
            continue
        weakly = [
            incentives.at_least(other.values[k], option.values[k], lambda: binding)
            for k in range(len(players))
        ]
        back = [
            incentives.at_least(option.values[k], other.values[k], lambda: binding)
            for k in range(len(players))
        ]
        dominated = conjunction([*weakly, negation(conjunction(back))])
        parts.append(negation(conjunction([other.condition, dominated])))
    return Option(option.outcome, option.values, conjunction(parts))


def _only(option: Option, options: Sequence[Option], diagrams: Diagrams) -> Option:
    parts = [option.condition]
    for other in options:
        if other is not option:
            differs = negation(_same(option.outcome, other.outcome, diagrams))
            parts.append(negation(conjunction([other.condition, differs])))
    return Option(option.outcome, option.values, conjunction(parts))


def _same(one: Lottery, two: Lottery, diagrams: Diagrams) -> Condition:
    """Return where two distributions over terminal nodes agree."""
    first, second = dict(one), dict(two)
    zero = diagrams.ring.zero
    return conjunction(
        diagrams.sign_condition(first.get(node, zero) - second.get(node, zero), 2)
        for node in {*first, *second}
    )
