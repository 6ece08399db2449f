r"""Gambit's text: the tokens that ``.nfg`` and ``.efg`` files share, each with line and column.

Whitespace separates tokens and means nothing else. A token is a word (``NFG``, ``p``), a number, a
quoted text, a brace or a comma. In quoted text ``\"`` stands for a quote, and a backslash before
anything else for itself: that is how Gambit writes labels. The text is UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import PurePath

from negotiation.errors import Fault, GameError, MethodError
from negotiation.formats.spelling import clean_label, distinct_labels, exact_number

__all__ = ["MAX_BYTES", "Tokens", "quoted", "read_players", "read_title", "sized"]

MAX_BYTES = 4_000_000
MAX_PLAYERS = 100
_TOKEN = re.compile(
    r"\s*+(?:(?P<brace>[{}])"
    r"|(?P<comma>,)"
    r"|(?P<number>[+-]?\.?[0-9][0-9A-Za-z_.+/-]*+)"
    r'|(?P<text>"(?:[^"\\]++|\\"|\\(?!"))*+")'
    r"|(?P<word>[A-Za-z]\w*+)"
    r"|(?P<end>\Z))"
)
_BLANK = re.compile(r"\s*+")


class Tokens:
    """The tokens of a file, read one by one.

    Parameters
    ----------
    text : str
        The whole file.
    source : str
        Its name, for messages.

    Attributes
    ----------
    kind : str
        Of the current token: brace, comma, number, text, word, or end.
    value : str
        Its characters, quotes included.
    start : int
        Where it starts in the text.

    Raises
    ------
    GameError
        If the text is too long, or its first token is none.
    """

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.kind, self.value, self.start, self._next = "", "", 0, 0
        if len(text) > MAX_BYTES:
            raise GameError(
                f"the text has {len(text):,} characters, more than {MAX_BYTES:,}",
                place=source,
                remedy="check that this is the right file",
            )
        self.advance()

    def advance(self) -> None:
        """Go to the next token."""
        match = _TOKEN.match(self.text, self._next)
        if match is None:
            blank = _BLANK.match(self.text, self._next)
            self.start = blank.end() if blank else self._next
            raise self._no_token()
        self.kind = match.lastgroup or "end"
        self.value = match[self.kind]
        self.start = match.start(self.kind)
        self._next = match.end()

    def _no_token(self) -> GameError:
        character = self.text[self.start]
        if character == '"':
            return self.fault("a quoted text does not end", "close the quote")
        return self.fault(
            f"{character!r} stands where a token should",
            "text goes in double quotes, lists in braces",
        )

    def fault(self, message: str, remedy: str, at: int | None = None) -> GameError:
        """Return an error at the current token, or where another one starts."""
        at = self.start if at is None else at
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        return GameError(
            f"line {line}, column {column}: {message}", place=self.source, remedy=remedy
        )

    def unexpected(self, wanted: str) -> GameError:
        """Return an error that names what should stand here and what does."""
        shown = self.value if len(self.value) <= 40 else f"{self.value[:37]}..."
        found = "the file ends" if self.kind == "end" else f"found {shown}"
        return self.fault(f"expected {wanted}, {found}", f"write {wanted}")

    def is_brace(self, brace: str) -> bool:
        """Say whether the current token is this brace."""
        return self.kind == "brace" and self.value == brace

    def take_brace(self, brace: str, where: str) -> None:
        """Go past a brace that must stand here."""
        if not self.is_brace(brace):
            raise self.unexpected(f"{brace} {where}")
        self.advance()

    def take_word(self, words: Iterable[str], wanted: str) -> str:
        """Go past one of some words and return it."""
        word = self.value
        if self.kind != "word" or word not in words:
            raise self.unexpected(wanted)
        self.advance()
        return word

    def take_label(self, wanted: str, longest: int | None = None) -> str:
        """Go past a quoted text and return it as one line."""
        if self.kind != "text":
            raise self.unexpected(f"{wanted} in quotes")
        raw = self.value[1:-1].replace('\\"', '"')
        try:
            label = clean_label(raw) if longest is None else clean_label(raw, longest)
        except Fault as fault:
            raise self.fault(fault.message, fault.remedy) from None
        self.advance()
        return label

    def skip_text(self) -> None:
        """Go past a quoted text if there is one here."""
        if self.kind == "text":
            self.advance()

    def take_number(self, wanted: str) -> Fraction:
        """Go past an exact number and return it."""
        if self.kind != "number":
            raise self.unexpected(wanted)
        try:
            number = exact_number(self.value)
        except Fault as fault:
            raise self.fault(fault.message, fault.remedy) from None
        self.advance()
        return number

    def take_integer(self, wanted: str, lowest: int, highest: int | None = None) -> int:
        """Go past a whole number within bounds and return it."""
        if self.kind != "number":
            raise self.unexpected(wanted)
        number = int(self.value) if self.value.isdigit() and len(self.value) < 19 else -1
        if number < lowest or (highest is not None and number > highest):
            bounds = f"{lowest} or more" if highest is None else f"{lowest} to {highest}"
            raise self.fault(f"{self.value[:40]} is not {wanted}", f"write {bounds}")
        self.advance()
        return number

    def take_payoffs(self, players: int) -> tuple[Fraction, ...]:
        """Go past one number a player, with or without commas, up to the closing brace."""
        payoffs = []
        for _ in range(players):
            payoffs.append(self.take_number("a payoff"))
            if self.kind == "comma":
                self.advance()
        self.take_brace("}", f"after {players} payoff{'s' if players > 1 else ''}")
        return tuple(payoffs)


def read_title(tokens: Tokens, kind: str, version: str) -> str:
    """Read the start of a file, such as ``EFG 2 R "Title"``, and return the title.

    An empty title is replaced by the name of the file.
    """
    tokens.take_word((kind,), f"{kind}, with which the file begins")
    if tokens.kind != "number" or tokens.value != version:
        raise tokens.unexpected(f"the version {version}")
    tokens.advance()
    tokens.take_word(("R", "D"), "the letter R")
    title = tokens.take_label("the title of the game", longest=10_000)
    return title or PurePath(tokens.source).stem or "game"


def read_players(tokens: Tokens) -> tuple[str, ...]:
    """Read the names of the players; equal ones are numbered, an empty one is "Player k"."""
    tokens.take_brace("{", "before the names of the players")
    names: list[str] = []
    while not tokens.is_brace("}"):
        if len(names) == MAX_PLAYERS:
            raise tokens.fault(f"more than {MAX_PLAYERS} players", "use fewer")
        name = tokens.take_label("the name of a player")
        names.append(name or f"Player {len(names) + 1}")
    if not names:
        raise tokens.fault("there are no players", "name at least one")
    tokens.advance()
    return distinct_labels(names)


def quoted(label: str) -> str:
    """Return a label in quotes.

    Raises
    ------
    MethodError
        If it ends in a backslash, which Gambit's files cannot spell.
    """
    if label.endswith("\\"):
        raise MethodError(
            f"the label {label[:60]!r} ends in a backslash, which Gambit's files cannot spell",
            place="export",
            remedy="rename it",
        )
    return '"' + label.replace('"', '\\"') + '"'


def sized(text: str, kind: str) -> str:
    """Return a text to be written, or refuse one too large to be read back."""
    if len(text.encode()) > MAX_BYTES:
        raise MethodError(
            f"the {kind} file would have more than {MAX_BYTES:,} bytes",
            place="export",
            remedy="use --format json, or fix moves with --fix",
        )
    return text
