"""Cross-check: the equilibria of a solution against those that other programs find.

nashpy and, where it is installed, pygambit (:mod:`negotiation.peers`) are asked for the equilibria
of the reduced strategic form. Sets are compared, so an equilibrium listed twice counts once, within
a tolerance in every probability. Each side's profiles that the other lacks are listed, and what a
peer finds beyond ours is judged: it may lie inside a component that our extreme equilibria span, be
an equilibrium that we lack, or none at all, which its largest gain from deviating shows.

In a table profiles are compared. In a tree outcomes are, distributions over terminal nodes, since
many mixtures of strategies behave alike (Kuhn 1953). Where a solution need not hold all equilibria
(another concept, a selection, a budget spent), its own are looked up among the peers' and what
these find beyond is counted but no difference.

A peer's answer never changes ours, and never is ours.
"""

from __future__ import annotations

import itertools
import math
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.errors import MethodError, UsageError
from negotiation.formats.strategic_form import StrategicForm, strategic_form
from negotiation.formats.two_player_table import choosing_players, two_player_table
from negotiation.game import CHANCE, Game
from negotiation.peers import PAIR_PEERS, PURE_PEERS, Answer, Peer, ask
from negotiation.peers import Profile as Given
from negotiation.solution import Solution
from negotiation.solvers.bimatrix import BimatrixEquilibria, extreme_equilibria
from negotiation.solvers.proximity import distance_to_equilibria

__all__ = ["Crosscheck", "Finding", "PeerReport", "crosscheck"]

ZERO, ONE = Fraction(0), Fraction(1)
Strategy = tuple[Fraction, ...]
Mixture = tuple[Strategy, ...]
"""One mixed strategy a seat."""
Point = Mapping[tuple[int, int], Fraction]
"""What is compared: (seat, strategy) or (-1, terminal node) to probability; zeros left out."""

OURS = "an equilibrium of the solution"
INSIDE = "inside a component"
LACKING = "an equilibrium that the solution lacks"
NONE = "no equilibrium"
CLOSE = "an equilibrium up to rounding, which the solution lacks"
MALFORMED = "no probabilities"


@dataclass(frozen=True)
class Finding:
    """A profile that one side found and the other did not.

    Attributes
    ----------
    strategies : mapping
        Player to (strategy to probability), for those who have a choice; probabilities of 0 are
        left out, what is no number is None. Strategies are those of the reduced strategic form.
    kind : str
        What is known of it: an extreme equilibrium of ours, or what judging a peer's gave.
    gain : Fraction or None
        For what is no exact equilibrium the largest gain from deviating, in the payoffs' unit.
    """

    strategies: Mapping[str, Mapping[str, Fraction | None]]
    kind: str
    gain: Fraction | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return {
            "strategies": {
                player: {label: None if p is None else str(p) for label, p in strategy.items()}
                for player, strategy in self.strategies.items()
            },
            "kind": self.kind,
            "gain": None if self.gain is None else str(self.gain),
        }


