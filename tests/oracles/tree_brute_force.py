"""Equilibria of small trees by brute force; shares no code with solvers, selection or certify.

Everything follows the definition and nothing else. *Pure equilibria*: every profile that names one
action at every information set is listed; in every subgame, and for every player, every other pure
strategy of that player in that subgame is tried. *Mixed equilibria* of trees without ties whose
stages have at most two movers: every combination of equilibria of the smaller subgames, then every
pair of supports of equal size, with the indifference equations solved exactly. *Selection*:
Bernheim, Peleg and Whinston's (1987) definition as they state it, payoff and risk dominance as
Harsanyi and Selten (1988) state them.

Of a game only the arrays are read: players, information sets, children, probabilities, payoffs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.game import Game

Choices = dict[int, int]
"""Information set to action."""
Behaviour = dict[int, tuple[Fraction, ...]]
"""Information set to the probabilities of its actions."""
Outcome = tuple[tuple[int, Fraction], ...]
"""Terminal nodes reached, ascending, each with its probability."""
Payoffs = tuple[Fraction, ...]
Cell = tuple[int, ...]
"""A profile of a strategic form: one index a mover."""
Table = dict[Cell, Payoffs]
"""A strategic form: profile to the payoffs of all players."""


# -- trees ----------------------------------------------------------------------------------------


def subtree(game: Game, root: int) -> list[int]:
    """Return all nodes from `root` on."""
    found, pending = [], [root]
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(game.children[node])
    return found


def is_decision(game: Game, node: int) -> bool:
    """Say whether a player decides at a node."""
    position = game.set_of[node]
    return position >= 0 and game.information_sets[position].player >= 0


def decisions(game: Game, nodes: Iterable[int]) -> list[int]:
    """Return the players' information sets met at some nodes, ascending."""
    return sorted({game.set_of[node] for node in nodes if is_decision(game, node)})


def subgame_roots(game: Game) -> list[int]:
    """Return the nodes where a subgame starts, by the definition of Selten (1975)."""
    roots = []
    for node in range(len(game.children)):
        if not game.children[node]:
            continue
        inside = set(subtree(game, node))
        alone = (
            not is_decision(game, node) or len(game.information_sets[game.set_of[node]].nodes) == 1
        )
        closed = all(
            set(game.information_sets[position].nodes) <= inside
            for position in decisions(game, inside)
        )
        if alone and closed:
            roots.append(node)
    return roots


def lottery(
    game: Game, root: int, behaviour: Mapping[int, Sequence[Fraction]], ends: Iterable[int] = ()
) -> Outcome:
    """Return where play from `root` ends, at terminal nodes or at one of `ends`."""
    stop = set(ends)
    found: dict[int, Fraction] = {}

    def follow(node: int, probability: Fraction) -> None:
        if not game.children[node] or (node in stop and node != root):
            found[node] = found.get(node, Fraction(0)) + probability
            return
        shares = (
            behaviour[game.set_of[node]] if is_decision(game, node) else game.probabilities[node]
        )
        for child, share in zip(game.children[node], shares, strict=True):
            if share:
                follow(child, probability * share)

    follow(root, Fraction(1))
    return tuple(sorted(found.items()))


def expected(outcome: Outcome, values: Mapping[int, Payoffs], players: int) -> Payoffs:
    """Return expected payoffs."""
    return tuple(worth(outcome, values, player) for player in range(players))


def worth(outcome: Outcome, values: Mapping[int, Payoffs], player: int) -> Fraction:
    """Return the expected payoff of one player."""
    return sum((probability * values[node][player] for node, probability in outcome), Fraction(0))


def certain(game: Game, choices: Choices) -> Behaviour:
    """Return pure choices as probabilities."""
    return {
        position: tuple(
            Fraction(int(k == action)) for k in range(len(game.information_sets[position].actions))
        )
        for position, action in choices.items()
    }


def all_choices(game: Game, positions: Sequence[int]) -> Iterator[Choices]:
    """Yield every way to choose one action at each of some information sets."""
    ranges = [range(len(game.information_sets[position].actions)) for position in positions]
    for actions in itertools.product(*ranges):
        yield dict(zip(positions, actions, strict=True))


