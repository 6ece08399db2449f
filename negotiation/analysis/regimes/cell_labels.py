"""Labels of equilibria with given supports: kinds, outcomes by their histories, regimes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from negotiation.analysis.outcome_names import histories_text
from negotiation.analysis.regimes.conditions import FALSE, Condition, conjunction, negation
from negotiation.analysis.regimes.diagrams import Diagram, Undefined
from negotiation.analysis.regimes.path_labels import Unfixed
from negotiation.analysis.regimes.questions import Reals, Undecided
from negotiation.analysis.regimes.signalling import Cell, SymbolicSignalling, kind_of
from negotiation.errors import MethodError

__all__ = ["CellLabels"]

Labelled = tuple[str, Condition]


class CellLabels:
    """Names what equilibria of a cell do.

    Parameters
    ----------
    signalling : SymbolicSignalling
    by : str
        ``regime``, ``outcome`` or ``kind``.
    defined : Condition
        Where the game has a value.
    label_of : callable
        The regime of some terminal nodes, the only ones that are reached.
    """

    def __init__(
        self,
        signalling: SymbolicSignalling,
        by: str,
        defined: Condition,
        label_of: Callable[[tuple[int, ...]], Diagram],
    ) -> None:
        self.signalling = signalling
        self.label_of = label_of
        self.tree = signalling.tree
        self.diagrams = signalling.diagrams
        self.by = by
        self.valid = conjunction([self.tree.domain, defined])
        self._regimes: dict[tuple[int, ...], Diagram] = {}

    def of(self, cell: Cell) -> Iterator[Labelled]:
        """Yield the labels of a cell, each with the condition that an equilibrium has it.

        Raises
        ------
        MethodError
            Where a regime takes probabilities that the supports do not determine.
        """
        if self.by == "kind":
            yield kind_of(self.signalling.form, cell.sent), cell.condition
            return
        reached = self.signalling.reached(cell)
        if self.by == "outcome":
            paths = [dict(self.tree.game.path(node)) for node in reached]
            yield histories_text(paths), cell.condition
            return
        if reached not in self._regimes:
            self._regimes[reached] = self.label_of(reached)
        yield from self._named(cell, self._regimes[reached])

    def _named(self, cell: Cell, label: Diagram) -> Iterator[Labelled]:
        open_: list[Condition] = []
        for value in dict.fromkeys(label.leaves()):
            here = conjunction([cell.condition, self.diagrams.condition(label, value)])
            if isinstance(value, Unfixed):
                open_.append(here)
            elif here is not FALSE:
                yield "undefined" if isinstance(value, Undefined) else str(value), here
        for here in open_:
            yield from self._by_probabilities(cell, here)

    def _by_probabilities(self, cell: Cell, here: Condition) -> Iterator[Labelled]:
        """Yield labels where the probabilities count; they are known where they are the only ones.

        Elsewhere there must be no such equilibrium.
        """
        known = self.signalling.distribution(cell)
        if known is not None:
            outcome, determined = known
            label = self.tree.label(outcome)
            for value in dict.fromkeys(label.leaves()):
                found = conjunction([here, determined, self.diagrams.condition(label, value)])
                if found is not FALSE:
                    yield "undefined" if isinstance(value, Undefined) else str(value), found
            here = conjunction([here, negation(determined)])
        if self._occurs(here):
            raise MethodError(
                "a regime depends on probabilities that differ among the equilibria with one "
                "outcome in words: "
                + histories_text(
                    [dict(self.tree.game.path(node)) for node in self.signalling.reached(cell)]
                ),
                place="regimes",
                remedy="write its when with conditions on the path and prob(...) == 0, == 1, > 0 "
                "or < 1, or ask by kind or by outcome",
            )

    def _occurs(self, condition: Condition) -> bool:
        """Say whether a condition holds somewhere in the domain; True where that is not decided."""
        wanted = conjunction([self.valid, condition])
        if wanted is FALSE:
            return False
        space = self.tree.space
        if not space.variables:
            return wanted.decided(lambda polynomial: polynomial.sign_at([]))
        intervals = [variable.interval for variable in space.variables]
        try:
            return Reals(space.ring, intervals, None).find(wanted) is not None
        except Undecided:
            return True
