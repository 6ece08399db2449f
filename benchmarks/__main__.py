"""Run the benchmarks: ``python -m benchmarks [subject ...]``.

For each subject the results go to ``<out>/<subject>.json`` and, as tables, to ``<subject>.md``.
Fails where one of this project's answers is wrong, never for want of a peer.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import two_player
from benchmarks.tables import markdown

SUBJECTS = {module.NAME: module for module in (two_player,)}
SCHEMA = "negotiation/benchmark/1"
RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run some subjects, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="subject", help=", ".join(SUBJECTS))
    parser.add_argument("--games", type=int, default=30, help="games a size")
    parser.add_argument("--sizes", type=_numbers, help="such as 2,3,4")
    parser.add_argument("--seconds", type=float, default=45, help="for one program and size")
    parser.add_argument("--peers", type=lambda text: text.split(",") if text else [])
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.subjects) - set(SUBJECTS))
    if unknown:
        parser.error(f"no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    wanted = {key: getattr(given, key) for key in ("sizes", "peers")}
    settings = {key: value for key, value in wanted.items() if value is not None}
    right = True
    for name in given.subjects or SUBJECTS:
        subject = SUBJECTS[name]
        measured = subject.measure(games=given.games, seconds=given.seconds, say=_say, **settings)
        results = {
            "schema": SCHEMA,
            "subject": name,
            "title": subject.TITLE,
            "date": datetime.date.today().isoformat(),
            **measured,
        }
        _write(results, given.out)
        right = right and not results["wrong"]
    return 0 if right else 1


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _json(results: dict[str, Any]) -> str:
    """Return the results as JSON, one line for each row of a table."""
    parts = []
    for key, value in results.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            listed = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f'"{key}": [\n  {listed}\n ]')
        else:
            parts.append(f'"{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def _write(results: dict[str, Any], out: Path) -> None:
    """Keep the results as data, and as the page that is made of them."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{results['subject']}.json").write_text(_json(results), encoding="utf-8")
    page = markdown(results)
    (out / f"{results['subject']}.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    sys.exit(main())
