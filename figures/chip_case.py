r"""Figure: relief to Germany and pressure on The Hague.

Relief in any case takes away Germany's reason to press: with damage d and cost of pressing lambda
it presses while the share relieved is at most 1 - lambda / d. Left: payoffs after a ban by a
willing China, relief fixed at each share; at the turn both answers are equilibria. Middle: the
damage at which Germany turns, exact at each share (points) and in closed form (lines), and the
share that China grants. Right: regimes over pain and pressure; with prize g and cost of backing
down k the lines are h = g + k and h + P = g + k. Run: python figures/chip_case.py --out out
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from negotiation import load, regimes, solve
from negotiation.formats.datasets import whole_file
from negotiation.model.document import Model
from negotiation.plotting.relief import Points, plot_relief
from negotiation.plotting.style import journal_style, save

STEPS = 20
LOBBYING = ("1/4", "1/2", "1")
HIGHEST = Fraction(4)
DAMAGE = {"damage": ("1/20", HIGHEST)}
"""Axis of the middle panel."""
BAN = {"seize": "seize", "resolve": "willing", "ban": "ban"}
TERMS = ("in any case", "if it presses")
PLAYERS = ("Netherlands", "China", "Germany")
NAMES = {
    "held": "R3\nseizure stands",
    "reversed through Berlin": "R2\nreversed\nthrough Berlin",
    "reversed by Dutch pain": "R1\nreversed by\nDutch pain",
}
Row = tuple[Fraction, str, str, dict[str, Fraction]]
"""Share relieved, what Germany and the Netherlands do, payoffs."""


def outcomes(model: Model, terms: str, steps: int) -> list[Row]:
    """Return every equilibrium outcome after a ban, with relief fixed at each share."""
    values = {"shares": steps + 1, "conditional": int(terms == "if it presses")}
    rows = []
    for share in (Fraction(k, steps) for k in range(steps + 1)):
        fix = {**BAN, "terms": terms, "relief": str(share)}
        for found in solve(model.at(values, fix=fix)).equilibria:
            moves = found.outcomes[0].moves
            rows.append((share, moves["lobby"], moves["answer"], dict(found.payoffs)))
    return rows


def turning_damages(model: Model, lobbying: str, steps: int) -> list[tuple[Fraction, Fraction]]:
    """Return (damage, share): where Germany turns from silence to pressing, exactly."""
    points = []
    for share in (Fraction(k, steps) for k in range(steps)):
        fix = {**BAN, "terms": "in any case", "relief": str(share)}
        values = {"lobbying": lobbying, "shares": steps + 1}
        found = regimes(model, DAMAGE, by="outcome", values=values, fix=fix)
        exact = [point.at.fraction for point in found.breakpoints]
        points += [(damage, share) for damage in exact if damage is not None]
    return sorted(points)


def granted(model: Model) -> Points:
    """Return (damage, share) at the ends of each stretch in which a willing China grants it."""
    points: list[tuple[float, float]] = []
    found = regimes(model, DAMAGE, by="outcome", fix={"seize": "seize", "resolve": "willing"})
    for piece in found.pieces:
        paths = [
            re.search(r"relief = ([^,]+),.*lobby = press", text) for text in piece.labels or ()
        ]
        shares = {None if match is None else match[1] for match in paths}
        share = shares.pop() if len(shares) == 1 else None
        if share is not None and piece.low and piece.high and piece.low != piece.high:
            points += [(float(end), float(Fraction(share))) for end in (piece.low, piece.high)]
    return points


def bounds(model: Model, lobbying: str, steps: int) -> tuple[Points, Points]:
    """Return the largest share with pressure along the damage: exact points, closed form."""
    cost = Fraction(lobbying)
    damages = [cost + (HIGHEST - cost) * Fraction(j, 80) ** 2 for j in range(81)]
    closed = [(float(d), float(1 - cost / d)) for d in damages]
    derived = turning_damages(model, lobbying, steps)
    return [(float(d), float(share)) for d, share in derived], closed


def line(rows: Sequence[Row], player: str, lobby: str) -> Points:
    """Return a player's payoff along the share, where Germany acts so."""
    return [(float(share), float(gains[player])) for share, done, _, gains in rows if done == lobby]


def draw(
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    steps: int = STEPS,
) -> list[Path]:
    """Solve the chip case and write the figure and its data."""
    model, stages = load("chip-seizure"), iter(range(1, 7))

    def done() -> None:
        if progress is not None:
            progress(next(stages), 6)

    plain, tied = (outcomes(model, terms, steps) for terms in TERMS)
    done()
    turns = {}
    for lobbying in LOBBYING:
        turns[rf"$\lambda$ = {float(Fraction(lobbying)):g}"] = bounds(model, lobbying, steps)
        done()
    cost, count = (model.values()[name] for name in ("lobbying", "shares"))
    name = f"China grants\n({count} shares, $\\lambda$ = {float(cost or 0):g})"
    chosen = name, granted(model)
    done()
    found = regimes(model, {"pain": (0, 4), "pressure": (0, 4)}, simplify=True)
    done()
    lines = {name: (line(plain, name, "press"), line(plain, name, "silent")) for name in PLAYERS}
    turn = lines["China"][0][-1][0]
    beyond = [point for point in line(tied, "China", "press") if point[0] >= turn]
    note = f"{found.concept}; selection: {found.selection}"
    with journal_style():
        figure = plot_relief(lines, beyond, turns, chosen, found, NAMES, note)
        written = save(figure, out / "chip_case")
    return [*written, write_table(out / "chip_case.csv", plain, tied)]


def write_table(table: Path, plain: Sequence[Row], tied: Sequence[Row]) -> Path:
    """Write the outcomes at each share."""
    with (
        whole_file(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(["terms", "relief", "lobby", "answer", *PLAYERS])
        for terms, rows in zip(TERMS, (plain, tied), strict=True):
            for share, lobby, answer, payoffs in rows:
                writer.writerow([terms, share, lobby, answer, *(payoffs[p] for p in PLAYERS)])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"))
    for path in draw(parser.parse_args().out):
        print(path)
