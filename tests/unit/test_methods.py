"""Methods declare what they can do; solve picks one, names it, and says why others cannot."""

from __future__ import annotations

import random

import pytest

from negotiation import load, solve
from negotiation.errors import MethodError, UsageError
from negotiation.game import Game
from negotiation.solvers.methods import CONCEPTS, METHODS, choose


def zero_sum(seed: int, rows: int, columns: int, most: int) -> Game:
    rng = random.Random(seed)
    A = [[rng.randint(-most, most) for _ in range(columns)] for _ in range(rows)]
    return Game.from_arrays(A, [[7 - 3 * payoff for payoff in row] for row in A])


@pytest.mark.parametrize(
    ("concept", "method"),
    [
        ("subgame-perfect", "backward-induction"),
        ("pure-subgame-perfect", "backward-induction"),
        ("pure", "pure-enumeration"),
        ("nash", "iterated-dominance"),
    ],
)
def test_a_method_is_chosen_and_named(concept: str, method: str) -> None:
    assert solve(load("divide-and-exempt").at(), concept).method == method


def test_two_who_choose_are_enough_for_vertex_enumeration() -> None:
    game = load("divide-and-exempt").at(fix={"exempt": "US only"})
    assert solve(game, "nash").method == "vertex-enumeration"


def test_every_method_answers_something_and_every_concept_has_one() -> None:
    assert {concept for method in METHODS for concept in method.concepts} == set(CONCEPTS)
    assert len({method.name for method in METHODS}) == len(METHODS)
    assert all(method.gives for method in METHODS)


@pytest.mark.parametrize("most", [1, 3, 99])
@pytest.mark.parametrize("seed", range(12))
def test_the_linear_program_finds_what_vertex_enumeration_finds(seed: int, most: int) -> None:
    game = zero_sum(seed, 2 + seed % 3, 2 + seed % 4, most)
    by_vertices = solve(game, method="vertex-enumeration").to_dict()
    by_program = solve(game, method="linear-program").to_dict()
    for document in (by_vertices, by_program):
        del document["method"], document["seconds"]
    assert by_vertices == by_program


def test_a_large_constant_sum_game_is_given_to_the_linear_program() -> None:
    solution = solve(zero_sum(1, 20, 25, 9))
    assert (solution.method, solution.complete) == ("linear-program", True)
    assert solution.equilibria[0].certificate.largest_gain == 0


def test_what_a_method_cannot_do_is_said_with_the_cell() -> None:
    game = Game.from_arrays([[1, 0], [0, 1]], [[-1, 0], [0, 5]])
    with pytest.raises(MethodError, match=r"linear-program: row 2, column 2: .* not constant-sum"):
        choose(game, "nash", "linear-program")


def test_three_who_choose_are_too_many_for_two_player_methods() -> None:
    game = load("divide-and-exempt").at()
    for name in ("vertex-enumeration", "linear-program"):
        with pytest.raises(MethodError, match="3 players have a choice"):
            choose(game, "nash", name)


def test_a_method_is_asked_for_its_concept_only() -> None:
    with pytest.raises(MethodError, match="pure-enumeration does not answer nash") as caught:
        choose(load("divide-and-exempt").at(), "nash", "pure-enumeration")
    assert "vertex-enumeration" in caught.value.remedy
    assert caught.value.remedy.endswith("or ask for pure")


def test_an_unknown_method_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no method is called 'linear-programm'") as caught:
        choose(load("divide-and-exempt").at(), "nash", "linear-programm")
    assert "linear-program" in caught.value.remedy
