"""Our sets of equilibria against Gambit's exact ones: its catalogue, families, random games.

Gambit lists some extreme equilibria of degenerate games twice, so sets are compared. Tables are
taken from Gambit, trees too, and so shared with none of our readers; its polynomial solver is never
asked, since it loses equilibria.
"""

from __future__ import annotations

import io
import itertools
import random
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from negotiation import Game, solve
from negotiation.formats.gambit_nfg import read_nfg
from negotiation.solvers.bimatrix import extreme_equilibria

pytestmark = pytest.mark.oracle
pygambit = pytest.importorskip("pygambit", reason="pygambit is not installed")

Matrix = list[list[Fraction]]
Pair = tuple[tuple[Fraction, ...], ...]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Gambit warns of what it will rename."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_by_gambit(path: Path) -> Any:
    read = pygambit.read_efg if path.suffix == ".efg" else pygambit.read_nfg
    return read(io.BytesIO(path.read_bytes()))


def catalogue() -> list[Path]:
    """Return the games for two players that Gambit brings."""
    folder = Path(pygambit.__file__).parent / "catalog_data"
    found = sorted([*folder.rglob("*.efg"), *folder.rglob("*.nfg")])
    return [path for path in found if len(read_by_gambit(path).players) == 2]


def table(theirs: Any) -> tuple[Matrix, Matrix]:
    """Return Gambit's strategic form, reduced if it is of a tree."""
    rows, columns = (range(len(player.strategies)) for player in theirs.players)
    A, B = (
        [[Fraction(str(theirs[i, j][player])) for j in columns] for i in rows]
        for player in theirs.players
    )
    return A, B


def found_by_gambit(theirs: Any) -> set[Pair]:
    """Return the extreme equilibria, in rationals."""
    answer = pygambit.nash.enummixed_solve(theirs, rational=True).equilibria
    return {
        tuple(tuple(Fraction(str(p)) for _, p in mixed) for _, mixed in profile.mixed_strategies())
        for profile in answer
    }


def found_by_solve(game: Game) -> set[Pair]:
    """Return the equilibria of a table that ``solve`` certifies."""
    solution = solve(game, "nash")
    assert solution.complete
    assert all(equilibrium.certificate.holds for equilibrium in solution.equilibria)
    return {
        tuple(tuple(equilibrium.profile[position]) for position in (0, 1))
        for equilibrium in solution.equilibria
    }


def check(A: Matrix, B: Matrix) -> None:
    """Compare Gambit's answer with the solver's and with that of the one entry."""
    theirs = found_by_gambit(pygambit.Game.from_arrays(_texts(A), _texts(B)))
    ours = extreme_equilibria(A, B).equilibria
    assert len(set(ours)) == len(ours)
    assert set(ours) == theirs
    assert found_by_solve(Game.from_arrays(A, B)) == theirs


def _texts(matrix: Matrix) -> list[list[Any]]:
    """Return exact numbers as Gambit takes them."""
    return [[pygambit.Rational(e.numerator, e.denominator) for e in line] for line in matrix]


def test_the_catalogue_holds_degenerate_games_too() -> None:
    assert len(catalogue()) >= 20
    degenerate = [
        path
        for path in catalogue()
        if any(
            len(c.equilibria) > 1
            for c in extreme_equilibria(*table(read_by_gambit(path))).components
        )
    ]
    assert len(degenerate) >= 5


@pytest.mark.parametrize("path", catalogue(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_catalogue(path: Path) -> None:
    """A tree goes to Gambit as a table: it refuses those where a player forgets."""
    A, B = table(read_by_gambit(path))
    check(A, B)
    if path.suffix == ".nfg":
        ours = read_nfg(path.read_text(encoding="utf-8"))
        assert found_by_solve(ours) == set(extreme_equilibria(A, B).equilibria)


def coordination(n: int) -> tuple[Matrix, Matrix]:
    identity = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    return identity, identity


def constant(n: int) -> tuple[Matrix, Matrix]:
    ones = [[Fraction(1)] * n for _ in range(n)]
    return ones, ones


def cyclic(n: int) -> tuple[Matrix, Matrix]:
    """Each action beats the one before it: rock, paper, scissors for n = 3."""
    A = [
        [Fraction((j - i) % n == n - 1) - ((i - j) % n == n - 1) for j in range(n)]
        for i in range(n)
    ]
    return A, [[-entry for entry in line] for line in A]


def blotto(soldiers: int) -> tuple[Matrix, Matrix]:
    """Two fields; who sends more to a field wins it (Borel 1921)."""
    plans = [(k, soldiers - k) for k in range(soldiers + 1)]
    A = [
        [
            Fraction(sum((a > b) - (a < b) for a, b in zip(own, other, strict=True)))
            for other in plans
        ]
        for own in plans
    ]
    return A, [[-entry for entry in line] for line in A]


def war_of_attrition(n: int) -> tuple[Matrix, Matrix]:
    """Both pay for the time of the first to give up; the other wins a prize of 3/2."""
    A = [[Fraction(3, 2) * (i > j) - min(i, j) for j in range(n)] for i in range(n)]
    return A, [list(column) for column in zip(*A, strict=True)]


@pytest.mark.parametrize("n", [2, 3, 4, 5])
@pytest.mark.parametrize("family", [coordination, constant, cyclic, blotto, war_of_attrition])
def test_families(family: Callable[[int], tuple[Matrix, Matrix]], n: int) -> None:
    check(*family(n))


KINDS: dict[str, Callable[[random.Random], Fraction]] = {
    "generic": lambda source: Fraction(source.randint(-999, 999)),
    "ties": lambda source: Fraction(source.randint(0, 2)),
    "zeros and ones": lambda source: Fraction(source.randint(0, 1)),
    "fractions": lambda source: Fraction(source.randint(-20, 20), source.randint(1, 12)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_random_games(kind: str) -> None:
    source = random.Random(kind)
    for m, n in itertools.product(range(1, 5), repeat=2):
        for _ in range(6):
            A, B = ([[KINDS[kind](source) for _ in range(n)] for _ in range(m)] for _ in "AB")
            check(A, B)


@pytest.mark.parametrize("kind", KINDS)
def test_random_zero_sum_games(kind: str) -> None:
    source = random.Random(f"zero-sum {kind}")
    for _ in range(20):
        m, n = source.randint(2, 5), source.randint(2, 5)
        A = [[KINDS[kind](source) for _ in range(n)] for _ in range(m)]
        check(A, [[-entry for entry in line] for line in A])
