r"""Branches: equilibria tracked along one axis, with births, deaths and merges.

A *branch* is a family of equilibrium outcomes that reach the same histories with positive
probability and move continuously along the axis. It may be there on several spans. Every end of a
span inside the axis has an event:

birth, death
    The branch begins or ends, and no other equilibrium comes near it there.
merge, split
    The branch runs into another one, or comes out of it: a mixed equilibrium whose mixture becomes
    pure while the pure one is there anyway, or several that meet.
continuation
    One branch goes over into another and nothing else arrives or leaves: the histories that are
    reached change, the payoffs do not jump.

Read from right to left, births are deaths, merges are splits and the rest stays.

Where the outcomes have conditions in the parameter the events lie at exact numbers and none is
missing (:mod:`negotiation.analysis.sweeps.continuation`); the answer is compared with exact solves.
At a tie that makes a continuum of equilibria only those of its outcomes count that are extreme in a
stage for given continuations: a branch may end inside the continuum, and ``message`` says where an
exact solve lists more of it.
Elsewhere (more than two simultaneous movers who mix, concepts with beliefs, axes of whole numbers)
the points of the axis are solved, ``exact`` is False, events lie between neighbouring points and
are births and deaths only: that a branch merges cannot be told from points.

Selections that compare outcomes make branches begin and end where the comparison turns.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from negotiation.analysis.outcome_names import Outcome, histories_text, named_outcomes
from negotiation.analysis.sweeps.axes import Axis, axes_of, read_axis
from negotiation.analysis.sweeps.branch_codes import line_events
from negotiation.analysis.sweeps.plan import SweepPlan, plan_sweep
from negotiation.analysis.sweeps.points import SweptPoint, game_at, solve_points
from negotiation.errors import BudgetError, MethodError, NegotiationError, UsageError
from negotiation.model.document import Model
from negotiation.solution import Equilibrium, parameter_text

if TYPE_CHECKING:
    import xarray

    from negotiation.analysis.regimes.algebraic import Number
    from negotiation.analysis.regimes.support import Binding
    from negotiation.analysis.sweeps.continuation import Continuation, Meeting, Track

__all__ = [
    "Branch",
    "Branches",
    "Event",
    "Progress",
    "Span",
    "branch_lines",
    "branches_of",
    "curves_along",
    "number_in_words",
    "short_names",
    "sweep_event_lines",
    "track",
    "without_branches",
]

CHECK_SECONDS = 20.0
MAX_LINES = 40
MAX_BINDINGS = 3
LONGEST_NUMBER = 24
KINDS = ("incentive", "mixing", "selection", "piece", "domain")
"""Kinds of bindings, those that explain most first."""
SECONDS = 60.0
WORDS = {
    "birth": "begins",
    "death": "ends",
    "merge": "merges with",
    "split": "splits from",
    "continuation": "goes over into",
}
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Span:
    """A stretch of the axis on which a branch is there.

    Attributes
    ----------
    low, high : Number or Fraction
        Fractions are points that were solved; what lies beyond, up to the next, is unknown.
    low_closed, high_closed : bool
        Whether it is there at the end itself.
    low_payoffs, high_payoffs : mapping
        Player to his payoff at the end, or its limit from inside; a double.
    """

    low: Number | Fraction
    high: Number | Fraction
    low_closed: bool
    high_closed: bool
    low_payoffs: Mapping[str, float] = field(default_factory=dict)
    high_payoffs: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The interval, as ``[0, 0.25)``."""
        left, right = "[" if self.low_closed else "(", "]" if self.high_closed else ")"
        return f"{left}{_shown(self.low)}, {_shown(self.high)}{right}"

    def to_dict(self) -> dict[str, Any]:
        """Return the span as JSON values."""
        return {
            "low": _json(self.low),
            "high": _json(self.high),
            "low_closed": self.low_closed,
            "high_closed": self.high_closed,
            "low_payoffs": dict(self.low_payoffs),
            "high_payoffs": dict(self.high_payoffs),
        }


