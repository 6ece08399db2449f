"""What rules keep of continua, what a search that ends early keeps, and what refusals advise."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import negotiation
from negotiation.errors import BudgetError, MethodError
from negotiation.game import Distribution, Game, Payoffs
from negotiation.selection import parse_selection
from negotiation.solvers import kept_continua, signalling, trembling_hand
from negotiation.solvers.assessment_outcomes import all_by_signals, all_by_supports
from negotiation.solvers.continua import Continuum
from negotiation.solvers.kept_continua import FoundOutcome, Part, Selected, apply_outcome_rules
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.plans import Plan, Vertex, blend
from negotiation.solvers.refinements import Candidate, CandidateSet, refine
from negotiation.solvers.refinements_cells import Plane, cells, plane_through
from negotiation.solvers.sender_receiver import sender_receiver
from negotiation.solvers.signalling import signalling_equilibria
from tests.oracles.assessment_brute_force import Signalling, passes_d1, random_signalling
from tests.oracles.trees import Choice, Draw, Tree, game_of, together
from tests.unit.test_sequence_form import kuhn_poker
from tests.unit.test_signalling import beer_quiche

F = Fraction
HALF = (F(1, 2), F(1, 2))


def table(u: str, v: str, shape: tuple[int, int, int]) -> Game:
    """Return a sender-receiver game; digits are payoffs by type, message and response."""
    return game_of(signalling_table(u, v, shape).tree(), 2)


def signalling_table(u: str, v: str, shape: tuple[int, int, int]) -> Signalling:
    types, messages, responses = shape

    def rows(digits: str) -> tuple[tuple[tuple[Fraction, ...], ...], ...]:
        numbers = iter(map(F, digits))
        return tuple(
            tuple(tuple(next(numbers) for _ in range(responses)) for _ in range(messages))
            for _ in range(types)
        )

    return Signalling((F(1, types),) * types, rows(u), rows(v))


CARELESS = table("22002200", "00000000", (2, 2, 2))
"""The first message is worth 2 whatever the reply, the second 0; nobody cares about replies."""
NOTHING_STANDS = (65, 83)
"""Seeds of games with a continuum of which nothing stands."""
ENDS_FALL = ("25405204", "00100001", (2, 2, 2))
"""Either type alone might gain by the second message at one end; in the middle both might."""
ONE_STANDS = ("021011022012", "021212221120", (2, 3, 2))
"""D1 leaves no type out at one end, where both are indifferent to one reply, and one elsewhere."""
ENDS_STAND = ("210102201000", "202212022000", (2, 3, 2))
"""D1 leaves a type out on a part of a segment that does not reach to its ends."""
CHEAP_TALK = table("1020" * 2 + "0021" * 2, "10" * 4 + "01" * 4, (2, 4, 2))


# -- types, and messages that are observed --------------------------------------------------------

IN_OR_OUT = ((2, 2), Choice(1, ((3, 1), (0, 0)), "in"), Choice(1, ((0, 0), (1, 3)), "in"))
"""Two ways in, which the other does not tell apart: that he was asked is all that he knows."""


@pytest.mark.parametrize("rule", ["intuitive", "d1"])
@pytest.mark.parametrize(
    "tree",
    [
        Choice(0, IN_OR_OUT),
        Draw(HALF, (Choice(0, IN_OR_OUT), Choice(0, IN_OR_OUT))),
        together((0, 1), (2, 2), [(1, -1), (0, 0), (0, 0), (1, -1)], "at once"),
    ],
    ids=["one type", "two types", "at once"],
)
def test_two_messages_of_one_type_are_no_two_types(tree: Tree, rule: str) -> None:
    with pytest.raises(MethodError, match=f"{rule} is about beliefs on types") as caught:
        negotiation.solve(game_of(tree, 2), "sequential", select=rule)
    assert caught.value.place in ("in of B", "at once of B")
    assert caught.value.message.count(" = a") == 2
    assert "are not told apart" in caught.value.message
    assert caught.value.remedy == "select perfect or forward-induction"


def test_forward_induction_says_which_way_in_is_meant() -> None:
    """The remedy that is named: of the two ways in only the first can be better than out."""
    kept = negotiation.solve(
        game_of(Choice(0, IN_OR_OUT), 2), "sequential", select="forward-induction"
    )
    assert [e.payoffs["A"] for e in kept.equilibria] == [3]


@pytest.mark.parametrize("rule", ["intuitive", "d1"])
def test_of_one_type_whose_messages_are_observed_nothing_falls(rule: str) -> None:
    tree = Choice(0, ((2, 2), Choice(1, ((3, 0), (0, 1))), Choice(1, ((2, 1), (1, 1)))))
    game = game_of(tree, 2)
    everything = negotiation.solve(game, "sequential")
    solution = negotiation.solve(game, "sequential", select=rule)
    assert len(everything.equilibria) > 1
    assert [e.outcomes for e in solution.equilibria] == [e.outcomes for e in everything.equilibria]
    assert (solution.complete, solution.message) == (True, "")


@pytest.mark.parametrize("rule", ["intuitive", "d1"])
def test_where_there_is_one_response_it_does_not_matter_what_is_observed(rule: str) -> None:
    told = [Choice(1, (leaf,), "in") for leaf in ((1, 0), (1, 1))]
    solution = negotiation.solve(game_of(Choice(0, ((2, 2), *told)), 2), "sequential", select=rule)
    assert [e.payoffs["A"] for e in solution.equilibria] == [2]
    assert solution.complete


@pytest.mark.parametrize(("highest", "stands"), [(2, True), (1, False)])
def test_a_type_that_might_break_even_is_not_left_out(highest: int, stands: bool) -> None:
    """The first type gets 2 from pooling; by the second message it gets at most `highest`."""
    game = table(f"220{highest}1103", "00100001", (2, 2, 2))
    everything = negotiation.solve(game, "sequential")
    kept = negotiation.solve(game, "sequential", select="intuitive")
    pooling = F(3, 2)
    assert pooling in {e.payoffs["A"] for e in everything.equilibria}
    assert (pooling in {e.payoffs["A"] for e in kept.equilibria}) == stands
    assert ("would lose whatever best response follows, and" in kept.message) != stands


# -- refinements of continua ----------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["intuitive", "d1", "pareto", "intuitive,pareto"])
def test_a_continuum_in_which_nothing_falls_is_kept_whole(rule: str) -> None:
    everything = negotiation.solve(CARELESS, "sequential")
    solution = negotiation.solve(CARELESS, "sequential", select=rule)
    assert solution.complete, solution.message
    assert solution.message == ""
    assert [e.payoffs for e in solution.equilibria] == [e.payoffs for e in everything.equilibria]
    assert solution.components == everything.components
    assert len(solution.components) == 1


def test_a_part_of_a_continuum_is_said_once() -> None:
    """At one half the receiver may reply to quiche as he likes, and few replies stand."""
    solution = negotiation.solve(beer_quiche(F(1, 2)), "sequential", select="intuitive")
    assert not solution.complete
    assert solution.message.count("intuitive keeps a part of a continuum") == 1
    assert solution.equilibria


def test_parts_of_several_continua_are_said_once() -> None:
    draws = random.Random(93)
    shape = draws.choice([(2, 2, 2), (2, 3, 2), (2, 2, 3)])
    game = game_of(random_signalling(draws, shape, 2).tree(), 2)
    continua = []
    for continuum in all_by_signals(game).continua:
        members = tuple(
            Candidate(k, v.value, v.outcome, v.plan.profile())
            for k, v in enumerate(continuum.vertices)
        )
        continua.append(CandidateSet(members, continuum.hull))
    gaps = [refine(game, "sequential", ["intuitive"], one.members, [one]).gaps for one in continua]
    assert gaps.count([Part.SOME.gap("intuitive")]) > 1
    solution = negotiation.solve(game, "sequential", select="intuitive")
    assert solution.message.count("keeps a part") == 1


def grid(size: int, parts: int) -> list[tuple[int, ...]]:
    """Return all ways to give so many equal parts to some things."""
    if size == 1:
        return [(parts,)]
    return [(k, *rest) for k in range(parts + 1) for rest in grid(size - 1, parts - k)]


def inner_points(game: Game, continuum: Continuum, draws: random.Random) -> list[Candidate]:
    """Return mixtures of a continuum on a grid; of one that is no hull, with one sender's part."""
    senders = [
        tuple(vertex.plan.profile()[p] for p, head in game.decisions() if not head.player)
        for vertex in continuum.vertices
    ]
    groups = [[k for k, one in enumerate(senders) if one == own] for own in set(senders)]
    found = []
    for group in [list(range(len(senders)))] if continuum.hull else groups:
        chosen = sorted(draws.sample(group, min(len(group), 4)))
        weights = grid(len(chosen), {1: 1, 2: 12, 3: 6}.get(len(chosen), 4))
        for own in weights if len(weights) < 30 else draws.sample(weights, 30):
            weighted = [
                (F(w, sum(own)), continuum.vertices[k]) for w, k in zip(own, chosen, strict=True)
            ]
            one = blend(game, 0, weighted)
            found.append(Candidate(0, one.value, one.outcome, one.plan.profile()))
    return found


