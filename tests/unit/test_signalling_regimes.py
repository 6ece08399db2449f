"""Regimes of sender-receiver games: textbook conditions by hand, labels, kinds, refusals."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import jsonschema
import pytest

from negotiation import Model, Move, Parameter, regimes, solve
from negotiation.analysis.regimes import answer, signalling
from negotiation.analysis.regimes.signalling import kind_of, structure
from negotiation.errors import MethodError, NegotiationError, UsageError
from negotiation.report.regimes import regimes_lines
from negotiation.schemas import schema

F = Fraction
SHARE = "0 < strong < 1"


def beer_quiche(**changes: object) -> Model:
    """Cho and Kreps (1987), with what breakfast, peace and the prior are as parameters."""
    model = Model(
        name="beer-quiche",
        players=["sender", "receiver"],
        concept="sequential",
        parameters={
            "strong": Parameter(value="0.9", domain=SHARE),
            "liking": Parameter(value=1, domain="liking > 0"),
            "peace": Parameter(value=2, domain="peace > 0"),
        },
        moves=[
            Move(
                "type",
                player="chance",
                actions=["strong", "weak"],
                probabilities=["strong", "rest"],
            ),
            Move("message", player="sender", actions=["beer", "quiche"], observes=["type"]),
            Move("reply", player="receiver", actions=["fight", "leave"], observes=["message"]),
        ],
        payoffs={
            "sender": "(liking if (message == 'beer') == (type == 'strong') else 0) + "
            "(peace if reply == 'leave' else 0)",
            "receiver": "1 if (reply == 'fight') == (type == 'weak') else 0",
        },
        regimes=[
            {"name": "all beer", "when": "message == 'beer'"},
            {"name": "all quiche", "when": "message == 'quiche'"},
            {
                "name": "separating",
                "when": "prob(message == 'beer', type == 'strong') in (0, 1) and "
                "prob(message == 'beer', type == 'strong') == "
                "1 - prob(message == 'beer', type == 'weak')",
            },
            {"name": "semi-separating", "when": "True"},
        ],
    )
    return replace(model, **changes)


def with_regimes(*regimes: tuple[str, str]) -> Model:
    return beer_quiche(regimes=[{"name": name, "when": when} for name, when in regimes])


def education(efforts: list[str], drawn: list[str], **parameters: Parameter) -> Model:
    """Spence: skills 1, 2, ...; an effort costs its size over the skill; wages are skills.

    The market pays the wage next to the skill that it expects.
    """
    skills = range(1, len(drawn) + 1)
    wage = " + ".join(f"({t} if wage == 'w{t}' else 0)" for t in skills)
    skill = " + ".join(f"({t} if skill == 's{t}' else 0)" for t in skills)
    effort = " + ".join(f"(({e}) if effort == 'e{k}' else 0)" for k, e in enumerate(efforts))
    return Model(
        name="education",
        players=["worker", "market"],
        concept="perfect-bayesian",
        parameters=parameters,
        moves=[
            Move("skill", player="chance", actions=[f"s{t}" for t in skills], probabilities=drawn),
            Move(
                "effort",
                player="worker",
                actions=[f"e{k}" for k in range(len(efforts))],
                observes=["skill"],
            ),
            Move("wage", player="market", actions=[f"w{t}" for t in skills], observes=["effort"]),
        ],
        payoffs={
            "worker": f"{wage} - ({effort}) / ({skill})",
            "market": f"0 - ({wage} - ({skill}))**2",
        },
    )


def cheap_talk() -> Model:
    """Words cost nothing, and both types like the same response best."""
    return Model(
        name="talk",
        players=["sender", "receiver"],
        concept="perfect-bayesian",
        parameters={"good": Parameter(domain="0 < good < 1")},
        moves=[
            Move("type", player="chance", actions=["good", "bad"], probabilities=["good", "rest"]),
            Move("word", player="sender", actions=["yes", "no"], observes=["type"]),
            Move("reply", player="receiver", actions=["buy", "leave"], observes=["word"]),
        ],
        payoffs={
            "sender": "1 if reply == 'buy' else 0",
            "receiver": "(1 if type == 'good' else -1) if reply == 'buy' else 0",
        },
        regimes=[
            {"name": "more yes", "when": "prob(word == 'yes') > 1/2"},
            {"name": "other", "when": "True"},
        ],
    )


# -- textbook conditions -------------------------------------------------------------------


def beer_quiche_by_hand(strong: Fraction, liking: Fraction, peace: Fraction) -> set[str]:
    """Kinds where no two numbers that matter are equal.

    If peace < liking, breakfast decides: the types separate. Else nobody separates, for the weak
    would rather imitate. If the receiver leaves whom it takes for the average sender, both pool on
    either breakfast; else the weak have beer with probability strong / (1 - strong) < 1.
    """
    if peace < liking:
        return {"separating"}
    return {"pooling"} if strong > F(1, 2) else {"semi-separating"}


def test_beer_quiche_over_three_parameters() -> None:
    free = {"strong": None, "liking": None, "peace": None}
    found = regimes(beer_quiche(), free, by="kind")
    assert found.complete
    assert found.by == "kind"
    assert {p.labels: p.text for p in found.patterns if p.interior} == {
        ("pooling",): "liking < peace and strong >= 0.5",
        ("semi-separating",): "liking < peace and strong < 0.5",
        ("separating",): "liking > peace",
    }
    draw = random.Random(1)
    for _ in range(200):
        point = {
            "strong": F(2 * draw.randrange(1, 50), 101),
            "liking": F(draw.randrange(1, 100), 7),
            "peace": F(draw.randrange(1, 100), 9) + F(1, 1000),
        }
        assert set(found.label_at(point) or ()) == beer_quiche_by_hand(**point)


def test_beer_quiche_over_the_prior_alone() -> None:
    found = regimes(beer_quiche(), {"strong": None})
    (point,) = found.breakpoints
    assert (point.at.fraction, point.checked) == (F(1, 2), True)
    assert point.before == ("semi-separating",)
    assert point.here == point.after == ("all beer", "all quiche")
    assert {(b.kind, b.player, b.move) for b in point.binding} == {
        ("incentive", "receiver", "reply")
    }


def test_boundaries_name_the_incentive() -> None:
    found = regimes(beer_quiche(), {"strong": None, "peace": (0, 4)}, by="kind")
    whose = {b.polynomial.text(): {(i.player, i.move) for i in b.binding} for b in found.boundaries}
    assert whose == {
        "peace - 1": {("sender", "message")},
        "2*strong - 1": {("receiver", "reply")},
    }
    assert found.along("strong", {"peace": 3})[0].labels == ("semi-separating",)
    assert "by kind" in "\n".join(regimes_lines(found))
    jsonschema.validate(found.to_dict(), schema("negotiation/regimes/1"))


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        # The low mix so that after effort the market is indifferent: able < 1/2, cost < 1.
        ("1/3", ["pooling semi", "all", "pooling separating", "all", "pooling"]),
        # The high mix so that without effort it is: able > 1/2, cost < 2.
        ("2/3", ["pooling semi", "all", "all", "all", "pooling"]),
    ],
)
def test_education_separates_between_one_and_two(able: str, expected: list[str]) -> None:
    """Effort costs the low as much as it costs the high twice: separating iff 1 <= cost <= 2."""
    model = education(
        ["0", "cost"],
        ["1 - able", "able"],
        able=Parameter(value=able),
        cost=Parameter(domain="cost > 0"),
    )
    found = regimes(model, {"cost": None}, by="kind")
    assert [p.at.fraction for p in found.breakpoints] == [1, 2]
    words = {
        "pooling semi": {"pooling", "semi-separating"},
        "pooling separating": {"pooling", "separating"},
        "all": {"pooling", "separating", "semi-separating"},
        "pooling": {"pooling"},
    }
    for value, word in zip(("1/2", 1, "3/2", 2, 3), expected, strict=True):
        assert set(found.label_at({"cost": value}) or ()) == words[word], value


def test_education_over_the_prior_and_the_cost() -> None:
    model = education(
        ["0", "cost"],
        ["1 - able", "able"],
        able=Parameter(domain="0 < able < 1"),
        cost=Parameter(domain="cost > 0"),
    )
    found = regimes(model, {"cost": None, "able": None}, by="kind")
    assert found.complete
    assert {b.polynomial.text() for b in found.boundaries} == {
        "cost - 1",
        "cost - 2",
        "2*able - 1",
    }
    # At the average wage nothing is mixed to: below 1 only pooling is left.
    assert found.label_at({"cost": "1/2", "able": "1/2"}) == ("pooling",)


def test_three_types_pool_in_part() -> None:
    """Where two skills pool the market is indifferent between two wages, and may mix them.

    Skills 2 and 3 at effort, wages 2 or 3: skill 1 stays away from cost 1 on, at wage 2. Skills 1
    and 2 at none, wages 1 or 2, against 3: skill 3 makes the effort up to cost 6, at wage 1.
    """
    third = ["1/3", "1/3", "1/3"]
    model = education(["0", "cost"], third, cost=Parameter(domain="cost > 0"))
    found = regimes(model, {"cost": (0, 7)}, by="kind", check=False)
    where = [p for p in found.pieces if "partially pooling" in (p.labels or ())]
    assert (where[0].low.fraction, where[0].low_closed) == (1, True)
    assert (where[-1].high.fraction, where[-1].high_closed) == (6, True)


def test_the_intuitive_criterion_leaves_beer() -> None:
    """With quiche for all only the strong could gain by beer: the weak would lose breakfast."""
    found = regimes(beer_quiche(), {"strong": None, "peace": None}, select="intuitive")
    assert {p.labels for p in found.patterns if p.interior} == {
        ("all beer",),
        ("separating",),
        ("semi-separating",),
    }
    draw = random.Random(3)
    for _ in range(20):
        point = {"strong": F(2 * draw.randrange(1, 20), 41), "peace": F(draw.randrange(1, 30), 11)}
        solution = solve(beer_quiche().at(point), select="intuitive")
        if point["peace"] != 1:
            assert found.label_at(point) == tuple(e.regime for e in solution.equilibria)
    along = regimes(beer_quiche(), {"peace": (0, 4)}, select="intuitive")
    (point,) = along.breakpoints
    assert (point.before, point.after) == (("separating",), ("all beer",))


# -- labels ----------------------------------------------------------------------------------


def test_outcomes_are_named_by_their_histories() -> None:
    """At one half the receiver may mix after beer: one label for the continuum."""
    found = regimes(beer_quiche(), {"strong": None}, by="outcome")
    here = found.label_at({"strong": "1/2"})
    assert here is not None
    assert len(here) == 4
    assert (
        "type = strong, message = beer, reply = leave or type = weak, message = beer, reply = leave"
    ) in here


@pytest.mark.parametrize(
    ("when", "cut"),
    [
        ("prob(message == 'beer', type == 'weak') > 1/2", F(1, 3)),  # strong / (1 - strong)
        ("prob(message == 'beer') >= 1/2", F(1, 4)),  # 2 strong
        ("mean(1 if message == 'beer' else 0) >= 1/2", F(1, 4)),
    ],
)
def test_probabilities_count_where_the_supports_determine_them(when: str, cut: Fraction) -> None:
    model = with_regimes(("often", when), ("seldom", "True"))
    found = regimes(model, {"strong": (0, "2/5")})
    assert [p.at.fraction for p in found.breakpoints] == [cut]
    assert found.label_at({"strong": cut / 2}) == ("seldom",)
    assert found.label_at({"strong": (cut + F(2, 5)) / 2}) == ("often",)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("prob(message == 'beer', type == 'weak') > 0", "yes"),
        ("prob(message == 'beer', type == 'weak') < 1", "yes"),
        ("prob(message == 'beer', type == 'weak') == 0", "no"),
        ("prob(message == 'beer', type == 'strong') == 1", "yes"),
        ("1 - prob(message == 'beer', type == 'weak') in (0, 1)", "no"),
        ("2 * prob(message == 'beer', type == 'weak') - 3 < 0", "yes"),
        ("0 < mean(2 if message == 'beer' else 1) - 1 < 1", "yes"),
        ("not (prob(reply == 'leave') == 1)", "yes"),
        ("prob(message == 'beer') > 7 or message == 'beer'", "no"),
        ("prob(reply == 'leave', message == 'quiche') == 0", "yes"),
    ],
)
def test_what_the_supports_decide(when: str, expected: str) -> None:
    """Below one half there is the semi-separating equilibrium alone."""
    model = with_regimes(("yes", when), ("no", "True"))
    found = regimes(model, {"strong": ("1/10", "2/5")})
    assert [p.labels for p in found.patterns] == [(expected,)]


def test_probabilities_that_differ_within_an_outcome_are_refused() -> None:
    with pytest.raises(MethodError, match="depends on probabilities") as caught:
        regimes(cheap_talk(), {"good": None})
    assert "ask by kind or by outcome" in str(caught.value)
    assert set(regimes(cheap_talk(), {"good": None}, by="kind").patterns[0].labels) == {
        "pooling",
        "semi-separating",
    }


@pytest.mark.parametrize(
    ("messages", "kind"),
    [
        ([{0}, {0}, {0}], "pooling"),
        ([{1}, {0}, {2}], "separating"),
        ([{0, 1}, {2}, {3}], "separating"),
        ([{0}, {0}, {1}], "partially pooling"),
        ([{0, 1}, {1}, {1}], "semi-separating"),
        ([{0, 1}, {0, 1}, {0, 1}], "semi-separating"),
        ([{0, 1}, {2}, {2}], "semi-separating"),
    ],
)
def test_kinds(messages: list[set[int]], kind: str) -> None:
    model = education(["0", "1", "2", "3"], ["1/3", "1/3", "1/3"])
    form = structure(model.at({}))
    sent = [k for t, own in enumerate(messages) for k in form.of[t] if form.signals[k].place in own]
    assert kind_of(form, sent) == kind
    order = [form.places.index(place) for place in sorted(form.places)]
    assert order == [0, 1, 2, 3]  # Messages are places in the order of the efforts here.


def test_messages_that_end_the_game_are_told_by_their_labels() -> None:
    """Both types stay out: that is pooling, though nobody sees it."""
    model = Model(
        name="entry",
        players=["sender", "receiver"],
        concept="perfect-bayesian",
        parameters={"cost": Parameter(domain="0 <= cost <= 4")},
        moves=[
            Move("type", player="chance", actions=["good", "bad"], probabilities=["1/2", "1/2"]),
            Move("enter", player="sender", actions=["in", "out"], observes=["type"]),
            Move(
                "reply",
                player="receiver",
                actions=["buy", "leave"],
                observes=["enter"],
                when="enter == 'in'",
                otherwise="leave",
            ),
        ],
        payoffs={
            "sender": "(3 if reply == 'buy' else 0) - (cost if enter == 'in' else 0)",
            "receiver": "(2 if type == 'good' else -1) if reply == 'buy' else 0",
        },
    )
    found = regimes(model, {"cost": None}, by="kind")
    assert found.label_at({"cost": 4}) == ("pooling",)
    assert all(p.checked for p in found.breakpoints)


# -- the domain --------------------------------------------------------------------------------


def test_draws_of_probability_zero_have_no_beliefs() -> None:
    shares = {"strong": Parameter(value="0.9", domain="0 <= strong <= 1")}
    model = beer_quiche(parameters={**beer_quiche().parameters, **shares})
    found = regimes(model, {"strong": None}, by="kind")
    assert found.label_at({"strong": 0}) is None
    assert found.label_at({"strong": 1}) is None
    assert found.label_at({"strong": "1/100"}) == ("semi-separating",)


def test_piecewise_payoffs() -> None:
    model = beer_quiche()
    sender = model.payoffs["sender"].replace("(peace ", "(max(peace, 2 - peace) ")
    found = regimes(replace(model, payoffs={**model.payoffs, "sender": sender}), {"peace": (0, 3)})
    assert {p.labels for p in found.patterns} == {
        ("all beer", "all quiche"),
        ("all beer", "all quiche", "separating", "semi-separating"),
    }
    assert [p.at.fraction for p in found.breakpoints] == [1]


def test_trees_in_which_beliefs_are_no_question() -> None:
    """Where play cannot pass by any set, sequential equilibria are the subgame-perfect ones."""
    model = Model(
        name="chain",
        players=["A", "B"],
        parameters={"x": Parameter(domain="-1 <= x <= 1")},
        moves=[
            Move("first", player="A", actions=["go", "stop"]),
            Move("second", player="B", actions=["left", "right"], observes=["first"]),
            Move("third", player="A", actions=["up", "down"], observes=["first", "second"]),
        ],
        payoffs={
            "A": "(1 if third == 'up' else 0) + (x if first == 'go' else 0)",
            "B": "1 if second == 'left' else 0",
        },
        regimes=[{"name": "go", "when": "first == 'go'"}, {"name": "stop", "when": "True"}],
    )
    found = regimes(model, {"x": None}, concept="sequential")
    assert [(p.at.fraction, p.before, p.after) for p in found.breakpoints] == [
        (F(0), ("stop",), ("go",))
    ]


# -- refusals ------------------------------------------------------------------------------------


def test_kinds_are_those_of_sender_receiver_games() -> None:
    with pytest.raises(UsageError, match="kinds are those of sender-receiver games"):
        regimes(beer_quiche(), {"peace": (0, 4)}, by="kind", concept="subgame-perfect")


def test_other_trees_are_refused() -> None:
    model = beer_quiche()
    hidden = Move("again", player="receiver", actions=["yes", "no"], observes=["message"])
    with pytest.raises(MethodError, match=r"are for sender-receiver games: .*after the response"):
        regimes(replace(model, moves=[*model.moves, hidden]), {"peace": (0, 4)})


@pytest.mark.parametrize("rule", ["d1", "preferred:sender", "coalition-proof"])
def test_rules_without_a_symbolic_form_are_refused(rule: str) -> None:
    with pytest.raises(MethodError, match="no symbolic form here"):
        regimes(beer_quiche(), {"peace": (0, 4)}, select=rule)


def test_too_large_names_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signalling, "MAX_STEPS", 5)
    with pytest.raises(MethodError, match="2 types, 2 messages and 2 responses are too many"):
        regimes(beer_quiche(), {"peace": (0, 4)})


def test_an_error_in_the_conditions_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check fails if a cell is left out, on an axis and over a plane."""
    cells = signalling.SymbolicSignalling.cells

    def fewer(self: signalling.SymbolicSignalling) -> list[signalling.Cell]:
        return [c for c in cells(self) if kind_of(self.form, c.sent) != "semi-separating"]

    monkeypatch.setattr(signalling.SymbolicSignalling, "cells", fewer)
    for axes in ({"strong": None}, {"strong": None, "peace": (0, 4)}):
        with pytest.raises(NegotiationError, match="the conditions give no equilibrium"):
            regimes(beer_quiche(), axes, by="kind")
    assert answer.BY == ("regime", "outcome", "kind")
