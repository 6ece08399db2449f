"""The document: TOML to Model and back, numbers as they are spelled, records built in Python."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import pickle
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import negotiation
from negotiation import Fact, Hypothesis, Model, ModelError, Move, Parameter, Regime, load, solve
from negotiation.model.catalogue import catalogue, catalogue_root
from negotiation.model.document import Binder, Steps, decimal_text

COMPLETE = (Path(__file__).parent / "complete.toml").read_text(encoding="utf-8")

ONE_LICENCE = """
name = "one-licence"
form = "extensive"
players = ["China", "EU"]
[parameters.gain]
value = "3/2"
[parameters.price]
value = 1
range = [0.5, 2]
[[moves]]
name = "licence"
player = "China"
actions = ["grant", "refuse"]
[[moves]]
name = "reply"
player = "EU"
actions = ["pay", "leave"]
observes = ["licence"]
when = "licence == 'grant'"
otherwise = "leave"
[payoffs]
China = "price if licence == 'grant' and reply == 'pay' else 0"
EU = "gain - price if licence == 'grant' and reply == 'pay' else 0"
[[regimes]]
name = "trade"
when = "reply == 'pay'"
[[hypotheses]]
id = "H1"
claim = "a higher price never hurts China"
holds = "increasing(payoff[China], price)"
[[facts]]
id = "granted"
date = 2025-10-30
observed = { licence = "grant" }
"""


def one_licence() -> Model:
    return Model(
        name="one-licence",
        players=["China", "EU"],
        parameters={
            "gain": Parameter(value="3/2"),
            "price": Parameter(value=1, range=(Decimal("0.5"), 2)),
        },
        moves=[
            Move("licence", player="China", actions=["grant", "refuse"]),
            Move(
                "reply",
                player="EU",
                actions=["pay", "leave"],
                observes=["licence"],
                when="licence == 'grant'",
                otherwise="leave",
            ),
        ],
        payoffs={
            "China": "price if licence == 'grant' and reply == 'pay' else 0",
            "EU": "gain - price if licence == 'grant' and reply == 'pay' else 0",
        },
        regimes=[Regime("trade", "reply == 'pay'")],
        hypotheses=[
            Hypothesis("H1", "a higher price never hurts China", "increasing(payoff[China], price)")
        ],
        facts=[Fact("granted", {"licence": "grant"}, datetime.date(2025, 10, 30))],
    )


def test_a_model_built_in_python_equals_the_one_read_from_toml() -> None:
    assert one_licence() == Model.from_toml(ONE_LICENCE)
    solution = solve(one_licence().at())
    assert [equilibrium.regime for equilibrium in solution.equilibria] == ["trade"]
    assert solution.equilibria[0].payoffs["EU"] == Fraction(1, 2)


def test_records_may_be_mappings() -> None:
    model = one_licence()
    plain = Model(
        **{
            field.name: getattr(model, field.name)
            for field in dataclasses.fields(model)
            if field.name not in ("parameters", "moves")
        },
        parameters={name: vars(parameter) for name, parameter in model.parameters.items()},
        moves=[vars(move) for move in model.moves],
    )
    assert plain == model


@pytest.mark.parametrize("text", [COMPLETE, ONE_LICENCE], ids=["complete", "one-licence"])
def test_writing_and_reading_is_the_identity(text: str) -> None:
    model = Model.from_toml(text)
    written = model.to_toml()
    assert Model.from_toml(written) == model
    assert Model.from_toml(written).to_toml() == written
    assert Model.from_toml(written).at().fingerprint == model.at().fingerprint


@pytest.mark.parametrize("name", catalogue())
def test_writing_and_reading_the_catalogue_is_the_identity(name: str) -> None:
    model = load(name)
    assert Model.from_toml(model.to_toml(), origin=model.origin) == model


def test_everything_that_can_be_written_comes_back() -> None:
    model = Model(
        name="everything",
        players=["A", "S"],
        sets={"S": ["a", "b"], "T": ["c"]},
        title='quotes " and \\ and \n lines and 中文',
        assume=["x > -1"],
        parameters={
            "x": Parameter(value=Fraction(1, 3), digits=3),
            "tiny": Parameter(value=Decimal("1e-40")),
            "large": Parameter(value=10**40),
            "negative": Parameter(value=-0.125),
            "pairs": Parameter(
                over="i in S, j in T", value={("a", "c"): 1, "b,c": "1/7"}, range={"a, c": (0, 2)}
            ),
            "nested": Parameter(over="i in S, j in T", value={"a": {"c": 1}}, default="1/7"),
            "open": Parameter(meaning="no value yet", domain="open > 0", integer=True),
        },
        moves=[
            Move("m", player="A", grid=Steps(0, "x", 3), phrases={"0": "{player} offers nothing"}),
            Move("n", player="A", grid=[0, Fraction(1, 3), "x"]),
            Move("k", player="chance", subsets="S", probabilities=[0, "rest", "1/3", 0]),
            Move(
                "t",
                turns="i in S",
                player="A",
                subsets="S",
                labels={"none": []},
                when="0 < 1",
                otherwise=["a"],
            ),
        ],
        define={"d[i in S]": "x", "e": "1"},
        payoffs={"A": "0", "i in S": "d[i]"},
        facts=[Fact("f", {"m": Fraction(1, 4), "t[a]": [], "n": 0})],
    )
    assert Model.from_toml(model.to_toml()) == model
    assert model.parameters["pairs"].value == {"a, c": 1, "b, c": "1/7"}
    assert model.parameters["nested"].value == {"a, c": 1}


def test_numbers_are_taken_from_the_text_of_the_file() -> None:
    text = ONE_LICENCE.replace("value = 1\n", "value = 0.1\n")
    assert Model.from_toml(text).parameters["price"].value == Fraction(1, 10)
    for spelled, wanted in [
        ("1e-3", "0.001"),
        ("+0.5", "0.5"),
        ("-0.0", "0"),
        ("6.626e2", "662.6"),
        ("1_000.5", "1000.5"),
        ("0x10", "16"),
        ("0o17", "15"),
        ("0b11", "3"),
        ("3.1415926535897932384626433832795028842", "3.1415926535897932384626433832795028842"),
    ]:
        model = Model.from_toml(text.replace("0.1\n", f"{spelled}\n"))
        assert model.parameters["price"].value == Fraction(wanted)


def test_a_number_and_its_text_are_kept_apart() -> None:
    model = Model.from_toml(ONE_LICENCE.replace("value = 1\n", 'value = "0.5"\n'))
    assert model.parameters["price"].value == "0.5"
    assert model.values()["price"] == Fraction(1, 2)
    with pytest.raises(ModelError) as caught:
        Model.from_toml(ONE_LICENCE.replace('name = "one-licence"', "name = 0.5"))
    assert "expected text, found a number" in str(caught.value)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(1, 2), "0.5"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(5), "5"),
        (Fraction(0), "0"),
        (Fraction(1, 3), None),
        (Fraction(1, 10**40), "0." + "0" * 39 + "1"),
        (Fraction(123456789, 1000), "123456.789"),
    ],
)
def test_decimal_text(number: Fraction, text: str | None) -> None:
    assert decimal_text(number) == text


def test_schema_and_optional_keys() -> None:
    assert Model.from_toml(ONE_LICENCE).schema == 1
    assert Model.from_toml("schema = 1\n" + ONE_LICENCE) == Model.from_toml(ONE_LICENCE)


def test_binders() -> None:
    assert Binder.read(" i in S ,  j in T").pairs == (("i", "S"), ("j", "T"))
    assert Binder.read("i in S").indices == ("i",)


def test_models_can_be_copied_changed_and_sent_to_another_process() -> None:
    model = one_licence()
    assert pickle.loads(pickle.dumps(model)) == model
    assert copy.deepcopy(model) == model
    dearer = dataclasses.replace(model, parameters=model.parameters | {"price": Parameter(value=2)})
    assert dearer.values()["price"] == 2
    assert model.values()["price"] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.name = "other"  # type: ignore[misc]


def test_errors_survive_being_sent_to_another_process() -> None:
    with pytest.raises(ModelError) as caught:
        Model.from_toml(ONE_LICENCE.replace("gain - price", "gian - price"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.faults[0].remedy == "did you mean 'gain'?"


def test_a_fault_shows_the_formula_with_a_caret() -> None:
    with pytest.raises(ModelError) as caught:
        Model.from_toml(ONE_LICENCE.replace("gain - price", "gian - price"))
    assert str(caught.value) == (
        "1 fault in the model:\n"
        "- payoffs.EU: unknown name 'gian'\n"
        "      gian - price if licence == 'grant' and reply == 'pay' else 0\n"
        "      ^\n"
        "    remedy: did you mean 'gain'?"
    )


def test_the_caret_stands_under_wide_letters_too() -> None:
    with pytest.raises(ModelError) as caught:
        Model.from_toml(ONE_LICENCE.replace("'pay' else 0", "'pay' and '中文' == gian else 0", 1))
    lines = str(caught.value).splitlines()
    caret = lines[3].index("^")
    before = lines[2][: lines[2].index("gian")]
    assert caret == len(before) + 2  # two letters that are two columns wide


def test_messages_are_fit_for_a_terminal() -> None:
    text = ONE_LICENCE + '\n["\\u001b[31m"]\nx = 1\n'
    with pytest.raises(ModelError) as caught:
        Model.from_toml(text)
    assert "\x1b" not in str(caught.value)
    assert "?[31m" in str(caught.value)


def test_records_report_all_their_faults() -> None:
    wrong: dict[str, Any] = {"unit": 3, "integer": "yes", "use": {"a": 1, "b": 2}}
    with pytest.raises(ModelError) as caught:
        Parameter(value=[1], digits=-1, range=[1], **wrong)
    assert {fault.place for fault in caught.value.faults} == {
        "value",
        "unit",
        "digits",
        "range",
        "integer",
        "use.a",
        "use.b",
    }


@pytest.mark.parametrize(
    ("record", "arguments", "place", "message"),
    [
        (Move, {"name": "a b"}, "name", "cannot be a name"),
        (Move, {"name": "ﬁ"}, "name", "cannot be a name"),
        (Move, {"name": "a", "actions": ["x", "y\u202e"]}, "actions[1]", "printable"),
        (Move, {"name": "a", "actions": ["  "]}, "actions[0]", "printable"),
        (Move, {"name": "a", "actions": ["x" * 201]}, "actions[0]", "1 to 200"),
        (Move, {"name": "a", "actions": "x"}, "actions", "expected a list, found text"),
        (Move, {"name": "a", "grid": {"from": 0}}, "grid", "the grid has no 'to'"),
        (Move, {"name": "a", "grid": {"from": 0, "too": 1}}, "grid", "unknown key 'too'"),
        (Move, {"name": "a", "meaning": "\ud800"}, "meaning", "surrogate"),
        (Move, {"name": "a", "otherwise": {"US": "x"}}, "otherwise", "found a table"),
        (Parameter, {"value": {}}, "value", "the table is empty"),
        (Parameter, {"value": {"a,b": 1, "a, b": 2}}, "value", "stands twice"),
        (Parameter, {"value": {"a": {"b": {"c": 1}}}}, "value.a, b", "found a table"),
        (Parameter, {"value": {1: 2}}, "value", ""),
        (Parameter, {"digits": 1.5}, "digits", "whole number"),
        (Parameter, {"digits": 101}, "digits", "whole number"),
        (Fact, {"id": "f", "observed": {}, "date": "2025"}, "date", "expected a date"),
        (
            Fact,
            {"id": "f", "observed": {}, "date": datetime.datetime(2025, 1, 1)},
            "date",
            "a date with time",
        ),
        (Regime, {"name": "", "when": "True"}, "name", "1 to 200"),
    ],
)
def test_records_name_place_and_remedy(
    record: type[Any], arguments: dict[str, Any], place: str, message: str
) -> None:
    if not message:
        assert record(**arguments) == record(value={"1": 2})
        return
    with pytest.raises(ModelError) as caught:
        record(**arguments)
    fault = caught.value.faults[0]
    assert fault.place == place
    assert message in fault.message
    assert fault.remedy


def test_import_alone_is_light() -> None:
    import subprocess
    import sys

    code = (
        "import sys, negotiation; "
        "heavy = {'numpy', 'sympy', 'matplotlib', 'flint', 'scipy', 'xarray', 'z3', 'typer'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    assert set(negotiation.__all__) <= set(dir(negotiation))


def test_the_catalogue_root_is_that_of_the_checkout() -> None:
    assert (catalogue_root() / "references.bib").is_file()
