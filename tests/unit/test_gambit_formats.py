"""Gambit's files read and written: known games, both layouts, faults with line and column."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest

from negotiation import load, solve
from negotiation.certify import certify
from negotiation.errors import GameError, MethodError, UsageError
from negotiation.formats.fixing import fixed_game
from negotiation.formats.gambit_efg import read_efg, write_efg
from negotiation.formats.gambit_nfg import read_nfg, write_nfg
from negotiation.formats.strategic_form import strategic_form
from negotiation.game import CHANCE, Game
from tests.oracles.trees import RandomTrees, few
from tests.unit.gambit_games import (
    BEER,
    HORSE,
    LICENCE,
    SEXES,
    SEXES_BY_OUTCOMES,
    THREE,
    THREE_BY_OUTCOMES,
)

TWO = '{ "l" "r" }'


def body(text: str) -> str:
    return f'EFG 2 R "t" {{ "A" "B" }}\n{text}'


def leaves(game: Game) -> dict[tuple[str, ...], tuple[Fraction, ...]]:
    """Return the payoffs by the actions on the path."""
    return {tuple(a for _, a in game.path(node)): gained for node, gained in game.payoffs.items()}


def numbers(*texts: object) -> tuple[Fraction, ...]:
    return tuple(Fraction(str(text)) for text in texts)


def same_tree(one: Game, other: Game) -> bool:
    """Whether two games agree in everything but names of moves and information."""
    shapes = [
        (
            game.players,
            [(s.player, s.actions, s.nodes) for s in game.information_sets],
            list(game.set_of),
            list(game.children),
            dict(game.probabilities),
            dict(game.payoffs),
        )
        for game in (one, other)
    ]
    return shapes[0] == shapes[1]


# -- .nfg ---------------------------------------------------------------------------------------


def test_payoff_version() -> None:
    game = read_nfg(SEXES)
    assert (game.name, game.players, game.concept) == (
        "Battle of the Sexes",
        ("Row", "Column"),
        "nash",
    )
    assert leaves(game) == {
        ("1", "1"): (3, 2),
        ("1", "2"): (0, 0),
        ("2", "1"): (0, 0),
        ("2", "2"): (2, 3),
    }
    assert [(s.move, s.information) for s in game.information_sets] == [("Row", ()), ("Column", ())]
    found = sorted(tuple(e.payoffs.values()) for e in solve(game).equilibria)
    assert found == [numbers("6/5", "6/5"), (2, 3), (3, 2)]


def test_outcome_version_is_the_same_game() -> None:
    assert read_nfg(SEXES_BY_OUTCOMES).fingerprint == read_nfg(SEXES).fingerprint
    assert read_nfg(THREE_BY_OUTCOMES).fingerprint == read_nfg(THREE).fingerprint


def test_the_first_player_changes_fastest() -> None:
    game = read_nfg(THREE)
    third = {"1": Fraction(1, 2), "2": Fraction(1, 3)}
    assert leaves(game) == {
        (a, b, c): (Fraction(a + b + c), -Fraction(a + b + c), third[c])
        for a in "12"
        for b in "123"
        for c in "12"
    }


def test_the_order_of_profiles_where_sizes_differ() -> None:
    """Gambit's own example, Selten (1975), figure 2: payoffs by profile."""
    text = 'NFG 1 R "Figure 2" { "Player 1" "Player 2" } { 3 2 }\n1 1 0 2 0 2 1 1 0 3 2 0'
    game = read_nfg(text)
    listed = {"11": (1, 1), "21": (0, 2), "31": (0, 2), "12": (1, 1), "22": (0, 3), "32": (2, 0)}
    assert leaves(game) == {tuple(profile): gained for profile, gained in listed.items()}
    assert read_nfg(write_nfg(game)).fingerprint == game.fingerprint
    numbers = " ".join(f"{k} 0 0" for k in range(24))
    game = read_nfg(f'NFG 1 R "" {{ "A" "B" "C" }} {{ 2 3 4 }} {numbers}')
    for (a, b, c), (first, _, _) in leaves(game).items():
        assert first == int(a) - 1 + 2 * (int(b) - 1) + 6 * (int(c) - 1)
    assert read_nfg(write_nfg(game)).fingerprint == game.fingerprint


