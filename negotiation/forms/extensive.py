"""The extensive form: from moves in a file to a tree of histories.

Move instances are played in the order of the scope. At each history the instance is skipped where
its ``when`` fails, else one branch is opened for each allowed action. Histories with the same
values of all that the mover knows form one information set, which gives perfect recall. Formulas
are grounded and folded once; at a leaf only what depends on play is evaluated, exactly.

A tree that is too large is refused before it is built. Where no move has a condition its size is a
product; else histories are counted forwards, those together that agree in all that later conditions
read.

Regimes speak of the path of an equilibrium. A bare condition must hold with probability one.
``prob(event, given)`` is undefined where `given` has probability zero, and a condition that comes
to read it counts as not holding.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any, cast

from negotiation.errors import Fault, ModelError, NotAllowedError, UsageError
from negotiation.formulas import Call, Expression, Reference, nearest, walk
from negotiation.game import CHANCE, Distribution, Game, InformationSet, Payoffs, count_text
from negotiation.model.decimals import rounded
from negotiation.model.document import Model, Steps
from negotiation.model.grounding import (
    UNKNOWN,
    Action,
    Constant,
    Function,
    Play,
    Reading,
    _NotPlayed,
    closure,
    grounded,
    substitute,
)
from negotiation.model.scope import CHANCE as CHANCE_NAME
from negotiation.model.scope import MoveInstance, Scope, cell_name, subset_of_label
from negotiation.model.values import parameter_values

__all__ = ["MAX_HISTORIES", "action_labels", "build"]

MAX_HISTORIES = 1_000_000
MAX_KINDS = 20_000
"""Beyond so many kinds of history a tree found too large is not counted to its end."""


def build(
    model: Model, values: Mapping[str, object], fix: Mapping[str, object], scenario: str | None
) -> Game:
    """Return the tree of a model at given values.

    Raises
    ------
    UsageError
        For wrong settings, and where a parameter has no value.
    ModelError
        Where a formula fails on a history, chance does not sum to one, or the tree is too large.
    """
    try:
        return _Tree(model, _numbers(model, values, scenario), fix).game()
    except Fault as fault:
        raise ModelError([fault], source=str(model.origin or model.name)) from None


def action_labels(
    model: Model, values: Mapping[str, object], scenario: str | None, move: str
) -> tuple[str, ...]:
    """Return the labels of the actions of a move instance at given values, whether allowed or not.

    Raises
    ------
    UsageError
        For wrong settings, and where a parameter has no value.
    ModelError
        Where the points of its grid have no value, or are too many.
    """
    formulas = _Formulas(model.scope, _numbers(model, values, scenario))
    instance = next(found for found in model.scope.instances if found.name == move)
    try:
        count = _action_count(instance, formulas)
        if count > MAX_HISTORIES:
            raise Fault(
                f"{move} has {count_text(count)} actions, more than {MAX_HISTORIES:,}",
                place=f"moves.{instance.move.name}",
                remedy="use a coarser grid",
            )
        return tuple(action.label for action in _actions(instance, formulas))
    except Fault as fault:
        raise ModelError([fault], source=str(model.origin or model.name)) from None


def _numbers(
    model: Model, values: Mapping[str, object], scenario: str | None
) -> dict[str, Fraction]:
    """Return the value of each parameter cell; refuse one that has none."""
    numbers: dict[str, Fraction] = {}
    for cell, number in parameter_values(model, values, scenario).items():
        if number is None:
            raise UsageError(
                f"{cell} has no value",
                place="--set",
                remedy=f"give it one (--set {cell}=1), or ask for all values with "
                f"negotiate regimes {model.name} --over {cell}=0:1",
            )
        numbers[cell] = number
    return numbers


class _Formulas:
    """The formulas of a model at given values of its parameters."""

    def __init__(self, scope: Scope, values: Mapping[str, Fraction]) -> None:
        self.scope = scope
        self.values = values

    def node(
        self, text: str, binding: Mapping[str, str], place: str, own: str | None = None
    ) -> Expression:
        """Return a formula grounded and folded at the values."""
        try:
            return substitute(grounded(text, binding, self.scope, own=own), self.values)
        except Fault as fault:
            raise fault.within(place, text, 0) from None

    def number(self, entry: Any, binding: Mapping[str, str], place: str) -> Fraction:
        """Return a number, or the value of a formula in parameters."""
        if isinstance(entry, Fraction):
            return entry
        try:
            return rounded(self.node(entry, binding, place), None)
        except ZeroDivisionError:
            raise Fault(
                "division by zero at the given values",
                place=place,
                text=entry,
                column=0,
                remedy="change the values",
            ) from None
        except Fault as fault:
            raise fault.within(place, entry, 0) from None


class _Instance:
    """A move instance with its actions and compiled conditions at the given values."""

    def __init__(self, instance: MoveInstance, tree: _Tree, slot: int) -> None:
        self.slot = slot
        self.name = instance.name
        self.move = instance.move
        self.place = f"moves.{instance.move.name}"
        self.binding = instance.binding
        self.player = (
            CHANCE if instance.player == CHANCE_NAME else tree.scope.players.index(instance.player)
        )
        self.actions = _actions(instance, tree)
        self.known = [tree.slots[name] for name in instance.known]
        self.reads: set[int] = set()
        self.when = self._condition("when", tree)
        self.allowed = self._condition("allowed", tree)
        self.otherwise = _otherwise(instance, self.actions, tree.scope)
        self.probabilities = _probabilities(instance, tree)
        self.fixed: Action | None = None

    def _condition(self, key: str, tree: _Tree) -> Function | None:
        text = getattr(self.move, key)
        if text is None:
            return None
        self.reads |= tree.slots_read(tree.node(text, self.binding, self.place, self.name))
        return tree.function(text, self.binding, f"{self.place}.{key}", own=self.name)


def _actions(instance: MoveInstance, formulas: _Formulas) -> list[Action]:
    move, scope = instance.move, formulas.scope
    if move.actions is not None:
        return [Action(label, label) for label in move.actions]
    if move.subsets is not None:
        members = scope.sets[move.subsets]
        chosen = (
            frozenset(subset)
            for size in range(len(members) + 1)
            for subset in itertools.combinations(members, size)
        )
        return [Action(scope.label_of_subset(move, subset), subset) for subset in chosen]
    place = f"moves.{move.name}.grid"
    if isinstance(move.grid, Steps):
        steps = _steps(instance, formulas)
        start, end = (
            formulas.number(bound, instance.binding, place)
            for bound in (move.grid.start, move.grid.end)
        )
        points = [start + (end - start) * k / (steps - 1) for k in range(steps)]
        if len(set(points)) < len(points):
            raise Fault("the points of the grid coincide", place=place, remedy="let from differ")
        return [Action(str(point), point) for point in points]
    actions = []
    for entry in move.grid:
        value = formulas.number(entry, instance.binding, place)
        actions.append(Action(str(entry).strip() if isinstance(entry, str) else str(value), value))
    return actions


def _steps(instance: MoveInstance, formulas: _Formulas) -> int:
    """Return the number of points of a grid that is given by steps."""
    place = f"moves.{instance.move.name}.grid"
    steps = formulas.number(instance.move.grid.steps, instance.binding, place)
    if steps.denominator != 1 or steps < 2:
        message = f"steps = {steps} is no whole number of 2 or more"
        raise Fault(message, place=place, remedy="write 5")
    return int(steps)


def _action_count(instance: MoveInstance, formulas: _Formulas) -> int:
    """Return the number of actions without making them."""
    move = instance.move
    if move.subsets is not None:
        return int(2 ** len(formulas.scope.sets[move.subsets]))
    if isinstance(move.grid, Steps):
        return _steps(instance, formulas)
    return len(move.actions if move.actions is not None else move.grid)


def _otherwise(instance: MoveInstance, actions: list[Action], scope: Scope) -> Action | None:
    """Return the action that a skipped move counts as; it need not be among the open ones."""
    value, move = instance.move.otherwise, instance.move
    if value is None:
        return None
    if move.subsets is not None:
        members = scope.sets[move.subsets]
        if isinstance(value, str):
            chosen = subset_of_label(value, members, move) or frozenset()
        else:
            chosen = frozenset(value)
        value = chosen
    for action in actions:
        if action.value == value or action.label == value:
            return action
    return Action(str(value), value)


def _probabilities(instance: MoveInstance, tree: _Tree) -> list[Function | None] | None:
    """Return one function for each action of chance; None stands for the rest."""
    entries = instance.move.probabilities
    if instance.player != CHANCE_NAME or entries is None:
        return None
    place = f"moves.{instance.move.name}.probabilities"
    functions: list[Function | None] = []
    for entry in entries:
        if isinstance(entry, str) and entry.strip() == "rest":
            functions.append(None)
        elif isinstance(entry, str):
            functions.append(tree.function(entry, instance.binding, place))
        else:
            functions.append(closure(Constant(entry), tree.reading))
    return functions


@dataclass
class _Branching:
    """A node whose branches are being built."""

    node: int
    depth: int
    untried: Iterator[Action]
    children: list[int] = field(default_factory=list)


class _Tree(_Formulas):
    """Expands a model at given values into the arrays of a :class:`Game`."""

    def __init__(
        self, model: Model, values: Mapping[str, Fraction], fix: Mapping[str, object]
    ) -> None:
        super().__init__(model.scope, values)
        self.model, scope = model, model.scope
        self.slots = {instance.name: k for k, instance in enumerate(scope.instances)}
        self.definitions = [
            (cell_name(name, binding.values()), name, binding)
            for name in scope.definitions
            for binding in scope.bindings(scope.families[name].binder)
        ]
        positions = {cell: len(self.slots) + k for k, (cell, _, _) in enumerate(self.definitions)}
        self.reading = Reading(self.slots, positions, [], values)
        self.definition_nodes: dict[str, Expression] = {}
        for cell, name, binding in self.definitions:
            place = f"define.{cell}"
            self.definition_nodes[cell] = self.node(scope.definitions[name], binding, place)
            body = self.function(scope.definitions[name], binding, place)
            self.reading.bodies.append(body)
        chosen = self._chosen(fix)
        self.bound = self._bound(chosen)
        self.instances = [_Instance(entry, self, k) for k, entry in enumerate(scope.instances)]
        self.payoff_functions = [
            self.function(text, binding, f"payoffs.{key}")
            for text, key, binding in (scope.payoffs[player] for player in scope.players)
        ]
        self.fixed = self._fix(chosen)
        self.unread = [UNKNOWN] * len(self.definitions)
        self.play: Play = [None] * len(self.slots) + self.unread
        if self.bound > MAX_HISTORIES:
            self._count_histories()
        self.set_of: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self.chance: dict[int, tuple[Fraction, ...]] = {}
        self.payoffs: dict[int, Payoffs] = {}
        self.sets: dict[tuple[Any, ...], int] = {}
        self.set_nodes: list[list[int]] = []
        self.set_heads: list[tuple[int, str, tuple[tuple[str, str], ...], tuple[str, ...]]] = []

    # -- formulas -----------------------------------------------------------------------------

    def function(
        self, text: str, binding: Mapping[str, str], place: str, own: str | None = None
    ) -> Function:
        """Return a formula as a function of the play, whose errors name `place`."""
        compiled = closure(self.node(text, binding, place, own), self.reading)

        def evaluate(play: Play) -> Any:
            try:
                return compiled(play)
            except ZeroDivisionError:
                raise Fault(
                    f"division by zero {self.history()}",
                    place=place,
                    text=text,
                    column=0,
                    remedy="change the values, or guard it with a if c else b",
                ) from None
            except _NotPlayed as skipped:
                raise Fault(
                    f"reads {skipped.name}, which was skipped {self.history()}",
                    place=place,
                    text=text,
                    column=0,
                    remedy=f"give {skipped.name} an otherwise, or guard the reading",
                ) from None
            except Fault as fault:
                raise fault.within(place, text, 0) from None

        return evaluate

    def slots_read(self, node: Expression) -> set[int]:
        """Return the slots of the moves that a ground formula reads, through definitions too."""
        slots: set[int] = set()
        pending, seen = [node], {id(node)}
        while pending:
            for part in walk(pending.pop()):
                if not isinstance(part, Reference):
                    continue
                if part.kind == "move":
                    slots.add(self.slots[part.name])
                elif part.kind == "define":
                    body = self.definition_nodes[part.name]
                    if id(body) not in seen:
                        seen.add(id(body))
                        pending.append(body)
        return slots

    def history(self) -> str:
        """Return the current history in words."""
        steps = [
            f"{instance.name} = {self.play[instance.slot]}"
            for instance in self.instances
            if self.play[instance.slot] is not None
        ]
        return f"after {', '.join(steps)}" if steps else "at the start"

    # -- fixing and size ----------------------------------------------------------------------

    def _chosen(self, fix: Mapping[str, object]) -> dict[str, object]:
        """Return the move instances that are fixed; `x[US]` goes before `x`."""
        chosen: dict[str, object] = {}
        for name, value in sorted(fix.items(), key=lambda item: "[" in item[0]):
            try:
                cells = self.scope.resolve_cell(name, "move")
            except Fault as fault:
                raise UsageError(fault.message, place="--fix", remedy=fault.remedy) from None
            chosen.update(dict.fromkeys(cells, value))
        return chosen

    def _fix(self, chosen: Mapping[str, object]) -> dict[str, str]:
        fixed: dict[str, str] = {}
        for cell, value in chosen.items():
            instance = self.instances[self.slots[cell]]
            instance.fixed = self._action(instance, value)
            fixed[cell] = instance.fixed.label
        return fixed

    def _action(self, instance: _Instance, value: object) -> Action:
        """Return the action that a caller names by label, number, or collection of members."""
        labels = [action.label for action in instance.actions]
        wanted: object = value
        if instance.move.subsets is not None:
            members = self.scope.sets[instance.move.subsets]
            if isinstance(value, str):
                wanted = subset_of_label(value, members, instance.move)
            elif isinstance(value, list | tuple | set | frozenset):
                wanted = frozenset(value)
        elif instance.move.grid is not None and value not in labels:
            from negotiation.model.values import read_value

            wanted = read_value(value, f"--fix {instance.name}")
        for action in instance.actions:
            if action.label == value or action.value == wanted:
                return action
        raise UsageError(
            f"{instance.name} has no action {value!r}",
            place="--fix",
            remedy=nearest(str(value), labels),
        )

    def _bound(self, chosen: Mapping[str, object]) -> int:
        """Return the number of histories if no move is skipped and every action is allowed."""
        bound, widest = 1, 1
        for instance in self.scope.instances:
            if instance.name not in chosen:
                count = _action_count(instance, self)
                bound, widest = bound * count, max(widest, count)
        moves = self.scope.moves.values()
        free = all(move.when is None and move.allowed is None for move in moves)
        if (free and bound > MAX_HISTORIES) or widest > MAX_HISTORIES:
            self._refuse_size(f"{'' if free else 'up to '}{count_text(bound)} histories")
        return bound

    def _count_histories(self) -> None:
        """Refuse the tree if it has too many histories.

        Histories that agree in what later conditions read are of one kind and counted together.
        Where a formula fails, building the tree will tell how.
        """
        later = [set[int]() for _ in self.instances]
        for depth in range(len(self.instances) - 1, 0, -1):
            later[depth - 1] = later[depth] | self.instances[depth].reads
        kinds: dict[tuple[Action | None, ...], int] = {(): 1}
        slots: list[int] = []
        for depth, instance in enumerate(self.instances):
            kept = sorted(slot for slot in later[depth] if slot <= depth)
            following: dict[tuple[Action | None, ...], int] = {}
            for kind, count in kinds.items():
                self.play[: len(self.slots)] = [None] * len(self.slots)
                for slot, action in zip(slots, kind, strict=True):
                    self.play[slot] = action
                try:
                    branches = self._branches(instance)
                except (Fault, UsageError):
                    return
                for action in branches:
                    self.play[depth] = action
                    key = tuple([self.play[slot] for slot in kept])
                    following[key] = following.get(key, 0) + count
            kinds, slots = following, kept
            total = sum(kinds.values())
            if total > MAX_HISTORIES and len(kinds) > MAX_KINDS:
                self._refuse_size(f"at least {count_text(total)} histories")
        if total > MAX_HISTORIES:
            self._refuse_size(f"{count_text(total)} histories")

    def _branches(self, instance: _Instance) -> list[Action | None]:
        """Return what may stand in the slot of an instance after the current play."""
        if instance.when is not None and not instance.when(self._fresh()):
            return [instance.otherwise]
        return list(self._open_actions(instance))

    def _refuse_size(self, found: str) -> None:
        raise Fault(
            f"the tree has {found}, more than {MAX_HISTORIES:,}",
            place="moves",
            remedy="use smaller sets or coarser grids; forms that do not enumerate histories "
            "(voting, bargaining) are for larger ones",
        )

    # -- expansion ----------------------------------------------------------------------------

    def game(self) -> Game:
        """Expand the tree and return the game."""
        self._expand()
        sets = tuple(
            InformationSet(*head, tuple(nodes))
            for head, nodes in zip(self.set_heads, self.set_nodes, strict=True)
        )
        phrases = {
            (instance.name, action.label): text.replace("{player}", player)
            for instance in self.instances
            for action in instance.actions
            for player in [self.scope.players[instance.player] if instance.player >= 0 else ""]
            if (text := (instance.move.phrases or {}).get(action.label))
        }
        return Game(
            name=self.model.name,
            players=self.scope.players,
            information_sets=sets,
            set_of=self.set_of,
            children=self.children,
            probabilities=self.chance,
            payoffs=self.payoffs,
            parameters=self.values,
            fixed=self.fixed,
            concept=self.model.concept or "subgame-perfect",
            select=self.model.select or "all",
            phrases=phrases,
            classify=_Classifier(self) if self.model.regimes else None,
        )

    def _fresh(self) -> Play:
        """Return the play with the definitions to be read anew."""
        self.play[len(self.slots) :] = self.unread
        return self.play

    def _expand(self) -> None:
        """Append the nodes of the tree in preorder; no recursion, as moves may be many."""
        path: list[_Branching] = []
        depth = 0
        while True:
            depth = self._next_move(depth)
            if depth < len(self.instances):
                branching = self._open(depth)
                node = branching.node
            else:
                node = self._leaf()
            if path:
                path[-1].children.append(node)
            if depth < len(self.instances):
                path.append(branching)
            while path and (action := next(path[-1].untried, None)) is None:
                closed = path.pop()
                self.children[closed.node] = tuple(closed.children)
            if not path:
                return
            depth = path[-1].depth
            self.play[depth : len(self.slots)] = [None] * (len(self.slots) - depth)
            self.play[depth] = action
            depth += 1

    def _next_move(self, depth: int) -> int:
        """Return the first move at or after `depth` that is made; those before it are skipped."""
        while depth < len(self.instances):
            instance = self.instances[depth]
            if instance.when is None or instance.when(self._fresh()):
                break
            self.play[depth] = instance.otherwise
            depth += 1
        return depth

    def _new_node(self, position: int) -> int:
        self.set_of.append(position)
        self.children.append(())
        return len(self.set_of) - 1

    def _leaf(self) -> int:
        node = self._new_node(-1)
        play = self._fresh()
        self.payoffs[node] = tuple(Fraction(function(play)) for function in self.payoff_functions)
        if len(self.payoffs) > MAX_HISTORIES:
            self._refuse_size(f"up to {count_text(self.bound)} histories")
        return node

    def _open(self, depth: int) -> _Branching:
        """Append the node of a move that is made."""
        instance = self.instances[depth]
        actions = self._open_actions(instance)
        probabilities = self._draw(instance, actions)
        player = CHANCE if instance.fixed is not None else instance.player
        node = self._new_node(self._information_set(instance, player, actions))
        self.set_nodes[self.set_of[node]].append(node)
        if player == CHANCE:
            self.chance[node] = probabilities or (Fraction(1),)
        return _Branching(node, depth, iter(actions))

    def _open_actions(self, instance: _Instance) -> list[Action]:
        """Return the actions open at the current history."""
        actions = instance.actions
        if instance.allowed is not None:
            allowed = []
            for action in actions:
                self.play[instance.slot] = action
                if instance.allowed(self._fresh()):
                    allowed.append(action)
            self.play[instance.slot] = None
            actions = allowed
            if not actions:
                raise Fault(
                    f"no action is allowed {self.history()}",
                    place=f"{instance.place}.allowed",
                    remedy="allow at least one, or skip the move with when",
                )
        if instance.fixed is not None:
            if instance.fixed not in actions:
                raise NotAllowedError(
                    f"{instance.name} = {instance.fixed.label!r} is not allowed {self.history()}",
                    place="--fix",
                    remedy="allowed here: " + ", ".join(action.label for action in actions),
                )
            return [instance.fixed]
        return actions

    def _draw(self, instance: _Instance, actions: list[Action]) -> tuple[Fraction, ...] | None:
        """Return the probabilities of chance at the current history, which sum to one."""
        if instance.probabilities is None or instance.fixed is not None:
            return None
        play = self._fresh()
        drawn = [None if f is None else Fraction(f(play)) for f in instance.probabilities]
        place = f"{instance.place}.probabilities"
        if len(drawn) != len(actions):
            raise Fault(
                f"{len(drawn)} probabilities for {len(actions)} actions",
                place=place,
                remedy="give one for each action",
            )
        total = sum((p for p in drawn if p is not None), Fraction(0))
        filled = [1 - total if p is None else p for p in drawn]
        listed = ", ".join(str(p) for p in filled)
        if any(p < 0 or p > 1 for p in filled):
            raise Fault(
                f"{listed} are no probabilities {self.history()}",
                place=place,
                remedy="change the values, so that each is from 0 to 1",
            )
        if sum(filled) != 1:
            raise Fault(
                f"the probabilities {listed} do not sum to one {self.history()}",
                place=place,
                remedy='write "rest" for one of them',
            )
        return tuple(filled)

    def _information_set(self, instance: _Instance, player: int, actions: list[Action]) -> int:
        """Return the index of the mover's information set at the current history."""
        known = [(self.instances[slot].name, self.play[slot]) for slot in instance.known]
        key: tuple[Any, ...] = (
            instance.slot,
            *(None if action is None else action.label for _, action in known),
        )
        if player == CHANCE:
            key = (instance.slot, "chance", len(self.set_of))
        if key not in self.sets:
            self.sets[key] = len(self.set_heads)
            seen = tuple((name, action.label) for name, action in known if action is not None)
            labels = tuple(action.label for action in actions)
            self.set_heads.append((player, instance.name, seen, labels))
            self.set_nodes.append([])
        return self.sets[key]