@dataclass(frozen=True)
class Branch:
    """One family of equilibrium outcomes.

    Attributes
    ----------
    name : str
        The histories that it reaches, with a number where several share them.
    short_name : str
        The same in few words, as regimes by outcome have it.
    histories : tuple of mapping
        The same, each from move to action.
    spans : tuple of Span
        From left to right.
    payoffs : mapping
        Player to the payoff at each point of the axis; None where the branch is not there.
    regimes : tuple of str
        Labels along the branch, each once; empty strings where the model names no regimes.
    """

    name: str
    short_name: str
    histories: tuple[Mapping[str, str], ...]
    spans: tuple[Span, ...]
    payoffs: Mapping[str, tuple[Fraction | None, ...]]
    regimes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the branch as JSON values."""
        return {
            "name": self.name,
            "short_name": self.short_name,
            "histories": [dict(moves) for moves in self.histories],
            "regimes": list(self.regimes),
            "spans": [span.to_dict() for span in self.spans],
            "payoffs": {
                player: [None if value is None else str(value) for value in values]
                for player, values in self.payoffs.items()
            },
        }


@dataclass(frozen=True)
class Event:
    """What happens to a branch at one place.

    Attributes
    ----------
    kind : str
        ``birth``, ``death``, ``merge``, ``split`` or ``continuation``.
    branch : int
        Place among the branches.
    other : int or None
        The branch that it merges with, splits from, or goes over into.
    at : Number or None
        Where, exactly.
    between : (Fraction, Fraction) or None
        The neighbouring points between which it happens, where that is all that is known.
    binding : tuple of Binding
        Whose incentive begins or ends the branch.
    polynomial : str
        What changes sign there.
    inside_continuum : bool
        Whether the branch dies and is born at one place only because it goes on inside a continuum
        there. Not part of the JSON values.
    """

    kind: str
    branch: int
    other: int | None = None
    at: Number | None = None
    between: tuple[Fraction, Fraction] | None = None
    binding: tuple[Binding, ...] = ()
    polynomial: str = ""
    inside_continuum: bool = False

    @property
    def where(self) -> str:
        """The place in words."""
        if self.at is not None:
            return number_in_words(self.at)
        assert self.between is not None
        return f"between {number_in_words(self.between[0])} and {number_in_words(self.between[1])}"

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON values."""
        return {
            "kind": self.kind,
            "branch": self.branch,
            "other": self.other,
            "at": None if self.at is None else self.at.to_json(),
            "between": None if self.between is None else [str(x) for x in self.between],
            "binding": [binding.to_dict() for binding in self.binding],
            "polynomial": self.polynomial,
        }


