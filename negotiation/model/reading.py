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
from negotiation.formulas import nearest
from negotiation.model.catalogue import find_model
from negotiation.model.document import Model, TomlNumber

__all__ = ["load", "model_from_toml", "read_text", "read_toml"]

MAX_BYTES = 4_000_000
MAX_NESTING = 40
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
    return model_from_toml(read_text(path), origin=path)


def read_text(path: Path) -> str:
    """Return the text of a regular UTF-8 file of reasonable size."""
    place = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UsageError("is a directory", place=place, remedy="name a file in it")
        if not stat.S_ISREG(status.st_mode):
            raise UsageError("is no regular file", place=place, remedy="pipe it in and write -")
        if status.st_size > MAX_BYTES:
            raise ModelError(
                [
                    Fault(
                        f"the file has {status.st_size:,} bytes, more than {MAX_BYTES:,}",
                        remedy="a model is a document; move tables into values",
                    )
                ],
                source=place,
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("there is no such file", place=place, remedy="check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot be read ({reason})", place=place[:200], remedy="check the path and rights"
        ) from None
    return decode(content, place)


def read_standard_input() -> str:
    """Return the text that is piped in."""
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        fault = Fault(f"more than {MAX_BYTES:,} bytes", remedy="a model is a document")
        raise ModelError([fault], source="standard input")
    return decode(content, "standard input")


def decode(content: bytes, source: str) -> str:
    """Return UTF-8 text; a fault names the byte where it ends to be UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        fault = Fault(
            f"byte {error.start} (line {line}) is not UTF-8", remedy="save the file as UTF-8"
        )
        raise ModelError([fault], source=source) from None


_SKIP = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|' + r"'''.*?'''" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)


def _check_text(text: str) -> None:
    """Refuse what would exhaust ``tomllib``: long integers and deep nesting."""
    bare = _SKIP.sub(lambda match: " " * len(match[0]), text)
    digits = re.search(rf"[0-9_]{{{MAX_DIGITS + 1},}}", bare)
    if digits:
        raise Fault(
            f"line {text.count(chr(10), 0, digits.start()) + 1}: a number of "
            f"{len(digits[0])} digits is too long",
            remedy=f"write at most {MAX_DIGITS} digits",
        )
    dotted = re.search(r"(?:[\w-]+\s*\.\s*){60,}", bare)
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", bare):
        depth = max(0, depth + (1 if bracket[0] in "[{" else -1))
        if depth > MAX_NESTING or dotted:
            start = dotted.start() if dotted else bracket.start()
            line = text.count("\n", 0, start) + 1
            raise Fault(
                f"line {line}: more than {MAX_NESTING} nested brackets",
                remedy="tables of a model nest at most three deep",
            )


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text; numbers with a point keep their text."""
    try:
        _check_text(text)
        return tomllib.loads(text, parse_float=TomlNumber)
    except Fault as fault:
        raise ModelError([fault], source=source) from None
    except tomllib.TOMLDecodeError as error:
        fault = Fault(f"not TOML: {error}", remedy="see the line and column named")
        raise ModelError([fault], source=source) from None
    except (RecursionError, MemoryError, ValueError) as error:
        fault = Fault(f"not readable as TOML ({type(error).__name__})", remedy="simplify the file")
        raise ModelError([fault], source=source) from None


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
        fault = Fault("the file is empty", remedy="negotiate new NAME writes a starter")
        raise ModelError([fault], source=source)
    known = [f.name for f in fields(Model) if f.name != "origin"]
    faults = [
        Fault(f"unknown key {key!r}", place=key, remedy=nearest(key, known))
        for key in document
        if key not in known
    ]
    required = ("name", "players", "moves", "payoffs")
    faults += [
        Fault(f"{key!r} is missing", place=key, remedy=f"add {key}")
        for key in required
        if key not in document
    ]
    if "form" not in document:
        faults.append(Fault("'form' is missing", place="form", remedy='add form = "extensive"'))
    kept = {key: value for key, value in document.items() if key in known}
    missing = {"name": "unnamed", "players": [], "moves": [], "payoffs": {}}
    try:
        return Model(**{**missing, **kept}, origin=origin, faults=tuple(faults))
    except ModelError as error:
        raise ModelError(_without_echo(error.faults, document), source=source) from None


def _without_echo(faults: tuple[Fault, ...], document: dict[str, Any]) -> list[Fault]:
    """Drop what only repeats that a required key is missing."""
    absent = {key for key in ("players", "moves", "payoffs") if key not in document}
    return [
        fault
        for fault in faults
        if fault.place.split(".")[0] not in absent or "is missing" in fault.message
    ]
