"""``negotiate solve --crosscheck``: text and JSON, absent and failing peers, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from negotiation import crosscheck as module
from negotiation.peers import Peer
from negotiation.schemas import schema

FLAGSHIP = "divide-and-exempt"
LOST = (
    "Row; Column,left,middle,right\ntop,3; -5,-3; 5,1; -9\nmiddle,-7; 1,7; -2,-1; 9\n"
    "bottom,8; -6,6; 8,4; -8\n"
)
SEXES = "Row; Column,1,2\n1,3; 2,0; 0\n2,0; 0,2; 3\n"
SEGMENT = "Row; Column,1,2\n1,1; 1,1; 1\n2,0; 0,0; 0\n"
# A meeting of three who do better together: mixed equilibria of three are not looked for.
ODD = """NFG 1 R "Meeting" { "A" "B" "C" } { 2 2 2 }
3 3 3  0 0 0  0 0 0  0 0 0  0 0 0  0 0 0  0 0 0  1 1 1
"""
Negotiate = Callable[..., Any]


@pytest.fixture(autouse=True)
def _files(_empty_folder: None) -> None:
    for name, text in {"lost": LOST, "sexes": SEXES, "segment": SEGMENT}.items():
        Path(f"{name}.csv").write_text(text, encoding="utf-8")


def install(monkeypatch: pytest.MonkeyPatch, *bodies: str, exact: bool = True) -> None:
    """Let the command ask fakes that print what `bodies` say, for two players and for more."""
    fakes = tuple(
        Peer(f"fake {k}", (sys.executable, "-I", "-c", body), "pip install fake", exact)
        for k, body in enumerate(bodies, start=1)
    )
    monkeypatch.setattr(module, "PAIR_PEERS", fakes)
    monkeypatch.setattr(module, "PURE_PEERS", fakes)


def told(profiles: list[list[list[str]]], **more: object) -> str:
    return f"import json; print(json.dumps({ {'version': '1.2', 'profiles': profiles, **more}!r}))"


PURES = [[["1", "0"], ["1", "0"]], [["0", "1"], ["0", "1"]]]
MIXED = [["3/5", "2/5"], ["2/5", "3/5"]]


def test_text_says_what_is_missing_where(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented = [["1", "0"], ["0", "1"]]
    install(
        monkeypatch,
        told([*PURES, MIXED, *PURES]),
        told([PURES[0], invented, [["nan", "1"], ["1", "0"]]], warnings=["odd"]),
        "import os; os._exit(9)",
        'print(\'{"absent": "not installed"}\')',
    )
    answer = negotiate("solve", "sexes.csv", "--crosscheck")
    assert answer.code == 0
    plain = negotiate("solve", "sexes.csv")
    assert answer.out.startswith(plain.out)
    assert answer.out[len(plain.out) :].splitlines() == [
        "second opinions, within 1e-09, on profiles of the extreme equilibria of the table, 2 x 2",
        "  fake 1 1.2: agrees; 3 found (5 with repetitions), 3 of ours",
        "  fake 2 1.2: differs; 3 found, 3 of ours",
        "    missing there: Row 2; Column 2",
        "    missing there: Row 1 with 0.6, 2 with 0.4; Column 1 with 0.4, 2 with 0.6",
        "    missing here: Row 1; Column 2 (no equilibrium: a player gains 2)",
        "    missing here: Row 1 with no number, 2; Column 1 (no probabilities)",
        "    it warns: odd",
        "  fake 3: failed: exit code 9",
        "  fake 4: absent: not installed; pip install fake",
    ]


def test_json_has_one_key_more(negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, told([PURES[0], MIXED, [["1", "0"], ["0", "1"]]]))
    answer = negotiate("solve", "sexes.csv", "--crosscheck", "--json")
    assert answer.code == 0
    document = answer.document
    plain = negotiate("solve", "sexes.csv", "--json").document
    assert set(document) - set(plain) == {"crosscheck"}
    record = document["crosscheck"]
    assert (record["asked"], record["others"], record["tolerance"]) == (3, 0, 1e-9)
    (report,) = record["peers"]
    assert (report["status"], report["agrees"], report["distinct"]) == ("compared", False, 3)
    assert report["missing_there"] == [
        {
            "strategies": {"Row": {"2": "1"}, "Column": {"2": "1"}},
            "kind": "an equilibrium of the solution",
            "gain": None,
        }
    ]
    (invented,) = report["missing_here"]
    assert (invented["kind"], invented["gain"]) == ("no equilibrium", "2")


def test_what_lies_inside_is_counted(negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = [[["1", "0"], ["1", "0"]], [["1", "0"], ["0", "1"]]]
    install(monkeypatch, told([*ends, [["1", "0"], ["1/2", "1/2"]]]), exact=False)
    answer = negotiate("solve", "segment.csv", "--crosscheck")
    assert "fake 1 1.2: agrees; 3 found, 2 of ours, payoffs as doubles" in answer.out
    assert "1 more inside our components, not extreme" in answer.out


def test_what_a_selection_leaves_out_is_counted(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, told([*PURES, MIXED]))
    answer = negotiate("solve", "sexes.csv", "--crosscheck", "--select", "preferred:Row")
    assert "fake 1 1.2: agrees; 3 found, 1 of ours" in answer.out
    assert "2 more that the solution was not asked for" in answer.out


def test_long_lists_are_cut(negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [",".join(["", *map(str, range(1, 5))])]
    rows[0] = "Row; Column" + rows[0]
    rows += [
        f"{i}," + ",".join("1; 1" if i == j else "0; 0" for j in range(1, 5)) for i in range(1, 5)
    ]
    Path("many.csv").write_text("\n".join(rows), encoding="utf-8")
    install(monkeypatch, told([]))
    answer = negotiate("solve", "many.csv", "--crosscheck")
    assert "0 found, 15 of ours" in answer.out
    assert answer.out.count("    missing there: ") == 8
    assert "... and 7 more missing there" in answer.out


def test_three_who_choose(negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, 'print(\'{"absent": "not installed"}\')')
    answer = negotiate("solve", FLAGSHIP, "--crosscheck")
    assert answer.code == 0
    assert "3 players have a choice, so mixed ones are left out" in answer.out
    assert "not compared: 1 of ours" in answer.out


def test_nothing_to_compare(negotiate: Negotiate) -> None:
    answer = negotiate("solve", "neutral-criteria", "--crosscheck", "--json")
    record = answer.document["crosscheck"]
    assert answer.code == 0
    assert record["compared"].startswith("nothing: the table has")
    assert record["peers"] == []
    said = negotiate("solve", "neutral-criteria", "--crosscheck")
    assert "second opinions on nothing: the table has" in said.out


def test_the_budget_limits_each_peer(negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "import time; time.sleep(3600)")
    given, honest = [], module.ask

    def impatient(*question: Any) -> Any:
        *rest, timeout = question
        given.append(timeout)
        return honest(*rest, timeout / 1200)

    monkeypatch.setattr(module, "ask", impatient)
    answer = negotiate("solve", "sexes.csv", "--crosscheck", "--budget", "10m")
    assert answer.code == 0
    assert given == [600]
    assert "fake 1: timed out: no answer within 0.5 s" in answer.out


def test_an_answer_that_is_not_complete_keeps_its_exit_code(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, told([[["1", "0"]] * 3]))
    Path("three.nfg").write_text(ODD, encoding="utf-8")
    answer = negotiate("solve", "three.nfg", "--crosscheck", "--json")
    assert answer.code == 4
    document = answer.document
    assert not document["complete"]
    assert document["crosscheck"]["peers"][0]["status"] == "compared"
    said = negotiate("solve", "three.nfg", "--crosscheck")
    assert said.code == 4
    assert "second opinions" in said.out


def test_nashpy_itself(negotiate: Negotiate) -> None:
    answer = negotiate("solve", "lost.csv", "--crosscheck", "--budget", "10m", "--json")
    assert answer.code == 0
    support, vertex, gambit = answer.document["crosscheck"]["peers"]
    assert support["missing_there"][0]["strategies"] == {
        "Row": {"middle": "16/27", "bottom": "11/27"},
        "Column": {"middle": "5/6", "right": "1/6"},
    }
    assert vertex["agrees"]
    if find_spec("pygambit") is None:
        assert gambit["status"] == "absent"
        assert "pip install pygambit" in gambit["message"]
    else:
        assert gambit["agrees"]


def test_every_kind_of_finding_is_published() -> None:
    kinds = schema("negotiation/solution/1")["$defs"]["finding"]["properties"]["kind"]["enum"]
    names = ("OURS", "INSIDE", "LACKING", "CLOSE", "NONE", "MALFORMED")
    assert set(kinds) == {getattr(module, name) for name in names}
