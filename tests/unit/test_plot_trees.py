"""Trees drawn: measured texts never overlap, and what is shown is the game and its equilibrium."""

from __future__ import annotations

import itertools
import random
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import gambit_games
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from negotiation import Game, MethodError, UsageError, load, solve
from negotiation.formats.gambit_efg import read_efg
from negotiation.game import CHANCE, InformationSet
from negotiation.model.catalogue import catalogue
from negotiation.plotting.pictures import check_picture, write_picture
from negotiation.plotting.style import journal_style
from negotiation.plotting.tree_layout import MAX_LEAVES, columns_of
from negotiation.plotting.tree_play import number_text, probability_text
from negotiation.plotting.trees import plot_tree
from negotiation.solution import Solution

FILES = {
    name: text
    for name, text in vars(gambit_games).items()
    if isinstance(text, str) and text.startswith("EFG")
}
SMALL = [name for name in catalogue() if load(name).at().histories <= MAX_LEAVES]
FIXED: dict[str, dict[str, Any]] = {
    "chip-seizure": {"values": {"shares": 3}},
    "tiered-licences": {"values": {"steps": 3}},
    "divide-and-exempt-types": {"fix": {"exempt": "US only"}},
    "divide-and-exempt-sequential": {"fix": {"offer[US]": "token", "joins[US]": "join"}},
}
"""Models of the catalogue that are made small enough by fixing moves or parameters."""


def draw(game: Game, solution: Solution | None = None, number: int = 0, **options: Any) -> Figure:
    """Draw a game; that no font here has Chinese letters is no fault."""
    with journal_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "no installed font")
        return plot_tree(game, solution, number, **options)


def texts_of(figure: Figure) -> list[Text]:
    return [artist for artist in figure.findobj(Text) if artist.get_text().strip()]


