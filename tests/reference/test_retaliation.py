"""Retaliation: the chip seizure and announcements of resolve, against closed forms of this file.

The solver is asked through ``load``, ``at`` and ``solve`` alone; every formula stands here.

Chip seizure, notation of the model: prize g, pain h, pressure P, backing down k, belief mu,
stake A, ban b (1 - relief) + b0, damage d, lobbying lambda. Tie rule: at a boundary both sides are
equilibria and both must be reported; at the exact relief 1 - lambda/d Germany is indifferent, and
China's best equilibrium ("preferred:China") has it press.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from negotiation import solve
from negotiation.solution import Equilibrium
from tests.oracles.catalogue import chance_of, draw, model, solved

F = Fraction
STEP = F(1, 1000)
PURE, CHINAS_BEST = "pure-subgame-perfect", "preferred:China"
Values = dict[str, Fraction]
Outcome = tuple[Fraction, str]


# -- M6: the chip seizure -------------------------------------------------------------------------

WILLING_ONLY: Values = {"likely": F(1, 4), "restraint": F(100)}


def regime_of_pain(v: Values) -> int:
    """1: Dutch pain suffices; 2: Berlin is needed; 3: the seizure stands."""
    to_lose = v["prize"] + v["backing_down"]
    if v["pain"] > to_lose:
        return 1
    return 2 if v["pain"] + v["pressure"] > to_lose else 3


def after_seizure(v: Values, fixed_cost: Fraction, conditional: bool, shares: int) -> Outcome:
    """What China of a type with this fixed cost of a ban does: its payoff and how it ends.

    The candidates of the closed form: no ban; a ban that is only a gesture, with full relief; a ban
    that reverses the seizure, with the largest relief that does not undo it.
    """
    candidates = [(-v["stake"], "held")]
    where = regime_of_pain(v)
    if where == 1:
        candidates.append((-fixed_cost, "reversed by Dutch pain"))
    else:
        candidates.append((-v["stake"] - fixed_cost, "held under a ban"))
    if where == 2 and v["damage"] > v["lobbying"]:
        most = 1 - v["lobbying"] / v["damage"]
        grid = [F(k, shares - 1) for k in range(shares)]
        relief = F(1) if conditional else max(e for e in grid if e < most)
        candidates.append((-v["ban_cost"] * (1 - relief) - fixed_cost, "reversed through Berlin"))
    return max(candidates)


def dutch_payoff(v: Values, end: str) -> Fraction:
    if end.startswith("reversed"):
        return -v["backing_down"]
    return v["prize"] - (v["pain"] if end == "held under a ban" else 0)


def expected_case(v: Values, conditional: bool, shares: int) -> tuple[str, Fraction]:
    """Regime and China's payoff where nothing ties."""
    willing, unwilling = (
        after_seizure(v, v["standing"] + extra, conditional, shares)
        for extra in (0, v["restraint"])
    )
    mu = v["likely"]
    if mu * dutch_payoff(v, willing[1]) + (1 - mu) * dutch_payoff(v, unwilling[1]) < 0:
        return "deterred", F(0)
    label = willing[1] if willing[1] != "held" or unwilling[1] == "held" else "mixed"
    return label, mu * willing[0] + (1 - mu) * unwilling[0]


def random_case(source: random.Random) -> Values:
    ends = {
        "prize": (0, 4),
        "pain": (0, 5),
        "pressure": (0, 4),
        "backing_down": (0, 2),
        "likely": (0, 1),
        "stake": (0, 5),
        "ban_cost": (0, 4),
        "standing": (-1, 1),
        "restraint": (0, 8),
        "damage": (0, 5),
        "lobbying": (0, 3),
    }
    return {name: draw(source, low, high) for name, (low, high) in ends.items()}


