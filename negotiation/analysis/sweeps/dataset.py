"""From blocks to the labelled dataset of a sweep.

An equilibrium set is a set: ``payoff`` has a dimension ``equilibrium`` (padded with NaN),
``payoff_min`` and ``payoff_max`` bound it, ``equilibria`` counts its outcomes. The question of this
field is how payoffs shift, so with a baseline ``payoff_change`` is the difference to it; where the
baseline itself has several values for a player, ``payoff_change`` is NaN and its bounds are in
``payoff_change_min`` and ``payoff_change_max``. Where the action of `each` is not open, or its move
is not made, a point has no equilibrium.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import negotiation
from negotiation.analysis.sweeps.blocks import Block
from negotiation.analysis.sweeps.plan import UNNAMED, SweepPlan
from negotiation.analysis.sweeps.points import solve_points
from negotiation.errors import UsageError
from negotiation.solution import Solution

if TYPE_CHECKING:
    import xarray

__all__ = ["dataset_of_blocks", "regime_codes"]


def dataset_of_blocks(plan: SweepPlan, blocks: Sequence[Block]) -> xarray.Dataset:
    """Return the dataset of a plan whose blocks are all there, in order.

    Raises
    ------
    UsageError
        If the move of `each` is never played.
    """
    import xarray as xr

    opened = np.concatenate([block.open for block in blocks])
    if not opened.any():
        raise UsageError(
            f"{plan.each} is never played", place="--each", remedy="choose another move"
        )
    counts = np.concatenate([block.counts for block in blocks])
    complete = np.concatenate([block.complete for block in blocks])
    masks = np.concatenate([block.regimes for block in blocks])
    widest = max(1, int(counts.max()))
    names, shape = plan.dimensions, plan.shape
    players = list(plan.players)
    payoff = _padded(np.concatenate([block.payoffs for block in blocks]), counts, widest)
    smallest, largest = _bounds(payoff)
    codes, labels = regime_codes(plan, masks)
    unit = "payoff units of the model"
    by_equilibrium, by_player = (*names, "equilibrium", "player"), (*names, "player")
    variables: dict[str, Any] = {}

    def add(name: str, dims: tuple[str, ...], values: Any, about: Mapping[str, Any]) -> None:
        variables[name] = (dims, values.reshape(*shape, *values.shape[1:]), about)

    add("payoff", by_equilibrium, payoff, _attributes("expected payoff", unit))
    add("payoff_min", by_player, smallest, _attributes("smallest equilibrium payoff", unit))
    add("payoff_max", by_player, largest, _attributes("largest equilibrium payoff", unit))
    add("equilibria", names, counts, _attributes("number of equilibrium outcomes", "1"))
    add("complete", names, complete.astype(np.int8), _attributes("1 if no outcome is missing", "1"))
    add("regime", names, codes, _regime_attributes(labels))
    if plan.baseline is not None:
        changes = np.concatenate([b.changes for b in blocks if b.changes is not None])
        bounds = np.concatenate(
            [b.change_bounds for b in blocks if b.change_bounds is not None], axis=1
        )
        shown = ", ".join(f"{move} = {action}" for move, action in plan.baseline.items())
        text = f"payoff minus that under {shown}"
        add(
            "payoff_change",
            by_equilibrium,
            _padded(changes, counts, widest),
            _attributes(text, unit),
        )
        for k, word in enumerate(("smallest", "largest")):
            name = ("payoff_change_min", "payoff_change_max")[k]
            add(name, by_player, bounds[k], _attributes(f"{word} {text}", unit))
    coordinates: dict[str, Any] = {
        axis.name: (axis.name, [float(v) for v in axis.values], _about(plan, axis.name))
        for axis in plan.axes
    }
    if plan.each is not None:
        coordinates[plan.each] = (plan.each, list(plan.actions))
    coordinates |= {"player": players, "equilibrium": np.arange(widest)}
    return xr.Dataset(variables, coordinates, _provenance(plan))


def regime_codes(
    plan: SweepPlan, masks: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return a code for each set of labels, -1 for none, and what the codes mean.

    The regimes of the model come first, in its order, then ``unnamed`` and the sets of several
    labels that occur: the codes depend on which occur, not on where or when.
    """
    present = np.unique(masks)
    single = [1 << k for k, label in enumerate(plan.labels) if label != UNNAMED]
    others = [int(mask) for mask in present if mask and int(mask) not in single]
    order = [*single, *sorted(others, key=lambda mask: (mask.bit_count(), mask))]
    labels = [
        " | ".join(label for k, label in enumerate(plan.labels) if mask >> k & 1) for mask in order
    ]
    code_of = {mask: code for code, mask in enumerate(order)} | {0: -1}
    table = np.array([code_of[int(mask)] for mask in present], dtype=np.int64)
    return table[np.searchsorted(present, masks)], labels


def _padded(
    rows: npt.NDArray[np.float64], counts: npt.NDArray[np.int64], widest: int
) -> npt.NDArray[np.float64]:
    """Return rows of points in an array (points, widest, players), NaN where there are none."""
    found = np.full((len(counts), widest, rows.shape[1]), np.nan)
    found[np.arange(widest) < counts[:, None]] = rows
    return found


def _bounds(payoff: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Return the smallest and the largest value of each player; NaN where there is none."""
    return np.fmin.reduce(payoff, axis=1), np.fmax.reduce(payoff, axis=1)


def _regime_attributes(labels: Sequence[str]) -> dict[str, Any]:
    return {
        **_attributes("regime of the equilibria, -1 for none", "1"),
        "flag_values": np.arange(len(labels)),
        "flag_meanings": " ".join(label.replace(" ", "_") for label in labels),
        "labels": "\n".join(labels),
    }


def _attributes(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def _about(plan: SweepPlan, name: str) -> dict[str, str]:
    parameter = plan.model.parameters[name.split("[")[0]]
    return _attributes(parameter.meaning or name, parameter.unit or "1")


def _provenance(plan: SweepPlan) -> dict[str, Any]:
    """Return what a reader needs to repeat the sweep."""
    first = _first_solution(plan)
    swept = {axis.name for axis in plan.axes}
    return {
        "title": plan.model.title or plan.model.name,
        "model": plan.model.name,
        "fingerprint": first.fingerprint,
        "concept": first.concept,
        "selection": first.selection,
        "method": first.method,
        "parameters": ", ".join(
            f"{name}={value}"
            for name, value in first.parameters.items()
            if name not in swept and name.split("[")[0] not in swept
        ),
        "baseline": ", ".join(f"{m}={a}" for m, a in (plan.baseline or {}).items()),
        "versions": f"negotiation {negotiation.__version__}",
    }


def _first_solution(plan: SweepPlan) -> Solution:
    """Return the solution at the first point where there is a game."""
    return next(p.solution for p in solve_points(plan) if p.solution is not None)