def boxes(figure: Figure) -> list[tuple[str, Any]]:
    """Return the texts of a figure with the rectangles they cover, pixels."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return [(artist.get_text(), artist.get_window_extent(renderer)) for artist in texts_of(figure)]


def check_labels(figure: Figure) -> int:
    """Fail if two texts overlap, one leaves the page or stands on a branch; return their number."""
    found = boxes(figure)
    check_lines(figure, found)
    width, height = figure.get_size_inches() * figure.dpi
    for text, box in found:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text  # noqa: PT018
    for (one, a), (other, b) in itertools.combinations(found, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 0 or high <= 0, (one, other, wide, high)
    return len(found)


def lines(figure: Figure, kind: str) -> dict[int, Line2D]:
    """Return the branches by the node that they lead to, or the sets by number."""
    return {
        int(str(line.get_gid()).split("-")[1]): line
        for line in figure.axes[0].get_lines()
        if str(line.get_gid()).startswith(f"{kind}-")
    }


def check_lines(figure: Figure, texts: Sequence[tuple[str, Any]]) -> None:
    """Fail if a branch runs through a text; a pixel at its edge does not count."""
    axes = figure.axes[0]
    x0, y0, x1, y1 = np.array([box.extents for _, box in texts]).T[:, None, :]
    shares = np.linspace(0, 1, 80)[:, None]
    for line in lines(figure, "branch").values():
        corners = axes.transData.transform(np.asarray(line.get_xydata()))
        for start, end in itertools.pairwise(corners):
            x, y = (start + shares * (end - start)).T[:, :, None]
            struck = (x0 + 1 < x) & (x < x1 - 1) & (y0 + 1 < y) & (y < y1 - 1)
            assert not struck.any(), [
                t for (t, _), hit in zip(texts, struck.any(axis=0), strict=True) if hit
            ]


def random_game(seed: int, leaves: int = 40) -> Game:
    """Return a game with this many leaves, random depth, labels and information sets."""
    rng = random.Random(seed)
    players = ("A", "Ministry of Commerce", "EU")[: rng.choice((2, 3))]
    children: list[tuple[int, ...]] = []

    def grow(count: int) -> int:
        node = len(children)
        children.append(())
        if count > 1:
            parts = rng.randint(2, min(count, rng.choice((2, 2, 3, 6))))
            cuts = [0, *sorted(rng.sample(range(1, count), parts - 1)), count]
            children[node] = tuple(grow(b - a) for a, b in itertools.pairwise(cuts))
        elif rng.random() < 0.05:
            children[node] = (grow(1),)
        return node

    grow(leaves)
    parent = {child: node for node, listed in enumerate(children) for child in listed}

    def above(node: int) -> set[int]:
        return {node} | (above(parent[node]) if node in parent else set())

    labels = ("stay", "join the coalition", "1/2", "exempt all", "x", "y")
    heads: list[InformationSet] = []
    probabilities: dict[int, tuple[Fraction, ...]] = {}
    for node, listed in enumerate(children):
        if not listed:
            continue
        actions = tuple(f"{rng.choice(labels)} {k}" for k in range(len(listed)))
        if rng.random() < 0.2:
            weights = [rng.randint(1, 9) for _ in listed]
            probabilities[node] = tuple(Fraction(w, sum(weights)) for w in weights)
            heads.append(InformationSet(CHANCE, f"draw {node}", (), actions, (node,)))
            continue
        known = [
            k
            for k, head in enumerate(heads)
            if head.player != CHANCE
            and len(head.actions) == len(actions)
            and not any(above(node) & above(old) & {node, old} for old in head.nodes)
        ]
        if known and rng.random() < 0.6:
            k = rng.choice(known)
            head = heads[k]
            nodes = (*head.nodes, node)
            heads[k] = InformationSet(head.player, head.move, (), head.actions, nodes)
        else:
            player = rng.randrange(len(players))
            move = rng.choice(("", "reply ", "second reply "))
            heads.append(InformationSet(player, f"{move}{players[player]}", (), actions, (node,)))
    set_of = [-1] * len(children)
    for position, head in enumerate(heads):
        for node in head.nodes:
            set_of[node] = position
    payoffs = {
        node: tuple(Fraction(rng.randint(-999, 999), rng.choice((1, 2, 3, 1000))) for _ in players)
        for node, listed in enumerate(children)
        if not listed
    }
    return Game(f"random {seed}", players, tuple(heads), set_of, children, probabilities, payoffs)


# ---- layout -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_labels_of_the_catalogue_do_not_overlap(name: str) -> None:
    game = load(name).at()
    assert check_labels(draw(game)) >= 2 * game.histories
    solution = solve(game)
    check_labels(draw(game, solution, len(solution.equilibria) - 1))


@pytest.mark.parametrize("name", FIXED)
def test_labels_of_larger_models_in_part(name: str) -> None:
    game = load(name).at(FIXED[name].get("values"), fix=FIXED[name].get("fix"))
    assert game.histories > 1
    figure = draw(game, solve(game), limit=200)
    check_labels(figure)
    for move, action in game.fixed.items():
        assert any(text == f"{action} (fixed)" for text, _ in boxes(figure)), move


@pytest.mark.parametrize("name", FILES)
def test_labels_of_files_do_not_overlap(name: str) -> None:
    game = read_efg(FILES[name], name)
    for figure in (draw(game), draw(game, solve(game))):
        check_labels(figure)


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 3))]
)
def test_labels_of_random_trees_do_not_overlap(seed: int) -> None:
    game = random_game(seed)
    assert game.histories == 40
    check_labels(draw(game))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 180))
def test_labels_of_many_random_trees_do_not_overlap(seed: int) -> None:
    check_labels(draw(random_game(seed)))


def test_random_trees_have_what_is_hard() -> None:
    """Wide sets, sets that are met in either order, chance, one-branch nodes, deep trees."""
    games = [random_game(seed) for seed in range(12)]
    assert any(len(head.nodes) > 3 for game in games for head in game.information_sets)
    assert any(len(listed) == 1 for game in games for listed in game.children)
    assert any(max(columns_of(game)) > 9 for game in games)
    assert any(
        len({columns_of(game)[node] for node in head.nodes}) > 1
        for game in games
        for head in game.information_sets
    )


def test_a_label_that_is_moved_onto_another_is_seen() -> None:
    """The check of overlaps can fail."""
    figure = draw(read_efg(gambit_games.HORSE, "horse"))
    texts = {artist.get_text(): artist for artist in texts_of(figure)}
    texts["C"].set_position(texts["d"].get_position())
    with pytest.raises(AssertionError):
        check_labels(figure)


def test_a_label_on_a_branch_is_seen() -> None:
    figure = draw(read_efg(gambit_games.HORSE, "horse"))
    texts = {artist.get_text(): artist for artist in texts_of(figure)}
    x, y = texts["C"].get_position()
    texts["C"].set_position((x, y + 5))
    with pytest.raises(AssertionError):
        check_lines(figure, boxes(figure))


@pytest.mark.parametrize("seed", range(12))
def test_every_node_is_right_of_its_predecessor(seed: int) -> None:
    game = random_game(seed)
    columns = columns_of(game)
    for node, parent in enumerate(game.parent):
        assert parent < 0 or columns[node] > columns[parent]
    assert columns[0] == 0


def test_histories_of_one_set_share_a_column() -> None:
    game = read_efg(gambit_games.HORSE, "horse")
    columns = columns_of(game)
    for head in game.information_sets:
        assert len({columns[node] for node in head.nodes}) == 1
    assert max(columns) == 3


def ladder(second: int) -> Game:
    """Return a game of A in which B moves after one step and after three, then C or nobody.

    B's two nodes are one information set if `second` is 1, two of the same move if it is 2.
    """
    tail = 'p "" 3 1 "" { "l" "r" } 0\nt "" 1 "" { 1 1 1 }\nt "" 2 "" { 1 1 1 }\n'
    leaf = 't "" 3 "" { 0 0 0 }\n'
    text = 'EFG 2 R "ladder" { "A" "B" "C" }\np "" 1 1 "" { "now" "later" } 0\n'
    text += f'p "" 2 1 "" {{ "x" "y" }} 0\n{tail}{leaf}'
    text += 'p "" 1 2 "" { "go" "stop" } 0\np "" 1 3 "" { "go" "stop" } 0\n'
    return read_efg(f'{text}p "" 2 {second} "" {{ "x" "y" }} 0\n{leaf * 4}', "ladder")


def test_a_set_shares_a_column_even_if_that_makes_the_tree_wider() -> None:
    game = ladder(1)
    columns = columns_of(game)
    (wide,) = (head.nodes for _, head in game.decisions() if len(head.nodes) > 1)
    assert {columns[node] for node in wide} == {3}
    assert max(columns) == 5


def test_a_move_shares_a_column_only_if_that_makes_the_tree_no_wider() -> None:
    game = ladder(2)
    columns = columns_of(game)
    nodes = [head.nodes[0] for _, head in game.decisions() if head.move == "B"]
    assert [columns[node] for node in nodes] == [1, 3]
    assert max(columns) == 4


def test_a_leaf_below_a_large_family_has_room_for_its_payoffs() -> None:
    """The family is far below the branch that leads to it, and no label keeps the leaf off."""
    actions = " ".join(f'"{k}"' for k in range(9))
    text = (
        f'EFG 2 R "fan" {{ "A" "B" }}\np "" 1 1 "" {{ "a" "b" }} 0\np "" 2 1 "" {{ {actions} }} 0\n'
    )
    text += "".join(f't "" {k + 1} "" {{ {k} {k} }}\n' for k in range(10))
    check_labels(draw(read_efg(text, "fan")))


def test_sets_that_interleave_are_kept_apart() -> None:
    """In beer-quiche the two sets of the receiver cross: their dashed lines stand in two lanes."""
    game = read_efg(gambit_games.BEER, "beer")
    dashed = lines(draw(game), "set")
    assert len(dashed) == 2
    reach = [np.min(line.get_xdata()) for line in dashed.values()]
    assert abs(reach[0] - reach[1]) > 3
    horse = lines(draw(read_efg(gambit_games.HORSE, "horse")), "set")
    assert [len(np.unique(line.get_xdata())) for line in horse.values()] == [1]


def test_a_table_is_a_tree_with_one_set_a_player() -> None:
    game = Game.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]], players=["Row", "Column"])
    figure = draw(game, solve(game))
    check_labels(figure)
    assert len(lines(figure, "set")) == 1
    assert len(lines(figure, "branch")) == 6


def test_a_game_without_moves_is_drawn() -> None:
    game = Game("nothing", ("A",), (), [-1], [()], {}, {0: (Fraction(1),)})
    check_labels(draw(game))


# ---- what is shown ------------------------------------------------------------------------------


def shown(figure: Figure) -> list[str]:
    return [text for text, _ in boxes(figure)]


@pytest.mark.parametrize("name", ["divide-and-exempt", *FILES])
def test_the_path_is_thick_and_the_rest_thin(name: str) -> None:
    """Against the paths of play that the equilibrium lists, not the code's own reach."""
    game = read_efg(FILES[name], name) if name in FILES else load(name).at()
    solution = solve(game)
    for number, equilibrium in enumerate(solution.equilibria[:2]):
        reached = set()
        for leaf in game.payoffs:
            steps = dict(game.path(leaf))
            if any(dict(outcome.moves) == steps for outcome in equilibrium.outcomes):
                while leaf > 0:
                    reached.add(leaf)
                    leaf = game.parent[leaf]
        drawn = lines(draw(game, solution, number), "branch")
        assert set(drawn) == set(range(1, len(game.set_of)))
        assert {node for node, line in drawn.items() if line.get_linewidth() > 2} == reached
        played = {
            child
            for node, listed in enumerate(game.children)
            for action, child in enumerate(listed)
            if (game.probabilities.get(node) or equilibrium.profile[game.set_of[node]])[action]
        }
        assert {node for node, line in drawn.items() if line.get_linewidth() > 1} == played