def test_nfg_is_the_same_game_as_its_arrays() -> None:
    a, b, c = (range(2), range(3), range(2))
    first = [[[100 * i + 10 * j + k + 111 for k in c] for j in b] for i in a]
    second = [[[-x for x in row] for row in table] for table in first]
    third = [[[0.5, Fraction(1, 3)] for _ in b] for _ in a]
    made = Game.from_arrays(first, second, third, players="A B C".split(), name="Three")
    assert made.fingerprint == read_nfg(THREE).fingerprint
    assert same_tree(made, read_nfg(THREE))


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("+7", "7"),
        ("-12", "-12"),
        ("0.1", "1/10"),
        (".25", "1/4"),
        ("-.25", "-1/4"),
        ("2.", "2"),
        ("1/3", "1/3"),
        ("-4/6", "-2/3"),
        ("1e3", "1000"),
        ("-1.5E-2", "-3/200"),
        ("1e+2", "100"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.5/0.25", "2"),
    ],
)
def test_numbers_are_exact(spelled: str, value: str) -> None:
    game = read_nfg(f'NFG 1 R "" {{ "A" }} {{ 1 }} {spelled}')
    assert list(game.payoffs.values()) == [(Fraction(value),)]


@pytest.mark.parametrize(
    "layout",
    [
        'NFG 1 R "g" { "Row" "Column" } { 2 2 } 3 2 0 0 0 0 2 3',
        'NFG 1 D "g"{"Row""Column"}{2 2}3 2 0 0 0 0 2 3',
        'NFG\r\n1\r\nR\r\n"g"\r\n{\r\n"Row"\r"Column"\n}\n{2\n2}\n3\n2\n0\n0\t0 0\n2 3\n\n',
        'NFG 1 R "g" { "Row" "Column" } { { "1" "2" } 2 } "comment" 3 2 0 0 0 0 2 3',
        'NFG 1 R "g" { "Row" "Column" } { { "1" "2" }\n{ "1" "2" } }\n{{ 3 2}{2,3,}} 1 0 0 2',
        '  NFG 1 R "g" { "Row" "Column" } { 2 2 }\n"two\nlines, \\"quoted\\" {"\n3 2 0 0 0 0 2 3',
    ],
)
def test_layouts(layout: str) -> None:
    assert read_nfg(layout).fingerprint == read_nfg(SEXES).fingerprint


def test_labels_in_quotes() -> None:
    text = (
        r'NFG 1 R "t" { "a \"b\"" "\\" } { { "\alpha" "{,}" "  x	y  " } { "欧盟" } } 1 1 1 1 1 1'
    )
    with pytest.raises(GameError, match="column"):
        read_nfg(text.replace(r'"\\" }', r'"\" }'))
    game = read_nfg(text.replace(r'"\\" }', '"中国" }'))
    assert game.players == ('a "b"', "中国")
    assert game.information_sets[0].actions == (r"\alpha", "{,}", "x y")
    assert game.information_sets[1].actions == ("欧盟",)
    assert read_nfg(write_nfg(game)).fingerprint == game.fingerprint


def test_empty_and_equal_labels_are_numbered() -> None:
    game = read_nfg('NFG 1 R "" { "" "x" "x" } { { "" "" } { "a" "a" "a_1" } 1 } ' + "1 1 1 " * 6)
    assert game.name == "the text"
    assert game.players == ("Player 1", "x_1", "x_2")
    assert [s.actions for s in game.information_sets] == [("1", "2"), ("a_2", "a_3", "a_1"), ("1",)]


