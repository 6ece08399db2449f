r"""Sender-receiver games with symbolic payoffs: where equilibria with given supports exist.

Notation and theory are those of :mod:`negotiation.solvers.signalling`. Let T(s) be the signals sent
to the response set s and A(s) the responses given there. The perfect Bayesian equilibria with
exactly these supports are a product of two sets, each cut out by linear conditions whose
coefficients are functions of the parameters:

.. math:: x > 0 \text{ on } T, \quad \sum_m x(t, m) = 1, \quad
    \sum_{g \to s} x(g) (v_g(a) - v_g(b)) \ge 0 \ (a \in A(s))

for the sender, with equality where b is in A(s) too, and for the receiver

.. math:: y > 0 \text{ on } A, \quad \sum_a y(s, a) = 1, \quad U_g(y) \ge U_{g'}(y) \
    (g \in T,\ g' \text{ of the same type}),

with equality for g' in T. At a set off the path y is a mixture of responses that are all optimal
against some belief, which is a linear system in the belief. :mod:`.elimination` says where each
system has a solution. The supports decide which histories are reached, so no equilibrium is
missing, interior points of continua among them: labels are those of all equilibria, not of the
extreme ones only.

*Kinds.* Let S(t) be the messages that type t sends with positive probability. A *pooling*
equilibrium has one message that all types send for sure. In a *separating* one no message is sent
by two types, so that the receiver learns the type. In a *partially pooling* one no type mixes, and
some types share a message but not all. In a *semi-separating* (hybrid) one some type mixes, and
some message is sent by several types. These are the terms of Gibbons, who uses the last two for one
another when he has more than two types. [1]_ [2]_ A game with a single type pools. Messages are the
same where the receiver cannot tell them apart; if nobody responds, where they have the same label.

References
----------
.. [1] Gibbons, R. (1992), Game theory for applied economists, Princeton University Press, sections
       4.2.A and 4.3.
.. [2] Fudenberg, D., Tirole, J. (1991), Game theory, MIT Press, section 8.2.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    Condition,
    conjunction,
    disjunction,
)
from negotiation.analysis.regimes.diagrams import Diagram, Undefined
from negotiation.analysis.regimes.elimination import (
    ABOVE,
    AT_LEAST,
    EQUAL,
    Context,
    Elimination,
    Owned,
    Row,
    solved,
)
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, Polynomial, Ratio
from negotiation.analysis.regimes.support import Binding, Incentives
from negotiation.analysis.regimes.tree import Lottery, SymbolicTree
from negotiation.errors import MethodError
from negotiation.game import CHANCE, Game
from negotiation.solvers.sender_receiver import SenderReceiver, sender_receiver

__all__ = ["KINDS", "Cell", "SetSupport", "SymbolicSignalling", "kind_of", "structure"]

KINDS = ("pooling", "separating", "partially pooling", "semi-separating")
"""Kinds of equilibria, in the order in which labels are listed."""
MAX_STEPS = 60_000
"""Supports tried and unknowns eliminated: about a minute."""

NOBODY = -1
"""Source of rows that are nobody's incentive."""
Form = tuple[dict[int, Diagram], Diagram]
"""A linear form: unknown to coefficient, and the constant."""
Draft = tuple[Form, int, int]
"""A row with piecewise coefficients: the linear form, the signs allowed, its source."""


@dataclass(frozen=True)
class SetSupport:
    """Signals sent to a response set, none off the path, and responses given there."""

    place: int
    sent: tuple[int, ...]
    given: tuple[int, ...]


@dataclass(frozen=True)
class Cell:
    """Supports at all sets, and where equilibria with them exist."""

    chosen: tuple[SetSupport, ...]
    condition: Condition

    @property
    def sent(self) -> tuple[int, ...]:
        """The signals sent."""
        return tuple(sorted(k for place in self.chosen for k in place.sent))


Criterion = Callable[["SymbolicSignalling", Sequence[SetSupport]], Condition]
OwnedBy = Callable[[Polynomial, Sequence[Binding], Context], Polynomial]
"""As :data:`.elimination.Owned`, from the comparisons that the rows come from."""


