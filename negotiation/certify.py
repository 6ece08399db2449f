r"""Certificates: proof that a profile is an equilibrium, from the game and the profile alone.

For every player and every subgame the value of a best reply to the others' behaviour strategies is
computed exactly and compared with the value of the profile; the largest difference is the player's
gain from deviating, exactly 0 at an equilibrium. With perfect recall a best reply is found by
backward induction over the player's own information sets: at h it takes the action that maximises

.. math:: \sum_{x \in h} w_{-i}(x)\, v_i(x \cdot a),

w the probability that the others and chance bring play to x. No solver is imported here.

*Stages.* Subgames are cut at the roots of smaller ones, so a subgame's numbers follow from those of
the smaller ones and from the profile in between, its *stage*. Inside a stage of player i a node of
*level* l has l decisions of i before it. All nodes of an information set of i have the same level
(perfect recall) and all their successors a higher one, so going down by level, and by node within
a level, every value is there when it is needed.

*Many profiles of one game.* A subgame's numbers depend on nothing but the profile inside it. A
:class:`Certifier` keeps them under exactly that, so that profiles which agree in a subgame share
its certification.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import UsageError
from negotiation.game import CHANCE, Game, Payoffs

__all__ = ["Certificate", "Certifier", "Judgement", "Margin", "Profile", "certify", "margins"]

ONE, ZERO = Fraction(1), Fraction(0)
Strategy = Sequence[Fraction]
Profile = Mapping[int, Strategy]
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
        return max(self.gains.values(), default=ZERO)

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
        If the profile misses an information set, or its numbers are no exact probabilities.
    """
    return Certifier(game).judge(profile).certificate(concept)


def margins(game: Game, profile: Profile) -> list[Margin]:
    """Return what each single deviation on the path would cost its player, smallest first.

    The deviator follows the profile afterwards; a loss of 0 is indifference.

    Raises
    ------
    UsageError
        If the profile misses an information set, or its numbers are no exact probabilities.
    """
    return Certifier(game).judge(profile).margins()


def describe_set(move: str, information: Sequence[tuple[str, str]]) -> str:
    """Return an information set in words."""
    known = ", ".join(f"{name} = {action}" for name, action in information)
    return f"{move} (knowing {known})" if known else move


@dataclass(frozen=True)
class _Stage:
    """The part of a subgame before smaller subgames begin.

    Attributes
    ----------
    root : int
    subgames : tuple of int
        Roots of the smaller subgames that follow at once.
    sets : tuple of int
        Information sets of players, ascending.
    movers : frozenset of int
    """

    root: int
    subgames: tuple[int, ...]
    sets: tuple[int, ...]
    movers: frozenset[int]


@dataclass(frozen=True)
class _Verdict:
    """What certification found in a subgame.

    Attributes
    ----------
    values, best : tuple of Fraction
        Each player's value of the profile, and of a best reply to it.
    gains : tuple of (Fraction, int)
        Each player's largest gain here and in smaller subgames, and the root where it arises.
    """

    values: Payoffs
    best: Payoffs
    gains: tuple[tuple[Fraction, int], ...]


class Numbering:
    """Numbers that equal strategies share; to hash a rational each time is slow."""

    def __init__(self) -> None:
        self.numbers: dict[Strategy, int] = {}
        self.seen: dict[int, tuple[Strategy, int]] = {}

    def __contains__(self, strategy: Strategy) -> bool:
        return id(strategy) in self.seen

    def __getitem__(self, strategy: Strategy) -> int:
        known = self.seen.get(id(strategy))
        if known is None:
            number = self.numbers.setdefault(tuple(strategy), len(self.numbers))
            if not isinstance(strategy, tuple):
                return number  # It may change.
            # The strategy is kept, so that nothing else takes its id.
            known = self.seen[id(strategy)] = strategy, number
        return known[1]


