"""Game-theoretic modelling of bargaining over export controls.

Four nouns, kept apart: a **Model** is what the author wrote, a **Game** is a Model at given
parameter values, a **Solver** is a function, a **Solution** is a frozen record of equilibria and of
what is guaranteed. ``import negotiation`` alone loads no heavy module.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.analysis.comparison import compare
    from negotiation.analysis.regimes import regimes
    from negotiation.analysis.sweeps import sweep
    from negotiation.certify import certify
    from negotiation.errors import (
        BudgetError,
        GameError,
        MethodError,
        ModelError,
        NegotiationError,
        UsageError,
    )
    from negotiation.formats.game_files import read_game
    from negotiation.game import Game
    from negotiation.kernels.batch import BatchEquilibria, solve_batch
    from negotiation.model.document import Fact, Hypothesis, Model, Move, Parameter, Regime
    from negotiation.model.reading import load
    from negotiation.solution import Solution
    from negotiation.solvers import solve

__version__ = "0.1.0"

_HOMES = {
    "BatchEquilibria": "negotiation.kernels.batch",
    "BudgetError": "negotiation.errors",
    "Fact": "negotiation.model.document",
    "Game": "negotiation.game",
    "GameError": "negotiation.errors",
    "Hypothesis": "negotiation.model.document",
    "MethodError": "negotiation.errors",
    "Model": "negotiation.model.document",
    "ModelError": "negotiation.errors",
    "Move": "negotiation.model.document",
    "NegotiationError": "negotiation.errors",
    "Parameter": "negotiation.model.document",
    "Regime": "negotiation.model.document",
    "Solution": "negotiation.solution",
    "UsageError": "negotiation.errors",
    "certify": "negotiation.certify",
    "compare": "negotiation.analysis.comparison",
    "load": "negotiation.model.reading",
    "read_game": "negotiation.formats.game_files",
    "regimes": "negotiation.analysis.regimes",
    "solve": "negotiation.solvers",
    "solve_batch": "negotiation.kernels.batch",
    "sweep": "negotiation.analysis.sweeps",
}

__all__ = [
    "BatchEquilibria",
    "BudgetError",
    "Fact",
    "Game",
    "GameError",
    "Hypothesis",
    "MethodError",
    "Model",
    "ModelError",
    "Move",
    "NegotiationError",
    "Parameter",
    "Regime",
    "Solution",
    "UsageError",
    "__version__",
    "certify",
    "compare",
    "load",
    "read_game",
    "regimes",
    "solve",
    "solve_batch",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'negotiation' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
