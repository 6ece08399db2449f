"""Figure: the regime China chooses, over the harm from an excluded EU and its own loss.

Importers coordinate (coalition-proof). Regions and boundaries are derived from the model; the bands
are the published closed form of the two-importer game, with the price of each licence at its value
x_i = p D_i. With a = kappa x_US and b = kappa x_EU, exempting the US alone costs a + H_EU, the EU
alone b + H_US, both a + b; China exempts at the least cost if that is below its loss.
Run: python figures/regime_map.py --out out
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from negotiation import load, regimes
from negotiation.analysis.regimes import Regimes, labels_text
from negotiation.formats.datasets import whole_file
from negotiation.model.document import Model
from negotiation.plotting.regimes import plot_regimes
from negotiation.plotting.style import journal_style, save
from negotiation.report.regimes import binding_texts

OVER = {"harm[EU]": (0, 1), "loss": (0, "6/5")}
Corners = tuple[str, Sequence[Fraction], Sequence[Fraction]]
"""Label, x and y of a line through these points; one that starts with _ is not in the legend."""


def closed_form(model: Model) -> list[Corners]:
    """Return the published boundaries between the regimes in the plane of H_EU and L."""
    value = {name: number for name, number in model.values().items() if number is not None}
    price = {
        i: value[f"kappa[{i}]"] * value[f"approval[{i}]"] * value[f"dependence[{i}]"]
        for i in ("US", "EU")
    }
    both, turn, zero = price["US"] + price["EU"], price["EU"], Fraction(0)
    return [
        ("published closed form", [zero, turn], [price["US"], price["US"] + turn]),
        ("_", [turn, Fraction(1)], [both, both]),
        ("_", [turn, turn], [both, Fraction(2)]),
    ]


def derived(model: Model) -> Regimes:
    """Return the regimes over the plane, with their boundaries."""
    return regimes(
        model, OVER, concept="pure-subgame-perfect", select="coalition-proof", simplify=True
    )


def draw(
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    model: Model | None = None,
) -> list[Path]:
    """Derive the regimes of the flagship and write the figure and its boundaries."""
    del progress
    model = model or load("divide-and-exempt")
    found = derived(model)
    published = [
        (label, [*map(float, xs)], [*map(float, ys)]) for label, xs, ys in closed_form(model)
    ]
    with journal_style():
        written = save(plot_regimes(found, published=published), out / "regime_map")
    table = out / "regime_map.csv"
    with (
        whole_file(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(["boundary", "positive", "negative", *OVER, "incentive"])
        for boundary in found.boundaries:
            incentives = "; ".join(binding_texts(boundary.binding))
            for positive, negative, point in boundary.between:
                sides = labels_text(positive), labels_text(negative)
                near = [point[name] for name in OVER]
                writer.writerow([boundary.polynomial.text(), *sides, *near, incentives])
    return [*written, table]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
