"""The batch kernels against the exact solvers: every family of payoffs, ties, scales, shapes."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from negotiation import solve_batch
from negotiation.kernels import batch, three_players
from negotiation.kernels.batch import BatchEquilibria
from negotiation.solvers.bimatrix import extreme_equilibria
from tests.oracles import bimatrix_brute_force as brute_force
from tests.oracles import three_player_roots as roots

Batch = npt.NDArray[Any]
Source = np.random.Generator
SHAPES = [(m, n) for m in range(1, 5) for n in range(1, 5)]
RELATIVE = 2.0**-38
ABSOLUTE = 2.0**-25


def exact(game: Batch) -> Any:
    """Return the payoffs of a game as nested lists of Fraction."""

    def each(item: Any) -> Any:
        return [each(inner) for inner in item] if isinstance(item, list) else Fraction(item)

    return each(game.tolist())


def families(source: Source, games: int, m: int, n: int) -> dict[str, Batch]:
    """Return batches of games of one shape, of all kinds."""
    shape = (games, 2, m, n)
    uniform = source.random(shape)
    found = {
        "continuum": uniform,
        "integers 0..2": source.integers(0, 3, shape),
        "integers 0..2 as doubles": source.integers(0, 3, shape).astype(float),
        "integers -9..9": source.integers(-9, 10, shape),
        "integers 0..999": source.integers(0, 1000, shape),
        "large integers": source.integers(-(2**45), 2**45, shape) // 2**44 * 2**40 + 1,
        "eighths": source.integers(0, 9, shape) / 8,
        "tenths": source.integers(0, 6, shape) / 10,
        "thirds": source.integers(0, 4, shape) / 3,
        "constant": np.repeat(uniform[:, :, :1, :1], m, axis=2).repeat(n, axis=3),
        "twins": twins(source, uniform),
        "dependent": dependent(source, uniform),
        "near ties": nudged(source, dependent(source, uniform)),
        "near twins": nudged(source, twins(source, uniform)),
        "near integers": nudged(source, source.integers(1, 3, shape).astype(float)),
        "dominated": uniform + 2.0 * (np.arange(m) == 0)[:, None],
        "huge": uniform * 1e300,
        "tiny": uniform * 1e-300,
        "huge ties": source.integers(-1, 2, shape) * 1e300,
        "tiny ties": source.integers(0, 3, shape) * 5e-324,
        "mixed scales": uniform * 10.0 ** source.integers(-300, 300, (games, 2, 1, 1)),
        "wild": uniform * 10.0 ** source.integers(-300, 300, shape),
        "ratios near 1e9": (1e9 + source.integers(0, 3, shape)) * 1e-9,
    }
    return found


def twins(source: Source, games: Batch) -> Batch:
    """Return the games with some actions repeated."""
    games = games.copy()
    for game in games:
        for axis in (1, 2):
            if game.shape[axis] > 1:
                one, other = source.choice(game.shape[axis], 2, replace=False)
                line = np.take(game, one, axis=axis)
                if axis == 1:
                    game[:, other] = line
                else:
                    game[:, :, other] = line
    return games


def dependent(source: Source, games: Batch) -> Batch:
    """Return the games rounded, with some action worth the mean of two others, exactly."""
    games = np.round(games * 2**30) / 2**30
    for game in games:
        if game.shape[2] > 2:
            one, two, three = source.choice(game.shape[2], 3, replace=False)
            game[1, :, three] = (game[1, :, one] + game[1, :, two]) / 2
        if game.shape[1] > 2:
            one, two, three = source.choice(game.shape[1], 3, replace=False)
            game[0, three] = (game[0, one] + 3 * game[0, two]) / 4
    return games


def nudged(source: Source, games: Batch) -> Batch:
    """Return the games with one payoff moved by one unit in the last place, up or down."""
    games = games.copy()
    flat = games.reshape(len(games), -1)
    place = source.integers(0, flat.shape[1], len(flat))
    lines = np.arange(len(flat))
    towards = np.where(source.random(len(flat)) < 0.5, -np.inf, np.inf)
    flat[lines, place] = np.nextafter(flat[lines, place], towards)
    return games


def assert_as_exact(games: Batch, found: BatchEquilibria, name: str = "") -> None:
    """Compare every game of a batch with the exact solver."""
    for k, game in enumerate(games):
        reference = extreme_equilibria(*exact(game)).equilibria
        assert found.counts[k] == len(reference), (name, k, game.tolist())
        assert found.profiles(k) == list(reference), (name, k, game.tolist())
        rows = slice(found.offsets[k], found.offsets[k + 1])
        for side in (0, 1):
            near = found.probabilities[side][rows]
            true = np.array([[float(p) for p in pair[side]] for pair in reference])
            assert np.all(np.abs(near - true) <= RELATIVE * true), (name, k, game.tolist())


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_two_players_as_the_exact_solver(m: int, n: int) -> None:
    source = np.random.default_rng([m, n])
    for name, games in families(source, 8, m, n).items():
        found = solve_batch(games, compiled=True)
        assert_as_exact(games, found, name)


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n"), [(2, 2), (2, 3), (3, 2), (3, 3), (2, 4), (4, 3), (4, 4)])
def test_two_players_as_the_exact_solver_at_length(m: int, n: int) -> None:
    source = np.random.default_rng([m, n, 1])
    for name, games in families(source, 100, m, n).items():
        assert_as_exact(games, solve_batch(games, compiled=True), name)


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 3), (4, 4)])
def test_ten_thousand_near_ties(m: int, n: int) -> None:
    """Payoffs one unit in the last place on either side of a tie."""
    source = np.random.default_rng([m, n, 2])
    uniform = source.random((1700, 2, m, n))
    for tied in (dependent(source, uniform), twins(source, uniform)):
        games = nudged(source, tied)
        assert_as_exact(games, solve_batch(games, compiled=True))


@pytest.mark.parametrize(("m", "n"), [(2, 2), (2, 3), (3, 3)])
def test_two_players_as_brute_force(m: int, n: int) -> None:
    """The oracle shares no code with either solver."""
    games = np.random.default_rng(m + n).integers(0, 3, (40, 2, m, n))
    found = solve_batch(games, compiled=True)
    for k, game in enumerate(games):
        assert set(found.profiles(k)) == brute_force.extreme_equilibria(*exact(game))


@pytest.mark.parametrize("shape", [(5, 2), (2, 6), (5, 5), (1, 7)])
def test_larger_games_go_to_the_exact_solver(shape: tuple[int, int]) -> None:
    games = np.random.default_rng(3).integers(0, 4, (12, 2, *shape))
    found = solve_batch(games, compiled=True)
    assert found.doubtful.all()
    assert_as_exact(games, found)


def test_payoffs_that_no_double_holds() -> None:
    source = random.Random(5)
    whole = np.array(
        [[[[source.choice([2**62, 2**62 + 1, 3]) for _ in "ab"] for _ in "ab"] for _ in "AB"]] * 3
        + [[[[1, 2], [3, 0]], [[1, 2], [3, 0]]]]
    )
    found = solve_batch(whole, compiled=True)
    assert found.doubtful.tolist() == [True, True, True, False]
    assert_as_exact(whole, found)
    fractions = np.array(
        [
            [[[Fraction(source.randint(0, 3), 3) for _ in "abc"] for _ in "ab"] for _ in "AB"]
            for _ in range(20)
        ],
        dtype=object,
    )
    assert_as_exact(fractions, solve_batch(fractions, compiled=True))


# Invariance


@pytest.mark.parametrize("kind", ["continuum", "integers 0..2", "tenths", "dependent"])
def test_relabelling_shifting_and_scaling(kind: str) -> None:
    source = np.random.default_rng(11)
    games = families(source, 60, 4, 3)[kind]
    found = solve_batch(games, compiled=True)
    rows, columns = source.permutation(4), source.permutation(3)
    relabelled = solve_batch(games[:, :, rows][:, :, :, columns], compiled=True)
    swapped = solve_batch(games[:, ::-1].transpose(0, 1, 3, 2), compiled=True)
    scaled = solve_batch(games * np.array([2.0**70, 2.0**-300])[None, :, None, None], compiled=True)
    for k in range(len(games)):
        profiles = found.profiles(k)
        turned = {(tuple(x[i] for i in rows), tuple(y[j] for j in columns)) for x, y in profiles}
        assert set(relabelled.profiles(k)) == turned
        assert set(swapped.profiles(k)) == {(y, x) for x, y in profiles}
        assert scaled.profiles(k) == profiles
    if games.dtype.kind == "i":
        moved = games + source.integers(-5, 6, (60, 1, 1, 3)) * [[[1]], [[0]]]
        shifted = solve_batch(moved, compiled=True)
        assert all(shifted.profiles(k) == found.profiles(k) for k in range(60))


def test_neither_threads_nor_chunks_nor_order_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    source = np.random.default_rng(12)
    games = np.concatenate([source.random((9000, 2, 3, 3)), source.integers(0, 3, (4000, 2, 3, 3))])
    one = solve_batch(games, threads=1)
    monkeypatch.setattr(batch, "CHUNK", 1000)
    three = solve_batch(games, threads=3)
    order = source.permutation(len(games))
    mixed = solve_batch(games[order], threads=2)
    assert np.array_equal(one.counts, three.counts)
    assert np.array_equal(one.counts[order], mixed.counts)
    for first, second, third in zip(
        one.probabilities, three.probabilities, mixed.probabilities, strict=True
    ):
        assert first.tobytes() == second.tobytes()
        for new, old in enumerate(order[:2000]):
            ours = first[one.offsets[old] : one.offsets[old + 1]]
            assert np.array_equal(ours, third[mixed.offsets[new] : mixed.offsets[new + 1]])


def test_all_profiles_of_a_constant_game() -> None:
    """More rows than the room first made for them."""
    found = solve_batch(np.full((700, 2, 4, 4), 0.3))
    assert (found.counts == 16).all()
    assert len({(x, y) for x, y in found.profiles(699)}) == 16


# Three players


def tables(game: Batch) -> Any:
    return exact(game)


def test_the_game_that_enumpoly_loses() -> None:
    game = np.array(
        [
            [[[80, 5], [19, 41]], [[14, 61], [0, 53]]],
            [[[24, 86], [87, 40]], [[46, 91], [90, 56]]],
            [[[57, 9], [3, 63]], [[63, 22], [11, 22]]],
        ]
    )
    games = np.array([game] * 3)
    for compiled in (True, False):
        found = solve_batch(games, compiled=compiled)
        assert found.counts.tolist() == [1, 1, 1]
        first = [vector[0] for vector in found.profiles(1)[0]]
        assert first == pytest.approx([0.25555637, 0.35472732, 0.43628194], abs=5e-6)
        assert [p[1][0] for p in found.probabilities] == pytest.approx(first, abs=ABSOLUTE)


def nearly_tied(source: Source, games: int) -> Batch:
    """Return games without ties in which a third player is indifferent but for rounding."""
    batch = source.random((games, 3, 2, 2, 2))
    for u in batch:
        D = [u[0, 0] - u[0, 1], u[1, :, 0] - u[1, :, 1], u[2, :, :, 0] - u[2, :, :, 1]]
        p, q = (abs(np.array([g[1, 0], g[0, 0]])) for g in (D[1], D[0]))
        others = p[0] * (q[0] * D[2][0, 0] + q[1] * D[2][0, 1]) + p[1] * q[0] * D[2][1, 0]
        u[2, 1, 1, 0] = u[2, 1, 1, 1] - others / (p[1] * q[1])
    return batch


def nearly_double_roots(source: Source, games: int) -> Batch:
    """Return games where the quadratic of the last player's probability is a square, nearly."""
    batch = source.random((games, 3, 2, 2, 2))
    for u in batch:
        u[0, :, 0] += [[1], [0]]  # Opposite signs of U and W, so that all can mix.
        u[0, :, 1] -= [[1], [0]]
        u[1, 0, :] += [[1], [0]]
        u[1, 1, :] -= [[1], [0]]
        U1, W1 = u[0, 0] - u[0, 1]
        U2, W2 = u[1, :, 0] - u[1, :, 1]
        products = [
            sign * np.polymul(left, right)
            for sign, left, right in ((1, W2, W1), (-1, W2, U1), (-1, U2, W1), (1, U2, U1))
        ]
        square = np.poly([2.0 ** source.uniform(-1, 1)] * 2)
        advantage = np.linalg.lstsq(np.array(products).T, square, rcond=None)[0]
        u[2, :, :, 0] = advantage.reshape(2, 2)
        u[2, :, :, 1] = 0
    return batch


