"""Formulas: text to expression, the only reader of formulas in the package.

A formula is one expression in a whitelisted subset of Python's syntax::

    + - * / **    == != < <= > >=  (also chained)    in, not in    and or not
    a if c else b    family[i]    family[i, j]    (a, b) after ``in``
    sum min max any all len(body for i in S if c)    min max abs len(...)

The standard library's :mod:`ast` does the parsing and nothing else: no text is ever evaluated by
Python. Caps on length, digits, nesting and tokens are checked *before* ``ast`` sees the text, since
deep nesting exhausts its stack, and before any large number is built. A number is read from the
text of the formula, so ``0.1`` is exactly 1/10.

The result is a tree of frozen nodes. Names are not resolved here; see
:mod:`negotiation.model.scope`.
"""

from __future__ import annotations

import ast
import difflib
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from negotiation.errors import Fault

__all__ = [
    "Aggregate",
    "Binary",
    "Call",
    "Cell",
    "Comparison",
    "Conditional",
    "Expression",
    "Fold",
    "Items",
    "Junction",
    "Name",
    "Number",
    "Reference",
    "Text",
    "Truth",
    "Unary",
    "nearest",
    "parse",
    "read_number",
    "walk",
]

MAX_LENGTH = 20_000
MAX_TOKENS = 6_000
MAX_BRACKETS = 50
MAX_PREFIXES = 50
MAX_DEPTH = 150
MAX_DIGITS = 1_000
MAX_EXPONENT = 1_000

AGGREGATES = frozenset({"sum", "min", "max", "any", "all", "len"})
PLAIN_FUNCTIONS = frozenset({"abs", "min", "max", "len"})
TRANSCENDENTAL = frozenset({"exp", "log", "sqrt"})
PATH_FUNCTIONS = frozenset({"prob", "mean"})
PREDICATES = frozenset(
    {
        "at",
        "increasing",
        "decreasing",
        "strictly_increasing",
        "strictly_decreasing",
        "constant",
        "threshold_in",
        "exists",
        "unique",
    }
)
FUNCTIONS = AGGREGATES | PLAIN_FUNCTIONS | TRANSCENDENTAL | PATH_FUNCTIONS | PREDICATES


@dataclass(frozen=True)
class Expression:
    """A node of a formula; `column` is where it starts in the text."""

    column: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True)
class Number(Expression):
    """A rational constant."""

    value: Fraction


@dataclass(frozen=True)
class Text(Expression):
    """A quoted string: the label of an action or of a regime."""

    value: str


@dataclass(frozen=True)
class Truth(Expression):
    """``True`` or ``False``."""

    value: bool


@dataclass(frozen=True)
class Name(Expression):
    """A bare name, not yet resolved."""

    name: str


@dataclass(frozen=True)
class Cell(Expression):
    """A member of a family, ``family[i]`` or ``family[i, j]``; the indices are names."""

    family: str
    indices: tuple[str, ...]


@dataclass(frozen=True)
class Reference(Expression):
    """A resolved name: `kind` is parameter, move, define, set, member, payoff or regime."""

    kind: str
    name: str


@dataclass(frozen=True)
class Unary(Expression):
    """``-x``, ``+x`` or ``not x``."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Expression):
    """``left operator right`` for ``+ - * / **``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison(Expression):
    """A chain ``first op1 x1 op2 x2 ...``."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Junction(Expression):
    """``and`` or ``or`` of two or more operands."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Conditional(Expression):
    """``then if condition else otherwise``."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True)
class Aggregate(Expression):
    """``function(body for i in S if c)``; each binder is (index, set, conditions)."""

    function: str
    body: Expression
    binders: tuple[tuple[str, Expression, tuple[Expression, ...]], ...]


@dataclass(frozen=True)
class Fold(Expression):
    """An aggregate whose binders were unrolled: one (guard or None, body) for each term."""

    function: str
    terms: tuple[tuple[Expression | None, Expression], ...]


@dataclass(frozen=True)
class Call(Expression):
    """A call of one of the named functions."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Items(Expression):
    """A tuple; stands only to the right of ``in`` and ``not in``."""

    items: tuple[Expression, ...]


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the direct parts of a node."""
    match node:
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Comparison():
            return (node.first, *(right for _, right in node.rest))
        case Junction():
            return node.operands
        case Conditional():
            return (node.condition, node.then, node.otherwise)
        case Aggregate():
            parts: list[Expression] = [node.body]
            for _, members, conditions in node.binders:
                parts += [members, *conditions]
            return tuple(parts)
        case Fold():
            return tuple(p for guard, body in node.terms for p in (guard, body) if p is not None)
        case Call():
            return node.arguments
        case Items():
            return node.items
    return ()


def walk(node: Expression) -> Iterator[Expression]:
    """Yield `node` and all its parts, parents first."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known name, or lists the known ones if few."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:
        folded = {candidate.lower(): candidate for candidate in names}
        if name.lower() in folded:
            close = [folded[name.lower()]]
    if close:
        return f"did you mean {close[0]!r}?"
    if 0 < len(names) <= 12:
        return "known here: " + ", ".join(names)
    return ""


