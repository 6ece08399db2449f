"""Solvers: one algorithm a module, each a function of a game; :func:`solve` picks one.

The method is chosen by what the methods declare (:mod:`negotiation.solvers.methods`). Every entry
of a Solution is certified by :mod:`negotiation.certify`, which knows nothing of the solver.
"""

from __future__ import annotations

import itertools
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import negotiation
from negotiation.certify import Certifier
from negotiation.errors import BudgetError, MethodError, NegotiationError, UsageError
from negotiation.formulas import nearest
from negotiation.game import Distribution, Game, Payoffs
from negotiation.selection import Rule, parse_selection, select_outcomes
from negotiation.solution import Component, Equilibrium, Outcome, Solution, StrategyTable
from negotiation.solvers.backward_induction import Induction
from negotiation.solvers.continua import Continuum
from negotiation.solvers.methods import CONCEPTS, choose
from negotiation.solvers.plans import Key, Plan

__all__ = ["CONCEPTS", "KNOWN", "solve"]

PURE = {"subgame-perfect": "pure-subgame-perfect", "nash": "pure"}
"""Concepts to what they are in pure strategies."""
FIRST_SHARE = 0.9
"""Share of a budget for the whole answer; what is left is for the pure part of it."""
KNOWN = (
    *CONCEPTS,
    "perfect-bayesian",
    "sequential",
    "correlated",
    "coarse-correlated",
    "qre",
)


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
        Name of a method, see :data:`negotiation.solvers.methods.METHODS`; by default one that can
        answer is chosen.
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
    chosen = choose(game, concept, method)
    selection = select or game.select
    rules = parse_selection(selection, game.players)
    deadline = None if budget is None else started + budget
    mixed = PURE.get(concept) is not None and all(rule.name == "all" for rule in rules)
    first = deadline if budget is None or not mixed else started + budget * FIRST_SHARE
    equilibria: list[Equilibrium] = []
    components: tuple[Component, ...] = ()
    induction = Induction({}, [], True, [])
    try:
        induction = chosen.run(game, concept, rules, first)
        kept = select_outcomes(rules, _outcomes(induction), lambda one: one.value, game.players)
        components = _components(induction, kept, rules)
        for entry in _entries(game, induction, kept, concept, deadline):
            equilibria.append(entry)
        termination, message = "exhausted", _message(induction, equilibria, rules)
    except BudgetError as error:
        termination, message = "budget", f"{error.message}; {error.remedy}"
        components = ()
        if mixed and not equilibria:
            equilibria += _pure_ones(game, concept, deadline)
            message += "; the pure equilibria are given" if equilibria else ""
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
        method=chosen.name,
        selection=selection,
        exact=True,
        complete=complete,
        termination=termination,
        profiles=sum(numbers) if complete and not induction.endless else None,
        seconds=time.monotonic() - started,
        equilibria=tuple(equilibria),
        components=components,
        message=message,
        versions={"negotiation": negotiation.__version__, "python": platform.python_version()},
        phrases=game.phrases,
    )


def _known(name: str, known: Sequence[str], what: str) -> str:
    if name not in known:
        raise UsageError(f"no {what} is called {name!r}", place=what, remedy=nearest(name, known))
    return name


def _pure_ones(game: Game, concept: str, deadline: float | None) -> list[Equilibrium]:
    """Return the pure equilibria for an answer whose budget is spent; none if it is too late."""
    found: list[Equilibrium] = []
    try:
        pure = PURE[concept]
        induction = choose(game, pure).run(game, pure, (), deadline)
        induction.endless = True  # Of the mixed profiles with these outcomes nothing is known.
        for entry in _entries(game, induction, _outcomes(induction), concept, deadline):
            found.append(entry)
    except MethodError:
        pass
    return found


@dataclass(frozen=True)
class _Found:
    """An outcome that the method found, its value, number of profiles and a plan."""

    value: Payoffs
    outcome: Distribution
    profiles: int
    plan: Plan

    @property
    def key(self) -> Key:
        return self.value, self.outcome


def _outcomes(induction: Induction) -> list[_Found]:
    """Return the distinct outcomes, those of few paths first."""
    outcomes = [
        _Found(value, outcome, count, plan)
        for value, found in induction.continuations.items()
        for outcome, (count, plan) in found.outcomes.items()
    ]
    return sorted(outcomes, key=lambda one: (len(one.outcome), one.outcome))


def _components(
    induction: Induction, kept: Sequence[_Found], rules: Sequence[Rule]
) -> tuple[Component, ...]:
    """Return the continua among the outcomes that are kept, by their places.

    ``preferred`` and ``worst`` maximise a function that is affine on the outcomes, so of a hull
    they keep the hull of the vertices that they keep. Other parts of a continuum are a gap.
    """
    number = {one.key: k for k, one in enumerate(kept)}
    ranked = all(rule.at_stage or rule.name in ("all", "preferred", "worst") for rule in rules)
    places: dict[tuple[int, ...], Continuum] = {}
    for continuum in induction.continua:
        left = sorted(number[v.key] for v in continuum.vertices if v.key in number)
        whole = len(left) == len(continuum.vertices)
        if left and not (ranked and (whole or len(left) == 1 or continuum.hull)):
            induction.gaps.append("the selection keeps a part of a continuum of equilibria")
        elif len(left) > 1:
            places.setdefault(tuple(left), continuum)
    connected = _connected(
        [
            {*left, *(number[v.key] for v in continuum.touching if v.key in number)}
            for left, continuum in places.items()
        ]
    )
    return tuple(
        Component(left, connected[k], continuum.hull, _index(induction, kept[left[0]]))
        for k, (left, continuum) in enumerate(places.items())
    )


def _connected(members: Sequence[set[int]]) -> list[int]:
    """Return for each set the number of the connected component of sets that it belongs to."""
    numbers = list(range(len(members)))
    for k, j in itertools.combinations(range(len(members)), 2):
        if numbers[k] != numbers[j] and members[k] & members[j]:
            old, new = max(numbers[k], numbers[j]), min(numbers[k], numbers[j])
            numbers = [new if number == old else number for number in numbers]
    rank = {number: place for place, number in enumerate(dict.fromkeys(numbers))}
    return [rank[number] for number in numbers]


def _index(induction: Induction, one: _Found) -> int | None:
    """Return the index of the connected component of an equilibrium of a two-player table."""
    return induction.indices.get(one.key, (None, None))[1]


def _entries(
    game: Game,
    induction: Induction,
    kept: Sequence[_Found],
    concept: str,
    deadline: float | None,
) -> Iterator[Equilibrium]:
    """Yield one certified entry for each distinct outcome that the selection keeps."""
    certifier = Certifier(game)
    strategies = StrategyTable(game)
    for one in kept:
        if deadline is not None and time.monotonic() > deadline:
            raise BudgetError(
                "the budget of time is spent while certifying",
                place=game.name,
                remedy="give a larger --budget",
            )
        profile = one.plan.profile()
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
            outcomes=tuple(Outcome(dict(game.path(node)), p) for node, p in one.outcome),
            payoffs=dict(zip(game.players, one.value, strict=True)),
            regime=game.regime(one.outcome),
            strategies=strategies.of(profile),
            certificate=certificate,
            margins=tuple(judgement.margins()),
            profiles=None if induction.endless else one.profiles,
            index=induction.indices.get(one.key, (None, None))[0],
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
