"""Certificates of given profiles, as text and JSON (schema ``negotiation/certificate/1``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from negotiation.certify import Certificate, certify
from negotiation.formats.profiles import ProfileDocument, profile_of
from negotiation.game import Game

__all__ = ["certificate_document", "certificate_lines"]


def certificate_document(game: Game, document: ProfileDocument, concept: str) -> dict[str, Any]:
    """Certify every profile of a document.

    Raises
    ------
    UsageError
        If a profile does not fit the game.
    """
    certificates = [
        certify(game, profile_of(game, strategies), concept) for strategies in document.strategies
    ]
    other = document.fingerprint is not None and document.fingerprint != game.fingerprint
    return {
        "schema": "negotiation/certificate/1",
        "game": game.name,
        "fingerprint": game.fingerprint,
        "fixed": dict(game.fixed),
        "concept": concept,
        "profiles": [_entry(certificate) for certificate in certificates],
        "message": "the profile was found for another game: fingerprints differ" if other else "",
    }


def _entry(certificate: Certificate) -> dict[str, Any]:
    return {
        "equilibrium": certificate.holds,
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
        yield f"{lead}No equilibrium ({document['concept']}): largest gain {entry['largest_gain']}."
        for deviation in entry["deviations"]:
            changes = "; ".join(f"{step['action']} at {step['at']}" for step in deviation["to"])
            yield (
                f"  {deviation['player']} gains {deviation['gain']} "
                f"{deviation['subgame']}: {changes or 'by another reply'}"
            )
    if not profiles:
        yield "No profile in the document."
    if document["fixed"]:
        fixed = ", ".join(f"{move} = {action}" for move, action in document["fixed"].items())
        yield f"fixed, so no decision: {fixed}"
    if document["message"]:
        yield f"note: {document['message']}"
