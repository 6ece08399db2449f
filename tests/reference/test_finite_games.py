"""Published results on finite games of two players, through the methods that ``solve`` chooses.

Trees are written out by hand; references.bib holds the sources.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from math import comb

import pytest

from negotiation import Game, solve
from negotiation.formats.gambit_efg import read_efg
from negotiation.solution import Equilibrium, Solution
from negotiation.solvers.zero_sum import solve_zero_sum_game
from tests.oracles.trees import Choice, Draw, Tree, game_of, together
from tests.unit.gambit_games import BEER

METHODS = ("vertex-enumeration", "linear-program")
THIRD = Fraction(1, 3)


def mixtures(solution: Solution) -> list[tuple[tuple[Fraction, ...], ...]]:
    """Return the strategies of each equilibrium of a table."""
    assert solution.complete, solution.message
    assert all(e.certificate.largest_gain == 0 for e in solution.equilibria)
    return [tuple(tuple(e.profile[k]) for k in (0, 1)) for e in solution.equilibria]


def value_of(solution: Solution) -> Fraction:
    """Return what player A gets in every equilibrium of a zero-sum game."""
    assert solution.complete, solution.message
    ((first, *_),) = {tuple(e.payoffs.values()) for e in solution.equilibria}
    return first


# -- tables ---------------------------------------------------------------------------------------


def test_an_equilibrium_that_a_sign_test_on_rounded_zeros_loses() -> None:
    game = Game.from_arrays(
        [[3, -3, 1], [-7, 7, -1], [8, 6, 4]], [[-5, 5, -9], [1, -2, 9], [-6, 8, -8]]
    )
    solution = solve(game, "nash")
    zero = Fraction(0)
    assert mixtures(solution) == [
        ((zero, Fraction(16, 27), Fraction(11, 27)), (zero, Fraction(5, 6), Fraction(1, 6)))
    ]
    assert (solution.profiles, solution.equilibria[0].index) == (1, 1)


@pytest.mark.parametrize("n", range(1, 7))
def test_coordination_has_one_equilibrium_for_each_set_of_actions(n: int) -> None:
    """Both uniform on the same set of actions; on a set of k the index is (-1)^(k+1)."""
    table = [[int(i == j) for j in range(n)] for i in range(n)]
    solution = solve(Game.from_arrays(table, table), "nash")
    uniform = {
        tuple(Fraction(int(i in used), size) for i in range(n))
        for size in range(1, n + 1)
        for used in itertools.combinations(range(n), size)
    }
    assert len(uniform) == 2**n - 1
    assert sorted(mixtures(solution)) == sorted((x, x) for x in uniform)
    assert solution.components == ()
    assert solution.profiles == 2**n - 1
    if n > 1:
        for e in solution.equilibria:
            assert e.index == (-1) ** (sum(p > 0 for p in e.profile[0]) + 1)


@pytest.mark.parametrize(("g", "f", "c", "loss", "b"), [(1, 4, 1, 3, 2), (5, 2, 2, 7, 1)])
def test_inspection_game(g: int, f: int, c: int, loss: int, b: int) -> None:
    """Inspect with g/(g+f), violate with c/(L+b); nothing else is an equilibrium."""
    game = Game.from_arrays(
        [[b - c, -c], [-loss, 0]],
        [[-f, 0], [g, 0]],
        players=["inspector", "inspected"],
        actions=[["inspect", "do not"], ["violate", "comply"]],
    )
    ((inspecting, violating),) = mixtures(solve(game, "nash"))
    assert inspecting[0] == Fraction(g, g + f)
    assert violating[0] == Fraction(c, loss + b)


def test_chicken() -> None:
    """Aumann (1974): payoffs 6,6; 2,7; 7,2; 0,0; two pure equilibria and one with 14/3 each."""
    solution = solve(Game.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]]), "nash")
    payoffs = [tuple(e.payoffs.values()) for e in solution.equilibria]
    assert sorted(payoffs) == [(2, 7), (Fraction(14, 3), Fraction(14, 3)), (7, 2)]
    assert [e.index for e in solution.equilibria] == [1, 1, -1]


# -- zero-sum games -------------------------------------------------------------------------------


def published_inspection_value(n: int, m: int) -> Fraction:
    """Dresher (1962): v(n, m) = -C(n-1, m) / sum over i <= m of C(n, i)."""
    return -Fraction(comb(n - 1, m), sum(comb(n, i) for i in range(m + 1)))


def inspections(n: int, m: int, before: str = "") -> Tree:
    """Return the tree of n periods and m inspections; the violator acts once at most.

    Row: inspect or not; column: comply or violate. An inspected violation ends the game at +1, one
    that is not inspected at -1; both see whether there was an inspection.
    """
    if n == 0:
        return (0, 0)
    goes_on = inspections(n - 1, m, f"{before}-")
    if m == 0:
        return Choice(1, (goes_on, (-1, 1)))
    ends = [inspections(n - 1, m - 1, f"{before}+"), (1, -1), goes_on, (-1, 1)]
    return together((0, 1), (2, 2), ends, f"after {before}")


@pytest.mark.parametrize("method", METHODS)
def test_dreshers_inspection_game_period_by_period(method: str) -> None:
    """The recursion of the values, each stage solved by the method."""
    values: dict[tuple[int, int], Fraction] = {}
    for n in range(1, 8):
        for m in range(n + 1):
            if m == 0:
                values[n, m] = Fraction(-1)
                continue
            if m == n:
                values[n, m] = Fraction(0)
                continue
            # Up to the last period he can also wait: v(0, m) = 0.
            stage = [[values[n - 1, m - 1], 1], [values[n - 1, m], -1]]
            game = Game.from_arrays(stage, [[-a for a in line] for line in stage])
            values[n, m] = value_of(solve(game, "nash", method=method))
            assert values[n, m] == published_inspection_value(n, m)
    assert (values[2, 1], values[3, 1]) == (Fraction(-1, 3), Fraction(-1, 2))


@pytest.mark.parametrize(("n", "m"), [(1, 0), (1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (4, 2)])
def test_dreshers_inspection_game_as_a_tree(n: int, m: int) -> None:
    """Backward induction over simultaneous stages; the value is that of every equilibrium."""
    solution = solve(game_of(inspections(n, m), 2), "subgame-perfect")
    assert value_of(solution) == published_inspection_value(n, m)


@pytest.mark.parametrize(("n", "m"), [(2, 1), (3, 1), (3, 2)])
@pytest.mark.parametrize("method", METHODS)
def test_dreshers_inspection_game_in_one_table(n: int, m: int, method: str) -> None:
    """The whole tree as one table of plans."""
    game = game_of(inspections(n, m), 2)
    assert value_of(solve(game, "nash", method=method)) == published_inspection_value(n, m)
    assert solve_zero_sum_game(game).value == published_inspection_value(n, m)


def stripped_down_poker() -> Game:
    """Return the game of Reiley et al. (2008): a card King or Queen, stakes 1, a bet of 1."""

    def dealt(card: str, shown: int) -> Tree:
        answered = Choice(1, ((2 * shown, -2 * shown), (1, -1)), "a bet")
        return Choice(0, (answered, (-1, 1)), card)

    half = Fraction(1, 2)
    return game_of(Draw((half, half), (dealt("King", 1), dealt("Queen", -1))), 2)


def played(game: Game, equilibrium: Equilibrium) -> Mapping[str, Fraction]:
    """Return the probability of the first action at each information set, by its name."""
    return {
        game.information_sets[position].move: strategy[0]
        for position, strategy in equilibrium.profile.items()
    }


@pytest.mark.parametrize("method", METHODS)
def test_stripped_down_poker(method: str) -> None:
    """Bet with every King and one Queen in three; call two bets in three; value 1/3."""
    game = stripped_down_poker()
    solution = solve(game, "nash", method=method)
    assert value_of(solution) == THIRD
    (only,) = solution.equilibria
    assert played(game, only) == {"King of A": 1, "Queen of A": THIRD, "a bet of B": 2 * THIRD}


def kuhn_poker() -> Game:
    """Return Kuhn's poker (1950): three cards, one each, stakes and bet of 1."""

    def showdown(own: int, other: int, pot: int) -> Tree:
        return (pot, -pot) if own > other else (-pot, pot)

    def deal(own: int, other: int) -> Tree:
        call, fold = showdown(own, other, 2), (-1, 1)
        checked = Choice(
            1,
            (Choice(0, (call, fold), f"{own} after a bet"), showdown(own, other, 1)),
            f"{other} after a check",
        )
        bet = Choice(1, (call, (1, -1)), f"{other} after a bet")
        return Choice(0, (bet, checked), f"{own}")

    deals = tuple(deal(own, other) for own, other in itertools.permutations(range(3), 2))
    return game_of(Draw((Fraction(1, 6),) * 6, deals), 2)


