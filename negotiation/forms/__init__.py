"""Game forms: one module a form, each builds a Game from a Model at given values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from negotiation.game import Game
    from negotiation.model.document import Model

__all__ = ["build_game"]


def build_game(
    model: Model, values: Mapping[str, object], fix: Mapping[str, object], scenario: str | None
) -> Game:
    """Build the game of a model with the module of its form."""
    from negotiation.forms import extensive

    return extensive.build(model, values, fix, scenario)
