"""Formulas mean what Python means by the same text, in exact arithmetic.

Random formulas of the language are evaluated twice at every leaf of a small game: by the package,
and by Python's own ``eval`` on the same text, its decimals turned into fractions. Both must agree,
in failing too: laziness (``if``, ``and``, ``or``, chains, ``any``) decides whether a division by
zero is met.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from negotiation import Model, ModelError
from tests.drawing import examples

SETS = {"S": ["a", "b", "c"], "T": ["b", "c"]}
FAMILY = {"a": Fraction(1, 2), "b": Fraction(-3), "c": Fraction(0)}
PAIRS = {f"{i}, {j}": Fraction(k, 7) for k, (i, j) in enumerate(itertools.product("abc", "bc"))}
GRID = (Fraction(0), Fraction(1, 3), Fraction(2))


class Chosen(frozenset[str]):
    """A set of members that is equal to its label, and runs in the order of the file."""

    def __iter__(self) -> Iterator[str]:
        return iter([member for member in SETS["S"] if member in self])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            other = SETS["S"][:1] if other == "first" else re.findall(r"\w+", other)
        return isinstance(other, Iterable) and set(self) == set(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = frozenset.__hash__


class Offered(Fraction):
    """A number of the grid that is equal to its label."""

    def __eq__(self, other: object) -> bool:
        return super().__eq__(Fraction(other) if isinstance(other, str) else other)

    __hash__ = Fraction.__hash__


class Cells(dict[Any, Any]):
    """A family: cells by member, or by a pair of members."""


def model_of(payoff: str) -> Model:
    return Model(
        name="meaning",
        players=["A"],
        sets=SETS,
        parameters={
            "x": {"value": 2},
            "y": {"value": "1/3"},
            "z": {"value": 0},
            "f": {"over": "i in S", "value": {k: str(v) for k, v in FAMILY.items()}},
            "g": {"over": "i in S, j in T", "value": {k: str(v) for k, v in PAIRS.items()}},
        },
        moves=[
            {"name": "act", "player": "A", "actions": ["yes", "no"]},
            {"name": "set", "player": "A", "subsets": "S", "labels": {"first": ["a"]}},
            {"name": "bid", "player": "A", "grid": GRID},
            {"name": "say", "over": "i in T", "player": "A", "actions": ["yes", "no"]},
        ],
        define={"d": "x - bid", "e[i in S]": "f[i] + (1 if i in set else 0)", "chosen": "set"},
        payoffs={"A": payoff},
    )


def environment(path: dict[str, str]) -> dict[str, Any]:
    """Return what the names of a formula are at a leaf."""
    labels = {"first": "a"} | {label: label.strip("{}") for label in [path["set"]]}
    members = Chosen(re.findall(r"\w+", "a" if path["set"] == "first" else labels[path["set"]]))
    bid = Offered(path["bid"])
    return {
        "__builtins__": {f.__name__: f for f in (sum, min, max, any, all, abs)},
        "len": lambda items: Fraction(len(list(items))),  # Python divides integers as floats
        "F": Fraction,
        **{name: Chosen(listed) for name, listed in SETS.items()},
        **{member: member for member in SETS["S"]},
        "x": Fraction(2),
        "y": Fraction(1, 3),
        "z": Fraction(0),
        "f": Cells(FAMILY),
        "g": Cells({tuple(k.split(", ")): v for k, v in PAIRS.items()}),
        "act": path["act"],
        "set": members,
        "chosen": members,
        "bid": bid,
        "say": Cells({"b": path["say[b]"], "c": path["say[c]"]}),
        "d": 2 - bid,
        "e": Cells({i: FAMILY[i] + (i in members) for i in SETS["S"]}),
    }


def by_python(formula: str, environments: list[dict[str, Any]]) -> Iterator[Fraction | None]:
    """Yield the value of a formula by Python's own rules at each leaf; None where it has none."""
    exact = re.sub(r"('[^']*')|(\d+(?:\.\d+)?)", lambda m: m[1] or f"F('{m[2]}')", formula)
    exact = exact.replace("True", "F(1)")  # True / 3 would be a float, too
    code = compile(exact, "formula", "eval")
    for names in environments:
        try:
            yield Fraction(eval(code, names))  # noqa: S307 - the oracle
        except (ZeroDivisionError, ValueError):
            yield None


# Generators of text, one a kind; `letters` are the index letters bound so far with their sets.
Letters = tuple[tuple[str, str], ...]


@st.composite
def numbers(draw: st.DrawFn, depth: int, letters: Letters) -> str:
    leaves = ["0", "1", "2", "0.5", "3", "x", "y", "z", "bid", "d", "f[a]", "g[a, b]", "len(S)"]
    leaves += ["len(set)", "e[b]", "True"]
    leaves += [f"f[{i}]" for i, _ in letters] + [f"e[{i}]" for i, _ in letters]
    leaves += [f"g[{i}, {j}]" for i, _ in letters for j, of in letters if of == "T"]
    if depth == 0:
        return draw(st.sampled_from(leaves))
    number, truth = numbers(depth - 1, letters), truths(depth - 1, letters)
    match draw(st.integers(0, 7)):
        case 0:
            return f"({draw(number)} {draw(st.sampled_from('+-*/'))} {draw(number)})"
        case 1:
            return f"({draw(number)}) ** {draw(st.sampled_from(['2', '-1', '0', '3', 'x']))}"
        case 2:
            return f"({draw(number)} if {draw(truth)} else {draw(number)})"
        case 3:
            return f"-({draw(number)})"
        case 4:
            return f"{draw(st.sampled_from(['min', 'max']))}({draw(number)}, {draw(number)})"
        case 5:
            return f"abs({draw(number)})"
        case 6:
            function = draw(st.sampled_from(["sum", "min", "max", "len"]))
            return draw(aggregates(function, "number", depth - 1, letters))
        case _:
            return draw(st.sampled_from(leaves))


