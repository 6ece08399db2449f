"""Sweeps to Zarr: equal to those in memory, and the same bytes however often they are stopped."""

from __future__ import annotations

import errno
import json
import math
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import fake_blocks
import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st
from zarr.storage import LocalStore

from negotiation import load, sweep
from negotiation.analysis.sweeps import SweepPlan, plan_sweep, solve_plan, store
from negotiation.analysis.sweeps.chunks import LARGEST, divided
from negotiation.analysis.sweeps.dataset import dataset_of_blocks, variables_of
from negotiation.analysis.sweeps.store import part_of, sweep_to_store
from negotiation.analysis.sweeps.tally import Tally, tally_of, total
from negotiation.errors import MethodError, UsageError

FLAGSHIP = "divide-and-exempt"
BASE = {"exempt": "uniform control"}
FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


def plan_of(*sizes: int, **more: Any) -> SweepPlan:
    """A plan of the flagship with axes of some sizes."""
    names = ("approval", "loss", "cost", "dependence[EU]")
    over = {name: ("1/4", "3/4", n) for name, n in zip(names, sizes, strict=False)}
    return plan_sweep(load(FLAGSHIP), over, **more)


def in_memory(plan: SweepPlan, prepare: Any, variables: Any = None) -> xarray.Dataset:
    block = prepare(plan, None)(0, plan.size)
    return dataset_of_blocks(plan, [block], tally_of(block), variables)


def content(path: Path) -> dict[str, bytes]:
    """All files of a store."""
    files = (file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def assert_same(found: xarray.Dataset, wanted: xarray.Dataset) -> None:
    xarray.testing.assert_identical(found.load(), wanted)
    assert set(found.coords) == set(wanted.coords)
    for name in wanted.variables:
        assert found[name].dtype == wanted[name].dtype, name
        assert found[name].dims == wanted[name].dims, name


# ---- chunks -------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 9), max_size=4), st.integers(1, 200))
def test_chunks_are_boxes_of_consecutive_points(grid: list[int], most: int) -> None:
    chunks = divided(tuple(grid), most)
    numbers = np.arange(math.prod(grid)).reshape(grid)
    end = 0
    for k in range(chunks.number):
        start, stop = chunks.span(k)
        assert start == end
        assert 0 < stop - start <= most
        assert numbers[chunks.region(k)].reshape(-1).tolist() == list(range(start, stop))
        for box, place, size in zip(chunks.region(k), chunks.place(k), chunks.shape, strict=True):
            assert box.start == place * size
        end = stop
    assert end == math.prod(grid)


def test_the_usual_chunks() -> None:
    assert divided((1000, 1000)).shape == (31, 1000)
    assert divided((10_000, 10_000)).shape == (13, 10_000)
    assert divided((1_000_000, 50)).number > 100
    assert divided((7, 3)).number == 1
    assert divided((2,) * 20).number == 32
    for grid in [(10**6,), (10**4, 10**4), (999_983, 17), (3, 10**6, 5), (2,) * 26]:
        chunks = divided(grid)
        assert math.prod(chunks.shape) <= LARGEST
        assert chunks.number <= 4 * math.prod(grid) / LARGEST + 64


# ---- the content --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "most"),
    [
        (plan_of(5), 2),
        (plan_of(3, 2, 2), 5),
        (plan_of(2, 2, each="exempt", baseline=BASE), 3),
        (plan_of(2, each="exempt", baseline=BASE, select="coalition-proof"), None),
        (plan_sweep(load(FLAGSHIP), {"approval": (0, 1), "loss": (1, 2)}, sample=8), 3),
        (
            plan_sweep(
                load(FLAGSHIP), {"approval": (0, 1), "loss": (1, 2)}, sample=4, each="exempt"
            ),
            8,
        ),
        (plan_sweep(load(FLAGSHIP), {"discriminate": [0, 1], "loss": [1]}, each="exempt"), 4),
        (plan_sweep(load(FLAGSHIP), {}), None),
    ],
)
def test_a_store_equals_the_dataset_in_memory(plan: SweepPlan, most: Any, tmp_path: Path) -> None:
    wanted = in_memory(plan, fake_blocks.pointwise)
    out = tmp_path / "a.zarr"
    tally = sweep_to_store(plan, out, most=most, prepare=fake_blocks.pointwise)
    assert_same(xarray.open_zarr(out), wanted)
    assert "branch" in wanted
    closed = plan.each is not None and "discriminate" in wanted.dims
    assert ("inside" in wanted) == (plan.sample is not None or closed)
    assert tally.points == plan.size
    assert tally.several == int((wanted["equilibria"] > 1).sum())
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]


