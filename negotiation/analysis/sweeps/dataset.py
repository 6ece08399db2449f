"""From blocks to the labelled dataset of a sweep.

An equilibrium set is a set: ``payoff`` has a dimension ``equilibrium`` (padded with NaN),
``payoff_min`` and ``payoff_max`` bound it, ``equilibria`` counts its outcomes. The question of this
field is how payoffs shift, so with a baseline ``payoff_change`` is the difference to it; where the
baseline itself has several values for a player, ``payoff_change`` is NaN and its bounds are in
``payoff_change_min`` and ``payoff_change_max``.

Where the action of `each` is not allowed there is no game: ``inside`` is 0, which tells it from a
game without an equilibrium. Where the move is skipped, the game is that of ``--fix`` too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from negotiation.analysis.sweeps.blocks import Block
from negotiation.analysis.sweeps.branch_codes import branch_codes
from negotiation.analysis.sweeps.codes import NO_CODE, Codes
from negotiation.analysis.sweeps.plan import UNNAMED, SweepPlan
from negotiation.analysis.sweeps.provenance import provenance
from negotiation.analysis.sweeps.tally import Tally
from negotiation.errors import UsageError
from negotiation.formulas import nearest
from negotiation.solution import tie_text

if TYPE_CHECKING:
    import xarray

__all__ = [
    "Variable",
    "coordinates_of",
    "dataset_of_blocks",
    "never_played",
    "regime_codes",
    "variables_of",
]


@dataclass(frozen=True)
class Variable:
    """One variable of the dataset of a sweep.

    Attributes
    ----------
    dimensions : tuple of str
        Those after the dimensions of the plan.
    dtype : str
    attributes : mapping
    of_block : callable
        The values at the points of a block, shape (points, ...); of a variable with the dimension
        ``equilibrium`` a row for each equilibrium, point after point.
    codes : callable, optional
        From a plan and the tally of all its points to the codes that replace the values: sets of
        labels, one bit each, and keys of branches.
    missing : number
        Stands where a point has fewer equilibria than others.
    always : bool
        False where it is left out of a sweep that has a game at every point.
    """

    dimensions: tuple[str, ...]
    dtype: str
    attributes: Mapping[str, Any]
    of_block: Callable[[Block], npt.NDArray[Any]]
    codes: Callable[[SweepPlan, Tally], Codes] | None = None
    missing: float = np.nan
    always: bool = True

    @property
    def by_equilibrium(self) -> bool:
        """Whether there is a value for each equilibrium of a point."""
        return "equilibrium" in self.dimensions

    def belongs(self, tally: Tally) -> bool:
        """Say whether the dataset of all points has the variable."""
        return self.always or tally.open < tally.points


def variables_of(plan: SweepPlan, names: Sequence[str] | None = None) -> dict[str, Variable]:
    """Return the variables of the dataset of a plan, or those of them that are named.

    Raises
    ------
    UsageError
        For a name that is no variable of this sweep.
    """
    money = "payoff units of the model"
    by_equilibrium, by_player = ("equilibrium", "player"), ("player",)
    described = _attributes
    found = {
        "payoff": Variable(
            by_equilibrium, "f8", described("expected payoff", money), lambda block: block.payoffs
        ),
        "payoff_min": Variable(
            by_player,
            "f8",
            described("smallest equilibrium payoff", money),
            functools.partial(_extreme, np.fmin),
        ),
        "payoff_max": Variable(
            by_player,
            "f8",
            described("largest equilibrium payoff", money),
            functools.partial(_extreme, np.fmax),
        ),
        "equilibria": Variable(
            (), "i8", described("number of equilibrium outcomes", "1"), lambda block: block.counts
        ),
        "complete": Variable(
            (),
            "i1",
            described("1 if no outcome is missing, neither here nor in the baseline", "1"),
            lambda block: block.complete.astype(np.int8),
        ),
        "regime": Variable(
            (),
            "i8",
            described("regime of the equilibria, -1 for none", "1"),
            lambda block: block.regimes,
            lambda plan, tally: regime_codes(plan, tally.regimes),
        ),
    }
    if plan.baseline is not None:
        shown = ", ".join(f"{move} = {action}" for move, action in plan.baseline.items())
        text = f"payoff minus that under {shown}"
        found["payoff_change"] = Variable(by_equilibrium, "f8", described(text, money), _changes)
        for k, word in enumerate(("smallest", "largest")):
            found[("payoff_change_min", "payoff_change_max")[k]] = Variable(
                by_player, "f8", described(f"{word} {text}", money), functools.partial(_bound, k)
            )
    found["branch"] = Variable(
        ("equilibrium",),
        "i8",
        described("branch of the equilibrium, -1 for none", "1"),
        _keys,
        lambda plan, tally: branch_codes(plan, tally.branches or {}),
        NO_CODE,
    )
    if plan.sample is not None or plan.each is not None:
        found["inside"] = Variable(
            (),
            "i1",
            described(_inside(plan), "1"),
            lambda block: block.open.astype(np.int8),
            always=plan.sample is not None or "inside" in (names or ()),
        )
    if names is not None and not names:
        raise UsageError("no variable is named", place="--variables", remedy="name equilibria, say")
    for name in names or ():
        if name not in found:
            raise UsageError(
                f"the sweep has no variable {name!r}",
                place="--variables",
                remedy=nearest(name, found),
            )
    return {name: found[name] for name in found if names is None or name in names}


def dataset_of_blocks(
    plan: SweepPlan,
    blocks: Sequence[Block],
    tally: Tally,
    variables: Sequence[str] | None = None,
) -> xarray.Dataset:
    """Return the dataset of a plan whose blocks are all there, in order, with their total tally.

    Raises
    ------
    UsageError
        If the move of `each` is never played, or there is no such variable.
    """
    import xarray as xr

    if not any(block.open.any() for block in blocks):
        raise never_played(plan)
    counts = np.concatenate([block.counts for block in blocks])
    widest = max(1, tally.widest)
    found: dict[str, Any] = {}
    for name, variable in variables_of(plan, variables).items():
        if (name == "branch" and tally.branches is None) or not variable.belongs(tally):
            continue
        values = np.concatenate([variable.of_block(block) for block in blocks])
        attributes = variable.attributes
        codes = None if variable.codes is None else variable.codes(plan, tally)
        if variable.by_equilibrium:
            missing = variable.missing if codes is None else codes.nothing
            values = _padded(values, counts, widest, missing)
        if codes is not None:
            values = codes.of(values.T).T  # Rank by rank: neighbouring points have equal keys.
            attributes = {**attributes, **codes.attributes}
        shape = (*plan.shape, *values.shape[1:])
        found[name] = (*plan.dimensions, *variable.dimensions), values.reshape(shape), attributes
    return xr.Dataset(found, coordinates_of(plan, widest), provenance(plan, tally))


def never_played(plan: SweepPlan) -> UsageError:
    """Return the error of a sweep that has no game at any point."""
    return UsageError(
        f"at no point can {plan.each} be fixed: none of its actions is allowed throughout",
        place="--each",
        remedy="choose another move, or other values",
    )


def coordinates_of(plan: SweepPlan, widest: int) -> dict[str, Any]:
    """Return name -> (dimension, values, attributes) of the coordinates."""
    coordinates: dict[str, Any] = {}
    swept = {axis.name for axis in plan.axes}
    for name, (dimension, values) in plan.coordinates.items():
        if name in swept:
            numbers = np.array([float(value) for value in values])
            coordinates[name] = dimension, numbers, _about(plan, name)
        else:
            coordinates[name] = dimension, np.array(values), {}
    coordinates["player"] = "player", np.array(plan.players), {}
    coordinates["equilibrium"] = "equilibrium", np.arange(widest), {}
    return coordinates


def regime_codes(plan: SweepPlan, present: Iterable[int]) -> Codes:
    """Return the codes of a sweep in which the sets of labels `present` occur.

    The regimes of the model come first, in its order, then ``unnamed`` and the sets of several
    labels that occur: the codes depend on which occur, not on where or when.
    """
    single = [1 << k for k, label in enumerate(plan.labels) if label != UNNAMED]
    others = [int(mask) for mask in present if mask and int(mask) not in single]
    masks = (*single, *sorted(others, key=lambda mask: (mask.bit_count(), mask)))
    labels = (
        tie_text(label for k, label in enumerate(plan.labels) if mask >> k & 1) for mask in masks
    )
    return Codes(masks, tuple(labels), 0)


def _extreme(which: np.ufunc, block: Block) -> npt.NDArray[np.float64]:
    """Return the smallest or largest payoff of each player at each point, NaN where none is."""
    found = np.full((len(block.counts), block.payoffs.shape[1]), np.nan)
    some = block.counts > 0
    if some.any():
        found[some] = which.reduceat(block.payoffs, block.offsets[:-1][some], axis=0)
    return found


def _changes(block: Block) -> npt.NDArray[np.float64]:
    assert block.changes is not None
    return block.changes


def _bound(which: int, block: Block) -> npt.NDArray[np.float64]:
    assert block.change_bounds is not None
    bounds: npt.NDArray[np.float64] = block.change_bounds[which]
    return bounds


def _keys(block: Block) -> npt.NDArray[np.int64]:
    assert block.outcomes is not None
    return block.outcomes


def _padded(
    rows: npt.NDArray[Any], counts: npt.NDArray[np.int64], widest: int, missing: float
) -> npt.NDArray[Any]:
    """Return the rows of points in an array (points, widest, ...)."""
    found = np.full((len(counts), widest, *rows.shape[1:]), missing, dtype=rows.dtype)
    found[np.arange(widest) < counts[:, None]] = rows
    return found


def _inside(plan: SweepPlan) -> str:
    """Return what it takes to have a game at a point."""
    domain = "the point lies in the domain of the model" if plan.sample is not None else ""
    fixed = f"{plan.each} can be fixed at the action" if plan.each is not None else ""
    return f"1 if {' and '.join(filter(None, (domain, fixed)))}"


def _attributes(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def _about(plan: SweepPlan, name: str) -> dict[str, str]:
    parameter = plan.model.parameters[name.split("[")[0]]
    return _attributes(parameter.meaning or name, parameter.unit or "1")