_NUMBER = re.compile(r"(?P<whole>\d[\d_]*)?(?:\.(?P<part>[\d_]*))?(?:[eE](?P<exponent>[+-]?\d+))?")


def read_number(text: str) -> Fraction:
    """Return the exact rational that a decimal literal spells.

    Raises
    ------
    Fault
        If the text is no decimal literal, or has too many digits or too large an exponent.
    """
    if len(text) > MAX_DIGITS + 32:
        raise Fault(
            f"a number of {len(text)} characters is too long",
            remedy=f"write at most {MAX_DIGITS} digits",
        )
    match = _NUMBER.fullmatch(text)
    if match is None or not ((match["whole"] or "") + (match["part"] or "")).strip("_"):
        raise Fault(f"{text!r} is not a decimal number", remedy="write it as 2, 0.5 or 1e-3")
    whole = (match["whole"] or "").replace("_", "")
    part = (match["part"] or "").replace("_", "")
    exponent = match["exponent"] or "0"
    if len(whole) + len(part) > MAX_DIGITS:
        raise Fault(
            f"a number of {len(whole) + len(part)} digits is too long",
            remedy=f"write at most {MAX_DIGITS} digits",
        )
    if len(exponent) > 8 or abs(int(exponent)) > MAX_EXPONENT:
        raise Fault(
            f"the exponent of {text!r} is too large",
            remedy=f"exponents go up to {MAX_EXPONENT}; choose another unit",
        )
    shift = int(exponent) - len(part)
    digits = int((whole + part) or "0")
    return Fraction(digits * 10**shift) if shift >= 0 else Fraction(digits, 10**-shift)


_TOKEN = re.compile(r"\s+|'[^']*'|\"[^\"]*\"|(?P<number>\.?\d[\w.]*)|(?P<word>[^\W\d]\w*)|(?P<op>.)")


def _check_size(text: str) -> None:
    """Refuse, before :mod:`ast` sees it, a text that could exhaust its stack or memory."""
    if len(text) > MAX_LENGTH:
        raise Fault(
            f"a formula of {len(text)} characters is too long",
            remedy=f"at most {MAX_LENGTH} characters; move parts into [define]",
        )
    tokens = depth = prefixes = 0
    for token in _TOKEN.finditer(text):
        if token["number"] is None and token["word"] is None and token["op"] is None:
            prefixes = prefixes if token[0].isspace() else 0
            continue
        tokens += 1
        if token["number"] and len(token["number"]) > MAX_DIGITS:
            raise Fault(
                f"a number of {len(token['number'])} digits is too long",
                text=text,
                column=token.start(),
                remedy=f"write at most {MAX_DIGITS} digits",
            )
        is_prefix = token["op"] in ("-", "+", "~") or token["word"] in ("not", "lambda", "await")
        prefixes = prefixes + 1 if is_prefix else 0
        depth += (token["op"] in ("(", "[", "{")) - (token["op"] in (")", "]", "}"))
        if tokens > MAX_TOKENS or depth > MAX_BRACKETS or prefixes > MAX_PREFIXES:
            limit = (
                f"{MAX_TOKENS} tokens"
                if tokens > MAX_TOKENS
                else f"{MAX_BRACKETS} nested brackets"
                if depth > MAX_BRACKETS
                else f"{MAX_PREFIXES} signs in a row"
            )
            raise Fault(
                f"the formula exceeds {limit}",
                text=text,
                column=token.start(),
                remedy="move parts of it into [define]",
            )