def judged_inside(game: Game, rule: str, draws: random.Random, most: int = 100) -> list[Part]:
    """Return what is kept of each continuum, compared with mixtures that are judged one by one."""
    parts = []
    for continuum in all_by_signals(game).continua[:most]:
        part, stand = judged(game, rule, continuum)
        numbered = [
            Candidate(k, one.value, one.outcome, one.profile)
            for k, one in enumerate(inner_points(game, continuum, draws))
        ]
        inner = {bool(stand), all(stand)}
        kept = refine(game, "sequential", [rule], numbered)
        assert not kept.gaps
        inner |= {any(kept.kept), len(kept.kept) == len(numbered)}
        assert part is not Part.WHOLE or inner == {True}
        assert part is not Part.NOTHING or (not any(stand) and not kept.kept)
        parts.append(part)
    return parts


def judged(game: Game, rule: str, continuum: Continuum) -> tuple[Part, list[bool]]:
    """Return what is kept of a continuum, and which of its vertices are."""
    members = tuple(
        Candidate(k, v.value, v.outcome, v.plan.profile()) for k, v in enumerate(continuum.vertices)
    )
    listed = CandidateSet(members, continuum.hull)
    verdict = refine(game, "sequential", [rule], members, [listed])
    standing = {one.number for one in verdict.kept}
    part = next((part for part in Part if verdict.gaps == [part.gap(rule)]), Part.NOTHING)
    if not verdict.gaps and verdict.continua:
        part = Part.WHOLE
    return part, [k in standing for k in range(len(members))]


