"""Published JSON Schemas: well-formed, found by name, strict enough, true of the model files."""

from __future__ import annotations

import copy
import datetime
import json
import tomllib
from typing import Any

import jsonschema
import pytest

from negotiation import load
from negotiation.errors import ModelError, UsageError
from negotiation.model.catalogue import catalogue
from negotiation.model.reading import model_from_toml
from negotiation.report.pages import STARTER
from negotiation.schemas import schema, schema_names

MODEL_FILE = "negotiation/model-file/1"


def as_json(text: str) -> Any:
    """Return TOML as the JSON values that an editor checks; dates are texts there."""

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: plain(value) for key, value in item.items()}
        if isinstance(item, list):
            return [plain(value) for value in item]
        return item.isoformat() if isinstance(item, datetime.date) else item

    return plain(tomllib.loads(text))


def faults_of(document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(
        schema(MODEL_FILE), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(document)]


def test_all_documents_have_a_schema() -> None:
    expected = "certificate check compare facts list model model-file solution sweep".split()
    assert set(schema_names()) >= {f"negotiation/{kind}/1" for kind in expected}


@pytest.mark.parametrize("name", schema_names())
def test_schema_is_well_formed(name: str) -> None:
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["title"]
    assert found["description"]
    if name != MODEL_FILE:
        assert found["properties"]["schema"] == {"const": name}
        assert "schema" in found["required"]


@pytest.mark.parametrize("name", schema_names())
def test_references_are_defined_and_definitions_used(name: str) -> None:
    found = schema(name)
    text = json.dumps(found)
    for definition in found.get("$defs", {}):
        assert f'"#/$defs/{definition}"' in text, definition
    for part in text.split('"$ref": "')[1:]:
        assert part.split('"')[0].removeprefix("#/$defs/") in found["$defs"]


def test_unknown_schema_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="solutoin") as caught:
        schema("negotiation/solutoin/1")
    assert "negotiation/solution/1" in caught.value.remedy
    with pytest.raises(UsageError):
        schema("../solution-1")


@pytest.mark.parametrize("name", catalogue())
def test_models_of_the_catalogue_fit_the_schema_of_model_files(name: str) -> None:
    text = catalogue()[name].read_text(encoding="utf-8")
    assert faults_of(as_json(text)) == []
    assert faults_of(as_json(load(name).to_toml())) == []


def test_starter_fits_the_schema_of_model_files() -> None:
    assert faults_of(as_json(STARTER.format(name="mine", file="mine.toml"))) == []


SMALL = """
name = "small"
form = "extensive"
players = ["seller", "buyers"]
[sets]
buyers = ["US", "欧盟"]
[parameters]
stake = { value = "3/2", range = [0, "2 * 3"], digits = 2 }
worth = { over = "i in buyers, j in buyers", value = { "US, 欧盟" = 1 }, default = 0 }
cost = { over = "i in buyers", value = { US = 0.5, "欧盟" = "stake / 3" }, integer = false }
free = {}
[[moves]]
name = "weather"
player = "chance"
actions = ["fair", "foul"]
probabilities = [0.25, "rest"]
[[moves]]
name = "offer"
turns = "i in buyers"
player = "seller"
grid = [0, "stake", 0.5]
observes = ["offer", "reply"]
[[moves]]
name = "reply"
turns = "i in buyers"
actions = ["accept", "refuse"]
observes = ["offer", "reply"]
when = "offer[i] > 0"
otherwise = "refuse"
phrases = { accept = "{player} accepts" }
[[moves]]
name = "price"
player = "seller"
grid = { from = 0, to = 1, steps = 3 }
[payoffs]
seller = "free + price + sum(offer[i] for i in buyers if reply[i] == 'accept')"
"i in buyers" = "worth[i, i] - cost[i] if reply[i] == 'accept' and weather == 'fair' else 0"
[[facts]]
id = "seen"
date = 2025-11-01
observed = { "reply[US]" = "accept", "offer[US]" = 0.5 }
"""


def test_what_the_language_allows_fits_the_schema() -> None:
    model_from_toml(SMALL)
    assert faults_of(as_json(SMALL)) == []


def changed(place: list[Any], value: Any) -> Any:
    """Return the small model with one entry changed, or taken out where `value` is None."""
    document = copy.deepcopy(as_json(SMALL))
    part = document
    for key in place[:-1]:
        part = part[key]
    if value is None:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return document


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["titel"], "x"),
        (["name"], "Small"),
        (["name"], None),
        (["form"], "extensiv"),
        (["players"], []),
        (["players"], ["a b"]),
        (["moves"], []),
        (["payoffs"], None),
        (["payoffs", "seller"], 1),
        (["calibration"], "../c.toml"),
        (["sets", "buyers"], []),
        (["parameters", "stake", "valu"], 1),
        (["parameters", "stake", "value"], [1]),
        (["parameters", "stake", "digits"], 2.5),
        (["parameters", "stake", "range"], [1]),
        (["parameters", "cost", "over"], "buyers"),
        (["parameters", "cost", "integer"], 1),
        (["moves", 0, "palyer"], "chance"),
        (["moves", 0, "name"], "1st"),
        (["moves", 0, "grid"], [1, 2]),
        (["moves", 1, "grid"], None),
        (["moves", 3, "grid", "steps"], None),
        (["facts", 0, "date"], "soon"),
        (["facts", 0, "id"], None),
    ],
)
def test_what_the_language_refuses_fails_the_schema(place: list[Any], value: Any) -> None:
    import tomli_w

    document = changed(place, value)
    assert faults_of(document) != []
    with pytest.raises(ModelError):
        model_from_toml(tomli_w.dumps(document))
