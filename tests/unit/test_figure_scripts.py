"""The figures of the paper: same bytes on a second run, data equal to what is solved."""

from __future__ import annotations

import csv
import functools
import importlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from negotiation import load, solve

SMALL: dict[str, dict[str, Any]] = {
    "regime_map": {},
    "exempted_members": {"points": 3},
    "discrimination_value": {"counts": (2, 3)},
    "exports": {},
    "timeline_2025": {},
    "chip_case": {"steps": 2},
    "screening_tiers": {"points": 5, "steps": 2},
}
Drawn = Callable[[str], list[Path]]
QUICK = ("regime_map", "exports")
"""One that is solved for and one of data: what all share makes the same bytes or does not."""


def draw(name: str, out: Path) -> list[Path]:
    script = importlib.import_module(name)
    paths: list[Path] = script.draw(out, **SMALL[name])
    return paths


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Return a function that draws a figure when it is first asked for."""
    out = tmp_path_factory.mktemp("figures")
    return functools.cache(lambda name: draw(name, out))


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SMALL],
)
def test_a_second_run_gives_the_same_bytes(name: str, drawn: Drawn, tmp_path: Path) -> None:
    for first, second in zip(drawn(name), draw(name, tmp_path), strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name


@pytest.mark.parametrize("name", SMALL)
def test_the_files_keep_the_style(name: str, drawn: Drawn) -> None:
    """TrueType, no dates, as wide as one column or two."""
    contents = {path.suffix: path.read_bytes() for path in drawn(name)}
    assert b"/Type3" not in contents[".pdf"]
    assert b"CreationDate" not in contents[".pdf"]
    width = int.from_bytes(contents[".png"][16:20], "big")
    assert width in (round(3.5 * 300), round(7.2 * 300))


def test_the_regime_map_is_what_is_solved() -> None:
    """On a grid that passes through the corner of the three regions, and beside it."""
    script = importlib.import_module("regime_map")
    model = load("divide-and-exempt")
    found = script.derived(model)
    assert found.complete
    corner = Fraction(326, 625), Fraction(17053, 25000)
    for x in (Fraction(0), Fraction(1, 4), corner[0], Fraction(3, 4), Fraction(1)):
        for y in (Fraction(0), corner[1] - corner[0] + x, corner[1], Fraction(6, 5)):
            point = {"harm[EU]": x, "loss": min(y, Fraction(6, 5))}
            solution = solve(model.at(point), "pure-subgame-perfect", select="coalition-proof")
            assert set(found.label_at(point)) == {e.regime for e in solution.equilibria}


def test_the_derived_boundaries_are_the_published_ones(drawn: Drawn) -> None:
    """Each published line is the zeros of one derived polynomial, exactly, and the reverse."""
    script = importlib.import_module("regime_map")
    model = load("divide-and-exempt")
    boundaries = script.derived(model).boundaries
    matched = []
    for _, xs, ys in script.closed_form(model):
        ends = list(zip(xs, ys, strict=True))
        (found,) = (b for b in boundaries if all(b.polynomial.at(end) == 0 for end in ends))
        matched.append(found.polynomial)
    assert len(set(matched)) == len(boundaries) == 3
    table = list(rows(drawn("regime_map")[2]))
    assert {row["boundary"] for row in table} == {p.text() for p in matched}
    assert all(row["incentive"].startswith("China at exempt: ") for row in table)


def test_the_closed_form_separates_the_solved_regimes() -> None:
    """Beside each boundary, a step of 1/1000 to either side, the solver agrees with the line."""
    script = importlib.import_module("regime_map")
    model = load("divide-and-exempt")
    (_, xs, ys), (_, _, level), (_, turn, _) = script.closed_form(model)
    step = Fraction(1, 1000)

    def regime(x: Fraction, y: Fraction) -> str:
        game = model.at({"harm[EU]": x, "loss": y})
        return solve(game, "pure-subgame-perfect", select="coalition-proof").regime

    for share in (Fraction(1, 5), Fraction(1, 2), Fraction(4, 5)):
        x = xs[1] * share
        y = ys[0] + x
        assert (regime(x, y - step), regime(x, y + step)) == ("resisted", "divide")
    x, y = turn[0], level[0]
    assert regime(x + step, y + 10 * step) == "uniform exemption"
    assert regime(x - step, y + 10 * step) == "divide"
    assert regime(x + step, y - step) == "resisted"


def test_the_value_of_discrimination_is_that_of_the_closed_form(
    drawn: Drawn,
) -> None:
    """x (T - 1) where uniform exemption pays, L - r x where only a split does, else 0."""
    x, loss = Fraction(51, 100), Fraction(13, 10)
    for row in rows(drawn("discrimination_value")[2]):
        n, threshold = int(row["importers"]), int(row["threshold"])
        needed = n - threshold + 1
        expected = loss - needed * x if needed * x <= loss else Fraction(0)
        if n * x <= loss:
            expected = x * (threshold - 1)
        assert float(row["simultaneous"]) == pytest.approx(float(expected), abs=1e-12)
        assert float(row["sequential"]) >= float(row["simultaneous"]) - 0.01


def test_the_exempted_members_are_the_cheapest_blocking_set(
    drawn: Drawn,
) -> None:
    found = {row["exempted"] for row in rows(drawn("exempted_members")[2])}
    assert len(found) > 1
    assert all("FR" not in entry.split() for entry in found)


def test_the_export_data_are_the_corrected_table(drawn: Drawn) -> None:
    table = {row["year"]: row for row in rows(drawn("exports")[2])}
    assert table["2012"]["eu_value"] == "137.0"
    assert table["2009"]["eu_share"] == "20.84"
    assert len(table) == 24


# ---- relief to Germany and pressure on The Hague ------------------------------------------------


def test_germany_turns_silent_where_the_closed_form_says() -> None:
    """It presses below 1 - lambda / d, is silent above, and at the turn both are equilibria."""
    script = importlib.import_module("chip_case")
    model = load("chip-seizure")
    turn = 1 - Fraction(1, 2) / 2
    for share, lobby, answer, payoffs in script.outcomes(model, "in any case", 8):
        assert lobby == "press" or share >= turn
        assert lobby == "silent" or share <= turn
        assert answer == ("suspend" if lobby == "press" else "hold")
        assert payoffs["Germany"] == (Fraction(-1, 2) if lobby == "press" else -2 * (1 - share))
    assert all(row[1] == "press" for row in script.outcomes(model, "if it presses", 8))


@pytest.mark.parametrize("lobbying", ["1/4", "1"])
def test_the_turning_damages_are_exact(lobbying: str) -> None:
    script = importlib.import_module("chip_case")
    found = script.turning_damages(load("chip-seizure"), lobbying, 4)
    expected = [(Fraction(lobbying) / (1 - Fraction(k, 4)), Fraction(k, 4)) for k in range(4)]
    assert found == [point for point in expected if point[0] <= script.HIGHEST]


def test_china_grants_the_largest_share_of_its_grid_that_keeps_pressure() -> None:
    script = importlib.import_module("chip_case")
    points = script.granted(load("chip-seizure"))
    for (left, share), (right, same) in zip(points[::2], points[1::2], strict=True):
        assert share == same
        middle = Fraction(left + right) / 2
        bound = 1 - Fraction(1, 2) / middle
        assert share == float(max(Fraction(k, 10) for k in range(11) if Fraction(k, 10) < bound))
    assert len(points) > 10


def test_too_much_relief_costs_china_what_the_seizure_costs(drawn: Drawn) -> None:
    """The static of the figure: beyond the turn more relief gives China less, not more."""
    table = list(rows(drawn("chip_case")[2]))
    assert {row["terms"] for row in table} == {"in any case", "if it presses"}
    china = [
        (row["lobby"], Fraction(row["China"])) for row in table if row["terms"] != "if it presses"
    ]
    pressed, silent = (
        [value for lobby, value in china if lobby == kind] for kind in ("press", "silent")
    )
    assert pressed == sorted(pressed)
    assert max(silent) < min(pressed)
    tied = [Fraction(row["China"]) for row in table if row["terms"] == "if it presses"]
    assert tied == sorted(tied)
    assert tied[-1] > max(pressed)


# ---- screening ----------------------------------------------------------------------------------


def test_the_mixtures_are_those_of_the_closed_form() -> None:
    """a = g / (g + f), d = c / (L + b) where both mix; at the kink equilibria differ."""
    script = importlib.import_module("screening_tiers")
    model = load("inspection")
    for fine in (Fraction(1, 2), Fraction(3), Fraction(10)):
        found = script.probabilities(model, "fine", fine)
        assert found == {"inspect": 1 / (1 + fine), "use": Fraction(1, 4)}
    for cost in (Fraction(1, 10), Fraction(2), Fraction(5)):
        found = script.probabilities(model, "cost", cost)
        mixed = {"inspect": Fraction(1, 4), "use": cost / 4}
        assert found == (mixed if cost < 4 else {"inspect": 0, "use": 1})
    assert None in script.probabilities(model, "cost", Fraction(4)).values()


def test_the_licence_agrees_with_the_closed_form_where_its_terms_are_on_the_grid() -> None:
    """Just below a gain that some grid terms meet exactly, the model takes the cheapest terms."""
    script = importlib.import_module("screening_tiers")
    model = load("tiered-licences")
    (costs, bounds), (turn, _), (_, fine), (_, paper) = script.closed_form(model)
    assert (turn[0], fine[0], paper[0]) == (2, 2, 1.6)
    step = Fraction(1, 1000)

    def regime(cost: Fraction, gain: Fraction) -> str:
        return solve(model.at({"audit_cost": cost, "gain": gain})).regime

    for cost in (Fraction(1, 2), Fraction(3, 2)):
        assert regime(cost, 1 - step) == "screened by audits"
        assert regime(cost, 2 - step) == "screened by audits"
    assert regime(Fraction(5, 2), Fraction(4, 5) - step) == "screened by paper"
    assert regime(Fraction(5, 2), Fraction(8, 5) - step) == "screened by paper"
    assert regime(Fraction(1), Fraction(12, 5) - step) == "screened by both"
    for cost, bound in zip(costs[::20], bounds[::20], strict=True):
        assert regime(Fraction(cost), Fraction(bound) + step) == "open licence"
