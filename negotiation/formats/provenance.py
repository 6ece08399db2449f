"""Provenance: where an exported game comes from, for the comment of its file."""

from __future__ import annotations

from collections.abc import Iterator

from negotiation.game import Game
from negotiation.solution import parameter_text

__all__ = ["provenance"]


def provenance(game: Game) -> Iterator[str]:
    """Yield the values and the fixed moves that a game was built with, in words."""
    if game.parameters:
        values = (f"{name} = {parameter_text(value)}" for name, value in game.parameters.items())
        yield f"parameters: {', '.join(values)}"
    if game.fixed:
        yield f"fixed: {', '.join(f'{move} = {action}' for move, action in game.fixed.items())}"
