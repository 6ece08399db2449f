"""What an equilibrium adds to the picture of a tree: reach, probabilities, beliefs, in words.

A branch is *on the path* if the equilibrium reaches its end, *played* if its mover chooses it with
positive probability although play does not come there, else neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from negotiation.errors import UsageError
from negotiation.game import CHANCE, Game
from negotiation.model.document import decimal_text
from negotiation.solution import Belief, Equilibrium, OffPath, Solution
from negotiation.solvers.beliefs import reach
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program

__all__ = ["Play", "drawable_solution", "incompleteness", "number_text", "probability_text"]

MAX_EXACT = 40
"""Letters of a probability that is written exactly."""


def drawable_solution(solution: Solution | None, number: int) -> Solution | None:
    """Return a solution, None where its budget was spent before there was anything to draw.

    Parameters
    ----------
    solution : Solution or None
    number : int
        The equilibrium to draw, from 0.

    Raises
    ------
    UsageError
        If the budget was spent before this one was found, and others were.
    """
    if solution is None or solution.termination != "budget":
        return solution
    count = len(solution.equilibria)
    if number and not 0 <= number < count:
        raise UsageError(
            f"there is no equilibrium number {number + 1} yet: {count or 'none'} found when the "
            "budget was spent",
            place="--budget",
            remedy="give a larger one, or leave out --equilibrium",
        )
    return solution if count else None


def incompleteness(solution: Solution, shown: Solution | None) -> str:
    """Return why a solution is not complete, what is drawn all the same, and the remedy."""
    text = f"not complete: {solution.message}"
    if solution.termination != "budget":
        return text
    drawn = "one that was found is drawn" if shown else "no equilibrium is drawn"
    return f"{text}\n  {drawn}; --no-solution draws the game alone, without the wait"


class Play:
    """One equilibrium of a game, as a tree shows it.

    Raises
    ------
    UsageError
        If the solution is of another game, or has no equilibrium of this number.
    """

    def __init__(self, game: Game, solution: Solution, number: int) -> None:
        if solution.fingerprint != game.fingerprint:
            raise UsageError(
                f"the solution is that of another game, {solution.game}",
                place="plot_tree",
                remedy="solve the game that is drawn, with the same values and fixed moves",
            )
        count = len(solution.equilibria)
        if not 0 <= number < count:
            raise UsageError(
                f"there is no equilibrium number {number + 1}; {count or 'none'} found",
                place="plot_tree",
                remedy=f"choose one from 1 to {count}" if count else "draw it without a solution",
            )
        self.game = game
        self.equilibrium: Equilibrium = solution.equilibria[number]
        self.profile = self.equilibrium.profile
        self.reached = reach(game, self.profile)
        self.beliefs = {
            (belief.move, tuple(belief.information.items())): belief
            for belief in self.equilibrium.beliefs
        }
        self.title = _title(solution, number)

    def shares(self, position: int) -> Sequence[Fraction]:
        """Return the probabilities of the actions at an information set of a player."""
        return self.profile[position]

    def on_path(self, node: int) -> bool:
        """Return whether a node is reached."""
        return self.reached[node] > 0

    def is_played(self, parent: int, action: int) -> bool:
        """Return whether the mover chooses an action with positive probability."""
        position = self.game.set_of[parent]
        if self.game.information_sets[position].player == CHANCE:
            return self.game.probabilities[parent][action] > 0
        return self.shares(position)[action] > 0

    def belief(self, node: int) -> str:
        """Return the probability of a history in its set, a range where several support the play.

        Empty where the concept has no beliefs, or the mover knows the history.
        """
        position = self.game.set_of[node]
        head = self.game.information_sets[position]
        found = self.beliefs.get((head.move, head.information))
        if found is None or len(head.nodes) < 2:
            return ""
        place = head.nodes.index(node)
        held = [found.histories[place][1], *self._others(found, position, place)]
        low, high = min(held), max(held)
        ends = [probability_text(low)] + ([probability_text(high)] if high > low else [])
        return f"[{' to '.join(ends)}]"

    def _others(self, found: Belief, position: int, place: int) -> list[Fraction]:
        """Return the beliefs off the path that support what is played there."""
        actions = self.game.information_sets[position].actions
        return [
            vertex[place]
            for part in found.off_path
            if _is_mixture(self.shares(position), actions, part)
            for vertex in part.beliefs
        ]

    def payoffs(self) -> Mapping[str, Fraction]:
        """Return player to expected payoff."""
        return self.equilibrium.payoffs


def _is_mixture(played: Sequence[Fraction], actions: Sequence[str], part: OffPath) -> bool:
    """Return whether a strategy is a mixture of those of a part."""
    rows = [
        [response.get(action, Fraction(0)) for response in part.responses] for action in actions
    ]
    count = len(part.responses)
    program = LinearProgram([0] * count, equations=[*rows, [1] * count], values=[*played, 1])
    return isinstance(solve_linear_program(program), Optimum)


def _title(solution: Solution, number: int) -> str:
    found = solution.equilibria[number]
    regime = f", regime {found.regime}" if found.regime else ""
    of = f"equilibrium {number + 1} of {len(solution.equilibria)}"
    partial = "" if solution.complete else ", not complete"
    return f"{of}, {solution.concept}, selection {solution.selection}{partial}{regime}"


def probability_text(value: Fraction) -> str:
    """Return a probability exactly; one of very many digits rounded, with a sign that says so."""
    text = str(value)
    return text if len(text) <= MAX_EXACT else f"≈{float(value):.6g}"


def number_text(value: Fraction) -> tuple[str, bool]:
    """Return a payoff in few letters, and whether it was rounded to do so."""
    decimal, rounded = decimal_text(value), False
    if decimal is not None and len(decimal) <= 7:
        text = decimal
    elif len(str(value)) <= 7:
        text = str(value)
    else:
        text, rounded = _four_digits(value), True
    return text.replace("-", "\N{MINUS SIGN}"), rounded


def _four_digits(value: Fraction) -> str:
    """Return four digits of a number of any size, beyond those of doubles too."""
    try:
        short = float(value)
    except OverflowError:
        short = 0.0
    if short or not value:
        return f"{short:.4g}"
    exponent = len(str(abs(value.numerator))) - len(str(value.denominator))
    scaled = float(value / Fraction(10) ** exponent)
    return f"{scaled:.4g}e{exponent}"
