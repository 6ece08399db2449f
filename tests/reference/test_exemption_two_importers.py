"""The flagship with two importers against the closed forms of divide-and-exempt.

The solver is asked through ``load``, ``at`` and ``solve`` alone; every formula stands in this file.
Notation: stake s = V - c, dependence D, approval p, licence x = p D, price of a licence
kappa D p + k p, threshold T, loss L, harm H from the one left out, publicness sigma.

Tie rule. Where an importer is exactly indifferent (x = s) or China is (L equal to a cost, two costs
equal), the answers of both sides are equilibria and both must be reported. So grids pass exactly
through each boundary and one step beside it. At x = s "coalition-proof,preferred:China" gives the
closed form and "coalition-proof,worst:China" the coalition (each subgame may resolve the tie in its
own way, so there are outcomes between); at x = s + step "coalition-proof" alone gives the form.

Where the coalition succeeds the literature's "uniform control" is the regime "resisted" here;
"uniform control" is the label of no exemption without a coalition.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

from negotiation import Model, Solution, load, solve

NAME = "divide-and-exempt"
IMPORTERS = ("US", "EU")
STEP = Fraction(1, 1000)
PAIRS = {
    "uniform control": (),
    "US only": ("US",),
    "EU only": ("EU",),
    "uniform exemption": ("US", "EU"),
}
REGIME = {
    "uniform control": "resisted",
    "US only": "divide",
    "EU only": "divide",
    "uniform exemption": "uniform exemption",
}
Values = dict[str, Any]


@functools.cache
def model() -> Model:
    return load(NAME)


def solved(
    values: Mapping[str, Any], select: str = "coalition-proof", fix: Mapping[str, str] | None = None
) -> Solution:
    solution = solve(model().at(values, fix=fix), "pure-subgame-perfect", select=select)
    assert solution.complete
    assert solution.equilibria, solution.message
    return solution


def china(solution: Solution) -> Fraction:
    """China's payoff, the same at all equilibria of the solution."""
    (value,) = {equilibrium.payoffs["China"] for equilibrium in solution.equilibria}
    return value


def exempted(solution: Solution) -> set[str]:
    return {e.outcomes[0].moves["exempt"] for e in solution.equilibria}


def joiners(solution: Solution) -> set[tuple[str, ...]]:
    """Who joins, for each equilibrium."""
    return {
        tuple(i for i in IMPORTERS if e.outcomes[0].moves[f"joins[{i}]"] == "join")
        for e in solution.equilibria
    }


def by_member(name: str, values: Mapping[str, Fraction]) -> Values:
    return {f"{name}[{i}]": values[i] for i in values}


def homogeneous(stake: Fraction, licence: Fraction, kappa: Fraction, loss: Fraction) -> Values:
    """Equal importers, no harm; the licence is part of a dependence twice as large."""
    cost = stake / 2
    return {
        "benefit": stake + cost,
        "cost": cost,
        "dependence": 2 * licence,
        "approval": Fraction(1, 2),
        "kappa": kappa,
        "burden": 0,
        "harm": 0,
        "loss": loss,
        "threshold": 2,
    }


def weighed(loss: Fraction, cost: Fraction, label: str) -> set[str]:
    """The regimes if `label` costs China `cost` and otherwise the coalition succeeds."""
    if loss == cost:
        return {label, "resisted"}
    return {label} if loss > cost else {"resisted"}


def fast_and_slow(few: int, many: int) -> pytest.MarkDecorator:
    """Parametrise the number of draws: a few in the fast tests, many in the slow ones."""
    return pytest.mark.parametrize("count", [few, pytest.param(many, marks=pytest.mark.slow)])


def draws(seed: int, count: int) -> Iterator[random.Random]:
    for k in range(count):
        yield random.Random(1000 * seed + k)


def fraction(source: random.Random, low: int, high: int, denominator: int = 1000) -> Fraction:
    return Fraction(source.randint(low, high), denominator)


# -- M1a: equal importers, threshold 2 ------------------------------------------------------------


