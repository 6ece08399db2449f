"""Files of games on the command line: solve, certify and export take them and write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from negotiation import load
from negotiation.formats.game_files import read_game
from tests.unit.gambit_games import BEER, HORSE, LICENCE, SEXES, SEXES_BY_OUTCOMES, THREE

FLAGSHIP = "divide-and-exempt"
GRID = "Row; Column,1,2\n1,3; 2,0; 0\n2,0; 0,2; 3\n"
FILES = {
    "sexes.nfg": SEXES,
    "three.NFG": THREE,
    "horse.efg": HORSE,
    "beer.efg": BEER,
    "licence.efg": LICENCE,
    "grid.csv": GRID,
}
Negotiate = Callable[..., Any]


@pytest.fixture(autouse=True)
def _files(_empty_folder: None) -> None:
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")


# -- solve and certify --------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["sexes.nfg", "grid.csv"])
def test_solve_a_table(negotiate: Negotiate, target: str) -> None:
    answer = negotiate("solve", target, "--json")
    assert answer.code == 0
    document = answer.document
    assert (document["concept"], document["complete"]) == ("nash", True)
    assert [e["payoffs"] for e in document["equilibria"]] == [
        {"Row": "3", "Column": "2"},
        {"Row": "2", "Column": "3"},
        {"Row": "6/5", "Column": "6/5"},
    ]
    strategies = document["equilibria"][0]["strategies"]
    assert strategies["Row"] == [{"move": "Row", "information": {}, "probabilities": {"1": "1"}}]
    said = negotiate("solve", target)
    assert "Row plays 1; Column plays 1" in said.out


def test_solve_a_tree(negotiate: Negotiate) -> None:
    answer = negotiate("solve", "licence.efg", "--json")
    assert answer.code == 0
    document = answer.document
    assert (document["game"], document["concept"]) == ("许可证", "subgame-perfect")
    (equilibrium,) = document["equilibria"]
    assert equilibrium["outcomes"] == [{"moves": {"中国": "豁免"}, "probability": "1"}]
    assert equilibrium["payoffs"] == {"中国": "1/2", "欧盟": "11/10"}
    assert equilibrium["strategies"]["欧盟"][0] == {
        "move": "欧盟",
        "information": {"information set": "回应"},
        "probabilities": {"去风险": "1"},
    }


@pytest.mark.parametrize("target", list(FILES))
def test_what_solve_finds_certify_confirms(negotiate: Negotiate, target: str) -> None:
    solved = negotiate("solve", target, "--json", "--concept", "pure")
    assert solved.code == 0
    Path("found.json").write_text(solved.out, encoding="utf-8")
    answer = negotiate("certify", target, "--profile", "found.json", "--json")
    assert answer.code == 0
    assert answer.document["fingerprint"] == solved.document["fingerprint"]
    assert answer.document["message"] == ""
    profiles = answer.document["profiles"]
    assert len(profiles) == len(solved.document["equilibria"]) >= 1
    assert all(entry["equilibrium"] for entry in profiles)


def test_a_profile_by_hand_names_labels(negotiate: Negotiate) -> None:
    strong = {"information set": "strong"}
    profile = {
        "Sender": [
            {"move": "Sender", "probabilities": {"beer": 1}},
            {"move": "Sender", "information": strong, "probabilities": {"quiche": 1}},
        ],
        "Receiver": {"move": "Receiver", "probabilities": {"retreat": 1}},
    }
    Path("guess.json").write_text(json.dumps(profile), encoding="utf-8")
    answer = negotiate("certify", "beer.efg", "--profile", "guess.json", "--json")
    assert answer.code == 0
    (entry,) = answer.document["profiles"]
    assert not entry["equilibrium"]
    assert entry["gains"]["Sender"] == "1"
    steps = [step for deviation in entry["deviations"] for step in deviation["to"]]
    where = "Sender (knowing information set = strong)"
    assert {"at": where, "action": "beer"} in steps


@pytest.mark.parametrize(
    ("text", "game"),
    [(SEXES, "Battle of the Sexes"), (BEER, "Beer-Quiche"), (GRID, "standard input")],
)
def test_standard_input_is_what_it_says(negotiate: Negotiate, text: str, game: str) -> None:
    answer = negotiate("solve", "-", "--concept", "pure", "--json", given=text)
    assert answer.code == 0
    assert answer.document["game"] == game


def test_standard_input_may_still_be_a_model(negotiate: Negotiate) -> None:
    toml = negotiate("show", FLAGSHIP, "--toml").out
    answer = negotiate("export", "-", "--format", "json", "--fix", "exempt=US only", given=toml)
    assert answer.code == 0
    assert answer.document["fixed"] == {"exempt": "US only"}


def test_moves_of_a_file_can_be_fixed(negotiate: Negotiate) -> None:
    answer = negotiate("solve", "sexes.nfg", "--fix", "Row=2", "--json")
    assert answer.code == 0
    assert answer.document["fixed"] == {"Row": "2"}
    assert [e["payoffs"]["Column"] for e in answer.document["equilibria"]] == ["3"]
    Path("found.json").write_text(answer.out, encoding="utf-8")
    again = negotiate("certify", "sexes.nfg", "--profile", "found.json", "--json")
    assert again.document["fixed"] == {"Row": "2"}
    wrong = negotiate("solve", "sexes.nfg", "--fix", "Row=3")
    assert (wrong.code, wrong.out) == (2, "")
    assert "Row has no action '3'" in wrong.err


@pytest.mark.parametrize("command", ["solve", "export"])
@pytest.mark.parametrize("option", [("--set", "x=1"), ("--scenario", "mining")])
def test_parameters_of_a_file_cannot_be_set(
    negotiate: Negotiate, command: str, option: tuple[str, str]
) -> None:
    more = ("--format", "nfg") if command == "export" else ()
    for target, given in (("sexes.nfg", None), ("-", HORSE)):
        answer = negotiate(command, target, *option, *more, given=given)
        assert (answer.code, answer.out) == (2, "")
        assert f"a file of a game has no parameters to set ({option[0]})" in answer.err
        assert "remedy" in answer.err


@pytest.mark.parametrize("command", ["show", "check"])
def test_what_needs_a_model_refuses_a_game(negotiate: Negotiate, command: str) -> None:
    answer = negotiate(command, "sexes.nfg")
    assert (answer.code, answer.out) == (2, "")
    assert "a file of a game, not of a model" in answer.err


@pytest.mark.parametrize("command", ["solve", "certify", "export"])
def test_faults_of_a_file(negotiate: Negotiate, command: str) -> None:
    more = {"certify": ("--profile", "p.json"), "export": ("--format", "json")}.get(command, ())
    Path("p.json").write_text("{}")
    Path("cut.nfg").write_text(SEXES.replace(" 2 3\n", ""), encoding="utf-8")
    Path("cell.csv").write_text(GRID.replace("2; 3", "2"), encoding="utf-8")
    for target, code, words in [
        ("cut.nfg", 3, "cut.nfg: line 3, column 12: expected a payoff of profile 4 of 4"),
        ("cell.csv", 3, "cell.csv: row 3, column 3 (2, 2): '2' is not two payoffs"),
        ("missing.efg", 2, "missing.efg: there is no such file"),
    ]:
        answer = negotiate(command, target, *more)
        assert (answer.code, answer.out) == (code, "")
        assert words in answer.err
        assert "remedy" in answer.err


# -- export -------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", list(FILES))
@pytest.mark.parametrize("kind", ["nfg", "efg", "csv"])
def test_exports_are_read_back(negotiate: Negotiate, target: str, kind: str) -> None:
    answer = negotiate("export", target, "--format", kind)
    assert (answer.code, answer.err) == (0, "")
    Path(f"out.{kind}").write_text(answer.out, encoding="utf-8")
    game, again = read_game(target), read_game(f"out.{kind}")
    assert again.players == game.players
    if kind == target[-3:].lower():
        assert again.fingerprint == game.fingerprint
    elif kind == "efg":
        assert again.payoffs == game.payoffs
        assert [s.nodes for s in again.information_sets] == [s.nodes for s in game.information_sets]
    elif target.lower().endswith(("nfg", "csv")):
        assert again.fingerprint == game.fingerprint
    repeated = negotiate("export", f"out.{kind}", "--format", kind)
    assert repeated.out.split("\n\n")[-1] == answer.out.split("\n\n")[-1]


def test_out_is_written_whole_and_says_so(negotiate: Negotiate) -> None:
    answer = negotiate("export", FLAGSHIP, "--out", "flagship.efg", "--set", "threshold=2")
    assert (answer.code, answer.out, answer.err) == (0, "", "wrote flagship.efg\n")
    text = Path("flagship.efg").read_text(encoding="utf-8")
    assert text.startswith('EFG 2 R "divide-and-exempt" { "China" "US" "EU" }\n"parameters: ')
    assert '"joins[US] (knowing exempt = US only)" { "join" "stay" }' in text
    assert read_game("flagship.efg").payoffs == load(FLAGSHIP).at({"threshold": 2}).payoffs
    again = negotiate("export", "flagship.efg", "--format", "nfg", "--out", "table.txt")
    assert (again.code, again.out) == (0, "")
    assert Path("table.txt").read_text(encoding="utf-8").startswith("NFG 1 R")
    assert sorted(path.name for path in Path().iterdir()) == sorted(
        [*FILES, "flagship.efg", "table.txt"]
    )


def test_the_same_solution_after_export(negotiate: Negotiate) -> None:
    negotiate("export", FLAGSHIP, "--out", "flagship.efg")
    one, other = (
        negotiate("solve", target, "--select", "coalition-proof", "--json").document
        for target in (FLAGSHIP, "flagship.efg")
    )
    assert [e["payoffs"] for e in one["equilibria"]] == [e["payoffs"] for e in other["equilibria"]]


def test_json_holds_the_tree(negotiate: Negotiate) -> None:
    answer = negotiate("export", "beer.efg", "--format", "json")
    assert answer.code == 0
    document = answer.document
    game = read_game("beer.efg")
    assert document["fingerprint"] == game.fingerprint
    assert document["players"] == ["Sender", "Receiver"]
    root = document["nodes"][0]
    assert root == {"information_set": 0, "children": [1, 8], "probabilities": ["9/10", "1/10"]}
    assert document["nodes"][3] == {"payoffs": {"Sender": "1", "Receiver": "0"}}
    assert document["information_sets"][0]["player"] is None
    assert document["information_sets"][2] == {
        "player": "Receiver",
        "move": "Receiver",
        "information": {"information set": "after beer"},
        "actions": ["fight", "retreat"],
        "nodes": [2, 9],
    }
    fractions = negotiate("export", FLAGSHIP, "--format", "json")
    assert fractions.document["parameters"]["loss"] == "1"


def test_the_outcome_version_is_read_too(negotiate: Negotiate) -> None:
    one = negotiate("export", "-", "--format", "nfg", given=SEXES_BY_OUTCOMES)
    other = negotiate("export", "sexes.nfg", "--format", "nfg")
    assert one.out == other.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no format is given"),
        (("--format", "nfgg"), "did you mean 'nfg'"),
        (("--out", "a.txt"), "no format is given"),
        (("--out", "missing/a.nfg"), "the folder is not there"),
        (("--format", "nfg", "--out", "."), "cannot be written"),
    ],
)
def test_wrong_calls(negotiate: Negotiate, arguments: tuple[str, ...], words: str) -> None:
    answer = negotiate("export", "sexes.nfg", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "remedy" in answer.err


def test_a_table_too_large_is_refused(negotiate: Negotiate) -> None:
    after = "".join(f'p "" 2 {k} {{ "l" "r" }} 0 t "" 0 t "" 0 ' for k in range(1, 31))
    actions = " ".join(f'"{k}"' for k in range(30))
    Path("wide.efg").write_text(f'EFG 2 R "w" {{ "A" "B" }} p "" 1 1 {{ {actions} }} 0 {after}')
    answer = negotiate("export", "wide.efg", "--format", "nfg", "--out", "wide.nfg")
    assert (answer.code, answer.out) == (4, "")
    assert "B has 1,073,741,824 or more reduced strategies" in answer.err
    assert "--format efg" in answer.err
    assert not Path("wide.nfg").exists()
    assert negotiate("export", "wide.efg", "--format", "efg").code == 0
