"""The family of divide-and-exempt models against closed forms and brute force.

Members, offers one after another, private stakes, terms of licences: the solver is asked through
``load``, ``Model.from_toml``, ``at`` and ``solve`` alone, every formula stands in this file. More
importers are had by editing the line ``importers`` of a model's text.

Tie rules. Simultaneous rows: licences are worth x = stake + STEP, "coalition-proof". At China's own
ties (its loss equal to a cost) all its best answers must be reported. Sequential row: offers are a
tick and the stake plus a tick, the loss is no multiple of the price, and payoffs are within ticks
of the formula; without ticks the formula is China's best equilibrium only (tested as well).
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

from negotiation import Model, Solution, load, solve

NAMES = ("US", "DE", "FR", "NL", "IT", "ES")
STEP = Fraction(1, 1000)
ZERO = Fraction(0)
Values = dict[str, Any]
Plans = tuple[tuple[bool, bool], tuple[bool, bool]]
STANDARD = {
    "members": NAMES[:4],
    "sequential": NAMES[:4],
    "types": ("US", "EU"),
    "conditional": ("US", "EU"),
}
FAMILY = tuple(STANDARD)


def line(names: Iterable[str]) -> str:
    return "importers = [" + ", ".join(f'"{name}"' for name in names) + "]"


@functools.cache
def among(name: str, importers: tuple[str, ...], *changes: tuple[str, str]) -> Model:
    """A model of the family among the given importers, in this order, with other changes.

    The values and the places in the union of those who are not among them go as well.
    """
    path = load(f"divide-and-exempt-{name}").origin
    assert path is not None
    text = path.read_text(encoding="utf-8")
    for old, new in ((line(STANDARD[name]), line(importers)), *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    for absent in set(STANDARD[name]) - set(importers):
        text = re.sub(rf"\b{absent} = [^,}}]+, ", "", text)
        text = re.sub(rf'(union = .*), "{absent}"', r"\1", text)
    return Model.from_toml(text, origin=path)


def solved(
    model: Model,
    values: Mapping[str, Any],
    select: str = "coalition-proof",
    fix: Mapping[str, Any] | None = None,
) -> Solution:
    solution = solve(model.at(values, fix=fix), "pure-subgame-perfect", select=select)
    assert solution.complete
    return solution


def china(solution: Solution) -> Fraction:
    """China's payoff, the same at all equilibria of the solution."""
    (value,) = {equilibrium.payoffs["China"] for equilibrium in solution.equilibria}
    return value


def members_of(label: str) -> frozenset[str]:
    """The set that a label stands for."""
    if label == "uniform control":
        return frozenset()
    if label.endswith(" only"):
        return frozenset([label.removesuffix(" only")])
    return frozenset(label.strip("{}").split(", "))


def exempted(solution: Solution) -> set[frozenset[str]]:
    return {members_of(e.outcomes[0].moves["exempt"]) for e in solution.equilibria}


def joiners(solution: Solution) -> set[tuple[str, ...]]:
    """Who joins, for each equilibrium."""
    return {
        tuple(move[6:-1] for move, act in e.outcomes[0].moves.items() if act == "join")
        for e in solution.equilibria
    }


def equal(
    stake: Fraction, licence: Fraction, kappa: Fraction, loss: Fraction, threshold: int
) -> Values:
    """Equal importers without harm."""
    return {
        "benefit": stake + Fraction(1, 5),
        "cost": Fraction(1, 5),
        "dependence": 2 * licence,
        "approval": Fraction(1, 2),
        "kappa": kappa,
        "harm": 0,
        "loss": loss,
        "threshold": threshold,
    }


def fast_and_slow(few: int, many: int) -> pytest.MarkDecorator:
    """Parametrise the number of draws: a few in the fast tests, many in the slow ones."""
    return pytest.mark.parametrize("count", [few, pytest.param(many, marks=pytest.mark.slow)])


def draws(seed: int, count: int) -> Iterator[random.Random]:
    for k in range(count):
        yield random.Random(1000 * seed + k)


def fraction(source: random.Random, low: int, high: int, denominator: int = 1000) -> Fraction:
    return Fraction(source.randint(low, high), denominator)


def by_member(name: str, values: Mapping[str, Any]) -> Values:
    return {f"{name}[{i}]": value for i, value in values.items()}


def is_pure(equilibrium: Any) -> bool:
    return all(
        probability == 1
        for strategies in equilibrium.strategies.values()
        for strategy in strategies
        for probability in strategy.probabilities.values()
    )


# -- the files themselves -------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAMILY)
def test_values_of_the_file_are_generic(name: str) -> None:
    """At the file's values, concept and selection nothing is missing and nobody is indifferent."""
    solution = solve(load(f"divide-and-exempt-{name}").at())
    assert solution.complete
    assert solution.equilibria
    assert all(m.loss > 0 for e in solution.equilibria if is_pure(e) for m in e.margins)