@pytest.mark.parametrize("text", [SEXES, SEXES_BY_OUTCOMES, THREE, THREE_BY_OUTCOMES])
def test_nfg_round_trip(text: str) -> None:
    game = read_nfg(text)
    written = write_nfg(game)
    again = read_nfg(written)
    assert (again.fingerprint, again.name) == (game.fingerprint, game.name)
    assert write_nfg(again) == written


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "expected NFG"),
        ("EFG 2 R", 1, 1, "expected NFG"),
        ("NFG 2 R", 1, 5, "version 1"),
        ("NFG 1 X", 1, 7, "letter R"),
        ("NFG 1 R {", 1, 9, "title of the game in quotes"),
        ('NFG 1 R "t', 1, 9, "quoted text does not end"),
        ('NFG 1 R "t" 3', 1, 13, "names of the players"),
        ('NFG 1 R "t" { }', 1, 15, "no players"),
        ('NFG 1 R "t" { "a", "b" }', 1, 18, "name of a player"),
        ('NFG 1 R "t" { "a" }\n{ 0 }', 2, 3, "number of strategies of a"),
        ('NFG 1 R "t" { "a" }\n{ 1.5 }', 2, 3, "number of strategies of a"),
        ('NFG 1 R "t" { "a" "b" }\n{ 2 }', 2, 5, "number of strategies of b"),
        ('NFG 1 R "t" { "a" }\n{ 2 2 }', 2, 5, "expected }"),
        ('NFG 1 R "t" { "a" }\n{ { } }', 2, 3, "a has no strategy"),
        ('NFG 1 R "t" { "a" "b" }\n{ 2 1 }\n1 2 3', 3, 6, "payoff of profile 2 of 2"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1 2 3', 3, 5, "end of the file"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1, 2', 3, 2, "payoff of profile 2"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1 1/0', 3, 3, "divides by zero"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1 2x', 3, 3, "no number"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1 1.2.3', 3, 3, "no number"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1 -', 3, 3, "'-' stands"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1 1e99999', 3, 3, "digits"),
        ('NFG 1 R "t" { "a" }\n{ 2 }\n1 nan', 3, 3, "payoff of profile 2"),
        ('NFG 1 R "t" { "a" "b" }\n{ 1 1 }\n{ { "" 1 } }\n1', 3, 10, "a payoff"),
        ('NFG 1 R "t" { "a" "b" }\n{ 1 1 }\n{ { "" 1 2 3 } }\n1', 3, 12, "after 2 payoffs"),
        ('NFG 1 R "t" { "a" "b" }\n{ 1 1 }\n{ { "" 1 2 } }\n2', 4, 1, "outcome of profile 1"),
        ('NFG 1 R "t" { "a" "b" }\n{ 1 1 }\n{ { "" 1 2 } }\n-1', 4, 1, "outcome of profile 1"),
        ('NFG 1 R "t" { "a" "b" }\n{ 2000 2000 }\n1', 2, 1, "4,000,000 profiles"),
        ('NFG 1 R "t" { "a\u202eb" }', 1, 15, "U+202E"),
        ('NFG 1 R "t" { "a\x1b[0m" }', 1, 15, "U+001B"),
        ('NFG 1 R "' + "x" * 10_001 + '"', 1, 9, "too long"),
    ],
)
def test_malformed_nfg(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(GameError) as caught:
        read_nfg(text, "bad.nfg")
    error = caught.value
    assert error.message.startswith(f"line {line}, column {column}: "), error.message
    assert words in error.message
    assert (error.place, error.exit_code) == ("bad.nfg", 3)
    assert error.remedy


# -- .efg ---------------------------------------------------------------------------------------


def test_seltens_horse() -> None:
    game = read_efg(HORSE)
    assert game.concept == "subgame-perfect"
    assert [(s.move, s.information, s.nodes) for s in game.information_sets] == [
        ("Player 1", (("information set", "first"),), (0,)),
        ("Player 2", (("information set", "second"),), (1,)),
        ("Player 3", (("information set", "third"),), (3, 6)),
    ]
    pure = []
    for actions in itertools.product(range(2), repeat=3):
        profile = {k: (Fraction(1 - a), Fraction(a)) for k, a in enumerate(actions)}
        if certify(game, profile, "nash").holds:
            pure.append("".join("CDcdLR"[2 * k + a] for k, a in enumerate(actions)))
    assert pure == ["CcR", "DcL"]


def test_beer_and_quiche() -> None:
    game = read_efg(BEER)
    assert game.probabilities == {0: numbers("9/10", "1/10")}
    assert game.moves() == ["chance", "Sender", "Receiver"]
    known = [dict(s.information)["information set"] for _, s in game.decisions()]
    assert known == ["strong", "after beer", "after quiche", "weak"]
    payoffs = {tuple(e.payoffs.values()) for e in solve(game, "nash").equilibria}
    assert {numbers("29/10", "9/10"), numbers("21/10", "9/10")} <= payoffs
    written = solve(game).to_dict()["equilibria"][0]["strategies"]["Sender"]
    assert written[0]["move"] == "Sender"
    assert written[0]["information"] == {"information set": "strong"}


def test_payoffs_on_a_path_add_up() -> None:
    game = read_efg(LICENCE)
    assert (game.name, game.players) == ("许可证", ("中国", "欧盟"))
    assert leaves(game) == {
        ("管制", "去风险"): numbers("-1/2", "7/20"),
        ("管制", "留下"): numbers("3/2", "-13/20"),
        ("豁免",): numbers("1/2", "11/10"),
    }
    assert leaves(read_efg(write_efg(game))) == leaves(game)


def test_an_outcome_may_stand_again_without_payoffs() -> None:
    text = 'EFG 2 R "" { "A" } c "" 3 "" { "l" 1/2 "r" .5 } 0 c "" 3 0 t "" 7 "w" { 1 } t "" 7 '
    game = read_efg(text + 'c "" 3 "" { "l" 1/2 "r" 1/2 } 7 t "" 7 "w" { 1 } t "" 0')
    assert [gained for (gained,) in game.payoffs.values()] == [1, 1, 2, 1]
    assert [s.nodes for s in game.information_sets] == [(0,), (1,), (4,)]
    assert [s.move for s in game.information_sets] == ["chance", "chance (2)", "chance (2)"]


def test_moves_are_named_by_mover_and_turn() -> None:
    text = 'EFG 2 R "" { "A" "A (2)" } p "" 1 5 { "a" "b" } 0 t "" 0 p "" 2 1 { "c" } 0 '
    game = read_efg(text + 'p "" 1 2 { "d" } 0 t "" 0')
    assert [s.move for s in game.information_sets] == ["A", "A (2)", "A (2)'"]
    assert [s.information[0][1] for s in game.information_sets] == ["5", "1", "2"]


def test_draws_on_other_branches_do_not_count() -> None:
    draw = 'c "" 1 "d" { "x" 1/2 "y" 1/2 } 0 '
    text = f'p "" 1 1 {TWO} 0 {draw} {draw} t "" 0 t "" 0 {draw} t "" 0 t "" 0 '
    game = read_efg(body(text + f'{draw} t "" 0 t "" 0'))
    names = ["A", "chance", "chance (2)", "chance (2)", "chance"]
    assert [s.move for s in game.information_sets] == names


def test_draws_with_one_name_and_several_chances_stay_apart() -> None:
    stages = ("decide", "draw", "hidden")
    _, game = RandomTrees(random.Random(5), 2, few, stages, stop=0.2).game(5)
    sets = [
        dataclasses.replace(head, move="draw") if head.player == CHANCE else head
        for head in game.information_sets
    ]
    named = dataclasses.replace(game, information_sets=tuple(sets))
    assert len(set(named.probabilities.values())) > 2
    assert same_tree(read_efg(write_efg(named)), named)


def test_labels_of_information_sets_are_made_distinct() -> None:
    text = 'EFG 2 R "" { "A" } p "" 1 1 "x" { "a" "" "a" } 0 p "" 1 2 "x" { "c" } 0 t "" 0 '
    game = read_efg(text + 'p "" 1 3 { "c" } 0 t "" 0 t "" 0')
    assert [s.information[0][1] for s in game.information_sets] == ["x_1", "x_2", "3"]
    assert game.information_sets[0].actions == ("a_1", "2", "a_2")


@pytest.mark.parametrize("text", [HORSE, BEER, LICENCE])
def test_efg_round_trip(text: str) -> None:
    game = read_efg(text)
    written = write_efg(game)
    again = read_efg(written)
    assert (again.fingerprint, again.name) == (game.fingerprint, game.name)
    assert write_efg(again) == written


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            f'p "" 1 1 "h" {TWO} 0\np "" 1 2 "later" {TWO} 0\nt "" 0\nt "" 0\np "" 1 2 0',
            6,
            "'later' of A: he does not remember if he played l or r at h",
        ),
        (
            f'p "" 1 1 "h" {TWO} 0\np "" 1 1 0\nt "" 0\nt "" 0\nt "" 0',
            3,
            "'h' of A: a path meets it twice (absent-mindedness)",
        ),
        (
            f'c "" 1 {{ "x" 1/2 "y" 1/2 }} 0\np "" 1 1 {TWO} 0\np "" 1 2 "late" {TWO} 0\n'
            't "" 0\nt "" 0\nt "" 0\np "" 1 2 0',
            8,
            "'late' of A: he does not remember whether he has moved before",
        ),
        (
            f'p "" 2 1 {TWO} 0\np "" 1 1 "one" {{ "go" }} 0\np "" 1 3 "end" {TWO} 0\n'
            't "" 0\nt "" 0\np "" 1 2 "two" { "go" } 0\np "" 1 3 0',
            8,
            "'end' of A: he does not remember whether he was at one or at two",
        ),
    ],
)
def test_imperfect_recall_is_refused(text: str, line: int, words: str) -> None:
    with pytest.raises(GameError) as caught:
        read_efg(body(text))
    assert caught.value.message == (
        f"line {line}, column 1: imperfect recall at information set {words}"
    )