class Certifier:
    """Judges profiles of one game; what two profiles have in common is computed once."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.stages = {
            root: _stage(game, root)
            for root in range(len(game.set_of) - 1, -1, -1)
            if game.is_subgame_root[root] or root == 0
        }
        self.places: dict[int, str] = {}
        self.decisions = list(game.decisions())
        self.number = Numbering()
        self.known: dict[tuple[int, ...], tuple[int, _Verdict]] = {}

    def judge(self, profile: Profile) -> Judgement:
        """Certify a profile in every subgame, the last first.

        Raises
        ------
        UsageError
            If the profile misses an information set, or its numbers are no exact probabilities.
        """
        self._check(profile)
        judgement = Judgement(self, profile)
        part: dict[int, int] = {}
        for root, stage in self.stages.items():
            key = (
                root,
                *[self.number[profile[position]] for position in stage.sets],
                *[part[subgame] for subgame in stage.subgames],
            )
            if key not in self.known:
                self.known[key] = len(self.known), judgement.verdict(stage)
            part[root], judgement.verdicts[root] = self.known[key]
        return judgement

    def place(self, root: int) -> str:
        """Return where a subgame starts, in words."""
        if root not in self.places:
            self.places[root] = self.game.where(root)
        return self.places[root]

    def _check(self, profile: Profile) -> None:
        """Refuse a profile that is not one probability vector for each information set."""
        for index, information_set in self.decisions:
            strategy = profile.get(index)
            actions = len(information_set.actions)
            if strategy is not None and strategy in self.number and len(strategy) == actions:
                continue
            place = describe_set(information_set.move, information_set.information)
            _check_strategy(strategy, actions, place)


class Judgement:
    """A profile of a game and what certification found in every subgame.

    Attributes
    ----------
    profile : mapping
    verdicts : dict
        Root of a subgame to what was found there; filled from the last subgame on.
    """

    def __init__(self, certifier: Certifier, profile: Profile) -> None:
        self.certifier = certifier
        self.game = certifier.game
        self.profile = profile
        self.verdicts: dict[int, _Verdict] = {}

    def certificate(self, concept: str = "subgame-perfect") -> Certificate:
        """Return each player's largest gain from deviating; see :func:`certify`."""
        whole = self.verdicts[0]
        gains, places, deviations = {}, {}, {}
        for k, player in enumerate(self.game.players):
            gain, root = whole.gains[k]
            if concept in ("nash", "pure"):
                gain, root = whole.best[k] - whole.values[k], 0
            gains[player], places[player] = gain, self.certifier.place(root)
            deviations[player] = self._deviation(k, root) if gain else ()
        return Certificate(gains, places, deviations, dict(self.game.fixed))

    def verdict(self, stage: _Stage) -> _Verdict:
        """Certify one subgame, the smaller ones being certified."""
        players = range(len(self.game.players))
        ends = self._ends(stage.root)
        values = tuple([self._mean(ends, k) for k in players])
        best = tuple(
            [
                self._best_reply(stage, k)[0]
                if k in stage.movers
                else self._mean(ends, k, best=True)
                for k in players
            ]
        )
        gains = [(most - value, stage.root) for most, value in zip(best, values, strict=True)]
        for root in stage.subgames:
            for k, later in enumerate(self.verdicts[root].gains):
                if later[0] > gains[k][0]:
                    gains[k] = later
        return _Verdict(values, best, tuple(gains))

    # -- from a node to the end of its stage ----------------------------------------------------

    def _shares(self, node: int) -> Strategy:
        """Return the probabilities of the actions at a node."""
        drawn = self.game.probabilities.get(node)
        return drawn if drawn is not None else self.profile[self.game.set_of[node]]

    def _is_end(self, node: int, start: int) -> bool:
        """Say whether the stage that holds `start` ends at a node."""
        return node in self.game.payoffs or (node in self.verdicts and node != start)

    def _worth(self, node: int, player: int, *, best: bool) -> Fraction:
        """Return what an end is worth to a player: as the profile goes on, or as he does best."""
        if node in self.game.payoffs:
            return self.game.payoffs[node][player]
        verdict = self.verdicts[node]
        return (verdict.best if best else verdict.values)[player]

    def _ends(self, start: int) -> dict[int, Fraction]:
        """Return the ends of its stage that are reached from a node, with probabilities."""
        ends: dict[int, Fraction] = {}
        pending = [(start, ONE)]
        while pending:
            node, weight = pending.pop()
            if self._is_end(node, start):
                ends[node] = weight
                continue
            for child, share in zip(self.game.children[node], self._shares(node), strict=True):
                if share:
                    pending.append((child, _product(weight, share)))
        return ends

    def _mean(self, ends: Mapping[int, Fraction], player: int, *, best: bool = False) -> Fraction:
        """Return a player's expected worth of the ends."""
        terms = [_product(self._worth(end, player, best=best), w) for end, w in ends.items()]
        return terms[0] if len(terms) == 1 else sum(terms, ZERO)

    # -- best replies ---------------------------------------------------------------------------

    def _best_reply(self, stage: _Stage, player: int) -> tuple[Fraction, dict[int, Strategy]]:
        """Return a player's best value in a subgame and what he then plays in its stage.

        Only nodes that the others and chance let him reach are looked at.
        """
        game = self.game
        weights, best, order = self._reachable(stage, player)
        reply: dict[int, Strategy] = {}
        for _, node in order:
            position = game.set_of[node]
            if game.information_sets[position].player == player:
                if position not in reply:
                    reply[position] = self._best_actions(position, weights, best)
                shares = reply[position]
            else:
                shares = self._shares(node)
            terms = [
                _product(best[child], share)
                for child, share in zip(game.children[node], shares, strict=True)
                if share
            ]
            best[node] = terms[0] if len(terms) == 1 else sum(terms, ZERO)
        return best[stage.root], reply

    def _reachable(
        self, stage: _Stage, player: int
    ) -> tuple[dict[int, Fraction], dict[int, Fraction], list[tuple[int, int]]]:
        """Return what the others and chance let a player reach, and in which order to value it.

        Returns
        -------
        weights : dict
            Node to the probability that the others and chance bring play there.
        best : dict
            The player's best value at the ends among these nodes.
        order : list of (int, int)
            (level, node) of the inner nodes among them, descending.
        """
        game = self.game
        weights = {stage.root: ONE}
        best: dict[int, Fraction] = {}
        order: list[tuple[int, int]] = []
        pending = [(0, stage.root)]
        while pending:
            level, node = pending.pop()
            if self._is_end(node, stage.root):
                best[node] = self._worth(node, player, best=True)
                continue
            order.append((level, node))
            children = game.children[node]
            if game.information_sets[game.set_of[node]].player == player:
                weights.update(dict.fromkeys(children, weights[node]))
                pending += [(level + 1, child) for child in children]
                continue
            for child, share in zip(children, self._shares(node), strict=True):
                if share:
                    weights[child] = _product(weights[node], share)
                    pending.append((level, child))
        order.sort(reverse=True)
        return weights, best, order

    def _best_actions(
        self, position: int, weights: Mapping[int, Fraction], best: Mapping[int, Fraction]
    ) -> Strategy:
        """Return the best action at an information set, or the profile's strategy if it is best."""
        game, planned = self.game, self.profile[position]
        nodes = [node for node in game.information_sets[position].nodes if node in weights]
        totals = [
            sum(
                (_product(best[game.children[node][action]], weights[node]) for node in nodes),
                ZERO,
            )
            for action in range(len(planned))
        ]
        most = max(totals)
        if all(total == most for total, share in zip(totals, planned, strict=True) if share):
            return planned
        chosen = totals.index(most)
        return tuple(ONE if action == chosen else ZERO for action in range(len(planned)))

    def _deviation(self, player: int, root: int) -> tuple[tuple[str, str], ...]:
        """Return where a best reply in a subgame leaves the profile, as far as play goes there."""
        game, stages = self.game, self.certifier.stages
        reply: dict[int, Strategy] = {}
        changed: dict[int, str] = {}
        pending = [root]
        while pending:
            node = pending.pop()
            if node in game.payoffs:
                continue
            if node in stages and player in stages[node].movers:
                reply |= self._best_reply(stages[node], player)[1]
            position = game.set_of[node]
            shares = reply.get(position) or self._shares(node)
            if position in reply and shares is not self.profile[position]:
                changed[position] = game.information_sets[position].actions[shares.index(ONE)]
            pending += [c for c, s in zip(game.children[node], shares, strict=True) if s]
        described = []
        for position, action in sorted(changed.items()):
            head = game.information_sets[position]
            described.append((describe_set(head.move, head.information), action))
        return tuple(described)

    # -- margins --------------------------------------------------------------------------------

    def margins(self) -> list[Margin]:
        """Return what each single deviation on the path would cost; see :func:`margins`."""
        game = self.game
        totals: dict[int, Fraction] = {}
        losses: dict[tuple[int, int], Fraction] = {}
        for node, weight in self._path():
            position = game.set_of[node]
            player = game.information_sets[position].player
            if player == CHANCE:
                continue
            totals[position] = totals.get(position, ZERO) + weight
            value = self._value(node, player)
            for action, child in enumerate(game.children[node]):
                if self.profile[position][action] != 1:
                    lost = _product(value - self._value(child, player), weight)
                    losses[position, action] = losses.get((position, action), ZERO) + lost
        listed = [
            (loss / totals[position], position, action)
            for (position, action), loss in losses.items()
        ]
        return [
            Margin(
                game.players[head.player], head.move, head.information, head.actions[action], loss
            )
            for loss, position, action in sorted(listed)
            for head in [game.information_sets[position]]
        ]

    def _path(self) -> list[tuple[int, Fraction]]:
        """Return the nodes where somebody moves that the profile reaches, with probabilities."""
        found = []
        pending = [(0, ONE)]
        while pending:
            node, weight = pending.pop()
            if node in self.game.payoffs:
                continue
            found.append((node, weight))
            for child, share in zip(self.game.children[node], self._shares(node), strict=True):
                if share:
                    pending.append((child, _product(weight, share)))
        return found

    def _value(self, node: int, player: int) -> Fraction:
        """Return a player's value of the profile from a node on."""
        if node in self.verdicts or node in self.game.payoffs:
            return self._worth(node, player, best=False)
        return self._mean(self._ends(node), player)