def parse(text: str) -> Expression:
    """Read one formula.

    Parameters
    ----------
    text : str
        The formula; line breaks count as blanks.

    Returns
    -------
    Expression
        Tree of frozen nodes with unresolved names.

    Raises
    ------
    Fault
        With the column of what is not allowed, and what to write instead. The fault carries no
        place: the caller knows the key path and adds it.
    """
    if not isinstance(text, str):
        raise Fault(f"a formula must be text, not {type(text).__name__}", remedy="put it in quotes")
    _check_size(text)
    source = re.sub(r"\s", " ", text)
    stripped = source.strip()
    if not stripped:
        raise Fault("the formula is empty", remedy="write an expression, such as 0")
    if "\\" in stripped:
        raise Fault(
            "a backslash has no place in a formula",
            text=source,
            column=source.index("\\"),
            remedy="labels are plain quoted text",
        )
    offset = len(source) - len(source.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(stripped, mode="eval")
    except SyntaxError as error:
        column = offset + max((error.offset or 1) - 1, 0)
        reason = (error.msg or "invalid syntax").split("(<")[0].strip()
        raise Fault(
            f"not an expression of the language ({reason})",
            text=source,
            column=min(column, len(source)),
            remedy=_syntax_hint(stripped),
        ) from None
    except (RecursionError, MemoryError):
        raise Fault(
            "the formula nests too deeply", text=source, column=0, remedy="move parts into [define]"
        ) from None
    except ValueError as error:
        raise Fault(f"the formula cannot be read ({error})", text=source, column=0) from None
    reader = _Reader(source, stripped, offset)
    return reader.read(tree.body, 0)


def _syntax_hint(text: str) -> str:
    if re.search(r"(?<![=<>!])=(?!=)", text):
        return "compare with ==; a formula assigns nothing"
    if "&&" in text or "||" in text:
        return "write and, or, not"
    if "^" in text:
        return "powers are written **"
    return "allowed: + - * / **, comparisons, and, or, not, a if c else b, sum(... for i in S)"


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Not: "not",
    ast.And: "and",
    ast.Or: "or",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}

_REFUSED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Attribute: ("attribute access", "names have no attributes; write family[member]"),
    ast.Lambda: ("lambda", "define a quantity in [define] instead"),
    ast.NamedExpr: ("the walrus :=", "define a quantity in [define] instead"),
    ast.JoinedStr: ("an f-string", "labels are plain quoted text"),
    ast.ListComp: ("a list", "write sum(... for i in S) without brackets"),
    ast.SetComp: ("a set", "write sum(... for i in S) without braces"),
    ast.DictComp: ("a dictionary", "values by member stand in [parameters]"),
    ast.List: ("a list", "use a tuple after in, such as x in (0, 1)"),
    ast.Set: ("a set display", "compare with a label, such as exempt == '{US}'"),
    ast.Dict: ("a dictionary", "values by member stand in [parameters]"),
    ast.Starred: ("a star", "name every argument"),
    ast.Slice: ("a slice", "an index is the name of a member"),
    ast.Await: ("await", "remove it"),
    ast.Yield: ("yield", "remove it"),
    ast.YieldFrom: ("yield", "remove it"),
    ast.GeneratorExp: ("a bare generator", "it stands only inside sum, min, max, any, all, len"),
}


