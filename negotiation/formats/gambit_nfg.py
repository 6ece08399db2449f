r"""Gambit's ``.nfg`` files: games in strategic form, read and written exactly.

Payoff version::

    NFG 1 R "Title" { "Row" "Column" } { 2 2 }
    3 2  0 0  0 0  2 3

Outcome version, strategies with labels::

    NFG 1 R "Title" { "Row" "Column" }
    { { "up" "down" } { "left" "right" } }
    "a comment, which may be left out"
    { { "both" 3, 2 } { "" 2, 3 } }
    1 0 0 2

Profiles are listed with the first player's strategy changing fastest; outcome 0 gives nobody
anything. Labels or numbers of strategies go with either version. Gambit's documentation of its file
formats defines the language; comments and names of outcomes are read and dropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from negotiation.formats.annotations import provenance
from negotiation.formats.gambit_text import Tokens, quoted, read_players, read_title, sized
from negotiation.formats.spelling import distinct_labels, number_text
from negotiation.formats.strategic_form import strategic_form
from negotiation.formats.tables import MAX_PROFILES, size_fault, table_game
from negotiation.game import Game, Payoffs

__all__ = ["read_nfg", "write_nfg"]


def read_nfg(text: str, source: str = "the text") -> Game:
    """Return the game of an ``.nfg`` file.

    Parameters
    ----------
    text : str
        The whole file.
    source : str
        Its name, for messages.

    Raises
    ------
    GameError
        If the file is malformed or too large; names line and column.

    Examples
    --------
    >>> read_nfg('NFG 1 R "" { "A" "B" } { 1 2 } 1 .5 0 -1/3').players
    ('A', 'B')
    """
    tokens = Tokens(text, source)
    title = read_title(tokens, "NFG", "1")
    players = read_players(tokens)
    actions = _read_strategies(tokens, players)
    sizes = [len(labels) for labels in actions]
    tokens.skip_text()
    if tokens.is_brace("{"):
        entries = _read_outcomes(tokens, sizes)
    else:
        entries = _read_payoffs(tokens, sizes)
    if tokens.kind != "end":
        raise tokens.unexpected("the end of the file, for every profile has its payoffs")
    return table_game(title, players, actions, [entries[k] for k in _positions(sizes)])


def _read_strategies(tokens: Tokens, players: Sequence[str]) -> list[tuple[str, ...]]:
    """Read ``{ 2 3 }`` or ``{ { "up" "down" } { ... } }``."""
    at = tokens.start
    tokens.take_brace("{", "before the strategies")
    given: list[tuple[str, ...] | int] = []
    for player in players:
        if tokens.is_brace("{"):
            given.append(_read_labels(tokens, player))
        else:
            wanted = f"the number of strategies of {player}"
            given.append(tokens.take_integer(wanted, 1, MAX_PROFILES))
    tokens.take_brace("}", f"after the strategies of {len(players)} players")
    if fault := size_fault([entry if isinstance(entry, int) else len(entry) for entry in given]):
        raise tokens.fault(fault, "use a smaller game", at)
    return [
        tuple(str(k) for k in range(1, entry + 1)) if isinstance(entry, int) else entry
        for entry in given
    ]


def _read_labels(tokens: Tokens, player: str) -> tuple[str, ...]:
    at = tokens.start
    tokens.advance()
    labels = []
    while not tokens.is_brace("}"):
        labels.append(tokens.take_label(f"a strategy of {player}"))
    if not labels:
        raise tokens.fault(f"{player} has no strategy", "give every player at least one", at)
    tokens.advance()
    return distinct_labels(labels)


def _read_payoffs(tokens: Tokens, sizes: Sequence[int]) -> list[Payoffs]:
    """Read one number a player for each profile."""
    count, entries = math.prod(sizes), []
    for profile in range(1, count + 1):
        wanted = f"a payoff of profile {profile:,} of {count:,}"
        entries.append(tuple([tokens.take_number(wanted) for _ in sizes]))
    return entries


def _read_outcomes(tokens: Tokens, sizes: Sequence[int]) -> list[Payoffs]:
    """Read the list of outcomes, then the number of one for each profile."""
    tokens.advance()
    outcomes: list[Payoffs] = [(Fraction(0),) * len(sizes)]
    while not tokens.is_brace("}"):
        tokens.take_brace("{", "before an outcome, or } after the last")
        tokens.skip_text()
        outcomes.append(tokens.take_payoffs(len(sizes)))
    tokens.advance()
    count, entries = math.prod(sizes), []
    for profile in range(1, count + 1):
        wanted = f"the outcome of profile {profile:,} of {count:,}"
        entries.append(outcomes[tokens.take_integer(wanted, 0, len(outcomes) - 1)])
    return entries


def _positions(sizes: Sequence[int]) -> list[int]:
    """Return for each profile, the last player's action changing fastest, its place in the file."""
    positions, stride = [0], 1
    for size in sizes:
        positions = [at + action * stride for at in positions for action in range(size)]
        stride *= size
    return positions


def write_nfg(game: Game) -> str:
    """Return a game as an ``.nfg`` file, payoff version with labels; a tree in reduced form.

    Raises
    ------
    MethodError
        If the strategic form is too large, or a label cannot be spelled.
    """
    form = strategic_form(game, instead="use --format efg or json")
    entries: list[Payoffs] = [()] * len(form.payoffs)
    for place, payoffs in zip(_positions(form.sizes), form.payoffs, strict=True):
        entries[place] = payoffs
    players = " ".join(map(quoted, form.players))
    strategies = "\n".join(f"{{ {' '.join(map(quoted, labels))} }}" for labels in form.strategies)
    head = f"NFG 1 R {quoted(game.name)} {{ {players} }}\n\n{{ {strategies}\n}}\n"
    body = "\n".join(" ".join(map(number_text, payoffs)) for payoffs in entries)
    comment = "\n".join([*provenance(game), *form.legend()])
    return sized(f"{head}{quoted(comment)}\n\n{body}\n", ".nfg")