@pytest.mark.parametrize("baseline", [None, BASE])
def test_equilibria_without_end(baseline: Any, tmp_path: Path) -> None:
    """Up to five at a point, none at others, dozens of sets of labels, in chunks of all kinds."""
    plan = plan_of(5, 3, 3, baseline=baseline)
    wanted = in_memory(plan, fake_blocks.fake)
    assert wanted.sizes["equilibrium"] == 5
    for most in (5, 44) if baseline is None else (4, None):
        sweep_to_store(plan, tmp_path / "a.zarr", most=most, prepare=fake_blocks.fake)
        assert_same(xarray.open_zarr(tmp_path / "a.zarr"), wanted)


def test_variables_may_be_chosen(tmp_path: Path) -> None:
    plan = plan_of(4, 3)
    chosen = ["regime", "equilibria", "payoff_min"]
    wanted = in_memory(plan, fake_blocks.fake, chosen)
    assert set(wanted.data_vars) == set(chosen)
    sweep_to_store(plan, tmp_path / "a.zarr", variables=chosen, prepare=fake_blocks.fake)
    assert_same(xarray.open_zarr(tmp_path / "a.zarr"), wanted)
    assert not (tmp_path / "a.zarr" / "payoff").exists()
    for bad in (["payof"], [], ["payoff_change"], ["inside"]):
        with pytest.raises(UsageError, match="variable"):
            sweep_to_store(plan, tmp_path / "b.zarr", variables=bad, prepare=fake_blocks.fake)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]


def test_a_move_that_is_never_played(tmp_path: Path) -> None:
    plan = plan_sweep(
        load(FLAGSHIP), {"discriminate": [0], "loss": [1, 2]}, fix={"exempt": "uniform exemption"},
        each="joins[EU]",
    )  # fmt: skip

    def closed(plan: SweepPlan, announce: Any, threads: Any = None) -> Any:
        def solve(start: int, stop: int, progress: Any = None) -> Any:
            block = fake_blocks.fake_block(plan, start, stop)
            n = stop - start
            zeros = np.zeros(n, dtype=np.int64)
            nothing = np.zeros((0, len(plan.players)))
            return type(block)(start, stop, zeros > 0, zeros == 0, zeros, zeros, nothing)

        return solve

    with pytest.raises(UsageError, match="at no point can"):
        sweep_to_store(plan, tmp_path / "a.zarr", prepare=closed)
    assert list(tmp_path.iterdir()) == []


def test_memory_holds_the_blocks_in_flight(tmp_path: Path) -> None:
    """Four times the points need no more memory: the peaks of a process of its own."""
    code = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import fake_blocks
