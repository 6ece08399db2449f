"""Annotations: what an exported file says of its game beside the numbers.

The label of an information set is the one it was read with, or its move and what the mover knows;
the comment lists the values and the fixed moves that the game was built with.
"""

from __future__ import annotations

from collections.abc import Iterator

from negotiation.certify import describe_set
from negotiation.game import Game, InformationSet
from negotiation.solution import parameter_text

__all__ = ["LABEL", "provenance", "set_label"]

LABEL = "information set"
"""What a player knows in a game of an ``.efg`` file: the label of his information set."""


def set_label(head: InformationSet) -> str:
    """Return the label of an information set."""
    known = dict(head.information)
    return known[LABEL] if list(known) == [LABEL] else describe_set(head.move, head.information)


def provenance(game: Game) -> Iterator[str]:
    """Yield the values and the fixed moves that a game was built with, in words."""
    if game.parameters:
        values = (f"{name} = {parameter_text(value)}" for name, value in game.parameters.items())
        yield f"parameters: {', '.join(values)}"
    if game.fixed:
        yield f"fixed: {', '.join(f'{move} = {action}' for move, action in game.fixed.items())}"