def _product(value: Fraction, share: Fraction) -> Fraction:
    """Return the product; most shares are 1, and multiplying rationals is slow."""
    return value if share == 1 else value * share


def _check_strategy(strategy: Sequence[Any] | None, actions: int, place: str) -> None:
    """Refuse what is not one exact probability for each action."""
    if strategy is None:
        raise UsageError(
            "the profile says nothing here", place=place, remedy="give a strategy for it"
        )
    if len(strategy) != actions:
        raise UsageError(
            f"{len(strategy)} probabilities for {actions} actions",
            place=place,
            remedy="give one for each action",
        )
    inexact = [p for p in strategy if not isinstance(p, int | Fraction)]
    if inexact:
        raise UsageError(
            f"{inexact[0]!r} is no exact number",
            place=place,
            remedy="give a Fraction or an int, such as Fraction(1, 3)",
        )
    if any(p < 0 for p in strategy) or sum(strategy) != 1:
        listed = ", ".join(str(p) for p in strategy)
        raise UsageError(
            f"{listed} are no probabilities that sum to one",
            place=place,
            remedy="write exact fractions such as 1/3",
        )


def _stage(game: Game, root: int) -> _Stage:
    subgames: list[int] = []
    sets: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        position = game.set_of[node]
        if position < 0:
            continue
        if node != root and game.is_subgame_root[node]:
            subgames.append(node)
            continue
        pending += game.children[node]
        if game.information_sets[position].player != CHANCE:
            sets.add(position)
    movers = frozenset(game.information_sets[position].player for position in sets)
    return _Stage(root, tuple(sorted(subgames)), tuple(sorted(sets)), movers)


class _CallableModule(types.ModuleType):
    """The module itself, callable: once loaded it hides the function of its name in the package."""

    def __call__(
        self, game: Game, profile: Profile, concept: str = "subgame-perfect"
    ) -> Certificate:
        return certify(game, profile, concept)


sys.modules[__name__].__class__ = _CallableModule
