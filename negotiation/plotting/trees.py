"""Trees: a finite game drawn in extensive form, from the root at the left to the payoffs.

Decision nodes have colour and shape of their mover, those of chance are hollow. The action stands
on its branch, with its probability where chance draws or the mover mixes. Dashed lines join the
histories of an information set. Labels are plain text: no sign in them starts a formula.
:mod:`negotiation.plotting.tree_layout` says where things stand, :mod:`~.tree_play` what an
equilibrium adds.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from negotiation.errors import MethodError
from negotiation.game import CHANCE, Game
from negotiation.plotting.style import COLOURS, drawable
from negotiation.plotting.tree_layout import (
    MAX_LEAVES,
    Extent,
    check_leaves,
    columns_of,
    lanes_of,
    rows_of,
)
from negotiation.plotting.tree_play import Play, number_text, probability_text
from negotiation.solution import Solution

__all__ = ["plot_tree"]

MAX_INCHES = 200.0
"""Largest page of a PDF."""
SIZE = 7.0
"""Of all text but the caption, points."""
SHAPES = "osD^vPX"
DRAWN = "0.3"
"""Grey of chance and of a tree without a solution."""
WRAP = 28
"""Letters in a line of an action's label."""
RADIUS, LANE, PAD, GAP, MARGIN = 2.6, 6.0, 3.5, 3.0, 8.0
"""Radius of a node, width of a lane, room beside a text, between families, at the edge; points."""
RISE = 1.9
"""Of a text over the middle of its branch, points."""
BACKGROUND = {"facecolor": "white", "edgecolor": "none", "pad": 0.2}
"""Of labels on branches: a set that stands in several columns may cross them."""
SIGNS = PATH, DASHED, PROBABILITY, BELIEF, ROUNDED = (
    "thick: path of play; medium: played off the path",
    "dashed: one information set",
    "(p): probability",
    "[p]: belief",
    "payoffs of many digits are rounded to four",
)
"""What the caption may explain."""
EXPECTED = "expected"
"""Before the expected payoffs."""
CAPTION = 6.2
"""Size of the caption, points."""


def plot_tree(
    game: Game,
    solution: Solution | None = None,
    equilibrium: int = 0,
    *,
    limit: int = MAX_LEAVES,
    size: float = SIZE,
) -> Figure:
    """Draw a finite game as a tree; a game in strategic form too, its players moving in turn.

    Parameters
    ----------
    game : Game
        A model at values, or one read from a file.
    solution : Solution, optional
        Of the same game. The path of play is thick, what is played off the path of medium width;
        actions that are mixed have their probabilities, histories of an information set the
        mover's belief in brackets, where the concept has beliefs.
    equilibrium : int
        Which equilibrium of the solution, from 0.
    limit : int
        Leaves that are drawn at most.
    size : float
        Of the text, points.

    Returns
    -------
    matplotlib.figure.Figure
        As large as the tree needs; no two labels overlap. Draw and save it inside
        :func:`~negotiation.plotting.style.journal_style`.

    Raises
    ------
    MethodError
        If the tree has more leaves than `limit`, or needs more than 200 inches.
    UsageError
        If the solution is of another game, or has no such equilibrium.
    """
    check_leaves(game, limit)
    play = None if solution is None else Play(game, solution, equilibrium)
    return _Picture(game, play, size).draw()


@dataclass(frozen=True)
class _Look:
    """Colour of lines and nodes, a darker one for text, and shape."""

    colour: str
    ink: str
    shape: str


def _look(player: int) -> _Look:
    if player == CHANCE:
        return _Look(DRAWN, DRAWN, "o")
    colour = COLOURS[player % len(COLOURS)]
    return _Look(colour, _ink(colour), SHAPES[player % len(SHAPES)])


def _ink(colour: str) -> str:
    """Return a colour dark enough for small text on white: contrast 4.5, as WCAG 2.2 asks."""
    rgb = to_rgb(colour)
    while _contrast(rgb) < 4.5:
        rgb = (0.95 * rgb[0], 0.95 * rgb[1], 0.95 * rgb[2])
    return to_hex(rgb)


