"""Hostile formulas: each is refused at once, with place and remedy, wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest

from negotiation import Model, ModelError, NegotiationError
from negotiation.errors import Fault
from negotiation.formulas import parse, walk
from negotiation.model.values import read_value
from tests.promptness import ends_soon

EXECUTES = [
    "__import__('os')",
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "open('/etc/passwd')",
    "exec('1')",
    "eval('1')",
    "globals()",
    "getattr(x, 'y')",
    "print(x)",
    "(lambda: 1)()",
    "lambda x: x",
    "(y := 3)",
    "f'{x}'",
    "f'{x!r:>{y}}'",
    "f\"{f'{x}'}\"",
    "b'x'",
    "r'x'",
    "u'x'",
    "'a' 'b'",
    "'''x'''",
    "[x for x in importers]",
    "[1, 2]",
    "{1, 2}",
    "{1: 2}",
    "{}",
    "[]",
    "(x for x in importers)",
    "sum([x for i in importers])",
    "sum(x for i, j in importers)",
    "sum(x async for i in importers)",
    "sum(*importers)",
    "max(x, key=x)",
    "max(**x)",
    "await x",
    "(yield)",
    "(yield from x)",
    "x[0]",
    "x['US']",
    "share[0:1]",
    "share[i + 1]",
    "share[US][US]",
    "share[:]",
    "x if x else",
    "*x",
    "x,",
    "x; x",
    "x\\\n+ 1",
    "x = 1",
    "x == 1 # comment",
    "# comment",
    "x # first\n+ 1",
    "import os",
    "del x",
    "assert x",
    "return x",
    "class A: pass",
    "...",
    "None",
    "x is x",
    "x is not None",
    "~x",
    "x // 2",
    "x % 2",
    "x @ x",
    "x << 2",
    "x | 1",
    "x & 1",
    "x ^ 2",
    "x && x",
    "x || x",
    "!x",
    "x++",
    "x?1:0",
    "$x",
    "`x`",
    "x.y.z",
    "int(x)",
    "float('nan')",
    "round(x)",
    "range(3)",
    "sum(range(3))",
    "type(x)",
    "x()",
    "x(1)(2)",
    "",
    "   ",
    "\n\t\f",
    "(",
    ")",
    "x)",
    "'",
    '"',
    "'x",
    "x'",
]
NUMBERS = [
    "nan",
    "inf",
    "-inf",
    "infinity",
    "0x10",
    "0o17",
    "0b11",
    "1j",
    "1e5j",
    "007",
    "1__0",
    "1_",
    "1e",
    "1.2.3",
    "1..2",
    "1e999999999",
    "1e-999999999",
    "-1e99999999999999999999",
    "1e+1001",
    "9" * 1001,
    "9" * 5000,
    "0." + "9" * 5000,
    "9" * 100_000,
    "1" + "_1" * 3000,
    "٣",  # an Arabic digit
    "１２",
    "²",
    "½",
    "1,5",
]
LETTERS = [
    "x\0",
    "\0",
    "x\ud800",
    "'\ud800'",
    "'\0'",
    "\ufeffx",
    "x\u202e",
    "'x\u202ey'",
    "x\u200b",
    "x\u00ad",
    "\u2066x\u2069",
    "ﬁ",  # a ligature, which Python reads as fi
    "𝐱",
    "ｘ",
    "xª",
    "ℓ + 1",
    "متغير",  # a name from right to left, but unknown
    "x − 1",
    "x × 2",
    "x ÷ 2",
    "x ≤ 2",
    "‘x’",
    "x\x1b[31m",
    "x\x7f",
    "\U000e0001",
    "x\N{COMBINING ENCLOSING CIRCLE BACKSLASH}",
]
NESTED = [
    "(" * 10_000 + "x" + ")" * 10_000,
    "(" * 51 + "x" + ")" * 51,
    "(" * 5_000,
    "[" * 10_000,
    "abs(" * 3_000 + "x" + ")" * 3_000,
    "-" * 3_000 + "x",
    "- " * 3_000 + "x",
    "+-" * 1_500 + "x",
    "~" * 3_000 + "x",
    "not " * 3_000 + "x",
    "not - " * 1_000 + "x",
    "2 ** -" * 2_000 + "2",
    "x ** " * 1_000 + "x",
    "x if x > 1 else " * 1_000 + "x",
    "x if " * 1_000 + "x" + " else x" * 1_000,
    "lambda: " * 2_000 + "x",
    "lambda x: " * 1_500 + "x",
    "x" + ".y" * 5_000,
    "x" + "[i]" * 3_000,
    "abs" + "(x)" * 3_000,
    "x" + " + x" * 3_000,
    "x" + " + x" * 200,
    "x" * 50_000,
    "'" + "x" * 50_000 + "'",
    " " * 50_000 + "x",
    "f'" + "{" * 150 + "x" + "}" * 150 + "'",
    "f'{" * 1_000,
    "'''" + "(" * 9_000 + "'''",
    "'(' + \"(\"" * 1_000,
    "sum(x " + "for i in importers " * 2_000 + ")",
    "sum(" * 60 + "x" + " for i in importers)" * 60,
    "{" * 30 + "[" * 30 + "(" * 30,
    "await " * 1_000 + "x",
    "x\n" * 5_000,
    "x;" * 5_000,
    "\\" * 5_000,
    "#" * 5_000,
    "1" + ".e" * 5_000,
]
BOMBS = [
    "9**9**9",
    "2**2**2**2**2**2",
    "(2**2**2**2)**(2**2**2**2)",
    "10**-9999",
    "(1/10)**100000",
    "(10**100)**(10**3)",
    "x**1e9",
    "x**(10**999)",
    "x**-(10**999)",
    "((((x**99)**99)**99)**99)**99",
    "*".join(["(10**900)"] * 40),
    "+".join(f"1/(10**300+{k})" for k in range(60)),
    "sum(1/(10**999+len(importers)+x) * (10**999+x) for i in importers)**99",
    "sum(x for a in many for b in many for c in many for d in many for e in many)",
    "sum(1 for a in many if sum(1 for b in many if sum(1 for c in many if sum(1 for d in many) > 0) > 0) > 0)",  # noqa: E501
    "max(9**9**9, 1)",
    "1 if 9**9**9 > 1 else 0",
    "abs(-9**9**9)",
    "1 / 0",
    "0 ** -1",
    "x / (x - x)",
    "min(x for i in importers if False)",
]
UNKNOWN = [
    "nowhere",
    "shar[US]",
    "share[UK]",
    "share",
    "X",
    "Sum(x for i in importers)",
    "true",
    "null",
]


def build(payoff: str = "0", **changes: Any) -> Model:
    arguments: dict[str, Any] = {
        "name": "hostile",
        "players": ["A"],
        "sets": {"importers": ["US", "EU"], "many": [f"m{k}" for k in range(20)]},
        "parameters": {
            "x": {"value": 2},
            "share": {"over": "i in importers", "value": 0.5},
        },
        "moves": [{"name": "act", "player": "A", "actions": ["yes", "no"]}],
        "payoffs": {"A": payoff},
    }
    for key, value in changes.items():
        arguments[key] = {**arguments[key], **value} if key == "parameters" else value
    return Model(**arguments)


def move(**keys: Any) -> list[dict[str, Any]]:
    return [{"name": "act", "player": "A", "actions": ["yes", "no"], **keys}]


PLACES: dict[str, Any] = {
    "payoff": build,
    "value": lambda text: build(parameters={"y": {"value": text}}),
    "certified value": lambda text: build(parameters={"y": {"value": text, "digits": 3}}),
    "default": lambda text: build(parameters={"y": {"over": "i in importers", "default": text}}),
    "domain": lambda text: build(parameters={"y": {"value": 1, "domain": text}}),
    "range": lambda text: build(parameters={"y": {"value": 1, "range": [0, text]}}),
    "assumption": lambda text: build(assume=[text]),
    "when": lambda text: build(moves=move(when=text)),
    "allowed": lambda text: build(moves=move(allowed=text)),
    "grid": lambda text: build(moves=[{"name": "act", "player": "A", "grid": [0, text]}]),
    "steps": lambda text: build(
        moves=[{"name": "act", "player": "A", "grid": {"from": 0, "to": 1, "steps": text}}]
    ),
    "probability": lambda text: build(moves=move(player="chance", probabilities=[text, "rest"])),
    "definition": lambda text: build("d", define={"d": text}),
    "definition by member": lambda text: build("d[US]", define={"d[i in importers]": text}),
    "regime": lambda text: build(regimes=[{"name": "r", "when": text}]),
    "hypothesis": lambda text: build(hypotheses=[{"id": "h", "claim": "", "holds": text}]),
}


def is_refused(make: Any) -> None:
    with pytest.raises(NegotiationError) as caught:
        make()
    faults = caught.value.faults if isinstance(caught.value, ModelError) else [caught.value]
    for fault in faults:
        assert fault.message
        assert fault.place
        assert fault.remedy
        assert len(fault.message) < 1000
    assert len(str(caught.value)) < 10_000
    str(caught.value).encode()  # half characters of the input do not reach the terminal


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["EXECUTES", "NUMBERS", "LETTERS", "UNKNOWN"])
def test_it_is_refused_wherever_it_stands(kind: str, place: str, several_inputs: None) -> None:
    for text in globals()[kind]:
        with ends_soon(text):
            is_refused(lambda text=text: PLACES[place](text))


@pytest.mark.parametrize("text", NESTED, ids=lambda text: f"{text[:12]}...")
def test_deep_and_long_formulas_are_refused_at_once(text: str, several_inputs: None) -> None:
    for place, make in PLACES.items():
        with ends_soon(place):
            is_refused(lambda make=make: make(text))
    is_refused(lambda: read_value(text, "--set x"))


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: text[:20])
def test_bombs_do_not_go_off(text: str, several_inputs: None) -> None:
    for place in ("payoff", "value", "certified value", "definition", "grid", "steps"):
        with ends_soon(place):
            is_refused(lambda place=place: PLACES[place](text).at())
    for place in ("domain", "assumption", "when", "allowed"):
        with ends_soon(place):
            is_refused(lambda place=place: PLACES[place](f"{text} < 0").at())


def test_a_bomb_in_a_branch_that_is_not_taken_does_no_harm() -> None:
    assert build("1 if x > 1 else 9**9**9").at().histories == 2
    build("9**9**9 if act == 'maybe' or x < 1 else 1", moves=move(actions=["yes", "maybe"]))


@pytest.mark.parametrize("count", [39, 60, 500])
def test_repeated_squaring_through_definitions(count: int) -> None:
    define = {"d0": "x + 1/3"} | {f"d{k}": f"d{k - 1} * d{k - 1}" for k in range(1, count)}
    is_refused(lambda: build(f"d{count - 1}", define=define).at())


@pytest.mark.parametrize("count", [39, 60, 500])
def test_repeated_squaring_through_parameters(count: int) -> None:
    chain = {f"y{k}": {"value": f"y{k - 1} ** 2"} for k in range(1, count)}
    is_refused(lambda: build(parameters={"y0": {"value": "1/3"}} | chain))


def test_repeated_doubling_through_definitions_is_no_bomb() -> None:
    define = {"d0": "x"} | {f"d{k}": f"d{k - 1} + d{k - 1}" for k in range(1, 39)}
    assert build("d38", define=define).at().payoffs[1][0] == 2**39


def test_definitions_that_nest_deeply_each() -> None:
    deep = "1 if act == 'yes' else " * 100
    define = {"d0": "1"} | {f"d{k}": f"{deep}d{k - 1}" for k in range(1, 12)}
    is_refused(lambda: build("d11", define=define).at())
    assert build("d1", define={name: define[name] for name in ("d0", "d1")}).at().histories == 2


def test_cycles_are_named() -> None:
    define = {f"d{k}": f"d{(k + 1) % 30}" for k in range(30)}
    with pytest.raises(ModelError, match="d0 -> d1 -> d2"):
        build(define=define)
    with pytest.raises(ModelError, match="y0 -> y1 -> y0"):
        build(parameters={"y0": {"value": "y1"}, "y1": {"value": "y0"}})
    with pytest.raises(ModelError, match="y -> y"):
        build(parameters={"y": {"over": "i in importers", "value": {"US": "y[EU]", "EU": "1"}}})


def test_huge_families_are_refused_before_they_are_made() -> None:
    many = [f"m{k}" for k in range(900)]
    sets = {"many": many, "importers": ["US"]}
    pairs = {"y": {"over": "i in many, j in many", "value": 1}}
    is_refused(lambda: build(sets=sets, parameters=pairs))
    is_refused(lambda: build(sets=sets, moves=move(over="i in many")))
    is_refused(lambda: build(sets={"many": [f"m{k}" for k in range(2000)], "importers": ["US"]}))
    subsets = [{"name": "s", "player": "A", "subsets": "many"}]
    is_refused(lambda: build(sets=sets, moves=subsets).at())
    grid = {"from": 0, "to": 1, "steps": 10**9}
    is_refused(lambda: build(moves=[{"name": "g", "player": "A", "grid": grid}]).at())


def test_a_tree_of_more_than_a_million_histories_is_refused_with_the_count() -> None:
    moves = [
        {"name": f"g{k}", "player": "A", "grid": {"from": 0, "to": 1, "steps": 101}}
        for k in range(3)
    ]
    with pytest.raises(ModelError) as caught:
        build(moves=moves).at()
    assert "1,030,301" in str(caught.value)
    assert "forms that do not enumerate" in str(caught.value)


def test_hundreds_of_faults_are_reported_up_to_a_hundred() -> None:
    define = {f"d{k}": f"unknown{k}" for k in range(3000)}
    with pytest.raises(ModelError) as caught:
        build(define=define)
    assert len(caught.value.faults) == 101
    assert "stopped" in caught.value.faults[-1].message


def test_thousands_of_names_are_read() -> None:
    define = {f"d{k}": "x" for k in range(3000)}
    assert len(build(define=define).define) == 3000


@pytest.mark.parametrize(
    ("text", "column", "remedy"),
    [
        ("x + y'", 5, "close the quote"),
        ("x × 2", 2, "write *"),
        ("2 + 𝐱", 4, "write x"),
        ("中 + (a.b)", 5, "a[b]"),
        ("x && y", 3, "write and, or, not"),
        ("x ^ 2", 0, "powers are written **"),
        ("x = 2", 2, "compare with =="),
        ("ln(x)", 0, "written log"),
        ("share(US)", 0, "share[US]"),
        ("1 if x elif y", 0, "a choice is written"),
        ("x, 5", 0, "a decimal has a point"),
        ("50 %", 4, "50 per cent is written 0.5"),
        ("x # why", 2, "a comment stands in the file"),
        ("share['US']", 6, "write share[US]"),
        ("x is 2", 0, "write =="),
    ],
)
def test_the_remedy_says_what_to_write(text: str, column: int, remedy: str) -> None:
    with pytest.raises(Fault) as caught:
        parse(text)
    assert caught.value.column == column
    assert remedy in caught.value.remedy


def test_limits_are_far_from_what_people_write() -> None:
    sizes = {
        "(" * 50 + "x" + ")" * 50: 1,
        " + ".join(["x"] * 140): 279,
        "-" * 40 + "x": 41,
        " and ".join(["x > 1"] * 900): 2701,
        "1" * 1000: 1,
        "1e999": 1,
        "x if x > 1 else " * 100 + "x": 501,
    }
    for text, size in sizes.items():
        assert len(list(walk(parse(text)))) == size