def losses(source: random.Random, price: Fraction) -> list[Fraction]:
    """Below, at and above both exclusion costs, price and twice the price, and one at random."""
    around = [k * price + d * STEP for k in (1, 2) for d in (-1, 0, 1)]
    return [loss for loss in around if loss >= 0] + [fraction(source, 1, 3000) * price]


@fast_and_slow(10, 20)
def test_china_preferred_equilibrium_excludes_at_no_cost(count: int) -> None:
    """Importers who fail to coordinate need no exemption, whatever the licence is worth."""
    for source in draws(1, count):
        stake, kappa, loss = (fraction(source, 50, 1500) for _ in range(3))
        for licence in (stake / 2, stake, stake + STEP, 3 * stake):
            solution = solved(homogeneous(stake, licence, kappa, loss), "preferred:China")
            assert china(solution) == loss
            assert solution.regimes == ("uniform control",)


@pytest.mark.parametrize(
    ("discriminate", "bought", "label"), [(0, 2, "uniform exemption"), (1, 1, "divide")]
)
@fast_and_slow(6, 10)
def test_coordinating_importers_are_bought(
    discriminate: int, bought: int, label: str, count: int
) -> None:
    """n importers without discrimination, n - T + 1 with it; x = s + step."""
    for source in draws(2, count):
        stake, kappa = fraction(source, 50, 1500), fraction(source, 100, 1500)
        licence = stake + STEP
        for loss in losses(source, kappa * licence):
            values = homogeneous(stake, licence, kappa, loss) | {"discriminate": discriminate}
            solution = solved(values)
            assert china(solution) == max(Fraction(0), loss - bought * kappa * licence)
            assert set(solution.regimes) == weighed(loss, bought * kappa * licence, label)


@pytest.mark.parametrize(
    ("discriminate", "bought", "label"), [(0, 2, "uniform exemption"), (1, 1, "divide")]
)
@fast_and_slow(3, 5)
def test_at_the_stake_itself_both_answers_are_equilibria(
    discriminate: int, bought: int, label: str, count: int
) -> None:
    """At x = s China's best equilibrium has the closed form, its worst is the coalition."""
    for source in draws(3, count):
        stake, kappa = fraction(source, 50, 1500), fraction(source, 100, 1500)
        for loss in losses(source, kappa * stake):
            values = homogeneous(stake, stake, kappa, loss) | {"discriminate": discriminate}
            best = solved(values, "coalition-proof,preferred:China")
            worst = solved(values, "coalition-proof,worst:China")
            assert china(best) == max(Fraction(0), loss - bought * kappa * stake)
            assert set(best.regimes) == weighed(loss, bought * kappa * stake, label)
            assert china(worst) == 0
            assert "resisted" in worst.regimes
        below = homogeneous(stake, stake - STEP, kappa, 9 * kappa * stake)
        assert solved(below | {"discriminate": discriminate}).regimes == ("resisted",)


def test_value_of_being_allowed_to_discriminate() -> None:
    """kappa s (T - 1) where l >= n, L - r kappa s where r <= l < n, nothing below; x = s + step."""
    for source in draws(4, 6):
        stake, kappa = fraction(source, 50, 1500), fraction(source, 100, 1500)
        price = kappa * (stake + STEP)
        for loss in losses(source, price):
            values = homogeneous(stake, stake + STEP, kappa, loss)
            with_it, without = (china(solved(values | {"discriminate": d})) for d in (1, 0))
            worth = price if loss >= 2 * price else max(Fraction(0), loss - price)
            assert with_it - without == worth


