r"""Dominance: actions and strategies that some mixture beats, and games without them.

The actions of a player are the strategies of his strategic form; a belief is a distribution over
the profiles of the others. Among the actions and profiles that are left,

- a mixture *strictly dominates* an action if it is better against every profile of the others. This
  is so iff the action is a best reply to no belief (Pearce 1984, lemma 3): in the zero-sum game
  with the entries :math:`u_i(a', s) - u_i(a, s)`, a' the other actions of i, the value is positive,
  and an optimal strategy of the row player is such a mixture; else an optimal strategy of the
  column player is a belief to which a is a best reply;
- a mixture *weakly dominates* a strategy t, pure or mixed, if it is never worse and against some
  profile better. It is found by the linear program

  .. math:: \max_{\sigma \ge 0} \sum_s \sum_{a'} \sigma_{a'} d_{a's} \;\text{ subject to }\;
      \sum_{a'} \sigma_{a'} d_{a's} \ge 0 \text{ for all } s, \; \sum_{a'} \sigma_{a'} \le 1,
      \qquad d_{a's} = u_i(a', s) - u_i(t, s),

  whose optimum is 0 iff t is a best reply to a belief that excludes nothing. Then so is every
  strategy that uses no other actions than t: whether a strategy is weakly dominated depends only on
  the actions it uses.

*Iterated elimination* removes in each round what is dominated by what is left at its start: of all
players at once, or of one player after another. For strict dominance the order changes nothing in
the end; for weak dominance it may, so the order belongs to the answer. An optimal mixture uses no
action that is itself dominated.

*Rationalisable* actions are best replies to beliefs that give weight to rationalisable actions
only. For two players they are what iterated strict dominance by mixtures leaves (Bernheim 1984,
Pearce 1984). For more players that set is the *correlated rationalisable* actions (Brandenburger
and Dekel 1987): beliefs may correlate the actions of several others; if they may not, fewer actions
can be left.

*Perfection.* An equilibrium of two players is trembling-hand perfect iff neither uses a weakly
dominated strategy (van Damme 1991, theorem 3.2.2). With more players that is necessary only.

References
----------
.. [1] Bernheim, B. D. (1984), Rationalizable strategic behavior, Econometrica 52, 1007-1028.
.. [2] Brandenburger, A., Dekel, E. (1987), Rationalizability and correlated equilibria,
       Econometrica 55, 1391-1402.
.. [3] van Damme, E. (1991), Stability and Perfection of Nash Equilibria, 2nd edition, Springer.
.. [4] Pearce, D. G. (1984), Rationalizable strategic behavior and the problem of perfection,
       Econometrica 52, 1029-1050.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import ge, gt
from typing import Any, TypeVar

from negotiation.errors import BudgetError, NegotiationError, UsageError
from negotiation.formats.strategic_form import StrategicForm, strategic_form
from negotiation.formulas import nearest
from negotiation.game import Game
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.zero_sum import solve_zero_sum

__all__ = [
    "RELATIONS",
    "Belief",
    "Elimination",
    "Mixture",
    "Reduction",
    "check_reduction",
    "dominating_strategy",
    "eliminate",
    "is_undominated",
    "mixed_strategy",
    "rationalisable",
    "reduce_game",
    "weak_domination",
]

T = TypeVar("T")
Number = Fraction | int
Strategy = tuple[Fraction, ...]
Mixture = tuple[tuple[int, Fraction], ...]
"""Actions of one player, ascending, with positive probabilities that sum to 1."""
Belief = tuple[tuple[tuple[int, ...], Fraction], ...]
"""Profiles of the others' actions with positive probabilities that sum to 1."""

RELATIONS = ("strict", "weak")
_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Elimination:
    """One action that one player loses, and the mixture of his actions that dominates it.

    Attributes
    ----------
    player, action : int
        By number in the strategic form.
    mixture : tuple of (int, Fraction)
        Actions left at the start of the round, with their probabilities.
    least, most : Fraction
        What the mixture gains over the action, at least and at most, against the profiles left.
    """

    player: int
    action: int
    mixture: Mixture
    least: Fraction
    most: Fraction


