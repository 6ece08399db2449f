r"""The analysis itself: from a model and axes to :class:`Regimes`."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import negotiation
from negotiation.analysis.outcome_names import Outcome, named_outcomes
from negotiation.analysis.regimes.algebraic import Number
from negotiation.analysis.regimes.axis import Change, Partition, may_hold, stretches
from negotiation.analysis.regimes.closed_forms import solved_for
from negotiation.analysis.regimes.conditions import (
    TRUE,
    Atom,
    Condition,
    conjunction,
    disjunction,
)
from negotiation.analysis.regimes.continuum_labels import Solved, solved_labels
from negotiation.analysis.regimes.diagrams import Diagrams
from negotiation.analysis.regimes.domain import Interval, Line
from negotiation.analysis.regimes.patterns import (
    Case,
    Labels,
    Signs,
    build_case,
    label_names,
    labels_of_solution,
)
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, Polynomial, Ring
from negotiation.analysis.regimes.questions import FEW, Reals, smt_script
from negotiation.analysis.regimes.record import (
    Axis,
    Boundary,
    Breakpoint,
    Pattern,
    Piece,
    Regimes,
    labels_text,
)
from negotiation.analysis.regimes.regions import Regions
from negotiation.analysis.regimes.space import Space, Variable, meaning_of, read_interval
from negotiation.analysis.regimes.support import Binding
from negotiation.analysis.regimes.turning import Turning, turning
from negotiation.analysis.regimes.underlying import behind, drives, preimage, value_of
from negotiation.errors import (
    BudgetError,
    MethodError,
    ModelError,
    NegotiationError,
    UsageError,
)
from negotiation.formulas import nearest
from negotiation.game import Game
from negotiation.model.document import Model
from negotiation.model.scope import grid_labels
from negotiation.nouns import expect_model
from negotiation.solvers import solve
from negotiation.solvers.beliefs import check_draws
from negotiation.solvers.methods import WITH_BELIEFS

__all__ = ["regimes"]

CONCEPTS = ("subgame-perfect", "pure-subgame-perfect", "nash", "pure", *WITH_BELIEFS)
BY = ("regime", "outcome", "kind")
SAMPLES = 256
COVERAGE_SAMPLES = 1024
MAX_CHECKS = 200
SIMPLIFY_SECONDS = 30.0
"""How long conditions and boundaries of one case are worked on; patterns have no such limit."""


def regimes(
    model: Model,
    over: Mapping[str, Any] | None = None,
    *,
    concept: str | None = None,
    select: str | None = None,
    by: str = "regime",
    values: Mapping[str, object] | None = None,
    fix: Mapping[str, object] | None = None,
    scenario: str | None = None,
    budget: float | None = None,
    simplify: bool | None = None,
    check: bool = True,
) -> Regimes:
    """Return where in parameter space each pattern of regime labels is supported, exactly.

    Parameters
    ----------
    model : Model
    over : mapping, optional
        Parameter to (low, high); None as a bound, or instead of both, is the domain's own. None:
        every payoff parameter with no value in `values` is free.
    concept, select : str, optional
        As in :func:`negotiation.solve`; the defaults are the model's.
    by : str
        ``regime`` (labels of the model's regimes), ``outcome`` (each outcome is a label; where only
        its probabilities may differ it is one, named by its histories) or ``kind`` (pooling,
        separating, partially pooling, semi-separating: sender-receiver games under
        ``perfect-bayesian`` or ``sequential``).
    values, fix, scenario
        As in :meth:`Model.at`.
    budget : float, optional
        Seconds; when they are spent the answer says ``complete = False``.
    simplify : bool, optional
        Whether conditions over several axes are simplified and boundaries traced. By default up to
        three axes are, within 30 s a case; True has no limit but the budget.
    check : bool
        Whether pieces and breakpoints of one axis are checked by exact solves, and of
        sender-receiver games one point of each pattern too.

    Raises
    ------
    UsageError
        For unknown names, structural parameters, parameters without value.
    MethodError
        Where something has no symbolic form; the message names it.
    BudgetError
        If the budget is spent before the conditions are built.
    NegotiationError
        If an exact solve disagrees: a bug.

    Examples
    --------
    >>> from negotiation import load
    >>> from negotiation.analysis.regimes import regimes
    >>> found = regimes(load("divide-and-exempt"), {"loss": (0, 2)}, select="coalition-proof")
    >>> [(str(point.at.fraction), point.polynomial) for point in found.breakpoints]
    [('6513/25000', '25000*loss - 6513')]
    """
    expect_model(model)
    question = _Question(
        model,
        over,
        _one_of(concept or model.concept or "subgame-perfect", CONCEPTS, "concept"),
        select or model.select or "all",
        _one_of(by, BY, "by"),
        dict(values or {}),
        dict(fix or {}),
        scenario,
        budget,
    )
    return question.answer(simplify, check)


def _one_of(name: str, known: Sequence[str], what: str) -> str:
    if name not in known:
        raise UsageError(
            f"regimes know no {what} {name!r}", place=what, remedy=nearest(name, known)
        )
    return name


def _symbol(label: str) -> str:
    """Return the name that the SMT-LIB text gives to the condition of a label."""
    return "supported: " + label.replace("|", "/").replace("\\", "/")


@dataclass
class _Question:
    """What is asked, and the cases that answer it."""

    model: Model
    over: Mapping[str, Any] | None
    concept: str
    select: str
    by: str
    values: dict[str, object]
    fix: dict[str, object]
    scenario: str | None
    budget: float | None
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self.deadline = None if self.budget is None else self.started + self.budget
        self.solved: dict[tuple[Fraction, ...], Solved | None] = {}
        asked = None
        if self.over is not None:
            if not self.over:
                raise UsageError("no axis is given", place="--over", remedy="write name=lo:hi")
            asked = {name.strip(): read_interval(name, b) for name, b in self.over.items()}
            asked = self._through_digits(asked)
        self.space = Space(self.model, asked, self.values, self.scenario)
        self.notes += self.space.notes
        self._check_fixed()
        self.cases = [
            build_case(
                self.space,
                case,
                concept=self.concept,
                select=self.select,
                by=self.by,
                fix=self.fix,
                check_time=self.check_time,
                feasible=self._feasible(),
            )
            for case in self.space.cases()
        ]
        names = label_names(self.model, self.by)
        found = dict.fromkeys(label for case in self.cases for label in case.supported)
        self.outcomes: dict[str, Outcome] = {}
        for case in self.cases:
            for label, outcome in case.outcomes.items():
                if label in case.supported:
                    known = self.outcomes.get(label)
                    self.outcomes[label] = outcome if known is None else known.merged(outcome)
        self.order = [n for n in names if n in found] + [n for n in found if n not in names]

    def check_time(self) -> None:
        """Stop where the budget is spent."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BudgetError(
                "the budget of time is spent while the conditions are built",
                place=self.model.name,
                remedy="give a larger budget, fewer axes, or fix a move",
            )

    def _check_fixed(self) -> None:
        """Refuse a number for an entry of a grid whose value an axis moves: it is there or not."""
        moved = {cell for variable in self.space.variables for cell in variable.cells}
        scope = self.model.scope
        for name, value in self.fix.items():
            cells = scope.resolve_cell(name, "move")
            for instance in scope.instances:
                labels = grid_labels(instance.move)
                if instance.name not in cells or labels is None or str(value).strip() in labels:
                    continue
                entries = filter(lambda entry: isinstance(entry, str), instance.move.grid or ())
                read = {c for e in entries for c in self.space.cells_read(e, instance.binding)}
                if axes := moved.intersection(self.space._basic(sorted(read))):
                    raise UsageError(
                        f"whether {name} can be {value} depends on {', '.join(sorted(axes))}",
                        place=f"--fix {name}",
                        remedy=f"name the entry as the model writes it: {', '.join(labels)}",
                    )

    def _feasible(self) -> Callable[[Condition], bool] | None:
        bounds = self.space.bounds()
        if not isinstance(bounds, Line):
            return None
        return lambda condition: may_hold(bounds, condition)

    def _through_digits(self, asked: dict[str, Interval]) -> dict[str, Interval]:
        """Replace an axis that acts only through one parameter with digits by that parameter."""
        self.origin: dict[str, str] = {}
        found: dict[str, Interval] = {}
        for name, interval in asked.items():
            space = Space(self.model, {name: interval}, self.values, self.scenario)
            cells = [*space.variables, *space.enumerated][0].cells
            driven = drives(space, cells[0]) if len(cells) == 1 else []
            rational = [c for c in driven if space.cells[c].parameter.digits is None]
            if not driven or rational or cells[0] in space._basic(space._read_by_payoffs()):
                found[name] = interval
                continue
            if len(driven) > 1 or cells[0] not in behind(space, driven[0]):
                raise MethodError(
                    f"{name} acts through {', '.join(driven)}, which "
                    f"{'is' if len(driven) == 1 else 'are'} no rational function of it",
                    place=f"--over {name}",
                    remedy=f"take {driven[0]} itself as the axis",
                )
            found[driven[0]] = self._image(space, driven[0], cells[0], interval)
            self.origin[driven[0]] = cells[0]
            self.notes.append(f"{name} acts through {driven[0]} only, which is the axis")
        return found

    def _image(self, space: Space, name: str, other: str, interval: Interval) -> Interval:
        """Return the values of a parameter with digits as what it comes from moves."""
        own = interval.meet(space._own_domain(space.cells[other]))
        digits = space.cells[name].parameter.digits
        assert digits is not None
        ends = [
            None if bound is None else value_of(space, name, other, bound, digits)
            for bound in (own.low, own.high)
        ]
        known = sorted(end for end in ends if end is not None)
        if len(known) == 2:
            return Interval(known[0], known[1])
        if known:
            # One end is outside the formula's reach: the side is told by a point near the other.
            inner = preimage(space, name, other, known[0] + 1)
            return Interval(low=known[0]) if inner is not None else Interval(high=known[0])
        return Interval()

    # -- the answer -----------------------------------------------------------------------------

    def answer(self, simplify: bool | None, check: bool) -> Regimes:
        """Return the answer by the number of continuous axes."""
        record = self._empty()
        if len(self.space.variables) <= 1:
            record = self._along_axis(record, check)
        else:
            few = len(self.space.variables) <= FEW
            record = self._over_space(record, few if simplify is None else simplify, bool(simplify))
            if check:
                self._check_samples(record)
        if len(self.space.variables) > 1 and any(case.defined is not TRUE for case in self.cases):
            self.notes.append(
                "where a formula has no value (a division by zero, a type of probability 0) there "
                "is no game; conditions and completeness speak of all other points"
            )
        return replace(record, seconds=time.monotonic() - self.started, notes=tuple(self.notes))

    def _empty(self) -> Regimes:
        variables = (*self.space.variables, *self.space.enumerated)
        text = repr(
            (
                self.model.to_toml(),
                sorted((k, str(v)) for k, v in self.space.values.items()),
                [(v.name, v.interval) for v in variables],
                sorted((k, str(v)) for k, v in self.fix.items()),
                (self.concept, self.select, self.by),
            )
        )
        free = {cell for variable in variables for cell in variable.cells}
        fixed = self.cases[0].game.fixed if self.cases else {}
        import z3

        return Regimes(
            model=self.model.name,
            fingerprint=f"sha256:{hashlib.sha256(text.encode()).hexdigest()}",
            concept=self.concept,
            selection=self.select,
            by=self.by,
            axes=tuple(self._axis(variable) for variable in variables),
            parameters={
                name: value for name, value in self.space.values.items() if name not in free
            },
            fixed=dict(fixed),
            patterns=(),
            outcomes=named_outcomes(self.outcomes),
            versions={
                "negotiation": negotiation.__version__,
                "python": platform.python_version(),
                "z3": z3.get_version_string(),
            },
            _ask=self.label_at,
            _cut=self.along,
        )

    def _axis(self, variable: Variable) -> Axis:
        cell = self.space.cells[variable.cells[0]]
        interval = variable.interval
        single = len(variable.cells) == 1
        others = behind(self.space, cell.name) if single else []
        return Axis(
            variable.name,
            interval.low,
            interval.high,
            interval.low_open,
            interval.high_open,
            variable.integer,
            self.space.ring.symbols.get(variable.name, ""),
            meaning_of(cell.parameter.meaning or "", cell.binding if single else {}),
            cell.parameter.unit or "",
            others[0] if others else None,
        )

    # -- points ---------------------------------------------------------------------------------

    def _ordered(self, labels: Labels | None) -> Labels | None:
        if labels is None:
            return None
        return tuple(label for label in self.order if label in labels)

    def label_at(self, point: Mapping[str, Fraction]) -> Labels | None:
        """Return the labels at a point; see :meth:`Regimes.label_at`."""
        variables = (*self.space.variables, *self.space.enumerated)
        self._check_names(point, {variable.name for variable in variables})
        if not all(variable.interval.holds(point[variable.name]) for variable in variables):
            return None
        coordinates = [point[variable.name] for variable in self.space.variables]
        for case in self.cases:
            if all(point[name] == value for name, value in case.values.items()):
                return self._ordered(case.labels(lambda p: p.sign_at(coordinates)))
        return None

    def _check_names(self, point: Mapping[str, Fraction], wanted: set[str]) -> None:
        for name in point:
            if name not in wanted:
                raise UsageError(
                    f"{name} is no axis here", place="point", remedy=nearest(name, wanted)
                )
        for name in wanted:
            if name not in point:
                raise UsageError(
                    f"the point has no {name}", place="point", remedy="give every axis a value"
                )

    def along(self, axis: str, point: Mapping[str, Fraction]) -> tuple[Piece, ...]:
        """Return the labels along one axis; see :meth:`Regimes.along`."""
        names = [variable.name for variable in self.space.variables]
        if axis not in names:
            raise UsageError(
                f"{axis} is no continuous axis here", place="axis", remedy=nearest(axis, names)
            )
        variables = (*self.space.variables, *self.space.enumerated)
        others = {v.name for v in variables} - {axis}
        self._check_names({k: v for k, v in point.items() if k != axis}, others)
        position = names.index(axis)
        line = Line(self.space.variables[position].interval)
        found: list[Piece] = []
        for case in self.cases:
            if all(point[name] == value for name, value in case.values.items()):
                coordinates = [point.get(name, Fraction(0)) for name in names]
                cut = _section(case, line, position, coordinates)
                found += self._pieces(line, cut)[0]
        outside = not all(v.interval.holds(point[v.name]) for v in variables if v.name != axis)
        return tuple(replace(p, labels=None) for p in found) if outside else tuple(found)

    # -- one axis -------------------------------------------------------------------------------

    def _pieces(self, line: Line, case: Case) -> tuple[list[Piece], list[Change], Partition]:
        partition = Partition(line, case.conditions())
        merged, changes = stretches(partition, case)
        pieces = []
        for stretch in merged:
            low, low_closed = _end(partition, stretch.first, 0)
            high, high_closed = _end(partition, stretch.last, 1)
            middle = stretch.first
            if middle % 2 and middle < stretch.last:
                middle += 1
            pieces.append(
                Piece(
                    low,
                    high,
                    low_closed,
                    high_closed,
                    self._ordered(stretch.labels),
                    partition.sample(middle),
                    dict(case.values),
                )
            )
        return pieces, changes, partition

    def _along_axis(self, record: Regimes, check: bool) -> Regimes:
        if not self.space.variables:
            return self._at_points(record, check)
        line = Line(self.space.variables[0].interval)
        pieces: list[Piece] = []
        breakpoints: list[Breakpoint] = []
        for case in self.cases:
            own, changes, partition = self._pieces(line, case)
            pieces += own
            for change in changes:
                point = self._breakpoint(case, partition, change)
                breakpoints.append(point)
            if check:
                breakpoints[len(breakpoints) - len(changes) :] = self._checked(
                    case, own, breakpoints[len(breakpoints) - len(changes) :]
                )
        return replace(
            record,
            patterns=tuple(self._patterns_of(pieces)),
            pieces=tuple(pieces),
            breakpoints=tuple(breakpoints),
        )

    def _at_points(self, record: Regimes, check: bool) -> Regimes:
        """Answer where only whole numbers are free: one piece a case."""
        pieces = []
        for case in self.cases:
            labels = self._ordered(case.labels(lambda p: p.sign_at([])))
            number = Number.rational(next(iter(case.values.values()), Fraction(0)))
            piece = Piece(number, number, True, True, labels, number, dict(case.values))
            if check:
                self._compare({}, case, labels)
            pieces.append(piece)
        return replace(record, patterns=tuple(self._patterns_of(pieces)), pieces=tuple(pieces))

    def _breakpoint(self, case: Case, partition: Partition, change: Change) -> Breakpoint:
        name = self.space.variables[0].name
        at = partition.sample(change.place)
        others = {}
        whose = _turning_at(case, partition, change)
        if len(self.space.variables[0].cells) == 1:
            cell = self.space.variables[0].cells[0]
            middle = at.fraction if at.fraction is not None else sum(at.interval) / 2
            for other in behind(self.space, cell):
                bounds = preimage(self.space, name, other, Fraction(middle))
                if bounds is not None:
                    others[other] = bounds
        return Breakpoint(
            at,
            change.polynomials,
            self._ordered(change.before),
            self._ordered(change.here),
            self._ordered(change.after),
            whose.binding,
            others,
            dict(case.values),
            decisive=whose.decisive,
        )

    def _checked(
        self, case: Case, pieces: Sequence[Piece], points: Sequence[Breakpoint]
    ) -> list[Breakpoint]:
        """Compare with exact solves in every piece and at every rational breakpoint.

        Raises
        ------
        NegotiationError
            If one disagrees.
        """
        agreed = [
            k < MAX_CHECKS and self._compare_axis(case, piece.sample.fraction, piece.labels)
            if piece.sample.fraction is not None
            else piece.low == piece.high
            for k, piece in enumerate(pieces)
        ]
        found = []
        for point in points:
            # A piece that is a point without a rational value cannot be solved; its sides can.
            same = all(
                agrees
                for agrees, piece in zip(agreed, pieces, strict=True)
                if point.at in (piece.low, piece.high)
            )
            if point.at.fraction is not None:
                same &= self._compare_axis(case, point.at.fraction, point.here)
            found.append(replace(point, checked=same))
        return found

    def _compare_axis(self, case: Case, value: Fraction, labels: Labels | None) -> bool:
        return self._compare({self.space.variables[0].name: value}, case, labels)

    def _compare(self, point: Mapping[str, Fraction], case: Case, labels: Labels | None) -> bool:
        if self.deadline is not None and time.monotonic() > self.deadline:
            return False
        exact = self.solved_labels({**point, **case.values})
        ours = None if labels is None else set(labels)
        if ours is None or exact is None:
            if ours is None and exact is None:
                return True
        elif "undefined" in ours or (
            exact.certain <= ours and (exact.possible is None or ours <= exact.possible)
        ):
            return exact.possible is not None
        where = ", ".join(f"{name} = {value}" for name, value in point.items())
        found = None if exact is None else exact.certain
        if found is not None and ours is not None and ours < found and self._mixes_ties:
            extra = ", ".join(sorted(found - ours))
            note = f"at {where} mixtures of a tie also give: {extra}"
            if note not in self.notes:
                self.notes.append(note)
            return False
        raise NegotiationError(
            f"at {where} the conditions give {labels_text(labels)}, an exact solve gives "
            f"{labels_text(None if found is None else tuple(sorted(found)))}",
            place=self.model.name,
            remedy="please report this model: it is a bug",
        )

    @property
    def _mixes_ties(self) -> bool:
        """Whether an exact solve may know mixtures at a tie that the conditions leave out."""
        return "pure" not in self.concept and self.concept not in WITH_BELIEFS

    def solved_labels(self, point: Mapping[str, Fraction]) -> Solved | None:
        """Return the labels that an exact solve finds; None where there is no game."""
        key = tuple(point.values())
        if key not in self.solved:
            try:
                game = self.model.at({**self.values, **point}, fix=self.fix, scenario=self.scenario)
            except (UsageError, ModelError):
                self.solved[key] = None
            else:
                self.solved[key] = self._solved(game)
        return self.solved[key]

    def _solved(self, game: Game) -> Solved | None:
        if any(case.is_signalling for case in self.cases):
            try:
                check_draws(game)
            except MethodError:
                return None  # Beliefs after what chance never plays are limits of nothing.
            solution = solve(game, self.concept, select=self.select, method="sender-receiver")
            return solved_labels(game, solution, self.by)
        # Conditions are those of the strategic form, and so are the vertices at a tie.
        method = "vertex-enumeration" if self.concept == "nash" else None
        solution = solve(game, self.concept, select=self.select, method=method)
        found = labels_of_solution(solution, self.by)
        return Solved(found, found)

    def _patterns_of(self, pieces: Sequence[Piece]) -> list[Pattern]:
        """Return the patterns of one axis, each with its intervals as condition."""
        name = self.space.variables[0].name if self.space.variables else ""
        groups: dict[tuple[Labels, tuple[tuple[str, Fraction], ...]], list[Piece]] = {}
        for piece in pieces:
            if piece.labels is not None:
                key = (piece.labels, tuple(piece.case.items()))
                groups.setdefault(key, []).append(piece)
        found = []
        for (labels, case), own in groups.items():
            wide = next((p for p in own if p.low != p.high or p.low is None), own[0])
            near = wide.sample
            value = near.fraction if near.fraction is not None else sum(near.interval) / 2
            text = " or ".join(p.text(name) for p in own) if name else ""
            where = " and ".join(f"{n} == {v}" for n, v in case)
            found.append(
                Pattern(
                    labels,
                    None,
                    " and ".join(t for t in (where, text) if t),
                    _interval_latex(own, self.space.ring.latex(name)),
                    interior=any(p.low != p.high or p.low is None for p in own) and bool(name),
                    sample={**({name: Fraction(value)} if name else {}), **dict(case)},
                    exact=near.fraction is not None,
                    case=dict(case),
                )
            )
        return found

    # -- several axes -----------------------------------------------------------------------------

    def _over_space(self, record: Regimes, simplify: bool, asked: bool) -> Regimes:
        intervals = [variable.interval for variable in self.space.variables]
        samples = self._samples(SAMPLES)
        patterns: list[Pattern] = []
        boundaries: list[Boundary] = []
        complete = traced = True
        messages: list[str] = []
        questions: list[str] = []
        solved: list[Regions] = []
        for case in self.cases:
            reals = Reals(self.space.ring, intervals, self.deadline)
            regions = Regions(case, intervals, reals, self.deadline)
            regions.enumerate(samples)
            regions.decide_interiors()
            if simplify:
                if not asked:
                    regions.limit(SIMPLIFY_SECONDS)
                regions.simplify()
            solved.append(regions)
            complete &= regions.complete
            if regions.message:
                messages.append(regions.message)
            patterns += self._patterns_in(regions)
            if simplify:
                boundaries += self._boundaries(regions)
                self.notes += regions.doubts
                if regions.doubts or not regions.simplified:
                    traced = False
                    messages.append("conditions or boundaries are missing: the time is spent")
            if questions:
                questions.append("(reset)")
            questions.append(
                smt_script(
                    self.space.ring,
                    intervals,
                    regions.unknown(),
                    self._comment(case, regions),
                    named={_symbol(label): found for label, found in case.supported.items()},
                )
            )
        return replace(
            record,
            patterns=tuple(patterns),
            boundaries=tuple(boundaries),
            complete=complete and traced,
            termination="exhausted" if complete and traced else "budget",
            coverage=None if complete else self._coverage(solved),
            open_question="\n".join(questions),
            message="; ".join(dict.fromkeys(messages)),
        )

    def _check_samples(self, record: Regimes) -> None:
        """Compare the labels of sender-receiver games with exact solves, one a pattern.

        Raises
        ------
        NegotiationError
            If one disagrees.
        """
        for case in self.cases:
            for pattern in record.patterns if case.is_signalling else ():
                if pattern.exact and pattern.case == case.values:
                    point = {v.name: pattern.sample[v.name] for v in self.space.variables}
                    self._compare(point, case, pattern.labels)

    def _comment(self, case: Case, regions: Regions) -> str:
        where = ", ".join(f"{name} = {value}" for name, value in case.values.items())
        status = "unsatisfiable" if regions.complete else "open"
        return (
            f"{self.model.name}{f' at {where}' if where else ''}: is there a point of the domain\n"
            f"whose pattern is none of the {len(regions.regions)} known ones? ({status})"
        )

    def _patterns_in(self, regions: Regions) -> list[Pattern]:
        case = regions.case
        found = []
        names = [variable.name for variable in self.space.variables]
        for region in regions.regions.values():
            condition = region.condition
            sample = dict(zip(names, region.point, strict=True)) | dict(case.values)
            found.append(
                Pattern(
                    self._ordered(region.labels) or (),
                    condition,
                    "" if condition is None else condition.text(),
                    "" if condition is None else condition.latex(),
                    region.interior,
                    sample,
                    region.exact,
                    dict(case.values),
                    self._ties(regions, region.labels) if region.interior is False else (),
                    region.message,
                    regions.exact_condition(region.labels),
                )
            )
        return found

    def _ties(self, regions: Regions, labels: Labels) -> tuple[Labels, ...]:
        """Return patterns with interior whose labels are among those of a tie."""
        return tuple(
            self._ordered(other.labels) or ()
            for other in regions.regions.values()
            if other.interior and set(other.labels) < set(labels)
        )

    def _boundaries(self, regions: Regions) -> list[Boundary]:
        names = [variable.name for variable in self.space.variables]
        found = []
        thin = {region.labels for region in regions.regions.values() if region.interior is False}
        for border in regions.borders():
            beside = [labels for plus, minus, _ in border.pairs for labels in (plus, minus)]
            ties = [self._ordered(labels) or () for labels in beside if labels in thin]
            polynomial = border.polynomial
            turning_ = tuple(
                _turning_between(regions.case, polynomial, found.sign) for *_, found in border.pairs
            )
            solved = {}
            for position in polynomial.variables:
                interval = self.space.variables[position].interval
                text = solved_for(polynomial, position, interval)
                if text is not None:
                    solved[names[position]] = text
            found.append(
                Boundary(
                    polynomial,
                    solved,
                    tuple(
                        (
                            self._ordered(plus),
                            self._ordered(minus),
                            dict(zip(names, point.near, strict=True)),
                        )
                        for plus, minus, point in border.pairs
                    ),
                    _each_once(b for turn in turning_ for b in turn.binding),
                    dict(regions.case.values),
                    turning_,
                    tuple(dict.fromkeys(ties)),
                )
            )
        return found

    def _samples(self, count: int) -> list[tuple[Fraction, ...]]:
        """Return points of a Halton sequence in the plausible part of the domain."""
        boxes = [self._plausible(variable) for variable in self.space.variables]
        return [
            tuple(
                low + (high - low) * _halton(index, base)
                for base, (low, high) in zip(_primes(len(boxes)), boxes, strict=True)
            )
            for index in range(1, count + 1)
        ]

    def _sobol(self, count: int) -> list[tuple[Fraction, ...]]:
        """Return points of a Sobol' sequence in the plausible part of the domain."""
        from scipy.stats import qmc

        boxes = [self._plausible(variable) for variable in self.space.variables]
        raw = qmc.Sobol(len(boxes), scramble=False).random(count)
        return [
            tuple(
                low + (high - low) * (Fraction(float(share)) + Fraction(1, 2**31))
                for share, (low, high) in zip(row, boxes, strict=True)
            )
            for row in raw
        ]

    def _plausible(self, variable: Variable) -> tuple[Fraction, Fraction]:
        interval = variable.interval
        cell = self.space.cells[variable.cells[0]]
        stated = cell.parameter.range
        if isinstance(stated, Mapping):
            stated = stated.get(", ".join(cell.binding.values()))
        low, high = interval.low, interval.high
        if stated is not None and all(isinstance(bound, Fraction) for bound in stated):
            low = stated[0] if low is None else low
            high = stated[1] if high is None else high
        if low is None:
            low = Fraction(-2) if high is None else high - 2
        if high is None or high < low:
            high = low + 2
        return low, high

    def _coverage(self, solved: Sequence[Regions]) -> float:
        """Return the share of a Sobol' sample of the domain that has a known pattern."""
        valid = known = 0
        for point in self._sobol(COVERAGE_SAMPLES):
            for regions in solved:
                labels, _ = regions.labels_at(point)
                if labels is not None:
                    valid += 1
                    known += labels in regions.regions
        return known / valid if valid else 0.0