# -- pure equilibria ------------------------------------------------------------------------------


@dataclass(frozen=True)
class PureEquilibrium:
    """One profile of pure strategies with its outcome and payoffs."""

    choices: Choices
    outcome: Outcome
    payoffs: Payoffs


def pure_equilibria(game: Game, *, everywhere: bool = True) -> list[PureEquilibrium]:
    """Return every pure subgame-perfect profile (Nash profile if not `everywhere`)."""
    roots = subgame_roots(game) if everywhere else [0]
    tests = [(decisions(game, subtree(game, root)), _nash_choices(game, root)) for root in roots]
    found = []
    for choices in all_choices(game, decisions(game, range(len(game.children)))):
        if all(tuple(choices[p] for p in positions) in nash for positions, nash in tests):
            outcome = lottery(game, 0, certain(game, choices))
            payoffs = expected(outcome, game.payoffs, len(game.players))
            found.append(PureEquilibrium(choices, outcome, payoffs))
    return found


def outcomes_of(equilibria: Iterable[PureEquilibrium]) -> dict[Outcome, tuple[Payoffs, int]]:
    """Return outcome to payoffs and number of profiles."""
    found: dict[Outcome, tuple[Payoffs, int]] = {}
    for equilibrium in equilibria:
        _, count = found.get(equilibrium.outcome, (equilibrium.payoffs, 0))
        found[equilibrium.outcome] = (equilibrium.payoffs, count + 1)
    return found


def _nash_choices(game: Game, root: int) -> set[tuple[int, ...]]:
    """Return the choices in the subgame at `root` from which nobody gains by any pure deviation."""
    positions = decisions(game, subtree(game, root))
    payoffs = {}
    for choices in all_choices(game, positions):
        outcome = lottery(game, root, certain(game, choices))
        key = tuple(choices[position] for position in positions)
        payoffs[key] = expected(outcome, game.payoffs, len(game.players))
    owners = [game.information_sets[position].player for position in positions]
    nash = set(payoffs)
    for player in set(owners):
        best: dict[tuple[int, ...], Fraction] = {}
        for key, value in payoffs.items():
            others = tuple(a for a, owner in zip(key, owners, strict=True) if owner != player)
            best[others] = max(best.get(others, value[player]), value[player])
        for key, value in payoffs.items():
            others = tuple(a for a, owner in zip(key, owners, strict=True) if owner != player)
            if value[player] < best[others]:
                nash.discard(key)
    return nash


def gains(
    game: Game, behaviour: Mapping[int, Sequence[Fraction]], player: int, *, everywhere: bool
) -> Iterator[Fraction]:
    """Yield what a player gains, in each subgame, by each pure strategy of his there."""
    for root in subgame_roots(game) if everywhere else [0]:
        own = [
            position
            for position in decisions(game, subtree(game, root))
            if game.information_sets[position].player == player
        ]
        value = worth(lottery(game, root, behaviour), game.payoffs, player)
        for choices in all_choices(game, own):
            deviation = {**behaviour, **certain(game, choices)}
            yield worth(lottery(game, root, deviation), game.payoffs, player) - value


def largest_gain(
    game: Game, behaviour: Mapping[int, Sequence[Fraction]], player: int, *, everywhere: bool = True
) -> Fraction:
    """Return the most a player gains, in any subgame, by any pure strategy of his there."""
    return max(Fraction(0), *gains(game, behaviour, player, everywhere=everywhere))


def is_equilibrium(
    game: Game, behaviour: Mapping[int, Sequence[Fraction]], *, everywhere: bool = True
) -> bool:
    """Say whether nobody gains in any subgame (in the whole game if not `everywhere`)."""
    return not any(
        gain > 0
        for player in range(len(game.players))
        for gain in gains(game, behaviour, player, everywhere=everywhere)
    )


