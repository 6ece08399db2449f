"""The same code gives the same verdict, however fast the machine is and whatever else it does.

Where a part of an answer may take only so many seconds, the package goes on without it and says so.
On a busy machine a test would then see another answer; with limits that are ten times as long it
does not.

Examples of hypothesis are the same each time, and may take as long as they do. To search for
faults with other and more examples, ``pytest --hypothesis-profile searching``.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "searching",
    settings.get_profile("suite"),
    derandomize=False,
    max_examples=10 * settings.get_profile("suite").max_examples,
)
settings.load_profile("suite")

LIMITS = (
    ("negotiation.analysis.regimes.answer", "SIMPLIFY_SECONDS"),
    ("negotiation.analysis.regimes.questions", "PATIENCE"),
    ("negotiation.analysis.sweeps.branches", "CHECK_SECONDS"),
    ("negotiation.analysis.sweeps.workers", "ANSWER_SECONDS"),
    ("negotiation.analysis.sweeps.workers", "FILE_SECONDS"),
    ("negotiation.cli.progress", "LINE_SECONDS"),
    ("negotiation.solvers.equilibrium_sets", "Z3_MILLISECONDS"),
    ("negotiation.solvers.learning", "SECONDS_FOR_EQUILIBRIA"),
    ("negotiation.solvers.polynomials", "Z3_MILLISECONDS"),
    ("negotiation.solvers.sequential", "Z3_MILLISECONDS"),
    ("negotiation.solvers.trembling_hand", "Z3_MILLISECONDS"),
)
BUDGETS = (
    ("negotiation.analysis.sweeps.branches", "sweep_event_lines", "budget"),
    ("negotiation.analysis.sweeps.branches", "track", "budget"),
    ("negotiation.analysis.sweeps.events", "sweep_events", "budget"),
    ("negotiation.crosscheck", "crosscheck", "timeout"),
)
"""Limits that are defaults of functions."""


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in LIMITS:
            module = importlib.import_module(name)
            patch.setattr(module, limit, 10 * getattr(module, limit))
        for name, function, limit in BUDGETS:
            defaults = getattr(importlib.import_module(name), function).__kwdefaults__
            patch.setitem(defaults, limit, 10 * defaults[limit])
        yield


@pytest.fixture(scope="session", autouse=True)
def _same_examples() -> Iterator[None]:
    """Keep hypothesis from drawing constants of the modules that happen to be loaded.

    Which those are depends on the tests that this process ran before.
    """
    with pytest.MonkeyPatch.context() as patch:
        if settings().derandomize:
            none = providers.Constants()
            patch.setattr(providers, "_get_local_constants", lambda: none)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_word_of_fonts() -> None:
    """Where matplotlib has not run before it looks for fonts, and says so if that takes long."""
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
