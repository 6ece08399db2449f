"""The catalogue: the models that come with the package, and files beside a model.

A model's name is the stem of its file, unique in the catalogue; folders do not matter. The
catalogue is ``_models`` inside the installed package, or ``models`` of the checkout.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from negotiation.errors import UsageError
from negotiation.formulas import nearest

__all__ = ["beside", "catalogue", "catalogue_root", "find_model"]

NOT_MODELS = frozenset({"calibration"})
NOT_FOLDERS = frozenset({"facts"})


@cache
def catalogue_root() -> Path:
    """Return the folder of the model files.

    Raises
    ------
    UsageError
        If the installation lacks it.
    """
    package = Path(__file__).resolve().parents[1]
    for root in (package / "_models", package.parent / "models"):
        if root.is_dir():
            return root
    raise UsageError(
        "the model files are missing", place=str(package), remedy="install the package again"
    )


@cache
def catalogue() -> dict[str, Path]:
    """Return the files of the catalogue by model name, sorted."""
    root = catalogue_root()
    found: dict[str, Path] = {}
    for path in sorted(root.rglob("*.toml")):
        folders = path.relative_to(root).parts[:-1]
        if path.stem in NOT_MODELS or NOT_FOLDERS & set(folders):
            continue
        if path.stem in found:
            raise UsageError(
                f"two models are called {path.stem!r}", place=str(path), remedy="rename one file"
            )
        found[path.stem] = path
    return dict(sorted(found.items()))


def find_model(name: str) -> Path:
    """Return the file of a model given by its name or as the path of a TOML file.

    Raises
    ------
    UsageError
        If there is no such model or file; the remedy names the nearest.
    """
    if name.endswith(".toml"):
        return Path(name)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name):
        raise UsageError(
            f"{name[:60]!r} is neither the name of a model nor the path of a TOML file",
            place="model",
            remedy="see negotiate list, or give a path that ends in .toml",
        )
    known = catalogue()
    if name not in known:
        raise UsageError(
            f"no model is called {name!r}",
            place="model",
            remedy=nearest(name, known) or "see negotiate list",
        )
    return known[name]


def beside(origin: Path | None, name: str) -> Path | None:
    """Return a file beside a model, or for a model of the catalogue in its top folder."""
    if origin is None:
        return None
    folders = [origin.resolve().parent]
    root = catalogue_root()
    if root in folders[0].parents:
        folders.append(root)
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    return None
