r"""Selection: named rules that keep some of several equilibria, chained with commas.

Stage rules act at each stage, among the movers of that stage, from the last stage back:

``payoff-dominant``
    equilibria that give every mover at least what each other equilibrium gives him;
``risk-dominant``
    in a 2x2 stage with pure equilibria on both ends of a diagonal, not the one with the smaller
    product of losses from unilateral deviation, nor then any mixed one (Harsanyi and Selten 1988,
    ch. 3); equal products and other stages of 2x2 decide nothing. In a larger stage of two movers,
    if two pure equilibria are left and both are strict, the same in the 2x2 stage of the strategies
    that these two use (pairwise risk dominance, Kandori and Rob 1998); being strict, they differ in
    both movers' strategies. Elsewhere it is refused;
``undominated``
    equilibria in which no mover uses a weakly dominated mixed strategy; with two movers these are
    the trembling-hand perfect ones of the stage (van Damme 1991, theorem 3.2.2), with more they
    contain them. Of a continuum each extreme point is judged by itself. No undominated equilibrium
    is a mixture in which a dominated extreme point has a part, for whether a strategy is dominated
    depends only on the actions it uses, and with more of them it stays dominated; but a mixture of
    undominated extreme points may be dominated;
``coalition-proof``
    Bernheim, Peleg and Whinston (1987): no coalition of movers has a deviation that makes each of
    its members strictly better off and is itself proof against deviations of its subcoalitions.

Refinements judge whole outcomes by what may stand behind them, and name the reason of each fall
(:mod:`negotiation.solvers.refinements`): ``intuitive`` and ``d1`` (Cho and Kreps 1987), ``perfect``
(Selten 1975), ``forward-induction`` by iterated weak dominance.

Outcome rules rank whole outcomes at the end: ``preferred:P`` and ``worst:P`` keep those that are
best or worst for player P, ``pareto`` those that no other outcome dominates, ``unique`` an outcome
only where it is the only one. ``all`` keeps everything. Stage rules act first, in the order
written, then refinements, then outcome rules. What remains tied is kept; nothing may remain, and
then nothing is returned. A stage of one mover has nothing to select: all its equilibria give him
the same.

*Coalition-proofness, level by level.* Call a profile *proof* for a coalition if it is
coalition-proof in the game among its members, all others' strategies fixed, and *enforcing* if it
is proof for every proper subcoalition. The definition reads: enforcing, and no enforcing profile
that differs in the members' strategies only is strictly better for each of them. To be enforcing it
is enough to be proof for the subcoalitions of one member less, so with :math:`P_\varnothing` all
profiles the sets :math:`P_S` follow one size after the other from

.. math:: E_S = \bigcap_{k \in S} P_{S \setminus k}, \qquad
    P_S = \{p \in E_S : \text{no } q \in E_S \text{ with } q_{-S} = p_{-S},\ u_S(q) \gg u_S(p)\}.

*Mixed equilibria.* An enforcing profile survives the iterated removal of strictly dominated
strategies. Where that leaves at most two movers a choice, all equilibria are known, and one is
coalition-proof iff no other is strictly better for the movers that have a choice. Of a continuum
the extreme points decide: on a maximal Nash subset the payoffs of the two movers form a product of
intervals, whose best corner is an extreme point. Where three or more have a choice only pure
equilibria are known, and they are tested against pure deviations.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from operator import gt
from typing import TYPE_CHECKING, TypeVar

from negotiation.errors import MethodError, UsageError
from negotiation.formulas import nearest
from negotiation.game import Payoffs

if TYPE_CHECKING:
    from negotiation.game import Game
    from negotiation.solution import Equilibrium

__all__ = [
    "Rule",
    "Stage",
    "StageEquilibrium",
    "coalition_proof_profiles",
    "parse_selection",
    "select_at_stage",
    "select_equilibria",
    "select_outcomes",
]

T = TypeVar("T")
Cell = tuple[int, ...]
"""A profile of pure strategies, by index, one a mover."""
STAGE_RULES = ("payoff-dominant", "risk-dominant", "coalition-proof", "undominated")
REFINEMENTS = ("intuitive", "d1", "perfect", "forward-induction")
OUTCOME_RULES = ("preferred", "worst", "pareto", "unique", "all")


@dataclass(frozen=True)
class Rule:
    """One rule of a chain; `player` is the P of ``preferred:P``."""

    name: str
    player: str | None = None

    @property
    def at_stage(self) -> bool:
        """Whether the rule acts at each stage."""
        return self.name in STAGE_RULES

    @property
    def refines(self) -> bool:
        """Whether the rule asks for more than the concept does; see ``solvers.refinements``."""
        return self.name in REFINEMENTS


@dataclass(frozen=True)
class Stage:
    """A simultaneous game among the movers of a stage, continuation values filled in.

    Attributes
    ----------
    movers : tuple of int
        Players who move.
    sizes : tuple of int
        Number of pure strategies of each mover.
    payoffs : mapping
        Profile of strategy indices to the payoffs of *all* players.
    check_time : callable
        Called in long searches; raises when the budget is spent.
    """

    movers: tuple[int, ...]
    sizes: tuple[int, ...]
    payoffs: Mapping[Cell, Payoffs]
    check_time: Callable[[], None] = field(default=lambda: None, compare=False, repr=False)

    def gain(self, profile: Cell, position: int) -> Fraction:
        """Return the payoff at a pure profile of the mover at `position`."""
        return self.payoffs[profile][self.movers[position]]

    @cached_property
    def undominated(self) -> tuple[tuple[int, ...], ...]:
        """The strategies of each mover that survive iterated strict dominance by pure ones."""
        kept = tuple(tuple(range(size)) for size in self.sizes)
        while True:
            reduced = kept
            for position in range(len(kept)):
                self.check_time()
                survivors = self._undominated_of(position, reduced)
                reduced = (*reduced[:position], survivors, *reduced[position + 1 :])
            if reduced == kept:
                return kept
            kept = reduced

    def _undominated_of(self, position: int, kept: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """Return the strategies of a mover that no other is strictly better than throughout."""
        mover = self.movers[position]
        rows = [[cell[mover] for cell in line] for line in self._lines(position, kept)]
        return tuple(
            own
            for own, row in zip(kept[position], rows, strict=True)
            if not any(all(map(gt, other, row)) for other in rows)
        )

    def rows(self, position: int) -> list[list[Fraction]]:
        """Return a mover's payoffs, one row for each of his strategies.

        A row lists them by the profile of the others, in lexicographic order.
        """
        mover = self.movers[position]
        everything = [range(size) for size in self.sizes]
        return [[cell[mover] for cell in line] for line in self._lines(position, everything)]

    def _lines(self, position: int, kept: Sequence[Sequence[int]]) -> Iterator[list[Payoffs]]:
        """Yield for each strategy of a mover the payoffs against all profiles of the others."""
        others = [
            (before, after)
            for before in itertools.product(*kept[:position])
            for after in itertools.product(*kept[position + 1 :])
        ]
        for own in kept[position]:
            yield [self.payoffs[(*before, own, *after)] for before, after in others]

    @cached_property
    def choosing(self) -> tuple[int, ...]:
        """Positions of the movers whose undominated strategies differ in anybody's payoffs."""
        kept = self.undominated
        return tuple(
            position
            for position in range(len(kept))
            if len({tuple(line) for line in self._lines(position, kept)}) > 1
        )