@pytest.mark.parametrize(
    ("name", "values", "regime"),
    [
        ("members", {}, "divide the union"),
        ("members", {"loss": "0.1"}, "resisted"),
        ("members", {"retaliation": 1, "loss": 2}, "uniform exemption"),
        ("members", {"cost": "0.9"}, "uniform control"),
        ("members", {"threshold": 4, "harm": 0, "approval[DE]": 1, "approval[NL]": 1}, "divide"),
        ("sequential", {}, "uniform control"),
        ("sequential", {"loss": "0.2"}, "resisted"),
        ("sequential", {"loss": "0.35"}, "divide"),
        ("sequential", {"threshold": 1, "share": "0.94", "loss": 2}, "uniform exemption"),
        ("types", {}, "screening"),
        ("types", {"loss": "0.5"}, "divide"),
        ("types", {"loss": "0.1"}, "resisted"),
        ("types", {"retaliation": 1, "loss": 2}, "uniform exemption"),
        ("types", {"cost": "0.9"}, "uniform control"),
        ("conditional", {}, "conditional licences"),
        ("conditional", {"relief": "0.6"}, "unconditional licences"),
        ("conditional", {"loss": "0.1"}, "resisted"),
        ("conditional", {"cost": "0.9"}, "uniform control"),
        (
            "conditional",
            {"harm": 1, "loss": 3, "relief[US]": "0.9", "relief[EU]": 0, "threshold": 1},
            "mixed terms",
        ),
    ],
)
def test_one_file_yields_every_regime(name: str, values: Values, regime: str) -> None:
    assert set(solved(load(f"divide-and-exempt-{name}"), values).regimes) == {regime}


@pytest.mark.parametrize("name", FAMILY)
def test_the_text_of_the_file_decides(name: str) -> None:
    """Doubling the loss in China's payoff changes what the solver answers."""
    doubled = ("(0 if coalition else loss) -", "(0 if coalition else 2 * loss) -")
    original = load(f"divide-and-exempt-{name}")
    before, after = (solved(m, {}) for m in (original, among(name, STANDARD[name], doubled)))
    assert china(after) > china(before)


def test_two_members_are_the_flagship() -> None:
    """The members model among two importers answers as the flagship, in every parameter."""
    pair, other = load("divide-and-exempt"), among("members", ("US", "DE"))
    spans = {"share": (100, 980), "benefit": (100, 900), "cost": (10, 300), "burden": (0, 300)}
    spans |= {"approval": (1, 1000), "unconditional": (0, 1000), "relief": (0, 1000)}
    spans |= {"kappa": (-100, 900), "retaliation": (0, 300), "anxiety": (0, 2), "strike": (0, 2)}
    for source in draws(10, 15):
        values: Values = {"threshold": source.choice((1, 2)), "loss": fraction(source, 50, 2000)}
        values |= {"sigma": fraction(source, 0, 1000), "discriminate": source.choice((0, 1))}
        drawn = {
            name: (fraction(source, *span), fraction(source, *span)) for name, span in spans.items()
        }
        for select in ("all", "coalition-proof"):
            answers = []
            for model, names in ((pair, ("US", "EU")), (other, ("US", "DE"))):
                setting = {
                    f"{n}[{i}]": v
                    for n, vs in drawn.items()
                    for i, v in zip(names, vs, strict=True)
                }
                found = solved(model, values | setting, select).equilibria
                answers.append(sorted(tuple(e.payoffs.values()) for e in found))
            assert answers[0] == answers[1]


# -- M1a: the cost of exclusion, simultaneous -----------------------------------------------------

SIZES = [(n, threshold) for n in (2, 3, 4, 5, 6) for threshold in range(2, n + 1)]
FAST = {(2, 2), (3, 2), (3, 3), (4, 3)}
CASES = [
    pytest.param(n, t, marks=() if (n, t) in FAST else pytest.mark.slow, id=f"{n}-{t}")
    for n, t in SIZES
]


def losses(costs: Iterable[Fraction], few: bool) -> list[Fraction]:
    """Below, at and above each cost; with many importers above and below only."""
    return [cost + side * STEP for cost in costs for side in ((-1, 1) if few else (-1, 0, 1))]


@pytest.mark.parametrize(("n", "threshold"), CASES)
def test_cost_of_exclusion_simultaneous(n: int, threshold: int) -> None:
    """n without discrimination, r = n - T + 1 with it."""
    stake, kappa = Fraction(7, 10), Fraction(6, 5)
    licence = stake + STEP
    price, r = kappa * licence, n - threshold + 1
    model = among("members", NAMES[:n])
    for discriminate, bought in ((0, n), (1, r)):
        for loss in losses([bought * price], few=n > 4):
            values = equal(stake, licence, kappa, loss, threshold) | {"discriminate": discriminate}
            solution = solved(model, values)
            assert china(solution) == max(ZERO, loss - bought * price)
            assert ("resisted" in solution.regimes) == (loss <= bought * price)
            if loss > bought * price:
                sets = {frozenset(s) for s in itertools.combinations(NAMES[:n], bought)}
                assert exempted(solution) == sets


@pytest.mark.parametrize(("n", "threshold"), CASES)
def test_china_preferred_equilibrium_excludes_at_no_cost(n: int, threshold: int) -> None:
    """Importers who mis-coordinate need no exemption, even for the smallest loss."""
    values = equal(Fraction(7, 10), Fraction(9, 10), Fraction(6, 5), STEP, threshold)
    solution = solved(among("members", NAMES[:n]), values, "preferred:China")
    assert china(solution) == STEP
    assert set(solution.regimes) == {"uniform control"}


@pytest.mark.parametrize(("n", "threshold"), CASES)
def test_value_of_being_allowed_to_discriminate(n: int, threshold: int) -> None:
    """price (T - 1) where loss >= n prices, loss - r prices from r prices on, nothing below."""
    stake, kappa = Fraction(9, 10), Fraction(3, 4)
    price, r = kappa * (stake + STEP), n - threshold + 1
    model = among("members", NAMES[:n])
    for loss in [n * price + STEP] if n > 4 else losses([n * price, r * price], few=False):
        with_it, without = (
            china(
                solved(
                    model, equal(stake, stake + STEP, kappa, loss, threshold) | {"discriminate": d}
                )
            )
            for d in (1, 0)
        )
        all_bought = loss >= n * price
        worth = price * (threshold - 1) if all_bought else max(ZERO, loss - r * price)
        assert with_it - without == worth


