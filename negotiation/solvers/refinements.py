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

Both restrict beliefs on *types*. Two messages of one type that the receiver does not tell apart are
two moves of one type and not two types, so that such games are refused. With one type that is
observed to move nothing falls that is subgame perfect.

``perfect`` (trembling-hand perfection of the agents, Selten 1975 [2]_; small trees). In
sender-receiver games it is decided exactly (:mod:`negotiation.solvers.refinements_trembles`). In
other trees an outcome falls if it is no outcome of a sequential equilibrium, which perfect ones are
(Kreps and Wilson 1982), or if a strategy played on the path is weakly dominated for the agent of
its set. It stands if trembles are found under which a profile with this outcome stays a best reply
throughout (:mod:`negotiation.solvers.trembling_hand`). It stands also if it is the only one that
does not fall: every finite game with perfect recall has a perfect equilibrium in behaviour
strategies (Selten 1975), so of finitely many outcomes of sequential equilibria, all of them known,
one is perfect. Where none of this is found the outcome is kept, and the answer is not complete.

``forward-induction`` (iterated weak dominance) is in :mod:`negotiation.solvers.forward_induction`.

*Continua.* Let a strategy x of the sender and responses y vary independently over a continuum. What
the types get is linear in y, and which messages are off the path depends on x alone, least of them
inside. What ``intuitive`` and ``d1`` say of a message off the path changes only at planes of these
payoffs, so one point of each cell is judged (:mod:`negotiation.solvers.refinements_cells`).
Messages that are off the path at some x only never count: a type that sends one inside is
indifferent to the reply there, so that he is not left out, and this reply then holds everybody
back. ``perfect`` is decided likewise, in cells of x and of y, unless replies are not known where
vertices have them off the path; in other trees it drops a continuum if at each vertex a dominated
strategy is played, for it stays so in a mixture.

References
----------
.. [1] Cho, I.-K., Kreps, D. M. (1987), Signaling games and stable equilibria, Quarterly Journal of
       Economics 102, 179-221.
.. [2] Selten, R. (1975), Reexamination of the perfectness concept for equilibrium points in
       extensive games, International Journal of Game Theory 4, 25-55.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from negotiation.certify import describe_set
from negotiation.errors import BudgetError, MethodError
from negotiation.game import Distribution, Game
from negotiation.solvers.beliefs import reach
from negotiation.solvers.dominance import weak_domination
from negotiation.solvers.forward_induction import ForwardInduction
from negotiation.solvers.kept_continua import Candidate, CandidateSet, Part
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.refinements_cells import cells, payoff_planes
from negotiation.solvers.refinements_trembles import SignalTrembles
from negotiation.solvers.sender_receiver import SenderReceiver, Vector, sender_receiver
from negotiation.solvers.signalling import Support, optimality, sender_payoffs

__all__ = ["Candidate", "CandidateSet", "Refinement", "refine"]

ZERO, ONE = Fraction(0), Fraction(1)
Face = tuple[int, ...]
"""Responses at one set that are all optimal against one belief."""


@dataclass
class Refinement:
    """What is kept, why the rest falls, and what could not be decided."""

    kept: list[Candidate]
    continua: list[CandidateSet]
    reasons: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    spent: bool = False
    """Whether the deadline passed inside a continuum."""


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
        If the deadline passes before all candidates are judged. If it passes inside a continuum,
        that is a gap.
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
            try:
                part = judge.inside(continuum, stand)
            except BudgetError as error:
                part = Part.of_vertices(stand)
                result.spent = True
                result.gaps.append(f"{error.message}; {error.remedy}")
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
        return ForwardInduction(game, deadline)
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
    _check_observed(form, name)
    return _Signals(form, divine=name == "d1", deadline=deadline)


def _check_observed(form: SenderReceiver, name: str) -> None:
    """Raise if a receiver does not tell two messages of one type apart.

    Then his beliefs at that set are not on types alone. With a single response they do not matter.
    """
    for place, own in enumerate(form.at):
        if form.responses[place] == 1:
            continue
        for k, other in itertools.combinations(own, 2):
            if form.signals[k].type == form.signals[other].type:
                head = form.game.information_sets[form.places[place]]
                raise MethodError(
                    f"{name} is about beliefs on types after a message that is observed, and here "
                    f"{_message(form, k)} and {_message(form, other)} are not told apart",
                    place=describe_set(head.move, head.information),
                    remedy="select perfect or forward-induction",
                )


