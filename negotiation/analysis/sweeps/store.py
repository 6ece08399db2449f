"""Sweeps beyond memory: written to a Zarr store chunk by chunk, gone on with after any end.

While a sweep to ``map.zarr`` runs, the folder ``map.zarr.part`` holds

``plan.json``
    What decides the answers; written last of all that is needed to begin.
``journal``
    One line for each block whose chunks are safely on disk, with its tally.
``store``, ``keys``
    The chunks; sets of labels and keys of branches, whose codes are known at the end only, and
    what only the end shows to belong.
``lock``
    Held by the process that writes; it comes first and goes last, so a folder without it is none.

A chunk that is not in the journal is written again, so it does not matter when a sweep is stopped.
Once all are there the codes and the metadata are written, which may be done twice as well, and
``store`` is renamed: ``map.zarr`` is always whole. The chunks are cut in the same way whoever
solves them and are compressed by one thread, so an interrupted sweep ends with the same bytes.

The format is Zarr 2, whose texts and consolidated metadata are part of its specification.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from negotiation.analysis.sweeps.blocks import Block
from negotiation.analysis.sweeps.chunks import Chunks, divided
from negotiation.analysis.sweeps.dataset import (
    Variable,
    coordinates_of,
    never_played,
    variables_of,
)
from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.analysis.sweeps.provenance import provenance, versions_text
from negotiation.analysis.sweeps.tally import Tally, tally_of, total
from negotiation.analysis.sweeps.workers import Prepare, detached, prepared, solved
from negotiation.errors import UsageError
from negotiation.model.calibration import scenario_values

__all__ = ["part_of", "sweep_to_store"]

LAYOUT = 3
"""Number of the layout of the folder; another one is not gone on with."""
COMPRESSION: Any = {"id": "blosc", "cname": "zstd", "clevel": 1, "shuffle": 1, "blocksize": 0}
LOCK = "lock"
PARTS = frozenset({"plan.json", "plan.json.new", "journal", "store", "keys", LOCK, "old"})
WIDEST = 2**31 - 1
"""Length of ``equilibrium`` while it is not known; chunks that are not there cost nothing."""
Progress = Callable[[int, int], None]
Announce = Callable[[str], None]


def part_of(path: Path) -> Path:
    """Return the folder in which a sweep to `path` is kept until it is whole."""
    return path.with_name(f"{path.name}.part")


def sweep_to_store(
    plan: SweepPlan,
    path: Path,
    *,
    variables: Sequence[str] | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    restart: bool = False,
    progress: Progress | None = None,
    announce: Announce | None = None,
    most: int | None = None,
    prepare: Prepare = prepared,
) -> Tally:
    """Sweep a plan to a Zarr store, or go on with one that was stopped.

    Memory holds the blocks in flight and no more.

    Parameters
    ----------
    plan : SweepPlan
    path : Path
        Replaced as a whole once the sweep is done.
    variables : sequence of str, optional
        Those to keep; all by default.
    jobs, scheduler, prepare
        As in :func:`negotiation.analysis.sweeps.workers.solved`.
    restart : bool
        Forget what a stopped sweep has left.
    progress : callable, optional
        Called with (points done, points in all).
    announce : callable, optional
        Called with a sentence for a person.
    most : int, optional
        Most points of a chunk.

    Returns
    -------
    Tally
        Of all points.

    Raises
    ------
    UsageError
        If another sweep was stopped on its way to `path`, or nothing more can be written.
    """
    chunks, kept = divided(plan.shape, most), variables_of(plan, variables)
    with _locked(part_of(path)) as folder:
        part = Part(plan, path, folder, chunks, kept)
        part.begin(restart)
        done = part.points
        if 0 < done < plan.size and announce is not None:
            announce(f"going on after {done:,} of {plan.size:,} points, from {folder}")

        def told(count: int) -> None:
            nonlocal done
            done += count
            if progress is not None:
                progress(done, plan.size)

        waiting = {chunks.span(k): k for k in range(chunks.number) if k not in part.tallies}
        if done and waiting:
            told(0)
        blocks = solved(
            plan,
            waiting,
            jobs=jobs,
            scheduler=scheduler,
            progress=told,
            announce=announce,
            prepare=prepare,
        )
        with closing(part), closing(blocks):
            for block in blocks:
                part.add(waiting[block.start, block.stop], block)
            return part.finish()


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Make the folder of a sweep; one process at a time may write to it."""
    _check_folder(folder)
    folder.mkdir(exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                "another sweep is writing there",
                place=str(folder),
                remedy="wait until it is done, or choose another name",
            ) from None
        except (ImportError, OSError):  # a system, or a file system, without locks
            pass
        yield folder


