"""Sweeps: solve a model at every point of a grid and label the results.

A grid point is an exact rational, solved exactly; only the dataset holds doubles, each the nearest
to its rational. The modules, in the order of the flow:

``axes``
    Parameters and the exact values that they take.
``plan``
    Which points there are and how each is solved; can be sent to another process.
``points``
    The exact solver, point by point.
``blocks``
    The answers at consecutive points as arrays, whoever solved them.
``dataset``
    The labelled dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from negotiation.analysis.sweeps.axes import Axis, read_axis
from negotiation.analysis.sweeps.plan import SweepPlan, plan_sweep
from negotiation.analysis.sweeps.points import SweptPoint, solve_points
from negotiation.model.document import Model

if TYPE_CHECKING:
    import xarray

__all__ = ["Axis", "SweepPlan", "SweptPoint", "plan_sweep", "read_axis", "solve_points", "sweep"]

Progress = Callable[[int, int], None]
MAX_POINTS = 1_000_000


def sweep(
    model: Model,
    over: Mapping[str, Any] | Sequence[Axis],
    *,
    each: str | None = None,
    baseline: Mapping[str, object] | None = None,
    concept: str | None = None,
    select: str | None = None,
    values: Mapping[str, object] | None = None,
    fix: Mapping[str, object] | None = None,
    scenario: str | None = None,
    progress: Progress | None = None,
) -> xarray.Dataset:
    """Solve a model over a grid and return the labelled results.

    Parameters
    ----------
    model : Model
    over : mapping or sequence of Axis
        Parameter to ``(low, high, points)``, to a list of values, or to the text of ``--over``.
    each : str, optional
        A move; it is fixed at each of its actions in turn, along a dimension of its name.
    baseline : mapping, optional
        Move to action, as in `fix`: what ``payoff_change`` is taken against.
    concept, select, values, fix, scenario
        As in :func:`negotiation.solve` and :meth:`Model.at`.
    progress : callable, optional
        Called with (points done, points in all).

    Returns
    -------
    xarray.Dataset
        Dimensions: the axes, the move of `each`, ``equilibrium``, ``player``.

    Raises
    ------
    UsageError
        For unknown names, and points outside the domain.

    Examples
    --------
    >>> from negotiation import load, sweep
    >>> dataset = sweep(load("divide-and-exempt"), {"loss": ["1/2", 1]}, select="worst:China")
    >>> dataset["regime"].dims
    ('loss',)
    """
    from negotiation.analysis.sweeps.blocks import solve_block
    from negotiation.analysis.sweeps.dataset import dataset_of_blocks
    from negotiation.errors import UsageError

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
    )
    if plan.size > MAX_POINTS:
        raise UsageError(
            f"{plan.size:,} points are more than {MAX_POINTS:,}",
            place="--over",
            remedy="use fewer points",
        )
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, plan.size)

    return dataset_of_blocks(plan, [solve_block(plan, 0, plan.size, progress=told)])
