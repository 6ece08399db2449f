"""Figure 1: how the payoffs of China, the US and the EU shift under divide-and-exempt strategies.

China's regime is fixed at each of its four actions and the approval rate moves from 0 to 1. Every
number comes from `sweep`; change a value in models/exemption/divide-and-exempt.toml and the figure
changes. Run: python figures/payoff_shifts.py --out out
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from negotiation import load
from negotiation.analysis.sweeps import sweep
from negotiation.formats.datasets import write_dataset
from negotiation.model.document import Model
from negotiation.plotting.payoffs import plot_payoff_shifts
from negotiation.plotting.style import journal_style, save

POINTS = 101
BASELINE = {"exempt": "uniform control"}


def draw(
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    model: Model | None = None,
    points: int = POINTS,
) -> list[Path]:
    """Solve the flagship along the approval rate and write the figure and its data."""
    model = model or load("divide-and-exempt")
    over = {"approval": (0, 1, points)}
    stages = 4 * points, 4 * points, points, points

    def told(stage: int) -> Callable[[int, int], None]:
        return lambda done, _: (
            progress(sum(stages[:stage]) + done, sum(stages)) if progress else None
        )

    selected = sweep(
        model, over, each="exempt", baseline=BASELINE, select="coalition-proof", progress=told(0)
    )
    everything = sweep(model, over, each="exempt", progress=told(1))
    proof = sweep(model, over, select="coalition-proof", progress=told(2))
    free = sweep(model, over, progress=told(3))
    for dataset in (selected, everything, proof, free):
        dataset["approval"].attrs["label"] = "approval rate $p$"
    with journal_style():
        figure = plot_payoff_shifts(
            selected,
            everything,
            [("coalition-proof", proof), ("all", free)],
            axis="approval",
            move="exempt",
        )
        written = save(figure, out / "payoff_shifts")
    return [*written, *write_dataset(selected, out / "payoff_shifts.csv")]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
