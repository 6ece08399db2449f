"""The model language, sentence by sentence: what a file says is what the game is.

Payoffs are compared with functions written here in Python, at every leaf of the tree; refusals are
compared by place, column and remedy.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from negotiation import Game, Model, ModelError, UsageError
from negotiation.errors import Fault

COMPLETE = (Path(__file__).parent / "complete.toml").read_text(encoding="utf-8")
DEPENDENCE = {"US": Fraction("0.4013"), "EU": Fraction("1.3040")}  # -ln(0.3)/3 and -ln(0.02)/3


def leaves(game: Game) -> dict[tuple[tuple[str, str], ...], dict[str, Fraction]]:
    """Return, for each complete history, the payoffs by player."""
    return {
        tuple(game.path(node)): dict(zip(game.players, payoffs, strict=True))
        for node, payoffs in game.payoffs.items()
    }


def read(text: str) -> Model:
    return Model.from_toml(text)


def faults(text: str) -> tuple[Fault, ...]:
    with pytest.raises(ModelError) as caught:
        read(text)
    assert all(fault.place and fault.message and fault.remedy for fault in caught.value.faults)
    return caught.value.faults


def fault(text: str) -> Fault:
    """Return the only fault of a file."""
    found = faults(text)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def small(
    payoff: str = "0",
    *,
    parameters: str = "",
    moves: str = "",
    define: str = "",
    regimes: str = "",
    other: str = "",
    head: str = "",
) -> str:
    """Return a model file with one mover, two sets and what the test is about."""
    return f"""
name = "small"
form = "extensive"
players = ["A", "importers"]
{head}
[sets]
importers = ["US", "EU"]
exporters = ["CN", "JP"]
[parameters]
x = {{ value = 2 }}
share = {{ over = "i in importers", value = {{ US = 0.5, EU = 0.25 }} }}
{parameters}
[[moves]]
name = "act"
player = "A"
actions = ["yes", "no"]
[[moves]]
name = "joins"
over = "i in importers"
actions = ["join", "stay"]
[[moves]]
name = "offer"
player = "A"
grid = [0, "x", 0.5]
[[moves]]
name = "gives"
player = "A"
subsets = "importers"
labels = {{ all = ["EU", "US"] }}
{moves}
[define]
"square[i in importers]" = "share[i] ** 2"
{define}
[payoffs]
A = {payoff!r}
"i in importers" = "0"
{regimes}
{other}
"""


def value(payoff: str, history: Mapping[str, str] | None = None, **parts: str) -> Fraction:
    """Return the payoff of A at the first history that agrees with `history`."""
    for path, payoffs in leaves(read(small(payoff, **parts)).at()).items():
        if dict(path) | dict(history or {}) == dict(path):
            return payoffs["A"]
    raise AssertionError("no such history")


# -- the complete file ----------------------------------------------------------------------------


Cells = Fraction | dict[str, Fraction]


def coalition_game(
    exempted: frozenset[str], joining: frozenset[str], importers: tuple[str, ...], **v: Cells
) -> dict[str, Fraction]:
    """The flagship's payoffs, written once more and in no common line with the package."""

    def of(name: str, i: str = importers[0]) -> Fraction:
        cells = v[name]
        return cells[i] if isinstance(cells, dict) else cells

    succeeds = sum(of("weight", i) for i in joining) >= of("threshold")
    licence = {i: of("approval", i) * of("dependence", i) * (i in exempted) for i in importers}
    payoffs = {"China": Fraction(0) if succeeds else of("loss")}
    payoffs["China"] -= sum(of("kappa", i) * licence[i] for i in importers if i not in joining)
    if exempted:
        payoffs["China"] -= sum(of("harm", i) for i in importers if i not in exempted)
    for i in importers:
        benefit = of("benefit", i) if succeeds else Fraction(0)
        outside = licence[i] + of("sigma") * benefit
        payoffs[i] = benefit - of("cost", i) if i in joining else outside
    return payoffs


VALUES: dict[str, Cells] = {
    "approval": {"US": Fraction(9, 10), "EU": Fraction(7, 10)},
    "dependence": DEPENDENCE,
    "benefit": Fraction(1, 2),
    "cost": Fraction(3, 10),
    "sigma": Fraction(1, 3),
    "weight": Fraction(1),
    "threshold": Fraction(2),
    "loss": Fraction(1),
    "kappa": Fraction(1, 2),
    "harm": {"US": Fraction(1, 4), "EU": Fraction(1, 8)},
}
LABELS = {
    "uniform control": frozenset[str](),
    "US only": frozenset({"US"}),
    "EU only": frozenset({"EU"}),
    "uniform exemption": frozenset({"US", "EU"}),
}


def test_complete_file_is_the_game_it_describes() -> None:
    game = read(COMPLETE).at()
    assert game.players == ("China", "US", "EU")
    found = leaves(game)
    assert len(found) == 4 * 2 * 2
    for path, payoffs in found.items():
        actions = dict(path)
        joining = frozenset(i for i in ("US", "EU") if actions[f"joins[{i}]"] == "join")
        wanted = coalition_game(LABELS[actions["exempt"]], joining, ("US", "EU"), **VALUES)
        assert payoffs == wanted, path


def test_members_observe_the_exemption_and_not_each_other() -> None:
    game = read(COMPLETE).at()
    for _, information_set in game.decisions():
        if information_set.move == "exempt":
            assert information_set.information == ()
        else:
            assert [move for move, _ in information_set.information] == ["exempt"]
            assert len(information_set.nodes) == (2 if information_set.move == "joins[EU]" else 1)


def test_allowed_reads_the_candidate_and_the_parameters() -> None:
    model = read(COMPLETE)
    uniform = {dict(path)["exempt"] for path in leaves(model.at({"discriminate": 0}))}
    assert uniform == {"uniform control", "uniform exemption"}


def test_another_set_is_another_game_by_editing_one_line_and_the_values() -> None:
    members = ("US", "DE", "FR", "NL")
    text = COMPLETE.replace('importers = ["US", "EU"]', 'importers = ["US", "DE", "FR", "NL"]')
    text = text.replace("range = { US = [0.5, 0.9], EU = [0.463, 0.98] }\n", "")
    text = text.replace("value = { US = 0.70, EU = 0.98 }", "value = { default = 0.5 }")
    text = text.replace('source = { US = "assumed", EU = "F067" }', 'source = "assumed"')
    text = text.replace("value = { US = 0.9, EU = 0.7 }", "value = 0.9")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("labels ="))
    found = leaves(read(text).at())
    assert len(found) == 2**4 * 2**4
    values = (
        VALUES
        | {
            "approval": Fraction(9, 10),
            "dependence": Fraction("0.2310"),  # ln(2)/3
            "harm": {"US": Fraction(1, 4)} | dict.fromkeys(members[1:], Fraction(1, 8)),
        }
    )
    subsets = {
        "{" + ", ".join(chosen) + "}": frozenset(chosen)
        for size in range(5)
        for chosen in itertools.combinations(members, size)
    }
    for path, payoffs in found.items():
        actions = dict(path)
        joining = frozenset(i for i in members if actions[f"joins[{i}]"] == "join")
        exempted = subsets[actions["exempt"]]
        assert payoffs == coalition_game(exempted, joining, members, **values)