@fast_and_slow(2, 4)
def test_a_threshold_of_one_needs_everybody_held(count: int) -> None:
    """T = 1: r = 2, discrimination is worth nothing, and not even mis-coordination excludes.

    The row "China-preferred, cost 0, always" of M1a holds for T >= 2 only.
    """
    for source in draws(5, count):
        stake, kappa = fraction(source, 50, 1500), fraction(source, 100, 1500)
        price = kappa * (stake + STEP)
        for loss in losses(source, price):
            values = homogeneous(stake, stake + STEP, kappa, loss) | {"threshold": 1}
            for discriminate, select in itertools.product(
                (0, 1), ("coalition-proof", "preferred:China")
            ):
                solution = solved(values | {"discriminate": discriminate}, select)
                assert china(solution) == max(Fraction(0), loss - 2 * price)
                assert set(solution.regimes) == weighed(loss, 2 * price, "uniform exemption")


# -- M1b: unequal importers, approval as the instrument -------------------------------------------


def cheapest(
    prices: Mapping[str, Fraction],
    stakes: Mapping[str, Fraction],
    weights: Mapping[str, int],
    threshold: int,
    affordable: set[str],
) -> Fraction | None:
    """The knapsack: least cost of a set whose absence leaves the eager short of the threshold."""
    costs = [
        sum((prices[i] for i in bought), Fraction(0))
        for bought in PAIRS.values()
        if set(bought) <= affordable
        and sum(weights[i] for i in IMPORTERS if i not in bought and stakes[i] > 0) < threshold
    ]
    return min(costs, default=None)


def unequal(source: random.Random) -> tuple[Values, dict[str, dict[str, Any]]]:
    """Draw unequal importers; some have no stake, some cannot be held at any approval."""
    drawn: dict[str, dict[str, Any]] = {
        "cost": {i: fraction(source, 50, 500) for i in IMPORTERS},
        "stakes": {i: fraction(source, -200, 900) or STEP for i in IMPORTERS},
        "dependence": {i: fraction(source, 100, 1500) for i in IMPORTERS},
        "kappa": {i: fraction(source, 0, 1000) for i in IMPORTERS},
        "burden": {i: fraction(source, 1, 1000) for i in IMPORTERS},
        "weights": {i: source.choice((1, 1, 1, 2, 3)) for i in IMPORTERS},
    }
    drawn["benefit"] = {
        i: max(Fraction(0), drawn["stakes"][i] + drawn["cost"][i]) for i in IMPORTERS
    }
    drawn["stakes"] = {i: drawn["benefit"][i] - drawn["cost"][i] for i in IMPORTERS}
    values: Values = {"harm": 0, "threshold": source.choice((1, 2, 2, 2, 3, 4))}
    for name in ("cost", "benefit", "dependence", "kappa", "burden"):
        values |= by_member(name, drawn[name])
    values |= by_member("weight", drawn["weights"])
    return values, drawn


@fast_and_slow(30, 80)
def test_the_cheapest_blocking_set_is_bought(count: int) -> None:
    """Approvals one step above p* = s / D: the knapsack over whom to neutralise."""
    regimes: list[str] = []
    for source in draws(6, count):
        values, drawn = unequal(source)
        least = {i: drawn["stakes"][i] / drawn["dependence"][i] for i in IMPORTERS}
        approval = {i: min(Fraction(1), max(STEP, least[i] + STEP)) for i in IMPORTERS}
        affordable = {i for i in IMPORTERS if approval[i] > least[i]}
        prices = {
            i: (drawn["kappa"][i] * drawn["dependence"][i] + drawn["burden"][i]) * approval[i]
            for i in IMPORTERS
        }
        cost = cheapest(prices, drawn["stakes"], drawn["weights"], values["threshold"], affordable)
        candidates = [fraction(source, 1, 1500)]
        if cost:
            candidates += [cost - STEP / 10**6, cost, cost + STEP / 10**6]
        for loss in candidates:
            solution = solved(values | by_member("approval", approval) | {"loss": loss})
            if cost is None or cost > loss:
                assert china(solution) == 0
                assert set(solution.regimes) == {"resisted"}
            else:
                assert china(solution) == loss - cost
                assert ("resisted" in solution.regimes) == (cost == loss)
            regimes += solution.regimes
    assert set(regimes) == {"resisted", "uniform control", "divide", "uniform exemption"}


