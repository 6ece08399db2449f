r"""Plans: the equilibria of a subgame kept factored, by value, by outcome, with representatives.

A *plan* is a profile of a subgame by reference to plans of smaller ones, so that millions of
profiles share their parts. A *class* holds the equilibria of a subgame that induce one vector of
continuation values. A :class:`Vertex` is one of its outcomes with one plan, by itself.

*Blending.* Weights :math:`\lambda_k` on vertices whose outcomes fill a convex set give a further
equilibrium. It is the profile in which, at an information set h that vertex k reaches with
probability :math:`\rho_k(h)`,

.. math:: b(h) = \sum_k \lambda_k \rho_k(h) b_k(h) \Big/ \sum_k \lambda_k \rho_k(h),

and where no vertex reaches h, what the vertex plays that came closest to it (Kuhn 1953).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from negotiation.game import Distribution, Game, Payoffs

__all__ = [
    "NOTHING",
    "Class",
    "Continuations",
    "Key",
    "Local",
    "Plan",
    "Vertex",
    "blend",
    "following",
]

ZERO, ONE = Fraction(0), Fraction(1)
Local = tuple[tuple[int, tuple[Fraction, ...]], ...]
"""Information sets with the probabilities of their actions."""
Key = tuple[Payoffs, Distribution]
"""The value and the outcome of an equilibrium, which tell outcomes apart."""
Profile = dict[int, tuple[Fraction, ...]]


@dataclass(frozen=True, eq=False)
class Plan:
    """A representative profile of a subgame, by reference to plans of smaller ones.

    Attributes
    ----------
    local : tuple
        What is played at the information sets of the stage.
    parts : mapping
        Exit, by position, to what is played after it; shared by many plans.
    instead : mapping
        Exit to the plan that replaces that of `parts` in this one.
    """

    local: Local = ()
    parts: Mapping[int, Plan] = field(default_factory=dict)
    instead: Mapping[int, Plan] = field(default_factory=dict)

    def profile(self) -> Profile:
        """Return the probabilities at every information set of the subgame."""
        found: Profile = {}
        stack = [self]
        while stack:
            plan = stack.pop()
            found.update(plan.local)
            stack += (
                {**plan.parts, **plan.instead}.values() if plan.instead else plan.parts.values()
            )
        return found


NOTHING = Plan()
"""What is played after a terminal node."""


def following(plans: Iterable[tuple[int, Plan]]) -> dict[int, Plan]:
    """Return exits with the plans after them, without those where nothing is played."""
    return {k: plan for k, plan in plans if plan is not NOTHING}


@dataclass
class Class:
    """The equilibria of a subgame that induce one vector of values.

    Attributes
    ----------
    profiles : int
        Their number.
    outcomes : dict
        Distribution over terminal nodes to (number of profiles, representative plan).
    """

    profiles: int = 0
    outcomes: dict[Distribution, tuple[int, Plan]] = field(default_factory=dict)

    def add(self, outcome: Distribution, profiles: int, plan: Plan) -> None:
        """Count `profiles` more with this outcome; the first plan represents them."""
        count, first = self.outcomes.get(outcome, (0, plan))
        self.outcomes[outcome] = count + profiles, first
        self.profiles += profiles

    @property
    def plan(self) -> Plan:
        """A representative plan."""
        return next(iter(self.outcomes.values()))[1]


Continuations = dict[Payoffs, Class]


@dataclass(frozen=True, eq=False)
class Vertex:
    """One equilibrium of a subgame: its value, its outcome, and a plan that is one."""

    value: Payoffs
    outcome: Distribution
    plan: Plan

    @property
    def key(self) -> Key:
        """What tells outcomes apart."""
        return self.value, self.outcome


def blend(game: Game, root: int, weighted: Sequence[tuple[Fraction, Vertex]]) -> Vertex:
    """Return the mixture of equilibria of the subgame at `root` whose outcomes may be mixed."""
    weighted = [(weight, vertex) for weight, vertex in weighted if weight]
    value = tuple(
        sum((weight * vertex.value[k] for weight, vertex in weighted), ZERO)
        for k in range(len(game.players))
    )
    mixed: dict[int, Fraction] = {}
    for weight, vertex in weighted:
        for node, probability in vertex.outcome:
            mixed[node] = mixed.get(node, ZERO) + weight * probability
    profiles = [vertex.plan.profile() for _, vertex in weighted]
    played = _blended(game, root, [weight for weight, _ in weighted], profiles)
    return Vertex(value, tuple(sorted(mixed.items())), Plan(tuple(played.items())))


def _blended(
    game: Game, root: int, weights: Sequence[Fraction], profiles: Sequence[Profile]
) -> Profile:
    reach: dict[int, list[Fraction]] = {root: list(weights)}
    nearest: dict[int, int] = {root: 0}
    members: dict[int, list[int]] = {}
    for node in range(root, game.end[root]):
        position = game.set_of[node]
        if position < 0:
            continue
        if any(reach[node]):
            nearest[node] = next(k for k, weight in enumerate(reach[node]) if weight)
        drawn = game.probabilities.get(node)
        if drawn is None:
            members.setdefault(position, []).append(node)
        for action, child in enumerate(game.children[node]):
            reach[child] = [
                weight * (drawn or profile[position])[action]
                for weight, profile in zip(reach[node], profiles, strict=True)
            ]
            nearest[child] = nearest[node]
    blended = {}
    for position, nodes in members.items():
        totals = [sum((reach[node][k] for node in nodes), ZERO) for k in range(len(weights))]
        whole = sum(totals, ZERO)
        if whole:
            blended[position] = tuple(
                sum((t * p for t, p in zip(totals, shares, strict=True)), ZERO) / whole
                for shares in zip(*(profile[position] for profile in profiles), strict=True)
            )
        else:
            blended[position] = profiles[min(nearest[node] for node in nodes)][position]
    return blended
