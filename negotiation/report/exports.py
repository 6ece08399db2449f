"""Exports: a game as Gambit's ``.nfg`` or ``.efg``, as JSON, or as a CSV payoff table.

JSON (schema ``negotiation/game/1``) and ``.efg`` hold the tree, ``.nfg`` and CSV its reduced
strategic form. All numbers are exact.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from negotiation.errors import UsageError
from negotiation.formats.datasets import whole_file
from negotiation.formats.spelling import number_text
from negotiation.formulas import nearest
from negotiation.game import CHANCE, Game
from negotiation.solution import parameter_text

__all__ = ["FORMATS", "check_export", "export_text", "game_document", "write_export"]

FORMATS = ("nfg", "efg", "json", "csv")


def check_export(kind: str | None, out: Path | None) -> str:
    """Return the format that a call asks for, before any work is done.

    Parameters
    ----------
    kind : str, optional
        nfg, efg, json or csv; by default what the suffix of `out` says.
    out : Path, optional
        The file to write.

    Raises
    ------
    UsageError
        If the format is unknown, or the file cannot be written.
    """
    suffix = out.suffix.lower().removeprefix(".") if out is not None else ""
    if kind is None and suffix not in FORMATS:
        raise UsageError(
            "no format is given", place="--format", remedy=f"write one of {', '.join(FORMATS)}"
        )
    if kind is not None and kind not in FORMATS:
        raise UsageError(
            f"no format is called {kind[:60]!r}", place="--format", remedy=nearest(kind, FORMATS)
        )
    if out is not None and not out.parent.is_dir():
        raise UsageError("the folder is not there", place=str(out.parent), remedy="make it first")
    if out is not None and (out.is_dir() or not os.access(out.parent, os.W_OK)):
        raise UsageError("cannot be written", place=str(out), remedy="choose another file")
    return suffix if kind is None else kind


def write_export(text: str, out: Path) -> None:
    """Write a text to a file, whole or not at all."""
    with whole_file(out) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def export_text(game: Game, kind: str) -> str:
    """Return a game as the text of a file.

    Parameters
    ----------
    kind : str
        One of `FORMATS`.

    Raises
    ------
    MethodError
        If the game is too large for it, or a label cannot be spelled.
    """
    if kind == "nfg":
        from negotiation.formats.gambit_nfg import write_nfg

        return write_nfg(game)
    if kind == "efg":
        from negotiation.formats.gambit_efg import write_efg

        return write_efg(game)
    if kind == "csv":
        from negotiation.formats.payoff_table import write_payoff_table

        return write_payoff_table(game)
    return json.dumps(game_document(game), ensure_ascii=False, indent=1) + "\n"


def game_document(game: Game) -> dict[str, Any]:
    """Return a game as JSON values, schema ``negotiation/game/1``."""
    return {
        "schema": "negotiation/game/1",
        "game": game.name,
        "fingerprint": game.fingerprint,
        "players": list(game.players),
        "parameters": {name: parameter_text(value) for name, value in game.parameters.items()},
        "fixed": dict(game.fixed),
        "concept": game.concept,
        "select": game.select,
        "information_sets": [
            {
                "player": None if head.player == CHANCE else game.players[head.player],
                "move": head.move,
                "information": dict(head.information),
                "actions": list(head.actions),
                "nodes": list(head.nodes),
            }
            for head in game.information_sets
        ],
        "nodes": [_node(game, node) for node in range(len(game.set_of))],
    }


def _node(game: Game, node: int) -> dict[str, Any]:
    if game.set_of[node] < 0:
        pairs = zip(game.players, game.payoffs[node], strict=True)
        return {"payoffs": {player: number_text(payoff) for player, payoff in pairs}}
    entry: dict[str, Any] = {
        "information_set": game.set_of[node],
        "children": list(game.children[node]),
    }
    if node in game.probabilities:
        entry["probabilities"] = [number_text(p) for p in game.probabilities[node]]
    return entry