def test_regimes_are_the_first_match_on_the_path() -> None:
    game = read(COMPLETE).at()
    for node in game.payoffs:
        actions = dict(game.path(node))
        joined = sum(actions[f"joins[{i}]"] == "join" for i in ("US", "EU"))
        wanted = "divide" if actions["exempt"].endswith("only") else actions["exempt"]
        assert game.regime(((node, Fraction(1)),)) == ("resisted" if joined == 2 else wanted)


# -- the other examples ---------------------------------------------------------------------------

SIGNALLING = '''
name = "beer-quiche"
form = "extensive"
players = ["sender", "receiver"]
[parameters]
strong = { value = 0.9, domain = "0 < strong < 1" }
[[moves]]
name = "type"
player = "chance"
actions = ["strong", "weak"]
probabilities = ["strong", "rest"]
[[moves]]
name = "message"
player = "sender"
actions = ["beer", "quiche"]
observes = ["type"]
[[moves]]
name = "reply"
player = "receiver"
actions = ["fight", "leave"]
observes = ["message"]
[payoffs]
sender = "(1 if (message == 'beer') == (type == 'strong') else 0) + (2 if reply == 'leave' else 0)"
receiver = "1 if (reply == 'fight') == (type == 'weak') else 0"
[[regimes]]
name = "pooling on beer"
when = "message == 'beer'"
[[regimes]]
name = "separating"
when = """
prob(message == 'beer', type == 'strong') in (0, 1)
and prob(message == 'beer', type == 'strong') == 1 - prob(message == 'beer', type == 'weak')"""
[[regimes]]
name = "noisy"
when = "0 < prob(reply == 'fight') < 1 and mean(2 if message == 'beer' else 0) > 1"
'''


def test_signalling_game_has_the_information_sets_of_its_observes() -> None:
    # `strong` is a parameter and a label: labels are quoted, so the two never meet.
    game = read(SIGNALLING).at()
    sets = {(s.move, s.information): len(s.nodes) for _, s in game.decisions()}
    assert sets == {
        ("message", (("type", "strong"),)): 1,
        ("message", (("type", "weak"),)): 1,
        ("reply", (("message", "beer"),)): 2,
        ("reply", (("message", "quiche"),)): 2,
    }
    assert game.probabilities[0] == (Fraction(9, 10), Fraction(1, 10))
    for path, payoffs in leaves(game).items():
        actions = dict(path)
        suits = (actions["message"] == "beer") == (actions["type"] == "strong")
        assert payoffs["sender"] == suits + 2 * (actions["reply"] == "leave")
        assert payoffs["receiver"] == ((actions["reply"] == "fight") == (actions["type"] == "weak"))


@pytest.mark.parametrize(
    ("paths", "wanted"),
    [
        ({"strong beer leave": "0.9", "weak beer leave": "0.1"}, "pooling on beer"),
        ({"strong beer leave": "0.9", "weak quiche fight": "0.1"}, "separating"),
        ({"strong quiche leave": "0.9", "weak beer fight": "0.1"}, "separating"),
        (
            {"strong beer leave": "0.9", "weak beer fight": "0.04", "weak quiche leave": "0.06"},
            "noisy",
        ),
        ({"strong quiche leave": "0.9", "weak quiche leave": "0.1"}, "unnamed"),
    ],
)
def test_regimes_of_random_paths(paths: dict[str, str], wanted: str) -> None:
    game = read(SIGNALLING).at()
    nodes = {" ".join(action for _, action in game.path(node)): node for node in game.payoffs}
    distribution = tuple((nodes[path], Fraction(weight)) for path, weight in paths.items())
    assert game.regime(distribution) == wanted


OFFERS = """
name = "offers"
form = "extensive"
players = ["China", "importers"]
[sets]
importers = ["US", "EU"]
[parameters]
stake = { value = 1.5 }
[[moves]]
name = "offer"
turns = "i in importers"
player = "China"
grid = [0, "stake"]
observes = ["offer", "reply"]
[[moves]]
name = "reply"
turns = "i in importers"
actions = ["accept", "refuse"]
observes = ["offer", "reply"]
[payoffs]
China = "-sum(offer[i] for i in importers if reply[i] == 'accept')"
"i in importers" = "offer[i] if reply[i] == 'accept' else 0.25"
"""


def information(game: Game) -> dict[str, set[tuple[str, ...]]]:
    """Return, for each move, the earlier moves that its mover knows."""
    known: dict[str, set[tuple[str, ...]]] = {}
    for _, s in game.decisions():
        known.setdefault(s.move, set()).add(tuple(move for move, _ in s.information))
    return known


def test_offers_one_after_another_interleave_and_are_public() -> None:
    game = read(OFFERS).at()
    assert game.moves() == ["offer[US]", "reply[US]", "offer[EU]", "reply[EU]"]
    assert information(game) == {
        "offer[US]": {()},
        "reply[US]": {("offer[US]",)},
        "offer[EU]": {("offer[US]", "reply[US]")},
        "reply[EU]": {("offer[US]", "reply[US]", "offer[EU]")},
    }
    for path, payoffs in leaves(game).items():
        actions = dict(path)
        paid = {
            i: Fraction("1.5") if actions[f"offer[{i}]"] == "stake" else Fraction(0)
            for i in ("US", "EU")
        }
        accepted = {i: actions[f"reply[{i}]"] == "accept" for i in ("US", "EU")}
        assert payoffs["China"] == -sum(paid[i] for i in paid if accepted[i])
        for i in paid:
            assert payoffs[i] == (paid[i] if accepted[i] else Fraction(1, 4))


