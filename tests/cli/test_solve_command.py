"""``negotiate solve``: text, JSON, settings, exit codes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from negotiation import load, solve
from tests.promptness import ends_soon

FLAGSHIP = "divide-and-exempt"
Negotiate = Callable[..., Any]

TIED = """
name = "tied"
form = "extensive"
players = ["a", "b"]
[parameters.x]
value = 1
[[moves]]
name = "go"
player = "a"
actions = ["left", "right"]
[payoffs]
a = "x if go == 'left' else 1"
b = "0"
"""

UNSOLVED = """
name = "unsolved"
form = "extensive"
players = ["club"]
[sets]
club = ["a", "b", "c"]
[[moves]]
name = "side"
over = "i in club"
actions = ["left", "right"]
[payoffs]
"i in club" = "1 if side[a] == side[b] == side[c] else 0"
"""

MEMBERS = """
name = "club"
form = "extensive"
players = ["host", "guests"]
[sets]
guests = ["A", "B", "C", "D", "E", "F"]
[[moves]]
name = "invite"
player = "host"
subsets = "guests"
[[moves]]
name = "comes"
over = "i in guests"
actions = ["yes", "no"]
observes = ["invite"]
[define]
met = "sum(1 for i in guests if comes[i] == 'yes')"
[payoffs]
host = "met - len(invite) / 3"
"i in guests" = "(met - 2 if i in invite else met / 4 - 1) if comes[i] == 'yes' else 0"
"""


@pytest.fixture
def tied() -> str:
    Path("tied.toml").write_text(TIED)
    return "tied.toml"


def test_text_says_what_happens_first(negotiate: Negotiate) -> None:
    answer = negotiate("solve", FLAGSHIP, "--select", "coalition-proof")
    assert answer.code == 0
    assert answer.err == ""
    lines = answer.out.splitlines()
    assert lines[0] == "China exempts the US only; the US stays, the EU stays"
    assert lines[1] == "  regime: divide"
    assert lines[2].startswith("  payoffs: China ")
    assert lines[-1].endswith("; 1 profile; every entry certified (largest gain from deviating 0)")


def test_json_is_the_solution(negotiate: Negotiate) -> None:
    answer = negotiate("solve", FLAGSHIP, "--json")
    assert (answer.code, answer.err) == (0, "")
    expected = solve(load(FLAGSHIP).at()).to_dict()
    document = answer.document
    assert document.pop("seconds") >= 0
    del expected["seconds"]
    assert document == expected
    assert document["schema"] == "negotiation/solution/1"


def test_keys_are_those_of_the_published_example(negotiate: Negotiate) -> None:
    document = negotiate("solve", FLAGSHIP, "--json").document
    identity = "schema game fingerprint parameters fixed players concept method selection"
    answer = "exact complete termination profiles seconds equilibria components message"
    assert list(document)[:17] == [*identity.split(), *answer.split()]
    entry = document["equilibria"][0]
    assert list(entry) == "outcomes payoffs regime strategies beliefs certificate".split()
    assert list(entry["outcomes"][0]) == ["moves", "probability"]
    assert list(entry["strategies"]["US"][0]) == ["move", "information", "probabilities"]
    assert entry["certificate"] == {"largest_gain": "0"}
    assert "harm[EU]" in document["parameters"]


@pytest.mark.parametrize(
    ("options", "values", "fix"),
    [
        (["--set", "threshold=1"], {"threshold": 1}, {}),
        (["--set", "dependence[EU]=1/3"], {"dependence[EU]": Fraction(1, 3)}, {}),
        (["--set", "approval=0.25", "--set", "loss = 2"], {"approval": "0.25", "loss": 2}, {}),
        (["--fix", "exempt=EU only"], {}, {"exempt": "EU only"}),
        (
            ["--fix", "exempt={EU}", "--fix", "joins[EU]=join"],
            {},
            {"exempt": ["EU"], "joins[EU]": "join"},
        ),
        (["--fix", "joins=stay"], {}, {"joins[US]": "stay", "joins[EU]": "stay"}),
    ],
)
def test_settings_are_those_of_the_library(
    negotiate: Negotiate, options: list[str], values: dict[str, Any], fix: dict[str, Any]
) -> None:
    document = negotiate("solve", FLAGSHIP, *options, "--json").document
    expected = solve(load(FLAGSHIP).at(values, fix=fix)).to_dict()
    assert document["equilibria"] == expected["equilibria"]
    assert document["fixed"] == expected["fixed"]
    assert document["parameters"] == expected["parameters"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--set", "loss=9", "--set", "loss=2"), "--set: loss is given twice"),
        (("--set", "loss=9", "--set", "loss =9"), "--set: loss is given twice"),
        (("--fix", "exempt=US only", "--fix", "exempt=EU only"), "--fix: exempt is given twice"),
        (("--select", "pareto", "--select", "unique"), "--select: given twice"),
        (("--budget", "60s", "--json", "--budget=1s"), "--budget: given twice"),
    ],
)
def test_one_of_two_settings_is_not_dropped_in_silence(
    negotiate: Negotiate, options: tuple[str, ...], words: str
) -> None:
    answer = negotiate("solve", FLAGSHIP, *options)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"negotiate: {words}\n  remedy: give ")


def test_a_member_goes_before_its_family(negotiate: Negotiate) -> None:
    options = ("--set", "dependence[EU]=2", "--set", "dependence=1", "--json", "--json")
    document = negotiate("solve", FLAGSHIP, *options).document
    assert document["parameters"]["dependence[EU]"] == "2"
    assert document["parameters"]["dependence[US]"] == "1"


def test_scenario(negotiate: Negotiate) -> None:
    document = negotiate("solve", FLAGSHIP, "--scenario", "mining", "--json").document
    expected = load(FLAGSHIP).values(scenario="mining")
    assert {n: Fraction(v) for n, v in document["parameters"].items()} == expected
    assert expected != load(FLAGSHIP).values()


def test_fixed_moves_are_named(negotiate: Negotiate) -> None:
    answer = negotiate("solve", FLAGSHIP, "--fix", "exempt=EU only")
    assert "fixed, so no decision: exempt = EU only" in answer.out


@pytest.mark.parametrize("concept", ["subgame-perfect", "pure-subgame-perfect", "nash", "pure"])
def test_concepts(negotiate: Negotiate, concept: str) -> None:
    answer = negotiate("solve", FLAGSHIP, "--concept", concept, "--json")
    document = answer.document
    assert document["concept"] == concept
    assert document["equilibria"]
    assert answer.code == (0 if document["complete"] else 4)


def test_a_tie_is_a_continuum(negotiate: Negotiate, tied: str) -> None:
    answer = negotiate("solve", tied)
    assert answer.code == 0
    assert answer.out.startswith("2 equilibrium outcomes:\n")
    assert "continuum spanned by 1, 2: every mixture of them\n" in answer.out
    assert negotiate("solve", tied, "--json").document["components"] == [
        {"equilibria": [0, 1], "connected": 0, "hull": True, "index": None}
    ]


@pytest.fixture
def unsolved() -> str:
    Path("unsolved.toml").write_text(UNSOLVED)
    return "unsolved.toml"


def test_not_complete_is_exit_4_with_all_that_was_found(
    negotiate: Negotiate, unsolved: str
) -> None:
    answer = negotiate("solve", unsolved, "--json")
    assert answer.code == 4
    document = answer.document
    assert document["complete"] is False
    assert document["message"]
    assert len(document["equilibria"]) == 2
    assert answer.err == f"negotiate: not complete: {document['message']}\n"


def test_not_complete_is_said_once_in_text(negotiate: Negotiate, unsolved: str) -> None:
    answer = negotiate("solve", unsolved)
    assert answer.code == 4
    assert answer.err == ""
    assert answer.out.count("mixed equilibria of 3 simultaneous movers") == 1
    assert answer.out.startswith("2 equilibrium outcomes:\n")


def test_no_equilibrium_is_an_answer(negotiate: Negotiate, tied: str) -> None:
    answer = negotiate("solve", FLAGSHIP, "--select", "unique", "--set", "approval=1/2")
    assert answer.code == 0
    assert answer.out.startswith("No equilibrium.\n")
    assert "certified" not in answer.out
    assert "no outcome survives unique" in answer.out


def test_spent_budget_is_exit_4_with_json(negotiate: Negotiate) -> None:
    Path("club.toml").write_text(MEMBERS)
    with ends_soon():
        answer = negotiate("solve", "club.toml", "--budget", "1ms", "--json")
    assert answer.code == 4
    document = answer.document
    assert document["termination"] == "budget"
    assert document["complete"] is False
    assert document["profiles"] is None
    text = negotiate("solve", "club.toml", "--budget", "1ms")
    assert text.code == 4
    assert text.out.startswith("No equilibrium found.\n")


@pytest.mark.parametrize("budget", ["60s", "2m", "1h", "600000ms", "90", "90.5 s"])
def test_budgets(negotiate: Negotiate, budget: str) -> None:
    assert negotiate("solve", FLAGSHIP, "--budget", budget).code == 0


def test_a_model_without_regimes_says_nothing_of_regimes(negotiate: Negotiate, tied: str) -> None:
    answer = negotiate("solve", tied, "--set", "x=2")
    assert answer.code == 0
    assert "regime" not in answer.out
    assert "; 1 profile;" in answer.out


def test_standard_input(negotiate: Negotiate) -> None:
    answer = negotiate("solve", "-", "--set", "x=2", "--json", given=TIED)
    assert answer.code == 0
    assert answer.document["game"] == "tied"


def test_a_symbolic_parameter_needs_a_value(negotiate: Negotiate) -> None:
    answer = negotiate("solve", "-", given=TIED.replace("value = 1\n", ""))
    assert answer.code == 2
    assert answer.out == ""
    assert "x has no value" in answer.err
    assert "--set x=1" in answer.err
    assert "negotiate regimes" in answer.err
