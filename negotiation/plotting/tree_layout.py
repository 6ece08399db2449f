"""Layout of trees: where nodes and information sets stand so that no two labels overlap.

The root stands at the left. *Columns*: every node is right of its predecessor; the histories of an
information set share a column, and so do the nodes of a move where that makes the tree no wider.
The strip between two columns is a *zone*; the last zone holds the payoffs.

*Rows*: nodes are placed in postorder, an inner node halfway between its first and its last
successor, and a subtree is moved down until it is clear, in every zone, of all that was placed
before (as Reingold and Tilford 1981 do, with extents for nodes). A subtree crosses every zone to
its right, so its move shifts all of them.

*Lanes*: an information set is a straight line where no other node of its column stands in between;
the others are bent to the left, each as far as need be to stay apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from negotiation.errors import MethodError
from negotiation.game import Game, count_text

__all__ = ["MAX_LEAVES", "Extent", "check_leaves", "columns_of", "lanes_of", "rows_of"]

MAX_LEAVES = 40
"""Leaves of a tree that is legible on a page."""
CLEAR = 1.5
"""Room kept on either side of a line, points."""


def check_leaves(game: Game, limit: int = MAX_LEAVES) -> None:
    """Refuse a tree that is too large to be read.

    Raises
    ------
    MethodError
    """
    if game.histories > limit:
        raise MethodError(
            f"the tree has {count_text(game.histories)} leaves; at most {limit} are drawn",
            place=game.name,
            remedy=f"fix moves (--fix move=action), or set a higher limit "
            f"(--limit {game.histories})",
        )


@dataclass(frozen=True)
class Extent:
    """What a node takes in the zones that its branch crosses, points.

    Attributes
    ----------
    label : float
        Height above its branch, in the zone right of its predecessor.
    tag : float
        Height below its branch, in the zone left of the node.
    half : float
        Half the height of the node, or of its payoffs.
    """

    label: float
    tag: float
    half: float


def columns_of(game: Game) -> list[int]:
    """Return the column of each node, 0 at the root.

    Where two information sets are met in either order, one of them cannot stand in one column.
    """
    group = list(range(len(game.set_of)))
    columns = _longest_paths(game, group)
    assert columns is not None, "a tree has no cycles"
    decisions = [head for _, head in game.decisions()]
    for head in decisions:
        columns = _merge(game, group, head.nodes, None) or columns
    widest = max(columns)
    for move in game.moves():
        nodes = [node for head in game.information_sets if head.move == move for node in head.nodes]
        columns = _merge(game, group, nodes, widest) or columns
    return columns


def _merge(
    game: Game, group: list[int], nodes: Sequence[int], widest: int | None
) -> list[int] | None:
    """Put nodes into one group; None, and nothing is changed, if that cannot be or is too wide."""
    joined = {group[node] for node in nodes}
    if len(joined) == 1:
        return None
    merged = [min(joined) if one in joined else one for one in group]
    columns = _longest_paths(game, merged)
    if columns is None or (widest is not None and max(columns) > widest):
        return None
    group[:] = merged
    return columns


def _longest_paths(game: Game, group: Sequence[int]) -> list[int] | None:
    """Return for each node the longest path of groups that leads to its group; None at a cycle."""
    after: dict[int, list[int]] = {one: [] for one in group}
    before = dict.fromkeys(after, 0)
    for node, parent in enumerate(game.parent):
        if parent >= 0:
            after[group[parent]].append(group[node])
            before[group[node]] += 1
    longest = dict.fromkeys(after, 0)
    pending = deque(one for one, count in before.items() if not count)
    done = 0
    while pending:
        one = pending.popleft()
        done += 1
        for other in after[one]:
            longest[other] = max(longest[other], longest[one] + 1)
            before[other] -= 1
            if not before[other]:
                pending.append(other)
    return [longest[one] for one in group] if done == len(after) else None


def rows_of(
    game: Game, columns: Sequence[int], extents: Sequence[Extent], gap: float
) -> list[float]:
    """Return the height of each node, downwards from 0.

    Parameters
    ----------
    gap : float
        Added between leaves of different predecessors.
    """
    payoffs = max(columns)
    bottoms = [0.0] * (payoffs + 1)
    rows = [0.0] * len(columns)
    last = -1
    for node in sorted(range(len(columns)), key=lambda node: (game.end[node], -node)):
        strips = list(_strips(game, columns, extents[node], node))
        children = game.children[node]
        if children:
            rows[node] = (rows[children[0]] + rows[children[-1]]) / 2
            low = max((bottoms[zone] + above - rows[node] for zone, above, _ in strips), default=0)
            if low > 0:
                for later in range(node, game.end[node]):
                    rows[later] += low
                for zone in range(columns[node], payoffs + 1):
                    bottoms[zone] += low
        else:
            apart = gap if last >= 0 and game.parent[last] != game.parent[node] else 0.0
            rows[node] = max(bottoms[zone] + above for zone, above, _ in strips) + apart
            last = node
        for zone, _, below in strips:
            bottoms[zone] = rows[node] + below
    return rows


def _strips(
    game: Game, columns: Sequence[int], extent: Extent, node: int
) -> Iterable[tuple[int, float, float]]:
    """Yield (zone, height above, height below) of a node, of its branch and of a leaf's leader."""
    leaf, payoffs, parent = not game.children[node], max(columns), game.parent[node]
    start = columns[parent] if parent >= 0 else columns[node]
    for zone in range(start, payoffs + 1 if leaf else columns[node]):
        above = below = CLEAR
        if zone == columns[node] - 1:
            above, below = max(above, extent.half), max(below, extent.half, extent.tag)
        if parent >= 0 and zone == start:
            above = max(above, extent.label)
        if leaf and zone == payoffs:
            above = below = extent.half
        yield zone, above, below


def lanes_of(game: Game, columns: Sequence[int], rows: Sequence[float]) -> Mapping[int, int]:
    """Return the lane of each information set that has several histories, all in one column.

    Lane 0 is the straight line through its nodes.
    """
    lanes: dict[int, int] = {}
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    several = [
        (rows[head.nodes[-1]] - rows[head.nodes[0]], position)
        for position, head in enumerate(game.information_sets)
        if len(head.nodes) > 1 and len({columns[node] for node in head.nodes}) == 1
    ]
    for _, position in sorted(several):
        nodes = game.information_sets[position].nodes
        column = columns[nodes[0]]
        heights = [rows[node] for node in nodes]
        low, high = min(heights), max(heights)
        others = set(range(len(columns))) - set(nodes)
        if not any(columns[o] == column and low < rows[o] < high for o in others):
            lanes[position] = 0
            continue
        lane = 1
        while any(low < b and a < high for a, b in taken.get((column, lane), ())):
            lane += 1
        taken.setdefault((column, lane), []).append((low, high))
        lanes[position] = lane
    return lanes
