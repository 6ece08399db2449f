"""Whose incentives turn in a signalling model: the oracle gives each comparison its own taste."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest

from negotiation import load, regimes, solve
from negotiation.analysis.regimes.support import Binding
from negotiation.model.document import Model
from negotiation.model.reading import model_from_toml

COMPARISONS = ("s0", "s1", "r0", "r1")
"""Whether the strong, the weak sender is loud; whether the receiver says yes to loud, to soft."""
KINDS, WORDS, REPLIES = ("strong", "weak"), ("loud", "soft"), ("yes", "no")
LITTLE = Fraction(1, 100)
Regimes = frozenset[str]


def messages(seed: int) -> Model:
    """Return a game in which four comparisons turn, or may turn, where x = y.

    The receiver is often indifferent there at the prior, the sender between words that are
    answered alike.
    """
    rng = random.Random(seed)
    sender = " + ".join(
        f"({rng.randint(-1, 1)}) * (kind == '{kind}') * (word == '{word}') * (reply == '{reply}')"
        for kind, word, reply in itertools.product(KINDS, WORDS, REPLIES)
    )
    for j, kind in enumerate(KINDS):
        sender += f" + (s{j} - y) * (kind == '{kind}') * (word == 'loud')"
    worth = [rng.choice([(3, -2), (-3, 2), (3, -1), (-1, 2), (-2, 1)]) for _ in WORDS]
    receiver = " + ".join(
        f"(({strong} if kind == 'strong' else {weak}) + r{j} - y) * (word == '{word}')"
        " * (reply == 'yes')"
        for j, (word, (strong, weak)) in enumerate(zip(WORDS, worth, strict=True))
    )
    own = "\n".join(f'{name} = {{ value = "x" }}' for name in COMPARISONS)
    return model_from_toml(
        f"""
name = "messages"
form = "extensive"
players = ["S", "R"]
concept = "perfect-bayesian"
[parameters]
x = {{ domain = "-1 <= x <= 1" }}
y = {{ domain = "-1 <= y <= 1" }}
{own}
[[moves]]
name = "kind"
player = "chance"
actions = ["strong", "weak"]
probabilities = ["2/5", "rest"]
[[moves]]
name = "word"
player = "S"
actions = ["loud", "soft"]
observes = ["kind"]
[[moves]]
name = "reply"
player = "R"
actions = ["yes", "no"]
observes = ["word"]
[payoffs]
S = "{sender}"
R = "{receiver}"
[[regimes]]
name = "loud"
when = "word == 'loud'"
[[regimes]]
name = "soft"
when = "word == 'soft'"
[[regimes]]
name = "strong loud"
when = "(word == 'loud') == (kind == 'strong')"
[[regimes]]
name = "weak loud"
when = "(word == 'loud') == (kind == 'weak')"
[[regimes]]
name = "mixed"
when = "True"
"""
    )


def expected(model: Model) -> tuple[set[str], bool] | None:
    """Return the comparisons whose own sign changes the regimes, and whether all together do.

    None if the oracle cannot say. It cannot where both types mix at once: then they are indifferent
    alike, whatever x - y is, and a taste of one type's own ends that too.
    """
    known: dict[tuple[int, ...], Regimes] = {}
    for signs in itertools.product((-1, 1), repeat=len(COMPARISONS)):
        tastes = {name: LITTLE * s for name, s in zip(COMPARISONS, signs, strict=True)}
        solution = solve(model.at({"x": 0, "y": 0, **tastes}))
        assert solution.complete
        for equilibrium in solution.equilibria:
            pairs = {(o.moves["kind"], o.moves["word"]) for o in equilibrium.outcomes}
            if len(pairs) == len(KINDS) * len(WORDS):
                return None
        known[signs] = frozenset(e.regime for e in solution.equilibria)
    every = range(len(COMPARISONS))
    ends = {base: known[(base,) * len(every)] for base in (-1, 1)}
    alone = {
        COMPARISONS[j]
        for j, base in itertools.product(every, ends)
        if ends[base] != known[tuple(-base if k == j else base for k in every)]
    }
    return alone, ends[1] != ends[-1]


def told_of(binding: Binding) -> str:
    known = dict(binding.information)
    if binding.player == "S":
        return f"s{KINDS.index(known['kind'])}"
    return f"r{WORDS.index(known['word'])}"


SEEDS = [pytest.param(seed, marks=pytest.mark.slow if seed > 6 else ()) for seed in range(40)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_comparisons_that_decide_are_told(seed: int) -> None:
    model = messages(seed)
    oracle = expected(model)
    if oracle is None:
        pytest.skip("both types mix at once")
    wanted, together = oracle
    found = regimes(model, {"x": (-1, 1), "y": (-1, 1)})
    turns = [
        turn
        for boundary in found.boundaries
        if boundary.polynomial.text() == "x - y"
        for turn in boundary.turning
    ]
    assert turns or not together
    for turn in turns:
        told = {told_of(binding) for binding in turn.binding}
        assert len(told) == len(turn.binding)
        assert told >= wanted
        assert told == wanted or not turn.decisive


def test_who_is_indifferent_over_beer_and_quiche() -> None:
    """Cho and Kreps: where half are strong the receiver is indifferent after what all have.

    The intuitive criterion keeps pooling on beer only. Where a weak sender's taste for quiche is
    worth as much as peace, the weak one alone leaves off pooling on beer; the strong one's taste
    ends pooling on quiche.
    """
    beer, quiche = "breakfast = beer", "breakfast = quiche"
    at = "receiver at reply after"
    model = load("beer-quiche")
    both = regimes(model, {"strong": (0, 1)}).breakpoints
    (point,) = both
    assert point.decisive
    assert {str(b).partition(":")[0] for b in point.binding} == {f"{at} {beer}", f"{at} {quiche}"}
    over = {"strong": (0, 1), "peace": ("3/2", 4)}
    (one,) = regimes(model, over, select="intuitive").boundaries
    assert [turn.decisive for turn in one.turning] == [True]
    assert [str(b).partition(":")[0] for b in one.binding] == [f"{at} {beer}"]
    plane = regimes(model, {"strong": (0, 1), "peace": (0, 4)}, by="kind")
    whose = {
        (plus, minus): {b.information[0][1] for b in turn.binding}
        for boundary in plane.boundaries
        if boundary.polynomial.text() == "peace - 1"
        for (plus, minus, _), turn in zip(boundary.between, boundary.turning, strict=True)
    }
    assert whose == {
        (("pooling",), ("separating",)): {"strong", "weak"},
        (("semi-separating",), ("separating",)): {"weak"},
    }
