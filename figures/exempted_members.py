"""Figure: which members are exempted as dependence and stakes vary.

The members model with the same cost of full approval for each importer and approval rates just
above the lowest that holds it, stake / dependence. China then exempts the cheapest blocking set:
the most dependent and least hawkish. Left: Germany's share of supply from China. Right: Germany's
stake as a multiple of that in the file. Grey: several equilibria differ.
Run: python figures/exempted_members.py --out out
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from negotiation import load, solve
from negotiation.formats.datasets import whole_file
from negotiation.model.document import Model
from negotiation.plotting.membership import plot_membership
from negotiation.plotting.style import journal_style, save

POINTS = 49
WHO = "DE"


def numbers(model: Model, settings: dict[str, object]) -> dict[str, Fraction]:
    """Return the values of all parameters."""
    return {name: v for name, v in model.values(settings).items() if v is not None}


def exempted(model: Model, settings: dict[str, object]) -> frozenset[str] | None:
    """Return the members exempted in equilibrium, None where equilibria differ."""
    members = model.scope.sets["importers"]
    values = numbers(model, settings)
    rates: dict[str, object] = {}
    for i in members:
        benefit, cost, dependence = (
            values[f"{name}[{i}]"] for name in ("benefit", "cost", "dependence")
        )
        lowest = (benefit - cost) / dependence
        rates[f"approval[{i}]"] = max(Fraction(0), min(Fraction(1), lowest * Fraction(101, 100)))
    fixed = {"kappa": 0, "burden": "1/2", "harm": 0}
    game = model.at({**fixed, **settings, **rates})
    solution = solve(game, "pure-subgame-perfect", select="coalition-proof")
    chosen = set()
    for equilibrium in solution.equilibria:
        action = equilibrium.outcomes[0].moves["exempt"]
        label = {name: frozenset(listed) for name, listed in (model.moves[0].labels or {}).items()}
        text = action.strip("{}").replace(" ", "").split(",")
        chosen.add(label.get(action, frozenset(text) - {""}))
    return chosen.pop() if len(chosen) == 1 else None


def draw(
    out: Path, progress: Callable[[int, int], None] | None = None, *, points: int = POINTS
) -> list[Path]:
    """Solve along both axes and write the figure and its data."""
    model = load("divide-and-exempt-members")
    values = numbers(model, {})
    benefit, cost = values[f"benefit[{WHO}]"], values[f"cost[{WHO}]"]
    steps = [Fraction(k, points - 1) for k in range(points)]
    shares = [Fraction(1, 10) + step * Fraction(88, 100) for step in steps]
    factors = [Fraction(1, 4) + step * Fraction(31, 4) for step in steps]
    settings: list[dict[str, object]] = [{f"share[{WHO}]": share} for share in shares]
    settings += [{f"benefit[{WHO}]": cost + factor * (benefit - cost)} for factor in factors]
    chosen = []
    for setting in settings:
        chosen.append(exempted(model, setting))
        if progress is not None:
            progress(len(chosen), len(settings))
    panels = [
        (f"{WHO}'s share of supply from China", [float(x) for x in shares], chosen[:points]),
        (f"{WHO}'s stake, multiple of the file's", [float(x) for x in factors], chosen[points:]),
    ]
    with journal_style():
        figure = plot_membership(panels, model.scope.sets["importers"], "exempted; coalition-proof")
        written = save(figure, out / "exempted_members")
    table = out / "exempted_members.csv"
    with (
        whole_file(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(["axis", "value", "exempted"])
        for label, xs, members in panels:
            for x, found in zip(xs, members, strict=True):
                writer.writerow([label, x, "several" if found is None else " ".join(sorted(found))])
    return [*written, table]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