def generic_games(source: Source, games: int) -> dict[str, Batch]:
    shape = (games, 3, 2, 2, 2)
    return {
        "continuum": source.random(shape),
        "integers -999..999": source.integers(-999, 1000, shape),
        "normal": source.standard_normal(shape),
        "nearly tied": nearly_tied(source, 5 * games),
        "nearly double roots": nearly_double_roots(source, 5 * games),
        "scales": source.random(shape) * 10.0 ** source.integers(-290, 290, (games, 3, 1, 1, 1)),
    }


def assert_as_exact_three(games: Batch, found: BatchEquilibria) -> None:
    for k, game in enumerate(games):
        points, complete = three_players.all_equilibria(three_players.advantages(tables(game)))
        assert found.counts[k] == len(points), game.tolist()
        assert found.complete[k] == complete
        rows = range(found.offsets[k], found.offsets[k + 1])
        for row, (_, point) in zip(rows, points, strict=True):
            ours = [of_player[row][0] for of_player in found.probabilities]
            assert ours == pytest.approx([float(p) for p in point], rel=0, abs=ABSOLUTE)
        profiles = [tuple(vector[0] for vector in profile) for profile in found.profiles(k)]
        assert profiles == [point for _, point in points]


def test_2x2x2_as_the_exact_solver() -> None:
    source = np.random.default_rng(21)
    for games in generic_games(source, 40).values():
        assert_as_exact_three(games, solve_batch(games, compiled=True))
    for games in (
        source.integers(0, 3, (40, 3, 2, 2, 2)),
        nudged(source, source.integers(0, 3, (40, 3, 2, 2, 2)).astype(float)),
    ):
        assert_as_exact_three(games, solve_batch(games, compiled=True))


