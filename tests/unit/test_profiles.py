"""Profiles: from the JSON of a solution and from what a person writes, to probabilities."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import Game, load, solve
from negotiation.certify import certify
from negotiation.errors import GameError, NegotiationError, UsageError
from negotiation.formats.profiles import profile_of, read_profiles
from tests.drawing import examples

FLAGSHIP = "divide-and-exempt"
STAY = {"stay": 1}


@pytest.fixture(scope="module")
def game() -> Game:
    return flagship()


def whole(exempt: Any, us: Any = None, eu: Any = None) -> dict[str, Any]:
    return {
        "China": {"move": "exempt", "probabilities": exempt},
        "US": {"move": "joins[US]", "probabilities": STAY if us is None else us},
        "EU": {"move": "joins[EU]", "probabilities": STAY if eu is None else eu},
    }


@pytest.mark.parametrize("concept", ["subgame-perfect", "nash"])
def test_solutions_come_back_as_they_were(game: Game, concept: str) -> None:
    solution = solve(game, concept)
    document = read_profiles(solution.to_json(), "here")
    assert document.fingerprint == game.fingerprint
    assert document.concept == concept
    assert document.parameters == {
        name: str(value) for name, value in solution.to_dict()["parameters"].items()
    }
    assert len(document.strategies) == len(solution.equilibria) > 0
    for strategies, equilibrium in zip(document.strategies, solution.equilibria, strict=True):
        profile = profile_of(game, strategies)
        assert {k: list(v) for k, v in profile.items()} == {
            k: list(v) for k, v in equilibrium.profile.items()
        }
        assert certify(game, profile, concept).holds


def test_one_equilibrium_and_bare_strategies(game: Game) -> None:
    entry = solve(game).to_dict()["equilibria"][0]
    for document in (entry, {"strategies": entry["strategies"]}, entry["strategies"]):
        (strategies,) = read_profiles(json.dumps(document), "here").strategies
        assert strategies == entry["strategies"]


def test_what_is_left_out_has_probability_zero(game: Game) -> None:
    profile = profile_of(game, whole({"US only": "1/3", "EU only": "2/3"}))
    (china,) = (k for k, head in game.decisions() if head.move == "exempt")
    labels = game.information_sets[china].actions
    given_ = dict(zip(labels, profile[china], strict=True))
    assert given_ == {
        "uniform control": 0,
        "US only": Fraction(1, 3),
        "EU only": Fraction(2, 3),
        "uniform exemption": 0,
    }
    assert len(profile) == len(list(game.decisions()))


def test_detail_goes_before_what_is_general(game: Game) -> None:
    strategies = whole({"US only": 1})
    strategies["US"] = [
        {"move": "joins[US]", "probabilities": STAY},
        {
            "move": "joins[US]",
            "information": {"exempt": "EU only"},
            "probabilities": {"join": 0.25, "stay": "0.75"},
        },
    ]
    profile = profile_of(game, strategies)
    for index, head in game.decisions():
        if head.move == "joins[US]":
            joins = dict(zip(head.actions, profile[index], strict=True))["join"]
            special = dict(head.information)["exempt"] == "EU only"
            assert joins == (Fraction(1, 4) if special else 0)


def test_entries_of_the_same_detail_may_agree_but_not_differ(game: Game) -> None:
    strategies = whole({"US only": 1})
    strategies["US"] = [{"move": "joins[US]", "probabilities": STAY}] * 2
    assert profile_of(game, strategies)
    strategies["US"] = [
        {"move": "joins[US]", "probabilities": STAY},
        {"move": "joins[US]", "probabilities": {"join": 1}},
    ]
    with pytest.raises(UsageError, match="contradict"):
        profile_of(game, strategies)


def test_numbers_keep_all_their_digits(game: Game) -> None:
    text = '{"China": {"move": "exempt", "probabilities": {"US only": 0.1234567890123456789012}}}'
    (strategies,) = read_profiles(text, "here").strategies
    (probabilities,) = profile_of(game, strategies).values()
    assert Fraction("0.1234567890123456789012") in probabilities


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column 1"),
        ("[1,\n2,,]", "line 2, column 3"),
        ("nul", "line 1, column 1"),
        ("3", "no JSON object"),
        ('"text"', "no JSON object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("9" * 5_000, "number is too long"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands twice"),
        ('{"equilibria": [[]]}', "no strategies"),
        ('{"equilibria": {}}', "no strategies"),
        ('{"strategies": []}', "no strategies"),
        ('{"strategies": {}, "parameters": [1]}', "parameters"),
    ],
)
def test_texts_that_are_no_profile(text: str, words: str) -> None:
    with pytest.raises(GameError, match=words) as caught:
        read_profiles(text, "profile.json")
    assert caught.value.place == "profile.json"
    assert caught.value.remedy


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(["China", "US", "exempt", "joins[US]", "stay", "US only", "1/2", "x"])
entries = st.fixed_dictionaries(
    {"move": names | json_values, "probabilities": json_values | st.dictionaries(names, names)},
    optional={"information": json_values | st.dictionaries(names, names)},
)


@examples(150)
@given(st.dictionaries(names, entries | st.lists(entries, max_size=2) | json_values, max_size=3))
def test_whatever_json_holds_is_a_profile_or_refused(document: Any) -> None:
    game = flagship()
    try:
        for strategies in read_profiles(json.dumps(document), "here").strategies:
            certify(game, profile_of(game, strategies))
    except NegotiationError as refusal:
        refused = refusal
    else:
        return
    assert refused.place
    assert refused.remedy
    assert refused.exit_code in (2, 3)


@cache
def flagship() -> Game:
    return load(FLAGSHIP).at()
