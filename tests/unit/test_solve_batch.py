"""``solve_batch``: what it returns, refuses and promises; the answers are in test_kernels.py."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import negotiation
from negotiation import solve_batch
from negotiation.errors import BudgetError, NegotiationError, UsageError
from negotiation.kernels import batch, exact_sums, minors, three_players
from tests.oracles import bimatrix_brute_force as brute_force

SEXES = [[[3, 0], [0, 2]], [[2, 0], [0, 3]]]
F = Fraction


def test_battle_of_the_sexes() -> None:
    found = solve_batch([SEXES, SEXES])
    assert found.concept == "nash"
    assert len(found) == 2
    assert found.counts.tolist() == [3, 3]
    assert found.offsets.tolist() == [0, 3, 6]
    assert found.profiles(0) == found.profiles(-1)
    assert found.profiles(0) == [
        ((F(1), F(0)), (F(1), F(0))),
        ((F(0), F(1)), (F(0), F(1))),
        ((F(3, 5), F(2, 5)), (F(2, 5), F(3, 5))),
    ]
    assert found.probabilities[0][5].tolist() == [0.6, 0.4]


@pytest.mark.parametrize("factor", [1e9, 1e-9, 2.0**1000, 2.0**-1000])
@pytest.mark.parametrize("compiled", [True, False])
def test_scale_does_not_matter(factor: float, compiled: bool) -> None:
    found = solve_batch(np.array([SEXES]) * factor, compiled=compiled)
    assert found.counts.tolist() == [3]


def test_the_answer_is_frozen() -> None:
    found = solve_batch([SEXES])
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.counts = np.zeros(1, np.int64)  # type: ignore[misc]
    for array in (found.counts, found.offsets, found.complete, *found.probabilities):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_three_and_more_players() -> None:
    generic = np.random.default_rng(0).random((4, 3, 2, 2, 2))
    assert solve_batch(generic).concept == "nash"
    assert solve_batch(generic, concept="pure").concept == "pure"
    assert solve_batch(np.zeros((1, 3, 3, 2, 2))).concept == "pure"
    assert solve_batch(np.zeros((1, 3, 3, 2, 2))).counts.tolist() == [12]
    assert solve_batch(np.zeros((2, 1, 3))).profiles(1) == [
        ((1, 0, 0),),
        ((0, 1, 0),),
        ((0, 0, 1),),
    ]


def test_a_continuum_of_three_players_is_said_to_be_one() -> None:
    found = solve_batch(np.zeros((1, 3, 2, 2, 2)))
    assert not found.complete[0]
    assert found.counts.tolist() == [8]
    assert solve_batch(np.random.default_rng(0).random((1, 3, 2, 2, 2))).complete[0]


def test_no_games() -> None:
    for shape in ((0, 2, 3, 3), (0, 3, 2, 2, 2), (0, 3, 3, 3, 3), (0, 2, 6, 6)):
        for compiled in (True, False):
            found = solve_batch(np.zeros(shape), compiled=compiled)
            assert len(found) == 0
            assert found.offsets.tolist() == [0]
            assert [p.shape for p in found.probabilities] == [(0, size) for size in shape[2:]]


# Kinds of arrays


@pytest.mark.parametrize("shape", [(600, 2, 3, 2), (600, 3, 2, 2, 2), (600, 3, 2, 3, 2)])
def test_arrays_of_all_kinds(shape: tuple[int, ...]) -> None:
    games = np.random.default_rng(1).integers(0, 100, shape)
    expected = solve_batch(games)
    locked = games.astype(float)
    locked.flags.writeable = False
    wide = np.zeros((*shape[:-1], 2 * shape[-1]))
    wide[..., ::2] = games
    kinds: list[npt.NDArray[Any]] = [
        games.astype(kind) for kind in ("int8", "uint16", "uint64", "float16", "float32", ">f8")
    ]
    for same in (*kinds, locked, wide[..., ::2], np.asfortranarray(games)):
        found = solve_batch(same)
        assert np.array_equal(found.counts, expected.counts)
        for one, other in zip(found.probabilities, expected.probabilities, strict=True):
            assert np.array_equal(one, other)
        assert found.profiles(7) == expected.profiles(7)


def test_the_payoffs_are_not_changed() -> None:
    games = np.random.default_rng(2).random((700, 2, 3, 3)) * 1e200
    before = games.copy()
    solve_batch(games)
    assert np.array_equal(games, before)


def test_payoffs_changed_afterwards_are_noticed() -> None:
    games = np.array([SEXES] * 600, float)
    found = solve_batch(games)
    games[5, 0, 0, 0] = -1
    with pytest.raises(NegotiationError, match="no longer"):
        found.profiles(5)
    assert len(found.profiles(6)) == 3


# Numbers that no double holds, in nested lists

LONG, LONGER = 2**63, 2**53


@pytest.mark.parametrize(
    "games",
    [
        [[[[LONG + 1, -1], [LONG, -1]], [[0, 0], [0, 0]]]],
        [[[[LONGER + 1, 0.5], [LONGER, 0.5]], [[0, 0], [0, 0]]]],
        [[[[F(LONGER + 1), 0.5], [LONGER, 0.5]], [[0, 0], [0, 0]]]],
        [[[[F(1, 3), 0.5], [1 / 3, 0.5]], [[0, 0], [0, 0]]]],
        [[[[np.int64(LONGER + 1), 0.5], [np.float32(LONGER), 0.5]], [[0, 0], [0, 0]]]],
        [[[[10**400, 0.5], [1e300, 0.5]], [[0, 0], [0, 0]]]],
        (([[LONGER + 1, 0], [LONGER, 0]], np.full((2, 2), 0.5)),),
        [
            [
                np.array([[LONG + 1, 0], [LONG, 0]], np.uint64),
                np.array([[-1, -1], [-1, -1]], np.int64),
            ]
        ],
    ],
)
@pytest.mark.parametrize("compiled", [True, False])
def test_numbers_in_lists_are_not_rounded(games: Any, compiled: bool) -> None:
    """The first action of the row player is better by less than a double shows."""
    exact = np.empty((1, 2, 2, 2), object)
    for place in np.ndindex(2, 2, 2):
        entry = games[0]
        for k in place:
            entry = entry[k]
        exact[(0, *place)] = F(entry.item() if isinstance(entry, np.generic) else entry)
    found, expected = solve_batch(games, compiled=compiled), solve_batch(exact)
    assert found.counts.tolist() == expected.counts.tolist()
    assert found.profiles(0) == expected.profiles(0)
    assert brute_force.extreme_equilibria(*exact[0].tolist()) == set(found.profiles(0))
    rounded = solve_batch(np.array(exact.tolist(), float)) if exact.max() < 10**300 else None
    assert rounded is None or rounded.counts[0] != found.counts[0]


def test_lists_that_doubles_hold_go_the_fast_way() -> None:
    mixed = [[[[3, 0.5], [0, 2]], [[2.0, 0], [F(0), True]]]]
    assert batch._checked(mixed).dtype == object
    mixed[0][1][1][0] = np.float32(0)
    for games, kind in (
        (mixed, float),
        ([SEXES], int),
        (np.array([SEXES], float).tolist(), float),
        ([np.array(SEXES, np.float32), np.array(SEXES)], float),
    ):
        checked = batch._checked(games)
        assert checked.dtype == np.dtype(kind)
        assert checked.tolist() == np.array(games, object).tolist()
    arrays = np.array([SEXES], float)
    assert batch._checked(arrays) is arrays


MASKED = np.ma.masked_equal(np.arange(8.0).reshape(1, 2, 2, 2), 6)


@pytest.mark.parametrize(
    "games", [MASKED, [MASKED[0]], [list(MASKED[0])], [[[[1, np.ma.masked]] * 2] * 2]]
)
def test_masked_payoffs_are_refused(games: Any) -> None:
    with pytest.raises(UsageError, match="masked") as caught:
        solve_batch(games)
    assert caught.value.place == ("payoffs[0, 1, 1, 0]" if games is MASKED else "payoffs")


def test_a_mask_that_hides_nothing_is_none() -> None:
    games = np.ma.array([SEXES])
    assert solve_batch(games).counts.tolist() == [3]
    assert solve_batch([games[0]]).counts.tolist() == [3]


# Refusals


@pytest.mark.parametrize(
    ("payoffs", "words"),
    [
        (np.zeros((3, 2, 2)), "is not .games, players"),
        (np.zeros((3, 3, 2, 2)), "is not .games, players"),
        (np.zeros((3, 2, 0, 2)), "is not .games, players"),
        (np.zeros(3), "is not .games, players"),
        ([[[[1, 2], [3]], [[1, 2], [3, 4]]]], "differ in shape"),
        (np.zeros((1, 2, 2, 2), complex), "complex"),
        (np.zeros((1, 2, 2, 2), bool), "bool"),
        (np.zeros((1, 2, 2, 2), "U3"), "U3"),
        (np.zeros((1, 2, 2, 2), np.longdouble), "longdouble|float128|float96"),
        (np.full((1, 2, 2, 2), 0.5, object), "not an exact number but a float"),
    ],
)
def test_what_is_no_batch_is_refused(payoffs: Any, words: str) -> None:
    if getattr(payoffs, "dtype", None) == np.float64 == np.longdouble:
        pytest.skip("long doubles are doubles here")
    with pytest.raises(UsageError, match=words) as caught:
        solve_batch(payoffs)
    assert caught.value.place.startswith("payoffs")
    assert caught.value.remedy


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_payoffs_that_are_no_numbers_are_named(bad: float) -> None:
    games = np.zeros((600, 2, 3, 3))
    games[417, 1, 2, 0] = bad
    with pytest.raises(UsageError, match="not a finite number") as caught:
        solve_batch(games)
    assert caught.value.place == "payoffs[417, 1, 2, 0]"


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(UsageError, match="no concept 'qre'"):
        solve_batch([SEXES], concept="qre")
    for threads in (0, -1, 1.5, "two"):
        with pytest.raises(UsageError, match="threads"):
            solve_batch([SEXES], threads=threads)  # type: ignore[arg-type]
    for k in (1, -2):
        with pytest.raises(UsageError, match="there is no game"):
            solve_batch([SEXES]).profiles(k)


@pytest.mark.parametrize(
    "shape", [(800, 2, 3, 3), (20, 2, 5, 5), (800, 3, 2, 2, 2), (800, 3, 3, 3, 3)]
)
def test_an_answer_too_large_is_refused(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MOST_BYTES", 1000)
    with pytest.raises(BudgetError, match="more than") as caught:
        solve_batch(np.random.default_rng(0).random(shape))
    assert "smaller batches" in caught.value.remedy


def test_games_without_end_are_refused_before_any_memory_is_taken() -> None:
    with pytest.raises(BudgetError, match="more than 4 GiB"):
        solve_batch(np.broadcast_to(0.0, (10**9, 2, 2, 2)))
    with pytest.raises(BudgetError, match="more than 4 GiB"):
        solve_batch(np.broadcast_to(0, (10**9, 3, 2, 2, 2)), concept="pure")


def test_memory_that_runs_out_is_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(batch, "_two_players", fail)
    with pytest.raises(BudgetError, match="memory ran out") as caught:
        solve_batch([SEXES])
    assert "smaller batches" in caught.value.remedy


def test_nothing_is_compiled_or_imported_for_few_games() -> None:
    code = (
        "import sys, negotiation; assert 'numpy' not in sys.modules; "
        f"assert negotiation.solve_batch({[SEXES]}).counts.tolist() == [3]; "
        "negotiation.solve_batch([[[[[1, 2], [3, 4]]] * 2] * 3]); "
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)


def test_where_nothing_can_be_kept_kernels_still_compile(tmp_path: Path) -> None:
    code = (
        "import numba.core.caching as c; c.CacheImpl._locator_classes = []; "
        "import numpy as np; from negotiation import solve_batch; "
        "assert (solve_batch(np.zeros((501, 1, 2)), compiled=True).counts == 2).all()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=1200)


def test_it_is_exported() -> None:
    assert negotiation.solve_batch is batch.solve_batch
    assert negotiation.BatchEquilibria is batch.BatchEquilibria


# Parts


def test_the_expansion_of_the_minors() -> None:
    """The plan's products against determinants by definition."""
    source = np.random.default_rng(4)
    for own, replies, transposed in [(4, 4, False), (3, 4, True), (4, 2, False), (2, 3, True)]:
        plan = minors.plan(own, replies, transposed)
        game = source.integers(-9, 10, (2, replies, own) if transposed else (2, own, replies))
        M = game[0].T if transposed else game[1]
        entries = game.ravel()
        values = [int(entries[a] - entries[b]) for a, b, _ in plan.first]
        for a, b, c, d, *_ in plan.second:
            values.append(values[a] * values[b] - values[c] * values[d])
        for a, b, c, d, e, f, *_ in plan.third:
            values.append(values[a] * values[b] - values[c] * values[d] + values[e] * values[f])
        assert len(values) == plan.signs
        keys = list(minors._keys(own, replies))
        assert len(keys) == plan.signs
        for (rows, columns), value in zip(keys, values, strict=True):
            lines = [[int(M[i, j]) for j in columns] for i in rows]
            assert brute_force.determinant([*lines, [1] * len(columns)]) == value


