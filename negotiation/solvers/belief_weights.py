r"""Weights of beliefs eliminated from the conditions of equilibrium.

Beliefs off the path are not part of a profile: it is an equilibrium if there are weights
:math:`w > 0` that satisfy relations :math:`c_r(x) w_k + d_r(x, w) \ge 0`, linear in each weight,
whose coefficients are polynomials in the probabilities x. A weight is eliminated as by Fourier and
Motzkin, by cases where the sign of a coefficient is open: an equation gives it; else every lower
bound, 0 among them, is below every upper one. Each case is a set of its own, and their union is
exactly the set of profiles for which there are weights.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from negotiation.solvers.support_domains import Domain, Relation, coefficients

if TYPE_CHECKING:
    from flint import fmpq_mpoly

__all__ = ["factored", "without_weights"]

MAX_CASES = 64
MAX_RELATIONS = 120
Case = list[Relation]


class _TooMany(Exception):  # noqa: N818 - it is no fault
    """Cases or relations are more than is worth while."""


def without_weights(domain: Domain, relations: Sequence[Relation]) -> list[Case] | None:
    """Return relations between probabilities alone, in cases whose union says the same.

    Parameters
    ----------
    domain : Domain
        Of probabilities and weights.
    relations : sequence of Relation
        They can be met.

    Returns
    -------
    list or None
        None if there would be too many, or a weight does not enter linearly.
    """
    try:
        pending = _cases(domain, [], _tied(domain, relations))
        done: list[Case] = []
        while pending:
            if len(pending) + len(done) > MAX_CASES:
                return None
            case = pending.pop()
            weights = _weights(domain, case)
            if weights:
                pending += _step(domain, case, weights)
                continue
            simpler = _substituted(domain, case)
            if simpler is None:
                done.append(case)
            else:
                pending += simpler
    except _TooMany:
        return None
    return done


def factored(domain: Domain, relations: Sequence[Relation]) -> Case:
    """Return relations without the factors that have one sign, where this leads to no cases."""
    found: dict[tuple[str, str], Relation] = {}
    for relation in _tied(domain, relations):
        alternatives = domain.alternatives(relation.form, relation.sign)
        whole = alternatives[0] if len(alternatives) == 1 else [relation]
        found.update({one.key: one for one in whole})
    return list(found.values())


def _weights(domain: Domain, relations: Iterable[Relation]) -> list[int]:
    """Return the weights that occur, by their place among the unknowns."""
    first = domain.space.size
    highest = [one.form.degrees() for one in relations]
    return [k for k in range(first, domain.size) if any(powers[k] for powers in highest)]


def _tied(domain: Domain, relations: Sequence[Relation]) -> Case:
    """Return the relations without those of weights that nothing ties to the probabilities.

    Those can be met whatever is played.
    """
    first = domain.space.size
    degrees = [one.form.degrees() for one in relations]
    tied = {
        k
        for powers in degrees
        if any(powers[:first])
        for k in range(first, domain.size)
        if powers[k]
    }
    while True:
        more = {
            k
            for powers in degrees
            if any(powers[k] for k in tied)
            for k in range(first, domain.size)
            if powers[k]
        }
        if more <= tied:
            break
        tied |= more
    return [
        one
        for one, powers in zip(relations, degrees, strict=True)
        if any(powers[:first]) or any(powers[k] for k in tied) or not any(powers)
    ]


def _cases(domain: Domain, case: Case, added: Iterable[Relation]) -> list[Case]:
    """Return a case with more relations, factored: several cases, or none if they hold nowhere."""
    cases = [{one.key: one for one in case}]
    for relation in added:
        alternatives = domain.alternatives(relation.form, relation.sign)
        if len(alternatives) == 1:
            for known in cases:
                known.update({one.key: one for one in alternatives[0]})
        else:
            cases = [
                {**known, **{one.key: one for one in more}}
                for known in cases
                for more in alternatives
            ]
        if len(cases) > MAX_CASES or any(len(known) > MAX_RELATIONS for known in cases):
            raise _TooMany
    return [list(known.values()) for known in cases if not _is_contradiction(known)]


def _is_contradiction(case: Mapping[tuple[str, str], Relation]) -> bool:
    """Return whether something is said to be positive, and not to be."""
    return any(
        (sign, str(form)) in case
        for one in case.values()
        if one.sign == ">"
        for sign, form in ((">", -one.form), (">=", -one.form), ("=", one.form), ("=", -one.form))
    )


def _substituted(domain: Domain, case: Case) -> list[Case] | None:
    """Return a case with its linear equations put into the relations that are not linear.

    Where an equation ties two probabilities, a factor that is positive may show only then. None if
    this changes nothing.
    """
    images = list(domain.ring.gens())
    for one in case:
        if one.sign == "=" and one.form.total_degree() == 1:
            left = one.form.compose(*images, ctx=domain.ring)
            terms = coefficients(left)
            leading = next((k for powers in terms for k, power in enumerate(powers) if power), None)
            if leading is not None:
                times, rest = _split(domain, left, leading)
                swap = list(domain.ring.gens())
                swap[leading] = -rest * (1 / times.leading_coefficient())
                images = [image.compose(*swap, ctx=domain.ring) for image in images]
    kept, changed = [], []
    for one in case:
        form = one.form
        if form.total_degree() > 1:
            form = form.compose(*images, ctx=domain.ring)
        if form == one.form:
            kept.append(one)
        else:
            changed.append(Relation(form, one.sign))
    return _cases(domain, kept, changed) if changed else None


def _split(domain: Domain, form: fmpq_mpoly, k: int) -> tuple[fmpq_mpoly, fmpq_mpoly]:
    """Return c and d of a polynomial c u + d in an unknown u."""
    times: dict[tuple[int, ...], Fraction] = {}
    rest: dict[tuple[int, ...], Fraction] = {}
    for powers, number in coefficients(form).items():
        if powers[k] > 1:
            raise _TooMany
        if powers[k]:
            times[(*powers[:k], 0, *powers[k + 1 :])] = number
        else:
            rest[powers] = number
    return domain.from_terms(times), domain.from_terms(rest)


def _step(domain: Domain, case: Case, weights: Sequence[int]) -> list[Case]:
    """Return what is left of a case when one weight is eliminated, or cases where one can be."""
    plans = []
    for k in weights:
        rows = [(one, *_split(domain, one.form, k)) for one in case]
        inside = [(one, c, d) for one, c, d in rows if c]
        signs = [domain.known_sign(c, case) for _, c, _ in inside]
        effort = (signs.count(None), signs.count(1) * signs.count(-1))
        plans.append((effort, k, [one for one, c, _ in rows if not c], inside, signs))
    _, _, kept, inside, signs = min(plans, key=lambda plan: plan[:2])
    for (_, c, _), sign in zip(inside, signs, strict=True):
        if sign is None:
            return [
                new
                for relation in (Relation(c, ">"), Relation(-c, ">"), Relation(c, "="))
                for new in _cases(domain, case, [relation])
            ]
    bounds = list(zip(inside, signs, strict=True))
    return _cases(domain, kept, _combined(domain, bounds))


def _combined(
    domain: Domain,
    bounds: Sequence[tuple[tuple[Relation, fmpq_mpoly, fmpq_mpoly], int | None]],
) -> list[Relation]:
    """Return what relations c u + d with known signs of c say about all but the unknown u > 0."""
    added = [Relation(d, one.sign) for (one, _, d), sign in bounds if sign == 0]
    rows = [
        (c * sign, d * sign, one.sign, sign) for (one, c, d), sign in bounds if sign is not None
    ]
    equation = next(((c, d) for c, d, how, sign in rows if sign and how == "="), None)
    if equation is not None:  # u = -d / c with c > 0
        above, value = equation
        added.append(Relation(-value, ">"))
        added += [Relation((above * d - c * value) * sign, how) for c, d, how, sign in rows if sign]
        return added
    lower = [(c, -d, how) for c, d, how, sign in rows if sign == 1]
    upper = [(c, -d, how) for c, d, how, sign in rows if sign == -1]
    lower.append((domain.constant(1), domain.constant(0), ">"))
    for (c, low, how), (b, high, other) in itertools.product(lower, upper):
        strict = ">" if ">" in (how, other) else ">="
        added.append(Relation(c * high - b * low, strict))
    return added
