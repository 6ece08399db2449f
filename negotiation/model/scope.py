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
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from negotiation.errors import Fault
from negotiation.formulas import nearest
from negotiation.model.document import Binder, Model, Move, Steps

__all__ = ["CHANCE", "Family", "MoveInstance", "Scope", "build_scope", "cell_name", "subset_label"]

CHANCE = "chance"
MAX_CELLS = 100_000


@dataclass(frozen=True)
class Family:
    """A parameter, move or definition: one cell, or one a member of its binder."""

    kind: str
    name: str
    binder: Binder | None
    in_turns: bool = False


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


def build_scope(model: Model) -> tuple[Scope, list[Fault]]:
    """Resolve the names of a model; faults are collected, not raised."""
    faults: list[Fault] = []
    sets = dict(model.sets)
    members = frozenset(member for listed in sets.values() for member in listed)
    families: dict[str, Family] = {}
    for name, parameter in model.parameters.items():
        binder = _binder(parameter.over, f"parameters.{name}.over", sets, faults)
        families[name] = Family("parameter", name, binder)
    for position, move in enumerate(model.moves):
        key = "turns" if move.turns is not None else "over"
        binder = _binder(move.turns or move.over, f"moves[{position}].{key}", sets, faults)
        if move.turns is not None and move.over is not None:
            faults.append(
                Fault(
                    "a move has over or turns, not both",
                    place=f"moves[{position}]",
                    remedy="over: at the same time; turns: one after another",
                )
            )
        if move.name in families:
            faults.append(_taken(move.name, f"moves[{position}].name"))
        families[move.name] = Family("move", move.name, binder, in_turns=move.turns is not None)
    definitions: dict[str, str] = {}
    for key, text in model.define.items():
        head, binder = _keyed(key, f"define.{key}", sets, faults)
        if head in families:
            faults.append(_taken(head, f"define.{key}"))
        families[head] = Family("define", head, binder)
        definitions[head] = text
    players = _players(model, sets, faults)
    moves = {move.name: move for move in model.moves}
    scope = Scope(sets, players, families, definitions, {}, moves, members=members)
    scope.payoffs = _payoffs(model, scope, faults)
    faults += [
        Fault(
            f"{name} has {count} cells, more than {MAX_CELLS}",
            place=name,
            remedy="use smaller sets",
        )
        for name, count in _sizes(scope)
        if count > MAX_CELLS
    ]
    if not faults:
        scope.instances = tuple(_instances(model, scope, faults))
    return scope, faults


def _sizes(scope: Scope) -> Iterator[tuple[str, int]]:
    for family in scope.families.values():
        count = 1
        for _, set_name in family.binder.pairs if family.binder else ():
            count *= len(scope.sets.get(set_name, ()))
        yield family.name, count


def _taken(name: str, place: str) -> Fault:
    return Fault(f"the name {name!r} is taken", place=place, remedy="one name, one meaning: rename")


def _binder(
    text: str | None, place: str, sets: Mapping[str, object], faults: list[Fault]
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


def _keyed(
    key: str, place: str, sets: Mapping[str, object], faults: list[Fault]
) -> tuple[str, Binder | None]:
    """Read a key of [define]: ``name`` or ``name[i in S]``."""
    match = re.fullmatch(r"\s*(\w+)\s*(?:\[(.*)\])?\s*", key)
    if match is None:
        faults.append(
            Fault(f"{key[:60]!r} is no name", place=place, remedy='write name or "name[i in S]"')
        )
        return key, None
    return match[1], _binder(match[2], place, sets, faults)


def _players(
    model: Model, sets: Mapping[str, tuple[str, ...]], faults: list[Fault]
) -> tuple[str, ...]:
    players: list[str] = []
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
                players.append(player)
    if not players:
        faults.append(Fault("there is no player", place="players", remedy="name at least one"))
    return tuple(players)


def _payoffs(
    model: Model, scope: Scope, faults: list[Fault]
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
            faults.append(
                Fault(
                    f"player {player} has no payoff", place="payoffs", remedy=f'add {player} = "..."'
                )
            )
    return payoffs


def _instances(model: Model, scope: Scope, faults: list[Fault]) -> Iterator[MoveInstance]:
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
            found = set(_observed(text, binding, scope, f"{place}.observes", faults)) & set(played)
            seen |= found
            if found or _same_turns(scope, move.name, text):
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
    """Yield (position in the file, move, binding); adjacent moves with the same turns interleave."""

    def grouping(entry: tuple[int, Move]) -> object:
        binder = scope.families[entry[1].name].binder
        return binder if entry[1].turns is not None else entry[0]

    for _, group in itertools.groupby(enumerate(model.moves), key=grouping):
        moves = list(group)
        for binding in scope.bindings(scope.families[moves[0][1].name].binder):
            for position, move in moves:
                yield position, move, binding


def _mover(
    move: Move, binding: Mapping[str, str], scope: Scope, place: str, faults: list[Fault]
) -> str:
    if move.player is None:
        if len(binding) == 1:
            player = next(iter(binding.values()))
        else:
            faults.append(Fault("the move has no player", place=place, remedy='add player = "..."'))
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
    text: str, binding: Mapping[str, str], scope: Scope, place: str, faults: list[Fault]
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