def test_private_offers_are_seen_by_their_receiver_only() -> None:
    private = OFFERS.replace(
        'actions = ["accept", "refuse"]\nobserves = ["offer", "reply"]',
        'actions = ["accept", "refuse"]\nobserves = ["offer[i]"]',
    )
    assert information(read(private).at())["reply[EU]"] == {("offer[EU]",)}
    # one member may be named, too
    named = private.replace('["offer[i]"]', '["offer[i]", "reply[US]"]')
    assert information(read(named).at())["reply[EU]"] == {("reply[US]", "offer[EU]")}


def test_a_mover_recalls_what_it_did_without_saying_so() -> None:
    forgetful = OFFERS.replace(
        'grid = [0, "stake"]\nobserves = ["offer", "reply"]', 'grid = [0, "stake"]\nobserves = []'
    )
    assert information(read(forgetful).at())["offer[EU]"] == {("offer[US]",)}


def test_a_mover_recalls_what_it_saw_before() -> None:
    text = OFFERS.replace(
        "[payoffs]",
        '[[moves]]\nname = "ends"\nover = "i in importers"\nactions = ["yes", "no"]\n[payoffs]',
    )
    known = information(read(text).at())
    assert known["ends[US]"] == {("offer[US]", "reply[US]")}
    assert known["ends[EU]"] == {("offer[US]", "reply[US]", "offer[EU]", "reply[EU]")}


def test_turns_that_are_not_adjacent_do_not_interleave() -> None:
    text = OFFERS.replace(
        '[[moves]]\nname = "reply"',
        '[[moves]]\nname = "pause"\nplayer = "China"\nactions = ["go"]\n[[moves]]\nname = "reply"',
    )
    assert read(text).at().moves() == [
        "offer[US]",
        "offer[EU]",
        "pause",
        "reply[US]",
        "reply[EU]",
    ]


def test_over_moves_at_the_same_time_by_one_player() -> None:
    text = OFFERS.replace('turns = "i in importers"\nplayer', 'over = "i in importers"\nplayer')
    text = text.replace('grid = [0, "stake"]\nobserves = ["offer", "reply"]', 'grid = [0, "stake"]')
    assert read(text).at().moves()[:2] == ["offer[US]", "offer[EU]"]


def test_a_member_is_shown_to_another_when_told_so() -> None:
    text = COMPLETE.replace('observes = ["exempt"]', 'observes = ["exempt", "joins[US]"]')
    known = information(read(text).at())
    assert known["joins[US]"] == {("exempt",)}
    assert known["joins[EU]"] == {("exempt", "joins[US]")}


@pytest.mark.parametrize("observed", ["reply", "message", "reply[US]", "nothing"])
def test_observing_what_is_not_played_before_is_a_fault(observed: str) -> None:
    text = SIGNALLING.replace('observes = ["type"]', f'observes = ["type", "{observed}"]')
    found = fault(text)
    assert found.place == "moves[1].observes"


# -- pairs ----------------------------------------------------------------------------------------


PAIRS = """
n = { over = "j in exporters", value = { CN = 1, JP = 0 } }
[parameters.trade]
over = "i in importers, j in exporters"
default = 3
value = { US = { CN = 1 }, "EU, JP" = 2 }
"""
BOTH = '"both[i in importers, j in exporters]" = "trade[i, j] + share[i]"'


def test_pairs_with_default_for_cells_not_given() -> None:
    payoff = "sum(trade[i, j] * 10 ** n[j] for i in importers for j in exporters)"
    model = read(small(payoff, parameters=PAIRS))
    assert model.values() == {
        "x": 2,
        "share[US]": Fraction(1, 2),
        "share[EU]": Fraction(1, 4),
        "n[CN]": 1,
        "n[JP]": 0,
        "trade[US, CN]": 1,
        "trade[US, JP]": 3,
        "trade[EU, CN]": 3,
        "trade[EU, JP]": 2,
    }
    assert next(iter(leaves(model.at()).values()))["A"] == 10 + 3 + 30 + 2
    assert model.values({"trade[US,CN]": 7})["trade[US, CN]"] == 7
    assert value("both[EU, JP]", parameters=PAIRS, define=BOTH) == Fraction("2.25")


def test_default_may_stand_in_the_table_or_beside_it() -> None:
    for spelling in ("default = 3, value = { US = 1 }", "value = { US = 1, default = 3 }"):
        text = small(parameters=f'z = {{ over = "i in importers", {spelling} }}')
        values = read(text).values()
        assert values["z[US]"] == 1
        assert values["z[EU]"] == 3


# -- actions --------------------------------------------------------------------------------------


def test_labels_of_subsets_renamed_and_canonical() -> None:
    for text in ("all", "{US, EU}", "{EU,US}", "{ US , EU }"):
        assert value(f"1 if gives == '{text}' else 0", {"gives": "all"}) == 1
        assert value(f"1 if gives in ('{text}', '{{}}') else 0", {"gives": "all"}) == 1
    assert value("1 if gives == '{}' else 0", {"gives": "{}"}) == 1
    assert value("1 if gives != '{US}' else 0", {"gives": "{US}"}) == 0
    assert value("1 if gives == importers else 0", {"gives": "all"}) == 1


def test_the_order_of_subsets_and_their_canonical_labels() -> None:
    game = read(small().replace("labels = { all", "labels = { both")).at({"x": 3})
    labels = [s.actions for _, s in game.decisions() if s.move == "gives"]
    assert set(labels) == {("{}", "{US}", "{EU}", "both")}


def test_sets_are_values() -> None:
    history = {"gives": "{EU}"}
    assert value("len(gives) + 10 * len(importers)", history) == 21
    assert value("sum(share[i] for i in gives)", history) == Fraction(1, 4)
    assert value("sum(1 for i in importers if i not in gives)", history) == 1
    assert value("1 if EU in gives and US not in gives else 0", history) == 1
    assert value("len(i for i in importers if joins[i] == 'join')", {"joins[US]": "stay"}) <= 1
    assert value("1 if all(i in gives for i in importers) else 0", history) == 0
    assert value("min(share[i] for i in importers) + max(1, x, 0.5)", history) == Fraction("2.25")


def test_a_definition_or_a_choice_may_be_a_set() -> None:
    define = 'chosen = "gives if x > 1 else importers"\nsame = "chosen"'
    history = {"gives": "{EU}"}
    assert value("sum(share[i] for i in same)", history, define=define) == Fraction(1, 4)
    assert value("len(same)", history, define=define) == 1
    assert value("1 if US in same else 0", history, define=define) == 0
    assert value("sum(share[i] for i in (gives if x > 9 else importers))", history) == Fraction(
        3, 4
    )