@fast_and_slow(4, 6)
def test_the_least_approval_that_holds_is_stake_over_dependence(count: int) -> None:
    """Over a grid of both approvals China's best is p* (plus a step), at k s / D."""
    for source in draws(7, count):
        values, drawn = unequal(source)
        values |= by_member("kappa", dict.fromkeys(IMPORTERS, Fraction(0)))
        least = {i: drawn["stakes"][i] / drawn["dependence"][i] for i in IMPORTERS}
        grid = {
            i: sorted(
                p
                for p in {Fraction(0), least[i] - STEP, least[i], least[i] + STEP, Fraction(1)}
                if 0 <= p <= 1
            )
            for i in IMPORTERS
        }
        loss = fraction(source, 1, 1500)
        found = {}
        for us, eu in itertools.product(grid["US"], grid["EU"]):
            setting = {"approval[US]": us, "approval[EU]": eu, "loss": loss}
            found[us, eu] = china(solved(values | setting, "coalition-proof,preferred:China"))
        prices = {i: drawn["burden"][i] * least[i] for i in IMPORTERS}
        affordable = {i for i in IMPORTERS if 0 <= least[i] <= 1}
        cost = cheapest(prices, drawn["stakes"], drawn["weights"], values["threshold"], affordable)
        assert max(found.values()) == max(Fraction(0), loss - (loss if cost is None else cost))


@pytest.mark.parametrize("importer", IMPORTERS)
@fast_and_slow(6, 12)
def test_approval_one_step_below_at_and_above_the_price(importer: str, count: int) -> None:
    """The regime flips exactly at p* = s / D; the other importer cannot be held at all.

    At p* each subgame may resolve the importer's indifference in its own way.
    """
    (other,) = set(IMPORTERS) - {importer}
    for source in draws(8, count):
        dependence, kappa = fraction(source, 500, 1500), fraction(source, 100, 900)
        stake = dependence * fraction(source, 100, 900)
        least = stake / dependence
        values: Values = {
            "cost": fraction(source, 10, 300),
            "dependence": dependence,
            f"dependence[{other}]": stake / 2,
            "approval": 1,
            "kappa": kappa,
            "harm": 0,
            "loss": 2 * kappa * dependence,
        }
        values["benefit"] = values["cost"] + stake
        for side, best, worst in ((-1, 0, 0), (0, 1, 0), (1, 1, 1)):
            approval = least + side * STEP
            values[f"approval[{importer}]"] = approval
            for rule, held in (("preferred", best), ("worst", worst)):
                solution = solved(values, f"coalition-proof,{rule}:China")
                assert solution.regimes == (("divide",) if held else ("resisted",))
                if held:
                    assert exempted(solution) == {f"{importer} only"}
                    assert china(solution) == values["loss"] - kappa * dependence * approval


# -- M1d: harm from the one left out --------------------------------------------------------------


def with_harm(
    prices: Mapping[str, Fraction], harms: Mapping[str, Fraction], loss: Fraction
) -> Values:
    """Two importers who are both needed, held at a licence worth price (kappa = 1, x > s)."""
    licence = dict(prices)
    return {
        **by_member("dependence", {i: 2 * licence[i] for i in IMPORTERS}),
        **by_member("benefit", {i: licence[i] - STEP / 2 + Fraction(1, 10) for i in IMPORTERS}),
        **by_member("harm", harms),
        "approval": Fraction(1, 2),
        "cost": Fraction(1, 10),
        "kappa": 1,
        "loss": loss,
    }


def regions(
    prices: Mapping[str, Fraction], harms: Mapping[str, Fraction], loss: Fraction
) -> set[str]:
    """The closed regions of M1d for T = 2; on a boundary there are two or more."""
    a, b, harm_us, harm_eu = prices["US"], prices["EU"], harms["US"], harms["EU"]
    found = set()
    if harm_eu >= b and harm_us >= a and loss >= a + b:
        found.add("uniform exemption")
    if a - harm_us <= b - harm_eu and harm_eu <= b and loss >= a + harm_eu:
        found.add("US only")
    if a - harm_us >= b - harm_eu and harm_us <= a and loss >= b + harm_us:
        found.add("EU only")
    if loss <= min(a + b, a + harm_eu, b + harm_us):
        found.add("uniform control")
    return found