@dataclass(frozen=True)
class Branches:
    """The branches of a model along one axis.

    Attributes
    ----------
    model, fingerprint : str
        The fingerprint is that of the model, whatever the point.
    concept, selection : str
    axis : str
    points : tuple of Fraction
        Where payoffs are given, ascending.
    players : tuple of str
    branches : tuple of Branch
        Those that reach fewer histories first, then in the order of the tree; by name where
        points are solved.
    events : tuple of Event
        From left to right.
    exact : bool
        Whether events lie at exact numbers and none is missing.
    complete : bool
        Whether no equilibrium is missing at a point that was solved.
    message : str
        Why it is not exact or not complete.
    """

    model: str
    fingerprint: str
    concept: str
    selection: str
    axis: str
    points: tuple[Fraction, ...]
    players: tuple[str, ...]
    branches: tuple[Branch, ...]
    events: tuple[Event, ...]
    exact: bool
    complete: bool
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values, schema ``negotiation/branches/1``."""
        return {
            "schema": "negotiation/branches/1",
            "model": self.model,
            "fingerprint": self.fingerprint,
            "concept": self.concept,
            "selection": self.selection,
            "axis": self.axis,
            "points": [parameter_text(point) for point in self.points],
            "players": list(self.players),
            "branches": [branch.to_dict() for branch in self.branches],
            "events": [event.to_dict() for event in self.events],
            "exact": self.exact,
            "complete": self.complete,
            "message": self.message,
        }


def _shown(value: Number | Fraction) -> str:
    return parameter_text(value) if isinstance(value, Fraction) else value.decimal


def number_in_words(value: Number | Fraction) -> str:
    """Return a number, which is called about so much where it is rounded."""
    fraction = value if isinstance(value, Fraction) else value.fraction
    rounded = f"about {float(value):.10g}"
    if fraction is None:
        return rounded
    text = parameter_text(fraction)
    if "/" not in text and len(text) <= LONGEST_NUMBER:
        return text
    return f"{fraction} ({rounded})" if len(str(fraction)) <= LONGEST_NUMBER else rounded


def _json(value: Number | Fraction) -> Any:
    return str(value) if isinstance(value, Fraction) else value.to_json()


def branch_lines(found: Branches) -> Iterator[str]:
    """Yield the events for a person: a line each place, then one for each event there."""
    names = [branch.short_name for branch in found.branches]
    for where, here in itertools.groupby(found.events, key=lambda event: event.where):
        events = list(here)
        whose = _binding_text([binding for event in events for binding in event.binding])
        verb = "" if where.startswith("between") else "is " if where.startswith("about") else "= "
        yield f"{found.axis} {verb}{where}{f': {whose}' if whose else ''}"
        begun = {event.branch for event in events if event.kind == "birth"}
        both = {event.branch for event in events if event.kind == "death"} & begun
        for event in events:
            name, other = names[event.branch], event.other
            if event.kind not in ("birth", "death") or event.branch not in both:
                behind = "" if other is None else f" {names[other]}"
                yield f"  {name} {WORDS[event.kind]}{behind}"
            elif event.kind == "birth":
                spans = found.branches[event.branch].spans
                if any(span.low == span.high == event.at for span in spans):
                    yield f"  {name} is there at this place only"
                elif event.inside_continuum:
                    yield f"  {name} goes on inside a continuum at this place"
                else:
                    yield f"  {name} is not listed at this place"
    if not found.events:
        yield f"no branch begins or ends along {found.axis}"
    if found.message:
        yield found.message


def sweep_event_lines(
    plan: SweepPlan, dataset: xarray.Dataset, *, budget: float = 5.0
) -> Iterator[str]:
    """Yield the events along the one axis of a sweep that has been solved; else nothing.

    They lie at exact numbers where those are had within the budget, in seconds, and otherwise
    between the points of the dataset.
    """
    if len(plan.axes) != 1 or plan.each is not None or plan.sample is not None:
        return
    if len(plan.axes[0].values) < 2 or "branch" not in dataset:
        return
    attributes = dataset.attrs
    empty = without_branches(plan, attributes["concept"], attributes["selection"])
    try:
        lines = list(branch_lines(branches_of(curves_along(plan, empty, budget), empty)))
    except (MethodError, BudgetError):
        lines = list(_lines_between(plan, dataset))
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"... and {len(lines) - MAX_LINES:,} lines more"


def _lines_between(plan: SweepPlan, dataset: xarray.Dataset) -> Iterator[str]:
    """Yield events between the points of the axis as :func:`branch_lines` does."""
    (axis,) = plan.axes
    events = line_events(dataset, axis.name)
    exact = {float(value): value for value in axis.values}
    # Names of more lines than are shown are not asked for.
    names = short_names(plan, dataset, {event.branch for event in events[:MAX_LINES]})
    for between, here in itertools.groupby(events, key=lambda event: event.between):
        before, after = (number_in_words(exact[end]) for end in between)
        yield f"{axis.name} between {before} and {after}"
        for event in here:
            yield f"  {names.get(event.branch, event.branch)} {WORDS[event.kind]}"
    if not events:
        yield f"no branch begins or ends along {axis.name}"


def short_names(
    plan: SweepPlan, dataset: xarray.Dataset, labels: AbstractSet[str]
) -> dict[str, str]:
    """Return short names of branches of a dataset along one axis.

    A dataset knows their labels only, so one point of each is solved again for its histories.
    """
    known = str(dataset["branch"].attrs["labels"]).split("\n")
    codes = dataset["branch"].transpose(plan.axes[0].name, "equilibrium").values
    found: dict[str, tuple[str, int, Outcome]] = {}
    for code, label in enumerate(known):
        if label in labels and label not in found:
            place = int((codes == code).any(axis=1).argmax())
            (point,) = solve_points(plan, place, place + 1)
            for (text, rank), equilibrium in _ranked(point, plan.players):
                found[_numbered(text, rank)] = text, rank, _outcome(equilibrium)
    names = _names({text: outcome for text, _, outcome in found.values()})
    return {label: _numbered(names[text], rank) for label, (text, rank, _) in found.items()}


def _names(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    return {outcome.label: outcome.name for outcome in named_outcomes(outcomes)}


def _numbered(text: str, rank: int) -> str:
    """Return a name or label of a branch; the second that has it, of rank 1, has a 2 behind."""
    return f"{text} ({rank + 1})" if rank else text


def _outcome(equilibrium: Equilibrium) -> Outcome:
    """Return what an equilibrium reaches; how often differs from point to point."""
    return Outcome(tuple(tuple(outcome.moves.items()) for outcome in equilibrium.outcomes))


def _binding_text(bindings: Sequence[Binding]) -> str:
    """Return whose incentives bind, or what else does; each pair of actions once, a few."""
    once: dict[Any, Binding] = {}
    for binding in bindings:
        pair = frozenset((binding.action, binding.instead))
        key = (binding.kind, binding.player, binding.move, binding.information, pair)
        once.setdefault(key, binding)
    kind = min((binding.kind for binding in bindings), key=KINDS.index, default="")
    texts = dict.fromkeys(str(binding) for binding in once.values() if binding.kind == kind)
    return "; ".join([*texts][:MAX_BINDINGS]) + (", ..." if len(texts) > MAX_BINDINGS else "")


# -- tracking ---------------------------------------------------------------------------


def track(
    model: Model,
    axis: Axis | Mapping[str, Any] | str,
    *,
    concept: str | None = None,
    select: str | None = None,
    values: Mapping[str, object] | None = None,
    fix: Mapping[str, object] | None = None,
    scenario: str | None = None,
    budget: float = SECONDS,
    check: bool = True,
    progress: Progress | None = None,
) -> Branches:
    """Return the branches of equilibria along one axis, with what happens to them.

    Parameters
    ----------
    model : Model
    axis : Axis, mapping or str
        One, as in :func:`negotiation.sweep`: ``{"approval": (0, 1, 101)}``. Payoffs are given at
        its points; exact events are found between them too.
    concept, select, values, fix, scenario
        As in :func:`negotiation.solve` and :meth:`Model.at`.
    budget : float
        Seconds for the conditions; when they are spent the points are solved instead.
    check : bool
        Whether exact answers are compared with exact solves, one between any two roots and one at
        each rational event, for up to 20 s.
    progress : callable, optional
        Called with (points done, points in all) where points are solved.

    Raises
    ------
    UsageError
        For unknown names, several axes, and points outside the domain.
    MethodError
        Where no method solves a point.
    NegotiationError
        If an exact solve disagrees: a bug.

    Examples
    --------
    >>> from negotiation import load
    >>> found = track(load("divide-and-exempt"), {"loss": (0, 2, 5)}, select="coalition-proof")
    >>> [(event.kind, event.where) for event in found.events]
    [('birth', '0.26052'), ('death', '0.26052')]
    """
    line = _one_axis(axis)
    plan = plan_sweep(
        model, [line], concept=concept, select=select, values=values, fix=fix, scenario=scenario
    )
    game = game_at(plan, *plan.point(0))
    assert game is not None
    empty = without_branches(plan, plan.concept or game.concept, plan.select or game.select)
    try:
        curves = curves_along(plan, empty, budget)
    except (MethodError, BudgetError) as error:
        remedy = f" ({error.remedy})" if error.remedy else ""
        return _of_points(plan, empty, error.message + remedy, progress)
    message = _compared(plan, curves) if check else ""
    return replace(branches_of(curves, empty), message=message)


def _one_axis(axis: Axis | Mapping[str, Any] | str) -> Axis:
    """Return the axis with its points in ascending order."""
    if isinstance(axis, str):
        line = read_axis(axis)
    elif isinstance(axis, Axis):
        line = axis
    else:
        axes = axes_of(axis)
        if len(axes) != 1:
            raise UsageError(
                f"branches run along one axis, here are {len(axes)}",
                place="--over",
                remedy="give one axis, hold the others fixed with --set",
            )
        (line,) = axes
    return Axis(line.name, tuple(sorted(line.values)))


def without_branches(plan: SweepPlan, concept: str, selection: str) -> Branches:
    """Return the answer without branches; points ascend."""
    (axis,) = plan.axes
    return Branches(
        plan.model.name,
        plan.model.fingerprint,
        concept,
        selection,
        axis.name,
        tuple(sorted(axis.values)),
        plan.players,
        (),
        (),
        exact=True,
        complete=True,
    )


def curves_along(plan: SweepPlan, empty: Branches, budget: float) -> Continuation:
    """Follow the equilibria between the ends of the axis, exactly."""
    from negotiation.analysis.regimes.domain import Interval
    from negotiation.analysis.sweeps.continuation import Continuation

    if len(empty.points) == 1:
        raise MethodError("one point is no axis", place="--over", remedy="take two or more")
    deadline = time.monotonic() + budget

    def check_time() -> None:
        if time.monotonic() > deadline:
            raise BudgetError(
                f"the conditions of the outcomes take more than {budget:g} s",
                place=plan.model.name,
                remedy="give a larger budget",
            )

    try:
        return Continuation(
            plan.model,
            empty.axis,
            Interval(empty.points[0], empty.points[-1]),
            concept=empty.concept,
            select=empty.selection,
            values=plan.values,
            fix=plan.fix,
            scenario=plan.scenario,
            check_time=check_time,
        )
    except UsageError as error:
        # The points can be solved, so what is refused here is the symbolic form. The remedies are
        # those of other commands.
        raise MethodError(error.message, place=error.place) from None


# -- from curves ---------------------------------------------------------------------------


def branches_of(curves: Continuation, empty: Branches) -> Branches:
    """Return branches with exact events."""
    groups = list(_grouped(curves.tracks))
    names = _names(curves.outcomes())
    number = {id(track): k for k, (_, own) in enumerate(groups) for track in own}
    places = [curves.place_of(point) for point in empty.points]
    branches = []
    for rank, own in groups:
        text = curves.text(own[0].nodes)
        branches.append(
            Branch(
                _numbered(text, rank),
                _numbered(names[text], rank),
                curves.histories(own[0].nodes),
                tuple(_span(curves, track, empty.players) for track in own),
                _payoffs(curves, own, places, empty),
                _regimes(curves, own),
            )
        )
    inside = set(_inside_continua(curves, number))
    events = [_event(curves, meeting, number, inside) for meeting in curves.meetings]
    order = list(WORDS)
    placed = sorted(
        zip(curves.meetings, events, strict=True),
        key=lambda pair: (pair[0].place, order.index(pair[1].kind), pair[1].branch),
    )
    return replace(empty, branches=tuple(branches), events=tuple(event for _, event in placed))


def _grouped(tracks: Sequence[Track]) -> Iterator[tuple[int, list[Track]]]:
    """Yield the tracks of each branch, with its rank, from 0, among those of the same histories.

    Tracks with the same histories are one branch if no two of them are ever there together.
    """
    by_nodes: dict[tuple[int, ...], list[Track]] = {}
    for track in tracks:
        by_nodes.setdefault(track.nodes, []).append(track)
    for nodes in sorted(by_nodes, key=lambda nodes: (len(nodes), nodes)):
        own = sorted(by_nodes[nodes], key=lambda track: (track.first, track.last))
        apart = all(a.last < b.first for a, b in itertools.pairwise(own))
        if apart:
            yield 0, own
        else:
            yield from ((rank, [track]) for rank, track in enumerate(own))


def _span(curves: Continuation, track: Track, players: Sequence[str]) -> Span:
    low, low_closed = curves.end(track.first, 0)
    high, high_closed = curves.end(track.last, 1)
    ends = [
        dict(zip(players, map(float, curves.payoffs(track, place, value)), strict=True))
        for place, value in (curves.near_end(track, side) for side in (0, 1))
    ]
    return Span(low, high, low_closed, high_closed, *ends)


def _payoffs(
    curves: Continuation, own: Sequence[Track], places: Sequence[int], empty: Branches
) -> dict[str, tuple[Fraction | None, ...]]:
    rows: list[tuple[Fraction | None, ...]] = []
    for point, place in zip(empty.points, places, strict=True):
        track = next((track for track in own if track.first <= place <= track.last), None)
        if track is None:
            rows.append((None,) * len(empty.players))
        else:
            rows.append(curves.payoffs(track, place, point))
    return {player: tuple(row[k] for row in rows) for k, player in enumerate(empty.players)}


def _regimes(curves: Continuation, own: Sequence[Track]) -> tuple[str, ...]:
    """Return the labels at a number of each place of a branch that has a rational one."""
    found: dict[str, None] = {}
    for track in own:
        for place in range(track.first, track.last + 1):
            number = curves.partition.sample(place).fraction
            if number is not None:
                found[curves.regime(track, place, number)] = None
    return tuple(found)


def _inside_continua(curves: Continuation, number: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Yield (branch, place) where a branch dies and is born, as it goes on inside a continuum."""
    ended: dict[tuple[int, int], list[Track]] = {}
    begun: dict[tuple[int, int], list[Track]] = {}
    for meeting in curves.meetings:
        if meeting.kind in ("birth", "death"):
            found = begun if meeting.kind == "birth" else ended
            found.setdefault((number[id(meeting.track)], meeting.place), []).append(meeting.track)
    for (branch, place), before in ended.items():
        after = begun.get((branch, place), [])
        one = len(before) == len(after) == 1 and before[0] is not after[0]
        if one and curves.goes_on_inside(before[0], after[0], place):
            yield branch, place


