"""Every hostile test ends within seconds and without filling the memory."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

import pytest

SECONDS = 1.0
MEGABYTES = 300


@pytest.fixture(autouse=True)
def _within_limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that takes more than a second of processor time, or much memory.

    A test with ``several_inputs`` may take a second for each, which it checks itself.
    """
    started, before = time.process_time(), _megabytes()
    yield
    taken = time.process_time() - started
    if "slow" not in request.keywords and "several_inputs" not in request.fixturenames:
        assert taken < SECONDS, f"took {taken:.1f} s"
    used = _megabytes() - before
    assert used < MEGABYTES, f"used {used:.0f} MB"


@pytest.fixture
def several_inputs() -> None:
    """Say that a test runs many inputs, so that the limit of a second is not for all of them."""


def _megabytes() -> float:
    """Return the most memory that this process has used so far."""
    unit = 1024 if sys.platform == "linux" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
