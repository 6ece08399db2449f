"""Solutions: frozen records of equilibria, how they were found and what is guaranteed.

The JSON (schema ``negotiation/solution/1``) spells rationals as strings such as ``"16/27"``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from negotiation.certify import Certificate, Margin, Numbering
from negotiation.game import Game
from negotiation.model.document import decimal_text

__all__ = [
    "Belief",
    "Component",
    "ConditionSet",
    "Equilibrium",
    "OffPath",
    "Outcome",
    "Solution",
    "Strategy",
    "parameter_text",
    "tie_parts",
    "tie_text",
]


@dataclass(frozen=True)
class Outcome:
    """One path of play with its probability; `moves` maps move to action."""

    moves: Mapping[str, str]
    probability: Fraction


@dataclass(frozen=True)
class Strategy:
    """A behaviour strategy at one information set; actions of probability 0 are left out."""

    move: str
    information: Mapping[str, str]
    probabilities: Mapping[str, Fraction]


@dataclass(frozen=True)
class OffPath:
    """Strategies and beliefs at a set off the path that support one outcome.

    Every mixture of the strategies supports it with every mixture of the beliefs.

    Attributes
    ----------
    responses : tuple of mapping
        Vertices of a polytope of strategies: action to probability; zeros are left out.
    beliefs : tuple of tuple of Fraction
        Vertices of a polytope of beliefs, in the order of the histories.
    """

    responses: tuple[Mapping[str, Fraction], ...]
    beliefs: tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Belief:
    """What a mover believes at an information set.

    Attributes
    ----------
    move : str
    information : mapping
        What he knows: earlier move to action.
    histories : tuple of (mapping, Fraction)
        For each history the moves that he cannot tell, and its probability.
    off_path : tuple of OffPath
        Where the set is off the path and they are known, all strategies and beliefs there that
        support the outcome; independent of those at other sets.
    """

    move: str
    information: Mapping[str, str]
    histories: tuple[tuple[Mapping[str, str], Fraction], ...]
    off_path: tuple[OffPath, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the belief as JSON values."""
        document: dict[str, Any] = {
            "move": self.move,
            "information": dict(self.information),
            "histories": [
                {"unobserved": dict(hidden), "probability": str(probability)}
                for hidden, probability in self.histories
            ],
        }
        if self.off_path:
            document["off_path"] = [
                {
                    "responses": [
                        {action: str(p) for action, p in vertex.items()}
                        for vertex in part.responses
                    ],
                    "beliefs": [list(map(str, vertex)) for vertex in part.beliefs],
                }
                for part in self.off_path
            ]
        return document


