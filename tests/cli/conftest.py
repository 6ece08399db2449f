"""The command line as tests call it: inside this process, or as a process of its own.

A call inside this process takes milliseconds; a process of its own shows what only the system sees
(signals, pipes, start-up). Every test runs in an empty folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

import negotiation
from negotiation.cli.app import app
from negotiation.schemas import schema

FLAGSHIP = "divide-and-exempt"
ROOT = Path(negotiation.__file__).parents[1]


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON on standard output, checked against the schema that it names."""
        found: dict[str, Any] = json.loads(self.out)
        validate(found)
        return found


def closed(part: Any) -> Any:
    """Return a schema that also refuses keys it does not name: tests want them published."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    found = {key: closed(item) for key, item in part.items()}
    if isinstance(part.get("properties"), dict) and "type" in part:
        found.setdefault("additionalProperties", False)
    return found


def validate(document: dict[str, Any]) -> None:
    """Check a document against the published schema that it names."""
    published = schema(document["schema"])
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(closed(published), format_checker=checker).validate(document)


def call(*arguments: str, given: str | bytes | None = None) -> Answer:
    """Run ``negotiate`` inside this process; a bug or a traceback fails the test."""
    result = CliRunner().invoke(app, list(arguments), input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code != 1, result.stderr
    assert "Traceback" not in result.stderr
    return Answer(result.exit_code, result.stdout, result.stderr)


def environment(**more: str) -> dict[str, str]:
    """Return a user's environment: this package is found, output buffered, bytecode kept."""
    unusual = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "NO_COLOR")
    kept = {key: value for key, value in os.environ.items() if key not in unusual}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def spawn(*arguments: str, given: bytes | None = None, **more: str) -> Answer:
    """Run ``python -m negotiation`` as a process of its own; `more` is added to its environment."""
    done = subprocess.run(
        [sys.executable, "-m", "negotiation", *arguments],
        input=given if given is not None else b"",
        capture_output=True,
        env=environment(**more),
        timeout=900,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def negotiate() -> Callable[..., Answer]:
    """Return a function that runs a command inside this process."""
    return call


@pytest.fixture
def process() -> Callable[..., Answer]:
    """Return a function that runs a command as a process of its own."""
    return spawn


@pytest.fixture
def surroundings() -> dict[str, str]:
    """Return the environment of a user's process."""
    return environment()
