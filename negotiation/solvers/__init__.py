"""Solvers: one algorithm a module, each a function of a game; :func:`solve` picks one.

``subgame-perfect`` and ``pure-subgame-perfect`` go by backward induction over subgames; ``nash``
and ``pure`` take the game as a single stage. Every entry of a Solution is certified by
:mod:`negotiation.certify`, which knows nothing of the solver.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence

import negotiation
from negotiation.certify import Certifier
from negotiation.errors import BudgetError, MethodError, NegotiationError, UsageError
from negotiation.formulas import nearest
from negotiation.game import Game
from negotiation.selection import Rule, parse_selection, select_outcomes
from negotiation.solution import Equilibrium, Outcome, Solution, StrategyTable
from negotiation.solvers.backward_induction import Induction, solve_backward

__all__ = ["solve"]

CONCEPTS = ("subgame-perfect", "pure-subgame-perfect", "nash", "pure")
KNOWN = (
    *CONCEPTS,
    "perfect-bayesian",
    "sequential",
    "correlated",
    "coarse-correlated",
    "qre",
)
METHODS = ("backward-induction",)


def solve(
    game: Game,
    concept: str | None = None,
    *,
    select: str | None = None,
    method: str | None = None,
    budget: float | None = None,
) -> Solution:
    """Return the equilibria of a game, with what is guaranteed about them.

    Parameters
    ----------
    game : Game
    concept : str, optional
        ``subgame-perfect``, ``pure-subgame-perfect``, ``nash`` or ``pure``; the default is the
        model's.
    select : str, optional
        Chain of selection rules; the default is the model's, else ``all``.
    method : str, optional
        Name of a method; by default the first that can answer.
    budget : float, optional
        Seconds; when they are spent the Solution says ``termination = "budget"``.

    Raises
    ------
    UsageError
        For an unknown concept, rule or method.
    MethodError
        If no method answers; the message names the limit and what would work.
    """
    started = time.monotonic()
    concept = _known(concept or game.concept, KNOWN, "concept")
    if concept not in CONCEPTS:
        raise MethodError(
            f"concept {concept!r} has no solver yet",
            place=game.name,
            remedy=f"use one of {', '.join(CONCEPTS)}",
        )
    if method is not None:
        _known(method, METHODS, "method")
    selection = select or game.select
    rules = parse_selection(selection, game.players)
    deadline = None if budget is None else started + budget
    equilibria: list[Equilibrium] = []
    induction = Induction({}, [], True, [])
    try:
        induction = solve_backward(
            game,
            pure=concept.startswith("pure"),
            rules=rules,
            whole=concept in ("nash", "pure"),
            deadline=deadline,
        )
        for entry in _entries(game, induction, rules, concept, deadline):
            equilibria.append(entry)
        termination, message = "exhausted", _message(induction, equilibria, rules)
    except BudgetError as error:
        termination, message = "budget", f"{error.message}; {error.remedy}"
    complete = termination == "exhausted" and not induction.gaps
    counted = [equilibrium.profiles for equilibrium in equilibria]
    numbers = [count for count in counted if count is not None]
    return Solution(
        game=game.name,
        fingerprint=game.fingerprint,
        parameters=dict(game.parameters),
        fixed=dict(game.fixed),
        players=game.players,
        concept=concept,
        method="backward-induction",
        selection=selection,
        exact=True,
        complete=complete,
        termination=termination,
        profiles=sum(numbers) if complete and not induction.endless else None,
        seconds=time.monotonic() - started,
        equilibria=tuple(equilibria),
        message=message,
        versions={"negotiation": negotiation.__version__, "python": platform.python_version()},
        phrases=game.phrases,
    )


def _known(name: str, known: Sequence[str], what: str) -> str:
    if name not in known:
        raise UsageError(f"no {what} is called {name!r}", place=what, remedy=nearest(name, known))
    return name


def _entries(
    game: Game, induction: Induction, rules: Sequence[Rule], concept: str, deadline: float | None
) -> Iterator[Equilibrium]:
    """Yield one certified entry for each distinct outcome that the selection keeps."""
    outcomes = [
        (outcome, value, count, plan)
        for value, found in induction.continuations.items()
        for outcome, (count, plan) in found.outcomes.items()
    ]
    outcomes.sort(key=lambda entry: (len(entry[0]), entry[0]))
    certifier = Certifier(game)
    strategies = StrategyTable(game)
    for outcome, value, count, plan in select_outcomes(
        rules, outcomes, lambda entry: entry[1], game.players
    ):
        if deadline is not None and time.monotonic() > deadline:
            raise BudgetError(
                "the budget of time is spent while certifying",
                place=game.name,
                remedy="give a larger --budget",
            )
        profile = plan.profile()
        judgement = certifier.judge(profile)
        certificate = judgement.certificate(concept)
        if not certificate.holds:
            raise NegotiationError(
                f"the solver returned a profile that is no equilibrium (gain "
                f"{certificate.largest_gain})",
                place=game.name,
                remedy="please report this game: it is a bug",
            )
        yield Equilibrium(
            outcomes=tuple(Outcome(dict(game.path(node)), p) for node, p in outcome),
            payoffs=dict(zip(game.players, value, strict=True)),
            regime=game.regime(outcome),
            strategies=strategies.of(profile),
            certificate=certificate,
            margins=tuple(judgement.margins()),
            profiles=None if induction.endless else count,
            profile=profile,
        )


def _message(induction: Induction, equilibria: list[Equilibrium], rules: Sequence[Rule]) -> str:
    """Return why the answer is empty or incomplete; empty text if there is nothing to say."""
    parts = list(induction.gaps)
    if not equilibria:
        selecting = [rule.name for rule in rules if rule.name != "all"]
        if induction.barren:
            under = f" that survives {', '.join(selecting)}" if selecting else ""
            parts.append(f"the subgame {induction.barren[0]} has no equilibrium{under}")
        elif selecting:
            parts.append(f"no outcome survives {', '.join(selecting)}")
    return "; ".join(parts)
