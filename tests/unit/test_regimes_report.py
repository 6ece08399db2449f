"""Regimes in words and in LaTeX: the sentence says what is true, the tables can be set."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from negotiation import load, regimes, solve
from negotiation.analysis.outcome_names import Outcome, named_outcomes
from negotiation.analysis.regimes import Regimes
from negotiation.analysis.regimes.closed_forms import solved_for
from negotiation.analysis.regimes.domain import Interval
from negotiation.analysis.regimes.polynomials import Polynomial, Ring
from negotiation.analysis.regimes.turning import Turning
from negotiation.errors import UsageError
from negotiation.model.reading import model_from_toml
from negotiation.report.regimes import (
    binding_texts,
    check_files,
    latex_text,
    regimes_latex,
    regimes_lines,
    write_question,
)

FLAGSHIP = "divide-and-exempt"
PROOF: dict[str, Any] = {"concept": "pure-subgame-perfect", "select": "coalition-proof"}

AWKWARD = r"""
name = "awkward"
form = "extensive"
players = ["A_1"]
[parameters]
x_share = {{ value = 0, symbol = '{symbol}' }}
n = {{ value = 1, domain = "1 <= n <= 2", integer = true }}
y = {{ value = 0 }}
[[moves]]
name = "pick_one"
player = "A_1"
actions = ["50 % & more", "$0 #1"]
[payoffs]
A_1 = "({payoff}) if pick_one == '50 % & more' else 0"
[[regimes]]
name = "50 % & more_or_less {{sic}}"
when = "pick_one == '50 % & more'"
[[regimes]]
name = "$0 #1 ~ ^ \\"
when = "True"
"""


def awkward(payoff: str, over: dict[str, Any], symbol: str = "x_{s}", **options: Any) -> Regimes:
    model = model_from_toml(AWKWARD.format(payoff=payoff, symbol=symbol))
    return regimes(model, over, **options)


def text_of(found: Regimes) -> str:
    return "\n".join(regimes_lines(found))


# -- text ------------------------------------------------------------------------------------------


def test_the_sentence_of_one_axis() -> None:
    found = regimes(load(FLAGSHIP), {"loss": (0, 1)}, **PROOF)
    lines = text_of(found).splitlines()
    assert lines[0] == "Along loss from 0 to 1: resisted up to 0.26052, then divide."
    assert lines[1:4] == [
        "  0 <= loss < 0.26052  resisted",
        "  loss = 0.26052       resisted | divide",
        "  0.26052 < loss <= 1  divide",
    ]
    assert "breakpoint loss = 6513/25000 = 0.26052" in lines
    assert "    root of 25000*loss - 6513" in lines
    assert "    China at exempt: uniform control or US only" in lines
    assert "    exact solves agree at it and on both sides" in lines
    assert lines[-2] == "concept pure-subgame-perfect, selection coalition-proof, by regime"


def test_what_the_sentence_says_is_solved() -> None:
    for loss, regime in (("0.26", "resisted"), ("0.261", "divide")):
        found = solve(load(FLAGSHIP).at({"loss": loss}), **PROOF)
        assert found.regime == regime


def test_an_axis_where_nothing_changes() -> None:
    found = awkward("1", {"x_share": (0, 1)})
    assert text_of(found).startswith(
        "Along x_share from 0 to 1: 50 % & more_or_less {sic} throughout."
    )


def test_a_point_with_labels_of_its_own_is_told() -> None:
    """At x = 0 only does the first action pay as much as the second."""
    found = awkward("-x_share**2", {"x_share": (-1, 1)})
    first = text_of(found).splitlines()[0]
    other, both = "$0 #1 ~ ^ \\", "50 % & more_or_less {sic} | $0 #1 ~ ^ \\"
    assert first == f"Along x_share from -1 to 1: {other} up to 0, then {both} at 0, then {other}."


def test_irrational_breakpoints_have_bounds() -> None:
    found = awkward("x_share**2 - 2", {"x_share": (0, 2)})
    text = text_of(found)
    assert "root of x_share**2 - 2" in text
    match = re.search(r"breakpoint x_share = (\S+)\.\.\., between (\S+) and (\S+)\n", text)
    assert match is not None
    low, high = Fraction(match[2]), Fraction(match[3])
    assert low**2 < 2 < high**2
    assert high - low < Fraction(1, 10**10)
    assert match[1] == "1.414213562"
    assert "exact solves agree on both sides" in text


KINDS = """
name = "kinds"
form = "extensive"
players = ["S", "R"]
concept = "perfect-bayesian"
[parameters]
p = { domain = "0 <= p <= 1", value = "1/2" }
q = { domain = "q >= 0", value = 1 }
[[moves]]
name = "type"
player = "chance"
actions = ["hi", "lo"]
probabilities = ["p*p", "rest"]
[[moves]]
name = "msg"
player = "S"
actions = ["a", "b"]
observes = ["type"]
[[moves]]
name = "rep"
player = "R"
actions = ["yes", "no"]
observes = ["msg"]
[payoffs]
S = "(2 if rep == 'yes' else 0) + (q if (msg == 'a') == (type == 'hi') else 0)"
R = "1 if (rep == 'yes') == (type == 'hi') else 0"
"""


def test_what_was_compared_at_undefined_ends() -> None:
    """At 0 and 1 a type has probability 0, and beyond them the range ends."""
    found = regimes(model_from_toml(KINDS), {"p": (0, 1)}, by="kind")
    assert [point.checked for point in found.breakpoints] == [True] * 3
    assert [line for line in regimes_lines(found) if "solve" in line] == [
        "    exact solves agree above it; at it there is nothing to solve",
        "    exact solves agree on both sides",
        "    exact solves agree below it; at it there is nothing to solve",
    ]


@pytest.mark.parametrize(
    ("payoff", "expected"),
    [
        ("1 / x_share", "on both sides; at it there is nothing to solve"),
        ("x_share", "at it and on both sides"),
        ("x_share * (x_share - 1)", "at it and below it"),
    ],
)
def test_what_was_compared_at_a_breakpoint(payoff: str, expected: str) -> None:
    found = awkward(payoff, {"x_share": (-1, 1)})
    (*_, last) = [line for line in regimes_lines(found) if "exact solves agree" in line]
    assert last == f"    exact solves agree {expected}"


def test_a_boundary_is_solved_without_roots_outside_the_range() -> None:
    found = regimes(model_from_toml(KINDS), {"p": None, "q": None}, by="kind")
    assert "  p = (1/2)**(1/2)" in text_of(found).splitlines()
    assert r"\sqrt{" in regimes_latex(found)


RING = Ring(["p", "q", "r"])
ABOVE, BELOW = Interval(Fraction(0)), Interval(None, Fraction(0))


def factors(formula: str) -> list[Polynomial]:
    """Return the irreducible factors of a formula in p, q and r."""
    names = {name: RING.variable(name) for name in RING.names}
    text = re.sub(r"(?<!\*\*)\b(\d+)\b", r"k(\1)", formula)
    form = eval(text, {"k": RING.constant, **names})  # noqa: S307
    return [polynomial for polynomial, _ in RING.factored(form.numerator)[1]]


@pytest.mark.parametrize(
    ("formula", "interval", "text"),
    [
        ("2*p**2 - 1", None, "+-(1/2)**(1/2)"),
        ("2*p**2 - 1", ABOVE, "(1/2)**(1/2)"),
        ("2*p**2 - 1", BELOW, "-(1/2)**(1/2)"),
        ("p**2 - 12", ABOVE, "12**(1/2)"),
        ("p**2 - p - 1", None, "(1 +- 5**(1/2)) / 2"),
        ("p**2 - p - 1", ABOVE, "(1 + 5**(1/2)) / 2"),
        ("p**2 - p - 1", BELOW, "(1 - 5**(1/2)) / 2"),
        ("p**2 + 4*p + 1", None, "-2 +- 3**(1/2)"),
        ("p**2 + 4*p - 14", ABOVE, "-2 + 3*2**(1/2)"),
        ("p**2 - p - 1", Interval(Fraction(3)), None),
        ("p**2 + p + 1", None, None),
        ("p**3 - 2", None, None),
        ("q*p**2 - r", None, "+-(r / q)**(1/2)"),
        ("q*p**2 - r", ABOVE, "(r / q)**(1/2)"),
        ("p**2 - q", BELOW, "-q**(1/2)"),
        ("p**2*(q + r) + q", None, "+-(-q / (q + r))**(1/2)"),
        ("q*p**2 - r*p - 1", None, "(r +- (r**2 + 4*q)**(1/2)) / (2*q)"),
        ("q*p**2 + 2*r*p - 1", None, "(-r +- (r**2 + q)**(1/2)) / q"),
        ("p**2 + 2*r*p - q", None, "-r +- (r**2 + q)**(1/2)"),
        ("3*p - q", None, "1/3*q"),
    ],
)
def test_closed_forms_are_simplified(
    formula: str, interval: Interval | None, text: str | None
) -> None:
    (polynomial,) = factors(formula)
    found = solved_for(polynomial, 0, interval)
    assert (found and found[0]) == text


@pytest.mark.parametrize("seed", range(40))
def test_closed_forms_are_roots(seed: int) -> None:
    """The text, with either sign, in floating point, is a zero of the polynomial."""
    rng = random.Random(seed)
    parts = [f"({rng.randrange(-6, 7)}*q + {rng.randrange(-6, 7)}*r**2 + 3)" for _ in range(3)]
    if seed % 3 == 0:
        parts[1] = "0"
    if seed % 4 == 0:
        parts = [str(rng.randrange(-9, 10)) for _ in range(3)]
    source = "({})*p**2 + ({})*p + ({})".format(*parts)
    for polynomial in factors(source):
        found = solved_for(polynomial, 0) if 0 in polynomial.variables else None
        if found is None:
            continue
        for sign in "+-":
            point = {"q": complex(rng.uniform(0.1, 3)), "r": complex(rng.uniform(0.1, 3))}
            written = re.sub(r"^\+-", f"{sign}1*", found[0]).replace("+-", sign)
            root = eval(written, {}, point)  # noqa: S307
            value = polynomial.build([root, point["q"], point["r"]].__getitem__, complex)
            assert abs(value) < 1e-6 * max(1, abs(root)) ** 2, (source, found)


def test_the_underlying_quantity_is_given() -> None:
    found = regimes(load(FLAGSHIP), {"dependence[EU]": ("0.1", 2)}, **PROOF)
    text = text_of(found)
    assert "breakpoint dependence[EU] = 1/4 = 0.25" in text
    match = re.search(r"that is share\[EU\] = (\S+)\.\.\.", text)
    assert match is not None
    # dependence = -log(1 - share) / (elasticity - 1), so share = 1 - exp(-3/4)
    assert match[1] == "0.5276334473"


def test_more_axes() -> None:
    found = regimes(load(FLAGSHIP), {"harm[EU]": (0, 1), "loss": (0, "6/5")}, **PROOF)
    text = text_of(found)
    assert text.startswith(
        "Over harm[EU] from 0 to 1 and loss from 0 to 1.2: 3 patterns and 4 ties on their "
        "boundaries."
    )
    boundaries = text.partition("boundaries:\n")[2].partition("boundaries:\n")[2]
    assert "  loss = harm[EU] + 0.16052\n    between resisted and divide" in boundaries
    assert "    China at exempt: uniform control or US only\n" in boundaries
    assert "complete: no point of the range has another pattern (proved by z3)" in text


def test_whole_numbers_are_told_one_by_one() -> None:
    found = awkward("x_share - n", {"x_share": (0, 4), "n": None})
    lines = text_of(found).splitlines()
    assert [line.split(": ")[0] for line in lines if line.startswith("At n")] == [
        "At n = 1",
        "At n = 2",
    ]
    only = awkward("2 - n", {"n": None})
    assert text_of(only).startswith("At n = 1: 50 % & more")


def test_what_is_not_complete_says_so() -> None:
    found = regimes(load(FLAGSHIP), {"harm[EU]": (0, 1), "loss": (0, "6/5")}, **PROOF)
    cut = replace(
        found, complete=False, termination="budget", coverage=0.875, message="the budget is spent"
    )
    text = text_of(cut)
    assert ": at least 3 patterns" in text
    assert "not complete: 87.5 % of a sample of the range has a known pattern" in text
    assert "note: the budget is spent" in text


def test_each_pair_of_actions_binds_once() -> None:
    found = regimes(load(FLAGSHIP), {"loss": (0, 1)}, **PROOF)
    (breakpoint,) = found.breakpoints
    assert len(breakpoint.binding) == 1
    turned = replace(
        breakpoint.binding[0],
        action=breakpoint.binding[0].instead,
        instead=breakpoint.binding[0].action,
    )
    assert binding_texts([turned, *breakpoint.binding]) == [
        "China at exempt: US only or uniform control"
    ]
    assert binding_texts(breakpoint.binding) == ["China at exempt: uniform control or US only"]


def test_more_lines_than_are_read_are_counted() -> None:
    """In text; the JSON has them all."""
    found = regimes(load("chip-seizure"), {"pain": (0, 4), "pressure": (0, 4)})
    boundary = next(b for b in found.boundaries if "pressure" in b.polynomial.text())
    assert len(boundary.binding) == 8
    lines = text_of(found).splitlines()
    assert lines.count("    and 2 more") == 1
    own = [line for line in lines if "lobby = press" in line]
    assert len(own) == len(set(own)) == 6
    document = next(b for b in found.to_dict()["boundaries"] if "pressure" in b["polynomial"])
    assert len(document["binding"]) == 8
    assert r"\newline and 2 more \\" in regimes_latex(found)


CORNER: dict[str, Any] = {"approval": ("3/10", "1/3"), "loss": ("1/10", 2)}
"""Around a boundary between two pairs of patterns, at which two players turn."""


@pytest.mark.parametrize(
    "over",
    [
        CORNER,
        {"harm[EU]": (0, 1), "loss": (0, 2)},
        pytest.param({"approval": (0, 1), "loss": (0, 2)}, marks=pytest.mark.slow),
    ],
)
def test_no_line_of_a_boundary_is_told_twice(over: dict[str, Any]) -> None:
    found = regimes(load(FLAGSHIP), over, simplify=True)
    part = text_of(found).rpartition("boundaries:\n")[2]
    for block in re.split(r"\n  (?=\S)", part):
        lines = block.splitlines()
        assert len(lines) == len(set(lines))
    for row in regimes_latex(found).splitlines():
        cell = row.rpartition(" & ")[2].removesuffix(r" \\").split(r" \newline ")
        assert len(cell) == len(set(cell))


def test_a_tie_beside_a_boundary_lives_on_boundaries_only() -> None:
    found = regimes(load(FLAGSHIP), {"harm[EU]": (0, 1), "loss": (0, "6/5")}, **PROOF)
    first = found.boundaries[0]
    tie = next(pattern.labels for pattern in found.patterns if pattern.interior is False)
    (plus, _, point), *rest = first.between
    met = replace(first, between=((plus, tie, point), *rest), ties=(tie,))
    changed = replace(found, boundaries=(met, *found.boundaries[1:]))
    line = f"between {found.text(plus)} and {found.text(tie)} (which lives on boundaries only)"
    assert f"    {line}\n" in text_of(changed)
    assert "lives on boundaries only" in regimes_latex(changed)
    assert "lives on boundaries only" not in text_of(found)
    assert [pair["tie"] for pair in met.to_dict()["between"]] == [True, *(False for _ in rest)]


def test_pairs_that_turn_on_different_incentives_are_numbered() -> None:
    found = regimes(load(FLAGSHIP), CORNER)
    boundary = next(b for b in found.boundaries if len(b.between) == 2 and len(b.binding) == 2)
    one, two = boundary.binding
    split = replace(
        boundary,
        turning=(Turning((one, two), decisive=True), Turning((two,), decisive=True)),
    )
    lines = text_of(replace(found, boundaries=(split,))).splitlines()
    assert [line[:16] for line in lines if "] between" in line] == [
        "    [1] between ",
        "    [2] between ",
    ]
    assert f"    {one} [1]" in lines
    assert f"    {two}" in lines


# -- outcomes --------------------------------------------------------------------------------------


def test_outcomes_have_short_names_in_text_and_whole_histories_in_the_json() -> None:
    found = regimes(load(FLAGSHIP), {"loss": (0, 2)}, by="outcome")
    mixed = (
        "exempt = uniform control, joins[US] = join (3/7) or stay (4/7), "
        "joins[EU] = join (6/11) or stay (5/11)"
    )
    assert mixed in text_of(found)
    assert mixed in regimes_latex(found).replace(r"\_", "_")
    document = found.to_dict()
    named = {outcome["name"]: outcome for outcome in document["outcomes"]}
    assert len(named) == len(document["outcomes"])
    labels = {label for piece in document["pieces"] for label in piece["labels"]}
    assert labels == {outcome["label"] for outcome in named.values()}
    for outcome in named.values():
        texts = [
            ", ".join(f"{move} = {action}" for move, action in history["moves"].items())
            for history in outcome["histories"]
        ]
        assert " or ".join(sorted(texts)) == outcome["label"]
    shares = [Fraction(history["probability"]) for history in named[mixed]["histories"]]
    assert sum(shares) == 1
    (solved,) = (
        e
        for e in solve(load(FLAGSHIP).at({"loss": 1})).equilibria
        if len(e.outcomes) == len(shares)
    )
    by_moves = {tuple(o.moves.items()): o.probability for o in solved.outcomes}
    assert by_moves == {
        tuple(history["moves"].items()): Fraction(history["probability"])
        for history in named[mixed]["histories"]
    }


def test_probabilities_in_names_are_formulas_in_the_axis() -> None:
    found = regimes(load("inspection"), {"gain": ("1/2", 3)}, by="outcome")
    ((name,),) = {tuple(found.names[label] for label in p.labels) for p in found.patterns}
    assert name == (
        "inspect = inspect (gain / (gain + 3)) or trust (3 / (gain + 3)), "
        "use = divert (1/4) or comply (3/4)"
    )


def test_names_of_outcomes_are_the_same_in_every_run() -> None:
    for model, over in (("beer-quiche", {"strong": None}), ("chip-seizure", {"likely": (0, 1)})):
        runs = [regimes(load(model), over, by="outcome", check=False).names for _ in range(2)]
        assert runs[0] == runs[1]
        assert len(set(runs[0].values())) == len(runs[0])


def history(*steps: str) -> tuple[tuple[str, str], ...]:
    parts = [step.partition("=") for step in steps]
    return tuple((move, action) for move, _, action in parts)


@pytest.mark.parametrize(
    ("histories", "name"),
    [
        ([("a=x", "b=y")], "a = x, b = y"),
        ([("a=x", "b=y"), ("a=x", "b=z")], "a = x, b = y or z"),
        ([("a=x", "b=y"), ("a=z", "b=y")], "a = x or z, b = y"),
        ([("a=x", "b=y"), ("a=z", "b=w")], "a = x: b = y; a = z: b = w"),
        ([("a=x",), ("a=z", "b=w")], "a = x; a = z: b = w"),
        (
            [("a=x", "b=y"), ("a=z", "b=w", "c=1"), ("a=z", "b=v", "c=2")],
            "a = x: b = y; a = z: (b = w: c = 1; b = v: c = 2)",
        ),
        ([()], ""),
    ],
)
def test_what_histories_share_is_said_once(histories: list[tuple[str, ...]], name: str) -> None:
    outcome = Outcome(tuple(history(*steps) for steps in histories))
    assert named_outcomes({"label": outcome})[0].name == name


def test_names_that_are_alike_or_too_long_are_told_apart() -> None:
    """Strange actions can make two trees read the same; letters from the label part them."""
    one, two = Outcome((history("a=x, b = y"),)), Outcome((history("a=x", "b=y"),))
    first, second = named_outcomes({"first": one, "second": two})
    assert first.name != second.name
    assert first.name.startswith("a = x, b = y [")
    many = [Outcome((history(*(f"move{k}=action" for k in range(40)), f"z={z}"),)) for z in "pq"]
    cut = named_outcomes({"p": many[0], "q": many[1]})
    assert len({one.name for one in cut}) == 2
    assert all(len(one.name) < 260 for one in cut)
    assert named_outcomes({"q": many[1]})[0].name == cut[1].name


# -- LaTeX -----------------------------------------------------------------------------------------

TABLES: dict[str, Any] = {
    "axis": lambda: awkward("x_share**2 - 2", {"x_share": (0, 2)}),
    "cases": lambda: awkward("x_share - n", {"x_share": (0, 4), "n": None}),
    "points": lambda: awkward("2 - n", {"n": None}),
    "plane": lambda: awkward("x_share**2 + y**2 - 1", {"x_share": (0, 2), "y": (0, 2)}),
    "product": lambda: awkward("x_share*y - 1/3", {"x_share": (0, 2), "y": (0, 2)}),
    "no symbol": lambda: awkward("x_share - 1/3", {"x_share": None}, symbol=""),
    "dollar": lambda: awkward("x_share - 1/3", {"x_share": None}, symbol="a$b"),
    "brace": lambda: awkward("x_share - y", {"x_share": (0, 1), "y": (0, 1)}, symbol="a}}"),
    "outcome": lambda: awkward("x_share - 1/3", {"x_share": None}, by="outcome"),
    "flagship": lambda: regimes(
        load(FLAGSHIP), {"approval": (0, 1), "dependence[EU]": ("1/10", 2)}, **PROOF
    ),
    "undefined": lambda: awkward("1/x_share - 3", {"x_share": (-1, 1)}),
}


@pytest.mark.parametrize("name", TABLES)
def test_latex_is_balanced(name: str) -> None:
    lines = regimes_latex(TABLES[name]()).splitlines()
    body = [line for line in lines if not line.startswith("%")]
    text = "\n".join(body)
    plain = re.sub(r"\\[\\$%&#_{}]", "", text)
    assert plain.count("$") % 2 == 0
    assert "%" not in plain
    assert "#" not in plain
    depth = 0
    for letter in plain:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    columns = None
    for line in body:
        bare = re.sub(r"\\[\\$%&#_{}]", "", line)
        if line.startswith(r"\begin{tabular}"):
            columns = None
        elif line.endswith(r" \\"):
            columns = columns or bare.count("&")
            assert bare.count("&") == columns, line
        outside = "".join(bare.split("$")[::2])
        assert not set("_^") & set(outside), line
        for formula in line.replace(r"\$", "").split("$")[1::2]:
            assert "&" not in formula


def latex_is_there() -> bool:
    if shutil.which("pdflatex") is None:
        return False
    found = subprocess.run(["kpsewhich", "booktabs.sty", "amsmath.sty"], capture_output=True)
    return len(found.stdout.split()) == 2


@pytest.mark.oracle
@pytest.mark.skipif(not latex_is_there(), reason="LaTeX with booktabs is not installed")
def test_latex_sets_the_tables(tmp_path: Path) -> None:
    tables = "\n\n".join(regimes_latex(make()) for make in TABLES.values())
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs,amsmath}\\begin{document}\n"
        f"{tables}\n\\end{{document}}\n"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:]


def test_latex_of_the_flagship() -> None:
    text = regimes_latex(regimes(load(FLAGSHIP), {"approval": (0, 1)}, **PROOF))
    assert r"$0 \le p_{i} < \frac{50}{163}$ & resisted &  &  \\" in text
    assert r"$p_{i} = \frac{50}{163} \approx 0.306748$ & resisted $\mid$ uniform exemption" in text
    assert r"$163 p_{i} - 50$" in text


def test_special_characters_are_escaped() -> None:
    assert latex_text(r"a_b & 50% #1 $x {y} ~ ^ \ | < >") == (
        r"a\_b \& 50\% \#1 \$x \{y\} \textasciitilde{} \textasciicircum{} \textbackslash{} "
        r"\textbar{} \textless{} \textgreater{}"
    )


# -- files -----------------------------------------------------------------------------------------


def test_files_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.pdf or \.png"):
        check_files(None, tmp_path / "a.svg", 1)
    with pytest.raises(UsageError, match="no picture"):
        check_files(None, tmp_path / "a.pdf", 3)
    with pytest.raises(UsageError, match="all parameters vary"):
        check_files(None, tmp_path / "a.pdf", 0)
    with pytest.raises(UsageError, match="is not there"):
        check_files(tmp_path / "no" / "q.smt2", None, 2)
    with pytest.raises(UsageError, match="is a folder"):
        check_files(tmp_path, None, 2)
    check_files(tmp_path / "q.smt2", tmp_path / "a.PNG", 2)


def test_along_one_axis_there_is_no_question(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="z3 is not asked"):
        write_question(awkward("x_share", {"x_share": None}), tmp_path / "q")
    assert not list(tmp_path.iterdir())
