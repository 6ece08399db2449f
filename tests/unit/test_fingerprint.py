"""Fingerprints of models: equal for one model however it is written, different for another."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from negotiation import Model, load, sweep
from negotiation.model.calibration import self_contained
from negotiation.model.catalogue import catalogue
from negotiation.model.fingerprint import model_fingerprint
from negotiation.model.reading import model_from_toml

TEXT = """
name = "over"
form = "extensive"
title = "A title"
players = ["A", "B"]
assume = ["q <= 9", "k > 0"]
[sets]
S = ["u", "v"]
[parameters.k]
value = 0.5
domain = "k > 0"
[parameters.q]
value = 1
unit = "1"
meaning = "something"
[parameters.w]
over = "i in S"
value = { u = 1, v = "k + 1" }
[[moves]]
name = "x"
player = "A"
actions = ["h", "t"]
phrases = { h = "heads", t = "tails" }
[[moves]]
name = "y"
player = "B"
actions = ["h", "t"]
observes = ["x"]
when = "x == 'h'"
otherwise = "t"
[define]
same = "x == y"
[payoffs]
A = "k ** 2 if same else k * q"
B = "-(k) if same else w[u]"
[[regimes]]
name = "equal"
when = "same"
[[hypotheses]]
id = "H1"
claim = "nothing"
holds = "payoff[A] >= 0"
"""


def of(*changes: tuple[str, str]) -> str:
    """Return the fingerprint of the text with some changes, each of which must take place."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return model_from_toml(text).fingerprint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "over"', "# a comment\n\nname='over'"),
        ('"k ** 2 if same else k * q"', '"( k**2 ) if ((same)) else (k*q)"'),
        ("\"x == 'h'\"", "'x == \"h\"'"),
        ("value = 0.5", 'value = "1/2"'),
        ("value = 0.5", "value = 5e-1"),
        ('{ u = 1, v = "k + 1" }', '{ v = "k+1", u = 1.0 }'),
        ('["q <= 9", "k > 0"]', '["k>0", "q <= 9"]'),
        ('A = "k ** 2 if same else k * q"\nB = "-(k) if same else w[u]"',
         'B = "-k if same else w[u]"\nA = "k ** 2 if same else k * q"'),
        ('over = "i in S"', 'over = " i  in S"'),
        ('name = "over"', 'schema = 1\nname = "over"'),
        ('title = "A title"', 'title = "Another"\nsummary = "words"\nnotes = "more"'),
        ('meaning = "something"', 'meaning = "else"\nsymbol = "q"'),
        ('h = "heads"', 'h = "shows heads"'),
        ('holds = "payoff[A] >= 0"', 'holds = "payoff[B] >= 0"'),
    ],
)  # fmt: skip
def test_what_says_the_same_has_the_same_fingerprint(old: str, new: str) -> None:
    assert of((old, new)) == of()


CHANGES = [
    ('name = "over"', 'name = "other"'),
    ('["A", "B"]', '["B", "A"]'),
    ('"q <= 9", ', ""),
    ('"q <= 9"', '"q <= 8"'),
    ('S = ["u", "v"]', 'S = ["v", "u"]'),
    ("value = 0.5", "value = 0.25"),
    ("value = 0.5", 'value = "q / 2"'),
    ("value = 0.5", "value = 0.5\nrange = [0, 1]"),
    ("value = 0.5", "value = 0.5\ndigits = 3"),
    ('domain = "k > 0"', 'domain = "k >= 0.1"'),
    ("value = 1\n", "value = 1\ninteger = true\n"),
    ('unit = "1"', 'unit = "billion USD"'),
    ('v = "k + 1"', 'v = "k + 2"'),
    ('player = "A"\nactions = ["h", "t"]', 'player = "A"\nactions = ["t", "h"]'),
    ('observes = ["x"]\nwhen = "x == \'h\'"\notherwise = "t"\n', ""),
    ("\"x == 'h'\"", "\"x == 't'\""),
    ('otherwise = "t"', 'otherwise = "h"'),
    ('same = "x == y"', 'same = "x != y"'),
    ("else k * q", "else k * q * 7"),
    ("else k * q", "else k * (q + k)"),
    ("-(k)", "-k + 1"),
    ('name = "equal"', 'name = "the same"'),
    ('when = "same"', 'when = "not same"'),
    ('title = "A title"', 'concept = "pure"'),
    ('title = "A title"', 'select = "pareto"'),
]


