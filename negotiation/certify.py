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

*Beliefs.* Of an assessment two things are certified. *Sequential rationality*: at no information
set does the mover gain by changing what he plays there and later, given his belief. *Bayes' rule*:
say that all histories of a set h' follow on a set h, or on the root of a subgame. If h' is reached
with positive probability from the belief at h, the belief at h' is the conditional probability; an
action that all of them share at h counts as played, for its mover cannot signal what he does not
know. The last h from which h' is reached counts. Consistency (Kreps and Wilson 1982) asks for more
and is not certified here; :func:`negotiation.solvers.beliefs.is_consistent` decides it.

*One-shot games.* Where all move once and observe nothing, a payoff is a multilinear form in the
mixed strategies. Payoffs and probabilities are then integers over common denominators, and what
each action of a player is worth follows by summing out one opponent after another.

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
from functools import cached_property
from math import lcm, prod
from operator import mul
from typing import Any, NoReturn

from negotiation.errors import UsageError
from negotiation.game import CHANCE, Game, InformationSet, Payoffs
from negotiation.nouns import expect_game

__all__ = [
    "Certificate",
    "Certifier",
    "FalseBelief",
    "Judgement",
    "Margin",
    "Profile",
    "certify",
    "certify_assessment",
    "completed_beliefs",
    "margins",
]

ONE, ZERO = Fraction(1), Fraction(0)
EXACT = frozenset({int, Fraction})
Strategy = Sequence[Fraction]
Profile = Mapping[int, Strategy]
"""Information set (index) to the probabilities of its actions."""
Integers = tuple[list[int], int]
"""Numbers as integers over a common denominator, and the denominator."""
WITH_BELIEFS = frozenset({"perfect-bayesian", "sequential"})
"""Concepts whose equilibria are assessments."""


@dataclass(frozen=True)
class FalseBelief:
    """A belief that is not the one that follows by Bayes' rule.

    Attributes
    ----------
    place : str
        The information set in words.
    given, demanded : tuple of Fraction
        Probabilities of its histories: those of the belief, and those of Bayes' rule.
    """

    place: str
    given: tuple[Fraction, ...]
    demanded: tuple[Fraction, ...]


@dataclass(frozen=True)
class Certificate:
    """Each player's largest gain from deviating.

    Attributes
    ----------
    gains : dict
        Player to gain, over all subgames (at the root only for a Nash equilibrium; of an
        assessment over his information sets).
    places : dict
        Player to the history where that subgame starts, or to that information set, in words.
    deviations : dict
        Player to (information set in words, action) pairs of a profitable deviation.
    fixed : mapping
        Moves that were fixed and so are no decisions.
    false_beliefs : tuple of FalseBelief
        Of an assessment, beliefs that Bayes' rule contradicts.
    """

    gains: Mapping[str, Fraction]
    places: Mapping[str, str]
    deviations: Mapping[str, tuple[tuple[str, str], ...]]
    fixed: Mapping[str, str]
    false_beliefs: tuple[FalseBelief, ...] = ()

    @property
    def largest_gain(self) -> Fraction:
        """The largest gain of any player; 0 proves an equilibrium, if no belief is false."""
        return max(self.gains.values(), default=ZERO)

    @property
    def holds(self) -> bool:
        """Whether nobody gains by deviating, and no belief is false."""
        return not any(self.gains.values()) and not self.false_beliefs


@dataclass(frozen=True)
class Margin:
    """What a player would lose by one deviation from the path."""

    player: str
    move: str
    information: tuple[tuple[str, str], ...]
    action: str
    loss: Fraction


