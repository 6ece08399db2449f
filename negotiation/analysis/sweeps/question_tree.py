"""Trees of questions about the signs of polynomials, grown where points come to an open end.

A run of a deterministic program (:mod:`negotiation.analysis.sweeps.traced`) is a path of questions
and answers; the runs at all points make a tree, since what is asked depends on the answers before.
A point that comes to an open end is the witness of a new run, whose path begins with the way there.
Its end is the leaf of a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from negotiation.analysis.sweeps.signs import IN_INTEGERS, FormTable
from negotiation.analysis.sweeps.traced import Question
from negotiation.errors import NegotiationError

__all__ = ["QuestionTree"]

Numbers = npt.NDArray[np.int64]
NEGATIVE, ZERO, POSITIVE = 1, 2, 4
ROOM = 65_536
"""Points that go down at once without the compiler."""


class QuestionTree:
    """A tree of questions.

    Attributes
    ----------
    nodes : list of list of int
        Number of the polynomial, set of signs, the node where the sign is in the set, the node
        where it is not; the polynomial is -1 at a leaf or an open end.
    leaves : dict
        Node to the number of the leaf.
    """

    def __init__(self) -> None:
        self.nodes: list[list[int]] = [[-1, 0, 0, 0]]
        self.leaves: dict[int, int] = {}

    def grow(self, path: Sequence[tuple[Question, bool]], leaf: int) -> None:
        """Add the path of a run that ends in a leaf.

        Raises
        ------
        NegotiationError
            If the program asked other questions than before the same answers.
        """
        node = 0
        for (polynomial, signs), answer in path:
            if self.nodes[node][0] < 0 and node not in self.leaves:
                first = len(self.nodes)
                self.nodes[node] = [polynomial, signs, first, first + 1]
                self.nodes += [[-1, 0, 0, 0], [-1, 0, 0, 0]]
            if self.nodes[node][:2] != [polynomial, signs]:
                raise _unsteady()
            node = self.nodes[node][2 if answer else 3]
        if self.nodes[node][0] >= 0 or node in self.leaves:
            raise _unsteady()
        self.leaves[node] = leaf

    def leaf_numbers(self) -> Numbers:
        """Return for each node the number of its leaf, -1 where there is none."""
        found = np.full(len(self.nodes), -1, np.int64)
        found[list(self.leaves)] = list(self.leaves.values())
        return found

    def descend(
        self,
        forms: FormTable,
        integers: Numbers,
        chosen: Numbers,
        places: Numbers,
        sign: Callable[[int, int], int],
    ) -> None:
        """Let points go down as far as the tree goes, without the compiler.

        Parameters
        ----------
        forms : FormTable
        integers : array (points, variables)
        chosen : array (some,)
            The points that descend.
        places : array (points,)
            Where each is; changed.
        sign : callable
            The sign of a polynomial at a point, as a bit; both by number.
        """
        for start in range(0, len(chosen), ROOM):
            part = chosen[start : start + ROOM]
            nodes = places[part]
            groups = [(int(node), part[nodes == node]) for node in np.unique(nodes)]
            while groups:
                node, points = groups.pop()
                form, signs, inside, outside = self.nodes[node]
                if form < 0:
                    places[points] = node
                    continue
                if forms.modes[form] == IN_INTEGERS:
                    values = np.sign(forms.in_integers(form, integers[points]))
                    answers = (1 << (values + 1)) & signs > 0
                else:
                    answers = np.array([bool(sign(form, int(p)) & signs) for p in points])
                groups += [
                    (child, found)
                    for child, found in ((inside, points[answers]), (outside, points[~answers]))
                    if len(found)
                ]


def _unsteady() -> NegotiationError:
    return NegotiationError(
        "the same answers led to different questions",
        place="sweep",
        remedy="please report this model: it is a bug",
    )
