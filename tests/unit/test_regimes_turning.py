"""Whose incentives turn: the oracle gives each comparison a parameter of its own."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import pytest

from negotiation import load, regimes, solve
from negotiation.analysis.regimes import answer
from negotiation.analysis.regimes.algebraic import real_roots
from negotiation.analysis.regimes.continuum_labels import Solved
from negotiation.analysis.regimes.domain import Interval, Line
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, ZERO, Ring
from negotiation.model.document import Model
from negotiation.model.reading import model_from_toml

FLAGSHIP = "divide-and-exempt"
ACTIONS = 3


def replies(seed: int, concept: str, both: bool) -> Model:
    """Return a game in which A asks one of three questions and B's answer to each turns on x.

    In the tested game the three are one parameter; the oracle sets each on its own. Where `both`,
    A and B move at once after A's choice, so that stages are tables.
    """
    rng = random.Random(seed)
    names = ["one", "two", "three"]
    worth = {
        (k, reply, echo): rng.randint(-3, 3)
        for k in range(ACTIONS)
        for reply in ("yes", "no")
        for echo in ("loud", "soft")
    }
    terms = " + ".join(
        f"({value}) * (a == 'a{k}') * (b == '{reply}') * (c == '{echo}')"
        for (k, reply, echo), value in worth.items()
    )
    own = " + ".join(f"(x{k} - y) * (a == 'a{k}') * (b == 'yes')" for k in range(ACTIONS))
    rules = "".join(
        f"[[regimes]]\nname = '{names[j]}'\nwhen = \"{rule}\"\n"
        for j, rule in enumerate(
            " or ".join(
                f"a == 'a{k}' and b == '{reply}'"
                for k, reply in itertools.product(range(ACTIONS), ("yes", "no"))
                if (seed * 7 + 3 * k + len(reply)) % 3 == j
            )
            or "False"
            for j in range(3)
        )
    )
    seen = '["a"]' if both else '["a", "b"]'
    return model_from_toml(
        f"""
name = "replies"
form = "extensive"
players = ["A", "B"]
concept = "{concept}"
[parameters]
x = {{ domain = "-1 <= x <= 1" }}
y = {{ domain = "-1 <= y <= 1" }}
x0 = {{ value = "x" }}
x1 = {{ value = "x" }}
x2 = {{ value = "x" }}
[[moves]]
name = "a"
player = "A"
actions = ["a0", "a1", "a2"]
[[moves]]
name = "b"
player = "B"
actions = ["yes", "no"]
observes = ["a"]
[[moves]]
name = "c"
player = "A"
actions = ["loud", "soft"]
observes = {seen}
[payoffs]
A = "{terms}"
B = "{own}"
{rules}"""
    )


def expected(model: Model, sides: tuple[int, ...]) -> set[str]:
    """Return the questions whose answer matters, B's taste for each set on its own."""

    def labels(tastes: tuple[int, ...]) -> set[str]:
        values: dict[str, Any] = {f"x{k}": taste for k, taste in enumerate(tastes)}
        solution = solve(model.at({"x": 0, "y": 0, **values}), "pure-subgame-perfect")
        return {equilibrium.regime for equilibrium in solution.equilibria}

    known = {tastes: labels(tastes) for tastes in itertools.product(sides, repeat=ACTIONS)}
    return {
        f"a{k}"
        for k in range(ACTIONS)
        for base, other in itertools.permutations(sides, 2)
        if known[base, base, base]
        != known[tuple(other if j == k else base for j in range(ACTIONS))]  # type: ignore[index]
    }


CASES = [
    (concept, both, seed)
    for concept, both in (("subgame-perfect", False), ("pure-subgame-perfect", True))
    for seed in range(12)
]


@pytest.mark.parametrize(
    ("concept", "both", "seed"),
    [pytest.param(*case, marks=pytest.mark.slow if case[2] % 2 else ()) for case in CASES],
)
def test_the_comparisons_that_decide_are_told(concept: str, both: bool, seed: int) -> None:
    model = replies(seed, concept, both)
    found = regimes(model, {"x": (-1, 1)}, values={"y": 0})
    for point in found.breakpoints:
        assert point.at.fraction == 0
        wanted = expected(model, (-1, 0, 1))
        told = [b for b in point.binding if b.player == "B"]
        assert {dict(b.information)["a"] for b in told} == wanted or not point.decisive
        assert point.decisive == bool(wanted)
        assert len({b.comparison for b in point.binding}) == len(point.binding)


