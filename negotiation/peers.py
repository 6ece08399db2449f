"""Peers: other programs that look for equilibria, each asked in a process of its own.

A peer reads a table as JSON on standard input and writes what it found as JSON on standard output.
In its own process it may hang, crash or print what it likes: after a time limit it is killed, and
whatever it does, asking it returns an :class:`Answer`. Payoffs and probabilities travel as exact
fractions in text; nashpy computes in doubles, so it is given the nearest ones.

The question has ``sizes``, the number of actions of each player, and ``payoffs``, one list a
profile with a number a player, the last player's action changing fastest. The answer has
``version``, ``profiles`` (for each profile and player the probabilities of his actions) and
``warnings``; or ``absent`` where the program is not installed; or ``failed``, saying why.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import Any

__all__ = ["PAIR_PEERS", "PURE_PEERS", "Answer", "Peer", "ask"]

Profile = tuple[tuple[Fraction | None, ...], ...]
"""For each player the probabilities of his actions; None where a peer gave no number."""


@dataclass(frozen=True)
class Peer:
    """A program to ask.

    Attributes
    ----------
    name : str
        Program and method.
    command : tuple of str
        What runs it.
    install : str
        How to install the program.
    exact : bool
        Whether it computes in rationals; if not it is given the nearest doubles.
    """

    name: str
    command: tuple[str, ...]
    install: str
    exact: bool


def _own(name: str, key: str, install: str, exact: bool) -> Peer:
    return Peer(name, (sys.executable, "-P", "-m", "negotiation.peers", key), install, exact)


NASHPY = "pip install nashpy"
GAMBIT = "pip install pygambit"
PAIR_PEERS = (
    _own("nashpy support enumeration", "nashpy-support", NASHPY, False),
    _own("nashpy vertex enumeration", "nashpy-vertex", NASHPY, False),
    _own("pygambit enummixed", "pygambit-enummixed", GAMBIT, True),
)
"""For two players: all equilibria, of a continuum the extreme ones."""
PURE_PEERS = (_own("pygambit enumpure", "pygambit-enumpure", GAMBIT, True),)
"""For any number of players: the equilibria in pure strategies."""


@dataclass(frozen=True)
class Answer:
    """What a peer said.

    Attributes
    ----------
    status : str
        answered, absent, failed or timed out.
    version : str
        Version of the program, empty if it was not told.
    profiles : tuple
    message : str
        Why it failed, or what it warned of.
    seconds : float
    """

    status: str
    version: str
    profiles: tuple[Profile, ...]
    message: str
    seconds: float


# Asking


def ask(
    peer: Peer, sizes: Sequence[int], payoffs: Sequence[Sequence[Fraction]], timeout: float
) -> Answer:
    """Ask a peer for the equilibria of a table.

    Parameters
    ----------
    peer : Peer
    sizes : sequence of int
        Number of actions of each player.
    payoffs : sequence of sequence of Fraction
        By profile, the last player's action changing fastest.
    timeout : float
        Seconds after which the peer is killed.
    """
    question = {"sizes": list(sizes), "payoffs": [list(map(str, cell)) for cell in payoffs]}
    found = os.pathsep.join(path or os.getcwd() for path in sys.path)
    started = time.monotonic()
    try:
        done = subprocess.run(
            peer.command,
            check=False,
            input=json.dumps(question).encode(),
            capture_output=True,
            env={**os.environ, "PYTHONPATH": found},
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        spent = f"no answer within {timeout:g} s"
        return Answer("timed out", "", (), spent, time.monotonic() - started)
    except OSError as error:
        reason = f"cannot be run: {error.strerror or error}"
        return Answer("failed", "", (), reason, time.monotonic() - started)
    return _answer(done, sizes, time.monotonic() - started)


def _answer(
    done: subprocess.CompletedProcess[bytes], sizes: Sequence[int], seconds: float
) -> Answer:
    if done.returncode:
        ended = f"killed by signal {-done.returncode}" if done.returncode < 0 else ""
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        reason = ", ".join(filter(None, [ended or f"exit code {done.returncode}", last[:200]]))
        return Answer("failed", "", (), reason, seconds)
    try:
        told = json.loads(done.stdout)
        version = str(told.get("version", ""))
        if "absent" in told:
            return Answer("absent", version, (), str(told["absent"]), seconds)
        if "failed" in told:
            return Answer("failed", version, (), str(told["failed"])[:400], seconds)
        profiles = tuple(_profile(listed, sizes) for listed in told["profiles"])
        message = "; ".join(str(text) for text in told.get("warnings", ()))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        reason = f"its answer cannot be read: {type(error).__name__}: {error}"
        return Answer("failed", "", (), reason[:400], seconds)
    return Answer("answered", version, profiles, message[:400], seconds)


def _profile(listed: Sequence[Sequence[str]], sizes: Sequence[int]) -> Profile:
    profile = tuple(tuple(_probability(text) for text in strategy) for strategy in listed)
    if tuple(map(len, profile)) != tuple(sizes):
        raise ValueError(f"a profile has {list(map(len, profile))} actions, not {list(sizes)}")
    return profile


def _probability(text: str) -> Fraction | None:
    return None if text in ("nan", "inf", "-inf") else Fraction(text)


# Answering, in the process of the peer


def _nashpy(method: str, sizes: Sequence[int], payoffs: Sequence[Sequence[Fraction]]) -> Any:
    import nashpy
    import numpy as np

    rows, columns = sizes
    matrices = [
        np.array([float(cell[k]) for cell in payoffs]).reshape(rows, columns) for k in range(2)
    ]
    for pair in getattr(nashpy.Game(*matrices), method)():
        yield [[_double_text(float(p)) for p in strategy] for strategy in pair]


def _double_text(value: float) -> str:
    """Return a double as an exact fraction; as ``nan`` or ``inf`` where it is none."""
    return str(Fraction(value)) if abs(value) < float("inf") else str(value)


def _pygambit(method: str, sizes: Sequence[int], payoffs: Sequence[Sequence[Fraction]]) -> Any:
    pygambit: Any = import_module("pygambit")
    text = _nfg(sizes, payoffs)
    if hasattr(pygambit, "read_nfg"):
        game = pygambit.read_nfg(io.BytesIO(text.encode()))
    else:  # before 16.3
        game = pygambit.Game.parse_game(text)
    result = getattr(pygambit.nash, method)(game)
    for profile in getattr(result, "equilibria", result):
        yield [
            [str(profile[f"P{k}"][str(action)]) for action in range(1, size + 1)]
            for k, size in enumerate(sizes, start=1)
        ]


def _nfg(sizes: Sequence[int], payoffs: Sequence[Sequence[Fraction]]) -> str:
    """Return the table as Gambit's payoff version, where the first player changes fastest."""
    order = [0]
    stride = 1
    for size in reversed(sizes):
        order = [at + action * stride for at in order for action in range(size)]
        stride *= size
    players = " ".join(f'"P{k}"' for k in range(1, len(sizes) + 1))
    numbers = " ".join(str(number) for place in order for number in payoffs[place])
    return f'NFG 1 R "table" {{ {players} }} {{ {" ".join(map(str, sizes))} }}\n\n{numbers}\n'


