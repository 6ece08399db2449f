r"""Trembling-hand perfection of the agents of a sender-receiver game, exactly.

Let x be the messages of the types and y the responses. What type t gets from a message is linear in
y, and what a response is worth at a set is linear in x. So each agent's trembles matter to the
other side only, and (x, y), an equilibrium, is perfect iff

- there are responses y' > 0 such that each type sends, in x, only what is best against y';
- there are messages x' > 0 such that in y only what is best against x' is given, at every set.

Mixtures of x with a little of x', and of y with a little of y', are then trembles as Selten (1975)
asks for. And of trembles that converge to a perfect equilibrium each member is such an x' and y',
since what has a part in the limit is best against all of them. Both are linear programs, and depend
on which messages and responses have a part.

An *outcome* is perfect if it has such a y off the path. Fewer responses ask for less of x'. So for
each set off the path the smallest sets of responses are tried of which some mixture gives no type
more than he has.

*Convex sets of outcomes.* The verdict depends on the signs of x and y, and on where what the types
get lies from the payoffs that some responses off the path hold them to: on planes, so that one
point of each cell is judged (:mod:`negotiation.solvers.refinements_cells`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.refinements_cells import Plane, cells, payoff_planes
from negotiation.solvers.sender_receiver import SenderReceiver, Vector
from negotiation.solvers.signalling import Support, YConditions, sender_payoffs, x_conditions

__all__ = ["SignalTrembles"]

ZERO, ONE = Fraction(0), Fraction(1)
View = tuple[Vector, tuple[Vector, ...]]
"""Probabilities of the signals, and of the responses by set; none off the path."""


class SignalTrembles:
    """Judges outcomes of a sender-receiver game.

    Parameters
    ----------
    form : SenderReceiver
    """

    def __init__(self, form: SenderReceiver) -> None:
        self.form = form
        self.sendable: dict[tuple[int, ...], bool] = {}
        self.givable: dict[tuple[tuple[int, ...], ...], bool] = {}

    def reason(self, x: Sequence[Fraction], y: Sequence[Sequence[Fraction]]) -> str:
        """Return why an equilibrium outcome falls; empty text if it is perfect."""
        used = tuple(k for k, share in enumerate(x) if share)
        if used not in self.sendable:
            self.sendable[used] = self._is_sendable(set(used))
        if not self.sendable[used]:
            return "for whatever small mistakes are made in reply, some type sends another message"
        for given in itertools.product(*self._given(x, y)):
            if given not in self.givable:
                self.givable[given] = self._is_givable(given)
            if self.givable[given]:
                return ""
        return "for whatever small mistakes the types make, some reply is not best"

    def _is_sendable(self, used: set[int]) -> bool:
        """Return whether these signals are best against responses that are all given."""
        form = self.form
        chosen = [
            Support(place, tuple(k for k in own if k in used), tuple(range(form.responses[place])))
            for place, own in enumerate(form.at)
        ]
        return _positive_point_exists(*YConditions(form, chosen).rows())

    def _given(
        self, x: Sequence[Fraction], y: Sequence[Sequence[Fraction]]
    ) -> Iterator[list[tuple[int, ...]]]:
        """Yield for each set the responses that may be given there, smallest sets only."""
        form = self.form
        limits = sender_payoffs(form, x, y)
        for place, own in enumerate(form.at):
            if any(x[k] for k in own):
                yield [tuple(a for a, share in enumerate(y[place]) if share)]
                continue
            found: list[tuple[int, ...]] = []
            for size in range(1, form.responses[place] + 1):
                for given in itertools.combinations(range(form.responses[place]), size):
                    rows = [[form.signals[k].worth[a] for a in given] for k in own]
                    bounds = [limits[form.signals[k].type] for k in own]
                    smaller = any(set(known) <= set(given) for known in found)
                    if not smaller and _is_feasible(rows, bounds, size):
                        found.append(given)
            yield found

    def _is_givable(self, given: Sequence[tuple[int, ...]]) -> bool:
        """Return whether these responses are best against messages that are all sent."""
        chosen = [Support(place, own, given[place]) for place, own in enumerate(self.form.at)]
        return _positive_point_exists(*x_conditions(self.form, chosen)[:4])

    # -- convex sets ----------------------------------------------------------------------------

    def verdicts(self, views: Sequence[View]) -> Iterator[bool] | None:
        """Return for one outcome of each cell whether it falls; None if not known.

        Parameters
        ----------
        views : sequence of View
            The extreme outcomes of a set in which the sender's strategy and the responses vary
            independently of one another.
        """
        factors = self._factors(views)
        if factors is None:
            return None
        xs, ys = factors
        signs = [(_unit(k, len(self.form.signals)), ZERO) for k in range(len(self.form.signals))]
        return (
            bool(self.reason(x, self._responses(y)))
            for x in cells(xs, signs)
            for y in cells(ys, sorted(set(self._response_planes(x))))
        )

    def _factors(self, views: Sequence[View]) -> tuple[list[Vector], list[Vector]] | None:
        """Return the strategies and the responses, side by side, of which outcomes are products.

        A single reply to a message stands also where it is off the path. None if it is not seen at
        the extreme outcomes that they are products.
        """
        filled = []
        for rows in zip(*(own for _, own in views), strict=True):
            known = list(dict.fromkeys(row for row in rows if any(row)))
            filled.append(known * len(rows) if len(known) == 1 else rows)
        ys = [tuple(itertools.chain.from_iterable(rows)) for rows in zip(*filled, strict=True)]
        xs = [x for x, _ in views]
        if len(set(zip(xs, ys, strict=True))) < len(set(xs)) * len(set(ys)):
            return None
        return sorted(set(xs)), sorted(set(ys))

    def _responses(self, joined: Vector) -> list[Vector]:
        """Return responses by set."""
        numbers = iter(joined)
        return [tuple(itertools.islice(numbers, size)) for size in self.form.responses]

    def _response_planes(self, x: Vector) -> Iterator[Plane]:
        """Yield the planes of responses at which a verdict on a strategy may change."""
        form = self.form
        size = sum(form.responses)
        starts = list(itertools.accumulate(form.responses, initial=0))
        yield from ((_unit(k, size), ZERO) for k in range(size))
        for place, own in enumerate(form.at):
            if any(x[k] for k in own):
                continue
            for coefficients, bound in payoff_planes(form, place, len(own)):
                wide = [ZERO] * size
                for t, coefficient in enumerate(coefficients):
                    signal = form.signals[next(k for k in form.of[t] if x[k])]
                    for a, worth in enumerate(signal.worth):
                        wide[starts[signal.place] + a] += coefficient * worth
                yield tuple(wide), bound


def _unit(place: int, size: int) -> Vector:
    return tuple(ONE if k == place else ZERO for k in range(size))


def _is_feasible(rows: Sequence[Sequence[Fraction]], bounds: Sequence[Fraction], size: int) -> bool:
    """Return whether some probabilities satisfy inequalities."""
    program = LinearProgram([0] * size, rows, bounds, [[1] * size], [1])
    return isinstance(solve_linear_program(program), Optimum)


def _positive_point_exists(
    equations: Sequence[Sequence[Fraction]],
    values: Sequence[Fraction],
    inequalities: Sequence[Sequence[Fraction]],
    bounds: Sequence[Fraction],
) -> bool:
    """Return whether a point satisfies the rows with all its coordinates positive."""
    size = len(equations[0])
    rows = [[*row, ZERO] for row in inequalities]
    above = [[*(-ONE if j == k else ZERO for j in range(size)), ONE] for k in range(size)]
    margin = [*[ZERO] * size, ONE]
    program = LinearProgram(
        margin,
        [*rows, *above, margin],
        [*bounds, *[ZERO] * size, ONE],
        [[*row, ZERO] for row in equations],
        values,
    )
    answer = solve_linear_program(program)
    return isinstance(answer, Optimum) and answer.value > 0
