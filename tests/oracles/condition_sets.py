"""Printed conditions of continua read back: is a profile in a set, and points of it to try.

Nothing here knows how the sets were found: names, signs and coefficients come from the text alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import z3

from negotiation.game import Game
from negotiation.solution import ConditionSet

Profile = dict[int, tuple[Fraction, ...]]
Place = tuple[int, int]
Term = tuple[Fraction, tuple[Place, ...]]
SIGN = re.compile(r" (<=|>=|=|<|>) (-?\d+(?:/\d+)?)$")


class PrintedSet:
    """A set of profiles as it is printed.

    Parameters
    ----------
    game : Game
    printed : ConditionSet
        Its strategies are in the order of the game's decisions.
    """

    def __init__(self, game: Game, printed: ConditionSet) -> None:
        self.decisions = dict(game.decisions())
        self.allowed: dict[int, list[int]] = {}
        names: dict[str, Place] = {}
        moves = [head.move for head in self.decisions.values()]
        for (position, head), strategy in zip(
            self.decisions.items(), printed.strategies, strict=True
        ):
            assert (head.move, dict(head.information)) == (strategy.move, strategy.information)
            self.allowed[position] = [head.actions.index(a) for a in strategy.probabilities]
            place = head.move
            if moves.count(place) > 1 and head.information:
                known = ", ".join(f"{move} = {a}" for move, a in head.information.items())
                place = f"{place} (knowing {known})"
            for a, action in enumerate(head.actions):
                names[f"p({place}: {action})"] = position, a
        self.relations = [self._parsed(text, names) for text in printed.conditions]

    @staticmethod
    def _parsed(text: str, names: Mapping[str, Place]) -> tuple[list[Term], str, Fraction]:
        """Return the terms on the left, the sign, and the number on the right."""
        places: list[Place] = []
        for name in sorted(names, key=len, reverse=True):
            while name in text:
                text = text.replace(name, f"@{len(places)}", 1)
                places.append(names[name])
        found = SIGN.search(text)
        assert found, text
        terms = []
        sign = 1
        for part in re.split(r" (?=[+-] )", text[: found.start()]):
            number, own = Fraction(1), []
            for token in part.split():
                if token in "+-":
                    sign = 1 if token == "+" else -1
                elif token.startswith("@"):
                    own.append(places[int(token[1:])])
                else:
                    number = Fraction(token)
            terms.append((sign * number, tuple(own)))
            sign = 1
        return terms, found[1], Fraction(found[2])

    def holds(self, profile: Profile) -> bool:
        """Return whether a profile is in the set."""
        for position, actions in self.allowed.items():
            if any(p and a not in actions for a, p in enumerate(profile[position])):
                return False
        for terms, sign, right in self.relations:
            left = Fraction(0)
            for number, places in terms:
                for position, a in places:
                    number *= profile[position][a]
                left += number
            compared = {
                "<=": left <= right,
                ">=": left >= right,
                "=": left == right,
                "<": left < right,
                ">": left > right,
            }
            if not compared[sign]:
                return False
        return True

    def points(self, rng: random.Random, count: int) -> Iterator[Profile]:
        """Yield rational points, with random probabilities 0, positive or held at some value."""
        solver, shares = self._solver()
        free = [shares[p, a] for p, actions in self.allowed.items() for a in actions]
        for _ in range(count):
            solver.push()
            for share in rng.sample(free, len(free)):
                solver.push()
                solver.add(_wish(rng, share))
                if solver.check() != z3.sat:
                    solver.pop()
            found = solver.model() if solver.check() == z3.sat else None
            while solver.num_scopes():
                solver.pop()
            profile = found and _profile(self.decisions, shares, found)
            if profile:
                yield profile

    def point_with(self, rows: Mapping[int, Sequence[Fraction]]) -> Profile | None:
        """Return a point whose probabilities at some information sets are given."""
        solver, shares = self._solver()
        for position, row in rows.items():
            for a, p in enumerate(row):
                solver.add(shares[position, a] == z3.Q(p.numerator, p.denominator))
        if solver.check() != z3.sat:
            return None
        return _profile(self.decisions, shares, solver.model())

    def _solver(self) -> tuple[Any, dict[Place, Any]]:
        """Return a solver that holds the set, and its unknowns."""
        shares = {
            (position, a): z3.Real(f"p{position}_{a}")
            for position, head in self.decisions.items()
            for a in range(len(head.actions))
        }
        solver = z3.Solver()
        solver.set("timeout", 2000)
        for position, head in self.decisions.items():
            own = [shares[position, a] for a in range(len(head.actions))]
            solver.add(z3.Sum(own) == 1, *[share >= 0 for share in own])
            solver.add(*[s == 0 for a, s in enumerate(own) if a not in self.allowed[position]])
        for terms, sign, right in self.relations:
            left = z3.Sum(
                [
                    z3.Product(
                        [z3.Q(number.numerator, number.denominator), *[shares[p] for p in places]]
                    )
                    for number, places in terms
                ]
            )
            bound = z3.Q(right.numerator, right.denominator)
            solver.add(
                {
                    "<=": left <= bound,
                    ">=": left >= bound,
                    "=": left == bound,
                    "<": left < bound,
                    ">": left > bound,
                }[sign]
            )
        return solver, shares


def _wish(rng: random.Random, share: Any) -> Any:
    kind = rng.randrange(4)
    if kind == 0:
        return share == 0
    if kind == 1:
        return share == z3.Q(rng.randrange(1, 7), 7)
    return share > 0 if kind == 2 else share > z3.Q(1, 2)


def _profile(
    decisions: Mapping[int, Any], shares: Mapping[Place, Any], model: Any
) -> Profile | None:
    """Return a model as a profile; None if a probability is irrational."""
    profile = {}
    for position, head in decisions.items():
        row: list[Fraction] = []
        for a in range(len(head.actions)):
            value = model.eval(shares[position, a], model_completion=True)
            if not z3.is_rational_value(value):
                return None
            row.append(Fraction(value.numerator_as_long(), value.denominator_as_long()))
        profile[position] = tuple(row)
    return profile


def random_profile(rng: random.Random, game: Game, shares: Sequence[Fraction]) -> Profile:
    """Return a profile whose sets of two actions mix with one of some probabilities."""
    profile = {}
    for position, head in game.decisions():
        size = len(head.actions)
        row = [Fraction(0)] * size
        a = rng.randrange(size)
        share = rng.choice(shares)
        row[a] += share
        row[(a + 1) % size] += 1 - share
        profile[position] = tuple(row)
    return profile
