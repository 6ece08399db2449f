r"""Selection rules on continua: what a rule keeps of a set of equilibria given by its vertices.

Every point of a continuum has an outcome that is a mixture :math:`\sum_k \lambda_k v_k` of those of
its vertices, and payoffs are linear in the outcome. If the continuum is a hull, every mixture is a
point of it. So

- ``preferred`` and ``worst`` keep of a hull the hull of the vertices that they keep; of another
  continuum all of it, or one vertex if they keep one;
- ``pareto`` keeps all of a continuum if no mixture of its payoffs is dominated by a mixture of
  those of any continuum, which is one linear program a pair:

  .. math:: \max_{\lambda, \mu} \sum_i \Big(\sum_k \mu_k b_k - \sum_k \lambda_k a_k\Big)_i
      \quad \text{where no term is negative}

  has the value 0. It keeps nothing of it if each vertex is dominated by a point of the same hull,
  for then so is each mixture.

What a refinement keeps is decided in :mod:`negotiation.solvers.refinements`. Where a part is kept
that is not spanned by vertices, or where nothing is decided, the answer is not complete, and says
which of the two it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from negotiation.errors import BudgetError
from negotiation.game import Distribution, Payoffs
from negotiation.selection import Rule, select_outcomes
from negotiation.solvers.continua import Continuum
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.plans import Key, Plan, Vertex

__all__ = [
    "Candidate",
    "CandidateSet",
    "FoundOutcome",
    "Part",
    "Places",
    "Selected",
    "apply_outcome_rules",
]

MAX_PAIRS = 10_000
"""Most linear programs for ``pareto``."""
MAX_CELLS = 2_000
"""Most parts of a continuum that are judged one by one."""


@dataclass(frozen=True)
class FoundOutcome:
    """An outcome that a method found, its value, number of profiles and a plan."""

    value: Payoffs
    outcome: Distribution
    profiles: int
    plan: Plan

    @property
    def key(self) -> Key:
        """What tells outcomes apart."""
        return self.value, self.outcome


@dataclass(frozen=True, eq=False)
class Candidate:
    """An equilibrium outcome that is judged.

    Attributes
    ----------
    number : int
        Its place in the answer before any rule.
    value : tuple of Fraction
    outcome : tuple of (int, Fraction)
        Terminal nodes with probabilities.
    profile : mapping
        A profile that has it.
    """

    number: int
    value: Payoffs
    outcome: Distribution
    profile: Mapping[int, tuple[Fraction, ...]]


@dataclass(frozen=True, eq=False)
class CandidateSet:
    """A continuum by its vertices; with `hull` every mixture of their outcomes is a point of it."""

    members: tuple[Candidate, ...]
    hull: bool


class Part(Enum):
    """What a rule keeps of a continuum."""

    WHOLE = "all of it"
    NOTHING = "nothing of it"
    SOME = "keeps a part of a continuum of equilibria"
    OPEN = "could not be decided inside a continuum of equilibria"
    OPEN_KEPT = "could not be decided inside a continuum of equilibria, which is kept"

    def gap(self, rule: str) -> str:
        """Return why the answer is not complete; empty text if that is no reason."""
        return "" if self in (Part.WHOLE, Part.NOTHING) else f"{rule} {self.value}"

    @property
    def is_kept(self) -> bool:
        """Whether the continuum is listed."""
        return self in (Part.WHOLE, Part.OPEN_KEPT)

    @staticmethod
    def of_vertices(stand: Sequence[bool]) -> Part:
        """Return what is said of a continuum of which only the vertices are judged."""
        if all(stand):
            return Part.OPEN_KEPT
        return Part.SOME if any(stand) else Part.OPEN

    @staticmethod
    def of_cells(falls: Iterable[bool], deadline: float | None) -> Part | None:
        """Return what is kept of a continuum by which of its cells fall; None if they are too many.

        Parameters
        ----------
        falls : iterable of bool
        deadline : float or None
            Value of ``time.monotonic()``, in seconds, past which to give up.

        Raises
        ------
        BudgetError
            If the deadline passes.
        """
        found: set[bool] = set()
        for count, one in enumerate(falls):
            if count == MAX_CELLS:
                return None
            found.add(one)
            if len(found) > 1:
                return Part.SOME
            if deadline is not None and time.monotonic() > deadline:
                raise BudgetError(
                    "the budget of time is spent before all parts of continua were judged",
                    place="select",
                    remedy="give a larger --budget",
                )
        return Part.NOTHING if True in found else Part.WHOLE


@dataclass
class Selected:
    """Outcomes and continua that rules leave, and why others may be missing."""

    outcomes: list[FoundOutcome]
    continua: list[Continuum]
    gaps: list[str]


class Places:
    """Where the vertices of continua stand among outcomes."""

    def __init__(self, outcomes: Sequence[FoundOutcome]) -> None:
        self.by_key = {one.key: k for k, one in enumerate(outcomes)}
        self.by_plan = {one.plan: k for k, one in enumerate(outcomes)}

    def of(self, vertex: Vertex) -> int | None:
        """Return the place of an outcome; a plan tells faster than its key."""
        known = self.by_plan.get(vertex.plan)
        return self.by_key.get(vertex.key) if known is None else known


def apply_outcome_rules(
    rules: Sequence[Rule], selected: Selected, players: Sequence[str]
) -> Selected:
    """Apply the rules that rank whole outcomes, in the order written.

    Parameters
    ----------
    rules : sequence of Rule
        Others among them are passed by.
    selected : Selected
    players : sequence of str
    """
    for rule in rules:
        kept = select_outcomes([rule], selected.outcomes, lambda one: one.value, players)
        gaps: list[str] = []
        continua = [] if rule.name == "unique" else selected.continua
        if continua and rule.name == "pareto":
            kept, continua, gaps = _undominated(selected, kept)
        elif continua and rule.name in ("preferred", "worst"):
            continua, gaps = _best(rule, continua, kept)
        selected = Selected(kept, continua, [*selected.gaps, *gaps])
    return selected


def _best(
    rule: Rule, continua: Sequence[Continuum], kept: Sequence[FoundOutcome]
) -> tuple[list[Continuum], list[str]]:
    """Return of each continuum the part on which an affine function is largest."""
    places = Places(kept)
    found, gaps = [], []
    for continuum in continua:
        left = tuple(v for v in continuum.vertices if places.of(v) is not None)
        if len(left) > 1 and (continuum.hull or len(left) == len(continuum.vertices)):
            found.append(Continuum(left, continuum.hull, continuum.touching))
        elif len(left) > 1:
            gaps.append(Part.SOME.gap(rule.name))
    return found, gaps


# -- pareto ---------------------------------------------------------------------------------------


def _undominated(
    selected: Selected, kept: Sequence[FoundOutcome]
) -> tuple[list[FoundOutcome], list[Continuum], list[str]]:
    """Return what no point of any continuum dominates; `kept` is what no listed outcome does."""
    spread = {
        (points, continuum.hull)
        for continuum in selected.continua
        if len(points := frozenset(v.value for v in continuum.vertices)) > 1
    }
    hulls = [(sorted(points), hull) for points, hull in spread]
    if len(hulls) * (len(kept) + len(selected.continua)) > MAX_PAIRS:
        return list(kept), [], [Part.OPEN.gap("pareto")]
    gaps: list[str] = []
    standing = []
    for one in kept:
        rivals = [hull for points, hull in hulls if _is_beaten([one.value], points)]
        if not any(rivals):
            standing.append(one)
            gaps += [Part.OPEN.gap("pareto")] * bool(rivals)
    places = Places(standing)
    found = []
    for continuum in selected.continua:
        stand = [places.of(v) is not None for v in continuum.vertices]
        part = _part(continuum, stand, [one.value for one in selected.outcomes], hulls)
        gaps.append(part.gap("pareto"))
        if part.is_kept:
            found.append(continuum)
    return standing, found, [gap for gap in gaps if gap]


def _part(
    continuum: Continuum,
    stand: Sequence[bool],
    single: Sequence[Payoffs],
    hulls: Sequence[tuple[Sequence[Payoffs], bool]],
) -> Part:
    """Return what is kept of a continuum; `stand` says of which vertices it is."""
    points = list(dict.fromkeys(v.value for v in continuum.vertices))
    if len(points) == 1:
        return Part.WHOLE if all(stand) else Part.NOTHING
    rivals = [*(([value], True) for value in dict.fromkeys(single)), *hulls]
    beating = [(rival, hull) for rival, hull in rivals if _is_beaten(points, rival)]
    if not beating:
        return Part.WHOLE
    if any(stand):
        certain = not all(stand) or (continuum.hull and any(hull for _, hull in beating))
        return Part.SOME if certain else Part.OPEN_KEPT
    covered = any(
        hull and all(_is_beaten([point], rival) for point in points) for rival, hull in beating
    )
    return Part.NOTHING if covered else Part.OPEN


def _is_beaten(points: Sequence[Payoffs], rivals: Sequence[Payoffs]) -> bool:
    """Return whether some mixture of rivals dominates some mixture of points."""
    players = range(len(points[0]))
    if any(max(r[i] for r in rivals) < min(p[i] for p in points) for i in players):
        return False
    rows = [[*(p[i] for p in points), *(-r[i] for r in rivals)] for i in players]
    gain = [-sum(column, Fraction(0)) for column in zip(*rows, strict=True)]
    shares = [
        [*[1] * len(points), *[0] * len(rivals)],
        [*[0] * len(points), *[1] * len(rivals)],
    ]
    answer = solve_linear_program(LinearProgram(gain, rows, [0] * len(rows), shares, [1, 1]))
    return isinstance(answer, Optimum) and answer.value > 0