@pytest.mark.parametrize("conditional", [0, 1])
@pytest.mark.parametrize(
    ("shares", "count"),
    [(2, 60), (6, 40), *(pytest.param(shares, 120, marks=pytest.mark.slow) for shares in (2, 6))],
)
def test_case_against_the_closed_form(conditional: int, shares: int, count: int) -> None:
    """R1, R2, R3, deterrence by belief, relief up to 1 - lambda/d, conditional or not."""
    source = random.Random(10 * shares + conditional)
    seen = set()
    for _ in range(count):
        values = random_case(source)
        label, worth = expected_case(values, bool(conditional), shares)
        case = {**values, "conditional": conditional, "shares": shares}
        solution = solved("chip-seizure", case)
        if conditional and values["standing"] < 0 and values["damage"] > values["lobbying"]:
            # A ban that is a gesture: China does not mind whether Germany presses for its relief,
            # and the Netherlands does. The closed form takes it that Germany is silent.
            assert label in solution.regimes, values
        else:
            assert solution.regimes == (label,), values
            assert {e.payoffs["China"] for e in solution.equilibria} == {worth}
        seen.add(label)
    assert {
        "deterred",
        "reversed through Berlin",
        "reversed by Dutch pain",
        "held under a ban",
        "held",
    } <= seen


def relief_of(equilibrium: Equilibrium) -> Fraction:
    (relief,) = {
        F(outcome.moves["relief"])
        for outcome in equilibrium.outcomes
        if outcome.moves["ban"] == "ban"
    }
    return relief


def test_relief_is_one_minus_lobbying_over_damage() -> None:
    """On the grid of twelfths: eps* = 1 - lambda/d, at the cost b lambda/d of the ban."""
    for lobbying, damage in itertools.product((1, 2, 3), (3, 4, 6, 12)):
        if lobbying >= damage or (12 * lobbying) % damage:
            continue
        values = {**WILLING_ONLY, "lobbying": lobbying, "damage": damage, "shares": 13}
        values |= {"stake": 5, "standing": F(1, 10), "ban_cost": 1}
        best = solved("chip-seizure", values, PURE, select=CHINAS_BEST)
        (equilibrium,) = best.equilibria
        assert relief_of(equilibrium) == 1 - F(lobbying, damage)
        assert equilibrium.regime == "reversed through Berlin"
        cost = F(lobbying, damage) + F(1, 10)
        assert equilibrium.payoffs["China"] == F(1, 4) * -cost + F(3, 4) * -5
        everything = solved("chip-seizure", values)
        reliefs = {relief_of(e) for e in everything.equilibria if e.regime != "mixed"}
        assert max(reliefs) == 1 - F(lobbying, damage)
        assert min(reliefs) == 1 - F(lobbying, damage) - F(1, 12)


def test_relief_rises_in_damage_and_falls_in_the_cost_of_pressing() -> None:
    def relief(**values: Fraction) -> Fraction:
        (equilibrium,) = solved("chip-seizure", {**WILLING_ONLY, "shares": 41, **values}).equilibria
        return relief_of(equilibrium)

    by_damage = [relief(damage=F(k, 7)) for k in (6, 8, 13, 22, 34)]
    assert by_damage == sorted(by_damage)
    assert by_damage[0] < by_damage[-1]
    by_cost = [relief(lobbying=F(k, 7)) for k in (1, 3, 6, 9, 13)]
    assert by_cost == sorted(by_cost, reverse=True)
    assert by_cost[0] > by_cost[-1]


def test_too_much_relief_ends_the_pressure() -> None:
    """Fixed in full, unconditional relief silences Germany; conditional relief does not."""
    full = solved("chip-seizure", WILLING_ONLY, fix={"relief": "1"})
    assert all(chance_of(e, lobby="press") == 0 for e in full.equilibria)
    tied = {**WILLING_ONLY, "conditional": 1}
    fixed = solved("chip-seizure", tied, fix={"relief": "1", "terms": "if it presses"})
    assert all(chance_of(e, lobby="press") == F(1, 4) for e in fixed.equilibria)
    # Left to itself China takes full relief on condition, at no cost beyond that of any ban.
    (chosen,) = solved("chip-seizure", tied).equilibria
    assert relief_of(chosen) == 1
    assert chance_of(chosen, terms="if it presses", lobby="press") == F(1, 4)
    # Even without any relief Germany is silent where the damage is below the cost of pressing.
    none = {**tied, "lobbying": F(5, 2)}
    assert solved("chip-seizure", none).regimes == ("held",)


