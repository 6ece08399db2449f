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
positive. It stands also if it is the only one that does not fall: every finite game with perfect
recall has a perfect equilibrium in behaviour strategies (Selten 1975), so of finitely many
outcomes of sequential equilibria, all of them known, one is perfect. Where none of this is found
the outcome is kept, and the answer is not complete.

``forward-induction`` (iterated weak dominance, all players at once, Kohlberg and Mertens 1986 [3]_;
two players with a choice). An outcome stands if strategies that are left have it and are in
equilibrium among those left. What each player must play is linear in his mixed strategy, and so is
what the other must not gain from: one linear program for each.

*Continua.* What a message off the path decides depends on the payoffs of the types alone, and these
are linear in the outcome. A point of a continuum has a message off the path iff all vertices that
have a part in it have. So ``intuitive`` and ``d1`` say the same of all points with a message off
the path if each type has one payoff on the vertices that have it off; all of the continuum stands
if all its vertices do, and nothing if one falls at a message that is off the path at all of them.
If payoffs vary, ``intuitive`` is a union of linear systems in the mixture of the vertices, one for
each set of types that are left, and linear programs say whether a point falls and whether one
stands. ``d1`` is then decided if the same types are left out everywhere. That a type never is it is
enough to see at all vertices on one face of the responses, for what it takes is convex; that it
always is, and that nothing supports an outcome, is one linear program a face in the mixture and the
response together. Of
``perfect`` a continuum falls if at each vertex a dominated strategy is played, for it stays so in
a mixture; ``forward-induction`` keeps it if no strategy is dominated. Else these two are not
decided there.

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from negotiation.certify import describe_set
from negotiation.errors import MethodError
from negotiation.formats.strategic_form import StrategicForm, strategic_form
from negotiation.game import CHANCE, Distribution, Game, Payoffs
from negotiation.solvers.beliefs import reach
from negotiation.solvers.dominance import Reduction, eliminate, mixed_strategy, weak_domination
from negotiation.solvers.kept_continua import Part
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.sender_receiver import SenderReceiver, sender_receiver
from negotiation.solvers.signalling import Support, optimality, sender_payoffs

__all__ = ["Candidate", "CandidateSet", "Refinement", "refine"]

ZERO, ONE = Fraction(0), Fraction(1)
Face = tuple[int, ...]
"""Responses at one set that are all optimal against one belief."""


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


@dataclass(frozen=True, eq=False)
class CandidateSet:
    """A continuum by its vertices; with `hull` every mixture of their outcomes is a point of it."""

    members: tuple[Candidate, ...]
    hull: bool


@dataclass
class Refinement:
    """What is kept, why the rest falls, and what could not be decided."""

    kept: list[Candidate]
    continua: list[CandidateSet]
    reasons: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


class Judge(Protocol):
    """A refinement of one game."""

    def __call__(self, candidate: Candidate, /) -> str | None:
        """Say why an outcome falls; empty text if it stands, None if that is not decided."""

    def inside(self, continuum: CandidateSet, stand: Sequence[bool], /) -> Part:
        """Return what is kept of a continuum; `stand` says which of its vertices are kept."""


