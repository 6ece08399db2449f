r"""Scope: what each name of a model means, and who knows what.

One name space holds sets, members, players, parameters, moves, definitions and index letters. A
family ``x`` over ``i in S`` has the cells ``x[a]``, one a member. Moves are unfolded into *move
instances* in the order of play: the members of an ``over`` family stand side by side (none observes
another unless told so), adjacent families with the same ``turns`` interleave.

What a mover knows is fixed by the file: the moves that it observes, and whatever it knew or did at
its own earlier moves,

.. math:: K(m) = O(m) \cup \bigcup_{j < m,\ \iota(j) = \iota(m)} \bigl(K(j) \cup \{j\}\bigr),

so recall is perfect by construction (Kuhn 1953).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from negotiation.errors import Enough, Fault, FaultList
from negotiation.formulas import Expression, nearest
from negotiation.model.document import Binder, Model, Move, Steps

__all__ = ["CHANCE", "Family", "MoveInstance", "Scope", "build_scope", "cell_name", "subset_label"]

CHANCE = "chance"
MAX_MEMBERS = 1_000
MAX_CELLS = 10_000
MAX_MOVES = 400


@dataclass(frozen=True)
class Family:
    """A parameter, move or definition: one cell, or one a member of its binder.

    A family is `faulty` where its binder cannot be read, so that no more is said of its members.
    """

    kind: str
    name: str
    binder: Binder | None
    in_turns: bool = False
    faulty: bool = False


@dataclass(frozen=True)
class MoveInstance:
    """One move of one mover, such as ``joins[US]``, with what its mover knows."""

    name: str
    move: Move
    player: str
    binding: Mapping[str, str]
    known: tuple[str, ...]


@dataclass
class Scope:
    """The resolved names of a model.

    Attributes
    ----------
    sets : dict
        Set to members, in the file's order.
    players : tuple of str
        All players; a set's name stands for its members.
    families : dict
        Parameters, moves and definitions by name.
    instances : tuple of MoveInstance
        In the order of play.
    payoffs : dict
        Player to (formula, its key in the file, binding of index letters).
    moves : dict
        Move as the author wrote it, by name.
    """

    sets: dict[str, tuple[str, ...]]
    players: tuple[str, ...]
    families: dict[str, Family]
    definitions: dict[str, str]
    payoffs: dict[str, tuple[str, str, dict[str, str]]]
    moves: dict[str, Move]
    instances: tuple[MoveInstance, ...] = ()
    members: frozenset[str] = field(default_factory=frozenset)
    ground_forms: dict[tuple[object, ...], Expression] = field(default_factory=dict, repr=False)

    def kind(self, name: str) -> str | None:
        """Return set, member, player, parameter, move or define; None if unknown."""
        if name in self.families:
            return self.families[name].kind
        if name in self.sets:
            return "set"
        if name in self.members:
            return "member"
        return "player" if name in self.players else None

    def move_of(self, instance: str) -> Move:
        """Return the move whose instance is called `instance`."""
        return self.moves[instance.split("[")[0]]

    def label_of_subset(self, move: Move, chosen: frozenset[str]) -> str:
        """Return the label of a set of members: as renamed, else canonical."""
        for label, listed in (move.labels or {}).items():
            if frozenset(listed) == chosen:
                return str(label)
        return subset_label(member for member in self.sets[move.subsets or ""] if member in chosen)

    def count(self, family: Family) -> int:
        """Return the number of cells of a family."""
        pairs = family.binder.pairs if family.binder else ()
        return math.prod(len(self.sets.get(set_name, ())) for _, set_name in pairs)

    def definition_of(self, cell: str) -> tuple[str, dict[str, str]]:
        """Return the formula of a cell of a definition, and its index letters bound."""
        family, _, rest = cell.partition("[")
        binder = self.families[family].binder
        members = rest.rstrip("]").split(", ") if rest else []
        indices = binder.indices if binder is not None else ()
        return self.definitions[family], dict(zip(indices, members, strict=True))

    def names(self) -> list[str]:
        """Return all known names."""
        return [*self.families, *self.sets, *sorted(self.members), *self.players]

    def bindings(self, binder: Binder | None) -> Iterator[dict[str, str]]:
        """Yield one mapping of index letters to members for each cell."""
        if binder is None:
            yield {}
            return
        spaces = [self.sets.get(set_name, ()) for _, set_name in binder.pairs]
        for combination in itertools.product(*spaces):
            yield dict(zip(binder.indices, combination, strict=True))

    def cells(self, family: str) -> list[str]:
        """Return the names of the cells of a family, in order."""
        entry = self.families[family]
        if entry.binder is None:
            return [family]
        return [cell_name(family, binding.values()) for binding in self.bindings(entry.binder)]

    def resolve_cell(self, text: str, kind: str) -> list[str]:
        """Return the cells that a name such as ``x``, ``x[US]`` or ``x[US, EU]`` stands for.

        Raises
        ------
        Fault
            If there is no such family or member; the remedy names the nearest.
        """
        match = re.fullmatch(r"\s*(\w+)\s*(?:\[([^\]]*)\])?\s*", text)
        names = [family.name for family in self.families.values() if family.kind == kind]
        word = {"parameter": "parameter", "move": "move"}.get(kind, kind)
        if match is None or match[1] not in names:
            shown = match[1] if match else text[:60]
            raise Fault(f"no {word} is called {shown!r}", remedy=nearest(shown, names))
        cells = self.cells(match[1])
        if match[2] is None:
            return cells
        wanted = cell_name(match[1], (part.strip() for part in match[2].split(",")))
        if wanted not in cells:
            raise Fault(f"there is no {wanted!r}", remedy=nearest(wanted, cells))
        return [wanted]


def cell_name(family: str, members: Iterable[str]) -> str:
    """Return the name of a cell, ``family[US]``; without members the bare family."""
    listed = ", ".join(members)
    return f"{family}[{listed}]" if listed else family


def subset_label(members: Iterable[str]) -> str:
    """Return the canonical label of a set of members given in the set's order: ``{US, EU}``."""
    return "{" + ", ".join(members) + "}"