def certify(
    game: Game,
    profile: Profile,
    concept: str = "subgame-perfect",
    beliefs: Profile | None = None,
) -> Certificate:
    """Return each player's largest gain from deviating.

    Parameters
    ----------
    game : Game
    profile : mapping
        Probabilities at every information set of a player.
    concept : str
        For ``nash`` and ``pure`` deviations count at the root only. For ``perfect-bayesian`` and
        ``sequential`` they count at every information set given the belief there, and beliefs are
        held against Bayes' rule; that is all of a perfect Bayesian equilibrium, but not the
        consistency of a sequential one. Else deviations count in every subgame.
    beliefs : mapping, optional
        Probabilities of the histories at information sets, for the two concepts with beliefs;
        not looked at for others. They may be left out where Bayes' rule gives them.

    Raises
    ------
    UsageError
        If the profile misses an information set, a belief is missing that Bayes' rule does not
        give, or their numbers are no exact probabilities.
    """
    expect_game(game)
    if concept in WITH_BELIEFS:
        _check_strategies(game, profile)
        return _assessed(game, profile, completed_beliefs(game, profile, beliefs or {}))
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
        self.one_shot = _OneShot(game) if _is_one_shot(game) else None
        self.places: dict[int, str] = {}
        self.decisions = list(game.decisions())
        self.checked: dict[int, tuple[Strategy, Integers]] = {}
        self.number = Numbering()
        self.known: dict[tuple[int, ...], tuple[int, _Verdict]] = {}

    @cached_property
    def stages(self) -> dict[int, _Stage]:
        """The stage of each subgame by its root, the last subgame first."""
        game = self.game
        return {
            root: _stage(game, root)
            for root in range(len(game.set_of) - 1, -1, -1)
            if game.is_subgame_root[root] or root == 0
        }

    def judge(self, profile: Profile) -> Judgement:
        """Certify a profile in every subgame, the last first.

        Raises
        ------
        UsageError
            If the profile misses an information set, or its numbers are no exact probabilities.
        """
        mixtures = self._check(profile)
        judgement = Judgement(self, profile)
        if self.one_shot is not None:
            judgement.replies = self.one_shot.replies(mixtures)
            return judgement
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

    def _check(self, profile: Profile) -> list[Integers]:
        """Return the strategies in integers; refuse what is not one for each information set."""
        mixtures = []
        for index, information_set in self.decisions:
            strategy = profile.get(index)
            actions = len(information_set.actions)
            known = self.checked.get(id(strategy))
            mixture = _mixture(strategy) if known is None else known[1]
            if strategy is None or mixture is None or len(strategy) != actions:
                place = describe_set(information_set.move, information_set.information)
                _refuse(strategy, actions, place)
            if known is None and isinstance(strategy, tuple):  # Anything else may change.
                self.checked[id(strategy)] = strategy, mixture
            mixtures.append(mixture)
        return mixtures


class Judgement:
    """A profile of a game and what certification found in every subgame.

    Attributes
    ----------
    profile : mapping
    verdicts : dict
        Root of a subgame to what was found there; filled from the last subgame on.
    replies : list of _Replies, optional
        In a one-shot game, what each action is worth.
    """

    def __init__(self, certifier: Certifier, profile: Profile) -> None:
        self.certifier = certifier
        self.game = certifier.game
        self.profile = profile
        self.verdicts: dict[int, _Verdict] = {}
        self.replies: list[_Replies] | None = None

    def certificate(self, concept: str = "subgame-perfect") -> Certificate:
        """Return each player's largest gain from deviating; see :func:`certify`."""
        gains, places, deviations = {}, {}, {}
        found = self._gains(concept)
        for k, player in enumerate(self.game.players):
            gain, root = found[k]
            gains[player], places[player] = gain, self.certifier.place(root)
            deviations[player] = self._deviation(k, root) if gain else ()
        return Certificate(gains, places, deviations, dict(self.game.fixed))

    def _gains(self, concept: str) -> Mapping[int, tuple[Fraction, int]]:
        """Return each player's largest gain and the root of the subgame where it arises."""
        if self.replies is not None:
            return {reply.player: (reply.gain, 0) for reply in self.replies}
        whole = self.verdicts[0]
        if concept in ("nash", "pure"):
            pairs = zip(whole.best, whole.values, strict=True)
            return {k: (most - value, 0) for k, (most, value) in enumerate(pairs)}
        return dict(enumerate(whole.gains))

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
                    reply[position] = _best_actions(game, self.profile, position, weights, best)
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
        if self.replies is not None:
            return _one_shot_margins(game, self.replies)
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