# -- stages ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StageForm:
    """The strategic form of the part of a subgame before smaller subgames begin."""

    movers: tuple[int, ...]
    strategies: tuple[tuple[Choices, ...], ...]
    exits: tuple[int, ...]
    table: Table


def stage_form(game: Game, root: int, values: Mapping[int, Payoffs]) -> StageForm:
    """Return the stage at `root`, its exits worth `values` (terminal nodes their payoffs)."""
    ends = [node for node in subgame_roots(game) if node != root]
    inner, exits, pending = [], [], [root]
    while pending:
        node = pending.pop()
        if not game.children[node] or node in ends:
            exits.append(node)
        else:
            inner.append(node)
            pending.extend(game.children[node])
    positions = decisions(game, inner)
    movers = tuple(sorted({game.information_sets[position].player for position in positions}))
    strategies = tuple(
        tuple(all_choices(game, [p for p in positions if game.information_sets[p].player == mover]))
        for mover in movers
    )
    worth = {node: values.get(node, game.payoffs.get(node, ())) for node in exits}
    table = {}
    for cell in itertools.product(*(range(len(listed)) for listed in strategies)):
        merged: Choices = {}
        for listed, index in zip(strategies, cell, strict=True):
            merged.update(listed[index])
        reached = lottery(game, root, certain(game, merged), ends)
        table[cell] = expected(reached, worth, len(game.players))
    return StageForm(movers, strategies, tuple(sorted(exits)), table)


Rule = Callable[[Table, Sequence[int], list[Cell]], list[Cell]]


def selected(
    game: Game, equilibria: Iterable[PureEquilibrium], rules: Sequence[Rule]
) -> list[PureEquilibrium]:
    """Keep the profiles that survive the rules at every stage, given their own continuations."""
    kept = []
    known: dict[object, list[Cell]] = {}
    for equilibrium in equilibria:
        behaviour = certain(game, equilibrium.choices)
        values = {
            root: expected(lottery(game, root, behaviour), game.payoffs, len(game.players))
            for root in subgame_roots(game)
        }
        survives = True
        for root in subgame_roots(game):
            form = stage_form(game, root, values)
            key = (root, tuple(sorted(form.table.items())))
            if key not in known:
                cells = nash_cells(form.table, form.movers)
                for rule in rules:
                    cells = rule(form.table, form.movers, cells)
                known[key] = cells
            played = tuple(
                next(
                    index
                    for index, choices in enumerate(listed)
                    if all(equilibrium.choices[p] == action for p, action in choices.items())
                )
                for listed in form.strategies
            )
            survives = survives and played in known[key]
        if survives:
            kept.append(equilibrium)
    return kept


# -- strategic forms, literally -------------------------------------------------------------------


def nash_cells(table: Table, movers: Sequence[int]) -> list[Cell]:
    """Return the pure Nash equilibria of a strategic form."""
    return [
        cell
        for cell in table
        if not any(
            table[other][mover] > table[cell][mover]
            for k, mover in enumerate(movers)
            for other in table
            if all(other[j] == cell[j] for j in range(len(movers)) if j != k)
        )
    ]


def is_coalition_proof(
    table: Table, movers: Sequence[int], coalition: frozenset[int], cell: Cell
) -> bool:
    """Say whether a profile is coalition-proof in the game of `coalition`, the others fixed.

    Bernheim, Peleg and Whinston (1987), section II. With one player it is so iff it maximises the
    player's payoff. With more it is so iff it is self-enforcing (coalition-proof for every proper
    subcoalition in the game that the others' strategies leave) and no self-enforcing profile of the
    coalition makes each of its members strictly better off.
    """
    options = _reachable(table, coalition, cell)
    if len(coalition) == 1:
        (k,) = coalition
        return all(table[other][movers[k]] <= table[cell][movers[k]] for other in options)
    if not _is_self_enforcing(table, movers, coalition, cell):
        return False
    return not any(
        all(table[other][movers[k]] > table[cell][movers[k]] for k in coalition)
        and _is_self_enforcing(table, movers, coalition, other)
        for other in options
    )


