"""How many pure subgame-perfect profiles the game of equal importers has, and how few outcomes.

China exempts a set of importers, paying each that stays; then they join a coalition or stay. The
counts are worked out here from the game itself: the pure equilibria after each exemption by looking
at every profile, then for each exemption and equilibrium the number of ways to fill the other
subgames so that China does not prefer them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest

from negotiation import Model, Move, Parameter, solve
from negotiation.game import Game
from tests.oracles import tree_brute_force as brute

NAMES = ("US", "DE", "FR", "NL", "IT", "ES")
STAKE = Fraction(1)
SLIGHTLY_MORE = Fraction(11, 10)


@cache
def importers(count: int) -> Model:
    """Return the game of `count` equal importers with a stake of 1."""
    return Model(
        name="equal-importers",
        sets={"importers": NAMES[:count]},
        players=["China", "importers"],
        parameters={
            "licence": Parameter(value=1),
            "threshold": Parameter(value=3),
            "loss": Parameter(value=2.5),
            "kappa": Parameter(value=1),
        },
        moves=[
            Move("exempt", player="China", subsets="importers"),
            Move("joins", over="i in importers", actions=["join", "stay"], observes=["exempt"]),
        ],
        define={"coalition": "sum(1 for i in importers if joins[i] == 'join') >= threshold"},
        payoffs={
            "China": "(0 if coalition else loss) - kappa * licence * "
            "sum(1 for i in exempt if joins[i] == 'stay')",
            "i in importers": "((6/5 if coalition else 0) - 1/5) if joins[i] == 'join' "
            "else (licence if i in exempt else 0)",
        },
    )


def at(
    count: int, licence: Fraction, *, loss: object = "2.5", threshold: int = 3, kappa: int = 1
) -> Game:
    return importers(count).at(
        {"licence": licence, "loss": loss, "threshold": threshold, "kappa": kappa}
    )


# -- the count, worked out from the game ----------------------------------------------------------


def china_after(
    count: int, exempted: frozenset[int], licence: Fraction, loss: Fraction, threshold: int
) -> Iterator[tuple[tuple[bool, ...], Fraction]]:
    """Yield the pure equilibria after an exemption, with what China gets (kappa = 1)."""

    def payoff(k: int, joins: tuple[bool, ...]) -> Fraction:
        if joins[k]:
            return Fraction(6, 5) * (sum(joins) >= threshold) - Fraction(1, 5)
        return licence if k in exempted else Fraction(0)

    for joins in itertools.product((False, True), repeat=count):
        if all(
            payoff(k, joins) >= payoff(k, (*joins[:k], not joins[k], *joins[k + 1 :]))
            for k in range(count)
        ):
            paid = sum(licence for k in exempted if not joins[k])
            yield joins, loss * (sum(joins) < threshold) - paid


def counted(
    count: int, licence: Fraction, loss: Fraction = Fraction(5, 2), threshold: int = 3
) -> tuple[int, int]:
    """Return the number of profiles and of outcomes."""
    worth = [
        [value for _, value in china_after(count, frozenset(chosen), licence, loss, threshold)]
        for size in range(count + 1)
        for chosen in itertools.combinations(range(count), size)
    ]
    profiles = outcomes = 0
    for k, after in enumerate(worth):
        for value in after:
            others = (other for j, other in enumerate(worth) if j != k)
            ways = math.prod(sum(rival <= value for rival in other) for other in others)
            profiles += ways
            outcomes += ways > 0
    return profiles, outcomes


@pytest.mark.parametrize(
    ("licence", "profiles"),
    [(STAKE, 3_532_662_000), (SLIGHTLY_MORE, 54)],
)
def test_four_importers_as_the_licence_passes_the_stake(licence: Fraction, profiles: int) -> None:
    solution = solve(at(4, licence), "pure-subgame-perfect")
    assert solution.profiles == profiles
    assert (solution.profiles, len(solution.equilibria)) == counted(4, licence)
    assert solution.complete
    assert len(solution.equilibria) < 60


def test_six_importers_with_every_subset_open() -> None:
    solution = solve(at(6, SLIGHTLY_MORE), "pure-subgame-perfect")
    assert solution.profiles == 9_053_792_108_544
    assert (solution.profiles, len(solution.equilibria)) == counted(6, SLIGHTLY_MORE)
    assert len(solution.equilibria) < 60


@pytest.mark.slow
@pytest.mark.parametrize("licence", [Fraction(1, 2), STAKE])
@pytest.mark.parametrize("loss", [Fraction(0), Fraction(5, 2), Fraction(6)])
def test_six_importers_at_other_values(licence: Fraction, loss: Fraction) -> None:
    solution = solve(at(6, licence, loss=loss), "pure-subgame-perfect")
    assert (solution.profiles, len(solution.equilibria)) == counted(6, licence, loss)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("licence", [Fraction(1, 2), STAKE, SLIGHTLY_MORE])
def test_counts_at_other_thresholds_and_losses(count: int, licence: Fraction) -> None:
    for threshold in range(1, count + 2):
        for loss in (Fraction(0), licence, Fraction(7, 3)):
            game = at(count, licence, loss=loss, threshold=threshold)
            solution = solve(game, "pure-subgame-perfect")
            assert (solution.profiles, len(solution.equilibria)) == counted(
                count, licence, loss, threshold
            )


@pytest.mark.parametrize("licence", [Fraction(1, 2), STAKE, SLIGHTLY_MORE])
@pytest.mark.parametrize("threshold", [1, 2])
def test_two_importers_by_listing_every_profile(licence: Fraction, threshold: int) -> None:
    game = at(2, licence, threshold=threshold)
    equilibria = brute.pure_equilibria(game)
    solution = solve(game, "pure-subgame-perfect")
    assert solution.profiles == len(equilibria)
    expected = brute.outcomes_of(equilibria)
    assert {
        brute.lottery(game, 0, e.profile): (tuple(e.payoffs.values()), e.profiles)
        for e in solution.equilibria
    } == expected


# -- speed ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("concept", ["pure-subgame-perfect", "subgame-perfect"])
@pytest.mark.parametrize("select", ["all", "coalition-proof"])
@pytest.mark.parametrize(
    ("licence", "loss", "kappa"),
    [
        (Fraction(7, 9), "2.5", 1),
        (STAKE, "2.5", 1),
        (SLIGHTLY_MORE, "2.5", 1),
        (STAKE, 0, 0),  # China is indifferent too: every equilibrium of every subgame is an outcome
    ],
)
def test_six_importers(
    concept: str, select: str, licence: Fraction, loss: object, kappa: int
) -> None:
    solution = solve(at(6, licence, loss=loss, kappa=kappa), concept, select=select)
    assert solution.termination == "exhausted"
    assert solution.complete == (concept == "pure-subgame-perfect")
    assert all(equilibrium.certificate.holds for equilibrium in solution.equilibria)