def test_grid_labels_are_fractions_in_lowest_terms_or_the_text_of_a_formula() -> None:
    game = read(small()).at()
    labels = {s.actions for _, s in game.decisions() if s.move == "offer"}
    assert labels == {("0", "x", "1/2")}
    assert value("offer", {"offer": "x"}) == 2
    assert value("1 if offer == 0.5 and offer == '1/2' else 0", {"offer": "1/2"}) == 1
    assert value("1 if offer in ('x', '0') else 0", {"offer": "x"}) == 1
    assert value("1 if offer in (x, 0) else 0", {"offer": "x"}) == 1
    assert value("1 if 0 < offer <= x else 0", {"offer": "1/2"}) == 1


def test_a_grid_from_to_steps_has_both_ends() -> None:
    text = small("offer").replace('[0, "x", 0.5]', '{ from = 0, to = "x", steps = 5 }')
    game = read(text).at()
    labels = {s.actions for _, s in game.decisions() if s.move == "offer"}
    assert labels == {("0", "1/2", "1", "3/2", "2")}
    thirds = read(text.replace("steps = 5", 'steps = "x + 2"')).at()
    assert {s.actions for _, s in thirds.decisions() if s.move == "offer"} == {
        ("0", "2/3", "4/3", "2")
    }


@pytest.mark.parametrize(
    ("formula", "history", "wanted"),
    [
        ("1 if joins[US] == joins[EU] == 'join' else 0", "join join", 1),
        ("1 if joins[US] == joins[EU] == 'join' else 0", "stay stay", 0),
        ("1 if 'join' == joins[US] != joins[EU] else 0", "join stay", 1),
        ("1 if joins[US] == 'join' == joins[EU] else 0", "join join", 1),
        ("1 if joins[US] in ('join', 'stay') else 0", "stay join", 1),
        ("1 if joins[US] not in ('join',) else 0", "stay join", 1),
    ],
)
def test_chained_comparisons_with_labels(formula: str, history: str, wanted: int) -> None:
    us, eu = history.split()
    assert value(formula, {"joins[US]": us, "joins[EU]": eu}) == wanted


def test_chained_comparison_of_a_grid_with_a_label() -> None:
    # by label to the right, by value to the left
    assert value("1 if 0.5 == offer == '1/2' else 0", {"offer": "1/2"}) == 1
    assert value("1 if gives == importers == gives == 'all' else 0", {"gives": "all"}) == 1


# -- when, allowed, otherwise, chance --------------------------------------------------------------

SKIPPING = """
name = "skipping"
form = "extensive"
players = ["A", "B"]
[[moves]]
name = "enter"
player = "A"
actions = ["in", "out"]
[[moves]]
name = "reply"
player = "B"
observes = ["enter"]
when = "enter == 'in'"
actions = ["fight", "yield"]
[payoffs]
A = "1 if reply == 'yield' else 0"
B = "0"
"""


def test_a_skipped_move_has_the_value_of_otherwise() -> None:
    found = leaves(read(SKIPPING.replace("when =", 'otherwise = "yield"\nwhen =')).at())
    assert {path: payoffs["A"] for path, payoffs in found.items()} == {
        (("enter", "in"), ("reply", "fight")): 0,
        (("enter", "in"), ("reply", "yield")): 1,
        (("enter", "out"),): 1,
    }


def test_otherwise_may_be_a_label_of_its_own() -> None:
    text = SKIPPING.replace("when =", 'otherwise = "none"\nwhen =')
    found = leaves(read(text.replace("reply == 'yield'", "reply == 'none'")).at())
    assert found[(("enter", "out"),)]["A"] == 1


def test_reading_a_skipped_move_without_otherwise_is_a_fault() -> None:
    with pytest.raises(ModelError) as caught:
        read(SKIPPING).at()
    (found,) = caught.value.faults
    assert found.place == "payoffs.A"
    assert "reply" in found.message
    assert "enter = out" in found.message
    assert "otherwise" in found.remedy


def test_reading_a_skipped_move_behind_a_guard_is_none() -> None:
    text = SKIPPING.replace("1 if reply", "1 if enter == 'in' and reply")
    assert len(leaves(read(text).at())) == 3


def test_chance_over_members_draws_independently() -> None:
    text = small(
        moves="""[[moves]]
name = "luck"
over = "i in importers"
player = "chance"
actions = ["good", "bad"]
probabilities = ["share[i]", "rest"]"""
    )
    game = read(text).at()
    drawn = {
        game.information_sets[game.set_of[node]].move: probabilities
        for node, probabilities in game.probabilities.items()
    }
    assert drawn == {
        "luck[US]": (Fraction(1, 2), Fraction(1, 2)),
        "luck[EU]": (Fraction(1, 4), Fraction(3, 4)),
    }


def test_chance_may_depend_on_what_was_played() -> None:
    text = SIGNALLING.replace(
        "[payoffs]",
        '[[moves]]\nname = "luck"\nplayer = "chance"\nactions = ["a", "b"]\n'
        'probabilities = ["0.25 if reply == \'fight\' else 1", "rest"]\n[payoffs]',
    )
    game = read(text).at()
    seen = {
        (dict(game.path(node))["reply"], probabilities)
        for node, probabilities in game.probabilities.items()
        if game.information_sets[game.set_of[node]].move == "luck"
    }
    quarter = Fraction(1, 4)
    assert seen == {("fight", (quarter, 1 - quarter)), ("leave", (Fraction(1), Fraction(0)))}


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        ("[0.5, 0.4]", "sum to"),
        ('["1/3", "1/3"]', "sum to"),
        ('["rest", "rest"]', "more than once"),
        ("[1.5, -0.5]", "no probability"),
        ('["-1/2", "rest"]', "no probability"),
        ("[0.5]", "1 probabilities for 2 actions"),
        ("[0.2, 0.3, 0.5]", "3 probabilities for 2 actions"),
        ('["message", "rest"]', "is no number"),
        ('["1 if message == \'beer\' else 0", "rest"]', "played after type"),
    ],
)
def test_probabilities_that_are_none(probabilities: str, message: str) -> None:
    found = fault(SIGNALLING.replace('["strong", "rest"]', probabilities))
    assert found.place.startswith("moves[0].probabilities")
    assert message in found.message


def test_probabilities_that_do_not_sum_to_one_at_the_values() -> None:
    model = read(SIGNALLING.replace('["strong", "rest"]', '["strong", "strong"]'))
    with pytest.raises(ModelError, match="do not sum to one"):
        model.at()
    assert model.at({"strong": "1/2"}).probabilities[0] == (Fraction(1, 2), Fraction(1, 2))


