"""Formulas: text to expression, the only reader of formulas in the package.

A formula is one expression in a whitelisted subset of Python's syntax::

    + - * / **    == != < <= > >=  (also chained)    in, not in    and or not
    a if c else b    family[i]    family[i, j]    (a, b) after ``in``
    sum min max any all len(body for i in S if c)    min max abs len(...)

The standard library's :mod:`ast` does the parsing and nothing else: no text is ever evaluated by
Python. Characters, and caps on length, digits, nesting and tokens, are checked *before* ``ast``
sees the text: it drops comments, joins labels that stand side by side, folds letters such as the
ligature fi, and deep nesting exhausts its stack. A number is read from the text of the formula, so
``0.1`` is exactly 1/10.

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
from functools import lru_cache

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
MAX_COMPARED = 300

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
    """Return a remedy that names the nearest known name, or lists known ones."""
    names = sorted(set(known))
    if not names:
        return "there is none yet: define it"
    similar = names
    if len(names) > MAX_COMPARED:  # comparing is slow
        similar = [n for n in names if n[:1] == name[:1] and abs(len(n) - len(name)) < 3]
    folded = {candidate.lower(): candidate for candidate in similar[:MAX_COMPARED]}
    close = difflib.get_close_matches(name[:100].lower(), folded, n=1, cutoff=0.7)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    return "known here: " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


_NUMBER = re.compile(r"(?P<whole>\d[\d_]*)?(?:\.(?P<part>[\d_]*))?(?:[eE](?P<exponent>[+-]?\d+))?")


def read_number(text: str) -> Fraction:
    """Return the exact rational that a decimal literal spells.

    Raises
    ------
    Fault
        If the text is no decimal literal, or has more than `MAX_DIGITS` digits when written without
        exponent.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= 2 * MAX_DIGITS and text.isascii() else None
    whole, part, exponent = (
        (match[group] or "").replace("_", "") if match else ""
        for group in ("whole", "part", "exponent")
    )
    if len(text) <= 2 * MAX_DIGITS and not whole + part:
        raise Fault(f"{text[:60]!r} is not a decimal number", remedy="write it as 2, 0.5 or 1e-3")
    shift = (int(exponent or "0") if len(exponent) <= 8 else 10**8) - len(part)
    if not match or len(whole + part) + abs(shift) > MAX_DIGITS + len(part):
        raise Fault(
            f"the number {text[:20]}... has more than {MAX_DIGITS} digits",
            remedy=f"write at most {MAX_DIGITS} digits, exponent included; choose another unit",
        )
    digits = int(whole + part)
    return Fraction(digits * 10**shift) if shift >= 0 else Fraction(digits, 10**-shift)


_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<label>'[^']*'|\"[^\"]*\")|(?P<number>\.?\d[\w.]*)|(?P<word>\w+)|(?P<sign>.)"
)
_SIGNS = frozenset("+-*/=!<>()[]{},.:^%@&|~;")
_HINTS = {
    "'": "close the quote",
    '"': "close the quote",
    "#": "a comment stands in the file, outside the quotes",
    "\\": "labels are plain quoted text; a formula may run over several lines as it is",
    **dict.fromkeys("\u2212\u2013\u2014", "write -"),
    **dict.fromkeys("\u00d7\u00b7\u22c5", "write *"),
    "\u00f7": "write /",
    "\u2264": "write <=",
    "\u2265": "write >=",
    "\u2260": "write !=",
    "\u2208": "write in",
    "\u2209": "write not in",
    "\u2227": "write and",
    "\u2228": "write or",
    "\u00ac": "write not",
    **dict.fromkeys("\u2018\u2019\u201c\u201d", "use straight quotes"),
}


