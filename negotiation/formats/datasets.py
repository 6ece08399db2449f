"""Datasets of sweeps as NetCDF or CSV, written whole or not at all.

A NetCDF file is made in memory, where a dataset of a sweep is anyway, and its bytes are written by
Python: HDF5 crashes the process where a disk fills while it writes. A Zarr store is written while a
sweep goes on (:mod:`negotiation.analysis.sweeps.store`); here it is only looked at whether it can
be.
"""

from __future__ import annotations

import csv
import errno
import io
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.errors import UsageError
from negotiation.formats.table_metadata import metadata_path, table_metadata

if TYPE_CHECKING:
    import xarray

__all__ = [
    "check_destination",
    "dataset_rows",
    "netcdf_image",
    "regime_labels",
    "whole_file",
    "write_dataset",
]

SUFFIXES = (".nc", ".zarr", ".csv")


def check_destination(path: Path) -> None:
    """Refuse, before any work is done, a file that cannot be written.

    Raises
    ------
    UsageError
        If the suffix is unknown or the folder is not there.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(
            f"{path.suffix!r} is no known kind of file"
            if path.suffix
            else "the name has no suffix",
            place=f"--out {path}",
            remedy="name it .nc (NetCDF), .zarr (for grids beyond memory) or .csv",
        )
    if not path.parent.is_dir():
        raise UsageError("the folder is not there", place=str(path.parent), remedy="make it first")
    if path.suffix == ".zarr" and path.exists() and not _is_store(path):
        raise UsageError(
            "there is something else of that name", place=str(path), remedy="choose another name"
        )
    if path.is_dir() and path.suffix != ".zarr":
        raise UsageError(
            "there is a folder of that name", place=str(path), remedy="choose another name"
        )
    if path.suffix == ".csv" and metadata_path(path).is_dir():
        raise UsageError(
            "there is a folder of that name, where the description of the table goes",
            place=str(metadata_path(path)),
            remedy="choose another name",
        )
    if not os.access(path.parent, os.W_OK):
        raise UsageError("cannot be written", place=str(path), remedy="choose another file")


def _is_store(path: Path) -> bool:
    """Say if a folder is a Zarr store, which a sweep may replace."""
    return any((path / name).is_file() for name in (".zgroup", "zarr.json"))


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary file that takes the place of `path` when all went well.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            with temporary.open("r+b") as written:
                os.fsync(written.fileno())
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise UsageError(
            f"cannot be written ({error.strerror or error})",
            place=str(path),
            remedy="free some space, or write to another disk"
            if full
            else "check the disk and your rights",
        ) from error


def regime_labels(dataset: xarray.Dataset) -> list[str]:
    """Return the regimes in the order of their codes; ``flag_meanings`` has no blanks in them."""
    return str(dataset["regime"].attrs["labels"]).split("\n")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_dataset(dataset: xarray.Dataset, path: Path) -> tuple[Path, ...]:
    """Write a sweep as NetCDF (``.nc``) or as a table with one row an equilibrium (``.csv``).

    Beside a table a description of it is written, ``a.csv-metadata.json``: a table has no room for
    what its numbers depend on (:mod:`negotiation.formats.table_metadata`).

    Returns
    -------
    tuple of Path
        The files that were written.

    Raises
    ------
    UsageError
        If a file cannot be written; both are as they were then.
    """
    check_destination(path)
    if path.suffix == ".nc":
        with whole_file(path) as temporary:
            temporary.write_bytes(netcdf_image(dataset))
        return (path,)
    description = metadata_path(path)
    # Both are on disk before either takes its place; what goes wrong is told of the table.
    with whole_file(description) as about, whole_file(path) as table:
        rows = dataset_rows(dataset)
        header = next(rows)
        with table.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(itertools.chain([header], rows))
        with about.open("w", encoding="utf-8") as stream:
            stream.write(table_metadata(dataset, header, path.name))
            stream.flush()
            os.fsync(stream.fileno())
    return path, description


def netcdf_image(dataset: xarray.Dataset) -> memoryview:
    """Return the bytes of a NetCDF file, made in memory; equal datasets have equal ones."""
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    image = io.BytesIO()
    store = H5NetCDFStore(h5netcdf.File(image, "w"))
    dataset.dump_to_store(store)
    store.close()  # type: ignore[no-untyped-call]
    return image.getbuffer()


def dataset_rows(dataset: xarray.Dataset) -> Iterator[list[Any]]:
    """Yield the header and one row for each point and equilibrium.

    In a sample the drawn parameters stand behind the number of the point.
    """
    import numpy as np

    names = list(dataset["equilibria"].dims)
    drawn = [
        name for name in dataset.coords if dataset[name].dims == ("point",) and name != "point"
    ]
    players = [str(player) for player in dataset["player"].values]
    changed = "payoff_change" in dataset
    marked = ["inside"] if "inside" in dataset else []
    header = [*map(str, [*names, *drawn, *marked])]
    header += ["equilibria", "complete", "regime", "equilibrium"]
    header += [f"payoff[{player}]" for player in players]
    header += [f"payoff_change[{player}]" for player in players] if changed else []
    yield header
    labels = regime_labels(dataset)
    for index in np.ndindex(dataset["equilibria"].shape):
        point = [dataset[name].values[k] for name, k in zip(names, index, strict=True)]
        if drawn:
            point += [dataset[name].values[index[names.index("point")]] for name in drawn]
        point += [int(dataset[name].values[index]) for name in marked]
        count, code = int(dataset["equilibria"].values[index]), int(dataset["regime"].values[index])
        label = labels[code] if code >= 0 else ""
        for k in range(max(count, 1)):
            row = [*point, count, int(dataset["complete"].values[index]), label]
            row.append(k if count else "")
            row += _cells(dataset["payoff"].values[(*index, k)])
            row += _cells(dataset["payoff_change"].values[(*index, k)]) if changed else []
            yield row


def _cells(values: Any) -> list[str]:
    """Return numbers in the shortest text that gives the same double; empty for NaN."""
    return ["" if value != value else repr(float(value)) for value in values]
