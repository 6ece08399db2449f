r"""Refinements: which equilibrium outcomes survive a closer look, and why the others fall.

A refinement judges an outcome by all that could stand behind it, not by the profile that represents
it.

``intuitive`` (Cho and Kreps 1987 [1]_; sender-receiver games). Let :math:`u^*_t` be what type t
gets. After a message that nobody sends, leave out the types that get less than :math:`u^*_t` from
every response that is best against some belief. The outcome falls if some type gets more than
:math:`u^*_t` from every response that is best against some belief on the types that are left.

``d1`` (Cho and Kreps 1987 [1]_; sender-receiver games). For type t let :math:`D_t` and
:math:`D^0_t` be the responses, best against some belief, after which he gains, or is indifferent.
Type t is left out if there is another, with some response after which he gains, such that
:math:`D_t \cup D^0_t \subseteq D_{t'}`. The outcome falls if no belief on the types that are left
supports it. The responses form a union of faces of a simplex, and the inclusion is tested face by
face by a linear program.

``perfect`` (trembling-hand perfection of the agents, Selten 1975 [2]_; small trees). An outcome
falls if it is no outcome of a sequential equilibrium, which perfect ones are (Kreps and Wilson
1982), or if a strategy played on the path is weakly dominated for the agent of its set. It stands
if trembles are found under which a profile with this outcome stays a best reply throughout: each
gain from following it is a series in :math:`\varepsilon` whose first coefficient other than 0 is
positive. Where neither is found the outcome is kept, and the answer is not complete.

``forward-induction`` (iterated weak dominance, all players at once, Kohlberg and Mertens 1986 [3]_;
two players with a choice). An outcome stands if strategies that are left have it and are in
equilibrium among those left. What each player must play is linear in his mixed strategy, and so is
what the other must not gain from: one linear program for each.

References
----------
.. [1] Cho, I.-K., Kreps, D. M. (1987), Signaling games and stable equilibria, Quarterly Journal of
       Economics 102, 179-221.
.. [2] Selten, R. (1975), Reexamination of the perfectness concept for equilibrium points in
       extensive games, International Journal of Game Theory 4, 25-55.
.. [3] Kohlberg, E., Mertens, J.-F. (1986), On the strategic stability of equilibria, Econometrica
       54, 1003-1037.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from negotiation.errors import MethodError
from negotiation.formats.strategic_form import StrategicForm, strategic_form
from negotiation.game import CHANCE, Distribution, Game, Payoffs
from negotiation.solvers.beliefs import reach
from negotiation.solvers.dominance import Reduction, eliminate, mixed_strategy, weak_domination
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.sender_receiver import SenderReceiver, sender_receiver
from negotiation.solvers.signalling import Support, optimality, sender_payoffs

__all__ = ["Candidate", "Refinement", "refine"]

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, eq=False)
class Candidate:
    """An equilibrium outcome that is judged.

    Attributes
    ----------
    number : int
        Its place in the answer before any rule.
    value : tuple of Fraction
    outcome : tuple of (int, Fraction)
        Terminal nodes with probabilities.
    profile : mapping
        A profile that has it.
    """

    number: int
    value: Payoffs
    outcome: Distribution
    profile: Mapping[int, tuple[Fraction, ...]]


@dataclass
class Refinement:
    """What is kept, why the rest falls, and what could not be decided."""

    kept: list[Candidate]
    reasons: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


Judge = Callable[[Candidate], str | None]
"""Says why an outcome falls; empty text if it stands, None if that is not decided."""


def refine(
    game: Game,
    concept: str,
    names: Sequence[str],
    candidates: Sequence[Candidate],
    deadline: float | None = None,
) -> Refinement:
    """Apply refinements one after the other.

    Parameters
    ----------
    game : Game
    concept : str
        The concept whose outcomes they are.
    names : sequence of str
        ``intuitive``, ``d1``, ``perfect``, ``forward-induction``.
    candidates : sequence of Candidate
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    MethodError
        If a refinement is not defined for the game, or the game is too large for it.
    BudgetError
        If the deadline passes.
    """
    result = Refinement(list(candidates))
    for name in names:
        judge = _judge(game, concept, name, deadline)
        kept = []
        for candidate in result.kept:
            reason = judge(candidate)
            label = _named(game, candidate)
            if reason:
                result.reasons.append(f"{name}: {label} falls, {reason}")
                continue
            kept.append(candidate)
            if reason is None:
                result.gaps.append(f"{name}: could not be decided for {label}, which is kept")
        result.kept = kept
    return result


def _judge(game: Game, concept: str, name: str, deadline: float | None) -> Judge:
    if name == "forward-induction":
        return _ForwardInduction(game, deadline)
    if name == "perfect":
        return _Perfect(game, concept, deadline)
    try:
        form = sender_receiver(game)
    except MethodError as error:
        raise MethodError(
            f"{name} is defined for sender-receiver games: {error.message}",
            place="select",
            remedy="select perfect or forward-induction",
        ) from None
    return _Signals(form, divine=name == "d1")


def _named(game: Game, candidate: Candidate) -> str:
    """Return an outcome in words."""
    node, share = max(candidate.outcome, key=lambda item: (item[1], -item[0]))
    path = ", ".join(f"{move} = {action}" for move, action in game.path(node))
    payoffs = ", ".join(
        f"{player} {value}" for player, value in zip(game.players, candidate.value, strict=True)
    )
    return f"the outcome with {path}{'' if share == 1 else ' and others'} ({payoffs})"


# -- signals --------------------------------------------------------------------------------------


class _Signals:
    """The intuitive criterion and D1."""

    def __init__(self, form: SenderReceiver, *, divine: bool) -> None:
        self.form = form
        self.divine = divine
        self.known: dict[tuple[int, tuple[int, ...], tuple[int, ...]], bool] = {}

    def __call__(self, candidate: Candidate) -> str:
        form = self.form
        x = [
            candidate.profile[signal.act[0]][signal.act[1]] if signal.act else ONE
            for signal in form.signals
        ]
        y = [candidate.profile[position] if position >= 0 else (ONE,) for position in form.places]
        limits = sender_payoffs(form, x, y)
        for place, signals in enumerate(form.at):
            if not any(x[k] for k in signals):
                check = self._divine if self.divine else self._intuitive
                reason = check(place, [limits[form.signals[k].type] for k in signals])
                if reason:
                    return reason
        return ""

    def _best(self, place: int, signals: tuple[int, ...], given: tuple[int, ...]) -> bool:
        """Return whether these responses are all optimal against one belief on these signals."""
        key = place, signals, given
        if key not in self.known:
            rows = optimality(self.form, Support(place, signals, given))
            size = len(signals)
            program = LinearProgram([0] * size, rows, [0] * len(rows), [[1] * size], [1])
            self.known[key] = isinstance(solve_linear_program(program), Optimum)
        return self.known[key]

    def _intuitive(self, place: int, limits: Sequence[Fraction]) -> str:
        form = self.form
        signals = form.at[place]
        worth = {k: form.signals[k].worth for k in signals}
        limit = dict(zip(signals, limits, strict=True))
        responses = range(form.responses[place])
        possible = [a for a in responses if self._best(place, signals, (a,))]
        left = tuple(k for k in signals if limit[k] <= max(worth[k][a] for a in possible))
        if not left:
            return ""
        credible = [a for a in responses if self._best(place, left, (a,))]
        gaining = [k for k in left if limit[k] < min(worth[k][a] for a in credible)]
        if not gaining:
            return ""
        others = [k for k in signals if k not in left]
        excluded = f"{self._types(others)} cannot gain from it, and " if others else ""
        return (
            f"for after {self._message(gaining[0])} {excluded}{self._types(gaining[:1])} gains "
            f"whatever then is a best response"
        )

    def _divine(self, place: int, limits: Sequence[Fraction]) -> str:
        signals = self.form.at[place]
        limit = dict(zip(signals, limits, strict=True))
        faces = self._faces(place, signals)
        out: dict[int, int] = {}
        for k, other in itertools.permutations(signals, 2):
            if (
                k not in out
                and self._gains(faces, other, limit[other])
                and self._includes(faces, k, limit[k], other, limit[other])
            ):
                out[k] = other
        left = tuple(k for k in signals if k not in out)
        if self._supported(place, left, limit):
            return ""
        named = ", ".join(
            f"{self._types([other])} gains from more responses than {self._types([k])}"
            for k, other in out.items()
        )
        return (
            f"for after {self._message(signals[0])} {named or 'every belief is possible'}, and no "
            f"belief on {self._types(left)} holds everybody back"
        )

    def _faces(self, place: int, signals: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the largest sets of responses that are optimal against one belief."""
        size = self.form.responses[place]
        found = []
        for mask in range(1, 1 << size):
            given = tuple(a for a in range(size) if mask >> a & 1)
            if self._best(place, signals, given):
                found.append(given)
        return [a for a in found if not any(set(a) < set(b) for b in found)]

    def _gains(self, faces: Sequence[tuple[int, ...]], k: int, limit: Fraction) -> bool:
        worth = self.form.signals[k].worth
        return any(worth[a] > limit for face in faces for a in face)

    def _includes(
        self,
        faces: Sequence[tuple[int, ...]],
        k: int,
        limit: Fraction,
        other: int,
        other_limit: Fraction,
    ) -> bool:
        """Return whether the other gains from every response that k does not lose from."""
        mine, rival = self.form.signals[k].worth, self.form.signals[other].worth
        for face in faces:
            rows = [[-mine[a] for a in face], [rival[a] for a in face]]
            program = LinearProgram(
                [0] * len(face), rows, [-limit, other_limit], [[1] * len(face)], [1]
            )
            if isinstance(solve_linear_program(program), Optimum):
                return False
        return True

    def _supported(self, place: int, left: tuple[int, ...], limit: Mapping[int, Fraction]) -> bool:
        """Return whether a response, best against a belief on some signals, deters all."""
        form = self.form
        if not left:
            return True
        for face in self._faces(place, left):
            rows = [[form.signals[k].worth[a] for a in face] for k in form.at[place]]
            bounds = [limit[k] for k in form.at[place]]
            program = LinearProgram([0] * len(face), rows, bounds, [[1] * len(face)], [1])
            if isinstance(solve_linear_program(program), Optimum):
                return True
        return False

    def _message(self, k: int) -> str:
        act = self.form.signals[k].act
        if act is None:
            return "this message"
        head = self.form.game.information_sets[act[0]]
        return f"{head.move} = {head.actions[act[1]]}"

    def _types(self, signals: Sequence[int]) -> str:
        game = self.form.game
        named = []
        for k in signals:
            act = self.form.signals[k].act
            node = (
                game.information_sets[act[0]].nodes[0] if act else self.form.signals[k].nodes[0][0]
            )
            path = ", ".join(f"{move} = {action}" for move, action in game.path(node))
            named.append(f"the sender with {path}" if path else "the sender")
        return " and ".join(dict.fromkeys(named))


