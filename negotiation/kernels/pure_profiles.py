"""Pure equilibria of many games with any number of players.

A profile is an equilibrium if no player has a better payoff on the line of profiles through it on
which only his own action changes. Payoffs are only compared, so the answer is exact for whatever
can be compared: doubles, integers, fractions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["lines", "mark_equilibria"]


def lines(actions: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Return for each player: his number of actions, and the distance of two in the flat table."""
    strides = [int(np.prod(actions[player + 1 :])) for player in range(len(actions))]
    return np.array(list(zip(actions, strides, strict=True)), np.int64)


def mark_equilibria(payoffs: npt.NDArray[Any], found: npt.NDArray[np.bool_]) -> None:
    """Mark the equilibria in ``found[game, profile...]``; no compiler is needed.

    Parameters
    ----------
    payoffs : array (games, players, *actions)
    found : array (games, *actions)
    """
    found[:] = True
    for player in range(payoffs.shape[1]):
        own = payoffs[:, player]
        found &= (own == own.max(axis=player + 1, keepdims=True)).astype(bool)