def test_licences_at_the_stake_and_below() -> None:
    """At x = s China's best has the closed form and its worst is the coalition; below, neither."""
    model, kappa, stake = among("members", NAMES[:4]), Fraction(1), Fraction(1, 2)
    values = equal(stake, stake, kappa, Fraction(3), 3)
    best = solved(model, values, "coalition-proof,preferred:China")
    worst = solved(model, values, "coalition-proof,worst:China")
    below = solved(model, equal(stake, stake - STEP, kappa, Fraction(3), 3))
    assert china(best) == 3 - 2 * kappa * stake
    assert china(worst) == china(below) == 0


@pytest.mark.parametrize(
    ("n", "profiles"),
    [(4, 54), pytest.param(6, 9_053_792_108_544, marks=pytest.mark.slow)],
)
def test_number_of_profiles_is_exact(n: int, profiles: int) -> None:
    """T = 3, L = 2.5: after m exemptions all stay, or the coalition forms if n - m >= 3.

    The m exempted stay either way and are paid.
    """
    loss, price = Fraction(5, 2), 1 + STEP
    after = [(loss - m * price, *([-m * price] if n - m >= 3 else [])) for m in range(n + 1)]
    subsets = [m for m in range(n + 1) for _ in range(math.comb(n, m))]
    count = 0
    for position, m in enumerate(subsets):
        for value in after[m]:
            others = (after[other] for k, other in enumerate(subsets) if k != position)
            count += math.prod(sum(worth <= value for worth in other) for other in others)
    values = equal(Fraction(1), price, Fraction(1), loss, 3)
    solution = solved(among("members", NAMES[:n]), values, "all")
    assert solution.profiles == count == profiles
    assert len(solution.equilibria) < 60


# -- M1a: offers one after another ----------------------------------------------------------------


def sequential_cost(n: int, threshold: int, ratio: Fraction) -> int:
    """Units of kappa times stake: max{0, r - (T - 1) floor(l)}."""
    return max(0, n - threshold + 1 - (threshold - 1) * math.floor(ratio))


def in_turn(
    ratio: Fraction, threshold: int, tick: Fraction, cost: Fraction = Fraction(1, 5)
) -> Values:
    """Equal importers with a stake of 1 and kappa = 1."""
    return {
        "benefit": 1 + cost,
        "cost": cost,
        "dependence": 2,
        "kappa": 1,
        "harm": 0,
        "loss": ratio,
        "threshold": threshold,
        "tick": tick,
    }


@pytest.mark.parametrize(("n", "threshold"), CASES)
def test_cost_of_exclusion_in_turn(n: int, threshold: int) -> None:
    """Offers {tick, stake + tick}: unique for China, within ticks of the floor formula."""
    model, tick = among("sequential", NAMES[:n]), Fraction(1, 10**6)
    for ratio in [Fraction(k, 2) for k in (1, 3, 5, 7)] if n < 6 else [Fraction(3, 2)]:
        for refusal in (ZERO, Fraction(1, 5)) if n < 4 else (Fraction(1, 5),):
            cost = sequential_cost(n, threshold, ratio)
            solution = solved(model, in_turn(ratio, threshold, tick, refusal), "all")
            if cost <= ratio:
                assert ratio - cost - n * tick <= china(solution) <= ratio - cost
                assert "resisted" not in solution.regimes
            else:
                assert china(solution) == 0
                assert solution.regimes == ("resisted",)


@pytest.mark.parametrize(
    ("n", "threshold"),
    [(3, 2), (3, 3), *(pytest.param(4, t, marks=pytest.mark.slow) for t in (2, 3, 4))],
)
def test_without_ticks_the_formula_is_chinas_best(n: int, threshold: int) -> None:
    """Offers {0, stake}, free refusal: best equal to the formula; worst 0 where the cost is > 0."""
    without_ticks = ('domain = "tick > 0"', 'domain = "tick >= 0"')
    model = among("sequential", NAMES[:n], without_ticks)
    for ratio in (Fraction(1, 2), Fraction(3, 2), Fraction(5, 2)):
        cost = sequential_cost(n, threshold, ratio)
        values = in_turn(ratio, threshold, ZERO, ZERO)
        best, worst = (
            china(solved(model, values, f"{rule}:China")) for rule in ("preferred", "worst")
        )
        assert best == (ratio - cost if cost <= ratio else 0)
        if cost > 0:
            assert worst == 0


def in_turn_brute_force(
    order: tuple[str, ...], drawn: Mapping[str, Mapping[str, Any]], common: Mapping[str, Any]
) -> dict[str, Fraction]:
    """Payoffs of offers in turn by plain recursion, where nobody is indifferent."""
    stake = {i: drawn["benefit"][i] - drawn["cost"][i] for i in order}

    def value(offers: tuple[bool, ...], joins: tuple[bool, ...]) -> dict[str, Fraction]:
        """Payoffs after the given offers (True: exemption) and answers."""
        if len(joins) == len(order):
            return leaf(dict(zip(order, offers, strict=True)), dict(zip(order, joins, strict=True)))
        i = order[len(joins)]
        can = stake[i] > 0 and stake[i] + common["tick"] <= drawn["dependence"][i]
        answers = []
        for offer in (False, True) if can else (False,):
            replies = [value((*offers, offer), (*joins, join)) for join in (False, True)]
            assert replies[0][i] != replies[1][i]
            answers.append(max(replies, key=operator.itemgetter(i)))
        return max(answers, key=operator.itemgetter("China"))

    def leaf(offer: Mapping[str, bool], join: Mapping[str, bool]) -> dict[str, Fraction]:
        success = sum(drawn["weight"][i] for i in order if join[i]) >= common["threshold"]
        payoff = {"China": ZERO if success else common["loss"]}
        for i in order:
            licence = common["tick"] + (stake[i] if offer[i] else 0)
            gain = drawn["benefit"][i] if success else ZERO
            if join[i]:
                payoff[i] = gain - drawn["cost"][i]
            else:
                payoff[i] = licence + common["sigma"] * gain
                payoff["China"] -= licence * (
                    drawn["kappa"][i] + drawn["burden"][i] / drawn["dependence"][i]
                )
            if any(offer.values()) and not offer[i]:
                payoff["China"] -= drawn["harm"][i]
        return payoff

    return value((), ())


