"""Seeds of random games: a share for the fast tests, the rest for the slow ones."""

from __future__ import annotations

import pytest


def few_and_many(few: int, count: int) -> list[object]:
    """Return the seeds below `count` as two parameters: the first few, and for slow tests the rest.

    What a test asserts about how often something occurs has to hold for both, so it is stated per
    seed.
    """
    return [
        pytest.param(range(few), id="few"),
        pytest.param(range(few, count), id="many", marks=pytest.mark.slow),
    ]
