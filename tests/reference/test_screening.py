"""Screening: inspection, tiered licences, neutral criteria, against closed forms of this file.

The solver is asked through ``load``, ``at`` and ``solve`` alone. Every formula stands here, and the
brute force over terms knows neither trees nor the solver.

Tie rule. At a boundary both sides are equilibria and both must be reported; one step beside it one
side is left. At the exact terms that separate, the one kept out is indifferent: China's best
equilibrium ("preferred:China") is then the closed form, and between grid points, where nobody is
indifferent, all equilibria are.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

from negotiation import Game, Solution, solve
from negotiation.solution import Equilibrium
from tests.oracles.catalogue import chance_of, draw, model, solved
from tests.oracles.trees import game_of
from tests.reference.test_finite_games import inspections, published_inspection_value

F = Fraction
STEP = F(1, 1000)
PURE, CHINAS_BEST = "pure-subgame-perfect", "preferred:China"
Values = dict[str, Fraction]


def payoff(solution: Solution, player: str) -> Fraction:
    """What a player gets, the same in all equilibria of the solution."""
    (value,) = {equilibrium.payoffs[player] for equilibrium in solution.equilibria}
    return value


# -- M9a: inspection ------------------------------------------------------------------------------


def inspection_grid() -> Iterator[Values]:
    """Costs, stakes, temptations and fines on both sides of every condition."""
    numbers = {
        "cost": (F(1, 3), F(2), F(11, 2)),
        "loss": (F(1, 2), F(3)),
        "bounty": (F(0), F(7, 5)),
        "gain": (F(-1, 4), F(2, 3), F(3)),
        "fine": (F(1, 2), F(4)),
        "detection": (F(1, 5), F(3, 4), F(1)),
        "revenue": (F(0), F(1, 2)),
    }
    for values in itertools.product(*numbers.values()):
        yield dict(zip(numbers, values, strict=True))


def worth_inspecting(v: Values) -> Fraction:
    """What an inspection of a sure diversion brings, before its cost."""
    return v["detection"] * (v["loss"] + v["bounty"] + v["revenue"] * v["fine"])


def expected_inspection(v: Values) -> tuple[str, Fraction, Fraction]:
    """Regime, frequency of inspections, frequency of diversion, where nothing ties."""
    worth, temptation = worth_inspecting(v), v["gain"]
    deterrence = v["detection"] * (v["gain"] + v["fine"])
    if temptation < 0:
        return "compliance", F(0), F(0)
    if v["cost"] > worth:
        return "diversion unchecked", F(0), F(1)
    if temptation > deterrence:
        return "diversion under inspection", F(1), F(1)
    return "both mix", temptation / deterrence, v["cost"] / worth


def test_inspection_over_a_grid() -> None:
    """The only equilibrium has a* = g/(q(g+f)) and d* = c/(q(L+b+rf)), or a corner."""
    seen: set[str] = set()
    for values in inspection_grid():
        if values["gain"] + values["fine"] <= 0:
            continue
        regime, inspecting, diverting = expected_inspection(values)
        (equilibrium,) = solved("inspection", values).equilibria
        assert equilibrium.regime == regime, values
        assert chance_of(equilibrium, inspect="inspect") == inspecting
        assert chance_of(equilibrium, use="divert") == diverting
        seen.add(regime)
    assert len(seen) == 4


def test_inspection_as_published() -> None:
    """With sure detection and no revenue: a* = g/(g+f), d* = c/(L+b)."""
    for c, stake, g, f in itertools.product((1, 2), (3, 5), (1, 2, 7), (1, 3, 11)):
        (equilibrium,) = solved(
            "inspection", {"cost": c, "loss": stake, "bounty": 1, "gain": g, "fine": f}
        ).equilibria
        assert chance_of(equilibrium, inspect="inspect") == F(g, g + f)
        assert chance_of(equilibrium, use="divert") == F(c, stake + 1)


@pytest.mark.parametrize(
    ("parameter", "boundary", "at_it", "above"),
    [
        ("cost", F(4), {"diversion unchecked", "in between"}, "diversion unchecked"),
        ("gain", F(0), {"compliance", "in between"}, "both mix"),
    ],
)
def test_inspection_at_a_boundary(
    parameter: str, boundary: Fraction, at_it: set[str], above: str
) -> None:
    assert set(solved("inspection", {parameter: boundary}).regimes) == at_it
    assert solved("inspection", {parameter: boundary + STEP}).regimes == (above,)
    below = solved("inspection", {parameter: boundary - STEP}).regimes
    assert below == (("both mix",) if parameter == "cost" else ("compliance",))


def test_inspection_where_the_fine_just_deters() -> None:
    """At gain = q (gain + fine) sure inspection leaves the user indifferent."""
    half = {"detection": F(1, 2), "gain": F(3, 2), "fine": F(3, 2)}
    assert "diversion under inspection" in solved("inspection", half).regimes
    more = solved("inspection", {**half, "fine": F(3, 2) + STEP})
    less = solved("inspection", {**half, "fine": F(3, 2) - STEP})
    assert (more.regimes, less.regimes) == (("both mix",), ("diversion under inspection",))


def frequencies(values: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    (equilibrium,) = solved("inspection", values).equilibria
    return chance_of(equilibrium, inspect="inspect"), chance_of(equilibrium, use="divert")


def test_fines_lower_inspection_only_and_the_opposite() -> None:
    """The paradox holds with sure detection; without it, or with revenue, fines do lower diversion.

    And with revenue a higher fine can start inspections.
    """
    fines = [F(k, 4) for k in range(2, 41, 3)]
    plain = [frequencies({"fine": f}) for f in fines]
    assert all(a[0] > b[0] and a[1] == b[1] for a, b in itertools.pairwise(plain))
    unsure = [frequencies({"fine": f, "detection": F(2, 5)}) for f in fines]
    assert unsure[0][1] == 1
    assert unsure[-1][1] == F(1) / (F(2, 5) * 4)
    shared = [frequencies({"fine": f, "revenue": F(1, 2)}) for f in fines]
    assert all(a[1] > b[1] for a, b in itertools.pairwise(shared))
    dear = [frequencies({"fine": f, "revenue": 1, "cost": 6})[0] for f in (F(1), F(3))]
    assert dear == [0, F(1, 4)]


def test_prevention_and_the_opposite() -> None:
    """A tempted user diverts at times whatever the fine; one that is not tempted never does."""
    assert frequencies({"fine": 10})[1] > 0
    assert frequencies({"gain": F(-1, 10)})[1] == 0


def test_cheaper_inspection_lowers_diversion_or_does_not() -> None:
    costs = (F(1, 10), F(1, 2), F(1), F(2))
    lowered = [frequencies({"cost": c})[1] for c in costs]
    assert all(a < b for a, b in itertools.pairwise(lowered))
    assert [frequencies({"cost": c, "detection": F(1, 5)})[1] for c in costs] == [1] * 4


@pytest.mark.parametrize(
    ("n", "m", "value"),
    [
        (2, 1, F(-1, 3)),
        (3, 1, F(-1, 2)),
        (4, 3, F(-1, 15)),
        (5, 2, F(-3, 8)),
        (5, 3, F(-2, 13)),
        (5, 4, F(-1, 31)),
        (6, 3, F(-5, 21)),
        (7, 2, F(-15, 29)),
    ],
)
def test_dreshers_game_on_the_sequence_form(n: int, m: int, value: Fraction) -> None:
    """v(n, m) = -C(n-1, m) / sum over i <= m of C(n, i), from the whole tree at once.

    One equilibrium is enough: in a constant-sum game all have the same value. Stage by stage, and
    with all equilibria, smaller ones are solved in test_finite_games.
    """
    solution = solve(game_of(inspections(n, m), 2), "nash", method="lemke")
    (equilibrium,) = solution.equilibria
    assert equilibrium.certificate.largest_gain == 0
    assert equilibrium.payoffs["A"] == value == published_inspection_value(n, m)


@pytest.mark.parametrize(("n", "m"), [(4, 1), (5, 1), (6, 1)])
def test_dreshers_game_with_one_inspection(n: int, m: int) -> None:
    """All subgame-perfect equilibria have the value."""
    solution = solve(game_of(inspections(n, m), 2), "subgame-perfect")
    assert solution.complete
    assert {e.payoffs["A"] for e in solution.equilibria} == {published_inspection_value(n, m)}


# -- M9b: tiered licences -------------------------------------------------------------------------

RICH: Values = {"surplus": F(100), "harm": F(10_000), "military": F(1, 3), "desk": F(1, 10)}
"""Separation is worth any terms, and diversion is never worth it."""


def closed_terms(v: Values) -> tuple[Fraction, Fraction] | None:
    """Audit and burden of the cheapest licence that separates; None where there is none.

    Audits first if c < w f, paper first if c > w f.
    """
    gain, fine, value = v["gain"], v["fine"], v["benefit"]
    if gain > value + fine:
        return None
    if v["audit_cost"] < v["weight"] * fine:
        return min(F(1), gain / fine), max(F(0), gain - fine)
    return max(F(0), (gain - value) / fine), min(gain, value)


def terms_of(solution: Solution) -> set[tuple[Fraction, Fraction]]:
    """Audit and share of the undertaking in each equilibrium."""
    return {
        (F(e.outcomes[0].moves["audit"]), F(e.outcomes[0].moves["undertaking"]))
        for e in solution.equilibria
    }


def separates(equilibrium: Equilibrium, military: Fraction) -> bool:
    return chance_of(equilibrium, type="civil", applies="apply") == 1 - military and not chance_of(
        equilibrium, type="military", applies="apply"
    )


def licence_grid() -> Iterator[Values]:
    """Exact terms on a grid of quarters: the heaviest undertaking takes all of the civil value."""
    for gain, fine, value, cost, weight in itertools.product(
        (1, 2, 3, 4, 5, 7, 9), (2, 4), (2, 4), (1, 3, 5), (F(1, 2), F(1))
    ):
        numbers = (F(gain), F(fine), F(value), F(value), F(cost), weight)
        names = ("gain", "fine", "benefit", "heaviest", "audit_cost", "weight")
        yield {**RICH, **dict(zip(names, numbers, strict=True))}


def on_grid(values: Values) -> bool:
    terms = closed_terms(values)
    if terms is None:
        return True
    return not any((4 * x) % 1 for x in (terms[0], terms[1] / values["heaviest"]))


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_cheapest_separating_licence(every: int) -> None:
    """At the exact terms, China's best equilibrium: audits iff c < w f, else paper; or denial."""
    seen: set[str] = set()
    for v in [*filter(on_grid, licence_grid())][::every]:
        terms = closed_terms(v)
        solution = solved("tiered-licences", v, PURE, select=CHINAS_BEST)
        seen.update(solution.regimes)
        if terms is None:
            assert solution.regimes == ("denied",)
            assert payoff(solution, "China") == 0
            continue
        audit, burden = terms
        price = v["audit_cost"] * audit + v["weight"] * burden
        civil = 1 - v["military"]
        assert payoff(solution, "China") == civil * (v["surplus"] - price) - v["desk"], v
        if v["audit_cost"] != v["weight"] * v["fine"]:
            assert terms_of(solution) == {(audit, burden / v["heaviest"])}
            (equilibrium,) = solution.equilibria
            assert separates(equilibrium, v["military"])
        else:
            assert (audit, burden / v["heaviest"]) in terms_of(solution)
    assert {"denied", "screened by audits", "screened by paper", "screened by both"} <= seen


