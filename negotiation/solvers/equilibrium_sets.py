r"""Sets of equilibria with given supports, by polynomial relations, and what can be said of them.

A set holds the profiles that play exactly the actions of its supports and satisfy its relations
(:mod:`negotiation.solvers.support_domains`); at information sets off the path of a Nash
equilibrium any probability may be 0.

*Closed sets.* What is shown allows all probabilities to be 0 and every inequality to be weak. If
the relations are linear this is the closure of the set; the sets of Nash equilibria and of
sequential equilibria are closed (Kreps and Wilson 1982, proposition 2), so all of it are
equilibria. In all other cases z3's procedure for real arithmetic looks for a point of it that is in
none of the sets of equilibria; as long as there is one, a strict inequality that excludes it is
put back.

*Inclusion.* A set is left out if it is a part of another one, decided in the same way.

*Spanned sets.* A closed set by linear relations is a polytope. The outcome is a polynomial in its
points. If it is affine on the polytope, the outcomes fill the hull of those at the vertices. If the
polytope is a product and the outcome is affine in each factor, the outcomes at the vertices span
them all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from negotiation.game import Game
from negotiation.solvers.linear_program import LinearProgram, optimal_vertices
from negotiation.solvers.support_domains import Domain, Relation, Space, coefficients

if TYPE_CHECKING:
    from flint import fmpq_mpoly

__all__ = ["EquilibriumSet", "closed", "distinct", "single", "span", "without_consequences"]

Z3_MILLISECONDS = 2_000
ZERO, ONE = Fraction(0), Fraction(1)
Profile = Mapping[int, Sequence[Fraction]]


@dataclass(frozen=True, eq=False)
class EquilibriumSet:
    """Profiles with given supports that satisfy relations.

    Attributes
    ----------
    domain : Domain
    relations : tuple of Relation
        Those of the probabilities themselves, which must be positive, among them.
    weights : tuple of str
        Names of positive unknowns that could not be eliminated.
    """

    domain: Domain
    relations: tuple[Relation, ...]
    weights: tuple[str, ...] = ()

    @property
    def is_linear(self) -> bool:
        """Whether it is the inside of a polytope."""
        return not self.weights and all(one.form.total_degree() <= 1 for one in self.relations)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells sets apart as they are written."""
        supports = tuple(sorted(self.domain.played.items()))
        return supports, frozenset(one.key for one in self.relations), self.weights


def single(space: Space, profile: Profile) -> EquilibriumSet:
    """Return the set of one profile."""
    played = {p: tuple(a for a, s in enumerate(row) if s) for p, row in profile.items()}
    domain = Domain(space, played)
    relations = [
        Relation(domain.shares[space.number[p, a]] - domain.constant(profile[p][a]), "=")
        for p in domain.blocks
        for a in played[p]
    ]
    return EquilibriumSet(domain, tuple(relations))


# -- real arithmetic ------------------------------------------------------------------------------


