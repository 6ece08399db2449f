"""What is said of branches to a person: where one is interrupted, and why points decide."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from negotiation import Model, Move, Parameter, load, solve
from negotiation.analysis.sweeps.branches import branch_lines, track

FLAGSHIP = "divide-and-exempt"
GOES_ON = "goes on inside a continuum at this place"
NOT_LISTED = "is not listed at this place"
SIDES = ("h", "t")


def pennies(first: str, **more: Any) -> Model:
    """Return a game of two who match and do not match; A has `first` where both do the same."""
    settings: dict[str, Any] = {
        "name": "pennies",
        "players": ("A", "B"),
        "parameters": {"p": Parameter(value=1)},
        "moves": [Move("x", player="A", actions=SIDES), Move("y", player="B", actions=SIDES)],
        "payoffs": {"A": f"({first}) if x == y else -1", "B": "-1 if x == y else 1"},
    }
    return Model(**(settings | more))


def lines_at(model: Model, axis: Any, place: str, **settings: Any) -> list[str]:
    """Return the lines of one place."""
    lines = list(branch_lines(track(model, axis, **settings)))
    (start,) = (k for k, line in enumerate(lines) if line.startswith(place))
    found = []
    for line in lines[start + 1 :]:
        if not line.startswith("  "):
            break
        found.append(line.strip())
    return found


def payoffs_at(model: Model, p: Fraction, x: Fraction, y: Fraction) -> dict[str, list[Fraction]]:
    """Return what each action of each player is worth against the other's shares of h."""
    tables: dict[str, dict[tuple[str, str], Fraction]] = {"A": {}, "B": {}}
    for a in SIDES:
        for b in SIDES:
            (leaf,) = model.at({"p": p}, fix={"x": a, "y": b}).payoffs.values()
            tables["A"][a, b], tables["B"][a, b] = leaf
    shares = {"x": {"h": x, "t": 1 - x}, "y": {"h": y, "t": 1 - y}}
    return {
        "A": [sum(tables["A"][a, b] * shares["y"][b] for b in SIDES) for a in SIDES],
        "B": [sum(tables["B"][a, b] * shares["x"][a] for a in SIDES) for b in SIDES],
    }


def test_a_branch_that_goes_on_inside_a_continuum() -> None:
    """At p = -1 A is indifferent whatever B does; between two listed outcomes lies the mixture."""
    model = pennies("p")
    lines = lines_at(model, {"p": (-3, 3, 7)}, "p = -1")
    (mixture,) = (line for line in lines if GOES_ON in line)
    assert mixture.startswith("x = h (1/2) or t (1/2), y = h (1/2) or t (1/2) ")
    assert sum("is there at this place only" in line for line in lines) == 2
    half = Fraction(1, 2)
    for worth in payoffs_at(model, Fraction(-1), half, half).values():
        assert worth[0] == worth[1]  # so it is an equilibrium there
    found = solve(model.at({"p": -1}))
    assert found.components
    assert not any(len(e.outcomes) == 4 for e in found.equilibria)
    assert not any("interrupted" in line for line in lines)


@pytest.mark.parametrize("jump", ["p if p != -1 else -2", "p if p != -1 else 5"])
def test_where_payoffs_jump_nothing_is_said_of_a_continuum(jump: str) -> None:
    """Limits of equilibria need not be equilibria there, so only the list is spoken of."""
    lines = lines_at(pennies(jump), {"p": (-3, 3, 7)}, "p = -1")
    assert not any(GOES_ON in line for line in lines)


def test_a_branch_that_is_no_equilibrium_at_one_place() -> None:
    model = Model(
        name="hole",
        players=("A",),
        parameters={"t": Parameter(value=1)},
        moves=[Move("a", player="A", actions=("u", "d"))],
        payoffs={"A": "(t ** 2 if t != 0 else -1) if a == 'u' else 0"},
    )
    assert lines_at(model, {"t": (-1, 1, 3)}, "t = 0") == [
        f"a = u {NOT_LISTED}",
        "a = d is there at this place only",
    ]
    (only,) = solve(model.at({"t": 0})).equilibria
    assert only.outcomes[0].moves == {"a": "d"}


def test_a_rule_that_drops_a_branch_at_one_place() -> None:
    """At t = 0 A gains nothing from u, so d dominates; u is an equilibrium, but no continuum is."""
    worth = "t ** 2 + 1 if x == 'h' else 1", "1 if x == 'h' else 2"
    model = Model(
        name="coordination",
        players=("A", "B"),
        parameters={"t": Parameter(value=1)},
        moves=[Move("x", player="A", actions=SIDES), Move("y", player="B", actions=SIDES)],
        payoffs={
            player: f"({own}) if x == y else 0" for player, own in zip("AB", worth, strict=True)
        },
    )
    lines = lines_at(model, {"t": (-1, 1, 3)}, "t = 0", select="pareto")
    assert f"x = h, y = h {NOT_LISTED}" in lines
    at_zero = solve(model.at({"t": 0}))
    assert {"x": "h", "y": "h"} in [e.outcomes[0].moves for e in at_zero.equilibria]


# ---- why the points decide -----------------------------------------------------------------------


def test_an_axis_that_decides_the_shape_has_no_remedy() -> None:
    """Who has tracked along it is not told to sweep it."""
    found = track(load(FLAGSHIP), {"discriminate": [0, 1]}, select="coalition-proof")
    assert not found.exact
    assert "discriminate" in found.message
    assert "sweep" not in found.message


def test_a_gate_in_a_condition_has_no_remedy() -> None:
    model = Model(
        name="gate",
        players=("A",),
        parameters={"gate": Parameter(value=1)},
        moves=[Move("a", player="A", actions=("u", "d"), allowed="a == 'u' or gate >= 1")],
        payoffs={"A": "gate if a == 'd' else 1/2"},
    )
    found = track(model, {"gate": (0, 2, 5)})
    assert not found.exact
    assert found.message.endswith("(a move's when or allowed, the points of a grid, an exponent)")
    assert "gate decides the shape of the tree" in found.message


def test_the_remedy_for_a_rounded_parameter_works() -> None:
    """The parameter that it names can be the axis: events are exact then."""
    model = load(FLAGSHIP)
    found = track(model, {"share[EU]": ("0.5", "0.9", 9)}, select="coalition-proof")
    assert found.message.endswith("(take dependence[EU] itself as the axis)")
    assert track(model, {"dependence[EU]": ("0.5", "0.9", 9)}, select="coalition-proof").exact
