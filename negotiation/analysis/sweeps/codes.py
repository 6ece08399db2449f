"""Codes: small numbers for what stands in an array, with the labels that say what they mean.

Along the fastest axis of a sweep the same key stands at many neighbouring points, so keys are
sorted and looked up once for each run of equal ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["NO_CODE", "Codes", "runs_of"]

NO_CODE = -1
"""Stands for nothing: no label there, or fewer equilibria than elsewhere."""


@dataclass(frozen=True)
class Codes:
    """Keys and their codes, which count from 0.

    Attributes
    ----------
    keys : tuple of int
        The key that each code stands for: a set of regimes, one bit each, or a branch.
    labels : tuple of str
        What each code means.
    nothing : int
        The key without a code.
    """

    keys: tuple[int, ...]
    labels: tuple[str, ...]
    nothing: int

    def of(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the codes of an array of keys."""
        firsts, lengths = runs_of(keys.ravel())
        present, places = np.unique(keys.ravel()[firsts], return_inverse=True)
        code_of = {key: code for code, key in enumerate(self.keys)} | {self.nothing: NO_CODE}
        codes = np.array([code_of[int(key)] for key in present], dtype=np.int64)
        return np.repeat(codes[places], lengths).reshape(keys.shape)

    @property
    def attributes(self) -> dict[str, Any]:
        """What a reader of the codes needs; ``flag_meanings`` has no blanks within a label."""
        return {
            "flag_values": np.arange(len(self.labels)),
            "flag_meanings": " ".join(label.replace(" ", "_") for label in self.labels),
            "labels": "\n".join(self.labels),
        }


def runs_of(
    keys: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where the runs of equal keys in a vector begin, and how long they are."""
    begins = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    firsts = np.flatnonzero(begins)
    return firsts, np.diff(firsts, append=len(keys))
