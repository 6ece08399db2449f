"""Model -> TOML -> Model is the identity on random models, and so is the game."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negotiation import Model, NegotiationError
from negotiation.model.document import Steps, Value, as_value
from tests.drawing import examples

NAMES = ["x", "share", "κ", "loss_2", "_", "Größe", "份额", "y"]
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs"])
TEXTS = st.text(LETTERS, max_size=30)
LABELS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda t: t.isprintable() and t.strip())
NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12),
    st.fractions(-100, 100, max_denominator=10**6),
    st.decimals(-1000, 1000, allow_nan=False, places=7),
    st.floats(-1e6, 1e6, allow_nan=False),
)
SETS = {"S": ("a", "b"), "T": ("c", "d", "e")}
OVER = {"i in S": ("a", "b"), "i in S, j in T": tuple(f"{i}, {j}" for i in "ab" for j in "cde")}


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    over = draw(optional(st.sampled_from(list(OVER))))
    value: Any = optional(NUMBERS | st.sampled_from(["1/3", "2 * 3", "exp(0.5)"]))
    if over is not None:
        members = st.sampled_from(OVER[over])
        cells = dict.fromkeys(OVER[over], NUMBERS)
        value |= st.fixed_dictionaries({"default": NUMBERS}, optional=cells)
        ranges = st.dictionaries(members, st.tuples(NUMBERS, NUMBERS).map(sorted), min_size=1)
        sources = st.dictionaries(members, TEXTS, min_size=1)
    else:
        ranges, sources = st.nothing(), st.nothing()
    return {
        "over": over,
        "value": draw(value),
        "digits": draw(st.integers(0, 9)),
        "symbol": draw(optional(TEXTS)),
        "meaning": draw(optional(TEXTS)),
        "unit": draw(optional(TEXTS)),
        "domain": draw(optional(st.sampled_from(["True", "0 < 1"]))),
        "range": draw(optional(st.tuples(NUMBERS, NUMBERS).map(sorted) | ranges)),
        "source": draw(optional(TEXTS | sources)),
        "default": draw(NUMBERS) if over and draw(st.booleans()) else None,
    }


@st.composite
def actions(draw: st.DrawFn) -> dict[str, Any]:
    match draw(st.integers(0, 3)):
        case 0:
            labels = draw(st.lists(LABELS, min_size=1, max_size=3, unique=True))
            phrases = draw(optional(st.just({labels[0]: "{player} acts"})))
            return {"actions": labels, "phrases": phrases}
        case 1:
            entries = draw(st.lists(NUMBERS, min_size=1, max_size=3, unique_by=as_value))
            return {"grid": entries}
        case 2:
            return {"grid": Steps(Fraction(0), "1 + 1/3", draw(st.integers(2, 4)))}
        case _:
            named: list[Any] = [None, {"none": []}, {"all": ["b", "a"], "{}": []}]
            return {"subsets": "S", "labels": draw(st.sampled_from(named))}


@st.composite
def moves(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in draw(st.lists(st.sampled_from(["m", "n"]), min_size=1, unique=True)):
        move = {"name": name, **draw(actions()), "meaning": draw(optional(TEXTS))}
        kind = draw(st.sampled_from(["single", "over", "turns", "chance"]))
        move["player"] = "chance" if kind == "chance" else draw(st.sampled_from(["P", "Q"]))
        if kind in ("over", "turns"):
            move[kind] = "i in S"
            move["player"] = draw(st.sampled_from([None, "i", "P"]))
        if kind == "chance":
            move |= {
                "actions": ["u", "v"],
                "probabilities": draw(st.sampled_from([["rest", 0.25], ["1/3", "rest"], [0, 1]])),
            }
            for key in ("grid", "subsets", "labels", "phrases"):
                move.pop(key, None)
        elif draw(st.booleans()):
            move["when"] = "1 < 2"
        move["observes"] = (
            draw(st.lists(st.sampled_from([m["name"] for m in found]), unique=True))
            if found
            else []
        )
        found.append(move)
    return found


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    played = draw(moves())
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    return {
        "name": draw(st.sampled_from(["a", "one-model", "m_2"])),
        "players": ["P", "S", "Q"],
        "sets": SETS,
        "title": draw(optional(TEXTS)),
        "summary": draw(optional(TEXTS)),
        "timing": draw(optional(TEXTS)),
        "notes": draw(optional(TEXTS)),
        "concept": draw(optional(st.sampled_from(["nash", "subgame-perfect"]))),
        "select": draw(optional(st.sampled_from(["all", "coalition-proof,preferred:P"]))),
        "assume": draw(st.lists(st.just("1 <= 2"), max_size=2)),
        "calibration": draw(optional(st.just("calibration.toml"))),
        "parameters": {name: draw(parameters()) for name in names},
        "moves": played,
        "define": draw(st.sampled_from([{}, {"one": "1", "two[k in T]": "one + 1"}])),
        "payoffs": {"P": "1", "i in S": "0.5 if i == a else 2", "Q": "0"},
        "regimes": draw(
            st.lists(
                st.fixed_dictionaries(
                    {"name": LABELS, "when": st.just("True"), "meaning": optional(TEXTS)}
                ),
                max_size=2,
                unique_by=lambda regime: regime["name"],
            )
        ),
        "hypotheses": draw(
            st.lists(
                st.fixed_dictionaries(
                    {"id": LABELS, "claim": TEXTS, "holds": st.just("payoff[a] > 0")},
                    optional={"given": st.just("True"), "opposes": TEXTS, "source": TEXTS},
                ),
                max_size=2,
                unique_by=lambda hypothesis: hypothesis["id"],
            )
        ),
        "facts": draw(
            st.lists(
                st.fixed_dictionaries(
                    {"id": LABELS, "observed": st.just({})},
                    optional={"date": st.dates(datetime.date(1900, 1, 1)), "source": TEXTS},
                ),
                max_size=1,
            )
        ),
    }


def game_of(model: Model) -> str:
    """Return the fingerprint of the game, or the message where there is none."""
    try:
        return model.at().fingerprint
    except NegotiationError as error:
        return error.message


def check_comes_back(arguments: dict[str, Any]) -> None:
    model = Model(**arguments)
    text = model.to_toml()
    again = Model.from_toml(text)
    assert again == model
    assert again.to_toml() == text
    assert again.values() == model.values()
    assert game_of(again) == game_of(model)


@settings(examples(20), suppress_health_check=list(HealthCheck))
@given(arguments=models())
def test_random_models_come_back_from_toml(arguments: dict[str, Any]) -> None:
    check_comes_back(arguments)


@pytest.mark.slow
@settings(examples(60), suppress_health_check=list(HealthCheck))
@given(arguments=models())
def test_many_random_models_come_back_from_toml(arguments: dict[str, Any]) -> None:
    check_comes_back(arguments)


@examples(300)
@given(number=NUMBERS | st.fractions())
def test_values_keep_every_digit(number: Any) -> None:
    value: Value = as_value(number)
    wanted = Fraction(repr(number)) if isinstance(number, float) else Fraction(number)
    assert Fraction(value) == wanted
    assert as_value(value) == value