# -- what a mover knows ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "define"),
    [
        ("joins[US] == 'join'", ""),
        ("seen", "seen = \"joins[US] == 'join'\""),
        ("seen", 'seen = "deeper"\ndeeper = "joins[EU] == \'join\'"'),
        ("sum(1 for j in importers if joins[j] == 'join') > 0", ""),
        ("told[US]", '"told[j in importers]" = "joins[j] == \'join\'"'),
    ],
)
@pytest.mark.parametrize("key", ["when", "allowed"])
def test_conditions_read_only_what_the_mover_knows(key: str, formula: str, define: str) -> None:
    if key == "allowed":
        formula = f"last == 'a' or {formula}"
    unknown = small(
        moves=f'[[moves]]\nname = "last"\nplayer = "A"\nactions = ["a", "b"]\n{key} = "{formula}"',
        define=define,
    )
    found = fault(unknown)
    assert found.place == f"moves[4].{key}"
    assert found.text == formula
    assert "does not know" in found.message
    assert "observes" in found.remedy
    known = unknown.replace(f"{key} =", f'observes = ["joins"]\n{key} =')
    assert len(leaves(read(known).at()))


def test_a_condition_that_reads_its_own_move_or_a_later_one() -> None:
    own = SKIPPING.replace("enter == 'in'\"", "reply == 'yield'\"")
    assert "the move itself" in fault(own).message
    later = SKIPPING.replace('name = "enter"', 'when = "reply == \'yield\'"\nname = "enter"')
    assert "played after" in fault(later).message


def test_members_that_a_condition_rules_out_are_not_read() -> None:
    actions = 'actions = ["accept", "refuse"]'

    def turns(when: str) -> str:
        return OFFERS.replace(actions, f'{actions}\notherwise = "refuse"\nwhen = "{when}"')

    # the EU is asked only where the US has not accepted
    first = "sum(1 for j in importers if j != i and j == US and reply[j] == 'accept') == 0"
    asked = [dict(path) for path in leaves(read(turns(first)).at())]
    assert all(("reply[EU]" in path) == (path["reply[US]"] == "refuse") for path in asked)
    later = fault(turns("all(reply[j] == 'accept' for j in importers if j != i)"))
    assert later.message == "when reads reply[EU], which is played after reply[US]"
    own = fault(turns("any(reply[j] == 'accept' for j in importers)"))
    assert own.message == "when reads reply[EU], which is played after reply[US]"


def test_allowed_of_a_family_reads_its_own_cell_by_either_name() -> None:
    for own in ("joins", "joins[i]"):
        text = small().replace(
            '["join", "stay"]', f'["join", "stay"]\nallowed = "{own} == \'stay\' or share[i] > 0.3"'
        )
        seen = {
            (s.move, s.actions)
            for _, s in read(text).at().decisions()
            if s.move.startswith("joins")
        }
        assert seen == {("joins[US]", ("join", "stay")), ("joins[EU]", ("stay",))}


# -- definitions, payoffs, names -------------------------------------------------------------------


def test_index_letters_are_local() -> None:
    twice = "sum(share[j] for j in importers) + sum(square[j] for j in importers)"
    assert value(twice) == Fraction("0.75") + Fraction("0.3125")
    both = "sum(share[i] * share[j] for i in importers for j in importers if i != j)"
    assert value(both) == Fraction("0.25")


@pytest.mark.parametrize(
    ("payoff", "wanted"),
    [
        ("1 + 2 * 3 ** 2 - 4 / 8", "18.5"),
        ("-2 ** 2", "-4"),
        ("2 ** -1", "0.5"),
        ("0.1 + 0.2", "0.3"),
        ("1e-3", "0.001"),
        ("1_000", "1000"),
        ("abs(-x)", "2"),
        ("1 < x <= 2", "1"),
        ("True", "1"),
        ("-(x > 1)", "-1"),
        ("(x > 1) + (x > 0)", "2"),
        ("not x > 1", "0"),
        ("x > 1 and x > 5 or x == 2", "1"),
        ("1 / 0 if x > 5 else 3", "3"),
        ("x > 5 and 1 / 0 > 1", "0"),
        ("x < 5 or 1 / 0 > 1", "1"),
        ("any(i == US for i in importers)", "1"),
        ("all(share[i] > 0.3 for i in importers)", "0"),
        ("sum(1 for i in importers if i in (US, EU))", "2"),
        ("min(x, 1, 3)", "1"),
        ("x if US == US else 0", "2"),
        ("(1\n + 2)", "3"),
        ("  7", "7"),
    ],
)
def test_formulas_mean_what_python_means_but_exactly(payoff: str, wanted: str) -> None:
    text = payoff.replace("\n", "\\n")
    found = read(small("0").replace("A = '0'", f'A = "{text}"')).at()
    assert next(iter(leaves(found).values()))["A"] == Fraction(wanted)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (small(parameters="importers = { value = 1 }"), "both a set and a parameter"),
        (small(parameters="US = { value = 1 }"), "both a member and a parameter"),
        (small(parameters="A = { value = 1 }"), "both a player and a parameter"),
        (small(parameters="act = { value = 1 }"), "taken"),
        (small(define='x = "1"'), "taken"),
        (small(define='square = "1"'), "taken"),
        (small(parameters='y = { over = "x in importers", value = 1 }'), "already a parameter"),
        (small(parameters='y = { over = "US in importers", value = 1 }'), "already a member"),
        (
            small(parameters='y = { over = "sum in importers", value = 1 }'),
            "a word of the language",
        ),
        (small(parameters='y = { over = "is in importers", value = 1 }'), "a Python keyword"),
        (small().replace('"i in importers" = "0"', '"US in importers" = "0"'), "already a member"),
        (small("sum(1 for x in importers)"), "'x' is taken"),
        (small("sum(1 for US in importers)"), "'US' is taken"),
        (small("sum(1 for len in importers)"), "cannot be an index letter"),
        (small(define="\"y[k in importers]\" = 'sum(1 for k in importers)'"), "'k' is taken"),
        (small().replace('exporters = ["CN", "JP"]', 'exporters = ["CN", "x"]'), "both a"),
        (small().replace('players = ["A", ', 'players = ["A", "x", '), "has no payoff"),
        (small().replace('["CN", "JP"]', '["CN", "CN"]'), "CN stands twice"),
        (small().replace('["CN", "JP"]', "[]"), "the set is empty"),
        (small().replace('["CN", "JP"]', '["CN", "default"]'), "can be called 'default'"),
        (small().replace('players = ["A", ', 'players = ["A", "A", '), "stands twice"),
        (small().replace('players = ["A", ', 'players = ["A", "chance", '), "chance is no player"),
    ],
)
def test_one_name_one_meaning(text: str, message: str) -> None:
    assert any(message in found.message for found in faults(text))


