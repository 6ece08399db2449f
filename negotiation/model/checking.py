"""Checking: every fault of a model that can be found before it is solved.

One name space holds all names; every formula yields what its place asks for
(:mod:`negotiation.model.kinds`); a condition on a move reads only what its mover knows; the model's
own values lie in their domains. Nothing stops at the first fault, and a key that could not be read
causes no second one.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from negotiation.errors import Enough, Fault, FaultList, UsageError
from negotiation.formulas import (
    Aggregate,
    Cell,
    Expression,
    Name,
    children,
    is_name,
    nearest,
    parse,
    walk,
)
from negotiation.model.calibration import calibration_faults
from negotiation.model.document import Hypothesis, Model, Move, Parameter, Steps, Value
from negotiation.model.grounding import constant_value
from negotiation.model.kinds import (
    NUMBER,
    RESERVED,
    TRUTH,
    Context,
    Inference,
    admits_label,
    labels_of,
)
from negotiation.model.knowledge import knowledge_faults
from negotiation.model.scope import (
    CHANCE,
    Scope,
    build_scope,
    grid_labels,
    subset_label,
    subset_of_label,
)
from negotiation.model.values import default_faults

__all__ = ["check_model", "check_syntax"]

CONCEPTS = (
    "pure",
    "nash",
    "subgame-perfect",
    "pure-subgame-perfect",
    "perfect-bayesian",
    "sequential",
)
CONCEPTS_TO_COME = ("correlated", "coarse-correlated", "qre")
"""A file may name them; so far nothing solves them, so no remedy does."""
FORMS = ("extensive",)
FORMS_TO_COME = ("voting", "bargaining", "repeated", "stochastic", "continuous", "global")
MAX_LEVELS = 40
MAX_DEPTH = 200
MAX_NODES = 200_000


def check_model(model: Model, broken: frozenset[str]) -> list[Fault]:
    """Return all faults of a model whose sets, players and moves could be read.

    Parameters
    ----------
    broken : frozenset of str
        The tables and records that lost a key which could not be read: ``moves``, ``moves[2]``.
    """
    faults = FaultList()
    try:
        faults.extend(_header_faults(model, broken))
        scope = build_scope(model, faults)
        faults.extend(_name_faults(model, scope))
        _Check(model, scope, faults, broken).check()
        sound = {fault.place.partition(".")[0].partition("[")[0] for fault in faults}.isdisjoint
        if sound(("moves", "define", "sets", "players")) and scope.instances:
            faults.extend(knowledge_faults(scope))
        calibration = calibration_faults(model) if sound(("calibration",)) else []
        faults.extend(calibration)
        needed = ("parameters", "sets", "assume", "calibration")
        if not calibration and sound(needed) and broken.isdisjoint(needed):
            faults.extend(default_faults(model, scope))
    except Enough:
        pass
    echoes = broken & {"payoffs"}
    return [fault for fault in faults if fault.place not in echoes]


def check_syntax(model: Model) -> list[Fault]:
    """Return what is wrong with the formulas of a model of which too little could be read."""
    faults = FaultList()
    try:
        for place, _, text in _formulas(model):
            try:
                parse(text)
            except Fault as fault:
                faults.append(fault.at(place))
    except Enough:
        pass
    return list(faults)


def _formulas(model: Model) -> Iterator[tuple[str, str, str]]:
    """Yield (place, family or set that it is made for once a cell, text) of all formulas."""
    for place, family, value in _entries(model):
        if isinstance(value, str) and not _is_rest(value):
            yield place, family, value


def _entries(model: Model) -> Iterator[tuple[str, str, object]]:
    """Yield what may be a formula, as in `_formulas`."""
    for name, parameter in model.parameters.items():
        place = f"parameters.{name}"
        yield f"{place}.domain", name, parameter.domain
        yield f"{place}.default", name, parameter.default
        for cell, value in _cells(parameter.value, f"{place}.value"):
            yield cell, "" if isinstance(parameter.value, Mapping) else name, value
        for cell, interval in _cells(parameter.range, f"{place}.range"):
            yield from ((cell, "", bound) for bound in interval)
    yield from ((f"assume[{k}]", "", text) for k, text in enumerate(model.assume))
    for position, move in enumerate(model.moves):
        if move is not None:
            yield from _entries_of_move(move, f"moves[{position}]")
    for key, text in model.define.items():
        yield f"define.{key}", key.partition("[")[0].strip(), text
    for key, text in model.payoffs.items():
        yield f"payoffs.{key}", key.partition(" in ")[2].strip(), text
    for position, regime in enumerate(model.regimes):
        yield f"regimes[{position}].when", "", regime.when
    for position, hypothesis in enumerate(model.hypotheses):
        yield f"hypotheses[{position}].holds", "", hypothesis.holds
        yield f"hypotheses[{position}].given", "", hypothesis.given


def _entries_of_move(move: Move, place: str) -> Iterator[tuple[str, str, object]]:
    yield f"{place}.when", move.name, move.when
    yield f"{place}.allowed", move.name, move.allowed
    grid = move.grid
    points = (grid.start, grid.end, grid.steps) if isinstance(grid, Steps) else grid or ()
    yield from ((f"{place}.grid", move.name, point) for point in points)
    for position, entry in enumerate(move.probabilities or ()):
        yield f"{place}.probabilities[{position}]", move.name, entry


def _cells(table: object, place: str) -> Iterator[tuple[str, Any]]:
    """Yield (place, entry) of a value, or of a table by member."""
    if isinstance(table, Mapping):
        yield from ((f"{place}.{member}", entry) for member, entry in table.items())
    elif table is not None:
        yield place, table


# -- header and names -----------------------------------------------------------------------------


def _header_faults(model: Model, broken: frozenset[str]) -> Iterator[Fault]:
    if model.schema != 1:
        message = f"schema {model.schema} is unknown"
        yield Fault(message, place="schema", remedy="this version reads schema 1")
    if model.form not in FORMS:
        later = " (a form to come)" if model.form in FORMS_TO_COME else ""
        message = f"form {model.form[:60]!r} is unknown{later}"
        yield Fault(message, place="form", remedy=nearest(model.form, FORMS))
    yield from _concept_faults(model.concept, "concept")
    yield from _selection_faults(model.select, model, "select")
    if not model.moves and "moves" not in broken:
        yield Fault("there is no move", place="moves", remedy="add a [[moves]] table")
    for name, members in model.sets.items():
        if "default" in members:
            message = "no member can be called 'default'"
            remedy = "in a table it stands for the other members; call it default_"
            yield Fault(message, place=f"sets.{name}", remedy=remedy)
        if not members:
            yield Fault("the set is empty", place=f"sets.{name}", remedy="name its members")
        for member in _repeated(members):
            message = f"{member} stands twice"
            yield Fault(message, place=f"sets.{name}", remedy="name it once")


def _repeated(names: Iterable[str]) -> list[str]:
    """Return the names that stand more than once, in order."""
    return [name for name, count in Counter(names).items() if count > 1]


def _concept_faults(concept: str | None, place: str) -> Iterator[Fault]:
    if concept is not None and concept not in (*CONCEPTS, *CONCEPTS_TO_COME):
        message = f"concept {concept[:60]!r} is unknown"
        yield Fault(message, place=place, remedy=nearest(concept, CONCEPTS))


def _selection_faults(select: str | None, model: Model, place: str) -> Iterator[Fault]:
    if select is None:
        return
    from negotiation.selection import parse_selection

    players = [player for name in model.players for player in model.sets.get(name, (name,))]
    try:
        parse_selection(select, players)
    except UsageError as error:
        remedy = error.remedy or "see the list of rules"
        yield Fault(error.message, place=place, remedy=remedy)


def _name_faults(model: Model, scope: Scope) -> Iterator[Fault]:
    """One name space: identifiers, no keyword, no reserved word, no name with two meanings."""
    meanings: dict[str, str] = {}
    for name, kind, place in _names(scope):
        word = _reserved(name)
        if word:
            remedy = "call it lam" if name == "lambda" else f"call it {name}_, or spell it out"
            yield Fault(f"{name!r} is {word}", place=place, remedy=remedy)
        elif not is_name(name):
            yield Fault(
                f"{name[:60]!r} cannot be a name",
                place=place,
                remedy="a name is made of letters, digits and _, and starts with a letter",
            )
        elif meanings.setdefault(name, kind) != kind:
            yield Fault(
                f"{name!r} is both a {meanings[name]} and a {kind}",
                place=place,
                remedy="one name, one meaning: rename one of them",
            )
    for index, place in _index_letters(model, scope):
        word = _reserved(index) or (f"already a {meanings[index]}" if index in meanings else "")
        if word:
            message = f"the index letter {index!r} is {word}"
            yield Fault(message, place=place, remedy="use another letter")


def _names(scope: Scope) -> Iterator[tuple[str, str, str]]:
    """Yield (name, what it is, place) for all names."""
    for set_name, members in scope.sets.items():
        yield set_name, "set", f"sets.{set_name}"
        for member in dict.fromkeys(members):
            yield member, "member", f"sets.{set_name}"
    for player in scope.players:
        yield player, "member" if player in scope.members else "player", "players"
    tables = {"parameter": "parameters", "move": "moves", "define": "define"}
    words = {"define": "definition"}
    for family in scope.families.values():
        place = f"{tables[family.kind]}.{family.name}"
        yield family.name, words.get(family.kind, family.kind), place


def _index_letters(model: Model, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield (index letter, place) for all binders."""
    tables = {"parameter": "parameters", "move": "moves", "define": "define"}
    for family in scope.families.values():
        for index in family.binder.indices if family.binder else ():
            yield index, f"{tables[family.kind]}.{family.name}"
    for key in model.payoffs:
        if " in " in key:
            yield key.partition(" in ")[0].strip(), f"payoffs.{key}"


