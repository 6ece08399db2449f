"""Hostile files: whatever is given to read ends in an error with place and remedy, at once."""

from __future__ import annotations

import contextlib
import copy
import datetime
import itertools
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from negotiation import Model, ModelError, NegotiationError, UsageError, load
from negotiation.model.reading import read_text
from tests.promptness import ends_soon

COMPLETE = (Path(__file__).parents[1] / "unit" / "complete.toml").read_text(encoding="utf-8")
TINY = """
name = "tiny"
form = "extensive"
players = ["A"]
[parameters.x]
value = 1
[[moves]]
name = "act"
player = "A"
actions = ["yes", "no"]
[payoffs]
A = "x"
"""


def refusal(text: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        Model.from_toml(text)
    assert all(fault.place and fault.message and fault.remedy for fault in caught.value.faults)
    assert len(str(caught.value)) < 100_000
    return caught.value


# -- what is no model file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n  \n",
        b"# only\n# comments\n",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf# only a comment after the mark",
        b"\0",
        b"\0" * 1000,
        b"name = 'a\0b'",
        b"\xff\xfe" + "name = 'a'".encode("utf-16-le"),
        b"\xfe\xff" + "name = 'a'".encode("utf-16-be"),
        "name = 'Größe'".encode("latin-1"),
        "name = '限制'".encode("gb18030"),
        b"\x80\x81\x82",
        b"\xed\xa0\x80",  # half a character
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"PK\x03\x04" + bytes(100),
        b"%PDF-1.7\n",
        b'{"name": "json"}',
        b"name: yaml\n",
        b"<html></html>",
        b'NFG 1 R "gambit"\n',
        b"just some words\n",
        b"name = \n",
        b"name = 'a'\rform = 'b'",  # a carriage return alone ends no line
        b"name = 'x'\nname = 'y'",
        b"[a]\n[a]",
        b"[a]\nb = 1\n[a.b]\nc = 1",
        b"a = 1\n[a]",
        b"[[a]]\n[a]",
        b"a.b = 1\na = 2",
        b"a = {b = 1, b = 2}",
        b"a = {b = 1\n}",
        b"a = [1, 2",
        b'a = "unclosed',
        b'a = """unclosed',
        b"a = 'unclosed",
        b"a = '''unclosed",
        b'a = "\\ud800"',
        b'a = "\\x41"',
        b"a = 2025-13-45",
        b"a = 25:61:00",
        b"a = 1e",
        b"a = 01",
        b"a = +0x1",
        b"a = nope",
        b"= 1",
        b"a b = 1",
        b"[",
        b"]",
        b"[]",
        b"[[]]",
        b"{}",
    ],
    ids=lambda content: repr(content[:16]),
)
def test_contents_that_are_no_model(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load(path)
    assert caught.value.exit_code == 3
    assert str(path) in str(caught.value)
    assert all(fault.place and fault.message and fault.remedy for fault in caught.value.faults)


def test_the_place_of_what_is_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(b"# one\n# two\nname = 'Gr\xf6\xdfe'\n")
    with pytest.raises(ModelError) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert fault.place == "line 3"
    assert "byte 22 is not UTF-8" in fault.message


def test_byte_order_mark_and_windows_line_ends_are_welcome(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(b"\xef\xbb\xbf" + COMPLETE.replace("\n", "\r\n").encode())
    assert load(path) == Model.from_toml(COMPLETE)


def test_files_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "dangling.toml").symlink_to(tmp_path / "nowhere.toml")
    names = ["pipe", "folder", "loop", "zero", "dangling", "missing"]
    paths = [tmp_path / f"{name}.toml" for name in names]
    paths += [Path("/dev/zero"), Path("/dev/full"), Path("/"), Path("a\0b.toml"), Path("a" * 5000)]
    for path in paths:
        with pytest.raises(UsageError) as caught:
            load(path)
        assert caught.value.exit_code == 2
        assert caught.value.place
        assert caught.value.remedy


def test_a_file_without_the_right_to_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(TINY, encoding="utf-8")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user reads everything")
    with pytest.raises(UsageError, match="cannot be read"):
        load(path)


def test_a_file_of_fifty_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(ModelError, match="more than"):
        load(path)
    path.write_bytes(TINY.encode() + b"# comment\n" * 5_000_000)
    with pytest.raises(ModelError, match="more than"):
        load(path)


def test_a_file_that_grows_while_it_is_read_is_read_to_the_limit_only() -> None:
    with pytest.raises(ModelError, match="more than"):
        read_text(Path("/proc/self/pagemap").resolve()) if Path("/proc").exists() else refusal("")
    # (files of /proc say that they are empty)


# -- what would exhaust the reader ----------------------------------------------------------------

EXHAUSTING = {
    "long integer": "x = " + "9" * 5000,
    "long negative": "x = -" + "9" * 5000,
    "long float": "x = 0." + "9" * 5000,
    "long underscores": "x = " + "9_9" * 3000,
    "long hexadecimal": "x = 0x" + "9" * 5000,
    "long exponent": "x = 1e" + "9" * 5000,
    "brackets": "x = " + "[" * 10_000 + "]" * 10_000,
    "open brackets": "x = " + "[" * 10_000,
    "braces": "x = " + "{a = " * 10_000 + "1" + "}" * 10_000,
    "header brackets": "[" * 10_000,
    "dotted key": ".".join(["a"] * 10_000) + " = 1",
    "dotted header": "[" + ".".join(["a"] * 10_000) + "]",
    "dotted array": "[[" + ".".join(["a"] * 10_000) + "]]",
    "dotted and quoted": ".".join(['"a"'] * 10_000) + " = 1",
    "dotted and blank": " . ".join(["a"] * 10_000) + " = 1",
    "dotted in braces": "x = {" + ".".join(["a"] * 10_000) + " = 1}",
    "dotted lines": "\n".join(".".join(["a"] * 19) + f".k{k} = 1" for k in range(5_000)),
    "quotes": '"' * 400_000,
    "apostrophes": "'" * 400_001,
    "escaped quotes": 'x = "' + '\\"' * 200_000,
    "escaped triple quotes": 'x = """' + '\\"""' * 100_000,
    "triple quotes": 'x = """' + '""' * 100_000,
    "backslashes": 'x = """' + "\\" * 400_001,
    "one word": "a" * 400_000,
    "words": "a " * 200_000,
    "digits": ("1" * 999 + " ") * 400,
    "points": "." * 400_000,
    "equals": "=" * 400_000,
    "carriage returns": "\r" * 400_000,
    "too long": "#\n" * 300_000,
}


@pytest.mark.parametrize("kind", EXHAUSTING)
def test_what_would_exhaust_the_reader(kind: str) -> None:
    refusal(EXHAUSTING[kind])
    # after a valid file, and in place of one of its values
    assert len(refusal(TINY + EXHAUSTING[kind]).faults) < 200


def faulty(share: int) -> list[str]:
    """Return files that are wrong everywhere, at a share of the length that is read."""
    return [
        "".join(f"k{k} = 1\n" for k in range(40_000 // share)),
        "[parameters]\n" + "".join(f"k{k} = 1\n" for k in range(20_000 // share)),
        "[parameters.x]\n" + "".join(f"k{k} = 1\n" for k in range(20_000 // share)),
        "[sets]\nS = [" + ", ".join(f'"m{k}"' for k in range(30_000 // share)) + "]",
        "[sets]\nS = [" + ", ".join("1" for k in range(50_000 // share)) + "]",
        '[sets]\nS = ["a"]\n[parameters.x]\nover = "i in S"\nvalue = {'
        + ", ".join(f"m{k} = 1" for k in range(20_000 // share))
        + "}",
        "[define]\n" + "".join(f'd{k} = "e{k}"\n' for k in range(10_000 // share)),
        "[define]\n" + "".join(f'd{k} = "1 +"\n' for k in range(10_000 // share)),
        "players = [" + ", ".join(f'"p{k}"' for k in range(20_000 // share)) + "]",
        "".join(f'[[facts]]\nid = "f"\nobserved = {{ m{k} = 1 }}\n' for k in range(5_000 // share)),
        "".join('[[moves]]\nname = "a"\n' for k in range(8_000 // share)),
        "".join('[[regimes]]\nname = "a"\nwhen = "True"\n' for k in range(8_000 // share)),
        'name = "' + "a" * 400_000 + '"',
        '["' + "a" * 400_000 + '"]',
        '[payoffs]\n"' + "a" * 400_000 + '" = "1"',
    ]


@pytest.mark.parametrize(
    "text",
    [*faulty(4), *(pytest.param(text, marks=pytest.mark.slow) for text in faulty(1))],
    ids=lambda text: text[:24].replace("\n", " "),
)
def test_large_files_with_many_faults(text: str, several_inputs: None) -> None:
    """Within the limit on its length a file may be wrong everywhere; reading it takes seconds."""
    with ends_soon(text, seconds=100):
        refusal(text)
    head = text.startswith(("name", "title", "players", "k0"))
    with ends_soon(text, seconds=100):
        refusal(text + TINY if head else TINY + text)


# -- what is of the wrong kind --------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "integer": 3,
    "negative": -1,
    "zero": 0,
    "large": 10**400,
    "float": 1.5,
    "nan": float("nan"),
    "infinity": float("inf"),
    "truth": True,
    "text": "x",
    "empty text": "",
    "blank": "  ",
    "binder": "i in importers",
    "label": "join",
    "formula": "share[i] + 1",
    "broken formula": "x +",
    "list": [1, "a"],
    "empty list": [],
    "list of texts": ["US", "EU"],
    "nested list": [[1, [2]], ["a"]],
    "list of tables": [{"a": 1}],
    "table": {"a": 1},
    "empty table": {},
    "table by member": {"US": 1, "EU": "x"},
    "date": datetime.date(2025, 10, 30),
    "time": datetime.time(1, 2, 3),
    "instant": datetime.datetime(2025, 10, 30, 1, 2, 3, tzinfo=datetime.UTC),
}
Path_ = tuple[str | int, ...]


def key_paths(table: Any, prefix: Path_ = ()) -> Iterator[Path_]:
    """Yield the path of every key and entry."""
    entries = table.items() if isinstance(table, dict) else enumerate(table)
    for key, value in entries:
        yield (*prefix, key)
        if isinstance(value, dict | list):
            yield from key_paths(value, (*prefix, key))


def changed(document: dict[str, Any], path: Path_, value: Any) -> str:
    """Return the TOML text of a document with one value replaced; None removes it."""
    document = copy.deepcopy(document)
    table: Any = document
    for key in path[:-1]:
        table = table[key]
    if value is None:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return tomli_w.dumps(document)


def loads_or_is_refused(text: str) -> bool:
    """Return whether a text is a model; what it is, it also is after writing and reading."""
    try:
        model = Model.from_toml(text)
    except ModelError as error:
        bare = [f for f in error.faults if not (f.place and f.message and f.remedy)]
        if bare:
            raise AssertionError("a fault without place or remedy") from error
        return False
    assert Model.from_toml(model.to_toml()) == model
    with contextlib.suppress(NegotiationError):
        model.at()
    return True


# One table of each kind: the others would only repeat what these show.
DOCUMENT = tomllib.loads(COMPLETE)
for name in ("elasticity", "approval", "benefit", "cost", "weight", "loss", "kappa", "harm"):
    DOCUMENT["parameters"][name] = {
        key: DOCUMENT["parameters"][name][key]
        for key in ("over", "value")
        if key in DOCUMENT["parameters"][name]
    }
PATHS = sorted(key_paths(DOCUMENT), key=str)


def test_every_key_given_every_kind_of_value(several_inputs: None) -> None:
    accepted = sum(
        loads_or_is_refused(changed(DOCUMENT, path, VALUES[kind]))
        for path, kind in itertools.product(PATHS, VALUES)
        if (31 * PATHS.index(path) + 7 * list(VALUES).index(kind)) % 20 == 0
    )
    assert accepted > 5


@pytest.mark.slow
def test_every_key_given_every_kind_of_value_in_full() -> None:
    for path, kind in itertools.product(PATHS, VALUES):
        loads_or_is_refused(changed(DOCUMENT, path, VALUES[kind]))


def test_every_key_left_out(several_inputs: None) -> None:
    for path in PATHS:
        loads_or_is_refused(changed(DOCUMENT, path, None))


@pytest.mark.parametrize("key", ["name", "form", "players", "moves", "payoffs"])
def test_required_keys(key: str) -> None:
    (fault,) = refusal(changed(tomllib.loads(TINY), (key,), None)).faults
    assert fault.place == key
    assert fault.message == f"{key!r} is missing"


@pytest.mark.parametrize("key", ["faults", "origin", "scope", "__class__", "__post_init__", "at"])
def test_keys_cannot_reach_into_the_program(key: str) -> None:
    (fault,) = refusal(f"{key} = 1\n" + TINY).faults
    assert "unknown key" in fault.message
    (fault,) = refusal(TINY.replace("value = 1", f"value = 1\n{key} = 1")).faults
    assert fault.place == f"parameters.x.{key}"


def test_all_kinds_of_faults_at_once() -> None:
    text = COMPLETE.replace(
        'players = ["China", "importers"]', 'players = ["China", 3, "importers"]'
    )
    text = text.replace("digits = 4", 'digits = "four"').replace("integer = true", "integer = 1")
    text = text.replace('actions = ["join", "stay"]', 'actions = ["join", 5, ""]')
    places = [fault.place for fault in refusal(text).faults]
    assert places == [
        "players[1]",
        "moves[1].actions[1]",
        "moves[1].actions[2]",
        "parameters.dependence.digits",
        "parameters.threshold.integer",
        "parameters.discriminate.integer",
    ]
