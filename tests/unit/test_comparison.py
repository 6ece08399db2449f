"""Comparisons of two settings: changes are intervals where equilibria are several."""

from __future__ import annotations

from fractions import Fraction

import pytest

from negotiation import UsageError, load, solve
from negotiation.analysis.comparison import Change, Setting, compare
from negotiation.cli.arguments import Settings, read_setting
from negotiation.report.comparisons import comparison_document, comparison_lines

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
