"""Sender-receiver games: beer and quiche, education, semi-separation, off the path, refusals."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import negotiation
from negotiation.certify import certify_assessment
from negotiation.errors import GameError, MethodError
from negotiation.game import CHANCE, Game, InformationSet
from negotiation.solvers import signalling
from negotiation.solvers.sender_receiver import sender_receiver
from negotiation.solvers.signalling import assessment, signalling_equilibria
from tests.oracles.assessment_brute_force import Signalling, is_equilibrium, random_signalling
from tests.oracles.trees import Choice, Draw, game_of

F = Fraction
MANY_STRONG = F(9, 10)


def beer_quiche(strong: Fraction = MANY_STRONG) -> Game:
    """Cho and Kreps (1987): preferred breakfast 1, no fight 2; fighting the weak pays."""
    moves = {"type": ("strong", "weak"), "breakfast": ("beer", "quiche"), "reply": ("fight", "not")}
    sets: list[InformationSet] = [InformationSet(CHANCE, "type", (), moves["type"], (0,))]
    set_of, children, payoffs = [0], [()], {}
    replies: dict[str, list[int]] = {"beer": [], "quiche": []}

    def add(position: int) -> int:
        set_of.append(position)
        children.append(())
        return len(set_of) - 1

    starts = []
    for k, kind in enumerate(moves["type"]):
        start = add(1 + k)
        starts.append(start)
        sets.append(InformationSet(0, "breakfast", (("type", kind),), moves["breakfast"], (start,)))
        nodes = []
        for m, breakfast in enumerate(moves["breakfast"]):
            node = add(3 + m)
            nodes.append(node)
            replies[breakfast].append(node)
            ends = []
            for reply in moves["reply"]:
                end = add(-1)
                ends.append(end)
                liked = (kind == "strong") == (breakfast == "beer")
                right = (reply == "fight") == (kind == "weak")
                payoffs[end] = (F(liked + 2 * (reply == "not")), F(right))
            children[node] = tuple(ends)
        children[start] = tuple(nodes)
    children[0] = tuple(starts)
    for breakfast, nodes in replies.items():
        known = (("breakfast", breakfast),)
        sets.append(InformationSet(1, "reply", known, moves["reply"], tuple(nodes)))
    return Game(
        "beer-quiche",
        ("Sender", "Receiver"),
        tuple(sets),
        set_of,
        children,
        {0: (strong, 1 - strong)},
        payoffs,
    )


def education(
    low: Fraction, efforts: tuple[Fraction, ...], wages: tuple[Fraction, ...]
) -> Signalling:
    """Spence: types 1 and 2, cost effort/type; the market pays the wage nearest to the skill."""
    return Signalling(
        (low, 1 - low),
        tuple(tuple(tuple(w - e / t for w in wages) for e in efforts) for t in (1, 2)),
        tuple(tuple(tuple(-((w - t) ** 2) for w in wages) for _ in efforts) for t in (1, 2)),
    )


# -- beer and quiche ------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", ["perfect-bayesian", "sequential"])
def test_beer_quiche_has_two_pooling_outcomes(concept: str) -> None:
    solution = negotiation.solve(beer_quiche(), concept)
    assert (solution.method, solution.complete, solution.exact) == ("sender-receiver", True, True)
    assert [e.payoffs["Sender"] for e in solution.equilibria] == [F(29, 10), F(21, 10)]
    assert all(e.certificate.largest_gain == 0 for e in solution.equilibria)
    assert solution.components == ()
    assert solution.profiles is None  # The replies off the path form a continuum.


@pytest.mark.parametrize("seed", range(7))
def test_three_by_three_by_three_has_equilibria(seed: int) -> None:
    tree = random_signalling(random.Random(seed), (3, 3, 3), 10**6).tree()
    assert signalling_equilibria(game_of(tree, 2)).outcomes


@pytest.mark.parametrize("size", [3, pytest.param(4, marks=pytest.mark.slow)])
def test_cubes_up_to_the_largest_size_that_is_promised(size: int) -> None:
    """Every outcome is an equilibrium by definition."""
    game = random_signalling(random.Random(0), (size, size, size), 10**6)
    form = sender_receiver(game_of(game.tree(), 2))
    found = signalling_equilibria(form)
    assert len(found.outcomes) > 2
    for point in found.outcomes:
        one = assessment(form, point)
        x = [tuple(point.x[k : k + size]) for k in range(0, size**2, size)]
        assert is_equilibrium(game, x, [tuple(one.profile[p]) for p in form.places])
        assert certify_assessment(form.game, one.profile, one.beliefs).holds


def test_beliefs_are_spelled_by_what_is_not_observed() -> None:
    beliefs = negotiation.solve(beer_quiche(), "sequential").equilibria[0].to_dict()["beliefs"]
    at_beer = next(b for b in beliefs if b["information"] == {"breakfast": "beer"})
    assert at_beer == {
        "move": "reply",
        "information": {"breakfast": "beer"},
        "histories": [
            {"unobserved": {"type": "strong"}, "probability": "9/10"},
            {"unobserved": {"type": "weak"}, "probability": "1/10"},
        ],
    }
    assert {b["move"] for b in beliefs} == {"breakfast", "reply"}


def test_polytopes_off_the_path() -> None:
    """After quiche the receiver fights half the time or more: for sure if weak is likelier."""
    beliefs = negotiation.solve(beer_quiche(), "sequential").equilibria[0].to_dict()["beliefs"]
    at_quiche = next(b for b in beliefs if b["information"] == {"breakfast": "quiche"})
    assert at_quiche["off_path"] == [
        {
            "responses": [{"fight": "1/2", "not": "1/2"}, {"fight": "1"}],
            "beliefs": [["1/2", "1/2"]],
        },
        {"responses": [{"fight": "1"}], "beliefs": [["0", "1"], ["1/2", "1/2"]]},
    ]


@pytest.mark.parametrize("rule", ["intuitive", "d1", "forward-induction"])
@pytest.mark.parametrize("concept", ["nash", "sequential"])
def test_refinements_keep_beer(rule: str, concept: str) -> None:
    solution = negotiation.solve(beer_quiche(), concept, select=rule)
    assert [e.payoffs["Sender"] for e in solution.equilibria] == [F(29, 10)]
    assert solution.complete
    assert f"{rule}: the outcome with" in solution.message
    assert "21/10" in solution.message


def test_reasons_name_the_types() -> None:
    message = negotiation.solve(beer_quiche(), "sequential", select="intuitive").message
    assert "the sender with type = weak would lose whatever best response follows" in message
    assert "the sender with type = strong gains" in message


def test_both_breakfasts_are_perfect() -> None:
    solution = negotiation.solve(beer_quiche(), "sequential", select="perfect")
    assert len(solution.equilibria) == 2
    assert solution.complete


def test_few_strong_types_make_it_semi_separating() -> None:
    """With strong rare the weak drink beer so often that the receiver is indifferent after it."""
    solution = negotiation.solve(beer_quiche(F(1, 4)), "sequential")
    (equilibrium,) = solution.equilibria
    weak = next(s for s in equilibrium.strategies["Sender"] if s.information == {"type": "weak"})
    after_beer = next(
        s for s in equilibrium.strategies["Receiver"] if s.information == {"breakfast": "beer"}
    )
    assert weak.probabilities == {"beer": F(1, 3), "quiche": F(2, 3)}
    assert after_beer.probabilities == {"fight": F(1, 2), "not": F(1, 2)}
    assert solution.profiles == 1


def test_at_the_edge_there_is_a_continuum() -> None:
    """At one half the receiver is indifferent after pooling, and may reply as he likes."""
    solution = negotiation.solve(beer_quiche(F(1, 2)), "sequential")
    assert solution.complete
    assert solution.components
    assert all(component.hull for component in solution.components)


# -- education ------------------------------------------------------------------------------------


def test_least_cost_separation() -> None:
    """Spence, types 1 and 2, cost effort/type: the least effort that separates is 1."""
    game = game_of(education(F(1, 2), (F(0), F(1), F(2)), (F(1), F(3, 2), F(2))).tree(), 2)
    found = signalling_equilibria(game)
    separating = {
        tuple(point.x.index(1, 3 * t) - 3 * t for t in range(2))
        for point in found.outcomes
        if set(point.x) == {0, 1}
    }
    assert (0, 1) in separating  # The low type is just indifferent.
    assert (0, 2) in separating  # Wasteful, but supported by the belief that effort 1 is low.
    assert not any(high < 1 for low, high in separating if low != high)


def test_intuitive_criterion_leaves_the_least_effort() -> None:
    """A little above 1 the low type cannot gain, so no high type need make the effort 2."""
    game = game_of(education(F(9, 10), (F(0), F(11, 10), F(2)), (F(1), F(11, 10), F(2))).tree(), 2)
    everything = negotiation.solve(game, "sequential")
    kept = negotiation.solve(game, "sequential", select="intuitive")
    payoffs = {e.payoffs["A"] for e in everything.equilibria}
    wasteful, least = F(9, 10) + F(1, 10), F(9, 10) + F(1, 10) * (2 - F(11, 20))
    assert {wasteful, least} <= payoffs
    assert least in {e.payoffs["A"] for e in kept.equilibria}
    assert wasteful not in {e.payoffs["A"] for e in kept.equilibria}


# -- forms ----------------------------------------------------------------------------------------


def test_messages_that_end_the_game() -> None:
    """Entry under private information: staying out ends the game."""
    tree = Draw(
        (F(1, 2), F(1, 2)),
        (
            Choice(0, ((0, 2), Choice(1, ((-1, 0), (1, 1)), "entry"))),
            Choice(0, ((0, 2), Choice(1, ((-2, 1), (2, 0)), "entry"))),
        ),
    )
    solution = negotiation.solve(game_of(tree, 2), "sequential")
    assert solution.method == "sender-receiver"
    assert solution.complete
    outcomes = {e.payoffs["A"] for e in solution.equilibria}
    assert F(0) in outcomes  # Nobody enters, for entry is taken for that of the second type.


def test_noise_inside_a_type_and_after_the_reply() -> None:
    """The sender sees only one of two draws; a last draw follows the replies."""

    def end(kind: int, reply: int) -> Draw:
        return Draw((F(1, 2), F(1, 2)), ((2 * (kind == reply), 2 * reply), (0, 0)))

    def sent(kind: int) -> Choice:
        replies = tuple(end(kind, reply) for reply in range(2))
        return Choice(0, tuple(Choice(1, replies, f"m{m}") for m in range(2)), knows=f"type {kind}")

    noisy = Draw(
        (F(1, 2), F(1, 2)), tuple(Draw((F(1, 3), F(2, 3)), (sent(k), sent(k))) for k in (0, 1))
    )
    solution = negotiation.solve(game_of(noisy, 2), "sequential")
    assert (solution.method, solution.complete) == ("sender-receiver", True)
    belief = next(b for b in solution.equilibria[0].beliefs if len(b.histories) == 4)
    assert sum(p for _, p in belief.histories) == 1


def test_a_type_without_a_choice() -> None:
    tree = Draw(
        (F(1, 3), F(2, 3)),
        (
            Choice(1, ((0, 1), (0, 0)), "r"),
            Choice(0, (Choice(1, ((3, 0), (0, 1)), "r"), (1, 0))),
        ),
    )
    solution = negotiation.solve(game_of(tree, 2), "sequential", method="sender-receiver")
    assert solution.complete
    (equilibrium,) = solution.equilibria
    assert equilibrium.payoffs["A"] == F(2, 3)
    assert {s.move: dict(s.probabilities) for s in equilibrium.strategies["A"]} == {
        "move 4": {"a0": F(1, 2), "a1": F(1, 2)}
    }
    by_subgames = negotiation.solve(game_of(tree, 2), "sequential")  # Play never passes by r.
    assert by_subgames.method == "subgame-beliefs"
    assert [e.payoffs for e in by_subgames.equilibria] == [equilibrium.payoffs]


def test_outcomes_are_equilibria_by_definition() -> None:
    game = education(F(1, 2), (F(0), F(1), F(2)), (F(1), F(3, 2), F(2)))
    form = sender_receiver(game_of(game.tree(), 2))
    found = signalling_equilibria(form)
    assert len(found.outcomes) > 3
    for point in found.outcomes:
        one = assessment(form, point)
        x = [tuple(point.x[3 * t : 3 * t + 3]) for t in range(2)]
        y = [tuple(one.profile[position]) for position in form.places]
        assert is_equilibrium(game, x, y)


# -- refusals -------------------------------------------------------------------------------------


def test_other_trees_are_refused() -> None:
    tree = Draw(
        (F(1, 2), F(1, 2)),
        (
            Choice(0, (Choice(1, (Choice(0, ((0, 0), (1, 1))), (0, 0)), "r"), (0, 0))),
            Choice(0, (Choice(1, ((1, 0), (0, 1)), "r"), (0, 0))),
        ),
    )
    with pytest.raises(MethodError, match="somebody moves after the response"):
        sender_receiver(game_of(tree, 2))


def test_noise_between_message_and_reply_is_refused() -> None:
    """Beliefs after two noisy signals of one message hang together."""
    noisy = Draw(
        (F(1, 2), F(1, 2)), (Choice(1, ((0, 1), (1, 0)), "r"), Choice(1, ((0, 0), (1, 1)), "s"))
    )
    tree = Draw((F(1, 2), F(1, 2)), (Choice(0, (noisy, (0, 0))), Choice(0, (noisy, (1, 1)))))
    with pytest.raises(MethodError, match="between a message and the responses"):
        sender_receiver(game_of(tree, 2))


def test_draws_of_probability_zero_are_refused() -> None:
    with pytest.raises(MethodError, match="type draws weak with probability 0"):
        negotiation.solve(beer_quiche(F(1)), "sequential", method="sender-receiver")


def test_imperfect_recall_is_refused() -> None:
    """A sender who replies to himself and has forgotten his message."""
    tree = Draw(
        (F(1, 2), F(1, 2)),
        tuple(Choice(0, (Choice(0, ((0, 0), (1, 1)), "r"), (0, 0))) for _ in range(2)),
    )
    with pytest.raises(GameError, match="imperfect recall"):
        sender_receiver(game_of(tree, 2))
    with pytest.raises(MethodError, match="imperfect recall"):
        negotiation.solve(game_of(tree, 2), "sequential")


def test_too_many_responses_are_refused() -> None:
    tree = Draw(
        (F(1, 2), F(1, 2)),
        tuple(
            Choice(0, (Choice(1, tuple((k, k) for k in range(11)), "r"), (0, 0))) for _ in range(2)
        ),
    )
    with pytest.raises(MethodError, match="2 signals and 11 responses"):
        sender_receiver(game_of(tree, 2))


def test_signal_rules_need_signals() -> None:
    tree = Choice(0, ((0, 0), Choice(1, ((1, 1), Choice(0, ((2, 0), (0, 3)))))))
    with pytest.raises(MethodError, match="intuitive is defined for sender-receiver games"):
        negotiation.solve(game_of(tree, 2), "sequential", select="intuitive")


# -- budgets ---------------------------------------------------------------------------------------


def test_a_pure_equilibrium_is_had_when_the_time_is_spent_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock stands still until it is first looked at; from then on it is too late."""
    seen = []

    def monotonic() -> float:
        seen.append(None)
        return 0.0 if len(seen) == 1 else 1e9

    monkeypatch.setattr(signalling.time, "monotonic", monotonic)
    found = signalling_equilibria(beer_quiche(), deadline=1.0)
    assert len(found.outcomes) == 1
    assert set(found.outcomes[0].x) == {0, 1}
    assert found.gap.startswith("there are at least these equilibria")
    before = signalling_equilibria(beer_quiche(), deadline=1.0)
    assert before.outcomes == ()


@pytest.mark.parametrize("seed", range(12))
def test_pure_outcomes_come_first(seed: int) -> None:
    """With ties too: payoffs are few different numbers."""
    tree = random_signalling(random.Random(seed), (2, 3, 2), 2).tree()
    found = signalling_equilibria(game_of(tree, 2)).outcomes
    pure = [{p for shares in (one.x, *one.y) for p in shares} <= {0, 1} for one in found]
    assert pure == sorted(pure, reverse=True)


def test_what_was_found_is_certified_though_the_budget_is_spent() -> None:
    """Cho and Kreps in a millisecond: one of the two pooling outcomes at least."""
    solution = negotiation.solve(beer_quiche(), "perfect-bayesian", budget=0.001)
    assert solution.equilibria or solution.termination == "budget"
    assert all(one.certificate.largest_gain == 0 for one in solution.equilibria)
    nothing = negotiation.solve(beer_quiche(), "perfect-bayesian", budget=0.0)
    assert (nothing.equilibria, nothing.termination) == ((), "budget")
