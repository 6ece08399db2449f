"""Files of games: whatever they hold, they load or are refused, and soon."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from fractions import Fraction

import pytest

from negotiation.errors import GameError, NegotiationError
from negotiation.formats.gambit_efg import write_efg
from negotiation.formats.gambit_nfg import write_nfg
from negotiation.formats.game_files import game_from_text, kind_of_text
from negotiation.formats.payoff_table import write_payoff_table
from negotiation.game import CHANCE, Game
from tests.promptness import ends_soon
from tests.unit.gambit_games import (
    BEER,
    HORSE,
    LICENCE,
    SEXES,
    SEXES_BY_OUTCOMES,
    THREE,
    THREE_BY_OUTCOMES,
)

GRID = "China; US,hawk,dove\nhawk,-1; -1,2; 0\ndove,0; 2,1; 1\n"
LIST = "A,B,payoff[A],payoff[B]\nu,l,1,2\nu,r,3,4\nd,l,5,6\nd,r,1/3,.5\n"
VALID = {
    "sexes": ("nfg", SEXES),
    "outcomes": ("nfg", SEXES_BY_OUTCOMES),
    "three": ("nfg", THREE),
    "three outcomes": ("nfg", THREE_BY_OUTCOMES),
    "horse": ("efg", HORSE),
    "beer": ("efg", BEER),
    "licence": ("efg", LICENCE),
    "grid": ("csv", GRID),
    "list": ("csv", LIST),
}
PIECES = [
    *'{}",;/.-+eE\\ \n\t\0',
    '"',
    '""',
    '"x"',
    "{ }",
    "0",
    "1",
    "-1",
    "2",
    "999999999999",
    "1e400",
    "1e-400",
    "1e99999999999",
    "0/0",
    "1/0",
    "c",
    "p",
    "t",
    "NFG",
    "EFG 2 R",
    "nan",
    "\u202e",
    "\ud7ff",
    "欧",
    "\x1b[31m",
    "payoff[A]",
    "p 1 1",
    'p "" 1 1 ',
    'c "" 1 "" { "a" 1 } 0 ',
    't "" 0 ',
]


def mutated(text: str, rng: random.Random) -> str:
    """Return a text with one to three things done to it."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        tokens = re.findall(r'"[^"]*"|[\w./+-]+|\s+|.', text, re.DOTALL)
        place = rng.randrange(len(tokens) + 1)
        kind = rng.randrange(7)
        if kind == 0:  # a token is lost
            del tokens[place : place + 1]
        elif kind == 1:  # a token stands twice
            tokens[place:place] = tokens[place : place + 1]
        elif kind == 2:  # two tokens change places
            other = rng.randrange(len(tokens))
            tokens[other : other + 1], tokens[place : place + 1] = (
                tokens[place : place + 1],
                tokens[other : other + 1],
            )
        elif kind == 3:  # something is put in
            tokens.insert(place, rng.choice(PIECES))
        elif kind == 4:  # something else stands there
            tokens[place : place + 1] = [rng.choice(PIECES)]
        elif kind == 5:  # the end is cut off
            tokens = tokens[:place]
        else:  # a part stands twice
            tokens[place:place] = tokens[place : place + rng.randrange(1, 12)]
        text = "".join(tokens)
    return text


def check_game(game: Game) -> None:
    """Check what every solver relies on."""
    count = len(game.set_of)
    assert len(game.children) == count
    assert len(set(game.players)) == len(game.players) >= 1
    followers = sorted(child for listed in game.children for child in listed)
    assert followers == list(range(1, count))
    seen = []
    for position, head in enumerate(game.information_sets):
        assert len(set(head.actions)) == len(head.actions) >= 1
        assert all(label.strip() and label.isprintable() for label in (head.move, *head.actions))
        for node in head.nodes:
            assert game.set_of[node] == position
            assert len(game.children[node]) == len(head.actions)
            assert (node in game.probabilities) == (head.player == CHANCE)
        seen += head.nodes
    assert sorted(seen) == [node for node in range(count) if game.set_of[node] >= 0]
    assert set(game.payoffs) == set(range(count)) - set(seen)
    assert all(sum(shares) == 1 and min(shares) >= 0 for shares in game.probabilities.values())
    for gained in game.payoffs.values():
        assert len(gained) == len(game.players)
        assert all(type(payoff) is Fraction for payoff in gained)
    heads = [(s.player, s.move, s.information) for _, s in game.decisions()]
    assert len(set(heads)) == len(heads)
    for node in game.payoffs:
        moves = [move for move, _ in game.path(node)]
        assert len(set(moves)) == len(moves)
    check_recall(game)


def check_recall(game: Game) -> None:
    """Every player remembers his decisions: by the definition, path by path."""
    for _, head in game.decisions():
        pasts = set()
        for node in head.nodes:
            past, at = [], node
            while (before := game.parent[at]) >= 0:
                position = game.set_of[before]
                if game.information_sets[position].player == head.player:
                    past.append((position, game.children[before].index(at)))
                at = before
            pasts.add(tuple(past))
        assert len(pasts) == 1


def game_or_refusal(text: str, kind: str) -> Game | NegotiationError:
    try:
        return game_from_text(text, kind, "mutated")
    except NegotiationError as error:
        return error


def written_or_refusal(write: Callable[[Game], str], game: Game) -> str | NegotiationError:
    try:
        return write(game)
    except NegotiationError as error:
        return error


@pytest.mark.usefixtures("several_inputs")
@pytest.mark.parametrize("name", VALID)
def test_mutations_load_or_are_refused(name: str) -> None:
    kind, text = VALID[name]
    check_game(game_from_text(text, kind, "valid"))
    rng = random.Random(name)
    loaded = refused = 0
    for _ in range(300):
        changed = mutated(text, rng)
        with ends_soon(changed):
            kind_of_text(changed)
            found = game_or_refusal(changed, kind)
        if isinstance(found, Game):
            loaded += 1
            check_game(found)
            check_exports(found)
        else:
            refused += 1
            assert found.exit_code == 3
            assert found.remedy
            assert re.match(r"(line|row) \d+, column \d+|not CSV|the table", found.message), found
            assert "\x1b" not in str(found)
    assert loaded >= 10
    assert refused >= 50


def check_exports(game: Game) -> None:
    """What is written is read back as the same game, or the refusal says why."""
    for write, kind in ((write_efg, "efg"), (write_nfg, "nfg"), (write_payoff_table, "csv")):
        written = written_or_refusal(write, game)
        if isinstance(written, NegotiationError):
            assert written.exit_code == 4
            continue
        again = game_from_text(written, kind, "written")
        assert write(again).split("\n\n")[-1] == written.split("\n\n")[-1]
        if kind == "efg":
            assert again.payoffs == game.payoffs


QUOTES = "a quoted text does not end"
BOMBS = {
    "braces": ("nfg", "{" * 4_000_000, "expected NFG"),
    "quotes": ("nfg", '"' * 4_000_000, "expected NFG"),
    "one long text": ("nfg", 'NFG 1 R "' + "x" * 3_900_000, QUOTES),
    "backslashes": ("efg", 'EFG 2 R "' + "\\" * 3_900_000, QUOTES),
    "escaped quotes": ("efg", 'EFG 2 R "' + '\\"' * 1_900_000, QUOTES),
    "blanks": ("nfg", "NFG 1 R" + " " * 3_900_000 + "?", "column 3900008"),
    "lines": ("nfg", "NFG 1 R" + "\n" * 3_900_000 + "?", "line 3900001, column 1"),
    "digits": ("nfg", 'NFG 1 R "" { "a" } { 1 } ' + "9" * 3_900_000, "digits"),
    "exponent": ("nfg", 'NFG 1 R "" { "a" } { 1 } 1e-999999999', "digits"),
    "quotient": ("nfg", 'NFG 1 R "" { "a" } { 1 } 1e-999/1e999', "digits"),
    "counts": ("nfg", 'NFG 1 R "" { "a" "b" } { 1000000 1000000 } 1', "profiles"),
    "product": ("nfg", f'NFG 1 R "" {{ {"0 " * 99} }} 1'.replace("0", '""'), "strategies"),
    "many twos": (
        "nfg",
        f'NFG 1 R "" {{ {chr(34) * 200} }} {{ {"2 " * 100} }} 1',
        "1,267,650,600,228,229,401,496,703,205,376 profiles",
    ),
    "players": ("efg", 'EFG 2 R "" { ' + '"" ' * 1_000_000 + "}", "more than 100 players"),
    "set numbers": ("efg", 'EFG 2 R "" { "a" } p "" 1 ' + "9" * 5_000, "information set"),
    "chance": (
        "efg",
        'EFG 2 R "" { "a" } c "" 1 "" { '
        + " ".join(f'"" 1/{10**500 + k}' for k in range(3000))
        + " } 0",
        "digits",
    ),
    "payoffs add up": (
        "efg",
        'EFG 2 R "" { "a" } '
        + "".join(f'c "" {k} {{ "" 1 }} {k} {{ 1/{10**400 + k} }}\n' for k in range(1, 3000)),
        "line 3, column 17: payoffs add up",
    ),
    "columns": ("csv", ",".join(f"c{k}" for k in range(200_000)) + "\nu", "two players"),
    "missing cells": ("csv", "A;B" + ",c" * 3 + "\n" + "u\n" * 50_000, "stands twice"),
    "sparse list": (
        "csv",
        "A,B,payoff[A],payoff[B]\n" + "".join(f"r{k},s{k},1,2\n" for k in range(5000)),
        "25,000,000 profiles",
    ),
    "one cell": ("csv", 'A;B,c\n"' + "x" * 3_900_000, "CSV"),
    "zeros": ("csv", "\0" * 1_000_000, "not CSV"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(name: str) -> None:
    kind, text, words = BOMBS[name]
    with pytest.raises(GameError, match=re.escape(words)) as caught:
        game_from_text(text, kind, "bomb")
    assert len(str(caught.value)) < 2000


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nfg", "efg", "csv"])
def test_large_files_load(kind: str) -> None:
    """Megabytes of each kind; some seconds for each."""
    if kind == "nfg":
        table = " ".join("01"[k % 2] for k in range(2 * 700 * 700))
        text = f'NFG 1 R "" {{ "a" "b" }} {{ 700 700 }} {table}'
        assert game_from_text(text, "nfg", "table").histories == 700 * 700
    elif kind == "csv":
        rows = "".join(f"r{k},1;2\n" for k in range(200_000))
        assert game_from_text(f"A;B,c\n{rows}", "csv", "rows").histories == 200_000
    else:
        nodes = (f'p "" {k % 2 + 1} {k + 1} "" {{"c" "s"}} 0\nt "" 0\n' for k in range(90_000))
        chain = f'EFG 2 R "" {{ "a" "b" }} {"".join(nodes)}'
        assert len(game_from_text(f'{chain} t "" 0', "efg", "chain").set_of) == 180_001
        with pytest.raises(GameError, match="absent-mindedness"):
            game_from_text(f'{chain} p "" 1 1 0', "efg", "chain")