def _event(
    curves: Continuation,
    meeting: Meeting,
    number: Mapping[int, int],
    inside: AbstractSet[tuple[int, int]],
) -> Event:
    branch = number[id(meeting.track)]
    return Event(
        meeting.kind,
        branch,
        None if meeting.other is None else number[id(meeting.other)],
        at=curves.partition.sample(meeting.place),
        binding=curves.bindings_of(meeting.polynomials),
        polynomial=meeting.polynomials[0].text() if meeting.polynomials else "",
        inside_continuum=meeting.kind in ("birth", "death") and (branch, meeting.place) in inside,
    )


def _compared(plan: SweepPlan, curves: Continuation) -> str:
    """Compare outcomes with exact solves, on open stretches and where events are.

    Returns
    -------
    str
        What is not known for sure: where a tie makes a continuum, outcomes of which there is no
        curve; and how many places were not compared, for lack of time.

    Raises
    ------
    NegotiationError
        If an exact solve of isolated equilibria finds other outcomes.
    """
    (axis,) = plan.axes
    stop = time.monotonic() + CHECK_SECONDS
    samples = [*curves.samples(), *curves.rational_events()]
    notes: dict[str, None] = {}
    for done, (place, value) in enumerate(samples):
        if time.monotonic() > stop:
            notes[f"{len(samples) - done} places were not compared with exact solves"] = None
            break
        one = replace(plan, axes=(Axis(axis.name, (value,)),))
        (point,) = solve_points(one)
        assert point.solution is not None
        ours = {
            frozenset(curves.outcome(track, place, value).items())
            for track in curves.tracks
            if track.first <= place <= track.last
        }
        exact = {_outcome_of(equilibrium) for equilibrium in point.solution.equilibria}
        if ours == exact:
            continue
        if not point.solution.components and point.solution.complete:
            raise NegotiationError(
                f"at {axis.name} = {value} the conditions give {len(ours)} outcomes, an exact "
                f"solve gives {len(exact)}, or others",
                place=plan.model.name,
                remedy="please report this model: it is a bug",
            )
        where = f"at {axis.name} = {parameter_text(value)}"
        notes[f"{where} a tie makes a continuum with {len(exact - ours)} outcomes more"] = None
    return "; ".join(notes)


