"""Comparisons of two settings: changes are intervals where equilibria are several."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from negotiation import UsageError, load, solve
from negotiation.analysis.comparison import Change, Comparison, Setting, compare
from negotiation.cli.arguments import Settings, read_setting
from negotiation.report.comparisons import (
    comparison_document,
    comparison_lines,
    comparison_sentence,
    incompleteness,
)
from negotiation.solution import ConditionSet, Equilibrium, Outcome

FLAGSHIP = load("divide-and-exempt")
NOTHING = Settings({}, {}, None)


def test_changes_are_differences_of_exact_solves() -> None:
    a, b = Setting({"approval": "0.8"}, {}), Setting({"approval": "0.5"}, {})
    comparison = compare(FLAGSHIP, a, b, select="coalition-proof")
    for player in ("China", "US", "EU"):
        before, after = (
            solve(FLAGSHIP.at({"approval": rate}), select="coalition-proof").equilibria[0].payoffs
            for rate in ("0.8", "0.5")
        )
        change = comparison.changes[player]
        assert change.smallest == change.largest == after[player] - before[player]


def test_several_equilibria_give_an_interval() -> None:
    a = Setting({}, {"exempt": "uniform control"})
    b = Setting({}, {"exempt": "US only"})
    comparison = compare(FLAGSHIP, a, b)
    before = [e.payoffs["China"] for e in comparison.a.equilibria]
    after = [e.payoffs["China"] for e in comparison.b.equilibria]
    assert len(before) > 1
    assert comparison.changes["China"] == Change(min(after) - max(before), max(after) - min(before))
    assert comparison.changes["China"].verdict == "undetermined"
    assert "depending on the equilibrium" in "\n".join(comparison_lines(comparison, a, b))


@pytest.mark.parametrize(
    ("smallest", "largest", "verdict"),
    [(0, 0, "unaffected"), (1, 2, "gains"), (-2, -1, "loses"), (0, 1, "undetermined")],
)
def test_verdicts(smallest: int, largest: int, verdict: str) -> None:
    assert Change(Fraction(smallest), Fraction(largest)).verdict == verdict


def test_the_same_setting_changes_nothing() -> None:
    a = Setting({}, {})
    document = comparison_document(compare(FLAGSHIP, a, a, select="coalition-proof"), a, a)
    assert {entry["verdict"] for entry in document["change"].values()} == {"unaffected"}
    assert document["sentence"] == (
        "From a to b China is unaffected, US is unaffected and EU is unaffected."
    )


def test_a_side_without_equilibrium_is_said() -> None:
    a, b = Setting({}, {}), Setting({}, {})
    comparison = compare(FLAGSHIP, a, b, select="unique")
    assert comparison.changes == {}
    assert "has no equilibrium" in next(iter(comparison_lines(comparison, a, b)))


def test_settings_may_name_parameters_moves_and_a_scenario() -> None:
    text = "approval=0.5, dependence[EU]=1.3, exempt=US only, scenario=mining"
    setting = read_setting(FLAGSHIP, text, "--a", NOTHING)
    assert setting.values == {"approval": "0.5", "dependence[EU]": "1.3"}
    assert setting.fix == {"exempt": "US only"}
    assert setting.scenario == "mining"


def test_a_label_with_a_comma_is_one_value() -> None:
    setting = read_setting(FLAGSHIP, "exempt={US, EU},loss=2", "--a", NOTHING)
    assert setting.fix == {"exempt": "{US, EU}"}
    assert setting.values == {"loss": "2"}
    assert FLAGSHIP.at({}, fix=setting.fix).fixed == {"exempt": "uniform exemption"}


@pytest.mark.parametrize("text", ["approval", "=1", "approval="])
def test_broken_settings_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_setting(FLAGSHIP, text, "--a", NOTHING)


def test_unknown_names_are_refused_with_the_nearest() -> None:
    setting = read_setting(FLAGSHIP, "aproval=0.5", "--a", NOTHING)
    with pytest.raises(UsageError, match="approval"):
        compare(FLAGSHIP, setting, Setting({}, {}))


# -- lotteries, path by path ----------------------------------------------------------------------

BEER = load("beer-quiche")


def text_of(comparison: Comparison) -> str:
    return "\n".join(comparison_lines(comparison, Setting({}, {}), Setting({}, {})))


def chances(equilibrium: Equilibrium) -> dict[str, Fraction]:
    return {str(dict(o.moves)): o.probability for o in equilibrium.outcomes}


def test_a_change_of_probabilities_is_shown() -> None:
    """Both pooling outcomes have the types' own probabilities, 9/10 and 1/10, 3/5 and 2/5."""
    a, b = Setting({"strong": "0.9"}, {}), Setting({"strong": "0.6"}, {})
    comparison = compare(BEER, a, b)
    assert [(pair.a, pair.b) for pair in comparison.pairs] == [(0, 0), (1, 1)]
    for pair, breakfast in zip(comparison.pairs, ("beer", "quiche"), strict=True):
        assert pair.unchanged == 0
        assert [(dict(change.moves), change.before, change.after) for change in pair.changes] == [
            (
                {"type": "strong", "breakfast": breakfast, "reply": "leave"},
                Fraction(9, 10),
                Fraction(3, 5),
            ),
            (
                {"type": "weak", "breakfast": breakfast, "reply": "leave"},
                Fraction(1, 10),
                Fraction(2, 5),
            ),
        ]
    lines = list(comparison_lines(comparison, a, b))
    place = lines.index("probabilities from outcome 1 of a to outcome 1 of b")
    assert lines[place + 1 : place + 3] == [
        "  from 0.9 to 0.6: type = strong; the sender has beer; the receiver leaves",
        "  from 0.1 to 0.4: type = weak; the sender has beer; the receiver leaves",
    ]
    assert "  2. a lottery over 2 paths, see below: sender 2.4, receiver 0.6" in lines


