"""Two-player trees on the sequence form: this project beside pygambit, on the same ``.efg`` texts.

Poker of Kuhn (1950) with n cards, an ante of 1 and one bet of 1: the exact value and one optimal
pair. Beer or quiche (Cho and Kreps 1987): all equilibria with their components, and one by a Lemke
path. Contenders of this project:

``negotiation``
    The solver alone, and the certificate of what it found, checked.
``negotiation.solve``
    The whole :class:`~negotiation.solution.Solution`: all equilibria with their components,
    labelled strategies, margins, fingerprint.

A contender is *wrong* if the payoff of player 1 that it finds is not that of this project's
certified answer (within 1e-6 for doubles), and this project is wrong if its value of Kuhn's poker
is not -1/18, if beer or quiche has other outcomes than the two known ones, or where it differs from
pygambit in rationals.

Run by ``python -m benchmarks.sequence_form``; the results go to ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import negotiation
from benchmarks.keeping import RESULTS, keep, say
from benchmarks.peers import machine, missing, versions
from benchmarks.tables import page_head, target_lines
from benchmarks.timing import Contender, Measured, side_by_side
from negotiation.certify import certify
from negotiation.errors import NegotiationError
from negotiation.formats.gambit_efg import read_efg
from negotiation.game import Game
from negotiation.solvers.lemke import lemke_equilibrium
from negotiation.solvers.sequence_form import SequenceForm, sequence_form
from negotiation.solvers.tree_equilibria import extreme_tree_equilibria
from negotiation.solvers.zero_sum_trees import solve_zero_sum_tree

__all__ = ["NAME", "TITLE", "measure"]

NAME = "sequence_form"
TITLE = "Equilibria of two-player trees"
OURS = "negotiation"
WHOLE = "negotiation.solve"
GAMBIT = "pygambit {}, rational"
CARDS = (3, 4, 6, 8)
CLOSE = 1e-6
KUHN = Fraction(-1, 18)
BEER_QUICHE = (Fraction(21, 10), Fraction(29, 10))

Payoffs = tuple[Any, ...]
"""Player 1's payoffs in the equilibria found, each once, ascending."""


# Games


def kuhn_poker(cards: int) -> str:
    """Return Kuhn's poker with so many cards as an ``.efg`` text."""
    deals = list(permutations(range(1, cards + 1), 2))
    shares = " ".join(f'"{one} {two}" 1/{len(deals)}' for one, two in deals)
    lines = [f'EFG 2 R "Kuhn poker, {cards} cards" {{ "One" "Two" }}']
    lines.append(f'c "" 1 "deal" {{ {shares} }} 0')
    for one, two in deals:
        wins = one > two
        lines += [
            f'p "" 1 {one} "{one}" {{ "pass" "bet" }} 0',
            f'p "" 2 {two} "{two} passed" {{ "pass" "bet" }} 0',
            _leaf(1 if wins else -1),
            f'p "" 1 {cards + one} "{one} bet" {{ "fold" "call" }} 0',
            _leaf(-1),
            _leaf(2 if wins else -2),
            f'p "" 2 {cards + two} "{two} bet" {{ "fold" "call" }} 0',
            _leaf(1),
            _leaf(2 if wins else -2),
        ]
    return "\n".join(lines)


OUTCOMES = {-2: 1, -1: 2, 1: 3, 2: 4}


def _leaf(gain: int) -> str:
    return f't "" {OUTCOMES[gain]} "" {{ {gain} {-gain} }}'


def beer_quiche() -> str:
    """Return the game of Cho and Kreps as an ``.efg`` text."""
    lines = ['EFG 2 R "Beer or quiche" { "Sender" "Receiver" }']
    lines.append('c "" 1 "type" { "strong" 9/10 "weak" 1/10 } 0')
    number = 0
    for place, strong in enumerate((True, False), 1):
        lines.append(f'p "" 1 {place} "{place}" {{ "beer" "quiche" }} 0')
        for message, beer in enumerate((True, False), 1):
            lines.append(f'p "" 2 {message} "{message}" {{ "fight" "not" }} 0')
            for fight in (True, False):
                number += 1
                sender = int(strong == beer) + (0 if fight else 2)
                lines.append(f't "" {number} "" {{ {sender} {int(fight != strong)} }}')
    return "\n".join(lines)


