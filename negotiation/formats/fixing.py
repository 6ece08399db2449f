"""Fixing moves of a finished game: what was a decision becomes a draw of chance with one action.

The other branches are cut off, and what follows stays a game with the same information.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from negotiation.errors import UsageError
from negotiation.formulas import nearest
from negotiation.game import CHANCE, Game, InformationSet, Payoffs

__all__ = ["fixed_game"]


def fixed_game(game: Game, fix: Mapping[str, str]) -> Game:
    """Return a game in which moves are played as given.

    Parameters
    ----------
    game : Game
    fix : mapping
        Name of a move to the label of its action, at all its information sets.

    Raises
    ------
    UsageError
        If there is no such move, or the action is not open wherever the move is played.
    """
    for move, action in fix.items():
        if move not in game.moves():
            raise UsageError(
                f"no move is called {move!r}", place="--fix", remedy=nearest(move, game.moves())
            )
        for head in game.information_sets:
            if head.move == move and action not in head.actions:
                raise UsageError(
                    f"{move} has no action {action!r} {game.where(head.nodes[0])}",
                    place="--fix",
                    remedy=nearest(action, head.actions),
                )
    return _pruned(game, fix) if fix else game


def _pruned(game: Game, fix: Mapping[str, str]) -> Game:
    """Return the tree without the branches that are not played, its nodes numbered anew."""
    set_of: list[int] = []
    children: list[list[int]] = []
    chance: dict[int, tuple[Fraction, ...]] = {}
    payoffs: dict[int, Payoffs] = {}
    heads: list[InformationSet] = []
    members: list[list[int]] = []
    known: dict[int, int] = {}
    pending = [(0, -1)]
    while pending:
        old, parent = pending.pop()
        node = len(set_of)
        if parent >= 0:
            children[parent].append(node)
        children.append([])
        position = game.set_of[old]
        if position < 0:
            set_of.append(-1)
            payoffs[node] = game.payoffs[old]
            continue
        head, followers = game.information_sets[position], game.children[old]
        action = fix.get(head.move)
        if action is not None:
            followers = (followers[head.actions.index(action)],)
            head = InformationSet(CHANCE, head.move, head.information, (action,), ())
            chance[node] = (Fraction(1),)
        elif head.player == CHANCE:
            chance[node] = game.probabilities[old]
        if head.player == CHANCE or position not in known:
            known[position] = len(heads)
            heads.append(head)
            members.append([])
        set_of.append(known[position])
        members[known[position]].append(node)
        pending += [(follower, node) for follower in reversed(followers)]
    sets = tuple(
        replace(head, nodes=tuple(nodes)) for head, nodes in zip(heads, members, strict=True)
    )
    return replace(
        game,
        information_sets=sets,
        set_of=set_of,
        children=[tuple(listed) for listed in children],
        probabilities=chance,
        payoffs=payoffs,
        fixed={**game.fixed, **fix},
    )
