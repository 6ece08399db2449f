r"""Certificates: proof that a profile is an equilibrium, from the game and the profile alone.

For every player and every subgame the value of a best reply to the others' behaviour strategies is
computed exactly and compared with the value of the profile; the largest difference is the player's
gain from deviating, exactly 0 at an equilibrium. With perfect recall a best reply is found by
backward induction over the player's own information sets: at h it takes the action that maximises

.. math:: \sum_{x \in h} w_{-i}(x)\, v_i(x \cdot a),

w the probability that the others and chance bring play to x. No solver is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.errors import UsageError
from negotiation.game import CHANCE, Game

__all__ = ["Certificate", "Margin", "Profile", "certify", "margins"]

Profile = Mapping[int, Sequence[Fraction]]
"""Information set (index) to the probabilities of its actions."""


@dataclass(frozen=True)
class Certificate:
    """Each player's largest gain from deviating.

    Attributes
    ----------
    gains : dict
        Player to gain, over all subgames (at the root only for a Nash equilibrium).
    places : dict
        Player to the history where that subgame starts, in words.
    deviations : dict
        Player to (information set in words, action) pairs of a profitable deviation.
    fixed : mapping
        Moves that were fixed and so are no decisions.
    """

    gains: Mapping[str, Fraction]
    places: Mapping[str, str]
    deviations: Mapping[str, tuple[tuple[str, str], ...]]
    fixed: Mapping[str, str]

    @property
    def largest_gain(self) -> Fraction:
        """The largest gain of any player; 0 proves an equilibrium."""
        return max(self.gains.values(), default=Fraction(0))

    @property
    def holds(self) -> bool:
        """Whether nobody gains by deviating."""
        return self.largest_gain == 0


@dataclass(frozen=True)
class Margin:
    """What a player would lose by one deviation from the path."""

    player: str
    move: str
    information: tuple[tuple[str, str], ...]
    action: str
    loss: Fraction


def certify(game: Game, profile: Profile, concept: str = "subgame-perfect") -> Certificate:
    """Return each player's largest gain from deviating.

    Parameters
    ----------
    game : Game
    profile : mapping
        Probabilities at every information set of a player.
    concept : str
        For ``nash`` and ``pure`` deviations count at the root only, else in every subgame.

    Raises
    ------
    UsageError
        If the profile misses an information set, or its numbers are no probabilities.
    """
    check_profile(game, profile)
    roots = (
        [0]
        if concept in ("nash", "pure")
        else [node for node, is_root in enumerate(game.is_subgame_root) if is_root]
    )
    values = profile_values(game, profile)
    gains, places, deviations = {}, {}, {}
    for index, player in enumerate(game.players):
        reply = _BestReply(game, profile, index)
        best = max(roots, key=lambda root: reply.value(root) - values[root][index], default=0)
        gain = reply.value(best) - values[best][index] if roots else Fraction(0)
        gains[player] = gain
        places[player] = game.where(best)
        deviations[player] = reply.changes(best) if gain > 0 else ()
    return Certificate(gains, places, deviations, dict(game.fixed))


def check_profile(game: Game, profile: Profile) -> None:
    """Refuse a profile that is not one probability vector for each information set."""
    for index, information_set in game.decisions():
        place = describe_set(information_set.move, information_set.information)
        if index not in profile:
            raise UsageError(
                "the profile says nothing here", place=place, remedy="give a strategy for it"
            )
        probabilities = profile[index]
        if len(probabilities) != len(information_set.actions):
            raise UsageError(
                f"{len(probabilities)} probabilities for {len(information_set.actions)} actions",
                place=place,
                remedy="give one for each action",
            )
        if any(p < 0 for p in probabilities) or sum(probabilities) != 1:
            listed = ", ".join(str(p) for p in probabilities)
            raise UsageError(
                f"{listed} are no probabilities that sum to one",
                place=place,
                remedy="write exact fractions such as 1/3",
            )


def describe_set(move: str, information: Sequence[tuple[str, str]]) -> str:
    """Return an information set in words."""
    known = ", ".join(f"{name} = {action}" for name, action in information)
    return f"{move} (knowing {known})" if known else move


def profile_values(game: Game, profile: Profile) -> list[tuple[Fraction, ...]]:
    """Return the expected payoffs of all players at every node."""
    values: list[tuple[Fraction, ...]] = [()] * len(game.set_of)
    zero = Fraction(0)
    for node in range(len(values) - 1, -1, -1):
        position = game.set_of[node]
        if position < 0:
            values[node] = game.payoffs[node]
            continue
        drawn = game.probabilities[node] if node in game.probabilities else profile[position]
        chosen = [
            (share, values[child])
            for child, share in zip(game.children[node], drawn, strict=True)
            if share
        ]
        if len(chosen) == 1 and chosen[0][0] == 1:
            values[node] = chosen[0][1]
        else:
            values[node] = tuple(
                sum((share * value[k] for share, value in chosen), zero)
                for k in range(len(game.players))
            )
    return values


class _BestReply:
    """A best reply of one player to a profile, by induction over his information sets."""

    def __init__(self, game: Game, profile: Profile, player: int) -> None:
        self.game = game
        self.profile = profile
        self.player = player
        self.weights = self._weights()
        self.known: dict[int, Fraction] = {}
        self.choices: dict[int, int] = {}

    def _weights(self) -> list[Fraction]:
        """Return for each node the probability that the others and chance lead there.

        Weights are taken from the last subgame root before the node: inside a subgame only ratios
        between the nodes of one information set matter.
        """
        game, one = self.game, Fraction(1)
        weights = [one] * len(game.set_of)
        for node, successors in enumerate(game.children):
            position = game.set_of[node]
            if position < 0:
                continue
            base = one if game.is_subgame_root[node] else weights[node]
            own = game.information_sets[position].player == self.player
            drawn = game.probabilities[node] if node in game.probabilities else None
            for k, child in enumerate(successors):
                share = one if own else (drawn[k] if drawn else self.profile[position][k])
                weights[child] = base * share
        for node, is_root in enumerate(game.is_subgame_root):
            if is_root:
                weights[node] = one
        return weights

    def value(self, node: int) -> Fraction:
        """Return the player's value of a best reply from a node on."""
        found = self.known.get(node)
        if found is not None:
            return found
        game = self.game
        position = game.set_of[node]
        if position < 0:
            found = game.payoffs[node][self.player]
        elif game.information_sets[position].player == self.player:
            found = self.value(game.children[node][self.choice(position)])
        else:
            drawn = game.probabilities[node] if node in game.probabilities else self.profile[position]
            found = sum(
                (
                    share * self.value(child)
                    for child, share in zip(game.children[node], drawn, strict=True)
                    if share
                ),
                Fraction(0),
            )
        self.known[node] = found
        return found

    def choice(self, position: int) -> int:
        """Return the best action at one of the player's information sets."""
        if position not in self.choices:
            information_set = self.game.information_sets[position]
            totals = [
                sum(
                    (
                        self.weights[node] * self.value(self.game.children[node][action])
                        for node in information_set.nodes
                        if self.weights[node]
                    ),
                    Fraction(0),
                )
                for action in range(len(information_set.actions))
            ]
            best = max(totals)
            planned = self.profile[position]
            # Among best actions keep one that the profile plays, so that a deviation is minimal.
            self.choices[position] = max(
                (action for action, total in enumerate(totals) if total == best),
                key=lambda action: (planned[action] > 0, -action),
            )
        return self.choices[position]

    def changes(self, root: int) -> tuple[tuple[str, str], ...]:
        """Return where the best reply leaves the profile in a subgame."""
        changed = []
        for position, information_set in self.game.decisions():
            inside = root <= information_set.nodes[0] < self.game.end[root]
            if information_set.player != self.player or not inside:
                continue
            action = self.choices.get(position)
            reached = any(self.weights[node] for node in information_set.nodes)
            if action is not None and reached and self.profile[position][action] != 1:
                where = describe_set(information_set.move, information_set.information)
                changed.append((where, information_set.actions[action]))
        return tuple(changed)


def margins(game: Game, profile: Profile) -> list[Margin]:
    """Return what each single deviation on the path would cost its player, smallest first.

    The deviator follows the profile afterwards; a loss of 0 is indifference.
    """
    values = profile_values(game, profile)
    reached = [Fraction(0)] * len(game.set_of)
    reached[0] = Fraction(1)
    for node, successors in enumerate(game.children):
        position = game.set_of[node]
        if position < 0:
            continue
        drawn = game.probabilities[node] if node in game.probabilities else profile[position]
        for child, share in zip(successors, drawn, strict=True):
            reached[child] = reached[node] * share
    found = []
    for position, information_set in game.decisions():
        total = sum((reached[node] for node in information_set.nodes), Fraction(0))
        if information_set.player == CHANCE or not total:
            continue
        k = information_set.player
        for action, label in enumerate(information_set.actions):
            if profile[position][action] == 1:
                continue
            loss = sum(
                (
                    reached[node] * (values[node][k] - values[game.children[node][action]][k])
                    for node in information_set.nodes
                ),
                Fraction(0),
            )
            found.append(
                Margin(
                    game.players[k],
                    information_set.move,
                    information_set.information,
                    label,
                    loss / total,
                )
            )
    return sorted(found, key=lambda margin: margin.loss)