class Arithmetic:
    """Puts sets to z3, in the same unknowns for all of them.

    Parameters
    ----------
    space : Space
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which nothing is proved.
    """

    def __init__(self, space: Space, deadline: float | None = None) -> None:
        import z3

        self.deadline = deadline

        self.z3 = z3
        self.space = space
        self.unknowns = [z3.Real(f"x{k}") for k in range(space.size)]
        self.relations: dict[tuple[str, str], Any] = {}
        self.members: dict[tuple[object, ...], Any] = {}

    def solver(self) -> Any:
        """Return a solver with a limit of time."""
        solver = self.z3.SolverFor("QF_NRA")
        left = Z3_MILLISECONDS
        if self.deadline is not None:
            left = min(left, int(1000 * (self.deadline - time.monotonic())))
        solver.set("timeout", max(left, 1))
        return solver

    def relation(self, one: Relation) -> Any:
        """Return a relation in the terms of z3; what takes longest is to build them."""
        if one.key not in self.relations:
            left = self.term(one.form)
            self.relations[one.key] = {"=": left == 0, ">=": left >= 0, ">": left > 0}[one.sign]
        return self.relations[one.key]

    def term(self, form: fmpq_mpoly) -> Any:
        """Return a polynomial in the terms of z3."""
        z3, size = self.z3, self.space.size
        terms = [z3.RealVal(0)]
        for powers, number in coefficients(form).items():
            factors = [z3.Q(number.numerator, number.denominator)]
            for k, power in enumerate(powers):
                if power:
                    unknown = self.unknowns[k] if k < size else z3.Real(f"w{k - size}")
                    factors += [unknown] * power
            terms.append(z3.Product(factors))
        return z3.Sum(terms)

    def member(self, one: EquilibriumSet) -> Any:
        """Return that the unknowns are a profile of a set, or of it and some weights."""
        if one.key not in self.members:
            self.members[one.key] = self.z3.And(self._member(one))
        return self.members[one.key]

    def _member(self, one: EquilibriumSet) -> list[Any]:
        z3 = self.z3
        parts = [self.relation(relation) for relation in one.relations]
        parts += [z3.Real(f"w{k}") > 0 for k in range(len(one.weights))]
        for position, actions in one.domain.played.items():
            own = [
                (a, self.unknowns[number])
                for (p, a), number in self.space.number.items()
                if p == position
            ]
            parts += [unknown == 0 for a, unknown in own if a not in actions]
            if own:
                parts.append(z3.Sum([unknown for _, unknown in own]) == 1)
        return parts

    def is_empty(self, one: EquilibriumSet) -> bool:
        """Return whether z3 proves that nothing is in a set."""
        solver = self.solver()
        solver.add(self.member(one))
        return bool(solver.check() == self.z3.unsat)

    def is_only(self, one: EquilibriumSet, profile: Profile) -> bool:
        """Return whether z3 proves that a set has no other profile."""
        z3, solver = self.z3, self.solver()
        solver.add(self.member(one))
        solver.add(
            z3.Or(
                [
                    self.unknowns[k] != z3.Q(profile[p][a].numerator, profile[p][a].denominator)
                    for (p, a), k in self.space.number.items()
                ]
            )
        )
        return bool(solver.check() == z3.unsat)

    def is_part(self, one: EquilibriumSet, other: EquilibriumSet) -> bool:
        """Return whether z3 proves that a set lies in another one."""
        if other.weights:
            return False
        solver = self.solver()
        solver.add(self.member(one), self.z3.Not(self.member(other)))
        return bool(solver.check() == self.z3.unsat)

    def follows(self, one: Relation, others: Iterable[Relation], weights: int) -> bool:
        """Return whether z3 proves that a relation follows from others."""
        solver = self.solver()
        solver.add(*[self.relation(other) for other in others])
        solver.add(*[self.z3.Real(f"w{k}") > 0 for k in range(weights)])
        solver.add(self.z3.Not(self.relation(one)))
        return bool(solver.check() == self.z3.unsat)


# -- closed sets ----------------------------------------------------------------------------------


def closed(
    one: EquilibriumSet,
    known: Sequence[EquilibriumSet] | None,
    arithmetic: Arithmetic,
    *,
    closure_known: bool,
) -> EquilibriumSet:
    """Return a set with weak inequalities wherever all that this adds are equilibria.

    Parameters
    ----------
    one : EquilibriumSet
    known : sequence of EquilibriumSet or None
        Sets of equilibria, this one among them; None if there is no time to look at them.
    arithmetic : Arithmetic
    closure_known : bool
        Whether limits of equilibria are equilibria.
    """
    weak = [replace(r, sign=">=") if r.sign == ">" else r for r in one.relations]
    if closure_known and one.is_linear:
        return replace(one, relations=tuple(weak))
    if known is None:
        return one
    z3 = arithmetic.z3
    played = one.domain.played
    solver = arithmetic.solver()
    for other in known:
        meets = all(set(own) & set(played[p]) for p, own in other.domain.played.items())
        if meets and not other.weights:
            solver.add(z3.Not(arithmetic.member(other)))
    if one.weights:  # Then it is not among the others; what is inside adds nothing.
        inside = [r for r in one.relations if r.sign == ">" and not _has_weights(one, r)]
        solver.add(z3.Not(z3.And([arithmetic.relation(r) for r in inside])))

    def adds(relations: Sequence[Relation]) -> Any:
        """Return None if all that relations hold are equilibria, else another point or False."""
        solver.push()
        solver.add(arithmetic.member(replace(one, relations=tuple(relations))))
        answer = solver.check()
        model = solver.model() if answer == z3.sat else False
        solver.pop()
        return None if answer == z3.unsat else model

    restored = []
    while (model := adds(weak)) is not None:
        broken = [
            k
            for k, relation in enumerate(one.relations)
            if model is not False
            and weak[k].sign != relation.sign
            and not z3.is_true(model.eval(arithmetic.relation(relation), model_completion=True))
        ]
        if not broken:
            return one
        restored.append(broken[0])
        weak[broken[0]] = one.relations[broken[0]]
    for k in restored[:-1]:
        strict, weak[k] = weak[k], replace(weak[k], sign=">=")
        if adds(weak) is not None:
            weak[k] = strict
    return replace(one, relations=tuple(weak))


