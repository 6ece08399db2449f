r"""Equilibria of a two-player tree by complementary slackness, support by support along the tree.

In an equilibrium every sequence is unused or tight (:mod:`negotiation.solvers.tree_equilibria`).
The search decides this from the root on, at sets that the owner's own plan reaches: a nonempty set
of actions is used and made tight, the others are unused, and so are all sequences after them. Each
decision cuts a face from the polyhedron of one player; where a face is empty, or a sequence to be
used is zero throughout, the search turns back. At a set that the other's plan and chance cannot
reach any more everything is tight and nothing is to be decided. When no set is left, all points of
the two faces are equilibria, and every equilibrium is in the pair of faces of its own supports,
with the least values q. (Audet, Belhaiza and Hansen 2009 branch on the same alternatives.) [1]_

*Outcomes.* A plan has an effect on the outcome only at sequences that some terminal node shares
with a used sequence of the other. If these are constant on a face one plan of it stands for all:
what is threatened where nobody goes may vary in exponentially many extreme plans. Else the extreme
plans of the face are listed.

So ties at sets that are never reached cost little, unlike in a walk over all vertices, and trees of
several stages with some twenty or thirty sequences a player can be solved. What has been found when
a budget is spent are equilibria, but not all.

*Faces* are kept as feasible dictionaries. To cut one, the variable that is to be zero is minimised
by pivots with Bland's rule, taken out of the basis, and never let in again.

References
----------
.. [1] Audet, C., Belhaiza, S., Hansen, P. (2009), A new sequence form approach for the enumeration
       and refinement of all extreme Nash equilibria for extensive form games, International Game
       Theory Review 11, 437-451.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from negotiation.errors import BudgetError, NegotiationError
from negotiation.game import Game
from negotiation.solvers.dictionaries import Dictionary
from negotiation.solvers.plan_polyhedra import Polyhedron, is_extreme, plan_of, walk
from negotiation.solvers.sequence_form import RealisationPlan, SequenceForm, sequence_form

__all__ = ["FoundEquilibria", "search_tree_equilibria"]

MAX_CUTS = 20_000
MAX_BASES = 5_000
Plans = tuple[RealisationPlan, ...]


@dataclass(frozen=True)
class FoundEquilibria:
    """Sets of equilibria that a search found.

    Attributes
    ----------
    form : SequenceForm
    products : tuple of (tuple of plans, tuple of plans)
        Every mixture of the plans of the one side is in equilibrium with every mixture of those of
        the other.
    gaps : tuple of str
        Why equilibria may be missing; empty if none are.
    """

    form: SequenceForm
    products: tuple[tuple[Plans, Plans], ...]
    gaps: tuple[str, ...]


def search_tree_equilibria(
    game: Game | SequenceForm,
    *,
    outcomes_only: bool = True,
    limit: int = MAX_CUTS,
    deadline: float | None = None,
) -> FoundEquilibria:
    """Find the equilibria of a two-player tree by their supports.

    Parameters
    ----------
    game : Game or SequenceForm
        With perfect recall; at most two players have a choice.
    outcomes_only : bool
        Let one plan stand for all of a face that differ where nobody goes; else list all extreme
        ones.
    limit : int
        Largest number of cuts. The number of bases of one face is limited to 5,000.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to stop.

    Raises
    ------
    GameError
        If a player forgets (imperfect recall).
    MethodError
        If more than two players have a choice.
    """
    form = game if isinstance(game, SequenceForm) else sequence_form(game)
    search = _Search(form, outcomes_only, limit, deadline)
    try:
        search.run()
    except BudgetError as error:
        search.gaps[error.message] = None
    if not search.products and not search.gaps:
        raise NegotiationError(
            "the search of supports ended without an equilibrium",
            place=form.game.name,
            remedy="this is a fault of the solver; please report the game",
        )
    return FoundEquilibria(form, _maximal(search.products), tuple(search.gaps))


def _maximal(products: Iterable[tuple[Plans, Plans]]) -> tuple[tuple[Plans, Plans], ...]:
    """Return the products that are in no other one."""
    sets = [(frozenset(xs), frozenset(ys), (xs, ys)) for xs, ys in products]
    return tuple(
        [
            product
            for xs, ys, product in sets
            if not any(
                xs <= more_xs and ys <= more_ys and (xs, ys) != (more_xs, more_ys)
                for more_xs, more_ys, _ in sets
            )
        ]
    )


@dataclass(frozen=True, slots=True)
class _Face:
    """A face of a polyhedron: a feasible dictionary, and labels, as a bit mask, that stay zero."""

    dictionary: Dictionary
    fixed: int

    def cut(self, label: int) -> _Face | None:
        """Return the part where a variable is zero; None if it is empty."""
        dictionary = self.dictionary
        while label in dictionary.basis:
            r = dictionary.basis.index(label)
            row = dictionary.rows[r]
            free = [s for s, k in enumerate(dictionary.cobasis) if not self.fixed >> k & 1]
            if not row[-1]:
                columns = [s for s in free if row[s]]
                if not columns:
                    break  # It is zero on the whole face.
                dictionary = _exchanged(dictionary, r, columns[0])
                continue
            falling = [s for s in free if row[s] > 0]
            if not falling:
                return None
            s = min(falling, key=dictionary.cobasis.__getitem__)
            leaving = _first_to_vanish(dictionary, s, r)
            dictionary = dictionary.pivot(r if leaving is None else leaving, s)
        return _Face(dictionary, self.fixed | 1 << label)

    def reaches(self, label: int) -> bool:
        """Return whether a variable is positive somewhere."""
        found = self.dictionary
        if label in found.basis and found.rows[found.basis.index(label)][-1]:
            return True
        return self.moves(label, up=True)

    def moves(self, label: int, *, up: bool) -> bool:
        """Return whether a variable is anywhere larger, or smaller, than at the dictionary."""
        dictionary = self.dictionary
        while True:
            if label in dictionary.cobasis:
                if not up or self.fixed >> label & 1:
                    return False
                s = dictionary.cobasis.index(label)
            else:
                row = dictionary.rows[dictionary.basis.index(label)]
                sign = -1 if up else 1
                columns = [
                    s
                    for s, k in enumerate(dictionary.cobasis)
                    if row[s] * sign > 0 and not self.fixed >> k & 1
                ]
                if not columns or not (up or row[-1]):
                    return False
                s = min(columns, key=dictionary.cobasis.__getitem__)
            r = _first_to_vanish(dictionary, s)
            if r is None or dictionary.rows[r][-1]:
                return True
            dictionary = dictionary.pivot(r, s)


def _first_to_vanish(dictionary: Dictionary, s: int, preferred: int | None = None) -> int | None:
    """Return the row with the smallest ratio; of several `preferred`, else that of least label.

    None if no variable ever vanishes.
    """
    rows, basis = dictionary.rows, dictionary.basis
    best = preferred
    for r, row in enumerate(rows):
        if row[s] <= 0:
            continue
        if best is None:
            best = r
            continue
        difference = row[-1] * rows[best][s] - rows[best][-1] * row[s]
        if difference < 0 or (not difference and best != preferred and basis[r] < basis[best]):
            best = r
    return best


def _exchanged(dictionary: Dictionary, r: int, s: int) -> Dictionary:
    """Return the dictionary after a pivot at a basic variable of value 0, whatever the sign."""
    if dictionary.rows[r][s] > 0:
        return dictionary.pivot(r, s)
    turned = dictionary.rows.copy()
    turned[r] = [-a for a in turned[r]]
    found = Dictionary(turned, dictionary.denominator, dictionary.basis, dictionary.cobasis)
    found = found.pivot(r, s)
    # The row was that of the negative of the leaving variable: turn its column.
    for row in found.rows:
        row[s] = -row[s]
    return found


@dataclass(frozen=True, slots=True)
class _State:
    """Decisions made so far.

    Attributes
    ----------
    faces : (_Face, _Face)
        What is left of the polyhedra of the two players.
    unused : (int, int)
        The sequences of each that are unused, as bit masks.
    used : (tuple of int, tuple of int)
        The labels of those that are to be used.
    pending : tuple of (int, int, int)
        Sets to be decided, each as its first node, its owner's side and its place; in order.
    """

    faces: tuple[_Face, _Face]
    unused: tuple[int, int]
    used: tuple[tuple[int, ...], tuple[int, ...]]
    pending: tuple[tuple[int, int, int], ...]


class _Search:
    """Depth-first search; `products` collects sets of equilibria as they are found."""

    def __init__(
        self, form: SequenceForm, outcomes_only: bool, limit: int, deadline: float | None
    ) -> None:
        self.form = form
        self.outcomes_only = outcomes_only
        self.limit, self.deadline = limit, deadline
        self.polyhedra = [Polyhedron(form, side) for side in (0, 1)]
        self.offsets = (-1, form.sizes[0] - 1)
        self.cuts = 0
        self.products: dict[tuple[Plans, Plans], None] = {}
        self.gaps: dict[str, None] = {}
        self.plans: dict[tuple[int, int, tuple[int, ...]], Plans] = {}
        self.after = [self._descendants(side) for side in (0, 1)]
        self.meeting = [self._opponents(side) for side in (0, 1)]

    def _descendants(self, side: int) -> list[list[int]]:
        """Return for each set the sequences that go on at it or later."""
        own = self.form.sides[side]
        found: list[list[int]] = [[] for _ in own.sets]
        for place in reversed(range(len(own.sets))):
            for sequence in own.at(place):
                found[place].append(sequence)
                for later in own.following[sequence]:
                    found[place] += found[later]
        return found

    def _opponents(self, side: int) -> list[int]:
        """Return for each set the opponent's sequences at terminal nodes after it, as bit masks."""
        by_sequence = [0] * self.form.sides[side].count
        for pair in self.form.ends:
            by_sequence[pair[side]] |= 1 << pair[1 - side]
        found = []
        for sequences in self.after[side]:
            mask = 0
            for sequence in sequences:
                mask |= by_sequence[sequence]
            found.append(mask)
        return found

    def run(self) -> None:
        """Search the whole tree of decisions."""
        faces = tuple(_Face(polyhedron.dictionary(), 0) for polyhedron in self.polyhedra)
        first = _State((faces[0], faces[1]), (0, 0), ((), ()), ())
        stack = [self._entering(self._entering(first, 0, 0), 1, 0)]
        while stack:
            state = stack.pop()
            if state.pending:
                stack += self._decided(state)
            else:
                self._collect(state)

    def _entering(self, state: _State, side: int, sequence: int) -> _State:
        """Return the state with the sets pending that a sequence leads to."""
        own, sets = self.form.sides[side], self.form.game.information_sets
        new = [(sets[own.sets[p]].nodes[0], side, p) for p in own.following[sequence]]
        return replace(state, pending=tuple(sorted([*state.pending, *new])))

    def _decided(self, state: _State) -> Iterator[_State]:
        """Yield the states after the next set has been decided."""
        (_, side, place), pending = state.pending[0], state.pending[1:]
        state = replace(state, pending=pending)
        if not self.meeting[side][place] & ~state.unused[1 - side]:
            found: _State | None = state
            for sequence in self.after[side][place]:
                found = found and self._tight(found, side, sequence)
            if found is not None:
                yield found
            return
        partial = [(state, False)]
        for sequence in self.form.sides[side].at(place):
            following = []
            for one, used in partial:
                tight = self._tight(one, side, sequence)
                if tight is not None:
                    label = (sequence + self.offsets[side],)
                    both = (*tight.used[:side], tight.used[side] + label, *tight.used[side + 1 :])
                    tight = replace(tight, used=(both[0], both[1]))
                    following.append((self._entering(tight, side, sequence), True))
                unused = self._unused(one, side, sequence)
                if unused is not None:
                    following.append((unused, used))
            partial = following
        for one, used in partial:
            if used and self._has_support(one):
                yield one

    def _has_support(self, state: _State) -> bool:
        """Return whether all sequences that are to be used can be: else other states cover this."""
        return all(
            face.reaches(label)
            for face, used in zip(state.faces, state.used, strict=True)
            for label in used
        )

    def _tight(self, state: _State, side: int, sequence: int) -> _State | None:
        """Return the state in which a sequence is a best reply."""
        return self._cut(state, 1 - side, sequence + self.offsets[side])

    def _unused(self, state: _State, side: int, sequence: int) -> _State | None:
        """Return the state in which a sequence is unused, and all after it."""
        own = self.form.sides[side]
        sequences = [sequence]
        for place in own.following[sequence]:
            sequences += self.after[side][place]
        found: _State | None = state
        for one in sequences:
            found = found and self._cut(found, side, one + self.offsets[side])
        if found is None:
            return None
        unused = list(found.unused)
        for one in sequences:
            unused[side] |= 1 << one
        return replace(found, unused=(unused[0], unused[1]))

    def _cut(self, state: _State, side: int, label: int) -> _State | None:
        """Return the state with a cut of the face of one player."""
        self._check()
        face = state.faces[side].cut(label)
        if face is None:
            return None
        faces = (face, state.faces[1]) if side == 0 else (state.faces[0], face)
        return replace(state, faces=faces)

    def _check(self) -> None:
        self.cuts += 1
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BudgetError("the time was spent before all equilibria were found")
        if self.cuts > self.limit:
            raise BudgetError(f"the search was given up after {self.limit:,} cuts")

    def _collect(self, state: _State) -> None:
        """Keep the plans on the two faces."""
        xs, ys = (self._plans(side, state) for side in (0, 1))
        self.products[xs, ys] = None

    def _plans(self, side: int, state: _State) -> Plans:
        """Return plans that span what a face means for the outcome."""
        face = state.faces[side]
        seen = self._seen(side, state)
        key = side, face.fixed, seen
        if key not in self.plans:
            varied = not self.outcomes_only or any(
                face.moves(label, up=up) for label in seen for up in (True, False)
            )
            self.plans[key] = self._extreme(side, face) if varied else (self._vertex(side, face),)
        return self.plans[key]

    def _seen(self, side: int, state: _State) -> tuple[int, ...]:
        """Return the labels of the used sequences that share a terminal node with used ones."""
        used = [{0, *(label - self.offsets[k] for label in state.used[k])} for k in (0, 1)]
        seen = {pair[side] for pair in self.form.ends if pair[0] in used[0] and pair[1] in used[1]}
        return tuple(sorted(sequence + self.offsets[side] for sequence in seen if sequence))

    def _vertex(self, side: int, face: _Face) -> RealisationPlan:
        """Return the plan at the dictionary of a face."""
        found = face.dictionary
        values = [row[-1] for row in found.rows]
        return plan_of(self.polyhedra[side].point(found.basis, values, found.denominator))

    def _extreme(self, side: int, face: _Face) -> Plans:
        """Return the extreme plans at vertices of a face; one if they are too many."""
        try:
            vertices = walk(
                self.polyhedra[side],
                face.dictionary,
                face.dictionary.basis,
                MAX_BASES,
                self.deadline,
                fixed=face.fixed,
            )
        except BudgetError as error:
            self.gaps[f"of a set of equilibria a part is listed: {error.message}"] = None
            return (self._vertex(side, face),)
        plans = sorted(map(plan_of, vertices.points))
        return tuple([plan for plan in plans if is_extreme(self.form, side, plan)])
