"""``negotiate plot``: the file by its suffix, the options, the exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from negotiation import Game, Solution, load, solve

Negotiate = Callable[..., Any]
STARTS = {".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<?xml"}
HORSE = """EFG 2 R "horse" { "1" "2" "3" }
p "" 1 1 "a" { "C" "D" } 0
p "" 2 1 "b" { "c" "d" } 0
t "" 1 "" { 1, 1, 1 }
p "" 3 1 "c" { "L" "R" } 0
t "" 2 "" { 4, 4, 0 }
t "" 3 "" { 0, 0, 1 }
p "" 3 1 "c" { "L" "R" } 0
t "" 4 "" { 3, 2, 2 }
t "" 5 "" { 0, 0, 0 }
"""


def widths(path: Path) -> list[str]:
    """Return the widths of the branches of an SVG, in the order of the nodes."""
    found = re.findall(r'<g id="branch-(\d+)">.*?stroke-width: ([0-9.]+)', path.read_text(), re.S)
    return [width for _, width in sorted(found, key=lambda pair: int(pair[0]))]


@pytest.mark.parametrize("suffix", STARTS)
def test_the_suffix_says_what_is_written(suffix: str, negotiate: Negotiate) -> None:
    path = Path(f"tree{suffix}")
    answer = negotiate("plot", "inspection", "--out", str(path))
    assert (answer.code, answer.out, answer.err) == (0, "", f"wrote {path}\n")
    assert path.read_bytes().startswith(STARTS[suffix])
    assert b"/Type3" not in path.read_bytes()


def test_the_equilibrium_is_the_one_that_solve_numbers(negotiate: Negotiate) -> None:
    """The first branches are China's actions: just the one that it plays is thick."""
    game = load("divide-and-exempt").at()
    solution = solve(game)
    assert len(solution.equilibria) > 1
    for number, equilibrium in enumerate(solution.equilibria, start=1):
        call = ("plot", "divide-and-exempt", "--equilibrium", str(number), "--out", "a.svg")
        assert negotiate(*call).code == 0
        found = widths(Path("a.svg"))
        (strategy,) = equilibrium.strategies["China"]
        for action, child in zip(game.information_sets[0].actions, game.children[0], strict=True):
            thick = float(found[child - 1]) > 2
            assert thick == (strategy.probabilities.get(action) == 1)


def test_selection_concept_values_and_fixed_moves_are_those_of_solve(negotiate: Negotiate) -> None:
    common = ("plot", "divide-and-exempt", "--out")
    assert negotiate(*common, "a.svg", "--select", "coalition-proof").code == 0
    assert negotiate(*common, "b.svg", "--select", "coalition-proof", "--set", "loss=0").code == 0
    assert widths(Path("a.svg")) != widths(Path("b.svg"))
    assert negotiate(*common, "c.svg", "--fix", "exempt=US only", "--concept", "pure").code == 0
    assert len(widths(Path("c.svg"))) == 7
    assert negotiate(*common, "d.svg", "--scenario", "mining").code == 0


def test_a_game_alone_has_branches_of_one_width(negotiate: Negotiate) -> None:
    assert negotiate("plot", "divide-and-exempt", "--no-solution", "--out", "a.svg").code == 0
    assert set(widths(Path("a.svg"))) == {"0.8"}


def test_files_of_games_and_standard_input(negotiate: Negotiate) -> None:
    Path("horse.efg").write_text(HORSE)
    for concept in ("sequential", "pure"):
        call = ("plot", "horse.efg", "--concept", concept, "--out", "a.pdf")
        assert negotiate(*call).code == 0
    Path("table.csv").write_text("Row; Column,left,right\ntop,3; 2,0; 0\nbottom,0; 0,2; 3\n")
    assert negotiate("plot", "table.csv", "--out", "b.svg").code == 0
    assert len(widths(Path("b.svg"))) == 6
    assert negotiate("plot", "-", "--no-solution", "--out", "c.svg", given=HORSE).code == 0
    assert len(widths(Path("c.svg"))) == 8


def test_what_is_not_complete_is_drawn_and_is_4(negotiate: Negotiate) -> None:
    """Mixed equilibria of three movers are not computed; a pure one is found."""
    answer = negotiate("plot", "-", "--out", "a.svg", given=HORSE)
    assert answer.code == 4
    assert "not complete" in answer.err
    assert "2.2" in widths(Path("a.svg"))
    assert "not complete" in negotiate("solve", "-", given=HORSE).out


