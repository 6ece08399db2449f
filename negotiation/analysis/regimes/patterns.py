r"""Patterns: from supported outcomes, or supports, to the labels that an equilibrium supports.

Label l is supported where some outcome with that label is; a pattern S holds where exactly the
labels of S are supported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from negotiation.analysis.outcome_names import Outcome, histories_text
from negotiation.analysis.regimes.cell_labels import CellLabels
from negotiation.analysis.regimes.conditions import (
    TRUE,
    Condition,
    conjunction,
    disjunction,
    negation,
)
from negotiation.analysis.regimes.diagrams import Diagram, Diagrams, Undefined
from negotiation.analysis.regimes.intuitive import stands
from negotiation.analysis.regimes.path_labels import label_of_histories
from negotiation.analysis.regimes.polynomials import ZERO, Polynomial, Ratio
from negotiation.analysis.regimes.signalling import KINDS, SymbolicSignalling, structure
from negotiation.analysis.regimes.space import Space
from negotiation.analysis.regimes.support import (
    Binding,
    Incentives,
    Option,
    Support,
    select_options,
)
from negotiation.analysis.regimes.tree import SymbolicTree
from negotiation.analysis.regimes.turning import TurningIncentives, tree_beside
from negotiation.errors import MethodError, UsageError
from negotiation.game import Game
from negotiation.model.document import Model
from negotiation.selection import Rule, parse_selection
from negotiation.solution import Solution
from negotiation.solvers.beliefs import avoidable_set
from negotiation.solvers.methods import WITH_BELIEFS

__all__ = ["Case", "Labels", "build_case", "label_names", "labels_of_solution", "reached"]

SYMBOLIC_RULES = (
    "all",
    "coalition-proof",
    "payoff-dominant",
    "risk-dominant",
    "pareto",
    "preferred",
    "worst",
    "unique",
)
"""Selection rules that are encoded as conditions."""

WITH_BELIEFS_RULES = ("all", "intuitive")
"""Those of sender-receiver games under a concept with beliefs."""

Labels = tuple[str, ...]
Signs = Callable[[Polynomial], int]
Beside = Callable[
    [Polynomial, Sequence[int], Signs],
    tuple[dict[str, Condition], dict[Polynomial, tuple[Binding, ...]]],
]


@dataclass
class Case:
    """The answer at one choice of the structural values.

    Attributes
    ----------
    values : mapping
        Enumerated variable to value.
    supported : dict
        Label to the condition that some equilibrium supports it.
    domain, defined : Condition
        Where the model's demands hold, and where every formula has a value.
    bindings : dict
        Polynomial to whose incentives it is about.
    game : Game
        The tree at one point, for its shape.
    notes : list of str
    is_signalling : bool
        Whether labels are those of all perfect Bayesian equilibria, interior points of continua
        among them.
    beside : callable, optional
        From a polynomial, signs it may have and the signs of all others to the conditions of the
        labels there, with polynomials that comparisons have of their own; see :mod:`.turning`.
    outcomes : mapping
        Label to what it reaches, where labels are outcomes.
    """

    values: Mapping[str, Fraction]
    supported: dict[str, Condition]
    domain: Condition
    defined: Condition
    bindings: dict[Polynomial, list[Binding]]
    game: Game
    notes: list[str] = field(default_factory=list)
    is_signalling: bool = False
    beside: Beside | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    def pattern(self, labels: Labels) -> Condition:
        """Return where exactly these labels are supported."""
        return conjunction(
            found if label in labels else negation(found) for label, found in self.supported.items()
        )

    def labels(self, sign: Signs) -> Labels | None:
        """Return the supported labels where polynomials have given signs; None if undefined."""
        known: dict[int, bool] = {}
        if not self.domain.decided(sign, known) or not self.defined.decided(sign, known):
            return None
        return tuple(label for label, found in self.supported.items() if found.decided(sign, known))

    def conditions(self) -> list[Condition]:
        """Return all conditions of the case."""
        return [self.domain, self.defined, *self.supported.values()]


def build_case(
    space: Space,
    values: Mapping[str, Fraction],
    *,
    concept: str,
    select: str | None,
    by: str,
    fix: Mapping[str, Any],
    check_time: Callable[[], None],
    feasible: Callable[[Condition], bool] | None = None,
) -> Case:
    """Return the conditions of all labels at one choice of structural values.

    Raises
    ------
    UsageError
        For kinds of equilibria of a game that has none.
    MethodError
        Where something has no symbolic form.
    """
    diagrams = Diagrams(space.ring, space.bounds())
    tree = SymbolicTree(space, diagrams, values, fix)
    rules = parse_selection(select or tree.game.select, tree.game.players)
    question = _CaseQuestion(space, tree, concept, by, rules, check_time, feasible)
    signals = concept in WITH_BELIEFS and question.is_signalling()
    _check_rules(rules, WITH_BELIEFS_RULES if signals else SYMBOLIC_RULES)
    if by == "kind" and not signals:
        raise UsageError(
            f"kinds are those of sender-receiver games under {' or '.join(WITH_BELIEFS)}, not of "
            f"{space.model.name} under {concept}",
            place="by",
            remedy="ask by regime or by outcome",
        )
    return question.by_cells(values) if signals else question.by_subgames(values)


def _check_rules(rules: Sequence[Rule], known: Sequence[str]) -> None:
    for rule in rules:
        if rule.name not in known:
            raise MethodError(
                f"the selection rule {rule.name} has no symbolic form here",
                place="select",
                remedy=f"use {'one of ' if known[1:] else ''}{', '.join(known)}, or sweep",
            )


@dataclass
class _CaseQuestion:
    """What is asked of one case."""

    space: Space
    tree: SymbolicTree
    concept: str
    by: str
    rules: Sequence[Rule]
    check_time: Callable[[], None]
    feasible: Callable[[Condition], bool] | None
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def is_signalling(self) -> bool:
        """Say whether the tree is a sender-receiver game.

        Raises
        ------
        MethodError
            If it is none, and its sequential equilibria are not the subgame-perfect ones either.
        """
        try:
            structure(self.tree.game)
        except MethodError as error:
            if avoidable_set(self.tree.game) is None:
                return False
            raise MethodError(
                f"regimes under {self.concept} are for sender-receiver games: {error.message}",
                place=self.tree.game.name,
                remedy="ask for the concept subgame-perfect, or sweep",
            ) from None
        return True

    def by_subgames(self, values: Mapping[str, Fraction]) -> Case:
        """Return the case by recursion over subgames."""
        incentives = Incentives(self.tree.diagrams)
        found, notes = self._by_recursion(self.tree, incentives, self.feasible)
        return replace(self._case(values, found, incentives, TRUE, notes), beside=self._beside)

    def _beside(
        self, polynomial: Polynomial, sides: Sequence[int], sign: Signs
    ) -> tuple[dict[str, Condition], dict[Polynomial, tuple[Binding, ...]]]:
        """Return the conditions beside a point of a boundary, and whose comparisons they hold."""
        tree, _ = tree_beside(self.tree, polynomial, sides, sign)
        incentives = TurningIncentives(tree.diagrams, polynomial)
        found, _ = self._by_recursion(tree, incentives, None)
        return {label: disjunction(parts) for label, parts in found.items()}, incentives.own

    def _by_recursion(
        self,
        tree: SymbolicTree,
        incentives: Incentives,
        feasible: Callable[[Condition], bool] | None,
    ) -> tuple[dict[str, list[Condition]], list[str]]:
        """Return each label with conditions one of which must hold, and notes."""
        diagrams = tree.diagrams
        support = Support(
            tree,
            pure=self.concept.startswith("pure"),
            whole=self.concept in ("nash", "pure"),
            rules=self.rules,
            check_time=self.check_time,
            feasible=feasible,
            incentives=incentives,
        )
        options = select_options(self.rules, support.at_root(), incentives, tree.game.players)
        found: dict[str, list[Condition]] = {}
        for option in options:
            self.check_time()
            outcomes = self.by == "outcome"
            label = reached(tree, option) if outcomes else tree.label(option.outcome)
            for value in dict.fromkeys(label.leaves()):
                if outcomes:
                    text = self._outcome(value, dict(option.outcome))
                else:
                    text = "undefined" if isinstance(value, Undefined) else str(value)
                here = conjunction([option.condition, diagrams.condition(label, value)])
                found.setdefault(text, []).append(here)
        return found, support.notes

    def by_cells(self, values: Mapping[str, Fraction]) -> Case:
        """Return the case of a sender-receiver game, support by support."""
        incentives = Incentives(self.tree.diagrams, limit=None)
        found, always = self._by_supports(
            self.tree, incentives, self.feasible, lambda nodes: label_of_histories(self.tree, nodes)
        )
        case = self._case(values, found, incentives, always, [])
        return replace(case, is_signalling=True, beside=self._cells_beside)

    def _cells_beside(
        self, polynomial: Polynomial, sides: Sequence[int], sign: Signs
    ) -> tuple[dict[str, Condition], dict[Polynomial, tuple[Binding, ...]]]:
        """Return what :meth:`_beside` does, for a sender-receiver game."""
        tree, beside = tree_beside(self.tree, polynomial, sides, sign)
        incentives = TurningIncentives(tree.diagrams, polynomial)
        found, _ = self._by_supports(
            tree, incentives, None, lambda nodes: beside(label_of_histories(self.tree, nodes))
        )
        return {label: disjunction(parts) for label, parts in found.items()}, incentives.own

    def _by_supports(
        self,
        tree: SymbolicTree,
        incentives: Incentives,
        feasible: Callable[[Condition], bool] | None,
        label_of: Callable[[tuple[int, ...]], Diagram],
    ) -> tuple[dict[str, list[Condition]], Condition]:
        """Return each label with conditions one of which must hold, and where chance is sure."""
        refines = any(rule.name == "intuitive" for rule in self.rules)
        signalling = SymbolicSignalling(
            tree,
            incentives,
            self.check_time,
            feasible,
            stands if refines else None,
            incentives.joint if isinstance(incentives, TurningIncentives) else None,
        )
        always = signalling.drawn_always()
        labels = CellLabels(signalling, self.by, conjunction([tree.defined, always]), label_of)
        found: dict[str, list[Condition]] = {}
        for cell in signalling.cells():
            if self.by == "outcome":
                self._outcome(signalling.reached(cell), None)
            for text, condition in labels.of(cell):
                found.setdefault(text, []).append(condition)
        return found, always

    def _outcome(self, nodes: Sequence[int], weights: Mapping[int, Ratio] | None) -> str:
        """Return the label of an outcome, and remember what it reaches."""
        game = self.tree.game
        shares = None if weights is None else tuple(weights[node] for node in nodes)
        outcome = Outcome(tuple(tuple(game.path(node)) for node in nodes), shares)
        text = histories_text([dict(history) for history in outcome.histories])
        known = self.outcomes.get(text)
        self.outcomes[text] = outcome if known is None else known.merged(outcome)
        return text

    def _case(
        self,
        values: Mapping[str, Fraction],
        found: Mapping[str, Sequence[Condition]],
        incentives: Incentives,
        defined: Condition,
        notes: list[str],
    ) -> Case:
        ordered = _in_order(found, label_names(self.space.model, self.by))
        return Case(
            values,
            {label: disjunction(found[label]) for label in ordered},
            self.tree.domain,
            conjunction([self.tree.defined, defined]),
            incentives.bindings,
            self.tree.game,
            notes,
            outcomes=self.outcomes,
        )


def label_names(model: Model, by: str) -> Sequence[str]:
    """Return the labels that have an order of their own."""
    return KINDS if by == "kind" else [regime.name for regime in model.regimes]


def _in_order(found: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return labels in the order of the model's regimes, others behind them."""
    known = [name for name in dict.fromkeys(names) if name in found]
    return known + [label for label in found if label not in known]


def reached(tree: SymbolicTree, option: Option) -> Diagram:
    """Return the terminal nodes that have a positive probability: tuples of them are its leaves."""
    diagrams = tree.diagrams
    found = diagrams.leaf(())
    for node, weight in option.outcome:
        absent = diagrams.sign_diagram(weight, ZERO)
        longer = diagrams.apply(
            ("reaches", node), lambda nodes, n=node: diagrams.leaf((*nodes, n)), found
        )
        found = diagrams.choose(absent, found, longer)
    return found


def labels_of_solution(solution: Solution, by: str) -> set[str]:
    """Return the labels that the exact solver found."""
    if by == "outcome":
        return {
            histories_text([outcome.moves for outcome in e.outcomes]) for e in solution.equilibria
        }
    return {e.regime for e in solution.equilibria}
