"""Run tests on the package with one snippet of one module replaced, in memory only.

``python -m tests.mutations.loading NAME ARGUMENT...`` runs pytest with the arguments on the mutant
of that name (``none``: on the package as it is). The module's source is read, changed and compiled
as it is imported; no file is written.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

NONE = "none"
NOTICED = 3
"""Exit code where a test fails."""


@dataclass(frozen=True)
class Mutant:
    """A fault put into one module on purpose.

    Attributes
    ----------
    name : str
        What is wrong, in words.
    module : str
        Name of the module, without the package.
    snippet, replacement : str
        Exact source, which occurs once, and what it becomes.
    checks : tuple of str
        Arguments of pytest: the tests of which one must fail.
    """

    name: str
    module: str
    snippet: str
    replacement: str
    checks: tuple[str, ...]

    def applied(self, source: str) -> str:
        """Return the source with the fault.

        Raises
        ------
        LookupError
            If the snippet does not occur exactly once.
        """
        count = source.count(self.snippet)
        if count != 1:
            raise LookupError(
                f"mutant {self.name!r}: its snippet occurs {count} times in {self.module} instead "
                f"of once; update it in tests/mutations/mutants.py:\n{self.snippet}"
            )
        return source.replace(self.snippet, self.replacement)


class _Loader(SourceFileLoader):
    """Compiles a module from its changed source; bypasses the cache of compiled modules."""

    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """Return the changed module, compiled."""
        with open(self.path, encoding="utf-8") as file:
            source = self.mutant.applied(file.read())
        return compile(source, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds the module of a mutant before anything else does."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module with the loader that changes it; leave all others alone."""
        if fullname != f"negotiation.{self.mutant.module}":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(fullname)
        spec.loader = _Loader(fullname, spec.origin, self.mutant)
        return spec


class _Profile:
    """A plugin of pytest: examples of hypothesis are the same each time, and none is kept."""

    def pytest_configure(self) -> None:
        import hypothesis

        hypothesis.settings.register_profile(
            "mutants",
            derandomize=True,
            database=None,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )
        hypothesis.settings.load_profile("mutants")


def main(name: str, arguments: Sequence[str]) -> int:
    """Run pytest on a mutant; return 0 if all tests pass, NOTICED if one fails, else 3 or more.

    1 and 2 are what Python itself returns where something else goes wrong.
    """
    if name != NONE:
        from tests.mutations.mutants import MUTANTS

        (mutant,) = [mutant for mutant in MUTANTS if mutant.name == name]
        sys.meta_path.insert(0, _Finder(mutant))
    import pytest

    options = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "--tb=line"]
    files = [Path(argument.partition("::")[0]) for argument in arguments]
    drawn = any("hypothesis" in file.read_text(encoding="utf-8") for file in files)
    code = pytest.main([*options, *arguments], plugins=[_Profile()] if drawn else [])
    if code == pytest.ExitCode.OK:
        return 0
    return NOTICED if code == pytest.ExitCode.TESTS_FAILED else 10 + code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