def _reserved(name: str) -> str:
    if keyword.iskeyword(name):
        return "a Python keyword"
    return "a word of the language" if name in RESERVED else ""


# -- size -----------------------------------------------------------------------------------------


def _depth(node: Expression, depths: Mapping[str, int]) -> int:
    """Return how deep a formula nests, definitions that it reads included."""
    name = node.name if isinstance(node, Name) else node.family if isinstance(node, Cell) else ""
    return 1 + max((_depth(part, depths) for part in children(node)), default=depths.get(name, 0))


def _unrolled(node: Expression, scope: Scope, largest: int) -> int:
    """Return an upper bound on the nodes of a formula whose aggregates are unrolled."""
    if not isinstance(node, Aggregate):
        return 1 + sum(_unrolled(part, scope, largest) for part in children(node))
    size = 1 + sum(_unrolled(part, scope, largest) for part in children(node))
    for _, members, _ in node.binders:
        named = isinstance(members, Name) and members.name in scope.sets
        size *= len(scope.sets[members.name]) if named else largest  # type: ignore[attr-defined]
    return 1 + size


# -- the tables of a file -------------------------------------------------------------------------


class _Check:
    """Checks a model table by table."""

    def __init__(
        self, model: Model, scope: Scope, faults: FaultList, broken: frozenset[str]
    ) -> None:
        self.model = model
        self.scope = scope
        self.faults = faults
        self.broken = broken
        regimes = tuple(regime.name for regime in model.regimes)
        self.kinds = Inference(scope, faults, regimes)

    def check(self) -> None:
        """Check all tables."""
        self._check_size()
        self._check_definitions()
        self._check_parameters()
        for position, text in enumerate(self.model.assume):
            self.kinds.expect(text, TRUTH, Context(f"assume[{position}]"))
        for position, move in enumerate(self.model.moves):
            self._check_move(move, f"moves[{position}]")
        self._check_payoffs()
        self._check_regimes()
        self._check_hypotheses()
        self._check_facts()

    def fault(self, place: str, message: str, remedy: str) -> None:
        """Collect a fault that has no column."""
        self.faults.append(Fault(message, place=place, remedy=remedy))

    def _expect_value(self, value: object, context: Context) -> None:
        """Check a number, or the text of a formula that yields one."""
        if isinstance(value, str):
            self.kinds.expect(value, NUMBER, context)

    def _bindings(self, family: str) -> dict[str, frozenset[str]]:
        binder = self.scope.families[family].binder
        pairs = binder.pairs if binder else ()
        return {index: frozenset(self.scope.sets.get(of, ())) for index, of in pairs}

    def _check_size(self) -> None:
        """Refuse, before anything is unrolled, formulas that would fill the memory.

        Raises
        ------
        Enough
            If they would; nothing more is checked.
        """
        largest = max(map(len, self.scope.sets.values()), default=0)
        total = 0
        for place, family, text in _formulas(self.model):
            try:
                size = _unrolled(parse(text), self.scope, largest)
            except Fault:
                continue
            cells = len(self.scope.sets.get(family, ("one",)))
            if family in self.scope.families:
                cells = self.scope.count(self.scope.families[family])
            total += size * cells
            if total > MAX_NODES:
                message = f"the formulas unroll to more than {MAX_NODES:,} terms"
                self.fault(place, message, "use smaller sets or fewer nested sums")
                raise Enough

    # -- definitions and parameters -----------------------------------------------------------

    def _check_definitions(self) -> None:
        """Infer the kind of every definition, each after those it reads."""
        uses = {
            name: self._names_in([text], "define") for name, text in self.scope.definitions.items()
        }
        depths: dict[str, int] = {}
        for name in self._in_order(uses, "define"):
            text, place = self.scope.definitions[name], f"define.{name}"
            context = Context(place, self._bindings(name), moves=True)
            self.kinds.definitions[name] = self.kinds.expect(text, None, context)
            depths[name] = self._check_depth(text, place, depths)
        for place, family, text in _formulas(self.model):
            if not (family in depths and place.startswith("define")):
                self._check_depth(text, place, depths)

    def _check_depth(self, text: str, place: str, depths: Mapping[str, int]) -> int:
        try:
            depth = _depth(parse(text), depths)
        except Fault:
            return 0
        if depth > MAX_DEPTH:
            message = f"nests {depth} levels deep, definitions included"
            self.fault(place, message, f"at most {MAX_DEPTH}: let definitions read fewer others")
            return 0
        return depth

    def _check_parameters(self) -> None:
        uses = {
            name: self._names_in(self._texts(parameter), "parameter")
            for name, parameter in self.model.parameters.items()
        }
        for _ in self._in_order(uses, "parameters"):
            pass
        for name, parameter in self.model.parameters.items():
            self._check_parameter(name, parameter, f"parameters.{name}")

    def _texts(self, parameter: Parameter) -> list[object]:
        value = parameter.value
        return [*(value.values() if isinstance(value, Mapping) else [value]), parameter.default]

    def _check_parameter(self, name: str, parameter: Parameter, place: str) -> None:
        bindings = self._bindings(name)
        if parameter.value is not None and parameter.use is not None:
            self.fault(place, "has both value and use", "keep one of them")
        if parameter.default is not None and not bindings:
            self.fault(f"{place}.default", "is for members, and there are none", "write value")
        if not self.scope.families[name].faulty:
            for key in ("value", "range", "source", "use"):
                if isinstance(getattr(parameter, key), Mapping):
                    self._check_members(name, parameter, key)
        certified = parameter.digits is not None or place in self.broken
        for cell, value in _cells(parameter.value, f"{place}.value"):
            self._expect_value(value, Context(cell, bindings, transcendental=certified))
        context = Context(f"{place}.default", bindings, transcendental=certified)
        self._expect_value(parameter.default, context)
        if parameter.domain is not None:
            context = Context(f"{place}.domain", bindings, own=name)
            self.kinds.expect(parameter.domain, TRUTH, context)
        for cell, interval in _cells(parameter.range, f"{place}.range"):
            self._check_range(interval, Context(cell, bindings))

    def _check_range(self, interval: tuple[Value, Value], context: Context) -> None:
        for bound in interval:
            self._expect_value(bound, context)
        low, high = interval
        if isinstance(low, Fraction) and isinstance(high, Fraction) and low > high:
            self.fault(context.place, f"the range from {low} to {high} is empty", "swap them")

    def _check_members(self, name: str, parameter: Parameter, key: str) -> None:
        place, table = f"parameters.{name}.{key}", getattr(parameter, key)
        binder = self.scope.families[name].binder
        if binder is None:
            self.fault(place, "has a table, but no members", 'add over = "i in S", or one value')
            return
        known = [", ".join(binding.values()) for binding in self.scope.bindings(binder)]
        admitted = {*known, "default"} if key == "value" else set(known)
        for member in table:
            if member not in admitted:
                of = " and ".join(set_name for _, set_name in binder.pairs)
                self.fault(place, f"{member!r} is no member of {of}", nearest(member, known))
        missing = [member for member in known if member not in table]
        has_default = parameter.default is not None or "default" in table
        if key in ("value", "use") and missing and not has_default:
            listed = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
            self.fault(place, f"no {key} for {listed}", "give every member one, or add default")

    def _names_in(self, texts: Iterable[object], kind: str) -> set[str]:
        """Return the families of a kind that some formulas name."""
        found: set[str] = set()
        for text in texts:
            try:
                nodes = list(walk(parse(text))) if isinstance(text, str) else []
            except Fault:
                continue
            found |= {node.name for node in nodes if isinstance(node, Name)}
            found |= {node.family for node in nodes if isinstance(node, Cell)}
        return {name for name in found if self.scope.kind(name) == kind}

    def _in_order(self, uses: Mapping[str, set[str]], table: str) -> Iterator[str]:
        """Yield names, each after those it uses; report cycles and long chains."""
        done: set[str] = set()
        path: list[str] = []

        def visit(name: str) -> Iterator[str]:
            if name in path:
                cycle = " -> ".join([*path[path.index(name) :], name])
                remedy = "break the cycle; let a Python script unroll a recursion and emit the TOML"
                self.fault(f"{table}.{name}", f"depends on itself ({cycle})", remedy)
            elif len(path) >= MAX_LEVELS:
                message = f"a chain of more than {MAX_LEVELS} formulas"
                self.fault(f"{table}.{name}", message, "let formulas read fewer others")
            elif name not in done:
                path.append(name)
                for used in sorted(uses[name]):
                    yield from visit(used)
                path.pop()
                done.add(name)
                yield name

        for name in uses:
            yield from visit(name)

    # -- moves --------------------------------------------------------------------------------

    def _check_move(self, move: Move, place: str) -> None:
        kinds = ("actions", "grid", "subsets", "interval")
        found = [key for key in kinds if getattr(move, key) is not None]
        if len(found) != 1 and place not in self.broken:
            given = " and ".join(found) or "none of them"
            message = f"{move.name} needs exactly one of actions, grid, subsets; has {given}"
            self.fault(place, message, "keep one" if found else 'add actions = ["yes", "no"]')
        if move.interval is not None:
            self.fault(f"{place}.interval", "a tree has no continuous moves", "use grid")
        bindings = self._bindings(move.name)
        if move.subsets is not None and move.subsets not in self.scope.sets:
            hint = nearest(move.subsets, self.scope.sets)
            self.fault(f"{place}.subsets", f"no set is called {move.subsets[:60]!r}", hint)
            return
        self._check_actions(move, place, bindings)
        self._check_labels(move, place)
        for key in ("when", "allowed"):
            text = getattr(move, key)
            if text is not None:
                own = move.name if key == "allowed" else None
                context = Context(f"{place}.{key}", bindings, own=own, moves=True)
                self.kinds.expect(text, TRUTH, context)
        if move.player == CHANCE:
            self._check_chance(move, place, bindings)
        elif move.probabilities is not None:
            remedy = 'add player = "chance", or remove them'
            self.fault(f"{place}.probabilities", "only chance draws with probabilities", remedy)
        if move.otherwise is not None and len(found) == 1:
            self._check_otherwise(move, f"{place}.otherwise")
        for label in move.phrases or ():
            self._check_label(move, label, f"{place}.phrases")

    def _check_label(self, move: Move, label: str, place: str) -> None:
        if not admits_label(move, label, self.scope):
            known = labels_of(move, self.scope) or ()
            self.fault(place, f"{move.name} has no action {label[:60]!r}", nearest(label, known))

    def _check_actions(self, move: Move, place: str, bindings: dict[str, frozenset[str]]) -> None:
        if isinstance(move.grid, Steps):
            bounds = {"from": move.grid.start, "to": move.grid.end, "steps": move.grid.steps}
            for key, bound in bounds.items():
                self._expect_value(bound, Context(f"{place}.grid.{key}", bindings))
            return
        for position, entry in enumerate(move.grid or ()):
            self._expect_value(entry, Context(f"{place}.grid[{position}]", bindings))
        key = "grid" if move.grid is not None else "actions"
        listed = list(move.actions if move.actions is not None else grid_labels(move) or ())
        if not listed and getattr(move, key) is not None:
            self.fault(f"{place}.{key}", "there is no action", "name at least one")
        for label in _repeated(listed):
            self.fault(f"{place}.{key}", f"the action {label!r} stands twice", "name it once")

    def _check_labels(self, move: Move, place: str) -> None:
        """Check the names given to subsets: members, and one set to each name."""
        if move.labels is not None and move.subsets is None:
            if place not in self.broken:
                remedy = "rename the actions themselves"
                self.fault(f"{place}.labels", "labels go with subsets", remedy)
            return
        members = self.scope.sets.get(move.subsets or "", ())
        seen: dict[frozenset[str], str] = {}
        for label, listed in (move.labels or {}).items():
            chosen = frozenset(listed)
            for member in sorted(chosen - set(members)):
                message = f"{member!r} is no member of {move.subsets}"
                self.fault(f"{place}.labels.{label}", message, nearest(member, members))
            if seen.setdefault(chosen, label) != label:
                message = f"{label!r} and {seen[chosen]!r} name the same set"
                self.fault(f"{place}.labels", message, "keep one of them")
            bare = Move(name=move.name, subsets=move.subsets)
            if subset_of_label(label, members, bare) not in (None, chosen):
                message = f"{label!r} is the name of another set"
                self.fault(f"{place}.labels", message, f"that set is {subset_label(listed)}")

    def _check_chance(self, move: Move, place: str, bindings: dict[str, frozenset[str]]) -> None:
        if move.allowed is not None:
            self.fault(f"{place}.allowed", "chance has no choice", "give a probability of 0")
        if move.probabilities is None:
            if place not in self.broken:
                remedy = 'add probabilities = ["p", "rest"]'
                self.fault(place, f"{move.name} is drawn by chance without probabilities", remedy)
            return
        place = f"{place}.probabilities"
        count = self._count_actions(move)
        if count is not None and len(move.probabilities) != count:
            message = f"{len(move.probabilities)} probabilities for {count} actions"
            self.fault(place, message, "give one for each action")
            return
        numbers = [self._probability(entry) for entry in move.probabilities]
        for position, entry in enumerate(move.probabilities):
            if numbers[position] is None and not _is_rest(entry):
                context = Context(f"{place}[{position}]", bindings, moves=True)
                self._expect_value(entry, context)
        self._check_total(move, place, numbers)

    def _count_actions(self, move: Move) -> int | None:
        if move.subsets is not None:
            return int(2 ** min(len(self.scope.sets[move.subsets]), 30))
        labels = move.actions if move.actions is not None else grid_labels(move)
        return None if labels is None else len(labels)

    def _probability(self, entry: object) -> Fraction | None:
        """Return a probability that is a number, or None for a formula."""
        if isinstance(entry, Fraction):
            return entry
        try:
            return None if _is_rest(entry) else constant_value(parse(str(entry)))
        except Fault:
            return None

    def _check_total(self, move: Move, place: str, numbers: list[Fraction | None]) -> None:
        known = [number for number in numbers if number is not None]
        rests = sum(map(_is_rest, move.probabilities))
        total = sum(known, Fraction(0))
        if rests > 1:
            self.fault(place, '"rest" stands more than once', "name it once")
        for number in known:
            if not 0 <= number <= 1:
                self.fault(place, f"{number} is no probability", "write a number from 0 to 1")
                return
        if rests == 0 and len(known) == len(numbers) and total != 1:
            self.fault(place, f"they sum to {total}, not 1", 'write "rest" for one of them')
        elif rests == 1 and total > 1:
            self.fault(place, f"they sum to {total}, which leaves no rest", "lower one of them")

    def _check_otherwise(self, move: Move, place: str) -> None:
        value = move.otherwise
        if move.when is None:
            self.fault(place, "the move is never skipped", "add when, or remove otherwise")
        if move.subsets is not None:
            members = self.scope.sets[move.subsets]
            if isinstance(value, tuple) and not set(value) - set(members):
                return
            if not (isinstance(value, str) and admits_label(move, value, self.scope)):
                self.fault(place, f"is no set of {move.subsets}", "write a list of members, or []")
        elif move.grid is not None:
            labels = grid_labels(move) or ()
            if isinstance(value, tuple) or (isinstance(value, str) and value not in labels):
                self.fault(place, "is no number", "write a number, or an entry of the grid")
        elif not isinstance(value, str):
            self.fault(place, "is no label", "write a label in quotes")

    # -- payoffs, regimes, hypotheses, facts --------------------------------------------------

    def _check_payoffs(self) -> None:
        checked = set()
        for text, key, binding in self.scope.payoffs.values():
            if key not in checked:
                checked.add(key)
                members = frozenset(self.scope.sets.get(key.partition(" in ")[2].strip(), ()))
                context = Context(f"payoffs.{key}", dict.fromkeys(binding, members), moves=True)
                self.kinds.expect(text, NUMBER, context)

    def _check_regimes(self) -> None:
        """The conditions of the regimes speak of the path, not of parameters."""
        for position, regime in enumerate(self.model.regimes):
            place = f"regimes[{position}].when"
            context = Context(place, moves=True, path=True, parameters=False)
            self.kinds.expect(regime.when, TRUTH, context)
        self._check_twice([regime.name for regime in self.model.regimes], "regimes", "name")

    def _check_twice(self, names: list[str], table: str, key: str) -> None:
        for name in _repeated(names):
            place = f"{table}[{names.index(name, names.index(name) + 1)}].{key}"
            self.fault(place, f"the {key} {name!r} stands twice", "rename one of them")

    def _check_hypotheses(self) -> None:
        for position, hypothesis in enumerate(self.model.hypotheses):
            self._check_hypothesis(hypothesis, f"hypotheses[{position}]")
        self._check_twice([h.id for h in self.model.hypotheses], "hypotheses", "id")

    def _check_hypothesis(self, hypothesis: Hypothesis, place: str) -> None:
        for key in ("holds", "given"):
            text = getattr(hypothesis, key)
            if text is not None:
                context = Context(f"{place}.{key}", moves=True, path=True, predicates=True)
                self.kinds.expect(text, TRUTH, context)
        self.faults.extend(_concept_faults(hypothesis.concept, f"{place}.concept"))
        self.faults.extend(_selection_faults(hypothesis.select, self.model, f"{place}.select"))
        if hypothesis.opposes == hypothesis.id:
            self.fault(f"{place}.opposes", "opposes itself", "name another hypothesis")

    def _check_facts(self) -> None:
        for position, fact in enumerate(self.model.facts):
            place = f"facts[{position}].observed"
            for text, value in fact.observed.items():
                try:
                    cells = self.scope.resolve_cell(text, "move")
                except Fault as fault:
                    self.faults.append(fault.within(f"{place}.{text}"))
                    continue
                for cell in cells[:1]:
                    self._check_observed(self.scope.move_of(cell), value, f"{place}.{text}")
        self._check_twice([fact.id for fact in self.model.facts], "facts", "id")

    def _check_observed(self, move: Move, value: object, place: str) -> None:
        if isinstance(value, str):
            self._check_label(move, value, place)
        elif isinstance(value, tuple):
            members = self.scope.sets.get(move.subsets or "", ())
            if move.subsets is None:
                self.fault(place, "is a list", f"write one action of {move.name}")
            for member in sorted(set(value) - set(members)) if move.subsets is not None else ():
                message = f"{member!r} is no member of {move.subsets}"
                self.fault(place, message, nearest(member, members))
        elif move.grid is None:
            self.fault(place, "is a number", "write the label of an action in quotes")
        elif isinstance(move.grid, tuple) and value not in move.grid:
            if any(isinstance(entry, str) for entry in move.grid):
                return  # a formula: its value may be the one observed
            known = grid_labels(move) or ()
            self.fault(place, f"{value} is not in the grid", nearest("", known))


def _is_rest(entry: object) -> bool:
    return isinstance(entry, str) and entry.strip() == "rest"