def test_the_grid_is_wide_enough() -> None:
    """The exact terms are on the grid often, on both sides of c = w f and at it."""
    kept = [v for v in licence_grid() if on_grid(v)]
    signs = {
        (v["audit_cost"] > v["weight"] * v["fine"]) - (v["audit_cost"] < v["weight"] * v["fine"])
        for v in kept
    }
    assert signs == {-1, 0, 1}
    assert len(kept) > 80
    assert sum(closed_terms(v) is None for v in kept) > 10


def test_infeasible_just_above_value_plus_fine() -> None:
    """Separation ends at g = v + f: at it China's best still separates, a step above it denies."""
    v = {**RICH, "benefit": F(2), "heaviest": F(2), "fine": F(1), "audit_cost": F(1, 2)}
    at_it = solved("tiered-licences", {**v, "gain": F(3)}, PURE, select=CHINAS_BEST)
    assert at_it.regimes == ("screened by both",)
    assert terms_of(at_it) == {(F(1), F(1))}
    assert solved("tiered-licences", {**v, "gain": F(3) + STEP}).regimes == ("denied",)


def best_terms(v: Values, steps: int) -> tuple[Fraction, set[tuple[Fraction, Fraction] | None]]:
    """Brute force: China's best payoff, and terms that give it, applicants replying strictly."""
    shares = [F(k, steps - 1) for k in range(steps)]
    worth: dict[tuple[Fraction, Fraction] | None, Fraction] = {None: F(0)}
    for audit, share in itertools.product(shares, shares):
        burden = share * v["heaviest"]
        price = v["audit_cost"] * audit + v["weight"] * burden
        total = -v["desk"]
        if v["benefit"] > burden:
            total += (1 - v["military"]) * (v["surplus"] - price)
        if v["gain"] > audit * v["fine"] + burden:
            total -= v["military"] * (v["harm"] + price)
        worth[audit, share] = total
    best = max(worth.values())
    return best, {terms for terms, value in worth.items() if value == best}


