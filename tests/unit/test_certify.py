"""Certificates of given profiles."""

from __future__ import annotations

import ast
import inspect
import itertools
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

from negotiation import Model, Move, solve
from negotiation.certify import Certifier, certify, margins
from negotiation.errors import UsageError
from negotiation.game import CHANCE, Game, InformationSet
from tests.oracles.assessment_brute_force import random_signalling
from tests.oracles.trees import Choice, Draw, game_of, together

ONE, ZERO, HALF = Fraction(1), Fraction(0), Fraction(1, 2)

# Entry deterrence: the entrant (A) stays out (1) or enters (0); B fights (0) or yields (1).
ENTRY = game_of(Choice(0, (Choice(1, ((-1, -1), (1, 1))), (0, 2))), 2)
THREAT = {0: (ZERO, ONE), 1: (ONE, ZERO)}
# Inspection: a* = g / (g + f) = 1/4, d* = c / (L + b) = 1/3.
INSPECTION = game_of(together((0, 1), (2, 2), [(0, -3), (-1, 0), (-2, 1), (0, 0)], "x"), 2)


def chain(length: int) -> Game:
    """Return alternating moves, each to stop (0) or to go on (1), without recursion."""
    sets = tuple(
        InformationSet(k % 2, f"m{k}", (), ("stop", "go"), (2 * k,)) for k in range(length)
    )
    set_of = [-1] * (2 * length + 1)
    children: list[tuple[int, ...]] = [()] * (2 * length + 1)
    payoffs = {}
    for k in range(length):
        set_of[2 * k] = k
        children[2 * k] = (2 * k + 1, 2 * k + 2)
        mine, other = Fraction(k + 2), Fraction(k)
        payoffs[2 * k + 1] = (mine, other) if k % 2 == 0 else (other, mine)
    last = Fraction(length)
    payoffs[2 * length] = (last, last + 1) if length % 2 else (last + 1, last)
    return Game("centipede", ("A", "B"), sets, set_of, children, {}, payoffs)


def test_certify_imports_no_solver_and_no_selection() -> None:
    tree = ast.parse(inspect.getsource(inspect.getmodule(Certifier)))  # type: ignore[arg-type]
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        if name.startswith("negotiation")
    }
    assert imported == {"negotiation.errors", "negotiation.game", "negotiation.nouns"}


def test_a_threat_that_is_not_credible_is_nash_but_not_subgame_perfect() -> None:
    assert certify(ENTRY, THREAT, "nash").largest_gain == 0
    assert certify(ENTRY, THREAT, "pure").holds
    certificate = certify(ENTRY, THREAT)
    assert certificate.gains == {"A": 0, "B": 2}
    assert certificate.places == {"A": "at the start", "B": "after move 0 = a0"}
    assert certificate.deviations == {"A": (), "B": (("move 1", "a1"),)}
    assert not certificate.holds


def test_the_largest_gain_over_all_subgames_counts() -> None:
    """B loses 2 in one subgame and 5 in another; the larger one is named."""
    game = game_of(Choice(0, (Choice(1, ((0, 2), (0, 0))), Choice(1, ((0, 0), (0, 5))))), 2)
    certificate = certify(game, {0: (ONE, ZERO), 1: (ZERO, ONE), 2: (ONE, ZERO)})
    assert certificate.gains["B"] == 5
    assert certificate.places["B"] == "after move 0 = a1"


def test_a_mixed_equilibrium_holds_and_a_billionth_less_does_not() -> None:
    good = {0: (Fraction(1, 4), Fraction(3, 4)), 1: (Fraction(1, 3), Fraction(2, 3))}
    assert certify(INSPECTION, good).holds
    tiny = Fraction(1, 10**9)
    less = {**good, 0: (Fraction(1, 4) - tiny, Fraction(3, 4) + tiny)}
    certificate = certify(INSPECTION, less)
    assert certificate.gains["A"] == 0
    assert 0 < certificate.gains["B"] < Fraction(1, 10**8)
    assert certificate.deviations["B"] == (("x of B", "a0"),)


