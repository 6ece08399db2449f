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


def test_concepts_without_a_certificate(negotiate: Negotiate) -> None:
    answer = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--concept", "qre")
    assert answer.code == 4
    assert answer.out == ""
    assert "cannot be certified" in answer.err


def test_unknown_concept(negotiate: Negotiate) -> None:
    answer = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--concept", "nsh")
    assert answer.code == 2
    assert "'nash'" in answer.err
    answer = certify(negotiate, by_hand({"US only": 1}, STAY, STAY), "--concept", "nonsense")
    assert answer.code == 2
    for concept in ("nash", "subgame-perfect", "sequential"):
        assert concept in answer.err.split("known here: ")[1]


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


# -- beliefs --------------------------------------------------------------------------------------


@pytest.fixture
def breakfast(negotiate: Negotiate) -> dict[str, Any]:
    """Beer and quiche, the first equilibrium: both types have beer."""
    document: dict[str, Any] = negotiate("solve", "beer-quiche", "--json").document
    return document


def belief(document: dict[str, Any], breakfast: str) -> dict[str, Any]:
    """Return what the receiver believes after a breakfast in the first equilibrium."""
    beliefs = document["equilibria"][0]["beliefs"]
    (found,) = [one for one in beliefs if one["information"] == {"breakfast": breakfast}]
    return dict(found)


@pytest.mark.parametrize("model", ["beer-quiche", "resolve", "seltens-horse"])
@pytest.mark.parametrize("concept", ["perfect-bayesian", "sequential"])
def test_assessments_that_solve_prints_are_certified(
    negotiate: Negotiate, model: str, concept: str
) -> None:
    printed = negotiate("solve", model, "--concept", concept, "--json")
    answer = certify(negotiate, printed.out, "--json", target=model)
    assert answer.code == 0
    document = answer.document
    assert document["concept"] == concept
    assert len(document["profiles"]) == len(printed.document["equilibria"]) > 0
    for entry in document["profiles"]:
        assert entry["equilibrium"] is True
        assert entry["false_beliefs"] == []
        assert entry.get("consistent") is (True if concept == "sequential" else None)
    text = certify(negotiate, printed.out, target=model).out
    assert "nobody gains by deviating at any information set, and beliefs" in text


def test_a_belief_against_bayes_rule(negotiate: Negotiate, breakfast: dict[str, Any]) -> None:
    histories = belief(breakfast, "beer")["histories"]
    histories[0]["probability"], histories[1]["probability"] = "4/5", "1/5"
    entry = certify(negotiate, breakfast, "--json", target="beer-quiche").document["profiles"][0]
    assert entry["equilibrium"] is False
    assert entry["largest_gain"] == "0"
    assert entry["false_beliefs"] == [
        {
            "at": "reply (knowing breakfast = beer)",
            "given": ["4/5", "1/5"],
            "demanded": ["9/10", "1/10"],
        }
    ]
    lines = certify(negotiate, breakfast, target="beer-quiche").out.splitlines()
    assert lines[:2] == [
        "1. No equilibrium (perfect-bayesian): beliefs break Bayes' rule.",
        "  the belief at reply (knowing breakfast = beer) is 4/5, 1/5; "
        "Bayes' rule demands 9/10, 1/10",
    ]


def test_a_belief_under_which_the_threat_is_irrational(
    negotiate: Negotiate, breakfast: dict[str, Any]
) -> None:
    """Quiche must be met by a fight half the time; against the strong one that loses by win."""
    histories = belief(breakfast, "quiche")["histories"]
    histories[0]["probability"], histories[1]["probability"] = "1", "0"
    entry = certify(negotiate, breakfast, "--json", target="beer-quiche").document["profiles"][0]
    assert entry["equilibrium"] is False
    assert entry["deviations"] == [
        {
            "player": "receiver",
            "gain": "1/2",
            "subgame": "at reply (knowing breakfast = quiche)",
            "to": [{"at": "reply (knowing breakfast = quiche)", "action": "leave"}],
        }
    ]


def by_hand_with_beliefs(*beliefs: Any) -> dict[str, Any]:
    """Return the pooling on beer as a person would write it."""
    sender = {"move": "breakfast", "probabilities": {"beer": 1}}
    replies = [
        {"move": "reply", "information": {"breakfast": "beer"}, "probabilities": {"leave": 1}},
        {"move": "reply", "information": {"breakfast": "quiche"}, "probabilities": {"fight": 1}},
    ]
    return {"strategies": {"sender": sender, "receiver": replies}, "beliefs": list(beliefs)}


def after_quiche(*histories: tuple[Any, Any]) -> dict[str, Any]:
    return {
        "move": "reply",
        "information": {"breakfast": "quiche"},
        "histories": [{"unobserved": hidden, "probability": p} for hidden, p in histories],
    }


def test_beliefs_by_hand_are_needed_off_the_path_only(negotiate: Negotiate) -> None:
    """What Bayes' rule gives, and histories of probability 0, may be left out."""
    document = by_hand_with_beliefs(after_quiche(({"type": "weak"}, 1)))
    answer = certify(negotiate, document, "--json", target="beer-quiche")
    assert (answer.code, answer.err) == (0, "")
    assert answer.document["profiles"][0]["equilibrium"] is True