def random_licence(source: random.Random) -> Values:
    ends = {
        "military": (0, 1),
        "surplus": (0, 5),
        "harm": (0, 20),
        "benefit": (0, 5),
        "gain": (0, 5),
        "fine": (0, 5),
        "audit_cost": (0, 4),
        "weight": (0, 2),
        "heaviest": (0, 2),
        "desk": (0, 1),
    }
    return {name: draw(source, low, high) for name, (low, high) in ends.items()}


@pytest.mark.parametrize(
    ("steps", "count"),
    [(2, 60), (4, 25), *(pytest.param(k, 60, marks=pytest.mark.slow) for k in (4, 5))],
)
def test_terms_against_brute_force(steps: int, count: int) -> None:
    """Off the boundaries all equilibria are China's best terms."""
    source = random.Random(steps)
    seen: set[str] = set()
    for _ in range(count):
        values = random_licence(source)
        best, terms = best_terms(values, steps)
        solution = solved("tiered-licences", {**values, "steps": steps})
        assert payoff(solution, "China") == best
        if None in terms:
            assert solution.regimes == ("denied",)
        else:
            assert terms_of(solution) == terms
        seen.update(solution.regimes)
    assert {"denied", "open licence", "screened by audits"} <= seen


def test_a_fine_grid_comes_close_to_the_closed_form() -> None:
    """Rounded up to the grid, the terms cost at most one step of each instrument more."""
    source = random.Random(7)
    steps = 9
    compared = 0
    for _ in range(25):
        v = {**random_licence(source), **RICH}
        v["weight"] = F(1)
        v["heaviest"] = v["benefit"] - STEP
        terms = closed_terms(v)
        if terms is None or terms[0] * v["fine"] + v["heaviest"] <= v["gain"]:
            continue
        solution = solved("tiered-licences", {**v, "steps": steps})
        ((audit, share),) = terms_of(solution)
        if solution.regimes == ("denied",):
            continue
        price = v["audit_cost"] * audit + share * v["heaviest"]
        exact = v["audit_cost"] * terms[0] + terms[1]
        step = F(1, steps - 1)
        assert exact <= price <= exact + step * (v["audit_cost"] + v["heaviest"])
        compared += 1
    assert compared > 10