def test_kuhn_poker_is_worth_minus_one_eighteenth() -> None:
    """Kuhn (1950): player 2 has one optimal strategy, player 1 a segment of behaviour."""
    game = kuhn_poker()
    solution = solve(game, "nash", method="linear-program")
    assert value_of(solution) == Fraction(-1, 18)
    for equilibrium in solution.equilibria:
        shares = played(game, equilibrium)
        jack = shares["0 of A"]
        assert 0 <= jack <= THIRD
        assert shares["2 of A"] == 3 * jack
        assert shares["1 of A"] == 0
        assert shares["1 after a bet of A"] == jack + THIRD
        assert shares["0 after a bet of A"] == 0
        assert shares["2 after a bet of B"] == shares["2 after a check of B"] == 1
        assert shares["1 after a bet of B"] == shares["0 after a check of B"] == THIRD
        assert shares["0 after a bet of B"] == shares["1 after a check of B"] == 0
    assert {0, THIRD} <= {played(game, e)["0 of A"] for e in solution.equilibria}


# -- signals --------------------------------------------------------------------------------------


def test_beer_and_quiche_has_two_pooling_outcomes() -> None:
    """Cho and Kreps (1987): both types have beer, or both quiche; the sender gets 2.9 or 2.1."""
    solution = solve(read_efg(BEER), "nash")
    assert solution.complete
    meals = [{outcome.moves["Sender"] for outcome in e.outcomes} for e in solution.equilibria]
    assert meals == [{"beer"}, {"quiche"}]
    assert [e.payoffs["Sender"] for e in solution.equilibria] == [
        Fraction(29, 10),
        Fraction(21, 10),
    ]
    assert all(o.moves["Receiver"] == "retreat" for e in solution.equilibria for o in e.outcomes)
