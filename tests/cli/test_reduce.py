"""``negotiate reduce``: rounds in sentences, JSON, and refusals."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

FLAGSHIP = "divide-and-exempt"
Negotiate = Callable[..., Any]

# Half top and half middle beat bottom; nothing else is dominated, not even then.
MIXED = "Row; Column,left,right\ntop,3; 1,0; 2\nmiddle,0; 2,3; 1\nbottom,1; 0,1; 3\n"
# Row loses down, then Column right; without ties, so weak dominance does the same.
TWO_ROUNDS = "Row; Column,left,right\nup,3; 2,2; 1\ndown,1; 0,0; 5\n"
THREE = """A,B,C,payoff[A],payoff[B],payoff[C]
u,l,w,1,1,1
u,l,e,0,1,1
u,r,w,0,1,0
u,r,e,2,1,1
d,l,w,0,1,1
d,l,e,1,1,1
d,r,w,2,1,1
d,r,e,-1,1,1
"""


@pytest.fixture(autouse=True)
def _tables(_empty_folder: None) -> None:
    for name, text in {"mixed": MIXED, "two": TWO_ROUNDS, "three": THREE}.items():
        Path(f"{name}.csv").write_text(text, encoding="utf-8")


def test_rounds_in_sentences(negotiate: Negotiate) -> None:
    answer = negotiate("reduce", "two.csv")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "Round 1",
        "  Row loses down: strictly dominated by up, which gives at least 2 more",
        "Round 2",
        "  Column loses right: strictly dominated by left, which gives at least 1 more",
        "1 of 4 profiles are left: the rationalisable actions.",
        "  Row: up",
        "  Column: left",
        "payoffs (Row, Column)",
        "      left",
        "  up  3, 2",
        "exact; every dominance checked",
    ]


def test_a_mixture_dominates(negotiate: Negotiate) -> None:
    text = negotiate("reduce", "mixed.csv").out
    sentence = "Row loses bottom: strictly dominated by 1/2 top + 1/2 middle, which gives at least"
    assert sentence in text
    pure = negotiate("reduce", "mixed.csv", "--pure").out
    assert pure.startswith("Nobody has a strategy that is strictly dominated by a pure strategy.")
    assert "6 of 6 profiles are left" in pure


def test_weak_dominance_names_the_order(negotiate: Negotiate) -> None:
    answer = negotiate("reduce", "three.csv", "--by", "weak")
    assert answer.code == 0
    sentence = "C loses w: weakly dominated by e, which never gives less and up to 1 more"
    assert sentence in answer.out
    assert "all players at once in each round" in answer.out
    assert "another order may leave others" in answer.out
    assert "  d, r, e  -1, 1, 1" in answer.out


def test_beliefs_justify_what_is_left(negotiate: Negotiate) -> None:
    answer = negotiate("reduce", "mixed.csv", "--rationalisable")
    assert "Row's top is a best reply to the belief left\n" in answer.out
    assert "every dominance and belief checked" in answer.out
    assert "correlated rationalisable" in negotiate("reduce", "three.csv").out


def test_json(negotiate: Negotiate) -> None:
    document = negotiate("reduce", "mixed.csv", "--rationalisable", "--json").document
    assert document["schema"] == "negotiation/reduction/1"
    assert document["rounds"] == [
        [
            {
                "player": "Row",
                "strategy": "bottom",
                "dominated_by": {"top": "1/2", "middle": "1/2"},
                "least": "1/2",
                "most": "1/2",
            }
        ]
    ]
    assert document["left"] == {"Row": ["top", "middle"], "Column": ["left", "right"]}
    assert document["strategies"]["Row"] == ["top", "middle", "bottom"]
    assert document["payoffs"] == [["3", "1"], ["0", "2"], ["0", "2"], ["3", "1"]]
    assert document["beliefs"]["Row"][0] == {
        "strategy": "top",
        "belief": [{"strategies": {"Column": "left"}, "probability": "1"}],
    }
    assert (document["by"], document["pure"], document["order_matters"]) == ("strict", False, False)


@pytest.mark.parametrize("options", [(), ("--by", "weak"), ("--pure",), ("--rationalisable",)])
def test_a_model_with_values_and_fixed_moves(
    negotiate: Negotiate, options: tuple[str, ...]
) -> None:
    common = ("--set", "approval=0.3", "--fix", "exempt=EU only", *options)
    document = negotiate("reduce", FLAGSHIP, *common, "--json").document
    assert document["parameters"]["approval[US]"] == "0.3"
    assert document["fixed"] == {"exempt": "EU only"}
    assert document["strategies"]["China"] == ["no move"]
    solved = negotiate("solve", FLAGSHIP, *common[:4], "--json").document
    assert document["fingerprint"] == solved["fingerprint"]
    text = negotiate("reduce", FLAGSHIP, *common)
    assert text.code == 0
    assert "fixed, so no decision: exempt = EU only" in text.out


def test_strategies_of_trees_are_explained(negotiate: Negotiate) -> None:
    answer = negotiate("reduce", FLAGSHIP, "--by", "weak")
    assert answer.out.startswith("US's strategies list the actions at: joins[US] (knowing exempt =")
    assert "... and 4 more" in answer.out
    document = negotiate("reduce", FLAGSHIP, "--by", "weak", "--json").document
    assert sum(map(len, document["rounds"])) == 30
    assert len(document["payoffs"]) == 8
    for claims in document["rounds"]:
        for claim in claims:
            assert sum(map(Fraction, claim["dominated_by"].values())) == 1
            assert Fraction(claim["most"]) > 0


def test_a_scenario_and_standard_input(negotiate: Negotiate) -> None:
    assert negotiate("reduce", FLAGSHIP, "--scenario", "mining").code == 0
    answer = negotiate("reduce", "-", given=TWO_ROUNDS)
    assert answer.out.startswith("Round 1\n  Row loses down")


def test_wide_tables_are_left_to_json(negotiate: Negotiate) -> None:
    columns = [f"number {k}" for k in range(30)]
    lines = [",".join(["; ".join("AB"), *columns])]
    lines += [",".join([f"row {i}", *(f"{int(i == k)}; 0" for k in range(30))]) for i in range(30)]
    Path("wide.csv").write_text("\n".join(lines), encoding="utf-8")
    answer = negotiate("reduce", "wide.csv")
    assert "payoffs: too wide for a page; --json lists them" in answer.out
    assert "row 19, ... and 10 more" in answer.out
    assert len(negotiate("reduce", "wide.csv", "--json").document["payoffs"]) == 900


@pytest.mark.parametrize(
    ("options", "code", "found"),
    [
        (("mixed.csv", "--by", "strct"), 2, "did you mean 'strict'"),
        (("mixed.csv", "--by", "weak", "--rationalisable"), 2, "leave out --by weak"),
        (("mixed.csv", "--pure", "--rationalisable"), 2, "leave out --pure"),
        (("mixed.csv", "--set", "a=1"), 2, "no parameters to set"),
        (("mixed.csv", "--budget", "soon"), 2, "is no time"),
        (("missing.csv",), 2, "missing.csv"),
        (("nowhere",), 2, "no model is called 'nowhere'"),
        (("divide-and-exempt-members",), 4, "profiles"),
        (("mixed.csv", "--budget", "0s"), 4, "time was spent"),
    ],
)
def test_bad_calls(negotiate: Negotiate, options: tuple[str, ...], code: int, found: str) -> None:
    for more in ((), ("--json",)):
        answer = negotiate("reduce", *options, *more)
        assert answer.code == code
        assert answer.out == ""
        assert answer.err.startswith("negotiate: ")
        assert found in answer.err
        assert "remedy:" in answer.err


@pytest.mark.parametrize(
    ("model", "fixed"),
    [
        ("divide-and-exempt-members", "exempt=uniform control"),
        pytest.param("divide-and-exempt-types", "exempt=uniform control", marks=pytest.mark.slow),
        ("neutral-criteria", "approval=0"),
    ],
)
def test_a_model_too_large_is_refused_with_what_helps(
    negotiate: Negotiate, model: str, fixed: str
) -> None:
    """The remedy names no option that reduce lacks, and its example can be followed."""
    answer = negotiate("reduce", model)
    assert (answer.code, answer.out) == (4, "")
    options = re.findall(r"--[a-z]+", answer.err)
    assert options
    help_text = negotiate("reduce", "--help").out
    assert all(option in help_text for option in options)
    (example,) = re.findall(r"such as (--fix .*)", answer.err)
    assert shlex.split(example) == ["--fix", fixed]
    followed = negotiate("reduce", model, *shlex.split(example))
    assert followed.code in (0, 4)
    assert followed.err != answer.err


def test_reduce_takes_no_concept(negotiate: Negotiate) -> None:
    for wrong in (("--concept", "nash"), ("--format", "efg"), ("US",)):
        answer = negotiate("reduce", "mixed.csv", *wrong)
        assert (answer.code, answer.out) == (2, "")
        assert wrong[0] in answer.err


def test_broken_tables(negotiate: Negotiate) -> None:
    Path("broken.csv").write_text("Row; Column,left\nup,x; 1\n", encoding="utf-8")
    answer = negotiate("reduce", "broken.csv")
    assert answer.code == 3
    assert "'x' is no number" in answer.err


def test_numbers_too_long_to_be_read_back_are_refused(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python reads no integer of more than 4300 digits; here the limit is one digit."""
    Path("long.csv").write_text(
        "Row; Column,left,right\ntop,10; 1,0; 2\nmiddle,0; 2,3; 1\nbottom,1; 0,1; 3\n",
        encoding="utf-8",
    )
    assert "3/13 top + 10/13 middle" in negotiate("reduce", "long.csv").out
    monkeypatch.setattr("negotiation.report.reductions.MAX_DIGITS", 1)
    answer = negotiate("reduce", "long.csv")
    assert (answer.code, answer.out) == (4, "")
    assert "more than 1 digits" in answer.err
