"""The names of the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

import negotiation
from negotiation import UsageError, load, solve
from negotiation.analysis.comparison import Setting

AXIS = {"loss": (0, 1, 2)}
HERE = Setting({}, {})


def test_every_public_name_is_there() -> None:
    for name in negotiation.__all__:
        assert getattr(negotiation, name) is not None
    assert set(negotiation.__all__) <= set(dir(negotiation))
    with pytest.raises(AttributeError, match="nothing"):
        _ = negotiation.nothing


@pytest.mark.parametrize(
    ("call", "given", "missing"),
    [
        (negotiation.solve, "a name", "load(name or path).at()"),
        (negotiation.solve, "a Model", "model.at()"),
        (lambda found: negotiation.certify(found, {}), "a Model", "model.at()"),
        (
            lambda found: negotiation.sweep(found, {"loss": (0, 1, 2)}),
            "a name",
            "load(name or path)",
        ),
        (lambda found: negotiation.sweep(found, {"loss": (0, 1, 2)}), "a Game", "the Model itself"),
        (negotiation.regimes, "a name", "load(name or path)"),
        (negotiation.regimes, "None", "load(name or path)"),
        (lambda found: negotiation.compare(found, HERE, HERE), "a Game", "Model itself"),
    ],
)
def test_one_noun_for_another_is_refused_with_the_missing_step(
    call: Callable[[object], object], given: str, missing: str
) -> None:
    model = load("divide-and-exempt")
    found = {"a name": model.name, "a Model": model, "a Game": model.at(), "None": None}[given]
    with pytest.raises(UsageError) as caught:
        call(found)
    assert caught.value.place in ("model", "game")
    assert missing in caught.value.remedy


def test_certify_is_callable_before_and_after_its_module_is_loaded() -> None:
    game = load("divide-and-exempt").at()
    profile = solve(game).equilibria[0].profile
    assert negotiation.certify(game, profile).holds
    code = (
        "import negotiation as n; g = n.load('divide-and-exempt').at(); "
        "before = n.certify; p = n.solve(g).equilibria[0].profile; "
        "assert before(g, p).holds and n.certify(g, p).holds"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)