def random_game(draws: random.Random) -> Game:
    shape = draws.choice([(2, 2, 2), (2, 2, 2), (2, 3, 2), (3, 2, 2), (2, 2, 3)])
    return game_of(random_signalling(draws, shape, draws.choice((1, 2, 9))).tree(), 2)


RULES = ("intuitive", "d1", "perfect", "forward-induction")


@pytest.mark.parametrize("rule", RULES)
def test_inner_points_are_as_the_verdict_on_their_continuum_says(rule: str) -> None:
    found = judged_inside(table(*ENDS_FALL), rule, random.Random(0))
    for seed in [*range(4), *NOTHING_STANDS]:
        draws = random.Random(seed)
        shape = draws.choice([(2, 2, 2), (2, 3, 2), (2, 2, 3)])
        game = game_of(random_signalling(draws, shape, 1 + seed % 2).tree(), 2)
        found += judged_inside(game, rule, draws, 2)
    assert {Part.WHOLE, Part.NOTHING} <= set(found)
    assert Part.SOME in found or rule == "perfect"
    if rule in ("intuitive", "d1"):
        assert not {Part.OPEN, Part.OPEN_KEPT} & set(found)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
@pytest.mark.parametrize("rule", RULES)
def test_inner_points_of_many_games_are_as_the_verdict_says(rule: str, part: int) -> None:
    found = []
    for seed in range(60 * part, 60 * part + 60):
        draws = random.Random(f"many {seed}")
        found += judged_inside(random_game(draws), rule, draws, 2)
    undecided = sum(one in (Part.OPEN, Part.OPEN_KEPT) for one in found)
    assert undecided == 0 if rule in ("intuitive", "d1") else 5 * undecided < len(found)


