"""Gambit reads what we write as we do, and we read what Gambit writes; its catalogue too."""

from __future__ import annotations

import io
import itertools
import random
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from negotiation import load
from negotiation.errors import GameError
from negotiation.formats.gambit_efg import read_efg, write_efg
from negotiation.formats.gambit_nfg import read_nfg, write_nfg
from negotiation.formats.strategic_form import strategic_form
from negotiation.game import CHANCE, Game
from tests.oracles.trees import RandomTrees, few
from tests.unit.gambit_games import BEER, HORSE, SEXES, SEXES_BY_OUTCOMES, THREE, THREE_BY_OUTCOMES

pytestmark = pytest.mark.oracle
pygambit = pytest.importorskip("pygambit")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Gambit warns of what it will rename."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_by_gambit(text: str, kind: str) -> Any:
    read = pygambit.read_efg if kind == "efg" else pygambit.read_nfg
    return read(io.BytesIO(text.encode()))


def gained(outcome: Any, players: Any) -> tuple[Fraction, ...]:
    """Return the payoffs of an outcome; a node or profile without one gives nothing."""
    nothing = (Fraction(0),) * len(players)
    if outcome is None:
        return nothing
    try:
        return tuple(Fraction(str(outcome[player])) for player in players)
    except KeyError:
        return nothing


def leaves(theirs: Any) -> Iterator[tuple[Fraction, ...]]:
    """Yield the payoffs at Gambit's terminal nodes, those on the way added up."""
    pending = [(theirs.root, (Fraction(0),) * len(theirs.players))]
    while pending:
        node, before = pending.pop()
        here = gained(node.outcome, theirs.players)
        total = tuple(a + b for a, b in zip(before, here, strict=True))
        if node.is_terminal:
            yield total
        pending += [(child, total) for child in reversed(list(node.children))]


def check_tree(theirs: Any, ours: Game) -> None:
    assert [player.label for player in theirs.players] == list(ours.players)
    assert list(leaves(theirs)) == list(ours.payoffs.values())
    for k, player in enumerate(theirs.players):
        own = [head for head in ours.information_sets if head.player == k]
        actions = [[action.label for action in infoset.actions] for infoset in player.infosets]
        assert actions == [list(head.actions) for head in own]
        members = [len(list(infoset.members)) for infoset in player.infosets]
        assert members == [len(head.nodes) for head in own]
    shares = []
    pending = [theirs.root]
    while pending:
        node = pending.pop()
        pending += reversed(list(node.children))
        if not node.is_terminal and node.player.is_chance:
            shares.append([Fraction(str(action.prob)) for action in node.infoset.actions])
    drawn = [h.nodes[0] for h in ours.information_sets if h.player == CHANCE]
    assert shares == [list(ours.probabilities[node]) for node in drawn]


def check_table(theirs: Any, ours: Game) -> None:
    form = strategic_form(ours)
    assert [player.label for player in theirs.players] == list(form.players)
    counts = [range(len(player.strategies)) for player in theirs.players]
    table = [gained(theirs[profile], theirs.players) for profile in itertools.product(*counts)]
    assert table == list(form.payoffs)


@pytest.mark.parametrize("text", [SEXES, SEXES_BY_OUTCOMES, THREE, THREE_BY_OUTCOMES])
def test_tables(text: str) -> None:
    theirs, ours = read_by_gambit(text, "nfg"), read_nfg(text)
    check_table(theirs, ours)
    check_table(read_by_gambit(write_nfg(ours), "nfg"), ours)
    assert read_nfg(theirs.to_nfg()).fingerprint == ours.fingerprint


@pytest.mark.parametrize("text", [HORSE, BEER])
def test_trees(text: str) -> None:
    theirs, ours = read_by_gambit(text, "efg"), read_efg(text)
    check_tree(theirs, ours)
    check_table(theirs, ours)
    check_tree(read_by_gambit(write_efg(ours), "efg"), ours)
    assert read_efg(theirs.to_efg()).fingerprint == ours.fingerprint


@pytest.mark.parametrize("seed", range(20))
def test_random_trees(seed: int) -> None:
    stages = ("decide", "draw", "together2", "together3", "signal", "hidden")
    _, ours = RandomTrees(random.Random(seed), 3, few, stages, stop=0.4).game(4, profiles=300)
    theirs = read_by_gambit(write_efg(ours), "efg")
    assert theirs.is_perfect_recall
    check_tree(theirs, ours)
    check_table(theirs, ours)
    check_table(read_by_gambit(write_nfg(ours), "nfg"), ours)


def test_the_flagship() -> None:
    ours = load("divide-and-exempt").at()
    check_tree(read_by_gambit(write_efg(ours), "efg"), ours)


def catalogue() -> list[Path]:
    folder = Path(pygambit.__file__).parent / "catalog_data"
    return sorted([*folder.rglob("*.efg"), *folder.rglob("*.nfg")])


def test_the_catalogue_is_found() -> None:
    assert len(catalogue()) >= 10


@pytest.mark.parametrize("path", catalogue(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_catalogue(path: Path) -> None:
    """We read every game that Gambit brings, but those where a player forgets."""
    text, kind = path.read_text(encoding="utf-8"), path.suffix[1:]
    theirs = read_by_gambit(text, kind)
    if kind == "nfg":
        check_table(theirs, read_nfg(text))
    elif theirs.is_perfect_recall:
        check_tree(theirs, read_efg(text))
        check_tree(read_by_gambit(write_efg(read_efg(text)), "efg"), read_efg(text))
    else:
        with pytest.raises(GameError, match="imperfect recall at information set"):
            read_efg(text)
