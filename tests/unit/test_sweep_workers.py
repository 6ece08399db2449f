"""Who solves a sweep changes nothing: this process, others that die, a cluster that loses some."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing.connection
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fake_blocks
import numpy as np
import pytest

import negotiation
from negotiation import load
from negotiation.analysis.sweeps import SweepPlan, plan_sweep, solve_plan, workers
from negotiation.analysis.sweeps.blocks import Block
from negotiation.analysis.sweeps.chunks import divided
from negotiation.analysis.sweeps.points import game_at
from negotiation.analysis.sweeps.store import sweep_to_store
from negotiation.analysis.sweeps.workers import Parcel, detached, solve_parcel, solved
from negotiation.errors import MethodError, UsageError

FLAGSHIP = "divide-and-exempt"
FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


def plan_of(rows: int, columns: int, **more: Any) -> SweepPlan:
    over = {"approval": ("1/4", "3/4", rows), "loss": ("1/2", 2, columns)}
    return plan_sweep(load(FLAGSHIP), over, **more)


def content(path: Path) -> dict[str, bytes]:
    files = (file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def assert_equal(found: Block, wanted: Block) -> None:
    for field in dataclasses.fields(Block):
        here, there = getattr(found, field.name), getattr(wanted, field.name)
        if there is None:
            assert here is None, field.name
        else:
            np.testing.assert_array_equal(here, there, err_msg=field.name)


@contextlib.contextmanager
def local_cluster(number: int, **options: Any) -> Iterator[Any]:
    """Workers in processes of their own, one thread each, which no slow machine loses."""
    distributed = pytest.importorskip("distributed")
    import dask

    timeouts = dict.fromkeys(("connect", "tcp"), "300s")
    with (
        dask.config.set({"distributed.comm.timeouts": timeouts}),
        distributed.LocalCluster(
            n_workers=number, threads_per_worker=1, dashboard_address=":0", **options
        ) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with local_cluster(2) as found:
        yield found


# ---- the same whoever solves it -----------------------------------------------------------------


@pytest.mark.parametrize("jobs", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_stores_are_the_same_bytes_with_any_workers(
    jobs: int, tmp_path: Path, cluster: Any
) -> None:
    """Of the usual solver, with branches and changes; blocks come back in another order."""
    plan = plan_of(4, 5, baseline={"exempt": "uniform control"})
    found = {}
    for name, options in {
        "one": {},
        "more": {"jobs": jobs},
        "cluster": {"scheduler": cluster.scheduler_address},
    }.items():
        tally = sweep_to_store(plan, tmp_path / f"{name}.zarr", most=5, **options)  # type: ignore[arg-type]
        found[name] = content(tmp_path / f"{name}.zarr"), tally
    assert len(found["one"][0]) > 50
    assert found["more"] == found["one"]
    assert found["cluster"] == found["one"]


def test_blocks_do_not_depend_on_who_solves_them_or_where_they_end(cluster: Any) -> None:
    plan = plan_of(8, 5)
    whole = fake_blocks.fake_block(plan, 0, plan.size)
    for most, options in [
        (40, {}),
        (7, {"jobs": 2}),
        (5, {"scheduler": cluster.scheduler_address}),
    ]:
        chunks = divided(plan.shape, most)
        spans = [chunks.span(k) for k in range(chunks.number)]
        blocks = solved(plan, spans[::-1], prepare=fake_blocks.slow_fake, **options)  # type: ignore[arg-type]
        found = sorted(blocks, key=lambda block: block.start)
        assert [(block.start, block.stop) for block in found] == spans
        np.testing.assert_array_equal(np.concatenate([b.payoffs for b in found]), whole.payoffs)
        np.testing.assert_array_equal(np.concatenate([b.regimes for b in found]), whole.regimes)


def test_a_dataset_in_memory_is_the_same(cluster: Any) -> None:
    plan = plan_of(6, 6)
    wanted, tally = solve_plan(plan)
    told: list[tuple[int, int]] = []
    found, counts = solve_plan(
        plan,
        scheduler=cluster.scheduler_address,
        progress=lambda done, size: told.append((done, size)),
    )
    assert found.identical(wanted)
    assert counts == tally
    assert told[-1] == (36, 36)


def test_no_more_blocks_are_handed_out_than_there_is_room(cluster: Any) -> None:
    plan = plan_of(10, 2)
    for room, options in [
        (1, {}),
        (4, {"jobs": 2}),
        (4, {"scheduler": cluster.scheduler_address}),
    ]:
        handed: list[int] = []

        def spans(handed: list[int] = handed) -> Iterator[tuple[int, int]]:
            for k in range(20):
                handed.append(k)
                yield k, k + 1

        done = 0
        for _ in solved(plan, spans(), prepare=fake_blocks.slow_fake, **options):  # type: ignore[arg-type]
            done += 1
            assert len(handed) <= done - 1 + room
        assert done == 20


def test_only_the_first_announcement_is_passed_on() -> None:
    plan = plan_of(4, 4)
    for jobs, wanted in [(1, "8 points one by one"), (2, "8 points one by one, shared by")]:
        said: list[str] = []
        spans = [(0, 8), (8, 16)]
        list(solved(plan, spans, jobs=jobs, announce=said.append, prepare=fake_blocks.telling))
        assert len(said) == 1
        assert said[0].startswith(wanted)


def test_what_a_worker_refuses_is_said_here(cluster: Any) -> None:
    plan = plan_of(4, 4)
    spans = [(k, k + 1) for k in range(16)]
    for options in ({}, {"jobs": 2}, {"scheduler": cluster.scheduler_address}):
        with pytest.raises(UsageError, match="outside its domain") as caught:
            list(solved(plan, spans, prepare=fake_blocks.failing, **options))  # type: ignore[arg-type]
        assert (caught.value.place, caught.value.remedy) == ("--over", "stay inside")


# ---- workers that die ---------------------------------------------------------------------------


def test_a_process_that_is_killed_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DEATH", str(tmp_path / "death"))
    plan = plan_of(6, 6)
    sweep_to_store(plan, tmp_path / "a.zarr", most=4, prepare=fake_blocks.fake)
    sweep_to_store(plan, tmp_path / "b.zarr", most=4, jobs=2, prepare=fake_blocks.dying_once)
    assert (tmp_path / "death").exists()
    assert content(tmp_path / "a.zarr") == content(tmp_path / "b.zarr")


@pytest.mark.slow
def test_a_worker_of_a_cluster_that_is_killed_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DEATH", str(tmp_path / "death"))
    plan = plan_of(6, 6)
    sweep_to_store(plan, tmp_path / "a.zarr", most=4, prepare=fake_blocks.fake)
    with local_cluster(2, silence_logs=50) as own:
        address = own.scheduler_address
        sweep_to_store(
            plan, tmp_path / "b.zarr", most=4, scheduler=address, prepare=fake_blocks.dying_once
        )
    assert (tmp_path / "death").exists()
    assert content(tmp_path / "a.zarr") == content(tmp_path / "b.zarr")


def test_a_process_that_is_killed_while_it_sends_changes_nothing() -> None:
    """Its answer is longer than a pipe holds, so that a part of it has arrived."""
    plan = plan_of(400, 100)
    wanted = fake_blocks.fake_block(plan, 0, 20_000)
    crew = workers.LocalProcesses(Parcel.of(plan, fake_blocks.fake), 2)
    tasks = {crew.submit(start, start + 20_000): (0, 0) for start in (0, 20_000)}
    victim = crew._workers[0]
    assert multiprocessing.connection.wait([victim.pipe], timeout=600)
    assert victim._process.pid is not None
    os.kill(victim._process.pid, signal.SIGKILL)
    done = {}
    while tasks:
        task = crew.first(tasks)
        done[task.start] = crew.result(task)[0]
        del tasks[task]
    crew.close()
    assert victim not in crew._workers
    assert_equal(done[0], wanted)
    assert sorted(done) == [0, 20_000]


def test_processes_that_die_again_and_again_are_given_up() -> None:
    plan = plan_of(4, 4)
    with pytest.raises(
        MethodError, match=r"3 processes died of the points (0 to 7|8 to 15)\n"
    ) as caught:
        list(solved(plan, [(0, 8), (8, 16)], jobs=2, prepare=fake_blocks.dying))
    assert "memory" in caught.value.remedy


def test_no_more_processes_are_started_than_there_are_blocks() -> None:
    crew = workers.LocalProcesses(Parcel.of(plan_of(2, 2), fake_blocks.fake), 50)
    tasks = {crew.submit(k, k + 1): (k, k + 1) for k in range(2)}
    assert len(crew._workers) == 2
    assert crew.room == 100
    crew.first(tasks)
    crew.close()


@pytest.mark.slow
def test_a_cluster_whose_workers_die_again_and_again_is_given_up() -> None:
    with local_cluster(1, silence_logs=60) as own:
        spans = [(0, 2), (2, 4)]
        blocks = solved(
            plan_of(2, 2), spans, scheduler=own.scheduler_address, prepare=fake_blocks.dying
        )
        with pytest.raises(MethodError, match="lost its worker again and again") as caught:
            list(blocks)
    assert "memory" in caught.value.remedy


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_missed(tmp_path: Path) -> None:
    """The sweep ends with what to do, and goes on without the cluster."""
    plan = plan_of(20, 10)
    file = tmp_path / "scheduler.json"
    path = f"{ROOT}{os.pathsep}{FOLDER}"
    options = {
        "env": {**os.environ, "PYTHONPATH": path},
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    dask = [sys.executable, "-m", "dask"]
    scheduler = [*dask, "scheduler", "--port", "0", "--dashboard-address", ":0"]
    one = subprocess.Popen([*scheduler, "--scheduler-file", str(file)], **options)  # type: ignore[call-overload]
    worker = [*dask, "worker", "--scheduler-file", str(file), "--no-nanny", "--nthreads", "1"]
    two = subprocess.Popen(worker, **options)  # type: ignore[call-overload]

    def kill_soon(done: int, size: int) -> None:
        if done > 50:
            one.kill()

    try:
        last = time.monotonic() + 600
        while not file.exists() and time.monotonic() < last:
            time.sleep(0.1)
        with pytest.raises(MethodError, match=r"scheduler at .* is gone") as caught:
            sweep_to_store(
                plan, tmp_path / "a.zarr", most=4, scheduler=str(file), progress=kill_soon,
                prepare=fake_blocks.slow_fake,
            )  # fmt: skip
    finally:
        for process in (one, two):
            process.kill()
            process.wait()
    assert ".zarr goes on" in caught.value.remedy
    solved_before: list[str] = []
    sweep_to_store(
        plan, tmp_path / "a.zarr", most=4, prepare=fake_blocks.fake, announce=solved_before.append
    )
    assert solved_before[0].startswith("going on after")
    sweep_to_store(plan, tmp_path / "b.zarr", most=4, prepare=fake_blocks.fake)
    assert content(tmp_path / "a.zarr") == content(tmp_path / "b.zarr")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """Also where the parent had no time to say so."""
    code = """