@dataclass(frozen=True)
class PeerReport:
    """One peer against the solution.

    Attributes
    ----------
    peer, version : str
    status : str
        compared, absent, failed or timed out.
    message : str
        Why there was no comparison and what to do, or what the peer warned of.
    exact : bool
        Whether the peer was given the payoffs exactly; else rounded to doubles.
    listed, distinct : int
        Profiles it listed; how many are left if equal ones count once.
    missing_there : tuple of Finding
        Found by us, missed by the peer.
    missing_here : tuple of Finding
        Found by the peer, not among ours: equilibria that the solution lacks, what is inside a
        component, and what is no equilibrium; `kind` says which.
    beyond : int
        Equilibria of the peer that the solution was not asked for.
    seconds : float
    """

    peer: str
    version: str
    status: str
    message: str
    exact: bool
    listed: int = 0
    distinct: int = 0
    missing_there: tuple[Finding, ...] = ()
    missing_here: tuple[Finding, ...] = ()
    beyond: int = 0
    seconds: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether it was compared and no profile is missing or wrong on either side."""
        differing = [finding for finding in self.missing_here if finding.kind != INSIDE]
        return self.status == "compared" and not self.missing_there and not differing

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "peer": self.peer,
            "version": self.version,
            "status": self.status,
            "message": self.message,
            "exact": self.exact,
            "listed": self.listed,
            "distinct": self.distinct,
            "agrees": self.agrees,
            "missing_there": [finding.to_dict() for finding in self.missing_there],
            "missing_here": [finding.to_dict() for finding in self.missing_here],
            "beyond": self.beyond,
            "seconds": round(self.seconds, 6),
        }


@dataclass(frozen=True)
class Crosscheck:
    """A solution against other programs.

    Attributes
    ----------
    compared : str
        What was compared with what; "nothing", with the reason, where nothing was.
    tolerance : float
        Largest difference in a probability between profiles that count as the same.
    asked : int
        Equilibria of the solution that the peers should find.
    others : int
        Equilibria of the solution that the peers' methods do not list.
    peers : tuple of PeerReport
    """

    compared: str
    tolerance: float
    asked: int = 0
    others: int = 0
    peers: tuple[PeerReport, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON values: the key ``crosscheck`` of a solution's document."""
        return {
            "compared": self.compared,
            "tolerance": self.tolerance,
            "asked": self.asked,
            "others": self.others,
            "peers": [report.to_dict() for report in self.peers],
        }


def crosscheck(
    game: Game,
    solution: Solution,
    tolerance: float = 1e-9,
    *,
    peers: Sequence[Peer] | None = None,
    timeout: float = 60.0,
) -> Crosscheck:
    """Compare the equilibria of a solution with those that other programs find.

    Parameters
    ----------
    game : Game
    solution : Solution
        Of this game.
    tolerance : float
        Largest difference in a probability between profiles that count as the same.
    peers : sequence of Peer, optional
        By default nashpy and pygambit where at most two players have a choice, else pygambit's
        enumeration of pure equilibria.
    timeout : float
        Seconds for each peer, and for finding the components of the table.

    Returns
    -------
    Crosscheck
        A peer that is absent, fails or hangs is a report in it, no error.

    Raises
    ------
    UsageError
        If the solution is of another game, or tolerance or time are not positive.
    """
    if solution.fingerprint != game.fingerprint:
        raise UsageError(
            "the solution is of another game: fingerprints differ",
            place="crosscheck",
            remedy="solve this game",
        )
    for name, value in (("tolerance", tolerance), ("timeout", timeout)):
        if not 0 < value < math.inf:
            raise UsageError(f"{value} is not positive", place=name, remedy="give a number above 0")
    try:
        table = _table(game, time.monotonic() + timeout)
    except MethodError as error:
        return Crosscheck(f"nothing: {error.message}", tolerance)
    comparison = _Comparison(game, solution, table, Fraction(tolerance))
    asking = peers if peers is not None else PURE_PEERS if table.found is None else PAIR_PEERS
    return Crosscheck(
        comparison.describe(),
        tolerance,
        len(comparison.asked),
        comparison.others,
        tuple(comparison.report(peer, timeout) for peer in asking),
    )


# The table that peers are given


