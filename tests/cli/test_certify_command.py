"""``negotiate certify``: profiles of ``solve``, profiles by hand, and what is wrong with others."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

FLAGSHIP = "divide-and-exempt"
Negotiate = Callable[..., Any]


@pytest.fixture
def solution(negotiate: Negotiate) -> dict[str, Any]:
    """The single coalition-proof equilibrium of the flagship."""
    document: dict[str, Any] = negotiate(
        "solve", FLAGSHIP, "--select", "coalition-proof", "--json"
    ).document
    assert len(document["equilibria"]) == 1
    return document


def certify(negotiate: Negotiate, document: Any, *options: str, target: str = FLAGSHIP) -> Any:
    text = document if isinstance(document, str) else json.dumps(document)
    return negotiate("certify", target, "--profile", "-", *options, given=text)


def by_hand(exempt: Any, us: Any, eu: Any) -> dict[str, Any]:
    return {
        "China": [{"move": "exempt", "probabilities": exempt}],
        "US": [{"move": "joins[US]", "probabilities": us}],
        "EU": [{"move": "joins[EU]", "probabilities": eu}],
    }


STAY = {"stay": 1}


def test_what_solve_prints_is_certified(negotiate: Negotiate) -> None:
    for concept in ("subgame-perfect", "nash"):
        printed = negotiate("solve", FLAGSHIP, "--concept", concept, "--json")
        answer = certify(negotiate, printed.out, "--json")
        assert answer.code == 0
        document = answer.document
        assert document["concept"] == concept
        assert len(document["profiles"]) == len(printed.document["equilibria"])
        for entry in document["profiles"]:
            assert entry["equilibrium"] is True
            assert entry["largest_gain"] == "0"
            assert set(entry["gains"].values()) == {"0"}
            assert entry["deviations"] == []
        assert document["message"] == ""


def test_values_and_fixed_moves_come_with_the_document(negotiate: Negotiate) -> None:
    printed = negotiate(
        "solve", FLAGSHIP, "--set", "approval=0.3", "--fix", "exempt=EU only", "--json"
    )
    document = certify(negotiate, printed.out, "--json").document
    assert document["fingerprint"] == printed.document["fingerprint"]
    assert document["fixed"] == {"exempt": "EU only"}
    assert all(entry["equilibrium"] for entry in document["profiles"])


def test_another_game_is_noted(negotiate: Negotiate, solution: dict[str, Any]) -> None:
    answer = certify(negotiate, solution, "--set", "loss=1/10")
    assert answer.code == 0
    assert answer.out.startswith("No equilibrium")
    assert "found for another game" in answer.out


def test_a_file_and_text(negotiate: Negotiate, solution: dict[str, Any]) -> None:
    Path("s.json").write_text(json.dumps(solution))
    answer = negotiate("certify", FLAGSHIP, "--profile", "s.json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "An equilibrium (subgame-perfect): nobody gains by deviating.\n"


def test_a_short_profile_by_hand(negotiate: Negotiate) -> None:
    """One entry stands for all information sets of its move."""
    answer = certify(negotiate, by_hand({"uniform control": 1}, STAY, STAY), "--json")
    assert answer.code == 0
    entry = answer.document["profiles"][0]
    # Both stay whatever China does: China then needs no exemption, and nobody gains.
    assert entry["equilibrium"] is True


def test_the_most_detailed_entry_wins(negotiate: Negotiate) -> None:
    profile = by_hand({"US only": 1}, STAY, STAY)
    for player in ("US", "EU"):
        profile[player].append(
            {
                "move": f"joins[{player}]",
                "information": {"exempt": "uniform control"},
                "probabilities": {"join": 1},
            }
        )
    entry = certify(negotiate, profile, "--json").document["profiles"][0]
    assert entry["equilibrium"] is True


def test_who_deviates_to_what_and_by_how_much(negotiate: Negotiate) -> None:
    """China exempts the US although nobody would join: 1 - 0.73948 is left on the table."""
    document = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--json").document
    entry = document["profiles"][0]
    assert entry["equilibrium"] is False
    assert entry["deviations"] == [
        {
            "player": "China",
            "gain": str(1 - Fraction("0.73948")),
            "subgame": "at the start",
            "to": [{"at": "exempt", "action": "uniform control"}],
        }
    ]
    text = certify(negotiate, by_hand({"US only": 1}, STAY, STAY))
    assert text.code == 0
    assert text.out.splitlines() == [
        "No equilibrium (subgame-perfect): largest gain 0.26052.",
        "  China gains 0.26052 at the start, playing uniform control at exempt",
    ]


def test_an_empty_threat_is_nash_but_not_subgame_perfect(negotiate: Negotiate) -> None:
    """The EU threatens to join alone after `US only`, at a cost of 0.3, and is never called."""
    profile = by_hand({"uniform control": 1}, STAY, STAY)
    profile["EU"].append(
        {"move": "joins[EU]", "information": {"exempt": "US only"}, "probabilities": {"join": 1}}
    )
    assert certify(negotiate, profile, "--concept", "nash").out.startswith("An equilibrium (nash)")
    document = certify(negotiate, profile, "--json").document
    (deviation,) = document["profiles"][0]["deviations"]
    assert deviation["player"] == "EU"
    assert deviation["gain"] == "3/10"
    assert deviation["subgame"] == "after exempt = US only"
    assert deviation["to"] == [{"at": "joins[EU] (knowing exempt = US only)", "action": "stay"}]


@pytest.mark.parametrize("spelling", ["text", "number"])
def test_a_profile_off_by_a_billionth_is_no_equilibrium(
    negotiate: Negotiate, solution: dict[str, Any], spelling: str
) -> None:
    """China mixes in 1e-9 of a worse action: the gain is a billionth of what that action loses."""
    altered = copy.deepcopy(solution)
    rest, mistake = "0.999999999", "0.000000001"
    text = json.dumps(altered).replace(
        '"probabilities": {"US only": "1"}',
        f'"probabilities": {{"US only": {rest}, "uniform exemption": {mistake}}}'
        if spelling == "number"
        else f'"probabilities": {{"US only": "{rest}", "uniform exemption": "{mistake}"}}',
    )
    assert text.count(rest) == 1
    entry = certify(negotiate, text, "--json").document["profiles"][0]
    assert entry["equilibrium"] is False
    gain = Fraction(entry["largest_gain"])
    payoff = {}
    for action in ("US only", "uniform exemption"):
        options = ("--select", "coalition-proof", "--fix", f"exempt={action}", "--json")
        (best,) = negotiate("solve", FLAGSHIP, *options).document["equilibria"]
        payoff[action] = Fraction(best["payoffs"]["China"])
    assert gain == (payoff["US only"] - payoff["uniform exemption"]) / 10**9


def test_all_digits_of_a_number_count(negotiate: Negotiate) -> None:
    """A double holds 17 digits; these two differ from one and zero in the thirtieth."""
    tiny = "0." + "0" * 29 + "1"
    rest = "0." + "9" * 30
    text = json.dumps(by_hand({"uniform control": 1}, STAY, STAY)).replace(
        '{"uniform control": 1}', f'{{"uniform control": {rest}, "US only": {tiny}}}'
    )
    entry = certify(negotiate, text, "--json").document["profiles"][0]
    assert Fraction(entry["largest_gain"]) == (1 - Fraction("0.73948")) / 10**30


def test_a_mixed_profile_is_no_equilibrium_in_pure_strategies(negotiate: Negotiate) -> None:
    """Nobody gains from a coalition that brings nothing and costs nothing: all are indifferent."""
    profile = by_hand({"uniform control": 1}, {"stay": "1/2", "join": "1/2"}, STAY)
    options = ("--set", "cost=0", "--set", "benefit=0", "--set", "approval=0")
    mixed = certify(negotiate, profile, "--concept", "nash", *options, "--json").document
    assert mixed["profiles"][0]["equilibrium"] is True
    answer = certify(negotiate, profile, "--concept", "pure", *options)
    assert answer.code == 0
    assert answer.out.startswith(
        "No equilibrium (pure): it mixes at joins[US] (knowing exempt = uniform control)."
    )
    document = certify(negotiate, profile, "--concept", "pure", *options, "--json").document
    assert document["profiles"][0]["equilibrium"] is False
    assert document["profiles"][0]["largest_gain"] == "0"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"China": [', "line 1, column 12"),
        ('{\n  "China": 1,,\n}', "line 2, column 14"),
        ("", "line 1, column 1"),
        ("{'China': 1}", "line 1, column 2"),
        ("[" * 100_000, "nested too deeply"),
        ('{"China": ' + "9" * 10_000 + "}", "a number is too long"),
        ('{"China": {}, "China": {}}', "'China' stands twice"),
    ],
)
def test_broken_json(negotiate: Negotiate, text: str, place: str) -> None:
    answer = certify(negotiate, text)
    assert answer.code == 3
    assert answer.out == ""
    assert place in answer.err
    assert "standard input" in answer.err
    assert "remedy:" in answer.err


@pytest.mark.parametrize(
    ("document", "found", "remedy"),
    [
        ([], "no JSON object", "strategies"),
        ({"equilibria": 3}, "no strategies", "strategies"),
        ({"equilibria": [{"payoffs": {}}]}, "no strategies", "strategies"),
        ({"strategies": {}, "parameters": []}, "parameters is no object", "name: value"),
        ({"strategies": {}, "fixed": "x"}, "fixed is no object", "name: value"),
        ({"China": [3]}, "no move or probabilities", '"move"'),
        ({"China": [{"move": "exempt"}]}, "no move or probabilities", '"move"'),
        ({"China": {"move": 1, "probabilities": {}}}, "no move or probabilities", '"move"'),
        (
            {"China": {"move": "exempt", "information": [], "probabilities": {}}},
            "information is no object",
            "name: value",
        ),
        (by_hand({"US only": "a"}, STAY, STAY), "'a' is no number", "1/3"),
        (by_hand({"US only": None}, STAY, STAY), "found nothing", "number"),
        (by_hand({"US only": True}, STAY, STAY), "found true", "1"),
        (by_hand({"US only": "1/0"}, STAY, STAY), "'1/0' is no number", "1/3"),
        (by_hand({"US only": "9**9**9"}, STAY, STAY), "profile of China, exempt", "remedy"),
    ],
)
def test_json_that_is_no_profile(
    negotiate: Negotiate, document: Any, found: str, remedy: str
) -> None:
    answer = certify(negotiate, document)
    assert answer.code == 3
    assert found in answer.err
    assert remedy in answer.err


@pytest.mark.parametrize(
    ("entry", "found", "remedy"),
    [
        ({"Chna": []}, "no player is called 'Chna'", "'China'"),
        ({"China": {"move": "exmpt", "probabilities": {}}}, "no information set", "'exempt'"),
        ({"US": {"move": "exempt", "probabilities": {}}}, "no information set", "a move of China"),
        (
            {"US": {"move": "joins[US]", "information": {"exempt": "x"}, "probabilities": STAY}},
            "no information set",
            'like {"exempt": "uniform control"}',
        ),
        (
            {"China": {"move": "exempt", "information": {"x": "y"}, "probabilities": {}}},
            "no information set",
            "it has no information",
        ),
        (
            {"China": {"move": "exempt", "probabilities": {"US olny": 1}}},
            "no action is called 'US olny'",
            "'US only'",
        ),
        (
            {"China": {"move": "exempt", "probabilities": {"US only": "2", "EU only": "-1"}}},
            "sum to one",
            "1/3",
        ),
        (by_hand({"US only": "1/2"}, STAY, STAY), "sum to one", "fractions"),
        (
            by_hand({"US only": 0.1, "EU only": 0.2, "uniform control": "2/3"}, STAY, STAY),
            "sum to one",
            "",
        ),
        (
            {"China": {"move": "exempt", "probabilities": {"US only": 1}}},
            "says nothing here",
            "strategy",
        ),
        (
            {
                "China": [
                    {"move": "exempt", "probabilities": {"US only": 1}},
                    {"move": "exempt", "probabilities": {"EU only": 1}},
                ]
            },
            "contradict",
            "information",
        ),
    ],
)
def test_profiles_that_do_not_fit(
    negotiate: Negotiate, entry: Any, found: str, remedy: str
) -> None:
    answer = certify(negotiate, entry)
    assert answer.code == 2
    assert answer.out == ""
    assert found in answer.err
    assert remedy in answer.err
    assert len(answer.err) < 1500


def test_numbers_that_are_none(negotiate: Negotiate) -> None:
    for number in ("NaN", "Infinity", "1e999999999", "9" * 4000):
        text = f'{{"China": {{"move": "exempt", "probabilities": {{"US only": {number}}}}}}}'
        assert certify(negotiate, text).code in (2, 3)


def test_a_fixed_move_is_no_decision(negotiate: Negotiate) -> None:
    answer = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--fix", "exempt=US only")
    assert answer.code == 2
    assert "exempt is no decision here" in answer.err


@pytest.mark.parametrize("concept", ["sequential", "perfect-bayesian", "qre"])
def test_concepts_without_a_certificate(negotiate: Negotiate, concept: str) -> None:
    answer = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--concept", concept)
    assert answer.code == 4
    assert answer.out == ""
    assert "cannot be certified" in answer.err


def test_unknown_concept(negotiate: Negotiate) -> None:
    answer = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--concept", "nsh")
    assert answer.code == 2
    assert "'nash'" in answer.err
    answer = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--concept", "nonsense")
    assert answer.code == 2
    assert "known here: nash, pure, pure-subgame-perfect, subgame-perfect\n" in answer.err


def test_model_and_profile_by_standard_input(negotiate: Negotiate) -> None:
    text = negotiate("show", FLAGSHIP, "--toml").out
    profile = by_hand({"uniform control": 1}, STAY, STAY)
    Path("p.json").write_text(json.dumps(profile))
    answer = negotiate("certify", "-", "--profile", "p.json", given=text)
    assert answer.code == 0
    assert answer.out.startswith("An equilibrium")
    both = negotiate("certify", "-", "--profile", "-", given=text)
    assert both.code == 2
    assert "both are -" in both.err


def test_no_profile_in_the_document(negotiate: Negotiate) -> None:
    answer = certify(negotiate, {"equilibria": []})
    assert answer.code == 0
    assert answer.out == "No profile in the document.\n"
    assert certify(negotiate, {"equilibria": []}, "--json").document["profiles"] == []