@pytest.mark.parametrize(
    ("parameter", "boundary", "below", "above"),
    [
        ("pain", F(5, 2), "reversed through Berlin", "reversed by Dutch pain"),
        ("pain", F(1, 2), "held", "reversed through Berlin"),
        ("likely", F(4, 5), "reversed through Berlin", "deterred"),
        ("damage", F(1, 2), "held", "reversed through Berlin"),
        ("stake", F(2, 5), "held", "reversed through Berlin"),
    ],
)
def test_case_at_a_boundary(parameter: str, boundary: Fraction, below: str, above: str) -> None:
    """h = g + k; h + P = g + k; mu = g/(g + k); d = lambda; A = cost of the ban (relief 7/10)."""
    assert solved("chip-seizure", {parameter: boundary - STEP}).regimes == (below,)
    assert solved("chip-seizure", {parameter: boundary + STEP}).regimes == (above,)
    pure = solve(model("chip-seizure").at({parameter: boundary}), "pure-subgame-perfect")
    assert {below, above} <= set(pure.regimes)


def test_the_belief_at_which_the_seizure_pays() -> None:
    """Seize iff mu <= g/(g + k), where retaliation by a willing China reverses the seizure."""
    for prize, backing_down in itertools.product((F(1, 2), F(1), F(2)), (F(1, 4), F(1), F(3, 2))):
        values = {"prize": prize, "backing_down": backing_down, "pain": 1, "pressure": 5}
        limit = prize / (prize + backing_down)
        for likely, seizes in ((limit - STEP, True), (limit + STEP, False)):
            solution = solved("chip-seizure", {**values, "likely": likely})
            assert ("deterred" in solution.regimes) != seizes


def test_without_a_cost_of_backing_down_the_seizure_rests_on_a_tie() -> None:
    """k = 0 and mu = 1: seizing and suspending is worth what leaving is worth."""
    certain = {"likely": F(1), "backing_down": F(0)}
    pure = solve(model("chip-seizure").at(certain), "pure-subgame-perfect")
    assert {"deterred", "reversed through Berlin"} <= set(pure.regimes)
    assert {e.payoffs["Netherlands"] for e in pure.equilibria} == {0}
    small = {**certain, "backing_down": STEP}
    assert solved("chip-seizure", small).regimes == ("deterred",)
    unsure = {**certain, "likely": 1 - STEP}
    assert solved("chip-seizure", unsure).regimes == ("reversed through Berlin",)


def test_certain_retaliation_deters_or_does_not() -> None:
    certain = {"likely": F(1)}
    assert solved("chip-seizure", certain).regimes == ("deterred",)
    stubborn = {**certain, "pressure": F(0)}
    assert solved("chip-seizure", stubborn).regimes == ("held",)
    welcome = {**stubborn, "standing": F(-1, 10)}
    assert solved("chip-seizure", welcome).regimes == ("held under a ban",)


def test_conditions_help_china_or_hurt_it() -> None:
    """Tying relief saves the cost of the ban; it deters a seizure that China would have liked."""

    def worth(values: Mapping[str, Any], conditional: int) -> Fraction:
        solution = solved("chip-seizure", {**values, "conditional": conditional})
        (value,) = {e.payoffs["China"] for e in solution.equilibria}
        return value

    assert worth({}, 1) > worth({}, 0)
    eager = {"likely": F(1), "stake": F(1, 10), "standing": F(-1, 2), "ban_cost": F(4)}
    eager |= {"damage": F(2), "lobbying": F(1)}
    assert worth(eager, 0) == F(2, 5)
    assert worth(eager, 1) == 0


# -- resolve --------------------------------------------------------------------------------------


def expected_announcements(v: Values) -> list[str]:
    """The kinds of equilibrium outcomes, each once, where nothing ties and stand < prize."""
    w, prize, stand = v["weight"], v["prize"], v["stand"]
    resolved_pays, other_pays = w * v["cost_resolved"], w * v["cost_unresolved"]
    bluff = w * v["bluff"]
    believed = v["resolved"] * v["damage"] > v["concession"]
    possible = v["damage"] > v["concession"]
    found = ["pooling on silence"]
    if possible and other_pays > prize and resolved_pays < prize - stand:
        found.append("separating")
    if believed and resolved_pays < prize - stand and other_pays < prize:
        found.append("pooling on announcement")
    if not believed and possible and other_pays < prize:
        gives_way = (other_pays + bluff) / (prize + bluff)
        if gives_way * (prize - stand) > resolved_pays:
            found.append("semi-separating")
    if (
        believed
        and resolved_pays < prize - stand
        and resolved_pays * prize < other_pays * (prize - stand)
    ):
        found.append("semi-separating")
    return sorted(found)