def _outcome_of(equilibrium: Equilibrium) -> frozenset[tuple[str, Fraction]]:
    return frozenset((histories_text([o.moves]), o.probability) for o in equilibrium.outcomes)


# -- from points ---------------------------------------------------------------------------


def _of_points(
    plan: SweepPlan, empty: Branches, reason: str, progress: Progress | None
) -> Branches:
    """Return branches of the points of the axis, with events between neighbours."""
    points = []
    for point in solve_points(plan):
        points.append(point)
        if progress is not None:
            progress(len(points), plan.size)
    found: dict[tuple[str, int], dict[int, Equilibrium]] = {}
    for k, point in enumerate(points):
        for key, equilibrium in _ranked(point, empty.players):
            found.setdefault(key, {})[k] = equilibrium
    keys = sorted(found, key=lambda key: (len(next(iter(found[key].values())).outcomes), *key))
    names = _names({text: _outcome(next(iter(found[text, k].values()))) for text, k in keys})
    branches, events = [], []
    for number, key in enumerate(keys):
        there = found[key]
        runs = _runs(sorted(there))
        branches.append(_branch_of_points(key, names[key[0]], there, runs, empty))
        for first, last in runs:
            if first > 0:
                between = (empty.points[first - 1], empty.points[first])
                events.append(Event("birth", number, between=between))
            if last < len(points) - 1:
                between = (empty.points[last], empty.points[last + 1])
                events.append(Event("death", number, between=between))
    events.sort(key=lambda event: (event.between, event.kind, event.branch))
    complete = all(point.solution is not None and point.solution.complete for point in points)
    message = f"events lie between points of the axis, as {reason}"
    return replace(
        empty,
        branches=tuple(branches),
        events=tuple(events),
        exact=False,
        complete=complete,
        message=message,
    )


