"""All extreme equilibria of a small two-player game by brute force; shares no code with solvers.

A strategy x of player 1 with the value v it concedes is a point of the best-reply polyhedron

    {(x, v) : x >= 0, sum(x) = 1, sum_i x_i B_ij <= v for every column j}.

A vertex with support S satisfies |S| independent equations sum_{i in S} x_i B_ij = v besides
sum(x) = 1. So all vertices are found by solving these equations for every nonempty S and every set
of |S| columns and keeping the unique solutions that satisfy all inequalities. An extreme
equilibrium is a pair of such vertices, one of each player, in which everyone plays best replies
only (Mangasarian 1964). Nothing is scaled, shifted, pivoted or perturbed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from itertools import combinations

from flint import fmpq, fmpq_mat

Matrix = Sequence[Sequence[Fraction | int]]
Strategy = tuple[Fraction, ...]
Pair = tuple[Strategy, Strategy]


def transpose(matrix: Matrix) -> list[list[Fraction | int]]:
    """Return the transpose of a matrix."""
    return [list(column) for column in zip(*matrix, strict=True)]


def unique_solution(matrix: Matrix, right: Sequence[int]) -> list[Fraction] | None:
    """Solve a square linear system exactly; None if it is singular."""
    rows = [[fmpq(entry.numerator, entry.denominator) for entry in row] for row in matrix]
    try:
        solution = fmpq_mat(rows).solve(fmpq_mat([[entry] for entry in right]))
    except ZeroDivisionError:
        return None
    return [Fraction(int(value.p), int(value.q)) for value in solution.entries()]


def determinant(matrix: Matrix) -> Fraction:
    """Return the determinant by expansion along the first row."""
    if not matrix:
        return Fraction(1)
    return sum(
        (
            (-1) ** j
            * Fraction(entry)
            * determinant([[*row[:j], *row[j + 1 :]] for row in matrix[1:]])
            for j, entry in enumerate(matrix[0])
            if entry
        ),
        Fraction(0),
    )


def replies(x: Strategy, conceded: Matrix) -> list[Fraction]:
    """Return the opponent's expected payoff of each action against x; ``conceded[own][other]``."""
    used = [(p, line) for p, line in zip(x, conceded, strict=True) if p]
    return [sum((p * line[j] for p, line in used), Fraction(0)) for j in range(len(conceded[0]))]


def best_reply_vertices(conceded: Matrix) -> set[Strategy]:
    """Return the strategies at the vertices of the best-reply polyhedron of their owner."""
    own, others = range(len(conceded)), range(len(conceded[0]))
    found: set[Strategy] = set()
    for size in range(1, min(len(own), len(others)) + 1):
        for support in combinations(own, size):
            for tight in combinations(others, size):
                equations = [[*(conceded[i][j] for i in support), -1] for j in tight]
                solution = unique_solution([*equations, [1] * size + [0]], [0] * size + [1])
                if solution is None or min(solution[:-1]) < 0:
                    continue
                weights = dict(zip(support, solution, strict=False))
                x = tuple(weights.get(i, Fraction(0)) for i in own)
                if max(replies(x, conceded)) <= solution[-1]:
                    found.add(x)
    return found


def is_equilibrium(x: Strategy, y: Strategy, A: Matrix, B: Matrix) -> bool:
    """Return whether x and y are probabilities and everyone plays only best replies."""
    if sum(x) != 1 or sum(y) != 1 or min(x) < 0 or min(y) < 0:
        return False
    return uses_only(x, best_replies(y, transpose(A))) and uses_only(y, best_replies(x, B))


def uses_only(strategy: Strategy, allowed: Collection[int]) -> bool:
    """Return whether every action with positive probability is allowed."""
    return all(action in allowed for action, p in enumerate(strategy) if p)


def best_replies(x: Strategy, conceded: Matrix) -> set[int]:
    """Return the opponent's best replies to x."""
    payoffs = replies(x, conceded)
    return {action for action, payoff in enumerate(payoffs) if payoff == max(payoffs)}


def extreme_equilibria(A: Matrix, B: Matrix) -> set[Pair]:
    """Return all extreme equilibria."""
    xs = {x: best_replies(x, B) for x in best_reply_vertices(B)}
    ys = {y: best_replies(y, transpose(A)) for y in best_reply_vertices(transpose(A))}
    return {(x, y) for x in xs for y in ys if uses_only(x, ys[y]) and uses_only(y, xs[x])}


def maximal_nash_subsets(equilibria: Collection[Pair]) -> set[frozenset[Pair]]:
    """Return the maximal products X' x Y' of strategies all of whose pairs are equilibria.

    For every nonempty set of strategies of the player with fewer of them: what fits all of it on
    the other side, and everything that fits all of that.
    """
    xs, ys = ({pair[player] for pair in equilibria} for player in (0, 1))
    if len(xs) > len(ys):
        turned = maximal_nash_subsets([(y, x) for x, y in equilibria])
        return {frozenset((x, y) for y, x in subset) for subset in turned}
    partners = {x: {y for other, y in equilibria if other == x} for x in xs}
    found = set()
    for size in range(1, len(xs) + 1):
        for chosen in combinations(xs, size):
            common = set.intersection(*(partners[x] for x in chosen))
            if common:
                fitting = [x for x in xs if common <= partners[x]]
                found.add(frozenset((x, y) for x in fitting for y in common))
    return found


def connected_components(subsets: Collection[frozenset[Pair]]) -> set[frozenset[Pair]]:
    """Merge sets of equilibria as long as two of them have an equilibrium in common."""
    merged: list[set[Pair]] = []
    for subset in subsets:
        touching = [group for group in merged if group & subset]
        merged = [group for group in merged if not group & subset]
        merged.append(set(subset).union(*touching))
    return {frozenset(group) for group in merged}


def is_nondegenerate(A: Matrix, B: Matrix) -> bool:
    """Return whether no strategy has more best replies than actions that it uses.

    If one has, so has a vertex: the best replies of a vertex of the smallest face it lies in
    contain its own, and the unused actions too.
    """
    for conceded in (B, transpose(A)):
        for x in best_reply_vertices(conceded):
            if len(best_replies(x, conceded)) != sum(p > 0 for p in x):
                return False
    return True


def is_regular(x: Strategy, y: Strategy, A: Matrix, B: Matrix) -> bool:
    """Return whether, at an extreme equilibrium, exactly the best replies are used."""
    used_x, used_y = ({action for action, p in enumerate(s) if p} for s in (x, y))
    return used_x == best_replies(y, transpose(A)) and used_y == best_replies(x, B)


def index(x: Strategy, y: Strategy, A: Matrix, B: Matrix) -> int:
    """Return Shapley's index of a regular equilibrium, with payoffs shifted to be positive."""
    rows = [i for i, p in enumerate(x) if p]
    columns = [j for j, p in enumerate(y) if p]
    product = Fraction(-1) ** (len(rows) + 1)
    for matrix in (A, B):
        shift = 1 - min(min(line) for line in matrix)
        product *= determinant([[matrix[i][j] + shift for j in columns] for i in rows])
    return 1 if product > 0 else -1