def test_tiers_and_the_opposite() -> None:
    """A tier beats a ban, or a ban the tier; civil users are spared, or burdened, or shut out."""

    def value(values: Mapping[str, Any], tier: str) -> Fraction:
        return payoff(
            solved("tiered-licences", values, PURE, select=CHINAS_BEST, fix={"tier": tier}), "China"
        )

    assert value({}, "offer") > value({}, "deny") == 0
    hard = {"gain": F(9, 2), "harm": F(40)}
    assert value(hard, "offer") < value(hard, "deny") == 0
    assert solved("tiered-licences", {}).regimes == ("screened by audits",)
    assert solved("tiered-licences", {"weight": F(1, 10)}).regimes == ("screened by paper",)
    assert solved("tiered-licences", hard).regimes == ("denied",)
    assert solved("tiered-licences", {"harm": F(1)}).regimes == ("open licence",)


def test_fines_spare_audits_or_bring_them() -> None:
    """A higher fine lowers audits that are in use, and brings audits in where paper was cheaper."""
    audits = [
        max(audit for audit, _ in terms_of(solved("tiered-licences", {"fine": F(k, 100)})))
        for k in (31, 61, 131, 231, 451)
    ]
    assert audits[0] == 0
    assert audits[1] > 0
    assert audits[2:] == sorted(audits[2:], reverse=True)
    assert audits[2] > audits[-1]


