"""Regimes for people: sentences and tables, as text and as LaTeX (booktabs)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from negotiation.analysis.regimes.algebraic import Number
from negotiation.analysis.regimes.conditions import TRUE, Condition, Or
from negotiation.analysis.regimes.patterns import Labels
from negotiation.analysis.regimes.polynomials import latex_symbol
from negotiation.analysis.regimes.record import (
    Axis,
    Boundary,
    Breakpoint,
    Pattern,
    Piece,
    Regimes,
)
from negotiation.analysis.regimes.support import Binding
from negotiation.errors import UsageError
from negotiation.formats.datasets import whole_file
from negotiation.model.document import decimal_text

__all__ = [
    "binding_texts",
    "check_files",
    "latex_text",
    "regimes_latex",
    "regimes_lines",
    "write_picture",
    "write_question",
]

Case = tuple[tuple[str, Fraction], ...]
MAX_STRETCHES = 6
"""Stretches of an axis that a sentence tells one by one."""
MAX_BINDINGS = 6
LIVES_ON_BOUNDARY = " (which lives on boundaries only)"
MAX_COORDINATES = 6
LATEX = {True: r"\le", False: "<"}
"""How a bound is written that belongs to a stretch, and one that does not."""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}


# -- files -----------------------------------------------------------------------------------------


def check_files(question: Path | None, picture: Path | None, axes: int) -> None:
    """Refuse, before any work is done, files that cannot be written.

    Raises
    ------
    UsageError
        If the picture is neither .pdf nor .png, there are not one or two axes to draw, or a folder
        is not there.
    """
    if picture is not None and axes not in (1, 2):
        raise UsageError(
            f"{axes or 'all'} parameters vary, which makes no picture",
            place="--plot",
            remedy="draw one axis or two: --over x=0:1 --over y=0:1",
        )
    if picture is not None and picture.suffix.lower() not in (".pdf", ".png"):
        raise UsageError(
            "a picture is .pdf or .png", place=f"--plot {picture}", remedy="name it so"
        )
    for path in (question, picture):
        if path is not None and not path.parent.is_dir():
            raise UsageError(
                "the folder is not there", place=str(path.parent), remedy="make it first"
            )
        if path is not None and path.is_dir():
            raise UsageError("is a folder", place=str(path), remedy="name a file")


def write_question(regimes: Regimes, path: Path) -> None:
    """Write the last question to z3 in SMT-LIB: a point that no known condition covers.

    Raises
    ------
    UsageError
        Along one axis, where nothing is asked.
    """
    if not regimes.open_question:
        raise UsageError(
            "along one axis z3 is not asked: the roots of all polynomials are isolated exactly",
            place="--smt",
            remedy="leave it out, or take two axes",
        )
    with whole_file(path) as temporary:
        temporary.write_text(regimes.open_question, encoding="utf-8")


def write_picture(regimes: Regimes, path: Path) -> None:
    """Draw regimes in journal style as PDF or PNG, by the suffix."""
    from negotiation.plotting.regimes import plot_regimes
    from negotiation.plotting.style import journal_style, write_figure

    with journal_style():
        figure = plot_regimes(regimes)
        with whole_file(path) as temporary:
            write_figure(figure, temporary)


# -- numbers and conditions ------------------------------------------------------------------------


def _rational(value: Fraction) -> str:
    """Return a rational as a short decimal where it is finite, else as a fraction."""
    decimal = decimal_text(value)
    return decimal if decimal is not None and len(decimal) <= 10 else str(value)


def _number(number: Number) -> str:
    return _rational(number.fraction) if number.fraction is not None else f"{number.decimal}..."


def _number_latex(number: Number) -> str:
    if number.fraction is None:
        return rf"{number.decimal}\ldots"
    return _rational_latex(number.fraction)


def _rational_latex(value: Fraction) -> str:
    text = _rational(value)
    if "/" not in text:
        return text
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _alternatives(condition: Condition) -> Sequence[Condition]:
    """Return the conditions of which one must hold."""
    return condition.parts if isinstance(condition, Or) else [condition]


def _condition_text(condition: Condition) -> str:
    return "everywhere" if condition is TRUE else condition.text()


def _equation(boundary: Boundary, *, latex: bool) -> str:
    """Return the equation of a boundary, solved for a parameter where the degree allows."""
    polynomial = boundary.polynomial
    if not boundary.solved:
        return f"{polynomial.latex() if latex else polynomial.text()} = 0"
    # Without a division or a root if possible; the last parameter is the upright one of a map.
    plain = [item for item in boundary.solved.items() if "(" not in item[1][0]]
    best = (plain or list(boundary.solved.items()))[-1]
    name, (text, formula) = best
    return f"{polynomial.ring.latex(name)} = {formula}" if latex else f"{name} = {text}"


def latex_text(text: str) -> str:
    """Return a text with the special characters of LaTeX escaped."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)


