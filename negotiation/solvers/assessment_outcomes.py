"""Assessments as outcomes: what the methods with beliefs hand on.

Equilibria are gathered by outcome. Several profiles, or whole polytopes of responses off the path,
may have one outcome; one profile with its beliefs represents it.
"""

from __future__ import annotations

import time
from fractions import Fraction

from negotiation.certify import certify
from negotiation.errors import BudgetError, MethodError
from negotiation.game import Distribution, Game
from negotiation.solution import ConditionSet
from negotiation.solvers.backward_induction import Induction
from negotiation.solvers.beliefs import Assessment, reach
from negotiation.solvers.conditions_text import condition_set
from negotiation.solvers.continua import Continuum, maximal
from negotiation.solvers.equilibrium_sets import (
    Arithmetic,
    EquilibriumSet,
    closed,
    distinct,
    single,
    span,
    without_consequences,
)
from negotiation.solvers.mixed_assessments import MixedSearch
from negotiation.solvers.plans import Class, Key, Plan, Vertex
from negotiation.solvers.sender_receiver import sender_receiver
from negotiation.solvers.sequential import AssessmentSearch, pure_assessments
from negotiation.solvers.signalling import assessment, signalling_equilibria
from negotiation.solvers.support_domains import Space

__all__ = ["all_by_signals", "all_by_supports", "path_outcome"]


def path_outcome(game: Game, profile: dict[int, tuple[Fraction, ...]]) -> Distribution:
    """Return the terminal nodes that a profile reaches, with probabilities."""
    weights = reach(game, profile)
    return tuple((node, weights[node]) for node in sorted(game.payoffs) if weights[node])


def all_by_signals(game: Game, deadline: float | None = None) -> Induction:
    """Return all perfect Bayesian equilibria of a sender-receiver game; what time allows to find.

    They are its sequential equilibria. A fifth of the time is left for what comes after.
    Parameters and errors are those of
    :func:`~negotiation.solvers.signalling.signalling_equilibria`.
    """
    form = sender_receiver(game)
    found = signalling_equilibria(form, deadline=_part_of(deadline))
    gathered = _Gathered(game)
    vertices = []
    for point in found.outcomes:
        vertices.append(gathered.add(assessment(form, point), point.profiles))
    continua = [
        Continuum(tuple(vertices[k] for k in piece.outcomes), piece.hull)
        for piece in found.pieces
        if len(piece.outcomes) > 1
    ]
    gathered.endless |= bool(continua)
    if found.gap:
        gathered.cut_short(found.gap)
    return gathered.induction(continua)


def _part_of(deadline: float | None) -> float | None:
    """Return a deadline that leaves a fifth of the time for what comes after."""
    now = time.monotonic()
    return None if deadline is None else now + 0.8 * (deadline - now)


def all_by_supports(game: Game, concept: str, deadline: float | None = None) -> Induction:
    """Return the equilibria of a small tree, pure ones first, then mixed ones by supports.

    If the deadline passes, what was found is returned, with the reason among the gaps. A fifth of
    the time is left for what comes after.

    Parameters
    ----------
    game : Game
    concept : str
        ``sequential``, ``perfect-bayesian`` or ``nash``.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    GameError
        If a player forgets (imperfect recall).
    MethodError
        If there are too many information sets; if only the supports are too many, that is a gap in
        the answer.
    """
    search = AssessmentSearch(game, concept, _part_of(deadline))
    gathered = _Gathered(game)
    try:
        if concept != "nash":
            for one in pure_assessments(search):
                gathered.add(one, 1)
        gathered.search_mixed(search)
    except BudgetError as error:
        at_least = "there are at least these equilibria: " if gathered.vertices else ""
        gathered.cut_short(f"{at_least}{error.message}; {error.remedy}")
    search.deadline = deadline
    continua = gathered.described(search, deadline) if gathered.sets else []
    if search.undecided:
        gathered.gaps.append(f"for {search.undecided} profiles beliefs could not be decided")
    return gathered.induction(maximal(continua))


