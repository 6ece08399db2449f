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

MANY_STRATEGIES = 12

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
        Whether it is better suited to a game than the methods before it, if it can answer.
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


def _as_zero_sum(game: Game, _: str, rules: Sequence[Rule], deadline: float | None) -> Induction:
    from negotiation.solvers.zero_sum import zero_sum_equilibria

    return solve_backward(
        game, pure=False, rules=rules, whole=True, deadline=deadline, kernel=zero_sum_equilibria
    )


def _not_zero_sum(game: Game) -> str:
    from negotiation.formats.two_player_table import two_player_table
    from negotiation.solvers.zero_sum import constant_sum_scale

    try:
        table = two_player_table(game)
        constant_sum_scale(table.A, table.B)
    except MethodError as error:
        return f"{error.place}: {error.message}"
    return ""


def _is_large(game: Game) -> bool:
    """Say whether both players have so many strategies that vertices are too many."""
    strategies: dict[int, int] = {}
    for _, head in game.decisions():
        strategies[head.player] = strategies.get(head.player, 1) * len(head.actions)
    return len(strategies) == 2 and min(strategies.values()) > MANY_STRATEGIES


def _choosers(game: Game) -> int:
    """Return how many players have more than one action somewhere."""
    sets = game.information_sets
    return len({s.player for s in sets if s.player != CHANCE and len(s.actions) > 1})


def _more_than_two(game: Game) -> str:
    count = _choosers(game)
    return f"{count} players have a choice, and it is for two" if count > 2 else ""


METHODS: tuple[Method, ...] = (
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
        "linear-program",
        ("nash",),
        "value and all optimal strategies of a constant-sum game of two players",
        _as_zero_sum,
        refusal=_not_zero_sum,
        suits=_is_large,
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
    refusals = []
    for method in sorted(able, key=lambda method: not method.suits(game)):
        reason = method.refusal(game)
        if not reason:
            return method
        refusals.append(f"{method.name}: {reason}")
    raise MethodError(
        f"no method answers {concept} here ({'; '.join(refusals)})",
        place=game.name,
        remedy="leave --method out" if name else "ask for another concept",
    )