@dataclass(frozen=True)
class _Table:
    """The reduced strategic form, as peers are given it.

    Attributes
    ----------
    form : StrategicForm
    seats : tuple of int
        The players who sit at the table; all others have one strategy.
    found : BimatrixEquilibria or None
        All equilibria where two sit there; None where more do, and pure ones are compared.
    """

    form: StrategicForm
    seats: tuple[int, ...]
    found: BimatrixEquilibria | None

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(self.form.sizes[k] for k in self.seats)

    @cached_property
    def payoffs(self) -> list[list[Fraction]]:
        return [[cell[k] for k in self.seats] for cell in self.form.payoffs]

    def gain(self, mixture: Mixture) -> Fraction:
        """Return the largest gain of any seat from deviating."""
        return max(self._gain(mixture, seat) for seat in range(len(self.seats)))

    def _gain(self, mixture: Mixture, seat: int) -> Fraction:
        strides = [math.prod(self.sizes[k + 1 :]) for k in range(len(self.sizes))]
        values = [ZERO] * self.sizes[seat]
        used = [
            [(action * stride, p) for action, p in enumerate(strategy) if p]
            for strategy, stride in zip(mixture, strides, strict=True)
        ]
        used[seat] = [(0, ONE)]
        for chosen in itertools.product(*used):
            weight = math.prod((p for _, p in chosen), start=ONE)
            start = sum(at for at, _ in chosen)
            for action in range(len(values)):
                cell = self.form.payoffs[start + action * strides[seat]]
                values[action] += weight * cell[self.seats[seat]]
        expected = sum((p * v for p, v in zip(mixture[seat], values, strict=True)), ZERO)
        return max(values) - expected

    @cached_property
    def spread(self) -> Fraction:
        """The largest difference between payoffs of one seat."""
        columns = [[cell[k] for cell in self.form.payoffs] for k in self.seats]
        return max(max(column) - min(column) for column in columns)


def _table(game: Game, deadline: float) -> _Table:
    """Return the table of a game, with all its equilibria where two players have a choice.

    Raises
    ------
    MethodError
        If the table is too large or its equilibria are not found in time.
    """
    choosing = choosing_players(game)
    if len(choosing) > 2:
        return _Table(strategic_form(game), tuple(choosing), None)
    pair = two_player_table(game)
    return _Table(pair.form, pair.seats, extreme_equilibria(pair.A, pair.B, deadline=deadline))


# Comparing


