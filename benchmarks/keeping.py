"""Results kept as data and as the page that is made of them."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "SCHEMA", "keep", "say"]

SCHEMA = "negotiation/benchmark/1"
RESULTS = Path(__file__).parent / "results"


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)


def keep(
    name: str,
    title: str,
    measured: Mapping[str, Any],
    markdown: Callable[[Mapping[str, Any]], str],
    out: Path,
) -> int:
    """Write ``<out>/<name>.json`` and ``.md``, print the page, and return the exit code.

    It is 1 where one of this project's answers is wrong.
    """
    results = {
        "schema": SCHEMA,
        "subject": name,
        "title": title,
        "date": datetime.date.today().isoformat(),
        **measured,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(_json(results), encoding="utf-8")
    page = markdown(results)
    (out / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)
    return 1 if results["wrong"] else 0


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
