r"""Labels of a solved sender-receiver game, interior points of its continua among them.

A Solution lists extreme outcomes and the continua that they span. A mixture of outcomes reaches the
histories that any of them reaches. Where every mixture of outcomes is one too (``hull``), the
unions of supports of extreme outcomes are the supports there are. Where each side mixes on its own,
the union of all is one; which others are depends on the sides, so they are no more than possible.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.analysis.outcome_names import histories_text
from negotiation.analysis.regimes.signalling import kind_of, structure
from negotiation.game import Distribution, Game
from negotiation.solution import Equilibrium, Solution
from negotiation.solvers.assessment_outcomes import path_outcome
from negotiation.solvers.sender_receiver import SenderReceiver

__all__ = ["Solved", "solved_labels"]

MAX_UNIONS = 2_000
ONE = Fraction(1)


@dataclass(frozen=True)
class Solved:
    """Labels that some equilibrium has for certain, and those that one may have; None if any."""

    certain: set[str]
    possible: set[str] | None


@dataclass(frozen=True)
class _Reached:
    """What equilibria reach: one distribution over histories, and the signals sent."""

    outcome: Distribution
    sent: frozenset[int]

    @property
    def key(self) -> tuple[frozenset[int], frozenset[int]]:
        return frozenset(node for node, _ in self.outcome), self.sent

    def mixed(self, other: _Reached) -> _Reached:
        """Return the mixture with equal weights."""
        weights: dict[int, Fraction] = {}
        for node, p in (*self.outcome, *other.outcome):
            weights[node] = weights.get(node, Fraction(0)) + p / 2
        return _Reached(tuple(sorted(weights.items())), self.sent | other.sent)


def solved_labels(game: Game, solution: Solution, by: str) -> Solved:
    """Return the labels of all equilibria of a solved sender-receiver game.

    Parameters
    ----------
    game : Game
    solution : Solution
        Under a concept with beliefs. Where it is not complete, a rule kept a part of a continuum;
        then any label is possible.
    by : str
        ``regime``, ``outcome`` or ``kind``.
    """
    form = structure(game)
    extreme = [_reached(game, form, equilibrium) for equilibrium in solution.equilibria]
    certain = list(extreme)
    possible: list[_Reached] = []
    open_ = False
    if not solution.complete:
        return Solved({n for one in extreme for n in _label(game, form, one, by)}, None)
    for component in solution.components:
        own = [extreme[k] for k in component.equilibria]
        together = own[0]
        for one in own[1:]:
            together = together.mixed(one)
        certain.append(together)
        unions = _unions(own)
        open_ |= unions is None
        (certain if component.hull else possible).extend(unions or [])
    names = {label for one in certain for label in _label(game, form, one, by)}
    others = {label for one in possible for label in _label(game, form, one, by)}
    return Solved(names, None if open_ else names | others)


def _reached(game: Game, form: SenderReceiver, equilibrium: Equilibrium) -> _Reached:
    profile = {position: tuple(shares) for position, shares in equilibrium.profile.items()}
    sent = frozenset(
        k
        for k, signal in enumerate(form.signals)
        if signal.act is None or profile[signal.act[0]][signal.act[1]]
    )
    return _Reached(path_outcome(game, profile), sent)


def _unions(own: Sequence[_Reached]) -> list[_Reached] | None:
    """Return mixtures of extreme outcomes, one for each union of supports; None if too many."""
    known = {one.key: one for one in own}
    fresh = list(known.values())
    while fresh:
        found = {}
        for one, other in itertools.product(fresh, own):
            mixture = one.mixed(other)
            if mixture.key not in known:
                found[mixture.key] = mixture
        known |= found
        fresh = list(found.values())
        if len(known) > MAX_UNIONS:
            return None
    return list(known.values())


def _label(game: Game, form: SenderReceiver, one: _Reached, by: str) -> Iterator[str]:
    if by == "kind":
        yield kind_of(form, sorted(one.sent))
    elif by == "outcome":
        yield histories_text([dict(game.path(node)) for node, p in one.outcome])
    else:
        yield game.regime(one.outcome)
