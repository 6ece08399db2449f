r"""The intuitive criterion as conditions on the parameters (Cho and Kreps 1987).

As in :mod:`negotiation.solvers.refinements`, let :math:`u_t` be what type t gets. An outcome stands
at a message off the path iff for some set L of types

- each type of L gets at most as much as after some response that is best against some belief,
- every other type gets more than after each such response, and
- each type of L, if there are any, gets at least as much as after some response that is best
  against some belief on L.

Which responses are best against some belief is a condition on the parameters. What a type gets is
linear in the responses on the path. So each choice of a response at every "some", and of one of two
reasons at every "each", adds rows to the linear system of the responses. Where the responses on the
path are pure, what a type gets is a number, and the choices need not be joined.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    Condition,
    conjunction,
    disjunction,
    negation,
)
from negotiation.analysis.regimes.elimination import ABOVE, AT_LEAST
from negotiation.analysis.regimes.signalling import Draft, Form, SetSupport, SymbolicSignalling

__all__ = ["stands"]

Option = tuple[Condition, Draft | None]
"""A condition on the parameters and a row, which it may do without."""
Clause = list[Option]
"""Options of which one must hold."""


def stands(signalling: SymbolicSignalling, chosen: Sequence[SetSupport]) -> Condition:
    """Return where responses exist that support given supports and stand the criterion.

    Parameters
    ----------
    signalling : SymbolicSignalling
    chosen : sequence of SetSupport
        At all sets; those off the path with no signal and no response.
    """
    on = [place for place in chosen if place.sent]
    off = [place.place for place in chosen if not place.sent]
    worth, _ = signalling.payoffs(on)
    sent = {k for place in on for k in place.sent}
    payoff = {signalling.form.signals[k].type: worth[k] for k in sorted(sent, reverse=True)}
    first = {signalling.form.signals[k].type: k for k in sorted(sent, reverse=True)}
    readings = [list(_readings(signalling, place, payoff, first)) for place in off]
    faces = [signalling.faces(place) for place in off]
    if all(len(place.given) == 1 for place in on):
        apart = [
            conjunction(
                [
                    disjunction(
                        conjunction([believed, _exists(signalling, [*on, face], [])])
                        for face, believed in own
                    ),
                    disjunction(
                        conjunction(_alone(signalling, clause) for clause in clauses)
                        for clauses in reading
                    ),
                ]
            )
            for own, reading in zip(faces, readings, strict=True)
        ]
        return conjunction([_exists(signalling, on, []), *apart])
    parts = []
    for selection in itertools.product(*faces):
        believed = conjunction(condition for _, condition in selection)
        places = [*on, *(face for face, _ in selection)]
        if believed is FALSE or _exists(signalling, places, []) is FALSE:
            continue
        for reading in itertools.product(*readings):
            clauses = [clause for part in reading for clause in part]
            parts += [
                conjunction([believed, condition, _exists(signalling, places, rows)])
                for condition, rows in _choices(clauses)
            ]
    return disjunction(parts)


def _exists(
    signalling: SymbolicSignalling, places: Sequence[SetSupport], rows: Sequence[Draft]
) -> Condition:
    return signalling.feasible([*signalling.y_rows(places), *rows])


def _alone(signalling: SymbolicSignalling, clause: Clause) -> Condition:
    """Return where an option holds whose row has no unknowns."""
    return disjunction(
        conjunction([condition, TRUE if row is None else signalling.feasible([row])])
        for condition, row in clause
    )


def _choices(clauses: Sequence[Clause]) -> Iterator[tuple[Condition, list[Draft]]]:
    """Yield one option of each clause, joined."""
    for options in itertools.product(*clauses):
        condition = conjunction(one for one, _ in options)
        if condition is not FALSE:
            yield condition, [row for _, row in options if row is not None]


def _readings(
    signalling: SymbolicSignalling, place: int, payoff: dict[int, Form], first: dict[int, int]
) -> Iterator[list[Clause]]:
    """Yield for each set L of types the clauses that must hold."""
    signals = signalling.form.at[place]
    responses = range(signalling.form.responses[place])
    best = {a: signalling.believed(SetSupport(place, (), (a,))) for a in responses}

    def row(k: int, a: int, turn: int, signs: int) -> Draft:
        """Return a row: `turn` times what a type gets less what it would get."""
        t = signalling.form.signals[k].type
        constant: Form = ({}, signalling.worth[k][a])
        pair = (payoff[t], constant) if turn > 0 else (constant, payoff[t])
        return signalling.difference(*pair), signs, signalling.sends(first[t], k)

    for size in range(len(signals) + 1):
        for left in itertools.combinations(signals, size):
            clauses: list[Clause] = []
            for k in signals:
                if k in left:
                    clauses.append([(best[a], row(k, a, -1, AT_LEAST)) for a in responses])
                    credible = {
                        a: signalling.believed(SetSupport(place, (), (a,)), left) for a in responses
                    }
                    clauses.append([(credible[a], row(k, a, 1, AT_LEAST)) for a in responses])
                else:
                    for a in responses:
                        without = (negation(best[a]), None)
                        clauses.append([without, (TRUE, row(k, a, 1, ABOVE))])
            possible = [[o for o in clause if o[0] is not FALSE] for clause in clauses]
            if all(possible):
                yield possible
