"""Axes of a sweep: parameters and the exact values that they take.

In a grid an axis lists the values, each once. In a sample a parameter has a range to draw from, and
then a column: its value at each point (:mod:`negotiation.analysis.sweeps.samples`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import UsageError
from negotiation.model.values import read_value

__all__ = ["MAX_AXIS", "Axis", "Column", "Range", "axes_of", "ranges_of", "read_axis", "read_range"]

MAX_AXIS = 1_000_000
"""Most values of one axis."""


@dataclass(frozen=True)
class Axis:
    """One parameter and the exact values it takes."""

    name: str
    values: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        place = f"--over {self.name}"
        if not self.values:
            raise UsageError("the axis has no points", place=place, remedy="write lo:hi:n")
        if len(set(self.values)) < len(self.values):
            raise UsageError("a point stands twice", place=place, remedy="name each value once")


class Column(Axis):
    """One parameter of a sample and its value at each point; a value may stand twice."""

    def __post_init__(self) -> None:
        """Ask nothing: a column is made by a design."""


@dataclass(frozen=True)
class Range:
    """One parameter and the range that its values are drawn from."""

    name: str
    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise UsageError(
                f"{self.low} is not below {self.high}",
                place=f"--over {self.name}",
                remedy="write name=lo:hi, or hold the parameter fixed with --set",
            )


def read_axis(text: str) -> Axis:
    """Read ``name=lo:hi:n`` (n points, both ends included) or ``name=a,b,c``.

    Raises
    ------
    UsageError
        If the text is neither.
    """
    name, points, place = _parts(text, "write name=lo:hi:n or name=a,b,c")
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
    name, points, place = _parts(text, "write name=lo:hi or name=a,b,c")
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


def _parts(text: str, remedy: str) -> tuple[str, str, str]:
    """Return the name and what stands behind ``=``, and the place for messages."""
    name, equals, points = text.partition("=")
    name, place = name.strip(), f"--over {text[:60]}"
    if not equals or not name or not points.strip():
        raise UsageError("is no axis", place=place, remedy=remedy)
    return name, points, place


def axes_of(over: Mapping[str, Any] | Sequence[Axis]) -> list[Axis]:
    """Return axes from Axis objects or from ``{name: (lo, hi, n)}`` and ``{name: [values]}``."""
    if not isinstance(over, Mapping):
        return list(over)
    axes = []
    for name, points in over.items():
        if isinstance(points, str):
            axes.append(read_axis(f"{name}={points}"))
        elif isinstance(points, tuple) and len(points) == 3:
            axes.append(read_axis(f"{name}={points[0]}:{points[1]}:{points[2]}"))
        else:
            axes.append(Axis(name, tuple(read_value(point, name) for point in points)))
    return axes


def ranges_of(over: Mapping[str, Any] | Sequence[Range | Axis]) -> list[Range | Axis]:
    """Return what a sample is drawn from: ranges from ``{name: (lo, hi)}``, and lists."""
    if not isinstance(over, Mapping):
        return list(over)
    found: list[Range | Axis] = []
    for name, points in over.items():
        if isinstance(points, str):
            found.append(read_range(f"{name}={points}"))
        elif isinstance(points, tuple) and len(points) in (2, 3):
            found.append(read_range(f"{name}={':'.join(map(str, points))}"))
        else:
            found.append(Axis(name, tuple(read_value(point, name) for point in points)))
    return found