def test_chance_has_exact_probabilities_and_leaves_their_payoffs() -> None:
    game = read_efg(gambit_games.BEER, "beer")
    texts = shown(draw(game))
    assert "strong (9/10)" in texts
    assert "weak (1/10)" in texts
    numbers = [text for text in texts if re.fullmatch("−?[0-9./]+", text)]
    expected = [number_text(value)[0] for leaf in game.payoffs.values() for value in leaf]
    assert sorted(numbers) == sorted(expected)


def test_payoffs_stand_in_the_order_and_colours_of_the_players() -> None:
    game = read_efg(gambit_games.HORSE, "horse")
    figure = draw(game)
    artists = texts_of(figure)
    heads = {name: [a for a in artists if a.get_text() == name][-1] for name in game.players}
    edges = [heads[name].get_position()[0] for name in game.players]
    assert edges == sorted(edges)
    rows: dict[float, list[Text]] = {}
    for artist in artists:
        if re.fullmatch("−?[0-9./]+", artist.get_text()):
            rows.setdefault(round(artist.get_position()[1], 3), []).append(artist)
    found = [sorted(row, key=lambda a: a.get_position()[0]) for _, row in sorted(rows.items())]
    assert [[int(a.get_text()) for a in row] for row in found] == [
        list(map(int, values)) for values in game.payoffs.values()
    ]
    for row in found:
        assert [a.get_color() for a in row] == [heads[name].get_color() for name in game.players]


