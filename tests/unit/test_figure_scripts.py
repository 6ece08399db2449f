"""The figures of the paper: same bytes on a second run, data equal to what is solved."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Iterator
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
}


def draw(name: str, out: Path) -> list[Path]:
    script = importlib.import_module(name)
    paths: list[Path] = script.draw(out, **SMALL[name])
    return paths


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    out = tmp_path_factory.mktemp("figures")
    return {name: draw(name, out) for name in SMALL}


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


@pytest.mark.parametrize("name", SMALL)
def test_a_second_run_gives_the_same_bytes(
    name: str, drawn: dict[str, list[Path]], tmp_path: Path
) -> None:
    for first, second in zip(drawn[name], draw(name, tmp_path), strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name


@pytest.mark.parametrize("name", SMALL)
def test_fonts_are_truetype_and_nothing_is_dated(name: str, drawn: dict[str, list[Path]]) -> None:
    pdf = next(path for path in drawn[name] if path.suffix == ".pdf").read_bytes()
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize("name", SMALL)
def test_the_width_is_that_of_one_or_two_columns(name: str, drawn: dict[str, list[Path]]) -> None:
    png = next(path for path in drawn[name] if path.suffix == ".png").read_bytes()
    width = int.from_bytes(png[16:20], "big")
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


def test_the_derived_boundaries_are_the_published_ones(drawn: dict[str, list[Path]]) -> None:
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
    table = list(rows(drawn["regime_map"][2]))
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
    drawn: dict[str, list[Path]],
) -> None:
    """x (T - 1) where uniform exemption pays, L - r x where only a split does, else 0."""
    x, loss = Fraction(51, 100), Fraction(13, 10)
    for row in rows(drawn["discrimination_value"][2]):
        n, threshold = int(row["importers"]), int(row["threshold"])
        needed = n - threshold + 1
        expected = loss - needed * x if needed * x <= loss else Fraction(0)
        if n * x <= loss:
            expected = x * (threshold - 1)
        assert float(row["simultaneous"]) == pytest.approx(float(expected), abs=1e-12)
        assert float(row["sequential"]) >= float(row["simultaneous"]) - 0.01


def test_the_exempted_members_are_the_cheapest_blocking_set(
    drawn: dict[str, list[Path]],
) -> None:
    found = {row["exempted"] for row in rows(drawn["exempted_members"][2])}
    assert len(found) > 1
    assert all("FR" not in entry.split() for entry in found)


def test_the_export_data_are_the_corrected_table(drawn: dict[str, list[Path]]) -> None:
    table = {row["year"]: row for row in rows(drawn["exports"][2])}
    assert table["2012"]["eu_value"] == "137.0"
    assert table["2009"]["eu_share"] == "20.84"
    assert len(table) == 24