# -- iterated weak dominance ----------------------------------------------------------------------


class _ForwardInduction:
    """Iterated weak dominance in the reduced strategic form."""

    def __init__(self, game: Game, deadline: float | None) -> None:
        self.game = game
        self.form: StrategicForm = strategic_form(game)
        choosing = [k for k, size in enumerate(self.form.sizes) if size > 1]
        if len(choosing) > 2:
            raise MethodError(
                f"forward-induction is for two players with a choice, and {len(choosing)} have one",
                place="select",
                remedy="fix moves with --fix, or use reduce --by weak",
            )
        self.choosing = choosing
        self.reduction: Reduction = eliminate(self.form, "weak", deadline=deadline)
        self.reduced = self.reduction.reduced()
        self.drawn = _drawn(game)

    def __call__(self, candidate: Candidate) -> str:
        for player in self.choosing:
            if not self._exists(candidate, player, deterring=False):
                return self._eliminated(candidate, player)
        for player in self.choosing:
            if not self._exists(candidate, player, deterring=True):
                return (
                    f"for what iterated weak dominance leaves to {self.game.players[player]} does "
                    "not hold back the other"
                )
        return ""

    def _exists(self, candidate: Candidate, player: int, *, deterring: bool) -> bool:
        """Return whether a mixed strategy of what is left has the outcome, and deters the other."""
        plans = self.reduced.plans[player]
        positions = self.reduced.positions[player]
        equations: list[list[Fraction]] = [[ONE] * len(plans)]
        values = [ONE]
        for node, drawn in self.drawn.items():
            others, own = self._weights(candidate, player, node)
            if others and drawn:
                row = [
                    ONE
                    if _agrees(self.game, player, dict(zip(positions, plan, strict=True)), node)
                    else ZERO
                    for plan in plans
                ]
                equations.append(row)
                values.append(own)
        rows: list[list[Fraction]] = []
        bounds: list[Fraction] = []
        for rival in self.choosing if deterring else ():
            if rival != player:
                for k in range(len(self.reduced.plans[rival])):
                    rows.append(self._payoffs(player, rival, k))
                    bounds.append(candidate.value[rival])
        program = LinearProgram([0] * len(plans), rows, bounds, equations, values)
        return isinstance(solve_linear_program(program), Optimum)

    def _payoffs(self, player: int, rival: int, strategy: int) -> list[Fraction]:
        """Return what a strategy brings a rival against each strategy of a player."""
        sizes = self.reduced.sizes
        found = []
        for own in range(sizes[player]):
            place = 0
            for k, size in enumerate(sizes):
                place = place * size + (own if k == player else strategy if k == rival else 0)
            found.append(self.reduced.payoffs[place][rival])
        return found

    def _weights(self, candidate: Candidate, player: int, node: int) -> tuple[Fraction, Fraction]:
        """Return the probabilities with which the others, and the player, play for a node."""
        game = self.game
        others = own = ONE
        while (before := game.parent[node]) >= 0:
            mover = game.mover(before)
            if mover != CHANCE:
                share = candidate.profile[game.set_of[before]][game.children[before].index(node)]
                if mover == player:
                    own *= share
                else:
                    others *= share
            node = before
        return others, own

    def _eliminated(self, candidate: Candidate, player: int) -> str:
        """Say which strategy of a player goes, when, and by what."""
        used = mixed_strategy(self.form, player, candidate.profile)
        name = self.game.players[player]
        for number, claims in enumerate(self.reduction.rounds, 1):
            for claim in claims:
                if claim.player == player and used[claim.action]:
                    labels = self.form.strategies[player]
                    better = " or ".join(labels[k] for k, _ in claim.mixture)
                    return (
                        f"for in round {number} of weak dominance {labels[claim.action]} of {name} "
                        f"goes, dominated by {better}"
                    )
        return f"for weak dominance leaves {name} nothing that leads to it"