@pytest.mark.parametrize("name", SMALL)
def test_the_rule_over_the_totals_stands_over_payoffs_alone(name: str) -> None:
    """It covers all payoffs, and does not reach over the word beside the totals."""
    game = load(name).at()
    figure = draw(game, solve(game))
    (rule,) = (line for line in figure.findobj(Line2D) if line.get_gid() == "total")
    (word,) = (text for text in texts_of(figure) if text.get_text() == "expected")
    pixels = figure.axes[0].transData.transform(np.column_stack(rule.get_data()))
    left, right = float(pixels[0][0]), float(pixels[-1][0])
    assert word.get_window_extent().x1 < left
    numbers = [t for t in texts_of(figure) if re.fullmatch("−?[0-9./e]+", t.get_text())]
    first = game.players[0]
    head = [t for t in texts_of(figure) if t.get_text() == first][-1]
    column = [
        box
        for box in (t.get_window_extent() for t in numbers)
        if abs(box.x1 - head.get_window_extent().x1) < 1
    ]
    assert column
    assert all(left < box.x0 and box.x1 <= right + 1 for box in column)


def test_text_is_dark_enough_and_shapes_differ() -> None:
    """Contrast 4.5 with white, and players told apart without colours."""
    game = random_game(3)
    figure = draw(game)
    for artist in texts_of(figure):
        linear = [((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(artist.get_color())]
        assert 1.05 / (np.dot(linear, (0.2126, 0.7152, 0.0722)) + 0.05) > 4.4
    marks = {line.get_marker() for line in figure.axes[0].get_lines()} - {"None", "", "o"}
    assert len(marks) == len(game.players) - 1


def test_mixed_actions_have_their_probabilities() -> None:
    game = load("inspection").at()
    (equilibrium,) = solve(game).equilibria
    texts = shown(draw(game, solve(game)))
    for strategies in equilibrium.strategies.values():
        for strategy in strategies:
            for action, probability in strategy.probabilities.items():
                assert f"{action} ({probability})" in texts
    assert not any("(" in text for text in shown(draw(game))[:-1] if "dashed" not in text)


def test_beliefs_stand_at_the_histories() -> None:
    """Texts are written in the order of the nodes; the mixture off the path has one belief."""
    game = read_efg(gambit_games.BEER, "beer")
    solution = solve(game, "perfect-bayesian")
    assert len(solution.equilibria) == 2
    for number, equilibrium in enumerate(solution.equilibria):
        tags = [text for text in shown(draw(game, solution, number)) if text.startswith("[")]
        expected: dict[int, str] = {}
        for _, head in game.decisions():
            (belief,) = (
                b
                for b in equilibrium.beliefs
                if (b.move, dict(b.information)) == (head.move, dict(head.information))
            )
            if len(head.nodes) > 1:
                for node, (_, probability) in zip(head.nodes, belief.histories, strict=True):
                    expected[node] = f"[{probability}]"
        assert len(expected) == 4
        assert {"[9/10]", "[1/10]", "[1/2]"} == set(expected.values())
        assert tags == [expected[node] for node in sorted(expected)]
    assert not any(t.startswith("[") for t in shown(draw(game, solve(game, "nash"))))


def test_a_belief_is_a_range_where_several_support_the_play() -> None:
    """Beer-quiche with a receiver who surely fights off the path: any belief from 0 to 1/2 does."""
    game = read_efg(gambit_games.BEER, "beer")
    solution = solve(game, "perfect-bayesian")
    (index, equilibrium) = next(
        (k, e) for k, e in enumerate(solution.equilibria) if any(b.off_path for b in e.beliefs)
    )
    belief = next(b for b in equilibrium.beliefs if b.off_path)
    position = next(
        k
        for k, head in game.decisions()
        if (head.move, dict(head.information)) == (belief.move, dict(belief.information))
    )
    sure = [Fraction(a == "fight") for a in game.information_sets[position].actions]
    changed = replace(equilibrium, profile={**equilibrium.profile, position: sure})
    listed = [changed if k == index else e for k, e in enumerate(solution.equilibria)]
    tags = shown(draw(game, replace(solution, equilibria=tuple(listed)), index))
    ranges = {tag for tag in tags if " to " in tag and tag.startswith("[")}
    supporting = [
        vertex
        for part in belief.off_path
        if {"fight": Fraction(1)} in [dict(r) for r in part.responses]
        for vertex in part.beliefs
    ]
    ends = [sorted(set(column)) for column in zip(*supporting, strict=True)]
    assert ranges == {f"[{low} to {high}]" for low, high in ends}


def test_the_caption_names_concept_selection_and_number() -> None:
    game = load("divide-and-exempt").at()
    solution = solve(game, select="coalition-proof")
    caption = " ".join(shown(draw(game, solution))[-3:])
    assert "equilibrium 1 of 1, subgame-perfect, selection coalition-proof" in caption
    assert "regime divide" in caption


def test_a_long_word_of_the_caption_stays_one_word() -> None:
    name = "a-game-with-a-name-much-longer-than-a-line-of-the-labels"
    assert name in " ".join(shown(draw(replace(load("inspection").at(), name=name))))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(-3, 2), ("−1.5", False)),
        (Fraction(16, 27), ("16/27", False)),
        (Fraction(123456, 10), ("12345.6", False)),
        (Fraction(1, 3) + 1000, ("3001/3", False)),
        (Fraction(12345678, 7), ("1.764e+06", True)),
        (Fraction(10**400), ("1e400", True)),
        (Fraction(-7, 10**400), ("−7e−401", True)),
        (Fraction(0), ("0", False)),
    ],
)
def test_payoffs_in_few_letters(value: Fraction, text: tuple[str, bool]) -> None:
    found, rounded = number_text(value)
    assert rounded == text[1]
    if value in (Fraction(10**400), Fraction(-7, 10**400)):
        mantissa, exponent = found.replace("−", "-").split("e")
        assert Fraction(mantissa) * Fraction(10) ** int(exponent) == value
    else:
        assert found == text[0]


