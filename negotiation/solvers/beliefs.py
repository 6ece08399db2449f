r"""Beliefs: assessments, and an exact test whether one is consistent.

An *assessment* is a profile of behaviour strategies with a belief at every information set. It is
*consistent* if it is the limit of fully mixed profiles and of the beliefs that they imply by Bayes'
rule (Kreps and Wilson 1982). [1]_ That holds iff there are for each action a an order
:math:`K(a) \in \{0, 1, 2, \dots\}` and a coefficient :math:`\zeta(a) > 0` such that the trembles
:math:`\zeta(a)\, \varepsilon^{K(a)}` have it as their limit: K is 0 at the actions that are played,
:math:`\zeta` is their probability, and with sums and products along the path to a history x

.. math:: K(x) = \sum_{a} K(a), \qquad
    \mu(x) \propto \Pr(\text{chance plays for } x) \prod_{a} \zeta(a)

on the histories of least order of each information set, 0 on the others. [2]_ [3]_

So consistency is decided by two linear problems. *Orders*: linear inequalities with integer
coefficients; a rational solution times its denominators is one in integers. *Coefficients*: the
logarithms of the ratios :math:`\mu(x) / \mu(y)` within the sets are a linear function of those of
:math:`\zeta`. It can be solved iff every integer relation between its rows is kept by the ratios,
which is an equation between products of rationals.

References
----------
.. [1] Kreps, D. M., Wilson, R. (1982), Sequential equilibria, Econometrica 50, 863-894.
.. [2] Kreps, D. M., Ramey, G. (1987), Structural consistency, consistency, and sequential
       rationality, Econometrica 55, 1331-1348.
.. [3] Perea y Monsuwe, A., Jansen, M., Peters, H. (1997), Characterization of consistent
       assessments in extensive form games, Games and Economic Behavior 21, 238-252.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm, prod

from negotiation.certify import Profile, describe_set
from negotiation.errors import GameError, MethodError
from negotiation.game import CHANCE, Game
from negotiation.solution import Belief, OffPath
from negotiation.solvers.linear_program import Infeasible, LinearProgram, solve_linear_program

__all__ = [
    "Assessment",
    "Beliefs",
    "Trembles",
    "avoidable_set",
    "bayes_assessment",
    "check_draws",
    "check_recall",
    "described_beliefs",
    "is_consistent",
    "reach",
]

ZERO, ONE = Fraction(0), Fraction(1)
Beliefs = Mapping[int, Sequence[Fraction]]
"""Information set (index) to the probabilities of its histories."""
Act = tuple[int, int]
"""Information set and action."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """A profile with beliefs.

    Attributes
    ----------
    profile : mapping
        Information set to the probabilities of its actions.
    beliefs : mapping
        Information set to the probabilities of its histories.
    off_path : mapping
        Information set off the path to the products of polytopes of strategies and beliefs there
        that support the same outcome; empty where they were not computed.
    """

    profile: Profile
    beliefs: Beliefs
    off_path: Mapping[int, Sequence[OffPath]] = field(default_factory=dict)


def check_recall(game: Game) -> None:
    """Refuse a game in which a player forgets what he knew or did.

    Raises
    ------
    GameError
        If histories of one information set differ in the player's own earlier sets or actions.
    """
    experience: list[tuple[Act, ...]] = [()] * len(game.set_of)
    own: dict[tuple[int, int], tuple[Act, ...]] = {}
    for node, position in enumerate(game.set_of):
        before = game.parent[node]
        players = range(len(game.players))
        for player in players:
            past = own.get((before, player), ())
            if before >= 0 and game.mover(before) == player:
                past = (*past, (game.set_of[before], game.children[before].index(node)))
            own[node, player] = past
        if position >= 0 and game.information_sets[position].player != CHANCE:
            experience[node] = own[node, game.information_sets[position].player]
    for _, head in game.decisions():
        if len({experience[node] for node in head.nodes}) > 1:
            raise GameError(
                f"imperfect recall: {game.players[head.player]} came to the information set "
                f"{describe_set(head.move, head.information)} by different actions of his own",
                place=game.name,
                remedy="split the set, so that the player knows what he did before",
            )


def check_draws(game: Game) -> None:
    """Refuse a game in which chance plays something with probability 0.

    Beliefs after such a draw are limits of nothing.

    Raises
    ------
    MethodError
        The message names the move.
    """
    for node, shares in game.probabilities.items():
        if not all(shares):
            head = game.information_sets[game.set_of[node]]
            action = head.actions[list(shares).index(ZERO)]
            raise MethodError(
                f"{head.move} draws {action} with probability 0, and beliefs after that are not "
                "defined",
                place=game.name,
                remedy=f"leave {action} out of {head.move}, give it a positive probability, or ask "
                "for --concept nash",
            )


def reach(game: Game, profile: Profile) -> list[Fraction]:
    """Return the probability that a profile gives each node."""
    weights = [ZERO] * len(game.set_of)
    weights[0] = ONE
    for node, successors in enumerate(game.children):
        if not weights[node]:
            continue
        shares = game.probabilities.get(node) or profile[game.set_of[node]] if successors else ()
        for child, share in zip(successors, shares, strict=True):
            weights[child] = weights[node] * share
    return weights


# -- consistency ----------------------------------------------------------------------------------


class Trembles:
    """What trembles from the played actions of a profile imply, whatever their probabilities.

    Parameters
    ----------
    game : Game
    played : mapping
        Information set to the actions that have positive probability.

    Attributes
    ----------
    number : dict
        Information set and action that is not played, to its place among the trembles.
    deviations : list of frozenset of int
        For each node the trembles on the path to it.
    drawn : list of Fraction
        For each node the probability that chance plays for it.
    """

    def __init__(self, game: Game, played: Mapping[int, Sequence[int]]) -> None:
        self.game = game
        self.number: dict[Act, int] = {}
        for position, head in game.decisions():
            for action in range(len(head.actions)):
                if action not in played[position]:
                    self.number[position, action] = len(self.number)
        self.deviations: list[frozenset[int]] = [frozenset()] * len(game.set_of)
        self.drawn = [ONE] * len(game.set_of)
        for node, successors in enumerate(game.children):
            shares = game.probabilities.get(node)
            for action, child in enumerate(successors):
                tremble = self.number.get((game.set_of[node], action))
                self.deviations[child] = self.deviations[node]
                self.drawn[child] = self.drawn[node]
                if shares is not None:
                    self.drawn[child] *= shares[action]
                elif tremble is not None:
                    self.deviations[child] |= {tremble}

    def orders(self, supports: Mapping[int, Sequence[int]]) -> list[int] | None:
        """Return orders of the trembles under which beliefs have these supports.

        Parameters
        ----------
        supports : mapping
            Information set to the nodes that are believed possible there; sets left out may have
            any belief.

        Returns
        -------
        list of int or None
            At least 1 each; None if there are none.
        """
        count = len(self.number)
        inequalities: list[list[int]] = []
        bounds: list[int] = []
        equations: list[list[int]] = []
        values: list[int] = []
        for position, support in supports.items():
            least = self.deviations[support[0]]
            for node in self.game.information_sets[position].nodes:
                other = self.deviations[node]
                row = [(k in least) - (k in other) for k in range(count)]
                # With K = 1 + k: sum(row * k) <= -sum(row), and one less for a higher order.
                if node in support:
                    if any(row):
                        equations.append(row)
                        values.append(-sum(row))
                else:
                    inequalities.append(row)
                    bounds.append(-1 - sum(row))
        program = LinearProgram([-1] * count, inequalities, bounds, equations, values)
        answer = solve_linear_program(program)
        if isinstance(answer, Infeasible):
            return None
        scale = lcm(*[x.denominator for x in answer.point]) if answer.point else 1
        return [int((1 + x) * scale) for x in answer.point]


def is_consistent(game: Game, profile: Profile, beliefs: Beliefs) -> bool:
    """Return whether an assessment is consistent; decided exactly.

    Parameters
    ----------
    game : Game
        With perfect recall, and no draw of probability 0.
    profile : mapping
        Information set to the probabilities of its actions.
    beliefs : mapping
        Information set to the probabilities of its histories.
    """
    played = {
        position: [k for k, p in enumerate(profile[position]) if p]
        for position, _ in game.decisions()
    }
    trembles = Trembles(game, played)
    believed = {
        position: [x for x, p in zip(head.nodes, beliefs[position], strict=True) if p]
        for position, head in game.decisions()
    }
    if trembles.orders(believed) is None:
        return False
    rows: list[list[int]] = []
    ratios: list[Fraction] = []
    for position, support in believed.items():
        head = game.information_sets[position]
        belief = dict(zip(head.nodes, beliefs[position], strict=True))
        first = support[0]
        for node in support[1:]:
            row = [
                (k in trembles.deviations[node]) - (k in trembles.deviations[first])
                for k in range(len(trembles.number))
            ]
            known = _played_weight(game, profile, node) / _played_weight(game, profile, first)
            rows.append(row)
            ratios.append(belief[node] / belief[first] / known)
    return all(
        prod([ratio**weight for ratio, weight in zip(ratios, relation, strict=True)]) == 1
        for relation in integer_relations(rows)
    )


def _played_weight(game: Game, profile: Profile, node: int) -> Fraction:
    """Return the product of the positive probabilities on the path to a node."""
    weight = ONE
    while (before := game.parent[node]) >= 0:
        action = game.children[before].index(node)
        shares = game.probabilities.get(before) or profile[game.set_of[before]]
        weight *= shares[action] or ONE
        node = before
    return weight


def integer_relations(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return a basis, in integers, of the combinations of rows that vanish."""
    size = len(rows)
    table = [
        [*map(Fraction, row), *[ONE if j == k else ZERO for j in range(size)]]
        for k, row in enumerate(rows)
    ]
    width = len(rows[0]) if rows else 0
    done = 0
    for column in range(width):
        pivot = next((r for r in range(done, size) if table[r][column]), None)
        if pivot is None:
            continue
        table[done], table[pivot] = table[pivot], table[done]
        for r in range(done + 1, size):
            factor = table[r][column] / table[done][column]
            if factor:
                table[r] = [a - factor * b for a, b in zip(table[r], table[done], strict=True)]
        done += 1
    relations = []
    for row in table[done:]:
        weights = row[width:]
        scale = lcm(*[weight.denominator for weight in weights])
        whole = [int(weight * scale) for weight in weights]
        divisor = gcd(*whole) or 1
        relations.append([weight // divisor for weight in whole])
    return relations


# -- sets that every play of a subgame reaches ----------------------------------------------------


def avoidable_set(game: Game) -> int | None:
    """Return an information set that some play of the smallest subgame around it never reaches.

    If there is none, every profile reaches every set with positive probability in its subgame, so
    that beliefs follow by Bayes' rule there; then subgame-perfect, perfect Bayesian and sequential
    equilibria are the same.
    """
    for position, head in game.decisions():
        root = _around(game, head.nodes)
        if (root,) != head.nodes and not _surely(game, root, head.nodes):
            return position
    return None


def _around(game: Game, nodes: Sequence[int]) -> int:
    """Return the root of the smallest subgame that contains some nodes."""
    root = nodes[0]
    while root and not (game.is_subgame_root[root] and max(nodes) < game.end[root]):
        root = game.parent[root]
    return root


def _surely(game: Game, node: int, nodes: Sequence[int]) -> bool:
    """Return whether some of the nodes are reached with positive probability whatever is played."""
    pending = [node]
    while pending:  # Every node here must lead to one of `nodes`, whatever is played from it on.
        node = pending.pop()
        if node in nodes:
            continue
        ahead = [
            child
            for child, share in zip(game.children[node], _shares_of(game, node), strict=True)
            if share and _holds_one(nodes, child, game.end[child])
        ]
        if game.mover(node) == CHANCE:
            if not any(_surely(game, child, nodes) for child in ahead):
                return False
        elif not ahead or len(ahead) < len(game.children[node]):
            return False
        else:
            pending += ahead
    return True


def _shares_of(game: Game, node: int) -> Sequence[Fraction]:
    return game.probabilities.get(node, (ONE,) * len(game.children[node]))


def _holds_one(nodes: Sequence[int], start: int, end: int) -> bool:
    """Return whether one of some ascending nodes lies from `start` to before `end`."""
    place = bisect_left(nodes, start)
    return place < len(nodes) and nodes[place] < end


def bayes_assessment(game: Game, profile: Profile) -> Assessment:
    """Return a profile with the beliefs that follow by Bayes' rule in the subgames around the sets.

    For a game without an avoidable set.
    """
    beliefs: dict[int, tuple[Fraction, ...]] = {}
    for position, head in game.decisions():
        root = _around(game, head.nodes)
        weights = []
        for node in head.nodes:
            weight = ONE
            while node != root:
                before = game.parent[node]
                shares = game.probabilities.get(before) or profile[game.set_of[before]]
                weight *= shares[game.children[before].index(node)]
                node = before
            weights.append(weight)
        total = sum(weights, ZERO)
        beliefs[position] = tuple(weight / total for weight in weights)
    return Assessment(profile, beliefs)


# -- in words -------------------------------------------------------------------------------------


def described_beliefs(game: Game, assessment: Assessment) -> tuple[Belief, ...]:
    """Return the beliefs of an assessment as they stand in a Solution, set by set."""
    found = []
    for position, head in game.decisions():
        hidden = unobserved(game, position)
        found.append(
            Belief(
                head.move,
                dict(head.information),
                tuple(zip(hidden, assessment.beliefs[position], strict=True)),
                tuple(assessment.off_path.get(position, ())),
            )
        )
    return tuple(found)


def unobserved(game: Game, position: int) -> list[dict[str, str]]:
    """Return for each history of a set the earlier moves that its mover cannot tell."""
    head = game.information_sets[position]
    known = dict(head.information)
    paths = [
        {move: action for move, action in game.path(node) if known.get(move) != action}
        for node in head.nodes
    ]
    shared = set.intersection(*[set(path.items()) for path in paths])
    return [{m: a for m, a in path.items() if (m, a) not in shared} for path in paths]
