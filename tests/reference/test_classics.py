"""Beer and quiche, and Selten's horse, as models of the catalogue, with other payoffs too.

Published: Cho and Kreps (1987), Selten (1975). Every closed form stands in this file.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from negotiation import Solution, solve
from negotiation.formats.gambit_efg import read_efg
from tests.oracles.catalogue import chance_of, solved
from tests.unit.gambit_games import BEER, HORSE

F = Fraction
STEP = F(1, 1000)


def payoffs_of(solution: Solution) -> list[list[Fraction]]:
    """What the players get, in their order, in each equilibrium."""
    return [list(e.payoffs.values()) for e in solution.equilibria]


# -- beer and quiche ------------------------------------------------------------------------------

POOLING = ("pooling on beer", "pooling on quiche")


@pytest.mark.parametrize("concept", ["nash", "perfect-bayesian", "sequential"])
def test_beer_quiche_has_exactly_two_pooling_outcomes(concept: str) -> None:
    solution = solved("beer-quiche", {}, concept)
    assert solution.regimes == POOLING
    assert [e.payoffs["sender"] for e in solution.equilibria] == [F(29, 10), F(21, 10)]
    assert [e.payoffs["receiver"] for e in solution.equilibria] == [F(9, 10), F(9, 10)]


@pytest.mark.parametrize("rule", ["intuitive", "d1"])
def test_intuitive_beliefs_keep_beer(rule: str) -> None:
    solution = solved("beer-quiche", {}, select=rule)
    assert solution.regimes == ("pooling on beer",)
    assert "breakfast = quiche" in solution.message
    assert "falls" in solution.message


def test_beer_quiche_is_the_published_game() -> None:
    """The file of Gambit's format has the same outcomes and payoffs."""
    ours = solved("beer-quiche", {}, "nash")
    theirs = solve(read_efg(BEER), "nash")
    assert payoffs_of(ours) == payoffs_of(theirs)


def expected_breakfasts(strong: Fraction, taste: Fraction, peace: Fraction) -> tuple[str, ...]:
    """Regimes where nothing ties: breakfast matters more, or the many are strong, or weak."""
    if taste > peace:
        return ("separating",)
    return POOLING if strong > F(1, 2) else ("semi-separating",)


@pytest.mark.parametrize("draws", [50, pytest.param(120, marks=pytest.mark.slow)])
def test_breakfasts_over_the_parameters(draws: int) -> None:
    source = random.Random(1)
    seen: set[str] = set()
    for _ in range(draws):
        strong = F(source.randint(1, 999), 1000)
        taste, peace = (F(source.randint(1, 2999), 1000) for _ in range(2))
        win = F(source.randint(500, 2000), 1000)
        values = {"strong": strong, "taste": taste, "peace": peace, "win": win}
        if taste == peace or strong == F(1, 2):
            continue
        solution = solved("beer-quiche", values)
        assert solution.regimes == expected_breakfasts(strong, taste, peace)
        seen.update(solution.regimes)
        if solution.regimes == ("semi-separating",):
            # The weak who have beer leave the receiver at 1/2, and it leaves the weak indifferent.
            (equilibrium,) = solution.equilibria
            assert chance_of(equilibrium, type="strong", breakfast="beer") == strong
            assert chance_of(equilibrium, type="weak", breakfast="beer") == strong
            left = chance_of(equilibrium, breakfast="beer", reply="leave")
            assert left == taste / peace * 2 * strong
        if solution.regimes == POOLING:
            kept = solved("beer-quiche", values, select="intuitive")
            assert kept.regimes == ("pooling on beer",)
    assert seen == {*POOLING, "separating", "semi-separating"}


@pytest.mark.parametrize(
    ("parameter", "boundary", "below", "above"),
    [
        ("strong", F(1, 2), ("semi-separating",), POOLING),
        ("peace", F(1), ("separating",), POOLING),
    ],
)
def test_breakfasts_at_a_boundary(
    parameter: str, boundary: Fraction, below: tuple[str, ...], above: tuple[str, ...]
) -> None:
    assert solved("beer-quiche", {parameter: boundary - STEP}).regimes == below
    assert solved("beer-quiche", {parameter: boundary + STEP}).regimes == above
    at_it = set(solved("beer-quiche", {parameter: boundary}).regimes)
    assert at_it & set(above)
    if parameter == "peace":
        assert set(below) | set(above) <= at_it