def _drawn(game: Game) -> dict[int, Fraction]:
    """Return for each terminal node the probability that chance plays for it."""
    weights = [ONE] * len(game.set_of)
    for node, successors in enumerate(game.children):
        shares = game.probabilities.get(node, (ONE,) * len(successors))
        for child, share in zip(successors, shares, strict=True):
            weights[child] = weights[node] * share
    return {node: weights[node] for node in game.payoffs}


def _agrees(game: Game, player: int, plan: Mapping[int, int], node: int) -> bool:
    """Return whether a plan of a player leads to a node, as far as it is his choice."""
    while (before := game.parent[node]) >= 0:
        if game.mover(before) == player:
            action = game.children[before].index(node)
            if plan.get(game.set_of[before], action) != action:
                return False
        node = before
    return True


# -- trembling hands ------------------------------------------------------------------------------


class _Perfect:
    """Trembling-hand perfection of the agents."""

    def __init__(self, game: Game, concept: str, deadline: float | None) -> None:
        from negotiation.solvers.sequential import AssessmentSearch
        from negotiation.solvers.trembling_hand import PerfectSearch

        self.game = game
        self.search = PerfectSearch(AssessmentSearch(game, "sequential", deadline))
        self.outcomes = None if concept == "sequential" else self._sequential(deadline)

    def _sequential(self, deadline: float | None) -> set[Distribution] | None:
        """Return the outcomes of sequential equilibria; None if they are not all known."""
        from negotiation.solvers.assessment_outcomes import all_by_signals, all_by_supports

        try:
            found = all_by_signals(self.game, deadline)
        except MethodError:
            found = all_by_supports(self.game, "sequential", deadline)
        several = found.continua or any(key is None for key, _ in found.conditions)
        if found.gaps or several:
            return None
        return {outcome for one in found.continuations.values() for outcome in one.outcomes}

    def __call__(self, candidate: Candidate) -> str | None:
        if self.outcomes is not None and candidate.outcome not in self.outcomes:
            return "for no sequential equilibrium has it"
        weights = reach(self.game, candidate.profile)
        for position, head in self.game.decisions():
            if len(head.actions) > 1 and any(weights[node] for node in head.nodes):
                rows = self.search.agent_payoffs(position)
                own = [
                    sum(
                        (
                            p * row[k]
                            for p, row in zip(candidate.profile[position], rows, strict=True)
                        ),
                        ZERO,
                    )
                    for k in range(len(rows[0]))
                ]
                if weak_domination(rows, own) is not None:
                    return f"for {head.move} there is weakly dominated"
        return "" if self.search.is_perfect(candidate.outcome) else None