def check_regions(
    prices: Mapping[str, Fraction], harms: Mapping[str, Fraction], loss: Fraction
) -> set[str]:
    solution = solved(with_harm(prices, harms, loss))
    expected = regions(prices, harms, loss)
    assert exempted(solution) == expected
    assert set(solution.regimes) == {REGIME[label] for label in expected}
    least = min(prices["US"] + harms["EU"], prices["EU"] + harms["US"], prices["US"] + prices["EU"])
    assert china(solution) == max(Fraction(0), loss - least)
    return expected


@fast_and_slow(40, 150)
def test_regions_with_harm_at_random(count: int) -> None:
    seen: set[str] = set()
    for source in draws(9, count):
        prices = {i: fraction(source, 10, 600) for i in IMPORTERS}
        harms = {i: fraction(source, 0, 800) for i in IMPORTERS}
        seen |= check_regions(prices, harms, fraction(source, 0, 1500))
    assert seen == set(PAIRS)


def test_regions_with_harm_on_a_grid_through_the_boundaries() -> None:
    """Prices .2 and .3, harm and loss in steps of .1: every boundary is hit exactly."""
    tenth = Fraction(1, 10)
    prices = {"US": 2 * tenth, "EU": 3 * tenth}
    ties = 0
    for us, eu, loss in itertools.product(range(5), range(5), range(2, 7)):
        harms = {"US": us * tenth, "EU": eu * tenth}
        ties += len(check_regions(prices, harms, loss * tenth)) > 1
    assert ties > 30


@fast_and_slow(2, 5)
def test_equal_importers_with_harm_divide_or_exempt_everybody(count: int) -> None:
    """H < price: one importer iff L >= price + H. H > price: both iff L >= 2 prices."""
    for source in draws(10, count):
        price = fraction(source, 50, 600)
        for harm in (Fraction(0), price - STEP, price, price + STEP, 2 * price):
            for cost, side in itertools.product((price + harm, 2 * price), (-1, 0, 1)):
                loss = cost + side * STEP / 10
                solution = solved(
                    with_harm(dict.fromkeys(IMPORTERS, price), {"US": harm, "EU": harm}, loss)
                )
                labels = set()
                if harm <= price and loss >= price + harm:
                    labels.add("divide")
                if harm >= price and loss >= 2 * price:
                    labels.add("uniform exemption")
                if loss <= min(price + harm, 2 * price):
                    labels.add("resisted")
                assert set(solution.regimes) == labels


def test_harm_is_retaliation_of_the_anxious() -> None:
    """H = h if anxiety reaches the cost of striking alone, else 0; at equality it strikes."""
    prices = {"US": Fraction(1, 10), "EU": Fraction(2, 10)}
    values = with_harm(prices, {}, Fraction(1)) | {"retaliation": Fraction(1, 20)}
    for anxiety, harm in (("0.29", 0), ("0.3", Fraction(1, 20)), ("0.31", Fraction(1, 20))):
        solution = solved(values | {"anxiety": anxiety, "strike": "0.3"})
        assert china(solution) == 1 - prices["US"] - harm


# -- M1e: conditions, relief, public benefit ------------------------------------------------------


def response(values: Values, exempt: str, select: str = "all") -> set[tuple[str, ...]]:
    """Who joins after a given exemption."""
    return joiners(solved(values, select, fix={"exempt": exempt}))


@fast_and_slow(6, 15)
def test_unconditional_licences_change_no_ones_choice(count: int) -> None:
    """Without relief the set of equilibria among importers is as without an exemption."""
    for source in draws(11, count):
        values, _ = unequal(source)
        values |= {"approval": fraction(source, 1, 1000), "loss": 1, "unconditional": 1}
        for exempt in PAIRS:
            for select in ("all", "coalition-proof"):
                assert response(values, exempt, select) == response(
                    values, "uniform control", select
                )


