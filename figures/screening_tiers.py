"""Figure: tiers of screening for civil and military use.

Left and middle: how often China inspects and the user diverts, along the fine and along the cost of
an inspection. A higher fine lowers inspections alone; only cheaper inspection lowers diversion.
Right: the terms of the licence that keep a diverter out, from the grid of the model (its steps make
the stripes), and in dashes the closed form without a grid: audits first where an audit costs less
than the fine times the weight of the burden, paper first where it costs more, an open licence where
either costs more than the harm that it prevents. Run: python figures/screening_tiers.py --out out
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from negotiation import load, regimes, solve
from negotiation.analysis.regimes import Regimes
from negotiation.formats.datasets import whole_file
from negotiation.model.document import Model
from negotiation.plotting.screening import plot_screening
from negotiation.plotting.style import journal_style, save

POINTS = 60
"""Of each axis; one is the cost at which China is indifferent, so that its line breaks there."""
AXES: dict[str, tuple[str, int]] = {"fine": ("1/2", 10), "cost": ("1/10", 6)}
OVER: dict[str, tuple[str | int, int]] = {"audit_cost": ("1/10", 4), "gain": (0, 5)}
MIXED = {"inspect": ("inspect", "China inspects"), "use": ("divert", "the user diverts")}
"""Move to the action whose probability is drawn, and its name."""
NAMES = {
    "open licence": "open licence",
    "screened by audits": "audits",
    "screened by both": "audits\nand paper",
    "screened by paper": "paper",
    "screened without terms": "",
    "denied": "denied",
}
Line = tuple[list[float], list[float]]


def probabilities(model: Model, name: str, value: Fraction) -> dict[str, Fraction | None]:
    """Return how often the action of each move is played, None where equilibria differ."""
    found: dict[str, set[Fraction]] = {move: set() for move in MIXED}
    for equilibrium in solve(model.at({name: value})).equilibria:
        for strategies in equilibrium.strategies.values():
            for strategy in strategies:
                action, _ = MIXED[strategy.move]
                found[strategy.move].add(strategy.probabilities.get(action, Fraction(0)))
    return {move: shares.pop() if len(shares) == 1 else None for move, shares in found.items()}


def licences(model: Model, steps: int | None = None) -> Regimes:
    """Return the regimes over cost and gain; `steps` replaces the file's number of terms."""
    return regimes(model, OVER, values={} if steps is None else {"steps": steps}, simplify=True)


def closed_form(model: Model) -> list[Line]:
    """Return the boundaries of the cheapest terms, where they need not lie on a grid.

    With fine f, weight w and heaviest burden t: audits are used first if they cost less than w f.
    They do alone up to gain f, paper does up to t, both up to f + t; beyond, and where the terms
    cost more than the harm prevented, pi H / (1 - pi), the licence is open; or denied, where they
    cost more than the surplus and that is less.
    """
    value = {name: number for name, number in model.values().items() if number is not None}
    fine, weight, odds = value["fine"], value["weight"], value["military"] / (1 - value["military"])
    surplus = value["surplus"] - value["desk"] * (1 + odds)
    paper, worth = min(value["heaviest"], value["benefit"]), min(odds * value["harm"], surplus)
    turn, low, high = (
        weight * fine,
        Fraction(OVER["audit_cost"][0]),
        Fraction(OVER["audit_cost"][1]),
    )

    def bound(cost: Fraction) -> Fraction:
        """Return the largest gain at which terms are worth their cost."""
        if cost < turn:
            alone = worth * fine / cost
            together = fine + (worth - cost) / weight
            return min(alone, fine) if alone < fine else min(together, fine + paper)
        alone = worth / weight
        together = paper + (worth - weight * paper) * fine / cost
        return alone if alone < paper else min(together, fine + paper)

    costs = [low + (high - low) * Fraction(k, 240) for k in range(241)]
    audits = [cost for cost in costs if cost < turn]
    lines = [
        (costs, [bound(cost) for cost in costs]),
        ([turn, turn], [Fraction(0), bound(turn)]),
        ([low, audits[-1]], [fine, fine]),
        ([turn, high], [paper, paper]),
    ]
    return [([*map(float, xs)], [*map(float, ys)]) for xs, ys in lines]


def number(share: Fraction | None) -> float:
    """Return a probability for a plot, NaN for none."""
    return float("nan") if share is None else float(share)


def draw(
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    points: int = POINTS,
    steps: int | None = None,
) -> list[Path]:
    """Solve both models and write the figure and its data."""
    inspection, tiers = load("inspection"), load("tiered-licences")
    stages = iter(range(1, 4))

    def done() -> None:
        if progress is not None:
            progress(next(stages), 3)

    mixtures, rows = [], []
    for name, (start, end) in AXES.items():
        low, high = Fraction(start), Fraction(end)
        values = [low + (high - low) * Fraction(j, points - 1) for j in range(points)]
        solved = [probabilities(inspection, name, value) for value in values]
        parameter = inspection.parameters[name]
        lines = {title: [number(at[move]) for at in solved] for move, (_, title) in MIXED.items()}
        label = f"{name} ${parameter.symbol}$, {parameter.unit}"
        mixtures.append((label, [*map(float, values)], lines))
        rows += [(name, value, *at.values()) for value, at in zip(values, solved, strict=True)]
        done()
    found = licences(tiers, steps)
    done()
    note = (
        f"{found.concept}; selection: {found.selection}; "
        "stripes: steps of the grid of terms; dashed: closed form without a grid"
    )
    with journal_style():
        figure = plot_screening(mixtures, found, NAMES, closed_form(tiers), note)
        written = save(figure, out / "screening_tiers")
    table = out / "screening_tiers.csv"
    with (
        whole_file(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(["axis", "value", *(action for action, _ in MIXED.values())])
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return [*written, table]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
