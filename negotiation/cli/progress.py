"""Progress on standard error: a bar on a terminal, now and then a line in the log of a batch job.

Both show how many points are done, how many a second, and the time left. The rate counts from the
first report on: what came before it was the start, or the work of an earlier run.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Pace", "progress_bar"]

LINE_SECONDS = 30.0
"""Between two lines where no person is watching."""
Report = Callable[[int, int], None]


class Pace:
    """How fast work goes on.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[int, float] | None = None

    def words(self, done: int, total: int) -> str:
        """Return the rate and the time left; empty as long as they are not known."""
        now = self._clock()
        if self._first is None:
            self._first = done, now
        begun, since = self._first
        if done <= begun or now <= since:
            return ""
        rate = (done - begun) / (now - since)
        return (
            f"{rate:,.{0 if rate >= 10 else 1}f} points/s, {_duration((total - done) / rate)} left"
        )


def _duration(seconds: float) -> str:
    """Return a time in two units at most, rounded up."""
    whole = int(-(-seconds // 1))
    for length, unit, part, smaller in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= length:
            return f"{whole // length} {unit} {whole % length // part} {smaller}"
    return f"{whole} s"


@contextmanager
def progress_bar(label: str) -> Iterator[Report]:
    """Yield a function of (done, all), which shows them."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar(label) as report:
            yield report
    else:
        yield _lines()


def _lines() -> Report:
    """Return what prints a line at long intervals."""
    pace = Pace()
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        words = pace.words(done, total)
        if time.monotonic() - last >= LINE_SECONDS:
            last = time.monotonic()
            shown = f", {words}" if words else ""
            print(f"negotiate: {done:,} of {total:,} points{shown}", file=sys.stderr, flush=True)

    return report


@contextmanager
def _bar(label: str) -> Iterator[Report]:
    """Yield what moves a bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    pace = Pace()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None, pace="")

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, pace=pace.words(done, total))

        yield report