def _has_weights(one: EquilibriumSet, relation: Relation) -> bool:
    return any(relation.form.degrees()[one.domain.space.size :])


def distinct(
    sets: Sequence[EquilibriumSet], arithmetic: Arithmetic, in_time: Callable[[], bool]
) -> list[int]:
    """Return the places of the sets that are part of no other, of equal ones the first.

    Parameters
    ----------
    sets : sequence of EquilibriumSet
    arithmetic : Arithmetic
    in_time : callable
        False when no more comparisons are to be made.
    """
    places = list({one.key: k for k, one in reversed(list(enumerate(sets)))}.values())[::-1]
    kept = list(places)
    for k in places:
        for other in kept:
            may_hold = k != other and _may_hold(sets[other], sets[k])
            if may_hold and in_time() and arithmetic.is_part(sets[k], sets[other]):
                kept.remove(k)
                break
    return kept


def _may_hold(larger: EquilibriumSet, smaller: EquilibriumSet) -> bool:
    """Return whether supports allow one set to be part of another."""
    return all(
        set(actions) <= set(larger.domain.played[p]) for p, actions in smaller.domain.played.items()
    )


def without_consequences(one: EquilibriumSet, arithmetic: Arithmetic) -> list[Relation]:
    """Return the relations that do not follow from the others and from what probabilities are."""
    domain = [replace(r, sign=">=") for r in one.domain.positive()]
    trivial = {r.key for r in domain}
    kept = [r for r in one.relations if r.key not in trivial]
    for relation in sorted(kept, key=lambda r: (r.sign != ">", r.sign == "=")):
        others = [r for r in kept if r is not relation]
        if arithmetic.follows(relation, [*domain, *others], len(one.weights)):
            kept = others
    return kept


# -- spanned sets ---------------------------------------------------------------------------------


def span(
    game: Game, one: EquilibriumSet, deadline: float | None
) -> tuple[list[dict[int, tuple[Fraction, ...]]], bool] | None:
    """Return profiles whose outcomes span those of a set, and whether these fill their hull.

    None if no finite number of outcomes is known to span them.

    Parameters
    ----------
    game : Game
    one : EquilibriumSet
        With weak inequalities.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds.
    """
    if not one.is_linear or any(r.sign == ">" for r in one.relations):
        return None
    domain = one.domain
    columns = [k for own in domain.blocks.values() for k in own]
    vertices = _vertices(one, columns, deadline)
    factors = _factors(one, columns)
    moved: list[list[tuple[int, list[Fraction]]]] = []
    for factor in factors:
        edges = _directions([[v[k] for k in factor] for v in vertices])
        moved.append([(k, [edge[j] for edge in edges]) for j, k in enumerate(factor)])
    sizes = [len(rows[0][1]) for rows in moved]
    degrees = _degrees(game, one, dict(zip(columns, vertices[0].values(), strict=True)), moved)
    if any(max(row, default=0) > 1 for row in degrees):
        return None
    profiles = [_profile(one, vertex) for vertex in vertices]
    hull = all(sum(row) <= 1 for row in degrees) or sum(size > 0 for size in sizes) <= 1
    return profiles, hull


def _vertices(
    one: EquilibriumSet, columns: Sequence[int], deadline: float | None
) -> list[dict[int, Fraction]]:
    """Return the vertices of a closed set by linear relations."""
    rows: dict[str, list[tuple[list[Fraction], Fraction]]] = {"=": [], ">=": []}
    for relation in [*one.relations, *(replace(r, sign=">=") for r in one.domain.positive())]:
        terms = {
            tuple(k for k, power in enumerate(powers) if power): number
            for powers, number in coefficients(relation.form).items()
        }
        row = [terms.get((k,), ZERO) for k in columns]
        rows[relation.sign].append((row, terms.get((), ZERO)))
    program = LinearProgram(
        [0] * len(columns),
        [[-a for a in row] for row, _ in rows[">="]],
        [constant for _, constant in rows[">="]],
        [row for row, _ in rows["="]],
        [-constant for _, constant in rows["="]],
    )
    return [
        dict(zip(columns, point, strict=True))
        for point in optimal_vertices(program, deadline=deadline)
    ]


