r"""Sender-receiver games: every perfect Bayesian equilibrium, exactly.

Chance draws what the sender knows, his *type* t (an information set of his); he sends a message;
at the set s that it leads to a receiver responds, knowing s only. A *signal* g = (t, m) is a
message of a type, x(g) its probability, y(s, a) that of response a. With everything that chance
draws put into the coefficients, the sender's payoff from g is :math:`U_g(y) = \sum_a y(s, a)
u_g(a)` and response a is worth :math:`\sum_{g \to s} x(g) v_g(a)` at s. Both are linear.

*Cells.* Let T(s) be the signals sent to s and A(s) the responses given there. The profiles with
these supports are in equilibrium iff

.. math:: \sum_{g \to s} x(g) (v_g(a) - v_g(b)) \ge 0 \quad (a \in A(s)), \qquad
    U_g(y) \ge U_{g'}(y) \quad (g \in T,\ g' \text{ of the same type}):

conditions on x alone and on y alone. So the equilibria with given supports are a product X x Y of
polytopes, and the closures of these products are all equilibria. At a set *off the path*, T(s)
empty, any belief will do: y(s) is allowed iff all its responses are optimal against one belief,
which makes the responses there a union of faces R of a simplex.

*Search.* Supports are put together set by set. Supports (T, A) at s must be optimal against
weights that are positive on T; two sets must leave each type a reason to send what he sends there;
then X and Y are decided by linear programs. If the payoffs u of the types are given, the responses
at one set off the path are independent of those at another: with each type's payoff from the path,
those that support the outcome are for each face R the polytope of y in R with :math:`U_g(y) \le
u_t`, with the beliefs against which they are optimal.

*Consistency.* Each belief at a set off the path is the limit of those that follow by Bayes' rule
if type t sends g, not sent in equilibrium, with probability :math:`\varepsilon b(g) / p(t)`, for
the sets of the types are different and tremble independently. So the perfect Bayesian equilibria
are the sequential equilibria. This is the simplest case of the theorem of Fudenberg and Tirole.
[1]_

References
----------
.. [1] Fudenberg, D., Tirole, J. (1991), Perfect Bayesian equilibrium and sequential equilibrium,
       Journal of Economic Theory 53, 236-260: with two types of each player, or in two periods, the
       two concepts coincide.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import NoReturn

from negotiation.errors import BudgetError
from negotiation.game import Distribution, Game
from negotiation.solution import OffPath
from negotiation.solvers.beliefs import Assessment
from negotiation.solvers.linear_program import (
    LinearProgram,
    Optimum,
    optimal_vertices,
    solve_linear_program,
)
from negotiation.solvers.sender_receiver import SenderReceiver, Vector, sender_receiver

__all__ = [
    "OutcomePoint",
    "Piece",
    "SignallingEquilibria",
    "Support",
    "assessment",
    "optimality",
    "sender_payoffs",
    "signalling_equilibria",
]

ZERO, ONE = Fraction(0), Fraction(1)
MAX_PIECES = 10_000
"""Most maximal convex sets."""
MAX_TRIED = 20_000
"""Most convex sets at all, those within others included: a few minutes."""


# -- supports -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Support:
    """Signals that are sent to a response set, none off the path, and responses given there."""

    place: int
    sent: tuple[int, ...]
    given: tuple[int, ...]


class _Supports:
    """Which supports are possible at each response set by itself."""

    def __init__(self, form: SenderReceiver) -> None:
        self.form = form
        self._on_path: dict[int, list[Support]] = {}
        self._largest: dict[int, list[tuple[int, ...]]] = {}

    def on_path(self, place: int) -> list[Support]:
        """Return the supports at a set that some weights of the signals sent allow."""
        if place not in self._on_path:
            self._on_path[place] = list(self._cells(place))
        return self._on_path[place]

    def faces(self, place: int) -> list[tuple[int, ...]]:
        """Return the largest sets of responses that are optimal against one belief."""
        if place not in self._largest:
            found = {support.given for support in self.on_path(place)}
            largest = [a for a in sorted(found) if not any(set(a) < set(b) for b in found)]
            self._largest[place] = largest
        return self._largest[place]

    def _cells(self, place: int) -> Iterator[Support]:
        """Yield the supports that are optimal against weights positive on their signals."""
        form = self.form
        for sent in _subsets(form.at[place]):
            for given in _subsets(range(form.responses[place])):
                support = Support(place, sent, given)
                rows = optimality(form, support)
                # Weights 1 + w, w >= 0: the conditions are homogeneous.
                if not rows or _feasible(rows, [-sum(row, ZERO) for row in rows], len(sent)):
                    yield support


def optimality(form: SenderReceiver, support: Support) -> list[list[Fraction]]:
    """Return rows whose products with the weights of the signals sent must not exceed 0."""
    rows = []
    values = [form.signals[k].value for k in support.sent]
    best = support.given[0]
    for other in range(form.responses[support.place]):
        row = [value[other] - value[best] for value in values]
        if other != best and any(row):
            rows.append(row)
            if other in support.given:
                rows.append([-entry for entry in row])
    return rows


def _subsets(items: Sequence[int] | range) -> Iterator[tuple[int, ...]]:
    for size in range(1, len(items) + 1):
        yield from itertools.combinations(items, size)


def _feasible(rows: Sequence[Sequence[Fraction]], bounds: Sequence[Fraction], size: int) -> bool:
    """Return whether some w >= 0 satisfies the rows."""
    if min(bounds, default=ZERO) >= 0:
        return True
    if size == 1:
        low, high = ZERO, None
        for (a,), b in zip(rows, bounds, strict=True):
            if a > 0:
                high = b / a if high is None else min(high, b / a)
            elif a < 0:
                low = max(low, b / a)
            elif b < 0:
                return False
        return high is None or low <= high
    answer = solve_linear_program(LinearProgram([0] * size, rows, bounds))
    return isinstance(answer, Optimum)


# -- cells of the whole game ----------------------------------------------------------------------


class _Search:
    """Puts supports at the sets together."""

    def __init__(self, form: SenderReceiver, deadline: float | None) -> None:
        self.form = form
        self.deadline = deadline
        self.supports = _Supports(form)
        self.compatible: dict[tuple[Support, Support], bool] = {}

    def _off(self, place: int) -> list[Support]:
        """Return the option that a set is off the path; a type without a choice forbids it."""
        form = self.form
        if any(form.types[form.signals[k].type] < 0 for k in form.at[place]):
            return []
        everything = {a for face in self.supports.faces(place) for a in face}
        return [Support(place, (), tuple(sorted(everything)))]

    def cells(self) -> Iterator[tuple[Support, ...]]:
        """Yield supports at all sets under which X and Y are nonempty, pure ones first.

        Of the pure ones also some to which no responses off the path fit.
        """
        yield from self._pure_cells()
        places = range(len(self.form.places))
        options: list[list[Support]] = []
        for place in places:
            self.check_time()
            options.append([*self.supports.on_path(place), *self._off(place)])
        pooled = set()
        for place in places:
            off = [[o for o in own if not o.sent] for own in options]
            off[place] = [o for o in options[place] if self._everybody_sends([o])]
            for chosen in self._extended((), off):
                pooled.add(chosen)
                yield chosen
        yield from (chosen for chosen in self._extended((), options) if chosen not in pooled)

    # -- pure supports ----------------------------------------------------------------------------

    def _pure_cells(self) -> Iterator[tuple[Support, ...]]:
        """Yield what each type sends, one signal, with one response to each set on the path.

        That takes sums and comparisons, and linear programs only for the sets off the path, so the
        time is looked at before it and after the first that is found; a budget that ends soon
        leaves something then.
        """
        self.check_time()
        form = self.form
        for sent in sorted(itertools.product(*form.of), key=self._sets_reached):
            on = sorted({form.signals[k].place for k in sent})
            groups = [tuple(sorted(k for k in sent if form.signals[k].place == p)) for p in on]
            best = [self._best(place, own) for place, own in zip(on, groups, strict=True)]
            for given in itertools.product(*best):
                if self._nobody_moves(sent, dict(zip(on, given, strict=True))):
                    supports = [
                        Support(p, own, (a,)) for p, own, a in zip(on, groups, given, strict=True)
                    ]
                    rest = (p for p in range(len(form.places)) if p not in on)
                    off = [self._off(place) for place in rest]
                    if all(off):
                        chosen = [*supports, *(own[0] for own in off)]
                        yield tuple(sorted(chosen, key=lambda support: support.place))

    def _sets_reached(self, sent: Sequence[int]) -> int:
        return len({self.form.signals[k].place for k in sent})

    def _best(self, place: int, sent: Sequence[int]) -> list[int]:
        """Return the responses that are optimal if these signals are sent for sure."""
        form = self.form
        worth = [
            sum((form.signals[k].value[a] for k in sent), ZERO)
            for a in range(form.responses[place])
        ]
        return [a for a, value in enumerate(worth) if value == max(worth)]

    def _nobody_moves(self, sent: Sequence[int], given: Mapping[int, int]) -> bool:
        """Return whether no type gains by a signal to a set on the path."""
        signals = self.form.signals
        return all(
            signals[j].worth[given[signals[j].place]] <= signals[k].worth[given[signals[k].place]]
            for k, own in zip(sent, self.form.of, strict=True)
            for j in own
            if signals[j].place in given
        )

    @staticmethod
    def _is_pure(chosen: Sequence[Support], types: int) -> bool:
        """Return whether each type sends one signal and each set on the path gives one response."""
        return sum(len(support.sent) for support in chosen) == types and all(
            len(support.given) == 1 for support in chosen if support.sent
        )

    # -- all supports -----------------------------------------------------------------------------

    def _extended(
        self, chosen: tuple[Support, ...], left: list[list[Support]]
    ) -> Iterator[tuple[Support, ...]]:
        if not left:
            if not self._everybody_sends(chosen) or self._is_pure(chosen, len(self.form.types)):
                return  # Pure ones have been yielded.
            if self._x_exists(chosen) and self._y_exists(chosen):
                yield chosen
            return
        if len(chosen) > 2 and not self._y_exists(chosen):
            return
        for support in left[0]:
            rest = [[o for o in options if self._fit(support, o)] for options in left[1:]]
            if all(rest):
                yield from self._extended((*chosen, support), rest)

    def _everybody_sends(self, chosen: Sequence[Support]) -> bool:
        senders = {self.form.signals[k].type for support in chosen for k in support.sent}
        return len(senders) == len(self.form.types)

    def _fit(self, one: Support, other: Support) -> bool:
        key = one, other
        if key not in self.compatible:
            self.compatible[key] = self._pair(one, other)
        return self.compatible[key]

    def _pair(self, one: Support, other: Support) -> bool:
        """Return whether each type can have a reason to send what he sends to one of two sets."""
        self.check_time()
        signals = self.form.signals
        narrow = True
        for support, rival in ((one, other), (other, one)):
            for k in support.sent:
                best = max(signals[k].worth[a] for a in support.given)
                for j in self.form.at[rival.place]:
                    if signals[j].type == signals[k].type:
                        narrow = False
                        if best < min(signals[j].worth[a] for a in rival.given):
                            return False
        if narrow or not (len(one.given) > 1 or len(other.given) > 1):
            return True
        return self._y_exists((one, other))

    def _x_exists(self, chosen: Sequence[Support]) -> bool:
        """Return whether there are x, positive exactly on the signals sent, that fit."""
        equations, values, inequalities, bounds, sent = x_conditions(self.form, chosen)
        return _interior(equations, values, inequalities, bounds, range(len(sent)), len(sent))

    def _y_exists(self, chosen: Sequence[Support]) -> bool:
        """Return whether there are y, positive exactly on the responses given on the path."""
        conditions = YConditions(self.form, chosen)
        inside = [
            k for k, (place, _) in enumerate(conditions.columns) if chosen_at(chosen, place).sent
        ]
        return _interior(*conditions.rows(), inside, len(conditions.columns))

    def check_time(self) -> None:
        """Raise if the budget of time is spent."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BudgetError(
                "the budget of time is spent before all supports were tried",
                place=self.form.game.name,
                remedy="give a larger --budget",
            )