class _Reader:
    """Turns an ``ast`` tree into expressions; refuses all that is not whitelisted."""

    def __init__(self, shown: str, parsed: str, offset: int) -> None:
        self.shown = shown
        self.offset = offset
        self.encoded = parsed.encode("utf-8", "surrogatepass")

    def column(self, node: ast.AST) -> int:
        """Return the column in characters; ``ast`` counts bytes of UTF-8."""
        before = self.encoded[: getattr(node, "col_offset", 0)]
        return self.offset + len(before.decode("utf-8", "replace"))

    def fault(self, node: ast.AST, message: str, remedy: str = "") -> Fault:
        return Fault(message, text=self.shown, column=self.column(node), remedy=remedy)

    def read(self, node: ast.expr, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self.fault(node, "the formula nests too deeply", "move parts into [define]")
        reader = getattr(self, f"_read_{type(node).__name__}", None)
        if reader is not None:
            expression: Expression = reader(node, depth + 1)
            return expression
        what, remedy = _REFUSED.get(type(node), (f"{type(node).__name__}", "see the language page"))
        raise self.fault(node, f"{what} is not part of the language", remedy)

    def _read_Constant(self, node: ast.Constant, depth: int) -> Expression:
        column = self.column(node)
        if isinstance(node.value, bool):
            return Truth(node.value, column=column)
        if isinstance(node.value, str):
            return Text(node.value, column=column)
        if isinstance(node.value, int | float):
            end = node.end_col_offset or len(self.encoded)
            segment = self.encoded[node.col_offset : end].decode("utf-8", "replace")
            try:
                return Number(read_number(segment), column=column)
            except Fault as error:
                raise self.fault(node, error.message, error.remedy) from None
        raise self.fault(
            node,
            f"{type(node.value).__name__} constants are not part of the language",
            "write a decimal number, a quoted label, True or False",
        )

    def _read_Name(self, node: ast.Name, depth: int) -> Expression:
        return Name(node.id, column=self.column(node))

    def _read_Subscript(self, node: ast.Subscript, depth: int) -> Expression:
        if not isinstance(node.value, ast.Name):
            raise self.fault(node, "only a named family can be indexed", "write family[member]")
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        indices = []
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                raise self.fault(
                    part, "members are bare names", f"write {node.value.id}[{part.value}]"
                )
            if not isinstance(part, ast.Name):
                raise self.fault(
                    part, "an index is the name of a member or an index letter", "write family[i]"
                )
            indices.append(part.id)
        return Cell(node.value.id, tuple(indices), column=self.column(node))

    def _read_UnaryOp(self, node: ast.UnaryOp, depth: int) -> Expression:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise self.fault(node, "~ is not part of the language", "write not")
        return Unary(operator, self.read(node.operand, depth), column=self.column(node))

    def _read_BinOp(self, node: ast.BinOp, depth: int) -> Expression:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            hint = "powers are written **" if isinstance(node.op, ast.BitXor) else "use + - * / **"
            raise self.fault(node, "this operator is not part of the language", hint)
        left, right = self.read(node.left, depth), self.read(node.right, depth)
        return Binary(operator, left, right, column=self.column(node))

    def _read_BoolOp(self, node: ast.BoolOp, depth: int) -> Expression:
        operands = tuple(self.read(value, depth) for value in node.values)
        return Junction(_OPERATORS[type(node.op)], operands, column=self.column(node))

    def _read_Compare(self, node: ast.Compare, depth: int) -> Expression:
        rest = []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            symbol = _OPERATORS.get(type(operator))
            if symbol is None:
                raise self.fault(node, "is and is not are not part of the language", "write ==")
            if isinstance(right, ast.Tuple):
                if symbol not in ("in", "not in"):
                    raise self.fault(right, "a tuple stands only after in", "write x in (a, b)")
                items = tuple(self.read(item, depth + 1) for item in right.elts)
                rest.append((symbol, Items(items, column=self.column(right))))
            else:
                rest.append((symbol, self.read(right, depth)))
        return Comparison(self.read(node.left, depth), tuple(rest), column=self.column(node))

    def _read_IfExp(self, node: ast.IfExp, depth: int) -> Expression:
        return Conditional(
            self.read(node.test, depth),
            self.read(node.body, depth),
            self.read(node.orelse, depth),
            column=self.column(node),
        )

    def _read_Tuple(self, node: ast.Tuple, depth: int) -> Expression:
        raise self.fault(node, "a tuple stands only after in", "write x in (a, b)")

    def _read_Call(self, node: ast.Call, depth: int) -> Expression:
        if not isinstance(node.func, ast.Name):
            raise self.fault(node, "this call is not allowed", _call_hint(""))
        name = node.func.id
        if name not in FUNCTIONS:
            raise self.fault(node, f"the call of {name!r} is not allowed", _call_hint(name))
        if node.keywords:
            raise self.fault(node, "keyword arguments are not part of the language", "remove them")
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return self._read_aggregate(name, node.args[0], depth)
        if not node.args:
            raise self.fault(node, f"{name} needs an argument", f"write {name}(x)")
        if name in AGGREGATES - PLAIN_FUNCTIONS:
            raise self.fault(
                node, f"{name} takes a generator", f"write {name}(... for i in S if c)"
            )
        arguments = tuple(self.read(argument, depth) for argument in node.args)
        return Call(name, arguments, column=self.column(node))

    def _read_aggregate(self, name: str, node: ast.GeneratorExp, depth: int) -> Expression:
        if name not in AGGREGATES:
            raise self.fault(
                node, f"{name} takes no generator", "sum, min, max, any, all and len do"
            )
        binders = []
        for clause in node.generators:
            if not isinstance(clause.target, ast.Name):
                raise self.fault(clause.target, "a binder is one index letter", "write for i in S")
            if clause.is_async:
                raise self.fault(clause.target, "async is not part of the language", "remove it")
            conditions = tuple(self.read(condition, depth) for condition in clause.ifs)
            binders.append((clause.target.id, self.read(clause.iter, depth), conditions))
        return Aggregate(
            name, self.read(node.elt, depth), tuple(binders), column=self.column(node)
        )


def _call_hint(name: str) -> str:
    return nearest(name, FUNCTIONS) or "allowed: " + ", ".join(sorted(FUNCTIONS))


def is_name(text: str) -> bool:
    """Say whether `text` can be a name: an identifier that Python reads as itself."""
    return text.isidentifier() and unicodedata.normalize("NFKC", text) == text
