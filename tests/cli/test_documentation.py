"""Every command and script of the documentation is run, in the order of its page.

A fenced block ``sh`` is run line by line in an empty folder; lines that set up a machine (make,
git, cd, pip and the virtual environment) are skipped. A comment such as ``<!-- exit 4 -->`` before
a block gives the exit code of its last line; all others must be 0. A block ``text`` right after it
must stand in what its last line printed. A block ``python`` is run as a script; where a line that
prints ends in a comment, the comment starts what it printed.
"""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import negotiation

ROOT = Path(negotiation.__file__).parents[1]
PAGES = [
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if path.is_file()
]
LONG = {f"docs/how-to/{name}.md" for name in ("cluster", "second-opinion", "tree-figures")}
"""Pages that start many processes or solve large games."""
BLOCK = re.compile(
    r"(?:<!-- exit (?P<code>\d+) -->\n+)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SETS_UP = re.compile(r"(make|git|cd|source|pip|python3? -m (pip|venv)|\.venv/\S+)\b")
SHELL = re.compile(r"[|<>;&$`]|^\w+=")
Negotiate = Callable[..., Any]


@dataclass(frozen=True)
class Block:
    kind: str
    body: str
    code: int
    line: int
    follows: bool
    """Whether nothing but blank lines stands between this block and the one before."""


def blocks(text: str) -> Iterator[Block]:
    end = -1
    for match in BLOCK.finditer(text):
        follows = end >= 0 and not text[end : match.start()].strip()
        line = text.count("\n", 0, match.start("body"))
        yield Block(match["kind"], match["body"], int(match["code"] or 0), line, follows)
        end = match.end()


def commands(body: str) -> Iterator[str]:
    """Yield the commands of a block; one may go on over lines, by a backslash or in quotes."""
    pending = ""
    for line in body.splitlines():
        pending = f"{pending}\n{line}" if pending else line
        if pending.endswith("\\"):
            continue
        try:
            words = shlex.split(pending, comments=True)
        except ValueError:  # a quotation goes on
            continue
        if words:
            yield pending
        pending = ""
    assert not pending, f"a command does not end: {pending}"


def run(command: str, negotiate: Negotiate, surroundings: dict[str, str]) -> tuple[int, str]:
    """Run a command; what needs no shell goes through this process, which is faster."""
    if command.startswith("negotiate ") and not SHELL.search(command):
        words = shlex.split(command.replace("\\\n", " "), comments=True)
        answer = negotiate(*words[1:])
        return answer.code, answer.out
    Path(".bin").mkdir(exist_ok=True)
    for name, call in {"negotiate": "-m negotiation", "python": ""}.items():
        shim = Path(".bin", name)
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {call} "$@"\n')
        shim.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        env={**surroundings, "PATH": f"{Path('.bin').resolve()}:{surroundings['PATH']}"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def run_script(body: str, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run a block of Python and compare what it prints with what its comments promise."""
    promised = re.compile(r"^print\(.*\)  # (.*)$", re.MULTILINE)
    capsys.readouterr()
    Path("script.py").write_text(body, encoding="utf-8")
    runpy.run_path("script.py")
    printed = capsys.readouterr().out.splitlines()
    for comment in promised.findall(body):
        assert any(line.startswith(comment) for line in printed), (place, comment, printed)


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=pytest.mark.slow if page in LONG else ()) for page in PAGES],
)
def test_page(
    page: str,
    negotiate: Negotiate,
    surroundings: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = ""
    for block in blocks((ROOT / page).read_text(encoding="utf-8")):
        place = f"{page}:{block.line}"
        if block.kind == "sh":
            lines = [line for line in commands(block.body) if not SETS_UP.match(line)]
            printed = ""
            for number, line in enumerate(lines, start=1):
                code, printed = run(line, negotiate, surroundings)
                expected = block.code if number == len(lines) else 0
                assert code == expected, (place, line, code)
        elif block.kind == "text" and block.follows:
            assert block.body in printed, (place, printed)
        elif block.kind == "python":
            run_script(block.body, place, capsys)


def test_pages_are_found() -> None:
    assert {"README.md", *LONG} <= {*PAGES}
    assert len(PAGES) >= 9


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not re.match(r"\w+:", target):
                assert ((ROOT / page).parent / target).exists(), (page, target)


def test_reading_of_blocks() -> None:
    """The rules above, on a page of their own."""
    text = (
        "# T\n\n```sh\nmake x\nnegotiate list  # comment\necho 'a\nb' > f\n"
        "negotiate \\\n    list\n# nothing\n```\n\n```text\nfound\n```\nwords\n\n"
        "<!-- exit 4 -->\n```sh\nnegotiate no\n```\n\nwords\n```text\nfree\n```\n"
    )
    first, second, third, fourth = blocks(text)
    assert [first.kind, second.kind, third.kind] == ["sh", "text", "sh"]
    assert (first.code, third.code) == (0, 4)
    assert (second.follows, fourth.follows) == (True, False)
    assert first.line == 3
    found = list(commands(first.body))
    assert found == [
        "make x",
        "negotiate list  # comment",
        "echo 'a\nb' > f",
        "negotiate \\\n    list",
    ]
    skipped = ["make x", "git clone y", "cd z", "pip install a", "python -m pip install b"]
    skipped += ["python3 -m venv .venv", ".venv/bin/python figures/make_paper.py", "source x"]
    assert all(SETS_UP.match(line) for line in skipped)
    kept = ["negotiate list", "python -c 'print(1)'", "echo a > b", "makes it"]
    assert not any(SETS_UP.match(line) for line in kept)