@dataclass(frozen=True)
class Equilibrium:
    """One equilibrium outcome with one representative profile.

    Attributes
    ----------
    outcomes : tuple of Outcome
        The paths of play.
    payoffs : mapping
        Player to exact expected payoff.
    regime : str
        Label of the path, empty where the game names no regimes.
    strategies : mapping
        Player to behaviour strategies at all information sets.
    beliefs : tuple of Belief
        One an information set, where the concept has them.
    certificate : Certificate
    margins : tuple of Margin
        What deviations from the path would cost, smallest first.
    profiles : int or None
        Number of profiles with this outcome; None where they form a continuum.
    index : int or None
        Of a two-player table, +1 or -1 if the equilibrium is regular, else None; those of a game
        all of whose equilibria are regular sum to +1.
    """

    outcomes: tuple[Outcome, ...]
    payoffs: Mapping[str, Fraction]
    regime: str
    strategies: Mapping[str, tuple[Strategy, ...]]
    certificate: Certificate
    margins: tuple[Margin, ...] = ()
    beliefs: tuple[Belief, ...] = ()
    profiles: int | None = None
    index: int | None = None
    profile: Mapping[int, Sequence[Fraction]] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the equilibrium as JSON values."""
        certificate: dict[str, Any] = {"largest_gain": str(self.certificate.largest_gain)}
        if self.certificate.fixed:
            certificate["fixed"] = dict(self.certificate.fixed)
        document: dict[str, Any] = {
            "outcomes": [
                {"moves": dict(outcome.moves), "probability": str(outcome.probability)}
                for outcome in self.outcomes
            ],
            "payoffs": {player: str(value) for player, value in self.payoffs.items()},
            "regime": self.regime,
            "strategies": {
                player: [
                    {
                        "move": strategy.move,
                        "information": dict(strategy.information),
                        "probabilities": {a: str(p) for a, p in strategy.probabilities.items()},
                    }
                    for strategy in strategies
                ]
                for player, strategies in self.strategies.items()
            },
            "beliefs": [belief.to_dict() for belief in self.beliefs],
            "certificate": certificate,
        }
        if self.index is not None:
            document["index"] = self.index
        return document


@dataclass(frozen=True)
class Component:
    """A continuum of equilibria, by its vertices.

    Attributes
    ----------
    equilibria : tuple of int
        The equilibria that span it, by their places in the Solution. In a two-player table it is
        one maximal convex set: every mixture of the strategies that they have for the one player
        is in equilibrium with every mixture of those for the other.
    connected : int
        Number, from 0, of the connected set of equilibria that it belongs to.
    hull : bool
        Whether every mixture of the outcomes themselves is an equilibrium outcome; where it is
        not, each player mixes on his own.
    index : int or None
        Of a two-player table, index of the connected component; if it is not 0 every game close by
        has an equilibrium close by.
    """

    equilibria: tuple[int, ...]
    connected: int
    hull: bool
    index: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the component as JSON values."""
        return {
            "equilibria": list(self.equilibria),
            "connected": self.connected,
            "hull": self.hull,
            "index": self.index,
        }


@dataclass(frozen=True)
class ConditionSet:
    """A continuum of equilibria by its conditions.

    Attributes
    ----------
    strategies : tuple of Strategy
        The information sets, with the actions that may be played there; their numbers mean nothing.
    conditions : tuple of str
        What the probabilities must satisfy besides; empty if any will do.
    equilibrium : int or None
        The equilibrium whose outcome they all have, by its place; None if they have several.
    component : int or None
        The component that holds these several outcomes, by its place; None if none does.
    """

    strategies: tuple[Strategy, ...]
    conditions: tuple[str, ...]
    equilibrium: int | None = None
    component: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the conditions as JSON values."""
        return {
            "equilibrium": self.equilibrium,
            "component": self.component,
            "strategies": [
                {
                    "move": strategy.move,
                    "information": dict(strategy.information),
                    "actions": list(strategy.probabilities),
                }
                for strategy in self.strategies
            ],
            "conditions": list(self.conditions),
        }


@dataclass(frozen=True)
class Solution:
    """What a solver found, and what it guarantees.

    Attributes
    ----------
    equilibria : tuple of Equilibrium
        One for each distinct outcome.
    complete : bool
        Whether no outcome of the concept is missing; `message` says why not.
    termination : str
        exhausted, budget, or not converged.
    profiles : int or None
        Number of profiles, None where they form a continuum.
    components : tuple of Component
        The continua that equilibria span; those of curved shape are among `conditions` only.
    conditions : tuple of ConditionSet
        Continua that are given by conditions.
    """

    game: str
    fingerprint: str
    parameters: Mapping[str, Fraction]
    fixed: Mapping[str, str]
    players: tuple[str, ...]
    concept: str
    method: str
    selection: str
    exact: bool
    complete: bool
    termination: str
    profiles: int | None
    seconds: float
    equilibria: tuple[Equilibrium, ...]
    components: tuple[Component, ...] = ()
    message: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)
    conditions: tuple[ConditionSet, ...] = ()

    @property
    def regimes(self) -> tuple[str, ...]:
        """The distinct regime labels, in the order of the equilibria."""
        return tuple(dict.fromkeys(e.regime for e in self.equilibria))

    @property
    def regime(self) -> str:
        """The label of the solution; several at a tie as :func:`tie_text` writes them."""
        return tie_text(self.regimes)

    @property
    def bounds_payoffs(self) -> bool:
        """Whether the payoffs of all equilibria lie between those listed.

        They do if no outcome is missing and no continuum of several outcomes is given by its
        conditions alone.
        """
        listed = (
            one.equilibrium is not None or one.component is not None for one in self.conditions
        )
        return self.complete and all(listed)

    def to_dict(self) -> dict[str, Any]:
        """Return the solution as JSON values, schema ``negotiation/solution/1``."""
        document: dict[str, Any] = {
            "schema": "negotiation/solution/1",
            "game": self.game,
            "fingerprint": self.fingerprint,
            "parameters": {name: parameter_text(v) for name, v in self.parameters.items()},
            "fixed": dict(self.fixed),
            "players": list(self.players),
            "concept": self.concept,
            "method": self.method,
            "selection": self.selection,
            "exact": self.exact,
            "complete": self.complete,
            "termination": self.termination,
            "profiles": None if self.profiles is None else integer_text(self.profiles),
            "seconds": round(self.seconds, 6),
            "equilibria": [equilibrium.to_dict() for equilibrium in self.equilibria],
            "components": [component.to_dict() for component in self.components],
            "message": self.message,
            "versions": dict(self.versions),
        }
        if self.conditions:
            document["conditions"] = [one.to_dict() for one in self.conditions]
        return document

    def to_json(self) -> str:
        """Return the solution as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)


