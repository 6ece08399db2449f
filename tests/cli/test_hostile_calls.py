"""Bad input ends with a message that names place and remedy, exit code 2 or 3, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promptness import ends_soon

FLAGSHIP = "divide-and-exempt"
Negotiate = Callable[..., Any]
SMALL = """
name = "small"
form = "extensive"
players = ["a"]
[parameters.x]
value = VALUE
[[moves]]
name = "go"
player = "a"
actions = ["left", "right"]
[payoffs]
a = "FORMULA"
"""


def small(value: str = "1", formula: str = "x") -> bytes:
    return SMALL.replace("VALUE", value).replace("FORMULA", formula).encode()


def bad_files() -> Iterator[tuple[str, bytes, str]]:
    """Yield (name, content, what the message must hold)."""
    yield "empty", b"", "empty"
    yield "blank", b"\n\n# nothing\n", "empty"
    yield "latin", 'name = "Fran\u00e7ois"'.encode("latin-1"), "byte 12"
    yield "utf16", small().decode().encode("utf-16"), "UTF-8"
    yield "binary", bytes(range(256)) * 8, "UTF-8"
    yield "zeros", b"\0" * 1000, "TOML"
    yield "large", b"#" * 5_000_000, "4,000,000 bytes"
    yield "no toml", b"{ this is no TOML", "not TOML"
    yield "cut", small()[:-4], "TOML"
    yield "twice", small() + b'b = "1"\nb = "2"\n', "line"
    yield "twice a table", small() + b"[parameters.x]\nvalue = 2\n", "parameters"
    yield "nan", small("nan"), "nan"
    yield "inf", small("-inf"), "inf"
    yield "exponent", small("1e999999999"), "digits"
    yield "digits", small("9" * 100_000), "digits"
    yield "integer", small("9" * 5_000), "digits"
    yield "brackets", b"name = " + b"[" * 10_000, "nested"
    yield "dots", b"a" + b".a" * 10_000 + b" = 1", "line 1"
    yield "not a number", small("true"), "true"
    yield "a date", small("2025-01-01"), "date"
    yield "unknown name", small(formula="x + z"), "'z'"
    yield "import", small(formula="__import__('os').system('true')"), "payoffs.a"
    yield "attribute", small(formula="x.numerator"), "payoffs.a"
    yield "lambda", small(formula="(lambda: 1)()"), "payoffs.a"
    yield "walrus", small(formula="(y := 1)"), "payoffs.a"
    yield "f-string", small(formula="f'{x}'"), "payoffs.a"
    yield "call", small(formula="eval('1')"), "eval"
    yield "power", small(formula="9**9**9"), "payoffs.a"
    yield "powers", small(formula="((9**99)**99)**99"), "payoffs.a"
    yield "long number", small(formula="9" * 100_000), "payoffs.a"
    yield "nested", small(formula="(" * 10_000 + "x" + ")" * 10_000), "payoffs.a"
    yield "signs", small(formula="-" * 3_000 + "x"), "payoffs.a"
    yield "division", small(formula="1 / (x - 1)"), "division by zero"
    yield "no payoff", small().replace(b'"a"]', b'"a", "b"]'), "player b"
    yield "unknown key", b'colour = "red"\n' + small(), "colour"
    yield "no moves", small().split(b"[[moves]]")[0] + b'[payoffs]\na = "x"\n', "moves"


BAD_FILES = {name: (content, found) for name, content, found in bad_files()}


def refused(answer: Any, code: int, found: str) -> None:
    assert answer.code == code
    assert answer.out == ""
    assert answer.err.startswith("negotiate: ")
    assert found in answer.err
    assert "remedy:" in answer.err
    assert len(answer.err) < 10_000
    assert all(character.isprintable() or character == "\n" for character in answer.err)


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(negotiate: Negotiate, name: str) -> None:
    content, found = BAD_FILES[name]
    Path("bad.toml").write_bytes(content)
    with ends_soon(name):
        refused(negotiate("solve", "bad.toml"), 3, found)
    piped = negotiate("solve", "-", given=content)
    assert piped.code == 3
    assert piped.out == ""
    checked = negotiate("check", "bad.toml")
    assert checked.code == 3
    assert found in checked.err
    document = negotiate("check", "bad.toml", "--json")
    assert document.code == 3
    assert document.document["faults"]


def test_a_file_of_50_megabytes_is_not_read(negotiate: Negotiate) -> None:
    with Path("huge.toml").open("wb") as stream:
        stream.truncate(50_000_000)
    for command in (("solve", "huge.toml"), ("certify", FLAGSHIP, "--profile", "huge.toml")):
        with ends_soon(command):
            refused(negotiate(*command), 3, "4,000,000 bytes")


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("missing.toml", "there is no such file"),
        ("folder.toml", "is a directory"),
        ("folder", "no model is called"),
        (".", "neither the name"),
        ("", "neither the name"),
        ("divide-and-exemt", "did you mean 'divide-and-exempt'"),
        ("nothing-like-it", "no model is called"),
        ("../divide-and-exempt", "neither the name"),
        ("../../../etc/passwd", "neither the name"),
        ("/etc/passwd", "neither the name"),
        ("exemption/divide-and-exempt", "neither the name"),
        ("~/x", "neither the name"),
        ("calibration", "no model is called"),
        ("a\0b.toml", "cannot be read"),
        ("x" * 5000 + ".toml", "cannot be read"),
        ("x" * 5000, "neither the name"),
        ("\x1b[31mred", "neither the name"),
        ("/dev/null.toml", ""),
    ],
)
@pytest.mark.parametrize("command", ["solve", "show", "check", "sweep", "certify"])
def test_bad_targets(negotiate: Negotiate, command: str, target: str, found: str) -> None:
    Path("folder.toml").mkdir()
    Path("folder").mkdir()
    Path("p.json").write_text("{}")
    more = {
        "sweep": ("--over", "loss=1,2", "--out", "a.csv"),
        "certify": ("--profile", "p.json"),
    }
    refused(negotiate(command, target, *more.get(command, ())), 2, found)


@pytest.mark.parametrize("command", ["show", "check", "sweep", "compare"])
def test_what_needs_a_model_refuses_a_file_of_a_game(negotiate: Negotiate, command: str) -> None:
    more = ("--over", "loss=1,2", "--out", "a.csv") if command == "sweep" else ()
    refused(negotiate(command, "game.nfg", *more), 2, "a file of a game")


def test_special_files_are_not_opened(negotiate: Negotiate) -> None:
    """A named pipe without a writer would block for ever."""
    import os

    os.mkfifo("pipe.toml")
    refused(negotiate("solve", "pipe.toml"), 2, "is no regular file")
    refused(negotiate("certify", FLAGSHIP, "--profile", "pipe.toml"), 2, "is no regular file")
    Path("zero.toml").symlink_to("/dev/zero")
    refused(negotiate("solve", "zero.toml"), 2, "is no regular file")


@pytest.mark.parametrize(
    ("options", "code", "found"),
    [
        (["--set", "threshold"], 2, "write --set threshold=2"),
        (["--set", "=2"], 2, "no assignment"),
        (["--set", "threshold="], 2, "no assignment"),
        (["--set", "treshold=2"], 2, "did you mean 'threshold'"),
        (["--set", "dependence[UK]=2"], 2, "'dependence[UK]'"),
        (["--set", "exempt=US only"], 2, "no parameter is called 'exempt'"),
        (["--set", "threshold=-2"], 2, "threshold = -2 is outside its domain threshold > 0"),
        (["--set", "sigma=2"], 2, "assum"),
        (["--set", "discriminate=1/2"], 2, "whole number"),
        (["--set", "threshold=two"], 2, "'two' is no number"),
        (["--set", "threshold=__import__('os')"], 2, "threshold"),
        (["--set", "threshold=1/0"], 2, "'1/0' is no number"),
        (["--set", "threshold=nan"], 2, "no number"),
        (["--set", "threshold=inf"], 2, "no number"),
        (["--set", "threshold=9**9**9"], 2, "threshold"),
        (["--set", "threshold=1e999999999"], 2, "digits"),
        (["--set", "threshold=" + "9" * 100_000], 2, "threshold"),
        (["--set", "threshold=" + "(" * 10_000], 2, "threshold"),
        (["--fix", "exempt"], 2, 'write --fix exempt="US only"'),
        (["--fix", "exmpt=US only"], 2, "did you mean 'exempt'"),
        (["--fix", "exempt=US olny"], 2, "did you mean 'US only'"),
        (["--fix", "exempt={UK}"], 2, "has no action"),
        (["--fix", "joins[UK]=stay"], 2, "'joins[UK]'"),
        (["--set", "discriminate=0", "--fix", "exempt=US only"], 2, "not allowed"),
        (["--select", "best"], 2, "no selection rule is called 'best'"),
        (["--select", "coalition-prof"], 2, "did you mean 'coalition-proof'"),
        (["--select", "preferred:Chian"], 2, "did you mean 'China'"),
        (["--select", "preferred"], 2, "player"),
        (["--select", ","], 2, "rule"),
        (["--concept", "nahs"], 2, "did you mean 'nash'"),
        (["--concept", "shapley"], 2, "no concept is called 'shapley'"),
        (["--concept", "correlated"], 4, "'correlated' has no solver yet"),
        (["--concept", "correlated"], 4, "has no solver yet"),
        (["--method", "magic"], 2, "no method is called 'magic'"),
        (["--scenario", "minning"], 2, "did you mean 'mining'"),
        (["--budget", "soon"], 2, "write 60s"),
        (["--budget", "-1s"], 2, "is no time"),
        (["--budget", ""], 2, "is no time"),
        (["--budget", "1e9"], 2, "is no time"),
    ],
)
def test_bad_settings(negotiate: Negotiate, options: list[str], code: int, found: str) -> None:
    refused(negotiate("solve", FLAGSHIP, *options), code, found)
    refused(negotiate("solve", FLAGSHIP, *options, "--json"), code, found)


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve"],
        ["frobnicate"],
        ["solve", FLAGSHIP, "--nope"],
        ["solve", FLAGSHIP, "extra"],
        ["solve", FLAGSHIP, "--set"],
        ["certify", FLAGSHIP],
        ["sweep", FLAGSHIP],
        ["show"],
        ["new"],
    ],
)
def test_wrong_calls(negotiate: Negotiate, arguments: list[str]) -> None:
    answer = negotiate(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err


def test_profile_files_that_are_none(negotiate: Negotiate) -> None:
    Path("folder").mkdir()
    Path("latin.json").write_bytes(b'{"a": "\xe9"}')
    for profile, code, found in [
        ("missing.json", 2, "there is no such file"),
        ("folder", 2, "is a directory"),
        ("latin.json", 3, "UTF-8"),
    ]:
        refused(negotiate("certify", FLAGSHIP, "--profile", profile), code, found)