@pytest.mark.parametrize(
    ("digits", "stand"),
    [(ENDS_FALL, {False}), (ONE_STANDS, {True, False}), (ENDS_STAND, {True})],
    ids=["fall", "one", "stand"],
)
def test_d1_may_say_one_thing_of_all_vertices_and_another_inside(
    digits: tuple[str, str, tuple[int, int, int]], stand: set[bool]
) -> None:
    """The points between are judged by D1's definition, at every twelfth of the way."""
    game, by_definition = table(*digits), signalling_table(*digits)
    several = 0
    for continuum in all_by_signals(game).continua:
        part, vertices = judged(game, "d1", continuum)
        passing = set()
        for one in inner_points(game, continuum, random.Random(0)):
            x = [one.profile[p] for p, head in game.decisions() if head.player == 0]
            y = [one.profile[p] for p, head in game.decisions() if head.player == 1]
            passing.add(passes_d1(by_definition, x, y))
        if set(vertices) == stand and part is Part.SOME:
            several += passing == {True, False}
        else:
            assert part is not Part.WHOLE or passing == {True}
            assert part is not Part.NOTHING or passing == {False}
    assert several == 1


def test_forward_induction_knows_what_is_played_where_some_vertices_do_not() -> None:
    """What is replied to a message is seen at one vertex, and not at another that lacks it."""
    game = table("33333143", "30000222", (2, 2, 2))
    continua = all_by_signals(game).continua
    assert [judged(game, "forward-induction", one)[0] for one in continua] == [
        Part.WHOLE,
        Part.SOME,
    ]
    inner = inner_points(game, continua[0], random.Random(0))
    assert len(refine(game, "sequential", ["forward-induction"], inner).kept) == len(inner) > 10


def test_a_continuum_of_too_many_cells_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_continua, "MAX_CELLS", 1)
    solution = negotiation.solve(table(*ENDS_FALL), "sequential", select="d1")
    assert "d1 could not be decided inside a continuum" in solution.message


@pytest.mark.parametrize("rule", ["intuitive", "d1", "perfect"])
def test_cells_are_judged_while_there_is_time(rule: str) -> None:
    """What was found is kept, and that the rest is open is said with the reason."""
    (continuum,) = all_by_signals(CARELESS).continua
    members = tuple(
        Candidate(k, v.value, v.outcome, v.plan.profile()) for k, v in enumerate(continuum.vertices)
    )
    listed = CandidateSet(members, continuum.hull)
    late = refine(CARELESS, "sequential", [rule], members, [listed], deadline=0.0)
    assert late.kept == list(members)
    assert late.continua == [listed]
    spent = "the budget of time is spent before all parts of continua were judged"
    assert late.gaps == [f"{spent}; give a larger --budget", Part.OPEN_KEPT.gap(rule)]
    assert late.spent
    early = refine(CARELESS, "sequential", [rule], members, [listed])
    assert (early.gaps, early.spent) == ([], False)


def test_time_that_ends_inside_a_continuum_ends_the_solution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*given: object) -> object:
        return refine(*given[:-1], 0.0)  # type: ignore[arg-type]

    monkeypatch.setattr("negotiation.solvers.refinements.refine", late)
    solution = negotiation.solve(CARELESS, "sequential", select="d1", budget=600)
    assert (solution.termination, solution.complete) == ("budget", False)
    assert solution.equilibria
    assert "time is spent before all parts of continua were judged" in solution.message


# -- cells ----------------------------------------------------------------------------------------


