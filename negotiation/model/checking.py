"""Checking: every fault of a model that can be found before it gets values.

The kinds of all formulas are inferred (number, truth, label, set, member), names are resolved with
the nearest known one offered, labels are compared with the actions they speak of, and a condition
on a move may read only what its mover knows. Nothing stops at the first fault.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from negotiation import formulas
from negotiation.errors import Fault
from negotiation.formulas import (
    Aggregate,
    Binary,
    Call,
    Cell,
    Comparison,
    Conditional,
    Expression,
    Items,
    Junction,
    Name,
    Number,
    Reference,
    Text,
    Truth,
    Unary,
    is_name,
    nearest,
    parse,
    walk,
)
from negotiation.model.calibration import calibration_faults
from negotiation.model.document import Model, Move, Parameter, Steps
from negotiation.model.grounding import ground
from negotiation.model.scope import (
    CHANCE,
    MoveInstance,
    Scope,
    build_scope,
    cell_name,
    grid_labels,
    subset_of_label,
)
from negotiation.model.values import default_faults

if TYPE_CHECKING:
    from negotiation.model.document import Hypothesis

__all__ = ["check_model"]

RESERVED = formulas.FUNCTIONS | {CHANCE, "payoff", "regime", "True", "False", "None"}
CONCEPTS = (
    "pure",
    "nash",
    "subgame-perfect",
    "pure-subgame-perfect",
    "perfect-bayesian",
    "sequential",
    "correlated",
    "coarse-correlated",
    "qre",
)
FORMS = ("extensive",)
SETTLED_LATER = ("voting", "bargaining", "repeated", "stochastic", "continuous", "global")


@dataclass(frozen=True)
class Kind:
    """What a formula yields; a label or a grid knows its admissible texts (None: any)."""

    name: str
    labels: frozenset[str] | None = None
    move: Move | None = None
    members: tuple[str, ...] = ()


NUMBER, TRUTH, MEMBER, ANY, TEXT = (
    Kind("number"),
    Kind("truth"),
    Kind("member"),
    Kind("any"),
    Kind("text"),
)


@dataclass
class Context:
    """What a formula may read."""

    place: str
    bindings: dict[str, str] = field(default_factory=dict)
    own: str | None = None
    parameters: bool = True
    moves: bool = False
    transcendental: bool = False
    path: bool = False
    predicates: bool = False
    regimes: tuple[str, ...] = ()


def check_model(model: Model) -> list[Fault]:
    """Return all faults of a model whose records are well-formed."""
    faults = list(_check_header(model))
    scope, found = build_scope(model)
    faults += found
    faults += _check_names(model, scope)
    checker = FormulaChecker(model, scope, faults)
    checker.check_parameters()
    checker.check_assumptions()
    for position, move in enumerate(model.moves):
        checker.check_move(move, f"moves[{position}]")
    checker.check_definitions()
    checker.check_payoffs()
    checker.check_regimes()
    checker.check_hypotheses()
    checker.check_facts()
    if not faults:
        faults += _check_knowledge(scope)
    if not faults:
        faults += calibration_faults(model)
    if not faults:
        faults += default_faults(model, scope)
    return faults


def _check_header(model: Model) -> Iterator[Fault]:
    if model.schema != 1:
        yield Fault(
            f"schema {model.schema} is unknown", place="schema", remedy="this version reads schema 1"
        )
    if model.form not in FORMS:
        later = " (a form to come)" if model.form in SETTLED_LATER else ""
        yield Fault(
            f"form {model.form!r} is unknown{later}", place="form", remedy=nearest(model.form, FORMS)
        )
    if model.concept is not None and model.concept not in CONCEPTS:
        yield Fault(
            f"concept {model.concept!r} is unknown",
            place="concept",
            remedy=nearest(model.concept, CONCEPTS),
        )
    yield from _check_selection(model.select, model.players, model.sets, "select")
    if not model.moves:
        yield Fault("there is no move", place="moves", remedy="add a [[moves]] table")
    for name, members in model.sets.items():
        if not members:
            yield Fault("the set is empty", place=f"sets.{name}", remedy="name its members")
        if len(set(members)) < len(members):
            yield Fault("a member stands twice", place=f"sets.{name}", remedy="name it once")


def _check_selection(
    select: str | None, players: Iterable[str], sets: Mapping[str, tuple[str, ...]], place: str
) -> Iterator[Fault]:
    if select is None:
        return
    from negotiation.selection import parse_selection

    expanded = [member for name in players for member in sets.get(name, (name,))]
    try:
        parse_selection(select, expanded)
    except Exception as error:
        remedy = getattr(error, "remedy", "")
        yield Fault(getattr(error, "message", str(error)), place=place, remedy=remedy)


def _check_names(model: Model, scope: Scope) -> Iterator[Fault]:
    """One name space: identifiers, no keyword, no reserved word, no name with two meanings."""
    meanings: dict[str, str] = {}
    places = [
        *((name, "set", f"sets.{name}") for name in scope.sets),
        *((member, "member", "sets") for member in sorted(scope.members)),
        *((p, "member" if p in scope.members else "player", "players") for p in scope.players),
        *((f.name, f.kind, f"{f.kind}s.{f.name}") for f in scope.families.values()),
    ]
    for name, kind, place in places:
        if keyword.iskeyword(name) or name in RESERVED:
            word = "a Python keyword" if keyword.iskeyword(name) else "a word of the language"
            remedy = "use lam" if name == "lambda" else f"call it {name}_ or spell it out"
            yield Fault(f"{name!r} is {word}", place=place, remedy=remedy)
        elif not is_name(name):
            yield Fault(
                f"{name[:60]!r} cannot be a name",
                place=place,
                remedy="letters, digits and _, starting with a letter",
            )
        elif meanings.setdefault(name, kind) != kind:
            yield Fault(
                f"{name!r} is both a {meanings[name]} and a {kind}",
                place=place,
                remedy="one name, one meaning: rename one of them",
            )
    for family in scope.families.values():
        for index in family.binder.indices if family.binder else ():
            if index in meanings:
                yield Fault(
                    f"the index letter {index!r} is already a {meanings[index]}",
                    place=f"{family.kind}s.{family.name}",
                    remedy="use another letter",
                )


def _check_knowledge(scope: Scope) -> Iterator[Fault]:
    """`when`, `allowed` and probabilities read only what the mover knows."""
    reported: set[tuple[str, str, str]] = set()
    for instance in scope.instances:
        move = instance.move
        texts: list[tuple[str, str, bool]] = []
        if move.when is not None:
            texts.append(("when", move.when, False))
        if move.allowed is not None:
            texts.append(("allowed", move.allowed, True))
        if isinstance(move.probabilities, tuple):
            texts += [
                ("probabilities", text, False)
                for text in move.probabilities
                if isinstance(text, str) and text.strip() != "rest"
            ]
        for key, text, candidate in texts:
            for read in sorted(_moves_read(text, instance, scope, set())):
                if read in instance.known or (candidate and read == instance.name):
                    continue
                if (move.name, key, read) not in reported:
                    reported.add((move.name, key, read))
                    yield Fault(
                        f"{key} reads {read}, which {instance.player} does not know at "
                        f"{instance.name}",
                        place=f"moves.{move.name}.{key}",
                        text=text,
                        column=0,
                        remedy="add it to observes, or do not read it",
                    )


def _moves_read(
    text: str, instance: MoveInstance, scope: Scope, visiting: set[str], binding: object = None
) -> set[str]:
    """Return the move instances that a formula reads, through definitions too."""
    bound = dict(instance.binding) if binding is None else dict(binding)  # type: ignore[call-overload]
    read: set[str] = set()
    for node in walk(ground(parse(text), bound, scope, own=instance.name)):
        if isinstance(node, Reference) and node.kind == "move":
            read.add(node.name)
        if isinstance(node, Reference) and node.kind == "define" and node.name not in visiting:
            visiting.add(node.name)
            family = node.name.split("[")[0]
            for inner in scope.bindings(scope.families[family].binder):
                if cell_name(family, inner.values()) == node.name:
                    read |= _moves_read(
                        scope.definitions[family], instance, scope, visiting, inner
                    )
    return read


class FormulaChecker:
    """Infers the kind of every formula of a model and collects the faults."""

    def __init__(self, model: Model, scope: Scope, faults: list[Fault]) -> None:
        self.model = model
        self.scope = scope
        self.faults = faults
        self.definition_kinds: dict[str, Kind] = {}
        self.visiting: list[str] = []
        self.move_kinds = {move.name: self._kind_of_move(move) for move in model.moves}

    # -- the parts of a file ------------------------------------------------------------------

    def check_parameters(self) -> None:
        """Check values, domains, ranges, member tables and cycles of all parameters."""
        for name, parameter in self.model.parameters.items():
            place = f"parameters.{name}"
            bindings = self._bindings(name)
            self._check_cells(name, parameter, place)
            if parameter.domain is not None:
                context = Context(f"{place}.domain", bindings, own=name)
                self.expect(parameter.domain, TRUTH, context)
            intervals = (
                parameter.range.values()
                if isinstance(parameter.range, Mapping)
                else [parameter.range or ()]
            )
            for interval in intervals:
                for bound in interval:
                    self.expect_value(bound, Context(f"{place}.range", bindings))
        self._check_cycles(
            {
                name: self._names_in(parameter.value)
                for name, parameter in self.model.parameters.items()
            },
            "parameters",
        )

    def _check_cells(self, name: str, parameter: Parameter, place: str) -> None:
        bindings = self._bindings(name)
        if parameter.value is not None and parameter.use is not None:
            self.fault(place, "has both value and use", "keep one of them")
        tables = {"value": parameter.value, "range": parameter.range, "source": parameter.source}
        for key, table in {**tables, "use": parameter.use}.items():
            if isinstance(table, Mapping):
                self._check_members(name, key, table, parameter, place)
        values = parameter.value
        entries = values.items() if isinstance(values, Mapping) else [("", values)]
        for cell, value in [*entries, ("default", parameter.default)]:
            if value is not None:
                context = Context(
                    f"{place}.value" + (f".{cell}" if cell else ""),
                    bindings,
                    transcendental=parameter.digits is not None,
                )
                self.expect_value(value, context)

    def _check_members(
        self, name: str, key: str, table: Mapping[str, object], parameter: Parameter, place: str
    ) -> None:
        family = self.scope.families.get(name)
        if family is None or family.binder is None:
            self.fault(
                f"{place}.{key}", "has a table, but no members", 'add over = "i in S", or one value'
            )
            return
        known = [
            ", ".join(binding.values()) for binding in self.scope.bindings(family.binder)
        ]
        for member in table:
            if member not in known and not (member == "default" and key == "value"):
                self.fault(
                    f"{place}.{key}", f"{member!r} is no member of it", nearest(member, known)
                )
        has_default = parameter.default is not None or "default" in table
        missing = [member for member in known if member not in table]
        if key == "value" and missing and not has_default and parameter.use is None:
            self.fault(
                f"{place}.value",
                f"no value for {', '.join(missing[:5])}",
                "give every member a value, or add default",
            )

    def check_assumptions(self) -> None:
        """Check the joint restrictions of the domain."""
        for position, text in enumerate(self.model.assume):
            self.expect(text, TRUTH, Context(f"assume[{position}]"))

    def check_move(self, move: Move, place: str) -> None:
        """Check one move: its actions, conditions and probabilities."""
        sources = [k for k in ("actions", "grid", "subsets", "interval") if getattr(move, k)]
        if len(sources) != 1:
            found = " and ".join(sources) or "none of them"
            self.fault(
                place, f"needs exactly one of actions, grid, subsets; has {found}", "keep one"
            )
            return
        if move.interval is not None:
            self.fault(place, "an interval needs a continuous form", "use grid in a tree")
        bindings = self._bindings(move.name)
        self._check_actions(move, place, bindings)
        for key in ("when", "allowed"):
            text = getattr(move, key)
            if text is not None:
                own = move.name if key == "allowed" else None
                self.expect(text, TRUTH, Context(f"{place}.{key}", bindings, own=own, moves=True))
        self._check_chance(move, place, bindings)
        if move.otherwise is not None:
            self._check_otherwise(move, place)
        labels = self._labels(move)
        for label in move.phrases or ():
            if labels is not None and label not in labels and not self._is_label(move, label):
                self.fault(f"{place}.phrases", f"no action {label!r}", nearest(label, labels))

    def _check_actions(self, move: Move, place: str, bindings: dict[str, str]) -> None:
        if move.subsets is not None and move.subsets not in self.scope.sets:
            hint = nearest(move.subsets, self.scope.sets)
            self.fault(f"{place}.subsets", f"no set is called {move.subsets!r}", hint)
        if move.labels is not None:
            self._check_labels(move, place)
        if isinstance(move.grid, Steps):
            for key, bound in (("from", move.grid.start), ("to", move.grid.end)):
                self.expect_value(bound, Context(f"{place}.grid.{key}", bindings))
            self.expect_value(move.grid.steps, Context(f"{place}.grid.steps", bindings))
            return
        for position, entry in enumerate(move.grid or ()):
            self.expect_value(entry, Context(f"{place}.grid[{position}]", bindings))
        listed = list(move.actions) if move.actions is not None else grid_labels(move) or []
        for label in sorted({label for label in listed if listed.count(label) > 1}):
            self.fault(place, f"the action {label!r} stands twice", "name it once")

    def _check_labels(self, move: Move, place: str) -> None:
        members = self.scope.sets.get(move.subsets or "", ())
        if move.subsets is None:
            self.fault(f"{place}.labels", "labels go with subsets", "rename the actions themselves")
        seen: dict[frozenset[str], str] = {}
        for label, listed in move.labels.items():
            for member in listed:
                if member not in members:
                    hint = nearest(member, members)
                    self.fault(f"{place}.labels.{label}", f"{member!r} is no member", hint)
            other = seen.setdefault(frozenset(listed), label)
            if other != label:
                message = f"{label!r} and {other!r} name the same set"
                self.fault(f"{place}.labels", message, "keep one of them")

    def _check_chance(self, move: Move, place: str, bindings: dict[str, str]) -> None:
        if move.player != CHANCE:
            if move.probabilities is not None:
                self.fault(
                    f"{place}.probabilities",
                    "only chance draws with probabilities",
                    'add player = "chance", or remove them',
                )
            return
        if move.allowed is not None:
            self.fault(f"{place}.allowed", "chance has no choice", "give a probability of 0")
        if move.probabilities is None:
            self.fault(place, "chance needs probabilities", 'add probabilities = ["p", "rest"]')
            return
        count = len(move.actions or ()) or len(grid_labels(move) or ())
        if move.subsets is not None:
            count = 2 ** min(len(self.scope.sets.get(move.subsets, ())), 30)
        if isinstance(move.grid, Steps):
            count = len(move.probabilities)
        if len(move.probabilities) != count:
            self.fault(
                f"{place}.probabilities",
                f"{len(move.probabilities)} probabilities for {count} actions",
                "give one for each action",
            )
        rests = 0
        for position, entry in enumerate(move.probabilities):
            if isinstance(entry, str) and entry.strip() == "rest":
                rests += 1
                continue
            where = f"{place}.probabilities[{position}]"
            self.expect_value(entry, Context(where, bindings, moves=True))
        if rests > 1:
            self.fault(f"{place}.probabilities", '"rest" stands more than once', "name it once")
        if rests == 0 and all(isinstance(entry, Fraction) for entry in move.probabilities):
            total = sum(move.probabilities, Fraction(0))
            if total != 1:
                self.fault(
                    f"{place}.probabilities", f"they sum to {total}, not 1", 'write "rest" for one'
                )

    def _check_otherwise(self, move: Move, place: str) -> None:
        value = move.otherwise
        if move.subsets is not None:
            members = self.scope.sets.get(move.subsets, ())
            known = isinstance(value, tuple) and set(value) <= set(members)
            if not known and not (isinstance(value, str) and self._is_label(move, value)):
                self.fault(f"{place}.otherwise", "is no set of members", "write a list of members")
        elif move.grid is not None:
            if isinstance(value, tuple):
                self.fault(f"{place}.otherwise", "is a list", "write a number")
        elif not isinstance(value, str):
            self.fault(f"{place}.otherwise", "is no label", "write a label in quotes")
        if move.when is None:
            self.fault(
                f"{place}.otherwise", "the move is never skipped", "add when, or remove otherwise"
            )

    def check_definitions(self) -> None:
        """Infer the kind of every definition; report cycles."""
        for name in self.scope.definitions:
            self._kind_of_definition(name)

    def check_payoffs(self) -> None:
        """Check that every payoff is a number."""
        checked = set()
        for _, (text, key, binding) in self.scope.payoffs.items():
            if key not in checked:
                checked.add(key)
                bindings = {index: self._set_of(key) for index in binding}
                self.expect(text, NUMBER, Context(f"payoffs.{key}", bindings, moves=True))

    def check_regimes(self) -> None:
        """Check the conditions of the regimes; they speak of the path, not of parameters."""
        names = [regime.name for regime in self.model.regimes]
        for position, regime in enumerate(self.model.regimes):
            place = f"regimes[{position}]"
            context = Context(f"{place}.when", moves=True, path=True, parameters=False)
            self.expect(regime.when, TRUTH, context)
            if names.index(regime.name) != position:
                self.fault(place, f"the name {regime.name!r} stands twice", "rename one of them")

    def check_hypotheses(self) -> None:
        """Check that every hypothesis can be tested: names, predicates, concept, selection."""
        identifiers = [hypothesis.id for hypothesis in self.model.hypotheses]
        for position, hypothesis in enumerate(self.model.hypotheses):
            place = f"hypotheses[{position}]"
            if identifiers.index(hypothesis.id) != position:
                self.fault(place, f"the id {hypothesis.id!r} stands twice", "rename one of them")
            self._check_hypothesis(hypothesis, place)

    def _check_hypothesis(self, hypothesis: Hypothesis, place: str) -> None:
        labels = tuple(regime.name for regime in self.model.regimes)
        for key in ("holds", "given"):
            text = getattr(hypothesis, key)
            if text is not None:
                context = Context(
                    f"{place}.{key}", moves=True, path=True, predicates=True, regimes=labels
                )
                self.expect(text, TRUTH, context)
        if hypothesis.concept is not None and hypothesis.concept not in CONCEPTS:
            hint = nearest(hypothesis.concept, CONCEPTS)
            self.fault(f"{place}.concept", f"{hypothesis.concept!r} is unknown", hint)
        self.faults += _check_selection(
            hypothesis.select, self.model.players, self.model.sets, f"{place}.select"
        )

    def check_facts(self) -> None:
        """Check that facts speak of moves and actions that exist."""
        for position, fact in enumerate(self.model.facts):
            for text, value in fact.observed.items():
                place = f"facts[{position}].observed.{text}"
                try:
                    self.scope.resolve_cell(text, "move")
                except Fault as fault:
                    self.faults.append(fault.at(f"facts[{position}].observed"))
                    continue
                self._check_observed(text.split("[")[0].strip(), value, place)

    def _check_observed(self, family: str, value: object, place: str) -> None:
        move = next(move for move in self.model.moves if move.name == family)
        if isinstance(value, tuple):
            members = self.scope.sets.get(move.subsets or "", ())
            for member in value:
                if member not in members:
                    self.fault(place, f"{member!r} is no member", nearest(member, members))
        elif isinstance(value, str):
            if not self._is_label(move, value):
                self.fault(place, f"no action {value!r}", nearest(value, self._labels(move) or ()))
        elif move.grid is None:
            self.fault(place, "is a number", "write the label of an action in quotes")

    # -- names and kinds ----------------------------------------------------------------------

    def fault(self, place: str, message: str, remedy: str = "") -> None:
        """Collect a fault that has no column."""
        self.faults.append(Fault(message, place=place, remedy=remedy))

    def _bindings(self, family: str) -> dict[str, str]:
        entry = self.scope.families.get(family)
        return dict(entry.binder.pairs) if entry is not None and entry.binder else {}

    def _set_of(self, key: str) -> str:
        return key.partition(" in ")[2].strip()

    def _kind_of_move(self, move: Move) -> Kind:
        if move.subsets is not None:
            return Kind("set", move=move, members=self.scope.sets.get(move.subsets, ()))
        labels = self._labels(move)
        name = "number" if move.grid is not None else "label"
        return Kind(name, frozenset(labels) if labels is not None else None, move)

    def _labels(self, move: Move) -> list[str] | None:
        """Return the texts a formula may compare with; None where any will do."""
        if move.subsets is not None:
            return list(move.labels or ())
        listed = list(move.actions) if move.actions is not None else grid_labels(move)
        if listed is not None and isinstance(move.otherwise, str):
            listed.append(move.otherwise)
        return listed

    def _is_label(self, move: Move, text: str) -> bool:
        if move.subsets is not None:
            members = self.scope.sets.get(move.subsets, ())
            return subset_of_label(text, members, move) is not None
        labels = self._labels(move)
        return labels is None or text in labels

    def _kind_of_definition(self, name: str) -> Kind:
        if name in self.definition_kinds:
            return self.definition_kinds[name]
        place = f"define.{name}"
        if name in self.visiting:
            cycle = " -> ".join([*self.visiting[self.visiting.index(name) :], name])
            self.fault(place, f"defines itself ({cycle})", "break the cycle")
            return ANY
        if len(self.visiting) > 40:
            self.fault(place, "definitions nest too deeply", "at most 40 levels")
            return ANY
        self.visiting.append(name)
        context = Context(place, self._bindings(name), moves=True)
        kind = self.expect(self.scope.definitions[name], None, context)
        self.visiting.pop()
        self.definition_kinds[name] = kind
        return kind

    def _names_in(self, value: object) -> set[str]:
        texts = value.values() if isinstance(value, Mapping) else [value]
        names = set()
        for text in texts:
            if isinstance(text, str):
                try:
                    nodes = list(walk(parse(text)))
                except Fault:
                    continue
                names |= {node.name for node in nodes if isinstance(node, Name)}
                names |= {node.family for node in nodes if isinstance(node, Cell)}
        return names & set(self.model.parameters)

    def _check_cycles(self, uses: Mapping[str, set[str]], place: str) -> None:
        done: set[str] = set()
        path: list[str] = []

        def visit(name: str) -> None:
            if name in done:
                return
            if name in path:
                cycle = " -> ".join([*path[path.index(name) :], name])
                self.fault(f"{place}.{name}", f"depends on itself ({cycle})", "break the cycle")
                return
            if len(path) > 40:
                self.fault(f"{place}.{name}", "values nest too deeply", "at most 40 levels")
                return
            path.append(name)
            for used in sorted(uses[name]):
                visit(used)
            path.pop()
            done.add(name)

        for name in uses:
            visit(name)

    def expect_value(self, value: object, context: Context) -> None:
        """Check a number, or the text of a formula that yields one."""
        if isinstance(value, str):
            self.expect(value, NUMBER, context)

    def expect(self, text: str, wanted: Kind | None, context: Context) -> Kind:
        """Infer the kind of a formula, and report it where another was wanted."""
        try:
            node = parse(text)
        except Fault as fault:
            self.faults.append(fault.at(context.place))
            return ANY
        kind = Inference(self, text, context).infer(node)
        accepted = {
            "number": ("number", "truth", "any"),
            "truth": ("truth", "any"),
        }.get(wanted.name if wanted else "", (kind.name,))
        if wanted is not None and kind.name not in accepted:
            hint = "write a condition, such as x > 0" if wanted is TRUTH else "write a number"
            article = {"truth": "a condition", "number": "a number"}[wanted.name]
            self.faults.append(
                Fault(
                    f"is {_article(kind)}, not {article}",
                    place=context.place,
                    text=text,
                    column=node.column,
                    remedy=hint,
                )
            )
        return kind


def _article(kind: Kind) -> str:
    return {"any": "unclear", "truth": "a condition"}.get(kind.name, f"a {kind.name}")


class Inference:
    """The kind of one formula in one context."""

    def __init__(self, checker: FormulaChecker, text: str, context: Context) -> None:
        self.checker = checker
        self.scope = checker.scope
        self.text = text
        self.context = context

    def fault(self, node: Expression, message: str, remedy: str = "") -> Kind:
        self.checker.faults.append(
            Fault(
                message,
                place=self.context.place,
                text=self.text,
                column=node.column,
                remedy=remedy,
            )
        )
        return ANY

    def infer(self, node: Expression) -> Kind:
        """Return the kind of `node`; faults are collected and yield kind ``any``."""
        infer: Callable[[Expression], Kind] = getattr(self, f"_{type(node).__name__.lower()}")
        return infer(node)

    def _number(self, node: Number) -> Kind:
        return NUMBER

    def _truth(self, node: Truth) -> Kind:
        return TRUTH

    def _text(self, node: Text) -> Kind:
        return Kind("text", frozenset({node.value}))

    def _name(self, node: Name) -> Kind:
        name, context = node.name, self.context
        if name in context.bindings:
            return MEMBER
        if name == context.own:
            return self._family_kind(node, name)
        if name == "regime" and context.predicates:
            return Kind("label", frozenset({*context.regimes, "unnamed"}))
        kind = self.scope.kind(name)
        if kind is None:
            return self.fault(
                node,
                f"unknown name {name!r}",
                nearest(name, [*self.scope.names(), *context.bindings]),
            )
        if kind == "set":
            return Kind("set", members=self.scope.sets[name])
        if kind in ("member", "player"):
            return MEMBER
        binder = self.scope.families[name].binder
        if binder is not None:
            letters = ", ".join(binder.indices)
            return self.fault(node, f"{name} has members", f"write {name}[{letters}]")
        return self._family_kind(node, name)

    def _cell(self, node: Cell) -> Kind:
        if node.family == "payoff" and self.context.predicates:
            for index in node.indices:
                if index not in self.scope.players and index not in self.context.bindings:
                    self.fault(node, f"no player {index!r}", nearest(index, self.scope.players))
            return NUMBER
        family = self.scope.families.get(node.family)
        if family is None:
            known = list(self.scope.families)
            if self.scope.kind(node.family) is not None:
                return self.fault(node, f"{node.family} is no family", nearest(node.family, known))
            return self.fault(node, f"unknown name {node.family!r}", nearest(node.family, known))
        if family.binder is None:
            return self.fault(node, f"{node.family} has no members", f"write {node.family}")
        if len(node.indices) != len(family.binder.pairs):
            wanted = ", ".join(family.binder.indices)
            return self.fault(
                node,
                f"{node.family} takes {len(family.binder.pairs)} index letters",
                f"write {node.family}[{wanted}]",
            )
        for index, (_, set_name) in zip(node.indices, family.binder.pairs, strict=True):
            self._check_index(node, index, set_name)
        return self._family_kind(node, node.family)

    def _check_index(self, node: Cell, index: str, set_name: str) -> None:
        members = self.scope.sets.get(set_name, ())
        bound = self.context.bindings.get(index)
        if bound is not None:
            extra = set(self.scope.sets.get(bound, ())) - set(members)
            if extra:
                self.fault(
                    node,
                    f"{index} runs over {bound}, but {node.family} is defined over {set_name}",
                    f"bind {index} in {set_name}",
                )
        elif index not in members:
            known = [*members, *self.context.bindings]
            self.fault(node, f"{index!r} is no member of {set_name}", nearest(index, known))

    def _family_kind(self, node: Expression, name: str) -> Kind:
        kind = self.scope.families[name].kind
        if kind == "parameter":
            if not self.context.parameters and name != self.context.own:
                return self.fault(
                    node,
                    "a regime speaks of the path of play, not of parameters",
                    "test what the players do; where in parameter space is the answer",
                )
            return NUMBER
        if not self.context.moves and name != self.context.own:
            word = "a move" if kind == "move" else "a definition"
            return self.fault(node, f"{name} is {word}", "only parameters may stand here")
        if kind == "move":
            return self.checker.move_kinds[name]
        return self.checker._kind_of_definition(name)

    def _unary(self, node: Unary) -> Kind:
        kind = self.infer(node.operand)
        if node.operator == "not":
            self._want_truth(node.operand, kind)
            return TRUTH
        self._want_number(node.operand, kind)
        return NUMBER

    def _binary(self, node: Binary) -> Kind:
        self._want_number(node.left, self.infer(node.left))
        self._want_number(node.right, self.infer(node.right))
        return NUMBER

    def _junction(self, node: Junction) -> Kind:
        for operand in node.operands:
            self._want_truth(operand, self.infer(operand))
        return TRUTH

    def _conditional(self, node: Conditional) -> Kind:
        self._want_truth(node.condition, self.infer(node.condition))
        then, otherwise = self.infer(node.then), self.infer(node.otherwise)
        if {then.name, otherwise.name} <= {"number", "truth"}:
            return then if then.name == otherwise.name and then.name == "truth" else NUMBER
        if then.name != otherwise.name and "any" not in (then.name, otherwise.name):
            return self.fault(
                node, f"one branch is {_article(then)}, the other {_article(otherwise)}"
            )
        return ANY if "any" in (then.name, otherwise.name) else then

    def _comparison(self, node: Comparison) -> Kind:
        left, left_kind = node.first, self.infer(node.first)
        for operator, right in node.rest:
            if isinstance(right, Items):
                for item in right.items:
                    self._want_comparable(item, left_kind, self.infer(item))
                right_kind = ANY
            else:
                right_kind = self.infer(right)
                if operator in ("in", "not in"):
                    self._want_membership(left, left_kind, right, right_kind)
                elif operator in ("==", "!="):
                    self._want_comparable(right, left_kind, right_kind)
                else:
                    self._want_number(left, left_kind)
                    self._want_number(right, right_kind)
            left, left_kind = right, right_kind
        return TRUTH

    def _want_membership(self, left: Expression, kind: Kind, right: Expression, of: Kind) -> None:
        if of.name not in ("set", "any"):
            self.fault(right, "in needs a set or a tuple", "write x in (a, b), or i in S")
        elif kind.name == "text":
            self.fault(left, "members are bare names", "remove the quotes")
        elif kind.name not in ("member", "any"):
            self.fault(left, f"{_article(kind)} is no member", "write a member or an index letter")

    def _want_comparable(self, node: Expression, left: Kind, right: Kind) -> None:
        if "any" in (left.name, right.name):
            return
        if "text" in (left.name, right.name):
            text, other = (left, right) if left.name == "text" else (right, left)
            self._want_label(node, next(iter(text.labels or {""})), other)
            return
        numbers = {"number", "truth"}
        if left.name != right.name and not {left.name, right.name} <= numbers:
            self.fault(node, f"compares {_article(left)} with {_article(right)}")

    def _want_label(self, node: Expression, text: str, kind: Kind) -> None:
        """A text compared with a move must be the label of one of its actions."""
        if kind.name == "member":
            self.fault(node, "members are bare names", f"write {text}")
        elif kind.move is not None:
            if not self.checker._is_label(kind.move, text):
                known = self.checker._labels(kind.move) or ()
                self.fault(node, f"{kind.move.name} has no action {text!r}", nearest(text, known))
        elif kind.name not in ("label", "text") or (
            kind.labels is not None and kind.name == "label" and text not in kind.labels
        ):
            self.fault(
                node, f"{text!r} is nothing to compare with here", nearest(text, kind.labels or ())
            )

    def _want_number(self, node: Expression, kind: Kind) -> None:
        if kind.name not in ("number", "truth", "any"):
            self.fault(node, f"{_article(kind)} is no number", "write a number here")

    def _want_truth(self, node: Expression, kind: Kind) -> None:
        if kind.name not in ("truth", "any"):
            self.fault(node, f"{_article(kind)} is no condition", "write a comparison, such as x > 0")

    def _aggregate(self, node: Aggregate) -> Kind:
        outer = dict(self.context.bindings)
        for index, members, conditions in node.binders:
            kind = self.infer(members)
            if kind.name not in ("set", "any"):
                self.fault(members, "a binder runs over a set", "write for i in S")
            if index in self.context.bindings or self.scope.kind(index) is not None:
                self.fault(node, f"the index letter {index!r} is taken", "use another letter")
            if not is_name(index) or index in RESERVED:
                self.fault(node, f"{index!r} cannot be an index letter", "use another letter")
            self.context.bindings[index] = self._binder_set(members, kind)
            for condition in conditions:
                self._want_truth(condition, self.infer(condition))
        body = self.infer(node.body)
        if node.function in ("any", "all"):
            self._want_truth(node.body, body)
        elif node.function != "len":
            self._want_number(node.body, body)
        self.context.bindings = outer
        return TRUTH if node.function in ("any", "all") else NUMBER

    def _binder_set(self, members: Expression, kind: Kind) -> str:
        if kind.move is not None and kind.move.subsets is not None:
            return kind.move.subsets
        return members.name if isinstance(members, Name) else ""

    def _call(self, node: Call) -> Kind:
        function, arguments = node.function, node.arguments
        if function in formulas.TRANSCENDENTAL and not self.context.transcendental:
            return self.fault(
                node,
                f"{function} stands only in the value of a parameter with digits",
                "make it a parameter with digits = 4 and use its name",
            )
        if function in formulas.PATH_FUNCTIONS and not self.context.path:
            return self.fault(node, f"{function} stands only in regimes and hypotheses")
        if function in formulas.PREDICATES and not self.context.predicates:
            return self.fault(node, f"{function} stands only in hypotheses")
        counts = _ARGUMENTS.get(function, (1, 1))
        if not counts[0] <= len(arguments) <= counts[1]:
            wanted = str(counts[0]) if counts[0] == counts[1] else f"{counts[0]} to {counts[1]}"
            return self.fault(
                node, f"{function} takes {wanted} arguments, found {len(arguments)}"
            )
        kinds = [self.infer(argument) for argument in arguments]
        return self._call_kind(node, kinds)

    def _call_kind(self, node: Call, kinds: list[Kind]) -> Kind:
        function, arguments = node.function, node.arguments
        if function == "len":
            if kinds[0].name not in ("set", "any"):
                self.fault(arguments[0], "len takes a set", "write len(S)")
            return NUMBER
        if function in ("prob", "exists", "unique"):
            for argument, kind in zip(arguments, kinds, strict=True):
                self._want_truth(argument, kind)
            return NUMBER if function == "prob" else TRUTH
        if function == "at":
            for argument in arguments[1:]:
                self._want_equation(argument)
            return kinds[0]
        if function in formulas.PREDICATES:
            if function == "threshold_in":
                self._want_truth(arguments[0], kinds[0])
            else:
                self._want_number(arguments[0], kinds[0])
            if not self._is_parameter(arguments[1]):
                self.fault(arguments[1], "is no parameter", nearest_parameter(self.scope))
            return TRUTH
        for argument, kind in zip(arguments, kinds, strict=True):
            self._want_number(argument, kind)
        return NUMBER

    def _want_equation(self, node: Expression) -> None:
        """The settings of ``at`` are equations: parameter == number, or move == label."""
        left = node.first if isinstance(node, Comparison) and len(node.rest) == 1 else None
        name = left.name if isinstance(left, Name) else left.family if isinstance(left, Cell) else ""
        if (
            not isinstance(node, Comparison)
            or node.rest[0][0] != "=="
            or self.scope.kind(name) not in ("parameter", "move")
        ):
            self.fault(node, "is no setting", "write at(quantity, parameter == value)")

    def _is_parameter(self, node: Expression) -> bool:
        name = node.name if isinstance(node, Name) else node.family if isinstance(node, Cell) else ""
        return self.scope.kind(name) == "parameter"

    def _items(self, node: Items) -> Kind:
        return self.fault(node, "a tuple stands only after in", "write x in (a, b)")


_ARGUMENTS = {
    "min": (2, 100),
    "max": (2, 100),
    "prob": (1, 2),
    "at": (2, 100),
    **dict.fromkeys(formulas.PREDICATES - {"at", "exists", "unique"}, (2, 2)),
}


def nearest_parameter(scope: Scope) -> str:
    """Return a remedy that lists the parameters, if they are few."""
    names = [family.name for family in scope.families.values() if family.kind == "parameter"]
    return nearest("", names)