def _ranked(
    point: SweptPoint, players: Sequence[str]
) -> Iterator[tuple[tuple[str, int], Equilibrium]]:
    """Yield the equilibria of a point with their histories and rank among those that share them."""
    groups: dict[str, list[Equilibrium]] = {}
    for equilibrium in point.solution.equilibria if point.solution else ():
        text = histories_text([outcome.moves for outcome in equilibrium.outcomes])
        groups.setdefault(text, []).append(equilibrium)
    for text, same in groups.items():
        same.sort(key=lambda equilibrium: [equilibrium.payoffs[player] for player in players])
        for rank, equilibrium in enumerate(same):
            yield (text, rank), equilibrium


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return the runs of consecutive numbers, each by its first and last."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs


def _branch_of_points(
    key: tuple[str, int],
    name: str,
    there: Mapping[int, Equilibrium],
    runs: Sequence[tuple[int, int]],
    empty: Branches,
) -> Branch:
    text, rank = key
    points = range(len(empty.points))
    any_one = next(iter(there.values()))
    return Branch(
        _numbered(text, rank),
        _numbered(name, rank),
        tuple(outcome.moves for outcome in any_one.outcomes),
        tuple(_span_of_points(there, run, empty) for run in runs),
        {
            player: tuple(there[k].payoffs[player] if k in there else None for k in points)
            for player in empty.players
        },
        tuple(dict.fromkeys(equilibrium.regime for equilibrium in there.values())),
    )


def _span_of_points(
    there: Mapping[int, Equilibrium], run: tuple[int, int], empty: Branches
) -> Span:
    first, last = run
    ends = [{p: float(there[k].payoffs[p]) for p in empty.players} for k in run]
    return Span(empty.points[first], empty.points[last], True, True, *ends)
