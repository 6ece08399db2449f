"""Figure: what being allowed to discriminate is worth to China, against the coalition's threshold.

Equal importers, two to six of them, coalition-proof. Left: simultaneous licences, China's payoff
with discrimination allowed less that with it forbidden. Right: public offers one after another,
less simultaneous licences without discrimination. With l = loss / stake = 2.6 and r = n - T + 1 the
left panel is x (T - 1) where n <= l, and loss - r x where r <= l < n, else 0; x is the value of a
licence, just above the stake. Ties: the licence is 2 % above the
stake, sequential offers hold a tick. Run: python figures/discrimination_value.py --out out
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from negotiation import load, solve
from negotiation.formats.datasets import whole_file
from negotiation.model.document import Model
from negotiation.plotting.discrimination import plot_discrimination_value
from negotiation.plotting.style import journal_style, save

COUNTS = (2, 3, 4, 5, 6)
NAMES = ("US", "DE", "FR", "NL", "IT", "ES")
EQUAL = {
    "dependence": 1,
    "benefit": "4/5",
    "cost": "3/10",
    "kappa": 1,
    "burden": 0,
    "harm": 0,
    "weight": 1,
    "sigma": 0,
    "loss": "13/10",
}


def china(model: Model, count: int, values: dict[str, object]) -> Fraction:
    """Return China's payoff among `count` equal importers; equilibria must agree on it."""
    sets = {**model.sets, "importers": NAMES[:count]}
    sets |= {name: ("DE",) for name in model.sets if name != "importers"}
    parameters = {
        name: replace(p, value=p.value["default"]) if isinstance(p.value, dict) else p
        for name, p in model.parameters.items()
    }
    known = {name: value for name, value in EQUAL.items() if name in parameters}
    game = replace(model, sets=sets, parameters=parameters).at({**known, **values})
    solution = solve(game, "pure-subgame-perfect", select="coalition-proof")
    payoffs = {equilibrium.payoffs["China"] for equilibrium in solution.equilibria}
    if len(payoffs) != 1:
        raise ValueError(f"{model.name}: China has {len(payoffs)} payoffs at {values}")
    return payoffs.pop()


def draw(
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    counts: tuple[int, ...] = COUNTS,
) -> list[Path]:
    """Solve both families and write the figure and its data."""
    members, sequential = load("divide-and-exempt-members"), load("divide-and-exempt-sequential")
    cases = [(n, threshold) for n in counts for threshold in range(2, n + 1)]
    rows: list[tuple[int, int, Fraction, Fraction]] = []
    for done, (n, threshold) in enumerate(cases, start=1):
        licence: dict[str, object] = {"approval": "51/100", "threshold": threshold}
        forbidden = china(members, n, {**licence, "discriminate": 0})
        allowed = china(members, n, licence)
        in_turn = china(sequential, n, {"threshold": threshold, "tick": "1/1000"})
        rows.append((n, threshold, allowed - forbidden, in_turn - forbidden))
        if progress is not None:
            progress(done, len(cases))
    panels = {
        title: {n: [(t, float(row[k])) for m, t, *row in rows if m == n] for n in counts}
        for k, title in enumerate(("simultaneous licences", "public offers in turn"))
    }
    with journal_style():
        note = "coalition-proof, pure subgame-perfect"
        written = save(plot_discrimination_value(panels, note), out / "discrimination_value")
    table = out / "discrimination_value.csv"
    with (
        whole_file(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(["importers", "threshold", "simultaneous", "sequential"])
        writer.writerows((n, t, float(a), float(b)) for n, t, a, b in rows)
    return [*written, table]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