SIDES = [
    ("beer-quiche", {}, {"strong": "0.4"}),
    ("beer-quiche", {}, {"taste": "3"}),
    ("resolve", {}, {"resolved": "0.2"}),
    ("resolve", {}, {"weight": "2"}),
    ("divide-and-exempt", {}, {"loss": "2"}),
    ("divide-and-exempt-types", {}, {"approval": "0.5"}),
    ("inspection", {}, {"fine": "3"}),
]


@pytest.mark.parametrize(("name", "a", "b"), SIDES)
def test_pairs_add_up_and_are_without_doubt(
    name: str, a: dict[str, str], b: dict[str, str]
) -> None:
    """The paths of a pair, their differences and their number by hand, from two solves."""
    model = load(name)
    comparison = compare(model, Setting(a, {}), Setting(b, {}))
    before, after = (list(map(chances, solve(model.at(v)).equilibria)) for v in (a, b))
    assert len({pair.a for pair in comparison.pairs}) == len(comparison.pairs)
    assert len({pair.b for pair in comparison.pairs}) == len(comparison.pairs)
    alone = 0
    for pair in comparison.pairs:
        one, other = before[pair.a], after[pair.b]
        differences = {
            path: (one.get(path, 0), other.get(path, 0))
            for path in {*one, *other}
            if one.get(path, 0) != other.get(path, 0)
        }
        found = {str(dict(c.moves)): (c.before, c.after) for c in pair.changes}
        assert found == differences
        assert pair.unchanged == len({*one, *other}) - len(differences)
        assert sum(c.after - c.before for c in pair.changes) == 0
        sizes = [abs(c.after - c.before) for c in pair.changes]
        assert sizes == sorted(sizes, reverse=True)
        if set(one) == set(other):
            assert [set(x) for x in before].count(set(one)) == 1
            assert [set(x) for x in after].count(set(one)) == 1
        else:
            alone += 1
    assert alone <= 1
    left = len(before) - len(comparison.pairs), len(after) - len(comparison.pairs)
    assert left != (1, 1)


def test_paths_that_begin_or_end_have_probability_zero() -> None:
    a, b = Setting({}, {}), Setting({"strong": "0.4"}, {})
    comparison = compare(BEER, a, b, select="intuitive")
    (pair,) = comparison.pairs
    assert len(comparison.a.equilibria[0].outcomes) < len(comparison.b.equilibria[0].outcomes)
    assert any(change.before == 0 for change in pair.changes)
    lines = list(comparison_lines(comparison, a, b))
    assert "probabilities from a to b" in lines
    assert any(line.startswith("  from 0 to ") for line in lines)


def test_the_same_lottery_is_said_to_be_the_same() -> None:
    comparison = compare(BEER, Setting({}, {}), Setting({"win": "2"}, {}))
    assert [pair.changes for pair in comparison.pairs] == [(), ()]
    text = text_of(comparison)
    assert "1. the same lottery as outcome 1 of a: sender 2.9, receiver 1.8" in text
    assert text.count("with probability 0.9: type = strong") == 2
    assert "probabilities from" not in text
    single = compare(BEER, Setting({}, {}), Setting({"win": "2"}, {}), select="intuitive")
    assert "  the same lottery as in a: sender 2.9, receiver 1.8" in text_of(single)