# Contenders


def optimal_pair(game: Game) -> Payoffs:
    """Return the value of a constant-sum tree, proved by a certificate that was checked."""
    found = solve_zero_sum_tree(game)
    _check(found.form, found.plans)
    return (found.value,)


def all_equilibria(game: Game) -> Payoffs:
    """Return player 1's payoffs in all extreme equilibria, each proved by a certificate."""
    found = extreme_tree_equilibria(game)
    for pair in found.equilibria:
        _check(found.form, pair)
    return tuple(sorted({found.form.value(*pair)[0] for pair in found.equilibria}))


def one_equilibrium(game: Game) -> Payoffs:
    """Return player 1's payoff at the end of a Lemke path, proved by a certificate."""
    form = sequence_form(game)
    pair = lemke_equilibrium(form)
    _check(form, pair)
    return (form.value(*pair)[0],)


def _check(form: SequenceForm, pair: tuple[Sequence[Fraction], Sequence[Fraction]]) -> None:
    gain = certify(form.game, form.profile(pair), "nash").largest_gain
    if gain:
        raise NegotiationError(f"a gain of {gain}", place=form.game.name, remedy="report it")


def _whole(game: Game) -> Payoffs:
    solution = negotiation.solve(game, "nash")
    payoffs = {equilibrium.payoffs[game.players[0]] for equilibrium in solution.equilibria}
    return tuple(sorted(payoffs)) if solution.complete else ()


def _ours(name: str, solve: Callable[[Game], Payoffs]) -> Contender:
    return Contender(name, "negotiation", read_efg, solve, tuple, 99, True)


def _pygambit(method: str, rational: bool | None) -> Contender:
    import pygambit

    solve = getattr(pygambit.nash, f"{method}_solve")
    settings = {} if rational is None else {"rational": rational}

    def read(result: Any) -> Payoffs:
        found = {e.payoff(next(iter(e.game.players))) for e in result.equilibria}
        return tuple(sorted(Fraction(str(v)) if rational else float(v) for v in found))

    return Contender(
        GAMBIT.format(method) if rational else f"pygambit {method}, double",
        "pygambit",
        lambda text: pygambit.read_efg(io.StringIO(text)),
        lambda game: solve(game, **settings),
        read,
        99,
        bool(rational),
    )


# Measuring


