"""Solvers: one algorithm a module, each a function of a game; :func:`solve` picks one.

The method is chosen by what the methods declare (:mod:`negotiation.solvers.methods`). Every entry
of a Solution is certified by :mod:`negotiation.certify`, which knows nothing of the solver.
"""

from __future__ import annotations

import importlib
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import negotiation
from negotiation.certify import Certifier, certify_assessment
from negotiation.errors import BudgetError, MethodError, NegotiationError, UsageError
from negotiation.formulas import nearest
from negotiation.game import Game
from negotiation.nouns import expect_game
from negotiation.selection import Rule, parse_selection
from negotiation.solution import (
    Component,
    ConditionSet,
    Equilibrium,
    Outcome,
    Solution,
    StrategyTable,
)
from negotiation.solvers.backward_induction import Induction
from negotiation.solvers.beliefs import bayes_assessment, described_beliefs
from negotiation.solvers.continua import Continuum
from negotiation.solvers.kept_continua import (
    FoundOutcome,
    Part,
    Places,
    Selected,
    apply_outcome_rules,
)
from negotiation.solvers.methods import CONCEPTS, WITH_BELIEFS, choose

__all__ = ["CONCEPTS", "KNOWN", "solve"]

PURE = {"subgame-perfect": "pure-subgame-perfect", "nash": "pure"}
"""Concepts to what they are in pure strategies."""
FIRST_SHARE = 0.9
"""Share of a budget for the whole answer; what is left is for the pure part of it."""
CERTIFYING = 0.1
"""Seconds beyond the budget in which what was found is certified, so that it can be given."""
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
        ``subgame-perfect``, ``pure-subgame-perfect``, ``nash``, ``pure``, ``perfect-bayesian`` or
        ``sequential``; the default is the model's.
    select : str, optional
        Chain of selection rules; the default is the model's, else ``all``.
    method : str, optional
        Name of a method, see :data:`negotiation.solvers.methods.METHODS`; by default one that can
        answer is chosen.
    budget : float, optional
        Seconds for the search, loading code apart; when they are spent the Solution says
        ``termination = "budget"``. What was found is certified in up to 0.1 s more.

    Raises
    ------
    UsageError
        For an unknown concept, rule or method, and for what is no Game.
    MethodError
        If no method answers; the message names the limit and what would work.
    """
    started = time.monotonic()
    expect_game(game)
    concept = concept or game.concept
    if concept not in KNOWN:
        raise UsageError(
            f"no concept is called {concept[:60]!r}",
            place="concept",
            remedy=nearest(concept, CONCEPTS),
        )
    if concept not in CONCEPTS:
        raise MethodError(
            f"concept {concept!r} has no solver yet",
            place=game.name,
            remedy=f"use one of {', '.join(CONCEPTS)}",
        )
    selection = select or game.select
    rules = parse_selection(selection, game.players)
    chosen = choose(game, concept, method, rules)
    if concept in WITH_BELIEFS:
        importlib.import_module("negotiation.solvers.assessment_outcomes")  # before the clock runs
    searching = time.monotonic()
    deadline = None if budget is None else searching + budget
    mixed = PURE.get(concept) is not None and all(rule.name == "all" for rule in rules)
    first = deadline if budget is None or not mixed else searching + budget * FIRST_SHARE
    equilibria: list[Equilibrium] = []
    components: tuple[Component, ...] = ()
    conditions: tuple[ConditionSet, ...] = ()
    induction = Induction({}, [], True, [])
    falls: list[str] = []
    try:
        induction = chosen.run(game, concept, rules, first)
        selected, falls = _refined(game, concept, rules, induction, first)
        selected = apply_outcome_rules(rules, selected, game.players)
        induction.gaps += selected.gaps
        kept = selected.outcomes
        components = _components(induction, selected)
        conditions = _conditions(induction, kept, rules, components)
        for entry in _entries(game, induction, kept, concept, deadline):
            equilibria.append(entry)
        termination = "budget" if induction.spent else "exhausted"
        notes = _notes(induction, equilibria, rules)
    except BudgetError as error:
        termination = "budget"
        notes = [*induction.gaps, f"{error.message}; {error.remedy}"]
        components = tuple(one for one in components if max(one.equilibria) < len(equilibria))
        conditions = tuple(
            one
            for one in conditions
            if one.component is None and (one.equilibrium or 0) < len(equilibria)
        )
        if mixed and not equilibria:
            equilibria += _pure_ones(game, concept, deadline)
            notes += ["the pure equilibria are given"] if equilibria else []
    message = "; ".join([*dict.fromkeys(notes), *falls])
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
        conditions=conditions,
    )


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


def _outcomes(induction: Induction) -> list[FoundOutcome]:
    """Return the distinct outcomes, those of few paths first."""
    outcomes = [
        FoundOutcome(value, outcome, count, plan)
        for value, found in induction.continuations.items()
        for outcome, (count, plan) in found.outcomes.items()
    ]
    return sorted(outcomes, key=lambda one: (len(one.outcome), one.outcome))


def _refined(
    game: Game,
    concept: str,
    rules: Sequence[Rule],
    induction: Induction,
    deadline: float | None,
) -> tuple[Selected, list[str]]:
    """Return what the refinements among the rules keep, and why other outcomes fall."""
    found = _outcomes(induction)
    names = [rule.name for rule in rules if rule.refines]
    if not names:
        return Selected(found, list(induction.continua), []), []
    from negotiation.solvers.refinements import Candidate, CandidateSet, refine

    candidates = [
        Candidate(k, one.value, one.outcome, one.plan.profile()) for k, one in enumerate(found)
    ]
    places = Places(found)
    listed, gaps = [], []
    for continuum in induction.continua:
        members = [places.of(vertex) for vertex in continuum.vertices]
        known = tuple(candidates[k] for k in members if k is not None)
        if len(known) == len(members):
            listed.append((continuum, CandidateSet(known, continuum.hull)))
        else:
            gaps.append(Part.OPEN.gap(names[0]))
    finite = not (induction.continua or any(key is None for key, _ in induction.conditions))
    everything = finite and not induction.gaps and not any(rule.at_stage for rule in rules)
    verdict = refine(
        game, concept, names, candidates, [one for _, one in listed], everything, deadline
    )
    left = set(map(id, verdict.continua))
    induction.spent |= verdict.spent
    return (
        Selected(
            [found[one.number] for one in verdict.kept],
            [continuum for continuum, one in listed if id(one) in left],
            [*gaps, *verdict.gaps],
        ),
        verdict.reasons,
    )


def _conditions(
    induction: Induction,
    kept: Sequence[FoundOutcome],
    rules: Sequence[Rule],
    components: Sequence[Component],
) -> tuple[ConditionSet, ...]:
    """Return the continua given by conditions, without those of outcomes that are not kept.

    A continuum of several outcomes that span no component is no entry: what a rule makes of it is
    a gap.
    """
    number = {one.key: k for k, one in enumerate(kept)}
    found = []
    for key, one in induction.conditions:
        if key is None:
            found.append(one)
            if any(rule.name != "all" for rule in rules):
                induction.gaps.append("no rule is applied to continua given by conditions")
        elif key in number:
            found.append(replace(one, equilibrium=number[key]))
    for keys, one in induction.spanned:
        places = {number.get(key, -1) for key in keys}
        held = [k for k, part in enumerate(components) if places <= set(part.equilibria)]
        found += [replace(one, component=k) for k in held[:1]]
    return tuple(found)


def _components(induction: Induction, selected: Selected) -> tuple[Component, ...]:
    """Return the continua among the outcomes that are kept, by their places.

    All their vertices are: rules at stages span continua with what they keep, and the later rules
    leave a continuum only with all its vertices, or cut it to those that are left.
    """
    if not selected.continua:
        return ()
    where = Places(selected.outcomes)
    places: dict[tuple[int, ...], Continuum] = {}
    for continuum in selected.continua:
        found = (where.of(vertex) for vertex in continuum.vertices)
        left = sorted(k for k in found if k is not None)
        places.setdefault(tuple(left), continuum)
    connected = _connected(
        [
            {*left, *(k for k in map(where.of, continuum.touching) if k is not None)}
            for left, continuum in places.items()
        ]
    )
    return tuple(
        Component(left, connected[k], continuum.hull, _index(induction, selected.outcomes[left[0]]))
        for k, (left, continuum) in enumerate(places.items())
    )


def _connected(members: Sequence[set[int]]) -> list[int]:
    """Return for each set the number of the connected component of sets that it belongs to."""
    sets_of: dict[int, list[int]] = {}
    for k, own in enumerate(members):
        for member in own:
            sets_of.setdefault(member, []).append(k)
    numbers: dict[int, int] = {}
    for start in range(len(members)):
        pending = [start] if start not in numbers else []
        while pending:
            k = pending.pop()
            if k not in numbers:
                numbers[k] = start
                for member in members[k]:
                    pending += sets_of.pop(member, [])
    rank = {number: place for place, number in enumerate(dict.fromkeys(sorted(numbers.values())))}
    return [rank[numbers[k]] for k in range(len(members))]


def _index(induction: Induction, one: FoundOutcome) -> int | None:
    """Return the index of the connected component of an equilibrium of a two-player table."""
    return induction.indices.get(one.plan, (None, None))[1]


def _entries(
    game: Game,
    induction: Induction,
    kept: Sequence[FoundOutcome],
    concept: str,
    deadline: float | None,
) -> Iterator[Equilibrium]:
    """Yield one certified entry for each distinct outcome that the selection keeps."""
    certifier = Certifier(game)
    strategies = StrategyTable(game)
    for number, one in enumerate(kept):
        # Trees of these concepts are small, so one entry at least is had at any time.
        may_stop = number > 0 or concept not in WITH_BELIEFS
        if may_stop and deadline is not None and time.monotonic() > deadline + CERTIFYING:
            raise BudgetError(
                "the budget of time is spent while certifying",
                place=game.name,
                remedy="give a larger --budget",
            )
        profile = one.plan.profile()
        judgement = certifier.judge(profile)
        certificate = judgement.certificate(concept)
        assessment = induction.assessments.get(one.key) if induction.assessments else None
        if assessment is not None:
            certificate = certify_assessment(game, profile, assessment.beliefs)
        elif concept in WITH_BELIEFS:  # Where subgame perfection is all that is needed.
            assessment = bayes_assessment(game, profile)
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
            beliefs=() if assessment is None else described_beliefs(game, assessment),
            profiles=None if induction.endless else one.profiles,
            index=induction.indices.get(one.plan, (None, None))[0],
            profile=profile,
        )


def _notes(
    induction: Induction, equilibria: Sequence[Equilibrium], rules: Sequence[Rule]
) -> list[str]:
    """Return why the answer is empty or incomplete."""
    notes = list(induction.gaps)
    if not equilibria:
        selecting = [rule.name for rule in rules if rule.name != "all"]
        if induction.barren:
            under = f" that survives {', '.join(selecting)}" if selecting else ""
            notes.append(f"the subgame {induction.barren[0]} has no equilibrium{under}")
        elif selecting:
            found = " that was found" if notes else ""
            notes.append(f"no outcome{found} survives {', '.join(selecting)}")
    return notes