@pytest.mark.parametrize(
    ("beliefs", "found", "remedy"),
    [
        ([], "Bayes' rule gives none", "after type = strong, breakfast = quiche"),
        ([after_quiche(({"type": "weak"}, "1/2"))], "sum to one", "1/3"),
        ([after_quiche(({"type": "wek"}, 1))], "no histories of the set fit type = wek", "strong"),
        ([after_quiche(({}, 1))], "2 histories of the set fit {}", "type = weak"),
        (
            [after_quiche(({"type": "weak"}, 1), ({"type": "weak"}, 0))],
            "the history type = weak stands twice",
            "leave one out",
        ),
        ([after_quiche(({"type": "weak"}, 1))] * 2, "two beliefs", "leave one out"),
        ([{"move": "reply", "histories": []}], "2 information sets fit", "breakfast"),
        ([{"move": "rply", "histories": []}], "no information set", "'reply'"),
        (
            [{"move": "reply", "information": {"breakfast": "tea"}, "histories": []}],
            "no information set",
            '"breakfast": "beer"',
        ),
        ([{"move": "type", "histories": []}], "no information set", "drawn by chance"),
    ],
)
def test_beliefs_that_do_not_fit(
    negotiate: Negotiate, beliefs: list[Any], found: str, remedy: str
) -> None:
    answer = certify(negotiate, by_hand_with_beliefs(*beliefs), target="beer-quiche")
    assert (answer.code, answer.out) == (2, "")
    assert found in answer.err
    assert "belief at r" in answer.err or "belief at type" in answer.err
    assert remedy in answer.err.split("remedy:")[1]


@pytest.mark.parametrize(
    ("beliefs", "found"),
    [
        ("all weak", "beliefs are no list"),
        ([3], "no move or histories"),
        ([{"move": "reply"}], "no move or histories"),
        ([{**after_quiche(), "histories": [3]}], "a history has no probability"),
        ([after_quiche(([], 1))], "unobserved is no object"),
        ([after_quiche(({"type": "weak"}, "x"))], "'x' is no number"),
        ([{**after_quiche(), "information": 3}], "information is no object"),
    ],
)
def test_json_that_is_no_belief(negotiate: Negotiate, beliefs: Any, found: str) -> None:
    document = {**by_hand_with_beliefs(), "beliefs": beliefs}
    answer = certify(negotiate, document, target="beer-quiche")
    assert (answer.code, answer.out) == (3, "")
    assert found in answer.err
    assert "remedy:" in answer.err


def coin_game() -> str:
    """Return a tree: A sees a coin and stays out, or goes left or right; B sees left, C only in."""
    lines = [
        'EFG 2 R "coin" { "A" "B" "C" } ""',
        'c "" 1 "coin" { "heads" 1/2 "tails" 1/2 } 0',
    ]
    guess = ['p "" 3 1 "in" { "yes" "no" } 0', *['t "" 2 "in" { 0, 0, 0 }'] * 2]
    for k, side in enumerate(("heads", "tails"), start=1):
        lines += [
            f'p "" 1 {k} "{side}" {{ "out" "left" "right" }} 0',
            't "" 1 "out" { 1, 0, 0 }',
            'p "" 2 1 "left" { "yes" "no" } 0',
            *guess * 3,
        ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("heads", "consistent"), [("1", False), ("0", True)])
def test_a_perfect_bayesian_equilibrium_that_is_not_sequential(
    negotiate: Negotiate, heads: str, consistent: bool
) -> None:
    """B, who sees left, and C, who sees left or right, may not disagree on the coin after left."""
    Path("coin.efg").write_text(coin_game())
    yes = {"yes": 1}
    of_b = [({"chance": "heads"}, heads), ({"chance": "tails"}, str(1 - int(heads)))]
    of_c = [
        ({"chance": "tails", "A": "left", "B": "yes"}, "1/2"),
        ({"chance": "tails", "A": "right"}, "1/2"),
    ]
    document = {
        "strategies": {
            "A": {"move": "A", "probabilities": {"out": 1}},
            "B": {"move": "B", "probabilities": yes},
            "C": {"move": "C", "probabilities": yes},
        },
        "beliefs": [
            {
                "move": move,
                "histories": [{"unobserved": hidden, "probability": p} for hidden, p in listed],
            }
            for move, listed in (("B", of_b), ("C", of_c))
        ],
    }
    for concept, expected in (("perfect-bayesian", True), ("sequential", consistent)):
        options = ("--concept", concept)
        answer = certify(negotiate, document, *options, "--json", target="coin.efg")
        (entry,) = answer.document["profiles"]
        assert (entry["largest_gain"], entry["false_beliefs"]) == ("0", [])
        assert entry["equilibrium"] is expected
        assert entry.get("consistent") is (consistent if concept == "sequential" else None)
        text = certify(negotiate, document, *options, target="coin.efg").out
        reason = "No equilibrium (sequential): beliefs are not consistent"
        assert text.startswith("An equilibrium" if expected else reason)