def measure(
    *,
    games: int = 30,
    seconds: float = 45,
    peers: Sequence[str] = ("pygambit",),
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure all contenders that are installed, and return the results as JSON values.

    Parameters
    ----------
    games : int
        How often each game is read and solved.
    seconds : float
        What a contender may spend on one game.
    peers : sequence of str
        Packages to compare with; those not installed are named in the results.
    say : callable
        Told of progress.
    """
    absent = missing(peers)
    present = [package for package in peers if package not in absent]
    gambit = "pygambit" in present
    rows: list[dict[str, Any]] = []

    def add(game: str, question: str, text: str, ours: list[Contender], methods: Any) -> None:
        say(f"{game}: {question}")
        theirs = [_pygambit(*method) for method in methods] if gambit else []
        rows.extend(_rows(game, question, text, [*ours, *theirs], games, seconds))

    for cards in CARDS:
        ours = [_ours(OURS, optimal_pair)] + ([_ours(WHOLE, _whole)] if cards < 6 else [])
        methods = [("lp", True), ("lp", False)]
        add(f"Kuhn poker, {cards} cards", "value", kuhn_poker(cards), ours, methods)
    ours = [_ours(OURS, all_equilibria), _ours(WHOLE, _whole)]
    add("beer or quiche", "all equilibria", beer_quiche(), ours, [("enummixed", True)])
    ours = [_ours(OURS, one_equilibrium)]
    add("beer or quiche", "one equilibrium", beer_quiche(), ours, [("lcp", True)])
    return {
        "machine": machine(),
        "versions": versions(present),
        "missing": absent,
        "settings": {"games": games, "seconds": seconds},
        "wrong": sum(row["wrong"] for row in rows if row["contender"] in (OURS, WHOLE)),
        "rows": rows,
        "targets": targets(rows),
    }


def _rows(
    game: str,
    question: str,
    text: str,
    contenders: Sequence[Contender],
    games: int,
    seconds: float,
) -> list[dict[str, Any]]:
    """Measure one game and question."""
    measured = side_by_side(contenders, [text] * games, warm_up=[text] * 3, seconds=seconds)
    found = []
    for contender in contenders:
        times = measured[contender.name]
        solving, both = times.medians()
        found.append(
            {
                "game": game,
                "question": question,
                "contender": contender.name,
                "games": len(times.solving),
                "solve_ms": _rounded(solving * 1000),
                "read_and_solve_ms": _rounded(both * 1000),
                "payoffs": [str(value) for value in times.answers[0] or ()],
                "wrong": int(_is_wrong(game, question, contender, measured)),
            }
        )
    return found


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")


def _is_wrong(
    game: str, question: str, contender: Contender, measured: Mapping[str, Measured]
) -> bool:
    """Return whether an answer is known to be wrong."""
    answer = measured[contender.name].answers[0]
    if answer is None:
        return True
    if question == "one equilibrium":
        return not all(value in BEER_QUICHE for value in answer)
    known = {"Kuhn poker, 3 cards": (KUHN,), "beer or quiche": BEER_QUICHE}.get(game)
    if known is None:
        exact = [n for n in measured if n == GAMBIT.format("lp")] or [OURS]
        reference = OURS if contender.package != "negotiation" else exact[0]
        known = measured[reference].answers[0]
    if contender.exact:
        return tuple(answer) != tuple(known)
    return any(abs(a - b) > CLOSE for a, b in zip(answer, known, strict=True))


def targets(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was to be reached and what was."""
    times = {(row["game"], row["question"], row["contender"]): row for row in rows}
    kuhn = "Kuhn poker, 3 cards", "value"
    found = []
    gambit = times.get((*kuhn, GAMBIT.format("lp")))
    if gambit is not None:
        for key, how in (("solve_ms", ""), ("read_and_solve_ms", ", reading included")):
            ratio = _rounded(gambit[key] / times[*kuhn, OURS][key])
            what = f"times as quick as {GAMBIT.format('lp')}, {kuhn[0]}{how}"
            found.append({"what": what, "needed": 1, "reached": ratio, "met": ratio > 1})
    for name in (OURS, WHOLE):
        reached = times["beer or quiche", "all equilibria", name]["solve_ms"]
        what = f"milliseconds at most, beer or quiche, all components, {name}"
        found.append({"what": what, "needed": 100, "reached": reached, "met": reached <= 100})
    wrong = sum(row["wrong"] for row in rows if row["contender"] in (OURS, WHOLE))
    found.append({"what": "answers wrong", "needed": 0, "reached": wrong, "met": wrong == 0})
    return found


def markdown(results: Mapping[str, Any]) -> str:
    """Return the page that is made of the results."""
    lines = page_head(
        results,
        f"Medians of {results['settings']['games']} runs, of processor time.",
    )
    lines += [
        "",
        "| game | question | program | ms | ms, reading included | payoff of player 1 | |",
        "|---|---|---|---:|---:|---|---|",
    ]
    for row in results["rows"]:
        verdict = "**wrong**" if row["wrong"] else "right"
        cells = [row["game"], row["question"], row["contender"]]
        cells += [f"{row['solve_ms']:.3g}", f"{row['read_and_solve_ms']:.3g}"]
        cells += [", ".join(row["payoffs"]), verdict]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, *target_lines(results), ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, keep the results as data and as a page, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sequence_form")
    parser.add_argument("--games", type=int, default=30, help="runs a game")
    parser.add_argument("--seconds", type=float, default=45, help="for one program and game")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given = parser.parse_args(arguments)
    measured = measure(games=given.games, seconds=given.seconds, say=say)
    return keep(NAME, TITLE, measured, markdown, given.out)


if __name__ == "__main__":
    sys.exit(main())