def test_outcomes_with_the_same_paths_are_not_paired_at_will() -> None:
    """Two outcomes of one side follow the paths of one of the other: which is meant is open."""
    comparison = compare(BEER, Setting({}, {}), Setting({"strong": "0.6"}, {}))
    one = comparison.b.equilibria[0]
    twice = replace(comparison, b=replace(comparison.b, equilibria=(one, one)))
    assert twice.pairs == ()
    text = text_of(twice)
    assert "see below" not in text
    assert text.count("with probability 0.6: type = strong; the sender has beer") == 2


def test_long_lotteries_are_shortened() -> None:
    total = 30 * 31 // 2
    outcomes = [Outcome({"draw": f"{k:02}"}, Fraction(k, total)) for k in range(1, 31)]
    comparison = compare(BEER, Setting({}, {}), Setting({}, {}), select="intuitive")
    a, b = comparison.a.equilibria[0], comparison.b.equilibria[0]
    mirrored = [
        Outcome(o.moves, p.probability) for o, p in zip(outcomes, outcomes[::-1], strict=True)
    ]
    long = replace(
        comparison,
        a=replace(comparison.a, equilibria=(replace(a, outcomes=tuple(outcomes)),)),
        b=replace(comparison.b, equilibria=(replace(b, outcomes=tuple(mirrored)),)),
    )
    (pair,) = long.pairs
    assert len(pair.changes) == 30
    lines = text_of(long).splitlines()
    assert sum(line.startswith("  from ") for line in lines) == 8
    # The first eight differ by 29, 29, 27, 27, 25, 25, 23, 23 parts of 465, the ninth by 21.
    assert f"  ... and 22 more paths, by at most 7/155 (about {7 / 155:.6g}) each" in lines
    same = replace(long, b=long.a)
    lines = text_of(same).splitlines()
    assert sum(line.startswith("     with probability ") for line in lines) == 8
    rest = Fraction(22 * 23 // 2, total)
    (more,) = (line for line in lines if line.startswith("     ... and 22 more paths"))
    assert f"{rest} " in more


def test_documents_name_paths_and_probabilities() -> None:
    a, b = Setting({}, {}), Setting({"strong": "0.6"}, {}, "none")
    document = comparison_document(compare(BEER, a, Setting(b.values, {})), a, b)
    assert document["pairs"][0] == {
        "a": 0,
        "b": 0,
        "changes": [
            {
                "moves": {"type": "strong", "breakfast": "beer", "reply": "leave"},
                "a": "9/10",
                "b": "3/5",
            },
            {
                "moves": {"type": "weak", "breakfast": "beer", "reply": "leave"},
                "a": "1/10",
                "b": "2/5",
            },
        ],
        "unchanged": 0,
    }
    assert (document["a"]["scenario"], document["b"]["scenario"]) == (None, "none")


# -- what is not complete -------------------------------------------------------------------------


def test_sides_that_are_not_complete_are_said() -> None:
    """At strong = 1/2 the intuitive criterion keeps a part of a continuum."""
    tie = Setting({"strong": "1/2"}, {})
    nothing = Setting({}, {})
    for a, b, words in (
        (nothing, tie, "not complete on side b"),
        (tie, nothing, "not complete on side a"),
        (tie, tie, "not complete on both sides"),
    ):
        comparison = compare(BEER, a, b, select="intuitive")
        assert not comparison.complete
        assert incompleteness(comparison).startswith(words)
        text = text_of(comparison)
        assert f"exact; {words}" in text
        assert text.startswith("From a to b, among the equilibria listed, ")
    whole = compare(BEER, nothing, nothing, select="intuitive")
    assert whole.complete
    assert incompleteness(whole) == ""
    assert "exact; complete: no outcome is missing" in text_of(whole)


def test_no_equilibrium_found_is_not_no_equilibrium() -> None:
    comparison = compare(FLAGSHIP, Setting({}, {}), Setting({}, {}), select="unique")
    assert "has no equilibrium" in comparison_sentence(comparison)
    cut = replace(comparison, a=replace(comparison.a, complete=False))
    assert comparison_sentence(cut) == ("No comparison: no equilibrium was found at setting a.")


def test_continua_by_conditions_do_not_bound_changes() -> None:
    comparison = compare(BEER, Setting({}, {}), Setting({}, {}))
    assert comparison.covered
    conditions = (ConditionSet((), ("p <= 1/2",), None),)
    open_end = replace(comparison, b=replace(comparison.b, conditions=conditions))
    assert open_end.complete
    assert not open_end.covered
    assert "among the equilibria listed" in comparison_sentence(open_end)
    assert "note: a continuum is given by conditions" in text_of(open_end)
    of_one = replace(comparison.b, conditions=(replace(conditions[0], equilibrium=0),))
    assert replace(comparison, b=of_one).covered
