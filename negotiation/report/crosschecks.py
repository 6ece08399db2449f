"""Cross-checks as text: for each peer its version, what it found, and what is missing where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from negotiation.crosscheck import INSIDE, Crosscheck, Finding, PeerReport
from negotiation.report.sentences import number_in_words

__all__ = ["crosscheck_lines"]

MAX_SHOWN = 8


def crosscheck_lines(record: Crosscheck) -> Iterator[str]:
    """Yield a cross-check for a person."""
    if not record.peers:
        yield f"second opinions on {record.compared}"
        return
    yield f"second opinions, within {record.tolerance:g}, on {record.compared}"
    if record.others:
        yield f"  not compared: {record.others} of ours that the peers' methods do not list"
    for report in record.peers:
        yield from _peer_lines(report, record.asked)


def _peer_lines(report: PeerReport, asked: int) -> Iterator[str]:
    name = f"{report.peer} {report.version}".rstrip()
    if report.status != "compared":
        yield f"  {name}: {report.status}: {report.message}"
        return
    verdict = "agrees" if report.agrees else "differs"
    twice = f" ({report.listed} with repetitions)" if report.listed > report.distinct else ""
    rounded = "" if report.exact else ", payoffs as doubles"
    yield f"  {name}: {verdict}; {report.distinct} found{twice}, {asked} of ours{rounded}"
    yield from _finding_lines("missing there", report.missing_there)
    wrong = [finding for finding in report.missing_here if finding.kind != INSIDE]
    yield from _finding_lines("missing here", wrong)
    inside = len(report.missing_here) - len(wrong)
    if inside:
        yield f"    {inside} more inside our components, not extreme"
    if report.beyond:
        yield f"    {report.beyond} more that the solution was not asked for"
    if report.message:
        yield f"    it warns: {report.message}"


def _finding_lines(where: str, findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:MAX_SHOWN]:
        judged = "" if where == "missing there" else f" ({finding.kind}{_gain(finding.gain)})"
        yield f"    {where}: {_strategies(finding)}{judged}"
    if len(findings) > MAX_SHOWN:
        yield f"    ... and {len(findings) - MAX_SHOWN} more {where}"


def _gain(gain: Fraction | None) -> str:
    return "" if gain is None else f": a player gains {number_in_words(gain)}"


def _strategies(finding: Finding) -> str:
    return "; ".join(
        f"{player} "
        + ", ".join(
            label if p == 1 else f"{label} with {'no number' if p is None else number_in_words(p)}"
            for label, p in strategy.items()
        )
        for player, strategy in finding.strategies.items()
    )