def chosen_at(chosen: Sequence[Support], place: int) -> Support:
    """Return the support at a set."""
    return next(support for support in chosen if support.place == place)


Rows = list[list[Fraction]]


def _interior(
    equations: Rows,
    values: Sequence[Fraction],
    inequalities: Rows,
    bounds: Sequence[Fraction],
    inside: Sequence[int] | range,
    size: int,
) -> bool:
    """Return whether a point z >= 0 satisfies the rows with z > 0 at the places `inside`."""
    wide_equations = [[*row, ZERO] for row in equations]
    wide = [[*row, ZERO] for row in inequalities]
    limits = list(bounds)
    for k in inside:
        wide.append([*[-ONE if j == k else ZERO for j in range(size)], ONE])
        limits.append(ZERO)
    wide.append([*[ZERO] * size, ONE])
    limits.append(ONE)
    objective = [*[0] * size, 1]
    answer = solve_linear_program(LinearProgram(objective, wide, limits, wide_equations, values))
    return isinstance(answer, Optimum) and answer.value > 0


def x_conditions(
    form: SenderReceiver, chosen: Sequence[Support]
) -> tuple[Rows, list[Fraction], Rows, list[Fraction], list[int]]:
    """Return equations, values, inequalities, bounds on x, and the signals that are its columns."""
    sent = sorted(k for support in chosen for k in support.sent)
    column = {k: j for j, k in enumerate(sent)}
    equations = [
        [ONE if form.signals[k].type == t else ZERO for k in sent] for t in range(len(form.types))
    ]
    inequalities: Rows = []
    for support in chosen:
        if support.sent:
            for row in optimality(form, support):
                wide = [ZERO] * len(sent)
                for k, entry in zip(support.sent, row, strict=True):
                    wide[column[k]] = entry
                inequalities.append(wide)
    return equations, [ONE] * len(equations), inequalities, [ZERO] * len(inequalities), sent