TIE = " | "
"""Stands between two labels at a tie."""


def tie_text(labels: Iterable[str]) -> str:
    r"""Return labels at a tie as one text, ``divide | resisted``.

    A label that has `` | `` in it itself, or begins with a quotation mark, stands in quotation
    marks, those in it twice: so no label looks like a tie, and no tie like another one.

    Examples
    --------
    >>> print(tie_text(["a", "b"]), tie_text(["a | b"]), sep="\n")
    a | b
    "a | b"
    """
    return TIE.join(map(_quoted, labels))


def _quoted(label: str) -> str:
    if TIE not in label and not label.startswith('"'):
        return label
    doubled = label.replace('"', '""')
    return f'"{doubled}"'


def tie_parts(text: str) -> list[str]:
    """Return the labels that :func:`tie_text` has joined, each as it stands there."""
    return re.findall(r'(?:^|(?<= \| ))(?:"(?:[^"]|"")*"(?= \| |$)|.*?(?= \| |$))', text)


def parameter_text(value: Fraction) -> str:
    """Return a parameter as one would set it: a decimal where it is finite, else a fraction."""
    decimal = decimal_text(value)
    return decimal if decimal is not None and len(decimal) <= 40 else str(value)


def integer_text(value: int) -> str:
    """Return all digits of a nonnegative integer; ``str`` refuses more than 4300."""
    groups = []
    while value >= 10**4000:
        value, group = divmod(value, 10**4000)
        groups.append(f"{group:04000d}")
    return "".join([str(value), *reversed(groups)])


class StrategyTable:
    """Profiles of one game as behaviour strategies by player; equal strategies are made once."""

    def __init__(self, game: Game) -> None:
        self.players = game.players
        self.decisions = list(game.decisions())
        self.number = Numbering()
        self.known: dict[tuple[int, int], Strategy] = {}

    def of(self, profile: Mapping[int, Sequence[Fraction]]) -> dict[str, tuple[Strategy, ...]]:
        """Return player to his strategies at all his information sets."""
        by_player: dict[str, list[Strategy]] = {player: [] for player in self.players}
        for index, information_set in self.decisions:
            key = index, self.number[profile[index]]
            if key not in self.known:
                played = zip(information_set.actions, profile[index], strict=True)
                self.known[key] = Strategy(
                    information_set.move,
                    dict(information_set.information),
                    {action: probability for action, probability in played if probability},
                )
            by_player[self.players[information_set.player]].append(self.known[key])
        return {player: tuple(found) for player, found in by_player.items()}
