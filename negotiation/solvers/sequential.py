r"""Sequential equilibria: beliefs that support a given profile, and all pure profiles.

An assessment is a sequential equilibrium if it is consistent (:mod:`negotiation.solvers.beliefs`)
and at every information set each action played is best, given the belief there and what is played
afterwards (Kreps and Wilson 1982). Profiles with perfect recall need be tested for deviations at
one set at a time only.

*Beliefs for a profile.* If the profile is given, so is what each action is worth at each history,
and rationality is a system of linear inequalities in the belief at each set. The search chooses
the supports of the beliefs set by set, keeps those for which there are orders of trembles (a
linear program), and then looks for weights. At a set the weight of a history is a known number
times the monomial :math:`\prod \zeta(a)` of the trembles on its path; what all histories of a set
share may be left out. Sets that share monomials are taken together. If the exponents of the
monomials, relative to one in each group, are linearly independent, every positive vector of
monomials is reached, and what remains is a linear program. If they are not, the question is one of
polynomials with few unknowns, decided by z3's procedure for real arithmetic.

*Perfect Bayesian equilibria.* Here beliefs need not be limits, but Bayes' rule holds wherever it
can be applied: if all histories of a set h' follow on an information set h, or on a proper
subgame's root, and h' is reached with positive probability from the belief at h, its belief
follows from that at h. If all of them follow on one action at h, this action counts as played: the
mover at h cannot signal what he does not know. In this concept too the unknown weights enter
linearly.

*Pure profiles.* Actions are chosen at the last sets first. As soon as all sets after a set have
their actions, it is tested whether the action there is best for some belief at all.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from negotiation.certify import Profile, describe_set
from negotiation.errors import BudgetError, MethodError, NegotiationError
from negotiation.game import CHANCE, Game
from negotiation.solvers.beliefs import (
    Assessment,
    Trembles,
    check_draws,
    check_recall,
    integer_relations,
    is_consistent,
)
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program

__all__ = ["MAX_SETS", "AssessmentSearch", "pure_assessments"]

MAX_SETS = 10
"""Most information sets with a choice."""
MAX_HISTORIES = 12
"""Most histories in one information set."""
Z3_MILLISECONDS = 10_000
ZERO, ONE = Fraction(0), Fraction(1)
Rows = list[list[Fraction]]
Supports = dict[int, tuple[int, ...]]
"""Information set to the nodes that are believed possible there."""


class Undecided(Exception):  # noqa: N818 - it is no fault
    """A question about polynomials was not decided in time, or its answer is irrational."""


class AssessmentSearch:
    """Finds beliefs for profiles of one game.

    Parameters
    ----------
    game : Game
    concept : str
        ``sequential`` or ``perfect-bayesian``.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    GameError
        If a player forgets (imperfect recall).
    MethodError
        If the game has more than ten information sets with a choice, or draws with probability 0.
    """

    def __init__(
        self, game: Game, concept: str = "sequential", deadline: float | None = None
    ) -> None:
        check_size(game)
        check_draws(game)
        check_recall(game)
        self.game = game
        self.concept = concept
        self.deadline = deadline
        self.decisions = dict(game.decisions())
        self.undecided = 0

    def check_time(self) -> None:
        """Raise if the budget of time is spent."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise BudgetError(
                "the budget of time is spent before all assessments were tried",
                place=self.game.name,
                remedy="give a larger --budget",
            )

    # -- one profile ----------------------------------------------------------------------------

    def assessment(self, profile: Profile) -> Assessment | None:
        """Return a profile with beliefs that make it an equilibrium of the concept, if there are.

        A profile about which nothing could be decided is counted in `undecided`.
        """
        gains = {position: self.gains(profile, position) for position in self.decisions}
        if self.concept == "sequential":
            beliefs = self._sequential(profile, gains)
        else:
            beliefs = self._bayesian(profile, gains)
        return None if beliefs is None else Assessment(profile, beliefs)

    def gains(self, profile: Profile, position: int) -> Rows:
        """Return what the actions played lose by others at a set: rows of numbers by history.

        The products of the rows with the belief must not be negative.
        """
        game, head = self.game, self.decisions[position]
        if len(head.actions) == 1:
            return []
        values = [
            [self._value(profile, game.children[x][a], head.player) for x in head.nodes]
            for a in range(len(head.actions))
        ]
        played = [a for a, p in enumerate(profile[position]) if p]
        rows = []
        for a, b in itertools.product(played, range(len(values))):
            row = [more - less for more, less in zip(values[a], values[b], strict=True)]
            if any(row):
                rows.append(row)
        return rows

    def _value(self, profile: Profile, node: int, player: int) -> Fraction:
        value = ZERO
        pending = [(node, ONE)]
        while pending:
            node, weight = pending.pop()
            if node in self.game.payoffs:
                value += weight * self.game.payoffs[node][player]
                continue
            shares = self.game.probabilities.get(node) or profile[self.game.set_of[node]]
            pending += [
                (child, weight if share == 1 else weight * share)
                for child, share in zip(self.game.children[node], shares, strict=True)
                if share
            ]
        return value

    # -- sequential equilibrium -----------------------------------------------------------------

    def _sequential(
        self, profile: Profile, gains: Mapping[int, Rows]
    ) -> dict[int, tuple[Fraction, ...]] | None:
        game = self.game
        played = {p: [a for a, s in enumerate(profile[p]) if s] for p in self.decisions}
        trembles = Trembles(game, played)
        known = self._known(profile)
        fixed: Supports = {}
        free: list[int] = []
        for position, head in self.decisions.items():
            reached = tuple(x for x in head.nodes if not trembles.deviations[x])
            if not reached and len(head.nodes) > 1:
                free.append(position)
                continue
            fixed[position] = reached or head.nodes
            belief = [known[x] if x in fixed[position] else ZERO for x in head.nodes]
            if not _all_nonnegative(gains[position], belief):
                return None
        options = {p: list(self._supports(gains[p], self.decisions[p].nodes)) for p in free}
        free.sort(key=lambda p: len(options[p]))
        undecided = False
        for supports in self.consistent(trembles, fixed, free, options):
            try:
                weights = self._weights(trembles, known, supports, gains)
            except Undecided:
                undecided = True
                continue
            if weights is not None:
                beliefs = self._normalised(supports, weights)
                if not is_consistent(game, profile, beliefs):
                    raise NegotiationError(
                        "beliefs were found that are not consistent",
                        place=game.name,
                        remedy="this is a fault of the solver; please report the game",
                    )
                return beliefs
        self.undecided += undecided
        return None

    def _known(self, profile: Profile) -> list[Fraction]:
        """Return for each node the product of the positive probabilities on its path."""
        game = self.game
        known = [ONE] * len(game.set_of)
        for node, successors in enumerate(game.children):
            if successors:
                shares = game.probabilities.get(node) or profile[game.set_of[node]]
                for child, share in zip(successors, shares, strict=True):
                    known[child] = known[node] * (share or ONE)
        return known

    def _supports(self, rows: Rows, nodes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Yield the supports of beliefs, large ones first, under which the actions are best."""
        for size in range(len(nodes), 0, -1):
            for places in itertools.combinations(range(len(nodes)), size):
                if positive_solution([[row[k] for k in places] for row in rows], size) is not None:
                    yield tuple(nodes[k] for k in places)

    def consistent(
        self,
        trembles: Trembles,
        chosen: Supports,
        free: Sequence[int],
        options: Mapping[int, Sequence[tuple[int, ...]]],
    ) -> Iterator[Supports]:
        """Yield supports at all sets for which there are orders of trembles."""
        self.check_time()
        if trembles.orders(chosen) is None:
            return
        if not free:
            yield chosen
            return
        for support in options[free[0]]:
            yield from self.consistent(trembles, {**chosen, free[0]: support}, free[1:], options)

    def _weights(
        self,
        trembles: Trembles,
        known: Sequence[Fraction],
        supports: Supports,
        gains: Mapping[int, Rows],
    ) -> dict[int, Fraction] | None:
        """Return positive weights of the nodes in the supports that make all actions best."""
        names: dict[int, frozenset[int]] = {}
        for support in supports.values():
            shared = frozenset.intersection(*[trembles.deviations[x] for x in support])
            for node in support:
                names[node] = trembles.deviations[node] - shared
        monomials = {name: k for k, name in enumerate(dict.fromkeys(names.values()))}
        rows: Rows = []
        for position, support in supports.items():
            nodes = self.decisions[position].nodes
            for row in gains[position]:
                wide = [ZERO] * len(monomials)
                for node, entry in zip(nodes, row, strict=True):
                    if node in support:
                        wide[monomials[names[node]]] += entry * known[node]
                rows.append(wide)
        if is_free(list(monomials), supports, names):
            found = positive_solution(rows, len(monomials))
        elif positive_solution(rows, len(monomials)) is None:
            return None
        else:
            found = _polynomial_solution(rows, list(monomials))
        if found is None:
            return None
        return {node: known[node] * found[monomials[name]] for node, name in names.items()}

    def _normalised(
        self, supports: Supports, weights: Mapping[int, Fraction]
    ) -> dict[int, tuple[Fraction, ...]]:
        beliefs = {}
        for position, head in self.decisions.items():
            support = supports[position]
            total = sum((weights[x] for x in support), ZERO)
            beliefs[position] = tuple(
                weights[x] / total if x in support else ZERO for x in head.nodes
            )
        return beliefs

    # -- perfect Bayesian equilibrium -----------------------------------------------------------

    @cached_property
    def sources(self) -> dict[int, list[tuple[tuple[int, ...], int | None]]]:
        """For each set what it wholly follows: nodes there and the one action that leads on.

        The last one comes first.
        """
        game, depth = self.game, self.depth
        starts = [head.nodes for head in self.decisions.values()]
        starts += [
            (node,)
            for node in range(len(game.set_of))
            if game.is_subgame_root[node] and game.mover(node) == CHANCE
        ]
        if game.mover(0) == CHANCE and (0,) not in starts:
            starts.append((0,))
        found = {}
        for position, head in self.decisions.items():
            listed = []
            for nodes in starts:
                if nodes == head.nodes:
                    continue
                steps = [_step(game, set(nodes), x) for x in head.nodes]
                if None in steps:
                    continue
                actions = {step[1] for step in steps if step is not None}
                chance = game.mover(nodes[0]) == CHANCE
                action = actions.pop() if len(actions) == 1 and not chance else None
                listed.append((nodes, action))
            listed.sort(key=lambda source: -min(depth[x] for x in source[0]))
            found[position] = listed
        return found

    @cached_property
    def depth(self) -> list[int]:
        """The number of moves before each node."""
        depth = [0] * len(self.game.set_of)
        for node in range(1, len(depth)):
            depth[node] = depth[self.game.parent[node]] + 1
        return depth

    @cached_property
    def order(self) -> list[int]:
        """The information sets, each after those that it wholly follows."""
        nodes = {position: head.nodes for position, head in self.decisions.items()}
        return sorted(nodes, key=lambda p: min(self.depth[x] for x in nodes[p]))

    def _bayesian(
        self, profile: Profile, gains: Mapping[int, Rows]
    ) -> dict[int, tuple[Fraction, ...]] | None:
        return self._extended(profile, gains, self.order, {}, 0)

    def _extended(
        self,
        profile: Profile,
        gains: Mapping[int, Rows],
        order: Sequence[int],
        chosen: dict[int, dict[int, tuple[Fraction, int]]],
        count: int,
    ) -> dict[int, tuple[Fraction, ...]] | None:
        """Choose the supports of the beliefs that are free, set after set.

        `chosen` gives for each set the nodes believed possible, each as a number times an unknown.
        """
        self.check_time()
        if not order:
            return self._solved(gains, chosen, count)
        position, rest = order[0], order[1:]
        nodes = self.decisions[position].nodes
        derived = self._derived(profile, position, chosen)
        if derived is not None:
            extended = {**chosen, position: derived}
            return self._extended(profile, gains, rest, extended, count)
        for support in self._supports(gains[position], nodes):
            fresh = {x: (ONE, count + k) for k, x in enumerate(support)}
            found = self._extended(
                profile, gains, rest, {**chosen, position: fresh}, count + len(support)
            )
            if found is not None:
                return found
        return None

    def _derived(
        self,
        profile: Profile,
        position: int,
        chosen: Mapping[int, dict[int, tuple[Fraction, int]]],
    ) -> dict[int, tuple[Fraction, int]] | None:
        """Return the weights that follow by Bayes' rule from the last source that reaches a set."""
        game = self.game
        for nodes, action in self.sources[position]:
            start = chosen.get(game.set_of[nodes[0]], {nodes[0]: (ONE, -1)})
            found = {}
            for x in self.decisions[position].nodes:
                weight, y = ONE, x
                while weight and y not in nodes:
                    before = game.parent[y]
                    taken = game.children[before].index(y)
                    shares = game.probabilities.get(before) or profile[game.set_of[before]]
                    if not (before in nodes and action is not None):
                        weight *= shares[taken]
                    y = before
                if weight and y in start:
                    number, unknown = start[y]
                    found[x] = number * weight, unknown
            if found:
                return found
        return None

    def _solved(
        self,
        gains: Mapping[int, Rows],
        chosen: Mapping[int, dict[int, tuple[Fraction, int]]],
        count: int,
    ) -> dict[int, tuple[Fraction, ...]] | None:
        rows: Rows = []
        for position, weights in chosen.items():
            nodes = self.decisions[position].nodes
            for row in gains[position]:
                wide = [ZERO] * (count + 1)  # The last unknown is 1: play starts at one node.
                for node, entry in zip(nodes, row, strict=True):
                    if node in weights:
                        number, unknown = weights[node]
                        wide[unknown] += entry * number
                rows.append(wide)
        found = positive_solution(rows, count + 1)
        if found is None:
            return None
        beliefs = {}
        for position, weights in chosen.items():
            numbers = [
                weights[x][0] * found[weights[x][1]] if x in weights else ZERO
                for x in self.decisions[position].nodes
            ]
            beliefs[position] = tuple(number / sum(numbers, ZERO) for number in numbers)
        return beliefs


def _step(game: Game, nodes: set[int], node: int) -> tuple[int, int] | None:
    """Return the node among some that a node follows on, and the action that leads on."""
    while (before := game.parent[node]) >= 0:
        if before in nodes:
            return before, game.children[before].index(node)
        node = before
    return None


def check_size(game: Game) -> None:
    """Refuse a game with more than ten information sets with a choice, or twelve histories in one.

    Raises
    ------
    MethodError
        The message names the number.
    """
    count = sum(len(head.actions) > 1 for _, head in game.decisions())
    if count > MAX_SETS:
        raise MethodError(
            f"{count} information sets with a choice (limit {MAX_SETS})",
            place=game.name,
            remedy="fix moves with --fix, or ask for subgame-perfect",
        )
    for _, head in game.decisions():
        if len(head.nodes) > MAX_HISTORIES:
            raise MethodError(
                f"{len(head.nodes)} histories at {describe_set(head.move, head.information)} "
                f"(limit {MAX_HISTORIES}), each set of which may be believed in",
                place=game.name,
                remedy="fix moves with --fix, or ask for subgame-perfect",
            )


def _all_nonnegative(rows: Rows, belief: Sequence[Fraction]) -> bool:
    return all(
        sum((a * p for a, p in zip(row, belief, strict=True) if p), ZERO) >= 0 for row in rows
    )


def positive_solution(rows: Rows, size: int) -> list[Fraction] | None:
    """Return z > 0 whose products with the rows are not negative; None if there is none."""
    totals = [sum(row, ZERO) for row in rows]
    if all(total >= 0 for total in totals):
        return [ONE] * size
    # With z = 1 + w: -row w <= sum(row).
    program = LinearProgram([-1] * size, [[-a for a in row] for row in rows], totals)
    answer = solve_linear_program(program)
    return [1 + w for w in answer.point] if isinstance(answer, Optimum) else None


def is_free(
    monomials: Sequence[frozenset[int]], supports: Supports, names: Mapping[int, frozenset[int]]
) -> bool:
    """Return whether every positive vector is the value of the monomials, each group up to scale.

    Sets whose supports share a monomial belong to one group.
    """
    groups = {name: name for name in monomials}

    def leader(name: frozenset[int]) -> frozenset[int]:
        while groups[name] != name:
            name = groups[name]
        return name

    for support in supports.values():
        first = leader(names[support[0]])
        for node in support[1:]:
            groups[leader(names[node])] = first
    trembles = sorted(frozenset().union(*monomials))
    rows = []
    for name in monomials:
        reference = leader(name)
        if name != reference:
            rows.append([(k in name) - (k in reference) for k in trembles])
    return not integer_relations(rows)


def _polynomial_solution(rows: Rows, monomials: Sequence[frozenset[int]]) -> list[Fraction] | None:
    """Return values of the monomials at a positive point that satisfies the rows; None if none."""
    import z3

    places = sorted(frozenset().union(*monomials))
    unknowns = {k: z3.Real(f"tremble{k}") for k in places}
    solver = z3.Solver()
    solver.set("timeout", Z3_MILLISECONDS)
    solver.add(*[unknown > 0 for unknown in unknowns.values()])
    products = [z3.Product([z3.RealVal(1), *[unknowns[k] for k in m]]) for m in monomials]
    for row in rows:
        terms = [z3.Q(a.numerator, a.denominator) * m for a, m in zip(row, products, strict=True)]
        solver.add(z3.Sum(terms) >= 0)
    answer = solver.check()
    if answer == z3.unsat:
        return None
    if answer != z3.sat:
        raise Undecided
    model = solver.model()
    found = {}
    for k, unknown in unknowns.items():
        value = model.eval(unknown, model_completion=True)
        if not z3.is_rational_value(value):
            raise Undecided
        found[k] = Fraction(value.numerator_as_long(), value.denominator_as_long())
    values = []
    for monomial in monomials:
        product = ONE
        for k in monomial:
            product *= found[k]
        values.append(product)
    return values


# -- pure profiles --------------------------------------------------------------------------------


def pure_assessments(search: AssessmentSearch) -> Iterator[Assessment]:
    """Yield all equilibria in pure strategies, each profile once with one system of beliefs."""
    yield from PureSearch(search).found()


class PureSearch:
    """Chooses actions set by set, the last sets first."""

    def __init__(self, search: AssessmentSearch) -> None:
        self.search = search
        game, depth = search.game, search.depth
        self.order = sorted(
            search.decisions, key=lambda p: -max(depth[x] for x in search.decisions[p].nodes)
        )
        place = {position: k for k, position in enumerate(self.order)}
        last = dict(place)
        for position, head in search.decisions.items():
            for root in head.nodes:
                for node in range(root, game.end[root]):
                    below = game.set_of[node]
                    if below in place:
                        last[position] = max(last[position], place[below])
        self.ready: list[list[int]] = [[] for _ in self.order]
        for position, k in last.items():
            self.ready[k].append(position)

    def found(self) -> Iterator[Assessment]:
        yield from self._extended({}, 0)

    def _extended(self, profile: dict[int, tuple[Fraction, ...]], k: int) -> Iterator[Assessment]:
        search = self.search
        if k == len(self.order):
            assessment = search.assessment(dict(profile))
            if assessment is not None:
                yield assessment
            return
        search.check_time()
        position = self.order[k]
        size = len(search.decisions[position].actions)
        for action in range(size):
            profile[position] = tuple(ONE if a == action else ZERO for a in range(size))
            if all(self._possible(profile, ready) for ready in self.ready[k]):
                yield from self._extended(profile, k + 1)
        del profile[position]

    def _possible(self, profile: Profile, position: int) -> bool:
        """Return whether the action at a set is best for some belief there."""
        rows = self.search.gains(profile, position)
        size = len(self.search.decisions[position].nodes)
        if size == 1:
            return all(row[0] >= 0 for row in rows)
        program = LinearProgram(
            [0] * size, [[-a for a in row] for row in rows], [0] * len(rows), [[1] * size], [1]
        )
        return isinstance(solve_linear_program(program), Optimum)