@dataclass(frozen=True)
class StageEquilibrium:
    """One mixed strategy a mover, and the payoffs of all players."""

    strategies: tuple[tuple[Fraction, ...], ...]
    payoffs: Payoffs

    @cached_property
    def pure(self) -> Cell | None:
        """The profile of strategy indices, or None if somebody mixes."""
        if all(1 in strategy for strategy in self.strategies):
            return tuple(strategy.index(Fraction(1)) for strategy in self.strategies)
        return None

    @classmethod
    def of_profile(
        cls, profile: Cell, strategies: tuple[tuple[Fraction, ...], ...], payoffs: Payoffs
    ) -> StageEquilibrium:
        """Return a pure equilibrium whose profile need not be looked for in long strategies."""
        equilibrium = cls(strategies, payoffs)
        equilibrium.__dict__["pure"] = profile
        return equilibrium


def parse_selection(text: str, players: Sequence[str]) -> tuple[Rule, ...]:
    """Read a chain of rules such as ``coalition-proof,preferred:China``.

    Raises
    ------
    UsageError
        For an unknown rule or player.
    """
    rules = []
    for part in text.split(","):
        name, _, player = (piece.strip() for piece in part.partition(":"))
        known = (*STAGE_RULES, *REFINEMENTS, *OUTCOME_RULES)
        if name not in known:
            shown = [f"{rule}:P" if rule in ("preferred", "worst") else rule for rule in known]
            raise UsageError(
                f"no selection rule is called {name[:60]!r}",
                place="select",
                remedy=nearest(name, known) or "known: " + ", ".join(shown),
            )
        if (name in ("preferred", "worst")) != bool(player):
            remedy = f"write {name}:{players[0] if players else 'China'}"
            if player:
                remedy = f"write {name}"
            raise UsageError(
                f"{name} {'takes no player' if player else 'needs a player'}",
                place="select",
                remedy=remedy,
            )
        if player and player not in players:
            raise UsageError(
                f"no player is called {player!r}", place="select", remedy=nearest(player, players)
            )
        rules.append(Rule(name, player or None))
    return tuple(rules)