class _Undefined(Exception):  # noqa: N818 - a signal: the condition does not hold
    """A probability was read whose condition never occurs."""


class _Classifier:
    """Names the regime of an equilibrium path: the first whose condition holds on all of it.

    ``prob`` and ``mean`` are read as definitions are, from slots of the play that are filled when
    they are first read.
    """

    def __init__(self, tree: _Tree) -> None:
        self.tree = tree
        self.actions = {
            (instance.name, action.label): action
            for instance in tree.instances
            for action in instance.actions
        }
        self.plays: list[tuple[Play, Fraction]] = []
        reading = tree.reading
        slots = dict(reading.definitions)
        self.reading = replace(reading, definitions=slots, bodies=list(reading.bodies))
        self.conditions = []
        for regime in tree.model.regimes:
            place = f"regimes.{regime.name}.when"
            node = self._with_slots(tree.node(regime.when, {}, place))
            self.conditions.append((regime.name, place, closure(node, self.reading)))
        self.unread = [UNKNOWN] * len(slots)

    def __call__(self, game: Game, distribution: Distribution) -> str:
        self.plays = [(self._play(game, terminal), weight) for terminal, weight in distribution]
        for name, place, condition in self.conditions:
            try:
                if self._holds(condition):
                    return str(name)
            except _Undefined:
                continue
            except ZeroDivisionError:
                fault = Fault("division by zero on the path", remedy="guard it with a if c else b")
            except _NotPlayed as skipped:
                fault = Fault(
                    f"reads {skipped.name}, which is skipped on the path",
                    remedy=f"give {skipped.name} an otherwise, or guard the reading",
                )
            except Fault as found:
                fault = found
            else:
                continue
            raise ModelError([fault.within(place)], source=game.name)
        return "unnamed"

    def _holds(self, condition: Function) -> bool:
        """Say whether a condition holds at every history of the path."""
        for play, _ in self.plays:
            self.tree.play = play  # Where faults of definitions say they are.
            if not condition(play):
                return False
        return True

    def _play(self, game: Game, terminal: int) -> Play:
        """Return what formulas read at a terminal node."""
        taken = dict(game.path(terminal))
        play: Play = []
        for instance in self.tree.instances:
            label = taken.get(instance.name)
            action = instance.otherwise if label is None else self.actions[instance.name, label]
            play.append(action)
        return play + self.unread

    def _with_slots(self, part: Any) -> Any:
        """Return a formula, ``prob`` and ``mean`` replaced by references to slots of their own."""
        if isinstance(part, tuple):
            return tuple(self._with_slots(item) for item in part)
        if not isinstance(part, Expression):
            return part
        node = replace(
            part, **{f.name: self._with_slots(getattr(part, f.name)) for f in fields(part)}
        )
        if not (isinstance(node, Call) and node.function in ("prob", "mean")):
            return node
        arguments = [closure(argument, self.reading) for argument in node.arguments]
        body = self._mean if node.function == "mean" else self._probability
        name = f"{node.function} {len(self.reading.bodies)}"
        slots = cast(dict[str, int], self.reading.definitions)
        slots[name] = len(self.reading.moves) + len(self.reading.bodies)
        self.reading.bodies.append(lambda _play: body(*arguments))
        return Reference("define", name, column=node.column)

    def _mean(self, quantity: Function) -> Fraction:
        """Return the expected value of a quantity on the path."""
        return sum((weight * quantity(play) for play, weight in self.plays), Fraction(0))

    def _probability(self, event: Function, given: Function | None = None) -> Fraction:
        """Return the probability of an event on the path, given another."""
        possible = [(play, w) for play, w in self.plays if given is None or given(play)]
        if not possible:
            raise _Undefined
        hit = sum((weight for play, weight in possible if event(play)), Fraction(0))
        return hit / sum((weight for _, weight in possible), Fraction(0))
