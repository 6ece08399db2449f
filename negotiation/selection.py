r"""Selection: named rules that keep some of several equilibria, chained with commas.

Stage rules act at each stage, among the movers of that stage, from the last stage back:

``payoff-dominant``
    equilibria that give every mover at least what each other equilibrium gives him;
``risk-dominant``
    in a 2x2 stage, of two pure equilibria on a diagonal the one with the larger product of losses
    from unilateral deviation (Harsanyi and Selten 1988, ch. 3);
``coalition-proof``
    Bernheim, Peleg and Whinston (1987): no coalition of movers has a deviation that makes each of
    its members strictly better off and is itself proof against deviations of its subcoalitions.

Outcome rules rank whole outcomes at the end: ``preferred:P`` and ``worst:P`` keep those that are
best or worst for player P, ``pareto`` those that no other outcome dominates, ``unique`` an outcome
only where it is the only one. ``all`` keeps everything. Stage rules act first, in the order
written, then outcome rules. What remains tied is kept; nothing may remain, and then nothing is
returned.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from negotiation.errors import MethodError, UsageError
from negotiation.formulas import nearest

__all__ = ["Rule", "Stage", "StageEquilibrium", "parse_selection", "select_at_stage", "select_outcomes"]

T = TypeVar("T")
STAGE_RULES = ("payoff-dominant", "risk-dominant", "coalition-proof")
OUTCOME_RULES = ("preferred", "worst", "pareto", "unique", "all")


@dataclass(frozen=True)
class Rule:
    """One rule of a chain; `player` is the P of ``preferred:P``."""

    name: str
    player: str | None = None

    @property
    def at_stage(self) -> bool:
        """Whether the rule acts at each stage."""
        return self.name in STAGE_RULES


@dataclass(frozen=True)
class Stage:
    """A simultaneous game among the movers of a stage, continuation values filled in.

    Attributes
    ----------
    movers : tuple of int
        Players who move.
    sizes : tuple of int
        Number of pure strategies of each mover.
    payoffs : mapping
        Profile of strategy indices to the payoffs of *all* players.
    """

    movers: tuple[int, ...]
    sizes: tuple[int, ...]
    payoffs: Mapping[tuple[int, ...], tuple[Fraction, ...]]

    def gain(self, profile: tuple[int, ...], position: int) -> Fraction:
        """Return the payoff at a pure profile of the mover at `position`."""
        return self.payoffs[profile][self.movers[position]]


@dataclass(frozen=True)
class StageEquilibrium:
    """One mixed strategy a mover, and the payoffs of all players."""

    strategies: tuple[tuple[Fraction, ...], ...]
    payoffs: tuple[Fraction, ...]

    @property
    def pure(self) -> tuple[int, ...] | None:
        """The profile of strategy indices, or None if somebody mixes."""
        if all(max(strategy) == 1 for strategy in self.strategies):
            return tuple(strategy.index(Fraction(1)) for strategy in self.strategies)
        return None


def parse_selection(text: str, players: Sequence[str]) -> tuple[Rule, ...]:
    """Read a chain of rules such as ``coalition-proof,preferred:China``.

    Raises
    ------
    UsageError
        For an unknown rule or player.
    """
    rules = []
    for part in text.split(","):
        name, _, player = (piece.strip() for piece in part.partition(":"))
        known = (*STAGE_RULES, *OUTCOME_RULES)
        if name not in known:
            shown = [f"{rule}:P" if rule in ("preferred", "worst") else rule for rule in known]
            raise UsageError(
                f"no selection rule is called {name[:60]!r}",
                place="select",
                remedy=nearest(name, known) or "known: " + ", ".join(shown),
            )
        if (name in ("preferred", "worst")) != bool(player):
            remedy = f"write {name}:{players[0] if players else 'China'}"
            if player:
                remedy = f"write {name}"
            raise UsageError(
                f"{name} {'takes no player' if player else 'needs a player'}",
                place="select",
                remedy=remedy,
            )
        if player and player not in players:
            raise UsageError(
                f"no player is called {player!r}", place="select", remedy=nearest(player, players)
            )
        rules.append(Rule(name, player or None))
    return tuple(rules)


# -- at a stage -----------------------------------------------------------------------------------


def select_at_stage(
    rules: Sequence[Rule], stage: Stage, equilibria: list[StageEquilibrium]
) -> list[StageEquilibrium]:
    """Apply the stage rules of a chain to the equilibria of one stage.

    Raises
    ------
    MethodError
        If ``risk-dominant`` meets several equilibria in a stage that is not 2x2.
    """
    for rule in rules:
        if rule.at_stage:
            equilibria = _STAGE[rule.name](stage, equilibria)
    return equilibria


def _payoff_dominant(stage: Stage, equilibria: list[StageEquilibrium]) -> list[StageEquilibrium]:
    return [
        best
        for best in equilibria
        if all(
            best.payoffs[mover] >= other.payoffs[mover]
            for other in equilibria
            for mover in stage.movers
        )
    ]


def _risk_dominant(stage: Stage, equilibria: list[StageEquilibrium]) -> list[StageEquilibrium]:
    if len(equilibria) < 2:
        return equilibria
    if stage.sizes != (2, 2):
        size = "x".join(map(str, stage.sizes))
        raise MethodError(
            f"risk-dominant is defined for 2x2 stages; this one is {size} with "
            f"{len(equilibria)} equilibria",
            place="select",
            remedy="use payoff-dominant or coalition-proof",
        )
    pure = [(e, e.pure) for e in equilibria if e.pure is not None]
    kept = []
    for equilibrium, profile in pure:
        rivals = [other for _, other in pure if all(a != b for a, b in zip(profile, other, strict=True))]
        if all(_loss_product(stage, profile) >= _loss_product(stage, rival) for rival in rivals):
            kept.append(equilibrium)
    return kept or equilibria


def _loss_product(stage: Stage, profile: tuple[int, ...]) -> Fraction:
    product = Fraction(1)
    for position in range(2):
        other = list(profile)
        other[position] = 1 - other[position]
        product *= stage.gain(profile, position) - stage.gain(tuple(other), position)
    return product


def _coalition_proof(stage: Stage, equilibria: list[StageEquilibrium]) -> list[StageEquilibrium]:
    if len(stage.movers) == 2:
        # Of two movers a joint deviation is self-enforcing just if it is an equilibrium.
        return [
            kept
            for kept in equilibria
            if not any(
                all(other.payoffs[mover] > kept.payoffs[mover] for mover in stage.movers)
                for other in equilibria
            )
        ]
    proof = _CoalitionProofness(stage)
    everybody = tuple(range(len(stage.movers)))
    return [e for e in equilibria if e.pure is not None and proof.holds(everybody, e.pure)]


class _CoalitionProofness:
    """Bernheim-Peleg-Whinston's recursion over coalitions, in pure strategies."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.known: dict[tuple[tuple[int, ...], tuple[int, ...]], bool] = {}

    def holds(self, coalition: tuple[int, ...], profile: tuple[int, ...]) -> bool:
        """Say whether `profile` is coalition-proof in the game of `coalition`, others fixed."""
        key = (coalition, profile)
        if key not in self.known:
            self.known[key] = self.self_enforcing(coalition, profile) and not any(
                self.improves(coalition, profile, other) and self.self_enforcing(coalition, other)
                for other in self.deviations(coalition, profile)
            )
        return self.known[key]

    def self_enforcing(self, coalition: tuple[int, ...], profile: tuple[int, ...]) -> bool:
        """Say whether no proper subcoalition can credibly deviate from `profile`."""
        return all(
            self.holds(smaller, profile)
            for size in range(1, len(coalition))
            for smaller in itertools.combinations(coalition, size)
        )

    def improves(
        self, coalition: tuple[int, ...], profile: tuple[int, ...], other: tuple[int, ...]
    ) -> bool:
        """Say whether every member is strictly better off at `other`."""
        gain = self.stage.gain
        return all(gain(other, k) > gain(profile, k) for k in coalition)

    def deviations(
        self, coalition: tuple[int, ...], profile: tuple[int, ...]
    ) -> list[tuple[int, ...]]:
        """Return the profiles that the coalition can bring about."""
        ranges = [
            range(size) if k in coalition else (profile[k],)
            for k, size in enumerate(self.stage.sizes)
        ]
        return [other for other in itertools.product(*ranges) if other != profile]