@pytest.mark.parametrize(("concept", "both", "seed"), CASES[::3])
def test_in_a_plane_the_two_sides_count(concept: str, both: bool, seed: int) -> None:
    model = replies(seed, concept, both)
    found = regimes(model, {"x": (-1, 1), "y": (-1, 1)})
    wanted = expected(model, (-1, 1))
    for boundary in found.boundaries:
        assert boundary.polynomial.text() == "x - y"
        for turn in boundary.turning:
            told = {dict(b.information)["a"] for b in turn.binding if b.player == "B"}
            assert turn.decisive == bool(wanted)
            assert told == wanted or not turn.decisive


TABLE = """
name = "table"
form = "extensive"
players = ["B", "C"]
concept = "nash"
[parameters]
x = {{ domain = "-1 <= x <= 1" }}
y = {{ domain = "-1 <= y <= 1" }}
xb = {{ value = "x" }}
xc = {{ value = "x" }}
[[moves]]
name = "b"
player = "B"
actions = ["up", "down"]
observes = []
[[moves]]
name = "c"
player = "C"
actions = ["left", "right"]
observes = []
[payoffs]
B = "((xb - y) if c == 'left' else {one}) if b == 'up' else 0"
C = "((xc - y) if b == '{row}' else {two}) if c == 'left' else 0"
[[regimes]]
name = "up"
when = "b == 'up'"
[[regimes]]
name = "down"
when = "b == 'down'"
[[regimes]]
name = "mixed"
when = "True"
"""


@pytest.mark.parametrize("one", [-1, 1])
@pytest.mark.parametrize("two", [-1, 1])
@pytest.mark.parametrize("row", ["up", "down"])
def test_in_a_table_with_mixed_equilibria_too(one: int, two: int, row: str) -> None:
    model = model_from_toml(TABLE.format(one=one, two=two, row=row))

    def labels(b: int, c: int) -> set[str]:
        solution = solve(model.at({"x": 0, "y": 0, "xb": b, "xc": c}))
        return {equilibrium.regime for equilibrium in solution.equilibria}

    alone = {
        "B": any(labels(s, s) != labels(-s, s) for s in (-1, 1)),
        "C": any(labels(s, s) != labels(s, -s) for s in (-1, 1)),
    }
    found = regimes(model, {"x": (-1, 1), "y": (-1, 1)})
    assert bool(found.boundaries) == (labels(-1, -1) != labels(1, 1))
    for boundary in found.boundaries:
        assert boundary.polynomial.text() == "x - y"
        for turn in boundary.turning:
            assert turn.decisive == any(alone.values())
            assert {b.player for b in turn.binding} == {
                p for p, matters in alone.items() if matters
            }


def test_some_of_the_random_games_tell_comparisons_apart() -> None:
    """Otherwise the tests above could not fail."""
    counts = set()
    for concept, both, seed in reversed(CASES):
        model = replies(seed, concept, both)
        if regimes(model, {"x": (-1, 1)}, values={"y": 0}, check=False).breakpoints:
            counts.add(len(expected(model, (-1, 0, 1))))
        if counts >= {1, 2}:
            return
    pytest.fail(f"only {counts}")


def test_the_flagship_names_who_turns() -> None:
    found = regimes(load(FLAGSHIP), {"approval": (0, 1)})
    lines = [[str(b) for b in point.binding] for point in found.breakpoints]
    assert lines[-1] == ["US at joins[US] after exempt = US only: join or stay"]
    assert [{b.player for b in point.binding} for point in found.breakpoints] == [{"EU"}, {"US"}]
    assert all(point.decisive for point in found.breakpoints)


@pytest.mark.slow
def test_who_makes_another_mix_turns_where_the_mixture_ends() -> None:
    """The share with which the US mixes is 0 where the EU is no longer indifferent."""
    found = regimes(load(FLAGSHIP), {"approval": (0, 1), "loss": (0, 2)}, simplify=True)
    who = {b.polynomial.text(): {i.player for i in b.binding} for b in found.boundaries}
    assert who["163*approval - 50"] == {"EU"}
    assert who["4013*approval - 2500"] == {"US"}
    assert {binding.kind for b in found.boundaries for binding in b.binding} == {"incentive"}


