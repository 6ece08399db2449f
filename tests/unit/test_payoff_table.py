"""Payoff tables: CSV of both kinds, faults by cell, and games from arrays."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import solve
from negotiation.errors import GameError, MethodError, UsageError
from negotiation.formats.gambit_efg import read_efg
from negotiation.formats.gambit_nfg import read_nfg
from negotiation.formats.game_files import kind_of_text, read_game
from negotiation.formats.payoff_table import read_payoff_table, write_payoff_table
from negotiation.game import Game
from tests.unit.gambit_games import BEER, HORSE, SEXES, THREE

HAWKS = """China; US,   hawk,   dove
hawk,        -1; -1, 2; 0
dove,        0; 2,   1; 1
"""

HAWKS_LISTED = """China,US,payoff[China],payoff[US]
hawk,hawk,-1,-1
hawk,dove,2,0
dove,hawk,0,2
dove,dove,1,1
"""


# -- CSV ----------------------------------------------------------------------------------------


def test_grid_and_list_are_the_same_game() -> None:
    game = read_payoff_table(HAWKS, name="Hawk and dove")
    assert (game.name, game.players, game.concept) == ("Hawk and dove", ("China", "US"), "nash")
    listed = read_payoff_table(HAWKS_LISTED)
    made = Game.from_arrays(
        [[-1, 2], [0, 1]],
        [[-1, 0], [2, 1]],
        players=["China", "US"],
        actions=[["hawk", "dove"]] * 2,
    )
    assert game.fingerprint == listed.fingerprint == made.fingerprint
    assert sorted(tuple(e.payoffs.values()) for e in solve(game).equilibria) == [
        (0, 2),
        (Fraction(1, 2), Fraction(1, 2)),
        (2, 0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        'China; US,hawk,dove\nhawk,"-1, -1","2,0"\ndove,0; 2,1;1',
        '"China, US",hawk,dove\r\n\r\nhawk,-1;-1.0,2;0e5\r\n,,,\r\n dove , 0/7; 4/2 ,1;1,,\r\n',
        '"China; US",hawk,dove,,\nhawk,-1;-1,2;0\n"dove",0;2,+1;1.',
    ],
)
def test_spellings_of_a_grid(text: str) -> None:
    assert read_payoff_table(text).fingerprint == read_payoff_table(HAWKS).fingerprint


def test_names_may_be_left_out_or_be_chinese() -> None:
    game = read_payoff_table(",left\nup,1/3; .5\n")
    assert game.players == ("Player 1", "Player 2")
    assert list(game.payoffs.values()) == [(Fraction(1, 3), Fraction(1, 2))]
    chinese = read_payoff_table('中国; 欧盟,留下,"去风险"\n管制,1; -0.25,0; 1e-2\n')
    assert chinese.players == ("中国", "欧盟")
    assert [s.actions for s in chinese.information_sets] == [("管制",), ("留下", "去风险")]


def test_columns_of_a_list_stand_in_any_order() -> None:
    text = "payoff[B],A,payoff[A],B,payoff[C],C\n2,x,1,y,3,z\n5,x,4,v,6,z\n"
    game = read_payoff_table(text)
    assert game.players == ("A", "B", "C")
    assert [s.actions for s in game.information_sets] == [("x",), ("y", "v"), ("z",)]
    assert list(game.payoffs.values()) == [(1, 2, 3), (4, 5, 6)]


@pytest.mark.parametrize(
    ("text", "row", "column", "words"),
    [
        ("a\nb", 1, 1, "one column only"),
        ("A;B,l", 1, 1, "no row under the header"),
        ("A,l\nu,1;2", 1, 1, "does not name two players"),
        ("A;A,l\nu,1;2", 1, 1, "does not name two players"),
        ("A;,l\nu,1;2", 1, 1, "does not name two players"),
        ("A;B;C,l\nu,1;2", 1, 1, "does not name two players"),
        ("A;B,l,,r\nu,1;2,1;2,1;2", 1, 3, "a column has no name"),
        ("A;B,l,l\nu,1;2,1;2", 1, 3, "'l' stands twice"),
        ("A;B,l\nu,1;2\n\nu,1;2", 4, 1, "'u' stands twice"),
        ("A;B,l\n,1;2", 2, 1, "a row has no name"),
        ("A;B,l,r\nu,1;2", 2, 3, "(u, r): the cell is empty"),
        ("A;B,l,r\nu,1;2,3", 2, 3, "(u, r): '3' is not two payoffs"),
        ("A;B,l,r\nu,1;2,1;2;3", 2, 3, "not two payoffs"),
        ("A;B,l,r\nu,1;2,0,5;1", 2, 4, "more cells than the header has (3)"),
        ("A;B,l,r\nu,1;x,1;2", 2, 2, "(u, l): 'x' is no number"),
        ('A;B,l,r\nu,"0,5; 1",1;2', 2, 2, "(u, l): '0,5' is no number"),
        ("A;B,l,r\nu,1;1/0,1;2", 2, 2, "(u, l): 1/0 divides by zero"),
        ("A;B,l,r\nu,1;1e9999,1;2", 2, 2, "digits"),
        ("A;B,l,r\nu,1;,1;2", 2, 2, "a number is missing"),
        ("A;B,l,r\nu,nan;1,1;2", 2, 2, "'nan' is no number"),
        ("A;B,l,r\nu,1_0;1,1;2", 2, 2, "'1_0' is no number"),
        ("A;B,l,r\nu\x07,1;1,1;2", 2, 1, "U+0007"),
        ("A,B,payoff[A]\nu,l,1", 1, 2, "'B' has no column of payoffs"),
        ("A,payoff[A],payoff[B]\nu,1,2", 1, 3, "'B' has no column of actions"),
        ("A,A,payoff[A]\nu,u,1", 1, 2, "'A' stands twice"),
        ("A,B,payoff[A],payoff[B]\nu,l,1,2\nu,l,1,2", 3, 1, "stands in row 2 already"),
        ("A,B,payoff[A],payoff[B]\nu,l,1,2\nd,r,1,2", 3, 1, "there is no row for u, r"),
        ("A,B,payoff[A],payoff[B]\nu,l,1,\n", 2, 4, "(u, l): a number is missing"),
        ("A,B,payoff[A],payoff[B]\nu,,1,2\n", 2, 2, "the action of B has no name"),
    ],
)
def test_faults_name_the_cell(text: str, row: int, column: int, words: str) -> None:
    with pytest.raises(GameError) as caught:
        read_payoff_table(text, "bad.csv")
    error = caught.value
    assert error.message.startswith(f"row {row}, column {column}"), error.message
    assert words in error.message
    assert (error.place, error.exit_code) == ("bad.csv", 3)
    assert error.remedy


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n", 'A;B,"l\nu,1;2', 'A;B,l"x"y\n"u"v,1;2'])
def test_what_is_no_table(text: str) -> None:
    with pytest.raises(GameError) as caught:
        read_payoff_table(text)
    assert caught.value.remedy


@pytest.mark.parametrize("sizes", [(2, 2), (3, 2), (2, 3, 2), (1,), (4,), (1, 1, 1)])
def test_csv_round_trip(sizes: tuple[int, ...]) -> None:
    rng = random.Random(1)
    shape = np.zeros(sizes).shape
    arrays = [
        np.array(
            [Fraction(rng.randrange(-99, 99), rng.randrange(1, 9)) for _ in range(np.prod(sizes))]
        ).reshape(shape)
        for _ in sizes
    ]
    game = Game.from_arrays(*arrays, actions=[[f"动作 {k}" for k in range(n)] for n in sizes])
    written = write_payoff_table(game)
    assert read_payoff_table(written).fingerprint == game.fingerprint
    assert written.startswith("Player 1; Player 2," if len(sizes) == 2 else "Player 1,")


def test_trees_are_written_in_reduced_strategic_form() -> None:
    written = write_payoff_table(read_efg(BEER))
    lines = written.splitlines()
    assert lines[0].startswith("Sender; Receiver,fight / fight,")
    assert lines[1] == "beer / beer,9/10; 1/10,9/10; 1/10,29/10; 9/10,29/10; 9/10"
    three = read_payoff_table(write_payoff_table(read_efg(HORSE)))
    assert three.players == ("Player 1", "Player 2", "Player 3")
    assert len(three.payoffs) == 8


def test_players_whose_names_hold_separators_are_listed() -> None:
    game = Game.from_arrays([[1]], [[2]], players=["A; x", "B, y"])
    assert read_payoff_table(write_payoff_table(game)).fingerprint == game.fingerprint
    with pytest.raises(MethodError, match="cannot stand in a payoff table"):
        write_payoff_table(Game.from_arrays([[1]], [[2]], actions=[["payoff[A]"], ["l"]]))


# -- arrays -------------------------------------------------------------------------------------


def test_default_names() -> None:
    game = Game.from_arrays([[1, 2, 3]], [[4, 5, 6]])
    assert (game.name, game.players) == ("game", ("Player 1", "Player 2"))
    assert [s.actions for s in game.information_sets] == [("1",), ("1", "2", "3")]
    assert [s.move for s in game.information_sets] == ["Player 1", "Player 2"]
    assert (game.concept, game.select, game.moves()) == ("nash", "all", ["Player 1", "Player 2"])


def test_the_tree_of_a_table() -> None:
    game = Game.from_arrays([[1, 2], [3, 4], [5, 6]], [[0] * 2] * 3)
    assert list(game.set_of) == [0, 1, -1, -1, 1, -1, -1, 1, -1, -1]
    assert list(game.children) == [(1, 4, 7), (2, 3), (), (), (5, 6), (), (), (8, 9), (), ()]
    assert [s.nodes for s in game.information_sets] == [(0,), (1, 4, 7)]
    assert [int(u) for u, _ in game.payoffs.values()] == [1, 2, 3, 4, 5, 6]
    assert game.parent == [-1, 0, 1, 1, 0, 4, 4, 0, 7, 7]


@pytest.mark.parametrize(
    "first",
    [
        [[3, 0], [0, 0.5]],
        [["3", " 0 "], ["0", "1/2"]],
        ((Fraction(3), 0), (0, Decimal("0.5"))),
        np.array([[3, 0], [0, 0.5]]),
        np.array([[Fraction(3), 0], [0, Fraction(1, 2)]]),
        [np.array([3.0, 0.0]).tolist(), [0, "5e-1"]],
    ],
)
def test_entries_are_exact(first: Any) -> None:
    game = Game.from_arrays(first, np.array([[1, 2], [3, 4]]))
    assert [u for u, _ in game.payoffs.values()] == [3, 0, 0, Fraction(1, 2)]
    assert all(type(u) is Fraction for pair in game.payoffs.values() for u in pair)
    assert Game.from_arrays([0.1]).payoffs[1] == (Fraction(1, 10),)


@pytest.mark.parametrize(
    ("arrays", "names", "place", "words"),
    [
        ([], {}, "from_arrays", "no array"),
        ([[[1, 2]]], {}, "array of Player 1[0]", "expected a number, found a list"),
        ([[1, 2], [1, 2]], {}, "array of Player 1", "fewer than 2 dimensions"),
        ([3, 4], {}, "array of Player 1", "fewer than 2 dimensions"),
        ([[[]], [[]]], {}, "array of Player 1", "fewer than 2 dimensions, or an empty one"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], {}, "array of Player 1[1]", "expected 2 entries"),
        ([[[1, 2]], [[1, 2], [3, 4]]], {}, "array of Player 2", "expected 1 entries"),
        ([[[1, "x"]], [[1, 2]]], {}, "array of Player 1[0][1]", "'x' is no number"),
        ([[[1, 2]], [[1, True]]], {}, "array of Player 2[0][1]", "found true"),
        ([[[1, 2]], [[1, float("nan")]]], {}, "array of Player 2[0][1]", "nan"),
        ([[[1, 2]], [[1, None]]], {}, "array of Player 2[0][1]", "nothing"),
        ([np.array([1.5], dtype=np.float32)], {}, "array of Player 1", "float32"),
        ([[[1]], [[2]]], {"players": ["A"]}, "players", "expected 2 names, found 1"),
        ([[[1]], [[2]]], {"players": "AB"}, "players", "expected 2 names, found one text"),
        ([[[1]], [[2]]], {"players": ["A", "A"]}, "players", "empty or equal"),
        ([[[1]], [[2]]], {"players": ["A", ""]}, "players", "empty or equal"),
        ([[[1]], [[2]]], {"players": ["A", "\x1b"]}, "players", "U+001B"),
        ([[[1]], [[2]]], {"actions": [["l"]]}, "actions", "1 lists of actions for 2 players"),
        ([[[1]], [[2]]], {"actions": [["l"], ["a", "b"]]}, "actions of Player 2", "expected 1"),
    ],
)
def test_wrong_arrays(arrays: list[Any], names: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Game.from_arrays(*arrays, **names)
    assert caught.value.place == place
    assert words in caught.value.message
    assert caught.value.remedy


def test_arrays_too_large() -> None:
    column = [[0] * 1001] * 1001
    with pytest.raises(UsageError, match="1,002,001 profiles, more than 1,000,000"):
        Game.from_arrays(column, column)


# -- files --------------------------------------------------------------------------------------


def test_files_are_read_by_their_suffix(tmp_path: Path) -> None:
    for name, text in {"a.nfg": SEXES, "b.EFG": HORSE, "c.csv": HAWKS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_game(tmp_path / "a.nfg").fingerprint == read_nfg(SEXES).fingerprint
    assert read_game(str(tmp_path / "b.EFG")).fingerprint == read_efg(HORSE).fingerprint
    table = read_game(tmp_path / "c.csv")
    assert (table.name, table.fingerprint) == ("c", read_payoff_table(HAWKS).fingerprint)
    (tmp_path / "bom.csv").write_text("\ufeff" + HAWKS, encoding="utf-8")
    assert read_game(tmp_path / "bom.csv").fingerprint == table.fingerprint


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no kind of game file"):
        read_game(tmp_path / "a.txt")
    with pytest.raises(UsageError, match="no such file"):
        read_game(tmp_path / "a.nfg")
    (tmp_path / "latin.nfg").write_bytes(b'NFG 1 R "caf\xe9"\n')
    with pytest.raises(GameError, match="line 1: byte 12 is not UTF-8") as caught:
        read_game(tmp_path / "latin.nfg")
    assert caught.value.place.endswith("latin.nfg")
    (tmp_path / "large.csv").write_bytes(b"," * 4_000_001)
    with pytest.raises(GameError, match="more than 4,000,000 bytes"):
        read_game(tmp_path / "large.csv")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SEXES, "nfg"),
        ("\n  " + HORSE, "efg"),
        (HAWKS, "csv"),
        (HAWKS_LISTED, "csv"),
        (",l\nu,1;2", "csv"),
        ('name = "x"', "toml"),
        ('# a, comment\n\nplayers = ["a", "b"]', "toml"),
        ("[parameters]", "toml"),
        ('"quoted key" = [1, 2]', "toml"),
        ("", "toml"),
        ("nonsense", "toml"),
        (THREE.replace("NFG", "NFGX"), "toml"),
    ],
)
def test_kind_of_a_text(text: str, kind: str) -> None:
    assert kind_of_text(text) == kind
