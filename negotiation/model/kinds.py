"""Kinds: what each formula yields, inferred from its text before any value is known.

A formula yields a number, a truth, a label, a set of members, or a member. Inference resolves every
name, offers the nearest known one for those it does not know, compares quoted labels with the
actions they speak of, and refuses what the place of the formula does not allow: a parameter in a
regime, an index letter that leaves the set of a family, ``log`` where no ``digits`` stand. Faults
are collected; what is faulty has the kind ``any`` and causes no second fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from negotiation import formulas
from negotiation.errors import Fault, FaultList
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
    Text,
    Truth,
    Unary,
    is_name,
    nearest,
    parse,
)
from negotiation.model.document import Move
from negotiation.model.grounding import constant_value
from negotiation.model.scope import CHANCE, Family, Scope, grid_labels, subset_of_label

__all__ = [
    "NUMBER",
    "RESERVED",
    "TRUTH",
    "Context",
    "Inference",
    "Kind",
    "admits_label",
    "labels_of",
]

RESERVED = formulas.FUNCTIONS | {CHANCE, "payoff", "regime"}


@dataclass(frozen=True)
class Kind:
    """What a formula yields.

    Attributes
    ----------
    name : str
        number, truth, label, set, member, text (a quoted label) or any.
    labels : frozenset of str, optional
        The labels that it may be; None where any will do.
    move : Move, optional
        Where the formula is a move itself: only then quoted labels stand for its actions.
    members : frozenset of str, optional
        What a set may hold, or a member may be; None where that is unknown.
    """

    name: str
    labels: frozenset[str] | None = None
    move: Move | None = None
    members: frozenset[str] | None = None

    @property
    def phrase(self) -> str:
        """The kind in words."""
        words = {"truth": "a condition", "text": "a quoted label", "any": "unclear"}
        return words.get(self.name, f"a {self.name}")

    @property
    def value(self) -> Kind:
        """The same kind, no longer as the move itself."""
        if self.name in ("number", "set"):
            return replace(self, move=None, labels=None)
        return replace(self, move=None)


NUMBER, TRUTH, ANY = Kind("number"), Kind("truth"), Kind("any")


@dataclass
class Context:
    """Where a formula stands, and what it may read there.

    Attributes
    ----------
    place : str
        Key path.
    bindings : dict
        Index letter to the members that it runs over.
    own : str, optional
        The family whose bare name may stand: the parameter of a domain, the move of ``allowed``.
    parameters, moves, transcendental, path, predicates : bool
        Whether parameters; moves and definitions; exp, log and sqrt; prob and mean; payoff, regime
        and the predicates of hypotheses may stand.
    """

    place: str
    bindings: dict[str, frozenset[str]] = field(default_factory=dict)
    own: str | None = None
    parameters: bool = True
    moves: bool = False
    transcendental: bool = False
    path: bool = False
    predicates: bool = False


def labels_of(move: Move, scope: Scope) -> list[str] | None:
    """Return the labels of a move for a remedy; None where values decide them."""
    if move.subsets is not None:
        members = scope.sets.get(move.subsets, ())
        return [*(move.labels or ()), "{}", "{" + ", ".join(members) + "}"]
    listed = list(move.actions) if move.actions is not None else grid_labels(move)
    if listed is not None and isinstance(move.otherwise, str) and move.otherwise not in listed:
        listed.append(move.otherwise)
    return listed


def admits_label(move: Move, text: str, scope: Scope) -> bool:
    """Say whether `text` is the label of an action of a move."""
    if move.subsets is not None:
        return subset_of_label(text, scope.sets.get(move.subsets, ()), move) is not None
    labels = labels_of(move, scope)
    return labels is None or text in labels


def _kind_of_move(move: Move, scope: Scope) -> Kind:
    if move.subsets is not None:
        return Kind("set", move=move, members=frozenset(scope.sets.get(move.subsets, ())))
    labels = labels_of(move, scope)
    name = "number" if move.grid is not None else "label"
    return Kind(name, frozenset(labels) if labels is not None else None, move)


class Inference:
    """Infers the kinds of formulas over the names of one scope.

    Parameters
    ----------
    scope : Scope
        What the names mean.
    faults : FaultList
        Where faults are collected.
    regimes : tuple of str
        The labels of ``regime``.
    """

    def __init__(self, scope: Scope, faults: FaultList, regimes: tuple[str, ...]) -> None:
        self.scope = scope
        self.faults = faults
        self.regime = Kind("label", frozenset({*regimes, "unnamed"}))
        self.moves = {name: _kind_of_move(move, scope) for name, move in scope.moves.items()}
        self.definitions: dict[str, Kind] = {}

    def expect(self, text: str, wanted: Kind | None, context: Context) -> Kind:
        """Infer the kind of a formula, and report it where another was wanted."""
        try:
            node = parse(text)
        except Fault as fault:
            self.faults.append(fault.at(context.place))
            return ANY
        formula = _Formula(self, text, context)
        kind = formula.infer(node)
        if wanted is NUMBER:
            formula.want_number(node, kind)
        elif wanted is TRUTH:
            formula.want_truth(node, kind)
        elif kind.name == "text":
            formula.fault(node, "a label alone says nothing", "compare a move with it, using ==")
        return kind


class _Formula:
    """The kinds of the parts of one formula in one context."""

    def __init__(self, inference: Inference, text: str, context: Context) -> None:
        self.inference = inference
        self.scope = inference.scope
        self.text = text
        self.context = context

    def fault(self, node: Expression, message: str, remedy: str) -> Kind:
        """Collect a fault at the column of `node`."""
        place, column = self.context.place, node.column
        fault = Fault(message, place=place, text=self.text, column=column, remedy=remedy)
        self.inference.faults.append(fault)
        return ANY

    def infer(self, node: Expression) -> Kind:
        """Return the kind of `node`; what is faulty has the kind ``any``."""
        infer: Callable[[Expression], Kind] = getattr(self, f"_{type(node).__name__.lower()}")
        return infer(node)

    # -- constants and names ------------------------------------------------------------------

    def _number(self, node: Number) -> Kind:  # noqa: ARG002 - all numbers are alike
        return NUMBER

    def _truth(self, node: Truth) -> Kind:  # noqa: ARG002
        return TRUTH

    def _text(self, node: Text) -> Kind:
        return Kind("text", frozenset({node.value}))

    def _name(self, node: Name) -> Kind:
        name, context = node.name, self.context
        if name in context.bindings:
            return Kind("member", members=context.bindings[name])
        if name == context.own:
            return self._kind_of_family(node, name)
        kind = self.scope.kind(name)
        if kind is None:
            return self._unknown(node, name)
        if kind == "set":
            return Kind("set", members=frozenset(self.scope.sets[name]))
        if kind in ("member", "player"):
            return Kind("member", members=frozenset({name}))
        family = self.scope.families[name]
        if family.faulty:
            return ANY
        if family.binder is not None:
            return self.fault(node, f"{name} has members", self._example(family))
        return self._kind_of_family(node, name)

    def _example(self, family: Family) -> str:
        """Return how a cell of a family is written here."""
        pairs = family.binder.pairs if family.binder else ()
        sets = [frozenset(self.scope.sets.get(of, ())) for _, of in pairs]
        bound = self.context.bindings
        letters = [[i for i in bound if bound[i] and bound[i] <= members] for members in sets]
        if all(letters):
            return f"write {family.name}[{', '.join(found[0] for found in letters)}]"
        members = ", ".join((*self.scope.sets.get(of, ()), "...")[0] for _, of in pairs)
        loops = " ".join(f"for {index} in {of}" for index, of in pairs)
        cell = f"{family.name}[{', '.join(index for index, _ in pairs)}]"
        return f"write {family.name}[{members}], or {cell} inside sum(... {loops})"

    def _unknown(self, node: Name, name: str) -> Kind:
        if name in ("regime", "payoff"):
            if name == "regime" and self.context.predicates:
                return self.inference.regime
            if self.context.predicates:
                return self.fault(node, "payoff takes one index", "write payoff[player]")
            return self.fault(node, f"{name} stands only in hypotheses", _REMEDIES["payoff"])
        remedy = nearest(name, [*self.scope.names(), *self.context.bindings])
        if name.lower() in ("true", "false"):
            remedy = f"write {name.capitalize()}"
        elif name in formulas.FUNCTIONS:
            remedy = f"write {name}(...)"
        else:
            moves = self.scope.moves.values()
            for move in [move for move in moves if name in (move.actions or ())][:1]:
                remedy = f"labels are quoted: {move.name} == '{name}'"
        return self.fault(node, f"unknown name {name!r}", remedy)

    def _cell(self, node: Cell) -> Kind:
        if node.family == "payoff":
            return self._payoff(node)
        family = self.scope.families.get(node.family)
        if family is None:
            kind = self.scope.kind(node.family)
            message = f"{node.family} is a {kind}" if kind else f"unknown name {node.family!r}"
            return self.fault(node, message, nearest(node.family, self.scope.families))
        if family.faulty:
            return ANY
        if family.binder is None:
            return self.fault(node, f"{node.family} has no members", f"write {node.family}")
        if len(node.indices) != len(family.binder.pairs):
            count = "one index" if len(family.binder.pairs) == 1 else "two indices"
            return self.fault(node, f"{node.family} takes {count}", self._example(family))
        for index, (_, set_name) in zip(node.indices, family.binder.pairs, strict=True):
            self._check_index(node, index, set_name)
        return self._kind_of_family(node, node.family)

    def _check_index(self, node: Cell, index: str, set_name: str) -> None:
        members = self.scope.sets.get(set_name, ())
        bound = self.context.bindings.get(index)
        if bound is None and index not in members:
            remedy = nearest(index, [*members, *self.context.bindings])
            if len(index) == 1 and self.scope.kind(index) is None:
                remedy = f"write a member, such as {min(members, default='US')}, or bind "
                remedy += f"{index} as in sum(... for {index} in {set_name})"
            self.fault(node, f"{index!r} is no member of {set_name}", remedy)
        for member in sorted((bound or frozenset()) - set(members))[:1]:
            self.fault(
                node,
                f"{index} may be {member}, but {node.family} is defined for {set_name} only",
                f"let {index} run over {set_name}",
            )

    def _payoff(self, node: Cell) -> Kind:
        if not self.context.predicates:
            return self.fault(node, "payoff stands only in hypotheses", _REMEDIES["payoff"])
        if len(node.indices) != 1:
            return self.fault(node, "payoff takes one index", "write payoff[player]")
        index = node.indices[0]
        for player in self.context.bindings.get(index, frozenset({index})):
            if player not in self.scope.players:
                known = [*self.scope.players, *self.context.bindings]
                return self.fault(node, f"no player is called {player!r}", nearest(player, known))
        return NUMBER

    def _kind_of_family(self, node: Expression, name: str) -> Kind:
        kind, context = self.scope.families[name].kind, self.context
        if kind == "parameter":
            if context.parameters or name == context.own:
                return NUMBER
            return self.fault(
                node,
                "a regime speaks of the path of play, not of parameters",
                "test what the players do; where in parameter space that is so is the answer",
            )
        if not context.moves and name != context.own:
            word = "a move" if kind == "move" else "a definition"
            return self.fault(node, f"{name} is {word}", "only parameters may stand here")
        if kind == "move":
            return self.inference.moves[name]
        return self.inference.definitions.get(name, ANY)

    # -- operators ----------------------------------------------------------------------------

    def _unary(self, node: Unary) -> Kind:
        kind = self.infer(node.operand)
        if node.operator == "not":
            self.want_truth(node.operand, kind)
            return TRUTH
        self.want_number(node.operand, kind)
        return NUMBER

    def _binary(self, node: Binary) -> Kind:
        self.want_number(node.left, self.infer(node.left))
        self.want_number(node.right, self.infer(node.right))
        if node.operator == "**" and not self.context.transcendental:
            exponent = constant_value(node.right)
            if exponent is not None and exponent.denominator != 1:
                return self._transcendental(node, "a power that is no whole number")
        return NUMBER

    def _junction(self, node: Junction) -> Kind:
        for operand in node.operands:
            self.want_truth(operand, self.infer(operand))
        return TRUTH

    def _conditional(self, node: Conditional) -> Kind:
        self.want_truth(node.condition, self.infer(node.condition))
        then, otherwise = self.infer(node.then).value, self.infer(node.otherwise).value
        names = {then.name, otherwise.name}
        if "any" in names:
            return ANY
        if "text" in names:
            return self.fault(node, "a label stands only beside ==, != or in", "compare with it")
        if names <= {"number", "truth"}:
            return TRUTH if names == {"truth"} else NUMBER
        if len(names) > 1:
            message = f"one branch is {then.phrase}, the other {otherwise.phrase}"
            return self.fault(node, message, "let both branches yield the same")
        labels, members = (then.labels, otherwise.labels), (then.members, otherwise.members)
        return Kind(then.name, labels=_union(*labels), members=_union(*members))

    def _comparison(self, node: Comparison) -> Kind:
        left, left_kind = node.first, self.infer(node.first)
        for operator, right in node.rest:
            if operator in ("in", "not in"):
                right_kind = self._membership(left, left_kind, right)
            else:
                right_kind = self.infer(right)
                if operator in ("==", "!="):
                    self._want_comparable(right, left_kind, right_kind)
                elif self.want_number(left, left_kind):
                    self.want_number(right, right_kind)
            left, left_kind = right, right_kind
        return TRUTH

    def _membership(self, left: Expression, kind: Kind, right: Expression) -> Kind:
        """Check ``left in right``, where right is a tuple or a set."""
        if kind.name == "text":
            if isinstance(right, Items):
                message = "a quoted label stands to the right of in"
                return self.fault(left, message, "write move in ('label', 'label')")
            remedy = f"write {next(iter(kind.labels or ()))} in S, without quotes"
            return self.fault(left, "members are bare names", remedy)
        if not isinstance(right, Items):
            return self._membership_of_set(left, kind, right, self.infer(right))
        kinds = [self.infer(item) for item in right.items]
        for item, item_kind in zip(right.items, kinds, strict=True):
            if not self._want_comparable(item, kind, item_kind):
                return ANY
        if len({k.name == "text" for k in kinds}) > 1 and kind.name in ("number", "set"):
            self.fault(right, "mixes labels and values", "write all of them in the same way")
        return ANY

    def _membership_of_set(self, left: Expression, kind: Kind, right: Expression, of: Kind) -> Kind:
        if of.name not in ("set", "any"):
            return self.fault(right, "in needs a set or a tuple", "write x in (a, b), or i in S")
        if kind.name not in ("member", "any"):
            remedy = "write a member or an index letter"
            return self.fault(left, f"{kind.phrase} is no member", remedy)
        if _disjoint(kind.members, of.members):
            remedy = f"the set may hold {_listed(of.members)}"
            return self.fault(left, "this member is never in that set", remedy)
        return of

    def _want_comparable(self, node: Expression, left: Kind, right: Kind) -> bool:
        """Report two kinds that are never equal, and say whether they may be."""
        before = len(self.inference.faults)
        names = (left.name, right.name)
        if "any" in names:
            return True
        if names == ("text", "text"):
            self.fault(node, "compares two quoted labels", "compare a move with a label")
        elif "text" in names:
            text, other = (left, right) if left.name == "text" else (right, left)
            self._want_label(node, next(iter(text.labels or ())), other)
        elif left.name != right.name and not set(names) <= {"number", "truth"}:
            message = f"compares {left.phrase} with {right.phrase}"
            remedies = {"set": "a member is tested with in", "label": "labels are quoted text"}
            remedy = next((remedies[name] for name in names if name in remedies), "")
            self.fault(node, message, remedy or "compare like with like")
        elif left.name == "label" and _disjoint(left.labels, right.labels):
            remedy = f"one is {_listed(left.labels)}; the other {_listed(right.labels)}"
            self.fault(node, "the two have no action in common", remedy)
        elif left.name == "member" and _disjoint(left.members, right.members):
            remedy = f"one is {_listed(left.members)}; the other {_listed(right.members)}"
            self.fault(node, "the two are never the same member", remedy)
        return len(self.inference.faults) == before

    def _want_label(self, node: Expression, text: str, kind: Kind) -> None:
        """A quoted text compared with a move must be the label of one of its actions."""
        if kind.name == "member":
            self.fault(node, "members are bare names", f"write {text}")
        elif kind.move is not None:
            if not admits_label(kind.move, text, self.scope):
                known = labels_of(kind.move, self.scope) or ()
                self.fault(node, f"{kind.move.name} has no action {text!r}", nearest(text, known))
        elif kind.name == "label":
            if kind.labels is not None and text not in kind.labels:
                self.fault(node, f"{text!r} is none of the labels here", nearest(text, kind.labels))
        else:
            remedy = "only a move itself is compared with a label"
            self.fault(node, f"compares {kind.phrase} with {text!r}", remedy)

    def want_number(self, node: Expression, kind: Kind) -> bool:
        """Report what is no number, and say whether it is one; a condition counts as 1 or 0."""
        if kind.name in ("number", "truth", "any"):
            return True
        remedies = {"set": "its size is len(S)", "label": "write 1 if move == 'label' else 0"}
        remedy = remedies.get(kind.name, "write a number, a parameter or a formula of them")
        self.fault(node, f"{kind.phrase} is no number", remedy)
        return False

    def want_truth(self, node: Expression, kind: Kind) -> None:
        """Report what is no condition."""
        if kind.name not in ("truth", "any"):
            remedy = "write a comparison, such as x > 0 or joins[i] == 'join'"
            self.fault(node, f"{kind.phrase} is no condition", remedy)

    # -- aggregates and calls -----------------------------------------------------------------

    def _aggregate(self, node: Aggregate) -> Kind:
        outer = self.context.bindings
        self.context.bindings = dict(outer)
        for index, members, conditions in node.binders:
            kind = self.infer(members)
            if kind.name not in ("set", "any"):
                self.fault(members, "a binder runs over a set", nearest("", self.scope.sets))
            if index in self.context.bindings or self.scope.kind(index) is not None:
                self.fault(node, f"the index letter {index!r} is taken", "use another letter")
            elif not is_name(index) or index in RESERVED:
                self.fault(node, f"{index!r} cannot be an index letter", "use another letter")
            self.context.bindings[index] = kind.members or frozenset()
            for condition in conditions:
                self.want_truth(condition, self.infer(condition))
        body = self.infer(node.body)
        if node.function in ("any", "all"):
            self.want_truth(node.body, body)
        elif node.function != "len":
            self.want_number(node.body, body)
        self.context.bindings = outer
        return TRUTH if node.function in ("any", "all") else NUMBER

    def _call(self, node: Call) -> Kind:
        function, arguments, context = node.function, node.arguments, self.context
        if function in formulas.TRANSCENDENTAL and not context.transcendental:
            return self._transcendental(node, function)
        if function in formulas.PATH_FUNCTIONS and not context.path:
            message = f"{function} stands only in regimes and hypotheses, and not in itself"
            return self.fault(node, message, "write the condition or quantity itself")
        if function in formulas.PREDICATES and not context.predicates:
            remedy = "write it in holds of a [[hypotheses]] table"
            return self.fault(node, f"{function} stands only in hypotheses", remedy)
        least, most = _ARGUMENTS.get(function, (1, 1))
        if not least <= len(arguments) <= most:
            message = f"{function} does not take {len(arguments)} argument"
            message += "s" if len(arguments) != 1 else ""
            return self.fault(node, message, f"write {_USAGE.get(function, f'{function}(x)')}")
        if function in formulas.PATH_FUNCTIONS:
            self.context = replace(context, path=False, predicates=False)
        kinds = [self.infer(argument) for argument in arguments]
        self.context = context
        return self._kind_of_call(node, kinds)

    def _transcendental(self, node: Expression, what: str) -> Kind:
        return self.fault(
            node,
            f"{what} stands only in the value of a parameter with digits",
            "make it a parameter with digits = 4, say, and write its name here",
        )

    def _kind_of_call(self, node: Call, kinds: list[Kind]) -> Kind:
        function, arguments = node.function, node.arguments
        if function == "len":
            if kinds[0].name not in ("set", "any"):
                remedy = "write len(S) or len(i for i in S if c)"
                self.fault(arguments[0], "len takes a set", remedy)
            return NUMBER
        if function in ("prob", "exists", "unique"):
            for argument, kind in zip(arguments, kinds, strict=True):
                self.want_truth(argument, kind)
            return NUMBER if function == "prob" else TRUTH
        if function == "at":
            for argument in arguments[1:]:
                self._want_setting(argument)
            return kinds[0].value
        if function in formulas.PREDICATES:
            if function == "threshold_in":
                self.want_truth(arguments[0], kinds[0])
            else:
                self.want_number(arguments[0], kinds[0])
            if _family_of(arguments[1], self.scope) != "parameter":
                remedy = f"write {function}(quantity, parameter)"
                self.fault(arguments[1], "is no parameter", remedy)
            return TRUTH
        for argument, kind in zip(arguments, kinds, strict=True):
            self.want_number(argument, kind)
        return NUMBER

    def _want_setting(self, node: Expression) -> None:
        """The settings of ``at`` are equations: parameter == number, or move == label."""
        equation = isinstance(node, Comparison) and [op for op, _ in node.rest] == ["=="]
        if not equation or _family_of(node, self.scope) not in ("parameter", "move"):
            remedy = "write at(quantity, parameter == number) or at(quantity, move == 'label')"
            self.fault(node, "is no setting", remedy)


def _family_of(node: Expression, scope: Scope) -> str | None:
    """Return whether a name, or the left side of a comparison, is a parameter or a move."""
    if isinstance(node, Comparison):
        node = node.first
    name = node.name if isinstance(node, Name) else node.family if isinstance(node, Cell) else ""
    return scope.kind(name)


def _union(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    return None if a is None or b is None else a | b


def _disjoint(a: frozenset[str] | None, b: frozenset[str] | None) -> bool:
    return a is not None and b is not None and bool(a) and bool(b) and not a & b


def _listed(names: frozenset[str] | None) -> str:
    return ", ".join(sorted(names or ())[:6])


_REMEDIES = {"payoff": "write the formula itself; what several formulas use stands in [define]"}
_USAGE = {
    "min": "min(x, y), or min(... for i in S)",
    "max": "max(x, y), or max(... for i in S)",
    "len": "len(S)",
    "prob": "prob(event), or prob(event, given)",
    "at": "at(quantity, parameter == number)",
    "exists": "exists(condition)",
    "unique": "unique(condition)",
    "threshold_in": "threshold_in(condition, parameter)",
    **{
        function: f"{function}(quantity, parameter)"
        for function in formulas.PREDICATES - {"at", "exists", "unique", "threshold_in"}
    },
}
_ARGUMENTS = {
    "min": (2, 1000),
    "max": (2, 1000),
    "prob": (1, 2),
    "at": (2, 1000),
    **dict.fromkeys(formulas.PREDICATES - {"at", "exists", "unique"}, (2, 2)),
}
