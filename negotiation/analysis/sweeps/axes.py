"""Axes of a sweep: parameters and the exact values that they take.

In a grid an axis lists the values, each once. In a sample a parameter has a range to draw from, and
then a column: its value at each point (:mod:`negotiation.analysis.sweeps.samples`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import UsageError
from negotiation.model.scope import cell_name
from negotiation.model.values import read_value

__all__ = [
    "MAX_AXIS",
    "Axis",
    "Column",
    "Over",
    "Range",
    "axes_of",
    "ranges_of",
    "read_axis",
    "read_range",
    "spelled",
]

MAX_AXIS = 1_000_000
"""Most values of one axis."""
GRID = "name=lo:hi:n or name=a,b,c"
DRAWN = "name=lo:hi or name=a,b,c"
IN_PYTHON = "{name: (lo, hi, n)} or {name: [a, b, c]}"
DRAWN_IN_PYTHON = "{name: (lo, hi)} or {name: [a, b, c]}"


def spelled(name: str) -> str:
    """Return a name as the model spells it: ``x[US, EU]`` of ``x [ US,EU ]``.

    What is no name of a parameter or move is left for others to refuse.
    """
    match = re.fullmatch(r"(\w+)\s*(?:\[([^\]]*)\])?", name.strip())
    if match is None or match[2] is None:
        return name.strip()
    members = [member.strip() for member in match[2].split(",")]
    return cell_name(match[1], members) if all(members) else name.strip()


@dataclass(frozen=True)
class Axis:
    """One parameter, its name as the model spells it, and the exact values it takes."""

    name: str
    values: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", spelled(self.name))
        place = f"--over {self.name}"
        if not self.values:
            raise UsageError("the axis has no points", place=place, remedy="write lo:hi:n")
        if len(set(self.values)) < len(self.values):
            raise UsageError("a point stands twice", place=place, remedy="name each value once")


@dataclass(frozen=True)
class Range:
    """One parameter, its name as the model spells it, and the range that it is drawn from."""

    name: str
    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", spelled(self.name))
        if self.low >= self.high:
            raise UsageError(
                f"{self.low} is not below {self.high}",
                place=f"--over {self.name}",
                remedy="write name=lo:hi, or hold the parameter fixed with --set",
            )


@dataclass(frozen=True)
class Column(Axis):
    """One parameter of a sample and its value at each point; a value may stand twice.

    `origin` is what the values were drawn from.
    """

    origin: Range | Axis | None = None

    def __post_init__(self) -> None:
        """Ask nothing: a column is made by a design, of an axis or a range."""


def read_axis(text: str) -> Axis:
    """Read ``name=lo:hi:n`` (n points, both ends included) or ``name=a,b,c``.

    Raises
    ------
    UsageError
        If the text is neither.
    """
    name, points, place = _parts(text, GRID)
    if ":" not in points:
        values = tuple(read_value(part, place) for part in points.split(","))
    else:
        parts = points.split(":")
        if len(parts) != 3:
            raise UsageError(
                "is no range",
                place=place,
                remedy="write name=lo:hi:n"
                + (", or draw from lo:hi with --sample" if len(parts) == 2 else ""),
            )
        low, high, count = (read_value(part, place) for part in parts)
        if count.denominator != 1 or not 1 <= count <= MAX_AXIS:
            raise UsageError(
                f"{parts[2].strip()[:40]} is no number of points from 1 to {MAX_AXIS:,}",
                place=place,
                remedy="write name=0:1:101",
            )
        if count == 1 and low != high:
            raise UsageError(
                "one point, but two ends", place=place, remedy="ask for 2 points or more"
            )
        step = (high - low) / (count - 1) if count > 1 else Fraction(0)
        values = tuple(low + k * step for k in range(int(count)))
    return Axis(name, values)


def read_range(text: str) -> Range | Axis:
    """Read ``name=lo:hi`` or ``name=a,b,c``, from which a sample is drawn.

    Raises
    ------
    UsageError
        If the text is neither.
    """
    name, points, place = _parts(text, DRAWN)
    if ":" not in points:
        return read_axis(text)
    ends = points.split(":")
    if len(ends) == 3:
        raise UsageError(
            "asks for a grid beside a sample",
            place=place,
            remedy="write name=lo:hi to draw from the range, or leave out --sample",
        )
    if len(ends) != 2:
        raise UsageError("is no range", place=place, remedy="write name=lo:hi")
    low, high = (read_value(end, place) for end in ends)
    return Range(name, low, high)


def _parts(text: str, form: str) -> tuple[str, str, str]:
    """Return the name and what stands behind ``=``, and the place for messages."""
    name, equals, points = text.partition("=")
    name, place = name.strip(), f"--over {text[:60]}"
    reason = ""
    if ":" in points and "," in points:
        reason = ": it is a range with : or a list with commas, not both"
    elif not all(part.strip() for part in re.split("[:,]", points)) and points.strip():
        reason = f": a number is empty in {points.strip()[:40]!r}"
    if not equals or not name or not points.strip() or reason:
        raise UsageError(f"is no axis{reason}", place=place, remedy=f"write {form}")
    return name, points, place


Over = Mapping[str, Any] | Sequence[Any] | str
"""Axes as Python code gives them: ``{name: points}``, or texts and objects one after another."""


def axes_of(over: Over) -> list[Axis]:
    """Return axes from Axis objects, texts, ``{name: (lo, hi, n)}`` and ``{name: [values]}``.

    Raises
    ------
    UsageError
        For what is no axis, and for a range without a number of points.
    """
    for name, points in over.items() if isinstance(over, Mapping) else ():
        if isinstance(points, tuple) and len(points) == 2:
            low, high = points
            raise UsageError(
                f"({low}, {high}) is a range without a number of points",
                place=f"--over {name}",
                remedy=f"write ({low}, {high}, n) for n points, [{low}, {high}] for these two, or "
                "draw from the range with sample",
            )
    found: list[Axis] = []
    for axis in _read(over, (3,), read_axis, IN_PYTHON):
        if isinstance(axis, Range):
            raise UsageError(
                "a range without points",
                place=f"--over {axis.name}",
                remedy="write name=lo:hi:n, or draw from it with --sample",
            )
        found.append(axis)
    return found


def ranges_of(over: Over) -> list[Range | Axis]:
    """Return what a sample is drawn from: ranges from ``{name: (lo, hi)}``, and lists.

    Raises
    ------
    UsageError
        For what is neither.
    """
    return _read(over, (2, 3), read_range, DRAWN_IN_PYTHON)


def _read(
    over: Over,
    sizes: tuple[int, ...],
    read: Callable[[str], Range | Axis],
    form: str,
) -> list[Range | Axis]:
    """Return the axes that Python code gives; tuples of some sizes are the parts of a range."""
    if isinstance(over, str):
        return [read(over)]
    found: list[Range | Axis] = []
    if not isinstance(over, Mapping):
        for axis in _items(over, "--over", form):
            if not isinstance(axis, str | Axis | Range):
                raise _no_axis(axis, "--over", form)
            found.append(read(axis) if isinstance(axis, str) else axis)
        return found
    for name, points in over.items():
        place = f"--over {name}"
        if not isinstance(name, str):
            raise _no_axis(name, "--over", form)
        if isinstance(points, str):
            found.append(read(f"{name}={points}"))
        elif isinstance(points, tuple) and len(points) in sizes:
            found.append(read(f"{name}={':'.join(map(str, points))}"))
        else:
            values = (read_value(point, place) for point in _items(points, place, form))
            found.append(Axis(name, tuple(values)))
    return found


def _items(points: Any, place: str, form: str) -> list[Any]:
    """Return what stands in a list; refuse a single thing."""
    try:
        return list(points)
    except TypeError:
        raise _no_axis(points, place, form) from None


def _no_axis(found: object, place: str, form: str) -> UsageError:
    return UsageError(f"{str(found)[:60]} is no axis", place=place, remedy=f"write {form}")
