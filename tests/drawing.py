"""How many examples hypothesis draws: so many in the suite, ten times as many when searching."""

from __future__ import annotations

from hypothesis import settings

SUITE = settings.get_profile("suite").max_examples


def examples(number: int) -> settings:
    """Return what has a test draw so many examples, in proportion more in another profile."""
    return settings(max_examples=number * settings().max_examples // SUITE)