def test_the_deviation_names_only_what_has_to_change_on_the_way() -> None:
    """A gains by going left and there up; what it would do on the right stays unsaid."""
    left = Choice(0, ((5, 0), (0, 0)))
    right = Choice(0, ((1, 0), (2, 0)))
    game = game_of(Choice(0, (left, right)), 2)
    certificate = certify(game, {0: (ZERO, ONE), 1: (ONE, ZERO), 2: (ONE, ZERO)}, "nash")
    assert certificate.gains["A"] == 4
    assert certificate.deviations["A"] == (("move 0", "a0"),)


def test_a_mixture_of_best_actions_is_no_deviation() -> None:
    game = game_of(Choice(0, (Choice(0, ((3, 0), (3, 1))), (1, 0))), 2)
    certificate = certify(game, {0: (ZERO, ONE), 1: (HALF, HALF)})
    assert certificate.gains["A"] == 2
    assert certificate.deviations["A"] == (("move 0", "a0"),)


def test_best_replies_weigh_what_the_mover_cannot_tell_apart() -> None:
    """A sees nothing of the draw: 1/3 of 6 against 2/3 of 2."""
    third = Fraction(1, 3)
    blind = Draw((third, 1 - third), (Choice(0, ((6,), (0,)), "a"), Choice(0, ((0,), (2,)), "a")))
    game = game_of(blind, 1)
    ((left, _),) = [(k, s) for k, s in enumerate(game.information_sets) if s.player != CHANCE]
    assert certify(game, {left: (ONE, ZERO)}).largest_gain == 0
    assert certify(game, {left: (ZERO, ONE)}).largest_gain == Fraction(2, 3)


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({0: (ONE, ZERO)}, "the profile says nothing here"),
        ({0: (ONE, ZERO), 1: (ONE,)}, "1 probabilities for 2 actions"),
        ({0: (ONE, ZERO), 1: (HALF, ZERO)}, "1/2, 0 are no probabilities that sum to one"),
        ({0: (ONE, ZERO), 1: (2 * ONE, -ONE)}, "2, -1 are no probabilities that sum to one"),
        ({0: (ONE, ZERO), 1: (0.5, 0.5)}, "0.5 is no exact number"),
    ],
)
@pytest.mark.parametrize("ask", [certify, margins])
def test_what_is_no_profile_is_refused(
    ask: object, profile: Mapping[int, Sequence[Fraction]], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        ask(ENTRY, profile)  # type: ignore[operator]
    assert caught.value.message == message
    assert caught.value.place == "move 1"
    assert caught.value.remedy


def test_integers_are_exact_probabilities() -> None:
    assert certify(ENTRY, {0: (1, 0), 1: (0, 1)}).holds  # type: ignore[dict-item]


def test_one_certifier_judges_many_profiles_as_fresh_ones_do() -> None:
    certifier = Certifier(ENTRY)
    options = [(ONE, ZERO), (ZERO, ONE), (HALF, HALF), (Fraction(1, 3), Fraction(2, 3))]
    for entrant in options:
        for incumbent in options:
            profile = {0: entrant, 1: incumbent}
            judgement = certifier.judge(profile)
            assert judgement.certificate() == certify(ENTRY, profile)
            assert judgement.certificate("nash") == certify(ENTRY, profile, "nash")
            assert judgement.margins() == margins(ENTRY, profile)


def test_a_list_changed_in_place_is_judged_anew() -> None:
    certifier = Certifier(ENTRY)
    reply = [ZERO, ONE]
    profile = {0: (ONE, ZERO), 1: reply}
    assert certifier.judge(profile).certificate().holds
    reply.reverse()
    assert certifier.judge(profile).certificate() == certify(ENTRY, THREAT | {0: (ONE, ZERO)})
    reply[:] = [ONE, ONE]
    with pytest.raises(UsageError):
        certifier.judge(profile)


# -- assessments ----------------------------------------------------------------------------------


def test_assessments_of_signalling_games_against_the_definition() -> None:
    """Every pure profile with three beliefs at each message; the definition is written out here."""
    held = 0
    for seed in range(6):
        form = random_signalling(random.Random(seed), (2, 2, 2), 2)
        game = game_of(form.tree(), 2)
        places = {head.move: index for index, head in game.decisions()}
        senders = [places[f"move {node}"] for node in sorted(game.children[0])]
        receivers = [places[f"message {m} of B"] for m in (0, 1)]
        pure = {0: (ONE, ZERO), 1: (ZERO, ONE)}
        some = [(Fraction(k, 4), 1 - Fraction(k, 4)) for k in range(5)]
        some.append((form.prior[0], form.prior[1]))
        for sent in itertools.product((0, 1), repeat=2):
            for replies in itertools.product((0, 1), repeat=2):
                chosen = zip([*senders, *receivers], [*sent, *replies], strict=True)
                profile = {place: pure[action] for place, action in chosen}
                for beliefs in itertools.product(some, repeat=2):
                    given = dict(zip(receivers, beliefs, strict=True))
                    certificate = certify(game, profile, "perfect-bayesian", given)
                    rational = all(
                        form.u[t][sent[t]][replies[sent[t]]] >= form.u[t][m][replies[m]]
                        for t in (0, 1)
                        for m in (0, 1)
                    ) and all(
                        sum(b * form.v[t][m][replies[m]] for t, b in enumerate(belief))
                        >= sum(b * form.v[t][m][a] for t, b in enumerate(belief))
                        for m, belief in enumerate(beliefs)
                        for a in (0, 1)
                    )
                    bayesian = all(
                        belief[t] * sum(form.prior[s] for s in (0, 1) if sent[s] == m)
                        == (form.prior[t] if sent[t] == m else 0)
                        for m, belief in enumerate(beliefs)
                        if m in sent
                        for t in (0, 1)
                    )
                    assert (certificate.largest_gain == 0) == rational
                    assert (not certificate.false_beliefs) == bayesian
                    assert certificate.holds == (rational and bayesian)
                    held += certificate.holds
    assert held > 20


# B does not see what A does, and A may stay out: then the subgame after `in` is not reached.
AFTER_IN = game_of(
    Choice(0, ((9, 0), together((0, 1), (2, 2), [(1, 1), (0, 0), (0, 0), (1, 1)], "x"))), 2
)


def test_bayes_rule_holds_in_a_subgame_that_is_not_reached() -> None:
    profile = {0: (ONE, ZERO), 1: (ONE, ZERO), 2: (ONE, ZERO)}
    assert certify(AFTER_IN, profile, "perfect-bayesian", {2: (ONE, ZERO)}).holds
    certificate = certify(AFTER_IN, profile, "perfect-bayesian", {2: (Fraction(2, 3), ONE / 3)})
    assert certificate.largest_gain == 0
    assert not certificate.holds
    (wrong,) = certificate.false_beliefs
    assert wrong.place == "x of B"
    assert (wrong.given, wrong.demanded) == ((Fraction(2, 3), Fraction(1, 3)), (ONE, ZERO))


def test_a_player_keeps_his_belief_when_only_he_has_moved() -> None:
    """A cannot tell l from r. He stops, against the profile goes on, and has learnt nothing."""

    def ahead() -> Choice:
        return Choice(0, ((0, 0), Choice(0, ((0, 0), (0, 0)), "later")), "first")

    game = game_of(Choice(1, ((0, 0), ahead(), ahead())), 2)
    index = {head.move: k for k, head in game.decisions()}
    profile = {k: (ONE, *[ZERO] * (len(h.actions) - 1)) for k, h in game.decisions()}
    third = (Fraction(1, 3), Fraction(2, 3))
    first, later = index["first of A"], index["later of A"]
    assert certify(game, profile, "sequential", {first: third, later: third}).holds
    assert certify(game, profile, "sequential", {first: third}).holds
    certificate = certify(game, profile, "sequential", {first: third, later: (HALF, HALF)})
    assert [wrong.place for wrong in certificate.false_beliefs] == ["later of A"]
    assert certificate.false_beliefs[0].demanded == third


def test_the_best_reply_to_a_belief_is_named() -> None:
    certificate = certify(
        AFTER_IN,
        {0: (ONE, ZERO), 1: (ONE, ZERO), 2: (ZERO, ONE)},
        "perfect-bayesian",
    )
    assert certificate.gains == {"A": 1, "B": 1}
    assert certificate.places == {"A": "at x of A", "B": "at x of B"}
    assert certificate.deviations == {"A": (("x of A", "a1"),), "B": (("x of B", "a0"),)}


def test_a_belief_that_bayes_rule_does_not_give_must_be_given() -> None:
    game = game_of(Choice(0, ((9, 0), *[Choice(1, ((0, 1), (0, 0)), "in")] * 2)), 2)
    profile = {0: (ONE, ZERO, ZERO), 1: (ONE, ZERO)}
    nothing: dict[int, Sequence[Fraction]] = {}
    for beliefs in (None, nothing):
        with pytest.raises(UsageError, match="Bayes' rule gives none") as caught:
            certify(game, profile, "perfect-bayesian", beliefs)
        assert caught.value.place == "belief at in of B"
        assert "after move 0 = a1; after move 0 = a2" in (caught.value.remedy or "")
    assert certify(game, profile, "perfect-bayesian", {1: (HALF, HALF)}).holds
    reached = {**profile, 0: (ZERO, HALF, HALF)}
    assert not certify(game, reached, "perfect-bayesian").holds  # 9 is better.
    assert not certify(game, reached, "perfect-bayesian").false_beliefs


@pytest.mark.parametrize(
    ("belief", "message"),
    [
        ((ONE,), "1 probabilities for 2 histories"),
        ((HALF, ZERO), "1/2, 0 are no probabilities that sum to one"),
        ((0.5, 0.5), "0.5 is no exact number"),
    ],
)
def test_what_is_no_belief_is_refused(belief: Sequence[Fraction], message: str) -> None:
    profile = {0: (ONE, ZERO), 1: (ONE, ZERO), 2: (ONE, ZERO)}
    with pytest.raises(UsageError) as caught:
        certify(AFTER_IN, profile, "perfect-bayesian", {2: belief})
    assert caught.value.message == message
    assert caught.value.place == "belief at x of B"
    assert caught.value.remedy


# -- margins --------------------------------------------------------------------------------------


def test_margins_of_the_entry_game() -> None:
    found = margins(ENTRY, {0: (ONE, ZERO), 1: (ZERO, ONE)})
    assert [(m.player, m.move, m.action, int(m.loss)) for m in found] == [
        ("A", "move 0", "a1", 1),
        ("B", "move 1", "a0", 2),
    ]


def test_margins_leave_out_what_is_off_the_path() -> None:
    found = margins(ENTRY, THREAT)
    assert [(m.player, m.action, int(m.loss)) for m in found] == [("A", "a0", 1)]


def test_both_actions_of_a_mixture_are_indifferent() -> None:
    quarter, third = Fraction(1, 4), Fraction(1, 3)
    found = margins(INSPECTION, {0: (quarter, 1 - quarter), 1: (third, 1 - third)})
    assert [m.loss for m in found] == [0, 0, 0, 0]


def test_a_certificate_says_what_was_fixed() -> None:
    model = Model(
        name="fixed",
        players=["A", "B"],
        moves=[
            Move("first", player="A", actions=["l", "r"]),
            Move("second", player="B", actions=["l", "r"], observes=["first"]),
        ],
        payoffs={"A": "5 if first == 'l' else 0", "B": "1 if second == 'l' else 0"},
    )
    (equilibrium,) = solve(model.at(fix={"first": "r"})).equilibria
    assert equilibrium.certificate.fixed == {"first": "r"}
    assert equilibrium.certificate.holds
    assert equilibrium.payoffs == {"A": 0, "B": 1}


def test_a_chain_of_250_moves_is_certified_from_deep_within() -> None:
    game = chain(250)
    stop = dict.fromkeys(range(250), (ONE, ZERO))
    late = {**stop, 249: (ZERO, ONE)}

    def nested(levels: int) -> None:
        if levels:
            nested(levels - 1)
            return
        assert certify(game, stop).holds
        assert certify(game, late).largest_gain == 1
        assert len(margins(game, stop)) == 1
        (equilibrium,) = solve(game, "subgame-perfect").equilibria
        assert equilibrium.payoffs == {"A": 2, "B": 0}

    nested(700)
