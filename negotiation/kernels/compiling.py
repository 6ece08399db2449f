"""The one way functions are compiled here: cached, IEEE arithmetic, without Python's lock.

No fast-math: the error bounds hold for the operations as written, in their order, each rounded to
nearest. Without the lock, threads of one process work side by side.

numba keeps compiled code beside the source and renews it when that file changes; who changes a
module that others import from removes ``__pycache__``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Return the function compiled on its first call, from the cache where there is one.

    Where no folder can be written to, it is compiled in every process anew.
    """
    try:
        return cast(Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # "no locator available": nowhere to keep what was compiled.
        return cast(Function, numba.njit(nogil=True)(function))