def _reachable(table: Table, coalition: frozenset[int], cell: Cell) -> list[Cell]:
    return [
        other
        for other in table
        if all(other[k] == cell[k] for k in range(len(cell)) if k not in coalition)
    ]


def _is_self_enforcing(
    table: Table, movers: Sequence[int], coalition: frozenset[int], cell: Cell
) -> bool:
    return all(
        is_coalition_proof(table, movers, frozenset(smaller), cell)
        for size in range(1, len(coalition))
        for smaller in itertools.combinations(sorted(coalition), size)
    )


def coalition_proof(table: Table, movers: Sequence[int], cells: list[Cell]) -> list[Cell]:
    """Keep the coalition-proof ones."""
    everybody = frozenset(range(len(movers)))
    if not everybody:
        return cells
    return [cell for cell in cells if is_coalition_proof(table, movers, everybody, cell)]


def payoff_dominant(table: Table, movers: Sequence[int], cells: list[Cell]) -> list[Cell]:
    """Keep those in which every mover gets at least what any other one gives him."""
    return [
        cell
        for cell in cells
        if all(table[cell][mover] >= table[other][mover] for other in cells for mover in movers)
    ]


def risk_dominant(table: Table, movers: Sequence[int], cells: list[Cell]) -> list[Cell]:
    """Remove, in a 2x2 form, the one of two opposite equilibria with the smaller loss product."""
    if len(cells) < 2 or len(movers) < 2:
        return cells
    one, two = movers
    removed = set()
    for i, j in cells:
        opposite = (1 - i, 1 - j)
        if opposite in cells:
            here = (table[i, j][one] - table[1 - i, j][one]) * (
                table[i, j][two] - table[i, 1 - j][two]
            )
            there = (table[1 - i, 1 - j][one] - table[i, 1 - j][one]) * (
                table[1 - i, 1 - j][two] - table[1 - i, j][two]
            )
            if here < there:
                removed.add((i, j))
    return [cell for cell in cells if cell not in removed]


# -- mixed equilibria -----------------------------------------------------------------------------

Matrix = list[list[Fraction]]
Mixture = tuple[Fraction, ...]


def two_by_two(A: Matrix, B: Matrix) -> set[tuple[Mixture, Mixture]]:
    """Return the equilibria of a 2x2 game without ties, by the closed form."""
    one, zero = Fraction(1), Fraction(0)
    unit = ((one, zero), (zero, one))
    found: set[tuple[Mixture, Mixture]] = {
        (unit[i], unit[j])
        for i in range(2)
        for j in range(2)
        if A[i][j] > A[1 - i][j] and B[i][j] > B[i][1 - j]
    }
    down = B[0][0] - B[0][1] - B[1][0] + B[1][1]
    across = A[0][0] - A[1][0] - A[0][1] + A[1][1]
    if down and across:
        p = (B[1][1] - B[1][0]) / down
        q = (A[1][1] - A[0][1]) / across
        if 0 < p < 1 and 0 < q < 1:
            found.add(((p, 1 - p), (q, 1 - q)))
    return found


def solve_linear(rows: Matrix, right: list[Fraction]) -> list[Fraction] | None:
    """Solve a square system by elimination; None if it is singular."""
    size = len(rows)
    work = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for k in range(size):
        pivot = next((r for r in range(k, size) if work[r][k]), None)
        if pivot is None:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        work[k] = [entry / work[k][k] for entry in work[k]]
        for r in range(size):
            if r != k and work[r][k]:
                factor = work[r][k]
                work[r] = [a - factor * b for a, b in zip(work[r], work[k], strict=True)]
    return [row[-1] for row in work]


def _indifferent(conceded: Matrix, own: Sequence[int], against: Sequence[int]) -> Mixture | None:
    """Return the mixture on `own` that makes the opponent indifferent among `against`."""
    size = len(own)
    one, zero = Fraction(1), Fraction(0)
    rows = [[*(conceded[i][j] for i in own), -one] for j in against] + [[one] * size + [zero]]
    solution = solve_linear(rows, [zero] * size + [one])
    if solution is None or min(solution[:-1]) <= 0:
        return None
    weights = dict(zip(own, solution, strict=False))
    return tuple(weights.get(i, zero) for i in range(len(conceded)))


