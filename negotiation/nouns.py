"""What a call takes is told apart from the noun before it.

A name is no Model until it is loaded, and a Model is no Game until its parameters have values. A
call from Python that is given the one for the other is answered with the step that is missing.
"""

from __future__ import annotations

from negotiation.errors import UsageError
from negotiation.game import Game
from negotiation.model.document import Model

__all__ = ["expect_game", "expect_model"]


def expect_model(found: object) -> None:
    """Refuse what is no Model.

    Raises
    ------
    UsageError
        With the step that leads to a Model.
    """
    if isinstance(found, Model):
        return
    if isinstance(found, Game):
        remedy = "give the Model itself: the parameters of a Game have one value each already"
    else:
        remedy = "negotiation.load(name or path) gives the Model"
    raise UsageError(f"{_shown(found)} is no Model", place="model", remedy=remedy)


def expect_game(found: object) -> None:
    """Refuse what is no Game.

    Raises
    ------
    UsageError
        With the step that leads to a Game.
    """
    if isinstance(found, Game):
        return
    if isinstance(found, Model):
        remedy = "model.at({name: value, ...}) gives the Game, model.at() that of its defaults"
    else:
        remedy = (
            "negotiation.load(name or path).at() gives the Game, read_game(path) that of a file"
        )
    raise UsageError(f"{_shown(found)} is no Game", place="game", remedy=remedy)


def _shown(found: object) -> str:
    if isinstance(found, str):
        return f"the text {found[:60]!r}"
    return f"a {type(found).__name__}"