def unimodular(source: np.random.Generator, largest: int = 2**14) -> npt.NDArray[Any]:
    """Return large integer payoffs with a determinant G of three rows that is +1 or -1."""
    matrix = np.eye(3, dtype=np.int64)
    while np.abs(matrix).max() < largest // 2:
        one, other = source.choice(3, 2, replace=False)
        step = matrix.copy()
        step[one] += source.choice([-1, 1]) * step[other]
        if np.abs(step).max() > largest:
            break
        matrix = step
    game = np.zeros((2, 4, 4), np.int64)
    game[1, :3, 1:] = matrix
    game[1, 3, 1:] = matrix[0] + matrix[1] + matrix[2]
    game[0] = source.integers(-9, 9, (4, 4))
    return np.clip(game, -largest, largest)


def nearly_dependent(source: np.random.Generator) -> npt.NDArray[Any]:
    """Return payoffs whose lines depend on each other but for rounding."""
    game = source.random((2, 4, 4))
    game[1, 1] = game[1, 0] * source.random()
    game[1, 3] = game[1, 2] * source.random() + game[1, 0] * source.random()
    return game


def test_all_signs_of_the_minors() -> None:
    """Small determinants of large integers, ties, and near ties: each sign as it is exactly."""
    from negotiation.kernels import bimatrix_filter as kernel

    source = np.random.default_rng(6)
    small = kernel.BLOCK // 4
    games = np.array(
        [
            *(unimodular(source) for _ in range(small)),
            *(unimodular(source, 2**30) for _ in range(small // 2)),
            *(np.nextafter(unimodular(source) / 3.0, 1) for _ in range(small // 2)),
            *(source.integers(-1, 2, (2, 4, 4)) / 10 for _ in range(small)),
            *(nearly_dependent(source) for _ in range(small)),
        ]
    )
    lines = games.reshape(kernel.BLOCK, 32).astype(float)
    plan = minors.plan(4, 4, False)
    entries = np.empty((32, kernel.BLOCK))
    values = np.empty((plan.signs + 2, kernel.BLOCK))
    sets = np.empty((4, kernel.BLOCK), np.uint64)
    undecided = np.empty(kernel.BLOCK, np.int64)
    kernel._load(lines, 0, kernel.BLOCK, entries, sets[3], undecided)
    kernel._signs(
        *(entries, kernel.BLOCK, plan, values, np.empty((4, kernel.BLOCK))),
        *(sets[0], sets[1], sets[2], sets[3], undecided, np.empty(exact_sums.LONGEST)),
    )
    assert not undecided.any()
    ones = 0
    for b, line in enumerate(lines):
        M = [[F(v) for v in row] for row in line.reshape(2, 4, 4)[1].tolist()]
        for number, (rows, columns) in enumerate(minors._keys(4, 4)):
            exact = brute_force.determinant(
                [*([M[i][j] for j in columns] for i in rows), [1] * len(columns)]
            )
            ones += abs(exact) == 1 and len(rows) == 3
            signs = (int(sets[0, b]) >> number & 1, int(sets[1, b]) >> number & 1)
            assert signs == (exact > 0, exact < 0), (line.tolist(), rows, columns)
    assert ones > 20


def test_a_sign_that_underflows() -> None:
    """G of two rows is -2e-340: the game must go to the exact solver."""
    tiny = 1e-170
    A = [[1, 0, 0], [0, 1, 0]]
    B = [[tiny, 2 * tiny, 1], [3 * tiny, 4 * tiny, 1]]
    found = solve_batch(np.array([[A, B]]), compiled=True)
    reference = solve_batch(np.array([[A, B]]), compiled=False)
    assert found.doubtful[0]
    assert found.profiles(0) == reference.profiles(0)


def test_tiny_probabilities_are_accurate() -> None:
    """Doubles alone would have a relative error of about 1e-3 here."""
    source = np.random.default_rng(8)
    games = source.random((50, 2, 3, 3))
    for game in games:
        for table in (game[0].T, game[1]):
            small = source.random(1) * 1e-13
            table[2] = 0.5 - table[0] - small[0] * table[1]
    found = solve_batch(games, compiled=True)
    mixed = 0
    for k in range(50):
        rows = range(found.offsets[k], found.offsets[k + 1])
        for row, profile in zip(rows, found.profiles(k), strict=True):
            for near, true in zip(found.probabilities, profile, strict=True):
                assert all(
                    abs(F(p) - t) <= t / 2**38
                    for p, t in zip(near[row].tolist(), true, strict=True)
                )
                mixed += 0 < min(true) < 1e-12
    assert mixed > 20


def test_the_positions_of_ones() -> None:
    from negotiation.kernels import bimatrix_filter as kernel

    for k in range(64):
        assert kernel._lowest(np.uint64((1 << 63 | 5 << k) & 2**64 - 1)) == k


def test_exact_sums() -> None:
    source = np.random.default_rng(5)
    for _ in range(200):
        factors = source.standard_normal((24, 3)) * 2.0 ** source.integers(-60, 60, (24, 3))
        factors[12:] = factors[:12] * [-1, 1, 1]  # All but the last few cancel.
        factors[23, 0] = np.nextafter(factors[23, 0], 0)
        room = np.empty(exact_sums.LONGEST)
        length = 0
        for a, b, c in factors:
            length = exact_sums.add_triple(room, length, a, b, c)
        total = sum(F(a) * F(b) * F(c) for a, b, c in factors.tolist())
        assert sum((F(part) for part in room[:length].tolist()), F(0)) == total
        near = exact_sums.rounded(room, length)
        assert abs(F(float(near)) - total) <= abs(total) / 2**51


def test_more_equilibria_than_the_buffers_hold_do_not_fit_in_any_game() -> None:
    """The most extreme equilibria known of 4x4 games stay far below the room for one."""
    identity = np.array([[np.eye(4), np.eye(4)]] * 600)
    assert (solve_batch(identity).counts == 15).all()


def test_three_who_mix_with_rational_probabilities() -> None:
    """q = 1/2 by player 1's indifference, then p = 4/7 by player 3's, r = 3/4 by player 2's."""
    game = (
        ((F(-1), F(-1)), (F(1), F(1))),
        ((F(1), F(-3)), (F(-1), F(3))),
        ((F(1), F(2)), (F(-1), F(-3))),
    )
    found, complete = three_players.all_equilibria(game)
    assert complete
    mixed = [point for cell, point in found if cell == (2, 2, 2)]
    assert mixed == [(F(4, 7), F(1, 2), F(3, 4))]
    assert all(isinstance(p, F) for p in mixed[0])