def test_when_the_budget_is_spent_the_game_is_drawn(negotiate: Negotiate) -> None:
    answer = negotiate("plot", "beer-quiche", "--budget", "0s", "--out", "a.svg")
    assert answer.code == 4
    assert answer.err.startswith(
        "wrote a.svg\nnegotiate: not complete: the budget of time is spent"
    )
    assert "no equilibrium is drawn; --no-solution draws the game alone" in answer.err
    assert set(widths(Path("a.svg"))) == {"0.8"}
    for number in ("0", "2"):
        call = ("plot", "beer-quiche", "--budget", "0s", "--equilibrium", number)
        refused = negotiate(*call, "--out", "b.svg")
        assert refused.code == 2
        assert f"no equilibrium number {number} yet: none found" in refused.err
        assert not Path("b.svg").exists()


def test_when_the_budget_is_spent_what_was_found_is_drawn(
    negotiate: Negotiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budget reaches the solver; here it ends after the first of two equilibria."""
    given = []

    def partly(game: Game, concept: str | None = None, **options: Any) -> Solution:
        given.append(options["budget"])
        found = solve(game, concept)
        return replace(
            found,
            equilibria=found.equilibria[:1],
            components=(),
            complete=False,
            termination="budget",
            message="the budget of time is spent",
        )

    monkeypatch.setattr("negotiation.solvers.solve", partly)
    answer = negotiate("plot", "beer-quiche", "--budget", "2m", "--out", "a.svg")
    assert given == [120.0]
    assert answer.code == 4
    assert "one that was found is drawn; --no-solution draws" in answer.err
    assert "2.2" in widths(Path("a.svg"))
    call = ("plot", "beer-quiche", "--budget", "2m", "--equilibrium", "2", "--out", "b.svg")
    assert "no equilibrium number 2 yet: 1 found when the budget" in negotiate(*call).err


def test_too_many_leaves_are_refused_before_solving(negotiate: Negotiate) -> None:
    answer = negotiate("plot", "chip-seizure", "--out", "a.pdf")
    assert answer.code == 4
    assert "93 leaves" in answer.err
    assert "--fix" in answer.err
    assert "--limit 93" in answer.err
    assert not Path("a.pdf").exists()
    assert negotiate("plot", "inspection", "--limit", "3", "--out", "a.pdf").code == 4
    assert negotiate("plot", "chip-seizure", "--limit", "93", "--out", "a.svg").code == 0


@pytest.mark.parametrize(
    ("options", "code", "fault"),
    [
        (("--out", "a.jpg"), 2, ".pdf, .png or .svg"),
        (("--out", "nowhere/a.pdf"), 2, "folder is not there"),
        (("--out", "a.pdf", "--equilibrium", "2"), 2, "no equilibrium number 2"),
        (("--out", "a.pdf", "--equilibrium", "0"), 2, "no equilibrium number 0"),
        (("--out", "a.pdf", "--no-solution", "--equilibrium", "1"), 2, "nothing is solved"),
        (("--out", "a.pdf", "--no-solution", "--select", "pareto"), 2, "nothing is solved"),
        (("--out", "a.pdf", "--no-solution", "--budget", "1s"), 2, "nothing is solved"),
        (("--out", "a.pdf", "--budget", "soon"), 2, "'soon' is no time"),
        (("--out", "a.pdf", "--set", "cosst=1"), 2, "cost"),
        (("--out", "a.pdf", "--concept", "qre2"), 2, "qre2"),
    ],
)
def test_wrong_calls(options: tuple[str, ...], code: int, fault: str, negotiate: Negotiate) -> None:
    answer = negotiate("plot", "inspection", *options)
    assert (answer.code, answer.out) == (code, "")
    assert fault in answer.err
    assert not Path("a.pdf").exists()


def test_letters_that_no_font_has_are_told_once(negotiate: Negotiate) -> None:
    """These are of a script that no font of the style has."""
    strange = HORSE.replace('"C"', '"\U00013000"').replace('"D"', '"\U00013001"')
    Path("strange.efg").write_text(strange, encoding="utf-8")
    answer = negotiate("plot", "strange.efg", "--no-solution", "--out", "a.svg")
    assert answer.code == 0
    assert answer.err.count("no installed font") == 1
    assert "1 more such label" in answer.err
    assert Path("a.svg").exists()


def test_an_invalid_file_is_3(negotiate: Negotiate) -> None:
    Path("broken.efg").write_text(HORSE.replace("{ 1, 1, 1 }", "{ 1, 1, x }"))
    assert negotiate("plot", "broken.efg", "--out", "a.pdf").code == 3