@pytest.mark.parametrize(
    "name", ["lambda", "for", "if", "None", "sum", "payoff", "regime", "chance"]
)
def test_keywords_and_words_of_the_language_are_no_names(name: str) -> None:
    found = fault(small(parameters=f"{name} = {{ value = 1 }}"))
    assert found.place == f"parameters.{name}"
    assert name in found.message
    assert "call it" in found.remedy
    if name == "lambda":
        assert found.remedy == "call it lam"


@pytest.mark.parametrize(
    ("line", "place", "nearest"),
    [
        ('titel = "x"', "titel", "title"),
        ('include = "other.toml"', "include", "a Python script"),
        ("[parameter]\nx = { value = 1 }", "parameter", "parameters"),
        ("[parameters.y]\nvaleu = 1", "parameters.y.valeu", "value"),
        ('[[regime]]\nname = "a"\nwhen = "True"', "regime", "regimes"),
        ('[[regimes]]\nname = "a"\nwhen = "True"\nif = "x"', "regimes[0].if", "known here"),
        ('[[facts]]\nid = "a"\nobserved = {}\nsources = "x"', "facts[0].sources", "source"),
    ],
)
def test_unknown_keys_name_the_nearest_known_one(line: str, place: str, nearest: str) -> None:
    if line.startswith("["):
        found = fault(small(other=line))
    else:
        found = fault(small(head=line))
    assert found.place == place
    assert "unknown key" in found.message
    assert nearest in found.remedy


def test_what_does_not_fit_is_for_a_script_that_emits_toml() -> None:
    assert "a Python script" in fault(small("sum(share[i + 1] for i in importers)")).remedy
    recursion = fault(small(define='"v[i in importers]" = "v[i] + 1"'))
    assert "a Python script" in recursion.remedy


def test_all_faults_are_reported_at_once_with_place_column_and_nearest_name() -> None:
    text = small(
        "xx + shar[US] + 'a",
        parameters='y = { value = "x + zz", domain = "y >" }\nz = { value = 3, domain = "z < 1" }',
        moves='[[moves]]\nname = "more"\nplayer = "B"\nactons = ["a"]\nactions = 3',
        define='d = "1 + joins"',
        regimes='[[regimes]]\nname = "r"\nwhen = "x > 1"',
        head='concept = "nahs"\nselect = "prefered:A"',
    )
    found = {(f.place, f.column): f for f in faults(text)}
    assert {place for place, _ in found} == {
        "payoffs.A",
        "parameters.y.value",
        "parameters.y.domain",
        "moves[4].actons",
        "moves[4].actions",
        "moves[4].player",
        "define.d",
        "regimes[0].when",
        "concept",
        "select",
    }
    assert found["parameters.y.value", 4].text == "x + zz"
    assert "    x + zz\n        ^" in str(found["parameters.y.value", 4])
    assert "'actions'" in found["moves[4].actons", None].remedy
    assert "'nash'" in found["concept", None].remedy


def test_a_syntax_fault_does_not_hide_those_of_names() -> None:
    found = faults(small("1 +", define='d = "nothing + 1"'))
    assert [f.place for f in found] == ["define.d", "payoffs.A"]


def test_a_broken_move_leaves_the_syntax_of_the_rest_checked() -> None:
    found = faults(small("1 +", moves='[[moves]]\nplayer = "A"\nactions = ["a"]'))
    assert [f.place for f in found] == ["moves[4]", "payoffs.A"]


# -- wrong acceptance -----------------------------------------------------------------------------

WRONG = {
    "share": "share has members",
    "joins == 'join'": "joins has members",
    "share[A]": "'A' is no member of importers",
    "share[CN]": "'CN' is no member of importers",
    "share[k]": "'k' is no member of importers",
    "share[US, EU]": "takes one index",
    "x[US]": "x has no members",
    "importers[US]": "importers is a set",
    "sum(share[j] for j in exporters)": "j may be CN",
    "sum(square[j] for j in exporters)": "j may be CN",
    "sum(1 for i in importers if i == CN)": "never the same member",
    "sum(1 for i in importers if i in exporters)": "never in that set",
    "sum(1 for i in importers if i in (CN, JP))": "never the same member",
    "1 if CN in gives else 0": "never in that set",
    "1 if A in gives else 0": "never in that set",
    "sum(1 for i in x)": "runs over a set",
    "sum(1 for i in act)": "runs over a set",
    "sum(1 for i in nowhere)": "unknown name 'nowhere'",
    "act": "a label is no number",
    "gives": "a set is no number",
    "US": "a member is no number",
    "'yes'": "a quoted label is no number",
    "act == 'maybe'": "act has no action 'maybe'",
    "act == yes": "unknown name 'yes'",
    "joins[US] == 'yes'": "joins has no action 'yes'",
    "act == joins[US]": "no action in common",
    "act in ('yes', 'maybe')": "act has no action 'maybe'",
    "act == 1": "compares a label with a number",
    "act < 'yes'": "a label is no number",
    "gives == 'US'": "gives has no action 'US'",
    "gives == '{CN}'": "gives has no action '{CN}'",
    "gives == '{US, US}'": "gives has no action",
    "gives == US": "compares a set with a member",
    "gives == 1": "compares a set with a number",
    "'US' in gives": "members are bare names",
    "joins[US] in gives": "a label is no member",
    "offer == 'y'": "offer has no action 'y'",
    "offer in ('0', 0.5)": "mixes labels and values",
    "gives in ('all', importers)": "mixes labels and values",
    "'0' in (offer, offer)": "to the right of in",
    "x == 'yes'": "compares a number with 'yes'",
    "US == 'US'": "members are bare names",
    "'yes' == 'no'": "compares two quoted labels",
    "1 if x else 0": "a number is no condition",
    "not x": "a number is no condition",
    "x and act == 'yes'": "a number is no condition",
    "act == ('yes' if x > 1 else 'no')": "stands only beside",
    "(gives if x > 1 else importers) == '{US}'": "only a move itself",
    "(offer if x > 1 else x) == '0'": "only a move itself",
    "(act if x > 1 else joins[US]) == 'maybe'": "none of the labels",
    "(act if x > 1 else 0) == 0": "one branch is a label, the other a number",
    "x ** 0.5": "stands only in the value of a parameter with digits",
    "x ** (1/2)": "stands only in the value of a parameter with digits",
    "log(x)": "stands only in the value of a parameter with digits",
    "prob(act == 'yes')": "stands only in regimes and hypotheses",
    "increasing(x, x)": "stands only in hypotheses",
    "payoff[A]": "payoff stands only in hypotheses",
    "regime == 'r'": "regime stands only in hypotheses",
    "len(x)": "len takes a set",
    "len('yes')": "len takes a set",
    "max(x)": "max does not take 1 argument",
    "abs(x, x)": "abs does not take 2 arguments",
    "true": "unknown name 'true'",
    "sum": "unknown name 'sum'",
    "len(importers) + importers": "a set is no number",
    "x == importers": "compares a number with a set",
    "yes == act": "unknown name 'yes'",
}


