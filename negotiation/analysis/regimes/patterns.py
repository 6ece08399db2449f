r"""Patterns: from supported outcomes to the labels that an equilibrium supports.

Label l is supported where some outcome with that label is; a pattern S holds where exactly the
labels of S are supported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from negotiation.analysis.regimes.conditions import (
    Condition,
    conjunction,
    disjunction,
    negation,
)
from negotiation.analysis.regimes.diagrams import Diagram, Diagrams, Undefined
from negotiation.analysis.regimes.polynomials import ZERO, Polynomial
from negotiation.analysis.regimes.space import Space
from negotiation.analysis.regimes.support import Binding, Option, Support, select_options
from negotiation.analysis.regimes.tree import SymbolicTree
from negotiation.errors import MethodError
from negotiation.game import Game
from negotiation.selection import parse_selection
from negotiation.solution import Solution

__all__ = ["Case", "Labels", "build_case", "labels_of_solution", "outcome_text"]

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

Labels = tuple[str, ...]


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
    """

    values: Mapping[str, Fraction]
    supported: dict[str, Condition]
    domain: Condition
    defined: Condition
    bindings: dict[Polynomial, list[Binding]]
    game: Game
    notes: list[str] = field(default_factory=list)

    def pattern(self, labels: Labels) -> Condition:
        """Return where exactly these labels are supported."""
        return conjunction(
            found if label in labels else negation(found) for label, found in self.supported.items()
        )

    def labels(self, sign: Callable[[Polynomial], int]) -> Labels | None:
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
    """Return the conditions of all labels at one choice of structural values."""
    diagrams = Diagrams(space.ring, space.bounds())
    tree = SymbolicTree(space, diagrams, values, fix)
    rules = parse_selection(select or tree.game.select, tree.game.players)
    unknown = [rule.name for rule in rules if rule.name not in SYMBOLIC_RULES]
    if unknown:
        raise MethodError(
            f"the selection rule {unknown[0]} has no symbolic form",
            place="select",
            remedy=f"use one of {', '.join(SYMBOLIC_RULES)}, or sweep",
        )
    support = Support(
        tree,
        pure=concept.startswith("pure"),
        whole=concept in ("nash", "pure"),
        rules=rules,
        check_time=check_time,
        feasible=feasible,
    )
    options = select_options(rules, support.at_root(), support.incentives, tree.game.players)
    found: dict[str, list[Condition]] = {}
    for option in options:
        check_time()
        label = _outcome_label(tree, option) if by == "outcome" else tree.label(option.outcome)
        for value in dict.fromkeys(label.leaves()):
            text = "undefined" if isinstance(value, Undefined) else str(value)
            here = conjunction([option.condition, diagrams.condition(label, value)])
            found.setdefault(text, []).append(here)
    ordered = _in_order(found, [regime.name for regime in space.model.regimes])
    supported = {label: disjunction(found[label]) for label in ordered}
    return Case(
        values,
        supported,
        tree.domain,
        tree.defined,
        support.incentives.bindings,
        tree.game,
        support.notes,
    )


def _in_order(found: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return labels in the order of the model's regimes, others behind them."""
    known = [name for name in dict.fromkeys(names) if name in found]
    return known + [label for label in found if label not in known]


def _outcome_label(tree: SymbolicTree, option: Option) -> Diagram:
    """Return the outcome in words: the histories that have a positive probability."""
    diagrams = tree.diagrams
    reached = diagrams.leaf(())
    for node, weight in option.outcome:
        absent = diagrams.sign_diagram(weight, ZERO)
        longer = diagrams.apply(
            ("reaches", node), lambda nodes, n=node: diagrams.leaf((*nodes, n)), reached
        )
        reached = diagrams.choose(absent, reached, longer)
    return diagrams.apply(
        "outcome",
        lambda nodes: diagrams.leaf(outcome_text([dict(tree.game.path(n)) for n in nodes])),
        reached,
    )


def outcome_text(histories: Sequence[Mapping[str, str]]) -> str:
    """Return histories in words."""
    texts = [
        ", ".join(f"{move} = {action}" for move, action in moves.items()) for moves in histories
    ]
    return " or ".join(sorted(texts))


def labels_of_solution(solution: Solution, by: str) -> set[str]:
    """Return the labels that the exact solver found."""
    if by == "outcome":
        return {
            outcome_text([outcome.moves for outcome in e.outcomes]) for e in solution.equilibria
        }
    return {e.regime for e in solution.equilibria}