_METHODS: dict[str, tuple[str, Callable[..., Iterator[list[list[str]]]], str]] = {
    "nashpy-support": ("nashpy", _nashpy, "support_enumeration"),
    "nashpy-vertex": ("nashpy", _nashpy, "vertex_enumeration"),
    "pygambit-enummixed": ("pygambit", _pygambit, "enummixed_solve"),
    "pygambit-enumpure": ("pygambit", _pygambit, "enumpure_solve"),
}


def _reply(key: str, question: dict[str, Any]) -> dict[str, Any]:
    """Return what a method of a peer finds; whatever it raises is an answer too."""
    from importlib.metadata import PackageNotFoundError, version

    package, search, method = _METHODS[key]
    try:
        known = version(package)
        import_module(package)
    except PackageNotFoundError:
        return {"absent": "not installed"}
    except ImportError as error:
        return {"absent": f"cannot be imported ({error})"}
    payoffs = [list(map(Fraction, cell)) for cell in question["payoffs"]]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            profiles = list(search(method, question["sizes"], payoffs))
        except Exception as error:  # noqa: BLE001 - a peer may raise anything
            return {"version": known, "failed": f"{type(error).__name__}: {error}"}
    warned = [
        " ".join(str(item.message).split())
        for item in caught
        if not issubclass(item.category, DeprecationWarning | FutureWarning)
    ]
    return {"version": known, "profiles": profiles, "warnings": list(dict.fromkeys(warned))}


def _main() -> None:
    """Answer one question; whatever the peer prints goes to standard error."""
    answer = os.dup(1)
    os.dup2(2, 1)
    reply = _reply(sys.argv[1], json.load(sys.stdin))
    with os.fdopen(answer, "w") as stream:
        json.dump(reply, stream)


if __name__ == "__main__":
    _main()
