"""Branches: equilibria tracked along an axis, their ends located exactly and listed completely."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import Model, Move, Parameter, load, regimes, solve
from negotiation.analysis.outcome_names import Outcome, histories_text, named_outcomes
from negotiation.analysis.sweeps import plan_sweep, sweep
from negotiation.analysis.sweeps.blocks import solve_block
from negotiation.analysis.sweeps.branch_codes import (
    branch_codes,
    branch_keys,
    branch_places,
    histories_code,
    line_events,
    outcome_code,
)
from negotiation.analysis.sweeps.branches import (
    Branch,
    Branches,
    Span,
    branch_lines,
    sweep_event_lines,
    track,
)
from negotiation.errors import UsageError
from negotiation.plotting.branches import plot_branches
from negotiation.plotting.style import journal_style, write_figure

FLAGSHIP = "divide-and-exempt"
OWN = ("birth", "death", "merge", "split")
MIRRORED = {"birth": "death", "death": "birth", "merge": "split", "split": "merge"}
Table = Sequence[Sequence[str]]
"""Formulas in t, a row for each action of the first player."""


def game(
    first: Table,
    second: Table,
    *,
    rows: Sequence[str] = ("up", "middle", "down"),
    columns: Sequence[str] = ("left", "centre", "right"),
    domain: str = "-9 <= t <= 9",
) -> Model:
    """A table of two players with payoffs in one parameter t."""
    rows, columns = rows[: len(first)], columns[: len(first[0])]

    def formula(table: Table) -> str:
        text = "0"
        for row, line in zip(rows, table, strict=True):
            for column, entry in zip(columns, line, strict=True):
                text = f"({entry}) if row == '{row}' and column == '{column}' else ({text})"
        return text

    return Model(
        name="table",
        players=["a", "b"],
        parameters={"t": Parameter(domain=domain)},
        moves=[
            Move("row", player="a", actions=list(rows)),
            Move("column", player="b", actions=list(columns)),
        ],
        payoffs={"a": formula(first), "b": formula(second)},
    )


def coordination(high: str = "t", low: str = "1 - t") -> Model:
    """Both get `high` at (up, left) and `low` at (down, right), else nothing."""
    table = [[high, "0"], ["0", low]]
    return game(table, table, rows=("up", "down"), columns=("left", "right"))


def pennies(first: Table) -> Model:
    """The second player wants to be where the first is not."""
    second = [["-1", "1"], ["1", "-1"]]
    return game(first, second, rows=("up", "down"), columns=("left", "right"))


UP, DOWN = "row = up, column = left", "row = down, column = right"
MIXED = "row = up or down, column = left or right"
"""Without its probabilities, see `moves_of`."""
MIXED_SHARES = "row = up (1 - t) or down (t), column = left (1 - t) or right (t)"


def events_of(found: Branches) -> list[tuple[str, str, str | None, str]]:
    """Return (kind, branch, other, where) of each event."""
    names = list(map(moves_of, found.branches))
    return [
        (e.kind, names[e.branch], None if e.other is None else names[e.other], e.where)
        for e in found.events
    ]


def spans_of(found: Branches) -> dict[str, list[str]]:
    return {moves_of(branch): [s.text for s in branch.spans] for branch in found.branches}


def moves_of(branch: Branch) -> str:
    """Return the short name of a branch without probabilities."""
    outcome = Outcome(tuple(tuple(history.items()) for history in branch.histories))
    (named,) = named_outcomes({branch.name: outcome})
    return named.name


def holds(span: Span, x: Fraction) -> bool:
    below, above = compared(span.low, x), compared(span.high, x)
    return (below < 0 or (below == 0 and span.low_closed)) and (
        above > 0 or (above == 0 and span.high_closed)
    )


def compared(number: Any, x: Fraction) -> int:
    if isinstance(number, Fraction):
        return (number > x) - (number < x)
    return int(number.compared(x))


# ---- hand-made games -----------------------------------------------------------------------------


def test_a_mixed_equilibrium_is_born_at_one_boundary_and_dies_at_another() -> None:
    """Coordination: it splits from (up, left) at 0 and merges with (down, right) at 1."""
    found = track(coordination(), {"t": (-1, 2, 13)})
    assert found.exact
    assert found.complete
    assert spans_of(found) == {UP: ["[0, 2]"], DOWN: ["[-1, 1]"], MIXED: ["(0, 1)"]}
    assert events_of(found) == [
        ("birth", UP, None, "0"),
        ("split", MIXED, UP, "0"),
        ("death", DOWN, None, "1"),
        ("merge", MIXED, DOWN, "1"),
    ]
    bindings = {b for event in found.events for b in event.binding}
    assert {(b.player, b.move) for b in bindings} == {("a", "row"), ("b", "column")}
    mixed = next(branch for branch in found.branches if moves_of(branch) == MIXED)
    for k, t in enumerate(found.points):
        expected = t * (1 - t) if 0 < t < 1 else None
        assert mixed.payoffs["a"][k] == mixed.payoffs["b"][k] == expected


def test_events_lie_at_irrational_numbers() -> None:
    found = track(coordination("t**2 - 2", "3 - t**2"), {"t": (0, 2, 3)})
    squares = {(e.kind, e.at.coefficients) for e in found.events if e.at is not None}
    assert squares == {
        ("birth", (-2, 0, 1)),
        ("split", (-2, 0, 1)),
        ("death", (-3, 0, 1)),
        ("merge", (-3, 0, 1)),
    }
    assert all(e.at is not None and e.at.fraction is None for e in found.events)


def test_matching_pennies_moves_without_events() -> None:
    found = track(pennies([["1 + t", "-1"], ["-1", "1"]]), {"t": (0, 3, 4)})
    assert [len(branch.histories) for branch in found.branches] == [4]
    assert found.events == ()
    assert list(branch_lines(found)) == ["no branch begins or ends along t"]


def test_a_branch_that_goes_over_into_another() -> None:
    """Pennies with an attractive row: b mixes less and less, until he plays right at t = 1.

    There a is indifferent, and plays any mixture between his half and half and up.
    """
    model = pennies([["1", "t"], ["-1", "1"]])
    found = track(model, {"t": (0, 3, 4)})
    right, half = "row = up, column = right", "row = up or down, column = right"
    assert spans_of(found) == {right: ["[1, 3]"], half: ["[1, 1]"], MIXED: ["[0, 1)"]}
    assert events_of(found) == [
        ("birth", right, None, "1"),
        ("death", half, None, "1"),
        ("continuation", MIXED, half, "1"),
    ]
    names = {moves_of(branch): branch.short_name for branch in found.branches}
    assert f"  {names[MIXED]} goes over into {names[half]}" in list(branch_lines(found))


def test_two_mixed_equilibria_of_the_same_histories_are_two_branches() -> None:
    """The first player never cares; the second plays centre for his mixtures in [1 - t/2, t/2].

    The ends of that interval are extreme equilibria; they meet at t = 1.
    """
    nothing = [["0"] * 3, ["0"] * 3]
    second = [["2", "t", "0"], ["0", "t", "2"]]
    model = game(nothing, second, rows=("up", "down"))
    found = track(model, {"t": ("1/2", "3/2", 9)})
    centre = [
        b for b in found.branches if b.short_name.startswith("row = up or down, column = cen")
    ]
    assert [b.name.endswith("(2)") for b in centre] == [False, True]
    assert [[span.text for span in b.spans] for b in centre] == [["[1, 1.5]"], ["[1, 1.5]"]]
    numbers = {found.branches.index(b) for b in centre}
    own = [e for e in found.events if e.branch in numbers]
    assert sorted(e.kind for e in own) == ["birth", "split"]
    assert {e.where for e in own} == {"1"}
    # Where the axis begins or ends at that place nothing begins or ends there.
    for part in (track(model, {"t": (1, 2, 2)}), track(mirrored(model), {"t": (-2, -1, 2)})):
        assert abs(int(part.points[0])) + abs(int(part.points[1])) == 3
        assert not [e for e in part.events if e.where in ("1", "-1") and e.kind in OWN]
    back = track(mirrored(model), {"t": ("-3/2", "-1/2", 9)})
    assert sorted(e.kind for e in back.events if "centre" in back.branches[e.branch].name) == [
        "death",
        "merge",
    ]


def test_a_selection_makes_branches_jump() -> None:
    found = track(coordination(), {"t": (0, 1, 5)}, select="payoff-dominant")
    assert spans_of(found) == {UP: ["[0.5, 1]"], DOWN: ["[0, 0.5]"]}
    assert events_of(found) == [("birth", UP, None, "0.5"), ("death", DOWN, None, "0.5")]


def test_an_equilibrium_at_one_point_only() -> None:
    """Both rows are best against left at t = 0 only, where a is indifferent."""
    model = game([["-t**2"], ["0"]], [["0"], ["0"]], rows=("up", "down"))
    found = track(model, {"t": (-1, 1, 3)})
    assert spans_of(found) == {
        "row = up, column = left": ["[0, 0]"],
        "row = down, column = left": ["[-1, 1]"],
    }
    assert [event[:2] for event in events_of(found)] == [
        ("birth", "row = up, column = left"),
        ("death", "row = up, column = left"),
    ]


# ---- against exact solves ------------------------------------------------------------------------


def random_game(seed: int, size: tuple[int, int]) -> Model:
    """A table whose entries are a + b t with few different numbers: ties everywhere."""
    chance = random.Random(seed)

    def entry() -> str:
        return f"{chance.randint(-2, 2)} + {chance.randint(-1, 1)} * t"

    first, second = ([[entry() for _ in range(size[1])] for _ in range(size[0])] for _ in range(2))
    rows = ("up", "down") if size[0] == 2 else ("up", "middle", "down")
    return game(first, second, rows=rows)


def mirrored(model: Model) -> Model:
    """The model with -t for t."""
    return Model(
        name=model.name,
        players=list(model.players),
        parameters=dict(model.parameters),
        moves=list(model.moves),
        payoffs={key: _turned(str(text)) for key, text in model.payoffs.items()},
    )


def _turned(text: str) -> str:
    return re.sub(r"\bt\b", "(-t)", text)


GAMES = [
    pytest.param(seed, size, marks=pytest.mark.slow if seed > 2 and size == (3, 3) else ())
    for size in ((2, 2), (2, 3), (3, 3))
    for seed in range(6)
]


@pytest.mark.parametrize(("seed", "size"), GAMES)
def test_branches_at_points_are_the_equilibria_of_exact_solves(
    seed: int, size: tuple[int, int]
) -> None:
    """At generic points all outcomes with their payoffs; everywhere each outcome on a branch."""
    model = random_game(seed, size)
    points = [Fraction(k, 12) + Fraction(1, 1009) for k in range(-30, 31, 5)]
    found = track(model, {"t": points}, check=False)
    assert found.exact
    for k, t in enumerate(found.points):
        solution = solve(model.at({"t": t}))
        ours = Counter(
            (b.name, b.payoffs["a"][k], b.payoffs["b"][k])
            for b in found.branches
            if b.payoffs["a"][k] is not None
        )
        exact = Counter(
            (histories_text([o.moves for o in e.outcomes]), e.payoffs["a"], e.payoffs["b"])
            for e in solution.equilibria
        )
        assert {(n.split(" (")[0], a, b) for n, a, b in ours} == set(exact)
        for branch in found.branches:
            there = any(holds(span, t) for span in branch.spans)
            assert there == (branch.payoffs["a"][k] is not None)


@pytest.mark.parametrize(("seed", "size"), GAMES)
def test_every_end_of_a_branch_has_its_event(seed: int, size: tuple[int, int]) -> None:
    found = track(random_game(seed, size), {"t": (-3, 3, 2)}, check=False)
    assert_listed(found, Fraction(-3), Fraction(3))


def assert_listed(found: Branches, low: Fraction, high: Fraction) -> None:
    """Every end inside the axis is in an event of its branch, and every event is at an end."""
    ends: dict[int, set[Any]] = {}
    for number, branch in enumerate(found.branches):
        for span in branch.spans:
            for end, closed, edge in (
                (span.low, span.low_closed, low),
                (span.high, span.high_closed, high),
            ):
                if not (closed and compared(end, edge) == 0):
                    ends.setdefault(number, set()).add(end)
    listed: dict[int, set[Any]] = {}
    for event in found.events:
        listed.setdefault(event.branch, set()).add(event.at)
        if event.kind in ("merge", "split", "continuation"):
            assert event.other is not None
        else:
            assert event.other is None
    for number, places in ends.items():
        others = {e.at for e in found.events if e.other == number}
        assert places <= listed.get(number, set()) | others
    for event in found.events:
        numbers = (event.branch, event.other)
        assert any(event.at in ends.get(n, set()) for n in numbers if n is not None)


@pytest.mark.parametrize(("seed", "size"), GAMES)
def test_backwards_births_are_deaths_and_merges_splits(seed: int, size: tuple[int, int]) -> None:
    model = random_game(seed, size)
    found = track(model, {"t": (-3, 3, 7)}, check=False)
    back = track(mirrored(model), {"t": (-3, 3, 7)}, check=False)
    assert unsigned(found) == turned(back)
    for one, two in paired(found, back):
        assert one.payoffs["a"] == two.payoffs["a"][::-1]


def paired(found: Branches, back: Branches) -> Iterable[tuple[Any, Any]]:
    names = Counter(branch.name for branch in found.branches)
    others = {branch.name: branch for branch in back.branches}
    assert set(names) == set(others)
    return [(b, others[b.name]) for b in found.branches if not numbered(b.name, names)]


def numbered(name: str, names: Mapping[str, int]) -> bool:
    return name.endswith(")") or f"{name} (2)" in names


def unsigned(found: Branches) -> Counter[Any]:
    return Counter(
        (kind, branch, other, -float(e.at or 0), float(e.at or 0))
        for e, (kind, branch, other, _) in zip(found.events, plain(found), strict=True)
    )


def turned(found: Branches) -> Counter[Any]:
    events: Counter[Any] = Counter()
    for e, (kind, branch, other, _) in zip(found.events, plain(found), strict=True):
        if kind == "continuation":
            branch, other = other or "", branch
        at = float(e.at or 0)
        events[(MIRRORED.get(kind, kind), branch, other, at, -at)] += 1
    return events


def plain(found: Branches) -> list[tuple[str, str, str | None, str]]:
    """Events without the numbers of branches that share their histories."""
    return [
        (kind, branch.split(" (")[0], other and other.split(" (")[0], where)
        for kind, branch, other, where in events_of(found)
    ]


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 8))]
)
def test_names_and_orders_of_players_and_actions_do_not_matter(seed: int) -> None:
    model = random_game(seed, (2, 3))
    rename = {"up": "down", "down": "up", "left": "right", "right": "left"}
    swapped = Model(
        name="swapped",
        players=["b", "a"],
        parameters=dict(model.parameters),
        moves=[
            Move("column", player="b", actions=["left", "centre", "right"]),
            Move("row", player="a", actions=["up", "down"]),
        ],
        payoffs={key: _renamed(str(text), rename) for key, text in model.payoffs.items()},
    )
    one, two = (track(m, {"t": (-3, 3, 2)}, check=False) for m in (model, swapped))

    assert described(one, rename) == described(two, {})


def described(found: Branches, names: Mapping[str, str]) -> Counter[Any]:
    """Return the events with the histories of their branches, actions renamed."""

    def histories(number: int | None) -> Any:
        if number is None:
            return None
        return frozenset(
            frozenset((move, names.get(action, action)) for move, action in moves.items())
            for moves in found.branches[number].histories
        )

    return Counter((e.kind, histories(e.branch), histories(e.other), e.at) for e in found.events)


def _renamed(text: str, rename: Mapping[str, str]) -> str:
    return re.sub(r"'(\w+)'", lambda found: f"'{rename.get(found[1], found[1])}'", text)


# ---- against regimes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "select"),
    [
        ({"approval": (0, 1)}, "all"),
        ({"approval": (0, 1)}, "coalition-proof"),
        ({"loss": (0, 2)}, "all"),
        ({"weight": (1, 3)}, "preferred:China"),
        ({"benefit[EU]": (0, 2)}, "all"),
    ],
)
def test_spans_of_the_flagship_are_where_regimes_support_it(over: Any, select: str) -> None:
    model = load(FLAGSHIP)
    ((name, (low, high)),) = over.items()
    found = track(model, {name: (low, high, 5)}, select=select)
    assert found.exact
    tie = "at approval = 50/163 a tie makes a continuum with 2 outcomes more"
    assert found.message == (tie if name == "approval" else "")
    assert_listed(found, Fraction(low), Fraction(high))
    exact = regimes(model, over, select=select, by="outcome", check=False)
    assert {b.at for b in exact.breakpoints} == {e.at for e in found.events}
    for piece in exact.pieces:
        if piece.sample.fraction is not None:
            here = [
                b.name
                for b in found.branches
                if any(holds(span, piece.sample.fraction) for span in b.spans)
            ]
            assert sorted(here) == sorted(piece.labels or ())


def test_the_flagship_along_approval() -> None:
    """With coalition-proof play the divide takes over where the US no longer joins."""
    found = track(load(FLAGSHIP), {"approval": (0, 1, 5)}, select="coalition-proof")
    kinds = {(e.kind, found.branches[e.branch].regimes[0], e.where) for e in found.events}
    place = "2500/4013 (about 0.6229753302)"
    assert ("birth", "divide", place) in kinds
    assert ("death", "uniform exemption", place) in kinds
    last = [e for e in found.events if e.where == place]
    assert ("US", "joins[US]") in {(b.player, b.move) for e in last for b in e.binding}


def test_the_answer_as_json_and_in_words() -> None:
    found = track(coordination(), "t=-1:2:4")
    document = found.to_dict()
    assert document["schema"] == "negotiation/branches/1"
    assert document["events"][1]["kind"] == "split"
    assert document["events"][1]["at"] == "0"
    assert document["branches"][0]["payoffs"]["a"] == [None, "0", "1", "2"]
    lines = list(branch_lines(found))
    assert lines[0] == "t = 0: a at row: up or down; b at column: left or right"
    assert lines[2] == f"  {MIXED_SHARES} splits from {UP}"


# ---- points only ---------------------------------------------------------------------------------


def test_where_there_are_no_conditions_events_lie_between_points() -> None:
    """The logarithm behind dependence is no rational function, so the points decide."""
    model = load(FLAGSHIP)
    found = track(model, {"share[EU]": ("0.5", "0.9", 9)})
    assert not found.exact
    assert "no rational function" in found.message
    dataset = sweep(model, {"share[EU]": ("0.5", "0.9", 9)})
    listed = {(e.kind, e.branch, e.between) for e in line_events(dataset, "share[EU]")}
    assert listed == {
        (e.kind, found.branches[e.branch].name, tuple(map(float, e.between or ())))
        for e in found.events
    }
    assert len(listed) == 2


def test_whole_numbers_are_points() -> None:
    found = track(load(FLAGSHIP), {"discriminate": [1, 0]})
    assert found.points == (Fraction(0), Fraction(1))
    assert not found.exact
    assert all(event.between == found.points for event in found.events)


def test_several_axes_are_refused() -> None:
    with pytest.raises(UsageError, match="one axis"):
        track(load(FLAGSHIP), {"loss": (0, 1, 2), "approval": (0, 1, 2)})


def test_a_budget_that_is_spent_leaves_the_points() -> None:
    found = track(coordination(), {"t": (-1, 2, 4)}, budget=0.0)
    assert not found.exact
    assert {e.kind for e in found.events} == {"birth", "death"}


def test_the_events_of_a_sweep_in_words() -> None:
    model, share = load(FLAGSHIP), {"share[EU]": ("0.5", "0.9", 9)}
    plan = plan_sweep(model, {"loss": [2, 0, 1]}, select="coalition-proof")
    lines = list(sweep_event_lines(plan, sweep(model, {"loss": [2, 0, 1]}, select=plan.select)))
    assert lines == list(branch_lines(track(model, {"loss": [0, 1, 2]}, select=plan.select)))
    lines = list(sweep_event_lines(plan_sweep(model, share), sweep(model, share)))
    assert lines[0] == "share[EU] between 0.5 and 0.55"
    assert len(lines) == 3
    assert {line.split()[-1] for line in lines[1:]} == {"begins", "ends"}
    for settings in ({"each": "exempt"}, {"sample": 4}):
        over: Any = {"loss": (0, 1)} if "sample" in settings else {"loss": [0, 1]}
        found = sweep(model, over, select="coalition-proof", **settings)
        plan = plan_sweep(model, over, select="coalition-proof", **settings)
        assert list(sweep_event_lines(plan, found)) == []


def test_numbers_of_events_that_are_rounded_say_so() -> None:
    """0.3067484663 is 50/163 and was shown as if it were the place itself."""
    lines = list(branch_lines(track(load(FLAGSHIP), {"approval": (0, 1, 5)})))
    heads = [line.split(":")[0] for line in lines if not line.startswith(" ")]
    assert heads[0] == "approval = 50/163 (about 0.3067484663)"
    root = track(pennies([["1", "t * t - 2"], ["-1", "1"]]), {"t": (0, 3, 4)})
    heads = [line.split(":")[0] for line in branch_lines(root) if not line.startswith(" ")]
    assert heads == ["t is about 1.732050808"]


def test_lotteries_between_points_are_named_by_their_moves() -> None:
    """Each move once; thirds of the axis are no doubles, and are shown as what they are."""
    model, over = load(FLAGSHIP), {"share": ["1/10", "3/5", "2/3", "9/10"]}
    lines = list(sweep_event_lines(plan_sweep(model, over), sweep(model, over)))
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads == list(dict.fromkeys(heads))
    assert "share between 0.6 and 2/3 (about 0.6666666667)" in heads
    assert "  exempt = EU only, joins[US] = join or stay, joins[EU] = join or stay ends" in lines


@pytest.mark.parametrize(
    ("name", "over"),
    [
        (FLAGSHIP, {"approval": (0, 1, 5)}),
        ("beer-quiche", {"strong": ("1/4", "3/4", 3)}),
        ("tiered-licences", {"audit_cost": (1, 2, 3)}),
        ("inspection", {"cost": (1, 5, 5)}),
    ],
)
def test_one_outcome_has_one_name_everywhere(name: str, over: dict[str, Any]) -> None:
    """In solutions, datasets, regimes, branches and the events that a sweep prints."""
    model, (axis,) = load(name), over
    low, high, _ = over[axis]
    found = regimes(model, {axis: (low, high)}, by="outcome")
    plan, dataset = plan_sweep(model, over), sweep(model, over)
    labels = str(dataset["branch"].attrs["labels"]).split("\n")
    tracked = track(model, over, check=False)
    for point in tracked.points:
        for equilibrium in solve(model.at({axis: point})).equilibria:
            label = histories_text([outcome.moves for outcome in equilibrium.outcomes])
            assert label in labels
            assert label in found.names
            assert label in {branch.name for branch in tracked.branches}
    plain = [branch for branch in tracked.branches if branch.name in found.names]
    assert {b.name: b.short_name for b in plain} == {b.name: found.names[b.name] for b in plain}
    assert found.names
    told = "\n".join(sweep_event_lines(plan, dataset))
    events = [tracked.branches[event.branch] for event in tracked.events]
    assert events
    assert all(f"  {branch.short_name} " in told for branch in events)


def test_names_between_points_come_from_the_histories_not_from_labels() -> None:
    """Actions whose labels look like two histories, and moves whose names end alike."""
    actions = ["up or b = down", "up, b = (2)"]
    model = Model(
        name="awkward",
        players=["p", "q"],
        parameters={"n": Parameter(integer=True, domain="-2 <= n <= 2")},
        moves=[
            Move("b", player="p", actions=actions),
            Move("bb", player="q", actions=["left", "b = left"]),
        ],
        payoffs={
            "p": f"n if b == '{actions[0]}' else 1",
            "q": "n if bb == 'left' else 1",
        },
    )
    over = {"n": [0, 1, 2]}
    lines = list(sweep_event_lines(plan_sweep(model, over), sweep(model, over)))
    names = {
        named.name
        for bb in ("left", "b = left")
        for first in actions
        for named in named_outcomes({"": Outcome(((("b", first), ("bb", bb)),))})
    }
    told = {line.strip().removesuffix(" begins").removesuffix(" ends") for line in lines[1:]}
    assert {text for text in told if not text.startswith("n between")} == names


# ---- pictures ------------------------------------------------------------------------------------


def test_the_picture_has_every_branch_and_event(tmp_path: Path) -> None:
    found = track(coordination(), {"t": (-1, 2, 31)})
    with journal_style():
        figure = plot_branches(found, "b", label="$t$")
        write_figure(figure, tmp_path / "one.png")
        write_figure(plot_branches(found, "b", label="$t$"), tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    strip, axes = figure.axes
    assert axes.get_ylabel() == "b's payoff"
    names = [text.get_text() for text in strip.texts]
    assert [name for name in names if "row" in name] == [UP, DOWN, MIXED_SHARES]
    curve = axes.lines[2]
    x, y = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    assert (x[0], x[-1]) == (0, 1)
    assert y == pytest.approx(x * (1 - x), abs=1e-12)
    marks = Counter(
        str(line.get_marker()) for line in strip.lines if np.size(line.get_xdata()) == 1
    )
    assert marks == {"o": 1, "x": 1, "s": 2}
    assert {text.get_text() for text in axes.texts} == {"1", "2, 3", "0"}
    with pytest.raises(ValueError, match="no player"):
        plot_branches(found, "c")


def test_pictures_of_points_and_ties_are_drawn() -> None:
    model = load(FLAGSHIP)
    for over in ({"share[EU]": ("0.5", "0.9", 9)}, {"approval": (0, 1, 5)}):
        found = track(model, over, check=False)
        figure = plot_branches(found)
        figure.canvas.draw()
        rows = [text.get_text() for text in figure.axes[0].texts]
        assert len(rows) == 2 * len(found.branches)


# ---- codes in datasets ---------------------------------------------------------------------------


def test_codes_of_outcomes() -> None:
    one, two = {"a": "up", "b": "left"}, {"a": "up", "b": "right"}
    assert histories_code([one, two]) == histories_code([two, one])
    codes = {histories_code(h) for h in ([one], [two], [one, two], [{"a": "up, b = left"}])}
    assert len(codes) == 4
    assert all(0 <= code < 2**63 and code % 128 == 0 for code in codes)
    # Written down once: files of different machines and releases must agree.
    assert histories_code([{"a": "up"}]) == PINNED


PINNED = 1675500305244113152


def test_ranks_are_those_of_a_slow_count() -> None:
    chance = random.Random(3)
    counts = np.array([chance.randint(0, 5) for _ in range(60)])
    total = int(counts.sum())
    codes = np.array([128 * chance.randint(0, 2) for _ in range(total)], dtype=np.int64)
    payoffs = np.array([[chance.randint(0, 2), chance.randint(0, 2)] for _ in range(total)], float)
    expected = []
    start = 0
    for count in counts:
        rows = range(start, start + int(count))
        for k in rows:
            before = [
                j for j in rows if codes[j] == codes[k] and (*payoffs[j], j) < (*payoffs[k], k)
            ]
            expected.append(int(codes[k]) + len(before))
        start += int(count)
    assert branch_keys(counts, codes, payoffs).tolist() == expected
    assert branch_keys(counts[:0], codes[:0], payoffs[:0]).tolist() == []


def test_keys_of_blocks_do_not_depend_on_their_bounds() -> None:
    plan = plan_sweep(load(FLAGSHIP), {"approval": (0, 1, 6), "loss": (0, 2, 3)})
    whole = solve_block(plan, 0, plan.size)
    parts = [solve_block(plan, a, b) for a, b in ((0, 5), (5, 6), (6, 18))]
    assert whole.outcomes is not None
    joined = np.concatenate([part.outcomes for part in parts if part.outcomes is not None])
    assert np.array_equal(whole.outcomes, joined)
    places: dict[int, int] = {}
    for part in parts[::-1]:
        assert part.outcomes is not None
        places |= branch_places(part.counts, part.outcomes, part.start)
    assert branch_codes(plan, places) == branch_codes(
        plan, branch_places(whole.counts, whole.outcomes)
    )


def test_branches_in_a_dataset_are_those_of_solves_and_of_track() -> None:
    model = load(FLAGSHIP)
    dataset = sweep(model, {"approval": (0, 1, 5), "loss": (0, 2, 3)})
    names = str(dataset["branch"].attrs["labels"]).split("\n")
    assert dataset["branch"].dims == ("approval", "loss", "equilibrium")
    counted = (dataset["branch"] >= 0).sum("equilibrium")
    assert (counted == dataset["equilibria"]).all()
    for k in range(5):
        for j in range(3):
            point = {"approval": Fraction(k, 4), "loss": Fraction(j)}
            row = dataset["branch"].values[k, j]
            equilibria = solve(model.at(point)).equilibria
            texts = [histories_text([o.moves for o in e.outcomes]) for e in equilibria]
            assert [names[code] for code in row[: len(texts)]] == texts
    line = track(model, {"approval": (0, 1, 5)}, values={"loss": 1})
    for k in range(5):
        there = {b.name for b in line.branches if b.payoffs["China"][k] is not None}
        row = dataset["branch"].values[k, 1]
        assert there == {names[code] for code in row if code >= 0}


def test_events_along_the_lines_of_a_grid() -> None:
    """Coordination with a bonus s on one side: the birth moves with it."""
    both = (
        "t + s if row == 'up' and column == 'left' "
        "else 1 - t if row == 'down' and column == 'right' else 0"
    )
    model = Model(
        name="two-axes",
        players=["a", "b"],
        parameters={"t": Parameter(), "s": Parameter()},
        moves=[
            Move("row", player="a", actions=["up", "down"]),
            Move("column", player="b", actions=["left", "right"]),
        ],
        payoffs={"a": both, "b": both},
    )
    dataset = sweep(model, {"t": (-2, 0, 9), "s": ["1/8", "9/8"]})
    found = line_events(dataset, "t")
    births = {(e.at["s"], e.between) for e in found if e.kind == "birth" and e.branch == UP}
    assert births == {(0.125, (-0.25, 0.0)), (1.125, (-1.25, -1.0))}
    assert line_events(dataset, "t", {"s": 1}) == [e for e in found if e.at["s"] == 1.125]
    with pytest.raises(UsageError, match="no axis"):
        line_events(dataset, "u")
    with pytest.raises(UsageError, match="no branches"):
        line_events(dataset.drop_vars("branch"), "t")


def test_a_key_of_another_plan_is_refused() -> None:
    plan = plan_sweep(coordination(), {"t": [0]})
    with pytest.raises(ValueError, match="no equilibrium of point 0"):
        branch_codes(plan, {128: 0})


def test_the_code_of_an_equilibrium() -> None:
    for equilibrium in solve(coordination().at({"t": "1/2"})).equilibria:
        histories = [outcome.moves for outcome in equilibrium.outcomes]
        assert outcome_code(equilibrium) == histories_code(histories)
