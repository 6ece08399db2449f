r"""Continuation: equilibrium outcomes as exact curves along one axis, and where they meet.

On an axis every outcome that an equilibrium can support is a *curve*: a distribution over histories
whose probabilities are rational functions of the parameter, with the condition under which it is
supported (:mod:`negotiation.analysis.regimes.support`). The real roots of all polynomials involved
cut the axis into open stretches, on which the set of curves and their supports do not change, and
the roots between them, where everything happens. At a root t an equilibrium outcome o is met by
those curves, from the left and from the right, whose limit at t is o. That is decided in the field
of t: two outcomes are equal iff their probabilities have the same remainder modulo the minimal
polynomial of t.

The curve that reaches the same histories as o goes through it. One that reaches more histories,
some of which lose their probability at t, is another branch: it merges with o, or splits from it on
the right. Where nothing else arrives, or nothing else leaves, it is a *continuation*: one branch
goes over into the other. A curve that meets no equilibrium dies, or is born, there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint

from negotiation.analysis.outcome_names import Outcome, histories_text
from negotiation.analysis.regimes.algebraic import Number
from negotiation.analysis.regimes.axis import Partition, _causes, may_hold
from negotiation.analysis.regimes.conditions import Condition, atom, disjunction
from negotiation.analysis.regimes.diagrams import Diagram, Diagrams
from negotiation.analysis.regimes.domain import Interval, Line
from negotiation.analysis.regimes.patterns import SYMBOLIC_RULES, Case, reached
from negotiation.analysis.regimes.polynomials import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    Polynomial,
    Ratio,
    fraction,
)
from negotiation.analysis.regimes.space import Space
from negotiation.analysis.regimes.support import Binding, Option, Support, select_options
from negotiation.analysis.regimes.tree import SymbolicTree
from negotiation.errors import MethodError
from negotiation.model.document import Model
from negotiation.selection import parse_selection

__all__ = ["CONCEPTS", "Continuation", "Meeting", "Track"]

CONCEPTS = ("subgame-perfect", "pure-subgame-perfect", "nash", "pure")
"""Concepts whose outcomes have conditions in the parameters."""
NEAR_BITS = 50
"""Close to an end is this many halvings of the stretch."""
Key = tuple[Any, ...]
Nodes = tuple[int, ...]


@dataclass(eq=False)
class Track:
    """A curve, or several end to end, followed from where it begins to where it ends.

    Attributes
    ----------
    nodes : tuple of int
        The terminal nodes that it reaches.
    first, last : int
        Places of the partition, both included.
    curves : list of (int, int)
        From which place on which curve it is.
    """

    nodes: Nodes
    first: int
    last: int
    curves: list[tuple[int, int]]

    def curve_at(self, place: int) -> int:
        """Return the curve at a place."""
        return next(curve for start, curve in reversed(self.curves) if start <= place)

    def extend(self, place: int, curve: int) -> None:
        """Go on to a place."""
        self.last = place
        if self.curves[-1][1] != curve:
            self.curves.append((place, curve))


@dataclass(frozen=True, eq=False)
class Meeting:
    """What happens to a track at a root: kinds as in :class:`.branches.Event`."""

    kind: str
    place: int
    track: Track
    other: Track | None
    polynomials: tuple[Polynomial, ...]


@dataclass(eq=False)
class _Vertex:
    """An equilibrium outcome at a root, with the curves that have it there."""

    nodes: Nodes
    curves: list[int]
    lefts: list[Track] = field(default_factory=list)
    rights: list[int] = field(default_factory=list)


class Continuation:
    """The curves of a model along one axis.

    Parameters
    ----------
    model : Model
    name : str
        The parameter.
    interval : Interval
        Bounded.
    concept, select : str
    values, fix, scenario
        As in :meth:`Model.at`.
    check_time : callable
        Raises when the budget is spent.

    Attributes
    ----------
    tracks : list of Track
    meetings : list of Meeting
        From left to right.

    Raises
    ------
    MethodError
        Where the outcomes have no conditions; the message says why.
    BudgetError
        Where there are too many.
    """

    def __init__(
        self,
        model: Model,
        name: str,
        interval: Interval,
        *,
        concept: str,
        select: str,
        values: Mapping[str, object],
        fix: Mapping[str, object],
        scenario: str | None,
        check_time: Callable[[], None],
    ) -> None:
        if concept not in CONCEPTS:
            raise MethodError(
                f"{concept} equilibria have no conditions in the parameters",
                place="concept",
                remedy="use one of " + ", ".join(CONCEPTS),
            )
        space = Space(model, {name: interval}, values, scenario)
        if space.enumerated:
            raise MethodError(
                f"{name} takes whole numbers, between which nothing moves",
                place="--over",
                remedy="take a parameter that takes all values",
            )
        self.diagrams = Diagrams(space.ring, space.bounds())
        self.tree = SymbolicTree(space, self.diagrams, {}, fix)
        self.line = Line(space.variables[0].interval)
        self.check_time = check_time
        self.options, self.bindings = self._outcomes(concept, select)
        self.nodes = [tuple(node for node, _ in option.outcome) for option in self.options]
        self._cut()
        self.tracks: list[Track] = []
        self.meetings: list[Meeting] = []
        self._follow()

    # -- curves ---------------------------------------------------------------------------------

    def _outcomes(
        self, concept: str, select: str
    ) -> tuple[list[Option], dict[Polynomial, list[Binding]]]:
        """Return the outcomes with their conditions, each once, and whose incentives decide."""
        players = self.tree.game.players
        rules = parse_selection(select, players)
        unknown = [rule.name for rule in rules if rule.name not in SYMBOLIC_RULES]
        if unknown:
            raise MethodError(
                f"the selection rule {unknown[0]} has no symbolic form",
                place="select",
                remedy=f"use one of {', '.join(SYMBOLIC_RULES)}",
            )
        support = Support(
            self.tree,
            pure=concept.startswith("pure"),
            whole=concept in ("nash", "pure"),
            rules=rules,
            check_time=self.check_time,
            feasible=lambda condition: may_hold(self.line, condition),
        )
        # Limits of equilibria are equilibria, but not limits of selected or of pure ones.
        self._is_closed = not concept.startswith("pure") and {r.name for r in rules} <= {"all"}
        options = select_options(rules, support.at_root(), support.incentives, players)
        found: dict[Key, list[Option]] = {}
        for option in options:
            key = tuple((node, weight.key) for node, weight in option.outcome)
            found.setdefault(key, []).append(option)
        merged = [
            Option(same[0].outcome, same[0].values, disjunction(o.condition for o in same))
            for same in found.values()
        ]
        return merged, support.incentives.bindings

    def _cut(self) -> None:
        """Cut the axis where a condition may change, or a probability may vanish or blow up."""
        cuts: list[Condition] = []
        self.factors: list[list[Polynomial]] = []
        for option in self.options:
            own: dict[Polynomial, None] = {}
            for _, weight in option.outcome:
                for form in (weight.numerator, weight.denominator):
                    factors = self.diagrams.ring.factored(form)[1]
                    own.update(dict.fromkeys(p for p, _ in factors if p.variables))
            self.factors.append(list(own))
            cuts += [atom(polynomial, ZERO) for polynomial in own]
        conditions = [option.condition for option in self.options]
        tree = self.tree
        self.partition = Partition(self.line, [tree.domain, tree.defined, *conditions, *cuts])
        where = self.partition.where
        self.valid = where(tree.domain) & where(tree.defined) & self.partition.inside
        self.masks = [where(condition) & self.valid for condition in conditions]

    def place_of(self, value: Fraction) -> int:
        """Return the place of a number on the axis."""
        roots = self.partition.roots
        k = bisect_left(roots, Number.rational(value))
        on_root = k < len(roots) and roots[k].compared(value) == 0
        return 2 * k + 1 if on_root else 2 * k

    def holds(self, curve: int, place: int) -> bool:
        """Say whether a curve is an equilibrium outcome at a place."""
        return bool(self.masks[curve] >> place & 1)

    def payoffs(self, track: Track, place: int, value: Fraction) -> tuple[Fraction, ...]:
        """Return what each player has on a track at a number of one of its places."""
        option = self.options[track.curve_at(place)]
        return tuple(_at(diagram, value) for diagram in option.values)

    def regime(self, track: Track, place: int, value: Fraction) -> str:
        """Return the label of a track at a number of one of its places."""
        option = self.options[track.curve_at(place)]
        return str(_at(self.tree.label(option.outcome), value))

    def outcome(self, track: Track, place: int, value: Fraction) -> dict[str, Fraction]:
        """Return the probability of each history on a track, histories in words."""
        option = self.options[track.curve_at(place)]
        shares = {node: _ratio_at(weight, value) for node, weight in option.outcome}
        return {self.text((node,)): share for node, share in shares.items() if share}

    def histories(self, nodes: Nodes) -> tuple[dict[str, str], ...]:
        """Return histories, each from move to action."""
        return tuple(dict(self.tree.game.path(node)) for node in nodes)

    def text(self, nodes: Nodes) -> str:
        """Return histories in words."""
        return histories_text(self.histories(nodes))

    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of each label, as :func:`negotiation.regimes` has them by outcome.

        It has probabilities if they are the same functions in all options that may reach it.
        """
        found: dict[str, Outcome] = {}
        for option in self.options:
            self.check_time()
            weights = dict(option.outcome)
            for nodes in dict.fromkeys(reached(self.tree, option).leaves()):
                histories = tuple(tuple(self.tree.game.path(node)) for node in nodes)
                outcome = Outcome(histories, tuple(weights[node] for node in nodes))
                label = self.text(nodes)
                found[label] = found[label].merged(outcome) if label in found else outcome
        return found

    def end(self, place: int, side: int) -> tuple[Number, bool]:
        """Return the bound of a place on its left (0) or right (1), and whether it belongs to it.

        On a bounded axis every place has one.
        """
        if place % 2:
            return self.partition.roots[place // 2], True
        bound = self.partition.ends(place)[side]
        assert bound is not None
        return bound, False

    def near_end(self, track: Track, side: int) -> tuple[int, Fraction]:
        """Return a number of a track very close to its left (0) or right (1) end, and its place.

        Of a track at one irrational number only: a number very close to it.
        """
        place = (track.first, track.last)[side]
        if place % 2:
            if track.first == track.last:
                low, high = self.partition.roots[place // 2].interval
                return place, (low + high) / 2
            place += 1 if side == 0 else -1
        left, right = self.partition.ends(place)
        assert left is not None
        assert right is not None
        low, high = left.interval[1], right.interval[0]
        step = (high - low) / 2**NEAR_BITS
        return place, low + step if side == 0 else high - step

    # -- outcomes at a root -----------------------------------------------------------------------

    def _at_root(self, curve: int, place: int) -> Key | None:
        """Return the outcome of a curve at a root; None if it has no limit there.

        Histories with their probabilities, each by its remainder modulo the minimal polynomial.
        """
        root = self.partition.roots[place // 2]
        modulus = flint.fmpq_poly(list(root.coefficients))
        found = []
        for node, weight in self.options[curve].outcome:
            below = _one_variable(weight.denominator) % modulus
            if below.degree() < 0:
                return None
            _, inverse, _ = below.xgcd(modulus)
            share = _one_variable(weight.numerator) * inverse % modulus
            if share.degree() >= 0:
                found.append((node, tuple(map(str, share.coeffs()))))
        return tuple(found)

    def goes_on_inside(self, before: Track, after: Track, place: int) -> bool:
        """Say whether a track that ends at a root goes on, inside a continuum, as one that begins.

        If both have the same limit at the root, and payoffs and chance are continuous there, the
        limit of their equilibria is an equilibrium. As it is no outcome that is listed, it lies
        inside a continuum, of which only those extreme in a stage are listed. False where nothing
        of the kind is known.
        """
        limits = {
            self._at_root(before.curves[-1][1], place),
            self._at_root(after.curves[0][1], place),
        }
        return (
            self._is_closed
            and bool(self.valid >> place & 1)
            and len(limits) == 1
            and None not in limits
            and not any(self._is_zero(polynomial, place) for polynomial in self._pieces)
        )

    @cached_property
    def _pieces(self) -> list[Polynomial]:
        """The polynomials at whose roots a payoff or a probability of chance may jump."""
        numbers = (*self.tree.payoffs.values(), *self.tree.probabilities.values())
        found: dict[Polynomial, None] = {}
        stack, seen = [diagram for own in numbers for diagram in own], set[int]()
        while stack:
            diagram = stack.pop()
            if diagram.polynomial is not None and diagram.serial not in seen:
                seen.add(diagram.serial)
                found[diagram.polynomial] = None
                stack += diagram.branches
        return list(found)

    def _is_zero(self, polynomial: Polynomial, place: int) -> bool:
        modulus = flint.fmpq_poly(list(self.partition.roots[place // 2].coefficients))
        return int((_one_variable(polynomial.form) % modulus).degree()) < 0

    def _is_quiet(self, place: int) -> bool:
        """Say whether all that is on one side of a root goes on through it unchanged."""
        sides = [k for k in (place - 1, place, place + 1) if self.partition.inside >> k & 1]
        for curve, mask in enumerate(self.masks):
            bits = {mask >> k & 1 for k in sides}
            if len(bits) > 1:
                return False
            if bits == {1} and any(
                self.partition.sign(p, place) == ZERO for p in self.factors[curve]
            ):
                return False
        return True

    def _vertices(self, place: int, keys: Mapping[int, Key | None]) -> dict[Key, _Vertex]:
        found: dict[Key, _Vertex] = {}
        for curve, key in keys.items():
            if key is not None and self.holds(curve, place):
                nodes = tuple(node for node, _ in key)
                found.setdefault(key, _Vertex(nodes, [])).curves.append(curve)
        return found

    # -- following --------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Go from left to right, from place to place."""
        places = [k for k in range(self.partition.count) if self.partition.inside >> k & 1]
        self.ends = (places[0], places[-1])
        active: dict[int, Track] = {}
        for place in places:
            self.check_time()
            if place % 2 == 0:
                if place == places[0]:
                    active = {k: self._new(k, place) for k in self._curves(place)}
            elif self._is_quiet(place):
                if place == places[0]:
                    active = {k: self._new(k, place) for k in self._curves(place)}
                for track in active.values():
                    track.last = min(place + 1, places[-1])
            else:
                active = self._through(place, active)

    def _curves(self, place: int) -> list[int]:
        return [curve for curve in range(len(self.options)) if self.holds(curve, place)]

    def _new(self, curve: int, place: int) -> Track:
        track = Track(self.nodes[curve], place, place, [(place, curve)])
        self.tracks.append(track)
        return track

    def _through(self, place: int, active: Mapping[int, Track]) -> dict[int, Track]:
        """Pass a root at which something happens; return what goes on behind it."""
        after = self._curves(place + 1) if place < self.ends[1] else []
        here = dict.fromkeys([*self._curves(place), *active, *after])
        keys = {curve: self._at_root(curve, place) for curve in here}
        vertices = self._vertices(place, keys)
        going: dict[int, Track] = {}
        for curve, track in active.items():
            key = keys[curve]
            if key in vertices:
                vertices[key].lefts.append(track)
            else:
                self._note("death", place, track, None, curve)
        for curve in after:
            key = keys[curve]
            if key in vertices:
                vertices[key].rights.append(curve)
            else:
                going[curve] = self._new(curve, place + 1)
                self._note("birth", place, going[curve], None, curve)
        for vertex in vertices.values():
            going |= self._pass(vertex, place)
        return going

    def _pass(self, vertex: _Vertex, place: int) -> dict[int, Track]:
        """Join what arrives at an outcome to what leaves it; return the latter."""
        own_lefts = [track for track in vertex.lefts if track.nodes == vertex.nodes]
        own_rights = [curve for curve in vertex.rights if self.nodes[curve] == vertex.nodes]
        arriving = {id(track): track.curves[-1][1] for track in vertex.lefts}
        going: dict[int, Track] = {}
        through = list(_paired(own_lefts, own_rights))
        for track in own_lefts:
            curve = arriving[id(track)]
            track.extend(place, curve if curve in vertex.curves else vertex.curves[0])
        for track, curve in through:
            track.extend(place + 1, curve)
            going[curve] = track
        joined = {id(track) for track, _ in through}
        ending = [track for track in own_lefts if id(track) not in joined]
        starting = []
        for curve in own_rights:
            if curve not in going:
                track = Track(vertex.nodes, place, place, [(place, vertex.curves[0])])
                if curve in vertex.curves:
                    track.curves = [(place, curve)]
                self.tracks.append(track)
                track.extend(place + 1, curve)
                going[curve] = track
                starting.append((track, curve))
        own = [track for track, _ in through] + ending + [track for track, _ in starting]
        if not own:
            point = Track(vertex.nodes, place, place, [(place, vertex.curves[0])])
            self.tracks.append(point)
            own = [point]
        foreign = {
            curve: self._new(curve, place + 1) for curve in vertex.rights if curve not in going
        }
        self._events(vertex, place, own[0], ending, starting, foreign, arriving)
        return going | foreign

    def _events(
        self,
        vertex: _Vertex,
        place: int,
        own: Track,
        ending: Sequence[Track],
        starting: Sequence[tuple[Track, int]],
        foreign: Mapping[int, Track],
        arriving: Mapping[int, int],
    ) -> None:
        """Note what begins, ends, merges and splits at an outcome.

        `own` is the track of the outcome itself. A track that is there at an end of the axis
        neither begins nor ends there.
        """
        first, last = self.ends
        for track in vertex.lefts:
            if track.nodes != vertex.nodes:
                kind = "continuation" if len(vertex.lefts) == 1 else "merge"
                self._note(kind, place, track, own, arriving[id(track)])
            elif track in ending and track is not own and place != last:
                self._note("merge", place, track, own, arriving[id(track)])
        for curve, track in foreign.items():
            if len(vertex.rights) == 1:
                self._note("continuation", place, own, track, curve)
            else:
                self._note("split", place, track, own, curve)
        for track, curve in starting:
            if track is not own and place != first:
                self._note("split", place, track, own, curve)
        curve = own.curve_at(place)
        if own.first == place and not vertex.lefts and place != first:
            self._note("birth", place, own, None, curve)
        if own.last == place and not vertex.rights and place != last:
            self._note("death", place, own, None, curve)

    def _note(self, kind: str, place: int, track: Track, other: Track | None, curve: int) -> None:
        causes = self._causes_of(curve, place)
        self.meetings.append(Meeting(kind, place, track, other, causes))

    def _causes_of(self, curve: int, place: int) -> tuple[Polynomial, ...]:
        """Return the polynomials whose change of sign at a root begins or ends a curve."""
        sides = [k for k in (place - 1, place, place + 1) if self.partition.inside >> k & 1]
        if len({self.holds(curve, k) for k in sides}) > 1:
            tree = self.tree
            case = Case(
                {},
                {"": self.options[curve].condition},
                tree.domain,
                tree.defined,
                self.bindings,
                tree.game,
            )
            return _causes(self.partition, case, place, sides)
        own = self.factors[curve]
        return tuple(p for p in own if self.partition.sign(p, place) == ZERO)

    def bindings_of(self, polynomials: Sequence[Polynomial]) -> tuple[Binding, ...]:
        """Return whose incentives polynomials are about."""
        found: dict[Binding, None] = {}
        demanded = {*self.tree.domain.polynomials(), *self.tree.defined.polynomials()}
        for polynomial in polynomials:
            known = self.bindings.get(polynomial)
            if not known:
                known = [Binding("domain" if polynomial in demanded else "piece")]
            found.update(dict.fromkeys(known))
        return tuple(found)

    def samples(self) -> Iterator[tuple[int, Fraction]]:
        """Yield each open stretch inside the domain and a number of it."""
        for place in range(0, self.partition.count, 2):
            if self.valid >> place & 1:
                number = self.partition.sample(place).fraction
                assert number is not None
                yield place, number

    def rational_events(self) -> Iterator[tuple[int, Fraction]]:
        """Yield each root where something happens and that is rational, with its place."""
        for place in dict.fromkeys(meeting.place for meeting in self.meetings):
            number = self.partition.sample(place).fraction
            if number is not None and self.valid >> place & 1:
                yield place, number


def _paired(lefts: Sequence[Track], rights: Sequence[int]) -> Iterator[tuple[Track, int]]:
    """Pair what arrives with what leaves: the same curve, then those that remain in order."""
    waiting = list(lefts)
    remaining = []
    for curve in rights:
        same = next((track for track in waiting if track.curves[-1][1] == curve), None)
        if same is None:
            remaining.append(curve)
        else:
            waiting.remove(same)
            yield same, curve
    yield from zip(waiting, remaining, strict=False)


def _one_variable(form: Any) -> flint.fmpq_poly:
    """Return a polynomial of the ring, which has one variable, as one in one variable."""
    terms = {int(powers[0]): fraction(c) for powers, c in form.to_dict().items()}
    dense = [terms.get(k, Fraction(0)) for k in range(max(terms, default=0) + 1)]
    return flint.fmpq_poly([flint.fmpq(c.numerator, c.denominator) for c in dense])


def _at(diagram: Diagram, value: Fraction) -> Any:
    """Return the value of a diagram at a number."""
    while diagram.polynomial is not None:
        sign = diagram.polynomial.sign_at([value])
        diagram = diagram.branches[(NEGATIVE, ZERO, POSITIVE).index(sign)]
    leaf = diagram.value
    return _ratio_at(leaf, value) if isinstance(leaf, Ratio) else leaf


def _ratio_at(ratio: Ratio, value: Fraction) -> Fraction:
    number = flint.fmpq(value.numerator, value.denominator)
    found = _one_variable(ratio.numerator)(number) / _one_variable(ratio.denominator)(number)
    return fraction(found)