_STAGE: dict[str, Callable[[Stage, list[StageEquilibrium]], list[StageEquilibrium]]] = {
    "payoff-dominant": _payoff_dominant,
    "risk-dominant": _risk_dominant,
    "coalition-proof": _coalition_proof,
}


# -- whole outcomes -------------------------------------------------------------------------------


def select_outcomes(
    rules: Sequence[Rule],
    outcomes: list[T],
    payoffs: Callable[[T], Sequence[Fraction]],
    players: Sequence[str],
) -> list[T]:
    """Apply the outcome rules of a chain."""
    for rule in rules:
        if rule.name in ("preferred", "worst") and outcomes:
            player = players.index(rule.player or "")
            best = (max if rule.name == "preferred" else min)(payoffs(o)[player] for o in outcomes)
            outcomes = [o for o in outcomes if payoffs(o)[player] == best]
        elif rule.name == "pareto":
            outcomes = [
                o for o in outcomes if not any(_dominates(payoffs(x), payoffs(o)) for x in outcomes)
            ]
        elif rule.name == "unique":
            outcomes = outcomes if len(outcomes) == 1 else []
    return outcomes


def _dominates(better: Sequence[Fraction], worse: Sequence[Fraction]) -> bool:
    return all(b >= w for b, w in zip(better, worse, strict=True)) and tuple(better) != tuple(worse)
