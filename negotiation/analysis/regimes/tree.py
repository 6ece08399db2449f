r"""The symbolic tree: the tree of a game with payoffs that are functions of the parameters.

The shape of the tree does not depend on the variables, so it is built once, at some point of the
domain; payoffs, probabilities of chance and the labels of paths are then read again with symbols.
Where a payoff has no value at some history the game has none, so that is one condition for the
whole tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.analysis.regimes.conditions import Condition, conjunction
from negotiation.analysis.regimes.diagrams import Diagram, Diagrams, Undefined
from negotiation.analysis.regimes.formulas import SymbolicFormulas
from negotiation.analysis.regimes.polynomials import ZERO, Ratio
from negotiation.analysis.regimes.space import Space
from negotiation.errors import Fault, MethodError, ModelError, UsageError
from negotiation.forms.extensive import _Tree
from negotiation.formulas import Call
from negotiation.game import Game
from negotiation.model.grounding import grounded, substitute
from negotiation.model.values import parameter_values

__all__ = ["Lottery", "SymbolicTree"]

Lottery = tuple[tuple[int, Ratio], ...]
"""Terminal nodes or exits, each with its probability, none of which is zero everywhere."""


@dataclass(frozen=True, eq=False)
class _Taken:
    """An action as formulas read it; the value may be a diagram."""

    label: str
    value: Any


class SymbolicTree:
    """The tree of a model at given structural values.

    Attributes
    ----------
    game : Game
        The tree at one point, for its shape.
    payoffs : dict
        Terminal node to one diagram a player.
    probabilities : dict
        Chance node to one ratio an action.
    domain : Condition
        What the model demands of the parameters.
    defined : Condition
        Where every formula has a value and every probability is one.
    """

    def __init__(
        self, space: Space, diagrams: Diagrams, case: Mapping[str, Fraction], fix: Mapping[str, Any]
    ) -> None:
        self.space = space
        self.diagrams = diagrams
        self.parameters = space.parameters(diagrams, case)
        self.formulas = self.parameters.formulas
        self.tree, self.game = _built(space, case, fix)
        self.instances = {instance.name: instance for instance in self.tree.instances}
        self.taken: dict[tuple[str, str], _Taken] = {}
        self.plays: dict[int, dict[str, Any]] = {}
        self.domain, defined = self.parameters.domain()
        self._nodes: dict[Any, Any] = {}
        self._defined = [defined]
        self.payoffs = {node: self._payoffs(node) for node in self.game.payoffs}
        self.probabilities = {node: self._probabilities(node) for node in self.game.probabilities}
        self.defined: Condition = conjunction(self._defined)
        self._labels: dict[Any, Diagram] = {}
        self._distribution: Lottery = ()
        self.formulas.path = self._of_path

    # -- plays ----------------------------------------------------------------------------------

    def play(self, node: int) -> dict[str, Any]:
        """Return move instance to the action taken before a node."""
        if node not in self.plays:
            taken = dict(self.game.path(node))
            self.plays[node] = {
                name: self._action(name, taken.get(name)) for name in self.instances
            }
        return self.plays[node]

    def _action(self, name: str, label: str | None) -> _Taken | None:
        instance = self.instances[name]
        if label is None:
            if instance.otherwise is None:
                return None
            action = instance.otherwise
        else:
            action = next(a for a in instance.actions if a.label == label)
        key = (name, action.label)
        if key not in self.taken:
            value: Any = action.value
            grid = instance.move.grid
            if label is not None and isinstance(grid, tuple) and action.label in grid:
                place = f"moves.{instance.move.name}.grid"
                value = self.formulas.evaluate(
                    self._node(action.label, instance.binding), {}, place
                )
            self.taken[key] = _Taken(action.label, value)
        return self.taken[key]

    def _node(self, text: str, binding: Mapping[str, str]) -> Any:
        key = (text, *binding.items())
        if key not in self._nodes:
            # Folding drops what the sets decide; parameters stay.
            self._nodes[key] = substitute(grounded(text, binding, self.space.scope), {})
        return self._nodes[key]

    # -- payoffs and chance -----------------------------------------------------------------------

    def _payoffs(self, node: int) -> tuple[Diagram, ...]:
        play = self.play(node)
        found = []
        for player in self.game.players:
            text, key, binding = self.space.scope.payoffs[player]
            value = self.formulas.evaluate(self._node(text, binding), play, f"payoffs.{key}")
            found.append(self._number(value))
        return tuple(found)

    def _number(self, value: Diagram) -> Diagram:
        """Return a diagram of numbers; note where it has none."""
        diagrams = self.diagrams
        if any(isinstance(leaf, Undefined) for leaf in value.leaves()):
            self._defined.append(
                diagrams.where(value, lambda leaf: not isinstance(leaf, Undefined), "defined")
            )
        return diagrams.apply("+1", lambda a: diagrams.leaf(diagrams.number(a)), value)

    def _probabilities(self, node: int) -> tuple[Diagram, ...]:
        """Return the probabilities of chance; note where they are none."""
        diagrams = self.diagrams
        head = self.game.information_sets[self.game.set_of[node]]
        instance = self.instances[head.move]
        entries = instance.move.probabilities
        if instance.fixed is not None or entries is None:
            return tuple(diagrams.leaf(p) for p in self.game.probabilities[node])
        place = f"moves.{instance.move.name}.probabilities"
        drawn: list[Diagram | None] = []
        for entry in entries:
            if isinstance(entry, str) and entry.strip() == "rest":
                drawn.append(None)
            elif isinstance(entry, str):
                text = self._node(entry, instance.binding)
                drawn.append(self._number(self.formulas.evaluate(text, self.play(node), place)))
            else:
                drawn.append(diagrams.leaf(entry))
        total = diagrams.leaf(0)
        for share in drawn:
            if share is not None:
                total = self.formulas.add(total, share)
        one = diagrams.leaf(1)
        rest = diagrams.apply("-", lambda a, b: diagrams.leaf(a - b), one, total)
        filled = tuple(rest if share is None else share for share in drawn)
        for share in filled:
            self._defined.append(
                diagrams.condition(diagrams.compare(">=", share, diagrams.leaf(0)))
            )
        if None not in drawn:
            self._defined.append(diagrams.condition(diagrams.compare("==", total, one)))
        return filled

    def shares(self, node: int) -> list[Ratio]:
        """Return the probabilities of chance at a node as functions of the parameters.

        Raises
        ------
        MethodError
            Where a probability is piecewise.
        """
        found = []
        for share in self.probabilities[node]:
            if not share.is_leaf:
                raise MethodError(
                    f"a probability of chance {self.game.where(node)} is piecewise",
                    place="regimes",
                    remedy="write it without if, max, min and abs, or give its parameters values",
                )
            found.append(self.diagrams.number(share.value))
        return found

    # -- labels -----------------------------------------------------------------------------------

    def label(self, outcome: Lottery) -> Diagram:
        """Return the regime of a distribution over terminal nodes."""
        key = tuple((node, weight.key) for node, weight in outcome)
        if key not in self._labels:
            self._distribution = outcome
            self._labels[key] = self.classified(outcome, self.formulas)
        return self._labels[key]

    def classified(self, outcome: Lottery, formulas: SymbolicFormulas) -> Diagram:
        """Return the regime of a distribution as some formulas read what it says of the path."""
        diagrams = self.diagrams
        found = diagrams.leaf("unnamed" if self.space.model.regimes else "")
        for regime in self.space.model.regimes[::-1]:
            place = f"regimes.{regime.name}.when"
            node = self._node(regime.when, {})
            holds = diagrams.true
            for terminal, weight in outcome[::-1]:
                truth = formulas.evaluate(node, self.play(terminal), place)
                truth = diagrams.choose(truth, holds, diagrams.false)
                absent = diagrams.sign_diagram(weight, ZERO)
                holds = diagrams.choose(absent, holds, truth)
            found = diagrams.choose(diagrams.settled(holds), diagrams.leaf(regime.name), found)
        return found

    def _of_path(self, call: Call, _play: Mapping[str, Any]) -> Diagram:
        """Return ``prob(event)``, ``prob(event, given)`` or ``mean(quantity)`` on the path."""
        diagrams = self.diagrams
        place = f"regimes, {call.function}"

        def total(terms: Iterable[tuple[Ratio, Diagram]]) -> Diagram:
            result = diagrams.leaf(0)
            for weight, value in terms:
                scaled = diagrams.apply(
                    ("scaled", weight.key),
                    lambda a, w=weight: diagrams.leaf(w * diagrams.number(a)),
                    value,
                )
                result = self.formulas.add(result, scaled)
            return result

        values = [
            [
                (weight, self.formulas.evaluate(argument, self.play(node), place))
                for node, weight in self._distribution
            ]
            for argument in call.arguments
        ]
        if len(values) == 1:
            return total(values[0])
        both = [
            (weight, diagrams.choose(given, event, diagrams.false))
            for (weight, event), (_, given) in zip(*values, strict=True)
        ]
        joint, condition = total(both), total(values[1])
        nothing = diagrams.leaf(Undefined("probability of nothing", harmless=True))
        none = diagrams.compare("==", condition, diagrams.leaf(0))
        divided = diagrams.divide(joint, condition, place)
        return diagrams.choose(none, nothing, divided)


def _built(
    space: Space, case: Mapping[str, Fraction], fix: Mapping[str, Any]
) -> tuple[_Tree, Game]:
    """Return the tree at some point of the domain.

    Raises
    ------
    UsageError, ModelError
        What went wrong at the first point tried, if no point serves.
    """
    first: UsageError | ModelError | None = None
    chosen = (*space.variables, *space.enumerated)
    for point in space._points(chosen):
        settings = {**space.settings, **point, **case}
        try:
            values = parameter_values(space.model, settings, space.scenario)
            numbers: dict[str, Fraction] = {}
            for cell, value in values.items():
                if value is None:
                    raise UsageError(
                        f"{cell} has no value",
                        place="--set",
                        remedy=f"give it one (--set {cell}=1), or take it as an axis",
                    )
                numbers[cell] = value
            try:
                tree = _Tree(space.model, numbers, fix)
                return tree, tree.game()
            except Fault as fault:
                source = str(space.model.origin or space.model.name)
                raise ModelError([fault], source=source) from None
        except (UsageError, ModelError) as error:
            first = first or error
    assert first is not None
    raise first