def signs(point: tuple[Fraction, ...], planes: list[Plane]) -> tuple[int, ...]:
    """Return on which side of each plane a point lies."""
    sides = [sum((c * p for c, p in zip(n, point, strict=True)), -b) for n, b in planes]
    return tuple((side > 0) - (side < 0) for side in sides)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_mixture_has_the_signs_of_a_cell(size: int) -> None:
    """Among them are mixtures of few points, at which planes are only touched."""
    draws = random.Random(f"cells {size}")
    for _ in range(6):
        points = [tuple(F(draws.randint(0, 2)) for _ in range(size)) for _ in range(size + 2)]
        planes: list[Plane] = [
            (tuple(F(draws.randint(-1, 1)) for _ in range(size)), F(draws.randint(0, 2)))
            for _ in range(4)
        ]
        listed = {signs(point, planes) for point in cells(points, planes)}
        mixed = set()
        for own in grid(len(points), 4):
            weighted = [tuple(F(w, 4) * q for q in p) for w, p in zip(own, points, strict=True)]
            mixed.add(signs(tuple(map(sum, zip(*weighted, strict=True))), planes))
        assert mixed <= listed
        for point in cells(points, planes):
            rows = [[1] * len(points), *zip(*points, strict=True)]
            program = LinearProgram([0] * len(points), equations=rows, values=[1, *point])
            assert isinstance(solve_linear_program(program), Optimum)


def test_planes_through_points() -> None:
    assert plane_through([(F(5),)]) == ((1,), 5)
    assert plane_through([(F(0), F(3)), (F(3), F(0))]) == ((1, 1), 3)
    assert plane_through([(F(1), F(3)), (F(1), F(3))]) is None
    units = [tuple(F(k == j) for k in range(3)) for j in range(3)]
    assert plane_through(units) == ((1, 1, 1), 1)


# -- outcome rules on continua --------------------------------------------------------------------


def segment(*values: tuple[int, int], hull: bool = True) -> tuple[list[FoundOutcome], Continuum]:
    """Return outcomes with given payoffs and the continuum that they span."""
    vertices = []
    for value in values:
        payoffs: Payoffs = tuple(map(F, value))
        outcome: Distribution = ((hash(value), F(1)),)
        vertices.append(Vertex(payoffs, outcome, Plan()))
    return (
        [FoundOutcome(v.value, v.outcome, 1, v.plan) for v in vertices],
        Continuum(tuple(vertices), hull),
    )


def selected(rules: str, *segments: tuple[list[FoundOutcome], Continuum]) -> Selected:
    outcomes = [one for found, _ in segments for one in found]
    continua = [continuum for _, continuum in segments if len(continuum.vertices) > 1]
    chain = parse_selection(rules, ("A", "B"))
    return apply_outcome_rules(chain, Selected(outcomes, continua, []), ("A", "B"))


def payoffs_of(found: Selected) -> list[tuple[int, ...]]:
    return [tuple(map(int, one.value)) for one in found.outcomes]


def test_pareto_knows_what_lies_between_the_vertices() -> None:
    found = selected("pareto", segment((0, 10), (10, 0)), segment((4, 4)))
    assert (payoffs_of(found), len(found.continua), found.gaps) == ([(0, 10), (10, 0)], 1, [])
    found = selected("pareto", segment((0, 10), (10, 0)), segment((6, 6)))
    assert found.gaps == ["pareto keeps a part of a continuum of equilibria"]
    assert found.continua == []


def test_pareto_drops_a_continuum_below_a_hull() -> None:
    found = selected("pareto", segment((0, 10), (10, 0)), segment((0, 9), (9, 0)))
    assert (payoffs_of(found), len(found.continua), found.gaps) == ([(0, 10), (10, 0)], 1, [])


def test_pareto_is_open_where_mixtures_may_be_no_equilibria() -> None:
    found = selected("pareto", segment((0, 10), (10, 0), hull=False), segment((4, 4)))
    assert found.gaps == ["pareto could not be decided inside a continuum of equilibria"]


def test_a_chain_of_rules_acts_on_the_face_that_is_left() -> None:
    found = selected("preferred:A,pareto", segment((5, 0), (5, 3), (0, 9)))
    assert (payoffs_of(found), found.continua) == ([(5, 3)], [])
    assert found.gaps == ["pareto keeps a part of a continuum of equilibria"]
    found = selected("preferred:A", segment((5, 0), (5, 3), (0, 9)))
    assert [len(one.vertices) for one in found.continua] == [2]
    assert found.gaps == []


