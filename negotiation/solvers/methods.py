"""Methods: what each algorithm declares it can do, and the choice of one for a game and a concept.

A method names the concepts it answers, says for a game why it cannot, and runs. The first in
:data:`METHODS` that can answer is taken, unless a later one is better suited to the game.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from negotiation.errors import MethodError, UsageError
from negotiation.formulas import nearest
from negotiation.game import CHANCE, Game
from negotiation.selection import Rule
from negotiation.solvers.backward_induction import Induction, solve_backward

__all__ = ["CONCEPTS", "METHODS", "Method", "choose"]


@dataclass(frozen=True)
class Method:
    """An algorithm and what it declares.

    Attributes
    ----------
    name : str
        As in ``--method`` and in the Solution.
    concepts : tuple of str
        Concepts it answers.
    gives : str
        What it returns and guarantees, in words.
    run : callable
        Takes game, concept, selection rules and deadline.
    refusal : callable
        Why it cannot answer for a game; empty text if it can.
    suits : callable
        Whether it is better suited to a game than the methods before it.
    """

    name: str
    concepts: tuple[str, ...]
    gives: str
    run: Callable[[Game, str, Sequence[Rule], float | None], Induction]
    refusal: Callable[[Game], str] = lambda _: ""
    suits: Callable[[Game], bool] = lambda _: False


def _subgames(game: Game, concept: str, rules: Sequence[Rule], deadline: float | None) -> Induction:
    pure = concept == "pure-subgame-perfect"
    return solve_backward(game, pure=pure, rules=rules, deadline=deadline)


def _whole(game: Game, concept: str, rules: Sequence[Rule], deadline: float | None) -> Induction:
    return solve_backward(game, pure=concept == "pure", rules=rules, whole=True, deadline=deadline)


def _choosers(game: Game) -> int:
    """Return how many players have more than one action somewhere."""
    sets = game.information_sets
    return len({s.player for s in sets if s.player != CHANCE and len(s.actions) > 1})


def _more_than_two(game: Game) -> str:
    count = _choosers(game)
    return f"{count} players have a choice, and it is for two" if count > 2 else ""


METHODS = (
    Method(
        "backward-induction",
        ("subgame-perfect", "pure-subgame-perfect"),
        "all outcomes, subgame by subgame; mixed equilibria of stages of up to two movers",
        _subgames,
    ),
    Method("pure-enumeration", ("pure",), "all equilibria in pure strategies", _whole),
    Method(
        "vertex-enumeration",
        ("nash",),
        "all extreme equilibria of two players and the convex sets they span",
        _whole,
        refusal=_more_than_two,
    ),
    Method(
        "iterated-dominance",
        ("nash",),
        "pure equilibria; all, where dominance leaves at most two players a choice",
        _whole,
    ),
)
"""All methods, in the order in which they are tried."""

CONCEPTS = tuple(dict.fromkeys(concept for method in METHODS for concept in method.concepts))
"""Concepts that some method answers."""


def choose(game: Game, concept: str, name: str | None = None) -> Method:
    """Return the method that answers for a game.

    Parameters
    ----------
    concept : str
        One of :data:`CONCEPTS`.
    name : str, optional
        Ask for this one.

    Raises
    ------
    UsageError
        If no method has that name.
    MethodError
        If the method asked for, or every method, refuses; the message says why.
    """
    able = [method for method in METHODS if concept in method.concepts]
    if name is not None:
        names = [method.name for method in METHODS]
        if name not in names:
            raise UsageError(
                f"no method is called {name!r}",
                place="method",
                remedy=nearest(name, names) or f"known: {', '.join(names)}",
            )
        asked = METHODS[names.index(name)]
        if asked not in able:
            raise MethodError(
                f"{name} does not answer {concept}",
                place=game.name,
                remedy=f"use {' or '.join(method.name for method in able)}",
            )
        able = [asked]
    reasons = {method: method.refusal(game) for method in able}
    willing = [method for method, reason in reasons.items() if not reason]
    if not willing:
        shown = "; ".join(f"{method.name}: {reason}" for method, reason in reasons.items())
        raise MethodError(
            f"no method answers {concept} here ({shown})",
            place=game.name,
            remedy="leave --method out" if name else "ask for another concept",
        )
    return next((method for method in willing if method.suits(game)), willing[0])