class _Comparison:
    """A solution prepared for comparison with peers.

    Attributes
    ----------
    whole : bool
        Whether the solution claims to hold all equilibria that peers look for, so that one of
        theirs which is not among ours is a difference.
    asked : list of (Point, Mixture)
        Equilibria of the solution that peers should list.
    others : int
        Those that they need not list: not extreme, or mixed where pure ones are asked for.
    """

    def __init__(self, game: Game, solution: Solution, table: _Table, tolerance: Fraction) -> None:
        self.game = game
        self.table = table
        self.tolerance = tolerance
        self.by_profile = _is_one_shot(game, table)
        self.pure = table.found is None or solution.concept.startswith("pure")
        self.whole = (
            solution.selection == "all"
            and solution.termination == "exhausted"
            and (solution.complete or table.found is None)
            and (solution.concept in ("nash", "pure") or not _has_later_choices(game))
        )
        found = [] if table.found is None else table.found.equilibria
        extreme = [self._point(mixture) for mixture in found]
        self.asked: list[tuple[Point, Mixture]] = []
        for equilibrium in solution.equilibria:
            mixture = _mixture(table, equilibrium.profile)
            point = self._point(mixture)
            if point in extreme if table.found is not None else _is_pure(mixture, ZERO):
                self.asked.append((point, mixture))
        self.others = len(solution.equilibria) - len(self.asked)

    def describe(self) -> str:
        """Return what is compared with what."""
        form = "the table" if self.by_profile else "the reduced strategic form"
        what = "profiles" if self.by_profile else "outcomes (distributions over terminal nodes)"
        kind = "pure equilibria" if self.pure else "extreme equilibria"
        shape = " x ".join(map(str, self.table.sizes))
        text = f"{what} of the {kind} of {form}, {shape}"
        if self.table.found is None:
            text += f"; {len(self.table.seats)} players have a choice, so mixed ones are left out"
        if not self.whole:
            text += "; ours are looked up there, for they need not be all of them"
        return text

    def report(self, peer: Peer, timeout: float) -> PeerReport:
        """Ask a peer and compare."""
        answer = ask(peer, self.table.sizes, self.table.payoffs, timeout)
        report = PeerReport(
            peer.name,
            answer.version,
            "compared" if answer.status == "answered" else answer.status,
            answer.message,
            peer.exact,
            seconds=answer.seconds,
        )
        if answer.status == "absent":
            return replace(report, message=f"{answer.message}; {peer.install}")
        return self._compared(report, answer) if answer.status == "answered" else report

    def _compared(self, report: PeerReport, answer: Answer) -> PeerReport:
        theirs, malformed = self._read(answer.profiles)
        lost = [
            Finding(self._labelled(mixture), OURS)
            for point, mixture in self.asked
            if not any(self._same(point, known) for known, _ in theirs)
        ]
        extra = [
            self._judged(mixture, report.exact)
            for point, mixture in theirs
            if not any(self._same(point, known) for known, _ in self.asked)
        ]
        listed = [finding for finding in extra if self.whole or finding.kind == NONE]
        return replace(
            report,
            listed=len(answer.profiles),
            distinct=len(theirs) + len(malformed),
            missing_there=tuple(lost),
            missing_here=(*listed, *malformed),
            beyond=len(extra) - len(listed),
        )

    def _read(self, profiles: Sequence[Given]) -> tuple[list[tuple[Point, Mixture]], list[Finding]]:
        """Return a peer's distinct profiles, and those that are no probabilities."""
        theirs: list[tuple[Point, Mixture]] = []
        malformed = []
        for given in dict.fromkeys(profiles):
            mixture = _probabilities(given, self.tolerance)
            if mixture is None:
                malformed.append(Finding(self._labelled(given), MALFORMED))
            elif not self.pure or _is_pure(mixture, self.tolerance):
                point = self._point(mixture)
                if not any(self._same(point, known) for known, _ in theirs):
                    theirs.append((point, mixture))
        return theirs, malformed

    def _judged(self, mixture: Mixture, exact: bool) -> Finding:
        """Return what a peer's profile is that is none of ours."""
        found = self.table.found
        strategies = self._labelled(mixture)
        if found is not None:
            if any(self._near(mixture, extreme) for extreme in found.equilibria):
                return Finding(strategies, LACKING)
            if distance_to_equilibria(mixture[0], mixture[1], found) <= self.tolerance:
                return Finding(strategies, INSIDE)
        gain = self.table.gain(mixture)
        if not gain:
            return Finding(strategies, LACKING)
        doubtful = not exact and gain <= self.tolerance * self.table.spread
        return Finding(strategies, CLOSE if doubtful else NONE, gain)

    def _near(self, first: Mixture, second: Mixture) -> bool:
        pairs = zip(_flat(first), _flat(second), strict=True)
        return all(abs(p - q) <= self.tolerance for p, q in pairs)

    def _same(self, first: Point, second: Point) -> bool:
        return all(
            abs(first.get(key, ZERO) - second.get(key, ZERO)) <= self.tolerance
            for key in first.keys() | second.keys()
        )

    def _point(self, mixture: Mixture) -> Point:
        """Return what is compared of a profile of the table."""
        if not self.by_profile:
            return _outcome(self.game, self.table, mixture)
        return {
            (seat, action): p
            for seat, strategy in enumerate(mixture)
            for action, p in enumerate(strategy)
            if p
        }

    def _labelled(
        self, mixture: Sequence[Sequence[Fraction | None]]
    ) -> dict[str, dict[str, Fraction | None]]:
        """Return the strategies of those who have a choice, by labels."""
        form = self.table.form
        return {
            form.players[k]: {
                label: p for label, p in zip(form.strategies[k], strategy, strict=True) if p != 0
            }
            for k, strategy in zip(self.table.seats, mixture, strict=True)
            if len(strategy) > 1
        }


def _flat(mixture: Mixture) -> Iterator[Fraction]:
    return itertools.chain.from_iterable(mixture)