def test_of_no_hull_a_rule_keeps_all_or_one_vertex() -> None:
    """Two vertices worth the same are joined by equilibria only where all are kept."""
    found = selected("preferred:A", segment((5, 0), (5, 3), (0, 9), hull=False))
    assert found.continua == []
    assert found.gaps == ["preferred keeps a part of a continuum of equilibria"]
    found = selected("preferred:A", segment((5, 0), (5, 3), (5, 9), hull=False))
    assert [len(one.vertices) for one in found.continua] == [3]
    assert found.gaps == []


# -- searches that end early ----------------------------------------------------------------------


def test_what_was_found_before_the_limit_of_sets_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = negotiation.solve(CHEAP_TALK, "sequential")
    assert everything.complete
    monkeypatch.setattr(signalling, "MAX_PIECES", 1)
    solution = negotiation.solve(CHEAP_TALK, "sequential")
    assert (solution.termination, solution.complete) == ("budget", False)
    assert 0 < len(solution.equilibria) < len(everything.equilibria)
    assert "there are at least these equilibria: more than 1 convex sets" in solution.message
    known = [e.outcomes for e in everything.equilibria]
    assert all(e.outcomes in known for e in solution.equilibria)
    assert all(max(c.equilibria) < len(solution.equilibria) for c in solution.components)


def test_sets_inside_others_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    form = sender_receiver(CHEAP_TALK)
    everything = signalling_equilibria(form)
    collector = signalling._Collector(form, None)
    collector.collect()
    allowed = len(collector.tried) // 2
    assert len(everything.pieces) < allowed
    monkeypatch.setattr(signalling, "MAX_PIECES", allowed)
    again = signalling_equilibria(form)
    assert again.gap == ""
    assert set(again.pieces) == set(everything.pieces)
    monkeypatch.setattr(signalling, "MAX_TRIED", len(collector.tried) - 1)
    assert "most inside others" in signalling_equilibria(form).gap


def test_maximal_sets_by_definition() -> None:
    draws = random.Random(1)
    pieces = {tuple(sorted(draws.sample(range(8), draws.randint(1, 5)))): True for _ in range(60)}
    expected = {a for a in pieces if not any(set(a) < set(b) for b in pieces)}
    assert set(signalling._maximal(pieces)) == expected


def test_pure_supports_come_first_then_pooling_and_none_twice() -> None:
    form = sender_receiver(CHEAP_TALK)
    cells = list(signalling._Search(form, None).cells())
    pure = [signalling._Search._is_pure(chosen, len(form.types)) for chosen in cells]
    assert pure == sorted(pure, reverse=True)
    mixed = cells[sum(pure) :]
    pooling = [sum(bool(support.sent) for support in chosen) == 1 for chosen in mixed]
    assert pooling == sorted(pooling, reverse=True)
    assert 0 < sum(pooling) < len(mixed) < len(cells) == len(set(cells))