def refine(
    game: Game,
    concept: str,
    names: Sequence[str],
    candidates: Sequence[Candidate],
    continua: Sequence[CandidateSet] = (),
    everything: bool = False,
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
    continua : sequence of CandidateSet
        What some of them span.
    everything : bool
        Whether the candidates are all outcomes of the concept; there are then no continua.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    MethodError
        If a refinement is not defined for the game, or the game is too large for it.
    BudgetError
        If the deadline passes.
    """
    result = Refinement(list(candidates), list(continua))
    for name in names:
        judge = _judge(game, concept, name, candidates, everything, deadline)
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
        left = {one.number for one in kept}
        whole = []
        for continuum in result.continua:
            stand = [one.number in left for one in continuum.members]
            part = judge.inside(continuum, stand)
            result.gaps += [gap for gap in [part.gap(name)] if gap]
            if part.is_kept:
                whole.append(continuum)
        result.kept, result.continua = kept, whole
    return result


def _judge(
    game: Game,
    concept: str,
    name: str,
    candidates: Sequence[Candidate],
    everything: bool,
    deadline: float | None,
) -> Judge:
    if name == "forward-induction":
        return _ForwardInduction(game, deadline)
    if name == "perfect":
        return _Perfect(game, concept, candidates, everything, deadline)
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
        limits, off_path = self._view(candidate)
        for place in off_path:
            reason = self._judged(place, self._at(place, limits))
            if reason:
                return reason
        return ""

    def _view(self, candidate: Candidate) -> tuple[list[Fraction], list[int]]:
        """Return what each type gets, times its probability, and the sets off the path."""
        form = self.form
        x = [
            candidate.profile[signal.act[0]][signal.act[1]] if signal.act else ONE
            for signal in form.signals
        ]
        y = [candidate.profile[position] if position >= 0 else (ONE,) for position in form.places]
        off_path = [place for place, own in enumerate(form.at) if not any(x[k] for k in own)]
        return sender_payoffs(form, x, y), off_path

    def _at(self, place: int, limits: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return what the types that can send to a set get, by signal."""
        return tuple(limits[self.form.signals[k].type] for k in self.form.at[place])

    def _judged(self, place: int, limits: Sequence[Fraction]) -> str:
        check = self._divine if self.divine else self._intuitive
        return check(place, limits)

    # -- continua -------------------------------------------------------------------------------

    def inside(self, continuum: CandidateSet, stand: Sequence[bool]) -> Part:
        """Return what is kept of a continuum."""
        views = [self._view(one) for one in continuum.members]
        verdicts = {}
        for place in sorted({place for _, off_path in views for place in off_path}):
            points = [self._at(place, limits) for limits, off_path in views if place in off_path]
            verdicts[place] = self._over(place, list(dict.fromkeys(points)))
        always = [place for place in verdicts if all(place in off_path for _, off_path in views)]
        if all(verdict is Part.WHOLE for verdict in verdicts.values()):
            return Part.WHOLE
        if any(verdicts[place] is Part.NOTHING for place in always):
            return Part.NOTHING
        if all(stand) and continuum.hull and Part.SOME in verdicts.values():
            return Part.SOME
        return _of_vertices(stand)

    def _over(self, place: int, points: Sequence[tuple[Fraction, ...]]) -> Part:
        """Return what stands of the mixtures of some payoffs at a message off the path."""
        if len(points) == 1:
            return Part.NOTHING if self._judged(place, points[0]) else Part.WHOLE
        return (self._divine_over if self.divine else self._intuitive_over)(place, points)

    def _intuitive_over(self, place: int, points: Sequence[tuple[Fraction, ...]]) -> Part:
        signals = self.form.at[place]
        worth = [self.form.signals[k].worth for k in signals]
        most = [max(own[a] for a in self._credible(place, signals)) for own in worth]
        falls = stands = False
        for flags in itertools.product((True, False), repeat=len(signals)):
            left = tuple(k for k, flag in enumerate(flags) if flag)
            rows = [_row(points, k, above=k not in left) for k in range(len(signals))]
            bounds = [bound if k in left else -bound for k, bound in enumerate(most)]
            credible = self._credible(place, tuple(signals[k] for k in left)) if left else []
            least = {k: min(worth[k][a] for a in credible) for k in left}
            for k in left:
                below = [*_row(points, k, above=False)[:-1], ONE]
                falls |= _mixture_exists([*rows, below], [*bounds, least[k]], len(points))
            enough = [[*_row(points, k, above=True)[:-1], ZERO] for k in left]
            limits = [*bounds, *(-least[k] for k in left)]
            stands |= _mixture_exists([*rows, *enough], limits, len(points))
        if falls:
            return Part.SOME if stands else Part.NOTHING
        return Part.WHOLE

    def _divine_over(self, place: int, points: Sequence[tuple[Fraction, ...]]) -> Part:
        """Return what stands if the same types are left out everywhere; else nothing is decided."""
        signals = self.form.at[place]
        faces = self._faces(place, signals)
        left = []
        for k in range(len(signals)):
            pairs = [
                (signals[j], [(point[k], point[j]) for point in points])
                for j in range(len(signals))
                if j != k
            ]
            if any(self._always_out(faces, signals[k], *pair) for pair in pairs):
                continue
            if not all(self._never_out(faces, signals[k], *pair) for pair in pairs):
                return Part.OPEN
            left.append(signals[k])
        able = self._faces(place, tuple(left)) if left else []
        if not left or any(all(self._deters(place, a, [p]) for p in points) for a in able):
            return Part.WHOLE
        return Part.OPEN if any(self._deters(place, a, points) for a in able) else Part.NOTHING

    def _always_out(
        self, faces: Sequence[Face], k: int, other: int, pairs: Sequence[tuple[Fraction, Fraction]]
    ) -> bool:
        """Return whether k is left out because of another, whatever mixture of payoffs they get."""
        if not all(self._gains(faces, other, limit) for _, limit in pairs):
            return False
        return not any(self._lacks(face, k, other, pairs) for face in faces)

    def _never_out(
        self, faces: Sequence[Face], k: int, other: int, pairs: Sequence[tuple[Fraction, Fraction]]
    ) -> bool:
        """Return whether it is known that k is not left out because of another."""
        if not any(self._gains(faces, other, limit) for _, limit in pairs):
            return True
        return any(all(self._lacks(face, k, other, [pair]) for pair in pairs) for face in faces)

    # -- one outcome ----------------------------------------------------------------------------

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
        possible = self._credible(place, signals)
        left = tuple(k for k in signals if limit[k] <= max(worth[k][a] for a in possible))
        if not left:
            return ""
        credible = self._credible(place, left)
        gaining = [k for k in left if limit[k] < min(worth[k][a] for a in credible)]
        if not gaining:
            return ""
        others = [k for k in signals if k not in left]
        excluded = f"{self._types(others)} cannot gain from it, and " if others else ""
        return (
            f"for after {self._message(gaining[0])} {excluded}{self._types(gaining[:1])} gains "
            f"whatever then is a best response"
        )

    def _credible(self, place: int, signals: tuple[int, ...]) -> list[int]:
        """Return the responses that are best against some belief on these signals."""
        responses = range(self.form.responses[place])
        return [a for a in responses if self._best(place, signals, (a,))]

    def _divine(self, place: int, limits: Sequence[Fraction]) -> str:
        signals = self.form.at[place]
        limit = dict(zip(signals, limits, strict=True))
        faces = self._faces(place, signals)
        out: dict[int, int] = {}
        for k, other in itertools.permutations(signals, 2):
            if (
                k not in out
                and self._gains(faces, other, limit[other])
                and not any(self._lacks(a, k, other, [(limit[k], limit[other])]) for a in faces)
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

    def _gains(self, faces: Sequence[Face], k: int, limit: Fraction) -> bool:
        worth = self.form.signals[k].worth
        return any(worth[a] > limit for face in faces for a in face)

    def _lacks(
        self, face: Face, k: int, other: int, pairs: Sequence[tuple[Fraction, Fraction]]
    ) -> bool:
        """Return whether k does not lose from some response of a face, and the other not gain.

        What they have is some mixture of the pairs.
        """
        mine, rival = self.form.signals[k].worth, self.form.signals[other].worth
        rows = [
            [*(-mine[a] for a in face), *(limit for limit, _ in pairs)],
            [*(rival[a] for a in face), *(-limit for _, limit in pairs)],
        ]
        return _shares_exist(rows, len(face), len(pairs))

    def _supported(self, place: int, left: tuple[int, ...], limit: Mapping[int, Fraction]) -> bool:
        """Return whether a response, best against a belief on some signals, deters all."""
        limits = tuple(limit[k] for k in self.form.at[place])
        faces = self._faces(place, left) if left else []
        return not left or any(self._deters(place, face, [limits]) for face in faces)

    def _deters(self, place: int, face: Face, points: Sequence[tuple[Fraction, ...]]) -> bool:
        """Return whether after some response of a face nobody gets more than in some mixture."""
        rows = [
            [*(self.form.signals[k].worth[a] for a in face), *(-point[j] for point in points)]
            for j, k in enumerate(self.form.at[place])
        ]
        return _shares_exist(rows, len(face), len(points))

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


def _shares_exist(rows: Sequence[Sequence[Fraction]], first: int, second: int) -> bool:
    """Return whether probabilities of some things, and of others, have no positive row."""
    shares = [[*[1] * first, *[0] * second], [*[0] * first, *[1] * second]]
    program = LinearProgram([0] * (first + second), rows, [0] * len(rows), shares, [1, 1])
    return isinstance(solve_linear_program(program), Optimum)


def _row(points: Sequence[Sequence[Fraction]], k: int, *, above: bool) -> list[Fraction]:
    """Return what type k gets in a mixture, turned round if above a bound; the last is a margin."""
    if above:
        return [*(-point[k] for point in points), ONE]
    return [*(point[k] for point in points), ZERO]


def _mixture_exists(
    rows: Sequence[Sequence[Fraction]], bounds: Sequence[Fraction], points: int
) -> bool:
    """Return whether some mixture satisfies inequalities with a positive margin."""
    margin = [*[0] * points, 1]
    program = LinearProgram(margin, [*rows, margin], [*bounds, ONE], [[*[1] * points, 0]], [1])
    answer = solve_linear_program(program)
    return isinstance(answer, Optimum) and answer.value > 0


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

    def inside(self, _: CandidateSet, stand: Sequence[bool]) -> Part:
        """Return what is kept of a continuum: all of it, if no strategy is dominated."""
        if not any(self.reduction.rounds):
            return Part.WHOLE
        return _of_vertices(stand)

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

    def __init__(
        self,
        game: Game,
        concept: str,
        candidates: Sequence[Candidate],
        everything: bool,
        deadline: float | None,
    ) -> None:
        from negotiation.solvers.sequential import AssessmentSearch
        from negotiation.solvers.trembling_hand import PerfectSearch

        self.game = game
        self.search = PerfectSearch(AssessmentSearch(game, "sequential", deadline))
        self.outcomes = None if concept == "sequential" else self._sequential(deadline)
        self.candidates = candidates
        listed = {candidate.outcome for candidate in candidates}
        self.all_known = (everything if self.outcomes is None else self.outcomes <= listed) and (
            concept == "sequential" or self.outcomes is not None
        )
        self.verdicts: dict[int, str | None] = {}
        self.dominated: set[int] = set()

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
        verdict = self._verdict(candidate)
        if verdict is None and self.all_known:
            others = [one for one in self.candidates if one.number != candidate.number]
            if all(self._verdict(one) for one in others):
                return ""  # Some outcome is perfect, and all others fall.
        return verdict

    def inside(self, continuum: CandidateSet, stand: Sequence[bool]) -> Part:
        """Return what is kept of a continuum: nothing, if each vertex plays what is dominated."""
        if not any(stand):
            if all(one.number in self.dominated for one in continuum.members):
                return Part.NOTHING
            if self.outcomes is not None and not any(
                _is_mixture(outcome, [one.outcome for one in continuum.members])
                for outcome in self.outcomes
            ):
                return Part.NOTHING
        return _of_vertices(stand)

    def _verdict(self, candidate: Candidate) -> str | None:
        """Say why an outcome falls, by what is known of it alone."""
        if candidate.number not in self.verdicts:
            self.verdicts[candidate.number] = self._tested(candidate)
        return self.verdicts[candidate.number]

    def _tested(self, candidate: Candidate) -> str | None:
        if self.outcomes is not None and candidate.outcome not in self.outcomes:
            return "for no sequential equilibrium has it"
        weights = reach(self.game, candidate.profile)
        for position, head in self.game.decisions():
            if len(head.actions) > 1 and any(weights[node] for node in head.nodes):
                rows = self.search.agent_payoffs(position)
                played = candidate.profile[position]
                own = [
                    sum((p * row[k] for p, row in zip(played, rows, strict=True)), ZERO)
                    for k in range(len(rows[0]))
                ]
                better = weak_domination(rows, own)
                if better is not None:
                    self.dominated.add(candidate.number)
                    return (
                        f"for at {describe_set(head.move, head.information)} "
                        f"{_mixture_text(head.actions, played)} is weakly dominated by "
                        f"{_mixture_text(head.actions, better)}"
                    )
        return "" if self.search.is_perfect(candidate.outcome) else None


def _mixture_text(actions: Sequence[str], shares: Sequence[Fraction]) -> str:
    """Return a strategy at one set in words."""
    played = [(action, p) for action, p in zip(actions, shares, strict=True) if p]
    return " + ".join(action if p == 1 else f"{p} {action}" for action, p in played)


def _of_vertices(stand: Sequence[bool]) -> Part:
    """Return what is said of a continuum of which only the vertices are judged."""
    if all(stand):
        return Part.OPEN_KEPT
    return Part.SOME if any(stand) else Part.OPEN


def _is_mixture(outcome: Distribution, vertices: Sequence[Distribution]) -> bool:
    """Return whether an outcome is a mixture of others."""
    tables = [dict(vertex) for vertex in (*vertices, outcome)]
    nodes = sorted(set().union(*tables))
    rows = [[table.get(node, ZERO) for table in tables[:-1]] for node in nodes]
    values = [tables[-1].get(node, ZERO) for node in nodes]
    program = LinearProgram([0] * len(vertices), equations=rows, values=values)
    return isinstance(solve_linear_program(program), Optimum)