@fast_and_slow(20, 40)
def test_offers_in_turn_against_brute_force(count: int) -> None:
    """Random unequal importers, some unaffordable, some without a stake, in the order drawn."""
    seen = set()
    for source in draws(9, count):
        order = tuple(source.sample(NAMES[:3], 3))
        drawn: dict[str, dict[str, Any]] = {
            "benefit": {i: fraction(source, 100, 1000) for i in order},
            "cost": {i: fraction(source, 10, 300) for i in order},
            "dependence": {i: fraction(source, 100, 1200) for i in order},
            "kappa": {i: fraction(source, 100, 900) for i in order},
            "burden": {i: fraction(source, 0, 300) for i in order},
            "harm": {i: fraction(source, 0, 200) for i in order},
            "weight": {i: source.choice((1, 1, 2)) for i in order},
        }
        common = {
            "loss": fraction(source, 50, 1500),
            "threshold": source.choice((1, 2, 2, 3)),
            "sigma": source.choice((ZERO, fraction(source, 1, 999))),
            "tick": Fraction(1, 10**4 + 7),
        }
        values: Values = dict(common)
        for name, entries in drawn.items():
            values |= by_member(name, entries)
        solution = solved(among("sequential", order), values, "all")
        (payoffs,) = {tuple(e.payoffs.items()) for e in solution.equilibria}
        assert dict(payoffs) == in_turn_brute_force(order, drawn, common)
        seen |= set(solution.regimes)
    assert seen >= {"resisted", "uniform control", "divide"}


def test_the_order_of_approach_is_the_list_of_the_file() -> None:
    """At the file's values China's payoff depends on whom it approaches first."""
    orders = list(itertools.permutations(NAMES[:4]))[::5]
    found = {
        order: china(solved(among("sequential", order), {"loss": "0.35"}, "all"))
        for order in orders
    }
    assert len(set(found.values())) > 1


@pytest.mark.parametrize(
    ("n", "threshold", "ratio", "forbidden", "at_once", "one_by_one"),
    [
        (4, 3, "1/2", None, None, None),
        (4, 3, "3/2", None, None, 0),
        (4, 3, "5/2", None, 2, 0),
        (4, 3, "9/2", 4, 2, 0),
        pytest.param(6, 4, "7/2", None, 3, 0, marks=pytest.mark.slow),
    ],
)
def test_three_ways_of_exclusion_side_by_side(
    n: int,
    threshold: int,
    ratio: str,
    forbidden: int | None,
    at_once: int | None,
    one_by_one: int | None,
) -> None:
    """Cost in prices without discrimination, with it, and in turn; None: not worth it."""
    loss, price, tick = Fraction(ratio), 1 + STEP, Fraction(1, 10**6)
    for discriminate, cost in ((0, forbidden), (1, at_once)):
        values = equal(Fraction(1), price, Fraction(1), loss, threshold)
        solution = solved(among("members", NAMES[:n]), values | {"discriminate": discriminate})
        assert china(solution) == (ZERO if cost is None else loss - cost * price)
    sequence = solved(among("sequential", NAMES[:n]), in_turn(loss, threshold, tick))
    expected = ZERO if one_by_one is None else loss - one_by_one
    assert expected - n * tick <= china(sequence) <= expected


# -- M1b: unequal members -------------------------------------------------------------------------


def knapsack(
    prices: Mapping[str, Fraction],
    stakes: Mapping[str, Fraction],
    weights: Mapping[str, int],
    threshold: int,
    affordable: set[str],
) -> dict[frozenset[str], Fraction]:
    """The cost of every affordable set whose absence leaves the eager short of the threshold."""
    found = {}
    for size in range(len(prices) + 1):
        for bought in itertools.combinations(prices, size):
            eager = [i for i in prices if i not in bought and stakes[i] > 0]
            if set(bought) <= affordable and sum(weights[i] for i in eager) < threshold:
                found[frozenset(bought)] = sum((prices[i] for i in bought), ZERO)
    return found


