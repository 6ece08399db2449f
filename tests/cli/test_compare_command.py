"""``negotiate compare``: two settings side by side."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

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
