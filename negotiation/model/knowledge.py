"""Knowledge: a condition on a move reads only what its mover knows.

What the mover of an instance knows is fixed by the scope (:mod:`negotiation.model.scope`). A
formula of ``when``, ``allowed`` or ``probabilities`` reads the move instances that it names, those
that its definitions name, and all that an aggregate runs over; each of them has to be known, so
that nobody learns from being asked, or not being asked, to move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from negotiation.errors import Fault
from negotiation.formulas import Reference, walk
from negotiation.model.document import Move
from negotiation.model.grounding import grounded, substitute
from negotiation.model.scope import MoveInstance, Scope

__all__ = ["knowledge_faults"]


def knowledge_faults(scope: Scope) -> Iterator[Fault]:
    """`when`, `allowed` and probabilities read only what the mover knows."""
    reads = _Reads(scope)
    reported: set[tuple[str, str]] = set()
    positions = {name: k for k, name in enumerate(scope.moves)}
    for instance in scope.instances:
        for key, text, candidate in _conditions(instance.move):
            own = instance.name if candidate else None
            read = reads.of_text(text, instance.binding, own)
            unknown = read - {*instance.known, own}
            place = f"moves[{positions[instance.move.name]}].{key}"
            if unknown and (place, text) not in reported:
                reported.add((place, text))
                yield _unknown_to_mover(instance, key, min(unknown), place, text, scope)


def _conditions(move: Move) -> Iterator[tuple[str, str, bool]]:
    """Yield (key, formula, whether it may read the candidate) of a move."""
    if move.when is not None:
        yield "when", move.when, False
    if move.allowed is not None:
        yield "allowed", move.allowed, True
    for position, entry in enumerate(move.probabilities or ()):
        if isinstance(entry, str) and entry.strip() != "rest":
            yield f"probabilities[{position}]", entry, False


def _unknown_to_mover(
    instance: MoveInstance, key: str, read: str, place: str, text: str, scope: Scope
) -> Fault:
    order = [entry.name for entry in scope.instances]
    word = key.partition("[")[0]
    if read == instance.name:
        message, remedy = f"{word} reads the move itself", "only allowed reads the candidate"
    elif order.index(read) > order.index(instance.name):
        message = f"{word} reads {read}, which is played after {instance.name}"
        remedy = "read earlier moves only, or change the order of [[moves]]"
    else:
        message = f"{word} reads {read}, which {instance.player} does not know at {instance.name}"
        remedy = f"add {read.partition('[')[0]!r} to observes, or do not read it"
    return Fault(message, place=place, text=text, column=0, remedy=remedy)


class _Reads:
    """The move instances that formulas read, through definitions too."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.found: dict[str, frozenset[str]] = {}

    def of_text(self, text: str, binding: Mapping[str, str], own: str | None) -> frozenset[str]:
        """Return the move instances that a formula reads."""
        read: set[str] = set()
        # Terms that a condition on members rules out (`if j != i`) are not read.
        for node in walk(substitute(grounded(text, binding, self.scope, own=own), {})):
            if isinstance(node, Reference) and node.kind == "move":
                read.add(node.name)
            elif isinstance(node, Reference) and node.kind == "define":
                read |= self.of_definition(node.name)
        return frozenset(read)

    def of_definition(self, cell: str) -> frozenset[str]:
        """Return the move instances that a cell of a definition reads."""
        if cell not in self.found:
            text, binding = self.scope.definition_of(cell)
            self.found[cell] = self.of_text(text, binding, None)
        return self.found[cell]