def test_a_conditional_licence_does_change_it() -> None:
    values = homogeneous(Fraction(1, 2), Fraction(1), Fraction(1), Fraction(5))
    bound = response(values, "US only", "coalition-proof")
    free = response(values | {"unconditional": 1}, "US only", "coalition-proof")
    assert (bound, free) == ({()}, {("US", "EU")})


def test_china_never_pays_for_unconditional_licences_without_relief() -> None:
    for source in draws(12, 25):
        values, _ = unequal(source)
        values |= {"approval": fraction(source, 1, 1000), "loss": fraction(source, 1, 3000)}
        solution = solved(values | {"unconditional": 1})
        assert exempted(solution) == {"uniform control"}


def test_relief_deters_exactly_above_stake_over_benefit() -> None:
    """Full approval, unconditional: relief below, at and above s / V."""
    for source in draws(13, 12):
        cost, stake = fraction(source, 20, 500), fraction(source, 20, 900)
        values = homogeneous(stake, stake / 3, Fraction(1, 4), Fraction(3))
        values |= {"cost": cost, "benefit": stake + cost, "approval": 1, "unconditional": 1}
        bound = stake / (stake + cost)
        expected = {-1: {("US", "EU")}, 0: {("US", "EU"), ()}, 1: {()}}
        for side, who in expected.items():
            values["relief"] = min(Fraction(1), bound + side * STEP)
            assert response(values, "US only", "coalition-proof") == who
        assert solved(values).regimes == ("divide",)
        assert solved(values | {"relief": bound - STEP}).regimes == ("resisted",)


@fast_and_slow(15, 25)
def test_partly_unconditional_licences(count: int) -> None:
    """Held iff V (1 - psi u p) - c < (1 - u) p D; what is kept is paid for even by a coalition."""
    seen = set()
    for source in draws(16, count):
        values, drawn = unequal(source)
        kept, relief, rate = (fraction(source, 1, 999) for _ in range(3))
        values |= {"threshold": 2, "loss": fraction(source, 1, 1500), "approval": rate}
        values |= {"weight[US]": 1, "weight[EU]": 1, "harm": Fraction(1, 50)}
        values |= {"unconditional": kept, "relief": relief}
        for label, members in PAIRS.items():
            net = {
                i: drawn["benefit"][i] * (1 - (relief * kept * rate if i in members else 0))
                - drawn["cost"][i]
                for i in IMPORTERS
            }
            value = {i: rate * drawn["dependence"][i] if i in members else 0 for i in IMPORTERS}
            fails = any(net[i] < (1 - kept) * value[i] for i in IMPORTERS)
            left_out = Fraction(1, 50) * (2 - len(members)) if members else 0
            paid = sum(
                (drawn["kappa"][i] * drawn["dependence"][i] + drawn["burden"][i]) * rate
                for i in members
            )
            expected = {i: value[i] if fails else net[i] + kept * value[i] for i in IMPORTERS}
            expected["China"] = (values["loss"] - paid if fails else -paid * kept) - left_out
            (equilibrium,) = solved(values, fix={"exempt": label}).equilibria
            assert equilibrium.payoffs == expected
            seen.add((label, fails))
    assert len(seen) == 8


@pytest.mark.parametrize("threshold", [1, 2])
def test_public_benefit_and_the_size_of_the_coalition(threshold: int) -> None:
    """(1 - sigma) V < c: exactly T join, in each way; above: all; at equality both."""
    for source in draws(14, 12):
        cost, stake = fraction(source, 20, 500), fraction(source, 20, 900)
        values = homogeneous(stake, stake, Fraction(1), Fraction(1, 100))
        values |= {"cost": cost, "benefit": stake + cost, "threshold": threshold}
        bound = stake / (stake + cost)
        exact = set(itertools.combinations(IMPORTERS, threshold))
        expected = {-1: {IMPORTERS}, 0: exact | {IMPORTERS}, 1: exact}
        for side, who in expected.items():
            values["sigma"] = bound + side * STEP
            assert response(values, "uniform control", "coalition-proof") == who