@dataclass(frozen=True)
class Reduction:
    """A strategic form, what iterated elimination took from it, and what is left.

    Attributes
    ----------
    form : StrategicForm
        The whole game.
    by : str
        ``strict`` or ``weak``.
    pure : bool
        Whether only pure strategies were tried as dominating ones.
    order : tuple of tuple of int
        Who loses actions in a round: these players at once, then the next ones, and so on in turn.
    rounds : tuple of tuple of Elimination
        Each judged in the game that the rounds before leave.
    kept : tuple of tuple of int
        The actions left to each player, ascending.
    beliefs : tuple of tuple of Belief
        For each of these, where asked for, a belief to which it is a best reply.
    """

    form: StrategicForm
    by: str
    pure: bool
    order: tuple[tuple[int, ...], ...]
    rounds: tuple[tuple[Elimination, ...], ...]
    kept: tuple[tuple[int, ...], ...]
    beliefs: tuple[tuple[Belief, ...], ...] = ()

    @property
    def order_matters(self) -> bool:
        """Whether another order of elimination may leave other actions."""
        return self.by == "weak"

    @property
    def meaning(self) -> str:
        """What the actions left are."""
        if self.by == "weak":
            return f"what iterated weak dominance leaves, {self.order_in_words}"
        if self.pure:
            return "what iterated strict dominance by pure strategies leaves"
        if len(self.form.players) > 2:
            return "the correlated rationalisable actions"
        return "the rationalisable actions"

    @property
    def order_in_words(self) -> str:
        """Who loses actions when."""
        if len(self.order) == 1:
            return "all players at once in each round"
        named = (" and ".join(self.form.players[k] for k in group) for group in self.order)
        return f"in turn {', '.join(named)}"

    def reduced(self) -> StrategicForm:
        """Return the game among the actions left."""
        table = _Table(self.form)
        return replace(
            self.form,
            strategies=_chosen(self.form.strategies, self.kept),
            plans=_chosen(self.form.plans, self.kept),
            payoffs=[self.form.payoffs[place] for place in table.places(self.kept)],
        )


def _chosen(
    lists: Sequence[Sequence[T]], kept: Sequence[Sequence[int]]
) -> tuple[tuple[T, ...], ...]:
    return tuple(tuple(items[k] for k in left) for items, left in zip(lists, kept, strict=True))


# Iterated elimination


def eliminate(
    form: StrategicForm,
    by: str = "strict",
    *,
    pure: bool = False,
    order: Sequence[int] | None = None,
    deadline: float | None = None,
) -> Reduction:
    """Remove dominated actions, round by round, until there are none.

    Parameters
    ----------
    form : StrategicForm
        Any number of players.
    by : str
        ``strict`` or ``weak`` dominance.
    pure : bool
        Let pure strategies only dominate; else mixtures too.
    order : sequence of int, optional
        All players, by number, who then lose actions in turn, one a round; by default all at once.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Returns
    -------
    Reduction
        In each round all that is dominated goes. Every claim has been checked by
        :func:`check_reduction`.

    Raises
    ------
    UsageError
        If `by` is no kind of dominance, or `order` does not name every player once.
    BudgetError
        If the deadline passes.
    """
    _check_relation(by)
    players = range(len(form.players))
    if order is not None and sorted(order) != list(players):
        raise UsageError(
            f"{list(order)} does not name each of {len(players)} players once",
            place="order",
            remedy="number them from 0",
        )
    groups = (tuple(players),) if order is None else tuple((player,) for player in order)
    table = _Table(form)
    kept = tuple(tuple(range(size)) for size in form.sizes)
    rounds = []
    idle = 0
    for group in itertools.cycle(groups):
        search = _Search(table, kept, by, pure, deadline)
        found = [claim for player in group for claim in search.eliminations(player)]
        if found:
            rounds.append(tuple(found))
            gone = {(claim.player, claim.action) for claim in found}
            kept = tuple(
                tuple(action for action in kept[player] if (player, action) not in gone)
                for player in players
            )
        idle = 0 if found else idle + 1
        if idle == len(groups):
            break
    reduction = Reduction(form, by, pure, groups, tuple(rounds), kept)
    check_reduction(reduction, deadline=deadline)
    return reduction


