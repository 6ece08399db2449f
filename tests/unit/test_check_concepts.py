"""Concepts that the language has and nothing solves yet: valid, with a warning."""

from __future__ import annotations

import pytest

from negotiation import load
from negotiation.errors import MethodError
from negotiation.model.checking import CONCEPTS, CONCEPTS_TO_COME
from negotiation.model.reading import model_from_toml
from negotiation.model.sources import source_warnings
from negotiation.model.writing import standalone_toml
from negotiation.report.checks import examine
from negotiation.solvers import solve


@pytest.mark.parametrize("concept", [*CONCEPTS, *CONCEPTS_TO_COME])
def test_check_warns_of_what_solve_refuses(concept: str) -> None:
    text = standalone_toml(load("inspection"))
    text = text.replace('concept = "subgame-perfect"', f'concept = "{concept}"', 1)
    model = model_from_toml(text)
    assert model.concept == concept
    told = [w for w in source_warnings(model) if w.place == "concept"]
    assert bool(told) == (concept in CONCEPTS_TO_COME)
    report = examine(model)
    assert report.passes(strict=False)
    if told:
        assert told[0].message == f"this version does not solve {concept} yet"
        assert not report.passes(strict=True)
        with pytest.raises(MethodError, match="has no solver yet"):
            solve(model.at())