# -- at a stage -----------------------------------------------------------------------------------


def select_at_stage(
    rules: Sequence[Rule], stage: Stage, equilibria: list[StageEquilibrium]
) -> list[StageEquilibrium]:
    """Apply the stage rules of a chain to the equilibria of one stage.

    Parameters
    ----------
    equilibria : list of StageEquilibrium
        All that the stage has; whether one is coalition-proof depends on all of them.

    Raises
    ------
    MethodError
        If ``risk-dominant`` meets several equilibria in a stage for which it is not defined.
    """
    kept = equilibria
    for rule in rules:
        if len(stage.movers) < 2:
            break
        if rule.name == "payoff-dominant":
            kept = _payoff_dominant(stage, kept)
        elif rule.name == "risk-dominant":
            kept = _risk_dominant(stage, kept)
        elif rule.name == "coalition-proof":
            kept = _coalition_proof(stage, kept, equilibria)
        elif rule.name == "undominated":
            kept = _undominated(stage, kept)
    return kept


def _payoff_dominant(stage: Stage, equilibria: list[StageEquilibrium]) -> list[StageEquilibrium]:
    best = {mover: max((e.payoffs[mover] for e in equilibria), default=0) for mover in stage.movers}
    return [e for e in equilibria if all(e.payoffs[m] == most for m, most in best.items())]


def _risk_dominant(stage: Stage, equilibria: list[StageEquilibrium]) -> list[StageEquilibrium]:
    if len(equilibria) < 2:
        return equilibria
    pure = [e.pure for e in equilibria if e.pure is not None]
    pairs: list[tuple[Cell, Cell]]
    if stage.sizes == (2, 2):
        opposite = {p: (1 - p[0], 1 - p[1]) for p in pure}
        pairs = [(p, other) for p, other in opposite.items() if other in opposite]
    elif len(stage.sizes) == 2 and len(pure) == 2 and all(_is_strict(stage, p) for p in pure):
        pairs = [(pure[0], pure[1]), (pure[1], pure[0])]
    else:
        raise _no_risk_dominance(stage, equilibria, pure)
    beaten = {
        profile
        for profile, other in pairs
        if _loss_product(stage, profile, other) < _loss_product(stage, other, profile)
    }
    if not beaten:
        return equilibria
    return [e for e in equilibria if e.pure is not None and e.pure not in beaten]


def _is_strict(stage: Stage, profile: Cell) -> bool:
    """Return whether each mover would lose by every other strategy."""
    return all(
        stage.gain(profile, position) > stage.gain(_with(profile, position, other), position)
        for position, size in enumerate(stage.sizes)
        for other in range(size)
        if other != profile[position]
    )


def _with(profile: Cell, position: int, strategy: int) -> Cell:
    return (*profile[:position], strategy, *profile[position + 1 :])


def _loss_product(stage: Stage, profile: Cell, other: Cell) -> Fraction:
    """Return the product of what each mover loses who alone goes over to another profile."""
    product = Fraction(1)
    for position in range(2):
        alone = _with(profile, position, other[position])
        product *= stage.gain(profile, position) - stage.gain(alone, position)
    return product