import fake_blocks
from negotiation import load
from negotiation.analysis.sweeps import plan_sweep
from negotiation.analysis.sweeps.workers import solved
plan = plan_sweep(load("divide-and-exempt"), {"approval": (0, 1, 10000)})
spans = ((k, k + 1) for k in range(10000))
for number, _ in enumerate(solved(plan, spans, jobs=2, prepare=fake_blocks.slow_fake)):
    if number == 3:
        print("at work", flush=True)
"""
    path = f"{ROOT}{os.pathsep}{FOLDER}"
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"at work\n"
    children = _children(running.pid)
    assert len(children) >= 2
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and any(map(_is_running, children)):
        time.sleep(0.05)
    assert not [child for child in children if _is_running(child)]


def _stat(pid: int) -> list[str]:
    """Return the fields of a process after its name: state, parent, ..."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _is_running(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


def _children(parent: int) -> list[int]:
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in numbers if _stat(pid)[1:2] == [str(parent)]]


# ---- what is sent -------------------------------------------------------------------------------


SETTINGS: list[dict[str, Any]] = [
    {},
    {"worth": 1},
    {"worth[west]": 1},
    {"price": "1/2"},
    {"tax": 1, "worth[east]": 7},
]
GIVEN_ONCE = [
    (axis, values)
    for axis in ("worth", "worth[east]", "price", "tax")
    for values in SETTINGS
    if axis not in values
]


