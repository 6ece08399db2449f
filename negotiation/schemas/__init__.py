"""JSON Schemas (draft 2020-12) of every document that the command line prints, and of model files.

A document names its schema under the key ``schema``; :func:`schema` returns it. The schema of model
files, for editors, is ``negotiation/model-file/1``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from negotiation.errors import UsageError
from negotiation.formulas import nearest

__all__ = ["schema", "schema_names"]


@cache
def schema_names() -> tuple[str, ...]:
    """Return the names of all schemas, such as ``negotiation/solution/1``."""
    files = (entry.name for entry in resources.files(__name__).iterdir())
    stems = sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))
    return tuple(f"negotiation/{kind}/{version}" for kind, _, version in map(_split, stems))


def _split(stem: str) -> tuple[str, str, str]:
    return stem.rpartition("-")


def schema(name: str) -> dict[str, Any]:
    """Return a JSON Schema by the name that documents give it.

    Parameters
    ----------
    name : str
        Such as ``negotiation/solution/1``: the value of a document's key ``schema``.

    Raises
    ------
    UsageError
        If there is no schema of that name; the remedy names the nearest.

    Examples
    --------
    >>> from negotiation.schemas import schema
    >>> schema("negotiation/solution/1")["title"]
    'Solution'
    """
    if name not in schema_names():
        raise UsageError(
            f"no schema is called {name[:60]!r}",
            place="schema",
            remedy=nearest(name, schema_names()) or f"one of {', '.join(schema_names())}",
        )
    _, kind, version = name.split("/")
    text = resources.files(__name__).joinpath(f"{kind}-{version}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