def _is_pure(mixture: Mixture, tolerance: Fraction) -> bool:
    return all(p <= tolerance or p >= 1 - tolerance for p in _flat(mixture))


def _probabilities(given: Given, tolerance: Fraction) -> Mixture | None:
    """Return a peer's profile with rounding taken out, None if it is no profile at all."""
    mixture = []
    for strategy in given:
        numbers = [p for p in strategy if p is not None and p >= -tolerance]
        if len(numbers) < len(strategy) or abs(sum(numbers, ZERO) - 1) > tolerance:
            return None
        kept = [max(p, ZERO) for p in numbers]
        total = sum(kept, ZERO)
        mixture.append(tuple(p / total for p in kept))
    return tuple(mixture)


def _mixture(table: _Table, profile: Mapping[int, Sequence[Fraction]]) -> Mixture:
    """Return a behaviour profile as mixtures of reduced strategies (Kuhn 1953)."""
    form = table.form
    return tuple(
        tuple(
            math.prod(
                (
                    profile[position][action]
                    for position, action in zip(form.positions[k], plan, strict=True)
                    if action >= 0
                ),
                start=ONE,
            )
            for plan in form.plans[k]
        )
        for k in table.seats
    )


def _outcome(game: Game, table: _Table, mixture: Mixture) -> Point:
    """Return the distribution over terminal nodes that a profile of the table induces.

    A terminal node has the probability that chance plays for it, times for each player that of
    the strategies that agree with his last choice on the way: with perfect recall they agree with
    all his choices.
    """
    agreeing: dict[tuple[int, int], Fraction] = {}
    for k, strategy in zip(table.seats, mixture, strict=True):
        for plan, p in zip(table.form.plans[k], strategy, strict=True):
            if p:
                for choice in zip(table.form.positions[k], plan, strict=True):
                    agreeing[choice] = agreeing.get(choice, ZERO) + p
    reached: dict[tuple[int, int], Fraction] = {}
    pending = [(0, ONE, (ONE,) * len(game.players))]
    while pending:
        node, drawn, played = pending.pop()
        position = game.set_of[node]
        if position < 0:
            reached[-1, node] = drawn * math.prod(played)
            continue
        player = game.information_sets[position].player
        for action, child in enumerate(game.children[node]):
            if player == CHANCE:
                if share := game.probabilities[node][action]:
                    pending.append((child, drawn * share, played))
            elif player not in table.seats:
                pending.append((child, drawn, played))
            elif share := agreeing.get((position, action), ZERO):
                pending.append((child, drawn, (*played[:player], share, *played[player + 1 :])))
    return reached


def _is_one_shot(game: Game, table: _Table) -> bool:
    """Say whether each player chooses once at most and each profile has an end of its own."""
    choices = [head.player for _, head in game.decisions() if len(head.actions) > 1]
    draws = any(len(drawn) > 1 for drawn in game.probabilities.values())
    alone = len(game.payoffs) == math.prod(table.form.sizes)
    return len(choices) == len(set(choices)) and alone and not draws


def _has_later_choices(game: Game) -> bool:
    """Say whether a player has a choice in a subgame that may not be reached.

    If nobody has, every Nash equilibrium is subgame perfect.
    """
    choosing = [
        node
        for node, position in enumerate(game.set_of)
        if position >= 0
        and game.information_sets[position].player != CHANCE
        and len(game.children[node]) > 1
    ]

    def chooses(first: int, end: int) -> bool:
        return bisect_left(choosing, end) > bisect_left(choosing, first)

    pending = [0]
    while pending:
        node = pending.pop()
        if game.mover(node) == CHANCE:
            shares = game.probabilities[node]
            for child, share in zip(game.children[node], shares, strict=True):
                if share:
                    pending.append(child)
                elif chooses(child, game.end[child]):
                    return True
        elif any(
            game.is_subgame_root[root] and chooses(root, game.end[root])
            for root in range(node + 1, game.end[node])
        ):
            return True
    return False
