"""Pure equilibria of many games with any number of players, compiled; payoffs are doubles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from negotiation.kernels.compiling import compiled

__all__ = ["mark_equilibria"]


@compiled
def mark_equilibria(
    payoffs: npt.NDArray[np.float64],
    lines: npt.NDArray[np.int64],
    start: int,
    stop: int,
    counts: npt.NDArray[np.int64],
    profiles: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Find the pure equilibria of some games.

    Parameters
    ----------
    payoffs : array (games, players, profiles)
    lines : array (players, 2)
        See :func:`negotiation.kernels.pure_profiles.lines`.
    start, stop : int
        Which games.
    counts : array (games,)
        Receives the number of equilibria.
    profiles : array (room,)
        Receives the flat numbers of the profiles, game by game, from the first row on.

    Returns
    -------
    (int, int)
        The first game that was not solved for want of room, else `stop`; rows written.
    """
    size = payoffs.shape[2]
    stable = np.empty(size, np.bool_)
    rows = 0
    for game in range(start, stop):
        stable[:] = True
        for player in range(lines.shape[0]):
            actions, stride = lines[player]
            for outer in range(0, size, actions * stride):
                for first in range(outer, outer + stride):
                    best = payoffs[game, player, first]
                    for action in range(1, actions):
                        value = payoffs[game, player, first + action * stride]
                        best = value if value > best else best
                    for action in range(actions):
                        profile = first + action * stride
                        stable[profile] &= payoffs[game, player, profile] == best
        count = 0
        for profile in range(size):
            count += stable[profile]
        if rows + count > profiles.size:
            return game, rows
        for profile in range(size):
            if stable[profile]:
                profiles[rows] = profile
                rows += 1
        counts[game] = count
    return stop, rows