def test_berlin_is_silent_where_dutch_pain_decides() -> None:
    """Above a share relieved of 0.65 Berlin is silent, so only there the pain alone must do it."""
    found = regimes(load("chip-seizure"), {"pain": (0, 4), "pressure": (0, 4)})
    by_equation = {b.polynomial.text(): b for b in found.boundaries}
    assert set(by_equation) == {"2*pain - 5", "2*pain + 2*pressure - 5"}
    silent, pressed = by_equation["2*pain - 5"], by_equation["2*pain + 2*pressure - 5"]
    for boundary, lobby in ((silent, "silent"), (pressed, "press")):
        assert all(turn.decisive for turn in boundary.turning)
        known = [dict(b.information) for b in boundary.binding]
        assert {at["lobby"] for at in known} == {lobby}
        assert len(known) == len({at["relief"] for at in known})
    least = Fraction(7, 10)
    assert {Fraction(dict(b.information)["relief"]) >= least for b in silent.binding} == {True}
    assert {Fraction(dict(b.information)["relief"]) <= least for b in pressed.binding} == {True}


def test_where_boundaries_meet_the_labels_beside_are_not_those_of_a_tie() -> None:
    found = regimes(load("chip-seizure"), {"pain": (0, 4), "pressure": (0, 4)})
    ties = {pattern.labels for pattern in found.patterns if pattern.interior is False}
    assert ties
    for boundary in found.boundaries:
        assert not ties & {
            labels for plus, minus, _ in boundary.between for labels in (plus, minus)
        }
        assert boundary.ties == ()


def test_each_comparison_is_in_the_json_once() -> None:
    """Between a quarter and a half of audits the regime is one, the outcome is not."""
    for by, count in (("regime", 5), ("outcome", 6)):
        found = regimes(load("tiered-licences"), {"audit_cost": ("0.1", 4)}, by=by, check=False)
        (point,) = found.to_dict()["breakpoints"]
        pairs = [(b["player"], b["move"], {b["action"], b["instead"]}) for b in point["binding"]]
        assert len(pairs) == count
        assert all(pairs.count(pair) == 1 for pair in pairs)
        halves = ("China", "audit", {"1/4", "1/2"})
        assert (halves in pairs) == (by == "outcome")


# -- the mark of each breakpoint ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "checked"),
    [
        ({"approval": Fraction(50, 163)}, [False, True]),
        ({"approval": Fraction(2500, 4013)}, [True, False]),
        ({}, [True, True]),
    ],
)
def test_a_tie_that_is_not_solved_marks_its_own_breakpoint(
    where: dict[str, Fraction], checked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = answer._Question.solved_labels

    def partly(question: Any, point: dict[str, Fraction]) -> Solved | None:
        found = whole(question, point)
        return Solved(found.certain, None) if found and point == where else found

    monkeypatch.setattr(answer._Question, "solved_labels", partly)
    found = regimes(load(FLAGSHIP), {"approval": (0, 1)})
    assert [point.checked for point in found.breakpoints] == checked


def test_a_stretch_that_is_not_solved_marks_the_breakpoints_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = answer._Question.solved_labels

    def partly(question: Any, point: dict[str, Fraction]) -> Solved | None:
        found = whole(question, point)
        first = point["approval"] < Fraction(50, 163)
        return Solved(found.certain, None) if found and first else found

    monkeypatch.setattr(answer._Question, "solved_labels", partly)
    found = regimes(load(FLAGSHIP), {"approval": (0, 1)})
    assert [point.checked for point in found.breakpoints] == [False, True]


def test_signs_at_irrational_numbers() -> None:
    ring = Ring(["x"])
    x = ring.variable("x")

    def polynomial(ratio: Any) -> Any:
        _, factors = ring.factored(ratio.numerator)
        return factors[0][0]

    line = Line(Interval())
    root = real_roots(polynomial(x * x - ring.constant(2)))[1]
    for ratio, sign in (
        (x * x - ring.constant(2), ZERO),
        (x * x - ring.constant(3), NEGATIVE),
        (x * x * x - ring.constant(2), POSITIVE),
        (x + ring.constant(Fraction(-7, 5)), POSITIVE),
        (x - ring.constant(Fraction(3, 2)), NEGATIVE),
        (x * x + ring.constant(1), POSITIVE),
    ):
        assert line.sign_at(polynomial(ratio), root) == sign