def _no_risk_dominance(
    stage: Stage, equilibria: Sequence[StageEquilibrium], pure: Sequence[Cell]
) -> MethodError:
    size = "x".join(map(str, stage.sizes))
    strict = sum(_is_strict(stage, profile) for profile in pure)
    return MethodError(
        f"risk-dominant is defined for 2x2 stages, and for larger ones of two movers with two pure "
        f"equilibria, both strict; this one is {size} with {len(equilibria)} equilibria, "
        f"{len(pure)} of them pure and {strict} strict",
        place="select",
        remedy="use payoff-dominant or coalition-proof, or select undominated first",
    )


def _undominated(stage: Stage, equilibria: list[StageEquilibrium]) -> list[StageEquilibrium]:
    """Keep the equilibria in which nobody uses a weakly dominated strategy.

    What has been found for one set of actions holds for every strategy that uses just these.
    """
    from negotiation.solvers.dominance import weak_domination

    rows = [stage.rows(position) for position in range(len(stage.sizes))]
    known: dict[tuple[int, Cell], bool] = {}

    def undominated(position: int, strategy: Sequence[Fraction]) -> bool:
        used = tuple(k for k, p in enumerate(strategy) if p)
        if (position, used) not in known:
            stage.check_time()
            own = [
                sum((strategy[k] * rows[position][k][s] for k in used), Fraction(0))
                for s in range(len(rows[position][0]))
            ]
            known[position, used] = weak_domination(rows[position], own) is None
        return known[position, used]

    return [e for e in equilibria if all(itertools.starmap(undominated, enumerate(e.strategies)))]


def _coalition_proof(
    stage: Stage, kept: list[StageEquilibrium], equilibria: list[StageEquilibrium]
) -> list[StageEquilibrium]:
    """Keep what is coalition-proof; `equilibria` are all those of the stage."""
    if all(e.pure is not None for e in equilibria):
        proof = coalition_proof_profiles(stage)
        return [e for e in kept if e.pure in proof]
    choosing = [stage.movers[position] for position in stage.choosing]
    if not choosing:
        return kept
    return [
        e
        for e in kept
        if not any(all(x.payoffs[m] > e.payoffs[m] for m in choosing) for x in equilibria)
    ]


def coalition_proof_profiles(stage: Stage) -> set[Cell]:
    """Return the profiles that are coalition-proof in pure strategies, one coalition size a time.

    Source: Bernheim, Peleg and Whinston (1987), J. Econ. Theory 42, 1-12; see the module's text.
    """
    proof: dict[tuple[int, ...], set[Cell]] = {(): set(stage.payoffs)}
    ranks = _payoff_ranks(stage)
    movers = range(len(stage.movers))
    for size in range(1, len(movers) + 1):
        larger = {}
        for coalition in itertools.combinations(movers, size):
            stage.check_time()
            smaller = itertools.combinations(coalition, size - 1)
            enforcing = set.intersection(*(proof[fewer] for fewer in smaller))
            larger[coalition] = _unimproved(stage, ranks, coalition, enforcing)
        proof = larger
    return proof[tuple(movers)]


def _payoff_ranks(stage: Stage) -> dict[Cell, tuple[int, ...]]:
    """Return the rank of each mover's payoff at each profile: only the order counts here."""
    rank_of = []
    for mover in stage.movers:
        values = sorted({payoffs[mover] for payoffs in stage.payoffs.values()})
        rank_of.append({value: rank for rank, value in enumerate(values)})
    return {
        profile: tuple(
            ranks[payoffs[mover]] for mover, ranks in zip(stage.movers, rank_of, strict=True)
        )
        for profile, payoffs in stage.payoffs.items()
    }


def _unimproved(
    stage: Stage,
    ranks: Mapping[Cell, tuple[int, ...]],
    coalition: tuple[int, ...],
    profiles: set[Cell],
) -> set[Cell]:
    """Return the profiles to which the coalition has no other, strictly better for each member.

    Many profiles of a tree end alike, so payoffs are compared once each, not once a profile.
    """
    others = [k for k in range(len(stage.movers)) if k not in coalition]
    at: dict[Cell, dict[tuple[int, ...], list[Cell]]] = {}
    for profile in profiles:
        fixed = tuple(profile[k] for k in others)
        own = tuple(ranks[profile][k] for k in coalition)
        at.setdefault(fixed, {}).setdefault(own, []).append(profile)
    kept: set[Cell] = set()
    for rivals in at.values():
        stage.check_time()
        for own, same in rivals.items():
            if not any(all(map(gt, other, own)) for other in rivals):
                kept.update(same)
    return kept


