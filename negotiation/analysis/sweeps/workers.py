"""Workers: the blocks of a plan solved here, by processes of this machine, or by a Dask cluster.

All three go through :func:`solved`: blocks are handed out, a bounded number at a time, and come
back as they are done, in any order. A block is the same whoever solves it, so one whose worker has
died is handed out again. What is sent needs no file of this machine: calibrated values stand in the
model. A worker prepares a plan once and keeps it from block to block.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import multiprocessing
import multiprocessing.connection
import multiprocessing.resource_tracker
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import negotiation
from negotiation.analysis.sweeps.blocks import Block, solve_block
from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.errors import MethodError, UsageError
from negotiation.model.calibration import calibrated, scenario_values

__all__ = ["Parcel", "Prepare", "check_workers", "detached", "prepared", "solve_parcel", "solved"]

BlockSolver = Callable[..., Block]
"""Called with (start, stop) and, in this process, with `progress`."""
Announce = Callable[[str], None]
Prepare = Callable[[SweepPlan, Announce | None, int | None], BlockSolver]
"""From a plan, what to call before many points are solved one by one, and a number of threads."""
Progress = Callable[[int], None]
Span = tuple[int, int]

DEATHS = 3
"""Processes that may die of one block before it is given up."""
ANSWER_SECONDS = 10
FILE_SECONDS = 10
WORKER_SECONDS = 300
"""How long to wait for the answer of a scheduler, until its file is whole, and for a worker."""
KEPT_PLANS = 2
"""Plans that a worker keeps prepared."""


def prepared(plan: SweepPlan, announce: Announce | None, threads: int | None) -> BlockSolver:
    """Return what solves the blocks of a plan and learns from one to the next.

    Parameters
    ----------
    plan : SweepPlan
    announce : callable or None
        Called before many points are solved one by one.
    threads : int or None
        That may work side by side; None for one a processor.
    """
    from negotiation.analysis.sweeps.cells import CellSolver

    solver = CellSolver(plan, announce=announce, threads=threads)
    return functools.partial(solve_block, plan, solver=solver)


def check_workers(jobs: int, scheduler: str | None) -> None:
    """Refuse, before any work is done, a call that names no workers.

    Raises
    ------
    UsageError
        If `jobs` is no number from 1 on, or both are asked.
    """
    if type(jobs) is not int or jobs < 1:
        raise UsageError(
            f"{str(jobs)[:40]} is no number of processes",
            place="--jobs",
            remedy="write --jobs 4, one for each core",
        )
    if scheduler is not None and jobs != 1:
        raise UsageError(
            "the cluster has workers of its own", place="--jobs", remedy="leave out --jobs"
        )


def solved(
    plan: SweepPlan,
    spans: Iterable[Span],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    announce: Announce | None = None,
    prepare: Prepare = prepared,
) -> Generator[Block]:
    """Yield the blocks of a plan as they are solved.

    Parameters
    ----------
    plan : SweepPlan
    spans : iterable of (start, stop)
        Handed out in this order; it decides nothing but the time.
    jobs : int
        Number of processes; 1 is this one.
    scheduler : str, optional
        Address of a Dask scheduler, or path of its file.
    progress : callable, optional
        Called with the number of points done since the last call.
    announce : callable, optional
        Called once where much is to be solved point by point.
    prepare : callable
        As :func:`prepared`: makes what solves the blocks, once in each process.

    Raises
    ------
    UsageError
        If no cluster answers, or its workers have another version.
    MethodError
        If workers die again and again.
    """
    check_workers(jobs, scheduler)
    once = Once(announce)
    crew: Crew
    if scheduler is not None:
        crew = Cluster(Parcel.of(plan, prepare), scheduler, announce)
    elif jobs > 1:
        crew = LocalProcesses(Parcel.of(plan, prepare), jobs)
    else:
        crew = ThisProcess(prepare(plan, once, None), progress)
    waiting = iter(spans)
    flying: dict[Any, Span] = {}
    try:
        while True:
            while len(flying) < crew.room and (span := next(waiting, None)) is not None:
                flying[crew.submit(*span)] = span
            if not flying:
                return
            done = crew.first(flying)
            block, told = crew.result(done)
            del flying[done], done
            for text in told:
                once(f"{text}, shared by all workers")
            if progress is not None and not crew.tells:
                progress(block.stop - block.start)
            yield block
            del block
    finally:
        crew.close()


class Once:
    """Passes on the first of several announcements.

    Parameters
    ----------
    announce : callable or None
    """

    def __init__(self, announce: Announce | None) -> None:
        self._announce = announce

    def __call__(self, text: str) -> None:
        """Pass on a text, or not."""
        if self._announce is not None:
            self._announce(text)
            self._announce = None


# ---- what is sent -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parcel:
    """A plan as it travels: no file beside it is needed where it arrives.

    Attributes
    ----------
    version : str
        Of this package, compared before `content` is opened.
    digest : str
    content : bytes
        The plan and what prepares it, pickled.
    """

    version: str
    digest: str
    content: bytes

    @staticmethod
    def of(plan: SweepPlan, prepare: Prepare) -> Parcel:
        """Return the parcel of a plan."""
        content = pickle.dumps((detached(plan), prepare))
        return Parcel(negotiation.__version__, hashlib.sha256(content).hexdigest(), content)


def detached(plan: SweepPlan) -> SweepPlan:
    """Return an equal plan whose model reads no file: calibrated values and scenario are in it."""
    model, values = plan.model, dict(plan.values)
    if plan.scenario is not None:
        scope = model.scope
        set_by_caller = {
            cell
            for name in (*plan.values, *(axis.name for axis in plan.axes))
            for cell in scope.resolve_cell(name, "parameter")
        }
        found = scenario_values(model, plan.scenario)
        by_cell: dict[str, object] = {}
        for name in sorted(found, key=lambda name: "[" in name):  # members go before families
            by_cell |= dict.fromkeys(scope.resolve_cell(name, "parameter"), found[name])
        values |= {cell: by_cell[cell] for cell in by_cell if cell not in set_by_caller}
    model = replace(model, parameters=calibrated(model), calibration=None, origin=None)
    return replace(plan, model=model, values=values, scenario=None)


Solved = tuple[Block, tuple[str, ...]]
"""A block, and what there was to announce."""


class Kept(threading.local):
    """The plans that a thread keeps prepared, the last ones it was asked for."""

    def __init__(self) -> None:
        self.solvers: dict[str, BlockSolver] = {}
        self.announced: list[str] = []


_kept = Kept()


def solve_parcel(parcel: Parcel, start: int, stop: int) -> Solved:
    """Return a block of the plan in a parcel; the plan stays prepared for the next one.

    Raises
    ------
    UsageError
        If the parcel comes from another version of this package.
    """
    if parcel.version != negotiation.__version__:
        raise UsageError(
            f"a worker has negotiation {negotiation.__version__}, not {parcel.version}",
            place="--scheduler",
            remedy="install the same version on all machines",
        )
    solvers = _kept.solvers
    if parcel.digest not in solvers:
        plan, prepare = pickle.loads(parcel.content)
        while len(solvers) >= KEPT_PLANS:
            del solvers[next(iter(solvers))]
        # One thread: there are as many workers as there is room for.
        solvers[parcel.digest] = prepare(plan, _kept.announced.append, 1)
    block = solvers[parcel.digest](start, stop)
    told = tuple(_kept.announced)
    _kept.announced.clear()
    return block, told


# ---- crews --------------------------------------------------------------------------------------


class Crew(Protocol):
    """Who solves blocks; a future stands for a block that is handed out."""

    tells: bool
    """Whether it reports progress itself."""

    @property
    def room(self) -> int:
        """Number of blocks that may be handed out at once."""

    def submit(self, start: int, stop: int) -> Any:
        """Hand out a block."""

    def first(self, futures: Mapping[Any, Span]) -> Any:
        """Wait until a block is done and return its future."""

    def result(self, future: Any) -> Solved:
        """Return the block of a future that is done."""

    def close(self) -> None:
        """Let go of the workers; what they still do is lost."""


class ThisProcess:
    """Solves a block when it is handed out."""

    tells = True
    room = 1

    def __init__(self, solver: BlockSolver, progress: Progress | None) -> None:
        self._solver = solver
        self._progress = progress

    def submit(self, start: int, stop: int) -> Any:
        """Return the block itself."""
        return self._solver(start, stop, progress=self._progress)

    def first(self, futures: Mapping[Any, Span]) -> Any:
        """Return the only one."""
        return next(iter(futures))

    def result(self, future: Any) -> Solved:
        """Return the block itself."""
        return future, ()

    def close(self) -> None:
        """Do nothing."""


class LocalProcesses:
    """Processes of this machine; the parcel is sent once to each.

    Each has a pipe of its own. A pool with one queue for the answers of all would wait for ever if
    a process were killed while it sends one.
    """

    tells = False

    def __init__(self, parcel: Parcel, jobs: int) -> None:
        self._parcel = parcel
        self._jobs = jobs
        self._workers: list[Worker] = []

    @property
    def room(self) -> int:
        """One block that each process solves, and one that waits for it."""
        return 2 * self._jobs

    def submit(self, start: int, stop: int) -> Task:
        """Hand a block to the process that has least to do, a new one if all have something."""
        task = Task(start, stop)
        if len(self._workers) < self._jobs and all(worker.tasks for worker in self._workers):
            self._workers.append(Worker(self._parcel))
        min(self._workers, key=lambda worker: len(worker.tasks)).take(task)
        return task

    def first(self, futures: Mapping[Any, Span]) -> Task:  # noqa: ARG002 - all that was submitted
        """Wait until a block is done; what a dead process had is given to another.

        Raises
        ------
        MethodError
            If a block has killed several.
        """
        while True:
            busy = {worker.pipe: worker for worker in self._workers if worker.tasks}
            for pipe in multiprocessing.connection.wait(busy):
                worker = busy[pipe]  # type: ignore[index]
                try:
                    worker.tasks[0].answer = worker.pipe.recv()
                    return worker.tasks.pop(0)
                except (EOFError, OSError):
                    self._replace(worker)

    def _replace(self, dead: Worker) -> None:
        dead.end()
        self._workers.remove(dead)
        task = dead.tasks[0]
        task.deaths += 1
        if task.deaths >= DEATHS:
            raise MethodError(
                f"{DEATHS} processes died of the points {task.start:,} to {task.stop - 1:,}",
                place="--jobs",
                remedy="memory may be short: use fewer; a script of yours must call sweep under "
                'if __name__ == "__main__":',
            ) from None
        self._workers.append(Worker(self._parcel))
        for task in dead.tasks:
            self._workers[-1].take(task)

    def result(self, future: Task) -> Solved:
        """Return the block, or raise what its worker raised."""
        if isinstance(future.answer, Exception):
            raise future.answer
        assert future.answer is not None
        return future.answer

    def close(self) -> None:
        """End the processes at once: what they still do is not wanted."""
        for worker in self._workers:
            worker.end()


@dataclass(eq=False)
class Task:
    """A block that is handed to a process, its answer, and how many died of it."""

    start: int
    stop: int
    answer: Solved | Exception | None = None
    deaths: int = 0


class Worker:
    """A process, its pipe, and the blocks that it was handed, in that order.

    Parameters
    ----------
    parcel : Parcel
    """

    def __init__(self, parcel: Parcel) -> None:
        # Not forked: the threads of compiled code and of the store would not survive it.
        context = multiprocessing.get_context("spawn")
        self.tasks: list[Task] = []
        self.pipe, other_end = context.Pipe()
        self._process = context.Process(target=_work, args=(other_end, parcel), daemon=True)
        with _deaf_to_ctrl_c():
            self._process.start()
        other_end.close()  # so that the death of the process ends the pipe

    def take(self, task: Task) -> None:
        """Hand over a block; if the process is dead that is found out when it is waited for."""
        self.tasks.append(task)
        with suppress(OSError):
            self.pipe.send((task.start, task.stop))

    def end(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.pipe.close()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Have the processes started meanwhile not hear Ctrl-C from their first moment on.

    A process that ignores it when its code is loaded would have heard it while it was loading.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # It is started with the first process, and its start has this thread hear Ctrl-C again.
    multiprocessing.resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Any, parcel: Parcel) -> None:
    """Solve blocks as they are asked for: Ctrl-C is for the parent, and its end is the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all that Windows has
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):  # the parent has ended
        while True:
            start, stop = pipe.recv()
            try:
                answer: Solved | Exception = solve_parcel(parcel, start, stop)
            except Exception as error:  # noqa: BLE001 - raised again where it is asked for
                answer = error
            pipe.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Cluster:
    """The workers of a Dask scheduler; results stay with them until they are asked for.

    Parameters
    ----------
    parcel : Parcel
    address : str
        Of the scheduler, or path of its file.
    announce : callable, optional
        Told that workers are waited for.
    """

    tells = False

    def __init__(self, parcel: Parcel, address: str, announce: Announce | None = None) -> None:
        try:
            import distributed
            import distributed.scheduler
        except ImportError:
            raise UsageError(
                "dask.distributed is not installed",
                place="--scheduler",
                remedy="install it: pip install 'negotiation[cluster]'",
            ) from None
        self._dask = distributed
        self._address = address
        self._client = _connected(address)
        if announce is not None and not self._has_workers():
            announce(f"waiting for workers of the cluster at {address}, {WORKER_SECONDS} s at most")
        try:
            self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError:
            self.close()
            raise UsageError(
                f"the cluster at {address} has no workers after {WORKER_SECONDS} seconds",
                place="--scheduler",
                remedy=f"start some: dask worker {address}",
            ) from None
        # A task of its own, not scattered data: it is sent again where its holder dies.
        self._parcel = self._client.submit(Parcel, *vars(parcel).values(), pure=False)

    def _has_workers(self) -> bool:
        with self._troubles():
            return bool(self._client.nthreads())

    @property
    def room(self) -> int:
        """Two blocks for each thread of the cluster as it is now."""
        with self._troubles():
            threads: dict[str, int] = self._client.nthreads()
        return 2 * max(1, sum(threads.values()))

    def submit(self, start: int, stop: int) -> Any:
        """Hand out a block."""
        with self._troubles():
            return self._client.submit(solve_parcel, self._parcel, start, stop, pure=False)

    def first(self, futures: Mapping[Any, Span]) -> Any:
        """Wait until a block is done."""
        wait_for: Any = self._dask.wait
        with self._troubles(), self._client.as_current():
            return next(iter(wait_for(list(futures), return_when="FIRST_COMPLETED").done))

    def result(self, future: Any) -> Solved:
        """Fetch the block, or raise what its worker raised."""
        with self._troubles():
            found: Solved = future.result()
        return found

    def close(self) -> None:
        """Forget what was handed out and leave the cluster."""
        self._client.close(timeout=ANSWER_SECONDS)

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        """Say in plain words what went wrong with the cluster, not with the block."""
        try:
            yield
        except self._dask.scheduler.KilledWorker as error:
            raise MethodError(
                f"a block lost its worker again and again ({str(error)[:200]})",
                place="--scheduler",
                remedy="memory of the workers may be short: give each more, or fewer threads",
            ) from None
        except (CancelledError, OSError):
            raise MethodError(
                f"the scheduler at {self._address} is gone",
                place="--scheduler",
                remedy="start it again; a sweep to .zarr goes on where it stopped",
            ) from None
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"a worker cannot load this package ({error})",
                place="--scheduler",
                remedy=f"install negotiation {negotiation.__version__} on all machines",
            ) from None