def subset_of_label(text: str, members: tuple[str, ...], move: Move) -> frozenset[str] | None:
    """Return the set that a label (renamed or canonical) stands for, or None."""
    if move.labels and text in move.labels:
        return frozenset(move.labels[text])
    if text.startswith("{") and text.endswith("}"):
        inner = [part.strip() for part in text[1:-1].split(",")] if text[1:-1].strip() else []
        if len(set(inner)) == len(inner) and set(inner) <= set(members):
            return frozenset(inner)
    return None


def grid_labels(move: Move) -> list[str] | None:
    """Return the labels of a grid's entries; None where values decide them (``steps``)."""
    if move.grid is None or isinstance(move.grid, Steps):
        return None
    return [str(entry) if isinstance(entry, Fraction) else entry.strip() for entry in move.grid]


def build_scope(model: Model, faults: FaultList) -> Scope:
    """Resolve the names of a model; faults are collected, not raised.

    Raises
    ------
    Enough
        If there are too many faults, or sets so large that nothing more should be tried.
    """
    before = len(faults)
    sets = dict(model.sets)
    members = frozenset(member for listed in sets.values() for member in listed)
    scope = Scope(sets, (), {}, {}, {}, {move.name: move for move in model.moves}, members=members)
    for name, parameter in model.parameters.items():
        place = f"parameters.{name}.over"
        scope.families[name] = _family("parameter", name, parameter.over, place, sets, faults)
    for position, move in enumerate(model.moves):
        _add_move(scope, move, f"moves[{position}]", faults)
    for key, text in model.define.items():
        head, binder = _key_of_definition(key, faults)
        if head in scope.families:
            faults.append(_taken(head, f"define.{key}"))
        scope.families[head] = _family("define", head, binder, f"define.{key}", sets, faults)
        scope.definitions[head] = text
    scope.players = _players(model, sets, faults)
    scope.payoffs = _payoffs(model, scope, faults)
    _check_sizes(scope, faults)
    if len(faults) == before:
        scope.instances = tuple(_instances(model, scope, faults))
    return scope


def _add_move(scope: Scope, move: Move, place: str, faults: FaultList) -> None:
    if move.turns is not None and move.over is not None:
        remedy = "over: at the same time; turns: one after another"
        faults.append(Fault("a move has over or turns, not both", place=place, remedy=remedy))
    if move.name in scope.families:
        faults.append(_taken(move.name, f"{place}.name"))
    key = "over" if move.turns is None else "turns"
    binder = move.over if move.turns is None else move.turns
    family = _family("move", move.name, binder, f"{place}.{key}", scope.sets, faults)
    scope.families[move.name] = replace(family, in_turns=move.turns is not None)


