"""``negotiate compare``: two settings side by side."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from negotiation import load, solve

FLAGSHIP = "divide-and-exempt"
Negotiate = Callable[..., Any]
PROOF = ("--select", "coalition-proof")


def test_change_is_the_exact_difference(negotiate: Negotiate) -> None:
    sides = ("--a", "approval=0.8", "--b", "approval=1/2")
    answer = negotiate("compare", FLAGSHIP, *sides, *PROOF, "--json")
    assert (answer.code, answer.err) == (0, "")
    document = answer.document
    model = load(FLAGSHIP)
    (a,) = solve(model.at({"approval": "0.8"}), select="coalition-proof").equilibria
    (b,) = solve(model.at({"approval": "1/2"}), select="coalition-proof").equilibria
    for player, change in document["change"].items():
        assert Fraction(change["min"]) == b.payoffs[player] - a.payoffs[player]
        assert change["min"] == change["max"]
    verdicts = {player: change["verdict"] for player, change in document["change"].items()}
    assert verdicts == {"China": "loses", "US": "loses", "EU": "gains"}
    assert document["a"]["settings"] == {"approval": "0.8"}
    text = negotiate("compare", FLAGSHIP, *sides, *PROOF).out
    assert text.splitlines()[0] == document["sentence"]


def test_several_equilibria_make_an_interval(negotiate: Negotiate) -> None:
    document = negotiate("compare", FLAGSHIP, "--b", "loss=2", "--json").document
    model = load(FLAGSHIP)
    a = [e.payoffs["China"] for e in solve(model.at()).equilibria]
    b = [e.payoffs["China"] for e in solve(model.at({"loss": 2})).equilibria]
    change = document["change"]["China"]
    assert Fraction(change["min"]) == min(b) - max(a)
    assert Fraction(change["max"]) == max(b) - min(a)


def test_moves_members_and_scenarios_as_keys(negotiate: Negotiate) -> None:
    sides = ("--a", "exempt={US, EU}, dependence[EU]=1.2", "--b", "scenario=mining")
    document = negotiate("compare", FLAGSHIP, *sides, "--json").document
    assert document["a"]["fixed"] == {"exempt": "uniform exemption"}
    assert document["a"]["settings"] == {"dependence[EU]": "1.2"}
    assert document["b"]["fixed"] == {}


def test_refusals(negotiate: Negotiate) -> None:
    for side, found in {
        "approvl=0.8": "did you mean 'approval'",
        "exempt=nobody": "has no action 'nobody'",
        "exempt": "no assignment",
        "approval=2": "outside its domain",
        "scenario=moon": "no scenario",
    }.items():
        answer = negotiate("compare", FLAGSHIP, "--b", side)
        assert answer.code == 2, side
        assert answer.out == ""
        assert found in answer.err


def test_lotteries_in_words_and_json(negotiate: Negotiate) -> None:
    sides = ("--a", "strong=0.9", "--b", "strong=0.6", "--select", "intuitive")
    text = negotiate("compare", "beer-quiche", *sides).out
    assert "from 0.9 to 0.6: type = strong; the sender has beer; the receiver leaves" in text
    assert "exact; complete: no outcome is missing" in text
    document = negotiate("compare", "beer-quiche", *sides, "--json").document
    assert document["complete"] is True
    ((pair),) = document["pairs"]
    assert [(change["a"], change["b"]) for change in pair["changes"]] == [
        ("9/10", "3/5"),
        ("1/10", "2/5"),
    ]
    for side in ("a", "b"):
        (equilibrium,) = document[side]["equilibria"]
        played = {str(o["moves"]): o["probability"] for o in equilibrium["outcomes"]}
        assert played == {str(c["moves"]): c[side] for c in pair["changes"]}


@pytest.mark.parametrize(
    ("model", "options", "side"),
    [
        ("beer-quiche", ("--b", "strong=1/2", "--select", "intuitive"), "on side b"),
        ("beer-quiche", ("--a", "strong=1/2", "--select", "intuitive"), "on side a"),
        ("beer-quiche", ("--set", "strong=1/2", "--select", "intuitive"), "on both sides"),
    ],
)
def test_what_is_not_complete_is_said(
    negotiate: Negotiate, model: str, options: tuple[str, ...], side: str
) -> None:
    answer = negotiate("compare", model, *options)
    assert (answer.code, answer.err) == (4, "")
    assert f"exact; not complete {side}: " in answer.out
    assert "From a to b, among the equilibria listed, " in answer.out
    answer = negotiate("compare", model, *options, "--json")
    assert answer.code == 4
    assert answer.err.startswith(f"negotiate: not complete {side}: ")
    document = answer.document
    assert document["complete"] is False
    assert document["complete"] == (document["a"]["complete"] and document["b"]["complete"])


def test_a_scenario_is_named_in_the_answer(negotiate: Negotiate) -> None:
    sides = ("--a", "scenario=mining", "--b", "scenario=imports,loss=2")
    text = negotiate("compare", FLAGSHIP, *sides, *PROOF).out
    assert "\na (scenario = mining): " in text
    assert "\nb (scenario = imports, loss = 2): " in text
    document = negotiate("compare", FLAGSHIP, *sides, *PROOF, "--json").document
    assert (document["a"]["scenario"], document["b"]["scenario"]) == ("mining", "imports")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--b", "strong=1"), "outside its domain"),
        (("--b", "strong='many'"), "is no number"),
        (("--select", "intuitiv"), "did you mean 'intuitive'"),
        (("--concept", "nonsense"), "no concept is called 'nonsense'"),
        (("--a", "type=tall"), "has no action 'tall'"),
    ],
)
def test_refusals_with_beliefs(negotiate: Negotiate, options: tuple[str, ...], found: str) -> None:
    for more in ((), ("--json",)):
        answer = negotiate("compare", "beer-quiche", *options, *more)
        assert answer.code == 2
        assert answer.out == ""
        assert found in answer.err