# -- M9c: neutral criteria ------------------------------------------------------------------------

MEMBERS = ("DE", "FR", "NL")


def by_member(**values: tuple[Fraction, ...]) -> Values:
    return {
        f"{k}[{i}]": x for k, line in values.items() for i, x in zip(MEMBERS, line, strict=True)
    }


def applicants(equilibrium: Equilibrium) -> frozenset[str]:
    moves = equilibrium.outcomes[0].moves
    return frozenset(i for i in MEMBERS if moves[f"applies[{i}]"] == "apply")


def best_rates(v: Values, rates: int) -> tuple[Fraction, set[tuple[Fraction, frozenset[str]]]]:
    """Brute force: China's best payoff, and (rate, applicants) that give it, no ties among them."""
    found = {}
    for k in range(rates):
        rate = F(k, rates - 1)
        inside = frozenset(i for i in MEMBERS if rate * v[f"dependence[{i}]"] > v[f"hurdle[{i}]"])
        worth = sum((v[f"favour[{i}]"] - rate * v[f"burden[{i}]"] for i in inside), F(0))
        found[rate, inside] = worth
    best = max(found.values())
    return best, {key for key, worth in found.items() if worth == best}


@pytest.mark.parametrize("rates", [2, 6, 11])
def test_neutral_rule_against_brute_force(rates: int) -> None:
    source = random.Random(rates)
    seen: set[str] = set()
    for _ in range(50):
        values = by_member(
            dependence=tuple(draw(source, 0, 2) for _ in MEMBERS),
            hurdle=tuple(draw(source, 0, 1) for _ in MEMBERS),
            favour=tuple(draw(source, -1, 1) for _ in MEMBERS),
            burden=tuple(draw(source, 0, 1) / 2 for _ in MEMBERS),
        )
        best, found = best_rates(values, rates)
        solution = solved("neutral-criteria", {**values, "rates": rates})
        assert payoff(solution, "China") == best
        got = {(F(e.outcomes[0].moves["approval"]), applicants(e)) for e in solution.equilibria}
        assert got == found
        seen.update(solution.regimes)
    assert {"nobody applies", "Germany among others", "others than Germany"} <= seen


