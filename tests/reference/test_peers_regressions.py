"""Games on which well-known programs lose equilibria, invent them, refuse or never return.

Each is solved here as a user would, through :func:`negotiation.solve`: all equilibria, the sets
they span and their indices, compared with brute force or with the answer in exact numbers.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from negotiation import Game, certify, load, read_game, solve
from negotiation.cli.app import app
from negotiation.formats.gambit_efg import write_efg
from negotiation.formats.gambit_nfg import write_nfg
from negotiation.formats.payoff_table import write_payoff_table
from negotiation.solution import Solution
from negotiation.solvers.bimatrix import extreme_equilibria
from tests.oracles import bimatrix_brute_force as brute

Number = Fraction | int
Matrix = Sequence[Sequence[Number]]
Pair = brute.Pair

NANO, TERA = Fraction(1, 10**9), Fraction(10**12)
LONG = Fraction(7**300 + 2, 11**290 + 6)
"""Numerator and denominator have 254 and 302 digits."""


@dataclass(frozen=True)
class Answer:
    """What solving a table says, without order and names.

    Attributes
    ----------
    indices : dict
        Extreme equilibrium to its index, None if it is not regular.
    spans : dict
        Set of equilibria that spans a continuum to the index of its connected component.
    connected : set
        The connected components that have a continuum, as sets of equilibria.
    """

    indices: dict[Pair, int | None]
    spans: dict[frozenset[Pair], int | None]
    connected: set[frozenset[Pair]]

    def moved(self, change: Callable[[Pair], Pair]) -> Answer:
        """Return the answer with every equilibrium changed."""

        def of(pairs: frozenset[Pair]) -> frozenset[Pair]:
            return frozenset(map(change, pairs))

        return Answer(
            {change(pair): index for pair, index in self.indices.items()},
            {of(span): index for span, index in self.spans.items()},
            {of(pairs) for pairs in self.connected},
        )


def answer_of(solution: Solution) -> Answer:
    """Read a complete Solution of a table; nothing may come twice."""
    assert solution.complete, solution.message
    assert solution.exact
    pairs = [(tuple(e.profile[0]), tuple(e.profile[1])) for e in solution.equilibria]
    assert len(set(pairs)) == len(pairs)
    assert all(e.certificate.largest_gain == 0 for e in solution.equilibria)
    spans: dict[frozenset[Pair], int | None] = {}
    connected: dict[int, set[Pair]] = {}
    for component in solution.components:
        span = frozenset(pairs[k] for k in component.equilibria)
        assert span not in spans
        spans[span] = component.index
        connected.setdefault(component.connected, set()).update(span)
    indices = {pair: e.index for pair, e in zip(pairs, solution.equilibria, strict=True)}
    return Answer(indices, spans, {frozenset(members) for members in connected.values()})


def solved(A: Matrix, B: Matrix, method: str | None = None) -> Answer:
    """Return what ``solve`` says of a table."""
    return answer_of(solve(Game.from_arrays(A, B), "nash", method=method))


def pair(x: str, y: str) -> Pair:
    """Read strategies such as "1/2 1/2" and "1 0"."""
    return tuple(map(Fraction, x.split())), tuple(map(Fraction, y.split()))


def drawn(source: random.Random, m: int, n: int, low: int, high: int) -> tuple[Matrix, Matrix]:
    A, B = ([[source.randint(low, high) for _ in range(n)] for _ in range(m)] for _ in range(2))
    return A, B


def affine(matrix: Matrix, factor: Number, shift: Number = 0) -> Matrix:
    return [[factor * entry + shift for entry in line] for line in matrix]


def agrees_with_brute_force(A: Matrix, B: Matrix) -> int:
    """Compare all that ``solve`` says with brute force; return the number of equilibria."""
    answer = solved(A, B)
    expected = brute.extreme_equilibria(A, B)
    assert set(answer.indices) == expected
    subsets = brute.maximal_nash_subsets(expected)
    assert set(answer.spans) == {subset for subset in subsets if len(subset) > 1}
    assert answer.connected == {c for c in brute.connected_components(subsets) if len(c) > 1}
    for (x, y), index in answer.indices.items():
        assert index == (brute.index(x, y, A, B) if brute.is_regular(x, y, A, B) else None)
    return len(expected)


# -- ties in small tables -------------------------------------------------------------------------


@pytest.mark.parametrize("games", [100, pytest.param(300, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("low", "high"), [(0, 3), (-9, 9)])
def test_no_equilibrium_of_a_random_3x3_game_is_lost(low: int, high: int, games: int) -> None:
    """Support enumeration loses some in every second game of the first kind."""
    source = random.Random(f"peers {low} {high}")
    counts = [agrees_with_brute_force(*drawn(source, 3, 3, low, high)) for _ in range(games)]
    assert sum(count % 2 == 0 for count in counts) >= games / (5 if high == 3 else 100)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 3), (-9, 9)])
def test_no_equilibrium_of_many_random_games_is_lost(low: int, high: int, seed: int) -> None:
    source = random.Random(f"peers {low} {high} {seed}")
    for _ in range(600):
        m, n = source.choice([(3, 3), (3, 3), (2, 4), (4, 2), (4, 4)])
        agrees_with_brute_force(*drawn(source, m, n, low, high))


TIED = [[1, 3], [1, 3]], [[1, 3], [3, 0]]
TIED_ANSWER = Answer(
    dict.fromkeys(
        [pair("1 0", "0 1"), pair("0 1", "1 0"), pair("3/5 2/5", "1 0"), pair("3/5 2/5", "0 1")]
    ),
    {
        frozenset([pair("1 0", "0 1"), pair("3/5 2/5", "0 1")]): 1,
        frozenset([pair("0 1", "1 0"), pair("3/5 2/5", "1 0")]): 1,
        frozenset([pair("3/5 2/5", "1 0"), pair("3/5 2/5", "0 1")]): 1,
    },
    {
        frozenset(
            [pair("1 0", "0 1"), pair("0 1", "1 0"), pair("3/5 2/5", "1 0"), pair("3/5 2/5", "0 1")]
        )
    },
)


def test_a_tied_game_on_which_a_polynomial_solver_does_not_return() -> None:
    """Player 1 does not care; three segments in a row, one connected component of index 1."""
    assert solved(*TIED) == TIED_ANSWER
    A, B = TIED
    for a, b in itertools.product((NANO, TERA, LONG), repeat=2):
        assert solved(affine(A, a, -LONG), affine(B, b, 5)) == TIED_ANSWER
    turned = solved(brute.transpose(B), brute.transpose(A))
    assert turned == TIED_ANSWER.moved(lambda found: (found[1], found[0]))


# -- the tournament -------------------------------------------------------------------------------

TOURNAMENT = [
    [0, 1, 1, -1, -1, -1],
    [-1, 0, -1, 1, 1, -1],
    [-1, 1, 0, 1, 1, -1],
    [1, -1, -1, 0, -1, 1],
    [1, -1, -1, 1, 0, 1],
    [1, 1, 1, -1, -1, 0],
]


@pytest.mark.parametrize("method", ["vertex-enumeration", "linear-program"])
@pytest.mark.parametrize("factor", [1, NANO, TERA, LONG])
def test_the_tournament_has_its_one_equilibrium(method: str, factor: Number) -> None:
    """Support enumeration finds none: the strategies that are not used are best replies too."""
    only = pair("0 0 1/3 0 1/3 1/3", "0 0 1/3 0 1/3 1/3")
    answer = solved(affine(TOURNAMENT, factor, 3), affine(TOURNAMENT, -factor, factor), method)
    assert answer == Answer({only: 1}, {}, set())


# -- units ----------------------------------------------------------------------------------------

BILLION = 10**9
CLOSE = f"{BILLION}/{BILLION + 1} 1/{BILLION + 1}", f"1/{BILLION + 1} {BILLION}/{BILLION + 1}"
SEXES: dict[str, tuple[Matrix, Matrix, tuple[str, str]]] = {
    "3 0 0 2": ([[3, 0], [0, 2]], [[2, 0], [0, 3]], ("3/5 2/5", "2/5 3/5")),
    "3 2 2 2.5": (
        [[3, 2], [2, Fraction(5, 2)]],
        [[Fraction(5, 2), 2], [2, 3]],
        ("2/3 1/3", "1/3 2/3"),
    ),
    "close": (
        [[3, 2], [2, 2 + NANO]],
        [[2 + NANO, 2], [2, 3]],
        CLOSE,
    ),
}


@pytest.mark.parametrize("game", SEXES)
@pytest.mark.parametrize("factor", [BILLION, BILLION * NANO, NANO, TERA, BILLION * TERA, LONG])
def test_the_battle_of_the_sexes_has_three_equilibria_in_any_unit(
    game: str, factor: Number
) -> None:
    A, B, mixed = SEXES[game]
    expected = Answer({pair("1 0", "1 0"): 1, pair("0 1", "0 1"): 1, pair(*mixed): -1}, {}, set())
    assert solved(affine(A, factor), affine(B, factor)) == expected
    assert solved(affine(A, factor), affine(B, NANO / factor)) == expected


def test_payoffs_may_be_floats_and_text_of_any_size() -> None:
    """A float is the decimal that is printed for it, so nothing is lost on the way in."""
    expected = solved([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    assert solved([[3e9, 0.0], [0.0, 2e9]], [[2e-9, 0.0], [0.0, 3e-9]]) == expected  # type: ignore[list-item]
    text = Game.from_arrays([["3e12", "0"], ["0", "2e12"]], [["2e-9", "0"], ["0", ".000000003"]])
    assert answer_of(solve(text, "nash")) == expected


UNITS: list[Number] = [NANO, TERA, LONG, 1 / LONG, Fraction(2**89 - 1, 2**61 - 1)]
PLAYED = [(2, 2), (2, 3), (3, 3), (3, 3), (4, 2), (3, 4), (4, 4)]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 3), (-9, 9)])
def test_units_and_shifts_change_no_answer(low: int, high: int) -> None:
    """Each column of player 1's payoffs and each row of player 2's gets a constant of its own."""
    source = random.Random(f"units {low} {high}")
    for _ in range(60):
        m, n = source.choice(PLAYED)
        A, B = drawn(source, m, n, low, high)
        a, b = source.choices(UNITS, k=2)
        columns = [source.choice([-LONG, TERA, NANO, NANO - NANO]) for _ in range(n)]
        rows = [source.choice([LONG, -TERA, NANO, NANO - NANO]) for _ in range(m)]
        changed_A = [[a * p + c for p, c in zip(line, columns, strict=True)] for line in A]
        changed_B = [[b * p + r for p in line] for line, r in zip(B, rows, strict=True)]
        assert solved(changed_A, changed_B) == solved(A, B)


def reordering(rows: Sequence[int], columns: Sequence[int]) -> Callable[[Pair], Pair]:
    """Return what takes strategies to those for actions in another order."""
    return lambda found: (tuple(found[0][i] for i in rows), tuple(found[1][j] for j in columns))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 3), (-9, 9)])
def test_names_and_sides_change_no_answer(low: int, high: int) -> None:
    """Actions in another order, players swapped, a dominated action more."""
    source = random.Random(f"sides {low} {high}")
    for _ in range(60):
        m, n = source.choice(PLAYED)
        A, B = drawn(source, m, n, low, high)
        answer = solved(A, B)
        rows, columns = source.sample(range(m), m), source.sample(range(n), n)
        A_reordered, B_reordered = ([[M[i][j] for j in columns] for i in rows] for M in (A, B))
        assert solved(A_reordered, B_reordered) == answer.moved(reordering(rows, columns))
        turned = solved(brute.transpose(B), brute.transpose(A))
        assert turned == answer.moved(lambda found: (found[1], found[0]))
        worse = [min(column) - NANO for column in zip(*A, strict=True)]
        longer = solved([*A, worse], [*B, [source.randint(low, high) for _ in range(n)]])
        assert longer == answer.moved(lambda found: ((*found[0], Fraction(0)), found[1]))


def test_fractions_with_long_denominators() -> None:
    """Entries with different denominators of a hundred digits; the equilibria are known."""
    p, q, r, s = (Fraction(1, base**k) for base, k in ((2, 521), (3, 301), (5, 211), (7, 167)))
    answer = solved([[p, 0], [0, q]], [[r, 0], [0, s]])
    mixed = (s / (r + s), r / (r + s)), (q / (p + q), p / (p + q))
    assert answer == Answer({pair("1 0", "1 0"): 1, pair("0 1", "0 1"): 1, mixed: -1}, {}, set())
    source = random.Random("long")
    for _ in range(25):
        A, B = (
            [
                [
                    Fraction(source.randint(0, 3), source.choice([2**127 - 1, 10**40, 1]))
                    for _ in range(3)
                ]
                for _ in range(3)
            ]
            for _ in range(2)
        )
        agrees_with_brute_force(A, B)


# -- many equilibria ------------------------------------------------------------------------------

# Von Stengel (1999), Discrete and Computational Geometry 21, 557-568, in the small payoffs of
# Savani and von Stengel (2006), Econometrica 74, 397-429.
STENGEL_A = [
    [-81, 36, -126, 126, -36, 90],
    [-180, 72, -333, 297, -153, 270],
    [20, -3, 42, -33, 17, -30],
    [-30, 17, -33, 42, -3, 20],
    [270, -153, 297, -333, 72, -180],
    [90, -36, 126, -126, 36, -81],
]
STENGEL_B = [
    [72, 36, 17, -3, -36, -153],
    [-180, -81, -30, 20, 90, 270],
    [297, 126, 42, -33, -126, -333],
    [-333, -126, -33, 42, 126, 297],
    [270, 90, 20, -30, -81, -180],
    [-153, -36, -3, 17, 36, 72],
]


def test_von_stengels_6x6_game_has_75_equilibria() -> None:
    answer = solved(STENGEL_A, STENGEL_B)
    assert set(answer.indices) == brute.extreme_equilibria(STENGEL_A, STENGEL_B)
    for (x, y), index in answer.indices.items():
        assert index == brute.index(x, y, STENGEL_A, STENGEL_B)
    assert sorted(filter(None, answer.indices.values())) == [-1] * 37 + [1] * 38
    assert (answer.spans, answer.connected) == ({}, set())
    assert solved(affine(STENGEL_A, NANO, LONG), affine(STENGEL_B, TERA)) == answer
    turned = solved(brute.transpose(STENGEL_B), brute.transpose(STENGEL_A))
    assert turned == answer.moved(lambda found: (found[1], found[0]))


def regular_games(seed: str, count: int, sizes: Sequence[int]) -> None:
    """Check Wilson's oddness theorem (1971) and Shapley's sum of indices (1974)."""
    source = random.Random(seed)
    regular = 0
    for _ in range(count):
        A, B = drawn(source, source.choice(sizes), source.choice(sizes), -999, 999)
        found = extreme_equilibria(A, B)
        assert sum(found.connected_indices) == 1
        if not found.regular:
            continue
        regular += 1
        assert len(found.equilibria) % 2 == 1
        assert sum(index or 0 for index in found.indices) == 1
        for (x, y), index in zip(found.equilibria, found.indices, strict=True):
            assert brute.is_equilibrium(x, y, A, B)
            assert index == brute.index(x, y, A, B)
    assert regular >= count * 95 // 100


def test_regular_games_have_an_odd_number_of_equilibria_and_indices_sum_to_one() -> None:
    regular_games("regular", 1200, (2, 3, 4))


@pytest.mark.slow
def test_thousands_of_regular_games() -> None:
    regular_games("thousands", 8000, (1, 2, 3, 4, 5))


# -- three players --------------------------------------------------------------------------------

THREE = (
    [[[80, 5], [19, 41]], [[14, 61], [0, 53]]],
    [[[24, 86], [87, 40]], [[46, 91], [90, 56]]],
    [[[57, 9], [3, 63]], [[63, 22], [11, 22]]],
)


def test_three_players_are_never_told_that_there_is_no_equilibrium() -> None:
    """The only equilibrium is totally mixed; a polynomial solver returns none and says nothing."""
    game = Game.from_arrays(*THREE)
    shares = [Fraction(p) for p in (".25556037", ".35472732", ".43628194")]
    near = {k: (p, 1 - p) for k, p in enumerate(shares)}
    assert 0 < certify(game, near, "nash").largest_gain < Fraction(1, 10**5)
    solution = solve(game, "nash")
    assert not solution.complete
    assert solution.profiles is None
    assert "mixed equilibria of 3 simultaneous movers are not computed" in solution.message
    pure = solve(game, "pure")
    assert (pure.complete, pure.equilibria, pure.profiles) == (True, (), 0)


def test_the_command_says_that_mixed_equilibria_of_three_are_missing(tmp_path: Path) -> None:
    file = tmp_path / "three.nfg"
    file.write_text(write_nfg(Game.from_arrays(*THREE)), encoding="utf-8")
    said = CliRunner().invoke(app, ["solve", str(file)])
    assert "mixed equilibria of 3 simultaneous movers are not computed" in said.stdout
    shown = CliRunner().invoke(app, ["solve", str(file), "--json"])
    document = json.loads(shown.stdout)
    assert (document["complete"], document["equilibria"]) == (False, [])
    assert "mixed equilibria" in document["message"]


# -- labels in Chinese ----------------------------------------------------------------------------

CHINESE = Game.from_arrays(
    [[2, 0], [0, 1]],
    [[1, 0], [0, 2]],
    players=["中国", "欧盟"],
    actions=[["出口管制", "豁免"], ["去风险", "留下"]],
    name="稀土许可证",
)
MODEL = """
name = "licence"
title = "稀土许可证"
form = "extensive"
players = ["中国", "欧盟"]
concept = "nash"
[[moves]]
name = "licence"
player = "中国"
actions = ["出口管制", "豁免"]
[[moves]]
name = "reply"
player = "欧盟"
actions = ["去风险", "留下"]
[define]
same = "(licence == '出口管制') == (reply == '去风险')"
[payoffs]
"中国" = "(2 if licence == '出口管制' else 1) if same else 0"
"欧盟" = "(1 if licence == '出口管制' else 2) if same else 0"
"""


def labels_of(game: Game) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    return game.players, [head.actions for head in game.information_sets]


@pytest.mark.parametrize("kind", ["nfg", "efg", "csv", "toml"])
def test_chinese_labels_are_read_written_solved_and_exported(kind: str, tmp_path: Path) -> None:
    """One program refuses such a label; here it goes in, through and out again."""
    expected = answer_of(solve(CHINESE, "nash"))
    assert len(expected.indices) == 3
    file = tmp_path / f"许可证.{kind}"
    if kind == "toml":
        file.write_text(MODEL, encoding="utf-8")
        game = load(file).at()
    else:
        write = {"nfg": write_nfg, "efg": write_efg, "csv": write_payoff_table}[kind]
        file.write_text(write(CHINESE), encoding="utf-8")
        game = read_game(file)
    assert labels_of(game) == labels_of(CHINESE)
    assert answer_of(solve(game, "nash")) == expected

    said = CliRunner().invoke(app, ["solve", str(file), "--concept", "nash"])
    assert said.exit_code == 0
    assert all(
        label in said.stdout for label in ("中国", "欧盟", "出口管制", "豁免", "去风险", "留下")
    )
    for other in ("nfg", "efg", "csv"):
        out = tmp_path / f"出口.{other}"
        wrote = CliRunner().invoke(app, ["export", str(file), "--out", str(out)])
        assert wrote.exit_code == 0, wrote.stderr
        again = read_game(out)
        assert labels_of(again) == labels_of(CHINESE)
        assert answer_of(solve(again, "nash")) == expected
    exported = CliRunner().invoke(app, ["export", str(file), "--format", "json"])
    assert json.loads(exported.stdout)["players"] == ["中国", "欧盟"]