class _Gathered:
    """Assessments by outcome."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.counts: dict[Key, int] = {}
        self.vertices: dict[Key, Vertex] = {}
        self.assessments: dict[Key, Assessment] = {}
        self.profiles: list[dict[int, tuple[Fraction, ...]]] = []
        self.sets: list[tuple[Key | None, EquilibriumSet]] = []
        self.conditions: list[tuple[Key | None, ConditionSet]] = []
        self.spanned: list[tuple[frozenset[Key], ConditionSet]] = []
        self.gaps: list[str] = []
        self.endless = self.spent = False

    def cut_short(self, reason: str) -> None:
        """Note that the search ended early: there may be more of everything."""
        self.gaps.append(reason)
        self.endless = self.spent = True

    def add(self, one: Assessment, profiles: int | None) -> Vertex:
        """Add an assessment that stands for so many profiles, None for a continuum."""
        profile = {position: tuple(shares) for position, shares in one.profile.items()}
        outcome = path_outcome(self.game, profile)
        key = self.game.expected(outcome), outcome
        if key not in self.vertices:
            self.vertices[key] = Vertex(*key, Plan(tuple(profile.items())))
            if one.beliefs:
                self.assessments[key] = one
        self.counts[key] = self.counts.get(key, 0) + (profiles or 1)
        if profiles == 1:
            self.profiles.append(profile)
        self.endless |= profiles is None
        return self.vertices[key]

    def search_mixed(self, search: AssessmentSearch) -> None:
        """Add the equilibria in mixed strategies, if they are not too many to search."""
        try:
            mixed = MixedSearch(search)
        except MethodError as error:
            if search.concept == "nash":
                raise
            self.gaps.append(error.message)
            self.endless = True
            return
        for outcome in mixed.outcomes():
            key = None
            if outcome.assessment is not None:
                key = self.add(outcome.assessment, None if outcome.sets else 1).key
            self.endless |= bool(outcome.sets)
            self.sets += [(key, one) for one in outcome.sets]
        self.gaps += mixed.gaps

    def described(self, search: AssessmentSearch, deadline: float | None) -> list[Continuum]:
        """Write the sets by conditions; return the continua that vertices span."""

        def in_time() -> bool:
            return deadline is None or time.monotonic() < deadline

        space = Space(search.decisions)
        arithmetic = Arithmetic(space, deadline)
        known = [one for _, one in self.sets]
        known += [single(space, profile) for profile in self.profiles]
        limits = search.concept != "perfect-bayesian"
        sets = [
            closed(one, known if in_time() else None, arithmetic, closure_known=limits)
            for _, one in self.sets
        ]
        spans: dict[int, Continuum] = {}
        for k, one in enumerate(sets):
            if self.sets[k][0] is None:
                found = self._continuum(search, one, deadline)
                if found is not None:
                    spans[k] = found
        for k in distinct(sets, arithmetic, in_time):
            shown = without_consequences(sets[k], arithmetic) if in_time() else sets[k].relations
            written = condition_set(sets[k], shown)
            vertices = spans[k].vertices if k in spans else ()
            keys = list(dict.fromkeys(vertex.key for vertex in vertices))
            if len(keys) > 1:
                self.spanned.append((frozenset(keys), written))
            elif len(vertices) != 1:
                self.conditions.append((keys[0] if keys else self.sets[k][0], written))
        return list(spans.values())

    def _continuum(
        self, search: AssessmentSearch, one: EquilibriumSet, deadline: float | None
    ) -> Continuum | None:
        """Return the outcomes of a set by vertices; None if it is not known how."""
        try:
            found = span(self.game, one, deadline)
            if found is None:
                return None
            profiles, hull = found
            listed = []
            for profile in profiles:
                if search.concept != "nash":
                    listed.append(search.assessment(profile))
                elif certify(self.game, profile, "nash").holds:
                    listed.append(Assessment(profile, {}))
        except BudgetError as error:
            self.cut_short(f"{error.message}; {error.remedy}")
            return None
        kept = [assessment for assessment in listed if assessment is not None]
        if len(kept) < len(profiles):
            return None
        count = 1 if len(kept) == 1 else None
        return Continuum(tuple(self.add(assessment, count) for assessment in kept), hull)

    def induction(self, continua: list[Continuum]) -> Induction:
        """Return all, with the maximal continua, in the form that all methods share."""
        found = Induction({}, self.gaps, self.endless, [], continua, spent=self.spent)
        for key, vertex in self.vertices.items():
            shared = found.continuations.setdefault(vertex.value, Class())
            shared.add(vertex.outcome, self.counts[key], vertex.plan)
        found.assessments.update(self.assessments)
        found.conditions += self.conditions
        found.spanned += self.spanned
        return found
