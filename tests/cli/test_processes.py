"""What only the system sees: signals, pipes, terminals, encodings, start-up and its imports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.promptness import without_progress

FLAGSHIP = "divide-and-exempt"
Process = Callable[..., Any]
HEAVY = (
    "annotated_types dask flint h5netcdf h5py jsonschema matplotlib nashpy numba numpy pandas "
    "pydantic rich scipy sympy tomli_w typer xarray z3"
).split()
LIGHT_ONLY = "import sys; {}; print(*sorted(set(sys.modules) & set({!r})))"

# A process that says on standard error when the command has been loaded and is about to start.
LOADED = """
import sys
import negotiation.analysis.sweeps, negotiation.cli.app
print("loaded", file=sys.stderr, flush=True)
negotiation.cli.app.main()
"""


# A process that says when a sweep begins to solve, and does not come to its end.
SOLVING = """
import sys, time
import negotiation.cli.app
from negotiation.analysis.sweeps.cells import CellSolver
honest = CellSolver.solve
def solve(*given):
    print("solving", file=sys.stderr, flush=True)
    honest(*given)
    time.sleep(3600)
CellSolver.solve = solve
negotiation.cli.app.main()
"""


def hear_ctrl_c() -> None:
    """Undo what a shell does to commands in the background: it has them ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(
    environment: dict[str, str], *arguments: str, program: str = LOADED, **streams: Any
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        stdout=streams.get("stdout", subprocess.PIPE),
        stderr=streams.get("stderr", subprocess.PIPE),
        stdin=subprocess.DEVNULL,
        preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - it makes one system call
    )


def test_module_runs_the_command(process: Process) -> None:
    answer = process("solve", FLAGSHIP, "--select", "coalition-proof")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("China exempts the US only; the US stays, the EU stays\n")


def test_errors_go_to_standard_error_alone(process: Process) -> None:
    for arguments, code in [
        (("solve", "nothing-like-it"), 2),
        (("solve", FLAGSHIP, "--nope"), 2),
        (("solve", FLAGSHIP, "--concept", "correlated"), 4),
    ]:
        answer = process(*arguments)
        assert answer.code == code
        assert answer.out == ""
        assert answer.err
        assert "Traceback" not in answer.err


def test_solution_pipes_into_certify(surroundings: dict[str, str]) -> None:
    command = f"{sys.executable} -m negotiation"
    line = f"{command} solve {FLAGSHIP} --json | {command} certify {FLAGSHIP} --profile -"
    done = subprocess.run(line, shell=True, env=surroundings, capture_output=True, timeout=600)
    assert done.returncode == 0
    assert done.stderr == b""
    lines = done.stdout.decode().splitlines()
    assert lines
    assert all("An equilibrium (subgame-perfect)" in line for line in lines)


def test_a_closed_pipe_ends_quietly(surroundings: dict[str, str]) -> None:
    """The reader is gone before a byte is written."""
    reading, writing = os.pipe()
    os.close(reading)
    running = start(surroundings, "solve", FLAGSHIP, "--json", stdout=writing)
    os.close(writing)
    _, complaints = running.communicate(timeout=600)
    assert running.returncode == 0
    assert complaints == b"loaded\n"


