r"""Regimes: where in parameter space each kind of equilibrium lives, exactly.

A *pattern* is the set of regime labels (or of outcomes) that some equilibrium supports, under a
named concept and selection. Its condition is a Boolean formula of polynomial inequalities in the
parameters, found by recursion over the tree with symbolic payoffs; for perfect Bayesian equilibria
of sender-receiver games, by eliminating the probabilities from linear systems, one for each choice
of supports.

Public surface::

    regimes(model, over=None, *, concept=None, select=None, by="regime", values=None, fix=None,
            scenario=None, budget=None, simplify=None, check=True) -> Regimes

``over`` maps parameter cells to ``(low, high)`` (numbers or texts as in ``--set``; ``None`` as a
bound, or instead of the pair, means the domain's own bound). One entry: exact breakpoints. Two or
more: regions. ``over=None``: the whole domain, all payoff parameters free but those in ``values``.
``by`` is ``"regime"``, ``"outcome"`` or ``"kind"`` (of a signalling equilibrium). ``values``,
``fix``, ``scenario`` are those of :func:`negotiation.sweep`.

Records, all frozen, each with ``to_dict()`` (see :mod:`negotiation.analysis.regimes.record`)::

    Regimes      model, fingerprint, concept, selection, by, axes, parameters (what was held
                 fixed), fixed (moves), patterns, pieces and breakpoints (one axis), boundaries
                 (several axes), complete, termination ("exhausted" | "budget"), coverage (share of
                 a Sobol' sample, None where complete), open_question (SMT-LIB text), seconds,
                 versions, message, notes
                 .label_at(point) -> tuple[str, ...] | None    exact, at any rational point
                 .along(axis, point) -> tuple[Piece, ...]       exact section through a point
                 outcomes (by outcome: histories and short name of each label), .names,
                 .text(labels) -> str                           for people, by short names
    Axis         name, low, high, low_open, high_open, integer, symbol, meaning, unit, underlying
    Pattern      labels, condition, text, latex, interior, sample, exact, case, ties, message, .name
    Piece        low, high (Number or None), low_closed, high_closed, labels, sample, case
    Breakpoint   at (Number), polynomials, before, here, after (labels), binding, underlying, case,
                 checked, decisive, .polynomial (text)
    Boundary     polynomial, solved (variable -> text, LaTeX), between (labels where the polynomial
                 is positive, labels where it is negative, a point on it), binding, case, turning
                 (binding for each of between), ties (those of between without interior)
    Binding      kind, player, move, information, action, instead; str() is a sentence
    Turning      binding, decisive (whether each of them alone changes the labels)
    Number       exact: .fraction or None, .coefficients, .interval, .decimal; to_json()
    Condition    And/Or of Atoms; .text(), .latex(), .smt(), .holds(point)

Labels are tuples in the order of the model's ``[[regimes]]``; ``()`` is "no equilibrium", ``None``
stands where the model is not defined (division by zero) or outside its domain.

How it is made, one module a step: :mod:`.space` (which parameters are variables), :mod:`.formulas`
and :mod:`.diagrams` (piecewise rational payoffs), :mod:`.tree`, :mod:`.support` and :mod:`.stage`
(conditions by recursion), :mod:`.patterns`, then :mod:`.axis` or :mod:`.regions` with
:mod:`.questions` (z3), :mod:`.turning` (whose incentives turn where the labels change) and
:mod:`negotiation.analysis.outcome_names`, which sweeps use too. For sender-receiver games
:mod:`.signalling` and :mod:`.elimination` take the place of the recursion, :mod:`.intuitive`
refines what they find, :mod:`.cell_labels` and :mod:`.path_labels` name it, and
:mod:`.continuum_labels` names what an exact solve found, so that the two can be compared.

Not here yet: perfect Bayesian equilibria of other trees in which play may pass by an information
set; :func:`.patterns.build_case` is where another source of supported outcomes enters.
"""

from __future__ import annotations

from negotiation.analysis.regimes.algebraic import Number
from negotiation.analysis.regimes.answer import regimes
from negotiation.analysis.regimes.conditions import Condition
from negotiation.analysis.regimes.record import (
    Axis,
    Boundary,
    Breakpoint,
    Pattern,
    Piece,
    Regimes,
    labels_text,
)
from negotiation.analysis.regimes.support import Binding
from negotiation.analysis.regimes.turning import Turning

__all__ = [
    "Axis",
    "Binding",
    "Boundary",
    "Breakpoint",
    "Condition",
    "Number",
    "Pattern",
    "Piece",
    "Regimes",
    "Turning",
    "labels_text",
    "regimes",
]
