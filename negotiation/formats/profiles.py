"""Profiles: strategies and beliefs from the JSON of ``solve``, or written by hand.

A profile maps each player to entries of ``move``, ``information`` and ``probabilities``. By hand
one may leave out what is known (the entry then speaks of every information set of that move that
agrees with what is given; the most detailed entry wins) and actions of probability 0.

Beliefs are entries of ``move``, ``information`` and ``histories``, and each history is named by
moves before it that the mover cannot tell, ``unobserved``, with its ``probability``. By hand one
may leave out what is not needed to tell which set and which history is meant, and histories of
probability 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.certify import describe_set
from negotiation.errors import Fault, GameError, UsageError
from negotiation.formulas import nearest
from negotiation.game import Game, InformationSet
from negotiation.model.document import TomlNumber
from negotiation.model.values import read_value

__all__ = ["ProfileDocument", "beliefs_of", "profile_of", "read_profiles"]

MAX_CHARACTERS = 50_000_000


@dataclass(frozen=True)
class ProfileDocument:
    """The profiles of a JSON document, and the settings it was made with.

    Beliefs stand in the order of the strategies, None where a profile has none.
    """

    strategies: tuple[Mapping[str, Any], ...]
    beliefs: tuple[Any, ...]
    parameters: Mapping[str, str]
    fixed: Mapping[str, str]
    fingerprint: str | None
    concept: str | None


def read_profiles(text: str, source: str) -> ProfileDocument:
    """Read the JSON of ``solve --json``, one equilibrium of it, or strategies alone.

    Raises
    ------
    GameError
        If the text is no such JSON; names line and column.
    """
    remedy = "write what negotiate solve --json prints"
    try:
        document = json.loads(text, parse_float=TomlNumber, object_pairs_hook=_object)
    except Fault as fault:
        raise GameError(fault.message, place=source, remedy=fault.remedy) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise GameError(f"{where}: not JSON ({error.msg})", place=source, remedy=remedy) from None
    except (ValueError, RecursionError) as error:
        reason = (
            "nested too deeply" if isinstance(error, RecursionError) else "a number is too long"
        )
        raise GameError(f"not JSON ({reason})", place=source, remedy=remedy) from None
    if not isinstance(document, dict):
        raise GameError("is no JSON object", place=source, remedy='write {"strategies": {...}}')
    if "equilibria" in document:
        entries = document["equilibria"]
    elif "strategies" in document:
        entries = [document]
    else:
        entries = [{"strategies": document}]
    profiles, beliefs = [], []
    for entry in entries if isinstance(entries, list) else [None]:
        strategies = entry.get("strategies") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(strategies, dict):
            raise GameError(
                "an equilibrium has no strategies",
                place=source,
                remedy='write {"strategies": {"China": [{"move": ..., "probabilities": {...}}]}}',
            )
        profiles.append(strategies)
        beliefs.append(entry.get("beliefs"))
    return ProfileDocument(
        tuple(profiles),
        tuple(beliefs),
        _texts(document.get("parameters"), "parameters", source),
        _texts(document.get("fixed"), "fixed", source),
        document.get("fingerprint") if isinstance(document.get("fingerprint"), str) else None,
        document.get("concept") if isinstance(document.get("concept"), str) else None,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; a key that stands twice would silently lose one of its values."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Fault(f"the key {twice[:60]!r} stands twice", remedy="write it once")
    return found


def _texts(table: object, key: str, source: str) -> dict[str, str]:
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise GameError(f"{key} is no object", place=source, remedy="write name: value")
    return {str(name): str(value) for name, value in table.items()}


def profile_of(game: Game, strategies: Mapping[str, Any]) -> dict[int, tuple[Fraction, ...]]:
    """Return the probabilities at every information set that a document speaks of.

    Raises
    ------
    GameError
        For entries without a move or probabilities, and for what is no number.
    UsageError
        For unknown players, moves, information or actions, and entries that contradict each other.
    """
    entries = list(_entries(game, strategies))
    used: set[int] = set()
    profile = {}
    for index, information_set in game.decisions():
        matching = [
            (number, entry)
            for number, entry in enumerate(entries)
            if _matches(game, information_set, entry)
        ]
        if not matching:
            continue
        used |= {number for number, _ in matching}
        detail = max(len(entry.information) for _, entry in matching)
        best = [entry for _, entry in matching if len(entry.information) == detail]
        if len({tuple(sorted(entry.probabilities.items())) for entry in best}) > 1:
            raise UsageError(
                "two entries contradict each other",
                place=describe_set(information_set.move, information_set.information),
                remedy="give more of the information in one of them",
            )
        profile[index] = _probabilities(information_set, best[0])
    for number, entry in enumerate(entries):
        if number not in used:
            raise UsageError(
                "speaks of no information set of the game",
                place=f"{entry.player}, "
                f"{describe_set(entry.move, list(entry.information.items()))}",
                remedy=_known_of(game, entry.move, entry.player),
            )
    return profile


def _known_of(game: Game, move: str, owner: str | None = None) -> str:
    """Return the remedy for an entry of a move, and of a player, that fits no information set."""
    heads = [head for _, head in game.decisions() if head.move == move]
    if not heads:
        if move in game.moves():
            return f"{move} is no decision here: it is fixed or drawn by chance"
        return nearest(move, list(dict.fromkeys(head.move for _, head in game.decisions())))
    player = game.players[heads[0].player]
    if owner not in (None, player):
        return f"{move} is a move of {player}"
    first = dict(heads[0].information)
    known = ", ".join(f'"{name}": "{action}"' for name, action in first.items())
    return f"its information is like {{{known}}}" if known else "it has no information"


@dataclass(frozen=True)
class _Entry:
    player: str
    move: str
    information: Mapping[str, str]
    probabilities: Mapping[str, Fraction]


def _entries(game: Game, strategies: Mapping[str, Any]) -> Iterator[_Entry]:
    for player, listed in strategies.items():
        if player not in game.players:
            raise UsageError(
                f"no player is called {player!r}",
                place="profile",
                remedy=nearest(player, game.players),
            )
        for entry in listed if isinstance(listed, list) else [listed]:
            place = f"profile of {player}"
            probabilities = entry.get("probabilities") if isinstance(entry, dict) else None
            if not isinstance(probabilities, dict) or type(entry.get("move")) is not str:
                remedy = 'write {"move": ..., "probabilities": {"stay": "1"}}'
                raise GameError("an entry has no move or probabilities", place=place, remedy=remedy)
            shares = {
                action: _number(share, f"{place}, {entry['move']}")
                for action, share in probabilities.items()
            }
            information = _texts(entry.get("information"), "information", place)
            yield _Entry(player, entry["move"], information, shares)


def _matches(game: Game, information_set: InformationSet, entry: _Entry) -> bool:
    if game.players[information_set.player] != entry.player or information_set.move != entry.move:
        return False
    known = dict(information_set.information)
    return all(known.get(name) == action for name, action in entry.information.items())


def _probabilities(information_set: InformationSet, entry: _Entry) -> tuple[Fraction, ...]:
    for action in entry.probabilities:
        if action not in information_set.actions:
            raise UsageError(
                f"no action is called {action!r}",
                place=describe_set(information_set.move, information_set.information),
                remedy=nearest(action, information_set.actions),
            )
    return tuple(entry.probabilities.get(action, Fraction(0)) for action in information_set.actions)


def _number(value: object, place: str) -> Fraction:
    """Return the exact number that stands in a document."""
    try:
        return read_value(value, place)
    except UsageError as error:
        raise GameError(error.message, place=error.place, remedy=error.remedy) from None


# -- beliefs --------------------------------------------------------------------------------------

BELIEF = '{"move": ..., "histories": [{"unobserved": {...}, "probability": "1/2"}]}'


def beliefs_of(game: Game, beliefs: object) -> dict[int, tuple[Fraction, ...]]:
    """Return the probabilities of the histories at every information set that beliefs speak of.

    Parameters
    ----------
    game : Game
    beliefs : list of dict, or None
        As in the JSON of ``solve``; None speaks of no set.

    Raises
    ------
    GameError
        For entries without a move, histories or probabilities, and for what is no number.
    UsageError
        For unknown moves, information or histories, and what stands twice.
    """
    if beliefs is None:
        return {}
    if not isinstance(beliefs, list):
        raise GameError("beliefs are no list", place="beliefs", remedy=f"write [{BELIEF}]")
    found: dict[int, tuple[Fraction, ...]] = {}
    for entry in beliefs:
        histories = entry.get("histories") if isinstance(entry, dict) else None
        if not isinstance(histories, list) or type(entry.get("move")) is not str:
            remedy = f"write {BELIEF}"
            raise GameError("an entry has no move or histories", place="beliefs", remedy=remedy)
        information = _texts(entry.get("information"), "information", "beliefs")
        place = f"belief at {describe_set(entry['move'], list(information.items()))}"
        index = _one_set(game, entry["move"], information, place)
        if index in found:
            raise UsageError("the set has two beliefs", place=place, remedy="leave one out")
        found[index] = _shares_of(game, game.information_sets[index], histories, place)
    return found


def _one_set(game: Game, move: str, information: Mapping[str, str], place: str) -> int:
    """Return the information set that an entry speaks of."""
    fitting = [
        index
        for index, head in game.decisions()
        if head.move == move and information.items() <= dict(head.information).items()
    ]
    exact = [k for k in fitting if dict(game.information_sets[k].information) == information]
    if len(exact) == 1 or len(fitting) == 1:
        return (exact or fitting)[0]
    if not fitting:
        raise UsageError(
            "speaks of no information set of the game", place=place, remedy=_known_of(game, move)
        )
    raise UsageError(
        f"{len(fitting)} information sets fit",
        place=place,
        remedy=f"give more of the information; {_known_of(game, move)}",
    )


def _shares_of(
    game: Game, head: InformationSet, histories: Sequence[Any], place: str
) -> tuple[Fraction, ...]:
    """Return the probabilities that a belief gives the histories of a set, 0 where it is silent."""
    named = []
    for history in histories:
        if not isinstance(history, dict) or "probability" not in history:
            raise GameError("a history has no probability", place=place, remedy=f"write {BELIEF}")
        hidden = _texts(history.get("unobserved"), "unobserved", place)
        named.append((hidden, _number(history["probability"], place)))
    paths = [dict(game.path(node)) for node in head.nodes]
    if len(named) == len(paths) and all(
        hidden.items() <= path.items() for (hidden, _), path in zip(named, paths, strict=True)
    ):  # All of them in order, as solve prints them.
        return tuple(probability for _, probability in named)
    shares: dict[int, Fraction] = {}
    for hidden, probability in named:
        fitting = [k for k, path in enumerate(paths) if hidden.items() <= path.items()]
        words = ", ".join(f"{move} = {action}" for move, action in hidden.items()) or "{}"
        if len(fitting) != 1:
            raise UsageError(
                f"{len(fitting) or 'no'} histories of the set fit {words}",
                place=place,
                remedy=_histories_of(game, head),
            )
        if fitting[0] in shares:
            raise UsageError(
                f"the history {words} stands twice", place=place, remedy="leave one out"
            )
        shares[fitting[0]] = probability
    return tuple(shares.get(k, Fraction(0)) for k in range(len(paths)))


def _histories_of(game: Game, head: InformationSet) -> str:
    """Return the remedy for a history that fits none or several of a set."""
    listed = "; ".join(game.where(node) for node in head.nodes[:4])
    more = f"; and {len(head.nodes) - 4} more" if len(head.nodes) > 4 else ""
    return f"its histories are those {listed}{more}: name moves that tell one from the others"
