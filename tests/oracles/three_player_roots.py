"""Two independent checks of the equilibria of a 2x2x2 game; share no code with the package.

``mixed_by_resultants`` eliminates with flint's resultants, one variable after the other, and
matches the real roots in ball arithmetic. ``another_equilibrium`` asks z3, a decision procedure for
the nonlinear arithmetic of the reals, whether there is an equilibrium that is not listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import z3
from flint import arb, ctx, fmpq, fmpq_mpoly_ctx, fmpq_poly

Table = Sequence[Sequence[Sequence[Fraction]]]
TINY = Fraction(1, 10**7)


def advantage(payoffs: Sequence[Table], player: int, others: tuple[Any, Any]) -> Any:
    """Return the expected gain of the first action over the second; `others` are probabilities."""
    total: Any = 0
    for actions in product(range(2), repeat=2):
        first, second = list(actions), list(actions)
        first.insert(player, 0)
        second.insert(player, 1)
        u = payoffs[player]
        difference = u[first[0]][first[1]][first[2]] - u[second[0]][second[1]][second[2]]
        weight: Any = 1
        for action, probability in zip(actions, others, strict=True):
            weight = weight * (probability if action == 0 else 1 - probability)
        total = total + weight * difference
    return total


def mixed_by_resultants(payoffs: Sequence[Table]) -> list[tuple[float, float, float]]:
    """Return the totally mixed equilibria of a game without degeneracies."""
    ring = fmpq_mpoly_ctx.get(["p", "q", "r"], "lex")
    p, q, r = ring.gens()
    exact = [
        [[[fmpq(v.numerator, v.denominator) for v in x] for x in y] for y in u] for u in payoffs
    ]
    f1, f2, f3 = (
        advantage(exact, 0, (q, r)),
        advantage(exact, 1, (p, r)),
        advantage(exact, 2, (p, q)),
    )
    in_p = f1.resultant(f2, "r").resultant(f3, "q")
    in_q = f1.resultant(f2, "r").resultant(f3, "p")
    in_r = f1.resultant(f3, "q").resultant(f2, "p")
    before = ctx.prec
    ctx.prec = 600
    try:
        roots = [
            _roots_inside(polynomial, place) for place, polynomial in enumerate((in_p, in_q, in_r))
        ]
        found = []
        for x, y, z in product(*roots):
            values = [
                advantage(exact_arb(exact), 0, (y, z)),
                advantage(exact_arb(exact), 1, (x, z)),
                advantage(exact_arb(exact), 2, (x, y)),
            ]
            if all(value.contains(0) for value in values):
                found.append((float(x.mid()), float(y.mid()), float(z.mid())))
        return found
    finally:
        ctx.prec = before


def exact_arb(payoffs: Any) -> Any:
    return [[[[arb(v) for v in x] for x in y] for y in u] for u in payoffs]


def _roots_inside(polynomial: Any, place: int) -> list[Any]:
    """Return enclosures of the roots in (0, 1) of a polynomial in one of three variables."""
    coefficients = [fmpq(0)] * 9
    for exponents, coefficient in polynomial.terms():
        coefficients[exponents[place]] += coefficient
    univariate = fmpq_poly(coefficients)
    numerator = univariate.numer()
    found = {}
    for root, _ in numerator.complex_roots():
        if root.imag.contains(0) and 0 < float(root.real.mid()) < 1:
            found[float(root.real.mid())] = root.real
    return list(found.values())


def is_equilibrium(payoffs: Sequence[Table], point: Sequence[Fraction]) -> bool:
    """Say whether a rational point is an equilibrium."""
    for player in range(3):
        others = [point[other] for other in range(3) if other != player]
        gain = advantage(payoffs, player, (others[0], others[1]))
        if (gain > 0 and point[player] != 1) or (gain < 0 and point[player] != 0):
            return False
    return True


def another_equilibrium(
    payoffs: Sequence[Table], known: Sequence[Sequence[Fraction | float]]
) -> bool:
    """Say whether there is an equilibrium beside the known ones.

    A known one given in doubles hides whatever is within 1e-7 of it.
    """
    variables = z3.Reals("p q r")
    solver = z3.Solver()
    solver.set("timeout", 600_000)
    exact = [
        [[[z3.Q(v.numerator, v.denominator) for v in x] for x in y] for y in u] for u in payoffs
    ]
    for player, own in enumerate(variables):
        others = [v for v in variables if v is not own]
        gain = advantage(exact, player, (others[0], others[1]))
        solver.add(own >= 0, own <= 1)
        solver.add(z3.Or(gain >= 0, own == 0), z3.Or(gain <= 0, own == 1))
    for point in known:
        away = []
        for variable, value in zip(variables, point, strict=True):
            if isinstance(value, Fraction):
                away.append(variable != z3.Q(value.numerator, value.denominator))
            else:
                low, high = Fraction(value) - TINY, Fraction(value) + TINY
                away += [
                    variable < z3.Q(low.numerator, low.denominator),
                    variable > z3.Q(high.numerator, high.denominator),
                ]
        solver.add(z3.Or(away))
    answer = solver.check()
    assert answer != z3.unknown
    return bool(answer == z3.sat)