def _check_sizes(scope: Scope, faults: FaultList) -> None:
    """Refuse sets and families that are too large before anything is done for each member."""
    for name, members in scope.sets.items():
        if len(members) > MAX_MEMBERS:
            message = f"the set has {len(members)} members, more than {MAX_MEMBERS}"
            faults.append(Fault(message, place=f"sets.{name}", remedy="use a smaller set"))
    before, moves = len(faults), 0
    for family in scope.families.values():
        count = scope.count(family)
        moves += count if family.kind == "move" else 0
        if count > MAX_CELLS:
            message = f"{family.name} has {count} cells, more than {MAX_CELLS}"
            place = f"{_TABLES[family.kind]}.{family.name}"
            faults.append(Fault(message, place=place, remedy="use smaller sets"))
    if moves > MAX_MOVES:
        message = f"{moves} moves are more than {MAX_MOVES}"
        faults.append(Fault(message, place="moves", remedy="use smaller sets"))
    if len(faults) > before:
        raise Enough


_TABLES = {"parameter": "parameters", "move": "moves", "define": "define"}


def _taken(name: str, place: str) -> Fault:
    return Fault(f"the name {name!r} is taken", place=place, remedy="one name, one meaning: rename")


def _family(
    kind: str,
    name: str,
    text: str | None,
    place: str,
    sets: Mapping[str, object],
    faults: FaultList,
) -> Family:
    """Return a family with its binder; what is wrong with the binder makes it faulty."""
    before = len(faults)
    binder = _binder(text, place, sets, faults)
    return Family(kind, name, binder, faulty=len(faults) > before)


def _binder(
    text: str | None, place: str, sets: Mapping[str, object], faults: FaultList
) -> Binder | None:
    """Read a binder and check its sets; None on a fault."""
    if text is None:
        return None
    try:
        binder = Binder.read(text)
    except Fault as fault:
        faults.append(fault.at(place))
        return None
    for _, set_name in binder.pairs:
        if set_name not in sets:
            faults.append(
                Fault(f"no set is called {set_name!r}", place=place, remedy=nearest(set_name, sets))
            )
    return binder


def _key_of_definition(key: str, faults: FaultList) -> tuple[str, str | None]:
    """Read a key of [define], ``name`` or ``name[i in S]``: the name and the binder."""
    match = re.fullmatch(r"\s*(\w+)\s*(?:\[(.*)\])?\s*", key)
    if match is None:
        remedy = 'write name or "name[i in S]"'
        faults.append(Fault(f"{key[:60]!r} is no name", place=f"define.{key}", remedy=remedy))
        return key, None
    return match[1], match[2]


def _players(
    model: Model, sets: Mapping[str, tuple[str, ...]], faults: FaultList
) -> tuple[str, ...]:
    players: dict[str, None] = {}
    for name in model.players:
        for player in sets.get(name, (name,)):
            if player in players:
                faults.append(
                    Fault(f"player {player!r} stands twice", place="players", remedy="name it once")
                )
            elif player == CHANCE:
                faults.append(
                    Fault(
                        "chance is no player",
                        place="players",
                        remedy='remove it; a move of chance says player = "chance"',
                    )
                )
            else:
                players[player] = None
    if not players:
        faults.append(Fault("there is no player", place="players", remedy="name at least one"))
    return tuple(players)


