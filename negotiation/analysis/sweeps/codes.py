"""Codes: small numbers for what stands in an array, with the labels that say what they mean.

Along the fastest axis of a sweep the same key stands at many neighbouring points, so keys are
sorted and looked up once for each run of equal ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["NO_CODE", "Codes", "flag_meanings", "runs_of"]

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
        """What a reader of the codes needs: ``labels``, and ``flag_meanings`` without blanks."""
        return {
            "flag_values": np.arange(len(self.labels)),
            "flag_meanings": " ".join(flag_meanings(self.labels)),
            "labels": "\n".join(self.labels),
        }


def flag_meanings(labels: Sequence[str]) -> list[str]:
    """Return different words for different labels, as the CF conventions ask.

    Blanks become ``_``. A word that is taken, by a label before it or by one that needs no change,
    gets the first free number behind it.

    Examples
    --------
    >>> flag_meanings(["uni form", "uni_form", "both"])
    ['uni_form_2', 'uni_form', 'both']
    """
    taken = {label for label in labels if " " not in label}
    found = []
    for label in labels:
        plain = label.replace(" ", "_")
        words = itertools.chain([plain], (f"{plain}_{k}" for k in itertools.count(2)))
        word = label if plain == label else next(word for word in words if word not in taken)
        taken.add(word)
        found.append(word)
    return found


def runs_of(
    keys: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where the runs of equal keys in a vector begin, and how long they are."""
    begins = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    firsts = np.flatnonzero(begins)
    return firsts, np.diff(firsts, append=len(keys))