def test_probabilities_are_exact_unless_absurdly_long() -> None:
    assert probability_text(Fraction(123456789, 1000000007)) == "123456789/1000000007"
    assert probability_text(Fraction(10**50, 3 * 10**50 + 1)) == "≈0.333333"


# ---- labels that look like formulas, files ------------------------------------------------------

STRANGE = r"""EFG 2 R "50 % of $x_{ & \frac" { "A_1$" "B%^{" }
c "" 1 "n" { "$x_{$" 1/3 "_%\\frac{$" 2/3 } 0
p "" 1 1 "i" { "100 $" "a_b^c" } 0
t "" 1 "" { 1, 2 }
t "" 2 "" { 1, 2 }
p "" 2 1 "j" { "中国" "größer ≥ π" } 0
t "" 3 "" { 1, 2 }
t "" 4 "" { -1, 2 }
"""


@pytest.fixture(scope="module")
def strange() -> Figure:
    return draw(read_efg(STRANGE, "strange"))


@pytest.mark.parametrize("suffix", [".pdf", ".png", ".svg"])
def test_strange_labels_are_drawn_as_they_stand(
    strange: Figure, suffix: str, tmp_path: Path
) -> None:
    texts = shown(strange)
    for label in ("$x_{$ (1/3)", "100 $", "a_b^c", "größer ≥ π", "A_1$", "B%^{"):
        assert label in texts
    assert any("中国" in text or "[U+4E2D]" in text for text in texts)
    check_labels(strange)
    with journal_style():
        write_picture(strange, tmp_path / f"strange{suffix}")
    assert (tmp_path / f"strange{suffix}").stat().st_size > 1000