# -- parts of both ---------------------------------------------------------------------------------


def binding_texts(bindings: Iterable[Binding]) -> list[str]:
    """Return whose incentives bind, each comparison and each line once, a few of them."""
    found: dict[object, str] = {}
    for b in bindings:
        found.setdefault(b.comparison, str(b))
    return _limited(list(dict.fromkeys(found.values())))


def _limited(texts: list[str]) -> list[str]:
    hidden = len(texts) - MAX_BINDINGS
    return texts if hidden <= 0 else [*texts[:MAX_BINDINGS], f"and {hidden} more"]


def _case_text(case: Case | Mapping[str, Fraction]) -> str:
    items = case.items() if isinstance(case, Mapping) else case
    return ", ".join(f"{name} = {_rational(value)}" for name, value in items)


def _by_case(pieces: Sequence[Piece]) -> dict[Case, list[Piece]]:
    found: dict[Case, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(tuple(piece.case.items()), []).append(piece)
    return found


def _breakpoints_of(regimes: Regimes, piece: Piece) -> list[Breakpoint]:
    """Return the breakpoints that belong to a piece: what it is, or its ends."""
    return [
        found
        for found in regimes.breakpoints
        if found.case == piece.case
        and (
            (piece.low == found.at and piece.low_closed)
            or (piece.high == found.at and piece.high_closed)
        )
    ]


def _range_text(axis: Axis) -> str:
    low = "" if axis.low is None else f" from {_rational(axis.low)}"
    high = "" if axis.high is None else f" to {_rational(axis.high)}"
    return f"{axis.name}{low}{high}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _continuous(regimes: Regimes) -> list[Axis]:
    return [axis for axis in regimes.axes if not axis.integer]


# -- text ------------------------------------------------------------------------------------------


def regimes_lines(regimes: Regimes) -> Iterator[str]:
    """Yield regimes for a person, the sentence first."""
    if len(_continuous(regimes)) <= 1:
        yield from _axis_lines(regimes)
    else:
        yield from _space_lines(regimes)
    yield f"concept {regimes.concept}, selection {regimes.selection}, by {regimes.by}"
    if regimes.fixed:
        fixed = ", ".join(f"{move} = {action}" for move, action in regimes.fixed.items())
        yield f"fixed, so no decision: {fixed}"
    yield _guarantee(regimes)
    for note in (*regimes.notes, *([regimes.message] if regimes.message else [])):
        yield f"note: {note}"


def _guarantee(regimes: Regimes) -> str:
    if not regimes.complete:
        share = "" if regimes.coverage is None else f": {100 * regimes.coverage:.1f} % of a sample"
        return f"exact; not complete{share} of the range has a known pattern"
    if regimes.pieces:
        return "exact; complete: between these points nothing changes"
    return "exact; complete: no point of the range has another pattern (proved by z3)"


def _axis_lines(regimes: Regimes) -> Iterator[str]:
    axes = _continuous(regimes)
    for case, pieces in _by_case(regimes.pieces).items():
        where = f"At {_case_text(case)}: " if case else ""
        if not axes:
            where = where or "No parameter is free: "
            yield f"{where}{regimes.text(pieces[0].labels)}"
            continue
        yield where + _axis_sentence(regimes, axes[0], pieces)
        rows = [(_piece_text(piece, axes[0].name), regimes.text(piece.labels)) for piece in pieces]
        width = max(len(left) for left, _ in rows)
        for left, right in rows:
            yield f"  {left:<{width}}  {right}"
        own = [b for b in regimes.breakpoints if tuple(b.case.items()) == case]
        for breakpoint in own:
            yield from _breakpoint_lines(breakpoint, axes[0])


def _axis_sentence(regimes: Regimes, axis: Axis, pieces: Sequence[Piece]) -> str:
    told = [piece for k, piece in enumerate(pieces) if not _is_tie(pieces, k)]
    changes = len({piece.low for piece in pieces[1:]})
    if changes == 0:
        return f"Along {_range_text(axis)}: {regimes.text(pieces[0].labels)} throughout."
    if len(told) > MAX_STRETCHES:
        return f"Along {_range_text(axis)} the answer changes at {changes} points."
    parts = []
    for piece in told:
        name = regimes.text(piece.labels)
        if piece.low is not None and piece.low == piece.high:
            parts.append(f"{name} at {_number(piece.low)}")
        elif piece.high is not None and piece is not told[-1]:
            parts.append(f"{name} up to {_number(piece.high)}")
        else:
            parts.append(name)
    return f"Along {_range_text(axis)}: {', then '.join(parts)}."


def _is_tie(pieces: Sequence[Piece], place: int) -> bool:
    """Say whether a piece is a point between two others that has the labels of both."""
    piece = pieces[place]
    if piece.low is None or piece.low != piece.high or not 0 < place < len(pieces) - 1:
        return False
    before, after = pieces[place - 1].labels, pieces[place + 1].labels
    both = {*(before or ()), *(after or ())}
    return piece.labels is not None and None not in (before, after) and both == {*piece.labels}


def _piece_text(piece: Piece, name: str) -> str:
    if piece.low is not None and piece.low == piece.high:
        return f"{name} = {_number(piece.low)}"
    low = "" if piece.low is None else f"{_number(piece.low)} {'<=' if piece.low_closed else '<'} "
    high = (
        "" if piece.high is None else f" {'<=' if piece.high_closed else '<'} {_number(piece.high)}"
    )
    return f"{low}{name}{high}" if low or high else f"every {name}"


def _breakpoint_lines(breakpoint: Breakpoint, axis: Axis) -> Iterator[str]:
    at = breakpoint.at
    if at.fraction is not None:
        exact = str(at.fraction)
        decimal = f" = {at.decimal}" if at.decimal != exact else ""
        shown = f"{exact}{decimal}"
    else:
        low, high = at.to_json()["interval"]
        low, high = (decimal_text(Fraction(bound)) for bound in (low, high))
        shown = f"{at.decimal}..., between {low} and {high}"
    roots = ", ".join(polynomial.text() for polynomial in breakpoint.polynomials)
    yield f"breakpoint {axis.name} = {shown}"
    if roots:
        yield f"    root of {roots}"
    for other, (low_end, high_end) in breakpoint.underlying.items():
        yield f"    that is {other} = {_middle(low_end, high_end)}"
    for text in binding_texts(breakpoint.binding):
        yield f"    {text}"
    compared = _comparison(breakpoint, axis)
    yield f"    {compared}" if breakpoint.checked else "    not checked by solving"


def _comparison(breakpoint: Breakpoint, axis: Axis) -> str:
    """Return where exact solves were compared: not where there is no game, nor outside."""
    at = breakpoint.at.fraction
    rational = at is not None
    places = ["at it"] if rational and breakpoint.here is not None else []
    below = breakpoint.before is not None and not (rational and at == axis.low)
    above = breakpoint.after is not None and not (rational and at == axis.high)
    if below or above:
        places.append("on both sides" if below and above else "below it" if below else "above it")
    text = f"exact solves agree {' and '.join(places)}" if places else ""
    nothing = "at it there is nothing to solve" if rational and breakpoint.here is None else ""
    return "; ".join(filter(None, [text, nothing]))


def _middle(low: Fraction, high: Fraction) -> str:
    """Return a number known by bounds, to ten digits."""
    return _rational(low) if low == high else f"{float((low + high) / 2):.10g}..."


def _space_lines(regimes: Regimes) -> Iterator[str]:
    inner = [p for p in regimes.patterns if p.interior is not False]
    ties = [p for p in regimes.patterns if p.interior is False]
    yield _space_sentence(regimes, len(inner), len(ties))
    for pattern in inner:
        yield from _pattern_lines(regimes, pattern)
    if ties:
        yield "only on boundaries:"
    for pattern in ties:
        yield f"  {regimes.text(pattern.labels)}{_example(pattern)}"
    if any(p.condition is None and not p.message for p in inner):
        yield "conditions are long: --smt FILE defines when each is supported, --simplify shortens"
    if regimes.boundaries:
        yield "boundaries:"
    for boundary in regimes.boundaries:
        yield from _boundary_lines(regimes, boundary)


def _space_sentence(regimes: Regimes, inner: int, ties: int) -> str:
    axes = regimes.axes
    named = (
        _listed([_range_text(axis) for axis in axes])
        if len(axes) <= 4
        else f"{len(axes)} parameters"
    )
    found = f"{inner} pattern{'s' if inner != 1 else ''}"
    tied = f" and {ties} tie{'s' if ties != 1 else ''} on their boundaries" if ties else ""
    least = "" if regimes.complete else "at least "
    return f"Over {named}: {least}{found}{tied}."


def _example(pattern: Pattern) -> str:
    if len(pattern.sample) > MAX_COORDINATES:
        return ""
    near = "at" if pattern.exact else "near"
    return f" (for example {near} {_case_text(pattern.sample)})"


def _pattern_lines(regimes: Regimes, pattern: Pattern) -> Iterator[str]:
    case = f" at {_case_text(pattern.case)}" if pattern.case else ""
    yield f"{regimes.text(pattern.labels)}{case}"
    if pattern.condition is not None:
        for k, part in enumerate(_alternatives(pattern.condition)):
            yield f"  {'or   ' if k else 'where'} {_condition_text(part)}"
    if pattern.message:
        yield f"  not known: {pattern.message}"
    if example := _example(pattern):
        yield f" {example}"


def _boundary_lines(regimes: Regimes, boundary: Boundary) -> Iterator[str]:
    case = f" at {_case_text(boundary.case)}" if boundary.case else ""
    yield f"  {_equation(boundary, latex=False)}{case}"
    pairs, incentives = _numbered(boundary)
    for number, (plus, minus, _) in zip(pairs, boundary.between, strict=True):
        sides = " and ".join(_side_text(regimes, boundary, labels) for labels in (plus, minus))
        yield f"    {number}between {sides}"
    for text in incentives:
        yield f"    {text}"


def _side_text(regimes: Regimes, boundary: Boundary, labels: Labels | None) -> str:
    """Return the labels on a side of a boundary, and whether they live on boundaries only."""
    thin = labels is not None and labels in boundary.ties
    return f"{regimes.text(labels)}{LIVES_ON_BOUNDARY if thin else ''}"


def _numbered(boundary: Boundary) -> tuple[list[str], list[str]]:
    """Return the numbers of what a boundary parts, and whose incentives, with these numbers.

    Where the same incentives part all pairs there is nothing to number.
    """
    groups = [frozenset(b.comparison for b in turn.binding) for turn in boundary.turning]
    if len(set(groups)) <= 1:
        return [""] * len(boundary.between), binding_texts(boundary.binding)
    where = {
        binding.comparison: [k for k, group in enumerate(groups, 1) if binding.comparison in group]
        for binding in boundary.binding
    }
    incentives = [
        f"{text} [{', '.join(map(str, numbers))}]" if len(numbers) < len(groups) else text
        for text, numbers in _distinct(boundary.binding, where)
    ]
    return [f"[{k}] " for k in range(1, len(groups) + 1)], _limited(incentives)


def _distinct(
    bindings: Iterable[Binding], where: Mapping[Hashable, list[int]]
) -> Iterator[tuple[str, list[int]]]:
    """Yield each line once, with the pairs that it is about."""
    found: dict[str, set[int]] = {}
    for binding in bindings:
        found.setdefault(str(binding), set()).update(where[binding.comparison])
    for text, numbers in found.items():
        yield text, sorted(numbers)


# -- LaTeX -----------------------------------------------------------------------------------------


def regimes_latex(regimes: Regimes) -> str:
    """Return tables of regimes in LaTeX; they need the package booktabs."""
    lines = [
        f"% {_comment(regimes.model)}: regimes by {_comment(regimes.by)}, concept "
        f"{_comment(regimes.concept)}, selection {_comment(regimes.selection)}",
        f"% complete: {'yes' if regimes.complete else 'no'}; \\usepackage{{booktabs,amsmath}}",
    ]
    if len(_continuous(regimes)) <= 1:
        lines += _axis_table(regimes)
    else:
        lines += _pattern_table(regimes)
        if regimes.boundaries:
            lines += ["", r"\medskip", *_boundary_table(regimes)]
    return "\n".join(lines)


def _comment(text: str) -> str:
    return " ".join(text.split())


def _labels_latex(regimes: Regimes, labels: Labels | None) -> str:
    if not labels:
        return latex_text(regimes.text(labels))
    return r" $\mid$ ".join(latex_text(regimes.text((label,))) for label in labels)


def _table(columns: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        rf"{' & '.join(head)} \\",
        r"\midrule",
        *(rf"{' & '.join(row)} \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _axis_table(regimes: Regimes) -> list[str]:
    axes = _continuous(regimes)
    cases = any(piece.case for piece in regimes.pieces)
    symbol = latex_symbol(axes[0].name, axes[0].symbol) if axes else ""
    rows = []
    for piece in regimes.pieces:
        points = _breakpoints_of(regimes, piece)
        roots = ", ".join(f"${p.latex()}$" for point in points for p in point.polynomials)
        texts = binding_texts(b for point in points for b in point.binding)
        row = [
            f"${_piece_latex(piece, symbol)}$" if axes else "every value",
            _labels_latex(regimes, piece.labels),
            roots,
            r"; \newline ".join(map(latex_text, texts)),
        ]
        rows.append([latex_text(_case_text(piece.case)), *row] if cases else row)
    head = [f"${symbol}$" if axes else "", "Regimes", "Root of", "Whose incentive"]
    columns = r"lllp{0.4\linewidth}"
    return _table(f"l{columns}" if cases else columns, ["Case", *head] if cases else head, rows)


def _piece_latex(piece: Piece, symbol: str) -> str:
    if piece.low is not None and piece.low == piece.high:
        exact = _number_latex(piece.low)
        about = rf" \approx {float(piece.low):.6g}" if r"\frac" in exact else ""
        return f"{symbol} = {exact}{about}"
    low, high = "", ""
    if piece.low is not None:
        low = f"{_number_latex(piece.low)} {LATEX[piece.low_closed]} "
    if piece.high is not None:
        high = f" {LATEX[piece.high_closed]} {_number_latex(piece.high)}"
    return f"{low}{symbol}{high}"


def _pattern_table(regimes: Regimes) -> list[str]:
    rows = []
    for pattern in regimes.patterns:
        if pattern.condition is not None:
            parts = _alternatives(pattern.condition)
            shown = r" or \newline ".join(f"${part.latex()}$" for part in parts)
        elif pattern.interior is False:
            shown = "on boundaries only"
        else:
            shown = latex_text(pattern.message or "not simplified")
        case = latex_text(_case_text(pattern.case))
        rows.append(
            [_labels_latex(regimes, pattern.labels), f"{case} \\newline {shown}" if case else shown]
        )
    return _table(r"lp{0.6\linewidth}", ["Regimes", "Condition"], rows)


def _side_latex(regimes: Regimes, boundary: Boundary, labels: Labels | None) -> str:
    thin = labels is not None and labels in boundary.ties
    return _labels_latex(regimes, labels) + (LIVES_ON_BOUNDARY if thin else "")


def _boundary_table(regimes: Regimes) -> list[str]:
    rows = []
    for boundary in regimes.boundaries:
        numbers, incentives = _numbered(boundary)
        pairs = [
            number + " / ".join(_side_latex(regimes, boundary, labels) for labels in (plus, minus))
            for number, (plus, minus, _) in zip(numbers, boundary.between, strict=True)
        ]
        case = latex_text(_case_text(boundary.case))
        rows.append(
            [
                f"${_equation(boundary, latex=True)}$" + (f" ({case})" if case else ""),
                r" \newline ".join(pairs),
                r" \newline ".join(map(latex_text, incentives)),
            ]
        )
    head = ["Boundary", "Between", "Whose incentive"]
    return _table(r"lp{0.3\linewidth}p{0.35\linewidth}", head, rows)