# -- parts -------------------------------------------------------------------------------------


def _halton(index: int, base: int) -> Fraction:
    """Return a number of the van der Corput sequence: the digits of `index` behind the point."""
    share, scale = Fraction(0), Fraction(1, base)
    while index:
        index, digit = divmod(index, base)
        share += digit * scale
        scale /= base
    return share


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _end(partition: Partition, place: int, side: int) -> tuple[Number | None, bool]:
    """Return the bound of a place on its left (0) or right (1), and whether it belongs to it."""
    if place % 2:
        return partition.roots[place // 2], True
    return partition.ends(place)[side], False


def _turning_between(case: Case, polynomial: Polynomial, sign: Signs) -> Turning:
    """Return whose incentives turn between the two sides of a boundary."""
    found = turning(case, polynomial, (POSITIVE, NEGATIVE), sign)
    return found or Turning(_bindings(case, [polynomial]), decisive=False)


def _turning_at(case: Case, partition: Partition, change: Change) -> Turning:
    """Return whose incentives turn at a point of an axis."""
    found = None
    if len(change.polynomials) == 1:
        (polynomial,) = change.polynomials
        places = [change.place + step for step in (-1, 0, 1)]
        sides = [
            partition.sign(polynomial, place) for place in places if partition.inside >> place & 1
        ]
        at = partition.roots[change.place // 2]
        found = turning(case, polynomial, sides, lambda p: partition.line.sign_at(p, at))
    return found or Turning(_bindings(case, change.polynomials), decisive=False)


def _each_once(bindings: Iterable[Binding]) -> tuple[Binding, ...]:
    """Return each comparison once, whichever of its actions comes first."""
    found: dict[Hashable, Binding] = {}
    for binding in bindings:
        found.setdefault(binding.comparison, binding)
    return tuple(found.values())


def _bindings(case: Case, polynomials: Sequence[Polynomial]) -> tuple[Binding, ...]:
    """Return whose incentives polynomials are about; a case of the formulas where nobody's."""
    found: dict[Binding, None] = {}
    demanded = set(case.domain.polynomials()) | set(case.defined.polynomials())
    for polynomial in polynomials:
        known = case.bindings.get(polynomial)
        if known:
            found.update(dict.fromkeys(known))
        else:
            found[Binding("domain" if polynomial in demanded else "piece")] = None
    return _each_once(found)


def _section(case: Case, line: Line, position: int, point: Sequence[Fraction]) -> Case:
    """Return a case on one axis, all other variables at a point."""
    name = "x"
    ring = Ring([name])
    diagrams = Diagrams(ring, line)
    variable = ring.variable(name)
    known: dict[int, Condition] = {}

    def cut(node: Condition) -> Condition:
        if node.serial not in known:
            if isinstance(node, Atom):
                total = ring.zero
                for value in reversed(node.polynomial.coefficients(position, point)):
                    total = total * variable + ring.constant(value)
                known[node.serial] = diagrams.sign_condition(total, node.signs)
            elif node.parts:
                from negotiation.analysis.regimes.conditions import And

                join = conjunction if isinstance(node, And) else disjunction
                known[node.serial] = join(cut(part) for part in node.parts)
            else:
                known[node.serial] = node
        return known[node.serial]

    return Case(
        case.values,
        {label: cut(found) for label, found in case.supported.items()},
        cut(case.domain),
        cut(case.defined),
        {},
        case.game,
    )


def _interval_latex(pieces: Sequence[Piece], symbol: str) -> str:
    parts = []
    for piece in pieces:
        if piece.low is not None and piece.low == piece.high:
            parts.append(f"{symbol} = {piece.low.decimal}")
            continue
        low = "" if piece.low is None else piece.low.decimal
        high = "" if piece.high is None else piece.high.decimal
        left = (rf"{low} \le " if piece.low_closed else f"{low} < ") if low else ""
        right = (rf" \le {high}" if piece.high_closed else f" < {high}") if high else ""
        parts.append(f"{left}{symbol}{right}")
    return r" \lor ".join(parts)