def _message(form: SenderReceiver, k: int) -> str:
    """Return the message of a signal in words."""
    act = form.signals[k].act
    if act is None:
        return "this message"
    head = form.game.information_sets[act[0]]
    return f"{head.move} = {head.actions[act[1]]}"


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

    def __init__(self, form: SenderReceiver, *, divine: bool, deadline: float | None) -> None:
        self.form = form
        self.deadline = deadline
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
        x, y = _behaviour(self.form, candidate)
        off_path = [place for place, own in enumerate(self.form.at) if not any(x[k] for k in own)]
        return sender_payoffs(self.form, x, y), off_path

    def _at(self, place: int, limits: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return what the types that can send to a set get, by signal."""
        return tuple(limits[self.form.signals[k].type] for k in self.form.at[place])

    def _judged(self, place: int, limits: Sequence[Fraction]) -> str:
        check = self._divine if self.divine else self._intuitive
        return check(place, limits)

    # -- continua -------------------------------------------------------------------------------

    def inside(self, continuum: CandidateSet, stand: Sequence[bool]) -> Part:
        """Return what is kept of a continuum.

        That payoffs and messages off the path vary independently is seen at the vertices.
        """
        views = [self._view(one) for one in continuum.members]
        payoffs = {tuple(limits) for limits, _ in views}
        unsent = {frozenset(off_path) for _, off_path in views}
        if len({(tuple(limits), frozenset(off)) for limits, off in views}) < len(payoffs) * len(
            unsent
        ):
            return Part.of_vertices(stand)
        at_once = len(self.form.signals) if self.divine else 1
        always = sorted(frozenset.intersection(*unsent))
        planes = {plane for place in always for plane in payoff_planes(self.form, place, at_once)}
        falls = (
            any(self._judged(place, self._at(place, limits)) for place in always)
            for limits in cells(sorted(payoffs), sorted(planes))
        )
        return Part.of_cells(falls, self.deadline) or Part.of_vertices(stand)

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
        excluded = (
            f"{self._types(others)} would lose whatever best response follows, and "
            if others
            else ""
        )
        return (
            f"for after {_message(form, gaining[0])} {excluded}{self._types(gaining[:1])} gains "
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
                and not any(self._lacks(a, k, other, limit) for a in faces)
            ):
                out[k] = other
        left = tuple(k for k in signals if k not in out)
        if self._supported(place, left, limit):
            return ""
        named = ", ".join(
            f"{self._types([other])} gains from every response from which {self._types([k])} would "
            "not lose"
            for k, other in out.items()
        )
        message = _message(self.form, signals[0])
        return (
            f"for after {message} {named or 'every belief is possible'}, and no belief on "
            f"{self._types(left)} holds everybody back"
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

    def _lacks(self, face: Face, k: int, other: int, limit: Mapping[int, Fraction]) -> bool:
        """Return whether k does not lose from some response of a face, and the other not gain."""
        mine, rival = self.form.signals[k].worth, self.form.signals[other].worth
        rows = [[-mine[a] for a in face], [rival[a] for a in face]]
        return _mixture_exists(rows, [-limit[k], limit[other]])

    def _supported(self, place: int, left: tuple[int, ...], limit: Mapping[int, Fraction]) -> bool:
        """Return whether a response, best against a belief on some signals, deters all."""
        signals = self.form.at[place]
        bounds = [limit[k] for k in signals]
        for face in self._faces(place, left) if left else ():
            rows = [[self.form.signals[k].worth[a] for a in face] for k in signals]
            if _mixture_exists(rows, bounds):
                return True
        return not left

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


def _behaviour(form: SenderReceiver, candidate: Candidate) -> tuple[Vector, tuple[Vector, ...]]:
    """Return the probabilities of the signals, and of the responses by set; 0 off the path."""
    x = tuple(
        candidate.profile[signal.act[0]][signal.act[1]] if signal.act else ONE
        for signal in form.signals
    )
    y = [candidate.profile[position] if position >= 0 else (ONE,) for position in form.places]
    sent = [any(x[k] for k in own) for own in form.at]
    return x, tuple(
        tuple(row) if on_path else (ZERO,) * len(row) for row, on_path in zip(y, sent, strict=True)
    )


def _mixture_exists(rows: Sequence[Sequence[Fraction]], bounds: Sequence[Fraction]) -> bool:
    """Return whether some probabilities satisfy inequalities."""
    size = len(rows[0])
    program = LinearProgram([0] * size, rows, bounds, [[1] * size], [1])
    return isinstance(solve_linear_program(program), Optimum)


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
        self.signals = _as_signals(game)
        self.verdicts: dict[int, str | None] = {}
        self.dominated: set[int] = set()
        self.payoffs: dict[int, list[Vector]] = {}
        self.better: dict[tuple[int, Vector], Vector | None] = {}

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
        if self.signals is not None:
            form = self.signals.form
            falls = self.signals.verdicts([_behaviour(form, one) for one in continuum.members])
            if falls is not None:
                return Part.of_cells(falls, self.search.search.deadline) or Part.of_vertices(stand)
        if not any(stand):
            if all(one.number in self.dominated for one in continuum.members):
                return Part.NOTHING
            if self.outcomes is not None and not any(
                _is_mixture(outcome, [one.outcome for one in continuum.members])
                for outcome in self.outcomes
            ):
                return Part.NOTHING
        return Part.of_vertices(stand)

    def _verdict(self, candidate: Candidate) -> str | None:
        """Say why an outcome falls, by what is known of it alone."""
        if candidate.number not in self.verdicts:
            self.verdicts[candidate.number] = self._tested(candidate)
        return self.verdicts[candidate.number]

    def _better(self, position: int, played: Vector) -> Vector | None:
        """Return what weakly dominates a strategy of the agent of a set; None if nothing does."""
        if (position, played) not in self.better:
            if position not in self.payoffs:
                self.payoffs[position] = self.search.agent_payoffs(position)
            rows = self.payoffs[position]
            own = [
                sum((p * u for p, u in zip(played, column, strict=True) if p), ZERO)
                for column in zip(*rows, strict=True)
            ]
            found = weak_domination(rows, own, self.search.search.deadline)
            self.better[position, played] = None if found is None else tuple(map(Fraction, found))
        return self.better[position, played]

    def _tested(self, candidate: Candidate) -> str | None:
        reason: str | None = None
        if self.signals is not None:
            reason = self.signals.reason(*_behaviour(self.signals.form, candidate))
        if reason == "":
            return reason
        if self.outcomes is not None and candidate.outcome not in self.outcomes:
            return "for no sequential equilibrium has it"
        weights = reach(self.game, candidate.profile)
        for position, head in self.game.decisions():
            if len(head.actions) > 1 and any(weights[node] for node in head.nodes):
                played = tuple(candidate.profile[position])
                better = self._better(position, played)
                if better is not None:
                    self.dominated.add(candidate.number)
                    return (
                        f"for at {describe_set(head.move, head.information)} "
                        f"{_mixture_text(head.actions, played)} is weakly dominated by "
                        f"{_mixture_text(head.actions, better)}"
                    )
        return reason or (
            "" if self.search.is_perfect(candidate.outcome, candidate.profile) else None
        )


def _as_signals(game: Game) -> SignalTrembles | None:
    """Return what judges a sender-receiver game; None if the game is none."""
    try:
        return SignalTrembles(sender_receiver(game))
    except MethodError:
        return None


def _mixture_text(actions: Sequence[str], shares: Sequence[Fraction]) -> str:
    """Return a strategy at one set in words."""
    played = [(action, p) for action, p in zip(actions, shares, strict=True) if p]
    return " + ".join(action if p == 1 else f"{p} {action}" for action, p in played)


def _is_mixture(outcome: Distribution, vertices: Sequence[Distribution]) -> bool:
    """Return whether an outcome is a mixture of others."""
    tables = [dict(vertex) for vertex in (*vertices, outcome)]
    nodes = sorted(set().union(*tables))
    rows = [[table.get(node, ZERO) for table in tables[:-1]] for node in nodes]
    values = [tables[-1].get(node, ZERO) for node in nodes]
    program = LinearProgram([0] * len(vertices), equations=rows, values=values)
    return isinstance(solve_linear_program(program), Optimum)