def test_long_labels_are_wrapped() -> None:
    text = gambit_games.HORSE.replace('"D"', '"' + "a very long action " * 8 + "x" * 90 + '"')
    figure = draw(read_efg(text, "horse"))
    check_labels(figure)
    assert all(len(line) <= 28 for t in shown(figure)[:-2] for line in t.split("\n"))


def test_what_follows_a_tall_label_moves_down_with_it() -> None:
    """The subtree of the second action is pushed down by its label; the third must follow."""
    text = 'EFG 2 R "tall" { "A" "B" }\n'
    text += f'p "" 1 1 "" {{ "a" "{"of many words " * 20}" "c" }} 0\n'
    for k in range(3):
        text += f'p "" 2 {k + 1} "" {{ "x" "y" }} 0\n'
        text += "".join(f't "" {2 * k + j} "" {{ 1, {j} }}\n' for j in (1, 2))
    figure = draw(read_efg(text, "tall"))
    check_labels(figure)
    heights = [float(line.get_ydata()[-1]) for _, line in sorted(lines(figure, "branch").items())]  # type: ignore[arg-type,index]
    leaves = [heights[node - 1] for node in (2, 3, 5, 6, 8, 9)]
    assert leaves == sorted(leaves)


@pytest.mark.parametrize("suffix", [".pdf", ".png", ".svg"])
def test_files_are_the_same_on_every_run(suffix: str, tmp_path: Path) -> None:
    game = read_efg(gambit_games.BEER, "beer")
    found = []
    for name in ("one", "two"):
        with journal_style():
            write_picture(plot_tree(game), tmp_path / f"{name}{suffix}")
        found.append((tmp_path / f"{name}{suffix}").read_bytes())
    assert found[0] == found[1]
    for mark in (b"/Type3", b"CreationDate", b"ModDate", b"dc:date", b"Software"):
        assert mark not in found[0]


# ---- refusals -----------------------------------------------------------------------------------


def test_more_leaves_than_the_limit_are_refused() -> None:
    game = random_game(1, leaves=41)
    with pytest.raises(MethodError) as caught:
        draw(game)
    assert "41 leaves" in str(caught.value)
    assert "--fix" in str(caught.value)
    assert "--limit 41" in str(caught.value)
    check_labels(draw(game, limit=41))


def test_a_page_beyond_200_inches_is_refused() -> None:
    with pytest.raises(MethodError, match="inches"):
        draw(read_efg(gambit_games.HORSE, "horse"), size=900)


def test_a_solution_of_another_game_is_refused() -> None:
    game = load("divide-and-exempt").at()
    other = solve(load("divide-and-exempt").at({"loss": 2}))
    with pytest.raises(UsageError, match="another game"):
        draw(game, other)
    solution = solve(game)
    for number in (-1, len(solution.equilibria)):
        with pytest.raises(UsageError, match="no equilibrium number"):
            draw(game, solution, number)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("tree.jpg", "is .pdf, .png or .svg"),
        ("tree", "is .pdf, .png or .svg"),
        ("missing/tree.pdf", "folder is not there"),
    ],
)
def test_pictures_that_cannot_be_written(name: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=fault):
        check_picture(tmp_path / name)