def _connected(address: str) -> Any:
    """Return a client of a Dask scheduler, given by its address or its file."""
    import distributed

    new_client: Any = distributed.Client
    place = f"--scheduler {address}"
    try:
        if address.endswith(".json"):
            _check_file(Path(address))
            address = _address_in(Path(address))
        # Asked first, in a loop of its own: a client that finds none may hang or end with noise.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _ask(address)).result()
        return new_client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, LookupError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "no answer"
        raise UsageError(
            f"no Dask scheduler answers: {reason}",
            place=place,
            remedy="start one, dask scheduler, and give the address or the file that it names",
        ) from None


def _check_file(file: Path) -> None:
    """Refuse a file that is not there at once: no name that is mistyped is worth a wait."""
    if not file.is_file():
        raise UsageError(
            "the file of the scheduler is not there",
            place=f"--scheduler {file}",
            remedy=f"start one, dask scheduler --scheduler-file {file}, and wait until it has "
            "written the file",
        )


def _address_in(file: Path) -> str:
    """Return the address in the file of a scheduler, which may be writing it."""
    last = time.monotonic() + FILE_SECONDS
    while True:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, LookupError, TypeError, ValueError):
            if time.monotonic() >= last:
                raise
            time.sleep(0.1)


async def _ask(address: str) -> None:
    """Connect to a scheduler and leave it again."""
    from distributed.comm.core import connect
    from distributed.security import Security

    new_options: Any = Security
    options = new_options()
    call: Any = connect
    arguments = options.get_connection_args("client")
    waiting = call(address, timeout=ANSWER_SECONDS, **arguments)
    await (await asyncio.wait_for(waiting, ANSWER_SECONDS + 1)).close()