def structure(game: Game) -> SenderReceiver:
    """Return a game as a sender-receiver game; its payoffs and probabilities do not matter.

    Raises
    ------
    MethodError
        If it is none.
    """
    even = {
        node: (Fraction(1, len(found)),) * len(found) for node, found in game.probabilities.items()
    }
    return sender_receiver(replace(game, probabilities=even))


def kind_of(form: SenderReceiver, sent: Sequence[int]) -> str:
    """Return the kind of equilibria in which exactly these signals are sent.

    Parameters
    ----------
    form : SenderReceiver
    sent : sequence of int
        At least one signal of each type.
    """
    messages: list[set[object]] = [set() for _ in form.types]
    for k in sent:
        signal = form.signals[k]
        message: object = signal.place
        if form.places[signal.place] < 0 and signal.act is not None:
            message = form.game.information_sets[signal.act[0]].actions[signal.act[1]]
        messages[signal.type].add(message)
    mixes = any(len(own) > 1 for own in messages)
    if not mixes and len(set.union(*messages)) == 1:
        return "pooling"
    if not any(a & b for a, b in itertools.combinations(messages, 2)):
        return "separating"
    return "semi-separating" if mixes else "partially pooling"


class SymbolicSignalling:
    """The cells of a sender-receiver game.

    Parameters
    ----------
    tree : SymbolicTree
    incentives : Incentives
        Told whose incentive a polynomial is.
    check_time : callable
        Raises when the budget is spent.
    feasible : callable, optional
        Says whether a condition may hold somewhere; what cannot is dropped early.
    criterion : callable, optional
        Says of supports where responses exist that support them and stand a refinement.
    owned : callable, optional
        Gives comparisons a polynomial of their own (:mod:`.turning`).

    Raises
    ------
    MethodError
        If the tree is no sender-receiver game, or is too large.
    """

    def __init__(
        self,
        tree: SymbolicTree,
        incentives: Incentives,
        check_time: Callable[[], None],
        feasible: Callable[[Condition], bool] | None = None,
        criterion: Criterion | None = None,
        owned: OwnedBy | None = None,
    ) -> None:
        self.criterion = criterion
        self.tree = tree
        self.game = tree.game
        self.diagrams = tree.diagrams
        self.incentives = incentives
        self.check_time = check_time
        self.may_hold = feasible
        self.form = structure(tree.game)
        self.drawn = self._drawn()
        self.worth, self.value = self._coefficients()
        self.elimination = Elimination(
            self.diagrams, self._note, self._step, None if owned is None else self._owned(owned)
        )
        self.steps = 0
        self.sources: list[Binding] = []
        self._numbers: dict[Binding, int] = {}
        self._systems: dict[object, Condition] = {}

    # -- coefficients ---------------------------------------------------------------------------

    def _drawn(self) -> list[Ratio]:
        """Return with which probability chance plays for each node."""
        game = self.game
        drawn = [self.diagrams.ring.one] * len(game.set_of)
        for node, successors in enumerate(game.children):
            chance = successors and game.mover(node) == CHANCE
            shares = self.tree.shares(node) if chance else None
            for k, child in enumerate(successors):
                drawn[child] = drawn[node] * shares[k] if shares else drawn[node]
        return drawn

    def drawn_always(self) -> Condition:
        """Return where chance plays nothing with probability 0: beliefs need that."""
        return conjunction(
            self.diagrams.sign_condition(share, POSITIVE)
            for node in self.game.probabilities
            for share in self.tree.shares(node)
        )

    def _coefficients(self) -> tuple[list[list[Diagram]], list[list[Diagram]]]:
        """Return u of each signal, up to a factor of its type, and v, by response."""
        game, form, one = self.game, self.form, self.diagrams.ring.one
        worth, value = [], []
        for signal in form.signals:
            position = form.types[signal.type]
            receiver = form.places[signal.place]
            starts = game.information_sets[position].nodes if position >= 0 else ()
            scale = self.drawn[starts[0]] if len(starts) == 1 else one
            sender = game.information_sets[position].player if position >= 0 else None
            answering = game.information_sets[receiver].player if receiver >= 0 else None
            fixed = [node for node, _ in signal.ends]
            gains, values = [], []
            for a in range(form.responses[signal.place]):
                ends = [end for node, _ in signal.nodes for end, _ in form.after[node, a]]
                gains.append(self._mean([*fixed, *ends], sender, scale))
                values.append(self._mean(ends, answering, one))
            worth.append(gains)
            value.append(values)
        return worth, value

    def _mean(self, ends: Sequence[int], player: int | None, scale: Ratio) -> Diagram:
        total = self.diagrams.leaf(0)
        for end in ends if player is not None else ():
            weight = self.drawn[end] / scale
            part = self._times(weight, self.tree.payoffs[end][player or 0])
            total = self.tree.formulas.add(total, part)
        return total

    def _times(self, weight: Ratio, value: Diagram) -> Diagram:
        diagrams = self.diagrams
        return diagrams.apply(
            ("scaled", weight.key), lambda a: diagrams.leaf(weight * diagrams.number(a)), value
        )

    def _minus(self, a: Diagram, b: Diagram) -> Diagram:
        diagrams = self.diagrams
        number = diagrams.number
        return diagrams.apply("-", lambda p, q: diagrams.leaf(number(p) - number(q)), a, b)

    # -- whose incentive -------------------------------------------------------------------------

    def _source(self, binding: Binding) -> int:
        number = self._numbers.setdefault(binding, len(self.sources))
        if number == len(self.sources):
            self.sources.append(binding)
        return number

    def _note(self, condition: Condition, numbers: frozenset[int]) -> None:
        """Remember whose incentives a condition is about; who mixes, only where nobody else is."""
        for binding in self._whose(numbers):
            self.incentives.note(condition, lambda b=binding: b)  # type: ignore[misc]

    def _whose(self, numbers: frozenset[int]) -> list[Binding]:
        found = [self.sources[k] for k in sorted(numbers)]
        return [binding for binding in found if binding.kind == "incentive"] or found

    def _owned(self, owned: OwnedBy) -> Owned:
        def own(polynomial: Polynomial, sources: frozenset[int], context: Context) -> Polynomial:
            return owned(polynomial, self._whose(sources), context)

        return own

    def _step(self) -> None:
        self.check_time()
        self.steps += 1
        if self.steps > MAX_STEPS:
            form = self.form
            raise MethodError(
                f"{len(form.types)} types, {len(form.places)} messages and "
                f"{max(form.responses)} responses are too many for exact conditions over "
                f"{len(self.diagrams.ring.names)} parameters (more than {MAX_STEPS:,} steps)",
                place=self.game.name,
                remedy="take fewer parameters as axes, fix a move, merge types or responses, or "
                "sweep",
            )

    def _answers(self, place: int, a: int, b: int) -> int:
        """Return the source: which response is better."""
        head = self.game.information_sets[self.form.places[place]]
        player = self.game.players[head.player]
        first, second = head.actions[a], head.actions[b]
        return self._source(
            Binding("incentive", player, head.move, head.information, first, second)
        )

    def sends(self, k: int, other: int) -> int:
        """Return the source: which signal is better."""
        acts = [self.form.signals[j].act for j in (k, other)]
        (position, a), (_, b) = (act for act in acts if act is not None)
        head = self.game.information_sets[position]
        player = self.game.players[head.player]
        first, second = head.actions[a], head.actions[b]
        return self._source(
            Binding("incentive", player, head.move, head.information, first, second)
        )

    def _mixing(self, position: int) -> int:
        """Return the source: a probability is between 0 and 1."""
        if position < 0:
            return NOBODY
        head = self.game.information_sets[position]
        player = self.game.players[head.player]
        return self._source(Binding("mixing", player, head.move, head.information))

    # -- systems ---------------------------------------------------------------------------------

    def feasible(self, drafts: Sequence[Draft]) -> Condition:
        """Return where a system with piecewise coefficients has a solution."""
        entries = [d for (terms, constant), _, _ in drafts for d in (*terms.values(), constant)]
        parts = []
        for condition, values in self.diagrams.pieces(entries):
            if any(isinstance(value, Undefined) for value in values):
                continue  # The pattern there is that the model is undefined.
            found = self.elimination.feasible(self._rows(drafts, values))
            parts.append(conjunction([condition, found]))
        return disjunction(parts)

    def _rows(self, drafts: Sequence[Draft], values: Sequence[object]) -> list[Row]:
        numbers = iter([self.diagrams.number(value) for value in values])
        rows = []
        for (terms, _), signs, source in drafts:
            coefficients = {k: next(numbers) for k in terms}
            rows.append(Row.of(coefficients, next(numbers), signs, source))
        return rows

    def _simplex(
        self, keys: Sequence[int], mixing: int, signs: int
    ) -> tuple[dict[int, Form], list[Draft]]:
        """Return probabilities that sum to 1 as linear forms, and rows: their signs.

        The last is 1 less the others; the unknown of each other one has its key as number.
        """
        zero, one, minus = (self.diagrams.leaf(c) for c in (0, 1, -1))
        if len(keys) == 1:
            return {keys[0]: ({}, one)}, []
        forms: dict[int, Form] = {key: ({key: one}, zero) for key in keys[:-1]}
        forms[keys[-1]] = (dict.fromkeys(keys[:-1], minus), one)
        return forms, [(form, signs, mixing) for form in forms.values()]

    def _total(self, terms: Sequence[tuple[Diagram, Form]]) -> Form:
        """Return a sum of multiples of linear forms; those have coefficients of 0, 1 and -1."""
        add, zero, one = self.tree.formulas.add, self.diagrams.leaf(0), self.diagrams.leaf(1)
        coefficients: dict[int, Diagram] = {}
        constant = zero
        for factor, (own, base) in terms:
            for k, c in own.items():
                part = factor if c is one else self._minus(zero, factor)
                coefficients[k] = add(coefficients[k], part) if k in coefficients else part
            if base is one:
                constant = add(constant, factor)
        return coefficients, constant

    # -- the sender's probabilities ----------------------------------------------------------------

    def _optimality(self, place: SetSupport, forms: Mapping[int, Form]) -> list[Draft]:
        """Return rows: the responses given are best against weights of the signals sent."""
        best = place.given[0]
        rows = []
        for other in range(self.form.responses[place.place]):
            if other != best:
                total = self._total(
                    [
                        (self._minus(self.value[k][best], self.value[k][other]), forms[k])
                        for k in place.sent
                    ]
                )
                signs = EQUAL if other in place.given else AT_LEAST
                rows.append((total, signs, self._answers(place.place, best, other)))
        return rows

    def _x_rows(self, chosen: Sequence[SetSupport]) -> list[Draft]:
        sent = [k for place in chosen for k in place.sent]
        forms: dict[int, Form] = {}
        rows = []
        for own in self.form.of:
            used = [k for k in own if k in sent]
            if used:
                mixing = self._mixing(self.form.types[self.form.signals[used[0]].type])
                found, signs = self._simplex(used, mixing, ABOVE)
                forms |= found
                rows += signs
        for place in chosen:
            if place.sent:
                rows += self._optimality(place, forms)
        return rows

    def _sender(self, chosen: Sequence[SetSupport]) -> Condition:
        """Return where probabilities of the signals make the responses optimal."""
        key = ("x", *(place for place in chosen if place.sent))
        if key not in self._systems:
            self._systems[key] = self.feasible(self._x_rows(chosen))
        return self._systems[key]

    def _at_weights(self, place: SetSupport) -> Condition:
        """Return where the responses are optimal against some positive weights of the signals."""
        one, zero = self.diagrams.leaf(1), self.diagrams.leaf(0)
        forms: dict[int, Form] = {place.sent[0]: ({}, one)}
        rows = []
        for k in place.sent[1:]:
            forms[k] = ({k: one}, zero)
            mixing = self._mixing(self.form.types[self.form.signals[k].type])
            rows.append((forms[k], ABOVE, mixing))
        return self.feasible([*rows, *self._optimality(place, forms)])

    def believed(self, place: SetSupport, signals: tuple[int, ...] | None = None) -> Condition:
        """Return where responses off the path are all optimal against one belief.

        The belief is on some signals; by default on all that lead there.
        """
        able = self.form.at[place.place] if signals is None else signals
        key = ("belief", place, able)
        if key not in self._systems:
            forms, rows = self._simplex(able, NOBODY, AT_LEAST)
            rows += self._optimality(replace(place, sent=able), forms)
            self._systems[key] = self.feasible(rows)
        return self._systems[key]

    # -- the receiver's probabilities --------------------------------------------------------------

    def payoffs(self, chosen: Sequence[SetSupport]) -> tuple[dict[int, Form], list[Draft]]:
        """Return what signals to some sets are worth, and rows: which probabilities there are."""
        width = max(self.form.responses)
        rows: list[Draft] = []
        found: dict[int, Form] = {}
        for place in chosen:
            keys = [place.place * width + a for a in place.given]
            mixing = self._mixing(self.form.places[place.place])
            forms, own = self._simplex(keys, mixing, ABOVE if place.sent else AT_LEAST)
            rows += own
            for k in self.form.at[place.place]:
                found[k] = self._total(
                    [
                        (self.worth[k][a], forms[key])
                        for a, key in zip(place.given, keys, strict=True)
                    ]
                )
        return found, rows

    def y_rows(self, chosen: Sequence[SetSupport]) -> list[Draft]:
        """Return the conditions on the responses at some sets, as far as they involve these."""
        worth, rows = self.payoffs(chosen)
        sent = {k for place in chosen for k in place.sent}
        for signals in self.form.of:
            used = [k for k in signals if k in sent]
            for k in signals:
                if used and k != used[0] and k in worth:
                    signs = EQUAL if k in sent else AT_LEAST
                    rows.append(
                        (self.difference(worth[used[0]], worth[k]), signs, self.sends(used[0], k))
                    )
        return rows

    def difference(self, one: Form, two: Form) -> Form:
        """Return one linear form less another."""
        zero = self.diagrams.leaf(0)
        keys = dict.fromkeys([*one[0], *two[0]])
        terms = {k: self._minus(one[0].get(k, zero), two[0].get(k, zero)) for k in keys}
        return terms, self._minus(one[1], two[1])

    def _receiver(self, on: Sequence[SetSupport]) -> Condition:
        """Return where responses give each type a reason to send what he sends.

        Sets off the path count as far as they are in `on`, with the responses given there.
        """
        key = ("y", *on)
        if key not in self._systems:
            self._systems[key] = self.feasible(self.y_rows(on))
        return self._systems[key]

    def _supported(self, chosen: Sequence[SetSupport]) -> Condition:
        """Return where responses at all sets exist, off the path for some belief."""
        on = [place for place in chosen if place.sent]
        faces = [self.faces(place.place) for place in chosen if not place.sent]
        inside = self._receiver(on)
        if inside is FALSE or not faces:
            return inside
        if all(len(place.given) == 1 for place in on):
            # Payoffs on the path are numbers: sets off it do not depend on one another.
            apart = [
                disjunction(
                    conjunction([believed, self._receiver([*on, face])]) for face, believed in own
                )
                for own in faces
            ]
            return conjunction([inside, *apart])
        parts = []
        for selection in itertools.product(*faces):
            together = conjunction(believed for _, believed in selection)
            if together is not FALSE:
                found = self._receiver([*on, *(face for face, _ in selection)])
                parts.append(conjunction([together, found]))
        return disjunction(parts)

    def faces(self, place: int) -> list[tuple[SetSupport, Condition]]:
        """Return the sets of responses that are optimal against one belief somewhere."""
        found = []
        for given in _subsets(range(self.form.responses[place])):
            face = SetSupport(place, (), given)
            believed = self.believed(face)
            if believed is not FALSE:
                found.append((face, believed))
        return found

    # -- cells ----------------------------------------------------------------------------------

    def cells(self) -> Iterator[Cell]:
        """Yield the supports with which equilibria may exist somewhere, each with where they do.

        Raises
        ------
        MethodError
            If there are too many; the message names the size.
        """
        options = [self._options(place) for place in range(len(self.form.places))]
        yield from self._extended((), options)

    def _options(self, place: int) -> list[SetSupport]:
        form = self.form
        found = [
            option
            for sent in _subsets(form.at[place])
            for given in _subsets(range(form.responses[place]))
            if self._possible(self._at_weights(option := SetSupport(place, sent, given)))
        ]
        if all(form.types[form.signals[k].type] >= 0 for k in form.at[place]):
            found.append(SetSupport(place, (), ()))
        return found

    def _possible(self, condition: Condition) -> bool:
        if condition is FALSE or condition is TRUE or self.may_hold is None:
            return condition is not FALSE
        return self.may_hold(condition)

    def _extended(
        self, chosen: tuple[SetSupport, ...], left: list[list[SetSupport]]
    ) -> Iterator[Cell]:
        self._step()
        if not left:
            yield from self._cell(chosen)
            return
        for option in left[0]:
            rest = [[o for o in options if self._fit(option, o)] for options in left[1:]]
            if all(rest):
                yield from self._extended((*chosen, option), rest)

    def _cell(self, chosen: tuple[SetSupport, ...]) -> Iterator[Cell]:
        senders = {self.form.signals[k].type for place in chosen for k in place.sent}
        if len(senders) < len(self.form.types):
            return
        supported = self._supported(chosen)
        if self.criterion is not None and self._possible(supported):
            supported = self.criterion(self, chosen)
        if not self._possible(supported):
            return
        condition = conjunction([supported, self._sender(chosen)])
        if self._possible(condition):
            yield Cell(chosen, condition)

    def _fit(self, one: SetSupport, two: SetSupport) -> bool:
        """Say whether types may have a reason to send what they send to one of two sets."""
        key = ("fit", one, two)
        if key not in self._systems:
            here = self._supported([one, two]) if one.sent or two.sent else TRUE
            self._systems[key] = TRUE if self._possible(here) else FALSE
        return self._systems[key] is TRUE

    # -- what a cell is ---------------------------------------------------------------------------

    def reached(self, cell: Cell) -> tuple[int, ...]:
        """Return the terminal nodes that equilibria of a cell reach."""
        return tuple(sorted(node for node, _ in self._weights(cell)))

    def _weights(self, cell: Cell) -> Iterator[tuple[int, tuple[int, int | None]]]:
        """Yield each terminal node with its signal and response; -1 and None where neither."""
        form = self.form
        for node, _ in form.certain:
            yield node, (-1, None)
        for place in cell.chosen:
            for k in place.sent:
                signal = form.signals[k]
                for node, _ in signal.ends:
                    yield node, (k, None)
                for (node, _), a in itertools.product(signal.nodes, place.given):
                    for end, _ in form.after[node, a]:
                        yield end, (k, a)

    def distribution(self, cell: Cell) -> tuple[Lottery, Condition] | None:
        """Return the outcome of a cell whose supports determine it, and where they do.

        None where payoffs are piecewise, or where the equations leave a probability open.
        """
        on = [place for place in cell.chosen if place.sent]
        width = max(self.form.responses)
        x = self._solution(self._x_rows(on))
        y = self._solution(self.y_rows(on))
        if x is None or y is None:
            return None
        one = self.diagrams.ring.one
        shares: dict[int, Ratio] = {-1: one}
        for own in self.form.of:
            _fill(shares, [k for k in own if k in cell.sent], x[0], one)
        answers: dict[int, Ratio] = {}
        for place in on:
            _fill(answers, [place.place * width + a for a in place.given], y[0], one)
        lottery = []
        for node, (k, a) in self._weights(cell):
            weight = self.drawn[node] * shares[k]
            if a is not None:
                weight = weight * answers[self.form.signals[k].place * width + a]
            lottery.append((node, weight))
        sure = [
            self.diagrams.sign_condition(determinant, NEGATIVE | POSITIVE)
            for _, determinant in (x, y)
        ]
        return tuple(sorted(lottery, key=lambda item: item[0])), conjunction(sure)

    def _solution(self, drafts: Sequence[Draft]) -> tuple[dict[int, Ratio], Ratio] | None:
        entries = [d for (terms, constant), _, _ in drafts for d in (*terms.values(), constant)]
        if not all(entry.is_leaf for entry in entries):
            return None
        rows = self._rows(drafts, [entry.value for entry in entries])
        unknowns = list(dict.fromkeys(k for (terms, _), _, _ in drafts for k in terms))
        if not unknowns:
            return {}, self.diagrams.ring.one
        return solved(rows, unknowns)


def _fill(
    shares: dict[int, Ratio], keys: Sequence[int], values: Mapping[int, Ratio], one: Ratio
) -> None:
    """Add probabilities that sum to 1, of which all but the last are known."""
    rest = one
    for key in keys[:-1]:
        shares[key] = values[key]
        rest = rest - values[key]
    if keys:
        shares[keys[-1]] = rest


def _subsets(items: Sequence[int] | range) -> Iterator[tuple[int, ...]]:
    for size in range(1, len(items) + 1):
        yield from itertools.combinations(items, size)
