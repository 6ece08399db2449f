"""Fuzzing: random and mutated formulas, files and settings end in an answer or in an error of ours.

Runs are the same every time, so a red run stays red; the long ones are marked slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from negotiation import Model, ModelError, NegotiationError, load, solve
from negotiation.formulas import Expression, parse
from negotiation.model.reading import decode, model_from_toml
from tests.drawing import examples

COMPLETE = (Path(__file__).parents[1] / "unit" / "complete.toml").read_text(encoding="utf-8")
SEQUENTIAL = """
name = "offers"
form = "extensive"
players = ["China", "importers"]
[sets]
importers = ["US", "EU"]
[parameters]
stake = { value = 1.5, domain = "stake > 0" }
p = { over = "i in importers", value = "1/3", digits = 3 }
pair = { over = "i in importers, j in importers", default = 1, value = { US = { EU = 2 } } }
[[moves]]
name = "weather"
player = "chance"
actions = ["good", "bad"]
probabilities = ["p[US]", "rest"]
[[moves]]
name = "offer"
turns = "i in importers"
player = "China"
grid = { from = 0, to = "stake", steps = 3 }
observes = ["offer", "reply"]
[[moves]]
name = "reply"
turns = "i in importers"
actions = ["accept", "refuse"]
observes = ["offer[i]"]
when = "offer[i] > 0"
otherwise = "refuse"
allowed = "reply == 'refuse' or offer[i] > 0"
[define]
"paid[i in importers]" = "offer[i] if reply[i] == 'accept' else 0"
[payoffs]
China = "max(0, stake) - sum(paid[i] * pair[i, j] for i in importers for j in importers if i != j)"
"i in importers" = "paid[i] if weather == 'good' else -paid[i]"
[[regimes]]
name = "deal"
when = "prob(reply[US] == 'accept') > 0 and mean(offer[EU]) < 2"
"""
FORMULAS = sorted(
    {*re.findall(r'"([^"\n]*[=<>*+\[(][^"\n]*)"', COMPLETE + SEQUENTIAL)}
    | {"log(x) ** 0.5", "not (a or b) and c", "-x ** -2", "x in (1, 2, 3)", "1_0.5e-3"}
)
PLAIN = r"""x share importers exempt joins coalition licence US EU i j China threshold for in if
else and or not sum min max any all len abs exp log sqrt prob mean at payoff regime increasing
exists True False None lambda is 0 1 2 0.5 1e3 1e999 9**9 . , : := ( ) [ ] { } + - * / ** == != < <=
> >= = % @ ~ 'join' 'stay' '{US}' 'only' '' " ' # \ ; _ __import__"""
WORDS = [*PLAIN.split(), "'US only'", " ", "\u4e2d", "\ufb01", "\u2212", "\0", "\ud800"]


def drawing(number: int) -> settings:
    return settings(
        examples(number), suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )


def tries(formula_or_file: Callable[[str], Any], text: str) -> Any:
    """Return what comes of a text; an error of ours, with its remedy, is an answer too."""
    try:
        return formula_or_file(text)
    except NegotiationError as error:
        str(error).encode()
        found = error.faults if isinstance(error, ModelError) else [error]
        bare = [fault for fault in found if not (fault.message and fault.remedy)]
        bare += [fault for fault in found if isinstance(error, ModelError) and not fault.place]
        if bare or not found:
            raise AssertionError("an error without place or remedy") from error
        return None


def formula_everywhere(text: str) -> None:
    """Put a formula in the places of a model, and build what is accepted."""
    tries(parse, text)
    document = {
        "name": "fuzz",
        "players": ["China", "importers"],
        "sets": {"importers": ["US", "EU"]},
        "parameters": {
            "x": {"value": 2},
            "threshold": {"value": text, "digits": 2, "domain": text},
            "share": {"over": "i in importers", "value": {"US": 0.5, "EU": text}},
        },
        "moves": [
            {"name": "exempt", "player": "China", "subsets": "importers", "allowed": text},
            {"name": "joins", "over": "i in importers", "actions": ["join", "stay"], "when": text},
            {"name": "late", "player": "China", "grid": [0, text], "otherwise": 0, "when": text},
        ],
        "define": {"coalition": text, "licence[i in importers]": text},
        "payoffs": {"China": text, "i in importers": text},
        "regimes": [{"name": "r", "when": text}],
        "hypotheses": [{"id": "h", "claim": "", "holds": text}],
    }
    tries(lambda _: Model(**document), text)  # type: ignore[arg-type]
    harmless: dict[str, Any] = document | {
        "parameters": {"x": {"value": 2}, "share": {"over": "i in importers", "value": 0.5}},
        "moves": [{"name": "joins", "over": "i in importers", "actions": ["join", "stay"]}],
        "define": {},
        "regimes": [],
        "hypotheses": [],
    }
    harmless["payoffs"] = {"China": text, "i in importers": "0"}
    tries(lambda _: Model(**harmless).at(), text)


def file_to_the_end(text: str) -> None:
    """Read a file, write it, build its game, and solve it where it is small."""
    model = tries(model_from_toml, text)
    if model is None:
        return
    assert model_from_toml(model.to_toml()) == model
    game = tries(lambda _: model.at(), text)
    if game is not None and game.histories <= 100:
        tries(lambda _: solve(game, concept="pure-subgame-perfect", budget=0.2), text)