@pytest.mark.slow
def test_2x2x2_as_the_exact_solver_at_length() -> None:
    source = np.random.default_rng(22)
    for games in generic_games(source, 500).values():
        assert_as_exact_three(games, solve_batch(games, compiled=True))


def assert_mixed_as_resultants(games: Batch) -> int:
    found = solve_batch(games, compiled=True)
    total = 0
    for k, game in enumerate(games):
        expected = sorted(roots.mixed_by_resultants(tables(game)), key=lambda point: point[2])
        ours = [
            tuple(float(vector[0]) for vector in profile)
            for profile in found.profiles(k)
            if all(0 < vector[0] < 1 for vector in profile)
        ]
        assert len(ours) == len(expected), game.tolist()
        for one, other in zip(ours, expected, strict=True):
            assert one == pytest.approx(other, rel=0, abs=1e-12)
        total += len(ours)
    return total


def test_2x2x2_mixed_as_resultants() -> None:
    source = np.random.default_rng(23)
    assert assert_mixed_as_resultants(source.integers(-99, 100, (100, 3, 2, 2, 2))) > 20


@pytest.mark.slow
def test_2x2x2_mixed_as_resultants_at_length() -> None:
    source = np.random.default_rng(24)
    assert assert_mixed_as_resultants(source.integers(-999, 1000, (5000, 3, 2, 2, 2))) > 1000


