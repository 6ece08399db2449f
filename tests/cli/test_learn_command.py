"""``negotiate learn``: text, JSON, CSV, refusals."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLAGSHIP = "divide-and-exempt"
FIXED = (FLAGSHIP, "--fix", "exempt=US only")
PENNIES = "Row; Column,heads,tails\nheads,1; -1,-1; 1\ntails,-1; 1,1; -1\n"
DILEMMA = "Row; Column,silent,talks\nsilent,3; 3,0; 5\ntalks,5; 0,1; 1\n"
Negotiate = Callable[..., Any]


@pytest.fixture(autouse=True)
def _files(_empty_folder: None) -> None:
    Path("pennies.csv").write_text(PENNIES, encoding="utf-8")
    Path("dilemma.csv").write_text(DILEMMA, encoding="utf-8")


def test_a_model_with_one_move_fixed(negotiate: Negotiate) -> None:
    answer = negotiate("learn", *FIXED, "--dynamics", "replicator")
    assert answer.code == 0
    assert answer.out.startswith("replicator, 1,000 rounds: approximate, no equilibrium answer\n")
    assert "EU ends at stay 1.000" in answer.out
    assert "from the nearest equilibrium, within 0.01" in answer.out
    assert "fixed, so no decision: exempt = US only" in answer.out


@pytest.mark.parametrize(
    "dynamics",
    ["fictitious-play", "stochastic-fictitious-play", "replicator", "symmetric-replicator"],
)
def test_json(negotiate: Negotiate, dynamics: str) -> None:
    answer = negotiate("learn", "dilemma.csv", "--dynamics", dynamics, "--rounds", "300", "--json")
    assert answer.code == 0
    document = answer.document
    assert document["schema"] == "negotiation/learning/1"
    assert document["approximate"] is True
    assert (document["dynamics"], document["rounds"]) == (dynamics, 300)
    assert document["players"] == ["Row", "Column"]
    assert document["end"]["Row"]["talks"] > 0.9
    assert document["ends_at_equilibrium"] == (document["distance"] <= document["tolerance"])
    drawn = dynamics.endswith("play")
    assert document["seed"] == (0 if drawn else None)
    assert document["time"] == pytest.approx(300 if drawn else 30)


def test_settings_change_the_game(negotiate: Negotiate) -> None:
    call = ("learn", *FIXED, "--dynamics", "replicator", "--json")
    first, other = negotiate(*call).document, negotiate(*call, "--set", "approval=0").document
    assert first["fingerprint"] != other["fingerprint"]
    assert other["parameters"]["approval[US]"] == "0"


def test_seeds(negotiate: Negotiate) -> None:
    def call(seed: str) -> Any:
        answer = negotiate(
            "learn", "pennies.csv", "--dynamics", "fictitious-play", "--seed", seed, "--json"
        )
        return answer.document["frequencies"]

    assert call("1") == call("1") != call("2")


def test_the_whole_path_as_csv(negotiate: Negotiate) -> None:
    answer = negotiate(
        "learn", "pennies.csv", "--dynamics", "fictitious-play", "--rounds", "50", "--out", "p.csv"
    )
    assert answer.code == 0
    assert "wrote p.csv" in answer.err
    with Path("p.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 50
    assert list(rows[0]) == [
        "round",
        "Row: heads",
        "Row: tails",
        "Column: heads",
        "Column: tails",
        "payoff[Row]",
        "payoff[Column]",
    ]
    assert [float(row["round"]) for row in rows] == list(range(1, 51))
    for row in rows:
        assert float(row["Row: heads"]) + float(row["Row: tails"]) == pytest.approx(1)
        assert float(row["payoff[Row]"]) == -float(row["payoff[Column]"])
    assert negotiate("learn", "pennies.csv", "--dynamics", "replicator", "--out", "q.csv").code == 0
    assert Path("q.csv").read_text(encoding="utf-8").startswith("time,Row: heads")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((FLAGSHIP, "--dynamics", "replicator"), 4, "--fix 'exempt=uniform control'"),
        (("pennies.csv", "--dynamics", "fictitious"), 2, "did you mean 'fictitious-play'"),
        (("pennies.csv", "--dynamics", "symmetric-replicator"), 2, "not symmetric"),
        (("pennies.csv", "--dynamics", "replicator", "--rounds", "0"), 2, "rounds"),
        (("pennies.csv", "--dynamics", "replicator", "--seed", "-1"), 2, "seed"),
        (("pennies.csv", "--dynamics", "replicator", "--out", "p.txt"), 2, "name it .csv"),
        (("pennies.csv", "--dynamics", "replicator", "--out", "no/p.csv"), 2, "not there"),
        (("pennies.csv", "--dynamics", "replicator", "--set", "x=1"), 2, "no parameters"),
        (("pennies.csv",), 2, "dynamics"),
        (("nothing", "--dynamics", "replicator"), 2, "nothing"),
    ],
)
def test_refusals(
    negotiate: Negotiate, arguments: tuple[str, ...], code: int, message: str
) -> None:
    answer = negotiate("learn", *arguments)
    assert answer.code == code
    assert message in answer.err
    assert answer.out == ""