class YConditions:
    """The conditions on the responses at some sets, so far as they involve these sets only.

    Attributes
    ----------
    columns : list of (int, int)
        Set and response of each unknown.
    """

    def __init__(self, form: SenderReceiver, chosen: Sequence[Support]) -> None:
        self.form = form
        self.chosen = chosen
        self.columns = [(support.place, a) for support in chosen for a in support.given]
        self.column = {key: k for k, key in enumerate(self.columns)}

    def rows(self) -> tuple[Rows, list[Fraction], Rows, list[Fraction]]:
        """Return equations, values, inequalities and bounds."""
        form, chosen = self.form, self.chosen
        equations = [
            [ONE if place == support.place else ZERO for place, _ in self.columns]
            for support in chosen
        ]
        values = [ONE] * len(equations)
        inequalities: Rows = []
        sent = {k for support in chosen for k in support.sent}
        here = {support.place for support in chosen}
        for own in form.of:
            used = [k for k in own if k in sent]
            if not used:
                continue
            for k in own:
                if k == used[0] or form.signals[k].place not in here:
                    continue
                row = self._difference(k, used[0])
                if k in sent:
                    equations.append(row)
                    values.append(ZERO)
                else:
                    inequalities.append(row)
        return equations, values, inequalities, [ZERO] * len(inequalities)

    def _difference(self, more: int, less: int) -> list[Fraction]:
        """Return the coefficients of what one signal is worth above another."""
        row = [ZERO] * len(self.columns)
        for k, sign in ((more, 1), (less, -1)):
            signal = self.form.signals[k]
            for a, worth in enumerate(signal.worth):
                if (signal.place, a) in self.column:
                    row[self.column[signal.place, a]] += sign * worth
        return row

    def responses(self, point: Sequence[Fraction]) -> tuple[Vector, ...]:
        """Return a point as probabilities of responses at all sets; zeros where it says nothing."""
        found = [[ZERO] * size for size in self.form.responses]
        for (place, a), p in zip(self.columns, point, strict=True):
            found[place][a] = p
        return tuple(map(tuple, found))