def settings_to_the_end(values: dict[str, Any], fix: dict[str, Any], scenario: str | None) -> None:
    """Build the game of a file at settings, without and with a scenario."""
    model = Model.from_toml(COMPLETE)
    tries(lambda _: model.at(values, fix=fix), "")
    tries(lambda _: model.at(values, fix=fix, scenario=scenario), "")


# -- generators -----------------------------------------------------------------------------------

ANY_TEXT = st.text(max_size=60) | st.text("x0123456789.eE+-*/()[]<>=! '\"\\#_i", max_size=40)
SOUPS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


@st.composite
def mutations(draw: st.DrawFn, originals: list[str], spare: list[str]) -> str:
    """Return a text with some of its tokens dropped, doubled, swapped or replaced."""
    tokens = re.findall(r"\w+|\s+|.", draw(st.sampled_from(originals)), flags=re.DOTALL)
    for _ in range(draw(st.integers(1, 3))):
        if not tokens:
            break
        k = draw(st.integers(0, len(tokens) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del tokens[k]
            case 1:
                tokens.insert(k, tokens[k])
            case 2:
                other = draw(st.integers(0, len(tokens) - 1))
                tokens[k], tokens[other] = tokens[other], tokens[k]
            case 3:
                tokens[k] = draw(st.sampled_from(spare))
            case _:
                tokens[k] = draw(st.sampled_from(tokens))
    return "".join(tokens)


@st.composite
def line_mutations(draw: st.DrawFn) -> str:
    """Return a file with some of its lines dropped, doubled, swapped or taken from another."""
    lines = draw(st.sampled_from([COMPLETE, SEQUENTIAL])).splitlines()
    others = (COMPLETE + SEQUENTIAL).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        k = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                del lines[k]
            case 1:
                lines.insert(k, lines[k])
            case 2:
                other = draw(st.integers(0, len(lines) - 1))
                lines[k], lines[other] = lines[other], lines[k]
            case _:
                lines[k] = draw(st.sampled_from(others))
    return "\n".join(lines)


FORMULA_MUTATIONS = mutations(FORMULAS, WORDS)
FILE_WORDS = [*WORDS, '"', "'", "\n", "[", "]]", "[[moves]]", "= ", "{", "nan", "inf", "2025-10-30"]
FILE_MUTATIONS = mutations([COMPLETE, SEQUENTIAL], FILE_WORDS) | line_mutations()
SETTINGS = st.dictionaries(
    st.sampled_from(["share", "share[US]", "sigma", "dependence", "threshold"]) | ANY_TEXT,
    st.one_of(ANY_TEXT, st.integers(), st.floats(), st.none(), st.booleans(), st.fractions()),
    max_size=3,
)
FIXES = st.dictionaries(
    st.sampled_from(["exempt", "joins", "joins[US]"]) | ANY_TEXT,
    st.sampled_from(["US only", "{EU}", "join", ["US"], [], 3, None]) | ANY_TEXT,
    max_size=2,
)

# -- the quick part -------------------------------------------------------------------------------


def test_the_originals_are_valid() -> None:
    assert Model.from_toml(COMPLETE).at().histories == 16
    assert Model.from_toml(SEQUENTIAL).at().histories > 10
    assert len(FORMULAS) > 20


@drawing(60)
@given(text=ANY_TEXT | SOUPS)
def test_random_formulas(text: str, several_inputs: None) -> None:
    formula_everywhere(text)


@drawing(60)
@given(text=FORMULA_MUTATIONS)
def test_mutated_formulas(text: str, several_inputs: None) -> None:
    formula_everywhere(text)


@drawing(500)
@given(text=ANY_TEXT | SOUPS | FORMULA_MUTATIONS)
def test_whatever_parses_is_an_expression(text: str, several_inputs: None) -> None:
    found = tries(parse, text)
    assert found is None or isinstance(found, Expression)


@drawing(300)
@given(content=st.binary(max_size=200))
def test_random_bytes(content: bytes, several_inputs: None) -> None:
    tries(lambda _: model_from_toml(decode(content, "file")), "")


@drawing(60)
@given(text=FILE_MUTATIONS)
def test_mutated_files(text: str, several_inputs: None) -> None:
    file_to_the_end(text)


@drawing(60)
@given(values=SETTINGS, fix=FIXES, scenario=st.none() | ANY_TEXT)
def test_random_settings(
    values: dict[str, Any], fix: dict[str, Any], scenario: str | None, several_inputs: None
) -> None:
    settings_to_the_end(values, fix, scenario)


@drawing(300)
@given(name=ANY_TEXT)
def test_random_names_of_models(name: str, several_inputs: None) -> None:
    tries(load, name)


# -- the long part --------------------------------------------------------------------------------


@pytest.mark.slow
@drawing(800)
@given(text=ANY_TEXT | SOUPS | FORMULA_MUTATIONS)
def test_many_formulas(text: str) -> None:
    formula_everywhere(text)


@pytest.mark.slow
@drawing(1500)
@given(text=ANY_TEXT | SOUPS | FORMULA_MUTATIONS)
def test_whatever_of_many_formulas_parses_is_an_expression(text: str) -> None:
    found = tries(parse, text)
    assert found is None or isinstance(found, Expression)


@pytest.mark.slow
@drawing(150)
@given(values=SETTINGS, fix=FIXES, scenario=st.none() | ANY_TEXT)
def test_many_settings(values: dict[str, Any], fix: dict[str, Any], scenario: str | None) -> None:
    settings_to_the_end(values, fix, scenario)


@pytest.mark.slow
@drawing(800)
@given(text=FILE_MUTATIONS)
def test_many_files(text: str) -> None:
    file_to_the_end(text)