def assert_complete_by_z3(games: Batch) -> tuple[int, int]:
    """Return how many games had finitely and infinitely many equilibria."""
    found = solve_batch(games, compiled=True)
    for k, game in enumerate(games):
        profiles = [[vector[0] for vector in profile] for profile in found.profiles(k)]
        for point in profiles:
            if all(isinstance(p, Fraction) for p in point):
                assert roots.is_equilibrium(tables(game), point)
        another = roots.another_equilibrium(tables(game), profiles)
        assert another == (not found.complete[k]), game.tolist()
    return int(found.complete.sum()), int((~found.complete).sum())


def sparse_ties(source: Source, games: int) -> Batch:
    """Return games with few ties: some advantages vanish, so both kinds occur."""
    return source.integers(-4, 5, (games, 3, 2, 2, 2))


def test_2x2x2_complete_by_a_decision_procedure() -> None:
    source = np.random.default_rng(25)
    finite, infinite = assert_complete_by_z3(sparse_ties(source, 25))
    assert finite > 5
    assert infinite > 2


@pytest.mark.slow
def test_2x2x2_complete_by_a_decision_procedure_at_length() -> None:
    source = np.random.default_rng(26)
    assert_complete_by_z3(sparse_ties(source, 400))
    assert_complete_by_z3(source.integers(0, 2, (300, 3, 2, 2, 2)))
    assert_complete_by_z3(source.integers(-1, 2, (300, 3, 2, 2, 2)))


# Pure equilibria


@pytest.mark.parametrize("sizes", [(3,), (2, 2), (3, 2, 4), (3, 3, 3), (2, 2, 2, 2), (1, 3, 1)])
@pytest.mark.parametrize("kind", ["continuum", "ties", "objects"])
def test_pure_equilibria_by_definition(sizes: tuple[int, ...], kind: str) -> None:
    source = np.random.default_rng(31)
    shape = (60, len(sizes), *sizes)
    games: Batch = source.random(shape) if kind == "continuum" else source.integers(0, 3, shape)
    if kind == "objects":
        games = games.astype(object)
    answers = [solve_batch(games, concept="pure", compiled=compiled) for compiled in (True, False)]
    for k, game in enumerate(games):
        expected = [
            cell
            for cell in np.ndindex(*sizes)
            if all(
                game[(player, *cell)] >= game[(player, *cell[:player], action, *cell[player + 1 :])]
                for player in range(len(sizes))
                for action in range(sizes[player])
            )
        ]
        for found in answers:
            assert found.counts[k] == len(expected)
            listed = [tuple(vector.index(1) for vector in p) for p in found.profiles(k)]
            assert listed == expected


def test_pure_equilibria_are_those_of_all_that_are_pure() -> None:
    check: Callable[[Any], bool] = lambda profile: all(max(vector) == 1 for vector in profile)  # noqa: E731
    games = np.random.default_rng(32).integers(0, 4, (100, 2, 3, 4))
    everything, pure = solve_batch(games), solve_batch(games, concept="pure")
    for k in range(100):
        assert set(pure.profiles(k)) == set(filter(check, everything.profiles(k)))