def _check_tokens(text: str) -> None:
    """Refuse, before :mod:`ast` sees it, what is no token or could exhaust its stack or memory."""
    if len(text) > MAX_LENGTH:
        raise Fault(
            f"a formula of {len(text)} characters is too long",
            remedy=f"at most {MAX_LENGTH} characters; move parts into [define]",
        )
    tokens = depth = prefixes = 0
    before: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        if token["blank"]:
            continue
        _check_token(token, before, text)
        tokens += 1
        is_prefix = token["sign"] in ("-", "+", "~") or token["word"] in ("not", "lambda", "await")
        prefixes = prefixes + 1 if is_prefix else 0
        depth += (token["sign"] in ("(", "[", "{")) - (token["sign"] in (")", "]", "}"))
        if tokens > MAX_TOKENS or depth > MAX_BRACKETS or prefixes > MAX_PREFIXES:
            limit = (
                f"{MAX_TOKENS} words and signs"
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
        before = token


def _check_token(token: re.Match[str], before: re.Match[str] | None, text: str) -> None:
    """Refuse a token that is not of the language, or that Python would read in its own way."""
    message = remedy = ""
    if token["number"] and len(token["number"]) > MAX_DIGITS:
        message = f"a number of {len(token['number'])} digits is too long"
        remedy = f"write at most {MAX_DIGITS} digits"
    elif token["word"] and not is_name(token["word"]):
        message = f"{token['word'][:60]!r} cannot be a name"
        plain = unicodedata.normalize("NFKC", token["word"])
        remedy = f"write {plain}" if is_name(plain) else "use letters, digits and _"
    elif token["label"] and not token["label"].replace("\n", " ").isprintable():
        message, remedy = "a label must be printable text", "rename the action"
    elif token["label"] and before is not None and (before["label"] or before["word"]):
        if before["label"] or before.end() == token.start():
            message = f"{before[0][:60]} stands directly before a label"
            remedy = "a label is plain text in one pair of quotes"
    elif token["sign"] and token["sign"] not in _SIGNS:
        message = f"{token['sign']!r} is not part of the language"
        remedy = _HINTS.get(token["sign"], "remove it")
    if message:
        raise Fault(message, text=text, column=token.start(), remedy=remedy)


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
    found = _parsed(str(text))
    if isinstance(found, Fault):
        raise found.within()  # a fresh one, since an error that is raised keeps its traceback
    return found


@lru_cache(maxsize=256)
def _parsed(text: str) -> Expression | Fault:
    """Return the tree of a formula, or what is wrong with it: both are asked for many times."""
    try:
        return _parse(text)
    except Fault as fault:
        return fault.within()


def _parse(text: str) -> Expression:
    _check_tokens(text)
    source = re.sub(r"\s", " ", text)
    stripped = source.strip()
    if not stripped:
        raise Fault("the formula is empty", remedy="write an expression, such as 0")
    offset = len(source) - len(source.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(stripped, mode="eval")
    except SyntaxError as error:
        column = offset + (error.offset - 1 if error.offset else len(stripped))  # 0: at the end
        reason = (error.msg or "invalid syntax").split("(<")[0].strip()
        raise Fault(
            f"not an expression of the language ({reason})",
            text=source,
            column=min(column, len(source)),
            remedy=_syntax_hint(stripped),
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise Fault(
            "the formula cannot be read", text=source, column=0, remedy="simplify it"
        ) from None
    return _Reader(source, stripped, offset).read(tree.body)


def _syntax_hint(text: str) -> str:
    if re.search(r"(?<![=<>!:])=(?!=)", text):
        return "compare with ==; a formula assigns nothing"
    if "&&" in text or "||" in text:
        return "write and, or, not"
    if re.search(r"\b(?:elif|if)\b", text):
        return "a choice is written a if c else b, also a if c else (b if d else e)"
    if re.search(r"\d\s*%", text):
        return "50 per cent is written 0.5"
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
        self.depth = 0
        self.encoded = parsed.encode("utf-8", "surrogatepass")

    def column(self, node: ast.AST) -> int:
        """Return the column in characters; ``ast`` counts bytes of UTF-8."""
        before = self.encoded[: getattr(node, "col_offset", 0)]
        return self.offset + len(before.decode("utf-8", "replace"))

    def fault(self, node: ast.AST, message: str, remedy: str = "") -> Fault:
        return Fault(message, text=self.shown, column=self.column(node), remedy=remedy)

    def read(self, node: ast.expr) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(node, "the formula nests too deeply", "move parts into [define]")
        reader = getattr(self, f"_read_{type(node).__name__}", None)
        if reader is None:
            what, remedy = _REFUSED.get(type(node), (type(node).__name__, "remove it"))
            raise self.fault(node, f"{what} is not part of the language", remedy)
        expression: Expression = reader(node)
        self.depth -= 1
        return expression

    def _read_Constant(self, node: ast.Constant) -> Expression:
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

    def _read_Name(self, node: ast.Name) -> Expression:
        return Name(node.id, column=self.column(node))

    def _read_Subscript(self, node: ast.Subscript) -> Expression:
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
                    part,
                    "an index is the name of a member or an index letter",
                    f"write {node.value.id}[i]; for index arithmetic let a Python script emit "
                    "the TOML file",
                )
            indices.append(part.id)
        return Cell(node.value.id, tuple(indices), column=self.column(node))

    def _read_UnaryOp(self, node: ast.UnaryOp) -> Expression:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise self.fault(node, "~ is not part of the language", "write not")
        return Unary(operator, self.read(node.operand), column=self.column(node))

    def _read_BinOp(self, node: ast.BinOp) -> Expression:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            hint = "powers are written **" if isinstance(node.op, ast.BitXor) else "use + - * / **"
            raise self.fault(node, "this operator is not part of the language", hint)
        left, right = self.read(node.left), self.read(node.right)
        return Binary(operator, left, right, column=self.column(node))

    def _read_BoolOp(self, node: ast.BoolOp) -> Expression:
        operands = tuple(self.read(value) for value in node.values)
        return Junction(_OPERATORS[type(node.op)], operands, column=self.column(node))

    def _read_Compare(self, node: ast.Compare) -> Expression:
        rest: list[tuple[str, Expression]] = []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            symbol = _OPERATORS.get(type(operator))
            if symbol is None:
                raise self.fault(node, "is and is not are not part of the language", "write ==")
            if isinstance(right, ast.Tuple):
                if symbol not in ("in", "not in"):
                    raise self.fault(right, "a tuple stands only after in", "write x in (a, b)")
                items = tuple(self.read(item) for item in right.elts)
                rest.append((symbol, Items(items, column=self.column(right))))
            else:
                rest.append((symbol, self.read(right)))
        return Comparison(self.read(node.left), tuple(rest), column=self.column(node))

    def _read_IfExp(self, node: ast.IfExp) -> Expression:
        return Conditional(
            self.read(node.test),
            self.read(node.body),
            self.read(node.orelse),
            column=self.column(node),
        )

    def _read_Tuple(self, node: ast.Tuple) -> Expression:
        remedy = "write x in (a, b); a decimal has a point, 0.5"
        raise self.fault(node, "a tuple stands only after in", remedy)

    def _read_Attribute(self, node: ast.Attribute) -> Expression:
        family = node.value.id if isinstance(node.value, ast.Name) else "family"
        remedy = f"a member of a family is written {family}[{node.attr}]"
        raise self.fault(node, "attribute access is not part of the language", remedy)

    def _read_Call(self, node: ast.Call) -> Expression:
        if not isinstance(node.func, ast.Name):
            raise self.fault(node, "this call is not allowed", _call_hint(node))
        name = node.func.id
        if name not in FUNCTIONS:
            raise self.fault(node, f"the call of {name!r} is not allowed", _call_hint(node))
        if node.keywords:
            raise self.fault(node, "keyword arguments are not part of the language", "remove them")
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return self._read_aggregate(name, node.args[0])
        if not node.args:
            raise self.fault(node, f"{name} needs an argument", _usage(name))
        if name in AGGREGATES - PLAIN_FUNCTIONS:
            raise self.fault(node, f"{name} runs over a set", _usage(name))
        arguments = tuple(self.read(argument) for argument in node.args)
        return Call(name, arguments, column=self.column(node))

    def _read_aggregate(self, name: str, node: ast.GeneratorExp) -> Expression:
        if name not in AGGREGATES:
            remedy = "sum, min, max, any, all and len do"
            raise self.fault(node, f"{name} does not run over a set", remedy)
        binders = []
        for clause in node.generators:
            if not isinstance(clause.target, ast.Name):
                raise self.fault(clause.target, "a binder is one index letter", "write for i in S")
            if clause.is_async:
                raise self.fault(clause.target, "async is not part of the language", "remove it")
            conditions = tuple(self.read(condition) for condition in clause.ifs)
            binders.append((clause.target.id, self.read(clause.iter), conditions))
        return Aggregate(name, self.read(node.elt), tuple(binders), column=self.column(node))


def _usage(name: str) -> str:
    if name in AGGREGATES - PLAIN_FUNCTIONS:
        return f"write {name}(... for i in S if c), with no other brackets"
    return f"write {name}(S)" if name == "len" else f"write {name}(x)"


_OTHER_NAMES = {
    "ln": "the natural logarithm is written log",
    "pow": "powers are written **",
    "count": "write len(...)",
    "prod": "multiply with *",
    "Fraction": "write the number itself, such as 1/3",
    **dict.fromkeys(("float", "int", "round"), "numbers are exact; digits rounds a parameter"),
}


def _call_hint(node: ast.Call) -> str:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    close = difflib.get_close_matches(name.lower(), FUNCTIONS, n=1, cutoff=0.7)
    if close:
        return f"did you mean {close[0]!r}?"
    if name and node.args and all(isinstance(argument, ast.Name) for argument in node.args):
        members = ", ".join(argument.id for argument in node.args if isinstance(argument, ast.Name))
        return f"a member of a family is written {name}[{members}]"
    return "functions: " + ", ".join(sorted(FUNCTIONS))


def is_name(text: str) -> bool:
    """Say whether `text` can be a name: an identifier that Python reads as itself."""
    return text.isidentifier() and unicodedata.normalize("NFKC", text) == text