def only_germany(dependence: tuple[Fraction, ...], hurdle: tuple[Fraction, ...]) -> Values:
    """China wants Germany in and the others out."""
    return {
        **by_member(dependence=dependence, hurdle=hurdle, burden=(F(0),) * 3),
        **by_member(favour=(F(1), F(-10), F(-10))),
    }


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_who_can_be_singled_out(every: int) -> None:
    """Germany alone is admitted iff K_j/D_j > p >= K_DE/D_DE for a rate p of the grid.

    At p = K_DE/D_DE Germany is indifferent, and at p = K_j/D_j member j is; each may do what China
    likes best. So the condition with both ends closed is that of China's best equilibrium, and the
    one with both ends open that of all equilibria.
    """
    checked = set()
    shares = [*itertools.product(range(0, 13, 2), range(1, 13, 3), range(2, 13, 4))]
    for german, french, dutch in shares[::every]:
        ratios = [F(k, 10) for k in (german, french, dutch)]
        dependence = (F(1), F(1, 2), F(2))
        hurdle = tuple(r * d for r, d in zip(ratios, dependence, strict=True))
        values = only_germany(dependence, hurdle)
        grid = [F(k, 10) for k in range(11)]
        open_ends = any(ratios[0] < p < min(ratios[1:]) for p in grid)
        closed_ends = any(ratios[0] <= p <= min(ratios[1:]) for p in grid)
        everywhere = set(solved("neutral-criteria", values).regimes) == {"Germany alone"}
        best = (
            "Germany alone" in solved("neutral-criteria", values, PURE, select=CHINAS_BEST).regimes
        )
        assert best == closed_ends, ratios
        assert everywhere == open_ends, ratios
        checked.add((open_ends, closed_ends))
    assert checked == {(True, True), (False, True), (False, False)}


def test_relief_at_the_exact_hurdle() -> None:
    """K_DE/D_DE on the grid: Germany is indifferent at it, and a step more shuts that rate."""
    values = only_germany((F(1), F(1), F(1)), (F(1, 2), F(8, 10), F(9, 10)))
    values |= {"burden[DE]": F(1, 10)}
    at_it = solved("neutral-criteria", values, PURE, select=CHINAS_BEST)
    assert {e.outcomes[0].moves["approval"] for e in at_it.equilibria} == {"1/2"}
    above = solved("neutral-criteria", {**values, "hurdle[DE]": F(1, 2) + STEP})
    assert {e.outcomes[0].moves["approval"] for e in above.equilibria} == {"3/5"}


def test_selection_without_intent_and_intent_without_selection() -> None:
    """Germany alone though all are liked alike; all alike though Germany alone is liked."""
    friction = solved("neutral-criteria", {"favour": F(1), "hurdle[FR]": F(1), "hurdle[NL]": F(1)})
    assert friction.regimes == ("Germany alone",)
    equal = {"dependence": F(1), "hurdle": F(1, 4), "favour[DE]": F(1)}
    assert solved("neutral-criteria", equal).regimes == ("everybody applies",)
    assert solved("neutral-criteria", {"favour": F(-1, 10)}).regimes == ("nobody applies",)
    shut = solved("neutral-criteria", {"hurdle[DE]": F(1), "favour": F(1)})
    assert shut.regimes == ("others than Germany",)


def test_the_rate_falls_in_dependence() -> None:
    """The more it depends the lower a rate holds Germany: p* = K/D, rounded up to the grid."""
    rates = []
    for dependence in (F(1, 2), F(4, 5), F(6, 5), F(2)):
        solution = solved(
            "neutral-criteria", {"dependence[DE]": dependence, "hurdle[DE]": F(26, 100)}
        )
        (equilibrium,) = solution.equilibria
        rates.append(F(equilibrium.outcomes[0].moves["approval"]))
        exact = F(26, 100) / dependence
        assert exact < rates[-1] < exact + F(1, 10)
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) > 2


def test_models_are_games() -> None:
    """Each builds at its own values."""
    for name in ("inspection", "tiered-licences", "neutral-criteria"):
        assert isinstance(model(name).at(), Game)
