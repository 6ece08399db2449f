"""The catalogue: models by name, files beside a model, and nothing outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from negotiation import Model, ModelError, UsageError, load
from negotiation.model.catalogue import beside, catalogue, catalogue_root, find_model
from negotiation.model.sources import source_warnings

MODEL = """
name = "tiny"
form = "extensive"
title = "A tiny model"
summary = "One move."
players = ["A"]
[parameters.x]
meaning = "a number"
unit = "1"
value = 1
source = {source!r}
[[moves]]
name = "act"
player = "A"
actions = ["yes"]
[payoffs]
A = "x"
"""
BIBLIOGRAPHY = "@misc{smith-2020,\n  title = {A title}\n}\n@misc{jones-2021, title = {B}}\n"


def test_models_are_found_by_the_stem_of_their_file() -> None:
    assert "divide-and-exempt" in catalogue()
    assert load("divide-and-exempt").name == "divide-and-exempt"
    assert "calibration" not in catalogue()
    assert not any("facts" in path.parts for path in catalogue().values())


@pytest.mark.parametrize("name", catalogue())
def test_every_model_is_valid_named_after_its_file_and_sourced(name: str) -> None:
    model = load(name)
    assert model.name == name
    assert source_warnings(model) == ()


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/",
        "../models/exemption/divide-and-exempt",
        "exemption/divide-and-exempt",
        "exemption\\divide-and-exempt",
        "/etc/passwd",
        "~/model",
        "divide-and-exempt\0",
        "divide-and-exempt\n",
        "divide and exempt",
        "divide-and-exempt.tom",
        "*",
        "a" * 100_000,
        "\ud800",
        "％",
        "-",
    ],
)
def test_a_name_cannot_leave_the_catalogue(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(name)
    assert caught.value.place
    assert caught.value.remedy
    assert len(str(caught.value)) < 500


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        load("divide-and-exemt")
    assert "divide-and-exempt" in caught.value.remedy


def test_a_path_is_told_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(MODEL.format(source="assumed"), encoding="utf-8")
    assert find_model(str(path)) == path
    assert load(str(path)) == load(path)
    assert load(path).origin == path


def test_files_beside_a_model(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    assert beside(None, "references.bib") is None
    assert beside(path, "references.bib") is None
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    assert beside(path, "references.bib") == tmp_path / "references.bib"
    inside = catalogue_root() / "exemption" / "divide-and-exempt.toml"
    assert beside(inside, "references.bib") == catalogue_root() / "references.bib"


def test_what_is_beside_must_be_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "references.bib")
    assert beside(tmp_path / "tiny.toml", "references.bib") is None


# -- sources --------------------------------------------------------------------------------------


def warnings_of(tmp_path: Path, source: str) -> list[tuple[str, str, str]]:
    path = tmp_path / "tiny.toml"
    path.write_text(MODEL.format(source=source), encoding="utf-8")
    return [(w.place, w.message, w.remedy) for w in source_warnings(load(path))]


@pytest.mark.parametrize(
    "source", ["assumed", "smith-2020", "F067", "a note, with blanks in it", "see smith-2020"]
)
def test_sources_that_are_found(tmp_path: Path, source: str) -> None:
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    assert warnings_of(tmp_path, source) == []


@pytest.mark.parametrize(
    ("source", "nearest"),
    [("smith-2021", "smith-2020"), ("F9999", "F"), ("jones2021", "jones-2021")],
)
def test_sources_that_are_not(tmp_path: Path, source: str, nearest: str) -> None:
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    ((place, message, remedy),) = warnings_of(tmp_path, source)
    assert place == "parameters.x.source"
    assert source in message
    assert nearest in remedy


def test_a_missing_bibliography_is_one_warning(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    text = MODEL.format(source="smith-2020")
    text += '[[facts]]\nid = "f"\nobserved = {}\nsource = "jones-2021"\n'
    path.write_text(text, encoding="utf-8")
    (warning,) = source_warnings(load(path))
    assert "jones-2021, smith-2020" in warning.message
    assert "beside" in warning.remedy


def test_a_broken_bibliography_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "references.bib").write_text("@misc{smith", encoding="utf-8")
    ((place, _, remedy),) = warnings_of(tmp_path, "smith-2020")
    assert "references.bib" in place
    assert remedy


def test_figures_beside_a_model_count_with_those_of_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "figures.csv").write_text("id,value\nF9999,1\n", encoding="utf-8")
    assert warnings_of(tmp_path, "F9999") == []
    assert warnings_of(tmp_path, "F067") == []


def test_sources_of_hypotheses_and_facts_count() -> None:
    text = MODEL.format(source="assumed")
    text += '[[hypotheses]]\nid = "H"\nclaim = "c"\nholds = "x > 0"\nsource = "lin-2052"\n'
    text += '[[facts]]\nid = "f"\nobserved = {}\nsource = "lin-2025"\n'
    model = Model.from_toml(text, origin=catalogue_root() / "tiny.toml")
    (warning,) = source_warnings(model)
    assert warning.place == "hypotheses[0].source"
    assert "lin-2025" in warning.remedy


def test_what_a_reader_would_miss() -> None:
    model = Model(
        name="bare",
        players=["A"],
        sets={"S": ["a", "b"]},
        parameters={
            "x": {"value": 1, "source": " "},
            "y": {
                "over": "i in S",
                "value": 1,
                "unit": "1",
                "meaning": "m",
                "source": {"a": "assumed"},
            },
        },
        moves=[{"name": "act", "player": "A", "actions": ["yes"]}],
        payoffs={"A": "x"},
    )
    found = [(w.place, w.message) for w in source_warnings(model)]
    assert found == [
        ("title", "the model has no title"),
        ("summary", "the model has no summary"),
        ("parameters.x", "x has no meaning"),
        ("parameters.x", "x has no unit"),
        ("parameters.x", "x has no source"),
        ("parameters.y", "y[b] has no source"),
    ]
    assert all(w.remedy for w in source_warnings(model))


def test_sources_of_the_calibration_file_count(tmp_path: Path) -> None:
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (tmp_path / "calibration.toml").write_text(
        '[quantities.q]\nvalue = 1\nunit = "1"\nmeaning = "m"\nsource = "smith-202"\n',
        encoding="utf-8",
    )
    path = tmp_path / "tiny.toml"
    text = MODEL.format(source="assumed").replace("value = 1\nsource = 'assumed'", 'use = "q"')
    path.write_text('calibration = "calibration.toml"\n' + text, encoding="utf-8")
    (warning,) = source_warnings(load(path))
    assert warning.place == "parameters.x.source"
    assert "smith-2020" in warning.remedy


def test_a_broken_model_in_place_of_a_catalogue_name(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text("name = 3", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load(path)
    assert str(path) in str(caught.value)
