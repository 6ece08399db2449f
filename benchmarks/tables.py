"""Tables: results as Markdown, made from the data under ``benchmarks/results`` and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["markdown", "page_head", "target_lines"]

FIRST = "negotiation"


def page_head(results: Mapping[str, Any], *notes: str) -> list[str]:
    """Return the first lines of a page: what was measured, when, on what, and how."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    lines = [
        f"# {results['title']}",
        "",
        f"Made by `python -m benchmarks {results['subject']}`; do not edit.",
        "",
        f"Measured on {results['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, {machine['python']}; {versions}.",
        *notes,
    ]
    if results["missing"]:
        lines += ["", f"Not installed, so not compared: {', '.join(results['missing'])}."]
    return lines


def target_lines(results: Mapping[str, Any]) -> list[str]:
    """Return the table of what was to be reached."""
    lines = ["", "## What was to be reached", "", "| | needed | reached | |", "|---|---|---|---|"]
    for target in results["targets"]:
        verdict = "met" if target["met"] else "**missed**"
        lines.append(f"| {target['what']} | {target['needed']} | {target['reached']} | {verdict} |")
    return lines


def markdown(results: Mapping[str, Any]) -> str:
    """Return the page of one subject."""
    settings = results["settings"]
    lines = page_head(
        results,
        f"Medians of {settings['games']} random games a size, of fewer where a program needed more "
        f"than {settings['seconds']:g} s for them (noted as n = ...).",
    )
    for key, heading in (
        ("solve_ms", "Games built beforehand"),
        ("build_and_solve_ms", "Building the game included"),
    ):
        lines += ["", f"## {heading}", "", "Milliseconds a game; in brackets how many times ours."]
        for entries in dict.fromkeys(row["entries"] for row in results["rows"]):
            lines += ["", f"Entries {entries}:", "", *_times(results, entries, key)]
    lines += ["", "## Games answered wrongly", ""]
    lines += [
        "Games with equilibria lost / with profiles invented that are none; a question mark where "
        "nothing exact was there to compare with."
    ]
    for entries in dict.fromkeys(row["entries"] for row in results["rows"]):
        lines += ["", f"Entries {entries}:", "", *_wrong(results, entries)]
    return "\n".join([*lines, *target_lines(results), ""])


def _grid(results: Mapping[str, Any], entries: str) -> tuple[list[int], dict[str, dict[int, Any]]]:
    """Return the sizes, and the rows by contender and size."""
    rows = [row for row in results["rows"] if row["entries"] == entries]
    found: dict[str, dict[int, Any]] = {}
    for row in rows:
        found.setdefault(row["contender"], {})[row["size"]] = row
    return list(dict.fromkeys(row["size"] for row in rows)), found


def _head(sizes: list[int]) -> list[str]:
    return [
        "| | " + " | ".join(f"{size}x{size}" for size in sizes) + " |",
        "|---|" + "---:|" * len(sizes),
    ]


def _times(results: Mapping[str, Any], entries: str, key: str) -> list[str]:
    sizes, found = _grid(results, entries)
    lines = _head(sizes)
    for contender, rows in found.items():
        cells = []
        for size in sizes:
            if size not in rows:
                cells.append("")
                continue
            text = _short(rows[size][key])
            if contender != FIRST:
                text += f" ({_short(rows[size][key] / found[FIRST][size][key])})"
            if rows[size]["games"] < results["settings"]["games"]:
                text += f", n = {rows[size]['games']}"
            cells.append(text)
        lines.append(f"| {contender} | " + " | ".join(cells) + " |")
    return lines


def _short(number: float) -> str:
    """Return a number with three digits, or all of a longer whole part."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def _wrong(results: Mapping[str, Any], entries: str) -> list[str]:
    sizes, found = _grid(results, entries)
    lines = _head(sizes)
    for contender, rows in found.items():
        cells = [
            f"{'?' if rows[size]['lost'] is None else rows[size]['lost']} / "
            f"{rows[size]['invented']}"
            if size in rows
            else ""
            for size in sizes
        ]
        lines.append(f"| {contender} | " + " | ".join(cells) + " |")
    return lines