def test_pooling_is_found_before_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is up as soon as the first convex set is found."""

    def late(search: signalling._Search) -> None:
        if late.counting:  # type: ignore[attr-defined]
            raise BudgetError("the budget of time is spent", place="", remedy="give more")

    add = signalling._Collector._add_piece

    def add_and_stop(collector: signalling._Collector, xs: object, ys: object) -> None:
        add(collector, xs, ys)  # type: ignore[arg-type]
        late.counting = True  # type: ignore[attr-defined]

    late.counting = False  # type: ignore[attr-defined]
    monkeypatch.setattr(signalling._Search, "check_time", late)
    monkeypatch.setattr(signalling._Collector, "_add_piece", add_and_stop)
    solution = negotiation.solve(beer_quiche(), "sequential", budget=60)
    assert (solution.termination, solution.complete) == ("budget", False)
    (pooling,) = solution.equilibria
    assert {outcome.moves["breakfast"] for outcome in pooling.outcomes} == {"beer"}
    assert solution.message.startswith("there are at least these equilibria: the budget of time")
    assert solution.profiles is None


def test_pure_assessments_found_before_time_is_up_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from negotiation.solvers import mixed_assessments

    def late(_: object) -> None:
        raise BudgetError("the budget of time is spent", place="", remedy="give more")

    monkeypatch.setattr(mixed_assessments.MixedSearch, "outcomes", late)
    solution = negotiation.solve(beer_quiche(), "sequential", method="assessments", budget=60)
    assert (solution.termination, solution.complete) == ("budget", False)
    assert len(solution.equilibria) == 2
    assert "at least these" in solution.message


# -- perfection -----------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", ["nash", "perfect-bayesian", "sequential"])
def test_the_only_sequential_outcome_is_perfect(concept: str) -> None:
    """It is mixed; and some outcome is perfect (Selten 1975)."""
    solution = negotiation.solve(beer_quiche(F(3, 10)), concept, select="perfect")
    assert len(solution.equilibria) == 1
    assert solution.complete, solution.message


def test_one_of_several_is_not_perfect_for_that_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two outcomes for which no trembles are found either may be the perfect one."""
    monkeypatch.setattr(trembling_hand.PerfectSearch, "is_perfect", lambda *_: False)
    later = Choice(0, ((1, -1), (0, 0)))
    game = game_of(together((0, 1), (2, 2), [later, (-1, 1), (-1, 1), (1, -1)], "stage"), 2)
    found = all_by_supports(game, "sequential")
    ((value, shared),) = found.continuations.items()
    ((outcome, (_, plan)),) = shared.outcomes.items()
    twins = [Candidate(k, value, outcome, plan.profile()) for k in range(2)]
    verdict = refine(game, "sequential", ["perfect"], twins, everything=True)
    assert len(verdict.gaps) == 2
    assert refine(game, "sequential", ["perfect"], twins[:1], everything=True).gaps == []
    assert len(refine(game, "sequential", ["perfect"], twins[:1]).gaps) == 1


def test_the_reason_names_the_set_the_strategy_and_what_dominates_it() -> None:
    """Whatever the replies, the second type likes his second message at least as well."""
    game = table("86454284", "10366485", (2, 2, 2))
    solution = negotiation.solve(game, "sequential", select="perfect")
    assert "falls, for at move 8 a0 is weakly dominated by a1" in solution.message


# -- what refusals advise -------------------------------------------------------------------------


def test_a_type_of_probability_zero_may_be_left_out() -> None:
    with pytest.raises(MethodError) as caught:
        negotiation.solve(beer_quiche(F(1)), "sequential")
    assert caught.value.remedy == (
        "leave weak out of type, give it a positive probability, or ask for --concept nash"
    )
    assert negotiation.solve(beer_quiche(F(1)), "nash").complete


def test_the_remedy_of_the_widest_method_is_passed_on() -> None:
    with pytest.raises(MethodError, match="12 information sets") as caught:
        negotiation.solve(kuhn_poker(), "sequential")
    assert caught.value.remedy == "fix moves with --fix, or ask for subgame-perfect"
    with pytest.raises(MethodError) as caught:
        negotiation.solve(kuhn_poker(), "sequential", method="assessments")
    assert caught.value.remedy.endswith("or leave --method out")


# -- a single response ----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["all", "intuitive", "d1"])
def test_a_single_response_is_a_response(rule: str) -> None:
    """Each type sends what it likes; beliefs follow, and the response is no choice."""
    sent = [
        Choice(0, tuple(Choice(1, ((3 - (t != m), t),), f"m{m}") for m in range(2)))
        for t in range(2)
    ]
    game = game_of(Draw(HALF, tuple(sent)), 2)
    solution = negotiation.solve(game, "sequential", select=rule)
    assert (solution.method, solution.complete, solution.profiles) == ("sender-receiver", True, 1)
    (equilibrium,) = solution.equilibria
    assert tuple(equilibrium.payoffs.values()) == (F(3), F(1, 2))
    beliefs = [[p for _, p in b.histories] for b in equilibrium.beliefs if len(b.histories) > 1]
    assert sorted(beliefs) == [[0, 1], [1, 0]]