def _best_actions(
    game: Game,
    profile: Profile,
    position: int,
    weights: Mapping[int, Fraction],
    best: Mapping[int, Fraction],
) -> Strategy:
    """Return the best action at an information set, or the profile's strategy if it is best."""
    planned = profile[position]
    nodes = [node for node in game.information_sets[position].nodes if node in weights]
    totals = [
        sum((_product(best[game.children[node][action]], weights[node]) for node in nodes), ZERO)
        for action in range(len(planned))
    ]
    most = max(totals)
    if all(total == most for total, share in zip(totals, planned, strict=True) if share):
        return planned
    chosen = totals.index(most)
    return tuple(ONE if action == chosen else ZERO for action in range(len(planned)))


def _product(value: Fraction, share: Fraction) -> Fraction:
    """Return the product; most shares are 1, and multiplying rationals is slow."""
    return value if share == 1 else value * share


def _mixture(strategy: Sequence[Any] | None) -> Integers | None:
    """Return exact probabilities that sum to one as integers; None for anything else."""
    if not strategy or not (
        EXACT.issuperset(map(type, strategy))
        or all(isinstance(p, int | Fraction) for p in strategy)
    ):
        return None
    shares, total = _integers(strategy)
    return (shares, total) if min(shares) >= 0 and sum(shares) == total else None