@pytest.mark.parametrize("formula", WRONG)
def test_what_makes_no_sense_is_refused_at_its_column(formula: str) -> None:
    found = fault(small(formula))
    assert WRONG[formula] in f"{found.message}; {found.remedy}"
    assert found.place == "payoffs.A"
    assert found.text == formula
    assert found.column is not None


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (small(parameters='y = { value = "act" }'), "parameters.y.value", "act is a move"),
        (small(parameters='y = { value = "square[US]" }'), "parameters.y.value", "is a definition"),
        (small(parameters='y = { value = "US" }'), "parameters.y.value", "a member is no number"),
        (small(parameters='y = { value = "share" }'), "parameters.y.value", "share has members"),
        (
            small(parameters='y = { value = 1, domain = "x" }'),
            "parameters.y.domain",
            "no condition",
        ),
        (small(parameters="y = { value = 1, range = [2, 1] }"), "parameters.y.range", "is empty"),
        (small(parameters="y = { value = 1, range = [2] }"), "parameters.y.range", "two bounds"),
        (small(parameters="y = { default = 1 }"), "parameters.y.default", "is for members"),
        (small(parameters='y = { value = "y" }'), "parameters.y", "depends on itself (y -> y)"),
        (
            small(parameters='y = { value = "z" }\nz = { value = "y + 1" }'),
            "parameters.y",
            "y -> z -> y",
        ),
        (
            small(parameters='y = { over = "i in importers", default = "y[US]" }'),
            "parameters.y",
            "depends on itself",
        ),
        (small(define='a = "b"\nb = "a"'), "define.a", "a -> b -> a"),
        (small(define="a = \"'yes'\""), "define.a", "a label alone"),
        (small(parameters="y = { value = { US = 1 } }"), "parameters.y.value", "no members"),
        (
            small(parameters='y = { over = "i in importers", value = { US = 1 } }'),
            "parameters.y.value",
            "no value for EU",
        ),
        (
            small(parameters='y = { over = "i in importers", value = { US = 1, EU = 2, CN = 3 } }'),
            "parameters.y.value",
            "'CN' is no member of importers",
        ),
        (
            small(parameters='y = { over = "i in importer", value = { US = 1 } }'),
            "parameters.y.over",
            "no set is called 'importer'",
        ),
        (small(parameters='y = { over = "i on importers" }'), "parameters.y.over", "is no binder"),
        (
            small(parameters='y = { over = "i in importers, i in exporters" }'),
            "parameters.y.over",
            "differ",
        ),
        (small(parameters="y = { value = true }"), "parameters.y.value", "found true"),
        (small(parameters="y = { value = nan }"), "parameters.y.value", "nan is no number"),
        (small(parameters="y = { value = -inf }"), "parameters.y.value", "-inf is no number"),
        (small(parameters="y = 3"), "parameters.y", "expected a table, found a number"),
        (
            small().replace('subsets = "importers"', 'subsets = "importer"'),
            "moves[3].subsets",
            "no set is called",
        ),
        (
            small().replace('all = ["EU", "US"]', 'all = ["EU"], both = ["EU"]'),
            "moves[3].labels",
            "name the same set",
        ),
        (
            small().replace('all = ["EU", "US"]', '"{US}" = ["EU"]'),
            "moves[3].labels",
            "the name of another set",
        ),
        (
            small().replace('all = ["EU", "US"]', 'all = ["EU", "CN"]'),
            "moves[3].labels.all",
            "'CN' is no member",
        ),
        (small().replace('["yes", "no"]', '["yes", "yes"]'), "moves[0].actions", "stands twice"),
        (small().replace('["yes", "no"]', "[]"), "moves[0].actions", "there is no action"),
        (small().replace('[0, "x", 0.5]', "[0, 0.0]"), "moves[2].grid", "'0' stands twice"),
        (
            small().replace('grid = [0, "x", 0.5]', 'grid = [0, 1]\nactions = ["a"]'),
            "moves[2]",
            "has actions and grid",
        ),
        (
            small().replace('grid = [0, "x", 0.5]', "interval = [0, 1]"),
            "moves[2].interval",
            "no continuous moves",
        ),
        (small().replace('player = "A"\ngrid', 'player = "B"\ngrid'), "moves[2].player", "'B'"),
        (small().replace('player = "A"\ngrid', "grid"), "moves[2]", "offer has no player"),
        (small().replace('"i in importers" = "0"', ""), "payoffs", "player US has no payoff"),
        (
            small().replace('"i in importers" = "0"', '"i in importers" = "0"\nUS = "1"'),
            "payoffs.US",
            "US has a second payoff",
        ),
        (
            small().replace('"i in importers" = "0"', 'importers = "0"'),
            "payoffs.importers",
            "no player is called 'importers'",
        ),
        (
            small().replace('"i in importers" = "0"', '"i in exporters" = "0"'),
            "payoffs.i in exporters",
            "no player is called 'CN'",
        ),
        (small(head='assume = ["x > 5"]'), "assume[0]", "violate the assumption x > 5"),
        (small(head='assume = ["x"]'), "assume[0]", "no condition"),
        (small(head='concept = "Nash"'), "concept", "'Nash' is unknown"),
        (small(head='select = "preferred:B"'), "select", "no player is called 'B'"),
        (small(head='calibration = "../calibration.toml"'), "calibration", "no bare name"),
        (small(head='calibration = "/etc/passwd.toml"'), "calibration", "no bare name"),
        (small(head="schema = 2"), "schema", "schema 2 is unknown"),
        (small().replace('"extensive"', '"voting"'), "form", "a form to come"),
        (small().replace('"small"', '"../small"'), "name", "cannot be the name of a model"),
    ],
)
def test_faults_of_the_tables(text: str, place: str, message: str) -> None:
    found = [f for f in faults(text) if f.place == place]
    assert found, [str(f) for f in faults(text)]
    assert any(message in f.message for f in found), [f.message for f in found]


