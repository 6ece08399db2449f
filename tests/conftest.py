"""Limits in seconds are ten times longer in the tests than for a user.

Where a part of an answer may take only so many seconds, the package goes on without it and says so.
On a busy machine a test would then see another answer; with these limits it does not.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

LIMITS = {
    "negotiation.analysis.regimes.questions": "PATIENCE",
    "negotiation.analysis.sweeps.branches": "CHECK_SECONDS",
    "negotiation.analysis.sweeps.workers": "ANSWER_SECONDS",
    "negotiation.solvers.learning": "SECONDS_FOR_EQUILIBRIA",
    "negotiation.solvers.polynomials": "Z3_MILLISECONDS",
    "negotiation.solvers.sequential": "Z3_MILLISECONDS",
    "negotiation.solvers.trembling_hand": "Z3_MILLISECONDS",
}


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in LIMITS.items():
            module = importlib.import_module(name)
            patch.setattr(module, limit, 10 * getattr(module, limit))
        yield