def _integers(numbers: Sequence[Fraction]) -> Integers:
    """Return numbers as integers over a common denominator, and the denominator."""
    denominators = [number.denominator for number in numbers]
    common = lcm(*denominators)
    if common == 1:
        return [number.numerator for number in numbers], 1
    return [
        number.numerator * (common // denominator)
        for number, denominator in zip(numbers, denominators, strict=True)
    ], common


def _refuse(
    strategy: Sequence[Any] | None, actions: int, place: str, kind: str = "action"
) -> NoReturn:
    """Say what is wrong with what is not one exact probability for each action or history."""
    if strategy is None:
        raise UsageError(
            "the profile says nothing here", place=place, remedy="give a strategy for it"
        )
    if len(strategy) != actions:
        raise UsageError(
            f"{len(strategy)} probabilities for {actions} "
            f"{kind if actions == 1 else {'action': 'actions', 'history': 'histories'}[kind]}",
            place=place,
            remedy=f"give one for each {kind}",
        )
    inexact = [p for p in strategy if not isinstance(p, int | Fraction)]
    if inexact:
        raise UsageError(
            f"{inexact[0]!r} is no exact number",
            place=place,
            remedy="give a Fraction or an int, such as Fraction(1, 3)",
        )
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


# -- one-shot games -------------------------------------------------------------------------------


def _is_one_shot(game: Game) -> bool:
    """Return whether every player moves once, in the same order, and observes nothing.

    The information set number k is then that of the k-th mover. With a single first action the
    second mover would start a proper subgame.
    """
    sets = game.information_sets
    if game.probabilities or len({head.player for head in sets}) != len(game.players):
        return False
    if len(sets) != len(game.players) or len(sets[0].actions) < 2:
        return False
    following = [*range(1, len(sets)), -1]
    return game.set_of[0] == 0 and all(
        game.set_of[child] == after
        for head, after in zip(sets, following, strict=True)
        for node in head.nodes
        for child in game.children[node]
    )


@dataclass(slots=True)
class _Replies:
    """What a mover of a one-shot game gets, in integers, the others' strategies being given.

    Attributes
    ----------
    player : int
    value : int
        From his own strategy, times `unit`.
    worths : list of int
        From each of his actions, times `unit`.
    unit : int
    certain : int
        The action he plays with probability 1, -1 if there is none.
    """

    player: int
    value: int
    worths: list[int]
    unit: int
    certain: int

    @property
    def gain(self) -> Fraction:
        """What a best reply would bring him more."""
        more = max(self.worths) - self.value
        return Fraction(more, self.unit) if more else ZERO


class _OneShot:
    """The payoffs of a one-shot game, as integers over one denominator a player.

    Attributes
    ----------
    movers : list of int
        Player of each information set.
    tables : list of Integers
        For each mover his payoffs by profile in lexicographic order, the last mover's action
        changing fastest, which is the order of the terminal nodes.
    """

    def __init__(self, game: Game) -> None:
        self.movers = [head.player for head in game.information_sets]
        leaves = [game.payoffs[node] for node in sorted(game.payoffs)]
        self.tables = [_integers([leaf[player] for leaf in leaves]) for player in self.movers]

    def replies(self, mixtures: Sequence[Integers]) -> list[_Replies]:
        """Return what each mover's actions are worth against the others' strategies."""
        whole = prod([total for _, total in mixtures])
        found = []
        for axis, player in enumerate(self.movers):
            own, total = mixtures[axis]
            worths = self._summed_out(axis, mixtures)
            if total == 1:
                certain = own.index(1)
                value = worths[certain]
            else:
                certain = -1
                value = sum(map(mul, own, worths))
                worths = [worth * total for worth in worths]
            found.append(_Replies(player, value, worths, self.tables[axis][1] * whole, certain))
        return found

    def _summed_out(self, axis: int, mixtures: Sequence[Integers]) -> list[int]:
        """Return what a mover's actions are worth, times all denominators but his own."""
        table, _ = self.tables[axis]
        for own, total in reversed(mixtures[axis + 1 :]):
            size = len(own)
            if total == 1:  # All on one action.
                table = table[own.index(1) :: size]
                continue
            starts = range(0, len(table), size)
            table = [sum(map(mul, own, table[start : start + size])) for start in starts]
        for own, total in mixtures[:axis]:
            step = len(table) // len(own)
            if total == 1:
                start = own.index(1) * step
                table = table[start : start + step]
                continue
            table = [sum(map(mul, own, table[start::step])) for start in range(step)]
        return table


def _one_shot_margins(game: Game, replies: Sequence[_Replies]) -> list[Margin]:
    """Return what each deviation would cost its player, smallest first; all are on the path."""
    common = lcm(*[reply.unit for reply in replies])
    losses = sorted(
        [
            ((reply.value - worth) * (common // reply.unit), position, action)
            for position, reply in enumerate(replies)
            for action, worth in enumerate(reply.worths)
            if action != reply.certain
        ]
    )
    return [
        Margin(
            game.players[head.player],
            head.move,
            head.information,
            head.actions[action],
            Fraction(loss, common) if loss else ZERO,
        )
        for loss, position, action in losses
        for head in [game.information_sets[position]]
    ]


# -- assessments ----------------------------------------------------------------------------------


def certify_assessment(game: Game, profile: Profile, beliefs: Profile) -> Certificate:
    """Return each player's largest gain from deviating at any information set, given his belief.

    At each set he may change his strategy there and at all his later sets; the others follow the
    profile. What he believes later follows from his belief at the set.

    Parameters
    ----------
    game : Game
        With perfect recall.
    profile : mapping
        Probabilities of the actions at every information set of a player.
    beliefs : mapping
        Probabilities of the histories at every information set of a player.

    Raises
    ------
    UsageError
        If one is missing or its numbers are no exact probabilities, or if a belief does not follow
        by Bayes' rule where it applies.
    """
    _check_strategies(game, profile)
    for index, head in game.decisions():
        _check_belief(head, beliefs.get(index))
    certificate = _assessed(game, profile, beliefs)
    for wrong in certificate.false_beliefs:
        raise UsageError(
            "the belief does not follow from the profile by Bayes' rule",
            place=wrong.place,
            remedy=f"believe {', '.join(map(str, wrong.demanded))}",
        )
    return certificate


def completed_beliefs(
    game: Game, profile: Profile, beliefs: Profile
) -> dict[int, tuple[Fraction, ...]]:
    """Return beliefs at every information set: those given, else those of Bayes' rule.

    Parameters
    ----------
    game : Game
        With perfect recall.
    profile : mapping
        Probabilities of the actions at every information set of a player.
    beliefs : mapping
        Probabilities of the histories at some information sets.

    Raises
    ------
    UsageError
        If a belief is missing that Bayes' rule does not give, or the numbers of one are no exact
        probabilities.
    """
    found: dict[int, tuple[Fraction, ...]] = {}
    for index, head in _in_order(game):
        given = beliefs.get(index)
        if given is None and len(head.nodes) == 1:
            given = (ONE,)
        if given is None:
            given = _demanded(game, profile, found, head)
        if given is None:
            raise UsageError(
                "no belief is given here, and Bayes' rule gives none: the set is not reached",
                place=f"belief at {describe_set(head.move, head.information)}",
                remedy=f"give the probabilities of its {len(head.nodes)} histories: "
                + "; ".join(game.where(node) for node in head.nodes[:4])
                + ("; ..." if len(head.nodes) > 4 else ""),
            )
        _check_belief(head, given)
        found[index] = tuple(given)
    return found


def _in_order(game: Game) -> list[tuple[int, InformationSet]]:
    """Return the information sets of players, each after those that all its histories follow on."""
    return sorted(game.decisions(), key=lambda one: one[1].nodes[0])


def _check_strategies(game: Game, profile: Profile) -> None:
    for index, head in game.decisions():
        shares = profile.get(index)
        if shares is None or len(shares) != len(head.actions) or _mixture(shares) is None:
            _refuse(shares, len(head.actions), describe_set(head.move, head.information))


def _check_belief(head: InformationSet, belief: Strategy | None) -> None:
    if belief is None or len(belief) != len(head.nodes) or _mixture(belief) is None:
        place = f"belief at {describe_set(head.move, head.information)}"
        _refuse(belief, len(head.nodes), place, "history")


def _assessed(game: Game, profile: Profile, beliefs: Profile) -> Certificate:
    """Certify a profile with beliefs at all sets; both are known to be exact probabilities."""
    gains = dict.fromkeys(game.players, ZERO)
    places = dict.fromkeys(game.players, game.where(0))
    deviations: dict[str, tuple[tuple[str, str], ...]] = dict.fromkeys(game.players, ())
    wrong = []
    for index, head in _in_order(game):
        place = describe_set(head.move, head.information)
        belief = tuple(beliefs[index])
        demanded = _demanded(game, profile, beliefs, head)
        if demanded is not None and demanded != belief:
            wrong.append(FalseBelief(place, belief, demanded))
        start = dict(zip(head.nodes, belief, strict=True))
        player = game.players[head.player]
        most, reply = _best_from(game, profile, head.player, start)
        gain = most - _value_from(game, profile, head.player, start)
        if gain > gains[player]:
            gains[player], places[player] = gain, f"at {place}"
            deviations[player] = _changes(game, profile, reply, start)
    return Certificate(gains, places, deviations, dict(game.fixed), tuple(wrong))


@dataclass(frozen=True)
class _Source:
    """Where all histories of a set come from: the nodes of an earlier set, or a subgame's root.

    Attributes
    ----------
    position : int
        Information set of the nodes.
    nodes : frozenset of int
    together : bool
        Whether a player moves there, and all the histories follow on the same action of his.
    """

    position: int
    nodes: frozenset[int]
    together: bool


def _sources(game: Game, head: InformationSet) -> list[_Source]:
    """Return what all histories of a set follow on, the last first."""
    found = []
    node = head.nodes[0]
    while (node := game.parent[node]) >= 0:
        position, drawn = game.set_of[node], game.mover(node) == CHANCE
        if drawn and not game.is_subgame_root[node]:
            continue
        nodes = game.information_sets[position].nodes
        actions = {_action_after(game, nodes, history) for history in head.nodes}
        if None not in actions:
            depth = min(len(game.path(start)) for start in nodes)
            source = _Source(position, frozenset(nodes), len(actions) == 1 and not drawn)
            found.append((-depth, drawn, position, source))
    return [source for *_, source in sorted(found, key=lambda one: one[:3])]


def _action_after(game: Game, nodes: Sequence[int], history: int) -> int | None:
    """Return the action at one of some nodes that a history follows on; None if on none."""
    while (before := game.parent[history]) >= 0:
        if before in nodes:
            return game.children[before].index(history)
        history = before
    return None


def _demanded(
    game: Game, profile: Profile, beliefs: Profile, head: InformationSet
) -> tuple[Fraction, ...] | None:
    """Return the belief that Bayes' rule demands at a set, None if it demands nothing.

    `beliefs` are those at the sets before.
    """
    for source in _sources(game, head):
        start = dict.fromkeys(source.nodes, ONE)
        if source.position in beliefs:
            nodes = game.information_sets[source.position].nodes
            start = dict(zip(nodes, beliefs[source.position], strict=True))
        weights = [_weight_from(game, profile, start, source, node) for node in head.nodes]
        total = sum(weights, ZERO)
        if total:
            return tuple(weight / total for weight in weights)
    return None


def _weight_from(
    game: Game, profile: Profile, start: Mapping[int, Fraction], source: _Source, node: int
) -> Fraction:
    """Return the probability that play from a source leads to a node."""
    weight = ONE
    while weight and node not in source.nodes:
        before = game.parent[node]
        if not (source.together and before in source.nodes):
            shares = game.probabilities.get(before) or profile[game.set_of[before]]
            weight = _product(weight, shares[game.children[before].index(node)])
        node = before
    return weight and _product(weight, start[node])


def _value_from(
    game: Game, profile: Profile, player: int, start: Mapping[int, Fraction]
) -> Fraction:
    """Return a player's expected payoff if play starts at nodes with given probabilities."""
    value = ZERO
    pending = list(start.items())
    while pending:
        node, weight = pending.pop()
        if node in game.payoffs:
            value += weight * game.payoffs[node][player]
            continue
        shares = game.probabilities.get(node) or profile[game.set_of[node]]
        successors = zip(game.children[node], shares, strict=True)
        pending += [(child, _product(weight, share)) for child, share in successors if share]
    return value


def _best_from(
    game: Game, profile: Profile, player: int, start: Mapping[int, Fraction]
) -> tuple[Fraction, dict[int, Strategy]]:
    """Return the most a player can expect if play starts at nodes of one set of his, and how.

    Where the profile's strategy is best, he keeps it.
    """
    weights: dict[int, Fraction] = {node: weight for node, weight in start.items() if weight}
    order: list[tuple[int, int]] = []
    best: dict[int, Fraction] = {}
    pending = [(0, node) for node in weights]
    while pending:
        level, node = pending.pop()
        if node in game.payoffs:
            best[node] = game.payoffs[node][player]
            continue
        order.append((level, node))
        mine = game.mover(node) == player
        shares = game.probabilities.get(node) or profile[game.set_of[node]]
        for child, share in zip(game.children[node], shares, strict=True):
            if mine or share:
                weights[child] = weights[node] if mine else _product(weights[node], share)
                pending.append((level + mine, child))
    reply: dict[int, Strategy] = {}
    for _, node in sorted(order, reverse=True):
        position = game.set_of[node]
        if game.mover(node) == player and position not in reply:
            reply[position] = _best_actions(game, profile, position, weights, best)
        shares = reply.get(position) or game.probabilities.get(node) or profile[position]
        pairs = zip(game.children[node], shares, strict=True)
        best[node] = sum((_product(best[child], share) for child, share in pairs if share), ZERO)
    most = sum((weight * best[node] for node, weight in start.items() if weight), ZERO)
    return most, reply


def _changes(
    game: Game, profile: Profile, reply: Mapping[int, Strategy], start: Mapping[int, Fraction]
) -> tuple[tuple[str, str], ...]:
    """Return where a reply leaves the profile, as far as play from some nodes goes there."""
    changed: dict[int, str] = {}
    pending = [node for node, weight in start.items() if weight]
    while pending:
        node = pending.pop()
        if node in game.payoffs:
            continue
        position = game.set_of[node]
        shares = reply.get(position) or game.probabilities.get(node) or profile[position]
        if position in reply and shares is not profile[position]:
            changed[position] = game.information_sets[position].actions[shares.index(ONE)]
        pending += [c for c, share in zip(game.children[node], shares, strict=True) if share]
    heads = [(game.information_sets[position], action) for position, action in changed.items()]
    heads.sort(key=lambda one: one[0].nodes[0])
    return tuple((describe_set(head.move, head.information), action) for head, action in heads)


class _CallableModule(types.ModuleType):
    """The module itself, callable: once loaded it hides the function of its name in the package."""

    def __call__(
        self,
        game: Game,
        profile: Profile,
        concept: str = "subgame-perfect",
        beliefs: Profile | None = None,
    ) -> Certificate:
        return certify(game, profile, concept, beliefs)


sys.modules[__name__].__class__ = _CallableModule
