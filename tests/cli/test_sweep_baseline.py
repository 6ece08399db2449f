"""``negotiate sweep`` with ``--baseline`` and ``--each``: what is not known stays empty.

The oracle of each row is ``negotiate solve`` or ``compare`` at the same setting.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from negotiation import load, solve

FLAGSHIP = "divide-and-exempt"
SEIZURE = "chip-seizure"
Negotiate = Callable[..., Any]
CROWD = (
    """
name = "crowd"
form = "extensive"
players = ["A", "B", "C"]
concept = "subgame-perfect"
[parameters.v]
value = 0
[[moves]]
name = "mode"
player = "A"
actions = ["alone", "play"]
"""
    + "".join(
        f"""[[moves]]
name = "{name}"
player = "{name.upper()}"
actions = ["l", "r"]
observes = ["mode"]
when = "mode == 'play'"
otherwise = "l"
"""
        for name in "abc"
    )
    + """[payoffs]
A = "v if mode == 'alone' else (1 if a == b else 0) + (1/3 if c == b else 0)"
B = "v if mode == 'alone' else (2 if b == c else 0) - (1/2 if a == b else 0)"
C = "v if mode == 'alone' else (1 if c == b else 0) + (1/5 if a == c else 0)"
"""
)


def rows(name: str) -> list[dict[str, str]]:
    with Path(name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_change_against_an_incomplete_baseline_is_left_empty(negotiate: Negotiate) -> None:
    """As ``solve`` and ``compare`` say: three players mix, and some equilibria may be missing."""
    Path("crowd.toml").write_text(CROWD)
    assert negotiate("solve", "crowd.toml", "--fix", "mode=play").code == 4
    sides = ("--a", "mode=play", "--b", "mode=alone")
    assert negotiate("compare", "crowd.toml", *sides).code == 4
    over = ("--over", "v=0:1:2", "--fix", "mode=alone")
    answer = negotiate("sweep", "crowd.toml", *over, "--baseline", "mode=play", "--out", "a.csv")
    assert answer.code == 4
    assert "not complete at 2 points" in answer.out + answer.err
    found = rows("a.csv")
    assert len(found) == 2
    for row in found:
        assert row["complete"] == "0"
        assert [row[f"payoff_change[{player}]"] for player in "ABC"] == [""] * 3
    answer = negotiate("sweep", "crowd.toml", *over, "--baseline", "mode=alone", "--out", "b.csv")
    assert answer.code == 0
    assert {row["complete"] for row in rows("b.csv")} == {"1"}


def test_a_baseline_that_is_not_allowed_at_some_points(negotiate: Negotiate) -> None:
    setting = ("--over", "discriminate=0,1", "--each", "exempt", "--baseline", "exempt=US only")
    answer = negotiate("sweep", FLAGSHIP, *setting, "--out", "a.csv")
    assert answer.code == 0
    found = rows("a.csv")
    base = solve(load(FLAGSHIP).at({"discriminate": 1}, fix={"exempt": "US only"}))
    (before,) = base.equilibria
    for row in found:
        changes = [row[f"payoff_change[{player}]"] for player in base.players]
        if row["discriminate"] == "0.0" or not row["payoff[US]"]:
            assert changes == [""] * 3
        else:
            gains = [float(row[f"payoff[{p}]"]) - float(before.payoffs[p]) for p in base.players]
            assert all(abs(float(c) - g) < 1e-12 for c, g in zip(changes, gains, strict=True))
    assert {row["discriminate"] for row in found} == {"0.0", "1.0"}


def test_a_baseline_that_is_allowed_nowhere(negotiate: Negotiate) -> None:
    setting = ("--over", "loss=0:1:3", "--set", "discriminate=0", "--baseline", "exempt=US only")
    answer = negotiate("sweep", FLAGSHIP, *setting, "--out", "a.csv")
    assert answer.code == 2
    assert "--baseline: allowed at no point: exempt = 'US only'" in answer.err
    assert not Path("a.csv").exists()


def test_each_action_of_a_grid_by_steps(negotiate: Negotiate) -> None:
    """Its points are known where no axis moves them, also those that ``--set`` gives."""
    for more, relief in (((), None), (("--set", "shares=3"), {"0", "1/2", "1"})):
        over = ("--over", "prize=1:3:3", "--each", "relief", *more)
        assert negotiate("sweep", SEIZURE, *over, "--out", "a.csv").code == 0
        found = rows("a.csv")
        assert relief is None or {row["relief"] for row in found} == relief
        for row in found[::5]:
            values = {"prize": row["prize"], **({"shares": 3} if more else {})}
            expected = solve(load(SEIZURE).at(values, fix={"relief": row["relief"]}))
            equilibrium = expected.equilibria[int(row["equilibrium"])]
            for player, payoff in equilibrium.payoffs.items():
                assert row[f"payoff[{player}]"] == str(float(payoff))
    answer = negotiate(
        "sweep", SEIZURE, "--over", "shares=2,3", "--each", "relief", "--out", "b.csv"
    )
    assert answer.code == 2
    assert "--each relief: shares decides which actions relief has" in answer.err