def test_what_says_something_else_has_another() -> None:
    found = [of(), *(of(change) for change in CHANGES)]
    assert len(set(found)) == len(found)
    assert all(text.startswith("sha256:") and len(text) == 71 for text in found)


def test_the_models_of_the_catalogue() -> None:
    """Written and read again, or without their calibration file, they are what they were."""
    found = {}
    for name in catalogue():
        model = load(name)
        fingerprint = found[name] = model_fingerprint(model)
        assert model.fingerprint == fingerprint
        assert Model.from_toml(model.to_toml(), origin=model.origin).fingerprint == fingerprint
        assert self_contained(model).fingerprint == fingerprint
    assert len(set(found.values())) == len(found)


def test_it_is_the_same_tomorrow() -> None:
    """A stored dataset names it, so it must not change unless the canonical form is renamed."""
    digits = "194d20b18fd8421fc52d955860b4c0bb71bebaa8a26d39e2f7e125746196a82e"
    assert of() == f"sha256:{digits}"


def test_a_value_of_the_calibration_file_counts(tmp_path: Path) -> None:
    quantity = '[quantities.k]\nvalue = {}\nmeaning = "{}"\n[scenarios.high]\nk = {}\n'
    text = TEXT.replace("value = 0.5", 'use = "k"')
    text = text.replace('name = "over"', 'name = "over"\ncalibration = "c.toml"')

    def written(folder: str, *entries: object) -> str:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "c.toml").write_text(quantity.format(*entries))
        return model_from_toml(text, origin=tmp_path / folder / "over.toml").fingerprint

    first = written("a", 0.5, "x", 1)
    assert first == written("b", 0.5, "y", 2) == of()
    assert first != written("c", 0.6, "x", 1)


def test_records_have_no_fields_that_are_forgotten() -> None:
    """A key that is added to the language is in the fingerprint, or said to be left out."""
    from negotiation.model.document import Move, Parameter, Regime

    explained = {"meaning", "symbol", "source", "phrases"}
    known: dict[Any, set[str]] = {
        Model: {
            "name", "players", "moves", "payoffs", "form", "schema", "concept", "select", "assume",
            "sets", "parameters", "define", "regimes",
            "title", "summary", "timing", "notes", "calibration", "hypotheses", "facts", "origin",
        },
        Parameter: {
            "value", "over", "unit", "domain", "range", "default", "digits", "integer", "use",
        } | explained - {"phrases"},
        Regime: {"name", "when", "meaning"},
    }  # fmt: skip
    for record, names in known.items():
        assert {entry.name for entry in dataclasses.fields(record)} == names, record
    assert explained & {entry.name for entry in dataclasses.fields(Move)} == {"meaning", "phrases"}


def test_a_dataset_names_the_model_wherever_it_begins() -> None:
    """Two models whose games agree at the first point were taken for one, and one for several."""
    one = model_from_toml(TEXT)
    other = model_from_toml(TEXT.replace("k * q", "k * q * 7"))
    assert one.at({"q": 0}).fingerprint == other.at({"q": 0}).fingerprint
    found = {
        sweep(model, over, **settings).attrs["fingerprint"]
        for model in (one, other)
        for over, settings in (
            ({"q": (0, 2, 3)}, {}),
            ({"q": (1, 2, 3)}, {"values": {"k": 3}}),
            ({"k": [1, 2]}, {"fix": {"x": "h"}, "concept": "nash", "select": "pareto"}),
            ({"q": (0, 1)}, {"sample": 2}),
        )
    }
    assert found == {one.fingerprint, other.fingerprint}
