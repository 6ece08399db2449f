"""The benchmarks run without peers, judge answers rightly, and their kept results are in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from benchmarks import two_player
from benchmarks.__main__ import SUBJECTS, main
from benchmarks.keeping import RESULTS, SCHEMA
from benchmarks.peers import machine, missing
from benchmarks.tables import markdown
from benchmarks.timing import TURN, Contender, Measured, side_by_side

HALF, ONE, ZERO = Fraction(1, 2), Fraction(1), Fraction(0)
SEXES = ([[3, 0], [0, 2]], [[2, 0], [0, 3]])
MIXED = ((Fraction(3, 5), Fraction(2, 5)), (Fraction(2, 5), Fraction(3, 5)))
ALL = [((ONE, ZERO), (ONE, ZERO)), ((ZERO, ONE), (ZERO, ONE)), MIXED]


def check_layout(results: dict[str, Any], name: str) -> None:
    assert list(results)[:4] == ["schema", "subject", "title", "date"]
    assert results["schema"] == SCHEMA
    assert results["subject"] == name
    assert set(results["machine"]) == {"processor", "cores", "system", "python"}
    assert "negotiation" in results["versions"]
    assert not set(results["missing"]) & set(results["versions"])
    assert {"games", "seconds"} <= set(results["settings"])
    assert results["rows"]
    for row in results["rows"] if name == "two_player" else ():
        assert 0 < row["games"] <= results["settings"]["games"]
        assert 0 < row["solve_ms"] <= row["build_and_solve_ms"]
        assert row["lost"] is None or 0 <= row["lost"] <= row["games"]
        assert 0 <= row["invented"] <= row["games"]
    assert results["targets"]
    for target in results["targets"]:
        assert set(target) == {"what", "needed", "reached", "met"}
    assert "/home" not in json.dumps(results)


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_kept_results_are_in_order(path: Path) -> None:
    results = json.loads(path.read_text(encoding="utf-8"))
    check_layout(results, path.stem)
    assert results["wrong"] == 0
    page = SUBJECTS[path.stem].markdown(results)
    assert path.with_suffix(".md").read_text(encoding="utf-8") == page


def test_every_subject_has_kept_results() -> None:
    assert {path.stem for path in RESULTS.glob("*.json")} == set(SUBJECTS)


def test_a_run_without_peers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--sizes", "2,3", "--games", "2", "--seconds", "60", "--peers", ""]
    assert main(["two_player", *arguments, "--out", str(tmp_path)]) == 0
    results = json.loads((tmp_path / "two_player.json").read_text(encoding="utf-8"))
    check_layout(results, "two_player")
    assert {row["contender"] for row in results["rows"]} == {"negotiation", "negotiation.solve"}
    assert [row["lost"] for row in results["rows"]] == [None] * 8
    page = (tmp_path / "two_player.md").read_text(encoding="utf-8")
    assert page == markdown(results)
    assert page in capsys.readouterr().out


def test_peers_that_are_missing_are_named() -> None:
    results = two_player.measure(sizes=[2], games=2, seconds=60, peers=["no_such_solver"])
    assert results["missing"] == ["no_such_solver"]
    assert missing(["json"]) == []


def test_the_machine_is_described_without_names_of_its_own() -> None:
    assert all(machine().values())


def test_unknown_subjects_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chess"]) == 2
    assert "two_player" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "lost", "invented"),
    [
        (ALL, False, False),
        (ALL[::-1] + ALL, False, False),
        (ALL[:2], True, False),
        ([*ALL, ((HALF, HALF), (HALF, HALF))], False, True),
        ([*ALL, ((ONE, ONE), (ONE, ZERO))], False, True),
        ([], True, False),
        (None, True, False),
    ],
)
def test_what_is_lost_and_invented(answer: Any, lost: bool, invented: bool) -> None:
    assert two_player.loses(ALL, answer, exact=True) == lost
    assert two_player.invents(SEXES, answer, exact=True) == invented
    if answer is not None:
        doubles = [tuple(tuple(float(p) for p in s) for s in pair) for pair in answer]
        assert two_player.loses(ALL, doubles, exact=False) == lost
        assert two_player.invents(SEXES, doubles, exact=False) == invented


def test_a_billionth_is_a_mistake_of_rationals_but_not_of_doubles() -> None:
    tiny = Fraction(1, 10**9)
    (x, y) = MIXED
    close = [*ALL[:2], ((x[0] + tiny, x[1] - tiny), y)]
    assert two_player.loses(ALL, close, exact=True)
    assert two_player.invents(SEXES, close, exact=True)
    assert not two_player.loses(ALL, close, exact=False)
    assert not two_player.invents(SEXES, close, exact=False)
    nan = float("nan")
    assert two_player.invents(SEXES, [((nan, nan), (1.0, 0.0))], exact=False)


def test_the_games_are_the_same_in_every_run() -> None:
    first, second = (
        two_player.random_problem(two_player.random.Random("7"), 3, 999) for _ in range(2)
    )
    assert first == second


def contender(name: str, solve: Callable[[Any], Any]) -> Contender:
    return Contender(name, "peer", lambda problem: problem, solve, lambda answer: answer, 9, True)


def test_contenders_take_turns() -> None:
    seen: list[tuple[str, int]] = []

    def solve(name: str) -> Callable[[int], int]:
        def note(problem: int) -> int:
            seen.append((name, problem))
            return problem

        return note

    problems = list(range(2 * TURN))
    measured = side_by_side([contender(name, solve(name)) for name in "ab"], problems)
    early, late = problems[:TURN], problems[TURN:]
    assert seen == [
        *(("a", k) for k in early),
        *(("b", k) for k in early),
        *(("b", k) for k in late),
        *(("a", k) for k in late),
    ]
    assert measured["a"].answers == {k: k for k in problems}


def test_a_contender_that_has_spent_its_time_gets_no_more() -> None:
    measured = side_by_side([contender("a", lambda problem: problem)], range(10), seconds=0)
    assert measured["a"].solving == []


def test_a_peer_that_fails_has_no_answer() -> None:
    measured = side_by_side([contender("a", lambda problem: 1 // problem)], [0, 1])
    assert measured["a"].answers == {0: None, 1: 1}


def test_our_own_failure_ends_the_run() -> None:
    own = Contender("a", "negotiation", lambda p: p, lambda p: 1 // p, lambda a: a, 9, True)
    with pytest.raises(ZeroDivisionError):
        side_by_side([own], [0])


def test_medians() -> None:
    assert Measured([1, 2, 3], [10, 30, 20]).medians() == (20, 23)


def test_targets_compare_with_gambit() -> None:
    def row(name: str, milliseconds: float) -> dict[str, Any]:
        times = {"solve_ms": milliseconds, "build_and_solve_ms": 2 * milliseconds}
        return {"entries": "0..2", "size": 8, "contender": name, **times, "lost": 0, "invented": 0}

    found = two_player.targets([row("negotiation", 61), row(two_player.GAMBIT, 61 * 15)])
    assert [target["met"] for target in found] == [True, True, False, True, True]
    slower = two_player.targets([row("negotiation", 59), row(two_player.GAMBIT, 59 * 14.9)])
    assert [target["met"] for target in slower] == [False, False, True, True, True]