@st.composite
def truths(draw: st.DrawFn, depth: int, letters: Letters) -> str:
    leaves = ["True", "False", "act == 'yes'", "say[b] != 'no'", "act in ('yes', 'no')"]
    leaves += ["set == 'first'", "set != '{b, a}'", "set == '{}'", "bid == '1/3'", "chosen == S"]
    leaves += ["bid in ('0', '2')", "a in set", "b not in chosen", "say[b] == say[c] == 'no'"]
    leaves += ["'yes' == act != say[c]", "set in ('first', '{a, b, c}')", "bid in (0, y)"]
    leaves += [f"{i} in set" for i, _ in letters] + [f"{i} == b" for i, _ in letters]
    leaves += [f"say[{i}] == 'yes'" for i, of in letters if of == "T"]
    leaves += [f"{i} in T" for i, _ in letters] + [f"{i} in (b, c)" for i, _ in letters]
    if depth == 0:
        return draw(st.sampled_from(leaves))
    number, truth = numbers(depth - 1, letters), truths(depth - 1, letters)
    match draw(st.integers(0, 5)):
        case 0:
            operator = draw(st.sampled_from(["and", "or"]))
            return f"({draw(truth)} {operator} {draw(truth)})"
        case 1:
            return f"(not {draw(truth)})"
        case 2:
            operators = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
            chain = draw(number)
            for _ in range(draw(st.integers(1, 2))):
                chain += f" {draw(operators)} {draw(number)}"
            return f"({chain})"
        case 3:
            function = draw(st.sampled_from(["any", "all"]))
            return draw(aggregates(function, "truth", depth - 1, letters))
        case 4:
            return f"({draw(number)} in ({draw(number)}, {draw(number)}))"
        case _:
            return draw(st.sampled_from(leaves))


@st.composite
def aggregates(draw: st.DrawFn, function: str, body: str, depth: int, letters: Letters) -> str:
    free = [letter for letter in "ijk" if letter not in dict(letters)]
    if not free:
        return "0" if body == "number" else "True"
    text, bound = "", letters
    for letter in free[: draw(st.integers(1, 2))]:
        of = draw(st.sampled_from(["S", "T", "set", "chosen", "(set if act == 'yes' else T)"]))
        text += f" for {letter} in {of}"
        bound = (*bound, (letter, "T" if of == "T" else "S"))
        if draw(st.booleans()):
            text += f" if {draw(truths(min(depth, 1), bound))}"
    inside = draw((numbers if body == "number" else truths)(depth, bound))
    return f"{function}({inside}{text})"


LEAVES = [
    {"act": a, "set": s, "bid": b, "say[b]": u, "say[c]": v}
    for a in ("yes", "no")
    for s in ("{}", "first", "{b}", "{c}", "{a, b}", "{a, c}", "{b, c}", "{a, b, c}")
    for b in ("0", "1/3", "2")
    for u in ("yes", "no")
    for v in ("yes", "no")
]


ENVIRONMENTS = [environment(path) for path in LEAVES]


def check(formula: str) -> None:
    model = model_of(formula)  # must be accepted: a refusal of what is well-formed fails the test
    wanted = list(by_python(formula, ENVIRONMENTS))
    if None in wanted:
        with pytest.raises(ModelError):
            model.at()
        return
    game = model.at()  # must be built: an error where Python has a value fails the test
    found = {tuple(sorted(game.path(node))): payoffs[0] for node, payoffs in game.payoffs.items()}
    for path, value in zip(LEAVES, wanted, strict=True):
        assert found[tuple(sorted(path.items()))] == value, path


@settings(
    examples(80),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # to shrink a formula takes minutes
)
@given(formula=numbers(3, ()))
def test_random_formulas_agree_with_python(formula: str) -> None:
    check(formula)


@pytest.mark.slow
@settings(
    examples(1000),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(formula=numbers(4, ()))
def test_many_random_formulas_agree_with_python(formula: str) -> None:
    check(formula)


def test_the_oracle_knows_failure_from_value() -> None:
    first = environment(LEAVES[0] | {"set": "first"})
    assert list(by_python("1 / z", [first])) == [None]
    assert list(by_python("0.1 + 0.2", [first])) == [Fraction("0.3")]
    assert list(by_python("1 if set == 'first' and bid == '0' else 0", [first])) == [1]
    for formula in ("1 / z if bid > 5 else 1", "1 / bid", "1 if bid == 0 or 1 / bid > 0 else 2"):
        check(formula)
