"""``negotiate regimes``: what it prints agrees with exact solves; wrong calls are told apart."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import z3

from negotiation import load, solve

FLAGSHIP = "divide-and-exempt"
MEMBERS = "divide-and-exempt-members"
PROOF = ("--concept", "pure-subgame-perfect", "--select", "coalition-proof")
PLANE = ("--over", "harm[EU]=0:1", "--over", "loss=0:6/5")
Negotiate = Callable[..., Any]


def labels_by_solving(point: dict[str, Fraction]) -> set[str]:
    solution = solve(load(FLAGSHIP).at(point), "pure-subgame-perfect", select="coalition-proof")
    return {equilibrium.regime for equilibrium in solution.equilibria}


def test_one_axis_as_json(negotiate: Negotiate) -> None:
    """Every number of the axis lies in one piece, and its labels are those of an exact solve."""
    answer = negotiate("regimes", FLAGSHIP, "--over", "approval=0:1", *PROOF, "--json")
    assert (answer.code, answer.err) == (0, "")
    document = answer.document
    assert document["complete"] is True
    assert [b["at"] for b in document["breakpoints"]] == ["50/163", "2500/4013"]
    assert all(b["checked"] for b in document["breakpoints"])
    draw = random.Random(1)
    points = [Fraction(draw.randrange(0, 1001), 1000) for _ in range(15)]
    for value in (Fraction(0), Fraction(1), Fraction(50, 163), Fraction(2500, 4013), *points):
        inside = []
        for piece in document["pieces"]:
            low, high = Fraction(piece["low"]), Fraction(piece["high"])
            above = value >= low if piece["low_closed"] else value > low
            below = value <= high if piece["high_closed"] else value < high
            if above and below:
                inside.append(piece)
        (piece,) = inside
        assert set(piece["labels"]) == labels_by_solving({"approval": value})


def test_two_axes_as_json(negotiate: Negotiate) -> None:
    """The printed conditions, read again as formulas, are true exactly where a solve says so."""
    document = negotiate("regimes", FLAGSHIP, *PLANE, *PROOF, "--json").document
    assert document["complete"] is True
    assert len(document["boundaries"]) == 3
    wide = [p for p in document["patterns"] if p["interior"]]
    assert {tuple(p["labels"]) for p in wide} == {
        ("divide",),
        ("uniform exemption",),
        ("resisted",),
    }
    draw = random.Random(2)
    for _ in range(15):
        point = {
            "harm[EU]": Fraction(draw.randrange(0, 101), 100),
            "loss": Fraction(draw.randrange(0, 121), 100),
        }
        true = [p for p in wide if holds(p["condition"], point)]
        found = labels_by_solving(point)
        assert [set(p["labels"]) for p in true] == [found]
    for pattern in document["patterns"]:
        point = {name: Fraction(text) for name, text in pattern["sample"].items()}
        assert labels_by_solving(point) == set(pattern["labels"])


def holds(condition: str, point: dict[str, Fraction]) -> bool:
    """Evaluate a printed condition at a point."""
    for name, value in point.items():
        condition = condition.replace(name, f"({value.numerator}*one/{value.denominator})")
    condition = re.sub(r"(?<![\w.)/*])(\d+\.\d+)", r"F('\1')", condition)
    return bool(eval(condition, {"one": Fraction(1), "F": Fraction}))  # noqa: S307


def test_text_and_latex(negotiate: Negotiate) -> None:
    text = negotiate("regimes", FLAGSHIP, "--over", "loss=0:1", *PROOF)
    assert text.code == 0
    assert text.out.startswith("Along loss from 0 to 1: resisted up to 0.26052, then divide.\n")
    latex = negotiate("regimes", FLAGSHIP, "--over", "loss=0:1", *PROOF, "--latex")
    assert latex.code == 0
    assert r"\begin{tabular}" in latex.out
    assert r"\toprule" in latex.out


def test_values_moves_and_scenarios(negotiate: Negotiate) -> None:
    call = ("regimes", FLAGSHIP, "--over", "loss=0:1", *PROOF)
    base = negotiate(*call, "--json").document
    changed = negotiate(*call, "--set", "approval=0.5", "--json").document
    assert base["fingerprint"] != changed["fingerprint"]
    assert changed["parameters"]["approval[EU]"] == "0.5"
    assert changed["breakpoints"][0]["after"] == ["uniform exemption"]
    fixed = negotiate(*call, "--fix", "exempt=US only", "--json").document
    assert fixed["fixed"] == {"exempt": "US only"}
    assert fixed["breakpoints"] == []
    scenario = negotiate(*call, "--scenario", "imports", "--json").document
    assert scenario["parameters"] != base["parameters"]


def test_by_outcome(negotiate: Negotiate) -> None:
    call = ("regimes", FLAGSHIP, "--over", "loss=0:1", *PROOF, "--by", "outcome", "--json")
    document = negotiate(*call).document
    assert document["by"] == "outcome"
    labels = {label for piece in document["pieces"] for label in piece["labels"]}
    assert "exempt = US only, joins[US] = stay, joins[EU] = stay" in labels
    assert {outcome["label"] for outcome in document["outcomes"]} == labels
    names = [outcome["name"] for outcome in document["outcomes"]]
    assert len(set(names)) == len(names)


def test_long_outcomes_are_short_in_text(negotiate: Negotiate) -> None:
    call = ("regimes", "beer-quiche", "--over", "strong", "--by", "outcome")
    text = negotiate(*call).out
    assert "type = strong or weak, breakfast = beer, reply = leave" in text
    assert " or type = " not in text
    assert negotiate(*call).out == text


def test_boundaries_name_who_turns(negotiate: Negotiate) -> None:
    call = ("regimes", FLAGSHIP, "--over", "approval=3/10:1/3", "--over", "loss=1/10:2")
    document = negotiate(*call, "--json").document
    assert any(len(boundary["binding"]) > 1 for boundary in document["boundaries"])
    for boundary in document["boundaries"]:
        texts = [binding["text"] for binding in boundary["binding"]]
        assert texts
        assert len(set(texts)) == len(texts)
        for pair in boundary["between"]:
            assert pair["decisive"]
            assert not pair["tie"]
            assert {binding["text"] for binding in pair["binding"]} <= set(texts)


def test_an_axis_without_a_range_is_that_of_the_domain(negotiate: Negotiate) -> None:
    (axis,) = negotiate("regimes", FLAGSHIP, "--over", "approval", *PROOF, "--json").document[
        "axes"
    ]
    assert (axis["low"], axis["high"]) == ("0", "1")
    half = negotiate("regimes", FLAGSHIP, "--over", "loss=:2", *PROOF, "--json").document
    assert (half["axes"][0]["low"], half["axes"][0]["high"]) == ("0", "2")


def test_the_last_question_has_no_answer(negotiate: Negotiate) -> None:
    """z3, reading the file, finds no point that the known patterns leave out."""
    answer = negotiate("regimes", FLAGSHIP, *PLANE, *PROOF, "--smt", "last.smt2")
    assert answer.code == 0
    assert answer.err == "wrote last.smt2\n"
    text = Path("last.smt2").read_text()
    solver = z3.Solver()
    solver.from_string(text)
    assert solver.check() == z3.unsat
    # Without one of its conditions there is a point: the file is about something.
    lines = [line for line in text.splitlines() if not line.startswith("(assert (and (or")]
    assert len(lines) == len(text.splitlines()) - 1
    weaker = z3.Solver()
    weaker.from_string("\n".join(lines))
    assert weaker.check() == z3.sat


@pytest.mark.parametrize("suffix", ["pdf", "png"])
def test_a_picture_is_written(negotiate: Negotiate, suffix: str) -> None:
    call = ("regimes", FLAGSHIP, "--over", "loss=0:1", *PROOF, "--plot")
    answer = negotiate(*call, f"a.{suffix}")
    assert (answer.code, answer.err) == (0, f"wrote a.{suffix}\n")
    negotiate(*call, f"b.{suffix}")
    first, second = Path(f"a.{suffix}").read_bytes(), Path(f"b.{suffix}").read_bytes()
    assert first == second
    assert first[:4] == {"pdf": b"%PDF", "png": b"\x89PNG"}[suffix]
    assert not list(Path().glob(".*"))


def test_a_spent_budget_leaves_exit_code_4(negotiate: Negotiate) -> None:
    answer = negotiate("regimes", MEMBERS, "--budget", "1ms", *PROOF)
    assert (answer.code, answer.out) == (4, "")
    assert "the budget of time is spent" in answer.err


@pytest.mark.parametrize("form", ["--json", "--latex", ""])
def test_what_is_not_complete_is_printed_with_exit_code_4(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """The search stops at two patterns: what was found and the open question are there."""
    monkeypatch.setattr("negotiation.analysis.regimes.regions.MAX_PATTERNS", 2)
    options = (*PLANE, *PROOF, "--smt", "open.smt2", *([form] if form else []))
    answer = negotiate("regimes", FLAGSHIP, *options)
    assert answer.code == 4
    if form == "--json":
        document = answer.document
        assert (document["complete"], document["termination"]) == (False, "budget")
        assert 0 < document["coverage"] <= 1
        assert "(check-sat)" in document["open_question"]
        assert document["message"]
    elif form == "--latex":
        assert "% complete: no" in answer.out
    else:
        assert "not complete: " in answer.out
    assert ("not complete" in answer.err) == bool(form)
    solver = z3.Solver()
    solver.from_string(Path("open.smt2").read_text())
    assert solver.check() == z3.sat


def test_what_is_not_complete_makes_no_picture(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("negotiation.analysis.regimes.regions.MAX_PATTERNS", 2)
    picture = negotiate("regimes", FLAGSHIP, *PLANE, *PROOF, "--plot", "a.pdf")
    assert picture.code == 4
    assert "not all boundaries are known" in picture.err
    assert not Path("a.pdf").exists()


WRONG = [
    (("--over", "los=0:1"), "'los'", "'loss'"),
    (("--over", "loss=1:0"), "empty", "smaller bound first"),
    (("--over", "loss=-1:1"), "-1 lies outside the domain: loss >= 0", "write 0 or nothing"),
    (("--over", "loss=-2:-1"), "no value of loss", "inside the domain"),
    (("--over", "share[EU]=0:2"), "2 lies outside the domain", "domain's own"),
    (("--over", "loss=zero:1"), "'zero' is no number", "0.5 or 1/3"),
    (("--over", "loss=0:1e999999999"), "more than 1000 digits", ""),
    (("--over", "loss=0"), "is no range", "loss=lo:hi"),
    (("--over", "=0:1"), "is no range", "name=lo:hi"),
    (("--over", ""), "is no range", "name=lo:hi"),
    (("--over", "loss=0:1:5"), "no number of points", "negotiate sweep"),
    (("--over", "loss=0:1", "--over", "loss=0:2"), "given twice", "each axis once"),
    (("--over", "approval=0:1", "--over", "approval[US]=0:1"), "also given", "once"),
    (("--over", "loss=0:1", "--set", "loss=1"), "also given by --set", "once"),
    (("--over", "loss", "--by", "regimes"), "'regimes'", "regime"),
    (("--over", "loss", "--concept", "qre"), "'qre'", "subgame-perfect"),
    (("--over", "loss", "--select", "best"), "best", ""),
    (("--over", "loss", "--set", "sigma=2"), "sigma", ""),
    (("--over", "loss", "--fix", "exempt=nobody"), "nobody", ""),
    (("--over", "loss", "--scenario", "none"), "none", ""),
    (("--over", "loss", "--budget", "soon"), "'soon' is no time", "60s"),
    (("--over", "loss", "--json", "--latex"), "two forms", "leave out --json"),
    (("--over", "loss", "--plot", "a.svg"), ".pdf or .png", "name it so"),
    (("--over", "loss", "--plot", "no/a.pdf"), "folder is not there", "make it first"),
    (("--over", "loss", "--smt", "no/q"), "folder is not there", "make it first"),
    (("--over", "loss", "--smt", "q"), "z3 is not asked", "leave it out"),
    (("--plot", "a.pdf"), "all parameters vary", "one axis or two"),
]


@pytest.mark.parametrize(("options", "said", "remedy"), WRONG)
def test_wrong_calls(
    negotiate: Negotiate, options: tuple[str, ...], said: str, remedy: str
) -> None:
    answer = negotiate("regimes", FLAGSHIP, *options)
    assert answer.code == 2
    assert said in answer.err
    assert "remedy: " in answer.err
    assert remedy in answer.err
    assert not list(Path().iterdir())


STRUCTURAL = """
name = "structural"
form = "extensive"
players = ["A"]
[parameters]
x = { value = 1 }
top = { value = 1 }
[[moves]]
name = "offer"
player = "A"
grid = { from = 0, to = "top", steps = 2 }
[payoffs]
A = "x * offer"
"""


def test_a_structural_parameter_is_no_axis(negotiate: Negotiate) -> None:
    Path("structural.toml").write_text(STRUCTURAL)
    answer = negotiate("regimes", "structural.toml", "--over", "top=1:2")
    assert answer.code == 2
    assert "decides the shape of the tree" in answer.err
    assert "sweep it instead" in answer.err
    assert negotiate("regimes", "structural.toml", "--over", "x=-1:1").code == 0


def test_a_model_without_parameters(negotiate: Negotiate) -> None:
    text = STRUCTURAL.replace("x = { value = 1 }\ntop = { value = 1 }\n", "")
    text = text.replace('"top"', "1").replace("x * offer", "offer")
    Path("plain.toml").write_text(text)
    answer = negotiate("regimes", "plain.toml", "--over", "x=0:1")
    assert answer.code == 2
    assert "no parameter is called 'x'" in answer.err
    whole = negotiate("regimes", "plain.toml")
    assert whole.code == 0
    assert whole.out.startswith("No parameter is free: ")


@pytest.mark.parametrize("name", ["game.nfg", "game.efg", "game.csv"])
def test_files_of_games_have_no_parameters(negotiate: Negotiate, name: str) -> None:
    Path(name).write_text("")
    answer = negotiate("regimes", name, "--over", "x=0:1")
    assert answer.code == 2
    assert "a file of a game, not of a model" in answer.err


def test_a_model_from_standard_input(negotiate: Negotiate) -> None:
    answer = negotiate("regimes", "-", "--over", "x=-1:1", "--json", given=STRUCTURAL)
    assert answer.code == 0
    assert answer.document["model"] == "structural"


def test_irrational_breakpoints_as_json(negotiate: Negotiate) -> None:
    given = STRUCTURAL.replace("x * offer", "(x**2 - 2) * offer") + (
        "[[regimes]]\nname = 'none'\nwhen = 'offer == 0'\n"
        "[[regimes]]\nname = 'some'\nwhen = 'True'\n"
    )
    document = negotiate("regimes", "-", "--over", "x=0:2", "--json", given=given).document
    (breakpoint,) = document["breakpoints"]
    assert breakpoint["at"]["polynomial"] == ["-2", "0", "1"]
    low, high = map(Fraction, breakpoint["at"]["interval"])
    assert low**2 < 2 < high**2
    assert (breakpoint["before"], breakpoint["after"]) == (["none"], ["some"])


@pytest.mark.parametrize(
    "options",
    [
        ("--over", "discriminate", *PROOF),
        ("--over", "discriminate", "--over", "loss=0:1", *PROOF),
        pytest.param(
            ("--over", "discriminate", "--over", "loss=0:1", "--over", "harm[EU]=0:1", *PROOF),
            marks=pytest.mark.slow,
        ),
        ("--over", "share[EU]=0:1", *PROOF),
        ("--over", "loss=0:1", "--select", "all"),
        ("--over", "loss=0:1", "--by", "outcome", "--concept", "nash", "--fix", "exempt=US only"),
        ("--over", "sigma", "--over", "weight[US]", *PROOF),
    ],
)
def test_every_kind_of_answer_fits_the_schema(
    negotiate: Negotiate, options: tuple[str, ...]
) -> None:
    document = negotiate("regimes", FLAGSHIP, *options, "--json").document
    assert document["patterns"]
    assert bool(document["pieces"]) != bool(document["open_question"])
    text = negotiate("regimes", FLAGSHIP, *options)
    latex = negotiate("regimes", FLAGSHIP, *options, "--latex")
    assert (text.code, latex.code) == (0, 0)
    for pattern in document["patterns"]:
        assert (" | ".join(pattern["labels"]) or "no equilibrium") in text.out
