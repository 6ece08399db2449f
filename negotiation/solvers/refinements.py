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

``perfect`` (trembling-hand perfection of the agents, Selten 1975 [2]_; small trees). In
sender-receiver games it is decided exactly (:mod:`negotiation.solvers.refinements_trembles`). In
other trees an outcome falls if it is no outcome of a sequential equilibrium, which perfect ones are
(Kreps and Wilson 1982), or if a strategy played on the path is weakly dominated for the agent of
its set. It stands if trembles are found under which a profile with this outcome stays a best reply
throughout: each gain from following it is a series in :math:`\varepsilon` whose first coefficient
other than 0 is positive. It stands also if it is the only one that does not fall: every finite game
with perfect recall has a perfect equilibrium in behaviour strategies (Selten 1975), so of finitely
many outcomes of sequential equilibria, all of them known, one is perfect. Where none of this is
found the outcome is kept, and the answer is not complete.

``forward-induction`` (iterated weak dominance, all players at once, Kohlberg and Mertens 1986 [3]_;
two players with a choice). An outcome stands if strategies that are left have it and are in
equilibrium among those left. What each player must play is linear in his mixed strategy, and so is
what the other must not gain from: one linear program for each.

*Continua.* Let a strategy x of the sender and responses y vary independently over a continuum. What
the types get is linear in y, and which messages are off the path depends on x alone, least of them
inside. What ``intuitive`` and ``d1`` say of a message off the path changes only at planes of these
payoffs, so one point of each cell is judged (:mod:`negotiation.solvers.refinements_cells`).
Messages that are off the path at some x only never count: a type that sends one inside is
indifferent to the reply there, so that he is not left out, and this reply then holds everybody
back. ``perfect`` is decided likewise, in cells of x and of y, unless replies are not known where
vertices have them off the path; in other trees it drops a continuum if at each vertex a dominated
strategy is played, for it stays so in a mixture.

For ``forward-induction`` consider the mixtures of some vertices, all of them with positive weight.
What each player must play, and what the other must not gain from, is linear in the weights and his
strategy together. So the weights with which a mixture stands form a polytope. All of the continuum
stands if every vertex meets what is asked of the mixtures of all, and nothing if for no choice of
vertices some weights do. This is not decided if what a player must play is not known at vertices
which do not reach his set, and differs among the others.

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
from collections.abc import Iterable, Mapping, Sequence
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
from negotiation.solvers.refinements_cells import cells, payoff_planes
from negotiation.solvers.refinements_trembles import SignalTrembles
from negotiation.solvers.sender_receiver import SenderReceiver, Vector, sender_receiver
from negotiation.solvers.signalling import Support, optimality, sender_payoffs

__all__ = ["Candidate", "CandidateSet", "Refinement", "refine"]