@pytest.mark.parametrize("threshold", [1, 2])
@fast_and_slow(2, 4)
def test_public_benefit_leaves_the_cost_of_exclusion(threshold: int, count: int) -> None:
    """n - T + 1 licences at x = s + step, whatever sigma."""
    for source in draws(15, count):
        stake, kappa = fraction(source, 50, 900), fraction(source, 100, 900)
        price = kappa * (stake + STEP)
        for sigma in (Fraction(0), fraction(source, 1, 999), Fraction(1)):
            for loss in losses(source, price):
                values = homogeneous(stake, stake + STEP, kappa, loss)
                solution = solved(values | {"sigma": sigma, "threshold": threshold})
                assert china(solution) == max(Fraction(0), loss - (3 - threshold) * price)


# -- the file says what the solver answers --------------------------------------------------------


@pytest.mark.parametrize(
    ("regime", "values"),
    [
        ("divide", {}),
        ("resisted", {"loss": "0.1"}),
        ("uniform exemption", {"retaliation": 1, "loss": 2}),
        ("uniform control", {"cost": "0.9"}),
    ],
)
def test_one_file_yields_every_regime(regime: str, values: Values) -> None:
    assert solved(values).regimes == (regime,)


def test_conclusions_depend_on_the_selection() -> None:
    """At the file's values: no exemption or a split, according to who coordinates."""
    assert set(solved({}, "all").regimes) == {"uniform control", "divide"}
    assert solved({}, "preferred:China").regimes == ("uniform control",)
    assert solved({}, "coalition-proof").regimes == ("divide",)


def test_discrimination_can_be_worthless() -> None:
    """Where both must be held anyway, as at T = 1, a bound to treat them alike costs nothing."""
    values = {"threshold": 1, "loss": 2, "harm": 0, "approval": 1}
    answers = {china(solved(values | {"discriminate": d})) for d in (0, 1)}
    assert answers == {2 - Fraction(1, 2) * (Fraction("0.4013") + Fraction("1.304"))}


def changed(old: str, new: str) -> Model:
    """The flagship with one place of its text replaced."""
    path = model().origin
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    return Model.from_toml(text.replace(old, new), origin=path)


CHANGES = [
    ("(0 if coalition else loss) -", "(0 if coalition else 2 * loss) -", "China", Fraction(1)),
    ("else licence[i] + sigma", "else 2 * licence[i] + sigma", "US", Fraction("0.32104")),
    ("(kappa[i] * dependence[i] + burden[i]) * used[i]", "burden[i] * used[i]", "China", None),
    (
        'meaning = "China\'s loss if the coalition succeeds"\nunit = "log output"\n'
        'domain = "loss >= 0"\nrange = [0, 2]\nvalue = 1',
        'domain = "loss >= 0"\nvalue = 1.5',
        "China",
        Fraction(1, 2),
    ),
]


@pytest.mark.parametrize(("old", "new", "player", "change"), CHANGES)
def test_the_text_of_the_file_decides(
    old: str, new: str, player: str, change: Fraction | None
) -> None:
    """A payoff or a value changed in the TOML changes the result."""
    before = solved({}).equilibria[0]
    game = changed(old, new).at()
    after = solve(game, "pure-subgame-perfect", select="coalition-proof").equilibria[0]
    difference = after.payoffs[player] - before.payoffs[player]
    assert difference != 0
    assert change is None or difference == change


def test_a_threshold_in_the_text_decides() -> None:
    """The success condition with > for >=: two importers no longer suffice for T = 2."""
    strict = changed("if joins[i] == 'join') >= threshold", "if joins[i] == 'join') > threshold")
    solution = solve(strict.at(), "pure-subgame-perfect", select="coalition-proof")
    assert solution.regimes == ("uniform control",)