# -- regimes, hypotheses, facts --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("x > 1", "not of parameters"),
        ("share[US] > 0", "not of parameters"),
        ("payoff[A] > 0", "payoff stands only in hypotheses"),
        ("regime == 'r'", "regime stands only in hypotheses"),
        ("prob(prob(act == 'yes') > 0) > 0", "stands only in regimes and hypotheses"),
        ("prob(act) > 0", "a label is no condition"),
        ("mean(act) > 0", "a label is no number"),
        ("prob(act == 'yes', 1, 2) > 0", "prob does not take 3 arguments"),
        ("prob(act == 'yes')", "a number is no condition"),
        ("at(x, x == 1) > 0", "at stands only in hypotheses"),
    ],
)
def test_regimes_speak_of_the_path_only(when: str, message: str) -> None:
    found = fault(small(regimes=f'[[regimes]]\nname = "r"\nwhen = "{when}"'))
    assert found.place == "regimes[0].when"
    assert message in found.message


def test_a_regime_reads_parameters_through_definitions() -> None:
    text = small(define='high = "offer > x / 2"', regimes='[[regimes]]\nname = "h"\nwhen = "high"')
    game = read(text).at()
    for node in game.payoffs:
        high = dict(game.path(node))["offer"] == "x"
        assert game.regime(((node, Fraction(1)),)) == ("h" if high else "unnamed")


@pytest.mark.parametrize(
    "holds",
    [
        "at(payoff[A], x == 1) >= at(payoff[A], x == 0)",
        "increasing(payoff[A], x)",
        "decreasing(prob(act == 'yes'), share[US]) and constant(mean(offer), x)",
        "strictly_increasing(payoff[US], x) or strictly_decreasing(payoff[EU], x)",
        "threshold_in(regime != 'r', x)",
        "exists(payoff[A] > payoff[US]) and unique(act == 'yes')",
        "at(payoff[A], gives == '{US}') >= at(payoff[A], gives == 'all')",
        "at(payoff[A], act == 'yes', x == 2, joins[US] == 'join') > 0",
        "not (joins[US] == 'join') or len(gives) == 0",
        "regime in ('r', 'unnamed')",
        "all(payoff[i] >= 0 for i in importers)",
        "x > 1",
        "increasing(at(payoff[A], gives == 'all'), x)",
    ],
)
def test_hypotheses_that_can_be_stated(holds: str) -> None:
    table = f'[[hypotheses]]\nid = "H1"\nclaim = "c"\nholds = "{holds}"\ngiven = "x > 0"'
    regimes = '[[regimes]]\nname = "r"\nwhen = "act == \'yes\'"'
    (hypothesis,) = read(small(regimes=regimes, other=table)).hypotheses
    assert hypothesis.holds == holds


@pytest.mark.parametrize(
    ("holds", "message"),
    [
        ("payoff[B] > 0", "no player is called 'B'"),
        ("payoff[CN] > 0", "no player is called 'CN'"),
        ("payoff[A, US] > 0", "payoff takes one index"),
        ("payoff > 0", "payoff takes one index"),
        ("any(payoff[j] > 0 for j in exporters)", "no player is called"),
        ("increasing(payoff[A])", "does not take 1 argument"),
        ("increasing(payoff[A], act)", "is no parameter"),
        ("increasing(payoff[A], 3)", "is no parameter"),
        ("increasing(regime, x)", "a label is no number"),
        ("threshold_in(payoff[A], x)", "a number is no condition"),
        ("at(payoff[A], x > 1) > 0", "is no setting"),
        ("at(payoff[A], 1 == x) > 0", "is no setting"),
        ("at(payoff[A]) > 0", "at does not take 1 argument"),
        ("at(payoff[A], act == 'maybe') > 0", "has no action 'maybe'"),
        ("at(payoff[A], share == 1) > 0", "share has members"),
        ("regime == 'nowhere'", "none of the labels"),
        ("payoff[A]", "a number is no condition"),
        ("prob(payoff[A] > 0) > 0", "payoff stands only in hypotheses"),
    ],
)
def test_hypotheses_that_cannot(holds: str, message: str) -> None:
    table = f'[[hypotheses]]\nid = "H1"\nclaim = "c"\nholds = "{holds}"'
    found = fault(small(other=table))
    assert found.place == "hypotheses[0].holds"
    assert message in found.message


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        ('act = "yes"', ""),
        ('gives = ["US"]', ""),
        ("gives = []", ""),
        ('gives = "all"', ""),
        ('"joins[US]" = "stay"', ""),
        ("offer = 0.5", ""),
        ("offer = 7", ""),  # "x" is in the grid, and x may be 7
        ('acts = "yes"', "no move is called 'acts'"),
        ('act = "maybe"', "act has no action 'maybe'"),
        ("act = 1", "is a number"),
        ('act = ["US"]', "is a list"),
        ("act = []", "is a list"),
        ('gives = ["CN"]', "'CN' is no member of importers"),
        ('"joins[CN]" = "stay"', "there is no 'joins[CN]'"),
        ('joins = { US = "stay" }', "found a table"),
    ],
)
def test_facts_are_checked_against_the_moves(observed: str, message: str) -> None:
    text = small(other=f'[[facts]]\nid = "f"\ndate = 2025-10-30\nobserved = {{ {observed} }}')
    if message:
        found = fault(text)
        assert found.place.startswith("facts[0].observed")
        assert message in found.message
    else:
        assert len(read(text).facts) == 1


def test_a_date_is_written_unquoted() -> None:
    text = small(other='[[facts]]\nid = "f"\ndate = "2025-10-30"\nobserved = {}')
    assert "unquoted" in fault(text).remedy


# -- fixing ---------------------------------------------------------------------------------------


def test_a_fixed_move_is_no_decision() -> None:
    model = read(COMPLETE)
    for given in ("US only", "{US}", ["US"], {"US"}):
        game = model.at(fix={"exempt": given})
        assert {dict(path)["exempt"] for path in leaves(game)} == {"US only"}
        assert all(s.move != "exempt" for _, s in game.decisions())
        assert dict(game.fixed) == {"exempt": "US only"}
    family = model.at(fix={"joins": "stay", "joins[US]": "join"})
    assert dict(family.fixed) == {"joins[US]": "join", "joins[EU]": "stay"}
    for wrong in ({"exemt": "US only"}, {"exempt": "US"}, {"joins[CN]": "join"}):
        with pytest.raises(UsageError) as caught:
            model.at(fix=wrong)
        assert caught.value.place == "--fix"
        assert caught.value.remedy