@pytest.mark.parametrize("scenario", [None, "crisis", "boom"])
@pytest.mark.parametrize(("axis", "values"), GIVEN_ONCE)
def test_a_detached_plan_has_the_same_games(
    tmp_path: Path, scenario: str | None, axis: str, values: dict[str, Any]
) -> None:
    """Whatever goes before what: caller, axis, scenario, calibration; family and member."""
    model = fake_blocks.calibrated_model(tmp_path / "mine")
    plan = plan_sweep(model, {axis: [2, 3]}, values=values, scenario=scenario)
    wanted = [game_at(plan, *plan.point(k)) for k in range(2)]
    sent = pickle.loads(pickle.dumps(detached(plan)))
    assert sent.scenario is None
    shutil.rmtree(tmp_path / "mine")
    for k in range(2):
        found, before = game_at(sent, *sent.point(k)), wanted[k]
        assert found is not None
        assert before is not None
        assert found.fingerprint == before.fingerprint
        assert found.parameters == before.parameters


def test_a_parcel_needs_no_file_where_it_arrives(tmp_path: Path) -> None:
    """Another process, another folder, without the files of the model."""
    model = fake_blocks.calibrated_model(tmp_path / "mine")
    plan = plan_sweep(model, {"worth[west]": (1, 4, 5)}, scenario="crisis", each="offer")
    wanted = fake_blocks.pointwise(plan, None)(0, plan.size)
    (tmp_path / "parcel").write_bytes(pickle.dumps(Parcel.of(plan, fake_blocks.pointwise)))
    shutil.rmtree(tmp_path / "mine")
    code = """
import pathlib, pickle
from negotiation.analysis.sweeps.workers import solve_parcel
parcel = pickle.loads(pathlib.Path("parcel").read_bytes())
pathlib.Path("block").write_bytes(pickle.dumps(solve_parcel(parcel, 0, 10)))
"""
    path = f"{ROOT}{os.pathsep}{FOLDER}"
    environment = {**os.environ, "PYTHONPATH": path}
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=600
    )
    found, told = pickle.loads((tmp_path / "block").read_bytes())
    assert told == ()
    assert_equal(found, wanted)


