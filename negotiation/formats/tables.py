"""Tables: games in strategic form, as the trees that stand for them.

The players move one after another in their order, and nobody observes anything: each has one
information set, whose move has the player's name. Payoffs are listed by profile in lexicographic
order, the last player's action changing fastest; that is the order of the leaves of the tree.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from negotiation.errors import Fault, UsageError
from negotiation.formats.spelling import clean_label, exact_number
from negotiation.game import Game, InformationSet, Payoffs, count_text
from negotiation.model.document import exact

__all__ = ["game_from_arrays", "phrases_of", "size_fault", "table_game"]

MAX_PROFILES = 1_000_000
MAX_NUMBERS = 5_000_000
_SMALL = 10**18


def size_fault(sizes: Sequence[int]) -> str:
    """Return what is wrong with the size of a table; empty text if nothing is.

    Parameters
    ----------
    sizes : sequence of int
        Number of actions of each player.
    """
    profiles = math.prod(sizes)
    if profiles > MAX_PROFILES:
        return f"the table has {count_text(profiles)} profiles, more than {MAX_PROFILES:,}"
    numbers = len(sizes) * profiles
    if numbers > MAX_NUMBERS:
        return f"the table has {numbers:,} payoffs, more than {MAX_NUMBERS:,}"
    return ""


def table_game(
    name: str,
    players: Sequence[str],
    actions: Sequence[Sequence[str]],
    payoffs: Iterable[Payoffs],
) -> Game:
    """Return the tree that stands for a game in strategic form; its concept is ``nash``.

    Parameters
    ----------
    players : sequence of str
        Distinct names.
    actions : sequence of sequence of str
        Distinct labels of each player's actions.
    payoffs : iterable of tuple of Fraction
        One number a player, for each profile in lexicographic order.
    """
    below, widths = [-1], [1]
    for player in range(len(players) - 1, -1, -1):
        widths.insert(0, 1 + len(actions[player]) * len(below))
        below = [player] + below * len(actions[player])
    set_of = below
    children: list[tuple[int, ...]] = [()] * len(set_of)
    nodes: list[list[int]] = [[] for _ in players]
    leaves: list[int] = []
    for node, player in enumerate(set_of):
        if player < 0:
            leaves.append(node)
            continue
        nodes[player].append(node)
        width = widths[player + 1]
        reached = len(actions[player]) * width
        children[node] = tuple(range(node + 1, node + 1 + reached, width))
    sets = tuple(
        InformationSet(k, player, (), tuple(actions[k]), tuple(nodes[k]))
        for k, player in enumerate(players)
    )
    return Game(
        name=name,
        players=tuple(players),
        information_sets=sets,
        set_of=set_of,
        children=children,
        probabilities={},
        payoffs=dict(zip(leaves, payoffs, strict=True)),
        concept="nash",
        phrases=phrases_of(sets, players),
    )


def phrases_of(
    sets: Iterable[InformationSet], players: Sequence[str]
) -> dict[tuple[str, str], str]:
    """Return for each move and action what happens, in words."""
    return {
        (head.move, action): f"{players[head.player]} plays {action}"
        if head.player >= 0
        else f"chance draws {action}"
        for head in sets
        for action in head.actions
    }


def game_from_arrays(
    arrays: Sequence[Any],
    players: Sequence[str] | None,
    actions: Sequence[Sequence[str]] | None,
    name: str,
) -> Game:
    """Return the game with one array of payoffs a player; see :meth:`Game.from_arrays`.

    Raises
    ------
    UsageError
        If shapes differ, an entry is no exact number, or names do not fit.
    """
    if not arrays:
        raise UsageError("there is no array", place="from_arrays", remedy="give one a player")
    count = len(arrays)
    if players is None:
        named = tuple([f"Player {k}" for k in range(1, count + 1)])
    else:
        named = _labels(players, count, "players")
    nested = [_nested(array, player) for array, player in zip(arrays, named, strict=True)]
    shape = _shape(nested[0], count, named[0])
    if fault := size_fault(shape):
        raise UsageError(fault, place="from_arrays", remedy="use fewer actions")
    tables = [_flat(array, shape, player) for array, player in zip(nested, named, strict=True)]
    if actions is None:
        labels = [tuple(map(str, range(1, size + 1))) for size in shape]
    elif len(actions) != count:
        raise UsageError(
            f"{len(actions)} lists of actions for {count} players",
            place="actions",
            remedy="give one a player",
        )
    else:
        labels = [
            _labels(listed, size, f"actions of {player}")
            for listed, size, player in zip(actions, shape, named, strict=True)
        ]
    return table_game(name, named, labels, zip(*tables, strict=True))


def _labels(labels: Sequence[object], count: int, place: str) -> tuple[str, ...]:
    """Return names that a caller gives, checked."""
    if isinstance(labels, str) or len(labels) != count:
        found = "one text" if isinstance(labels, str) else str(len(labels))
        raise UsageError(
            f"expected {count} names, found {found}", place=place, remedy="give a list of them"
        )
    try:
        cleaned = tuple(clean_label(str(label)) for label in labels)
    except Fault as fault:
        raise UsageError(fault.message, place=place, remedy=fault.remedy) from None
    if "" in cleaned or len(set(cleaned)) < len(cleaned):
        raise UsageError(
            "names are empty or equal", place=place, remedy="give each a name of its own"
        )
    return cleaned


def _nested(array: Any, player: str) -> Any:
    """Return an array of numpy as lists; a short float has lost what was meant."""
    dtype = getattr(array, "dtype", None)
    if getattr(dtype, "kind", "") == "f" and getattr(dtype, "itemsize", 8) != 8:
        raise UsageError(
            f"payoffs of type {dtype} are not what was written down",
            place=f"array of {player}",
            remedy="give float64, integers or Fractions",
        )
    return array.tolist() if hasattr(array, "tolist") else array


def _shape(array: Any, dimensions: int, player: str) -> tuple[int, ...]:
    shape = []
    for _ in range(dimensions):
        if not isinstance(array, list | tuple) or not array:
            raise UsageError(
                f"the array has fewer than {dimensions} dimensions, or an empty one",
                place=f"array of {player}",
                remedy="give one array a player, with one dimension a player",
            )
        shape.append(len(array))
        array = array[0]
    return tuple(shape)


def _flat(array: Any, shape: Sequence[int], player: str) -> list[Fraction]:
    """Return the entries of nested lists in lexicographic order, exact."""
    level = [array]
    for depth, size in enumerate(shape):
        for position, part in enumerate(level):
            if not isinstance(part, list | tuple) or len(part) != size:
                raise UsageError(
                    f"expected {size} entries",
                    place=_entry(player, position, shape[:depth]),
                    remedy=f"let all arrays be {' by '.join(map(str, shape))}",
                )
        level = list(itertools.chain.from_iterable(level))
    if set(map(type, level)) == {int} and min(level) > -_SMALL and max(level) < _SMALL:
        return list(map(_whole, level))
    numbers = []
    for position, value in enumerate(level):
        try:
            text = value.strip() if isinstance(value, str) else None
            numbers.append(exact(value) if text is None else exact_number(text))
        except Fault as fault:
            place = _entry(player, position, shape)
            raise UsageError(fault.message, place=place, remedy=fault.remedy) from None
    return numbers


@lru_cache(maxsize=4096)
def _whole(value: int) -> Fraction:
    """Return a whole number as a rational; most entries of most tables are a few small ones."""
    return Fraction(value)


def _entry(player: str, position: int, shape: Sequence[int]) -> str:
    """Return the place of an entry, such as ``array of Row[0][2]``."""
    index: list[int] = []
    for size in reversed(shape):
        position, step = divmod(position, size)
        index.insert(0, step)
    return f"array of {player}" + "".join(f"[{k}]" for k in index)