# -- Selten's horse -------------------------------------------------------------------------------


def described(solution: Solution) -> list[tuple[int | None, list[list[str]], tuple[str, ...]]]:
    """Outcome, actions that may be used at each set, conditions, of each continuum."""
    return [
        (c.equilibrium, [list(s.probabilities) for s in c.strategies], c.conditions)
        for c in solution.conditions
    ]


def test_horse_has_two_nash_components() -> None:
    """{across, across, right <= 1/4} and {down, across >= 1/3, right}."""
    solution = solved("seltens-horse", {}, "nash")
    assert solution.regimes == ("across", "first goes down")
    assert payoffs_of(solution) == [[1, 1, 1], [3, 2, 2]]
    assert described(solution) == [
        (0, [["across"], ["across"], ["right", "left"]], ("p(ending: right) <= 1/4",)),
        (1, [["down"], ["across", "down"], ["right"]], ("p(middle: across) >= 1/3",)),
    ]


@pytest.mark.parametrize("concept", ["sequential", "perfect-bayesian"])
def test_horse_has_one_sequential_component(concept: str) -> None:
    solution = solved("seltens-horse", {}, concept)
    assert payoffs_of(solution) == [[1, 1, 1]]
    assert [c for _, _, c in described(solution)] == [("p(ending: right) <= 1/4",)]


@pytest.mark.parametrize("concept", ["nash", "sequential"])
def test_only_the_first_component_of_the_horse_is_perfect(concept: str) -> None:
    solution = solved("seltens-horse", {}, concept, select="perfect")
    assert payoffs_of(solution) == [[1, 1, 1]]


@pytest.mark.parametrize("concept", ["nash", "sequential"])
def test_the_call_of_chance_changes_nothing(concept: str) -> None:
    """The file has a draw with one outcome before the third player; Gambit's text has not."""
    ours = solved("seltens-horse", {}, concept)
    theirs = solve(read_efg(HORSE), concept)
    assert sorted(payoffs_of(ours)) == sorted(payoffs_of(theirs))
    assert len(ours.conditions) == len(theirs.conditions)


def test_components_of_other_horses() -> None:
    """right <= min(a/b, a/c) in the first component, with detour b, bait c and across a.

    If the third goes right with probability r, going down gives the first c r and the second b r.
    """
    for across, detour, bait in ((1, 5, 3), (1, 3, 4), (2, 7, 3), (2, 9, 5)):
        values = {"across": across, "detour": detour, "bait": bait}
        (first, *_) = described(solved("seltens-horse", values, "nash"))
        limit = min(F(across, detour), F(across, bait))
        assert first[2] == (f"p(ending: right) <= {limit}",)


@pytest.mark.parametrize(
    ("values", "regimes"),
    [
        ({"detour": F(1, 2)}, ("across", "first goes down")),
        ({"detour": 4}, ("across",)),
        ({"prey": F(-1, 2)}, ("second goes down",)),
        ({"prey": F(-1, 2), "detour": 2}, ("first goes down",)),
        ({"share": F(-1)}, ("across",)),
    ],
)
def test_other_payoffs_change_what_stands(
    values: Mapping[str, Any], regimes: tuple[str, ...]
) -> None:
    """Both claims about going down are in reach.

    With a detour below the bait going down stands; if the third never likes to go left, somebody
    goes down for sure.
    """
    assert solved("seltens-horse", values).regimes == regimes


@pytest.mark.parametrize("side", [-1, 1])
def test_going_down_stands_until_the_detour_is_better_than_the_bait(side: int) -> None:
    """Going down the first gets `bait`; going across, `detour` by the second's choice."""
    solution = solved("seltens-horse", {"detour": 3 + side * STEP})
    assert ("first goes down" in solution.regimes) == (side < 0)
    tied = solved("seltens-horse", {"detour": 3})
    assert set(tied.regimes) == {"across", "first goes down", "mixed"}