# -- equilibria of a solution --------------------------------------------------------------------


def select_equilibria(
    game: Game, equilibria: Sequence[Equilibrium], select: str
) -> tuple[Equilibrium, ...]:
    """Apply a chain of rules to equilibria of a game that were found already.

    The stage rules take the whole game as one stage: its reduced strategic form. So ``undominated``
    keeps the equilibria in which no player uses a weakly dominated strategy of the whole game. To
    have them act at every stage of a tree, give ``select`` to ``solve``.

    Parameters
    ----------
    game : Game
    equilibria : sequence of Equilibrium
        Those of a Solution of this game; ``coalition-proof`` compares each with all of them.
    select : str
        Chain of rules, such as ``undominated,risk-dominant``.

    Raises
    ------
    UsageError
        For an unknown rule or player.
    MethodError
        If the strategic form is too large, or a rule is not defined for the game or cannot be
        decided there.
    """
    rules = parse_selection(select, game.players)
    kept = list(equilibria)
    if any(rule.at_stage for rule in rules):
        stage, played = _whole_game(game, kept)
        chosen = {id(e) for e in select_at_stage(rules, stage, played)}
        kept = [e for e, entry in zip(kept, played, strict=True) if id(entry) in chosen]
    if refining := [rule.name for rule in rules if rule.refines]:
        kept = _refined(game, kept, refining)
    return tuple(
        select_outcomes(rules, kept, lambda e: [e.payoffs[p] for p in game.players], game.players)
    )


def _refined(
    game: Game, equilibria: Sequence[Equilibrium], names: Sequence[str]
) -> list[Equilibrium]:
    """Return the equilibria whose outcomes survive refinements."""
    from negotiation.solvers.assessment_outcomes import path_outcome
    from negotiation.solvers.refinements import Candidate, refine

    candidates = []
    for number, equilibrium in enumerate(equilibria):
        profile = {position: tuple(shares) for position, shares in equilibrium.profile.items()}
        value = tuple(equilibrium.payoffs[player] for player in game.players)
        candidates.append(Candidate(number, value, path_outcome(game, profile), profile))
    verdict = refine(game, "nash", names, candidates)
    if verdict.gaps:
        raise MethodError(
            verdict.gaps[0], place="select", remedy="give select to solve, which says what it lacks"
        )
    return [equilibria[candidate.number] for candidate in verdict.kept]


def _whole_game(
    game: Game, equilibria: Sequence[Equilibrium]
) -> tuple[Stage, list[StageEquilibrium]]:
    """Return a game as one stage, and its equilibria as mixed strategies of it."""
    from negotiation.formats.strategic_form import strategic_form
    from negotiation.solvers.dominance import mixed_strategy

    form = strategic_form(game)
    movers = tuple(range(len(form.players)))
    cells = itertools.product(*map(range, form.sizes))
    stage = Stage(movers, form.sizes, dict(zip(cells, form.payoffs, strict=True)))
    return stage, [
        StageEquilibrium(
            tuple(mixed_strategy(form, mover, e.profile) for mover in movers),
            tuple(e.payoffs[player] for player in form.players),
        )
        for e in equilibria
    ]


# -- whole outcomes -------------------------------------------------------------------------------


def select_outcomes(
    rules: Sequence[Rule],
    outcomes: list[T],
    payoffs: Callable[[T], Sequence[Fraction]],
    players: Sequence[str],
) -> list[T]:
    """Apply the outcome rules of a chain."""
    for rule in rules:
        if rule.name in ("preferred", "worst") and outcomes:
            player = players.index(rule.player or "")
            best = (max if rule.name == "preferred" else min)(payoffs(o)[player] for o in outcomes)
            outcomes = [o for o in outcomes if payoffs(o)[player] == best]
        elif rule.name == "pareto":
            outcomes = [
                o for o in outcomes if not any(_dominates(payoffs(x), payoffs(o)) for x in outcomes)
            ]
        elif rule.name == "unique":
            outcomes = outcomes if len(outcomes) == 1 else []
    return outcomes


def _dominates(better: Sequence[Fraction], worse: Sequence[Fraction]) -> bool:
    return all(b >= w for b, w in zip(better, worse, strict=True)) and tuple(better) != tuple(worse)