@pytest.mark.parametrize(
    ("n", "count", "bought"),
    [(3, 10, {0, 1, 2}), pytest.param(4, 15, {0, 1, 2, 3}, marks=pytest.mark.slow)],
)
def test_the_cheapest_blocking_set_is_bought(n: int, count: int, bought: set[int]) -> None:
    """Approvals one step above stake / dependence; whom that does not suffice for is no target."""
    model, sizes = among("members", NAMES[:n]), set()
    for source in draws(1, count):
        names = NAMES[:n]
        stakes = {i: fraction(source, -100, 900) or STEP for i in names}
        dependence = {i: fraction(source, 150, 1500) for i in names}
        burden = {i: fraction(source, 1, 1000) for i in names}
        kappa = {i: fraction(source, 0, 800) for i in names}
        weights = {i: source.choice((1, 1, 2)) for i in names}
        threshold = source.randint(2, 5)
        least = {i: stakes[i] / dependence[i] for i in names}
        approval = {i: min(Fraction(1), max(STEP, least[i] + STEP)) for i in names}
        prices = {i: (kappa[i] * dependence[i] + burden[i]) * approval[i] for i in names}
        affordable = {i for i in names if approval[i] > least[i]}
        costs = knapsack(prices, stakes, weights, threshold, affordable)
        values = {"threshold": threshold, "harm": 0, "cost": Fraction(1, 5)}
        tables: dict[str, Mapping[str, Any]] = {
            "benefit": {i: stakes[i] + Fraction(1, 5) for i in names},
            "dependence": dependence,
            "burden": burden,
            "kappa": kappa,
            "weight": weights,
            "approval": approval,
        }
        for name, drawn in tables.items():
            values |= by_member(name, drawn)
        least_cost = min(costs.values(), default=None)
        around = [] if least_cost is None else [least_cost + d * STEP for d in (0, 1)]
        for loss in [fraction(source, 1, 1500), *around]:
            solution = solved(model, values | {"loss": loss})
            if least_cost is None or least_cost > loss:
                assert china(solution) == 0
                assert set(solution.regimes) == {"resisted"}
                continue
            assert china(solution) == loss - least_cost
            best = {chosen for chosen, cost in costs.items() if cost == least_cost}
            if least_cost < loss:
                assert exempted(solution) == best
                sizes |= {len(chosen) for chosen in best}
            else:
                assert exempted(solution) >= best
    assert sizes >= bought


@fast_and_slow(5, 8)
def test_the_most_dependent_and_least_hawkish_is_the_target(count: int) -> None:
    """Equal cost of full approval: the cheapest is the one with the least stake / dependence."""
    model, names = among("members", NAMES[:4]), NAMES[:4]
    values = {"harm": 0, "kappa": 0, "burden": Fraction(1, 2), "threshold": 4, "loss": 1}
    for source in draws(2, count):
        stakes = {i: fraction(source, 50, 500) for i in names}
        dependence = {i: fraction(source, 501, 1500) for i in names}
        rates = {i: stakes[i] / dependence[i] for i in names}
        if len(set(rates.values())) < 4:
            continue
        setting = {
            **by_member("benefit", {i: stakes[i] + Fraction(3, 10) for i in names}),
            **by_member("dependence", dependence),
            **by_member("approval", {i: rates[i] * (1 + STEP) for i in names}),
        }
        assert exempted(solved(model, values | setting)) == {
            frozenset([min(names, key=lambda i: rates[i])])
        }


# -- M1d: harm from those left out ----------------------------------------------------------------


@pytest.mark.parametrize(
    "threshold", [3, *(pytest.param(t, marks=pytest.mark.slow) for t in (2, 4))]
)
def test_divide_or_exempt_everybody(threshold: int) -> None:
    """Four equal importers on a grid through H = price, L = r price + (T - 1) H, L = 4 prices.

    H < price: exempt exactly r. H > price: exempt all. At H = price every size from r on is best,
    so there the claim that a partial exemption is never optimal holds weakly only.
    """
    names, price = NAMES[:4], Fraction(3, 10)
    model, r = among("members", names), 5 - threshold
    for harm in (ZERO, price - STEP, price, price + STEP):
        partial, total = r * price + (threshold - 1) * harm, 4 * price
        for loss in losses({min(partial, total)}, few=False):
            values = equal(price - STEP, price, Fraction(1), loss, threshold) | {"harm": harm}
            solution = solved(model, values)
            wanted: set[int] = set()
            if harm <= price and loss >= partial:
                wanted.add(r)
            if harm == price and loss >= partial:
                wanted |= set(range(r, 5))
            if harm >= price and loss >= total:
                wanted.add(4)
            found = {members for members in exempted(solution) if members}
            assert found == {frozenset(s) for m in wanted for s in itertools.combinations(names, m)}
            assert ("resisted" in solution.regimes) == (loss <= min(partial, total))
            assert china(solution) == max(ZERO, loss - min(partial, total))


# -- one voice ------------------------------------------------------------------------------------


def test_one_voice_raises_the_cost_from_two_stakes_to_three() -> None:
    """Four equal importers, T = 3: two of any four, or the whole union."""
    model, stake, kappa = among("members", NAMES[:4]), Fraction(4, 5), Fraction(5, 4)
    price = kappa * (stake + STEP)
    union = frozenset(NAMES[1:4])
    for voices, bought in ((0, 2), (1, 3)):
        for loss in losses([2 * price, 3 * price], few=False):
            values = equal(stake, stake + STEP, kappa, loss, 3) | {"one_voice": voices}
            solution = solved(model, values)
            assert china(solution) == max(ZERO, loss - bought * price)
            assert ("resisted" in solution.regimes) == (loss <= bought * price)
            if voices and loss > bought * price:
                assert exempted(solution) == {union}


def test_what_holds_the_coalition_with_and_without_one_voice() -> None:
    """The US alone never suffices at T = 3; with one voice it is no part of what suffices."""
    model, names = among("members", NAMES[:4]), NAMES[:4]
    values = equal(Fraction(1), 1 + STEP, Fraction(1), Fraction(9), 3)
    subsets = [frozenset(s) for m in range(5) for s in itertools.combinations(names, m)]
    for voices in (0, 1):
        holding = {
            chosen
            for chosen in subsets
            if solved(model, values | {"one_voice": voices}, fix={"exempt": chosen}).regime
            != "resisted"
        }
        if voices:
            assert holding == {s for s in subsets if s >= set(names[1:])}
        else:
            assert holding == {s for s in subsets if len(s) >= 2}