def test_another_version_is_refused() -> None:
    parcel = Parcel.of(plan_of(2, 2), fake_blocks.fake)
    assert parcel.version == negotiation.__version__
    foreign = dataclasses.replace(parcel, version="0.0.7", content=b"cannot be opened")
    with pytest.raises(UsageError, match=r"has negotiation .*, not 0\.0\.7") as caught:
        solve_parcel(foreign, 0, 1)
    assert "same version" in caught.value.remedy


def test_a_plan_is_prepared_once() -> None:
    prepare = fake_blocks.Preparations.prepare
    parcels = [Parcel.of(plan_of(2, columns), prepare) for columns in (2, 3, 4)]
    before = fake_blocks.Preparations.count
    for parcel in (parcels[0], parcels[0], parcels[1], parcels[0], parcels[1]):
        solve_parcel(parcel, 0, 2)
        solve_parcel(parcel, 2, 4)
    assert fake_blocks.Preparations.count == before + 2
    solve_parcel(parcels[2], 0, 2)
    assert len(workers._kept.solvers) == workers.KEPT_PLANS


# ---- clusters that are none ---------------------------------------------------------------------


def test_without_dask_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"dask.distributed is not installed") as caught:
        list(solved(plan_of(2, 2), [(0, 4)], scheduler="tcp://127.0.0.1:8786"))
    assert "negotiation[cluster]" in caught.value.remedy


def test_addresses_where_no_scheduler_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(workers, "FILE_SECONDS", 0.2)
    (tmp_path / "bad.json").write_text("{}")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        for address in [
            f"tcp://127.0.0.1:{port}",
            "tcp://127.0.0.1:1",
            "nonsense",
            "",
            "ftp://somewhere:1",
            str(tmp_path / "bad.json"),
        ]:
            with pytest.raises(UsageError, match="no Dask scheduler answers") as caught:
                list(solved(plan_of(2, 2), [(0, 4)], scheduler=address))
            assert caught.value.place == f"--scheduler {address}"


def test_a_scheduler_file_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    (tmp_path / "folder.json").mkdir()
    for name in ("none.json", "folder.json"):
        address = str(tmp_path / name)
        with pytest.raises(UsageError, match="file of the scheduler is not there") as caught:
            list(solved(plan_of(2, 2), [(0, 4)], scheduler=address))
        assert caught.value.place == f"--scheduler {address}"
        assert f"--scheduler-file {address}" in caught.value.remedy


def test_a_cluster_without_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its address from the file that it writes; a worker of another version is told apart."""
    monkeypatch.setattr(workers, "WORKER_SECONDS", 0.5)
    with local_cluster(0) as empty:
        file = tmp_path / "scheduler.json"
        file.write_text(f'{{"address": "{empty.scheduler_address}"}}')
        told: list[str] = []
        with pytest.raises(UsageError, match="has no workers"):
            list(solved(plan_of(2, 2), [(0, 4)], scheduler=str(file), announce=told.append))
        assert told == [f"waiting for workers of the cluster at {file}, 0.5 s at most"]
