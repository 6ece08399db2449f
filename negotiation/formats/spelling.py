"""Spelling: exact numbers and labels, as files of games write them.

A number is an integer, a decimal, either with an exponent, or the quotient of two of these. It is
read from its text, so ``0.1`` is 1/10. A label is one line of printable text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache

from negotiation.errors import Fault, MethodError
from negotiation.formulas import MAX_DIGITS, read_number

__all__ = [
    "check_digits",
    "clean_label",
    "distinct_labels",
    "exact_number",
    "exact_sum",
    "number_text",
]

MAX_LABEL = 2_000
_DECIMAL = r"(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?"
_NUMBER = re.compile(rf"(?P<sign>[+-]?)(?P<top>{_DECIMAL})(?:/(?P<bottom>{_DECIMAL}))?")
_LIMIT = 10**MAX_DIGITS
_BLANK = re.compile(r"\s")


@lru_cache(maxsize=4096)
def exact_number(text: str) -> Fraction:
    """Return the rational that a text such as ``-2``, ``.5``, ``1e-3`` or ``-1/3`` spells.

    Raises
    ------
    Fault
        If it is no such number, divides by zero, or has more than 1000 digits.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise Fault(
            f"{text[:60]!r} is no number" if text else "a number is missing",
            remedy="write a number such as -2, 0.5, 1/3 or 1e-3",
        )
    value = read_number(match["top"])
    if match["bottom"] is not None:
        bottom = read_number(match["bottom"])
        if not bottom:
            raise Fault(f"{text[:60]} divides by zero", remedy="write another denominator")
        value /= bottom
    return check_digits(-value if match["sign"] == "-" else value)


def check_digits(value: Fraction) -> Fraction:
    """Return a number, or refuse it if it has more than 1000 digits."""
    if max(abs(value.numerator), value.denominator) >= _LIMIT:
        raise Fault(f"the number has more than {MAX_DIGITS} digits", remedy="choose another unit")
    return value


def exact_sum(values: Iterable[Fraction]) -> Fraction:
    """Return the sum of numbers, none of the partial sums longer than 1000 digits."""
    total = Fraction(0)
    for value in values:
        total = check_digits(total + value)
    return total


def number_text(value: Fraction) -> str:
    """Return a number as files of games spell it, such as ``3`` or ``-16/27``.

    Raises
    ------
    MethodError
        If it has more digits than are read back.
    """
    try:
        return str(check_digits(value))
    except Fault as fault:
        raise MethodError(fault.message, place="export", remedy=fault.remedy) from None


@lru_cache(maxsize=4096)
def clean_label(text: str, longest: int = MAX_LABEL) -> str:
    """Return a label as one line: every kind of blank becomes a space, none at the ends.

    Raises
    ------
    Fault
        If it is too long, or holds a character that cannot be printed.
    """
    if len(text) > longest:
        raise Fault(f"a label of {len(text):,} characters is too long", remedy="shorten it")
    label = _BLANK.sub(" ", text).strip()
    if not label.isprintable():
        code = next(ord(character) for character in label if not character.isprintable())
        raise Fault(f"a label holds the unprintable character U+{code:04X}", remedy="take it out")
    return label


def distinct_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Return labels made distinct: an empty one becomes its position, equal ones get _1, _2."""
    named = [label or str(position) for position, label in enumerate(labels, start=1)]
    counts, taken = Counter(named), set(named)
    numbers: Counter[str] = Counter()
    found = []
    for label in named:
        if counts[label] > 1:
            stem = label
            while label in taken:
                numbers[stem] += 1
                label = f"{stem}_{numbers[stem]}"
            taken.add(label)
        found.append(label)
    return tuple(found)
