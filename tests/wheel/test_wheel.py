"""The wheel holds the models and schemas, and works where no checkout is near."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_wheel_works_by_itself(tmp_path: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "-w", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, timeout=1800)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    wanted = ("exemption/divide-and-exempt.toml", "references.bib", "facts/figures.csv")
    assert {f"negotiation/_models/{name}" for name in wanted} <= names
    assert {"negotiation/py.typed", "negotiation/schemas/solution-1.json"} <= names
    assert not any(name.startswith(("figures", "tests", "models")) for name in names)
    done = subprocess.run(
        [sys.executable, "-m", "negotiation", "solve", "divide-and-exempt", "--json"],
        cwd=tmp_path / "site",
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    assert '"complete": true' in done.stdout