# -- answers --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class OutcomePoint:
    """An outcome: the sender's strategy and the responses on the path.

    Attributes
    ----------
    x : tuple of Fraction
        By signal.
    y : tuple of tuple of Fraction
        By set and response; on the path only, zeros elsewhere.
    off_path : mapping
        Set off the path to the polytopes of responses and beliefs (over its signals) that support
        the outcome; each a pair of tuples of vertices.
    """

    x: Vector
    y: tuple[Vector, ...]
    off_path: Mapping[int, tuple[tuple[tuple[Vector, ...], tuple[Vector, ...]], ...]]

    @property
    def profiles(self) -> int | None:
        """Number of profiles with this outcome; None if they form a continuum."""
        counts = []
        for parts in self.off_path.values():
            if any(len(responses) > 1 for responses, _ in parts):
                return None
            counts.append(len({responses[0] for responses, _ in parts}))
        return prod(counts)


@dataclass(frozen=True)
class Piece:
    """A convex set of senders' strategies times one of responses on the path, by vertices.

    Attributes
    ----------
    outcomes : tuple of int
        The extreme outcomes, by their places.
    hull : bool
        Whether every mixture of the outcomes is one; else each side mixes on its own.
    """

    outcomes: tuple[int, ...]
    hull: bool


@dataclass(frozen=True)
class SignallingEquilibria:
    """All perfect Bayesian equilibria of a sender-receiver game, by outcome.

    Attributes
    ----------
    form : SenderReceiver
    outcomes : tuple of OutcomePoint
        The extreme outcomes, each once.
    pieces : tuple of Piece
        The convex sets they span; every equilibrium outcome lies in one.
    gap : str
        Why the search ended early, so that there may be more; empty if it did not.
    """

    form: SenderReceiver
    outcomes: tuple[OutcomePoint, ...]
    pieces: tuple[Piece, ...]
    gap: str = ""


