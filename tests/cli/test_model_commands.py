"""``negotiate list``, ``show``, ``check`` and ``new``: the documents themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import negotiation
from negotiation import load
from negotiation.model.catalogue import catalogue
from negotiation.model.reading import model_from_toml

FLAGSHIP = "divide-and-exempt"
Negotiate = Callable[..., Any]

FAULTY = """
name = "Faulty"
form = "extensive"
players = ["a", "b"]
colour = "red"
[parameters.x]
value = 2
domain = "x > 3"
[[moves]]
name = "go"
player = "a"
actions = ["left", "right"]
[[moves]]
name = "answer"
player = "b"
actions = ["yes", "no"]
observes = ["gone"]
[payoffs]
a = "y + 1"
b = "1 if go == 'lefft' else __import__('os')"
"""


def test_list(negotiate: Negotiate) -> None:
    answer = negotiate("list")
    assert (answer.code, answer.err) == (0, "")
    names = [line.split()[0] for line in answer.out.splitlines()]
    assert names == list(catalogue())
    assert FLAGSHIP in names
    models = negotiate("list", "--json").document["models"]
    assert [model["name"] for model in models] == names
    assert all(model["title"] in answer.out for model in models)


@pytest.mark.parametrize("name", catalogue())
def test_show(negotiate: Negotiate, name: str) -> None:
    """The page of every model names its moves, parameters, sources and payoffs."""
    model = load(name)
    answer = negotiate("show", name)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"{name}: {model.title}\n")
    for word in (*model.parameters, *(move.name for move in model.moves), *model.payoffs.values()):
        assert word in answer.out
    for parameter in model.parameters.values():
        assert (parameter.meaning or "") in answer.out


@pytest.mark.parametrize("name", catalogue())
def test_show_json(negotiate: Negotiate, name: str) -> None:
    model = load(name)
    document = negotiate("show", name, "--json").document
    values = model.values()
    assert [row["name"] for row in document["parameters"]] == list(values)
    assert document["players"] == list(model.scope.players)
    assert [move["name"] for move in document["moves"]] == [move.name for move in model.moves]


def test_show_json_has_members_of_tables(negotiate: Negotiate) -> None:
    rows = {r["name"]: r for r in negotiate("show", FLAGSHIP, "--json").document["parameters"]}
    assert rows["share[US]"]["range"] == ["1/2", "9/10"]
    assert rows["share[EU]"]["source"] == "F067"
    assert rows["share[US]"]["source"] == "assumed"
    assert rows["dependence[EU]"]["value"] == "1.304"


@pytest.mark.parametrize("name", catalogue())
def test_show_toml_is_the_model(negotiate: Negotiate, name: str) -> None:
    answer = negotiate("show", name, "--toml")
    assert (answer.code, answer.err) == (0, "")
    assert model_from_toml(answer.out, origin=catalogue()[name]) == load(name)


def test_show_reads_standard_input(negotiate: Negotiate) -> None:
    negotiate("new", "mine")
    text = Path("mine.toml").read_text()
    assert negotiate("show", "-", given=text).out == negotiate("show", "mine.toml").out


@pytest.mark.parametrize("name", catalogue())
def test_models_of_the_catalogue_pass_strictly(negotiate: Negotiate, name: str) -> None:
    answer = negotiate("check", name, "--strict")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"{name}: valid, ")
    document = negotiate("check", name, "--strict", "--json").document
    assert document["valid"] is True
    assert document["histories"] == load(name).at().histories
    assert document["faults"] == document["warnings"] == []


def test_check_shows_all_faults_at_once(negotiate: Negotiate) -> None:
    Path("faulty.toml").write_text(FAULTY)
    answer = negotiate("check", "faulty.toml")
    assert answer.code == 3
    assert answer.out == ""
    for found in ("'Faulty'", "colour", "gone", "'y'", "lefft", "__import__"):
        assert found in answer.err, found
    for place in ("name", "colour", "moves[1]", "payoffs.a", "payoffs.b"):
        assert place in answer.err, place
    assert answer.err.count("remedy:") >= 5
    assert "^" in answer.err
    assert answer.err.rstrip().endswith(" faults")


def test_check_json_has_the_same_faults(negotiate: Negotiate) -> None:
    Path("faulty.toml").write_text(FAULTY)
    answer = negotiate("check", "faulty.toml", "--json")
    assert answer.code == 3
    document = answer.document
    assert document["valid"] is False
    assert document["histories"] is None
    text = negotiate("check", "faulty.toml").err
    assert len(document["faults"]) >= 5
    for fault in document["faults"]:
        assert fault["message"] in text
        if fault["column"] is not None:
            assert 0 <= fault["column"] <= len(fault["text"])


def test_a_value_outside_its_domain_is_a_fault(negotiate: Negotiate) -> None:
    negotiate("new", "mine")
    text = Path("mine.toml").read_text().replace("value = 2\n", "value = -2\n")
    answer = negotiate("check", "-", given=text)
    assert answer.code == 3
    assert "gain = -2 is outside its domain gain > 0" in answer.err


def test_warnings_are_faults_only_strictly(negotiate: Negotiate) -> None:
    negotiate("new", "mine")
    text = Path("mine.toml").read_text()
    Path("mine.toml").write_text(text.replace('unit = "USD bn per year"\n', "", 1))
    loose = negotiate("check", "mine.toml")
    assert loose.code == 0
    assert loose.out.startswith("warning: parameters.gain")
    assert loose.out.endswith("mine.toml: valid, 4 histories, 1 warning\n")
    strict = negotiate("check", "mine.toml", "--strict")
    assert strict.code == 3
    assert strict.out == ""
    assert strict.err.startswith("fault: parameters.gain")
    assert strict.err.endswith("mine.toml: 1 fault\n")
    document = negotiate("check", "mine.toml", "--strict", "--json")
    assert document.code == 3
    assert document.document["valid"] is False
    assert len(document.document["warnings"]) == 1


def test_new_writes_a_model_that_passes_strictly_and_solves(negotiate: Negotiate) -> None:
    answer = negotiate("new", "my-game")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "wrote my-game.toml; next: negotiate check my-game.toml, negotiate solve my-game.toml\n"
    )
    assert negotiate("check", "my-game.toml", "--strict").code == 0
    solved = negotiate("solve", "my-game.toml")
    assert solved.code == 0
    assert solved.out.startswith("policy = moderate; licence = grant\n  regime: exchange\n")
    # worth - burden + worth, and gain - price, by hand
    assert "  payoffs: exporter 1.5, importer 1.25\n" in solved.out


def test_new_does_not_overwrite(negotiate: Negotiate) -> None:
    Path("mine.toml").write_text("precious")
    answer = negotiate("new", "mine")
    assert answer.code == 2
    assert "mine.toml: the file is already there" in answer.err
    assert Path("mine.toml").read_text() == "precious"


@pytest.mark.parametrize("name", ["../up", "a/b", "A", "a b", "", ".hidden", "x.toml", "é", "-x"])
def test_new_refuses_bad_names(negotiate: Negotiate, name: str) -> None:
    answer = negotiate("new", "--", name)
    assert answer.code == 2
    assert "cannot be the name of a model" in answer.err
    assert list(Path().iterdir()) == []


def test_version_and_help(negotiate: Negotiate) -> None:
    assert negotiate("--version").out == f"negotiation {negotiation.__version__}\n"
    text = negotiate("--help").out
    for command in ("list", "show", "check", "solve", "certify", "sweep", "compare", "new"):
        assert f"\n  {command} " in text
        answer = negotiate(command, "--help")
        assert answer.code == 0
        assert command == "new" or "--json" in answer.out
    assert negotiate().code == 2


def test_facts(negotiate: Negotiate) -> None:
    answer = negotiate("show", "--facts", "trade")
    assert answer.code == 0
    assert "2011" in answer.out
    document = negotiate("show", "--facts", "trade", "--json").document
    assert document["schema"] == "negotiation/facts/1"
    wrong = negotiate("show", "--facts", "trad")
    assert wrong.code == 2
    assert "'trade'" in wrong.err