def test_head_ends_quietly(surroundings: dict[str, str]) -> None:
    line = f"{sys.executable} -m negotiation show {FLAGSHIP} --json | head -n 1"
    done = subprocess.run(line, shell=True, env=surroundings, capture_output=True, timeout=600)
    assert done.stdout == b"{\n"
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said(surroundings: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        running = start(surroundings, "list", stdout=full)
        _, complaints = running.communicate(timeout=600)
    assert running.returncode == 2
    assert b"No space left" in complaints
    assert b"Traceback" not in complaints
    assert b"Exception ignored" not in complaints


def test_interrupting_a_long_sweep_leaves_nothing_behind(surroundings: dict[str, str]) -> None:
    Path("old.csv").write_text("precious")
    options = ("--over", "approval=0:1:100001", "--out", "old.csv")
    running = start(surroundings, "sweep", FLAGSHIP, *options, program=SOLVING)
    assert running.stderr is not None
    assert running.stderr.readline() == b"solving\n"
    running.send_signal(signal.SIGINT)
    out, complaints = running.communicate(timeout=600)
    assert running.returncode == 130
    assert out == b""
    assert without_progress(complaints) == "negotiate: interrupted\n"
    assert [path.name for path in Path().iterdir()] == ["old.csv"]
    assert Path("old.csv").read_text() == "precious"


def test_interrupting_while_loading_is_as_quiet(surroundings: dict[str, str]) -> None:
    stopping = """
import runpy, sys
class Stop:
    def find_spec(self, name, *rest):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stop())
runpy.run_module("negotiation", run_name="__main__")
"""
    command = [sys.executable, "-c", stopping]
    done = subprocess.run(command, env=surroundings, capture_output=True, timeout=600)
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr == b"negotiate: interrupted\n"


@pytest.mark.parametrize("colour", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_progress_is_shown_on_a_terminal_only(surroundings: dict[str, str], colour: bool) -> None:
    """The bar goes to standard error; NO_COLOR takes its colours away."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    more = {"TERM": "xterm-256color"} | ({} if colour else {"NO_COLOR": "1"})
    options = ("--over", "approval=0:1:3", "--out", "a.csv")
    running = start({**surroundings, **more}, "sweep", FLAGSHIP, *options, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    out, _ = running.communicate(timeout=600)
    assert running.returncode == 0
    assert b"solving" in shown
    assert out.startswith(b"wrote a.csv: 3 points; ")
    assert b"\x1b" not in out
    styles = re.findall(rb"\x1b\[([0-9;]*)m", shown)
    coloured = [style for style in styles if re.search(rb"\b(3\d|4\d|9\d)\b", style)]
    assert bool(coloured) == colour


def test_no_progress_without_a_terminal(process: Process) -> None:
    answer = process("sweep", FLAGSHIP, "--over", "loss=1,2", "--out", "a.csv", FORCE_COLOR="1")
    assert (answer.code, without_progress(answer.err.encode())) == (0, "")
    assert "\x1b" not in answer.out


def test_output_is_utf_8_in_every_locale(process: Process) -> None:
    model = """
name = "names"
form = "extensive"
players = ["欧盟"]
[[moves]]
name = "wahl"
player = "欧盟"
actions = ["größer", "kleiner"]
[payoffs]
"欧盟" = "1 if wahl == 'größer' else 0"
"""
    Path("names.toml").write_text(model, encoding="utf-8")
    more = {"PYTHONIOENCODING": "", "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    answer = process("solve", "names.toml", "--json", **more)
    assert (answer.code, answer.err) == (0, "")
    assert list(answer.document["equilibria"][0]["payoffs"]) == ["欧盟"]
    again = process("certify", "names.toml", "--profile", "-", given=answer.out.encode(), **more)
    assert again.out.startswith("An equilibrium")
    wrong = process("solve", "names.toml", "--fix", "wahl=mittel", **more)
    assert wrong.code == 2
    assert "Traceback" not in wrong.err


@pytest.mark.parametrize(
    ("call", "closed", "code"),
    [
        ("list", ">&- 2>&-", 0),
        (f"sweep {FLAGSHIP} --over loss=1:2:3 --out a.nc", "2>&-", 0),
        (f"sweep {FLAGSHIP} --over loss=1:2:3 --out a.nc", "<&- >&- 2>&-", 0),
        ("solve no-such-model", "2>&-", 2),
    ],
)
def test_closed_standard_streams(
    call: str, closed: str, code: int, surroundings: dict[str, str]
) -> None:
    """What was meant for standard error does not come out on standard output."""
    line = f"{sys.executable} -m negotiation {call} {closed}"
    done = subprocess.run(
        line, shell=True, env=surroundings, stdout=subprocess.PIPE, check=False, timeout=600
    )
    assert done.returncode == code
    assert b"negotiate:" not in done.stdout
    if code == 0 and "a.nc" in call:
        again = subprocess.run(
            f"{sys.executable} -m negotiation {call.replace('a.nc', 'b.nc')}",
            shell=True, env=surroundings, capture_output=True, check=False, timeout=600,
        )  # fmt: skip
        assert again.returncode == 0
        assert Path("a.nc").read_bytes() == Path("b.nc").read_bytes()


def loaded_by(statement: str, surroundings: dict[str, str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT_ONLY.format(statement, HEAVY)],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_import_negotiation_loads_nothing_heavy(surroundings: dict[str, str]) -> None:
    assert loaded_by("import negotiation; dir(negotiation)", surroundings) == set()


def test_the_library_solves_without_the_heavy_ones(surroundings: dict[str, str]) -> None:
    """Exact solving needs no arrays, no plots and no command line; flint only for logarithms."""
    statement = f"import negotiation as n; n.solve(n.load({FLAGSHIP!r}).at())"
    assert loaded_by(statement, surroundings) <= {"flint"}


def calling(*arguments: str) -> str:
    return (
        "import contextlib, io; from negotiation.cli.app import app\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        f"    app({arguments!r})\n"
    )


def test_help_loads_no_more_than_typer(surroundings: dict[str, str]) -> None:
    assert loaded_by(calling("--help") + "0", surroundings) <= {"typer"}


def test_solve_loads_no_arrays_and_no_plots(surroundings: dict[str, str]) -> None:
    # typer reads arguments with pydantic
    allowed = {"typer", "flint", "pydantic", "annotated_types"}
    assert loaded_by(calling("solve", FLAGSHIP) + "0", surroundings) <= allowed


def test_check_loads_no_arrays_and_no_plots(surroundings: dict[str, str]) -> None:
    allowed = {"typer", "flint", "pydantic", "annotated_types"}
    assert loaded_by(calling("check", FLAGSHIP) + "0", surroundings) <= allowed


def processor_seconds(surroundings: dict[str, str], *arguments: str) -> float:
    """Return the processor time of a process, the best of two after a first."""
    import resource

    times = []
    for _ in range(3):  # the first fills the cache of compiled modules
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, *arguments]
        subprocess.run(command, env=surroundings, capture_output=True, timeout=600, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times[1:])


@pytest.mark.parametrize(
    ("arguments", "modules", "times"),
    [(("--help",), "typer", 4), (("solve", FLAGSHIP), "typer, flint, pydantic", 8)],
)
def test_start_up_time(
    surroundings: dict[str, str], arguments: tuple[str, ...], modules: str, times: int
) -> None:
    """A few times as long as loading what it needs, which a slow machine does slowly as well."""
    needed = processor_seconds(surroundings, "-c", f"import {modules}")
    assert processor_seconds(surroundings, "-m", "negotiation", *arguments) < times * needed
