"""Learning: paths that theory knows, the distance from equilibria, seeds and refusals."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from negotiation import Game, MethodError, UsageError, load
from negotiation.formats.gambit_efg import read_efg
from negotiation.solvers import learning
from negotiation.solvers.bimatrix import extreme_equilibria
from negotiation.solvers.learning import (
    DYNAMICS,
    LearningPath,
    fictitious_play,
    learn,
    replicator_dynamics,
)
from negotiation.solvers.proximity import distance_to_equilibria, distance_to_hull
from tests.unit.gambit_games import BEER, HORSE

FLAGSHIP = "divide-and-exempt"


def table(A: list[list[Any]], B: list[list[Any]]) -> Game:
    return Game.from_arrays(A, B, players=["Row", "Column"])


def dilemma() -> Game:
    names = ["silent", "talks"]
    return Game.from_arrays(
        [[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["Row", "Column"], actions=[names, names]
    )


PENNIES = table([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
SEXES = table([[3, 0], [0, 2]], [[2, 0], [0, 3]])
SEGMENT = table([[1, 1], [0, 0]], [[1, 1], [0, 0]])
# The third strategy of each is dominated by the second.
SOLVABLE = table([[3, 1, 0], [2, 2, 5], [1, 0, 1]], [[3, 2, 1], [1, 2, 0], [0, 5, 1]])
HAWK = table([[-1, 4], [0, 2]], [[-1, 0], [4, 2]])


def shares(path: LearningPath) -> np.ndarray[Any, Any]:
    return np.array([list(strategies.values()) for strategies in path.trajectories.values()])


# -- what theory knows --------------------------------------------------------------------------


def test_replicators_reach_the_equilibrium_of_a_dilemma() -> None:
    path = replicator_dynamics(dilemma(), rounds=400)
    assert path.end["Row"]["talks"] == pytest.approx(1, abs=1e-9)
    assert path.end["Column"]["talks"] == pytest.approx(1, abs=1e-9)
    assert path.distance == pytest.approx(0, abs=1e-9)
    assert path.ends_at_equilibrium
    assert path.times[-1] == pytest.approx(40)
    assert path.payoffs["Row"][0] == pytest.approx(9 / 4)
    assert path.payoffs["Row"][-1] == pytest.approx(1)


def test_replicators_follow_the_logistic_curve() -> None:
    """With a constant advantage d of the second action, x_2 / x_1 grows as exp(d t)."""
    game = table([[0, 0], [Fraction(1, 2), Fraction(1, 2)]], [[0, 0], [0, 0]])
    path = replicator_dynamics(game, rounds=100, start={"Row": {"1": 3, "2": 1}})
    grown = np.exp(path.times / 2) / 3
    expected = grown / (1 + grown)
    assert path.trajectories["Row"]["2"] == pytest.approx(expected, abs=1e-6)
    assert path.trajectories["Column"]["1"] == pytest.approx(np.full(101, 0.5), abs=1e-9)


def test_replicators_keep_the_product_of_matching_pennies() -> None:
    """In a zero-sum game they circle: the Kullback-Leibler distance is constant (Hofbauer)."""
    path = replicator_dynamics(PENNIES, rounds=2000, start={"Row": {"1": 0.7, "2": 0.3}})
    kept = np.prod(shares(path), axis=(0, 1))
    assert kept == pytest.approx(np.full(2001, 0.7 * 0.3 / 4), rel=1e-4)
    assert path.frequencies["Row"]["1"] == pytest.approx(0.5, abs=0.02)
    assert not path.ends_at_equilibrium
    assert path.distance is not None
    assert path.distance > 0.05


def test_symmetric_replicators_reach_the_mixed_equilibrium_of_hawk_and_dove() -> None:
    path = replicator_dynamics(HAWK, 500, start={"Row": {"1": 1, "2": 9}}, symmetric=True)
    assert path.dynamics == "symmetric-replicator"
    assert path.end["Row"]["1"] == pytest.approx(2 / 3, abs=1e-6)
    assert path.end["Row"] == path.end["Column"]
    assert path.ends_at_equilibrium
    # With two populations the mixed equilibrium repels, and they part.
    start = {"Row": {"1": 7, "2": 3}, "Column": {"1": 6, "2": 4}}
    apart = replicator_dynamics(HAWK, 500, start=start)
    assert apart.end["Row"]["1"] == pytest.approx(1, abs=1e-6)
    assert apart.end["Column"]["1"] == pytest.approx(0, abs=1e-6)
    assert apart.ends_at_equilibrium


def test_the_centre_may_be_a_point_of_rest() -> None:
    still = replicator_dynamics(PENNIES, 50)
    assert still.distance == pytest.approx(0, abs=1e-9)
    drawn = replicator_dynamics(PENNIES, 50, seed=1)
    assert drawn.distance is not None
    assert drawn.distance > 0.01


@pytest.mark.parametrize("seed", range(3))
def test_fictitious_play_mixes_evenly_in_matching_pennies(seed: int) -> None:
    path = fictitious_play(PENNIES, 5000, seed)
    for player in ("Row", "Column"):
        assert path.frequencies[player]["1"] == pytest.approx(0.5, abs=0.05)
        assert path.end[player] == pytest.approx(path.frequencies[player])
    assert path.ends_at_equilibrium == (path.distance is not None and path.distance <= 0.01)
    assert path.payoffs["Row"].tolist() == [-p for p in path.payoffs["Column"]]
    assert set(path.payoffs["Row"]) == {-1, 1}


@pytest.mark.parametrize("dynamics", DYNAMICS[:3])
def test_dominated_strategies_die_out(dynamics: str) -> None:
    A = [[SOLVABLE.payoffs[node][0] for node in row] for row in leaves(SOLVABLE)]
    B = [[SOLVABLE.payoffs[node][1] for node in row] for row in leaves(SOLVABLE)]
    found = extreme_equilibria(A, B)
    path = learn(SOLVABLE, dynamics, 3000, 5)
    for player in ("Row", "Column"):
        assert path.end[player]["3"] < 0.01
    assert path.distance is not None
    x, y = ([Fraction(p) for p in path.end[player].values()] for player in ("Row", "Column"))
    assert path.distance == float(distance_to_equilibria(x, y, found))


def leaves(game: Game) -> list[tuple[int, ...]]:
    return [game.children[row] for row in game.children[0]]


def test_stochastic_fictitious_play_settles_near_the_logit_equilibrium() -> None:
    """Of matching pennies that is even mixing too."""
    path = fictitious_play(PENNIES, 4000, 2, stochastic=True)
    assert path.dynamics == "stochastic-fictitious-play"
    assert path.frequencies["Row"]["1"] == pytest.approx(0.5, abs=0.05)


def test_beliefs_at_the_start_count() -> None:
    """Who believes the other to have played the first action replies to that."""
    ballet = fictitious_play(SEXES, 50, 0, {"Row": {"2": 9}, "Column": {"2": 9}})
    opera = fictitious_play(SEXES, 50, 0, {"Row": {"1": 9}, "Column": {"1": 9}})
    assert ballet.frequencies == {"Row": {"1": 0, "2": 1}, "Column": {"1": 0, "2": 1}}
    assert opera.frequencies == {"Row": {"1": 1, "2": 0}, "Column": {"1": 1, "2": 0}}
    mixed = fictitious_play(SEXES, 1, 0, {"Row": {"1": 1}})
    assert mixed.frequencies["Column"]["1"] == 1
    assert mixed.trajectories["Row"]["1"][0] >= 0.5


def test_payoffs_are_those_of_the_round() -> None:
    """Row's first and Column's second strategy dominate: from the second round on they meet."""
    game = table([[5, 7], [0, 0]], [[1, 2], [3, 4]])
    for stochastic in (False, True):
        path = fictitious_play(game, 30, 1, {"Row": {"1": 1}, "Column": {"2": 1}}, stochastic)
        assert path.payoffs["Row"].tolist() == [7] * 30
        assert path.payoffs["Column"].tolist() == [2] * 30


# -- records ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dynamics", DYNAMICS[:3])
def test_seeds_reproduce(dynamics: str) -> None:
    first, again, other = (learn(PENNIES, dynamics, 200, seed) for seed in (4, 4, 5))
    assert (shares(first) == shares(again)).all()
    assert not (shares(first) == shares(other)).all()


def test_the_global_source_of_chance_is_left_alone() -> None:
    before = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    fictitious_play(PENNIES, 20, 3)
    fictitious_play(PENNIES, 20, 3, stochastic=True)
    after = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    assert before == after


@pytest.mark.parametrize("dynamics", DYNAMICS[:3])
def test_paths_are_probabilities_with_labels(dynamics: str) -> None:
    path = learn(dilemma(), dynamics, 60, 1)
    assert path.approximate
    assert path.players == ("Row", "Column")
    for player in path.players:
        assert list(path.trajectories[player]) == ["silent", "talks"]
        assert len(path.payoffs[player]) == len(path.times)
        assert sum(path.frequencies[player].values()) == pytest.approx(1)
    assert shares(path).sum(axis=1) == pytest.approx(np.ones((2, len(path.times))))
    assert path.versions["nashpy"]
    # Payoffs along the path are within those of the game.
    assert all(0 <= p <= 5 for p in path.payoffs["Row"])


def test_trees_are_taken_in_their_reduced_strategic_form() -> None:
    path = fictitious_play(read_efg(BEER), 3000, 1)
    assert list(path.trajectories["Sender"]) == [
        "beer / beer",
        "beer / quiche",
        "quiche / beer",
        "quiche / quiche",
    ]
    assert path.distance is not None


def test_a_model_of_three_with_one_move_fixed() -> None:
    game = load(FLAGSHIP).at(fix={"exempt": "US only"})
    path = replicator_dynamics(game)
    assert path.players == ("US", "EU")
    assert path.fixed == {"exempt": "US only"}
    assert path.end["EU"]["stay"] == pytest.approx(1, abs=1e-6)
    assert path.ends_at_equilibrium


# -- distances ----------------------------------------------------------------------------------


def test_distance_from_a_segment_and_from_points() -> None:
    found = extreme_equilibria([[1, 1], [0, 0]], [[1, 1], [0, 0]])
    third = (Fraction(1, 3), Fraction(2, 3))
    assert distance_to_equilibria((Fraction(1), Fraction(0)), third, found) == 0
    assert distance_to_equilibria((Fraction(3, 4), Fraction(1, 4)), third, found) == Fraction(1, 4)
    sexes = extreme_equilibria([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    half = (Fraction(1, 2), Fraction(1, 2))
    assert distance_to_equilibria(half, half, sexes) == Fraction(1, 10)


def test_distance_from_a_hull() -> None:
    square = [(Fraction(a), Fraction(b)) for a in (0, 1) for b in (0, 1)]
    assert distance_to_hull((Fraction(1, 3), Fraction(2, 7)), square) == 0
    assert distance_to_hull((Fraction(3), Fraction(1, 2)), square) == 2
    assert distance_to_hull((Fraction(1), Fraction(1)), square[:3]) == Fraction(1, 2)
    assert distance_to_hull((Fraction(1), Fraction(1)), square[:1]) == 1


@pytest.mark.parametrize("seed", range(5))
def test_distance_from_a_hull_against_a_search(seed: int) -> None:
    """No mixture on a grid of weights is nearer, and one of them nearly is."""
    rng = random.Random(seed)
    vertices = [tuple(Fraction(rng.randint(0, 9)) for _ in range(3)) for _ in range(3)]
    point = tuple(Fraction(rng.randint(0, 9)) for _ in range(3))
    found = float(distance_to_hull(point, vertices))
    steps = np.linspace(0, 1, 201)
    first, second = (axis.ravel() for axis in np.meshgrid(steps, steps))
    inside = first + second <= 1 + 1e-12
    weights = np.stack([first, second, 1 - first - second])[:, inside]
    mixtures = np.array([[float(p) for p in vertex] for vertex in vertices]).T @ weights
    best = abs(mixtures - np.array([[float(p)] for p in point])).max(axis=0).min()
    assert found <= best + 1e-12
    assert best <= found + 0.1


def test_no_distance_without_equilibria_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "SECONDS_FOR_EQUILIBRIA", -1.0)
    rng = random.Random(0)
    A, B = ([[rng.randint(0, 99) for _ in range(6)] for _ in range(6)] for _ in "AB")
    path = replicator_dynamics(table(A, B), 10)
    assert path.distance is None
    assert not path.ends_at_equilibrium
    assert "no distance" in path.message


# -- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learn(PENNIES, "replicators"), "no dynamics are called"),
        (lambda: fictitious_play(PENNIES, 0, 0), "rounds"),
        (lambda: fictitious_play(PENNIES, 10**7, 0), "rounds"),
        (lambda: fictitious_play(PENNIES, True, 0), "rounds"),
        (lambda: fictitious_play(PENNIES, 5, -1), "seed"),
        (lambda: fictitious_play(PENNIES, 5, 2**32), "seed"),
        (lambda: fictitious_play(PENNIES, 5, 0, tolerance=0), "tolerance"),
        (lambda: fictitious_play(PENNIES, 5, 0, {"Rwo": {"1": 1}}), "has no choice"),
        (lambda: fictitious_play(PENNIES, 5, 0, {"Row": {"3": 1}}), "no strategy '3'"),
        (lambda: fictitious_play(PENNIES, 5, 0, {"Row": {"1": -1}}), "no weight"),
        (lambda: fictitious_play(PENNIES, 5, 0, {"Row": {"1": math.nan}}), "no weight"),
        (lambda: fictitious_play(PENNIES, 5, 0, {"Row": {"1": 0}}), "no strategy has"),
        (lambda: replicator_dynamics(PENNIES, 5, step=0), "step"),
        (lambda: replicator_dynamics(PENNIES, 5, step=math.inf), "step"),
        (lambda: replicator_dynamics(PENNIES, 5, seed=1, start={}), "both a start and a seed"),
        (lambda: replicator_dynamics(PENNIES, 5, symmetric=True), "not symmetric"),
        (lambda: replicator_dynamics(wide(), 10**6), "too long to keep"),
    ],
)
def test_wrong_calls_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert message in str(caught.value)
    assert caught.value.remedy


def wide() -> Game:
    return table([list(range(30))], [list(range(30))])


@pytest.mark.parametrize("dynamics", ["fictitious-play", "replicator"])
def test_more_than_two_who_choose_are_refused(dynamics: str) -> None:
    with pytest.raises(MethodError) as caught:
        learn(load(FLAGSHIP).at(), dynamics)
    assert "3 players have a choice (China, US, EU)" in caught.value.message
    assert "China: exempt; US: joins[US]; EU: joins[EU]" in caught.value.remedy
    assert "--fix 'exempt=uniform control'" in caught.value.remedy
    with pytest.raises(MethodError, match="Player 3"):
        learn(read_efg(HORSE), dynamics)


def test_one_player_is_refused() -> None:
    with pytest.raises(MethodError, match="one player"):
        replicator_dynamics(Game.from_arrays([1, 2]))


def test_payoffs_that_doubles_cannot_follow_are_refused() -> None:
    huge = table([["1e400", 0], [0, 1]], [[1, 0], [0, 1]])
    large = table([["1e9", 0], [0, 1]], [[1, 0], [0, 1]])
    for dynamics in DYNAMICS[:3]:
        with pytest.raises(MethodError, match="too large for doubles"):
            learn(huge, dynamics, 10)
    with pytest.raises(MethodError, match="cannot be followed"):
        fictitious_play(large, 10, 0, stochastic=True)
