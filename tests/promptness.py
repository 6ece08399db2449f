"""Answers that must come at once, on a machine of any speed.

A refusal takes milliseconds on a quiet machine, a tenth of a second on a busy one. What must never
happen is that its time grows with the power of a hostile input: that takes minutes, or no end. The
limit lies between the two by a factor of ten or more on both sides, so it measures growth and not
the machine. Speed itself is measured in ``benchmarks/``.

What only a slow machine says, lines on progress, is taken out of what it says.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 20.0
"""Processor time of this process, which the other work of the machine does not count in."""


@contextmanager
def ends_soon(what: object = "this", seconds: float = SECONDS) -> Iterator[None]:
    """Fail where the block takes more than so many seconds of processor time."""
    started = time.process_time()
    yield
    taken = time.process_time() - started
    assert taken < seconds, f"{str(what)[:60]} took {taken:.1f} s"


def without_progress(complaints: bytes) -> str:
    """Return what a process said on standard error, without the lines that a slow sweep prints."""
    return re.sub(r"negotiate: [\d,]+ of [\d,]+ points.*\n", "", complaints.decode())