def _contrast(rgb: Sequence[float]) -> float:
    """Return the contrast of a colour with white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    weights = (0.2126, 0.7152, 0.0722)
    return 1.05 / (sum(w * c for w, c in zip(weights, linear, strict=True)) + 0.05)


class _Picture:
    """The picture of a game; lengths are points, heights count downwards."""

    def __init__(self, game: Game, play: Play | None, size: float) -> None:
        self.game, self.play, self.size = game, play, size
        self.figure = Figure(figsize=(1, 1))
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.checked: dict[str, str] = {}
        self.measured: dict[tuple[str, float, str], tuple[float, float]] = {}
        self.signs: set[str] = set()

    # -- where things stand -------------------------------------------------------------------

    @cached_property
    def columns(self) -> list[int]:
        return columns_of(self.game)

    @cached_property
    def labels(self) -> list[str]:
        """What stands above the branch to each node."""
        return [self._label(node) for node in range(len(self.columns))]

    @cached_property
    def tags(self) -> list[str]:
        """What stands below the branch to each node."""
        return [self._tag(node) for node in range(len(self.columns))]

    @cached_property
    def titles(self) -> list[tuple[int, str] | None]:
        """Mover and move of each column, None where they differ within it, or all are leaves."""
        found: list[set[tuple[int, str]]] = [set() for _ in range(max(self.columns) + 1)]
        for head in self.game.information_sets:
            for node in head.nodes:
                found[self.columns[node]].add((head.player, head.move))
        return [next(iter(moves)) if len(moves) == 1 else None for moves in found]

    @cached_property
    def rows(self) -> list[float]:
        """Height of each node below the header."""
        extents = []
        for node, (label, tag) in enumerate(zip(self.labels, self.tags, strict=True)):
            half = self._extent("0")[1] / 2 if not self.game.children[node] else RADIUS + 1
            above, below = (self._extent(t)[1] + RISE + 1 if t else 0.0 for t in (label, tag))
            extents.append(Extent(above, below, half))
        return rows_of(self.game, self.columns, extents, GAP)

    @cached_property
    def lanes(self) -> dict[int, int]:
        return dict(lanes_of(self.game, self.columns, self.rows))

    @cached_property
    def bents(self) -> list[float]:
        """Width of the lanes left of each column."""
        bents = [0.0] * (max(self.columns) + 1)
        for position, lane in self.lanes.items():
            column = self.columns[self.game.information_sets[position].nodes[0]]
            bents[column] = max(bents[column], lane * LANE)
        return bents

    @cached_property
    def slants(self) -> list[float]:
        """Width of the slanted part of the branches out of each column."""
        steepest = [0.0] * (max(self.columns) + 1)
        for node, parent in enumerate(self.game.parent):
            if parent >= 0:
                rise = abs(self.rows[node] - self.rows[parent])
                steepest[self.columns[parent]] = max(steepest[self.columns[parent]], rise)
        return [min(26.0, max(9.0, 0.22 * rise)) for rise in steepest]

    @cached_property
    def places(self) -> list[float]:
        """Where each column stands."""
        last = max(self.columns)
        texts = [0.0] * (last + 1)
        for node, parent in enumerate(self.game.parent):
            if parent >= 0:
                first, before = self.columns[parent], self.columns[node] - 1
                texts[first] = max(texts[first], self._extent(self.labels[node])[0])
                texts[before] = max(texts[before], self._extent(self.tags[node])[0])
        places = [MARGIN + RADIUS]
        for column in range(last):
            width = RADIUS + self.slants[column] + texts[column] + 3 * PAD
            width += self.bents[column + 1] + RADIUS
            lines = self._title_lines(column)
            title = max((self._extent(text, weight)[0] for text, weight in lines), default=0.0)
            places.append(places[-1] + max(width, title + 3 * PAD))
        return places

    @cached_property
    def table(self) -> list[float]:
        """Right edge of each player's payoffs."""
        edges, start = [], self.places[-1] + 2 * PAD
        for k, player in enumerate(self.game.players):
            texts = [self._payoff(payoffs[k]) for payoffs in self.game.payoffs.values()]
            texts += [self._payoff(self.play.payoffs()[player])] if self.play else []
            name = self._extent(self._plain(player), "bold")[0] + 2 * RADIUS + 3
            start += max(name, *(self._extent(text, "bold")[0] for text in texts)) + 3 * PAD
            edges.append(start)
        return edges

    # -- what is written ----------------------------------------------------------------------

    def _label(self, node: int) -> str:
        parent = self.game.parent[node]
        if parent < 0:
            return ""
        position = self.game.set_of[parent]
        head = self.game.information_sets[position]
        action = self.game.children[parent].index(node)
        words, share = head.actions[action], self._share(parent, action)
        if head.player == CHANCE and head.move in self.game.fixed:
            words += " (fixed)"
        elif share is not None and (head.player == CHANCE or 0 < share < 1):
            words += f" ({probability_text(share)})"
            self.signs.add(PROBABILITY)
        return self._plain("\n".join(textwrap.wrap(words, WRAP)))

    def _share(self, node: int, action: int) -> Fraction | None:
        """Return the probability of an action, None where a player moves and nothing is solved."""
        if node in self.game.probabilities:
            return self.game.probabilities[node][action]
        return self.play.shares(self.game.set_of[node])[action] if self.play else None

    def _tag(self, node: int) -> str:
        if self.game.set_of[node] < 0:
            return ""
        head = self.game.information_sets[self.game.set_of[node]]
        named = self.titles[self.columns[node]] is None
        belief = self.play.belief(node) if self.play and head.player != CHANCE else ""
        self.signs |= {BELIEF} if belief else set()
        words = f"{head.move if named else ''} {belief}".strip()
        return self._plain("\n".join(textwrap.wrap(words, WRAP)))

    def _title_lines(self, column: int) -> list[tuple[str, str]]:
        """Return the lines of a column's title with their weights."""
        if (title := self.titles[column]) is None:
            return []
        player, move = title
        name = "chance" if player == CHANCE else self.game.players[player]
        name = "fixed" if player == CHANCE and move in self.game.fixed else name
        lines = [(name, "bold"), *([(move, "normal")] if move != name else [])]
        return [
            (self._plain(line), weight)
            for text, weight in lines
            for line in textwrap.wrap(text, WRAP)
        ]

    def _payoff(self, value: Fraction) -> str:
        text, rounded = number_text(value)
        self.signs |= {ROUNDED} if rounded else set()
        return text

    def _plain(self, text: str) -> str:
        """Return a text whose letters can all be drawn; its signs mean nothing to matplotlib."""
        if text not in self.checked:
            self.checked[text] = "$".join(drawable(part) for part in text.split("$"))
        return self.checked[text]

    def _captions(self) -> Iterator[str]:
        """Yield what stands below the tree: which equilibrium, and what the signs mean."""
        yield f"{self.game.name}: {self.play.title}" if self.play else self.game.name
        if self.play:
            self.signs.add(PATH)
        if any(len(head.nodes) > 1 for _, head in self.game.decisions()):
            self.signs.add(DASHED)
        if self.signs:
            yield "; ".join(sign for sign in SIGNS if sign in self.signs)

    # -- drawing ------------------------------------------------------------------------------

    def draw(self) -> Figure:
        """Draw everything and return the figure."""
        header = max([1, *(len(self._title_lines(k)) for k in range(len(self.places)))])
        line = self._extent("Xy")[1] + 1
        self.top = MARGIN + header * line + 2 * PAD
        width = max(252.0, self.table[-1] + MARGIN if self.table else self.places[-1] + MARGIN)
        lowest = self.top + max(self.rows) + line
        foot = lowest + (line + PAD if self.play else 0.0)
        captions = [text for words in self._captions() for text in self._fitted(words, width)]
        height = foot + len(captions) * line + MARGIN
        self._set_size(width, height)
        self._draw_header(line)
        for node in range(1, len(self.columns)):
            self._draw_branch(node)
        self._draw_sets()
        for node in range(len(self.columns)):
            self._draw_node(node)
        if self.play:
            self._draw_expected(lowest)
        for k, words in enumerate(captions):
            self._write(MARGIN, foot + k * line, words, va="top", fontsize=CAPTION)
        return self.figure

    def _set_size(self, width: float, height: float) -> None:
        if max(width, height) > 72 * MAX_INCHES:
            raise MethodError(
                f"the tree needs a page of {width / 72:.0f} by {height / 72:.0f} inches",
                place=self.game.name,
                remedy="fix moves, or draw a smaller game",
            )
        self.figure.set_size_inches(width / 72, height / 72)
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)

    def _draw_header(self, line: float) -> None:
        """Write mover and move above each column, and the players above their payoffs."""
        bottom = self.top - 2 * PAD
        for column, place in enumerate(self.places):
            lines = self._title_lines(column)
            for k, (text, weight) in enumerate(lines):
                title = self.titles[column]
                ink = _look(title[0]).ink if title else DRAWN
                height = bottom - (len(lines) - 1 - k) * line
                style = {"va": "baseline", "color": ink, "fontweight": weight}
                self._write(place - RADIUS, height, text, **style)
        for k, edge in enumerate(self.table):
            look, name = _look(k), self._plain(self.game.players[k])
            left = edge - self._extent(name, "bold")[0] - RADIUS - 3
            self._mark(left, bottom - self.size / 3, look)
            style = {"va": "baseline", "ha": "right", "color": look.ink, "fontweight": "bold"}
            self._write(edge, bottom, name, **style)

    def _draw_branch(self, node: int) -> None:
        """Draw the branch to a node, slanted and then level, with its texts."""
        parent = self.game.parent[node]
        action = self.game.children[parent].index(node)
        head = self.game.information_sets[self.game.set_of[parent]]
        look, x, y = _look(head.player), self._x(parent), self._y(node)
        bend = x + RADIUS + self.slants[self.columns[parent]]
        style: dict[str, Any] = {"lw": 0.8, "color": DRAWN, "zorder": 2.0}
        if self.play:
            style = {"lw": 0.5, "color": "0.55", "zorder": 2.0}
            if self.play.is_played(parent, action):
                path = self.play.on_path(node)
                style = {"lw": 2.2 if path else 1.1, "color": look.colour, "zorder": 3.0}
        self.axes.plot(
            [x, bend, self._x(node)],
            [self._y(parent), y, y],
            solid_capstyle="round",
            solid_joinstyle="round",
            gid=f"branch-{node}",
            **style,
        )
        self._write(bend + PAD, y - RISE, self.labels[node], va="bottom", bbox=BACKGROUND)
        if self.tags[node]:
            head = self.game.information_sets[self.game.set_of[node]]
            right = self._x(node) - RADIUS - self.bents[self.columns[node]] - PAD / 2
            ink, below = _look(head.player).ink, {"va": "top", "ha": "right", "bbox": BACKGROUND}
            self._write(right, y + RISE, self.tags[node], color=ink, **below)

    def _draw_node(self, node: int) -> None:
        """Draw a node; of a leaf, its payoffs and a dotted leader to them."""
        position = self.game.set_of[node]
        if position >= 0:
            head = self.game.information_sets[position]
            self._mark(self._x(node), self._y(node), _look(head.player), head.player == CHANCE)
            return
        x, y = self._x(node), self._y(node)
        weight = "bold" if self.play and self.play.on_path(node) else "normal"
        texts = [self._payoff(value) for value in self.game.payoffs[node]]
        for k, (edge, text) in enumerate(zip(self.table, texts, strict=True)):
            style = {"ha": "right", "color": _look(k).ink, "fontweight": weight}
            self._write(edge, y + 0.365 * self.size, text, va="baseline", **style)
        if texts:
            end = self.table[0] - self._extent(texts[0], weight)[0] - PAD
            self.axes.plot([x, end], [y, y], ls=(0, (0.8, 2)), lw=0.6, color="0.5", zorder=1)

    def _draw_sets(self) -> None:
        """Join the histories of each information set by a dashed line, bent to its lane."""
        for position, head in enumerate(self.game.information_sets):
            lane = self.lanes.get(position, 0)
            xs, ys = [self._x(head.nodes[0])], [self._y(head.nodes[0])]
            for node in head.nodes[1:]:
                x, y, bent = self._x(node), self._y(node), lane * LANE
                if lane:
                    corner = min(bent, (y - ys[-1]) / 3)
                    xs += [xs[-1] - bent, x - bent]
                    ys += [ys[-1] + corner, y - corner]
                xs.append(x)
                ys.append(y)
            if len(head.nodes) > 1:
                colour = _look(head.player).colour
                dashes: dict[str, Any] = {"ls": (0, (3, 2)), "lw": 1.0, "zorder": 1.5}
                self.axes.plot(xs, ys, color=colour, gid=f"set-{position}", **dashes)

    def _draw_expected(self, top: float) -> None:
        """Write the expected payoffs below the others."""
        assert self.play is not None
        texts = [self._payoff(self.play.payoffs()[player]) for player in self.game.players]
        for k, (edge, text) in enumerate(zip(self.table, texts, strict=True)):
            style = {"va": "top", "ha": "right", "color": _look(k).ink, "fontweight": "bold"}
            self._write(edge, top, text, **style)
        if self.table:
            first = [self._payoff(payoffs[0]) for payoffs in self.game.payoffs.values()]
            widest = max(self._extent(text, "bold")[0] for text in [texts[0], *first])
            left = self.table[0] - widest
            self._write(left - 2 * PAD, top, EXPECTED, va="top", ha="right")
            # The rule stands over the payoffs alone, not over the word beside them.
            ends = [left - PAD / 2, self.table[-1]]
            self.axes.plot(ends, [top - 1, top - 1], lw=0.5, color=DRAWN, gid="total")

    # -- marks and texts ----------------------------------------------------------------------

    def _x(self, node: int) -> float:
        return self.places[self.columns[node]]

    def _y(self, node: int) -> float:
        return self.top + self.rows[node]

    def _mark(self, x: float, y: float, look: _Look, hollow: bool = False) -> None:
        face = "white" if hollow else look.colour
        self.axes.plot(
            [x],
            [y],
            marker=look.shape,
            ms=2 * RADIUS,
            mfc=face,
            mec=look.colour,
            mew=0.9,
            ls="",
            zorder=5,
        )

    def _write(self, x: float, y: float, text: str, **style: Any) -> None:
        if text:
            settings = {"fontsize": self.size, "linespacing": 1.05, "zorder": 6, **style}
            self.axes.text(x, y, text, parse_math=False, **settings)

    def _extent(
        self, text: str, weight: str = "normal", size: float | None = None
    ) -> tuple[float, float]:
        """Return width and height of a text."""
        size = size or self.size
        key = text, size, weight
        if key not in self.measured:
            artist = self.figure.text(
                0,
                0,
                text,
                fontsize=size,
                fontweight=weight,
                linespacing=1.05,
                parse_math=False,
            )
            box = artist.get_window_extent()
            artist.remove()
            scale = 72 / self.figure.dpi
            self.measured[key] = box.width * scale, box.height * scale
        return self.measured[key]

    def _fitted(self, words: str, width: float) -> Iterator[str]:
        """Yield the lines of a caption; a word is broken only where a line ends."""
        line = ""
        for blank, part in re.findall(rf"(\s*)(\S{{1,{WRAP}}})", self._plain(words)):
            longer = f"{line}{blank and ' '}{part}".strip()
            if line and self._extent(longer, size=CAPTION)[0] > width - 2 * MARGIN:
                yield line
                longer = part
            line = longer
        yield line