def rationalisable(form: StrategicForm, *, deadline: float | None = None) -> Reduction:
    """Return the rationalisable actions, each with a belief to which it is a best reply.

    With three players or more they are the correlated rationalisable ones. Parameters and errors
    are those of :func:`eliminate`.
    """
    reduction = eliminate(form, deadline=deadline)
    search = _Search(_Table(form), reduction.kept, "strict", False, deadline)
    beliefs = tuple(tuple(search.beliefs(player)) for player in range(len(form.players)))
    justified = replace(reduction, beliefs=beliefs)
    check_reduction(justified, deadline=deadline)
    return justified


def reduce_game(
    game: Game,
    by: str = "strict",
    *,
    pure: bool = False,
    justify: bool = False,
    budget: float | None = None,
) -> Reduction:
    """Remove dominated strategies of a game, in its reduced strategic form, all players at once.

    Parameters
    ----------
    game : Game
    by : str
        ``strict`` or ``weak`` dominance.
    pure : bool
        Let pure strategies only dominate; else mixtures too.
    justify : bool
        Give for each strategy left a belief that justifies it: what is left is then the
        rationalisable strategies.
    budget : float, optional
        Seconds.

    Raises
    ------
    UsageError
        If `by` is no kind of dominance, or `justify` stands with weak dominance or `pure`.
    MethodError
        If the strategic form is too large.
    BudgetError
        If the budget is spent.
    """
    deadline = None if budget is None else time.monotonic() + budget
    _check_relation(by)
    if justify and (pure or by != "strict"):
        raise UsageError(
            "rationalisable strategies are what strict dominance by mixed strategies leaves",
            place="--rationalisable",
            remedy=f"leave out {'--pure' if pure else f'--by {by}'}",
        )
    form = strategic_form(game)
    if justify:
        return rationalisable(form, deadline=deadline)
    return eliminate(form, by, pure=pure, deadline=deadline)


def _check_relation(by: str) -> None:
    if by not in RELATIONS:
        raise UsageError(
            f"no kind of dominance is called {by[:60]!r}",
            place="by",
            remedy=nearest(by, RELATIONS) or f"one of {', '.join(RELATIONS)}",
        )


