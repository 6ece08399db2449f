"""Figure: the regime China chooses, over the harm from an excluded EU and its own loss.

Importers coordinate (coalition-proof). The lines are the closed form of the two-importer game with
the price of each licence at its value x_i = p D_i (tie rule: the grid is beside the exact prices).
With a = kappa x_US and b = kappa x_EU, exempting the US alone costs a + H_EU, the EU alone
b + H_US, both a + b; China exempts at the least cost if that is below its loss.
Run: python figures/regime_map.py --out out
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from negotiation import load
from negotiation.analysis.sweep import sweep
from negotiation.formats.datasets import write_dataset
from negotiation.model.document import Model
from negotiation.plotting.maps import Boundary, plot_regime_map
from negotiation.plotting.style import journal_style, save

POINTS = 41


def closed_form(model: Model) -> list[Boundary]:
    """Return the boundaries between the regimes in the plane of H_EU and L."""
    value = {name: float(number) for name, number in model.values().items() if number is not None}
    price = {
        i: value[f"kappa[{i}]"] * value[f"approval[{i}]"] * value[f"dependence[{i}]"]
        for i in ("US", "EU")
    }
    both, turn = price["US"] + price["EU"], price["EU"]
    return [
        ("closed form", [0, turn], [price["US"], price["US"] + turn]),
        ("_", [turn, 1], [both, both]),
        ("_", [turn, turn], [both, 2]),
    ]


def draw(
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    model: Model | None = None,
    points: int = POINTS,
) -> list[Path]:
    """Solve the flagship over the plane and write the figure and its data."""
    model = model or load("divide-and-exempt")
    over = {"harm[EU]": (0, 1, points), "loss": (0, "6/5", points)}
    dataset = sweep(
        model, over, concept="pure-subgame-perfect", select="coalition-proof", progress=progress
    )
    dataset["harm[EU]"].attrs["label"] = "harm from an excluded EU, $H_{EU}$"
    dataset["loss"].attrs["label"] = "China's loss if the coalition succeeds, $L$"
    with journal_style():
        figure = plot_regime_map(dataset, x="harm[EU]", y="loss", boundaries=closed_form(model))
        written = save(figure, out / "regime_map")
    write_dataset(dataset, out / "regime_map.csv")
    return [*written, out / "regime_map.csv"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