ZERO, ONE = Fraction(0), Fraction(1)
Played = dict[int, list[Fraction]]
"""Terminal node to the probability with which a player plays for it, by member of a continuum."""
MAX_MEMBERS = 10
"""Most vertices of a continuum of which forward induction looks at all faces."""
MAX_CELLS = 2_000
"""Most parts of a continuum that are judged one by one."""
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
            return _of_vertices(stand)
        at_once = len(self.form.signals) if self.divine else 1
        always = sorted(frozenset.intersection(*unsent))
        planes = {plane for place in always for plane in payoff_planes(self.form, place, at_once)}
        falls = (
            any(self._judged(place, self._at(place, limits)) for place in always)
            for limits in cells(sorted(payoffs), sorted(planes))
        )
        return _of_cells(falls) or _of_vertices(stand)

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
                and not any(self._lacks(a, k, other, limit) for a in faces)
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
        self.reached: dict[Candidate, Sequence[Fraction]] = {}

    def __call__(self, candidate: Candidate) -> str:
        for player in self.choosing:
            played = {player: self._played([candidate], player) or {}}
            if not self._exists([candidate], [0], played, deterring=False):
                return self._eliminated(candidate, player)
        for player in self.choosing:
            played = {player: self._played([candidate], player) or {}}
            if not self._exists([candidate], [0], played, deterring=True):
                return (
                    f"for what iterated weak dominance leaves to {self.game.players[player]} does "
                    "not hold back the other"
                )
        return ""

    def inside(self, continuum: CandidateSet, stand: Sequence[bool]) -> Part:
        """Return what is kept of a continuum: all of it, if no strategy is dominated."""
        if not any(self.reduction.rounds):
            return Part.WHOLE
        members = continuum.members
        played = self._all_played(members)
        if played is None or len(members) > MAX_MEMBERS:
            return _of_vertices(stand)
        if all(stand) and all(self._exists(members, [k], played) for k in range(len(members))):
            return Part.WHOLE
        if any(stand):
            return Part.SOME
        for face in self._faces(members):
            played = self._all_played(face)
            if played is None:
                return Part.OPEN
            if self._exists(face, range(len(face)), played):
                return Part.SOME
        return Part.NOTHING

    def _faces(self, members: Sequence[Candidate]) -> list[list[Candidate]]:
        """Return the largest faces in which the players lead to the same nodes."""
        led = [
            frozenset(
                (player, node)
                for player, node in itertools.product(self.choosing, self.drawn)
                if all(self._weight(one, node, player, others=True))
            )
            for one in members
        ]
        unions = {
            frozenset().union(*chosen)
            for size in range(1, len(set(led)) + 1)
            for chosen in itertools.combinations(set(led), size)
        }
        return [
            [one for one, own in zip(members, led, strict=True) if own <= union] for union in unions
        ]

    def _all_played(self, members: Sequence[Candidate]) -> dict[int, Played] | None:
        tables = {player: self._played(members, player) for player in self.choosing}
        found = {player: table for player, table in tables.items() if table is not None}
        return found if len(found) == len(tables) else None

    def _played(self, members: Sequence[Candidate], player: int) -> Played | None:
        """Return the probability with which a player plays for each node the others may lead to.

        It is linear in a mixture of all the members, and given by member; None if it is not known
        for some of them, and the others differ.
        """
        found: Played = {}
        for node, drawn in self.drawn.items():
            if not drawn or not self._leads(members, player, node):
                continue
            weights = [self._weight(one, node, player) for one in members]
            known = [own for own, certain in weights if certain]
            if len(known) < len(members) and len(set(known)) != 1:
                return None
            found[node] = known if len(known) == len(members) else known[:1] * len(members)
        return found

    def _leads(self, members: Sequence[Candidate], player: int, node: int) -> bool:
        """Return whether the others play for a node; what they do off the path counts last."""
        weights = [self._weight(one, node, player, others=True) for one in members]
        certain = [weight for weight, known in weights if known]
        return any(certain or [weight for weight, _ in weights])

    def _exists(
        self,
        members: Sequence[Candidate],
        mixed: Sequence[int],
        played: Mapping[int, Played],
        *,
        deterring: bool = True,
    ) -> bool:
        """Return whether mixed strategies of what is left have some mixture, and deter the others.

        Unknowns are the weights of the members that are mixed, and the strategies of the players.
        """
        ends = [len(mixed)]
        for player in played:
            ends.append(ends[-1] + len(self.reduced.plans[player]))
        equations = [_placed(ends[-1], {0: [ONE] * len(mixed)})]
        rows: list[list[Fraction]] = []
        for start, (player, table) in zip(ends, played.items(), strict=False):
            everything = [ONE] * len(self.reduced.plans[player])
            equations.append(_placed(ends[-1], {0: [-ONE] * len(mixed), start: everything}))
            for node, shares in table.items():
                own = [-shares[k] for k in mixed]
                leading = self._leading(player, node)
                equations.append(_placed(ends[-1], {0: own, start: leading}))
            for rival in self.choosing if deterring else ():
                if rival != player:
                    values = [-members[k].value[rival] for k in mixed]
                    for plan in range(len(self.reduced.plans[rival])):
                        payoffs = self._payoffs(player, rival, plan)
                        rows.append(_placed(ends[-1], {0: values, start: payoffs}))
        sums = [ONE, *[ZERO] * (len(equations) - 1)]
        program = LinearProgram([0] * ends[-1], rows, [0] * len(rows), equations, sums)
        return isinstance(solve_linear_program(program), Optimum)

    def _leading(self, player: int, node: int) -> list[Fraction]:
        """Return which strategies of a player that are left lead to a node."""
        positions = self.reduced.positions[player]
        return [
            ONE
            if _agrees(self.game, player, dict(zip(positions, plan, strict=True)), node)
            else ZERO
            for plan in self.reduced.plans[player]
        ]

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

    def _weight(
        self, candidate: Candidate, node: int, player: int, *, others: bool = False
    ) -> tuple[Fraction, bool]:
        """Return the probability with which a player, or all others, play for a node.

        The second says whether it follows from the outcome: it does not if it hangs on what is
        played at a set off the path.
        """
        if candidate not in self.reached:
            self.reached[candidate] = reach(self.game, candidate.profile)
        game, weights = self.game, self.reached[candidate]
        share, certain = ONE, True
        for before, after in _path(game, node):
            if game.mover(before) != CHANCE and (game.mover(before) != player) == others:
                position = game.set_of[before]
                certain &= any(weights[other] for other in game.information_sets[position].nodes)
                share *= candidate.profile[position][game.children[before].index(after)]
                if not share:
                    break
        return share, certain

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


