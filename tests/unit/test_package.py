"""The names of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import negotiation
from negotiation import load, solve


def test_every_public_name_is_there() -> None:
    for name in negotiation.__all__:
        assert getattr(negotiation, name) is not None
    assert set(negotiation.__all__) <= set(dir(negotiation))
    with pytest.raises(AttributeError, match="nothing"):
        _ = negotiation.nothing


def test_certify_is_callable_before_and_after_its_module_is_loaded() -> None:
    game = load("divide-and-exempt").at()
    profile = solve(game).equilibria[0].profile
    assert negotiation.certify(game, profile).holds
    code = (
        "import negotiation as n; g = n.load('divide-and-exempt').at(); "
        "before = n.certify; p = n.solve(g).equilibria[0].profile; "
        "assert before(g, p).holds and n.certify(g, p).holds"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