from pathlib import Path
from negotiation import load
from negotiation.analysis.sweeps import plan_sweep
from negotiation.analysis.sweeps.store import sweep_to_store
for rows in (300, 1200):
    over = {"approval": (0, 1, rows), "loss": (1, 2, 1000)}
    plan = plan_sweep(load("divide-and-exempt"), over)
    tally = sweep_to_store(plan, Path(sys.argv[2]), most=50_000, prepare=fake_blocks.cheap_fake)
    print(tally.points, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    command = [sys.executable, "-c", code, str(FOLDER), str(tmp_path / "a.zarr")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=_environment())
    assert done.returncode == 0, done.stderr
    peaks = dict(tuple(map(int, line.split())) for line in done.stdout.splitlines())
    assert list(peaks) == [300_000, 1_200_000]
    # All 1.2 million would take 100 megabytes; kilobytes are counted here.
    assert peaks[1_200_000] - peaks[300_000] < 20_000, peaks


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{FOLDER}"}


# ---- going on -----------------------------------------------------------------------------------

STOPPED = plan_of(5, 8, baseline=BASE)
MOST = 5


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "a.zarr"
    sweep_to_store(STOPPED, out, most=MOST, prepare=fake_blocks.fake)
    return content(out)


def go_on(out: Path, **options: Any) -> Tally:
    return sweep_to_store(STOPPED, out, most=MOST, prepare=fake_blocks.fake, **options)


def test_twice_is_the_same_bytes(uninterrupted: dict[str, bytes], tmp_path: Path) -> None:
    go_on(tmp_path / "a.zarr")
    assert content(tmp_path / "a.zarr") == uninterrupted
    go_on(tmp_path / "a.zarr")
    assert content(tmp_path / "a.zarr") == uninterrupted


def test_stopped_at_every_block(uninterrupted: dict[str, bytes], tmp_path: Path) -> None:
    """Each run solves one or two blocks more and fails; none is solved twice."""
    solved: list[int] = []

    def interrupted(plan: SweepPlan, announce: Any, threads: Any = None) -> Any:
        left = [1 + len(solved) % 2]

        def solve(start: int, stop: int, progress: Any = None) -> Any:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            solved.append(start)
            return fake_blocks.fake_block(plan, start, stop, progress)

        return solve

    told: list[tuple[int, int]] = []
    said: list[str] = []
    for _ in range(40):
        try:
            sweep_to_store(
                STOPPED, tmp_path / "a.zarr", most=MOST, prepare=interrupted,
                progress=lambda *counts: told.append(counts), announce=said.append,
            )  # fmt: skip
            break
        except KeyboardInterrupt:
            assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr.part"]
    assert content(tmp_path / "a.zarr") == uninterrupted
    starts = [divided(STOPPED.shape, MOST).span(k)[0] for k in range(10)]
    assert solved == starts
    assert told[-1] == (40, 40)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert said[0].startswith("going on after 4 of 40 points")


class Full:
    """A disk that is full after some writes: half of the next file is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 10**9
        write, settle = LocalStore.set, store._settle

        async def limited(own: Any, key: str, value: Any, *rest: Any, **more: Any) -> None:
            if self.spent():
                file = Path(own.root, key)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(value.to_bytes()[: len(value) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
            await write(own, key, value, *rest, **more)

        def limited_settle(file: Any) -> None:
            if "journal" in str(file.name) and self.spent():
                file.flush()
                os.truncate(file.name, os.path.getsize(file.name) - 7)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file.name)
            settle(file)

        monkeypatch.setattr(LocalStore, "set", limited)
        monkeypatch.setattr(store, "_settle", limited_settle)

    def spent(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_out_of_disk_at_any_write(
    uninterrupted: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A little more room each time; what is done is never lost."""
    disk = Full(monkeypatch)
    draw = random.Random(5)
    out, messages, kept = tmp_path / "a.zarr", [], [0]
    for attempt in range(100):
        disk.left = draw.randrange(8, 30) + 6 * attempt
        try:
            go_on(out)
            break
        except UsageError as error:
            messages.append(error)
            number = re.search(r"([\d,]+) of 40 points are kept", error.message)
            assert number is not None
            kept.append(int(number[1]))
    else:
        pytest.fail("it never came to an end")
    assert len(messages) >= 8
    assert kept == sorted(kept)
    assert all("No space left" in error.message for error in messages)
    assert all("same command" in error.remedy for error in messages)
    assert all(error.exit_code == 2 for error in messages)
    assert content(out) == uninterrupted
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The system itself refuses a write, in a process of its own."""
    code = """
import resource, sys
import fake_blocks
from pathlib import Path
from negotiation import load
from negotiation.analysis.sweeps import plan_sweep
from negotiation.analysis.sweeps.store import sweep_to_store
over = {"approval": (0, 1, 60), "loss": (1, 2, 100)}
plan = plan_sweep(load("divide-and-exempt"), over)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
sweep_to_store(plan, Path(sys.argv[1]), most=1500, prepare=fake_blocks.fake)
"""
    out = tmp_path / "a.zarr"
    command = [sys.executable, "-c", code, str(out), "8000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=_environment())
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "same command" in done.stderr
    plan = plan_sweep(load(FLAGSHIP), {"approval": (0, 1, 60), "loss": (1, 2, 100)})
    sweep_to_store(plan, out, most=1500, prepare=fake_blocks.fake)
    sweep_to_store(plan, tmp_path / "b.zarr", most=1500, prepare=fake_blocks.fake)
    assert content(out) == content(tmp_path / "b.zarr")


def killed_again_and_again(plan: SweepPlan, out: Path, times: int, draw: random.Random) -> int:
    """Kill a process that sweeps at random times; return how often it was not done before.

    The processes are forked from one that has read the libraries, which takes longer than a sweep.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", store.__name__])
    options = {"most": 1, "prepare": fake_blocks.slow_fake}
    for killed in range(times):
        running = context.Process(target=sweep_to_store, args=(plan, out), kwargs=options)
        running.start()
        running.join(draw.uniform(0, 1))
        running.kill()  # does nothing where the process has just ended, with exit code 0
        running.join()
        if running.exitcode == 0:
            return killed
        assert running.exitcode == -signal.SIGKILL
    return times


@pytest.mark.parametrize(("times", "rows"), [(2, 3), pytest.param(20, 10, marks=pytest.mark.slow)])
def test_killed_at_random_times(times: int, rows: int, tmp_path: Path) -> None:
    """Where a store is done before all the kills, another one begins."""
    plan = plan_of(rows, 6, baseline=BASE)
    sweep_to_store(plan, tmp_path / "whole.zarr", most=1, prepare=fake_blocks.fake)
    wanted = content(tmp_path / "whole.zarr")
    draw, killed, number = random.Random(times), 0, 0
    while killed < times:
        number += 1
        out = tmp_path / f"{number}.zarr"
        killed += killed_again_and_again(plan, out, times - killed, draw)
        sweep_to_store(plan, out, most=1, prepare=fake_blocks.fake)
        assert content(out) == wanted
    assert {entry.suffix for entry in tmp_path.iterdir()} == {".zarr"}


def test_another_plan_is_refused(uninterrupted: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "a.zarr"
    model = load(FLAGSHIP)

    def stop(plan: SweepPlan, announce: Any, threads: Any = None) -> Any:
        def solve(start: int, stop: int, progress: Any = None) -> Any:
            if start > 20:
                raise MethodError("no method")
            return fake_blocks.fake_block(plan, start, stop, progress)

        return solve

    with pytest.raises(MethodError):
        sweep_to_store(STOPPED, out, most=MOST, prepare=stop)
    over = {"approval": ("1/4", "3/4", 5), "loss": ("1/4", "3/4", 8)}
    for changes, words in [
        ({"over": over | {"loss": ("1/4", "3/4", 9)}}, "axes differs.*8 values.*there.*9 values"),
        ({"select": "coalition-proof"}, "select differs: None there, coalition-proof here"),
        ({"concept": "pure-subgame-perfect"}, "concept differs"),
        ({"values": {"cost": "1/7"}}, "values differs"),
        ({"fix": {"joins[US]": "stay"}}, "fix differs"),
        ({"scenario": "mining"}, "scenario differs: None there, mining here"),
        ({"baseline": {"exempt": "US only"}}, "baseline differs"),
        ({"each": "exempt"}, "each differs"),
    ]:
        options: dict[str, Any] = {"over": over, "baseline": BASE, **changes}
        with pytest.raises(UsageError, match=words) as caught:
            sweep_to_store(plan_sweep(model, **options), out, prepare=fake_blocks.fake)
        assert "--restart" in caught.value.remedy
    with pytest.raises(UsageError, match="variables differs"):
        go_on(out, variables=["payoff"])
    with pytest.raises(UsageError, match=r"chunks differs: \(1, 4\) there, \(1, 8\) here"):
        sweep_to_store(STOPPED, out, most=9, prepare=fake_blocks.fake)
    said: list[str] = []
    go_on(out, announce=said.append)
    assert said
    assert content(out) == uninterrupted
    with pytest.raises(MethodError):
        sweep_to_store(STOPPED, out, most=MOST, prepare=stop)
    assert content(out) == uninterrupted  # the old one stays until the new one is whole
    go_on(out, restart=True, announce=pytest.fail)
    assert content(out) == uninterrupted


def test_a_change_of_the_calibration_is_another_plan(tmp_path: Path) -> None:
    """The values count, not the text of the file that they stand in."""

    def differing(old: str, new: str) -> set[str]:
        model = fake_blocks.calibrated_model(tmp_path)
        identities = []
        for text in (fake_blocks.CALIBRATION, fake_blocks.CALIBRATION.replace(old, new)):
            (tmp_path / "calibration.toml").write_text(text)
            plan = plan_sweep(model, {"worth[west]": [1, 2]}, scenario="crisis")
            identities.append(store.identity_of(plan, {}, divided((2,))))
        first, second = identities
        return {key for key in first if first[key] != second[key]}

    assert differing("[quantities.price]", "# a comment\n[quantities.price]") == set()
    assert differing("value = 1\n", "value = 7\n") == {"model"}
    assert differing("price = 3", "price = 2") == {"scenario"}


def test_where_nothing_was_done_nothing_is_left(tmp_path: Path) -> None:
    def refuse(plan: SweepPlan, announce: Any, threads: Any = None) -> Any:
        raise MethodError("no method")

    with pytest.raises(MethodError):
        sweep_to_store(STOPPED, tmp_path / "a.zarr", prepare=refuse)
    with pytest.raises(UsageError, match="outside"):
        sweep_to_store(plan_of(2), tmp_path / "a.zarr", prepare=fake_blocks.failing)
    assert list(tmp_path.iterdir()) == []


def test_stopped_between_the_last_steps(uninterrupted: dict[str, bytes], tmp_path: Path) -> None:
    """Before the old store goes, between the two, and before the folder is removed."""
    out = tmp_path / "a.zarr"
    part = part_of(out)
    for step in ("_publish", "_remove"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store.Part, step, _interrupt)
            with pytest.raises(KeyboardInterrupt):
                go_on(out)
        if step == "_remove":
            assert content(out) == uninterrupted
            assert not (part / "store").exists()
        elif out.exists():
            out.rename(part / "old")
        assert go_on(out, announce=pytest.fail).points == 40
        assert content(out) == uninterrupted
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]


def _interrupt(*arguments: Any, **more: Any) -> None:
    raise KeyboardInterrupt


def test_rubbish_is_swept_away(uninterrupted: dict[str, bytes], tmp_path: Path) -> None:
    """Half a line of the journal, half a chunk, half a beginning."""
    out = tmp_path / "a.zarr"
    part = part_of(out)
    part.mkdir()
    (part / "store").mkdir()
    (part / "store" / "x").touch()
    (part / "lock").touch()
    (part / "plan.json.new").write_text("{")

    def stop(plan: SweepPlan, announce: Any, threads: Any = None) -> Any:
        def solve(start: int, stop: int, progress: Any = None) -> Any:
            if start > 14:
                raise KeyboardInterrupt
            return fake_blocks.fake_block(plan, start, stop, progress)

        return solve

    with pytest.raises(KeyboardInterrupt):
        sweep_to_store(STOPPED, out, most=MOST, prepare=stop)
    assert not (part / "store" / "x").exists()
    journal = part / "journal"
    whole = journal.read_bytes()
    assert len(whole.splitlines()) == 4
    journal.write_bytes(whole[:-9])
    (part / "store" / "payoff" / "4.0.0.0.abc.partial").write_bytes(b"half")
    (part / "store" / ".zgroup.abc.partial").write_bytes(b"half")
    (part / "store" / "payoff" / ".zarray").write_bytes(b"{")
    (part / "store" / "payoff_min" / "4.0.0").write_bytes(b"half")
    said: list[str] = []
    go_on(out, announce=said.append)
    assert said[0].startswith("going on after 12 of 40 points")
    assert content(out) == uninterrupted


def test_what_is_no_sweep_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.zarr.part").mkdir()
    (tmp_path / "a.zarr.part" / "thesis.tex").write_text("precious")
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        go_on(tmp_path / "a.zarr", restart=False)
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        go_on(tmp_path / "a.zarr", restart=True)
    assert (tmp_path / "a.zarr.part" / "thesis.tex").read_text() == "precious"
    assert [entry.name for entry in (tmp_path / "a.zarr.part").iterdir()] == ["thesis.tex"]
    (tmp_path / "b.zarr").mkdir()
    with pytest.raises(UsageError, match="something else"):
        solve_plan(plan_of(2), out=tmp_path / "b.zarr")


def test_a_folder_without_a_lock_is_no_sweep(tmp_path: Path) -> None:
    """Names like those of a sweep do not make it one: what a person keeps there stays."""
    kept = tmp_path / "a.zarr.part" / "store" / "letters"
    kept.mkdir(parents=True)
    for restart in (False, True):
        with pytest.raises(UsageError, match="no part of a sweep: store"):
            go_on(tmp_path / "a.zarr", restart=restart)
    assert kept.is_dir()
    assert not (tmp_path / "a.zarr.part" / "lock").exists()


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.zarr.part").write_text("precious")
    with pytest.raises(UsageError, match="something else of that name"):
        go_on(tmp_path / "a.zarr")
    assert (tmp_path / "a.zarr.part").read_text() == "precious"


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "a.zarr"

    def second(plan: SweepPlan, announce: Any, threads: Any = None) -> Any:
        with pytest.raises(UsageError, match="another sweep is writing"):
            go_on(out)
        return fake_blocks.fake(plan, announce)

    sweep_to_store(STOPPED, out, most=MOST, prepare=second)
    assert out.exists()


# ---- tallies ------------------------------------------------------------------------------------


def test_tallies_add_up() -> None:
    plan = plan_of(10, 3)
    solve = fake_blocks.pointwise(plan, None)
    whole = tally_of(solve(0, 30))
    parts = [tally_of(solve(start, start + 6)) for start in (12, 0, 24, 18, 6)]
    assert total(parts) == whole
    for tally in parts:
        assert Tally.from_dict(json.loads(json.dumps(tally.to_dict()))) == tally
    assert whole.branches
    assert total([whole, tally_of(fake_blocks.fake_block(plan, 0, 3))]).branches is None


# ---- in Python ----------------------------------------------------------------------------------


def test_sweep_to_a_file_in_python(tmp_path: Path) -> None:
    model, over = load(FLAGSHIP), {"approval": (0, 1, 3), "loss": [1, 2]}
    wanted = sweep(model, over)
    for name in ("a.nc", "a.csv", "a.zarr"):
        found = sweep(model, over, out=tmp_path / name)
        assert (tmp_path / name).exists()
        lazy = not isinstance(found["payoff"].variable._data, np.ndarray)
        assert lazy == (name == "a.zarr")
        assert_same(found, wanted)
    few = sweep(model, over, out=str(tmp_path / "a.nc"), variables=["payoff_max"])
    assert list(few.data_vars) == ["payoff_max"]
    for options, words in [
        ({"out": tmp_path / "a.nc", "restart": True}, "only a sweep to .zarr"),
        ({"out": tmp_path / "b.csv", "variables": ["payoff"]}, "columns of a table are fixed"),
        ({"out": tmp_path / "b.txt"}, "no known kind"),
        ({"variables": ["pay"]}, "no variable 'pay'"),
        ({"jobs": 0}, "no number of processes"),
        ({"jobs": True}, "no number of processes"),
        ({"jobs": 2, "scheduler": "tcp://localhost:1"}, "workers of its own"),
    ]:
        with pytest.raises(UsageError, match=words):
            sweep(model, over, **options)
    with pytest.raises(UsageError, match=r"held in memory") as caught:
        sweep(model, {"approval": (0, 1, 1001), "loss": (1, 2, 1000)})
    assert ".zarr" in caught.value.remedy


def test_all_variables_have_a_name_that_no_axis_takes() -> None:
    from negotiation.analysis.sweeps.plan import VARIABLES

    sampled = plan_sweep(
        load(FLAGSHIP), {"approval": (0, 1)}, sample=2, each="exempt", baseline=BASE
    )
    assert set(variables_of(sampled)) == set(VARIABLES)