def support_enumeration(A: Matrix, B: Matrix) -> set[tuple[Mixture, Mixture]]:
    """Return all equilibria of a nondegenerate two-player game: supports of equal size only."""
    turned = [list(column) for column in zip(*A, strict=True)]
    rows, columns = range(len(A)), range(len(A[0]))
    found = set()
    for size in range(1, min(len(A), len(A[0])) + 1):
        for own, against in itertools.product(
            itertools.combinations(rows, size), itertools.combinations(columns, size)
        ):
            x = _indifferent(B, own, against)
            y = _indifferent(turned, against, own)
            if x is None or y is None:
                continue
            first = [sum((q * a for q, a in zip(y, A[i], strict=True)), Fraction(0)) for i in rows]
            second = [sum((x[i] * B[i][j] for i in rows), Fraction(0)) for j in columns]
            if max(first) == first[own[0]] and max(second) == second[against[0]]:
                found.add((x, y))
    return found


@dataclass(frozen=True)
class MixedEquilibrium:
    """Behaviour strategies of a subgame, where they lead and what they give."""

    behaviour: Behaviour
    outcome: Outcome
    payoffs: Payoffs


def mixed_equilibria(game: Game, root: int = 0) -> list[MixedEquilibrium]:
    """Return all subgame-perfect equilibria of a tree without ties, at most two movers a stage.

    A mover of a stage of two must have one information set in it, so that mixtures of pure
    strategies and behaviour strategies are the same.
    """
    exits = stage_form(game, root, _zeros(game)).exits
    inner = [mixed_equilibria(game, node) if game.children[node] else [None] for node in exits]
    found = []
    for chosen in itertools.product(*inner):
        continuation = {
            node: equilibrium
            for node, equilibrium in zip(exits, chosen, strict=True)
            if equilibrium is not None
        }
        form = stage_form(game, root, {n: e.payoffs for n, e in continuation.items()})
        for mixtures in _stage_mixtures(form):
            behaviour = {p: v for e in continuation.values() for p, v in e.behaviour.items()}
            for listed, mixture in zip(form.strategies, mixtures, strict=True):
                behaviour.update(_as_behaviour(game, listed, mixture))
            outcome = lottery(game, root, behaviour)
            payoffs = expected(outcome, game.payoffs, len(game.players))
            found.append(MixedEquilibrium(behaviour, outcome, payoffs))
    return found


def _zeros(game: Game) -> dict[int, Payoffs]:
    return dict.fromkeys(range(len(game.children)), (Fraction(0),) * len(game.players))


def _stage_mixtures(form: StageForm) -> Iterable[tuple[Mixture, ...]]:
    if not form.movers:
        return [()]
    if len(form.movers) == 1:
        (mover,) = form.movers
        best = max(value[mover] for value in form.table.values())
        size = len(form.strategies[0])
        return [
            (tuple(Fraction(int(j == k)) for j in range(size)),)
            for k in range(size)
            if form.table[(k,)][mover] == best
        ]
    one, two = form.movers
    rows, columns = (range(len(listed)) for listed in form.strategies)
    return support_enumeration(
        [[form.table[i, j][one] for j in columns] for i in rows],
        [[form.table[i, j][two] for j in columns] for i in rows],
    )


def _as_behaviour(game: Game, listed: Sequence[Choices], mixture: Mixture) -> Behaviour:
    """Return a mixture as behaviour; pure, or over the actions of one information set."""
    behaviour: dict[int, list[Fraction]] = {}
    for choices, weight in zip(listed, mixture, strict=True):
        for position, action in choices.items():
            size = len(game.information_sets[position].actions)
            behaviour.setdefault(position, [Fraction(0)] * size)[action] += weight
    if len(behaviour) > 1 and max(mixture) < 1:
        raise ValueError("a mixture over several information sets")
    return {position: tuple(shares) for position, shares in behaviour.items()}