def test_what_the_others_did_may_be_forgotten() -> None:
    """Perfect recall is of a player's own decisions alone."""
    after = f'p "" 1 2 "x" {TWO} 0 t "" 0 t "" 0'
    game = read_efg(body(f'p "" 1 1 {TWO} 0 p "" 2 1 {TWO} 0 {after} {after} t "" 0'))
    assert game.information_sets[2].nodes == (2, 5)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 2, 1, "a node: c, p or t, the file ends"),
        ("x", 2, 1, "a node: c, p or t, found x"),
        ("t", 2, 2, "name of the node in quotes"),
        ('t ""', 2, 5, "number of an outcome"),
        ('t "" -1', 2, 6, "number of an outcome"),
        ('t "" 1', 2, 6, "outcome 1 has no payoffs"),
        ('t "" 0 "" { 1 2 }', 2, 6, "outcome 0 is no outcome"),
        ('t "" 1 "" { 1 }', 2, 15, "a payoff, found }"),
        ('t "" 1 "" { 1 2 3 }', 2, 17, "} after 2 payoffs, found 3"),
        ('t "" 0 t "" 0', 2, 8, "the tree is complete"),
        (f'p "" 3 1 {TWO} 0', 2, 6, "3 is not the number of a player"),
        (f'p "" 0 1 {TWO} 0', 2, 6, "0 is not the number of a player"),
        (f'p "" 1 0 {TWO} 0', 2, 8, "number of an information set"),
        ('p "" 1 4 0', 2, 8, "A has no actions at information set 4"),
        ('p "" 1 4 "x" 0', 2, 8, "A has no actions at information set 4"),
        ('c "" 1 0', 2, 6, "chance has no actions at information set 1"),
        ('p "" 1 1 "" { } 0', 2, 13, "no actions"),
        ('p "" 1 1 "" { "a", "b" } 0', 2, 18, "an action in quotes"),
        (f'p "" 1 1 "" {TWO} 0\nt "" 0', 3, 7, "nothing follows r at the node of line 2"),
        (f'p "" 1 1 "" {TWO} 0\nt "" 1 "" {{ 1 2 }}\nt "" 1 "" {{ 1 3 }}', 4, 6, "other payoffs"),
        (f'p "" 1 1 "" {TWO} 0\nt "" 1 "" {{ 1 2 }}\nt "" 2', 4, 6, "outcome 2 has no payoffs"),
        ('c "" 1 "" { "a" 1/2 "b" } 0', 2, 25, "the probability of the action, found }"),
        ('c "" 1 "" { "a" 0.3 "b" 0.3 "c" 0.3 } 0', 2, 11, "sum to 9/10, not to 1"),
        ('c "" 1 "" { "a" 3/2 "b" -1/2 } 0', 2, 11, "a probability is negative"),
        (
            'c "" 1 "" { "a" 1/2 "b" 1/2 } 0\nc "" 1 "" { "a" 1/3 "b" 2/3 } 0',
            3,
            6,
            "information set 1 (1) of chance has other probabilities than before",
        ),
        (
            f'p "" 1 1 "h" {TWO} 0\np "" 2 7 "s" {TWO} 0\nt "" 0\nt "" 0\n'
            'p "" 2 7 "s" { "l" "m" "r" } 0',
            6,
            8,
            "information set 7 (s) of B has 3 actions, before it had 2",
        ),
        (
            f'p "" 1 1 "h" {TWO} 0\np "" 2 7 "s" {TWO} 0\nt "" 0\nt "" 0\n'
            'p "" 2 7 "s" { "l" "m" } 0',
            6,
            8,
            "other actions than before",
        ),
        (
            f'p "" 1 1 "h" {TWO} 0\np "" 2 7 "s" {TWO} 0\nt "" 0\nt "" 0\np "" 2 7 "u" {TWO} 0',
            6,
            8,
            "another name than before, s",
        ),
    ],
)
def test_malformed_efg(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(GameError) as caught:
        read_efg(body(text), "bad.efg")
    error = caught.value
    assert error.message.startswith(f"line {line}, column {column}: "), error.message
    assert words in error.message
    assert (error.place, error.exit_code) == ("bad.efg", 3)
    assert error.remedy


def test_deep_trees_need_no_recursion() -> None:
    deep = "".join(
        f'p "" {k % 2 + 1} {k + 1} {TWO} 0 t "" {k + 1} {{ 1 {k} }} ' for k in range(3000)
    )
    game = read_efg(body(deep + 't "" 0'))
    assert len(game.set_of) == 6001
    assert read_efg(write_efg(game)).fingerprint == game.fingerprint
    with pytest.raises(MethodError, match="A has 1,501 or more reduced strategies"):
        write_nfg(game)


# -- trees as tables ----------------------------------------------------------------------------


def play(game: Game, plans: Sequence[dict[int, int]], node: int = 0) -> tuple[Fraction, ...]:
    """Return the expected payoffs of pure strategies, by the definition."""
    if node in game.payoffs:
        return game.payoffs[node]
    position = game.set_of[node]
    player = game.information_sets[position].player
    if player != CHANCE:
        return play(game, plans, game.children[node][plans[player][position]])
    parts = [play(game, plans, child) for child in game.children[node]]
    shares = game.probabilities[node]
    return tuple(
        sum((p * part[k] for p, part in zip(shares, parts, strict=True)), Fraction(0))
        for k in range(len(game.players))
    )


def full_strategies(game: Game, player: int) -> Iterator[dict[int, int]]:
    own = [k for k, s in game.decisions() if s.player == player]
    sizes = [range(len(game.information_sets[k].actions)) for k in own]
    for actions in itertools.product(*sizes):
        yield dict(zip(own, actions, strict=True))


def reduced_label(game: Game, player: int, plan: dict[int, int]) -> str:
    """Return what a full strategy says where it can be called on: at sets it does not exclude."""
    called = set()
    for position in plan:
        node = game.information_sets[position].nodes[0]
        excluded = False
        while (before := game.parent[node]) >= 0:
            action = plan.get(game.set_of[before])
            excluded |= action is not None and game.children[before][action] != node
            node = before
        if not excluded:
            called.add(position)
    sets = game.information_sets
    parts = [sets[k].actions[plan[k]] if k in called else "*" for k in sorted(plan)]
    return " / ".join(parts) if parts else "no move"


@pytest.mark.parametrize("seed", [0, 1, pytest.param(2, marks=pytest.mark.slow), *range(3, 16)])
def test_strategic_form_by_the_definition(seed: int) -> None:
    stages = ("decide", "draw", "together2", "signal", "hidden")
    trees = RandomTrees(random.Random(seed), 3, few, stages, stop=0.3)
    _, game = trees.game(4, profiles=400)
    form = strategic_form(game)
    table = dict(zip(itertools.product(*form.strategies), form.payoffs, strict=True))
    plans = [list(full_strategies(game, player)) for player in range(3)]
    seen = set()
    for profile in itertools.product(*plans):
        labels = tuple(reduced_label(game, k, plan) for k, plan in enumerate(profile))
        seen.add(labels)
        assert table[labels] == play(game, profile)
    assert seen == set(table)
    assert list(read_nfg(write_nfg(game)).payoffs.values()) == list(form.payoffs)


@pytest.mark.parametrize("seed", range(16))
def test_random_trees_survive_efg(seed: int) -> None:
    stages = ("decide", "draw", "together2", "together3", "signal", "hidden")
    trees = RandomTrees(random.Random(seed), 3, few, stages, stop=0.3)
    _, game = trees.game(4)
    again = read_efg(write_efg(game))
    assert same_tree(game, again)
    assert [s.information[0][1] for _, s in again.decisions()] == [
        s.move for _, s in game.decisions()
    ]
    third = read_efg(write_efg(again))
    assert third.fingerprint == again.fingerprint


@pytest.mark.parametrize("name", ["divide-and-exempt", "divide-and-exempt-sequential"])
def test_models_survive_efg(name: str) -> None:
    game = load(name).at()
    again = read_efg(write_efg(game))
    assert same_tree(game, again)
    labels = [dict(s.information)["information set"] for _, s in again.decisions()]
    heads = [(head.player, head.information) for _, head in again.decisions()]
    assert len(set(heads)) == len(heads)
    assert labels[0] == game.information_sets[0].move
    one, other = (solve(g, select="coalition-proof") for g in (game, again))
    assert [e.payoffs for e in one.equilibria] == [e.payoffs for e in other.equilibria]


def test_a_model_says_its_values_in_the_comment() -> None:
    game = load("divide-and-exempt").at({"threshold": "2"}, fix={"exempt": "US only"})
    for text in (write_nfg(game), write_efg(game)):
        assert "threshold = 2" in text
        assert "fixed: exempt = US only" in text


def test_players_without_a_move_have_one_strategy() -> None:
    game = read_efg(body(f'p "" 2 1 {TWO} 0 t "" 0 t "" 1 {{ 1 2 }}'))
    assert strategic_form(game).strategies == (("no move",), ("l", "r"))
    alone = read_efg('EFG 2 R "" { "A" } t "" 1 { 5 }')
    assert read_nfg(write_nfg(alone)).payoffs == {1: (5,)}


def test_tables_too_large_are_refused() -> None:
    many = "".join(f'p "" 2 {k + 1} {TWO} 0 t "" 0 t "" 0 ' for k in range(30))
    labels = " ".join(f'"{k}"' for k in range(30))
    game = read_efg(body(f'p "" 1 1 {{ {labels} }} 0 {many}'))
    for write in (write_nfg, strategic_form):
        with pytest.raises(
            MethodError, match=r"1,073,741,824 or more reduced strategies"
        ) as caught:
            write(game)
        assert "--fix" in caught.value.remedy
        assert ("--format efg" in caught.value.remedy) == (write is write_nfg)


def test_labels_that_gambit_cannot_spell_are_refused() -> None:
    game = Game.from_arrays([1, 2], players=["A"], actions=[["a\\", "b"]])
    for write in (write_nfg, write_efg):
        with pytest.raises(MethodError, match="ends in a backslash"):
            write(game)
    spelled = Game.from_arrays([1, 2], players=['say "hi"'], actions=[["a\\b", 'q\\"x']])
    assert read_nfg(write_nfg(spelled)).fingerprint == spelled.fingerprint


# -- fixed moves --------------------------------------------------------------------------------


def test_fixing_a_move_cuts_the_other_branches() -> None:
    game = fixed_game(read_efg(BEER), {"Sender": "beer"})
    assert game.fixed == {"Sender": "beer"}
    assert set(leaves(game)) == {
        (nature, "beer", reply) for nature in ("strong", "weak") for reply in ("fight", "retreat")
    }
    assert [s.nodes for _, s in game.decisions()] == [(2, 6)]
    assert all(game.probabilities[k] == (1,) for k in (1, 5))
    payoffs = [tuple(e.payoffs.values()) for e in solve(game, "nash").equilibria]
    assert payoffs == [numbers("29/10", "9/10")]
    drawn = fixed_game(read_efg(BEER), {"chance": "weak", "Receiver": "fight"})
    assert list(leaves(drawn).values()) == [(0, 1), (1, 1)]
    assert read_efg(write_efg(drawn)).payoffs == drawn.payoffs


def test_fixing_as_in_a_model() -> None:
    """Fixing the finished tree gives the game that the model builds with the move fixed."""
    model = load("divide-and-exempt")
    for fix in (
        {"exempt": "EU only"},
        {"joins[US]": "join"},
        {"exempt": "US only", "joins[EU]": "stay"},
    ):
        assert fixed_game(model.at(), fix).fingerprint == model.at(fix=fix).fingerprint


def test_fixing_what_is_not_there() -> None:
    game = read_efg(HORSE)
    with pytest.raises(UsageError, match="no move is called 'Player 4'") as caught:
        fixed_game(game, {"Player 4": "L"})
    assert "Player" in caught.value.remedy
    with pytest.raises(UsageError, match="Player 3 has no action 'M'"):
        fixed_game(game, {"Player 3": "M"})
    assert fixed_game(game, {}) is game
