"""Faults put into the solvers on purpose: the suite must notice every one of them.

Each mutant runs in a process of its own, with tests of the module that it changes, which pass
without it. One a module, drawn by a seed, runs with the fast tests; the others are slow.
"""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import negotiation
from tests.mutations.loading import NONE, NOTICED, Mutant
from tests.mutations.mutants import MISSED, MUTANTS, QUICK

ROOT = Path(negotiation.__file__).parents[1]


def a_few() -> list[Mutant]:
    """Draw one mutant of each module, among those that are noticed soon."""
    quick: dict[str, list[Mutant]] = {}
    for mutant in MUTANTS:
        if mutant.checks in QUICK:
            quick.setdefault(mutant.module, []).append(mutant)
    source = random.Random("a few mutants")
    return [source.choice(mutants) for mutants in quick.values()]


FEW = a_few()


def checks_of(mutants: Sequence[Mutant]) -> list[tuple[str, ...]]:
    """Return the tests of mutants, without those that are part of others."""
    every = {mutant.checks for mutant in mutants}
    return sorted(c for c in every if "::" not in c[0] or (c[0].split("::")[0],) not in every)


def run(name: str, checks: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run tests on a mutant, as a process untouched by how this one was started."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    outside["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # half of a short run goes to loading them
    command = [sys.executable, "-m", "tests.mutations.loading", name, *checks]
    return subprocess.run(
        command, cwd=ROOT, env=outside, capture_output=True, text=True, timeout=1500
    )


def source_of(mutant: Mutant) -> str:
    """Return the source of the module that a mutant changes."""
    spec = importlib.util.find_spec(f"negotiation.{mutant.module}")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def is_noticed(mutant: Mutant) -> None:
    found = run(mutant.name, mutant.checks)
    if found.returncode == 0:
        pytest.fail(f"no test notices that {mutant.name}")
    assert found.returncode == NOTICED, found.stdout + found.stderr


def checks_pass(checks: tuple[str, ...]) -> None:
    found = run(NONE, checks)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_still_applies(mutant: Mutant) -> None:
    source = source_of(mutant)
    try:
        changed = mutant.applied(source)
    except LookupError as error:
        pytest.fail(str(error))
    assert changed != source
    compile(changed, mutant.module, "exec")


def test_mutants_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", FEW, ids=lambda mutant: mutant.name)
def test_a_few_mutants_are_noticed(mutant: Mutant) -> None:
    is_noticed(mutant)


def test_without_a_mutation_checks_pass() -> None:
    checks_pass(MISSED)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m not in FEW], ids=lambda m: m.name)
def test_all_other_mutants_are_noticed(mutant: Mutant) -> None:
    is_noticed(mutant)


@pytest.mark.slow
@pytest.mark.parametrize("checks", checks_of(MUTANTS), ids=" ".join)
def test_without_a_mutation_all_checks_pass(checks: tuple[str, ...]) -> None:
    checks_pass(checks)
