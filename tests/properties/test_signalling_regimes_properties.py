"""Regimes of random sender-receiver games against brute force over all supports.

The oracle never sees a symbol or a vertex: at a point it tries all supports, one by one, and asks
two linear programs whether an equilibrium has exactly these.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from negotiation import Model, Move, Parameter, Solution, regimes, solve
from negotiation.analysis.outcome_names import histories_text
from negotiation.analysis.regimes.diagrams import Diagrams
from negotiation.analysis.regimes.domain import Box, Interval
from negotiation.analysis.regimes.elimination import ABOVE, AT_LEAST, EQUAL, Elimination, Row
from negotiation.analysis.regimes.polynomials import Ring
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from tests.oracles.seeds import few_and_many

F = Fraction
Rows = list[list[Fraction]]
Table = dict[tuple[int, int, int], str]
Supports = tuple[tuple[tuple[int, ...], ...], dict[int, tuple[int, ...]]]
LETTERS = ("x", "y")


# -- brute force -----------------------------------------------------------------------------


def subsets(items: Sequence[int] | range) -> Iterator[tuple[int, ...]]:
    for size in range(1, len(items) + 1):
        yield from itertools.combinations(items, size)


def has_interior(equations: Rows, values: list, rows: Rows, inside: Sequence[int]) -> bool:
    """Return whether z >= 0 has ``equations @ z = values``, ``rows @ z <= 0``, z > 0 inside."""
    size = len(equations[0])
    wide = [[*row, F(0)] for row in rows]
    limits = [F(0)] * len(rows)
    for k in inside:
        wide.append([*[F(-1) if j == k else F(0) for j in range(size)], F(1)])
        limits.append(F(0))
    wide.append([*[F(0)] * size, F(1)])
    limits.append(F(1))
    program = LinearProgram(
        [*[0] * size, 1], wide, limits, [[*row, F(0)] for row in equations], values
    )
    found = solve_linear_program(program)
    return isinstance(found, Optimum) and found.value > 0


@dataclass
class Game:
    """A sender-receiver game in numbers: prior, payoffs u and v by type, message, response."""

    prior: list[Fraction]
    u: dict[tuple[int, int, int], Fraction]
    v: dict[tuple[int, int, int], Fraction]
    shape: tuple[int, int, int]

    def supports(self) -> Iterator[Supports]:
        """Yield the messages of each type and the responses on the path of each equilibrium."""
        types, messages, responses = map(range, self.shape)
        for sent in itertools.product(list(subsets(messages)), repeat=len(types)):
            on = [m for m in messages if any(m in own for own in sent)]
            for given in itertools.product(list(subsets(responses)), repeat=len(on)):
                chosen = dict(zip(on, given, strict=True))
                if self.receiver_is_content(sent, chosen) and self.sender_is_content(sent, chosen):
                    yield sent, chosen

    def receiver_is_content(self, sent: tuple, chosen: dict) -> bool:
        columns = [(t, m) for t, own in enumerate(sent) for m in own]
        equations = [[F(t == own) for own, _ in columns] for t in range(len(sent))]
        values, rows = [F(1)] * len(sent), []
        for m, given in chosen.items():
            for other in range(self.shape[2]):
                row = [
                    self.prior[t] * (self.v[t, m, other] - self.v[t, m, given[0]]) * (m == here)
                    for t, here in columns
                ]
                if other in given[1:]:
                    equations.append(row)
                    values.append(F(0))
                else:
                    rows.append(row)
        return has_interior(equations, values, rows, range(len(columns)))

    def sender_is_content(self, sent: tuple, chosen: dict) -> bool:
        off = [m for m in range(self.shape[1]) if m not in chosen]
        faces = [
            [given for given in subsets(range(self.shape[2])) if self.is_believed(m, given)]
            for m in off
        ]
        return any(
            self.deters(sent, chosen, dict(zip(off, selection, strict=True)))
            for selection in itertools.product(*faces)
        )

    def is_believed(self, m: int, given: tuple[int, ...]) -> bool:
        types = range(self.shape[0])
        equations: Rows = [[F(1) for _ in types]]
        rows: Rows = []
        for other in range(self.shape[2]):
            row = [self.v[t, m, other] - self.v[t, m, given[0]] for t in types]
            (equations if other in given else rows).append(row)
        return has_interior(equations, [F(1), *[F(0)] * (len(equations) - 1)], rows, [])

    def deters(self, sent: tuple, chosen: dict, elsewhere: dict) -> bool:
        columns = [(m, a) for m, given in {**chosen, **elsewhere}.items() for a in given]
        equations = [[F(m == own) for own, _ in columns] for m in range(self.shape[1])]
        values, rows = [F(1)] * self.shape[1], []
        for t, own in enumerate(sent):
            for m in range(self.shape[1]):
                row = [self.u[t, here, a] * ((here == m) - (here == own[0])) for here, a in columns]
                if m in own:
                    equations.append(row)
                    values.append(F(0))
                else:
                    rows.append(row)
        inside = [k for k, (m, _) in enumerate(columns) if m in chosen]
        return has_interior(equations, values, rows, inside)


def kind_by_hand(sent: tuple[tuple[int, ...], ...]) -> str:
    shared = any(set(a) & set(b) for a, b in itertools.combinations(sent, 2))
    if any(len(own) > 1 for own in sent):
        return "semi-separating" if shared else "separating"
    if len(set(sent)) == 1:
        return "pooling"
    return "partially pooling" if shared else "separating"


def histories(sent: tuple, chosen: dict) -> str:
    return " or ".join(
        sorted(
            f"type = t{t}, message = m{m}, reply = r{a}"
            for t, own in enumerate(sent)
            for m in own
            for a in chosen[m]
        )
    )


def labels_by_hand(game: Game, by: str) -> set[str]:
    return {
        kind_by_hand(sent) if by == "kind" else histories(sent, chosen)
        for sent, chosen in game.supports()
    }


# -- random models -----------------------------------------------------------------------------


@dataclass
class Drawn:
    """A random model whose payoffs hold x and y at some places, and whose prior is p."""

    shape: tuple[int, int, int]
    u: Table
    v: Table

    @classmethod
    def of(cls, seed: int, shape: tuple[int, int, int], highest: int, places: int) -> Drawn:
        draw = random.Random(seed)
        cells = list(itertools.product(*map(range, shape)))
        u, v = ({cell: str(draw.randint(0, highest)) for cell in cells} for _ in range(2))
        for _ in range(places):
            formula = draw.choice(
                ["x", "y", "2 * x - y", "1 - x", "3 * y", "x * y", "max(x, 1)", "x / (y + 3)"]
            )
            draw.choice((u, v))[draw.choice(cells)] = formula
        return cls(shape, u, v)

    def model(self) -> Model:
        types, messages, responses = (
            [f"{letter}{k}" for k in range(size)]
            for letter, size in zip("tmr", self.shape, strict=True)
        )
        probabilities = ["p", "rest"] if self.shape[0] == 2 else ["p / 2", "p / 2", "rest"]
        return Model(
            name="drawn",
            players=["S", "R"],
            concept="perfect-bayesian",
            parameters={
                **{name: Parameter(domain=f"-1 <= {name} <= 3") for name in LETTERS},
                "p": Parameter(domain="0 < p < 1"),
            },
            moves=[
                Move("type", player="chance", actions=types, probabilities=probabilities),
                Move("message", player="S", actions=messages, observes=["type"]),
                Move("reply", player="R", actions=responses, observes=["message"]),
            ],
            payoffs={"S": self._formula(self.u), "R": self._formula(self.v)},
        )

    @staticmethod
    def _formula(table: Table) -> str:
        return " + ".join(
            f"({text} if type == 't{t}' and message == 'm{m}' and reply == 'r{a}' else 0)"
            for (t, m, a), text in table.items()
        )

    def at(self, point: dict[str, Fraction]) -> Game:
        p = point["p"]
        prior = [p, 1 - p] if self.shape[0] == 2 else [p / 2, p / 2, 1 - p]
        u, v = (
            {
                cell: F(eval(text, {"max": max, **point}))  # noqa: S307
                for cell, text in table.items()
            }
            for table in (self.u, self.v)
        )
        return Game(prior, u, v, self.shape)


def draw_point(draw: random.Random) -> dict[str, Fraction]:
    """Return a point; coarse, so that ties are met often."""
    return {
        "x": F(draw.randint(-4, 12), 4),
        "y": F(draw.randint(-2, 6), 2),
        "p": F(draw.randint(1, 5), 6),
    }


def check_space(seed: int, shape: tuple[int, int, int], points: int, by: str) -> None:
    """Compare labels at random points of three axes."""
    drawn = Drawn.of(seed, shape, 3, 3)
    found = regimes(
        drawn.model(), dict.fromkeys([*LETTERS, "p"]), by=by, simplify=False, check=False
    )
    draw = random.Random(seed)
    for _ in range(points):
        point = draw_point(draw)
        assert set(found.label_at(point) or ()) == labels_by_hand(drawn.at(point), by), point


def check_axis(seed: int, shape: tuple[int, int, int], by: str) -> int:
    """Compare labels at all rational breakpoints and between them; return how many there are."""
    draw = random.Random(seed)
    drawn = Drawn.of(seed, shape, 2, 5)
    base = draw_point(draw)
    axis = draw.choice([*LETTERS, "p"])
    fixed = {name: value for name, value in base.items() if name != axis}
    found = regimes(drawn.model(), {axis: None}, values=fixed, by=by)
    assert all(b.checked and b.binding for b in found.breakpoints)
    places = [b.at.fraction for b in found.breakpoints]
    places += [piece.sample.fraction for piece in found.pieces]
    for value in {place for place in places if place is not None}:
        expected = labels_by_hand(drawn.at({**base, axis: value}), by)
        assert set(found.label_at({axis: value}) or ()) == expected, (axis, value)
    return len(found.breakpoints)


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5])
def test_labels_at_random_points(seed: int) -> None:
    check_space(seed, (2, 2, 2), 8, ("kind", "outcome")[seed % 2])


@pytest.mark.parametrize("shape", [(2, 3, 2), (3, 2, 2), (2, 2, 3)])
def test_larger_games_at_random_points(shape: tuple[int, int, int]) -> None:
    check_space(6, shape, 2, "outcome")


@pytest.mark.parametrize("seeds", few_and_many(4, 8))
def test_labels_at_breakpoints(seeds: Sequence[int]) -> None:
    counts = [check_axis(seed, (2, 2, 2), ("kind", "outcome")[seed % 2]) for seed in seeds]
    assert sum(counts) > len(seeds) / 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 24))
def test_many_labels_at_random_points(seed: int) -> None:
    check_space(seed, (2, 2, 2), 20, ("kind", "outcome")[seed % 2])


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(2, 3, 2), (3, 2, 2), (2, 2, 3)])
@pytest.mark.parametrize("seed", range(100, 103))
def test_many_larger_games(seed: int, shape: tuple[int, int, int]) -> None:
    check_space(seed, shape, 6, ("kind", "outcome")[seed % 2])
    check_axis(seed, shape, ("kind", "outcome")[seed % 2])


# -- a refinement --------------------------------------------------------------------------------


def check_intuitive(seed: int, shape: tuple[int, int, int], points: int) -> int:
    """Compare with exact solves; return at how many points no continuum leaves it open."""
    drawn = Drawn.of(seed, shape, 6, 3)
    model = drawn.model()
    axes = dict.fromkeys(["x", "p"])
    found = {
        select: regimes(
            model, axes, values={"y": "1/3"}, by="outcome", select=select, simplify=False
        )
        for select in ("all", "intuitive")
    }
    draw = random.Random(seed)
    decided = 0
    for _ in range(points):
        point = {"x": F(draw.randint(-6, 20), 7), "p": F(draw.randint(1, 10), 11)}
        solution = solve(model.at({**point, "y": F(1, 3)}), select="intuitive")
        expected = outcomes_of(solution)
        labels, every = (set(found[s].label_at(point) or ()) for s in ("intuitive", "all"))
        assert expected <= labels <= every
        if solution.complete and all(component.hull for component in solution.components):
            assert labels == expected
            decided += 1
    return decided


def outcomes_of(solution: Solution) -> set[str]:
    """Return the outcomes, and those of mixtures where every mixture is an equilibrium outcome."""
    extreme = [[o.moves for o in e.outcomes] for e in solution.equilibria]
    found = {histories_text(moves) for moves in extreme}
    for component in solution.components if solution.complete else ():
        own = [extreme[k] for k in component.equilibria] if component.hull else []
        for some in subsets(range(len(own))):
            together = {str(m): m for k in some for m in own[k]}
            found.add(histories_text(list(together.values())))
    return found


@pytest.mark.parametrize("seeds", few_and_many(2, 4))
def test_intuitive_criterion_against_exact_solves(seeds: Sequence[int]) -> None:
    assert sum(check_intuitive(seed, (2, 2, 2), 5) for seed in seeds) > 2 * len(seeds)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 32))
def test_intuitive_criterion_of_many_games(seed: int) -> None:
    check_intuitive(seed, (2, 2, 2), 20)


# -- invariance --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [pytest.param(0, marks=pytest.mark.slow), 2])
def test_scale_and_shift_change_nothing(seed: int) -> None:
    """Each type's payoffs may be scaled and shifted, the receiver's too, by type as well."""
    drawn = Drawn.of(seed, (2, 2, 2), 3, 3)
    u = {cell: f"({text}) * 1000 + {7 * cell[0]}" for cell, text in drawn.u.items()}
    v = {cell: f"({text}) / 1000 - {5 * cell[0]}" for cell, text in drawn.v.items()}
    points = [draw_point(random.Random(k)) for k in range(40)]
    answers = [
        regimes(model.model(), dict.fromkeys([*LETTERS, "p"]), simplify=False, by="outcome")
        for model in (drawn, replace(drawn, u=u, v=v))
    ]
    for point in points:
        one, two = (found.label_at(point) for found in answers)
        assert set(one or ()) == set(two or ())


@pytest.mark.parametrize("seed", range(3))
def test_order_of_messages_and_responses_changes_nothing(seed: int) -> None:
    drawn = Drawn.of(seed, (2, 3, 2), 3, 3)
    turned = [
        {(t, 2 - m, 1 - a): text for (t, m, a), text in table.items()}
        for table in (drawn.u, drawn.v)
    ]
    other = Drawn(drawn.shape, *({c: table[c] for c in sorted(table)} for table in turned))
    fixed = {"x": "1/2", "p": "1/3"}
    one, two = (
        regimes(model.model(), {"y": None}, values=fixed, by="kind") for model in (drawn, other)
    )
    assert [(str(p.at), p.before, p.here, p.after) for p in one.breakpoints] == [
        (str(p.at), p.before, p.here, p.after) for p in two.breakpoints
    ]


# -- elimination -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_elimination_agrees_with_linear_programs(seed: int) -> None:
    """Random systems in three unknowns whose entries are polynomials in a and b."""
    draw = random.Random(seed)
    ring = Ring(["a", "b"])
    a, b, one = ring.variable("a"), ring.variable("b"), ring.one
    elimination = Elimination(
        Diagrams(ring, Box([Interval(F(-2), F(2))] * 2)), lambda *_: None, lambda: None
    )
    entries = [ring.zero, one, -one, one + one, a, b, a * b, a - b, a + one, -a]
    rows = []
    for _ in range(draw.randint(3, 5)):
        coefficients = {k: draw.choice(entries) for k in range(3) if draw.random() < 0.6}
        signs = draw.choice([EQUAL, AT_LEAST, AT_LEAST, ABOVE, ABOVE])
        rows.append(Row.of(coefficients, draw.choice(entries), signs, 0))
    condition = elimination.feasible(rows)
    for _ in range(40):
        point = [F(draw.randint(-4, 4), 2) for _ in range(2)]
        expected = is_feasible(rows, point)
        assert condition.decided(lambda p, at=point: p.sign_at(at)) == expected, point


def is_feasible(rows: Sequence[Row], point: list[Fraction]) -> bool:
    """Return whether free unknowns satisfy rows: each is a difference of two of at least 0."""
    limits, wide, equations, values = [], [], [], []
    for row in rows:
        found = [F(0)] * 3
        for k, c in row.coefficients:
            found[k] = c.at(point)
        numbers = [*found, *(-c for c in found)]
        if row.signs == EQUAL:
            equations.append([*numbers, F(0)])
            values.append(-row.constant.at(point))
        else:
            slack = F(1) if row.signs == ABOVE else F(0)
            wide.append([*(-c for c in numbers), slack])
            limits.append(row.constant.at(point))
    wide.append([*[F(0)] * 6, F(1)])
    limits.append(F(1))
    answer = solve_linear_program(LinearProgram([*[0] * 6, 1], wide, limits, equations, values))
    strict = any(row.signs == ABOVE for row in rows)
    return isinstance(answer, Optimum) and (answer.value > 0 or not strict)
