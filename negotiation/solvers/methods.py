"""Methods: what each algorithm declares it can do, and the choice of one for a game and a concept.

A method names the concepts it answers, says for a game why it cannot, and runs. The first in
:data:`METHODS` that can answer is taken, unless a later one is better suited to the game.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from negotiation.certify import describe_set
from negotiation.errors import GameError, MethodError, UsageError
from negotiation.formulas import nearest
from negotiation.game import CHANCE, Game
from negotiation.selection import Rule
from negotiation.solvers.backward_induction import Induction, solve_backward

MANY_STRATEGIES = 12
WITH_BELIEFS = ("perfect-bayesian", "sequential")
"""Concepts whose equilibria are assessments."""

__all__ = ["CONCEPTS", "METHODS", "WITH_BELIEFS", "Method", "choose"]


@dataclass(frozen=True)
class Method:
    """An algorithm and what it declares.

    Attributes
    ----------
    name : str
        As in ``--method`` and in the Solution.
    concepts : tuple of str
        Concepts it answers.
    gives : str
        What it returns and guarantees, in words.
    run : callable
        Takes game, concept, selection rules and deadline.
    refusal : callable
        Why it cannot answer for a game, and what would help; None if it can.
    suits : callable
        Whether it is better suited to a game than the methods before it, if it can answer.
    stage_rules : bool
        Whether it can apply selection rules that act among the movers of a stage.
    """

    name: str
    concepts: tuple[str, ...]
    gives: str
    run: Callable[[Game, str, Sequence[Rule], float | None], Induction]
    refusal: Callable[[Game], GameError | MethodError | None] = lambda _: None
    suits: Callable[[Game], bool] = lambda _: False
    stage_rules: bool = True


def _subgames(game: Game, concept: str, rules: Sequence[Rule], deadline: float | None) -> Induction:
    pure = concept == "pure-subgame-perfect"
    found = solve_backward(game, pure=pure, rules=rules, deadline=deadline)
    if not any(game.is_subgame_root[1:]):
        reason = "the game has no proper subgame"
        _name_supports(game, found, rules, f"{reason}: --concept nash --method")
    return found


def _whole(game: Game, concept: str, rules: Sequence[Rule], deadline: float | None) -> Induction:
    found = solve_backward(game, pure=concept == "pure", rules=rules, whole=True, deadline=deadline)
    _name_supports(game, found, rules, "--method")
    return found


def _name_supports(game: Game, found: Induction, rules: Sequence[Rule], option: str) -> None:
    """Add the method that may find the mixed equilibria of three and more to what is missing."""
    plain = not any(rule.at_stage for rule in rules)
    if found.gaps and plain and _choosers(game) > 2 and _no_supports(game) is None:
        found.gaps.append(f"{option} support-enumeration searches by supports")


def _as_zero_sum(game: Game, _: str, rules: Sequence[Rule], deadline: float | None) -> Induction:
    if _is_tree(game) and not any(rule.at_stage for rule in rules):
        from negotiation.solvers.plan_outcomes import optimal_by_linear_program

        return optimal_by_linear_program(game, deadline)
    from negotiation.solvers.zero_sum import zero_sum_equilibria

    return solve_backward(
        game, pure=False, rules=rules, whole=True, deadline=deadline, kernel=zero_sum_equilibria
    )


def _by_sequences(game: Game, _: str, __: Sequence[Rule], deadline: float | None) -> Induction:
    from negotiation.solvers.plan_outcomes import all_by_sequences

    return all_by_sequences(game, deadline)


def _by_lemke(game: Game, _: str, __: Sequence[Rule], deadline: float | None) -> Induction:
    from negotiation.solvers.plan_outcomes import one_by_lemke

    return one_by_lemke(game, deadline)


def _avoidable(game: Game) -> GameError | MethodError | None:
    from negotiation.solvers.beliefs import avoidable_set, check_recall

    refused = _refused(check_recall, game)
    position = None if refused else avoidable_set(game)
    if position is None:
        return refused
    head = game.information_sets[position]
    return MethodError(
        f"play may pass by {describe_set(head.move, head.information)}, so beliefs matter there"
    )


def _refused(attempt: Callable[[Game], object], game: Game) -> GameError | MethodError | None:
    """Return the error that an attempt raises."""
    try:
        attempt(game)
    except (GameError, MethodError) as error:
        return error
    return None


def _by_signals(game: Game, _: str, __: Sequence[Rule], deadline: float | None) -> Induction:
    from negotiation.solvers.assessment_outcomes import all_by_signals

    return all_by_signals(game, deadline)


def _no_signals(game: Game) -> GameError | MethodError | None:
    from negotiation.solvers.sender_receiver import sender_receiver

    return _refused(sender_receiver, game)


def _by_supports(game: Game, concept: str, _: Sequence[Rule], deadline: float | None) -> Induction:
    from negotiation.solvers.assessment_outcomes import all_by_supports

    return all_by_supports(game, concept, deadline)


def _no_assessments(game: Game) -> GameError | MethodError | None:
    from negotiation.solvers.sequential import AssessmentSearch

    return _refused(AssessmentSearch, game)


def _no_supports(game: Game) -> GameError | MethodError | None:
    from negotiation.solvers.mixed_assessments import MixedSearch
    from negotiation.solvers.sequential import AssessmentSearch

    return _refused(lambda tree: MixedSearch(AssessmentSearch(tree, "nash")), game)


def _is_larger_tree(game: Game) -> bool:
    """Say whether more than two players have a choice and something is observed."""
    observed = any(
        head.player != CHANCE and game.set_of[0] != position and len(head.nodes) == 1
        for position, head in enumerate(game.information_sets)
    )
    return _choosers(game) > 2 and observed


def _no_sequence_form(game: Game) -> GameError | MethodError | None:
    from negotiation.solvers.sequence_form import sequence_form

    return _refused(sequence_form, game)


def _not_zero_sum_tree(game: Game) -> GameError | MethodError | None:
    from negotiation.solvers.sequence_form import sequence_form
    from negotiation.solvers.zero_sum_trees import constant_sum_factor

    return _refused(lambda tree: constant_sum_factor(sequence_form(tree)), game)


def _not_zero_sum(game: Game) -> GameError | MethodError | None:
    if _is_tree(game):
        return _not_zero_sum_tree(game)
    from negotiation.formats.two_player_table import two_player_table
    from negotiation.solvers.zero_sum import constant_sum_scale

    try:
        table = two_player_table(game)
        constant_sum_scale(table.A, table.B)
    except MethodError as error:
        return MethodError(f"{error.place}: {error.message}", remedy=error.remedy)
    return None


def _is_large(game: Game) -> bool:
    """Say whether both players have so many strategies that vertices are too many."""
    strategies: dict[int, int] = {}
    for _, head in game.decisions():
        strategies[head.player] = strategies.get(head.player, 1) * len(head.actions)
    return len(strategies) == 2 and min(strategies.values()) > MANY_STRATEGIES


def _is_tree(game: Game) -> bool:
    """Say whether of two players who have a choice one has it at several information sets."""
    choosing = [head.player for _, head in game.decisions() if len(head.actions) > 1]
    return len(choosing) > len(set(choosing)) and len(set(choosing)) <= 2


def _choosers(game: Game) -> int:
    """Return how many players have more than one action somewhere."""
    sets = game.information_sets
    return len({s.player for s in sets if s.player != CHANCE and len(s.actions) > 1})


def _more_than_two(game: Game) -> MethodError | None:
    count = _choosers(game)
    return MethodError(f"{count} players have a choice, and it is for two") if count > 2 else None


METHODS: tuple[Method, ...] = (
    Method(
        "backward-induction",
        ("subgame-perfect", "pure-subgame-perfect"),
        "all outcomes, subgame by subgame; mixed equilibria of stages of up to two movers",
        _subgames,
    ),
    Method("pure-enumeration", ("pure",), "all equilibria in pure strategies", _whole),
    Method(
        "vertex-enumeration",
        ("nash",),
        "all extreme equilibria of two players and the convex sets they span",
        _whole,
        refusal=_more_than_two,
    ),
    Method(
        "linear-program",
        ("nash",),
        "value and all optimal strategies of a constant-sum game of two players",
        _as_zero_sum,
        refusal=_not_zero_sum,
        suits=_is_large,
    ),
    Method(
        "sequence-form",
        ("nash",),
        "all extreme equilibria of a two-player tree and the convex sets they span; of a large one "
        "what is found, and why not all",
        _by_sequences,
        refusal=_no_sequence_form,
        suits=_is_tree,
        stage_rules=False,
    ),
    Method(
        "lemke",
        ("nash",),
        "one equilibrium of a two-player tree of any size",
        _by_lemke,
        refusal=_no_sequence_form,
        stage_rules=False,
    ),
    Method(
        "iterated-dominance",
        ("nash",),
        "pure equilibria; all, where dominance leaves at most two players a choice",
        _whole,
    ),
    Method(
        "support-enumeration",
        ("nash",),
        "all equilibria of a small tree of any number of players; continua by their conditions",
        _by_supports,
        refusal=_no_supports,
        suits=_is_larger_tree,
        stage_rules=False,
    ),
    Method(
        "subgame-beliefs",
        WITH_BELIEFS,
        "subgame-perfect equilibria with beliefs, where play cannot pass by any information set",
        _subgames,
        refusal=_avoidable,
    ),
    Method(
        "sender-receiver",
        WITH_BELIEFS,
        "all equilibria of a sender-receiver game, with all responses and beliefs off the path",
        _by_signals,
        refusal=_no_signals,
        stage_rules=False,
    ),
    Method(
        "assessments",
        WITH_BELIEFS,
        "all pure equilibria with beliefs of a tree of up to ten information sets; mixed ones too, "
        "support by support, if it is small",
        _by_supports,
        refusal=_no_assessments,
        stage_rules=False,
    ),
)
"""All methods, in the order in which they are tried."""

CONCEPTS = tuple(dict.fromkeys(concept for method in METHODS for concept in method.concepts))
"""Concepts that some method answers."""


def choose(game: Game, concept: str, name: str | None = None, rules: Sequence[Rule] = ()) -> Method:
    """Return the method that answers for a game.

    Parameters
    ----------
    concept : str
        One of :data:`CONCEPTS`.
    name : str, optional
        Ask for this one.
    rules : sequence of Rule
        Selection rules that it is to apply.

    Raises
    ------
    UsageError
        If no method has that name.
    MethodError
        If the method asked for, or every method, refuses; the message says why.
    """
    able = [method for method in METHODS if concept in method.concepts]
    if name is not None:
        names = [method.name for method in METHODS]
        if name not in names:
            raise UsageError(
                f"no method is called {name!r}",
                place="method",
                remedy=nearest(name, names) or f"known: {', '.join(names)}",
            )
        asked = METHODS[names.index(name)]
        if asked not in able:
            raise MethodError(
                f"{name} does not answer {concept}",
                place=game.name,
                remedy=f"use {' or '.join(method.name for method in able)}, "
                f"or ask for {' or '.join(asked.concepts)}",
            )
        able = [asked]
    refusals: list[str] = []
    remedies: list[str] = []
    acting = [rule.name for rule in rules if rule.at_stage]
    for method in sorted(able, key=lambda method: not method.suits(game)):
        if acting and not method.stage_rules:
            refusals.append(
                f"{method.name}: it lists no strategies for the rule {acting[0]} to act on"
            )
            continue
        error = method.refusal(game)
        if error is None:
            return method
        refusals.append(f"{method.name}: {error.message}")
        remedies.append(error.remedy)
    # The last method is for the widest class of games, so its remedy helps most.
    useful = remedies[-1] if remedies and remedies[-1] else ""
    other = (
        "leave --method out" if name else "" if "ask for" in useful else "ask for another concept"
    )
    raise MethodError(
        f"no method answers {concept} here ({'; '.join(refusals)})",
        place=game.name,
        remedy=", or ".join(filter(None, [useful, other])),
    )