def _placed(size: int, entries: Mapping[int, Sequence[Fraction]]) -> list[Fraction]:
    """Return a row of zeros with some entries put in, by where they start."""
    row = [ZERO] * size
    for start, own in entries.items():
        row[start : start + len(own)] = own
    return row


def _drawn(game: Game) -> dict[int, Fraction]:
    """Return for each terminal node the probability that chance plays for it."""
    weights = [ONE] * len(game.set_of)
    for node, successors in enumerate(game.children):
        shares = game.probabilities.get(node, (ONE,) * len(successors))
        for child, share in zip(successors, shares, strict=True):
            weights[child] = weights[node] * share
    return {node: weights[node] for node in game.payoffs}


def _path(game: Game, node: int) -> list[tuple[int, int]]:
    """Return the steps to a node from the root, as nodes before and after."""
    steps = []
    while (before := game.parent[node]) >= 0:
        steps.append((before, node))
        node = before
    return steps[::-1]


def _agrees(game: Game, player: int, plan: Mapping[int, int], node: int) -> bool:
    """Return whether a plan of a player leads to a node, as far as it is his choice."""
    for before, after in _path(game, node):
        if game.mover(before) == player:
            action = game.children[before].index(after)
            if plan.get(game.set_of[before], action) != action:
                return False
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
        self.signals = _as_signals(game)
        self.verdicts: dict[int, str | None] = {}
        self.dominated: set[int] = set()
        self.payoffs: dict[int, list[list[Fraction]]] = {}

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
                return _of_cells(falls) or _of_vertices(stand)
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

    def _payoffs(self, position: int) -> list[list[Fraction]]:
        """Return what each action of a set brings its mover against all pure profiles elsewhere."""
        if position not in self.payoffs:
            self.payoffs[position] = self.search.agent_payoffs(position)
        return self.payoffs[position]

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
                rows = self._payoffs(position)
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
        return reason or ("" if self.search.is_perfect(candidate.outcome) else None)


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


def _of_cells(falls: Iterable[bool]) -> Part | None:
    """Return what is kept of a continuum by which of its cells fall; None if they are too many."""
    found: set[bool] = set()
    for count, one in enumerate(falls):
        if count == MAX_CELLS:
            return None
        found.add(one)
        if len(found) > 1:
            return Part.SOME
    return Part.NOTHING if True in found else Part.WHOLE


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
