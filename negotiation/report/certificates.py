"""Certificates of given profiles, as text and JSON (schema ``negotiation/certificate/1``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from negotiation.certify import Certificate, Profile, certify, describe_set
from negotiation.errors import MethodError, UsageError
from negotiation.formats.profiles import ProfileDocument, profile_of
from negotiation.formulas import nearest
from negotiation.game import Game
from negotiation.report.sentences import number_in_words
from negotiation.solvers import CONCEPTS, KNOWN
from negotiation.solvers.methods import WITH_BELIEFS

__all__ = ["certificate_document", "certificate_lines"]


def certificate_document(game: Game, document: ProfileDocument, concept: str) -> dict[str, Any]:
    """Certify every profile of a document.

    Raises
    ------
    UsageError
        If a profile does not fit the game, or the concept is unknown.
    MethodError
        If profiles cannot be certified under the concept.
    """
    _check_concept(game, concept)
    profiles = [profile_of(game, strategies) for strategies in document.strategies]
    other = document.fingerprint is not None and document.fingerprint != game.fingerprint
    return {
        "schema": "negotiation/certificate/1",
        "game": game.name,
        "fingerprint": game.fingerprint,
        "fixed": dict(game.fixed),
        "concept": concept,
        "profiles": [
            _entry(certify(game, profile, concept), _mixing(game, profile, concept))
            for profile in profiles
        ],
        "message": "the profile was found for another game: fingerprints differ" if other else "",
    }


def _check_concept(game: Game, concept: str) -> None:
    able = [known for known in CONCEPTS if known not in WITH_BELIEFS]
    if concept not in KNOWN:
        raise UsageError(
            f"no concept is called {concept[:60]!r}",
            place="concept",
            remedy=nearest(concept, able),
        )
    if concept not in able:
        raise MethodError(
            f"profiles cannot be certified under the concept {concept!r} yet",
            place=game.name,
            remedy=f"use one of {', '.join(able)}",
        )


def _mixing(game: Game, profile: Profile, concept: str) -> str:
    """Return where a profile mixes although the concept asks for pure strategies, else nothing."""
    if concept.startswith("pure"):
        for index, head in game.decisions():
            if max(profile[index]) < 1:
                return describe_set(head.move, head.information)
    return ""


def _entry(certificate: Certificate, mixing: str) -> dict[str, Any]:
    return {
        "equilibrium": certificate.holds and not mixing,
        "mixes": mixing,
        "largest_gain": str(certificate.largest_gain),
        "gains": {player: str(gain) for player, gain in certificate.gains.items()},
        "deviations": [
            {
                "player": player,
                "gain": str(gain),
                "subgame": certificate.places[player],
                "to": [
                    {"at": where, "action": action}
                    for where, action in certificate.deviations[player]
                ],
            }
            for player, gain in certificate.gains.items()
            if gain > 0
        ],
    }


def certificate_lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield a certificate document for a person."""
    profiles = document["profiles"]
    for number, entry in enumerate(profiles, start=1):
        lead = f"{number}. " if len(profiles) > 1 else ""
        if entry["equilibrium"]:
            yield f"{lead}An equilibrium ({document['concept']}): nobody gains by deviating."
            continue
        yield f"{lead}No equilibrium ({document['concept']}): {_reason(entry)}."
        for deviation in entry["deviations"]:
            changes = ", ".join(f"{step['action']} at {step['at']}" for step in deviation["to"])
            yield (
                f"  {deviation['player']} gains {number_in_words(Fraction(deviation['gain']))} "
                f"{deviation['subgame']}, playing {changes or 'another reply'}"
            )
    if not profiles:
        yield "No profile in the document."
    if document["fixed"]:
        fixed = ", ".join(f"{move} = {action}" for move, action in document["fixed"].items())
        yield f"fixed, so no decision: {fixed}"
    if document["message"]:
        yield f"note: {document['message']}"


def _reason(entry: Mapping[str, Any]) -> str:
    gain = Fraction(entry["largest_gain"])
    return f"largest gain {number_in_words(gain)}" if gain else f"it mixes at {entry['mixes']}"
