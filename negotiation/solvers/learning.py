r"""Learning: how two players who adapt would come to play, by nashpy's dynamics.

In *fictitious play* each player replies best to the other's frequencies so far (Brown 1951); in its
stochastic form payoffs are perturbed and the reply is drawn by the logit rule (Fudenberg and Kreps
1993; Hofbauer and Sandholm 2002). In the *replicator dynamics* a strategy grows by as much as it
does better than the average,

.. math:: \dot x_i = x_i \bigl((A y)_i - x^\top A y\bigr), \qquad
          \dot y_j = y_j \bigl((B^\top x)_j - x^\top B y\bigr),

with one population a player (Taylor 1979), or with one population for both in a symmetric game,
:math:`B = A^\top` and y = x (Taylor and Jonker 1978).

Nothing here is exact, and where a path ends is no equilibrium answer: all is in doubles, time is in
the inverse unit of payoffs, and paths may circle for ever. What can be said exactly of the end is
said: how far it is from the nearest equilibrium.

Trees are taken in their reduced strategic form.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from negotiation.errors import BudgetError, MethodError, UsageError
from negotiation.formats.two_player_table import TwoPlayerTable, two_player_table
from negotiation.formulas import nearest
from negotiation.game import Game
from negotiation.solvers.bimatrix import extreme_equilibria
from negotiation.solvers.proximity import distance_to_equilibria

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["DYNAMICS", "LearningPath", "fictitious_play", "learn", "replicator_dynamics"]

DYNAMICS = (
    "fictitious-play",
    "stochastic-fictitious-play",
    "replicator",
    "symmetric-replicator",
)
MAX_ROUNDS = 1_000_000
MAX_NUMBERS = 20_000_000
SECONDS_FOR_EQUILIBRIA = 10.0
Start = Mapping[str, Mapping[str, float]]
"""Player to weights of his strategies; those left out weigh nothing."""


@dataclass(frozen=True, eq=False)
class LearningPath:
    """A path of learning of two players; approximate, and no equilibrium answer.

    Attributes
    ----------
    game, fingerprint : str
    parameters, fixed : mapping
        The values and the fixed moves that the game was built with.
    players : tuple of str
        The two who have a choice.
    dynamics : str
        One of `DYNAMICS`.
    rounds : int
    seed : int or None
        Of what was drawn; None where nothing was.
    times : array, shape (t,)
        Rounds played, or time in the inverse unit of payoffs.
    trajectories : mapping
        Player to strategy to an array of shape (t,): its frequency so far, or its share.
    payoffs : mapping
        Player to an array of shape (t,): what he got in the round, or the average of his
        population, in the payoffs' unit.
    frequencies : mapping
        Player to strategy to how often it was played over the whole path.
    distance : float or None
        Of the last point from the nearest equilibrium, in the largest difference of a
        probability; None where the equilibria were not found in time.
    tolerance : float
        Up to which distance the end counts as an equilibrium.
    message : str
        Why there is no distance.
    approximate : bool
        Always true.
    versions : mapping
    """

    game: str
    fingerprint: str
    parameters: Mapping[str, Fraction]
    fixed: Mapping[str, str]
    players: tuple[str, str]
    dynamics: str
    rounds: int
    seed: int | None
    times: Array
    trajectories: Mapping[str, Mapping[str, Array]]
    payoffs: Mapping[str, Array]
    frequencies: Mapping[str, Mapping[str, float]]
    distance: float | None
    tolerance: float
    message: str
    versions: Mapping[str, str]
    approximate: bool = True

    @property
    def end(self) -> dict[str, dict[str, float]]:
        """The last point of the path: player to strategy to frequency or share."""
        return {
            player: {label: float(path[-1]) for label, path in strategies.items()}
            for player, strategies in self.trajectories.items()
        }

    @property
    def ends_at_equilibrium(self) -> bool:
        """Whether the last point is within the tolerance of an equilibrium."""
        return self.distance is not None and self.distance <= self.tolerance


def learn(game: Game, dynamics: str, rounds: int = 1000, seed: int | None = None) -> LearningPath:
    """Return a path of one of `DYNAMICS`, by name; the rest as its function has it.

    Raises
    ------
    UsageError, MethodError
        As :func:`fictitious_play` and :func:`replicator_dynamics`; also if there are no such
        dynamics.
    """
    if dynamics not in DYNAMICS:
        raise UsageError(
            f"no dynamics are called {dynamics[:60]!r}",
            place="--dynamics",
            remedy=nearest(dynamics, DYNAMICS),
        )
    if dynamics.endswith("replicator"):
        return replicator_dynamics(
            game, rounds, seed=seed, symmetric=dynamics.startswith("symmetric")
        )
    stochastic = dynamics.startswith("stochastic")
    return fictitious_play(game, rounds, seed or 0, stochastic=stochastic)


def fictitious_play(
    game: Game,
    rounds: int,
    seed: int,
    start: Start | None = None,
    stochastic: bool = False,
    *,
    tolerance: float = 1e-2,
) -> LearningPath:
    """Return a path of fictitious play.

    Parameters
    ----------
    game : Game
        At most two of its players may have a choice.
    rounds : int
        From 1 to a million.
    seed : int
        Of the draws between best replies that tie, and of the noise; from 0 to 2**32 - 1.
    start : mapping, optional
        Player to how often his strategies count as played before the first round. By default
        nothing is, and the first replies are drawn.
    stochastic : bool
        Whether replies are drawn by the logit rule: noise 1/10, perturbation up to 1/100, in the
        payoffs' unit.
    tolerance : float
        Up to which distance the end counts as an equilibrium. Frequencies settle slowly, by about
        one over the number of rounds.

    Raises
    ------
    UsageError
        For numbers out of range, and names that the game does not have.
    MethodError
        If more than two players have a choice, the table is too large, or payoffs are too large
        for doubles.
    """
    _check_number("seed", seed, 0, 2**32 - 1)
    table = two_player_table(game)
    _check_rounds(table, rounds, tolerance)
    A, B = _matrices(table)
    before = None if start is None else _weights(table, start, 0.0)
    counts = _play_counts(game, table, A, B, rounds, seed, before, stochastic)
    import numpy as np

    played = [np.diff(of_player, axis=0) for of_player in counts]
    shares = [_shares(of_player[1:]) for of_player in counts]
    row, column = (of_player.argmax(axis=1) for of_player in played)
    return _path(
        game,
        table,
        dynamics="stochastic-fictitious-play" if stochastic else "fictitious-play",
        rounds=rounds,
        seed=seed,
        times=np.arange(1.0, rounds + 1),
        shares=shares,
        payoffs=[A[row, column], B[row, column]],
        frequencies=[of_player.mean(axis=0) for of_player in played],
        tolerance=tolerance,
    )


def replicator_dynamics(
    game: Game,
    rounds: int = 1000,
    *,
    step: float = 0.1,
    start: Start | None = None,
    seed: int | None = None,
    symmetric: bool = False,
    tolerance: float = 1e-2,
) -> LearningPath:
    """Return a path of the replicator dynamics.

    Parameters
    ----------
    game : Game
        At most two of its players may have a choice.
    rounds : int
        Steps of time, from 1 to a million.
    step : float
        Their length, in the inverse unit of payoffs.
    start : mapping, optional
        Player to weights of his strategies, made to sum to one. By default all weigh the same;
        that may be an equilibrium, which the path then never leaves.
    seed : int, optional
        To draw the start evenly from all mixed strategies instead, from 0 to 2**32 - 1.
    symmetric : bool
        Whether both players are of one population, as the first of them.
    tolerance : float
        Up to which distance the end counts as an equilibrium.

    Raises
    ------
    UsageError
        For numbers out of range, names that the game does not have, and for `symmetric` in a game
        that is not symmetric.
    MethodError
        If more than two players have a choice, the table is too large, payoffs are too large for
        doubles, or the path cannot be followed.
    """
    if seed is not None:
        _check_number("seed", seed, 0, 2**32 - 1)
        if start is not None:
            raise UsageError(
                "both a start and a seed to draw it are given", place="start", remedy="give one"
            )
    _check_positive("step", step)
    table = two_player_table(game)
    _check_rounds(table, rounds, tolerance)
    if symmetric:
        _check_symmetry(game, table)
    A, B = _matrices(table)
    import nashpy
    import numpy as np

    times: Array = np.arange(rounds + 1, dtype=np.float64) * step
    first = _first_shares(table, start, seed)
    with _numerical_faults(game):
        if symmetric:
            path = nashpy.Game(A, B).replicator_dynamics(y0=first[0], timepoints=times)
            shares = [path, path]
        else:
            shares = list(
                nashpy.Game(A, B).asymmetric_replicator_dynamics(*first, timepoints=times)
            )
    if not all(np.isfinite(path).all() for path in shares):
        raise _lost(game, "the numbers are not finite")
    shares = [_shares(np.clip(path, 0, None)) for path in shares]
    x, y = shares
    return _path(
        game,
        table,
        dynamics="symmetric-replicator" if symmetric else "replicator",
        rounds=rounds,
        seed=seed,
        times=times,
        shares=shares,
        payoffs=[np.einsum("ti,ij,tj->t", x, matrix, y) for matrix in (A, B)],
        frequencies=[_time_average(path) for path in shares],
        tolerance=tolerance,
    )


# Input


def _check_number(name: str, value: int, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise UsageError(
            f"{value!r} is no whole number from {least:,} to {most:,}",
            place=name,
            remedy="choose one in that range",
        )


def _check_positive(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise UsageError(f"{value!r} is not positive", place=name, remedy="choose a number above 0")


def _check_rounds(table: TwoPlayerTable, rounds: int, tolerance: float) -> None:
    _check_number("rounds", rounds, 1, MAX_ROUNDS)
    _check_positive("tolerance", tolerance)
    strategies = sum(map(len, table.strategies))
    if rounds * strategies > MAX_NUMBERS:
        raise UsageError(
            f"a path of {rounds:,} rounds and {strategies:,} strategies is too long to keep",
            place="rounds",
            remedy=f"choose {max(MAX_NUMBERS // strategies, 1):,} at most",
        )


def _check_symmetry(game: Game, table: TwoPlayerTable) -> None:
    if [list(column) for column in zip(*table.B, strict=True)] != table.A:
        raise UsageError(
            "the game is not symmetric: the players' payoffs differ when they change places",
            place=game.name,
            remedy="use replicator, with one population a player",
        )


def _matrices(table: TwoPlayerTable) -> tuple[Array, Array]:
    """Return the payoffs as doubles."""
    import numpy as np

    try:
        A, B = (np.array([list(map(float, line)) for line in M]) for M in (table.A, table.B))
    except OverflowError:
        raise MethodError(
            "payoffs are too large for doubles",
            place="learning",
            remedy="choose another unit",
        ) from None
    return A, B


def _weights(table: TwoPlayerTable, start: Start, otherwise: float) -> list[Array]:
    """Return the weights of a start, checked; a player not in it has `otherwise` everywhere."""
    import numpy as np

    for player in start:
        if player not in table.players:
            raise UsageError(
                f"{player!r} has no choice in this game",
                place="start",
                remedy=nearest(player, table.players),
            )
    weights = []
    for player, labels in zip(table.players, table.strategies, strict=True):
        given = start.get(player, dict.fromkeys(labels, otherwise))
        for label, weight in given.items():
            if label not in labels:
                raise UsageError(
                    f"{player} has no strategy {label!r}",
                    place="start",
                    remedy=nearest(label, labels),
                )
            if not 0 <= weight < math.inf:
                raise UsageError(
                    f"{weight!r} is no weight",
                    place=f"start, {player}, {label}",
                    remedy="give a finite number, 0 or above",
                )
        if player in start and not any(given.values()):
            raise UsageError(
                "no strategy has a weight",
                place=f"start, {player}",
                remedy="give one a number above 0",
            )
        weights.append(np.array([float(given.get(label, 0.0)) for label in labels]))
    return weights


def _first_shares(table: TwoPlayerTable, start: Start | None, seed: int | None) -> list[Array]:
    import numpy as np

    if seed is not None:
        drawn = np.random.default_rng(seed)
        return [drawn.dirichlet(np.ones(len(labels))) for labels in table.strategies]
    return [weights / weights.sum() for weights in _weights(table, start or {}, 1.0)]


# Running nashpy


def _play_counts(
    source: Game,
    table: TwoPlayerTable,
    A: Array,
    B: Array,
    rounds: int,
    seed: int,
    before: Sequence[Array] | None,
    stochastic: bool,
) -> list[Array]:
    """Return for each player how often each strategy was played, before and after each round."""
    import nashpy
    import numpy as np

    game = nashpy.Game(A, B)
    counts = [np.empty((rounds + 1, len(labels))) for labels in table.strategies]
    with _numerical_faults(source), _drawing(seed):
        play: Iterator[Any] = (
            (counted for counted, _ in game.stochastic_fictitious_play(rounds, before))
            if stochastic
            else game.fictitious_play(rounds, before)
        )
        for number, counted in enumerate(play):
            for kept, of_player in zip(counts, counted, strict=True):
                kept[number] = of_player
    return counts


@contextmanager
def _drawing(seed: int) -> Iterator[None]:
    """Seed the one source of chance that nashpy uses, and leave it as it was."""
    import numpy as np

    state = np.random.get_state()  # noqa: NPY002 - nashpy draws from numpy's global generator
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


@contextmanager
def _numerical_faults(game: Game) -> Iterator[None]:
    """Turn what nashpy and scipy warn of or raise on numbers too large into an error."""
    import numpy as np
    from scipy.integrate import ODEintWarning

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", ODEintWarning)
            yield
    except ODEintWarning as warning:
        raise _lost(game, f"scipy's integrator says: {warning}") from None
    except ValueError:
        raise _lost(game, "payoffs are too large for the logit rule") from None


def _lost(game: Game, reason: str) -> MethodError:
    return MethodError(
        f"the path cannot be followed: {' '.join(reason.split())}",
        place=game.name,
        remedy="choose a unit in which payoffs differ by about 1",
    )


# The record


def _shares(weights: Array) -> Array:
    shares: Array = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _time_average(path: Array) -> Array:
    """Return the average over equal steps of time, by the trapezoidal rule."""
    average: Array = (path[:-1] + path[1:]).mean(axis=0) / 2
    return average


def _path(
    game: Game,
    table: TwoPlayerTable,
    *,
    dynamics: str,
    rounds: int,
    seed: int | None,
    times: Array,
    shares: Sequence[Array],
    payoffs: Sequence[Array],
    frequencies: Sequence[Array],
    tolerance: float,
) -> LearningPath:
    """Return the record of a path, its end compared with the exact equilibria."""
    from importlib.metadata import version

    import negotiation

    distance, message = _distance(table, [path[-1] for path in shares])
    labelled = list(zip(table.players, table.strategies, strict=True))
    return LearningPath(
        game=game.name,
        fingerprint=game.fingerprint,
        parameters=dict(game.parameters),
        fixed=dict(game.fixed),
        players=table.players,
        dynamics=dynamics,
        rounds=rounds,
        seed=seed,
        times=times,
        trajectories={
            player: {label: path[:, k] for k, label in enumerate(labels)}
            for (player, labels), path in zip(labelled, shares, strict=True)
        },
        payoffs=dict(zip(table.players, payoffs, strict=True)),
        frequencies={
            player: {label: float(often[k]) for k, label in enumerate(labels)}
            for (player, labels), often in zip(labelled, frequencies, strict=True)
        },
        distance=distance,
        tolerance=tolerance,
        message=message,
        versions={
            "negotiation": negotiation.__version__,
            "nashpy": version("nashpy"),
            "numpy": version("numpy"),
            "scipy": version("scipy"),
        },
    )


def _distance(table: TwoPlayerTable, end: Sequence[Array]) -> tuple[float | None, str]:
    """Return how far the end is from the nearest equilibrium, or why that is not known."""
    deadline = time.monotonic() + SECONDS_FOR_EQUILIBRIA
    x, y = ([Fraction(float(share)) for share in strategy] for strategy in end)
    try:
        found = extreme_equilibria(table.A, table.B, deadline=deadline)
        return float(distance_to_equilibria(x, y, found, deadline=deadline)), ""
    except BudgetError:
        reason = f"equilibria not found within {SECONDS_FOR_EQUILIBRIA:g} s: no distance is given"
        return None, reason
