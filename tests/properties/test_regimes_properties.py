"""Regimes of random small models against exact solves on grids that pass through the boundaries.

The exact solver never sees a symbol: it solves the game at each point. Payoffs are drawn with
polynomials, quotients, thresholds, maxima and ties, trees with hidden moves and chance.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from negotiation import Model, Move, Parameter, load, solve
from negotiation.analysis.regimes import Regimes, regimes
from negotiation.analysis.regimes.patterns import labels_of_solution
from negotiation.errors import MethodError, ModelError, UsageError

CATALOGUE = (
    "divide-and-exempt",
    "divide-and-exempt-conditional",
    "divide-and-exempt-members",
    "divide-and-exempt-sequential",
    "divide-and-exempt-types",
)
PURE = ("pure-subgame-perfect", "pure")
SELECTIONS = (
    "all",
    "payoff-dominant",
    "coalition-proof",
    "preferred:A",
    "worst:B",
    "pareto",
    "unique",
)


def exact_labels(model: Model, point: dict, by: str, **options) -> set[str] | None:
    try:
        game = model.at(point)
    except (UsageError, ModelError):
        return None
    return labels_of_solution(solve(game, **options), by)


def assert_agree(found: Regimes, model: Model, axis: str, by: str, grid, **options) -> None:
    """Compare at grid points, at rational breakpoints, and close to all breakpoints."""
    points = set(grid)
    for point in found.breakpoints:
        low, high = point.at.interval
        points |= {low - Fraction(1, 10**9), high + Fraction(1, 10**9)}
        if point.at.fraction is not None:
            points.add(point.at.fraction)
    for value in sorted(points):
        ours = found.label_at({axis: value})
        exact = exact_labels(model, {axis: value}, by, **options)
        if found.axes[0].low is not None and value < found.axes[0].low:
            continue
        if found.axes[0].high is not None and value > found.axes[0].high:
            continue
        assert (None if ours is None else set(ours)) == exact, (value, ours, exact)


class RandomModels:
    """Draws models with one or two parameters and few moves."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def leaf(self, variables: str) -> str:
        """Return a payoff in some variables."""
        draw = self.random
        name, other = draw.choice(variables), draw.choice(variables)
        whole = draw.randint(-3, 3)
        return draw.choice(
            [
                str(whole),
                str(whole),
                name,
                f"{whole} * {name}",
                f"{name} - {whole}",
                f"{name} * {other} - 1",
                f"({name} - 1) * ({other} + 1) / 2",
                f"max({name}, {whole})",
                f"min({name}, {other} * {other})",
                f"abs({name} - 1)",
                f"({whole} if {name} >= 1 else {other})",
                f"({name} > {whole})",
                f"{whole} / ({name} + 5)",
                f"({name} if {name} != 1 else {whole})",
            ]
        )

    def payoff(self, conditions: list[str], variables: str) -> str:
        """Return a formula that differs by what was played."""
        text = self.leaf(variables)
        for condition in conditions:
            if self.random.random() < 0.75:
                text = f"({self.leaf(variables)} if {condition} else {text})"
        return text

    def model(self, variables: str = "x", chance: bool = True, movers: int = 2) -> Model:
        """Return a model of two or three moves."""
        draw = self.random
        kind = draw.choice(["together", "one after another", "lead", "chance", "hidden chance"])
        if not chance and "chance" in kind:
            kind = "lead"
        moves, conditions = [], []
        labels = ["l", "r", "m"]
        share = draw.choice(["1/3", "x / 4", "(x + 2) / 8"])

        def add(name: str, player: str, observes: list[str], size: int = 2, **more) -> None:
            moves.append(
                Move(name, player=player, actions=labels[:size], observes=observes, **more)
            )
            conditions.extend(f"{name} == '{label}'" for label in labels[: size - 1])

        if "chance" in kind:
            moves.append(
                Move(
                    "state",
                    player="chance",
                    actions=["good", "bad"],
                    probabilities=[share, "rest"],
                )
            )
            conditions.append("state == 'good'")
        if kind == "lead":
            add("lead", draw.choice("AB"), [])
        seen = [move.name for move in moves] if kind in ("lead", "chance") else []
        add("a", "A", seen, draw.choice([2, 2, 3]))
        after = ["a"] if kind == "one after another" else []
        add("b", "B", [*seen, *after], 2)
        if kind == "one after another":
            add("c", "A", ["b"], 2)
        both = [f"{p} and {q}" for p in conditions for q in conditions if p < q]
        chosen = draw.sample(both, min(3, len(both))) + conditions
        draw.shuffle(chosen)
        regimes_ = [
            {"name": f"case {k}", "when": draw.choice([c, f"prob({c}) >= 1/2"])}
            for k, c in enumerate(draw.sample(chosen, min(3, len(chosen))))
        ]
        return Model(
            name=f"random-{draw.randint(0, 10**6)}",
            players=["A", "B"],
            concept="pure-subgame-perfect",
            parameters={v: Parameter(domain=f"-2 <= {v} <= 3") for v in variables},
            moves=moves,
            payoffs={p: self.payoff(chosen, variables) for p in "AB"},
            regimes=regimes_,
        )


