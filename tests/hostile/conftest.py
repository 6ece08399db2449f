"""Every hostile test ends within seconds and without filling the memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator

import pytest

from tests.promptness import ends_soon

MEGABYTES = 300


@pytest.fixture(autouse=True)
def _within_limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that does not end soon, or takes much memory.

    A test with ``several_inputs`` checks the time of each itself.
    """
    before = _megabytes()
    if "slow" in request.keywords or "several_inputs" in request.fixturenames:
        yield
    else:
        with ends_soon(request.node.name):
            yield
    used = _megabytes() - before
    assert used < MEGABYTES, f"used {used:.0f} MB"


@pytest.fixture
def several_inputs() -> None:
    """Say that a test runs many inputs, so that the limit is not for all of them together."""


def _megabytes() -> float:
    """Return the most memory that this process has used so far."""
    unit = 1024 if sys.platform == "linux" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
