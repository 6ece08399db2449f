"""Sweeps: solve a model at every point of a grid and label the results.

A grid point is an exact rational, solved exactly; only the dataset holds doubles, each the nearest
to its rational. The modules, in the order of the flow:

``axes``
    Parameters and the exact values that they take.
``samples``
    Points drawn from ranges of parameters.
``plan``
    Which points there are and how each is solved; can be sent to another process.
``points``
    The exact solver, point by point.
``cells``
    One run of the exact solver for all points that it treats alike. Beneath it: ``variables``,
    ``rounded`` and ``enclosures`` (parameters with digits), ``traced`` and ``tracing`` (the run),
    ``question_tree`` and ``signs`` (which points are alike).
``blocks``
    The answers at consecutive points as arrays, whoever solved them.
``codes``, ``branch_codes``
    Small numbers with labels; which branch of equilibria each equilibrium belongs to.
``chunks``, ``workers``
    A grid cut into blocks, and who solves them: this process, others, or a cluster.
``dataset``, ``tally``
    The labelled dataset, and the counts of a summary.
``store``
    Datasets beyond memory, written chunk by chunk.
``branches``, ``continuation``
    Equilibria tracked along one axis, with births, deaths and merges at exact numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from negotiation.analysis.sweeps.axes import Axis, Over, Range, read_axis, read_range
from negotiation.analysis.sweeps.plan import SweepPlan, plan_sweep
from negotiation.analysis.sweeps.points import SweptPoint, solve_points
from negotiation.model.document import Model
from negotiation.nouns import expect_model

if TYPE_CHECKING:
    import xarray

    from negotiation.analysis.sweeps.tally import Tally

__all__ = [
    "Axis",
    "Range",
    "SweepPlan",
    "SweptPoint",
    "plan_sweep",
    "read_axis",
    "read_range",
    "solve_plan",
    "solve_points",
    "sweep",
]

Progress = Callable[[int, int], None]
Announce = Callable[[str], None]
MAX_POINTS = 1_000_000
"""Most points of a sweep in memory."""


def sweep(
    model: Model,
    over: Over,
    *,
    each: str | None = None,
    baseline: Mapping[str, object] | None = None,
    concept: str | None = None,
    select: str | None = None,
    values: Mapping[str, object] | None = None,
    fix: Mapping[str, object] | None = None,
    scenario: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    design: str = "sobol",
    jobs: int = 1,
    scheduler: str | None = None,
    out: str | Path | None = None,
    variables: Sequence[str] | None = None,
    restart: bool = False,
    progress: Progress | None = None,
    announce: Announce | None = None,
) -> xarray.Dataset:
    """Solve a model over a grid, or at the points of a sample, and return the labelled results.

    Parameters
    ----------
    model : Model
    over : mapping, sequence or str
        Parameter to ``(low, high, points)``, to a list of values, or to the text behind ``=`` in
        ``--over``; for a sample to ``(low, high)`` or to a list to draw from. Or the texts of
        ``--over``, one or a list of them.
    each : str, optional
        A move; it is fixed at each of its actions in turn, along a dimension of its name.
    baseline : mapping, optional
        Move to action, as in `fix`: what ``payoff_change`` is taken against.
    concept, select, values, fix, scenario
        As in :func:`negotiation.solve` and :meth:`Model.at`.
    sample : int, optional
        Number of points to draw; see :mod:`negotiation.analysis.sweeps.samples`.
    seed : int
        What is drawn.
    design : str
        ``sobol`` or ``latin-hypercube``.
    jobs : int
        Number of local processes. With more than one, a script must call this under
        ``if __name__ == "__main__":``, for each process reads the script.
    scheduler : str, optional
        Address of a Dask scheduler, or path of its file: its workers solve the blocks.
    out : path, optional
        A file to write: ``.nc``, ``.csv``, or ``.zarr`` for grids beyond memory. A sweep to
        ``.zarr`` that was stopped goes on where it was.
    variables : sequence of str, optional
        Those to keep; all by default.
    restart : bool
        Forget what a stopped sweep to ``.zarr`` has left.
    progress : callable, optional
        Called with (points done, points in all).
    announce : callable, optional
        Called with a sentence where a person should know something before it starts.

    Returns
    -------
    xarray.Dataset
        The answer does not depend on who solves it. From a ``.zarr`` it is opened lazily: values
        are read when they are needed. Otherwise it is in memory, also if it was written.
        Dimensions: the axes (of a sample ``point``, along which the parameters are coordinates),
        the move of `each`, ``equilibrium``, ``player``.

    Raises
    ------
    UsageError
        For unknown names, arguments of another kind, points outside the domain, more than a
        million points without a ``.zarr`` to write to, and where no cluster answers or nothing
        more can be written.
    ModelError
        Where a point has no game, as where a payoff divides by zero.
    MethodError
        Where no method fits, or workers die again and again.

    Examples
    --------
    >>> from negotiation import load, sweep
    >>> dataset = sweep(load("divide-and-exempt"), {"loss": ["1/2", 1]}, select="worst:China")
    >>> dataset["regime"].dims
    ('loss',)
    """
    expect_model(model)
    plan = plan_sweep(
        model,
        over,
        each=each,
        baseline=baseline,
        concept=concept,
        select=select,
        values=values,
        fix=fix,
        scenario=scenario,
        sample=sample,
        seed=seed,
        design=design,
    )
    dataset, _ = solve_plan(
        plan,
        jobs=jobs,
        scheduler=scheduler,
        out=None if out is None else Path(out),
        variables=variables,
        restart=restart,
        progress=progress,
        announce=announce,
    )
    return dataset


def solve_plan(
    plan: SweepPlan,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    out: Path | None = None,
    variables: Sequence[str] | None = None,
    restart: bool = False,
    progress: Progress | None = None,
    announce: Announce | None = None,
) -> tuple[xarray.Dataset, Tally]:
    """Return the dataset of a plan and its tally; see :func:`negotiation.sweep`."""
    from negotiation.analysis.sweeps.workers import check_workers
    from negotiation.errors import UsageError
    from negotiation.formats.datasets import check_destination, write_dataset

    check_workers(jobs, scheduler)
    if isinstance(variables, str):
        raise UsageError(
            f"{variables[:60]!r} is one text, not a list of names",
            place="--variables",
            remedy=f"write {variables.split(',')!r}",
        )
    if out is not None:
        check_destination(out)
    if out is not None and out.suffix == ".zarr":
        import xarray

        from negotiation.analysis.sweeps.store import sweep_to_store

        with _from_its_file(plan):
            tally = sweep_to_store(
                plan,
                out,
                variables=variables,
                jobs=jobs,
                scheduler=scheduler,
                restart=restart,
                progress=progress,
                announce=announce,
            )
        return xarray.open_zarr(out), tally
    if restart:
        raise UsageError(
            "only a sweep to .zarr can be gone on with", place="--restart", remedy="leave it out"
        )
    if variables is not None and out is not None and out.suffix == ".csv":
        raise UsageError(
            "the columns of a table are fixed", place="--variables", remedy="write .nc or .zarr"
        )
    if plan.size > MAX_POINTS:
        raise UsageError(
            f"{plan.size:,} points are more than {MAX_POINTS:,}, the most that are held in memory",
            place="--over",
            remedy="write to a .zarr, chunk by chunk, or use fewer points",
        )
    with _from_its_file(plan):
        dataset, tally = _in_memory(plan, variables, jobs, scheduler, progress, announce)
    if out is not None:
        write_dataset(dataset, out)
    return dataset, tally


@contextmanager
def _from_its_file(plan: SweepPlan) -> Iterator[None]:
    """Name the file of the model in its errors: a plan that travels to workers has none."""
    from negotiation.errors import ModelError

    try:
        yield
    except ModelError as error:
        if plan.model.origin is None or error.source != plan.model.name:
            raise
        raise ModelError(error.faults, source=str(plan.model.origin)) from None


def _in_memory(
    plan: SweepPlan,
    variables: Sequence[str] | None,
    jobs: int,
    scheduler: str | None,
    progress: Progress | None,
    announce: Announce | None,
) -> tuple[xarray.Dataset, Tally]:
    """Solve all blocks and put them together."""
    from negotiation.analysis.sweeps.chunks import LARGEST, divided
    from negotiation.analysis.sweeps.dataset import dataset_of_blocks, variables_of
    from negotiation.analysis.sweeps.tally import tally_of, total
    from negotiation.analysis.sweeps.workers import solved

    variables_of(plan, variables)  # refuses unknown ones before any work is done
    chunks = divided(plan.shape, LARGEST if jobs == 1 and scheduler is None else None)
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, plan.size)

    spans = map(chunks.span, range(chunks.number))
    with closing(
        solved(plan, spans, jobs=jobs, scheduler=scheduler, progress=told, announce=announce)
    ) as found:
        blocks = sorted(found, key=lambda block: block.start)
    tally = total(map(tally_of, blocks))
    return dataset_of_blocks(plan, blocks, tally, variables), tally
