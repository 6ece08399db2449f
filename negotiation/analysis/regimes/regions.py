r"""Many axes: every pattern, its condition, and the boundaries between regions.

Patterns are enumerated: z3 is asked for a point of the domain whose pattern is none of the known
ones, the pattern there is evaluated exactly, and so on until there is no such point; then the list
is complete. Points of a Sobol' sequence come first, since they are cheap.

*Conditions.* A pattern's region is covered by conjunctions of atoms: at a point that is not covered
yet the atoms that justify the pattern are reduced, by unsatisfiable cores and then one by one, to
some that imply it in the domain.

*Interior.* A pattern has interior iff its condition without boundaries (see
:func:`negotiation.analysis.regimes.conditions.strict`) has a solution. Others hold at ties only.

*Boundaries.* The zeros of a polynomial bound a region where, at some of its zeros at which nothing
else changes, the pattern differs by the sign of this polynomial alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    And,
    Atom,
    Condition,
    atom,
    conjunction,
    disjunction,
    negation,
    reachable,
    strict,
)
from negotiation.analysis.regimes.domain import Box, Interval
from negotiation.analysis.regimes.patterns import Case, Labels
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, ZERO, Polynomial
from negotiation.analysis.regimes.questions import FEW, Found, Reals, Undecided, _justification

__all__ = ["Border", "Region", "Regions"]

MAX_CUBES = 200
MAX_PATTERNS = 512
MAX_PAIRS = 24
MAX_MEETINGS = 8
"""How often a point of a boundary is sought at which no other runs."""


@dataclass
class Region:
    """A pattern of one case.

    Attributes
    ----------
    labels : tuple of str
    point : tuple of Fraction
        A point of it, or a rational one nearby where it has irrational points only.
    exact : bool
        Whether `point` lies in it.
    interior : bool or None
        None where z3 could not decide.
    cubes : list of tuple of Condition, or None
        Conjunctions that cover it; None where it was not simplified.
    """

    labels: Labels
    point: tuple[Fraction, ...]
    exact: bool = True
    interior: bool | None = None
    cubes: list[tuple[Condition, ...]] | None = None
    message: str = ""

    @property
    def condition(self) -> Condition | None:
        """The simplified condition; None where there is none."""
        if self.cubes is None:
            return None
        return disjunction(conjunction(cube) for cube in self.cubes)


@dataclass(frozen=True)
class Border:
    """A polynomial whose zeros bound regions, and the labels on its two sides.

    `pairs` holds (labels where it is positive, labels where it is negative, a point on it); those
    that meet at ties only come last.
    """

    polynomial: Polynomial
    pairs: tuple[tuple[Labels | None, Labels | None, Found], ...]


@dataclass
class Regions:
    """The patterns of one case over several axes."""

    case: Case
    intervals: Sequence[Interval]
    reals: Reals
    deadline: float | None = None
    regions: dict[Labels, Region] = field(default_factory=dict)
    complete: bool = False
    message: str = ""
    doubts: list[str] = field(default_factory=list)

    @property
    def valid(self) -> Condition:
        """Where the model is defined."""
        return conjunction([self.case.domain, self.case.defined])

    def exact_condition(self, labels: Labels) -> Condition:
        """Return where exactly these labels are supported, as recursion found it."""
        return conjunction([self.valid, self.case.pattern(labels)])

    def unknown(self) -> Condition:
        """Return where the pattern is none of the known ones."""
        return conjunction([self.valid, *(negation(self.case.pattern(r)) for r in self.regions)])

    def _differs(self, labels: Labels) -> list[Condition]:
        """Return conditions one of which holds iff the pattern is not `labels`."""
        return [
            negation(found) if label in labels else found
            for label, found in self.case.supported.items()
        ]

    def limit(self, seconds: float) -> None:
        """Spend at most so many seconds from now on."""
        end = time.monotonic() + seconds
        self.deadline = end if self.deadline is None else min(end, self.deadline)
        self.reals.deadline = self.deadline

    @property
    def simplified(self) -> bool:
        """Whether every pattern with interior has its simplified condition."""
        return all(r.cubes is not None for r in self.regions.values() if r.interior is not False)

    def out_of_time(self) -> bool:
        """Say whether the budget is spent."""
        return self.deadline is not None and time.monotonic() > self.deadline

    # -- enumeration ----------------------------------------------------------------------------

    def enumerate(self, samples: Sequence[tuple[Fraction, ...]]) -> None:
        """Find every pattern; `complete` says whether that was proved."""
        for sample in samples:
            if self.out_of_time():
                break
            self._visit(sample)
        if len(self.intervals) > FEW:
            for condition in self.case.supported.values():
                self.reals.name(condition)
        while len(self.regions) < MAX_PATTERNS:
            try:
                point = self.reals.find(self.valid, [*map(self._differs, self.regions)])
                if point is None:
                    self.complete = True
                    return
                self._add(point)
            except Undecided as reason:
                self.message = str(reason)
                return
        self.message = f"more than {MAX_PATTERNS} patterns"

    def labels_at(self, point: Sequence[Fraction]) -> tuple[Labels | None, bool]:
        """Return the labels at a point, and whether no polynomial read was zero."""
        signs: dict[int, int] = {}

        def sign(polynomial: Polynomial) -> int:
            if polynomial.index not in signs:
                signs[polynomial.index] = polynomial.sign_at(point)
            return signs[polynomial.index]

        labels = self.case.labels(sign)
        return labels, ZERO not in signs.values()

    def _visit(self, point: tuple[Fraction, ...]) -> None:
        labels, generic = self.labels_at(point)
        if labels is None:
            return
        region = self.regions.setdefault(labels, Region(labels, point))
        if generic and region.interior is None:
            region.point, region.interior = point, True

    def _add(self, found: Found) -> None:
        labels = self.case.labels(found.sign)
        if labels is None or labels in self.regions:
            raise Undecided("the point found has a known pattern")
        self.regions[labels] = Region(labels, found.near, exact=found.point is not None)
        if found.point is not None:
            self._visit(found.point)

    def decide_interiors(self) -> None:
        """Decide for each pattern whether it has interior."""
        for region in self.regions.values():
            if region.interior is None:
                wanted = strict(conjunction([self.valid, self.case.pattern(region.labels)]))
                try:
                    found = self.reals.find(wanted)
                except Undecided as reason:
                    region.message = f"whether it has interior is undecided: {reason}"
                    continue
                region.interior = found is not None
                if found is not None and found.point is not None:
                    region.point, region.exact = found.point, True

    # -- conditions -----------------------------------------------------------------------------

    def simplify(self) -> None:
        """Cover every pattern with interior by few conjunctions."""
        for region in self.regions.values():
            if region.interior:
                try:
                    region.cubes = self._cover(region)
                except Undecided as reason:
                    region.message = f"its condition is not simplified: {reason}"

    def _cover(self, region: Region) -> list[tuple[Condition, ...]]:
        pattern = self.case.pattern(region.labels)
        inside = conjunction([self.valid, pattern])
        outside = conjunction([self.valid, negation(pattern)])
        cubes: list[tuple[Condition, ...]] = []
        left = inside
        while len(cubes) < MAX_CUBES:
            found = None
            wanted = strict(left)
            if wanted is not FALSE:
                found = self.reals.find(wanted)
            found = found or self.reals.find(left)
            if found is None:
                return _irredundant(cubes, self.reals, inside)
            atoms = _justification(pattern, found.sign)
            cube = self._reduced(atoms, outside)
            cubes.append(cube)
            left = conjunction([left, negation(conjunction(cube))])
        raise Undecided(f"more than {MAX_CUBES} conjunctions")

    def _reduced(self, atoms: Sequence[Atom], outside: Condition) -> tuple[Condition, ...]:
        """Return some of the atoms that still imply the pattern, none of them superfluous."""
        core = self.reals.clash(atoms, outside)
        if core is None:
            raise Undecided("the atoms of a pattern do not imply it")
        kept = [atoms[k] for k in core]
        for one in sorted(kept, key=_weight, reverse=True):
            rest = [other for other in kept if other is not one]
            smaller = self.reals.clash(rest, outside)
            if smaller is not None:
                kept = [rest[k] for k in smaller]
        return tuple(kept)

    # -- boundaries -----------------------------------------------------------------------------

    def borders(self) -> Iterator[Border]:
        """Yield the polynomials that bound regions with interior; what is undecided is a doubt."""
        polynomials: dict[Polynomial, None] = {}
        for region in self.regions.values():
            if region.interior and region.condition is not None:
                polynomials.update(dict.fromkeys(region.condition.polynomials()))
        for condition in (self.case.domain, self.case.defined):
            polynomials.update(dict.fromkeys(condition.polynomials()))
        box = Box(self.intervals)
        for polynomial in sorted(polynomials, key=lambda p: p.index):
            if box.signs(polynomial) & (NEGATIVE | POSITIVE) != NEGATIVE | POSITIVE:
                continue  # It has no two sides in the range.
            pairs = []
            try:
                for pair in self._pairs(polynomial):
                    pairs.append(pair)
            except Undecided as reason:
                self.doubts.append(f"whether {polynomial.text()} == 0 bounds more: {reason}")
            if pairs:
                yield Border(polynomial, tuple(pairs))

    def _pairs(
        self, polynomial: Polynomial
    ) -> Iterator[tuple[Labels | None, Labels | None, Found]]:
        sides = []
        for sign in (POSITIVE, NEGATIVE):
            known: dict[int, Condition] = {}
            sides.append(
                {
                    label: assumed(found, polynomial, sign, known)
                    for label, found in [
                        *self.case.supported.items(),
                        ("", self.valid),
                    ]
                }
            )
        plus, minus = sides
        valid = {k: side[""] for k, side in enumerate(sides)}
        either = disjunction(
            conjunction([valid[0], valid[1], conjunction([a, negation(b)])])
            for label in self.case.supported
            for a, b in ((plus[label], minus[label]), (minus[label], plus[label]))
        )
        edge = disjunction(conjunction([valid[k], negation(valid[1 - k])]) for k in range(2))
        left = strict(disjunction([either, edge]))
        on_it = atom(polynomial, ZERO)
        for _ in range(MAX_PAIRS):
            found = self._generic(conjunction([on_it, left]), polynomial)
            if found is None:
                return
            labels = [_labels_beside(self.case, found, polynomial, k) for k in (POSITIVE, NEGATIVE)]
            yield labels[0], labels[1], found
            seen = conjunction(
                negation(valid[k])
                if labels[k] is None
                else conjunction(
                    [
                        valid[k],
                        *(
                            sides[k][label]
                            if label in (labels[k] or ())
                            else negation(sides[k][label])
                            for label in self.case.supported
                        ),
                    ]
                )
                for k in range(2)
            )
            left = conjunction([left, strict(negation(seen))])

    @cached_property
    def _polynomials(self) -> list[Polynomial]:
        return list(
            dict.fromkeys(p for c in self.case.conditions() for p in c.polynomials() if p.variables)
        )

    def _generic(self, condition: Condition, polynomial: Polynomial) -> Found | None:
        """Return a point where a condition holds, at which no second boundary runs if there is one.

        Where two boundaries meet the labels beside one of them are those on the other, a tie.
        """
        apart = condition
        first = None
        for _ in range(MAX_MEETINGS):
            try:
                found = self.reals.find(apart)
            except Undecided:
                if first is None:
                    raise
                break
            first = first or found
            if found is None:
                break
            zeros = [p for p in self._polynomials if p is not polynomial and found.sign(p) == ZERO]
            if not zeros:
                return found
            apart = conjunction([apart, *(atom(p, NEGATIVE | POSITIVE) for p in zeros)])
        return first


def _labels_beside(case: Case, found: Found, polynomial: Polynomial, sign: int) -> Labels | None:
    """Return the labels next to a zero of a polynomial, where it has a given sign."""
    return case.labels(lambda p: sign if p is polynomial else found.sign(p))


def assumed(
    condition: Condition, polynomial: Polynomial, sign: int, known: dict[int, Condition]
) -> Condition:
    """Return a condition with the sign of one polynomial given."""
    for node in reachable([condition]):
        if node.serial in known:
            continue
        if isinstance(node, Atom):
            if node.polynomial is polynomial:
                known[node.serial] = TRUE if node.signs & sign else FALSE
            else:
                known[node.serial] = node
        elif node.parts:
            join = conjunction if isinstance(node, And) else disjunction
            known[node.serial] = join(known[part.serial] for part in node.parts)
        else:
            known[node.serial] = node
    return known[condition.serial]


def _weight(condition: Condition) -> tuple[int, int, int]:
    """Return how much there is to read in an atom."""
    if not isinstance(condition, Atom):
        return (0, 0, condition.serial)
    polynomial = condition.polynomial
    return (
        len(polynomial.variables),
        sum(len(str(c)) + sum(powers) for powers, c in polynomial.terms),
        condition.serial,
    )


def _irredundant(
    cubes: list[tuple[Condition, ...]], reals: Reals, inside: Condition
) -> list[tuple[Condition, ...]]:
    """Return cubes without those that the others cover."""
    kept = list(cubes)
    for cube in cubes:
        rest = [conjunction(other) for other in kept if other is not cube]
        if not rest:
            continue
        uncovered = conjunction([inside, negation(disjunction(rest))])
        if reals.find(uncovered) is None:
            kept = [other for other in kept if other is not cube]
    return kept