GRID = [Fraction(k, 4) for k in range(-8, 13)]

# Seeds of models that take a hundred times as long as most.
LONG_PURE = (3, 15, 21)
LONG_MIXED = (1, 7)


def check_one_axis(seed: int, concept: str, select: str, by: str) -> None:
    model = RandomModels(seed).model()
    options = {"concept": concept, "select": select}
    try:
        found = regimes(model, {"x": (-2, 3)}, by=by, check=False, **options)
    except MethodError:
        pytest.skip("the rule has no symbolic form here")
    assert_agree(found, model, "x", by, GRID, **options)


@pytest.mark.parametrize("seed", [seed for seed in range(28) if seed not in LONG_PURE])
def test_pure_regimes_of_random_models(seed: int) -> None:
    select = SELECTIONS[seed % len(SELECTIONS)]
    check_one_axis(seed, PURE[seed % 2], select, ("regime", "outcome")[seed // 2 % 2])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*LONG_PURE, *range(28, 100)])
def test_pure_regimes_of_many_random_models(seed: int) -> None:
    select = SELECTIONS[seed % len(SELECTIONS)]
    check_one_axis(seed, PURE[seed % 2], select, ("regime", "outcome")[seed // 2 % 2])


def check_mixed(seed: int) -> None:
    """Mixed equilibria: every label we give is one; others only at ties and by mixing them."""
    model = RandomModels(seed).model()
    concept = ("subgame-perfect", "nash")[seed % 2]
    try:
        found = regimes(model, {"x": (-2, 3)}, concept=concept, check=False)
    except MethodError:
        pytest.skip("too many pairs of supports")
    roots = {point.at.fraction for point in found.breakpoints}
    for value in {*GRID, *roots} - {None}:
        ours = found.label_at({"x": value})
        try:
            method = "vertex-enumeration" if concept == "nash" else None
            solution = solve(model.at({"x": value}), concept, method=method)
        except (UsageError, ModelError):
            assert ours is None
            continue
        exact = labels_of_solution(solution, "regime")
        assert ours is not None
        assert set(ours) <= exact, value
        if not solution.components:
            assert set(ours) == exact, value


@pytest.mark.parametrize("seed", [seed for seed in range(20) if seed not in LONG_MIXED])
def test_mixed_regimes_of_random_models(seed: int) -> None:
    check_mixed(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*LONG_MIXED, *range(20, 90)])
def test_mixed_regimes_of_many_random_models(seed: int) -> None:
    check_mixed(seed)


def check_plane(seed: int) -> None:
    model = RandomModels(seed).model("xy", chance=seed % 3 == 0)
    found = regimes(model, {"x": (-2, 3), "y": (-2, 3)}, simplify=True)
    assert found.complete, found.message
    known = {p.labels for p in found.patterns}
    points = [
        {"x": Fraction(i, 2), "y": Fraction(j, 2)} for i in range(-4, 7) for j in range(-4, 7)
    ]
    for boundary in found.boundaries:
        points += [dict(near) for _, _, near in boundary.between]
    points += [dict(p.sample) for p in found.patterns]
    for point in points:
        ours = found.label_at(point)
        exact = exact_labels(model, point, "regime")
        assert (None if ours is None else set(ours)) == exact, point
        assert ours is None or ours in known
        for pattern in found.patterns:
            if pattern.condition is not None and ours is not None:
                assert pattern.condition.holds(point) == (ours == pattern.labels), point


@pytest.mark.parametrize("seed", range(4))
def test_planes_of_random_models(seed: int) -> None:
    check_plane(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 20))
def test_planes_of_many_random_models(seed: int) -> None:
    check_plane(seed)


# -- the catalogue --------------------------------------------------------------------------------


def free_cells(model: Model) -> list[tuple[str, tuple[Fraction, Fraction]]]:
    """Return the payoff parameters that are no structure, each with its plausible range."""
    from negotiation.analysis.regimes.space import Space
    from negotiation.model.calibration import calibrated

    found = []
    for variable in Space(model, None, {}, None).variables:
        family, _, member = variable.name.partition("[")
        stated = calibrated(model)[family].range
        if isinstance(stated, dict):
            stated = stated[member.rstrip("]")]
        found.append((variable.name, (Fraction(stated[0]), Fraction(stated[1]))))
    return found


def check_catalogue_axis(
    name: str, axis: str, bounds: tuple[Fraction, Fraction], select: str
) -> None:
    model = load(name)
    try:
        found = regimes(model, {axis: bounds}, select=select, check=False)
    except MethodError:
        pytest.skip("the rule has no symbolic form here")
    low, high = bounds
    grid = [low + (high - low) * k / 6 for k in range(7)]
    assert_agree(found, model, axis, "regime", grid, select=select)


@pytest.mark.parametrize("name", CATALOGUE)
def test_catalogue_along_an_axis(name: str) -> None:
    draw = random.Random(name)
    axis, bounds = draw.choice(free_cells(load(name)))
    check_catalogue_axis(name, axis, bounds, draw.choice(["all", "coalition-proof"]))


@pytest.mark.slow
@pytest.mark.parametrize("select", ["all", "coalition-proof"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_catalogue_along_every_axis(name: str, select: str) -> None:
    for axis, bounds in free_cells(load(name)):
        check_catalogue_axis(name, axis, bounds, select)


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOGUE)
def test_catalogue_in_random_planes(name: str) -> None:
    """Twelve random pairs of payoff parameters against exact solves on a grid.

    Conditions are traced for as many seconds as there are, so their number is the machine's; what
    is found may not be wrong.
    """
    model = load(name)
    cells = free_cells(model)
    draw = random.Random(f"planes of {name}")
    untraced = 0
    for _ in range(12):
        (x, x_range), (y, y_range) = draw.sample(cells, 2)
        found = regimes(model, {x: x_range, y: y_range})
        if not found.complete:  # Patterns are complete, conditions take longer than 30 s.
            assert "conditions or boundaries are missing" in found.message, (x, y, found.message)
            untraced += 1
        points = [
            {
                x: x_range[0] + (x_range[1] - x_range[0]) * i / 4,
                y: y_range[0] + (y_range[1] - y_range[0]) * j / 4,
            }
            for i in range(5)
            for j in range(5)
        ]
        for boundary in found.boundaries:
            points += [{n: near[n] for n in (x, y)} for _, _, near in boundary.between]
        for point in points:
            ours = found.label_at(point)
            exact = exact_labels(model, point, "regime")
            assert (None if ours is None else set(ours)) == exact, (x, y, point)
    assert untraced <= 6


@pytest.mark.slow
@pytest.mark.parametrize("select", ["all", "coalition-proof"])
def test_the_whole_domain_of_the_flagship_is_complete(select: str) -> None:
    model = load("divide-and-exempt")
    concept = "pure-subgame-perfect"
    found = regimes(model, None, concept=concept, select=select)
    assert found.complete
    assert len(found.axes) == 28
    for pattern in found.patterns:
        assert pattern.interior is not None
        if pattern.exact:
            exact = exact_labels(
                model, dict(pattern.sample), "regime", concept=concept, select=select
            )
            assert exact == set(pattern.labels)
