"""``negotiate list``, ``show``, ``check`` and ``new``: the documents themselves."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import negotiation
from negotiation import load, solvers
from negotiation.model import checking
from negotiation.model.calibration import calibrated
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
    """The copy is read without any file beside it, and gives the very same game."""
    answer = negotiate("show", name, "--toml")
    assert (answer.code, answer.err) == (0, "")
    model = load(name)
    copy = model_from_toml(answer.out)
    assert copy == replace(model, parameters=calibrated(model), calibration=None)
    assert copy.at().fingerprint == model.at().fingerprint
    Path("copy.toml").write_text(answer.out)
    checked = negotiate("check", "copy.toml")
    assert checked.code == 0
    assert "calibration" not in checked.out


CALIBRATION = r"""
[quantities.part]
value = 0.3
range = [0.1, "1/3"]
unit = "1"
meaning = "a part"
source = "a note with blanks"
[quantities.rate]
value = "1/3"
[scenarios.high]
meaning = "more\nof it"
part = 0.9
[scenarios.both]
"gain[EU]" = 3
price = 0.25
[scenarios.elsewhere]
colour = 1
[scenarios."odd\nname = \u001b[31m"]
price = 1
"""
CALIBRATED = """
name = "calibrated"
form = "extensive"
players = ["China", "importers"]
calibration = "mine-calibration.toml"
[sets]
importers = ["US", "EU"]
[parameters.price]
use = "part"
[parameters.gain]
over = "i in importers"
use = { US = "part", EU = "rate" }
[[moves]]
name = "licence"
player = "China"
actions = ["grant", "refuse"]
[payoffs]
China = "price if licence == 'grant' else 0"
"i in importers" = "gain[i]"
"""


def calibrated_model(calibration: str | None = CALIBRATION) -> None:
    Path("mine.toml").write_text(CALIBRATED)
    if calibration is not None:
        Path("mine-calibration.toml").write_text(calibration)


def test_a_copy_keeps_what_it_takes_from_the_calibration_file(negotiate: Negotiate) -> None:
    calibrated_model()
    text = negotiate("show", "mine.toml", "--toml").out
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert comments[0] == "# Values taken from mine-calibration.toml: price, gain."
    settings = {
        line.split(": ")[0].strip("# "): shlex.split(line.split(": ", 1)[1])[1::2]
        for line in comments[2:]
    }
    assert settings["high"] == ["price=0.9", "gain[US]=0.9"]
    assert settings["both"] == ["gain[EU]=3", "price=0.25"]
    assert "elsewhere" not in settings
    assert text.isprintable() or "\x1b" not in text
    Path("away").mkdir()
    Path("away/copy.toml").write_text(text)
    checked = negotiate("check", "away/copy.toml")
    assert checked.code == 0
    assert "calibration" not in checked.out
    original, copy = load(Path("mine.toml")), load(Path("away/copy.toml"))
    assert copy.values() == original.values()
    assert copy.values()["gain[EU]"] == Fraction(1, 3)
    assert copy.at().fingerprint == original.at().fingerprint
    assert copy.parameters["price"].source == "a note with blanks"
    assert copy.parameters["price"].range == (Fraction(1, 10), "1/3")
    for name in ("high", "both"):
        given = dict(setting.split("=") for setting in settings[name])
        assert copy.values(given) == original.values(scenario=name)
    refused = negotiate("solve", "away/copy.toml", "--scenario", "high")
    assert refused.code == 2
    assert "names no calibration file" in refused.err


def test_scenarios_are_shown(negotiate: Negotiate) -> None:
    text = negotiate("show", FLAGSHIP).out
    assert "\nby default: concept subgame-perfect, selection all\n" in text
    assert "\n  mining: mine output; share[EU] = 0.69\n" in text
    assert "one-voice" not in text  # it sets what only the model with members has
    document = negotiate("show", FLAGSHIP, "--json").document
    assert document["defaults"] == {"concept": "subgame-perfect", "select": "all"}
    shown = {row["name"]: row for row in document["scenarios"]}
    assert shown["mining"] == {
        "name": "mining",
        "meaning": "mine output",
        "source": "F033",
        "values": {"share[EU]": "0.69"},
    }
    for name in shown:
        assert negotiate("solve", FLAGSHIP, "--scenario", name, "--json").code == 0
    assert (
        "\nby default: concept perfect-bayesian, selection all\n"
        in negotiate("show", "beer-quiche").out
    )
    assert negotiate("show", "beer-quiche", "--json").document["scenarios"] == []


def test_scenarios_of_a_file_of_ones_own(negotiate: Negotiate) -> None:
    calibrated_model()
    text = negotiate("show", "mine.toml").out
    assert "\n  high: more of it; price = 0.9, gain[US] = 0.9\n" in text
    assert "elsewhere" not in text
    assert "\x1b" not in text
    document = negotiate("show", "mine.toml", "--json").document
    assert document["concept"] is None
    assert document["defaults"] == {"concept": "subgame-perfect", "select": "all"}
    assert [row["name"] for row in document["scenarios"]][:2] == ["high", "both"]


@pytest.mark.parametrize(
    ("calibration", "found"),
    [
        (None, "calibration: the calibration file 'mine-calibration.toml' is not there"),
        ("[scenarios]\nhigh = 1\n", "mine-calibration.toml: scenarios.high: is no table"),
        ("[scenarios", "mine-calibration.toml"),
        (
            "[quantities.x]\nvalue = 'y'\n",
            "mine-calibration.toml: quantities.x.value: is no number",
        ),
    ],
)
def test_a_calibration_file_that_is_lost_or_broken(
    negotiate: Negotiate, calibration: str | None, found: str
) -> None:
    """A fault where its quantities are used; else scenarios alone are lost: a warning."""
    calibrated_model(calibration)
    used = negotiate("check", "mine.toml")
    assert used.code == 3
    assert found in used.err
    text = CALIBRATED.replace('use = "part"', "value = 1")
    text = text.replace('use = { US = "part", EU = "rate" }', "value = 1")
    Path("mine.toml").write_text(text)
    checked = negotiate("check", "mine.toml")
    assert checked.code == 0
    assert f"warning: {found}" in checked.out
    assert "so the model has no scenarios" in checked.out
    assert negotiate("check", "mine.toml", "--strict").code == 3
    warnings = negotiate("check", "mine.toml", "--json").document["warnings"]
    assert sum("no scenarios" in warning["message"] for warning in warnings) == 1
    assert (
        "no scenarios: mine-calibration.toml cannot be read" in negotiate("show", "mine.toml").out
    )
    assert negotiate("show", "mine.toml", "--json").document["scenarios"] is None
    copy = negotiate("show", "mine.toml", "--toml").out
    assert copy.startswith("# mine-calibration.toml could not be read: its scenarios are lost")
    assert model_from_toml(copy).calibration is None
    assert "no scenarios" not in negotiate("check", "-", given=copy).out


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


def test_an_unknown_concept_is_a_fault_with_those_that_are_solved(negotiate: Negotiate) -> None:
    assert set(checking.CONCEPTS) == set(solvers.CONCEPTS)
    assert {*checking.CONCEPTS, *checking.CONCEPTS_TO_COME} == set(solvers.KNOWN)
    negotiate("new", "mine")
    text = Path("mine.toml").read_text()
    for wrong in ("nonsense", "qree"):
        given = text.replace('concept = "subgame-perfect"', f'concept = "{wrong}"')
        answer = negotiate("check", "-", given=given)
        assert answer.code == 3
        assert f"concept '{wrong}' is unknown" in answer.err
        assert "subgame-perfect" in answer.err
        assert "correlated" not in answer.err
        assert "qre," not in answer.err
        assert "'qre'" not in answer.err


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
    sentence = "the importer moderates; the exporter grants a licence"
    assert solved.out.startswith(f"{sentence}\n  regime: exchange\n")
    # worth - burden + worth, and gain - price, by hand
    assert "  payoffs: exporter 1.5, importer 1.25\n" in solved.out


def test_every_action_of_the_starter_has_a_phrase(negotiate: Negotiate) -> None:
    negotiate("new", "mine")
    for move in load(Path("mine.toml")).moves:
        assert set(move.phrases) == set(move.actions)
    other = negotiate("solve", "mine.toml", "--set", "burden=1.5", "--set", "worth=0.5")
    assert other.out.startswith("the importer presses; the exporter refuses\n  regime: control\n")


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