def test_one_voice_is_one_importer_of_the_union_s_weight_and_stake() -> None:
    """China's payoff and the union's total as in the flagship with the members added up."""
    members, pair = load("divide-and-exempt-members"), load("divide-and-exempt")
    for source in draws(3, 12):
        names = NAMES[:4]
        stakes = {i: fraction(source, 50, 600) for i in names}
        licence = {i: stakes[i] + STEP for i in names}
        kappa, harm = fraction(source, 100, 900), fraction(source, 0, 300)
        common = {"cost": 0, "approval": 1, "kappa": kappa, "loss": fraction(source, 1, 2000)}
        common |= {"threshold": source.choice((3, 4)), "harm": 0, "harm[US]": harm}
        apart = {**common, **by_member("benefit", stakes), **by_member("dependence", licence)}
        whole = {**common, "weight[EU]": 3}
        for name, values in (("benefit", stakes), ("dependence", licence)):
            total = sum(values[i] for i in names[1:])
            whole |= {f"{name}[US]": values["US"], f"{name}[EU]": total}
        union, eu = solved(members, apart | {"one_voice": 1}), solved(pair, whole)
        assert china(union) == china(eu)
        totals = {sum(e.payoffs[i] for i in names[1:]) for e in union.equilibria}
        assert totals == {e.payoffs["EU"] for e in eu.equilibria}


def test_one_voice_can_help_china() -> None:
    """Where cost follows volume, a large licence to one member holds a union that shares.

    The rise from two stakes to three is no general law: here the stake is .2 for each, Germany's
    licence .65 at a price of .325, the others' .2125 at .425 each.
    """
    values = {
        "benefit": "0.3",
        "cost": "0.1",
        "kappa": 0,
        "burden": "0.5",
        "harm": 0,
        "loss": 1,
        "dependence": "0.25",
        "dependence[DE]": 1,
        "approval": "0.85",
        "approval[DE]": "0.65",
    }
    apart, together = (
        solved(load("divide-and-exempt-members"), values | {"one_voice": v}) for v in (0, 1)
    )
    assert china(apart) == 1 - Fraction("0.325") - Fraction("0.425")
    assert china(together) == 1 - Fraction("0.325")
    assert exempted(together) == {frozenset(["DE"])}


# -- M1e: terms of licences and publicness --------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3])
def test_unconditional_licences_change_no_ones_choice(n: int) -> None:
    """Without relief, whoever holds an unconditional licence answers as without one."""
    names = ("US", "EU", "JP")[:n]
    model = among("conditional", names)
    for source in draws(4, 6):
        values = {"relief": 0, "threshold": source.randint(1, n), "loss": 1}
        for name, low, high in (("benefit", 100, 900), ("dependence", 100, 1500)):
            values |= by_member(name, {i: fraction(source, low, high) for i in names})
        for select in ("all", "coalition-proof"):
            bare = solved(model, values, select, fix={"exempt": []})
            for chosen in ([names[0]], list(names)):
                fix = {"exempt": chosen, "unconditional": chosen}
                assert joiners(solved(model, values, select, fix=fix)) == joiners(bare)
        costly = solved(model, values | {"harm": 0})
        assert {e.outcomes[0].moves.get("unconditional", "none") for e in costly.equilibria} <= {
            "none",
            "all conditional",
        }


def test_relief_deters_exactly_above_stake_over_benefit() -> None:
    """Full approval on unconditional terms: relief below, at and above stake / benefit."""
    model = load("divide-and-exempt-conditional")
    fix = {"exempt": "US only", "unconditional": "US unconditional"}
    for source in draws(5, 12):
        cost, stake = fraction(source, 20, 500), fraction(source, 20, 900)
        values = {"cost": cost, "benefit": stake + cost, "approval": 1, "threshold": 2}
        bound = stake / (stake + cost)
        both, none = ("US", "EU"), ()
        for side, who in ((-1, {both}), (0, {both, none}), (1, {none})):
            values["relief"] = min(Fraction(1), bound + side * STEP)
            assert joiners(solved(model, values, fix=fix)) == who


@fast_and_slow(40, 80)
def test_terms_are_the_cheapest_that_hold(count: int) -> None:
    """Conditions hold if p D > s, unconditional supply if relief p > s / V; one of two suffices."""
    model, names = load("divide-and-exempt-conditional"), ("US", "EU")
    seen = set()
    for source in draws(6, count):
        drawn = {
            "cost": {i: fraction(source, 50, 400) for i in names},
            "benefit": {i: fraction(source, 450, 1200) for i in names},
            "dependence": {i: fraction(source, 100, 1500) for i in names},
            "approval": {i: fraction(source, 100, 1000) for i in names},
            "relief": {i: fraction(source, 0, 1000) for i in names},
            "kappa": {i: fraction(source, 100, 800) for i in names},
            "burden": {i: fraction(source, 0, 300) for i in names},
            "verification": {i: fraction(source, 1, 100) for i in names},
            "harm": {i: fraction(source, 0, 400) for i in names},
        }
        loss, discriminate = fraction(source, 100, 2000), source.choice((0, 1))
        values: Values = {"loss": loss, "threshold": 2, "discriminate": discriminate}
        for name, entries in drawn.items():
            values |= by_member(name, entries)
        worth = {
            (chosen, free): china_with_terms(drawn, chosen, free, loss)
            for chosen in map(frozenset, ((), ("US",), ("EU",), names))
            for free in map(frozenset, ((), ("US",), ("EU",), names))
            if free <= chosen and (discriminate or (len(chosen) in (0, 2) and len(free) in (0, 2)))
        }
        solution = solved(model, values)
        best = max(worth.values())
        assert china(solution) == best
        assert {terms(e.outcomes[0].moves) for e in solution.equilibria} == {
            pair for pair, value in worth.items() if value == best
        }
        seen |= set(solution.regimes)
    assert seen == {"resisted", "conditional licences", "unconditional licences", "mixed terms"}


