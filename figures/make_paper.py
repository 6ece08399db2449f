"""The paper: solve the flagship, draw every figure, say what was written.

Run: make paper, or python figures/make_paper.py --out out
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

from negotiation import load, solve
from negotiation.cli.progress import progress_bar
from negotiation.errors import NegotiationError
from negotiation.report.sentences import solution_lines

FIGURES = (
    "payoff_shifts",
    "regime_map",
    "discrimination_value",
    "exempted_members",
    "exports",
    "timeline_2025",
    "chip_case",
    "screening_tiers",
)
FLAGSHIP = "divide-and-exempt"


def make(out: Path) -> None:
    """Write the solution of the flagship and all figures into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    solution = solve(load(FLAGSHIP).at())
    print("\n".join(solution_lines(solution)))
    print(f"\n{FLAGSHIP} -> {_write(out / f'{FLAGSHIP}.json', solution.to_json())}")
    for name in FIGURES:
        started = time.monotonic()
        script = importlib.import_module(name)
        with progress_bar(name) as progress:
            written = script.draw(out, progress)
        seconds = time.monotonic() - started
        files = ", ".join(str(path) for path in written)
        print(f"{name} -> figures/{name}.py -> {files} ({seconds:.0f} s)", flush=True)


def _write(path: Path, text: str) -> Path:
    path.write_text(text + "\n", encoding="utf-8")
    return path


def main() -> int:
    """Read the arguments and run; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder to write into")
    try:
        make(parser.parse_args().out)
    except NegotiationError as error:
        print(f"make_paper: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("make_paper: interrupted; what was written is whole", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