def _payoffs(
    model: Model, scope: Scope, faults: FaultList
) -> dict[str, tuple[str, str, dict[str, str]]]:
    """Return player -> (formula, key, binding); every player has exactly one payoff."""
    payoffs: dict[str, tuple[str, str, dict[str, str]]] = {}
    for key, text in model.payoffs.items():
        place = f"payoffs.{key}"
        if " in " in key:
            binder = _binder(key, place, scope.sets, faults)
            if binder is not None and len(binder.pairs) != 1:
                faults.append(Fault("one index letter here", place=place, remedy="write i in S"))
                continue
            entries = [(next(iter(b.values())), b) for b in scope.bindings(binder) if b]
        else:
            entries = [(key, {})]
        for player, binding in entries:
            if player not in scope.players:
                hint = nearest(player, scope.players)
                if player in scope.sets:
                    hint = f'write "i in {player}" for a payoff by member'
                faults.append(Fault(f"no player is called {player!r}", place=place, remedy=hint))
            elif player in payoffs:
                faults.append(
                    Fault(f"{player} has a second payoff", place=place, remedy="keep one of them")
                )
            else:
                payoffs[player] = (text, key, binding)
    for player in scope.players:
        if player not in payoffs and not any(f.place.startswith("payoffs") for f in faults):
            remedy = f'add {player} = "..."'
            faults.append(Fault(f"player {player} has no payoff", place="payoffs", remedy=remedy))
    return payoffs


def _instances(model: Model, scope: Scope, faults: FaultList) -> Iterator[MoveInstance]:
    """Yield the move instances in the order of play, with what each mover knows."""
    played: list[str] = []
    owners: dict[str, tuple[str, tuple[str, ...]]] = {}
    never_seen = {(k, text) for k, move in enumerate(model.moves) for text in move.observes}
    for position, move, binding in _order_of_play(model, scope):
        place = f"moves[{position}]"
        name = cell_name(move.name, binding.values())
        player = _mover(move, binding, scope, place, faults)
        seen = set(played) if player == CHANCE else set()
        for text in move.observes:
            named = _observed(text, binding, scope, f"{place}.observes", faults)
            found = set(named) & set(played)
            seen |= found
            if found or not named or _same_turns(scope, move.name, text):
                never_seen.discard((position, text))
        for earlier, (owner, known) in owners.items():
            if owner == player:
                seen |= {earlier, *known}
        known = tuple(earlier for earlier in played if earlier in seen)
        played.append(name)
        owners[name] = (player, known)
        yield MoveInstance(name, move, player, binding, known)
    for position, text in sorted(never_seen):
        faults.append(
            Fault(
                f"{model.moves[position].name} observes {text}, which is not played before it",
                place=f"moves[{position}].observes",
                remedy="name earlier moves only, or change the order of [[moves]]",
            )
        )


def _same_turns(scope: Scope, name: str, observed: str) -> bool:
    """Say whether two moves alternate, so that a first turn may find nothing to observe."""
    own, other = scope.families[name], scope.families.get(observed.split("[")[0].strip())
    return other is not None and own.in_turns and other.in_turns and own.binder == other.binder


def _order_of_play(model: Model, scope: Scope) -> Iterator[tuple[int, Move, dict[str, str]]]:
    """Yield (position in the file, move, binding).

    Adjacent moves with the same turns interleave.
    """

    def grouping(entry: tuple[int, Move]) -> object:
        binder = scope.families[entry[1].name].binder
        return binder if entry[1].turns is not None else entry[0]

    for _, group in itertools.groupby(enumerate(model.moves), key=grouping):
        moves = list(group)
        for binding in scope.bindings(scope.families[moves[0][1].name].binder):
            for position, move in moves:
                yield position, move, binding


def _mover(
    move: Move, binding: Mapping[str, str], scope: Scope, place: str, faults: FaultList
) -> str:
    if move.player is None:
        if len(binding) == 1:
            player = next(iter(binding.values()))
        else:
            faults.append(
                Fault(f"{move.name} has no player", place=place, remedy='add player = "..."')
            )
            return CHANCE
    else:
        player = binding.get(move.player, move.player)
    if player != CHANCE and player not in scope.players:
        faults.append(
            Fault(
                f"no player is called {player!r}",
                place=f"{place}.player",
                remedy=nearest(player, [*scope.players, CHANCE, *binding]),
            )
        )
    return player


def _observed(
    text: str, binding: Mapping[str, str], scope: Scope, place: str, faults: FaultList
) -> list[str]:
    """Return the instances that one entry of `observes` stands for, played or not."""
    head, _, rest = text.partition("[")
    indices = [part.strip() for part in rest.rstrip("] ").split(",")] if rest else []
    resolved = cell_name(head.strip(), (binding.get(index, index) for index in indices))
    try:
        return scope.resolve_cell(resolved, "move")
    except Fault as fault:
        if not any(known.place == place and known.message == fault.message for known in faults):
            faults.append(fault.at(place))
        return []