SUBSETS = {
    "uniform control": (),
    "US only": ("US",),
    "EU only": ("EU",),
    "uniform exemption": ("US", "EU"),
    "all conditional": (),
    "US unconditional": ("US",),
    "EU unconditional": ("EU",),
    "all unconditional": ("US", "EU"),
    "all in part": (),
    "US in full": ("US",),
    "EU in full": ("EU",),
    "all in full": ("US", "EU"),
}


def terms(moves: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Who is exempted, and who of them unconditionally or in full."""
    second = moves.get("unconditional", moves.get("in_full", "all conditional"))
    return frozenset(SUBSETS[moves["exempt"]]), frozenset(SUBSETS[second])


def china_with_terms(
    drawn: Mapping[str, Mapping[str, Fraction]],
    chosen: frozenset[str],
    free: frozenset[str],
    loss: Fraction,
) -> Fraction:
    """China's payoff where both importers are needed and coordinate."""

    def holds(i: str) -> bool:
        stake = drawn["benefit"][i] - drawn["cost"][i]
        if i in free:
            return drawn["relief"][i] * drawn["approval"][i] > stake / drawn["benefit"][i]
        return drawn["approval"][i] * drawn["dependence"][i] > stake

    fails = any(holds(i) for i in chosen)
    price = {
        i: (drawn["kappa"][i] * drawn["dependence"][i] + drawn["burden"][i]) * drawn["approval"][i]
        for i in chosen
    }
    paid = sum((price[i] for i in chosen if fails or i in free), ZERO)
    paid += sum((drawn["verification"][i] for i in chosen - free), ZERO)
    if chosen:
        paid += sum((drawn["harm"][i] for i in {"US", "EU"} - chosen), ZERO)
    return (loss if fails else ZERO) - paid


@pytest.mark.parametrize(
    ("name", "importers", "threshold"),
    [
        ("conditional", ("US", "EU"), 1),
        ("conditional", ("US", "EU", "JP"), 2),
        ("members", NAMES[:4], 1),
        ("members", NAMES[:4], 2),
        ("members", NAMES[:4], 3),
        ("members", NAMES[:5], 3),
    ],
)
def test_public_benefit_and_the_size_of_the_coalition(
    name: str, importers: tuple[str, ...], threshold: int
) -> None:
    """(1 - sigma) V < c: exactly T join, in each way; above: all; at equality either."""
    n, model = len(importers), among(name, importers)
    stake, cost = Fraction(3, 5), Fraction(1, 5)
    bound = stake / (stake + cost)
    values = {"benefit": stake + cost, "cost": cost, "threshold": threshold}
    for side, sizes in ((-1, {n}), (0, {*range(threshold, n + 1)}), (1, {threshold})):
        found = joiners(solved(model, values | {"sigma": bound + side * STEP}, fix={"exempt": []}))
        assert found == {s for m in sizes for s in itertools.combinations(importers, m)}


@pytest.mark.parametrize(
    "threshold", [2, *(pytest.param(t, marks=pytest.mark.slow) for t in (1, 3, 4))]
)
def test_public_benefit_leaves_the_cost_of_exclusion(threshold: int) -> None:
    """r licences at x = s + step, whatever sigma; four importers."""
    model, price = among("members", NAMES[:4]), Fraction(1, 2) + STEP
    cost = (5 - threshold) * price
    for sigma in (ZERO, Fraction(3, 10), Fraction(4, 5), Fraction(1)):
        for loss in (cost - STEP, cost + STEP):
            values = equal(Fraction(1, 2), price, Fraction(1), loss, threshold) | {"sigma": sigma}
            assert china(solved(model, values)) == max(ZERO, loss - cost)


# -- private stakes -------------------------------------------------------------------------------

TYPES = ("low", "high")
PLANS = ((False, False), (False, True), (True, False), (True, True))
"""Whether an importer joins at a low and at a high stake."""


def bayesian_brute_force(
    drawn: Mapping[str, Mapping[str, Any]], common: Mapping[str, Any], proof: bool
) -> set[tuple[Any, ...]]:
    """All pure outcomes of the game with private stakes: (exempt, in full, plans, payoffs)."""
    names = ("US", "EU")
    sets = [frozenset(s) for m in range(3) for s in itertools.combinations(names, m)]
    free = common["discriminate"] == 1
    continuations = {
        (chosen, full): responses(drawn, common, chosen, full, proof)
        for chosen in sets
        for full in sets
        if full <= chosen and (free or (len(chosen) in (0, 2) and len(full) in (0, 2)))
    }
    if not all(continuations.values()):
        return set()
    floor = max(min(payoffs[0] for _, payoffs in found) for found in continuations.values())
    return {
        (*choice, plans, payoffs)
        for choice, found in continuations.items()
        for plans, payoffs in found
        if payoffs[0] >= floor
    }


def responses(
    drawn: Mapping[str, Mapping[str, Any]],
    common: Mapping[str, Any],
    chosen: frozenset[str],
    full: frozenset[str],
    proof: bool,
) -> list[tuple[Plans, tuple[Fraction, ...]]]:
    """The pure Bayesian equilibria after a choice of China, with expected payoffs."""
    table = {
        plans: bayesian_payoffs(drawn, common, chosen, full, plans)
        for plans in itertools.product(PLANS, PLANS)
    }
    stable = [
        (plans, payoffs)
        for plans, payoffs in table.items()
        if all(payoffs[1] >= table[other, plans[1]][1] for other in PLANS)
        and all(payoffs[2] >= table[plans[0], other][2] for other in PLANS)
    ]
    if not proof:
        return stable
    return [
        (plans, payoffs)
        for plans, payoffs in stable
        if not any(q[1] > payoffs[1] and q[2] > payoffs[2] for _, q in stable)
    ]


def bayesian_payoffs(
    drawn: Mapping[str, Mapping[str, Any]],
    common: Mapping[str, Any],
    chosen: frozenset[str],
    full: frozenset[str],
    plans: Plans,
) -> tuple[Fraction, ...]:
    names = ("US", "EU")
    rate = {
        i: drawn["approval"][i] * (1 if i in full else common["part"]) if i in chosen else ZERO
        for i in names
    }
    total = [ZERO, ZERO, ZERO]
    for kinds in itertools.product((0, 1), repeat=2):
        chance = Fraction(1)
        for i, kind in zip(names, kinds, strict=True):
            chance *= drawn["likely_low"][i] if kind == 0 else 1 - drawn["likely_low"][i]
        joins = {i: plans[k][kinds[k]] for k, i in enumerate(names)}
        success = sum(drawn["weight"][i] for i in names if joins[i]) >= common["threshold"]
        gains = [ZERO if success else common["loss"]]
        if chosen:
            gains[0] -= sum((drawn["harm"][i] for i in names if i not in chosen), ZERO)
        for i, kind in zip(names, kinds, strict=True):
            worth = drawn["benefit_low" if kind == 0 else "benefit_high"][i] if success else ZERO
            if joins[i]:
                gains.append(worth - drawn["cost"][i])
            else:
                gains.append(rate[i] * drawn["dependence"][i] + common["sigma"] * worth)
                gains[0] -= (
                    drawn["kappa"][i] * drawn["dependence"][i] + drawn["burden"][i]
                ) * rate[i]
        total = [t + chance * gain for t, gain in zip(total, gains, strict=True)]
    return tuple(total)


def outcome_of(equilibrium: Any) -> tuple[Any, ...]:
    """An equilibrium in the spelling of the brute force."""
    plan: dict[tuple[str, str], bool] = {}
    for outcome in equilibrium.outcomes:
        for i in ("US", "EU"):
            plan[i, outcome.moves[f"stake[{i}]"]] = outcome.moves[f"joins[{i}]"] == "join"
    plans = tuple(tuple(plan[i, kind] for kind in TYPES) for i in ("US", "EU"))
    return (*terms(equilibrium.outcomes[0].moves), plans, tuple(equilibrium.payoffs.values()))


@fast_and_slow(8, 15)
def test_private_stakes_against_brute_force(count: int) -> None:
    """Random points, both selections: the same pure outcomes, plans by type and payoffs."""
    model, names, seen = load("divide-and-exempt-types"), ("US", "EU"), set()
    for source in draws(7, count):
        low = {i: fraction(source, 0, 600) for i in names}
        drawn: dict[str, dict[str, Any]] = {
            "benefit_low": low,
            "benefit_high": {i: low[i] + fraction(source, 1, 900) for i in names},
            "cost": {i: fraction(source, 10, 300) for i in names},
            "dependence": {i: fraction(source, 100, 1500) for i in names},
            "approval": {i: fraction(source, 100, 1000) for i in names},
            "likely_low": {i: fraction(source, 50, 950) for i in names},
            "kappa": {i: fraction(source, 50, 800) for i in names},
            "burden": {i: fraction(source, 0, 300) for i in names},
            "harm": {i: fraction(source, 0, 200) for i in names},
            "weight": {i: source.choice((1, 1, 1, 2)) for i in names},
        }
        common = {
            "part": fraction(source, 100, 900),
            "loss": fraction(source, 50, 1200),
            "sigma": source.choice((ZERO, ZERO, fraction(source, 0, 1000))),
            "threshold": source.choice((1, 2, 2, 2)),
            "discriminate": source.choice((0, 1, 1)),
        }
        values: Values = dict(common)
        for name, entries in drawn.items():
            values |= by_member(name, entries)
        for select in ("all", "coalition-proof"):
            solution = solved(model, values, select)
            expected = bayesian_brute_force(drawn, common, proof=select != "all")
            assert {outcome_of(e) for e in solution.equilibria} == expected
            seen |= set(solution.regimes)
    assert seen >= {"resisted", "screening", "uniform control", "divide"}


def test_a_part_licence_screens() -> None:
    """At the file's values the low stake takes the part licence and the high one joins."""
    solution = solved(load("divide-and-exempt-types"), {})
    (equilibrium,) = solution.equilibria
    chosen, full, plans, _ = outcome_of(equilibrium)
    assert (chosen, full) == ({"US"}, frozenset())
    assert plans == ((False, True), (True, True))
    assert equilibrium.regime == "screening"


@fast_and_slow(8, 12)
def test_certain_stakes_are_the_flagship(count: int) -> None:
    """Where both types have the same benefit and licences are full, the flagship's answer."""
    types, pair = load("divide-and-exempt-types"), load("divide-and-exempt")
    for source in draws(8, count):
        values: Values = {"loss": fraction(source, 50, 1500), "cost": Fraction(1, 10)}
        benefit = {i: fraction(source, 150, 900) for i in ("US", "EU")}
        private = by_member("benefit_low", benefit) | by_member("benefit_high", benefit)
        here = solved(types, values | private | {"part": 1})
        there = solved(pair, values | by_member("benefit", benefit))
        assert {e.payoffs["China"] for e in here.equilibria} == {
            e.payoffs["China"] for e in there.equilibria
        }