def _factors(one: EquilibriumSet, columns: Sequence[int]) -> list[list[int]]:
    """Return the unknowns in groups that no relation joins: the set is the product over them."""
    leader = {k: k for k in columns}

    def find(k: int) -> int:
        while leader[k] != k:
            k = leader[k]
        return k

    joined = [list(own) for own in one.domain.blocks.values()]
    for relation in one.relations:
        joined.append([k for k, power in enumerate(relation.form.degrees()) if power])
    for group in joined:
        for k in group[1:]:
            leader[find(k)] = find(group[0])
    groups: dict[int, list[int]] = {}
    for k in columns:
        groups.setdefault(find(k), []).append(k)
    return list(groups.values())


def _directions(points: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """Return a basis of the differences of points, in echelon form."""
    basis: list[tuple[int, list[Fraction]]] = []
    for point in points[1:]:
        row = [a - b for a, b in zip(point, points[0], strict=True)]
        for lead, known in basis:
            if row[lead]:
                factor = row[lead]
                row = [a - factor * b for a, b in zip(row, known, strict=True)]
        lead = next((k for k, a in enumerate(row) if a), -1)
        if lead >= 0:
            basis.append((lead, [a / row[lead] for a in row]))
    return [row for _, row in basis]


def _degrees(
    game: Game,
    one: EquilibriumSet,
    start: Mapping[int, Fraction],
    moved: Sequence[Sequence[tuple[int, Sequence[Fraction]]]],
) -> set[tuple[int, ...]]:
    """Return the degrees of the outcome in the factors of a set, for each term of it."""
    import flint

    sizes = [len(rows[0][1]) for rows in moved]
    names = tuple(f"t{k}" for k in range(sum(sizes)))
    ring = flint.fmpq_mpoly_ctx.get(names or ("none",), flint.Ordering.deglex)
    steps = ring.gens()
    first = [sum(sizes[:j]) for j in range(len(sizes))]
    zero = ring.from_dict({})
    unit = ring.from_dict({(0,) * max(len(names), 1): 1})
    images = [zero] * max(one.domain.size, 1)
    for j, rows in enumerate(moved):
        for k, edges in rows:
            images[k] = unit * flint.fmpq(start[k].numerator, start[k].denominator)
            for number, edge in enumerate(edges):
                step = steps[first[j] + number]
                images[k] = images[k] + step * flint.fmpq(edge.numerator, edge.denominator)
    found = set()
    for form in _reached(game, one):
        for powers in coefficients(form.compose(*images, ctx=ring)):
            found.add(
                tuple(
                    sum(powers[start_ : start_ + size])
                    for start_, size in zip(first, sizes, strict=True)
                )
            )
    return found


def _reached(game: Game, one: EquilibriumSet) -> list[fmpq_mpoly]:
    """Return the probabilities of the terminal nodes that are reached in a set."""
    domain = one.domain
    found = []
    pending = [(0, domain.constant(1))]
    while pending:
        node, weight = pending.pop()
        if node in game.payoffs:
            found.append(weight)
            continue
        drawn = game.probabilities.get(node)
        position = game.set_of[node]
        for a, child in enumerate(game.children[node]):
            if drawn is not None:
                pending.append((child, weight * domain.constant(drawn[a])))
            elif a in domain.played[position]:
                number = domain.space.number.get((position, a), -1)
                share = domain.shares.get(number)
                pending.append((child, weight if share is None else weight * share))
    return found


def _profile(
    one: EquilibriumSet, vertex: Mapping[int, Fraction]
) -> dict[int, tuple[Fraction, ...]]:
    """Return the profile at a point."""
    domain = one.domain
    found = {}
    for position, head in domain.space.decisions.items():
        actions = domain.played[position]
        shares = {a: vertex.get(domain.space.number.get((position, a), -1), ZERO) for a in actions}
        shares[actions[-1]] = ONE - sum((shares[a] for a in actions[:-1]), ZERO)
        found[position] = tuple(shares.get(a, ZERO) for a in range(len(head.actions)))
    return found
