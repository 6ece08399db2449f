"""From moves to trees: fixing, skipping, chance, regimes, size; and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from negotiation import Model, Move, Parameter, Regime, solve
from negotiation.errors import ModelError, NegotiationError, UsageError
from negotiation.forms import extensive
from negotiation.game import CHANCE, Game
from tests.promptness import SECONDS, ends_soon

IMPORTERS = ["US", "EU"]


def model(**keys: Any) -> Model:
    """Return a model of two players whose payoffs are 0 unless given."""
    return Model(
        **{"name": "small", "players": ["A", "B"], "payoffs": {"A": "0", "B": "0"}, **keys}
    )


def labels(game: Game) -> set[tuple[tuple[str, str], ...]]:
    return {tuple(game.path(node)) for node in game.payoffs}


FIRST = Move("m", player="A", actions=["a", "b"])
COIN = Move("c", player="chance", actions=["h", "t"], probabilities=["p", "rest"])
SECOND = Move("n", player="B", actions=["c", "d"], observes=["m"], when="m == 'a'")


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "place", "message", "remedy"),
    [
        (
            {"moves": [Move("c", player="chance", actions=["h", "t"], probabilities=["p", "p"])]},
            "moves.c.probabilities",
            "the probabilities 1/3, 1/3 do not sum to one at the start",
            'write "rest"',
        ),
        (
            {
                "moves": [
                    FIRST,
                    Move(
                        "c",
                        player="chance",
                        actions=["h", "t"],
                        probabilities=["1/2", "1/2 if m == 'a' else p"],
                    ),
                ]
            },
            "moves.c.probabilities",
            "the probabilities 1/2, 1/3 do not sum to one after m = b",
            'write "rest"',
        ),
        (
            {
                "moves": [
                    FIRST,
                    Move("c", player="chance", actions=["h", "t"], probabilities=["4*p", "rest"]),
                ]
            },
            "moves.c.probabilities",
            "4/3, -1/3 are no probabilities after m = a",
            "from 0 to 1",
        ),
        (
            {"moves": [FIRST, SECOND], "payoffs": {"A": "1 if n == 'c' else 0", "B": "0"}},
            "payoffs.A",
            "reads n, which was skipped after m = b",
            "give n an otherwise",
        ),
        (
            {
                "moves": [FIRST, SECOND],
                "define": {"granted": "n == 'c'"},
                "payoffs": {"A": "1 if granted else 0", "B": "0"},
            },
            "define.granted",
            "reads n, which was skipped after m = b",
            "give n an otherwise",
        ),
        (
            {"moves": [FIRST], "payoffs": {"A": "1/(p - p) if m == 'b' else 0", "B": "0"}},
            "payoffs.A",
            "division by zero after m = b",
            "guard it",
        ),
        (
            {"moves": [Move("m", player="A", grid=[0, "1/(3*p - 1)"])]},
            "moves.m.grid",
            "division by zero at the given values",
            "change the values",
        ),
        (
            {
                "moves": [
                    FIRST,
                    Move("n", player="B", actions=["c"], observes=["m"], allowed="m == 'a'"),
                ]
            },
            "moves.n.allowed",
            "no action is allowed after m = b",
            "allow at least one",
        ),
        (
            {"moves": [Move("m", player="A", grid={"from": 0, "to": 1, "steps": "1/p - 2"})]},
            "moves.m.grid",
            "steps = 1 is no whole number of 2 or more",
            "write 5",
        ),
        (
            {"moves": [Move("m", player="A", grid={"from": 0, "to": 1, "steps": "7*p"})]},
            "moves.m.grid",
            "steps = 7/3 is no whole number of 2 or more",
            "write 5",
        ),
        (
            {"moves": [Move("m", player="A", grid={"from": "p", "to": "1/3", "steps": 4})]},
            "moves.m.grid",
            "the points of the grid coincide",
            "let from differ",
        ),
    ],
)
def test_a_model_that_fails_at_its_values_says_where(
    keys: dict[str, Any], place: str, message: str, remedy: str
) -> None:
    with pytest.raises(ModelError) as caught:
        model(parameters={"p": Parameter(value="1/3")}, **keys).at()
    (fault,) = caught.value.faults
    assert (fault.place, fault.message) == (place, message)
    assert remedy in fault.remedy
    assert caught.value.exit_code == 3


def test_a_guarded_reading_of_a_skipped_move_is_no_fault() -> None:
    guarded = {"A": "(1 if n == 'c' else 0) if m == 'a' else 0", "B": "0"}
    game = model(moves=[FIRST, SECOND], payoffs=guarded).at()
    assert labels(game) == {
        (("m", "a"), ("n", "c")),
        (("m", "a"), ("n", "d")),
        (("m", "b"),),
    }


def test_a_parameter_without_value_is_refused_with_the_way_out() -> None:
    with pytest.raises(UsageError) as caught:
        model(moves=[COIN], parameters={"p": Parameter(domain="0 <= p <= 1")}).at()
    assert caught.value.message == "p has no value"
    assert "--set p=1" in caught.value.remedy
    assert "regimes" in caught.value.remedy


# -- size -----------------------------------------------------------------------------------------


def members(count: int) -> dict[str, list[str]]:
    return {"S": [f"m{k}" for k in range(count)]}


def refusal(built: Model, seconds: float = SECONDS) -> str:
    """Return why a tree is refused, which must be quick."""
    with ends_soon(built.name, seconds), pytest.raises(ModelError) as caught:
        built.at()
    (fault,) = caught.value.faults
    assert fault.place == "moves"
    assert "smaller sets" in fault.remedy
    return fault.message


def test_forty_members_are_refused_at_once_with_the_count() -> None:
    subsets = model(sets=members(40), moves=[Move("m", player="A", subsets="S")])
    assert refusal(subsets) == ("the tree has 1,099,511,627,776 histories, more than 1,000,000")
    choices = model(
        sets=members(40),
        players=["S"],
        moves=[Move("m", over="i in S", actions=["a", "b"])],
        payoffs={"i in S": "0"},
    )
    assert refusal(choices) == ("the tree has 1,099,511,627,776 histories, more than 1,000,000")


def test_a_condition_does_not_make_forty_members_pass() -> None:
    built = model(
        sets=members(40), moves=[Move("m", player="A", subsets="S", allowed="len(m) < 2")]
    )
    assert refusal(built).startswith("the tree has up to 1,099,511,627,776 histories")


def test_a_tree_with_conditions_is_counted_before_it_is_built() -> None:
    """All subsets but one, then two actions of each member: 2^11 (2^11 - 1) histories."""
    built = model(
        sets=members(11),
        players=["A", "S"],
        moves=[
            Move("x", player="A", subsets="S", allowed="len(x) > 0"),
            Move("y", over="i in S", actions=["a", "b"], observes=["x"]),
        ],
        payoffs={"A": "0", "i in S": "0"},
    )
    assert refusal(built) == f"the tree has {2**11 * (2**11 - 1):,} histories, more than 1,000,000"


def test_skipped_moves_are_counted_as_skipped() -> None:
    """Only the chosen members move: 3^13 histories, not 2^26."""
    built = model(
        sets=members(13),
        players=["A", "S"],
        moves=[
            Move("x", player="A", subsets="S"),
            Move("y", over="i in S", actions=["a", "b"], observes=["x"], when="i in x"),
        ],
        payoffs={"A": "0", "i in S": "0"},
    )
    assert refusal(built, 100) == f"the tree has {3**13:,} histories, more than 1,000,000"


def test_a_large_product_that_conditions_make_small_is_built() -> None:
    built = model(
        sets=members(11),
        players=["A", "S"],
        moves=[
            Move("x", player="A", subsets="S", allowed="len(x) in (0, len(S))"),
            Move("y", over="i in S", actions=["a", "b"], observes=["x"]),
        ],
        payoffs={"A": "0", "i in S": "0"},
    )
    assert built.at().histories == 2 * 2**11


@pytest.mark.slow
def test_histories_of_too_many_kinds_are_not_counted_to_the_end() -> None:
    built = model(
        sets=members(21),
        players=["A", "S"],
        moves=[
            Move("y", over="i in S", actions=["a", "b"], observes=["y"]),
            Move(
                "z",
                player="A",
                actions=["c", "d"],
                observes=["y"],
                when="sum(1 for i in S if y[i] == 'a') > 3",
            ),
        ],
        payoffs={"A": "0", "i in S": "0"},
    )
    assert refusal(built, 600) == "the tree has at least 1,048,576 histories, more than 1,000,000"


def test_numbers_of_thousands_of_digits_are_shown_by_magnitude() -> None:
    moves = [
        Move(f"m{k}", player="A", grid={"from": 0, "to": 1, "steps": f"10**{9}"}) for k in range(20)
    ]
    assert refusal(model(moves=moves)) == "the tree has about 10^180 histories, more than 1,000,000"


def test_the_limit_itself_passes_and_one_more_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensive, "MAX_HISTORIES", 8)
    sets = members(3)
    eight = model(sets=sets, moves=[Move("m", player="A", subsets="S")])
    assert eight.at().histories == 8
    monkeypatch.setattr(extensive, "MAX_HISTORIES", 7)
    with pytest.raises(ModelError):
        eight.at()
    seven = model(sets=sets, moves=[Move("m", player="A", subsets="S", allowed="len(m) > 0")])
    monkeypatch.setattr(extensive, "MAX_HISTORIES", 8)
    assert seven.at().histories == 7


def test_a_chain_of_250_moves() -> None:
    """Each mover may stop; a move after the end counts as a stop."""
    length = 250
    moves = [
        Move(
            f"m{k}",
            player="AB"[k % 2],
            actions=["stop", "go"],
            observes=[f"m{j}" for j in range(max(0, k - 2), k)],
            when=None if k == 0 else f"m{k - 1} == 'go'",
            otherwise="stop" if k else None,
        )
        for k in range(length)
    ]
    tens = {
        f"s{b}": " + ".join(f"(1 if m{k} == 'go' else 0)" for k in range(10 * b, 10 * b + 10))
        for b in range(25)
    }
    built = model(
        moves=moves,
        define={**tens, "steps": " + ".join(tens)},
        payoffs={"A": "steps", "B": "2*steps"},
    )

    def nested(levels: int) -> Game:
        return nested(levels - 1) if levels else built.at()

    game = nested(700)
    assert game.histories == length + 1
    (equilibrium,) = solve(game, "pure-subgame-perfect").equilibria
    assert equilibrium.payoffs == {"A": 250, "B": 500}


# -- fixing ---------------------------------------------------------------------------------------

SUBSETS = Move(
    "exempt", player="A", subsets="importers", labels={"uniform control": [], "US only": ["US"]}
)
FAMILY = {
    "sets": {"importers": IMPORTERS},
    "players": ["A", "importers"],
    "moves": [SUBSETS, Move("joins", over="i in importers", actions=["join", "stay"])],
    "payoffs": {"A": "0", "i in importers": "0"},
}


@pytest.mark.parametrize(
    ("spelled", "label"),
    [
        ("US only", "US only"),
        ("{US}", "US only"),
        (["US"], "US only"),
        ({"US"}, "US only"),
        ([], "uniform control"),
        ("{}", "uniform control"),
        ("{EU, US}", "{US, EU}"),
        (("EU",), "{EU}"),
    ],
)
def test_a_set_is_fixed_by_label_or_by_members(spelled: object, label: str) -> None:
    game = model(**FAMILY).at(fix={"exempt": spelled})
    assert game.fixed == {"exempt": label}
    assert game.histories == 4
    assert game.information_sets[0].player == CHANCE
    assert game.information_sets[0].actions == (label,)


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        ({"joins": "stay"}, {"joins[US]": "stay", "joins[EU]": "stay"}),
        ({"joins[EU]": "join"}, {"joins[EU]": "join"}),
        ({"joins": "stay", "joins[EU]": "join"}, {"joins[US]": "stay", "joins[EU]": "join"}),
        ({"joins[EU]": "join", "joins": "stay"}, {"joins[US]": "stay", "joins[EU]": "join"}),
    ],
)
def test_a_member_goes_before_its_family(fix: dict[str, object], expected: object) -> None:
    assert model(**FAMILY).at(fix=fix).fixed == expected


@pytest.mark.parametrize("spelled", [0.25, "0.25", "1/4", Fraction(1, 4)])
def test_a_grid_is_fixed_by_any_spelling_of_the_number(spelled: object) -> None:
    built = model(moves=[Move("m", player="A", grid={"from": 0, "to": 1, "steps": 5})])
    assert built.at(fix={"m": spelled}).fixed == {"m": "1/4"}


@pytest.mark.parametrize(
    ("keys", "fix", "message", "remedy"),
    [
        ({"moves": [FIRST]}, {"m": "c"}, "m has no action 'c'", "a, b"),
        ({"moves": [FIRST]}, {"m": None}, "m has no action None", "a, b"),
        ({"moves": [FIRST]}, {"x": "a"}, "no move is called 'x'", "m"),
        (FAMILY, {"joins[UK]": "join"}, "there is no 'joins[UK]'", "joins[US]"),
        (FAMILY, {"exempt": ["UK"]}, "exempt has no action ['UK']", "US only"),
        (
            {"moves": [Move("m", player="A", grid=[0, 1])]},
            {"m": "2"},
            "m has no action '2'",
            "0, 1",
        ),
        (
            {
                "moves": [
                    FIRST,
                    Move(
                        "n",
                        player="B",
                        actions=["c", "d"],
                        observes=["m"],
                        allowed="m == 'a' or n == 'c'",
                    ),
                ]
            },
            {"n": "d"},
            "n = 'd' is not allowed after m = b",
            "allowed here: c",
        ),
    ],
)
def test_what_cannot_be_fixed_is_refused(
    keys: dict[str, Any], fix: dict[str, object], message: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as caught:
        model(**keys).at(fix=fix)
    assert caught.value.message == message
    assert remedy in caught.value.remedy
    assert caught.value.place.startswith("--fix")
    assert caught.value.exit_code == 2


def test_chance_can_be_fixed_even_where_it_never_goes() -> None:
    built = model(moves=[COIN, FIRST], parameters={"p": Parameter(value=1)})
    game = built.at(fix={"c": "t"})
    assert {path[0] for path in labels(game)} == {("c", "t")}
    assert list(game.probabilities.values()) == [(Fraction(1),)]


def test_what_is_fixed_is_still_observed() -> None:
    answer = Move("n", player="B", actions=["c", "d"], observes=["m"])
    game = model(moves=[FIRST, answer]).at(fix={"m": "b"})
    assert game.information_sets[1].information == (("m", "b"),)


# -- what movers know -----------------------------------------------------------------------------


def test_a_mover_that_observes_nothing_has_one_information_set() -> None:
    game = model(moves=[FIRST, Move("n", player="B", actions=["c", "d"])]).at()
    assert [len(s.nodes) for s in game.information_sets] == [1, 2]
    assert [node for node, root in enumerate(game.is_subgame_root) if root] == [0]


def test_a_mover_remembers_what_it_knew_and_did() -> None:
    moves = [
        Move("c", player="chance", actions=["h", "t"], probabilities=["1/2", "rest"]),
        Move("x", player="A", actions=["l", "r"], observes=["c"]),
        Move("y", player="B", actions=["u", "d"]),
        Move("z", player="A", actions=["s", "g"]),
    ]
    game = model(moves=moves).at()
    last = [s for s in game.information_sets if s.move == "z"]
    assert {s.information for s in last} == {(("c", c), ("x", x)) for c in "ht" for x in "lr"}
    assert all(len(s.nodes) == 2 for s in last)


def test_a_game_in_which_nobody_moves_has_one_history() -> None:
    built = model(
        parameters={"p": Parameter(value=0)},
        moves=[Move("m", player="A", actions=["a", "b"], when="p > 0", otherwise="b")],
        payoffs={"A": "3 if m == 'b' else 0", "B": "p"},
        regimes=[Regime("quiet", "m == 'b'")],
    )
    game = built.at()
    assert game.histories == 1
    for concept in ("pure", "nash", "pure-subgame-perfect", "subgame-perfect"):
        (equilibrium,) = solve(game, concept).equilibria
        assert equilibrium.payoffs == {"A": 3, "B": 0}
        assert equilibrium.regime == "quiet"
        assert equilibrium.outcomes[0].moves == {}
        assert equilibrium.profiles == 1


# -- regimes --------------------------------------------------------------------------------------


def regime_of(*regimes: tuple[str, str]) -> str:
    """Return the regime of a game: chance draws h with 1/3, unseen, then A plays a."""
    built = model(
        parameters={"p": Parameter(value="1/3")},
        moves=[COIN, FIRST],
        payoffs={"A": "1 if m == 'a' else 0", "B": "0"},
        regimes=[Regime(name, when) for name, when in regimes],
    )
    return solve(built.at(), "pure-subgame-perfect").regime


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("m == 'a'", True),
        ("c == 'h'", False),
        ("c != 'h'", False),
        ("prob(c == 'h') == p", False),  # replaced below: parameters are not read in regimes
        ("prob(c == 'h') == 1/3", True),
        ("prob(c == 'h', m == 'a') == 1/3", True),
        ("prob(m == 'a', c == 'h') == 1", True),
        ("mean(3 if c == 'h' else 0) == 1", True),
        ("0 < prob(c == 'h') < 1/2", True),
        # Where the condition of a probability never occurs, what reads it does not hold.
        ("prob(c == 'h', m == 'b') == 0", False),
        ("prob(c == 'h', m == 'b') == 1", False),
        ("not prob(c == 'h', m == 'b') == 0", False),
        ("prob(c == 'h', m == 'b') in (0, 1)", False),
        ("m == 'a' and prob(c == 'h', m == 'b') == 0", False),
        # It is read only where the answer depends on it.
        ("m == 'a' or prob(c == 'h', m == 'b') == 0", True),
        ("prob(m == 'b') == 0 or prob(c == 'h', m == 'b') == 0", True),
        ("True if prob(m == 'b') == 0 else prob(c == 'h', m == 'b') == 0", True),
    ],
)
def test_regimes_speak_of_the_path(condition: str, holds: bool) -> None:
    if "== p" in condition:
        with pytest.raises(ModelError, match="p"):
            regime_of(("it", condition))
        return
    assert regime_of(("it", condition)) == ("it" if holds else "unnamed")


def test_the_first_regime_that_holds_is_the_label() -> None:
    assert regime_of(("no", "m == 'b'"), ("one", "m == 'a'"), ("two", "True")) == "one"


@pytest.mark.parametrize(
    ("keys", "place", "message"),
    [
        ({"regimes": [Regime("d", "1/(1 if m == 'a' else 0) == 1")]}, "d", "division by zero"),
        ({"regimes": [Regime("d", "n == 'c'")]}, "d", "reads n, which is skipped on the path"),
        (
            {"regimes": [Regime("d", "min(1 for i in s) == 1")], "sets": {"S": ["X"]}},
            "d",
            "min of nothing",
        ),
    ],
)
def test_a_regime_that_fails_on_the_path_says_so(
    keys: dict[str, Any], place: str, message: str
) -> None:
    moves = [FIRST, SECOND]
    if "sets" in keys:
        moves.append(Move("s", player="B", subsets="S", allowed="len(s) == 0"))
    built = model(moves=moves, payoffs={"A": "1 if m == 'b' else 0", "B": "0"}, **keys)
    with pytest.raises(NegotiationError) as caught:
        solve(built.at(), "pure-subgame-perfect")
    assert isinstance(caught.value, ModelError)
    (fault,) = caught.value.faults
    assert fault.place == f"regimes.{place}.when"
    assert message in fault.message
