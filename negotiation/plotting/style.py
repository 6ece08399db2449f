"""Style: one look for all figures of a paper, and files that are the same on every run.

Colours are Okabe and Ito's, ordered so that neighbours differ in lightness and stay apart in grey.
PDF fonts are TrueType (type 42), and no date goes into any file.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import matplotlib
from matplotlib import font_manager
from matplotlib.mathtext import MathTextParser

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "FULL_WIDTH",
    "HALF_WIDTH",
    "drawable",
    "journal_style",
    "label_lines",
    "save",
    "write_figure",
]

HALF_WIDTH, FULL_WIDTH = 3.5, 7.2
"""Widths of one and of two columns, inches."""

COLOURS = ("#000000", "#D55E00", "#56B4E9", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#F0E442")
LINES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
DOLLAR = re.compile(r"(?<!\\)\$")
FALLBACKS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
)


@contextmanager
def journal_style() -> Iterator[None]:
    """Set matplotlib's parameters for the figures drawn inside, and nothing else."""
    installed = set(font_manager.get_font_names())
    settings: dict[str, Any] = {
        "font.family": [name for name in FALLBACKS if name in installed] or ["sans-serif"],
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.labelsize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "lines.linewidth": 1.3,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "savefig.dpi": 300,
        "figure.dpi": 100,
        "svg.hashsalt": "negotiation",
        "axes.unicode_minus": True,
        "mathtext.fontset": "dejavusans",
    }
    with matplotlib.rc_context(cast("Any", settings)):
        yield


def drawable(text: str) -> str:
    """Return a label that can be drawn; warn with the remedy where it cannot be as it stands.

    A broken formula would stop matplotlib when the figure is saved, so its ``$`` are escaped; a
    letter that no font has would be an empty box, so its number stands instead.
    """
    fault = _formula_fault(text)
    if fault:
        warnings.warn(
            f"{fault} in the label {text!r}, which is drawn as plain text; "
            r"write \$ for a dollar sign, or correct the formula between the two $",
            stacklevel=2,
        )
        text = DOLLAR.sub(r"\$", text)
    fonts = [
        font_manager.get_font(font_manager.findfont(font_manager.FontProperties(family=[name])))
        for name in matplotlib.rcParams["font.family"]
    ]
    known = set().union(*(font.get_charmap() for font in fonts))
    missing = sorted({letter for letter in text if ord(letter) not in known and letter != "\n"})
    if missing:
        warnings.warn(
            f"no installed font can draw {''.join(missing)!r} in the label {text!r}; "
            "install one that can (for Chinese the package fonts-noto-cjk) and run again",
            stacklevel=2,
        )
        for letter in missing:
            text = text.replace(letter, f"[U+{ord(letter):04X}]")
    return text


def _formula_fault(text: str) -> str:
    """Return what is wrong with the formulas of a label; matplotlib reads it line by line."""
    for line in text.split("\n"):
        dollars = len(DOLLAR.findall(line))
        if dollars % 2:
            return "a $ without its partner"
        if dollars:
            try:
                MathTextParser("path").parse(line)
            except ValueError:
                return "a formula that matplotlib cannot draw"
    return ""


def label_lines(
    axes: Axes, labels: Sequence[tuple[float, str, str]], *, x: float, size: float = 6.2
) -> None:
    """Write labels beside the ends of lines; those that would overlap are moved apart.

    Parameters
    ----------
    labels : sequence of (y, text, colour)
        Lines that end at the same height stand together; one that ends in NaN has no label.
    x : float
        Where the labels start, in data units.
    """
    low, high = axes.get_ylim()
    height = axes.bbox.height / axes.figure.dpi * 72
    gap = (high - low) * (size * 1.15) / height
    merged: list[tuple[float, list[tuple[str, str]]]] = []
    for y, text, colour in sorted(label for label in labels if math.isfinite(label[0])):
        if merged and abs(merged[-1][0] - y) < 1e-9 * max(1.0, abs(y)):
            merged[-1][1].append((text, colour))
        else:
            merged.append((y, [(text, colour)]))
    # Each label takes a line of its own; blocks are pushed up from below, then down from above.
    rows = [(y, text, colour) for y, entries in merged for text, colour in entries]
    places: list[float] = []
    for y, _, _ in rows:
        places.append(max(y, places[-1] + gap) if places else max(y, low))
    overflow = places[-1] - high if places else 0.0
    if overflow > 0:
        ceiling = high
        for k in range(len(places) - 1, -1, -1):
            places[k] = min(places[k], ceiling)
            ceiling = places[k] - gap
    for place, (y, text, colour) in zip(places, rows, strict=True):
        axes.annotate(
            drawable(text),
            xy=(x, y),
            xytext=(x + 0.03 * (axes.get_xlim()[1] - axes.get_xlim()[0]), place),
            textcoords="data",
            color=colour,
            fontsize=size,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "lw": 0.3, "color": colour, "shrinkA": 0, "shrinkB": 0},
        )


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PDF, or as PNG at 300 dpi, by the suffix; the same bytes on every run."""
    if path.suffix.lower() == ".pdf":
        figure.savefig(path, metadata={"CreationDate": None, "Producer": None, "Creator": None})
    else:
        figure.savefig(path, metadata={"Software": None}, dpi=300)


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write a figure as PDF and as PNG at 300 dpi, the same bytes on every run."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_suffix(".pdf"), stem.with_suffix(".png")]
    for path in paths:
        write_figure(figure, path)
    return paths