def _check_folder(folder: Path) -> None:
    """Refuse what is there but is no sweep that was stopped, before anything is written to it."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(
            "there is something else of that name",
            place=str(folder),
            remedy="move it away, or choose another name",
        )
    found = sorted(entry.name for entry in folder.iterdir())
    strange = [name for name in found if LOCK not in found or name not in PARTS]
    if strange:
        raise UsageError(
            f"the folder holds what is no part of a sweep: {strange[0]}",
            place=str(folder),
            remedy="move it away, or choose another name",
        )


class Part:
    """A sweep on its way to a store.

    Parameters
    ----------
    plan : SweepPlan
    path : Path
        Where it will be.
    folder : Path
        Where it is.
    chunks : Chunks
    variables : mapping
        Those to keep.
    """

    def __init__(
        self,
        plan: SweepPlan,
        path: Path,
        folder: Path,
        chunks: Chunks,
        variables: Mapping[str, Variable],
    ) -> None:
        self.plan = plan
        self.path = path
        self.folder = folder
        self.chunks = chunks
        self.variables = variables
        self.tallies: dict[int, Tally] = {}
        self._arrays: dict[str, Any] = {}
        self._written: list[Path] = []
        self._settling: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1)

    @property
    def points(self) -> int:
        """Number of points that are done."""
        return sum(tally.points for tally in self.tallies.values())

    # -- beginning --------------------------------------------------------------------------------

    def begin(self, restart: bool) -> None:
        """Go on where a sweep of the same plan was stopped, or start.

        Raises
        ------
        UsageError
            If the folder holds another sweep.
        """
        with self._writing():
            if not self._is_begun() or restart:
                self._clear()
            identity = identity_of(self.plan, self.variables, self.chunks)
            if (self.folder / "plan.json").exists():
                self._compare(identity)
            else:
                (self.folder / "store").mkdir()
                (self.folder / "keys").mkdir()
                (self.folder / "journal").touch()
                _write_whole(self.folder / "plan.json", json.dumps(identity, indent=1))
            self.tallies = _read_journal(self.folder / "journal")
            for pattern in ("*/*.partial", "*/*/*.partial"):  # of groups and chunks half written
                for leftover in self.folder.glob(pattern):
                    leftover.unlink()
            if not self._is_published():
                self._open_arrays()

    def _is_begun(self) -> bool:
        """Say if there is a sweep to go on with."""
        journal = self.folder / "journal"
        if not (self.folder / "plan.json").exists() or not journal.exists():
            return False
        return journal.stat().st_size > 0 and (
            (self.folder / "store").exists() or self.path.exists()
        )

    def _is_published(self) -> bool:
        """Say if the store has been renamed already, so that only rubbish is left."""
        return not (self.folder / "store").exists()

    def _clear(self) -> None:
        for name in ("plan.json", "plan.json.new", "journal"):  # the plan first: nothing is begun
            (self.folder / name).unlink(missing_ok=True)
        for name in ("store", "keys", "old"):
            if (self.folder / name).exists():
                shutil.rmtree(self.folder / name)

    def _compare(self, identity: Mapping[str, Mapping[str, str]]) -> None:
        found = json.loads((self.folder / "plan.json").read_text(encoding="utf-8"))
        for key in {**identity, **found}:
            here, there = identity.get(key, {}), found.get(key, {})
            if here.get("digest") != there.get("digest"):
                texts = [side.get("text") or "" for side in (there, here)]
                shown = f": {texts[0]} there, {texts[1]} here" if texts[0] != texts[1] else ""
                raise UsageError(
                    f"a sweep of another plan was stopped there; {key} differs{shown}",
                    place=str(self.folder),
                    remedy="forget that one with --restart, or choose another name",
                )

    # -- chunks -----------------------------------------------------------------------------------

    def _open_arrays(self) -> None:
        for name, variable in self.variables.items():
            if variable.codes is not None or not variable.always:
                missing = None if name != "branch" else int(variable.missing)
                self._arrays[name] = self._array("keys", name, variable, WIDEST, fill=missing)
            else:
                self._arrays[name] = self._array("store", name, variable, WIDEST)

    def _array(
        self,
        group: str,
        name: str,
        variable: Variable,
        widest: int,
        *,
        fill: float | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return an array of points; its metadata are written anew, its chunks are left alone."""
        sizes = {"equilibrium": widest, "player": len(self.plan.players)}
        cut = {"equilibrium": 1, "player": len(self.plan.players)}
        return _new_array(
            self.folder / group,
            name,
            (*self.plan.dimensions, *variable.dimensions),
            (*self.plan.shape, *(sizes[dimension] for dimension in variable.dimensions)),
            (*self.chunks.shape, *(cut[dimension] for dimension in variable.dimensions)),
            variable.dtype,
            np.nan if variable.dtype == "f8" else fill,
            attributes or {},
        )

    def add(self, chunk: int, block: Block) -> None:
        """Write a block; once it is on disk it is never solved again.

        That takes a while and is waited for when the next block comes.
        """
        tally = tally_of(block)
        with self._writing():
            for name, variable in self.variables.items():
                if name == "branch" and tally.branches is None:
                    continue
                values = variable.of_block(block)
                if variable.by_equilibrium:
                    self._write_ranks(name, chunk, values, block.counts, tally.widest)
                else:
                    self._write(name, chunk, values)
            self._settle()
            self._settling = self._thread.submit(self._enter, chunk, tally, self._written)
            self._written = []

    def _settle(self) -> None:
        """Wait until the last block is on disk and in the journal."""
        if self._settling is not None:
            self._settling.result()
            self._settling = None

    def _enter(self, chunk: int, tally: Tally, files: Sequence[Path]) -> None:
        """Enter a block in the journal as soon as its files are on disk."""
        _settle_all(files)
        line = json.dumps({"block": chunk, "tally": tally.to_dict()})
        with (self.folder / "journal").open("a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")
            _settle(journal)
        self.tallies[chunk] = tally

    def close(self) -> None:
        """Enter what is written; leave nothing behind if that is nothing."""
        self._thread.shutdown()
        if not self.tallies and self.folder.exists():
            self._remove()

    def _write_ranks(
        self,
        name: str,
        chunk: int,
        rows: npt.NDArray[Any],
        counts: npt.NDArray[np.int64],
        widest: int,
    ) -> None:
        """Write the first equilibria of all points, then the second ones, and so on."""
        first = np.cumsum(counts) - counts
        for rank in range(widest):
            there = counts > rank
            values = np.full((len(counts), *rows.shape[1:]), self.variables[name].missing)
            values = values.astype(rows.dtype, copy=False)
            values[there] = rows[first[there] + rank]
            self._write(name, chunk, values, rank)

    def _write(
        self, name: str, chunk: int, values: npt.NDArray[Any], rank: int | None = None
    ) -> None:
        """Write the values at the points of a chunk."""
        box = self.chunks.region(chunk)
        shape = tuple(part.stop - part.start for part in box)
        place = self.chunks.place(chunk)
        if rank is not None:
            box, shape, place = (*box, slice(rank, rank + 1)), (*shape, 1), (*place, rank)
        rest = values.shape[1:]
        array = self._arrays[name]
        array[(*box, *(slice(None) for _ in rest))] = values.reshape((*shape, *rest))
        file = Path(array.store.root, array.path, ".".join(map(str, (*place, *(0,) * len(rest)))))
        if not place and not rest:
            file = file.with_name("0")
        if file.exists():  # what holds nothing but gaps is not written
            self._written.append(file)

    # -- the end ----------------------------------------------------------------------------------

    def finish(self) -> Tally:
        """Write codes and metadata, and put the store in its place.

        Raises
        ------
        UsageError
            If there was no game at any point.
        """
        with self._writing():
            self._settle()
            tally = total(self.tallies.values())
            if not self._is_published():
                if not tally.open:
                    self._remove()
                    raise never_played(self.plan)
                self._write_metadata(tally)
                self._publish()
            self._remove()
        return tally

    def _write_metadata(self, tally: Tally) -> None:
        """Write the codes, and the metadata of all variables."""
        import zarr
        from zarr.storage import LocalStore

        widest = max(1, tally.widest)
        root = LocalStore(self.folder / "store")
        coordinates = coordinates_of(self.plan, widest)
        about = provenance(self.plan, tally)
        drawn = [name for name, (dimension, *_) in coordinates.items() if dimension != name]
        if drawn:
            about["coordinates"] = " ".join(drawn)
        _forget(self.folder / "store")
        zarr.create_group(root, zarr_format=2, attributes=_plain(about))
        for name, (dimension, values, attributes) in coordinates.items():
            _new_array(
                self.folder / "store",
                name,
                (dimension,),
                values.shape,
                values.shape,
                values.dtype.str,
                np.nan if values.dtype.kind == "f" else None,
                attributes,
            )[...] = values
        for name, variable in self.variables.items():
            if not variable.belongs(tally):
                continue
            if not variable.always:
                self._write_kept(name, variable)
            elif variable.codes is not None:
                if name != "branch" or tally.branches is not None:
                    self._write_codes(name, variable, tally, widest)
            else:
                self._array("store", name, variable, widest, attributes=variable.attributes)
        zarr.consolidate_metadata(root, zarr_format=2)

    def _write_codes(self, name: str, variable: Variable, tally: Tally, widest: int) -> None:
        """Write codes in place of what they stand for, chunk by chunk."""
        assert variable.codes is not None
        codes = variable.codes(self.plan, tally)
        keys = self._arrays[name]
        attributes = {**variable.attributes, **codes.attributes}
        self._arrays[name] = self._array("store", name, variable, widest, attributes=attributes)
        for chunk in range(self.chunks.number):
            box = self.chunks.region(chunk)
            if not variable.by_equilibrium:
                self._write(name, chunk, codes.of(keys[box].reshape(-1)))
                continue
            for rank in range(widest):
                found = keys[(*box, slice(rank, rank + 1))]
                self._write(name, chunk, codes.of(found.reshape(-1)), rank)

    def _write_kept(self, name: str, variable: Variable) -> None:
        """Write a variable of which only the end shows whether it belongs, chunk by chunk."""
        waiting = self._arrays[name]
        self._arrays[name] = self._array("store", name, variable, 1, attributes=variable.attributes)
        for chunk in range(self.chunks.number):
            self._write(name, chunk, waiting[self.chunks.region(chunk)].reshape(-1))

    def _publish(self) -> None:
        """Put the store in its place; one that is there already goes."""
        _settle_all([*self._written, *(self.folder / "store").glob("**/.z*")])
        if self.path.exists():
            if (self.folder / "old").exists():
                shutil.rmtree(self.folder / "old")
            self.path.rename(self.folder / "old")
        (self.folder / "store").rename(self.path)

    def _remove(self) -> None:
        """Remove the folder, what is large first, the plan late, the lock last."""
        for name in ("old", "keys", "store"):
            if (self.folder / name).exists():
                shutil.rmtree(self.folder / name)
        for name in ("journal", "plan.json.new", "plan.json", LOCK):
            (self.folder / name).unlink(missing_ok=True)
        self.folder.rmdir()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Say what to do where nothing more can be written."""
        try:
            yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            remedy = "free some space" if full else "check the disk and your rights"
            raise UsageError(
                f"cannot be written ({error.strerror or error}); {self.points:,} of "
                f"{self.plan.size:,} points are kept in {self.folder}",
                place=str(self.path),
                remedy=f"{remedy}, then give the same command: it goes on from there; fewer "
                "--variables need less",
            ) from error


# ---- what decides the answers -------------------------------------------------------------------


def identity_of(
    plan: SweepPlan, variables: Mapping[str, Variable], chunks: Chunks
) -> dict[str, dict[str, str]]:
    """Return what decides the content of a store: key to digest and, where it is short, text."""
    scenario = None
    if plan.scenario is not None:
        scenario = [plan.scenario, scenario_values(plan.model, plan.scenario)]
    entries = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan)}
    entries |= {"model": detached(plan).model.to_toml(), "scenario": scenario}
    entries |= {"variables": list(variables), "chunks": chunks.shape}
    entries["versions"] = f"{versions_text()}, layout {LAYOUT}"
    shown = {
        **{key: str(value) for key, value in entries.items()},
        "model": plan.model.name,
        "axes": ", ".join(f"{axis.name} ({len(axis.values)} values)" for axis in plan.axes),
        "actions": "",
        "scenario": str(plan.scenario),
    }
    return {
        key: {
            "digest": hashlib.sha256("\n".join(_spelled(value)).encode()).hexdigest(),
            "text": shown[key] if len(shown[key]) <= 200 else "",
        }
        for key, value in entries.items()
    }


def _spelled(value: Any) -> Iterator[str]:
    """Yield a spelling of plain values and records that tells different ones apart."""
    if isinstance(value, Mapping):
        yield f"mapping {len(value)}"
        for key in sorted(value, key=str):
            yield repr(key)
            yield from _spelled(value[key])
    elif isinstance(value, list | tuple):
        yield f"list {len(value)}"
        for item in value:
            yield from _spelled(item)
    elif dataclasses.is_dataclass(value):
        yield type(value).__name__
        yield from _spelled({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    else:
        yield repr(value)


# ---- files --------------------------------------------------------------------------------------


def _new_array(
    folder: Path,
    name: str,
    dimensions: tuple[str, ...],
    shape: tuple[int, ...],
    chunks: tuple[int, ...],
    dtype: str,
    fill: float | None,
    attributes: Mapping[str, Any],
) -> Any:
    """Return an array whose metadata are written anew; chunks that are there stay.

    Without a fill value every chunk is written: readers would take a number for a gap.
    """
    import zarr
    from zarr.storage import LocalStore

    _forget(folder / name)
    return zarr.create_array(
        LocalStore(folder),
        name=name,
        shape=shape,
        chunks=chunks,
        dtype=dtype,
        fill_value=fill,
        compressors=COMPRESSION,
        zarr_format=2,
        attributes=_plain({"_ARRAY_DIMENSIONS": list(dimensions), **attributes}),
        config={"write_empty_chunks": fill is None},
    )


def _forget(folder: Path) -> None:
    """Remove the metadata of an array or a group."""
    for name in (".zarray", ".zattrs", ".zgroup", ".zmetadata"):
        (folder / name).unlink(missing_ok=True)


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes as JSON values."""
    return {
        key: value.tolist() if isinstance(value, np.ndarray) else value
        for key, value in attributes.items()
    }


def _read_journal(path: Path) -> dict[int, Tally]:
    """Return the tally of each block in the journal; what is half a line is cut off."""
    found: dict[int, Tally] = {}
    good = 0
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            entry = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            entry = None
        if entry is None:
            break
        found[int(entry["block"])] = Tally.from_dict(entry["tally"])
        good += len(line)
    os.truncate(path, good)
    return found


def _write_whole(path: Path, text: str) -> None:
    """Write a file that is there as a whole or not at all."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        _settle(file)
    temporary.replace(path)


def _settle(file: Any) -> None:
    """Wait until a file is on disk, so that a power cut does not take what the journal names."""
    file.flush()
    os.fsync(file.fileno())


def _settle_all(paths: Sequence[Path]) -> None:
    """Wait for several files; the disk takes them together."""

    def settle(path: Path) -> None:
        with path.open("r+b") as file:
            _settle(file)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(settle, paths))