class _Table:
    """The payoffs of a strategic form as integers: scaling changes no dominance."""

    def __init__(self, form: StrategicForm) -> None:
        self.form = form
        self.strides = [math.prod(form.sizes[k + 1 :]) for k in range(len(form.sizes))]
        self.scales = [
            math.lcm(*[payoffs[k].denominator for payoffs in form.payoffs])
            for k in range(len(form.players))
        ]

    def places(self, actions: Sequence[Sequence[int]]) -> list[int]:
        """Return where the profiles of these actions stand, the last player's changing fastest."""
        places = [0]
        for stride, own in zip(self.strides, actions, strict=True):
            places = [place + stride * action for place in places for action in own]
        return places

    def row(self, player: int, action: int, kept: Sequence[Sequence[int]]) -> list[int]:
        """Return a player's payoffs of one action against the profiles of the others."""
        scale, payoffs = self.scales[player], self.form.payoffs
        places = self.places([*kept[:player], (action,), *kept[player + 1 :]])
        own = [payoffs[place][player] for place in places]
        return [payoff.numerator * (scale // payoff.denominator) for payoff in own]


class _Search:
    """What is dominated in the game that is left at the start of a round."""

    def __init__(
        self,
        table: _Table,
        kept: Sequence[Sequence[int]],
        by: str,
        pure: bool,
        deadline: float | None,
    ) -> None:
        self.table = table
        self.kept = kept
        self.by = by
        self.pure = pure
        self.deadline = deadline

    def eliminations(self, player: int) -> Iterator[Elimination]:
        """Yield the dominated actions of a player."""
        _within(self.deadline)
        if len(self.kept[player]) < 2:
            return
        rows = {action: self.table.row(player, action, self.kept) for action in self.kept[player]}
        certain = _best_replies(rows, alone=self.by == "weak")
        distinct = _distinct_columns(rows)
        for action in rows:
            _within(self.deadline)
            if action in certain:
                continue
            mixture = self._dominating(action, distinct)
            if mixture is not None:
                gains = _gains(mixture, action, distinct)
                scale = self.table.scales[player]
                yield Elimination(player, action, mixture, min(gains) / scale, max(gains) / scale)

    def _dominating(self, action: int, rows: Mapping[int, Sequence[int]]) -> Mixture | None:
        """Return a mixture that dominates an action, a pure one if there is one."""
        own = rows[action]
        others = {k: row for k, row in rows.items() if k != action}
        better = gt if self.by == "strict" else ge
        dominating = [k for k, row in others.items() if all(map(better, row, own)) and row != own]
        if dominating:  # The one with the largest sum is itself dominated by no pure strategy.
            best = max(dominating, key=lambda k: (sum(rows[k]), -k))
            return ((best, _ONE),)
        if self.pure:
            return None
        if self.by == "strict":
            return _strict_mixture(others, own, self.deadline)
        return _mixture(others, weak_domination(list(others.values()), own, self.deadline))

    def beliefs(self, player: int) -> Iterator[Belief]:
        """Yield for each action left, none of which is strictly dominated, a belief.

        A profile to which the action is a best reply is one; else the opponent's optimal strategy
        in the zero-sum game of the text above.
        """
        kept = self.kept
        others = list(itertools.product(*kept[:player], *kept[player + 1 :]))
        rows = {action: self.table.row(player, action, kept) for action in kept[player]}
        columns = list(zip(*rows.values(), strict=True))
        first = dict(zip(reversed(columns), reversed(others), strict=True))
        highest = [max(column) for column in columns]
        for action, row in rows.items():
            _within(self.deadline)
            best = next((s for s, x, y in zip(others, row, highest, strict=True) if x == y), None)
            if best is not None:
                yield ((best, _ONE),)
                continue
            own = list(rows).index(action)
            game = [
                [column[k] - column[own] for column in first] for k in range(len(rows)) if k != own
            ]
            weights = solve_zero_sum(game, deadline=self.deadline).columns
            pairs = zip(first.values(), weights, strict=True)
            yield tuple(sorted((profile, weight) for profile, weight in pairs if weight))


def _best_replies(rows: Mapping[int, Sequence[int]], *, alone: bool) -> set[int]:
    """Return the actions that are best replies to some profile, or the only one to some.

    Those cannot be strictly, or weakly, dominated.
    """
    found = set()
    for column in zip(*rows.values(), strict=True):
        highest = max(column)
        if not alone or column.count(highest) == 1:
            found |= {action for action, x in zip(rows, column, strict=True) if x == highest}
    return found


def _distinct_columns(rows: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """Return the rows without repeated columns."""
    columns = dict.fromkeys(zip(*rows.values(), strict=True))
    return dict(zip(rows, zip(*columns, strict=True), strict=True))


def _gains(mixture: Mixture, action: int, rows: Mapping[int, Sequence[int]]) -> list[Fraction]:
    weighted = [(weight, rows[k]) for k, weight in mixture]
    return [
        sum((weight * row[s] for weight, row in weighted), _ZERO) - x
        for s, x in enumerate(rows[action])
    ]


def _strict_mixture(
    others: Mapping[int, Sequence[int]], own: Sequence[int], deadline: float | None
) -> Mixture | None:
    """Return a mixture of the others that is better than `own` throughout, if there is one."""
    game = [[x - y for x, y in zip(row, own, strict=True)] for row in others.values()]
    found = solve_zero_sum(game, deadline=deadline)
    return _mixture(others, found.rows) if found.value > 0 else None


def _mixture(actions: Iterable[int], weights: Strategy | None) -> Mixture | None:
    if weights is None:
        return None
    return tuple((k, weight) for k, weight in zip(actions, weights, strict=True) if weight)


def _within(deadline: float | None) -> None:
    """Raise if the deadline has passed."""
    if deadline is not None and time.monotonic() > deadline:
        raise BudgetError(
            "the time was spent before all dominated actions were found",
            place="dominance",
            remedy="give a larger --budget, let pure strategies only dominate, or fix a move",
        )


# Single strategies


def weak_domination(
    rows: Sequence[Sequence[Number]], own: Sequence[Number], deadline: float | None = None
) -> Strategy | None:
    """Return a mixture of rows that weakly dominates a strategy, or None if there is none.

    Parameters
    ----------
    rows : sequence of sequence of Fraction or int
        Payoffs of each action against the profiles of the others.
    own : sequence of Fraction or int
        Payoffs of the strategy that is judged, pure or mixed, against the same profiles.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    BudgetError
        If the deadline passes.
    """
    if not rows:
        return None
    columns = dict.fromkeys(zip(own, *rows, strict=True))
    losses = [[x - y for y in column] for x, *column in columns]
    totals = [-sum(column) for column in zip(*losses, strict=True)]
    program = LinearProgram(totals, [*losses, [1] * len(rows)], [0] * len(losses) + [1])
    answer = solve_linear_program(program, deadline=deadline)
    if not isinstance(answer, Optimum):  # 0 is feasible, and the weights are bounded.
        raise NegotiationError(
            "the linear program of weak dominance has no optimum",
            place="dominance",
            remedy="this is a fault of the solver; please report the game",
        )
    if not answer.value:
        return None
    total = sum(answer.point)
    return tuple([weight / total for weight in answer.point])


def dominating_strategy(
    form: StrategicForm,
    player: int,
    strategy: Sequence[Number],
    *,
    deadline: float | None = None,
) -> Strategy | None:
    """Return a mixed strategy that weakly dominates a given one, or None if none does.

    Parameters
    ----------
    form : StrategicForm
    player : int
        By number in the form.
    strategy : sequence of Fraction or int
        Probabilities of the player's actions.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    UsageError
        If there is no such player, or the numbers are no exact probabilities of his actions.
    BudgetError
        If the deadline passes.
    """
    if not 0 <= player < len(form.players):
        raise UsageError(
            f"there is no player number {player}", place="player", remedy="count from 0"
        )
    if not _is_strategy(strategy, form.sizes[player]):
        raise UsageError(
            f"no strategy: {form.sizes[player]} exact probabilities that sum to one are needed",
            place=form.players[player],
            remedy="give an int or a Fraction for each action",
        )
    table = _Table(form)
    everything = [range(size) for size in form.sizes]
    rows = [table.row(player, action, everything) for action in everything[player]]
    used = [(p, row) for p, row in zip(strategy, rows, strict=True) if p]
    own = [sum((p * row[s] for p, row in used), _ZERO) for s in range(len(rows[0]))]
    return weak_domination(rows, own, deadline)


def _is_strategy(numbers: Sequence[Any], size: int) -> bool:
    exact = len(numbers) == size and all(isinstance(p, int | Fraction) for p in numbers)
    return exact and min(numbers) >= 0 and sum(numbers) == 1


def is_undominated(
    form: StrategicForm,
    player: int,
    strategy: Sequence[Number],
    *,
    deadline: float | None = None,
) -> bool:
    """Return whether no mixed strategy weakly dominates a given one, pure or mixed.

    An equilibrium of two players is trembling-hand perfect iff this holds for both (van Damme 1991,
    theorem 3.2.2); with more players it is necessary only. Parameters and errors are those of
    :func:`dominating_strategy`.
    """
    return dominating_strategy(form, player, strategy, deadline=deadline) is None


def mixed_strategy(
    form: StrategicForm, player: int, profile: Mapping[int, Sequence[Fraction]]
) -> Strategy:
    """Return the mixed strategy that plays as a behaviour strategy does (Kuhn 1953).

    Parameters
    ----------
    form : StrategicForm
    player : int
    profile : mapping
        Information set, by number in the game, to the probabilities of its actions.
    """
    positions = form.positions[player]
    return tuple(
        math.prod(
            (
                profile[position][action]
                for position, action in zip(positions, plan, strict=True)
                if action >= 0
            ),
            start=_ONE,
        )
        for plan in form.plans[player]
    )


# Checking


def check_reduction(reduction: Reduction, *, deadline: float | None = None) -> None:
    """Check every claim of a reduction against the payoffs, one by one, knowing no solver.

    Raises
    ------
    NegotiationError
        If a claim is false; the place names it.
    BudgetError
        If the deadline passes.
    """
    left = [list(range(size)) for size in reduction.form.sizes]
    for number, claims in enumerate(reduction.rounds, 1):
        for claim in claims:
            _within(deadline)
            if not _holds(reduction, left, claim):
                raise _wrong(reduction, claim.player, claim.action, f"round {number}")
        for claim in claims:
            left[claim.player].remove(claim.action)
    if tuple(map(tuple, left)) != reduction.kept:
        raise _wrong(reduction, 0, left[0][0], "what is left")
    for player, believed in enumerate(reduction.beliefs):
        for action, belief in zip(left[player], believed, strict=True):
            _within(deadline)
            if not _justifies(reduction.form, left, player, action, belief):
                raise _wrong(reduction, player, action, "belief")


def _holds(reduction: Reduction, left: Sequence[Sequence[int]], claim: Elimination) -> bool:
    """Return whether a mixture of actions left dominates an action left as much as is claimed."""
    player, weights = claim.player, dict(claim.mixture)
    own = left[player]
    others = itertools.product(*left[:player], *left[player + 1 :])
    sound = claim.action in own and _is_lottery(claim.mixture) and set(weights) <= set(own)
    if not sound or (reduction.pure and len(weights) > 1):
        return False
    payoff = _payoff_of(reduction.form, player)
    gains = [
        sum((weight * payoff(k, rest) for k, weight in claim.mixture), _ZERO)
        - payoff(claim.action, rest)
        for rest in others
    ]
    dominates = claim.least > 0 or (reduction.by == "weak" and claim.least == 0 < claim.most)
    return dominates and (min(gains), max(gains)) == (claim.least, claim.most)


def _justifies(
    form: StrategicForm, left: Sequence[Sequence[int]], player: int, action: int, belief: Belief
) -> bool:
    """Return whether an action is a best reply, among those left, to a belief about those left."""
    allowed = [*left[:player], *left[player + 1 :]]
    believed = all(k in own for rest, _ in belief for k, own in zip(rest, allowed, strict=True))
    payoff = _payoff_of(form, player)
    worth = {
        k: sum((weight * payoff(k, rest) for rest, weight in belief), _ZERO) for k in left[player]
    }
    return believed and _is_lottery(belief) and worth[action] == max(worth.values())


def _is_lottery(weighted: Sequence[tuple[object, Fraction]]) -> bool:
    distinct = len({item for item, _ in weighted}) == len(weighted)
    return distinct and sum(w for _, w in weighted) == 1 and all(w > 0 for _, w in weighted)


def _payoff_of(form: StrategicForm, player: int) -> Callable[[int, tuple[int, ...]], Fraction]:
    """Return a player's payoff as a function of his action and the profile of the others."""

    def payoff(action: int, rest: tuple[int, ...]) -> Fraction:
        place = 0
        for size, k in zip(form.sizes, (*rest[:player], action, *rest[player:]), strict=True):
            place = place * size + k
        return form.payoffs[place][player]

    return payoff


def _wrong(reduction: Reduction, player: int, action: int, place: str) -> NegotiationError:
    form = reduction.form
    return NegotiationError(
        f"the claim about {form.strategies[player][action]} of {form.players[player]} is false",
        place=place,
        remedy="this is a fault of the solver; please report the game",
    )