def random_resolve(source: random.Random) -> Values:
    ends = {
        "resolved": (0, 1),
        "prize": (0, 4),
        "stand": (-2, 2),
        "cost_resolved": (0, 2),
        "cost_unresolved": (0, 4),
        "bluff": (0, 2),
        "weight": (0, 2),
        "damage": (0, 6),
        "concession": (0, 3),
    }
    while True:
        values = {name: draw(source, low, high) for name, (low, high) in ends.items()}
        if values["stand"] < values["prize"]:
            return values


@pytest.mark.parametrize("count", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_announcements_against_the_closed_form(count: int) -> None:
    """Every pooling, separating and semi-separating outcome, and no other."""
    source = random.Random(3)
    patterns = set()
    for _ in range(count):
        values = random_resolve(source)
        solution = solved("resolve", values)
        kinds = sorted(e.regime for e in solution.equilibria)
        assert kinds == expected_announcements(values), values
        patterns.add(tuple(kinds))
    assert {kind for kinds in patterns for kind in kinds} == {
        "pooling on silence",
        "pooling on announcement",
        "separating",
        "semi-separating",
    }
    assert len(patterns) >= 5


def test_mixtures_of_the_semi_separating_equilibria() -> None:
    """The bluffer leaves the importer at C/D; the importer leaves the bluffer indifferent."""
    (semi,) = (e for e in solved("resolve", {}).equilibria if e.regime == "semi-separating")
    mu, damage, concession = F(3, 10), F(3), F(6, 5)
    bluffing = mu * (damage - concession) / (concession * (1 - mu))
    assert chance_of(semi, type="unresolved", message="announce") == (1 - mu) * bluffing
    assert chance_of(semi, type="resolved", message="announce") == mu
    gives_way = F(4, 5) + F(2, 5)
    gives_way /= 2 + F(2, 5)
    announced = chance_of(semi, message="announce")
    assert chance_of(semi, message="announce", answer="accommodate") == gives_way * announced

    high = {"resolved": F(1, 2), "cost_unresolved": F(3)}
    (semi,) = (e for e in solved("resolve", high).equilibria if e.regime == "semi-separating")
    silent = chance_of(semi, message="hold back")
    assert chance_of(semi, type="unresolved", message="hold back") == F(1, 2)
    assert chance_of(semi, type="resolved", message="hold back") == silent * concession / damage
    pressing = F(2, 5) / (2 + F(1, 2))
    assert chance_of(semi, message="hold back", answer="press") == pressing * silent


@pytest.mark.parametrize("count", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_free_words_tell_nothing_of_use(count: int) -> None:
    """The sceptic's reading, weight 0: the importer always gets what the prior gives."""
    source = random.Random(5)
    for _ in range(count):
        values = {**random_resolve(source), "weight": F(0)}
        solution = solved("resolve", values)
        ignorant = max(-values["resolved"] * values["damage"], -values["concession"])
        assert {e.payoffs["importer"] for e in solution.equilibria} == {ignorant}
        likes_war = {**values, "stand": values["prize"] + F(1, 2)}
        solution = solved("resolve", likes_war)
        assert {e.payoffs["importer"] for e in solution.equilibria} == {ignorant}


def test_announcements_inform_or_say_nothing() -> None:
    """Under intuitive beliefs, too, both sides of the dispute are in reach."""
    inform = solved("resolve", {"weight": F(3)}, select="intuitive")
    assert inform.regimes == ("separating",)
    (equilibrium,) = inform.equilibria
    assert equilibrium.payoffs["importer"] == -F(3, 10) * F(6, 5)
    assert set(solved("resolve", {"weight": F(3)}).regimes) == {"separating", "pooling on silence"}
    dear = {"cost_resolved": F(4), "cost_unresolved": F(4)}
    assert solved("resolve", dear, select="intuitive").regimes == ("pooling on silence",)
    sure = solved("resolve", {"resolved": F(9, 10)}, select="intuitive")
    assert "pooling on announcement" in sure.regimes


@pytest.mark.parametrize("side", [-1, 1])
def test_separation_begins_where_the_bluff_stops_paying(side: int) -> None:
    """w c_u = prize: with c_u = 0.8 and prize 2 the weight is 5/2."""
    boundary = F(5, 2)
    kind = "separating" if side > 0 else "semi-separating"
    other = "semi-separating" if side > 0 else "separating"
    beside = solved("resolve", {"weight": boundary + side * STEP}).regimes
    assert kind in beside
    assert other not in beside
    assert "separating" in solved("resolve", {"weight": boundary}).regimes