def signalling_equilibria(
    game: Game | SenderReceiver, *, deadline: float | None = None
) -> SignallingEquilibria:
    """Find all perfect Bayesian equilibria of a sender-receiver game.

    If the deadline passes, or there are more than 10,000 maximal pieces or 20,000 pieces in all,
    what was found is returned, with the reason in `gap`. Pure equilibria are looked for first.

    Parameters
    ----------
    game : Game or SenderReceiver
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    MethodError
        If the game is no sender-receiver game, or is too large.
    GameError
        If a player forgets (imperfect recall).
    """
    form = game if isinstance(game, SenderReceiver) else sender_receiver(game)
    return _Collector(form, deadline).collect()


class _Collector:
    """Gathers outcomes and pieces from the cells."""

    def __init__(self, form: SenderReceiver, deadline: float | None) -> None:
        self.form = form
        self.search = _Search(form, deadline)
        self.numbers: dict[Distribution, int] = {}
        self.points: list[OutcomePoint] = []
        self.pieces: dict[tuple[int, ...], bool] = {}
        self.tried: set[tuple[int, ...]] = set()
        self.enough = MAX_PIECES
        self.beliefs: dict[tuple[int, tuple[int, ...]], tuple[Vector, ...]] = {}

    def collect(self) -> SignallingEquilibria:
        """Return all outcomes and the maximal pieces; those found, if the search ends early."""
        gap = ""
        try:
            for chosen in self.search.cells():
                self._add(chosen)
        except BudgetError as error:
            gap = f"{error.message}; {error.remedy}"
            if self.points:
                gap = f"there are at least these equilibria: {gap}"
        kept = [Piece(*item) for item in _maximal(self.pieces).items()]
        return SignallingEquilibria(self.form, tuple(self.points), tuple(kept), gap)

    def _add(self, chosen: tuple[Support, ...]) -> None:
        """Add the closure of a cell."""
        form = self.form
        on = [support for support in chosen if support.sent]
        off = [support.place for support in chosen if not support.sent]
        equations, values, inequalities, bounds, sent = x_conditions(form, chosen)
        if len(sent) == len(form.types):
            corners: tuple[Vector, ...] = ((ONE,) * len(sent),)
        else:
            corners = _vertices(equations, values, inequalities, bounds, len(sent))
        xs = []
        for corner in corners:
            x = [ZERO] * len(form.signals)
            for k, p in zip(sent, corner, strict=True):
                x[k] = p
            xs.append(tuple(x))
        for ys in self._responses(on, off):
            self._add_piece(xs, ys)
            self.search.check_time()

    def _responses(
        self, on: Sequence[Support], off: Sequence[int]
    ) -> Iterator[list[tuple[Vector, ...]]]:
        """Yield polytopes of responses on the path, each by its vertices, that fit those off it."""
        conditions = YConditions(self.form, on)
        if all(len(support.given) == 1 for support in on):
            corners: tuple[Vector, ...] = ((ONE,) * len(on),)
        else:
            corners = _vertices(*conditions.rows(), len(conditions.columns))
        if len(corners) == 1:
            y = conditions.responses(corners[0])
            x = [ZERO] * len(self.form.signals)
            for support in on:
                for k in support.sent:
                    x[k] = ONE  # Which signals are sent is all that matters here.
            if all(self._off_path(x, y, place) for place in off):
                yield [y]
            return
        faces = [self.search.supports.faces(place) for place in off]
        for selection in itertools.product(*faces):
            extended = [*on, *(Support(p, (), a) for p, a in zip(off, selection, strict=True))]
            wide = YConditions(self.form, extended)
            count = len(conditions.columns)
            found = dict.fromkeys(
                point[:count] for point in _vertices(*wide.rows(), len(wide.columns))
            )
            if found:
                yield [conditions.responses(point) for point in _extreme(list(found))]

    def _add_piece(self, xs: Sequence[Vector], ys: Sequence[tuple[Vector, ...]]) -> None:
        table = [[self._number(x, y) for y in ys] for x in xs]
        members = tuple(sorted({k for row in table for k in row}))
        by_x = any(len(set(column)) > 1 for column in zip(*table, strict=True))
        by_y = any(len(set(row)) > 1 for row in table)
        hull = not (by_x and by_y)
        self.pieces[members] = self.pieces.get(members, False) or hull
        self.tried.add(members)
        if len(self.pieces) > self.enough:
            self.pieces = _maximal(self.pieces)
            if len(self.pieces) > MAX_PIECES:
                self._refuse(f"more than {MAX_PIECES:,} convex sets of equilibria")
            self.enough = max(MAX_PIECES, len(self.pieces) + MAX_PIECES // 10)
        if len(self.tried) > MAX_TRIED:
            self._refuse(f"more than {MAX_TRIED:,} convex sets of equilibria, most inside others")

    def _refuse(self, reason: str) -> NoReturn:
        raise BudgetError(
            reason,
            place=self.form.game.name,
            remedy="fix a move, or change a payoff at which many are indifferent",
        )

    def _number(self, x: Vector, y: tuple[Vector, ...]) -> int:
        """Return the place of an outcome; a new one is added."""
        form = self.form
        outcome = form.outcome(x, y)
        if outcome not in self.numbers:
            off = [k for k, own in enumerate(form.at) if not any(x[g] for g in own)]
            on_path = tuple(
                tuple([ZERO] * len(shares)) if place in off else shares
                for place, shares in enumerate(y)
            )
            support = {place: self._off_path(x, on_path, place) for place in off}
            self.numbers[outcome] = len(self.points)
            self.points.append(OutcomePoint(x, on_path, support))
        return self.numbers[outcome]

    def _off_path(
        self, x: Sequence[Fraction], y: Sequence[Vector], place: int
    ) -> tuple[tuple[tuple[Vector, ...], tuple[Vector, ...]], ...]:
        """Return the polytopes of responses and beliefs at a set off the path of an outcome."""
        form = self.form
        limits = sender_payoffs(form, x, y)
        found: list[tuple[set[int], tuple[Vector, ...], tuple[Vector, ...]]] = []
        rationalisable = {support.given for support in self.search.supports.on_path(place)}
        for given in sorted(rationalisable, key=lambda given: (-len(given), given)):
            rows = [[form.signals[k].worth[a] for a in given] for k in form.at[place]]
            bounds = [limits[form.signals[k].type] for k in form.at[place]]
            corners = _vertices([[ONE] * len(given)], [ONE], rows, bounds, len(given))
            used = {a for corner in corners for a, p in zip(given, corner, strict=True) if p}
            if used != set(given):
                continue  # The same responses belong to a smaller face.
            beliefs = self._cell(place, given)
            responses = []
            for corner in corners:
                y_here = [ZERO] * form.responses[place]
                for a, p in zip(given, corner, strict=True):
                    y_here[a] = p
                responses.append(tuple(y_here))
            inside = any(
                set(responses) <= set(wide) and set(beliefs) <= set(more) for _, wide, more in found
            )
            if not inside:
                found.append((used, tuple(responses), beliefs))
        return tuple((responses, beliefs) for _, responses, beliefs in found)

    def _cell(self, place: int, given: tuple[int, ...]) -> tuple[Vector, ...]:
        """Return the vertices of the beliefs over the signals to a set that make these optimal."""
        form = self.form
        if (place, given) not in self.beliefs:
            everything = form.at[place]
            masses = [sum((p for _, p in form.signals[k].nodes), ZERO) or ONE for k in everything]
            rows = [
                [entry / mass for entry, mass in zip(row, masses, strict=True)]
                for row in optimality(form, Support(place, everything, given))
            ]
            size = len(everything)
            self.beliefs[place, given] = _vertices(
                [[ONE] * size], [ONE], rows, [ZERO] * len(rows), size
            )
        return self.beliefs[place, given]


def _maximal(pieces: Mapping[tuple[int, ...], bool]) -> dict[tuple[int, ...], bool]:
    """Return the pieces whose outcomes are not all outcomes of another."""
    around: dict[int, set[int]] = {}
    for number, outcomes in enumerate(pieces):
        for k in outcomes:
            around.setdefault(k, set()).add(number)
    kept = {}
    for outcomes, hull in pieces.items():
        rarest = sorted((around[k] for k in outcomes), key=len)
        if len(set.intersection(*rarest)) == 1:
            kept[outcomes] = hull
    return kept


def sender_payoffs(
    form: SenderReceiver, x: Sequence[Fraction], y: Sequence[Sequence[Fraction]]
) -> list[Fraction]:
    """Return what each type gets, times its probability."""
    found = []
    for own in form.of:
        k = next(k for k in own if x[k])
        signal = form.signals[k]
        found.append(sum((p * u for p, u in zip(y[signal.place], signal.worth, strict=True)), ZERO))
    return found


def _vertices(
    equations: Sequence[Sequence[Fraction]],
    values: Sequence[Fraction],
    inequalities: Sequence[Sequence[Fraction]],
    bounds: Sequence[Fraction],
    size: int,
) -> tuple[Vector, ...]:
    """Return the vertices of a polytope in the nonnegative orthant."""
    program = LinearProgram([0] * size, inequalities, bounds, equations, values)
    return optimal_vertices(program)


def _extreme(points: Sequence[Vector]) -> list[Vector]:
    """Return the points that are no mixtures of others."""
    kept = list(points)
    for point in points:
        others = [other for other in kept if other != point]
        rows = [[1] * len(others), *zip(*others, strict=True)] if others else []
        if others and isinstance(
            solve_linear_program(
                LinearProgram([0] * len(others), equations=rows, values=[1, *point])
            ),
            Optimum,
        ):
            kept = others
    return kept


# -- as assessments -------------------------------------------------------------------------------


def assessment(form: SenderReceiver, point: OutcomePoint) -> Assessment:
    """Return a profile with beliefs that has an outcome.

    Off the path the first vertex of the responses stands with the mean of the vertices of the
    beliefs that support it.
    """
    game = form.game
    profile: dict[int, tuple[Fraction, ...]] = {
        position: (ONE, *[ZERO] * (len(head.actions) - 1)) for position, head in game.decisions()
    }
    for t, own in enumerate(form.of):
        if form.types[t] >= 0:
            profile[form.types[t]] = tuple(point.x[k] for k in own)
    believed: dict[int, Fraction] = {}
    off_path: dict[int, list[OffPath]] = {}
    for place, position in enumerate(form.places):
        if position < 0:
            continue
        if place in point.off_path:
            parts = point.off_path[place]
            responses, cell = parts[0]
            profile[position] = responses[0]
            shares = [sum(column, ZERO) / len(cell) for column in zip(*cell, strict=True)]
            off_path[position] = [_described(form, place, *part) for part in parts]
        else:
            profile[position] = point.y[place]
            shares = [point.x[k] * _mass(form, k) for k in form.at[place]]
        believed.update(_histories(form, place, shares))
    beliefs = _all_beliefs(game, believed)
    return Assessment(profile, beliefs, off_path)


def _mass(form: SenderReceiver, k: int) -> Fraction:
    return sum((p for _, p in form.signals[k].nodes), ZERO)


def _histories(
    form: SenderReceiver, place: int, shares: Sequence[Fraction]
) -> Iterator[tuple[int, Fraction]]:
    """Yield the histories of a set with their probabilities, from weights of its signals."""
    total = sum(shares, ZERO)
    for k, share in zip(form.at[place], shares, strict=True):
        mass = _mass(form, k)
        for node, p in form.signals[k].nodes:
            yield node, share / total * p / mass


def _described(
    form: SenderReceiver, place: int, responses: Sequence[Vector], cell: Sequence[Vector]
) -> OffPath:
    head = form.game.information_sets[form.places[place]]
    beliefs = []
    for vertex in cell:
        by_node = dict(_histories(form, place, vertex))
        beliefs.append(tuple(by_node[node] for node in head.nodes))
    return OffPath(
        tuple({head.actions[a]: p for a, p in enumerate(vertex) if p} for vertex in responses),
        tuple(beliefs),
    )


def _all_beliefs(game: Game, believed: Mapping[int, Fraction]) -> dict[int, tuple[Fraction, ...]]:
    """Return beliefs at every set; the sender's follow from what chance draws."""
    drawn = [ONE] * len(game.set_of)
    for node, successors in enumerate(game.children):
        shares = game.probabilities.get(node, (ONE,) * len(successors))
        for child, share in zip(successors, shares, strict=True):
            drawn[child] = drawn[node] * share
    found = {}
    for position, head in game.decisions():
        if all(node in believed for node in head.nodes):
            found[position] = tuple(believed[node] for node in head.nodes)
        else:
            total = sum((drawn[node] for node in head.nodes), ZERO)
            found[position] = tuple(drawn[node] / total for node in head.nodes)
    return found
