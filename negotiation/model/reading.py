"""Reading: bytes of a file to TOML to :class:`Model`, with every fault collected.

The text is looked at before ``tomllib`` sees it: size, encoding, length of integers and nesting of
brackets, which would exhaust the parser. Numbers keep their text, so 0.1 is exactly 1/10.
"""

from __future__ import annotations

import re
import stat
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from negotiation.errors import Fault, ModelError, UsageError
from negotiation.model.catalogue import find_model
from negotiation.model.document import Model, TomlNumber, unknown_keys

__all__ = ["load", "model_from_toml", "read_text", "read_toml"]

MAX_BYTES = 4_000_000
MAX_CHARACTERS = 500_000
MAX_NESTING = 40
MAX_DOTS = 20
MAX_DIGITS = 1_000


def load(name: str | Path) -> Model:
    """Return a model of the catalogue by name, or from the path of a TOML file.

    Raises
    ------
    UsageError
        If there is no such model or file.
    ModelError
        If the file is invalid; carries all faults.

    Examples
    --------
    >>> import negotiation
    >>> negotiation.load("divide-and-exempt").players
    ('China', 'importers')
    """
    path = find_model(name) if isinstance(name, str) else name
    return model_from_toml(read_text(path), origin=path.absolute(), source=str(path))


def read_text(path: Path) -> str:
    """Return the text of a regular UTF-8 file of reasonable size."""
    place = str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageError("is a directory", place=place, remedy="name a file in it")
        if not stat.S_ISREG(mode):
            raise UsageError("is no regular file", place=place, remedy="pipe it in and write -")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        remedy = "check the path"
        if path.suffix == ".toml":
            remedy += "; a model of the catalogue is named without .toml"
        raise UsageError("there is no such file", place=place, remedy=remedy) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no valid path"
        raise UsageError(
            f"cannot be read ({reason})", place=place, remedy="check the path and rights"
        ) from None
    return decode(content, place)


def read_standard_input() -> str:
    """Return the text that is piped in."""
    return decode(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")


def decode(content: bytes, source: str) -> str:
    """Return the text of a UTF-8 file; a fault names the first byte that is not UTF-8."""
    if len(content) > MAX_BYTES:
        fault = Fault(
            f"the file has more than {MAX_BYTES:,} bytes",
            place=source,
            remedy="a model is a document; check that this is the right file",
        )
        raise ModelError([fault], source=source)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        fault = Fault(
            "the file is UTF-16, not UTF-8" if utf16 else f"byte {error.start} is not UTF-8",
            place=f"line {line}",
            remedy="save the file as UTF-8",
        )
        raise ModelError([fault], source=source) from None


# Possessive (++, *+) throughout: no text makes these expressions go back.
_SKIP = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\\?\Z)'
    r"|'''(?:[^']++|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]++|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|(?P<comment>#[^\n]*+)",
    re.DOTALL,
)
_DIGITS = re.compile(rf"(?<![0-9_])[0-9_]{{{MAX_DIGITS + 1},}}+")
_DOTTED = re.compile(rf"(?<![\w-])(?:[\w-]++\s*+\.\s*+){{{MAX_DOTS},}}+")


def _check_text(text: str) -> None:
    """Refuse what would exhaust ``tomllib``: long files and integers, deep nesting."""
    if len(text) > MAX_CHARACTERS:
        raise Fault(
            f"the text has {len(text):,} characters, more than {MAX_CHARACTERS:,}",
            place="line 1",
            remedy="a model is a document: define quantities by formulas, not cell by cell",
        )
    # A quoted part may be a key; it stands as one word, and a comment as nothing.
    bare = _SKIP.sub(lambda match: (" " if match["comment"] else "s") * len(match[0]), text)
    if found := _DIGITS.search(bare):
        message = f"a number of {len(found[0])} digits is too long"
        raise Fault(message, place=_line(text, found), remedy=f"write at most {MAX_DIGITS} digits")
    if found := _DOTTED.search(bare):
        message = f"a key of more than {MAX_DOTS} parts"
        raise Fault(message, place=_line(text, found), remedy="tables nest at most three deep")
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", bare):
        depth = max(0, depth + (1 if bracket[0] in "[{" else -1))
        if depth > MAX_NESTING:
            raise Fault(
                f"more than {MAX_NESTING} nested brackets",
                place=_line(text, bracket),
                remedy="tables nest at most three deep",
            )


def _line(text: str, found: re.Match[str]) -> str:
    return f"line {text.count(chr(10), 0, found.start()) + 1}"


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text; numbers with a point keep their text."""
    try:
        _check_text(text)
        return tomllib.loads(text, parse_float=TomlNumber)
    except Fault as error:
        fault = error
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        place = where.rstrip(")") or "end of the file"
        fault = Fault(f"not TOML: {message}", place=place, remedy=_toml_hint(message))
    except (RecursionError, MemoryError, ValueError):
        fault = Fault("not readable as TOML", place="the file", remedy="simplify it")
    raise ModelError([fault], source=source)


def _toml_hint(message: str) -> str:
    """Return what to do about a message of ``tomllib``."""
    if "overwrite" in message or "twice" in message or "already" in message.lower():
        return "give each key and table once"
    if "Invalid value" in message:
        return 'text goes in quotes: name = "value"'
    if "after key" in message or "after a statement" in message or "Invalid statement" in message:
        return "write key = value on a line of its own"
    if "string" in message or "escape" in message or "character" in message.lower():
        return "close the quotes; write formulas with a backslash in 'single quotes'"
    return "see toml.io for the syntax"


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file."""
    return parse_toml(read_text(path), str(path))


def model_from_toml(text: str, *, origin: Path | None = None, source: str = "") -> Model:
    """Read a model from TOML text.

    Raises
    ------
    ModelError
        With all faults of the file.
    """
    source = source or str(origin or "the model")
    document = parse_toml(text, source)
    if not document:
        remedy = "negotiate new NAME writes a starter"
        fault = Fault("the file is empty", place=source, remedy=remedy)
        raise ModelError([fault], source=source)
    known = [f.name for f in fields(Model) if f.name != "origin"]
    missing = {"name": "unnamed", "players": [], "moves": [], "payoffs": {}, "form": "extensive"}
    faults = unknown_keys(document, known, "")
    faults += [
        Fault(f"{key!r} is missing", place=key, remedy=_EXAMPLES[key])
        for key in missing
        if key not in document
    ]
    kept = {key: value for key, value in document.items() if key in known}
    try:
        return Model(**{**missing, **kept}, origin=origin, faults=tuple(faults))
    except ModelError as error:
        raise ModelError(error.faults, source=source) from None
    except RecursionError:
        fault = Fault("the formulas nest too deeply", place=source, remedy="simplify them")
        raise ModelError([fault], source=source) from None


_EXAMPLES = {
    "name": 'add name = "my-model"',
    "players": 'add players = ["China", "EU"]',
    "moves": "add a [[moves]] table",
    "payoffs": "add a [payoffs] table with a formula for each player",
    "form": 'add form = "extensive"',
}
